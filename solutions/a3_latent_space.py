# %% [markdown]
# # Assignment 3: walking and editing in the latent space
#
# You take the decoder of [lecture 05](../../lectures/05_latent_space.ipynb), which is trained already, and make five tools of a few lines each: a grid of codes, the way between two codes, the average image, the direction of an attribute, and edits along it. After each you see what the decoder draws.
#
# How it works:
#
# - Replace `# YOUR CODE HERE` and the line after it. The docstring says what goes in and what comes out; a code is a row of k numbers.
# - The cell below each function checks it. Run it as often as you like: it looks at your function from several sides, gives points for each, and says what differs. Grading does the same with other numbers.
# - NumPy is enough, and any style is right that does what the docstring says.
# - Leave the cells that are locked as they are, and do not rename the functions.
# - At the end: Kernel, Restart and Run All; then Validate; then submit.

# %%
import course.backend  # TensorFlow, without its start-up messages
import matplotlib.pyplot as plt
import numpy as np

from autograder.check import check
from course.checkpoints import load_vae
from course.data import load_images
from course.diagnostics import measure_slant

# %% tags=["skip-grading"]
digits = load_images()
vae = load_vae()
encoder, decoder = vae.encoder, vae.decoder
codes, log_var = (np.asarray(part) for part in encoder(digits.x_test))
print("codes of the held-out digits:", codes.shape)


def show_row(images, title):
    """Draw images side by side."""
    figure, axes = plt.subplots(1, len(images), figsize=(len(images), 1.5), squeeze=False)
    for axis, image in zip(axes.flat, images):
        axis.imshow(np.squeeze(image), cmap="gray", vmin=0, vmax=1)
        axis.axis("off")
    figure.suptitle(title)


# %% [markdown]
# ## A grid of codes
#
# To see what a decoder has learnt, decode codes from everywhere: a square lattice around the origin.

# %%
from course.latent import code_grid  # inline: solution

# %%
check(code_grid, points=3)

# %% [markdown]
# Here is what the decoder makes of your grid. Neighbours look alike, and most pictures are digits.

# %% tags=["skip-grading"]
n = 12
images = np.asarray(decoder(code_grid(n, 2.0)))[..., 0]
rows = images.reshape(n, n, 28, 28)[::-1]  # The second coordinate grows upwards.
plt.figure(figsize=(7, 7))
plt.imshow(rows.swapaxes(1, 2).reshape(n * 28, n * 28), cmap="gray", extent=(-2, 2, -2, 2))
plt.xlabel("first coordinate")
plt.ylabel("second coordinate")
plt.title("Every code decoded")

# %% [markdown]
# ## From one code to another
#
# A small step of the code is a small step of the image. Walk from one code to another.

# %%
from course.latent import interpolate_codes  # inline: solution

# %%
check(interpolate_codes, points=3)

# %% tags=["skip-grading"]
one, zero = (np.median(codes[digits.y_test == digit], axis=0) for digit in (1, 0))
show_row(np.asarray(decoder(interpolate_codes(one, zero, 10))), "From a typical 1 to a typical 0")

# %% [markdown] nbgrader={"grade_id": "why_continuous", "points": 2}
# No term of the loss says that neighbouring codes should give similar images. Why do they all the same? Say what the sampling has to do with it.
#
# ### BEGIN SOLUTION
# In training the decoder never gets the mean code itself: each time the image comes by, another code is drawn from N(mu, sigma^2), around the same mu. All these codes have the same target, the image. So the decoder is trained to give nearly the same image in a whole neighbourhood of mu, which is what continuity means; where the neighbourhoods of two images overlap, it gives something between them.
#
# 1 point for the draws around one mean, 1 point for their common target.
# ### END SOLUTION

# %% [markdown]
# ## The average image
#
# What is the average of some images? Laid over one another, pixel by pixel, they give grey shadows. The average of their codes is a code again, and the decoder draws it.

# %%
from course.latent import average_image  # inline: solution

# %%
check(average_image, points=2)

# %% tags=["skip-grading"]
zeros = digits.y_test == 0
show_row(
    [digits.x_test[zeros].mean(axis=0), average_image(decoder, codes[zeros])],
    "All zeros: mean of pixels, mean of codes",
)

# %% [markdown]
# ## The direction of an attribute
#
# Some images show an attribute, others do not. The way from the mean code of the images without it to the mean code of those with it is a direction in which the attribute grows. The slides add a smile to a face like this.

# %%
from course.latent import attribute_vector  # inline: solution

# %%
check(attribute_vector, points=3)

# %% [markdown]
# ## Edits
#
# Now move one code along a direction, by several strengths at once.

# %%
from course.latent import edit_codes  # inline: solution

# %%
check(edit_codes, points=3)

# %% [markdown]
# The attribute below is *leaning*: the 1 leans further to the right than half of all ones. The 1 in the middle is as it was: to the left of it the edits set it upright, to the right they make it lean further.

# %% tags=["skip-grading"]
ones = digits.y_test == 1
slant = measure_slant(digits.x_test[ones])  # Pixels to the right for each pixel up.
leaning = attribute_vector(codes[ones], slant > np.median(slant))
edited = np.asarray(decoder(edit_codes(one, leaning, np.linspace(-1, 1, 9))))
show_row(edited, "One 1, -1 to 1 times the direction of leaning")
print("slant:", measure_slant(edited).round(2))

# %% [markdown] nbgrader={"grade_id": "other_attributes", "points": 2}
# Suppose that in your images everybody who smiles also has long hair. What does the attribute vector of *smiling* then do to a face, and what could you do about it?
#
# ### BEGIN SOLUTION
# The two groups differ in both attributes, so the difference of their means holds both: the vector adds a smile and long hair together. Hold the hair fixed: compute the vector among people with long hair only, those who smile minus those who do not. (Among people with short hair nobody smiles, so no vector can be computed there, and the groups cannot be balanced without new images.) Or collect images of people who smile and have short hair. Or take away from the vector its part along the direction of long hair, measured among those who do not smile.
#
# 1 point for naming both attributes, 1 point for a remedy that works.
# ### END SOLUTION
