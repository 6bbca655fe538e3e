"""Assignment a2_vae: the networks, losses and training step of a VAE, with known mistakes."""

from autograder.exercises.a2_vae.losses import generation_loss, kl_loss, vae_loss
from autograder.exercises.a2_vae.networks import build_decoder, build_encoder, sample_latent
from autograder.exercises.a2_vae.training import vae_train_step

__all__ = [
    "build_decoder",
    "build_encoder",
    "generation_loss",
    "kl_loss",
    "sample_latent",
    "vae_loss",
    "vae_train_step",
]
