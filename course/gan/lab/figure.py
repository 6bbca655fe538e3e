"""The lab's picture of a training: samples, curves, and early warnings in words (lecture 09)."""

import matplotlib
import numpy as np
from IPython.display import DisplayHandle, display
from matplotlib.axes import Axes

from course.gan.lab.digit_runs import DigitRun
from course.gan.lab.ring_runs import RingRun
from course.gan.lab.warning_signs import Sign
from course.plots import COLORS, STYLE, DescribedFigure, plot_curves
from course.show import picture_bundle, tile

__all__ = ["LivePlot", "draw_run"]

SMOOTHING = 20  # Each point of a curve is the mean over so many steps.
SHARES = np.linspace(0, 1, 6)
PANELS = {
    "Losses": {"discriminator": "discriminator_loss", "generator": "generator_loss"},
    "Discriminator's accuracy": {"on real": "accuracy_real", "on fake": "accuracy_fake"},
    "Gradient norms": {
        "discriminator": "discriminator_gradient",
        "generator": "generator_gradient",
    },
}


class LivePlot:
    """A figure in the notebook that is drawn again each time it is called with a run.

    Pass it as ``watch``. A drawing takes about half a second, so not every call draws.

    Args:
        every: steps between two drawings.
    """

    def __init__(self, every: int = 250) -> None:
        self.every = every
        self._handle: DisplayHandle | None = None

    def __call__(self, run: RingRun) -> None:
        if run.step % self.every:
            return
        figure = draw_run(run)
        bundle = picture_bundle(figure, figure.alt)
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


@matplotlib.rc_context(STYLE)
def draw_run(run: RingRun | DigitRun) -> DescribedFigure:
    """Samples, losses, accuracies, gradients, scores, and the early warnings of a training.

    Args:
        run: ``course.gan.lab.ring_runs.RingRun`` or ``course.gan.lab.digit_runs.DigitRun``.

    Returns:
        Figure; ``figure.alt`` says the run, its scores and its warnings.
    """
    figure = DescribedFigure(figsize=(13, 7.4))
    # A fixed layout: computing the margins each time would double the time of a drawing.
    figure.subplots_adjust(left=0.04, right=0.99, bottom=0.09, top=0.94, hspace=0.36, wspace=0.24)
    axes = figure.subplots(2, 3, width_ratios=(1, 1, 1.05)).ravel()
    if isinstance(run, DigitRun):
        _draw_sheet(axes[0], run)
    else:
        _draw_ring(axes[0], run)
    for panel, (title, names) in zip(axes[1:4], PANELS.items()):
        curves = {words: _smooth(run.history[name]) for words, name in names.items()}
        plot_curves(curves, axes=panel, title=title, x_label="step")
    axes[1].axhline(np.log(2), color="#888888", linewidth=1, label="ln 2")
    axes[2].set(ylim=(-0.03, 1.03), yticks=SHARES)
    axes[3].set_yscale("log")
    _draw_scores(axes[4], run)
    for panel in axes[1:5]:
        _put_names_above_curves(panel)
    _draw_signs(axes[5], run.signs)
    figure.alt = f"{run}. {'; '.join(map(str, run.signs))}."
    return figure


def _put_names_above_curves(axes: Axes) -> None:
    """Put the names in a strip above the curves, where no curve can reach."""
    if not axes.lines:
        return
    axes.locator_params(axis="x", nbins=5)
    scale = axes.get_yaxis().get_transform()
    low, high = scale.transform(axes.get_ylim())
    strip = 0.15 * len(axes.get_legend_handles_labels()[0]) * (high - low)
    axes.set_ylim(top=scale.inverted().transform([high + strip])[0])
    axes.legend(loc="upper left", fontsize=9)


def _smooth(values: list[float] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Steps, and means of ``SMOOTHING`` values each; the last mean is of the rest."""
    starts = np.arange(0, len(values), SMOOTHING)
    means = [np.mean(values[start : start + SMOOTHING]) for start in starts]
    return np.minimum(starts + SMOOTHING, len(values)), np.array(means)


def _draw_ring(axes: Axes, run: RingRun) -> None:
    image = axes.imshow(
        run.landscape(),
        extent=(-3, 3, -3, 3),
        origin="lower",
        vmin=0,
        vmax=1,
        cmap="cividis",
        interpolation="bilinear",
    )
    axes.figure.colorbar(image, ax=axes, fraction=0.046, ticks=(0, 0.5, 1))
    for points, name, color, marker in (
        (run.real[:400], "real", "#FFFFFF", "o"),
        (run.samples(400), "generated", COLORS["vermillion"], "^"),
    ):
        # Dark edges, so that points are visible on every colour of the landscape.
        x, y = points.T
        rim = COLORS["black"]
        axes.scatter(
            x, y, s=18, color=color, label=name, edgecolors=rim, linewidths=0.4, marker=marker
        )
    axes.set(xlim=(-3, 3), ylim=(-3, 3), title=f"D(x), step {run.step:,}")
    axes.legend(loc="lower left", fontsize=9, frameon=True, borderpad=0.3, handletextpad=0.2)
    axes.grid(False)


def _draw_sheet(axes: Axes, run: DigitRun) -> None:
    sheet = tile(run.sheet[..., None] / 255, columns=4)[..., 0]
    axes.imshow(sheet, vmin=0, vmax=1)
    axes.set(xticks=[], yticks=[], title=f"Step {run.step:,}: samples")
    axes.grid(False)


def _draw_scores(axes: Axes, run: RingRun | DigitRun) -> None:
    if run.scores:
        steps, modes, shares = np.array(run.scores, dtype=float).T
        covered = f"share of {run.of} {run.modes_name} covered"
        curves = {covered: (steps, modes / run.of), run.share_name: (steps, shares)}
        plot_curves(curves, axes=axes, title="Scores of the samples", x_label="step")
    axes.set(ylim=(-0.03, 1.03), yticks=SHARES)


def _draw_signs(axes: Axes, signs: list[Sign]) -> None:
    axes.axis("off")
    axes.set(xlim=(0, 1), ylim=(7, -0.2), title="Early warnings, last 100 steps")
    for row, sign in enumerate(signs):
        color, word = (COLORS["vermillion"], "WARNING") if sign.lit else (COLORS["green"], "quiet")
        axes.scatter([0.025], [row + 0.35], s=150, color=color, marker="X" if sign.lit else "o")
        name = f"{word}: {sign.name}"
        axes.text(0.06, row + 0.2, name, fontweight="bold", va="center", fontsize=10.5)
        axes.text(0.06, row + 0.6, sign.words, va="center", fontsize=10.5)
