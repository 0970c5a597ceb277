"""Pixels and numbers in and out: anything with the buffer protocol, NumPy arrays and PIL images where installed."""
import array
import ctypes
import math
import sys
from typing import Any, NamedTuple, Tuple

from ._types import Floats

_NATIVE = "<=@" if sys.byteorder == "little" else ">=@"


def numpy_or_none() -> Any:
    try:
        import numpy
        return numpy
    except ImportError:
        return None


class Pixels(NamedTuple):
    pointer: Any  # to uint8 or float, as is_float says; keeps the memory alive
    is_float: bool
    width: int
    height: int
    channels: int


def empty_floats(*shape: int) -> Tuple[Floats, Any]:
    """An array of float32 and a pointer to it: of NumPy where that is installed, else a memoryview."""
    numpy = numpy_or_none()
    if numpy is not None:
        values = numpy.empty(shape, numpy.float32)
        return values, values.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
    block = (ctypes.c_float * math.prod(shape))()
    view: Any = memoryview(block).cast("B").cast("f", shape)
    return view, ctypes.cast(block, ctypes.POINTER(ctypes.c_float))


def view_floats(pointer: Any, owner: Any, *shape: int) -> Floats:
    """The library's own memory as a writable array that keeps OWNER, and so the memory, alive."""
    block: Any = (ctypes.c_float * math.prod(shape)).from_address(ctypes.addressof(pointer.contents))
    block.owner = owner
    view: Any = memoryview(block).cast("B").cast("f", shape)
    numpy = numpy_or_none()
    values: Floats = view if numpy is None else numpy.asarray(view)
    return values


def packed(values: Any) -> "array.array[float]":
    """The numbers of VALUES, float32 in any shape, as pickle takes them from a machine to another."""
    return array.array("f", memoryview(values).tobytes())


def unpack(values: Any, numbers: "array.array[float]") -> None:
    """Sets VALUES, packed float32 in any shape, to as many NUMBERS."""
    memoryview(values).cast("B")[:] = memoryview(numbers).cast("B")


def _form(view: memoryview) -> str:
    """The format of an element, without a byte order that is the machine's own."""
    return view.format.lstrip(_NATIVE) if view.format[:1] in _NATIVE else view.format


def _buffer_of(value: Any, expected: str) -> memoryview:
    try:
        return memoryview(value)
    except (TypeError, ValueError):  # ValueError: NumPy's, of a type that no buffer has
        numpy = numpy_or_none()
        if numpy is not None and hasattr(value, "__array__") and not isinstance(value, numpy.ndarray):
            return memoryview(numpy.asarray(value))  # a tensor of another library
        raise TypeError(f"expected {expected}, found {type(value).__name__}") from None


def _as_floats(view: memoryview, scale: float = 1.0) -> memoryview:
    """Packed float32, the values of VIEW times SCALE. For what NumPy alone can read, NumPy is needed."""
    numpy, form = numpy_or_none(), _form(view)
    if numpy is not None:
        values = numpy.asarray(view)
        scaled = values if scale == 1 else values * scale
        return memoryview(numpy.ascontiguousarray(scaled, numpy.float32)).cast("B")
    numbers = memoryview(view.tobytes()).cast(form)
    return memoryview(array.array("f", numbers if scale == 1 else (n * scale for n in numbers))).cast("B")


_KINDS = {"?": "bool", "b": "int8", "h": "int16", "i": "int32", "l": "int64", "q": "int64", "I": "uint32",
          "L": "uint64", "Q": "uint64", "Zf": "complex64", "Zd": "complex128"}


def _shape(view: memoryview) -> Tuple[int, int, int]:
    """Height, width and channels; what other libraries have in another order is told how to turn it."""
    shape = tuple(view.shape or ())
    if len(shape) == 2:
        return shape[0], shape[1], 1
    if len(shape) == 3 and 1 <= shape[2] <= 4:
        return shape[0], shape[1], shape[2]
    hint = ""
    if len(shape) == 3 and 1 <= shape[0] <= 4:
        hint = "; from [channels, height, width] it is transpose(1, 2, 0), of a tensor permute(1, 2, 0)"
    elif len(shape) == 4:
        hint = "; of several pictures give one at a time"
    raise ValueError(f"expected an array [height, width] or [height, width, 1 to 4 channels], found the shape {shape}"
                     f"{hint}")


