#!/usr/bin/env python3
"""Trains a narrow VGG-19 to have a subset of the feature channels of a real one. See README.md."""
import argparse
import math
import pathlib
import time

import torch

import loss
import start
import vgg
from iterates import Iterates
from photos import Photos

TEACHER = "VGG-19 by K. Simonyan and A. Zisserman (CC BY 4.0)"


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("weights", help="the teacher: VGG-19 as safetensors, keys as in torchvision")
    p.add_argument("photos", help="a folder of JPEG or PNG photos")
    p.add_argument("--out", required=True, help="the safetensors file to write, again at every checkpoint")
    p.add_argument("--widths", type=int, nargs=5, default=[32, 32, 64, 96, 128], metavar="C", help="channels of %s" % " ".join(vgg.LAYERS))
    p.add_argument("--steps", type=int, help="steps of training")
    p.add_argument("--minutes", type=float, help="minutes of training, in place of --steps")
    p.add_argument("--rate", type=float, default=3e-4, help="the highest learning rate (default %(default)s)")
    p.add_argument("--batch", type=int, default=8, help="crops of photos a step (default %(default)s)")
    p.add_argument("--iterates", type=int, default=4, help="pictures being optimised a step (default %(default)s)")
    p.add_argument("--size", type=int, default=96, help="pixels of a crop (default %(default)s)")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--checkpoint", help="state of the training (default: --out with .pt added)")
    p.add_argument("--every", type=float, default=5, help="minutes between checkpoints (default %(default)s)")
    p.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    p.add_argument("--float32", action="store_true", help="compute in 32-bit floats instead of bfloat16")
    a = p.parse_args()
    if (a.steps is None) == (a.minutes is None):
        p.error("give either --steps or --minutes")
    return a


