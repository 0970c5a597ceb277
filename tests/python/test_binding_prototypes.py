"""The ctypes table, the enums and the version of the Python package are those of nst.h."""
import ctypes
import re
import unittest

import binding
import header
import nst
from nst import _enums, _library, _prototypes as c

SCALARS = {
    "void": None, "int": ctypes.c_int, "double": ctypes.c_double, "size_t": ctypes.c_size_t,
    "uint32_t": ctypes.c_uint32, "uint64_t": ctypes.c_uint64, "int64_t": ctypes.c_int64, "int32_t": ctypes.c_int32, "uint8_t": ctypes.c_uint8,
    "float": ctypes.c_float, "char *": ctypes.c_char_p, "void *": ctypes.c_void_p, "nst_image": c.ImageStruct,
    "nst_model": c.ModelStruct, "nst_style": c.StyleStruct, "nst_engine": c.EngineStruct, "nst_features": c.FeaturesStruct, "nst_optimizer": c.OptimizerStruct, "nst_transfer": c.TransferStruct, "nst_painter": c.PainterStruct,
    "nst_allocator": c.Allocator, "nst_runner": c.Runner, "nst_ranks": c.Ranks, "nst_log_fn": c.LogFn, "nst_objective_fn": c.ObjectiveFn, "nst_iteration_fn": c.IterationFn,
    "nst_progress_fn": c.ProgressFn, "nst_term_fn": c.TermFn, "nst_release_fn": c.ReleaseFn, "nst_solver_fn": c.SolverFn,
}


def ctype(text):
    """'const nst_image *' -> POINTER(ImageStruct)."""
    text = text.replace("const ", "").replace("volatile ", "").strip()
    if text in SCALARS:
        return SCALARS[text]
    if text in header.enums():
        return ctypes.c_int
    if text == "char **":
        return ctypes.POINTER(ctypes.c_char_p)
    if text == "float **":
        return c.floats_out
    if text == "void **":
        return ctypes.POINTER(ctypes.c_void_p)
    if text.endswith("*"):
        return ctypes.POINTER(ctype(text[:-1].strip() if not text.endswith("**") else text[:-2].strip() + " *"))
    raise ValueError(f"no ctypes type is known for '{text}'")


class Prototypes(unittest.TestCase):
    def test_every_function_with_its_types(self):
        self.assertEqual(list(c.FUNCTIONS), list(header.functions()))
        for name, function in header.functions().items():
            result, arguments = c.FUNCTIONS[name]
            wanted = c.status if function.result == "nst_status" else ctype(function.result)
            self.assertIs(result, wanted, name)
            self.assertEqual(arguments, [ctype(p) for p in function.parameters], name)

    def test_callbacks(self):
        text = header.without_comments(header.PATH.read_text())
        found = re.findall(r"typedef int \(\*(nst_\w+)\)\(([^;]*)\);", text, re.S)
        self.assertEqual(len(found), 5)
        for name, inside in found:
            kind = SCALARS[name]
            self.assertIs(kind._restype_, ctypes.c_int, name)
            self.assertEqual(list(kind._argtypes_), [ctype(header._type_of(p)) for p in inside.split(",")], name)

    def test_enums(self):
        for name, values in header.enums().items():
            mirror = getattr(_enums, "".join(part.capitalize() for part in name[4:].split("_")))
            wanted = {key: value for key, value in values.items() if not key.endswith("_FORCE_32BIT")}
            self.assertEqual(sorted(mirror), sorted(wanted.values()), f"{name}: make it equal in bindings/python/nst/_enums.py")
            for key, value in wanted.items():
                self.assertTrue(key.endswith("_" + mirror(value).name), f"{key} is called {mirror(value).name}")

    def test_parameters_are_called_as_their_enumerators(self):
        for key, value in header.enums()["nst_param"].items():
            if not key.endswith("_FORCE_32BIT"):
                name = key.removeprefix("NST_PARAM_").lower().replace("_", "-")
                self.assertEqual(_library.lib.nst_param_name(value).decode(), name)

    def test_version(self):
        text = header.PATH.read_text()
        parts = [re.search(rf"NST_VERSION_{part}\s+(\d+)", text).group(1) for part in ("MAJOR", "MINOR", "PATCH")]
        self.assertEqual(nst._library.__version__, ".".join(parts))
        project = (binding.ROOT / "bindings" / "python" / "pyproject.toml").read_text()
        self.assertIn(f'version = "{".".join(parts)}"', project)
        build = (binding.ROOT / "CMakeLists.txt").read_text()
        self.assertIn(f"set(NST_SOVERSION {_library.SOVERSION})", build)


if __name__ == "__main__":
    unittest.main()
