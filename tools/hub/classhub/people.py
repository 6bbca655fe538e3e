"""Makes the class users of this machine, and the exchange between them."""

import grp
import pwd
import re
import secrets
from pathlib import Path

from classhub.host import HubError, user
from classhub.layout import COURSE_ID

__all__ = ["check_instructor", "enrol", "make_exchange", "make_group", "read_names"]

NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")  # Valid for useradd, and as an id in nbgrader.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # Without letters that look alike.


def check_instructor(name):
    """The account of the instructor.

    Raises:
        HubError: there is none, it is root, or others are in its group, who could then read
            submissions.
    """
    account = user(name)
    if account is None:
        raise HubError(f"there is no user {name!r}: create one with 'adduser {name}'")
    if account.pw_uid == 0:
        raise HubError(
            "root cannot be the instructor: submissions would be graded with its permissions"
        )
    group = grp.getgrgid(account.pw_gid)
    others = {*group.gr_mem} - {name}
    others |= {each for each in all_users() if user(each).pw_gid == account.pw_gid} - {name}
    if others:
        raise HubError(
            f"{group.gr_name}, the group of {name}, is also that of {', '.join(sorted(others))}, "
            f"who could read submissions: run 'groupadd {name}; usermod -g {name} {name}'"
        )
    return account


def all_users():
    """Names of this machine's users."""
    return [account.pw_name for account in pwd.getpwall()]


def make_group(host, layout):
    """Make the group of the class: its members can log in, and enter the hub's folder."""
    try:
        grp.getgrnam(layout.group)
    except KeyError:
        host.run(f"create the group {layout.group}", ["groupadd", layout.group], layout.log)
    _join(host, layout, layout.instructor)


def read_names(path):
    """Names of students, one per line; # begins a comment.

    Raises:
        HubError: a line is no valid user name; the message contains it.
    """
    names = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        name = line.partition("#")[0].strip()
        if name and not NAME.fullmatch(name):
            raise HubError(
                f"{path}, line {number}: {name!r} is no valid user name: use at most 32 small "
                "letters, digits, - and _, and begin with a letter or _"
            )
        names += [name] if name else []
    return names


def enrol(host, layout, names):
    """Make students users of this machine who can log in, each with their own home.

    This also creates a Unix account for everyone who does not have one. Existing users keep
    their passwords.

    Raises:
        HubError: one of them is root or the instructor.
    """
    log = layout.log
    for name in dict.fromkeys(names):
        account = user(name)
        if name == layout.instructor or (account and account.pw_uid == 0):
            raise HubError(f"{name} cannot be a student here")
        if account is None:
            add = ["useradd", "--create-home", "--shell", "/bin/bash", "--user-group", name]
            host.run(f"create the user {name}", add, log)
            _give_password(host, layout, name)
        if user(name):
            host.folder(_home(name), 0o700, name, grp.getgrgid(user(name).pw_gid).gr_name)
        _join(host, layout, name)


def _home(name):
    return Path(user(name).pw_dir)


def _give_password(host, layout, name):
    """Set a first password, and write it to a file that only root can read."""
    password = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
    host.run(
        f"give {name} a password, written to {layout.passwords}",
        ["chpasswd"],
        layout.log,
        given=f"{name}:{password}\n",
    )
    if not host.dry:
        layout.passwords.touch(0o600)
        with layout.passwords.open("a") as file:
            file.write(f"{name},{password}\n")


def _join(host, layout, name):
    try:
        members = grp.getgrnam(layout.group).gr_mem
    except KeyError:
        members = ()
    if name not in members:
        host.run(
            f"add {name} to the group {layout.group}",
            ["gpasswd", "--add", name, layout.group],
            layout.log,
        )


def make_exchange(host, layout):
    """Make nbgrader's exchange. Students cannot read, rename or remove submissions of others.

    Everybody can write to its root, as nbgrader requires, and to ``inbound``. The sticky bit
    protects the files of others. Nobody can list ``inbound``, and new files in it get its
    group.
    """
    name = layout.instructor
    group = grp.getgrgid(user(name).pw_gid).gr_name
    course = layout.exchange / COURSE_ID
    host.folder(layout.exchange, 0o1777)
    host.folder(course, 0o755, name, group)
    host.folder(course / "outbound", 0o755, name, group)
    host.folder(course / "inbound", 0o3733, name, group)
    host.folder(course / "feedback", 0o711, name, group)
