# %% [markdown]
# # Lecture 9: Tricks
#
# [Lecture 8](08_gan_difficulties.ipynb) showed how a GAN fails. This one takes the slides' three tricks against it, learning rates, noise on the images, noise on the labels, and then the rest of a well-known list, and asks of each: does it help, and how would we know?

# %%
TRAIN_FROM_SCRATCH = False  # True trains the ring's 190 recorded runs again, about 15 minutes.

# %%
import course.backend  # TensorFlow, without its start-up messages
import functools
import math
from dataclasses import replace

import numpy as np
import tensorflow as tf

from course.data import load_images
from course.explorers import explore_gan_lab, explore_gan_runs
from course.gan.lab.digit_runs import load_digit_runs
from course.gan.lab.figure import LivePlot, draw_run
from course.gan.lab.ring_runs import RingRun, recorded_ring_runs
from course.gan.lab.settings import RING_SETTINGS, SEEDS, STEPS
from course.gan.model import logits_of
from course.gan.quality import nearest_neighbours
from course.gan.ring import RING_RECIPE
from course.plots import COLORS, new_figure, plot_curves, plot_images
from course.show import show, show_table

rng = np.random.default_rng(9)
digits = load_images()

# %% [markdown]
# ## 1. The lab
#
# To try a trick, we need a training that takes seconds. The data are points of the plane: eight narrow Gaussians on a ring. Both networks are small. `RingRun` trains them by a **recipe**, which has a switch for each trick, and from a seed.
#
# Three things can be counted here that cannot be on images: how many of the eight **modes** the samples cover, the **share** of samples that lie near one, and what the discriminator says at *every* place.
#
# **Predict before you run:** the generator starts in the middle. Will it reach the modes one after the other, or all at once?

# %%
run = RingRun(RING_RECIPE, seed=0)
run.train(STEPS, watch=LivePlot(every=500))
print(run)

# %% [markdown]
# The picture is drawn anew while the training goes on. You may interrupt it (the square in the toolbar): all that was done is kept, and `run.train(...)` goes on as if nothing had happened.
#
# Its last panel looks for the early warnings that practitioners watch: a discriminator's loss at 0 or jumping, gradients above 100, a generator's loss that falls steadily, for then it fools the discriminator with garbage.
#
# The modes come almost all at once: for some hundred steps the samples lie near none or one, then near nearly all.
#
# ### One run is an anecdote
#
# A trick that is switched on changes every number that comes after. So does another seed. A trick helps if it does more than the seed does.
#
# Each setting of this lecture has been trained with five seeds; the course ships the record of all of them. First a look at whether the record tells the truth: its row for seed 0, beside the run above.

# %%
record = recorded_ring_runs()


@functools.cache
def runs_of(name):
    """The five runs of a setting, from the record or from scratch: list of dictionaries."""
    if not TRAIN_FROM_SCRATCH:
        return record[name]["runs"]
    runs = []
    for seed in SEEDS:
        trained = RingRun(replace(RING_RECIPE, **RING_SETTINGS[name]), seed).train(STEPS)
        _, modes, share = zip(*trained.scores)
        lit = [sign.name for sign in trained.signs if sign.lit]
        runs.append({"seed": seed, "modes": modes, "share": share, "warnings": lit})
    return runs


recorded = record["plain"]["runs"][0]
every_five = range(4, 20, 5)
show_table(
    ["plain, seed 0", *(f"step {100 * (i + 1):,}" for i in every_five)],
    [
        ["modes, recorded", *(recorded["modes"][i] for i in every_five)],
        ["modes, now", *(run.scores[i][1] for i in every_five)],
        ["share, recorded", *(recorded["share"][i] for i in every_five)],
        ["share, now", *(round(run.scores[i][2], 3) for i in every_five)],
    ],
)

# %% [markdown]
# On the machine that made the record the rows are equal. On another the last digits of a sum differ, and a GAN makes much of little: the numbers part after some hundred steps, and end in the same region.
#
# Now all five seeds. We take the mean of the last five scores of a run, at steps 1,600 to 2,000, for samples jump about.


# %%
def finals(name):
    """Modes and share of a setting's runs, each (5,): means of the last five scores."""
    runs = runs_of(name)
    return [np.array([np.mean(run[key][-5:]) for run in runs]) for key in ("modes", "share")]


