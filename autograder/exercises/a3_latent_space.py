"""Assignment a3_latent_space: walking, averaging and editing among codes, and how it goes wrong."""

import numpy as np

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a3_latent_space as probes
from course import latent

code_grid = Exercise(latent.code_grid, probes.code_grid)


@code_grid.misconception
def second_varies_fastest(n, limit):
    """The second coordinate varies fastest. The codes are all there, but in another order:
    drawn row by row, the picture would be mirrored at its diagonal."""
    return latent.code_grid(n, limit)[:, ::-1]


@code_grid.misconception
def last_value_missing(n, limit):
    """The largest coordinate is missing: the values stop one step early, as a
    half-open range does. Both ends belong to the grid."""
    line = -limit + 2 * limit / n * np.arange(n)
    return np.stack([np.tile(line, n), np.repeat(line, n)], axis=1)


@code_grid.misconception
def only_positive(n, limit):
    """The grid starts at 0. The codes lie around the origin, so three quarters of them are
    on the other sides of it."""
    return latent.code_grid(n, limit) / 2 + limit / 2


@code_grid.misconception
def diagonal_only(n, limit):
    """Both coordinates move together: these codes lie on one line, the diagonal. A grid has
    every value of the first beside every value of the second."""
    line = np.linspace(-limit, limit, n)
    return np.stack([line, line], axis=1)


@code_grid.misconception
def still_two_dimensional(n, limit):
    """The codes still stand in n rows and n columns. A decoder takes one list of codes: its
    shape is (n * n, 2)."""
    return latent.code_grid(n, limit).reshape(n, n, 2)


@code_grid.misconception
def coordinates_in_rows(n, limit):
    """The coordinates stand in rows and the codes in columns. One code a row is wanted."""
    return latent.code_grid(n, limit).T


interpolate_codes = Exercise(latent.interpolate_codes, probes.interpolate_codes)


@interpolate_codes.misconception
def end_missing(start, end, steps):
    """The last code falls short of the end. Both ends belong to the way: with ``steps`` codes
    there are ``steps`` - 1 gaps between them."""
    return latent.interpolate_codes(start, end, steps + 1)[:-1]


@interpolate_codes.misconception
def ends_left_out(start, end, steps):
    """Only the codes strictly between the two ends come back. Both ends belong to the way."""
    return latent.interpolate_codes(start, end, steps + 2)[1:-1]


@interpolate_codes.misconception
def one_step_too_many(start, end, steps):
    """One code too many comes back. ``steps`` counts the codes, not the gaps between them."""
    return latent.interpolate_codes(start, end, steps + 1)


@interpolate_codes.misconception
def backwards(start, end, steps):
    """The way is walked backwards: the share that belongs to the end was given to the start."""
    return latent.interpolate_codes(end, start, steps)


@interpolate_codes.misconception
def difference_not_added_to_start(start, end, steps):
    """These are shares of the difference, and not yet codes: the way has to begin at the
    start, not at the origin."""
    return latent.interpolate_codes(0 * start, end - start, steps)


@interpolate_codes.misconception
def end_not_reached_from_start(start, end, steps):
    """Shares of the end are added to the whole start. The start has to fade while the end
    comes: their shares add up to 1."""
    return start + latent.interpolate_codes(0 * end, end, steps)


@interpolate_codes.misconception
def codes_in_columns(start, end, steps):
    """The codes stand in columns. One code a row is wanted: (steps, k)."""
    return latent.interpolate_codes(start, end, steps).T


average_image = Exercise(latent.average_image, probes.average_image)


@average_image.misconception
def mean_of_images(decoder, codes):
    """The images were averaged, pixel by pixel. That lays them over one another; the codes
    are to be averaged, and their mean decoded, once."""
    return np.mean(np.asarray(decoder(codes)), axis=0)


@average_image.misconception
def batch_kept(decoder, codes):
    """The image still stands in a batch of one. A single image is wanted: (28, 28, 1)."""
    return latent.average_image(decoder, codes)[None]


@average_image.misconception
def channel_dropped(decoder, codes):
    """The axis of the channel is missing: (28, 28, 1) is wanted, as the decoder draws it."""
    return latent.average_image(decoder, codes)[..., 0]


@average_image.misconception
def sum_of_codes(decoder, codes):
    """The codes were added up, and not divided by their number. Their sum lies far out, where
    the decoder was hardly trained."""
    return np.asarray(decoder(np.sum(codes, axis=0, keepdims=True)))[0]


