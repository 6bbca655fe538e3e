# %% [markdown]
# # Lecture 7: Training a generative adversarial network
#
# The forger and the dealer of [lecture 6](06_gan_networks.ipynb) know nothing yet. This lecture trains them: one update of the discriminator, one update of the generator, in turn. You see what each update moves, what one step does to an image, and how a long training went. At the end you measure how good the forgeries are.

# %%
TRAIN_FROM_SCRATCH = False  # True trains 1,000 steps in section 6: 7 to 15 minutes.

# %%
import course.backend  # TensorFlow, without its start-up messages
import time
import warnings

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from course.animation import show_animation
from course.checkpoints import load_classifier, load_generator, load_vae
from course.classifier import read_digits
from course.data import load_images
from course.diagrams import plot_network
from course.gan.discriminator import build_discriminator
from course.fast.folding import fold
from course.gan.generator import LATENT_DIM, build_generator
from course.gan.history import load_history
from course.gan.model import GAN
from course.gan.quality import frechet_distance, nearest_neighbours, precision_recall
from course.gan.recipes import Recipe
from course.plots import COLORS, new_figure, plot_curves, plot_images
from course.show import show, show_table

keras.utils.set_random_seed(7)
rng = np.random.default_rng(7)
digits = load_images()
print(digits.source)

# %% [markdown]
# ## 1. Two updates, in turn
#
# First the **discriminator** learns, from real and from fake images. The generator makes the fakes and stands still.

# %%
show(
    plot_network(
        {
            "latent vectors": (0, 0, "random"),
            "generator\n(frozen)": (1, 0, "frozen"),
            "fake images": (2, 0, "data"),
            "real images": (2, 1, "data"),
            "discriminator\n(learns)": (3, 0.5, "learned"),
            "opinions": (4, 0.5, "data"),
            "loss: real is 1,\nfake is 0": (5, 0.5, "fixed"),
        },
        [
            ("latent vectors", "generator\n(frozen)"),
            ("generator\n(frozen)", "fake images"),
            ("fake images", "discriminator\n(learns)"),
            ("real images", "discriminator\n(learns)"),
            ("discriminator\n(learns)", "opinions"),
            ("opinions", "loss: real is 1,\nfake is 0"),
        ],
        title="Update of the discriminator",
        size=(12, 3.2),
    ),
    "Update of the discriminator: latent vectors go through the frozen generator; fake and real "
    "images go to the discriminator, which learns; its opinions go to a loss with target 1 for real "
    "and 0 for fake.",
)

# %% [markdown]
# Then the **generator** learns. It shows its fakes to the discriminator, which stands still, and wants to hear 'real'.

# %%
show(
    plot_network(
        {
            "latent vectors": (0, 0, "random"),
            "generator\n(learns)": (1, 0, "learned"),
            "fake images": (2, 0, "data"),
            "discriminator\n(frozen)": (3, 0, "frozen"),
            "opinions": (4, 0, "data"),
            "loss: all\nare to be 1": (5, 0, "fixed"),
        },
        [
            ("latent vectors", "generator\n(learns)"),
            ("generator\n(learns)", "fake images"),
            ("fake images", "discriminator\n(frozen)"),
            ("discriminator\n(frozen)", "opinions"),
            ("opinions", "loss: all\nare to be 1"),
        ],
        title="Update of the generator",
        size=(12, 2.0),
    ),
    "Update of the generator: latent vectors go through the generator, which learns; its fakes go "
    "through the frozen discriminator; the opinions go to a loss whose target is 1.",
)

# %%
generator, discriminator = build_generator(), build_discriminator()


def draw_latent(n=64):
    """Latent vectors, uniform in [-1, 1], shape (n, 100)."""
    return rng.uniform(-1, 1, size=(n, LATENT_DIM)).astype("float32")


def draw_real(n=64):
    """Real images drawn at random, shape (n, 28, 28, 1)."""
    return digits.x_train[rng.integers(len(digits.x_train), size=n)]


for _ in range(100):
    generator(draw_latent(16), training=True)

# %% [markdown]
# Why the last two lines? In inference mode batch normalization believes its moving means and variances, and fresh ones are wrong ([lecture 6](06_gan_networks.ipynb), block 1). A hundred batches let them settle, so that whatever you see change from here on is due to the updates.
#
# ## 2. The update of the discriminator
#
# The dealer is an ordinary classifier with two classes. His batch is real images above, fake ones below, and a target for each.

# %%
from course.gan.training import discriminator_batch  # inline

# %%
real_images = draw_real()
fake_images = generator(draw_latent(), training=False)
x, y = discriminator_batch(real_images, fake_images)
print("images:", x.shape, "  targets:", y.shape)
some = [0, 1, 2, 3, 64, 65, 66, 67]
show(
    plot_images(np.array(x)[some], [f"row {i}: {float(y[i, 0]):.0f}" for i in some]),
    "Four digits with target 1, from the top of the batch, and four images of noise with target 0.",
)

