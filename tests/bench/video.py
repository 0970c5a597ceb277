#!/usr/bin/env python3
"""Frames a second and flicker of a film: each frame by itself, and by docs/examples/video.py.

usage: video.py [--model NAME] [--sizes 256,512] [--frames N] [SCENE STYLE]

A camera stands still before SCENE, with the noise of a sensor, and a ball flies by. Flicker is the mean change from one painted
frame to the next, of 255, where nothing moves; its lower bound is that of the frames. Model, engine and style are kept, and the
first frame does not count. Needs the package nst (PYTHONPATH=bindings/python, NST_LIBRARY=libnst.so), NumPy and PIL. Without
pictures it takes build/content.png and build/style.png.
"""
import argparse
import pathlib
import statistics
import sys
import time

import numpy
import nst
from PIL import Image, ImageDraw

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "docs" / "examples"))
import video


def film(scene, width, count):
    """Frames [height, width, 3] in 0..1, and the first row below the ball."""
    height = width * scene.height // scene.width
    still = scene.resize((width, height), Image.LANCZOS)
    noise = numpy.random.default_rng(0)
    frames = []
    for i in range(count):
        picture = still.copy()
        left, top, side = width * (30 + 14 * i) / 256, width * 30 / 256, width / 8
        ImageDraw.Draw(picture).ellipse((left, top, left + side, top + side), (225, 60, 40))
        grain = noise.normal(0, 2 / 255, (height, width, 3))
        frames.append(numpy.clip(numpy.asarray(picture) / 255 + grain, 0, 1).astype(numpy.float32))
    return frames, width * 90 // 256


def alone(transfer, frames):
    for frame in frames:
        yield numpy.asarray(transfer.set_content(frame).run())


def flicker(frames, below):
    return 255 * statistics.mean(float(numpy.abs(a[below:] - b[below:]).mean()) for a, b in zip(frames, frames[1:]))


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("pictures", nargs="*", default=["build/content.png", "build/style.png"])
    p.add_argument("--model")
    p.add_argument("--sizes", default="256,512")
    p.add_argument("--frames", type=int, default=7)
    o = p.parse_args()
    model, engine, style = nst.Model(o.model), nst.Engine(), nst.Style(o.pictures[1])
    print(f"{'size':>9} {'effort':8} {'frames':16} {'a second':>8} {'flicker':>8}")
    for width in map(int, o.sizes.split(",")):
        frames, below = film(Image.open(o.pictures[0]).convert("RGB"), width, o.frames)
        size = f"{width}x{frames[0].shape[0]}"
        print(f"{size:>9} {'':8} {'as they are':16} {'':8} {flicker(frames, below):8.1f}")
        for effort in ("instant", "draft", "normal"):
            for name, way in (("each by itself", alone), ("what has moved", video.paint)):
                transfer = nst.Transfer(model, size=0, effort=effort).set_engine(engine).add_style(style)
                painted, marks = [], []
                for picture in way(transfer, frames):
                    painted.append(picture)
                    marks.append(time.perf_counter())
                seconds = statistics.median(b - a for a, b in zip(marks, marks[1:]))
                print(f"{size:>9} {effort:8} {name:16} {1 / seconds:8.1f} {flicker(painted, below):8.1f}", flush=True)


if __name__ == "__main__":
    main()
