"""CMake on a machine where something is missing: one line that says what to install and which option does without."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from test_install import ROOT, reason_to_skip

MODULES = ("libpng", "libturbojpeg", "lcms2", "libwebp", "zlib", "openblas", "check", "libcurl", "ompi-c")


@unittest.skipIf(reason_to_skip(), reason_to_skip())
class Missing(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)
        self.modules = self.scratch / "modules"
        self.modules.mkdir()
        for name in MODULES:  # what pkg-config knows of this machine
            self.module(name, subprocess.run(["pkg-config", "--libs", name], text=True, stdout=subprocess.PIPE).stdout)

    def module(self, name, libs):
        (self.modules / f"{name}.pc").write_text(f"Name: {name}\nDescription: none\nVersion: 1\nLibs: {libs}\n")

    def configure(self, *options, without=()):
        (self.scratch / "build" / "CMakeCache.txt").unlink(missing_ok=True)  # which remembers what was found
        for name in without:
            (self.modules / f"{name}.pc").unlink()
        environment = {k: v for k, v in os.environ.items() if k != "PKG_CONFIG_PATH"}
        result = subprocess.run(["cmake", "-S", ROOT, "-B", self.scratch / "build", *options], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                env={**environment, "PKG_CONFIG_LIBDIR": str(self.modules)})
        return result.returncode, result.stdout

    def fails(self, line, *options, without=()):
        code, told = self.configure(*options, without=without)
        self.assertNotEqual(code, 0)
        error = told[told.index("CMake Error"):].splitlines()
        self.assertTrue(error[0].startswith("CMake Error at CMakeLists.txt:"), told)
        self.assertEqual([text.strip() for text in error[1:] if text.strip()][0], line, told)
        self.assertNotIn("Call Stack", told)

    def passes(self, *options, without=()):
        code, told = self.configure(*options, without=without)
        self.assertEqual(code, 0, told)
        return told

    def has_tests(self):
        return (self.scratch / "build" / "tests" / "CTestTestfile.cmake").exists()

    def test_all_is_there(self):
        told = self.passes()
        self.assertNotIn("is not found", told)
        self.assertIn("CBLAS: openblas 1", told)
        self.assertTrue(self.has_tests())

    def test_what_is_needed(self):
        self.module("fortran", "-lm")
        self.fails("nst: cblas_sgemm in fortran not found. On Debian: apt install libopenblas-dev", "-DNST_BLAS=fortran")
        self.fails("nst: libpng not found. On Debian: apt install libpng-dev", without=["libpng"])
        self.fails("nst: libpng, libturbojpeg, a CBLAS (openblas or cblas or blas) not found. On Debian: apt install "
                   "libpng-dev libturbojpeg0-dev libopenblas-dev", without=["libturbojpeg", "openblas"])
        self.fails("nst: libpng, libturbojpeg, a CBLAS (blis) not found. On Debian: apt install libpng-dev "
                   "libturbojpeg0-dev libopenblas-dev", "-DNST_BLAS=blis")

    def test_what_can_be_done_without(self):
        told = self.passes(without=["check", "libcurl", "lcms2", "libwebp", "ompi-c", "zlib"])
        self.assertIn("NST_BUILD_TESTS is OFF: Check is not found (Debian: check)", told)
        self.assertIn("NST_CURL is OFF: libcurl is not found (Debian: libcurl4-openssl-dev)", told)
        self.assertIn("NST_LCMS is OFF: Little CMS is not found (Debian: liblcms2-dev)", told)
        self.assertIn("NST_MPI is OFF: Open MPI is not found (Debian: libopenmpi-dev)", told)
        self.assertIn("NST_WEBP is OFF: libwebp is not found (Debian: libwebp-dev)", told)
        self.assertIn("NST_ZLIB is OFF: zlib is not found (Debian: zlib1g-dev)", told)
        self.assertFalse(self.has_tests())
        self.fails("nst: Little CMS, libwebp, zlib, libcurl, Open MPI, Check not found. On Debian: apt install liblcms2-dev libwebp-dev "
                   "zlib1g-dev libcurl4-openssl-dev libopenmpi-dev check, or do without: -DNST_LCMS=OFF -DNST_WEBP=OFF -DNST_ZLIB=OFF "
                   "-DNST_CURL=OFF -DNST_MPI=OFF -DNST_BUILD_TESTS=OFF", "-DNST_LCMS=ON", "-DNST_WEBP=ON", "-DNST_ZLIB=ON",
                   "-DNST_BUILD_TESTS=ON", "-DNST_CURL=ON", "-DNST_MPI=ON")
        told = self.passes("-DNST_LCMS=OFF", "-DNST_WEBP=OFF", "-DNST_ZLIB=OFF", "-DNST_BUILD_TESTS=OFF", "-DNST_CURL=OFF",
                           "-DNST_MPI=OFF")
        self.assertNotIn("is not found", told)

    def test_without_codecs_and_blas_nothing_is_needed(self):
        none = ["libpng", "libturbojpeg", "openblas", "lcms2", "libwebp"]
        told = self.passes("-DNST_CODECS=OFF", "-DNST_BLAS=own", without=none)
        self.assertIn("CBLAS: own", told)
        self.assertNotIn("libpng", told)
        self.assertFalse(self.has_tests())
        self.passes("-DNST_CODECS=OFF", "-DNST_BLAS=own", f"-DPKG_CONFIG_EXECUTABLE={self.scratch / 'none'}")
        self.fails("nst: the tests need the codecs: expected NST_BUILD_TESTS=OFF with NST_CODECS=OFF", "-DNST_CODECS=OFF",
                   "-DNST_BLAS=own", "-DNST_BUILD_TESTS=ON")
        self.passes("-DNST_CODECS=OFF", "-DNST_BLAS=own", "-DNST_FILES=OFF")
        self.assertFalse(self.has_tests())
        self.fails("nst: the tests need files: expected NST_BUILD_TESTS=OFF with NST_FILES=OFF", "-DNST_FILES=OFF",
                   "-DNST_BUILD_TESTS=ON")

    def test_without_python_there_are_no_tests(self):
        none = f"-DPython3_EXECUTABLE={self.scratch / 'none'}"
        self.assertIn("NST_BUILD_TESTS is OFF: Python 3.9 is not found (Debian: python3)", self.passes(none))
        self.assertFalse(self.has_tests())
        self.fails("nst: Python 3.9 not found. On Debian: apt install python3, or do without: -DNST_BUILD_TESTS=OFF", none,
                   "-DNST_BUILD_TESTS=ON")

    def test_without_pkg_config(self):
        self.fails("nst: pkg-config not found. On Debian: apt install pkg-config",
                   f"-DPKG_CONFIG_EXECUTABLE={self.scratch / 'none'}")

    def test_hardening_is_given_once_and_to_optimised_builds(self):
        for options, wanted in ((["-DCMAKE_BUILD_TYPE=Release"], {"2"}), ([], {"2"}),
                                (["-DCMAKE_BUILD_TYPE=Release", "-DNST_HARDENING=OFF"], set()),
                                (["-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_C_FLAGS=-D_FORTIFY_SOURCE=3"], {"3"}),
                                (["-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_C_FLAGS_RELEASE=-O0"], set()),
                                (["-DCMAKE_BUILD_TYPE=Debug"], set()), (["-DNST_SANITIZE=address"], set())):
            self.passes("-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", "-DNST_BUILD_TESTS=OFF", *options)
            commands = (self.scratch / "build" / "compile_commands.json").read_text()
            self.assertEqual(set(re.findall(r"-D_FORTIFY_SOURCE=(\d)", commands)), wanted, options)

    @unittest.skipUnless(shutil.which("ninja"), "ninja is not installed")
    def test_cross_compiling_runs_nothing(self):
        told = self.passes("-G", "Ninja", "-DCMAKE_SYSTEM_NAME=Linux", "-DCMAKE_SYSTEM_PROCESSOR=aarch64",
                           f"-DPython3_EXECUTABLE={self.scratch / 'none'}", "-DCMAKE_C_COMPILER_WORKS=ON")
        self.assertNotIn("Error", told)
        self.assertNotIn("nst.1", (self.scratch / "build" / "build.ninja").read_text())


if __name__ == "__main__":
    unittest.main()
