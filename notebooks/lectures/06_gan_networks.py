# %% [markdown]
# # Lecture 6: The networks of a generative adversarial network
#
# A generative adversarial network, GAN for short, is two networks that work against each other. One makes images out of noise. The other says of an image whether it is real.
#
# This lecture builds both, one layer at a time, and looks at what each layer does. How they are trained is the subject of [lecture 7](07_gan_training.ipynb).

# %%
import course.backend  # TensorFlow, without its start-up messages
import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from course.data import load_images
from course.diagrams import plot_network
from course.fast.folding import fold
from course.plots import COLORS, new_figure, plot_curves, plot_images
from course.show import show, show_table

keras.utils.set_random_seed(6)
rng = np.random.default_rng(6)
np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. The forger and the dealer
#
# A **forger** wants to paint a Picasso. He mixes his paintings with real ones and shows them to an **art dealer**, who says of each whether it is real. The dealer learns from his mistakes. So does the forger, for he hears what gave him away.
#
# The forger is the **generator**, the dealer is the **discriminator**, and here they deal in digits.

# %%
show(
    plot_network(
        {
            "latent vector": (0, 0, "random"),
            "generator\n(forger)": (1, 0, "learned"),
            "fake image": (2, 0, "data"),
            "real image": (2, 1, "data"),
            "discriminator\n(dealer)": (3, 0.5, "learned"),
            "probability\nof being real": (4, 0.5, "data"),
        },
        [
            ("latent vector", "generator\n(forger)"),
            ("generator\n(forger)", "fake image"),
            ("fake image", "discriminator\n(dealer)"),
            ("real image", "discriminator\n(dealer)"),
            ("discriminator\n(dealer)", "probability\nof being real"),
        ],
        title="A GAN",
        size=(11, 3.2),
    ),
    "A GAN: a random latent vector goes through the generator and becomes a fake image. The "
    "discriminator sees fake and real images and answers with the probability of being real.",
)

# %%
digits = load_images()
print(digits.source)
show(plot_images(digits.x_train[:16], columns=8), "Sixteen handwritten digits, white on black.")

# %% [markdown]
# Compare the GAN with the VAE of [lecture 2](02_vae_networks.ipynb). There is no encoder, so nobody ever finds the code of an image. And no pixel of a fake is compared with a pixel of a real image: the only teacher is the dealer's opinion.
#
# ## 2. The latent vector
#
# The generator starts from nothing but noise: 100 numbers, each drawn uniformly from $[-1, 1]$. The VAE's codes had 2 numbers, drawn from $\mathcal N(0, I)$ to make new images.
#
# **Predict before you run:** what is the standard deviation of such a number, and what is the length $\|z\|$ of the vector?

# %%
latent = rng.uniform(-1, 1, size=(64, 100)).astype("float32")  # (B, 100)
lengths = np.linalg.norm(latent, axis=1)
print(f"standard deviation {latent.std():.3f}; 1 / sqrt(3) = {1 / np.sqrt(3):.3f}")
print(
    f"lengths from {lengths.min():.2f} to {lengths.max():.2f}; sqrt(100 / 3) = {np.sqrt(100 / 3):.2f}"
)

# %% [markdown]
# No vector is short. In 100 dimensions nobody lives near the origin: remember this when you walk from one vector to another.
#
# ## 3. The generator, layer by layer
#
# A batch of 64 latent vectors goes through, and after each layer we print shape and parameters beside what stands in the slide's table.

# %%
SLIDE = {  # Layer: output shape, parameters.
    "dense1": ((12544,), 1266944),
    "bn1": ((12544,), 50176),
    "act1": ((12544,), 0),
    "dropout1": ((12544,), 0),
    "reshape1": ((7, 7, 256), 0),
    "upsampling2": ((14, 14, 256), 0),
    "convt2": ((14, 14, 128), 819328),
    "bn2": ((14, 14, 128), 512),
    "act2": ((14, 14, 128), 0),
    "upsampling3": ((28, 28, 128), 0),
    "convt3": ((28, 28, 64), 204864),
    "bn3": ((28, 28, 64), 256),
    "act3": ((28, 28, 64), 0),
    "convt4": ((28, 28, 32), 51232),
    "bn4": ((28, 28, 32), 128),
    "act4": ((28, 28, 32), 0),
    "convt5": ((28, 28, 1), 801),
}


def report(layer, output):
    """Print a layer's output shape and its number of parameters, here and on the slide."""
    shape, count = SLIDE[layer.name]
    ours = f"{tuple(output.shape[1:])}, {layer.count_params():,}"
    print(f"{layer.name}: output, parameters {ours}   slide: {shape}, {count:,}")


