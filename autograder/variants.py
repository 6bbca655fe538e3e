"""Variants of an exercise: a student's inputs and sizes follow from who the student is.

An author asks for them at the probe, with as many values of each size as there are variants::

    @by_student(latent_dim=(2, 3, 5, 8))
    def best_weight(best_weight, rng, latent_dim): ...

and a given cell shows a student theirs: ``yours("a6_own", "best_weight")["latent_dim"]``.

Which one it is, is a hash of the student's id and the assignment's name: the same at home and
in grading, where the numbers that ``rng`` draws are the class's own. It is no secret; it makes
a copied result wrong, and does not hinder who copies a method.
"""

import ast
import functools
import getpass
import hashlib
import importlib
import os
from pathlib import Path

from autograder.errors import AuthorError

__all__ = [
    "ANOTHER",
    "by_student",
    "chosen_for",
    "count",
    "keyed",
    "sizes",
    "student_here",
    "variant_of",
    "yours",
]

MOST = 64  # Each is run once a class, with every misconception.
ANOTHER = (
    "This is right for another variant of the question. Yours has other sizes and inputs: a cell "
    "of the assignment shows which."
)
GRADED = {}  # In a grading worker: the variant by exercise, of whose submission is run.


def by_student(**values):
    """Decorator of a probe whose exercise has variants.

    Args:
        values: tuples of the same length by name, written out: of each, the probe is handed
            the one that belongs to the variant, by that name.

    Raises:
        AuthorError: if they are not 2 to 64 values each, as many of one as of the other.
    """
    lengths = {len(value) if isinstance(value, tuple) else 0 for value in values.values()}
    if len(lengths) != 1 or not 2 <= min(lengths) <= MOST:
        raise AuthorError(
            f"by_student takes tuples of 2 to {MOST} values, of one as many as of the other, got "
            f"{values!r:.200}"
        )

    def declare(probe):
        probe.variants = values
        return probe

    return declare


def count(probe):
    """How many variants a probe has; 1 without any."""
    return min(map(len, getattr(probe, "variants", {"": ("",)}).values()))


def sizes(probe, variant):
    """What a probe is handed in a variant, by name."""
    return {name: value[variant] for name, value in getattr(probe, "variants", {}).items()}


def keyed(name, variant):
    """Name of the answer key of an exercise's variant; of the first one, the exercise's."""
    return f"{name}#{variant}" if variant else name


def variant_of(student, assignment, of):
    """Number of a student's variant in an assignment, below ``of``."""
    digest = hashlib.blake2b(student.encode(), key=assignment.encode()[:64], digest_size=8)
    return int.from_bytes(digest.digest()) % of


def chosen_for(student, assignment):
    """A student's variants by exercise, of those that have any."""
    return {name: variant_of(student, assignment, of) for name, of in _declared(assignment).items()}


def student_here():
    """Id of whose notebook this is: the user of the JupyterHub, or else of the machine."""
    return os.environ.get("JUPYTERHUB_USER") or getpass.getuser()


def yours(assignment, name):
    """Sizes of an exercise, by name, for whoever runs this notebook; in grading, whose it is.

    Args:
        assignment: name of the assignment.
        name: of the function that the exercise asks for.
    """
    probe = getattr(importlib.import_module(f"autograder.probes.{assignment}"), name)
    here = GRADED.get(name)
    return sizes(
        probe, variant_of(student_here(), assignment, count(probe)) if here is None else here
    )


@functools.cache
def _declared(assignment):
    """How many variants there are by exercise. Nothing is imported: probes need TensorFlow.

    Raises:
        AuthorError: if they are not written out.
    """
    path, found = Path(__file__).parent / "probes" / f"{assignment}.py", {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body if path.exists() else ():
        for decorator in getattr(node, "decorator_list", ()):
            match decorator:
                case ast.Call(ast.Name("by_student"), [], [first, *_]):
                    try:
                        found[node.name] = len(ast.literal_eval(first.value))
                    except (TypeError, ValueError):
                        raise AuthorError(
                            f"{node.name} of {assignment}: by_student takes its tuples written "
                            f"out, got {ast.unparse(first.value)}"
                        ) from None
    return found
