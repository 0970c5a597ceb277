"""The documents hold: links lead somewhere, quoted commands exist, code compiles, map and guide leave nothing out."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

import binding

ROOT = binding.ROOT
sys.path.insert(0, str(ROOT / "tools" / "packaging"))
import manual  # noqa: E402

PROGRAM = os.environ.get("NST_PROGRAM", "")
BUILD = pathlib.Path(os.environ.get("NST_BUILD_DIR", ""))
CACHE = BUILD / "CMakeCache.txt"
SANITIZED = CACHE.exists() and bool(re.search(r"^NST_SANITIZE:\w+=.", CACHE.read_text(), re.M))
DOCUMENTS = sorted(p for p in ROOT.rglob("*.md") if not p.relative_to(ROOT).parts[0].startswith(("build", "shared"))
                   and "node_modules" not in p.parts)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
INDENTED = re.compile(r"(?:^    .*\n)+", re.M)


def named(path):
    return str(path.relative_to(ROOT))


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def anchors(path):
    """Of the headings, as the usual Markdown renderers make them."""
    found = set()
    for heading in re.findall(r"^#+ (.*)$", FENCE.sub("", path.read_text()), re.M):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


def blocks(path, language):
    return [body for kind, body in FENCE.findall(path.read_text()) if kind == language]


def shell_lines(path):
    """What a reader may paste into a shell: fenced as sh, indented, or in backquotes; lines that go on are joined."""
    text = path.read_text()
    parts = blocks(path, "sh") + [re.sub(r"^    ", "", b, flags=re.M) for b in INDENTED.findall(FENCE.sub("", text))]
    parts += re.findall(r"`((?:sh|python3|time|nst|build/nst) [^`\n]+)`", FENCE.sub("", text))
    for part in parts:
        for line in part.replace("\\\n", " ").splitlines():
            try:
                yield shlex.split(line, comments=True)
            except ValueError:  # an apostrophe in what is no command
                continue


def commands_of(words):
    """The programs called in one line: parts between &&, ;, | and the like, less what sets variables."""
    part = []
    for word in [*words, ";"]:
        if word in (";", "&&", "||", "|", "&", "do", "then"):
            while part and re.match(r"\w+=|time$", part[0]):
                part.pop(0)
            if part:
                yield part
            part = []
        else:
            part.append(word)


class Links(unittest.TestCase):
    def test_every_link_leads_somewhere(self):
        seen = 0
        for path in DOCUMENTS:
            for target in re.findall(r"!?\[[^]]*\]\(([^)\s]+)\)", without_code(path.read_text())):
                if re.match(r"[a-z]+:", target):
                    continue
                seen += 1
                file, _, anchor = target.partition("#")
                there = (path.parent / file).resolve() if file else path
                self.assertTrue(there.exists(), f"{named(path)}: {target} does not exist")
                self.assertIn(ROOT, [there, *there.parents], f"{named(path)}: {target} is outside of the project")
                if anchor:
                    self.assertIn(anchor, anchors(there), f"{named(path)}: {target}")
        self.assertGreater(seen, 30)

    def test_readme_links_every_document_and_example(self):
        text = (ROOT / "README.md").read_text()
        examples = [p for p in (ROOT / "docs" / "examples").iterdir() if p.is_file()]
        for path in [*DOCUMENTS, *examples]:
            if path != ROOT / "README.md":
                self.assertIn(f"]({named(path)})", text)

    def test_every_picture_is_shown(self):
        shown = {(path.parent / target).resolve() for path in DOCUMENTS
                 for target in re.findall(r"!\[[^]]+\]\(([^)]+)\)", path.read_text())}
        for picture in (ROOT / "docs").rglob("*.jpg"):
            self.assertIn(picture, shown)

    def test_files_in_backquotes(self):
        """`lib/x.c`, `tests/bench/y.py`: names from the root, from the document, or from lib/."""
        for path in DOCUMENTS:
            for name in re.findall(r"`((?:lib|tests|tools|docs|bindings|include|base|transfer|loss|nn)/[\w./-]+\.\w+)`",
                                   path.read_text()):
                places = [ROOT / name, path.parent / name, ROOT / "lib" / name]
                if not re.search(r"NAME|name\.", name):
                    self.assertTrue(any(place.exists() for place in places), f"{named(path)}: `{name}` does not exist")


class Map(unittest.TestCase):
    def test_lib_readme_names_every_file_and_no_other(self):
        text = (ROOT / "lib" / "README.md").read_text()
        folder, listed = "", []
        for line in text.splitlines():
            heading = re.match(r"## (\w+/)$", line)
            folder = heading.group(1) if heading else folder
            if line.startswith("| `"):
                listed += [folder + name for name in re.findall(r"`([\w.]+)`", line.split("|")[1])]
        lib = ROOT / "lib"
        there = [str(p.relative_to(lib)) for p in lib.rglob("*") if p.is_file() and p.name != "README.md"]
        self.assertEqual(sorted(listed), sorted(there))

    def test_one_line_a_row_says_something(self):
        for row in re.findall(r"^\| `.*$", (ROOT / "lib" / "README.md").read_text(), re.M):
            self.assertGreater(len(row.split("|")[2].split()), 3, f"say in four words or more what it is: {row}")


class Guide(unittest.TestCase):
    TEXT = (ROOT / "docs" / "guide.md")

    def test_every_parameter_is_described(self):
        """In a table of its own, or in running text as `--name`."""
        text = self.TEXT.read_text()
        for row in binding.nst.PARAMETERS:
            name = row.name.replace("_", "-")
            self.assertRegex(text, rf"`(--)?{name}[` ]", f"the guide says nothing of {name}")

    def test_every_choice_is_described(self):
        """But for how it is computed: nobody needs those."""
        text = self.TEXT.read_text()
        missing = [f"{choice} of {row.name}" for row in binding.nst.PARAMETERS if row.group != "Computation"
                   for choice in row.choices if not re.search(rf"\b{choice}\b", text)]
        self.assertEqual(missing, [], "the guide does not describe these")

    def test_every_preset_is_described(self):
        for preset in binding.nst.presets():
            self.assertIn(f"`{preset.name}`", self.TEXT.read_text())

    def test_every_option_in_backquotes_exists(self):
        flags = set(re.findall(r"`(--[a-z][\w-]+)", self.TEXT.read_text()))
        names = {"--" + row.name.replace("_", "-") for row in binding.nst.PARAMETERS}
        own = {"--model", "--preset", "--photo", "--style", "--where", "--style-where", "--license", "--dtype", "--content", "--freeze", "--content-map", "--regions", "--log", "--plot", "--save-every", "--frames", "--preview", "--resume", "--checkpoint", "--every", "--force", "--feather", "--invert", "--vary", "--path", "--controls", "--columns", "--painter", "--photos", "--minutes", "--batch", "--strength"}
        self.assertEqual(flags - names - own, set())


@unittest.skipUnless(PROGRAM and os.path.exists(PROGRAM), "NST_PROGRAM does not name the program")
class Commands(unittest.TestCase):
    def test_quoted_commands_of_nst_parse(self):
        commands = {command.name: {flag: option for option in command.options for flag in option.flags}
                    for command in manual.commands(PROGRAM)}
        seen = 0
        for path in DOCUMENTS:
            for words in (w for line in shell_lines(path) for w in commands_of(line)):
                if words[0] not in ("nst", "build/nst") or words[1:] in ([], ["model"], ["style"]) or words[1].startswith("-"):
                    continue
                name = " ".join(words[1:3]) if words[1] in ("model", "style") else words[1]
                self.assertIn(name, list(commands), f"{named(path)}: {' '.join(words)}")
                seen += 1
                self.check_options(words[1 + len(name.split()):], commands[name], f"{named(path)}: {' '.join(words)}")
        self.assertGreater(seen, 15)

    def check_options(self, words, options, where):
        while words:
            word, *words = words
            if not word.startswith("-") or word == "-":
                continue
            flag, equals, value = word.partition("=")
            self.assertIn(flag, list(options), where)
            bare = options[flag].argument.startswith("[") and (not words or words[0].startswith("-"))
            if options[flag].argument and not equals and not bare:
                self.assertTrue(words, f"{where}: {flag} needs a value")
                value, *words = words
            if options[flag].choices and options[flag].argument in ("NAME", "TYPE"):
                self.assertIn(value, options[flag].choices, where)

    def test_other_quoted_commands_exist(self):
        """Options of CMake that are the project's, and scripts of the tree."""
        lists = (ROOT / "CMakeLists.txt").read_text() + (ROOT / "tests" / "CMakeLists.txt").read_text()
        for path in DOCUMENTS:
            text = path.read_text()
            for name in set(re.findall(r"-D(NST_\w+)", text)):
                self.assertRegex(lists + (ROOT / "tests" / "fuzz" / "CMakeLists.txt").read_text(),
                                 rf"(option|set)\({name}\b", f"{named(path)}: {name}")
            for words in (w for line in shell_lines(path) for w in commands_of(line)):
                if words[0] in ("sh", "python3") and re.search(r"/.*\.(sh|py)$", " ".join(words[1:2])):
                    self.assertTrue((ROOT / words[1]).exists(), f"{named(path)}: {' '.join(words)}")

    def test_help_readme_and_manual_name_the_same_commands(self):
        every = manual.commands(PROGRAM)
        page = manual.manual(PROGRAM, every)
        readme = (ROOT / "README.md").read_text()
        for command in every:
            self.assertIn(f".SS nst {manual.roff(command.name)}", page)
            self.assertIn(f"nst {command.name.split()[0]}", readme)