def show_maps(name, output):
    """Draw the first 16 channels of an output for the first input, on one grey scale."""
    maps = np.moveaxis(np.array(output[0]), -1, 0)  # (channels, height, width)
    bright = np.quantile(maps, 0.995)
    height, width, channels = output.shape[1:]
    show(
        plot_images(
            maps[:16],
            columns=8,
            title=f"{name}: 16 of {channels} maps of {height} x {width}",
            limits=(0, bright),
        ),
        f"Sixteen of the {channels} maps of {name} for one latent vector, from 0 (black) to "
        f"{bright:.2f} and above (white): bright pixels or patches at random places.",
    )


# %% [markdown]
# ### Block 1: from 100 numbers to 7 x 7 x 256
#
# **Dense 1** makes 12,544 numbers out of 100, which is 7 x 7 x 256.
#
# **Predict before you run:** how many parameters?

# %%
dense1 = layers.Dense(7 * 7 * 256, name="dense1")
dense1_out = dense1(latent)
report(dense1, dense1_out)
print("100 * 12,544 + 12,544 =", f"{100 * 12544 + 12544:,}")

# %% [markdown]
# **Batch normalization** looks at one unit over the whole batch. It subtracts the unit's mean and divides by its standard deviation, more exactly by $\sqrt{\text{variance} + \epsilon}$ with a small $\epsilon$; then it multiplies by $\gamma$ and adds $\beta$, which are learned and start as 1 and 0. We try it on a batch that needs it.

# %%
crooked = rng.normal(loc=[5, -3, 0], scale=[0.5, 4, 1], size=(64, 3)).astype("float32")
toy_bn = layers.BatchNormalization(momentum=0.9)
straight = np.array(toy_bn(crooked, training=True))
show_table(
    ["unit", "mean before", "std before", "mean after", "std after"],
    [
        [
            unit + 1,
            f"{crooked[:, unit].mean():.2f}",
            f"{crooked[:, unit].std():.2f}",
            f"{abs(straight[:, unit].mean()):.2f}",
            f"{straight[:, unit].std():.2f}",
        ]
        for unit in range(3)
    ],
)

# %%
figure, panels = new_figure(2, width=11, height=3.4)
for axes, batch, title in zip(panels, (crooked, straight), ("before", "after")):
    for unit, color, dash in zip(range(3), COLORS.values(), ("-", "--", "-.")):
        values = np.sort(batch[:, unit])
        look = {"color": color, "linestyle": dash, "linewidth": 2.4}
        axes.step(values, np.arange(1, 65) / 64, label=f"unit {unit + 1}", **look)
    axes.set(title=title, xlabel="value", xlim=(-12, 8), xticks=(-10, -5, 0, 5))
panels[0].set_ylabel("share of the batch\nbelow the value")
panels[0].legend()
show(
    figure,
    "How the values of three units are spread over the batch. Before: three curves in different "
    "places, one very wide. After: three curves nearly on top of each other, around 0.",
)

# %% [markdown]
# Whatever the layer before it does, the next one sees a mean of $\beta$ and a standard deviation of nearly $\gamma$: at the start 0 and 1.
#
# That is **training mode**. To make one single image there is no batch to take a mean of. So the layer also keeps a **moving mean** and a **moving variance**, and uses those in **inference mode**. With a momentum of 0.9 each batch moves them by a tenth of the way.
#
# **Predict before you run:** how many batches until the moving mean is within 5 % of where it belongs? Keras' own momentum is 0.99. How many then?

# %%
followed = {}
for momentum in (0.9, 0.99):
    toy_bn = layers.BatchNormalization(momentum=momentum)
    seen = []
    for _ in range(400):
        toy_bn(rng.normal(5, 0.5, size=(64, 1)).astype("float32"), training=True)
        seen.append(toy_bn.moving_mean.numpy()[0])
    followed[f"momentum {momentum}"] = np.arange(1, 401), seen
    print(f"momentum {momentum}: within 5 % after {np.argmax(np.array(seen) > 4.75) + 1} batches")
show(
    plot_curves(
        followed, title="The moving mean of a unit whose mean is 5", x_label="batches", y_label=""
    ),
    "With momentum 0.9 the moving mean is close to 5 after about 30 batches, with 0.99 after about "
    "300.",
)

# %% [markdown]
# Why 0.9? A generator changes with every step, and so do the means inside of it. A short memory keeps up.
#
# **Predict before you run:** how many parameters does batch normalization of 12,544 units have?

# %%
bn1 = layers.BatchNormalization(momentum=0.9, name="bn1")
bn1_out = bn1(dense1_out, training=True)
report(bn1, bn1_out)
print("parts:", ", ".join(f"{v.name} {v.shape[0]:,}" for v in bn1.weights))
print("std of all units: before", f"{np.std(dense1_out):.3f}", "  after", f"{np.std(bn1_out):.3f}")
fresh_bn = layers.BatchNormalization(momentum=0.9)
print("a fresh one, in inference mode:", f"{np.std(fresh_bn(dense1_out, training=False)):.3f}")

