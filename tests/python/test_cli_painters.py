"""nst train and nst paint."""
import json
import pathlib
import re
import signal
import struct
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from program import DONE, INPUT, LAYERS, PROGRAM, STOPPED, USE, Program, png, png_size  # noqa: E402
import subprocess  # noqa: E402

HEADER = b"YUV4MPEG2 W18 H10 F25:1 Ip A1:1 C420jpeg XCOLORRANGE=FULL"


def video(frames, width=18, height=10):
    """Grey frames, brighter from one to the next."""
    luma, chroma = width * height, ((width + 1) // 2) * ((height + 1) // 2)
    return HEADER + b"\n" + b"".join(b"FRAME\n" + bytes([60 + 20 * i]) * luma + b"\x80" * (2 * chroma) for i in range(frames))


class Painters(Program):
    def setUp(self):
        super().setUp()
        (self.here / "photos").mkdir()
        for i in range(3):
            (self.here / "photos" / f"{i}.png").write_bytes(png(90 - i, 70 + i, 40 * i))

    def train(self, out, steps, *more):
        return self.run_nst("train", "--style", "paint.png", "--photos", "photos", "-o", out, "--steps", steps, "--size", 64,
                            "-m", "./small.safetensors", *LAYERS, *more)

    def trained(self, *arguments):
        result = self.train(*arguments)
        self.assertEqual(result.returncode, DONE, result.stderr)
        return (self.here / arguments[0]).read_bytes()

    def paint(self, data, *more):
        return subprocess.run([PROGRAM, "paint", "-", "--painter", "p.nstpaint", "-o", "-", "-q", *more], cwd=self.here,
                              env=self.environment, input=data, capture_output=True)

    def test_training_goes_on_with_the_same_bits(self):
        whole = self.trained("p.nstpaint", 5, "--threads", 1)
        self.trained("q.nstpaint", 2, "--threads", 2)
        self.assertNotEqual((self.here / "q.nstpaint").read_bytes(), whole)
        self.assertEqual(self.trained("q.nstpaint", 5, "--threads", 3, "--resume"), whole)
        self.assertNotEqual(self.trained("r.nstpaint", 5, "--seed", 1), whole)
        size = struct.unpack("<Q", whole[:8])[0]
        notes = json.loads(whole[8:8 + size])["__metadata__"]
        self.assertEqual((notes["format"], notes["version"], notes["style"]), ("nstpaint", "2", "paint.png"))
        self.assertIn("2 crops of 64 pixels a step from 3 photos", notes["training"])
        self.fails(self.train("q.nstpaint", 9, "--resume", "--batch", 1), INPUT, "--resume", "1 crops", "2 crops")

    def test_some_photos_are_held_back(self):
        """From all over the folder, and the losses on them are told before their weights."""
        for i in range(3, 20):
            (self.here / "photos" / f"{i:02d}.png").write_bytes(png(80, 70, 10 * i))
        told = []
        for times in (1, 10):
            result = self.train("p.nstpaint", 1, "--content-weight", 0.01 * times, "--style-weight", times)
            told.append([float(n) for n in re.search(r"; on 4 photos that it has not seen: content (\S+), style (\S+)\n",
                                                     result.stderr).groups()])
        for once, weighted in zip(*told):
            self.assertAlmostEqual(weighted / once, 1, delta=0.02)
        self.assertIn(b"from 16 photos", (self.here / "p.nstpaint").read_bytes())
        for name in ("04.png", "09.png", "13.png", "18.png"):  # those that are held back
            (self.here / "photos" / name).write_bytes(b"no picture")
        self.fails(self.train("p.nstpaint", 1), INPUT, "photos/04.png: expected a PNG")

    def test_a_signal_ends_it_after_the_step(self):
        process = subprocess.Popen([PROGRAM, "train", "--style", "paint.png", "--photos", "photos", "-o", "p.nstpaint", "--size",
                                    "64", "-m", "./small.safetensors", *LAYERS], cwd=self.here, env=self.environment,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        first = process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        told = process.stderr.read()
        process.stderr.close()
        self.assertEqual(process.wait(), STOPPED)
        self.assertRegex(first, r"\Astep \d+: content .* left\n\Z")
        steps = int(re.search(r"p.nstpaint: stopped after (\d+) steps; --resume goes on, from p.nstpaint.state\n\Z", told)[1])
        stopped = (self.here / "p.nstpaint").read_bytes()
        self.assertEqual(stopped, self.trained("q.nstpaint", steps))
        self.assertEqual(self.trained("p.nstpaint", steps + 2, "--resume"), self.trained("r.nstpaint", steps + 2))

    def test_the_preview_is_a_sheet(self):
        self.trained("p.nstpaint", 2, "--preview", "sheet.png")
        self.assertEqual(png_size(self.here / "sheet.png"), (4 * 64, 2 * 64))

    def test_bad_input_of_training(self):
        (self.here / "none").mkdir()
        self.fails(self.run_nst("train", "--photos", "photos", "-o", "p.nstpaint"), USE, "train needs a style")
        self.fails(self.run_nst("train", "--style", "paint.png", "-o", "p.nstpaint"), USE, "a folder of photos")
        self.fails(self.train("p.nstpaint", 0), USE, "steps")
        self.fails(self.train("p.nstpaint", 3, "--photos", "none"), INPUT, "found 0")
        (self.here / "none" / "one.png").write_bytes(png(90, 70))
        self.fails(self.train("p.nstpaint", 3, "--photos", "none"), INPUT, "a hundred or more, found 1")
        self.fails(self.train("p.nstpaint", 3, "--photos", "nowhere"), INPUT, "nowhere")
        self.fails(self.train("p.nstpaint", 3, "--resume"), INPUT, "p.nstpaint.state is not there")
        self.fails(self.train("p.nstpaint", 3, "paint.png"), USE, "takes no names")
        for name in ("two.png", "three.png"):
            (self.here / "none" / name).write_bytes(b"no picture")
        (self.here / "none" / "one.png").write_bytes(b"no picture either")
        self.fails(self.train("p.nstpaint", 3, "--photos", "none"), INPUT, "--photos")

    def test_pictures(self):
        self.trained("p.nstpaint", 1)
        result = self.run_nst("paint", "town.png", "photos/1.png", "--painter", "p.nstpaint", "-o", "{name}-out.png")
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assertEqual(png_size(self.here / "town-out.png"), (40, 30))
        self.assertEqual(png_size(self.here / "1-out.png"), (89, 71))
        self.assertEqual(self.paint((self.here / "town.png").read_bytes()).stdout, (self.here / "town-out.png").read_bytes())
        ppm = {}
        for strength in (0, 0.5, 1):
            result = self.run_nst("paint", "town.png", "--painter", "p.nstpaint", "-o", "mixed.ppm", "--strength", strength)
            self.assertEqual(result.returncode, DONE, result.stderr)
            ppm[strength] = (self.here / "mixed.ppm").read_bytes()[-40 * 30 * 3:]
        self.assertGreater(max(abs(a - b) for a, b in zip(ppm[0], ppm[1])), 20)
        for plain, half, painted in zip(ppm[0], ppm[0.5], ppm[1]):
            self.assertAlmostEqual(half, (plain + painted) / 2, delta=1)
        for bad in ("2", "much"):
            self.fails(self.run_nst("paint", "town.png", "--painter", "p.nstpaint", "-o", "x.png", "--strength", bad), USE,
                       "strength: expected", bad)
        self.fails(self.run_nst("paint", "town.png", "--painter", "p.nstpaint"), USE, "paint needs")
        self.fails(self.run_nst("paint", "town.png", "paint.png", "--painter", "p.nstpaint", "-o", "x.png"), USE, "{name}")
        self.fails(self.run_nst("paint", "town.png", "--painter", "p.nstpaint", "-o", "town.png"), USE, "--force")
        self.fails(self.run_nst("paint", "town.png", "--painter", "small.safetensors", "-o", "x.png"), INPUT,
                   "expected a painter")
        self.fails(self.run_nst("paint", "town.png", "--painter", "town.png", "-o", "x.png"), INPUT, "town.png")

    def test_video(self):
        self.trained("p.nstpaint", 1)
        result = self.paint(video(3))
        self.assertEqual((result.returncode, result.stderr), (DONE, b""))
        self.assertEqual(len(result.stdout), len(video(3)))
        self.assertTrue(result.stdout.startswith(HEADER + b"\nFRAME\n"))
        self.assertNotEqual(result.stdout, video(3))
        self.assertEqual(result.stdout, self.paint(video(3), "--threads", "1").stdout)
        for damaged, words in ((video(2)[:-5], b"a whole frame after 1"), (video(1) + b"FRAM\n", b"the word FRAME"),
                               (b"YUV4MPEG2 W18\n", b"found 18x0"), (b"YUV4MPEG3 W1 H1\n", b"the header"),
                               (video(1).replace(b"C420jpeg", b"C420p10"), b"found 420p10")):
            result = self.paint(damaged)
            self.assertEqual(result.returncode, INPUT, damaged[:60])
            self.assertIn(words, result.stderr)


if __name__ == "__main__":
    unittest.main()
