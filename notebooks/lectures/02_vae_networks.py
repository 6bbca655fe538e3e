# %% [markdown]
# # Lecture 2: The networks of a variational autoencoder
#
# A variational autoencoder, VAE for short, squeezes an image into a few numbers, its **code**, and draws the image again from the code. This lecture builds its three networks, one layer at a time: the encoder, the sampling, the decoder.
#
# At the end you look at what a trained VAE does with 2,000 digits that it has never seen. How it is trained, and towards what, is the subject of lectures 3 and 4.

# %%
import course.backend  # TensorFlow, without its start-up messages
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from course.checkpoints import load_vae
from course.code_plots import plot_codes
from course.data import load_images
from course.diagrams import plot_network
from course.plots import new_figure, plot_curves, plot_images
from course.show import show, show_table

keras.utils.set_random_seed(2)
rng = np.random.default_rng(2)
np.set_printoptions(precision=4, suppress=True)
latent_dim = 2  # k, the number of entries of a code

# %% [markdown]
# ## 1. Autoencoder and VAE
#
# An **autoencoder** is two networks. The encoder turns an image into a code, the decoder turns the code into an image, and both are trained so that the image comes back.

# %%
show(
    plot_network(
        {
            "image": (0, 0, "data"),
            "encoder": (1, 0, "learned"),
            "code": (2, 0, "data"),
            "decoder": (3, 0, "learned"),
            "reconstruction": (4, 0, "data"),
        },
        [
            ("image", "encoder"),
            ("encoder", "code"),
            ("code", "decoder"),
            ("decoder", "reconstruction"),
        ],
        title="Autoencoder",
        size=(10, 1.9),
    ),
    "Autoencoder: image to encoder to code to decoder to reconstruction.",
)

# %% [markdown]
# A **VAE** changes one thing in the networks: its encoder does not answer with a point, but with a Gaussian, a mean $\mu$ and a log variance for each entry of the code. The code is then drawn from it. (It gets a second loss as well: lecture 3.)

# %%
show(
    plot_network(
        {
            "image": (0, 0, "data"),
            "encoder": (1, 0, "learned"),
            "mu": (2, 0.45, "data"),
            "log_var": (2, -0.45, "data"),
            "eps": (3, 1.1, "random"),
            "sampling": (3, 0, "fixed"),
            "code z": (4, 0, "data"),
            "decoder": (5, 0, "learned"),
            "reconstruction": (6, 0, "data"),
        },
        [
            ("image", "encoder"),
            ("encoder", "mu"),
            ("encoder", "log_var"),
            ("eps", "sampling"),
            ("mu", "sampling"),
            ("log_var", "sampling"),
            ("sampling", "code z"),
            ("code z", "decoder"),
            ("decoder", "reconstruction"),
        ],
        title="Variational autoencoder",
        size=(12, 3.0),
    ),
    "VAE: the encoder gives mu and log_var; the sampling mixes them with the random eps into the "
    "code z; the decoder draws the reconstruction.",
)

# %% [markdown]
# These are the images.

# %%
digits = load_images()
print(digits.source)
show(plot_images(digits.x_train[:16], columns=8), "Sixteen handwritten digits, white on black.")

# %% [markdown]
# ## 2. The encoder, layer by layer
#
# We send one batch of eight held-out digits through, and look at the first of them after every layer.

# %%
images = digits.x_test[:8]


def report(layer, output):
    """Print a layer's output shape and its number of parameters."""
    print(f"{layer.name}: output {tuple(output.shape)}, {layer.count_params():,} parameters")


def show_maps(layer, output):
    """Draw the channels of a layer's output for the first input, on one grey scale."""
    maps = np.moveaxis(np.array(output[0]), -1, 0)  # (channels, height, width)
    height, width = maps.shape[1:]
    bright = np.quantile(maps, 0.995)  # One pixel in 200 is brighter, and drawn white too.
    title = f"{layer.name}: {len(maps)} maps of {height} x {width}"
    show(
        plot_images(maps, columns=16, title=title, limits=(0, bright)),
        f"The {len(maps)} outputs of {layer.name} for one input, from 0 (black) to {bright:.2f} "
        "(white).",
    )


