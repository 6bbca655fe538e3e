"""What of a submission may reach a browser: words, pictures, tables and formulas.

Wired in nbgrader_config.py, for formgrader and feedback alike. The preprocessor leaves in a
notebook only what may be shown; the filters have the renderer draw it, within what one page
may cost (``autograder.pages.page``).
"""

import html
import re
from collections.abc import Mapping
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode

from autograder.pages.page import Page, Shown
from autograder.pages.pictures import PICTURE_TYPES
from autograder.pages.renderer import Text

__all__ = [
    "Sanitise",
    "ansi2html",
    "clean_html",
    "highlight_code",
    "markdown2html",
    "strip_files_prefix",
]

PAGE = "page"  # Key of the exporter's resources: the ``Page`` of this notebook.
_NO_WORDS = "No description has been provided for this image"
_GRADE_ID = re.compile(r"[A-Za-z0-9_-]+")
_NBGRADER = frozenset(
    {
        "cell_type",
        "checksum",
        "grade",
        "grade_id",
        "locked",
        "points",
        "schema_version",
        "solution",
        "task",
    }
)
_TEXTS = ("text/html", "text/latex", "text/markdown", "text/plain")
_LEFT_OUT = "(a picture is left out: it is too large, or moves, or the page has too many)"


# The filters are called as nbconvert's of the same names, which its templates use.


@pass_context
def clean_html(context: Context | dict[str, Any], element: str | bytes) -> str:
    """HTML from anybody without anything that runs, loads, covers or pretends."""
    if isinstance(element, Shown):
        return element
    text = element.decode("utf-8", "replace") if isinstance(element, bytes) else str(element)
    return _page(context).draw(Text("html", text))


@pass_context
def markdown2html(context: Context | dict[str, Any], source: str) -> str:
    """Markdown from anybody as clean HTML, formulas as MathML."""
    attachments = context.get("cell", {}).get("attachments", {})
    pictures = tuple(
        (name, kind, data) for name, forms in attachments.items() for kind, data in forms.items()
    )
    return _page(context).draw(Text("markdown", source, (pictures,)))


@pass_context
def highlight_code(
    context: Context | dict[str, Any],
    source: str,
    language: str | None = None,
    metadata: dict[str, Any] | None = None,
) -> str:
    """Code from anybody with its words coloured."""
    magic = (metadata or {}).get("magics_language", "")
    return _page(context).draw(Text("code", source, (language or "", magic)))


@pass_context
def ansi2html(context: Context | dict[str, Any], text: str) -> str:
    """What anybody's code printed, in a terminal's colours."""
    return _page(context).terminal(str(text))


def strip_files_prefix(text: str) -> str:
    """Nothing to do: nbconvert's filter of this name mends addresses that we do not show."""
    return text


def _page(context: Context | dict[str, Any]) -> Page:
    page = context.get("resources", {}).get(PAGE)
    return page if isinstance(page, Page) else Page()


class Sanitise(Preprocessor):
    """Leave in a notebook what the templates may print as it is.

    They escape some metadata and not the other, so little of it stays.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        nb.metadata = NotebookNode()
        resources[PAGE] = Page()
        # Formgrader prints these as they are. A student's id is the name of a folder.
        for name in ("first_name", "last_name", "notebook_path", "student"):
            if isinstance(resources.get(name), str):
                resources[name] = html.escape(resources[name])
        nb, resources = super().preprocess(nb, resources)
        return nb, resources

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        page = resources[PAGE]
        cell.metadata = _cell_metadata(cell.metadata)
        if "attachments" in cell:
            cell.attachments = {
                name: pictures
                for name, forms in cell.attachments.items()
                if (pictures := _pictures(forms, page))
            }
        if cell.cell_type == "code":
            cell.execution_count = _count(cell.get("execution_count"))
            cell.outputs = [_output(output, page) for output in cell.outputs]
        return cell, resources


def _cell_metadata(metadata: NotebookNode) -> NotebookNode:
    """What nbgrader needs, and the language of a cell that `%%bash` or its like begins."""
    kept = NotebookNode()
    nbgrader, language = metadata.get("nbgrader"), metadata.get("magics_language")
    if isinstance(nbgrader, dict) and _GRADE_ID.fullmatch(str(nbgrader.get("grade_id", ""))):
        kept.nbgrader = NotebookNode({key: nbgrader[key] for key in _NBGRADER & {*nbgrader}})
        kept.nbgrader.setdefault("points", 0)  # Formgrader stops without it.
    if isinstance(language, str) and language.isalnum():
        kept.magics_language = language
    return kept


def _count(number: object) -> int | None:
    return number if isinstance(number, int) else None


def _pictures(forms: Mapping[str, object], page: Page) -> dict[str, object]:
    """Those forms of a picture that are one, and for which the page has room."""
    return {
        kind: data
        for kind, data in forms.items()
        if kind in PICTURE_TYPES and page.has_room_for(kind, data)
    }


def _output(output: NotebookNode, page: Page) -> NotebookNode:
    """The output with the forms of it that may be shown, and words for its pictures."""
    if "execution_count" in output:
        output.execution_count = _count(output.execution_count)
    if "traceback" in output:
        # One text, as it is read: each of them costs a turn of its own.
        output.traceback = ["\n".join(map(str, output.traceback))]
    if "data" not in output:
        return output  # Text, or an error: escaped by the templates.
    given = {kind: data for kind, data in output.data.items() if isinstance(data, str)}
    pictures = _pictures(given, page)
    output.data = NotebookNode(_shown(given, pictures, [*output.data]))
    output.metadata = NotebookNode({kind: _picture_metadata(output, kind) for kind in pictures})
    return output


def _shown(
    given: dict[str, str], pictures: dict[str, object], kinds: list[str]
) -> dict[str, object]:
    """The forms of an output that may be shown.

    Args:
        given: those that are text.
        pictures: those that are pictures.
        kinds: the names of all.
    """
    if pictures:
        # The templates would rather show the HTML, which is a picture once more.
        return {**pictures, "text/plain": given.get("text/plain", "")}
    texts: dict[str, object] = {kind: given[kind] for kind in _TEXTS if kind in given}
    if "text/latex" in texts:
        # Markdown knows formulas, and the template for LaTeX only MathJax.
        texts.setdefault("text/markdown", texts.pop("text/latex"))
    if "image/png" in given or "image/jpeg" in given:
        plain = f"{given.get('text/plain', '')}\n{_LEFT_OUT}".lstrip()
        return texts if "text/html" in texts else {"text/plain": plain}
    return texts or {"text/plain": f"(not shown here: {', '.join(kinds) or 'nothing'})"}


def _picture_metadata(output: NotebookNode, kind: str) -> NotebookNode:
    """Words for the picture, and its size where that is a number."""
    given = output.get("metadata", {}).get(kind)
    given = given if isinstance(given, dict) else {}
    plain = output.data.get("text/plain")
    words = given.get("alt") or ("" if str(plain).startswith("<") else plain)
    size = {key: given[key] for key in ("height", "width") if type(given.get(key)) is int}
    return NotebookNode({"alt": words if isinstance(words, str) and words else _NO_WORDS} | size)
