"""Makes the wheel of the Python package that carries the shared library, with nothing but the standard library.

python3 tools/packaging/wheel.py --library build/libnst.so.1 --output build

The wheel is for the platform it is made on; the codecs and the BLAS that the library is linked with stay the
system's, so it fits machines of the same distribution (auditwheel makes it fit more).
"""
import argparse
import base64
import hashlib
import pathlib
import re
import shutil
import stat
import subprocess
import sysconfig
import tempfile
import zipfile

PACKAGE = pathlib.Path(__file__).resolve().parents[2] / "bindings" / "python"


def metadata(project, readme):
    value = {key: re.search(rf'^{key} = "(.*)"', project, re.M).group(1)
             for key in ("name", "version", "description", "requires-python")}
    text = (f"Metadata-Version: 2.1\nName: {value['name']}\nVersion: {value['version']}\n"
            f"Summary: {value['description']}\nLicense: MIT\nRequires-Python: {value['requires-python']}\n"
            f"Provides-Extra: images\nRequires-Dist: numpy; extra == 'images'\n"
            f"Requires-Dist: Pillow; extra == 'images'\nDescription-Content-Type: text/markdown\n\n{readme}")
    return value["name"], value["version"], text


def stripped(library):
    """The bytes of LIBRARY without debug information, where binutils are installed."""
    if not shutil.which("strip"):
        return library.read_bytes()
    with tempfile.NamedTemporaryFile() as small:
        subprocess.run(["strip", "--strip-unneeded", "-o", small.name, library], check=True)
        return pathlib.Path(small.name).read_bytes()


def make(library, output):
    project, readme = (PACKAGE / "pyproject.toml").read_text(), (PACKAGE / "README.md").read_text()
    name, version, about = metadata(project, readme)
    tag = "py3-none-" + re.sub(r"[-.]", "_", sysconfig.get_platform())
    info = f"{name}-{version}.dist-info"
    files = {f"nst/{path.name}": path.read_bytes() for path in sorted((PACKAGE / "nst").iterdir())
             if path.suffix in (".py", ".pyi") or path.name == "py.typed"}
    files[f"nst/{library.name}"] = stripped(library)
    files[f"{info}/METADATA"] = about.encode()
    files[f"{info}/WHEEL"] = (f"Wheel-Version: 1.0\nGenerator: libnst\nRoot-Is-Purelib: false\n"
                              f"Tag: {tag}\n").encode()
    files[f"{info}/LICENSE"] = (PACKAGE.parents[1] / "LICENSE").read_bytes()
    record = ""
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(content)}\n"
    files[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()

    wheel = output / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():  # the same bytes whenever it is made
            entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return wheel


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    options = parser.parse_args()
    print(make(options.library, options.output))
