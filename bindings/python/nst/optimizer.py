"""Solvers: L-BFGS and Adam, on pictures or on any function of many numbers."""
import ctypes
from typing import Any, Callable, Dict, NamedTuple, Optional, SupportsFloat, Tuple, Union

from . import _arrays, _params
from ._callbacks import Guard
from ._enums import Algorithm, Object, Param, Stop, known
from ._handle import Handle, owning
from ._library import lib
from ._prototypes import IterationFn, ObjectiveFn, SolverFn, optimizer as optimizer_pointer
from ._types import Floats, Numbers

_STOP = 1  # NST_OBJECTIVE_STOP: keep the best point, no error


class Minimum(NamedTuple):
    """What Optimizer.minimize() found: X, the best point, flat float32; VALUE there; STOP_REASON, why it ended; ITERATIONS and
    EVALUATIONS that it took."""

    x: Floats
    value: float
    stop_reason: Stop
    iterations: int
    evaluations: int


class _Over(Exception):
    """Raised by evaluate() in a solver: the minimisation is over."""


class Optimizer(Handle):
    """A solver with its settings: L-BFGS or Adam. Transfer.run() takes one, and minimize() is for any function."""

    _Pointer = owning(optimizer_pointer, lib.nst_optimizer_destroy)
    _guard: Optional[Guard] = None  # of the call that computes now
    _solver: Any = None  # the C function of a solver of one's own, to keep it alive

    @_params.documented(Object.OPTIMIZER)
    def __init__(self, algorithm: Union[str, Algorithm, Callable[[Floats, Callable[[Numbers], Tuple[float, Floats]]], Any]] = "lbfgs",
                 **options: Any) -> None:
        """ALGORITHM: "lbfgs", "adam", or a solver of your own, ALGORITHM(x, evaluate): it starts at x, flat float32, which it
        may change, and calls evaluate(point), which returns the value and the gradient there, until it is satisfied. The
        best point that was evaluated is the result. When the evaluations are used up, evaluate() raises what ends the
        solver. OPTIONS that are not given are what stands in [] below. Raises ValueError for another algorithm or a value
        out of range."""
        if callable(algorithm):
            self._pointer = self._custom(algorithm)
            self.set(**options)
            return
        try:
            number = Algorithm[algorithm.upper()] if isinstance(algorithm, str) else Algorithm(algorithm)
            if number == Algorithm.CUSTOM:
                raise ValueError
        except (KeyError, ValueError):
            names = ", ".join(_params.find(Object.TRANSFER, "optimizer").choices)
            raise ValueError(f"expected an algorithm out of {names}, found {algorithm!r}") from None
        out = self._Pointer()
        lib.nst_optimizer_create(ctypes.byref(out), number)
        self._pointer = out
        self.set(**options)

    def _custom(self, solver: Callable[[Floats, Callable[[Numbers], Tuple[float, Floats]]], Any]) -> Any:
        """The pointer of an optimizer that calls SOLVER."""
        def solve(raw: Any, n: int, x: Any, _: Any) -> int:
            def evaluate(point: Numbers) -> Tuple[float, Floats]:
                at = (ctypes.c_float * n)()
                _arrays.copy_floats(at, point, n, "a point")
                value = ctypes.c_double()
                gradient, pointer = _arrays.empty_floats(n)
                if lib.nst_optimizer_evaluate(raw, at, ctypes.byref(value), pointer):
                    raise _Over("the minimisation is over")
                return value.value, gradient

            try:
                solver(_arrays.view_floats(x, None, n), evaluate)
            except _Over:
                return 0
            except BaseException as error:
                if self._guard is not None and self._guard.raised is None:
                    self._guard.raised = error
                return -1
            return 0

        self._solver = SolverFn(solve)
        name = str(getattr(solver, "__name__", "custom")).encode()[:23].decode(errors="ignore")
        out = self._Pointer()
        lib.nst_optimizer_create_custom(ctypes.byref(out), name.encode(), self._solver, None)
        return out

    @_params.documented(Object.OPTIMIZER)
    def set(self, **options: Any) -> "Optimizer":
        """Sets OPTIONS; gives the optimizer itself. Raises CallError for a value out of range."""
        for name, value in _params.given(options):
            _params.set_option("nst_optimizer", self._raw, _params.find(Object.OPTIMIZER, name), value)
        return self

    def get(self, name: Union[str, Param]) -> Any:
        """The value of option NAME. Raises CallError where no option is called that."""
        return _params.get_option("nst_optimizer", self._raw, _params.find(Object.OPTIMIZER, name))

    @property
    def options(self) -> Dict[str, Any]:
        """Every option with its value now."""
        return {row.name: self.get(row.name) for row in _params.of(Object.OPTIMIZER)}

    @property
    def algorithm(self) -> str:
        """Which it is: "lbfgs", "adam", or the name of the function that it was made of."""
        return str(lib.nst_optimizer_name(self._raw).decode())

    @property
    def stop_reason(self) -> Stop:
        """Why the last minimisation or run ended."""
        return known(Stop, lib.nst_optimizer_stop_reason(self._raw))

    @property
    def value(self) -> float:
        """The lowest value of the last minimisation, or so far during a callback."""
        return float(lib.nst_optimizer_value(self._raw))

    @property
    def iterations(self) -> int:
        """Iterations of the last minimisation, or so far."""
        return int(lib.nst_optimizer_iterations(self._raw))

    @property
    def evaluations(self) -> int:
        """Evaluations of the last minimisation, or so far."""
        return int(lib.nst_optimizer_evaluations(self._raw))

    def save_state(self) -> bytes:
        """From the callback of minimize() alone: all that is needed to go on after this iteration, without the options.
        Raises StateError elsewhere, DataError for a solver of your own."""
        block, size = ctypes.c_void_p(), ctypes.c_size_t()
        lib.nst_optimizer_save_state(ctypes.byref(block), ctypes.byref(size), self._raw)
        try:
            return ctypes.string_at(block, size.value)
        finally:
            lib.nst_bytes_destroy(block)

    def load_state(self, state: bytes) -> "Optimizer":
        """The next minimisation goes on from STATE, which save_state() gave, instead of its start, with the same bits as
        without an interruption; gives the optimizer itself. Raises DataError for other or damaged bytes, StateError for
        those of another algorithm."""
        lib.nst_optimizer_load_state(self._raw, state, len(state))
        return self

    def minimize(self, function: Callable[[Floats], Tuple[SupportsFloat, Numbers]], start: Numbers,
                 callback: Optional[Callable[["Optimizer"], Any]] = None) -> Minimum:
        """Minimises FUNCTION(x), which returns the value and the gradient, as many numbers as x: flat float32, to be
        read only during the call. START: any sequence of numbers or array. CALLBACK(self) after each iteration stops
        by returning something true. What either raises comes out of here; ValueError for a gradient of another
        size."""
        x, pointer, count = _start(start)
        with Guard() as guard:
            self._guard = guard

            def objective(_: Any, n: int, at: Any, value: Any, gradient: Any, __: Any) -> int:
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
        return Minimum(x, lib.nst_optimizer_value(raw), known(Stop, lib.nst_optimizer_stop_reason(raw)),
                       lib.nst_optimizer_iterations(raw), lib.nst_optimizer_evaluations(raw))

    def __repr__(self) -> str:
        return "<nst.Optimizer, closed>" if self.closed else f"<nst.Optimizer {self.algorithm}>"


def _start(start: Numbers) -> Tuple[Floats, Any, int]:
    numbers = _arrays.floats_of(start)
    count = len(numbers) // ctypes.sizeof(ctypes.c_float)
    x, pointer = _arrays.empty_floats(count)
    ctypes.memmove(pointer, numbers.tobytes(), len(numbers))
    return x, pointer, count


def _evaluate(function: Callable[[Floats], Tuple[SupportsFloat, Numbers]], at: Any, n: int, value: Any,
              gradient: Any) -> bool:
    total, slope = function(_arrays.view_floats(at, None, n))
    _arrays.copy_floats(gradient, slope, n)
    value[0] = float(total)
    return True
