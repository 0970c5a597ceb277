"""Random crops of photos, varied until they also cover what paintings look like."""
import pathlib

import numpy as np
import torch
from PIL import Image

SUFFIXES = (".jpg", ".jpeg", ".png")


class Photos:
    """Crops of `size` pixels from every picture in `folder`, all of them held in memory."""

    def __init__(self, folder, size, seed):
        paths = sorted(p for p in pathlib.Path(folder).iterdir() if p.suffix.lower() in SUFFIXES)
        self.pictures = []
        for path in paths:
            with Image.open(path) as picture:
                picture = picture.convert("RGB")
                if min(picture.size) >= size:
                    self.pictures.append(picture)
        if not self.pictures:
            raise SystemExit(f"{folder}: no picture of at least {size} pixels, in {len(paths)} files")
        self.size = size
        self.random = np.random.default_rng(seed)

    def crop(self):
        """One crop, [3,size,size], RGB 0..1: a square of the photo, enlarged up to 1.5 times or shrunk."""
        rng = self.random
        picture = self.pictures[rng.integers(len(self.pictures))]
        width, height = picture.size
        largest = min(width, height)
        side = np.exp(rng.uniform(np.log(self.size / 1.5), np.log(largest)))
        left, top = rng.uniform(0, width - side), rng.uniform(0, height - side)
        box = (left, top, left + side, top + side)
        kind = Image.Resampling.BICUBIC if rng.random() < 0.5 else Image.Resampling.LANCZOS
        pixels = np.asarray(picture.resize((self.size, self.size), kind, box=box), np.float32) / 255
        return self.vary(torch.from_numpy(pixels).permute(2, 0, 1))

    def vary(self, x):
        """Mirrors and turns the crop, and gives some of them colours and contrasts that photos lack."""
        rng = self.random
        if rng.random() < 0.5:
            x = x.flip(2)
        if rng.random() < 0.3:
            x = x.transpose(1, 2)
        if rng.random() < 0.3:
            x = x[torch.from_numpy(rng.permutation(3))]
        if rng.random() < 0.1:
            x = 1 - x
        if rng.random() < 0.4:
            grey = x.mean(0, keepdim=True)
            x = grey + (x - grey) * float(rng.uniform(0, 2.5))
        if rng.random() < 0.4:
            middle = x.mean((1, 2), keepdim=True)
            x = middle + (x - middle) * float(rng.uniform(0.5, 2)) + float(rng.uniform(-0.2, 0.2))
        if rng.random() < 0.15:
            noise = rng.standard_normal(x.shape, dtype=np.float32) * rng.uniform(0, 0.15)
            x = x + torch.from_numpy(noise)
        return x.clamp(0, 1)

    def batch(self, count):
        """[count,3,size,size], RGB 0..1."""
        return torch.stack([self.crop() for _ in range(count)])
