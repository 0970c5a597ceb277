"""Writes parameters.js and parameters.d.ts: the options of the package, from the library's table of parameters.

NST_LIBRARY=build/libnst.so python3 bindings/wasm/parameters.py

The parameters of image files are left out: a browser writes its pictures by itself. tests/python/test_wasm_parameters.py
checks that the files in the tree are what this writes.
"""
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "python"))
import nst  # noqa: E402
from nst import Status, Stop  # noqa: E402
from nst._enums import Object, ParamType  # noqa: E402

HEAD = "// Written by parameters.py from the library's table of parameters.\n"
TEXTS = {"sizes": "Sizes", "content_layers": "Layers", "style_layers": "Layers"}
ROWS = [row for row in nst.PARAMETERS if row.object != Object.IMAGE]


def key(name):
    """style_weight is styleWeight."""
    return re.sub("_(.)", lambda match: match[1].upper(), name)


def value_of(row):
    """The default as a value of JavaScript; None where the preset decides."""
    if row.default and row.type in (ParamType.INT, ParamType.FLOAT, ParamType.BYTES):
        number = float(row.default)
        return int(number) if number == int(number) else number
    return row.default or (None if row.type != ParamType.TEXT or row.name in TEXTS else "")


def limit(row, number):
    if row.type not in (ParamType.INT, ParamType.FLOAT, ParamType.BYTES):
        return None
    return int(number) if number == int(number) and abs(number) < 2**53 else number


def entry(row):
    return {"name": row.name.replace("_", "-"), "key": key(row.name), "number": row.number,
            "object": row.object.name.lower(), "kind": row.type.name.lower(), "default": value_of(row),
            "min": limit(row, row.minimum), "max": limit(row, row.maximum), "choices": list(row.choices),
            "unit": row.unit, "group": row.group, "description": row.help}


def names_of(kind):
    """ERR_OUT_OF_MEMORY is out-of-memory."""
    return {member.value: re.sub("^ERR_", "", member.name).lower().replace("_", "-") for member in kind}


def presets():
    return dict(nst.presets())


def script():
    lines = [HEAD, "export const parameters = Object.freeze([\n"]
    lines += [f"    {json.dumps(entry(row))},\n" for row in ROWS]
    lines += ["].map(Object.freeze));\n", f"export const presets = Object.freeze({json.dumps(presets(), indent=4)});\n",
              f"export const statuses = {json.dumps(names_of(Status))};\n",
              f"export const stops = {json.dumps(names_of(Stop))};\n"]
    return "".join(lines)


def type_of(row):
    if row.type == ParamType.CHOICE:
        numbers = [name for name in row.choices if name.isdigit()]
        return " | ".join([json.dumps(name) for name in row.choices] + numbers)
    return {ParamType.INT: "number", ParamType.FLOAT: "number", ParamType.BYTES: "number | string",
            ParamType.TEXT: TEXTS.get(row.name, "string")}[row.type]


def types():
    lines = [HEAD, """
/** Layers as the library writes them, "relu3_2=0.5,relu4_2", or a list, or weights by name. */
export type Layers = string | readonly string[] | { readonly [layer: string]: number };
/** "auto", "none", "64:100,128", or a list of sizes, each with its evaluations or without. */
export type Sizes = string | readonly (number | readonly [number, number])[];

/** Every option; undefined leaves an option at its default. */
export interface Parameters {
    /** All parameters that define an approach; set before the others. */
"""]
    lines.append(f"    preset?: {' | '.join(json.dumps(name) for name in presets())};\n")
    for row in ROWS:
        default = f" Default: {row.default}." if row.default else ""
        unit = f" In {row.unit}." if row.unit and row.type != ParamType.CHOICE else ""
        lines += [f"    /** {row.help[0].upper()}{row.help[1:]}.{unit}{default} */\n",
                  f"    {key(row.name)}?: {type_of(row)};\n"]
    lines.append("}\n")
    return "".join(lines)


def files():
    """{path: text} of both."""
    return {HERE / "parameters.js": script(), HERE / "parameters.d.ts": types()}


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text)