print("images:", images.shape)
show(plot_images(images), "The eight digits of the batch.")

# %% [markdown]
# **Convolution 1** slides 32 filters of 3 x 3 weights over the image. Padding 'same' keeps the size; relu sets what is negative to 0.
#
# **Predict before you run:** how many parameters do 32 filters of 3 x 3 have, with one bias each?

# %%
enc_conv1 = layers.Conv2D(32, 3, padding="same", activation="relu", name="enc_conv1")
enc_conv_out1 = enc_conv1(images)
report(enc_conv1, enc_conv_out1)
print("3 * 3 * 1 * 32 + 32 =", 3 * 3 * 1 * 32 + 32)
show_maps(enc_conv1, enc_conv_out1)

# %% [markdown]
# The weights are still random, and yet most filters show a side of the digit: an edge, a shadow, a blur. Around the digit every map is black, since the image is 0 there and biases begin at 0. On the digit, black is where relu has cut off a negative number.
#
# **Convolution 2** has stride 2: it computes only every second position, in both directions. Its filters are 3 x 3 x 32, for they look at all 32 maps at once.
#
# **Predict before you run:** what are the size of its maps and its number of parameters?

# %%
enc_conv2 = layers.Conv2D(64, 3, strides=2, padding="same", activation="relu", name="enc_conv2")
enc_conv_out2 = enc_conv2(enc_conv_out1)
report(enc_conv2, enc_conv_out2)
print("3 * 3 * 32 * 64 + 64 =", 3 * 3 * 32 * 64 + 64)
show_maps(enc_conv2, enc_conv_out2)

# %% [markdown]
# **Convolution 3** keeps the size.

# %%
enc_conv3 = layers.Conv2D(64, 3, padding="same", activation="relu", name="enc_conv3")
enc_conv_out3 = enc_conv3(enc_conv_out2)
report(enc_conv3, enc_conv_out3)
show_maps(enc_conv3, enc_conv_out3)

# %% [markdown]
# **Convolution 4** does the same once more.

# %%
enc_conv4 = layers.Conv2D(64, 3, padding="same", activation="relu", name="enc_conv4")
enc_conv_out4 = enc_conv4(enc_conv_out3)
report(enc_conv4, enc_conv_out4)
show_maps(enc_conv4, enc_conv_out4)

# %% [markdown]
# > **A mistake on the slide.** It says `enc_conv_out4 = enc_conv4(enc_conv_out2)`. The shapes fit, so nothing complains. **Predict** what becomes of `enc_conv3`: of its gradient, and of its parameters in the model.

# %%
with tf.GradientTape() as tape:
    slide_out2 = enc_conv2(enc_conv1(images))
    slide_out3 = enc_conv3(slide_out2)
    slide_out4 = enc_conv4(slide_out2)  # As on the slide.
    total = ops.sum(slide_out4)
gradients = tape.gradient(total, [enc_conv2.kernel, enc_conv3.kernel, enc_conv4.kernel])
for name, gradient in zip(["enc_conv2", "enc_conv3", "enc_conv4"], gradients):
    print(
        name, "gradient:", None if gradient is None else f"of norm {np.linalg.norm(gradient):.1f}"
    )

# %%
inputs = keras.Input(shape=(28, 28, 1), name="images")
after_two = enc_conv2(enc_conv1(inputs))
as_on_slide = keras.Model(inputs, enc_conv4(after_two))
chained = keras.Model(inputs, enc_conv4(enc_conv3(after_two)))
show_table(
    ["model", "layers", "parameters"],
    [
        [name, ", ".join(layer.name for layer in model.layers[1:]), f"{model.count_params():,}"]
        for name, model in [("as on the slide", as_on_slide), ("in a chain", chained)]
    ],
)

# %% [markdown]
# No gradient ever reaches `enc_conv3`, and the model does not even list it: 36,928 parameters fewer, without an error message. Count your parameters.
#
# The lost layer also costs sight. We ask which pixels of the image one central output depends on, by its gradient.


# %%
def field_of_view(model):
    """Height and width, in pixels, of what an output at the centre depends on."""
    noise = tf.constant(rng.uniform(size=(16, 28, 28, 1)).astype("float32"))
    with tf.GradientTape() as tape:
        tape.watch(noise)
        total = ops.sum(model(noise)[:, 7, 7, :])
    touched = np.any(np.array(tape.gradient(total, noise)) != 0, axis=(0, 3))
    return int(touched.any(axis=1).sum()), int(touched.any(axis=0).sum())


