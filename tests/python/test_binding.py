"""The Python package paints on a small network: runs, their progress, stopping, threads, evaluations, features, models."""
import ctypes
import gc
import math
import os
import tempfile
import threading
import unittest
import warnings

from binding import MODEL, QUICK, flat, nst, picture


class Runs(unittest.TestCase):
    def test_one_line(self):
        result = nst.stylize(picture(24, 18), picture(20, 20, 0.5), model=MODEL, **QUICK)
        self.assertEqual(result.size, (24, 18))
        again = nst.stylize(picture(24, 18), [(picture(20, 20, 0.5), 2.0)], model=MODEL, threads=1, history=10,
                            jpeg_quality=50, **QUICK)
        self.assertEqual(result.tobytes(), again.tobytes())

    def test_styles_in_every_form(self):
        def paint(style):
            return nst.stylize(picture(24, 18), style, model=MODEL, **QUICK).tobytes()

        one, two = picture(20, 20, 0.5), picture(20, 20, 0.3)
        for style in ((one, 2), [one], (one,), [(one, 0.5)], (one, 0.5)):
            self.assertEqual(paint(style), paint(one))
        self.assertEqual(paint((one, two)), paint([(one, 1), (two, 1.0)]))
        self.assertNotEqual(paint([one, two]), paint(one))
        for wrong in ([], (), [[one]], [(one, "2")], 3, None):
            with self.assertRaises((TypeError, nst.StateError), msg=repr(wrong)):
                paint(wrong)

    def test_a_style_as_a_file(self):
        town, painting = picture(24, 18), picture(20, 20, 0.5)
        options = dict(QUICK, model=MODEL)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.nststyle")
            transfer = nst.Transfer(**options)
            transfer.save_style(painting, path, license="free")
            plain = nst.stylize(town, painting, **options).tobytes()
            with open(path, "rb") as file:
                data = file.read()
            for style in (path, data, nst.Style(path), nst.Style(data)):
                self.assertEqual(nst.stylize(town, style, **options).tobytes(), plain)
            facts = nst.Style(path).facts
            self.assertEqual((facts["source"], facts["license"], facts["picture"]), (path, "free", "20x20"))
            self.assertEqual(set(facts), {key.name.lower() for key in nst.StyleKey})
            self.assertEqual(nst.Style(painting).facts, {})
            transfer.save_style(painting, path, dtype="f16")
            nst.stylize(town, path, **options)
            with self.assertRaises(nst.StateError):
                transfer.save_style(path, path)
            with self.assertRaises(nst.CallError):
                transfer.save_style(painting, path, dtype="f8")
            with self.assertRaises(nst.CallError):
                nst.stylize(town, path, model="random:1", size=24)
            with self.assertRaises(nst.DataError):
                nst.Style(data[:-1])
            with self.assertRaises(nst.NotFoundError):
                nst.Style(path + "x")

    def test_an_option_of_the_optimizer_leaves_those_of_the_preset(self):
        def paint(**options):
            return nst.stylize(picture(24, 18), picture(20, 20, 0.5), model=MODEL, preset="johnson", **QUICK,
                               **options).tobytes()

        wanted = paint(optimizer="adam")
        self.assertEqual(paint(optimizer="adam", beta1=0.9), wanted)
        self.assertEqual(paint(optimizer=nst.Optimizer("adam", learning_rate=0.01), learning_rate=0.04), wanted)
        self.assertNotEqual(paint(optimizer=nst.Optimizer("adam")), wanted)

    def test_the_optimizer_of_a_transfer(self):
        transfer = self.make(optimizer="adam").set_preset("johnson").set(**QUICK, optimizer="adam")
        solver = transfer.make_optimizer(beta1=0.8)
        self.assertEqual((solver.algorithm, solver.get("learning_rate"), solver.get("beta1")), ("adam", 0.04, 0.8))
        self.assertEqual(transfer.run(transfer.make_optimizer()).tobytes(), transfer.run().tobytes())
        less, more = (self.make().make_optimizer(history=n) for n in (3, 300))
        transfer.set(optimizer="lbfgs")
        self.assertLess(transfer.memory(less), transfer.memory())
        self.assertLess(transfer.memory(), transfer.memory(more))
        with self.assertRaisesRegex(nst.CallError, "'beta3'; did you mean beta"):
            transfer.make_optimizer(beta3=1)
        transfer.close()
        with self.assertRaises(nst.StateError):
            transfer.make_optimizer()

    def make(self, **options):
        transfer = nst.Transfer(MODEL, **{**QUICK, **options})
        return transfer.set_content(picture(24, 18)).add_style(picture(20, 20, 0.5))

    def test_nothing_is_needed_but_the_transfer(self):
        import small_model
        transfer = nst.Transfer(small_model.safetensors(), **QUICK)
        transfer.set_content(picture(24, 18)).add_style(picture(20, 20, 0.5))
        gc.collect()
        self.assertEqual(transfer.run().tobytes(), self.make().run().tobytes())

    def test_progress(self):
        seen, pictures = [], []

        def watch(progress):
            seen.append((progress.evaluation, progress.total, progress.fraction))
            self.assertAlmostEqual(sum(t.value * t.weight for t in progress.terms.values()) / progress.total, 1, 5)
            pictures.append(progress.snapshot())
            self.assertEqual((progress.result_width, progress.result_height), (24, 18))
            self.assertTrue(0 < progress.seconds_preparing < progress.seconds)

        transfer = self.make()
        result = transfer.run(progress=watch)
        self.assertEqual([n for n, _, _ in seen], list(range(1, len(seen) + 1)))
        self.assertGreaterEqual(len(seen), 3)
        self.assertLess(min(total for _, total, _ in seen), seen[0][1])
        self.assertEqual({p.size for p in pictures}, {result.size})
        self.assertEqual(transfer.progress.width, 24)
        with self.assertRaises(nst.StateError):
            transfer.progress.snapshot()

    def test_resume(self):
        transfer, seen = self.make(), []
        first = transfer.run()
        transfer.set(content_weight=0.1)
        result = transfer.resume(first, 2, progress=lambda at: seen.append((at.evaluation, at.levels)))
        self.assertEqual(seen, [(1, 1), (2, 1)])
        last = transfer.get("sizes").split(",")[-1].split(":")[0]
        alone = self.make(content_weight=0.1, sizes=f"{last}:2").set_init(first)
        self.assertEqual(result.tobytes(), alone.run().tobytes())
        self.assertEqual(transfer.resume(first, optimizer=transfer.make_optimizer(history=3)).size, first.size)
        for evaluations in (-1, 1000001, 1 << 64):
            with self.assertRaisesRegex(nst.CallError, f"evaluations: expected .*{evaluations}"):
                transfer.resume(first, evaluations)
        with self.assertRaises(TypeError):
            transfer.resume(first, 1.5)

    def test_warnings(self):
        with nst.Transfer(MODEL, **QUICK) as transfer:
            transfer.set_content(picture(24, 24)).add_style(picture(9, 9))
            with self.assertWarnsRegex(UserWarning, "style picture 1 has 9x9 pixels") as caught:
                transfer.run()
            self.assertEqual(caught.filename, __file__)
            self.assertEqual(len(transfer.warnings), 1)
            with self.assertWarnsRegex(UserWarning, "9x9") as caught:
                nst.stylize(picture(24, 24), picture(9, 9), model=MODEL, **QUICK)
            self.assertEqual(caught.filename, __file__)
            transfer.set(style_scale=0.3)
            transfer.memory()
            self.assertEqual(transfer.warnings, [])
            calls = []
            with warnings.catch_warnings():  # as an error it comes before the work
                warnings.simplefilter("error")
                self.assertRaises(UserWarning, transfer.set(style_scale=1).run, None, calls.append)
            self.assertEqual(calls, [])

    def test_stop(self):
        transfer, calls = self.make(sizes="24:50"), []
        result = transfer.run(progress=lambda p: calls.append(p.total) or len(calls) == 3)
        self.assertEqual((len(calls), transfer.stop_reason, result.size), (3, nst.Stop.CALLBACK, (24, 18)))
        transfer.run(progress=lambda p: transfer.cancel())
        self.assertEqual(transfer.stop_reason, nst.Stop.CANCELLED)
        transfer.cancel()  # of nothing
        transfer.run(progress=lambda p: p.evaluation == 5)
        self.assertEqual(transfer.stop_reason, nst.Stop.CALLBACK)

    def test_another_thread_cancels(self):
        """Which it can only while the GIL is free: between two calls there is nothing to cancel."""
        transfer, image, done = self.make(), picture(24, 18, 0.2), threading.Event()

        def cancel():
            while not done.is_set():
                transfer.cancel()

        thread = threading.Thread(target=cancel)
        thread.start()
        with self.assertRaisesRegex(nst.Cancelled, "cancelled") as caught:
            while True:
                transfer.evaluate(image)
        done.set()
        thread.join()
        self.assertEqual(caught.exception.status, nst.Status.ERR_CANCELLED)
        self.assertEqual(transfer.evaluate(image)[0], self.make().evaluate(image)[0])

    def test_a_flag_cancels(self):
        transfer, image, flag = self.make(), picture(24, 18, 0.2), ctypes.c_int32(1)
        whole = transfer.run().tobytes()
        transfer.set_cancel_flag(flag)
        self.assertNotEqual(transfer.run().tobytes(), whole)
        self.assertEqual(transfer.stop_reason, nst.Stop.CANCELLED)
        self.assertRaises(nst.Cancelled, transfer.evaluate, image)
        flag.value = 0
        self.assertEqual(transfer.run().tobytes(), whole)
        flag.value = 1
        del flag
        gc.collect()  # the transfer keeps it
        self.assertRaises(nst.Cancelled, transfer.evaluate, image)
        self.assertEqual(transfer.set_cancel_flag(None).run().tobytes(), whole)
        for wrong in (1, True, ctypes.c_int64(), ctypes.c_bool()):
            self.assertRaises(TypeError, transfer.set_cancel_flag, wrong)

    def test_an_exception_comes_out(self):
        class Mine(Exception):
            pass

        transfer, calls = self.make(sizes="24:50"), []

        def fail(progress):
            calls.append(1)
            if len(calls) == 2:
                raise Mine("here")

        with self.assertRaisesRegex(Mine, "here"):
            transfer.run(progress=fail)
        self.assertEqual(len(calls), 2)
        self.assertEqual(transfer.set(sizes="24:3").run().size, (24, 18))  # usable afterwards

    def test_close_in_a_callback(self):
        transfer = self.make()
        with self.assertRaises(nst.StateError):
            transfer.run(progress=lambda p: transfer.close() or p.total)
        self.assertTrue(transfer.closed)

    def test_evaluate(self):
        transfer, image = self.make(), picture(24, 18, 0.2)
        total, gradient = transfer.evaluate(image)
        self.assertEqual(transfer.evaluate(image, gradient=False), (total, None))
        self.assertEqual(memoryview(gradient).shape, (18, 24, 3))
        slope = flat(gradient)
        h, length = 3e-3, math.sqrt(sum(g * g for g in slope))
        pixels, values = memoryview(image.pixels), []
        for sign in (1, -1):  # along the gradient: the derivative is its length
            moved = image.copy()
            target = memoryview(moved.pixels)
            for i, g in enumerate(slope):
                y, x, c = i // 72, i // 3 % 24, i % 3
                target[y, x, c] = pixels[y, x, c] + sign * h * g / length
            values.append(transfer.evaluate(moved, gradient=False)[0])
        self.assertAlmostEqual((values[0] - values[1]) / (2 * h) / length, 1, delta=0.02)

    def test_model(self):
        self.assertEqual([layer.name for layer in MODEL.layers][:3], ["conv1_1", "relu1_1", "conv1_2"])
        self.assertEqual((MODEL.layers[-1].channels, MODEL.input, MODEL.dtype), (8, "rgb01", "f32"))
        self.assertEqual(MODEL.layers[MODEL.find_layer("relu2_1")].name, "relu2_1")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m.safetensors")
            MODEL.save(path, "f32", "conv2_1")
            self.assertEqual(nst.Model(path).layers[-1].name, "relu2_1")
        self.assertIsInstance(nst.Model.folders(), list)

    def test_two_threads_at_once(self):
        """They meet after each evaluation, so neither waits for the other to end. tests/bench/two_threads.py has what
        it gains."""
        results, both = {}, threading.Barrier(2)
        transfers = {i: self.make(threads=1, sizes="24:8") for i in range(2)}

        def run(i):
            results[i] = transfers[i].run(progress=lambda p: both.wait() < 0).tobytes()

        threads = [threading.Thread(target=run, args=[i]) for i in transfers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(results[0], results[1])

    @unittest.skipUnless(hasattr(os, "fork"), "this system does not fork")
    def test_a_child_process_paints_with_the_model_of_its_parent(self):
        wanted = self.make(threads=2).run().tobytes()  # the parent has had a pool
        self.in_a_child(lambda: self.make(threads=2).run().tobytes() == wanted)

    @unittest.skipUnless(hasattr(os, "fork"), "this system does not fork")
    def test_a_child_process_has_the_transfers_of_its_parent(self):
        transfers = [self.make(threads=2) for _ in range(3)]
        wanted = transfers[0].run().tobytes()
        transfers[1].evaluate(picture(24, 18))  # this pool exists, and is not used in the child

        def child():
            same = transfers[0].run().tobytes() == wanted
            transfers.clear()
            gc.collect()
            return same

        self.in_a_child(child)
        self.assertEqual(transfers[0].run().tobytes(), wanted)

    def in_a_child(self, function):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = 0 if function() else 2
            finally:
                os._exit(code)
        self.assertEqual(os.waitpid(child, 0)[1], 0)


class Terms(unittest.TestCase):
    """Losses of the host."""

    def make(self):
        return nst.Transfer(MODEL, **QUICK).set_content(picture(24, 18)).add_style(picture(20, 20, 0.5))

    @staticmethod
    def pull(at):
        away = [value - 0.75 for row in at.tolist() for pixel in row for value in pixel]
        return sum(a * a for a in away) / len(away), [2 * a / len(away) for a in away]

    def test_it_is_part_of_the_objective(self):
        transfer, x = self.make(), picture(24, 18)
        total, _ = transfer.evaluate(x)
        self.assertIs(transfer.add_term("pull", self.pull, weight=1e4), transfer)
        more, _ = transfer.evaluate(x, gradient=False)
        self.assertAlmostEqual(more, total + 1e4 * self.pull(nst.Image(x).pixels)[0], 3)
        self.assertEqual(transfer.terms["pull"].weight, 1e4)
        mean = sum(transfer.run().tobytes()) / (24 * 18 * 3)
        self.assertLess(abs(mean - 0.75 * 255), 10)
        self.assertEqual(transfer.clear_terms().evaluate(x)[0], total)
        with self.assertRaisesRegex(nst.CallError, "'tv' is a term of the library"):
            transfer.add_term("tv", self.pull)

    def test_what_it_raises_comes_out(self):
        def broken(at):
            raise KeyError("mine")
        transfer = self.make().add_term("broken", broken)
        for call in (transfer.run, lambda: transfer.evaluate(picture(24, 18))):
            with self.assertRaisesRegex(KeyError, "mine"):
                call()
        transfer.clear_terms().add_term("short", lambda at: (0, [1, 2, 3]))
        with self.assertRaisesRegex(ValueError, "expected a gradient of 1296 numbers, found 3"):
            transfer.run()


if __name__ == "__main__":
    unittest.main()
