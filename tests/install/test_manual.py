"""nst(1) and the completions are made from the program's help: all options are there, and the files work."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "packaging"))
import manual  # noqa: E402

PROGRAM = os.environ.get("NST_PROGRAM", "")


@unittest.skipUnless(PROGRAM and os.path.exists(PROGRAM), "NST_PROGRAM does not name the program")
class Manual(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.commands = manual.commands(PROGRAM)

    def complete(self, *words):
        """What bash offers after `nst WORDS`, the last one unfinished."""
        with tempfile.NamedTemporaryFile("w", suffix=".bash") as script:
            script.write(manual.bash(self.commands))
            script.flush()
            code = (f"source {script.name}; COMP_WORDS=(nst \"$@\"); COMP_CWORD=$#; _nst; "
                    "printf '%s\\n' \"${COMPREPLY[@]}\"")
            return subprocess.run(["bash", "-c", code, "bash", *words], check=True, text=True, cwd=ROOT,
                                  stdout=subprocess.PIPE).stdout.split()

    def test_every_option_of_every_command(self):
        names = [command.name for command in self.commands]
        self.assertEqual(names[:2], ["stylize", "eval"])
        self.assertIn("model convert", names)
        for command in self.commands:
            help_text = subprocess.run([PROGRAM, *command.name.split(), "--help"], check=True, text=True,
                                       stdout=subprocess.PIPE).stdout
            wanted = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*(?=[ ,\n])", "\n".join(
                line[:26] for line in help_text.splitlines() if line.startswith("  -"))))
            self.assertEqual({flag for option in command.options for flag in option.flags}, wanted, command.name)
        options = {option.flags[-1]: option for option in self.commands[0].options}
        self.assertEqual(options["--form"].choices, ["relative", "mean", "gatys", "sum"])
        self.assertGreater(len(options), 40)

    @unittest.skipUnless(shutil.which("man"), "man is not installed")
    def test_man_page(self):
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder) / "nst.1"
            page.write_text(manual.manual(PROGRAM, self.commands))
            shown = subprocess.run(["man", "--warnings", "-l", page], text=True, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env={**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8"})
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        for command in self.commands:
            for option in command.options:
                self.assertIn(option.flags[-1], shown.stdout)

    @unittest.skipUnless(shutil.which("bash"), "bash is not installed")
    def test_bash(self):
        self.assertEqual(self.complete("styl"), ["stylize", "style"])
        self.assertEqual(self.complete("style", "sa"), ["save"])
        self.assertEqual(self.complete("model", "con"), ["convert"])
        self.assertEqual(self.complete("stylize", "--style-we"), ["--style-weight"])
        self.assertEqual(self.complete("stylize", "--form", "ga"), ["gatys"])
        self.assertEqual(self.complete("stylize", "READ"), ["README.md"] if (ROOT / "README.md").exists() else [])
        self.assertEqual(self.complete("model", "convert", "--dt"), ["--dtype"])

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh(self):
        subprocess.run(["zsh", "-n"], input=manual.zsh(self.commands), text=True, check=True)


if __name__ == "__main__":
    unittest.main()
