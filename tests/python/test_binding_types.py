"""What type checkers and readers get of the Python package: stubs that are those of the library's table, programs that
mypy takes and mistakes that it finds, a docstring for every public member."""
import ast
import enum
import inspect
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import binding
from binding import has, nst
from nst import _enums, _prototypes

PACKAGE = binding.ROOT / "bindings" / "python"
sys.path.insert(0, str(PACKAGE))
import stubs  # noqa: E402

RIGHT = """
import nst
import numpy
from numpy.typing import NDArray
from typing import Any, List, Optional, Tuple


def paint(content: nst.Picture, size: Optional[int] = None) -> nst.Image:
    return nst.stylize(content, ["a.png", "b.png"], size=size, style_weight=2, form="mean", memory_limit="1G", init="noise",
                       style_layers={"relu1_1": 1, "relu2_1": 0.5}, content_layers=["conv2_2"], png_depth=16,
                       sizes=[(64, 100), 128], optimizer=nst.Optimizer("adam", beta1=0.8), model="lite")


def watch(progress: nst.Progress) -> bool:
    evaluation: int = progress.evaluation
    total: float = progress.total
    values: NDArray[numpy.float32] = progress.snapshot().to_numpy()
    for name, term in progress.terms.items():
        print(name.upper(), term.value * term.weight)
    return total < 0.1 and evaluation > 5 and values.mean() > 0


array = numpy.zeros((4, 5, 3), numpy.uint8)
image = paint(array, numpy.zeros(3).shape[0])
pixels: NDArray[numpy.float32] = image.pixels
pixels[0, 0] = 1
shape: Tuple[int, ...] = numpy.asarray(image).shape
if image.alpha is not None:
    print(image.alpha.sum())
paint(image)
paint(b"bytes")
paint(memoryview(bytes(60)).cast("B", (4, 5, 3)))
nst.stylize("a.png", [("b.png", 1), ("c.png", 2.5)], progress=watch, init=array, seed=numpy.int64(3))
names: List[str] = ["a.png", "b.png"]
with nst.Transfer(nst.Model("lite"), "content", size=64) as transfer:
    transfer.set(tv_weight=1e-3, content_layers=None).set_content(array).add_style(array / 255, 2)
    total, gradient = transfer.evaluate(image)
    print(total + 1, gradient.shape, transfer.terms)
    read = nst.Features(nst.Model("lite")).read(image, maps=["conv1_1"], grams=["relu2_1"])
    print(read.maps["conv1_1"].max(), read.grams["relu2_1"].T)
    result: nst.Image = transfer.run(transfer.make_optimizer(history=4), watch)
    result.save("a.png", png_depth=8)
    if transfer.stop_reason is nst.Stop.BUDGET:
        print(transfer.progress.seconds, transfer.stop_reason.name)


def bowl(x: NDArray[numpy.float32]) -> Tuple[float, NDArray[Any]]:
    return float((x * x).sum()), 2 * x


minimum = nst.Optimizer().minimize(bowl, [1.0, 2.0], callback=lambda solver: solver.iterations > 3)
best: float = minimum.value + minimum.x[0]
try:
    nst.stylize("a.png", names)
except nst.Error as error:
    print(error.status, error.detail)
print(nst.__version__, [preset.name for preset in nst.presets()], [row.choices for row in nst.PARAMETERS])
"""

# Each line is a mistake, and what mypy says of it.
WRONG = (('nst.stylize("a.png", "b.png", sise=3)', "sise"),
         ('nst.stylize("a.png", "b.png", size="big")', "size"),
         ('nst.stylize("a.png", "b.png", form="gram")', "form"),
         ('nst.stylize("a.png", "b.png", style_weight=[1])', "style_weight"),
         ('nst.stylize("a.png", "b.png", progress=3)', "progress"),
         ('nst.stylize("a.png", 3)', "stylize"),
         ('nst.stylize(None, "b.png")', "stylize"),
         ('nst.stylize("a.png", "b.png").save(3)', "save"),
         ('nst.Transfer(style_weigth=3)', "style_weigth"),
         ('nst.Transfer().set(history=3)', "history"),
         ('nst.Optimizer("adam", size=3)', "size"),
         ('nst.Image("a.png").set(jpeg_quality="high")', "jpeg_quality"),
         ('nst.Image("a.png").widht', "widht"),
         ('nst.Transfer().progress.evalutaion', "evalutaion"),
         ('nst.Transfer().evaluate("a.png")[1].shap', "shap"),
         ('nst.Transfer().run("adam")', "run"),
         ('nst.Optimizer().minimize(lambda x: x, [1.0]).x', "minimize"))


CACHE = tempfile.TemporaryDirectory()


def mypy(*arguments, folder, **environment):
    return subprocess.run(["mypy", "--cache-dir", CACHE.name, *arguments], cwd=folder, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env=dict(os.environ, **environment))


class Source(unittest.TestCase):
    def test_python_3_9(self):
        for path in [*sorted((PACKAGE / "nst").glob("*.py*")), PACKAGE / "stubs.py"]:
            ast.parse(path.read_text(), path.name, feature_version=(3, 9))

    def test_the_stubs_are_those_of_the_table(self):
        wanted = stubs.stubs()
        self.assertEqual({p.name for p in wanted}, {p.name for p in (PACKAGE / "nst").glob("*.pyi")})
        for path, text in wanted.items():
            self.assertEqual(path.read_text(), text, "NST_LIBRARY=build/libnst.so python3 bindings/python/stubs.py writes them anew")
            for name in nst.PARAMETERS if path.stem == "__init__" else ():
                self.assertIn(f" {name.name}: ", text)


