"""Images of PIL: upright, with their colours as sRGB, as the same picture would be that is read from its file."""
import array
import ctypes
import io
import sys
from typing import Any, Optional

from ._arrays import Pixels, pointer_to
from ._warnings import warn

_PLAIN = ("L", "LA", "RGB", "RGBA")
_TO_8_BITS = {"1": "L", "La": "LA", "PA": "RGBA", "RGBa": "RGBA"}
_COLOURS_OF_A_SCREEN = (*_PLAIN, *_TO_8_BITS, "P")
_ORIENTATION = 0x0112  # EXIF's tag: how a stored picture is turned to be upright
_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}  # orientation -> PIL's number of the transposition


def is_pil(value: Any) -> bool:
    return type(value).__module__.startswith("PIL.") and hasattr(value, "tobytes")


def upright(value: Any) -> Any:
    """PIL leaves pictures as they are stored, and keeps the orientation with them."""
    try:
        orientation = value.getexif().get(_ORIENTATION)
    except Exception:  # PIL raises many kinds at an EXIF block that makes no sense: a file has no orientation then
        return value
    return value.transpose(_TURNS[orientation]) if orientation in _TURNS else value


def _plain(value: Any) -> Any:
    """Of 8 bits, and with a transparent colour as alpha."""
    if "transparency" in value.info:
        return value.convert("RGBA")
    return value if value.mode in _PLAIN else value.convert(_TO_8_BITS.get(value.mode, "RGB"))


def file_of(value: Any) -> Optional[bytes]:
    """A PNG file of VALUE where it has a colour profile, which the library applies as to any file; None without one."""
    profile = value.info.get("icc_profile")
    if not profile:
        return None
    if value.mode not in _COLOURS_OF_A_SCREEN:
        warn(f"the colour profile of a PIL image of mode {value.mode} is not applied: read its file instead")
        return None
    file = io.BytesIO()
    _plain(value).save(file, "PNG", icc_profile=profile, compress_level=0, exif=b"")
    return file.getvalue()


def pixels_of(value: Any) -> Pixels:
    """Whatever PIL converts to 8 bits. It would clip deeper greys: those of modes I;16 and I, which is what it makes of
    a 16-bit file, are 0..65535 here."""
    if value.mode == "F":
        raise TypeError("a PIL image of mode F has no range: give its numbers as an array, 0..1")
    if value.mode.startswith("I"):
        numbers = array.array("i" if value.mode == "I" else "H", value.tobytes())
        if value.mode == ("I;16B" if sys.byteorder == "little" else "I;16"):
            numbers.byteswap()
        greys = memoryview(array.array("f", (number / 65535 for number in numbers)))
        return Pixels(pointer_to(greys, ctypes.c_float), True, value.width, value.height, 1)
    value = _plain(value)
    block = ctypes.create_string_buffer(value.tobytes())
    return Pixels(ctypes.cast(block, ctypes.POINTER(ctypes.c_uint8)), False, value.width, value.height,
                  len(value.getbands()))
