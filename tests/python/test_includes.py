"""A folder of lib/ includes only from itself and from folders above it: the order is that of lib/README.md."""
import pathlib
import re
import unittest

LIB = pathlib.Path(__file__).resolve().parents[2] / "lib"
ORDER = ["base", "image", "tensor", "nn", "format", "model", "loss", "objective", "solver", "transfer"]
# Siblings that know nothing of each other although one stands above the other.
APART = {("tensor", "image"), ("nn", "image"), ("format", "image"), ("format", "tensor"), ("format", "nn"), ("model", "image"), ("loss", "image"), ("objective", "image"),
         ("solver", "image"), ("solver", "tensor"), ("solver", "nn"), ("solver", "model"), ("solver", "loss"),
         ("solver", "objective")}
DOORS = {"cblas.h": "tensor", "png.h": "image", "turbojpeg.h": "image", "lcms2.h": "image", "pthread.h": "base", "hdf5.h": "format", "zlib.h": "format"}
# Cycles of sources that still are there; to be emptied.
CYCLES = [
    {"format/pickle", "format/pickle_parts"},
    {"model/handle", "model/model"},
    {"objective/objective", "objective/objective_state"},
]


class Includes(unittest.TestCase):
    def test_order(self):
        seen = 0
        for path in sorted(LIB.glob("*/*.[ch]")):
            here = path.parent.name
            self.assertIn(here, ORDER, f"{path}: a folder that the map does not know")
            for there in re.findall(r'^\s*#\s*include\s+"(\w+)/', path.read_text(), re.M):
                seen += 1
                self.assertLessEqual(ORDER.index(there), ORDER.index(here), f"{path} includes from {there}/ below it")
                self.assertNotIn((here, there), APART, f"{path} includes from {there}/, which it must not know")
        self.assertGreater(seen, 20, "the includes were not found")

    def test_no_cycles(self):
        """A source and its header are one; the includes among those of a folder form no cycle."""
        there = {}
        for path in sorted(LIB.glob("*/*.[ch]")):
            unit = f"{path.parent.name}/{path.stem}"
            found = re.findall(r'^\s*#\s*include\s+"(\w+/\w+)\.h"', path.read_text(), re.M)
            there.setdefault(unit, set()).update(name for name in found if name != unit)

        def reach(unit):
            seen, todo = set(), [unit]
            while todo:
                new = there.get(todo.pop(), set()) - seen
                seen |= new
                todo += new
            return seen

        reached = {unit: reach(unit) for unit in there}
        cycles = {frozenset(other for other in seen if unit in reached.get(other, ()))
                  for unit, seen in reached.items() if unit in seen}
        for cycle in cycles:
            self.assertIn(cycle, CYCLES, "includes form a cycle: " + ", ".join(sorted(cycle)))
        for cycle in CYCLES:
            self.assertIn(cycle, cycles, "no cycle any more, take it off the list: " + ", ".join(sorted(cycle)))

    def test_doors(self):
        for path in sorted(LIB.glob("*/*.[ch]")):
            text = path.read_text()
            for header, folder in DOORS.items():
                if re.search(rf'^\s*#\s*include\s+<{re.escape(header)}>', text, re.M):
                    self.assertEqual(path.parent.name, folder, f"{path} includes {header}")
            if path.name != "alloc.c":
                self.assertIsNone(re.search(r"\b(malloc|calloc|realloc|free)\(", text), f"{path} allocates by itself")


if __name__ == "__main__":
    unittest.main()
