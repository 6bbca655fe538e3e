"""nbgrader in this layout, for the stock commands, formgrader and JupyterLab's assignment list.

Three variables of the environment move what belongs to one class:

CLASSROOM: the folder of the gradebook, submissions and feedback, `classroom` unless given;
    `CLASSROOM=classroom/demo make lab` shows the demo class. It stays below this folder,
    or formgrader could not link to what is in it.
GRADEBOOK: SQLAlchemy's URL of a database on a server, where it is not to be SQLite in CLASSROOM:
    `postgresql+psycopg:///gradebook?host=/var/run/postgresql`. Each class has its own.
NBGRADER_EXCHANGE: the folder through which a class hands out and in, where several people
    share a machine; CLASSROOM/exchange unless given, which is enough for one laptop.
"""

import contextlib
import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

import nbgrader

import autograder

c = get_config()  # noqa: F821  (traitlets calls this file with it)

ROOT = Path(__file__).resolve().parent
CLASSROOM = Path(os.environ.get("CLASSROOM", "classroom"))
EXCHANGE = ROOT / os.environ.get("NBGRADER_EXCHANGE", CLASSROOM / "exchange")
MY_ASSIGNMENTS = ROOT / "notebooks" / "my_assignments"

# nbgrader fails on a missing folder rather than make it: SQLite in the classroom, Lab's
# assignment list on the exchange and on the folder that it fetches into. What cannot be
# made here, nbgrader names when it is needed.
for folder, mode in [(ROOT / CLASSROOM, 0o755), (MY_ASSIGNMENTS, 0o755), (EXCHANGE, 0o1777)]:
    try:
        folder.mkdir(parents=True)
        # Everyone writes into the exchange; the sticky bit keeps them from renaming the course.
        folder.chmod(mode)
    except OSError:
        pass

# A class is graded at a seed of its own, kept beside its gradebook so that a regrade gives
# the same marks.
seed = ROOT / CLASSROOM / "seed"
if not seed.exists():
    try:
        # Written elsewhere and then linked: the file is never there without its number.
        descriptor, draft = tempfile.mkstemp(dir=seed.parent)
        with os.fdopen(descriptor, "w") as file:
            file.write(str(secrets.randbits(60)))
        with contextlib.suppress(FileExistsError):
            os.link(draft, seed)
        os.unlink(draft)
    except OSError:
        pass  # This is no place of the instructor's.
if os.access(seed, os.R_OK):
    c.SandboxedExecute.seed = int(seed.read_text())
c.SandboxedExecute.keys = str(ROOT / CLASSROOM / "keys")

# A fresh gradebook is made by the command `alembic`, which lies beside this Python.
if shutil.which("alembic") is None:
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

c.CourseDirectory.root = str(ROOT)
c.CourseDirectory.course_id = "generative-models"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks/assignments"
c.CourseDirectory.submitted_directory = str(CLASSROOM / "submitted")
c.CourseDirectory.autograded_directory = str(CLASSROOM / "autograded")
c.CourseDirectory.feedback_directory = str(CLASSROOM / "feedback")
c.CourseDirectory.solution_directory = str(CLASSROOM / "solution")
c.CourseDirectory.source_with_tests_directory = str(CLASSROOM / "source_with_tests")
c.CourseDirectory.db_url = (
    os.environ.get("GRADEBOOK") or f"sqlite:///{ROOT / CLASSROOM / 'gradebook.db'}"
)
# Notebooks travel, and the two files by which nbgrader recognises a submission again.
c.CourseDirectory.include = ["*.ipynb", "timestamp.txt", "submission_secret.txt"]
# generate_assignment does not ask `include`: text with the answers would be released.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", "*.py"]

# What Canvas and Moodle let one download (autograder collect, nbgrader zip_collect).
c.ZipCollectApp.collect_directory_structure = str(
    ROOT / CLASSROOM / "downloaded" / "{assignment_id}" / "{collect_step}"
)
c.ZipCollectApp.extractor_plugin = "autograder.lms.collectors.BoundedExtractor"

c.Exchange.root = str(EXCHANGE)
c.Exchange.assignment_dir = str(MY_ASSIGNMENTS)
# A student's submission is its owner's, on a machine of many users.
c.ExchangeFactory.collect = "autograder.lms.exchange.CheckedCollect"
c.ExchangeFactory.submit = "autograder.lms.exchange.PrivateSubmit"
# What a student handed in, by which feedback is fetched. nbgrader keeps it in the home
# folder, where the demo class and the real one would mix.
c.Exchange.cache = str(ROOT / CLASSROOM / "handed_in")

# For Validate. The first cell imports TensorFlow, the slowest train: seconds here, a minute
# on an old laptop.
c.ExecutePreprocessor.timeout = 300
# Once a conversion is enough; nbconvert would validate after each step, twenty times.
c.Exporter.optimistic_validation = True
# A damaged submission is mended first, as far as the released notebook tells how.
c.Autograde.exporter_class = "autograder.submission.exporter.SubmissionExporter"
c.Autograde.sanitize_preprocessors = [
    "autograder.gradebook.preprocessors.RepairSubmission",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "autograder.gradebook.bookkeeping.OverwriteCells",
    "autograder.gradebook.bookkeeping.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "autograder.gradebook.preprocessors.SandboxedExecute",
    "nbgrader.preprocessors.LimitOutput",
    "autograder.gradebook.bookkeeping.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
]
# What handing in late costs: nothing, or as docs/late.md shows.
c.AssignLatePenalties.plugin_class = "autograder.gradebook.late.LatePolicy"
c.LatePolicy.penalty_method = "none"
c.ExecutePreprocessor.startup_timeout = 120
# The kernel would warn of its own unencrypted sockets, on the terminal, once a notebook.
c.Execute.extra_arguments = ["--log-level=ERROR"]

# What students wrote is shown on Jupyter's own origin (formgrader) and on their instructors'
# and their own machines (feedback), where it may run and load nothing. Formgrader makes a plain
# HTMLExporter and feedback a subclass of it: these settings are for both.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.preprocessors = ["autograder.pages.sanitise.Sanitise"]
c.HTMLExporter.filters = {
    name: f"autograder.pages.sanitise.{name}"
    for name in ("clean_html", "highlight_code", "markdown2html")
}
# Ours first: in them no page loads MathJax from elsewhere.
c.HTMLExporter.extra_template_basedirs = [
    str(Path(autograder.__file__).parent / "templates" / "nbgrader"),
    str(Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"),
]
c.GenerateFeedback.exporter_class = "autograder.pages.feedback.FeedbackExporter"
c.GenerateFeedback.preprocessors = [
    "autograder.gradebook.bookkeeping.GetGrades",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