# %% [markdown]
# The loss is binary cross-entropy, a mean over all 128 images: $-\log D$ for a real image and $-\log(1 - D)$ for a fake one, where $D$ is the dealer's opinion.
#
# **Predict before you run:** the dealer is untrained. What is his loss?

# %%
opinions = np.array(discriminator(x, training=False))  # (2B, 1)
by_keras = float(ops.mean(keras.losses.binary_crossentropy(y, opinions)))
by_hand = -np.mean(np.concatenate([np.log(opinions[:64]), np.log(1 - opinions[64:])]))
print(f"by Keras {by_keras:.4f}, by hand {by_hand:.4f};  ln 2 = {np.log(2):.4f}")

# %% [markdown]
# One update: make the fakes, take the loss, and move the discriminator's weights down its gradient. The *list of weights* that is handed to the optimiser says who learns.

# %%
from course.gan.training import discriminator_step  # inline

# %% [markdown]
# The optimisers are the slides': RMSprop, with a rate of $2 \cdot 10^{-4}$ for the discriminator and half of it for the generator.
#
# > **Old on the slide.** `RMSprop(lr=0.0002, decay=6e-8)` is Keras 2. Today the rate is called `learning_rate`. **Predict:** what does Keras 3 do with each of the two?

# %%
for old in ({"lr": 2e-4}, {"learning_rate": 2e-4, "decay": 6e-8}):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            keras.optimizers.RMSprop(**old)
            said = " ".join(str(warning.message) for warning in caught)
        except ValueError as error:
            said = f"ValueError: {error}"
    print(f"{old}: {said}")

# %% [markdown]
# It refuses `lr`, and it ignores `decay`: who overlooks the warning trains with another rate than he wrote. Today a decay is a schedule.

# %%
from course.gan.training import lecture_optimizers  # inline

# %%
discriminator_optimizer, generator_optimizer = lecture_optimizers()
for step in (0, 10_000, 1_000_000):
    rates = [float(o._learning_rate(step)) for o in (discriminator_optimizer, generator_optimizer)]
    print(f"step {step:>9,}: rates {rates[0]:.3g} and {rates[1]:.3g}")

# %% [markdown]
# That decay does next to nothing in the steps of this lecture.
#
# **Predict before you run:** whose arrays of weights will one update of the discriminator move? The generator made half of the batch.


# %%
def weights_now():
    """All weights of both networks, as arrays."""
    return [network.get_weights() for network in (generator, discriminator)]


def show_moved(before):
    """Table of how many arrays of weights have changed since ``before``."""
    rows = []
    for network, old in zip((generator, discriminator), before):
        learned = {id(v) for v in network.trainable_weights}
        pairs = [(id(v) in learned, not np.array_equal(v, a)) for v, a in zip(network.weights, old)]
        parts = [[moved for kind, moved in pairs if kind == which] for which in (True, False)]
        rows.append([network.name, *(f"{sum(part)} of {len(part)}" for part in parts)])
    show_table(["network", "trainable arrays that moved", "moving means and variances"], rows)


before = weights_now()
loss = discriminator_step(
    generator, discriminator, discriminator_optimizer, real_images, draw_latent()
)
print(f"loss before the update: {float(loss):.4f}")
show_moved(before)

# %% [markdown]
# The discriminator's alone, all ten of them. The generator ran in **inference mode**, so not even its moving means have moved.
#
# What if only the dealer learned? **Predict before you run:** after how many updates does he recognise all?

# %%
rows = []
for update in range(1, 11):
    loss = discriminator_step(
        generator, discriminator, discriminator_optimizer, draw_real(), draw_latent()
    )
    if update in (1, 2, 4, 7, 10):
        on_real = np.array(discriminator(draw_real(), training=False))
        on_fake = np.array(discriminator(generator(draw_latent(), training=False), training=False))
        right = [f"{np.mean(on_real > 0.5):.0%}", f"{np.mean(on_fake < 0.5):.0%}"]
        rows.append([update + 1, float(loss), *right, float(on_fake.mean())])
show_table(
    ["updates", "loss before it", "real recognised", "fakes recognised", "mean opinion of fakes"],
    rows,
)

# %% [markdown]
# A few updates are enough, for noise is not hard to tell from digits. The loss need not fall at each: RMSprop's first steps are wild. Now it is the forger's turn, and he has somebody to learn from.
#
# ## 3. The update of the generator
#
# The fakes go to the dealer with the target *real*. That is a lie, told to the loss alone: it is smallest where the dealer believes it. The gradient passes through the dealer, and moves the forger.

# %%
from course.gan.training import generator_step  # inline

# %% [markdown]
# **Predict before you run:** whose weights move now, and what else?

# %%
before = weights_now()
seen_latent = draw_latent()
fakes_before = np.array(generator(seen_latent, training=False))
opinions_before = np.array(discriminator(fakes_before, training=False))[:, 0]
old_weights = [v.numpy() for v in generator.trainable_weights]
loss = generator_step(generator, discriminator, generator_optimizer, seen_latent)
print(f"loss before the update: {float(loss):.4f}")
show_moved(before)

