"""Two masked styles, matched colours, frozen pixels, a content map, W2 and tiles in one evaluation, against float64.

The truth is computed here by NumPy from the formulas alone: the network, the guides, the recoloured styles, the losses
and their gradient. With the real VGG-19 to conv3_1 where it is in NST_SHARED_DIR, else and besides with a small model.
"""
import re
import unittest

import binding
from binding import nst
from test_controls import WEIGHTS, read_tensors
import small_model

if binding.has("numpy"):
    import numpy as np

HEIGHT, WIDTH = 96, 176
# Convolutions by torchvision's numbers, and the poolings between them.
NETWORK = [("conv1_1", 0), ("conv1_2", 2), "pool", ("conv2_1", 5), ("conv2_2", 7), "pool", ("conv3_1", 10)]


class Network:
    """VGG in float64, [H, W, C], borders replicated: forward to the values before each ReLU, and back to the picture."""

    def __init__(self, weights, last, to_input):
        self.weights, self.to_input = weights, to_input
        self.steps = NETWORK[:[step[0] for step in NETWORK].index(last) + 1]

    def taps(self, number):
        return self.weights[f"features.{number}.weight"].astype(float).transpose(2, 3, 1, 0)  # [3, 3, in, out]

    def forward(self, picture):
        order, scale, shift = self.to_input
        x, self.kept, maps = picture[..., order] * scale + shift, [], {}
        for step in self.steps:
            if step == "pool":
                h, w = x.shape[0] // 2, x.shape[1] // 2
                four = x[:2 * h, :2 * w].reshape(h, 2, w, 2, -1).transpose(0, 2, 4, 1, 3).reshape(h, w, -1, 4)
                self.kept.append((x.shape, four.argmax(-1)))
                x = four.max(-1)
                continue
            padded, taps = np.pad(x, ((1, 1), (1, 1), (0, 0)), "edge"), self.taps(step[1])
            x = self.weights[f"features.{step[1]}.bias"].astype(float) + sum(
                padded[i:i + x.shape[0], j:j + x.shape[1]] @ taps[i, j] for i in range(3) for j in range(3))
            maps[step[0]] = x
            self.kept.append(x > 0)
            x = np.maximum(x, 0)
        return maps

    def backward(self, slopes):
        """SLOPES: of the objective at each of the maps; gives the gradient by the picture."""
        dx = 0
        for step, kept in zip(reversed(self.steps), reversed(self.kept)):
            if step == "pool":
                shape, most = kept
                h, w = most.shape[:2]
                four = np.where(np.arange(4) == most[..., None], dx[..., None], 0).reshape(h, w, -1, 2, 2)
                dx = np.zeros(shape)
                dx[:2 * h, :2 * w] = four.transpose(0, 3, 1, 4, 2).reshape(2 * h, 2 * w, -1)
                continue
            dx, taps = dx * kept + slopes.get(step[0], 0), self.taps(step[1])
            padded = np.zeros((dx.shape[0] + 2, dx.shape[1] + 2, taps.shape[2]))
            for i in range(3):
                for j in range(3):
                    padded[i:i + dx.shape[0], j:j + dx.shape[1]] += dx @ taps[i, j].T
            for axis in (0, 1):  # what was read beyond the border is the border
                padded = np.moveaxis(padded, axis, 0)
                padded[1] += padded[0]
                padded[-2] += padded[-1]
                padded = np.moveaxis(padded[1:-1], 0, axis)
            dx = padded
        order, scale, _ = self.to_input
        gradient = np.empty_like(dx)
        gradient[..., order] = dx * scale
        return gradient

    def seen(self, mask, layer, convolved=True):
        """MASK where LAYER sees it: 2x2 means for poolings, and 3x3 means for convolutions."""
        for step in self.steps:
            if step == "pool":
                h, w = mask.shape[0] // 2, mask.shape[1] // 2
                mask = mask[:2 * h, :2 * w].reshape(h, 2, w, 2).mean((1, 3))
                continue
            if convolved:
                padded = np.pad(mask, 1, "edge")
                mask = sum(padded[i:i + mask.shape[0], j:j + mask.shape[1]] for i in range(3) for j in range(3)) / 9
            if step[0] == layer:
                return mask

    def guide(self, mask, layer):
        seen = self.seen(mask, layer)
        guide = np.maximum(2 * seen - self.seen(mask ** 2, layer) / np.maximum(seen, 1e-12), 0)
        return guide if guide.sum() >= 1 else seen


def moments(features, guide):
    """The sum of the guide, the mean and the second moment."""
    rows, weights = features.reshape(-1, features.shape[-1]), guide.reshape(-1)
    return weights.sum(), weights @ rows / weights.sum(), (rows * weights[:, None]).T @ rows / weights.sum()


def power(matrix, exponent):
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.maximum(values, 1e-300) ** exponent @ vectors.T


