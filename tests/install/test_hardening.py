"""An optimised build is hardened, and leaves no path of where it was built: both read off the files."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from test_install import BUILD, ROOT, cache, reason_to_skip


def readelf(*arguments):
    return subprocess.run(["readelf", "--wide", *map(str, arguments)], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def missing(path):
    """What the file at PATH lacks of NST_HARDENING. The program alone has to be position-independent."""
    segments, dynamic, symbols = readelf("--segments", path), readelf("--dynamic", path), readelf("--dyn-syms", path)
    program = "INTERP" in segments
    found = {"the stack protector": "__stack_chk_fail" in symbols,
             "checked calls of the C library": re.search(r"UND __\w+_chk\b", symbols.replace("__stack_chk", "")),
             "RELRO": "GNU_RELRO" in segments,
             "BIND_NOW": re.search(r"\(FLAGS(_1)?\).*NOW", dynamic),
             "PIE": not program or re.search(r"\(FLAGS_1\).*PIE", dynamic),
             "a stack that is not executable": re.search(r"GNU_STACK.* RW ", segments)}
    return [what for what, there in found.items() if not there]


def reason_not_hardened():
    if reason_to_skip():
        return reason_to_skip()
    if cache("NST_HARDENING") != "ON" or cache("CMAKE_BUILD_TYPE") not in ("Release", "RelWithDebInfo", "MinSizeRel"):
        return "not a hardened build: NST_HARDENING, CMAKE_BUILD_TYPE"
    return "" if shutil.which("readelf") else "readelf is not installed"


@unittest.skipIf(reason_not_hardened(), reason_not_hardened())
class Hardening(unittest.TestCase):
    def files(self):
        named = [pathlib.Path(os.environ.get(name, "")) for name in ("NST_LIBRARY", "NST_PROGRAM")]
        return [path for path in named if path.is_file()]

    def test_the_files_of_the_build(self):
        self.assertNotEqual(self.files(), [])
        for path in self.files():
            self.assertEqual(missing(path), [], path)

    def test_a_file_without_it_is_told(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        program = pathlib.Path(scratch.name) / "program"
        subprocess.run(["cc", "-O1", "-U_FORTIFY_SOURCE", "-fno-stack-protector", "-no-pie", "-Wl,-z,norelro,-z,lazy",
                        "-x", "c", "-", "-o", program], check=True, text=True, input="int main(void) { return 0; }")
        self.assertEqual(missing(program), ["the stack protector", "checked calls of the C library", "RELRO",
                                            "BIND_NOW", "PIE"])

    def test_no_path_of_the_build(self):
        if cache("NST_HAVE_PREFIX_MAP") != "1":
            self.skipTest("the compiler has no -ffile-prefix-map")
        for path in [*self.files(), BUILD / "libnst.a"]:
            content = path.read_bytes()
            for folder in (ROOT, BUILD):
                self.assertNotIn(str(folder).encode() + b"/", content, f"{folder} in {path}")


if __name__ == "__main__":
    unittest.main()