# %% [markdown]
# The generator's 18 arrays, and its eight moving means and variances: this time it ran in training mode. The gradient went *through* the discriminator without moving it.
#
# ### The step, seen
#
# The slide asks: what if we use **the same vectors**, and make the images again with the updated generator? We have kept the vectors, the images and the opinions.
#
# **Predict before you run:** will the dealer think better of them? Of all of them?

# %%
fakes_after = np.array(generator(seen_latent, training=False))
opinions_after = np.array(discriminator(fakes_after, training=False))[:, 0]
print(f"mean opinion: {opinions_before.mean():.4f} before, {opinions_after.mean():.4f} after")
print(f"images of which he thinks better: {np.sum(opinions_after > opinions_before)} of 64")
change = fakes_after - fakes_before
new_weights = [v.numpy() for v in generator.trainable_weights]
for variable, array in zip(generator.trainable_weights, old_weights):
    variable.assign(array)
control = np.array(discriminator(generator(seen_latent, training=False), training=False))
print(f"with the old weights and the new moving means: {control.mean():.4f}")
for variable, array in zip(generator.trainable_weights, new_weights):
    variable.assign(array)
print(f"mean brightness: {fakes_before.mean():.2f} before, {fakes_after.mean():.2f} after")
reach = float(np.abs(change[:6]).max())
print(
    f"pixels changed by {np.abs(change).mean():.4f} on average, at most {np.abs(change).max():.4f}"
)
show(
    plot_images(
        np.concatenate([fakes_before[:6], fakes_after[:6], 0.5 + change[:6] / (2 * reach)], axis=0),
        columns=6,
        row_titles=["before", "after", "change"],
    ),
    "Six images of noise before one update of the generator; the same six after it, visibly "
    "changed; and the change, grey where there is none.",
)

# %% [markdown]
# He does, of every one, and the weights did it: with the old weights and the new moving means he thinks as little of the fakes as before. The last row shows in which direction the forger pushed: where it is lighter than grey, the pixel became brighter. That need not be towards a digit, only towards what this dealer takes for real after eleven updates. Is it much for one step? We look at how far the weights have moved.

# %%
moves = np.concatenate([np.abs(new - old).ravel() for new, old in zip(new_weights, old_weights)])
print(f"weights: {len(moves):,};  median of their moves {np.median(moves):.6f}")
print(f"rate / sqrt(0.1) = {1e-4 / np.sqrt(0.1):.6f}")

# %% [markdown]
# RMSprop divides each gradient by its own recent size. In the very first step there is nothing recent but this gradient, a tenth of it squared: so most weights move by nearly the same 0.0003, up or down, and none by more than 0.000316. That is little for one weight. For 2.4 million of them, all in the direction that the dealer named, it is a lot.
#
# A training is thousands of such steps, and between them the dealer learns as well.
#
# ### Two modes of one generator
#
# > **Loose on the slide.** Its discriminator gets fakes from `generator.predict`, which is inference mode. Its generator is trained by `gan.train_on_batch`, which is training mode. So the dealer is not shown what the forger practises with. **Predict:** how different are the two, for a generator at the start?

# %%
fresh = build_generator()
modes = [np.array(fresh(seen_latent, training=training)) for training in (False, True)]
show(
    plot_images(
        np.concatenate([images[:6] for images in modes]),
        columns=6,
        row_titles=["inference", "training"],
    ),
    "The same six latent vectors through a fresh generator: flat grey in inference mode, contrasty "
    "noise in training mode.",
)
for name, images in zip(["inference", "training"], modes):
    print(f"{name} mode: standard deviation of the pixels {images.std():.4f}")
for _ in range(100):
    fresh(draw_latent(16), training=True)
settled = np.array(fresh(seen_latent, training=False))
print(f"inference mode after 100 batches: {settled.std():.4f}")

# %% [markdown]
# Two reasons. A fresh moving mean and variance normalize nothing ([lecture 6](06_gan_networks.ipynb), block 1), and dropout is silent in inference mode. The first wears off: with a momentum of 0.9 nothing is left of the first values after 100 batches. The second stays. The course does as the slide does.
#
# ## 4. The lecture's own loop
#
# Both updates so far name the weights that move. The slides do it another way: they switch `discriminator.trainable` on and off, and call `train_on_batch`. This is their code in Keras 3.

# %%
from course.gan.lecture_loop import compile_networks  # inline
from course.gan.lecture_loop import lecture_step  # inline

# %% [markdown]
# **Predict before you run:** two pairs of networks with equal weights, one trained by the slide's loop and one by the two functions above, on the same numbers. How far apart are they after three steps?
#
# Dropout draws at random, so for this comparison its rate is 0. The networks are small: what they are made of is what matters.


