"""Programs of the system that the course uses: installs them, or says which are missing.

Like tools/setup/install.py, it uses only the syntax of Python 3.6.
"""

import glob
import os
import shutil
import subprocess

__all__ = ["provide"]

# Program -> Debian package, and what happens without it.
COURSE = {"bwrap": ("bubblewrap", "grading uses the one that pip installed")}
TESTS = {
    "chromium": ("chromium", "tests in a browser are skipped"),
    "initdb": ("postgresql", "tests on PostgreSQL are skipped"),
}
# Debian keeps the programs of PostgreSQL's server outside PATH, in one folder per version.
ELSEWHERE = "/usr/lib/postgresql/*/bin"


def provide(tests, log, say):
    """As root on Debian or Ubuntu install what is missing; elsewhere say it in one line.

    Args:
        tests: whether to include the programs of the tests.
        log: path of the file for the output of apt-get.
        say: function that prints a line.
    """
    wanted = dict(COURSE, **(TESTS if tests else {}))
    missing = [wanted[program] for program in sorted(wanted) if not _is_there(program)]
    if not missing:
        return
    names = [name for name, _ in missing]
    if os.name == "posix" and os.getuid() == 0 and shutil.which("apt-get"):
        say("Installing {} with apt-get".format(" and ".join(names)))
        if _apt_get(names, log):
            return
    said = "; ".join("{} ({})".format(name, without) for name, without in missing)
    say("Not on this system: {}. On Debian or Ubuntu: apt-get install {}".format(
        said, " ".join(names)))  # fmt: skip


def _is_there(program):
    return shutil.which(program) or glob.glob(os.path.join(ELSEWHERE, program))


def _apt_get(names, log):
    settings = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "install", "--yes", "--no-install-recommends"]
    with open(str(log), "a", encoding="utf-8") as file:
        return all(
            subprocess.call(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                            env=settings) == 0
            for command in (["apt-get", "update"], install + names)
        )  # fmt: skip
