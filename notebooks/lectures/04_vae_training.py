# %% [markdown]
# # Lecture 4: Training a variational autoencoder
#
# Three networks and two losses lie ready. This lecture connects them, trains them, and reads the curves. Then it turns the knob that makes a VAE what it is: $\lambda$, the weight of the KL loss.

# %%
TRAIN_FROM_SCRATCH = False  # True trains all 50 epochs in section 2: 5 to 15 minutes.
FULL_MNIST = False  # True takes all 60,000 digits, downloaded once; an epoch takes 7 times as long.

# %%
import course.backend  # TensorFlow, without its start-up messages
import keras
import numpy as np
import tensorflow as tf

from course.checkpoints import load_vae, read_card
from course.data import load_images
from course.diagnostics import active_units, kl_per_dimension, negative_elbo
from course.explorers import explore_lambda
from course.plots import COLORS, new_figure, plot_curves, plot_images
from course.show import show, show_table
from course.vae.decoder import build_decoder
from course.vae.encoder import build_encoder
from course.vae.losses import LossLayer, vae_loss
from course.vae.recipes import RECIPES
from course.vae.sampling import Sampling, sample_latent

keras.utils.set_random_seed(4)
rng = np.random.default_rng(4)
digits = load_images("mnist" if FULL_MNIST else "digits")
print(digits.source)

# %% [markdown]
# ## 1. The modules, connected
#
# There are four: encoder, sampling and decoder from [lecture 2](02_vae_networks.ipynb), the loss layer from [lecture 3](03_vae_losses.ipynb).

# %%
from course.vae.model import connect_modules  # inline

# %%
encoder, decoder = build_encoder(latent_dim=2), build_decoder(latent_dim=2)
model = connect_modules(encoder, decoder, seed=4)


def shapes(tensors):
    """Shapes of one tensor or of several."""
    return ", ".join(str(tensor.shape) for tensor in keras.tree.flatten(tensors))


show_table(
    ["module", "output", "parameters"],
    [[layer.name, shapes(layer.output), f"{layer.count_params():,}"] for layer in model.layers]
    + [["all", shapes(model.output), f"{model.count_params():,}"]],
)

# %% [markdown]
# > **Old on the slide.** It gives the model a second input, `Input(tensor=K.random_normal(...))`, and its loss layer calls `add_loss(..., inputs=inputs)`. In Keras 3 an `Input` holds no numbers and `add_loss` takes no inputs. So the noise is drawn inside the sampling layer, anew for each batch, and images are the only input.
#
# **Predict before you run:** the networks are untrained. What is the loss, to two digits? [Lecture 2](02_vae_networks.ipynb), section 5, has the number.

# %%
batch = digits.x_train[:128]
reconstructions = model(batch)
print(f"loss of the untrained model: {float(model.losses[0]):.4f};   ln 2 = {np.log(2):.4f}")

# %% [markdown]
# Training is one step, again and again: run the networks forward, take the loss, send its gradient back through all of them, and let the optimiser move the weights of encoder *and* decoder.

# %%
from course.vae.model import vae_train_step  # inline

# %% [markdown]
# Ten steps on one batch, with the same noise each time, so that nothing but the weights changes.

# %%
practice = build_encoder(2), build_decoder(2)
before = [array for network in practice for array in network.get_weights()]
optimizer = keras.optimizers.RMSprop(1e-3)
eps = rng.normal(size=(128, 2)).astype("float32")
losses = [float(vae_train_step(*practice, optimizer, batch, eps)) for _ in range(10)]
after = [array for network in practice for array in network.get_weights()]
print("losses:", " ".join(f"{loss:.3f}" for loss in losses))
moved = sum(not np.array_equal(old, new) for old, new in zip(before, after))
print(f"arrays of weights that moved: {moved} of {len(before)}")

# %% [markdown]
# The loss falls, and every array of both networks has moved: the gradient went from the pixels through the decoder, through the sampling, into the encoder.
#
# ## 2. Training
#
# `fit` takes such a step for every batch of 128 images. An epoch is once through all of them. There are no labels, hence `None`; the optimiser is the lecture's, which `course.vae.recipes` keeps by that name.
#
# **Predict before you run:** after the first epoch, which will be smaller: the loss on the images it learns from, or the loss on the held-out ones?