def spread(values):
    """The median of five runs, and from the smallest to the largest, in words."""
    return f"{np.median(values):.2f} ({values.min():.2f} to {values.max():.2f})"


modes, shares = finals("plain")
show_table(
    ["plain", *(f"seed {seed}" for seed in SEEDS), "median (from, to)"],
    [["modes", *modes, spread(modes)], ["share", *shares, spread(shares)]],
)

# %% [markdown]
# All five come to the eight modes, or miss one now and then. The share goes from 0.67 to 0.86, and nothing but the seed has changed. A trick that moves the share by a tenth, in one run, has shown nothing.
#
# ## 2. Trick 1: the learning rates
#
# The first advice of the slides is to tune the learning rates. A discriminator that learns too fast calls every fake a fake, and drives the generator into a few modes (lecture 8); one that learns too slowly has nothing useful to say.
#
# The generator's rate stays at 0.001, the discriminator's goes from 0.00003 to 0.03. **Predict before you run:** the plain recipe has both at 0.001. On which side of it is the fall steeper?

# %%
by_rate = {
    3e-5: "rate 3e-5",
    1e-4: "discriminator too slow",
    3e-4: "rate 3e-4",
    1e-3: "plain",
    3e-3: "rate 3e-3",
    1e-2: "rate 1e-2",
    3e-2: "discriminator too fast",
}
results = {rate: finals(name) for rate, name in by_rate.items()}
figure, panels = new_figure(2, width=11)
for axes, index, name in zip(
    panels, (0, 1), ("Modes covered, of 8", "Share of samples near a mode")
):
    for rate, values in results.items():
        apart = rate * np.linspace(0.85, 1.18, len(SEEDS))  # Or equal ones would hide each other.
        axes.scatter(apart, values[index], s=45, color=COLORS["blue"], alpha=0.7)
    axes.plot(
        list(results),
        [np.median(values[index]) for values in results.values()],
        color=COLORS["vermillion"],
        linestyle="--",
        label="median",
    )
    limits = (8.4, 1.02)[index]
    axes.set(xscale="log", title=name, xlabel="discriminator's rate", ylim=(-0.04 * limits, limits))
panels[0].legend(loc="lower right")
show(
    figure,
    "Modes covered and share of samples near a mode, against the discriminator's rate, five points "
    "a rate and a line through their medians. Both are high from 0.001 to 0.01. To the left they fall to one mode and to a share near "
    "0; to the right, at 0.03, the five points lie far apart.",
)
show_table(
    ["discriminator's rate", "modes, median (from, to)", "share, median (from, to)"],
    [[f"{rate:g}", spread(modes), spread(shares)] for rate, (modes, shares) in results.items()],
)

# %% [markdown]
# From the plain rate it falls to the left: at 0.0003 the samples lie less near, at 0.0001 the median is one mode. To the right there is room first, a plateau from 0.001 to 0.01. Beyond it the seeds no longer agree: at 0.03 the runs come to anything between one mode and seven.
#
# So the discriminator may well learn ten times faster than the generator, and not ten times slower. The plain recipe, with equal rates, stands at the lower edge. 'Carefully tune' means: look for the plateau, and go to the middle of it.
#
# What does too slow look like from inside?

# %%
slow = RingRun(replace(RING_RECIPE, discriminator_rate=1e-4), seed=0).train(STEPS)
show(draw_run(slow))

# %% [markdown]
# The discriminator says nearly 1/2 everywhere: it is behind. The generator runs to where it is a little brighter, the discriminator follows, and the generator is gone. Its accuracy swings up and down on both kinds.
#
# Look at the losses. Both stay near $\ln 2 = 0.69$, the grey line, which is where a perfect balance would have them. No warning that reads the losses or the gradients is lit. Who looks at the samples sees it at once.
#
# ## 3. Trick 2: noise on the images
#
# The second trick adds noise to the discriminator's images, real *and* fake, and lets it decay. The noise of step $t$ has standard deviation

# %%
from course.gan.tricks import noise_std  # inline

# %%
from course.gan.tricks import perturb_images  # inline

