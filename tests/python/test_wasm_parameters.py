"""The options of the npm package are those of the library's table."""
import sys
import unittest

import binding

PACKAGE = binding.ROOT / "bindings" / "wasm"
sys.path.insert(0, str(PACKAGE))
import parameters  # noqa: E402


class Parameters(unittest.TestCase):
    def test_files(self):
        for path, text in parameters.files().items():
            self.assertEqual(path.read_text(), text, f"{path.name}: expected what bindings/wasm/parameters.py writes")

    def test_every_parameter_but_those_of_files(self):
        types = parameters.types()
        for row in binding.nst.PARAMETERS:
            self.assertEqual(f"\n    {parameters.key(row.name)}?: " in types, row.object.name != "IMAGE", row.name)

    def test_the_version(self):
        version = binding.nst.__version__
        self.assertIn(f'"version": "{version}"', (PACKAGE / "package.json").read_text())
        self.assertIn(f'version = "{version}"', (PACKAGE / "index.js").read_text())


if __name__ == "__main__":
    unittest.main()
