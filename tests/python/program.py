"""What the tests of the program nst share: small pictures, a folder with a content, a style and a model, and its calls."""
import fcntl
import os
import pathlib
import pty
import struct
import subprocess
import tempfile
import termios
import unittest
import zlib

import small_model

PROGRAM = os.environ.get("NST_PROGRAM", "")
DONE, USE, INPUT, SYSTEM, STOPPED = 0, 1, 2, 3, 130
HANGS = 1500  # seconds: for what never ends. No test depends on how long anything takes
# What the small model can follow, and quickly.
LAYERS = ["--content-layers", "conv2_2", "--style-layers", "conv1_1,conv2_1"]
SMALL = ["-m", "./small.safetensors", *LAYERS]
QUICK = ["--size", "32", "--sizes", "16:4,32:3", *LAYERS]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, shift=0, channels=3):
    """Two crossing gradients."""
    rows = b""
    for y in range(height):
        rows += b"\0" + bytes((v + shift) % 256 for x in range(width)
                              for v in (x * 255 // width, y * 255 // height, (x * y) % 251, 255 - x)[:channels])
    head = struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[channels], 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def png_size(path):
    return struct.unpack(">II", pathlib.Path(path).read_bytes()[16:24])


class Program(unittest.TestCase):
    def setUp(self):
        if not PROGRAM:
            self.skipTest("NST_PROGRAM does not name the program")
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.here = pathlib.Path(self.folder.name)
        self.environment = dict(os.environ, HOME=self.folder.name, NST_MODEL_PATH="", XDG_DATA_HOME="",
                                XDG_DATA_DIRS=str(self.here / "none"))
        (self.here / "town.png").write_bytes(png(40, 30))
        (self.here / "paint.png").write_bytes(png(36, 44, 90))
        (self.here / "small.safetensors").write_bytes(small_model.safetensors())

    def run_nst(self, *arguments, **more):
        return subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.here, env=self.environment, timeout=HANGS,
                              capture_output=True, text=True, **more)

    def stylize(self, *arguments, model="./small.safetensors", **more):
        return self.run_nst("stylize", *arguments, "-m", model, *QUICK, **more)

    def on_terminal(self, *arguments, rows=24, columns=80, pixels=(0, 0), **environment):
        """Standard error is a terminal, of these ROWS, COLUMNS and PIXELS (width, height). Exit code and what it got."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, *pixels))
        names = ("TERM", "TERM_PROGRAM", "LC_TERMINAL", "KITTY_WINDOW_ID", "TMUX", "COLORTERM")
        kept = {name: value for name, value in self.environment.items() if name not in names}
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], cwd=self.here, env={**kept, **environment},
                                   stdout=subprocess.DEVNULL, stderr=theirs)
        self.addCleanup(process.kill)
        os.close(theirs)
        told = b""
        try:
            while part := os.read(ours, 65536):
                told += part
        except OSError:  # Linux' way to say that the other side is closed
            pass
        os.close(ours)
        return process.wait(timeout=HANGS), told

    def files(self):
        return sorted(p.name for p in self.here.iterdir())

    def fails(self, result, code, *words):
        """One line on standard error that has WORDS, nothing on standard output, and CODE."""
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertRegex(result.stderr, r"\Anst: [^\n]+\n\Z")
        self.assertEqual(result.stdout, "")
        for word in words:
            self.assertIn(word, result.stderr)
