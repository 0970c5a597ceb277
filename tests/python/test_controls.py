"""Terms and gradients of the controls against float64 cases of the real VGG-19, where they are there."""
import json
import os
import pathlib
import struct
import unittest

import binding
from binding import nst

SHARED = pathlib.Path(os.environ.get("NST_SHARED_DIR", "")).resolve()
WEIGHTS = SHARED / "data" / "vgg19-caffe-conv1_1-conv3_4.safetensors"


def read_tensors(data):
    """The tensors in the bytes of a safetensors file, by name, as NumPy arrays."""
    import numpy
    types, tensors = {"U8": numpy.uint8, "F32": numpy.float32, "F64": numpy.float64}, {}
    size, = struct.unpack("<Q", data[:8])
    for key, entry in json.loads(data[8:8 + size]).items():
        if key != "__metadata__":
            first, last = entry["data_offsets"]
            tensors[key] = numpy.frombuffer(data[8 + size + first:8 + size + last], types[entry["dtype"]]).reshape(
                entry["shape"])
    return tensors


def case(name):
    """The JSON of a case and its tensors."""
    file = SHARED / "reference" / name
    return json.loads(file.with_suffix(".json").read_text()), read_tensors(file.with_suffix(".safetensors").read_bytes())


@unittest.skipUnless(binding.has("numpy"), "needs NumPy")
@unittest.skipUnless(WEIGHTS.exists(), "no real weights in NST_SHARED_DIR")
class Controls(unittest.TestCase):
    def check(self, name, **options):
        import numpy
        facts, tensors = case(name)
        transfer = nst.Transfer(nst.Model(str(WEIGHTS)), style_scale=0, range_weight=0, **options)
        transfer.set_content(tensors["content"])
        transfer.set_freeze(tensors.get("freeze")).set_content_map(tensors.get("content_map"))
        for i, style in enumerate(facts["made_from"]["styles"]):
            painting = nst.Style(tensors[f"style{i}"], mask=tensors.get(f"style_mask{i}"))
            transfer.add_style(painting, style.get("weight", 1), tensors.get(f"content_mask{i}"))
        total, gradient = transfer.evaluate(tensors["image"])
        found = {name: term.value for name, term in transfer.terms.items() if term.weight > 0}
        for term, value in facts["terms"].items():
            whole = len(facts["regions"]) == 1 and term.startswith("style/")  # no region in the name
            self.assertAlmostEqual(found.pop(term[:-2] if whole else term) / value, 1, delta=1e-4, msg=f"{name}: {term}")
        self.assertEqual(found, {})
        self.compare(name, total, gradient)

    def compare(self, name, total, gradient):
        import numpy
        facts, tensors = case(name)
        self.assertAlmostEqual(total / facts["total"], 1, delta=1e-4)
        error = numpy.linalg.norm(gradient - tensors["gradient"]) / numpy.linalg.norm(tensors["gradient"])
        print(f"{name}: the gradient is off by {error:.2g}")
        self.assertLess(error, 1e-4)

    def layers(self, name):
        made_from = case(name)[0]["made_from"]
        return {key: made_from[key] for key in ("content_layers", "style_layers", "content_weight", "style_weight")}

    def test_two_masks(self):
        """A value before a ReLU is so near 0 that the rounding of F(6x6,3x3) decides its sign: not with that."""
        self.check("mask-two-96x72", convolution="winograd4", **self.layers("mask-two-96x72"))

    def test_a_small_region_and_the_rest(self):
        name = "mask-rest-small-67x45"
        self.check(name, padding="zero", **self.layers(name))

    def test_freeze_and_content_map(self):
        self.check("freeze-map-64x48", **self.layers("freeze-map-64x48"))

    def test_centred(self):
        self.check("centred-64x48", style_loss="centred")

    def test_blended_losses(self):
        """The case has the losses of both styles as one."""
        facts, tensors = case("blend-loss-64x48")
        transfer = nst.Transfer(nst.Model(str(WEIGHTS)), style_scale=0, range_weight=0, blend="loss",
                                **self.layers("blend-loss-64x48"))
        transfer.set_content(tensors["content"]).add_style(tensors["style0"], 7).add_style(tensors["style1"], 3)
        total, gradient = transfer.evaluate(tensors["image"])
        self.compare("blend-loss-64x48", total, gradient)
        for layer in ("conv1_1", "conv2_1", "conv3_1"):
            found = sum(share * transfer.terms[f"style/{layer}/{i}"].value for i, share in enumerate((0.7, 0.3)))
            self.assertAlmostEqual(found / facts["terms"][f"style/{layer}/0"], 1, delta=1e-4)

    def test_meanstd(self):
        self.check("meanstd-64x48", style_loss="meanstd")

    def test_w2(self):
        self.check("w2-64x48", style_loss="w2")

    def test_w2_with_two_masks(self):
        self.check("w2-mask-two-56x44", style_loss="w2", **self.layers("w2-mask-two-56x44"))


class Refused(unittest.TestCase):
    def test_losses_in_another_form(self):
        for loss in ("centred", "meanstd", "w2"):
            for form in ("mean", "gatys", "sum"):
                transfer = nst.Transfer(binding.MODEL, style_loss=loss, form=form, content_layers="conv2_2",
                                        style_layers="conv1_1")
                transfer.set_content(binding.picture(16, 16)).add_style(binding.picture(16, 16))
                with self.assertRaisesRegex(nst.StateError, f"{loss} is defined for form relative alone"):
                    transfer.evaluate(binding.picture(16, 16))


if __name__ == "__main__":
    unittest.main()
