# %% [markdown]
# # Lecture 7: Training a generative adversarial network
#
# The generator (the forger) and the discriminator (the art dealer) of [lecture 6](06_gan_networks.ipynb) are untrained. This lecture trains them: one update of the discriminator, then one update of the generator, in turn. You see which weights each update moves, what one step does to an image, and how a long training went. At the end you measure how good the samples are.

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
from course.experiments.seen_step import descend_and_look, look
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
# First the **discriminator** learns from real and fake images. The generator makes the fakes, and its weights do not change.

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
# Then the **generator** learns. The discriminator judges its fakes, and the weights of the discriminator do not change. The generator's target is the answer 'real'.

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
# Why the last two lines? In inference mode batch normalization uses its moving means and variances, and in a new network these are wrong ([lecture 6](06_gan_networks.ipynb), block 1). After a hundred batches they fit the weights. So every change that you see from here on is due to the updates.
#
# ## 2. The update of the discriminator
#
# The discriminator is an ordinary classifier with two classes. Its batch holds the real images first, then the fake ones, and a target for each image.

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
# The loss is binary cross-entropy, a mean over all 128 images: $-\log D$ for a real image and $-\log(1 - D)$ for a fake one. Here $D$ is the probability of being real that the discriminator gives. We call it the discriminator's **opinion** of the image.
#
# **Predict before you run:** the discriminator is untrained. What is its loss?

# %%
opinions = np.array(discriminator(x, training=False))  # (2B, 1)
by_keras = float(ops.mean(keras.losses.binary_crossentropy(y, opinions)))
by_hand = -np.mean(np.concatenate([np.log(opinions[:64]), np.log(1 - opinions[64:])]))
print(f"by Keras {by_keras:.4f}, by hand {by_hand:.4f};  ln 2 = {np.log(2):.4f}")

# %% [markdown]
# One update makes the fakes, computes the loss, and moves the discriminator's weights down the gradient. The *list of weights* that the optimiser gets decides which network learns.

# %%
from course.gan.training import discriminator_step  # inline

# %% [markdown]
# The optimisers are those of the slides: RMSprop, with a learning rate of $2 \cdot 10^{-4}$ for the discriminator and half of it for the generator.
#
# > **Old on the slide.** `RMSprop(lr=0.0002, decay=6e-8)` is Keras 2. Today the argument is called `learning_rate`. **Predict:** what does Keras 3 do with `lr`, and what with `decay`?

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
# It raises `ValueError` for `lr`. It ignores `decay` with a warning: if you overlook the warning, you train with a different learning rate than you wrote. Today a decay is a schedule.

# %%
from course.gan.training import lecture_optimizers  # inline

# %%
discriminator_optimizer, generator_optimizer = lecture_optimizers()
for step in (0, 10_000, 1_000_000):
    rates = [float(o._learning_rate(step)) for o in (discriminator_optimizer, generator_optimizer)]
    print(f"step {step:>9,}: rates {rates[0]:.3g} and {rates[1]:.3g}")

# %% [markdown]
# This decay changes almost nothing within the steps of this lecture.
#
# **Predict before you run:** which network's arrays of weights will one update of the discriminator move? Remember that the generator made half of the batch.


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
# Only the discriminator's, and all ten of them. The generator ran in **inference mode**, so even its moving means are unchanged.
#
# What if only the discriminator learned? **Predict before you run:** after how many updates does it recognise all images?

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
# The table says how many updates were enough. It takes only a few, if noise is as easy to tell from digits as it looks. The loss need not fall at every update, because RMSprop's first steps are large. Now the generator has an opponent from which it can learn.
#
# ## 3. The update of the generator
#
# The fakes go to the discriminator with the target *real*. Only the loss gets this wrong target: it is smallest where the discriminator takes the fakes for real. The gradient passes through the discriminator and moves the generator.

# %%
from course.gan.training import generator_step  # inline