print("as on the slide:", field_of_view(as_on_slide), "   in a chain:", field_of_view(chained))

# %% [markdown]
# In the chain one output sees 13 x 13 pixels, on the slide 9 x 9.
#
# **Flatten** lays the 64 maps out as one vector. It has no parameters.

# %%
enc_flat = layers.Flatten(name="enc_flat")
enc_flat_out = enc_flat(enc_conv_out4)
report(enc_flat, enc_flat_out)

# %% [markdown]
# **Dense** reduces that vector to 32 numbers.
#
# **Predict before you run:** does it have more or fewer parameters than the four convolutions together?

# %%
enc_dense = layers.Dense(32, activation="relu", name="enc_dense")
enc_dense_out = enc_dense(enc_flat_out)
report(enc_dense, enc_dense_out)
print(f"four convolutions: {chained.count_params():,} parameters")

# %% [markdown]
# Four times as many: it has a weight for each pair of input and output, while a convolution uses its few weights at every position.
#
# **Two heads** end the encoder. Both read the same 32 numbers. One gives $\mu$, the other the log variance.

# %%
mu_head = layers.Dense(latent_dim, name="mu")
log_var_head = layers.Dense(latent_dim, name="log_var")
mu, log_var = mu_head(enc_dense_out), log_var_head(enc_dense_out)
report(mu_head, mu)
report(log_var_head, log_var)
show_table(
    ["image", "mu", "log_var", "sigma = exp(log_var / 2)"],
    [
        [i, *(np.round(np.array(t[i]), 3) for t in (mu, log_var, ops.exp(0.5 * log_var)))]
        for i in range(4)
    ],
)

# %% [markdown]
# The heads are linear, without relu. A mean must be able to be negative, and so must a log variance: $\sigma < 1$ means `log_var` $< 0$.

# %%
for name, output in [("mu", mu), ("log_var", log_var)]:
    negative = np.mean(np.array(output) < 0)
    print(f"{name}: {negative:.0%} of the entries are negative; relu would make them 0")

# %% [markdown]
# That is the whole encoder. The function follows.

# %%
from course.vae.encoder import build_encoder  # inline

# %% [markdown]
# Does it agree with what we built? We copy our weights into it, layer by layer, and compare the outputs.

# %%
encoder = build_encoder(latent_dim)
for layer in [enc_conv1, enc_conv2, enc_conv3, enc_conv4, enc_dense, mu_head, log_var_head]:
    encoder.get_layer(layer.name).set_weights(layer.get_weights())
finished_mu, finished_log_var = encoder(images)
print("largest difference of mu:", float(ops.max(ops.abs(finished_mu - mu))))
print("largest difference of log_var:", float(ops.max(ops.abs(finished_log_var - log_var))))
show_table(
    ["layer", "output", "parameters"],
    [[layer.name, str(layer.output.shape), f"{layer.count_params():,}"] for layer in encoder.layers]
    + [["encoder", "", f"{encoder.count_params():,}"]],
)

# %% [markdown]
# Now write it yourself: `build_encoder` in [assignment a2_vae](../assignments/a2_vae/a2_vae.ipynb).
#
# ## 3. The sampling network
#
# Suppose the encoder has answered for one image.

# %%
mu = np.array([[1.0, -0.5]], dtype="float32")  # (1, k)
log_var = np.array([[0.0, -2.0]], dtype="float32")  # (1, k)

# %% [markdown]
# First the log variance becomes a standard deviation: $\sigma = e^{\log\sigma^2 / 2}$.

# %%
sigma = np.exp(0.5 * log_var)
print(sigma)

# %% [markdown]
# Then noise comes in. `eps` is drawn from $\mathcal N(0, I)$, here for 1,000 draws at once.

# %%
eps = rng.normal(size=(1000, latent_dim)).astype("float32")
print("mean:", eps.mean(axis=0), "   std:", eps.std(axis=0))

