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


def copy_floats(pointer: Any, values: Any, count: int, what: str = "a gradient") -> None:
    """Writes VALUES, any COUNT numbers in order, to POINTER; NULL: nowhere. ValueError for another number of them."""
    numbers = floats_of(values).tobytes()
    if len(numbers) != count * ctypes.sizeof(ctypes.c_float):
        raise ValueError(f"expected {what} of {count} numbers, found {len(numbers) // 4}")
    if pointer:
        ctypes.memmove(pointer, numbers, len(numbers))


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
    elif len(shape) == 1:
        hint = "; the contents of a file are given as bytes"
    raise ValueError(f"expected an array [height, width] or [height, width, 1 to 4 channels], found the shape {shape}"
                     f"{hint}")


def pixels_of_array(value: Any) -> Pixels:
    """[height, width] or [height, width, 1 to 4]: uint8 is 0..255, uint16 0..65535, floats are 0..1."""
    view = _buffer_of(value, "an nst.Image, a path, the bytes of a file, a PIL image or an array "
                             "[height, width, channels] of numbers")
    height, width, channels = _shape(view)
    form = _form(view)
    if form == "B":
        return Pixels(pointer_to(view, ctypes.c_uint8), False, width, height, channels)
    if form != "f":
        if form.lstrip("<>") not in ("e", "f", "d", "g", "H") or (form not in "dH" and numpy_or_none() is None):
            raise TypeError(f"expected an array of uint8 (0..255), uint16 (0..65535), float32 or float64 (0..1), found "
                            f"{_KINDS.get(form.lstrip('<>'), 'the format ' + repr(view.format))}")
        view = _as_floats(view, 1 / 65535 if form.endswith("H") else 1.0)
    return Pixels(pointer_to(view, ctypes.c_float), True, width, height, channels)


def floats_of(value: Any) -> memoryview:
    """The numbers of an array of any shape, or of a sequence, as packed float32."""
    if isinstance(value, (list, tuple)):
        return memoryview(array.array("f", value)).cast("B")
    view = _buffer_of(value, "an array or a sequence of numbers")
    return memoryview(view.tobytes()) if _form(view) == "f" else _as_floats(view)


def pointer_to(view: memoryview, item: Any) -> Any:
    """To the memory itself where it is packed and writable, else (ctypes knows no read-only memory) to a copy."""
    block: Any
    if view.c_contiguous and not view.readonly and view.nbytes:
        block = (ctypes.c_char * view.nbytes).from_buffer(view)
    else:
        block = ctypes.create_string_buffer(view.tobytes(), max(view.nbytes, 1))
    return ctypes.cast(block, ctypes.POINTER(item))
