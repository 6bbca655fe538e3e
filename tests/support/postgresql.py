"""A PostgreSQL server for the tests, with Debian's programs, in a temporary folder.

pytest-postgresql would start it with pg_ctl as the user who runs the tests, which fails for root.
"""

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import psycopg

__all__ = ["Server", "missing", "running_server"]

ACCOUNTS = ("postgres", "nobody")  # PostgreSQL refuses to run as root: one of these runs it.
SETTINGS = {
    "listen_addresses": "",  # Only a socket in the folder, no port: it may be in use.
    "fsync": "off",  # A test's database need not survive a power cut.
    "full_page_writes": "off",
}


@dataclass(frozen=True)
class Server:
    """A running server: the folder of its socket, and the settings it was started with."""

    folder: Path

    def new_database(self, like="template1"):
        """SQLAlchemy's URL of a new database, a copy of another one by name."""
        name = f"book_{uuid.uuid4().hex}"
        with psycopg.connect(host=str(self.folder), user="grader", dbname="postgres") as connection:
            connection.autocommit = True
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return f"postgresql+psycopg://grader@/{name}?host={self.folder}"


@functools.cache
def _program(name):
    """Path of a program of the server. Debian has a folder per version, which is not on PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(name, path=os.pathsep.join([*map(str, debian), os.environ["PATH"]]))


def _account():
    """For root, the account that the server runs as; otherwise None."""
    import pwd  # Unix only, as is the server.

    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next((names[name] for name in ACCOUNTS if name in names), None)


def missing():
    """Why no server can run here, in one line; '' if it can."""
    if not (_program("initdb") and _program("postgres")):
        return "no PostgreSQL server here: apt-get install postgresql"
    if os.getuid() == 0 and not _account():
        return f"PostgreSQL refuses to run as root, and there is no {' or '.join(ACCOUNTS)}"
    return ""


@contextlib.contextmanager
def running_server(**settings):
    """Start a ``Server``, and stop it at the end.

    Args:
        settings: of postgresql.conf; they replace those of ``SETTINGS``.

    Raises:
        RuntimeError: with the server's log if it does not come up.
    """
    account = _account() if os.getuid() == 0 else None
    as_account = {}
    if account:
        as_account = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    # A short path: the path of a socket has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
        data, log = Path(folder, "data"), Path(folder, "log")
        initialise = [_program("initdb"), "--pgdata", data, "--username", "grader"]
        # Other users cannot enter the folder, so they cannot reach the socket.
        initialise += ["--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
        subprocess.run(initialise, check=True, capture_output=True, cwd=folder, **as_account)
        given = [f"--{name}={value}" for name, value in (SETTINGS | settings).items()]
        command = [_program("postgres"), "-D", data, "-k", folder, *given]
        with log.open("w") as file:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, cwd=folder,
                **as_account,
            )  # fmt: skip
        try:
            _wait_until_up(process, folder, log)
            yield Server(Path(folder))
        finally:
            # At once, without tidying up, even if a test left a connection open.
            process.send_signal(signal.SIGQUIT)
            process.wait(timeout=60)


def _wait_until_up(process, folder, log):
    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(host=folder, user="grader", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not come up:\n{log.read_text()}") from None
            time.sleep(0.05)
