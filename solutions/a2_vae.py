# %% [markdown]
# # Assignment 2: a variational autoencoder
#
# You build the networks of [lecture 02](../../lectures/02_vae_networks.ipynb), the losses of [lecture 03](../../lectures/03_vae_losses.ipynb) and the training step of [lecture 04](../../lectures/04_vae_training.ipynb): encoder, sampling, decoder, the two losses, their sum, one step of training.
#
# How it works:
#
# - Replace `# YOUR CODE HERE` and the line after it. The docstring says what goes in and what comes out; shapes are written (B, ...) with B the batch.
# - The cell below each function checks it. Run it as often as you like: it looks at your function from several sides, gives points for each, and says what differs. Grading does the same with other numbers.
# - Any style is right that does what the docstring says: Functional, Sequential or subclassed models, `keras.ops` or `tf`, any names for the layers.
# - Leave the cells that are locked as they are, and do not rename the functions.
# - At the end: Kernel, Restart and Run All; then Validate; then submit.

# %%
import course.backend  # TensorFlow, without its start-up messages
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers, ops

from autograder.check import check
from course.data import load_images

# %% [markdown]
# ## The encoder
#
# The encoder reads an image and says where its code lies, and how sure it is: a mean and a log variance for each of the `latent_dim` dimensions.

# %%
from course.vae.encoder import build_encoder  # inline: solution

# %%
check(build_encoder, points=3)

# %% [markdown]
# ## The sampling
#
# The code is drawn from the Gaussian that the encoder describes. The noise `eps` comes in from outside; what you do with it must let gradients through to `mu` and `log_var`.

# %%
from course.vae.sampling import sample_latent  # inline: solution

# %%
check(sample_latent, points=3)

# %% [markdown] nbgrader={"grade_id": "why_reparameterise", "points": 2}
# Why is `eps` drawn outside and then scaled and shifted, instead of drawing `z` with `np.random.normal(mu, sigma)`? Say which derivatives would be missing, and who would not learn.
#
# ### BEGIN SOLUTION
# The generator returns a number without saying how it depends on mu and sigma, so dz/dmu and dz/dsigma do not exist for the tape. Then no gradient of the generation loss reaches the encoder, and it does not learn from the images. With z = mu + sigma * eps the derivatives are 1 and eps (or sigma * eps / 2 with respect to log_var). (`tf.random.normal(mean, stddev)` would do: it is mean + stddev * noise inside.)
#
# 1 point for the missing derivatives, 1 point for the encoder.
# ### END SOLUTION

# %% [markdown]
# ## The decoder
#
# The decoder mirrors the encoder. Its pixels are probabilities: mind the last activation, the slide has another one.

# %%
from course.vae.decoder import build_decoder  # inline: solution

# %%
check(build_decoder, points=3)

# %% [markdown]
# ## The losses
#
# The generation loss asks whether the image came back. Take care of its reduction: it is a mean over everything.

# %%
from course.vae.losses import generation_loss  # inline: solution

# %%
check(generation_loss, points=2)

# %% [markdown]
# The KL loss holds the codes near the prior. You wrote the divergence of each image in assignment 1, summed over the latent dimensions; the lecture's loss takes the *mean* over batch and dimensions.

# %%
from course.vae.losses import kl_loss  # inline: solution

# %%
check(kl_loss, points=3)

# %% [markdown]
# The VAE minimises both at once. The next function may call the two before it.

# %%
from course.vae.losses import vae_loss  # inline: solution

# %%
check(vae_loss, points=2)

# %% [markdown]
# ## One step of training
#
# Now put the pieces together: a forward pass under a `tf.GradientTape`, the gradient with respect to the weights of *both* networks, one update.

# %%
from course.vae.model import vae_train_step  # inline: solution

# %%
check(vae_train_step, points=4)

# %% [markdown]
# ## Your VAE
#
# Three epochs on the 8,000 digits, half a minute to a minute. The loss must fall. The images stay blurred, and most are not yet the right digit; but they must differ from one another, and the 1 must be narrow. Lecture 04 trains longer.

# %% tags=["skip-grading"]
keras.utils.set_random_seed(0)
digits = load_images()
encoder, decoder = build_encoder(2), build_decoder(2)
optimizer = keras.optimizers.Adam(1e-3)
for epoch in range(3):
    batch_losses = []
    for start in range(0, len(digits.x_train), 100):
        images = tf.constant(digits.x_train[start : start + 100])
        eps = keras.random.normal((len(images), 2))
        batch_losses.append(float(vae_train_step(encoder, decoder, optimizer, images, eps)))
    print(f"epoch {epoch + 1}: loss {np.mean(batch_losses):.4f}")

# %% tags=["skip-grading"]
shown = digits.x_test[:10]
mu, log_var = encoder(shown)
reconstructions = np.asarray(decoder(mu))
figure, axes = plt.subplots(2, 10, figsize=(10, 2.2))
for column in range(10):
    axes[0, column].imshow(shown[column, :, :, 0], cmap="gray", vmin=0, vmax=1)
    axes[1, column].imshow(reconstructions[column, :, :, 0], cmap="gray", vmin=0, vmax=1)
for axis in axes.flat:
    axis.axis("off")
figure.suptitle("Held-out digits, and what your VAE makes of them")

# %% [markdown] nbgrader={"grade_id": "without_kl", "points": 2}
# Suppose you train with `kl_weight = 0`. What happens to `sigma`, and why? What will a code drawn from $\mathcal N(0, I)$ look like when it is decoded?
#
# ### BEGIN SOLUTION
# Noise only makes the reconstruction worse, so the generation loss alone drives sigma to 0: the VAE becomes an ordinary autoencoder. The codes may then lie anywhere, with voids between them, and a code drawn from N(0, I) may fall into a void, where the decoder was never trained and draws nothing that looks like a digit.
#
# 1 point for sigma and the reason, 1 point for the void.
# ### END SOLUTION
