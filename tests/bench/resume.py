#!/usr/bin/env python3
"""What nst_transfer_resume() and a first picture cost, in warm evaluations: in a process that has model, engine and style.

usage: resume.py [--model NAME] [--size N] [--runs N] [CONTENT STYLE]

Needs the package nst (PYTHONPATH=bindings/python, NST_LIBRARY=libnst.so). Without pictures it takes build/content.png and
build/style.png. Every run prints the median of its own evaluations first, so a machine that slows down does not count.
"""
import argparse
import statistics
import time

import nst

EVALUATIONS = 3


def timed(call):
    """The seconds of CALL(progress), those of preparing in it, and those between its evaluations."""
    marks = []
    start = time.perf_counter()
    result = call(lambda at: marks.append((time.perf_counter(), at.seconds_preparing)) and None)
    seconds = time.perf_counter() - start
    return result, seconds, marks[-1][1], [b[0] - a[0] for a, b in zip(marks, marks[1:])]


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("pictures", nargs="*", default=["build/content.png", "build/style.png"])
    p.add_argument("--model")
    p.add_argument("--size", type=int, default=512)
    p.add_argument("--runs", type=int, default=7)
    o = p.parse_args()
    model, engine = nst.Model(o.model), nst.Engine()
    content, style = nst.Image(o.pictures[0]), nst.Style(o.pictures[1])
    found = {}
    for run in range(o.runs + 1):
        def make(**options):
            return nst.Transfer(model, size=o.size, **options).set_engine(engine).set_content(content).add_style(style)

        transfer = make(effort="instant")
        shown, first, *_ = timed(lambda progress: transfer.run(progress=progress))
        times = [timed(lambda progress, n=n: transfer.set(content_weight=0.002 * n).resume(shown, n, progress=progress))
                 for n in (8, EVALUATIONS, 1)]
        evaluation = statistics.median(times[0][3])
        if run:  # the first warms up
            for name, seconds in (("evaluation", evaluation), ("first picture, effort instant", first),
                                  ("resume of 3 evaluations", times[1][1]), ("of it preparing", times[1][2]),
                                  ("resume of 1 evaluation", times[2][1])):
                found.setdefault(name, []).append((seconds, seconds / evaluation))
    for name, rows in found.items():
        seconds, ratio = (statistics.median(column) for column in zip(*rows))
        print(f"{name:30} {seconds:7.3f} s {ratio:6.2f} evaluations")


if __name__ == "__main__":
    main()