# %% [markdown]
# Four for each unit. Two observations: the standard deviation after it is a little below 1, because $\epsilon = 0.001$ is added to a variance that is itself only 0.005. And a fresh layer in inference mode does next to nothing: it believes in a mean of 0 and a variance of 1 until it has seen batches.
#
# **Relu** sets what is negative to 0.

# %%
act1 = layers.Activation("relu", name="act1")
act1_out = act1(bn1_out)
report(act1, act1_out)
print(f"zeros: {np.mean(np.array(act1_out) == 0):.0%}")

# %% [markdown]
# **Dropout** sets 40 % of the units to 0, others in each call, and only in training mode.
#
# **Predict before you run:** half of the units are 0 already. How many will be, and what becomes of the mean?

# %%
dropout1 = layers.Dropout(0.4, name="dropout1")
dropout1_out = dropout1(act1_out, training=True)
report(dropout1, dropout1_out)
print(f"zeros: {np.mean(np.array(dropout1_out) == 0):.0%}; 1 - 0.5 * 0.6 = {1 - 0.5 * 0.6:.0%}")
print(f"mean before {np.mean(act1_out):.3f}, after {np.mean(dropout1_out):.3f}")
survived = np.array(dropout1_out) > 0
ratio = np.mean(np.array(dropout1_out)[survived] / np.array(act1_out)[survived])
print(f"what survives is multiplied by {ratio:.3f}; 1 / 0.6 = {1 / 0.6:.3f}")

# %%
reshape1 = layers.Reshape((7, 7, 256), name="reshape1")
one_map = [
    reshape1(out)[0, :, :, 0]
    for out in (
        act1_out,
        dropout1_out,
        dropout1(act1_out, training=True),
        dropout1(act1_out, training=False),
    )
]
show(
    plot_images(
        one_map,
        ["before", "training mode", "training mode,\nonce more", "inference mode"],
        limits=(0, float(np.max(one_map))),
    ),
    "One map of 7 x 7 before dropout; twice after it, with other pixels gone each time and the "
    "rest brighter; and in inference mode, unchanged.",
)

# %% [markdown]
# The mean stays: who survives speaks louder. To the forger dropout is a second source of randomness beside the latent vector. The same vector gives another image in each call, in training mode.
#
# **Reshape** calls the 12,544 numbers 256 maps of 7 x 7.

# %%
reshape1_out = reshape1(dropout1_out)
report(reshape1, reshape1_out)
show_maps("reshape1", reshape1_out)

# %% [markdown]
# ### Block 2: from 7 x 7 x 256 to 14 x 14 x 128
#
# **Upsampling** by 2 makes a block of 2 x 2 out of each pixel.

# %%
tiny = np.arange(1, 10, dtype="float32").reshape(3, 3)
larger = layers.UpSampling2D()(tiny[None, :, :, None])[0, :, :, 0]
show(
    plot_images([tiny, larger], ["3 x 3", "after upsampling"], limits=(0, 9), numbers=True),
    "A grid of the numbers 1 to 9; after upsampling each of them fills a block of 2 x 2.",
)
upsampling2 = layers.UpSampling2D(name="upsampling2")
upsampling2_out = upsampling2(reshape1_out)
report(upsampling2, upsampling2_out)

# %% [markdown]
# It adds size and no information. What follows decides what to do with the new pixels.
#
# **A transposed convolution** with 5 x 5 weights. In [lecture 2](02_vae_networks.ipynb) one with stride 2 doubled the size. Here the upsampling has done that, and the stride is 1. What is left of 'transposed'? We take a kernel in the shape of an F, and send in one bright pixel.
#
# **Predict before you run:** what comes out of a transposed convolution, and what out of an ordinary one?

# %%
letter = np.zeros((5, 5), "float32")
letter[:, 1] = letter[0, 1:4] = letter[2, 1:3] = 1
dot = np.zeros((1, 9, 9, 1), "float32")
dot[0, 4, 4, 0] = 1


def stamped(layer_class, kernel):
    """What a layer with this kernel makes of one bright pixel."""
    layer = layer_class(1, 5, padding="same", use_bias=False)
    layer.build(dot.shape)
    layer.set_weights([kernel[:, :, None, None]])
    return layer(dot)[0, :, :, 0]


stamps = [
    stamped(layers.Conv2DTranspose, letter),
    stamped(layers.Conv2D, letter),
    stamped(layers.Conv2D, letter[::-1, ::-1]),
]
show(
    plot_images(
        [letter, *stamps],
        ["the kernel", "transposed\nconvolution", "convolution", "convolution,\nkernel turned"],
    ),
    "The kernel is a letter F. The transposed convolution stamps an F around the bright pixel; the "
    "convolution stamps an F turned by half a turn; the convolution with the turned kernel stamps an "
    "F.",
)
print("transposed = convolution with the kernel turned:", np.array_equal(stamps[0], stamps[2]))

