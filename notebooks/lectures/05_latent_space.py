# %% [markdown]
# # Lecture 5: The latent space
#
# A trained decoder draws an image for every code, not only for the codes of images that it has seen. This lecture walks among the codes: it decodes a grid, goes from one digit to another, averages, and edits.
#
# All of this rests on one property: the decoder behaves like a continuous function. You will measure it, and see where it comes from. At the end you add a smile to faces, and check with rulers what else moves.

# %%
TRAIN_FROM_SCRATCH = False  # True trains the networks below anew: half an hour to an hour.

# %%
from dataclasses import replace
from statistics import NormalDist

import course.backend  # TensorFlow, without its start-up messages
import keras
import numpy as np
from keras import layers, ops

from course.animation import show_animation
from course.checkpoints import load_vae
from course.code_plots import plot_codes
from course.data import load_images
from course.diagnostics import measure_slant, measure_thickness
from course.explorers import explore_edits, explore_latent
from course.faces.measures import FACE_MEASURES, match_smile, measure_smile
from course.faces.drawing import draw_faces, render_faces
from course.plots import COLORS, new_figure, plot_curves, plot_images
from course.show import show, show_table
from course.vae.model import VAE
from course.vae.recipes import cosine

keras.utils.set_random_seed(5)
rng = np.random.default_rng(5)


