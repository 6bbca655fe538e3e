"""The digits that ship with the course, and what happens when larger data cannot be had."""

import gzip
import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import FrozenInstanceError
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from course import data
from course.data import load_images

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def digits():
    """The shipped digits, loaded once for all tests here."""
    return load_images()


@pytest.fixture
def fake_keras(monkeypatch, tmp_path):
    """A keras whose loaders return what the test sets, and a cache that looks complete."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for keras_set in data.KERAS_SETS.values():
        for file in keras_set.files:
            path = tmp_path / "datasets" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    loaders = {name: SimpleNamespace(load_data=None) for name in data.KERAS_SETS}
    fake = SimpleNamespace(datasets=SimpleNamespace(**loaders))
    monkeypatch.setitem(sys.modules, "keras", fake)
    return fake


@pytest.fixture
def proxy(monkeypatch, tmp_path):
    """An empty cache, and a function that sends every download to an address of this machine."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "keras", None)  # Nothing may get as far as importing it.

    def set_proxy(port):
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        for name in ("https_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        monkeypatch.setattr(urllib.request, "_opener", None)  # It remembers the old proxies.

    return set_proxy


def full_set(dtype=np.uint8, size=28, train=60_000):
    """What a loader of keras.datasets returns: two pairs of images and labels."""
    return tuple(
        (np.full((n, size, size), 51, dtype), np.arange(n, dtype=np.uint8) % 10)
        for n in (train, 10_000)
    )


def test_digits_have_the_documented_shapes_types_and_range(digits):
    """8,000 + 2,000 images float32 (N, 28, 28, 1) from 0 to 1, labels int64 (N,)."""
    assert digits.name == "digits"
    assert "not MNIST's official test set" in digits.source
    for x, y, n in ((digits.x_train, digits.y_train, 8000), (digits.x_test, digits.y_test, 2000)):
        assert x.shape == (n, 28, 28, 1)
        assert x.dtype == np.float32
        assert (x.min(), x.max()) == (0.0, 1.0)
        assert y.shape == (n,)
        assert y.dtype == np.int64


def test_pixels_are_the_bytes_over_255(digits):
    """Images times 255 are whole numbers, so nothing was lost or scaled twice."""
    grey = digits.x_test * 255
    assert np.abs(grey - grey.round()).max() < 1e-4
    assert np.unique(grey.round()).size > 200


def test_the_split_is_balanced(digits):
    """200 test images of each digit, and every digit in the training set at MNIST's rates."""
    np.testing.assert_array_equal(np.bincount(digits.y_test), [200] * 10)
    assert np.bincount(digits.y_train, minlength=10).min() > 650


def test_no_image_is_there_twice(digits):
    """All 10,000 images differ, so no test image was trained on."""
    images = [image.tobytes() for x in (digits.x_train, digits.x_test) for image in x]
    assert len(set(images)) == 10_000


def test_labels_belong_to_their_images(digits):
    """The nearest training image has the test image's label for nine in ten."""
    train, test = digits.x_train.reshape(8000, -1), digits.x_test[:300].reshape(300, -1)
    distance = np.sum(train**2, axis=1) - 2 * test @ train.T  # Less a constant of each row.
    nearest = digits.y_train[distance.argmin(axis=1)]
    assert np.mean(nearest == digits.y_test[:300]) > 0.9


def test_a_dataset_cannot_be_changed_and_prints_in_short(digits):
    """Dataset is frozen, and its repr holds name and source but no array."""
    with pytest.raises(FrozenInstanceError):
        digits.name = "mnist"
    assert repr(digits) == f"Dataset(name='digits', source={digits.source!r})"


def test_each_call_returns_arrays_of_its_own(digits):
    """What one notebook cell writes into the images is not there at the next load."""
    mine = load_images()
    mine.x_train[:] = 0.5
    np.testing.assert_array_equal(load_images("digits").x_train, digits.x_train)


def test_an_unknown_name_is_answered_with_the_known_ones():
    """A wrong name raises ValueError with all names and what was passed."""
    with pytest.raises(ValueError, match="'digits', 'mnist', 'fashion_mnist'; got 'cifar10'"):
        load_images("cifar10")


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (lambda content: content[:-1000], "1,650,074 bytes"),
        (lambda content: content[:900_000] + b"\x00" + content[900_001:], "1,651,074 bytes"),
        (lambda content: b"version https://git-lfs.github.com/spec/v1\n", "43 bytes"),
        (lambda content: b"", "0 bytes"),
    ],
    ids=["truncated", "one byte changed", "not the file", "empty"],
)
def test_a_damaged_file_is_named_with_what_to_do(monkeypatch, tmp_path, damage, found):
    """The error names the file, what was wanted, what was found and the next step."""
    path = tmp_path / "mnist_10k.npz"
    path.write_bytes(damage(data.DIGITS_FILE.read_bytes()))
    monkeypatch.setattr(data, "DIGITS_FILE", path)
    with pytest.raises(ValueError, match="missing or damaged") as caught:
        load_images()
    for part in (f"File: {path}.", "Expected: 1,651,074 bytes", f"Found: {found}", "git checkout"):
        assert part in str(caught.value)


