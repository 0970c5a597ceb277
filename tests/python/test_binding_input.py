"""What the Python package makes of all kinds of input: arrays of every type, PIL's modes, text and numbers that C
would cut to fit, handles where others are expected, names that are misspelt."""
import pathlib
import sys
import tempfile
import unittest
import warnings

from binding import MODEL, QUICK, has, nst, picture
from nst import _enums


@unittest.skipUnless(has("numpy"), "NumPy is not installed")
class Arrays(unittest.TestCase):
    def setUp(self):
        import numpy
        self.numpy = numpy
        self.values = numpy.random.default_rng(2).random((6, 8, 3))

    def same(self, array, wanted, tolerance=1e-6):
        self.assertLess(abs(nst.Image(array).to_numpy() - wanted).max(), tolerance)

    def test_types(self):
        for kind, tolerance in (("f2", 1e-3), ("<f4", 1e-6), (">f4", 1e-6), ("f8", 1e-6), (">f8", 1e-6), ("g", 1e-6)):
            with self.subTest(kind):
                self.same(self.values.astype(kind), self.values, tolerance)
        for kind in ("<u2", ">u2"):
            self.same((self.values * 65535).round().astype(kind), self.values, 1e-5)
        for kind in ("i1", "i2", "u4", "i8", "?", "c8", "O", "M8[s]"):
            with self.subTest(kind), self.assertRaises(TypeError):
                nst.Image(self.numpy.zeros((3, 4, 3), "u1").astype(kind))

    def test_memory_that_is_not_packed(self):
        for kind in ("u1", "f4", "f8"):
            whole = (self.values * (255 if kind == "u1" else 1)).astype(kind)
            for part in (whole[::2, ::-1], whole[..., ::-1], self.numpy.asfortranarray(whole), whole[1:-1, 2:5]):
                again = nst.Image(self.numpy.ascontiguousarray(part))
                self.assertEqual(nst.Image(part).tobytes(), again.tobytes())

    def test_channels(self):
        for count, alpha in ((1, False), (2, True), (3, False), (4, True)):
            values = self.numpy.random.default_rng(3).integers(0, 256, (4, 5, count), dtype="u1")
            image = nst.Image(values)
            self.assertEqual((image.size, image.has_alpha), ((5, 4), alpha))
            self.assertEqual(image.tobytes(count), values.tobytes())
        self.assertEqual(nst.Image(values[..., 0]).tobytes(1), values[..., 0].tobytes())
        for shape in ((3,), (3, 3, 5), (3, 3, 0), (0, 3, 3), (2, 3, 3, 3)):
            with self.assertRaises(ValueError):
                nst.Image(self.numpy.zeros(shape, "u1"))

    def test_mistakes_are_told_the_way_out(self):
        for shape, word in (((3, 6, 8), r"transpose\(1, 2, 0\)"), ((1, 6, 8, 3), "one at a time"), ((), r"shape \(\)"),
                            ((9,), r"shape \(9,\); the contents of a file"), ((6, 8, 5), r"shape \(6, 8, 5\)")):
            with self.assertRaisesRegex(ValueError, word):
                nst.Image(self.numpy.zeros(shape, "f4"))
        for kind, word in (("?", "found bool"), ("i4", "found int32"), ("i8", "found int64"), ("u4", "found uint32"),
                           ("c8", "found complex64")):
            with self.assertRaisesRegex(TypeError, word):
                nst.Image(self.numpy.zeros((6, 8, 3), kind))
        for value in (self.numpy.nan, self.numpy.inf):
            self.values[2, 3, 1] = value
            with self.assertRaisesRegex(nst.DataError, r"pixel \(3, 2\), channel 1 is not a finite number"):
                nst.Image(self.values)

    @unittest.skipUnless(has("torch"), "PyTorch is not installed")
    def test_tensors(self):
        import torch
        self.same(torch.from_numpy(self.values), self.values)


