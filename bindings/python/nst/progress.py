"""Where a run stands."""
import ctypes
from typing import TYPE_CHECKING, Dict, NamedTuple

from . import _enums
from ._library import lib
from .image import Image

if TYPE_CHECKING:
    from .transfer import Transfer


class Term(NamedTuple):
    """A term of the objective: VALUE, the loss as the form defines it, and WEIGHT, what it is multiplied with."""

    value: float
    weight: float


class Progress:
    """Where a run stands: what a progress callback gets, and Transfer.progress after the run.

    Every number is 0 before the first run. A transfer that is closed raises StateError.
    """

    def __init__(self, transfer: "Transfer") -> None:
        """Of TRANSFER; made by Transfer.run() and Transfer.progress."""
        self._transfer = transfer

    def _number(self, what: _enums.Progress) -> float:
        return float(lib.nst_transfer_progress(self._transfer._raw, what))

    @property
    def transfer(self) -> "Transfer":
        """The nst.Transfer that runs. Of its methods a callback may call cancel() and those that read."""
        return self._transfer

    @property
    def evaluation(self) -> int:
        """Evaluations of the objective so far at this size."""
        return int(self._number(_enums.Progress.EVALUATION))

    @property
    def evaluations(self) -> int:
        """Evaluations allowed at this size."""
        return int(self._number(_enums.Progress.EVALUATIONS))

    @property
    def all_evaluations(self) -> int:
        """Evaluations so far at all sizes, with those before Transfer.continue_from()."""
        return int(self._number(_enums.Progress.ALL_EVALUATIONS))

    @property
    def iteration(self) -> int:
        """Iterations of the solver at this size."""
        return int(self._number(_enums.Progress.ITERATION))

    @property
    def level(self) -> int:
        """The number of this size, from 1 for the first to levels."""
        return int(self._number(_enums.Progress.LEVEL))

    @property
    def levels(self) -> int:
        """How many sizes the run has."""
        return int(self._number(_enums.Progress.LEVELS))

    @property
    def width(self) -> int:
        """Of the picture at this size, in pixels."""
        return int(self._number(_enums.Progress.WIDTH))

    @property
    def height(self) -> int:
        """Of the picture at this size, in pixels."""
        return int(self._number(_enums.Progress.HEIGHT))

    @property
    def result_width(self) -> int:
        """Of the picture at the last size, in pixels."""
        return int(self._number(_enums.Progress.RESULT_WIDTH))

    @property
    def result_height(self) -> int:
        """Of the picture at the last size, in pixels."""
        return int(self._number(_enums.Progress.RESULT_HEIGHT))

    @property
    def total(self) -> float:
        """The value of the objective at the last evaluation; no unit."""
        return self._number(_enums.Progress.TOTAL)

    @property
    def best(self) -> float:
        """The lowest value of the objective so far at this size."""
        return self._number(_enums.Progress.BEST)

    @property
    def start(self) -> float:
        """The first value of the objective at this size."""
        return self._number(_enums.Progress.START)

    @property
    def fraction(self) -> float:
        """The part of the whole run's work that is done, 0 to 1."""
        return self._number(_enums.Progress.FRACTION)

    @property
    def seconds(self) -> float:
        """Seconds since the run began."""
        return self._number(_enums.Progress.SECONDS)

    @property
    def seconds_preparing(self) -> float:
        """Of seconds: those for the targets and for resizing pictures, at all sizes so far."""
        return self._number(_enums.Progress.SECONDS_PREPARING)

    @property
    def seconds_left(self) -> float:
        """Seconds that the run will still take, estimated."""
        return self._number(_enums.Progress.SECONDS_LEFT)

    @property
    def terms(self) -> Dict[str, Term]:
        """The terms of the last evaluation, as Transfer.terms."""
        return self._transfer.terms

    def snapshot(self) -> Image:
        """The picture so far, at the size now painted, or at that of the larger picture which it changes. Raises
        StateError but during the callback."""
        out = Image._Pointer()
        lib.nst_transfer_snapshot(ctypes.byref(out), self._transfer._raw)
        return Image._of(out)

    def __repr__(self) -> str:
        return (f"<nst.Progress {self.fraction:.0%}, {self.width}x{self.height}, evaluation {self.evaluation} of "
                f"{self.evaluations}, total {self.total:.6g}>")
