"""Trainings on the ring, to be watched, stopped, repeated and compared (lectures 08 and 09)."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from course.checkpoints import WEIGHTS
from course.gan.difficulties import descend
from course.gan.lab.warning_signs import Sign, warning_signs
from course.gan.model import GAN
from course.gan.recipes import Recipe
from course.gan.ring import RING_RECIPE, count_modes, draw_ring, ring_gan

__all__ = ["RingRun", "recorded_ring_runs", "ring_outcomes", "train_seeds"]

SAMPLES = 2000


class RingRun:
    """One training on the ring of eight Gaussians, from its recipe and seed.

    Args:
        recipe: ``course.gan.recipes.Recipe`` with all settings.
        seed: integer; the same recipe and seed give the same run.

    Attributes:
        gan: the ``course.gan.model.GAN``.
        real: the data, float32 (10000, 2), the same for every run.
        scores: list of ``(step, modes, share)``, one for every ``every`` steps: modes
            covered, 0 to 8, and share of 2,000 samples within three standard deviations of a
            mode.
    """

    of = 8
    modes_name, share_name = "modes", "share near a mode"

    def __init__(self, recipe: Recipe = RING_RECIPE, seed: int = 0) -> None:
        self.gan = ring_gan(recipe, seed)
        self.real = draw_ring(10_000, np.random.default_rng(0))
        self.scores: list[tuple[int, int, float]] = []

    @property
    def step(self) -> int:
        """Number of steps done."""
        return self.gan.step

    @property
    def recipe(self) -> Recipe:
        """The run's ``Recipe``."""
        return self.gan.recipe

    @property
    def seed(self) -> int:
        """The run's seed."""
        return self.gan.seed

    @property
    def history(self) -> dict[str, list[float]]:
        """Losses, accuracies and gradients, one value per step, as in ``GAN.history``."""
        return self.gan.history

    @property
    def signs(self) -> list[Sign]:
        """The early warnings at this step."""
        return warning_signs(self.history, self.scores[-1][1] if self.scores else None)

    def train(
        self,
        steps: int = 2000,
        watch: Callable[[RingRun], object] | None = None,
        every: int = 100,
        stop: Callable[[], bool] | None = None,
    ) -> RingRun:
        """Train for some more steps. An interrupt ends it early and keeps all steps done so far.

        A run that is stopped and continued is the same as one without a stop.

        Args:
            steps: how many.
            watch: function of this run that is called every ``every`` steps, or None.
            every: steps between two scores.
            stop: function without arguments that is called before each ``every`` steps; if
                it returns True, the training ends early. Or None.

        Returns:
            This run.
        """
        end = self.step + steps
        try:
            while self.step < end and not (stop and stop()):
                count = min(every - self.step % every, end - self.step)
                self.gan.train(self.real, count, every=count)
                self.scores.append((self.step, *count_modes(self.samples())))
                if watch:
                    watch(self)
        except KeyboardInterrupt:
            print(
                f"Interrupted after step {self.step:,}. All steps so far are kept: "
                f"train({end - self.step}) continues as if nothing had happened."
            )
        return self

    def samples(self, n: int = SAMPLES) -> np.ndarray:
        """Samples (n, 2) from always the same z, by the averaged generator if there is one."""
        return np.asarray(self.gan.sampler(self.gan.draw_latent(n, self.seed + 1), training=False))

    def landscape(self, limit: float = 3.0, n: int = 61) -> np.ndarray:
        """The discriminator's probabilities on a grid: (n, n), rows from ``-limit`` upwards."""
        axis = np.linspace(-limit, limit, n, dtype="float32")
        grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
        return np.asarray(self.gan.discriminator(grid, training=False)).reshape(n, n)

    def __str__(self) -> str:
        changes = self.recipe.changes(RING_RECIPE)
        switched = ", ".join(f"{name}={value!r}" for name, value in changes.items())
        words = f"Ring, seed {self.seed}, {switched or 'default settings'}: step {self.step:,}"
        if self.scores:
            _, modes, share = self.scores[-1]
            words += f", {modes} of 8 modes, {share:.0%} of the samples near one"
        return words


def train_seeds(
    recipe: Recipe,
    seeds: Iterable[int],
    steps: int,
    prepare: Callable[[GAN], object] | None = None,
) -> Iterator[RingRun]:
    """Trainings by one recipe from several seeds, each exactly the run that its seed gives.

    Args:
        recipe: ``course.gan.recipes.Recipe``.
        seeds: integers.
        steps: how many, for each.
        prepare: function that changes a ``GAN`` before its first step, or None.

    Returns:
        Iterator that yields a trained ``RingRun`` per seed. It is always the same object,
        which is compiled only once: read what you need before the next one.
    """
    run = None
    for seed in seeds:
        fresh = RingRun(recipe, seed)
        if prepare:
            prepare(fresh.gan)
        if run is None:
            run = fresh
        else:
            run.gan.take_over(fresh.gan)
            run.scores = []
        yield run.train(steps)


def ring_outcomes(
    recipe: Recipe, seeds: Iterable[int], steps: int, descent_rate: float | None = None
) -> list[tuple[int, float, float]]:
    """Train on the ring from several seeds, and measure how far the generator got.

    Args:
        recipe: ``course.gan.recipes.Recipe``.
        seeds: integers, one for each run.
        steps: number of steps, including those of pretraining.
        descent_rate: learning rate of a generator that trains by plain gradient descent
            (``descend``), or None for the recipe's optimiser.

    Returns:
        List of three numbers per seed, measured with 2,000 latent vectors: modes covered (0
        to 8) and share of points near a mode, as in ``count_modes``, and the mean distance
        that a point has moved since the start. The ring has a radius of 2.
    """
    prepare = functools.partial(descend, rate=descent_rate) if descent_rate else None
    outcomes = []
    for run in train_seeds(recipe, seeds, steps, prepare):
        _, modes, share = run.scores[-1]
        moves = run.samples() - RingRun(recipe, run.seed).samples()
        outcomes.append((modes, share, float(np.linalg.norm(moves, axis=1).mean())))
    return outcomes


def recorded_ring_runs(folder: Path = WEIGHTS) -> dict[str, dict[str, Any]]:
    """Results of the recorded trainings on the ring, for all settings and seeds.

    Returns:
        Dictionary from the name of a setting to its ``changes`` from ``RING_RECIPE`` and its
        ``runs``: for each seed ``modes`` and ``share`` after each 100 steps, and the
        ``warnings`` at the end.

    Raises:
        ValueError: if there is no record.
    """
    path = folder / "gan_ring_runs.json"
    if not path.exists():
        raise ValueError(
            f"no record {path}: restore it with 'git checkout -- course/weights', or make it "
            "with 'python tools/weights/train_gan_runs.py ring'"
        )
    return json.loads(path.read_text())["settings"]
