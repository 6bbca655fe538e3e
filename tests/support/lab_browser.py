"""JupyterLab as `make lab` starts it, in a Chromium that nobody sees."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path

import nbformat
from executed import OFFLINE
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_notebook

__all__ = [
    "QUIET",
    "Lab",
    "begin_to_run",
    "choose",
    "chromium_path",
    "copy_course",
    "is_running",
    "launched_chromium",
    "open_notebook",
    "running_lab",
    "wait_until_up",
]

ROOT = Path(__file__).resolve().parents[2]
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false"},
    # What an executed notebook is kept with: its widgets can be looked at without a kernel.
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},
}
PROMPTS = """() => [...document.querySelectorAll(".jp-Notebook .jp-CodeCell .jp-InputPrompt")]
  .map(prompt => prompt.textContent.trim())"""
RUNNING = f"() => ({PROMPTS})().includes('[*]:')"


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab.

    Attributes:
        address: without a slash at the end; its token is ``t``.
        course: the folder that it serves.
        place: the folder of its settings and its log.
    """

    address: str
    course: Path
    place: Path

    def write(self, path, notebook, trusted=False):
        """Write a notebook below the course, so that its outputs are trusted if they are to be."""
        (self.course / path).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, self.course / path)
        if trusted:
            NotebookNotary(data_dir=str(self.place / "DATA")).sign(notebook)

    def open(self, browser, path, heard=None, **options):
        """A new page with a notebook, whose kernel is up and has run nothing.

        Args:
            browser: Playwright's.
            path: of the notebook, below the course.
            heard: list that is told of each error in the page and in its console, or None.
            options: of Playwright's page.
        """
        page = browser.new_page(viewport={"width": 1280, "height": 1100}, **options)
        page.set_default_timeout(120_000)
        if heard is not None:
            page.on("pageerror", lambda error: heard.append(f"in the page: {error}"))
            page.on("console", lambda message: heard.extend(_errors(message)))
        # A new workspace: in one that was used, what it restores goes over what is clicked, late.
        page.goto(
            f"{self.address}/lab/workspaces/{uuid.uuid4()}/tree/{path}?token=t",
            wait_until="domcontentloaded",
        )
        page.get_by_text("| Idle").wait_for()
        return page

    def run(self, browser, sources, name="cells", **options):
        """A new page with a notebook of these code cells, all of them run."""
        path = f"notebooks/{name}.ipynb"
        cells = [new_code_cell(source) for source in sources]
        self.write(path, new_notebook(cells=cells, metadata={"kernelspec": KERNEL}))
        page = self.open(browser, path, **options)
        begin_to_run(page)
        page.wait_for_function(f"() => !({RUNNING})()", timeout=600_000)
        return page

    def shut_kernels_down(self, path=""):
        """End the kernels of the notebooks whose path has that in it."""
        for session in self.ask("api/sessions"):
            if path in session["path"]:
                self.ask(f"api/sessions/{session['id']}", "DELETE")

    def ask(self, path, method="GET"):
        """What the server's interface answers, as JSON; None if it says nothing."""
        headers = {"Authorization": "token t"}
        request = urllib.request.Request(f"{self.address}/{path}", headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            text = response.read()
        return json.loads(text) if text else None


def _errors(message):
    return [f"in the console: {message.text:.300}"] if message.type == "error" else []


def choose(page, menu, entry):
    """Click an entry of one of JupyterLab's menus."""
    page.get_by_role("menuitem", name=menu, exact=True).click()
    # By its label: the name has the entry's keys in it, too.
    page.locator(".lm-Menu").get_by_text(entry, exact=True).click()


def begin_to_run(page):
    """Run All Cells, and return once they are in the queue."""
    choose(page, "Run", "Run All Cells")
    page.wait_for_function(f"() => ({PROMPTS})().some(text => text !== '[ ]:')")


def is_running(page):
    """Whether a cell of the notebook runs, or waits for that."""
    return page.evaluate(RUNNING)


def chromium_path():
    """Of the Chromium that is on PATH, or None."""
    return shutil.which("chromium") or shutil.which("google-chrome")


@contextlib.contextmanager
def launched_chromium(playwright):
    """A browser; ``playwright`` is what ``playwright.sync_api.sync_playwright`` gives."""
    path = chromium_path()
    browser = playwright.chromium.launch(executable_path=path, args=QUIET.split())
    try:
        yield browser
    finally:
        browser.close()


@contextlib.contextmanager
def open_notebook(playwright, sources, theme="JupyterLab Light"):
    """A page of a JupyterLab of its own, with a notebook of code cells, all of them run.

    Args:
        playwright: what ``playwright.sync_api.sync_playwright`` gives.
        sources: texts of the cells, each with an output.
        theme: name of JupyterLab's theme.
    """
    folder = ROOT / "classroom"  # Never committed.
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        course = copy_course(Path(place, "course"))
        with running_lab(Path(place), course, theme) as address, launched_chromium(playwright) as b:
            yield Lab(address, course, Path(place)).run(b, sources)


def copy_course(folder):
    """A copy of the course as far as JupyterLab shows it, which may be written into."""
    folder.mkdir(parents=True)
    for name in ("Makefile", "nbgrader_config.py", "jupyter_server_config.py"):
        shutil.copy(ROOT / name, folder)
    mine = shutil.ignore_patterns("my_assignments", ".ipynb_checkpoints")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=mine)
    return folder


@contextlib.contextmanager
def running_lab(place, course=ROOT, theme="JupyterLab Light", **environment):
    """The address of a server, with settings of its own in a folder; its token is ``t``.

    Args:
        place: the folder of settings and log.
        course: the folder that it serves, with a Makefile.
        theme: name of JupyterLab's theme.
        environment: further variables. Kernels are without a network anyway.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    own = {f"JUPYTER_{kind}_DIR": str(place / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    themes = {"@jupyterlab/apputils-extension/themes": {"theme": theme}}
    for name, values in (SETTINGS | themes).items():
        file = place / "CONFIG/lab/user-settings" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    arguments = f"--no-browser --port {port} --ServerApp.port_retries=0 --IdentityProvider.token=t"
    log = place / "lab.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            # With the packages that this runs with, which need not be those of .venv.
            [
                "make",
                "-o",
                "install",
                "lab",
                f"BIN={Path(sys.executable).parent}",
                f"ARGS={arguments}",
            ],
            cwd=course,
            env=os.environ | OFFLINE | own | environment,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        wait_until_up(process, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=120)


def wait_until_up(process, port, log):
    """Return when a Jupyter server answers; raise RuntimeError with its log if it does not."""
    deadline = time.monotonic() + 300
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=10).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Jupyter did not come up:\n{log.read_text()}") from None
            time.sleep(0.2)
