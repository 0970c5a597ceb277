"""A folder of lib/ includes only from itself and from folders above it: the order is that of lib/README.md."""
import pathlib
import re
import unittest

LIB = pathlib.Path(__file__).resolve().parents[2] / "lib"
ORDER = ["base", "image", "tensor", "nn", "format", "model", "loss", "objective", "solver", "transfer", "painter"]
# Siblings that know nothing of each other although one stands above the other.
APART = {("tensor", "image"), ("nn", "image"), ("format", "image"), ("format", "tensor"), ("format", "nn"), ("model", "image"), ("loss", "image"), ("objective", "image"),
         ("solver", "image"), ("solver", "tensor"), ("solver", "nn"), ("solver", "model"), ("solver", "loss"),
         ("solver", "objective")}
DOORS = {"cblas.h": "tensor", "png.h": "image", "turbojpeg.h": "image", "lcms2.h": "image", "pthread.h": "base", "hdf5.h": "format", "zlib.h": "format"}


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
        self.assertEqual([" ".join(sorted(cycle)) for cycle in cycles], [], "includes form a cycle")

    def test_one_name_each(self):
        """A file name stands once in lib/ and tools/, the tag of a shared type once in lib/; tags without nst__ are of one file."""
        files, tags = {}, {}
        for path in sorted(LIB.glob("*/*.[ch]")) + sorted((LIB.parent / "tools").glob("*.[ch]")):
            files.setdefault(path.name, []).append(path)
        for path in sorted(LIB.glob("*/*.[ch]")):
            for tag in re.findall(r"\b(?:struct|union|enum)\s+(\w+)\s*\{", path.read_text()):
                if tag.startswith("nst_"):
                    tags.setdefault(tag, []).append(path)
                else:
                    self.assertEqual(path.suffix, ".c", f"{path}: expected a tag with nst__ in a header, found {tag}")
        self.assertGreater(len(files), 100, "the files were not found")
        self.assertGreater(len(tags), 40, "the types were not found")
        for name, places in [*files.items(), *tags.items()]:
            self.assertEqual(len(places), 1, f"{name} stands in " + ", ".join(map(str, places)))

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
