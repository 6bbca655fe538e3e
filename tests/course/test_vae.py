"""The VAE's pieces against independent oracles."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from course.distances import kl_gaussian
from course.faces.drawing import draw_faces
from course.vae.decoder import build_decoder
from course.vae.encoder import build_encoder
from course.vae.losses import generation_loss, kl_loss, vae_loss
from course.vae.model import VAE, connect_modules, vae_train_step
from course.vae.recipes import cosine
from course.vae.sampling import Sampling, build_sampling, sample_latent


@pytest.fixture
def rng():
    """Random numbers, the same in every run."""
    return np.random.default_rng(4)


@pytest.fixture
def images(rng):
    """Six images of noise."""
    return rng.uniform(size=(6, 28, 28, 1)).astype("float32")


def test_encoder_has_the_lectures_layers():
    """Parameters by hand: 3*3*in*out + out for each convolution, in*out + out for each dense."""
    encoder = build_encoder(2)
    convolutions = sum(9 * a * b + b for a, b in [(1, 32), (32, 64), (64, 64), (64, 64)])
    assert encoder.count_params() == convolutions + 14 * 14 * 64 * 32 + 32 + 2 * (32 * 2 + 2)
    assert [tuple(out.shape) for out in encoder.outputs] == [(None, 2), (None, 2)]


def test_every_layer_of_the_encoder_learns(images):
    """Deviation from the slide: no convolution is left without a gradient."""
    encoder = build_encoder(2)
    with tf.GradientTape() as tape:
        mu, log_var = encoder(images)
        total = tf.reduce_sum(mu**2) + tf.reduce_sum(log_var**2)
    for variable, gradient in zip(
        encoder.trainable_variables, tape.gradient(total, encoder.trainable_variables)
    ):
        assert gradient is not None, variable.path


def test_decoder_gives_probabilities(rng):
    """Deviation from the slide: even far-out codes give pixels within [0, 1]."""
    decoder = build_decoder(3)
    pixels = decoder(rng.normal(size=(4, 3)).astype("float32") * 1e3).numpy()
    assert pixels.shape == (4, 28, 28, 1)
    assert 0 <= pixels.min() <= pixels.max() <= 1


def test_samples_follow_the_encoders_gaussian():
    """100,000 codes of one image have its mean and deviation, and pass a Kolmogorov test."""
    mu, log_var = tf.fill((100_000, 1), 0.7), tf.fill((100_000, 1), -1.2)
    z = Sampling(seed=5)([mu, log_var]).numpy().ravel()
    assert stats.kstest(z, stats.norm(0.7, np.exp(-0.6)).cdf).pvalue > 0.01


def test_sampling_draws_fresh_noise_on_each_call():
    """The layer's two calls differ; the same seed repeats the pair."""
    mu = tf.zeros((2, 3))
    layer, twin = Sampling(seed=6), Sampling(seed=6)
    first, second = layer([mu, mu]), layer([mu, mu])
    assert not np.allclose(first, second)
    np.testing.assert_array_equal(twin([mu, mu]), first)


def test_sampling_network_is_the_function(rng):
    """The lecture's three-input network computes ``sample_latent`` and has no weights."""
    inputs = [part.astype("float32") for part in rng.normal(size=(3, 4, 2))]
    network = build_sampling(2)
    np.testing.assert_allclose(network(inputs), sample_latent(*inputs), rtol=1e-6)
    assert network.weights == []


def test_gradient_of_a_sample_is_the_finite_difference(rng):
    """dz/dmu is 1 and dz/dlog_var is sigma eps / 2."""
    mu, log_var, eps = (tf.constant(part) for part in rng.normal(size=(3, 4, 2)))
    with tf.GradientTape() as tape:
        tape.watch([mu, log_var])
        z = sample_latent(mu, log_var, eps)
    by_mu, by_log_var = tape.gradient(z, [mu, log_var])
    step = 1e-5
    np.testing.assert_allclose(by_mu, np.ones((4, 2)))
    difference = sample_latent(mu, log_var + step, eps) - sample_latent(mu, log_var - step, eps)
    np.testing.assert_allclose(by_log_var, difference / (2 * step), rtol=1e-5)


