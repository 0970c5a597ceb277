"""Every C and C++ file is as clang-format leaves it with the project's configuration."""
import pathlib
import re
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = shutil.which("clang-format")
FOLDERS = ("include", "lib", "bindings", "tools", "tests", "docs")
VERSION = 14  # later ones differ in details


def version():
    said = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout
    return int(re.search(r"version (\d+)", said)[1])


@unittest.skipUnless(PROGRAM and version() == VERSION, f"needs clang-format {VERSION}")
class Format(unittest.TestCase):
    def test_sources(self):
        files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*"))
                 if path.suffix in (".c", ".h", ".hpp", ".cpp")]
        self.assertGreater(len(files), 100)
        check = subprocess.run([PROGRAM, "--dry-run", "-Werror", *files], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(check.returncode, 0, "run clang-format -i on what is named here:\n" + check.stderr[:2000])

    def test_comments(self):
        """clang-format leaves comments alone. The table of parameters has a line for each, however long."""
        for path in sorted([*(ROOT / "lib").glob("*/*.[ch]"), *(ROOT / "include").rglob("*.h")]):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if path.name != "param.c":
                    self.assertLessEqual(len(line), 120, f"{path}:{number}")


if __name__ == "__main__":
    unittest.main()
