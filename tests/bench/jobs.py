#!/usr/bin/env python3
"""The table of whole pictures in README.md: nst bench --job, and PyTorch's time for the same evaluations.

usage: jobs.py --nst build/nst --vgg19 FILE.safetensors [--sizes 256,512,1024,2048] [--threads N] [--no-pytorch] [OPTIONS of nst bench --job]

The model lite is read from lib/model/lite.safetensors, as PyTorch reads it too. PyTorch's time is the sum of its evaluations alone:
see compare_pytorch.py, which needs python3-torch.
"""
import argparse
import json
import os
import pathlib
import subprocess

import compare_pytorch

LITE = pathlib.Path(__file__).resolve().parents[2] / "lib" / "model" / "lite.safetensors"


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("--nst", required=True)
    p.add_argument("--vgg19", required=True)
    p.add_argument("--sizes", default="256,512,1024,2048")
    p.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    p.add_argument("--no-pytorch", action="store_true")
    o, options = p.parse_known_args()
    print("| model | pixels | start | targets | coarse sizes | last size | saving | all | work, in evaluations | PyTorch | ratio |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for name, weights in (("`lite`", str(LITE)), ("VGG-19", o.vgg19)):
        torch = argparse.Namespace(weights=weights, deep=False, untuned=False, threads=o.threads, runs=5)
        known = {}  # seconds of PyTorch's evaluation by size
        for size in o.sizes.split(","):
            command = [o.nst, "bench", "--job", "--json", "--model", weights, "--size", size, "--threads", str(o.threads), *options]
            job = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)
            rows, last = job["sizes"], job["sizes"][-1]
            at_last = sum(row["seconds"] for row in rows if row["width"] == last["width"])  # which may come twice
            seconds = [job["start"], sum(row["targets"] for row in rows), sum(row["seconds"] for row in rows) - at_last,
                       at_last, job["saving"], job["seconds"]]
            total = 0
            for row in rows if not o.no_pytorch else []:
                pixels = row["width"], row["height"]
                if pixels not in known:
                    known[pixels] = compare_pytorch.torch_seconds(torch, *pixels)
                total += row["evaluations"] * known[pixels]
            ratio = f"{total:.1f} s | {total / job['seconds']:.1f}" if total else "|"
            print(f"| {name} | {last['width']}×{last['height']} | " + " | ".join(f"{s:.2f}" for s in seconds)
                  + f" s | {job['evaluations_worth']:.1f} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