class Training:
    """Everything that a checkpoint holds, and what is derived from it."""

    def __init__(self, args):
        self.args = args
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.dtype = torch.float32 if args.float32 else torch.bfloat16
        self.checkpoint = pathlib.Path(args.checkpoint or args.out + ".pt")
        teacher, metadata = vgg.load(args.weights)
        if metadata.get("input") != vgg.INPUT_SPACE:
            raise SystemExit(f"{args.weights}: input space is {metadata.get('input')!r}, expected {vgg.INPUT_SPACE!r}")
        self.teacher = [(w.to(self.device), b.to(self.device)) for w, b in teacher]
        self.step, self.seconds = 0, 0.0
        if args.resume:
            self.restore()
        else:
            self.begin()
        self.photos = Photos(args.photos, args.size, args.seed + self.step)
        self.iterates = Iterates(self.photos, 16 * max(1, args.iterates), self.device, args.seed + self.step)
        self.narrow_teacher()

    def begin(self):
        """Chooses the channels and fits each layer by least squares."""
        args = self.args
        torch.manual_seed(args.seed)
        photos = Photos(args.photos, args.size, args.seed)
        batches = [photos.batch(8).to(self.device) for _ in range(48)]
        moments = start.moments(self.teacher, batches)
        self.channels, self.weights = [], []
        for name, width, (before, after, var_before, var_after) in zip(vgg.LAYERS, args.widths, moments):
            picks, explained = start.choose_channels(before, after, width)
            print(f"{name}: {width} channels of {len(before)} explain {explained[0]:.2%} before ReLU, {explained[1]:.2%} after", flush=True)
            self.channels.append(picks)
            self.weights.append((loss.channel_weights(var_before[picks]), loss.channel_weights(var_after[picks])))
        student, errors = start.least_squares(self.teacher, self.channels, batches)
        print("least squares leaves " + ", ".join(f"{n} {e:.2%}" for n, e in zip(vgg.LAYERS, errors)), flush=True)
        # Adam's steps suit weights of one size: maps are trained in units of their own standard deviation.
        self.units = [1.0] + [m[2][p].mean().sqrt().item() for m, p in zip(moments, self.channels)]
        self.units[0] = 60.0
        self.student = [
            ((w * (self.units[i] / self.units[i + 1])).to(self.device), (b / self.units[i + 1]).to(self.device))
            for i, (w, b) in enumerate(student)
        ]
        self.average = [tuple(t.clone() for t in pair) for pair in self.student]
        self.make_optimizer()

    def make_optimizer(self):
        # conv1_1 reads the picture itself, so least squares has the exact answer there; Adam would only blur it.
        parameters = [t.requires_grad_(True) for pair in self.student[1:] for t in pair]
        self.adam = torch.optim.Adam(parameters, lr=self.args.rate)

    def narrow_teacher(self):
        """The teacher in the form that training runs: its last layer has only the channels that are learned."""
        last = self.channels[-1]
        net = self.teacher[:-1] + [tuple(t[last] for t in self.teacher[-1])]
        self.teacher = [(w.to(self.dtype).to(memory_format=torch.channels_last), b.to(self.dtype)) for w, b in net]

    def teacher_maps(self, x, corner):
        """The chosen channels of the teacher's maps, in the units of training."""
        with torch.no_grad():
            maps = self.thin(vgg.features(x, self.teacher), corner)
            picked = [m if i == len(maps) - 1 else m[:, p] for i, (m, p) in enumerate(zip(maps, self.channels))]
            return [m.div_(unit) for m, unit in zip(picked, self.units[1:])]

    @staticmethod
    def thin(maps, corner):
        """Every other row and column, from `corner` on, of the maps of full size: enough for their loss."""
        top, left = corner
        return [m[:, :, top::2, left::2] if i < vgg.POOL_BEFORE[0] else m for i, m in enumerate(maps)]

    def student_maps(self, x):
        layout = torch.channels_last
        net = [(w.to(self.dtype).to(memory_format=layout), b.to(self.dtype)) for w, b in self.student]
        return vgg.features(x / self.units[0], net)

    def inputs(self):
        """One step's pictures in input space: crops of photos, and pictures being optimised."""
        args = self.args
        x = vgg.preprocess(self.photos.batch(args.batch).to(self.device))
        if args.iterates:
            x = torch.cat((x, self.iterates.next(self.plain(self.student), args.iterates, self.dtype)))
        return x.to(self.dtype).contiguous(memory_format=torch.channels_last)

    def plain(self, net):
        """The network in the units of the file: input space in, the teacher's features out."""
        return [(w.detach() * (o / i), b.detach() * o) for (w, b), i, o in zip(net, self.units, self.units[1:])]

    def advance(self, progress):
        """One step of Adam. progress: 0..1. Returns each layer's three parts of the loss, [layers,3]."""
        warm = min(1.0, (self.step + 1) / 200)
        rate = self.args.rate * warm * (0.5 + 0.5 * math.cos(math.pi * min(1.0, progress)))
        for group in self.adam.param_groups:
            group["lr"] = rate
        x = self.inputs()
        corner = torch.randint(2, (2,)).tolist()
        targets = self.teacher_maps(x, corner)
        total, parts = 0, []
        for layer, (z, y) in enumerate(zip(self.thin(self.student_maps(x), corner), targets)):
            if layer == 0:
                continue
            before, after = self.weights[layer]
            square = self.units[layer + 1] ** 2
            value, part = loss.layer_loss(z, y, (before * square, after * square))
            total = total + value
            parts.append(part)
        self.adam.zero_grad(set_to_none=True)
        total.backward()
        self.adam.step()
        self.step += 1
        keep = min(0.999, self.step / (self.step + 20))
        with torch.no_grad():
            for mean, pair in zip(self.average, self.student):
                for m, t in zip(mean, pair):
                    m.lerp_(t, 1 - keep)
        return torch.stack(parts)

    def save(self):
        """Writes the model (the running average of the weights) and the checkpoint."""
        args = self.args
        metadata = {
            "architecture": "vgg19",
            "name": "lite",
            "input": vgg.INPUT_SPACE,
            "layers": f"{vgg.LAYERS[0]}..{vgg.LAYERS[-1]}",
            "credit": f"trained by libnst from {TEACHER}",
            "method": "a subset of the teacher's channels, fitted by least squares and then by Adam (tools/train-lite)",
            "widths": " ".join(map(str, args.widths)),
            "seed": str(args.seed),
            "steps": str(self.step),
        }
        out = pathlib.Path(args.out)
        vgg.save(out.with_name(out.name + ".new"), self.plain(self.average), metadata)
        out.with_name(out.name + ".new").replace(out)
        state = {k: getattr(self, k) for k in ("step", "seconds", "channels", "weights", "units", "student", "average")}
        torch.save({**state, "adam": self.adam.state_dict(), "widths": args.widths}, self.checkpoint)

    def restore(self):
        state = torch.load(self.checkpoint, map_location=self.device)
        self.args.widths = state.pop("widths")
        adam = state.pop("adam")
        for key, value in state.items():
            setattr(self, key, value)
        self.student = [tuple(t.detach() for t in pair) for pair in self.student]
        self.make_optimizer()
        self.adam.load_state_dict(adam)


def clock(seconds):
    return f"{int(seconds) // 3600}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02}"


def main():
    args = arguments()
    training = Training(args)
    began, before = time.time(), training.seconds
    sums, count, reported, saved = 0, 0, time.time(), time.time()
    while True:
        training.seconds = before + time.time() - began
        progress = training.seconds / (60 * args.minutes) if args.steps is None else training.step / max(1, args.steps)
        if progress >= 1 or training.step == args.steps:
            break
        sums, count = sums + training.advance(progress), count + 1
        if time.time() - reported > 30:
            mean = sums / count
            left = training.seconds / max(progress, 1e-6) * (1 - progress)
            layers = "  ".join("/".join(f"{v:.5f}" for v in layer) for layer in mean.tolist())
            print(f"step {training.step}  {progress:.1%}  loss {mean.sum():.5f}  [{layers}]  left {clock(left)}", flush=True)
            sums, count, reported = 0, 0, time.time()
        if time.time() - saved > 60 * args.every:
            training.save()
            saved = time.time()
    training.save()
    print(f"{training.step} steps in {clock(training.seconds)}: {args.out}")


if __name__ == "__main__":
    main()
