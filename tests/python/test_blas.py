"""The builds of OpenBLAS that Debian has (pthread, OpenMP, serial) share one name: what was linked with one runs with
each, right and to the same values."""
import glob
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import test_cli  # noqa: E402

BUILD = pathlib.Path(os.environ.get("NST_BUILD_DIR", "."))
PROGRAM = os.environ.get("NST_PROGRAM", "")
FOLDERS = sorted(glob.glob("/usr/lib/*/openblas-*/"))


def run(folder, *command):
    environment = dict(os.environ, LD_LIBRARY_PATH=folder)
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"{command[0]} with {folder}: {done.stdout}{done.stderr}")
    return done.stdout


@unittest.skipUnless(PROGRAM and len(FOLDERS) > 1 and "openblas" in run("", "ldd", PROGRAM),
                     "needs a build with OpenBLAS and more than one of its builds installed")
class Builds(unittest.TestCase):
    def test_each_is_the_one_that_runs(self):
        for folder in FOLDERS:
            self.assertIn(folder, run(folder, "ldd", PROGRAM))

    def test_products_and_the_host_s_settings(self):
        for folder in FOLDERS:
            self.assertIn("Failures: 0, Errors: 0", run(folder, BUILD / "tests" / "test_gemm"))

    def test_losses(self):
        with tempfile.TemporaryDirectory() as work:
            content, style = pathlib.Path(work, "content.png"), pathlib.Path(work, "style.png")
            content.write_bytes(test_cli.png(60, 50))
            style.write_bytes(test_cli.png(48, 56, 90))
            said = [json.loads(run(folder, PROGRAM, "eval", content, "--content", content, "--style", style,
                                   "--gemm", "cblas", "--json")) for folder in FOLDERS]
            self.assertGreater(said[0]["total"], 0)
            for other in said[1:]:
                self.assertAlmostEqual(other["total"] / said[0]["total"], 1, delta=1e-5)


if __name__ == "__main__":
    unittest.main()