# %%
shown = (0, 500, 1000, 1500, 2000, 3000)
stds = [noise_std(step, 2000, 0.5) for step in shown]
show(
    plot_images(
        [perturb_images(digits.x_train[:8], std, rng)[i] for std in stds for i in range(8)],
        columns=8,
        row_titles=[f"step {step:,}: {std:.3g}" for step, std in zip(shown, stds)],
        title="Digits with the noise of a step",
    ),
    "Eight digits with noise of standard deviation 0.5 at step 0, hard to read but there, then "
    "less and less noise, and none at step 2,000 and after.",
)

# %% [markdown]
# Why should that help? Where real and fake points lie apart, a discriminator can be right about all of them, and the generator hears next to nothing, or a strong push that knows of no distance ([lecture 8](08_gan_difficulties.ipynb)). Noise smears both over one another.
#
# Take one real and one fake mode, both with the ring's standard deviation of 0.05, at a distance $d$. The best that anybody can do is to cut half-way: right with probability $\Phi(d / 2\sigma)$, where $\sigma^2$ is the sum of both variances, the mode's and the noise's.
#
# **Predict before you run:** two neighbours on the ring are 1.53 apart. How good is the best discriminator with noise of 0.5?


# %%
def best_accuracy(distance, spread):
    """Probability of being right half-way between two Gaussians of equal spread."""
    return 0.5 * (1 + math.erf(distance / spread / 2 / math.sqrt(2)))


noise = np.linspace(0, 1.5, 151)
curves = {
    f"distance {distance:g}": (
        noise,
        [best_accuracy(distance, math.hypot(0.05, std)) for std in noise],
    )
    for distance in (0.5, 1.53, 4.0)
}
show(
    plot_curves(
        curves,
        title="The best accuracy that there is",
        x_label="standard deviation of the noise",
        y_label="accuracy",
    ),
    "Three curves start at accuracy 1 without noise. At a distance of 0.5 it falls at once and is "
    "0.69 with noise of 0.5; at 1.53 it is 0.94 there; at 4 it stays near 1 until noise of 1.",
)
print(f"at 1.53 with noise of 0.5: {best_accuracy(1.53, math.hypot(0.05, 0.5)):.3f}")

# %% [markdown]
# Without noise a discriminator can be all but perfect at each of these distances. With noise it cannot between near modes, and how wrong it must be depends on the distance: so it tells how far there is to go. That is information for the generator. When the noise has decayed, the modes are sharp again.
#
# On images the same noise does less than it seems to. Two images differ in many pixels at once, and noise along the line between them is just one number.

# %%
_, distances = nearest_neighbours(digits.x_test[:500], digits.x_train)
d = np.median(distances)
print(f"median distance of a digit to the most similar one: {d:.2f}")
for std in (0.5, 2.0, 5.0):
    print(f"best accuracy between the two with noise of {std} a pixel: {best_accuracy(d, std):.6f}")

# %% [markdown]
# Between two similar digits a noise of 0.5, hard on our eyes, leaves a perfect discriminator as good as perfect. So on images the argument of overlap does not carry far. Section 7 has one run with it.
#
# Now the measurement on the ring: noise of 0.5, decaying to 0 over the 2,000 steps, in the plain training and in six that have trouble. One is like the collapse of lecture 8: the discriminator has a head start, of 500 steps here, and ten times the rate. In another it takes five steps for each of the generator. *Lecture's rates and optimiser* has RMSprop, rates five and ten times smaller, and uniform latent vectors, which were chosen for large networks: 2,000 such steps do not go far here. The last has batch norm in the discriminator; section 5 says why that fails.
#
# Five runs with the trick and five without make 25 pairs, and the table says how many of these the trick wins. If it did nothing, 23 or more, or 2 or fewer, would come up by chance in 3 cases of 100: the last column calls that *better* or *worse*, and all between is what seeds do. The tables of this lecture have 64 such cells: about two of them would say so by chance.
#
# **Predict before you run:** which of the seven will it help most?

# %%
situations = [
    "plain",
    "discriminator too fast",
    "head start of 500 and rate 1e-2",
    "discriminator too slow",
    "5 steps of D",
    "lecture's rates and optimiser",
    "batch norm, mixed batches",
]