# %% [markdown]
# ### The step, seen
#
# The slide writes the step as $W \leftarrow W - \alpha \cdot \text{gradient}$, and asks: what if we make images of **the same latent vectors** again, with the updated generator?
#
# That is plain gradient descent. We take one gradient, and try several $\alpha$ from the same weights $W$. All of it happens in training mode, in which `generator_step` takes its gradient, and with the same dropout masks before and after. So each difference that you see comes from the weights.
#
# **Predict before you run:** will the discriminator's mean opinion rise? Will its opinion of each of the 64 images rise? For which $\alpha$?

# %%
seen_latent = draw_latent()
steps_seen = descend_and_look(
    generator, discriminator, seen_latent, [1e-4, 1e-3, 1e-2, 1e-1], training=True
)
before = steps_seen[0].before
show_table(
    ["alpha", "mean opinion before", "after", "opinion rises for", "mean change of a pixel"],
    [
        [
            f"{step.rate:g}",
            step.before.opinions.mean(),
            step.after.opinions.mean(),
            f"{step.better} of {len(seen_latent)}",
            np.abs(step.after.images - step.before.images).mean(),
        ]
        for step in steps_seen
    ],
)
looks = [before, *(step.after for step in steps_seen[1:])]
show(
    plot_images(
        np.concatenate([each.images[:8] for each in looks]),
        [f"D = {opinion:.3f}" for each in looks for opinion in each.opinions[:8]],
        columns=8,
        row_titles=["before", *(f"alpha = {step.rate:g}" for step in steps_seen[1:])],
    ),
    "Rows of eight images of the same latent vectors, each with the discriminator's opinion: before "
    "the step, and after it with three values of alpha. With the smallest of them they look nearly "
    "as before; with the largest they are alike.",
)

# %% [markdown]
# The opinion rises for every image, with every $\alpha$ of the table. <!-- claim: every_opinion_rises_in_the_mode_of_the_gradient --> With the smallest, ten times the $\alpha$ gives about ten times the rise: that is what a gradient promises. <!-- claim: small_rises_are_proportional_to_alpha --> With the largest, the pixels are driven to black or white and the latent vectors make nearly the same image. <!-- claim: a_large_step_makes_all_images_alike --> Such an image satisfies this discriminator of eleven updates, and it is no digit. So the direction is right, and $\alpha$ decides how far to trust it.
#
# The networks are as they were before the experiment. Now the lecture's update, with RMSprop.
#
# **Predict before you run:** whose weights move now, and what else moves?

# %%
before = weights_now()
looks_before = {
    training: look(generator, discriminator, seen_latent, training) for training in (True, False)
}
old_weights = [v.numpy() for v in generator.trainable_weights]
loss = generator_step(generator, discriminator, generator_optimizer, seen_latent)
print(f"loss before the update: {float(loss):.4f}")
show_moved(before)
new_weights = [v.numpy() for v in generator.trainable_weights]
moves = np.concatenate([np.abs(new - old).ravel() for new, old in zip(new_weights, old_weights)])
print(f"weights: {len(moves):,};  median of their moves {np.median(moves):.6f}")
print(f"rate / sqrt(0.1) = {1e-4 / np.sqrt(0.1):.6f}")

# %% [markdown]
# The update moves the generator's 18 arrays, and its eight moving means and variances: this time it ran in training mode. The gradient went *through* the discriminator without moving it.
#
# RMSprop divides each gradient by its own recent size. In the very first step the only recent gradient is this one, a tenth of it squared. So most weights move by nearly the same 0.0003, up or down, and none moves by more than 0.000316. That is little for one weight. For 2.4 million weights together it is a lot.
#
# ### Two modes of one generator
#
# > **Loose on the slide.** Its discriminator gets fakes from `generator.predict`, which is inference mode. Its generator is trained by `gan.train_on_batch`, which is training mode. So the discriminator never sees the images from which the generator learns.
#
# We kept the opinions of the same 64 vectors, in both modes. **Predict before you run:** the gradient was taken in training mode. In which of the two modes does the opinion rise? And in inference mode after 100 more batches, in which no weight moves and only the moving means and variances follow?