# %% [markdown]
# Scaled by $\sigma$ and shifted by $\mu$, it is a draw from $\mathcal N(\mu, \sigma^2)$.

# %%
v = sigma * eps
z = mu + v
show_table(
    ["quantity", "mean", "std"],
    [
        [name, np.round(x.mean(axis=0), 3), np.round(x.std(axis=0), 3)]
        for name, x in [("eps", eps), ("v", v), ("z", z)]
    ]
    + [["wanted for z", mu[0], np.round(sigma[0], 3)]],
)

# %% [markdown]
# **Predict before you run:** in one dimension 68 % of the draws lie within one $\sigma$. How many lie inside the ellipse of one $\sigma$ in two dimensions?

# %%
distance = np.sqrt(np.sum(((z - mu) / sigma) ** 2, axis=1))
rows = []
for times in (1, 2):
    inside = np.mean(distance < times)
    rows.append([times, f"{inside:.1%}", f"{1 - np.exp(-(times**2) / 2):.1%}"])
show_table(["n sigmas", "inside, of 1,000 draws", "1 - exp(-n²/2)"], rows)
show(
    plot_codes(
        z, gaussians=(mu, sigma), title="1,000 codes of one image; ellipses at 1 and 2 sigma"
    ),
    f"A cloud of points around (1, -0.5), wider sideways than upwards; {rows[0][1]} of them "
    f"inside the inner ellipse, {rows[1][1]} inside the outer.",
)

# %% [markdown]
# 39 %, not 68 %: to be inside, both entries must be near their means. One image thus owns a whole patch of the plane.
#
# The finished function is three steps in two lines.

# %%
from course.vae.sampling import sample_latent  # inline

# %%
print("largest difference:", float(ops.max(ops.abs(sample_latent(mu, log_var, eps) - z))))

# %% [markdown]
# ### Why not simply draw from the Gaussian?
#
# Because the encoder must learn from what the decoder does with $z$. Its gradient has to pass *through the draw*.
#
# **Predict before you run:** which of these three ways to draw lets the gradient through?

# %%
mu_variable, log_var_variable = tf.Variable(mu), tf.Variable(log_var)
one_eps = tf.constant(eps[:1])


def drawn_by_numpy(mu, log_var):
    return tf.constant(rng.normal(mu.numpy(), np.exp(0.5 * log_var.numpy())), tf.float32)


def drawn_by_tensorflow(mu, log_var):
    return tf.random.normal((1, latent_dim), mu, tf.exp(0.5 * log_var))


def drawn_by_us(mu, log_var):
    return sample_latent(mu, log_var, one_eps)


def gradients_of(draw):
    with tf.GradientTape() as tape:
        total = ops.sum(draw(mu_variable, log_var_variable))
    gradients = tape.gradient(total, [mu_variable, log_var_variable])
    return [None if gradient is None else gradient.numpy() for gradient in gradients]


show_table(
    ["z comes from", "dz / dmu", "dz / dlog_var"],
    [
        ["NumPy, given mu and sigma", *gradients_of(drawn_by_numpy)],
        ["tf.random.normal, given mu and sigma", *gradients_of(drawn_by_tensorflow)],
        ["mu + sigma * eps", *gradients_of(drawn_by_us)],
    ],
)

# %% [markdown]
# A generator that only returns a number stops the gradient: `None`, and the encoder would learn nothing.
#
# `mu + sigma * eps` lets it through. The randomness has become an *input*, and what is left is arithmetic. This is the **reparameterisation trick**. `tf.random.normal` lets it through as well, for inside it draws standard noise, multiplies and adds: the same trick, hidden. Not every generator is so kind.
#
# The derivatives are those of the formula: $\partial z / \partial \mu = 1$ and $\partial z / \partial \log\sigma^2 = \tfrac12 \sigma\, \epsilon$.

# %%
measured = gradients_of(drawn_by_us)
print("dz/dmu      measured", measured[0], "   formula", np.ones_like(mu))
print("dz/dlog_var measured", measured[1], "   formula", 0.5 * sigma * eps[:1])

# %% [markdown]
# Now write it yourself: `sample_latent` in [assignment a2_vae](../assignments/a2_vae/a2_vae.ipynb). The written question there asks you about this trick.
#
# ### Where the randomness enters
#
# The lecture draws the sampling as a network of three inputs. It has no weights and no randomness: the same `eps` gives the same code, and `eps` = 0 gives $\mu$.

