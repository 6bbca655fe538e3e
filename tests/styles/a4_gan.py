"""Right answers to assignment a4_gan, as students with different habits write them.

Each class is one student. ``STYLES`` lists their functions by exercise. Classes and
functions outside of them are cells that such a student adds to the notebook.

The file is long because it is data: one entry for each student and function, and nobody reads
it from beginning to end. A student's functions stay together, as in a submission.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

__all__ = ["STYLES"]


class Slides:
    """Copies the slides as far as Keras 3 lets them."""

    def build_generator():
        """Functional, word by word from the slide."""
        depth, dim = 256, 7
        input_vec = layers.Input(shape=(100,), name="input_vec")
        dense1 = layers.Dense(dim * dim * depth, name="dense1")(input_vec)
        bn1 = layers.BatchNormalization(momentum=0.9, name="bn1")(dense1)
        act1 = layers.Activation("relu", name="act1")(bn1)
        dropout1 = layers.Dropout(rate=0.4, name="dropout1")(act1)
        reshape1 = layers.Reshape((dim, dim, depth), name="reshape1")(dropout1)
        us2 = layers.UpSampling2D(name="upsampling2")(reshape1)
        convt2 = layers.Conv2DTranspose(int(depth / 2), 5, padding="same", name="convt2")(us2)
        bn2 = layers.BatchNormalization(momentum=0.9, name="bn2")(convt2)
        act2 = layers.Activation("relu", name="act2")(bn2)
        us3 = layers.UpSampling2D(name="upsampling3")(act2)
        convt3 = layers.Conv2DTranspose(int(depth / 4), 5, padding="same", name="convt3")(us3)
        bn3 = layers.BatchNormalization(momentum=0.9, name="bn3")(convt3)
        act3 = layers.Activation("relu", name="act3")(bn3)
        convt4 = layers.Conv2DTranspose(int(depth / 8), 5, padding="same", name="convt4")(act3)
        bn4 = layers.BatchNormalization(momentum=0.9, name="bn4")(convt4)
        act4 = layers.Activation("relu", name="act4")(bn4)
        last = layers.Conv2DTranspose(1, 5, padding="same", activation="sigmoid", name="convt5")
        return keras.models.Model(inputs=input_vec, outputs=last(act4), name="generator")

    def build_discriminator():
        """Functional, word by word from the slide, negative_slope for alpha."""
        depth = 64
        input_img = layers.Input(shape=(28, 28, 1), name="input_img")
        x = layers.Conv2D(depth, 5, strides=2, padding="same", name="conv1")(input_img)
        x = layers.Dropout(0.4, name="dropout1")(layers.LeakyReLU(negative_slope=0.2)(x))
        x = layers.Conv2D(depth * 2, 5, strides=2, padding="same", name="conv2")(x)
        x = layers.Dropout(0.4, name="dropout2")(layers.LeakyReLU(negative_slope=0.2)(x))
        x = layers.Conv2D(depth * 4, 5, strides=2, padding="same", name="conv3")(x)
        x = layers.Dropout(0.4, name="dropout3")(layers.LeakyReLU(negative_slope=0.2)(x))
        x = layers.Conv2D(depth * 8, 5, strides=1, padding="same", name="conv4")(x)
        x = layers.Dropout(0.4, name="dropout4")(layers.LeakyReLU(negative_slope=0.2)(x))
        dense5 = layers.Dense(1, activation="sigmoid", name="dense5")(layers.Flatten()(x))
        return keras.models.Model(inputs=input_img, outputs=dense5, name="discriminator")

    def discriminator_batch(real_images, fake_images):
        """np.concatenate, float64 targets."""
        batch_size = len(real_images)
        x = np.concatenate((real_images, fake_images), axis=0)
        y = np.concatenate([np.ones((batch_size, 1)), np.zeros((batch_size, 1))])
        return x, y

    def discriminator_step(generator, discriminator, optimizer, real_images, latent):
        """trainable toggled, predict, compiled here, train_on_batch."""
        discriminator.trainable = True
        discriminator.compile(loss="binary_crossentropy", optimizer=optimizer, jit_compile=False)
        images_fake = generator.predict(latent, verbose=0)
        x, y = Slides.discriminator_batch(real_images, images_fake)
        return discriminator.train_on_batch(x, y)

    def generator_step(generator, discriminator, optimizer, latent):
        """Discriminator stays frozen, a model of both, train_on_batch."""
        discriminator.trainable = False
        gan_input = layers.Input(shape=(100,), name="gan_input")
        gan = keras.Model(inputs=gan_input, outputs=discriminator(generator(gan_input)))
        gan.compile(loss="binary_crossentropy", optimizer=optimizer, jit_compile=False)
        return gan.train_on_batch(latent, np.ones([len(latent), 1]))


class SequentialLover:
    """Everything is a Sequential."""

    def build_generator():
        """Sequential with add, no input shape, ReLU layers."""
        model = keras.Sequential()
        model.add(layers.Dense(12_544))
        model.add(layers.BatchNormalization(momentum=0.9))
        model.add(layers.ReLU())
        model.add(layers.Dropout(0.4))
        model.add(layers.Reshape((7, 7, 256)))
        for filters in (128, 64):
            model.add(layers.UpSampling2D((2, 2)))
            model.add(layers.Conv2DTranspose(filters, (5, 5), strides=(1, 1), padding="same"))
            model.add(layers.BatchNormalization(momentum=0.9))
            model.add(layers.ReLU())
        model.add(layers.Conv2DTranspose(32, (5, 5), padding="same"))
        model.add(layers.BatchNormalization(momentum=0.9))
        model.add(layers.ReLU())
        model.add(layers.Conv2DTranspose(1, (5, 5), padding="same"))
        model.add(layers.Activation("sigmoid"))
        return model

    def build_discriminator():
        """Sequential of a list, leaky relu by name, whose slope is 0.2."""
        return keras.Sequential(
            [
                layers.InputLayer(shape=(28, 28, 1)),
                layers.Conv2D(64, 5, strides=2, padding="same", activation="leaky_relu"),
                layers.Dropout(0.4),
                layers.Conv2D(128, 5, strides=2, padding="same", activation="leaky_relu"),
                layers.Dropout(0.4),
                layers.Conv2D(256, 5, strides=2, padding="same", activation="leaky_relu"),
                layers.Dropout(0.4),
                layers.Conv2D(512, 5, padding="same", activation="leaky_relu"),
                layers.Dropout(0.4),
                layers.Flatten(),
                layers.Dense(1, activation="sigmoid"),
            ]
        )

    def discriminator_batch(real_images, fake_images):
        """keras.ops, targets like a column of the images."""
        x = ops.concatenate([real_images, fake_images])
        column = ops.ones((real_images.shape[0], 1))
        return x, ops.concatenate([column, column * 0])

    def discriminator_step(generator, discriminator, optimizer, real_images, latent):
        """BinaryCrossentropy instance, apply_gradients of zip, optimizer built before it."""
        cross_entropy = keras.losses.BinaryCrossentropy()
        optimizer.build(discriminator.trainable_weights)
        fakes = generator(latent)
        x, y = SequentialLover.discriminator_batch(real_images, fakes)
        with tf.GradientTape() as tape:
            loss = cross_entropy(y, discriminator(x, training=True))
        gradients = tape.gradient(loss, discriminator.trainable_weights)
        optimizer.apply_gradients(zip(gradients, discriminator.trainable_weights))
        return loss

    def generator_step(generator, discriminator, optimizer, latent):
        """A Sequential of both, BinaryCrossentropy instance."""
        gan = keras.Sequential([generator, discriminator])
        with tf.GradientTape() as tape:
            opinions = gan(latent, training=True)
            loss = keras.losses.BinaryCrossentropy()(tf.ones_like(opinions), opinions)
        gradients = tape.gradient(loss, generator.trainable_weights)
        optimizer.apply_gradients(zip(gradients, generator.trainable_weights))
        return loss


class Block(layers.Layer):
    """Transposed convolution, batch normalization and relu, with or without enlarging."""

    def __init__(self, filters, enlarge):
        super().__init__()
        self.steps = [layers.UpSampling2D(2)] if enlarge else []
        self.steps.append(layers.Conv2DTranspose(filters, 5, padding="same"))
        self.normalize = layers.BatchNormalization(momentum=0.9)

    def call(self, x, training=None):
        for step in self.steps:
            x = step(x)
        return ops.relu(self.normalize(x, training=training))


class Forger(keras.Model):
    """Generator that passes the mode on by hand, with training mode as the default."""

    def __init__(self):
        super().__init__()
        self.paint = layers.Conv2DTranspose(1, 5, padding="same", activation="sigmoid")
        self.blocks = [Block(128, True), Block(64, True), Block(32, False)]
        self.dropout = layers.Dropout(0.4)
        self.normalize = layers.BatchNormalization(momentum=0.9)
        self.dense = layers.Dense(7 * 7 * 256)

    def call(self, z, training=True):
        x = ops.relu(self.normalize(self.dense(z), training=training))
        x = ops.reshape(self.dropout(x, training=training), (-1, 7, 7, 256))
        for block in self.blocks:
            x = block(x, training=training)
        return self.paint(x)


class Dealer(keras.Model):
    """Discriminator that lets Keras pass the mode on."""

    def __init__(self, **named):
        super().__init__(**named)
        sizes = (64, 2), (128, 2), (256, 2), (512, 1)
        self.convolutions = [layers.Conv2D(f, 5, s, padding="same") for f, s in sizes]
        self.dropouts = [layers.Dropout(0.4) for _ in sizes]
        self.flatten, self.dense = layers.Flatten(), layers.Dense(1)

    def call(self, x):
        for convolution, dropout in zip(self.convolutions, self.dropouts):
            x = dropout(tf.nn.leaky_relu(convolution(x), alpha=0.2))
        return tf.sigmoid(self.dense(self.flatten(x)))


class ObjectOriented:
    """Came from PyTorch: subclasses."""

    def build_generator():
        """Subclass with blocks, training handed on, built by a first call."""
        generator = Forger()
        generator(tf.zeros((1, 100)))
        return generator

    def build_discriminator():
        """Subclass with lists of layers, no training argument, never built."""
        return Dealer(name="dealer")

    def discriminator_batch(real_images, fake_images):
        """tf.concat, targets from a list of 1 and 0."""
        x = tf.concat([tf.cast(real_images, tf.float32), tf.cast(fake_images, tf.float32)], 0)
        n = int(real_images.shape[0])
        return [x, tf.reshape(tf.constant([1.0] * n + [0.0] * n), (-1, 1))]

    def discriminator_step(generator, discriminator, optimizer, real_images, latent):
        """Real and fake images apart, half of the sum of both means."""
        fakes = tf.stop_gradient(generator(latent, training=False))
        with tf.GradientTape() as tape:
            on_real = discriminator(real_images, training=True)
            on_fake = discriminator(fakes, training=True)
            loss_real = tf.reduce_mean(-tf.math.log(on_real + 1e-8))
            loss_fake = tf.reduce_mean(-tf.math.log(1 - on_fake + 1e-8))
            loss = 0.5 * (loss_real + loss_fake)
        weights = discriminator.trainable_variables
        optimizer.apply(tape.gradient(loss, weights), weights)
        return loss

    def generator_step(generator, discriminator, optimizer, latent):
        """The logarithm written out, optimizer.apply."""
        with tf.GradientTape() as tape:
            fakes = generator(latent, training=True)
            loss = tf.reduce_mean(-tf.math.log(discriminator(fakes, training=True) + 1e-8))
        weights = generator.trainable_variables
        optimizer.apply(tape.gradient(loss, weights), weights)
        return loss


def conv_block(x, filters, strides):
    """Helper of a student who repeats nothing."""
    x = layers.Conv2D(filters, kernel_size=5, strides=strides, padding="same")(x)
    return layers.Dropout(0.4)(ops.leaky_relu(x, 0.2))


def tconv_block(x, filters):
    """Helper of a student who repeats nothing."""
    x = layers.Conv2DTranspose(filters, kernel_size=5, strides=1, padding="same")(x)
    return ops.relu(layers.BatchNormalization(momentum=0.9)(x))


def repeated(x):
    """Helper of a student who repeats pixels by hand."""
    return ops.repeat(ops.repeat(x, 2, axis=1), 2, axis=2)


def descend(loss_of, weights, optimizer):
    """Helper of a student who repeats nothing: one step of gradient descent."""
    with tf.GradientTape() as tape:
        loss = loss_of()
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
    return loss


class Helpers:
    """Splits everything into helper functions."""

    def build_generator():
        """Functional with helpers, ops in the graph, pixels repeated by ops.repeat."""
        z = keras.Input((100,), name="noise")
        x = layers.BatchNormalization(momentum=0.9)(layers.Dense(7 * 7 * 256)(z))
        x = layers.Dropout(0.4)(ops.relu(x))
        x = tconv_block(repeated(ops.reshape(x, (-1, 7, 7, 256))), 128)
        x = tconv_block(tconv_block(repeated(x), 64), 32)
        return keras.Model(z, ops.sigmoid(layers.Conv2DTranspose(1, 5, padding="same")(x)))

    def build_discriminator():
        """Functional with a helper, ops in the graph."""
        x = image = keras.Input((28, 28, 1))
        for filters, strides in ((64, 2), (128, 2), (256, 2), (512, 1)):
            x = conv_block(x, filters, strides)
        x = ops.reshape(x, (-1, 4 * 4 * 512))
        return keras.Model(image, ops.sigmoid(layers.Dense(1)(x)))

    def discriminator_batch(real_images, fake_images):
        """np.vstack and a comparison, targets of booleans."""
        x = np.vstack([real_images, fake_images])
        y = np.arange(len(x))[:, None] < len(real_images)
        return x, y

    def discriminator_step(generator, discriminator, optimizer, real_images, latent):
        """Helper that takes a closure, keras.ops.binary_crossentropy."""
        x, y = Helpers.discriminator_batch(real_images, generator(latent))

        def loss_of():
            opinions = discriminator(x, training=True)
            return ops.mean(ops.binary_crossentropy(ops.cast(y, opinions.dtype), opinions))

        return descend(loss_of, discriminator.trainable_variables, optimizer)

    def generator_step(generator, discriminator, optimizer, latent):
        """The same helper, targets as NumPy ones."""

        def loss_of():
            opinions = discriminator(generator(latent, training=True), training=True)
            targets = np.ones((len(latent), 1), dtype="float32")
            return ops.mean(keras.metrics.binary_crossentropy(targets, opinions))

        return descend(loss_of, generator.trainable_variables, optimizer)


@tf.function
def discriminator_gradients(generator, discriminator, real_images, latent):
    """What a student who puts tf.function on everything calls before the update."""
    fakes = generator(latent, training=False)
    with tf.GradientTape() as tape:
        real = discriminator(real_images, training=True)
        fake = discriminator(fakes, training=True)
        opinions = tf.concat([real, fake], axis=0)
        y = tf.concat([tf.ones_like(real), tf.zeros_like(fake)], axis=0)
        loss = tf.reduce_mean(tf.keras.losses.binary_crossentropy(y, opinions))
    return loss, tape.gradient(loss, discriminator.trainable_variables)


class Compiled(keras.Model):
    """Model whose call is a tf.function around a network that is already built."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    @tf.function
    def call(self, inputs, training=False):
        return self.network(inputs, training=training)


