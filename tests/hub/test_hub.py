"""A class on a real JupyterHub, made by `make hub`: two students, an instructor, over HTTP."""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from hub_person import Person
from hub_site import ASSIGNMENT, checked, end_processes, install, listening, run, wait_until_up
from nbgrader.api import Gradebook

from autograder import ROOT
from autograder.authoring.inline import function_source
from autograder.exercises.catalogue import exercises_of

COURSE = "generative-models"
NOTEBOOK = f"assignments/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
NEEDED = ("node", "npm", "useradd", "userdel", "gpasswd", "chpasswd")
MISSING = [program for program in NEEDED if not shutil.which(program)]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="a hub starts servers as other users: needs root"),
    pytest.mark.skipif(bool(MISSING), reason=f"not on this machine: {', '.join(MISSING)}"),
]


@pytest.fixture(scope="module")
def names():
    """Names of Unix users and a group that this machine has not; all of it goes at the end."""
    mark = f"gm{secrets.token_hex(2)}"
    roles = ("teacher", "ada", "bob", "outsider")
    made = SimpleNamespace(group=f"{mark}-class", **{role: f"{mark}-{role}" for role in roles})
    checked("useradd", "--create-home", "--user-group", made.teacher)
    checked("useradd", "--create-home", "--user-group", made.outsider)
    try:
        yield made
    finally:
        for name in (getattr(made, role) for role in roles):
            with contextlib.suppress(KeyError):
                end_processes(pwd.getpwnam(name).pw_uid)
                run("userdel", "--remove", name)
        run("groupdel", made.group)


@pytest.fixture(scope="module")
def site(names, instructor_notebooks):
    """The instructor's copy of the course and an installed hub, with what its installation said."""
    # Not in pytest's own folder, which is closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="hub-"))
    folder.chmod(0o755)
    try:
        yield install(folder, names)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def people(site, names):
    """The hub runs, and three people have logged in and started their servers."""
    with (site.folder / "hub.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-B", site.course / "tools/hub/hub.py", "start", "--folder", site.hub],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_until_up(site, process)
        found = SimpleNamespace()
        for role in ("teacher", "ada", "bob"):
            name = getattr(names, role)
            setattr(found, role, Person(site.url, name, site.passwords[name]))
        for person in vars(found).values():
            person.start()
        yield found
    finally:
        process.terminate()
        try:
            process.wait(timeout=120)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def term(site, people, names):
    """An assignment from its release to the feedback in the students' hands, and all that was said.

    Ada answers everything and Bob all but one function. Before it is collected, Bob hands in
    under Ada's name; and he knows the full name of the folder that she handed in.
    """
    ids = {"course_id": COURSE, "assignment_id": ASSIGNMENT}
    seen = SimpleNamespace(site=site, names=names, people=people, validated={}, inbound={})

    def manage(path):
        answer = people.teacher(f"formgrader/api/{path}", "POST", go=True)
        assert answer["success"], answer
        return answer["log"]

    manage(f"assignment/{ASSIGNMENT}/assign")
    manage(f"assignment/{ASSIGNMENT}/release")
    inbound = site.hub / "exchange" / COURSE / "inbound"
    for role, missing in (("ada", None), ("bob", "lp_norm")):
        person = getattr(people, role)
        listed = person("assignments/fetch", **ids)
        assert [entry["status"] for entry in listed["value"]] == ["fetched"]
        answer = filled(person(f"api/contents/{NOTEBOOK}")["content"], site, missing)
        person(f"api/contents/{NOTEBOOK}", "PUT", type="notebook", content=answer)
        seen.validated[role] = person("assignments/validate", path=NOTEBOOK)
        listed = person("assignments/submit", **ids)
        assert "submitted" in [entry["status"] for entry in listed["value"]]
        (seen.inbound[role],) = inbound.glob(f"{person.name}+*")

    environment = {"PATH": f"{site.hub}/environment/bin:/usr/bin:/bin"}
    forge = ["nbgrader", "submit", ASSIGNMENT, f"--student={names.ada}"]
    home = pwd.getpwnam(names.bob).pw_dir
    seen.forged = checked(*forge, name=names.bob, env=environment, cwd=home)
    assert len(list(inbound.glob(f"{names.ada}+*"))) == 2

    seen.collected = manage(f"assignment/{ASSIGNMENT}/collect")
    manage(f"submission/{ASSIGNMENT}/{names.bob}/autograde")
    environment["PYTHONPATH"] = str(site.course)
    environment["NBGRADER_EXCHANGE"] = str(site.hub / "exchange")
    grade = ["python", "-m", "autograder", "grade", ASSIGNMENT]
    seen.graded = checked(*grade, name=names.teacher, env=environment, cwd=site.course)
    manage(f"assignment/{ASSIGNMENT}/generate_feedback")
    manage(f"assignment/{ASSIGNMENT}/release_feedback")
    seen.feedback = {}
    for role in ("ada", "bob"):
        person = getattr(people, role)
        person("assignments/fetch_feedback", **ids)
        folder = f"assignments/{ASSIGNMENT}/feedback"
        for when in person(f"api/contents/{folder}")["content"]:
            page = person(f"api/contents/{when['path']}/{ASSIGNMENT}.html")
            seen.feedback[role] = page["content"]
    return seen


