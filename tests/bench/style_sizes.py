"""The style at several sizes in one objective (Snelgrove 2017): what it does to a picture, and what it costs.

usage: python3 tests/bench/style_sizes.py [--model lite] [--size 512] CONTENT:STYLE ...

The style loss of the picture halved, and halved twice, is a term of the host: a second transfer evaluates it, and the
adjoint of the reduction takes its gradient back. Columns: steady, the style loss of the result shrunk to 256 pixels beside
that of a result that is painted there (test_steady.py); style and content loss at the size of the result; the work, in
evaluations at the last size. Needs NumPy, and the library in NST_LIBRARY.
"""
import argparse
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bindings" / "python"))
import nst  # noqa: E402

SMALL, LEAST, HALVINGS = 256, 96, 2
matrices = {}


def lanczos(n):
    """[n / 2, n]: the reduction by two of lib/image/resample.c, but for the border."""
    if n not in matrices:
        at = (np.arange(n // 2)[:, None] + 0.5) * n / (n // 2) - 0.5
        t = (np.arange(n)[None, :] - at) * (n // 2) / n
        weights = np.where(abs(t) < 3, np.sinc(t) * np.sinc(t / 3), 0)
        matrices[n] = (weights / weights.sum(1, keepdims=True)).astype(np.float32)
    return matrices[n]


def halve(x):
    rows = np.tensordot(lanczos(x.shape[0]), x, 1)
    return np.ascontiguousarray((rows.transpose(0, 2, 1) @ lanczos(x.shape[1]).T).transpose(0, 2, 1))


def back(gradient, shape):
    """The adjoint of halve()."""
    rows = np.tensordot(lanczos(shape[0]).T, gradient, 1)
    return np.ascontiguousarray((rows.transpose(0, 2, 1) @ lanczos(shape[1])).transpose(0, 2, 1))


class Pair:
    def __init__(self, model, content, style):
        self.model, self.content, self.style, self.work = model, nst.Image(content), nst.Image(style), 0.0
        self.base = self.style_loss(SMALL, self.transfer(size=SMALL).run())[0]

    def transfer(self, **options):
        return nst.Transfer(self.model, **options).set_content(self.content).add_style(self.style)

    def style_loss(self, size, picture):
        judge = self.transfer(size=size)
        judge.evaluate(picture)
        return (sum(t.value * t.weight for name, t in judge.terms.items() if name.startswith("style/")),
                sum(t.value for name, t in judge.terms.items() if name.startswith("content/")))

    def paint(self, size, weight=0.0, steps=0):
        transfer = self.transfer(size=size)
        if steps:
            transfer.set(steps=steps)
        smaller = [self.transfer(size=size, content_weight=0) for _ in range(HALVINGS)] if weight else []
        self.work = 0.0

        def term(x):
            pictures, value, gradient = [np.asarray(x)], 0.0, np.zeros(x.shape, np.float32)
            self.work += x.size
            for transfer_of_size in smaller:
                if min(pictures[-1].shape[:2]) < LEAST:
                    break
                pictures.append(halve(pictures[-1]))
                self.work += pictures[-1].size
                found, slope = transfer_of_size.evaluate(pictures[-1])
                value += found
                for picture in reversed(pictures[:-1]):
                    slope = back(slope, picture.shape)
                gradient += slope
            return value, gradient

        transfer.add_term("smaller", term, weight)
        return transfer.run()

    def row(self, way, size, **options):
        picture = self.paint(size, **options)
        work = self.work / (picture.width * picture.height * 3)
        small = picture.resize(*(max(1, round(side * SMALL / max(picture.width, picture.height)))
                                 for side in (picture.width, picture.height)))
        steady = self.style_loss(SMALL, small)[0] / self.base
        style, content = self.style_loss(size, picture)
        print(f"| {way} | {steady:.2f} | {style:.2g} | {content:.2f} | {work:.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="lite")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("pairs", nargs="+")
    o = parser.parse_args()
    model = nst.Model(o.model)
    for pair in o.pairs:
        of = Pair(model, *pair.split(":"))
        print(f"\n| {pathlib.Path(pair.split(':')[0]).stem} | steady | style | content | work |\n|---|---|---|---|---|")
        of.row("effort normal", o.size)
        of.row("and the halves, weight 1", o.size, weight=1)
        of.row("and the halves, weight 0.3", o.size, weight=0.3)
        for steps in (20, 30):
            of.row(f"effort normal, {steps} evaluations at the last size", o.size, steps=steps)


if __name__ == "__main__":
    main()
