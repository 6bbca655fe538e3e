# %% [markdown]
# # Lecture 1: Distances
#
# A network that makes images learns from one number: how far what it makes is from what it should make. This lecture builds that number twice, first for two vectors, then for two probability distributions.
#
# You will measure why the distance between two pictures is not enough, what the Kullback-Leibler divergence adds, and how it pulls a Gaussian towards $\mathcal N(0, 1)$. In lecture 3 exactly that pull makes a variational autoencoder work.
#
# Each claim below is followed by a cell that measures it. Where it says **predict**, write your guess down before you run the cell.

# %%
import numpy as np

from course.data import load_images
from course.explorers import explore_gaussians
from course.plots import new_figure, plot_curves, plot_images
from course.show import show, show_table

# %% [markdown]
# ## 1. The distance between two vectors
#
# The distance between two vectors is the length of their difference. There are several lengths.

# %%
a = np.array([1.0, 2.0, 0.0, 3.0])
b = np.array([3.0, 1.0, 0.0, -1.0])
difference = a - b
print(difference)

# %% [markdown]
# $\ell_1$ adds the absolute differences: as if you walked along each axis in turn.

# %%
print(np.sum(np.abs(difference)))

# %% [markdown]
# $\ell_2$ squares before it adds, and takes the root after: the straight line.

# %%
print(np.sqrt(np.sum(difference**2)))

# %% [markdown]
# $\ell_\infty$ takes the largest difference and forgets the others.

# %%
print(np.max(np.abs(difference)))

# %% [markdown]
# All three are one formula, $\ell_p = \bigl[\sum_j |a_j - b_j|^p\bigr]^{1/p}$, at $p = 1$, $p = 2$ and $p \to \infty$.
#
# **Predict before you run:** does $\ell_p$ grow or shrink when $p$ grows?

# %%
orders = [1, 2, 3, 4, 8, 16, 64]
lengths = [np.sum(np.abs(difference) ** p) ** (1 / p) for p in orders]
show_table(["p", "l_p of a - b"], list(zip(orders, lengths)))

# %% [markdown]
# It shrinks, down to the largest entry, 4: a large power lets the largest entry drown the rest.
#
# > **A slip on the slide.** The slide 'Distance between Two Vectors' writes $\ell_p$ as $\bigl[\sum_j (a_j - b_j)^p\bigr]^{1/p}$, without the absolute value. For even $p$ nobody notices. **Predict** what it gives for $p = 3$, from $a$ to $b$ and from $b$ to $a$.

# %%
rows = []
for p in (1, 2, 3, 4):
    with np.errstate(invalid="ignore"):  # The root of a negative number: NumPy says nan.
        there, back = np.sum((a - b) ** p) ** (1 / p), np.sum((b - a) ** p) ** (1 / p)
    rows.append([p, there, back, np.sum(np.abs(a - b) ** p) ** (1 / p)])
show_table(["p", "slide, a to b", "slide, b to a", "with absolute value"], rows)

# %% [markdown]
# At $p = 1$ it is negative one way. At $p = 3$ the slide's distance from $a$ to $b$ is below the largest difference, because the terms cancel. From $b$ to $a$ it is not a number. The absolute value mends both.
#
# The whole function follows. It divides by the largest entry first, so that large powers neither overflow nor vanish.

# %%
from course.distances import lp_norm  # inline

# %%
rows = [[p, length, lp_norm(difference, p)] for p, length in zip(orders, lengths)]
show_table(
    ["p", "step by step", "lp_norm"],
    [*rows, ["inf", np.max(np.abs(difference)), lp_norm(difference, np.inf)]],
)

# %% [markdown]
# A norm is best seen by its unit ball: all points at distance 1 at most from the origin. We draw its border.
#
# **Predict before you run:** is the ball of $\ell_\infty$ inside the circle of $\ell_2$, or around it?

