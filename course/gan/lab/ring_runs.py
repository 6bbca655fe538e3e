"""The failure lab: trainings that can be watched, cut, repeated, and compared (lecture 09)."""

import functools
import json

import numpy as np

from course.checkpoints import WEIGHTS
from course.gan.difficulties import descend
from course.gan.lab.warning_signs import warning_signs
from course.gan.ring import RING_RECIPE, count_modes, draw_ring, ring_gan

__all__ = ["RingRun", "recorded_ring_runs", "ring_outcomes", "train_seeds"]

SAMPLES = 2000


class RingRun:
    """One training on the ring of eight Gaussians, from its recipe and seed.

    Args:
        recipe: ``course.gan.recipes.Recipe``: every switch there is.
        seed: integer; recipe and seed give the run, and the same run again.

    Attributes:
        gan: the ``course.gan.model.GAN``.
        real: the data, float32 (10000, 2), the same for every run.
        scores: list of ``(step, modes, share)`` after each ``every`` steps: modes covered,
            0 to 8, and share of 2,000 samples within three standard deviations of one.
    """

    of = 8
    modes_name, share_name = "modes", "share near a mode"

    def __init__(self, recipe=RING_RECIPE, seed=0):
        self.gan = ring_gan(recipe, seed)
        self.real = draw_ring(10_000, np.random.default_rng(0))
        self.scores = []

    @property
    def step(self):
        """Number of steps done."""
        return self.gan.step

    @property
    def recipe(self):
        """The run's ``Recipe``."""
        return self.gan.recipe

    @property
    def seed(self):
        """The run's seed."""
        return self.gan.seed

    @property
    def history(self):
        """Losses, accuracies and gradients, a value a step, as in ``GAN.history``."""
        return self.gan.history

    @property
    def signs(self):
        """The early warnings as they stand, a list of ``Sign``."""
        return warning_signs(self.history, self.scores[-1][1] if self.scores else None)

    def train(self, steps=2000, watch=None, every=100, stop=None):
        """Go on for some steps. An interrupt ends it early and leaves all done so far.

        However a run is cut and gone on with, it is the same run.

        Args:
            steps: how many.
            watch: function of this run that is called after each ``every`` steps, or None.
            every: steps between two scores.
            stop: function of no arguments that is asked as often whether to end early, or
                None.

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
                f"Interrupted after step {self.step:,}. All of it is kept: "
                f"train({end - self.step}) goes on as if nothing had happened."
            )
        return self

    def samples(self, n=SAMPLES):
        """Samples (n, 2) of the generator, the averaged one if there is one; always the same z."""
        return np.asarray(self.gan.sampler(self.gan.draw_latent(n, self.seed + 1), training=False))

    def landscape(self, limit=3.0, n=61):
        """The discriminator's opinion on a grid: (n, n), rows from ``-limit`` upwards."""
        axis = np.linspace(-limit, limit, n, dtype="float32")
        grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
        return np.asarray(self.gan.discriminator(grid, training=False)).reshape(n, n)

    def __str__(self):
        changes = self.recipe.changes(RING_RECIPE)
        switched = ", ".join(f"{name}={value!r}" for name, value in changes.items())
        words = f"Ring, seed {self.seed}, {switched or 'no switch moved'}: step {self.step:,}"
        if self.scores:
            _, modes, share = self.scores[-1]
            words += f", {modes} of 8 modes, {share:.0%} of the samples near one"
        return words


def train_seeds(recipe, seeds, steps, prepare=None):
    """Trainings by one recipe from several seeds, each exactly the run that its seed gives.

    Args:
        recipe: ``course.gan.recipes.Recipe``.
        seeds: integers.
        steps: how many, for each.
        prepare: function that changes a ``GAN`` before its first step, or None.

    Returns:
        Iterator that yields a trained ``RingRun`` a seed. It is the same object, filled
        anew each time, so that it is compiled once: read what you need before the next.
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


def ring_outcomes(recipe, seeds, steps, descent_rate=None):
    """Train on the ring from several seeds, and see whether the generator got anywhere.

    Args:
        recipe: ``course.gan.recipes.Recipe``.
        seeds: integers, each of a whole run.
        steps: number of steps, those of pretraining included.
        descent_rate: learning rate of a generator that moves by plain gradient descent
            (``descend``), or None for the recipe's optimiser.

    Returns:
        List of three numbers a seed, of 2,000 latent vectors: modes covered (0 to 8) and
        share of points near a mode, as of ``count_modes``, and the mean distance that a
        point has moved since the start; the ring has a radius of 2.
    """
    prepare = functools.partial(descend, rate=descent_rate) if descent_rate else None
    outcomes = []
    for run in train_seeds(recipe, seeds, steps, prepare):
        _, modes, share = run.scores[-1]
        moves = run.samples() - RingRun(recipe, run.seed).samples()
        outcomes.append((modes, share, float(np.linalg.norm(moves, axis=1).mean())))
    return outcomes


def recorded_ring_runs(folder=WEIGHTS):
    """What the recorded trainings on the ring came to, ``course.gan.lab.settings`` by seeds.

    Returns:
        Dictionary from the name of a setting to its ``changes`` from ``RING_RECIPE`` and its
        ``runs``: for each seed ``modes`` and ``share`` after each 100 steps, and the
        ``warnings`` that are lit at the end.

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