# %%
def row(name, now, then):
    """Entries of the table: opinions before and after the update."""
    rises = np.sum(now.opinions > then.opinions)
    return [name, then.opinions.mean(), now.opinions.mean(), f"{rises} of {len(seen_latent)}"]


rows = [
    row(name, look(generator, discriminator, seen_latent, training), looks_before[training])
    for name, training in [("training", True), ("inference", False)]
]
for _ in range(100):
    generator(draw_latent(16), training=True)
settled = look(generator, discriminator, seen_latent, training=False)
rows.append(row("inference, after 100 batches", settled, looks_before[False]))
show_table(["mode", "mean opinion before", "after", "opinion rises for"], rows)

# %% [markdown]
# In training mode the opinion rises for all images, <!-- claim: rmsprop_raises_every_opinion_in_training_mode --> and in inference mode once the moving means and variances have followed. <!-- claim: opinions_rise_in_inference_mode_once_the_averages_have_followed --> Directly after the update, inference mode shows something else. There the generator has the new weights, but still normalizes by means and variances of the old ones: with a momentum of 0.9 one update moves them by a tenth of the way. The images of that mixture are not the ones whose gradient was taken. In some trainings every one of them is judged worse than before, and in some better: read it in the second row.
#
# So judge a step in the mode in which its gradient was taken. During a long training the weights move less per step, and the averages keep up.
#
# For a new generator the difference is larger still. **Predict:** how different are its images in the two modes?

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
# There are two reasons. The first moving mean is 0 and the first moving variance is 1, so they normalize nothing ([lecture 6](06_gan_networks.ipynb), block 1). And dropout is off in inference mode. The first reason disappears: with a momentum of 0.9 nothing is left of the first values after 100 batches. The second one stays. The course does as the slide does.
#
# A training is thousands of such steps, and between them the discriminator learns as well.
#
# ## 4. The lecture's own loop
#
# Both updates so far name the weights that they move. The slides do it in another way: they switch `discriminator.trainable` on and off, and call `train_on_batch`. This is their code in Keras 3.

# %%
from course.gan.lecture_loop import compile_networks  # inline
from course.gan.lecture_loop import lecture_step  # inline

# %% [markdown]
# **Predict before you run:** two pairs of networks with equal weights, one trained by the slide's loop and one by the two functions above, on the same numbers. How far apart are they after three steps?
#
# Dropout is random, so for this comparison its rate is 0. The networks are small, but have the same kinds of layers.


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
# Except for rounding, the updates are the same. Then why does the course not do it as on the slide?
#
# > **Loose on the slide.** `trainable` is a switch, and what matters is *when Keras reads it*. Keras 2 read it at `compile`. Keras 3 reads it when `train_on_batch` is called for the first time: there it builds the function that it uses from then on. **Predict**, for each way to forget or misplace the switch, whose weights move in the third step.


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


# Each way builds new functions, and TensorFlow would warn that there are so many.
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
# After the first step the switch has no effect. And if it is wrong in the first step, each update of the generator also moves the discriminator, without a warning: the discriminator then learns to call the fakes *real*. With a list of weights this cannot happen.
#
# The full loop needs only two calls:

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
# Each network's loss depends on the other network, so a step of one changes the loss of the other.
#
# Now write it yourself: `discriminator_batch`, `discriminator_step` and `generator_step` in [assignment a4_gan](../assignments/a4_gan/a4_gan.ipynb).
#
# ## 5. What to expect
#
# **Predict before you run:** suppose that the generator has become perfect. What are the discriminator's opinion, its loss and the generator's loss?

# %%
undecided = np.full((64, 1), 0.5)
for name, target in [("discriminator", [1.0] * 32 + [0.0] * 32), ("generator", [1.0] * 64)]:
    loss = keras.losses.binary_crossentropy(np.reshape(target, (64, 1)), undecided)
    print(f"{name}'s loss at D = 0.5: {float(ops.mean(loss)):.4f};  ln 2 = {np.log(2):.4f}")

