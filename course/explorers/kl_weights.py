"""A slider over VAEs that differ in the weight of the KL loss (lecture 04)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import ipywidgets as widgets
import numpy as np
from IPython.display import display

from course.checkpoints import load_weights, read_card
from course.explorers.picture import Explorer, Picture
from course.show import tile

if TYPE_CHECKING:  # TensorFlow takes seconds: imported only where weights are loaded.
    from course.vae.model import VAE

__all__ = ["LambdaExplorer", "explore_lambda"]

COLUMNS = 10


class LambdaExplorer(Explorer):
    """Images, their reconstructions, and samples, for one weight lambda at a time.

    The images are the same for each lambda, and so are the codes of the samples, drawn from
    N(0, I). The outputs of a VAE are kept: a VAE that is trained further needs a new explorer.
    ``explore_lambda`` makes and displays it, and describes the arguments.

    Attributes:
        slider: the slider; ``slider.value`` is the lambda, and can be set.
        picture: the ``Picture`` of the three rows.
    """

    def __init__(self, vaes: Mapping[float, VAE | str], images: np.ndarray, seed: int = 0) -> None:
        if len(images) < COLUMNS:
            raise ValueError(f"explore_lambda needs at least {COLUMNS} images, got {len(images)}")
        for vae in vaes.values():
            if isinstance(vae, str):
                read_card(vae)  # Reports a wrong name now and not at the first move.
        self._vaes, self._images, self._seed = vaes, np.asarray(images), seed
        self._shared: dict[int, VAE] = {}  # Networks for checkpoints, by latent_dim.
        self._seen: dict[float, tuple[np.ndarray, str]] = {}
        self.slider = widgets.SelectionSlider(
            options=[(f"{kl_weight}", kl_weight) for kl_weight in vaes], description="lambda"
        )
        self.picture = Picture(
            width=700, row_titles=["images", "reconstructions", "samples from N(0, I)"]
        )
        self.slider.observe(self.draw, names="value")
        self.picture.on_msg(self._look_at_all)
        super().__init__([self.slider, self.picture])

    def draw(self, change: object = None) -> None:
        """Show the three rows for the lambda of the slider."""
        self.picture.show(*self._look_at(self.slider.value))

    def still(self) -> dict[str, str]:
        """The three rows, by mime type."""
        return self.picture.still()

    def _look_at_all(self, picture: object, content: object, buffers: object) -> None:
        """Prepare all rows once a browser shows the picture, so that no move has to wait."""
        for kl_weight in self._vaes:
            self._look_at(kl_weight)

    def _look_at(self, kl_weight: float) -> tuple[np.ndarray, str]:
        """The three rows as one image, and a sentence about it."""
        if kl_weight not in self._seen:
            self._seen[kl_weight] = self._decode(kl_weight)
        return self._seen[kl_weight]

    def _decode(self, kl_weight: float) -> tuple[np.ndarray, str]:
        vae = self._vaes[kl_weight]
        if isinstance(vae, str):
            losses = read_card(vae)["held_out"]
            vae = self._load(vae)
        else:
            losses = _measure(vae, self._images, self._seed)
        images = self._images[:COLUMNS]
        eps = np.random.default_rng(self._seed).standard_normal((COLUMNS, vae.latent_dim))
        samples = np.asarray(vae.decoder(eps.astype(np.float32)))
        rows = [images, np.asarray(vae(images)), samples]
        words = (
            f"Lambda = {kl_weight}: images, their reconstructions, and samples decoded from "
            f"N(0, I). On held-out images the generation loss is {losses['generation_loss']:.4f} "
            f"nats per pixel and the KL loss {losses['kl_loss']:.4f} nats per dimension. From "
            f"sample to sample a pixel varies by {np.std(samples, axis=0).mean():.3f} (standard "
            "deviation, mean over the pixels)."
        )
        return tile(np.concatenate(rows), COLUMNS), words

    def _load(self, name: str) -> VAE:
        """The checkpoint, in networks that are made only once: this takes longer than loading."""
        from course.vae.model import VAE

        card = read_card(name)
        latent_dim = card["latent_dim"]
        if latent_dim not in self._shared:
            self._shared[latent_dim] = VAE(latent_dim)
        vae = self._shared[latent_dim]
        load_weights(name, {"encoder": vae.encoder, "decoder": vae.decoder})
        return vae


def explore_lambda(
    vaes: Mapping[float, VAE | str], images: np.ndarray, seed: int = 0
) -> LambdaExplorer:
    """Display a slider over VAEs of different lambda, and return its ``LambdaExplorer``.

    Args:
        vaes: dictionary from lambda to the VAE that was trained with it, or to the name of
            a shipped checkpoint; in the order of the slider.
        images: held-out images in [0, 1], shape (n, 28, 28, 1), n at least 10. The first 10
            are drawn; losses of VAEs without a checkpoint are measured on all.
        seed: integer that fixes the codes of the samples.

    Raises:
        ValueError: if there are too few images, or a checkpoint does not exist.
    """
    explorer = LambdaExplorer(vaes, images, seed)
    display(explorer)
    return explorer


def _measure(vae: VAE, images: np.ndarray, seed: int) -> dict[str, float]:
    """Both losses on the images, with one draw of the noise."""
    from course.vae.losses import generation_loss, kl_loss
    from course.vae.sampling import sample_latent

    mu, log_var = vae.encoder(images)
    eps = np.random.default_rng(seed).standard_normal(mu.shape).astype(np.float32)
    reconstructions = vae.decoder(sample_latent(mu, log_var, eps))
    return {
        "generation_loss": float(generation_loss(images, reconstructions)),
        "kl_loss": float(kl_loss(mu, log_var)),
    }
