"""A submission in a shared folder is collected only if its student owns it."""

import grp
import logging
import os
import pwd
import shutil
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from gradebooks import new_gradebook
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeCollect, ExchangeSubmit
from traitlets.config import Config

from autograder.lms.exchange import CheckedCollect, PrivateSubmit, owners_of
from autograder.submission.read import MAX_FILES

COURSE, ASSIGNMENT = "generative-models", "a2_vae"
USERS = {"ada": 64_000, "bela": 64_001, "mallory": 64_666}
SECRET = "5ec2e7" * 20

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")


@pytest.fixture(autouse=True)
def _users(monkeypatch):
    """A machine whose users are ``USERS`` and whoever collects."""

    def by_name(name):
        return SimpleNamespace(pw_name=name, pw_uid=USERS[name])

    def by_number(number):
        return SimpleNamespace(pw_name=dict(zip(USERS.values(), USERS))[number])

    monkeypatch.setattr(pwd, "getpwnam", by_name)
    monkeypatch.setattr(pwd, "getpwuid", by_number)


@pytest.fixture(scope="module")
def gradebook_file(tmp_path_factory):
    """The file of a gradebook that knows the assignment, due yesterday."""
    file = tmp_path_factory.mktemp("books") / "gradebook.db"
    with new_gradebook(f"sqlite:///{file}", datetime.now() - timedelta(days=1), {}):
        pass
    return file


@pytest.fixture
def exchange(tmp_path, gradebook_file):
    """A folder with a course in an exchange, nothing handed in, and the course's gradebook."""
    shutil.copy(gradebook_file, tmp_path)
    for name in ("inbound", f"outbound/{ASSIGNMENT}"):
        (tmp_path / "exchange" / COURSE / name).mkdir(parents=True)
    return tmp_path


def hand_in(exchange, student, owner, text="answer", minutes_ago=0, name=None):
    """Path of a new folder as nbgrader's submit makes it, owned by a user."""
    time = f"{datetime.now(UTC) - timedelta(minutes=minutes_ago):%F %T.%f} UTC"
    folder = exchange / "exchange" / COURSE / "inbound" / (name or f"{student}+{ASSIGNMENT}+{time}")
    folder.mkdir()
    (folder / f"{ASSIGNMENT}.ipynb").write_text(text)
    (folder / "timestamp.txt").write_text(time)
    (folder / "submission_secret.txt").write_text(SECRET)
    give(folder, owner)
    return folder


def give(folder, owner):
    """Make a user the owner of a folder and everything in it."""
    uid = USERS.get(owner, owner)
    for path in [folder, *folder.rglob("*")] if uid != os.geteuid() else ():
        os.chown(path, uid, uid, follow_symlinks=False)


def collect(exchange, collector=CheckedCollect, **settings):
    """Collect as formgrader does; {student: collected text} and the lines of warning."""
    lines = []
    config = Config(
        CourseDirectory={
            "root": str(exchange),
            "course_id": COURSE,
            "assignment_id": ASSIGNMENT,
            "db_url": f"sqlite:///{exchange / 'gradebook.db'}",
            "include": ["*.ipynb", "timestamp.txt", "submission_secret.txt"],
        },
        Exchange={"root": str(exchange / "exchange")},
    )
    app = collector(coursedir=CourseDirectory(config=config), config=config)
    app.update = True
    for name, value in settings.items():
        setattr(app, name, value)
    app.log = logging.Logger("collect")
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: lines.append(record.getMessage())
    app.log.addHandler(handler)
    (exchange / "exchange").chmod(0o777)
    app.start()
    found = (exchange / "submitted").glob(f"*/{ASSIGNMENT}/{ASSIGNMENT}.ipynb")
    return {path.parts[-3]: path.read_text() for path in found}, lines


@pytest.mark.parametrize(
    ("student", "owners"),
    [
        ("ada", {USERS["ada"], os.geteuid()}),
        ("nobody-here", {os.geteuid()}),
        ("..", {os.geteuid()}),
    ],
)
def test_a_submission_may_be_its_students_or_the_collectors(student, owners):
    """Students hand in for themselves, whoever collects for anybody, and no one else."""
    assert owners_of(student) == owners


