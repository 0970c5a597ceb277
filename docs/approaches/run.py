#!/usr/bin/env python3
"""The two approaches side by side: makes the pictures and the table of docs/approaches.md.

usage: run.py --nst build/nst --draw build/draw --model vgg19.safetensors --work FOLDER [--pictures docs/approaches]

Each run is made once, with a picture saved on the way at every number of evaluations in the table. Every picture is
then judged by the same objective, that of preset `content`. Pictures go to --pictures as JPEG.
"""
import argparse
import json
import pathlib
import subprocess
import time

RUNS = [  # size, what, options, evaluations to look at
    (256, "baseline", ["--preset", "baseline", "--steps", "1000"], [50, 200, 1000]),
    (256, "content", ["--sizes", "256:200"], [50, 200]),
    (256, "content, coarse to fine", ["--effort", "fine"], []),
    (512, "baseline", ["--preset", "baseline", "--steps", "500"], [50, 200, 500]),
    (512, "content", ["--sizes", "512:200"], [50, 200]),
    (512, "content, coarse to fine", ["--effort", "fine"], []),
]

LEFT_OUT = {("baseline", 50), ("baseline", 200), ("content", 200)}  # of the pictures: they tell nothing more


def judge(o, picture, content, style):
    out = subprocess.run([o.nst, "eval", picture, "--content", content, "--style", style, "--model", o.model, "--json"],
                         check=True, stdout=subprocess.PIPE, text=True).stdout
    terms = json.loads(out)["terms"]
    return (sum(t["value"] for n, t in terms.items() if n.startswith("style/")) / 5,
            sum(t["value"] for n, t in terms.items() if n.startswith("content/")))


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    for name in ("nst", "draw", "model", "work"):
        p.add_argument("--" + name, required=True)
    p.add_argument("--pictures", default=str(pathlib.Path(__file__).parent))
    o = p.parse_args()
    work, pictures = pathlib.Path(o.work), pathlib.Path(o.pictures)
    work.mkdir(parents=True, exist_ok=True)
    content, style = work / "content.png", work / "style.png"
    subprocess.run([o.draw, "content", content], check=True)
    subprocess.run([o.draw, "style", style], check=True)
    print("| size | approach | evaluations | seconds | style loss | content loss |\n|---|---|---|---|---|---|", flush=True)
    for size, what, options, stops in RUNS:
        out = work / f"{what.replace(', ', '-').replace(' ', '-')}-{size}.jpg"
        log = work / "log.jsonl"
        every = ["--save-every", str(stops[0])] if stops else []
        subprocess.run([o.nst, "stylize", content, style, "-o", out, "--model", o.model, "--size", str(size), "--quiet",
                        "--log", log, "--jpeg-quality", "85", *options, *every], check=True)
        seconds = [json.loads(line)["seconds"] for line in log.read_text().splitlines()]
        for stop in stops or [len(seconds)]:
            picture = out if stop >= len(seconds) else out.with_name(f"{out.stem}-{stop:04d}.jpg")
            losses = judge(o, picture, content, style)
            print(f"| {size} | {what} | {stop} | {seconds[min(stop, len(seconds)) - 1]:.1f} | {losses[0]:.4f} | {losses[1]:.2f} |", flush=True)
            if size == 512 and (what, stop) not in LEFT_OUT:
                (pictures / f"{what.split(',')[0] if ',' not in what else 'coarse-to-fine'}-{stop}.jpg").write_bytes(picture.read_bytes())


if __name__ == "__main__":
    main()