def wins(without, with_it):
    """In how many of the 25 pairs of a run with and a run without the first is larger."""
    return np.sum(with_it[:, None] > without) + 0.5 * np.sum(with_it[:, None] == without)


def verdict(without, with_it):
    """The number of pairs won, with a word if chance alone would hardly give it."""
    won = wins(without, with_it)
    word = "better" if won >= 23 else "worse" if won <= 2 else ""
    return f"{won:g} {word}".strip()


def switch_table(trick):
    """Each situation without and with a trick: a table of modes and share."""
    rows = []
    for situation in situations:
        row = [situation]
        for without, with_it in zip(finals(situation), finals(f"{situation} + {trick}")):
            row += [spread(without), spread(with_it), verdict(without, with_it)]
        rows.append(row)
    heads = ["modes", f"with {trick}", "pairs won", "share", f"with {trick}", "pairs won"]
    show_table(["situation", *heads], rows)


switch_table("image noise")

# %% [markdown]
# One is cured. A discriminator with five steps for each of the generator's loses two modes or more in every run; with noise nearly all eight are there, and all 25 pairs are won. The price is sharpness: the share falls in all pairs.
#
# In the others it does no more than seeds do. The plain run has its modes without it. Too slow stays too slow, too fast stays too fast, with medians that are even lower. And batch norm's discriminator knows the fakes by something that the noise does not hide.
#
# ## 4. Trick 3: noise on the labels
#
# The third trick draws the targets. Not 1 for real, but a number from $U(0.7, 1.2)$; not 0 for fake, but one from $U(0, 0.3)$.

# %%
from course.gan.tricks import soft_labels  # inline

# %%
labels = np.repeat([1.0, 0.0], 5000)[:, None]
targets = soft_labels(labels, rng)
figure, (axes,) = new_figure(width=9, height=3.4)
bins = np.linspace(-0.05, 1.25, 53)
axes.hist(targets[labels == 1], bins, color=COLORS["blue"], label="real")
axes.hist(targets[labels == 0], bins, color=COLORS["vermillion"], hatch="//", label="fake")
axes.set(title="10,000 targets", xlabel="target", ylabel="number")
axes.legend()
show(
    figure,
    "Histogram of targets: fakes evenly between 0 and 0.3, real ones evenly between 0.7 and 1.2, a "
    "part of them above 1.",
)
print(f"means: real {targets[labels == 1].mean():.3f}, fake {targets[labels == 0].mean():.3f}")
print(f"real targets above 1: {np.mean(targets[labels == 1] > 1):.1%}")

# %% [markdown]
# > **Loose on the slide.** Binary cross-entropy compares two probabilities, and 1.2 is none. In terms of the logit $\ell$ the loss is $\log(1 + e^\ell) - t \ell$ for the target $t$, which can be computed for any $t$. What is it like for 1.2?
#
# **Predict before you run:** where is the smallest loss for $t = 0.95$, for $t = 1$, and for $t = 1.2$?

# %%
logit = np.linspace(-4, 12, 321)
curves = {
    f"target {t}": (logit, np.logaddexp(0, logit) - t * logit) for t in (0.15, 0.95, 1.0, 1.2)
}
figure = plot_curves(curves, title="Cross-entropy of one image", x_label="logit", y_label="nats")
figure.axes[0].set(ylim=(-2.5, 6))
show(
    figure,
    "For target 0.15 the loss is smallest at a negative logit, for 0.95 near 3. For target 1 it "
    "falls towards 0 for ever. For target 1.2 it falls through 0 and on, without a bound.",
)
for t in (0.15, 0.95):
    print(f"target {t}: smallest at logit {math.log(t / (1 - t)):.2f}, where D is {t}")
for far in (10, 100):
    print(f"target 1.2 at logit {far}: {np.logaddexp(0, far) - 1.2 * far:.1f} nats")

# %% [markdown]
# With the target 1.2 no logit is large enough: the loss has no smallest value. A discriminator that met only such targets would run away.
#
# It meets their mean. The loss is linear in $t$, so over many draws it is the loss of the target 0.95, and of 0.15 for fakes. These have a smallest value, at $D = 0.95$ and $D = 0.15$. So the trick forbids certainty: the best logit is 2.9 where all is real, -1.7 where all is fake, and in between where both occur.
#
# Does that happen? We let the discriminator train alone against a generator that stays what it was at the start, with and without the trick.