@unittest.skipUnless(has("PIL"), "PIL is not installed")
class Pil(unittest.TestCase):
    def test_modes(self):
        import PIL.Image
        for mode in ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "CMYK", "YCbCr", "HSV"):
            with self.subTest(mode):
                image = nst.Image(PIL.Image.new(mode, (3, 2)))
                self.assertEqual((image.size, image.has_alpha), ((3, 2), mode in ("LA", "La", "PA", "RGBA", "RGBa")))

    def test_deep_greys_are_not_clipped(self):
        import PIL.Image
        little = (40000).to_bytes(2, "little") * 6
        for mode, raw in (("I;16", little), ("I;16B", (40000).to_bytes(2, "big") * 6),
                          ("I", (40000).to_bytes(4, sys.byteorder) * 6)):
            grey = memoryview(nst.Image(PIL.Image.frombytes(mode, (3, 2), raw)).pixels)[0, 0, 0]
            self.assertAlmostEqual(grey, 40000 / 65535, places=6, msg=mode)
        with self.assertRaisesRegex(TypeError, "mode F"):
            nst.Image(PIL.Image.new("F", (3, 2)))

    def test_a_transparent_colour_is_alpha(self):
        import PIL.Image
        for mode, colour in (("P", 0), ("L", 0), ("RGB", (0, 0, 0))):
            image = PIL.Image.new(mode, (3, 2))
            image.info["transparency"] = colour
            self.assertEqual(nst.Image(image).tobytes(), b"\0\0\0\0" * 6, mode)


    def turned(self, orientation, **options):
        """A JPEG file of a picture that has a corner of its own in each place, and EXIF's ORIENTATION."""
        import io
        import PIL.Image
        stored, exif, file = PIL.Image.new("L", (32, 16)), PIL.Image.Exif(), io.BytesIO()
        for place, level in (((0, 0), 60), ((16, 0), 120), ((0, 8), 180), ((16, 8), 240)):
            stored.paste(level, (*place, place[0] + 16, place[1] + 8))
        exif[0x0112] = orientation
        stored.save(file, "JPEG", exif=exif, quality=95, **options)
        return file.getvalue()

    def test_upright_as_the_file_by_path_is(self):
        import io
        import PIL.Image
        import PIL.ImageOps
        for orientation in range(1, 9):
            with self.subTest(orientation):
                file = self.turned(orientation)
                opened = PIL.Image.open(io.BytesIO(file))
                wanted = nst.Image(file)
                self.assertEqual(wanted.size, (16, 32) if orientation > 4 else (32, 16))
                self.assertEqual(nst.Image(opened).tobytes(), wanted.tobytes())
                self.assertEqual(nst.Image(opened.convert("RGB")).tobytes(), wanted.tobytes())
                self.assertEqual(nst.Image(PIL.ImageOps.exif_transpose(opened)).tobytes(), wanted.tobytes())

    def test_colour_profiles_as_the_file_by_path_has_them(self):
        import io
        import PIL.Image
        try:
            import PIL.ImageCms
            lab = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("LAB")).tobytes()
            srgb = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()
        except ImportError:
            self.skipTest("PIL was built without Little CMS")
        wide = self.wide(srgb)
        for mode in ("RGB", "RGBA", "P"):
            image = PIL.Image.frombytes("RGB", (4, 2), bytes(range(30, 246, 9))).convert(mode)
            for profile in (srgb, wide):
                file = io.BytesIO()
                image.save(file, "PNG", icc_profile=profile)
                file.seek(0)
                with warnings.catch_warnings(record=True) as caught:
                    warnings.simplefilter("always")
                    wanted = nst.Image(file.getvalue()).tobytes()
                    self.assertEqual(nst.Image(PIL.Image.open(file)).tobytes(), wanted, mode)
                changed = wanted != nst.Image(image).tobytes()
                self.assertEqual(changed or len(caught) == 2, profile is wide, mode)  # a build without Little CMS warns
        for mode, profile in (("CMYK", lab), ("I;16", srgb)):
            image = PIL.Image.new(mode, (4, 2))
            image.info["icc_profile"] = profile
            with self.assertWarnsRegex(UserWarning, f"mode {mode} is not applied"):
                nst.Image(image)

    def wide(self, srgb):
        """The profile SRGB with the red primary of Display P3."""
        count, tags = int.from_bytes(srgb[128:132], "big"), {}
        for i in range(count):
            at = 132 + 12 * i
            tags[srgb[at:at + 4]] = int.from_bytes(srgb[at + 4:at + 8], "big")
        red = b"".join(round(x * 65536).to_bytes(4, "big", signed=True) for x in (0.51512, 0.24120, -0.00105))
        start = tags[b"rXYZ"] + 8
        return srgb[:start] + red + srgb[start + 12:]

    def test_an_exif_block_that_makes_no_sense(self):
        import PIL.Image
        for block in (b"Exif\0\0", b"Exif\0\0MM\0\x2b\0\0\0\x08", b"Exif\0\0II\x2a\0\xff\xff\xff\xff", b"\xff" * 40):
            image = PIL.Image.new("RGB", (3, 2))
            image.info["exif"] = block
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # PIL's own
                self.assertEqual(nst.Image(image).size, (3, 2))


