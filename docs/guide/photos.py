#!/usr/bin/env python3
"""The tables and the sheet of Photographs in docs/guide.md: what each way to paint a photograph keeps of it, and what it
takes from another.

usage: photos.py --nst build/nst --model vgg19.safetensors --work FOLDER [--size 512] [--sheet photo.jpg] [PAIR ...]

The photographs are those of four packages of Debian 12, fetched by apt-get download and unpacked in --work, and reduced to
1024 pixels. Paints each pair in each way and prints the means over the pairs, and those over the pairs with masks. Needs
Python's PIL and NumPy. The columns:
  gradients  correlation of the gradients of luma with those of the content
  SSIM       of luma with that of the content (Wang et al. 2004)
  texture    what is finer than 2 pixels, where the content hardly changes within 9 pixels: its size beside the content's
  colours    Wasserstein distance of the colours from those of the style, as normal distributions; in the table of masks
             of each region's colours, their mean by area
Pictures are kept in --work, so that a second call paints only what is missing.
"""
import argparse
import os
import pathlib
import subprocess

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

LOMIRI = "lomiri-wallpapers-16.04/usr/share/backgrounds/"
PALAPELI = "palapeli-data/usr/share/palapeli/collection/"
PLASMA = "plasma-workspace-wallpapers/usr/share/wallpapers/"
# The package and the file in it; the shapes of nst mask that are its sky.
PHOTOS = {
    "peaks": (LOMIRI + "picosdeeuropa_by_Aitzol_Berasategi.jpg",
              ["grow=1%,3%/99%,3%+30%,10%/45%,25%+2%,20%/5%,10%+12%,14%/31%,37%:"
               "1%,60%/99%,60%+30%,40%/98%,35%+5%,40%/20%,48%+55%,30%/62%,25%+90%,25%/95%,40%"]),
    "sunset": (LOMIRI + "sunset_by_Aitzol_Berasategi.jpg",
               ["grow=1%,3%/99%,3%+1%,45%/99%,40%+55%,48%/62%,48%:1%,70%/99%,70%+1%,60%/99%,60%"]),
    "autumn": (LOMIRI + "aitzgorri_by_Aitzol_Berasategi.jpg",
               ["grow=1%,3%/99%,3%+3%,22%/20%,16%+90%,15%/98%,19%:5%,45%/30%,35%+40%,25%/70%,20%/80%,30%+5%,60%/95%,60%+"
                "9%,29%/30%,22%/50%,18%/55%,16%/75%,21%/95%,28%"]),
    "brook": (LOMIRI + "life_by_Aitzol_Berasategi.jpg", None),
    "leaves": (PLASMA + "FallenLeaf/contents/images/2560x1600.jpg", None),
    "room": (LOMIRI + "Wine_by_Jakkub_Mede.jpg", None),
    "wall": ("opencv-doc/usr/share/doc/opencv-doc/opencv4/html/astra_color.jpg", None),
    "castle": (PALAPELI + "castle-maintenon.jpg",
               ["grow=1%,3%/99%,3%+1%,30%/8%,30%+32%,10%/70%,10%+33%,35%/60%,35%+85%,30%/99%,45%+45%,44%/57%,44%:"
                "18%,14%/18%,95%+22%,30%/22%,60%+76%,30%/75%,80%+11%,65%/95%,80%+2%,60%/2%,90%+37%,47%/37%,70%+"
                "52%,50%/52%,70%+97%,58%/97%,80%+3%,48%/4%,70%"]),
    "bridge": (PALAPELI + "cincinnati-bridge.jpg",
               ["color=5%,8%/50%,45%/95%,8%/95%,40%:0.09", "and", "polygon=0,0/100%,0/100%,62%/0,62%"]),
    "boats": (PLASMA + "EveningGlow/contents/images/2560x1600.jpg",
              ["grow=2%,4%/98%,4%+2%,20%/98%,20%+2%,24%/35%,29%+45%,32%/72%,31%:"
               "2%,55%/98%,50%+2%,70%/98%,70%+2%,44%/60%,46%+90%,30%/98%,30%+1%,32%/30%,35%/60%,36%/80%,34%"]),
    "lake": (PLASMA + "summer_1am/contents/images/2560x1600.jpg", ["polygon=0,0/100%,0/100%,68%/0,68%"]),
}
PAIRS = ["peaks:sunset", "autumn:peaks", "brook:leaves", "room:wall", "castle:bridge", "boats:lake"]
ALONE = {"the content itself": None,
         "`--init recolored` alone": ["--init", "recolored", "--sizes", "none", "--steps", "1"],
         "preset `content`": [],
         "`--photo --init noise`": ["--photo", "--init", "noise"],
         "`--photo`": ["--photo"],
         "`--photo --style-loss w2`": ["--photo", "--style-loss", "w2"]}
