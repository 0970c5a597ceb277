"""Neural style transfer by optimisation: repaints a picture in the style of others, with the C library libnst.

    import nst
    nst.stylize("town.jpg", "painting.jpg").save("result.png")

Every option of the library is a keyword argument: help(nst.stylize) lists them. Pictures are paths, nst.Image, NumPy
arrays or PIL images; nst.Picture is the type of all of these, for annotations. Failures are nst.Error, and ValueError,
MemoryError or OSError as fits; what the library has to say that is no error comes as UserWarning.
"""
import numbers
from typing import Any, Callable, List, Optional, Tuple, Union

from . import _params
from ._enums import Algorithm, Blend, Build, Color, Convolution, Dtype, Effort, Form, Gemm, HistoryBits, Init, Input, \
    JpegSubsampling, LogLevel, Object, Padding, Param, ParamType, PngDepth, Pooling, Result, Simd, Status, Stop, StyleKey, StyleLoss, known
from ._library import __version__ as __version__, lib, library_file, library_version
from ._prototypes import LogFn
from ._params import PARAMETERS, Parameter
from ._types import ModelOrName, Painting, Picture, Styles
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

__all__ = [
    "Algorithm", "Blend", "Build", "CallError", "Cancelled", "Color", "Convolution", "DataError", "Dtype", "Effort", "Engine",
    "Error", "Features", "Form", "Gemm", "HistoryBits",
    "Image", "Init", "Input", "JpegSubsampling", "Layer", "LogLevel", "Minimum", "Model", "NotFoundError", "Object", "Optimizer",
    "OutOfMemory", "PARAMETERS", "Padding", "Painter", "Param", "ParamType", "Parameter", "Picture", "PngDepth", "Pooling", "Preset",
    "Profile", "Progress", "Reading", "Result", "Simd", "StateError", "Status", "Stop", "Style", "StyleKey", "StyleLoss", "SystemFailure", "Term",
    "Transfer", "build_text", "library_file", "library_version", "machine_cores", "machine_memory", "presets", "set_log", "stylize",
]


def build_text(key: Build) -> Optional[str]:
    """What the library was built with and runs on, by KEY; None for a key that it does not know."""
    text = lib.nst_build_text(key)
    return None if text is None else text.decode()


def machine_memory() -> int:
    """Bytes that the machine has, or fewer where the process's control group has a limit; 0: unknown."""
    memory: int = lib.nst_machine_memory()
    return memory


def machine_cores() -> int:
    """The cores that the process may use, which threads=0 means."""
    cores: int = lib.nst_machine_cores()
    return cores


_log: Any = None  # the C function of set_log(), to keep it alive


def set_log(function: Optional[Callable[[LogLevel, str], Any]], level: Union[str, LogLevel] = "info") -> None:
    """Calls FUNCTION(nst.LogLevel, line) for what the library has to tell up to LEVEL: "warning", "info" or "debug"; None:
    nothing. For the logging module: nst.set_log(lambda level, line: logging.log(10 * (4 - level), line)). FUNCTION must not
    use nst. Raises StateError while any object of nst exists, CallError for another level."""
    global _log
    if isinstance(level, str) and level.upper() not in LogLevel.__members__:
        raise CallError(Status.ERR_NAME, f"level: expected warning, info or debug, found '{level}'")
    most = LogLevel[level.upper()] if isinstance(level, str) else level
    def tell(number: int, line: bytes, _: Any) -> None:
        assert function is not None  # else C gets no function
        function(known(LogLevel, number), line.decode(errors="replace"))

    keep = LogFn(0) if function is None else LogFn(tell)
    lib.nst_log_set(keep, most, None)
    _log = keep


def _styles(style: Styles) -> List[Tuple[Painting, float, Optional[Picture]]]:
    """One style, (style, share) or (style, share, where), or several of them."""
    def whole(item: Any) -> Any:
        weighted = isinstance(item, tuple) and len(item) in (2, 3) and isinstance(item[1], numbers.Real)
        return (*item, None)[:3] if weighted else (item, 1.0, None)

    one = whole(style)
    return [whole(item) for item in style] if one[0] is style and isinstance(style, (list, tuple)) else [one]


@_params.documented(Object.TRANSFER, Object.OPTIMIZER, Object.IMAGE)
def stylize(content: Picture, style: Styles, *, model: ModelOrName = None, preset: Optional[str] = None,
            progress: Optional[Callable[[Progress], Any]] = None,
            optimizer: Union[str, Algorithm, Optimizer, None] = None, freeze: Optional[Picture] = None,
            content_map: Optional[Picture] = None, **options: Any) -> Image:
    """CONTENT painted in the style of STYLE: a picture, (picture, share) or (picture, share, where), or a list of these.
    Pictures are anything that nst.Image takes: paths, arrays, PIL images; a style may be an nst.Style, too. WHERE: a mask
    of the content, white where the style is painted.

    MODEL: an nst.Model or what makes one, the default model without. PRESET: a name out of nst.presets().
    PROGRESS(nst.Progress) is called after each evaluation; something true stops with the best picture so far.
    FREEZE, CONTENT_MAP: masks of the content, as Transfer.set_freeze() and set_content_map() take them.
    OPTIMIZER: "lbfgs", "adam", or an nst.Optimizer, which then gets the options of one that are given.
    OPTIONS that are not given (or None) are what the preset says, else what stands in [] below.

    Gives an nst.Image, its longer side as long as option size says, values in 0..1. Raises NotFoundError or DataError
    for files and pictures, CallError or TypeError for options, OutOfMemory; all but TypeError are nst.Error.
    """
    for_transfer, for_optimizer, for_image = _params.split(options, Object.TRANSFER, Object.OPTIMIZER, Object.IMAGE)
    if not isinstance(optimizer, Optimizer):
        for_transfer["optimizer"] = optimizer
    with Transfer(model, preset, **for_transfer) as transfer:
        transfer.set_content(content).set_freeze(freeze).set_content_map(content_map)
        for painting, share, where in _styles(style):
            transfer.add_style(painting, share, where)
        make = optimizer.set if isinstance(optimizer, Optimizer) else transfer.make_optimizer
        return transfer.run(make(**for_optimizer), progress).set(**for_image)
