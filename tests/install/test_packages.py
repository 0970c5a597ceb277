"""The wheel and the Debian packages: what is in them, and that they work without anything else of this tree."""
import base64
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

from test_hardening import missing
from test_install import BUILD, ROOT, cache, reason_to_skip

PAINT = """
import sys, nst
image = nst.Image(memoryview(bytes(i * 7 % 256 for i in range(24 * 16 * 3))).cast("B", (16, 24, 3)))
print(nst.library_file, nst.stylize(image, image, model="random:0", size=24, sizes="24:2").size)
"""


def paint(package, **environment):
    clean = {k: v for k, v in os.environ.items() if k not in ("NST_LIBRARY", "PYTHONPATH", "LD_LIBRARY_PATH")}
    return subprocess.run([sys.executable, "-B", "-c", PAINT], cwd="/", text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env={**clean, "PYTHONPATH": str(package), **environment})


@unittest.skipIf(reason_to_skip(), reason_to_skip())
class Wheel(unittest.TestCase):
    def test_it_carries_the_library(self):
        with tempfile.TemporaryDirectory() as folder:
            soname = next(BUILD.glob("libnst.so.?"))
            made = subprocess.run([sys.executable, "-B", ROOT / "tools" / "packaging" / "wheel.py", "--library", soname,
                                   "--output", folder], check=True, text=True, stdout=subprocess.PIPE).stdout
            with zipfile.ZipFile(made.strip()) as wheel:
                record = next(n for n in wheel.namelist() if n.endswith("/RECORD"))
                for line in wheel.read(record).decode().splitlines():
                    name, digest, size = line.split(",")
                    if name != record:
                        found = base64.urlsafe_b64encode(hashlib.sha256(wheel.read(name)).digest()).rstrip(b"=")
                        self.assertEqual((digest, int(size)), ("sha256=" + found.decode(), len(wheel.read(name))))
                wheel.extractall(folder)
            if shutil.which("strip"):
                sections = subprocess.run(["readelf", "--wide", "--sections", next(pathlib.Path(folder).rglob("libnst.so.*"))],
                                          check=True, text=True, stdout=subprocess.PIPE).stdout
                self.assertNotIn(".debug_info", sections)
            result = paint(folder)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn(os.path.realpath(folder), result.stdout)
            self.assertIn("(24, 16)", result.stdout)


@unittest.skipIf(reason_to_skip(), reason_to_skip())
@unittest.skipUnless(all(map(shutil.which, ("cpack", "dpkg-deb", "dpkg-shlibdeps", "file"))),
                     "cpack, dpkg-deb, dpkg-shlibdeps or file is not installed")
class Debian(unittest.TestCase):
    """Packages of a build of their own, with the paths of Debian."""
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        build = cls.folder / "build"
        for command in (["cmake", "-S", ROOT, "-B", build, "-DCMAKE_INSTALL_PREFIX=/usr", "-DCMAKE_BUILD_TYPE=Release",
                         f"-DCMAKE_C_COMPILER_LAUNCHER={cache('CMAKE_C_COMPILER_LAUNCHER')}", "-DNST_BUILD_TESTS=OFF"],
                        ["cmake", "--build", build, "--parallel", "2"],
                        ["sh", "-c", 'umask 077 && cpack -G DEB --config "$1" -B "$2"', "sh",
                         build / "CPackConfig.cmake", cls.folder]):
            made = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if made.returncode:
                raise AssertionError(made.stdout)
        cls.packages = {path.name.split("_")[0]: path for path in cls.folder.glob("*.deb")}
        cls.root = cls.folder / "root"
        for path in cls.packages.values():
            subprocess.run(["dpkg-deb", "-x", path, cls.root], check=True)

    def told(self, *command):
        return subprocess.run(["dpkg-deb", *command], check=True, text=True, stdout=subprocess.PIPE).stdout

    def test_which(self):
        self.assertEqual(set(self.packages), {"libnst1", "libnst-dev", "python3-nst", "libnst-doc", "nst"})
        listing = sorted(path.name for path in self.root.rglob("*"))
        for name in ("nst.h", "nst.hpp", "libnst.a", "libnst.so", "libnst.so.1", "nst.pc", "nstConfig.cmake",
                     "transfer.py", "symbols-in-versions", "nst.1.gz"):
            self.assertIn(name, listing)

    def test_what_they_depend_on(self):
        wanted = {"libnst1": ["libc6", "libpng16-16", "libturbojpeg0"],
                  "libnst-dev": ["libnst1 (= ", "libpng-dev", "libturbojpeg0-dev"],
                  "python3-nst": ["libnst1 (>= ", "python3"], "nst": ["libnst1 (= ", "libc6"], "libnst-doc": []}
        if "libcurl" in subprocess.run(["ldd", self.root / "usr/bin/nst"], text=True, stdout=subprocess.PIPE).stdout:
            wanted["nst"].append("libcurl")
        for name, words in wanted.items():
            for word in words:
                self.assertIn(word, self.told("-f", self.packages[name], "Depends"), name)
        self.assertEqual(self.told("-I", self.packages["libnst1"], "triggers"), "activate-noawait ldconfig\n")
        self.assertIn("libnst 1 libnst1 (>= ", self.told("-I", self.packages["libnst1"], "shlibs"))

    @unittest.skipUnless(shutil.which("lintian"), "lintian is not installed")
    def test_lintian_has_nothing_to_say(self):
        result = subprocess.run(["lintian", "--fail-on", "error,warning", *self.packages.values()], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.assertEqual((result.returncode, result.stdout), (0, ""))

    def test_hardened(self):
        for path in (next(self.root.rglob("libnst.so.1")).resolve(), self.root / "usr/bin/nst"):
            self.assertEqual(missing(path), [], path)

    def test_the_python_package_finds_the_library_by_its_soname(self):
        library = next(self.root.rglob("libnst.so.1"))
        package = next(self.root.rglob("nst/transfer.py")).parents[1]
        result = paint(package, LD_LIBRARY_PATH=str(library.parent))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn(str(self.root.resolve()), result.stdout)


if __name__ == "__main__":
    unittest.main()
