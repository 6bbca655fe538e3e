"""Right answers to assignment a2_vae, as students with different habits write them.

Each class is one student. ``STYLES`` lists their functions by exercise. Classes and
functions outside of them are cells that such a student adds to the notebook.

The file is long because it is data: one entry for each student and function, and nobody reads
it from beginning to end. A student's functions stay together, as in a submission.
"""

import functools

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from tensorflow.keras import backend as K

__all__ = ["STYLES"]


class Textbook:
    """Follows the Keras guides word by word."""

    def build_encoder(latent_dim):
        """Functional, kernel_size and strides as tuples, own names."""
        encoder_inputs = keras.Input(shape=(28, 28, 1))
        x = layers.Conv2D(
            filters=32, kernel_size=(3, 3), strides=(1, 1), activation="relu", padding="same"
        )(encoder_inputs)
        x = layers.Conv2D(64, (3, 3), activation="relu", strides=(2, 2), padding="same")(x)
        x = layers.Conv2D(64, kernel_size=(3, 3), activation="relu", padding="same")(x)
        x = layers.Conv2D(64, kernel_size=(3, 3), activation="relu", padding="same")(x)
        x = layers.Flatten()(x)
        x = layers.Dense(32, activation="relu", name="bottleneck")(x)
        z_mean = layers.Dense(latent_dim, name="z_mean")(x)
        z_log_var = layers.Dense(latent_dim, name="z_log_var")(x)
        return keras.Model(encoder_inputs, [z_mean, z_log_var], name="encoder")

    def build_decoder(latent_dim):
        """Functional, target_shape spelled out."""
        latent_inputs = keras.Input(shape=(latent_dim,))
        x = layers.Dense(units=32, activation="relu")(latent_inputs)
        x = layers.Dense(units=14 * 14 * 64, activation="relu")(x)
        x = layers.Reshape(target_shape=(14, 14, 64))(x)
        x = layers.Conv2DTranspose(32, (3, 3), strides=(2, 2), activation="relu", padding="same")(x)
        decoder_outputs = layers.Conv2D(1, (3, 3), activation="sigmoid", padding="same")(x)
        return keras.Model(latent_inputs, decoder_outputs, name="decoder")

    def sample_latent(mu, log_var, eps):
        """keras.ops in one line."""
        return mu + ops.exp(log_var / 2) * eps

    def generation_loss(images, reconstructions):
        """BinaryCrossentropy instance."""
        return keras.losses.BinaryCrossentropy()(images, reconstructions)

    def kl_loss(mu, log_var):
        """keras.ops, minus one half in front."""
        kl = -0.5 * (1 + log_var - ops.square(mu) - ops.exp(log_var))
        return ops.mean(ops.mean(kl, axis=1))

    def vae_loss(images, reconstructions, mu, log_var, kl_weight=1e-3):
        """Calls the two losses of the cells above."""
        reconstruction = Textbook.generation_loss(images, reconstructions)
        return reconstruction + kl_weight * Textbook.kl_loss(mu, log_var)

    def vae_train_step(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
        """apply_gradients of zip, trainable_weights."""
        with tf.GradientTape() as tape:
            mu, log_var = encoder(images)
            reconstructions = decoder(Textbook.sample_latent(mu, log_var, eps))
            loss = Textbook.vae_loss(images, reconstructions, mu, log_var, kl_weight)
        weights = encoder.trainable_weights + decoder.trainable_weights
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        return loss


class SequentialLover:
    """Everything is a Sequential."""

    def build_encoder(latent_dim):
        """Sequential trunk with a list of layers, two heads on it."""
        trunk = keras.Sequential(
            [
                layers.InputLayer(shape=(28, 28, 1)),
                layers.Conv2D(32, 3, padding="same"),
                layers.ReLU(),
                layers.Conv2D(64, 3, strides=2, padding="same"),
                layers.ReLU(),
                layers.Conv2D(64, 3, padding="same"),
                layers.ReLU(),
                layers.Conv2D(64, 3, padding="same"),
                layers.ReLU(),
                layers.Flatten(),
                layers.Dense(32),
                layers.ReLU(),
            ]
        )
        log_var = layers.Dense(latent_dim)(trunk.outputs[0])
        mu = layers.Dense(latent_dim)(trunk.outputs[0])
        return keras.Model(inputs=trunk.inputs, outputs=[mu, log_var])

    def build_decoder(latent_dim):
        """Sequential with add, no input shape, separate Activation layers."""
        model = keras.Sequential()
        model.add(layers.Dense(32))
        model.add(layers.Activation("relu"))
        model.add(layers.Dense(12_544))
        model.add(layers.Activation(keras.activations.relu))
        model.add(layers.Reshape((14, 14, 64)))
        model.add(layers.Conv2DTranspose(32, 3, 2, "same"))
        model.add(layers.ReLU())
        model.add(layers.Conv2D(1, 3, padding="same"))
        model.add(layers.Activation("sigmoid"))
        return model

    def sample_latent(mu, log_var, eps):
        """Three Keras merge layers and a Lambda."""
        sigma = layers.Lambda(lambda v: keras.ops.sqrt(keras.ops.exp(v)))(log_var)
        return layers.Add()([mu, layers.Multiply()([sigma, eps])])

    def generation_loss(images, reconstructions):
        """Loss instance without reduction, reduced by hand."""
        loss = keras.losses.BinaryCrossentropy(reduction=None)
        return tf.reduce_mean(loss(images, reconstructions))

    def kl_loss(mu, log_var):
        """Sum divided by the number of entries."""
        terms = mu**2 + ops.exp(log_var) - log_var - 1
        return ops.sum(terms) / 2 / ops.cast(ops.size(terms), "float32")

    def vae_loss(images, reconstructions, mu, log_var, kl_weight=1e-3):
        """keras.metrics for the one part, a reshaped sum for the other."""
        bce = ops.mean(keras.metrics.binary_crossentropy(images, reconstructions))
        kl = ops.mean(-0.5 * ops.reshape(1 + log_var - mu * mu - ops.exp(log_var), [-1]))
        return ops.sum(ops.stack([bce, kl_weight * kl]))

    def vae_train_step(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
        """optimizer.apply, decoder's weights first."""
        with tf.GradientTape() as tape:
            mu, log_var = encoder(images, training=True)
            z = SequentialLover.sample_latent(mu, log_var, eps)
            loss = SequentialLover.vae_loss(
                images, decoder(z, training=True), mu, log_var, kl_weight
            )
        variables = [*decoder.trainable_variables, *encoder.trainable_variables]
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss


class HeadsFirst(keras.Model):
    """Encoder whose layers are made in another order than they are used."""

    def __init__(self, latent_dim):
        super().__init__()
        self.log_var_head = layers.Dense(latent_dim)
        self.mu_head = layers.Dense(latent_dim)
        self.dense = layers.Dense(32)
        self.flatten = layers.Flatten()
        self.relu = layers.ReLU()
        self.conv4 = layers.Conv2D(64, 3, padding="same")
        self.conv3 = layers.Conv2D(64, 3, padding="same")
        self.conv2 = layers.Conv2D(64, 3, padding="same", strides=2)
        self.conv1 = layers.Conv2D(32, 3, padding="same")

    def call(self, inputs):
        x = self.relu(self.conv1(inputs))
        x = self.relu(self.conv2(x))
        x = self.relu(self.conv3(x))
        x = self.relu(self.conv4(x))
        x = self.relu(self.dense(self.flatten(x)))
        return self.mu_head(x), self.log_var_head(x)


class ListDecoder(keras.Model):
    """Decoder that keeps its layers in a list."""

    def __init__(self, latent_dim, **kwargs):
        super().__init__(**kwargs)
        self.latent_dim = latent_dim
        self.stack = [
            layers.Dense(32, "relu"),
            layers.Dense(14 * 14 * 64, "relu"),
            layers.Reshape((14, 14, 64)),
            layers.Conv2DTranspose(32, 3, strides=2, padding="SAME", activation="relu"),
            layers.Conv2D(1, 3, padding="SAME", activation="sigmoid"),
        ]

    def call(self, z, training=None):
        for layer in self.stack:
            z = layer(z)
        return z


class ObjectOriented:
    """Came from PyTorch: subclasses."""

    def build_encoder(latent_dim):
        """Subclass, layers made heads first, a tuple back, never built."""
        return HeadsFirst(latent_dim)

    def build_decoder(latent_dim):
        """Subclass with a list of layers, built by a first call."""
        decoder = ListDecoder(latent_dim, name="my_decoder")
        decoder(tf.zeros((1, latent_dim)))
        return decoder

    def sample_latent(mu, log_var, eps):
        """tf ops, sigma by square root."""
        sigma = tf.sqrt(tf.exp(log_var))
        return tf.add(mu, tf.multiply(sigma, eps))

    def generation_loss(images, reconstructions):
        """Own formula in tf, clipped at 1e-7."""
        p = tf.clip_by_value(reconstructions, 1e-7, 1 - 1e-7)
        bce = images * tf.math.log(p) + (1 - images) * tf.math.log(1 - p)
        return -tf.reduce_mean(bce)

    def kl_loss(mu, log_var):
        """tf.reduce_mean over both axes."""
        return tf.reduce_mean(0.5 * (tf.square(mu) + tf.exp(log_var) - log_var - 1.0), axis=[0, 1])

    def vae_loss(images, reconstructions, mu, log_var, kl_weight=1e-3):
        """Everything written out again, += on a tensor."""
        loss = ObjectOriented.generation_loss(images, reconstructions)
        loss += kl_weight * tf.reduce_mean(
            -0.5 * (1 + log_var - tf.math.pow(mu, 2) - tf.math.exp(log_var))
        )
        return loss

    def vae_train_step(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
        """Persistent tape, two gradient calls, one apply."""
        with tf.GradientTape(persistent=True) as tape:
            mu, log_var = encoder(images)
            z = ObjectOriented.sample_latent(mu, log_var, eps)
            loss = ObjectOriented.vae_loss(images, decoder(z), mu, log_var, kl_weight)
        encoder_gradients = tape.gradient(loss, encoder.trainable_variables)
        decoder_gradients = tape.gradient(loss, decoder.trainable_variables)
        del tape
        optimizer.apply_gradients(
            list(zip(encoder_gradients, encoder.trainable_variables))
            + list(zip(decoder_gradients, decoder.trainable_variables))
        )
        return loss


class LateEncoder(tf.keras.Model):
    """Encoder that makes its layers in build, functions instead of layers between them."""

    def __init__(self, k):
        super().__init__()
        self.k = k

    def build(self, input_shape):
        self.convs = [
            tf.keras.layers.Conv2D(f, 3, s, "same") for f, s in ((32, 1), (64, 2), (64, 1), (64, 1))
        ]
        self.hidden = tf.keras.layers.Dense(32)
        self.heads = {name: tf.keras.layers.Dense(self.k) for name in ("mu", "log_var")}
        super().build(input_shape)

    def call(self, x):
        for conv in self.convs:
            x = tf.nn.relu(conv(x))
        x = tf.reshape(x, [tf.shape(x)[0], 14 * 14 * 64])
        x = tf.nn.relu(self.hidden(x))
        return [self.heads["mu"](x), self.heads["log_var"](x)]


class LateDecoder(tf.keras.Model):
    """Decoder that makes its layers in build, functions instead of layers between them."""

    def build(self, input_shape):
        self.up = tf.keras.layers.Conv2DTranspose(32, 3, 2, padding="same")
        self.out = tf.keras.layers.Conv2D(1, 3, padding="same")
        self.d2 = tf.keras.layers.Dense(14 * 14 * 64)
        self.d1 = tf.keras.layers.Dense(32)

    def call(self, z):
        h = tf.maximum(self.d2(tf.maximum(self.d1(z), 0.0)), 0.0)
        h = tf.nn.relu(self.up(tf.reshape(h, (-1, 14, 14, 64))))
        return tf.nn.sigmoid(self.out(h))


class TensorFlowTwo:
    """Reads tutorials from 2019: tf.keras and tf.nn."""

    def build_encoder(latent_dim):
        """tf.keras subclass, layers made in build, tf.nn.relu."""
        return LateEncoder(latent_dim)

    def build_decoder(latent_dim):
        """tf.keras subclass, layers made in build, tf.maximum."""
        model = LateDecoder()
        model.build((None, latent_dim))
        return model

    def sample_latent(mu, log_var, eps):
        """tf.float64 on the way, cast back."""
        sigma = tf.exp(0.5 * tf.cast(log_var, tf.float64))
        return tf.cast(tf.cast(mu, tf.float64) + sigma * tf.cast(eps, tf.float64), tf.float32)

    def generation_loss(images, reconstructions):
        """tf.nn.sigmoid_cross_entropy_with_logits of recovered logits."""
        p = tf.clip_by_value(reconstructions, 1e-6, 1 - 1e-6)
        logits = tf.math.log(p) - tf.math.log1p(-p)
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=images, logits=logits)
        return tf.reduce_mean(losses)

    def kl_loss(mu, log_var):
        """sigma and its square computed first."""
        sigma = tf.exp(log_var * 0.5)
        sigma2 = sigma**2
        return tf.reduce_mean(-0.5 * (1 + tf.math.log(sigma2) - mu**2 - sigma2))

    def vae_loss(images, reconstructions, mu, log_var, kl_weight=1e-3):
        """tf.keras.losses, tf.add_n."""
        bce = tf.reduce_mean(tf.keras.losses.binary_crossentropy(images, reconstructions))
        return tf.add_n([bce, tf.multiply(kl_weight, TensorFlowTwo.kl_loss(mu, log_var))])

    @tf.function
    def vae_train_step(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
        """Decorated with tf.function, tf.keras loss inlined."""
        with tf.GradientTape() as tape:
            mu, log_var = encoder(images, training=True)
            reconstructions = decoder(mu + tf.exp(log_var / 2) * eps, training=True)
            bce = tf.keras.losses.BinaryCrossentropy()(images, reconstructions)
            kl = -0.5 * tf.reduce_mean(1 + log_var - tf.square(mu) - tf.exp(log_var))
            loss = bce + kl_weight * kl
        variables = encoder.trainable_variables + decoder.trainable_variables
        gradients = tape.gradient(loss, variables)
        optimizer.apply_gradients(zip(gradients, variables))
        return loss


class Compiled(keras.Model):
    """Model whose call is a tf.function around a network that is already built."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    @tf.function
    def call(self, inputs):
        return self.network(inputs)


class Accelerator:
    """Puts tf.function on everything."""

    def build_encoder(latent_dim):
        """Subclass with call under tf.function, functools.partial for the convolutions."""
        conv = functools.partial(layers.Conv2D, kernel_size=3, padding="same", activation="relu")
        images = keras.Input((28, 28, 1))
        x = conv(64)(conv(64)(conv(64, strides=2)(conv(32)(images))))
        x = layers.Dense(32, activation="relu")(layers.Flatten()(x))
        heads = [layers.Dense(latent_dim)(x), layers.Dense(latent_dim)(x)]
        return Compiled(keras.Model(images, heads))

    def build_decoder(latent_dim):
        """Subclass with call under tf.function, tf.nn functions as activations."""
        network = [
            keras.Input((latent_dim,)),
            layers.Dense(32, activation=tf.nn.relu),
            layers.Dense(14 * 14 * 64, activation=tf.nn.relu),
            layers.Reshape((14, 14, 64)),
            layers.Conv2DTranspose(32, 3, 2, padding="same", activation=tf.nn.relu),
            layers.Conv2D(1, 3, padding="same", activation=tf.nn.sigmoid),
        ]
        return Compiled(keras.Sequential(network))

    @tf.function
    def sample_latent(mu, log_var, eps):
        """Decorated with tf.function."""
        return mu + tf.exp(0.5 * log_var) * eps

    @tf.function
    def generation_loss(images, reconstructions):
        """Decorated with tf.function, epsilon of the Keras backend inside the logarithm."""
        bright = images * tf.math.log(reconstructions + K.epsilon())
        dark = (1.0 - images) * tf.math.log(1.0 - reconstructions + K.epsilon())
        return tf.reduce_mean(-bright - dark)

    @tf.function
    def kl_loss(mu, log_var):
        """Decorated with tf.function, tf.math.expm1."""
        return 0.5 * tf.reduce_mean(tf.square(mu) + tf.math.expm1(log_var) - log_var)

    @tf.function(reduce_retracing=True)
    def vae_loss(images, reconstructions, mu, log_var, kl_weight=1e-3):
        """Decorated with tf.function that is told not to retrace."""
        weight = tf.cast(kl_weight, tf.float32)
        generation = Accelerator.generation_loss(images, reconstructions)
        return generation + weight * Accelerator.kl_loss(mu, log_var)

    def vae_train_step(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
        """tf.function made inside, two nested tapes, one apply_gradients."""

        @tf.function
        def run(images, eps):
            with tf.GradientTape() as encoder_tape, tf.GradientTape() as decoder_tape:
                mu, log_var = encoder(images)
                z = Accelerator.sample_latent(mu, log_var, eps)
                loss = Accelerator.vae_loss(images, decoder(z), mu, log_var, kl_weight)
            to_encoder = encoder_tape.gradient(loss, encoder.trainable_variables)
            to_decoder = decoder_tape.gradient(loss, decoder.trainable_variables)
            weights = encoder.trainable_variables + decoder.trainable_variables
            optimizer.apply_gradients(zip(to_encoder + to_decoder, weights))
            return loss

        return run(images, eps)


def conv_block(x, filters, stride=1):
    """Helper of a student who repeats nothing."""
    x = layers.Conv2D(filters, kernel_size=3, strides=stride, padding="same")(x)
    return ops.relu(x)


def cross_entropy(target, probability, tiny=1e-12):
    """Helper of a student who repeats nothing."""
    return -target * ops.log(probability + tiny) - (1 - target) * ops.log(1 - probability + tiny)


def divergence(mu, log_var):
    """Helper of a student who repeats nothing: the sum over dimensions."""
    return 0.5 * ops.sum(ops.exp(log_var) + mu**2 - 1 - log_var, axis=1)


class Helpers:
    """Splits everything into helper functions."""

    def build_encoder(latent_dim):
        """Functional with helper function, ops in the graph, lists of one input."""
        x = image = keras.Input((28, 28, 1), batch_size=None, dtype="float32", name="picture")
        for filters, stride in [(32, 1), (64, 2), (64, 1), (64, 1)]:
            x = conv_block(x, filters, stride)
        x = ops.reshape(x, (-1, 14 * 14 * 64))
        x = keras.activations.relu(layers.Dense(32)(x))
        heads = [layers.Dense(latent_dim, activation="linear", name=n) for n in ("m", "s")]
        return keras.Model(inputs=[image], outputs=[head(x) for head in heads])

    def build_decoder(latent_dim):
        """Functional, ops in the graph, ops.sigmoid at the end."""
        z = keras.Input((latent_dim,))
        x = ops.relu(layers.Dense(32)(z))
        x = ops.relu(layers.Dense(14 * 14 * 64)(x))
        x = ops.reshape(x, (-1, 14, 14, 64))
        x = ops.relu(layers.Conv2DTranspose(32, 3, strides=2, padding="same")(x))
        return keras.Model(z, ops.sigmoid(layers.Conv2D(1, 3, padding="same")(x)))

    def sample_latent(mu, log_var, eps, *, half=0.5):
        """Keyword-only extra argument, variance to the power of a half."""
        return ops.add(ops.power(ops.exp(log_var), half) * eps, mu)

    def generation_loss(images, reconstructions):
        """Own formula with 1e-12 inside the logarithms."""
        return ops.mean(cross_entropy(images, reconstructions))

    def kl_loss(mu, log_var):
        """Sum over k from a helper, divided by k."""
        return ops.mean(divergence(mu, log_var)) / mu.shape[1]

    def vae_loss(images, reconstructions, mu, log_var, kl_weight=0.001):
        """Keyword arguments throughout, the weight times each dimension's share."""
        parts = {
            "generation": Helpers.generation_loss(images=images, reconstructions=reconstructions),
            "kl": kl_weight * Helpers.kl_loss(mu=mu, log_var=log_var),
        }
        return sum(parts.values())

    def vae_train_step(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
        """Nested lists of variables in one gradient call, optimizer.apply."""

        def forward():
            mu, log_var = encoder(images)
            z = Helpers.sample_latent(mu, log_var, eps)
            return Helpers.vae_loss(images, decoder(z), mu, log_var, kl_weight=kl_weight)

        networks = [encoder.trainable_weights, decoder.trainable_weights]
        with tf.GradientTape() as tape:
            loss = forward()
        gradients = tape.gradient(loss, networks)
        optimizer.apply(tf.nest.flatten(gradients), tf.nest.flatten(networks))
        return loss


class ConvBlock(layers.Layer):
    """Layer of a student who packs a convolution and its relu together."""

    def __init__(self, filters, strides=1):
        super().__init__()
        self.conv = layers.Conv2D(filters, 3, strides=strides, padding="same")
        self.act = layers.Activation("relu")

    def call(self, x):
        return self.act(self.conv(x))


class MyDense(layers.Dense):
    """Layer of a student who derives from Dense to change a default."""

    def __init__(self, units, activation="relu"):
        super().__init__(units, activation=activation)


class Architect:
    """Builds blocks and models of models."""

    def build_encoder(latent_dim):
        """Custom blocks, two models for the two heads, joined."""
        keras.backend.clear_session()
        image = layers.Input(shape=[28, 28, 1])
        x = image
        for block in (ConvBlock(32), ConvBlock(64, strides=2), ConvBlock(64), ConvBlock(64)):
            x = block(x)
        x = MyDense(32)(layers.Flatten()(x))
        trunk = keras.Model(image, x)
        mean_model = keras.Sequential([layers.Input((32,)), layers.Dense(latent_dim)])
        spread_model = keras.Sequential([layers.Dense(latent_dim, kernel_initializer="zeros")])
        features = trunk(image)
        return keras.Model(image, (mean_model(features), spread_model(features)))

    def build_decoder(latent_dim):
        """Two Sequentials in a Functional, derived layers, compiled and summarised away."""
        code = layers.Input(shape=(latent_dim,))
        lift = keras.Sequential([MyDense(32), MyDense(64 * 14 * 14), layers.Reshape([14, 14, 64])])
        paint = keras.Sequential(
            [
                layers.Convolution2DTranspose(32, [3, 3], [2, 2], "same", activation="relu"),
                layers.Convolution2D(1, [3, 3], padding="same", activation="sigmoid"),
            ]
        )
        model = keras.Model(inputs=code, outputs=paint(lift(code)))
        model.compile(optimizer="adam", loss="binary_crossentropy")
        return model

    def sample_latent(mu, log_var, eps):
        """A Functional model of three inputs, built on each call."""
        inputs = [keras.Input((mu.shape[1],)) for _ in range(3)]
        m, v, e = inputs
        return keras.Model(inputs, m + ops.exp(v * 0.5) * e)([mu, log_var, eps])

    def generation_loss(images, reconstructions):
        """keras.ops.binary_crossentropy, flattened first."""
        flat = [ops.reshape(part, (-1, 784)) for part in (images, reconstructions)]
        return ops.mean(ops.binary_crossentropy(*flat))

    def kl_loss(mu, log_var):
        """Mean of three separate means."""
        return (ops.mean(mu**2) + ops.mean(ops.exp(log_var)) - ops.mean(log_var) - 1) / 2

    def vae_loss(images, reconstructions, mu, log_var, kl_weight=1e-3):
        """keras.losses.get by name, tf.math.scalar_mul."""
        bce = keras.losses.get("binary_crossentropy")(images, reconstructions)
        return ops.mean(bce) + tf.math.scalar_mul(kl_weight, Architect.kl_loss(mu, log_var))

    def vae_train_step(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
        """A model of both networks with its own train_step, trained on the batch."""

        class Both(keras.Model):
            def __init__(self):
                super().__init__()
                self.encoder, self.decoder = encoder, decoder

            def call(self, images):
                return self.decoder(self.encoder(images)[0])

            def train_step(self, data):
                images, eps, *_ = data
                with tf.GradientTape() as tape:
                    mu, log_var = self.encoder(images, training=True)
                    z = mu + ops.exp(log_var * 0.5) * eps
                    loss = Architect.vae_loss(images, self.decoder(z), mu, log_var, kl_weight)
                gradients = tape.gradient(loss, self.trainable_weights)
                self.optimizer.apply_gradients(zip(gradients, self.trainable_weights))
                return {"loss": loss}

        both = Both()
        both.compile(optimizer=optimizer, jit_compile=False)
        return both.train_on_batch(images, eps, return_dict=True)["loss"]


class Numerical:
    """Distrusts frameworks: uses NumPy wherever no gradient is needed."""

    def build_encoder(latent_dim):
        """Functional with Lambda layers and padding in capitals."""
        relu = layers.Lambda(lambda x: tf.nn.relu(x))
        inputs = tf.keras.layers.Input((28, 28, 1))
        h = relu(tf.keras.layers.Conv2D(32, 3, padding="SAME")(inputs))
        h = relu(tf.keras.layers.Conv2D(64, 3, (2, 2), padding="SAME")(h))
        for _ in range(2):
            h = relu(tf.keras.layers.Conv2D(64, 3, padding="SAME", use_bias=True)(h))
        h = relu(tf.keras.layers.Dense(32)(tf.keras.layers.Reshape((-1,))(h)))
        mu, log_var = (tf.keras.layers.Dense(latent_dim, activation=None)(h) for _ in range(2))
        return tf.keras.models.Model(inputs=inputs, outputs=[mu, log_var])

    def build_decoder(latent_dim):
        """Functional with Lambda layers, sigmoid written out."""
        z = tf.keras.layers.Input((latent_dim,))
        h = tf.keras.layers.Dense(32, activation=lambda x: x * tf.cast(x > 0, x.dtype))(z)
        h = tf.keras.layers.Dense(14 * 14 * 64, activation=lambda x: tf.maximum(x, 0.0))(h)
        h = tf.keras.layers.Lambda(lambda x: tf.reshape(x, (-1, 14, 14, 64)))(h)
        h = tf.keras.layers.Conv2DTranspose(32, 3, strides=2, padding="same")(h)
        h = tf.keras.layers.LeakyReLU(negative_slope=0.0)(h)
        h = tf.keras.layers.Conv2D(1, 3, padding="same")(h)
        return tf.keras.Model(z, tf.keras.layers.Lambda(lambda x: 1 / (1 + tf.exp(-x)))(h))

    def sample_latent(mu, log_var, eps):
        """Row by row with tf.gather, stacked."""
        rows = []
        for i in range(mu.shape[0]):
            m, v, e = (tf.gather(part, i) for part in (mu, log_var, eps))
            rows.append(m + tf.exp(v / 2) * e)
        return tf.stack(rows)

    def generation_loss(images, reconstructions):
        """NumPy in float64, np.clip, a Python float back."""
        x = np.asarray(images, dtype=np.float64)
        y = np.clip(np.asarray(reconstructions, dtype=np.float64), 1e-7, 1 - 1e-7)
        return float(-(x * np.log(y) + (1 - x) * np.log(1 - y)).mean())

    def kl_loss(mu, log_var):
        """NumPy loop over the rows, np.mean of a list."""
        mu, log_var = mu.numpy(), log_var.numpy()
        rows = [-0.5 * np.mean(1 + v - m**2 - np.exp(v)) for m, v in zip(mu, log_var)]
        return np.mean(rows)

    def vae_loss(images, reconstructions, mu, log_var, kl_weight=1e-3):
        """A 0-d float64 tensor of a NumPy number."""
        kl = Numerical.kl_loss(mu, log_var)
        loss = Numerical.generation_loss(images, reconstructions) + kl_weight * kl
        return tf.constant(loss, dtype=tf.float64)

    def vae_train_step(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
        """float64 losses under the tape, pairs one by one, a Python float back."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            variables = encoder.trainable_variables + decoder.trainable_variables
            for variable in variables:
                tape.watch(variable.value)
            mu, log_var = encoder(images)
            pixels = tf.cast(decoder(mu + tf.exp(0.5 * log_var) * eps), tf.float64)
            pixels = tf.clip_by_value(pixels, 1e-7, 1 - 1e-7)
            targets = tf.cast(images, tf.float64)
            mu, log_var = tf.cast(mu, tf.float64), tf.cast(log_var, tf.float64)
            loss = -tf.reduce_mean(
                targets * tf.math.log(pixels) + (1 - targets) * tf.math.log(1 - pixels)
            ) - 0.5 * kl_weight * tf.reduce_mean(1 + log_var - mu**2 - tf.exp(log_var))
        gradients = tape.gradient(loss, variables)
        pairs = []
        for gradient, variable in zip(gradients, variables):
            pairs.append((gradient, variable))
        optimizer.apply_gradients(pairs)
        return float(loss)


class Mathematician:
    """Writes what the formula says."""

    def generation_loss(images, reconstructions):
        """tf.math.xlogy, which knows 0 log 0."""
        bright = tf.math.xlogy(images, reconstructions)
        dark = tf.math.xlog1py(1 - images, -reconstructions)
        return -tf.reduce_mean(bright + dark)

    def kl_loss(mu, log_var):
        """Closed form of two general Gaussians, the second one standard, a tf.Variable back."""
        mean_q, var_q = tf.zeros_like(mu), tf.ones_like(mu)
        var_p = tf.exp(log_var)
        log_ratio = tf.math.log(var_q) - log_var
        kl = 0.5 * (log_ratio + (var_p + (mu - mean_q) ** 2) / var_q - 1)
        return tf.Variable(tf.reduce_mean(kl))

    def sample_latent(mu, log_var, eps):
        """tf.linalg.diag of the deviations times eps, tf.einsum."""
        scale = tf.linalg.diag(tf.exp(log_var / 2))
        return tf.einsum("bij,bj->bi", scale, eps) + mu

    def vae_loss(images, reconstructions, mu, log_var, kl_weight=1e-3):
        """Mean pixel of a Bernoulli log likelihood, tf.tensordot with the weights."""
        likelihood = tf.where(images > 0.5, reconstructions, 1 - reconstructions)
        other = tf.where(images > 0.5, 1 - reconstructions, reconstructions)
        share = tf.where(images > 0.5, images, 1 - images)
        log_likelihood = share * tf.math.log(likelihood) + (1 - share) * tf.math.log(other)
        parts = tf.stack([-tf.reduce_mean(log_likelihood), Mathematician.kl_loss(mu, log_var)])
        return tf.tensordot(parts, tf.constant([1.0, kl_weight]), 1)


class KerasTwo:
    """Copies the slides as far as Keras 3 lets them."""

    def build_encoder(latent_dim):
        """Functional, layer instances as activations, layers.Input."""
        input_img = layers.Input(shape=(28, 28, 1), name="input_img")
        x = layers.Conv2D(32, 3, padding="same", activation=layers.ReLU())(input_img)
        x = layers.Conv2D(64, 3, padding="same", activation=layers.ReLU(), strides=(2, 2))(x)
        x = layers.Conv2D(64, 3, padding="same", activation=layers.Activation("relu"))(x)
        x = layers.Conv2D(64, 3, padding="same", activation=layers.Activation("relu"))(x)
        x = layers.Dense(32, activation=layers.ReLU())(layers.Flatten()(x))
        z_mu = layers.Dense(latent_dim)(x)
        z_log_sigma = layers.Dense(latent_dim)(x)
        return keras.Model(input_img, [z_mu, z_log_sigma])

    def build_decoder(latent_dim):
        """Sequential, input_shape given to the first layer."""
        decoder = keras.models.Sequential(name="decoder")
        decoder.add(layers.Dense(32, activation="relu", input_shape=(latent_dim,)))
        decoder.add(layers.Dense(int(np.prod((14, 14, 64))), activation="relu"))
        decoder.add(layers.Reshape((14, 14, 64)))
        decoder.add(
            layers.Conv2DTranspose(32, 3, padding="same", activation="relu", strides=(2, 2))
        )
        decoder.add(layers.Conv2D(1, 3, padding="same", activation=layers.Activation("sigmoid")))
        return decoder

    def sample_latent(mu, log_var, eps):
        """K.exp of the old backend."""
        return mu + K.exp(0.5 * log_var) * eps

    def generation_loss(images, reconstructions):
        """K.flatten and K.binary_crossentropy of the old backend."""
        return K.mean(K.binary_crossentropy(K.flatten(images), K.flatten(reconstructions)))

    def kl_loss(mu, log_var):
        """K.mean of the old backend, axis by axis."""
        return K.mean(-0.5 * K.mean(1 + log_var - K.square(mu) - K.exp(log_var), axis=-1))

    def vae_loss(images, reconstructions, mu, log_var, kl_weight=1e-3):
        """K.mean over the sum of losses per image."""
        xent_loss = K.mean(keras.metrics.binary_crossentropy(images, reconstructions), axis=[1, 2])
        kl_loss = -0.5 * K.mean(1 + log_var - K.square(mu) - K.exp(log_var), axis=-1)
        return K.mean(xent_loss + kl_weight * kl_loss)

    def vae_train_step(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
        """Compiled with XLA, loss per image under the tape."""

        @tf.function(jit_compile=True)
        def loss_and_gradients():
            with tf.GradientTape() as tape:
                z_mu, z_log_var = encoder(images)
                decoded = decoder(z_mu + tf.exp(z_log_var / 2) * eps)
                loss = KerasTwo.vae_loss(images, decoded, z_mu, z_log_var, kl_weight)
            return loss, tape.gradient(loss, encoder.trainable_weights + decoder.trainable_weights)

        loss, gradients = loss_and_gradients()
        weights = encoder.trainable_weights + decoder.trainable_weights
        optimizer.apply_gradients(zip(gradients, weights))
        return loss.numpy()


STUDENTS = (
    Textbook,
    SequentialLover,
    ObjectOriented,
    TensorFlowTwo,
    Accelerator,
    Helpers,
    Architect,
    Numerical,
    Mathematician,
    KerasTwo,
)
STYLES = {
    exercise: [vars(student)[exercise] for student in STUDENTS if exercise in vars(student)]
    for exercise in (
        "build_encoder",
        "sample_latent",
        "build_decoder",
        "generation_loss",
        "kl_loss",
        "vae_loss",
        "vae_train_step",
    )
}
