"""Assignment a3_latent_space: grids, paths, means and edits of codes, with known mistakes."""

import numpy as np

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a3_latent_space as probes
from course import latent

code_grid = Exercise(latent.code_grid, probes.code_grid)


@code_grid.misconception
def second_varies_fastest(n, limit):
    """In your grid, the second coordinate varies fastest. All codes are there, but in another
    order: drawn row by row, the picture would be mirrored at its diagonal."""
    return latent.code_grid(n, limit)[:, ::-1]


@code_grid.misconception
def last_value_missing(n, limit):
    """The largest coordinate is missing: your values stop one step early, as a half-open range
    does. Both ends belong to the grid."""
    line = -limit + 2 * limit / n * np.arange(n)
    return np.stack([np.tile(line, n), np.repeat(line, n)], axis=1)


@code_grid.misconception
def only_positive(n, limit):
    """Your grid starts at 0. The codes lie around the origin, so three quarters of them are on
    the other sides of it."""
    return latent.code_grid(n, limit) / 2 + limit / 2


@code_grid.misconception
def diagonal_only(n, limit):
    """In your grid, both coordinates change together: the codes lie on one line, the diagonal.
    A grid combines every value of the first coordinate with every value of the second."""
    line = np.linspace(-limit, limit, n)
    return np.stack([line, line], axis=1)


@code_grid.misconception
def still_two_dimensional(n, limit):
    """Your codes are still in n rows and n columns. A decoder takes one list of codes: its
    shape is (n * n, 2)."""
    return latent.code_grid(n, limit).reshape(n, n, 2)


@code_grid.misconception
def coordinates_in_rows(n, limit):
    """You put the coordinates in rows and the codes in columns. The docstring asks for one code
    per row."""
    return latent.code_grid(n, limit).T


interpolate_codes = Exercise(latent.interpolate_codes, probes.interpolate_codes)


@interpolate_codes.misconception
def end_missing(start, end, steps):
    """Your last code does not reach the end. Both ends belong to the path: with ``steps`` codes
    there are ``steps`` - 1 gaps between them."""
    return latent.interpolate_codes(start, end, steps + 1)[:-1]


@interpolate_codes.misconception
def ends_left_out(start, end, steps):
    """You returned only the codes strictly between the two ends. Both ends belong to the path."""
    return latent.interpolate_codes(start, end, steps + 2)[1:-1]


@interpolate_codes.misconception
def one_step_too_many(start, end, steps):
    """You returned one code too many. ``steps`` counts the codes, not the gaps between them."""
    return latent.interpolate_codes(start, end, steps + 1)


@interpolate_codes.misconception
def backwards(start, end, steps):
    """Your path goes backwards: you gave the share that belongs to the end to the start."""
    return latent.interpolate_codes(end, start, steps)


@interpolate_codes.misconception
def difference_not_added_to_start(start, end, steps):
    """You returned shares of the difference, which are not yet codes: the path has to begin at
    the start, not at the origin."""
    return latent.interpolate_codes(0 * start, end - start, steps)


@interpolate_codes.misconception
def end_not_reached_from_start(start, end, steps):
    """You added shares of the end to the whole start. The share of the start has to fall while
    that of the end rises: the two shares add up to 1."""
    return start + latent.interpolate_codes(0 * end, end, steps)


@interpolate_codes.misconception
def codes_in_columns(start, end, steps):
    """You put the codes in columns. The docstring asks for one code per row: (steps, k)."""
    return latent.interpolate_codes(start, end, steps).T


average_image = Exercise(latent.average_image, probes.average_image)


@average_image.misconception
def mean_of_images(decoder, codes):
    """You averaged the images, pixel by pixel. That lays them over one another. Average the
    codes instead, and decode their mean once."""
    return np.mean(np.asarray(decoder(codes)), axis=0)


@average_image.misconception
def batch_kept(decoder, codes):
    """Your image is still in a batch of one. The docstring asks for a single image: (28, 28,
    1)."""
    return latent.average_image(decoder, codes)[None]


@average_image.misconception
def channel_dropped(decoder, codes):
    """The channel axis is missing. The docstring asks for (28, 28, 1), as the decoder draws it."""
    return latent.average_image(decoder, codes)[..., 0]


@average_image.misconception
def sum_of_codes(decoder, codes):
    """You added up the codes and did not divide by their number. Their sum lies far from the
    origin, where the decoder was hardly trained."""
    return np.asarray(decoder(np.sum(codes, axis=0, keepdims=True)))[0]