# %%
from course.vae.sampling import build_sampling  # inline

# %%
sampling = build_sampling(latent_dim)
print("parameters:", sampling.count_params())
print(
    "same eps twice:",
    np.array(sampling([mu, log_var, eps[:1]])),
    np.array(sampling([mu, log_var, eps[:1]])),
)
print("eps = 0:", np.array(sampling([mu, log_var, np.zeros_like(mu)])), "   mu:", mu)

# %% [markdown]
# Who fills `eps`?
#
# > **Old code on the slide.** `eps = Input(tensor=K.random_normal(shape=(n, shape_z)))` was right in Keras 2. We run its two calls, and one more of the slides, in Keras 3.


# %%
def attempt(code):
    """Run a line of the slides and return what Keras 3 says."""
    try:
        code()
    except (AttributeError, ValueError) as error:
        return f"{type(error).__name__}: {str(error).partition('. ')[0]}"
    return "works"


K = keras.backend
show_table(
    ["on the slide", "Keras 3"],
    [
        ["K.random_normal(shape=(n, shape_z))", attempt(lambda: K.random_normal(shape=(4, 2)))],
        ["K.exp(.5 * t)", attempt(lambda: K.exp(0.5 * log_var))],
        ["Input(tensor=noise)", attempt(lambda: keras.Input(tensor=tf.random.normal((4, 2))))],
    ],
)

# %% [markdown]
# The functions of `K` moved to `keras.ops` and `keras.random`, and an input no longer fills itself. Today a *layer* draws the noise when it is called.

# %%
from course.vae.sampling import Sampling  # inline

# %% [markdown]
# **Predict before you run:** two calls with the same $\mu$ and log variance. The same code?

# %%
sampling_layer = Sampling(seed=7)
print("first call: ", np.array(sampling_layer([mu, log_var])))
print("second call:", np.array(sampling_layer([mu, log_var])))

# %% [markdown]
# A fresh code on each call. So in every epoch the decoder is asked to draw the same image from another point of its patch.
#
# ## 4. The decoder, layer by layer
#
# The decoder goes the other way: from 2 numbers to 784. **Dense 1** and **dense 2** make as many numbers as the encoder had before its own dense layer.

# %%
codes = z[:8]
dec_dense1 = layers.Dense(32, activation="relu", name="dec_dense1")
dec_dense2 = layers.Dense(14 * 14 * 64, activation="relu", name="dec_dense2")
dec_dense_out1 = dec_dense1(codes)
dec_dense_out2 = dec_dense2(dec_dense_out1)
report(dec_dense1, dec_dense_out1)
report(dec_dense2, dec_dense_out2)

# %% [markdown]
# **Reshape** calls them 64 maps of 14 x 14 again.

# %%
dec_reshape = layers.Reshape((14, 14, 64), name="dec_reshape")
dec_reshape_out = dec_reshape(dec_dense_out2)
report(dec_reshape, dec_reshape_out)

# %% [markdown]
# **The transposed convolution** with stride 2 doubles the size. To see how, we take a small one, with one filter of nine ones, and send a single pixel in.
#
# **Predict before you run:** how many pixels of the output will be above 0?


# %%
def footprint(image, kernel_size):
    """What a stride-2 transposed convolution of ones makes of a small image."""
    layer = layers.Conv2DTranspose(
        1, kernel_size, strides=2, padding="same", kernel_initializer="ones"
    )
    return np.array(layer(image[None, :, :, None]))[0, :, :, 0]


one_pixel, two_pixels = np.zeros((5, 5), "float32"), np.zeros((5, 5), "float32")
one_pixel[2, 2] = two_pixels[2, 2] = two_pixels[2, 3] = 1
show(
    plot_images(
        [footprint(one_pixel, 3), footprint(two_pixels, 3)],
        ["one pixel in", "two neighbours in"],
        limits=(0, 2),
        numbers=True,
    ),
    "Two grids of 10 x 10. Left: one pixel became a 3 x 3 patch. Right: two neighbours became "
    "two patches that overlap in one column, where the sum is 2.",
)

