"""Assignment a1_distances: norms, densities and KL divergences, with known mistakes."""

from autograder.exercises.a1_distances.densities import gaussian_pdf
from autograder.exercises.a1_distances.divergences import kl_continuous, kl_discrete
from autograder.exercises.a1_distances.gaussians import kl_gaussian
from autograder.exercises.a1_distances.norms import lp_norm

__all__ = ["gaussian_pdf", "kl_continuous", "kl_discrete", "kl_gaussian", "lp_norm"]
