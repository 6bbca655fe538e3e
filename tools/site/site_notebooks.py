"""Notebooks as pages: figures as files, explorers as stills, both with text alternatives."""

import base64
import hashlib
import html
import re

import nbformat
from nbformat.v4 import new_markdown_cell

__all__ = ["Figures", "assignment_page", "lecture_page"]

WIDGET = "application/vnd.jupyter.widget-view+json"
STILL = '<p class="still">This is a still. Open the lecture in JupyterLab to use the explorer.</p>'
DATA = re.compile(r'src="data:image/(png|gif|jpeg|webp|svg\+xml);base64,([^"]+)"')
ALT = re.compile(r'\balt="([^"]*)"')
# Notebooks are two folders below the root of the site.
UP = "../../"
NOT_EXECUTED = (
    ":::{note}\nThis copy of the site lacks the outputs of this lecture. `make site` executes it."
    "\n:::"
)
IN_JUPYTERLAB = (
    ":::{note}\nThese are the questions. Write and check your answers in JupyterLab: run "
    "`make lab` and open `%s`.\n:::"
)


class Figures:
    """Pictures of the lectures, each in its own file, which a browser loads when it is visible.

    Attributes:
        of: dictionary from a lecture's name to its pictures: list of ``(alt, file)``.
    """

    def __init__(self, stage):
        self._folder = stage / "_static" / "figures"
        self._folder.mkdir(parents=True, exist_ok=True)
        self.of = {}

    def moved_out(self, lecture, source):
        """The HTML of an output, with files instead of data in its ``<img>`` elements."""

        def image(tag):
            data = DATA.search(tag[0])
            alt = ALT.search(tag[0])
            if data is None or alt is None:
                return tag[0]
            content = base64.b64decode(data[2])
            kind = data[1].partition("+")[0]
            name = f"{hashlib.sha256(content).hexdigest()[:16]}.{kind}"
            (self._folder / name).write_bytes(content)
            self.of.setdefault(lecture, []).append((html.unescape(alt[1]), name))
            address = f"{UP}_static/figures/{name}"
            # A tap on the figure shows it at full size on a phone.
            picture = DATA.sub(f'loading="lazy" src="{address}"', tag[0])
            return f'<a href="{address}">{picture}</a>'

        return re.sub(r"<img\b[^>]*>", image, source)


def lecture_page(path, notebook, figures):
    """The notebook of a lecture in the form that Sphinx reads.

    Args:
        path: the built lecture.
        notebook: the same with outputs, or None if it has not been executed.
        figures: ``Figures`` that store its pictures.
    """
    if notebook is None:
        notebook = nbformat.read(path, as_version=4)
        notebook.cells.insert(1, new_markdown_cell(NOT_EXECUTED))
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" in data:
                still = STILL if data.pop(WIDGET, None) else ""
                shown = figures.moved_out(path.stem, data["text/html"])
                output["data"] = {"text/html": shown + still}
    return notebook


def assignment_page(path):
    """The notebook of a released assignment, with a line that says where to work on it."""
    notebook = nbformat.read(path, as_version=4)
    where = f"notebooks/assignments/{path.stem}/{path.name}"
    notebook.cells.insert(1, new_markdown_cell(IN_JUPYTERLAB % where))
    return notebook
