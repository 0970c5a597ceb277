"""The error of a style file in f16: python3 tests/bench/style_file.py A-f32.nststyle A-f16.nststyle ...

Both are of one painting, by nst style save with --dtype f32 and f16. Prints, for each style loss in the form relative,
the largest loss of a layer at a size that a picture with the moments of the second file has against the first. Needs
NumPy."""
import json
import struct
import sys

import numpy as np


def load(path):
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    header, numbers = json.loads(data[8:8 + size]), data[8 + size:]
    notes = header.pop("__metadata__")
    return notes, {name: np.frombuffer(numbers[slice(*entry["data_offsets"])], {"F32": "<f4", "F16": "<f2"}[entry["dtype"]])
                   .astype(float) for name, entry in header.items()}


def symmetric(upper, size, offset):
    matrix = np.zeros((size, size))
    matrix[np.triu_indices(size, offset)] = upper
    return matrix + np.triu(matrix, 1).T


def moments(notes, tensors, at):
    """Mean and covariance."""
    mean = tensors[at + "/mean"]
    if notes["dtype"] == "f32":
        return mean, symmetric(tensors[at + "/second_moment"], len(mean), 0) - np.outer(mean, mean)
    deviation = tensors[at + "/deviation"]
    return mean, (symmetric(tensors[at + "/correlation"], len(mean), 1) + np.eye(len(mean))) * np.outer(deviation, deviation)


def root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T


def losses(seen, target):
    """docs/guide.md has them: gram, centred, meanstd, w2."""
    (mean, cov), (mean_s, cov_s) = seen, target
    channels, second = len(mean), cov_s + np.outer(mean_s, mean_s)
    away, trace = np.square(mean - mean_s).sum(), np.trace(second)
    gram = np.square(cov + np.outer(mean, mean) - second).sum() / np.square(second).sum()
    centred = np.square(cov - cov_s).sum() / np.square(cov_s).sum() + away / np.square(mean_s).sum()
    sd, sd_s = (np.sqrt(np.maximum(np.diag(m), 0) + 1e-5 * np.trace(cov_s) / channels) for m in (cov, cov_s))
    cov, cov_s = (m + 1e-4 * np.trace(cov_s) / channels * np.eye(channels) for m in (cov, cov_s))
    shape = np.trace(cov + cov_s) - 2 * np.trace(root(root(cov_s) @ cov @ root(cov_s)))
    return gram, centred, (away + np.square(sd - sd_s).sum()) / trace, (away + max(shape, 0)) / trace


for first, second in zip(sys.argv[1::2], sys.argv[2::2]):
    exact, rounded = load(first), load(second)
    places = [f"{size}/{layer}" for size in exact[0]["sizes"].split(",") for layer in exact[0]["layers"].split(",")]
    worst = np.max([losses(moments(*rounded, at), moments(*exact, at)) for at in places], axis=0)
    print(second, " ".join(f"{name} {value:.1e}" for name, value in zip(("gram", "centred", "meanstd", "w2"), worst)))
