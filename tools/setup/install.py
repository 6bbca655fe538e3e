"""Install the course in .venv, as requirements.txt pins it: `python3 install.py [--tests]`.

If .venv is up to date, this takes a tenth of a second: a stamp, written only after success,
says for which requirements, Python and folder .venv is complete. Without a stamp .venv is
made again from scratch, so an interrupted installation leaves nothing behind.

uv installs the packages. If uv fails for any reason, pip does, which is always there. An
error is reported in one line, with the full output in .venv/install.log.

This file uses only the standard library and the syntax of Python 3.6, so that an old Python
can say that it is too old instead of failing on the syntax.
"""

import argparse
import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from find_python import check_output, choose_python, minor_of, supported_versions, version_of
from setup_errors import DISK_NEEDED, DiskFull, NoNetwork, SetupError, explain
from system_packages import provide

__all__ = ["main"]

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"
# The tests' requirements are a second layer, on top of the course's.
LAYERS = {"course": ROOT / "requirements.txt", "tests": ROOT / "tests" / "requirements.txt"}
UV = "uv==0.13.9"
# Otherwise JupyterLab asks whether to fetch its news, which is useless without a network.
LAB_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}
SIGN_OF_LIFE_SECONDS = 5


def main(argv=None):
    """Bring .venv up to date, or say in one line why that failed; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tests", action="store_true", help="also install what the tests need")
    parser.add_argument(
        "--this-python",
        action="store_true",
        help="use only the Python that runs this; if it is not supported, fail",
    )
    arguments = parser.parse_args(argv)
    try:
        prepare(["course", "tests"] if arguments.tests else ["course"], arguments.this_python)
        provide(arguments.tests, LOG, say)
    except SetupError as error:
        problem = error
    except OSError as error:
        problem = DiskFull(ROOT) if error.errno in (errno.ENOSPC, errno.EDQUOT) else error
    except KeyboardInterrupt:
        problem = "interrupted. The next run starts from scratch."
    else:
        return 0
    print("Set-up failed: {}".format(problem), file=sys.stderr)
    return 1


def prepare(layers, this_python):
    """Install the layers for which .venv has no valid stamp."""
    versions = supported_versions(ROOT / "pyproject.toml")
    # A Python that was asked for by name replaces the one that .venv was made with.
    wanted = choose_python(versions, exact=True) if this_python else None
    if not is_usable(versions, wanted):
        python, version = wanted or choose_python(versions)
        require_disk_space()
        make_venv(python, version)
    for layer in layers:
        if read_stamp(layer).get("requirements") != fingerprint(layer):
            install(layer)


def is_usable(versions, wanted):
    """Whether .venv is complete, works, was not moved, and has the right Python."""
    stamp = read_stamp("course")
    version = stamp.get("python")
    return (
        stamp.get("venv") == str(VENV)
        and version_of(VENV_PYTHON) == version
        and minor_of(version) in versions
        and (wanted is None or wanted[1] == version)
    )


def stamp_path(layer):
    """Path of a layer's stamp."""
    return VENV / ".installed-{}.json".format(layer)


