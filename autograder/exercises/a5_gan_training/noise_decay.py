"""Noise that decays during training, with known mistakes."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

import numpy as np

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a5_gan_training as probes
from course.gan import tricks
from course.gan.tricks import noise_std as right_std

noise_std = Exercise(tricks.noise_std, probes.noise_std)

SCHEDULE = ["how the noise changes from step to step"]


@noise_std.misconception
def negative_after_the_end(step, total_steps, initial_std):
    """After the last step of the decay, your line continues below 0. A standard deviation is
    never negative: the noise has to stay 0."""
    return initial_std * (1 - step / total_steps)


@noise_std.misconception
def noise_grows(step, total_steps, initial_std):
    """Your noise starts at 0 and grows. It is needed at the beginning, when fakes are easy to
    tell from real images, and it would spoil the good fakes at the end."""
    return initial_std * min(1.0, step / total_steps)


@noise_std.misconception
def zero_one_step_early(step, total_steps, initial_std):
    """Your noise reaches 0 one step too early. Step 0 has all of the noise, and ``total_steps``
    is the first step with none."""
    return right_std(step, total_steps - 1, initial_std)


@noise_std.misconception
def zero_one_step_late(step, total_steps, initial_std):
    """Your noise reaches 0 one step too late. At ``total_steps`` it is already 0."""
    return right_std(step, total_steps + 1, initial_std)


@noise_std.misconception
def counted_from_one(step, total_steps, initial_std):
    """You counted the steps from 1. They begin at 0, and step 0 has all of the noise."""
    return right_std(step + 1, total_steps, initial_std)


@noise_std.misconception(shown_by=SCHEDULE)
def exponential_decay(step, total_steps, initial_std):
    """Your noise falls by the same factor at each step, so it never reaches 0. The docstring
    asks for a straight line: the same amount at each step, and 0 at the end."""
    return initial_std * np.exp(-5 * step / total_steps)


@noise_std.misconception(shown_by=SCHEDULE)
def curved(step, total_steps, initial_std):
    """Your noise does not fall evenly. Other schedules may work as well, but the docstring asks
    for a straight line: the same amount at each step."""
    return initial_std * (1 + np.cos(np.pi * min(1.0, step / total_steps))) / 2


@noise_std.misconception(shown_by=SCHEDULE)
def whole_numbers_divided(step, total_steps, initial_std):
    """Your noise does not fall at all, or it falls all at once. The share of the way is a
    fraction: if you divide whole numbers without a remainder, it is 0 until the very end."""
    return initial_std * max(0, 1 - step // total_steps)


@noise_std.misconception
def slope_without_initial_std(step, total_steps, initial_std):
    """You subtracted the share of the way from the standard deviation itself. That is right
    only if it starts at 1: scale the whole line."""
    return max(0.0, initial_std - step / total_steps)


@noise_std.misconception
def initial_std_left_out(step, total_steps, initial_std):
    """Your decay starts at 1, whatever ``initial_std`` says. It is the standard deviation at
    step 0."""
    return right_std(step, total_steps, 1.0)