# %% [markdown]
# That is the **Nash equilibrium** of the game: neither network can lower its loss by changing alone. Fakes and real images have the same distribution, 0.5 is the best answer, and both losses are $\ln 2 = 0.693$, as they are at the very start. (Papers that *add* the losses of real and fake write $\ln 4 = 1.386$.)
#
# > **'The discriminator's loss has gone to 0, so the training works.'** No. It means that the discriminator recognises everything. [Lecture 8](08_gan_difficulties.ipynb) shows the gradient that the generator then gets: nearly 0 under the minimax loss, and under ours a strong one, often towards a few pictures only. Neither loss says how good the images are, because each is measured against an opponent that changes. Watch other things instead: the accuracy on real *and* on fake stays below 1, the generator's gradient neither vanishes nor explodes, and the samples get better.
#
# ## 6. Training
#
# `GAN` in `course.gan.model` does the two updates of this lecture, and a test checks that they are the same. It runs them as one compiled graph, with the networks folded as in [lecture 6](06_gan_networks.ipynb). It computes its losses from the logits, which gives the same number unless a probability is rounded to 0 or 1. If the processor is faster with it, products are computed in **bfloat16**, numbers of 8 significant bits; weights, losses and batch statistics stay in float32. Everything random comes from a seed, and every step is recorded. A `Recipe` says how to train. Its default is the lecture's.
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
# These are no digits yet. An untrained generator draws grey images of mean brightness 0.5, and digits are much darker: the line above says how far the generator has come.
#
# The generator's loss can be small while the discriminator recognises most fakes. This is no error. The loss is computed from fakes of training mode, the share from fakes of inference mode, and early in training these are different images (section 3 and question 3).
#
# You can interrupt a training at any time. All steps so far are kept, and `gan.train(...)` continues from there. With `gan.save` and `gan.restore` you continue on another day, or on another machine if you name the `precision` there.
#
# ## 7. A long training, recorded
#
# The course ships a generator, and the record of its training: the lecture's networks, optimisers and losses.

# %%
record = load_history()
print(f"{record.steps:,} steps of 64 real and 64 fake images")
print(f"that is {record.steps * 64 / len(digits.x_train):.0f} times through the digits")

