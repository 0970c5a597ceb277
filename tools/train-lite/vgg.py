"""VGG-19's topology up to conv3_1, and the safetensors files that hold its weights."""
import json
import struct

import numpy as np
import torch
import torch.nn.functional as F

LAYERS = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")
KEYS = ("features.0", "features.2", "features.5", "features.7", "features.10")  # torchvision's names
POOL_BEFORE = (2, 4)  # conv2_1 and conv3_1 read a pooled map

# The input space of the files read and written here: RGB 0..1 becomes BGR 0..255 minus the mean of ImageNet.
INPUT_SPACE = "bgr 0..255 minus mean 103.939,116.779,123.68"
MEAN_BGR = (103.939, 116.779, 123.68)


def preprocess(rgb):
    """rgb: [N,3,H,W], 0..1. Returns the picture in the network's input space."""
    mean = torch.tensor(MEAN_BGR, dtype=rgb.dtype, device=rgb.device).view(1, 3, 1, 1)
    return rgb.flip(1) * 255 - mean


def step_into(x, layer):
    """What stands between layer - 1 (before ReLU) and the convolution of `layer`: ReLU, and twice a pooling."""
    x = F.relu(x)
    return F.max_pool2d(x, 2) if layer in POOL_BEFORE else x


def features(x, net):
    """x: [N,3,H,W] in input space; net: [(weight, bias)] per layer. Returns each layer's map before ReLU.

    The convolutions are not padded, so that a crop's features are those of the whole picture at the same place.
    """
    maps = []
    for layer, (weight, bias) in enumerate(net):
        if layer:
            x = step_into(x, layer)
        x = F.conv2d(x, weight, bias)
        maps.append(x)
    return maps


def load(path):
    """Returns ([(weight, bias)] of the layers in LAYERS, metadata)."""
    with open(path, "rb") as f:
        (size,) = struct.unpack("<Q", f.read(8))
        header = json.loads(f.read(size))
        body = f.read()

    def tensor(key):
        entry = header[key]
        dtype = {"F32": "<f4", "F16": "<f2"}[entry["dtype"]]
        start, end = entry["data_offsets"]
        values = np.frombuffer(body[start:end], dtype).astype(np.float32)
        return torch.from_numpy(values.reshape(entry["shape"]))

    metadata = header.get("__metadata__", {})
    return [(tensor(k + ".weight"), tensor(k + ".bias")) for k in KEYS], metadata


def save(path, net, metadata):
    """Writes a safetensors file of 16-bit floats."""
    header, body = {"__metadata__": metadata}, b""
    for key, pair in zip(KEYS, net):
        for name, tensor in zip(("weight", "bias"), pair):
            data = tensor.detach().cpu().numpy().astype("<f2").tobytes()
            header[f"{key}.{name}"] = {
                "dtype": "F16",
                "shape": list(tensor.shape),
                "data_offsets": [len(body), len(body) + len(data)],
            }
            body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + body)
