"""Photographs: the options of nst and the keywords of Python, alone and together."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import binding  # noqa: E402
from binding import MODEL, QUICK, nst, picture  # noqa: E402
from program import DONE, INPUT, USE, Program  # noqa: E402


class Keywords(unittest.TestCase):
    def paint(self, **options):
        return nst.stylize(picture(32, 24), picture(30, 30, 0.5), model=MODEL, **QUICK, **options).tobytes()

    def test_each_changes_the_picture(self):
        results = [self.paint(**options) for options in (
            {}, {"init": "recolored"}, {"matting_weight": 100}, {"poisson_radius": 0.05}, {"preset": "photo"})]
        self.assertEqual(len(set(results)), 5)
        self.assertEqual(self.paint(init=nst.Init.RECOLORED), results[1])
        self.assertEqual(self.paint(init="recolored", content_weight=0.02, matting_weight=1000,
                                    poisson_radius=0.028), results[4])
        self.assertEqual(self.paint(preset="photo", init="content", content_weight=0.002, matting_weight=0,
                                    poisson_radius=0), results[0])

    def test_the_term(self):
        transfer = nst.Transfer(MODEL, matting_weight=3, range_weight=0, content_weight=0, style_weight=0)
        transfer.set_content(picture(32, 24))
        total, _ = transfer.evaluate(picture(32, 24, 0.5))
        self.assertEqual(list(transfer.terms), ["matting"])
        self.assertEqual(transfer.terms["matting"].weight, 3)
        self.assertAlmostEqual(total, 3 * transfer.terms["matting"].value)
        self.assertGreater(total, 0)

    def test_refused(self):
        for options in ({"matting_weight": -1}, {"poisson_radius": -0.1}, {"poisson_radius": 2}):
            name = next(iter(options)).replace("_", "-")
            with self.assertRaisesRegex(nst.CallError, rf"{name}: expected .* found"):
                nst.Transfer(MODEL, **options)
        transfer = nst.Transfer(MODEL, matting_weight=1, content_weight=0, style_weight=0)
        with self.assertRaisesRegex(nst.StateError, "no content picture"):
            transfer.evaluate(picture(32, 24))


class Commands(Program):
    def painted(self, *arguments):
        result = self.stylize("town.png", *arguments, "-o", "out.png", "--force")
        self.assertEqual(result.returncode, DONE, result.stderr)
        return (self.here / "out.png").read_bytes()

    def test_photo_is_the_preset_and_its_parts(self):
        photo = self.painted("paint.png", "--photo")
        self.assertEqual(self.painted("paint.png", "--preset", "photo"), photo)
        self.assertEqual(self.painted("paint.png", "--init", "recolored", "--content-weight", "0.02", "--matting-weight", "1000",
                                      "--poisson-radius", "0.028"), photo)
        parts = [self.painted("paint.png", *part) for part in (
            ["--init", "recolored"], ["--matting-weight", "1000"], ["--poisson-radius", "0.028"])]
        self.assertEqual(len({photo, self.painted("paint.png"), *parts}), 5)
        self.assertRegex(self.run_nst("stylize", "--photo", "--help").stdout, r"--init [\s\S]*recolored")

    def test_with_masks_and_frozen_pixels(self):
        halves = b"P5\n32 24\n255\n" + (b"\xff" * 16 + b"\0" * 16) * 24
        (self.here / "left.pgm").write_bytes(halves)
        plain = self.painted("paint.png", "--photo")
        masked = self.painted("--style", "paint.png", "--where", "left.pgm", "--style", "town.png", "--photo")
        frozen = self.painted("paint.png", "--photo", "--freeze", "left.pgm", "--color", "luma")
        self.assertEqual(len({plain, masked, frozen}), 3)

    def test_eval_has_the_term(self):
        result = self.run_nst("eval", "town.png", "--content", "town.png", "-m", "./small.safetensors", "--json",
                              "--style-weight", "0", "--matting-weight", "5")
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assertEqual(json.loads(result.stdout)["terms"]["matting"]["weight"], 5)

    def test_a_model_that_is_too_shallow(self):
        result = self.run_nst("stylize", "town.png", "paint.png", "-o", "out.png", "-m", "./small.safetensors", "--photo")
        self.fails(result, INPUT, "conv3_1: the model ends before; its deepest layer is conv2_2")

    def test_a_style_without_its_painting(self):
        saved = self.run_nst("style", "save", "paint.png", "-o", "a.nststyle", "-m", "./small.safetensors",
                             "--style-layers", "conv1_1", "--sizes", "16,32")
        self.assertEqual(saved.returncode, DONE, saved.stderr)
        result = self.stylize("town.png", "a.nststyle", "-o", "out.png", "--photo")
        self.fails(result, USE, "init recolored: style 1 has no picture whose colours could be taken", "a.nststyle")

    def test_refused(self):
        for arguments, words in ((["--matting-weight", "-1"], ["--matting-weight", "-1"]),
                                 (["--poisson-radius", "1.5"], ["--poisson-radius", "1.5"]),
                                 (["--photo=yes"], ["--photo takes no value"]),
                                 (["--init", "recoloured"], ["recolored"])):
            with self.subTest(arguments=arguments):
                result = self.stylize("town.png", "paint.png", *arguments, "-o", "out.png")
                self.assertNotEqual(result.returncode, DONE)
                for word in words:
                    self.assertIn(word, result.stderr)
                self.assertNotIn("out.png", self.files())


if __name__ == "__main__":
    unittest.main()
