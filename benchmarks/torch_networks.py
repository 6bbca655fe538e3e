"""The lecture's networks and training steps in PyTorch, only for ``benchmarks/training.py``.

Layers, losses, optimisers and modes are the same as in ``course.vae`` and ``course.gan``, in
the style of PyTorch's users. Images are channels-last in memory, which is faster on a CPU.
"""

import torch
from torch import nn
from torch.nn import functional

__all__ = ["gan_step", "generator_samples", "vae_samples", "vae_step"]


class _Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(64, 64, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(64, 64, 3, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(14 * 14 * 64, 32),
            nn.ReLU(),
        )
        self.mu, self.log_var = nn.Linear(32, 2), nn.Linear(32, 2)

    def forward(self, images):
        features = self.features(images)
        return self.mu(features), self.log_var(features)


def _decoder():
    return nn.Sequential(
        nn.Linear(2, 32),
        nn.ReLU(),
        nn.Linear(32, 14 * 14 * 64),
        nn.ReLU(),
        nn.Unflatten(1, (64, 14, 14)),
        nn.ConvTranspose2d(64, 32, 3, stride=2, padding=1, output_padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 1, 3, padding=1),
    )


def _generator():
    return nn.Sequential(
        nn.Linear(100, 7 * 7 * 256),
        nn.BatchNorm1d(7 * 7 * 256, eps=1e-3),
        nn.ReLU(),
        nn.Dropout(0.4),
        nn.Unflatten(1, (256, 7, 7)),
        nn.Upsample(scale_factor=2),
        nn.ConvTranspose2d(256, 128, 5, padding=2),
        nn.BatchNorm2d(128, eps=1e-3),
        nn.ReLU(),
        nn.Upsample(scale_factor=2),
        nn.ConvTranspose2d(128, 64, 5, padding=2),
        nn.BatchNorm2d(64, eps=1e-3),
        nn.ReLU(),
        nn.ConvTranspose2d(64, 32, 5, padding=2),
        nn.BatchNorm2d(32, eps=1e-3),
        nn.ReLU(),
        nn.ConvTranspose2d(32, 1, 5, padding=2),
        nn.Sigmoid(),
    )


def _discriminator():
    blocks, channels = [], 1
    for filters, stride in [(64, 2), (128, 2), (256, 2), (512, 1)]:
        blocks += [
            nn.Conv2d(channels, filters, 5, stride=stride, padding=2),
            nn.LeakyReLU(0.2),
            nn.Dropout(0.4),
        ]
        channels = filters
    return nn.Sequential(*blocks, nn.Flatten(), nn.Linear(4 * 4 * 512, 1))


def _channels_last(module):
    return module.to(memory_format=torch.channels_last)


def _images(array):
    """NumPy images (n, 28, 28, 1) as (n, 1, 28, 28), channels-last in memory."""
    return torch.from_numpy(array).permute(0, 3, 1, 2)


def _products_in(precision):
    return torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16")


def vae_step(images, precision, batch_size=128):
    """A function that trains the VAE for one step and returns its loss."""
    encoder, decoder = _channels_last(_Encoder()), _channels_last(_decoder())
    weights = [*encoder.parameters(), *decoder.parameters()]
    optimizer = torch.optim.RMSprop(weights, lr=1e-3, alpha=0.9, eps=1e-7)
    images = _images(images)

    def step():
        batch = images[torch.randint(len(images), (batch_size,))]
        with _products_in(precision):
            mu, log_var = encoder(batch)
            mu, log_var = mu.float(), log_var.float()
            logits = decoder(mu + torch.exp(0.5 * log_var) * torch.randn_like(mu))
        generation = functional.binary_cross_entropy_with_logits(logits.float(), batch)
        kl = -0.5 * torch.mean(1 + log_var - mu**2 - torch.exp(log_var))
        loss = generation + 1e-3 * kl
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def gan_step(images, precision, batch_size=64):
    """A function that trains the GAN for one step, discriminator first, and returns a loss."""
    generator, discriminator = _channels_last(_generator()), _channels_last(_discriminator())
    settings = {"alpha": 0.9, "eps": 1e-7}
    of_discriminator = torch.optim.RMSprop(discriminator.parameters(), lr=2e-4, **settings)
    of_generator = torch.optim.RMSprop(generator.parameters(), lr=1e-4, **settings)
    targets = torch.cat([torch.ones(batch_size, 1), torch.zeros(batch_size, 1)])
    images = _images(images)

    def latent():
        return 2 * torch.rand(batch_size, 100) - 1

    def step():
        real = images[torch.randint(len(images), (batch_size,))]
        with _products_in(precision):
            generator.eval()
            with torch.no_grad():
                fake = generator(latent()).float()
            generator.train()
            seen = torch.cat([real, fake]).contiguous(memory_format=torch.channels_last)
            logits = discriminator(seen).float()
        loss = functional.binary_cross_entropy_with_logits(logits, targets)
        of_discriminator.zero_grad(set_to_none=True)
        loss.backward()
        of_discriminator.step()
        discriminator.requires_grad_(False)  # Its gradients are not needed.
        with _products_in(precision):
            logits = discriminator(generator(latent())).float()
        loss = functional.binary_cross_entropy_with_logits(logits, targets[:batch_size])
        of_generator.zero_grad(set_to_none=True)
        loss.backward()
        of_generator.step()
        discriminator.requires_grad_(True)
        return loss.item()

    return step


def vae_samples(batch_size):
    """A function that decodes codes."""
    return _sampler(nn.Sequential(_decoder(), nn.Sigmoid()), lambda: torch.randn(batch_size, 2))


def generator_samples(batch_size):
    """A function that generates from latent vectors."""
    return _sampler(_generator(), lambda: 2 * torch.rand(batch_size, 100) - 1)


def _sampler(network, draw):
    network = _channels_last(network).eval()

    def sample():
        with torch.inference_mode():
            return network(draw()).numpy()

    return sample
