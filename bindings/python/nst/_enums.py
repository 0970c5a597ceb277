"""The enums of nst.h under their own names, without the prefix: NST_STOP_BUDGET is Stop.BUDGET."""
import enum
from typing import Type, TypeVar

E = TypeVar("E", bound="IntEnum")


class IntEnum(enum.IntEnum):
    """Shows itself by name, where that of the standard library is a bare number since Python 3.11."""

    def __str__(self) -> str:
        return f"{type(self).__name__}.{self.name}"

    def __format__(self, form: str) -> str:
        return format(int(self), form) if form else str(self)


def known(kind: Type[E], value: int) -> E:
    """The member of KIND with VALUE; one called UNKNOWN_99 where a library newer than this package gives another."""
    try:
        return kind(value)
    except ValueError:
        member = int.__new__(kind, value)
        member._name_, member._value_ = f"UNKNOWN_{value}", value
        return member


class Build(IntEnum):
    """What nst.build_text() tells: BLAS, SIMD, READERS, PICTURES."""

    BLAS = 1
    SIMD = 2
    READERS = 3
    PICTURES = 4


class LogLevel(IntEnum):
    """How much nst.set_log() is told: WARNING, INFO, DEBUG; each includes those before."""

    WARNING = 1
    INFO = 2
    DEBUG = 3


class Status(IntEnum):
    """How a call ended, as nst.Error.status has it: 1xx the call, 2xx the data, 3xx the system, 5xx libnst itself."""

    OK = 0
    ERR_ARGUMENT = 100
    ERR_RANGE = 101
    ERR_NAME = 102
    ERR_STATE = 103
    ERR_NOT_FOUND = 200
    ERR_FORMAT = 201
    ERR_CORRUPT = 202
    ERR_UNSUPPORTED = 203
    ERR_TOO_LARGE = 204
    ERR_TOO_SMALL = 205
    ERR_NO_LAYER = 206
    ERR_NON_FINITE = 207
    ERR_OUT_OF_MEMORY = 300
    ERR_IO = 301
    ERR_MEMORY_LIMIT = 302
    ERR_SYSTEM = 303
    ERR_CALLBACK = 304
    ERR_CANCELLED = 305
    ERR_INTERNAL = 500


class Param(IntEnum):
    """Every option by its number in nst.h; get() takes these as well as names."""

    PNG_DEPTH = 100
    JPEG_QUALITY = 101
    JPEG_SUBSAMPLING = 102
    BACKGROUND = 103
    SIZE = 200
    SIZES = 201
    STEPS = 202
    INIT = 203
    OPTIMIZER = 204
    FORM = 205
    CONTENT_LAYERS = 206
    STYLE_LAYERS = 207
    CONTENT_WEIGHT = 208
    STYLE_WEIGHT = 209
    TV_WEIGHT = 210
    RANGE_WEIGHT = 211
    STYLE_SCALE = 212
    PADDING = 213
    POOLING = 214
    SEED = 215
    STYLE_LOSS = 216
    EFFORT = 217
    COLOR = 218
    BLEND = 219
    MATTING_WEIGHT = 220
    POISSON_RADIUS = 221
    THREADS = 250
    MEMORY_LIMIT = 251
    SIMD = 252
    CONVOLUTION = 253
    GEMM = 254
    HISTORY = 300
    WOLFE_C1 = 301
    WOLFE_C2 = 302
    LINE_EVALUATIONS = 303
    MAX_EVALUATIONS = 304
    GRADIENT_TOLERANCE = 305
    VALUE_TOLERANCE = 306
    LEARNING_RATE = 307
    BETA1 = 308
    BETA2 = 309
    EPSILON = 310
    DECAY = 311
    AVERAGE = 312
    RESULT = 313
    HISTORY_BITS = 314
    SCRATCH = 315

class ParamType(IntEnum):
    """What an option takes, as nst.Parameter.type has it; BYTES also as text: "1G"."""

    INT = 1
    FLOAT = 2
    CHOICE = 3
    BYTES = 4
    TEXT = 5

class Object(IntEnum):
    """What an option belongs to, as nst.Parameter.object has it."""

    IMAGE = 1
    TRANSFER = 2
    OPTIMIZER = 3

class Input(IntEnum):
    """What the first layer of a network expects: the INPUT of nst.Model, in small letters."""

    AUTO = 0
    BGR255 = 1
    RGB01 = 2
    RGB255 = 3

class Dtype(IntEnum):
    """How weights are written: the DTYPE of Model.save(), in small letters."""

    F32 = 1
    F16 = 2
    BF16 = 3

