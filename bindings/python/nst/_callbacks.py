"""Python functions called from C: what they raise stops the run and comes out of the call that started it."""
import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Callable, Optional, Type


class _Listener:
    """Calls CANCEL as soon as SIGINT comes. Python's own handler has to wait until C returns or calls back, which for a
    large picture takes long; a thread hears of the signal by the descriptor that Python writes to."""

    def __init__(self, cancel: Callable[[], Any]) -> None:
        self._cancel = cancel
        self._heard, self._told = os.pipe()
        os.set_blocking(self._told, False)
        self._before = signal.set_wakeup_fd(self._told, warn_on_full_buffer=False)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        for number in iter(lambda: os.read(self._heard, 1), b""):
            if self._before != -1:  # somebody else listens as well: the host's event loop
                os.write(self._before, number)
            if number[0] == signal.SIGINT:
                self._cancel()

    def close(self) -> None:
        signal.set_wakeup_fd(self._before)
        os.close(self._told)
        self._thread.join()
        os.close(self._heard)


class Guard:
    """Wraps one call of the library that calls back.

        with Guard() as guard:
            lib.nst_transfer_run(..., Callback(lambda *a: guard.call(function, *a)))

    Leaving the block raises what a function raised, whatever the library returned.

    Ctrl-C needs care: Python runs its handler at the first instruction after C, which is the entry of the callback,
    before any `try` there; ctypes would print the exception and go on. So during the call the handler of SIGINT is
    wrapped: inside the user's function it raises there as always, elsewhere the exception waits in `raised`. Where the
    handler is Python's own, which always raises, CANCEL is called at once, from another thread.
    """

    def __init__(self, cancel: Optional[Callable[[], Any]] = None) -> None:
        self.raised: Optional[BaseException] = None
        self._inside = False
        self._cancel = cancel
        self._listener: Optional[_Listener] = None
        self._previous: Optional[Callable[[int, Optional[FrameType]], Any]] = None

    def __enter__(self) -> "Guard":
        previous = signal.getsignal(signal.SIGINT)
        if callable(previous) and threading.current_thread() is threading.main_thread():
            self._previous = previous
            signal.signal(signal.SIGINT, self._on_interrupt)
            if self._cancel is not None and previous is signal.default_int_handler:
                self._listener = _Listener(self._cancel)
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        if self._listener is not None:
            self._listener.close()
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)
        if self.raised is not None:
            raised, self.raised = self.raised, None
            raise raised

    def _on_interrupt(self, number: int, frame: Optional[FrameType]) -> None:
        assert self._previous is not None  # else this is no handler
        if self._inside:
            self._previous(number, frame)
            return
        try:
            self._previous(number, frame)
        except BaseException as error:  # KeyboardInterrupt, or what the host's own handler raises
            self.raised = error

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The function's result; None once something was raised: then the caller stops the run."""
        if self.raised is not None:
            return None
        try:
            self._inside = True
            return function(*arguments)
        except BaseException as error:
            self._inside = False
            self.raised = error
            return None
        finally:
            self._inside = False
