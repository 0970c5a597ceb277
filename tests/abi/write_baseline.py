"""Writes tests/abi/libnst.abi, what abidiff compares every later build with.

Run it with a release, and when functions were added: python3 tests/abi/write_baseline.py. It is made from a library
with the interface of nst.h and nothing behind it, so it holds what is public and no more.
"""
import pathlib
import re
import subprocess
import tempfile

import header

BASELINE = header.ROOT / "tests" / "abi" / "libnst.abi"


def _declarations(text):
    text = header.without_comments(text)
    for result, name, inside in re.findall(r"^NST_API\s+([\w\s]+?[\s*]+)(nst_\w+)\(([^;]*?)\);", text, re.M | re.S):
        yield name, result.strip(), inside


def hollow(folder, text, map_text):
    """The shared library of a header TEXT and a map, in FOLDER."""
    folder = pathlib.Path(folder)
    (folder / "nst").mkdir()
    (folder / "nst" / "nst.h").write_text(text)
    (folder / "nst.map").write_text(map_text)
    code = ["#include <nst/nst.h>"]
    for name, result, inside in _declarations(text):
        code.append(f"{result} {name}({inside})\n{{ {'' if result == 'void' else f'return ({result})0;'} }}")
    (folder / "hollow.c").write_text("\n".join(code) + "\n")
    subprocess.run(["gcc", "-g", "-O0", "-w", "-shared", "-fPIC", "-fvisibility=hidden", "-I.",
                    "-Wl,--version-script=nst.map,-soname,libnst.so.1", "hollow.c", "-o", "libnst.so"],
                   check=True, cwd=folder)
    return folder / "libnst.so"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        library = hollow(scratch, header.PATH.read_text(), (header.ROOT / "lib" / "nst.map").read_text())
        subprocess.run(["abidw", "--no-show-locs", "--no-corpus-path", "--no-comp-dir-path", "--no-elf-needed",
                        "--out-file", BASELINE, library], check=True)
