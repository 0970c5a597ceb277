# Written by bindings/python/stubs.py from __init__.py and the library's table of parameters.
from typing import Any, Callable, Literal, Optional, SupportsFloat, SupportsIndex, Union
from ._enums import (Algorithm, Blend, Build, Color, Convolution, Dtype, Effort, Form, Gemm, HistoryBits, Init, Input,
                     JpegSubsampling, LogLevel, Object, Padding, Param, ParamType, PngDepth, Pooling, Result, Simd,
                     Status, Stop, StyleKey, StyleLoss)
from ._library import __version__ as __version__, library_file, library_version
from ._params import PARAMETERS, Parameter
from ._types import Layers, ModelOrName, Picture, Sizes, Start, Styles
from .engine import Engine
from .errors import CallError, Cancelled, DataError, Error, NotFoundError, OutOfMemory, StateError, SystemFailure
from .features import Features, Reading
from .image import Image
from .model import Layer, Model
from .optimizer import Minimum, Optimizer
from .painter import Painter
from .progress import Progress, Term
from .style import Style
from .transfer import Preset, Profile, Transfer, presets

__all__ = ['Algorithm', 'Blend', 'Build', 'CallError', 'Cancelled', 'Color', 'Convolution', 'DataError', 'Dtype',
           'Effort', 'Engine', 'Error', 'Features', 'Form', 'Gemm', 'HistoryBits', 'Image', 'Init', 'Input',
           'JpegSubsampling', 'Layer', 'LogLevel', 'Minimum', 'Model', 'NotFoundError', 'Object', 'Optimizer',
           'OutOfMemory', 'PARAMETERS', 'Padding', 'Painter', 'Param', 'ParamType', 'Parameter', 'Picture', 'PngDepth',
           'Pooling', 'Preset', 'Profile', 'Progress', 'Reading', 'Result', 'Simd', 'StateError', 'Status', 'Stop',
           'Style', 'StyleKey', 'StyleLoss', 'SystemFailure', 'Term', 'Transfer', 'build_text', 'library_file',
           'library_version', 'machine_cores', 'machine_memory', 'presets', 'set_log', 'stylize']

def build_text(key: Build) -> Optional[str]: ...

def machine_memory() -> int: ...

def machine_cores() -> int: ...
_log: Any = None

def set_log(function: Optional[Callable[[LogLevel, str], Any]], level: Union[str, LogLevel] = ...) -> None: ...

def stylize(content: Picture, style: Styles, *, model: ModelOrName = ..., preset: Optional[str] = ...,
            progress: Optional[Callable[[Progress], Any]] = ...,
            optimizer: Union[str, Algorithm, Optimizer, None] = ..., freeze: Optional[Picture] = ...,
            content_map: Optional[Picture] = ..., size: Optional[SupportsIndex] = ...,
            effort: Union[Literal['instant', 'draft', 'normal', 'fine'], int, None] = ...,
            steps: Optional[SupportsIndex] = ..., sizes: Optional[Sizes] = ...,
            init: Union[Literal['content', 'noise', 'image', 'recolored'], int, Start, None] = ...,
            seed: Optional[SupportsIndex] = ..., content_weight: Optional[SupportsFloat] = ...,
            style_weight: Optional[SupportsFloat] = ..., content_layers: Optional[Layers] = ...,
            style_layers: Optional[Layers] = ..., style_scale: Optional[SupportsFloat] = ...,
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
            gemm: Union[Literal['auto', 'own', 'cblas'], int, None] = ..., history: Optional[SupportsIndex] = ...,
            history_bits: Union[Literal['auto', '16', '32', 16, 32], int, None] = ..., scratch: Optional[str] = ...,
            wolfe_c1: Optional[SupportsFloat] = ..., wolfe_c2: Optional[SupportsFloat] = ...,
            line_evaluations: Optional[SupportsIndex] = ..., max_evaluations: Optional[SupportsIndex] = ...,
            gradient_tolerance: Optional[SupportsFloat] = ..., value_tolerance: Optional[SupportsFloat] = ...,
            learning_rate: Optional[SupportsFloat] = ..., beta1: Optional[SupportsFloat] = ...,
            beta2: Optional[SupportsFloat] = ..., epsilon: Optional[SupportsFloat] = ...,
            decay: Optional[SupportsFloat] = ..., average: Optional[SupportsFloat] = ...,
            result: Union[Literal['best', 'last'], int, None] = ...,
            png_depth: Union[Literal['8', '16', 8, 16], int, None] = ..., background: Optional[str] = ...,
            jpeg_quality: Optional[SupportsIndex] = ...,
            jpeg_subsampling: Union[Literal['444', '422', '420', 444, 422, 420], int, None] = ...) -> Image: ...
