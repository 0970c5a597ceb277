#!/usr/bin/env python3
"""Whether two builds of the program compute the same: every preset on four pairs of pictures, byte by byte.

usage: same_bits.py --draw build/draw BEFORE/nst AFTER/nst [--size 96] [--model lite] [--steps 12] [-- OPTIONS]

The pictures are drawn by docs/pictures. For each preset and pair both programs paint, BEFORE on one thread and AFTER on one and on two,
and the losses of every evaluation and the 16-bit pictures are compared. Presets that look deeper than --model take
random:0. Each program takes the libnst.so that lies beside it, if one does. Exit code 1 where anything differs: what
differs is named, with the first evaluation at which it does.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

PRESETS = ("content", "photo", "baseline", "gatys", "johnson")
DEEP = ("gatys", "johnson")
DRAWINGS = ("content", "style", "mosaic")
PAIRS = (("content", "style"), ("content", "mosaic"), ("style", "mosaic"), ("mosaic", "style"))


def paint(program, folder, preset, content, style, threads, o):
    """What was computed: the bytes of the picture, and the terms of each evaluation as they were written."""
    out, log = folder / "out.png", folder / "log.jsonl"
    model = "random:0" if preset in DEEP else o.model
    subprocess.run([program, "stylize", folder / f"{content}.png", folder / f"{style}.png", "-o", out, "-q", "--log", log,
                    "--preset", preset, "--model", model, "--size", str(o.size), "--steps", str(o.steps), "--png-depth",
                    "16", "--threads", str(threads), *o.options], check=True,
                   env=dict(os.environ, LD_LIBRARY_PATH=str(pathlib.Path(program).resolve().parent)))
    evaluations = [json.loads(line, parse_float=str) for line in log.read_text().splitlines()]
    return out.read_bytes(), [{key: value for key, value in e.items() if key != "seconds"} for e in evaluations]


def difference(before, after):
    """What differs, in words; "" if nothing does."""
    for number, (a, b) in enumerate(zip(before[1], after[1]), 1):
        if a != b:
            return f"evaluation {number}: total {a['total']} and {b['total']}"
    if len(before[1]) != len(after[1]):
        return f"{len(before[1])} and {len(after[1])} evaluations"
    return "" if before[0] == after[0] else "same losses, other pictures"


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("before")
    p.add_argument("after")
    p.add_argument("--draw", required=True)
    p.add_argument("--size", type=int, default=96)
    p.add_argument("--model", default="lite")
    p.add_argument("--steps", type=int, default=12)
    words = sys.argv[1:]
    end = words.index("--") if "--" in words else len(words)
    o = p.parse_args(words[:end])
    o.options = words[end + 1:]  # of nst stylize
    differ = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for drawing in DRAWINGS:
            subprocess.run([o.draw, drawing, folder / f"{drawing}.png"], check=True)
        for preset in PRESETS:
            for content, style in PAIRS:
                before = paint(o.before, folder, preset, content, style, 1, o)
                for threads in (1, 2):
                    after = paint(o.after, folder, preset, content, style, threads, o)
                    found = difference(before, after)
                    differ += bool(found)
                    print(f"{preset:9} {content:>8} after {style:8} {threads} thread{'s' * (threads > 1)}: {found or 'the same bits'}",
                          flush=True)
    sys.exit(f"{differ} results differ" if differ else 0)


if __name__ == "__main__":
    main()
