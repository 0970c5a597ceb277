"""The same settings give the same look at every size, with every control.

A result of a large size, shrunk to the smallest, is judged by the objective of the smallest, beside the result that was
painted there for that objective. The content has a style loss of about 0.6, and the results have a few thousandths.
NST_STEADY_SIZES="256,512,1024" takes other sizes than the quick ones; the figures are printed.
"""
import os
import pathlib
import subprocess
import tempfile
import unittest

import binding
from binding import nst

SIZES = [int(size) for size in os.environ.get("NST_STEADY_SIZES", "256,512").split(",")]
DRAW = pathlib.Path(os.environ.get("NST_BUILD_DIR", "")) / "draw"
FACTOR = 2


@unittest.skipUnless(binding.has("numpy"), "needs NumPy")
@unittest.skipUnless(DRAW.is_file(), "the program that draws is not built")
class Steady(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        import numpy
        with tempfile.TemporaryDirectory() as folder:
            for name in ("content", "style", "mosaic"):
                subprocess.run([DRAW, name, f"{folder}/{name}.png"], check=True)
                setattr(cls, name, nst.Image(f"{folder}/{name}.png"))
        cls.model = nst.Model("lite")
        down = numpy.linspace(0, 1, 60)[:, None, None] * numpy.ones((60, 80, 3))
        cls.water = nst.Image(((down > 0.66) * 1.0).astype(numpy.float32))
        cls.slope, cls.slope_of_style = (nst.Image(slope.astype(numpy.float32)) for slope in (down, down[:, :75]))

    def transfer(self, size, change=None, **options):
        transfer = nst.Transfer(self.model, size=size, **options).set_content(self.content)
        (change or (lambda t: t.add_style(self.style)))(transfer)
        return transfer

    def style_loss(self, transfer, picture):
        """The mean over regions, blended styles and layers, as in the total."""
        transfer.evaluate(picture)
        return sum(term.value * term.weight for name, term in transfer.terms.items() if name.startswith("style/"))

    def check(self, change=None, **options):
        small = self.transfer(SIZES[0], change, **options)
        pictures = [self.transfer(size, change, **options).run() for size in SIZES]
        width, height = pictures[0].width, pictures[0].height
        losses = [self.style_loss(small, picture.resize(width, height)) for picture in pictures]
        print(self.id().rpartition(".")[2], *(f"{size}: {loss:.3g}" for size, loss in zip(SIZES, losses)),
              f"ratio {losses[-1] / losses[0]:.2f}", flush=True)
        for loss in losses[1:]:
            self.assertLess(loss, FACTOR * losses[0])
            self.assertGreater(loss, losses[0] / FACTOR)

    def test_plain(self):
        self.check()

    def test_centred(self):
        self.check(style_loss="centred")

    def test_meanstd(self):
        self.check(style_loss="meanstd")

    def test_w2(self):
        self.check(style_loss="w2")

    def test_color_match(self):
        self.check(color="match")

    def test_color_luma(self):
        self.check(color="luma")

    def test_color_both(self):
        self.check(color="both")

    def test_photo(self):
        self.check(preset="photo")

    def test_masks(self):
        self.check(lambda t: t.add_style(self.style).add_style(self.mosaic, 1, self.water))

    def test_mask_of_a_style(self):
        self.check(lambda t: t.add_style(nst.Style(self.style, mask=self.slope_of_style)))

    def test_freeze(self):
        self.check(lambda t: t.add_style(self.style).set_freeze(self.water))

    def test_content_map(self):
        self.check(lambda t: t.add_style(self.style).set_content_map(self.slope), content_weight=0.02)

    def test_blended_losses(self):
        self.check(lambda t: t.add_style(self.style).add_style(self.mosaic), blend="loss")

    def test_style_scale(self):
        self.check(style_scale=2)


if __name__ == "__main__":
    unittest.main()
