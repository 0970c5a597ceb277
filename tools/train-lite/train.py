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
PICTURE_UNIT = 60.0  # about the standard deviation of the network's input
WARM_UP = 200  # steps
AVERAGED = 1000  # steps that the running average of the weights looks back


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("weights", help="the teacher: VGG-19 as safetensors, keys as in torchvision")
    p.add_argument("photos", help="a folder of JPEG or PNG photos")
    p.add_argument("--out", required=True, help="the safetensors file to write, again at every checkpoint")
    p.add_argument("--widths", type=int, nargs=5, default=[32, 32, 64, 96, 128], metavar="C",
                   help="channels of " + " ".join(vgg.LAYERS) + " (default %(default)s)")
    p.add_argument("--steps", type=int, help="steps of training; 0: least squares alone")
    p.add_argument("--minutes", type=float, help="minutes of training, in place of --steps")
    p.add_argument("--rate", type=float, default=3e-4, help="the highest learning rate (default %(default)s)")
    p.add_argument("--batch", type=int, default=8, help="crops of photos a step (default %(default)s)")
    p.add_argument("--iterates", type=int, default=4, help="pictures being optimised a step (default %(default)s)")
    p.add_argument("--size", type=int, default=96, help="pixels of a crop (default %(default)s)")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--checkpoint", help="the state of the training (default: --out with .pt added)")
    p.add_argument("--every", type=float, default=5, help="minutes between checkpoints (default %(default)s)")
    p.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    p.add_argument("--float32", action="store_true", help="compute in 32-bit floats instead of bfloat16")
    a = p.parse_args()
    if (a.steps is None) == (a.minutes is None):
        p.error("give either --steps or --minutes")
    return a


