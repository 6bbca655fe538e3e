"""Every test runs seeded, with deterministic operations."""

import os

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

import keras
import pytest
import tensorflow as tf
from browser_fixtures import (  # noqa: F401 -- pytest finds them here
    browser,
    pytest_runtest_makereport,
    shared_lab,
)
from gradebooks import KINDS, place_for
from postgresql import missing, running_server
from sharing import (  # noqa: F401 -- and these hooks, too
    pytest_collection_modifyitems,
    pytest_xdist_make_scheduler,
)

from autograder import ROOT
from autograder.authoring.build import derived_files

pytest.register_assert_rewrite("explorer_browser", "marked_class", "student_notebooks")
tf.config.experimental.enable_op_determinism()
# A real class's, which tests must not write into.
os.environ.pop("GRADEBOOK", None)


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(0)


@pytest.fixture(scope="session")
def instructor_notebooks():
    """The notebooks with the answers, which git ignores, made from their text."""
    for path, (_, content) in derived_files().items():
        if path.startswith("solutions/"):
            (ROOT / path).parent.mkdir(exist_ok=True)
            draft = ROOT / f"{path}.{os.getpid()}"  # Another process may read it just now.
            draft.write_bytes(content)
            os.replace(draft, ROOT / path)


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL server for the whole run, for tests that make databases of their own there."""
    if missing():
        pytest.skip(missing())
    with running_server() as server:
        yield server


@pytest.fixture(params=KINDS)
def either_gradebook(request, tmp_path, monkeypatch):
    """Runs a test of a class twice: its gradebook in its folder, and on PostgreSQL."""
    if request.param == "PostgreSQL":
        monkeypatch.setenv("GRADEBOOK", place_for(request, tmp_path).url)
