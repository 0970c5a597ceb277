#!/usr/bin/env python3
"""A painter: its speed beside PyTorch, and what to look for in its pictures.

usage: painter.py [--painter FILE] [--style PICTURE [--style-scale X] [--style-loss NAME] [--held FOLDER]] [--width N] [--frames N] [--threads N] [PHOTO ...]

With --held prints content and style loss, before their weights, of the model `lite` on the photos that nst train holds back
of FOLDER, as squares of 256 pixels, and of runs of stylize on a quarter of them. Without it prints, for each PHOTO at --width pixels (build/content.png at 512):
 - the distance from PyTorch's forward pass of the same network and noise, in relative L2, and both times, the shortest of
   passes in turn, with the C library's allocator tuned (needs torch; an untrained painter will do);
 - with --style: content and style loss by strength, before their weights, of the model `lite`;
 - checkerboards: the power of the result at periods of 2 and of 4 pixels, over that at the frequencies around, and the same
   of the photo;
 - blotches: the share of blocks of 16 x 16 pixels that are flat (deviation below 0.01) in the result, and in the photo;
 - flicker: the mean change from frame to frame, of 255, before a still camera with the noise of a sensor, and after the
   scene has moved by 1 pixel, or 4, with the movement taken out; of the frames, of the painter, and with --style of stylize.
Needs the package nst (PYTHONPATH=bindings/python, NST_LIBRARY=libnst.so), NumPy and PIL.
"""
import argparse
import os
import statistics
import sys
import time

import numpy
import nst
from PIL import Image

# PyTorch's allocator gives memory back and takes it again in each pass otherwise.
TUNED = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "8589934592"}
CELL, AMPLITUDE = 8, 0.05
# Layers of lib/model/johnson.c: kernel, stride, inputs, outputs; those before which maps are enlarged.
LAYERS = [(9, 1, 3, 16), (3, 2, 16, 32), (3, 2, 32, 64), *[(3, 1, 64, 64)] * 8, (3, 1, 64, 32), (3, 1, 32, 16), (9, 1, 16, 3)]
UP, RESIDUAL = (11, 12), range(3, 11)


