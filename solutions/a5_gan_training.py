# %% [markdown]
# # Assignment 5: training a GAN, and what goes wrong
#
# A discriminator that is too good can leave its generator without a gradient, and one that is too bad gives it a gradient without a direction ([lecture 08](../../lectures/08_gan_difficulties.ipynb)). You write the two losses that the generator may follow, an instrument that measures how strongly they pull, and the two tricks of [lecture 09](../../lectures/09_gan_tricks.ipynb) that add noise. In the end your functions train a GAN on points of the plane.
#
# How it works:
#
# - Replace `# YOUR CODE HERE` and the line after it. The docstring says what goes in and what comes out; shapes are written (B, ...) with B the batch.
# - The cell below each function checks it. Run it as often as you like: it looks at your function from several sides, gives points for each, and says what differs. Grading does the same with other numbers.
# - The losses and the gradient need `keras.ops` or `tf`, the noise only NumPy. Any style is right that does what the docstring says.
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
# ## Two losses for one wish
#
# The generator wants D, the discriminator's probability that a fake is real, to be large. In the minimax game it makes the mean of $\log(1 - D)$ small. A logit is any real number, and D is its sigmoid. Beware of certain logits: in float32 the sigmoid of 20 is exactly 1, and the logarithm of 0 is infinite. What is left of $\log(1 - D)$ when you write D as an exponential?

# %%
from course.gan.tricks import minimax_generator_loss  # inline: solution

# %%
check(minimax_generator_loss, points=3)

# %% [markdown]
# The other loss has the same wish and another gradient: the mean of $-\log D$.

# %%
from course.gan.tricks import non_saturating_generator_loss  # inline: solution

# %%
check(non_saturating_generator_loss, points=3)

# %% [markdown]
# Here are both losses of a single fake, and their gradients. In the left figure both lines fall as D grows, so both wish the same. In the right one, where the discriminator is sure that the image is fake (logits far below 0), one gradient is near 0 and the other near -1.

# %% tags=["skip-grading"]
logits = tf.reshape(tf.linspace(-8.0, 8.0, 161), (-1, 1))
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
for name, loss, line in [
    ("minimax", minimax_generator_loss, "-"),
    ("non-saturating", non_saturating_generator_loss, "--"),
]:
    with tf.GradientTape() as record:
        record.watch(logits)
        losses = tf.stack([loss(logit[None]) for logit in logits])
        total = tf.reduce_sum(losses)
    left.plot(logits[:, 0], losses, line, label=name)
    right.plot(logits[:, 0], record.gradient(total, logits)[:, 0], line, label=name)
left.set(xlabel="logit of one fake", ylabel="loss in nats", title="Both fall as D grows")
right.set(xlabel="logit of one fake", ylabel="gradient", title="They pull at opposite ends")
left.legend()

# %% [markdown]
# ## How strongly a loss pulls
#
# The figure shows the gradient at the logit. What reaches the generator's weights also passes through the discriminator. The next function measures that: the length of the whole gradient, as one vector.

# %%
from course.gan.tricks import generator_gradient_norm  # inline: solution

# %%
check(generator_gradient_norm, points=4)

# %% [markdown]
# Now let a discriminator become an expert while the generator stands still. The data are points from eight Gaussians on a ring, and both networks are small, so this takes seconds. Predict before you run: the discriminator's loss falls. Which of the two norms falls with it?

# %% tags=["skip-grading"]
from course.gan.ring import count_modes, draw_ring


def small_network(outputs):
    """From two numbers to ``outputs`` numbers; the discriminator ends in a logit."""
    return keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(128, activation="relu"),
            layers.Dense(128, activation="relu"),
            layers.Dense(outputs),
        ]
    )


def discriminator_training(discriminator):
    """A compiled update of the discriminator, from points and targets to its loss."""
    optimizer = keras.optimizers.Adam(1e-3, beta_1=0.5)
    weights = discriminator.trainable_variables
    optimizer.build(weights)
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)

    @tf.function
    def update(points, targets):
        with tf.GradientTape() as record:
            loss = entropy(targets, discriminator(points))
        optimizer.apply(record.gradient(loss, weights), weights)
        return loss

    return update


