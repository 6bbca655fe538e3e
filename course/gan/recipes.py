"""All settings of the training of a GAN (lectures 07 to 09)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from numbers import Real
from typing import Any

__all__ = ["CHOICES", "Recipe"]

# Switches whose values are names.
CHOICES = {
    "optimizer": ("rmsprop", "adam"),
    "latent_law": ("uniform", "normal"),
    "generator_loss": ("non_saturating", "minimax"),
}
COUNTS = {"batch_size", "discriminator_steps", "noise_steps"}
SHARES = {"average", "beta_1", "dropout", "label_flips"}


@dataclass(frozen=True)
class Recipe:
    """One way to train a GAN; the defaults are those of the lecture.

    Attributes:
        discriminator_rate, generator_rate: learning rates. Heusel et al. 2017 call two
            different rates TTUR.
        optimizer: 'rmsprop' (lecture) or 'adam' (ganhacks 9).
        beta_1: Adam's decay of the mean gradient; Radford et al. 2016 take 0.5.
        batch_size: real images per step, and as many fake ones.
        latent_law: 'uniform' in [-1, 1] (lecture) or 'normal' (ganhacks 3).
        generator_loss: 'non_saturating', mean -log D (lecture), or 'minimax',
            mean log(1 - D).
        discriminator_steps: updates of the discriminator per step; a step has one update of
            the generator.
        pretraining: steps at the start in which the generator does not change.
        image_noise: standard deviation of the noise on the discriminator's images, real
            and fake, at the first step; it falls linearly.
        noise_steps: step at which the image noise has become 0.
        label_noise: whether targets are drawn: real U(0.7, 1.2), fake U(0, 0.3).
        real_target: target of real images; below 1, one-sided smoothing (Salimans 2016).
        label_flips: share of targets that are swapped.
        separate_batches: whether the discriminator sees real and fake images in two
            calls, which makes a difference only to batch normalization (ganhacks 4).
        gradient_penalty: weight gamma of R1: gamma / 2 times the mean squared norm of the
            logit's gradient at real images (Mescheder et al. 2018).
        average: decay of the running average of the generator's weights, 0 for none.
        capacity: width of the discriminator's hidden layers, as a multiple.
        dropout: rate after each of the discriminator's hidden layers.
        batch_norm: whether the discriminator normalizes its hidden layers by batch.
        spectral_norm: whether each of the discriminator's layers is divided by its largest
            singular value (Miyato et al. 2018).

    The last four are about the discriminator's layers. The functions that build small networks
    from a recipe use them (``course.gan.ring``); the lecture's own networks do not.
    """

    discriminator_rate: float = 2e-4
    generator_rate: float = 1e-4
    optimizer: str = "rmsprop"
    beta_1: float = 0.5
    batch_size: int = 64
    latent_law: str = "uniform"
    generator_loss: str = "non_saturating"
    discriminator_steps: int = 1
    pretraining: int = 0
    image_noise: float = 0.0
    noise_steps: int = 2000
    label_noise: bool = False
    real_target: float = 1.0
    label_flips: float = 0.0
    separate_batches: bool = False
    gradient_penalty: float = 0.0
    average: float = 0.0
    capacity: float = 1.0
    dropout: float = 0.0
    batch_norm: bool = False
    spectral_norm: bool = False

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f"Recipe: {name} is {getattr(self, name)!r}; choose from {', '.join(allowed)}"
                )
        for field in fields(self):
            value: Any = getattr(self, field.name)
            kind = type(field.default)
            if kind is str:
                continue
            if not isinstance(getattr(self, field.name), Real) or value != value:
                raise ValueError(f"Recipe: {field.name} is {value!r}; it must be a number")
            if kind is int and value != int(value):
                raise ValueError(f"Recipe: {field.name} is {value}; it must be a whole number")
            least = 1 if field.name in COUNTS else 0
            if value < least:
                raise ValueError(f"Recipe: {field.name} is {value}; it must be at least {least}")
            if field.name in SHARES and value >= 1:
                raise ValueError(f"Recipe: {field.name} is {value}; it must be below 1")

    def changes(self, other: Recipe) -> dict[str, Any]:
        """Dictionary of the switches that differ from another recipe, with this one's values."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name) != getattr(other, field.name)
        }