def w2(mean, second, target_mean, target_second):
    """The loss, and the K and k of its slope F K + k."""
    ridge = 1e-4 * np.trace(target_second - np.outer(target_mean, target_mean)) / len(mean) * np.eye(len(mean))
    of = second - np.outer(mean, mean) + ridge
    to = target_second - np.outer(target_mean, target_mean) + ridge
    root, unit = power(to, 0.5), np.trace(target_second)
    middle = root @ of @ root
    values, vectors = np.linalg.eigh((middle + middle.T) / 2)
    z = root @ vectors
    value = ((mean - target_mean) ** 2).sum() + np.trace(of) + np.trace(to) - 2 * np.sqrt(np.maximum(values, 0)).sum()
    k_matrix = 2 / unit * (np.eye(len(mean)) - z / np.sqrt(values) @ z.T)
    return value / unit, k_matrix, 2 / unit * (mean - target_mean) - k_matrix @ mean


def colors(picture, weights):
    rows, weights = picture.reshape(-1, 3), weights.reshape(-1) / weights.sum()
    mean = weights @ rows
    return mean, (weights[:, None] * (rows - mean)).T @ (rows - mean) + 1e-5 * np.eye(3)


def matched(style, style_mask, content, content_mask):
    """The style, moved as little as possible to the mean and the covariance of the content's colours."""
    (from_mean, of), (to_mean, to) = colors(style, style_mask), colors(content, content_mask)
    half, inverse = power(of, 0.5), power(of, -0.5)
    matrix = inverse @ power(half @ to @ half, 0.5) @ inverse
    return (style - from_mean) @ matrix.T + to_mean


class Scene:
    """Pictures of the test's own, as bytes, and the float64 truth of them."""
    content_weight, style_weight = 0.02, 1

    def __init__(self):
        noise = np.random.RandomState(4)

        def picture(height, width, phase):
            y, x = np.mgrid[:height, :width]
            waves = [np.sin(x / a + phase) * np.cos(y / b - phase * c) for a, b, c in ((9, 14, 1), (5, 11, 2), (17, 4, 3))]
            return ((np.stack(waves, -1) * 0.4 + 0.5 + 0.1 * noise.rand(height, width, 3)) * 255).clip(0, 255).astype(np.uint8)

        def ramp(height, width, along, at, soft):
            t = np.mgrid[:height, :width][along] / (height, width)[along]
            return (((t - at) / soft + 0.5).clip(0, 1) * 255).astype(np.uint8)
        self.content, self.styles = picture(HEIGHT, WIDTH, 0.3), [picture(80, 72, 1.7), picture(64, 90, 4.1)]
        self.style_masks = [ramp(80, 72, 0, 0.5, 0.4), None]
        self.content_masks = [ramp(HEIGHT, WIDTH, 1, 0.55, 0.2), 255 - ramp(HEIGHT, WIDTH, 1, 0.6, 0.3)]
        y, x = np.mgrid[:HEIGHT, :WIDTH]
        self.freeze = ((12 - np.hypot(x - 60, y - 40)) / 6 + 0.5).clip(0, 1)
        self.freeze = (self.freeze * 255).astype(np.uint8)
        self.map = ramp(HEIGHT, WIDTH, 0, 0.4, 0.9)
        self.image = (0.6 * self.content / 255 + 0.3 * picture(HEIGHT, WIDTH, 2.2) / 255 + 0.05).astype(np.float32)

    def objective(self, network, content_layer, style_layers):
        """Terms by name, the total, and the gradient by the variables."""
        content, freeze, masks = self.content / 255, self.freeze / 255, [mask / 255 for mask in self.content_masks]
        whole = np.maximum(sum(masks), 1)
        regions = [mask / whole * (1 - freeze) for mask in masks]
        styles = []
        for style, mask, region in zip(self.styles, self.style_masks, regions):
            mask = np.ones(style.shape[:2]) if mask is None else mask / 255
            maps = network.forward(matched(style / 255, mask, content, region))
            styles.append({layer: moments(maps[layer], network.guide(mask, layer)) for layer in style_layers})
        wanted = network.forward(content)[content_layer]
        picture = freeze[..., None] * content + (1 - freeze[..., None]) * self.image
        maps, terms, slopes, total = network.forward(picture), {}, {}, 0
        away, unit = maps[content_layer] - wanted, ((wanted - wanted.mean((0, 1))) ** 2).sum()
        where = network.seen(self.map / 255, content_layer, convolved=False)[..., None]
        terms[f"content/{content_layer}"] = (where * away ** 2).sum() / unit
        total += self.content_weight * terms[f"content/{content_layer}"]
        slopes[content_layer] = self.content_weight * 2 * where * away / unit
        for layer in style_layers:
            guides = [network.guide(region, layer) for region in regions]
            shares = [guide.sum() / sum(g.sum() for g in guides) for guide in guides]
            for i, (guide, share, style) in enumerate(zip(guides, shares, styles)):
                mass, mean, second = moments(maps[layer], guide)
                terms[f"style/{layer}/{i}"], matrix, vector = w2(mean, second, *style[layer][1:])
                weight = self.style_weight * share / len(style_layers)
                total += weight * terms[f"style/{layer}/{i}"]
                slope = weight / mass * guide[..., None] * (maps[layer] @ matrix + vector)
                slopes[layer] = slopes.get(layer, 0) + slope
        return terms, total, network.backward(slopes) * (1 - freeze[..., None])

    def transfer(self, model, content_layer, style_layers, **options):
        transfer = nst.Transfer(model, style_scale=0, range_weight=0, content_weight=self.content_weight,
                                style_weight=self.style_weight, content_layers=content_layer, size=WIDTH,
                                sizes="none", style_layers=",".join(style_layers), color="match", style_loss="w2", **options)
        transfer.set_content(self.content).set_freeze(self.freeze).set_content_map(self.map)
        for style, mask, where in zip(self.styles, self.style_masks, self.content_masks):
            transfer.add_style(nst.Style(style, mask=mask), 1, where)
        return transfer