# %%
for name, switch in [("targets 0 and 1", {}), ("drawn targets", {"label_noise": True})]:
    alone = RingRun(replace(RING_RECIPE, pretraining=STEPS, **switch), seed=0).train(600)
    points = {"real": alone.real[:1000], "fake": alone.samples(1000)}
    logits = {
        kind: logits_of(alone.gan.discriminator)(tf.constant(x), False).numpy()
        for kind, x in points.items()
    }
    print(
        f"{name}: median logit {np.median(logits['real']):.2f} on real, "
        f"{np.median(logits['fake']):.2f} on fake"
    )

# %% [markdown]
# With targets 0 and 1 the logits are far beyond that on both sides. With drawn targets they have stopped near where the means of the targets want them.
#
# **Predict before you run:** in which of the seven situations will this help?

# %%
switch_table("label noise")

# %% [markdown]
# Where the discriminator was too fast, drawn targets bring back nearly all modes, which is more than seeds do. After a head start the median goes from 2 modes to 4, with five steps from 6 to 8; five seeds cannot tell that from chance. Too slow stays too slow, and batch norm stays hopeless.
#
# That fits what we saw: a discriminator that may not be certain cannot run ahead. So this trick cured here what it is made for.
#
# ## 5. The rest of the list
#
# *ganhacks* is a list of seventeen tricks. It is no longer maintained, and since 2020 it says of itself that it may be dated. Here it is in our words, with what the lab measured for those that are switches. Four are contested: their authors were not sure, or others found otherwise.

# %%
hacks = [
    (1, "images in [-1, 1], tanh at the end", "no switch: ours are in [0, 1], sigmoid", []),
    (2, "target 'real' for the generator's loss", "generator_loss", ["minimax"]),
    (3, "latent vectors from a Gaussian", "latent_law", ["uniform latent law"]),
    (
        4,
        "batch norm on real and fake apart",
        "separate_batches",
        ["batch norm, mixed batches", "batch norm, batches apart"],
    ),
    (5, "no sparse gradients: leaky relu, strides", "no switch: the networks of lecture 6", []),
    (
        6,
        "soft, noisy and flipped labels",
        "label_noise, real_target, label_flips",
        ["plain + label noise", "one-sided smoothing 0.9", "label flips 5 %"],
    ),
    (7, "DCGAN, or hybrids with a VAE", "no switch: the networks of lecture 6", []),
    (8, "replay of old fakes and old networks", "not in the lab", []),
    (9, "Adam for the generator", "optimizer", ["RMSprop"]),
    (10, "watch for failures early", "the panel of warnings", []),
    (11, "no balancing of steps by looking at losses", "not in the lab", []),
    (12, "use labels if there are any", "not in the lab", []),
    (13, "noise on the discriminator's images", "image_noise", ["plain + image noise"]),
    (
        14,
        "more steps of the discriminator",
        "discriminator_steps",
        ["5 steps of D", "5 steps of D + image noise"],
    ),
    (15, "discriminate whole batches", "not in the lab", []),
    (16, "conditions as embeddings", "not in the lab", []),
    (17, "dropout in the generator, always", "lecture 6 has it in training", []),
]
contested = {6, 8, 14, 15}


def comparison(names, against="plain"):
    """Rows of a table: each setting beside another one."""
    rows = []
    for name in [against, *names]:
        row = [name]
        for without, with_it in zip(finals(against), finals(name)):
            row += [spread(with_it), verdict(without, with_it) if name != against else ""]
        rows.append(row)
    return rows


show_table(
    ["", "trick", "switch", "contested"],
    [[n, trick, switch, "contested" if n in contested else ""] for n, trick, switch, _ in hacks],
)

# %%
show_table(
    ["setting", "modes", "pairs won against plain", "share", "pairs won against plain"],
    comparison([name for *_, names in hacks for name in names]),
)

