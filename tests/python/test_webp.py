"""WebP pictures, where the library was built with libwebp: files that Pillow writes come in as Pillow shows them."""
import importlib.util
import io
import random
import unittest
import warnings

from binding import nst

if importlib.util.find_spec("PIL"):
    from PIL import Image, ImageCms, features
    MISSING = None if features.check("webp") else "PIL has no WebP"
else:
    MISSING = "PIL is not installed"
if "webp" not in (nst.build_text(nst.Build.PICTURES) or "").split():
    MISSING = "built without libwebp"


def noise(mode, size=(37, 23)):
    values = random.Random(1).choices(range(256), k=size[0] * size[1] * len(mode))
    return Image.frombytes(mode, size, bytes(values))


def smooth(mode="RGB", size=(64, 48)):
    return noise(mode, (4, 3)).resize(size, Image.BICUBIC)


def chunk(name, data):
    return name + len(data).to_bytes(4, "little") + data + b"\0" * (len(data) % 2)


def swapped_profile():
    """sRGB with its first and last channel swapped: the data of the tags rXYZ and bXYZ (ICC.1, 7.3)."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = {}
    for tag in range(int.from_bytes(profile[128:132], "big")):
        entry = profile[132 + 12 * tag:144 + 12 * tag]
        at[bytes(entry[:4])] = int.from_bytes(entry[4:8], "big")
    red, blue = (slice(at[name], at[name] + 20) for name in (b"rXYZ", b"bXYZ"))
    profile[red], profile[blue] = profile[blue], profile[red]
    return bytes(profile)


def webp(picture, **options):
    out = io.BytesIO()
    picture.save(out, "WEBP", **options)
    return out.getvalue()


@unittest.skipIf(MISSING, MISSING)
class WebP(unittest.TestCase):
    def test_lossless_is_exact(self):
        picture = noise("RGB")
        image = nst.Image(webp(picture, lossless=True))
        self.assertEqual((image.size, image.has_alpha), (picture.size, False))
        self.assertEqual(image.tobytes(), picture.tobytes())
        picture = noise("RGBA")
        image = nst.Image(webp(picture, lossless=True, exact=True))
        self.assertTrue(image.has_alpha)
        self.assertEqual(image.to_pil().tobytes(), picture.tobytes())

    def test_lossy_is_what_pillow_shows(self):
        for mode in ("RGB", "RGBA"):
            data = webp(smooth(mode), quality=80)
            shown = Image.open(io.BytesIO(data)).convert(mode).tobytes()
            found = nst.Image(data).to_pil().tobytes()
            self.assertLessEqual(max(abs(a - b) for a, b in zip(found, shown)), 1)

    def test_orientation_is_applied(self):
        picture, exif = noise("RGB"), Image.Exif()
        exif[0x0112] = 6  # to be turned by 90 degrees, clockwise
        image = nst.Image(webp(picture, lossless=True, exif=exif.tobytes()))
        self.assertEqual(image.tobytes(), picture.transpose(Image.Transpose.ROTATE_270).tobytes())

    def test_a_profile_of_srgb_changes_nothing(self):
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        self.assertEqual(nst.Image(webp(smooth(), lossless=True, icc_profile=profile)).tobytes(), smooth().tobytes())

    def test_a_profile_of_other_colours_is_applied(self):
        for mode in ("RGB", "RGBA"):
            picture = smooth(mode)
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                image = nst.Image(webp(picture, lossless=True, exact=True, icc_profile=swapped_profile()))
            if any("built without" in str(warning.message) for warning in said):
                self.skipTest("built without Little CMS")
            self.assertEqual(said, [])
            planes = list(picture.split())
            planes[0], planes[2] = planes[2], planes[0]
            found = image.to_pil()
            self.assertEqual(found.mode, mode)
            for plane, expected in zip(found.split(), planes):
                self.assertLessEqual(max(abs(a - b) for a, b in zip(plane.tobytes(), expected.tobytes())), 1)

    def test_what_follows_the_container_is_ignored(self):
        picture, exif = noise("RGB"), Image.Exif()
        exif[0x0112] = 6
        profile = chunk(b"ICCP", swapped_profile())
        for data in (webp(picture, lossless=True), webp(picture, lossless=True, xmp=b"<x/>")):
            for after in (chunk(b"EXIF", exif.tobytes()), profile, b"\0", b"RIFF", data):
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    image = nst.Image(data + after)
                self.assertEqual((image.size, image.tobytes()), (picture.size, picture.tobytes()))

    def test_a_container_longer_than_the_file_is_cut_short(self):
        data = webp(noise("RGB"), lossless=True)
        for size in (len(data) - 6, 2**31, 2**32 - 10):
            with self.assertRaisesRegex(nst.DataError, "cut short"):
                nst.Image(data[:4] + size.to_bytes(4, "little") + data[8:])

    def test_a_profile_that_is_none_is_a_warning(self):
        with self.assertWarnsRegex(UserWarning, "profile"):
            nst.Image(webp(smooth(), lossless=True, icc_profile=b"this is no profile"))

    def test_what_is_refused(self):
        still = webp(noise("RGB"), lossless=True)
        moving = webp(noise("RGB"), lossless=True, save_all=True, append_images=[smooth(size=(37, 23))])
        with self.assertRaisesRegex(nst.DataError, "found an animated WebP"):
            nst.Image(moving)
        for size in range(12, len(still) - 1, 7):
            with self.assertRaises(nst.DataError):
                nst.Image(still[:size])
        with self.assertRaisesRegex(nst.DataError, "above the cap of 850"):
            nst.Image(still, max_pixels=850)
        with self.assertRaisesRegex(nst.CallError, "type: expected png"):
            nst.Image(still).encode("webp")

    def test_damage_is_an_error_or_a_picture(self):
        chance = random.Random(2)
        for data in (webp(noise("RGBA"), lossless=True), webp(smooth("RGBA"), quality=50)):
            for _ in range(200):
                bad = bytearray(data)
                for _ in range(3):
                    bad[chance.randrange(12, len(bad))] = chance.randrange(256)
                try:
                    nst.Image(bytes(bad), max_pixels=10**6)
                except (nst.DataError, nst.OutOfMemory):
                    pass


if __name__ == "__main__":
    unittest.main()
