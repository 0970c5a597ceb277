"""Doxygen's filter for nst.h: its plain comments become Doxygen's, line by line, so that numbers of lines stay.

A comment in front of a declaration describes it and those up to the next empty line; one behind an enumerator or a
declaration describes that; a banner (---- Title ----) opens a group.
"""
import re
import sys

BANNER = re.compile(r"^/\* -{2,} (.*?) -+ \*/$")


def plain(text):
    """Words in capitals are names of parameters in this header; nothing else in it means anything to Doxygen."""
    return re.sub(r"([\\@<>#&|%])", r"\\\1", text)


def filtered(lines):
    opened = False
    inside = False
    for number, line in enumerate(lines):
        banner = BANNER.match(line)
        if number == 0:
            yield "/** @file nst.h"
            inside = True
        elif banner:
            name = re.sub(r"\W+", "_", banner.group(1)).lower()
            yield ("/** @} */ " if opened else "") + f"/** @defgroup nst_{name} {banner.group(1)} */ /** @{{ */"
            opened = True
        elif inside:
            end = "*/" in line
            yield plain(line[:-2]) + "*/" if end else plain(line)
            inside = not end
        elif re.match(r"\s*/\*", line):
            inside = "*/" not in line
            body = line.replace("/*", "", 1)
            yield "/** " + (plain(body.replace("*/", "")) + "*/" if not inside else plain(body))
        elif "/*" in line:
            code, _, body = line.partition("/*")
            inside = "*/" not in body
            yield code + "/**< " + (plain(body.replace("*/", "")) + "*/" if not inside else plain(body))
        else:
            yield line
    if opened:
        yield "/** @} */"


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as header:
        print("\n".join(filtered(header.read().splitlines())))
