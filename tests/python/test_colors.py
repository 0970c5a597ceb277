"""Whose colours the result has: the option of Python and of nst, and the same look at every size."""
import math
import pathlib
import subprocess
import tempfile
import unittest

import binding
from binding import MODEL, QUICK, nst, picture
from program import PROGRAM

COLORS = [color.name.lower() for color in nst.Color]


def grey(image):
    """Its rows of pixels, each channel the same."""
    out = image.copy()
    pixels = memoryview(out.pixels)
    for y in range(image.height):
        for x in range(image.width):
            for c in (1, 2):
                pixels[y, x, c] = pixels[y, x, 0]
    return out


def waves(width, height, waves_across, colors):
    """Soft stripes in two colours, which look the same at every size."""
    image = nst.Image.new(width, height)
    pixels = memoryview(image.pixels)
    for y in range(height):
        for x in range(width):
            wave = 0.5 + 0.4 * math.sin(2 * math.pi * waves_across * (x + 0.5 * y) / width) * math.cos(9 * y / height)
            for c in range(3):
                pixels[y, x, c] = colors[0][c] * wave + colors[1][c] * (1 - wave)
    return image


def channels(image):
    values = binding.flat(image.pixels)
    return [values[c::3].tolist() for c in range(3)]


def means(image):
    return [sum(channel) / len(channel) for channel in channels(image)]


class Colors(unittest.TestCase):
    def test_keyword(self):
        results = [nst.stylize(picture(32, 24), picture(30, 30, 0.5), model=MODEL, color=color, **QUICK).tobytes()
                   for color in COLORS]
        self.assertEqual(len(set(results)), 4)
        plain = nst.stylize(picture(32, 24), picture(30, 30, 0.5), model=MODEL, **QUICK).tobytes()
        self.assertEqual(results[0], plain)
        self.assertEqual(nst.Transfer(MODEL, color=nst.Color.BOTH).get("color"), "both")
        with self.assertRaisesRegex(ValueError, "color"):
            nst.Transfer(MODEL, color="grey")

    def test_a_preset_leaves_it(self):
        self.assertEqual(nst.Transfer(MODEL, color="luma").set_preset("baseline").get("color"), "luma")

    def test_grey_stays_grey(self):
        for color in ("luma", "both"):
            result = nst.stylize(grey(picture(32, 24)), picture(30, 30, 0.5), model=MODEL, color=color, **QUICK)
            red, green, blue = channels(result)
            self.assertTrue(red == green == blue)

    def test_the_same_look_at_every_size(self):
        """Seen small, a large result has the style and the colours of a small one."""
        content = waves(160, 120, 2, ((0.2, 0.4, 0.9), (0.9, 0.9, 0.6)))
        style = waves(150, 150, 4, ((0.6, 0.2, 0.1), (0.9, 0.8, 0.4)))
        for color in COLORS[1:]:
            judge = nst.Transfer(size=64, color=color).set_content(content).add_style(style)

            def loss(image):
                judge.evaluate(image)
                return sum(term.value for name, term in judge.terms.items() if name.startswith("style/"))

            small, large = (nst.Transfer(size=size, color=color, effort="fine").set_content(content).add_style(style).run()
                            for size in (64, 128))
            large = large.resize(small.width, small.height)
            unpainted = loss(content.resize(small.width, small.height))
            for image in (small, large):
                self.assertLess(loss(image), 0.15 * unpainted, color)
            for a, b in zip(means(small), means(large)):
                self.assertAlmostEqual(a, b, delta=0.02, msg=color)


@unittest.skipUnless(PROGRAM, "needs NST_PROGRAM")
class Program(unittest.TestCase):
    def test_option(self):
        with tempfile.TemporaryDirectory() as folder:
            here = pathlib.Path(folder)
            grey(picture(40, 30)).save(here / "grey.png")
            picture(30, 30, 0.5).save(here / "style.png")
            written = {}
            for color in COLORS:
                run = subprocess.run([PROGRAM, "stylize", here / "grey.png", here / "style.png", "-o", here / "out.png", "-q",
                                      "--size", "32", "--steps", "2", "--color", color, "--png-depth", "16"],
                                     capture_output=True, text=True)
                self.assertEqual(run.returncode, 0, run.stderr)
                result = nst.Image(here / "out.png")
                written[color] = result.tobytes()
                red, green, blue = channels(result)
                self.assertEqual(red == green == blue, color in ("luma", "both"), color)
            self.assertEqual(len(set(written.values())), 4)
            run = subprocess.run([PROGRAM, "stylize", here / "grey.png", here / "style.png", "-o", here / "x.png",
                                  "--color", "gray"], capture_output=True, text=True)
            self.assertNotEqual(run.returncode, 0)
            self.assertIn("color", run.stderr)
            self.assertIn("gray", run.stderr)


if __name__ == "__main__":
    unittest.main()
