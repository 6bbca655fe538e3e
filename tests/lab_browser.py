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
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

__all__ = ["QUIET", "open_notebook", "running_lab", "wait_until_up"]

ROOT = Path(__file__).resolve().parent.parent
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@contextlib.contextmanager
def open_notebook(playwright, sources, theme="JupyterLab Light"):
    """A page of JupyterLab with a notebook of code cells, all of them run.

    Args:
        playwright: what ``playwright.sync_api.sync_playwright`` gives.
        sources: texts of the cells, each with an output.
        theme: name of JupyterLab's theme.
    """
    cells = [new_code_cell(source) for source in sources]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    folder = ROOT / "classroom"  # Below the server's root, and never committed.
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
        nbformat.write(notebook, Path(place, "explorers.ipynb"))
        settings = Path(place, "CONFIG", "lab/user-settings/@jupyterlab/apputils-extension")
        settings.mkdir(parents=True)
        Path(settings, "themes.jupyterlab-settings").write_text(json.dumps({"theme": theme}))
        Path(settings, "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
        with running_lab(Path(place)) as address:
            chromium = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=chromium, args=QUIET.split())
            page = browser.new_page(viewport={"width": 1280, "height": 1100})
            path = Path(place, "explorers.ipynb").relative_to(ROOT)
            page.goto(f"{address}/lab/tree/{path}?token=t", wait_until="domcontentloaded")
            page.get_by_text("| Idle").wait_for(timeout=60_000)  # A kernel is there.
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            outputs = page.locator(".jp-Notebook .jp-OutputArea-output")
            outputs.nth(len(sources) - 1).wait_for(timeout=120_000)
            yield page
            browser.close()


@contextlib.contextmanager
def running_lab(place):
    """The address of a server, with settings of its own in a folder; its token is ``t``."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    own = {f"JUPYTER_{kind}_DIR": str(place / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
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
            cwd=ROOT,
            env=os.environ | own,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        wait_until_up(process, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def wait_until_up(process, port, log):
    """Return when a Jupyter server answers; raise RuntimeError with its log if it does not."""
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=10).close()
            return
        except urllib.error.URLError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Jupyter did not come up:\n{log.read_text()}") from None
            time.sleep(0.2)
