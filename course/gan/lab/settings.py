"""Settings of the failure lab whose trainings are recorded (lectures 08 and 09).

A setting is a dictionary of the switches that differ from ``RING_RECIPE``, or from
``DIGIT_RECIPE``. On the ring each setting was trained with all ``SEEDS``, on digits with one.
``tools/weights/train_gan_runs.py`` makes the records.
"""

from typing import Any

__all__ = ["DIGIT_SETTINGS", "DIGIT_STEPS", "RING_SETTINGS", "SEEDS", "STEPS"]

SEEDS = (0, 1, 2, 3, 4)
STEPS = 2000
# Some of these trainings work more or less, others fail and need a cure.
SITUATIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "discriminator too fast": {"discriminator_rate": 3e-2},
    "discriminator too slow": {"discriminator_rate": 1e-4},
    "head start of 500 and rate 1e-2": {"discriminator_rate": 1e-2, "pretraining": 500},
    "5 steps of D": {"discriminator_steps": 5},
    "lecture's rates and optimiser": {
        "optimizer": "rmsprop",
        "discriminator_rate": 2e-4,
        "generator_rate": 1e-4,
        "latent_law": "uniform",
    },
    "batch norm, mixed batches": {"batch_norm": True},
}
NOISE: dict[str, Any] = {"image_noise": 0.5, "noise_steps": STEPS}
LABELS: dict[str, Any] = {"label_noise": True}
SINGLES: dict[str, dict[str, Any]] = {
    "rate 3e-5": {"discriminator_rate": 3e-5},
    "rate 3e-4": {"discriminator_rate": 3e-4},
    "rate 3e-3": {"discriminator_rate": 3e-3},
    "rate 1e-2": {"discriminator_rate": 1e-2},
    "one-sided smoothing 0.9": {"real_target": 0.9},
    "label flips 5 %": {"label_flips": 0.05},
    "uniform latent law": {"latent_law": "uniform"},
    "batch norm, batches apart": {"batch_norm": True, "separate_batches": True},
    "RMSprop": {"optimizer": "rmsprop"},
    "Adam, beta_1 0.9": {"beta_1": 0.9},
    "capacity 1/8": {"capacity": 0.125},
    "spectral norm": {"spectral_norm": True},
    "gradient penalty 0.1": {"gradient_penalty": 0.1},
    "gradient penalty 1": {"gradient_penalty": 1.0},
    "TTUR 2e-3 and 5e-4": {"discriminator_rate": 2e-3, "generator_rate": 5e-4},
    "averaged weights 0.99": {"average": 0.99},
    "minimax": {"generator_loss": "minimax"},
}
DIGIT_STEPS = 500
DIGIT_NOISE = {"image_noise": 0.5, "noise_steps": DIGIT_STEPS}
DIGIT_SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "batch norm, mixed batches": {"batch_norm": True},
    "image noise": DIGIT_NOISE,
    "label noise": LABELS,
    "averaged weights 0.99": {"average": 0.99},
    "discriminator too fast": {"discriminator_rate": 2e-3},
    "gradient penalty 1": {"gradient_penalty": 1.0},
}


def _ring_settings() -> dict[str, dict[str, Any]]:
    settings: dict[str, dict[str, Any]] = {}
    for name, changes in SITUATIONS.items():
        settings[name] = changes
        settings[f"{name} + image noise"] = changes | NOISE
        settings[f"{name} + label noise"] = changes | LABELS
    return settings | SINGLES


RING_SETTINGS = _ring_settings()