# %%
epochs = 50 if TRAIN_FROM_SCRATCH else 1 if FULL_MNIST else 2
optimizer, words = RECIPES["lecture"](steps=epochs * -(-len(digits.x_train) // 128))
print(words)
model.compile(optimizer, jit_compile=False)
history = model.fit(
    digits.x_train,
    None,
    shuffle=True,
    epochs=epochs,
    batch_size=128,
    validation_data=(digits.x_test, None),
    verbose=2,
).history
trained_on = float(model.evaluate(digits.x_train, None, batch_size=500, verbose=0))
print(f"now, on the images that it learns from: {trained_on:.4f}")

# %% [markdown]
# The held-out images seem easier, and by far. They are not: `loss` is a mean over the epoch, while the weights were still moving, and `val_loss` is measured at its end. Measured at the same moment, as in the last line, the two are nearly the same after two epochs. On the slide it looks even stranger: 0.6717 against 0.2194. There the decoder ends in relu, which starts with a much higher loss than ours ([lecture 2](02_vae_networks.ipynb), section 4).
#
# How does this compare with the slide? It trains on 60,000 digits, so its epoch has 469 steps. An epoch of ours has 63.

# %%
record = read_card("vae_histories")
ours, quick = record["lecture"], record["cosine"]
rows = [
    ["slide, epoch 1", "60,000", "469", 0.6717, 0.2194],
    ["ours, epoch 1", "8,000", "63", ours["loss"][0], ours["val_loss"][0]],
    ["ours, epoch 8", "8,000", "504", ours["loss"][7], ours["val_loss"][7]],
    ["slide, epoch 50", "60,000", "23,450", 0.1837, 0.1858],
    ["ours, epoch 50", "8,000", "3,150", ours["loss"][-1], ours["val_loss"][-1]],
]
show_table(["run", "digits", "steps", "loss", "held-out loss"], rows)
print("ours, a recorded run from another start than the one above:", ours["recipe"])

# %% [markdown]
# What counts is the number of steps, not of epochs: after 504 of them our held-out loss is 0.227, after 469 the slide's is 0.219; after our first epoch it was 0.283. At the end the slide has taken seven times as many steps, so compare only the gap between the two losses. With 8,000 digits the loss on held-out ones stays 0.006 above that on known ones; on the slide it is 0.002. A network that has seen fewer digits knows them better than it knows the others.
#
# ## 3. Fifty epochs, and twenty
#
# Fifty epochs of the lecture's recipe took more than three hours on the lecture's machine: 231 s an epoch of 60,000 digits. Must it be fifty? RMSprop keeps its learning rate to the end. **Adam** with a schedule starts low, since early steps are wild, goes up to a higher rate, and cools down to 0.

# %%
from course.vae.recipes import cosine  # inline

# %%
optimizer, words = cosine(steps=20 * 63)
steps = np.arange(20 * 63)
rates = np.array([float(optimizer._learning_rate(step)) for step in steps])
show(
    plot_curves(
        {"cosine": (steps, rates), "lecture": (steps, np.full(len(steps), 1e-3))},
        title="Learning rates over 20 epochs",
        x_label="step",
        y_label="learning rate",
    ),
    "The learning rate of the cosine recipe rises to 0.002 in 100 steps and falls along a cosine "
    "to 0 at step 1,260; the lecture's stays at 0.001.",
)

# %% [markdown]
# **Predict before you run:** the cosine recipe gets 20 epochs, the lecture's 50. Which one ends lower?

# %%
curves = {}
for name, run in [("lecture", ours), ("cosine", quick)]:
    count = np.arange(1, len(run["val_loss"]) + 1)
    curves[f"{name}, held out"] = count, run["val_loss"]
    curves[f"{name}, training"] = count, run["loss"]
if TRAIN_FROM_SCRATCH:
    curves["this run, held out"] = np.arange(1, epochs + 1), history["val_loss"]
figure = plot_curves(curves, title="Loss by epoch, 8,000 digits", x_label="epoch", y_label="loss")
figure.axes[0].set(ylim=(0.185, 0.245))
show(
    figure,
    "Losses by epoch. The lecture's recipe falls until epoch 50, its held-out curve with many "
    "small jumps. The cosine recipe falls faster and smoothly, and ends at epoch 20 where the "
    "other is at epoch 50.",
)

# %%
show_table(
    ["recipe", "epochs", "loss", "held-out loss"],
    [
        [
            run["recipe"].partition(", batch")[0],
            len(run["loss"]),
            run["loss"][-1],
            run["val_loss"][-1],
        ]
        for run in (ours, quick)
    ],
)
for run in (ours, quick):
    risen = np.sum(np.diff(run["val_loss"]) > 0)
    print(
        "from one epoch to the next the held-out loss rose "
        f"{risen} of {len(run['val_loss']) - 1} times"
    )

# %% [markdown]
# Twenty epochs are enough. The lecture's curve jumps up and down at the end: at a constant rate the weights walk around the place they look for, and the last epoch may be a lucky or an unlucky one. Cooled down, they settle.
#
# ## 4. The loss in nats
#
# 0.19: of what? Times 784, the generation loss is nats an image, and with the divergence it makes the negative ELBO ([lecture 3](03_vae_losses.ipynb), section 6). We compute it for each held-out digit, with the VAE that the course ships.
#
# **Predict before you run:** which digit, from 0 to 9, costs the least?


# %%
def parts_of(vae, images):
    """Cross-entropy and divergence in nats, (n,) each; means, log variances, images again."""
    mu, log_var = vae.encoder.predict(images, batch_size=500, verbose=0)
    z = sample_latent(mu, log_var, rng.normal(size=mu.shape).astype("float32"))
    reconstructions = vae.decoder.predict(np.asarray(z), batch_size=500, verbose=0)
    return *negative_elbo(images, reconstructions, mu, log_var), mu, log_var, reconstructions


held_out, labels = digits.x_test[:2000], digits.y_test[:2000]
vae = load_vae("vae_digits_k2")
cross_entropy, divergence, _, _, reconstructions = parts_of(vae, held_out)
bound = cross_entropy + divergence
rows = [
    [name, cross_entropy[those].mean(), divergence[those].mean(), bound[those].mean()]
    for name, those in [*((str(d), labels == d) for d in range(10)), ("all", labels >= 0)]
]
show_table(["digit", "cross-entropy", "divergence", "-ELBO, nats an image"], rows)

# %%
order = np.argsort(bound)
picked = [*order[:6], *order[-6:]]
show(
    plot_images(
        np.concatenate([held_out[picked], reconstructions[picked]]),
        [f"{bound[i]:.0f}" for i in picked] + [""] * 12,
        columns=12,
        row_titles=["held out", "redrawn"],
        title="The cheapest and the dearest, in nats an image",
    ),
    "The six cheapest held-out digits, all of them ones and redrawn well, and the six dearest, "
    "thick or unusual digits, most of them redrawn as another digit.",
)

# %% [markdown]
# A one is cheap: few white pixels, and they stand where the code says. The dearest are those that two numbers cannot tell: the decoder draws another digit and pays for every wrong pixel.
#
# How good could it be? Even a perfect copy does not cost 0, for a grey pixel has a cross-entropy with itself.

# %%
floor, _ = negative_elbo(held_out, held_out, np.zeros((2000, 1)), np.zeros((2000, 1)))
print(f"cross-entropy of the digits with themselves: {floor.mean():.1f} nats an image")

# %% [markdown]
# Of the 147 nats 46 nobody can avoid. The other 101 are what the two numbers leave unsaid about an image. What they do say costs 8 nats: that is the divergence, the price of knowing more than $\mathcal N(0, I)$.
#
# ## 5. The lambda lab
#
# The course ships the same VAE trained for 20 epochs with several $\lambda$, for codes of $k = 2$ and of $k = 16$ numbers.
#
# **Predict before you run:** as $\lambda$ grows, what becomes of the cross-entropy, and of the divergence? And at which $\beta = 784 \lambda / k$ should the sum of both be smallest?

# %%
names = {
    2: {
        0.0: "vae_digits_k2_lambda_0",
        1e-3: "vae_digits_k2_lambda_0.001",
        1e-2: "vae_digits_k2_lambda_0.01",
        1e-1: "vae_digits_k2_lambda_0.1",
    },
    16: {weight: f"vae_digits_k16_lambda_{weight:g}" for weight in (1e-4, 1e-3, 1e-2, 1e-1)},
}
vaes, codes, pictures, rows = {}, {}, {}, []
for k, by_weight in names.items():
    for weight, name in by_weight.items():
        vaes[k, weight] = load_vae(name)
        *parts, mu, log_var, pictures[k, weight] = parts_of(vaes[k, weight], held_out)
        codes[k, weight] = mu, log_var
        reconstruction, divergence = (part.mean() for part in parts)
        units = f"{active_units(mu).sum()} of {k}"
        sizes = [reconstruction, divergence, reconstruction + divergence]
        rows.append([k, f"{weight:g}", f"{784 * weight / k:.3g}", *sizes, units])
show_table(["k", "lambda", "beta", "cross-entropy", "divergence", "-ELBO", "active units"], rows)

# %% [markdown]
# From $\lambda = 0.001$ on it is a trade: more $\lambda$, less divergence, more cross-entropy. For both $k$ the sum is smallest where $\beta$ is nearest to 1, for there 784 times the lecture's loss is closest to the negative ELBO. With 16 numbers an image then costs 122 nats, 35 less than with two.
#
# And below? With hardly any pull one would expect the best reconstructions, and they are not. Has the network overfitted?

# %%
show_table(
    ["lambda, k = 16", "loss on its own digits", "held-out loss"],
    [
        [f"{weight:g}", card["training_loss"], card["held_out"]["loss"]]
        for weight, card in [(weight, read_card(name)) for weight, name in names[16].items()]
    ],
)

# %% [markdown]
# No: with $\lambda = 0.0001$ the loss is higher on the digits that it learned from, too. Twenty epochs did not get as far. We come back to what those codes look like.
#
# The column 'active units' of the first table counts the dimensions whose mean reacts to the image, by the usual rule: its variance is above 0.01.
#
# ### Dimension by dimension
#
# The divergence is a sum over dimensions. **Predict before you run:** when it shrinks, do all 16 give up a share, or do some give up everything?

# %%
figure, panels = new_figure(4, width=13, height=3.6)
rows = []
for axes, weight in zip(panels, names[16]):
    nats = np.sort(kl_per_dimension(*codes[16, weight]))[::-1]
    axes.bar(np.arange(1, 17), nats, color=COLORS["blue"])
    axes.set(
        title=f"lambda = {weight:g}", xlabel="dimension, sorted", yscale="log", ylim=(0.01, 30)
    )
    rows.append([f"{weight:g}", nats.sum(), nats.max(), np.median(nats), nats.min()])
panels[0].set_ylabel("divergence in nats")
show(
    figure,
    "Four bar charts of the divergence of 16 dimensions, on a logarithmic axis. With lambda 0.0001 "
    "the bars go from 19 to 6, with 0.001 from 4.7 to 2.8, with 0.01 from 2.2 to 1.4. With lambda "
    "0.1 four bars of about 1 are left, and twelve from 0.3 down to 0.",
)
show_table(["lambda, k = 16", "sum", "largest", "median", "smallest"], rows)

# %% [markdown]
# Up to $\lambda = 0.01$ all shrink together, each time to about half or less. At 0.1 it is another picture: four dimensions keep 0.8 to 1.3 nats each, and the other twelve share 1.2.
#
# ### Posterior collapse
#
# This has a name. The **posterior** of an image is the law of its codes, $p(z \mid x)$. The encoder's Gaussian $q(z \mid x)$ stands in for it, and goes by its name. It has **collapsed** where it is $\mathcal N(0, 1)$ for every image: then it says nothing about the image, costs nothing, and the decoder learns not to listen.
#
# **Predict before you run:** we replace one entry of 200 codes by a fresh draw from $\mathcal N(0, 1)$. How far do the images move, for a dimension that is alive and for one that is not?

# %%
mu, log_var = codes[16, 0.1]
nats = kl_per_dimension(mu, log_var)
some = mu[:200]
redrawn = vaes[16, 0.1].decoder.predict(some, verbose=0)


def moved_by(dimension):
    """Mean l_2 distance that images move if one entry of their codes is drawn anew."""
    changed = some.copy()
    changed[:, dimension] = rng.normal(size=len(some))
    images = vaes[16, 0.1].decoder.predict(changed, verbose=0)
    return np.sqrt(np.sum((images - redrawn) ** 2, axis=(1, 2, 3))).mean()


order = np.argsort(-nats)
show_table(
    ["dimension", "divergence", "variance of mu", "mean sigma", "images move by"],
    [
        [int(d) + 1, nats[d], mu[:, d].var(), np.exp(0.5 * log_var[:, d]).mean(), moved_by(d)]
        for d in [*order[:4], *order[-4:]]
    ],
)

# %% [markdown]
# Where a dimension is alive, its $\sigma$ is small and the image follows. In the last four rows $\sigma$ is nearly 1, $\mu$ stays near 0, and the decoder hardly looks. The rule of 0.01 still calls all 16 active: twelve of them carry almost no information. A rule has a threshold; look at the numbers behind it.
#
# With $k = 2$ and $\lambda = 0.1$, a $\beta$ of 39, nothing is left.

# %%
mean_digit = digits.x_train.mean(axis=0)


def l2(images, others):
    """Mean l_2 distance of images to others."""
    return np.sqrt(np.sum((images - others) ** 2, axis=(1, 2, 3))).mean()


show_table(
    ["lambda, k = 2", "redrawn, to the image", "redrawn, to the mean of all digits"],
    [
        [f"{weight:g}", l2(pictures[2, weight], held_out), l2(pictures[2, weight], mean_digit)]
        for weight in names[2]
    ],
)
show(
    plot_images(
        np.concatenate([held_out[:8], pictures[2, 0.1][:8], [mean_digit] * 8]),
        columns=8,
        row_titles=["held out", "redrawn, lambda = 0.1", "mean of all digits"],
    ),
    "Three rows of eight: digits; their reconstructions with lambda 0.1, all the same grey blur; and "
    "the mean of all digits, which is that blur.",
)

# %% [markdown]
# Whatever goes in, the mean of all digits comes out: without a code, that is the best guess. Nothing raises an error: a collapsed VAE trains and decodes like any other. What gives collapse away is the divergence of each dimension. Print it.
#
# ### What codes from the prior give
#
# So a small $\lambda$ is better? For redrawing, yes, down to 0.001. But somebody without an image draws from $\mathcal N(0, I)$, and decodes that.
#
# **Predict before you run:** ten digits are redrawn, and ten codes from $\mathcal N(0, I)$ are decoded, for each $\lambda$. Which one redraws best, and which one has the best samples?

# %%
show(
    plot_images(
        np.concatenate([held_out[:10], *(pictures[16, weight][:10] for weight in names[16])]),
        columns=10,
        row_titles=["held out", *(f"lambda = {weight:g}" for weight in names[16])],
        title="Redrawn, k = 16",
    ),
    "Ten digits and their reconstructions. With lambda 0.001 and 0.01 most are close to the digits; "
    "with 0.0001 they are softer, and two have become another digit; with 0.1 they are blurred, and "
    "some have become another digit.",
)
draws = {k: rng.normal(size=(500, k)).astype("float32") for k in names}
samples = {
    (k, weight): vae.decoder.predict(draws[k], verbose=0) for (k, weight), vae in vaes.items()
}
show(
    plot_images(
        np.concatenate([samples[16, weight][:10] for weight in names[16]]),
        columns=10,
        row_titles=[f"lambda = {weight:g}" for weight in names[16]],
        title="The same ten codes from N(0, I), k = 16",
    ),
    "Ten samples for each lambda. 0.0001: grey clouds, hardly a digit. 0.001: fragments of digits. 0.01: "
    "strokes, about half of them digits. 0.1: blurred, and nearly all of them digits.",
)

# %% [markdown]
# Why? The decoder knows the codes of images. Are those spread like $\mathcal N(0, I)$? We draw one code for each digit, and look at the dimension with the largest divergence: a histogram of the **aggregated** posterior, over all images at once.

# %%
axis = np.linspace(-6, 10, 161)
density = np.exp(-0.5 * axis**2) / np.sqrt(2 * np.pi)
figure, panels = new_figure(4, width=13, height=3.6)
for axes, weight in zip(panels, names[16]):
    mu, log_var = codes[16, weight]
    z = mu + np.exp(0.5 * log_var) * rng.normal(size=mu.shape)
    largest = z[:, np.argmax(kl_per_dimension(mu, log_var))]
    axes.hist(largest, bins=axis[::5], density=True, color=COLORS["blue"], alpha=0.4, label="codes")
    plot_curves({"N(0, 1)": (axis, density)}, axes=axes, title=f"lambda = {weight:g}", x_label="z")
    axes.set(ylim=(0, 0.6))
panels[0].set_ylabel("density")
panels[0].legend(loc="upper left")
show(
    figure,
    "Histograms of one dimension over all digits, with the density of N(0, 1). With lambda 0.0001 "
    "the codes lie around 5 and miss it; with 0.001 they are wider and shifted; with 0.01 and 0.1 "
    "they follow it closely.",
)

# %% [markdown]
# Four numbers for each VAE, in a table: the standard deviation of all codes, which is 1 for $\mathcal N(0, I)$; how far reconstructions and samples are in $\ell_2$ from the *training* digit that is most like each; and the **variety** of the samples, the standard deviation of a pixel over 500 of them. A small distance is not everything: it does not tell fragments from strokes, and likes what is blurred.

# %%
known = digits.x_train[:8000].reshape(-1, 784)


def nearest(images):
    """Mean distance of images to the training digit that is most like each, l_2 norm."""
    flat = np.asarray(images).reshape(len(images), -1)
    squares = (flat**2).sum(axis=1)[:, None] - 2 * flat @ known.T + (known**2).sum(axis=1)
    return np.sqrt(np.maximum(squares.min(axis=1), 0)).mean()


rows = []
for (k, weight), (mu, log_var) in codes.items():
    spread = np.sqrt(mu.var(axis=0) + np.exp(log_var).mean(axis=0)).mean()
    variety = samples[k, weight].std(axis=0).mean()
    distances = [nearest(pictures[k, weight][:500]), nearest(samples[k, weight])]
    rows.append([k, f"{weight:g}", spread, *distances, variety])
show_table(
    ["k", "lambda", "spread of all codes", "redrawn, to a digit", "sample, to a digit", "variety"],
    rows,
)

# %% [markdown]
# With $\lambda = 0.0001$ the codes are on average 2.3 times as wide as $\mathcal N(0, I)$, and in the worst dimension they lie beside it. A code from the prior falls where the decoder was never trained, and the samples are nearly twice as far from any digit as the reconstructions. The more $\lambda$ grows, the better the codes of all digits together fill $\mathcal N(0, I)$; with $k = 16$ and 0.1 the samples are nearest to known digits, and the reconstructions farthest. With $k = 2$ and 0.1 all samples are one: the mean digit.
#
# No $\lambda$ is best at everything. What it should be depends on what the VAE is for: to redraw, to sample, or to compare bounds on a probability.
#
# ### Turn the knob
#
# **Predict before you move:** here $k = 2$. At which of the four $\lambda$ will the samples look most like digits?

# %%
explorer = explore_lambda({f"{weight:g}": name for weight, name in names[2].items()}, held_out)

# %% [markdown]
# ## Summary
#
# - Encoder, sampling, decoder and loss layer make one model; `fit` takes a step of gradient descent through all of them for each batch.
# - `loss` is a mean over an epoch in which the weights move, `val_loss` is measured after it. Steps count, not epochs.
# - With a rate that cools down, 20 epochs reach what the lecture's recipe reaches in 50.
# - In nats the loss has two readable parts: what the code says (divergence), and what it leaves unsaid (cross-entropy, of which the grey pixels themselves are 46).
# - $\lambda$ trades one for the other. Too little, and the codes from the prior are not those that the decoder was trained on; too much, and the posterior collapses, dimension by dimension.
#
# ## Questions
#
# 1. The held-out loss of the cosine recipe falls by less than 0.001 in its last five epochs. Would more epochs help? What would, for these 8,000 digits?
# 2. Collapse: is it the encoder's fault, the decoder's, or the loss's? What would you change first?
# 3. The table's best $-$ELBO and the best samples: are they at the same $\lambda$? Must they be?
# 4. In a paper you read $\beta = 4$ with sums over pixels and dimensions, for images of 64 x 64 pixels and $k = 32$. Which $\lambda$ is that, with the lecture's means?
# 5. `VAE(latent_dim=16, kl_weight=...)` from `course.vae.model` trains in five minutes. Which $\lambda$ would you try next?
#
# Next: [lecture 5, the latent space](05_latent_space.ipynb). In [assignment a2_vae](../assignments/a2_vae/a2_vae.ipynb) you write `vae_train_step`.