class Accelerator:
    """Puts tf.function on everything, and thinks in tf.keras."""

    def build_generator():
        """tf.keras layers, relu as a function between them, call under tf.function."""
        layer = tf.keras.layers
        z = layer.Input((100,))
        x = layer.Dense(256 * 49)(z)
        x = layer.Lambda(tf.nn.relu)(layer.BatchNormalization(momentum=0.9)(x))
        x = layer.Reshape((7, 7, 256))(x)
        x = layer.Dropout(0.4)(x)
        for filters in (128, 64, 32):
            x = layer.UpSampling2D(2)(x) if filters > 32 else x
            x = layer.Conv2DTranspose(filters, 5, 1, "same")(x)
            x = layer.Activation(tf.nn.relu)(layer.BatchNormalization(-1, 0.9)(x))
        x = layer.Conv2DTranspose(1, 5, padding="SAME", activation=tf.nn.sigmoid)(x)
        return Compiled(tf.keras.Model(z, x))

    def build_discriminator():
        """tf.keras Sequential, dropout before the leaky relu, call under tf.function."""
        stack = [tf.keras.layers.Input((28, 28, 1))]
        for filters, strides in ((64, 2), (128, 2), (256, 2), (512, 1)):
            stack.append(tf.keras.layers.Conv2D(filters, 5, strides, padding="same"))
            stack.append(tf.keras.layers.Dropout(0.4))
            stack.append(tf.keras.layers.LeakyReLU(negative_slope=0.2))
        stack += [tf.keras.layers.Flatten(), tf.keras.layers.Dense(1, activation="sigmoid")]
        return Compiled(tf.keras.Sequential(stack))

    @tf.function
    def discriminator_batch(real_images, fake_images):
        """Decorated with tf.function."""
        size = tf.shape(real_images)[0]
        y = tf.concat([tf.ones((size, 1)), tf.zeros((size, 1))], axis=0)
        return tf.concat([real_images, fake_images], axis=0), y

    def discriminator_step(generator, discriminator, optimizer, real_images, latent):
        """Gradients under tf.function, the update outside."""
        loss, gradients = discriminator_gradients(generator, discriminator, real_images, latent)
        optimizer.apply_gradients(zip(gradients, discriminator.trainable_variables))
        return loss

    @tf.function
    def generator_step(generator, discriminator, optimizer, latent):
        """Decorated with tf.function, update and all."""
        with tf.GradientTape() as tape:
            fakes = generator(latent, training=True)
            opinions = discriminator(fakes, training=True)
            loss = tf.keras.losses.BinaryCrossentropy()(tf.ones_like(opinions), opinions)
        gradients = tape.gradient(loss, generator.trainable_variables)
        optimizer.apply_gradients(zip(gradients, generator.trainable_variables))
        return loss