def filled(notebook, site, missing):
    """A released notebook with every function but one, and a cell that looks for the answers."""
    notebook = nbformat.from_dict(notebook)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        exercise = exercises_of(ASSIGNMENT).get(name)
        if exercise and name != missing:
            cell.source = function_source(ROOT, exercise.reference.__module__, name)
        cell.source = cell.source.replace("YOUR ANSWER HERE", "Because it is so.")
    there = f"import os; print('answers', os.path.exists({str(site.hub / 'course')!r}))"
    notebook.cells.append(nbformat.v4.new_code_cell(there))
    return notebook


def test_a_second_installation_changes_nothing(site):
    """But for the copy of the course, which is made anew."""
    assert "create the group" in site.first
    assert [line.split()[0] for line in site.again.splitlines()] == ["copy", "compile", "ready:"]


def test_the_round_from_release_to_feedback_goes_over_http(term):
    """Validate names what is wrong, grading agrees with it, and each gets his own feedback."""
    assert term.validated["ada"] == {"success": True, "value": {}}
    (failed,) = term.validated["bob"]["value"]["failed"]
    assert failed["error"].startswith("lp_norm: 0 of ")

    with Gradebook(f"sqlite:///{term.site.course}/classroom/gradebook.db", COURSE) as gradebook:
        ada = gradebook.find_submission(ASSIGNMENT, term.names.ada)
        bob = gradebook.find_submission(ASSIGNMENT, term.names.bob)
        by_machine = ada.max_score - ada.max_written_score
        (lp_norm,) = (g for g in bob.notebooks[0].grades if g.name == "check_lp_norm")
        assert (ada.score, lp_norm.score) == (by_machine, 0)
        assert bob.score == by_machine - lp_norm.max_score
    for role, other in (("ada", "bob"), ("bob", "ada")):
        assert ("0 of 6 observations agree" in term.feedback[role]) == (role == "bob")
        assert getattr(term.names, other) not in term.feedback[role]


def test_a_forged_submission_is_not_collected(term):
    """The instructor reads one line on it in formgrader; Ada's own is what was graded."""
    refused = [line for line in term.collected.splitlines() if "Refused" in line]
    assert len(refused) == 1
    assert refused[0].endswith(f"it is {term.names.bob}'s")
    submitted = term.site.course / "classroom" / "submitted"
    assert sorted(path.name for path in submitted.iterdir()) == [term.names.ada, term.names.bob]
    taken = submitted / term.names.ada / ASSIGNMENT
    assert (taken / "timestamp.txt").read_text() in term.inbound["ada"].name


def test_the_sandbox_does_not_show_the_students_copy_of_the_course(term):
    """There the references lie in the open; on the hub itself the same cell finds them."""
    for page in term.feedback.values():
        assert "answers False" in page
    found = run("test", "-e", term.site.hub / "course", name=term.names.bob)
    assert found.returncode == 0


