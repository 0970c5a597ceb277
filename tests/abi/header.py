"""Reads include/nst/nst.h: its functions with their types, its enumerations, macros and types."""
import collections
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATH = ROOT / "include" / "nst" / "nst.h"

Function = collections.namedtuple("Function", "name result parameters")  # parameters: [type, ...]


def without_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def _type_of(declaration):
    """'const char *name' -> 'const char *': the spelling of a parameter without its name, in one form."""
    declaration = re.sub(r"\b\w+$", "", declaration.strip()) if not declaration.strip().endswith("*") else declaration
    return re.sub(r"\s*\*", " *", " ".join(declaration.split())).replace("* *", "**").strip()


def functions(text=None):
    text = without_comments(text or PATH.read_text())
    found = collections.OrderedDict()
    for result, name, inside in re.findall(r"^NST_API\s+([\w\s]+?[\s*]+)(nst_\w+)\(([^;]*?)\);", text, re.M | re.S):
        parameters = [] if inside.strip() == "void" else [_type_of(p) for p in inside.split(",")]
        if name in found:
            raise ValueError(f"{name} is declared twice")
        found[name] = Function(name, re.sub(r"\s*\*", " *", " ".join(result.split())), parameters)
    return found


def enums(text=None):
    """{enum: {enumerator: value}}; an enumerator without a value of its own has None."""
    text = without_comments(text or PATH.read_text())
    found = collections.OrderedDict()
    for name, inside, alias in re.findall(r"typedef enum (\w+)\s*\{(.*?)\}\s*(\w+);", text, re.S):
        if name != alias:
            raise ValueError(f"enum {name} is called {alias}")
        values = collections.OrderedDict()
        for item in filter(None, (item.strip() for item in inside.split(","))):
            key, _, value = (part.strip() for part in item.partition("="))
            values[key] = int(value, 0) if value else None
        found[name] = values
    return found


def macros(text=None):
    text = without_comments(text or PATH.read_text())
    names = re.findall(r"^#define\s+(NST_\w+)", text, re.M)
    return sorted(set(names) - {"NST_NST_H", "NST_API"})


def types(text=None):
    text = without_comments(text or PATH.read_text())
    handles = re.findall(r"^typedef struct (nst_\w+) nst_\w+;", text, re.M)
    structs = re.findall(r"^\} (nst_\w+);", text, re.M)
    callbacks = re.findall(r"^typedef \w+ \(\*(nst_\w+)\)", text, re.M)
    return sorted(set(handles + structs + callbacks))


def inline_functions(text=None):
    return re.findall(r"^static inline \w+ (nst_\w+)\(", without_comments(text or PATH.read_text()), re.M)


def public_names(text=None):
    """{name: kind and, for an enumerator, its value} of all that an application can write."""
    names = {name: "function" for name in functions(text)}
    names.update({name: "inline" for name in inline_functions(text)})
    names.update({name: "macro" for name in macros(text)})
    names.update({name: "type" for name in types(text)})
    for enum, values in enums(text).items():
        names[enum] = "type"
        names.update({key: f"{enum}={value}" for key, value in values.items()})
    return names
