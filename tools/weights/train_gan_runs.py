"""Trains the runs of the failure lab whose records are in course/weights.

    python tools/weights/train_gan_runs.py                    # all, an hour on 2 idle cores
    python tools/weights/train_gan_runs.py ring "plain" ...   # some settings of the ring
    python tools/weights/train_gan_runs.py digits NAME ...    # some runs on digits
    python tools/weights/train_gan_runs.py --list

The same machine and versions give the same records.
"""

import argparse
import functools
import hashlib
import io
import json
import time
from dataclasses import replace

import course.backend  # noqa: F401 -- imports TensorFlow quietly, before Keras

import keras
import numpy as np
import tensorflow as tf

from course.checkpoints import WEIGHTS, load_classifier
from course.classifier import read_digits
from course.data import load_images
from course.gan.lab.digits import DIGIT_RECIPE, digit_gan
from course.gan.lab.ring_runs import train_seeds
from course.gan.lab.settings import DIGIT_SETTINGS, DIGIT_STEPS, RING_SETTINGS, SEEDS, STEPS
from course.gan.model import RECORDED
from course.gan.ring import RING_RECIPE

RING_FILE = WEIGHTS / "gan_ring_runs.json"
DIGIT_FILE = WEIGHTS / "gan_digit_runs.npz"
MOMENTS = (25, 50, 100, 150, 200, 300, 400, 500)  # Steps whose samples are stored.

__all__ = ["jobs"]


def jobs():
    """The records that ``make weights`` can train, by name."""
    kinds = {
        "gan_ring_runs": (RING_SETTINGS, record_ring),
        "gan_digit_runs": (DIGIT_SETTINGS, record_digits),
    }
    return {name: functools.partial(_all, *kind) for name, kind in kinds.items()}


def _all(settings, record, _):
    return {name: record(name) for name in settings}


def main():
    """Train the runs of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "kind", nargs="?", choices=["ring", "digits"], help="kind of run (default: all)"
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="settings (default: all)")
    parser.add_argument("--list", action="store_true", help="list all names")
    options = parser.parse_args()
    kinds = {"ring": (RING_SETTINGS, record_ring), "digits": (DIGIT_SETTINGS, record_digits)}
    unknown = [name for name in options.names if name not in kinds[options.kind][0]]
    if unknown:
        parser.error(f"no {options.kind} run {', '.join(unknown)}; --list shows all names")
    tf.config.experimental.enable_op_determinism()
    for kind, (settings, record) in kinds.items():
        for name in settings:
            if options.list:
                print(f'{kind} "{name}"')
            elif options.kind in (None, kind) and name in (options.names or settings):
                started = time.monotonic()
                said = record(name)
                print(f"{kind}, {name}: {said}, {time.monotonic() - started:.0f} s", flush=True)


def record_ring(name):
    """Train one setting of the ring with every seed, and add it to the record."""
    runs = []
    keras.backend.clear_session()
    for run in train_seeds(replace(RING_RECIPE, **RING_SETTINGS[name]), SEEDS, STEPS):
        _, modes, shares = zip(*run.scores)
        runs.append(
            {
                "seed": run.seed,
                "modes": modes,
                "share": [round(share, 3) for share in shares],
                "warnings": [sign.name for sign in run.signs if sign.lit],
            }
        )
    card = {
        "what": "trainings of a GAN on the ring of eight Gaussians, scored every 100 steps",
        "command": "python tools/weights/train_gan_runs.py ring",
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
        "steps": STEPS,
        "settings": {},
    }
    if RING_FILE.exists():
        card["settings"] = json.loads(RING_FILE.read_text())["settings"]
    card["settings"][name] = {"changes": RING_SETTINGS[name], "runs": runs}
    card["settings"] = {
        known: card["settings"][known] for known in RING_SETTINGS if known in card["settings"]
    }
    RING_FILE.write_text(_dumps(card))
    return [(run["modes"][-1], run["share"][-1]) for run in runs]


def record_digits(name, seed=0):
    """Train one setting on digits, and add it to the record."""
    keras.backend.clear_session()
    recipe = replace(DIGIT_RECIPE, **DIGIT_SETTINGS[name])
    gan, classifier = digit_gan(recipe, seed), load_classifier()
    generator = gan.sampler
    latent = {n: gan.draw_latent(n, seed + 1) for n in (16, 1000)}
    sheets, scores = [], []

    def look(gan):
        if gan.step in MOMENTS:
            images = generator.predict(latent[16], verbose=0)[..., 0]
            # Sixteen greys: the file is half as large, and nobody sees a difference.
            sheets.append((17 * np.round(15 * images)).astype(np.uint8))
            samples = generator.predict(latent[1000], batch_size=250, verbose=0)
            _, read, confidence = read_digits(classifier, samples)
            classes = np.sum(np.bincount(read, minlength=10) >= 10)
            scores.append([gan.step, int(classes), round(float(np.mean(confidence >= 0.9)), 3)])

    gan.train(load_images("digits").x_train, DIGIT_STEPS, look, every=25)
    about = {
        "changes": DIGIT_SETTINGS[name],
        "seed": seed,
        "moments": list(MOMENTS),
        "scores": scores,
    }
    history = np.array([gan.history[key] for key in RECORDED], np.float16)
    _add_digits(name, about, {f"{name}/sheets": np.array(sheets), f"{name}/history": history})
    return scores[-1]


def _add_digits(name, about, arrays):
    card = {
        "what": "trainings of a small GAN on digits, looked at on the way",
        "data": load_images("digits").source,
        "command": "python tools/weights/train_gan_runs.py digits",
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
        "steps": DIGIT_STEPS,
        "recorded": RECORDED,
        "runs": {},
    }
    kept = {}
    if DIGIT_FILE.exists():
        card["runs"] = json.loads(DIGIT_FILE.with_suffix(".json").read_text())["runs"]
        with np.load(DIGIT_FILE) as old:
            kept = {key: old[key] for key in old.files}
    kept, runs = kept | arrays, card["runs"] | {name: about}
    card["runs"] = {known: runs[known] for known in DIGIT_SETTINGS if known in runs}
    content = io.BytesIO()
    np.savez_compressed(
        content, **{key: kept[key] for key in kept if key.partition("/")[0] in card["runs"]}
    )
    DIGIT_FILE.write_bytes(content.getvalue())
    card["sha256"] = hashlib.sha256(content.getvalue()).hexdigest()
    DIGIT_FILE.with_suffix(".json").write_text(_dumps(card))


def _dumps(card):
    """JSON with one line per run, which people can read and git can compare."""
    runs = {}

    def out(value):
        if isinstance(value, dict) and "seed" in value:
            key = f"<run {len(runs)}>"
            runs[f'"{key}"'] = json.dumps(value)
            return key
        if isinstance(value, dict):
            return {name: out(inner) for name, inner in value.items()}
        return [out(inner) for inner in value] if isinstance(value, list) else value

    text = json.dumps(out(card), indent=1)
    for key, run in runs.items():
        text = text.replace(key, run, 1)
    return text + "\n"


if __name__ == "__main__":
    main()
