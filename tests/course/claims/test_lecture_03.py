"""Claims of lecture 03, after fewer and smaller batches than the lecture's four epochs."""

import keras
import numpy as np
import pytest

from course.data import load_images
from course.vae.losses import generation_loss
from course.vae.model import VAE
from course.vae.recipes import cosine

pytestmark = pytest.mark.slow

IMAGES, BATCH, EPOCHS = 1600, 32, 6


def trained(seed, precision):
    """A VAE with k = 2 that was trained with the generation loss alone."""
    keras.utils.set_random_seed(seed)
    vae = VAE(latent_dim=2, kl_weight=0.0, seed=seed)
    optimizer, _ = cosine(steps=EPOCHS * IMAGES // BATCH)
    vae.compile(optimizer, precision=precision)
    vae.fit(load_images().x_train[:IMAGES], batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return vae


def test_much_noise_makes_the_loss_higher(seed, precision):
    """Eight times the noise that the encoder has chosen, against no noise."""
    vae = trained(seed, precision)
    images = load_images().x_train[:500]
    mu, log_var = (np.asarray(part) for part in vae.encoder(images))
    eps = np.random.default_rng(seed).normal(size=mu.shape)
    noisy = mu + 8 * np.exp(0.5 * log_var) * eps
    without, with_noise = (float(generation_loss(images, vae.decoder(z))) for z in (mu, noisy))
    assert with_noise > without
