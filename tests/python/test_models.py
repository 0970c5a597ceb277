"""Models that others wrote: torch.save() in both formats, h5py, safetensors. Every weight must arrive as it was.

Needs numpy; the torch formats need torch, Keras' needs h5py, MATLAB's needs scipy: what is missing is skipped and said."""
import argparse
import collections
import ctypes
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile

try:
    import numpy as np
except ImportError:
    raise unittest.SkipTest("numpy is not installed")
try:
    import torch
except ImportError:
    torch = None
try:
    import h5py
except ImportError:
    h5py = None
try:
    import scipy.io
except ImportError:
    scipy = None

SHARED = pathlib.Path(os.environ.get("NST_SHARED_DIR", "/nowhere"))
LIBRARY = os.environ["NST_LIBRARY"]
BLOCKS = {"vgg19": (2, 2, 4, 4, 4), "vgg16": (2, 2, 3, 3, 3), "vgg13": (2, 2, 2, 2, 2), "vgg11": (1, 1, 2, 2, 2)}
FULL = (64, 128, 256, 512, 512)


def load_library():
    library = ctypes.CDLL(LIBRARY)
    library.nst_last_error.restype = ctypes.c_char_p
    library.nst_model_text.restype = library.nst_build_text.restype = ctypes.c_char_p
    library.nst_model_layer_count.restype = ctypes.c_size_t
    library.nst_model_parameter_count.restype = ctypes.c_uint64
    return library


nst = load_library()
BUILD = nst.nst_build_text(3).decode().split()


class Refused(Exception):
    pass


def load(path):
    model = ctypes.c_void_p()
    if nst.nst_model_load(ctypes.byref(model), os.fsencode(path)) != 0:
        raise Refused(nst.nst_last_error().decode())
    return model


def decodes(data):
    model = ctypes.c_void_p()
    if nst.nst_model_decode(ctypes.byref(model), data, ctypes.c_size_t(len(data)), 0) != 0:
        return False
    nst.nst_model_destroy(model)
    return True


def text(model, key):
    return nst.nst_model_text(model, key).decode()


def layers(topology):
    """(block, number, torchvision's index) in order."""
    index, found = 0, []
    for block, count in enumerate(BLOCKS[topology], 1):
        for number in range(1, count + 1):
            found.append((block, number, index))
            index += 2
        index += 1
    return found


def weights(topology, widths=(4, 5, 6, 7, 8), seed=0, dtype=np.float32):
    """[(kernel [out, in, 3, 3], bias [out])] of random values that every format here holds exactly."""
    random, before, found = np.random.default_rng(seed), 3, []
    for block, _, _ in layers(topology):
        width = widths[block - 1]
        kernel = random.integers(-100, 101, (width, before, 3, 3)) / 128
        found.append((kernel.astype(dtype), (random.integers(-100, 101, width) / 128).astype(dtype)))
        before = width
    return found


def state_dict(topology, values, key="features.{2}"):
    """Of numpy arrays, keyed as KEY says from block, number and index."""
    found = {}
    for place, (kernel, bias) in zip(layers(topology), values):
        found[key.format(*place) + ".weight"] = kernel
        found[key.format(*place) + ".bias"] = bias
    return found


def write_safetensors(path, arrays, metadata=None):
    names = {"float32": "F32", "float16": "F16", "float64": "F64", "int64": "I64"}
    header, at = {"__metadata__": metadata} if metadata else {}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": names[str(array.dtype)], "shape": list(array.shape),
                        "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    raw = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(raw)) + raw)
        for array in arrays.values():
            file.write(np.ascontiguousarray(array).tobytes())


