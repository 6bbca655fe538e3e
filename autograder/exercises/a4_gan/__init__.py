"""Assignment a4_gan: the networks and the two updates of a GAN, with known mistakes."""

from autograder.exercises.a4_gan.batch import discriminator_batch
from autograder.exercises.a4_gan.discriminator import build_discriminator
from autograder.exercises.a4_gan.discriminator_updates import discriminator_step
from autograder.exercises.a4_gan.generator import build_generator
from autograder.exercises.a4_gan.generator_updates import generator_step

__all__ = [
    "build_discriminator",
    "build_generator",
    "discriminator_batch",
    "discriminator_step",
    "generator_step",
]
