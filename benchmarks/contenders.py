"""The contenders that ``benchmarks/training.py`` compares, each a function.

Run as a program, it trains the VAE for one epoch with the named contender:
`python benchmarks/contenders.py "ours, bfloat16"`.
"""

import sys

from operations import BATCH_SIZES, LAYERS, SIDE

__all__ = ["SAMPLERS", "STEPS", "make"]

# A framework is imported only when its contender is made: each process imports its own.
STEPS = {
    "vae": {
        "lecture, float32": lambda: _lecture_vae(),
        "Keras fit as it comes, float32": lambda: _fitted_vae(epochs=2, tuned=True),
        "Keras fit, float32": lambda: _fitted_vae(),
        "PyTorch, float32": lambda: _torch("vae_step", "float32"),
        "PyTorch, bfloat16": lambda: _torch("vae_step", "bfloat16"),
        "ours, float32": lambda: _our_vae("float32"),
        "ours, bfloat16": lambda: _our_vae("bfloat16"),
    },
    "gan": {
        "lecture, float32": lambda: _lecture_gan(),
        "Keras fit, float32": lambda: _fitted_gan(),
        "PyTorch, float32": lambda: _torch("gan_step", "float32"),
        "PyTorch, bfloat16": lambda: _torch("gan_step", "bfloat16"),
        "ours, float32": lambda: _our_gan("float32"),
        "ours, bfloat16": lambda: _our_gan("bfloat16"),
    },
}
SAMPLERS = ("Keras predict_on_batch", "PyTorch", "ours")
STEPS_AN_EPOCH = {"vae": 62, "gan": 4}  # For contenders that use `fit`.


def make(part, name):
    """A function, and the number of steps, products or batches of samples per call."""
    if part == "peak":
        return _product(name.rpartition(" ")[2])
    if part == "samples":
        return _sampler(*name)
    if part == "layers":
        return _layer(name), 1
    return STEPS[part][name]()


def _digits():
    from course.data import load_images

    return load_images("digits").x_train


def _product(dtype):
    import course.backend  # noqa: F401

    import tensorflow as tf

    factor = tf.cast(tf.random.stateless_normal((SIDE, SIDE), (1, 2)), dtype)
    product = tf.function(lambda: tf.matmul(factor, factor))
    return lambda: product()[0, 0].numpy(), 1


def _torch(name, precision):
    import torch_networks

    return getattr(torch_networks, name)(_digits(), precision), 1


def _lecture_vae():
    """As in lecture 04: connected modules with a loss layer, trained batch by batch."""
    import numpy as np

    model = _connected_vae()
    images, rng = _digits(), np.random.default_rng(0)
    size = BATCH_SIZES["vae"]
    return lambda: model.train_on_batch(images[rng.integers(len(images), size=size)]), 1


def _fitted_vae(epochs=1, tuned=False):
    """The same network with ``fit``; with ``tuned``, as in a notebook without the course."""
    model = _connected_vae()
    if tuned:
        import tensorflow as tf

        tf.data.Dataset.__iter__ = tf.data.Dataset.__iter__.__wrapped__
    return _fit(model, "vae", epochs)


def _connected_vae():
    import course.backend  # noqa: F401

    import keras

    from course.vae.decoder import build_decoder
    from course.vae.encoder import build_encoder
    from course.vae.model import connect_modules

    model = connect_modules(build_encoder(2), build_decoder(2))
    model.compile(keras.optimizers.RMSprop(1e-3), jit_compile=False)
    return model


def _our_vae(precision):
    import course.backend  # noqa: F401

    import keras

    from course.vae.model import VAE

    vae = VAE(2, seed=0)
    vae.compile(keras.optimizers.RMSprop(1e-3), precision=precision)
    return _fit(vae, "vae")


def _lecture_gan():
    import course.backend  # noqa: F401

    import numpy as np

    from course.gan.discriminator import build_discriminator
    from course.gan.generator import build_generator
    from course.gan.lecture_loop import compile_networks, lecture_step

    generator, discriminator = build_generator(), build_discriminator()
    gan = compile_networks(generator, discriminator)
    images, rng = _digits(), np.random.default_rng(0)
    size = BATCH_SIZES["gan"]

    def step():
        real = images[rng.integers(len(images), size=size)]
        latent = rng.uniform(-1, 1, size=(2, size, 100)).astype("float32")
        return lecture_step(generator, discriminator, gan, real, *latent)

    return step, 1


