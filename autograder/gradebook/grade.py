"""Grades a class: nbgrader's own conversions in a few threads, cells in warm sandboxes.

What is graded already, at the same seed, by the same exercises, is left as it is. So a run
that was interrupted goes on where it was; a run that was not has little to do again.
Several may run at once on one class, on one machine or on several: each takes what no other has.
"""

import contextlib
import json
import re
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor, as_completed

import nbformat

from autograder import ROOT
from autograder.errors import MachineError, RefusedError, UsageError
from autograder.gradebook.classroom import Classroom, Result, environment
from autograder.gradebook.locks import Claims
from autograder.submission.copies import require_no_better_copy
from autograder.submission.origin import require_answers, require_own
from autograder.submission.read import adopted, check_folder, read_submission
from autograder.text import plain
from course.threads import cores_here

__all__ = ["grade", "rewrite_feedback"]

RAISED = re.compile(r"[A-Za-z_.]+(Error|Exception|Warning|Interrupt)\b")  # Ends a traceback.
UNDER_WAY = 128  # Submissions for a cluster at a time: a thread each, which mostly waits.
PATIENCE = 0.5  # Seconds until it looks again after what another grader has.
MARKS = "marks.json"  # In a submission's feedback folder: from which marks that was made.


def grade(classroom, assignment, students=None, workers=None, again=False):
    """Grade submissions and yield what each came to.

    Args:
        classroom: the ``Classroom``.
        assignment: name of the assignment.
        students: ids, or None for everybody who handed in.
        workers: submissions that run at the same time; one a core unless given. Where the
            classroom names a scheduler, those that are under way: what its workers have, and
            what waits for them.
        again: grade also what has not changed since it was graded.

    Yields:
        One ``Result`` a submission, as soon as it and its feedback are there. Marks given
        by hand stay; what handing in late costs is worked out anew for everybody.

    Raises:
        UsageError: if the gradebook does not know the assignment, nobody handed in, or the
            sandbox cannot be had.
        MachineError: if the cluster's scheduler is gone in mid-class.
    """
    from autograder.gradebook.bookkeeping import shared_connections
    from autograder.gradebook.late import recompute
    from autograder.gradebook.preprocessors import SandboxedExecute, close_pools, lost

    classroom.require(assignment)
    submitted = classroom.submitted(assignment)
    missing = sorted(set(students or []) - set(submitted))
    if missing:
        raise UsageError(f"no submission of {assignment} by {', '.join(missing)}")
    if not submitted:
        where = classroom.path("submitted", "STUDENT", assignment)
        raise UsageError(f"no submissions of {assignment}: they belong in {where}")
    under_way = workers or UNDER_WAY
    overrides = dict(classroom.overrides)
    if not SandboxedExecute(config=classroom.config).scheduler:
        # Many more than workers: while these run cells, others keep the books, or wait with
        # their cells run for the answer key, which takes its time on a class's first grading.
        workers = workers or cores_here()
        under_way = 12 * workers
        overrides["SandboxedExecute"] = overrides.get("SandboxedExecute", {}) | {"workers": workers}
    with contextlib.ExitStack() as cleanup:
        cleanup.enter_context(shared_connections())
        claims = cleanup.enter_context(Claims(_claims(classroom)))
        with classroom.api.gradebook as gradebook:
            recompute(gradebook, assignment, classroom.config)
        books = _Books(assignment, classroom.folder, overrides, claims)
        # These belong to the whole process, and nbgrader sets them for each submission. It
        # looks for the variable's old value under the new one's name (nbgrader 0.9.6, setenv),
        # and would have one thread delete what another is about to.
        cleanup.enter_context(contextlib.chdir(ROOT))
        cleanup.enter_context(environment(NBGRADER_EXECUTION="autograde", autograde="autograde"))
        cleanup.enter_context(warnings.catch_warnings())
        # nbgrader 0.9 makes SQLAlchemy 2 warn of objects that are not yet in a session;
        # nbformat warns of the damage that is about to be repaired.
        warnings.filterwarnings("ignore", module="nbgrader|nbformat")
        threads = ThreadPoolExecutor(under_way)
        cleanup.callback(threads.shutdown, cancel_futures=True)
        cleanup.callback(close_pools)
        todo, asked = list(dict.fromkeys(students or submitted)), bool(again or students)
        if asked or not all(map(books.is_graded, todo)):
            SandboxedExecute(config=books.classroom.config).prepare(assignment)
        while todo:
            elsewhere = []
            # No list of results is kept: what has been yielded may go.
            for future in as_completed([threads.submit(books.grade, each, asked) for each in todo]):
                student, result = future.result()
                if result is None:
                    elsewhere.append(student)
                    continue
                if result.status == "not graded" and lost():
                    raise MachineError(f"{lost()}; the same command goes on where this one was")
                yield result
            # Other graders are at these. What one of them leaves undone is done here.
            todo = sorted(elsewhere)
            time.sleep(PATIENCE if todo else 0)


def rewrite_feedback(classroom, assignment, students):
    """Write the feedback of graded submissions again, if marks have changed since. Runs nothing.

    Args:
        classroom: the ``Classroom``.
        assignment: name of the assignment.
        students: ids.
    """
    with Claims(_claims(classroom)) as claims, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="nbgrader|nbformat")
        books = _Books(assignment, classroom.folder, classroom.overrides, claims)
        for student in students:
            if classroom.path("autograded", student, assignment).is_dir():
                books.write_feedback(student)


