# %% [markdown]
# # Lecture 8: Difficulties in training a GAN
#
# Two networks learn against each other, and nothing says that both will learn. In this lecture you make a training fail in five ways, and measure each: the art dealer is too good, a logarithm is cut off, the dealer is too bad, the forger paints one picture only, and both run in circles.

# %%
TRAIN_FROM_SCRATCH = False  # True gives section 2 the lecture's own networks: 3 minutes more.

# %%
from dataclasses import replace

import course.backend  # TensorFlow, without its start-up messages
import keras
import numpy as np
import tensorflow as tf
from keras import ops
from matplotlib.patches import Circle

from course.checkpoints import load_classifier, load_generator
from course.classifier import read_digits
from course.data import load_images
from course.explorers import explore_gan_lab
from course.gan.discriminator import build_discriminator
from course.gan.generator import build_generator
from course.gan.lab.digits import DIGIT_RECIPE, digit_gan
from course.gan.lab.ring_runs import RingRun, ring_outcomes
from course.gan.model import GAN, logits_of
from course.gan.recipes import Recipe
from course.gan.ring import CENTRES, RING_RECIPE, STD, count_modes, ring_gan
from course.plots import COLORS, new_figure, plot_curves, plot_images
from course.show import show, show_table

keras.utils.set_random_seed(8)
digits = load_images()
print(digits.source)

# %% [markdown]
# ## 1. What it looks like when it works
#
# A training that fails is best seen on data whose answer is known. Eight Gaussians, each with a standard deviation of 0.05, stand on a ring of radius 2 in the plane; both networks have two hidden layers of 128 units. 2,000 steps take seconds, and everybody can see, and count, which of the eight **modes** the generator covers. A point is *near* a mode if it lies within three standard deviations of it, and a mode is *covered* if at least 1 % of the points are near it.
#
# **Predict before you run:** suppose the generator has become perfect, and the discriminator can but guess. It then says $D = 1/2$ wherever it is asked. What are the losses of the two?

# %%
undecided = ops.zeros((64, 1))  # Logits: their sigmoid is 1/2.
real, fake = ops.ones((64, 1)), ops.zeros((64, 1))
entropy = keras.losses.BinaryCrossentropy(from_logits=True)
of_real, of_fake = float(entropy(real, undecided)), float(entropy(fake, undecided))
show_table(
    ["at balance", "nats", "which is"],
    [
        ["discriminator, mean over real and fake", (of_real + of_fake) / 2, "ln 2"],
        ["discriminator, real plus fake", of_real + of_fake, "ln 4"],
        ["generator, -log D", float(entropy(real, undecided)), "ln 2"],
    ],
)

# %% [markdown]
# So a discriminator's loss near 0 is no success. It is the first thing to be afraid of.


