"""A network of VGG's topology that is small enough for tests: seeded filters, a safetensors file as bytes."""
import array
import json
import math
import random
import struct

# torchvision's numbers of the convolutions conv1_1, conv1_2, conv2_1, conv2_2
KEYS = [0, 2, 5, 7]


def safetensors(widths=(6, 6, 8, 8), seed=1, **metadata):
    noise, header, blocks, offset, below = random.Random(seed), {}, [], 0, 3
    for key, width in zip(KEYS, widths):
        scale = math.sqrt(2 / (9 * below))
        for name, shape in ((f"features.{key}.weight", [width, below, 3, 3]), (f"features.{key}.bias", [width])):
            count = math.prod(shape)
            block = array.array("f", [noise.gauss(0, scale) for _ in range(count)]).tobytes()
            header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + len(block)]}
            blocks.append(block)
            offset += len(block)
        below = width
    header["__metadata__"] = {"input": "rgb01", **metadata}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(blocks)