def trained_vae(name, examples, epochs, batch_size=128, peak=2e-3, **settings):
    """A shipped VAE by its name, or the same one trained here."""
    if not TRAIN_FROM_SCRATCH:
        return load_vae(name)
    vae = VAE(seed=0, **settings)
    optimizer, recipe = cosine(epochs * -(-len(examples) // batch_size), peak)
    print(f"{name}: {epochs} epochs of {recipe}")
    vae.compile(optimizer)
    vae.fit(examples, epochs=epochs, batch_size=batch_size, verbose=2)
    return vae


digits = load_images()
print(digits.source)
vae = trained_vae("vae_digits_k2", digits.x_train, epochs=60, latent_dim=2)

# %% [markdown]
# ## 1. Decode a code
#
# A code is a row of $k$ numbers, here $k = 2$. We make one up, and let the decoder draw it.

# %%
code = np.array([[0.1, 0.2]], dtype="float32")  # (1, k)
image = np.array(vae.decoder(code))  # (1, 28, 28, 1)
print("code:", code.shape, "   image:", image.shape)
show(
    plot_images(image, ["(0.1, 0.2)"]), "The image that the decoder draws for the code (0.1, 0.2)."
)

# %% [markdown]
# Nobody has written this digit. To see what else there is, we decode codes from everywhere, on a square lattice. First one line of coordinates, then every pair of them.

# %%
line = np.linspace(-2, 2, 3)
first, second = np.meshgrid(line, line)
print(np.stack([first.ravel(), second.ravel()], axis=1))

# %% [markdown]
# The first coordinate varies fastest, as letters do in a text. That is the whole function.

# %%
from course.latent import code_grid  # inline

# %% [markdown]
# Two helpers send many codes or images through a network, 500 at a time.


# %%
def decode(vae, codes):
    """Images of codes (n, k)."""
    parts = np.array_split(np.asarray(codes, dtype="float32"), -(-len(codes) // 500))
    return np.concatenate([np.array(vae.decoder(part)) for part in parts])


def encode(vae, images):
    """Means and standard deviations of the images' codes, each (n, k)."""
    parts = [vae.encoder(part) for part in np.array_split(images, -(-len(images) // 500))]
    mu, log_var = (np.concatenate([np.array(part[i]) for part in parts]) for i in (0, 1))
    return mu, np.exp(0.5 * log_var)


# %% [markdown]
# **Predict before you run:** the digits 0 to 9 are ten classes. Will there be ten kinds of images with gaps between them, or something else?

# %%
side = 14
equal_steps = code_grid(side, 2.0)  # (196, 2)


def show_grid(codes, title, alt):
    """Draw decoded codes, the second coordinate growing upwards."""
    rows = decode(vae, codes).reshape(side, side, 28, 28)[::-1]
    show(plot_images(rows.reshape(-1, 28, 28), columns=side, title=title), alt)


show_grid(
    equal_steps,
    "Codes from -2 to 2, at equal steps",
    "196 decoded codes. Zeros at the top left, sixes at the top, nines at the right, ones at the "
    "bottom right, twos at the bottom left, threes and eights in the middle, fives below them; "
    "each turns into its neighbours step by step.",
)

# %% [markdown]
# No gaps: a 9 becomes a 7 and a 7 a 1, step by step, and a 0 becomes a 6 in a step or two. On the way are shapes that are no digit.
#
# Do images use all of these codes? For each held-out digit we look for the code of the grid that is nearest to its own.

# %%
mu, sigma = encode(vae, digits.x_test)  # (2000, 2) each


def nearest_code(points, codes):
    """For each point, the number of the code that is nearest."""
    squared = np.sum((points[:, None] - codes[None]) ** 2, axis=-1)
    return np.argmin(squared, axis=1)


def count_users(codes):
    """How many held-out digits each code is the nearest to."""
    return np.bincount(nearest_code(mu, codes), minlength=len(codes))


# %% [markdown]
# The codes are dense in the middle and thin outside, as the map of them in [lecture 2](02_vae_networks.ipynb) shows: roughly like $\mathcal N(0, I)$, towards which the KL loss pulls them. So we also take a grid at the **quantiles** of the normal distribution. Between two neighbours of a line lies the same share of $\mathcal N(0, 1)$, and the steps grow outwards.

# %%
shares = 0.5 + code_grid(side, 0.5 - 0.5 / side)  # From 1/28 to 27/28 of the distribution.
quantiles = np.vectorize(NormalDist().inv_cdf)(shares)  # (196, 2)
print("coordinates:", quantiles[:side, 0].round(2))
show_grid(
    quantiles,
    "The same decoder, codes at the quantiles of N(0, 1)",
    "196 decoded codes at normal quantiles: the same regions, with more pictures from the middle.",
)
rows = []
for name, codes in [("equal steps", equal_steps), ("quantiles", quantiles)]:
    users = count_users(codes)
    radii = np.linalg.norm(codes, axis=1)
    unused = users == 0
    rows.append([name, f"{unused.mean():.0%}", radii[unused].mean(), radii[~unused].mean()])
show_table(
    ["grid of 196", "nearest to no digit", "their mean distance from 0", "that of the others"], rows
)

# %% [markdown]
# At equal steps a quarter of the codes are nearest to no digit, and these lie further out than the others. At the quantiles it is one in eleven, and the middle, where most digits are, gets more pictures. Where no code of a training digit is near either, nobody has ever asked what the decoder draws.
#
# Now write it yourself: `code_grid` in [assignment a3_latent_space](../assignments/a3_latent_space/a3_latent_space.ipynb).
#
# ## 2. The decoder behaves like a continuous function
#
# A function is continuous if a small change of what goes in makes a small change of what comes out. We start from 1,000 codes drawn from $\mathcal N(0, I)$, take a step in a random direction, and measure how far the image has moved, in $\ell_2$ as in [lecture 1](01_distances.ipynb).
#
# To see what continuity is worth, two other decoders take the same steps. The **look-up table** has only learned by heart: it returns the training digit whose code is nearest. The **untrained** decoder has random weights.

# %%
train_mu, _ = encode(vae, digits.x_train)
untrained = VAE(latent_dim=2, seed=1)


def look_up(codes):
    """The training digit with the nearest code, for each code (n, 2)."""
    parts = np.array_split(codes, 10)
    return digits.x_train[np.concatenate([nearest_code(part, train_mu) for part in parts])]


def distance(images, others):
    """The l2 distance of each image to its partner, (n,)."""
    return np.sqrt(np.sum((images - others) ** 2, axis=(1, 2, 3)))


decoders = {
    "trained decoder": lambda codes: decode(vae, codes),
    "look-up table": look_up,
    "untrained decoder": lambda codes: decode(untrained, codes),
}
n = 1000
start = rng.normal(size=(n, 2))
angles = rng.uniform(0, 2 * np.pi, size=n)
direction = np.stack([np.cos(angles), np.sin(angles)], axis=1)  # (n, 2), each of length 1

# %% [markdown]
# **Predict before you run:** the steps become ten times smaller. What do the changes of the three decoders do?

# %%
rows = []
for length in (1.0, 0.1, 0.01, 0.001):
    row = [length]
    for draw in decoders.values():
        moved = distance(draw(start), draw(start + length * direction))
        row += [f"{np.mean(moved > 1e-6):.0%}", np.median(moved[moved > 1e-6])]
    rows.append(row)
heads = [f"{name}: {what}" for name in decoders for what in ("changed", "by (median)")]
show_table(["step", *heads], rows)

# %% [markdown]
# The trained decoder's change shrinks with the step, and from 0.1 on a tenth of the step makes a tenth of the change. That is continuity, with a number: for small steps from a typical code the image moves by about 10 for each unit of the code.
#
# The look-up table behaves in another way. Smaller steps change its image more seldom, but *when* it changes it jumps by 8, however small the step. No step is small enough.
#
# The untrained decoder is smoother than both, and worthless: all its images are the same grey. Continuity alone is cheap. What took training is to be continuous *and* to draw digits.
#
# The same in a picture, with steps of any length up to 1.

# %%
lengths = rng.uniform(0, 1, size=n)
end = start + lengths[:, None] * direction
unrelated = np.median(distance(decode(vae, start), decode(vae, rng.permutation(start))))
figure, panels = new_figure(2, width=11)
for axes, name in zip(panels, ["trained decoder", "look-up table"]):
    moved = distance(decoders[name](start), decoders[name](end))
    labels = {"x_label": "distance of the codes", "y_label": "distance of the images"}
    line = {"two unrelated codes, trained decoder": ([0, 1], [unrelated, unrelated])}
    plot_curves(line, axes=axes, title=name.capitalize(), **labels)
    axes.scatter(lengths, moved, s=10, color=COLORS["vermillion"], alpha=0.5, linewidths=0)
    axes.set(xlim=(0, 1), ylim=(0, 16))
    axes.legend(loc="upper left")
show(
    figure,
    "Distance of images against distance of codes. Trained decoder: a wedge that starts at 0 and "
    "opens to between 2 and 8, below the line of two unrelated codes at 6.8 for steps up to 0.5. "
    "Look-up table: a band between 4 and 13, mostly above that line from the smallest steps on, "
    "and points at 0.",
)

# %% [markdown]
# ### What makes neighbours alike
#
# In training, each image's code is drawn anew from $\mathcal N(\mu, \sigma^2)$ whenever the image comes by. All these codes have one target: the image. So similar codes go in, and the same image is asked for.
#
# **Predict before you run:** for 200 held-out digits we decode 20 draws each. How far are they from the decoded $\mu$, compared with how far two digits are from each other?

# %%
some = np.arange(200)
eps = rng.normal(size=(200, 20, 2))
draws = mu[some, None] + sigma[some, None] * eps  # (200, 20, 2)
at_mean = decode(vae, mu[some])
own = distance(decode(vae, draws.reshape(-1, 2)), np.repeat(at_mean, 20, axis=0))
elsewhere = distance(at_mean, decode(vae, rng.permutation(mu)[:200]))
rows = [
    [name, *np.quantile(values, (0.05, 0.5, 0.95))]
    for name, values in [("draws for the same digit", own), ("codes of other digits", elsewhere)]
]
show_table(["l2 from the decoded mean to", "5 %", "median", "95 %"], rows)
print(f"mean sigma: {sigma.mean():.3f}")
shown = [1, 18, 61]
row_images = [[digits.x_test[i], at_mean[i], *decode(vae, draws[i, :6])] for i in shown]
show(
    plot_images(
        [image for row in row_images for image in row],
        ["image", "mean", *[f"draw {i}" for i in range(1, 7)]] + [""] * 16,
        columns=8,
    ),
    "A 3, a 5 and a 0, each with its decoded mean and six decoded draws. The seven decodings of a "
    "row look the same; those of the 5 look like an 8.",
)

# %% [markdown]
# The draws for one digit stay 26 times nearer than another digit does. The 5 is drawn as an 8, since two numbers are few; but each of its draws is the *same* 8.
#
# Is it the draws that do this, or would any network be as smooth? We take two small decoders, 60 digits and their mean codes. Both learn the same codes and the same targets. One is shown the mean code each time. The other is shown draws around it, with $\sigma = 0.1$. Both may change as quickly as they like, for their first layer turns the code into waves.


# %%
def small_decoder(sigma):
    """A decoder that can change quickly; in training its codes get noise of std sigma."""
    keras.utils.set_random_seed(0)
    z = keras.Input((2,))
    x = layers.GaussianNoise(sigma)(z)  # mu + sigma * eps while training, mu afterwards.
    x = ops.matmul(x, keras.random.normal((2, 64), stddev=3.0, seed=1))
    x = ops.concatenate([ops.sin(x), ops.cos(x)], axis=1)  # (B, 128)
    for _ in range(2):
        x = layers.Dense(128, activation="relu")(x)
    images = layers.Dense(784, activation="sigmoid")(x)
    return keras.Model(z, layers.Reshape((28, 28, 1))(images))


few, targets, noise_std = mu[:60], digits.x_test[:60], 0.1
around = few[:, None] + noise_std * rng.normal(size=(60, 20, 2))  # (60, 20, 2)
rows, pictures = [], []
for name, std in [("the mean code", 0.0), ("draws around it", noise_std)]:
    network = small_decoder(std)
    network.compile(keras.optimizers.Adam(2e-3), loss="binary_crossentropy", jit_compile=False)
    # 1,500 steps; each batch holds all 60 digits.
    repeated = np.tile(few, (30, 1)), np.tile(targets, (30, 1, 1, 1))
    network.fit(*repeated, epochs=50, batch_size=60, shuffle=False, verbose=0)
    at_code = np.array(network(few))
    nearby = np.array(network(around.reshape(-1, 2).astype("float32")))
    rows.append(
        [
            name,
            np.median(distance(at_code, targets)),
            np.median(distance(nearby, np.repeat(targets, 20, axis=0))),
            np.median(distance(nearby, np.repeat(at_code, 20, axis=0))),
        ]
    )
    pictures += [at_code[1], *nearby[20:27]]
show_table(
    [
        "shown in training",
        "decoded mean to image",
        "decoded draws to image",
        "decoded draws to decoded mean",
    ],
    rows,
)
show(
    plot_images(
        pictures,
        ["mean", *[f"draw {i}" for i in range(1, 8)]] + [""] * 8,
        columns=8,
        row_titles=["shown means", "shown draws"],
    ),
    "One digit decoded from its mean code and seven draws. The decoder that was shown means draws "
    "a 3 at the mean, and beside it a 2, fragments, and threes of another shape. The one that was "
    "shown draws keeps to one shape of the 3, with faint shadows, but for the same 2.",
)

# %% [markdown]
# The decoder that was shown means is perfect at the means, and 0.1 beside them it is far off: it draws other digits and fragments. The one that was shown draws pays at the mean, and is nearer to the image beside it; what it draws there stays four times nearer to what it draws at the mean. The only difference is the noise.
#
# Draw 1 is a 2 in both rows: it fell next to the code of a 2. And in the lower row there are faint shadows. Where the neighbourhoods of two digits overlap, one code has two targets, and the best answer to both is something between them.
#
# Now answer it yourself: the first written question of [assignment a3_latent_space](../assignments/a3_latent_space/a3_latent_space.ipynb).
#
# ## 3. From one code to another
#
# A straight line from one code to another is a mixture: the start fades out while the end fades in, and their shares add up to 1.

# %%
share = np.linspace(0, 1, 5)[:, None]  # (5, 1)
print((1 - share) * mu[0] + share * mu[1])

# %%
from course.latent import interpolate_codes  # inline

# %%
print(interpolate_codes(mu[0], mu[1], 5))

# %% [markdown]
# Images can be mixed in the same way, pixel by pixel: a **cross-fade**, as between two slides.
#
# **Predict before you run:** what is half-way between two digits, in codes and in pixels?

# %%
steps = 9
fade = np.linspace(0, 1, steps)[:, None, None, None]
pictures = []
for left, right in [(3, 2), (11, 18)]:
    walked = decode(vae, interpolate_codes(mu[left], mu[right], steps))
    pictures += [*walked, *((1 - fade) * walked[0] + fade * walked[-1])]
show(
    plot_images(pictures, columns=steps, row_titles=["codes", "pixels"] * 2),
    "From a 1 to a 2, and from a 4 that is drawn as a 9 to a 5 that is drawn as an 8. Along the "
    "codes each image is one shape that changes, by way of a scribble, a 5 and a 3, and by way of "
    "a 7 and a 4. In the cross-fade both digits are there at once, as two shadows.",
)

# %% [markdown]
# Two numbers separate them. Ink on paper is black or white: we count the pixels **between 0.2 and 0.8**, which are neither. And we look for the **nearest** of the 8,000 training digits: who draws a digit should be near one. Both are means over 300 pairs of digits of different classes.


# %%
def grey_share(images):
    """Share of the pixels between 0.2 and 0.8, (n,)."""
    return np.mean((images > 0.2) & (images < 0.8), axis=(1, 2, 3))


def nearest_digit(images):
    """The l2 distance to the nearest training digit, and its class, each (n,)."""
    x, known = images.reshape(len(images), -1), digits.x_train.reshape(8000, -1)
    squared = np.sum(x**2, axis=1)[:, None] + np.sum(known**2, axis=1) - 2 * x @ known.T
    return np.sqrt(squared.min(axis=1)), digits.y_train[np.argmin(squared, axis=1)]


def distance_to_nearest(images):
    """The first of the two."""
    return nearest_digit(images)[0]


ends = rng.integers(0, 2000, size=(2, 400))
ends = ends[:, digits.y_test[ends[0]] != digits.y_test[ends[1]]][:, :300]
from_images, to_images = decode(vae, mu[ends[0]]), decode(vae, mu[ends[1]])
walk = np.linspace(0, 1, 9)
by_codes = [decode(vae, (1 - t) * mu[ends[0]] + t * mu[ends[1]]) for t in walk]
by_pixels = [(1 - t) * from_images + t * to_images for t in walk]
figure, panels = new_figure(2, width=11)
for axes, measure, title in zip(
    panels, [grey_share, distance_to_nearest], ["Share of grey pixels", "l2 to the nearest digit"]
):
    curves = {
        name: (walk, [measure(images).mean() for images in way])
        for name, way in [("codes", by_codes), ("pixels", by_pixels)]
    }
    plot_curves(curves, axes=axes, title=title, x_label="share of the end")
show(
    figure,
    "Left: the share of grey pixels rises in the middle of the cross-fade by 0.07, and along the "
    "codes by 0.02. Right: the distance to the nearest digit rises by 0.9 and by 0.4.",
)
rows = [
    [name, f"{grey_share(images).mean():.1%}", distance_to_nearest(images).mean()]
    for name, images in [
        ("the two ends, decoded", np.concatenate([from_images, to_images])),
        ("half-way in codes", by_codes[4]),
        ("half-way in pixels", by_pixels[4]),
        ("real held-out digits", digits.x_test[ends[0]]),
    ]
]
show_table(["images", "grey pixels", "l2 to the nearest digit"], rows)

# %% [markdown]
# The decoder's images are softer than real ones to begin with, so compare with the ends: half-way in codes two more pixels in a hundred are grey, half-way in pixels seven. The distance to the nearest digit rises by 0.4 and by 0.9.
#
# Along the codes each image is one shape. It need not be a digit: the way from the 1 to the 2 crosses a scribble. A distance in $\ell_2$ flatters blurred images, too: the decoded ends are nearer to a training digit than real held-out digits are.
#
# A walk need not be straight, nor end. This one goes round a circle of radius 1.5 and comes back. **Predict before you run:** which digits does it meet? The grid of section 1 says it.

# %%
angles = np.arange(0, 361, 15)  # Degrees, from the right and against the clock; (25,).
circle = 1.5 * np.stack([np.cos(np.radians(angles)), np.sin(np.radians(angles))], axis=1)
walked = decode(vae, circle)


def walk_frames():
    """The walker on the map and the digit that he sees, one angle after the other."""
    figure, (plane, view) = new_figure(2, width=8.0, height=4.0)
    plot_codes(mu[:600], digits.y_test[:600], axes=plane, title="Where")
    plane.get_legend().remove()
    plane.set_aspect("equal", adjustable="box")
    plane.set(xlim=(-3, 3), ylim=(-3, 3))
    plane.plot(*circle.T, color=COLORS["black"], linewidth=1)
    (walker,) = plane.plot([], [], "o", markersize=15, color=COLORS["vermillion"], zorder=5)
    picture = view.imshow(walked[0], cmap="gray", vmin=0, vmax=1)
    view.axis("off")
    for code, image, angle in zip(circle, walked, angles):
        walker.set_data(code[:1], code[1:])
        picture.set_data(image)
        view.set_title(f"What: {angle} degrees")
        yield figure


show_animation(
    walk_frames(),
    plot_images(walked[:-1:2], [f"{angle} degrees" for angle in angles[:-1:2]], columns=6),
    "A walk round a circle in the plane of codes. On the right something between a 7 and a 9, then a "
    "9, a 6 at the top, a 0 at the upper left, a 2 at the lower left, a 5 at the bottom, and by way "
    "of a slanted stroke back to the start. Most images turn into the next step by step; the 6 becomes the 0 in one.",
    milliseconds=160,
)

# %% [markdown]
# It meets a 9, a 6, a 0, a 2 and a 5, then shapes that are no digit, and at last something between a 7 and a 9 again. The last image is the first. From 90 to 105 degrees the 6 becomes a 0, as large a change as between two unrelated codes: continuous is not slow. Smaller steps would show what lies between.
#
# Now write it yourself: `interpolate_codes` in [assignment a3_latent_space](../assignments/a3_latent_space/a3_latent_space.ipynb).
#
# ## 4. Averages
#
# What is the average of all threes? There are two answers: the mean of the images, and the image of the mean code.

# %%
threes = digits.y_test == 3
mean_of_images = digits.x_test[threes].mean(axis=0)
image_of_mean = decode(vae, mu[threes].mean(axis=0, keepdims=True))[0]
print("mean code:", mu[threes].mean(axis=0))

# %%
from course.latent import average_image  # inline

# %% [markdown]
# **Predict before you run:** for which digits will the image of the mean code be another digit? The grid in section 1 says it.

# %%
print("largest difference:", np.abs(average_image(vae.decoder, mu[threes]) - image_of_mean).max())
classes = [digits.y_test == digit for digit in range(10)]
pixel_means = np.stack([digits.x_test[of_class].mean(axis=0) for of_class in classes])
code_means = np.stack([average_image(vae.decoder, mu[of_class]) for of_class in classes])
show(
    plot_images(
        [*pixel_means, *code_means],
        [str(digit) for digit in range(10)] + [""] * 10,
        columns=10,
        row_titles=["pixels", "codes, k = 2"],
    ),
    "Above the mean image of each digit, a grey mist with blurred edges. Below the decoded mean "
    "codes, with sharper strokes; those of 4, 7 and 9 look alike, that of 5 looks like an 8.",
)
rows = [
    [
        digit,
        f"{grey_share(pixel_means)[digit]:.0%}",
        f"{grey_share(code_means)[digit]:.0%}",
        distance_to_nearest(pixel_means)[digit],
        distance_to_nearest(code_means)[digit],
    ]
    for digit in range(10)
]
show_table(
    ["digit", "grey, pixels", "grey, codes", "nearest digit, pixels", "nearest digit, codes"], rows
)

# %% [markdown]
# For each of the ten, the image of the mean code has fewer grey pixels and is nearer to a real digit than the mean of the images.
#
# But it is not always the right digit. The averages of 4, 7 and 9 are nearly one image, for these digits share a region, and that of 5 looks like an 8: in a plane the middle of all fives may belong to another digit.
#
# The remedy is more dimensions. This VAE has the same layers and $k = 16$.

# %%
LARGER = "vae_digits_k16_lambda_0.001"
vae16 = trained_vae(LARGER, digits.x_train, epochs=20, latent_dim=16)
mu16, _ = encode(vae16, digits.x_test)  # (2000, 16)
code_means16 = np.stack([average_image(vae16.decoder, mu16[of_class]) for of_class in classes])
show(
    plot_images(
        [*pixel_means, *code_means, *code_means16],
        [str(digit) for digit in range(10)] + [""] * 20,
        columns=10,
        row_titles=["pixels", "codes, k = 2", "codes, k = 16"],
    ),
    "Mean images, and decoded mean codes with 2 and with 16 dimensions. With 16 all ten averages "
    "are the right digit.",
)
show_table(
    ["averages", "classes of the nearest training digits", "mean of grey pixels"],
    [
        [name, nearest_digit(images)[1], f"{grey_share(images).mean():.1%}"]
        for name, images in [
            ("pixels", pixel_means),
            ("codes, k = 2", code_means),
            ("codes, k = 16", code_means16),
        ]
    ],
)

# %% [markdown]
# With 16 dimensions all ten averages are the right digit, and sharper: 11 % grey pixels instead of 19 %. (For $k = 2$ the digit nearest to the average 5 is a 5 as well, although to the eye that average is an 8. A nearest neighbour is a lenient judge.) From here on we use this VAE.
#
# Now write it yourself: `average_image` in [assignment a3_latent_space](../assignments/a3_latent_space/a3_latent_space.ipynb).
#
# ## 5. Editing digits
#
# Digits lean to the right or not, and their strokes are thick or thin. Nobody has told the VAE. Can we find the direction among its codes in which a digit leans?
#
# First we need to measure. `measure_slant` fits a line through the ink: pixels to the right for each pixel up. `measure_thickness` divides twice the ink by the length of its outline, which is the width of a long stroke. Do they measure what they say? We shear digits and thicken them, by known amounts.


# %%
def shear(images, lean):
    """Move each row of pixels right by ``lean`` for each pixel above the middle."""
    moved = np.zeros_like(images)
    for row in range(28):
        shift = lean * (13.5 - row)
        whole = int(np.floor(shift))
        for pixels, part in [(whole, 1 - (shift - whole)), (whole + 1, shift - whole)]:
            moved[:, row] += part * np.roll(images[:, row], pixels, axis=1)
    return moved


def thicken(images):
    """Let each pixel take the brightest of itself and its eight neighbours."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    return np.max([padded[:, r : r + 28, c : c + 28] for r in range(3) for c in range(3)], axis=0)


sample = digits.x_test[:500]
rows = [
    [name, np.median(measure_slant(images)), np.median(measure_thickness(images))]
    for name, images in [
        ("digits", sample),
        ("sheared by +0.3", shear(sample, 0.3)),
        ("sheared by -0.3", shear(sample, -0.3)),
        ("one pixel more all round", thicken(sample)),
    ]
]
show_table(["500 held-out images", "median slant", "median thickness (pixels)"], rows)
show(
    plot_images(
        [*sample[:6], *shear(sample[:6], 0.3), *thicken(sample[:6])],
        columns=6,
        row_titles=["digits", "sheared", "thickened"],
    ),
    "Six digits; the same leaning further right; the same with thicker strokes.",
)

# %% [markdown]
# A shear of 0.3 adds 0.3 to the slant and leaves the thickness nearly alone. One pixel more all round makes strokes about 2.5 pixels thicker, two for the sides and some for the gaps that close, and leaves the slant alone. The rulers can be trusted.
#
# ### The direction of an attribute
#
# Take the images that show the attribute and those that do not. The way from the mean code of the images without it to the mean code of those with it is a direction in which the attribute grows.

# %%
train_mu16, _ = encode(vae16, digits.x_train)  # (8000, 16)
slant, thickness = measure_slant(digits.x_train), measure_thickness(digits.x_train)
leans = slant > np.median(slant)
difference = train_mu16[leans].mean(axis=0) - train_mu16[~leans].mean(axis=0)
print(difference.round(2))

# %%
from course.latent import attribute_vector  # inline

# %% [markdown]
# There is a catch: some digits lean more often than others.

# %%
rows = [[digit, f"{leans[digits.y_train == digit].mean():.0%}"] for digit in range(10)]
show_table(["digit", "lean more than the median"], rows)

# %% [markdown]
# Two in three zeros lean more than the median, and only one in three sixes and nines. So the two groups differ in *which digits* are in them as well, and the difference of their means holds that too.
#
# So we compare zeros with zeros and ones with ones, and take the mean of the ten directions. We call a quarter of it $\mathbf s$: then $4 \mathbf s$ is the whole way from a typical digit that leans little to a typical one that leans much.


# %%
def direction_within_classes(codes, measure, labels):
    """A quarter of the attribute vector, averaged over the classes, (k,)."""
    vectors = []
    for label in np.unique(labels):
        values = measure[labels == label]
        vectors.append(attribute_vector(codes[labels == label], values > np.median(values)))
    return np.mean(vectors, axis=0) / 4


s_slant = direction_within_classes(train_mu16, slant, digits.y_train)
s_thick = direction_within_classes(train_mu16, thickness, digits.y_train)
print(
    f"length of 4s: slant {np.linalg.norm(4 * s_slant):.2f}, thickness {np.linalg.norm(4 * s_thick):.2f}"
)

# %% [markdown]
# An edit adds the direction some number of times.

# %%
from course.latent import edit_codes  # inline

# %%
print(edit_codes(mu16[0], s_slant, [-1, 0, 1])[:, :4])

# %% [markdown]
# **Predict before you run:** along which direction will a digit sooner stop being itself?

# %%
strengths = np.arange(-8, 9, 2)  # (9,)
shown = [0, 1, 4, 5]
seen = {
    "Slant": "At -8s they lean to the left and some are torn, at +8s they lean to the right.",
    "Thickness": "Strokes grow from thin and partly faded to so thick that gaps and holes shrink.",
}
for name, s in [("Slant", s_slant), ("Thickness", s_thick)]:
    pictures = [decode(vae16, edit_codes(mu16[i], s, strengths)) for i in shown]
    titles = [f"{strength:+d}s" if strength else "0" for strength in strengths]
    show(
        plot_images(
            np.concatenate(pictures),
            titles + [""] * 9 * (len(shown) - 1),
            columns=9,
            title=f"{name}: from -8s to +8s",
        ),
        f"Four digits edited along {name.lower()}, from -8s on the left to +8s on the right. "
        + seen[name],
    )

# %%
edited_of = {}
for name, s in [("slant", s_slant), ("thickness", s_thick)]:
    edited = np.stack([edit_codes(code, s, strengths) for code in mu16[:200]])  # (200, 9, 16)
    edited_of[name] = decode(vae16, edited.reshape(-1, 16))  # (1800, 28, 28, 1)

figure, panels = new_figure(2, width=11)
for axes, measure, title in zip(
    panels, [measure_slant, measure_thickness], ["Measured slant", "Measured thickness (pixels)"]
):
    curves = {
        f"edited along {name}": (strengths, measure(images).reshape(200, 9).mean(axis=0))
        for name, images in edited_of.items()
    }
    plot_curves(curves, axes=axes, title=title, x_label="strength, in s")
show(
    figure,
    "Means over 200 digits. Left: slant rises along its own direction and is flat along that of "
    "thickness. Right: thickness rises along its own direction; along that of slant it is highest "
    "in the middle and falls to both sides.",
)

# %% [markdown]
# Means hide single digits. For how many does the measure grow at *every* step, and for how many is the nearest training digit still of the same class?

# %%
rows = []
for name, images in edited_of.items():
    measure = {"slant": measure_slant, "thickness": measure_thickness}[name]
    values = measure(images).reshape(200, 9)
    classes_of = nearest_digit(images)[1].reshape(200, 9)
    for reach in (1, 2, 4):
        inner = slice(4 - reach, 5 + reach)
        same = classes_of[:, [4 - reach, 4 + reach]] == classes_of[:, [4]]
        rows.append(
            [
                name,
                f"{-2 * reach}s to {2 * reach}s",
                f"{np.mean(np.all(np.diff(values[:, inner]) > 0, axis=1)):.0%}",
                f"{same.mean():.0%}",
            ]
        )
show_table(
    ["edited along", "from, to", "measure grows at every step", "same class at the ends"], rows
)

# %% [markdown]
# Each direction does what it is for, at every step from -8s to +8s and for practically all digits: the slant goes from -0.5 to 0.6, the thickness from 2.4 to 4.6 pixels. The slant does not notice an edit of the thickness. The thickness does notice an edit of the slant: whoever leans far, to either side, gets thinner.
#
# At 4s four digits in five keep their class along slant and nine in ten along thickness, at 8s three in five and three in four. The direction of slant is three times as long, so it takes a code further from where codes of its class are.
#
# Now write it yourself: `attribute_vector` and `edit_codes` in [assignment a3_latent_space](../assignments/a3_latent_space/a3_latent_space.ipynb).
#
# ## 6. Editing faces
#
# The lecture's slides add a smile to a photograph. Whether a photograph smiles is a matter of taste, so we take faces whose every trait is known: cartoons, drawn by `course.faces` from 19 numbers. The VAE sees only their pixels, 32 x 32 in colour, and never the numbers.

# %%
FACES = "vae_faces_k32"
train_faces = draw_faces(20_000 if TRAIN_FROM_SCRATCH else 4_000, seed=1)
faces = draw_faces(100, seed=3)  # Held out.
face_vae = trained_vae(
    FACES,
    train_faces.images,
    epochs=60,
    batch_size=64,
    peak=1e-3,
    latent_dim=32,
    kl_weight=1e-4,
    images="faces",
)
face_mu, _ = encode(face_vae, faces.images)  # (100, 32)
redrawn = decode(face_vae, face_mu)
show(
    plot_images(
        [*faces.images[:10], *redrawn[:10]], columns=10, row_titles=["held out", "redrawn"]
    ),
    "Ten held-out cartoon faces, and the same faces after encoder and decoder, a little softer.",
)

# %% [markdown]
# ### The average face
#
# The slides average photographs of faces. We average cartoons, in pixels and in codes: all of them, and four groups.
#
# **Predict before you run:** half of the faces wear glasses. Does the average of all wear any? (The table measures them: how much darker than the cheeks the darkest row between the eyes is.)

# %%
train_codes, _ = encode(face_vae, train_faces.images)
groups = {
    "everybody": np.full(len(train_codes), True),
    "smiling": train_faces.smiling,
    "not smiling": ~train_faces.smiling,
    "glasses": train_faces.glasses,
    "no glasses": ~train_faces.glasses,
}
of_pixels = np.stack([train_faces.images[group].mean(axis=0) for group in groups.values()])
of_codes = np.stack(
    [average_image(face_vae.decoder, train_codes[group]) for group in groups.values()]
)
show(
    plot_images(
        [*of_pixels, *of_codes],
        [*groups, *[""] * 5],
        columns=5,
        row_titles=["pixels", "codes"],
        title="Average faces",
    ),
    "Five average faces, in pixels and in codes. In pixels the hair ends in a mist; in codes each "
    "has one outline. Those who smile do so in both rows, and the average of everybody wears "
    "glasses, paler than those of the group with glasses.",
)


def steps_between_pixels(images):
    """Mean difference of a pixel to those below and beside it, over all images and colours."""
    return np.mean([np.abs(np.diff(images, axis=axis)).mean() for axis in (1, 2)])


show_table(
    ["faces", "mean step from pixel to pixel", *(f"glasses of: {name}" for name in groups)],
    [
        [name, steps_between_pixels(images), *FACE_MEASURES["glasses"](images)]
        for name, images in [("averaged pixels", of_pixels), ("averaged codes", of_codes)]
    ],
)
print(f"mean step, faces as drawn: {steps_between_pixels(train_faces.images):.4f}")

# %% [markdown]
# Laid over one another, faces of different hair end in a mist. The mean code is drawn with one outline, and its pixels differ nearly as much from their neighbours as those of a drawn face do.
#
# The glasses of everybody lie between those with and without, in both rows: pale glasses that nobody wears. An average need not look like anyone it was made from.
#
# ### Rulers for a smile
#
# Which ruler shall measure a smile? `measure_smile` finds the mouth by its colour and fits a parabola: how many pixels the corners stand above the middle. `match_smile` draws the same face with many smiles and takes the one that looks most like the picture; its unit is the trait's, from -1 for the deepest frown to 1 for the widest grin. It tries smiles from -2 to 2, for an edit may overshoot.
#
# We test both on pictures whose smile we know: each held-out face, drawn with nine smiles from -1 to 1, and the same pictures after encoder and decoder.
#
# **Predict before you run:** on how many of the 100 faces does each ruler rise at every step?

# %%
drawn = np.stack(
    [render_faces(replace(faces.traits, smile=np.full(100, x))) for x in np.linspace(-1, 1, 9)],
    axis=1,
)  # (100, 9, 32, 32, 3)
soft = decode(face_vae, encode(face_vae, drawn.reshape(-1, 32, 32, 3))[0]).reshape(drawn.shape)


def count_rising(smiles, tolerance=0.0):
    """Number of faces whose smile, (n, 9), never falls by ``tolerance`` or more at a step."""
    return np.sum(np.all(np.diff(smiles, axis=1) > -tolerance, axis=1))


rows = [
    [
        name,
        count_rising(measure_smile(pictures.reshape(-1, 32, 32, 3)).reshape(100, 9)),
        count_rising(match_smile(pictures, faces.traits)),
    ]
    for name, pictures in [("as drawn", drawn), ("redrawn by the VAE", soft)]
]
show_table(["faces that rise at all eight steps, of 100", "measure_smile", "match_smile"], rows)

# %% [markdown]
# On sharp pictures both rulers work. On the VAE's softer ones `measure_smile` fails on more than a quarter of the faces, although the smile that was drawn rises at each step. `match_smile` keeps 95, and from here on we use it. Whether the VAE or the ruler is to blame for the other 5, the table does not say. Had we not tested, we would have blamed the next cell for it.
#
# Now the **smile vector**. The attribute is whether the mouth curves up. As before, $\mathbf s$ is a *quarter* of the difference between the two mean codes, so that $4 \mathbf s$ is the whole way from the mean frown to the mean smile.

# %%
s_smile = attribute_vector(train_codes, train_faces.smiling) / 4
smile_strengths = np.arange(-4, 5)


def edit_faces(direction):
    """All held-out faces at all strengths, (100, 9, 32, 32, 3)."""
    edited = np.stack([edit_codes(code, direction, smile_strengths) for code in face_mu])
    return decode(face_vae, edited.reshape(-1, edited.shape[-1])).reshape(100, 9, 32, 32, 3)


edited_faces = edit_faces(s_smile)
titles = ["-4s", "-3s", "-2s", "-s", "0", "+s", "+2s", "+3s", "+4s"]
show(
    plot_images(
        edited_faces[:6].reshape(-1, 32, 32, 3), titles + [""] * 45, columns=9, title="A smile"
    ),
    "Six faces, each from -4s to +4s: the mouth goes from a frown to a smile, and the rest of "
    "the face stays.",
)

# %% [markdown]
# **Predict before you run:** on how many of the 100 faces does the smile rise from -4s to +4s, and on how many at every single step?

# %%
smiles = match_smile(edited_faces, faces.traits)  # (100, 9)
show_table(
    ["100 held-out faces", "number"],
    [
        ["higher at +4s than at -4s", np.sum(smiles[:, -1] > smiles[:, 0])],
        ["rise at all eight steps", count_rising(smiles)],
        ["never fall by 0.05 or more, a fortieth of the range", count_rising(smiles, 0.05)],
    ],
)
low, middle, high = np.quantile(smiles, (0.05, 0.5, 0.95), axis=0)
curves = {"median": middle, "5 % of the faces below": low, "5 % of the faces above": high}
show(
    plot_curves(
        {name: (smile_strengths, curve) for name, curve in curves.items()},
        title="The smile of 100 edited faces",
        x_label="strength, in s",
        y_label="matched smile",
        legend="lower right",
    ),
    f"The median smile rises from {middle[0]:.2f} at -4s to {middle[-1]:.2f} at +4s; the curves "
    "that 5 % of the faces are below and above rise, too.",
)

# %% [markdown]
# Every face goes the right way. 97 of 100 rise at each single step; the other three fall back a little somewhere, only one of them by 0.05 or more.
#
# The median goes from -0.72 to 0.73, which is about 1.45. From -4s to +4s is twice the way from the mean frown to the mean smile, and these are 1 apart, so on a straight line it would be 2. The decoder is continuous, not linear.
#
# ### What else moves?
#
# A good direction leaves the rest of the face alone. `course.faces.measures` has rulers for the rest, which read patches of pixels: the cheeks, the top of the head, the jaw's sides, the bridge of the glasses, the upper corners. Each must first prove itself on faces as they are drawn.

# %%
known_faces = draw_faces(1000, seed=4)
spreads = {}
rows = []
for trait, measure in FACE_MEASURES.items():
    measured = measure(known_faces.images)
    spreads[trait] = measured.std()
    drawn = getattr(known_faces.traits, trait).astype(float)
    rows.append([trait, measure.__name__, np.corrcoef(measured, drawn)[0, 1]])
show_table(["trait", "ruler", "correlation, 1,000 faces"], rows)

# %% [markdown]
# **Predict before you run:** besides the smile, which of the five moves most along the smile vector?


# %%
def moves_along(edited):
    """For each ruler: changes from -4s to +4s, (100,), in standard deviations of drawn faces."""
    smiles = match_smile(edited[:, [0, -1]], faces.traits)
    changes = {"smile": (smiles[:, 1] - smiles[:, 0]) / known_faces.traits.smile.std()}
    for trait, measure in FACE_MEASURES.items():
        changes[trait] = (measure(edited[:, -1]) - measure(edited[:, 0])) / spreads[trait]
    return changes


moves = moves_along(edited_faces)
show_table(
    ["change from -4s to +4s, in standard deviations", "mean", "mean of the absolute changes"],
    [[trait, change.mean(), np.abs(change).mean()] for trait, change in moves.items()],
)

# %% [markdown]
# The smile changes by more than two standard deviations, and no other ruler by more than 0.1, the background most; the means of their absolute changes are at most 0.2, and there it is the skin. So the vector changes the smile and hardly anything else that we measure. What has no ruler, such as the nose, this table does not speak of.
#
# ### A vector is what its groups differ in
#
# The traits of these faces are independent of one another. In photographs they are not. Suppose that in our collection everybody who smiles wears glasses, and nobody else does.
#
# **Predict before you run:** what does the 'smile vector' of this collection do?

# %%
chosen = train_faces.smiling == train_faces.glasses
s_biased = attribute_vector(train_codes[chosen], train_faces.smiling[chosen]) / 4
biased_faces = edit_faces(s_biased)
biased_moves = moves_along(biased_faces)
show(
    plot_images(
        biased_faces[[0, 3, 5]].reshape(-1, 32, 32, 3),
        titles + [""] * 18,
        columns=9,
        title="The smile vector of a collection where those who smile wear glasses",
    ),
    "Three faces from -4s to +4s: with the smile come glasses.",
)
show_table(
    ["mean change from -4s to +4s", "s of all faces", "s of the biased collection"],
    [[trait, moves[trait].mean(), biased_moves[trait].mean()] for trait in moves],
)

# %% [markdown]
# It adds the smile, and with it glasses: by 2.5 standard deviations, where half the faces wear them and the whole difference between with and without is about 2. The other rulers stay small.
#
# The vector knows nothing of smiles. It is the difference between two groups, and all of it.
#
# Now write it yourself: the last written question of [assignment a3_latent_space](../assignments/a3_latent_space/a3_latent_space.ipynb) asks what to do about it.
#
# ## 7. Try it
#
# The pad is the plane of two-dimensional codes. Drag over it, or focus it and use the arrow keys (with Shift five steps at once, Home for the origin). Find a place where the picture changes quickly, and one where it hardly does.

# %%
pad = explore_latent(vae.decoder, mu, digits.y_test, limit=4.0)

# %% [markdown]
# And a face under three directions. **Predict before you move:** which slider also changes something that it is not named for?

# %%
strip = explore_edits(
    face_vae.decoder,
    face_mu[0],
    {
        "smile": attribute_vector(train_codes, train_faces.smiling),
        "glasses": attribute_vector(train_codes, train_faces.glasses),
        "long hair": attribute_vector(train_codes, train_faces.long_hair),
    },
)

# %% [markdown]
# ## Summary
#
# - Every code decodes to an image. A grid at the quantiles of $\mathcal N(0, 1)$ spends fewer of its codes on places that are hardly used than one at equal steps.
# - The decoder is continuous: of small steps, a tenth of the step makes a tenth of the change. So is any such network; that the codes around a mean draw nearly the same digit comes from training, where all draws around it have the same target.
# - Between two codes, and at the mean of many, the decoder draws one shape, where pixels give shadows laid over one another.
# - An attribute vector is the difference of two mean codes. Added to a code it adds what its groups differ in: all of it.
# - What an edit does is measured on the images, and so is what it should not do.
#
# ## Questions
#
# 1. The encoder's $\sigma$ here is much smaller than the distance between two digits' codes. What would the grid of section 1 look like with $\sigma$ ten times as large, and with $\sigma = 0$?
# 2. Take the waves out of `small_decoder`. How much of the difference is left, and what does that say about small dense networks?
# 3. The look-up table is exact on every training digit, and the decoder is not. Name one use for each.
# 4. Half-way between two digits in codes is not always a digit. Where in the grid do you find such codes, and how many held-out digits are near them?
# 5. A smile is added by $4 \mathbf s$ to a face that smiles already. What do you expect, and what does the code's distance from the others have to do with it? Try it with one of the faces.
# 6. Two attributes always come together in your collection. Is there any vector that changes only one of them?
#
# Next: [lecture 6, the networks of a GAN](06_gan_networks.ipynb). Before it: [assignment a3_latent_space](../assignments/a3_latent_space/a3_latent_space.ipynb).
