"""Writes the type stubs nst/*.pyi: of each module with functions that take **options, with typed keywords for these.

NST_LIBRARY=build/libnst.so python3 bindings/python/stubs.py

Names, types and choices of the keywords are those of the library's table of parameters, all else is read from the
module. tests/python/test_binding_types.py checks that the stubs in the tree are what this writes.
"""
import ast
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from nst import _params  # noqa: E402
from nst._enums import Object, ParamType  # noqa: E402

DECORATOR = "_params.documented("
HEAD = "# Written by bindings/python/stubs.py from {} and the library's table of parameters.\n"
TYPES = """from typing import Literal, Optional, SupportsFloat, SupportsIndex, Union
from ._types import Layers, Sizes, Start"""
WIDTH = 120


def keyword_type(row):
    """None, the default of every keyword, is an option that is not given."""
    if row.type == ParamType.CHOICE:
        names = [repr(name) for name in row.choices] + [name for name in row.choices if name.isdigit()]
        return f"Union[Literal[{', '.join(names)}], int, {'Start, ' if row.name == 'init' else ''}None]"
    text = {"sizes": "Sizes", "content_layers": "Layers", "style_layers": "Layers"}.get(row.name, "str")
    return {ParamType.INT: "Optional[SupportsIndex]", ParamType.FLOAT: "Optional[SupportsFloat]",
            ParamType.BYTES: "Union[SupportsIndex, str, None]", ParamType.TEXT: f"Optional[{text}]"}[row.type]


def decorators(function):
    return [ast.unparse(decorator) for decorator in function.decorator_list]


def with_keywords(function):
    """FUNCTION with the keywords that its decorator names in place of **options."""
    for decorator in function.decorator_list:
        if ast.unparse(decorator).startswith(DECORATOR):
            signature = function.args
            taken = {a.arg for a in signature.args + signature.kwonlyargs}
            for row in (row for target in decorator.args for row in _params.of(Object[target.attr])):
                if row.name not in taken:
                    kind = ast.parse(keyword_type(row), mode="eval").body
                    signature.kwonlyargs.append(ast.arg(row.name, kind))
                    signature.kw_defaults.append(ast.Constant(...))
            signature.kwarg = None
            function.decorator_list.remove(decorator)
    return function


def declarations(body):
    """What a stub has of the statements BODY of a module or class, imports apart."""
    functions = [node for node in body if isinstance(node, ast.FunctionDef)]
    overloaded = {node.name for node in functions if "overload" in decorators(node)}
    for node in body:
        if isinstance(node, ast.AnnAssign) or (isinstance(node, ast.Assign) and node.targets[0].id == "__all__"):
            yield node
        elif isinstance(node, ast.ClassDef):
            node.body = list(declarations(node.body)) or [ast.Expr(ast.Constant(...))]
            yield node
        elif node in functions and (not node.name.startswith("_") or node.name.endswith("__")):
            if node.name in overloaded and "overload" not in decorators(node):
                continue  # what implements the overloads
            node.args.defaults = [ast.Constant(...) for _ in node.args.defaults]
            node.args.kw_defaults = [default and ast.Constant(...) for default in node.args.kw_defaults]
            node.body = [ast.Expr(ast.Constant(...))]
            yield with_keywords(node)


def by_distance(item):
    return item[0].startswith("."), item[0]


def imports(body, used):
    """The import statements of BODY and TYPES, as far as USED."""
    found = {}
    for node in ast.parse(TYPES).body + body:
        if isinstance(node, ast.ImportFrom):
            names = {ast.unparse(alias) for alias in node.names if (alias.asname or alias.name) in used}
            found.setdefault("." * node.level + (node.module or ""), set()).update(names)
        elif isinstance(node, ast.Import) and node.names[0].name in used:
            yield ast.unparse(node)
    for module, names in sorted(found.items(), key=by_distance):
        line = f"from {module} import {', '.join(sorted(names))}"
        if names:
            yield line if len(line) <= WIDTH else line.replace("import ", "import (") + ")"


def arguments(line):
    """LINE parted after those commas that stand within one pair of brackets."""
    parts, depth = [""], 0
    for word in re.split(r"(?<=,) ", line):
        parts[-1] += " " * bool(parts[-1]) + word
        depth += sum(word.count(c) for c in "([") - sum(word.count(c) for c in ")]")
        if depth == 1:
            parts.append("")
    return parts


def wrapped(line):
    """LINE, one of code, as lines within WIDTH."""
    parts = arguments(line) if len(line) > WIDTH else [line]
    rows, indent = [parts[0]], " " * (re.search(r"[(\[]|$", line).start() + 1)
    for part in parts[1:]:
        if len(rows[-1]) + 1 + len(part) > WIDTH:
            rows.append(indent + part)
        else:
            rows[-1] += " " + part
    return "\n".join(rows)


def stub(path):
    """The text of the stub of the module at PATH."""
    body = ast.parse(path.read_text()).body
    code = ast.unparse(ast.fix_missing_locations(ast.Module(list(declarations(body)), [])))
    used = set(re.findall(r"\w+", code)) | {"__version__"}
    code = re.sub(r":\n +\.\.\.(?=\n|$)", ": ...", code).replace("=...", " = ...")
    lines = [*imports(body, used), "", *code.split("\n")]
    return HEAD.format(path.name) + "\n".join(map(wrapped, lines)) + "\n"


def stubs():
    """{path: text} of all of them."""
    return {path.with_suffix(".pyi"): stub(path) for path in sorted((HERE / "nst").glob("*.py"))
            if re.search("(?m)^ *@" + re.escape(DECORATOR), path.read_text())}


if __name__ == "__main__":
    for path, text in stubs().items():
        path.write_text(text)
