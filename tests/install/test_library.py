"""The shared library is small without the embedded model, has little to do when it is loaded, and links nothing else."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from test_install import ROOT, cache, reason_to_skip

LIBRARY = os.environ.get("NST_LIBRARY", "")
MOST_BYTES, MOST_RELOCATIONS = 840_000, 2000


@unittest.skipIf(reason_to_skip(), reason_to_skip())
@unittest.skipUnless(os.path.exists(LIBRARY), "NST_LIBRARY does not name the shared library")
class Library(unittest.TestCase):
    def needed(self):
        text = subprocess.run(["readelf", "--dynamic", LIBRARY], check=True, text=True, stdout=subprocess.PIPE).stdout
        return re.findall(r"\(NEEDED\).*\[(.*)\]", text)

    @unittest.skipUnless(shutil.which("strip"), "strip is not installed")
    @unittest.skipIf("--coverage" in cache("CMAKE_C_FLAGS") or cache("CMAKE_BUILD_TYPE") in ("Debug", "None"),
                     "not an optimised build")
    def test_size_without_the_embedded_model(self):
        with tempfile.TemporaryDirectory() as folder:
            stripped = pathlib.Path(folder) / "libnst.so"
            subprocess.run(["strip", "-o", stripped, LIBRARY], check=True)
            content = stripped.read_bytes()
        lite = (ROOT / "lib" / "model" / "lite.safetensors").read_bytes()
        size = len(content) - (len(lite) if lite in content else 0)
        self.assertLess(size, MOST_BYTES)
        if cache("NST_EMBED_LITE") == "ON":
            self.assertIn(lite, content)

    def test_loading_is_little_work(self):
        """tests/bench/load.py has the time."""
        text = subprocess.run(["readelf", "--wide", "--relocs", LIBRARY], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        relocations = len(re.findall(r"^[0-9a-f]{8,} ", text, re.M))
        self.assertGreater(relocations, 10)
        self.assertLess(relocations, MOST_RELOCATIONS)

    def test_what_it_is_linked_with(self):
        known = r"lib(c|m|pthread|png16|turbojpeg|lcms2|webp|z|\w*blas\w*|blis|mkl_rt|gfortran|gomp|omp)\.so\.\d+|ld-linux.*"
        self.assertEqual([name for name in self.needed() if not re.fullmatch(known, name)], [])


if __name__ == "__main__":
    unittest.main()