@unittest.skipUnless(binding.has("numpy"), "needs NumPy")
class Together(unittest.TestCase):
    def cut(self, transfer):
        """Sets the smallest limit of memory that does, so that the picture is cut into tiles."""
        whole = transfer.memory()
        transfer.set(memory_limit="1M")
        with self.assertRaises(nst.OutOfMemory) as refused:
            transfer.memory()
        transfer.set(memory_limit=re.search(r"the smallest limit that does is (\w+)", str(refused.exception))[1])
        self.assertLess(transfer.memory(), whole)

    def check(self, model, network, content_layer, style_layers, convolution):
        scene = Scene()
        terms, total, gradient = scene.objective(network, content_layer, style_layers)
        for tiles in (False, True):
            transfer = scene.transfer(model, content_layer, style_layers, convolution=convolution)
            if tiles:
                self.cut(transfer)
            found_total, found = transfer.evaluate(scene.image)
            found_terms = {name: term.value for name, term in transfer.terms.items() if term.weight > 0}
            self.assertEqual(sorted(found_terms), sorted(terms))
            for name, value in terms.items():
                self.assertAlmostEqual(found_terms[name] / value, 1, delta=1e-4, msg=name)
            self.assertAlmostEqual(found_total / total, 1, delta=1e-4)
            error = np.linalg.norm(found - gradient) / np.linalg.norm(gradient)
            print(f"{'tiles' if tiles else 'whole'}: the total is off by {abs(found_total / total - 1):.2g}, "
                  f"the gradient by {error:.2g}")
            self.assertLess(error, 1e-4)
            self.assertEqual(np.abs(np.asarray(found)[scene.freeze == 255]).max(), 0)

    def test_a_small_model(self):
        """Values before a ReLU are so near 0 that the rounding of Winograd's methods decides their sign: not with those."""
        data = small_model.safetensors()
        std = np.array([0.229, 0.224, 0.225])
        network = Network(read_tensors(data), "conv2_2", ([0, 1, 2], 1 / std, -np.array([0.485, 0.456, 0.406]) / std))
        self.check(nst.Model(data), network, "conv2_2", ["conv1_1", "conv1_2", "conv2_1"], "direct")

    @unittest.skipUnless(WEIGHTS.exists(), "no real weights in NST_SHARED_DIR")
    def test_the_real_model(self):
        network = Network(read_tensors(WEIGHTS.read_bytes()), "conv3_1",
                          ([2, 1, 0], 255, -np.array([103.939, 116.779, 123.68])))
        self.check(nst.Model(str(WEIGHTS)), network, "conv2_2", ["conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"], "winograd4")

    def test_the_truth_by_differences(self):
        """The gradient of the truth itself, along noise; its ReLUs and poolings have few kinks within the step."""
        data = small_model.safetensors()
        network = Network(read_tensors(data), "conv2_2", ([0, 1, 2], 1, 0))
        scene, layers = Scene(), ("conv2_2", ["conv1_1", "conv1_2", "conv2_1"])
        scene.image = scene.image.astype(float)
        _, _, gradient = scene.objective(network, *layers)
        direction = np.random.RandomState(1).randn(HEIGHT, WIDTH, 3)
        step, start = 1e-7, scene.image
        values = []
        for sign in (1, -1):
            scene.image = start + sign * step * direction
            values.append(scene.objective(network, *layers)[1])
        expected = (values[0] - values[1]) / (2 * step)
        self.assertAlmostEqual((gradient * direction).sum() / expected, 1, delta=1e-4)


if __name__ == "__main__":
    unittest.main()
