"""What the four handles have in common: each owns one pointer of the library and lets go of it once."""
from types import TracebackType
from typing import Any, Callable, NoReturn, Optional, Type, TypeVar

from .errors import StateError
from ._enums import Status

H = TypeVar("H", bound="Handle")


def owning(pointer: Any, destroy: Callable[[Any], None]) -> Any:
    """A pointer type whose instances destroy what they point to, when the last that needs them is gone: the object,
    a view of its memory, or a call that is under way."""

    def __del__(self: Any) -> None:
        if self:
            destroy(self)

    return type("Owning", (pointer,), {"_type_": pointer._type_, "__del__": __del__})


class Handle:
    """A context manager: leaving it, close(), or the last reference going away releases the memory."""

    _Pointer: Any = None  # of the class: what owning() made
    _pointer: Any = None

    @classmethod
    def _of(cls: Type[H], pointer: Any) -> H:
        handle = cls.__new__(cls)
        handle._pointer = pointer
        return handle

    @property
    def _raw(self) -> Any:
        if self._pointer is None:
            raise StateError(Status.ERR_STATE, f"this {type(self).__name__} is closed")
        return self._pointer

    @property
    def closed(self) -> bool:
        return self._pointer is None

    def close(self) -> None:
        self._pointer = None

    def __enter__(self: H) -> H:
        self._raw
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    def __copy__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} has no copy but by its own methods")

    def __deepcopy__(self, _: Any) -> NoReturn:
        self.__copy__()

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} cannot be pickled")