MASKED = {"`--photo`": ["--photo"],
          "`--photo`, sky from sky": ["--photo", "masks"],
          "`--photo --style-loss w2`, sky from sky": ["--photo", "--style-loss", "w2", "masks"]}
# Those whose licences allow a copy here: CC BY 4.0 but for the wall, which is OpenCV's, Apache 2.0.
NOISE, PHOTO, MASKS = ["--photo", "--init", "noise"], ["--photo"], ["--photo", "masks"]
SHEET = [("peaks:sunset", NOISE, PHOTO, MASKS), ("autumn:peaks", [], PHOTO, MASKS), ("room:wall", [], NOISE, PHOTO)]


class Photos:
    def __init__(self, o):
        self.o, self.work = o, pathlib.Path(o.work)
        self.work.mkdir(parents=True, exist_ok=True)

    def run(self, *words, **options):
        subprocess.run([str(word) for word in words], check=True, **options)

    def package(self, name):
        folder = self.work / "packages"
        if not (folder / name).is_dir():
            folder.mkdir(exist_ok=True)
            self.run("apt-get", "-q", "download", name, cwd=folder, stdout=subprocess.DEVNULL)
            self.run("dpkg", "-x", next(folder.glob(f"{name}_*.deb")), folder / name)
        return folder

    def photo(self, name):
        """At 1024 pixels, upright."""
        out, file = self.work / f"{name}.png", PHOTOS[name][0]
        if not out.exists():
            image = ImageOps.exif_transpose(Image.open(self.package(file.split("/")[0]) / file)).convert("RGB")
            image.thumbnail((1024, 1024), Image.LANCZOS)
            image.save(out)
        return out

    def mask(self, name):
        out, shapes = self.work / f"{name}-sky.png", PHOTOS[name][1]
        if shapes and not out.exists():
            self.run(self.o.nst, "mask", self.photo(name), *shapes, "-o", out, "--feather", "2", "-q")
        return out if shapes else None

    def painted(self, pair, options, size):
        """The picture that these options give; made if it is not there yet."""
        content, style = pair.split(":")
        out = self.work / f"{content}-{style}-{size}-{pathlib.Path(self.o.model).stem}{''.join(options)}.png"
        if out.exists():
            return out
        names = ["--style", self.photo(style)]
        if "masks" in options:
            where, from_ = self.mask(content), self.mask(style)
            names = [*names, "--where", where, "--style-where", from_,
                     *names, "--where", f"!{where}", "--style-where", f"!{from_}"]
        self.run(self.o.nst, "stylize", self.photo(content), *names, "-o", out, "-m", self.o.model, "--size", size, "-q",
                 *(word for word in options if word != "masks"))
        return out

    def measure(self, pair, options, regions):
        content, style = pair.split(":")
        after = load(self.photo(content) if options is None else self.painted(pair, options, self.o.size), self.o.size)
        before, from_ = load(self.photo(content), shape=after.shape), load(self.photo(style), self.o.size)
        a, b = luma(before), luma(after)
        distance = colours(after, from_)
        if regions:
            here, there = (luma(load(self.mask(name), shape=picture.shape)) > 0.5
                           for name, picture in ((content, after), (style, from_)))
            distance = here.mean() * colours(after[here], from_[there]) + (~here).mean() * colours(after[~here], from_[~there])
        return gradients(a, b), ssim(a, b), texture(a, b), distance

    def table(self, ways, pairs, regions):
        print(f"{self.o.size} pixels, {' '.join(pairs)}\n\n| | gradients | SSIM | texture | colours |\n|---|---|---|---|---|")
        for way, options in ways.items():
            found = np.array([self.measure(pair, options, regions) for pair in pairs])
            for pair, row in zip(pairs, found):
                print(f"<!-- {way}, {pair}: {' '.join(f'{value:.3f}' for value in row)} -->")
            print(f"| {way} | " + " | ".join(f"{value:.2f}" for value in found.mean(0)) + " |", flush=True)
        print()

    def sheet(self, out, width=200, height=150, gap=6, line=18):
        """A row for each pair: the content, the style, and three ways."""
        page = Image.new("RGB", (5 * (width + gap) - gap, len(SHEET) * (height + line + gap)), "white")
        draw, font = ImageDraw.Draw(page), ImageFont.truetype("DejaVuSans.ttf", 12)
        for row, (pair, *ways) in enumerate(SHEET):
            files = [self.photo(name) for name in pair.split(":")] + [self.painted(pair, way, self.o.size) for way in ways]
            texts = ["a photograph", "another"] + [" ".join(way).replace("masks", "and masks") or "preset content"
                                                   for way in ways]
            for column, (file, text) in enumerate(zip(files, texts)):
                x, y = column * (width + gap), row * (height + line + gap)
                page.paste(ImageOps.fit(Image.open(file).convert("RGB"), (width, height), Image.LANCZOS), (x, y))
                draw.text((x + 2, y + height + 2), text, "black", font)
        page.save(out, quality=88, optimize=True)