class Numerical:
    """Distrusts frameworks: float64, and formulas written out."""

    def build_generator():
        """Sequential in float64, sigmoid as a Lambda, held layers as activations."""
        kind = {"dtype": "float64"}
        stack = [
            layers.Dense(7 * 7 * 256, **kind),
            layers.BatchNormalization(momentum=0.9, **kind),
            layers.Activation(layers.ReLU(), **kind),
            layers.Dropout(0.4, **kind),
            layers.Reshape((7, 7, 256), **kind),
        ]
        for filters in (128, 64, 32):
            if filters != 32:
                stack.append(layers.UpSampling2D(interpolation="nearest", **kind))
            stack.append(layers.Conv2DTranspose(filters, 5, padding="same", **kind))
            stack.append(layers.BatchNormalization(momentum=0.9, **kind))
            stack.append(layers.LeakyReLU(negative_slope=0.0, **kind))
        stack.append(layers.Conv2DTranspose(1, 5, padding="same", **kind))
        stack.append(layers.Lambda(lambda x: 1 / (1 + tf.exp(-x)), **kind))
        return keras.Sequential([keras.Input((100,), **kind), *stack])

    def build_discriminator():
        """Functional in float64, leaky relu as a maximum, PReLU nowhere."""
        x = image = keras.Input((28, 28, 1), dtype="float64")
        for filters, strides in zip((64, 128, 256, 512), (2, 2, 2, 1)):
            x = layers.Conv2D(filters, 5, strides, padding="same", dtype="float64")(x)
            x = layers.Dropout(0.4, dtype="float64")(ops.maximum(x, 0.2 * x))
        x = layers.Flatten(dtype="float64")(x)
        return keras.Model(image, layers.Dense(1, activation="sigmoid", dtype="float64")(x))

    def discriminator_batch(real_images, fake_images):
        """A NumPy array filled by slices, whole numbers as targets, float64."""
        n = len(real_images)
        x = np.empty((2 * n, *real_images.shape[1:]))
        x[:n], x[n:] = real_images, fake_images
        y = np.zeros((2 * n, 1), dtype=int)
        y[:n] = 1
        return x, y

    def discriminator_step(generator, discriminator, optimizer, real_images, latent):
        """Cross-entropy in float64 under the tape, variables watched by hand, a float back."""
        x, y = Numerical.discriminator_batch(
            np.asarray(real_images), generator.predict_on_batch(latent)
        )
        weights = discriminator.trainable_variables
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            for variable in weights:
                tape.watch(variable.value)
            p = tf.cast(discriminator(x, training=True), tf.float64)
            loss = -tf.reduce_mean(y * tf.math.log(p) + (1 - y) * tf.math.log(1 - p))
        pairs = []
        for gradient, variable in zip(tape.gradient(loss, weights), weights):
            pairs.append((gradient, variable))
        optimizer.apply_gradients(pairs)
        return float(loss)

    def generator_step(generator, discriminator, optimizer, latent):
        """From logits recovered from the outputs, in float64, returns a NumPy number."""
        weights = generator.trainable_variables
        with tf.GradientTape() as tape:
            p = tf.cast(discriminator(generator(latent, training=True), training=True), tf.float64)
            logits = tf.math.log(p) - tf.math.log1p(-p)
            loss = tf.reduce_mean(tf.nn.softplus(-logits))
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        return loss.numpy()