# %% [markdown]
# With stride 1 a transposed convolution *is* a convolution, with its kernel turned by half a turn. (Mathematics turns the kernel in every convolution, and deep learning does not; so it is the transposed one that deserves the name.) Since the kernel is learned, it makes no difference which of the two one takes. Now the real one.
#
# **Predict before you run:** how many parameters has it?

# %%
convt2 = layers.Conv2DTranspose(128, 5, padding="same", name="convt2")
convt2_out = convt2(upsampling2_out)
report(convt2, convt2_out)
print("5 * 5 * 256 * 128 + 128 =", f"{5 * 5 * 256 * 128 + 128:,}")

twin = layers.Conv2D(128, 5, padding="same")
twin.build(upsampling2_out.shape)
kernel, bias = convt2.get_weights()  # (5, 5, out, in)
twin.set_weights([kernel[::-1, ::-1].transpose(0, 1, 3, 2), bias])
print(
    "largest difference to the convolution:",
    f"{np.abs(twin(upsampling2_out) - convt2_out).max():.1e}",
)

# %% [markdown]
# **Batch normalization 2** stands after a convolution. **Predict before you run:** does it have four parameters for each of 14 x 14 x 128 numbers?

# %%
bn2 = layers.BatchNormalization(momentum=0.9, name="bn2")
bn2_out = bn2(convt2_out, training=True)
report(bn2, bn2_out)
act2 = layers.Activation("relu", name="act2")
act2_out = act2(bn2_out)
report(act2, act2_out)
show_maps("act2", act2_out)

# %% [markdown]
# No: four for each of the 128 maps. A mean is taken over the batch and over all positions. A convolution treats all positions alike, and so does the normalization after it.
#
# ### Block 3: from 14 x 14 x 128 to 28 x 28 x 64
#
# The same once more, at full size.

# %%
upsampling3 = layers.UpSampling2D(name="upsampling3")
upsampling3_out = upsampling3(act2_out)
report(upsampling3, upsampling3_out)
convt3 = layers.Conv2DTranspose(64, 5, padding="same", name="convt3")
convt3_out = convt3(upsampling3_out)
report(convt3, convt3_out)
bn3 = layers.BatchNormalization(momentum=0.9, name="bn3")
bn3_out = bn3(convt3_out, training=True)
report(bn3, bn3_out)
act3 = layers.Activation("relu", name="act3")
act3_out = act3(bn3_out)
report(act3, act3_out)
show_maps("act3", act3_out)

# %% [markdown]
# ### Block 4: from 28 x 28 x 64 to 28 x 28 x 32
#
# No upsampling: the size is reached.

# %%
convt4 = layers.Conv2DTranspose(32, 5, padding="same", name="convt4")
convt4_out = convt4(act3_out)
report(convt4, convt4_out)
bn4 = layers.BatchNormalization(momentum=0.9, name="bn4")
bn4_out = bn4(convt4_out, training=True)
report(bn4, bn4_out)
act4 = layers.Activation("relu", name="act4")
act4_out = act4(bn4_out)
report(act4, act4_out)
show_maps("act4", act4_out)

# %% [markdown]
# ### The image
#
# The last transposed convolution mixes 32 maps into one. The **sigmoid** makes each pixel a number between 0 and 1, as in the digits.
#
# **Predict before you run:** noise in. What will come out?

# %%
convt5 = layers.Conv2DTranspose(1, 5, padding="same", activation="sigmoid", name="convt5")
fakes = convt5(act4_out)
report(convt5, fakes)
print(f"pixels from {float(ops.min(fakes)):.3f} to {float(ops.max(fakes)):.3f}")
show(
    plot_images(
        np.concatenate([digits.x_train[:8], fakes[:8]]), columns=8, row_titles=["real", "fake"]
    ),
    "Above eight digits, below eight images of grey noise in soft patches.",
)

# %% [markdown]
# Noise out. The image is soft, for its pixels were upsampled and convolved, and each latent vector has its own. Nothing in it is a digit: this forger has never been told what he is to forge.
#
# The whole generator:

# %%
from course.gan.generator import LATENT_DIM
from course.gan.generator import build_generator  # inline

# %% [markdown]
# Does it agree with what we built? We copy our weights into it, and compare in inference mode, for dropout draws anew each time in training mode.

# %%
generator = build_generator()
chain = [dense1, bn1, act1, dropout1, reshape1, upsampling2, convt2, bn2, act2]
chain += [upsampling3, convt3, bn3, act3, convt4, bn4, act4, convt5]
images = latent
for layer in chain:
    generator.get_layer(layer.name).set_weights(layer.get_weights())
    images = (
        layer(images, training=False) if layer in (bn1, bn2, bn3, bn4, dropout1) else layer(images)
    )
