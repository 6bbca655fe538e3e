"""Cost of an assignment's probes: processor seconds in a fresh child, as in a worker.

    python benchmarks/probes.py                  all assignments, references and other styles
    python benchmarks/probes.py a4_gan           one

The cells of a submission, which take little time when graded, and the gradebook come on top.
Nothing is asserted. Processor seconds hardly depend on other processes; still, compare them
with those of another assignment in the same run.
"""

import os
import sys
from collections import defaultdict

from autograder.sandbox.policy import environment

# As in a worker, and before anything reads it.
os.environ |= {
    name: value
    for name, value in environment("", "").items()
    if name.startswith(("TF_", "OMP_", "OPENBLAS_", "MKL_"))
}

import course.backend  # noqa: F401 -- imports TensorFlow quietly, before Keras

from autograder.authoring.case import Case
from autograder.exercises.catalogue import assignments, exercises_of
from autograder.inside.observe import observe


def main():
    """Print one line per assignment."""
    chosen = sys.argv[1:] or assignments()
    everything = {assignment: exercises_of(assignment) for assignment in chosen}
    print(f"{'assignment':20} {'references, s':>14} {'other styles, s: least to most':>32}")
    for assignment, exercises in everything.items():
        references = [(exercise, exercise.reference) for exercise in exercises.values()]
        by_style = [_seconds(answers) for answers in _submissions(assignment, exercises)]
        print(
            f"{assignment:20} {_seconds(references):14.2f} "
            f"{min(by_style):18.2f} to {max(by_style):.2f}",
            flush=True,
        )


def _submissions(assignment, exercises):
    """One complete submission per style: the first answers to all exercises, the second, ..."""
    columns = defaultdict(list)
    for exercise in exercises.values():
        for place, answer in enumerate(Case(assignment, exercise).styles()):
            columns[place].append((exercise, answer))
    return [answers for answers in columns.values() if len(answers) == len(exercises)]


def _seconds(answers):
    """Processor seconds of a forked child that observes all answers once."""
    child = os.fork()
    if child == 0:
        for exercise, answer in answers:
            observe(exercise.probe, answer, 5)
        os._exit(0)
    _, status, usage = os.wait4(child, 0)
    if status:
        sys.exit(f"the probes ended with status {status}")
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
