"""A result that hardly differs from its content, or hardly shows the style, says so and names the knob to turn."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from program import DONE, SMALL, Program  # noqa: E402

NEAR, UNSEEN = "the result hardly differs from its content", "the style hardly shows"


class Verdict(Program):
    def notes(self, *more, style="paint.png"):
        result = self.run_nst("stylize", "town.png", style, "-o", "out.png", *SMALL, "--sizes", "none", "--size", "40",
                              *more)
        self.assertEqual(result.returncode, DONE, result.stderr)
        return [line for line in result.stderr.splitlines() if line.startswith("nst: note: ")]

    def test_a_good_run_says_nothing(self):
        self.assertEqual(self.notes("--steps", "40"), [])

    def test_the_knob(self):
        for more, words in ((["--steps", "1"], [NEAR, "by 0.0 of 255", "try --steps 4"]),
                            (["--sizes", "40:1"], [NEAR, "try more evaluations in --sizes"]),
                            (["--steps", "20", "--style-weight", "0"], [NEAR, "try a --style-weight above 0"]),
                            (["--steps", "40", "--content-weight", "1e5"], [NEAR, "try --content-weight 10000"])):
            with self.subTest(more=more):
                note, = self.notes(*more)
                for word in words:
                    self.assertIn(word, note)

    def test_unseen_though_it_differs(self):
        note, = self.notes("--init", "noise", "--steps", "2", "--optimizer", "adam")
        self.assertIn(UNSEEN, note)
        self.assertRegex(note, r"\d+ % of its loss is left: try --steps 8$")

    def test_a_style_that_is_the_content(self):
        note, = self.notes("--steps", "20", style="town.png")
        self.assertIn(NEAR, note)
        self.assertIn("try another style", note)

    def test_a_picture_that_was_painted_before(self):
        self.assertEqual(self.notes("--steps", "40"), [])
        self.assertEqual(self.notes("--steps", "3", "--resume", "out.png", "--force"), [])

    def test_quiet(self):
        result = self.run_nst("stylize", "town.png", "paint.png", "-o", "out.png", *SMALL, "--steps", "1", "--sizes",
                              "none", "--size", "40", "-q")
        self.assertEqual((result.returncode, result.stderr), (DONE, ""))


if __name__ == "__main__":
    unittest.main()