def pixels_of_array(value: Any) -> Pixels:
    """[height, width] or [height, width, 1 to 4]: uint8 is 0..255, uint16 0..65535, floats are 0..1."""
    view = _buffer_of(value, "an nst.Image, a path, the bytes of a file, a PIL image or an array "
                             "[height, width, channels] of numbers")
    height, width, channels = _shape(view)
    form = _form(view)
    if form == "B":
        return Pixels(_pointer(view, ctypes.c_uint8), False, width, height, channels)
    if form != "f":
        if form.lstrip("<>") not in ("e", "f", "d", "g", "H") or (form not in "dH" and numpy_or_none() is None):
            raise TypeError(f"expected an array of uint8 (0..255), uint16 (0..65535), float32 or float64 (0..1), found "
                            f"{_KINDS.get(form.lstrip('<>'), 'the format ' + repr(view.format))}")
        view = _as_floats(view, 1 / 65535 if form.endswith("H") else 1.0)
    return Pixels(_pointer(view, ctypes.c_float), True, width, height, channels)


def floats_of(value: Any) -> memoryview:
    """The numbers of an array of any shape, or of a sequence, as packed float32."""
    if isinstance(value, (list, tuple)):
        return memoryview(array.array("f", value)).cast("B")
    view = _buffer_of(value, "an array or a sequence of numbers")
    return memoryview(view.tobytes()) if _form(view) == "f" else _as_floats(view)


def _pointer(view: memoryview, item: Any) -> Any:
    """To the memory itself where it is packed and writable, else (ctypes knows no read-only memory) to a copy."""
    block: Any
    if view.c_contiguous and not view.readonly and view.nbytes:
        block = (ctypes.c_char * view.nbytes).from_buffer(view)
    else:
        block = ctypes.create_string_buffer(view.tobytes(), max(view.nbytes, 1))
    return ctypes.cast(block, ctypes.POINTER(item))


def is_pil(value: Any) -> bool:
    return type(value).__module__.startswith("PIL.") and hasattr(value, "tobytes")


_TO_8_BITS = {"La": "LA", "RGBa": "RGBA", "PA": "RGBA"}
_ORIENTATION = 0x0112  # EXIF's tag: how a stored picture is turned to be upright
_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}  # orientation -> PIL's number of the transposition


def _upright(value: Any) -> Any:
    """As files are read by path. PIL leaves pictures as they are stored, and keeps the orientation with them."""
    try:
        orientation = value.getexif().get(_ORIENTATION)
    except Exception:  # PIL raises many kinds at an EXIF block that makes no sense: a file has no orientation then
        return value
    return value.transpose(_TURNS[orientation]) if orientation in _TURNS else value


def pixels_of_pil(value: Any) -> Pixels:
    """Whatever PIL converts to 8 bits, upright. It would clip deeper greys: those of modes I;16 and I, which is what it
    makes of a 16-bit file, are 0..65535 here."""
    value = _upright(value)
    if value.mode == "F":
        raise TypeError("a PIL image of mode F has no range: give its numbers as an array, 0..1")
    if value.mode.startswith("I"):
        numbers = array.array("i" if value.mode == "I" else "H", value.tobytes())
        if value.mode == ("I;16B" if sys.byteorder == "little" else "I;16"):
            numbers.byteswap()
        greys = memoryview(array.array("f", (number / 65535 for number in numbers)))
        return Pixels(_pointer(greys, ctypes.c_float), True, value.width, value.height, 1)
    if value.mode not in ("L", "LA", "RGB", "RGBA") or "transparency" in value.info:
        value = value.convert("RGBA" if "transparency" in value.info else _TO_8_BITS.get(value.mode, "RGB"))
    block = ctypes.create_string_buffer(value.tobytes())
    return Pixels(ctypes.cast(block, ctypes.POINTER(ctypes.c_uint8)), False, value.width, value.height,
                  len(value.getbands()))
