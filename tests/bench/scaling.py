#!/usr/bin/env python3
"""How time and memory of an evaluation grow with the picture: a Markdown table out of `nst bench`.

usage: scaling.py --nst build/nst [--model FILE] [--sizes 256x256,512x512,...] [--memory-limit LIMIT]
                  [--evaluations N] [-- OPTIONS OF nst bench]

Run it on a quiet machine: times are medians, but of this machine as it is.
"""
import argparse
import json
import subprocess

SQUARES = "256x256,512x512,1024x1024,2048x2048"


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("--nst", required=True)
    p.add_argument("--model", default="random:1")
    p.add_argument("--sizes", default=SQUARES)
    p.add_argument("--memory-limit", default="0")
    p.add_argument("--evaluations", type=int, default=0)  # 0: more for small pictures, and enough to fill the history
    p.add_argument("options", nargs="*")
    o = p.parse_args()
    print("| pixels | s an evaluation | ns a pixel | peak MB | predicted MB | bytes a pixel |")
    print("|---|---|---|---|---|---|")
    for size in o.sizes.split(","):
        width, height = map(int, size.split("x"))
        evaluations = o.evaluations or max(13, min(60, 60 * 256 ** 2 // (width * height)))
        out = subprocess.run([o.nst, "bench", "--model", o.model, "--size", size, "--memory-limit", o.memory_limit, "--evaluations",
                              str(evaluations), "--json", *o.options], stdout=subprocess.PIPE, text=True, check=True).stdout
        r = json.loads(out)
        pixels = r["width"] * r["height"]
        print(f"| {size} | {r['seconds']:.3f} | {r['seconds'] / pixels * 1e9:.0f} | {r['memory_measured'] / 2**20:.0f} "
              f"| {r['memory_predicted'] / 2**20:.0f} | {r['memory_measured'] / pixels:.0f} |", flush=True)


if __name__ == "__main__":
    main()