def noise(height, width):
    """What lib/painter/painter_noise.c adds."""
    i, j, channel = (n.astype(numpy.uint32) for n in numpy.ogrid[:height // CELL + 2, :width // CELL + 2, :3])
    z = i * numpy.uint32(0x9e3779b1) ^ (j * numpy.uint32(0x85ebca77) + channel * numpy.uint32(0xc2b2ae3d))
    z = (z ^ z >> 16) * numpy.uint32(0x85ebca6b)
    z = (z ^ z >> 13) * numpy.uint32(0xc2b2ae35)
    lattice = ((z ^ z >> 16) >> 8) / 2 ** 23 - 1
    row, column = numpy.arange(height), numpy.arange(width)
    t, s = (row % CELL / CELL)[:, None, None], (column % CELL / CELL)[None, :, None]
    rows = (1 - t) * lattice[row // CELL] + t * lattice[row // CELL + 1]
    return AMPLITUDE * ((1 - s) * rows[:, column // CELL] + s * rows[:, column // CELL + 1])


class Torch:
    """The network with the weights of PAINTER, for pictures whose sides are multiples of 4."""

    def __init__(self, painter, threads):
        import torch
        torch.set_num_threads(threads)
        self.torch, weights, at = torch, numpy.asarray(painter.weights), 0

        def take(*shape):
            nonlocal at
            count = int(numpy.prod(shape))
            at += count
            return torch.tensor(weights[at - count:at].reshape(shape))

        self.layers = []
        for index, (kernel, _, inputs, outputs) in enumerate(LAYERS):
            last = index + 1 == len(LAYERS)
            self.layers.append((take(outputs, inputs, kernel, kernel), *([take(outputs)] if last else [take(outputs), take(outputs)])))

    def __call__(self, picture):
        F = self.torch.nn.functional
        with self.torch.no_grad():
            x = self.torch.tensor(picture.transpose(2, 0, 1)[None])
            for index, ((kernel, stride, *_), weights) in enumerate(zip(LAYERS, self.layers)):
                if index in UP:
                    x = F.interpolate(x, scale_factor=2)
                if index in RESIDUAL and index % 2:
                    source = x
                x = F.conv2d(F.pad(x, [kernel // 2] * 4, "reflect"), weights[0], stride=stride)
                if index + 1 == len(LAYERS):
                    return self.torch.sigmoid(x + weights[1][:, None, None])[0].numpy().transpose(1, 2, 0)
                x = F.instance_norm(x, weight=weights[1], bias=weights[2], eps=1e-5)
                x = x + source if index in RESIDUAL and index % 2 == 0 else F.relu(x)


def paint(painter, picture):
    return numpy.asarray(painter.paint(picture))


def compare_torch(painter, picture, threads, runs):
    torch = Torch(painter, threads)
    noisy = (picture + noise(*picture.shape[:2])).astype(numpy.float32)
    seconds = ([], [])
    for _ in range(runs):
        for times, work in zip(seconds, (lambda: paint(painter, picture), lambda: torch(noisy))):
            begun = time.perf_counter()
            result = work()
            times.append(time.perf_counter() - begun)
    painted = paint(painter, picture)
    distance = numpy.linalg.norm(painted - result) / numpy.linalg.norm(result)
    ours, theirs = min(seconds[0]), min(seconds[1])
    print(f"  distance from PyTorch's {distance:.1e}; {ours:.4f} s, PyTorch {theirs:.4f} s: {theirs / ours:.2f} times")


def losses(transfer):
    """Of each kind, before the weights of all."""
    found = {"content": 0.0, "style": 0.0}
    for name, term in transfer.terms.items():
        kind = name.split("/")[0]
        if kind in found:
            found[kind] += term.value * term.weight / transfer.get(kind + "_weight")
    return found


def by_strength(painter, transfer, picture):
    transfer.set_content(picture)
    for strength in (0.25, 0.5, 0.75, 1):
        painter.strength = strength
        transfer.evaluate(painter.paint(picture))
        found = losses(transfer)
        print(f"  strength {strength}: content {found['content']:.3g}, style {found['style']:.3g}")


def held_back(folder, most=16, share=5, side=256):
    """As tools/photos.c chooses them."""
    names = sorted(name for name in os.listdir(folder) if name.lower().endswith((".png", ".jpg", ".jpeg", ".ppm", ".webp")))
    count = min(most, len(names) // share)
    for i in range(count):
        photo = Image.open(os.path.join(folder, names[(2 * i + 1) * len(names) // (2 * count)])).convert("RGB")
        square = min(photo.size)
        left, top = (photo.width - square) // 2, (photo.height - square) // 2
        photo = photo.crop((left, top, left + square, top + square)).resize((side, side), Image.LANCZOS)
        yield numpy.asarray(photo, numpy.float32) / 255


def judge(painter, transfer, folder):
    found = {"painter": [], "stylize": []}
    for i, photo in enumerate(held_back(folder)):
        transfer.set_content(photo)
        transfer.evaluate(painter.paint(photo))
        found["painter"].append(losses(transfer))
        if i % 4 == 2:
            transfer.evaluate(transfer.run())
            found["stylize"].append(losses(transfer))
    for name, all_losses in found.items():
        content, style = ([one[kind] for one in all_losses] for kind in ("content", "style"))
        print(f"{name}, {len(content)} photos: content {statistics.mean(content):.3g}, median {statistics.median(content):.3g}, "
              f"style {statistics.mean(style):.3g}")


def peaks(picture):
    """Power at periods of 2 and 4 pixels in either direction, over the median of that around."""
    grey = picture.mean(2)
    side = min(grey.shape) // 8 * 8
    grey = (grey[:side, :side] - grey[:side, :side].mean()) * numpy.outer(numpy.hanning(side), numpy.hanning(side))
    power = numpy.abs(numpy.fft.fft2(grey)) ** 2
    found = []
    for period in (2, 4):
        at, best = side // period, 0
        for i, j in ((0, at), (at, 0), (at, at)):
            around = numpy.roll(power, (8 - i, 8 - j), (0, 1))[:17, :17]
            best = max(best, around[7:10, 7:10].max() / numpy.median(around))
        found.append(best)
    return found


def flat(picture):
    height, width = (n // 16 * 16 for n in picture.shape[:2])
    blocks = picture[:height, :width].reshape(height // 16, 16, width // 16, 16, 3).std((1, 3)).max(-1)
    return (blocks < 0.01).mean()


def flicker(frames, shift):
    """SHIFT: pixels to the left from one to the next."""
    width = frames[0].shape[1]
    return 255 * statistics.mean(float(numpy.abs(a[16:-16, 16 + shift:width - 16] - b[16:-16, 16:width - 16 - shift]).mean())
                                 for a, b in zip(frames, frames[1:]))


def films(picture, count):
    """Name, shift, frames: the noise of a sensor, or a moving camera."""
    grain = numpy.random.default_rng(0)
    noisy = [numpy.clip(picture + grain.normal(0, 2 / 255, picture.shape), 0, 1).astype(numpy.float32) for _ in range(count)]
    yield "still", 0, noisy
    for shift in (1, 4):
        width = picture.shape[1] - shift * count
        yield f"moves by {shift}", shift, [numpy.ascontiguousarray(picture[:, shift * i:shift * i + width]) for i in range(count)]


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("photos", nargs="*", default=["build/content.png"], metavar="PHOTO")
    p.add_argument("--painter")
    p.add_argument("--style")
    p.add_argument("--style-scale", type=float, help="[256 / width, as of crops of 256 pixels]")
    p.add_argument("--style-loss", default="gram")
    p.add_argument("--held", metavar="FOLDER")
    p.add_argument("--width", type=int, default=512)
    p.add_argument("--frames", type=int, default=4)
    p.add_argument("--runs", type=int, default=10)
    p.add_argument("--threads", type=int, default=2)
    o = p.parse_args()
    if not TUNED.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **TUNED})
    painter = nst.Painter(o.painter, engine=nst.Engine(threads=o.threads))
    if o.held:
        if not o.style:
            p.error("--held needs a --style")
        transfer = nst.Transfer(style_loss=o.style_loss, style_scale=o.style_scale or 1, threads=o.threads, size=0).add_style(o.style)
        return judge(painter, transfer, o.held)
    transfer = None
    if o.style:
        scale = o.style_scale or 256 / o.width
        transfer = nst.Transfer(style_loss=o.style_loss, style_scale=scale, threads=o.threads, size=0).add_style(o.style)
    for name in o.photos:
        photo = Image.open(name).convert("RGB")
        height = o.width * photo.height // photo.width // 4 * 4
        picture = numpy.asarray(photo.resize((o.width, height), Image.LANCZOS), numpy.float32) / 255
        print(f"{name}, {o.width}x{height}:")
        try:
            compare_torch(painter, picture, o.threads, o.runs)
        except ImportError:
            print("  no PyTorch")
        if transfer:
            by_strength(painter, transfer, picture)
        painter.strength = 1
        painted = paint(painter, picture)
        print("  checkerboards at 2 and 4 pixels: {:.3g} {:.3g}, of the photo {:.3g} {:.3g}".format(*peaks(painted), *peaks(picture)))
        print(f"  flat blocks: {flat(painted):.1%}, of the photo {flat(picture):.1%}")
        for film, shift, frames in films(picture, o.frames):
            found = [flicker(frames, shift), flicker([paint(painter, frame) for frame in frames], shift)]
            if transfer:
                found.append(flicker([numpy.asarray(transfer.set_content(frame).run()) for frame in frames], shift))
            print(f"  flicker, {film}: frames, painter{', stylize' if transfer else ''}: " + ", ".join(f"{n:.2f}" for n in found))


if __name__ == "__main__":
    main()