def as_tensor(values):
    """What NumPy drew, as TensorFlow's float32."""
    return tf.constant(values, dtype="float32")


# %% tags=["skip-grading"]
keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
generator, discriminator = small_network(2), small_network(1)
update_discriminator = discriminator_training(discriminator)
labels = np.concatenate([np.ones((256, 1)), np.zeros((256, 1))])
latent = as_tensor(rng.normal(size=(1000, 2)))
print("step   D's loss   minimax   non-saturating")
for step in range(801):
    fakes = generator(as_tensor(rng.normal(size=(256, 2))))
    points = as_tensor(np.concatenate([draw_ring(256, rng), fakes]))
    d_loss = update_discriminator(points, as_tensor(labels))
    if step in (0, 100, 200, 400, 800):
        norms = [
            float(generator_gradient_norm(generator, discriminator, latent, loss))
            for loss in (minimax_generator_loss, non_saturating_generator_loss)
        ]
        print(f"{step:4}   {float(d_loss):8.5f}   {norms[0]:7.5f}   {norms[1]:8.5f}")

# %% [markdown] nbgrader={"grade_id": "loss_of_zero", "points": 3}
# A friend shows you a GAN after a day of training: the discriminator's loss is 0.0001, its accuracy 1. 'It has never been this good,' the friend says, 'so it gives the generator the best lessons.' The generator follows the minimax loss. What do you answer? Say what D is for the fakes, what that does to the generator's gradient, and what the non-saturating loss changes.
#
# ### BEGIN SOLUTION
# A discriminator's loss near 0 is an alarm, not a success. It says that D is near 0 for every fake (and near 1 for every real image). The gradient of log(1 - D) has the factor D with respect to the logit, so it vanishes too: by plain gradient descent the generator stands still. (Adam and RMSprop divide a gradient by its own size, and move it all the same; an answer that says so is right.) The gradient of -log D has the factor 1 - D, which is near 1: the non-saturating loss goes on pulling.
#
# 1 point for D near 0 and the alarm, 1 point for the factor D and the standstill, 1 point for the factor 1 - D.
# ### END SOLUTION

# %% [markdown]
# ## Noise on the images
#
# The slides' second trick adds noise to what the discriminator sees, at first much, then less and less. Where real and fake points are near, noise makes them overlap, and no discriminator can be perfect; on images of 784 pixels that hardly holds ([lecture 09](../../lectures/09_gan_tricks.ipynb)). How much noise there is at a step:

# %%
from course.gan.tricks import noise_std  # inline: solution

# %%
check(noise_std, points=2)

# %% [markdown]
# And the noise itself:

# %%
from course.gan.tricks import perturb_images  # inline: solution

# %%
check(perturb_images, points=4)

# %% [markdown]
# This is what the discriminator sees of one digit in the course of a training with 2,000 steps of noise. At the end the digit is clean, and stays so.

# %% tags=["skip-grading"]
rng = np.random.default_rng(0)
digit = load_images().x_test[:1]
steps = (0, 500, 1000, 1500, 2000, 2500)
figure, axes = plt.subplots(1, len(steps), figsize=(10, 2.1), layout="constrained")
for axis, step in zip(axes, steps):
    std = noise_std(step, 2000, 0.5)
    axis.imshow(perturb_images(digit, std, rng)[0, :, :, 0], cmap="gray", vmin=0, vmax=1)
    axis.set_title(f"step {step}, std {std:.3f}", fontsize=9)
    axis.axis("off")

# %% [markdown] nbgrader={"grade_id": "wrong_side", "points": 2}
# Somebody adds the noise to the real images only, and leaves the fakes clean. What can the discriminator go by to tell them apart? And towards what kind of images is the generator then pushed?
#
# ### BEGIN SOLUTION
# The noise itself becomes the mark of what is real: the discriminator need not look at the digit, grain alone tells real from fake, so it becomes too good, not less good. The generator, which is rewarded for what looks real, is pushed to paint grain into its images: it imitates noisy digits, not digits. On both kinds alike the noise says nothing, and only hides the small differences.
#
# 1 point for the noise as the mark, 1 point for grainy fakes.
# ### END SOLUTION

