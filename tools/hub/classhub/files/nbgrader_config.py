"""nbgrader for the students of a hub; this file is in the environment's etc/jupyter.

The instructor's copy of the course has its own file, which takes precedence.
"""

import os
import sys
import uuid
from pathlib import Path

c = get_config()  # noqa: F821  (traitlets calls this file with it)

HANDED_OUT = Path.home() / "assignments"
if "NBGRADER_EXCHANGE" not in os.environ:  # Only the instructor has it.
    HANDED_OUT.mkdir(exist_ok=True)

c.CourseDirectory.course_id = "generative-models"
c.CourseDirectory.include = ["*.ipynb", "timestamp.txt", "submission_secret.txt"]
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", "*.py"]
c.Exchange.root = str(Path(sys.prefix).parent / "exchange")
c.Exchange.assignment_dir = str(HANDED_OUT)
c.ExchangeFactory.submit = "autograder.lms.exchange.PrivateSubmit"

# For Validate. Its kernel would otherwise use ports of the machine, and everybody on the
# machine could read what passes through them, such as the student's code.
c.KernelManager.transport = "ipc"
if "JUPYTER_RUNTIME_DIR" in os.environ:
    validating = Path(os.environ["JUPYTER_RUNTIME_DIR"], f"validate-{uuid.uuid4().hex}.json")
    c.KernelManager.connection_file = str(validating)
c.ExecutePreprocessor.timeout = 300
c.ExecutePreprocessor.startup_timeout = 120
