"""The two losses and their sum, with known mistakes."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

import keras
from keras import ops

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a2_vae as probes
from course.vae import losses
from course.vae.losses import generation_loss as right_generation_loss
from course.vae.losses import kl_loss as right_kl_loss

generation_loss = Exercise(losses.generation_loss, probes.generation_loss)


@generation_loss.misconception
def summed_over_pixels(images, reconstructions):
    """You summed over the pixels instead of averaging. That is the right scale for the ELBO,
    but it is 784 times this lecture's loss, so kl_weight = 1e-3 would mean something else."""
    return 28 * 28 * right_generation_loss(images, reconstructions)


@generation_loss.misconception
def squared_error(images, reconstructions):
    """You computed the squared error. It is a distance too, but the decoder's pixels are
    probabilities, and the lecture measures them by cross-entropy."""
    return ops.mean(ops.square(images - reconstructions))


@generation_loss.misconception
def arguments_swapped(images, reconstructions):
    """You swapped the image and its reconstruction. Cross-entropy takes the logarithm of the
    network's output, not of the target."""
    return right_generation_loss(reconstructions, images)


@generation_loss.misconception
def dark_pixels_free(images, reconstructions):
    """Your loss counts only the bright pixels. The other half of the cross-entropy is missing:
    a pixel that is dark in the image must cost more, the brighter it is drawn."""
    return -ops.mean(images * ops.log(ops.clip(reconstructions, 1e-7, 1)))


@generation_loss.misconception
def one_loss_per_image(images, reconstructions):
    """You returned a whole array of losses. The optimiser follows one number: reduce over the
    batch as well."""
    return ops.mean(keras.losses.binary_crossentropy(images, reconstructions), axis=(1, 2))


@generation_loss.misconception
def nothing_averaged(images, reconstructions):
    """You returned one loss for each row of pixels, because Keras' function averages only over
    the last axis. The optimiser follows one number: reduce over all axes."""
    return keras.losses.binary_crossentropy(images, reconstructions)


@generation_loss.misconception
def read_as_logits(images, reconstructions):
    """You treated the reconstructions as logits, so the sigmoid is applied again. The decoder
    already ends in a sigmoid: your function receives probabilities."""
    return ops.mean(keras.losses.binary_crossentropy(images, reconstructions, from_logits=True))


@generation_loss.misconception
def logarithm_of_zero(images, reconstructions):
    """A pixel of exactly 0 or 1 makes your loss infinite or nan. A sigmoid reaches both values
    in float32. Keep the argument of the logarithm away from 0."""
    return -ops.mean(
        images * ops.log(reconstructions) + (1 - images) * ops.log(1 - reconstructions)
    )


kl_loss = Exercise(losses.kl_loss, probes.kl_loss)


def _terms(mu, log_var):
    return 1 + log_var - ops.square(mu) - ops.exp(log_var)


@kl_loss.misconception
def sum_over_latent(mu, log_var):
    """You summed over the latent dimensions. That is the true divergence, but the lecture's
    loss takes the mean over them. Your loss is latent_dim times as large, and kl_weight would
    mean something else."""
    return -0.5 * ops.mean(ops.sum(_terms(mu, log_var), axis=-1))


@kl_loss.misconception
def sum_over_everything(mu, log_var):
    """You summed over the batch and the latent dimensions. The loss then grows with the batch,
    and the same kl_weight means something else at another batch size. The lecture takes the
    mean over both."""
    return -0.5 * ops.sum(_terms(mu, log_var))


@kl_loss.misconception
def missing_half(mu, log_var):
    """The factor 1/2 is missing. It comes from the exponent of the Gaussian density. A mean
    that moves by 1 costs half a nat."""
    return -ops.mean(_terms(mu, log_var))


@kl_loss.misconception
def wrong_sign(mu, log_var):
    """The sign is wrong: your loss is negative, and it falls as the codes move away from the
    prior. A divergence is at least 0, and it is 0 only at the prior."""
    return 0.5 * ops.mean(_terms(mu, log_var))