def load(path, size=None, shape=None):
    image = Image.open(path).convert("RGB")
    sides = shape[1::-1] if shape else [max(1, round(side * size / max(image.size))) for side in image.size]
    return np.asarray(image.resize(sides, Image.LANCZOS)) / 255


def luma(picture):
    return picture @ np.array([0.299, 0.587, 0.114])


def blur(plane, sigma):
    reach = int(3 * sigma + 1)
    kernel = np.exp(-np.arange(-reach, reach + 1) ** 2 / (2 * sigma ** 2))
    for _ in range(2):
        padded = np.pad(plane.T, [(reach, reach), (0, 0)], mode="reflect")
        plane = sum(k * padded[i:i + plane.shape[1]] for i, k in enumerate(kernel / kernel.sum()))
    return plane


def gradients(a, b):
    x, y = (np.concatenate([np.diff(p, axis=0).ravel(), np.diff(p, axis=1).ravel()]) for p in (a, b))
    return (x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum())


def ssim(a, b):
    m, n = blur(a, 1.5), blur(b, 1.5)
    variances, covariance = blur(a * a + b * b, 1.5) - m * m - n * n, blur(a * b, 1.5) - m * n
    return ((2 * m * n + 1e-4) * (2 * covariance + 9e-4) / ((m * m + n * n + 1e-4) * (variances + 9e-4))).mean()


def texture(a, b):
    deviation = np.sqrt(np.maximum(blur(a * a, 3) - blur(a, 3) ** 2, 0))
    flat = deviation <= max(np.quantile(deviation, 0.3), 0.012)
    fine = [np.sqrt(((p - blur(p, 2))[flat] ** 2).mean()) for p in (a, b)]
    return fine[1] / fine[0]


def root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T


def colours(a, b):
    (m, s), (n, t) = ((p.reshape(-1, 3).mean(0), np.cov(p.reshape(-1, 3).T)) for p in (a, b))
    between = root(root(s) @ t @ root(s))
    return np.sqrt(max(((m - n) ** 2).sum() + np.trace(s + t - 2 * between), 0))


def main():
    parser = argparse.ArgumentParser()
    for name in ("--nst", "--model", "--work"):
        parser.add_argument(name, required=True)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--sheet")
    parser.add_argument("pairs", nargs="*", default=PAIRS)
    o = parser.parse_args()
    o.nst, photos = os.path.abspath(o.nst), Photos(o)
    if o.sheet:
        return photos.sheet(o.sheet)
    photos.table(ALONE, o.pairs, False)
    masked = [pair for pair in o.pairs if all(PHOTOS[name][1] for name in pair.split(":"))]
    if masked:
        photos.table(MASKED, masked, True)


if __name__ == "__main__":
    main()
