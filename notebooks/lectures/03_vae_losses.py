# %% [markdown]
# # Lecture 3: The losses of a variational autoencoder
#
# A VAE has two losses. The **generation loss** wants the image back. The **KL loss** wants the codes to lie where somebody who has no image would look for them. In this lecture you first leave the second one out, and measure what goes wrong.

# %%
TRAIN_FROM_SCRATCH = False  # True trains for 30 epochs in section 1, not 4: 7 to 15 minutes.

# %%
import course.backend  # TensorFlow, without its start-up messages
import keras
import numpy as np
from keras import layers, ops

from course.checkpoints import load_vae, read_card
from course.code_plots import plot_codes
from course.data import load_images
from course.diagnostics import negative_elbo
from course.diagrams import plot_network
from course.distances import kl_gaussian
from course.plots import new_figure, plot_curves, plot_images
from course.show import show, show_table
from course.vae.model import VAE, connect_modules
from course.vae.recipes import cosine

keras.utils.set_random_seed(3)
rng = np.random.default_rng(3)
digits = load_images()
print(digits.source)

# %% [markdown]
# Two boxes are losses. The generation loss compares the reconstruction with the image. The KL loss looks at $\mu$ and $\log \sigma^2$, and sees no image at all.

# %%
show(
    plot_network(
        {
            "image": (0, 0, "data"),
            "encoder": (1, 0, "learned"),
            "mu, log_var": (2, 0, "data"),
            "KL loss": (2, -1, "fixed"),
            "eps": (3, 1, "random"),
            "sampling": (3, 0, "fixed"),
            "decoder": (4, 0, "learned"),
            "reconstruction": (5, 0, "data"),
            "the same image": (4, -1, "data"),
            "generation loss": (5, -1, "fixed"),
        },
        [
            ("image", "encoder"),
            ("encoder", "mu, log_var"),
            ("mu, log_var", "KL loss"),
            ("mu, log_var", "sampling"),
            ("eps", "sampling"),
            ("sampling", "decoder"),
            ("decoder", "reconstruction"),
            ("reconstruction", "generation loss"),
            ("the same image", "generation loss"),
        ],
        title="A VAE and its two losses",
        size=(12, 4.2),
    ),
    "A VAE and its two losses. An image goes through the encoder and becomes mu and log_var; "
    "sampling draws a code with random eps, and the decoder makes a reconstruction of it. From mu "
    "and log_var an arrow goes to the KL loss; reconstruction and image go to the generation loss.",
)

# %% [markdown]
# ## 1. The generation loss alone
#
# How badly did the decoder redraw the image? Its pixels are probabilities, so we ask with cross-entropy: the mean over all pixels of $-x \log \hat x - (1 - x) \log(1 - \hat x)$, with $x$ a pixel of the image and $\hat x$ that of its reconstruction ($t$ and $y$ in lecture 2).

# %%
from course.vae.losses import generation_loss  # inline

# %% [markdown]
# > **Loose on the slide.** It takes its loss from `keras.metrics`. In Keras 3 `binary_crossentropy` is the same function there and in `keras.losses`, where one looks for a loss. It averages over the last axis only; the mean over the rest is ours.
#
# Train a VAE with this loss and nothing else: the weight of the KL loss is 0. Beside it, the same network from the same start with the lecture's weight, $10^{-3}$ (section 5).
#
# **Predict before you run:** the encoder may choose how much noise $\sigma$ its codes get. What would you choose, if all that counted was to get the image back?

# %%
epochs = 30 if TRAIN_FROM_SCRATCH else 4


def sigmas(vae):
    """Standard deviations of the codes of the held-out digits, (2000, k)."""
    _, log_var = vae.encoder.predict(digits.x_test, batch_size=500, verbose=0)
    return np.exp(0.5 * log_var)


vaes, mean_sigma = {}, {}
for name, kl_weight in [("generation loss alone", 0.0), ("with the KL loss", 1e-3)]:
    keras.utils.set_random_seed(3)
    vae = vaes[name] = VAE(latent_dim=2, kl_weight=kl_weight, seed=3)
    optimizer, _ = cosine(steps=63 * epochs)
    vae.compile(optimizer, precision="auto")  # Shorter numbers in products, where that pays.
    mean_sigma[name] = [float(sigmas(vae).mean())]
    for epoch in range(epochs):
        vae.fit(digits.x_train, batch_size=128, verbose=0)
        mean_sigma[name].append(float(sigmas(vae).mean()))
        print(f"{name}, epoch {epoch + 1}: mean sigma {mean_sigma[name][-1]:.4f}")