@average_image.misconception
def first_code_only(decoder, codes):
    """This is the image of the first code alone. All codes count alike: decode their mean."""
    return np.asarray(decoder(codes[:1]))[0]


attribute_vector = Exercise(latent.attribute_vector, probes.attribute_vector)


@attribute_vector.misconception
def points_away(codes, has_attribute):
    """The vector points the other way: from the images with the attribute to those without.
    Added to a code, it would take the attribute away."""
    return -latent.attribute_vector(codes, has_attribute)


@attribute_vector.misconception
def mean_with_only(codes, has_attribute):
    """This is the mean code of the images with the attribute. What they share with all others
    is still in it; the mean of those without has to go."""
    latent.attribute_vector(codes, has_attribute)
    return codes[has_attribute].mean(axis=0)


@attribute_vector.misconception
def against_the_mean_of_all(codes, has_attribute):
    """The mean of all codes was taken away, not of those without the attribute. The vector
    then becomes shorter, the more images show it."""
    latent.attribute_vector(codes, has_attribute)
    return codes[has_attribute].mean(axis=0) - codes.mean(axis=0)


@attribute_vector.misconception
def sums_instead_of_means(codes, has_attribute):
    """The codes of each group were added up, so the larger group weighs more. Compare what is
    typical of each: its mean."""
    latent.attribute_vector(codes, has_attribute)
    return codes[has_attribute].sum(axis=0) - codes[~has_attribute].sum(axis=0)


@attribute_vector.misconception
def averaged_over_dimensions(codes, has_attribute):
    """One number came back: the mean was taken over the dimensions as well. A direction has
    an entry for each of the k dimensions."""
    return latent.attribute_vector(codes, has_attribute).mean()


@attribute_vector.misconception
def length_one(codes, has_attribute):
    """The vector was scaled to length 1. Its length says how far it is from without to with,
    and strengths are counted in it."""
    direction = latent.attribute_vector(codes, has_attribute)
    return direction / np.linalg.norm(direction)


@attribute_vector.misconception
def empty_group_accepted(codes, has_attribute):
    """A group without images has no mean: NumPy warns, and nan comes back, which a decoder
    draws as nothing. Refuse it with a ValueError, as the docstring asks."""
    with np.errstate(all="ignore"):
        sums = codes[has_attribute].sum(axis=0), codes[~has_attribute].sum(axis=0)
        return sums[0] / np.sum(has_attribute) - sums[1] / np.sum(~has_attribute)


@attribute_vector.misconception
def nobody_without_accepted(codes, has_attribute):
    """An attribute that nobody has is refused, but one that everybody has is not: then the
    group without it is empty, and its mean is nan. Refuse both."""
    if np.any(has_attribute):
        return empty_group_accepted(codes, has_attribute)
    raise ValueError("nobody has it")


edit_codes = Exercise(latent.edit_codes, probes.edit_codes)


@edit_codes.misconception
def direction_alone(code, direction, strengths):
    """The moves came back, without the code that is moved. Strength 0 must leave the code as
    it is."""
    return latent.edit_codes(0 * code, direction, strengths)


@edit_codes.misconception
def moved_the_other_way(code, direction, strengths):
    """The moves were taken away from the code: positive strengths add the direction."""
    return latent.edit_codes(code, -direction, strengths)


@edit_codes.misconception
def moves_added_up(code, direction, strengths):
    """Each move starts where the one before ended. All of them start at the code itself."""
    return latent.edit_codes(code, direction, np.cumsum(strengths))


@edit_codes.misconception
def strengths_forgotten(code, direction, strengths):
    """Every row has moved by the direction once. How often it is added, the strengths say."""
    return latent.edit_codes(code, direction, np.ones(len(strengths)))


@edit_codes.misconception
def code_scaled_too(code, direction, strengths):
    """The code was multiplied by the strengths as well. It stays what it is; only the
    direction is scaled."""
    return np.multiply.outer(np.asarray(strengths), code + direction)


@edit_codes.misconception
def edits_in_columns(code, direction, strengths):
    """The edited codes stand in columns. One code a row is wanted: (m, k)."""
    return latent.edit_codes(code, direction, strengths).T


@edit_codes.misconception
def code_changed_in_place(code, direction, strengths):
    """The code that was handed in is no longer what it was: ``+=`` changes an array in place.
    Whoever called you still needs it."""
    edited = []
    for strength in strengths:
        code += strength * direction
        edited.append(code.copy())
        code -= strength * direction
    code += direction
    return np.array(edited)
