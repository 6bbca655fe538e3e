"""What `make` says when it cannot install, and its list of targets."""

import ast
import os
import re
import shutil
import sys

import pytest
from setup_projects import INSTALLER, PRETEND, ROOT, complaint, copy_project, run, write_command

HERE = "{}.{}".format(*sys.version_info)


@pytest.fixture
def project(tmp_path):
    """A project in which nothing was installed yet."""
    return copy_project(tmp_path)


@pytest.mark.parametrize("name", INSTALLER)
def test_installer_can_be_read_by_python_3_6(name):
    """A Python from 2016 parses the file, so it can run the line that says it is too old."""
    ast.parse((ROOT / name).read_text(), feature_version=(3, 6))


@pytest.mark.parametrize(("version", "word"), [((3, 9, 18), "old"), ((3, 14, 0), "new")])
def test_wrong_python_is_one_line_with_the_right_ones(project, version, word):
    """Too old or too new: what works, and how to name it."""
    code = PRETEND.format(version="{}, {}, {}".format(*version))
    line = complaint(
        run(sys.executable, "-c", code, "tools/setup/install.py", cwd=project, PATH="/nowhere")
    )
    assert line.startswith("Set-up failed: Python {}.{}.{} (".format(*version))
    assert f"is too {word}: TensorFlow needs 3.11 or 3.12 or 3.13." in line
    assert line.endswith("make lab PYTHON=python3.12")
    assert not (project / ".venv").exists()


def test_a_python_given_by_name_is_used_or_refused(project):
    """`make lab PYTHON=...` never installs for another Python than the one that was named."""
    write_command(project / "bin", "python3.12", f'exec "{sys.executable}" "$@"')
    code = PRETEND.format(version="3, 9, 18").replace("\n", ";").strip(";")
    old = write_command(project / "bin", "python3.9", f'exec "{sys.executable}" -c \'{code}\' "$@"')
    path = f"{project}/bin{os.pathsep}{os.environ['PATH']}"
    done = run("make", "lab", f"PYTHON={old}", cwd=project, PATH=path)
    assert done.returncode == 2
    assert "Python 3.9.18" in done.stderr
    assert "too old" in done.stderr


def test_no_python_at_all_is_one_line(project):
    """make has nothing to run the installer with, and says so itself."""
    done = run(shutil.which("make"), "lab", cwd=project, PATH="/nowhere")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == (
        "Set-up failed: no python3 on PATH; install Python 3.11, 3.12 or 3.13."
    )


def test_debian_python_without_venv_is_one_line(project):
    """ensurepip is a package of its own there, and its name depends on the version."""
    (project / "ensurepip.py").write_text("raise ImportError")
    line = complaint(
        run(sys.executable, "tools/setup/install.py", cwd=project, PYTHONPATH=str(project))
    )
    assert f"apt-get install python{HERE}-venv" in line


def test_no_network_is_one_line_that_names_the_log(project):
    """Nothing listens on port 9: pip cannot fetch uv, and nothing else is tried."""
    away = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PATH": os.defpath}
    done = run(sys.executable, "tools/setup/install.py", cwd=project, **away)
    line = complaint(done)
    assert line.startswith("Set-up failed: no network: pip did not reach the package index.")
    assert line.endswith("Full output: .venv/install.log")
    assert "127.0.0.1" in (project / ".venv/install.log").read_text()
    assert "with pip" not in done.stdout


def test_make_alone_lists_the_targets(project):
    """The list is short, aligned, and complete."""
    lines = run("make", cwd=project).stdout.splitlines()
    listed = {line.split()[1] for line in lines}
    assert {"lab", "test", "test-fast", "demo", "build", "weights", "lock"} <= listed
    assert all(re.match(r"make [a-z-]+ +(?<=^.{19})\S", line) for line in lines), lines
