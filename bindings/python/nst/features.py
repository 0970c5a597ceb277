"""Feature maps and Gram matrices of pictures."""
import ctypes
from typing import Any, Dict, Iterable, NamedTuple, Optional, Union

from . import _arrays, _params, _values
from ._callbacks import Guard
from ._enums import Object, Param
from ._handle import Handle, owning
from ._library import lib
from ._prototypes import features as features_pointer
from ._types import Floats, ModelOrName, Picture
from .engine import Engine
from .image import Image
from .model import Model


class Reading(NamedTuple):
    """What Features.read() returns: MAPS [height, width, channels] and GRAMS [channels, channels] by layer, float32."""

    maps: Dict[str, Floats]
    grams: Dict[str, Floats]


class Features(Handle):
    """Reads feature maps and Gram matrices of pictures, at any number of layers of a model in one pass: for perceptual
    metrics, or to see what the losses compare. One thread at a time uses it, cancel() excepted."""

    _Pointer = owning(features_pointer, lib.nst_features_destroy)

    def __init__(self, model: ModelOrName = None, engine: Optional[Engine] = None, **options: Any) -> None:
        """MODEL: an nst.Model or what makes one. ENGINE: by default one of its own. OPTIONS: padding ("zero"), pooling
        ("max") and memory_limit (none), as in nst.Transfer. Raises what nst.Model raises, CallError for another option
        or a value out of range."""
        if engine is not None and not isinstance(engine, Engine):
            raise TypeError(f"expected an nst.Engine or None, found {type(engine).__name__}")
        out = self._Pointer()
        lib.nst_features_create(ctypes.byref(out), Model.of(model)._raw, None if engine is None else engine._raw)
        self._pointer = out
        self.set(**options)

    def set(self, **options: Any) -> "Features":
        """Sets OPTIONS and returns the object itself. Raises CallError for another option or a value out of range."""
        for name, value in _params.given(options):
            _params.set_option("nst_features", self._raw, _params.find(Object.TRANSFER, name), value)
        return self

    def get(self, name: Union[str, Param]) -> Any:
        """The value of option NAME. Raises CallError for a name that is not an option of features."""
        return _params.get_option("nst_features", self._raw, _params.find(Object.TRANSFER, name))

    def read(self, image: Picture, maps: Iterable[str] = (), grams: Iterable[str] = ()) -> Reading:
        """Reads the features of IMAGE at the layers MAPS and their Gram matrices at the layers GRAMS, in one pass. A Gram
        matrix is the mean over all positions, weighted by the alpha of IMAGE. Raises DataError for a layer that the model
        lacks or a picture that is too small for it, OutOfMemory, Cancelled, StateError without any layer."""
        picture, raw = Image.of(image), self._raw
        wanted = [[_values.text(name, "layer") for name in ([names] if isinstance(names, str) else names)]
                  for names in (maps, grams)]
        lib.nst_features_clear(raw)
        for add, names in zip((lib.nst_features_add_map, lib.nst_features_add_gram), wanted):
            for name in names:
                add(raw, name)
        with Guard(lambda: lib.nst_features_cancel(raw)):
            lib.nst_features_read(raw, picture._raw)
        return Reading({name.decode(): self._map(name) for name in wanted[0]},
                       {name.decode(): self._gram(name) for name in wanted[1]})

    def _map(self, name: bytes) -> Floats:
        values, shape = ctypes.POINTER(ctypes.c_float)(), [ctypes.c_uint32() for _ in range(3)]
        lib.nst_features_map(self._raw, name, ctypes.byref(values), *(ctypes.byref(n) for n in shape))
        return self._copy(values, *(n.value for n in shape))

    def _gram(self, name: bytes) -> Floats:
        values, channels = ctypes.POINTER(ctypes.c_float)(), ctypes.c_uint32()
        lib.nst_features_gram(self._raw, name, ctypes.byref(values), ctypes.byref(channels))
        return self._copy(values, channels.value, channels.value)

    @staticmethod
    def _copy(values: Any, *shape: int) -> Floats:
        copy, pointer = _arrays.empty_floats(*shape)
        count = 1
        for n in shape:
            count *= n
        ctypes.memmove(pointer, values, count * ctypes.sizeof(ctypes.c_float))
        return copy

    def cancel(self) -> None:
        """From any thread: the read() that is under way raises nst.Cancelled. If there is none, nothing happens."""
        lib.nst_features_cancel(self._raw)

    def set_cancel_flag(self, flag: Optional[ctypes.c_int32]) -> "Features":
        """While FLAG is not 0, every read() raises nst.Cancelled; None: no flag. See Transfer.set_cancel_flag()."""
        if flag is not None and not isinstance(flag, ctypes.c_int32):
            raise TypeError(f"expected a ctypes.c_int32 or None, found {type(flag).__name__}")
        lib.nst_features_set_cancel_flag(self._raw, None if flag is None else ctypes.byref(flag))
        self._raw.flag = flag
        return self
