"""Pictures: RGB, 0..1, with or without alpha."""
import array
import ctypes
import os
from typing import Any, Dict, List, Optional, Tuple

from . import _arrays, _params, _pil, _values, _warnings
from ._enums import Object
from ._handle import Handle, owning
from ._library import lib
from ._prototypes import ReleaseFn, floats, image as image_pointer
from ._types import Floats, Path, Picture


class Image(Handle):
    """A picture: RGB, sRGB-encoded, nominally 0..1, rows from top to bottom, with or without alpha.

    It becomes an array by numpy.asarray(image), a PIL image by image.to_pil(), shows itself in a notebook, and is
    pickled and copied with its pixels and options.
    """

    _Pointer = owning(image_pointer, lib.nst_image_destroy)

    def __init__(self, source: Picture, max_pixels: int = 0) -> None:
        """SOURCE is one of
            a path or the bytes of a PNG, JPEG, PPM, PGM or PAM file, turned upright by its EXIF orientation and converted to sRGB by
            its colour profile; MAX_PIXELS caps width x height before memory is taken, 0 for the library's own cap of
            2^28;
            an array [height, width] or [height, width, 1 to 4], anything with __array__ or the buffer protocol: uint8
            0..255, uint16 0..65535, floats 0..1 (values beyond are kept); grey, grey and alpha, RGB or RGBA;
            a PIL image of any mode but F, turned upright and converted to sRGB likewise; or another nst.Image, which is
            copied.
        The pixels are copied. Raises NotFoundError, DataError for a file that is no such picture or for values that are
        not finite, ValueError for another shape, TypeError for anything else.
        """
        out, most = self._Pointer(), _values.whole(max_pixels, "max_pixels", 64)
        if _pil.is_pil(source):
            source = _pil.upright(source)
            source = _pil.file_of(source) or source
        if isinstance(source, Image):
            lib.nst_image_copy(ctypes.byref(out), source._raw)
        elif isinstance(source, (str, os.PathLike)):
            lib.nst_image_load(ctypes.byref(out), _values.path(source), most)
            self._warn(out, _warnings.escaped(source) + ": ")
        elif isinstance(source, (bytes, bytearray)):
            lib.nst_image_decode(ctypes.byref(out), bytes(source), len(source), most)
            self._warn(out, "")
        else:
            pixels = (_pil.pixels_of if _pil.is_pil(source) else _arrays.pixels_of_array)(source)
            make = lib.nst_image_from_f32 if pixels.is_float else lib.nst_image_from_u8
            make(ctypes.byref(out), pixels.pointer, pixels.width, pixels.height, pixels.channels, 0)
        self._pointer = out

    @staticmethod
    def _warn(pointer: Any, name: str) -> None:
        for line in lib.nst_image_warnings(pointer).decode().splitlines():
            _warnings.warn(name + line)

    @property
    def warnings(self) -> List[str]:
        """What is no error, but should be known of the file that it was read from, such as one that is cut short after
        its last pixel. They came out as Python's warnings, too, when it was read."""
        text: bytes = lib.nst_image_warnings(self._raw)
        return text.decode().splitlines()

    @classmethod
    def of(cls, value: Picture) -> "Image":
        """VALUE itself where it is an Image, else Image(VALUE), with its errors."""
        return value if isinstance(value, cls) else cls(value)

    @classmethod
    def new(cls, width: int, height: int, alpha: bool = False) -> "Image":
        """A black picture of WIDTH x HEIGHT pixels; with ALPHA it is opaque. Raises CallError for a size of 0,
        DataError or OutOfMemory for one that is too large."""
        out = cls._Pointer()
        lib.nst_image_create(ctypes.byref(out), _values.whole(width, "width"), _values.whole(height, "height"),
                             bool(alpha))
        return cls._of(out)

    @classmethod
    def borrow(cls, pixels: Any, alpha: Any = None) -> "Image":
        """A picture whose memory is PIXELS and, if there is one, ALPHA, not copied: writable arrays [height, width, 3] and
        [height, width] of float32, packed, which may be changed between calls. Raises TypeError for anything else,
        CallError for a size of 0."""
        view = memoryview(pixels)
        shape = view.shape or ()
        if view.format != "f" or len(shape) != 3 or shape[2] != 3 or view.readonly or not view.c_contiguous:
            raise TypeError("expected a writable, packed array [height, width, 3] of float32, found "
                            f"{'read-only ' if view.readonly else ''}{view.format} {list(shape)}")
        height, width, _ = shape
        block: Any = (ctypes.c_float * (height * width * 3)).from_buffer(view.cast("B") if height * width else bytearray())
        opaque: Any = None
        if alpha is not None:
            mask = memoryview(alpha)
            if mask.format != "f" or mask.shape != (height, width) or mask.readonly or not mask.c_contiguous:
                raise TypeError(f"expected a writable, packed alpha {[height, width]} of float32, found "
                                f"{'read-only ' if mask.readonly else ''}{mask.format} {list(mask.shape or ())}")
            opaque = (ctypes.c_float * (height * width)).from_buffer(mask.cast("B") if height * width else bytearray())
        out = cls._Pointer()
        lib.nst_image_borrow(ctypes.byref(out), ctypes.cast(block, floats), ctypes.cast(opaque, floats), width, height,
                             ReleaseFn(0), None)
        out.owner = block, opaque  # live as long as the image, which a call or an array may outlive this object with
        return cls._of(out)

    @property
    def width(self) -> int:
        """In pixels."""
        return int(lib.nst_image_width(self._raw))

    @property
    def height(self) -> int:
        """In pixels."""
        return int(lib.nst_image_height(self._raw))

    @property
    def size(self) -> Tuple[int, int]:
        """(width, height) in pixels, as PIL has it; the arrays are [height, width, channels]."""
        return self.width, self.height

    @property
    def has_alpha(self) -> bool:
        """Whether there is alpha."""
        return bool(lib.nst_image_has_alpha(self._raw))

    @property
    def pixels(self) -> Floats:
        """The memory itself: [height, width, 3] float32 RGB, nominally 0..1, writable; valid even after close().
        Without NumPy it is a memoryview of that shape."""
        return _arrays.view_floats(lib.nst_image_mutable_pixels(self._raw), self._raw, self.height, self.width, 3)

    @property
    def alpha(self) -> Optional[Floats]:
        """The memory of alpha likewise: [height, width] float32, 0 transparent to 1 opaque; None without alpha."""
        if not self.has_alpha:
            return None
        return _arrays.view_floats(lib.nst_image_mutable_alpha(self._raw), self._raw, self.height, self.width)

    def copy(self) -> "Image":
        """A picture of its own with the same pixels, alpha and options."""
        return Image(self)

    def resize(self, width: int, height: int) -> "Image":
        """A new picture of WIDTH x HEIGHT pixels, each axis by itself: Lanczos-3 to shrink, bicubic to grow; alpha is
        respected. Raises CallError for a size of 0."""
        out = self._Pointer()
        lib.nst_image_resize(ctypes.byref(out), self._raw, _values.whole(width, "width"),
                             _values.whole(height, "height"))
        return Image._of(out)

    @_params.documented(Object.IMAGE)
    def set(self, **options: Any) -> "Image":
        """How save() and encode() write it; gives the picture itself. Raises CallError for a value that is none."""
        for name, value in _params.given(options):
            row = _params.find(Object.IMAGE, name)
            if row.choices:  # 8 and "8" both mean the choice of that name
                value = str(value)
            _params.set_option("nst_image", self._raw, row, value)
        return self

    @property
    def options(self) -> Dict[str, Any]:
        """Every option of set() with its value now."""
        return {row.name: _params.get_option("nst_image", self._raw, row) for row in _params.of(Object.IMAGE)}

    @_params.documented(Object.IMAGE)
    def save(self, path: Path, type: Optional[str] = None, **options: Any) -> None:
        """Writes a file by the ending of PATH, or as TYPE ("png", "jpeg", "ppm", "pgm", "pam"), under a temporary name until all is
        written. Values beyond 0..1 are clamped. OPTIONS as of set(), and stay set. Raises CallError for another type,
        SystemFailure (an OSError) where writing fails."""
        self.set(**options)
        if type is None:
            lib.nst_image_save(self._raw, _values.path(path))
        else:
            lib.nst_image_save_as(self._raw, _values.path(path), _values.text(type, "type"))

    @_params.documented(Object.IMAGE)
    def encode(self, type: str = "png", **options: Any) -> bytes:
        """The bytes of a file of TYPE, such as "png" or "jpeg". OPTIONS as of set(), and stay set. Raises CallError for another
        type."""
        self.set(**options)
        block, size = ctypes.c_void_p(), ctypes.c_size_t()
        lib.nst_image_encode(ctypes.byref(block), ctypes.byref(size), self._raw, _values.text(type, "type"))
        try:
            return ctypes.string_at(block, size.value)
        finally:
            lib.nst_bytes_destroy(block)

    def tobytes(self, channels: Optional[int] = None) -> bytes:
        """The pixels as packed bytes, height x width x CHANNELS of 0..255: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA;
        by default 4 where there is alpha, else 3. Values are clamped to 0..1. Raises CallError for other CHANNELS."""
        channels = (4 if self.has_alpha else 3) if channels is None else _values.whole(channels, "channels", 8)
        block = (ctypes.c_uint8 * (self.width * self.height * channels))()
        lib.nst_image_to_u8(self._raw, block, channels, 0)
        return bytes(block)

    def to_pil(self) -> Any:
        """A PIL.Image.Image of mode RGB, or RGBA where there is alpha; a copy. Raises ImportError without PIL."""
        import PIL.Image
        return PIL.Image.frombytes("RGBA" if self.has_alpha else "RGB", self.size, self.tobytes())

    def to_numpy(self) -> Floats:
        """A copy, float32 clamped to 0..1: [height, width, 3], or 4 where there is alpha. Raises ImportError without
        NumPy."""
        import numpy
        values = numpy.empty((self.height, self.width, 4 if self.has_alpha else 3), numpy.float32)
        lib.nst_image_to_f32(self._raw, values.ctypes.data_as(ctypes.POINTER(ctypes.c_float)), values.shape[2], 0)
        return values

    def __array__(self, dtype: Any = None, copy: Optional[bool] = None) -> Any:
        """to_numpy(), as DTYPE."""
        if copy is False:
            raise ValueError("an nst.Image becomes an array by copying; .pixels is the memory itself")
        values = self.to_numpy()
        return values if dtype is None else values.astype(dtype)

    def __copy__(self) -> "Image":
        return self.copy()

    def __deepcopy__(self, _: Any) -> "Image":
        return self.copy()

    def __reduce__(self) -> Tuple[Any, ...]:
        alpha = None if self.alpha is None else _arrays.packed(self.alpha)
        return _restored, (self.width, self.height, _arrays.packed(self.pixels), alpha, self.options)

    def _repr_png_(self) -> bytes:
        return self.encode("png")

    def __repr__(self) -> str:
        if self.closed:
            return "<nst.Image, closed>"
        return f"<nst.Image {self.width}x{self.height}{' with alpha' if self.has_alpha else ''}>"


def _restored(width: int, height: int, pixels: "array.array[float]", alpha: Optional["array.array[float]"],
              options: Dict[str, Any]) -> Image:
    """What pickle calls to make the picture again."""
    image = Image.new(width, height, alpha is not None).set(**options)
    _arrays.unpack(image.pixels, pixels)
    if alpha is not None:
        _arrays.unpack(image.alpha, alpha)
    return image
