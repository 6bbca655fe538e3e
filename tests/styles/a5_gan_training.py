"""Right answers to assignment a5_gan_training, as students with different habits write them.

Each class is one student. ``STYLES`` lists their functions by exercise.
"""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from scipy import special, stats

__all__ = ["STYLES"]


class PurePython:
    """Learnt Python before NumPy: uses loops, lists and one number at a time."""

    def noise_std(step, total_steps, initial_std):
        """if and else."""
        if step >= total_steps:
            return 0.0
        return initial_std - initial_std * step / total_steps

    def perturb_images(images, std, rng):
        """A loop over images, one draw for each pixel of a flat list."""
        perturbed = []
        for image in images:
            flat = [pixel + std * rng.standard_normal() for pixel in image.ravel().tolist()]
            perturbed.append(np.reshape(flat, image.shape))
        return perturbed

    def soft_labels(labels, rng):
        """A list comprehension, one draw for each label."""
        return [[rng.uniform(0.7, 1.2) if y == 1 else rng.uniform(0.0, 0.3)] for (y,) in labels]

    def minimax_generator_loss(logits):
        """A sum over images, divided by their number."""
        return sum(-tf.math.softplus(logit)[0] for logit in logits) / len(logits)

    def non_saturating_generator_loss(logits):
        """A sum over images, divided by their number."""
        total = 0.0
        for logit in logits:
            total -= tf.math.log_sigmoid(logit)[0]
        return total / len(logits)

    def generator_gradient_norm(generator, discriminator, latent, loss):
        """A loop over arrays, squares added up, math.sqrt."""
        with tf.GradientTape() as tape:
            value = loss(discriminator(generator(latent)))
        total = 0.0
        for gradient in tape.gradient(value, generator.trainable_variables):
            total += float(tf.reduce_sum(gradient * gradient))
        return math.sqrt(total)


class NumPyUser:
    """Knows a NumPy or SciPy function for everything."""

    def noise_std(step, total_steps, initial_std):
        """np.interp is flat outside of its points."""
        return np.interp(step, [0, total_steps], [initial_std, 0])

    def perturb_images(images, std, rng):
        """rng.normal around the images themselves."""
        return rng.normal(images, std)

    def soft_labels(labels, rng):
        """Ends of the ranges by label, one call for all."""
        return rng.uniform(np.where(labels, 0.7, 0.0), np.where(labels, 1.2, 0.3))

    def minimax_generator_loss(logits):
        """-log(1 - D) as a cross-entropy with target 0."""
        zeros = np.zeros(logits.shape, "float32")
        return -tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(zeros, logits))

    def non_saturating_generator_loss(logits):
        """logaddexp of 0 and the negative logit."""
        return ops.mean(ops.logaddexp(ops.zeros_like(logits), -logits))

    def generator_gradient_norm(generator, discriminator, latent, loss):
        """np.linalg.norm of the joined vector."""
        with tf.GradientTape() as tape:
            value = loss(discriminator(generator(latent)))
        gradients = tape.gradient(value, generator.trainable_weights)
        return np.linalg.norm(np.concatenate([gradient.numpy().ravel() for gradient in gradients]))


