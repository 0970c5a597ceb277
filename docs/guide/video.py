#!/usr/bin/env python3
"""The picture and the table of "Several pictures, video" in docs/guide.md, out of the drawings of docs/pictures.

usage: video.py --nst build/nst --draw build/draw --work FOLDER [--to docs/guide]

Six frames of 256x192 pixels, twice: a camera that stands still before the town, with the noise of a sensor and a ball
that flies by; and one that pans by 3 pixels a frame. They are painted each by itself, from the frame before by --init,
and from the frame before by --resume. What is printed is the mean difference between a painted frame and the one
before, of 255: below the ball where the camera stands, and after the shift where it pans. Needs Python's PIL.
"""
import argparse
import pathlib
import random
import subprocess

from PIL import Image, ImageChops, ImageDraw, ImageStat

from make import sheet

FRAMES, WIDTH, HEIGHT, SHIFT, BELOW = 6, 256, 192, 3, 90
WAYS = {"each by itself": None, "--init, the frame before": "--init", "--resume, the frame before": "--resume"}


def frames(work, scene):
    noise = random.Random(0)
    wide = scene.resize((WIDTH + SHIFT * FRAMES, HEIGHT), Image.LANCZOS)
    for i in range(FRAMES):
        still = scene.resize((WIDTH, HEIGHT), Image.LANCZOS)
        left = 30 + 14 * i
        ImageDraw.Draw(still).ellipse((left, 30, left + 32, 62), (225, 60, 40))
        grain = Image.frombytes("RGB", still.size, bytes(max(0, min(255, round(noise.gauss(128, 2))))
                                                         for _ in range(WIDTH * HEIGHT * 3)))
        ImageChops.add(still, grain, offset=-128).save(work / f"still-{i}.png")
        wide.crop((SHIFT * i, 0, SHIFT * i + WIDTH, HEIGHT)).save(work / f"pan-{i}.png")


def paint(o, work, camera, way):
    """The painted frames; made if they are not there yet."""
    painted = []
    for i in range(FRAMES):
        out = work / f"{camera}{way or ''}-{i}-painted.png"
        if not out.exists():
            start = [way, painted[-1]] if way and painted else []
            subprocess.run([o.nst, "stylize", work / f"{camera}-{i}.png", work / "style.png", "-o", out, "-q", "--size",
                            str(WIDTH), *start], check=True)
        painted.append(out)
    return painted


def change(camera, paths):
    """Mean over the pairs of successive frames."""
    sums = []
    for first, second in zip(paths, paths[1:]):
        a, b = (Image.open(path).convert("RGB") for path in (first, second))
        shift, top = (SHIFT, 0) if camera == "pan" else (0, BELOW)
        off = ImageChops.difference(a.crop((shift, top, WIDTH, HEIGHT)), b.crop((0, top, WIDTH - shift, HEIGHT)))
        sums.append(sum(ImageStat.Stat(off).mean) / 3)
    return sum(sums) / len(sums)


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    for name in ("nst", "draw", "work"):
        p.add_argument("--" + name, required=True)
    p.add_argument("--to", default=str(pathlib.Path(__file__).parent))
    o = p.parse_args()
    work = pathlib.Path(o.work)
    work.mkdir(parents=True, exist_ok=True)
    for name in ("content", "style"):
        subprocess.run([o.draw, name, work / f"{name}.png"], check=True)
    frames(work, Image.open(work / "content.png").convert("RGB"))
    panels = [("frame 1", Image.open(work / "still-0.png")), ("frame 6", Image.open(work / "still-5.png"))]
    print("| frames that are painted | camera stands still | camera pans |\n|---|---|---|")
    inputs = [[work / f"{camera}-{i}.png" for i in range(FRAMES)] for camera in ("still", "pan")]
    print("| (the frames themselves) | " + " | ".join(f"{change(c, x):.1f}" for c, x in zip(("still", "pan"), inputs)) + " |")
    for name, way in WAYS.items():
        painted = {camera: paint(o, work, camera, way) for camera in ("still", "pan")}
        print(f"| {name} | " + " | ".join(f"{change(camera, paths):.1f}" for camera, paths in painted.items()) + " |")
        panels.append((name.partition(",")[0], Image.open(painted["still"][-1])))
    sheet(panels, pathlib.Path(o.to) / "video.jpg")


if __name__ == "__main__":
    main()
