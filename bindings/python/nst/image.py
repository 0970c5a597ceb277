"""Pictures: RGB, 0..1, with or without alpha."""
import ctypes
import os
from typing import Any, Optional, Tuple, Union

from . import _arrays, _params, _values
from ._enums import Object
from ._handle import Handle, owning
from ._library import lib
from ._prototypes import image as image_pointer

PathOrImage = Union[str, "os.PathLike[str]", "Image", Any]


class Image(Handle):
    """A picture. Made from a path, the bytes of a PNG or JPEG file, an array [height, width] or [height, width, 1 to 4]
    (uint8 0..255, uint16 0..65535, floats 0..1), a PIL image, or another Image (a copy)."""

    _Pointer = owning(image_pointer, lib.nst_image_destroy)

    def __init__(self, source: PathOrImage, max_pixels: int = 0) -> None:
        out, most = self._Pointer(), _values.whole(max_pixels, "max_pixels", 64)
        if isinstance(source, Image):
            lib.nst_image_copy(ctypes.byref(out), source._raw)
        elif isinstance(source, (str, os.PathLike)):
            lib.nst_image_load(ctypes.byref(out), _values.path(source), most)
        elif isinstance(source, (bytes, bytearray)):
            lib.nst_image_decode(ctypes.byref(out), bytes(source), len(source), most)
        else:
            pixels = (_arrays.pixels_of_pil if _arrays.is_pil(source) else _arrays.pixels_of_array)(source)
            make = lib.nst_image_from_f32 if pixels.is_float else lib.nst_image_from_u8
            make(ctypes.byref(out), pixels.pointer, pixels.width, pixels.height, pixels.channels, 0)
        self._pointer = out

    @classmethod
    def of(cls, value: PathOrImage) -> "Image":
        """VALUE itself where it is an Image, else Image(VALUE)."""
        return value if isinstance(value, cls) else cls(value)

    @classmethod
    def new(cls, width: int, height: int, alpha: bool = False) -> "Image":
        """Black, and opaque if with alpha."""
        out = cls._Pointer()
        lib.nst_image_create(ctypes.byref(out), _values.whole(width, "width"), _values.whole(height, "height"),
                             bool(alpha))
        return cls._of(out)

    @property
    def width(self) -> int:
        return int(lib.nst_image_width(self._raw))

    @property
    def height(self) -> int:
        return int(lib.nst_image_height(self._raw))

    @property
    def size(self) -> Tuple[int, int]:
        return self.width, self.height

    @property
    def has_alpha(self) -> bool:
        return bool(lib.nst_image_has_alpha(self._raw))

    @property
    def pixels(self) -> Any:
        """The memory itself, [height, width, 3] float32, writable; valid even after close()."""
        return _arrays.view_floats(lib.nst_image_mutable_pixels(self._raw), self._raw, self.height, self.width, 3)

    @property
    def alpha(self) -> Optional[Any]:
        """Likewise [height, width], or None."""
        if not self.has_alpha:
            return None
        return _arrays.view_floats(lib.nst_image_mutable_alpha(self._raw), self._raw, self.height, self.width)

    def copy(self) -> "Image":
        return Image(self)

    def resize(self, width: int, height: int) -> "Image":
        out = self._Pointer()
        lib.nst_image_resize(ctypes.byref(out), self._raw, _values.whole(width, "width"),
                             _values.whole(height, "height"))
        return Image._of(out)

    def set(self, **options: Any) -> "Image":
        """How it is written: png_depth, jpeg_quality, jpeg_subsampling."""
        for name, value in options.items():
            row = _params.find(Object.IMAGE, name)
            if row.choices:  # 8 and "8" both mean the choice of that name
                value = str(value)
            _params.set_option("nst_image", self._raw, row, value)
        return self

    def save(self, path: Union[str, "os.PathLike[str]"], type: Optional[str] = None, **options: Any) -> None:
        """PNG or JPEG by the ending of PATH, or as TYPE ("png", "jpeg"); under a temporary name until all is written."""
        self.set(**options)
        if type is None:
            lib.nst_image_save(self._raw, _values.path(path))
        else:
            lib.nst_image_save_as(self._raw, _values.path(path), _values.text(type, "type"))

    def encode(self, type: str = "png", **options: Any) -> bytes:
        """The bytes of a file: TYPE is "png" or "jpeg"."""
        self.set(**options)
        block, size = ctypes.c_void_p(), ctypes.c_size_t()
        lib.nst_image_encode(ctypes.byref(block), ctypes.byref(size), self._raw, _values.text(type, "type"))
        try:
            return ctypes.string_at(block, size.value)
        finally:
            lib.nst_bytes_destroy(block)

    def tobytes(self, channels: Optional[int] = None) -> bytes:
        """Packed 8-bit pixels of 1 (grey), 2, 3 (RGB) or 4 channels; by default with alpha where there is alpha."""
        channels = (4 if self.has_alpha else 3) if channels is None else _values.whole(channels, "channels", 8)
        block = (ctypes.c_uint8 * (self.width * self.height * channels))()
        lib.nst_image_to_u8(self._raw, block, channels, 0)
        return bytes(block)

    def to_pil(self) -> Any:
        import PIL.Image
        return PIL.Image.frombytes("RGBA" if self.has_alpha else "RGB", self.size, self.tobytes())

    def to_numpy(self) -> Any:
        """A copy, float32 in 0..1: [height, width, 3], or 4 with alpha."""
        import numpy
        values = numpy.empty((self.height, self.width, 4 if self.has_alpha else 3), numpy.float32)
        lib.nst_image_to_f32(self._raw, values.ctypes.data_as(ctypes.POINTER(ctypes.c_float)), values.shape[2], 0)
        return values

    def __array__(self, dtype: Any = None, copy: Optional[bool] = None) -> Any:
        if copy is False:
            raise ValueError("an nst.Image becomes an array by copying; .pixels is the memory itself")
        values = self.to_numpy()
        return values if dtype is None else values.astype(dtype)

    def _repr_png_(self) -> bytes:
        return self.encode("png")

    def __repr__(self) -> str:
        if self.closed:
            return "<nst.Image, closed>"
        return f"<nst.Image {self.width}x{self.height}{' with alpha' if self.has_alpha else ''}>"
