"""Painting: a content picture, one or more styles, and the objective between them."""
import ctypes
import math
from typing import Any, Callable, Dict, List, Literal, NamedTuple, Optional, SupportsFloat, Tuple, Union, overload

from . import _arrays, _params, _values, _warnings
from ._callbacks import Guard
from ._enums import Dtype, Object, Param, Stop, known
from ._handle import Handle, owning
from ._library import lib
from ._prototypes import ProgressFn, TermFn, transfer as transfer_pointer
from ._types import Floats, ModelOrName, Painting, Path, Picture
from .engine import Engine
from .image import Image
from .model import Model
from .optimizer import Optimizer
from .progress import Progress, Term
from .style import Style


_STOP = 1  # NST_OBJECTIVE_STOP


class Profile(NamedTuple):
    """Where time went: SECONDS and floating-point OPERATIONS (as a direct convolution has them) of one KIND of work,
    such as "forward", in one LAYER ("" for work on the pixels and the solver's)."""

    layer: str
    kind: str
    seconds: float
    operations: float


class Preset(NamedTuple):
    """A preset: the NAME that Transfer and nst.stylize() take, and a line of HELP."""

    name: str
    help: str


def presets() -> List[Preset]:
    """All presets; the first is the default."""
    found: List[Preset] = []
    while lib.nst_preset_name(len(found)) is not None:
        index = len(found)
        found.append(Preset(lib.nst_preset_name(index).decode(), lib.nst_preset_help(index).decode()))
    return found


def _evaluate_term(function: Callable[[Floats], Tuple[SupportsFloat, Any]], shape: Tuple[int, int, int], picture: Any,
                   value: Any, gradient: Any) -> bool:
    total, slope = function(_arrays.view_floats(picture, None, *shape))
    _arrays.copy_floats(gradient, slope, math.prod(shape))
    value[0] = float(total)
    return True


def _solver(optimizer: Optional[Optimizer]) -> Any:
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise TypeError(f"expected an nst.Optimizer, found {type(optimizer).__name__}")
    return None if optimizer is None else optimizer._raw


