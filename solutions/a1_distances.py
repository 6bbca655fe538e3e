# %% [markdown]
# # Assignment 1: distances
#
# You write the distances of [lecture 01](../../lectures/01_distances.ipynb) yourself: between two vectors, and between two probability distributions. The VAE of the next lectures is trained with the last one.
#
# How it works:
#
# - Replace `# YOUR CODE HERE` and the line after it. The docstring says what goes in and what comes out.
# - The cell below each function checks it. Run it as often as you like: it looks at your function from several sides, gives points for each, and says what differs. Grading does the same with other numbers.
# - Leave the cells that are locked as they are, and do not rename the functions.
# - At the end: Kernel, Restart and Run All; then Validate; then submit.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograder.check import check

# %% [markdown]
# ## The length of a vector
#
# The distance between two vectors $a$ and $b$ is the length of $a - b$. The $\ell_p$ norm measures a length:
#
# $$\|x\|_p = \Big(\sum_j |x_j|^p\Big)^{1/p} \quad (p \ge 1), \qquad \|x\|_\infty = \max_j |x_j|.$$
#
# The slide writes $(a_j - b_j)^p$ without the absolute value. Think of $p = 3$ and a negative difference before you copy it.

# %%
from course.distances import lp_norm  # inline: solution

# %%
check(lp_norm, points=2)

# %% [markdown]
# With your norm, the points at distance 1 from the origin:

# %% tags=["skip-grading"]
figure, axes = plt.subplots(figsize=(4, 4))
angles = np.linspace(0, 2 * np.pi, 400)
for p, dash in zip((1, 2, 4, np.inf), ("-", "--", "-.", ":")):
    ball = [np.array([np.cos(a), np.sin(a)]) for a in angles]
    ball = np.array([point / lp_norm(point, p) for point in ball])
    axes.plot(ball[:, 0], ball[:, 1], dash, label=f"p = {p}")
axes.set(aspect="equal", title="Vectors of length 1")
axes.legend(loc="center")

# %% [markdown]
# ## A density
#
# The Gaussian with mean $\mu$ and standard deviation $\sigma$ has the density
#
# $$p(x) = \frac{1}{\sqrt{2\pi\sigma^2}} \exp\Big(-\frac{(x-\mu)^2}{2\sigma^2}\Big).$$

# %%
from course.distances import gaussian_pdf  # inline: solution

# %%
check(gaussian_pdf, points=2)

# %% [markdown]
# ## The divergence of two discrete distributions
#
# $$D_\mathrm{KL}(p\,\|\,q) = \sum_i p_i \log\frac{p_i}{q_i}$$
#
# with the natural logarithm, so in nats. Two cases need care. An outcome that never happens under $p$ counts 0. An outcome that happens under $p$ and never under $q$ makes the divergence infinite.

# %%
from course.distances import kl_discrete  # inline: solution

# %%
check(kl_discrete, points=3)

# %% [markdown] nbgrader={"grade_id": "why_not_symmetric", "points": 2}
# Predict first, then compute, then explain in two or three sentences: for $p = (0.5, 0.5, 0)$ and $q = (1/3, 1/3, 1/3)$, which of $D(p\,\|\,q)$ and $D(q\,\|\,p)$ is larger? Explain it by what happens if the first distribution is how the world is, and the second is what you expected.
#
# ### BEGIN SOLUTION
# $D(p\,\|\,q) = \log 1.5 \approx 0.405$ and $D(q\,\|\,p) = \infty$. The first argument says what really happens. If $p$ is true, $q$ is only a little too cautious. If $q$ is true, the third outcome happens one time in three although $p$ calls it impossible: no finite penalty is enough.
#
# 1 point for both values, 1 point for the explanation.
# ### END SOLUTION

# %% [markdown]
# ## The divergence of two densities
#
# $$D_\mathrm{KL}(p\,\|\,q) = \int p(x) \log\frac{p(x)}{q(x)}\,dx$$
#
# Here `p` and `q` are functions. Evaluate them on a fine grid between the limits and integrate; `np.trapezoid` is one way.

# %%
from course.distances import kl_continuous  # inline: solution

# %%
check(kl_continuous, points=3)

# %% [markdown]
# ## The divergence that a VAE needs
#
# An encoder gives each image a Gaussian of its own, with means $\mu$ and *log variances* $\eta = \log\sigma^2$ in $k$ independent dimensions. Its divergence to the standard Gaussian has a closed form, derived in the lecture:
#
# $$D_\mathrm{KL}\big(\mathcal N(\mu, \mathrm{diag}(e^{\eta}))\,\|\,\mathcal N(0, I)\big) = \frac12 \sum_{j=1}^{k} \big(\mu_j^2 + e^{\eta_j} - 1 - \eta_j\big).$$

# %%
from course.distances import kl_gaussian  # inline: solution

# %%
check(kl_gaussian, points=3)

# %% [markdown]
# The closed form and the integral are two ways to one number. Here they are side by side, with your functions:

# %% tags=["skip-grading"]
for mean, std in [(0.0, 1.0), (1.0, 1.0), (0.0, 0.3), (-2.0, 1.7)]:
    closed_form = kl_gaussian(np.array([[mean]]), np.array([[2 * np.log(std)]]))[0]
    by_integral = kl_continuous(
        lambda x: gaussian_pdf(x, mean, std),
        lambda x: gaussian_pdf(x, 0.0, 1.0),
        mean - 10 * std,
        mean + 10 * std,
    )
    print(
        f"mean {mean:4.1f}  std {std:3.1f}   closed form {closed_form:.5f}   integral {by_integral:.5f}"
    )

# %% [markdown] nbgrader={"grade_id": "two_forces", "points": 2}
# A VAE is trained to keep this divergence small. Which $\mu$ and $\sigma$ does it reward, and what does it do to an encoder that would like to shrink $\sigma$ to 0? Two or three sentences.
#
# ### BEGIN SOLUTION
# It is 0 at $\mu = 0$, $\sigma = 1$ only, and pulls means to the origin and standard deviations to 1. Towards $\sigma = 0$ it grows without end, by $\ln 10 = 2.3$ nats for each further zero, so no code can shrink to a point.
#
# 1 point for the minimum, 1 point for the price of a small $\sigma$.
# ### END SOLUTION