# %%
def draw_points(axes, points, title):
    """Points, and a circle around all that is near a mode."""
    for centre in CENTRES:
        axes.add_patch(Circle(centre, 3 * STD, fill=False, color=COLORS["black"]))
    axes.scatter(*points.T, s=6, color=COLORS["vermillion"], alpha=0.5, linewidths=0)
    axes.set(xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
    axes.set_title(title, loc="left", fontweight="bold")


def smooth(values, width=50):
    """Means of ``width`` values each, and the steps that they end at."""
    means = np.array(values[: len(values) // width * width]).reshape(-1, width).mean(axis=1)
    return width * np.arange(1, len(means) + 1), means


healthy = RingRun(RING_RECIPE, seed=3).train(2000)
ring = healthy.real  # 10,000 points
figure, (left, right) = new_figure(2, width=13, height=4.6)
draw_points(left, healthy.samples(1000), "After 2,000 steps")
plot_curves(
    {
        "discriminator": smooth(healthy.history["discriminator_loss"]),
        "generator": smooth(healthy.history["generator_loss"]),
        "ln 2": ([0, 2000], [np.log(2)] * 2),
    },
    axes=right,
    title="Losses",
    x_label="step",
    y_label="nats",
)
right.set(ylim=(0, 1.5))
show(
    figure,
    "On the left eight circles on a ring, most generated points in them, some between. On the "
    "right the losses: the discriminator's a little below ln 2, the generator's above it, both "
    "without a trend towards 0.",
)
print(healthy)

# %% [markdown]
# In a training that works the losses do not go to 0. The discriminator's stays a little below ln 2, since its opponent becomes better as well.

# %% [markdown]
# ## 2. The dealer is too good
#
# Every forgery is recognised. What does the forger learn? The slide says: nothing, the gradient is near 0. That depends on what he wants, and there are two ways to say it.

# %%
from course.gan.tricks import minimax_generator_loss  # inline

# %%
from course.gan.tricks import non_saturating_generator_loss  # inline

# %% [markdown]
# Both fall as $D$ rises, so both want the same. As functions of the logit $a$, with $D = \mathrm{sigmoid}(a)$, their slopes are
#
# $$\frac{d}{da} \log(1 - D) = -D, \qquad \frac{d}{da} \big({-\log D}\big) = -(1 - D).$$
#
# **Predict before you run:** the discriminator is sure that an image is fake: its logit is $-10$. Which of the two slopes is nearly 0?

# %%
axis = np.linspace(-12, 6, 181, dtype="float32")[:, None]
figure, (left, right) = new_figure(2, width=13, height=4.2)
values, slopes = {}, {}
for name, loss in [
    ("minimax", minimax_generator_loss),
    ("non-saturating", non_saturating_generator_loss),
]:
    logits = tf.constant(axis)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        losses = tf.map_fn(loss, logits)
    values[name] = axis[:, 0], losses
    slopes[name] = axis[:, 0], tape.gradient(losses, logits)[:, 0]
plot_curves(values, axes=left, title="Loss", x_label="logit", y_label="nats")
plot_curves(slopes, axes=right, title="Slope", x_label="logit", y_label="slope")
show(
    figure,
    "Losses and slopes against the logit from -12 to 6. Minimax: flat where the logit is far below "
    "0, its slope goes to 0 there. Non-saturating: a straight descent there, its slope is -1.",
)

# %% [markdown]
# The minimax loss is flat where the discriminator is sure of a fake. That is where a generator starts.
#
# Now with networks. The discriminator learns alone, for 2,000 steps, while the generator is left as it was made. After each 100 we ask how strongly each loss would pull at the generator.

# %%
from course.gan.tricks import generator_gradient_norm  # inline


# %%
class Watch:
    """Called after some steps, it measures what a frozen generator would be told."""

    def __init__(self, gan):
        self.latent = gan.draw_latent(64, seed=9)
        self.logits = logits_of(gan.discriminator)
        self.rows = []
        self(gan)

    def __call__(self, gan):
        seen = [
            np.mean(gan.history[f"accuracy_{kind}"][-20:] or np.nan) for kind in ("real", "fake")
        ]
        logit = float(ops.mean(self.logits(gan.generator(self.latent), False)))
        norms = [
            float(generator_gradient_norm(gan.generator, self.logits, self.latent, loss))
            for loss in (minimax_generator_loss, non_saturating_generator_loss)
        ]
        self.rows.append([gan.step, *seen, logit, *norms])

    def table(self, steps):
        """The rows of some steps."""
        columns = ["step", "right on real", "right on fake", "mean logit of fakes"]
        columns += ["norm, minimax", "norm, non-saturating"]
        rows = [["" if entry != entry else entry for entry in row] for row in self.rows]
        show_table(columns, [row for row in rows if row[0] in steps])

    def curves(self, axes, title):
        """Both norms by step."""
        steps, *_, minimax, non_saturating = np.array(self.rows).T
        plot_curves(
            {"minimax": (steps, minimax), "non-saturating": (steps, non_saturating)},
            axes=axes,
            title=title,
            x_label="steps of the discriminator",
            y_label="norm of the gradient",
        )
        axes.set(yscale="log")


alone = ring_gan(replace(RING_RECIPE, pretraining=2000), seed=8)
on_ring = Watch(alone)
alone.train(ring, 2000, each=on_ring, every=100)
on_ring.table([0, 100, 500, 1000, 2000])

# %% [markdown]
# The same on digits. The generator is untrained; the networks are the lecture's with fewer layers and channels, so that it takes seconds.

# %%
if TRAIN_FROM_SCRATCH:
    networks = build_generator(), build_discriminator()
    dealer = GAN(*networks, Recipe(pretraining=150), seed=8)
else:
    dealer = digit_gan(replace(DIGIT_RECIPE, pretraining=150), seed=8)
on_digits = Watch(dealer)
dealer.train(digits.x_train, 150, each=on_digits, every=15)
on_digits.table([0, 15, 60, 150])
figure, (left, right) = new_figure(2, width=13, height=4.2)
on_ring.curves(left, "Ring")
on_digits.curves(right, "Digits")
show(
    figure,
    "Norm of the generator's gradient on a logarithmic axis, on the ring and on digits. Under the "
    "minimax loss it falls by orders of magnitude as the discriminator learns, on digits after a "
    "rise at the start; under the non-saturating loss it rises.",
)

# %% [markdown]
# The discriminator is right about every image, real and fake. On the ring the minimax gradient falls to less than a hundredth of what it was. On digits it first rises more than tenfold, since an untrained discriminator is flat, and then falls to a few hundredths of what it was, or less. The non-saturating gradient only grows: the discriminator becomes steeper, and the factor $1 - D$ goes to 1.

# %% [markdown]
# ### Ten dealers, ten forgers
#
# Now the generator may move. The discriminator has a head start of 1,000 steps, and goes on learning. First the slide's case to the letter: the minimax loss, and plain gradient descent, where a small gradient is a small step.

# %%
from course.gan.difficulties import descend  # inline

# %% [markdown]
# Then the same networks and data, with three things changed: the non-saturating loss, the optimiser Adam, and no head start. Each with ten seeds: the first go on for 300 steps of the generator, at a rate of 0.02, the others for 1,500.
#
# **Predict before you run:** in how many of ten trainings will the generator be stuck?

# %%
head_start = replace(RING_RECIPE, pretraining=1000)
minimax = replace(head_start, generator_loss="minimax")
stuck = ring_outcomes(minimax, range(10), steps=1300, descent_rate=0.02)
cured = ring_outcomes(RING_RECIPE, range(10), steps=1500)
rows = [
    [seed, f"{moved:.3f}", modes, f"{far:.2f}", covered, f"{share:.0%}"]
    for seed, ((modes, _, moved), (covered, share, far)) in enumerate(zip(stuck, cured))
]
show_table(["seed", "stuck: moved", "modes", "cured: moved", "modes covered", "near a mode"], rows)

# %% [markdown]
# Ten times out of ten the generator stays where it was: the ring has a radius of 2, and its points have moved by less than a hundredth of that. Ten times out of ten the cured one walks to the ring, and covers most of its modes or all.
#
# Which of the three changes does it? In the rows between the two each is made alone, and then two together, with two seeds each and 1,000 steps of the generator. (The first and the last row are seeds 0 and 1 of above.)
#
# **Predict before you run:** Adam divides a gradient by its own recent size. What does that do to a gradient that is small, but points the right way?

# %%
between = {
    "non-saturating, descent, head start": (head_start, 0.02),
    "minimax, Adam, head start": (minimax, None),
    "minimax, descent, no head start": (replace(minimax, pretraining=0), 0.02),
    "non-saturating, Adam, head start": (head_start, None),
}
outcomes = {"minimax, descent, head start": stuck[:2]}
for name, (recipe, rate) in between.items():
    outcomes[name] = ring_outcomes(
        recipe, (0, 1), steps=recipe.pretraining + 1000, descent_rate=rate
    )
outcomes["non-saturating, Adam, no head start"] = cured[:2]
rows = []
for name, pair in outcomes.items():
    modes, shares, moves = zip(*pair)
    rows.append(
        [name, *(" and ".join(f"{v:.2g}" for v in values) for values in (moves, modes, shares))]
    )
show_table(["two seeds each", "moved", "modes", "near a mode"], rows)

# %% [markdown]
# Each of the three changes alone gets the generator moving. The non-saturating loss brings the gradient back. Without a head start the discriminator is not so good yet. Adam does it even under the minimax loss: the gradient was too *small*, and its direction was still good. RMSprop, the lecture's optimiser, divides by the size as well. So whoever uses either will seldom see a generator that stands still, and may believe that all is well.
#
# But to move is not to arrive. What a head start does to the number of modes we look at in section 5.
#
# ## 3. A loss of 16.118
#
# "Discriminator loss is stuck on 0; generator loss is stuck on 16 (the maximum, no doubt)", somebody wrote in 2017 of a GAN in Keras 2. It is 16.118, and worth knowing.
#
# A probability has been cut off. Keras' cross-entropy takes probabilities, and before it takes their logarithm it moves them away from 0 and 1 by `keras.config.epsilon()`, which is $10^{-7}$.
#
# **Predict before you run:** how large can $-\log D$ be, if $D$ is at least $10^{-7}$? And what is the slope of a number that has been cut off?

# %%
print(f"-ln(1e-7) = {-np.log(1e-7):.4f},   -ln(2**-23) = {-np.log(2.0**-23):.4f}")
dense = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, "sigmoid")])
dense.set_weights([np.ones((1, 1)), np.zeros(1)])
roads = {
    "logits, from_logits=True": None,
    "last layer: Dense(1, 'sigmoid')": dense,
    "the same network in a tf.function": tf.function(dense.call),
    "last layer, then times 1": lambda logit: dense(logit) * 1,
    "tf.sigmoid": tf.sigmoid,
}


