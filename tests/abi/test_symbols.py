"""The header, the map and docs/symbols-in-versions name the same things, and no value is used twice."""
import collections
import re
import sys
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import header  # noqa: E402
import write_symbols  # noqa: E402


def nodes():
    """[(node, its symbols, the node it follows)] of lib/nst.map, in the order of the file."""
    text = header.without_comments((header.ROOT / "lib" / "nst.map").read_text())
    found = []
    for name, inside, parent in re.findall(r"(NST_[\d.]+)\s*\{(.*?)\}\s*(NST_[\d.]+)?\s*;", text, re.S):
        inside = inside.split("local:")[0].replace("global:", "")
        found.append((name, [s.strip() for s in inside.split(";") if s.strip()], parent or None))
    return found


class Symbols(unittest.TestCase):
    def test_the_map_has_the_functions_of_the_header(self):
        mapped = [symbol for _, symbols, _ in nodes() for symbol in symbols]
        self.assertEqual(sorted(mapped), sorted(header.functions()))
        self.assertGreater(len(mapped), 90, "the map was not read")

    def test_each_node_follows_the_one_before(self):
        previous = None
        for name, _, parent in nodes():
            self.assertEqual(parent, previous, f"{name} has to end with the name of the node before it")
            previous = name

    def test_a_function_stands_in_the_node_of_its_release(self):
        rows, _ = write_symbols.read()
        for node, symbols, _ in nodes():
            for symbol in symbols:
                self.assertEqual(rows[symbol][0], node.replace("NST_", ""), symbol)

    def test_the_list_has_the_names_of_the_header(self):
        rows, _ = write_symbols.read()
        names = header.public_names()
        self.assertEqual({name: row[2] for name, row in rows.items() if row[1] == "-"}, names,
                         "run tests/abi/write_symbols.py")
        for name, row in rows.items():
            if row[1] != "-" and row[2] == "function":
                self.fail(f"{name} was retired, but a function never leaves while the SONAME stays: docs/abi.md")

    def test_values_are_explicit_and_never_used_twice(self):
        for enum, values in header.enums().items():
            for name, value in values.items():
                self.assertIsNotNone(value, f"{name} has no value of its own")
            self.assertIn(0x7fffffff, values.values(), f"{enum} has no enumerator that makes it 32 bits wide")
        users = collections.defaultdict(list)
        for name, (_, _, kind) in write_symbols.read()[0].items():  # those that were retired as well
            if "=" in kind:
                users[kind].append(name)
        for kind, names in users.items():
            self.assertEqual(len(names), 1, f"{kind} is used by {', '.join(names)}")

    def test_the_macros_say_the_version_of_the_build(self):
        build = re.search(r"project\(nst VERSION ([\d.]+)", (header.ROOT / "CMakeLists.txt").read_text()).group(1)
        text = header.PATH.read_text()
        parts = [re.search(rf"NST_VERSION_{part}\s+(\d+)", text).group(1) for part in ("MAJOR", "MINOR", "PATCH")]
        self.assertEqual(build, ".".join(parts))


if __name__ == "__main__":
    unittest.main()