# %%
angles = np.linspace(0, 2 * np.pi, 721)
directions = np.stack([np.cos(angles), np.sin(angles)])  # (2, 721), each of l2 length 1
balls = {}
for p in (1, 1.5, 2, 4, np.inf):
    radii = [1 / lp_norm(direction, p) for direction in directions.T]
    balls[f"p = {p}"] = directions * radii
show(
    plot_curves(balls, title="Points at distance 1", x_label="$x_1$", y_label="$x_2$", equal=True),
    "Unit balls one inside the other: a diamond for p = 1, the circle for p = 2, the square for "
    "p = inf around them all.",
)

# %% [markdown]
# Around it. All five meet on the axes, where only one entry differs; they disagree most on the diagonal, where both do.
#
# Why does `lp_norm` refuse $p < 1$? Because a detour would then be shorter than the straight way.


# %%
def half_norm(x):
    return np.sum(np.abs(x) ** 0.5) ** 2


right, up = np.array([1.0, 0.0]), np.array([0.0, 1.0])
print("right, then up:", half_norm(right) + half_norm(up), "   straight:", half_norm(right + up))

# %% [markdown]
# Now write it yourself: `lp_norm` in [assignment a1_distances](../assignments/a1_distances/a1_distances.ipynb).
#
# ## 2. The distance between two images
#
# An image of 28 x 28 pixels is a vector of 784 numbers. So any of these lengths compares two images.

# %%
digits = load_images()
print(digits.source)
print("images:", digits.x_train.shape, " from", digits.x_train.min(), "to", digits.x_train.max())

# %% [markdown]
# We move a digit to the right, by one pixel and by two. For your eye it stays the same digit.


# %%
def shift_right(images, pixels):
    return np.pad(images, ((0, 0), (0, 0), (pixels, 0), (0, 0)))[:, :, :-pixels]


def nearest_of_another_class(image, label):
    """The image of any other digit that is nearest in l2, its distance, and its digit."""
    others = digits.y_train != label
    images, labels = digits.x_train[others], digits.y_train[others]
    distances = np.sqrt(np.sum((images - image) ** 2, axis=(1, 2, 3)))
    best = np.argmin(distances)
    return images[best], distances[best], labels[best]


# %% [markdown]
# **Predict before you run:** which is nearer in $\ell_2$ to a digit: itself moved by one or two pixels, or the best match among all images of *another* digit?

# %%
image, label = digits.x_train[5], digits.y_train[5]
stranger, _, its_digit = nearest_of_another_class(image, label)
candidates = {
    "moved by one pixel": shift_right(image[None], 1)[0],
    "moved by two pixels": shift_right(image[None], 2)[0],
    f"nearest other digit ({its_digit})": stranger,
}
rows = [
    [name, *(lp_norm(image - candidate, p) for p in (1, 2, np.inf))]
    for name, candidate in candidates.items()
]
show_table(["distance to", "l1", "l2", "linf"], rows)
show(
    plot_images([image, *candidates.values()], [f"a digit {label}", *candidates]),
    f"A digit {label}, the same digit one and two pixels further right, and the most similar "
    "image of a different digit.",
)

# %% [markdown]
# Two pixels to the right, and in $\ell_1$ and $\ell_2$ the stranger is nearer. $\ell_\infty$ hardly tells the three apart: one pixel that goes from white to black is enough for its maximum.
#
# One picture proves little. Here are the first 200 digits.

# %%
sample, sample_labels = digits.x_train[:200], digits.y_train[:200]
to_stranger = np.array([nearest_of_another_class(x, y)[1] for x, y in zip(sample, sample_labels)])
rows = []
for pixels in (1, 2):
    to_moved = np.sqrt(np.sum((sample - shift_right(sample, pixels)) ** 2, axis=(1, 2, 3)))
    share = np.mean(to_stranger < to_moved)
    rows.append([pixels, np.median(to_moved), np.median(to_stranger), f"{share:.0%}"])
show_table(
    ["moved by (pixels)", "median l2 to itself", "median l2 to a stranger", "stranger is nearer"],
    rows,
)

