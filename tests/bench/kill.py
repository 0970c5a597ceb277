#!/usr/bin/env python3
"""Kills nst stylize at random moments, by SIGKILL, and lets it go on: the picture must have the bits of a run left alone.

usage: kill.py PROGRAM [--kills N] [--size N] [--seed N]
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
import small_model  # noqa: E402
from kill import Killer  # noqa: E402
from program import LAYERS, png  # noqa: E402

SCENES = {
    "lbfgs": [],
    "adam": ["--optimizer", "adam"],
    "masks": ["--where", "left.png", "--freeze", "edge.png", "--color", "luma"],
    "tiles": ["--memory-limit", "SMALLEST"],
    "noise": ["--init", "noise"],
}


def smallest(program, here, base):
    """The limit that the message of one that is too small names."""
    told = subprocess.run([program, *base, "-o", "out.png", "--memory-limit", "1"], cwd=here, capture_output=True, text=True)
    return told.stderr.split("does is ")[1].split(":")[0].split(";")[0].strip()


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("program")
    p.add_argument("--kills", type=int, default=200)
    p.add_argument("--size", type=int, default=160)
    p.add_argument("--seed", type=int, default=1)
    o = p.parse_args()
    program = str(pathlib.Path(o.program).resolve())
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder)
        (here / "small.safetensors").write_bytes(small_model.safetensors())
        for name, width, height, shift in (("town.png", 80, 60, 0), ("paint.png", 72, 88, 90), ("left.png", 80, 60, 40),
                                           ("edge.png", 80, 60, 200)):
            (here / name).write_bytes(png(width, height, shift))
        base = ["stylize", "town.png", "--style", "paint.png", "-m", "./small.safetensors", "--sizes",
                f"{o.size // 4}:30,{o.size // 2}:30,{o.size}:30", *LAYERS]

        def start(arguments):
            return subprocess.Popen([program, *arguments], cwd=here, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

        total = 0
        for number, (scene, more) in enumerate(SCENES.items()):
            more = [smallest(program, here, base) if word == "SMALLEST" else word for word in more]
            killer = Killer(start, here, [*base, *more], seed=o.seed + number)
            whole, seconds = killer.whole()
            while killer.kills < o.kills // len(SCENES):
                if killer.killed(10, seconds / 3) != whole:
                    sys.exit(f"{scene}: other bits after {killer.kills} kills")
            total += killer.kills
            print(f"{scene:6} {killer.kills:4} kills, the same bits")
        print(f"{total} kills")


if __name__ == "__main__":
    main()
