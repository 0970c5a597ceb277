"""Adds what is new in nst.h to docs/symbols-in-versions, as introduced in the version that the header states.

Run after adding to the header: python3 tests/abi/write_symbols.py. Lines that are there already stay as they are;
a name that left the header gets the version in its third column (docs/abi.md says when that may happen).
"""
import re
import header

LIST = header.ROOT / "docs" / "symbols-in-versions"


def version():
    text = header.PATH.read_text()
    return ".".join(re.search(rf"NST_VERSION_{part}\s+(\d+)", text).group(1) for part in ("MAJOR", "MINOR"))


def read():
    """{name: [introduced, retired or '-', kind]} and the comment on top."""
    rows, comment = {}, []
    for line in LIST.read_text().splitlines() if LIST.exists() else []:
        if line.startswith("#") or not line.strip():
            comment.append(line)
        else:
            name, introduced, retired, kind = line.split()
            rows[name] = [introduced, retired, kind]
    return rows, comment


def main():
    rows, comment = read()
    names = header.public_names()
    for name, kind in names.items():
        rows.setdefault(name, [version(), "-", kind])
    for name, row in rows.items():
        if name not in names and row[1] == "-":
            row[1] = version()
    width = max(map(len, rows)) + 2
    lines = [f"{name:{width}}{row[0]:12}{row[1]:10}{row[2]}" for name, row in sorted(rows.items())]
    LIST.write_text("\n".join(comment + lines) + "\n")


if __name__ == "__main__":
    main()
