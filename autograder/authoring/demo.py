"""A sample class: what students really hand in, made from the released notebook."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import nbformat

from autograder import ROOT
from autograder.authoring.build import build
from autograder.authoring.inline import function_source
from autograder.errors import AuthorError
from autograder.exercises.catalogue import exercises_of
from autograder.gradebook.classroom import Classroom

__all__ = ["ANSWER", "ASSIGNMENT", "FOLDER", "STUDENTS", "Changes", "make_class"]

ASSIGNMENT = "a2_vae"
FOLDER = "classroom/demo"

IN_TENSORFLOW = {
    "kl_loss": """
def kl_loss(mu, log_var):
    per_image = 0.5 * tf.reduce_mean(mu**2 + tf.exp(log_var) - log_var - 1.0, axis=1)
    return tf.reduce_mean(per_image)
""",
    "sample_latent": """
def sample_latent(mu, log_var, eps):
    std = tf.sqrt(tf.exp(log_var))
    return tf.add(mu, tf.multiply(std, eps))
""",
}
AS_A_CLASS = {
    "build_encoder": """
class Encoder(keras.Model):
    def __init__(self, latent_dim):
        super().__init__()
        conv = dict(kernel_size=3, padding="same", activation="relu")
        self.features = keras.Sequential([
            layers.Conv2D(32, **conv),
            layers.Conv2D(64, strides=2, **conv),
            layers.Conv2D(64, **conv),
            layers.Conv2D(64, **conv),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
        ])
        self.spread = layers.Dense(latent_dim)
        self.centre = layers.Dense(latent_dim)

    def call(self, images):
        features = self.features(images)
        return self.centre(features), self.spread(features)


def build_encoder(latent_dim):
    return Encoder(latent_dim)
""",
}
SEQUENTIAL = {
    "build_decoder": """
def build_decoder(latent_dim):
    model = keras.Sequential()
    model.add(keras.Input((latent_dim,)))
    model.add(layers.Dense(32))
    model.add(layers.ReLU())
    model.add(layers.Dense(12544, activation="relu"))
    model.add(layers.Reshape((14, 14, 64)))
    model.add(layers.Conv2DTranspose(32, 3, strides=2, padding="same", activation="relu"))
    model.add(layers.Conv2D(1, (3, 3), padding="same"))
    model.add(layers.Activation("sigmoid"))
    return model
""",
}
# What differs from the references, by exercise: a whole function, a replacement (old, new)
# within the reference, or None for a function that is left as it was released.
Changes = Mapping[str, str | tuple[str, str] | None]

# By student; None for one who hands in the notebook as it was released.
STUDENTS: dict[str, Changes | None] = {
    "ada": {},
    "bela": IN_TENSORFLOW,
    "chandra": AS_A_CLASS | SEQUENTIAL,
    "dmitri": {"kl_loss": ("return -0.5 * ops.mean(", "return -0.5 * 2 * ops.mean(")},
    "elif": {"sample_latent": ("0.5 * log_var", "log_var"), "kl_loss": ("-0.5 *", "-")},
    "farid": {"build_decoder": ('activation="sigmoid"', 'activation="relu"')},
    "grace": {"vae_train_step": ("encoder.trainable_variables + ", "")},
    "hiro": {"vae_loss": ("kl_weight * kl_loss", "1e-3 * kl_loss")},
    "ines": {
        "generation_loss": ("entropy(images, reconstructions)", "entropy(reconstructions, images)")
    },
    "jonas": dict.fromkeys(["generation_loss", "kl_loss", "vae_loss", "vae_train_step"]),
    "keiko": {"build_encoder": ("return keras.Model", "return keras.Modle")},
    "lars": None,
}
ANSWER = "The sampling itself has no derivative, so without eps the encoder would not learn."


def make_class(
    students: int = 12,
    folder: str | Path = FOLDER,
    assignment: str = ASSIGNMENT,
    changes: Mapping[str, Changes | None] = STUDENTS,
) -> Classroom:
    """Make a class whose students have handed in, in place of the one of an earlier call.

    Args:
        students: how many. If there are more than in ``changes``, the same mistakes repeat.
        folder: where, below the course; everything in it is replaced.
        assignment: that they hand in.
        changes: by student, what differs from the references, as in ``STUDENTS``.

    Returns:
        The ``Classroom``, with a gradebook that is ready to grade the assignment.
    """
    shutil.rmtree(ROOT / folder, ignore_errors=True)
    build()
    # The course's own release is not touched: a person may have edited it.
    directories = {"release_directory": f"{folder}/release"}
    classroom = Classroom(folder, {"CourseDirectory": directories})
    outcome = classroom.api.generate_assignment(assignment, force=True, create=True)
    if not outcome["success"]:
        raise AuthorError(f"nbgrader could not release {assignment}: {outcome['log']}")
    released = classroom.path("release", ".", assignment) / f"{assignment}.ipynb"
    references = _references(assignment)
    for number in range(students):
        name = list(changes)[number % len(changes)]
        student = name if number < len(changes) else f"{name}{number // len(changes) + 1}"
        submission = classroom.path("submitted", student, assignment)
        submission.mkdir(parents=True)
        notebook = nbformat.read(released, as_version=4)
        mine = changes[name]
        if mine is not None:
            _fill(notebook, _sources(references, mine))
        nbformat.write(notebook, submission / f"{assignment}.ipynb")
        (submission / "timestamp.txt").write_text(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n")
    return classroom


def _sources(references: Mapping[str, str], changes: Changes) -> dict[str, str | None]:
    """The functions of one student by exercise; None for one that is left as it was released."""
    sources: dict[str, str | None] = dict(references)
    for name, change in changes.items():
        if not isinstance(change, tuple):
            sources[name] = change
        elif change[0] in references[name]:
            sources[name] = references[name].replace(*change)
        else:
            raise AuthorError(f"demo: {change[0]!r} is not in the reference of {name}")
    return sources


def _fill(notebook: nbformat.NotebookNode, sources: Mapping[str, str | None]) -> None:
    """Write a student's functions and answers into the released notebook."""
    for cell in notebook.cells:
        source = sources.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if source:
            cell.source = source.strip()
        elif cell.source.endswith("YOUR ANSWER HERE"):
            cell.source = cell.source.replace("YOUR ANSWER HERE", ANSWER)


def _references(assignment: str) -> dict[str, str]:
    return {
        name: function_source(ROOT, exercise.reference.__module__, name)
        for name, exercise in exercises_of(assignment).items()
    }
