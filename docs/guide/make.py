#!/usr/bin/env python3
"""The pictures and the tables of docs/guide.md and the picture of README.md, out of the drawings of docs/pictures.

usage: make.py --nst build/nst --draw build/draw --model vgg19.safetensors --work FOLDER [--to docs/guide] [SHEET ...]

Needs Python's PIL. A sheet is a row of pictures that differ in one setting; without names all are made. Under each
picture stands the setting; the table that is printed has the losses of each, all judged by preset `content`: a style
loss of 0 has all of the style, of 1 none of it; a content loss of 0 keeps every feature of the content picture.
--model, VGG-19's weights to conv3_1 or beyond, is for the sheets `models` and `fine-and-normal` alone: all others use the
embedded model.
Runs are kept in --work by their options, so that a second call makes only what has changed.
"""
import argparse
import hashlib
import json
import pathlib
import subprocess
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFilter, ImageFont

FLAT = ["--sizes", "none"]  # one size, where coarse to fine would hide the effect
CORNER = (0, 0.69, 0.31, 1)  # left, top, right, bottom of what is shown larger, as parts of the picture
DETAIL = (0.35, 0.35, 0.85, 0.85)


class Sheet(NamedTuple):
    # (what stands under the picture, options of nst stylize, or a drawing); +2,1 mixes the mosaic in, =mosaic takes that, @style:water
    # paints the style where the mask water is white
    rows: list
    box: tuple = None  # what to cut out of each
    picture: bool = True
    table: bool = True


SHEETS = {
    "models": Sheet([("random:0", ["-m", "random:0"]), ("lite", []), ("VGG-19", ["-m", "VGG"])]),
    "presets": Sheet([("content, 226 evaluations", ["--effort", "fine"]), ("baseline, 226", ["-p", "baseline", "--steps", "226"]),
                      ("baseline, 1000", ["-p", "baseline"])]),
    "size": Sheet([(size, ["--size", size]) for size in ("128", "256", "512", "768")], DETAIL, table=False),
    "sizes": Sheet([("none, 52 evaluations", ["--size", "512", *FLAT, "--steps", "52"]),
                    ("256:88,512:30", ["--sizes", "256:88,512:30"]),
                    ("auto", ["--size", "512", "--effort", "fine"])]),
    "effort": Sheet([(effort, ["--size", "512", "--effort", effort]) for effort in ("instant", "draft", "normal", "fine")], DETAIL),
    "steps": Sheet([("5", ["--steps", "5"]), ("14", ["--steps", "14"]), ("200", ["--steps", "200"])], DETAIL),
    "content-weight": Sheet([("0.0002", ["--content-weight", "0.0002"]), ("0.002", []),
                             ("0.02", ["--content-weight", "0.02"]), ("0.2", ["--content-weight", "0.2"])]),
    "style-layers": Sheet([("conv1_1", ["--style-layers", "conv1_1"]),
                           ("conv1_1,conv1_2", ["--style-layers", "conv1_1,conv1_2"]), ("the preset's five", []),
                           ("conv3_1", ["--style-layers", "conv3_1"])]),
    "content-layers": Sheet([(layer, ["--content-layers", layer, "--content-weight", "0.05"])
                             for layer in ("conv1_1", "conv2_2", "conv3_1")]),
    "style-scale": Sheet([("0.5", ["--style-scale", "0.5"]), ("1", []), ("2", ["--style-scale", "2"]),
                          ("4", ["--style-scale", "4"])], table=False),
    "mix": Sheet([(mix, ["+" + mix]) for mix in ("1,0", "2,1", "1,2", "0,1")], table=False),
    "where": Sheet([("the mask", "water"), ("strokes but in the water", ["@style:!water"]),
                    ("and the mosaic in it", ["@style:!water", "@mosaic:water"]),
                    ("both everywhere", ["+1,1"])], table=False),
    "freeze": Sheet([("nothing frozen", []), ("--freeze water", ["--freeze", "WATER"]),
                     ("--content-map water", ["--content-map", "WATER"]),
                     ("and --content-weight 0.05", ["--content-map", "WATER", "--content-weight", "0.05"])], table=False),
    "color": Sheet([("style", []), *((color, ["--color", color]) for color in ("match", "luma", "both"))], table=False),
    "tv-weight": Sheet([("0", []), *((weight, ["--tv-weight", weight]) for weight in ("1", "3", "10"))]),
    "range-weight": Sheet([(weight, ["=mosaic", "--range-weight", weight]) for weight in ("0", "1", "10", "1000")],
                          picture=False),
    "padding": Sheet([("zero", ["--padding", "zero"]), ("reflect", ["--padding", "reflect"]), ("replicate", [])],
                     CORNER),
    "init": Sheet([("content", []), ("noise", ["--init", "noise"]),
                   ("noise, seed 1", ["--init", "noise", "--seed", "1"]), ("a picture", ["--init", "MOSAIC"])]),
    "optimizer": Sheet([("lbfgs, 100 evaluations", [*FLAT, "--steps", "100"]),
                        ("adam, 100", [*FLAT, "--steps", "100", "--optimizer", "adam"]),
                        ("adam, 1000", [*FLAT, "--steps", "1000", "--optimizer", "adam"])]),
    "style-loss": Sheet([(loss, ["--style-loss", loss]) for loss in ("gram", "centred", "w2", "meanstd")]),
    "form": Sheet([(form, ["--form", form]) for form in ("relative", "mean", "gatys", "sum")]),
}
WIDTH, GAP, LINE = 208, 6, 18  # of a panel, between panels, and the height of what stands under it
PART = (150, 120, 150 + WIDTH, 270)  # of a picture of 512 pixels
FIRST = 320  # width of the pictures in README.md