def loss_and_slope(road, logit, target):
    """Cross-entropy of one number that came along a road, and its derivative by the logit."""
    logit = tf.constant([[logit]])
    with tf.GradientTape() as tape:
        tape.watch(logit)
        output = logit if road is None else road(logit)
        loss = keras.losses.binary_crossentropy([[target]], output, from_logits=road is None)[0]
    return float(loss), float(tape.gradient(loss, logit)[0, 0])


rows = []
for name, road in roads.items():
    fooled, caught = loss_and_slope(road, -40.0, 1.0), loss_and_slope(road, 40.0, 0.0)
    rows.append([name, f"{fooled[0]:.3f}", f"{fooled[1]:g}", f"{caught[0]:.3f}", f"{caught[1]:g}"])
show_table(
    ["probability from", "logit -40, target 1", "slope", "logit 40, target 0", "slope"], rows
)

# %% [markdown]
# With logits the loss is 40 and its slope is $-1$: as it should be. Along the last three roads it stands at 16.118 with the slope 0. The generator has lost by the largest margin there is, and is told nothing at all.
#
# On the other side the number is 15.942: the float32 that is nearest to $1 - 10^{-7}$ is $1 - 2^{-23}$.
#
# The second row is a surprise. Keras 3 remembers the logit of its own sigmoid, and the loss goes back to it: an ordinary last layer is *not* cut off. Any operation in between, a `tf.sigmoid`, or a compiled function around the network makes it forget. Keras 2 knew no such way back at first: it cut off the output of every sigmoid.
#
# `predict` is a road as well: it returns plain numbers. Take the discriminator of the digits, and add so much to its bias that its mean logit of the fakes is -20.