def test_generation_loss_is_the_bernoulli_likelihood(rng):
    """The loss is minus the mean log probability of the pixels, by SciPy's Bernoulli."""
    images = rng.integers(2, size=(3, 28, 28, 1))
    probabilities = rng.uniform(0.05, 0.95, size=(3, 28, 28, 1))
    expected = -stats.bernoulli(probabilities).logpmf(images).mean()
    found = generation_loss(images.astype("float32"), probabilities.astype("float32"))
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_generation_loss_is_finite_at_certain_pixels():
    """Pixels of exactly 0 and 1 cost at most -ln(1e-7) = 16.118, Keras' clip."""
    black = tf.zeros((1, 28, 28, 1))
    assert float(generation_loss(black, black)) == pytest.approx(0, abs=1e-5)
    assert float(generation_loss(black + 1, black)) == pytest.approx(16.118, abs=1e-3)
    # The other side is -ln(2^-23): 1 - 1e-7 is not a float32.
    assert float(generation_loss(black, black + 1)) == pytest.approx(15.942, abs=1e-3)


def test_kl_loss_is_the_divergence_averaged_over_dimensions(rng):
    """Mean over the batch of the divergence, divided by the number of dimensions."""
    mu, log_var = rng.normal(size=(2, 5, 3))
    expected = kl_gaussian(mu, log_var).mean() / 3
    assert float(kl_loss(tf.constant(mu), tf.constant(log_var))) == pytest.approx(expected)


def test_vae_loss_weighs_the_kl_loss(images, rng):
    """The loss is linear in kl_weight, with the KL loss as slope; 1e-3 is the default."""
    mu, log_var = (tf.constant(p, tf.float32) for p in rng.normal(size=(2, 6, 2)))
    at = {w: float(vae_loss(images, images, mu, log_var, w)) for w in (0.0, 1e-3, 1.0)}
    assert at[1.0] - at[0.0] == pytest.approx(float(kl_loss(mu, log_var)), rel=1e-4)
    assert float(vae_loss(images, images, mu, log_var)) == pytest.approx(at[1e-3])


def test_train_step_follows_the_finite_difference(images, rng):
    """Plain gradient descent lowers the loss by the squared gradient, to first order."""
    encoder, decoder = build_encoder(2), build_decoder(2)
    eps = tf.constant(rng.normal(size=(6, 2)), tf.float32)
    weights = encoder.trainable_variables + decoder.trainable_variables
    before = [variable.numpy() for variable in weights]
    rate = 1.0  # Large enough for the fall to show in float32.
    loss = vae_train_step(encoder, decoder, keras.optimizers.SGD(rate), images, eps)
    squared = sum(((b - v.numpy()) ** 2).sum() for b, v in zip(before, weights)) / rate**2
    after = vae_train_step(encoder, decoder, keras.optimizers.SGD(0.0), images, eps)
    assert float(loss - after) == pytest.approx(rate * squared, rel=0.1)


def test_connected_modules_train_as_the_step_does(images):
    """The lecture's network with its loss layer makes the same update as ``vae_train_step``."""
    encoder, decoder = build_encoder(2), build_decoder(2)
    twin_encoder, twin_decoder = build_encoder(2), build_decoder(2)
    twin_encoder.set_weights(encoder.get_weights())
    twin_decoder.set_weights(decoder.get_weights())
    model = connect_modules(encoder, decoder, kl_weight=0.1, seed=7)
    model.compile(keras.optimizers.SGD(0.1), jit_compile=False)
    loss = model.train_on_batch(images)
    eps = keras.random.normal((6, 2), seed=keras.random.SeedGenerator(7))
    step = keras.optimizers.SGD(0.1)
    twin_loss = vae_train_step(twin_encoder, twin_decoder, step, images, eps, 0.1)
    assert float(loss) == pytest.approx(float(twin_loss), rel=1e-5)
    for variable, twin in zip(
        encoder.weights + decoder.weights, twin_encoder.weights + twin_decoder.weights
    ):
        np.testing.assert_allclose(variable, twin, atol=1e-6)


