"""find_package(nst VERSION) takes what docs/abi.md promises: every later version of the same SONAME, and no other."""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from test_install import ROOT

# What nstConfigVersion.cmake is made of: version, SOVERSION, the first version of that SOVERSION, size of a pointer.
PACKAGE = """
set(PROJECT_VERSION {0})
set(NST_SOVERSION {1})
set(NST_SOVERSION_SINCE {2})
set(CMAKE_SIZEOF_VOID_P {3})
configure_file({source} {folder}/nstConfigVersion.cmake @ONLY)
file(WRITE {folder}/nstConfig.cmake "set(nst_FOUND ON)\\n")
"""


@unittest.skipUnless(shutil.which("cmake"), "cmake is not installed")
class Find(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)

    def package(self, version, soversion=1, since="0.1", pointer=8):
        folder = self.scratch / f"nst-{version}-{pointer}"
        script = self.scratch / "package.cmake"
        script.write_text(PACKAGE.format(version, soversion, since, pointer, folder=folder,
                                         source=ROOT / "tools" / "packaging" / "nstConfigVersion.cmake.in"))
        subprocess.run(["cmake", "-P", script], check=True)
        return folder

    def find(self, package, request):
        """What CMake prints of find_package(nst REQUEST), with the package in a folder."""
        script = self.scratch / "find.cmake"
        script.write_text(f"set(CMAKE_SIZEOF_VOID_P 8)\nset(CMAKE_FIND_PACKAGE_PREFER_CONFIG ON)\n"
                          f"find_package(nst {request} REQUIRED CONFIG NO_DEFAULT_PATH PATHS {package})\n"
                          f'message("found ${{nst_VERSION}}")\n')
        result = subprocess.run(["cmake", "-P", script], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return " ".join(result.stdout.split())

    def test_later_versions_of_the_soname_are_accepted(self):
        for version in ("0.1.0", "0.1.7", "0.2.0", "0.9.0", "1.0.0", "1.12.3"):
            package = self.package(version)
            for request in ("0.1", "0.1.0", "", version, f"{version} EXACT", "0.1...5", f"0.1...{version}"):
                self.assertEqual(self.find(package, request), f"found {version}", request)

    def test_older_versions_are_refused(self):
        package = self.package("0.2.1")
        for request in ("0.2.2", "0.3", "1.0", "0.2.0 EXACT", "0.1...<0.2.1", "0.3...1.0"):
            self.assertIn("not accepted", self.find(package, request), request)

    def test_another_soversion_is_refused(self):
        package = self.package("2.1.0", soversion=2, since="2.0")
        for request in ("0.1", "1.0", "1.9.9", "0.1...<2"):
            self.assertIn("libnst.so.2, for what was made for 2.0 to 2.1.0", self.find(package, request), request)
        for request in ("2.0", "2.1", "0.1...3"):
            self.assertEqual(self.find(package, request), "found 2.1.0", request)

    def test_another_pointer_size_is_refused(self):
        self.assertIn("0.2.0 (32 bit)", self.find(self.package("0.2.0", pointer=4), "0.1"))


if __name__ == "__main__":
    unittest.main()
