"""--preview: what a terminal gets, decoded again and compared with the result; the file that is kept current."""
import base64
import os
import pathlib
import re
import struct
import subprocess
import sys
import time
import unittest
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from program import DONE, HANGS, PROGRAM, QUICK, SMALL, SYSTEM, USE, Program, png, png_size  # noqa: E402

STEPS = [0, 95, 135, 175, 215, 255]


def read_png(data):
    """Width, height and the RGB bytes of what libpng writes here: 8 bits, not interlaced."""
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert (data[:4], depth, kind) == (b"\x89PNG", 8, 2)
    at, packed = 8, b""
    while at < len(data):
        length, = struct.unpack(">I", data[at:at + 4])
        packed += data[at + 8:at + 8 + length] if data[at + 4:at + 8] == b"IDAT" else b""
        at += length + 12
    raw, rows, before = zlib.decompress(packed), [], [0] * (width * 3)
    for y in range(height):
        method, *row = raw[y * (width * 3 + 1):(y + 1) * (width * 3 + 1)]
        for i in range(len(row)):
            left, up, corner = (row[i - 3] if i > 2 else 0), before[i], (before[i - 3] if i > 2 else 0)
            near = min((abs(left + up - corner - v), k, v) for k, v in enumerate((left, up, corner)))[2]
            row[i] = (row[i] + (0, left, up, (left + up) // 2, near)[method]) % 256
        rows.append(row)
        before = row
    return width, height, [value for row in rows for value in row]


def color(number):
    if number >= 232:
        return [8 + 10 * (number - 232)] * 3
    return [STEPS[(number - 16) // part % 6] for part in (36, 6, 1)]


def read_blocks(text):
    """The pixels of half blocks: [row][x] = RGB."""
    rows = []
    for line in text.split("\r\n"):
        cells = re.findall(r"((?:\x1b\[[\d;]+m)+)\u2580", line)
        above, below = [], []
        for codes in cells:
            for kind, deep, rest in re.findall(r"\x1b\[(38|48);(2|5);([\d;]+)m", codes):
                numbers = [int(n) for n in rest.split(";")]
                (above if kind == "38" else below).append(numbers if deep == "2" else color(numbers[0]))
        rows += [above] + [below] * bool(below) if cells else []
    return rows


def read_sixel(data):
    """Width, height and the pixels of one picture."""
    width, height = map(int, re.match(rb'"1;1;(\d+);(\d+)', data).groups())
    palette = {int(n): [int(v) for v in rgb] for n, *rgb in re.findall(rb"#(\d+);2;(\d+);(\d+);(\d+)", data)}
    pixels, x, y, pen = {}, 0, 0, None
    body = re.sub(rb"#\d+;2;\d+;\d+;\d+", b"", data[re.match(rb'"[\d;]+', data).end():])
    for use, count, sixel, move in re.findall(rb"#(\d+)|(?:!(\d+))?([?-~])|([$-])", body):
        if use:
            pen = palette[int(use)]
        elif move:
            x, y = 0, y + 6 * (move == b"-")
        else:
            for _ in range(int(count or 1)):
                for bit in range(6):
                    if sixel[0] - 63 >> bit & 1:
                        assert (x, y + bit) not in pixels
                        pixels[x, y + bit] = [v * 255 / 100 for v in pen]
                x += 1
    assert set(pixels) == {(x, y) for x in range(width) for y in range(height)}
    return width, height, [v for y in range(height) for x in range(width) for v in pixels[x, y]]


class Terminal(Program):
    def preview(self, *more, **terminal):
        """What the terminal got; the result is out.png, of 32x24 pixels."""
        code, told = self.on_terminal("stylize", "town.png", "paint.png", "-o", "out.png", "-m", "./small.safetensors",
                                      *QUICK, *(more or ["--preview"]), **terminal)
        self.assertEqual(code, DONE, told)
        self.assertIn(b"out.png: 32x24 in ", told)
        return told

    def result(self):
        return read_png((self.here / "out.png").read_bytes())

    def near(self, pixels, wanted, mean):
        self.assertEqual(len(pixels), len(wanted))
        self.assertLess(sum(abs(a - b) for a, b in zip(pixels, wanted)) / len(wanted), mean)

    def test_half_blocks(self):
        told = self.preview(TERM="xterm-256color", COLORTERM="truecolor").decode()
        first, *_, last = told.split("\x1b7")[1:]
        self.assertEqual([len(row) for row in read_blocks(first)], [32] * 24)
        last = read_blocks(last.partition("\x1b8")[0])
        self.assertEqual(sum(sum(last, []), []), self.result()[2])
        self.assertIn("\r\n" * 12 + "\x1b[12A\x1b7", told)  # lines are made free once, then gone back to
        self.assertEqual(told.count("\r\n" * 12), 1)
        self.assertEqual(told.count("\x1b[12A\x1b7"), told.count("\x1b8\x1b[12B"))

    def test_few_colors(self):
        told = self.preview(TERM="xterm-256color").decode()
        self.assertNotIn("8;2;", told)
        last = read_blocks(told.rpartition("\x1b7")[2].partition("\x1b8")[0])
        self.assertEqual(len(last), 24)
        got, wanted = sum(sum(last, []), []), self.result()[2]
        for c in range(3):  # dithered: right in the mean
            self.assertLess(abs(sum(got[c::3]) - sum(wanted[c::3])) / (24 * 32), 12)

    def test_a_small_terminal(self):
        told = self.preview(TERM="vt220", COLORTERM="24bit", rows=10, columns=12).decode()
        self.assertEqual([len(row) for row in read_blocks(told.rpartition("\x1b7")[2].partition("\x1b8")[0])], [11] * 8)
        told = self.preview(TERM="vt220", COLORTERM="24bit", rows=0, columns=0).decode()  # one that does not tell
        self.assertEqual(len(read_blocks(told.rpartition("\x1b7")[2].partition("\x1b8")[0])), 24)

    def test_sixel(self):
        told = self.preview(TERM="foot", pixels=(800, 480))
        *_, last = re.findall(rb"\x1bP0;1;0q(.*?)\x1b\\", told, re.S)
        width, height, pixels = read_sixel(last)
        self.assertEqual((width, height), (32, 24))
        self.near(pixels, self.result()[2], 25)
        self.assertIn(b"\x1b[2A\x1b7", told)  # two lines of 20 pixels

    def test_kitty(self):
        for terminal in ({"TERM": "xterm-kitty"}, {"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}):
            told = self.preview(pixels=(800, 480), **terminal)
            data, seen = b"", set()
            for keys, more, text in re.findall(rb"\x1b_G([^;]*?)m=(\d);([^\x1b]*)\x1b\\", told):
                self.assertLessEqual(len(text), 4096)
                if keys:
                    self.assertEqual(keys, b"a=T,f=100,i=1,p=1,C=1,q=2,")
                    data = b""
                data += text
                seen.add(more)
            self.assertEqual(read_png(base64.b64decode(data, validate=True)), self.result())
            self.assertIn(b"0", seen)

    def test_iterm2(self):
        for name in ("iTerm.app", "WezTerm"):
            told = self.preview(TERM="xterm-256color", TERM_PROGRAM=name, pixels=(800, 480))
            *_, (size, width, height, text) = re.findall(
                rb"\x1b\]1337;File=inline=1;size=(\d+);width=(\d+)px;height=(\d+)px:([^\a]*)\a", told)
            data = base64.b64decode(text, validate=True)
            self.assertEqual((int(size), width, height), (len(data), b"32", b"24"))
            self.assertEqual(read_png(data), self.result())

    def test_named(self):
        for name, start in (("sixel", b"\x1bPq"[:2]), ("kitty", b"\x1b_G"), ("iterm2", b"\x1b]1337"), ("blocks", b"38;5;")):
            self.assertIn(start, self.preview(f"--preview={name}", TERM="xterm"))
            self.assertIn(start, self.preview("--preview", name, TERM="xterm"))

    def test_inside_tmux_there_is_but_text(self):
        self.assertIn(b"38;5;", self.preview(TERM="xterm-kitty", TMUX="/tmp/tmux,1,0"))
        self.assertIn(b"38;5;", self.preview(TERM="screen.xterm-kitty", KITTY_WINDOW_ID="1"))

    def test_no_terminal(self):
        for terminal in ({"TERM": "dumb"}, {}):
            told = self.preview(**terminal)
            self.assertIn(b"--preview shows nothing", told)
            self.assertNotIn(b"\x1b7", told)
        result = self.stylize("town.png", "paint.png", "-o", "out.png", "--preview=kitty", "-q")
        self.assertEqual((result.returncode, result.stderr.count("\n")), (DONE, 1))
        self.assertIn("--preview=FILE.png", result.stderr)

    def test_several_pictures_one_below_the_other(self):
        (self.here / "other.png").write_bytes(png(30, 40))
        code, told = self.on_terminal("stylize", "town.png", "none.png", "other.png", "-s", "paint.png", "-o",
                                      "{name}-p.png", "-m", "./small.safetensors", *QUICK, "--preview", TERM="xterm-kitty",
                                      pixels=(800, 480))
        self.assertEqual(code, 2)
        self.assertEqual(sorted(set(re.findall(rb"i=(\d+)", told))), [b"1", b"2"])
        self.assertLess(told.index(b"town-p.png: "), told.index(b"i=2"))
        self.assertLess(told.rindex(b"i=1"), told.index(b"town-p.png: "))


class File(Program):
    def test_it_is_current_and_whole_at_any_time(self):
        (self.here / "live.png").write_bytes(png(5, 5))
        process = subprocess.Popen([PROGRAM, "stylize", "town.png", "paint.png", "-o", "out.png", *SMALL, "--optimizer",
                                    "adam", "--sizes", "16:10,32:1000000", "--preview", "live.png"], cwd=self.here,
                                   env=self.environment, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        seen = set()
        while len(seen) < 4 and process.poll() is None:
            data = (self.here / "live.png").read_bytes()
            self.assertEqual(data[-8:-4], b"IEND")
            seen.add(data)
            time.sleep(0.01)
        process.terminate()
        process.communicate(timeout=HANGS)
        self.assertEqual(len(seen), 4)
        self.assertEqual({struct.unpack(">II", data[16:24]) for data in seen}, {(5, 5), (32, 24)})
        self.assertEqual((self.here / "live.png").read_bytes(), (self.here / "out.png").read_bytes())

    def test_the_result_is_the_last(self):
        for arguments in (["--preview", "live.png"], ["--preview=live.jpg"], ["-s", "paint.png", "--preview", "live.png"]):
            contents = ["town.png"] if "-s" in arguments else ["town.png", "paint.png"]
            result = self.stylize(*contents, *arguments, "-o", "out.png", "-q")
            self.assertEqual((result.returncode, result.stderr), (DONE, ""))
            live, = self.here.glob("live.*")
            if live.suffix == ".png":
                self.assertEqual(live.read_bytes(), (self.here / "out.png").read_bytes())
            live.unlink()

    def test_the_word_after_preview(self):
        """It is a picture to paint where the command is not whole without it."""
        (self.here / "out").mkdir()
        before = (self.here / "town.png").read_bytes()
        for arguments in (["--preview", "town.png", "paint.png", "-o", "out/a.png"],
                          ["--preview", "town.png", "-s", "paint.png", "-o", "out/{name}.png"]):
            result = self.stylize(*arguments)
            self.assertEqual(result.returncode, DONE, result.stderr)
        self.fails(self.stylize("--preview", "town.png", "paint.png", "-s", "paint.png", "-o", "out/{name}.png"), USE,
                   "town.png: ", "--preview=town.png")
        result = self.stylize("town.png", "paint.png", "-s", "paint.png", "-o", "out/{name}.png", "--preview", "live.png")
        self.assertEqual((result.returncode, (self.here / "live.png").exists()), (DONE, True), result.stderr)
        self.assertEqual((self.here / "town.png").read_bytes(), before)

    def test_bad(self):
        for where, code, words in (("live.gif", USE, ["live.gif"]), ("none/live.png", SYSTEM, ["none/live.png"]),
                                   ("town.png", USE, ["town.png", "is read"]), ("out.png", USE, ["out.png", "twice"]),
                                   ("-", USE, ["--preview", "'-'"])):
            self.fails(self.stylize("town.png", "paint.png", "-o", "out.png", "--force", f"--preview={where}"), code, *words)
        self.assertEqual(self.files(), ["paint.png", "small.safetensors", "town.png"])

    def test_one_that_fails_later(self):
        """The picture is painted all the same, and the failure is told."""
        (self.here / "live").mkdir()
        (self.here / "live/p.png").write_bytes(b"")
        process = subprocess.Popen([PROGRAM, "stylize", "town.png", "paint.png", "-o", "out.png", *SMALL, "--optimizer",
                                    "adam", "--sizes", "16:10,32:1000000", "--preview", "live/p.png"], cwd=self.here,
                                   env=self.environment, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        while (self.here / "live/p.png").stat().st_size == 0:
            time.sleep(0.01)
        os.rename(self.here / "live", self.here / "away")
        while "live/p.png" not in process.stderr.readline():
            self.assertIsNone(process.poll())
        process.terminate()
        told = process.communicate(timeout=HANGS)[1]
        self.assertEqual(process.returncode, SYSTEM, told)
        self.assertEqual(png_size(self.here / "out.png"), (32, 24))


if __name__ == "__main__":
    unittest.main()