print("largest difference:", f"{np.abs(generator(latent, training=False) - images).max():.1e}")
same = [
    (layer.output.shape[1:], layer.count_params()) == SLIDE[layer.name]
    for layer in generator.layers[1:]
]
print(f"rows of the slide's table that agree: {sum(same)} of {len(SLIDE)}")

# %% [markdown]
# > **A slip on the slide.** Its model is `Model(inputs=input_vec, outputs=conv5, ...)`, and no tensor of that name exists: the last one is called `convt5`. Python says so at once.

# %%
try:
    keras.Model(inputs=generator.input, outputs=conv5, name="generator")
except NameError as error:
    print(f"{type(error).__name__}: {error}")

# %% [markdown]
# ### Trainable, and not
#
# The slide's last lines: 2,394,241 parameters in all, of which 2,368,705 are trainable and 25,536 are not.
#
# **Predict before you run:** which are those that are not?

# %%
rows = []
for layer in generator.layers:
    learned = sum(int(np.prod(v.shape)) for v in layer.trainable_weights)
    others = sum(int(np.prod(v.shape)) for v in layer.non_trainable_weights)
    if learned or others:
        names = ", ".join(v.name for v in layer.non_trainable_weights)
        rows.append([layer.name, f"{learned:,}", f"{others:,}", names])
total = [sum(int(row[i].replace(",", "")) for row in rows) for i in (1, 2)]
show_table(
    ["layer", "trainable", "not trainable", "which"],
    [*rows, ["generator", *(f"{number:,}" for number in total), ""]],
)
print(f"2 * (12,544 + 128 + 64 + 32) = {2 * (12544 + 128 + 64 + 32):,};  all: {sum(total):,}")

# %% [markdown]
# Moving means and moving variances, two for each normalized unit. No gradient moves them. Who does?

# %%
before = [v.numpy() for v in generator.weights]
generator(latent, training=False)
after_inference = [v.numpy() for v in generator.weights]
generator(latent, training=True)
after_training = [v.numpy() for v in generator.weights]


def moved(old, new):
    """Names of the weights that are not what they were."""
    changed = [v.name for v, a, b in zip(generator.weights, old, new) if not np.array_equal(a, b)]
    return ", ".join(f"{changed.count(name)} x {name}" for name in dict.fromkeys(changed)) or "none"


print("moved by a call in inference mode:", moved(before, after_inference))
print("moved by a call in training mode: ", moved(after_inference, after_training))

# %% [markdown]
# The forward pass, in training mode. There was no loss and no optimiser, and yet eight arrays have changed. Remember that: in [lecture 7](07_gan_training.ipynb) it matters who runs the generator in which mode.

# %%
figure, (axes,) = new_figure(height=3.2)
parts = [layer for layer in generator.layers if layer.count_params()]
shares = [layer.count_params() / generator.count_params() for layer in parts]
axes.bar([layer.name for layer in parts], shares, color=COLORS["blue"])
axes.set(title="Share of the generator's parameters", ylabel="share")
show(
    figure,
    "Bars: dense1 holds about half of the generator's parameters, convt2 a third, convt3 a twelfth, "
    "everything else very little.",
)
print(
    f"dense1 and convt2 together: {sum(s for s, p in zip(shares, parts) if p.name in ('dense1', 'convt2')):.0%}"
)

# %% [markdown]
# Now write it yourself: `build_generator` in [assignment a4_gan](../assignments/a4_gan/a4_gan.ipynb).
#
# > **Aside: the same generator with less arithmetic.** Upsampling repeats each pixel, and the 5 x 5 convolution then multiplies the same number by several of its weights. Along one axis, with weights $w_0, \dots, w_4$ (already turned), the two outputs that stem from pixel $i$ are
# >
# > $$y_{2i} = (w_0 + w_1)\, x_{i-1} + (w_2 + w_3)\, x_i + w_4\, x_{i+1}$$
# > $$y_{2i+1} = w_0\, x_{i-1} + (w_1 + w_2)\, x_i + (w_3 + w_4)\, x_{i+1}$$
# >
# > Three products each, not five. In two dimensions there are four such **phases** of 3 x 3 weights: one small convolution to four times the channels, laid out as blocks of 2 x 2. The next cell checks it on a 4 x 4 image.

# %%
small = rng.integers(0, 5, size=(4, 4)).astype("float32")
weights = rng.integers(-1, 2, size=(5, 5)).astype("float32")
plain = layers.Conv2DTranspose(1, 5, padding="same", use_bias=False)
plain.build((None, 8, 8, 1))
plain.set_weights([weights[:, :, None, None]])
slow = np.array(plain(layers.UpSampling2D()(small[None, :, :, None])))[0, :, :, 0]

