#!/usr/bin/env python3
"""One evaluation, value and gradient, of the same objective by libnst and by PyTorch, in turn in one run.

usage: compare_pytorch.py [--weights FILE.safetensors] [--deep] [--size WxH] [--threads N] [--runs N] [--untuned]
                          [--job NST ["OPTIONS of nst bench --job"]]

Needs Debian's python3-torch and python3-numpy, and the package nst (PYTHONPATH=bindings/python, NST_LIBRARY=libnst.so).
Without --weights both get random weights of VGG-19's shapes, which take the same time. --deep: relu1_1 to relu5_1 and
relu4_2 instead of the layers of preset `content`. Each library works in a process of its own, one at a time, so that
each one's peak of memory is its own.

PyTorch's process has the C library's allocator tuned, by the two variables that are printed: without them it gives its
memory back and takes it again in every evaluation, and the page faults make it several times slower on some kernels.
--untuned leaves it as it is.

--job: a whole picture. The program NST paints it, `nst bench --job`, and prints the evaluations at each size. PyTorch's time
for the same schedule is their sum, each counted with the median of its evaluations at that size. Only those count for
PyTorch: no start, no targets, no solver, no saving. Above a megapixel its evaluation is that of half the width and height
times four.
"""
import argparse
import json
import os
import resource
import statistics
import struct
import subprocess
import sys
import time

LAYERS = ["conv1_1", "conv1_2", "P", "conv2_1", "conv2_2", "P", "conv3_1", "conv3_2", "conv3_3", "conv3_4", "P",
          "conv4_1", "conv4_2", "conv4_3", "conv4_4", "P", "conv5_1", "conv5_2", "conv5_3", "conv5_4"]
WIDTHS = [64, 128, 256, 512, 512]
SHALLOW = (["conv2_2"], ["conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"])
DEEP = (["relu4_2"], ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"])
CONTENT_WEIGHT = 0.002
TUNED = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "8589934592"}


def pictures(width, height):
    """Content, style and the picture to evaluate at: [H,W,3] float32 in 0..1."""
    import numpy as np
    random = np.random.default_rng(1)
    return [random.random((height, width, 3), dtype=np.float32) for _ in range(3)]


class Nst:
    def __init__(self, o):
        import nst
        content, style, x = pictures(o.width, o.height)
        layers = DEEP if o.deep else SHALLOW
        self.transfer = nst.Transfer(nst.Model(o.weights or "random:1"), threads=o.threads, padding="zero",
                                     content_weight=CONTENT_WEIGHT,
                                     content_layers=",".join(layers[0]), style_layers=",".join(layers[1]))
        self.transfer.set_content(content).add_style(style)
        self.x = nst.Image(x)

    def evaluate(self):
        return self.transfer.evaluate(self.x)[0]


class Torch:
    """Plain PyTorch, as the field's programs have it; relative losses as libnst defines them."""

    def __init__(self, o):
        import torch
        torch.set_num_threads(o.threads)
        self.torch, self.F = torch, torch.nn.functional
        self.content_layers, self.style_layers = DEEP if o.deep else SHALLOW
        names = [n.replace("relu", "conv") for n in self.content_layers + self.style_layers]
        self.deepest = max(names, key=LAYERS.index)
        self.weights = self.read(o.weights) if o.weights else self.random()
        content, style, x = (torch.from_numpy(p).permute(2, 0, 1)[None].contiguous() for p in pictures(o.width, o.height))
        with torch.no_grad():
            features = self.features(content)
            self.content = {n: features[n].clone() for n in self.content_layers}
            features = self.features(style)
            self.style = {n: self.gram(features[n]) for n in self.style_layers}
        self.x = x.requires_grad_(True)

    def random(self):
        weights, channels, block = {}, 3, 0
        for i, name in enumerate(LAYERS):
            if name == "P":
                block += 1
            else:
                index = self.index(name)
                scale = (2 / (9 * channels)) ** 0.5
                weights[f"features.{index}.weight"] = self.torch.randn(WIDTHS[block], channels, 3, 3) * scale
                weights[f"features.{index}.bias"] = self.torch.zeros(WIDTHS[block])
                channels = WIDTHS[block]
        return weights

    def read(self, path):
        import numpy as np
        with open(path, "rb") as file:
            header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
            body = file.read()
        return {k: self.torch.from_numpy(np.frombuffer(body[slice(*v["data_offsets"])], {"F32": "<f4", "F16": "<f2"}[v["dtype"]])
                                         .reshape(v["shape"]).astype(np.float32)) for k, v in header.items() if k != "__metadata__"}

    @staticmethod
    def index(name):
        return sum(1 if n == "P" else 2 for n in LAYERS[:LAYERS.index(name)])

    def features(self, x):
        x = x[:, [2, 1, 0]] * 255 - self.torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)
        out = {}
        for name in LAYERS:
            if name == "P":
                x = self.F.max_pool2d(x, 2)
                continue
            index = self.index(name)
            x = self.F.conv2d(x, self.weights[f"features.{index}.weight"], self.weights[f"features.{index}.bias"], padding=1)
            out[name] = x
            x = self.F.relu(x)
            out["relu" + name[4:]] = x
            if name == self.deepest:
                return out
        return out

    @staticmethod
    def gram(f):
        f = f.reshape(f.shape[1], -1)
        return f @ f.T / f.shape[1]

    def evaluate(self):
        self.x.grad = None
        features, total = self.features(self.x), 0
        for n in self.content_layers:
            p = self.content[n]
            scale = CONTENT_WEIGHT / (p - p.mean((2, 3), keepdim=True)).pow(2).sum()
            total = total + scale * (features[n] - p).pow(2).sum()
        for n in self.style_layers:
            a = self.style[n]
            total = total + (self.gram(features[n]) - a).pow(2).sum() / a.pow(2).sum() / len(self.style_layers)
        total.backward()
        return total.item()


