"""The starting point: which of the teacher's channels to learn, and a least-squares fit of each layer to them."""
import torch
import torch.nn.functional as F

import vgg


def moments(teacher, batches):
    """Second moments over positions of each layer's features, before and after ReLU, and their variances.

    Returns per layer (before [C,C], after [C,C], variance before [C], variance after [C]) in float64.
    """
    sums = [[0, 0, 0, 0] for _ in teacher]
    with torch.no_grad():
        for x in batches:
            for total, y in zip(sums, vgg.features(vgg.preprocess(x), teacher)):
                for i, z in enumerate((y, F.relu(y))):
                    z = z.transpose(0, 1).flatten(1).double()
                    total[i] = total[i] + z @ z.T / (z.shape[1] * len(batches))
                    total[i + 2] = total[i + 2] + z.mean(1) / len(batches)
    return [(m, p, m.diagonal() - a * a, p.diagonal() - b * b) for m, p, a, b in sums]


def choose_channels(before, after, count):
    """Greedy pivoted Cholesky: each pick is the channel with the largest part that the picks so far do not explain.

    Both the map before ReLU, whose Gram matrix is the goal, and the one after it, which the next layer reads, count.
    """
    residuals = [before / before.trace(), after / after.trace()]
    chosen = []
    for _ in range(count):
        pivot = sum(r.diagonal() for r in residuals).argmax().item()
        chosen.append(pivot)
        for i, r in enumerate(residuals):
            if r[pivot, pivot] > 1e-12:
                residuals[i] = r - torch.outer(r[:, pivot], r[:, pivot]) / r[pivot, pivot]
    return sorted(chosen), [1 - r.trace().item() for r in residuals]


def least_squares(teacher, channels, batches, ridge=1e-4, samples=4096):
    """Fits layer after layer, in closed form, from the student's own maps to the teacher's chosen channels.

    Returns ([(weight, bias)], the share of each layer's variance left unexplained).
    """
    student, errors = [], []
    for layer, picks in enumerate(channels):
        ata = aty = yty = mean = count = 0
        for x in batches:
            with torch.no_grad():
                x = vgg.preprocess(x)
                y = vgg.features(x, teacher[: layer + 1])[-1][:, picks]
                if student:
                    x = vgg.step_into(vgg.features(x, student)[-1], layer)
                patches = F.unfold(x, 3).transpose(1, 2).flatten(0, 1)  # [positions, Cin*9]
                y = y.flatten(2).transpose(1, 2).flatten(0, 1)
                at = torch.randint(len(patches), (samples,), device=x.device)
                a = F.pad(patches[at], (0, 1), value=1.0).double()
                y = y[at].double()
            ata, aty = ata + a.T @ a, aty + a.T @ y
            yty, mean, count = yty + (y * y).sum(0), mean + y.sum(0), count + samples
        damp = torch.full((len(ata),), ridge * ata.diagonal()[:-1].mean().item(), dtype=ata.dtype, device=ata.device)
        damp[-1] = 0
        solution = torch.linalg.solve(ata + damp.diag(), aty)
        left = yty - 2 * (solution * aty).sum(0) + (solution * (ata @ solution)).sum(0)
        errors.append((left.sum() / (yty - mean * mean / count).sum()).item())
        weight = solution[:-1].T.reshape(len(picks), -1, 3, 3).float().contiguous()
        student.append((weight, solution[-1].float()))
    return student, errors