class Maker:
    def __init__(self, o):
        self.o, self.work = o, pathlib.Path(o.work)
        self.work.mkdir(parents=True, exist_ok=True)
        for name in ("content", "style", "mosaic"):
            if not self.path(name).exists():
                subprocess.run([o.draw, name, self.path(name)], check=True)
        water = Image.new("L", Image.open(self.path("content")).size)
        ImageDraw.Draw(water).rectangle((0, round(0.69 * water.height), water.width, water.height), 255)
        water.filter(ImageFilter.GaussianBlur(2)).save(self.path("water"))

    def path(self, name):
        return self.work / f"{name}.png"

    def painted(self, options, size=256):
        """The picture that these options give; made if it is not there yet."""
        words = {"VGG": self.o.model, "MOSAIC": self.path("mosaic"), "WATER": self.path("water")}
        styles = [[next((word[1:] for word in options if word[0] == "="), "style")]]
        for mix in (word[1:] for word in options if word[0] == "+"):
            styles = [[f"{name}.png={share}"] for name, share in zip(("style", "mosaic"), mix.split(","))]
        if any(word[0] == "@" for word in options):
            styles = [word[1:].split(":") for word in options if word[0] == "@"]
        command = ["--size", str(size), *(str(words.get(word, word)) for word in options if word[0] not in "+=@")]
        name = hashlib.sha256(json.dumps([*styles, *command]).encode()).hexdigest()[:16]
        out = self.work / f"{name}.png"
        if not out.exists():
            named = [word for style in styles for word in self.named(*style)]
            subprocess.run([self.o.nst, "stylize", self.path("content"), *named, "-o", out, "-q", *command], check=True)
        return out

    def named(self, style, where=None):
        """The options for a style, and for its mask."""
        path = self.work / style if "=" in style else self.path(style)
        mask = [] if where is None else ["--where", "!" * where.startswith("!") + str(self.path(where.lstrip("!")))]
        return ["--style", path, *mask]

    def losses(self, picture, options, model="lite"):
        style = self.path("mosaic" if "=mosaic" in options else "style")
        out = subprocess.run([self.o.nst, "eval", picture, "--content", self.path("content"), "--style", style,
                              "--model", model, "--json"], check=True, stdout=subprocess.PIPE, text=True).stdout
        terms = json.loads(out)["terms"]
        return (sum(t["value"] for n, t in terms.items() if n.startswith("style/")) / 5,
                sum(t["value"] for n, t in terms.items() if n.startswith("content/")))


def font():
    for name in ("DejaVuSans.ttf", "LiberationSans-Regular.ttf"):
        try:
            return ImageFont.truetype(name, 13)
        except OSError:
            pass
    return ImageFont.load_default()


def row(panels, width=WIDTH, line=LINE):
    """PANELS: (text, picture), side by side, each WIDTH wide."""
    height = max(round(picture.height * width / picture.width) for _, picture in panels)
    page = Image.new("RGB", (len(panels) * (width + GAP) - GAP, height + line), "white")
    pen = ImageDraw.Draw(page)
    for i, (text, picture) in enumerate(panels):
        left = i * (width + GAP)
        page.paste(picture.resize((width, round(picture.height * width / picture.width)), Image.LANCZOS), (left, 0))
        pen.text((left + width / 2, height + 1), text, "black", font(), anchor="ma")
    return page


