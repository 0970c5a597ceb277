"""The programs of docs/examples compile without a warning, run, and paint the same picture."""
import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from test_install import BUILD, ROOT, reason_to_skip

sys.path.insert(0, str(ROOT / "tests" / "python"))
EXAMPLES = ROOT / "docs" / "examples"
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]


@unittest.skipIf(reason_to_skip(), reason_to_skip())
class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        import binding
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.scratch = pathlib.Path(folder.name)
        cls.environment = binding.environment(LD_LIBRARY_PATH=str(BUILD))
        cls.content, cls.style = cls.scratch / "content.png", cls.scratch / "style.png"
        binding.picture(72, 64).save(cls.content)
        binding.picture(64, 80, 0.5).save(cls.style)
        cls.binding = binding

    def run_ok(self, *command, status=0):
        result = subprocess.run([str(c) for c in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=self.environment)
        self.assertEqual(result.returncode, status, f"{command}\n{result.stdout}{result.stderr}")
        return result.stdout if status == 0 else result.stderr

    def built(self, source):
        compiler, standard = ("cc", "c11") if source.endswith(".c") else ("c++", "c++17")
        program = self.scratch / source.replace(".", "-")
        self.run_ok(compiler, f"-std={standard}", "-D_DEFAULT_SOURCE", *STRICT, "-pthread", EXAMPLES / source, "-o",
                    program, f"-I{ROOT / 'include'}", f"-I{ROOT / 'bindings' / 'cpp'}", f"-L{BUILD}", "-lnst", "-lm")
        return [program]

    def test_the_program_of_the_readme_and_of_the_header(self):
        readme = re.search(r"```c\n(#include <nst/nst.h>\n.*?)```", (ROOT / "README.md").read_text(), re.S).group(1)
        inside = re.search(r"^ \*     (#include <nst/nst.h>\n.*?)^ \*\n", (ROOT / "include" / "nst" / "nst.h").read_text(),
                           re.S | re.M).group(1)
        for name, text in (("readme.c", readme), ("header.c", re.sub(r"^ \*     ", "", inside, flags=re.M))):
            source = self.scratch / name
            source.write_text(text)
            self.run_ok("cc", *STRICT, source, "-o", self.scratch / "whole", f"-I{ROOT / 'include'}", f"-L{BUILD}", "-lnst")

    def painted(self, command, name):
        result = self.scratch / name
        text = self.run_ok(*command, self.content, self.style, result)
        self.assertIn(name, text)
        return self.binding.nst.Image(result).tobytes()

    def test_c_cplusplus_and_python_paint_the_same(self):
        pictures = [self.painted(self.built("stylize.c"), "c.png"), self.painted(self.built("stylize.cpp"), "cpp.png"),
                    self.painted([sys.executable, "-B", EXAMPLES / "stylize.py"], "python.png"),
                    self.painted(self.built("embed.c"), "embed.png")]
        self.assertNotEqual(pictures[0], self.binding.nst.Image(self.content).tobytes())
        for other in pictures[1:]:
            self.assertEqual(other, pictures[0])

    @unittest.skipUnless(importlib.util.find_spec("numpy"), "NumPy is not installed")
    def test_video(self):
        """Where nothing moves, the second painted frame is the first, in C as in Python."""
        import numpy
        nst = self.binding.nst
        ground = numpy.asarray(self.binding.picture(96, 64))[:, :, :3]
        names = []
        for i in range(2):
            frame = ground.copy()
            frame[20:36, 8 + 16 * i:24 + 16 * i] = 1, 0.2, 0.1
            names.append(self.scratch / f"{i + 1:05}.png")
            nst.Image(frame).save(names[-1])
        painted = {}
        for language, command in (("c", self.built("video.c")), ("python", [sys.executable, "-B", EXAMPLES / "video.py"])):
            folder = self.scratch / language
            folder.mkdir()
            self.run_ok(*command, self.style, folder, *names)
            painted[language] = [numpy.asarray(nst.Image(folder / name.name)) for name in names]
            first, second = painted[language]
            self.assertEqual(first.shape, (341, 512, 3))
            self.assertTrue((first[:, 300:] == second[:, 300:]).all())
            self.assertGreater(numpy.abs(first - second)[110:190, 130:210].mean(), 0.05)
        for c, python in zip(painted["c"], painted["python"]):
            self.assertLess(numpy.abs(c - python).max(), 1.5 / 255)

    def test_embedding_within_a_budget(self):
        program = self.built("embed.c")
        message = self.run_ok(*program, self.content, self.style, self.scratch / "none.png", 1, status=1)
        self.assertIn("out of memory", message)
        self.assertFalse((self.scratch / "none.png").exists())

    def test_bad_input_is_one_line(self):
        for command in (self.built("stylize.c"), [sys.executable, "-B", EXAMPLES / "stylize.py"]):
            message = self.run_ok(*command, self.scratch / "missing.png", self.style, "x.png", status=1)
            self.assertEqual(len(message.splitlines()), 1)
            self.assertIn("missing.png", message)

    @unittest.skipUnless(importlib.util.find_spec("scipy"), "SciPy is not installed")
    def test_scipy(self):
        text = self.run_ok(sys.executable, "-B", EXAMPLES / "scipy_lbfgs.py", self.content, self.style,
                           self.scratch / "scipy.png")
        before, after = (float(word) for word in text.replace("total", "").split("->"))
        self.assertLess(after, 0.5 * before)


if __name__ == "__main__":
    unittest.main()
