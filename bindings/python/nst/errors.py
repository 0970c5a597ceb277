"""Statuses of the library as exceptions: each is an nst.Error and what Python calls that kind of failure."""
from ._enums import Status


class Error(Exception):
    """A call of libnst failed. str(): what was expected and what was found; status: the nst_status."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = _known(status)
        self.detail = detail

    def __str__(self) -> str:
        return self.detail

    def __reduce__(self):
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


def _known(status: int):
    try:
        return Status(status)
    except ValueError:  # of a library newer than this package
        return status


_CLASSES = {
    Status.ERR_STATE: StateError,
    Status.ERR_NOT_FOUND: NotFoundError,
    Status.ERR_OUT_OF_MEMORY: OutOfMemory,
    Status.ERR_MEMORY_LIMIT: OutOfMemory,
    Status.ERR_IO: SystemFailure,
    Status.ERR_SYSTEM: SystemFailure,
    Status.ERR_CALLBACK: Error,
    Status.ERR_INTERNAL: Error,
}
_GROUPS = {1: CallError, 2: DataError}


def error_of(status: int, detail: str) -> Error:
    cls = _CLASSES.get(status) or _GROUPS.get(status // 100, Error)
    return cls(status, detail)
