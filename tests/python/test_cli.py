"""The program nst: what it takes, what it says, its exit codes, and that nothing half done is left behind."""
import json
import os
import pathlib
import re
import resource
import signal
import struct
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import small_model  # noqa: E402
from program import (DONE, HANGS, INPUT, LAYERS, PROGRAM, QUICK, SMALL, STOPPED, SYSTEM, USE, Program, chunk,  # noqa: E402
                     png, png_size)

class Good(Program):
    def test_a_picture(self):
        result = self.stylize("town.png", "paint.png", "-o", "out.png")
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertEqual(png_size(self.here / "out.png"), (32, 24))
        self.assertEqual(self.files(), ["out.png", "paint.png", "small.safetensors", "town.png"])
        self.assertIn("32x24", result.stderr)
        again = self.stylize("town.png", "paint.png", "-o", "again.png", "--threads=1")
        self.assertEqual(again.returncode, DONE)
        self.assertEqual((self.here / "out.png").read_bytes(), (self.here / "again.png").read_bytes())

    def test_options_anywhere_and_in_every_form(self):
        for arguments in (["-oout.png", "-q", "town.png", "paint.png"], ["town.png", "--output=out.png", "paint.png", "-q"],
                          ["--quiet", "-o", "out.png", "--", "town.png", "paint.png"]):
            result = self.stylize(*arguments) if "--" not in arguments else self.run_nst(
                "stylize", "-m", "./small.safetensors", *QUICK, *arguments)
            self.assertEqual(result.returncode, DONE, result.stderr)
            self.assertEqual(result.stderr, "")
            (self.here / "out.png").unlink()

    def test_a_name_that_begins_with_a_dash(self):
        (self.here / "-town.png").write_bytes(png(20, 20))
        result = self.run_nst("stylize", "-m", "./small.safetensors", *QUICK, "-q", "-o", "out.png", "--", "-town.png",
                              "paint.png")
        self.assertEqual(result.returncode, DONE, result.stderr)

    def test_log_plot_and_snapshots(self):
        result = self.stylize("town.png", "paint.png", "-o", "out.png", "--log", "l.jsonl", "--plot", "p.svg",
                              "--save-every", "3")
        self.assertEqual(result.returncode, DONE, result.stderr)
        lines = [json.loads(line) for line in (self.here / "l.jsonl").read_text().splitlines()]
        self.assertEqual([line["evaluation"] for line in lines], list(range(1, 8)))
        self.assertEqual([line["width"] for line in lines], [16] * 4 + [32] * 3)
        for line in lines:
            self.assertIn("content/conv2_2", line["terms"])
            self.assertIn("style/conv1_1", line["terms"])
            total = sum(term["value"] * term["weight"] for term in line["terms"].values())
            self.assertAlmostEqual(total / line["total"], 1, places=6)
        self.assertLess(lines[3]["total"], lines[0]["total"])
        self.assertEqual(png_size(self.here / "out-0003.png"), (32, 24))  # painted at 16x12
        self.assertEqual(png_size(self.here / "out-0006.png"), (32, 24))
        svg = xml.etree.ElementTree.parse(self.here / "p.svg").getroot()
        curves = svg.findall("{http://www.w3.org/2000/svg}polyline")
        self.assertGreaterEqual(len(curves), 4)
        points = sum(len(c.get("points").split()) for c in curves if c.get("stroke") == "#222222")
        self.assertEqual(points, 7)

    def test_several_styles(self):
        (self.here / "third.png").write_bytes(png(30, 30, 200))
        pictures = []
        for shares in (("paint.png=1", "third.png=0"), ("paint.png=0", "third.png=1"), ("paint.png", "third.png=1")):
            styles = [word for share in shares for word in ("--style", share)]
            result = self.stylize("town.png", *styles, "-o", "out.png")
            self.assertEqual(result.returncode, DONE, result.stderr)
            pictures.append((self.here / "out.png").read_bytes())
        self.assertEqual(len(set(pictures)), 3)
        self.stylize("town.png", "paint.png", "-o", "out.png")
        self.assertEqual(pictures[0], (self.here / "out.png").read_bytes())
        (self.here / "odd=2").write_bytes(png(30, 30, 200))
        self.assertEqual(self.stylize("town.png", "--style=odd=2", "-o", "out.png").returncode, DONE)
        self.assertEqual(pictures[1], (self.here / "out.png").read_bytes())
        for share in ("=-1", "=x", "=", "=nan", "=1,2", "=0"):
            self.fails(self.stylize("town.png", "--style", "paint.png" + share, "-o", "x.png"), USE, "--style", share)
        self.fails(self.stylize("town.png", "paint.png", "third.png", "-o", "x.png"), USE, "--style", "3 names")

    def test_init(self):
        pictures = []
        for init in ("content", "noise", "paint.png"):
            result = self.stylize("town.png", "paint.png", "-o", "out.png", "--init", init)
            self.assertEqual(result.returncode, DONE, result.stderr)
            pictures.append((self.here / "out.png").read_bytes())
        self.assertEqual(len(set(pictures)), 3)
        self.fails(self.stylize("town.png", "paint.png", "-o", "x.png", "--init", "contents"), INPUT, "--init", "contents")

    def test_alpha_is_given_back(self):
        (self.here / "glass.png").write_bytes(png(40, 30, channels=4))
        self.assertEqual(self.stylize("glass.png", "paint.png", "-o", "out.png").returncode, DONE)
        self.assertEqual((self.here / "out.png").read_bytes()[25], 6)  # colour type RGBA

    def test_the_file_that_is_written(self):
        self.assertEqual(self.stylize("town.png", "paint.png", "-o", "o.png", "--png-depth", "16").returncode, DONE)
        self.assertEqual((self.here / "o.png").read_bytes()[24], 16)
        self.assertEqual(self.stylize("town.png", "paint.png", "-o", "o.JPG", "--jpeg-quality", "30").returncode, DONE)
        self.assertEqual((self.here / "o.JPG").read_bytes()[:2], b"\xff\xd8")

    def test_optimizers(self):
        for more in (["--optimizer", "adam", "--average", "0.5"], ["--history", "3", "--wolfe-c2", "0.5"],
                     ["-p", "baseline", "--learning-rate", "0.05"]):
            result = self.stylize("town.png", "paint.png", "-o", "o.png", *more)
            self.assertEqual(result.returncode, DONE, result.stderr)

    def test_an_option_of_the_solver_leaves_those_of_the_preset(self):
        pictures = []
        for more in ([], ["--beta1", "0.9"], ["--learning-rate", "0.04"], ["--learning-rate", "0.02"]):
            result = self.stylize("town.png", "paint.png", "-o", "o.png", "-p", "johnson", "--optimizer", "adam", *more)
            self.assertEqual(result.returncode, DONE, result.stderr)
            pictures.append((self.here / "o.png").read_bytes())
        self.assertEqual(pictures[0], pictures[1])
        self.assertEqual(pictures[0], pictures[2])
        self.assertNotEqual(pictures[0], pictures[3])

    def test_memory_of_the_solver_is_known_before_anything_is_written(self):
        common = ("town.png", "paint.png", "-o", "o.png", "--memory-limit", "20M", "--log", "l.jsonl", "--threads", "1")
        result = self.stylize(*common, "--history", "3")
        self.assertEqual(result.returncode, DONE, result.stderr)
        log = (self.here / "l.jsonl").read_text()
        self.fails(self.stylize(*common, "--memory-limit", "1M"), SYSTEM, "smallest limit")
        self.assertEqual((self.here / "l.jsonl").read_text(), log)
        result = self.stylize(*common, "--history", "1000")
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assertIn("L-BFGS keeps", result.stderr)

    def test_eval(self):
        common = ("-c", "town.png", "-s", "paint.png", "-m", "./small.safetensors", "--content-layers", "conv2_2",
                  "--style-layers", "conv1_1,conv2_1")
        result = self.run_nst("eval", "town.png", *common, "--json")
        self.assertEqual(result.returncode, DONE, result.stderr)
        told = json.loads(result.stdout)
        self.assertEqual(told["terms"]["content/conv2_2"]["value"], 0)
        self.assertGreater(told["terms"]["style/conv1_1"]["value"], 0)
        self.assertAlmostEqual(sum(t["value"] * t["weight"] for t in told["terms"].values()) / told["total"], 1, places=6)
        odd = os.fsdecode(b"t\xff\xc3\xa4.png")
        (self.here / odd).write_bytes(png(40, 30))
        self.assertEqual(json.loads(self.run_nst("eval", odd, *common, "--json").stdout)["image"], "t\ufffd\u00e4.png")
        words = self.run_nst("eval", "town.png", *common)
        self.assertEqual(words.returncode, DONE)
        for term in told["terms"]:
            self.assertIn(term, words.stdout)
        self.fails(self.run_nst("eval", *common), USE, "one picture")
        self.fails(self.run_nst("eval", "town.png", *common[4:]), USE, "content")

    def test_an_enlarged_style_is_told(self):
        told = "nst: warning: style picture 1 has 36x44 pixels and is enlarged"
        large = ("town.png", "paint.png", "-o", "o.png", *SMALL, "--sizes", "160:1")
        result = self.run_nst("stylize", *large)
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assertEqual(result.stderr.count(told), 1)
        self.assertEqual(self.run_nst("stylize", *large, "-q").stderr, "")
        self.assertNotIn("warning", self.run_nst("stylize", *large, "--style-scale", "0.2").stderr)
        result = self.run_nst("eval", "o.png", "--style", "paint.png", "--content", "town.png", *SMALL, "--json")
        self.assertEqual(result.stderr.count(told), 1)
        json.loads(result.stdout)

    def test_model_info_list_and_convert(self):
        info = json.loads(self.run_nst("model", "info", "./small.safetensors", "--json").stdout)
        self.assertEqual(info["input"], "rgb01")
        self.assertEqual(info["layers"][0], {"name": "conv1_1", "channels": 6})
        self.assertEqual(info["layers"][-1]["name"], "relu2_2")
        self.assertIn("conv2_1 (8)", self.run_nst("model", "info", "./small.safetensors").stdout)
        (self.here / "said.safetensors").write_bytes(small_model.safetensors(credit="\033[31mred\nrum"))
        self.assertIn("credit      \\x1b[31mred\\nrum\n", self.run_nst("model", "info", "./said.safetensors").stdout)
        folder = self.here / ".local/share/nst"
        folder.mkdir(parents=True)
        result = self.run_nst("model", "convert", "./small.safetensors", "-o", folder / "tiny.safetensors", "--upto", "conv2_1")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (DONE, "", ""))
        self.assertIn(f"{folder}/tiny.safetensors", self.run_nst("model", "list").stdout)
        short = json.loads(self.run_nst("model", "info", "tiny", "--json").stdout)
        self.assertEqual((short["dtype"], short["layers"][-1]["name"]), ("f16", "relu2_1"))
        self.assertLess((folder / "tiny.safetensors").stat().st_size, (self.here / "small.safetensors").stat().st_size)

    def test_bench(self):
        result = self.run_nst("bench", "-m", "./small.safetensors", "--size", "40x24", "-n", "3", "--json",
                              "--content-layers", "conv2_2", "--style-layers", "conv1_1")
        self.assertEqual(result.returncode, DONE, result.stderr)
        told = json.loads(result.stdout)
        self.assertEqual((told["width"], told["height"], told["evaluations"]), (40, 24, 3))
        self.assertGreater(told["seconds"], 0)
        self.assertGreater(told["memory_predicted"], 0)
        self.assertTrue({"forward", "backward", "solver"} <= {row["kind"] for row in told["profile"]})
        words = self.run_nst("bench", "-m", "./small.safetensors", "--size", "40", "-n", "3", "--content-layers",
                             "conv2_2", "--style-layers", "conv1_1")
        self.assertIn("40x40", words.stdout)
        for size in ("0", "x", "10x", "10x10x", "70000", "-5"):
            self.fails(self.run_nst("bench", "--size=" + size), USE, "--size")

    def test_bench_with_all_threads(self):
        more = ("-m", "./small.safetensors", "--size", "40", "-n", "2", "--content-layers", "conv2_2", "--style-layers",
                "conv1_1", "--threads-all", "--threads", "3")
        told = json.loads(self.run_nst("bench", "--json", *more).stdout)
        self.assertEqual([row["threads"] for row in told], [1, 2, 3])
        self.assertEqual((told[0]["efficiency"], told[0]["serial_share"]), (1, 0))
        for row in told:
            self.assertGreater(row["seconds"], 0)
        self.assertRegex(self.run_nst("bench", *more).stdout, r"(?m)^ +3 +\d+\.\d{4} ")

    def test_bench_of_the_controls(self):
        more = ["--controls", *SMALL, "--size", "32x24", "--sizes", "16:1,32:1", "-n", "2"]
        told = json.loads(self.run_nst("bench", "--json", *more).stdout)
        self.assertEqual(told[0]["ratio"], 1)
        self.assertEqual(len(told), len({row["control"] for row in told}))
        self.assertTrue({"one style", "two styles, hard masks", "w2", "color luma", "freeze"} <= {row["control"] for row in told})
        self.assertTrue(all(row["seconds"] > 0 and row["ratio"] > 0 for row in told))
        self.assertRegex(self.run_nst("bench", *more).stdout, r"(?m)^w2 +\d+ +\d+\.\d{3} +\d+\.\d\d$")
        self.fails(self.run_nst("bench", *more, "--job"), USE, "--controls and --job")
        self.fails(self.run_nst("bench", *more, "town.png"), USE, "takes no picture")

    def test_bench_of_a_whole_picture(self):
        small = ("--job", "-m", "./small.safetensors", "--content-layers", "conv2_2", "--style-layers", "conv1_1")
        (self.here / "tmp").mkdir()
        self.environment["TMPDIR"] = str(self.here / "tmp")
        result = self.run_nst("bench", "--json", *small, "--size", "40x24", "--sizes", "20:3,40:2")
        self.assertEqual(result.returncode, DONE, result.stderr)
        told = json.loads(result.stdout)
        self.assertEqual([(row["width"], row["height"], row["evaluations"]) for row in told["sizes"]],
                         [(20, 12, 3), (40, 24, 2)])
        self.assertEqual(told["evaluations_worth"], 2.75)
        parts = [told["start"], told["saving"]] + [row[key] for row in told["sizes"] for key in ("targets", "seconds")]
        self.assertGreaterEqual(min(parts), 0)
        self.assertAlmostEqual(sum(parts), told["seconds"], places=6)
        words = self.run_nst("bench", *small, "town.png", "paint.png", "--size", "32", "--sizes", "none", "--steps", "4")
        self.assertRegex(words.stdout, r"(?m)^start +\d+\.\d{3}$")
        self.assertRegex(words.stdout, r"(?m)^32x\d+ +4 +\d+\.\d{3}$")
        self.assertRegex(words.stdout, r"(?m)^total +4 +\d+\.\d{3}$")
        self.fails(self.run_nst("bench", *small, "town.png", "none.png"), INPUT, "none.png")
        self.assertEqual(list((self.here / "tmp").iterdir()), [])
        for more, found in ((["town.png"], "found 1 name"), (["-n", "3"], "--evaluations"), (["--threads-all"], "--threads-all"),
                            (["town.png", "paint.png", "--size", "8x8"], "8x8")):
            self.fails(self.run_nst("bench", "--job", *more), USE, found)
        for more in (["town.png"], ["--steps", "3"], ["--sizes", "none"], ["--effort", "draft"]):
            self.fails(self.run_nst("bench", *more), USE, more[0])

    def test_help_tells_the_values_of_a_preset(self):
        def value(text, name):
            return re.search(rf"--{name} .*?\[([^\]]*)\]", re.sub(r"\s+", " ", text))[1]
        content = self.run_nst("stylize", "--help").stdout
        gatys = self.run_nst("stylize", "-p", "gatys", "--help").stdout
        self.assertEqual([value(content, name) for name in ("content-layers", "form", "effort", "size", "optimizer")],
                         ["conv2_2", "relative", "normal", "512", "lbfgs"])
        self.assertEqual([value(gatys, name) for name in ("content-layers", "form", "pooling")],
                         ["relu4_2", "gatys", "average"])
        johnson = self.run_nst("stylize", "-p", "johnson", "--help").stdout
        self.assertEqual([(value(text, "learning-rate"), value(text, "wolfe-c1")) for text in (content, johnson)],
                         [("0.02", "0.0001"), ("0.04", "0.0001")])
        presets = re.findall(r"^  (\w+) {2,}", content.partition("Presets (")[2], re.M)
        self.assertEqual(presets, ["content", "photo", "baseline", "gatys", "johnson"])
        self.assertIn(f"an approach: {', '.join(presets)} [content]", re.sub(r"\s+", " ", content))

    def test_help_is_the_table(self):
        text = self.run_nst("stylize", "--help").stdout
        for name in ("size", "style-layers", "memory-limit", "history", "jpeg-quality", "style", "type", "seed"):
            self.assertRegex(text, rf"\n  (-\w, )?--{name} ")
        self.assertNotIn("--max-evaluations", text)
        self.assertIn("relative, mean, gatys, sum", re.sub(r"\s+", " ", text))
        self.assertLessEqual(max(map(len, text.splitlines())), 100)
        self.assertNotIn("--history", self.run_nst("eval", "-h").stdout)
        for arguments in (["--help"], ["-h"], ["help"], ["model", "-h"], ["model", "info", "-h"], ["bench", "-h"]):
            result = self.run_nst(*arguments)
            self.assertEqual((result.returncode, result.stderr), (DONE, ""))
            self.assertIn("Usage: nst", result.stdout)
        self.assertRegex(self.run_nst("--version").stdout, r"\Anst \d+\.\d+\.\d+ ")


