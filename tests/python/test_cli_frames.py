"""nst stylize --frames: the run as numbered pictures of one size."""
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from program import DONE, SYSTEM, USE, Program, png, png_size  # noqa: E402


class Frames(Program):
    def paint(self, *arguments, contents=("town.png",)):
        return self.stylize(*contents, "--style", "paint.png", "-o", "{name}-out.png", "--force", *arguments)

    def frames(self, folder="film"):
        return sorted(p.name for p in (self.here / folder).iterdir())

    def test_one_after_each_evaluation_and_the_result(self):
        """7 evaluations at two sizes: the coarse ones are enlarged."""
        result = self.paint("--frames", "film")
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assertEqual(self.frames(), [f"{i:04}.png" for i in range(1, 9)])
        self.assertEqual({png_size(self.here / "film" / name) for name in self.frames()}, {(32, 24)})
        pictures = [(self.here / "film" / name).read_bytes() for name in self.frames()]
        self.assertEqual(pictures[-1], (self.here / "town-out.png").read_bytes())
        self.assertGreater(len(set(pictures)), 4)
        self.assertFalse([name for name in self.files() if name.startswith("town-out-")])

    def test_every_so_many(self):
        self.assertEqual(self.paint("--frames", "film", "--save-every", "3").returncode, DONE)
        self.assertEqual(self.frames(), ["0001.png", "0002.png", "0003.png"])

    def test_a_folder_for_each_of_several(self):
        (self.here / "hill.png").write_bytes(png(40, 30, 60))
        both = ("town.png", "hill.png")
        self.assertEqual(self.paint("--frames", "{name}", "--save-every", "4", contents=both).returncode, DONE)
        self.assertEqual((self.frames("town"), self.frames("hill")), (["0001.png", "0002.png"],) * 2)
        self.fails(self.paint("--frames", "film", contents=both), USE, "--frames: expected a name for each of 2")

    def test_a_folder_with_frames_is_refused(self):
        (self.here / "film").mkdir()
        (self.here / "film" / "notes.txt").write_text("stays")
        self.assertEqual(self.paint("--frames", "film", "--save-every", "4").returncode, DONE)
        before = {name: (self.here / "film" / name).read_bytes() for name in self.frames()}
        self.fails(self.paint("--frames", "film"), USE, "--frames: film: has frames already", "an empty folder")
        self.assertEqual({name: (self.here / "film" / name).read_bytes() for name in self.frames()}, before)

    def test_no_folder(self):
        self.fails(self.paint("--frames", "none/film"), SYSTEM, "--frames: none/film", "No such file")
        self.fails(self.paint("--frames", "town.png"), SYSTEM, "--frames: town.png", "Not a directory")

    @unittest.skipIf(os.geteuid() == 0, "everything is writable to root")
    def test_a_folder_that_cannot_be_written(self):
        (self.here / "film").mkdir(0o500)
        self.fails(self.paint("--frames", "film"), SYSTEM, "--frames: film: cannot be written", "Permission denied")


if __name__ == "__main__":
    unittest.main()