# %%
fakes = dealer.generator.predict(dealer.draw_latent(64, seed=2), verbose=0)
head = dealer.discriminator.layers[-1]
shift = -20 - float(ops.mean(logits_of(dealer.discriminator)(fakes, False)))
bias = head.bias.numpy()
head.bias.assign(bias + shift)
target = np.ones((64, 1), dtype="float32")
logits = logits_of(dealer.discriminator)(fakes, False)
opinion = dealer.discriminator.predict(fakes, verbose=0)
output = dealer.discriminator(fakes)
head.bias.assign(bias)  # As it was.
rows = [
    ["from logits", float(entropy(target, logits))],
    ["the model's own output", keras.losses.binary_crossentropy(target, output)],
    ["what predict returned", keras.losses.binary_crossentropy(target, opinion)],
]
show_table(
    ["generator's loss", "nats"], [[name, f"{np.mean(values):.3f}"] for name, values in rows]
)

# %% [markdown]
# One opinion, two losses: what `predict` returned has lost its logit, and is cut off. The course's own GAN takes logits (`logits_of` in `course/gan/model.py`), where nothing is cut off.

# %% [markdown]
# ## 4. The dealer is too bad
#
# The other extreme: a dealer who tosses a coin. He can be had in two ways: one has never learned, and one has learned from labels that were drawn by lot. Both send a gradient to the generator. Does it say anything?
#
# We compare directions. Take one generator, and the gradient of its loss under several discriminators.

# %%
from course.gan.difficulties import generator_gradient  # inline

# %%
from course.gan.difficulties import cosine  # inline

# %% [markdown]
# Four discriminators have learned for 300 steps from right labels, each from another start. Twenty have not learned at all. Of four more half of the labels were swapped; we ask them at ten moments each.
#
# **Predict before you run:** two dealers who know their trade look at the same forgeries. Will they ask for the same changes? And what is the mean cosine of a good one's demands to those of one who knows nothing?

# %%
forger = ring_gan(RING_RECIPE, seed=8).generator
latent = healthy.gan.draw_latent(256, seed=3)