class ModelKey(IntEnum):
    """Facts of a model, each an attribute of nst.Model."""

    SOURCE = 1
    FORMAT = 2
    TOPOLOGY = 3
    DTYPE = 4
    INPUT_SAID = 5
    CREDIT = 6

class StyleKey(IntEnum):
    """What a file of a style says: the keys of nst.Style.facts, in small letters."""

    SOURCE = 1
    PICTURE = 2
    MODEL = 3
    MODEL_HASH = 4
    LAYERS = 5
    SIZES = 6
    PADDING = 7
    POOLING = 8
    DTYPE = 9
    MASKED = 10
    LICENSE = 11
    VERSION = 12

class Algorithm(IntEnum):
    """Solvers: the ALGORITHM of nst.Optimizer, in small letters."""

    LBFGS = 0
    ADAM = 1
    CUSTOM = 2

class Result(IntEnum):
    """The point that a minimisation returns: option result, in small letters."""

    BEST = 0
    LAST = 1

class Stop(IntEnum):
    """Why a run or a minimisation ended. None of these is an error."""

    NONE = 0
    CONVERGED = 1
    STALLED = 2
    BUDGET = 3
    CALLBACK = 4
    CANCELLED = 5
    NON_FINITE = 6

class HistoryBits(IntEnum):
    """Bits of a number in the curvature pairs of L-BFGS: option history_bits, as a number or text."""

    AUTO = 0
    BITS_16 = 16
    BITS_32 = 32

class PngDepth(IntEnum):
    """Bits of each channel in PNG files: option png_depth, as a number or text."""

    DEPTH_8 = 8
    DEPTH_16 = 16

class JpegSubsampling(IntEnum):
    """Chroma subsampling of JPEG files: option jpeg_subsampling, as a number or text."""

    SUBSAMPLING_444 = 444
    SUBSAMPLING_422 = 422
    SUBSAMPLING_420 = 420

class Simd(IntEnum):
    """Instruction sets: option simd, in small letters."""

    AUTO = 0
    GENERIC = 1
    SSE2 = 2
    AVX2 = 3
    AVX512 = 4
    NEON = 5

class Convolution(IntEnum):
    """Methods of the convolutions: option convolution, in small letters."""

    AUTO = 0
    DIRECT = 1
    WINOGRAD4 = 2
    WINOGRAD6 = 3

class Gemm(IntEnum):
    """Matrix products: option gemm, in small letters."""

    AUTO = 0
    OWN = 1
    CBLAS = 2

class Init(IntEnum):
    """Where the pixels start: option init, in small letters."""

    CONTENT = 0
    NOISE = 1
    IMAGE = 2
    RECOLORED = 3

class Effort(IntEnum):
    """How long a picture is worked on: INSTANT, DRAFT, NORMAL, FINE."""

    INSTANT = 1
    DRAFT = 2
    NORMAL = 3
    FINE = 4


class Form(IntEnum):
    """How losses are normalised: option form, in small letters; the formulas stand in nst.h."""

    RELATIVE = 0
    MEAN = 1
    GATYS = 2
    SUM = 3

class StyleLoss(IntEnum):
    """What is compared of the style: option style_loss, in small letters."""

    GRAM = 0
    MEANSTD = 1
    CENTRED = 2
    W2 = 3

class Color(IntEnum):
    """Whose colours the result has: option color, in small letters."""

    STYLE = 0
    MATCH = 1
    LUMA = 2
    BOTH = 3

class Blend(IntEnum):
    """How several styles are blended: option blend, in small letters."""

    TARGET = 0
    LOSS = 1

class Padding(IntEnum):
    """What convolutions see beyond the border: option padding, in small letters."""

    ZERO = 0
    REFLECT = 1
    REPLICATE = 2

class Pooling(IntEnum):
    """How maps are halved: option pooling, in small letters."""

    MAX = 0
    AVERAGE = 1

class Progress(IntEnum):
    """What nst.Progress has, by its number in nst.h."""

    EVALUATION = 1
    EVALUATIONS = 2
    ITERATION = 3
    LEVEL = 4
    LEVELS = 5
    WIDTH = 6
    HEIGHT = 7
    TOTAL = 8
    BEST = 9
    START = 10
    FRACTION = 11
    SECONDS = 12
    SECONDS_LEFT = 13
    RESULT_WIDTH = 14
    RESULT_HEIGHT = 15
    SECONDS_PREPARING = 16
    ALL_EVALUATIONS = 17

class PainterKey(IntEnum):
    """What the file of a painter says about it."""

    STYLE = 1
    TRAINING = 2
