"""The controls of the failure lab, and the picture of its training (lectures 08 and 09)."""

from __future__ import annotations

import html
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np
from IPython.display import display

from course.explorers.picture import Explorer
from course.plots import COLORS, DescribedFigure, new_figure
from course.show import figure_png, picture_bundle

if TYPE_CHECKING:  # TensorFlow takes seconds: imported only when something is trained.
    from course.gan.lab.ring_runs import RingRun
    from course.gan.recipes import Recipe

__all__ = ["GanLab", "explore_gan_lab"]

RATES = (3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
OPTIONS: dict[str, tuple[Any, ...]] = {
    "discriminator_rate": RATES,
    "generator_rate": RATES,
    "optimizer": ("adam", "rmsprop"),
    "beta_1": (0.0, 0.5, 0.9),
    "generator_loss": ("non_saturating", "minimax"),
    "latent_law": ("normal", "uniform"),
    "discriminator_steps": (1, 2, 5),
    "pretraining": (0, 100, 500),
    "image_noise": (0.0, 0.2, 0.5, 1.0),
    "noise_steps": (500, 1000, 2000),
    "label_noise": (False, True),
    "real_target": (1.0, 0.9),
    "label_flips": (0.0, 0.05, 0.2),
    "capacity": (0.125, 1.0, 4.0),
    "dropout": (0.0, 0.2, 0.4),
    "batch_norm": (False, True),
    "separate_batches": (False, True),
    "spectral_norm": (False, True),
    "gradient_penalty": (0.0, 0.1, 1.0),
    "average": (0.0, 0.99, 0.999),
}
EVERY = 200  # Steps between two pictures.
DATA = "The data: eight Gaussians on a ring"
NO_RUN = "No training yet: press Run"


class GanLab(Explorer):
    """A control for each trick, and a training on the ring that runs, stops and continues.

    The training runs in its own thread, so that Stop works meanwhile. Nothing is trained
    before somebody presses Run.

    Args:
        recipe: ``course.gan.recipes.Recipe`` that the controls start from; None for that
            of the ring.
        steps: number of steps that Run trains.

    Attributes:
        switches: dictionary from the name of a field of ``Recipe`` to its control, whose
            ``value`` can be set.
        run: the ``course.gan.lab.ring_runs.RingRun`` of the picture, or None before the first one.
    """

    def __init__(self, recipe: Recipe | None = None, steps: int = 2000) -> None:
        from course.gan.ring import RING_RECIPE

        self._base, self._steps = recipe or RING_RECIPE, steps
        self.run: RingRun | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self.switches = {name: self._switch(name, options) for name, options in OPTIONS.items()}
        self.seed = widgets.BoundedIntText(value=0, min=0, max=10**6, description="seed")
        buttons = {
            "Run": ("start a new training with these settings", self._start),
            "Stop": ("stop soon; all steps so far are kept", self._stop),
            "Go on": ("train this run further", self._go_on),
            "Reset": ("set all controls back", self._reset),
        }
        self.buttons = {}
        for name, (tooltip, action) in buttons.items():
            self.buttons[name] = widgets.Button(description=name, tooltip=tooltip)
            self.buttons[name].on_click(action)
        self._picture = widgets.Image(format="png", width=940)
        self._sentence = widgets.HTML()
        grid = widgets.GridBox(
            [*self.switches.values(), self.seed],
            layout=widgets.Layout(grid_template_columns="repeat(auto-fill, minmax(18em, 1fr))"),
        )
        self._set_buttons(running=False)
        super().__init__(
            [grid, widgets.HBox(list(self.buttons.values())), self._sentence, self._picture]
        )

    @property
    def recipe(self) -> Recipe:
        """The ``Recipe`` of the controls."""
        values = {name: switch.value for name, switch in self.switches.items()}
        return replace(self._base, **values)

    def wait(self) -> None:
        """Wait until the current training has ended."""
        if self._thread is not None:
            self._thread.join()

    def draw(self, change: object = None) -> None:
        """Show the current state of the run, in a picture and in words."""
        self._picture.value = figure_png(self._figure())
        heading, lines = DATA, [NO_RUN]
        if self.run is not None:
            heading, lines = f"{self.run}", [f"{sign}" for sign in self.run.signs]
        items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
        self._sentence.value = f"<p>{html.escape(heading)}.</p><ul>{items}</ul>"

    def still(self) -> dict[str, str]:
        """The picture, by mime type."""
        figure = self._figure()
        return picture_bundle(figure, figure.alt)

    def _figure(self) -> DescribedFigure:
        if self.run is None:
            return _draw_data()
        from course.gan.lab.figure import draw_run

        return draw_run(self.run)

    def _switch(self, name: str, options: tuple[Any, ...]) -> widgets.Widget:
        value = getattr(self._base, name)
        if isinstance(value, bool):
            return widgets.Checkbox(value=value, description=name, indent=False)
        values = options if isinstance(value, str) else sorted({*options, value})
        return widgets.Dropdown(
            options=[(f"{each}", each) for each in values],
            value=value,
            description=name,
            style={"description_width": "9.5em"},
        )

    def _start(self, button: object = None) -> None:
        from course.gan.lab.ring_runs import RingRun

        try:
            self.run = RingRun(self.recipe, self.seed.value)
        except ValueError as error:
            self._sentence.value = f"<p>{html.escape(str(error))}</p>"
            return
        self._go_on()

    def _go_on(self, button: object = None) -> None:
        self._set_buttons(running=True)
        self._stopping.clear()
        self._thread = threading.Thread(target=self._train, args=(self.run,), daemon=True)
        self._thread.start()

    def _train(self, run: RingRun) -> None:
        try:
            run.train(self._steps, self.draw, EVERY, self._stopping.is_set)
        except Exception as error:  # Nobody would see an exception of a thread.
            self._sentence.value = f"<p>{html.escape(f'{type(error).__name__}: {error}')}</p>"
        finally:
            self._set_buttons(running=False)

    def _stop(self, button: object = None) -> None:
        self._stopping.set()

    def _reset(self, button: object = None) -> None:
        for name, switch in self.switches.items():
            switch.value = getattr(self._base, name)

    def _set_buttons(self, running: bool) -> None:
        self.buttons["Run"].disabled = running
        self.buttons["Stop"].disabled = not running
        self.buttons["Go on"].disabled = running or self.run is None


def explore_gan_lab(recipe: Recipe | None = None, steps: int = 2000) -> GanLab:
    """Display the failure lab, and return its ``GanLab``.

    Args:
        recipe: ``course.gan.recipes.Recipe`` that the controls start from; None for that
            of the ring.
        steps: number of steps that Run trains.
    """
    lab = GanLab(recipe, steps)
    display(lab)
    return lab


def _draw_data() -> DescribedFigure:
    from course.gan.ring import draw_ring

    figure, (axes,) = new_figure(width=4.5, height=4.5)
    x, y = draw_ring(400, np.random.default_rng(0)).T
    axes.scatter(x, y, s=9, color=COLORS["blue"])
    axes.set(title="The data", xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
    figure.alt = f"{DATA}. {NO_RUN}"
    return figure