def read_safetensors(path):
    data = pathlib.Path(path).read_bytes()
    size, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])
    types = {"F32": np.float32, "F16": np.float16}
    return {name: np.frombuffer(data[8 + size:][slice(*entry["data_offsets"])], types[entry["dtype"]]).reshape(
        entry["shape"]) for name, entry in header.items() if name != "__metadata__"}, header.get("__metadata__", {})


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "model")

    def check(self, topology, values, form, dtype="f32"):
        """The file at self.path is this model: read, written again, and compared."""
        model, out = load(self.path), os.path.join(self.folder.name, "out.safetensors")
        self.addCleanup(nst.nst_model_destroy, model)
        self.assertEqual((text(model, 2), text(model, 3), text(model, 4)), (form, topology, dtype))
        self.assertEqual(nst.nst_model_layer_count(model), 2 * len(values))
        self.assertEqual(nst.nst_model_save(model, os.fsencode(out), 1, None), 0)
        arrays, metadata = read_safetensors(out)
        self.assertEqual(metadata["architecture"], topology)
        expected = state_dict(topology, values)
        self.assertEqual(sorted(arrays), sorted(expected))
        for name, array in expected.items():
            np.testing.assert_array_equal(arrays[name], array.astype(np.float32), name)
        return model

    def survives_damage(self, least=100):
        """Cut anywhere, the file is refused; with any byte changed it is a model or an error."""
        data, random, read = pathlib.Path(self.path).read_bytes(), np.random.default_rng(1), 0
        for size in range(997, len(data), 997):
            self.assertFalse(decodes(data[:size]), f"cut at {size} of {len(data)}")
        for at in random.integers(0, len(data), 1000):
            damaged = bytearray(data)
            damaged[at] ^= random.integers(1, 256)
            read += decodes(bytes(damaged))
        self.assertGreaterEqual(read, least)  # most bytes are numbers, if they are not compressed
        self.assertLess(read, 1000)

    def refused(self, pattern):
        with self.assertRaisesRegex(Refused, pattern) as caught:
            load(self.path)
        self.assertNotIn("\n", str(caught.exception))


class Safetensors(Case):
    def test_whole_networks_with_classifier(self):
        for topology in BLOCKS:
            for key in ("features.{2}", "module.features.{2}", "conv{0}_{1}"):
                values = weights(topology)
                arrays = {"classifier.0.weight": np.zeros((7, 9), np.float32), "head.fc.bias": np.zeros(3, np.int64)}
                arrays.update(state_dict(topology, values, key))
                write_safetensors(self.path, arrays, {"format": "pt"})
                self.check(topology, values, "safetensors")

    def test_timm(self):
        """The keys of timm's vgg19.tv_in1k, whose classifier is convolutions and a head."""
        for topology in BLOCKS:
            values = weights(topology)
            arrays = {f"pre_logits.fc{n}.{what}": np.zeros((2, 3, 1, 1)[:4 if what == "weight" else 1], np.float32)
                      for n in (1, 2) for what in ("weight", "bias")}
            arrays.update({"head.fc.weight": np.zeros((5, 2), np.float32), "head.fc.bias": np.zeros(5, np.float32)})
            arrays.update(state_dict(topology, values))
            write_safetensors(self.path, dict(sorted(arrays.items())), {"format": "pt"})
            model = self.check(topology, values, "safetensors")
            self.assertEqual((nst.nst_model_input(model), text(model, 5)), (2, "values of conv1_1"))

    def test_damage(self):
        write_safetensors(self.path, state_dict("vgg19", weights("vgg19", (8, 8, 8, 8, 8))))
        self.survives_damage()

    def test_types(self):
        for dtype, name in ((np.float16, "f16"), (np.float64, "f64")):
            values = weights("vgg19", dtype=dtype)
            write_safetensors(self.path, state_dict("vgg19", values))
            self.check("vgg19", values, "safetensors", name)
        arrays = state_dict("vgg19", values)
        arrays["features.0.bias"] = arrays["features.0.bias"].astype(np.float32)
        write_safetensors(self.path, arrays)
        self.check("vgg19", values, "safetensors", "mixed")


