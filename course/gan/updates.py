"""The two updates of a GAN in one TensorFlow graph, with every switch of a recipe."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from course.fast.folding import fold
from course.fast.precision import products_in
from course.gan.recipes import Recipe
from course.gan.tricks import minimax_generator_loss, non_saturating_generator_loss

__all__ = ["Updates", "draw_latent"]

GENERATOR_LOSSES: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "non_saturating": non_saturating_generator_loss,
    "minimax": minimax_generator_loss,
}


class Updates:
    """Steps of training: updates of the discriminator, then one of the generator.

    Everything random is derived from the seed and the number of the step.

    Args:
        generator: model from latent vectors to data in any shape.
        discriminator: model from data to the probability of being real (B, 1).
        logits: function of data and ``training`` that gives the discriminator's logits.
        recipe: ``course.gan.recipes.Recipe``.
        precision: of the products: 'float32' or 'bfloat16'.

    Attributes:
        optimizers: dictionary of both optimisers, by the name of their network.
        averaged: the generator with averaged weights, or None.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        logits: Callable[[tf.Tensor, bool], tf.Tensor],
        recipe: Recipe,
        precision: str,
    ) -> None:
        self.generator, self.discriminator = generator, discriminator
        self.recipe, self.precision = recipe, precision
        self.optimizers = {
            "generator": _optimizer(recipe, recipe.generator_rate, 3e-8),
            "discriminator": _optimizer(recipe, recipe.discriminator_rate, 6e-8),
        }
        self.optimizers["generator"].build(generator.trainable_variables)
        self.optimizers["discriminator"].build(discriminator.trainable_variables)
        self.averaged = None
        if recipe.average:
            self.averaged = keras.models.clone_model(generator)
            self.averaged.set_weights(generator.get_weights())
        self._generate = fold(generator)
        self._logits = logits

    def run(
        self, images: tf.Tensor, seed: tf.Tensor, first: tf.Tensor, count: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Some steps in one graph.

        Args:
            images: real data, shape (n, ...).
            seed: of the whole training.
            first: number of the first step.
            count: number of steps.

        Returns:
            Numbers (count, 6) in the order of ``course.gan.model.RECORDED``, and the
            discriminator's probabilities for real and for fake data, (B,) each, in the last
            update.
        """
        with products_in(self.precision, self.generator, self.discriminator):
            return self._steps(images, seed, first, count)

    def _steps(
        self, images: tf.Tensor, seed: tf.Tensor, first: tf.Tensor, count: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        numbers = tf.TensorArray(tf.float32, size=count)
        real = fake = tf.zeros((self.recipe.batch_size,))
        for index in tf.range(count):
            of_step = tf.random.experimental.stateless_fold_in((seed, 1), first + index)
            seeds = tf.random.experimental.stateless_split(
                of_step, self.recipe.discriminator_steps + 1
            )
            for turn in range(self.recipe.discriminator_steps):
                real, fake, row = self._update_discriminator(images, first + index, seeds[turn])
            if first + index >= self.recipe.pretraining:
                generator_row = self._update_generator(first + index, seeds[-1])
            else:
                generator_row = tf.fill((2,), np.nan)
            # In the order of RECORDED.
            ordered = tf.stack([row[0], generator_row[0], row[1], row[2], row[3], generator_row[1]])
            numbers = numbers.write(index, ordered)
        return numbers.stack(), real, fake

    def _update_discriminator(
        self, images: tf.Tensor, step: tf.Tensor, seed: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
        recipe, size = self.recipe, self.recipe.batch_size
        seeds = tf.random.experimental.stateless_split(seed, 6)
        rows = tf.random.stateless_uniform((size,), seeds[0], 0, tf.shape(images)[0], tf.int32)
        real = tf.gather(images, rows)
        latent = draw_latent(recipe, (size, self.generator.input_shape[-1]), seeds[1])
        # Inference mode, as the lecture's generator.predict.
        fake = tf.cast(self._generate(latent, training=False), tf.float32)
        targets = _targets(recipe, size, seeds[2:4])  # (2B, 1)
        seen = self._perturb(tf.concat([real, fake], 0), step, seeds[4])
        with tf.GradientTape() as tape:
            if recipe.separate_batches:
                parts = [self._logits(seen[:size], True), self._logits(seen[size:], True)]
                logits = tf.concat(parts, 0)
            else:
                logits = self._logits(seen, True)
            loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(targets, logits))
            penalised = loss
            if recipe.gradient_penalty:
                penalised += recipe.gradient_penalty / 2 * self._squared_slope(seen[:size])
        weights = self.discriminator.trainable_variables
        gradients = tape.gradient(penalised, weights)
        self.optimizers["discriminator"].apply(gradients, weights)
        probabilities = tf.sigmoid(logits[:, 0])
        real, fake = probabilities[:size], probabilities[size:]
        right = [_share(real > 0.5), _share(fake < 0.5)]
        return real, fake, [loss, *right, tf.linalg.global_norm(gradients)]

    def _update_generator(self, step: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        seeds = tf.random.experimental.stateless_split(seed, 2)
        shape = (self.recipe.batch_size, self.generator.input_shape[-1])
        latent = draw_latent(self.recipe, shape, seeds[0])
        with tf.GradientTape() as tape:
            fake = tf.cast(self._generate(latent, training=True), tf.float32)
            logits = self._logits(self._perturb(fake, step, seeds[1]), True)
            loss = GENERATOR_LOSSES[self.recipe.generator_loss](logits)
        weights = self.generator.trainable_variables
        gradients = tape.gradient(loss, weights)
        self.optimizers["generator"].apply(gradients, weights)
        if self.averaged is not None:
            # A short memory at first: the initial weights would otherwise stay in it for long.
            count = tf.cast(step - self.recipe.pretraining, tf.float32) + 1
            decay = tf.minimum(self.recipe.average, count / (count + 9))
            for kept, new in zip(self.averaged.weights, self.generator.weights):
                kept.assign(decay * kept + (1 - decay) * new)
        return tf.stack([loss, tf.linalg.global_norm(gradients)])

    def _perturb(self, data: tf.Tensor, step: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        if not self.recipe.image_noise:
            return data
        left = tf.maximum(0.0, 1 - tf.cast(step, tf.float32) / self.recipe.noise_steps)
        noise = tf.random.stateless_normal(tf.shape(data), seed)
        return data + self.recipe.image_noise * left * noise

    def _squared_slope(self, data: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(data)
            total = tf.reduce_sum(self._logits(data, True))
        slope = tf.reshape(tape.gradient(total, data), (self.recipe.batch_size, -1))
        return tf.reduce_mean(tf.reduce_sum(slope**2, axis=1))


def draw_latent(recipe: Recipe, shape: tuple[int, int], seed: tf.Tensor) -> tf.Tensor:
    """Latent vectors from the recipe's law; one seed, a pair of integers, gives one set."""
    if recipe.latent_law == "normal":
        return tf.random.stateless_normal(shape, seed)
    return tf.random.stateless_uniform(shape, seed, -1.0, 1.0)


def _optimizer(recipe: Recipe, rate: float, decay: float) -> keras.optimizers.Optimizer:
    schedule = keras.optimizers.schedules.InverseTimeDecay(rate, 1, decay)  # Keras 2's `decay`
    if recipe.optimizer == "adam":
        return keras.optimizers.Adam(schedule, beta_1=recipe.beta_1)
    return keras.optimizers.RMSprop(schedule)


def _targets(recipe: Recipe, size: int, seeds: tf.Tensor) -> tf.Tensor:
    real, fake = tf.fill((size, 1), recipe.real_target), tf.zeros((size, 1))
    if recipe.label_noise:
        drawn = tf.random.stateless_uniform((2, size, 1), seeds[0])
        real, fake = 0.7 + 0.5 * drawn[0], 0.3 * drawn[1]
    targets = tf.concat([real, fake], 0)
    if recipe.label_flips:
        flipped = tf.random.stateless_uniform((2 * size, 1), seeds[1]) < recipe.label_flips
        swapped = tf.concat([fake, real], 0)
        targets = tf.where(flipped, swapped, targets)
    return targets


def _share(mask: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.cast(mask, tf.float32))