# %% [markdown]
# Each pixel stamps a 3 x 3 patch, two steps apart, and overlapping patches add. Three is not a multiple of two, so the overlap is uneven. We fill the whole input with ones and count.

# %%
ones = np.ones((5, 5), "float32")
uneven, even = footprint(ones, 3), footprint(ones, 4)
print(
    "values away from the border: kernel 3:",
    np.unique(uneven[2:-2, 2:-2]),
    "   kernel 4:",
    np.unique(even[2:-2, 2:-2]),
)
show(
    plot_images(
        [uneven, even], ["kernel 3, stride 2", "kernel 4, stride 2"], limits=(0, 4), numbers=True
    ),
    "How many patches meet in each pixel. Kernel 3: a checkerboard of 1, 2 and 4. Kernel 4: 4 "
    "everywhere but at the border.",
)

# %% [markdown]
# This is the checkerboard that transposed convolutions are known for. A trained kernel can make up for it. With a kernel size that is a multiple of the stride, at least every pixel gets the same number of terms.
#
# Now the real one: 64 maps in, 32 maps out.

# %%
dec_conv1 = layers.Conv2DTranspose(
    32, 3, strides=2, padding="same", activation="relu", name="dec_conv1"
)
dec_conv_out1 = dec_conv1(dec_reshape_out)
report(dec_conv1, dec_conv_out1)
show_maps(dec_conv1, dec_conv_out1)

# %% [markdown]
# No digit, for these weights have learned nothing yet. In some maps a fine grid shows. Is it the checkerboard? We take the mean over all maps, separately for even and odd rows and columns.

# %%
mean_map = np.mean(np.array(dec_conv_out1), axis=(0, 3))[2:-2, 2:-2]  # (24, 24), without the border
show_table(
    ["rows", "even columns", "odd columns"],
    [
        [name, mean_map[start::2, 0::2].mean(), mean_map[start::2, 1::2].mean()]
        for start, name in enumerate(["even", "odd"])
    ],
)

# %% [markdown]
# It is: where more patches meet, the values are larger.
#
# **The last convolution** mixes 32 maps into one image. We leave out its activation for now, and call what it gives the *logits*.

# %%
last_conv = layers.Conv2D(1, 3, padding="same", name="gen_img")
logits = last_conv(dec_conv_out1)
report(last_conv, logits)
print(f"logits from {float(ops.min(logits)):.3f} to {float(ops.max(logits)):.3f}")

# %% [markdown]
# A pixel is to be a probability, from 0 to 1. The **sigmoid** makes one of any logit.

# %%
gen_img = ops.sigmoid(logits)
print(f"pixels from {float(ops.min(gen_img)):.3f} to {float(ops.max(gen_img)):.3f}")

# %% [markdown]
# > **A mistake on the slide.** Its last layer has `activation='relu'`, and its loss is cross-entropy, $-t \log y - (1 - t) \log(1 - y)$ for a pixel $y$ that should be $t$. **Predict** what this costs at $y = 0$, and what it means at $y = 1.5$.

# %%
with np.errstate(divide="ignore", invalid="ignore"):
    for y in (0.0, 1.5):
        white, black = 0 - np.log(y), 0 - np.log(1 - y)
        print(f"y = {y}: a white pixel (t = 1) costs {white:.3f}, a black one {black:.3f}")

# %% [markdown]
# Relu gives exactly 0 for every negative logit, and for a white pixel that costs infinity. Above 1 a white pixel has a negative cost, and a black one the logarithm of a negative number. Keras hides both: it clips $y$ into $[10^{-7}, 1 - 10^{-7}]$ first. So the loss is finite. The gradient shows the price.


# %%
def loss_and_gradient(activation, logit, target):
    """Cross-entropy of one pixel, and its derivative with respect to the logit."""
    logit = tf.constant([[logit]])
    with tf.GradientTape() as tape:
        tape.watch(logit)
        loss = keras.losses.binary_crossentropy(tf.constant([[target]]), activation(logit))
    return float(loss[0]), float(tape.gradient(loss, logit)[0, 0])