class Trainer(keras.Model):
    """Both networks, of a student who overrides train_step."""

    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator

    def train_step(self, data):
        latent, *_ = data
        with tf.GradientTape() as tape:
            opinions = self.discriminator(self.generator(latent, training=True), training=True)
            loss = ops.mean(keras.losses.binary_crossentropy(ops.ones_like(opinions), opinions))
        weights = self.generator.trainable_weights
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        return {"g_loss": loss}


class Architect:
    """Builds models of models, and freezes before it trains."""

    def build_generator():
        """Three Sequentials in a Functional, compiled."""
        lift = keras.Sequential(
            [
                layers.Dense(7 * 7 * 256),
                layers.BatchNormalization(momentum=0.9),
                layers.ReLU(),
                layers.Dropout(rate=0.4),
                layers.Reshape(target_shape=(7, 7, 256)),
            ]
        )
        grow = keras.Sequential()
        for filters in (128, 64):
            grow.add(layers.UpSampling2D(size=2))
            grow.add(layers.Convolution2DTranspose(filters, 5, padding="same"))
            grow.add(layers.BatchNormalization(momentum=0.9))
            grow.add(layers.ReLU())
        paint = keras.Sequential(
            [
                layers.Convolution2DTranspose(32, 5, padding="same"),
                layers.BatchNormalization(momentum=0.9),
                layers.ReLU(),
                layers.Convolution2DTranspose(1, 5, padding="same", activation="sigmoid"),
            ]
        )
        vector = layers.Input(shape=[100])
        model = keras.Model(vector, paint(grow(lift(vector))))
        model.compile("rmsprop", "binary_crossentropy")
        return model

    def build_discriminator():
        """Functional, layer instances as activations, dropout under one shared layer."""
        leaky, dropout = layers.LeakyReLU(negative_slope=0.2), layers.Dropout(0.4)
        x = image = layers.Input((28, 28, 1))
        for filters, strides in ((64, (2, 2)), (128, (2, 2)), (256, (2, 2)), (512, (1, 1))):
            x = dropout(layers.Conv2D(filters, (5, 5), strides, "same", activation=leaky)(x))
        return keras.Model(image, layers.Dense(1, "sigmoid")(layers.Flatten()(x)))

    def discriminator_batch(real_images, fake_images):
        """tf.stack and reshape, targets by tf.repeat."""
        x = tf.reshape(tf.stack([real_images, fake_images]), (-1, 28, 28, 1))
        return x, tf.repeat([[1.0], [0.0]], len(real_images), axis=0)

    def discriminator_step(generator, discriminator, optimizer, real_images, latent):
        """Generator frozen during the step, sum over images divided by their number."""
        generator.trainable = False
        with tf.GradientTape() as tape:
            x, y = Architect.discriminator_batch(real_images, generator(latent, training=False))
            losses = keras.losses.BinaryCrossentropy(reduction="sum")(
                y, discriminator(x, training=True)
            )
            loss = losses / len(x)
        gradients = tape.gradient(loss, discriminator.trainable_variables)
        optimizer.apply_gradients(zip(gradients, discriminator.trainable_variables))
        generator.trainable = True
        return loss

    def generator_step(generator, discriminator, optimizer, latent):
        """A model of both with its own train_step, trained on the batch."""
        both = Trainer(generator, discriminator)
        both.compile(optimizer=optimizer, jit_compile=False)
        return both.train_on_batch(latent, return_dict=True)["g_loss"]


STUDENTS = (
    Slides,
    SequentialLover,
    ObjectOriented,
    Helpers,
    Accelerator,
    Numerical,
    Architect,
)
STYLES = {
    exercise: [vars(student)[exercise] for student in STUDENTS]
    for exercise in (
        "build_generator",
        "build_discriminator",
        "discriminator_batch",
        "discriminator_step",
        "generator_step",
    )
}
