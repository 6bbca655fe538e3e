"""The benchmarks still run, each with its smallest size, and print their tables."""

import functools
import importlib
import os
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
import tensorflow as tf

from autograder import ROOT
from course.data import load_images
from course.vae.recipes import cosine

FOLDER = ROOT / "benchmarks"
# Without explorers.py, which waits in JupyterLab for what tests in a browser wait for, too.
COMMANDS = {
    "cluster.py --students 4 --assignment a1_distances": "two workers are",
    "gradebooks.py --students 4 --only SQLite": "0 marks lost, doubled or wrong",
    "grading.py --students 2": "times as fast as nbgrader",
    "lectures.py 01": "01_distances",
    "probes.py a1_distances": "a1_distances",
}

pytestmark = pytest.mark.slow


@pytest.fixture
def training(monkeypatch):
    """The module ``benchmarks/training.py``."""
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module("training")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_benchmark_runs(command):
    """What it prints ends in its result."""
    name, *arguments = command.split()
    done = subprocess.run(
        [sys.executable, FOLDER / name, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=900,
        env=os.environ | {"PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert COMMANDS[command] in done.stdout


@pytest.mark.parametrize("part", ["vae", "layers", "gan", "samples"])
def test_every_contender_takes_a_step(training, monkeypatch, capsys, part):
    """Here, one after the other, since processes and rounds cost a minute each."""
    contenders, named = training.contenders, set()

    def once(keys, rounds):
        times = {}
        for kind, name in keys:
            call, steps = contenders.make(kind, name)
            started = time.perf_counter()
            call()
            times[kind, name] = [(time.perf_counter() - started) / steps]
            if kind == part:
                named.add(name if isinstance(name, str) else name[1])
        return times

    # One contender takes the course's own way to iterate away from its process.
    monkeypatch.setattr(tf.data.Dataset, "__iter__", tf.data.Dataset.__iter__)
    monkeypatch.setattr(training, "_measure", once)
    monkeypatch.setattr(contenders, "STEPS_AN_EPOCH", {"vae": 1, "gan": 1})
    monkeypatch.setattr(sys, "argv", ["training.py", part])
    training.main()
    table = capsys.readouterr().out
    assert named and all(name in table for name in named)


def test_quality_is_measured_both_ways(monkeypatch, capsys):
    """VAE and GAN, on fewer digits than it ought to be: a row a way."""
    monkeypatch.syspath_prepend(FOLDER)
    precision = importlib.import_module("precision")
    digits = load_images("digits")
    few = SimpleNamespace(x_train=digits.x_train[:256], x_test=digits.x_test[:100])
    monkeypatch.setattr(precision, "load_images", lambda name: few)
    monkeypatch.setattr(precision, "cosine", functools.partial(cosine, warmup=1))
    monkeypatch.setattr(precision, "SAMPLES", 100)
    monkeypatch.setattr(sys, "argv", ["precision.py", "--epochs=1", "--steps=1", "--seeds=1"])
    precision.main()
    table = capsys.readouterr().out
    for way in {way for ways in precision.WAYS.values() for way in ways}:
        assert f"\n| {way} | 0." in table


def test_each_contender_is_timed_once_a_round(training):
    """In processes, as the program does it."""
    keys = [("peak", "products in float32"), ("peak", "products in bfloat16")]
    times = training._measure(keys, 2)
    assert list(times) == keys
    assert all(len(each) == 2 and min(each) > 0 for each in times.values())
