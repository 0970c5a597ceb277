"""WebP pictures, where the library was built with libwebp: files that Pillow writes come in as Pillow shows them."""
import importlib.util
import io
import random
import unittest

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