# %%
def small_networks():
    """A generator of 14 x 14 images and its discriminator, without dropout."""
    latent = keras.Input((5,))
    x = layers.BatchNormalization(momentum=0.9)(layers.Dense(7 * 7 * 2)(latent))
    x = layers.Reshape((7, 7, 2))(layers.Activation("relu")(x))
    x = layers.Conv2DTranspose(1, 5, padding="same", activation="sigmoid")(layers.UpSampling2D()(x))
    images = keras.Input((14, 14, 1))
    y = layers.LeakyReLU(negative_slope=0.2)(layers.Conv2D(4, 5, strides=2, padding="same")(images))
    y = layers.Dense(1, activation="sigmoid")(layers.Flatten()(y))
    return keras.Model(latent, x), keras.Model(images, y)


def small_numbers():
    """Real images and two sets of latent vectors for the small networks."""
    images = rng.uniform(size=(8, 14, 14, 1)).astype("float32")
    return images, *rng.uniform(-1, 1, size=(2, 8, 5)).astype("float32")


slides, ours = small_networks(), small_networks()
for network, twin in zip(slides, ours):
    twin.set_weights(network.get_weights())
gan = compile_networks(*slides)
optimizers = lecture_optimizers()
rows = []
for step in (1, 2, 3):
    images, latent, more_latent = small_numbers()
    by_slide = lecture_step(*slides, gan, images, latent, more_latent)
    by_us = (
        float(discriminator_step(*ours, optimizers[0], images, latent)),
        float(generator_step(*ours, optimizers[1], more_latent)),
    )
    apart = max(
        np.abs(a - b).max()
        for network, twin in zip(slides, ours)
        for a, b in zip(network.get_weights(), twin.get_weights())
    )
    losses = [f"{a:.5f} and {b:.5f}" for a, b in zip(by_slide, by_us)]
    rows.append([step, *losses, f"{apart:.0e}"])
show_table(
    ["step", "discriminator's loss", "generator's loss", "largest difference of the weights"], rows
)

# %% [markdown]
# The same updates, but for rounding. Then why not as on the slide?
#
# > **Loose on the slide.** `trainable` is a switch, and what matters is *when Keras reads it*. Keras 2 read it at `compile`. Keras 3 reads it when `train_on_batch` is called for the first time: there it builds the function that it then uses again and again. **Predict**, for each way to forget or to misplace the switch, whose weights move in the third step.


# %%
def who_moves(toggles):
    """Arrays of weights that each update moves in the last of some steps."""
    generator, discriminator = small_networks()
    gan = compile_networks(generator, discriminator)
    for before_discriminator, before_gan in toggles:
        images, latent, _ = small_numbers()
        entry = []
        for network, inputs, toggle in [
            (discriminator, images, before_discriminator),
            (gan, latent, before_gan),
        ]:
            if toggle is not None:
                discriminator.trainable = toggle
            old = generator.get_weights(), discriminator.get_weights()
            network.train_on_batch(inputs, np.ones((8, 1)))
            new = generator.get_weights(), discriminator.get_weights()
            entry.append(
                " and ".join(
                    name
                    for name, a, b in zip(("generator", "discriminator"), old, new)
                    if not all(map(np.array_equal, a, b))
                )
            )
    return entry


# Each way builds functions of its own, and TensorFlow would wonder at so many.
tf.get_logger().setLevel("ERROR")
show_table(
    ["the switch", "discriminator's update moves", "generator's update moves"],
    [
        ["as on the slide", *who_moves([(True, False)] * 3)],
        ["right in step 1, then never touched", *who_moves([(True, False), *[(None, None)] * 2])],
        ["right in step 1, then the wrong way", *who_moves([(True, False), *[(False, True)] * 2])],
        ["never switched off again", *who_moves([(True, None)] * 3)],
    ],
)

# %% [markdown]
# After the first step the switch is ornament. And if it stands wrong in the first step, the generator's update moves the discriminator for good, without a warning: it then learns to call its own opponent's fakes *real*. A list of weights cannot be read at the wrong time.
#
# The full loop, then, is two lines:

# %%
start = time.perf_counter()
for _ in range(3):
    d_loss = discriminator_step(
        generator, discriminator, discriminator_optimizer, draw_real(), draw_latent()
    )
    g_loss = generator_step(generator, discriminator, generator_optimizer, draw_latent())
    print(f"discriminator's loss {float(d_loss):.3f}, generator's loss {float(g_loss):.3f}")
print(f"{(time.perf_counter() - start) / 3:.2f} s a step")

# %% [markdown]
# The losses jump: RMSprop's first steps are wild, and each network's step changes what the other one has to do.
#
# Now write it yourself: `discriminator_batch`, `discriminator_step` and `generator_step` in [assignment a4_gan](../assignments/a4_gan/a4_gan.ipynb).
#
# ## 5. What to expect
#
# **Predict before you run:** suppose that the forger has become perfect. What do the dealer's opinion, his loss and the forger's loss come to?

