"""The shipped weights: what they do, and what their cards say."""

import numpy as np
import pytest

from course import checkpoints
from course.data import load_images
from course.faces.drawing import draw_faces
from course.faces.measures import match_smile
from course.latent import attribute_vector, edit_codes
from course.vae.decoder import build_decoder
from course.vae.encoder import build_encoder

pytestmark = pytest.mark.slow


def test_shipped_vae_is_as_good_as_its_card_says():
    """The held-out loss of the shipped weights is the card's, and below the lecture's recipe."""
    vae = checkpoints.load_vae()
    vae.compile()
    loss = vae.evaluate(load_images().x_test, batch_size=500, verbose=0, return_dict=True)["loss"]
    assert loss == pytest.approx(
        checkpoints.read_card("vae_digits_k2")["held_out"]["loss"], abs=1e-3
    )
    assert loss < 0.1976


@pytest.mark.parametrize(
    "path", sorted(checkpoints.WEIGHTS.glob("vae_*.npz")), ids=lambda path: path.stem
)
def test_every_checkpoint_does_what_its_card_says(path):
    """All shipped VAEs load, and their held-out loss is the card's."""
    vae, card = checkpoints.load_vae(path.stem), checkpoints.read_card(path.stem)
    vae.compile()
    held_out = load_images().x_test if vae.images == "digits" else draw_faces(2_000, seed=2).images
    loss = vae.evaluate(held_out, batch_size=500, verbose=0, return_dict=True)["loss"]
    assert loss == pytest.approx(card["held_out"]["loss"], rel=5e-3)


@pytest.mark.parametrize(
    "path", sorted(checkpoints.WEIGHTS.glob("vae_*.json")), ids=lambda path: path.stem
)
def test_every_card_says_what_it_is_and_how_to_remake_it(path):
    """What, on which data, by which recipe and versions, and the command for this file alone."""
    card = checkpoints.read_card(path.stem)
    assert card["what"] and card["data"]
    assert card["command"] == f'make weights ARGS="{path.stem}"'
    for run in [card] if "recipe" in card else [card["lecture"], card["cosine"]]:
        assert "epochs, seed" in run["recipe"] and {"tensorflow", "keras"} <= set(run["versions"])


def test_the_weights_of_the_whole_course_are_small():
    """All that is shipped to save training takes less than 15 MB."""
    files = [path for path in checkpoints.WEIGHTS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 15e6


def test_the_smile_vector_moves_smiles_step_by_step():
    """From -4s to +4s the smile rises at each step, on at least 95 of 100 held-out faces."""
    vae = checkpoints.load_vae("vae_faces_k32")
    known, faces = draw_faces(4_000, seed=1), draw_faces(100, seed=3)
    codes, _ = vae.encoder.predict(known.images, batch_size=500, verbose=0)
    held_out, _ = vae.encoder.predict(faces.images, verbose=0)
    smile = attribute_vector(codes, known.smiling) / 4
    edited = np.concatenate([edit_codes(code, smile, np.arange(-4, 5)) for code in held_out])
    pictures = vae.decoder.predict(edited.astype("float32"), batch_size=300, verbose=0)
    smiles = match_smile(pictures.reshape(100, 9, 32, 32, 3), faces.traits)
    assert np.sum(np.all(np.diff(smiles, axis=1) > 0, axis=1)) >= 95


def test_the_recipes_are_as_good_as_they_are_said_to_be():
    """On the recorded curves ours is below the lecture's after 50 epochs in at most 20."""
    record = checkpoints.read_card("vae_histories")
    assert len(record["lecture"]["val_loss"]) == 50
    assert len(record["cosine"]["val_loss"]) <= 20
    assert record["cosine"]["val_loss"][-1] < min(record["lecture"]["val_loss"][-1], 0.1976)


def test_weights_of_eight_bits_are_near(tmp_path):
    """Rounded to 8 bits, each weight is within 1/254 of its unit's largest; biases stay."""
    network, again = build_decoder(2), build_decoder(2)
    network.weights[1].assign_add(np.linspace(0, 1, network.weights[1].shape[0]))
    checkpoints.save_weights("small", {"decoder": network}, {}, tmp_path, bits=8)
    checkpoints.load_weights("small", {"decoder": again}, tmp_path)
    for variable, stored in zip(network.weights, again.weights):
        array = np.asarray(variable)
        axes = tuple(range(array.ndim - 1))
        step = np.abs(array).max(axis=axes) / 254 if axes else 1e-3
        assert np.all(np.abs(array - stored) <= 1.001 * step + 1e-9), variable.path


def test_damaged_weights_are_named(tmp_path):
    """A weight file with one byte changed is refused by name, with the way out."""
    for ending in ("npz", "json"):
        content = (checkpoints.WEIGHTS / f"vae_digits_k2.{ending}").read_bytes()
        (tmp_path / f"vae_digits_k2.{ending}").write_bytes(content)
    path = tmp_path / "vae_digits_k2.npz"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ValueError, match=r"vae_digits_k2\.npz is damaged.*git checkout"):
        checkpoints.load_weights("vae_digits_k2", {}, folder=tmp_path)


def test_weights_that_do_not_fit_are_named():
    """Weights for two dimensions are refused for three, saying which array was wanted."""
    networks = {"encoder": build_encoder(3)}
    with pytest.raises(
        ValueError, match=r"does not fit the encoder: it has no encoder/mu/kernel of shape"
    ):
        checkpoints.load_weights("vae_digits_k2", networks)


def test_an_unknown_checkpoint_names_the_known_ones():
    """Asking for weights that do not exist lists those that do."""
    with pytest.raises(ValueError, match=r"no checkpoint 'gan'.*vae_digits_k2"):
        checkpoints.read_card("gan")
