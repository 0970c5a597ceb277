"""nst.Features: feature maps and Gram matrices; nst.set_log: what the library tells."""
import ctypes
import subprocess
import sys
import unittest

import binding
import nst

LOG = """
import nst
lines = []
nst.set_log(lambda level, line: lines.append((level, line)), {level!r})
nst.stylize(nst.Image.new(20, 16), nst.Image.new(16, 16), model={model!r}, sizes="20:2", content_weight=0)
try:
    with nst.Engine() as engine:
        nst.set_log(None)
except nst.StateError:
    print("refused")
nst.set_log(None)
nst.stylize(nst.Image.new(20, 16), nst.Image.new(16, 16), model={model!r}, sizes="20:2", content_weight=0)
for level, line in lines:
    print(level.name, line)
"""


class Features(unittest.TestCase):
    def test_maps_and_grams(self):
        image = binding.picture(24, 18)
        reader = nst.Features(binding.MODEL, padding="reflect", memory_limit="1G")
        self.assertEqual((reader.get("padding"), reader.get("pooling"), reader.get("memory_limit")), ("reflect", "max", 1 << 30))
        read = reader.read(image, maps=["relu2_1", "conv1_1"], grams=["relu2_1"])
        self.assertEqual((list(read.maps), list(read.grams)), (["relu2_1", "conv1_1"], ["relu2_1"]))
        features, gram = memoryview(read.maps["relu2_1"]), memoryview(read.grams["relu2_1"])
        self.assertEqual((features.shape, gram.shape), ((9, 12, 8), (8, 8)))
        wanted = sum(features[y, x, 2] * features[y, x, 5] for y in range(9) for x in range(12)) / (9 * 12)
        self.assertAlmostEqual(gram[2, 5], wanted, delta=1e-4 * max(1, abs(wanted)))
        first = features[0, 0, 0]
        reader.read(binding.picture(24, 18, 0.9), maps="conv1_1")  # one layer as text; what was read before is a copy
        self.assertEqual(features[0, 0, 0], first)

    def test_what_is_refused(self):
        image, reader = binding.picture(24, 18), nst.Features(binding.MODEL)
        with self.assertRaisesRegex(nst.StateError, "no layer was added"):
            reader.read(image)
        with self.assertRaisesRegex(nst.DataError, "conv5_1"):
            reader.read(image, maps=["conv5_1"])
        with self.assertRaisesRegex(nst.CallError, "expected padding, pooling or memory-limit, found size"):
            reader.set(size=3)
        self.assertRaises(TypeError, reader.read, image, maps=[3])
        self.assertRaises(TypeError, nst.Features, binding.MODEL, 3)
        with self.assertRaises(nst.OutOfMemory):
            nst.Features(binding.MODEL, memory_limit=1000).read(image, grams=["conv1_1"])

    def test_cancel(self):
        image, flag = binding.picture(24, 18), ctypes.c_int32(1)
        with nst.Engine(threads=2) as engine:
            reader = nst.Features(binding.MODEL, engine).set_cancel_flag(flag)
        self.assertRaises(nst.Cancelled, reader.read, image, maps=["conv1_1"])
        reader.cancel()
        flag.value = 0
        self.assertEqual(len(reader.read(image, maps=["conv1_1"]).maps), 1)


class Log(unittest.TestCase):
    def told(self, level):
        ran = subprocess.run([sys.executable, "-W", "ignore", "-c", LOG.format(level=level, model="random:0")], env=binding.environment(),
                             stdout=subprocess.PIPE, universal_newlines=True, check=True)
        return ran.stdout.splitlines()

    def test_levels(self):
        warned, informed, all_of_it = (self.told(level) for level in ("warning", "info", "debug"))
        for lines in (warned, informed, all_of_it):
            self.assertEqual(lines[0], "refused")
        self.assertEqual({line.split()[0] for line in warned[1:]} - {"WARNING"}, set())
        self.assertIn("INFO", {line.split()[0] for line in informed})
        self.assertNotIn("DEBUG", {line.split()[0] for line in informed})
        self.assertIn("DEBUG", {line.split()[0] for line in all_of_it})
        self.assertRegex("\n".join(all_of_it), r"INFO model: random:0[^\n]*\n(.*\n)*INFO engine: \d+ threads.*\n(.*\n)*INFO run: ")
        with self.assertRaisesRegex(nst.CallError, "expected warning, info or debug, found 'loud'"):
            nst.set_log(None, "loud")


if __name__ == "__main__":
    unittest.main()
