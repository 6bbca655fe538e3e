"""Noise on images, with known mistakes."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

import numpy as np

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a5_gan_training as probes
from course.gan import tricks
from course.gan.tricks import perturb_images as right_perturb

perturb_images = Exercise(tricks.perturb_images, probes.perturb_images)

SHARING = ["which pixels have their own draw"]
SOURCE = ["where the noise comes from"]


@perturb_images.misconception
def variance_in_place_of_std(images, std, rng):
    """You scaled the noise by the square of ``std``. A standard deviation is in the unit of the
    pixels: a standard normal number times ``std`` has the right one."""
    return right_perturb(images, std**2, rng)


@perturb_images.misconception
def std_taken_for_a_variance(images, std, rng):
    """You scaled the noise by the square root of ``std``, as if it were a variance. It is
    already the standard deviation."""
    return right_perturb(images, np.sqrt(std), rng)


@perturb_images.misconception
def std_ignored(images, std, rng):
    """Your noise has the same size whatever ``std`` is. So it can never decay."""
    return right_perturb(images, 1.0, rng)


@perturb_images.misconception
def uniform_noise(images, std, rng):
    """Your noise is uniform. The docstring asks for Gaussian noise: it has no sharp ends, so no
    pixel value proves that an image is real or fake. Also, noise from -std to std spreads less
    than ``std`` says."""
    return images + rng.uniform(-std, std, size=images.shape)


@perturb_images.misconception
def uniform_positive_noise(images, std, rng):
    """Your noise is uniform and never negative, so it makes every image brighter. The docstring
    asks for Gaussian noise with a mean of 0."""
    return images + std * rng.random(images.shape)


@perturb_images.misconception
def pixels_clipped(images, std, rng):
    """You cut off the pixels at 0 and 1. Black pixels can then only become brighter and white
    ones darker: the mean of the noise is no longer 0."""
    return np.clip(right_perturb(images, std, rng), 0, 1)


@perturb_images.misconception(shown_by=SHARING)
def one_draw_for_all(images, std, rng):
    """You drew one number and added it to all pixels. That makes the whole batch brighter or
    darker. Every pixel needs its own draw: say how many numbers you need when you draw."""
    return images + std * rng.normal()


@perturb_images.misconception(shown_by=SHARING)
def one_draw_an_image(images, std, rng):
    """You drew one number for each image, which makes the whole image brighter or darker. Every
    pixel needs its own draw."""
    return images + std * rng.normal(size=(len(images), *[1] * (images.ndim - 1)))


@perturb_images.misconception(shown_by=SHARING)
def same_noise_on_each_image(images, std, rng):
    """You added the same noise to every image. A discriminator learns such a pattern and then
    ignores it: every pixel of every image needs its own draw."""
    return images + std * rng.normal(size=images.shape[1:])


@perturb_images.misconception(shown_by=SHARING)
def only_the_first_image(images, std, rng):
    """Only your first image has noise. All images of the batch need it."""
    perturbed = np.array(images)
    perturbed[0] += std * rng.normal(size=images.shape[1:])
    return perturbed


@perturb_images.misconception
def noise_alone(images, std, rng):
    """You returned the noise without the images. When there is no noise, your function must
    return the images as they were."""
    return right_perturb(0 * images, std, rng)


@perturb_images.misconception
def multiplied(images, std, rng):
    """You multiplied the images by the noise. Black pixels then never get any noise: add it
    instead."""
    return images * (1 + std * rng.normal(size=images.shape))


@perturb_images.misconception(shown_by=SOURCE)
def global_generator(images, std, rng):
    """You did not use ``rng``: your noise comes from NumPy's global generator, or from one of
    your own. Nobody can then repeat a run from its seed."""
    return images + np.random.normal(0, std, size=images.shape)  # noqa: NPY002 -- the mistake


@perturb_images.misconception(shown_by=SOURCE)
def own_generator(images, std, rng):
    """You did not use ``rng``: your noise comes from a new generator that nobody can seed."""
    return right_perturb(images, std, np.random.default_rng())


@perturb_images.misconception(shown_by=SOURCE)
def fixed_seed(images, std, rng):
    """Every call gives the same noise, because you make a generator of your own with a fixed
    seed. A discriminator can learn noise that never changes: draw from ``rng``."""
    return right_perturb(images, std, np.random.default_rng(0))


@perturb_images.misconception
def images_changed_in_place(images, std, rng):
    """Your function changed the images that it received: ``+=`` changes an array in place. Each
    step would add more noise to the training data."""
    images += std * rng.normal(size=images.shape)
    return images
