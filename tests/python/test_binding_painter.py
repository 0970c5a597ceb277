"""Painters in Python: files, painting, and a training by nst.Optimizer."""
import array
import pathlib
import tempfile
import unittest

import binding
import nst
import small_model


def picture(width, height, shift=0):
    values = bytes((x * 7 + y * 3 + c * 50 + shift) % 256 for y in range(height) for x in range(width) for c in range(3))
    return nst.Image(memoryview(values).cast("B", (height, width, 3)))


class Painters(unittest.TestCase):
    def test_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "p.nstpaint"
            painter = nst.Painter(seed=3)
            painter.style, painter.training = "dots", "not at all"
            painter.save(path, "f32")
            for copy in (nst.Painter(path), nst.Painter(path.read_bytes(), engine=nst.Engine(threads=1))):
                self.assertEqual((copy.style, copy.training), ("dots", "not at all"))
                self.assertEqual(bytes(copy.weights), bytes(painter.weights))
                self.assertEqual(bytes(copy.paint(picture(21, 17)).pixels), bytes(painter.paint(picture(21, 17)).pixels))
            self.assertRaises(nst.CallError, painter.save, path, "f8")
            self.assertRaises(nst.DataError, nst.Painter, path.read_bytes()[:-1])
        self.assertRaises(nst.NotFoundError, nst.Painter, "/no/such.nstpaint")
        self.assertRaises(TypeError, nst.Painter, 7)
        self.assertRaises(TypeError, nst.Painter, engine=7)

    def test_strength(self):
        painter, town = nst.Painter(seed=3), picture(21, 17)
        whole = painter.paint(town).pixels.tolist()
        self.assertEqual(painter.strength, 1)
        for strength in (0, 0.25, 1):
            painter.strength = strength
            self.assertEqual(painter.strength, strength)
            mixed = painter.paint(town).pixels.tolist()
            for row, painted, plain in zip(mixed, whole, town.pixels.tolist()):
                for one, two, three in zip(row, painted, plain):
                    for a, b, c in zip(one, two, three):
                        self.assertAlmostEqual(a, c + strength * (b - c), delta=1e-6)
        for bad in (-0.1, 1.01, float("nan")):
            with self.assertRaises(nst.CallError):
                painter.strength = bad
        self.assertEqual(painter.strength, 1)

    def test_training(self):
        painter = nst.Painter(seed=1)
        transfer = nst.Transfer(nst.Model(small_model.safetensors()), content_layers="conv2_2", style_layers="conv1_1,conv2_1")
        transfer.add_style(picture(40, 36, 99))
        values = []

        def objective(weights):
            painter.weights = weights
            value, gradient = painter.evaluate(transfer, picture(32, 32))
            values.append(value)
            return value, gradient

        solver = nst.Optimizer("adam", learning_rate=0.001, max_evaluations=60)
        found = solver.minimize(objective, painter.weights)
        self.assertEqual(len(values), 60)
        self.assertLess(found.value, values[0] / 2)
        self.assertRaises(nst.CallError, painter.evaluate, transfer, picture(30, 32))
        with self.assertRaises(ValueError):
            painter.weights = array.array("f", [1])


if __name__ == "__main__":
    unittest.main()