class Transfer(Handle):
    """The whole of a style transfer: content, styles, options; run() paints, evaluate() is the objective for a solver
    of one's own. One thread at a time uses it, cancel() excepted. While it runs, what sets raises StateError."""

    _Pointer = owning(transfer_pointer, lib.nst_transfer_destroy)
    _guard: Optional[Guard] = None  # of the call that computes now
    _terms: Tuple[Any, ...] = ()  # the C functions of add_term(), to keep them alive

    @_params.documented(Object.TRANSFER)
    def __init__(self, model: ModelOrName = None, preset: Optional[str] = None, **options: Any) -> None:
        """MODEL: an nst.Model or what makes one. PRESET: a name out of nst.presets(). OPTIONS that are not given are
        what the preset says, else what stands in [] below. Raises what nst.Model raises, CallError for an unknown
        preset or option and for a value out of range."""
        out = self._Pointer()
        lib.nst_transfer_create(ctypes.byref(out), Model.of(model)._raw)
        self._pointer = out
        if preset is not None:
            self.set_preset(preset)
        self.set(**options)

    def set_preset(self, name: str) -> "Transfer":
        """Sets every option that makes an approach, all but size, seed and how it is computed, to those of preset NAME;
        gives the transfer itself. Raises CallError for an unknown name."""
        lib.nst_transfer_set_preset(self._raw, _values.text(name, "preset"))
        return self

    @_params.documented(Object.TRANSFER)
    def set(self, **options: Any) -> "Transfer":
        """Sets OPTIONS; gives the transfer itself. INIT may also be a picture, as of set_init(). Raises CallError for a
        value out of range, TypeError for one of another kind."""
        for name, value in _params.given(options):
            if name == "init" and not isinstance(value, (str, int)):
                self.set_init(value)
                continue
            _params.set_option("nst_transfer", self._raw, _params.find(Object.TRANSFER, name), value)
        return self

    def get(self, name: Union[str, Param]) -> Any:
        """The value of option NAME: a number, or text for a choice, layers and sizes. Raises CallError where no option
        is called that."""
        return _params.get_option("nst_transfer", self._raw, _params.find(Object.TRANSFER, name))

    @property
    def options(self) -> Dict[str, Any]:
        """Every option with its value now."""
        return {row.name: self.get(row.name) for row in _params.of(Object.TRANSFER)}

    def set_engine(self, engine: Optional[Engine]) -> "Transfer":
        """Computes with ENGINE, which other transfers may share, in other threads too; None: an engine of its own again. Gives
        the transfer itself. Options of the engine can then be set of the engine alone. Raises
        StateError while it runs."""
        lib.nst_transfer_set_engine(self._raw, None if engine is None else engine._raw)
        return self

    def set_content(self, content: Picture) -> "Transfer":
        """The picture to be painted, CONTENT: anything that nst.Image takes, copied; gives the transfer itself. Raises
        what nst.Image raises, CallError for values on another scale than 0..1."""
        lib.nst_transfer_set_content(self._raw, Image.of(content)._raw)
        return self

    def add_style(self, style: Painting, share: float = 1.0, where: Optional[Picture] = None) -> "Transfer":
        """A painting, STYLE: an nst.Style, or anything that nst.Style takes, copied; gives the transfer itself. Several are
        mixed by SHARE, 0 or more, not all 0. WHERE: a mask, anything that nst.Image takes; the style is painted where it is
        white. Raises what nst.Image raises, CallError for values on another scale than 0..1 and a mask that is all
        black."""
        lib.nst_transfer_use_style(self._raw, Style.of(style)._raw, share)
        if where is not None:
            self.set_style_mask(lib.nst_transfer_style_count(self._raw) - 1, where)
        return self

    def save_style(self, style: Painting, path: Path, dtype: str = "f32", license: Optional[str] = None) -> None:
        """Measures STYLE, which has a picture, and writes what was measured to PATH, as a file that is taken wherever a style
        is. It serves transfers with the same model, style layers, padding and pooling, in runs of the sizes of this one:
        with its content, or if it has none, with contents of all proportions up to 2:1. DTYPE: "f32", which paints the
        same bits as the picture, or "f16" in half the size. LICENSE: a line for the file. Raises what nst.Style raises,
        CallError for another DTYPE or a LICENSE of more than 480 bytes, StateError for a style from a file or an option
        color that is not "style", OutOfMemory for a memory_limit that is too small, SystemFailure (an OSError) where
        writing fails."""
        lib.nst_transfer_save_style(self._raw, Style.of(style)._raw, _values.path(path),
                                    _values.choice(Dtype, dtype, "dtype"),
                                    None if license is None else _values.text(license, "license"))

    @property
    def style_count(self) -> int:
        """How many styles it has."""
        return int(lib.nst_transfer_style_count(self._raw))

    def set_style_mask(self, index: int, where: Optional[Picture]) -> "Transfer":
        """Paints style number INDEX, from 0 on, only where the mask WHERE is white: anything that nst.Image takes, of any size
        and the content's proportions; None: everywhere. Gives the transfer itself. Styles with equal masks are mixed in
        their region, and styles without one share what the masks leave. Raises what nst.Image raises, CallError for a
        mask that is all black or a number too large."""
        lib.nst_transfer_set_style_mask(self._raw, index, None if where is None else Image.of(where)._raw)
        return self

    def set_freeze(self, mask: Optional[Picture]) -> "Transfer":
        """Keeps the content's pixels where MASK is white: anything that nst.Image takes, of any size and the content's
        proportions; None: nothing is frozen. Gives the transfer itself. Raises what nst.Image raises, CallError for a
        mask that is all black or all white."""
        lib.nst_transfer_set_freeze(self._raw, None if mask is None else Image.of(mask)._raw)
        return self

    def set_content_map(self, map: Optional[Picture]) -> "Transfer":
        """Weights of the content losses, MAP: 1 as ever, 0 where the content does not count, above 1 where it counts more;
        up to 1000; None: 1 everywhere. Gives the transfer itself. Raises what nst.Image raises, CallError for a map that
        is all black, and for other weights."""
        lib.nst_transfer_set_content_map(self._raw, None if map is None else Image.of(map)._raw)
        return self

    def clear_styles(self) -> "Transfer":
        """Takes all styles away; gives the transfer itself."""
        lib.nst_transfer_clear_styles(self._raw)
        return self

    def set_init(self, image: Picture) -> "Transfer":
        """The picture that the run starts from, IMAGE, whose values may leave 0..1; sets option init to "image"; gives
        the transfer itself. Raises what nst.Image raises."""
        lib.nst_transfer_set_init(self._raw, Image.of(image)._raw)
        return self

    def add_term(self, name: str, function: Callable[[Floats], Tuple[SupportsFloat, Any]],
                 weight: float = 1.0) -> "Transfer":
        """Adds WEIGHT times a loss of your own to the objective of run() and evaluate(); gives the transfer itself.
        FUNCTION(picture) returns the value and the gradient, [height, width, 3] as PICTURE, which is RGB at the size of the
        level, values may leave 0..1, and valid only during the call. What it raises ends the call and comes out of it. NAME
        is the key in terms: letters, digits, hyphens, underscores. Raises CallError for a name that is taken."""
        def term(_: Any, height: int, width: int, picture: Any, value: Any, gradient: Any, __: Any) -> int:
            assert self._guard is not None
            done = self._guard.call(_evaluate_term, function, (height, width, 3), picture, value, gradient)
            return _STOP if done is None else 0

        keep = TermFn(term)
        lib.nst_transfer_add_term(self._raw, _values.text(name, "name"), weight, keep, None)
        self._terms += (keep,)
        return self

    def clear_terms(self) -> "Transfer":
        """Takes the terms of add_term() away; gives the transfer itself. Raises StateError during a run."""
        lib.nst_transfer_clear_terms(self._raw)
        self._terms = ()
        return self

    @overload
    def evaluate(self, image: Picture, gradient: Literal[True] = True) -> Tuple[float, Floats]: ...

    @overload
    def evaluate(self, image: Picture, gradient: bool) -> Tuple[float, Optional[Floats]]: ...

    def evaluate(self, image: Picture, gradient: bool = True) -> Tuple[float, Optional[Floats]]:
        """The objective at IMAGE and its derivative by every value of it, [height, width, 3] float32 (None without
        GRADIENT). Arrays are taken as they are, so that any solver can drive it: values beyond 0..1 included. IMAGE has
        any size that the layers allow; the content is resized to it. Raises StateError where content or style is
        missing, DataError for a picture that is too small for the layers, OutOfMemory, Cancelled."""
        picture = Image.of(image)
        total = ctypes.c_double()
        slope, pointer = _arrays.empty_floats(picture.height, picture.width, 3) if gradient else (None, None)
        with Guard() as self._guard:
            lib.nst_transfer_evaluate(self._raw, picture._raw, ctypes.byref(total), pointer)
        return total.value, slope

    @property
    def terms(self) -> Dict[str, Term]:
        """The terms of the last evaluation by name: "content/conv2_2", "style/conv1_1", "tv", ...; the total is the sum
        of value x weight."""
        found = {}
        for index in range(lib.nst_transfer_term_count(self._raw)):
            name, value, weight = ctypes.c_char_p(), ctypes.c_double(), ctypes.c_double()
            lib.nst_transfer_term(self._raw, index, ctypes.byref(name), ctypes.byref(value), ctypes.byref(weight))
            found[(name.value or b"").decode()] = Term(value.value, weight.value)
        return found

    def run(self, optimizer: Optional[Optimizer] = None,
            progress: Optional[Callable[[Progress], Any]] = None) -> Image:
        """Paints, and gives the result: as large as option size says, values in 0..1, with the content's alpha.
        OPTIMIZER: the solver, by default make_optimizer(). PROGRESS(nst.Progress) is called after each evaluation, on this
        thread: something true stops the run with the best picture, what it raises stops it and comes out of here,
        Ctrl-C likewise. The GIL is free but for the callback. Stopping early is no error: see stop_reason. Raises StateError
        where content or style is missing, DataError for a picture that is too small for the layers or a layer that
        the model lacks, OutOfMemory, also where option memory_limit is too small. What is in warnings comes out as
        Python's warnings before anything is painted."""
        return self._paint(lib.nst_transfer_run, (), optimizer, progress)

    def resume(self, picture: Picture, evaluations: int = 0, optimizer: Optional[Optimizer] = None,
               progress: Optional[Callable[[Progress], Any]] = None) -> Image:
        """Paints on from PICTURE at the last size alone, and gives the result: to show what a changed weight makes of the last
        result, or for a video, from frame to frame. At most EVALUATIONS; 0: as many as options steps, sizes or effort say
        for a single size. Options init, sizes and steps stay as they are. Large shapes stay where they are. Until the next run()
        the transfer keeps its memory and the features of the content. OPTIMIZER, PROGRESS and everything else are
        as in run(); raises CallError for more EVALUATIONS than option steps may be, and for less than 0."""
        image, most = Image.of(picture), _values.whole(evaluations, "evaluations", 64)
        return self._paint(lib.nst_transfer_resume, (image._raw, most), optimizer, progress)

    def checkpoint(self, path: Optional[Path], seconds: float = 0) -> "Transfer":
        """From now on run(), resume() and continue_from() write a checkpoint to PATH (None: none) every SECONDS, and when they
        are stopped; gives the transfer itself. 0: 60 seconds, or more where checkpoints would take over a twentieth of the
        time. The old file is there until the new one is complete. Raises CallError for less than 0, StateError during a run."""
        lib.nst_transfer_set_checkpoint(self._raw, None if path is None else _values.path(path, "checkpoint"), float(seconds))
        return self

    def checkpoint_bytes(self, optimizer: Optional[Optimizer] = None) -> int:
        """The most bytes that a checkpoint of run(OPTIMIZER) has. Raises as run() does."""
        most = ctypes.c_uint64()
        lib.nst_transfer_checkpoint_bytes(ctypes.byref(most), self._raw, _solver(optimizer))
        return most.value

    @property
    def checkpoint_failure(self) -> str:
        """Why the last checkpoint could not be written, or "". The run goes on, and tries again when the next is due."""
        text: bytes = lib.nst_transfer_checkpoint_failure(self._raw)
        return text.decode()

    def continue_from(self, path: Path, optimizer: Optional[Optimizer] = None,
                      progress: Optional[Callable[[Progress], Any]] = None) -> Image:
        """Goes on from the checkpoint at PATH, with the same bits as a run that was never stopped. Pictures, styles, masks,
        options and OPTIMIZER have to be those of the call that wrote it, run() or resume(): raises StateError with a list of
        what differs. PROGRESS is as in run(). Raises NotFoundError, DataError where PATH is no checkpoint, or cut or changed,
        and whatever run() does."""
        return self._paint(lib.nst_transfer_continue, (_values.path(path, "checkpoint"),), optimizer, progress)

    def _paint(self, call: Any, arguments: Tuple[Any, ...], optimizer: Optional[Optimizer],
               progress: Optional[Callable[[Progress], Any]]) -> Image:
        out, state = Image._Pointer(), Progress(self)
        raw, solver = self._raw, _solver(optimizer)  # close() in a callback must not pull them from under the run
        lib.nst_transfer_memory(ctypes.byref(ctypes.c_uint64()), raw, solver)
        before = self.warnings
        for line in before:
            _warnings.warn(line)
        with Guard(lambda: lib.nst_transfer_cancel(raw)) as guard:
            self._guard = guard
            if optimizer is not None:
                optimizer._guard = guard

            def evaluated(_: Any, __: Any) -> int:
                result = guard.call(progress, state) if progress is not None else None
                return 1 if result or guard.raised is not None else 0

            keep = ProgressFn(evaluated)
            lib.nst_transfer_set_progress(raw, keep, None)
            try:
                call(ctypes.byref(out), raw, *arguments, solver)
                result = Image._of(out)
            finally:
                lib.nst_transfer_set_progress(raw, ProgressFn(0), None)
        for line in self.warnings[len(before):]:
            _warnings.warn(line)
        return result

    def cancel(self) -> None:
        """From any thread: the run() at work stops with the best picture, an evaluate() raises
        nst.Cancelled. Without one nothing happens."""
        lib.nst_transfer_cancel(self._raw)

    def set_cancel_flag(self, flag: Optional[ctypes.c_int32]) -> "Transfer":
        """FLAG, None for none, is looked at by every later call while it computes: a value other than 0 ends it as
        cancel() does, also one that is yet to begin. Gives the transfer itself. FLAG may lie in shared memory:
        multiprocessing.RawValue(ctypes.c_int32). Raises TypeError for anything else."""
        if flag is not None and not isinstance(flag, ctypes.c_int32):
            raise TypeError(f"expected a ctypes.c_int32 or None, found {type(flag).__name__}")
        lib.nst_transfer_set_cancel_flag(self._raw, None if flag is None else ctypes.byref(flag))
        self._raw.flag = flag  # lives as long as the transfer, which a call may outlive this object with
        return self

    @property
    def stop_reason(self) -> Stop:
        """Why the last run ended."""
        return known(Stop, lib.nst_transfer_stop_reason(self._raw))

    @property
    def warnings(self) -> List[str]:
        """What is no error, but should be known of the pictures that were set, such as a style picture that is enlarged
        beyond its pixels: as of the last memory(), run() or first evaluate() of a size."""
        text: bytes = lib.nst_transfer_warnings(self._raw)
        return text.decode().splitlines()

    @property
    def progress(self) -> Progress:
        """Where the last run ended."""
        return Progress(self)

    @_params.documented(Object.OPTIMIZER)
    def make_optimizer(self, **options: Any) -> Optimizer:
        """A new optimizer, as run() would use it without one but for OPTIONS: those not given are what the preset says,
        else what stands in [] below. Raises CallError for a value out of range."""
        out = Optimizer._Pointer()
        lib.nst_transfer_make_optimizer(ctypes.byref(out), self._raw)
        return Optimizer._of(out).set(**options)

    def memory(self, optimizer: Optional[Optimizer] = None) -> int:
        """Bytes that run(OPTIMIZER) will take at its peak, to 10 %. Raises as run() does."""
        peak = ctypes.c_uint64()
        lib.nst_transfer_memory(ctypes.byref(peak), self._raw, _solver(optimizer))
        return peak.value

    @property
    def profile(self) -> List[Profile]:
        """Where the time of all evaluations since reset_profile() went."""
        found = []
        for index in range(lib.nst_transfer_profile_count(self._raw)):
            layer, kind, seconds, operations = (ctypes.c_char_p(), ctypes.c_char_p(), ctypes.c_double(),
                                                ctypes.c_double())
            lib.nst_transfer_profile(self._raw, index, ctypes.byref(layer), ctypes.byref(kind),
                                     ctypes.byref(seconds), ctypes.byref(operations))
            found.append(Profile((layer.value or b"").decode(), (kind.value or b"").decode(), seconds.value,
                                 operations.value))
        return found

    def reset_profile(self) -> None:
        """Sets the profile to 0."""
        lib.nst_transfer_profile_reset(self._raw)

    def __repr__(self) -> str:
        return "<nst.Transfer, closed>" if self.closed else f"<nst.Transfer {lib.nst_stop_text(self.stop_reason).decode()}>"