@kl_loss.misconception
def log_var_as_log_std(mu, log_var):
    """You used log_var as the logarithm of the standard deviation. It is the logarithm of the
    variance, so its exponential is already the square."""
    return -0.5 * ops.mean(1 + 2 * log_var - ops.square(mu) - ops.exp(2 * log_var))


@kl_loss.misconception
def variance_not_exponentiated(mu, log_var):
    """You wrote log_var where the variance belongs. The closed form contains both the variance
    and its logarithm. If both places hold the logarithm, they cancel."""
    return -0.5 * ops.mean(1 - ops.square(mu) + 0 * log_var)


@kl_loss.misconception
def one_forgotten(mu, log_var):
    """The constant 1 is missing. It does not change the gradient, but the divergence of the
    prior from itself must be 0."""
    return -0.5 * ops.mean(log_var - ops.square(mu) - ops.exp(log_var))


@kl_loss.misconception
def mu_not_squared(mu, log_var):
    """You did not square the means. Your loss then rewards moving a mean to the left and
    punishes moving it to the right, but both must cost."""
    return -0.5 * ops.mean(1 + log_var - mu - ops.exp(log_var))


@kl_loss.misconception
def one_value_per_code_entry(mu, log_var):
    """You returned one value for each entry of each code. The optimiser follows one number:
    take the mean over the batch and the dimensions."""
    return -0.5 * _terms(mu, log_var)


@kl_loss.misconception
def one_value_per_image(mu, log_var):
    """You returned one value per image. The optimiser follows one number: take the mean over
    the batch as well."""
    return -0.5 * ops.mean(_terms(mu, log_var), axis=-1)


vae_loss = Exercise(losses.vae_loss, probes.vae_loss)


@vae_loss.misconception
def kl_weight_ignored(images, reconstructions, mu, log_var, kl_weight=1e-3):
    """You gave both losses the same weight, whatever kl_weight says. The KL loss is then larger
    than the loss of the image, and it pushes every code to the prior."""
    return right_generation_loss(images, reconstructions) + right_kl_loss(mu, log_var)


@vae_loss.misconception
def kl_weight_fixed(images, reconstructions, mu, log_var, kl_weight=1e-3):
    """You wrote the weight into the formula. 1e-3 is only the default; another value of
    kl_weight must change the loss."""
    return right_generation_loss(images, reconstructions) + 1e-3 * right_kl_loss(mu, log_var)


@vae_loss.misconception
def weight_on_the_image(images, reconstructions, mu, log_var, kl_weight=1e-3):
    """You multiplied the generation loss by the weight. The weight has to reduce the KL loss;
    your training would hardly look at the images."""
    return kl_weight * right_generation_loss(images, reconstructions) + right_kl_loss(mu, log_var)


@vae_loss.misconception
def kl_subtracted(images, reconstructions, mu, log_var, kl_weight=1e-3):
    """You subtracted the KL loss. Minimising would then drive the codes away from the prior.
    The minus sign belongs to the ELBO, which is maximised."""
    return right_generation_loss(images, reconstructions) - kl_weight * right_kl_loss(mu, log_var)


@vae_loss.misconception
def kl_left_out(images, reconstructions, mu, log_var, kl_weight=1e-3):
    """You returned only the generation loss. Alone it drives sigma to 0, and the VAE becomes an
    ordinary autoencoder."""
    return right_generation_loss(images, reconstructions)


def weighted_sum(of_images=right_generation_loss, of_codes=right_kl_loss):
    """A right ``vae_loss`` built from parts that may be wrong."""

    def loss(images, reconstructions, mu, log_var, kl_weight=1e-3):
        return of_images(images, reconstructions) + kl_weight * of_codes(mu, log_var)

    return loss


vae_loss.inherits(
    generation_loss, lambda wrong: weighted_sum(of_images=wrong), without=["logarithm_of_zero"]
)
vae_loss.inherits(kl_loss, lambda wrong: weighted_sum(of_codes=wrong), without=["wrong_sign"])
