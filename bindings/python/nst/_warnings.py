"""What the library has to say that is no error, as Python's warnings at the caller's own line."""
import ctypes
import os
import sys
import warnings

from ._library import lib
from ._types import Path

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


def warn(line: str) -> None:
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and os.path.abspath(frame.f_code.co_filename).startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(line, UserWarning, stacklevel=level)


def escaped(path: Path) -> str:
    """PATH as it may be shown in a line: without control characters."""
    raw = os.fsencode(path)
    shown = ctypes.create_string_buffer(lib.nst_text_escape(None, 0, raw) + 1)
    lib.nst_text_escape(shown, len(shown), raw)
    return shown.value.decode()