@pytest.mark.slow
def test_on_one_laptop_everything_is_collected(exchange):
    """If everything belongs to one user, students need no accounts."""
    for student in ("zoe", "ada"):
        hand_in(exchange, student, os.geteuid(), text=f"of {student}")
    assert collect(exchange) == ({"ada": "of ada", "zoe": "of zoe"}, [])


@as_root
@pytest.mark.slow
def test_a_forged_submission_is_refused_and_the_students_own_collected(exchange):
    """Mallory's later folder under Ada's name is refused; nbgrader's own collector takes it."""
    hand_in(exchange, "ada", "ada", "Ada's", minutes_ago=5)
    hand_in(exchange, "bela", "bela", "Bela's")
    forged = hand_in(exchange, "ada", "mallory", "forged")
    hand_in(exchange, "zoe", "mallory", "for one who is no user here")

    collected, lines = collect(exchange)
    assert collected == {"ada": "Ada's", "bela": "Bela's"}
    assert len(lines) == 2
    (line,) = [line for line in lines if forged.name in line]
    assert line == f"Refused, and left in the exchange: {forged.name}: it is mallory's"
    assert forged.is_dir()

    shutil.rmtree(exchange / "submitted")
    collected, _ = collect(exchange, ExchangeCollect)
    assert collected["ada"] == "forged"


@as_root
@pytest.mark.slow
def test_before_the_due_date_a_forgery_does_not_hide_what_came_late(exchange):
    """With `before_duedate`, nbgrader would prefer an early forgery to Ada's late submission."""
    hand_in(exchange, "ada", "mallory", "forged", minutes_ago=3 * 24 * 60)
    hand_in(exchange, "ada", "ada", "Ada's")
    collected, lines = collect(exchange, before_duedate=True)
    assert collected == {"ada": "Ada's"}
    assert len(lines) == 1


@as_root
@pytest.mark.slow
def test_a_file_of_somebody_else_in_a_students_folder_is_refused(exchange):
    """Whoever learns the name of a writable folder can put a file into it."""
    folder = hand_in(exchange, "ada", "ada")
    os.chown(folder / f"{ASSIGNMENT}.ipynb", USERS["mallory"], -1)
    hand_in(exchange, "bela", "bela")
    collected, (line,) = collect(exchange)
    assert collected == {"bela": "answer"}
    assert line.endswith(f": {ASSIGNMENT}.ipynb is mallory's, and the folder ada's")


@as_root
@pytest.mark.slow
def test_the_check_can_be_switched_off(exchange):
    """If students' ids are not the names of users, `check_owner` can be off, as in nbgrader."""
    hand_in(exchange, "s1234", "ada")
    assert collect(exchange, check_owner=False) == ({"s1234": "answer"}, [])


