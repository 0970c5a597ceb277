"""Pixels and numbers in and out: anything with the buffer protocol, NumPy arrays and PIL images where installed."""
import array
import ctypes
import math
from typing import Any, NamedTuple, Tuple


def numpy_or_none():
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


def empty_floats(*shape: int) -> Tuple[Any, Any]:
    """An array of float32 and a pointer to it: of NumPy where that is installed, else a memoryview."""
    numpy = numpy_or_none()
    if numpy is not None:
        values = numpy.empty(shape, numpy.float32)
        return values, values.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
    block = (ctypes.c_float * math.prod(shape))()
    return memoryview(block).cast("B").cast("f", shape), ctypes.cast(block, ctypes.POINTER(ctypes.c_float))


def view_floats(pointer, owner, *shape: int) -> Any:
    """The library's own memory as a writable array that keeps OWNER, and so the memory, alive."""
    block = (ctypes.c_float * math.prod(shape)).from_address(ctypes.addressof(pointer.contents))
    block.owner = owner
    view = memoryview(block).cast("B").cast("f", shape)
    numpy = numpy_or_none()
    return view if numpy is None else numpy.asarray(view)


def _buffer_of(value: Any) -> memoryview:
    try:
        return memoryview(value)
    except TypeError:
        numpy = numpy_or_none()
        if numpy is not None and hasattr(value, "__array__"):  # a tensor of another library
            return memoryview(numpy.asarray(value))
        raise TypeError(f"expected an nst.Image, a path, a PIL image or an array [height, width, channels] of "
                        f"numbers, found {type(value).__name__}") from None


def pixels_of_array(value: Any) -> Pixels:
    """[height, width] or [height, width, 1 to 4]: uint8 is 0..255, float32 and float64 are 0..1."""
    view = _buffer_of(value)
    if view.ndim not in (2, 3):
        raise ValueError(f"expected an array [height, width] or [height, width, channels], found {view.ndim} "
                         "dimensions")
    height, width = view.shape[:2]
    channels = view.shape[2] if view.ndim == 3 else 1
    if not 1 <= channels <= 4:
        raise ValueError(f"expected 1 to 4 channels in the last dimension, found shape {tuple(view.shape)}")
    form = view.format.lstrip("<=@")
    if form == "B":
        return Pixels(_pointer(view, ctypes.c_uint8), False, width, height, channels)
    if form == "f":
        return Pixels(_pointer(view, ctypes.c_float), True, width, height, channels)
    if form == "d":
        numbers = array.array("f", memoryview(view.tobytes()).cast("d"))
        return Pixels(_pointer(memoryview(numbers), ctypes.c_float), True, width, height, channels)
    raise TypeError(f"expected an array of uint8, float32 or float64, found format '{view.format}'")


def _pointer(view: memoryview, item) -> Any:
    """To the memory itself where it is packed and writable, else (ctypes knows no read-only memory) to a copy."""
    if view.c_contiguous and not view.readonly and view.nbytes:
        block = (ctypes.c_char * view.nbytes).from_buffer(view)
    else:
        block = ctypes.create_string_buffer(view.tobytes(), max(view.nbytes, 1))
    return ctypes.cast(block, ctypes.POINTER(item))


def is_pil(value: Any) -> bool:
    return type(value).__module__.startswith("PIL.") and hasattr(value, "tobytes")


def pixels_of_pil(value: Any) -> Pixels:
    if value.mode not in ("L", "LA", "RGB", "RGBA"):
        has_alpha = value.mode in ("PA", "La", "RGBa") or "transparency" in value.info
        value = value.convert("RGBA" if has_alpha else "RGB")
    block = ctypes.create_string_buffer(value.tobytes())
    return Pixels(ctypes.cast(block, ctypes.POINTER(ctypes.c_uint8)), False, value.width, value.height,
                  len(value.getbands()))
