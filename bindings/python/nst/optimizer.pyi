# Written by bindings/python/stubs.py from optimizer.py and the library's table of parameters.
from typing import Any, Callable, Dict, Literal, NamedTuple, Optional, SupportsFloat, SupportsIndex, Tuple, Union
from ._callbacks import Guard
from ._enums import Algorithm, Param, Stop
from ._handle import Handle
from ._types import Floats, Numbers

class Minimum(NamedTuple):
    x: Floats
    value: float
    stop_reason: Stop
    iterations: int
    evaluations: int

class _Over(Exception): ...

class Optimizer(Handle):
    _guard: Optional[Guard] = None
    _solver: Any = None

    def __init__(self,
                 algorithm: Union[str, Algorithm, Callable[[Floats, Callable[[Numbers], Tuple[float, Floats]]], Any]] = ...,
                 *, history: Optional[SupportsIndex] = ...,
                 history_bits: Union[Literal['auto', '16', '32', 16, 32], int, None] = ...,
                 scratch: Optional[str] = ..., wolfe_c1: Optional[SupportsFloat] = ...,
                 wolfe_c2: Optional[SupportsFloat] = ..., line_evaluations: Optional[SupportsIndex] = ...,
                 max_evaluations: Optional[SupportsIndex] = ..., gradient_tolerance: Optional[SupportsFloat] = ...,
                 value_tolerance: Optional[SupportsFloat] = ..., learning_rate: Optional[SupportsFloat] = ...,
                 beta1: Optional[SupportsFloat] = ..., beta2: Optional[SupportsFloat] = ...,
                 epsilon: Optional[SupportsFloat] = ..., decay: Optional[SupportsFloat] = ...,
                 average: Optional[SupportsFloat] = ...,
                 result: Union[Literal['best', 'last'], int, None] = ...) -> None: ...

    def set(self, *, history: Optional[SupportsIndex] = ...,
            history_bits: Union[Literal['auto', '16', '32', 16, 32], int, None] = ..., scratch: Optional[str] = ...,
            wolfe_c1: Optional[SupportsFloat] = ..., wolfe_c2: Optional[SupportsFloat] = ...,
            line_evaluations: Optional[SupportsIndex] = ..., max_evaluations: Optional[SupportsIndex] = ...,
            gradient_tolerance: Optional[SupportsFloat] = ..., value_tolerance: Optional[SupportsFloat] = ...,
            learning_rate: Optional[SupportsFloat] = ..., beta1: Optional[SupportsFloat] = ...,
            beta2: Optional[SupportsFloat] = ..., epsilon: Optional[SupportsFloat] = ...,
            decay: Optional[SupportsFloat] = ..., average: Optional[SupportsFloat] = ...,
            result: Union[Literal['best', 'last'], int, None] = ...) -> 'Optimizer': ...

    def get(self, name: Union[str, Param]) -> Any: ...

    @property
    def options(self) -> Dict[str, Any]: ...

    @property
    def algorithm(self) -> str: ...

    @property
    def stop_reason(self) -> Stop: ...

    @property
    def value(self) -> float: ...

    @property
    def iterations(self) -> int: ...

    @property
    def evaluations(self) -> int: ...

    def save_state(self) -> bytes: ...

    def load_state(self, state: bytes) -> 'Optimizer': ...

    def minimize(self, function: Callable[[Floats], Tuple[SupportsFloat, Numbers]], start: Numbers,
                 callback: Optional[Callable[['Optimizer'], Any]] = ...) -> Minimum: ...

    def __repr__(self) -> str: ...
