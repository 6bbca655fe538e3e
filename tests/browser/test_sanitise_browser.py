"""A hostile submission in Chromium: as feedback, and in formgrader on its own server."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from floods import FLOODS
from injections import HUGE_PNG, injected_notebook
from lab_browser import wait_until_up
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.api import Gradebook

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = {"grade_id": "why", "grade": True, "solution": True, "points": 2}
# nbgrader as it comes, to see that the tests would notice.
STOCK = '\nfor name in ("HTMLExporter", "GenerateFeedback"):\n    c.pop(name, None)\n'
LOOKS = """() => {
  const inside = [...document.querySelectorAll(".rendered_html *, .output_area *")];
  const names = inside.flatMap(element => element.getAttributeNames());
  return {
    tripped: window.tripped || 0,
    attributes: names.filter(name => /^(on|id$|name$|data-|src(set|doc)$)/.test(name)),
    moved: inside.filter(element => getComputedStyle(element).position !== "static").length,
    outside: [...document.querySelectorAll(".rendered_html, .output_area")]
      .filter(element => !getComputedStyle(element).contain.includes("paint")).length,
    formulas: [...document.querySelectorAll("math")].map(formula => {
      const box = formula.getBoundingClientRect();
      return Math.min(box.width, box.height);
    }),
    pictures: [...document.querySelectorAll("img[src]")].map(picture => picture.naturalWidth),
    plain: document.body.textContent.split("[Shown as plain text").length - 1,
    leftOut: document.body.textContent.includes("a picture is left out"),
    mathjax: !!document.querySelector("script[src*=mathjax i]"),
  };
}"""

pytestmark = pytest.mark.slow


def flooded_cells():
    """What would take hours to draw, or more memory than a browser has."""
    huge = new_output("display_data", {"image/png": HUGE_PNG})
    cells = [new_code_cell("x", outputs=[huge])]
    for kind, name in [("markdown", "blanks"), ("markdown", "brackets"), ("html", "nested")]:
        cells.append(new_markdown_cell(FLOODS[kind][name](200_000)))
    return cells


@pytest.fixture(scope="module", params=["ours", "stock"])
def course(request, tmp_path_factory):
    """A course with one graded submission, which is hostile, and its feedback."""
    folder = tmp_path_factory.mktemp(request.param)
    config = (ROOT / "nbgrader_config.py").read_text()
    (folder / "nbgrader_config.py").write_text(config + STOCK * (request.param == "stock"))
    own = {f"JUPYTER_{kind}_DIR": str(folder / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    away = ("CLASSROOM", "NBGRADER_EXCHANGE")
    kept = {name: value for name, value in os.environ.items() if name not in away}
    environment = kept | own | {"JUPYTER_CONFIG_PATH": str(folder)}

    notebook = injected_notebook()
    if request.param == "ours":  # Stock pages would take hours to make.
        notebook.cells += flooded_cells()
    notebook.cells.append(new_markdown_cell("Because.", metadata={"nbgrader": WRITTEN}))
    if request.param == "stock":
        # nbgrader's own feedback stops at a cell that is not in the gradebook.
        del notebook.cells[1].metadata["nbgrader"]
    graded = folder / "classroom" / "autograded" / "mallory" / "tiny"
    graded.mkdir(parents=True)
    with Gradebook(f"sqlite:///{folder}/classroom/gradebook.db", "generative-models") as gradebook:
        gradebook.add_assignment("tiny")
        gradebook.add_notebook("tiny", "tiny")
        gradebook.add_grade_cell("why", "tiny", "tiny", max_score=2, cell_type="markdown")
        gradebook.add_solution_cell("why", "tiny", "tiny")
        gradebook.add_student("mallory", first_name="M", last_name="<script>tripped=1</script>")
        gradebook.add_submission("tiny", "mallory")
        (submitted,) = gradebook.notebook_submissions("tiny", "tiny")
        submission = submitted.id
    nbformat.write(notebook, graded / "tiny.ipynb")
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_feedback", "tiny"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return request.param == "ours", folder, environment, submission


@pytest.fixture(scope="module")
def formgrader(course):
    """The address of the submission, on a server of its own."""
    _, folder, environment, submission = course
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = [
        "--ServerApp.jpserver_extensions={'nbgrader.server_extensions.formgrader': True}",
        f"--ServerApp.root_dir={folder}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=t",
        "--no-browser",
        "--allow-root",
    ]
    log = folder / "server.log"
    with log.open("w") as file:
        command = [sys.executable, "-m", "jupyter_server", *options]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=file, stderr=file)
    try:
        wait_until_up(process, port, log)
        yield f"http://127.0.0.1:{port}/formgrader/submissions/{submission}/?token=t"
    finally:
        process.terminate()
        process.wait(timeout=120)


def visit(browser, address, with_policy):
    """What the page did: looks, requests to other places, dialogs, errors.

    Without the page's own Content-Security-Policy, to see what the filters leave, or with it.
    """
    for earlier in browser.contexts:  # The last one stays open, for a picture of a failure.
        earlier.close()
    context = browser.new_context(bypass_csp=not with_policy)
    page = context.new_page()
    home, _, _ = address.partition("/formgrader/")
    asked, dialogs, errors = [], [], []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: errors.append(str(error)))

    def route(request):
        url = request.request.url
        known = url == address or url.startswith((f"{home}/formgrader/", f"{home}/favicon"))
        if known or url.startswith("data:image/png"):
            request.continue_()
        else:
            asked.append(url)
            request.abort()

    context.route("**/*", route)
    page.goto(address, wait_until="load")
    page.wait_for_timeout(1500)
    # As somebody reads it: over everything, down to the end.
    page.mouse.move(300, 300)
    page.mouse.wheel(0, 100000)
    page.wait_for_timeout(300)
    looks = page.evaluate(LOOKS)
    scores = page.locator("input.score").count()
    shortcuts = page.evaluate("!!window.formgrader?.keyboard_manager?.help.tab")
    return looks | {
        "asked": asked,
        "dialogs": dialogs,
        "errors": errors,
        "scores": scores,
        "shortcuts": shortcuts,
    }


def assert_passive(seen):
    """Nothing ran, nothing was asked for, and formulas and the picture are there."""
    assert seen["tripped"] == 0
    assert seen["asked"] == seen["dialogs"] == seen["errors"] == []
    assert seen["attributes"] == []
    assert seen["moved"] == seen["outside"] == 0
    assert len(seen["formulas"]) > 2 and min(seen["formulas"][-2:]) > 5
    assert seen["pictures"] and all(seen["pictures"])
    assert not seen["mathjax"]
    assert seen["plain"] == 3 and seen["leftOut"]


@pytest.mark.parametrize("with_policy", [False, True])
def test_feedback_is_passive_and_stock_feedback_is_not(browser, course, with_policy):
    """The file that a student opens runs and asks for nothing, with its policy and without."""
    ours, folder, _, _ = course
    page = folder / "classroom" / "feedback" / "mallory" / "tiny" / "tiny.html"
    seen = visit(browser, page.as_uri(), with_policy)
    if ours:
        assert_passive(seen)
    else:
        assert seen["tripped"] and seen["attributes"] and seen["moved"]
        assert any("evil.test" in url for url in seen["asked"])
        assert any("mathjax" in url.lower() for url in seen["asked"])


@pytest.mark.parametrize("with_policy", [False, True])
def test_formgrader_is_passive_and_stock_formgrader_is_not(
    browser, course, formgrader, with_policy
):
    """On Jupyter's origin, too, and an instructor can grade: one field, shortcuts at work."""
    ours, *_ = course
    seen = visit(browser, formgrader, with_policy)
    if ours:
        assert_passive(seen)
        assert seen["scores"] == 1
        assert seen["shortcuts"]
    else:
        assert seen["tripped"] and seen["attributes"] and seen["moved"]
        assert any("evil.test" in url for url in seen["asked"])
        assert any("mathjax" in url.lower() for url in seen["asked"])