# %% [markdown]
# After one pixel the same digit is usually still the nearer one, but for about one digit in five a *different* digit is nearer. After two pixels nearly always.
#
# So a distance between two pictures does not say whether they could be the same digit. A better question is: with what probability does each picture come up, among all the ways in which that digit is written? That is a probability distribution, and two of them, the real one and a network's, can be compared.
#
# ## 3. Densities
#
# The distribution that we need most is the Gaussian. Its density has a bell, and a factor in front.

# %%
mean, std = 1.0, 0.5
x = np.linspace(-5, 5, 2001)
bell = np.exp(-((x - mean) ** 2) / (2 * std**2))
bell_area = np.trapezoid(bell, x)
print("area under the bell:", bell_area, "   sqrt(2 pi) std:", np.sqrt(2 * np.pi) * std)

# %% [markdown]
# The factor is there to make the area 1.

# %%
density = bell / (np.sqrt(2 * np.pi) * std)
print("area under the density:", np.trapezoid(density, x))

# %% [markdown]
# **Predict before you run:** a probability is at most 1. Can a density be above 1?

# %%
from course.distances import gaussian_pdf  # inline

# %%
print(
    "largest difference from the density built above:",
    np.abs(gaussian_pdf(x, mean, std) - density).max(),
)
gaussians = {
    f"mean {m}, std {s}": (x, gaussian_pdf(x, m, s)) for m, s in [(0, 1), (1, 0.5), (-2, 0.25)]
}
rows = [[name, y.max(), np.trapezoid(y, x)] for name, (x, y) in gaussians.items()]
show_table(["Gaussian", "highest density", "area"], rows)
show(
    plot_curves(
        gaussians, title="Three Gaussian densities", x_label="x", y_label="density", fill=True
    ),
    "Three bells of area 1: the narrower, the higher. The one with standard deviation 0.25 "
    "reaches 1.6.",
)

# %% [markdown]
# Yes. Only areas are probabilities, and each of these areas is 1.
#
# Now write it yourself: `gaussian_pdf` in [assignment a1_distances](../assignments/a1_distances/a1_distances.ipynb).
#
# ## 4. The divergence of two discrete distributions
#
# Say $p$ is how the weather is, and $q$ how the forecast thinks it is.

# %%
outcomes = ["sun", "cloud", "rain"]
p = np.array([0.6, 0.3, 0.1])
q = np.array([0.2, 0.2, 0.6])

# %% [markdown]
# For one outcome, the logarithm of the ratio says how much more often it comes than $q$ expects. It is positive where $q$ expects too little, and negative where it expects too much.

# %%
log_ratio = np.log(p / q)
print(log_ratio)

# %% [markdown]
# The **Kullback-Leibler divergence** is the mean of these logarithms. The mean is over $p$: what happens often counts often.
#
# $$D(p \,\|\, q) = \sum_i p_i \log \frac{p_i}{q_i} = -\sum_i p_i \log \frac{q_i}{p_i}$$

# %%
terms = p * log_ratio
rows = [list(row) for row in zip(outcomes, p, q, log_ratio, terms)]
show_table(
    ["outcome", "p", "q", "log(p / q)", "p log(p / q)"],
    [*rows, ["sum", p.sum(), q.sum(), "", terms.sum()]],
)

# %% [markdown]
# One term is negative, the sum is not. Section 5 asks whether that is luck.
#
# The unit follows the logarithm: the natural one gives **nats**, the logarithm to base 2 gives **bits**. One nat is 1.443 bits. This course uses nats throughout.

# %%
nats, bits = terms.sum(), np.sum(p * np.log2(p / q))
print(f"{nats:.4f} nats   {bits:.4f} bits   ratio {bits / nats:.4f}")

# %% [markdown]
# Two borders need care. An outcome that never happens, $p_i = 0$, adds nothing: $p \log p$ goes to 0 with $p$. A computer says something else.

# %%
small = 10.0 ** -np.arange(1, 13, 3)
show_table(["p", "p log p"], list(zip(small, small * np.log(small))))
with np.errstate(divide="ignore", invalid="ignore"):
    print("0 * log(0) in NumPy:", 0.0 * np.log(0.0))