def demands(seed, moments, label_flips=0.0):
    """The forger's gradients under a discriminator that learns alone, at some of its steps."""
    recipe = replace(RING_RECIPE, pretraining=1000, label_flips=label_flips)
    gan = ring_gan(recipe, seed)
    gan.generator.set_weights(forger.get_weights())
    logits = logits_of(gan.discriminator)
    gradients = []
    for moment in moments:
        gan.train(ring, moment - gan.step)
        gradients.append(generator_gradient(forger, logits, latent, non_saturating_generator_loss))
    return gradients


good = [demands(seed, [300])[0] for seed in range(4)]
by_lot = [demands(seed, range(50, 501, 50), label_flips=0.5) for seed in range(4, 8)]
others = {
    "untrained": [demands(seed, [0])[0] for seed in range(8, 28)],
    "labels by lot": [gradient for gradients in by_lot for gradient in gradients],
}
cosines = {"good": [cosine(good[i], good[j]) for i in range(4) for j in range(i)]}
for name, gradients in others.items():
    cosines[name] = [cosine(first, second) for first in good for second in gradients]
rows = []
for name, gradients in {"good": good, **others}.items():
    norm = np.mean([np.linalg.norm(gradient) for gradient in gradients])
    values = np.array(cosines[name])
    rows.append(
        [
            name,
            f"{norm:.2g}",
            f"{values.mean():+.2f}",
            f"{values.std():.2f}",
            f"{np.mean(values > 0):.0%}",
        ]
    )
show_table(["discriminator", "norm", "cosine to a good one", "spread", "agree in sign"], rows)
figure, (axes,) = new_figure(height=3.2)
for row, values in enumerate(cosines.values()):
    axes.scatter(values, np.full(len(values), -row), s=40, alpha=0.6, color=COLORS["blue"])
    axes.scatter(np.mean(values), -row, s=260, marker="|", linewidths=3, color=COLORS["vermillion"])
axes.axvline(0, color=COLORS["black"], linewidth=1)
axes.set(yticks=[0, -1, -2], yticklabels=list(cosines), xlim=(-1, 1), ylim=(-2.5, 0.5))
axes.set(title="Gradient under one discriminator against that under a good one", xlabel="cosine")
show(
    figure,
    "Cosines of gradients, a row of dots each. Good discriminators: most dots well to the "
    "right of 0. Untrained, and labels by lot: dots from far left to far right, their means near 0. "
    "Bars are the means.",
)

# %% [markdown]
# Two good dealers ask for much the same. One who knows nothing asks for something, too, but it may as well be the opposite: here 42 and 62 of 100 gradients agree in sign with a good one, and with so few discriminators neither can be told from a half. All points start close together and are pushed much the same way, so a gradient is little more than one direction in the plane; there chance goes far to both sides.
#
# Its demands are also weak, as the norms say. But Adam divides each of their components by its own recent size, and follows them all the same.
#
# A discriminator that learns too slowly is such a dealer for a long time. Give it a tenth of the learning rate, and the same 2,000 steps.
#
# **Predict before you run:** the generator cannot wait, it has to move at each step. Where will it go?

# %%
slow = replace(RING_RECIPE, discriminator_rate=1e-4)
runs = {"0.001": healthy, "0.0001": RingRun(slow, seed=3).train(2000)}
figure, (left, right) = new_figure(2, width=13, height=4.4)
counts = {f"rate {rate}": np.array(run.scores).T[:2] for rate, run in runs.items()}
plot_curves(counts, axes=left, title="Modes covered", x_label="step", y_label="modes of 8")
draw_points(right, runs["0.0001"].samples(1000), "Rate 0.0001, after 2,000 steps")
show(
    figure,
    "On the left modes by step: with a rate of 0.001 the curve climbs to all or nearly all of the "
    "eight, with 0.0001 it stays far below. On the right a stretched cloud, most of it beside the "
    "modes.",
)
for rate, run in runs.items():
    print(f"rate {rate}: {run}")

# %% [markdown]
# It has moved, for Adam makes it move, and meets a mode or two by chance. This is the slide's slow convergence.

# %% [markdown]
# ## 5. One picture only
#
# A forger who has found one picture that sells paints nothing else. This is **mode collapse**. Of each single sample one cannot tell: it may look perfect. It shows in many samples together, and on the ring it can be counted.
#
# Give the discriminator its head start of 1,000 steps again, and a tenfold learning rate; let the generator have the non-saturating loss, and Adam.
#
# **Predict before you run:** all of the generator's points start near the centre, and all eight modes are equally far. To how many of them will it go?