def work(o):
    """A process that evaluates once for each line it reads, and tells value, seconds, peak of memory and page faults."""
    evaluator = (Nst if o.worker == "nst" else Torch)(o)
    for _ in sys.stdin:
        faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        start = time.perf_counter()
        value = evaluator.evaluate()
        seconds = time.perf_counter() - start
        faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults
        with open("/proc/self/status") as status:
            peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
        print(json.dumps([value, seconds, peak, faults]), flush=True)


def environment(o, name):
    return dict(os.environ, **(TUNED if name == "torch" and not o.untuned else {}))


def torch_seconds(o, width, height):
    """The median of PyTorch's evaluations at this size."""
    if width * height > 1 << 20:
        return 4 * torch_seconds(o, width // 2, height // 2)
    options = ["--size", f"{width}x{height}", "--threads", str(o.threads), *(["--weights", o.weights] if o.weights else []),
               *(["--deep"] if o.deep else [])]
    runs = max(2, min(o.runs, (1 << 21) // (width * height)))
    process = subprocess.run([sys.executable, __file__, *options, "--worker", "torch"], env=environment(o, "torch"), text=True,
                             input="\n" * (runs + 1), stdout=subprocess.PIPE, check=True)
    return statistics.median(json.loads(line)[1] for line in process.stdout.splitlines()[1:])


def compare_job(o):
    nst, options = o.job[0], " ".join(o.job[1:]).split()
    model = ["--model", o.weights] if o.weights else []
    command = [nst, "bench", "--job", "--json", "--size", o.size, "--threads", str(o.threads), *model, *options]
    job = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)
    total = 0
    print(f"{'size':11} evaluations   libnst s   PyTorch s")
    for row in job["sizes"]:
        seconds = row["evaluations"] * torch_seconds(o, row["width"], row["height"])
        total += seconds
        print(f"{row['width']}x{row['height']:<7} {row['evaluations']:11} {row['targets'] + row['seconds']:10.2f} {seconds:11.2f}")
    last = total and seconds / row["evaluations"]
    print(f"{'start':23} {job['start']:10.2f}\n{'saving':23} {job['saving']:10.2f}\n"
          f"{'all':23} {job['seconds']:10.2f} {total:11.2f}\n"
          f"ratio  {total / job['seconds']:.2f} times as fast as PyTorch's evaluations; "
          f"the whole picture takes as long as {job['seconds'] / last:.1f} of them at the last size")


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("--weights")
    p.add_argument("--deep", action="store_true")
    p.add_argument("--size", default="512x512")
    p.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    p.add_argument("--runs", type=int, default=7)
    p.add_argument("--untuned", action="store_true")
    p.add_argument("--job", nargs="+", metavar="NST")
    p.add_argument("--worker", choices=["nst", "torch"], help=argparse.SUPPRESS)
    o = p.parse_args()
    if o.job:
        return compare_job(o)
    o.width, o.height = map(int, o.size.split("x"))
    if o.worker:
        return work(o)
    found = {}
    workers = {name: subprocess.Popen([sys.executable, __file__, *sys.argv[1:], "--worker", name], text=True,
                                      env=environment(o, name), stdin=subprocess.PIPE, stdout=subprocess.PIPE) for name in ("nst", "torch")}
    for run in range(o.runs + 1):
        for name, process in workers.items():
            process.stdin.write("\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            if not answer:
                sys.exit(f"{name} ended: see above")
            if run:  # the first is a warm-up
                found.setdefault(name, []).append(json.loads(answer))
    for process in workers.values():
        process.stdin.close()
        process.wait()
    median = {n: statistics.median(r[1] for r in rows) for n, rows in found.items()}
    ratio = [t[1] / n[1] for t, n in zip(found["torch"], found["nst"])]
    print(f"{o.size} pixels, {'relu1_1 to relu5_1' if o.deep else 'layers of preset content'}, {o.threads} threads, median of {o.runs}, in turn")
    for name, rows in found.items():
        spread = [r[1] for r in rows]
        print(f"{name:6} {median[name]:.3f} s ({min(spread):.3f} to {max(spread):.3f})   peak {rows[-1][2]:.0f} MB   "
              f"{statistics.median(r[3] for r in rows):.0f} page faults   value {rows[-1][0]:.6g}")
    if not o.untuned:
        print("torch has " + " ".join(f"{key}={value}" for key, value in TUNED.items()))
    print(f"ratio  {statistics.median(ratio):.2f} times as fast ({min(ratio):.2f} to {max(ratio):.2f}, run by run)")


if __name__ == "__main__":
    main()