# %% [markdown]
# The other border: something happens that $q$ calls impossible. No finite penalty would be enough.

# %%
for q_rain in (1e-2, 1e-4, 1e-8, 1e-16):
    cautious = np.array([0.6, 0.4 - q_rain, q_rain])
    print(f"q(rain) = {q_rain:.0e}   D = {np.sum(p * np.log(p / cautious)):.3f} nats")

# %% [markdown]
# It grows without end, by 0.1 times 2.3 nats for each further zero, so at $q_i = 0 < p_i$ the divergence is infinite. The whole function handles both borders.

# %%
from course.distances import kl_discrete  # inline

# %%
rows = [
    ["p and q of the table above", kl_discrete(p, q)],
    ["p with itself", kl_discrete(p, p)],
    ["no rain in p", kl_discrete([0.7, 0.3, 0.0], q)],
    ["no rain in q, rain in p", kl_discrete(p, [0.7, 0.3, 0.0])],
]
show_table(["case", "D(p||q) in nats"], rows)

# %% [markdown]
# Now write it yourself: `kl_discrete` in [assignment a1_distances](../assignments/a1_distances/a1_distances.ipynb).
#
# ## 5. Is it a distance?
#
# **Never negative.** We draw 10,000 pairs of random distributions over five outcomes.

# %%
rng = np.random.default_rng(1)
pairs = rng.dirichlet(np.ones(5), size=(10_000, 2))  # (10000, 2, 5), each row sums to 1
divergences = np.array([kl_discrete(first, second) for first, second in pairs])
negative_terms = np.mean(pairs[:, 0] < pairs[:, 1])
print(f"terms below 0: {negative_terms:.0%}   divergences below 0: {np.sum(divergences < 0)}")
print(f"smallest divergence: {divergences.min():.4f} nats")

# %% [markdown]
# Half of the terms are negative, and no sum is. The logarithm bends downwards, so the mean of $\log(q/p)$ is at most the logarithm of the mean of $q/p$, which is $\log 1 = 0$. The two are equal only where $q/p$ is the same for all outcomes, and as both sum to 1 it is 1 then: $D = 0$ only for $p = q$.
#
# **Predict before you run:** is $D(p \,\|\, q)$ equal to $D(q \,\|\, p)$ for the weather?

# %%
print(f"D(p||q) = {kl_discrete(p, q):.3f}   D(q||p) = {kl_discrete(q, p):.3f}")
backwards = np.array([kl_discrete(second, first) for first, second in pairs])
alike = np.abs(divergences / backwards - 1) < 0.01
print(f"the same both ways within 1 %: {alike.mean():.1%} of the random pairs")

# %% [markdown]
# **Not symmetric.** That is why it is called a divergence, and why the order of its arguments is a decision. Section 7 shows what the decision does.
#
# Now write it yourself: the written question of [assignment a1_distances](../assignments/a1_distances/a1_distances.ipynb) is about this order.
#
# ## 6. The divergence of two densities
#
# For densities the sum becomes an integral. We look at what is integrated before we integrate.
#
# $$D(p \,\|\, q) = \int p(x) \log \frac{p(x)}{q(x)} \, dx$$

# %%
x = np.linspace(-8, 10, 4001)
narrow, wide = gaussian_pdf(x, 0, 1), gaussian_pdf(x, 1, 2)
there = narrow * np.log(narrow / wide)
back = wide * np.log(wide / narrow)

# %%
figure, (left, right) = new_figure(2, width=11)
plot_curves({"p log(p / q)": (x, there)}, axes=left, title="D(p||q)", x_label="x", fill=True)
left.set_ylabel("densities; nats per unit of x")
plot_curves({"q log(q / p)": (x, back)}, axes=right, title="D(q||p)", x_label="x", fill=True)
for axes in (left, right):
    axes.plot(x, narrow, color="#222222", linestyle=":", label="p: mean 0, std 1")
    axes.plot(x, wide, color="#D55E00", linestyle="--", label="q: mean 1, std 2")
    axes.set(xlim=(-5, 8), ylim=(-0.2, 0.5))
    axes.legend(frameon=False)