# %%
fast = replace(RING_RECIPE, pretraining=1000, discriminator_rate=1e-2)
collapsed = RingRun(fast, seed=8)
figure, panels = new_figure(4, width=14, height=3.8)
for axes, step in zip(panels, (1000, 1050, 1200, 2500)):
    collapsed.train(step - collapsed.step, every=50)
    draw_points(axes, collapsed.samples(1000), f"Step {step:,}")
show(
    figure,
    "Four clouds of generated points among eight circles. At step 1,000, when the generator starts "
    "to move, a cloud near the centre; then it spreads out to one side, in part beyond the picture; then it "
    "is a thin band; at the end it sits in few of the circles, and most are empty.",
)

# %%
rows = []
for name, run in {"healthy": healthy, "too fast": collapsed}.items():
    last = [
        np.mean(run.history[key][-100:])
        for key in ("discriminator_loss", "generator_loss", "accuracy_real", "accuracy_fake")
    ]
    rows.append([name, *run.scores[-1][1:], *last])
show_table(
    ["run", "modes", "near a mode", "D's loss", "G's loss", "right on real", "right on fake"], rows
)

# %% [markdown]
# Most single samples are good: they lie in a mode. Only there are far fewer modes than eight. No loss is near 0, none is pinned; the training looks busy. Not every seed collapses: of five that [lecture 9](09_gan_tricks.ipynb) records with a head start of 500 steps, four end with one mode or two, and one with all eight.
#
# The accuracies tell. The discriminator is right on the real points of all modes that the generator never visits; if it visits two of eight, that makes three quarters. In those two it calls everything a fake.
#
# Why so few, and not eight? Suppose for a moment that the discriminator stands still. Then there is one place that it finds most real, and the generator may put *all* of its points there: no term of its loss asks whether they differ.
#
# **Predict before you run:** the healthy discriminator of section 1 has learned from a generator that covers the modes. It is frozen, and a new generator learns against it for 300 steps. How many modes will it cover?

# %%
from course.gan.training import generator_step  # inline


# %%
def train_alone(gan, discriminator, optimizer, moments):
    """Steps of a generator against a discriminator that stands still; yields at some."""
    step = tf.function(generator_step)
    for count in range(max(moments) + 1):
        if count in moments:
            yield count
        latent = gan.draw_latent(gan.recipe.batch_size, seed=count)
        step(gan.generator, discriminator, optimizer, latent)


newcomer, judge = ring_gan(RING_RECIPE, seed=4), healthy.gan.discriminator
figure, panels = new_figure(4, width=14, height=3.8)
moments = train_alone(newcomer, judge, keras.optimizers.Adam(1e-3), (0, 30, 100, 300))
rows = []
for axes, count in zip(panels, moments):
    points = newcomer.generator.predict(newcomer.draw_latent(2000, seed=1), verbose=0)
    draw_points(axes, points[:1000], f"{count} steps")
    opinion = float(ops.mean(judge(points)))
    rows.append([count, *count_modes(points), points.std(axis=0).mean(), opinion])
show(
    figure,
    "Four clouds of a new generator's points. At first near the centre, then along a "
    "line through one circle, in the end nearly all in one small spot at it.",
)
show_table(["steps", "modes", "near a mode", "spread of the points", "mean D(G(z))"], rows)

# %% [markdown]
# All latent vectors become nearly one point, narrower than the mode itself. The discriminator is content: it says more than 1/2.
#
# In a real training it is not frozen. It learns that this spot is fake, the generator jumps to the next, and so on. What keeps the points apart is that the discriminator answers in time, and neither too strongly nor too late.

# %% [markdown]
# ### On digits
#
# Nobody has drawn circles around the modes of digits. The ten classes will do for modes: the course ships a small classifier, and we count what it reads. A small GAN is trained for 200 steps. Then its discriminator is frozen, and a new generator learns against it.

# %%
classifier = load_classifier()
small = digit_gan(DIGIT_RECIPE, seed=8).train(digits.x_train, 200)
latent = small.draw_latent(500, seed=1)


