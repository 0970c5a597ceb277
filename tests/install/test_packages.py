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
    def told(self, *command):
        return subprocess.run(["dpkg-deb", *command], check=True, text=True, stdout=subprocess.PIPE).stdout

    def check_control(self, packages):
        """What is linked is depended on, and the loader is told of the library."""
        wanted = {"libnst1": ["libc6", "libpng16-16", "libturbojpeg0"], "libnst-dev": ["libnst1 (= ", "libpng-dev", "libturbojpeg0-dev"],
                  "python3-nst": ["libnst1 (>= ", "python3"], "nst": ["libnst1 (= ", "libc6"]}
        if "nst" in packages and "libcurl" in subprocess.run(["ldd", BUILD / "nst"], text=True,
                                                             stdout=subprocess.PIPE).stdout:
            wanted["nst"].append("libcurl")
        for name in wanted.keys() & packages.keys():
            for word in wanted[name]:
                self.assertIn(word, self.told("-f", packages[name], "Depends"), name)
        self.assertEqual(self.told("-I", packages["libnst1"], "triggers"), "activate-noawait ldconfig\n")
        self.assertIn("libnst 1 libnst1 (>= ", self.told("-I", packages["libnst1"], "shlibs"))

    def test_packages(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            subprocess.run(["cpack", "-G", "DEB", "--config", BUILD / "CPackConfig.cmake", "-B", folder], check=True,
                           stdout=subprocess.DEVNULL)
            packages = {path.name.split("_")[0]: path for path in folder.glob("*.deb")}
            tools = {"nst"} if cache("NST_BUILD_TOOLS") == "ON" and (BUILD / "nst").exists() else set()
            self.assertEqual(set(packages), {"libnst1", "libnst-dev", "python3-nst", "libnst-doc"} | tools)
            self.check_control(packages)
            root = folder / "root"
            for path in packages.values():
                subprocess.run(["dpkg-deb", "-x", path, root], check=True)
            listing = sorted(path.name for path in root.rglob("*"))
            for name in packages:
                self.assertTrue((next(root.rglob(f"doc/{name}")) / "copyright").exists(), name)
            if tools:
                self.assertIn("nst.1.gz", listing)
            for name in ("nst.h", "nst.hpp", "libnst.a", "libnst.so", "libnst.so.1", "nst.pc", "nstConfig.cmake",
                         "transfer.py", "symbols-in-versions"):
                self.assertIn(name, listing)
            library = next(root.rglob("libnst.so.1"))
            package = next(root.rglob("nst/transfer.py")).parents[1]
            result = paint(package, LD_LIBRARY_PATH=str(library.parent))
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn(str(root.resolve()), result.stdout)  # found by its SONAME


if __name__ == "__main__":
    unittest.main()