class Training:
    """Student, teacher and data. Networks are lists of (weight, bias), one pair for each of vgg.LAYERS."""

    # What a checkpoint holds. channels: those of the teacher that are learned; weights: those of the loss;
    # units: what a map's numbers are divided by while training, the picture's first.
    STATE = ("step", "seconds", "channels", "weights", "units", "student", "average")

    def __init__(self, args):
        self.args = args
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.dtype = torch.float32 if args.float32 else torch.bfloat16
        self.checkpoint = pathlib.Path(args.checkpoint or args.out + ".pt")
        teacher, metadata = vgg.load(args.weights)
        if metadata.get("input") != vgg.INPUT_SPACE:
            found = metadata.get("input", "none")
            raise SystemExit(f"{args.weights}: expected the input space '{vgg.INPUT_SPACE}', found '{found}'")
        teacher = [(w.to(self.device), b.to(self.device)) for w, b in teacher]
        if args.resume:
            adam = self.restore()
        else:
            adam = None
            self.begin(teacher)
        self.adam = self.make_adam(adam)
        self.teacher = self.narrow(teacher)
        seed = args.seed + self.step  # a resumed run sees new crops
        torch.manual_seed(seed)
        self.photos = Photos(args.photos, args.size, seed)
        self.iterates = Iterates(self.photos, 16 * max(1, args.iterates), self.device, seed)

    def begin(self, teacher):
        """Chooses the channels and fits each layer by least squares."""
        args = self.args
        self.step, self.seconds = 0, 0.0
        torch.manual_seed(args.seed)
        photos = Photos(args.photos, args.size, args.seed)
        batches = [photos.batch(8).to(self.device) for _ in range(48)]
        self.channels, self.weights, self.units = [], [], [PICTURE_UNIT]
        moments = start.moments(teacher, batches)
        for name, width, (before, after, variance_before, variance_after) in zip(vgg.LAYERS, args.widths, moments):
            picks, explained = start.choose_channels(before, after, width)
            print(f"{name}: {width} channels of {len(before)} explain {explained[0]:.2%} before ReLU, "
                  f"{explained[1]:.2%} after", flush=True)
            unit = variance_before[picks].mean().sqrt().item()
            self.channels.append(picks)
            self.units.append(unit)
            self.weights.append((
                loss.channel_weights(variance_before[picks] / unit**2),
                loss.channel_weights(variance_after[picks] / unit**2),
            ))
        fit, errors = start.least_squares(teacher, self.channels, batches)
        print("least squares leaves " + ", ".join(f"{n} {e:.2%}" for n, e in zip(vgg.LAYERS, errors)), flush=True)
        self.student = [
            (w * (unit_in / unit_out), b / unit_out)
            for (w, b), unit_in, unit_out in zip(fit, self.units, self.units[1:])
        ]
        self.average = [tuple(t.clone() for t in pair) for pair in self.student]

    def make_adam(self, state):
        """conv1_1 reads the picture itself: least squares has the exact answer there, which Adam would only blur."""
        adam = torch.optim.Adam([t.requires_grad_(True) for pair in self.student[1:] for t in pair])
        if state:
            adam.load_state_dict(state)
        return adam

    def prepare(self, net):
        """A network in the type and memory layout of training."""
        return [(w.to(self.dtype).to(memory_format=torch.channels_last), b.to(self.dtype)) for w, b in net]

    def narrow(self, teacher):
        """The teacher as it runs in training: its last layer has only the channels that are learned."""
        last = tuple(t[self.channels[-1]] for t in teacher[-1])
        return self.prepare(teacher[:-1] + [last])

    def plain(self, net):
        """The network in the units of the file: the picture in, the teacher's features out."""
        return [(w.detach() * (o / i), b.detach() * o) for (w, b), i, o in zip(net, self.units, self.units[1:])]

    def inputs(self):
        """One step's pictures in input space: crops of photos, and pictures being optimised."""
        x = vgg.preprocess(self.photos.batch(self.args.batch).to(self.device))
        if self.args.iterates:
            moved = self.iterates.next(self.prepare(self.plain(self.student)), self.args.iterates, self.dtype)
            x = torch.cat((x, moved))
        return x.to(self.dtype).contiguous(memory_format=torch.channels_last)

    @staticmethod
    def thin(maps, corner):
        """Every other row and column, from `corner` on, of the maps of full size: enough for their loss."""
        top, left = corner
        return [m[:, :, top::2, left::2] if i < vgg.POOL_BEFORE[0] else m for i, m in enumerate(maps)]

    def targets(self, x, corner):
        """The teacher's maps, the chosen channels, in the units of training."""
        with torch.no_grad():
            maps = self.thin(vgg.features(x, self.teacher), corner)
            chosen = [m[:, picks] for m, picks in zip(maps[:-1], self.channels)] + maps[-1:]
            return [m.div_(unit) for m, unit in zip(chosen, self.units[1:])]

    def advance(self, progress):
        """One step of Adam; progress: 0..1. Returns the three parts of each layer's loss, [layers,3]."""
        warm = min(1.0, (self.step + 1) / WARM_UP)
        for group in self.adam.param_groups:
            group["lr"] = self.args.rate * warm * (0.5 + 0.5 * math.cos(math.pi * progress))
        x, corner = self.inputs(), torch.randint(2, (2,)).tolist()
        targets = self.targets(x, corner)
        maps = self.thin(vgg.features(x / self.units[0], self.prepare(self.student)), corner)
        total, parts = 0, []
        for z, y, weights in list(zip(maps, targets, self.weights))[1:]:
            value, part = loss.LayerLoss.apply(z, y, *weights)
            total = total + value
            parts.append(part)
        self.adam.zero_grad(set_to_none=True)
        total.backward()
        self.adam.step()
        self.step += 1
        self.update_average()
        return torch.stack(parts)

    @torch.no_grad()
    def update_average(self):
        share = max(1 / AVERAGED, 20 / (self.step + 20))  # looks back less far at the beginning
        for mean, pair in zip(self.average, self.student):
            for m, t in zip(mean, pair):
                m.lerp_(t, share)

    def save(self):
        """Writes the model, which is the running average of the weights, and the checkpoint."""
        metadata = {
            "architecture": "vgg19",
            "name": "lite",
            "input": vgg.INPUT_SPACE,
            "layers": f"{vgg.LAYERS[0]}..{vgg.LAYERS[-1]}",
            "credit": f"trained by libnst from {TEACHER}",
            "method": "a subset of the teacher's channels, fitted by least squares and then by Adam (tools/train-lite)",
            "widths": " ".join(str(len(c)) for c in self.channels),
            "seed": str(self.args.seed),
            "steps": str(self.step),
        }
        state = {key: getattr(self, key) for key in self.STATE}
        state["adam"] = self.adam.state_dict()
        replace(self.args.out, lambda path: vgg.save(path, self.plain(self.average), metadata))
        replace(self.checkpoint, lambda path: torch.save(state, path))

    def restore(self):
        """Takes the state from the checkpoint. Returns Adam's part of it."""
        state = torch.load(self.checkpoint, map_location=self.device)
        for key in self.STATE:
            setattr(self, key, state[key])
        self.student = [tuple(t.detach() for t in pair) for pair in self.student]
        return state["adam"]


def replace(path, write):
    """Writes to a temporary name, then renames: an interruption leaves the old file."""
    path = pathlib.Path(path)
    new = path.with_name(path.name + ".new")
    write(new)
    new.replace(path)


def clock(seconds):
    return f"{int(seconds) // 3600}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02}"


def report(training, progress, parts):
    """One line: each layer's loss after ReLU, before ReLU and of the Gram matrix, from conv1_2 on."""
    layers = "  ".join(
        name + " " + "/".join(f"{v:.5f}" for v in layer) for name, layer in zip(vgg.LAYERS[1:], parts.tolist())
    )
    left = training.seconds / progress * (1 - progress)
    print(f"step {training.step}  {progress:.1%}  {layers}  left {clock(left)}", flush=True)


def main():
    args = arguments()
    training = Training(args)
    began = time.time() - training.seconds
    reported = saved = time.time()
    sums, count = 0, 0
    while True:
        now = time.time()
        training.seconds = now - began
        done = training.seconds / (60 * args.minutes) if args.steps is None else training.step / max(1, args.steps)
        if done >= 1 or training.step == args.steps:
            break
        if now - reported > 30 and count:
            report(training, done, sums / count)
            sums, count, reported = 0, 0, now
        if now - saved > 60 * args.every:
            training.save()
            saved = now
        sums, count = sums + training.advance(done), count + 1
    training.save()
    print(f"{training.step} steps in {clock(training.seconds)}: {args.out}")


if __name__ == "__main__":
    main()
