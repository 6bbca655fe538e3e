"""Noise on images and on labels, and how it goes wrong."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

import numpy as np

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a5_gan_training as probes
from course.gan import tricks
from course.gan.tricks import noise_std as right_std
from course.gan.tricks import perturb_images as right_perturb
from course.gan.tricks import soft_labels as right_labels

noise_std = Exercise(tricks.noise_std, probes.noise_std)

COURSE = ["how it goes from step to step"]


@noise_std.misconception
def negative_after_the_end(step, total_steps, initial_std):
    """After the last step of the decay the line goes on below 0. There is no negative
    standard deviation: the noise has to stay 0."""
    return initial_std * (1 - step / total_steps)


@noise_std.misconception
def noise_grows(step, total_steps, initial_std):
    """The noise starts at 0 and grows. It is needed at the beginning, when fakes are easily
    told from real images, and would spoil the good fakes of the end."""
    return initial_std * min(1.0, step / total_steps)


@noise_std.misconception
def zero_one_step_early(step, total_steps, initial_std):
    """The noise has become 0 one step too early. Step 0 has all of it, and ``total_steps``
    is the first step with none."""
    return right_std(step, total_steps - 1, initial_std)


@noise_std.misconception
def zero_one_step_late(step, total_steps, initial_std):
    """The noise becomes 0 one step too late. At ``total_steps`` it is already 0."""
    return right_std(step, total_steps + 1, initial_std)


@noise_std.misconception
def counted_from_one(step, total_steps, initial_std):
    """Steps are counted from 1. They begin at 0, and step 0 has the whole of the noise."""
    return right_std(step + 1, total_steps, initial_std)


@noise_std.misconception(shown_by=COURSE)
def exponential_decay(step, total_steps, initial_std):
    """The noise falls by the same factor each step, so it never becomes 0. A straight line
    is wanted: the same amount each step, and 0 in the end."""
    return initial_std * np.exp(-5 * step / total_steps)


@noise_std.misconception(shown_by=COURSE)
def curved(step, total_steps, initial_std):
    """The noise does not fall evenly. Other schedules may do as well, but a straight line is
    wanted here: the same amount each step."""
    return initial_std * (1 + np.cos(np.pi * min(1.0, step / total_steps))) / 2


@noise_std.misconception(shown_by=COURSE)
def whole_numbers_divided(step, total_steps, initial_std):
    """The noise does not fall at all, or falls in one blow. A share of the way is a fraction:
    if you divide whole numbers without a remainder, it is 0 up to the very end."""
    return initial_std * max(0, 1 - step // total_steps)


@noise_std.misconception
def slope_without_initial_std(step, total_steps, initial_std):
    """The share of the way was subtracted from the standard deviation itself. That is right
    only if it starts at 1: the whole line has to be scaled."""
    return max(0.0, initial_std - step / total_steps)


@noise_std.misconception
def initial_std_left_out(step, total_steps, initial_std):
    """The decay starts at 1, whatever ``initial_std`` says. It is the standard deviation at
    step 0."""
    return right_std(step, total_steps, 1.0)


perturb_images = Exercise(tricks.perturb_images, probes.perturb_images)

SHARING = ["which pixels have a draw of their own"]
SOURCE = ["where the noise comes from"]


@perturb_images.misconception
def variance_in_place_of_std(images, std, rng):
    """The noise is scaled by the square of ``std``. A standard deviation is in the unit of
    the pixels: a standard normal number times ``std`` has it."""
    return right_perturb(images, std**2, rng)


@perturb_images.misconception
def std_taken_for_a_variance(images, std, rng):
    """The noise is scaled by the square root of ``std``, as if it were a variance. It is the
    standard deviation already."""
    return right_perturb(images, np.sqrt(std), rng)


@perturb_images.misconception
def std_ignored(images, std, rng):
    """The noise has the same size whatever ``std`` is. So it can never decay."""
    return right_perturb(images, 1.0, rng)


@perturb_images.misconception
def uniform_noise(images, std, rng):
    """The noise is uniform. Gaussian noise was asked for: it has no sharp ends, so no pixel
    value proves that an image is real or fake. Moreover, from -std to std it spreads less
    than ``std`` says."""
    return images + rng.uniform(-std, std, size=images.shape)


@perturb_images.misconception
def uniform_positive_noise(images, std, rng):
    """The noise is uniform and never negative, so it makes every image brighter. Gaussian
    noise with a mean of 0 was asked for."""
    return images + std * rng.random(images.shape)


@perturb_images.misconception
def pixels_clipped(images, std, rng):
    """The pixels are cut off at 0 and 1. Black pixels can then only become brighter and white
    ones darker: the mean of the noise is no longer 0."""
    return np.clip(right_perturb(images, std, rng), 0, 1)


@perturb_images.misconception(shown_by=SHARING)
def one_draw_for_all(images, std, rng):
    """One number is drawn and added to all pixels. That makes the whole batch brighter or
    darker; every pixel needs a draw of its own: say how many when you draw."""
    return images + std * rng.normal()


@perturb_images.misconception(shown_by=SHARING)
def one_draw_an_image(images, std, rng):
    """One number is drawn for each image, and makes it brighter or darker as a whole. Every
    pixel needs a draw of its own."""
    return images + std * rng.normal(size=(len(images), *[1] * (images.ndim - 1)))


@perturb_images.misconception(shown_by=SHARING)
def same_noise_on_each_image(images, std, rng):
    """The same noise is laid over every image. A discriminator learns such a pattern and
    looks past it: every pixel of every image needs a draw of its own."""
    return images + std * rng.normal(size=images.shape[1:])


@perturb_images.misconception(shown_by=SHARING)
def only_the_first_image(images, std, rng):
    """Only the first image has noise. All images of the batch need it."""
    perturbed = np.array(images)
    perturbed[0] += std * rng.normal(size=images.shape[1:])
    return perturbed


@perturb_images.misconception
def noise_alone(images, std, rng):
    """The noise came back without the images. Without noise, the images must come back as
    they were."""
    return right_perturb(0 * images, std, rng)


@perturb_images.misconception
def multiplied(images, std, rng):
    """The images are multiplied with the noise. Then black pixels never get any: it is to be
    added."""
    return images * (1 + std * rng.normal(size=images.shape))


@perturb_images.misconception(shown_by=SOURCE)
def global_generator(images, std, rng):
    """``rng`` is not used: the noise comes from NumPy's global generator, or from one of your
    own. Nobody can then repeat a run from its seed."""
    return images + np.random.normal(0, std, size=images.shape)  # noqa: NPY002 -- the mistake


@perturb_images.misconception(shown_by=SOURCE)
def own_generator(images, std, rng):
    """``rng`` is not used: the noise comes from a new generator that nobody can seed."""
    return right_perturb(images, std, np.random.default_rng())


@perturb_images.misconception(shown_by=SOURCE)
def fixed_seed(images, std, rng):
    """Every call gives the same noise, because it makes a generator of its own with a fixed
    seed. Noise that never changes can be learnt: draw from ``rng``."""
    return right_perturb(images, std, np.random.default_rng(0))


@perturb_images.misconception
def images_changed_in_place(images, std, rng):
    """The images that were handed in are no longer what they were: ``+=`` changes an array in
    place. Each step would add more noise to the training data."""
    images += std * rng.normal(size=images.shape)
    return images


soft_labels = Exercise(tricks.soft_labels, probes.soft_labels)

SPREAD = ["how the targets are spread"]


def _labels(labels, rng, real=(0.7, 1.2), fake=(0.0, 0.3)):
    return np.where(
        labels == 1, rng.uniform(*real, size=labels.shape), rng.uniform(*fake, size=labels.shape)
    )


@soft_labels.misconception
def real_and_fake_swapped(labels, rng):
    """Real images have the targets of fakes, and fakes those of real images. The
    discriminator would learn everything the wrong way round."""
    return right_labels(1 - labels, rng)


@soft_labels.misconception
def never_above_one(labels, rng):
    """Targets of real images end at 1. The slide's range goes beyond: from 0.7 to 1.2."""
    return np.minimum(_labels(labels, rng, real=(0.7, 1.0)), 1)


