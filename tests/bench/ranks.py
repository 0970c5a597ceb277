#!/usr/bin/env python3
"""What several processes of nst-mpi gain: measured here for 1, 2 and 4 of them, and a model for many machines.

usage: ranks.py --build build [--size 1536] [--evaluations 12] [--model lite]
                [--picture 32768x32768] [--bandwidth 10] [--latency 20] [--per-pixel NS] [--peak SIZE]

Each process has one thread. BANDWIDTH of a machine's network in gigabytes a second, LATENCY of one message in
microseconds. The model: a machine evaluates its band and halo at the speed that was measured for one process with all
cores; it sends the halo of x and gets that of the gradient; it sums the Gram matrices and the products of L-BFGS over all
machines, each in log2(machines) steps of one message. Nothing is taken to overlap. Run it on a quiet machine. With
--per-pixel, the nanoseconds that an evaluation takes for a pixel, no time is measured.

--peak SIZE measures memory alone: the largest peak of a process (GNU time) in a run of one evaluation at SIZE pixels, up to
12800, from a content as large or larger, for 1, 2 and 4 processes. Each has the smallest memory limit with which it runs.

The model of memory, in bytes a pixel of the band: 60 for the picture and the solver, 24 for each pair of L-BFGS, 12 for the
content; with other machines 12 for the content with its halo, and 24 for the picture and its gradient with theirs.
"""
import argparse
import json
import math
import os
import pathlib
import re
import subprocess
import tempfile

HALO = 12                    # rows, for the layers of the preset content (docs/memory.md)
GRAM = [64, 64, 128, 128, 256]  # channels of its style layers, in VGG-19
PAIRS = 10                   # of L-BFGS
SUMS = 3 * PAIRS + 8         # numbers that are summed for an iteration of it
MESSAGES = 2 * len(GRAM) + 12  # sums of an evaluation
DRAWN = 800                  # pixels, the longer side of a picture of the program draw
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")


def measure(build, ranks, size, evaluations, model, folder):
    """Seconds of one evaluation, the median."""
    log = folder / f"{ranks}.log"
    nst = [build / "nst", "stylize"] if ranks == 0 else ["mpirun", "--oversubscribe", "-n", str(ranks), build / "nst-mpi", "stylize"]
    threads = [] if ranks == 0 else ["--threads", "1"]
    subprocess.run([*map(str, nst), str(folder / "content.png"), str(folder / "style.png"), "-o", str(folder / "out.png"), "-q",
                    "--model", model, "--size", str(size), "--sizes", f"{size}:{evaluations}", "--log", str(log), *threads],
                   check=True, env=ENVIRONMENT)
    at = [json.loads(line)["seconds"] for line in log.read_text().splitlines()]
    times = sorted(b - a for a, b in zip(at, at[1:]))
    return times[len(times) // 2]


def peak(build, ranks, size, model, folder):
    """The smallest limit in MB and the largest peak of a process in MB."""
    program = [str(build / "nst-mpi"), "stylize", str(folder / "content.png"), str(folder / "style.png"), "-o",
               str(folder / "out.ppm"), "-q", "--model", model, "--size", str(size), "--sizes", f"{size}:1", "--threads", "1"]
    mpirun = ["mpirun", "--oversubscribe", "-n", str(ranks)]
    told = subprocess.run([*mpirun, *program, "--memory-limit", "1M"], env=ENVIRONMENT, capture_output=True, text=True).stderr
    limit = int(re.search(r"smallest limit that does is (\d+)M", told)[1])
    timed = f'exec /usr/bin/time -f %M -o {folder}/peak.$OMPI_COMM_WORLD_RANK "$0" "$@"'
    subprocess.run([*mpirun, "sh", "-c", timed, *program, "--memory-limit", f"{limit}M"], check=True, env=ENVIRONMENT)
    return limit * 2**20 / 1e6, max(int((folder / f"peak.{r}").read_text()) for r in range(ranks)) * 1024 / 1e6


def print_peaks(o):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([o.build / "draw", "content", folder / "content.png", str(math.ceil(o.peak / DRAWN))], check=True)
        subprocess.run([o.build / "draw", "style", folder / "style.png"], check=True)
        print("| processes | smallest limit, MB each | peak, MB |\n|---|---|---|")
        for ranks in 1, 2, 4:
            limit, most = peak(o.build, ranks, o.peak, o.model, folder)
            print(f"| {ranks} | {limit:.0f} | {most:.0f} |", flush=True)


def predict(machines, width, height, per_pixel, bandwidth, latency):
    """Seconds of an evaluation: computing, halos, sums."""
    rows = height / machines + (2 * HALO if machines > 1 else 0)
    compute = rows * width * per_pixel
    halo = 0 if machines == 1 else 2 * (2 * HALO * width * 3 * 4 / bandwidth + 2 * latency)
    sent = 8 * (sum(c * c for c in GRAM) + SUMS)
    sums = math.ceil(math.log2(machines)) * (MESSAGES * latency + sent / bandwidth) if machines > 1 else 0
    return compute, halo, sums


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("--build", default="build", type=pathlib.Path)
    p.add_argument("--size", type=int, default=1536)
    p.add_argument("--evaluations", type=int, default=12)
    p.add_argument("--model", default="lite")
    p.add_argument("--picture", default="32768x32768")
    p.add_argument("--bandwidth", type=float, default=10)
    p.add_argument("--latency", type=float, default=20)
    p.add_argument("--per-pixel", type=float)
    p.add_argument("--peak", type=int)
    o = p.parse_args()
    if o.peak:
        return print_peaks(o)
    per_pixel = o.per_pixel * 1e-9 if o.per_pixel else measure_all(o)
    print_model(o, per_pixel)


def measure_all(o):
    """Prints the table of processes; returns the seconds of one process with all cores for a pixel."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([o.build / "draw", "content", folder / "content.png"], check=True)
        subprocess.run([o.build / "draw", "mosaic", folder / "style.png"], check=True)
        print("| processes, one thread each | s an evaluation | times as fast |\n|---|---|---|")
        one = None
        for ranks in 1, 2, 4:
            seconds = measure(o.build, ranks, o.size, o.evaluations, o.model, folder)
            one = one or seconds
            print(f"| {ranks} | {seconds:.3f} | {one / seconds:.2f} |", flush=True)
        whole = measure(o.build, 0, o.size, o.evaluations, o.model, folder)
    return whole / (o.size * round(o.size * 3 / 4))  # the content is 4:3


def print_model(o, per_pixel):
    width, height = map(int, o.picture.split("x"))
    print(f"\n{o.picture}, {per_pixel * 1e9:.0f} ns a pixel, network of {o.bandwidth:g} GB/s and {o.latency:g} us:\n")
    print("| machines | s an evaluation | of it halos and sums | times as fast | GB a machine |\n|---|---|---|---|---|")
    for machines in 1, 2, 4, 8, 16, 32, 64:
        compute, halo, sums = predict(machines, width, height, per_pixel, o.bandwidth * 1e9, o.latency * 1e-6)
        alone = sum(predict(1, width, height, per_pixel, o.bandwidth * 1e9, o.latency * 1e-6))
        seconds = compute + halo + sums
        band = 60 + 24 * PAIRS + 12 + (12 + 24 if machines > 1 else 0)
        rows = height / machines + (2 * HALO if machines > 1 else 0)
        print(f"| {machines} | {seconds:.3g} | {(halo + sums) / seconds:.2%} | {alone / seconds:.3g} "
              f"| {band * width * rows / 1e9:.3g} |")


if __name__ == "__main__":
    main()