# %% [markdown]
# **Predict before you run:** the two losses start near $\ln 2$. The curves hardly show it, because each of their points is a mean over 20 steps. Where do the losses go?

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
# Each row is a mean over the hundred steps before it. Neither network wins. The discriminator's loss stays below $\ln 2$: it is better than guessing. The generator's loss stays above $\ln 2$: its fakes are recognised more often than not. The two keep each other in balance, but this is not the equilibrium.
#
# **Predict before you run:** what happens to the images meanwhile?


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
# The images go from grey to a bright square, to strokes, to digits. After the first hundreds of steps the losses hardly move, and the generator's even rises a little, while most of the images get better. How can that be? Each loss is measured against an opponent that has improved, too.
#
# To *measure* progress we need a judge that does not change. The course ships a small classifier of digits. The record holds the share of 2,000 samples that it reads with a confidence of at least 0.9. These samples were drawn with the running mean of the generator's weights, which section 8 explains; the pictures above were not.

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
# The share rises, and the generator's loss does not fall. So do not wait for a loss to fall.
#
# ### The discriminator's opinions
#
# **Predict before you run:** at the equilibrium both histograms are one peak at 0.5. What do they look like during training?

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
# At first the discriminator is sure of the real images. Later the two histograms overlap widely, and its mean opinion of real images is higher by 0.1 to 0.2. (These are single batches of 64 images, which vary a lot: the table above has means over a hundred batches.) In the overlap are the fakes that are taken for real: they show the generator what works.
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
# Neither gradient vanishes. In [lecture 8](08_gan_difficulties.ipynb) you will see one that does.
#
# ## 8. How good are the samples?
#
# The shipped generator does not have the last weights of that training. It has the running mean of the weights over about the last thousand steps, a trick that the slides do not use. Networks, optimisers and losses are those of the slides.

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
# - **Fréchet distance** to held-out digits: between two Gaussians with the means and covariances of the classifier's features; smaller is better (with the features of a network called Inception, papers call it **Fréchet inception distance**);
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
# The first row is the best that a generator can reach: other real digits. Precision and recall of two samples of one distribution are about 0.9, not 1. The untrained generator is the lower end, and shows what each column is worth: a classifier that was trained on nothing but digits also takes noise for digits, some of it with confidence, and noise gets a high precision. So one number is never enough. Fréchet distance and recall leave no doubt: noise is far from digits, and covers none of them.
#
# The VAE's samples have a high precision, and yet the classifier reads little more than half of them with confidence: precision favours samples that lie where digits are dense, as blurred ones do. The GAN's samples cover as much as real digits do. (Recall favours samples that are spread out: each sample covers a ball that reaches its third nearest neighbour.)
#
# Compare these numbers only with each other. The Fréchet distance of papers uses the features of another network, and every such distance shrinks with the number of images.
#
# ### Every class?
#
# **Predict before you run:** nothing has told the generator that there are ten digits. Does it make all of them equally often?

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
# ### Has it memorised the training digits?
#
# A generator that copies training digits would pass every test so far. **Predict before you run:** we look for the training digit that is nearest to each sample. How near is it, compared with the training digit that is nearest to a held-out digit?

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
# Pixel by pixel there are no copies: on the whole a sample lies further from the training digits than a new real digit does. (A copy that is shifted by one pixel is also far from its original by this distance, so the test cannot rule out such copies.) The nearest samples are plain 1s, the digit that varies least. The generator has never seen a training digit: it only gets gradients from the discriminator.
#
# ### From vector to vector
#
# A GAN has no encoder, but it has a latent space, and we can walk in it. **Predict before you run:** is there a digit halfway between two vectors?

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
# The images change smoothly. Some of the images halfway are digits, and some are shapes between two digits. The vectors halfway are shorter than any that the generator was trained with ([lecture 6](06_gan_networks.ipynb), section 2), and it still makes images of them.
#
# ## Summary
#
# - An update of the discriminator is one step of a classifier on real images, target 1, and fakes, target 0. It moves the discriminator alone.
# - An update of the generator has the target 1 for fakes. Its gradient passes through the discriminator, and it moves the generator alone, with its moving means.
# - After one step along the negative gradient, the discriminator's opinion of every image of the same latent vectors has risen, in the mode in which the gradient was taken. In inference mode it may fall at first, because the moving means and variances still belong to the old weights.
# - A list of weights decides which network learns. A toggled `trainable` does the same updates, if it is right when Keras reads it.
# - At the equilibrium both losses are $\ln 2$. A discriminator's loss of 0 is a bad sign, and no loss tells how good the images are: use a judge that does not change.
# - The lecture's recipe, with the generator's weights averaged, makes digits of all ten classes, and no copies pixel by pixel.
#
# ## Questions
#
# 1. In the update of the generator, replace the target 1 by 0. What would the generator learn?
# 2. The fakes for the discriminator come from inference mode. Show it fakes from training mode instead: which line do you change, and what else moves then?
# 3. `generator_loss` is computed from fakes of training mode, `accuracy_fake` from fakes of inference mode. In which steps can the two contradict each other, and why does this disappear later?
# 4. The update of the generator runs the discriminator in training mode. What would change in inference mode, and which randomness would be gone?
# 5. A judge that does not change can be fooled as well. How would you make an image that this classifier reads with confidence, and that you cannot read?
# 6. The VAE of the table has $\lambda = 0.1$. Take the others of [lecture 4](04_vae_training.ipynb): how do precision and recall change with $\lambda$?
#
# Next: [lecture 8, why it is difficult](08_gan_difficulties.ipynb). In [assignment a4_gan](../assignments/a4_gan/a4_gan.ipynb) you write the two updates.