# %%
curves = {name: (np.arange(epochs + 1), values) for name, values in mean_sigma.items()}
figure = plot_curves(
    curves, title="Mean sigma of the codes", x_label="epochs", y_label="mean sigma"
)
ticks = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]
figure.axes[0].set(yscale="log", xticks=np.arange(0, epochs + 1, 1 + epochs // 10))
figure.axes[0].set_yticks(ticks, [f"{tick:g}" for tick in ticks])
figure.axes[0].set_yticks([], minor=True)
figure.axes[0].set_ylim(0.8 * min(map(min, mean_sigma.values())), 1.5)
show(
    figure,
    "Mean sigma after each epoch, on a logarithmic axis. Both curves start near 1. With "
    "the generation loss alone it falls from the first epoch on, and ends several times lower than "
    "with the KL loss, where it stays near 1 at first.",
)

# %% [markdown]
# Both start near 1, since the two heads of a new encoder give numbers near 0. With the generation loss alone $\sigma$ falls from the first epoch on, and ends several times lower. The KL loss holds it near 1 at first, while the means are still close together. Not for good: the lecture gives it a small weight, and with longer training both fall further (section 2).
#
# And that is not all. A sigma is small or large only in comparison with the distances between the means.

# %%
rows = []
means = {}
for name, vae in vaes.items():
    means[name], _ = vae.encoder.predict(digits.x_test, batch_size=500, verbose=0)
    spread, sigma = means[name].std(axis=0).mean(), mean_sigma[name][-1]
    rows.append([name, sigma, spread, f"{sigma / spread:.1%}"])
show_table(["trained", "mean sigma", "spread of the means", "sigma in spreads"], rows)

# %% [markdown]
# The encoder has two ways to get rid of the noise: make it small, or move the codes so far apart that it does not matter. It takes both.
#
# **Why?** Noise can only hurt the reconstruction: the decoder is asked for the same image from another code each time. Make the noise larger and smaller, and nothing else.
#
# **Predict before you run:** at which amount of noise is the loss lowest?

# %%
batch = digits.x_train[:512]
mu, log_var = (ops.convert_to_tensor(part) for part in vaes["generation loss alone"].encoder(batch))
eps = keras.random.normal(mu.shape, seed=3)
decoder = vaes["generation loss alone"].decoder
rows = []
for factor in [0.0, 0.5, 1.0, 2.0, 4.0, 8.0]:
    noisy = mu + factor * ops.exp(0.5 * log_var) * eps
    rows.append([f"{factor:g} sigma", float(generation_loss(batch, decoder(noisy)))])
show_table(["noise", "generation loss, nats a pixel"], rows)

# %% [markdown]
# Much noise makes the loss higher, and no amount makes it lower. An encoder with $\sigma = 0$ is an ordinary autoencoder, and that is where the generation loss alone leads.
#
# ## 2. Dots and shadows
#
# A code is a Gaussian: a dot at $\mu$ and a shadow of size $\sigma$ around it. Four epochs are few, so from here on we look at two networks of the same kind that were trained for longer, as the course ships them. Below are 2,000 of the digits that they were trained on, in the square where a code from $\mathcal N(0, I)$ nearly always falls.

# %%
names = {
    "generation loss alone": "vae_digits_k2_lambda_0",
    "with the KL loss": "vae_digits_k2_lambda_0.001",
}
vaes = {name: load_vae(checkpoint) for name, checkpoint in names.items()}
gaussians, rows = {}, []
some, noise = digits.x_test[:1000], np.random.default_rng(4).normal(size=(1000, 2))
figure, axes = new_figure(2, width=13.0, height=6.6)
for axis, (name, vae) in zip(axes, vaes.items()):
    mu, log_var = vae.encoder.predict(digits.x_train, batch_size=500, verbose=0)
    sigma = np.exp(0.5 * log_var)
    gaussians[name] = mu, sigma
    plot_codes(mu[:2000], shadows=(mu[:2000], sigma[:2000]), axes=axis, title=name)
    axis.set_aspect("equal", adjustable="box")
    axis.set(xlim=(-4, 4), ylim=(-4, 4))
    some_mu, some_log_var = vae.encoder.predict(some, verbose=0)
    drawn = some_mu + np.exp(0.5 * some_log_var) * noise
    losses = [generation_loss(some, vae.decoder.predict(z, verbose=0)) for z in (drawn, some_mu)]
    rows.append([name, sigma.mean(), mu.std(axis=0).mean(), *map(float, losses)])
    print(f"{name}: {read_card(names[name])['recipe']}")
show(
    figure,
    "Two planes of codes from -4 to 4. Trained with the generation loss alone, few dots lie there, "
    "without any shadow that could be seen. With the KL loss the dots crowd around the origin, those "
    "to the right and below with wide shadows that overlap, those at the left with shadows hardly "
    "larger than the dots.",
)
show_table(
    ["trained", "mean sigma", "spread of the means", "loss from a draw", "loss from the mean"], rows
)

# %% [markdown]
# On the left, specks in a **void**: most of the codes lie outside of the picture, and their shadows are five thousand times smaller than their spread. On the right the codes crowd around the origin, with shadows drawn at one and two $\sigma$. They have become smaller with more training too, for the lecture's weight of the KL loss is small. To the right and below they overlap; at the left they are hardly larger than the dots.
#
# The last two columns are the generation loss of held-out digits, decoded from a draw and from the mean. Compare within a row. With the generation loss alone the two are equal: there is no noise left to speak of, and the VAE has become an **autoencoder**. With the KL loss the noise still costs something.
#
# ## 3. Who decodes the void
#
# Somebody without an image draws a code from $\mathcal N(0, I)$, and decodes it.
#
# **Predict before you run:** what will the two decoders make of the same ten codes?

# %%
draws = rng.normal(size=(1000, 2)).astype("float32")
pictures = {name: vae.decoder.predict(draws, verbose=0) for name, vae in vaes.items()}
show(
    plot_images(
        np.concatenate([images[:10] for images in pictures.values()]),
        columns=10,
        row_titles=list(vaes),
        title="Ten codes from N(0, I)",
    ),
    "Two rows of ten images, decoded from the same codes. With the generation loss alone about "
    "half are nearly the same grey blot, others further blots, one a 0; with the KL loss they are "
    "digits of many kinds, some of them malformed.",
)

# %% [markdown]
# Three numbers for that. How many of the thousand codes lie within two $\sigma$ of the code of a digit, where the decoder was trained? How much do the pictures differ from one another? And how far is each from the most similar digit?

# %%
known = digits.x_train.reshape(len(digits.x_train), -1)


def nearest(images):
    """Distance of each image to the training digit that is most like it, l_2 norm."""
    flat = np.asarray(images).reshape(len(images), -1)
    squares = (flat**2).sum(axis=1)[:, None] - 2 * flat @ known.T + (known**2).sum(axis=1)
    return np.sqrt(np.maximum(squares.min(axis=1), 0))


def in_sigmas(codes, mu, sigma):
    """Distance of each code to the nearest Gaussian, in that Gaussian's sigmas."""
    return np.array([np.linalg.norm((code - mu) / sigma, axis=1).min() for code in codes])


rows = []
for name, images in pictures.items():
    away = in_sigmas(draws, *gaussians[name])
    flat = images[:200].reshape(200, -1)
    differences = np.linalg.norm(flat[:, None] - flat[None], axis=-1)
    between = differences[np.triu_indices(200, 1)].mean()
    rows.append(
        [name, f"{np.mean(away < 2):.1%}", np.median(away), between, nearest(images).mean()]
    )
reconstructed = vaes["with the KL loss"].predict(digits.x_test, verbose=0)
rows.append(["(held-out digits, reconstructed)", "", "", "", nearest(reconstructed).mean()])
show_table(
    [
        "trained",
        "within 2 sigma",
        "median, in sigmas",
        "between two pictures",
        "to the nearest digit",
    ],
    rows,
)

# %% [markdown]
# And the void itself: of the thousand codes the six that are farthest from the code of any digit.

# %%
lonely = []
for name, images in pictures.items():
    mu, _ = gaussians[name]
    gaps = np.array([np.linalg.norm(code - mu, axis=1).min() for code in draws])
    lonely += [*images[np.argsort(-gaps)[:6]]]
show(
    plot_images(lonely, columns=6, row_titles=list(vaes), title="The loneliest codes, decoded"),
    "Two rows of six images. With the generation loss alone, a grey swirl that is no digit, six "
    "times nearly the same. With the KL loss strokes that resemble digits, most of them 0s, one "
    "broken.",
)

# %% [markdown]
# With the KL loss six codes in seven have a neighbour; without it one in a thousand has, and the decoder draws a place that it has never seen. So with it the pictures differ twice as much from one another, and are nearly as like a digit as reconstructions are. The KL loss does not forbid voids: one code in seven still falls into a gap, and where the gap is wide a digit may come out broken.
#
# ## 4. The KL loss
#
# So we ask for more: the Gaussian of every image shall be close to the one that a stranger draws from, $\mathcal N(0, I)$. [Lecture 1](01_distances.ipynb) has the measure for that, the divergence, and its closed form for Gaussians:
#
# $$D_\mathrm{KL}\big(\mathcal N(\mu, \sigma^2) \,\|\, \mathcal N(0, 1)\big) = \int q \log \frac{q}{p} = \underbrace{-\tfrac12 - \tfrac12 \log 2\pi\sigma^2}_{\int q \log q} + \underbrace{\tfrac12 \log 2\pi + \tfrac12 (\mu^2 + \sigma^2)}_{-\int q \log p} = -\tfrac12 \big(1 + \log\sigma^2 - \mu^2 - \sigma^2\big).$$
#
# Here, as in papers, $q$ is the encoder's Gaussian and $p$ the stranger's. Lecture 1, section 8, called them $p$ and $q$; the order is the same, the encoder's Gaussian first. Only two facts are needed: the mean of $z^2$ under $q$ is $\mu^2 + \sigma^2$, and the mean of $(z - \mu)^2$ is $\sigma^2$.
#
# > **Loose on the slide.** It writes $p(z)$ for the encoder's Gaussian, as our lecture 1 did for any. It is $q(z \mid x)$: each image has one of its own, and the loss is a mean over images.

# %%
from course.vae.losses import kl_loss  # inline

# %% [markdown]
# Check it against draws. The divergence is the mean of $\log q(z) - \log p(z)$ over codes $z$ from $q$; we draw 100,000 of them for the Gaussian of one held-out digit.

# %%
mu, log_var = (np.asarray(part) for part in vaes["with the KL loss"].encoder(digits.x_test[:1]))
sigma = np.exp(0.5 * log_var)
eps = rng.normal(size=(100_000, 2))
z = mu + sigma * eps
log_ratios = np.sum(-0.5 * eps**2 - np.log(sigma) + 0.5 * z**2, axis=1)  # The 2 pi cancel.
error = log_ratios.std() / np.sqrt(len(log_ratios))
print(f"mu {mu[0]}, sigma {sigma[0]}")
print(f"100,000 draws:  {log_ratios.mean():.4f} +- {error:.4f} nats")
print(f"closed form:    {kl_gaussian(mu, log_var)[0]:.4f} nats, summed over k")
print(f"kl_loss:        {float(kl_loss(mu, log_var)):.4f} nats a dimension, the mean over k")

# %% [markdown]
# What it does to a code, its two forces say.

# %%
sigma, mu = np.linspace(0.05, 2.5, 200), np.linspace(-2.5, 2.5, 200)
curves = {
    "of sigma, at mu = 0": (sigma, 0.5 * (sigma**2 - 1) - np.log(sigma)),
    "of mu, at sigma = 1": (mu, 0.5 * mu**2),
}
show(
    plot_curves(curves, title="KL loss of one dimension", x_label="sigma, or mu", y_label="nats"),
    "Two curves. As a function of sigma the loss is 0 at sigma 1 and rises without bound towards "
    "sigma 0; as a function of mu it is a parabola with its lowest point at 0.",
)

# %% [markdown]
# Towards $\sigma = 0$ it rises without bound, so no shadow can vanish. And the further out a mean lies, the more it costs, so lonely islands are dear.
#
# ## 5. Both at once
#
# $$\mathrm{Loss} = \mathrm{GenLoss} + \lambda \cdot \mathrm{KLLoss}, \qquad \lambda = 10^{-3} \text{ in the slides.}$$

# %%
from course.vae.losses import vae_loss  # inline

# %% [markdown]
# The slides put it into a layer, which passes the reconstruction on and notes the loss. A model that holds the layer can be trained by `fit` with no loss and no labels.

# %%
from course.vae.losses import LossLayer  # inline

# %%
vae = vaes["with the KL loss"]
model = connect_modules(vae.encoder, vae.decoder, kl_weight=1e-3, seed=3)
images = digits.x_test[:256]
reconstructions = model(images)
(noted,) = model.losses
mu, log_var = vae.encoder(images)
print(f"noted by the layer:  {float(noted):.6f}")
print(f"vae_loss:            {float(vae_loss(images, reconstructions, mu, log_var)):.6f}")

# %% [markdown]
# ## 6. Means against sums
#
# A VAE is more than two losses that were added up. For an image $x$, any encoder and any decoder,
#
# $$\log p(x) \;\ge\; \mathbb E_{z \sim q(z \mid x)} \big[\log p(x \mid z)\big] - D_\mathrm{KL}\big(q(z \mid x) \,\|\, p(z)\big).$$
#
# The right side is the **evidence lower bound** or ELBO; we use it without its proof. A VAE makes it as large as it can, and with it the probability of the images. One draw of $z$ stands for the mean $\mathbb E$. If each pixel is black or white, and white with the probability $\hat x$ that the decoder gives, then $-\log p(x \mid z)$ is the summed cross-entropy, so
#
# $$-\mathrm{ELBO} = \underbrace{\textstyle\sum_\text{pixels} \text{cross-entropy}}_{784 \times \mathrm{GenLoss}} + \underbrace{\textstyle\sum_\text{dimensions} D_\mathrm{KL}}_{k \times \mathrm{KLLoss}}.$$
#
# Our pixels are grey, so for us the number is a score, and not strictly a bound. It has sums where the lecture has means. So times 784, the lecture's loss is
#
# $$784 \, (\mathrm{GenLoss} + \lambda \, \mathrm{KLLoss}) = \textstyle\sum_\text{pixels} \text{cross-entropy} + \beta \sum_\text{dimensions} D_\mathrm{KL}, \qquad \beta = \frac{784 \, \lambda}{k}.$$
#
# **Predict before you run:** what is $\beta$ for $\lambda = 10^{-3}$ and $k = 2$? Is the KL part weaker or stronger than in the ELBO?

# %%
cross_entropy, divergence = negative_elbo(images, reconstructions, mu, log_var)
beta = 784 * 1e-3 / 2
reconstructions = np.asarray(reconstructions)  # Both sides cut probabilities off at 1e-7.
left = 784 * float(vae_loss(images, reconstructions, mu, log_var, kl_weight=1e-3))
right = cross_entropy.mean() + beta * divergence.mean()
print(f"784 * loss = {left:.3f},   sum over pixels + {beta:.3f} * sum over k = {right:.3f}")
show_table(
    ["k", "lambda", "beta", "lambda that makes beta 1"],
    [[k, weight, 784 * weight / k, k / 784] for k in (2, 16) for weight in (1e-3, 1e-2)],
)

# %% [markdown]
# With two dimensions the lecture's $\lambda$ is a $\beta$ of 0.392: the ELBO would weigh the divergence two and a half times as much. And with the same $\lambda$, a code of 16 dimensions feels an eighth of it. Whoever compares a $\lambda$ from one notebook with a $\beta$ from another must first ask: mean or sum, over what?
#
# What other values of $\lambda$ do is the subject of [lecture 4](04_vae_training.ipynb).
#
# ## Summary
#
# - The generation loss is the cross-entropy between image and reconstruction. Alone it drives $\sigma$ towards 0 and the means apart: the VAE becomes an autoencoder, with a void between its codes.
# - The KL loss is $-\tfrac12(1 + \log\sigma^2 - \mu^2 - \sigma^2)$: it keeps $\sigma$ from vanishing and the means near the origin, so that a code drawn from $\mathcal N(0, I)$ meets a decoder that knows the place.
# - The lecture's losses are means. Times 784 they are a negative ELBO whose divergence is weighed by $\beta = 784 \lambda / k$.
#
# ## Questions
#
# 1. Somebody initialises the head for `log_var` so that $\sigma = e^{-5}$ at the start, and trains with the generation loss alone. Is $\sigma$ going to grow?
# 2. The generation loss is replaced by the *sum* over pixels, and $\lambda$ stays $10^{-3}$. Which $\lambda$ would give the old balance?
# 3. For which images is $D_\mathrm{KL}$ of a well-trained VAE largest: for those near the origin, or for those far out? Which digits are these ([lecture 2](02_vae_networks.ipynb), section 5)? Check it with the table of [lecture 4](04_vae_training.ipynb), section 4.
# 4. In the first table of section 1, $\sigma$ is given in spreads of the means. Why would $\sigma$ alone be no fair measure of the noise that the decoder sees?
#
# Next: [lecture 4, training](04_vae_training.ipynb). In [assignment a2_vae](../assignments/a2_vae/a2_vae.ipynb) you write both losses.
