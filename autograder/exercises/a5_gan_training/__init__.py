"""Assignment a5_gan_training: the generator's losses, its gradient, noise, and known mistakes."""

from autograder.exercises.a5_gan_training.gradients import generator_gradient_norm
from autograder.exercises.a5_gan_training.image_noise import perturb_images
from autograder.exercises.a5_gan_training.label_noise import soft_labels
from autograder.exercises.a5_gan_training.losses import (
    minimax_generator_loss,
    non_saturating_generator_loss,
)
from autograder.exercises.a5_gan_training.noise_decay import noise_std

__all__ = [
    "generator_gradient_norm",
    "minimax_generator_loss",
    "noise_std",
    "non_saturating_generator_loss",
    "perturb_images",
    "soft_labels",
]
