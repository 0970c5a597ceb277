"""nst.hpp compiles without a warning in every C++ that is promised, and does what it says: cplusplus.cpp."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIBRARY = os.environ.get("NST_LIBRARY", "")
FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wold-style-cast", "-Werror", f"-I{ROOT / 'include'}",
         f"-I{ROOT / 'bindings' / 'cpp'}", HERE / "cplusplus.cpp"]
COMPILERS = [name for name in ("g++", "clang++") if shutil.which(name)]


class Readme(unittest.TestCase):
    def test_it_names_every_member(self):
        """Of each class of nst.hpp: its name and its public functions, by name."""
        folder = ROOT / "bindings" / "cpp"
        readme, found = (folder / "README.md").read_text(), 0
        text = re.sub(r"namespace detail\n.*?\n\} // namespace detail", "", (folder / "nst" / "nst.hpp").read_text(), flags=re.S)
        for name, body in re.findall(r"^class (\w+)[^\n]*\n\{\n(.*?)^\};", text, re.M | re.S):
            if name == "c_string":  # what parameters are made of
                continue
            self.assertRegex(readme, rf"`(nst::)?{name}\b", name)
            public = body.split("  private:")[0]
            for member in set(re.findall(r"^    (?:\w[^\n(;=]*[ &*])?(\w+)\([^\n]*$", public, re.M)):
                if member not in ("handle", "return", name) and not member.startswith("operator"):
                    self.assertIn(f"`{member}()`", readme, f"{name}::{member}")
                    found += 1
        self.assertGreater(found, 60)


@unittest.skipUnless(COMPILERS, "neither g++ nor clang++ is installed")
class CPlusPlus(unittest.TestCase):
    def run_ok(self, *command, **options):
        result = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        self.assertEqual((result.returncode, result.stdout), (0, ""))

    def test_standards(self):
        for compiler in COMPILERS:
            for standard in ("c++17", "c++20", "c++2b"):
                with self.subTest(compiler=compiler, standard=standard):
                    self.run_ok(compiler, f"-std={standard}", "-fsyntax-only", *FLAGS)

    @unittest.skipUnless(os.path.exists(LIBRARY), "NST_LIBRARY does not name the shared library")
    def test_everything_once(self):
        if b"__asan_init" in pathlib.Path(LIBRARY).read_bytes():
            self.skipTest("a library with sanitizers asks for them in every consumer")
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "cplusplus"
            self.run_ok(COMPILERS[0], "-std=c++17", *FLAGS, LIBRARY, "-o", program)
            self.run_ok(program, env={**os.environ, "LD_LIBRARY_PATH": os.path.dirname(LIBRARY)})


if __name__ == "__main__":
    unittest.main()
