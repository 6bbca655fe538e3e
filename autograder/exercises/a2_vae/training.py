"""One step of training, with known mistakes."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

import tensorflow as tf

from autograder.exercises.a2_vae.losses import generation_loss, kl_loss, weighted_sum
from autograder.exercises.a2_vae.networks import sample_latent
from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a2_vae as probes
from course.vae import model
from course.vae.losses import vae_loss as right_vae_loss
from course.vae.sampling import sample_latent as right_sample

vae_train_step = Exercise(model.vae_train_step, probes.vae_train_step)


def _step(networks, optimizer, images, eps, kl_weight, loss_of=right_vae_loss, **changed):
    """The training step with one of its parts replaced."""
    encoder, decoder = networks
    with tf.GradientTape() as tape:
        mu, log_var = encoder(images)
        z = changed.get("sample", right_sample)(mu, log_var, eps)
        loss = loss_of(images, decoder(z), mu, log_var, kl_weight)
    weights = [v for network in changed.get("train", networks) for v in network.trainable_variables]
    gradients = [changed.get("sign", 1) * gradient for gradient in tape.gradient(loss, weights)]
    if changed.get("apply", True):
        optimizer.apply_gradients(zip(gradients, weights))
    return loss


@vae_train_step.misconception
def encoder_left_alone(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
    """Only the decoder's weights change. The encoder has to learn as well, through the
    sampling: it must run where the tape sees it, and you must ask for the gradient of its
    weights too."""
    return _step((encoder, decoder), optimizer, images, eps, kl_weight, train=[decoder])


@vae_train_step.misconception
def decoder_left_alone(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
    """Only the encoder's weights change. The decoder has to learn as well: ask for the gradient
    of both networks' weights."""
    return _step((encoder, decoder), optimizer, images, eps, kl_weight, train=[encoder])


@vae_train_step.misconception
def nothing_applied(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
    """No weight changes. Computing gradients changes nothing: you have to give them to the
    optimiser, together with the weights they belong to."""
    return _step((encoder, decoder), optimizer, images, eps, kl_weight, apply=False)


@vae_train_step.misconception
def uphill(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
    """The weights move in the wrong direction, and the loss rises. The optimiser subtracts by
    itself: pass it the gradients as they are."""
    return _step((encoder, decoder), optimizer, images, eps, kl_weight, sign=-1)


@vae_train_step.misconception
def mean_decoded(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
    """You gave mu to the decoder, and eps has no effect. The decoder then never sees the
    neighbourhood of a code, and that is what makes it continuous."""
    return _step((encoder, decoder), optimizer, images, eps, kl_weight, sample=lambda mu, *_: mu)


@vae_train_step.misconception
def kl_weight_not_passed_on(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
    """You did not pass kl_weight on to the loss, which uses its default instead. Whoever calls
    your step would set a value that has no effect."""
    return _step((encoder, decoder), optimizer, images, eps, 1e-3)


@vae_train_step.misconception
def image_loss_only(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
    """Your step trains only the generation loss. The KL loss is part of what the step
    minimises; without it, sigma goes to 0."""
    return _step((encoder, decoder), optimizer, images, eps, 0.0)


@vae_train_step.misconception
def loss_after_the_update(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
    """You computed the loss again after the update. That costs a second pass, and it is not the
    loss whose gradient was followed: return the one from before."""
    _step((encoder, decoder), optimizer, images, eps, kl_weight)
    return _step((encoder, decoder), optimizer, images, eps, kl_weight, apply=False)


def _step_with(**parts):
    """A right ``vae_train_step`` built from parts that may be wrong."""

    def step(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
        return _step((encoder, decoder), optimizer, images, eps, kl_weight, **parts)

    return step


vae_train_step.inherits(
    sample_latent,
    lambda wrong: _step_with(sample=wrong),
    without=["noise_ignored", "computed_in_numpy"],
)
vae_train_step.inherits(
    generation_loss,
    lambda wrong: _step_with(loss_of=weighted_sum(of_images=wrong)),
    without=["logarithm_of_zero"],
)
vae_train_step.inherits(kl_loss, lambda wrong: _step_with(loss_of=weighted_sum(of_codes=wrong)))
