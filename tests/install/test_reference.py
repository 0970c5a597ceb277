"""Doxygen makes the API reference from the header without a warning, and every function is in it with a text."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "abi"))
import header  # noqa: E402


@unittest.skipUnless(shutil.which("doxygen"), "doxygen is not installed")
class Reference(unittest.TestCase):
    def test_reference(self):
        with tempfile.TemporaryDirectory() as folder:
            settings = (ROOT / "docs" / "Doxyfile").read_text() + f"\nOUTPUT_DIRECTORY={folder}\nGENERATE_XML=YES\n"
            result = subprocess.run(["doxygen", "-"], input=settings, cwd=ROOT, text=True, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT)
            self.assertEqual((result.returncode, result.stdout), (0, ""))
            members, enumerators, silent = set(), set(), set()
            for page in pathlib.Path(folder, "xml").glob("*.xml"):
                for member in xml.parse(page).iter("memberdef"):
                    members.add(member.findtext("name"))
                    enumerators |= {value.findtext("name") for value in member.iter("enumvalue")}
                    parts = member.find("briefdescription"), member.find("detaileddescription")
                    text = "".join("".join(part.itertext()) for part in parts)
                    if member.get("kind") in ("function", "enum", "typedef") and not text.strip():
                        silent.add(member.findtext("name"))
        self.assertEqual(set(header.functions()) - members, set())
        wanted = {name for values in header.enums().values() for name in values}
        self.assertEqual(wanted - enumerators, set())
        self.assertEqual(silent, set(), "nothing is said of these")


if __name__ == "__main__":
    unittest.main()