# Which of the five weights meet pixel i-1, i, i+1; for output 2i and for output 2i+1.
sums = np.array(
    [
        [[1, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1]],
        [[1, 0, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 1, 1]],
    ],
    "float32",
)
fast = np.zeros((8, 8), "float32")
for a in (0, 1):
    for b in (0, 1):
        phase = sums[a] @ weights[::-1, ::-1] @ sums[b].T  # (3, 3)
        convolved = tf.nn.conv2d(small[None, :, :, None], phase[:, :, None, None], 1, "SAME")
        fast[a::2, b::2] = convolved[0, :, :, 0]
show(
    plot_images(
        [small, slow, fast],
        ["image", "upsampling, 5 x 5", "four phases of 3 x 3"],
        limits=None,
        numbers=True,
    ),
    "A 4 x 4 image, and twice the same 8 x 8 grid of numbers: by upsampling and a 5 x 5 "
    "convolution, and by four phases of 3 x 3.",
)
print("equal, number by number:", np.array_equal(slow, fast))
print(f"products: {64 * 25:,} and {64 * 9:,}, a ratio of {25 / 9:.1f}")

# %% [markdown]
# > Equal, to the last number. The course's GAN trains with `fold(generator)`, which does this to `convt2` and `convt3`, and computes `convt5`, batch normalization and dropout in faster ways. It has no weights of its own: to train it is to train the generator. What does it save?

# %%
folded = fold(generator)
ours, theirs = generator(latent, training=False), folded(latent, training=False)
print("largest difference:", f"{np.abs(ours - theirs).max():.1e}")
shared = {id(v) for v in folded.trainable_variables} == {
    id(v) for v in generator.trainable_variables
}
print("the very same weights:", shared)


def seconds(network):
    """The shortest of five times that a compiled network takes for 64 images."""
    run = tf.function(lambda vectors: network(vectors, training=False))
    run(latent)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        run(latent)
        times.append(time.perf_counter() - start)
    return min(times)


plain_time, folded_time = seconds(generator), seconds(folded)
print(
    f"64 images: {plain_time * 1e3:.0f} ms and {folded_time * 1e3:.0f} ms, a ratio of {plain_time / folded_time:.1f}"
)

# %% [markdown]
# > The ratio depends on the machine. The aside ends here.
#
# ## 4. The discriminator, layer by layer
#
# The dealer goes the other way: from an image to one number. We send eight real digits and eight fakes through him.

# %%
DISCRIMINATOR_BLOCKS = {  # Block: its output on the slide.
    "conv1": (14, 14, 64),
    "conv2": (7, 7, 128),
    "conv3": (4, 4, 256),
    "conv4": (4, 4, 512),
}
shown = np.concatenate([digits.x_train[:8], fakes[:8]])  # (16, 28, 28, 1)


def report_block(layer, output):
    """Print a convolution's output shape, here and on the slide, and its parameters."""
    shape = tuple(output.shape[1:])
    print(
        f"{layer.name}: output {shape}, slide {DISCRIMINATOR_BLOCKS[layer.name]}; {layer.count_params():,} parameters"
    )


# %% [markdown]
# ### Block 1: from 28 x 28 x 1 to 14 x 14 x 64
#
# **Convolution 1** has 64 filters of 5 x 5 and stride 2: there is no pooling in this network, the strides make it smaller.

# %%
conv1 = layers.Conv2D(64, 5, strides=2, padding="same", name="conv1")
conv1_out = conv1(shown)
report_block(conv1, conv1_out)
print("5 * 5 * 1 * 64 + 64 =", f"{5 * 5 * 1 * 64 + 64:,}")

# %% [markdown]
# **Leaky relu** keeps what is positive and multiplies what is negative by 0.2. On the slide it is `LeakyReLU(alpha=0.2)`; Keras 3 calls it `negative_slope`.
#
# Why not relu? The forger learns from the gradient that comes back through the dealer. **Predict before you run:** through how many units of this layer does a gradient come back with relu, and with leaky relu?

# %%
act_leaky = layers.LeakyReLU(negative_slope=0.2, name="act1")
axis = np.linspace(-3, 3, 121, dtype="float32")
show(
    plot_curves(
        {"leaky relu": (axis, act_leaky(axis)), "relu": (axis, ops.relu(axis))},
        title="What becomes of a number",
        x_label="before",
        y_label="after",
    ),
    "Relu is 0 for negative numbers. Leaky relu is a gentle slope there; for positive numbers both "
    "are the same line.",
)


def alive(activation, numbers):
    """Share of units through which a gradient comes back."""
    numbers = tf.constant(numbers)
    with tf.GradientTape() as tape:
        tape.watch(numbers)
        total = ops.sum(activation(numbers))
    return np.mean(np.array(tape.gradient(total, numbers)) != 0)


rows = []
for name, those in [("real digits", slice(0, 8)), ("fakes", slice(8, 16))]:
    shares = [alive(activation, conv1_out[those]) for activation in (ops.relu, act_leaky)]
    rows.append([name, *(f"{share:.0%}" for share in shares)])
show_table(["images", "relu", "leaky relu"], rows)

