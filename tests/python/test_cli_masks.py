"""Masks in the program: --where and --style-where."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from program import DONE, INPUT, USE, Program, png  # noqa: E402


def half(left, right):
    """A picture as text, of 32x24 pixels, in two greys."""
    return b"P5\n32 24\n255\n" + (bytes([left]) * 16 + bytes([right]) * 16) * 24


class Masks(Program):
    def setUp(self):
        super().setUp()
        for name, data in (("left.pgm", half(255, 0)), ("right.pgm", half(0, 255)), ("black.pgm", half(0, 0)),
                           ("white.pgm", half(255, 255)), ("square.png", png(20, 20)), ("part.png", png(18, 22))):
            (self.here / name).write_bytes(data)

    def terms(self, *arguments):
        result = self.run_nst("eval", "town.png", "--content", "town.png", "-m", "./small.safetensors", "--json",
                              "--style-layers", "conv1_1,conv2_1", *arguments)
        self.assertEqual(result.returncode, DONE, result.stderr)
        return json.loads(result.stdout)["terms"]

    def painted(self, *arguments):
        result = self.stylize("town.png", *arguments, "-o", "out.png", "--force")
        self.assertEqual(result.returncode, DONE, result.stderr)
        return (self.here / "out.png").read_bytes()

    def test_an_inverted_mask_is_the_other_half(self):
        two = ["--style", "paint.png", "--where", "left.pgm", "--style", "town.png", "--where"]
        self.assertEqual(self.terms(*two, "!left.pgm"), self.terms(*two, "right.pgm"))

    def test_a_style_without_a_mask_gets_the_rest(self):
        two = self.terms("--style", "paint.png", "--where", "left.pgm", "--style", "town.png", "--where", "right.pgm")
        rest = self.terms("--style", "paint.png", "--where", "left.pgm", "--style", "town.png")
        self.assertEqual(rest.keys(), two.keys())
        self.assertIn("style/conv1_1/1", two)
        for name, term in two.items():
            self.assertAlmostEqual(rest[name]["value"], term["value"], delta=1e-4 * term["value"], msg=name)

    def test_a_white_mask_is_none(self):
        plain = self.painted("paint.png")
        self.assertEqual(self.painted("paint.png", "--where", "white.pgm"), plain)
        self.assertEqual(self.painted("--style", "paint.png", "--where", "!black.pgm"), plain)
        self.assertNotEqual(self.painted("paint.png", "--where", "left.pgm"), plain)

    def test_a_part_of_the_painting(self):
        self.assertNotEqual(self.painted("paint.png"), self.painted("paint.png", "--style-where", "part.png"))

    def test_a_file_whose_name_begins_with_the_mark(self):
        (self.here / "!left.pgm").write_bytes(half(255, 0))
        self.assertEqual(self.painted("paint.png", "--where", "!left.pgm"), self.painted("paint.png", "--where", "left.pgm"))

    def test_one_picture_as_all_masks(self):
        """Red on the left, nearly blue on the right: the nearest colour counts."""
        (self.here / "map.ppm").write_bytes(b"P6\n32 24\n255\n" + (b"\xff\0\0" * 16 + b"\x10\x20\xe0" * 16) * 24)
        masks = self.terms("--style", "paint.png=2", "--where", "left.pgm", "--style", "town.png", "--where", "right.pgm")
        both = ["--style", "paint.png=2@#FF0000", "--style", "town.png@#0000ff"]
        self.assertEqual(self.terms(*both, "--regions", "map.ppm"), masks)
        rest = self.terms(*both[:2], "--style", "town.png@#0000ff", "--style", "town.png@#0000ff", "--regions", "map.ppm")
        self.assertNotIn("style/conv1_1/2", rest)  # two styles of one colour are mixed
        for arguments, words in ((both, "--style FILE@#rrggbb: expected --regions"),
                                 (["--style", "paint.png", "--regions", "map.ppm"], "--regions: expected styles with a colour"),
                                 ([*both, "--style", "town.png@#00ff00", "--regions", "map.ppm"], "#00ff00 of town.png is not there"),
                                 ([*both, "--where", "left.pgm", "--regions", "map.ppm"], "town.png: expected --where or a colour")):
            with self.subTest(arguments=arguments):
                self.fails(self.stylize("town.png", *arguments, "-o", "out.png"), USE, words)

    def test_freeze_and_content_map(self):
        plain = self.painted("paint.png")
        frozen = self.painted("paint.png", "--freeze", "left.pgm")
        self.assertNotEqual(frozen, plain)
        self.assertEqual(self.painted("paint.png", "--freeze", "!right.pgm"), frozen)
        self.assertEqual(self.painted("paint.png", "--content-map", "white.pgm"), plain)
        self.assertNotEqual(self.painted("paint.png", "--content-map", "left.pgm"), plain)

    def test_bad_masks(self):
        for arguments, code, words in (
                (["--where", "black.pgm"], USE, ["--where black.pgm", "not black"]),
                (["--where", "!white.pgm"], USE, ["--where !white.pgm", "not black"]),
                (["--where", "square.png"], USE, ["mask of style 1", "40x30, found 20x20"]),
                (["--style-where", "square.png", "--where", "left.pgm"], USE, ["--style-where square.png", "found 20x20"]),
                (["--freeze", "white.pgm"], USE, ["--freeze white.pgm", "left to paint"]),
                (["--freeze", "square.png"], USE, ["freeze: expected", "40x30, found 20x20"]),
                (["--content-map", "square.png"], USE, ["content map", "40x30, found 20x20"]),
                (["--where", "missing.png"], INPUT, ["missing.png"]),
                (["--where", "left.pgm", "--where", "right.pgm"], USE, ["--where: expected once for each"])):
            with self.subTest(arguments=arguments):
                self.fails(self.stylize("town.png", "paint.png", *arguments, "-o", "out.png"), code, *words)
                self.assertNotIn("out.png", self.files())
        self.fails(self.run_nst("eval", "town.png", "--content", "town.png", "--where", "left.pgm", "-m", "./small.safetensors"),
                   USE, "--where: expected a --style")


if __name__ == "__main__":
    unittest.main()
