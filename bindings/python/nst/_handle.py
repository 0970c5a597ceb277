"""What the four handles have in common: each owns one pointer of the library and lets go of it once."""
from .errors import StateError
from ._enums import Status


def owning(pointer, destroy):
    """A pointer type whose instances destroy what they point to, when the last that needs them is gone: the object,
    a view of its memory, or a call that is under way."""

    class Owning(pointer):
        _type_ = pointer._type_

        def __del__(self) -> None:
            if self:
                destroy(self)

    return Owning


class Handle:
    """A context manager: leaving it, close(), or the last reference going away releases the memory."""

    _Pointer = None  # of the class: what owning() made
    _pointer = None

    @classmethod
    def _of(cls, pointer):
        handle = cls.__new__(cls)
        handle._pointer = pointer
        return handle

    @property
    def _raw(self):
        if self._pointer is None:
            raise StateError(Status.ERR_STATE, f"this {type(self).__name__} is closed")
        return self._pointer

    @property
    def closed(self) -> bool:
        return self._pointer is None

    def close(self) -> None:
        self._pointer = None

    def __enter__(self):
        self._raw
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def __copy__(self):
        raise TypeError(f"{type(self).__name__} has no copy but by its own methods")

    def __deepcopy__(self, _):
        self.__copy__()

    def __reduce__(self):
        raise TypeError(f"{type(self).__name__} cannot be pickled")
