"""Pictures on their way from one photo to the statistics of another, as the student sees them.

A student that is right on photos alone can still be wrong where an optimiser takes the pixels: it looks for what
lowers the student's loss, and finds the student's mistakes too. Training on such pictures closes those ways.
"""
import torch

import loss
import vgg


class Iterates:
    """A pool of pictures, each moved by Adam towards the Gram matrices of another crop, and replaced in its turn."""

    def __init__(self, photos, count, device, seed, steps=60, rate=3.0):
        self.photos, self.device, self.steps, self.rate = photos, device, steps, rate
        self.generator = torch.Generator().manual_seed(seed)
        size = (count, 3, photos.size, photos.size)
        self.x = torch.zeros(size, device=device)  # in the network's input space
        self.first, self.second = torch.zeros_like(self.x), torch.zeros_like(self.x)
        self.targets = [None] * count  # each one's Gram matrices, as the student saw them when it began
        self.left = torch.zeros(count, dtype=torch.long)  # moves until a picture is replaced
        self.age = torch.zeros(count, dtype=torch.long)

    def renew(self, at, student, dtype):
        """Replaces picture `at` by a new crop with a new style."""
        pair = vgg.preprocess(self.photos.batch(2).to(self.device))
        self.x[at] = pair[0]
        with torch.no_grad():
            self.targets[at] = loss.grams(vgg.features(pair[1:].to(dtype), student))
        self.first[at], self.second[at], self.age[at] = 0, 0, 0
        self.left[at] = torch.randint(1, self.steps, (), generator=self.generator)

    def next(self, student, count, dtype):
        """Moves `count` pictures of the pool by one step each and returns them, [count,3,size,size] in input space.

        student: the network as it is now, in type dtype; it is left as it is.
        """
        at = torch.randperm(len(self.x), generator=self.generator)[:count]
        for i in at.tolist():
            if self.left[i] == 0:
                self.renew(i, student, dtype)
        self.left[at] -= 1
        self.age[at] += 1
        targets = [torch.cat(layer) for layer in zip(*(self.targets[i] for i in at))]
        x = self.x[at].requires_grad_(True)
        value = loss.style_loss(vgg.features(x.to(dtype), student), targets)
        (gradient,) = torch.autograd.grad(value, x)
        self.x[at] = self.move(at, gradient)
        return self.x[at]

    def move(self, at, gradient, decay=(0.9, 0.99)):
        """One step of Adam on the pixels; the pictures stay within 0..255."""
        age = self.age[at].view(-1, 1, 1, 1).float().to(self.device)
        first = decay[0] * self.first[at] + (1 - decay[0]) * gradient
        second = decay[1] * self.second[at] + (1 - decay[1]) * gradient * gradient
        self.first[at], self.second[at] = first, second
        mean, scale = first / (1 - decay[0] ** age), (second / (1 - decay[1] ** age)).sqrt()
        x = self.x[at] - self.rate * mean / (scale + 1e-12)
        low = vgg.preprocess(torch.zeros(1, 3, 1, 1, device=self.device))
        return torch.minimum(torch.maximum(x, low), low + 255)
