"""Solvers written in Python, inside a run of the library."""
import gc
import unittest

from binding import MODEL, QUICK, nst, picture


def momentum(x, evaluate):
    speed = [0.0] * len(x)
    while True:
        _, gradient = evaluate(x)
        for i in range(len(x)):
            speed[i] = 0.9 * speed[i] - 0.05 * gradient[i]
            x[i] += speed[i]


def bowl(x):
    return sum((v - i)**2 for i, v in enumerate(x)), [2 * (v - i) for i, v in enumerate(x)]


class Solvers(unittest.TestCase):
    def test_minimizes(self):
        solver = nst.Optimizer(momentum, max_evaluations=300)
        gc.collect()
        self.assertEqual(solver.algorithm, "momentum")
        found = solver.minimize(bowl, [0.0] * 5)
        self.assertEqual((found.stop_reason, found.evaluations), (nst.Stop.BUDGET, 300))
        for i, v in enumerate(found.x):
            self.assertAlmostEqual(v, i, delta=1e-3)
        once = nst.Optimizer(lambda x, evaluate: evaluate([1.0] * 5)).minimize(bowl, [0.0] * 5)
        self.assertEqual((once.stop_reason, once.evaluations, list(once.x)), (nst.Stop.CONVERGED, 1, [1.0] * 5))

    def test_paints(self):
        transfer = nst.Transfer(MODEL, **QUICK).set_content(picture(24, 18)).add_style(picture(20, 20, 0.5))
        result = transfer.run(nst.Optimizer(momentum))
        self.assertEqual((result.size, transfer.stop_reason), ((24, 18), nst.Stop.BUDGET))

    def test_what_a_solver_raises_comes_out(self):
        def fails(x, evaluate):
            evaluate(x)
            raise KeyError("mine")

        transfer = nst.Transfer(MODEL, **QUICK).set_content(picture(24, 18)).add_style(picture(20, 20, 0.5))
        with self.assertRaises(KeyError):
            nst.Optimizer(fails).minimize(bowl, [0.0] * 5)
        with self.assertRaises(KeyError):
            transfer.run(nst.Optimizer(fails))
        with self.assertRaisesRegex(ValueError, "expected a point of 5 numbers, found 1"):
            nst.Optimizer(lambda x, evaluate: evaluate([1.0])).minimize(bowl, [0.0] * 5)
        with self.assertRaises(ValueError):
            nst.Optimizer("custom")


if __name__ == "__main__":
    unittest.main()
