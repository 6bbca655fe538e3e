"""The record of a long training is read as it was written."""

import numpy as np
import pytest

from course.checkpoints import write_arrays
from course.gan.history import load_history


def write(folder, means):
    """A record of 60 steps, looked at at steps 0 and 60."""
    arrays = {
        "generator_loss": np.array(means, "float32"),
        "sheet_60": np.full((2, 28, 28), 9, np.uint8),
        "sheet_0": np.zeros((2, 28, 28), np.uint8),
        "real_0": np.zeros(0),
        "fake_0": np.zeros(0),
        "real_60": np.array([0.6, 0.7]),
        "fake_60": np.array([0.4, 0.3]),
        "confident_60": np.array(0.25),
    }
    write_arrays("run", arrays, {"every": 20, "steps": 60}, folder)


def test_record_is_read_as_written(tmp_path):
    """Curves have their steps, samples and opinions theirs, in order; no opinions at step 0."""
    write(tmp_path, [0.7, 0.8, 0.9])
    record = load_history("run", tmp_path)
    assert record.steps == 60
    steps, means = record.curves["generator_loss"]
    np.testing.assert_array_equal(steps, [20, 40, 60])
    np.testing.assert_allclose(means, [0.7, 0.8, 0.9], rtol=1e-6)
    assert list(record.sheets) == [0, 60]
    assert record.sheets[60][0, 0, 0] == 9
    assert list(record.opinions) == [60]
    np.testing.assert_array_equal(record.opinions[60], [[0.6, 0.7], [0.4, 0.3]])
    assert record.confident == {60: 0.25}


def test_record_of_another_length_is_refused(tmp_path):
    """A card and curves that do not belong together are named."""
    write(tmp_path, [0.7, 0.8])
    with pytest.raises(ValueError, match=r"generator_loss has 2 means over 20 steps.*60 steps"):
        load_history("run", tmp_path)


def test_missing_record_says_what_to_do(tmp_path):
    """A card without its arrays names the file and the next step."""
    write(tmp_path, [0.7, 0.8, 0.9])
    (tmp_path / "run.npz").unlink()
    with pytest.raises(ValueError, match=r"run\.npz is missing\. Restore both with 'git checkout"):
        load_history("run", tmp_path)
