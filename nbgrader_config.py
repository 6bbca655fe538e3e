"""nbgrader's settings for this course: for its commands, formgrader and Lab's assignment list.

Three environment variables say where the files of one class are:

CLASSROOM: folder of the gradebook, submissions and feedback (default: `classroom`). For example,
    `CLASSROOM=classroom/demo make lab` shows the demo class. It has to be below this folder:
    formgrader cannot link to files outside of it.
GRADEBOOK: SQLAlchemy's URL of a database on a server (default: SQLite in CLASSROOM), such as
    `postgresql+psycopg:///gradebook?host=/var/run/postgresql`. Each class needs its own.
NBGRADER_EXCHANGE: folder through which assignments are handed out and in, where several people
    share a machine (default: CLASSROOM/exchange, which is enough for one laptop).
"""

import os
import shutil
import sys
from pathlib import Path

import nbgrader

import autograder
from autograder.gradebook.folders import class_seed, make_folders

c = get_config()  # noqa: F821 -- traitlets defines it for this file

ROOT = Path(__file__).resolve().parent
CLASSROOM = Path(os.environ.get("CLASSROOM", "classroom"))
EXCHANGE = ROOT / os.environ.get("NBGRADER_EXCHANGE", CLASSROOM / "exchange")
MY_ASSIGNMENTS = ROOT / "notebooks" / "my_assignments"

make_folders(ROOT / CLASSROOM, MY_ASSIGNMENTS, EXCHANGE)
seed = class_seed(ROOT / CLASSROOM)
if seed is not None:
    c.SandboxedExecute.seed = seed
c.SandboxedExecute.keys = str(ROOT / CLASSROOM / "keys")
c.SandboxedExecute.attempts = str(ROOT / CLASSROOM / "attempts")

# nbgrader makes a new gradebook with the command `alembic`, which is in this Python's folder.
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
# Only notebooks are handed in and out, and two files by which nbgrader recognises a submission.
c.CourseDirectory.include = ["*.ipynb", "timestamp.txt", "submission_secret.txt"]
# generate_assignment ignores `include`: without this it would release the text with the answers.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", "*.py"]

# For downloads from Canvas and Moodle (autograder collect, nbgrader zip_collect).
c.ZipCollectApp.collect_directory_structure = str(
    ROOT / CLASSROOM / "downloaded" / "{assignment_id}" / "{collect_step}"
)
c.ZipCollectApp.extractor_plugin = "autograder.lms.collectors.BoundedExtractor"

c.Exchange.root = str(EXCHANGE)
c.Exchange.assignment_dir = str(MY_ASSIGNMENTS)
# On a machine of many users, only the student and the instructor may read a submission.
c.ExchangeFactory.collect = "autograder.lms.exchange.CheckedCollect"
c.ExchangeFactory.submit = "autograder.lms.exchange.PrivateSubmit"
# Copies of what a student handed in, needed to fetch feedback. nbgrader's default is a folder in
# the user's home, where the demo class and the real one would mix.
c.Exchange.cache = str(ROOT / CLASSROOM / "handed_in")

# Seconds per cell in Validate. The first cell imports TensorFlow and the slowest cells train a
# network: that takes seconds on a fast machine, and a minute on an old laptop.
c.ExecutePreprocessor.timeout = 300
# Validate a notebook once per conversion; nbconvert would do so after each of twenty steps.
c.Exporter.optimistic_validation = True
# A damaged submission is first repaired, with the released notebook as the model.
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
# What handing in late costs: nothing by default. docs/late.md shows other policies.
c.AssignLatePenalties.plugin_class = "autograder.gradebook.late.LatePolicy"
c.LatePolicy.penalty_method = "none"
c.ExecutePreprocessor.startup_timeout = 120
# Otherwise the kernel prints a warning about its unencrypted sockets for each notebook.
c.Execute.extra_arguments = ["--log-level=ERROR"]

# Pages show what students wrote: formgrader's on Jupyter's own origin, feedback on the machines of
# instructors and students. Nothing in them may run or load anything. Formgrader uses HTMLExporter
# and feedback a subclass of it, so these settings are for both.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.preprocessors = ["autograder.pages.sanitise.Sanitise"]
c.HTMLExporter.filters = {
    name: f"autograder.pages.sanitise.{name}"
    for name in (
        *("ansi2html", "clean_html", "highlight_code"),
        *("markdown2html", "strip_files_prefix"),
    )
}
# Our templates come first: with them, no page loads MathJax from another site.
c.HTMLExporter.extra_template_basedirs = [
    str(Path(autograder.__file__).parent / "templates" / "nbgrader"),
    str(Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"),
]
c.GenerateFeedback.exporter_class = "autograder.pages.feedback.FeedbackExporter"
c.GenerateFeedback.preprocessors = [
    "autograder.gradebook.bookkeeping.GetGrades",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