class TensorFlowUser:
    """Writes everything in tf, also the random numbers."""

    def noise_std(step, total_steps, initial_std):
        """tf.maximum of float32."""
        return initial_std * tf.maximum(0.0, 1.0 - step / total_steps)

    def perturb_images(images, std, rng):
        """A stateless draw, its seed from rng."""
        seed = rng.integers(2**31, size=2)
        return images + tf.random.stateless_normal(images.shape, seed, stddev=std)

    def soft_labels(labels, rng):
        """A stateless draw, its seed from rng; tf.where."""
        draws = tf.random.stateless_uniform((2, *labels.shape), rng.integers(2**31, size=2))
        return tf.where(labels == 1, 0.7 + 0.5 * draws[0], 0.3 * draws[1])

    @tf.function
    def minimax_generator_loss(logits):
        """Decorated with tf.function: the log-sigmoid, minus the logit."""
        return tf.reduce_mean(tf.math.log_sigmoid(logits) - logits)

    @tf.function
    def non_saturating_generator_loss(logits):
        """Decorated with tf.function, cross-entropy with logits and target 1."""
        return tf.reduce_mean(
            tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.ones_like(logits), logits=logits)
        )

    def generator_gradient_norm(generator, discriminator, latent, loss):
        """tf.linalg.global_norm, a tape that watches only the weights in question."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            for variable in generator.trainable_variables:
                tape.watch(variable.value)
            value = loss(discriminator(generator(latent, training=False), training=False))
        return tf.linalg.global_norm(tape.gradient(value, generator.trainable_variables))


class KerasUser:
    """Uses what Keras has: schedules, losses, ops."""

    def noise_std(step, total_steps, initial_std):
        """A learning-rate schedule."""
        schedule = keras.optimizers.schedules.PolynomialDecay(initial_std, total_steps, 0.0)
        return schedule(step)

    def perturb_images(images, std, rng):
        """keras.random with a seed from rng, added in Keras."""
        noise = keras.random.normal(images.shape, stddev=std, seed=int(rng.integers(2**31)))
        return ops.convert_to_numpy(ops.add(images, noise))

    def soft_labels(labels, rng):
        """keras.random with two seeds from rng."""
        real, fake = (int(seed) for seed in rng.integers(2**31, size=2))
        return ops.where(
            labels == 1,
            keras.random.uniform(labels.shape, 0.7, 1.2, seed=real),
            keras.random.uniform(labels.shape, 0.0, 0.3, seed=fake),
        )

    def minimax_generator_loss(logits):
        """BinaryCrossentropy from logits, target 0, minus."""
        entropy = keras.losses.BinaryCrossentropy(from_logits=True)
        return -entropy(ops.zeros_like(logits), logits)

    def non_saturating_generator_loss(logits):
        """binary_crossentropy from logits, then the mean."""
        losses = keras.losses.binary_crossentropy(ops.ones_like(logits), logits, from_logits=True)
        return ops.mean(losses)

    def generator_gradient_norm(generator, discriminator, latent, loss):
        """ops.norm of ops.norm of each array."""
        with tf.GradientTape() as tape:
            value = loss(discriminator(generator(latent)))
        gradients = tape.gradient(value, generator.trainable_variables)
        return ops.norm(ops.stack([ops.norm(ops.reshape(g, [-1])) for g in gradients]))


class Careful:
    """Copies first, works in masks, checks on the way, and cleans up."""

    def noise_std(step, total_steps, initial_std):
        """A table of all steps."""
        table = np.linspace(initial_std, 0, total_steps + 1)
        return table[min(step, total_steps)]

    def perturb_images(images, std, rng):
        """A copy, its own type kept, noise added in place to the copy."""
        perturbed = images.copy()
        if std > 0:
            perturbed += rng.normal(loc=0.0, scale=std, size=images.shape).astype(images.dtype)
        assert perturbed.shape == images.shape
        return perturbed

    def soft_labels(labels, rng):
        """Masks, one call for each kind."""
        soft = np.empty(labels.shape, dtype=np.float32)
        real = labels > 0.5
        soft[real] = 0.7 + 0.5 * rng.random(np.count_nonzero(real))
        soft[~real] = rng.random(np.count_nonzero(~real)) * 0.3
        return soft

    def minimax_generator_loss(logits):
        """The stable formula by hand: larger part, and a logarithm that cannot overflow."""
        logits = tf.cast(logits, tf.float64)
        return -tf.reduce_mean(tf.maximum(logits, 0) + tf.math.log1p(tf.exp(-tf.abs(logits))))

    def non_saturating_generator_loss(logits):
        """float64 throughout, logsumexp of 0 and the negative logit."""
        wide = ops.cast(logits, "float64")
        pairs = ops.concatenate([ops.zeros_like(wide), -wide], axis=1)
        return ops.mean(ops.logsumexp(pairs, axis=1))

    def generator_gradient_norm(generator, discriminator, latent, loss):
        """The discriminator frozen during the step, and unfrozen after it."""
        before = discriminator.trainable
        discriminator.trainable = False
        try:
            with tf.GradientTape() as tape:
                logits = discriminator(generator(latent, training=False), training=False)
                value = loss(logits)
            parts = tape.gradient(value, generator.trainable_variables)
        finally:
            discriminator.trainable = before
        vector = tf.concat([tf.reshape(part, [-1]) for part in parts if part is not None], axis=0)
        return tf.norm(vector)


class Statistician:
    """Draws from named distributions."""

    def noise_std(step, total_steps, initial_std):
        """np.clip of the share that is left."""
        left = np.clip((total_steps - step) / total_steps, 0, 1)
        return float(initial_std * left)

    def perturb_images(images, std, rng):
        """scipy.stats with random_state."""
        return images + std * stats.norm.rvs(size=np.shape(images), random_state=rng)

    def soft_labels(labels, rng):
        """Quantiles of one uniform draw for both kinds."""
        u = rng.random(labels.shape)
        return labels * stats.uniform.ppf(u, 0.7, 0.5) + (1 - labels) * stats.uniform.ppf(u, 0, 0.3)

    @tf.custom_gradient
    def _minus_log_d(logits):
        # The derivative of -log D by hand: D - 1.
        value = tf.numpy_function(lambda x: -special.log_expit(x), [logits], logits.dtype)
        value.set_shape(logits.shape)
        return value, lambda upstream: upstream * (tf.sigmoid(logits) - 1)

    def minimax_generator_loss(logits):
        """1 - D is the D of the other logit."""
        return ops.mean(ops.log_sigmoid(-logits))

    def non_saturating_generator_loss(logits):
        """SciPy's function, with its gradient by hand."""
        return tf.reduce_mean(Statistician._minus_log_d(logits))

    def generator_gradient_norm(generator, discriminator, latent, loss):
        """A compiled function inside, hypot of norms."""

        @tf.function
        def gradients():
            with tf.GradientTape() as tape:
                value = loss(discriminator(generator(latent)))
            return tape.gradient(value, generator.trainable_variables)

        return math.hypot(*(float(tf.norm(gradient)) for gradient in gradients()))


STUDENTS = (PurePython, NumPyUser, TensorFlowUser, KerasUser, Careful, Statistician)
STYLES = {
    exercise: [vars(student)[exercise] for student in STUDENTS]
    for exercise in (
        "noise_std",
        "perturb_images",
        "soft_labels",
        "minimax_generator_loss",
        "non_saturating_generator_loss",
        "generator_gradient_norm",
    )
}
