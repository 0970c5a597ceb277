"""What the student's maps must match. Value and gradient are written out: autograd's way costs three times as much."""
import torch
import torch.nn.functional as F

# The parts of a layer's loss; each is a squared error relative to the teacher's own size.
AFTER_RELU, BEFORE_RELU, GRAM = 1.0, 0.5, 1.0


def channel_weights(variance, floor=0.2):
    """1 / variance of each channel, without letting channels that hardly vary decide."""
    return (1 / (variance + floor * variance.mean())).float()


class LayerLoss(torch.autograd.Function):
    """The loss of one layer: errors before and after ReLU, and of the Gram matrix of the map before ReLU."""

    @staticmethod
    def forward(ctx, z, y, weight_before, weight_after):
        """z, y: the student's and the teacher's map [N,C,H,W]; weights: [C]. Returns the loss's three parts, [3]."""
        n, c, h, w = z.shape
        flat = lambda x: x.permute(0, 2, 3, 1).reshape(n, h * w, c).float()  # a view where channels come last
        z, y, count = flat(z), flat(y), n * c * h * w
        before = z - y
        gram_y, gram_z = y.transpose(1, 2) @ y / (h * w), z.transpose(1, 2) @ z / (h * w)
        difference = gram_z - gram_y
        norm = gram_y.pow(2).sum((1, 2))
        norm = (norm + 0.1 * norm.mean()).view(n, 1, 1) * n
        gram = (difference.pow(2) / norm).sum()

        after = F.relu(z).sub_(F.relu_(y))
        step_after, step_before = after * weight_after, before * weight_before
        value_after = torch.dot(step_after.flatten(), after.flatten()) / count
        value_before = torch.dot(step_before.flatten(), before.flatten()) / count

        step_after.mul_(z > 0)
        gradient = step_before.mul_(2 * BEFORE_RELU / count).add_(step_after, alpha=2 * AFTER_RELU / count)
        gradient = torch.baddbmm(gradient, z, difference * (GRAM * 4 / (h * w)) / norm)
        ctx.gradient = gradient.view(n, h, w, c).permute(0, 3, 1, 2)
        ctx.dtype = ctx.gradient.dtype
        return torch.stack((value_after, value_before, gram))

    @staticmethod
    def backward(ctx, upstream):
        """Only the sum AFTER_RELU, BEFORE_RELU, GRAM of the parts has a gradient; upstream is ignored."""
        return ctx.gradient, None, None, None


def layer_loss(z, y, weights):
    """Returns (the weighted sum, to call backward on; its three parts)."""
    parts = LayerLoss.apply(z, y, *weights)
    return parts.sum(), parts.detach()


def style_loss(maps, targets):
    """The relative style loss of the maps against Gram matrices `targets`, summed over pictures, mean over layers."""
    total = 0
    for z, target in zip(maps, targets):
        z = z.flatten(2).float()
        gram = z @ z.transpose(1, 2) / z.shape[2]
        total = total + ((gram - target).pow(2).sum((1, 2)) / target.pow(2).sum((1, 2))).sum()
    return total / len(maps)


def grams(maps):
    """[N,C,C] for each layer."""
    return [(z := m.flatten(2).float()) @ z.transpose(1, 2) / z.shape[2] for m in maps]
