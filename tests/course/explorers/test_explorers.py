import subprocess
import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from jupyter_server.services.kernels.connection import channels
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from traitlets.config import PyFileConfigLoader

from autograder import ROOT
from course import checkpoints, show
from course.explorers import (
    EditExplorer,
    LambdaExplorer,
    LatentExplorer,
    explore_edits,
    explore_lambda,
    explore_latent,
)
from course.explorers.picture import quick_decoder
from course.vae.decoder import build_decoder
from course.vae.model import VAE


def ramp_decoder(codes):
    """Images (n, 4, 4, 1): the first coordinate as brightness, the second in one corner."""
    images = np.empty((len(codes), 4, 4, 1))
    images[:] = np.asarray(codes)[:, 0, None, None, None]
    images[:, 0, 0, 0] = np.asarray(codes)[:, 1]
    return images


CODES = np.array([[0.5, 0.5], [0.6, 0.5], [-2.0, -2.0]])
DIRECTIONS = {"bright": np.array([0.2, 0.0]), "corner": np.array([0.0, 0.1])}


@pytest.fixture
def images():
    """Ten images of noise."""
    return np.random.default_rng(0).random((10, 28, 28, 1), dtype=np.float32)


@pytest.fixture(scope="module")
def vaes():
    """Two VAEs of different weights, as they are before training."""
    return {"0": VAE(2, 0.0, seed=0), "0.1": VAE(2, 0.1, seed=1)}


@pytest.fixture
def shipped(tmp_path, monkeypatch, vaes):
    """The same as checkpoints, each with losses on its card."""
    for read in (checkpoints.read_card, checkpoints.load_weights):
        monkeypatch.setattr(read, "__defaults__", (tmp_path,))
    for name, vae in vaes.items():
        losses = {"generation_loss": 0.25, "kl_loss": float(name)}
        card = {"latent_dim": 2, "images": "digits", "kl_weight": 0, "held_out": losses}
        networks = {"encoder": vae.encoder, "decoder": vae.decoder}
        checkpoints.save_weights(f"vae_{name}", networks, card, folder=tmp_path)
    return {name: f"vae_{name}" for name in vaes}


def test_the_pad_shows_the_decoder_s_image_of_its_code():
    """Wherever the marker goes, the pixels are the decoder's there, in 8 bits."""
    explorer = LatentExplorer(ramp_decoder)
    explorer._repr_mimebundle_()
    for code in ([0.2, 0.8], [1.0, 0.0], [0.7, 0.4]):
        explorer.pad.value = code
        shown = explorer.picture.array() / 255
        np.testing.assert_allclose(shown, ramp_decoder([code])[0], atol=0.51 / 255)
        assert f"z = ({code[0]:.2f}, {code[1]:.2f})" in explorer.picture.sentence


def test_the_pad_names_the_classes_around_its_code():
    """The sentence counts the nearest codes by class, and follows the marker."""
    labels = np.repeat([3, 8], [30, 15])
    codes = np.where(labels[:, None] == 3, [1.0, 1.0], [-1.0, -1.0])
    explorer = LatentExplorer(ramp_decoder, codes, labels, start=(0.9, 0.9))
    assert explorer.sentence.endswith("The 20 codes nearest to it: 20 of class 3.")
    explorer.pad.value = [-0.5, -0.5]
    assert explorer.picture.sentence.endswith(": 15 of class 8, 5 of class 3.")


def test_the_pad_is_for_the_plane():
    """Codes of three numbers, or labels for other codes, are refused in words."""
    with pytest.raises(ValueError, match=r"codes of 2 numbers each, got shape \(5, 3\)"):
        LatentExplorer(ramp_decoder, np.zeros((5, 3)))
    with pytest.raises(ValueError, match=r"3 codes and labels of shape \(2,\)"):
        LatentExplorer(ramp_decoder, CODES, [1, 2])


def test_the_still_marks_the_code_on_the_plane():
    """On paper the plane has a ring where the marker is, and another code moves it."""
    explorer = LatentExplorer(ramp_decoder, CODES)
    stills = [explorer._repr_mimebundle_()["image/png"]]
    explorer.pad.value = [1e-4, 0.5]  # The image is the same but for one corner.
    stills.append(explorer.still()["image/png"])
    assert stills[0] != stills[1]


