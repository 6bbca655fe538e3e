"""The early warnings of a training."""

import numpy as np
import pytest

from course.gan.lab.warning_signs import warning_signs
from course.gan.model import RECORDED


def lit(signs):
    """Names of the signs that warn."""
    return {sign.name for sign in signs if sign.lit}


def healthy(steps=600):
    """A history that nothing is wrong with."""
    rng = np.random.default_rng(0)
    level = dict(zip(RECORDED, (0.65, 0.9, 0.7, 0.6, 2.0, 5.0)))
    return {name: value + 0.01 * rng.normal(size=steps) for name, value in level.items()}


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("discriminator's loss at 0", {"discriminator_loss": np.full(600, 0.001)}),
        (
            "discriminator always right",
            {"accuracy_real": np.ones(600), "accuracy_fake": np.ones(600)},
        ),
        ("discriminator's loss jumps", {"discriminator_loss": np.tile([0.2, 1.4], 300)}),
        ("gradients above 100", {"generator_gradient": np.r_[np.ones(599), 101.0]}),
        ("gradients above 100", {"discriminator_gradient": np.r_[np.ones(599), 101.0]}),
        ("generator's gradient gone", {"generator_gradient": np.full(600, 1e-5)}),
        ("generator's loss falls steadily", {"generator_loss": np.linspace(3, 1, 600)}),
    ],
)
def test_each_warning_is_lit_by_its_own_trouble(name, changed):
    """One trouble lights one warning, with the word for it and a number; health lights none."""
    assert lit(warning_signs(healthy(), 8)) == set()
    signs = warning_signs(healthy() | changed, 8)
    assert lit(signs) == {name}
    (sign,) = [sign for sign in signs if sign.lit]
    assert str(sign).startswith("WARNING: ") and any(c.isdigit() for c in sign.words)


def test_warnings_look_at_the_last_steps():
    """Trouble that is over, or loss that fell and rose again, lights nothing."""
    history = healthy()
    history["generator_gradient"][:400] = 500
    history["generator_loss"][:400] = np.linspace(3, 1, 400)
    assert lit(warning_signs(history)) == set()
    assert lit(warning_signs(history, 7)) == {"modes missing"}


def test_a_generator_that_waits_lights_nothing():
    """During the discriminator's pretraining the generator has no numbers, and no warnings."""
    nan = np.full(600, np.nan)
    signs = warning_signs(healthy() | {"generator_loss": nan, "generator_gradient": nan})
    assert lit(signs) == set()
    assert "no update yet" in " ".join(map(str, signs))
    nothing = warning_signs({name: [] for name in RECORDED})
    assert lit(nothing) == set() and {sign.words for sign in nothing} == {"no step yet"}
