"""Our steps of nbgrader's conversions; nbgrader_config.py names them."""

import hashlib
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum
from traitlets import Dict, Enum, Integer, Unicode

from autograder.errors import AuthorError
from autograder.exercises.catalogue import asked_for
from autograder.gradebook.attempts import attempt_at, digest_of, seed_of
from autograder.gradebook.bookkeeping import Resources
from autograder.gradebook.fill import Job, NotebookRun, execute
from autograder.gradebook.locks import nbgrader_lock_released
from autograder.gradebook.runners import Runner, runner_for
from autograder.gradebook.stamp import REPAIRS, Stamp
from autograder.judging.key import PUBLIC_SEED, Key, answer_key, version
from autograder.sandbox.policy import ISOLATIONS, LIMITS
from autograder.submission.read import read_submission
from autograder.submission.repair import repair

__all__ = ["RepairSubmission", "SandboxedExecute"]


class RepairSubmission(NbGraderPreprocessor):
    """The first step of autograding: put the student's answers into the released notebook.

    It reads the submitted file itself, and does not change it. A new first cell lists what was
    repaired, so that feedback shows it.
    """

    reads_submission = True  # For ``SubmissionExporter``.

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """The repaired notebook; without a released one, the notebook stays as it is."""
        course, ids = CourseDirectory(config=self.config), resources["nbgrader"]
        assignment, name = ids["assignment"], f"{ids['notebook']}.ipynb"
        released = Path(course.format_path(course.release_directory, ".", assignment), name)
        if not released.exists():
            return nb, resources
        folder = course.format_path(course.submitted_directory, ids["student"], assignment)
        notebook, repairs = repair(read_submission(Path(folder, name)), _master(released))
        if repairs:
            lines = "\n".join(f"- {sentence}" for sentence in repairs)
            text = f"This notebook was repaired before it was graded:\n\n```\n{lines}\n```"
            notebook.cells.insert(0, nbformat.v4.new_markdown_cell(text, id=REPAIRS))
        return notebook, resources


class SandboxedExecute(NbGraderPreprocessor):
    """Replaces nbgrader's Execute: the cells run in a warm sandbox, the verdicts are made here.

    A ``Stamp`` in the notebook's metadata says how it was graded.
    """

    isolation = Enum(
        ISOLATIONS,
        "bwrap",
        help="'none' runs submissions without a sandbox, with your user's permissions.",
    ).tag(config=True)
    workers = Integer(1, help="Number of notebooks that run at the same time.").tag(config=True)
    scheduler = Unicode(
        "", help="Address of a Dask scheduler; if it is empty, cells run on this machine."
    ).tag(config=True)
    limits = Dict(help="Entries that replace those of autograder.sandbox.policy.LIMITS.").tag(
        config=True
    )
    seed = Integer(PUBLIC_SEED, help="Seed of the inputs that functions are observed with.").tag(
        config=True
    )
    keys = Unicode("classroom/keys", help="Folder of the answer keys.").tag(config=True)
    attempts = Unicode("classroom/attempts", help="Folder of who handed in how often.").tag(
        config=True
    )

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """The notebook with outputs, verdicts and points.

        Raises:
            MachineError: if the sandbox cannot be started.
        """
        ids = resources["nbgrader"]
        assignment, runner = ids["assignment"], self._runner(ids["assignment"])
        runner.warm()
        seed = self._seed(assignment, ids["student"])
        future = self._key(assignment, seed)

        def run(cells: list[Job]) -> NotebookRun:
            with nbgrader_lock_released():
                return runner.run(cells, seed)

        def key() -> Mapping[str, Key]:
            with nbgrader_lock_released():
                return future.result()

        outcome = execute(nb, run, asked_for(assignment), key)
        Stamp(
            fingerprint=self.fingerprint(assignment, ids["student"], ids["notebook"]),
            isolation=self.isolation,
            machine=outcome.machine,
            seconds=outcome.seconds,
            troubles=outcome.troubles,
            verdicts=outcome.verdicts,
        ).write(nb)
        return nb, resources

    def fingerprint(self, assignment: str, student: str, notebook: str) -> str:
        """Digest of everything that decides on the marks: if it is equal, so are they."""
        course = CourseDirectory(config=self.config)
        digest = hashlib.sha256(version(self.seed).encode())
        digest.update(f"{self.isolation} {sorted((LIMITS | self.limits).items())}".encode())
        for step, who in [("submitted", student), ("release", "."), ("source", ".")]:
            folder = course.format_path(getattr(course, f"{step}_directory"), who, assignment)
            path = Path(folder, f"{notebook}.ipynb")
            if path.is_file() and not path.is_symlink():
                digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:16]

    def prepare(self, assignment: str) -> None:
        """Start the sandboxes and the answer key, which both take a while.

        Raises:
            UsageError: if the sandbox cannot be used.
        """
        self._runner(assignment).warm()
        self._key(assignment, seed_of(self.seed, assignment, attempt=1))

    def _seed(self, assignment: str, student: str) -> int:
        """The seed of this student's attempt at the assignment."""
        course = CourseDirectory(config=self.config)
        submitted = course.format_path(course.submitted_directory, student, assignment)
        noted = Path(self.attempts, assignment, student)
        return seed_of(self.seed, assignment, attempt_at(noted, digest_of(Path(submitted))))

    def _key(self, assignment: str, seed: int) -> Future[Mapping[str, Key]]:
        """The future of the answer key at a seed, made once, while submissions run."""
        name = assignment, version(seed), self.keys
        with _LOCK:
            made = _KEYS.get(name)
            if made is None or (made.done() and made.exception()):
                _KEYS[name] = _KEY_MAKER.submit(answer_key, assignment, seed, self.keys)
            return _KEYS[name]

    def _runner(self, assignment: str) -> Runner:
        course = CourseDirectory(config=self.config)
        return runner_for(
            assignment,
            course.format_path(course.release_directory, ".", assignment),
            self.isolation,
            self.limits,
            self.workers,
            self.scheduler,
        )


# By assignment, version and folder, for all conversions of this process.
_KEYS: dict[tuple[str, str, str], Future[Mapping[str, Key]]] = {}
_KEY_MAKER = ThreadPoolExecutor(1)
_LOCK = threading.Lock()


def _master(path: Path) -> NotebookNode:
    """The released notebook, if it is as nbgrader released it.

    Raises:
        AuthorError: if a cell was edited. What somebody wrote there would become the answer
            of every student who handed in nothing.
    """
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        noted = cell.metadata.get("nbgrader", {})
        if "checksum" in noted and noted["checksum"] != compute_checksum(cell):
            raise AuthorError(
                f"cell {noted['grade_id']} of the released {path} was edited: move that copy "
                "elsewhere and run 'python -m autograder build --overwrite'"
            )
    return notebook