@soft_labels.misconception
def real_down_to_eight_tenths(labels, rng):
    """Targets of real images lie around 1 in equal parts. The slide's range is not
    symmetric: from 0.7 to 1.2."""
    return _labels(labels, rng, real=(0.8, 1.2))


@soft_labels.misconception
def same_noise_added_to_both(labels, rng):
    """The same noise was added to both kinds, so that targets of fakes become negative. Each
    kind has a range of its own: fakes from 0.0 to 0.3."""
    return labels + rng.uniform(-0.3, 0.2, size=labels.shape)


@soft_labels.misconception
def only_real_ones(labels, rng):
    """Only the targets of real images are noisy. That is one-sided smoothing, which others
    recommend; the slide's trick softens both kinds."""
    return np.where(labels == 1, right_labels(labels, rng), labels)


@soft_labels.misconception
def only_fake_ones(labels, rng):
    """Only the targets of fake images are noisy. The slide's trick softens both kinds."""
    return np.where(labels == 0, right_labels(labels, rng), labels)


@soft_labels.misconception
def hardened(labels, rng):
    """The targets are exactly 0 and 1, as if rounded, or cast to whole numbers. The noise is
    the whole point: it must survive."""
    return np.round(0.99 * right_labels(labels, rng))


@soft_labels.misconception(shown_by=SPREAD)
def one_draw_a_kind(labels, rng):
    """All targets of one kind are the same number. Each label needs a draw of its own: say
    how many when you draw."""
    return np.where(labels == 1, rng.uniform(0.7, 1.2), rng.uniform(0.0, 0.3))


