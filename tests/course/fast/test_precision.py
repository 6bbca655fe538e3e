"""Products in bfloat16: chosen by the machine, in the products alone."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from course.fast import precision
from course.fast.precision import bfloat16_gain, choose_precision, products_in
from course.gan.discriminator import build_discriminator
from course.gan.model import GAN, logits_of
from course.gan.recipes import Recipe
from course.vae.model import VAE


@pytest.fixture
def network():
    """A convolution and what is not to be rounded: a dense layer at the end."""
    data = keras.Input((4, 4, 1))
    return keras.Model(data, layers.Dense(4)(layers.Flatten()(layers.Conv2D(5, 3)(data))))


def test_auto_follows_the_measured_gain(monkeypatch):
    """bfloat16 where it pays, float32 where it does not; what is asked for is not doubted."""
    for gain, chosen in [(2.0, "bfloat16"), (1.05, "float32"), (0.2, "float32")]:
        monkeypatch.setattr(precision, "bfloat16_gain", lambda gain=gain: gain)
        assert choose_precision("auto") == chosen
        assert choose_precision("bfloat16") == "bfloat16"
        assert choose_precision("float32") == "float32"


def test_gain_is_a_ratio_of_times():
    """It is measured here, once, and positive."""
    assert bfloat16_gain() > 0
    assert bfloat16_gain() == bfloat16_gain()


def test_auto_is_decided_while_a_graph_is_made(network):
    """The measurement runs outside of the graph."""
    bfloat16_gain.cache_clear()

    @tf.function
    def compiled(data):
        with products_in("auto", network):
            return network(data)

    assert np.all(np.isfinite(compiled(tf.zeros((1, 4, 4, 1)))))


def test_unknown_precision_is_refused():
    """The error names what there is."""
    with pytest.raises(ValueError, match="'half'; choose from float32, bfloat16, auto"):
        choose_precision("half")


def test_products_are_rounded_within_the_context_alone(network):
    """Inside, results are near those of float32 and not equal; outside they are equal."""
    data = np.random.default_rng(0).normal(size=(8, 4, 4, 1)).astype("float32")
    exact = network(data).numpy()
    with products_in("bfloat16", network):
        rough = network(data)
        assert [layer.compute_dtype for layer in network.layers[1:]] == [
            "bfloat16",
            "bfloat16",
            "float32",
        ]
    assert rough.dtype == tf.float32
    assert 0 < np.abs(rough - exact).max() < 0.05 * np.abs(exact).max()
    np.testing.assert_array_equal(network(data), exact)
    with products_in("float32", network):
        np.testing.assert_array_equal(network(data), exact)


def test_an_error_within_the_context_leaves_the_network_as_it_was(network):
    """Its policies are put back."""
    with pytest.raises(ZeroDivisionError), products_in("bfloat16", network):
        _ = 1 / 0
    assert {layer.compute_dtype for layer in network.layers} == {"float32"}


def test_what_is_compiled_in_the_context_keeps_it(network):
    """The graph stays in bfloat16 when the network has gone back to float32."""

    @tf.function
    def compiled(data):
        with products_in("bfloat16", network):
            return network(data)

    data = tf.random.stateless_normal((8, 4, 4, 1), (1, 2))
    first = compiled(data).numpy()
    assert np.any(first != network(data).numpy())
    np.testing.assert_array_equal(compiled(data), first)


@pytest.mark.parametrize("wrong", ["half", "bfloat", ""])
def test_a_typing_error_is_no_precision(network, wrong):
    """It is not taken for bfloat16."""
    with pytest.raises(ValueError, match="choose from"), products_in(wrong, network):
        pass


def test_a_kernel_that_is_written_back_stays_exact():
    """Spectral normalization assigns the kernel that it computed with."""
    data = keras.Input((4, 4, 1))
    wrapper = layers.SpectralNormalization(layers.Conv2D(5, 3))
    network = keras.Model(data, layers.Dense(1)(layers.Flatten()(wrapper(data))))
    with products_in("bfloat16", network):
        network(tf.random.stateless_normal((8, 4, 4, 1), (1, 2)), training=True)
    kernel = wrapper.layer.kernel.numpy()
    assert np.any(kernel != tf.cast(tf.cast(kernel, tf.bfloat16), tf.float32).numpy())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["digits", "faces"])
def test_a_step_in_bfloat16_is_that_of_float32_but_for_rounding(kind):
    """Each weight of a VAE, kernels and biases, moves by what it moves in float32, nearly."""
    size, channels = {"digits": (28, 1), "faces": (32, 3)}[kind]
    images = np.random.default_rng(0).uniform(size=(64, size, size, channels)).astype("float32")
    moved = {}
    for precise in ("float32", "bfloat16"):
        keras.utils.set_random_seed(1)
        vae = VAE(2, seed=1, images=kind)
        vae.compile(keras.optimizers.SGD(0.1), precision=precise)
        before = vae.get_weights()
        vae.fit(images, batch_size=64, epochs=1, verbose=0)
        moved[precise] = [new - old for new, old in zip(vae.get_weights(), before)]
    differences = [
        np.linalg.norm(rough - exact) / np.linalg.norm(exact)
        for rough, exact in zip(moved["bfloat16"], moved["float32"], strict=True)
        if exact.dtype == np.float32
    ]
    assert len(differences) > 15
    assert 0 < max(differences) < 0.15


@pytest.mark.slow
def test_slopes_of_a_discriminator_stand_bfloat16():
    """Those of its biases too, whose sums run over all pixels of a batch."""
    keras.utils.set_random_seed(1)
    discriminator = build_discriminator()
    logits = logits_of(discriminator)
    rng = np.random.default_rng(0)
    images = tf.constant(rng.uniform(0.3, 0.7, size=(32, 28, 28, 1)).astype("float32"))
    slopes = {}
    for kind in ("float32", "bfloat16"):
        with products_in(kind, discriminator), tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.softplus(logits(images, False)))
        slopes[kind] = tape.gradient(loss, discriminator.trainable_variables)
    for rough, exact in zip(slopes["bfloat16"], slopes["float32"], strict=True):
        assert np.linalg.norm(rough - exact) < 0.05 * np.linalg.norm(exact)


@pytest.mark.slow
def test_vae_trains_in_either_precision():
    """Weights stay in float32, the losses are near each other, and prediction is exact again."""
    images = np.random.default_rng(0).uniform(size=(64, 28, 28, 1)).astype("float32")
    losses = {}
    for kind in ("float32", "bfloat16"):
        keras.utils.set_random_seed(1)
        vae = VAE(2, seed=1)
        vae.compile(keras.optimizers.RMSprop(1e-3), precision=kind)
        losses[kind] = vae.fit(images, batch_size=32, epochs=2, verbose=0, shuffle=False).history[
            "loss"
        ]
        assert {w.dtype for w in vae.weights if "seed" not in w.path} == {"float32"}
        codes = np.random.default_rng(1).normal(size=(4, 2)).astype("float32")
        decoded = vae.decoder(codes).numpy()
        assert decoded.dtype == np.float32
        assert len(np.unique(decoded)) > 0.9 * decoded.size  # bfloat16 has few numbers near 0.5.
    assert losses["bfloat16"] != losses["float32"]
    np.testing.assert_allclose(losses["bfloat16"], losses["float32"], rtol=0.01)


def test_gan_trains_in_either_precision():
    """The recorded losses of the first steps are near each other, and not equal."""
    data = np.random.default_rng(0).normal(size=(64, 4, 4, 1)).astype("float32")

    def trained(kind):
        keras.utils.set_random_seed(1)
        latent, images = keras.Input((3,)), keras.Input((4, 4, 1))
        generator = keras.Model(latent, layers.Reshape((4, 4, 1))(layers.Dense(16)(latent)))
        seen = layers.Flatten()(layers.Conv2D(4, 3)(images))
        discriminator = keras.Model(images, layers.Dense(1, activation="sigmoid")(seen))
        gan = GAN(generator, discriminator, Recipe(batch_size=32), 0, kind)
        return gan.train(data, 3).history["discriminator_loss"]

    assert trained("bfloat16") != trained("float32")
    np.testing.assert_allclose(trained("bfloat16"), trained("float32"), rtol=0.02)
