"""Engines: threads and memory that several transfers share."""
import ctypes
from typing import Any, Union

from . import _params
from ._enums import Object, Param
from ._handle import Handle, owning
from ._library import lib
from ._prototypes import engine as engine_pointer


class Engine(Handle):
    """What transfers compute with, for Transfer.set_engine(). One engine serves any number of transfers in any number of
    threads; they take turns layer by layer. A transfer without one makes its own."""
    _Pointer = owning(engine_pointer, lib.nst_engine_destroy)

    def __init__(self, **options: Any) -> None:
        """OPTIONS: threads, simd, convolution and gemm, as of nst.Transfer. Raises CallError for another option or a value
        out of range."""
        out = self._Pointer()
        lib.nst_engine_create(ctypes.byref(out))
        self._pointer = out
        self.set(**options)

    def set(self, **options: Any) -> "Engine":
        """Sets OPTIONS; gives the engine itself. Raises CallError for another option or a value out of range, StateError after
        a transfer has computed with the engine."""
        for name, value in _params.given(options):
            _params.set_option("nst_engine", self._raw, _params.find(Object.TRANSFER, name), value)
        return self

    def trim(self) -> "Engine":
        """Releases the memory that the engine keeps for the next transfer; returns the engine itself. Raises StateError if
        the engine is closed."""
        lib.nst_engine_trim(self._raw)
        return self

    def get(self, name: Union[str, Param]) -> Any:
        """The value of option NAME. Raises CallError where an engine has no option of that name."""
        return _params.get_option("nst_engine", self._raw, _params.find(Object.TRANSFER, name))
