"""Solvers: L-BFGS and Adam, on pictures or on any function of many numbers."""
import array
import ctypes
from typing import Any, Callable, NamedTuple, Optional, Tuple

from . import _arrays, _params
from ._callbacks import Guard
from ._enums import Algorithm, Object, Stop
from ._handle import Handle, owning
from ._library import lib
from ._prototypes import IterationFn, ObjectiveFn, optimizer as optimizer_pointer

_STOP = 1  # NST_OBJECTIVE_STOP: keep the best point, no error


class Minimum(NamedTuple):
    x: Any  # float32: the best point
    value: float
    stop: Stop
    iterations: int
    evaluations: int


class Optimizer(Handle):
    _Pointer = owning(optimizer_pointer, lib.nst_optimizer_destroy)

    @_params.documented(Object.OPTIMIZER)
    def __init__(self, algorithm: str = "lbfgs", **options: Any) -> None:
        """ALGORITHM: "lbfgs" or "adam"."""
        try:
            number = Algorithm[algorithm.upper()] if isinstance(algorithm, str) else Algorithm(algorithm)
        except (KeyError, ValueError):
            raise ValueError(f"expected an algorithm out of lbfgs, adam, found {algorithm!r}") from None
        out = self._Pointer()
        lib.nst_optimizer_create(ctypes.byref(out), number)
        self._pointer = out
        self.set(**options)

    def set(self, **options: Any) -> "Optimizer":
        for name, value in options.items():
            _params.set_option("nst_optimizer", self._raw, _params.find(Object.OPTIMIZER, name), value)
        return self

    def get(self, name: str) -> Any:
        return _params.get_option("nst_optimizer", self._raw, _params.find(Object.OPTIMIZER, name))

    @property
    def algorithm(self) -> str:
        return Algorithm(lib.nst_optimizer_algorithm(self._raw)).name.lower()

    @property
    def stop(self) -> Stop:
        return Stop(lib.nst_optimizer_stop(self._raw))

    @property
    def value(self) -> float:
        return lib.nst_optimizer_value(self._raw)

    @property
    def iterations(self) -> int:
        return lib.nst_optimizer_iterations(self._raw)

    @property
    def evaluations(self) -> int:
        return lib.nst_optimizer_evaluations(self._raw)

    def minimize(self, function: Callable[[Any], Tuple[float, Any]], start: Any,
                 callback: Optional[Callable[["Optimizer"], Any]] = None) -> Minimum:
        """Minimises FUNCTION(x), which returns the value and the gradient; x is a flat array of float32, to be read
        only during the call. START: any sequence of numbers. CALLBACK(self) after each iteration stops it by
        returning something true. What either raises comes out of here."""
        x, pointer, count = _start(start)
        with Guard() as guard:
            def objective(_, n, at, value, gradient):
                result = guard.call(_evaluate, function, at, n, value, gradient)
                return _STOP if result is None else 0

            def iteration(_, __):
                return 1 if guard.call(callback, self) or guard.raised is not None else 0

            keep = IterationFn(iteration) if callback is not None else IterationFn()
            raw = self._raw  # close() in a callback must not pull it from under the run
            lib.nst_optimizer_set_iteration(raw, keep, None)
            try:
                lib.nst_optimizer_minimize(raw, count, pointer, ObjectiveFn(objective), None)
            finally:
                lib.nst_optimizer_set_iteration(raw, IterationFn(), None)
        return Minimum(x, lib.nst_optimizer_value(raw), Stop(lib.nst_optimizer_stop(raw)),
                       lib.nst_optimizer_iterations(raw), lib.nst_optimizer_evaluations(raw))

    def __repr__(self) -> str:
        return "<nst.Optimizer, closed>" if self.closed else f"<nst.Optimizer {self.algorithm}>"


def _start(start: Any) -> Tuple[Any, Any, int]:
    numbers = array.array("f", start.ravel().tolist() if hasattr(start, "ravel") else start)
    x, pointer = _arrays.empty_floats(len(numbers))
    ctypes.memmove(pointer, numbers.buffer_info()[0], len(numbers) * numbers.itemsize)
    return x, pointer, len(numbers)


def _evaluate(function: Callable[[Any], Tuple[float, Any]], at, n, value, gradient) -> bool:
    total, slope = function(_arrays.view_floats(at, None, n))
    slope = memoryview(slope) if not isinstance(slope, (list, tuple)) else slope
    if isinstance(slope, memoryview):
        slope = slope.tobytes() if slope.format == "f" else array.array("f", _flat(slope)).tobytes()
    else:
        slope = array.array("f", slope).tobytes()
    if len(slope) != n * ctypes.sizeof(ctypes.c_float):
        raise ValueError(f"expected a gradient of {n} numbers, found {len(slope) // 4}")
    ctypes.memmove(gradient, slope, len(slope))
    value[0] = total
    return True


def _flat(view: memoryview):
    return memoryview(view.tobytes()).cast(view.format.lstrip("<=@"))