# %%
undecided = np.full((64, 1), 0.5)
for name, target in [("discriminator", [1.0] * 32 + [0.0] * 32), ("generator", [1.0] * 64)]:
    loss = keras.losses.binary_crossentropy(np.reshape(target, (64, 1)), undecided)
    print(f"{name}'s loss at D = 0.5: {float(ops.mean(loss)):.4f};  ln 2 = {np.log(2):.4f}")

# %% [markdown]
# That is the **equilibrium**: fakes and real images have the same law, 0.5 is the best answer, and both losses are $\ln 2 = 0.693$, as they are at the very start. (Papers that *add* the losses of real and fake write $\ln 4 = 1.386$.)
#
# > **'The discriminator's loss has gone to 0, so the training works.'** No. It means that the dealer recognises everything, and [lecture 8](08_gan_difficulties.ipynb) shows what the forger then hears: next to nothing under the minimax loss, and under ours a strong push, often towards a few pictures only. Neither loss says how good the images are: each is measured against an opponent who changes. Watch instead: that the accuracy on real *and* on fake stays below 1, that the generator's gradient neither dies nor explodes, and the samples.
#
# ## 6. Training
#
# `GAN` in `course.gan.model` does the two updates of this lecture. A test holds it to that. It runs them as one compiled graph, with the networks folded as in [lecture 6](06_gan_networks.ipynb), and takes its losses from the logits, which is the same number where a probability is not rounded to 0 or 1. Where the processor is faster with it, products are taken in **bfloat16**, numbers of 8 significant bits; weights, losses and batch statistics stay in float32. Whatever is random comes from a seed, and every step is recorded. A `Recipe` says how to train. Its default is the lecture's.
#
# **Predict before you run:** twenty steps. Noise, or already something?

# %%
recipe = Recipe(average=0.999) if TRAIN_FROM_SCRATCH else Recipe()
steps, every = (1000, 50) if TRAIN_FROM_SCRATCH else (20, 5)
gan = GAN(build_generator(), build_discriminator(), recipe, seed=7, precision="auto")
print(f"products in {gan.precision}")
sheet_latent = gan.draw_latent(16, seed=1)
started = time.perf_counter()


def progress(gan):
    """Print means over the last steps; draw samples now and then."""
    latest = {name: np.mean(values[-every:]) for name, values in gan.history.items()}
    print(
        f"step {gan.step}, {time.perf_counter() - started:.0f} s: "
        f"losses {latest['discriminator_loss']:.3f} and {latest['generator_loss']:.3f}, "
        f"recognised {latest['accuracy_real']:.0%} of real, {latest['accuracy_fake']:.0%} of fake"
    )
    if gan.step % 250 == 0 or gan.step == steps:
        sheet = gan.generator(sheet_latent, training=False)
        show(
            plot_images(sheet, columns=8),
            f"Sixteen samples after {gan.step} steps: mean brightness {np.mean(sheet):.2f}; from one "
            f"to the next a pixel differs by {np.mean(np.std(sheet, axis=0)):.2f}.",
        )


_ = gan.train(digits.x_train, steps, each=progress, every=every)
samples = np.array(gan.generator(sheet_latent, training=False))
print(f"mean brightness: {samples.mean():.2f}; real digits: {digits.x_train.mean():.2f}")

# %% [markdown]
# No digits yet, and no longer the grey of brightness 0.5 that an untrained generator draws: the number above says how far the forger has come towards the darkness of digits, or beyond it.
#
# If the forger's loss is small while the dealer recognises most fakes, this is no mistake. The loss is taken from fakes of training mode, the share from fakes of inference mode, and early on these are different images (question 3).
#
# Interrupt a training whenever you like. What is done stays done, and `gan.train(...)` goes on from there; `gan.save` and `gan.restore` carry it over to another day, and to another machine if you name the `precision` there.
#
# ## 7. A long training, recorded
#
# The course ships the record of the training that its generator comes from: the lecture's networks, optimisers and losses.

# %%
record = load_history()
print(f"{record.steps:,} steps of 64 real and 64 fake images")
print(f"that is {record.steps * 64 / len(digits.x_train):.0f} times through the digits")

# %% [markdown]
# **Predict before you run:** the two losses start near $\ln 2$, which the curves hardly show, for each of their points is a mean over 20 steps. Where do they go?

# %%
ln_2 = {"ln 2": (np.array([0, record.steps]), np.full(2, np.log(2)))}
figure, (left, right) = new_figure(2, width=13, height=4.2)
plot_curves(
    {
        "discriminator": record.curves["discriminator_loss"],
        "generator": record.curves["generator_loss"],
    }
    | ln_2,
    axes=left,
    title="Losses",
    x_label="step",
    y_label="nats",
)
plot_curves(
    {"real": record.curves["accuracy_real"], "fake": record.curves["accuracy_fake"]},
    axes=right,
    title="Share that the discriminator recognises",
    x_label="step",
    y_label="share",
)
right.set(ylim=(0, 1))
show(
    figure,
    "Left: after a wild start the discriminator's loss stays a little below ln 2 and the "
    "generator's above it. Right: the discriminator recognises between a half and all of the real "
    "and of the fake images.",
)


