#!/usr/bin/env python3
"""Counts what the tests are made of: the table of docs/testing.md.

usage: count.py [--write]

Lines are those that are neither empty nor only a comment. --write puts the table into docs/testing.md.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "testing.md"
CHECK, UNITTEST = r"\b(?:START_TEST|START_LOOP_TEST)\(", r"^    def test_\w+\("
PARTS = [  # what, files, what is a test, what is a check
    ("unit tests of the library's inside, with Check", ["tests/unit/*.[ch]"], CHECK, r"\bck_assert\w*\(|\bck_abort"),
    ("the ABI in C, with Check", ["tests/abi/*.c"], CHECK, r"\bck_assert\w*\(|\bck_abort"),
    ("the ABI from outside, with unittest", ["tests/abi/*.py"], UNITTEST, r"\bself\.(?:assert\w+|fail)\("),
    ("program, Python package, models, documents", ["tests/python/*.py"], UNITTEST, r"\bself\.(?:assert\w+|fail)\("),
    ("installing, packages, examples, manual", ["tests/install/**/*.py", "tests/install/**/*.c*"], UNITTEST,
     r"\bself\.(?:assert\w+|fail)\("),
    ("fuzzers, with libFuzzer", ["tests/fuzz/*.c"], r"^int LLVMFuzzerTestOneInput\(.*\)$", r"\bmust\("),
]
CODE = [("library", ["lib/*/*.[ch]", "include/nst/nst.h"]), ("program `nst`", ["tools/*.[ch]"]),
        ("bindings", ["bindings/python/nst/*.py", "bindings/cpp/nst/*.hpp"])]


def files(patterns):
    return sorted({path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()})


def lines(path):
    text = path.read_text()
    if path.suffix == ".py":
        text = re.sub(r'^\s*""".*?"""\s*$', "", text, flags=re.M | re.S)
        return sum(1 for line in text.splitlines() if line.strip() and not line.strip().startswith("#"))
    text = re.sub(r"/\*.*?\*/", lambda comment: "\n" * comment.group().count("\n"), text, flags=re.S)
    return sum(1 for line in text.splitlines() if line.strip() and not line.strip().startswith("//"))


def count(patterns, pattern):
    return sum(len(re.findall(pattern, path.read_text(), re.M)) for path in files(patterns))


def number(n):
    return f"{n:,}".replace(",", " ")


def table():
    rows = ["| tests | files | lines | tests | checks |", "|---|---|---|---|---|"]
    sums = [0, 0, 0, 0]
    for what, patterns, test, check in PARTS:
        row = [len(files(patterns)), sum(map(lines, files(patterns))), count(patterns, test), count(patterns, check)]
        sums = [a + b for a, b in zip(sums, row)]
        rows.append(f"| {what} | " + " | ".join(map(number, row)) + " |")
    rows.append("| **together** | " + " | ".join(map(number, sums)) + " |")
    code = [(what, sum(map(lines, files(patterns)))) for what, patterns in CODE]
    total = sum(n for _, n in code)
    beside = "They stand beside " + ", ".join(f"{number(n)} lines of {what}" for what, n in code)
    rows += ["", f"{beside}:", f"{sums[1] / total:.2f} lines of test for each line of code."]
    return "\n".join(rows)


def main():
    print(table())
    if sys.argv[1:] == ["--write"]:
        text = PAGE.read_text()
        before, rest = text.split("<!-- count.py -->\n")
        PAGE.write_text(f"{before}<!-- count.py -->\n{table()}\n\n<!-- end -->{rest.split('<!-- end -->')[1]}")
    elif sys.argv[1:]:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
