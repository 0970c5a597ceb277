"""Styles: paintings that are used more than once."""
import ctypes
import os
from typing import Any, Dict, Optional

from . import _values
from ._enums import Status, StyleKey
from ._handle import Handle, owning
from ._library import lib
from ._prototypes import style as style_pointer
from ._types import Painting, Picture
from .errors import DataError, NotFoundError
from .image import Image


class Style(Handle):
    """A painting for Transfer.add_style(). What is worked out of it is kept and used again, by the next run, for the next
    content and by every transfer that has the style, in several threads too."""
    _Pointer = owning(style_pointer, lib.nst_style_destroy)

    def __init__(self, picture: Picture, scale: float = 1.0, mask: Optional[Picture] = None) -> None:
        """PICTURE: anything that nst.Image takes, copied; or a path or the bytes of a style that Transfer.save_style()
        wrote, which has no picture. SCALE: the size at which it is seen, times option style_scale;
        above 0, at most 64; above 1 for larger strokes. MASK: it learns only from the part where this is white, of any
        size and the same proportions. Raises what nst.Image raises, CallError for values on another scale than 0..1 and
        for a mask that does not fit."""
        out = self._Pointer()
        if not self._load(out, picture):
            lib.nst_style_create(ctypes.byref(out), Image.of(picture)._raw)
        self._pointer = out
        lib.nst_style_set_scale(self._raw, scale)
        if mask is not None:
            lib.nst_style_set_mask(self._raw, Image.of(mask)._raw)

    @staticmethod
    def _load(out: Any, source: Any) -> bool:
        """Whether SOURCE is the file of a style, which OUT gets then."""
        try:
            if isinstance(source, (str, os.PathLike)):
                lib.nst_style_load(ctypes.byref(out), _values.path(source))
            elif isinstance(source, (bytes, bytearray)):
                lib.nst_style_decode(ctypes.byref(out), bytes(source), len(source))
            return bool(out)
        except NotFoundError:
            return False
        except DataError as error:
            if error.status != Status.ERR_FORMAT:
                raise
            return False

    @classmethod
    def of(cls, value: Painting) -> "Style":
        """VALUE itself where it is a Style, else Style(VALUE), with its errors."""
        return value if isinstance(value, cls) else cls(value)  # type: ignore[arg-type]

    @property
    def facts(self) -> Dict[str, str]:
        """What the file of a saved style says, by the names of nst.StyleKey in small letters: "model", "layers", "sizes",
        "license", ...; {} for a style with a picture."""
        texts = {key.name.lower(): (lib.nst_style_text(self._raw, key) or b"").decode() for key in StyleKey}
        return texts if texts["source"] else {}

    @property
    def scale(self) -> float:
        """As it was given."""
        return float(lib.nst_style_scale(self._raw))