def _claims(classroom):
    return classroom.path("feedback").parent / "claims"


class _Books:
    """The bookkeeping of one assignment, for several threads."""

    def __init__(self, assignment, folder, overrides, claims):
        self.assignment, self.folder, self.overrides = assignment, folder, overrides
        self.claims = claims
        self.own = threading.local()
        self.names = self.classroom.notebooks(assignment)

    @property
    def classroom(self):
        """This thread's ``Classroom``."""
        if not hasattr(self.own, "classroom"):
            self.own.classroom = Classroom(self.folder, self.overrides)
        return self.own.classroom

    def grade(self, student, asked):
        """A student and what the submission came to, None while another grader has it.

        Args:
            student: id.
            asked: grade it even if it has not changed since it was graded.
        """
        from autograder.gradebook.bookkeeping import at_the_desk

        with self.claims.claimed(self.assignment, student) as mine:
            if not mine:
                return student, None
            with at_the_desk():
                return student, self._grade(student, asked)

    def _grade(self, student, asked):
        try:
            if asked or not self.is_graded(student):
                check_folder(self._path("submitted", student))
                self._adopt(student)
                require_no_better_copy(self._path("submitted", student), self._path("release", "."))
                for path in self._path("submitted", student).glob("*.ipynb"):
                    require_own(read_submission(path), self._path("release", "."))
                # nbgrader removes what it did not end; a database may have been busy.
                outcome = self._autograde(student)
                outcome = outcome if outcome["success"] else self._autograde(student)
                if not outcome["success"]:
                    return Result(student, "not graded", detail=_reason(outcome))
            self.write_feedback(student)
            return self.classroom.result(self.assignment, student)
        except RefusedError as error:
            return Result(student, "refused", detail=str(error))
        except Exception as error:
            # Of one submission; the others go on.
            said = f"{type(error).__name__}: {error}".partition("\n")[0]
            return Result(student, "not graded", detail=said)

    def is_graded(self, student):
        """True if what is there came of the same submission, release, exercises and seed."""
        from autograder.gradebook.preprocessors import SandboxedExecute, stamp_in

        execute = SandboxedExecute(config=self.classroom.config)
        for name in self.names:
            path = self._path("autograded", student) / f"{name}.ipynb"
            try:
                stamp = stamp_in(nbformat.read(path, as_version=4))
            except (OSError, ValueError, AttributeError):  # Missing, or cut off in the writing.
                return False
            if stamp.get("fingerprint") != execute.fingerprint(self.assignment, student, name):
                return False
        return True

    def _autograde(self, student):
        return self.classroom.api.autograde(self.assignment, student, force=True, create=True)

    def write_feedback(self, student):
        """Feedback, unless it is there and was made from these marks.

        Raises:
            RuntimeError: with nbgrader's reason if it could not be made.
        """
        record = self._path("feedback", student) / MARKS
        graded = [self._path("autograded", student) / f"{name}.ipynb" for name in self.names]
        marks = {
            "marks": self.classroom.marks_digest(self.assignment, student),
            "graded": [path.stat().st_mtime_ns for path in graded if path.exists()],
        }
        with contextlib.suppress(OSError, ValueError):
            if json.loads(record.read_text()) == marks:
                return
        outcome = self.classroom.api.generate_feedback(self.assignment, student, force=True)
        if not outcome["success"]:
            raise RuntimeError(f"no feedback: {_reason(outcome)}")
        record.write_text(json.dumps(marks))

    def _adopt(self, student):
        """Give a notebook that is missing by name the one other file that can be it."""
        folder = self._path("submitted", student)
        here = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
        missing = [name for name in self.names if f"{name}.ipynb" not in here]
        known = {f"{name}.ipynb" for name in self.names}
        others = sorted(n for n in here - known if n.endswith((".ipynb", ".py")))
        if not missing:
            return
        if len(missing) > 1 or len(others) != 1:
            found = ", ".join(plain(name, 40) for name in sorted(here)) or "nothing"
            if len(missing) < len(self.names):
                return  # nbgrader gives 0 points for one of several.
            raise RefusedError(
                f"there is no {missing[0]}.ipynb; handed in: {found}. Give the notebook its name"
            )
        submission = read_submission(folder / others[0])
        require_answers(submission, self._path("release", "."))
        with open(folder / f"{missing[0]}.ipynb", "x", encoding="utf-8") as file:
            nbformat.write(adopted(submission), file)

    def _path(self, step, student):
        return self.classroom.path(step, student, self.assignment)


def _reason(outcome):
    """Our own error in nbgrader's log, or else the exception in it, or its last warning."""
    said = f"{outcome.get('log') or ''}\n{outcome.get('error') or ''}"
    lines = [line.strip() for line in said.strip().splitlines()]
    ours = [line for line in lines if line.startswith("autograder.")]
    if ours:
        return ours[-1].partition(": ")[2]
    raised = [line for line in lines if RAISED.match(line) and "NbGraderException" not in line]
    marked = [line.partition("] ")[2] for line in lines if "ERROR]" in line or "WARNING]" in line]
    telling = raised or [line for line in marked if line and "traceback" not in line.lower()]
    return (telling or lines or ["nbgrader gave no reason"])[-1]
