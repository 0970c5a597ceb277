"""Pictures of the Python package in and out: files, bytes, buffers, arrays, PIL."""
import array
import copy
import gc
import pathlib
import pickle
import subprocess
import sys
import tempfile
import unittest

import binding
from binding import MODEL, flat, has, nst, picture


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

    def test_borrowed_pixels(self):
        values = array.array("f", [0.5] * 12)
        image = nst.Image.borrow(memoryview(values).cast("B").cast("f", (2, 2, 3)))
        values[3] = 0.25
        self.assertEqual((image.size, flat(image.pixels)[3]), ((2, 2), 0.25))
        self.assertEqual(flat(image.copy().pixels)[3], 0.25)
        pixels = image.pixels
        image.close()
        self.assertEqual(flat(pixels)[3], 0.25)
        for wrong in (memoryview(values), memoryview(bytes(48)).cast("f", (2, 2, 3)), memoryview(bytearray(12)), [0.5]):
            with self.assertRaises(TypeError):
                nst.Image.borrow(wrong)
        alpha = array.array("f", [0.5] * 4)
        rgb = memoryview(values).cast("B").cast("f", (2, 2, 3))
        image = nst.Image.borrow(rgb, memoryview(alpha).cast("B").cast("f", (2, 2)))
        alpha[1] = 0.25
        self.assertEqual(list(flat(image.alpha)), [0.5, 0.25, 0.5, 0.5])
        for wrong in (memoryview(alpha), memoryview(bytes(16)).cast("f", (2, 2)), [0.5]):
            with self.assertRaises(TypeError):
                nst.Image.borrow(rgb, wrong)

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


class Copies(unittest.TestCase):
    def test_pickle_and_copy(self):
        for image in (picture(7, 5), nst.Image(memoryview(bytes(range(24))).cast("B", (2, 3, 4)))):
            memoryview(image.pixels)[1, 2, 0] = -3.25  # values beyond 0..1 are kept
            image.set(png_depth=16, jpeg_quality=70)
            ways = [copy.copy, copy.deepcopy]
            ways += [lambda i, p=p: pickle.loads(pickle.dumps(i, p)) for p in range(pickle.HIGHEST_PROTOCOL + 1)]
            for way in ways:
                again = way(image)
                self.assertIsNot(again, image)
                self.assertEqual((again.size, again.options), (image.size, image.options))
                self.assertEqual(bytes(memoryview(again.pixels)), bytes(memoryview(image.pixels)))
                self.assertEqual(again.has_alpha, image.has_alpha)
                if image.has_alpha:
                    self.assertEqual(bytes(memoryview(again.alpha)), bytes(memoryview(image.alpha)))
            memoryview(again.pixels)[0, 0, 0] = 0.5
            self.assertNotEqual(bytes(memoryview(again.pixels)), bytes(memoryview(image.pixels)))

    def test_to_another_process(self):
        code = "import pickle, sys; sys.stdout.buffer.write(pickle.loads(sys.stdin.buffer.read()).tobytes())"
        result = subprocess.run([sys.executable, "-B", "-c", code], input=pickle.dumps(picture(7, 5)),
                                stdout=subprocess.PIPE, env=binding.environment())
        self.assertEqual(result.stdout, picture(7, 5).tobytes())

    def test_what_cannot_be_pickled(self):
        closed = picture(3, 3)
        closed.close()
        with self.assertRaises(nst.StateError):
            pickle.dumps(closed)
        for handle in (MODEL, nst.Optimizer(), nst.Transfer(MODEL)):
            for call in (pickle.dumps, copy.copy, copy.deepcopy):
                with self.assertRaisesRegex(TypeError, f"an nst.{type(handle).__name__} cannot be"):
                    call(handle)

    def test_a_pickle_that_contradicts_itself(self):
        make, (width, height, pixels, alpha, options) = picture(3, 2).__reduce__()
        with self.assertRaises(ValueError):
            make(width, height + 1, pixels, alpha, options)
        with self.assertRaises(ValueError):
            make(width, height, pixels, pixels, options)


if __name__ == "__main__":
    unittest.main()
