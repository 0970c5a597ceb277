"""Doxygen's filter for nst.h: its plain comments become Doxygen's, line by line, so that numbers of lines stay.

A comment in front of a declaration describes it and those that follow up to the next empty line; one behind an
enumerator or a declaration describes that; a banner (---- Title ----) opens a group. A typedef of an enum is shown
once, not as enum and as typedef.
"""
import re
import sys

BANNER = re.compile(r"^/\* -{2,} (.*?) -+ \*/$")
FUNCTION = re.compile(r"^NST_API .*?\b(nst_\w+)\(")
CALLBACK = re.compile(r"^typedef \w+ \(\*(nst_\w+)\)")
HANDLE = re.compile(r"^typedef struct (nst_\w+) \1;$")


def plain(text):
    """Words in capitals are names of parameters in this header; nothing else in it means anything to Doxygen."""
    return re.sub(r"([\\@<>#&|%*])", r"\\\1", text)


def comment(opening, body, inside):
    """The rest of a line that a comment began on; INSIDE: it goes on."""
    return opening + (plain(body) if inside else plain(body.replace("*/", "")) + "*/")


def further(line, inside, listing):
    """A later line of a comment. In columns, `   NAME   text`, each row is a line of its own; LISTING: the last was."""
    star, body = re.match(r"^(\s*\*?)(.*)$", line if inside else line.replace("*/", "")).groups()
    row = re.match(r"^ {3}(\S+(?: \S+)*?) {2,}(\S.*)$", body)
    if row and star == " *":
        return f"{star} @n <b>{plain(row.group(1))}</b>: {plain(row.group(2))}" + ("" if inside else " */"), True
    ends = listing and not body.startswith("    ")
    return star + (" @n" if ends else "") + plain(body) + ("" if inside else "*/"), listing and not ends


def head(line, rules):
    """Of the comment at the top of the file: programs as they are; behind RULES, `  Word   text` as items of a list."""
    if not rules:
        return line if line.startswith(" *     ") else " *" + plain(line[2:])
    item = re.match(r"^ \*   ([A-Z]\w+) {2,}(.*)$", line)
    return f" * - **{item.group(1)}**: {plain(item.group(2))}" if item else " *   " + plain(line[2:].strip())


def top(lines):
    """The first comment."""
    yield "/** @file nst.h"
    rules = False
    for line in lines[1:]:
        if line == " */":
            yield line
            return
        if line == " * Rules that hold everywhere":
            rules = True
            yield " * ### Rules that hold everywhere"
        else:
            yield head(line, rules)


def filtered(lines):
    opened = inside = described = listing = False
    first = None  # what the comment in front describes
    done = list(top(lines))
    yield from done
    for line in lines[len(done):]:
        banner, function, callback, handle = (p.match(line) for p in (BANNER, FUNCTION, CALLBACK, HANDLE))
        if banner:
            name = re.sub(r"\W+", "_", banner.group(1)).lower()
            yield ("/** @} */ " if opened else "") + f"/** @defgroup api_{name} {banner.group(1)} */ /** @{{ */"
            opened = True
        elif inside:
            inside = "*/" not in line
            text, listing = further(line, inside, listing)
            yield text
        elif re.match(r"\s*/\*", line):
            inside, described, listing, first = "*/" not in line, True, False, None
            yield comment("/** ", line.replace("/*", "", 1), inside)
        elif "/*" in line:
            code, _, body = line.partition("/*")
            inside = "*/" not in body
            yield comment(code + "/**< ", body, inside)
        elif (function or callback) and described and first:
            yield f"/** @copydoc {first} */ {line}"
        elif handle:
            yield f"/** An opaque handle: see the functions of this page. */ {line}"
        elif "_FORCE_32BIT" in line:
            yield line + " /**< Keeps the type at 32 bits; not a value. */"
        elif line.startswith("typedef enum"):
            yield line.replace("typedef ", "")
        else:
            yield re.sub(r"^} nst_(?!allocator)\w+;$", "};", line)
        named = function or callback or re.match(r"^(?:typedef enum|#define) (\w+)", line)
        if named and described and not first:
            first = named.group(1)
        if not line:
            described, first = False, None
    if opened:
        yield "/** @} */"


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as header:
        print("\n".join(filtered(header.read().splitlines())))