def first(maker, to):
    """The picture of README.md: what its first command makes, and the same with another style."""
    drawn = [(name, maker.path(name)) for name in ("content", "style", "mosaic")]
    for name, path in [*drawn, ("result", maker.painted([], 512)), ("mosaic-result", maker.painted(["=mosaic"], 512))]:
        picture = Image.open(path).convert("RGB")
        picture.resize((FIRST, round(picture.height * FIRST / picture.width)), Image.LANCZOS).save(
            to / f"{name}.jpg", quality=84, optimize=True)


def fine_and_normal(maker, to):
    """Both efforts, both models and both styles at 512 pixels: each whole, and a part of it pixel by pixel."""
    strips = []
    for style in ([], ["=mosaic"]):
        whole, parts = [], []
        for name, model in (("lite", []), ("VGG-19", ["-m", "VGG"])):
            for effort in ("fine", "normal"):
                path = maker.painted([*style, *model, "--effort", effort], 512)
                picture = Image.open(path).convert("RGB")
                whole.append(("", picture))
                parts.append((f"{name}, {effort}", picture.crop(PART)))
                print("| {} | {}, {} | {:.2g} | {:.2g} |".format("mosaic" if style else "strokes", name, effort,
                                                                 *maker.losses(path, style, maker.o.model)), flush=True)
        strips += [row(whole, line=GAP), row(parts)]
    page = Image.new("RGB", (strips[0].width, sum(strip.height for strip in strips)), "white")
    top = 0
    for strip in strips:
        page.paste(strip, (0, top))
        top += strip.height
    page.save(to / "fine-and-normal.jpg", quality=74, optimize=True)


SKY = "2%,2%/98%,2%+2%,45%/28%,45%+52%,43%/98%,43%+45%,3%/45%,38%+60%,30%/95%,30%+24%,20%/28%,42%+39%,25%/39%,40%"
LAND = "5%,62%/95%,62%+34%,20%/34%,55%+10%,85%/90%,85%"
MASKS = [("color=5%,55%:0.13", "color=5%,55%:0.13", []), ("grow=SKY:LAND", f"grow={SKY}:{LAND}", []),
         ("polygon, feathered", "polygon=0,66%/100%,66%/100%,100%/0,100%", ["--feather", "60"]),
         ("gradient=0,100%/0,0", "gradient=0,100%/0,0", [])]


def masks(maker, to):
    """The shapes of nst mask, each laid over the picture as --preview does."""
    panels = []
    for text, shape, options in MASKS:
        seen = maker.work / "seen.png"
        subprocess.run([maker.o.nst, "mask", maker.path("content"), shape, "-o", maker.work / "mask.png", "-q",
                        f"--preview={seen}", *options], check=True)
        panels.append((text, Image.open(seen).convert("RGB")))
    row(panels).save(to / "mask.jpg", quality=78, optimize=True)


def grid(name, *options):
    """A sheet of nst grid as it is."""
    def make(maker, to):
        styles = [word for style in ("style", "mosaic") for word in ("--style", maker.path(style))]
        subprocess.run([maker.o.nst, "grid", maker.path("content"), *styles[:4 if "--path" in options else 2], "--size", "208", "-q",
                        "-o", to / f"{name}.jpg", "--jpeg-quality", "78", *options], check=True, stdout=subprocess.DEVNULL)
    return make


PAGES = {"grid": grid("grid", "--controls"), "path": grid("path", "--path", "4"), "first": first, "mask": masks, "fine-and-normal": fine_and_normal}


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    for name in ("nst", "draw", "model", "work"):
        p.add_argument("--" + name, required=name != "model")
    p.add_argument("--to", default=str(pathlib.Path(__file__).parent))
    p.add_argument("sheets", nargs="*", help="of: " + " ".join([*PAGES, *SHEETS]))
    o = p.parse_args()
    maker, to = Maker(o), pathlib.Path(o.to)
    for name in o.sheets or [*PAGES, *SHEETS]:
        if name in PAGES:
            PAGES[name](maker, to)
            continue
        made, panels = SHEETS[name], []
        if made.table:
            print(f"\n| {name} | style loss | content loss |\n|---|---|---|")
        for text, options in made.rows:
            path = maker.path(options) if isinstance(options, str) else maker.painted(options)
            picture = Image.open(path).convert("RGB")
            if made.box:
                picture = picture.crop([round(part * side) for part, side in zip(made.box, picture.size * 2)])
            panels.append((text, picture))
            if made.table:
                print("| {} | {:.2g} | {:.2g} |".format(text, *maker.losses(path, options)), flush=True)
        if made.picture:
            row(panels).save(to / f"{name}.jpg", quality=78, optimize=True)


if __name__ == "__main__":
    main()
