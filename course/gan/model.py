"""A GAN that trains with any recipe, can be repeated and resumed, and records its training."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from course.fast.folding import fold
from course.fast.precision import choose_precision
from course.gan.interrupts import held_back_interrupts
from course.gan.recipes import Recipe
from course.gan.updates import Updates, draw_latent

__all__ = ["GAN", "RECORDED", "logits_of"]

RECORDED = (
    "discriminator_loss",
    "generator_loss",
    "accuracy_real",
    "accuracy_fake",
    "discriminator_gradient",
    "generator_gradient",
)

# One call of TensorFlow does as many steps as take about this long. An interrupt waits for it.
SECONDS_A_CALL = 0.5


class GAN:
    """A generator and a discriminator that are trained against each other.

    Everything random is derived from ``seed`` and the number of the step, so a run that is
    saved and restored continues as if it had not stopped.

    Args:
        generator: model from latent vectors to data in any shape.
        discriminator: Functional model from data to the probability of being real (B, 1),
            whose last layer is dense with a sigmoid.
        recipe: ``course.gan.recipes.Recipe``.
        seed: integer.
        precision: of the products in training: 'float32', 'bfloat16' or 'auto'
            (``course.fast.precision``). Samples are always drawn in float32.

    Raises:
        ValueError: if there is no such precision, or a network is not Functional.

    Attributes:
        step: number of steps done.
        history: dictionary from each name in ``RECORDED`` to a list with one value per step:
            losses are *means* over the batch in nats, accuracies shares of a batch,
            gradients the l2 norm over all weights of the updated network.
        averaged: the generator with averaged weights, or None.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        recipe: Recipe = Recipe(),  # noqa: B008 -- frozen
        seed: int = 0,
        precision: str = "float32",
    ) -> None:
        self.generator, self.discriminator = generator, discriminator
        self.recipe, self.seed = recipe, seed
        self.precision = choose_precision(precision)
        self.step = 0
        self._together = 1  # Steps per call, doubled as long as a call is quick enough.
        self.history: dict[str, list[float]] = {name: [] for name in RECORDED}
        logits = logits_of(discriminator)
        self._updates = Updates(generator, discriminator, logits, recipe, self.precision)
        self.optimizers, self.averaged = self._updates.optimizers, self._updates.averaged
        # Each partial is a function of its own. Methods of several GANs count as one function:
        # at the fifth GAN in a notebook TensorFlow would warn on stderr that it is compiled too
        # often.
        self._compiled = tf.function(functools.partial(self._updates.run), reduce_retracing=True)

    @property
    def latent_dim(self) -> int:
        """Number of entries of a latent vector."""
        return self.generator.input_shape[-1]

    @property
    def sampler(self) -> keras.Model:
        """The generator for samples: the averaged one, if there is one."""
        return self.generator if self.averaged is None else self.averaged

    def draw_latent(self, n: int, seed: int) -> tf.Tensor:
        """Latent vectors (n, latent_dim) from the recipe's law; one seed gives one set."""
        return draw_latent(self.recipe, (n, self.latent_dim), (seed, 0))

    def train(
        self,
        images: np.ndarray,
        steps: int,
        each: Callable[[GAN], object] | None = None,
        every: int = 50,
    ) -> GAN:
        """Train for some more steps; an interrupt keeps all steps done so far.

        Args:
            images: real data, shape (n, ...), as a NumPy array or a tensor.
            steps: how many.
            each: function of this GAN that is called every ``every`` steps, or None.
            every: steps between two calls.

        Returns:
            This GAN.
        """
        images = tf.convert_to_tensor(images, tf.float32)
        end = self.step + steps
        while self.step < end:
            count = min(every - self.step % every, end - self.step, self._together)
            started = monotonic()
            with held_back_interrupts():
                numbers, self.real_probabilities, self.fake_probabilities = (
                    np.asarray(part)
                    for part in self._compiled(
                        images, *map(tf.constant, (self.seed, self.step, count))
                    )
                )
                for name, values in zip(RECORDED, numbers.T):
                    self.history[name].extend(values.tolist())
                self.step += count
            if count == self._together and monotonic() - started < SECONDS_A_CALL:
                self._together *= 2
            if each and (self.step % every == 0 or self.step == end):
                each(self)
        return self

    def take_over(self, other: GAN) -> None:
        """Become equal to another GAN of the same recipe: weights, seed, step and history.

        The compiled functions are kept. On small networks compiling takes as long as 1,000
        steps, so it is quicker when one GAN takes over the start of one seed after the other.

        Args:
            other: GAN with networks of the same shapes.

        Raises:
            ValueError: if recipes, precisions or networks differ; nothing is changed then.
        """
        if other.recipe != self.recipe:
            raise ValueError(f"the other GAN differs in {other.recipe.changes(self.recipe)}")
        if other.precision != self.precision:
            raise ValueError(
                f"the other GAN has precision={other.precision!r}, this one {self.precision!r}: "
                "give both the same precision"
            )
        mine, its = self._variables(), other._variables()
        if [v.shape for v in mine] != [v.shape for v in its]:
            raise ValueError("the networks of the other GAN differ in shape from those of this one")
        for variable, value in zip(mine, its):
            variable.assign(value)
        self.seed, self.step = other.seed, other.step
        self.history = {name: list(values) for name, values in other.history.items()}

    def save(self, path: str | Path) -> None:
        """Write weights, optimisers and history to a file, from which ``restore`` continues."""
        arrays = {f"variable_{i}": np.asarray(v) for i, v in enumerate(self._variables())}
        settings = json.dumps(self._settings() | {"step": self.step})
        with open(path, "wb") as file:  # NumPy would add an ending to a path without one.
            entries: dict[str, Any] = {"settings": settings} | arrays | self.history
            np.savez(file, **entries)

    def restore(self, path: str | Path) -> None:
        """Go back to the state that ``save`` wrote.

        Raises:
            ValueError: if recipe, seed, precision or networks of the file differ; nothing is
                changed then.
        """
        with np.load(path) as saved:
            settings = json.loads(str(saved["settings"]))
            step = settings.pop("step")
            own = self._settings()
            wrong = [name for name in own if own[name] != settings.get(name)]
            if wrong:
                was = ", ".join(f"{name}={settings.get(name)!r}" for name in wrong)
                now = ", ".join(f"{name}={own[name]!r}" for name in wrong)
                raise ValueError(
                    f"{path} was trained with {was}; this GAN has {now}: build a GAN with the "
                    "settings of the file"
                )
            variables = self._variables()
            arrays = [saved[name] for name in saved.files if name.startswith("variable_")]
            if [a.shape for a in arrays] != [tuple(v.shape) for v in variables]:
                raise ValueError(f"{path} holds the weights of other networks than this GAN's")
            for variable, array in zip(variables, arrays):
                variable.assign(array)
            self.history = {name: saved[name].tolist() for name in RECORDED}
            self.step = step

    def _settings(self) -> dict[str, Any]:
        return asdict(self.recipe) | {"seed": self.seed, "precision": self.precision}

    def _variables(self) -> list[keras.Variable]:
        # Including those of the dropouts' random generators.
        networks = [self.generator, self.discriminator]
        networks += [self.averaged] if self.averaged is not None else []
        holders = [*networks, *self.optimizers.values()]
        return [variable for holder in holders for variable in holder.variables]


def logits_of(discriminator: keras.Model) -> Callable[[tf.Tensor, bool], tf.Tensor]:
    """The discriminator without its last sigmoid.

    Args:
        discriminator: Functional model whose last layer is dense with a sigmoid.

    Returns:
        Function of data and ``training`` that gives float32 logits (B, 1), from the same
        weights. Losses of logits stay finite, and keep a gradient, where a probability
        has been rounded to 0 or 1.
    """
    head = discriminator.layers[-1]
    features = fold(keras.Model(discriminator.input, head.input))

    def logits(data: tf.Tensor, training: bool) -> tf.Tensor:
        seen = tf.cast(features(data, training=training), tf.float32)
        return tf.matmul(seen, head.kernel) + head.bias

    return logits
