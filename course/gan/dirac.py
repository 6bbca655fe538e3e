"""The smallest GAN: each player has one weight (lecture 08).

All data lie at the point 0, and everything the generator makes lies at theta. The
discriminator's logit at x is psi * x; here it is the logit of being made by the generator.
The generator minimises, and the discriminator maximises,

    V(theta, psi) = -log(1 + exp(-psi * theta)) - log 2.

The only equilibrium is theta = psi = 0: the generator is right, and the discriminator says
1/2 everywhere.

Source: Mescheder, Geiger and Nowozin 2018, Which Training Methods for GANs do actually
Converge?, section 2. Deviation: their f is written out for the logistic loss.
"""

import numpy as np

__all__ = ["dirac_gradients", "dirac_jacobian", "dirac_orbit"]


def dirac_gradients(theta, psi, gradient_penalty=0.0):
    """The directions in which gradient descent moves both players.

    Args:
        theta, psi: the two weights, numbers or arrays of one shape.
        gradient_penalty: weight gamma of R1. The slope of the logit is psi everywhere, so
            the discriminator pays gamma / 2 * psi ** 2.

    Returns:
        Pair of the directions of theta and of psi, in the shape of ``theta``: the
        generator's is -dV/dtheta, the discriminator's dV/dpsi - gamma * psi.
    """
    slope = 1 / (1 + np.exp(psi * theta))  # Derivative of -log(1 + exp(-t)) at t = psi * theta.
    return -slope * psi, slope * theta - gradient_penalty * psi


def dirac_orbit(steps, rate, *, start=(1.0, 0.0), alternating=False, gradient_penalty=0.0):
    """The two weights under gradient descent.

    Args:
        steps: number of steps.
        rate: learning rate of both players.
        start: first theta and psi.
        alternating: whether the discriminator already sees the theta of this step. If not,
            both move at the same time.
        gradient_penalty: weight gamma of R1.

    Returns:
        Array (steps + 1, 2) of theta and psi.
    """
    orbit = [np.array(start, dtype=float)]
    for _ in range(steps):
        theta, psi = orbit[-1]
        moved = theta + rate * dirac_gradients(theta, psi, gradient_penalty)[0]
        seen = moved if alternating else theta
        orbit.append(
            np.array([moved, psi + rate * dirac_gradients(seen, psi, gradient_penalty)[1]])
        )
    return np.array(orbit)


def dirac_jacobian(rate, *, alternating=False, gradient_penalty=0.0):
    """One step near the equilibrium, as a matrix.

    Args:
        rate, alternating, gradient_penalty: as in ``dirac_orbit``.

    Returns:
        Array (2, 2): the derivative of a step at theta = psi = 0. If its eigenvalues are
        larger than 1 in modulus, training moves away from the equilibrium; if they are
        smaller, it converges.
    """
    generator = np.array([[1, -rate / 2], [0, 1]])
    discriminator = np.array([[1, 0], [rate / 2, 1 - rate * gradient_penalty]])
    if alternating:
        return discriminator @ generator
    return generator + discriminator - np.eye(2)