def read_stamp(layer):
    """What a layer was last installed for, or {}."""
    try:
        return json.loads(stamp_path(layer).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def fingerprint(layer):
    """Hash of all that decides a layer's content; pyproject.toml names packages and scripts."""
    digest = hashlib.sha256()
    for path in (LAYERS[layer], ROOT / "pyproject.toml"):
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def make_venv(python, version):
    """Make an empty .venv in place of whatever is there.

    Raises:
        SetupError: this Python comes without venv or ensurepip, like Debian's.
    """
    say("Making .venv with Python {} ({})".format(version, python))
    try:
        check_output([python, "-c", "import venv, ensurepip"])
    except subprocess.CalledProcessError:
        raise SetupError(
            "{} has no venv or ensurepip. On Debian or Ubuntu: apt-get install python{}.{}-venv; "
            "elsewhere install a complete Python.".format(python, *minor_of(version))
        ) from None
    process = subprocess.run(
        [python, "-m", "venv", "--clear", str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    VENV.mkdir(exist_ok=True)
    LOG.write_text(process.stdout, encoding="utf-8")
    if process.returncode:
        raise explain(process.stdout, "python -m venv", version, LOG)


def require_disk_space():
    """Raise DiskFull before a long download that could not be stored."""
    if shutil.disk_usage(str(ROOT)).free < DISK_NEEDED:
        raise DiskFull(ROOT)


def install(layer):
    """Install one requirements file, then write its stamp.

    Raises:
        SetupError: both uv and pip failed.
    """
    stamp = stamp_path(layer)
    if stamp.exists():
        stamp.unlink()
    requirements = str(LAYERS[layer].relative_to(ROOT))
    pip = [str(VENV_PYTHON), "-m", "pip", "install"]
    if not install_with_uv(find_uv(pip), requirements):
        say("Installing {} with pip".format(requirements))
        run([*pip, "-r", requirements])
    settings = VENV / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps(LAB_SETTINGS), encoding="utf-8")
    done = {
        "python": version_of(VENV_PYTHON),
        "venv": str(VENV),
        "requirements": fingerprint(layer),
    }
    stamp.write_text(json.dumps(done), encoding="utf-8")


def find_uv(pip):
    """The path of a uv, downloaded with pip if necessary, or None if this platform has none.

    Raises:
        NoNetwork, DiskFull: pip would fail in the same way.
    """
    uv = shutil.which("uv") or shutil.which("uv", path=str(VENV / "bin"))
    if uv:
        return uv
    say("Downloading uv")
    try:
        run([*pip, UV])
    except (NoNetwork, DiskFull):
        raise
    except SetupError:
        return None
    return str(VENV / "bin" / "uv")


def install_with_uv(uv, requirements):
    """Install with uv; returns whether it worked.

    If it did not, pip may still work: it knows the mirrors and proxies in pip.conf.

    Raises:
        DiskFull: pip would need as much space.
    """
    if uv is None:
        return False
    say("Installing {} with uv, and compiling it".format(requirements))
    # Compile bytecode now, on all cores, instead of in the first cell of the first lecture.
    command = [uv, "pip", "install", "--python", str(VENV_PYTHON), "--compile-bytecode"]
    try:
        run([*command, "-r", requirements])
    except DiskFull:
        raise
    except SetupError:
        say("uv failed; trying pip.")
        return False
    return True


def run(command):
    """Run a command, with its output in the log and a progress line every few seconds.

    Raises:
        SetupError: the command failed; the message says why and names the log.
    """
    began = time.time()
    with LOG.open("a", encoding="utf-8") as log:
        log.write("$ {}\n".format(" ".join(command)))
        log.flush()
        start = log.tell()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=str(ROOT),
            env=environment(),
        )
        shown = ""
        try:
            while still_running(process):
                news = last_line(start)
                say("  {:3.0f} s  {}".format(time.time() - began, "" if news == shown else news))
                shown = news
        finally:
            process.kill()
            process.wait()
    if process.returncode:
        tool = "uv" if command[0].endswith("uv") else "pip"
        raise explain(output_since(start), tool, version_of(VENV_PYTHON), LOG)


def environment():
    """This process's environment, with settings that keep uv and pip from asking or waiting."""
    settings = {
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PIP_USER": "0",  # `user = true` in a pip.conf makes pip refuse to work in .venv
        "UV_NO_PROGRESS": "1",
    }
    defaults = {"PIP_RETRIES": "2", "UV_HTTP_RETRIES": "2"}
    if "PIP_INDEX_URL" in os.environ:
        defaults["UV_DEFAULT_INDEX"] = os.environ["PIP_INDEX_URL"]
    return {**defaults, **os.environ, **settings}


def still_running(process):
    """Wait a few seconds for the process; return whether it still runs."""
    try:
        process.wait(timeout=SIGN_OF_LIFE_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False


def output_since(start):
    """The part of the log that begins at a position."""
    with LOG.open(encoding="utf-8", errors="replace") as log:
        log.seek(start)
        return log.read()


def last_line(start):
    """The last line of the log that describes a step, cut to fit a terminal."""
    lines = [line.strip() for line in output_since(start).splitlines()]
    steps = [line for line in lines if re.match(r"(?!WARNING)\w", line)]
    return steps[-1][:70] if steps else ""


def say(line):
    """Print a line at once, even if the output is a pipe."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