rows = [
    [
        target,
        logit,
        *loss_and_gradient(ops.relu, logit, target),
        *loss_and_gradient(ops.sigmoid, logit, target),
    ]
    for target, logit in [(1.0, -1.0), (1.0, 0.5), (0.0, 0.5), (0.0, 2.0)]
]
show_table(["target", "logit", "relu: loss", "gradient", "sigmoid: loss", "gradient"], rows)

# %%
logit_axis = np.linspace(-4, 4, 401, dtype="float32")[:, None]  # (401, 1): one pixel a row


def cross_entropy_curves(target):
    pixels = {"sigmoid": ops.sigmoid(logit_axis), "relu": ops.relu(logit_axis)}
    targets = np.full_like(logit_axis, target)
    return {
        name: (logit_axis[:, 0], np.array(keras.losses.binary_crossentropy(targets, y)))
        for name, y in pixels.items()
    }


figure, (left, right) = new_figure(2, width=11)
labels = {"x_label": "logit", "y_label": "cross-entropy in nats"}
plot_curves(
    cross_entropy_curves(1), axes=left, title="white pixel, t = 1", legend="center right", **labels
)
plot_curves(
    cross_entropy_curves(0), axes=right, title="black pixel, t = 0", legend="center left", **labels
)
show(
    figure,
    "Cross-entropy against the logit. With relu it is flat at 16.1 for a white pixel with a "
    "negative logit and at 15.9 for a black pixel with a logit above 1; with sigmoid it is a "
    "smooth slope everywhere.",
)

# %% [markdown]
# Where relu is most wrong, its loss is high and *flat*: 16.118 for the white pixel, which is $-\ln 10^{-7}$, and 15.94 for the black one, because the nearest float32 to $1 - 10^{-7}$ is $1 - 2^{-23}$. The gradient is 0: such a pixel tells its weights nothing. With the sigmoid the gradient is simply $y - t$: the more wrong, the stronger the pull.
#
# How many pixels would have no gradient at the start, whatever they should become?

# %%
stuck_relu = float(ops.mean(ops.cast(ops.logical_or(logits <= 0, logits >= 1), "float32")))
stuck_sigmoid = float(ops.mean(ops.cast(gen_img * (1 - gen_img) == 0, "float32")))
print(f"pixels without a gradient: relu {stuck_relu:.0%}, sigmoid {stuck_sigmoid:.0%}")

# %% [markdown]
# So the course's decoder ends in a sigmoid. The whole function:

# %%
from course.vae.decoder import build_decoder  # inline

# %%
decoder = build_decoder(latent_dim)
for layer in [dec_dense1, dec_dense2, dec_conv1, last_conv]:
    decoder.get_layer(layer.name).set_weights(layer.get_weights())
print("largest difference:", float(ops.max(ops.abs(decoder(codes) - gen_img))))
show_table(
    ["layer", "output", "parameters"],
    [[layer.name, str(layer.output.shape), f"{layer.count_params():,}"] for layer in decoder.layers]
    + [["decoder", "", f"{decoder.count_params():,}"]],
)

# %% [markdown]
# Now write it yourself: `build_decoder` in [assignment a2_vae](../assignments/a2_vae/a2_vae.ipynb).
#
# ## 5. Put together
#
# Image in, code drawn, image out: a whole VAE, with random weights.
#
# **Predict before you run:** what will it draw?

# %%
mu, log_var = encoder(images)
untrained = decoder(sampling_layer([mu, log_var]))
show(
    plot_images(np.concatenate([images, untrained]), columns=8, row_titles=["digits", "untrained"]),
    "Above eight digits, below eight plain grey squares.",
)
loss = float(ops.mean(keras.losses.binary_crossentropy(images, untrained)))
print(f"pixels from {float(ops.min(untrained)):.3f} to {float(ops.max(untrained)):.3f}")
print(f"cross-entropy {loss:.4f} nats a pixel; ln 2 = {np.log(2):.4f}")

# %% [markdown]
# Grey. Every logit is close to 0, so every pixel is close to one half, and each costs $\ln 2$: the price of tossing a coin.
#
# The course ships the weights of the same three networks after training.

