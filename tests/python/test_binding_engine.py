"""nst.Engine: one set of threads for several transfers, in several threads."""
import threading
import unittest

import binding
import nst


def transfer(engine, seed):
    made = nst.Transfer(binding.MODEL, **binding.QUICK)
    made.set_content(binding.picture(30, 24, seed / 8)).add_style(binding.picture(26, 26, 0.3))
    return made.set_engine(engine)


class Engines(unittest.TestCase):
    def test_options(self):
        engine = nst.Engine(threads=2, gemm="own")
        self.assertEqual((engine.get("threads"), engine.get("gemm"), engine.get("simd")), (2, "own", "auto"))
        with self.assertRaisesRegex(nst.CallError, "expected threads, simd, convolution or gemm, found size"):
            engine.set(size=3)
        with self.assertRaises(nst.CallError):
            nst.Engine(threads=-1)
        painter = transfer(engine, 1)
        self.assertEqual(painter.get("threads"), 2)
        with self.assertRaisesRegex(nst.StateError, "set this parameter of the engine"):
            painter.set(threads=3)
        painter.run()
        with self.assertRaisesRegex(nst.StateError, "set it up before"):
            engine.set(threads=3)
        painter.set_engine(None).set(threads=3)

    def test_two_threads_share_one(self):
        results = {}
        with nst.Engine(threads=2) as engine:
            painters = [transfer(engine, i) for i in range(2)]
        threads = [threading.Thread(target=lambda i=i: results.update({i: painters[i].run().tobytes()})) for i in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for i in range(2):
            self.assertEqual(results[i], transfer(None, i).run().tobytes())


if __name__ == "__main__":
    unittest.main()
