"""Painters: small networks that paint one style in one pass."""
import ctypes
import os
from typing import Optional, Tuple, Union

from . import _arrays, _values
from ._callbacks import Guard
from ._enums import Dtype, PainterKey
from ._handle import Handle, owning
from ._library import lib
from ._prototypes import painter as painter_pointer
from ._types import Floats, Numbers, Path, Picture
from .engine import Engine
from .image import Image
from .transfer import Transfer


class Painter(Handle):
    """A network that paints the style that it was trained for, in one pass: for video and for many pictures. One thread at
    a time uses it."""

    _Pointer = owning(painter_pointer, lib.nst_painter_destroy)

    def __init__(self, file: Union[Path, bytes, bytearray, None] = None, seed: int = 0,
                 engine: Optional[Engine] = None) -> None:
        """FILE: a path, or the bytes, of what save() or the program `nst train` has written; None: an untrained painter
        with random weights from SEED. ENGINE: by default one of its own. Raises NotFoundError, DataError for another
        file, TypeError for anything else."""
        out = self._Pointer()
        if file is None:
            lib.nst_painter_create(ctypes.byref(out), seed)
        elif isinstance(file, (bytes, bytearray)):
            lib.nst_painter_decode(ctypes.byref(out), bytes(file), len(file))
        elif isinstance(file, (str, os.PathLike)):
            lib.nst_painter_load(ctypes.byref(out), _values.path(file, "painter"))
        else:
            raise TypeError(f"expected a path or the bytes of a file, found {type(file).__name__}")
        self._pointer = out
        if engine is not None:
            if not isinstance(engine, Engine):
                raise TypeError(f"expected an nst.Engine or None, found {type(engine).__name__}")
            lib.nst_painter_set_engine(self._raw, engine._raw)

    def save(self, path: Path, dtype: str = "f16") -> None:
        """Writes the painter to PATH. DTYPE: "f16", "f32" or "bf16". Raises CallError for another DTYPE or weights that it
        cannot hold, SystemFailure (an OSError) where writing fails."""
        lib.nst_painter_save(self._raw, _values.path(path), _values.choice(Dtype, dtype, "dtype"))

    def paint(self, picture: Picture) -> Image:
        """PICTURE, anything that nst.Image takes, painted at its own size. Raises what nst.Image raises, OutOfMemory."""
        image, out = Image.of(picture), Image._Pointer()
        lib.nst_painter_paint(ctypes.byref(out), self._raw, image._raw)
        return Image._of(out)

    @property
    def weights(self) -> Floats:
        """A copy of all of them, [weights] float32. Set to as many numbers."""
        count = lib.nst_painter_weight_count(self._raw)
        copy, pointer = _arrays.empty_floats(count)
        ctypes.memmove(pointer, lib.nst_painter_weights(self._raw), count * ctypes.sizeof(ctypes.c_float))
        return copy

    @weights.setter
    def weights(self, values: Numbers) -> None:
        count = lib.nst_painter_weight_count(self._raw)
        block = (ctypes.c_float * count)()
        _arrays.copy_floats(block, values, count, "weights")
        lib.nst_painter_set_weights(self._raw, block, count)

    def evaluate(self, transfer: Transfer, photo: Picture) -> Tuple[float, Floats]:
        """The objective of TRANSFER at what is painted of PHOTO, which becomes its content, and the gradient by the
        weights, [weights] float32: for Optimizer.minimize(). The sides of PHOTO are multiples of 4 and at least 16 (CallError). Raises
        what Transfer.evaluate() raises."""
        image, total = Image.of(photo), ctypes.c_double()
        count = lib.nst_painter_weight_count(self._raw)
        gradient, pointer = _arrays.empty_floats(count)
        ctypes.memset(pointer, 0, count * ctypes.sizeof(ctypes.c_float))
        with Guard() as transfer._guard:
            lib.nst_painter_evaluate(self._raw, transfer._raw, image._raw, ctypes.byref(total), pointer)
        return total.value, gradient

    def _text(self, key: PainterKey) -> str:
        found: bytes = lib.nst_painter_text(self._raw, key) or b""
        return found.decode(errors="replace")

    @property
    def strength(self) -> float:
        """How much is painted, 0 to 1: the share of the painted pixels in a result, whose rest is that of the picture. 1 at
        first, and not saved."""
        strength: float = lib.nst_painter_strength(self._raw)
        return strength

    @strength.setter
    def strength(self, share: float) -> None:
        lib.nst_painter_set_strength(self._raw, share)

    @property
    def style(self) -> str:
        """The name of the style; at most 400 bytes."""
        return self._text(PainterKey.STYLE)

    @style.setter
    def style(self, name: str) -> None:
        lib.nst_painter_set_text(self._raw, PainterKey.STYLE, _values.text(name, "style"))

    @property
    def training(self) -> str:
        """How it was trained; at most 400 bytes."""
        return self._text(PainterKey.TRAINING)

    @training.setter
    def training(self, words: str) -> None:
        lib.nst_painter_set_text(self._raw, PainterKey.TRAINING, _values.text(words, "training"))