# %% [markdown]
# Most rows say: no difference that five seeds can tell, in a training that works already. The exceptions are RMSprop, with which the samples lie less near; five steps of the discriminator, with which modes are lost, unless its images are noisy, just as the list has it, and then the samples lie less near; and batch norm.
#
# The minimax loss makes no difference, in spite of lecture 8. Its gradient is small where the discriminator is sure, but Adam divides each gradient by its own size.
#
# Two of the contested ones, then: label noise cured a discriminator that was too fast, and more steps needed the noise. That is what *contested* means: it depends.
#
# ### Batch norm, mixed and apart
#
# Two rows stand out: with batch norm in the discriminator nothing works, be the batches mixed or apart. First mixed.
#
# **Predict before you run:** 256 fakes are judged twice, once in a batch with as many real points, once among themselves. Does it make a difference?

# %%
mixed = RingRun(replace(RING_RECIPE, batch_norm=True), seed=0).train(300)
fake = tf.constant(mixed.samples(256))
both = tf.concat([tf.constant(mixed.real[:256]), fake], 0)


def mean_opinion(gan, points):
    """Mean D of points (n, 2), all in one batch, as in training; of those from the last 256."""
    return float(tf.reduce_mean(tf.sigmoid(logits_of(gan.discriminator)(points, True))[-256:]))


print(f"in a batch with 256 real points: {mean_opinion(mixed.gan, both):.3f}")
print(f"in a batch of their own:         {mean_opinion(mixed.gan, fake):.3f}")
print("; ".join(str(sign) for sign in mixed.signs if sign.lit))

# %% [markdown]
# The same fakes, and another verdict. Batch norm subtracts the mean of the batch, so what it says of a point depends on who is in the batch with it. In the discriminator's own step half of the batch is real, and it knows every fake. In the generator's step there are only fakes, and its mean opinion of them is above 1/2: the generator is told that all is well.
#
# The list's advice is to keep them apart. Then the discriminator sees fakes alone in both steps.
#
# **Predict before you run:** we take a batch of fakes, double its size and move it by 3. What does the discriminator say to that?

# %%
apart = RingRun(replace(RING_RECIPE, batch_norm=True, separate_batches=True), seed=0).train(300)
rows = []
for name, trained in [("batch norm, apart", apart), ("no batch norm (section 1)", run)]:
    fake = tf.constant(trained.samples(256))
    moved = mean_opinion(trained.gan, 2 * fake + 3)
    rows.append([name, mean_opinion(trained.gan, fake), moved])
show_table(["mean D", "of fakes", "of the same, doubled and moved by 3"], rows)

# %% [markdown]
# Nearly the same. Batch norm takes mean and scale out of each batch, and with them all that was wrong. A generator whose ring is too large, or in another place, is never told. On images less depends on mean and scale than in the plane, and there batch norm has done well in both networks (Radford et al. 2016); the lecture's discriminator does without.
#
# ## 6. Later standards
#
# Four tricks that the list does not have are now in most trainings, and a fifth is a number that everybody sets.
#
# - **Spectral norm** divides each layer of the discriminator by its largest singular value, so that its slope is at most 1 or so everywhere (Miyato et al. 2018).
# - A **gradient penalty** makes it pay for its slope: R1 takes the squared slope at real points (Mescheder et al. 2018). Lecture 8 showed on two weights why that makes a game converge.
# - **TTUR**, two time-scale update rule: a faster discriminator, instead of more of its steps (Heusel et al. 2017).
# - **Averaging**: what is used in the end is a running average of the generator's weights.
# - **Adam's** $\beta_1$, the memory of its mean gradient: 0.5 instead of 0.9 (Radford et al. 2016).

# %%
show_table(
    ["setting", "modes", "pairs won against plain", "share", "pairs won against plain"],
    comparison(
        [
            "spectral norm",
            "gradient penalty 0.1",
            "gradient penalty 1",
            "TTUR 2e-3 and 5e-4",
            "averaged weights 0.99",
            "Adam, beta_1 0.9",
            "capacity 1/8",
        ]
    ),
)