@pytest.mark.slow
def test_what_breaks_one_submission_does_not_touch_the_others(exchange):
    """Links, bad names and sizes are left out, and everything else is collected."""
    private = exchange / "gradebook.txt"
    private.write_text("the instructor's")
    notebook = f"{ASSIGNMENT}.ipynb"
    for student in ("ada", "link", "folder link", "pipe", "crowd", "deep"):
        hand_in(
            exchange, student, os.geteuid(), name=f"{student}+{ASSIGNMENT}+2026-01-01 10:00 UTC"
        )
    inbound = exchange / "exchange" / COURSE / "inbound"
    folder = {path.name.split("+")[0]: path for path in inbound.iterdir()}
    (folder["link"] / notebook).unlink()
    (folder["link"] / notebook).symlink_to(private)
    (folder["folder link"] / "more").symlink_to(exchange)
    os.mkfifo(folder["pipe"] / "more")
    for number in range(MAX_FILES):
        (folder["crowd"] / str(number)).touch()
    (folder["deep"] / "/".join("abcdefghijk")).mkdir(parents=True)
    hand_in(exchange, "who", os.geteuid(), name=f"who+{ASSIGNMENT}+yesterday\n[INFO] all is well")
    (inbound / f"flat+{ASSIGNMENT}+2026-01-01 10:00 UTC").write_text("a file")

    collected, lines = collect(exchange)
    assert collected == {"ada": "answer"}
    # There are more lines: these folders' dates do not fit the time when they were written.
    reasons = sorted(line.rpartition(": ")[2] for line in lines if line.startswith("Refused"))
    assert reasons == [
        f"{notebook} is a link",
        "it holds more than 200 files, 100 MB or 10 nested folders",
        "it holds more than 200 files, 100 MB or 10 nested folders",
        "it is neither a file nor a folder",
        "more is a link",
        "more is neither a file nor a folder",
        "there is no time in its name",
    ]
    assert all("\n" not in line for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize("collector", [ExchangeCollect, CheckedCollect])
def test_a_link_to_the_instructors_file_is_not_followed(exchange, collector):
    """nbgrader's own collector copies what a link leads to, and the feedback would show it."""
    (exchange / "private.txt").write_text("the instructor's")
    notebook = hand_in(exchange, "ada", os.geteuid()) / f"{ASSIGNMENT}.ipynb"
    notebook.unlink()
    notebook.symlink_to(exchange / "private.txt")
    collected, _ = collect(exchange, collector, check_owner=False)
    assert collected == ({"ada": "the instructor's"} if collector is ExchangeCollect else {})


@pytest.mark.slow
def test_a_change_after_the_stamp_is_told(exchange):
    """The student writes the time in the name; the kernel records when a file changed."""
    hand_in(exchange, "ada", os.geteuid(), minutes_ago=60)
    hand_in(exchange, "bela", os.geteuid(), minutes_ago=5)
    collected, (line,) = collect(exchange)
    assert set(collected) == {"ada", "bela"}
    assert line.startswith("ada handed in as of ")


@pytest.mark.slow
@pytest.mark.parametrize("spoilt", ["text", "folder", "missing"])
def test_what_nbgrader_reads_of_a_submission_for_all_is_mended(exchange, spoilt):
    """An unreadable time or secret would stop the release of the whole class's feedback."""
    folder = hand_in(exchange, "ada", os.geteuid())
    for name in ("timestamp.txt", "submission_secret.txt"):
        (folder / name).unlink()
        if spoilt == "text":
            (folder / name).write_bytes(b"\xff\xfe" * 40)
        elif spoilt == "folder":
            (folder / name).mkdir()
            (folder / name / "x.ipynb").touch()
    collect(exchange)
    taken = exchange / "submitted" / "ada" / ASSIGNMENT
    assert (taken / "timestamp.txt").read_text() == folder.name.split("+")[2]
    assert len((taken / "submission_secret.txt").read_text()) == 128
    collect(exchange)  # It reads the time of what was collected before.


@pytest.mark.slow
def test_the_secret_by_which_feedback_is_found_again_is_kept(exchange):
    """The student's own copy has the same secret."""
    hand_in(exchange, "ada", os.geteuid())
    collect(exchange)
    secret = exchange / "submitted" / "ada" / ASSIGNMENT / "submission_secret.txt"
    assert secret.read_text() == SECRET


@as_root
@pytest.mark.parametrize("submit", [ExchangeSubmit, PrivateSubmit])
def test_others_can_read_and_write_nbgraders_folder_and_not_ours(exchange, tmp_path, submit):
    """If the inbound folder has the instructors' group, only they and the student have access."""
    inbound = exchange / "exchange" / COURSE / "inbound"
    os.chown(inbound, 0, grp.getgrnam("daemon").gr_gid)
    inbound.chmod(0o3733)
    (tmp_path / "home" / ASSIGNMENT).mkdir(parents=True)
    (tmp_path / "home" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").write_text("mine")
    config = Config(
        CourseDirectory={"course_id": COURSE, "assignment_id": ASSIGNMENT, "student_id": "ada"},
        Exchange={
            "root": str(exchange / "exchange"),
            "cache": str(tmp_path / "cache"),
            "assignment_dir": str(tmp_path / "home"),
        },
    )
    course = CourseDirectory(config=config)
    submit(coursedir=course, authenticator=Authenticator(config=config), config=config).start()
    (folder,) = inbound.iterdir()
    assert folder.stat().st_gid == grp.getgrnam("daemon").gr_gid
    assert folder.stat().st_mode & 0o7777 == (0o777 if submit is ExchangeSubmit else 0o770)
