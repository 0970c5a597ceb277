"""Installs to a scratch prefix, moves it, and builds the same consumer in every way that is promised."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = pathlib.Path(os.environ.get("NST_BUILD_DIR", ""))
EXPECTED = r"libnst \d+\.\d+\.\d+: 24x16, the evaluations are used up, lower\n"


def cache(name):
    found = re.search(rf"^{name}:\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.M)
    return found.group(1) if found else ""


def reason_to_skip():
    if not (BUILD / "CMakeCache.txt").exists():
        return "NST_BUILD_DIR does not name a build"
    if cache("NST_SANITIZE"):
        return "a library with sanitizers asks for them in every consumer"
    for tool in ("pkg-config", "cc", "c++", "cmake"):
        if not shutil.which(tool):
            return f"{tool} is not installed"
    return ""


@unittest.skipIf(reason_to_skip(), reason_to_skip())
class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.scratch = pathlib.Path(cls.folder.name)
        before, cls.prefix = cls.scratch / "before", cls.scratch / "moved prefix"
        subprocess.run(["cmake", "--install", BUILD, "--prefix", before], check=True, stdout=subprocess.DEVNULL)
        before.rename(cls.prefix)
        cls.libdir = next(cls.prefix.glob("lib*/**/nst.pc")).parents[1]

    def run_ok(self, *command, **options):
        result = subprocess.run([str(c) for c in command], text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, **options)
        self.assertEqual(result.returncode, 0, f"{command}\n{result.stdout}")
        return result.stdout

    def pkg_config(self, *options, libdir=None):
        path = f"{(libdir or self.libdir) / 'pkgconfig'}:{os.environ.get('PKG_CONFIG_PATH', '')}"
        text = self.run_ok("pkg-config", *options, "nst", env={**os.environ, "PKG_CONFIG_PATH": path})
        return [word.replace("\\ ", " ") for word in re.findall(r"(?:\\.|\S)+", text)]

    def check(self, program):
        environment = {**os.environ, "LD_LIBRARY_PATH": str(self.libdir)}
        self.assertRegex(self.run_ok(program, env=environment), f"^{EXPECTED}$")

    def linked_with(self, program):
        return "libnst.so" in self.run_ok("readelf", "--dynamic", program)

    def test_pkg_config(self):
        program = self.scratch / "plain"
        self.run_ok("cc", HERE / "consumer" / "main.c", "-o", program, *self.pkg_config("--cflags", "--libs"))
        self.assertTrue(self.linked_with(program))
        self.check(program)
        wanted = re.search(r"project\(nst VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
        self.assertEqual(self.pkg_config("--modversion"), [wanted])

    def test_pkg_config_static(self):
        # A prefix without the shared library: only the archive can be meant.
        libdir = self.scratch / "static" / self.libdir.relative_to(self.prefix)
        (libdir / "pkgconfig").mkdir(parents=True)
        shutil.copy(self.libdir / "libnst.a", libdir)
        shutil.copy(self.libdir / "pkgconfig" / "nst.pc", libdir / "pkgconfig")
        shutil.copytree(self.prefix / "include", self.scratch / "static" / "include")
        program = self.scratch / "static consumer"
        self.run_ok("cc", HERE / "consumer" / "main.c", "-o", program,
                    *self.pkg_config("--static", "--cflags", "--libs", libdir=libdir))
        self.assertFalse(self.linked_with(program))
        self.check(program)

    def test_cplusplus_by_pkg_config(self):
        program = self.scratch / "plusplus"
        for standard in ("c++17", "c++20"):
            self.run_ok("c++", f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion",
                        "-Werror", HERE / "consumer" / "main.cpp", "-o", program,
                        *self.pkg_config("--cflags", "--libs"))
            self.check(program)

    def build_with_cmake(self, name, *options):
        build = self.scratch / name
        self.run_ok("cmake", "-S", HERE / "consumer", "-B", build, *options)
        self.run_ok("cmake", "--build", build, "--parallel", "2")
        return build

    def test_find_package(self):
        build = self.build_with_cmake("found", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        for name in ("consumer", "consumer_cpp", "consumer_static"):
            self.check(build / name)
        self.assertTrue(self.linked_with(build / "consumer"))
        self.assertFalse(self.linked_with(build / "consumer_static"))

    def test_find_package_asks_for_the_version(self):
        (self.scratch / "newer").mkdir()
        (self.scratch / "newer" / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.22)\nproject(newer C)\nfind_package(nst 0.2 REQUIRED)\n")
        result = subprocess.run(["cmake", "-S", self.scratch / "newer", "-B", self.scratch / "newer" / "build",
                                 f"-DCMAKE_PREFIX_PATH={self.prefix}"], text=True, stderr=subprocess.PIPE,
                                stdout=subprocess.DEVNULL)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn('requested version "0.2"', result.stderr)

    def test_add_subdirectory(self):
        build = self.build_with_cmake("inside", f"-DNST_SOURCE_DIR={ROOT}", "-DNST_BUILD_TOOLS=OFF")
        for name in ("consumer", "consumer_cpp"):
            self.check(build / name)
            self.assertTrue(self.linked_with(build / name))
        rules = (build / "nst" / "cmake_install.cmake").read_text()
        self.assertNotIn("libnst.", rules.replace(str(ROOT), ""), "a project within another installs nothing by itself")
        self.assertFalse((build / "CPackConfig.cmake").exists())
        self.check_static_only()
        self.check_shared_only()

    # BUILD_SHARED_LIBS, in the build of the test above: the library's objects are compiled already.

    def check_static_only(self):
        build = self.build_with_cmake("inside", "-DBUILD_SHARED_LIBS=OFF", "-DNST_INSTALL=ON")
        self.check(build / "consumer")
        self.assertFalse(self.linked_with(build / "consumer"))
        prefix = self.scratch / "static only"
        self.run_ok("cmake", "--install", build, "--prefix", prefix)
        self.assertEqual([path.name for path in prefix.rglob("libnst.*")], ["libnst.a"])
        self.assertEqual(list(prefix.rglob("*.py")), list(prefix.rglob("docs/**/*.py")))
        program = self.scratch / "static by pkg-config"
        self.run_ok("cc", HERE / "consumer" / "main.c", "-o", program,
                    *self.pkg_config("--cflags", "--libs", libdir=next(prefix.rglob("libnst.a")).parent))
        self.check(program)
        found = self.build_with_cmake("static found", f"-DCMAKE_PREFIX_PATH={prefix}", "-DWITH=")
        self.check(found / "consumer")
        self.assertFalse(self.linked_with(found / "consumer"))

    def check_shared_only(self):
        build = self.build_with_cmake("inside", "-DBUILD_SHARED_LIBS=ON")
        self.assertTrue(self.linked_with(build / "consumer"))
        prefix = self.scratch / "shared only"
        self.run_ok("cmake", "--install", build, "--prefix", prefix)
        self.assertEqual([path for path in prefix.rglob("libnst.a")], [])
        self.assertEqual(len(list(prefix.rglob("libnst.so*"))), 3)
        failed = subprocess.run(["cmake", "-S", HERE / "consumer", "-B", self.scratch / "no static",
                                 f"-DCMAKE_PREFIX_PATH={prefix}"], text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)
        self.assertNotEqual(failed.returncode, 0)
        self.assertIn("static", failed.stdout)

    def test_no_path_of_the_build_is_left(self):
        for path in [self.libdir / "pkgconfig" / "nst.pc", *self.libdir.glob("cmake/nst/*.cmake")]:
            for word in (str(BUILD), str(ROOT), str(self.scratch)):
                self.assertNotIn(word, path.read_text(), path.name)
        self.assertNotIn("RUNPATH", self.run_ok("readelf", "--dynamic", self.libdir / "libnst.so"))

    def test_the_program_finds_its_library(self):
        program = self.prefix / "bin" / "nst"
        if not program.exists():
            self.skipTest("built without the program")
        environment = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"}
        if cache("CMAKE_INSTALL_PREFIX") == "/usr":  # where the loader looks: the program says nothing of it
            self.assertNotIn("RUNPATH", self.run_ok("readelf", "--dynamic", program))
            environment["LD_LIBRARY_PATH"] = str(self.libdir)
        self.assertRegex(self.run_ok(program, "--version", env=environment), r"\d+\.\d+\.\d+")
        zsh = next((self.prefix / "share" / "zsh").iterdir()).name
        self.assertIn(zsh, ("site-functions", "vendor-completions"))
        for name in ("man/man1/nst.1", "bash-completion/completions/nst", f"zsh/{zsh}/_nst"):
            self.assertTrue((self.prefix / "share" / name).exists(), name)

    def test_the_python_package_is_there(self):
        package = next(self.prefix.glob("lib*/python3*/*-packages/nst"))
        self.assertTrue((package / "py.typed").exists())
        self.assertTrue((package / "transfer.pyi").exists())
        self.assertEqual(list(package.glob("__pycache__")), [])


if __name__ == "__main__":
    unittest.main()
