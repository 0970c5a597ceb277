"""Strings and whole numbers on their way to C. ctypes cuts both to fit, silently: here they are refused instead."""
import operator
import os
from typing import Any

from ._enums import Status
from .errors import CallError


def _ended(encoded: bytes, what: str) -> bytes:
    if b"\0" in encoded:
        raise ValueError(f"{what}: a NUL character within the text")
    return encoded


def text(value: Any, what: str) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"{what}: expected text, found {type(value).__name__}")
    return _ended(value.encode(), what)


def path(value: Any, what: str = "path") -> bytes:
    return _ended(os.fsencode(value), what)


def whole(value: Any, what: str, bits: int = 32) -> int:
    """Of an unsigned type of BITS."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{what}: expected a whole number, found {type(value).__name__}") from None
    if not 0 <= number < 2**bits:
        raise CallError(Status.ERR_RANGE, f"{what}: expected 0 to {2**bits - 1}, found {number}")
    return number


def choice(kind: Any, value: Any, what: str) -> int:
    """A value of the enum KIND, or its name in small letters."""
    if isinstance(value, str):
        try:
            return int(kind[value.upper()])
        except KeyError:
            names = ", ".join(k.lower() for k in kind.__members__)
            raise CallError(Status.ERR_NAME, f"{what}: expected one of {names}, found '{value}'") from None
    return int(kind(value))
