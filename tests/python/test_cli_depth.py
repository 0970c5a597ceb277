"""Bits, transparency and colour space of what nst stylize writes."""
import pathlib
import struct
import sys
import unittest
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from program import DONE, Program, chunk, png  # noqa: E402


def deep_png(width, height):
    """16 bits, RGBA, the left half half transparent."""
    rows = b""
    for y in range(height):
        rows += b"\0" + b"".join(struct.pack(">HHHH", x * 65535 // width, y * 65535 // height, (x * y * 977) % 65536,
                                             32768 if x < width // 2 else 65535) for x in range(width))
    head = struct.pack(">IIBBBBB", width, height, 16, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def chunks(data):
    found, at = {}, 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        found.setdefault(kind, data[at + 8:at + 8 + length])
        at += 12 + length
    return found


class Depth(Program):
    def setUp(self):
        super().setUp()
        (self.here / "deep.png").write_bytes(deep_png(40, 30))

    def painted(self, content, *options, out="out.png"):
        result = self.stylize(content, "paint.png", "-o", out, "--force", *options)
        self.assertEqual(result.returncode, DONE, result.stderr)
        return (self.here / out).read_bytes()

    def depth(self, data):
        """Bits and colour type of a PNG: 2 for RGB, 6 for RGBA."""
        return tuple(chunks(data)[b"IHDR"][8:10])

    def test_sixteen_bits_and_alpha_in_and_out(self):
        found = self.painted("deep.png")
        self.assertEqual(self.depth(found), (16, 6))
        values = zlib.decompress(chunks(found)[b"IDAT"])
        self.assertEqual(len(values), 24 * (1 + 32 * 8))
        self.assertEqual(self.depth(self.painted("deep.png", "--init", "noise")), (16, 6))
        self.assertEqual(self.depth(self.painted("deep.png", "--color", "luma")), (16, 6))

    def test_the_low_bits_are_painted(self):
        """They are not 8 bits made wide: 257 times a byte."""
        (self.here / "plain.ppm").write_bytes(b"P6\n40 30\n65535\n" + bytes(range(200)) * 36)
        pixels = self.painted("plain.ppm", out="out.ppm").split(b"\n65535\n", 1)[1]
        wide = [value for value, in struct.iter_unpack(">H", pixels)]
        self.assertEqual(len(wide), 32 * 24 * 3)
        self.assertGreater(sum(value % 257 != 0 for value in wide), len(wide) // 2)

    def test_eight_bits_stay_eight(self):
        self.assertEqual(self.depth(self.painted("town.png")), (8, 2))
        self.assertIn(b"\n255\n", self.painted("town.png", out="out.ppm")[:20])
        (self.here / "low.pgm").write_bytes(b"P5\n40 30\n100\n" + bytes(range(100)) * 12)
        self.assertEqual(self.depth(self.painted("low.pgm")), (8, 2))

    def test_the_option_decides(self):
        self.assertEqual(self.depth(self.painted("deep.png", "--png-depth", "8")), (8, 6))
        self.assertEqual(self.depth(self.painted("town.png", "--png-depth", "16")), (16, 2))

    def test_the_style_does_not_decide(self):
        (self.here / "paint.png").write_bytes(deep_png(36, 44))
        self.assertEqual(self.depth(self.painted("town.png")), (8, 2))

    def test_snapshots_are_as_the_result(self):
        self.painted("deep.png", "--frames", "film", "--save-every", "3")
        self.assertEqual({self.depth(path.read_bytes()) for path in (self.here / "film").iterdir()}, {(16, 6)})

    def test_png_says_srgb(self):
        for content in ("town.png", "deep.png"):
            found = chunks(self.painted(content))
            self.assertEqual(len(found[b"sRGB"]), 1)
            self.assertNotIn(b"iCCP", found)

    def test_jpeg_says_srgb(self):
        """EXIF 2.32: tag 0xa001, ColorSpace, is 1. Behind JFIF's own segment, before the tables."""
        data = self.painted("deep.png", out="out.jpg")
        self.assertEqual((data[2:4], data[6:11]), (b"\xff\xe0", b"JFIF\0"))
        at = 4 + struct.unpack(">H", data[4:6])[0]
        marker, length, name = struct.unpack(">HH6s", data[at:at + 10])
        self.assertEqual((marker, name), (0xffe1, b"Exif\0\0"))
        tiff = data[at + 10:at + 2 + length]
        self.assertEqual(data[at + 2 + length:at + 4 + length], b"\xff\xdb")
        self.assertEqual(tiff[:4], b"II*\0")

        def tags(offset):
            count, = struct.unpack("<H", tiff[offset:offset + 2])
            return {tag: (kind, number, value) for tag, kind, number, value in
                    (struct.unpack("<HHII", tiff[offset + 2 + 12 * i:offset + 14 + 12 * i]) for i in range(count))}
        first = tags(struct.unpack("<I", tiff[4:8])[0])
        self.assertEqual(tags(first[0x8769][2])[0xa001], (3, 1, 1))

    def test_what_is_written_is_read_without_a_warning(self):
        self.painted("deep.png", out="out.jpg")
        result = self.stylize("out.jpg", "paint.png", "-o", "again.png")
        self.assertNotIn("warning", result.stderr)


if __name__ == "__main__":
    unittest.main()
