"""What the four handles have in common: each owns one pointer of the library and lets go of it once."""
from .errors import StateError
from ._enums import Status


class Owner:
    """Destroys the pointer when the last that needs it is gone: the object, or a view of its memory."""

    __slots__ = ("raw", "_destroy", "__weakref__")

    def __init__(self, raw, destroy) -> None:
        self.raw = raw
        self._destroy = destroy

    def __del__(self) -> None:
        self._destroy(self.raw)


class Handle:
    """A context manager: leaving it, close(), or the last reference going away releases the memory."""

    _destroy = None  # of the class: the library's function
    _owner = None

    def _own(self, raw) -> None:
        self._owner = Owner(raw, type(self)._destroy)

    @property
    def _raw(self):
        if self._owner is None:
            raise StateError(Status.ERR_STATE, f"this {type(self).__name__} is closed")
        return self._owner.raw

    @property
    def closed(self) -> bool:
        return self._owner is None

    def close(self) -> None:
        self._owner = None

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
