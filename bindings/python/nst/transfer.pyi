# Written by bindings/python/stubs.py from transfer.py and the library's table of parameters.
import ctypes
from typing import (Any, Callable, Dict, List, Literal, NamedTuple, Optional, SupportsFloat, SupportsIndex, Tuple,
                    Union, overload)
from ._callbacks import Guard
from ._enums import Param, Stop
from ._handle import Handle
from ._types import Floats, Layers, ModelOrName, Painting, Path, Picture, Sizes, Start
from .engine import Engine
from .image import Image
from .optimizer import Optimizer
from .progress import Progress, Term

class Profile(NamedTuple):
    layer: str
    kind: str
    seconds: float
    operations: float

class Preset(NamedTuple):
    name: str
    help: str

def presets() -> List[Preset]: ...

class Transfer(Handle):
    _guard: Optional[Guard] = None
    _terms: Tuple[Any, ...] = ()

    def __init__(self, model: ModelOrName = ..., preset: Optional[str] = ..., *, size: Optional[SupportsIndex] = ...,
                 effort: Union[Literal['instant', 'draft', 'normal', 'fine'], int, None] = ...,
                 steps: Optional[SupportsIndex] = ..., sizes: Optional[Sizes] = ...,
                 init: Union[Literal['content', 'noise', 'image', 'recolored'], int, Start, None] = ...,
                 seed: Optional[SupportsIndex] = ..., optimizer: Union[Literal['lbfgs', 'adam'], int, None] = ...,
                 content_weight: Optional[SupportsFloat] = ..., style_weight: Optional[SupportsFloat] = ...,
                 content_layers: Optional[Layers] = ..., style_layers: Optional[Layers] = ...,
                 style_scale: Optional[SupportsFloat] = ...,
                 style_loss: Union[Literal['gram', 'centred', 'meanstd', 'w2'], int, None] = ...,
                 color: Union[Literal['style', 'match', 'luma', 'both'], int, None] = ...,
                 blend: Union[Literal['target', 'loss'], int, None] = ...,
                 form: Union[Literal['relative', 'mean', 'gatys', 'sum'], int, None] = ...,
                 tv_weight: Optional[SupportsFloat] = ..., range_weight: Optional[SupportsFloat] = ...,
                 matting_weight: Optional[SupportsFloat] = ..., poisson_radius: Optional[SupportsFloat] = ...,
                 padding: Union[Literal['zero', 'reflect', 'replicate'], int, None] = ...,
                 pooling: Union[Literal['max', 'average'], int, None] = ..., threads: Optional[SupportsIndex] = ...,
                 memory_limit: Union[SupportsIndex, str, None] = ...,
                 simd: Union[Literal['auto', 'generic', 'sse2', 'avx2', 'avx512', 'neon'], int, None] = ...,
                 convolution: Union[Literal['auto', 'direct', 'winograd4', 'winograd6'], int, None] = ...,
                 gemm: Union[Literal['auto', 'own', 'cblas'], int, None] = ...) -> None: ...

    def set_preset(self, name: str) -> 'Transfer': ...

    def set(self, *, size: Optional[SupportsIndex] = ...,
            effort: Union[Literal['instant', 'draft', 'normal', 'fine'], int, None] = ...,
            steps: Optional[SupportsIndex] = ..., sizes: Optional[Sizes] = ...,
            init: Union[Literal['content', 'noise', 'image', 'recolored'], int, Start, None] = ...,
            seed: Optional[SupportsIndex] = ..., optimizer: Union[Literal['lbfgs', 'adam'], int, None] = ...,
            content_weight: Optional[SupportsFloat] = ..., style_weight: Optional[SupportsFloat] = ...,
            content_layers: Optional[Layers] = ..., style_layers: Optional[Layers] = ...,
            style_scale: Optional[SupportsFloat] = ...,
            style_loss: Union[Literal['gram', 'centred', 'meanstd', 'w2'], int, None] = ...,
            color: Union[Literal['style', 'match', 'luma', 'both'], int, None] = ...,
            blend: Union[Literal['target', 'loss'], int, None] = ...,
            form: Union[Literal['relative', 'mean', 'gatys', 'sum'], int, None] = ...,
            tv_weight: Optional[SupportsFloat] = ..., range_weight: Optional[SupportsFloat] = ...,
            matting_weight: Optional[SupportsFloat] = ..., poisson_radius: Optional[SupportsFloat] = ...,
            padding: Union[Literal['zero', 'reflect', 'replicate'], int, None] = ...,
            pooling: Union[Literal['max', 'average'], int, None] = ..., threads: Optional[SupportsIndex] = ...,
            memory_limit: Union[SupportsIndex, str, None] = ...,
            simd: Union[Literal['auto', 'generic', 'sse2', 'avx2', 'avx512', 'neon'], int, None] = ...,
            convolution: Union[Literal['auto', 'direct', 'winograd4', 'winograd6'], int, None] = ...,
            gemm: Union[Literal['auto', 'own', 'cblas'], int, None] = ...) -> 'Transfer': ...

    def get(self, name: Union[str, Param]) -> Any: ...

    @property
    def options(self) -> Dict[str, Any]: ...

    def set_engine(self, engine: Optional[Engine]) -> 'Transfer': ...

    def set_content(self, content: Picture) -> 'Transfer': ...

    def add_style(self, style: Painting, share: float = ..., where: Optional[Picture] = ...) -> 'Transfer': ...

    def save_style(self, style: Painting, path: Path, dtype: str = ..., license: Optional[str] = ...) -> None: ...

    @property
    def style_count(self) -> int: ...

    def set_style_mask(self, index: int, where: Optional[Picture]) -> 'Transfer': ...

    def set_freeze(self, mask: Optional[Picture]) -> 'Transfer': ...

    def set_content_map(self, map: Optional[Picture]) -> 'Transfer': ...

    def clear_styles(self) -> 'Transfer': ...

    def set_init(self, image: Picture) -> 'Transfer': ...

    def add_term(self, name: str, function: Callable[[Floats], Tuple[SupportsFloat, Any]],
                 weight: float = ...) -> 'Transfer': ...

    def clear_terms(self) -> 'Transfer': ...

    @overload
    def evaluate(self, image: Picture, gradient: Literal[True] = ...) -> Tuple[float, Floats]: ...

    @overload
    def evaluate(self, image: Picture, gradient: bool) -> Tuple[float, Optional[Floats]]: ...

    @property
    def terms(self) -> Dict[str, Term]: ...

    def run(self, optimizer: Optional[Optimizer] = ...,
            progress: Optional[Callable[[Progress], Any]] = ...) -> Image: ...

    def resume(self, picture: Picture, evaluations: int = ..., optimizer: Optional[Optimizer] = ...,
               progress: Optional[Callable[[Progress], Any]] = ...) -> Image: ...

    def checkpoint(self, path: Optional[Path], seconds: float = ...) -> 'Transfer': ...

    def checkpoint_bytes(self, optimizer: Optional[Optimizer] = ...) -> int: ...

    @property
    def checkpoint_failure(self) -> str: ...

    def continue_from(self, path: Path, optimizer: Optional[Optimizer] = ...,
                      progress: Optional[Callable[[Progress], Any]] = ...) -> Image: ...

    def cancel(self) -> None: ...

    def set_cancel_flag(self, flag: Optional[ctypes.c_int32]) -> 'Transfer': ...

    @property
    def stop_reason(self) -> Stop: ...

    @property
    def warnings(self) -> List[str]: ...

    @property
    def progress(self) -> Progress: ...

    def make_optimizer(self, *, history: Optional[SupportsIndex] = ...,
                       history_bits: Union[Literal['auto', '16', '32', 16, 32], int, None] = ...,
                       scratch: Optional[str] = ..., wolfe_c1: Optional[SupportsFloat] = ...,
                       wolfe_c2: Optional[SupportsFloat] = ..., line_evaluations: Optional[SupportsIndex] = ...,
                       max_evaluations: Optional[SupportsIndex] = ...,
                       gradient_tolerance: Optional[SupportsFloat] = ...,
                       value_tolerance: Optional[SupportsFloat] = ..., learning_rate: Optional[SupportsFloat] = ...,
                       beta1: Optional[SupportsFloat] = ..., beta2: Optional[SupportsFloat] = ...,
                       epsilon: Optional[SupportsFloat] = ..., decay: Optional[SupportsFloat] = ...,
                       average: Optional[SupportsFloat] = ...,
                       result: Union[Literal['best', 'last'], int, None] = ...) -> Optimizer: ...

    def memory(self, optimizer: Optional[Optimizer] = ...) -> int: ...

    @property
    def profile(self) -> List[Profile]: ...

    def reset_profile(self) -> None: ...

    def __repr__(self) -> str: ...