# %%
vae = load_vae()
mu, log_var = vae.encoder(images)
trained = vae.decoder(sampling_layer([mu, log_var]))
show(
    plot_images(
        np.concatenate([images, untrained, trained]),
        columns=8,
        row_titles=["digits", "untrained", "trained"],
    ),
    "Eight held-out digits, the grey of the untrained network, and the trained network's "
    "reconstructions: blurred digits, most of them recognisable, some of them turned into a "
    "similar digit.",
)
loss = float(ops.mean(keras.losses.binary_crossentropy(images, trained)))
print(f"cross-entropy {loss:.4f} nats a pixel")

# %% [markdown]
# Digits. They are blurred, and some came back as a neighbour in shape: two numbers say little about 784 pixels. Where does the encoder put them?
#
# **Predict before you run:** the network has never been told which digit is which. Will the classes be mixed or apart?

# %%
means, log_vars = vae.encoder.predict(digits.x_test, batch_size=500, verbose=0)
show(
    plot_codes(
        means, digits.y_test, title="Mean codes of 2,000 held-out digits", legend_title="digit"
    ),
    "Scatter of 2,000 codes, coloured and labelled by digit. 0, 1 and 6 have regions of their "
    "own, and most of the 2s; 4, 7 and 9 share one; 3 and 8 lie close together with a part of the "
    "5s, whose others form a tail.",
)

# %% [markdown]
# Images that look alike have codes that are alike. 0, 1 and 6 have regions of their own, and most of the 2s; 4, 7 and 9 share one; 3 and 8 lie close together with a part of the 5s, whose others form a tail. It can be counted: for how many digits is the nearest other code one of the same class? By chance it would be one in ten.

# %%
squared = np.sum((means[:, None] - means[None]) ** 2, axis=-1)  # (2000, 2000)
np.fill_diagonal(squared, np.inf)
same = digits.y_test[np.argmin(squared, axis=1)] == digits.y_test
rows = [[digit, f"{same[digits.y_test == digit].mean():.0%}"] for digit in range(10)]
show_table(["digit", "nearest code is of the same digit"], [*rows, ["all", f"{same.mean():.0%}"]])

# %% [markdown]
# And the patches? We draw six codes from the Gaussian of one image, and decode each.

# %%
one_mu, one_log_var = mu[1:2], log_var[1:2]
draws = [sampling_layer([one_mu, one_log_var]) for _ in range(6)]
print("mu:", np.array(one_mu), "   sigma:", np.exp(0.5 * np.array(one_log_var)))
print(f"mean sigma over the 2,000 held-out digits: {np.exp(0.5 * log_vars).mean():.3f}")
show(
    plot_images(
        [images[1], *(vae.decoder(draw)[0] for draw in draws)],
        ["image", *(f"({float(draw[0, 0]):.2f}, {float(draw[0, 1]):.2f})" for draw in draws)],
    ),
    "A digit and six reconstructions from six codes drawn for it; they look nearly the same.",
)

# %% [markdown]
# Different codes, nearly the same image. The patch is small: $\sigma$ is about 0.03, where the codes of all digits spread over several units. Why it has a size at all, and what would happen without the VAE's second loss, is lecture 3.
#
# ## Summary
#
# - A VAE's encoder answers with a Gaussian: four convolutions, a dense layer, and two linear heads for $\mu$ and `log_var`.
# - The sampling is $z = \mu + e^{\log\sigma^2 / 2}\, \epsilon$. The noise is an input, so gradients reach $\mu$ and `log_var`.
# - The decoder enlarges with a transposed convolution and ends in a sigmoid, because cross-entropy needs probabilities.
# - A layer that is left out, and an activation that does not fit the loss, raise no error. Count parameters, and look for gradients of `None` or 0.
#
# ## Questions
#
# 1. Which one layer of encoder and decoder would you shrink first to save parameters, and what would you give up?
# 2. The encoder's log variance is $-20$ for every image. What is left of the VAE?
# 3. Why does the encoder give the *logarithm* of the variance? Answer with the table of [lecture 1](01_distances.ipynb), section 8.
# 4. Give the decoder's transposed convolution a kernel of 4 instead of 3. How many parameters more is that, and what is gained?
#
# Next: [lecture 3, the losses](03_vae_losses.ipynb). In [assignment a2_vae](../assignments/a2_vae/a2_vae.ipynb) you write the three networks, and after lectures 3 and 4 the rest.
