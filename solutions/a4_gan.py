# %% [markdown]
# # Assignment 4: a generative adversarial network
#
# You build the two networks of [lecture 06](../../lectures/06_gan_networks.ipynb) and the two updates of [lecture 07](../../lectures/07_gan_training.ipynb): generator, discriminator, the discriminator's batch, one step of each. Then the forger and the art dealer meet.
#
# How it works:
#
# - Replace `# YOUR CODE HERE` and the line after it. The docstring says what goes in and what comes out; shapes are written (B, ...) with B the batch.
# - The cell below each function checks it. Run it as often as you like: it looks at your function from several sides, gives points for each, and says what differs. Grading does the same with other numbers.
# - Any style is right that does what the docstring says: Functional, Sequential or subclassed models, `keras.ops` or `tf`, a gradient tape or `train_on_batch`, any names for the layers.
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
from course.gan.generator import LATENT_DIM
from course.gan.training import lecture_optimizers

# %% [markdown]
# ## The generator
#
# The forger makes an image of a latent vector: a dense layer, then four blocks that enlarge the image while its channels get fewer. `LATENT_DIM` is 100.

# %%
from course.gan.generator import build_generator  # inline: solution

# %%
check(build_generator, points=4)

# %% [markdown]
# ## The discriminator
#
# The art dealer looks at an image and says how probable it is that it is real.

# %%
from course.gan.discriminator import build_discriminator  # inline: solution

# %%
check(build_discriminator, points=4)

# %% [markdown]
# ## What the discriminator learns from
#
# Its lesson is an ordinary classification: images of both kinds, and which is which. Image and target are matched by their places.

# %%
from course.gan.training import discriminator_batch  # inline: solution

# %%
check(discriminator_batch, points=2)

# %% [markdown]
# ## The discriminator's update
#
# One step of gradient descent on that batch. Mind in which mode each network runs, and whose weights move.

# %%
from course.gan.training import discriminator_step  # inline: solution

# %%
check(discriminator_step, points=4)

# %% [markdown]
# ## The generator's update
#
# Now the forger learns, from what the dealer says. Mind again who moves and who holds still.

# %%
from course.gan.training import generator_step  # inline: solution

# %%
check(generator_step, points=4)

# %% [markdown] nbgrader={"grade_id": "whose_weights", "points": 2}
# In `generator_step` the gradient flows through the discriminator, and yet its weights must not move. Why is the discriminator needed at all in this step? And what would it learn if its weights moved as well, down the same loss?
#
# ### BEGIN SOLUTION
# The generator never sees a real image. How its weights should change it learns only from how the discriminator's opinion changes with each pixel of its images: by the chain rule the gradient reaches the generator through the discriminator.
#
# The loss is small where fakes are called real. If the discriminator's weights moved down it too, the discriminator would learn to call fakes real, the quickest way to a small loss, and its opinion would say nothing about the images any more: it would unlearn what its own step teaches.
#
# 1 point for the path of the gradient, 1 point for what the discriminator would learn.
# ### END SOLUTION

# %% [markdown]
# ## The two against each other
#
# Sixty steps of 32 digits, a minute or two on two cores. At the start every image is grey all over. No digit comes out so soon; [lecture 07](../../lectures/07_gan_training.ipynb) shows what a long training gives. Watch what the forger finds out first about digits.

# %% tags=["skip-grading"]
keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
digits = load_images()
generator, discriminator = build_generator(), build_discriminator()
discriminator_optimizer, generator_optimizer = lecture_optimizers()


def draw_latent(count):
    return tf.constant(rng.uniform(-1, 1, size=(count, LATENT_DIM)), dtype="float32")


shown, sheets = draw_latent(10), []
for step in range(61):
    if step % 15 == 0:
        sheets.append(np.asarray(generator(shown)))
    real_images = digits.x_train[rng.integers(len(digits.x_train), size=32)]
    networks = generator, discriminator
    of_discriminator = discriminator_step(
        *networks, discriminator_optimizer, real_images, draw_latent(32)
    )
    of_generator = generator_step(*networks, generator_optimizer, draw_latent(32))
    if step % 15 == 0:
        losses = f"discriminator {of_discriminator:.3f}, generator {of_generator:.3f}"
        print(f"step {step:2d}: loss of the {losses}")

# %% tags=["skip-grading"]
figure, axes = plt.subplots(len(sheets), 10, figsize=(10, len(sheets)))
for row, sheet in enumerate(sheets):
    for column, image in enumerate(sheet):
        axes[row, column].imshow(image[:, :, 0], cmap="gray", vmin=0, vmax=1)
        axes[row, column].axis("off")
figure.suptitle("What ten latent vectors become, every 15 steps from the top")

# %% [markdown] nbgrader={"grade_id": "loss_of_zero", "points": 3}
# A classmate trains longer and reports: 'My discriminator's loss is 0.0000, so my GAN has converged.' Say what that loss tells about the discriminator's opinions, and what the generator still learns from them. Which losses would the two have if the discriminator could not tell real from fake, and answered 1/2 to every image?
#
# ### BEGIN SOLUTION
# A loss of 0 says that the discriminator gives nearly 1 to every real image and nearly 0 to every fake: it has won. All fakes are recognised, so they are not good.
#
# How much the generator learns depends on its loss. Under log(1 - D) the gradient has the factor D and vanishes. Under -log D, the loss of `generator_step`, the factor is 1 - D, near 1: there is a gradient, but only until the probability is cut off. (A loss that cuts probabilities off at 1e-7 is flat there, at -ln(1e-7) = 16.118, and the gradient is exactly 0.) Either 'little or nothing' with a reason or this distinction earns the point.
#
# At 1/2 for every image both losses are ln 2 = 0.693.
#
# 1 point for the opinions, 1 point for the generator, 1 point for ln 2.
# ### END SOLUTION
