"""Pictures of the Python package in and out: files, bytes, buffers, arrays, PIL."""
import array
import gc
import pathlib
import tempfile
import unittest

from binding import flat, has, nst, picture


class Images(unittest.TestCase):
    def test_files_and_bytes(self):
        image = picture(7, 5)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "a.png"
            image.save(path, png_depth=16)
            again = nst.Image(path)
            self.assertEqual(again.size, (7, 5))
            worst = max(abs(a - b) for a, b in zip(flat(image.pixels), flat(again.pixels)))
            self.assertLess(worst, 1 / 65000)
            self.assertEqual(nst.Image(path.read_bytes()).tobytes(), image.tobytes())
        self.assertTrue(image._repr_png_().startswith(b"\x89PNG\r\n"))
        self.assertTrue(image.encode("jpeg", jpeg_quality=80).startswith(b"\xff\xd8"))

    def test_buffers(self):
        raw = bytes(range(2 * 3 * 4))
        rgba = nst.Image(memoryview(raw).cast("B", (2, 3, 4)))
        self.assertEqual((rgba.size, rgba.has_alpha, rgba.tobytes()), ((3, 2), True, raw))
        grey = nst.Image(memoryview(array.array("f", [0, 0.5, 1, 0.25])).cast("B").cast("f", (2, 2)))
        self.assertEqual(grey.tobytes(1), bytes([0, 128, 255, 64]))
        double = nst.Image(memoryview(array.array("d", [0, 0.5, 1, 0.25])).cast("B").cast("d", (2, 2)))
        self.assertEqual(double.tobytes(), grey.tobytes())

    def test_what_is_no_picture(self):
        for value, kind in ((7, TypeError), ({}, TypeError), (memoryview(b"abc"), ValueError),
                            (memoryview(bytes(60)).cast("B", (2, 5, 6)), ValueError),
                            (memoryview(bytes(16)).cast("i", (2, 2)), TypeError), (b"not a picture", ValueError)):
            with self.assertRaises(kind, msg=repr(value)) as caught:
                nst.Image(value)
            self.assertTrue(str(caught.exception))

    def test_pixels_outlive_the_image(self):
        image = picture(9, 4)
        first = memoryview(image.pixels)
        value = first[3, 8, 1]
        image.close()
        gc.collect()
        self.assertEqual(first[3, 8, 1], value)

    @unittest.skipUnless(has("numpy"), "NumPy is not installed")
    def test_numpy(self):
        import numpy
        values = numpy.random.default_rng(1).random((6, 8, 3)).astype(numpy.float32)
        image = nst.Image(values)
        self.assertTrue((numpy.asarray(image) == values).all())
        self.assertTrue((nst.Image(values[::-1, ::2]).to_numpy() == values[::-1, ::2]).all())
        self.assertTrue((nst.Image(values.astype(float)).to_numpy() == values).all())
        image.pixels[2, 3] = 0.25
        self.assertTrue((image.to_numpy()[2, 3] == 0.25).all())
        u8 = numpy.arange(6 * 8 * 4, dtype=numpy.uint8).reshape(6, 8, 4)
        self.assertEqual(nst.Image(u8).tobytes(), u8.tobytes())
        u8.flags.writeable = False
        self.assertEqual(nst.Image(u8).tobytes(), u8.tobytes())

    @unittest.skipUnless(has("PIL"), "PIL is not installed")
    def test_pil(self):
        import PIL.Image
        image = picture(7, 5)
        pil = image.to_pil()
        self.assertEqual((pil.mode, pil.size, pil.tobytes()), ("RGB", (7, 5), image.tobytes()))
        self.assertEqual(nst.Image(pil).tobytes(), image.tobytes())
        self.assertTrue(nst.Image(PIL.Image.new("RGBA", (3, 2))).has_alpha)
        self.assertEqual(nst.Image(PIL.Image.new("1", (3, 2), 1)).tobytes(), b"\xff" * 18)


if __name__ == "__main__":
    unittest.main()
