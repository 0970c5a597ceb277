"""Optimizers of the Python package on functions of the caller's, and a solver of SciPy's on a transfer."""
import unittest

from binding import MODEL, QUICK, has, nst, picture


class Minimisation(unittest.TestCase):
    def test_rosenbrock(self):
        def rosenbrock(x):
            a, b = x[0], x[1]
            return (1 - a)**2 + 100 * (b - a * a)**2, [-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)]

        steps = []
        result = nst.Optimizer("lbfgs").minimize(rosenbrock, [-1.2, 1.0], callback=lambda o: steps.append(o.value))
        self.assertAlmostEqual(result.x[0], 1, delta=1e-2)
        self.assertAlmostEqual(result.x[1], 1, delta=1e-2)
        self.assertEqual(len(steps), result.iterations)
        self.assertLess(result.value, 1e-5)

    def test_a_checkpoint_goes_on_with_the_same_bits(self):
        def bowl(x):
            return sum((k + 1) * v**4 for k, v in enumerate(x)), [4 * (k + 1) * v**3 for k, v in enumerate(x)]

        start, states = [1.0, -2.0, 3.0], []
        whole = nst.Optimizer("adam", max_evaluations=30).minimize(bowl, start)

        def keep(optimizer):
            if optimizer.iterations == 12:
                states.append(optimizer.save_state())
            return states

        cut = nst.Optimizer("adam", max_evaluations=30)
        cut.minimize(bowl, start, callback=keep)
        rest = nst.Optimizer("adam", max_evaluations=30).load_state(states[0]).minimize(bowl, [0.0] * 3)
        self.assertEqual((list(rest.x), rest.value, rest.evaluations), (list(whole.x), whole.value, 30))
        with self.assertRaisesRegex(nst.StateError, "iteration callback"):
            cut.save_state()
        with self.assertRaisesRegex(nst.DataError, "found other bytes"):
            cut.load_state(b"nothing like it")
        with self.assertRaisesRegex(nst.StateError, "expected the state of lbfgs"):
            nst.Optimizer("lbfgs").load_state(states[0])

    def test_what_the_function_raises_comes_out(self):
        with self.assertRaises(ZeroDivisionError):
            nst.Optimizer().minimize(lambda x: (1 / 0, x), [1.0, 2.0])
        with self.assertRaisesRegex(ValueError, "2 numbers"):
            nst.Optimizer().minimize(lambda x: (1.0, [0.0]), [1.0, 2.0])

    @unittest.skipUnless(has("scipy") and has("numpy"), "SciPy is not installed")
    def test_scipy_drives_a_transfer(self):
        import numpy
        import scipy.optimize
        content = picture(24, 18)
        transfer = nst.Transfer(MODEL, **QUICK).set_content(content).add_style(picture(20, 20, 0.5))

        def objective(x):
            total, gradient = transfer.evaluate(x.reshape(18, 24, 3))
            return total, gradient.astype(numpy.float64).ravel()

        start = content.to_numpy().astype(numpy.float64).ravel()
        result = scipy.optimize.minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 15})
        self.assertLess(result.fun, 0.5 * objective(start)[0])


if __name__ == "__main__":
    unittest.main()
