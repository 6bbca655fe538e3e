# %% [markdown]
# # Variational autoencoders and GANs, built step by step
#
# There are two ways in this course to teach a network to draw. A variational autoencoder (VAE) learns a map from codes to images. A generative adversarial network (GAN) learns by making images that a second network cannot tell from real ones. You build both in Keras, one layer and one loss at a time. Each lecture measures what it claims, and asks for your prediction first. In each assignment you write the functions yourself, and learn at once what is wrong, and why. Everything runs offline on a laptop.
#
# Start with [lecture 1](lectures/01_distances.ipynb). Open a notebook, read it from the top, and run one cell after another with Shift+Enter.

# %% [markdown]
# | Lecture | What you will measure | Module | Assignment |
# |:--|:--|:--|:--|
# | [1 Distances](lectures/01_distances.ipynb) | how far apart two images and two distributions are, and why the order matters | `course.distances` | [a1_distances](assignments/a1_distances/a1_distances.ipynb) |
# | [2 The networks of a VAE](lectures/02_vae_networks.ipynb) | shapes, parameters and gradients of encoder, sampling and decoder | `course.vae` | [a2_vae](assignments/a2_vae/a2_vae.ipynb) |
# | [3 The losses of a VAE](lectures/03_vae_losses.ipynb) | how sigma shrinks without the KL loss, and what the decoder draws where no code lies | `course.vae.losses` | [a2_vae](assignments/a2_vae/a2_vae.ipynb) |
# | [4 Training a VAE](lectures/04_vae_training.ipynb) | what the weight of the KL loss does to the images | `course.vae.model` | [a2_vae](assignments/a2_vae/a2_vae.ipynb) |
# | [5 The latent space](lectures/05_latent_space.ipynb) | how continuous a decoder is, the images between two codes, and a smile as a vector | `course.latent` | [a3_latent_space](assignments/a3_latent_space/a3_latent_space.ipynb) |
# | [6 The networks of a GAN](lectures/06_gan_networks.ipynb) | shapes and parameters of generator and discriminator, block by block | `course.gan` | [a4_gan](assignments/a4_gan/a4_gan.ipynb) |
# | [7 Training a GAN](lectures/07_gan_training.ipynb) | the image of one noise vector before and after a step, and how good the samples are | `course.gan.training` | [a4_gan](assignments/a4_gan/a4_gan.ipynb) |
# | [8 Why it is difficult](lectures/08_gan_difficulties.ipynb) | a discriminator that is too good, and a gradient that vanishes | `course.gan.tricks` | [a5_gan_training](assignments/a5_gan_training/a5_gan_training.ipynb) |
# | [9 Tricks](lectures/09_gan_tricks.ipynb) | what each trick changes, over several seeds, and where it does not help | `course.gan.lab` | [a5_gan_training](assignments/a5_gan_training/a5_gan_training.ipynb) |

# %% [markdown]
# The modules in `course` are the reference: each function that you meet in a lecture is defined there once, with its shapes, its units and its source.
#
# If you are in a class, fetch the assignment (Nbgrader, Assignment List) and work in that copy: it is the one that you submit. If your class hands in through Canvas or Moodle, use the one in the table, and upload it without changing its name.