# %%
def at(name, step, window=100):
    """Mean of a curve over the steps before ``step``."""
    steps, values = record.curves[name]
    return float(np.mean(values[(steps > step - window) & (steps <= step)]))


moments = [step for step in record.sheets if step >= 100]
show_table(
    ["step", "D's loss", "G's loss", "real recognised", "fakes recognised"],
    [
        [
            f"{step:,}",
            at("discriminator_loss", step),
            at("generator_loss", step),
            f"{at('accuracy_real', step):.0%}",
            f"{at('accuracy_fake', step):.0%}",
        ]
        for step in moments
    ],
)

# %% [markdown]
# Each row is a mean over the hundred steps before. Neither of them wins. The dealer's loss stays below $\ln 2$: he is better than a coin. The forger's stays above it: he is recognised more often than not. It is a standoff, and not the equilibrium.
#
# **Predict before you run:** and the images, meanwhile?


# %%
def sheet_frames():
    """Samples of the same 32 latent vectors, one recorded step after the other."""
    figure, (axes,) = new_figure(width=7.0, height=3.9)
    axes.axis("off")
    for step, sheet in record.sheets.items():
        wall = sheet.reshape(4, 8, 28, 28).swapaxes(1, 2).reshape(4 * 28, 8 * 28)
        axes.imshow(wall, cmap="gray", vmin=0, vmax=255)
        axes.set_title(f"Step {step:,}")
        yield figure


show_animation(
    sheet_frames(),
    plot_images(
        np.concatenate([sheet[:10] for sheet in record.sheets.values()]) / 255,
        columns=10,
        row_titles=[f"step {step:,}" for step in record.sheets],
        title="The same ten latent vectors",
    ),
    "The same latent vectors, decoded at several steps: grey, then a bright square, then strokes, "
    "then shapes that look more and more like digits.",
    milliseconds=400,
)

# %% [markdown]
# Grey, a bright square, strokes, digits. After the first hundreds of steps the losses hardly move, the generator's even rises a little, and most of the images get better. How can that be? Each loss is measured against an opponent who has become better, too.
#
# To *measure* it one needs a judge who does not change. The course ships a small classifier of digits. The record holds how many of 2,000 samples it reads with a confidence of at least 0.9. They were drawn with the running mean of the generator's weights, which section 8 explains; the pictures above were not.

# %%
classifier = load_classifier()
_, read, confidence = read_digits(classifier, digits.x_test)
print(
    f"held-out digits: {np.mean(read == digits.y_test):.1%} read rightly, {np.mean(confidence >= 0.9):.1%} with confidence"
)
show_table(
    ["step", "G's loss", "samples read with confidence"],
    [
        [f"{step:,}", at("generator_loss", step), f"{share:.0%}"]
        for step, share in record.confident.items()
    ],
)

# %% [markdown]
# The share rises; the generator's loss does not fall. So do not wait for a loss to fall.
#
# ### The dealer's opinions
#
# **Predict before you run:** at the equilibrium both histograms are one peak at 0.5. What do they look like on the way?

# %%
shown = [step for step in record.opinions if step >= 100]
shown = [shown[i] for i in np.linspace(0, len(shown) - 1, 4).round().astype(int)]
figure, panels = new_figure(4, width=13, height=3.4)
bins = np.linspace(0, 1, 21)
for axes, step in zip(panels, shown):
    for name, opinion, color in zip(
        ("real", "fake"), record.opinions[step], (COLORS["blue"], COLORS["vermillion"])
    ):
        hatch = "//" if name == "fake" else None
        look = {"histtype": "stepfilled", "alpha": 0.35, "color": color, "hatch": hatch}
        axes.hist(opinion, bins, label=name, edgecolor=color, linewidth=1.5, **look)
    axes.set(title=f"step {step:,}", xlabel="opinion")
highest = max(axes.get_ylim()[1] for axes in panels)
for axes in panels:
    axes.set_ylim(0, highest)
panels[0].set_ylabel("images of a batch")
panels[-1].legend()
show(
    figure,
    "Histograms of the discriminator's opinions of 64 real and 64 fake images at four steps. At the "
    "first, real ones stand near 1 and fakes to the left of them; later both are ragged, and overlap "
    "widely, the real ones a little further right.",
)
show_table(
    ["step", "mean opinion of real", "of fake"],
    [[f"{step:,}", *(part.mean() for part in record.opinions[step])] for step in record.opinions],
)

# %% [markdown]
# At first the dealer is sure of the real images. Later the two overlap widely, ragged as 64 images are, and his mean opinion of real ones is higher by 0.1 to 0.2. (These are single batches, and single batches swing: the table above has means over a hundred.) The overlap is where the forger lives: wherever a fake is taken for real, he hears what works.
#
# ### The gradients

