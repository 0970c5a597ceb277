"""Pictures in and out of the program: "-", pipes, --type, and outputs that would destroy an input."""
import importlib.util
import os
import pathlib
import pty
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from program import DONE, HANGS, INPUT, PROGRAM, QUICK, SMALL, USE, Program, png  # noqa: E402


class Streams(Program):
    def pipe(self, *arguments, data=b"", **more):
        """Standard input and output are pipes of bytes; -m and the sizes are given."""
        return subprocess.run([PROGRAM, "stylize", *arguments, "-m", "./small.safetensors", *QUICK], input=data,
                              cwd=self.here, env=self.environment, timeout=HANGS, capture_output=True, **more)

    def setUp(self):
        super().setUp()
        self.content, self.style = (self.here / "town.png").read_bytes(), (self.here / "paint.png").read_bytes()
        self.assertEqual(self.stylize("town.png", "paint.png", "-o", "wanted.png").returncode, DONE)
        self.wanted = (self.here / "wanted.png").read_bytes()

    def test_content_and_style_from_standard_input(self):
        for arguments, data in ((["-", "paint.png"], self.content), (["town.png", "-"], self.style),
                                (["town.png", "-s", "-=2"], self.style), (["/dev/stdin", "paint.png"], self.content)):
            result = self.pipe(*arguments, "-o", "out.png", data=data)
            self.assertEqual(result.returncode, DONE, result.stderr)
            self.assertEqual((self.here / "out.png").read_bytes(), self.wanted)

    @unittest.skipUnless(importlib.util.find_spec("PIL"), "PIL is not installed")
    def test_the_formats_of_every_converter(self):
        """A PPM picture in, a PPM picture out: the pixels are those that a PNG file brings and gets."""
        from PIL import Image
        wanted = Image.open(self.here / "wanted.png").convert("RGB")
        Image.open(self.here / "town.png").convert("RGB").save(self.here / "town.ppm")
        result = self.pipe("-", "paint.png", "-o", "-", "--type", "ppm", data=(self.here / "town.ppm").read_bytes())
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assertEqual(result.stdout, b"P6\n%d %d\n255\n" % wanted.size + wanted.tobytes())

    def test_named_pipe(self):
        os.mkfifo(self.here / "fifo")
        for arguments in (["town.png", "fifo"], ["town.png", "paint.png", "--resume", "fifo"]):
            writer = subprocess.Popen(["sh", "-c", "exec > fifo; sleep 0.2; cat paint.png"], cwd=self.here)
            result = self.pipe(*arguments, "-o", "out.png", "--force")
            self.assertEqual((result.returncode, writer.wait()), (DONE, 0), result.stderr)
            if "--resume" not in arguments:
                self.assertEqual((self.here / "out.png").read_bytes(), self.wanted)

    def test_a_large_picture_through_a_pipe(self):
        data = png(300, 300) + os.urandom(200000)  # what follows IEND is not looked at
        result = self.pipe("-", "paint.png", "-o", "out.png", data=data)
        self.assertEqual(result.returncode, DONE, result.stderr)

    def test_result_to_standard_output(self):
        result = self.pipe("town.png", "paint.png", "-o", "-")
        self.assertEqual((result.returncode, result.stdout), (DONE, self.wanted))
        self.assertIn(b"standard output: 32x24", result.stderr)
        for name in ("jpeg", "JPG"):
            result = self.pipe("-", "paint.png", "-o", "-", "-q", "--type", name, data=self.content)
            self.assertEqual((result.returncode, result.stdout[:2], result.stderr), (DONE, b"\xff\xd8", b""))

    def test_a_name_without_an_ending(self):
        result = self.pipe("town.png", "paint.png", "-o", "result", "--type", "png", "--save-every", "5")
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assertEqual((self.here / "result").read_bytes(), self.wanted)
        self.assertEqual((self.here / "result-0005").read_bytes()[:4], b"\x89PNG")
        for arguments, words in ((["-o", "result"], ["result", "--type"]), (["-o", "o.png", "--type", "jpeg"], ["--type"]),
                                 (["-o", "result", "--type", "gif"], ["--type: expected png, jpg, jpeg, ppm, pnm, pgm or pam, found 'gif'"]),
                                 (["-o", "-", "--save-every", "2"], ["--save-every"])):
            self.fails(self.stylize("town.png", "paint.png", *arguments), USE, *words)

    def test_eval(self):
        result = subprocess.run([PROGRAM, "eval", "-", "-c", "town.png", "-s", "paint.png", "--json", *SMALL],
                                input=self.content, cwd=self.here, env=self.environment, capture_output=True)
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.fails(self.run_nst("eval", "-", "-c", "-", "-s", "paint.png", *SMALL), USE, "'-'", "once")

    def test_bad_streams(self):
        for arguments in (["-", "-"], ["-", "paint.png", "--init", "-"], ["town.png", "-s", "-", "-s", "-=2"]):
            self.fails(self.stylize(*arguments, "-o", "out.png"), USE, "'-'", "once")
        for data in (b"", b"x", self.content[:40], b"GIF89a" + bytes(100), self.content[:-40]):
            result = self.pipe("-", "paint.png", "-o", "out.png", data=data)
            self.assertEqual(result.returncode, INPUT)
            self.assertRegex(result.stderr, rb"\Anst: standard input: [^\n]+\n\Z")
        self.fails(self.stylize("/dev/zero", "paint.png", "-o", "out.png"), INPUT, "/dev/zero: expected a")
        self.fails(self.stylize("/dev/null", "paint.png", "-o", "out.png"), INPUT, "/dev/null: ")
        self.assertNotIn("out.png", self.files())

    def test_no_binary_on_a_terminal(self):
        ours, theirs = pty.openpty()
        result = subprocess.run([PROGRAM, "stylize", "town.png", "paint.png", "-o", "-", *SMALL], cwd=self.here,
                                env=self.environment, stdout=theirs, stderr=subprocess.PIPE, text=True)
        os.close(ours), os.close(theirs)
        self.assertEqual(result.returncode, USE)
        self.assertRegex(result.stderr, r"\Anst: -o -: standard output is a terminal")


