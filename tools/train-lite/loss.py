"""What the student's maps must match."""
import torch
import torch.nn.functional as F

# The parts of a layer's loss; each is a squared error relative to the teacher's own size.
AFTER_RELU, BEFORE_RELU, GRAM = 1.0, 0.5, 1.0


def channel_weights(variance, floor=0.2):
    """1 / variance of each channel, without letting channels that hardly vary decide."""
    return (1 / (variance + floor * variance.mean())).float()


def gram(z):
    """z: [N,M,C], M positions. Returns [N,C,C], per position."""
    return z.transpose(1, 2) @ z / z.shape[1]


class LayerLoss(torch.autograd.Function):
    """The loss of one layer. The gradient is written out: on a CPU that saves most of autograd's passes over memory."""

    @staticmethod
    def forward(ctx, z, y, weight_before, weight_after):
        """z, y: the student's and the teacher's map before ReLU, [N,C,H,W]; weights: [C].

        Returns (loss, its parts [3]: after ReLU, before ReLU, Gram matrix).
        """
        n, c, h, w = z.shape
        dtype = z.dtype
        z, y = (x.permute(0, 2, 3, 1).reshape(n, h * w, c).float() for x in (z, y))  # channels last already: a view
        count = z.numel()

        before = z - y
        target = gram(y)
        difference = gram(z) - target
        size = target.pow(2).sum((1, 2))
        size = (size + 0.1 * size.mean()).view(n, 1, 1) * n  # a flat crop must not outweigh the others
        after = F.relu(z).sub_(F.relu_(y))

        scaled_before, scaled_after = before * weight_before, after * weight_after
        parts = torch.stack((
            torch.dot(scaled_after.flatten(), after.flatten()) / count,
            torch.dot(scaled_before.flatten(), before.flatten()) / count,
            (difference.pow(2) / size).sum(),
        ))

        dz = scaled_after.mul_(z > 0).mul_(2 * AFTER_RELU / count)
        dz.add_(scaled_before, alpha=2 * BEFORE_RELU / count)
        dz = torch.baddbmm(dz, z, difference * (4 * GRAM / (h * w)) / size)
        ctx.dz = dz.view(n, h, w, c).permute(0, 3, 1, 2).to(dtype)
        ctx.mark_non_differentiable(parts)
        return torch.dot(parts, parts.new_tensor((AFTER_RELU, BEFORE_RELU, GRAM))), parts

    @staticmethod
    def backward(ctx, dloss, _):
        return ctx.dz * dloss.to(ctx.dz.dtype), None, None, None


def grams(maps):
    """maps: [N,C,H,W] for each layer. Returns [N,C,C] for each, per position."""
    return [gram(z.flatten(2).transpose(1, 2).float()) for z in maps]


def style_loss(maps, targets):
    """The relative style loss against the Gram matrices `targets`: mean over layers, summed over pictures."""
    total = 0
    for g, target in zip(grams(maps), targets):
        total = total + ((g - target).pow(2).sum((1, 2)) / target.pow(2).sum((1, 2))).sum()
    return total / len(maps)
