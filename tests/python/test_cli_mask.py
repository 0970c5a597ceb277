"""nst mask: shapes, how they are joined, soft edges, and what bad words get."""
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from program import DONE, INPUT, USE, Program  # noqa: E402

WIDTH, HEIGHT = 40, 24
RED, BLUE, GREY = (200, 40, 40), (60, 90, 200), (128, 128, 128)


def ppm(color):
    return b"P6\n%d %d\n255\n" % (WIDTH, HEIGHT) + bytes(v for y in range(HEIGHT) for x in range(WIDTH) for v in color(x, y))


class Mask(Program):
    def setUp(self):
        super().setUp()
        (self.here / "halves.ppm").write_bytes(ppm(lambda x, y: RED if x < 15 else BLUE))

    def mask(self, *words, picture="halves.ppm"):
        """Rows of bytes."""
        result = self.run_nst("mask", picture, *words, "-o", "mask.pgm", "-q")
        self.assertEqual((result.returncode, result.stdout), (DONE, ""), result.stderr)
        head, values = (self.here / "mask.pgm").read_bytes().split(b"\n255\n", 1)
        self.assertEqual(head.split(), [b"P5", b"%d" % WIDTH, b"%d" % HEIGHT])
        return [values[y * WIDTH:(y + 1) * WIDTH] for y in range(HEIGHT)]

    def white(self, test):
        return [bytes(255 if test(x, y) else 0 for x in range(WIDTH)) for y in range(HEIGHT)]

    def test_color(self):
        left = self.white(lambda x, y: x < 15)
        self.assertEqual(self.mask("color=#c82828"), left)
        self.assertEqual(self.mask("color=3,3:0.05"), left)
        self.assertEqual(self.mask("color=10%,50%"), left)
        self.assertEqual(self.mask("color=3,3/30,3"), self.white(lambda x, y: True))

    def test_luma(self):
        """A ramp of greys; OkLab's L of sRGB 128 is 0.6."""
        (self.here / "ramp.ppm").write_bytes(ppm(lambda x, y: (6 * x,) * 3))
        row = self.mask("luma=0.6:1", picture="ramp.ppm")[0]
        self.assertEqual(row[22:], bytes([255]) * 18)
        self.assertEqual(row[:19], bytes(19))
        self.assertEqual(sorted(row), list(row))

    def test_polygon(self):
        self.assertEqual(self.mask("polygon=8,4/32,4/32,20/8,20"), self.white(lambda x, y: 8 <= x < 32 and 4 <= y < 20))
        self.assertEqual(self.mask("polygon=0,0/100%,0/100%,50%/0,50%"), self.white(lambda x, y: y < 12))
        triangle = self.mask("polygon=-8,0/40.5,0/-8,24")
        inside = (48.5 * 24 - 8 * (24 + 24 * 40.5 / 48.5)) / 2  # less what lies left of the picture
        self.assertAlmostEqual(sum(map(sum, triangle)) / 255, inside, delta=1)
        self.assertTrue(set(b"".join(triangle)) - {0, 255}, "no soft pixel on a slanted edge")

    def test_gradient(self):
        row = self.mask("gradient=10,0/30,0")[5]
        self.assertEqual(row[:10], bytes(10))
        self.assertEqual(row[30:], bytes([255]) * 10)
        for x in range(10, 30):
            self.assertAlmostEqual(row[x], (x + 0.5 - 10) / 20 * 255, delta=1)

    def test_grown_from_strokes(self):
        """A blue frame around a red field: the seeds say which side its grey border belongs to."""
        (self.here / "field.ppm").write_bytes(ppm(lambda x, y: RED if 10 <= x < 30 and 6 <= y < 18 else BLUE))
        field = self.white(lambda x, y: 10 <= x < 30 and 6 <= y < 18)
        self.assertEqual(self.mask("grow=12,8/28,16:2,2", picture="field.ppm"), field)
        self.assertEqual(self.mask("grow=20,12:2,2/2,22+38,2", picture="field.ppm"), field)
        self.assertEqual(self.mask("not", "grow=2,2:20,12", picture="field.ppm"), field)
        seeds = {(20, 12): (255,) * 3, (2, 2): (0,) * 3}
        (self.here / "seeds.ppm").write_bytes(ppm(lambda x, y: seeds.get((x, y), GREY)))
        self.assertEqual(self.mask("strokes=seeds.ppm", picture="field.ppm"), field)

    def test_growing_stays_on_its_side_of_a_gap(self):
        """A line of red leads into the blue: it is of the side whose colours it has, however near the other's seed is."""
        (self.here / "tongue.ppm").write_bytes(ppm(lambda x, y: RED if x < 15 or (x < 36 and y == 12) else BLUE))
        grown = self.mask("grow=3,3:36,3/36,20", picture="tongue.ppm")
        self.assertEqual(grown, self.white(lambda x, y: x < 15 or (x < 36 and y == 12)))

    def test_joined_from_left_to_right(self):
        left, top = "color=3,3", "polygon=0,0/100%,0/100%,50%/0,50%"
        for words, test in (((left, "and", top), lambda x, y: x < 15 and y < 12),
                            ((left, "or", top), lambda x, y: x < 15 or y < 12),
                            ((left, "and", "not", top), lambda x, y: x < 15 and y >= 12),
                            (("not", left, "and", top), lambda x, y: x >= 15 and y < 12),
                            ((left, "or", top, "and", "not", left), lambda x, y: x >= 15 and y < 12),
                            ((left, "or", top, "--invert"), lambda x, y: x >= 15 and y >= 12)):
            with self.subTest(words=words):
                self.assertEqual(self.mask(*words), self.white(test))

    def test_a_mask_that_there_is(self):
        (self.here / "small.pgm").write_bytes(b"P5\n20 12\n255\n" + (bytes([255] * 10 + [0] * 10)) * 12)
        row = self.mask("file=small.pgm")[4]
        self.assertEqual((row[:17], row[23:]), (bytes([255]) * 17, bytes(17)))

    def test_feather(self):
        hard, soft = self.mask("color=3,3")[0], self.mask("color=3,3", "--feather", "8")[0]
        self.assertEqual(sorted(soft, reverse=True), list(soft))
        self.assertTrue(all(8 < v < 247 for v in soft[12:18]), list(soft))
        self.assertEqual((soft[:9], soft[21:]), (hard[:9], hard[21:]))
        self.assertAlmostEqual(soft[14] + soft[15], 255, delta=1)
        self.assertEqual(self.mask("color=3,3", "--feather", "0")[0], hard)

    def test_it_is_what_where_takes(self):
        self.mask("color=3,3")
        result = self.stylize("halves.ppm", "--style", "paint.png", "--where", "mask.pgm", "-o", "out.png")
        self.assertEqual(result.returncode, DONE, result.stderr)

    def test_preview_to_a_file(self):
        self.mask("color=3,3", "--preview=seen.ppm")
        seen = (self.here / "seen.ppm").read_bytes().split(b"\n255\n", 1)[1]
        self.assertEqual(tuple(seen[:3]), RED)
        self.assertEqual(tuple(seen[60:63]), tuple((a + b + 1) // 2 for a, b in zip(BLUE, (255, 0, 0))))

    def test_what_it_says(self):
        result = self.run_nst("mask", "halves.ppm", "color=3,3", "-o", "mask.png")
        self.assertRegex(result.stderr, r"\Amask.png: 40x24, 37.5 % white\n\Z")
        result = self.run_nst("mask", "halves.ppm", "color=#00ff00:0.01", "-o", "mask.png", "-q")
        self.assertEqual((result.returncode, result.stderr), (DONE, "nst: warning: mask.png: the mask is black everywhere\n"))

    def test_bad_words(self):
        (self.here / "flat.pgm").write_bytes(b"P5\n40 24\n255\n" + bytes([255]) * 960)
        (self.here / "tall.pgm").write_bytes(b"P5\n24 40\n255\n" + bytes(960))
        for words, code, said in (
                ((), USE, "mask needs a picture and a shape"),
                (("colour=3,3",), USE, "there is no shape 'colour=3,3': did you mean 'color'?"),
                (("blob",), USE, "expected a shape"),
                (("color=#12345",), USE, "color: expected #rrggbb or X,Y"),
                (("color=99,3",), USE, "color: expected"),
                (("color=3,3:-1",), USE, "color: expected"),
                (("luma=0.7",), USE, "luma: expected FROM:TO"),
                (("luma=0.7:0.2",), USE, "luma: expected FROM:TO"),
                (("polygon=1,1/2,2",), USE, "three points"),
                (("gradient=1,1/1,1",), USE, "gradient: expected"),
                (("grow=1,1",), USE, "grow: expected INSIDE:OUTSIDE"),
                (("strokes=flat.pgm",), INPUT, "found no black one"),
                (("file=tall.pgm",), INPUT, "tall.pgm: expected the proportions of the picture, 40x24, found 24x40"),
                (("file=none.pgm",), INPUT, "none.pgm"),
                (("color=3,3", "luma=0:1"), USE, "expected 'and' or 'or' between shapes, found 'luma=0:1'"),
                (("and", "luma=0:1"), USE, "expected a shape, color="),
                (("color=3,3", "and"), USE, "expected a shape after 'and'"),
                (("color=3,3", "or", "not"), USE, "expected a shape after 'not'"),
                (("color=3,3", "--feather", "-1"), USE, "--feather: expected pixels"),
                (("color=3,3", "-o", "halves.ppm"), USE, "halves.ppm: is read and would be replaced")):
            with self.subTest(words=words):
                self.fails(self.run_nst("mask", "halves.ppm", "-o", "mask.png", *words), code, said)
        self.fails(self.run_nst("mask", "halves.ppm", "color=3,3"), USE, "-o OUT.png")
        self.assertFalse((self.here / "mask.png").exists())

    def test_help_names_every_shape(self):
        text = self.run_nst("mask", "--help").stdout
        for shape in ("color", "luma", "polygon", "gradient", "grow", "strokes", "file"):
            self.assertTrue(re.search(rf"^  {shape}=", text, re.M), shape)


if __name__ == "__main__":
    unittest.main()