def test_a_student_reads_and_writes_his_own_alone(term):
    """What is tried are a shell's commands with a student's rights; root finds every file there."""
    hub, course, bob = term.site.hub, term.site.course, term.names.bob
    handed_in, exchange = term.inbound["ada"], hub / "exchange"
    home = Path(pwd.getpwnam(term.names.ada).pw_dir)
    notebook = handed_in / f"{ASSIGNMENT}.ipynb"
    (feedback,) = {path.parent for path in (exchange / COURSE / "feedback").iterdir()}
    packages = next(hub.glob("environment/lib/python3*/site-packages"))
    tries = {
        "read": [
            ["cat", notebook],
            ["cat", course / "classroom" / "gradebook.db"],
            ["cat", course / "classroom" / "seed"],
            ["cat", course / "solutions" / f"{ASSIGNMENT}.py"],
            ["cat", course / "classroom/submitted" / term.names.ada / ASSIGNMENT / notebook.name],
            ["cat", hub / "private" / "jupyterhub.sqlite"],
            ["cat", hub / "private" / "passwords.csv"],
            ["cat", home / NOTEBOOK],
            ["ls", handed_in.parent],
            ["ls", feedback],
            ["ls", home],
        ],
        "write": [
            ["rm", "-r", handed_in],
            ["mv", handed_in, handed_in.parent / "elsewhere"],
            ["touch", handed_in / "more.ipynb"],
            ["chmod", "777", handed_in],
            ["ln", notebook, f"/tmp/{bob}-link"],
            ["mv", exchange / COURSE, exchange / "elsewhere"],
            ["touch", exchange / COURSE / "outbound" / ASSIGNMENT / notebook.name],
            ["touch", packages / "sitecustomize.py"],
            ["touch", hub / "course" / "autograder" / "check.py"],
            ["touch", hub / "environment" / "etc" / "jupyter" / "nbgrader_config.py"],
            ["touch", hub / "local.py"],
        ],
    }
    for command in [command for commands in tries.values() for command in commands]:
        done = run(*command, name=bob)
        assert done.returncode, f"{command} worked: {done.stdout[:200]}"
        assert "ermission denied" in done.stdout or "not permitted" in done.stdout, done.stdout
    for command in tries["read"]:
        checked(*command)
    # Of his own he may do all that, so it is not the commands that do not work.
    own = term.inbound["bob"]
    checked("cat", own / notebook.name, name=bob)
    checked("rm", "-r", own, name=bob)


def test_a_servers_door_opens_to_its_owner_alone(term):
    """Another student is sent away from it, with his token as without, formgrader's first."""
    bob, names = term.people.bob, term.names
    assert bob.ask(f"user/{bob.name}/api/contents").status_code == 200
    for path in (
        f"user/{names.ada}/api/contents",
        f"user/{names.teacher}/formgrader/api/assignments",
    ):
        assert bob.ask(path).status_code == 403
    assert bob.ask("hub/api/users").status_code == 403
    assert bob.ask(f"user/{bob.name}/formgrader/api/assignments").status_code == 404
    teacher = term.people.teacher
    assert teacher.ask(f"user/{names.teacher}/formgrader/api/assignments").status_code == 200
    for name, password in [
        (names.ada, "wrong"),
        (names.outsider, term.site.passwords[names.outsider]),
    ]:
        with pytest.raises(PermissionError):
            Person(term.site.url, name, password)


def test_a_kernel_tells_nothing_through_ports_of_the_machine(term):
    """While a kernel of Ada's runs, what listens is her server; the kernel's channels are files."""
    ada = term.people.ada
    kernel = ada("api/kernels", "POST", name="python3")
    try:
        deadline = time.monotonic() + 60
        folder = Path(pwd.getpwnam(ada.name).pw_dir, ".jupyter-run")
        while not list(folder.glob("kernel-*-ipc-*")):
            assert time.monotonic() < deadline, list(folder.iterdir())
            time.sleep(0.2)
        programs = listening(pwd.getpwnam(ada.name).pw_uid)
        # A kernel's own children print through one port, out of which nothing comes; by TCP
        # it would have five more, and say on one of them what it runs.
        kernels = [program for program in programs if "ipykernel" in program]
        assert len(kernels) <= 1, programs
        assert [p for p in programs if "jupyterhub-singleuser" not in p] == kernels
        assert len(programs) == len(kernels) + 1
    finally:
        ada.ask(f"user/{ada.name}/api/kernels/{kernel['id']}", "DELETE")