def test_a_missing_file_is_named_with_what_to_do(monkeypatch, tmp_path):
    """No file at all is the same kind of error and says so."""
    monkeypatch.setattr(data, "DIGITS_FILE", tmp_path / "gone.npz")
    with pytest.raises(ValueError, match=r"gone\.npz.*Found: No such file.*git checkout"):
        load_images()


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_full_sets_come_in_the_same_form(fake_keras, name, capsys):
    """What Keras loads becomes float32 images and int64 labels, and nothing is printed."""
    getattr(fake_keras.datasets, name).load_data = full_set
    full = load_images(name)
    assert full.name == name
    assert "complete" in full.source
    assert full.x_train.shape == (60_000, 28, 28, 1)
    assert full.x_test.shape == (10_000, 28, 28, 1)
    assert full.x_train.dtype == np.float32
    assert full.y_train.dtype == np.int64
    assert full.x_train[0, 0, 0, 0] == np.float32(0.2)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_a_broken_cache_falls_back_visibly(fake_keras, name, capsys, digits):
    """Asked, went wrong, used instead and how to mend it are printed, and not to stderr."""

    def load_data():
        raise EOFError("Compressed file ended before the end-of-stream marker was reached")

    getattr(fake_keras.datasets, name).load_data = load_data
    fallback = load_images(name)
    assert fallback.name == "digits"
    assert fallback.source == digits.source
    np.testing.assert_array_equal(fallback.x_test, digits.x_test)
    printed = capsys.readouterr()
    assert printed.err == ""
    assert f"load_images('{name}')" in printed.out
    assert "EOFError: Compressed file ended before" in printed.out
    assert f"Used instead: {digits.source}" in printed.out
    assert f"delete {os.environ['KERAS_HOME']}" in printed.out
    assert ("/usr/share/datasets/fashion-mnist/*.gz" in printed.out) == (name == "fashion_mnist")


@pytest.mark.parametrize(
    "arrays", [full_set(np.float32), full_set(size=32), full_set(train=50_000)]
)
def test_data_of_another_form_is_not_taken_for_the_full_set(fake_keras, arrays, capsys):
    """Another dtype, size or number of images in Keras' cache falls back, and says why."""
    fake_keras.datasets.fashion_mnist.load_data = lambda: arrays
    assert load_images("fashion_mnist").name == "digits"
    assert "ValueError: expected 60,000 images of 28 x 28 bytes" in capsys.readouterr().out


def test_a_stalled_download_has_a_time_limit_that_is_then_lifted(fake_keras):
    """While Keras loads, sockets time out; afterwards the process is as it was."""
    seen = []

    def load_data():
        seen.append(socket.getdefaulttimeout())
        raise TimeoutError

    fake_keras.datasets.mnist.load_data = load_data
    load_images("mnist")
    assert 0 < seen[0] <= 30
    assert socket.getdefaulttimeout() is None


def test_no_network_falls_back_at_once(proxy, monkeypatch, capsys):
    """A refused connection is reported without waiting, and without importing Keras."""
    monkeypatch.setattr(data, "NETWORK_SECONDS", 600)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # Bound but not listening: connections are refused.
        proxy(unused.getsockname()[1])
        started = time.monotonic()
        assert load_images("fashion_mnist").name == "digits"
    assert time.monotonic() - started < 60
    printed = capsys.readouterr().out
    assert "cannot be reached" in printed
    assert "refused" in printed
    assert "run this again with a network" in printed
    assert "delete" not in printed


def test_a_network_that_never_answers_falls_back_within_the_limit(proxy, monkeypatch, capsys):
    """A server that takes the connection and stays silent costs the limit and no more."""
    monkeypatch.setattr(data, "NETWORK_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy(silent.getsockname()[1])
        started = time.monotonic()
        assert load_images("mnist").name == "digits"
        assert time.monotonic() - started < 60
    assert "cannot be reached" in capsys.readouterr().out


def test_a_name_server_that_never_answers_falls_back_within_the_limit(proxy, monkeypatch, capsys):
    """A look-up of the host's name that hangs, which no socket timeout reaches, is left behind."""
    monkeypatch.setattr(data, "NETWORK_SECONDS", 0.2)
    monkeypatch.setattr(urllib.request, "urlopen", lambda *args, **kwargs: time.sleep(600))
    started = time.monotonic()
    assert load_images("mnist").name == "digits"
    assert time.monotonic() - started < 60
    assert "no answer within 0.2 s" in capsys.readouterr().out


@pytest.mark.slow
def test_files_from_the_debian_package_work_offline_in_the_real_keras(tmp_path):
    """Four idx files in Keras' cache are loaded without a network, labels with their images."""
    folder = tmp_path / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    for part, count in (("train", 60_000), ("t10k", 10_000)):
        labels = np.arange(count, dtype=np.uint8) % 10
        images = np.broadcast_to(labels[:, None], (count, 784)) * np.uint8(25)
        for kind, header, content in (("labels-idx1", 8, labels), ("images-idx3", 16, images)):
            with gzip.open(folder / f"{part}-{kind}-ubyte.gz", "wb", compresslevel=1) as file:
                file.write(bytes(header) + content.tobytes())
    code = (
        "from course.data import load_images\n"
        "full = load_images('fashion_mnist')\n"
        "print(full.name, abs(full.x_train[:, 5, 5, 0] * 255 - full.y_train * 25).max() < 1e-3)"
    )
    offline = {"KERAS_HOME": str(tmp_path), "https_proxy": "http://127.0.0.1:9"}
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | offline,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.stdout.split() == ["fashion_mnist", "True"], run.stdout + run.stderr


def test_importing_and_loading_digits_imports_no_tensorflow():
    """course.data and course.faces stay light: neither Keras nor TensorFlow is imported."""
    code = (
        "import sys, course.data, course.faces.drawing\n"
        "course.data.load_images()\n"
        "print({'keras', 'tensorflow'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.stdout == "set()\n", run.stderr