def variety(images):
    """Histogram of the classes (10,), its entropy in nats, and the mean distance of two images."""
    _, classes, _ = read_digits(classifier, images)
    shares = np.bincount(classes, minlength=10) / len(images)
    entropy = -np.sum(shares[shares > 0] * np.log(shares[shares > 0]))
    flat = images[:200].reshape(200, -1)
    distances = np.linalg.norm(flat[:, None] - flat[None], axis=-1)[np.triu_indices(200, 1)]
    return shares, entropy, distances.mean()


sheets = {
    "digits": digits.x_test[:500],
    "the course's generator": load_generator().predict(latent, verbose=0),
    "small, 200 steps": small.generator.predict(latent, verbose=0),
}
newcomer, judge = digit_gan(DIGIT_RECIPE, seed=9), small.discriminator
for count in train_alone(newcomer, judge, keras.optimizers.RMSprop(1e-3), (20, 60)):
    sheets[f"newcomer, {count} steps"] = newcomer.generator.predict(latent, verbose=0)
rows = []
for name, images in sheets.items():
    shares, nats, distance = variety(images)
    opinion = float(ops.mean(judge(images)))
    largest = f"{shares.max():.0%}"
    rows.append([name, int(np.sum(shares >= 0.01)), largest, nats, distance, opinion])
show(
    plot_images(
        np.concatenate([images[:12] for images in sheets.values()]),
        columns=12,
        row_titles=list(sheets),
    ),
    "Rows of twelve images: digits; samples of the course's generator, digits of all kinds; samples "
    "of the small one, rough strokes; and of the newcomer, after 20 steps faint streaks, after 60 "
    "bright waves: no digits, all of one kind.",
)
show_table(
    [
        "images",
        "classes of at least 1 %",
        "largest class",
        "entropy, nats",
        "mean distance of two",
        "mean D of the frozen one",
    ],
    rows,
)

# %% [markdown]
# The course's generator draws all ten classes, and the entropy of its histogram is near that of digits; ten equal shares would have ln 10 = 2.303. The small generator has learned for a few seconds, and draws rough strokes of many kinds. The newcomer finds what the discriminator likes better than any digit: waves, whatever the latent vector, which it calls real with 0.9, where of digits it says little more than 1/2. Far fewer classes are left, and the entropy is lower than that of both other generators. (The classes are what the classifier makes of waves. That they are few says that the waves are alike, not that any is a digit.)
#
# The mean distance of two images says nothing of it, for bright waves differ from bright waves by many pixels. No single number sees it all: count the classes, and look at the pictures.

# %% [markdown]
# ## 6. Running in circles
#
# Dealers too good or too bad: suppose that both are just right. Do they converge? The smallest GAN there is has one weight each. All real data lie at the point 0, all forgeries at $\theta$, and the discriminator's logit at $x$ is $\psi x$: here the logit of being a *forgery*, as in the paper that the example is from. The generator lowers, the discriminator raises
#
# $$V(\theta, \psi) = -\log\big(1 + e^{-\psi\theta}\big) - \log 2.$$
#
# At $\theta = \psi = 0$ the generator is right, and the discriminator says $1/2$.

# %%
from course.gan.dirac import dirac_gradients  # inline

# %%
from course.gan.dirac import dirac_orbit  # inline

# %% [markdown]
# **Predict before you run:** start at $\theta = 1$, $\psi = 0$, with small steps. Where will the two weights be after 500 steps: at 0, on a circle, or far out?

# %%
orbits = {
    "both at once": dirac_orbit(500, 0.2),
    "in turns": dirac_orbit(500, 0.2, alternating=True),
    "in turns, with R1": dirac_orbit(500, 0.2, alternating=True, gradient_penalty=0.5),
}
figure, (left, right) = new_figure(2, width=13, height=5.2)
plot_curves(
    {name: orbit.T for name, orbit in orbits.items()},
    axes=left,
    title="Orbits",
    x_label=r"generator's weight $\theta$",
    y_label=r"discriminator's weight $\psi$",
    legend="lower center",
)
left.set(aspect="equal", xlim=(-4, 4), ylim=(-4.6, 3))
distances = {name: np.linalg.norm(orbit, axis=1) for name, orbit in orbits.items()}
plot_curves(
    {name: (np.arange(501), distance) for name, distance in distances.items()},
    axes=right,
    title="Distance from the equilibrium",
    x_label="step",
    y_label="distance",
)
right.set(yscale="log", ylim=(1e-4, 10))
show(
    figure,
    "On the left the plane of both weights: both at once, an orbit that spirals outwards; in "
    "turns, a closed ring; with R1, a spiral into the origin. On the right the distance from the "
    "origin: growing, constant but for a ripple, and falling in even steps of the logarithm.",
)
show_table(
    ["descent", "distance at the start", "after 100 steps", "after 500 steps"],
    [
        [name, *(f"{distance[i]:.2g}" for i in (0, 100, 500))]
        for name, distance in distances.items()
    ],
)

