"""nst style: a painting that was measured paints as the painting does."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from program import DONE, INPUT, QUICK, SMALL, USE, Program  # noqa: E402


class Styles(Program):
    def save(self, *arguments, name="a.nststyle"):
        result = self.run_nst("style", "save", "paint.png", "-o", name, *SMALL[:2], "--style-layers", "conv1_1,conv2_1",
                              "--sizes", "16,32", *arguments)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (DONE, "", ""))

    def painted(self, *arguments):
        result = self.stylize("town.png", *arguments, "-o", "out.png", "--force")
        self.assertEqual(result.returncode, DONE, result.stderr)
        return (self.here / "out.png").read_bytes()

    def test_the_same_picture(self):
        self.save("--dtype", "f32")
        self.assertEqual(self.painted("a.nststyle"), self.painted("paint.png"))
        mixed = ["--style", "town.png=2", "--style"]
        self.assertEqual(self.painted(*mixed, "a.nststyle=1"), self.painted(*mixed, "paint.png=1"))

    def test_f16(self):
        self.save()
        self.assertEqual(self.shown("a.nststyle")["dtype"], "f16")
        self.assertNotEqual(self.painted("a.nststyle"), self.painted("town.png"))

    def test_masks(self):
        (self.here / "left.pgm").write_bytes(b"P5\n36 44\n255\n" + (bytes([255]) * 18 + bytes(18)) * 44)
        self.save("--dtype", "f32", "--style-where", "!left.pgm")
        masked = ["paint.png", "--style-where", "!left.pgm"]
        self.assertEqual(self.painted("a.nststyle"), self.painted(*masked))
        result = self.stylize("town.png", "a.nststyle", "--style-where", "left.pgm", "-o", "out.png", "--force")
        self.assertEqual(result.returncode, USE)
        self.assertIn("a mask is given when the style is saved", result.stderr)

    def test_one_content(self):
        self.save("--content", "town.png")
        self.assertEqual(self.shown("a.nststyle")["sizes"].count(","), 1)

    def shown(self, name):
        result = self.run_nst("style", "show", name, "--json")
        self.assertEqual(result.returncode, DONE, result.stderr)
        return json.loads(result.stdout)

    def test_show(self):
        self.save("--license", "CC0, \"me\"")
        shown = self.shown("a.nststyle")
        self.assertEqual(shown["license"], "CC0, \"me\"")
        self.assertEqual(shown["painting"], "36x44")
        self.assertEqual(shown["model"], "small.safetensors")
        self.assertEqual(shown["bytes"], (self.here / "a.nststyle").stat().st_size)
        plain = self.run_nst("style", "show", "a.nststyle").stdout
        for text in ("conv1_1,conv2_1", shown["model_hash"], "CC0", "written by"):
            self.assertIn(text, plain)

    def refused(self, code, said, *arguments):
        result = self.run_nst(*arguments)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertIn(said, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)

    def test_what_does_not_fit(self):
        self.save()
        run = ["stylize", "town.png", "a.nststyle", "-o", "out.png"]
        self.refused(USE, "expected the model that it was measured with", *run)
        self.refused(USE, "which a picture of 80x60 needs", *run, *SMALL, "--sizes", "16:2,80:2")
        self.refused(USE, "padding", *run, *SMALL, *QUICK[:4], "--padding", "zero")
        self.refused(USE, "no picture whose colours", *run, *SMALL, *QUICK[:4], "--color", "match")

    def test_bad_use(self):
        self.refused(USE, "-o OUT.nststyle", "style", "save", "paint.png")
        self.refused(USE, "takes one picture, found 2", "style", "save", "paint.png", "town.png", "-o", "a.nststyle")
        self.refused(USE, "expected another name", "style", "save", "paint.png", "-o", "paint.png")
        self.refused(INPUT, "none.png", "style", "save", "none.png", "-o", "a.nststyle", *SMALL)
        self.refused(USE, "takes one file, found 0", "style", "show")
        self.refused(INPUT, "expected a style", "style", "show", "paint.png")
        self.refused(INPUT, "other safetensors", "style", "show", "small.safetensors")
        self.refused(INPUT, "none.nststyle", "style", "show", "none.nststyle")
        self.refused(USE, "did you mean 'nst style show'?", "style", "shoe")
        self.refused(USE, "nst style --help lists those that there are", "style", "painting.jpg")
        self.refused(USE, "f32 or f16", "style", "save", "paint.png", "-o", "a.nststyle", "--dtype", "bf16", *SMALL)

    def test_it_is_no_picture(self):
        self.save()
        self.refused(INPUT, "a safetensors file", "stylize", "a.nststyle", "paint.png", "-o", "out.png", *SMALL)

    def test_a_cut_file(self):
        self.save()
        cut = self.here / "cut.nststyle"
        cut.write_bytes((self.here / "a.nststyle").read_bytes()[:-3])
        self.refused(INPUT, "cut.nststyle", "stylize", "town.png", "cut.nststyle", "-o", "out.png", *SMALL)
        cut.write_bytes(b"")
        self.refused(INPUT, "cut.nststyle", "stylize", "town.png", "cut.nststyle", "-o", "out.png", *SMALL)


if __name__ == "__main__":
    unittest.main()
