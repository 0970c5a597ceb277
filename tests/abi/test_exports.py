"""What the shared library exports is what the header declares, at the version of the map, and nothing else."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import header  # noqa: E402
import test_symbols  # noqa: E402

LIBRARY = os.environ.get("NST_LIBRARY", "")


@unittest.skipUnless(os.path.exists(LIBRARY), "NST_LIBRARY does not name the shared library")
@unittest.skipUnless(shutil.which("readelf"), "readelf is not installed")
class Exports(unittest.TestCase):
    def run_readelf(self, *options):
        return subprocess.run(["readelf", "--wide", *options, LIBRARY], check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    def exported(self):
        """{symbol: node} of all that the dynamic symbol table defines."""
        found = {}
        for line in self.run_readelf("--dyn-syms").splitlines():
            fields = line.split()
            if len(fields) >= 8 and re.match(r"\d+:$", fields[0]) and fields[6] != "UND":
                name, _, node = fields[7].partition("@@")
                found[name] = node or fields[7].partition("@")[2]
        return found

    def test_functions(self):
        wanted = {symbol: node for node, symbols, _ in test_symbols.nodes() for symbol in symbols}
        found = {s: n for s, n in self.exported().items() if s not in wanted.values()}  # the nodes are symbols too
        self.assertEqual(set(found), set(header.functions()))
        self.assertEqual(found, wanted)

    def test_soname_counts_incompatible_changes_only(self):
        soversion = re.search(r"set\(NST_SOVERSION (\d+)\)", (header.ROOT / "CMakeLists.txt").read_text()).group(1)
        self.assertIn(f"[libnst.so.{soversion}]", self.run_readelf("--dynamic"))

    def test_the_stack_is_not_executable_and_nothing_is_left_to_relocate_in_the_code(self):
        self.assertRegex(self.run_readelf("--program-headers"), r"GNU_STACK\s.*\sRW\s")
        self.assertNotIn("TEXTREL", self.run_readelf("--dynamic"))

    @unittest.skipUnless(shutil.which("nm"), "nm is not installed")
    def test_the_static_library_takes_no_name_of_its_users(self):
        archive = pathlib.Path(LIBRARY).with_name("libnst.a")
        if not archive.exists():
            self.skipTest("there is no static library beside the shared one")
        text = subprocess.run(["nm", "--extern-only", "--defined-only", archive], check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        found = {fields[2] for fields in map(str.split, text.splitlines()) if len(fields) == 3}
        self.assertLessEqual(set(header.functions()), found)
        self.assertEqual({name for name in found if not name.startswith("nst_")}, set())


if __name__ == "__main__":
    unittest.main()
