"""Where the tests of the binding start: the package of this tree, a small model, small pictures."""
import importlib.util
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bindings" / "python"))
sys.path.insert(0, str(ROOT / "tests" / "abi"))
sys.path.insert(0, str(ROOT / "tests" / "python"))

import nst  # noqa: E402
import small_model  # noqa: E402

MODEL = nst.Model(small_model.safetensors())
# Small, quick options that the small model can follow.
QUICK = dict(size=24, sizes="24:6", content_layers="conv2_2", style_layers="conv1_1,conv2_1", seed=3)


def picture(width, height, phase=0.0):
    """Two crossing gradients, so that neither rows nor columns are alike."""
    image = nst.Image.new(width, height)
    pixels = memoryview(image.pixels)
    for y in range(height):
        for x in range(width):
            pixels[y, x, 0] = (x / width + phase) % 1
            pixels[y, x, 1] = (y / height + 0.5 * x / width) % 1
            pixels[y, x, 2] = ((x * y) % 7) / 7
    return image


def flat(values):
    """An array of floats as one row of them."""
    return memoryview(memoryview(values).tobytes()).cast("f")


def has(module):
    return importlib.util.find_spec(module) is not None


def environment(**more):
    """Of a child that imports the same package."""
    return dict(os.environ, PYTHONPATH=str(ROOT / "bindings" / "python"), **more)
