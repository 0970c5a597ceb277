"""Several pictures in one style by one command, and names of outputs."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from program import DONE, HANGS, INPUT, PROGRAM, QUICK, SMALL, STOPPED, SYSTEM, USE, Program, png, png_size  # noqa: E402


class Batch(Program):
    def setUp(self):
        super().setUp()
        (self.here / "photos").mkdir()
        (self.here / "out").mkdir()
        for i, name in enumerate(("one.png", "two.b.png", "three")):
            (self.here / "photos" / name).write_bytes(png(40 + 4 * i, 30, 20 * i))

    def batch(self, *names, out="out/{name}.png", more=(), **options):
        return self.stylize(*names, "--style", "paint.png", "-o", out, *more, **options)

    def out(self):
        return sorted(path.name for path in (self.here / "out").iterdir())

    def test_each_is_painted_as_by_itself(self):
        names = ["photos/one.png", "photos/two.b.png", "photos/three"]
        result = self.batch(*names, more=["--log", "out/{name}.jsonl", "--plot", "out/{name}-{name}.svg"])
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assertEqual(self.out(), sorted(f"{name}{end}" for name in ("one", "two.b", "three")
                                            for end in (".png", ".jsonl", f"-{name}.svg")))
        self.assertIn("3 of 3 pictures painted", result.stderr)
        self.assertIn("2/3 two.b.png", result.stderr)
        for name in names:
            alone = self.stylize(name, "paint.png", "-o", "alone-{name}.png", "-q", "--log", "l.jsonl")
            self.assertEqual((alone.returncode, alone.stderr), (DONE, ""))
            stem = name.partition("/")[2].removesuffix(".png")
            self.assertEqual((self.here / f"alone-{stem}.png").read_bytes(), (self.here / f"out/{stem}.png").read_bytes())
            totals = [[json.loads(line)["total"] for line in path.read_text().splitlines()]
                      for path in (self.here / "l.jsonl", self.here / f"out/{stem}.jsonl")]
            self.assertEqual(*totals)

    def test_one_failure_does_not_stop_the_others(self):
        (self.here / "photos/bad.png").write_bytes(b"no picture")
        (self.here / "photos/strip.png").write_bytes(png(100, 1))
        result = self.batch("photos/one.png", "photos/bad.png", "none.png", "photos/strip.png", "photos/three", more=["-q"])
        self.assertEqual(result.returncode, INPUT)
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), 4, result.stderr)
        for line, words in zip(lines, ("photos/bad.png: ", "none.png: ", "photos/strip.png: ",
                                       "3 of 5 pictures failed: photos/bad.png, none.png, ...")):
            self.assertIn("nst: " + words, line)
        self.assertEqual(self.out(), ["one.png", "three.png"])

    def test_an_output_that_fails_is_one_failure(self):
        (self.here / "out/two.b.png").mkdir()
        self.fails(self.batch("photos/one.png", "photos/two.b.png"), SYSTEM, "out/two.b.png")
        self.assertEqual(self.out(), ["two.b.png"])

    def test_what_fails_with_all_is_said_once(self):
        for more, code, word in ((["--content-layers", "conv4_1"], INPUT, "conv4_1"), (["--steps", "-1"], USE, "--steps"),
                                 (["--init", "none.png"], INPUT, "--init")):
            self.fails(self.batch("photos/one.png", "photos/three", more=more), code, word)
        self.assertEqual(self.out(), [])

    def test_names_are_checked_before_the_work(self):
        (self.here / "one.png").write_bytes(png(20, 20))
        for names, more, words in (
                (["photos/one.png", "photos/three"], ["-o", "out/all.png"], ["-o", "{name}", "2 pictures"]),
                (["photos/one.png", "photos/three"], ["--log", "l.jsonl"], ["--log", "{name}"]),
                (["photos/one.png", "photos/three"], ["--plot", "p.svg"], ["--plot", "{name}"]),
                (["photos/one.png", "one.png"], [], ["out/one.png", "twice"]),
                (["one.png"], ["--plot", "out/{name}.png"], ["out/one.png", "twice"]),
                (["photos/one.png", "photos/three"], ["-o", "-"], ["-o", "{name}"]),
                (["photos/one.png", "photos/three"], ["--resume", "one.png"], ["--resume", "found 2"]),
                (["photos/one.png", "-", "-"], [], ["'-'"])):
            self.fails(self.batch(*names, more=more), USE, *words)
        self.fails(self.stylize("photos/one.png", "photos/three", "paint.png", "-o", "out/{name}.png"), USE, "--style")
        self.fails(self.batch("photos/one.png", "photos/three", out="none/{name}.png"), SYSTEM, "none/one.png")
        self.fails(self.batch(), USE, "content and a style")
        self.assertEqual(self.out(), [])

    def test_an_input_is_replaced_only_by_force(self):
        os.symlink("photos/one.png", self.here / "link.png")
        os.link(self.here / "paint.png", self.here / "same.png")
        (self.here / "start.png").write_bytes(png(40, 30, 7))
        before = {path: path.read_bytes() for path in [*self.here.glob("*.*"), *self.here.glob("photos/*")]}
        for out, more in (("photos/{name}.png", []), ("link.png", []), ("./photos/../paint.png", []), ("same.png", []),
                          ("start.png", ["--init", "start.png"]), ("start.png", ["--resume", "./start.png"]),
                          ("small.safetensors", ["--type", "png"])):
            self.fails(self.batch("photos/one.png", out=out, more=more), USE, out.replace("{name}", "one"), "--force")
        for flag in ("--log", "--plot"):
            for force in ([], ["--force"]):
                self.fails(self.batch("photos/one.png", more=[flag, "photos/{name}.png", *force]), USE, "photos/one.png")
        self.assertEqual({path: path.read_bytes() for path in before}, before)
        result = self.batch("photos/one.png", out="photos/{name}.png", more=["--force"])
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assertEqual(png_size(self.here / "photos/one.png"), (32, 24))

    def test_stopping_ends_all(self):
        def inherit():
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        process = subprocess.Popen(
            [PROGRAM, "stylize", "photos/one.png", "photos/three", "-s", "paint.png", "-o", "out/{name}.png", *SMALL,
             "--optimizer", "adam", "--sizes", "32:1000000", "--save-every", "1"], cwd=self.here, env=self.environment,
            stderr=subprocess.PIPE, text=True, preexec_fn=inherit)
        self.addCleanup(process.kill)
        while process.poll() is None and not (self.here / "out/one-0002.png").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=HANGS)
        self.assertEqual(process.returncode, STOPPED, told)
        self.assertIn("0 of 2 pictures painted", told)
        self.assertIn("one.png", self.out())
        self.assertEqual([name for name in self.out() if name.startswith("three")], [])

    def test_a_bar_over_all(self):
        code, told = self.on_terminal("stylize", "photos/one.png", "photos/three", "-s", "paint.png", "-o",
                                      "out/{name}.png", "-m", "./small.safetensors", *QUICK)
        self.assertEqual(code, DONE)
        shares = [int(share) for share in re.findall(rb"(\d+)%  ", told)]
        self.assertEqual(shares, sorted(shares))
        self.assertLess(shares[0], 50)
        self.assertGreater(shares[-1], 50)
        for words in (b"1/2 one.png 16x12 (1/2) [", b"2/2 three 32x20 (2/2) [", b"2 of 2 pictures painted"):
            self.assertIn(words, told)


class Resume(Program):
    def test_it_starts_from_the_picture_at_the_last_size(self):
        logs = []
        for i, more in enumerate(([], ["--sizes", "auto", "--steps", "5"], ["--sizes", "32:6"])):
            result = self.stylize("town.png", "paint.png", "-o", "first.png")
            self.assertEqual(result.returncode, DONE, result.stderr)
            result = self.run_nst("stylize", "town.png", "paint.png", "-o", "next.png", "--resume", "first.png", "--log",
                                  "l.jsonl", "-m", "./small.safetensors", *QUICK, *more)
            self.assertEqual(result.returncode, DONE, result.stderr)
            logs.append([json.loads(line) for line in (self.here / "l.jsonl").read_text().splitlines()])
        self.assertEqual([len(log) for log in logs], [3, 5, 6])
        self.assertEqual({(line["width"], line["level"]) for log in logs for line in log}, {(32, 1)})
        same = self.run_nst("stylize", "town.png", "paint.png", "-o", "same.png", "--init", "first.png", "-m",
                            "./small.safetensors", *QUICK, "--sizes", "32:3")
        self.assertEqual(same.returncode, DONE)
        self.stylize("town.png", "paint.png", "-o", "next.png", "--resume", "first.png")
        self.assertEqual((self.here / "same.png").read_bytes(), (self.here / "next.png").read_bytes())

    def test_bad(self):
        self.fails(self.stylize("town.png", "paint.png", "-o", "o.png", "--resume", "none.png"), INPUT, "--resume",
                   "none.png")
        self.fails(self.stylize("town.png", "paint.png", "-o", "o.png", "--resume", "town.png", "--init", "noise"), USE,
                   "--resume", "--init")
        self.fails(self.stylize("town.png", "paint.png", "-o", "o.png", "--resume", "small.safetensors"), INPUT,
                   "small.safetensors")


if __name__ == "__main__":
    unittest.main()