class BadUse(Program):
    def test_commands(self):
        self.assertEqual(self.run_nst().returncode, USE)
        self.fails(self.run_nst("stylise"), USE, "did you mean 'stylize'?")
        self.fails(self.run_nst("frobnicate"), USE, "there is no command 'frobnicate'")
        self.fails(self.run_nst("model", "inf"), USE, "did you mean 'nst model info'?")

    def test_options(self):
        for arguments, words in (
                (["--style-wieght", "1"], ["--style-wieght", "did you mean --style-weight?"]),
                (["--frobnicate"], ["there is no option --frobnicate"]),
                (["-z"], ["there is no option -z"]),
                (["--quiet=yes"], ["--quiet takes no value"]),
                (["--size"], ["--size needs a value"]),
                (["--size", "many"], ["--size: expected a whole number, found 'many'"]),
                (["--size=-1"], ["--size: expected 0 to 65535, found -1"]),
                (["--style-weight", "nan"], ["--style-weight", "'nan'"]),
                (["--style-weight=-2"], ["--style-weight", "-2"]),
                (["--form", "gram"], ["--form: expected one of relative, mean, gatys, sum, found 'gram'"]),
                (["--preset", "contents"], ["--preset", "did you mean content?"]),
                (["--sizes", "64:x"], ["--sizes"]),
                (["--style-layers", "conv9_9"], ["conv9_9"]),
                (["--png-depth", "9"], ["--png-depth: expected one of 8, 16, found '9'"]),
                (["--jpeg-quality", "200"], ["--jpeg-quality: expected 1 to 100, found 200"]),
                (["--history", "0"], ["--history: expected 1 to 1000, found 0"]),
                (["--wolfe-c2", "1e-5"], ["wolfe-c2"]),
                (["--save-every", "0"], ["--save-every"]),
                (["--input", "rgb"], ["--input: expected one of auto, bgr255, rgb01, rgb255, found 'rgb'"])):
            result = self.run_nst("stylize", "town.png", "paint.png", "-o", "out.png", "-m", "./small.safetensors", *QUICK,
                                  *arguments)
            with self.subTest(arguments=arguments):
                self.fails(result, USE, *words)
                self.assertNotIn("out.png", self.files())

    def test_operands(self):
        self.fails(self.stylize("town.png", "-o", "out.png"), USE, "nst stylize CONTENT STYLE -o OUT")
        self.fails(self.stylize("town.png", "paint.png"), USE, "-o")
        self.fails(self.stylize("town.png", "paint.png", "-o", "out.gif"), USE, "out.gif", ".png, .jpg, .jpeg, .ppm, .pnm, .pgm or .pam")
        self.fails(self.stylize("town.png", "paint.png", "-o", ""), USE)


    def test_a_line_stays_a_line(self):
        self.fails(self.stylize("town.png", "paint.png", "-o", "a\nb\033[31m.gif"), USE, r"a\nb\x1b[31m.gif")
        self.fails(self.stylize("no\nsuch.png", "paint.png", "-o", "out.png"), INPUT, r"no\nsuch.png")

    # Escape, C1's CSI, an override of the direction, an end of line, no character, no UTF-8, and what XML and JSON mean.
    NASTY = b"a\x1b[31m\xc2\x9b\xe2\x80\xae\xe2\x80\xa8\xef\xbf\xbf\xff\n<&>\"'"
    SHOWN = "a\\x1b[31m\\u009b\\u202e\\u2028\\uffff\\xff\\n<&>\"'"

    def test_names_are_shown_escaped(self):
        models = self.here / "models"
        models.mkdir()
        self.environment["NST_MODEL_PATH"] = os.fsdecode(bytes(models) + b":/no\x1b/such")
        (models / os.fsdecode(self.NASTY + b".safetensors")).write_bytes(
            small_model.safetensors(credit="me\x1b[31m\x9b\u202e\nyou"))
        told = self.run_nst("model", "list")
        self.assertIn(f"{self.SHOWN}  {models}/{self.SHOWN}.safetensors\n", told.stdout)
        self.assertIn("/no\\x1b/such\n", told.stdout)
        told = self.run_nst("model", "info", os.fsdecode(self.NASTY))
        self.assertIn(f"{self.SHOWN}.safetensors\n", told.stdout)
        self.assertIn("credit      me\\x1b[31m\\u009b\\u202e\\nyou\n", told.stdout)
        plain = self.run_nst("model", "info", "--json", os.fsdecode(self.NASTY)).stdout
        self.assertTrue(plain.isascii() and plain.rstrip("\n").isprintable(), plain)
        self.assertEqual(json.loads(plain)["credit"], "me\x1b[31m\x9b\u202e\nyou")
        self.assertIn("a\x1b[31m\x9b\u202e\u2028\uffff\ufffd\n<&>\"'", json.loads(plain)["source"])

    def test_a_plot_is_well_formed_whatever_the_names(self):
        name = os.fsdecode(self.NASTY + b".png")
        (self.here / name).write_bytes(png(40, 30))
        result = self.stylize(name, "paint.png", "-o", "out" + name, "--plot", "p.svg")
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assertTrue(result.stderr.split("\n")[-2].startswith(f"out{self.SHOWN}.png: 32x24"), result.stderr)
        svg = xml.etree.ElementTree.parse(self.here / "p.svg").getroot()
        self.assertEqual(svg.find("{http://www.w3.org/2000/svg}text").text, f"{self.SHOWN}.png after paint.png")

    def test_a_run_that_cannot_begin_leaves_the_log_of_before(self):
        (self.here / "l.jsonl").write_text("as it was")
        command = ("stylize", "town.png", "paint.png", "-o", "out.png", "--log", "l.jsonl", *SMALL)
        self.fails(self.run_nst(*command, "--sizes", "1"), INPUT, "too small")
        self.fails(self.run_nst(*command, "--memory-limit", "1M"), SYSTEM, "smallest limit")
        self.assertEqual((self.here / "l.jsonl").read_text(), "as it was")

    @unittest.skipIf(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") > 2**39, "so much can be done here")
    def test_more_than_the_machine_can_do(self):
        self.fails(self.run_nst("stylize", "town.png", "paint.png", "-o", "out.png", *SMALL, "--sizes", "16:9,65535:9",
                                "--log", "l.jsonl"), SYSTEM, "65535x49151", "smallest limit")
        self.assertNotIn("l.jsonl", self.files(), "it was found after some of the work")


class BadInput(Program):
    def test_pictures(self):
        whole = png(40, 30)
        huge = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)) + whole[33:]
        (self.here / "folder.png").mkdir()
        cases = {"empty.png": b"", "text.png": b"not a picture at all\n", "huge.png": huge, "no.jpg": b"\xff\xd8\xff\xe0\0\x10",
                 "gif.png": b"GIF89a\1\0\1\0"}
        for cut in (9, 20, 40, len(whole) // 2, len(whole) - 60):
            cases[f"cut{cut}.png"] = whole[:cut]
        for name, data in cases.items():
            (self.here / name).write_bytes(data)
        for name in ["missing.png", "folder.png", *cases]:
            with self.subTest(name=name):
                before = self.files()
                self.fails(self.stylize(name, "paint.png", "-o", "out.png"), INPUT, f"nst: {name}: ")
                self.fails(self.stylize("town.png", name, "-o", "out.png"), INPUT, f"nst: {name}: ")
                self.assertEqual(self.files(), before)

    def test_tiny_and_narrow(self):
        (self.here / "dot.png").write_bytes(png(1, 1))
        (self.here / "strip.png").write_bytes(png(5000, 3))
        self.fails(self.run_nst("stylize", "dot.png", "paint.png", "-o", "out.png", "-m", "./small.safetensors",
                                *QUICK[2:], "--sizes", "none", "--size", "1"), INPUT)
        result = self.run_nst("stylize", "strip.png", "paint.png", "-o", "out.png", "-m", "./small.safetensors",
                              "--content-layers", "conv1_2", "--style-layers", "conv1_1", "--sizes", "none", "--size",
                              "0", "--steps", "2", "-q")
        self.assertEqual((result.returncode, result.stderr), (DONE, ""))
        self.assertEqual(png_size(self.here / "out.png"), (5000, 3))

    def test_models(self):
        good = small_model.safetensors()
        cases = {"lie.safetensors": struct.pack("<Q", 1 << 40) + good[8:], "cut.safetensors": good[:-100],
                 "empty.safetensors": b"", "text.safetensors": b"hello, world, this is text\n"}
        for name, data in cases.items():
            (self.here / name).write_bytes(data)
        for name in ["missing.safetensors", *cases]:
            with self.subTest(name=name):
                result = self.stylize("town.png", "paint.png", "-o", "out.png", model="./" + name)
                self.fails(result, INPUT, name)
                self.assertNotIn("out.png", self.files())
        self.fails(self.stylize("town.png", "paint.png", "-o", "out.png", model="nothing-of-that-name"), INPUT,
                   "nothing-of-that-name")
        self.fails(self.run_nst("model", "convert", "./small.safetensors", "-o", "m.safetensors", "--upto", "conv5_1"),
                   INPUT, "conv5_1", "2_2")

    def test_a_layer_that_the_model_lacks(self):
        result = self.run_nst("stylize", "town.png", "paint.png", "-o", "out.png", "-m", "./small.safetensors",
                              "--content-layers", "relu4_2", "--style-layers", "conv1_1")
        self.fails(result, INPUT, "relu4_2", "2_2")


class BadOutput(Program):
    def test_no_such_folder(self):
        for more in (["-o", "none/out.png"], ["-o", "out.png", "--log", "none/l"], ["-o", "out.png", "--plot", "none/p"]):
            result = self.run_nst("stylize", "town.png", "paint.png", "-q", *more, "--steps", "1000000", *SMALL)
            self.fails(result, SYSTEM, "none")  # before the work, which would not end
        (self.here / "folder.png").mkdir()
        self.fails(self.stylize("town.png", "paint.png", "-o", "folder.png"), SYSTEM, "folder.png")
        self.fails(self.stylize("town.png", "paint.png", "-o", "town.png/out.png"), SYSTEM, "town.png/out.png")
        self.fails(self.stylize("town.png", "paint.png", "-o", 252 * "x" + ".png"), SYSTEM, "xxx.png")

    @unittest.skipIf(os.geteuid() == 0, "nothing is forbidden to root")
    def test_a_folder_that_may_not_be_written(self):
        (self.here / "locked").mkdir(mode=0o500)
        self.fails(self.stylize("town.png", "paint.png", "-o", "locked/out.png"), SYSTEM, "locked")

    def test_a_full_disk(self):
        """A limit on the size of files stands in for it: writing fails in the middle."""
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
        (self.here / "out.png").write_bytes(b"as it was")
        result = self.stylize("town.png", "paint.png", "-o", "out.png", "-q", preexec_fn=limit)
        self.fails(result, SYSTEM, "out.png")
        self.assertEqual((self.here / "out.png").read_bytes(), b"as it was")
        self.assertEqual(self.files(), ["out.png", "paint.png", "small.safetensors", "town.png"])

    def test_standard_output_that_is_full(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("there is no /dev/full")
        with open("/dev/full", "w") as full:
            result = subprocess.run([PROGRAM, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=HANGS)
        self.assertEqual(result.returncode, SYSTEM)
        self.assertIn("standard output", result.stderr)


class Stopping(Program):
    def open(self, *arguments, action=signal.SIG_DFL):
        """ACTION: of the signals, as inherited; what runs the tests may ignore some."""
        def inherit():
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, action)
        process = subprocess.Popen([PROGRAM, "stylize", "town.png", "paint.png", "-o", "out.png", "--log", "l.jsonl",
                                    *arguments], cwd=self.here, stderr=subprocess.PIPE, text=True, preexec_fn=inherit,
                                   env=dict(self.environment, OPENBLAS_NUM_THREADS="1"))  # no thread takes signals beside
        self.addCleanup(process.kill)
        return process

    def start(self, *arguments, lines, **more):
        """Begins to paint, and returns when the log has LINES."""
        log = self.here / "l.jsonl"
        process = self.open(*arguments, **more)
        while process.poll() is None and (not log.exists() or log.read_text().count("\n") < lines):
            time.sleep(0.01)
        return process

    # So much work that the first evaluation is never there before a signal is.
    HEAVY = ("-q", "-m", "random:0", "--size", "2000", "--sizes", "none", "--memory-limit", "1500M", "--threads", "1")

    def end(self, process):
        _, told = process.communicate(timeout=HANGS)
        return process.returncode, told

    def test_the_best_so_far_is_saved(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number=number):
                (self.here / "l.jsonl").unlink(missing_ok=True)
                process = self.start(*SMALL, "--optimizer", "adam", "--sizes", "32:1000000", lines=5)
                process.send_signal(number)
                code, told = self.end(process)
                self.assertEqual(code, STOPPED, told)
                self.assertEqual(png_size(self.here / "out.png"), (32, 24))
                self.assertIn("cancelled", told)
                (self.here / "out.png").unlink()

    def test_before_anything_was_painted(self):
        process = self.start(*self.HEAVY, lines=0)
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.end(process), (STOPPED, "nst: stopped before anything was painted\n"))
        self.assertNotIn("out.png", self.files())

    def test_the_second_time_ends_it_at_once(self):
        process = self.start(*self.HEAVY, lines=0)
        for number in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):  # the two come at once
            process.send_signal(number)
        code, told = self.end(process)
        self.assertIn(code, (-signal.SIGINT, -signal.SIGTERM), told)  # whichever came second
        self.assertEqual(told, "")
        self.assertEqual(self.files(), ["l.jsonl", "paint.png", "small.safetensors", "town.png"])

    def test_while_it_saves(self):
        """The line of the log stands before the picture of the same evaluation is saved."""
        process = self.start(*SMALL, "--optimizer", "adam", "--sizes", "1600:3", "--save-every", "1", lines=1)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        code, told = self.end(process)
        self.assertIn(code, (STOPPED, -signal.SIGINT, -signal.SIGTERM), told)
        self.assertEqual(png_size(self.here / "out-0001.png"), (1600, 1200))
        self.assertEqual([name for name in self.files() if not name.endswith((".png", ".jsonl", ".safetensors"))], [])

    def test_what_the_parent_ignores_is_ignored(self):
        """As the shell sets it for jobs in the background, and nohup."""
        process = self.start(*SMALL, "--optimizer", "adam", "--sizes", "32:3000", lines=5, action=signal.SIG_IGN)
        process.send_signal(signal.SIGINT)
        code, told = self.end(process)
        self.assertEqual(code, DONE, told)
        self.assertIn("used up", told)


if __name__ == "__main__":
    unittest.main()
