"""Statuses of the library as exceptions: each is an nst.Error and what Python calls that kind of failure."""
from typing import Any, Dict, Tuple, Type

from ._enums import Status, known


class Error(Exception):
    """A call of libnst failed. str(): what was expected and what was found; status: the nst_status."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = known(Status, status)
        self.detail = detail

    def __str__(self) -> str:
        return self.detail

    def __reduce__(self) -> Tuple[Any, ...]:
        return type(self), (int(self.status), self.detail)


class CallError(Error, ValueError):
    """Statuses 1xx: an argument, a value out of range, an unknown name."""


class StateError(Error, RuntimeError):
    """A call out of order: no content set, a transfer that is running, a handle that is closed."""


class DataError(Error, ValueError):
    """Statuses 2xx: a file or a picture that is not what it should be."""


class NotFoundError(Error, FileNotFoundError):
    """A file that cannot be opened for reading, or a model name that is nowhere."""


class OutOfMemory(Error, MemoryError):
    """No memory, or NST_PARAM_MEMORY_LIMIT is too small."""


class SystemFailure(Error, OSError):
    """Reading, writing or starting a thread failed."""


class Cancelled(Error):
    """Transfer.cancel(), or its flag, ended a call that has no result without its end. A run is no such call."""


_CLASSES: Dict[int, Type[Error]] = {
    Status.ERR_STATE: StateError,
    Status.ERR_NOT_FOUND: NotFoundError,
    Status.ERR_OUT_OF_MEMORY: OutOfMemory,
    Status.ERR_MEMORY_LIMIT: OutOfMemory,
    Status.ERR_IO: SystemFailure,
    Status.ERR_SYSTEM: SystemFailure,
    Status.ERR_CALLBACK: Error,
    Status.ERR_CANCELLED: Cancelled,
    Status.ERR_INTERNAL: Error,
}
_GROUPS: Dict[int, Type[Error]] = {1: CallError, 2: DataError}


def error_of(status: int, detail: str) -> Error:
    return _CLASSES.get(status, _GROUPS.get(status // 100, Error))(status, detail)