@soft_labels.misconception
def first_half_taken_for_real(labels, rng):
    """The first targets were drawn as real ones and the rest as fakes, whatever the labels
    say. They may come in any order: look at each label."""
    half = len(labels) // 2
    real = rng.uniform(0.7, 1.2, size=(half, 1))
    return np.concatenate([real, rng.uniform(0.0, 0.3, size=(len(labels) - half, 1))])


@soft_labels.misconception
def all_drawn_as_real(labels, rng):
    """All targets lie in the range of the real ones. The labels say which are fake, and
    fakes have a range of their own."""
    return rng.uniform(0.7, 1.2, size=labels.shape)


@soft_labels.misconception
def column_dropped(labels, rng):
    """The targets came back without their column: (n, 1) is wanted. Beside opinions of shape
    (n, 1), an array (n,) is broadcast to (n, n), without a word."""
    return right_labels(labels, rng).ravel()


@soft_labels.misconception(shown_by=SPREAD)
def gaussian_targets(labels, rng):
    """The targets are not spread evenly over their range: some values are likelier than
    others. The slide draws both kinds from uniform distributions."""
    noise = rng.normal(size=labels.shape)
    return np.where(labels == 1, 0.95 + 0.1 * noise, 0.15 + 0.05 * noise)


@soft_labels.misconception(shown_by=SOURCE)
def global_generator_for_labels(labels, rng):
    """``rng`` is not used: the targets come from NumPy's global generator, or from one of your
    own. Nobody can then repeat a run from its seed."""
    real = np.random.uniform(0.7, 1.2, size=labels.shape)  # noqa: NPY002 -- the mistake
    fake = np.random.uniform(0.0, 0.3, size=labels.shape)  # noqa: NPY002 -- the mistake
    return np.where(labels == 1, real, fake)


@soft_labels.misconception(shown_by=SOURCE)
def fixed_seed_for_labels(labels, rng):
    """Every call gives the same targets, because it makes a generator of its own with a fixed
    seed. Draw from ``rng``."""
    return right_labels(labels, np.random.default_rng(0))


@soft_labels.misconception
def labels_changed_in_place(labels, rng):
    """The labels that were handed in are no longer what they were. Whoever called you still
    needs them: at the next step nobody could tell real from fake."""
    labels[:] = right_labels(labels, rng)
    return labels