class Code(unittest.TestCase):
    """What stands in the documents as C, C++ and Python."""

    def compile(self, source, language):
        compiler, standard = ("cc", "c11") if language == "c" else ("c++", "c++17")
        if not shutil.which(compiler):
            self.skipTest(f"{compiler} is not installed")
        result = subprocess.run([compiler, f"-std={standard}", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                                 f"-I{ROOT / 'include'}", f"-I{ROOT / 'bindings' / 'cpp'}", "-x",
                                 "c" if language == "c" else "c++", "-"], input=source, text=True,
                                stderr=subprocess.PIPE)
        return result.returncode, result.stderr

    def test_c_and_cplusplus_compile(self):
        """A whole file as it is; a piece as the body of a function that has the usual handles at hand."""
        heads = {"c": "#include <nst/nst.h>\n#include <stdio.h>\n#include <stdlib.h>\n",
                 "cpp": "#include <nst/nst.hpp>\n#include <iostream>\n"}
        handles = ("extern nst_image *content, *style, *image, *result;\nextern nst_model *model;\n"
                   "extern nst_transfer *transfer;\nextern nst_optimizer *optimizer;\nextern const char *path;\n")
        seen = 0
        for path in DOCUMENTS:
            for language, head in heads.items():
                for body in blocks(path, language):
                    if "main(" not in body and "#include" not in body:
                        body = f"{handles}int piece(void);\nint piece(void)\n{{\n{body}\nreturn 0;\n}}\n"
                    code, message = self.compile(head + body, language)
                    self.assertEqual(code, 0, f"{named(path)}:\n{body}\n{message}")
                    seen += 1
        self.assertGreater(seen, 5)

    def test_python_compiles_and_knows_its_options(self):
        known = {row.name.replace("-", "_") for row in binding.nst.PARAMETERS}
        known |= {"model", "preset", "progress", "freeze", "content_map"}
        for path in DOCUMENTS:
            for body in blocks(path, "python"):
                compile(body, named(path), "exec")
                for call in re.findall(r"nst\.(?:stylize|Transfer)\((.*?)\)(?:\.|\n|$)", body, re.S):
                    for name in re.findall(r"\b(\w+)=", call):
                        self.assertIn(name, known, f"{named(path)}: {call}")

    @unittest.skipUnless((BUILD / "libnst.so").exists() and shutil.which("cc"), "no build, or no compiler")
    @unittest.skipIf(SANITIZED, "a library with sanitizers asks for them in every program")
    def test_readme_programs_paint(self):
        """As they stand there, but for a size that takes no time; in C and in Python the same picture."""
        program = blocks(ROOT / "README.md", "c")[0]
        script = blocks(ROOT / "README.md", "python")[0]
        self.assertIn("    nst_transfer_run(", program)
        self.assertIn("size=512", script)
        quick = '    nst_transfer_set_text(transfer, NST_PARAM_SIZES, "48:3");\n'
        program = program.replace("    nst_transfer_run(", quick + "    nst_transfer_run(")
        script = script.replace("size=512", 'sizes="48:3"')
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            binding.picture(40, 32).save(folder / "content.png")
            binding.picture(32, 40, 0.5).save(folder / "style.png")
            (folder / "paint.c").write_text(program)
            subprocess.run(["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "paint.c", "-o", "paint",
                            f"-I{ROOT / 'include'}", f"-L{BUILD}", "-lnst"], cwd=folder, check=True)
            subprocess.run(["./paint"], cwd=folder, check=True, env=dict(os.environ, LD_LIBRARY_PATH=str(BUILD)))
            first = binding.nst.Image(folder / "result.png")
            (folder / "result.png").unlink()
            subprocess.run([sys.executable, "-B", "-c", script], cwd=folder, check=True, env=binding.environment())
            self.assertEqual(binding.nst.Image(folder / "result.png").tobytes(), first.tobytes())
            self.assertEqual((first.width, first.height), (48, 38))


if __name__ == "__main__":
    unittest.main()