print(f"areas: {np.trapezoid(there, x):.3f} and {np.trapezoid(back, x):.3f} nats")
show(
    figure,
    "The integrands of both directions. D(p||q) gains where p is high, D(q||p) gains in the tail "
    "on the right, where q is and p is not.",
)

# %% [markdown]
# The same two densities, 0.44 nats one way and 1.31 the other. Each direction looks only where its *first* argument has mass. On the right, $q$ has mass where $p$ has almost none, and pays for it.
#
# The whole function integrates by trapezoids between two ends that you choose.

# %%
from course.distances import kl_continuous  # inline


# %%
def p_density(x):
    return gaussian_pdf(x, 0, 1)


def q_density(x):
    return gaussian_pdf(x, 1, 2)


rows = [
    [
        end,
        kl_continuous(p_density, q_density, -end, end),
        kl_continuous(q_density, p_density, -end, end),
    ]
    for end in (1, 2, 4, 8, 16)
]
show_table(["from -end to end", "D(p||q)", "D(q||p)"], rows)

# %% [markdown]
# Over a part of the line the integral can even be negative: only the whole is a divergence. The interval must hold practically all mass of the *first* argument. For $D(q \,\|\, p)$ an end of 4 is not enough: $q$ still has mass beyond it.
#
# **Predict before you run:** the interval from -60 to 60 is wider still. Is it safer?

# %%
kl_continuous(q_density, p_density, -60, 60)

# %% [markdown]
# Infinite. Beyond 38 the computer rounds $p$ to 0 while $q$ is still above 0. Mathematically the divergence has not moved; a closed form, as in section 8, does not have this weakness.
#
# Now write it yourself: `kl_continuous` in [assignment a1_distances](../assignments/a1_distances/a1_distances.ipynb).
#
# ## 7. What the order decides
#
# Let $p$ have two hills. We look for the one Gaussian $q$ that is nearest, by trying 81 means and 77 standard deviations, once for each order.

# %%
x = np.linspace(-12, 12, 2401)
hills = 0.6 * gaussian_pdf(x, -2, 0.6) + 0.4 * gaussian_pdf(x, 2, 0.6)
means, stds = np.linspace(-4, 4, 81), np.linspace(0.2, 4, 77)


def divergence(first, second):
    # Tiny instead of 0, so that hopeless candidates get a large number and not infinity.
    first, second = np.maximum(first, 1e-300), np.maximum(second, 1e-300)
    return np.trapezoid(first * np.log(first / second), x)


scores = [
    (divergence(hills, q), divergence(q, hills), mean, std)
    for mean in means
    for std in stds
    for q in [gaussian_pdf(x, mean, std)]
]

# %% [markdown]
# **Predict before you run:** where will the best $q$ stand when $D(p \,\|\, q)$ is smallest, and where when $D(q \,\|\, p)$ is?

# %%
covering = min(scores, key=lambda score: score[0])
seeking = min(scores, key=lambda score: score[1])
rows = [["smallest D(p||q)", *covering], ["smallest D(q||p)", *seeking]]
show_table(["q chosen by", "D(p||q)", "D(q||p)", "mean", "std"], rows)

curves = {
    "p, two hills": (x, hills),
    "q with the smallest D(p||q)": (x, gaussian_pdf(x, *covering[2:])),
    "q with the smallest D(q||p)": (x, gaussian_pdf(x, *seeking[2:])),
}
figure = plot_curves(
    curves, title="One Gaussian for two hills", x_label="x", y_label="density", fill=True
)
figure.axes[0].set_xlim(-7, 9)
show(
    figure,
    "The Gaussian with the smallest D(p||q) is broad and covers both hills. The one with the "
    "smallest D(q||p) sits on the higher hill alone.",
)