# %% [markdown]
# Averaging is the one that wins beyond the seeds: the share goes from 0.78 to 0.88. It changes nothing in the training, for the average is only looked at, so it costs next to nothing; the course's own generator is an average, too. The gradient penalty of 0.1 keeps all eight modes in every run, with the smallest spread of the share in this table, which one cannot read from the pairs; with 1 the samples lie less near. TTUR as we set it makes no difference.
#
# Adam's $\beta_1$ of 0.9 is worse: with a memory of ten steps the generator is pushed on by gradients of a discriminator that has since moved. Spectral norm at these rates is worse as well: a discriminator of slope 1 tells apart slowly, and 2,000 steps are not enough. That is a statement about 2,000 steps at one rate, not about spectral norm. A discriminator of an eighth of the width is too weak.
#
# ## 7. On digits
#
# Nobody has drawn circles around the modes of digits. The course's classifier has to read the samples: how many of the ten classes make up at least 1 % of them, and how many samples it reads with a confidence of at least 0.9 ([lecture 7](07_gan_training.ipynb)).
#
# The networks are the lecture's with fewer layers and channels, the rates and the optimiser are the lecture's, and 500 steps take about half a minute. The runs are recorded, *one* seed each: look at them for what a failure looks like, not for which trick is best.
#
# **Predict before you run:** which settings will light a warning?

# %%
digit_runs = load_digit_runs()
rows = []
for name, digit_run in digit_runs.items():
    _, classes, share = digit_run.scores[-1]
    lit = "; ".join(sign.name for sign in digit_run.signs if sign.lit)
    rows.append([name, classes, share, lit or "none"])
show_table(["setting", "classes", "share read with confidence", "warnings"], rows)

# %% [markdown]
# Batch norm in mixed batches fails here, too, and the panel says so: the loss is at 0, the discriminator always right, a tenth of the samples is read. The others come to between 40 and 50 %: after 500 steps there are strokes, and few digits. The run with noisy images comes out highest, though section 3 promised it little: one run each tells no such difference. Every run lights a warning: six of seven miss classes, and the seventh has a loss that falls.
#
# Two alarms are false. In the runs with a fast discriminator and with a penalty the generator's loss falls steadily, which the list takes for a sign of garbage; their samples are no worse than the others. An early warning says: look.
#
# Move the slider. **Predict before you move:** at which step can you first tell the two apart?

# %%
pair = explore_gan_runs(digit_runs, "batch norm, mixed batches", "plain")
# %% [markdown]
# ## 8. Try it
#
# All switches in one place. Run trains from the switches and the seed, Stop keeps what is done, Go on continues it. **Predict before you press Run.**

# %%
lab = explore_gan_lab()

# %% [markdown]
# ## Summary
#
# - A trick is judged over several seeds, with and without. In one run, the seed does more than most tricks do.
# - Learning rates come first. Too slow a discriminator fails with losses that look like balance, too fast a one by losing modes, and between them is a wide plateau.
# - Here drawn targets cured a discriminator that was too fast, image noise one that took too many steps, and averaging the generator's weights improved what worked already. No trick cured everything.
# - Batch norm makes the discriminator's verdict depend on who else is in the batch. In mixed batches that gives the fakes away, in separate ones it hides where they are.
# - Targets above 1 have no meaning as probabilities; their mean, 0.95, has, and forbids certainty.
# - Noise on the images takes a perfect discriminator away where modes are near, and hardly in 784 dimensions.
# - Early warnings come from numbers that cost nothing: losses, accuracies, gradient norms. Missing modes or classes have to be counted in samples: no such number tells.
#
# ## Questions
#
# 1. You try a trick, and with it the samples are better. What would you have to do before you tell a colleague that it works?
# 2. The image noise is added to real and fake images alike. What would the discriminator learn if only the fake ones had it?
# 3. With targets from $U(0.7, 1.2)$ and $U(0, 0.3)$, what does the best discriminator say where real and fake points are equally frequent? Check it in section 4.
# 4. Batch norm in the discriminator hides mean and scale of a batch. Would layer norm, which takes them out of each point's hidden units, do so as well?
# 5. A discriminator takes five steps for each of the generator. What do you have to hold equal for a fair comparison: steps of the generator, updates in all, or seconds?
# 6. The record has five seeds. How often would one of two equally good settings have all of its five runs above all five of the other, by chance?
#
# This was the last lecture. Now build the tricks yourself: [assignment a5_gan_training](../assignments/a5_gan_training/a5_gan_training.ipynb).
