"""What the four handles have in common: each owns one pointer of the library and lets go of it once."""
from types import TracebackType
from typing import Any, Callable, Optional, Type, TypeVar

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
        """Whether close() was called: every other use raises StateError then."""
        return self._pointer is None

    def close(self) -> None:
        """Releases the memory, once a call that is under way and arrays that are views of it are done with it. May be
        called twice."""
        self._pointer = None

    def __enter__(self: H) -> H:
        """The handle itself, which is closed at the end of the block."""
        self._raw
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        """Closes the handle."""
        self.close()

    def __copy__(self) -> Any:
        raise TypeError(f"an nst.{type(self).__name__} cannot be copied")

    def __deepcopy__(self, _: Any) -> Any:
        raise TypeError(f"an nst.{type(self).__name__} cannot be copied")

    def __reduce__(self) -> Any:
        raise TypeError(f"an nst.{type(self).__name__} cannot be pickled: make another where it is needed")
