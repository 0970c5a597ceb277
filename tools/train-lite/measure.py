#!/usr/bin/env python3
"""Measures a model by the pictures that `nst` makes with it.

For every pair of a content and a style picture and for every size it runs `nst stylize` (preset `content`) with the
model, and `nst eval` with the real VGG-19 on the result. The figure is the real network's relative style loss, the
mean over conv1_1, conv1_2, conv2_1, conv2_2 and conv3_1: 0 where the strokes and colours are the painting's. Beside
it stands the same of the content picture as it was.
"""
import argparse
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile
import time

LAYERS = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--nst", default="nst", help="the program (default: %(default)s)")
    p.add_argument("--model", help="the model to measure (default: the embedded one)")
    p.add_argument("--teacher", required=True, help="a real VGG-19, whose style loss is the measure")
    p.add_argument("--images", required=True, type=pathlib.Path, help="the folder of the pictures named below")
    p.add_argument("--content", nargs="+", default=["tubingen.jpg", "golden_gate.jpg"], metavar="FILE")
    p.add_argument("--style", nargs="+", default=["starry_night_google.jpg", "the_scream.jpg"], metavar="FILE")
    p.add_argument("--sizes", nargs="+", type=int, default=[256, 512], metavar="N",
                   help="longer sides of the results (default: 256 512)")
    p.add_argument("--keep", type=pathlib.Path, help="a folder for the pictures (default: they are thrown away)")
    return p.parse_args()


def run(command):
    """Runs a command and returns what it printed; ends the program with its message where it fails."""
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {result.stderr.strip()}")
    return result.stdout


def stylize(args, content, style, sizes, out):
    """Makes the picture and returns the seconds that it took."""
    model = ["--model", args.model] if args.model else []
    began = time.time()
    run([args.nst, "stylize", content, style, "-o", out, *sizes, "--quiet", *model])
    return time.time() - began


def mean(values):
    return sum(values) / len(values)


def style_losses(args, picture, content, style):
    """Each style layer's relative loss, as the teacher sees it."""
    text = run([args.nst, "eval", picture, "--content", content, "--style", style, "--model", args.teacher, "--json"])
    terms = json.loads(text)["terms"]
    return [terms["style/" + layer]["value"] for layer in LAYERS]


def main():
    args = arguments()
    print("size  content after style                        before   mean     " + "  ".join(LAYERS) + "  seconds")
    means = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.keep or pathlib.Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        resized = pathlib.Path(scratch) / "resized.png"
        for size, content, style in itertools.product(args.sizes, args.content, args.style):
            name = f"{pathlib.Path(content).stem} after {pathlib.Path(style).stem}"
            out = folder / f"{name.replace(' ', '_')}_{size}.png"
            pair = args.images / content, args.images / style
            stylize(args, *pair, ["--sizes", f"{size}:1"], resized)  # one evaluation changes nothing
            before = mean(style_losses(args, resized, *pair))
            seconds = stylize(args, *pair, ["--size", size], out)
            losses = style_losses(args, out, *pair)
            means.append(mean(losses))
            layers = "  ".join(f"{x:.5f}" for x in losses)
            print(f"{size:4}  {name:41} {before:.5f}  {means[-1]:.5f}  {layers}  {seconds:6.1f}", flush=True)
    print(f"mean of {len(means)} pictures: {mean(means):.5f}")


if __name__ == "__main__":
    main()