@average_image.misconception
def first_code_only(decoder, codes):
    """You returned the image of the first code alone. All codes count the same: decode their
    mean."""
    return np.asarray(decoder(codes[:1]))[0]


attribute_vector = Exercise(latent.attribute_vector, probes.attribute_vector)


@attribute_vector.misconception
def points_away(codes, has_attribute):
    """Your vector points the other way: from the images with the attribute to those without it.
    Added to a code, it would remove the attribute."""
    return -latent.attribute_vector(codes, has_attribute)


@attribute_vector.misconception
def mean_with_only(codes, has_attribute):
    """You returned the mean code of the images with the attribute. It still contains what they
    share with all others; subtract the mean of those without it."""
    latent.attribute_vector(codes, has_attribute)
    return codes[has_attribute].mean(axis=0)


@attribute_vector.misconception
def against_the_mean_of_all(codes, has_attribute):
    """You subtracted the mean of all codes, not that of the codes without the attribute. The
    vector then becomes shorter, the more images have the attribute."""
    latent.attribute_vector(codes, has_attribute)
    return codes[has_attribute].mean(axis=0) - codes.mean(axis=0)


@attribute_vector.misconception
def sums_instead_of_means(codes, has_attribute):
    """You added up the codes of each group, so the larger group weighs more. Compare what is
    typical of each group: its mean."""
    latent.attribute_vector(codes, has_attribute)
    return codes[has_attribute].sum(axis=0) - codes[~has_attribute].sum(axis=0)


@attribute_vector.misconception
def averaged_over_dimensions(codes, has_attribute):
    """You returned one number, because you took the mean over the dimensions as well. A
    direction has an entry for each of the k dimensions."""
    return latent.attribute_vector(codes, has_attribute).mean()


@attribute_vector.misconception
def length_one(codes, has_attribute):
    """You scaled the vector to length 1. Its length says how far it is from without to with the
    attribute, and strengths are multiples of that length."""
    direction = latent.attribute_vector(codes, has_attribute)
    return direction / np.linalg.norm(direction)


@attribute_vector.misconception
def empty_group_accepted(codes, has_attribute):
    """Your code accepts a group without images. It has no mean: NumPy warns and returns nan,
    which a decoder draws as nothing. Raise a ValueError, as the docstring asks."""
    with np.errstate(all="ignore"):
        sums = codes[has_attribute].sum(axis=0), codes[~has_attribute].sum(axis=0)
        return sums[0] / np.sum(has_attribute) - sums[1] / np.sum(~has_attribute)


@attribute_vector.misconception
def nobody_without_accepted(codes, has_attribute):
    """You raise an error when no image has the attribute, but not when every image has it. Then
    the group without it is empty, and its mean is nan. Raise the error in both cases."""
    if np.any(has_attribute):
        return empty_group_accepted(codes, has_attribute)
    raise ValueError("nobody has it")


edit_codes = Exercise(latent.edit_codes, probes.edit_codes)


@edit_codes.misconception
def direction_alone(code, direction, strengths):
    """You returned the moves without the code that is moved. Strength 0 must leave the code as
    it is."""
    return latent.edit_codes(0 * code, direction, strengths)


@edit_codes.misconception
def moved_the_other_way(code, direction, strengths):
    """You subtracted the moves from the code. A positive strength adds the direction."""
    return latent.edit_codes(code, -direction, strengths)


@edit_codes.misconception
def moves_added_up(code, direction, strengths):
    """Each of your moves starts where the one before ended. All of them start at the code
    itself."""
    return latent.edit_codes(code, direction, np.cumsum(strengths))


@edit_codes.misconception
def strengths_forgotten(code, direction, strengths):
    """You moved every row by the direction exactly once. The strengths say how often to add it."""
    return latent.edit_codes(code, direction, np.ones(len(strengths)))


@edit_codes.misconception
def code_scaled_too(code, direction, strengths):
    """You multiplied the code by the strengths as well. The code stays as it is; the strengths
    scale only the direction."""
    return np.multiply.outer(np.asarray(strengths), code + direction)


@edit_codes.misconception
def edits_in_columns(code, direction, strengths):
    """You put the edited codes in columns. The docstring asks for one code per row: (m, k)."""
    return latent.edit_codes(code, direction, strengths).T


@edit_codes.misconception
def code_changed_in_place(code, direction, strengths):
    """Your function changed the code that it received: ``+=`` changes an array in place.
    Whoever called you still needs it."""
    edited = []
    for strength in strengths:
        code += strength * direction
        edited.append(code.copy())
        code -= strength * direction
    code += direction
    return np.array(edited)
