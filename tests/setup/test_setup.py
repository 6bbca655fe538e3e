"""make and tools/setup/install.py, in small projects of their own; nothing here is downloaded."""

import errno
import importlib.util
import os
import shutil
import sys
from collections import namedtuple

import pytest
from setup_projects import ROOT, copy_project, run, write_command, write_wheel


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A project with a finished .venv, and a `uv` that notes its calls and does nothing."""
    folder = copy_project(tmp_path_factory.mktemp("installed"))
    uv = write_command(folder / "commands", "uv", f'echo "$@" >> "{folder}/uv.log"')
    path = f"{uv.parent}{os.pathsep}{os.environ['PATH']}"
    done = run("make", "install", f"PYTHON={sys.executable}", cwd=folder, PATH=path)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def installer(installed, monkeypatch):
    """The installer of the finished project as a module, to call its functions."""
    monkeypatch.syspath_prepend(installed / "tools" / "setup")
    spec = importlib.util.spec_from_file_location("installer", installed / "tools/setup/install.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_suitable_python_on_path_is_used_instead(installer, tmp_path, monkeypatch, capsys):
    """The newest that runs: a pyenv shim of a version that is not active does not."""
    write_command(tmp_path, "python3.13", "echo 'command not found' >&2; exit 127")
    good = write_command(tmp_path, "python3.12", f'exec "{sys.executable}" "$@"')
    monkeypatch.setenv("PATH", str(tmp_path))
    versions = installer.supported_versions(ROOT / "pyproject.toml")
    with monkeypatch.context() as old:
        old.setattr(sys, "version_info", (3, 9, 18, "final", 0))
        path, version = installer.choose_python(versions)
    assert (path, version) == (str(good), "{}.{}.{}".format(*sys.version_info))
    assert f"Python 3.9.18 is not supported; using {good}" in capsys.readouterr().out


def test_platform_without_wheel_is_one_line(installer, installed, monkeypatch, capsys):
    """pip is asked, for real, for a wheel that is there only for Plan 9."""
    write_wheel(installed / "wheels", "tensorflow-2.21.0-cp311-cp311-plan9_x86.whl")
    requirements = "--no-index\n--find-links wheels\ntensorflow==2.21.0\n"
    monkeypatch.setitem(installer.LAYERS, "course", installed / "plan9.txt")
    monkeypatch.setattr(installer, "find_uv", lambda pip: None)
    (installed / "plan9.txt").write_text(requirements)
    with pytest.raises(installer.SetupError, match=r"^tensorflow==2\.21\.0 has no wheel for Py"):
        installer.install("course")
    assert not installer.read_stamp("course")


def test_pip_installs_when_uv_fails(installer, installed, monkeypatch, capsys):
    """Any failure of uv but a full disk leaves it to pip."""
    write_wheel(installed / "wheels", "tiny-1.0-py3-none-any.whl")
    (installed / "tiny.txt").write_text("--no-index\n--find-links wheels\ntiny==1.0\n")
    monkeypatch.setitem(installer.LAYERS, "course", installed / "tiny.txt")
    broken = write_command(installed / "broken", "uv", "echo 'error: unexpected argument'; exit 2")
    monkeypatch.setenv("PATH", f"{broken.parent}{os.pathsep}{os.defpath}")
    installer.install("course")
    assert "uv failed; trying pip." in capsys.readouterr().out
    assert run(installer.VENV_PYTHON, "-c", "import tiny", cwd="/").returncode == 0
    assert installer.read_stamp("course")["requirements"] == installer.fingerprint("course")


def test_too_little_room_is_said_before_the_download(installer, monkeypatch, capsys):
    """How much is needed and how much there is."""
    usage = namedtuple("usage", "total used free")(9e9, 8e9, 1e9)
    monkeypatch.setattr(installer.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(installer.DiskFull, match=r"needs 3\.5 GB of free space and has 1\.0"):
        installer.require_disk_space()


def test_a_disk_that_fills_up_is_one_line(installer, monkeypatch, capsys):
    """Also when it is our own writing that fails."""

    def fill(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(installer, "prepare", fill)
    assert installer.main([]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Set-up failed: the disk is full:")


@pytest.mark.parametrize(
    ("output", "meaning"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device: '/x'", "the disk is full"),
        (
            "error: Failed to extract archive\n  cause: No space left on device (os error 28)",
            "disk",
        ),
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError(...): [Errno -3] "
            "Temporary failure in name resolution'\nERROR: Could not find a version (from "
            "versions: none)\nERROR: No matching distribution found for absl-py==2.5.1",
            "no network",
        ),
        (
            "error: Failed to fetch: `https://index.example/keras/`\n  cause: Request failed "
            "after 2 retries\n  cause: error sending request for url\n  cause: dns error",
            "no network",
        ),
        (
            "  x No solution found when resolving dependencies:\n  Because tensorflow==2.21.0 has "
            "no wheels with a matching platform tag (e.g., `macosx_14_0_x86_64`)",
            "tensorflow==2.21.0 has no wheel for Python",
        ),
        ("ERROR: Failed building wheel for h5py", "h5py has no wheel for Python"),
        ("Looking\nERROR: Invalid requirement: 'x y'\nbye", "pip failed: ERROR: Invalid requ"),
    ],
)
def test_what_pip_and_uv_print_is_understood(installer, output, meaning):
    """Recorded endings of failed runs, and the start of the line that a person reads."""
    message = str(installer.explain(output, "pip", "3.11.7", installer.LOG))
    assert meaning in message
    assert "\n" not in message


def install_again(installed):
    """Run `make install` in the finished project; how often it called uv."""
    log = installed / "uv.log"
    before = len(log.read_text().splitlines())
    path = f"{installed}/commands{os.pathsep}{os.environ['PATH']}"
    done = run("make", "install", cwd=installed, PATH=path)
    assert done.returncode == 0, done.stderr
    return len(log.read_text().splitlines()) - before


@pytest.mark.parametrize("uid", [0, 1000])
def test_programs_of_the_system_are_installed_by_root_and_named_to_others(
    tmp_path, monkeypatch, uid
):
    """As root on Debian apt-get is asked for what is missing; others read one line on it."""
    system_packages = importlib.import_module("system_packages")
    asked = tmp_path / "asked"
    write_command(tmp_path / "commands", "apt-get", f'echo "$@" >> "{asked}"')
    write_command(tmp_path / "commands", "bwrap", "true")
    monkeypatch.setenv("PATH", f"{tmp_path / 'commands'}:/bin")
    monkeypatch.setattr(system_packages.os, "getuid", lambda: uid)
    monkeypatch.setattr(
        system_packages.shutil, "which", lambda name: (tmp_path / "commands" / name).exists()
    )
    monkeypatch.setattr(system_packages, "ELSEWHERE", str(tmp_path / "elsewhere" / "*"))
    lines = []
    system_packages.provide(True, tmp_path / "log", lines.append)
    if uid == 0:
        asked_for = asked.read_text().splitlines()[1]
        assert asked_for.endswith("--no-install-recommends chromium postgresql")
    else:
        assert not asked.exists()
        assert "chromium (tests in a browser are skipped)" in lines[0]
        assert "postgresql (tests on PostgreSQL are skipped)" in lines[0]
        assert lines[0].endswith("apt-get install chromium postgresql")


def test_a_second_run_installs_nothing_and_a_changed_lock_only_once(installed):
    """The stamp holds what was installed."""
    install_again(installed)
    assert install_again(installed) == 0
    (installed / "requirements.txt").write_text("# another\n")
    marker = installed / ".venv" / "marker"
    marker.touch()
    assert install_again(installed) == 1
    assert install_again(installed) == 0
    assert marker.exists()


def test_an_interrupted_installation_is_made_anew(installed):
    """Without a stamp nothing of .venv is trusted."""
    install_again(installed)
    (installed / ".venv/.installed-course.json").unlink()
    marker = installed / ".venv" / "marker"
    marker.touch()
    assert install_again(installed) == 1
    assert not marker.exists()


@pytest.mark.parametrize("damage", ["none", "its Python is gone", "its folder was renamed"])
def test_a_venv_that_cannot_work_is_seen(installer, installed, monkeypatch, damage):
    """A stamp does not help when the interpreter is gone or the scripts name another folder."""
    install_again(installed)
    if damage == "its Python is gone":
        monkeypatch.setattr(installer, "VENV_PYTHON", "/nowhere/python")
    elif damage == "its folder was renamed":
        monkeypatch.setattr(installer, "VENV", installed / "new" / ".venv")
        shutil.copytree(installed / ".venv", installer.VENV, symlinks=True)
    usable = installer.is_usable(installer.supported_versions(ROOT / "pyproject.toml"), wanted=None)
    assert usable == (damage == "none")


@pytest.mark.parametrize(("uid", "root"), [("0", True), ("1000", False)])
def test_make_lab_starts_jupyterlab_on_the_lectures(installed, uid, root):
    """ARGS arrive, .venv comes first on PATH, nbgrader's configuration is found from anywhere."""
    install_again(installed)
    write_command(
        installed / ".venv/bin",
        "jupyter-lab",
        'echo "$@"; echo "$JUPYTER_CONFIG_PATH"; echo "$PATH"',
    )
    write_command(installed / f"uid{uid}", "id", f"echo {uid}")
    path = f"{installed}/uid{uid}{os.pathsep}{os.environ['PATH']}"
    arguments = "--no-browser --port 8899"
    done = run("make", "lab", f"ARGS={arguments}", cwd=installed, PATH=path)
    *said, called, config, path = done.stdout.splitlines()
    assert called.endswith(arguments)
    assert f"--ServerApp.root_dir={installed} " in called
    assert "default_url=/lab/tree/notebooks/index.ipynb" in called
    assert ("--allow-root" in called) == root
    assert len(said) == root
    assert config.split(os.pathsep)[0] == str(installed)
    assert path.startswith(f"{installed}/.venv/bin{os.pathsep}")
