"""A GAN that is trained with any recipe, repeatable, resumable, and that says how it goes."""

import functools
import json
from dataclasses import asdict
from time import monotonic

import keras
import numpy as np
import tensorflow as tf

from course.fast.folding import fold
from course.fast.precision import choose_precision, products_in
from course.gan.interrupts import held_back_interrupts
from course.gan.recipes import Recipe
from course.gan.tricks import minimax_generator_loss, non_saturating_generator_loss

__all__ = ["GAN", "RECORDED", "logits_of"]

RECORDED = (
    "discriminator_loss",
    "generator_loss",
    "accuracy_real",
    "accuracy_fake",
    "discriminator_gradient",
    "generator_gradient",
)

# As many steps go into one call of TensorFlow as take about this long. An interrupt waits for it.
SECONDS_A_CALL = 0.5


class GAN:
    """A generator and a discriminator that are trained against each other.

    Whatever is random is derived from ``seed`` and the number of the step, so a run that
    is saved and restored goes on as if it had not stopped.

    Args:
        generator: model from latent vectors to data in any shape.
        discriminator: Functional model from data to the probability of being real (B, 1),
            whose last layer is dense with a sigmoid.
        recipe: ``course.gan.recipes.Recipe``.
        seed: integer.
        precision: of the products in training: 'float32', 'bfloat16' or 'auto'
            (``course.fast.precision``). Samples are drawn in float32 in any case.

    Raises:
        ValueError: if there is no such precision, or a network is not Functional.

    Attributes:
        step: number of steps done.
        history: dictionary from each name in ``RECORDED`` to a list of a value a step:
            losses are *means* over the batch in nats, accuracies shares of a batch,
            gradients the l2 norm over all weights of the network that is updated.
        averaged: the generator with averaged weights, or None.
    """

    def __init__(
        self,
        generator,
        discriminator,
        recipe=Recipe(),  # noqa: B008 -- frozen
        seed=0,
        precision="float32",
    ):
        self.generator, self.discriminator = generator, discriminator
        self.recipe, self.seed = recipe, seed
        self.precision = choose_precision(precision)
        self.step = 0
        self._together = 1  # Steps in a call, as many as have turned out to be quick enough.
        self.history = {name: [] for name in RECORDED}
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
        self._logits = logits_of(discriminator)
        # A partial is a function of its own. Methods count as one, and TensorFlow warns on
        # stderr of the fifth GAN in a notebook as of one function that is compiled too often.
        self._compiled = tf.function(functools.partial(self._run), reduce_retracing=True)

    @property
    def latent_dim(self):
        """Number of entries of a latent vector."""
        return self.generator.input_shape[-1]

    @property
    def sampler(self):
        """The generator to draw samples from: the averaged one, if there is one."""
        return self.generator if self.averaged is None else self.averaged

    def draw_latent(self, n, seed):
        """Latent vectors (n, latent_dim) from the recipe's law; one seed gives one set."""
        return _draw(self.recipe, (n, self.latent_dim), (seed, 0))

    def train(self, images, steps, each=None, every=50):
        """Go on for some steps; an interrupt leaves all done so far in place.

        Args:
            images: real data, shape (n, ...), as a NumPy array or a tensor.
            steps: how many.
            each: function of this GAN that is called after ``every`` steps, or None.
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

    def take_over(self, other):
        """Become what another GAN of the same recipe is, weights, seed, history and all.

        What is compiled stays. On small networks to compile takes as long as 1,000 steps, so
        one GAN that takes over the start of one seed after the other is the quicker way.

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
                "make both with the same"
            )
        mine, its = self._variables(), other._variables()
        if [v.shape for v in mine] != [v.shape for v in its]:
            raise ValueError("the other GAN has other networks than this one")
        for variable, value in zip(mine, its):
            variable.assign(value)
        self.seed, self.step = other.seed, other.step
        self.history = {name: list(values) for name, values in other.history.items()}

    def save(self, path):
        """Write weights, optimisers and history to a file, from which ``restore`` goes on."""
        arrays = {f"variable_{i}": np.asarray(v) for i, v in enumerate(self._variables())}
        settings = json.dumps(self._settings() | {"step": self.step})
        with open(path, "wb") as file:  # A path without an ending would get one.
            np.savez(file, settings=settings, **arrays, **self.history)

    def restore(self, path):
        """Go back to what ``save`` wrote.

        Raises:
            ValueError: if the file is of another recipe, seed, precision or network;
                nothing is changed then.
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
                    f"{path} was trained with {was}; this GAN has {now}: make one as the file's was"
                )
            variables = self._variables()
            arrays = [saved[name] for name in saved.files if name.startswith("variable_")]
            if [a.shape for a in arrays] != [tuple(v.shape) for v in variables]:
                raise ValueError(f"{path} holds the weights of other networks than this GAN's")
            for variable, array in zip(variables, arrays):
                variable.assign(array)
            self.history = {name: saved[name].tolist() for name in RECORDED}
            self.step = step

    def _settings(self):
        return asdict(self.recipe) | {"seed": self.seed, "precision": self.precision}

    def _variables(self):
        # Those of the dropouts' random generators are among them.
        networks = [self.generator, self.discriminator]
        networks += [self.averaged] if self.averaged is not None else []
        holders = [*networks, *self.optimizers.values()]
        return [variable for holder in holders for variable in holder.variables]

    def _run(self, images, seed, first, count):
        """``count`` steps in one graph; numbers (count, 6) and the last step's opinions."""
        with products_in(self.precision, self.generator, self.discriminator):
            return self._steps(images, seed, first, count)

    def _steps(self, images, seed, first, count):
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

    def _update_discriminator(self, images, step, seed):
        recipe, size = self.recipe, self.recipe.batch_size
        seeds = tf.random.experimental.stateless_split(seed, 6)
        rows = tf.random.stateless_uniform((size,), seeds[0], 0, tf.shape(images)[0], tf.int32)
        real = tf.gather(images, rows)
        latent = _draw(recipe, (size, self.latent_dim), seeds[1])
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

    def _update_generator(self, step, seed):
        seeds = tf.random.experimental.stateless_split(seed, 2)
        latent = _draw(self.recipe, (self.recipe.batch_size, self.latent_dim), seeds[0])
        with tf.GradientTape() as tape:
            fake = tf.cast(self._generate(latent, training=True), tf.float32)
            logits = self._logits(self._perturb(fake, step, seeds[1]), True)
            loss = GENERATOR_LOSSES[self.recipe.generator_loss](logits)
        weights = self.generator.trainable_variables
        gradients = tape.gradient(loss, weights)
        self.optimizers["generator"].apply(gradients, weights)
        if self.averaged is not None:
            # A short memory at first, or the initial weights would stay in it for long.
            count = tf.cast(step - self.recipe.pretraining, tf.float32) + 1
            decay = tf.minimum(self.recipe.average, count / (count + 9))
            for kept, new in zip(self.averaged.weights, self.generator.weights):
                kept.assign(decay * kept + (1 - decay) * new)
        return tf.stack([loss, tf.linalg.global_norm(gradients)])

    def _perturb(self, data, step, seed):
        if not self.recipe.image_noise:
            return data
        left = tf.maximum(0.0, 1 - tf.cast(step, tf.float32) / self.recipe.noise_steps)
        noise = tf.random.stateless_normal(tf.shape(data), seed)
        return data + self.recipe.image_noise * left * noise

    def _squared_slope(self, data):
        with tf.GradientTape() as tape:
            tape.watch(data)
            total = tf.reduce_sum(self._logits(data, True))
        slope = tf.reshape(tape.gradient(total, data), (self.recipe.batch_size, -1))
        return tf.reduce_mean(tf.reduce_sum(slope**2, axis=1))


def logits_of(discriminator):
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

    def logits(data, training):
        seen = tf.cast(features(data, training=training), tf.float32)
        return tf.matmul(seen, head.kernel) + head.bias

    return logits


GENERATOR_LOSSES = {
    "non_saturating": non_saturating_generator_loss,
    "minimax": minimax_generator_loss,
}


def _optimizer(recipe, rate, decay):
    schedule = keras.optimizers.schedules.InverseTimeDecay(rate, 1, decay)  # Keras 2's `decay`
    if recipe.optimizer == "adam":
        return keras.optimizers.Adam(schedule, beta_1=recipe.beta_1)
    return keras.optimizers.RMSprop(schedule)


def _draw(recipe, shape, seed):
    if recipe.latent_law == "normal":
        return tf.random.stateless_normal(shape, seed)
    return tf.random.stateless_uniform(shape, seed, -1.0, 1.0)


def _targets(recipe, size, seeds):
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


def _share(mask):
    return tf.reduce_mean(tf.cast(mask, tf.float32))
