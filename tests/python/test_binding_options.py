"""Options of the Python package, and its errors: kinds, messages, handles that are closed."""
import math
import pickle
import unittest
import weakref

from binding import MODEL, QUICK, nst, picture


class Options(unittest.TestCase):
    def test_every_parameter_is_a_keyword(self):
        import inspect
        names = set(inspect.signature(nst.stylize).parameters)
        for row in nst.PARAMETERS:
            self.assertIn(row.name, names)
            if row.name != "optimizer":  # which is told by itself, as it may be an nst.Optimizer
                self.assertIn(f"    {row.name}: ", nst.stylize.__doc__)

    def test_none_is_not_given(self):
        transfer = nst.Transfer(MODEL, size=99, form=None, init=None).set(size=None, sizes=None)
        self.assertEqual(transfer.options, nst.Transfer(MODEL, size=99).options)
        self.assertEqual(nst.Optimizer("adam", beta1=None).options, nst.Optimizer("adam").options)
        self.assertEqual(picture(2, 2).set(png_depth=None).options, picture(2, 2).options)
        with self.assertRaises(TypeError):
            nst.stylize(picture(24, 18), picture(20, 20), model=MODEL, **QUICK, colour=None)

    def test_weights_of_layers_are_numbers_of_any_kind(self):
        import fractions
        transfer = nst.Transfer(MODEL, style_layers={"conv1_1": fractions.Fraction(1, 4), "conv2_1": 2})
        self.assertEqual(transfer.get("style_layers"), "conv1_1=0.25,conv2_1=2.0")

    def test_values(self):
        transfer = nst.Transfer(MODEL, size=99)
        self.assertEqual(transfer.get("size"), 99)
        transfer.set(memory_limit="1.5G", style_weight=2, form="mean", style_layers={"conv1_1": 0.5, "relu2_1": 2.0},
                     content_layers=["conv2_1"], sizes=[(16, 3), 24], init="noise")
        self.assertEqual(transfer.get("memory_limit"), 3 << 29)
        self.assertEqual(transfer.get("style_weight"), 2.0)
        self.assertEqual(transfer.get("form"), "mean")
        self.assertEqual(transfer.get("style_layers"), "conv1_1=0.5,relu2_1=2.0")
        self.assertEqual(transfer.get("sizes"), "16:3,24")
        self.assertEqual(set(transfer.options), {r.name for r in nst.PARAMETERS if r.object == nst.Object.TRANSFER})
        optimizer = nst.Optimizer("adam", learning_rate=0.5)
        self.assertEqual((optimizer.algorithm, optimizer.get("learning-rate")), ("adam", 0.5))

    def test_bad_values(self):
        transfer = nst.Transfer(MODEL)
        for options, kind in (({"size": -1}, ValueError), ({"size": 1.5}, TypeError), ({"size": "x"}, ValueError),
                              ({"style_weight": math.nan}, ValueError), ({"form": "gram"}, ValueError),
                              ({"seed": 10**30}, ValueError), ({"style_layers": 3}, TypeError),
                              ({"no_such": 1}, ValueError), ({"history": 3}, ValueError)):
            with self.assertRaises(kind, msg=str(options)) as caught:
                transfer.set(**options)
            self.assertIn(next(iter(options)).replace("_", "-"), str(caught.exception).replace("_", "-"))
        with self.assertRaisesRegex(TypeError, "colour"):
            nst.stylize(picture(8, 8), picture(8, 8), model=MODEL, colour=3)


class Errors(unittest.TestCase):
    def test_kinds(self):
        with self.assertRaises(FileNotFoundError) as caught:
            nst.Image("/no/such/picture.png")
        self.assertIsInstance(caught.exception, nst.Error)
        self.assertEqual(caught.exception.status, nst.Status.ERR_NOT_FOUND)
        self.assertIn("picture.png", str(caught.exception))
        self.assertEqual(pickle.loads(pickle.dumps(caught.exception)).detail, caught.exception.detail)
        with self.assertRaises(ValueError):
            nst.Image.new(0, 3)
        with self.assertRaises(OSError):
            picture(3, 3).save("/no/such/folder/a.png")
        with self.assertRaises(ValueError):
            nst.Model("random:x" * 20)
        with self.assertRaises(RuntimeError):
            nst.Transfer(MODEL, **QUICK).run()

    def test_handles_cannot_be_mixed_up(self):
        import ctypes
        from nst._library import lib
        with self.assertRaises(ctypes.ArgumentError):
            lib.nst_image_width(MODEL._raw)
        with self.assertRaises(ctypes.ArgumentError):
            lib.nst_transfer_stop_reason(picture(2, 2)._raw)

    def test_closed(self):
        with picture(4, 4) as image:
            self.assertFalse(image.closed)
        self.assertTrue(image.closed)
        with self.assertRaises(nst.StateError):
            image.width
        image.close()
        self.assertEqual(repr(image), "<nst.Image, closed>")

    def test_nothing_keeps_a_handle(self):
        image = picture(4, 4)
        gone = weakref.ref(image._raw)
        del image
        self.assertIsNone(gone())


if __name__ == "__main__":
    unittest.main()