# %% [markdown]
# $D(p \,\|\, q)$ punishes a $q$ that is absent where $p$ is. Its winner **covers** both hills, with its highest point in the valley. Its mean and spread are those of $p$.
#
# $D(q \,\|\, p)$ punishes a $q$ that is present where $p$ is not. Its winner **seeks** one hill and ignores the other.

# %%
p_mean = np.trapezoid(hills * x, x)
p_std = np.sqrt(np.trapezoid(hills * (x - p_mean) ** 2, x))
print(f"p itself has mean {p_mean:.3f} and standard deviation {p_std:.3f}")

# %% [markdown]
# ## 8. From a Gaussian to the standard Gaussian
#
# The variational autoencoder describes each image by a Gaussian $p = \mathcal N(\mu, \sigma^2)$, and asks how far it is from $q = \mathcal N(0, 1)$. For this pair the integral can be done by hand. We do it in two halves, and check each.

# %%
mu, sigma = 1.5, 0.5
x = np.linspace(-10, 10, 4001)
p_x, q_x = gaussian_pdf(x, mu, sigma), gaussian_pdf(x, 0, 1)

# %% [markdown]
# First half: $\int p \log p = -\tfrac12 \log(2\pi\sigma^2) - \tfrac12$. It knows nothing of $\mu$.

# %%
first_half = -0.5 * np.log(2 * np.pi * sigma**2) - 0.5
print(
    "formula:", first_half, "   integral:", np.trapezoid(p_x * np.log(np.maximum(p_x, 1e-300)), x)
)

# %% [markdown]
# Second half: $\int p \log q = -\tfrac12 \log(2\pi) - \tfrac12(\mu^2 + \sigma^2)$, because the mean of $x^2$ under $p$ is $\mu^2 + \sigma^2$.

# %%
second_half = -0.5 * np.log(2 * np.pi) - 0.5 * (mu**2 + sigma**2)
print("formula:", second_half, "   integral:", np.trapezoid(p_x * np.log(q_x), x))

# %% [markdown]
# Subtract. The $2\pi$ cancels:
#
# $$D\bigl(\mathcal N(\mu, \sigma^2) \,\|\, \mathcal N(0, 1)\bigr) = \tfrac12 \bigl( \underbrace{\mu^2}_{\text{pulls } \mu \text{ to } 0} + \underbrace{\sigma^2 - 1 - \log \sigma^2}_{\text{pulls } \sigma \text{ to } 1} \bigr)$$

# %%
by_hand = 0.5 * (mu**2 + sigma**2 - 1 - np.log(sigma**2))
by_quadrature = kl_continuous(
    lambda x: gaussian_pdf(x, mu, sigma), lambda x: gaussian_pdf(x, 0, 1), -10, 10
)
print("halves:", first_half - second_half, "   formula:", by_hand, "   quadrature:", by_quadrature)

# %% [markdown]
# $\mu$ and $\sigma$ never meet in one term. So there are two separate forces.
#
# **Predict before you run:** what is worse, a $\sigma$ three times too large or three times too small?

# %%
mus, sigmas = np.linspace(-3, 3, 301), np.linspace(0.05, 3, 301)


def spread_part(sigma):
    return 0.5 * (sigma**2 - 1 - np.log(sigma**2))


figure, (left, right) = new_figure(2, width=11)
plot_curves(
    {"mean": (mus, 0.5 * mus**2)},
    axes=left,
    title="The part of the mean",
    x_label="$\\mu$",
    y_label="nats",
)
plot_curves(
    {"spread": (sigmas, spread_part(sigmas))},
    axes=right,
    title="The part of the spread",
    x_label="$\\sigma$",
    y_label="nats",
)
for axes in (left, right):
    axes.set_ylim(-0.1, 4.6)
print(f"sigma = 3: {spread_part(3.0):.3f} nats   sigma = 1/3: {spread_part(1 / 3):.3f} nats")
show(
    figure,
    "Left: a parabola in the mean with its lowest point at 0. Right: a curve in sigma with its "
    "lowest point at 1, steep towards 0.",
)