# %%
figure = plot_curves(
    {
        "discriminator": record.curves["discriminator_gradient"],
        "generator": record.curves["generator_gradient"],
    },
    title="Norm of the gradient, over all weights of a network",
    x_label="step",
    y_label="norm",
)
figure.axes[0].set_yscale("log")
figure.axes[0].set_yticks([2, 5, 10, 20], ["2", "5", "10", "20"])
figure.axes[0].minorticks_off()
show(
    figure,
    "The norms of both gradients on a logarithmic axis: after the start they stay within a factor "
    "of ten, neither dying nor exploding.",
)

# %% [markdown]
# They live. In [lecture 8](08_gan_difficulties.ipynb) you will see one that does not.
#
# ## 8. How good are the forgeries?
#
# The shipped generator is not the last one of that training, but the running mean of its weights over the last thousand steps or so: a trick that the lecture does not have. Its networks, optimisers and losses are the lecture's.

# %%
generator = gan.averaged if TRAIN_FROM_SCRATCH else load_generator()
generator = fold(generator)  # The same function, in less time.
latent = draw_latent(2000)
samples = generator.predict(latent, batch_size=250, verbose=0)
show(
    plot_images(samples[:48], columns=16, title="Samples, not chosen"),
    "Forty-eight samples of the generator, most of them digits that can be read.",
)

# %% [markdown]
# **Predict before you run:** how many of these can the classifier read, compared with real digits, with an untrained generator, and with the VAE of [lecture 4](04_vae_training.ipynb) whose samples lie nearest to digits with $k = 16$, that of $\lambda = 0.1$?
#
# Five measures, each on 2,000 images:
#
# - **confident**: the share that the classifier reads with a confidence of at least 0.9;
# - **classes**: how many of the ten digits make up at least 3 % each;
# - **Fréchet distance** to held-out digits: of the means and covariances of the classifier's features; smaller is better;
# - **precision**: the share of samples that lie where real digits lie, in these features;
# - **recall**: the share of real digits that lie where samples lie.

# %%
vae = load_vae("vae_digits_k16_lambda_0.1")
clouds = {
    "real digits, trained on": digits.x_train[:2000],
    "GAN": samples,
    "VAE, lambda = 0.1": vae.decoder.predict(
        rng.normal(size=(2000, 16)).astype("float32"), batch_size=500, verbose=0
    ),
    "untrained generator": fold(fresh).predict(latent, batch_size=250, verbose=0),
}
real_features, _, _ = read_digits(classifier, digits.x_test)
rows, shares = [], {}
for name, images in clouds.items():
    features, read, confidence = read_digits(classifier, images)
    shares[name] = np.bincount(read, minlength=10) / len(read)
    precision, recall = precision_recall(real_features, features)
    rows.append(
        [
            name,
            f"{np.mean(confidence >= 0.9):.0%}",
            int(np.sum(shares[name] >= 0.03)),
            frechet_distance(real_features, features),
            f"{precision:.0%}",
            f"{recall:.0%}",
        ]
    )
show_table(
    ["2,000 images", "confident", "classes", "Fréchet distance", "precision", "recall"], rows
)
show(
    plot_images(
        np.concatenate([images[:16] for images in clouds.values()]),
        columns=16,
        row_titles=list(clouds),
    ),
    "Rows of sixteen, not chosen: real digits; the GAN's samples, sharp, some of them no digits; the "
    "VAE's, blurred, some between two digits; the untrained generator's, grey noise.",
)

# %% [markdown]
# The first row is what one can hope for: other real digits. Precision and recall of two samples of one law are about 0.9, not 1. The untrained generator is the floor, and tells what a column is worth: a classifier that has seen nothing but digits takes noise for digits as well, and some of it with confidence. One number is never enough. Its Fréchet distance and its recall leave no doubt: noise is far from digits, and covers none of them.
#
# The two models fail in opposite ways. By precision the VAE's samples are safe, safer than real digits, and yet the classifier reads little more than half of them with confidence: precision flatters samples that crowd where digits are dense, as blurred ones do. The GAN's reach as much of that ground as real digits do, and three in ten lie beside it, where of other real digits it is one in ten. (Recall flatters samples that are spread wide: each covers the ground as far as its third nearest fellow.)
#
# These numbers are comparable with each other, and with nothing else. The Fréchet distance of papers is taken in the features of another network, and every such distance shrinks with the number of images.
#
# ### Every class?
#
# **Predict before you run:** nobody has told the forger that there are ten digits. Does he make all of them equally often?

# %%
figure, (axes,) = new_figure(height=3.4)
width = 0.4
for offset, name, color in [
    (-0.2, "real digits, trained on", COLORS["blue"]),
    (0.2, "GAN", COLORS["vermillion"]),
]:
    hatch = "//" if name == "GAN" else None
    axes.bar(
        np.arange(10) + offset,
        shares[name],
        width,
        label=name,
        color=color,
        hatch=hatch,
        edgecolor="white",
    )
