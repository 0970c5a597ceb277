"""nst grid: what is painted in which cell, the command lines, captions, cells that fail, and bad use."""
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from program import DONE, INPUT, LAYERS, PROGRAM, STOPPED, USE, Program, png  # noqa: E402

MODEL = ["-m", "./small.safetensors", *LAYERS]
SMALL = [*MODEL, "--size", "32", "--sizes", "16:4,32:3"]
GAP = 8


def read_ppm(path):
    head, pixels = path.read_bytes().split(b"\n255\n", 1)
    _, width, height = head.split()
    width, height = int(width), int(height)
    return [pixels[3 * width * y:3 * width * (y + 1)] for y in range(height)]


class Grid(Program):
    def setUp(self):
        super().setUp()
        (self.here / "hill.png").write_bytes(png(30, 40, 60))
        (self.here / "ink.png").write_bytes(png(36, 44, 200))

    def grid(self, *arguments, code=DONE, small=SMALL):
        """The command lines that it prints."""
        result = self.run_nst("grid", *arguments, *small, "-o", "sheet.ppm")
        self.assertEqual(result.returncode, code, result.stderr)
        self.said = result.stderr
        return result.stdout.splitlines()

    def cell(self, left, top, picture):
        """The part of the sheet there, of the size of the picture."""
        return [row[3 * left:3 * left + len(picture[0])] for row in read_ppm(self.here / "sheet.ppm")[top:top + len(picture)]]

    def paint(self, line):
        """Runs a printed command line in a shell; the picture that it makes."""
        bin_folder = self.here / "bin"
        bin_folder.mkdir(exist_ok=True)
        if not (bin_folder / "nst").exists():
            (bin_folder / "nst").symlink_to(PROGRAM)
        subprocess.run(["sh", "-c", line], cwd=self.here, check=True, capture_output=True,
                       env=dict(self.environment, PATH=f"{bin_folder}:/usr/bin:/bin"))
        return read_ppm(self.here / re.search(r"--output (\S+)", line)[1])

    def test_contents_are_rows_and_styles_columns(self):
        """Each cell is to the bit what its command line paints; a column is at least 96 pixels wide."""
        lines = self.grid("town.png", "hill.png", "--style", "paint.png", "--style", "ink.png=2")
        self.assertEqual(len(lines), 4)
        for line, content, style in zip(lines, ("town", "town", "hill", "hill"), ("paint.png", "ink.png=2") * 2):
            self.assertEqual(line.split()[:4], ["nst", "stylize", "--style", style])
            self.assertEqual(line.split()[-1], content + ".png")
        pictures = [self.paint(line) for line in lines]
        self.assertEqual([(len(p[0]) // 3, len(p)) for p in pictures], [(32, 24), (32, 24), (24, 32), (24, 32)])
        self.assertEqual(self.cell(GAP + 32, GAP, pictures[0]), pictures[0])
        self.assertEqual(self.cell(GAP + 96 + GAP + 32, GAP, pictures[1]), pictures[1])
        second = len(read_ppm(self.here / "sheet.ppm")) - GAP - 32 - (GAP + int(13 * 6 / 9))
        self.assertEqual(self.cell(GAP + 36, second, pictures[2]), pictures[2])
        self.assertEqual(self.cell(GAP + 96 + GAP + 36, second, pictures[3]), pictures[3])
        self.assertRegex(self.said, r"sheet.ppm: 4 of 4 cells in \d+ s\n\Z")

    def test_values_of_an_option(self):
        lines = self.grid("town.png", "paint.png", "--vary", "content-weight=0.01,1", "--vary", "history=3,5")
        found = [re.search(r"--content-weight (\S+) --history (\S+)", line).groups() for line in lines]
        self.assertEqual(found, [("0.01", "3"), ("0.01", "5"), ("1", "3"), ("1", "5")])
        lines = self.grid("town.png", "paint.png", "--vary", "style-layers=conv1_1;conv1_1,conv2_1=2")
        self.assertEqual([re.search(r"--style-layers (\S+)", line)[1] for line in lines], ["conv1_1", "conv1_1,conv2_1=2"])

    def test_a_value_wins_over_the_option(self):
        lines = self.grid("town.png", "paint.png", "--content-weight", "7", "--vary", "content-weight=1,2")
        self.assertEqual([line.count("--content-weight") for line in lines], [1, 1])
        self.assertIn("--content-weight 2 ", lines[1])

    def test_models_and_presets(self):
        lines = self.grid("town.png", "paint.png", "--vary", "model=./small.safetensors,random:1", "--vary", "preset=content,baseline",
                          small=["--size", "32", "--sizes", "16:2", *LAYERS])
        self.assertEqual([re.search(r"--model (\S+) --preset (\S+)", line).groups() for line in lines],
                         [("./small.safetensors", "content"), ("./small.safetensors", "baseline"), ("random:1", "content"),
                          ("random:1", "baseline")])
        picture = self.paint(lines[2])
        self.assertEqual(self.cell(GAP + 40, len(read_ppm(self.here / "sheet.ppm")) - GAP - 16 - 12 - GAP + 4 + 4, picture), picture)

    def test_a_path_between_two_styles(self):
        lines = self.grid("town.png", "--style", "paint.png", "--style", "ink.png=5", "--path", "3")
        self.assertEqual([shlex.split(line)[3:6:2] for line in lines],
                         [["paint.png=1", "ink.png=0"], ["paint.png=0.5", "ink.png=0.5"], ["paint.png=0", "ink.png=1"]])
        picture = self.paint(lines[1])
        self.assertEqual(self.cell(GAP + 96 + GAP + 32, GAP, picture), picture)
        self.assertEqual(self.paint(lines[0]), self.paint(self.grid("town.png", "--style", "paint.png", "--vary", "seed=0")[0]))

    def test_all_controls(self):
        """A row of cells becomes a square."""
        lines = self.grid("town.png", "paint.png", "--controls", small=["-m", "random:0", "--sizes", "16:2"])
        self.assertGreater(len(lines), 12)
        for words in ("--style-loss w2", "--color luma", "--style-scale 2", "--init noise", "--content-weight 0.1"):
            self.assertEqual(len([line for line in lines if words in line]), 1, words)
        self.assertEqual(len(read_ppm(self.here / "sheet.ppm")[0]), 3 * (GAP + 4 * (96 + GAP)))

    def test_columns(self):
        self.grid("town.png", "paint.png", "--vary", "seed=1,2,3", "--columns", "2")
        self.assertEqual(len(read_ppm(self.here / "sheet.ppm")[0]), 3 * (GAP + 2 * (96 + GAP)))

    def test_captions(self):
        """Below each cell is something in black, and more of it where the name is longer."""
        def ink(name):
            (self.here / name).write_bytes((self.here / "ink.png").read_bytes())
            self.grid("town.png", "--style", name, "--style", "paint.png")
            rows = read_ppm(self.here / "sheet.ppm")
            return sum(255 - v for row in rows[GAP + 24 + 1:] for v in row[3 * GAP:3 * (GAP + 96)])
        self.assertGreater(ink("iiii.png"), 1000)
        self.assertGreater(ink("mmmmmm.png"), 2 * ink("i.png"))

    def test_masks(self):
        (self.here / "left.pgm").write_bytes(b"P5\n32 24\n255\n" + (bytes([255]) * 16 + bytes(16)) * 24)
        lines = self.grid("town.png", "--style", "paint.png", "--where", "!left.pgm", "--style", "ink.png", "--freeze", "left.pgm")
        self.assertIn("--style paint.png --where '!left.pgm' --freeze left.pgm", lines[0])
        self.assertNotIn("--where", lines[1])
        picture = self.paint(lines[0])
        self.assertEqual(self.cell(GAP + 32, GAP, picture), picture)

    def test_names_that_a_shell_would_change(self):
        name = "my 'own' $HOME.png"
        (self.here / name).write_bytes((self.here / "town.png").read_bytes())
        lines = self.grid(name, "--style", "paint.png", "--style", "ink.png")
        self.assertEqual(shlex.split(lines[0])[-1], name)
        self.paint(lines[0])

    def test_a_cell_that_fails_is_marked_and_the_rest_goes_on(self):
        (self.here / "torn.png").write_bytes(png(30, 40)[:60])
        lines = self.grid("town.png", "--style", "torn.png", "--style", "paint.png", code=INPUT)
        self.assertTrue(lines[0].startswith("# failed: nst stylize --style torn.png"))
        self.assertTrue(lines[1].startswith("nst stylize --style paint.png"))
        self.assertRegex(self.said, r"nst: torn.png: .*\nnst: cell 1  torn failed\n")
        self.assertIn("1 of 2 cells", self.said)
        picture = self.paint(lines[1])
        self.assertEqual(self.cell(GAP + 96 + GAP + 32, GAP, picture), picture)
        self.assertEqual(read_ppm(self.here / "sheet.ppm")[GAP + 12][3 * (GAP + 48):3 * (GAP + 48) + 3], bytes(3))  # the cross
        lines = self.grid("town.png", "paint.png", "--vary", "style-layers=conv1_1;conv5_1", code=INPUT)
        self.assertTrue(lines[1].startswith("# failed"))

    def test_no_sheet_where_nothing_is_painted(self):
        lines = self.grid("none.png", "--style", "paint.png", "--style", "ink.png", code=INPUT)
        self.assertEqual([line[:9] for line in lines], ["# failed:"] * 2)
        self.assertIn("no cell was painted", self.said)
        self.assertFalse((self.here / "sheet.ppm").exists())

    def test_stopped(self):
        process = subprocess.Popen([PROGRAM, "grid", "town.png", "paint.png", "--vary", "seed=1,2,3", *MODEL, "--sizes", "32:1000000",
                                    "--optimizer", "adam", "-o", "sheet.ppm"], cwd=self.here, env=self.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate()
        self.assertEqual(process.returncode, STOPPED)
        self.assertEqual(len(out.splitlines()), 1)
        self.assertTrue((self.here / "sheet.ppm").exists())

    def test_bad_use(self):
        two = ["--style", "paint.png", "--style", "ink.png"]
        for arguments, words in (
                ([], "grid needs contents and styles"),
                (["town.png", "paint.png"], "expected one or two of: several contents"),
                (["town.png", "hill.png", *two, "--vary", "seed=1,2"], "found 3"),
                (["town.png", "paint.png", "--vary", "seed"], "--vary: expected the name of an option and its values, found 'seed'"),
                (["town.png", "paint.png", "--vary", "content-weigth=1,2"], "did you mean 'content-weight'?"),
                (["town.png", "paint.png", "--vary", "content-weight=1,x"], "--content-weight"),
                (["town.png", "paint.png", "--vary", "history=1,x"], "--history"),
                (["town.png", "paint.png", "--path", "3"], "--path: expected two styles"),
                (["town.png", *two, "--path", "1"], "--path: expected a whole number of at least 2"),
                (["town.png", *two, "--columns", "0"], "--columns"),
                (["town.png", *two, "--size", "0"], "--size: expected a size of which 2 cells fit"),
                (["town.png", *two, "--size", "16384"], "--size: expected a size of which 2 cells fit")):
            with self.subTest(arguments=arguments):
                self.fails(self.run_nst("grid", *arguments, *MODEL, "-o", "sheet.png"), USE, words)
        self.fails(self.run_nst("grid", "town.png", *two, *MODEL), USE, "-o SHEET.png")
        self.fails(self.run_nst("grid", "town.png", *two, *MODEL, "-o", "town.png"), USE, "town.png: is read")
        self.assertFalse((self.here / "sheet.png").exists())


if __name__ == "__main__":
    unittest.main()
