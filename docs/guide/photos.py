#!/usr/bin/env python3
"""The table of Photographs in docs/guide.md: what each way to paint a photograph keeps of it, and takes from another.

usage: photos.py --nst build/nst --model vgg19.safetensors --work FOLDER [--size 512] CONTENT:STYLE ...

Paints each pair in each way and prints the means over the pairs. Needs Python's PIL and NumPy. The columns:
  gradients  correlation of the gradients of luma with those of the content
  SSIM       of luma with that of the content (Wang et al. 2004)
  texture    what is finer than 2 pixels, where the content hardly changes within 9 pixels: its size beside the content's
  colours    Wasserstein distance of the colours from those of the style, as normal distributions
Pictures are kept in --work, so that a second call paints only what is missing.
"""
import argparse
import pathlib
import subprocess

import numpy as np
from PIL import Image

WAYS = {"the content itself": None,
        "`--init recolored` alone": ["--init", "recolored", "--sizes", "none", "--steps", "1"],
        "preset `content`": [],
        "from noise, `--matting-weight 1000 --poisson-radius 0.028`": ["--init", "noise", "--matting-weight", "1000",
                                                                       "--poisson-radius", "0.028"],
        "`--photo`": ["--photo"]}


def load(path, size):
    image = Image.open(path).convert("RGB")
    scale = size / max(image.size)
    return np.asarray(image.resize([max(1, round(side * scale)) for side in image.size], Image.LANCZOS)) / 255


def luma(picture):
    return picture @ np.array([0.299, 0.587, 0.114])


def blur(plane, sigma):
    reach = int(3 * sigma + 1)
    kernel = np.exp(-np.arange(-reach, reach + 1) ** 2 / (2 * sigma ** 2))
    for _ in range(2):
        padded = np.pad(plane.T, [(reach, reach), (0, 0)], mode="reflect")
        plane = sum(k * padded[i:i + plane.shape[1]] for i, k in enumerate(kernel / kernel.sum()))
    return plane


def gradients(a, b):
    x, y = (np.concatenate([np.diff(p, axis=0).ravel(), np.diff(p, axis=1).ravel()]) for p in (a, b))
    return (x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum())


def ssim(a, b):
    m, n = blur(a, 1.5), blur(b, 1.5)
    variances, covariance = blur(a * a + b * b, 1.5) - m * m - n * n, blur(a * b, 1.5) - m * n
    return ((2 * m * n + 1e-4) * (2 * covariance + 9e-4) / ((m * m + n * n + 1e-4) * (variances + 9e-4))).mean()


def texture(a, b):
    deviation = np.sqrt(np.maximum(blur(a * a, 3) - blur(a, 3) ** 2, 0))
    flat = deviation <= max(np.quantile(deviation, 0.3), 0.012)
    fine = [np.sqrt(((p - blur(p, 2))[flat] ** 2).mean()) for p in (a, b)]
    return fine[1] / fine[0]


def root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T


def colours(a, b):
    (m, s), (n, t) = ((p.reshape(-1, 3).mean(0), np.cov(p.reshape(-1, 3).T)) for p in (a, b))
    between = root(root(s) @ t @ root(s))
    return np.sqrt(max(((m - n) ** 2).sum() + np.trace(s + t - 2 * between), 0))


def measure(o, pair, options):
    content, style = pair.split(":")
    out = pathlib.Path(o.work) / f"{pathlib.Path(content).stem}-{pathlib.Path(style).stem}-{o.size}{''.join(options or [])}.png"
    if options is not None and not out.exists():
        subprocess.run([o.nst, "stylize", content, style, "-o", out, "-m", o.model, "--size", str(o.size), "-q", *options],
                       check=True)
    before, from_, after = load(content, o.size), load(style, o.size), load(content if options is None else out, o.size)
    a, b = luma(before), luma(after)
    return gradients(a, b), ssim(a, b), texture(a, b), colours(after, from_)


def main():
    parser = argparse.ArgumentParser()
    for name in ("--nst", "--model", "--work"):
        parser.add_argument(name, required=True)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("pairs", nargs="+")
    o = parser.parse_args()
    pathlib.Path(o.work).mkdir(parents=True, exist_ok=True)
    print("| | gradients | SSIM | texture | colours |\n|---|---|---|---|---|")
    for way, options in WAYS.items():
        found = np.array([measure(o, pair, options) for pair in o.pairs])
        for pair, row in zip(o.pairs, found):
            print(f"<!-- {way}, {pair}: {' '.join(f'{value:.3f}' for value in row)} -->")
        print(f"| {way} | " + " | ".join(f"{value:.2f}" for value in found.mean(0)) + " |", flush=True)


if __name__ == "__main__":
    main()
