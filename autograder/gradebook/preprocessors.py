"""What runs inside nbgrader's own conversions, wired in nbgrader_config.py."""

import atexit
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum
from traitlets import Dict, Enum, Integer, Unicode

from autograder.errors import AuthorError
from autograder.exercises.catalogue import asked_for
from autograder.gradebook.attempts import attempt_at, digest_of, seed_of
from autograder.gradebook.bookkeeping import away_from_the_desk
from autograder.gradebook.fill import execute, modules_of
from autograder.judging.key import PUBLIC_SEED, answer_key, version
from autograder.sandbox.policy import ISOLATIONS, LIMITS
from autograder.sandbox.pool import Pool
from autograder.submission.read import read_submission
from autograder.submission.repair import repair

__all__ = [
    "REPAIRS",
    "RepairSubmission",
    "SandboxedExecute",
    "close_pools",
    "lost",
    "repairs_in",
    "stamp_in",
]

REPAIRS = "repairs"  # Id of the cell that tells of them.
STAMP = "autograder"  # Key of a graded notebook's metadata.


class RepairSubmission(NbGraderPreprocessor):
    """The first step of autograding: the student's answers in the released notebook's cells.

    It reads the submitted file itself, which stays as it is. What was repaired is told in
    a first cell, so that feedback shows it.
    """

    def preprocess(self, nb, resources):
        """The repaired notebook; one of an assignment without a release stays as it is."""
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
    """In place of nbgrader's Execute: the cells run in a warm sandbox, verdicts are made here.

    The notebook's metadata tell what came of it, for reports and for the next run.
    """

    isolation = Enum(ISOLATIONS, "bwrap", help="'none' runs submissions with your rights.").tag(
        config=True
    )
    workers = Integer(1, help="Notebooks that run at the same time.").tag(config=True)
    scheduler = Unicode("", help="Address of a Dask scheduler; empty: this machine.").tag(
        config=True
    )
    limits = Dict(help="Entries that replace those of autograder.sandbox.policy.LIMITS.").tag(
        config=True
    )
    seed = Integer(PUBLIC_SEED, help="Of the inputs that functions are observed with.").tag(
        config=True
    )
    keys = Unicode("classroom/keys", help="Folder of the answer keys.").tag(config=True)
    attempts = Unicode("classroom/attempts", help="Folder of who handed in how often.").tag(
        config=True
    )

    def preprocess(self, nb, resources):
        """The notebook with outputs, verdicts and points.

        Raises:
            MachineError: if the sandbox cannot be started.
        """
        ids = resources["nbgrader"]
        assignment, pool = ids["assignment"], self._pool(ids["assignment"])
        pool.warm()
        seed = self._seed(assignment, ids["student"])
        future = self._key(assignment, seed)

        def run(cells):
            with away_from_the_desk():
                return pool.run(cells, seed)

        def key():
            with away_from_the_desk():
                return future.result()

        outcome = execute(nb, run, asked_for(assignment), key)
        nb.metadata[STAMP] = {
            "fingerprint": self.fingerprint(assignment, ids["student"], ids["notebook"]),
            "isolation": self.isolation,
            "machine": pool.machine,
            "seconds": round(outcome.seconds, 2),
            "troubles": sorted(set(outcome.troubles)),
            "verdicts": [verdict.to_json() for verdict in outcome.verdicts],
        }
        return nb, resources

    def fingerprint(self, assignment, student, notebook):
        """Digest of all that decides on what comes out: equal ones need not be graded again."""
        course = CourseDirectory(config=self.config)
        digest = hashlib.sha256(version(self.seed).encode())
        digest.update(f"{self.isolation} {sorted((LIMITS | self.limits).items())}".encode())
        for step, who in [("submitted", student), ("release", "."), ("source", ".")]:
            folder = course.format_path(getattr(course, f"{step}_directory"), who, assignment)
            path = Path(folder, f"{notebook}.ipynb")
            if path.is_file() and not path.is_symlink():
                digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:16]

    def prepare(self, assignment):
        """Refuse what cannot work, and start what takes time.

        Raises:
            UsageError: if the sandbox cannot be had.
        """
        self._pool(assignment).warm()
        self._key(assignment, seed_of(self.seed, assignment, attempt=1))

    def _seed(self, assignment, student):
        """The seed of this student's attempt at the assignment."""
        course = CourseDirectory(config=self.config)
        submitted = course.format_path(course.submitted_directory, student, assignment)
        noted = Path(self.attempts, assignment, student)
        return seed_of(self.seed, assignment, attempt_at(noted, digest_of(Path(submitted))))

    def _key(self, assignment, seed):
        """The future of the answer key at a seed, made once, while submissions run."""
        name = assignment, version(seed), self.keys
        with _LOCK:
            made = _KEYS.get(name)
            if made is None or (made.done() and made.exception()):
                _KEYS[name] = _KEY_MAKER.submit(answer_key, assignment, seed, self.keys)
            return _KEYS[name]

    def _pool(self, assignment):
        course = CourseDirectory(config=self.config)
        release = course.format_path(course.release_directory, ".", assignment)
        with _LOCK:
            where = self.scheduler or self.workers
            name = assignment, where, self.isolation, release, str(self.limits)
            if name not in _POOLS:
                modules = _modules_in(release)
                _POOLS[name] = _kind_of_pool(self.scheduler)(
                    assignment, where, release, modules, self.isolation, self.limits
                )
            return _POOLS[name]


# One pool an assignment, for all conversions of this process; formgrader's stays warm.
_POOLS = {}
_KEYS, _KEY_MAKER = {}, ThreadPoolExecutor(1)
_LOCK = threading.Lock()


@atexit.register
def close_pools():
    """End all workers of this process."""
    while _POOLS:
        _POOLS.popitem()[1].close()


def lost():
    """Why no pool of this process can run anything any more; empty as long as all can."""
    return next((pool.lost for pool in _POOLS.values() if pool.lost), "")


def _kind_of_pool(scheduler):
    """The class of pools here, or with a scheduler on many machines, which needs Dask."""
    if not scheduler:
        return Pool
    from autograder.cluster.pool import ClusterPool

    return ClusterPool


def _modules_in(release):
    """What the released notebooks import, for workers to have it imported."""
    found = []
    for path in sorted(Path(release).glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            found += modules_of(cell.source) if cell.cell_type == "code" else ()
    return tuple(dict.fromkeys(found))


def stamp_in(notebook):
    """What ``SandboxedExecute`` wrote of a graded notebook; empty if it was another's work."""
    return notebook.metadata.get(STAMP, {})


def repairs_in(notebook):
    """The sentences that ``RepairSubmission`` left in a graded notebook."""
    first = notebook.cells[0] if notebook.cells else {}
    lines = first.get("source", "").splitlines() if first.get("id") == REPAIRS else []
    return tuple(line[2:] for line in lines if line.startswith("- "))


def _master(path):
    """The released notebook, if it is as nbgrader released it.

    Raises:
        AuthorError: if a cell was edited. What somebody wrote there would become the answer
            of whoever handed in nothing.
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