# %% [markdown]
# Too large is worse: 2.9 nats against 0.65. Neither side has an upper end, but towards $\sigma = 0$ the price grows only as a logarithm.

# %%
for tiny in (1e-1, 1e-2, 1e-4, 1e-8):
    print(f"sigma = {tiny:.0e}   {spread_part(tiny):.2f} nats")

# %% [markdown]
# It costs 2.3 nats for each further zero, without end. This price will keep the codes of an autoencoder from shrinking to points.
#
# Gradient descent feels both forces. We let four Gaussians go.

# %%
paths = {}
for start_mu, start_sigma in [(-2.5, 0.2), (2.5, 0.5), (-1.5, 2.5), (2.0, 2.0)]:
    position, path = np.array([start_mu, 2 * np.log(start_sigma)]), []
    for _ in range(400):
        path.append([position[0], np.exp(position[1] / 2)])
        gradient = np.array([position[0], 0.5 * (np.exp(position[1]) - 1)])
        position = position - 0.05 * gradient
    paths[f"from ({start_mu}, {start_sigma})"] = np.array(path).T

figure = plot_curves(
    paths, title="Down the gradient of the divergence", x_label="$\\mu$", y_label="$\\sigma$"
)
figure.axes[0].plot(0, 1, "o", color="#222222", markersize=10)
show(figure, "Four paths in the plane of mean and sigma. All end at mean 0, sigma 1.")
show_table(
    ["start", "mean at the end", "sigma at the end"],
    [[name, *path[:, -1]] for name, path in paths.items()],
)

# %% [markdown]
# All reach $\mathcal N(0, 1)$. From $\sigma = 0.2$ the path first runs flat: there the mean is corrected faster than the spread.
#
# ### Why the logarithm of the variance
#
# The descent above did not move $\sigma$. It moved $\log \sigma^2$, in code `log_var`, and so does every VAE in this course. A network's last layer gives any real number, and a standard deviation must be positive.

# %%
outputs = np.array([-8.0, -2.0, 0.0, 2.0, 8.0])
rows = [
    [output, "no" if output <= 0 else "yes", np.exp(output / 2), spread_part(np.exp(output / 2))]
    for output in outputs
]
show_table(["output of a layer", "possible as sigma?", "sigma, read as log_var", "nats"], rows)

# %% [markdown]
# Read as `log_var`, each output is a valid spread, and the output 0 means $\sigma = 1$, where this part of the divergence is 0.
#
# Three quantities are easily mixed up: `log_var` is $\log \sigma^2$, so $\sigma^2$ is `exp(log_var)` and $\sigma$ is `exp(log_var / 2)`.
#
# ### Several dimensions
#
# A code has $k$ dimensions, each with its own $\mu$ and $\sigma$. Independent dimensions add up, so the divergence is a *sum* over them.

# %%
mu = np.array([[0.0, 0.0], [1.5, 0.0], [1.5, -1.0]])  # (B, k) = (3, 2): one row an image
log_var = np.array([[0.0, 0.0], [-1.4, 0.0], [-1.4, 1.0]])  # (3, 2)
each_dimension = 0.5 * (mu**2 + np.exp(log_var) - 1 - log_var)
print(each_dimension)
print("summed over k:", each_dimension.sum(axis=1))

# %%
from course.distances import kl_gaussian  # inline

# %%
print(kl_gaussian(mu, log_var))

# %% [markdown]
# Now write it yourself: `kl_gaussian` in [assignment a1_distances](../assignments/a1_distances/a1_distances.ipynb).
#
# ## 9. When there is no formula
#
# The divergence is a mean over $p$. So draw from $p$, and average $\log p(x) - \log q(x)$ over the draws. This is a **Monte Carlo** estimate, and it needs no integral.

# %%
mean, std = 1.0, np.exp(-1.0 / 2)  # log_var = -1
exact = kl_gaussian([[mean]], [[-1.0]])[0]


def log_ratios(draws):
    return np.log(gaussian_pdf(draws, mean, std)) - np.log(gaussian_pdf(draws, 0, 1))


