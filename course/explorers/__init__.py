"""Explorers: pictures with sliders, for use in a notebook.

An explorer draws when it is displayed and when somebody moves a control, never before. All
controls work with the arrow keys, and a sentence below the picture says what it shows. Each
explorer has its own module; a lecture imports all of them from here.
"""

from course.explorers.edits import EditExplorer, explore_edits
from course.explorers.gan_lab import GanLab, explore_gan_lab
from course.explorers.gan_runs import GanRuns, explore_gan_runs
from course.explorers.gaussians import GaussianExplorer, explore_gaussians
from course.explorers.kl_weights import LambdaExplorer, explore_lambda
from course.explorers.latent import LatentExplorer, explore_latent

__all__ = [
    "EditExplorer",
    "GanLab",
    "GanRuns",
    "GaussianExplorer",
    "LambdaExplorer",
    "LatentExplorer",
    "explore_edits",
    "explore_gan_lab",
    "explore_gan_runs",
    "explore_gaussians",
    "explore_lambda",
    "explore_latent",
]
