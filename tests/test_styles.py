"""Right answers in many styles: none of them may lose a point."""

import pytest
from styles import a1_distances, a2_vae, a3_latent_space, a4_gan, a5_gan_training

from autograder.exercise import find_exercise
from autograder.observe import observe
from autograder.verdict import judge

STYLES = (
    a1_distances.STYLES
    | a2_vae.STYLES
    | a3_latent_space.STYLES
    | a4_gan.STYLES
    | a5_gan_training.STYLES
)
SEEDS = (1, 2, 12)


@pytest.mark.parametrize(
    ("exercise", "style"),
    [
        pytest.param(exercise, style, id=f"{exercise}: {style.__doc__}")
        for exercise, styles in STYLES.items()
        for style in styles
    ],
)
def test_a_right_answer_in_any_style_loses_nothing(exercise, style):
    """A right implementation has fraction 1 at every seed, however it is written."""
    found = find_exercise(exercise)
    for seed in SEEDS:
        verdict = judge(found.key(seed), observe(found.probe, style, seed))
        assert verdict.fraction == 1, f"seed {seed}: {verdict}"


@pytest.mark.parametrize("exercise", STYLES)
def test_every_exercise_is_answered_in_five_styles(exercise):
    """Each exercise has at least five right answers that bear its name."""
    names = {style.__name__ for style in STYLES[exercise]}
    assert len(STYLES[exercise]) >= 5 and names == {exercise}
