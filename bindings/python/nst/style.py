"""Styles: paintings that are used more than once."""
import ctypes
from typing import Optional

from ._handle import Handle, owning
from ._library import lib
from ._prototypes import style as style_pointer
from ._types import Picture
from .image import Image


class Style(Handle):
    """A painting for Transfer.add_style(). What is worked out of it is kept and used again, by the next run, for the next
    content and by every transfer that has the style, in several threads too."""
    _Pointer = owning(style_pointer, lib.nst_style_destroy)

    def __init__(self, picture: Picture, scale: float = 1.0, mask: Optional[Picture] = None) -> None:
        """PICTURE: anything that nst.Image takes, copied. SCALE: the size at which it is seen, times option style_scale;
        above 0, at most 64; above 1 for larger strokes. MASK: it learns only from the part where this is white, of any
        size and the same proportions. Raises what nst.Image raises, CallError for values on another scale than 0..1 and
        for a mask that does not fit."""
        out = self._Pointer()
        lib.nst_style_create(ctypes.byref(out), Image.of(picture)._raw)
        self._pointer = out
        lib.nst_style_set_scale(self._raw, scale)
        if mask is not None:
            lib.nst_style_set_mask(self._raw, Image.of(mask)._raw)

    @property
    def scale(self) -> float:
        """As it was given."""
        return float(lib.nst_style_scale(self._raw))
