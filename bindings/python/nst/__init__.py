"""Neural style transfer by optimisation: repaints a picture in the style of others, with the C library libnst.

    import nst
    nst.stylize("town.jpg", "painting.jpg").save("result.png")

Every option of the library is a keyword argument: help(nst.stylize) lists them. Pictures are paths, nst.Image, NumPy
arrays or PIL images. Failures are nst.Error, and ValueError, MemoryError or OSError as fits.
"""
from typing import Any, Callable, List, Optional, Tuple

from . import _params
from ._enums import Algorithm, Build, Dtype, Form, Init, Input, Object, Padding, Param, ParamType, Pooling, Status, Stop
from ._library import __version__, lib, library_file, library_version
from ._params import PARAMETERS, Parameter
from .errors import CallError, Cancelled, DataError, Error, NotFoundError, OutOfMemory, StateError, SystemFailure
from .image import Image, PathOrImage
from .model import Layer, Model
from .optimizer import Minimum, Optimizer
from .transfer import Preset, Profile, Progress, Term, Transfer, presets

__all__ = [
    "Algorithm", "Build", "CallError", "Cancelled", "DataError", "Dtype", "Error", "Form", "Image", "Init", "Input",
    "Layer",
    "Minimum", "Model", "NotFoundError", "Object", "Optimizer", "OutOfMemory", "PARAMETERS", "Padding", "Param",
    "ParamType", "Parameter", "Pooling", "Preset", "Profile", "Progress", "StateError", "Status", "Stop",
    "SystemFailure", "Term", "Transfer", "build_text", "library_file", "library_version", "machine_memory",
    "presets", "stylize",
]


def build_text(key: Build) -> Optional[str]:
    """What the library was built with and runs on."""
    text = lib.nst_build_text(key)
    return None if text is None else text.decode()


def machine_memory() -> int:
    """Bytes that the machine has, or fewer where the process's control group has a limit; 0: unknown."""
    memory: int = lib.nst_machine_memory()
    return memory


def _styles(style: Any) -> List[Tuple[Any, float]]:
    """One style, or a list of styles or of (style, weight)."""
    if not isinstance(style, list):
        return [(style, 1.0)]
    return [(item[0], item[1]) if isinstance(item, tuple) and len(item) == 2 else (item, 1.0) for item in style]


@_params.documented(Object.TRANSFER, Object.OPTIMIZER, Object.IMAGE)
def stylize(content: PathOrImage, style: Any, *, model: Any = None, preset: Optional[str] = None,
            progress: Optional[Callable[[Progress], Any]] = None, **options: Any) -> Image:
    """CONTENT painted in the style of STYLE: a picture, or a list of pictures or of (picture, weight).

    MODEL: an nst.Model or what makes one, the default model without. PRESET: a name out of nst.presets().
    PROGRESS(nst.Progress) is called after each evaluation; something true stops with the best picture so far.
    OPTIMIZER: a name, or an nst.Optimizer, which then gets the options of one that are given.
    Options that are not given are what the preset says, else what stands in [] below.
    """
    solver = options.pop("optimizer", None)
    given = isinstance(solver, Optimizer)
    if solver is not None and not given:
        options["optimizer"] = solver
    for_transfer, for_optimizer, for_image = _params.split(options, Object.TRANSFER, Object.OPTIMIZER, Object.IMAGE)
    with Transfer(model, preset, **for_transfer) as transfer:
        transfer.set_content(content)
        for picture, weight in _styles(style):
            transfer.add_style(picture, weight)
        solver = solver.set(**for_optimizer) if given else transfer.optimizer(**for_optimizer)
        return transfer.run(solver, progress).set(**for_image)