def _fitted_gan():
    """The plain networks in a model whose ``train_step`` is the lecture's two updates."""
    import course.backend  # noqa: F401

    import keras
    import tensorflow as tf

    from course.gan.discriminator import build_discriminator
    from course.gan.generator import build_generator
    from course.gan.training import discriminator_step, generator_step, lecture_optimizers

    class Plain(keras.Model):
        def __init__(self):
            super().__init__()
            self.networks = build_generator(), build_discriminator()

        def compile(self, optimizers):
            super().compile(jit_compile=False)
            self.optimizers = optimizers
            for optimizer, network in zip(optimizers, self.networks[::-1]):
                optimizer.build(network.trainable_variables)

        @tf.function  # Keras itself does not convert `len` for a graph.
        def updates(self, images, latent):
            loss = discriminator_step(*self.networks, self.optimizers[0], images, latent[0])
            return loss, generator_step(*self.networks, self.optimizers[1], latent[1])

        def train_step(self, images):
            latent = tf.random.uniform((2, BATCH_SIZES["gan"], 100), -1, 1)
            return dict(zip(("discriminator", "generator"), self.updates(images, latent)))

    model = Plain()
    model.compile(lecture_optimizers())
    return _fit(model, "gan")


def _our_gan(precision):
    import course.backend  # noqa: F401

    import tensorflow as tf

    from course.gan.discriminator import build_discriminator
    from course.gan.generator import build_generator
    from course.gan.model import GAN

    images = tf.constant(_digits())
    gan = GAN(build_generator(), build_discriminator(), precision=precision)
    return lambda: gan.train(images, 1), 1


def _fit(model, part, epochs=1):
    """Epochs over the first images; the steps share the work that `fit` does once per epoch."""
    images = _digits()[: STEPS_AN_EPOCH[part] * BATCH_SIZES[part]]

    def fit():
        model.fit(images, epochs=epochs, batch_size=BATCH_SIZES[part], verbose=0)

    return fit, epochs * STEPS_AN_EPOCH[part]


def _sampler(network, name, size):
    if name == "PyTorch":
        import torch_networks

        return {
            "decoder": torch_networks.vae_samples,
            "generator": torch_networks.generator_samples,
        }[network](size), 1
    import course.backend  # noqa: F401

    import numpy as np
    import tensorflow as tf

    from course.fast.folding import fold
    from course.gan.generator import build_generator
    from course.vae.decoder import build_decoder

    model = build_decoder(2) if network == "decoder" else build_generator()
    rng, shape = np.random.default_rng(0), (size, *model.input_shape[1:])
    if name == "ours":
        folded = fold(model)
        compiled = tf.function(lambda codes: folded(codes, training=False))
        return lambda: compiled(rng.normal(size=shape).astype("float32")).numpy(), 1
    model.compile(jit_compile=False)
    return lambda: model.predict_on_batch(rng.normal(size=shape).astype("float32")), 1


def _layer(name):
    """A layer of the VAE alone, in float32: forward pass, and the gradients that a step needs."""
    import course.backend  # noqa: F401

    import tensorflow as tf

    from course.fast.folding import fold
    from course.vae.decoder import build_decoder
    from course.vae.encoder import build_encoder

    layers = [*fold(build_encoder(2)).layers, *fold(build_decoder(2)).layers]
    layer = next(layer for layer in layers if layer.name.startswith(name))
    shape = (BATCH_SIZES["vae"], *layer.input.shape[1:])
    x = tf.random.stateless_normal(shape, (1, 2))
    upper = tf.random.stateless_normal((shape[0], *layer.output.shape[1:]), (3, 4))
    asked = [] if name == LAYERS[0] else [x]  # A step does not need the gradient of the images.

    @tf.function
    def gradients():
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
        return tape.gradient(y, [*asked, *layer.weights], upper)

    return gradients


def _first_epoch(name):
    """One epoch of the VAE on all 8,000 digits, or 63 steps for contenders without epochs."""
    if name.startswith("ours"):
        import course.backend  # noqa: F401

        import keras

        from course.vae.model import VAE

        vae = VAE(2, seed=0)
        vae.compile(keras.optimizers.RMSprop(1e-3), precision=name.rpartition(" ")[2])
        vae.fit(_digits(), batch_size=BATCH_SIZES["vae"], verbose=0)
        return
    step, _ = make("vae", name)
    for _ in range(63):
        step()


if __name__ == "__main__":
    _first_epoch(sys.argv[1])