class Files(unittest.TestCase):
    def test_a_damaged_end_is_a_warning(self):
        short = picture(5, 4).encode("png")[:-12]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "short.png"
            path.write_bytes(short)
            for source in (short, path, str(path)):
                with self.assertWarnsRegex(UserWarning, "cut short after its last pixel") as caught:
                    image = nst.Image(source)
                self.assertEqual(caught.filename, __file__)
                self.assertEqual("short.png: " in str(caught.warning), source is not short)
                self.assertEqual(image.warnings, ["the PNG file has no end: it is cut short after its last pixel"])
                self.assertEqual(image.copy().warnings, image.warnings)
        self.assertEqual(picture(5, 4).warnings, [])


@unittest.skipUnless(has("numpy"), "NumPy is not installed")
class Scale(unittest.TestCase):
    """Floats of 0..255, the commonest mistake: refused where a content or a style is given, in whatever form."""

    def setUp(self):
        import numpy
        self.numpy = numpy
        self.wrong = numpy.random.default_rng(5).integers(0, 256, (18, 24, 3)).astype("f4")
        self.wrong[0, 0] = 255

    def refused(self, what, call):
        with self.assertRaisesRegex(nst.CallError, f"{what}: expected 0..1, found up to 255: divide by 255 or pass uint8"):
            call()

    def test_every_form_of_it(self):
        numpy, right = self.numpy, picture(24, 18)
        forms = [self.wrong.astype(kind) for kind in ("f2", "f4", "f8", ">f4")] + [self.wrong[:, ::-1], nst.Image(self.wrong)]
        forms += [memoryview(self.wrong), self.wrong[..., 0], numpy.dstack([self.wrong, self.wrong[..., 0]])]
        if has("torch"):
            import torch
            forms.append(torch.from_numpy(self.wrong))
        for wrong in forms:
            transfer = nst.Transfer(MODEL, **QUICK)
            self.refused("content", lambda: transfer.set_content(wrong))
            self.refused("style", lambda: transfer.add_style(wrong))
            self.refused("content", lambda: nst.stylize(wrong, right, model=MODEL, **QUICK))
            self.refused("style", lambda: nst.stylize(right, wrong, model=MODEL, **QUICK))
            self.refused("style", lambda: nst.stylize(right, [right, (wrong, 0.5)], model=MODEL, **QUICK))

    def test_the_way_out(self):
        right = picture(24, 18)
        a = nst.stylize(self.wrong / 255, right, model=MODEL, **QUICK)
        b = nst.stylize(self.wrong.astype("u1"), right, model=MODEL, **QUICK)
        self.assertEqual(a.tobytes(), b.tobytes())

    def test_a_solver_goes_where_it_likes(self):
        transfer = nst.Transfer(MODEL, **QUICK).set_content(picture(24, 18)).add_style(picture(20, 20, 0.5))
        self.assertGreater(transfer.evaluate(self.wrong)[0], 0)
        transfer.set_init(self.wrong)


