"""Finds and loads the shared library and gives its functions their prototypes.

Looked for in this order: the file that $NST_LIBRARY names (then nothing else is tried), the folder of this package
(where a wheel carries it), the SONAME wherever the system's loader finds it.
"""
import ctypes
import os
import pathlib
import sys
from typing import Any, List, Tuple

from ._prototypes import FUNCTIONS, status
from .errors import error_of

__version__ = "0.9.0"
SOVERSION = 1

_NAME = f"libnst.{SOVERSION}.dylib" if sys.platform == "darwin" else f"libnst.so.{SOVERSION}"


def _candidates() -> List[str]:
    chosen = os.environ.get("NST_LIBRARY")
    if chosen:
        return [chosen]
    carried = pathlib.Path(__file__).resolve().parent / _NAME
    return [str(carried), _NAME]


def _number(version: str) -> int:
    major, minor, patch = map(int, version.split("."))
    return major * 10000 + minor * 100 + patch


def _check_version(library: ctypes.CDLL) -> None:
    library.nst_version_number.restype = ctypes.c_uint32
    library.nst_version.restype = ctypes.c_char_p
    found, wanted = library.nst_version_number(), _number(__version__)
    if found < wanted:
        raise OSError(f"it is version {library.nst_version().decode()}, expected {__version__} or newer")


def _load() -> Tuple[ctypes.CDLL, str]:
    tried = []
    for path in _candidates():
        try:
            library = ctypes.CDLL(path)
            _check_version(library)
            return library, path
        except (OSError, AttributeError) as error:
            tried.append(f"{path}: {error}")
    raise ImportError("libnst was not found; tried\n  " + "\n  ".join(tried) +
                      "\nSet NST_LIBRARY to the path of " + _NAME)


class _DlInfo(ctypes.Structure):
    _fields_ = [("path", ctypes.c_char_p), ("base", ctypes.c_void_p), ("symbol", ctypes.c_char_p),
                ("address", ctypes.c_void_p)]


def _file_of(library: ctypes.CDLL, otherwise: str) -> str:
    """The file behind a SONAME, as the loader tells it."""
    info = _DlInfo()
    try:
        dladdr = ctypes.CDLL(None).dladdr
        dladdr.argtypes = [ctypes.c_void_p, ctypes.POINTER(_DlInfo)]
        if dladdr(ctypes.cast(library.nst_version, ctypes.c_void_p), ctypes.byref(info)) and info.path:
            return os.path.realpath(os.fsdecode(info.path))
    except (OSError, AttributeError):
        pass
    return otherwise


def _raise_errors(result: Any, function: Any, arguments: Any) -> None:
    if result.value:
        detail = lib.nst_last_error() or lib.nst_status_text(result.value)
        raise error_of(result.value, detail.decode(errors="replace"))  # names of files need not be UTF-8


def _give_prototypes(library: ctypes.CDLL) -> None:
    for name, (restype, argtypes) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype = restype
        function.argtypes = argtypes
        if restype is status:
            function.errcheck = _raise_errors


lib: Any
lib, _path = _load()
library_file: str = _file_of(lib, _path)  # the file in use
_give_prototypes(lib)
library_version: str = lib.nst_version().decode()