# %% [markdown]
# ## Noise on the labels
#
# The slides' third trick: the discriminator is not told 1 and 0, but numbers that are near them, other ones each time.

# %%
from course.gan.tricks import soft_labels  # inline: solution

# %%
check(soft_labels, points=4)

# %% tags=["skip-grading"]
soft = soft_labels(np.concatenate([np.ones((5000, 1)), np.zeros((5000, 1))]), rng)
figure, axis = plt.subplots(figsize=(7, 2.6), layout="constrained")
axis.hist(soft[5000:, 0], bins=15, label="fake")
axis.hist(soft[:5000, 0], bins=25, label="real", hatch="//")
axis.set(xlabel="target", ylabel="labels", title="10,000 targets")
axis.legend(loc="center")

# %% [markdown] nbgrader={"grade_id": "never_certain", "points": 2}
# Suppose that every target of a real image is 0.95, and every target of a fake 0.15. Which D makes the discriminator's cross-entropy smallest on images that it could tell apart perfectly? What does this do to the logits, and why does that help the generator?
#
# ### BEGIN SOLUTION
# Cross-entropy with a target t is smallest where D = t, so D would be 0.95 for real images and 0.15 for fakes, not 1 and 0. The logits then stay bounded (here log(0.15 / 0.85), about -1.7, for fakes) instead of growing without end: certainty is punished. So D does not go to 0 on the fakes, and the factor D of the minimax gradient stays away from 0.
#
# 1 point for D equal to the target, 1 point for bounded logits and a gradient that does not vanish.
# ### END SOLUTION

# %% [markdown]
# ## Your GAN
#
# All your functions together, on the ring. Real points and fakes get noise, also in the generator's update: it has to learn from the images as the discriminator sees them. The discriminator's loss must stay well above 0, and most of the eight clusters must be found.

# %% tags=["skip-grading"]
keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)
generator, discriminator = small_network(2), small_network(1)
update_discriminator = discriminator_training(discriminator)
optimizer = keras.optimizers.Adam(1e-3, beta_1=0.5)
optimizer.build(generator.trainable_variables)


@tf.function
def update_generator(latent, noise):
    """One update of the generator, with the loss that you wrote."""
    weights = generator.trainable_variables
    with tf.GradientTape() as record:
        loss = non_saturating_generator_loss(discriminator(generator(latent) + noise))
    optimizer.apply(record.gradient(loss, weights), weights)


total_steps = 1500
print("step   std    D's loss   gradient norm   clusters")
for step in range(total_steps + 1):
    std = noise_std(step, total_steps, 0.5)
    fakes = generator(as_tensor(rng.normal(size=(256, 2))))
    points = perturb_images(np.concatenate([draw_ring(256, rng), fakes]), std, rng)
    d_loss = update_discriminator(as_tensor(points), as_tensor(soft_labels(labels, rng)))
    noise = perturb_images(np.zeros((256, 2)), std, rng)
    update_generator(as_tensor(rng.normal(size=(256, 2))), as_tensor(noise))
    if step % 300 == 0:
        norm = generator_gradient_norm(
            generator, discriminator, latent, non_saturating_generator_loss
        )
        found, _ = count_modes(np.asarray(generator(latent)))
        print(f"{step:4}   {std:.2f}   {float(d_loss):8.3f}   {float(norm):13.3f}   {found:8}")

# %% tags=["skip-grading"]
figure, axis = plt.subplots(figsize=(4.5, 4.5), layout="constrained")
axis.scatter(*draw_ring(1000, rng).T, s=6, marker="o", label="real")
axis.scatter(*np.asarray(generator(latent)).T, s=10, marker="x", label="fake")
axis.set(aspect="equal", title="Real points and your fakes")
axis.legend(loc="center")
