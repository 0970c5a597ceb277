"""abidiff finds nothing but additions since the baseline, and does find what must not happen."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import header  # noqa: E402
from write_baseline import BASELINE, hollow  # noqa: E402

LIBRARY = os.environ.get("NST_LIBRARY", "")


def differences(library):
    """"", or what abidiff says. Additions are no difference. A status of 1 or 2 means that it did not work."""
    result = subprocess.run(["abidiff", "--no-added-syms", str(BASELINE), str(library)], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode & 3:
        raise RuntimeError(result.stdout)
    return result.stdout if result.returncode else ""


def has_debug_information(library):
    return ".debug_info" in subprocess.run(["readelf", "--wide", "--sections", library], text=True,
                                           stdout=subprocess.PIPE).stdout


@unittest.skipUnless(shutil.which("abidiff"), "abidiff (abigail-tools) is not installed")
@unittest.skipUnless(shutil.which("gcc"), "gcc is not installed")
class Abidiff(unittest.TestCase):
    @unittest.skipUnless(os.path.exists(LIBRARY), "NST_LIBRARY does not name the shared library")
    def test_this_build(self):
        if not has_debug_information(LIBRARY):
            self.skipTest("the library was built without debug information")
        self.assertEqual(differences(LIBRARY), "",
                         "the ABI changed: docs/abi.md says what may")

    def compare(self, change=None, add="", move=""):
        text, exported = header.PATH.read_text(), (header.ROOT / "lib" / "nst.map").read_text()
        if change:
            self.assertIn(change[0], text)
            text = text.replace(*change)
        for name in set(header.functions()) - set(header.functions(text)):
            exported = exported.replace(f"{name};", "")
        if add:
            text = text.replace("NST_API nst_status nst_image_copy", f"{add};\nNST_API nst_status nst_image_copy")
            exported += "NST_1.0 { global: nst_new; } NST_0.9;\n"
        if move:
            exported = exported.replace(f" {move};", "") + f"NST_1.0 {{ global: {move}; }} NST_0.9;\n"
        with tempfile.TemporaryDirectory() as folder:
            return differences(hollow(folder, text, exported))

    def test_the_same_interface(self):
        self.assertEqual(self.compare(), "")

    def test_a_function_may_be_added(self):
        self.assertEqual(self.compare(add="NST_API int nst_new(int x)"), "")

    def test_an_enumerator_may_be_added(self):
        self.assertEqual(self.compare(("    NST_ERR_IO = 301,", "    NST_ERR_NEW = 399,\n    NST_ERR_IO = 301,")), "")

    def test_a_function_stays_at_its_node(self):
        self.assertNotEqual(self.compare(move="nst_image_copy"), "")

    def test_what_must_not_happen_is_found(self):
        changes = {
            "a function that left": ("NST_API nst_status nst_image_copy(nst_image **out, const nst_image *image);", ""),
            "a parameter of another type": ("nst_transfer_memory(uint64_t *out", "nst_transfer_memory(uint32_t *out"),
            "parameters that changed places": ("const char *name, nst_input input);", "nst_input input, const char *name);"),
            "a float for a double": ("const nst_image *style, double share", "const nst_image *style, float share"),
            "a parameter more": ("nst_image_create(nst_image **out,", "nst_image_create(nst_image **out, int depth,"),
            "a result of another type": ("NST_API size_t nst_param_count", "NST_API uint32_t nst_param_count"),
            "a value that moved": ("NST_ERR_IO = 301", "NST_ERR_IO = 309"),
            "an enumerator that left": ("    NST_ERR_SYSTEM = 303,       /* a thread could not be started */\n", ""),
            "members that changed places": (
                "    size_t size; /* sizeof(nst_allocator): later versions may add members at the end */\n    void *user;\n",
                "    void *user;\n    size_t size;\n"),
            "a member in the middle": ("    void *user;\n    void *(*allocate)", "    void *user;\n    int more;\n    void *(*allocate)"),
            "a callback with another parameter": ("(*nst_progress_fn)(nst_transfer *transfer, void *user)",
                                                  "(*nst_progress_fn)(nst_transfer *transfer, int user)"),
        }
        for what, change in changes.items():
            with self.subTest(what):
                self.assertNotEqual(self.compare(change), "", f"{what} went unseen")


if __name__ == "__main__":
    unittest.main()