# %% [markdown]
# With relu more than half of the units fall silent on fakes, and four in five on real digits: where the image is black an untrained convolution gives exactly 0, and relu lets no gradient through there. Through leaky relu something always comes back.
#
# **Dropout** of 0.4 follows, here and after each of the next three convolutions. The generator had it once.

# %%
drop1 = layers.Dropout(0.4, name="dropout1")
block1 = drop1(act_leaky(conv1_out), training=False)  # Inference mode: for the eyes.
maps = np.moveaxis(np.array(block1[1]), -1, 0)[:16]
show(
    plot_images(maps, columns=8, title="Block 1: 16 of 64 maps of 14 x 14", limits=None),
    "Sixteen maps of one digit: edges, shadows and blurs of it on dark grey, which is 0.",
)

# %% [markdown]
# ### Block 2: to 7 x 7 x 128

# %%
conv2 = layers.Conv2D(128, 5, strides=2, padding="same", name="conv2")
block2 = ops.leaky_relu(conv2(block1), 0.2)
report_block(conv2, block2)
print("5 * 5 * 64 * 128 + 128 =", f"{5 * 5 * 64 * 128 + 128:,}")

# %% [markdown]
# ### Block 3: to half of 7
#
# **Predict before you run:** with stride 2, how large is a map of 7 x 7 afterwards?

# %%
conv3 = layers.Conv2D(256, 5, strides=2, padding="same", name="conv3")
block3 = ops.leaky_relu(conv3(block2), 0.2)
report_block(conv3, block3)
print("positions 0, 2, 4, 6 of 7:", len(range(0, 7, 2)))

# %% [markdown]
# Four: 'same' padding rounds up.
#
# ### Block 4: to 4 x 4 x 512
#
# Stride 1. The size stays and the maps double.

# %%
conv4 = layers.Conv2D(512, 5, padding="same", name="conv4")
block4 = ops.leaky_relu(conv4(block3), 0.2)
report_block(conv4, block4)
print("5 * 5 * 256 * 512 + 512 =", f"{5 * 5 * 256 * 512 + 512:,}")

# %% [markdown]
# By now each number depends on the whole image. We ask a unit in the middle, by its gradient, which pixels move it.


# %%
def field_of_view(network):
    """Height and width, in pixels, of what one unit near the centre depends on."""
    noise = tf.constant(rng.uniform(size=(4, 28, 28, 1)).astype("float32"))
    with tf.GradientTape() as tape:
        tape.watch(noise)
        output = network(noise)
        middle = output.shape[1] // 2
        total = ops.sum(output[:, middle, middle, :])
    touched = np.any(np.array(tape.gradient(total, noise)) != 0, axis=(0, 3))
    return f"{touched.any(axis=1).sum()} x {touched.any(axis=0).sum()}"


def through(*convolutions):
    """The network of these convolutions, each with its leaky relu."""

    def network(images):
        for convolution in convolutions:
            images = ops.leaky_relu(convolution(images), 0.2)
        return images

    return network


stack = [conv1, conv2, conv3, conv4]
show_table(
    ["after block", "one unit sees"],
    [[n, field_of_view(through(*stack[:n]))] for n in range(1, 5)],
)

# %% [markdown]
# In a larger image it would be 5, 13, 29 and 61 pixels; from block 3 on the edge cuts that off.
#
# ### The opinion
#
# **Flatten** and a **dense** layer of one unit. Its sigmoid makes the answer a probability: of being real.

# %%
flat5 = layers.Flatten(name="flat5")
dense5 = layers.Dense(1, activation="sigmoid", name="dense5")
opinions = dense5(flat5(block4))
print("flat5: output", tuple(flat5(block4).shape[1:]))
print(f"dense5: output {tuple(opinions.shape[1:])}, {dense5.count_params():,} parameters")

# %% [markdown]
# The whole discriminator:

# %%
from course.gan.discriminator import build_discriminator  # inline

# %%
discriminator = build_discriminator()
for layer in [*stack, dense5]:
    discriminator.get_layer(layer.name).set_weights(layer.get_weights())
difference = np.abs(discriminator(shown, training=False) - opinions).max()
print("largest difference:", f"{difference:.1e}")
show_table(
    ["layer", "output", "parameters"],
    [
        [layer.name, str(layer.output.shape), f"{layer.count_params():,}"]
        for layer in discriminator.layers
    ]
    + [["discriminator", "", f"{discriminator.count_params():,}"]],
)

# %% [markdown]
# 4,311,553 parameters, and all of them are trainable: there is no batch normalization here. The dealer is nearly twice as large as the forger. Most of him sits in `conv4`.
#
# Now write it yourself: `build_discriminator` in [assignment a4_gan](../assignments/a4_gan/a4_gan.ipynb).
#
# ## 5. The first opinions
#
# **Predict before you run:** the dealer has seen nothing yet. What does he say of real digits, and of fakes?