class CutToFit(unittest.TestCase):
    def test_a_nul_ends_no_text(self):
        for call in (lambda: nst.Image("/etc/hostname\0.png"), lambda: picture(2, 2).save("/tmp/a.png\0.png"),
                     lambda: nst.Model("lite\0x"), lambda: nst.Transfer(MODEL, "gatys\0x"),
                     lambda: nst.Transfer(MODEL, form="mean\0x"), lambda: MODEL.find_layer("conv1_1\0x"),
                     lambda: picture(2, 2).encode("png\0x")):
            with self.assertRaisesRegex(ValueError, "NUL"):
                call()

    def test_numbers_do_not_wrap(self):
        for call in (lambda: nst.Image.new(2**32 + 5, 3), lambda: nst.Image.new(3, -1), lambda: picture(2, 2).resize(-1, 2),
                     lambda: nst.Image(picture(3, 3).encode(), max_pixels=-1), lambda: picture(2, 2).tobytes(0),
                     lambda: nst.Transfer(MODEL, size=2**64 + 64)):
            with self.assertRaisesRegex(nst.CallError, "expected"):
                call()
        with self.assertRaisesRegex(TypeError, "width: expected a whole number, found float"):
            nst.Image.new(2.0, 3)

    def test_a_name_that_is_not_utf8(self):
        with self.assertRaises(FileNotFoundError):
            nst.Image("/no/such/\udcff.png")


class Mistakes(unittest.TestCase):
    def test_one_object_for_another(self):
        image, transfer = picture(8, 8), nst.Transfer(MODEL, **QUICK)
        for call in (lambda: nst.Transfer(image), lambda: transfer.set_content(MODEL), lambda: transfer.add_style(transfer),
                     lambda: transfer.run(image), lambda: transfer.run("adam"), lambda: nst.Image(None), lambda: transfer.memory("adam"),
                     lambda: nst.Model(5), lambda: transfer.set_preset(None), lambda: nst.Features(transfer)):
            with self.assertRaisesRegex(TypeError, "expected .* found "):
                call()

    def test_misspelt_names_are_told_the_right_one(self):
        image = picture(8, 8)
        with self.assertRaisesRegex(TypeError, "'styl_weight'; did you mean style_weight?"):
            nst.stylize(image, image, styl_weight=1)
        with self.assertRaisesRegex(nst.CallError, "'learning_rat'; did you mean learning_rate?"):
            nst.Optimizer("adam", learning_rat=1)
        with self.assertRaisesRegex(nst.CallError, "'pngdepth'; did you mean png_depth?"):
            image.encode(pngdepth=8)
        with self.assertRaisesRegex(TypeError, "style_weight: expected a number"):
            nst.Transfer(MODEL, style_weight=[])

    def test_the_name_of_the_header(self):
        transfer = nst.Transfer(MODEL, memory_limit="1G")
        self.assertEqual((transfer.get("memory_limit"), transfer.get(nst.Param.MEMORY_LIMIT)), (2**30, 2**30))

    def test_values_of_a_newer_library(self):
        self.assertIs(_enums.known(nst.Stop, 3), nst.Stop.BUDGET)
        later = _enums.known(nst.Stop, 99)
        self.assertEqual((later, str(later), later.name), (99, "Stop.UNKNOWN_99", "UNKNOWN_99"))
        self.assertEqual(nst.Error(999, "new").status, 999)
        with self.assertRaises(ValueError):
            nst.Stop(99)

    def test_enums_show_their_names(self):
        self.assertEqual((f"{nst.Stop.BUDGET}", str(nst.Stop.BUDGET), f"{nst.Stop.BUDGET:03}"), ("Stop.BUDGET",) * 2 + ("003",))

    def test_bytes_that_can_change(self):
        self.assertEqual(nst.Image(bytearray(picture(5, 4).encode())).size, (5, 4))


if __name__ == "__main__":
    unittest.main()