values = log_ratios(rng.normal(mean, std, size=1000))
standard_error = values.std(ddof=1) / np.sqrt(values.size)
print(f"1,000 draws: {values.mean():.3f} +- {standard_error:.3f} nats   exact: {exact:.3f} nats")

# %% [markdown]
# The second number is the **standard error**: the standard deviation of one value, divided by $\sqrt n$. To see whether it is true, we repeat the whole estimate 300 times for each $n$.
#
# **Predict before you run:** how many more draws make the error ten times smaller? And can an estimate be below 0, which the divergence never is?

# %%
spread_of_one = log_ratios(rng.normal(mean, std, size=200_000)).std()
sizes, rows = [1, 10, 100, 1000, 10_000], []
for n in sizes:
    estimates = log_ratios(rng.normal(mean, std, size=(300, n))).mean(axis=1)
    rows.append(
        [
            n,
            estimates.mean(),
            estimates.std(),
            spread_of_one / np.sqrt(n),
            f"{np.mean(estimates < 0):.0%}",
        ]
    )
show_table(
    ["draws n", "mean of 300 estimates", "their spread", "predicted spread", "estimates below 0"],
    rows,
)

# %%
curves = {
    "measured over 300 repetitions": (sizes, [row[2] for row in rows]),
    "spread of one value / sqrt(n)": (sizes, [row[3] for row in rows]),
}
figure = plot_curves(
    curves, title="Error of the Monte Carlo estimate", x_label="draws n", y_label="nats"
)
figure.axes[0].set(xscale="log", yscale="log")
show(
    figure,
    "The measured spread of the estimates follows the straight line with slope -1/2 in a plot "
    "with two logarithmic axes.",
)

# %% [markdown]
# A hundred times more draws for a tenth of the error. With few draws an estimate can be negative. Its mean over many repetitions is right, up to an error of its own: for $n = 1$ that is $0.76 / \sqrt{300} = 0.04$.
#
# Training a VAE uses both: the closed form for the divergence, and a single draw for each image for the rest.
#
# ## 10. Try it
#
# Move the sliders with the mouse, or with the arrow keys once one has the focus. Find two Gaussians for which both directions agree although they differ. Then make $D(p \,\|\, q)$ as large as you can while $D(q \,\|\, p)$ stays below 1.

# %%
explorer = explore_gaussians()

# %% [markdown]
# ## Summary
#
# - The distance between two vectors is a norm of their difference. Pixel by pixel it calls a moved digit far away.
# - $D(p \,\|\, q)$ is the mean of $\log(p/q)$ over $p$, in nats. It is never negative, 0 only for $p = q$, infinite where $q$ calls impossible what happens, and not symmetric.
# - Small $D(p \,\|\, q)$ makes $q$ cover $p$; small $D(q \,\|\, p)$ makes $q$ stay inside $p$.
# - From $\mathcal N(\mu, \sigma^2)$ to $\mathcal N(0, 1)$ it is $\tfrac12(\mu^2 + \sigma^2 - 1 - \log\sigma^2)$: one force on $\mu$, one on $\sigma$.
# - Where there is no formula, average $\log p - \log q$ over draws from $p$; the error falls as $1/\sqrt n$.
#
# ## Questions
#
# 1. A forecast never says 0 % rain. What would $D(p \,\|\, q)$ be if it did, and it rained once?
# 2. A generator draws perfect images of the digit 1 and nothing else. Take $p$ as the real digits and $q$ as the generator. Which of $D(p \,\|\, q)$ and $D(q \,\|\, p)$ is infinite, and what is the other one if all ten digits are equally frequent?
# 3. Two Gaussians have equal $\sigma$ and different $\mu$. Is the divergence between them symmetric? Check with the explorer, then with the formula.
# 4. You halve `log_var` by mistake before you pass it to `kl_gaussian`. For which `log_var` does nobody notice?
#
# Next: [Lecture 2, the networks of a VAE](02_vae_networks.ipynb). Before it: [assignment a1_distances](../assignments/a1_distances/a1_distances.ipynb).
