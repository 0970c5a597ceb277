"""Solvers: L-BFGS and Adam, on pictures or on any function of many numbers."""
import ctypes
from typing import Any, Callable, NamedTuple, Optional, Tuple, Union

from . import _arrays, _params
from ._callbacks import Guard
from ._enums import Algorithm, Object, Stop, known
from ._handle import Handle, owning
from ._library import lib
from ._prototypes import IterationFn, ObjectiveFn, optimizer as optimizer_pointer

_STOP = 1  # NST_OBJECTIVE_STOP: keep the best point, no error


class Minimum(NamedTuple):
    x: Any  # float32: the best point
    value: float
    stop: Union[Stop, int]  # a number where a newer library has another reason
    iterations: int
    evaluations: int


class Optimizer(Handle):
    _Pointer = owning(optimizer_pointer, lib.nst_optimizer_destroy)

    @_params.documented(Object.OPTIMIZER)
    def __init__(self, algorithm: Union[str, Algorithm] = "lbfgs", **options: Any) -> None:
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
        number = known(Algorithm, lib.nst_optimizer_algorithm(self._raw))
        return number.name.lower() if isinstance(number, Algorithm) else str(number)

    @property
    def stop(self) -> Union[Stop, int]:
        return known(Stop, lib.nst_optimizer_stop(self._raw))

    @property
    def value(self) -> float:
        return float(lib.nst_optimizer_value(self._raw))

    @property
    def iterations(self) -> int:
        return int(lib.nst_optimizer_iterations(self._raw))

    @property
    def evaluations(self) -> int:
        return int(lib.nst_optimizer_evaluations(self._raw))

    def minimize(self, function: Callable[[Any], Tuple[float, Any]], start: Any,
                 callback: Optional[Callable[["Optimizer"], Any]] = None) -> Minimum:
        """Minimises FUNCTION(x), which returns the value and the gradient; x is a flat array of float32, to be read
        only during the call. START: any sequence of numbers. CALLBACK(self) after each iteration stops it by
        returning something true. What either raises comes out of here."""
        x, pointer, count = _start(start)
        with Guard() as guard:
            def objective(_: Any, n: int, at: Any, value: Any, gradient: Any) -> int:
                result = guard.call(_evaluate, function, at, n, value, gradient)
                return _STOP if result is None else 0

            def iteration(_: Any, __: Any) -> int:
                return 1 if callback is not None and guard.call(callback, self) or guard.raised is not None else 0

            keep = IterationFn(iteration) if callback is not None else IterationFn(0)
            raw = self._raw  # close() in a callback must not pull it from under the run
            lib.nst_optimizer_set_iteration(raw, keep, None)
            try:
                lib.nst_optimizer_minimize(raw, count, pointer, ObjectiveFn(objective), None)
            finally:
                lib.nst_optimizer_set_iteration(raw, IterationFn(0), None)
        return Minimum(x, lib.nst_optimizer_value(raw), known(Stop, lib.nst_optimizer_stop(raw)),
                       lib.nst_optimizer_iterations(raw), lib.nst_optimizer_evaluations(raw))

    def __repr__(self) -> str:
        return "<nst.Optimizer, closed>" if self.closed else f"<nst.Optimizer {self.algorithm}>"


def _start(start: Any) -> Tuple[Any, Any, int]:
    numbers = _arrays.floats_of(start)
    count = len(numbers) // ctypes.sizeof(ctypes.c_float)
    x, pointer = _arrays.empty_floats(count)
    ctypes.memmove(pointer, numbers.tobytes(), len(numbers))
    return x, pointer, count


def _evaluate(function: Callable[[Any], Tuple[float, Any]], at: Any, n: int, value: Any, gradient: Any) -> bool:
    total, slope = function(_arrays.view_floats(at, None, n))
    numbers = _arrays.floats_of(slope).tobytes()
    if len(numbers) != n * ctypes.sizeof(ctypes.c_float):
        raise ValueError(f"expected a gradient of {n} numbers, found {len(numbers) // 4}")
    ctypes.memmove(gradient, numbers, len(numbers))
    value[0] = total
    return True