@unittest.skipIf(torch is None, "torch is not installed")
class Torch(Case):
    def save(self, thing, legacy, protocol=2):
        torch.save(thing, self.path, _use_new_zipfile_serialization=not legacy, pickle_protocol=protocol)

    def tensors(self, topology, values, key="features.{2}"):
        return {k: torch.from_numpy(v) for k, v in state_dict(topology, values, key).items()}

    def test_formats_keys_and_wrappers(self):
        wrap = {"": lambda d: d, "state_dict": lambda d: {"epoch": 3, "lr": 0.1, "state_dict": d, "notes": [1, 2.5, "x"]},
                "model": lambda d: {"model": {"state_dict": d}}}
        for legacy, form in ((False, "torch zip"), (True, "torch legacy")):
            for topology in ("vgg19", "vgg11"):
                for key in ("features.{2}", "module.features.{2}", "conv{0}_{1}", "conv{0}{1}"):
                    for name, wrapped in wrap.items():
                        with self.subTest(form=form, topology=topology, key=key, wrapped=name):
                            values = weights(topology)
                            found = self.tensors(topology, values, key)
                            found["classifier.0.weight"] = torch.zeros(70, 90)
                            found["steps"] = torch.tensor(7)
                            self.save(wrapped(found), legacy)
                            self.check(topology, values, form)

    def test_a_thousand_tensors(self):
        values = weights("vgg19")
        found = {f"block.{i}.weight": torch.full((2, 1, 1, 1), float(i)) for i in range(962)}
        found.update(self.tensors("vgg19", values))
        for legacy, form in ((False, "torch zip"), (True, "torch legacy")):
            self.save({"state_dict": found, "epoch": 7}, legacy)
            self.check("vgg19", values, form)

    def test_protocols(self):
        values = weights("vgg19")
        for legacy, form in ((False, "torch zip"), (True, "torch legacy")):
            for protocol in (2, 3, 4, 5):
                with self.subTest(form=form, protocol=protocol):
                    self.save(self.tensors("vgg19", values), legacy, protocol)
                    self.check("vgg19", values, form)

    def test_a_module_of_torch(self):
        values = weights("vgg16")
        module = torch.nn.Module()
        module.features = torch.nn.Sequential()
        for (_, _, index), (kernel, _) in zip(layers("vgg16"), values):
            module.features.add_module(str(index), torch.nn.Conv2d(kernel.shape[1], kernel.shape[0], 3))
        module.load_state_dict(self.tensors("vgg16", values))
        for legacy, form in ((False, "torch zip"), (True, "torch legacy")):
            self.save(module.state_dict(), legacy)  # an OrderedDict with _metadata
            self.check("vgg16", values, form)
            self.save({k: torch.nn.Parameter(v) for k, v in module.state_dict().items()}, legacy)
            self.check("vgg16", values, form)

    def test_types(self):
        for legacy, form in ((False, "torch zip"), (True, "torch legacy")):
            for dtype, name in ((torch.float16, "f16"), (torch.bfloat16, "bf16"), (torch.float64, "f64")):
                values = weights("vgg19")
                self.save({k: v.to(dtype) for k, v in self.tensors("vgg19", values).items()}, legacy)
                self.check("vgg19", values, form, name)

    def test_strides_and_shared_storages(self):
        values = weights("vgg19")
        found = self.tensors("vgg19", values)
        for legacy, form in ((False, "torch zip"), (True, "torch legacy")):
            self.save({k: v.contiguous(memory_format=torch.channels_last) if v.dim() == 4 else v
                       for k, v in found.items()}, legacy)
            self.check("vgg19", values, form)
            flat = torch.cat([torch.zeros(11)] + [v.flatten() for v in found.values()])
            at, shared = 11, {}
            for key, value in found.items():
                shared[key] = flat[at:at + value.numel()].view(value.shape)
                at += value.numel()
            self.save(shared, legacy)
            self.check("vgg19", values, form)

    def test_refused(self):
        for legacy in (False, True):
            self.save(torch.nn.Linear(2, 2), legacy)
            self.refused(r"torch.nn.modules.linear.Linear makes, which is not run: save model.state_dict\(\)")
            self.save({"conv1_1.weight": torch.zeros(1).expand(10 ** 6, 3, 3, 3)}, legacy)
            self.refused("conv1_1.weight: reaches beyond its storage")
            self.save({"conv1_1.weight": torch.zeros(2, 3, 3, 3, dtype=torch.int64)}, legacy)
            self.refused("conv1_1.weight: expected numbers of type")
            self.save({"conv1_1.weight": torch.full((2, 3, 3, 3), float("inf"))}, legacy)
            self.refused("conv1_1.weight: holds a NaN")
            self.save([1, 2], legacy)
            self.refused("no tensor is called as VGG's are: .*; found none")
            self.save(7, legacy)
            self.refused("expected a state dict")
            self.save({f"layer{i}.weight": torch.zeros(3) for i in range(9)}, legacy)
            self.refused("no tensor .*; found layer0.weight, .*, layer3.weight and 5 more")

            class Evil:
                def __reduce__(self):
                    return os.system, ("false",)
            self.save({"conv1_1.weight": Evil()}, legacy)
            self.refused(r"conv1_1.weight: is no tensor but what (posix|os)\.system makes, which is not run")

    def test_opaque_values(self):
        """A checkpoint of a training: what is no tensor is passed over, whatever class it is of."""
        values = weights("vgg16")
        found = self.tensors("vgg16", values)
        parameters = [torch.nn.Parameter(v.clone()) for v in found.values()]
        optimizer = torch.optim.Adam(parameters)
        sum(p.sum() for p in parameters).backward()
        optimizer.step()
        for legacy, form in ((False, "torch zip"), (True, "torch legacy")):
            for protocol in (2, 4):
                self.save({"args": argparse.Namespace(lr=0.1, layers=[1, 2]), "best": np.float64(0.5),
                           "history": collections.defaultdict(list, loss=[0.5] * 100000), "count": collections.Counter("a"),
                           "device": torch.device("cpu"), "dtype": torch.float32, "size": torch.Size([1, 2]),
                           "done": {1, 2}, "never": frozenset((3,)), "path": pathlib.Path("x"), "huge": 1 << 5000,
                           "array": np.arange(3), "optimizer": optimizer.state_dict(), "weights_of_mine": found},
                          legacy, protocol)
                self.check("vgg16", values, form)

    def test_arrays_of_numpy(self):
        values = weights("vgg16")
        for legacy, form in ((False, "torch zip"), (True, "torch legacy")):
            for protocol in (3, 4):
                self.save({"net": state_dict("vgg16", values)}, legacy, protocol)
                self.check("vgg16", values, form)
            self.save(state_dict("vgg16", values), legacy, 2)  # bytes are text there
            self.refused("features.0.weight: has its numbers as text: pickle it by protocol 3 or higher")

    @unittest.skipUnless("zlib" in BUILD, "built without zlib")
    def test_compressed_archives(self):
        values = weights("vgg19", (8, 16, 32, 32, 32))
        self.save(self.tensors("vgg19", values), False)
        with zipfile.ZipFile(self.path) as stored, zipfile.ZipFile(self.path + "2", "w", zipfile.ZIP_DEFLATED) as other:
            for name in stored.namelist():
                other.writestr(name, stored.read(name))
        os.replace(self.path + "2", self.path)
        self.check("vgg19", values, "torch zip")
        self.survives_damage()

    def test_what_is_to_be_saved_otherwise(self):
        module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3))
        for legacy in (False, True):
            self.save(module, legacy)
            self.refused(r"torch.nn.modules.container.Sequential makes, .*: save model.state_dict\(\) instead")
            found = self.tensors("vgg19", weights("vgg19"))
            found["features.2.weight"] = np.ma.zeros((4, 4, 3, 3), np.float32)
            self.save(found, legacy)
            self.refused("features.2.weight: is no tensor but what numpy.ma.core.* makes")
        torch.jit.script(module).save(self.path)
        self.refused("found TorchScript")

    def test_damage(self):
        for legacy in (False, True):
            self.save(self.tensors("vgg19", weights("vgg19", (8, 8, 8, 8, 8))), legacy)
            self.survives_damage()

    def test_a_real_checkpoint(self):
        path = SHARED / "data" / "slim-vgg19-encoder.pth"
        if not path.exists():
            self.skipTest(f"{path} is not there")
        self.path = str(path)
        names, found = torch.load(path, map_location="cpu"), []
        for block, number, _ in layers("vgg19")[:13]:
            found.append(tuple(names[f"conv{block}{number}.{what}"].numpy() for what in ("weight", "bias")))
        model = self.check("vgg19", found, "torch legacy")
        self.assertEqual((nst.nst_model_input(model), text(model, 5)), (1, "values of conv1_1"))

    def test_memory(self):
        """torchvision's whole file, 548 MB: what is kept is 80 MB, and little more may be in memory."""
        if not sys.platform.startswith("linux"):
            self.skipTest("peak memory is measured on Linux alone")
        child = ("import ctypes, os, sys\n"
                 "nst = ctypes.CDLL(os.environ['NST_LIBRARY'])\n"
                 "model = ctypes.c_void_p()\n"
                 "assert nst.nst_model_load(ctypes.byref(model), os.fsencode(sys.argv[1])) == 0\n"
                 "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])\n")
        for legacy in (False, True):
            values = weights("vgg19", FULL)
            found = self.tensors("vgg19", values)
            for index, shape in ((0, (4096, 25088)), (3, (4096, 4096)), (6, (1000, 4096))):
                found[f"classifier.{index}.weight"] = torch.zeros(shape)
                found[f"classifier.{index}.bias"] = torch.zeros(shape[0])
            self.save(found, legacy)
            del found
            self.assertGreater(os.path.getsize(self.path), 548 * 10 ** 6)
            done = subprocess.run([sys.executable, "-c", child, self.path], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            peak = int(done.stdout) / 1024
            print(f"peak with {'legacy' if legacy else 'zip'}: {peak:.1f} MiB", file=sys.stderr)
            if not os.environ.get("LD_PRELOAD"):  # AddressSanitizer, if anything
                self.assertLess(peak, 120)
            self.check("vgg19", values, "torch legacy" if legacy else "torch zip")


class Npy(Case):
    def save(self, thing):
        np.save(self.path + ".npy", thing)
        os.replace(self.path + ".npy", self.path)

    def test_a_dict_of_lists(self):
        """vgg19.npy: {"conv1_1": [kernel [3, 3, in, out], bias], ..., "fc6": ...}."""
        for topology in BLOCKS:
            for turn in (np.ascontiguousarray, np.asfortranarray):
                values = weights(topology)
                found = {f"conv{b}_{n}": [turn(kernel.transpose(2, 3, 1, 0)), bias]
                         for (b, n, _), (kernel, bias) in zip(layers(topology), values)}
                found["fc6"] = [np.zeros((5, 7), np.float32), np.zeros(7, np.float32)]
                for thing in (found, {"state": found}):
                    self.save(thing)
                    self.check(topology, values, "npy")
        self.survives_damage()

    def test_types(self):
        for dtype, name in ((np.float16, "f16"), (np.float64, "f64")):
            values = weights("vgg19", dtype=dtype)
            self.save(state_dict("vgg19", values))
            self.check("vgg19", values, "npy", name)
        for dtype, pattern in ((np.int32, "expected numbers of type"), (">f4", "big-endian")):
            self.save(state_dict("vgg19", [(k.astype(dtype), b) for k, b in values]))
            self.refused("features.0.weight: .*" + pattern)
        self.save(np.zeros((3, 3), np.float32))
        self.refused("expected a dict of arrays, found one array")


@unittest.skipIf(scipy is None or "mat" not in BUILD, "scipy is not installed, or the reader is not built")
class Mat(Case):
    """MatConvNet's files: kernels are [rows, columns, in, out], and not one of them is symmetric."""
    def save(self, topology, values, oldest=False, names=True, mean=(123.68, 116.779, 103.939), **options):
        cells = []
        for (block, number, _), (kernel, bias) in zip(layers(topology), values):
            turned = kernel.transpose(2, 3, 1, 0)
            pair = np.empty((1, 2), object)
            pair[0, 0], pair[0, 1] = turned, bias.reshape((-1, 1) if block % 2 else (1, -1))
            layer = {"filters": turned, "biases": pair[0, 1]} if oldest else {"type": "conv", "weights": pair}
            layer.update({"pad": np.ones((1, 4)), "stride": np.ones((1, 2)), "learningRate": np.zeros((0, 0))})
            cells.append(dict(layer, name=f"conv{block}_{number}") if names else layer)
            cells.append({"type": "relu", "name": f"relu{block}_{number}", "precious": np.array([[False]])})
        cells.append({"type": "conv", "weights": np.zeros((7, 7, 2, 3), np.float32), "name": "fc6"})
        found = np.empty((1, len(cells)), object)
        found[0, :] = cells
        classes = {"name": np.array(["n01440764", "n01443537"], object), "description": np.array(["tench", ""], object)}
        normalization = {"imageSize": np.array([[224.0, 224.0, 3.0]])}
        if mean:
            shape = (4, 5, 3) if oldest else (1, 1, 3)
            normalization["averageImage"] = np.broadcast_to(np.array(mean, np.float32), shape)
        rest = {"normalization": normalization, "classes": classes}
        with open(self.path, "wb") as file:
            scipy.io.savemat(file, dict(rest, layers=found) if oldest else {"layers": found, "meta": rest}, **options)

    def test_layouts(self):
        for topology in BLOCKS:
            for oldest in (False, True):
                for packed in (False, True)[:1 + ("zlib" in BUILD)]:
                    with self.subTest(topology=topology, oldest=oldest, packed=packed):
                        values = weights(topology)
                        self.save(topology, values, oldest, do_compression=packed)
                        model = self.check(topology, values, "mat")
                        self.assertEqual((nst.nst_model_input(model), text(model, 5)), (3, "metadata"))

    def test_damage(self):
        for packed in (False, True)[:1 + ("zlib" in BUILD)]:
            self.save("vgg16", weights("vgg16", (8, 8, 8, 8, 8)), do_compression=packed)
            self.survives_damage(0 if packed else 100)

    def test_others(self):
        values = weights("vgg19", dtype=np.float64)
        self.save("vgg19", values)
        self.check("vgg19", values, "mat", "f64")
        self.save("vgg19", values, mean=None)
        self.assertEqual(text(self.check("vgg19", values, "mat", "f64"), 5), "values of conv1_1")
        self.save("vgg19", values, mean=(129.186, 104.762, 93.594))
        self.refused("found 'rgb 0..255 minus mean 129.186,104.762,93.594'")
        self.save("vgg19", values, names=False)
        self.refused("no tensor is called as VGG's are.*layers.0.weights.0")
        self.save("vgg19", [(k.astype(np.int32), b) for k, b in values])
        self.refused("layers.conv1_1.weights.0: expected numbers of type")
        scipy.io.savemat(self.path, {"x": np.zeros((3, 3))}, appendmat=False, format="4")
        self.refused("expected a safetensors file")
        scipy.io.savemat(self.path, {"x": np.zeros((3, 3))}, appendmat=False)
        self.refused("no tensor is called as VGG's are.*found x")


@unittest.skipIf(h5py is None, "h5py is not installed")
class Keras(Case):
    def save(self, topology, values, style, top="", dataset={}, **options):
        """As Keras does: the names of layers and weights stand in attributes too, and layers without any are there."""
        with h5py.File(self.path, "w", **options) as file:
            group = file.create_group(top) if top else file
            found = layers(topology)
            names = ["input_1"] + [f"block{b}_conv{n}" for b, n, _ in found] + [f"block{b}_pool" for b in range(1, 6)]
            group.attrs["layer_names"] = [n.encode() for n in names]
            group.attrs["backend"], group.attrs["keras_version"] = b"tensorflow", b"2.4.0"
            for block in range(1, 6):
                group.create_group(f"block{block}_pool").attrs["weight_names"] = np.zeros(0)
            for (block, number, _), (kernel, bias) in zip(layers(topology), values):
                name = f"block{block}_conv{number}"
                layer = group.create_group(name)
                names = [style.format(name, *pair) for pair in (("W_1", "kernel"), ("b_1", "bias"))]
                layer.create_dataset(names[0], data=kernel.transpose(2, 3, 1, 0), **dataset)
                layer.create_dataset(names[1], data=bias, **dataset)
                layer.attrs["weight_names"] = [n.encode() for n in names]
            for name in ("input_1", "flatten", "fc1", "predictions"):
                group.create_group(name)

    def test_layouts(self):
        for topology in ("vgg19", "vgg11"):
            for style in ("{0}_{1}:0", "{2}:0", "{0}/{2}:0", "{0}/{2}", "{2}"):
                for top in ("", "model_weights", topology, "model_weights/sequential/" + topology, "functional_1"):
                    with self.subTest(topology=topology, style=style, top=top):
                        values = weights(topology)
                        self.save(topology, values, style, top)
                        model = self.check(topology, values, "hdf5")
                        self.assertEqual((nst.nst_model_input(model), text(model, 5)), (1, "format"))

    def test_types_and_versions(self):
        for dtype, name in ((np.float16, "f16"), (np.float64, "f64")):
            values = weights("vgg16", dtype=dtype)
            self.save("vgg16", values, "{2}:0")
            self.check("vgg16", values, "hdf5", name)
        values = weights("vgg16")
        self.save("vgg16", values, "{2}:0", libver=("earliest", "v108"))
        self.check("vgg16", values, "hdf5")
        with h5py.File(self.path, "w", libver="latest") as file:  # small groups: their members stand in the header
            for (block, number, _), (kernel, bias) in zip(layers("vgg16"), values[:3]):
                file[f"block{block}_conv{number}/kernel:0"] = kernel.transpose(2, 3, 1, 0)
                file[f"block{block}_conv{number}/bias:0"] = bias
        self.check("vgg19", values[:3], "hdf5")

    def test_chunks(self):
        """Of all sizes, also larger than what they hold, with each filter that Keras or h5py may set."""
        values = weights("vgg19", (7, 12, 9, 20, 11))
        options = [{"chunks": True}, {"shuffle": True}, {"fletcher32": True}]
        if "zlib" in BUILD:
            options += [{"compression": "gzip"}, {"compression": 9, "shuffle": True, "fletcher32": True}]
        for option in options:
            self.save("vgg19", values, "{0}_{1}:0", dataset=option)
            self.check("vgg19", values, "hdf5")
        for chunk in (1, 2, 3, 50):
            with h5py.File(self.path, "w") as file:
                for (block, number, _), (kernel, bias) in zip(layers("vgg19"), values):
                    layer = file.create_group(f"block{block}_conv{number}")
                    size = tuple(min(chunk, n) for n in kernel.transpose(2, 3, 1, 0).shape)
                    layer.create_dataset("kernel:0", data=kernel.transpose(2, 3, 1, 0), chunks=size, shuffle=True)
                    layer.create_dataset("bias:0", data=bias, chunks=(min(chunk, len(bias)),), maxshape=(None,))
            self.check("vgg19", values, "hdf5")

    def test_keras_3(self):
        """Layers have no names there but conv2d, conv2d_1, ..., and stand in whatever order."""
        for topology in BLOCKS:
            for top in ("layers", "layers/functional/layers"):
                values = weights(topology)
                with h5py.File(self.path, "w") as file:
                    for i, (kernel, bias) in enumerate(values):
                        file[f"{top}/conv2d{f'_{i}' if i else ''}/vars/0"] = kernel.transpose(2, 3, 1, 0)
                        file[f"{top}/conv2d{f'_{i}' if i else ''}/vars/1"] = bias
                    file[f"{top}/dense/vars/0"] = np.zeros((7, 5), np.float32)
                    file.create_group("optimizer/vars")["0"] = np.int64(3)
                self.check(topology, values, "hdf5")
                weights_file = pathlib.Path(self.path).read_bytes()
                with zipfile.ZipFile(self.path, "w") as archive:
                    archive.writestr("metadata.json", "{}")
                    archive.writestr("config.json", "{}")
                    archive.writestr("model.weights.h5", weights_file)
                self.check(topology, values, "keras zip")

    def test_refused(self):
        values, style = weights("vgg19"), "{0}_{1}:0"
        self.save("vgg19", values, style, dataset={"compression": "lzf"})
        self.refused("block1_conv1/block1_conv1_W_1:0: is compressed in a way that is not read here: h5repack")
        self.save("vgg19", values, style, dataset={"chunks": True}, libver=("v110", "latest"))
        self.refused("chunks in the newer form|a group of many members")
        self.save("vgg19", values, style, dataset={"dtype": ">f4"})
        self.refused("block1_conv1/block1_conv1_W_1:0: expected numbers of type")
        for options in ({"libver": "latest"}, {"track_order": True}):
            self.save("vgg19", values, style, **options)
            self.refused('/ is a group of many members as libver="latest" or track_order=True make it, .* not read')

    def test_damage(self):
        self.save("vgg19", weights("vgg19", (8, 8, 8, 8, 8)), "{0}_{1}:0")
        self.survives_damage()


if __name__ == "__main__":
    unittest.main()
