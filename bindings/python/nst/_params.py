"""The library's table of parameters: what is known of each, and how keyword arguments are set by it."""
import ctypes
import difflib
import inspect
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple, TypeVar

from . import _values
from ._enums import Object, Param, ParamType, Status, known
from ._library import lib
from .errors import CallError


F = TypeVar("F", bound=Callable[..., Any])


class Parameter(NamedTuple):
    """A row of the library's table of options, nst.PARAMETERS: NUMBER is that of nst.Param, NAME the keyword, OBJECT
    what takes it, TYPE what it takes, GROUP the heading above it in lists, MINIMUM and MAXIMUM the range of a number in
    UNIT, CHOICES the names of a choice, HELP a line; DEFAULT is text, "" where the preset decides."""

    number: int
    name: str  # as a keyword: style_weight
    object: Object
    type: ParamType
    group: str
    default: str  # as text; "" where the preset decides
    minimum: float
    maximum: float
    unit: str
    choices: Tuple[str, ...]
    help: str


def _choices(number: int) -> Tuple[str, ...]:
    names: List[str] = []
    while lib.nst_param_choice(number, len(names), None) is not None:
        names.append(lib.nst_param_choice(number, len(names), None).decode())
    return tuple(names)


def _row(number: int) -> Parameter:
    return Parameter(number, lib.nst_param_name(number).decode().replace("-", "_"),
                     known(Object, lib.nst_param_object(number)), known(ParamType, lib.nst_param_type_of(number)),
                     lib.nst_param_group(number).decode(), lib.nst_param_default(number).decode(), lib.nst_param_minimum(number),
                     lib.nst_param_maximum(number), lib.nst_param_unit(number).decode(), _choices(number),
                     lib.nst_param_help(number).decode())


PARAMETERS: Tuple[Parameter, ...] = tuple(_row(lib.nst_param_at(i)) for i in range(lib.nst_param_count()))
_BY_NAME = {(row.object, row.name): row for row in PARAMETERS}


def of(target: Object) -> List[Parameter]:
    return [row for row in PARAMETERS if row.object == target]


def find(target: Object, name: Any) -> Parameter:
    """By keyword (style_weight), by the library's name (style-weight) or by number (Param.STYLE_WEIGHT)."""
    if isinstance(name, Param):
        for row in PARAMETERS:
            if row.number == name:
                return row
    found = _BY_NAME.get((target, str(name).replace("-", "_")))
    if found is None:
        raise CallError(Status.ERR_NAME, f"no option of {target.name.lower()} is called '{name}'; " +
                        _instead(name, [row.name for row in of(target)]))
    return found


def _instead(name: Any, names: List[str]) -> str:
    """What a misspelt NAME may have meant."""
    close = difflib.get_close_matches(str(name), names, 1)
    return (f"did you mean {close[0]}? " if close else "") + "there are " + ", ".join(names)


def given(options: Mapping[str, Any]) -> List[Tuple[str, Any]]:
    """Those of OPTIONS that are given: None, which every keyword has by default, is not. In the order of the table: an
    option that sets others, such as effort, comes before them."""
    order = {row.name: index for index, row in enumerate(PARAMETERS)}
    return sorted(((name, value) for name, value in options.items() if value is not None),
                  key=lambda item: order.get(item[0].replace("-", "_"), len(order)))


def split(options: Mapping[str, Any], *targets: Object) -> List[Dict[str, Any]]:
    """One dictionary for each object. An unknown keyword is a TypeError, as for any function."""
    parts: List[Dict[str, Any]] = [{} for _ in targets]
    for name, value in options.items():
        for target, part in zip(targets, parts):
            if (target, name) in _BY_NAME:
                part[name] = value
                break
        else:
            names = [row.name for target in targets for row in of(target)]
            raise TypeError(f"unexpected keyword argument '{name}'; {_instead(name, names)}")
    return parts


def _text(value: Any) -> Optional[str]:
    """Layers and sizes in Python's own words, as Layers and Sizes of _types have them."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return ",".join(f"{name}={float(weight)!r}" for name, weight in value.items())
    if isinstance(value, (list, tuple)):
        return ",".join(":".join(map(str, item)) if isinstance(item, (list, tuple)) else str(item) for item in value)
    return None


def set_option(prefix: str, raw: Any, row: Parameter, value: Any) -> None:
    """PREFIX: "nst_transfer"; that object's setter for the type of ROW and VALUE."""
    set_text = getattr(lib, prefix + "_set_text")
    if row.type == ParamType.TEXT or isinstance(value, str):
        text = _text(value)
        if text is None:
            raise TypeError(f"{row.name}: expected text, found {type(value).__name__}")
        set_text(raw, row.number, _values.text(text, row.name))
    elif row.type == ParamType.FLOAT:
        if not hasattr(value, "__float__") and not hasattr(value, "__index__"):
            raise TypeError(f"{row.name}: expected a number or text, found {type(value).__name__}")
        getattr(lib, prefix + "_set_float")(raw, row.number, float(value))
    else:
        number = value.__index__() if hasattr(value, "__index__") else None
        if number is None or isinstance(value, bool):
            raise TypeError(f"{row.name}: expected a whole number or text, found {type(value).__name__}")
        if not -2**63 <= number < 2**63:
            raise CallError(Status.ERR_RANGE, f"{row.name}: expected {row.minimum:.10g} to {row.maximum:.10g}, "
                                              f"found {number}")
        getattr(lib, prefix + "_set_int")(raw, row.number, number)


def get_option(prefix: str, raw: Any, row: Parameter) -> Any:
    if row.type in (ParamType.TEXT, ParamType.CHOICE):
        text = ctypes.c_char_p()
        getattr(lib, prefix + "_get_text")(raw, row.number, ctypes.byref(text))
        return (text.value or b"").decode()
    if row.type == ParamType.FLOAT:
        number = ctypes.c_double()
        getattr(lib, prefix + "_get_float")(raw, row.number, ctypes.byref(number))
        return number.value
    whole = ctypes.c_int64()
    getattr(lib, prefix + "_get_int")(raw, row.number, ctypes.byref(whole))
    return whole.value


def documented(*targets: Object) -> Callable[[F], F]:
    """A decorator: **options of the function become the keywords of the table, in its signature and its text."""
    def decorate(function: F) -> F:
        signature = inspect.signature(function)
        fixed = [p for p in signature.parameters.values() if p.kind != inspect.Parameter.VAR_KEYWORD]
        taken = {p.name for p in fixed}
        rows = [row for target in targets for row in of(target) if row.name not in taken]
        keywords = [inspect.Parameter(row.name, inspect.Parameter.KEYWORD_ONLY, default=None) for row in rows]
        setattr(function, "__signature__", signature.replace(parameters=fixed + keywords))
        function.__doc__ = inspect.cleandoc(function.__doc__ or "") + "\n\nOptions:\n" + "\n".join(map(_line, rows))
        return function
    return decorate


def _line(row: Parameter) -> str:
    kind = "|".join(row.choices) or row.unit or row.type.name.lower()
    default = f" [{row.default}]" if row.default else ""
    return f"    {row.name}: {row.help} ({kind}){default}"