def test_vae_fits_and_reports_its_parts(images):
    """Training lowers the loss; the validation loss is the weighted sum of its parts."""
    vae = VAE(latent_dim=2, kl_weight=0.1, seed=8)
    vae.compile(keras.optimizers.Adam(1e-3))
    history = vae.fit(images, epochs=3, validation_data=(images,), verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    parts = history["val_generation_loss"][-1] + 0.1 * history["val_kl_loss"][-1]
    assert history["val_loss"][-1] == pytest.approx(parts, rel=1e-5)
    assert vae(images).shape == images.shape


def test_vae_survives_saving(images, tmp_path):
    """A saved VAE comes back with its settings and draws the same reconstructions."""
    vae = VAE(latent_dim=3, kl_weight=0.5, seed=9)
    vae.save(tmp_path / "vae.keras")
    again = keras.models.load_model(tmp_path / "vae.keras")
    assert (again.latent_dim, again.kl_weight, again.seed) == (3, 0.5, 9)
    np.testing.assert_allclose(again(images), vae(images), rtol=1e-6)


@pytest.mark.filterwarnings("error::UserWarning")
def test_a_compiled_vae_goes_on_where_it_was_saved(images, tmp_path):
    """With its optimiser's state and its precision, without a warning; its noise begins anew."""
    vae = VAE(seed=9)
    vae.compile(keras.optimizers.Adam(1e-3), precision="bfloat16")
    vae.fit(images, epochs=1, verbose=0, shuffle=False)
    vae.save(tmp_path / "vae.keras")
    again = keras.models.load_model(tmp_path / "vae.keras")
    assert again.precision == "bfloat16"
    again.seed_generator.state.assign(vae.seed_generator.state)
    for each in (vae, again):
        each.fit(images, epochs=1, verbose=0, shuffle=False)
    assert int(again.optimizer.iterations) == int(vae.optimizer.iterations)
    for mine, theirs in zip(again.get_weights(), vae.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)


def test_vae_for_faces_trains_and_is_made_again_from_its_settings():
    """The same class, with networks for colour pictures: the loss falls."""
    faces = draw_faces(64, seed=0).images
    vae = VAE(latent_dim=4, kl_weight=1e-4, seed=2, images="faces")
    vae.compile(keras.optimizers.Adam(1e-3))
    history = vae.fit(faces, epochs=2, batch_size=16, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    again = VAE.from_config(vae.get_config())
    again.set_weights(vae.get_weights())
    np.testing.assert_allclose(again(faces), vae(faces), rtol=1e-5)


def test_images_without_networks_are_refused():
    """Another kind of images is named, with the kinds that there are."""
    with pytest.raises(ValueError, match="networks for digits and faces, not for 'photographs'"):
        VAE(images="photographs")


def test_the_cosine_recipe_warms_up_and_cools_down():
    """The learning rate starts at 0, is highest after the warm-up, and ends at 0."""
    optimizer, words = cosine(1_000, peak=3e-3, warmup=100)
    rates = [float(optimizer._learning_rate(step)) for step in (0, 50, 100, 550, 1_000)]
    np.testing.assert_allclose(rates, [0, 1.5e-3, 3e-3, 1.5e-3, 0], atol=1e-8)
    assert words == "Adam, 100 steps up to 0.003, cosine decay to 0"


def test_vae_takes_what_fit_takes(images):
    """Images alone, or with targets that it ignores: the same first loss."""
    losses = set()
    for data in ((images,), (images, images)):
        keras.utils.set_random_seed(1)
        vae = VAE(seed=1)
        vae.compile(keras.optimizers.SGD(0.0))
        losses.add(round(vae.fit(*data, verbose=0).history["loss"][0], 5))
    assert len(losses) == 1