def test_a_slider_adds_its_direction():
    """The edited code is the code plus strength times direction, summed over the sliders."""
    explorer = EditExplorer(ramp_decoder, [0.4, 0.3], DIRECTIONS)
    explorer._repr_mimebundle_()
    explorer.sliders["bright"].value = 1.5
    explorer.sliders["corner"].value = -2.0
    np.testing.assert_allclose(explorer.code, [0.4 + 1.5 * 0.2, 0.3 - 2.0 * 0.1])
    pair = ramp_decoder([[0.4, 0.3], [0.7, 0.1]])
    for place, image in ((slice(4), pair[0]), (slice(-4, None), pair[1])):
        shown = explorer.picture.array()[:, place] / 255
        np.testing.assert_allclose(shown, image, atol=0.51 / 255)
    assert "1.5 times bright, -2 times corner" in explorer.picture.sentence


def test_the_edit_is_measured_and_can_be_undone():
    """The sentence gives a measure before and after, and one button takes all edits back."""
    brightness = {"brightness": lambda images: images[:, 1, 1, 0]}
    explorer = EditExplorer(ramp_decoder, [0.4, 0.3], DIRECTIONS, measures=brightness)
    explorer._repr_mimebundle_()
    before = explorer.picture.pixels, explorer.picture.sentence
    explorer.sliders["bright"].value = 2.0
    assert "In the pixels, brightness is 0.40 left and 0.80 right." in explorer.picture.sentence
    explorer.children[0].children[-1].click()
    assert (explorer.picture.pixels, explorer.picture.sentence) == before


def test_a_direction_must_fit_the_code():
    """A direction of another length is refused, with the shapes."""
    with pytest.raises(ValueError, match=r"got \(2,\) and \{'smile': \(3,\)\}"):
        EditExplorer(ramp_decoder, [0.0, 0.0], {"smile": np.zeros(3)})


def test_each_lambda_shows_its_own_vae(vaes, images):
    """Rows are the images, what the lambda's VAE makes of them, and its samples of fixed codes."""
    explorer = LambdaExplorer(vaes, images, seed=5)
    explorer._repr_mimebundle_()
    eps = np.random.default_rng(5).standard_normal((10, 2))
    for kl_weight in ("0.1", "0"):
        explorer.slider.value = kl_weight
        vae = vaes[kl_weight]
        rows = [images, vae(images), vae.decoder(eps)]
        for row, wanted in enumerate(rows):
            shown = explorer.picture.array()[30 * row : 30 * row + 28, 30 * 7 : 30 * 7 + 28]
            np.testing.assert_allclose(shown / 255, wanted[7], atol=0.51 / 255)


def test_losses_of_a_vae_are_measured(vaes, images):
    """Without a card, the sentence has the losses that the textbook's formulas give."""
    explorer = LambdaExplorer(vaes, images)
    explorer._repr_mimebundle_()
    mu, log_var = (np.asarray(part, float) for part in vaes["0"].encoder(images))
    kl = np.mean((mu**2 + np.exp(log_var) - log_var - 1) / 2)
    assert f"the KL loss {kl:.4f} nats per dimension" in explorer.picture.sentence
    assert "generation loss is 0.69" in explorer.picture.sentence  # ln 2: it says 0.5 everywhere.


def test_checkpoints_show_what_their_vaes_show(vaes, shipped, images):
    """A checkpoint's name gives its VAE's rows, and the losses of its card."""
    explorer = LambdaExplorer(shipped, images)
    explorer._repr_mimebundle_()
    for kl_weight in ("0.1", "0"):
        explorer.slider.value = kl_weight
        by_hand = LambdaExplorer({"it": vaes[kl_weight]}, images)
        by_hand.draw()
        apart = explorer.picture.array().astype(int) - by_hand.picture.array()
        assert np.abs(apart).max() <= 1  # The file has 16 bits a number.
        assert f"the KL loss {float(kl_weight):.4f} nats" in explorer.picture.sentence


def test_a_browser_has_all_lambdas_made_ready(shipped, images, monkeypatch):
    """Displaying loads one checkpoint; the rest follow when a browser shows it, and only once."""
    loaded = []
    load = checkpoints.load_weights
    monkeypatch.setattr(
        "course.explorers.kl_weights.load_weights",
        lambda name, *a: loaded.append(name) or load(name, *a),
    )
    explorer = LambdaExplorer(shipped, images)
    assert loaded == []
    explorer._repr_mimebundle_()
    assert loaded == ["vae_0"]
    explorer.picture._handle_custom_msg("shown", [])
    explorer.slider.value = "0.1"
    assert loaded == ["vae_0", "vae_0.1"]


