"""nst.h alone compiles without a warning in every C and C++ that is promised, and its enums are 32 bits wide."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, __file__.rsplit("/", 1)[0])
import header  # noqa: E402

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wsign-conversion", "-Wundef", "-Wcast-qual",
            "-Wcast-align", "-Wredundant-decls", "-Werror"]
OF_LANGUAGE = {"c": ["-Wstrict-prototypes", "-Wmissing-prototypes", "-Wold-style-definition", "-Wc++-compat"],
               "c++": ["-Wold-style-cast", "-Wzero-as-null-pointer-constant"]}
C = [("c99", "c"), ("c11", "c"), ("c17", "c"), ("c2x", "c")]
CXX = [("c++11", "c++"), ("c++14", "c++"), ("c++17", "c++"), ("c++20", "c++"), ("c++2b", "c++")]
COMPILERS = {"gcc": C, "clang": C, "g++": CXX, "clang++": CXX}


def program(language="c"):
    """Uses every name: the address of each function, the size of each enum and the value of each enumerator."""
    cast = "reinterpret_cast<any>({})" if language == "c++" else "(any){}"
    lines = ["#include <nst/nst.h>", "typedef void (*any)(void);", "extern any table[];", "any table[] = {"]
    lines += [f"    {cast.format(name)}," for name in header.functions()]
    lines += ["};"]
    for enum, values in header.enums().items():
        lines.append(f"typedef char {enum}_has_32_bits[sizeof({enum}) == 4 ? 1 : -1];")
        lines += [f"typedef char {name}_is[{name} == {value} ? 1 : -1];" for name, value in values.items()]
    lines.append("int check(void);")
    lines.append("int check(void) { return nst_version_check() + NST_VERSION_NUMBER + NST_OBJECTIVE_STOP; }")
    return "\n".join(lines) + "\n"


class Header(unittest.TestCase):
    def compile(self, compiler, standard, language, text):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / ("header.c" if language == "c" else "header.cc")
            source.write_text(text)
            return subprocess.run([compiler, f"-std={standard}", *WARNINGS, *OF_LANGUAGE[language], "-fsyntax-only", "-I",
                                   str(header.ROOT / "include"), str(source)],
                                  text=True, stderr=subprocess.PIPE)

    def test_header_alone(self):
        done = 0
        for compiler, standards in COMPILERS.items():
            if not shutil.which(compiler):
                print(f"{compiler} is not installed: not tried", file=sys.stderr)
                continue
            for standard, language in standards:
                with self.subTest(compiler=compiler, standard=standard):
                    result = self.compile(compiler, standard, language, program(language))
                    self.assertEqual((result.returncode, result.stderr), (0, ""))
                    done += 1
        self.assertGreater(done, 0, "no compiler was found")

    @unittest.skipUnless(shutil.which("gcc"), "gcc is not installed")
    def test_a_wrong_value_is_seen(self):
        wrong = program().replace("NST_ERR_IO == 301", "NST_ERR_IO == 302")
        self.assertNotEqual(self.compile("gcc", "c11", "c", wrong).returncode, 0)


if __name__ == "__main__":
    unittest.main()