@unittest.skipUnless(shutil.which("mypy"), "mypy is not installed (Debian package mypy)")
class Types(unittest.TestCase):
    def test_the_package(self):
        for with_stubs in (True, False):
            with self.subTest(with_stubs=with_stubs), tempfile.TemporaryDirectory() as folder:
                ignored = shutil.ignore_patterns("__pycache__", "*.pyc", *([] if with_stubs else ["*.pyi"]))
                shutil.copytree(PACKAGE, folder, ignore=ignored, dirs_exist_ok=True)
                result = mypy("-p", "nst", folder=folder)
                self.assertEqual(result.returncode, 0, result.stdout)

    def check(self, program):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "program.py").write_text(program)
            return mypy("--strict", "program.py", folder=folder, MYPYPATH=str(PACKAGE))

    @unittest.skipUnless(has("numpy"), "NumPy is not installed")
    def test_programs(self):
        result = self.check(RIGHT)
        self.assertEqual(result.returncode, 0, result.stdout)
        for example in sorted((binding.ROOT / "docs" / "examples").glob("*.py")):
            if "def " not in example.read_text():  # they have no annotations
                result = self.check(example.read_text())
                self.assertEqual(result.returncode, 0, result.stdout)

    @unittest.skipUnless(has("numpy"), "NumPy is not installed")
    def test_mistakes(self):
        result = self.check("import nst\n" + "\n".join(line for line, _ in WRONG) + "\n")
        found = {}
        for number, message in re.findall(r"^program\.py:(\d+): error: (.*)$", result.stdout, re.M):
            found.setdefault(int(number) - 2, []).append(message)
        for index, (line, word) in enumerate(WRONG):
            self.assertTrue(any(word in message for message in found.get(index, [])), f"{line}\n{result.stdout}")


def members(kind):
    """(name, member) of what a user of class KIND sees and the package declares."""
    for name in dir(kind):
        member = inspect.getattr_static(kind, name)
        if name.startswith("_") and name != "__init__" or isinstance(kind, enum.EnumMeta) and name in kind.__members__:
            continue
        declared = [c for c in kind.__mro__ if name in vars(c) and c.__module__.startswith("nst")]
        if declared and not (issubclass(kind, tuple) and name in kind._fields) and callable(getattr(kind, name)) or \
                isinstance(member, property):
            yield name, member


STATUS_FUNCTIONS = {name for name, (result, _) in _prototypes.FUNCTIONS.items() if result is _prototypes.status}


SILENT = ("copy", "clear_styles", "reset_profile", "folders")  # these have nothing to raise but for a closed handle


class Docstrings(unittest.TestCase):
    """For help() and editors: what it does, shapes, units, and what it raises."""

    def functions(self):
        for name in nst.__all__:
            thing = getattr(nst, name)
            if inspect.isfunction(thing):
                yield name, thing
            elif inspect.isclass(thing) and not issubclass(thing, (enum.Enum, tuple, Exception)):
                for member, function in members(thing):
                    yield f"{name}.{member}", function

    def test_every_public_member_has_one(self):
        for name in nst.__all__:
            thing = getattr(nst, name)
            if inspect.isclass(thing) or inspect.isfunction(thing):
                self.assertRegex(thing.__doc__ or "", r"\w+ \w+", name)
                self.assertNotIn(thing.__doc__, ("An enumeration.", tuple.__doc__, Exception.__doc__), name)
            if inspect.isclass(thing) and issubclass(thing, tuple):
                for field in thing._fields:
                    self.assertRegex(thing.__doc__, rf"\b{field.upper()}\b", name)
        found = dict(self.functions())
        self.assertGreater(len(found), 80)
        for name, member in found.items():
            self.assertRegex(inspect.getdoc(member) or "", r"\w+", name)

    def test_every_parameter_is_told(self):
        for name, member in self.functions():
            if isinstance(member, property):
                continue
            function = getattr(member, "__func__", member)
            for parameter in inspect.signature(function).parameters.values():
                if parameter.name not in ("self", "cls"):
                    told = rf"(?m)\b{parameter.name.upper()}\b|^ +{parameter.name}: "
                    self.assertRegex(function.__doc__, told, f"{name}({parameter.name})")

    def test_arrays_have_shapes(self):
        for name, member in self.functions():
            function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
            if re.search(r"-> [^:]*Floats", inspect.getsource(function)):
                self.assertRegex(function.__doc__, r"\[(height|channels|weights)\b.*\]", name)

    def test_what_is_raised_is_told(self):
        """Who calls a function that gives a status says which errors come out, or is a getter."""
        for name, member in self.functions():
            function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
            function = inspect.unwrap(function)
            if isinstance(member, property) or name.split(".")[-1] in SILENT:
                continue
            if STATUS_FUNCTIONS & set(re.findall(r"\blib\.(nst_\w+)", inspect.getsource(function))):
                self.assertRegex(function.__doc__, r"\braises?\b|Raises|comes out", name)

    def test_progress_has_all_of_the_library(self):
        for what in _enums.Progress:
            self.assertIsInstance(getattr(nst.Progress, what.name.lower()), property)


if __name__ == "__main__":
    unittest.main()