# %%
many_latent = rng.uniform(-1, 1, size=(200, LATENT_DIM)).astype("float32")
forged = generator.predict(many_latent, verbose=0)
rows = []
for name, images, target in [("real", digits.x_train[:200], 1.0), ("fake", forged, 0.0)]:
    answers = discriminator.predict(images, verbose=0)
    loss = float(ops.mean(keras.losses.binary_crossentropy(np.full_like(answers, target), answers)))
    rows.append([name, answers.mean(), answers.min(), answers.max(), loss])
show_table(["images", "mean opinion", "smallest", "largest", "cross-entropy in nats"], rows)
print(f"ln 2 = {np.log(2):.4f}")

# %% [markdown]
# About 0.5, of anything: the dealer is undecided, and the answer 0.5 costs $\ln 2 = 0.693$ nats an image. Training moves him away from there. When the forger is perfect, the dealer is back: then 0.5 is the best that he can say. [Lecture 7](07_gan_training.ipynb) watches for that. (To fakes his answers differ least, since `predict` is inference mode: with moving means and variances that have seen few batches, this forger paints a nearly even grey.)
#
# In training mode the dealer's dropout makes him a crowd. **Predict before you run:** he sees one and the same digit 200 times, in either mode. How far do the answers spread?

# %%
same_digit = np.repeat(digits.x_train[:1], 200, axis=0)
for training in (False, True):
    answers = np.array(discriminator(same_digit, training=training))
    print(f"training={training}: from {answers.min():.4f} to {answers.max():.4f}")

# %% [markdown]
# One opinion in inference mode; in training mode 200 of them, for each time other units are silent. The forger must convince all of these dealers.
#
# ## 6. Connected
#
# What training will need is the two networks in a row: from noise to an opinion.

# %%
gan_input = keras.Input(shape=(LATENT_DIM,), name="gan_input")
gan = keras.Model(gan_input, discriminator(generator(gan_input)), name="gan")
show_table(
    ["network", "output", "parameters"],
    [[layer.name, str(layer.output.shape), f"{layer.count_params():,}"] for layer in gan.layers]
    + [["gan", str(gan.output.shape), f"{gan.count_params():,}"]],
)

# %% [markdown]
# And a gradient passes all the way back. We ask for the slope of the dealer's opinion with respect to the forger's pixels, and to the forger's weights.
#
# **Predict before you run:** does it reach the generator's first layer?

# %%
with tf.GradientTape() as tape:
    fakes = generator(latent, training=True)
    tape.watch(fakes)
    opinion = ops.mean(discriminator(fakes, training=True))
to_pixels, *to_weights = tape.gradient(opinion, [fakes, *generator.trainable_variables])
reached = sum(np.linalg.norm(gradient) > 1e-7 for gradient in to_weights)
print(f"norm of the gradient to the pixels: {np.linalg.norm(to_pixels):.2e}")
print(f"to the kernel of the first layer: {np.linalg.norm(to_weights[0]):.2e}")
print(f"generator's arrays of weights that it reaches: {reached} of {len(to_weights)}")

# %% [markdown]
# To 14 of the 18, the first layer's kernel among them. The other four are the biases in front of a batch normalization, which subtracts them again: their gradient is 0 but for rounding.
#
# This is the whole idea of a GAN: the dealer's opinion can be differentiated. The forger need not guess what gave him away. He is told, pixel by pixel.
#
# ## Summary
#
# - The generator makes an image out of 100 uniform numbers: a dense layer, then upsampling and 5 x 5 transposed convolutions, with batch normalization and relu between them, and a sigmoid at the end.
# - With stride 1 a transposed convolution is a convolution with its kernel turned.
# - Batch normalization has four parameters a unit, or a map. Two of them are moved by the forward pass in training mode: these are the 25,536 that are not trainable.
# - The discriminator makes one probability out of an image: strided convolutions, leaky relu, dropout. Leaky relu lets a gradient back everywhere.
# - Untrained, the forger makes noise in training mode and an even grey in inference mode, and the dealer says about 0.5 of everything.
# - The dealer's opinion has a gradient with respect to the forger's weights. That is all the forger ever learns from.
#
# ## Questions
#
# 1. Batch normalization makes the image of one latent vector depend on the others of its batch. In which mode? Measure it.
# 2. Exchange the order: convolution first, upsampling after. How many products does `convt2` cost then, and what would you lose?
# 3. The last relu of the generator, `act4`, is not leaky. Whose gradient suffers from that, and how much?
# 4. Why is there no batch normalization in this discriminator? Think of a batch of which half is real.
# 5. Remove `bn1`. What is the standard deviation of the pixels of an untrained generator then?
#
# Next: [lecture 7, training](07_gan_training.ipynb). In [assignment a4_gan](../assignments/a4_gan/a4_gan.ipynb) you write `build_generator` and `build_discriminator`.
