"""What signatures have in common, for type checkers and readers."""
import os
from typing import TYPE_CHECKING, Any, Mapping, Protocol, Sequence, Tuple, Union

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from .image import Image
    from .model import Model
    from .style import Style

    Floats = NDArray[numpy.float32]
else:
    Floats = Any  # without NumPy, a memoryview of format "f"


class HasArray(Protocol):
    """An array of NumPy, PyTorch, JAX, ..."""

    def __array__(self) -> Any: ...


class HasArrayInterface(Protocol):
    """An image of PIL."""

    @property
    def __array_interface__(self) -> Any: ...


Path = Union[str, "os.PathLike[str]"]
Start = Union["os.PathLike[str]", bytes, bytearray, memoryview, "Image", HasArray, HasArrayInterface]
Picture = Union[str, Start]
Painting = Union["Style", Picture]
OneStyle = Union[Painting, Tuple[Painting, float], Tuple[Painting, float, Picture]]
Styles = Union[OneStyle, Sequence[OneStyle]]
ModelOrName = Union["Model", Path, bytes, bytearray, None]
Numbers = Union[Sequence[float], memoryview, HasArray]
Layers = Union[str, Mapping[str, float], Sequence[str]]  # "relu3_1=0.5", {"relu3_1": 0.5}, ["relu3_1", "relu4_1"]
Sizes = Union[str, Sequence[Union[int, Tuple[int, int]]]]  # "64:100,512", [(64, 100), 512]