axes.set(title="What 2,000 images are read as", xlabel="digit", ylabel="share")
axes.set_xticks(range(10))
axes.legend(ncols=2, loc="upper right")
axes.set_ylim(0, 0.2)
show(
    figure,
    "Bars: the share of each digit among real digits and among samples. All ten occur in both; 6 is half as frequent among samples.",
)
show_table(
    ["", *range(10)],
    [[name, *(f"{s:.1%}" for s in shares[name])] for name in ("real digits, trained on", "GAN")],
)

# %% [markdown]
# All ten, but only half as many 6s as among real digits, and more 7s. A generator that forgets some of them altogether is the subject of [lecture 8](08_gan_difficulties.ipynb).
#
# ### Or has he only learned his digits by heart?
#
# A forger with copies of real paintings would pass every test so far. **Predict before you run:** we look for the training digit that is nearest to each sample. How near is it, compared with the nearest one of a held-out digit?

# %%
nearest, distances = nearest_neighbours(samples, digits.x_train)
_, real_distances = nearest_neighbours(digits.x_test, digits.x_train)
show_table(
    ["distance to the nearest training digit", "smallest", "median", "largest"],
    [
        [name, d.min(), np.median(d), d.max()]
        for name, d in [("of a sample", distances), ("of a held-out digit", real_distances)]
    ],
)
for title, those in [
    ("The ten samples that are nearest to a training digit", np.argsort(distances)[:10]),
    ("The first ten samples", np.arange(10)),
]:
    show(
        plot_images(
            np.concatenate([samples[those], digits.x_train[nearest[those]]]),
            [f"{distances[i]:.1f}" for i in those] + [""] * 10,
            columns=10,
            row_titles=["sample", "nearest"],
            title=title,
        ),
        f"{title}, and below each the training digit that is nearest to it: mostly alike, and no copies.",
    )

# %% [markdown]
# No copies. On the whole a sample lies further from the training digits than a new real digit does. Those that lie nearest are plain 1s, the digit with the least room to differ. After all, the generator has never seen a training digit: only what the dealer made of it.
#
# ### From vector to vector
#
# There is no encoder, but there is a latent space, and one can walk in it. **Predict before you run:** halfway between two vectors, is there a digit?

# %%
start, end = latent[:4], latent[4:8]
walk = np.concatenate([(1 - t) * start + t * end for t in np.linspace(0, 1, 9, dtype="float32")])
pictures = generator.predict(walk, verbose=0).reshape(9, 4, 28, 28).transpose(1, 0, 2, 3)
show(
    plot_images(pictures.reshape(-1, 28, 28), columns=9, title="From one latent vector to another"),
    "Four rows of nine images: each goes smoothly from one sample to another.",
)
middle = np.linalg.norm((start + end) / 2, axis=1)
print("lengths: at the ends", np.linalg.norm(start, axis=1).round(1), "  halfway", middle.round(1))

# %% [markdown]
# The images change smoothly; some halfway are digits, and some are shapes between two. Halfway the vectors are shorter than any that the generator was trained with ([lecture 6](06_gan_networks.ipynb), section 2), and it still answers.
#
# ## Summary
#
# - An update of the discriminator is one step of a classifier on real images, target 1, and fakes, target 0. It moves the discriminator alone.
# - An update of the generator has the target 1 for fakes. Its gradient passes through the discriminator, and it moves the generator alone, with its moving means.
# - After one update the discriminator thinks better of the images of the same latent vectors.
# - Lists of weights say who learns. A toggled `trainable` does the same updates, if it stands right when Keras reads it.
# - At the equilibrium both losses are $\ln 2$. A discriminator's loss of 0 is a bad sign, and no loss tells how good the images are: ask a judge who does not change.
# - The lecture's recipe, with the generator's weights averaged, makes digits of all ten classes, and no copies.
#
# ## Questions
#
# 1. In the update of the generator, exchange the target 1 for 0. What would the forger learn?
# 2. The fakes for the discriminator come from inference mode. Show it fakes from training mode instead: which line do you change, and what else moves then?
# 3. `generator_loss` is taken from fakes of training mode, `accuracy_fake` from those of inference mode. In which steps can the two contradict each other, and why does that wear off?
# 4. The update of the generator runs the discriminator in training mode. What would change in inference mode, and whose randomness would be gone?
# 5. A judge that does not change can be fooled as well. How would you make an image that this classifier reads with confidence, and you do not?
# 6. The VAE of the table has $\lambda = 0.1$. Take the others of [lecture 4](04_vae_training.ipynb): how do precision and recall change with $\lambda$?
#
# Next: [lecture 8, why it is difficult](08_gan_difficulties.ipynb). In [assignment a4_gan](../assignments/a4_gan/a4_gan.ipynb) you write the two updates.