def test_unknown_checkpoints_and_too_few_images_are_refused(images):
    """What cannot be shown is said at once, not at the first move."""
    with pytest.raises(ValueError, match="no checkpoint 'vae_of_nobody'"):
        LambdaExplorer({"1": "vae_of_nobody"}, images)
    with pytest.raises(ValueError, match="needs at least 10 images, got 3"):
        LambdaExplorer({}, images[:3])


def test_the_quick_decoder_is_the_decoder():
    """It gives the model's images, for one code and several, also after further training."""
    decoder = build_decoder(2)
    quick, codes = quick_decoder(decoder), np.random.default_rng(0).normal(size=(3, 2))
    for _ in range(2):
        for some in (codes, codes[:1]):
            wanted = keras.ops.convert_to_numpy(decoder(some.astype(np.float32)))
            np.testing.assert_allclose(quick(some), wanted, atol=1e-6)
        decoder.layers[1].kernel.assign(2 * decoder.layers[1].kernel)


def test_tiles_lie_row_by_row():
    """Image i stands in row i // columns and column i % columns, two white pixels apart."""
    images = np.arange(6)[:, None, None, None] * np.ones((6, 3, 3, 1)) / 10
    whole = show.tile(images, columns=3)
    assert whole.shape == (8, 13, 1)
    assert [whole[5 * (i // 3), 5 * (i % 3), 0] for i in range(6)] == pytest.approx(
        np.arange(6) / 10
    )
    assert (whole[3:5] == 1).all() and (whole[:, 3:5] == 1).all()


@pytest.fixture(params=["latent", "edits", "lambda"])
def explore(request, images):
    """A function that displays an explorer, and its decoder that counts its calls."""
    calls = []

    def decoder(codes):
        calls.append(len(codes))
        return np.zeros((len(codes), 28, 28, 1), np.float32)

    class CountingVAE(SimpleNamespace):
        def __call__(self, images):
            return self.decoder(images[:, 0, 0])

    vae = CountingVAE(
        latent_dim=2, decoder=decoder, encoder=lambda images: np.zeros((2, len(images), 2), "f4")
    )
    functions = {
        "latent": lambda: explore_latent(decoder, CODES),
        "edits": lambda: explore_edits(decoder, [0.0, 0.0], DIRECTIONS),
        "lambda": lambda: explore_lambda({"0": vae}, images),
    }
    return functions[request.param], calls


def test_decoders_rest_until_the_explorer_is_displayed(explore, monkeypatch):
    """Nothing is decoded before display; then there are a widget, a still, and words for it."""
    shown = []
    for module in ("latent", "edits", "kl_weights"):
        monkeypatch.setattr(f"course.explorers.{module}.display", shown.append)
    function, calls = explore
    explorer = function()
    assert shown == [explorer] and calls == [] and explorer.picture.pixels == b""
    bundle = explorer._repr_mimebundle_()
    assert calls
    assert {"application/vnd.jupyter.widget-view+json", "image/png"} <= set(bundle)
    assert bundle["text/plain"] == explorer.picture.sentence
    assert 'alt="' in bundle["text/html"]


def test_the_server_sends_at_once(monkeypatch):
    """`make lab` connects browsers to kernels without Nagle's delay, and otherwise as ever."""
    called = []
    stock = channels.ZMQChannelsWebsocketConnection
    monkeypatch.setattr(stock, "connect", lambda self: called.append("connect"))
    config = PyFileConfigLoader("jupyter_server_config.py", path=str(ROOT)).load_config()
    connection_class = config.ServerApp.kernel_websocket_connection_class
    assert issubclass(connection_class, stock)
    handler = KernelWebsocketHandler.__new__(KernelWebsocketHandler)
    handler.set_nodelay = called.append
    connection_class(websocket_handler=handler).connect()
    assert called == [True, "connect"]


def test_import_is_light():
    """Importing the explorers imports neither TensorFlow nor pyplot."""
    code = (
        "import sys, course.explorers\n"
        "print([m for m in ('tensorflow', 'keras', 'matplotlib.pyplot') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
