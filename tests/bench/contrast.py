#!/usr/bin/env python3
"""The contrast of natural pictures, and how features vary with it: what the floor of loss/contrast.h stands on.

usage: contrast.py FOLDER [--every N] [--model MODEL:LAYER,LAYER ...]

Needs the Python package and NumPy. Prints the standard deviation S of pixel values in 0..1, mean square of the three
channels, of the pictures in FOLDER at 64 and at 256 pixels; then the variation of features over S^2 when every Nth
picture is brought to a part of its contrast, over what it is at full contrast: median, least and most.
"""
import argparse
import pathlib

import numpy
import nst


def resized(path, longer):
    image = nst.Image(path)
    scale = longer / max(image.size)
    return image.resize(max(1, round(image.width * scale)), max(1, round(image.height * scale)))


def variance(pixels):
    return pixels.reshape(-1, 3).astype(float).var(0).mean()


def variation(reader, pixels, layer):
    image = nst.Image(numpy.ascontiguousarray(pixels, dtype=numpy.float32))
    features = reader.read(image, maps=[layer]).maps[layer]
    return features.reshape(-1, features.shape[2]).astype(float).var(0).sum() / variance(pixels)


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("folder", type=pathlib.Path)
    p.add_argument("--every", type=int, default=100)
    p.add_argument("--model", nargs="*", default=["lite:conv1_1,conv2_2,relu3_1"])
    o = p.parse_args()
    paths = sorted(path for path in o.folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    for longer in (64, 256):
        s = numpy.sqrt([variance(resized(path, longer).to_numpy()[..., :3]) for path in paths])
        print(f"{len(paths)} pictures at {longer}: S from {s.min():.3f}, one in a hundred below "
              f"{numpy.percentile(s, 1):.3f}, half below {numpy.median(s):.3f}", flush=True)
    for model in o.model:
        name, layers = model.rsplit(":", 1)
        reader = nst.Features(name, padding="replicate")
        for layer in layers.split(","):
            for share in (0.3, 0.1, 0.03):
                ratios = []
                for path in paths[::o.every]:
                    pixels = resized(path, 128).to_numpy()[..., :3].astype(float)
                    faded = pixels.mean((0, 1)) + share * (pixels - pixels.mean((0, 1)))
                    ratios.append(variation(reader, faded, layer) / variation(reader, pixels, layer))
                print(f"{name} {layer} at {share} of the contrast: {numpy.median(ratios):.2f} "
                      f"({min(ratios):.2f} to {max(ratios):.2f})", flush=True)


if __name__ == "__main__":
    main()
