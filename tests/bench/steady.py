#!/usr/bin/env python3
"""The same look at every size: what painting the last sizes again changes, and what it costs.

usage: steady.py [--model lite] [--size 512] CONTENT:STYLE ...

For each pair and each schedule: the style loss of the result shrunk to half its size, beside that of a picture painted
there with the default sizes; style and content loss at the size of the result, before their weights; seconds of the run.
Needs NumPy, the package nst (PYTHONPATH=bindings/python) and the library (NST_LIBRARY=build/libnst.so).
"""
import argparse
import time

import nst

WAYS = ({}, {"sizes": "64:60,128:20,256:10,512:14"}, {"effort": "fine"}, {"sizes": "64:100,128:80,256:60,512:30"})


class Pair:
    def __init__(self, model, content, style):
        self.model, self.content, self.style = model, nst.Image(content), nst.Image(style)

    def transfer(self, **options):
        return nst.Transfer(self.model, **options).set_content(self.content).add_style(self.style)

    def losses(self, picture):
        judge = self.transfer(size=max(picture.width, picture.height))
        judge.evaluate(picture)
        return [sum(term.value * (term.weight if of == "style/" else 1) for name, term in judge.terms.items() if name.startswith(of))
                for of in ("style/", "content/")]


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("--model", default="lite")
    p.add_argument("--size", type=int, default=512)
    p.add_argument("pairs", nargs="+")
    o = p.parse_args()
    model = nst.Model(o.model)
    print("| content | schedule | shrunk | style loss | content loss | seconds |\n|---|---|---|---|---|---|")
    for names in o.pairs:
        pair = Pair(model, *names.split(":"))
        small = pair.transfer(size=o.size // 2).run()
        painted = pair.losses(small)[0]
        for way in WAYS:
            start = time.monotonic()
            picture = pair.transfer(size=o.size, **way).run()
            seconds = time.monotonic() - start
            shrunk = pair.losses(picture.resize(small.width, small.height))[0] / painted
            style, content = pair.losses(picture)
            print(f"| {names.split(':')[0]} | {' '.join(way.values()) or 'default'} | {shrunk:.2f} | {style:.2g} | {content:.2f} "
                  f"| {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
