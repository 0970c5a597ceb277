"""Networks: VGG's topology with the weights of a file."""
import ctypes
import os
from typing import List, NamedTuple, Optional, Union

from . import _values
from ._enums import Dtype, Input, ModelKey, known
from ._handle import Handle, owning
from ._library import lib
from ._prototypes import model as model_pointer
from ._types import ModelOrName, Path
from .errors import CallError


class Layer(NamedTuple):
    """A layer of a network: NAME, such as "conv1_1" or "relu1_1", and the number of its CHANNELS."""

    name: str
    channels: int


class Model(Handle):
    """A network: VGG's topology with the weights of a file. Immutable, and shared freely by transfers and threads."""

    _Pointer = owning(model_pointer, lib.nst_model_destroy)

    def __init__(self, name: Union[Path, bytes, bytearray, None] = None, input: str = "auto") -> None:
        """NAME: None for the default, "lite", "random:SEED", a path, a bare name such as "vgg19" that is looked for in
        Model.folders(), or the bytes of a file. INPUT, what the first layer expects: "auto", or a name of nst.Input
        in small letters. Raises NotFoundError, DataError for a file that is damaged or no such network, CallError
        for another INPUT, TypeError for anything else."""
        out, space = self._Pointer(), _values.choice(Input, input, "input")
        if isinstance(name, (bytes, bytearray)):
            lib.nst_model_decode(ctypes.byref(out), bytes(name), len(name), space)
        elif name is None or isinstance(name, (str, os.PathLike)):
            lib.nst_model_load_as(ctypes.byref(out), None if name is None else _values.path(name, "model"), space)
        else:
            raise TypeError("expected an nst.Model, a name, a path or the bytes of a file, found "
                            f"{type(name).__name__}")
        self._pointer = out

    @classmethod
    def of(cls, value: ModelOrName) -> "Model":
        """VALUE itself where it is a Model, else Model(VALUE), with its errors."""
        return value if isinstance(value, Model) else cls(value)

    @staticmethod
    def folders() -> List[str]:
        """The folders where a bare name is looked for, in order."""
        found: List[str] = []
        buffer = ctypes.create_string_buffer(4096)
        while True:
            try:
                lib.nst_model_folder(len(found), buffer, len(buffer))
            except CallError:
                return found
            found.append(os.fsdecode(buffer.value))

    @property
    def layers(self) -> List[Layer]:
        """The layers in order: each convolution, then its ReLU."""
        found = []
        for index in range(lib.nst_model_layer_count(self._raw)):
            name, channels = ctypes.c_char_p(), ctypes.c_uint32()
            lib.nst_model_layer(self._raw, index, ctypes.byref(name), ctypes.byref(channels))
            found.append(Layer((name.value or b"").decode(), channels.value))
        return found

    def find_layer(self, name: str) -> int:
        """Where layer NAME stands in layers. Raises DataError where the model does not have it."""
        index = ctypes.c_size_t()
        lib.nst_model_find_layer(self._raw, _values.text(name, "layer"), ctypes.byref(index))
        return index.value

    def save(self, path: Path, dtype: str = "f32", upto: Optional[str] = None) -> None:
        """Writes a safetensors file to PATH with the weights up to and with layer UPTO, by default all. DTYPE: "f32",
        "f16" or "bf16". Raises CallError for another DTYPE, DataError for a layer that is missing, SystemFailure (an
        OSError) where writing fails."""
        lib.nst_model_save(self._raw, _values.path(path), _values.choice(Dtype, dtype, "dtype"),
                           None if upto is None else _values.text(upto, "upto"))

    @property
    def parameter_count(self) -> int:
        """The number of weights and biases."""
        return int(lib.nst_model_parameter_count(self._raw))

    @property
    def input(self) -> str:
        """What the first layer expects, a name of nst.Input in small letters: "rgb01". Pictures are RGB 0..1 whatever
        it is."""
        space = known(Input, lib.nst_model_input(self._raw))
        return space.name.lower()

    def _text(self, key: ModelKey) -> str:
        found: bytes = lib.nst_model_text(self._raw, key) or b""
        return found.decode(errors="replace")

    @property
    def source(self) -> str:
        """Where the weights come from: "lite", "random:0" or the path of the file."""
        return self._text(ModelKey.SOURCE)

    @property
    def format(self) -> str:
        """What kind of file it was: "safetensors", "torch zip", "embedded", ..."""
        return self._text(ModelKey.FORMAT)

    @property
    def topology(self) -> str:
        """Whose layers it has: "vgg19" or "vgg16"."""
        return self._text(ModelKey.TOPOLOGY)

    @property
    def dtype(self) -> str:
        """The type of the numbers in the file: "f32", "f16", "bf16", "f64" or "mixed"."""
        return self._text(ModelKey.DTYPE)

    @property
    def credit(self) -> str:
        """Licence and credit as the file's metadata says them, or ""."""
        return self._text(ModelKey.CREDIT)

    def __repr__(self) -> str:
        if self.closed:
            return "<nst.Model, closed>"
        return (f"<nst.Model {self.source}: {self.topology} to {self.layers[-1].name}, {self.parameter_count} "
                "parameters>")