class Reading(Program):
    def test_warnings(self):
        (self.here / "short.png").write_bytes((self.here / "town.png").read_bytes()[:-12])
        (self.here / "paint.jpg.png").write_bytes((self.here / "paint.png").read_bytes()[:-12])
        line = "the PNG file has no end: it is cut short after its last pixel"
        result = self.stylize("short.png", "paint.jpg.png", "-o", "out.png")
        self.assertEqual(result.returncode, DONE, result.stderr)
        for name in ("short.png", "paint.jpg.png"):
            self.assertIn(f"nst: warning: {name}: {line}\n", result.stderr)
        self.assertEqual(self.stylize("short.png", "paint.png", "-q", "-o", "out.png").stderr, "")
        with open(self.here / "short.png", "rb") as data:
            result = self.stylize("-", "paint.png", "-o", "out.png", stdin=data)
        self.assertIn(f"nst: warning: standard input: {line}\n", result.stderr)
        result = self.run_nst("eval", "town.png", "--content", "short.png", "--style", "paint.png", *SMALL)
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assertIn(f"nst: warning: short.png: {line}\n", result.stderr)

    def test_transparency_that_a_file_cannot_have(self):
        (self.here / "cutout.png").write_bytes(png(40, 30, channels=4))
        line = "nst: warning: out.jpg: jpeg has no transparency: the picture is laid on {} (--background; PNG keeps it)\n"
        result = self.stylize("cutout.png", "paint.png", "-o", "out.jpg", "--save-every", "3")
        self.assertEqual((result.returncode, result.stderr.count("no transparency")), (DONE, 1), result.stderr)
        self.assertIn(line.format("white"), result.stderr)
        result = self.stylize("cutout.png", "paint.png", "-o", "out.jpg", "--background", "#102030")
        self.assertIn(line.format("#102030"), result.stderr)
        for arguments in (("cutout.png", "out.png"), ("town.png", "out.jpg"), ("cutout.png", "out.jpg", "-q")):
            result = self.stylize(arguments[0], "paint.png", "-o", *arguments[1:])
            self.assertEqual((result.returncode, result.stderr.count("transparency")), (DONE, 0), result.stderr)
        self.fails(self.stylize("cutout.png", "paint.png", "-o", "out.jpg", "--background", "sky"), USE, "--background: ")

    def test_max_pixels(self):
        result = self.stylize("town.png", "paint.png", "-o", "out.png", "--max-pixels", "1199")
        self.fails(result, INPUT, "paint.png: 36x44 pixels are above the cap of 1199")
        self.assertIn("--max-pixels", result.stderr)
        with open(self.here / "paint.png", "rb") as data:
            result = self.stylize("town.png", "-", "-o", "out.png", "--max-pixels=1583", stdin=data)
        self.fails(result, INPUT, "standard input: 36x44 pixels")
        for cap in ("1200", "1584"):  # style: 36 x 44
            result = self.stylize("town.png", "paint.png", "-o", "out.png", "--max-pixels", cap)
            self.assertEqual(result.returncode, DONE if cap == "1584" else INPUT, result.stderr)
        for bad in ("0", "-1", "many", ""):
            self.fails(self.stylize("town.png", "paint.png", "-o", "out.png", "--max-pixels", bad), USE, "--max-pixels: ")
        result = self.run_nst("eval", "town.png", "--style", "paint.png", *SMALL, "--max-pixels", "1199")
        self.fails(result, INPUT, "town.png: 40x30 pixels")


if __name__ == "__main__":
    unittest.main()