# %% [markdown]
# Nobody is too good here, and in turns no gradient is ever small. Yet they do not arrive: the generator runs from where the discriminator points, the discriminator turns after it, and round they go. At once they even spiral out, and slow down far from home.
#
# Near the equilibrium a step is nearly a matrix. Eigenvalues above 1 in modulus: away. Below 1: home. Exactly 1: the matrix alone goes round and round. (It cannot decide then for the curved game, which is a matrix only nearly; the orbit above decides: it circles, too.)

# %%
from course.gan.dirac import dirac_jacobian  # inline

# %%
rows = []
for name, settings in {
    "both at once": {},
    "in turns": {"alternating": True},
    "both at once, with R1": {"gradient_penalty": 0.5},
    "in turns, with R1": {"alternating": True, "gradient_penalty": 0.5},
}.items():
    first, _ = np.linalg.eigvals(dirac_jacobian(0.2, **settings))
    rows.append([name, f"{first.real:.4f} ± {abs(first.imag):.4f} i", f"{abs(first):.4f}"])
show_table(["descent", "eigenvalues", "modulus"], rows)

# %% [markdown]
# With R1 both come home, at once and in turns. The cure is a **gradient penalty** on the discriminator, called R1: it pays $\frac{\gamma}{2}$ times the squared slope of its logit at the real data. Here that slope is $\psi$ itself, and the penalty draws it to 0. A discriminator that has to be flat where the data are cannot push the generator past them. [Lecture 9](09_gan_tricks.ipynb) tries it on networks.

# %% [markdown]
# ## 7. The lab
#
# All of it has switches. The lab trains on the ring with any of them, shows what comes out while it runs, and can be stopped. The same switches and the same seed give the same run.
#
# **Predict before you move:** set `discriminator_rate` to 0.01 and `pretraining` to 500, and press Run. Its last panel has seven early warnings, which [lecture 9](09_gan_tricks.ipynb) explains: which of them will light up? Then set `generator_loss` to `minimax`: Adam divides the small gradient by its own size. What will you see?

# %%
lab = explore_gan_lab()

# %% [markdown]
# ## Summary
#
# - At balance the discriminator says 1/2. Its loss is then ln 2 as a mean over real and fake images, ln 4 as a sum; the generator's is ln 2. A discriminator's loss of 0 is a warning.
# - Against a perfect discriminator the gradient of the minimax loss vanishes, by its factor $D$. The non-saturating loss has the factor $1 - D$ and keeps its gradient. Adam and RMSprop hide the difference: they divide by the size of the gradient.
# - A loss that stands at 16.118 is a logarithm that was cut off at $10^{-7}$, with the slope 0. Losses of logits have no such ceiling.
# - A discriminator that knows nothing sends a gradient too, but its direction has nothing to do with that of a good one. One that learns too slowly lets the generator wander.
# - Mode collapse is not seen in a sample, it is counted in many. Against a discriminator that stands still, one picture is as good an answer as any.
# - Two players who descend need not arrive, even where no gradient is small: they circle. A penalty on the discriminator's slope brings them home.
#
# ## Questions
#
# 1. A log says: discriminator 0.0001, generator 16.118, both for the last hour. What has happened? Name two things that you would change, and what each would do.
# 2. Somebody trains a generator with the minimax loss and Adam, sees it move, and concludes that vanishing gradients are a myth. What did they not measure?
# 3. A discriminator is right on all fakes, and on 75 % of the real points of the ring. Which real points does it get wrong? How many modes will the generator have covered?
# 4. Half of the labels are swapped. What is the best that such a discriminator can say about any image, and what is its loss then?
# 5. In section 6, take $\gamma = 4$ and a learning rate of 0.2. Does it still come home? Faster? The eigenvalues of `dirac_jacobian` know.
#
# Next: [lecture 9, tricks](09_gan_tricks.ipynb). In [assignment a5_gan_training](../assignments/a5_gan_training/a5_gan_training.ipynb) you write both losses of the generator, and the norm of its gradient.
