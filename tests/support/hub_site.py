"""A hub that tests install, and the processes on its machine."""

import contextlib
import csv
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from autograder import ROOT

ASSIGNMENT = "a1_distances"


def run(*command, name=None, env=None, cwd="/"):
    """A finished command, of root's or of another user's; its output as one text."""
    account = pwd.getpwnam(name) if name else None
    as_user = {} if account is None else {
        "user": account.pw_uid,
        "group": account.pw_gid,
        "extra_groups": os.getgrouplist(name, account.pw_gid),
    }  # fmt: skip
    return subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=1800,
        cwd=cwd,
        env=None if env is None else {"HOME": account.pw_dir, "LANG": "C.UTF-8"} | env,
        **as_user,
    )


def checked(*command, **keywords):
    """What a command said that had to succeed."""
    done = run(*command, **keywords)
    assert done.returncode == 0, done.stdout
    return done.stdout


def end_processes(uid):
    """End what a user still runs; each is a process of a hub's that this test started."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_uid == uid:
                os.kill(int(folder.name), signal.SIGKILL)


def install(folder, names):
    """Install a hub from a copy of this course that belongs to the instructor."""
    course, students = folder / "course", folder / "students.txt"
    listed = checked("git", "-C", ROOT, "ls-files", "-co", "--exclude-standard").splitlines()
    for name in [*listed, f"solutions/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"]:
        if (ROOT / name).is_file():
            (course / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, course / name)
    checked("chown", "-R", f"{names.teacher}:", course)
    students.write_text(f"# the class\n{names.ada}\n{names.bob}  # who cheats\n")
    hub = folder / "hub"
    ports = free_ports(3)
    command = [
        *(sys.executable, "-B", course / "tools/hub/hub.py", "install", "--folder", hub),
        *("--instructor", names.teacher, "--students", students, "--group", names.group),
        *("--port", ports[0]),
    ]
    first = run(*command)
    if "no Python for everybody" in first.stdout:
        pytest.skip(first.stdout.strip().splitlines()[-1])
    assert first.returncode == 0, first.stdout
    again = checked(*command)
    (hub / "local.py").write_text(
        "c = get_config()\n"
        f"c.JupyterHub.hub_port = {ports[1]}\n"
        f"c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:{ports[2]}'\n"
    )
    passwords = dict(csv.reader((hub / "private" / "passwords.csv").read_text().splitlines()))
    for name in (names.teacher, names.outsider):
        passwords[name] = secrets.token_hex(8)
        subprocess.run(["chpasswd"], input=f"{name}:{passwords[name]}", text=True, check=True)
    return SimpleNamespace(
        folder=folder,
        course=course,
        hub=hub,
        url=f"http://127.0.0.1:{ports[0]}",
        passwords=passwords,
        first=first.stdout,
        again=again,
    )


def free_ports(count):
    """Ports that nobody listens on, each another one."""
    with contextlib.ExitStack() as stack:
        servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
        for server in servers:
            stack.enter_context(server)
        return [server.getsockname()[1] for server in servers]


def wait_until_up(site, process, patience=300):
    """Return once the hub lets people in; fail with its log if it does not."""
    deadline = time.monotonic() + patience
    while True:
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{site.url}/hub/api", timeout=5).ok:
                return
        assert process.poll() is None, (site.folder / "hub.log").read_text()
        assert time.monotonic() < deadline, (site.folder / "hub.log").read_text()
        time.sleep(0.2)


def listening(uid):
    """Programs of a user's that wait for connections by TCP: one command line a port."""
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path("/proc/net", table).read_text().splitlines()[1:]
    ]
    waiting = [fields[9] for fields in lines if fields[3] == "0A" and int(fields[7]) == uid]
    return [program_of(f"socket:[{number}]") for number in waiting]


def program_of(link):
    """The command line of the process that has something open."""
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if os.readlink(descriptor) == link:
                words = (descriptor.parent.parent / "cmdline").read_text().split("\0")
                return " ".join(words).strip()
    return f"nobody's {link}"
