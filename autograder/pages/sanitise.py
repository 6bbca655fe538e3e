"""What of a submission may reach a browser: words, pictures, tables and formulas.

Wired in nbgrader_config.py, for formgrader and feedback alike. Everything goes by lists of
what is allowed; what is not on them is left out, whatever it is.
"""

import functools
import html
import re

import nh3
from jinja2 import pass_context
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import (
    InvalidNotebook,
    IPythonRenderer,
    MarkdownWithMath,
)
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from pygments.token import STANDARD_TYPES

from autograder.pages.formulas import as_mathml

__all__ = ["Sanitise", "clean_html", "highlight_code", "markdown2html"]


def _words(text):
    return frozenset(text.split())


TAGS = _words(
    "a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em "
    "figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small "
    "span strong sub summary sup table tbody td tfoot th thead tr u ul var"
)
_PICTURE_TYPES = {"image/png": "iVBORw0KGgo", "image/jpeg": "/9j/"}  # and how their base64 begins
_PICTURE = r"(iVBORw0KGgo|/9j/)[A-Za-z0-9+/=\s]*"
# No identifier, and no name: formgrader finds its own fields by those.
ATTRIBUTES = {
    "*": {"lang", "style", "title"},
    "a": {"href"},
    "img": {"alt", "height", "src", "width"},
    "ol": {"start"},
    "table": {"border"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_VALUES = {
    "border": re.compile(r"[01]"),
    "colspan": re.compile(r"[0-9]{1,2}"),
    "height": re.compile(r"[0-9]{1,4}"),
    "href": re.compile(r"(https?://|mailto:)[^\s]*", re.IGNORECASE),
    "rowspan": re.compile(r"[0-9]{1,3}"),
    "src": re.compile(rf"data:image/(png|jpeg);base64,{_PICTURE}"),
    "start": re.compile(r"[0-9]{1,6}"),
    "width": re.compile(r"[0-9]{1,4}%?"),
}
# Colour, and room within the own box: nothing that moves, covers, hides or fetches.
_PROPERTIES = _words(
    "background-color border border-bottom border-collapse border-color border-left "
    "border-right border-spacing border-style border-top border-width color font-style font-weight "
    "height margin margin-bottom margin-left margin-right margin-top max-width min-width "
    "overflow-wrap padding padding-bottom padding-left padding-right padding-top text-align "
    "text-decoration vertical-align white-space width"
)
# Without a bracket there is no url(); a minus before a number would reach over a neighbour.
_PROPERTY_VALUE = re.compile(r"(?!.*-\s*[0-9.])[-#%.,\w\s]{1,100}", re.ASCII)
# Classes of highlighted code, and of the formulas that `markdown2html` leaves to `clean_html`.
_CLASSES = {
    "code": {"tex", "display"},
    "div": {"highlight"},
    "span": {name for name in STANDARD_TYPES.values() if name},
}
_FORMULA = re.compile(r'<code class="tex( display)?">([^<]*)</code>')
_IMG = re.compile(r'<img((?: [a-z]+="[^"]*")*)>')
_NO_WORDS = "No description has been provided for this image"
_GRADE_ID = re.compile(r"[A-Za-z0-9_-]+")
_NBGRADER = _words("cell_type checksum grade grade_id locked points schema_version solution task")
_SHOWN = frozenset({"text/html", "text/latex", "text/markdown", "text/plain", *_PICTURE_TYPES})


def _filter_attribute(tag, name, value):
    if name == "style":
        declarations = (declaration.partition(":") for declaration in value.split(";"))
        kept = [
            f"{key.strip().lower()}: {of.strip()}"
            for key, _, of in declarations
            if key.strip().lower() in _PROPERTIES and _PROPERTY_VALUE.fullmatch(of.strip())
        ]
        return "; ".join(kept) or None
    allowed = _VALUES.get(name)
    return value if allowed is None or allowed.fullmatch(value) else None


_CLEANER = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags={"iframe", "math", "noscript", "object", "script", "style", "svg", "title"},
    attributes=ATTRIBUTES,
    attribute_filter=_filter_attribute,
    allowed_classes=_CLASSES,
    url_schemes={"data", "http", "https", "mailto"},  # `data` for pictures, see _VALUES
    link_rel="noopener noreferrer nofollow",
)


def clean_html(element):
    """The HTML without anything that runs, loads, covers or pretends; formulas as MathML.

    Args:
        element: text or UTF-8 bytes, from anybody.
    """
    text = element.decode("utf-8", "replace") if isinstance(element, bytes) else str(element)
    cleaned = _CLEANER.clean(text)
    # Only now, so that no MathML but ours is in the page. What looks like an element here is
    # one: in text the cleaner has escaped every <, in the values of attributes every quote.
    cleaned = _FORMULA.sub(
        lambda found: as_mathml(html.unescape(found[2]), bool(found[1])), cleaned
    )
    return _IMG.sub(_with_words, cleaned)


def _with_words(found):
    return found[0] if ' alt="' in found[1] else f'<img{found[1]} alt="{_NO_WORDS}">'


class _Renderer(IPythonRenderer):
    """nbconvert's, with formulas marked for `clean_html` and nothing left to a script."""

    def block_math(self, body):
        return f'<code class="tex display">{html.escape(body)}</code>'

    def inline_math(self, body):
        return f'<code class="tex">{html.escape(body)}</code>'

    def latex_environment(self, name, body):
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    def block_mermaidjs(self, code):
        return f"<pre><code>{html.escape(code)}</code></pre>\n"

    def image(self, text, url, title=None):
        try:
            return super().image(text, url, title)
        except InvalidNotebook:  # An attachment that is not there, or was no picture.
            return super().image(text, "", title)


@pass_context
def markdown2html(context, source):
    """Markdown from anybody as clean HTML, in place of nbconvert's filter of this name."""
    attachments = context.get("cell", {}).get("attachments", {})
    pictures = [
        (name, kind, data) for name, forms in attachments.items() for kind, data in forms.items()
    ]
    return _markdown(source, tuple(pictures))


@functools.lru_cache(maxsize=1024)  # Most cells are the same in all submissions of a class.
def _markdown(source, pictures=()):
    attachments = {}
    for name, kind, data in pictures:
        attachments.setdefault(name, {})[kind] = data
    renderer = _Renderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    try:
        return clean_html(MarkdownWithMath(renderer=renderer).render(source))
    except RecursionError:  # Brackets in brackets in brackets.
        return f"<pre>{html.escape(source)}</pre>"


_HIGHLIGHT = Highlight2HTML()


def highlight_code(source, language=None, metadata=None):
    """nbconvert's filter of this name, which does not do the same cell twice."""
    return _highlight(source, language, (metadata or {}).get("magics_language"))


@functools.lru_cache(maxsize=1024)
def _highlight(source, language, magic):
    return _HIGHLIGHT(source, language, {"magics_language": magic} if magic else None)


class Sanitise(Preprocessor):
    """Leave in a notebook what the templates may print as it is.

    They escape some metadata and not the other, so little of it stays.
    """

    def preprocess(self, nb, resources):
        nb.metadata = NotebookNode()
        # Formgrader prints these as they are. A student's id is the name of a folder.
        for name in ("first_name", "last_name", "notebook_path", "student"):
            if isinstance(resources.get(name), str):
                resources[name] = html.escape(resources[name])
        return super().preprocess(nb, resources)

    def preprocess_cell(self, cell, resources, index):
        cell.metadata = _cell_metadata(cell.metadata)
        if "attachments" in cell:
            cell.attachments = {
                name: pictures
                for name, forms in cell.attachments.items()
                if (pictures := _pictures(forms))
            }
        if cell.cell_type == "code":
            cell.execution_count = _count(cell.get("execution_count"))
            cell.outputs = [_output(output) for output in cell.outputs]
        return cell, resources


def _cell_metadata(metadata):
    """What nbgrader needs, and the language of a cell that `%%bash` or its like begins."""
    kept = NotebookNode()
    nbgrader, language = metadata.get("nbgrader"), metadata.get("magics_language")
    if isinstance(nbgrader, dict) and _GRADE_ID.fullmatch(str(nbgrader.get("grade_id", ""))):
        kept.nbgrader = NotebookNode({key: nbgrader[key] for key in _NBGRADER & {*nbgrader}})
        kept.nbgrader.setdefault("points", 0)  # Formgrader stops without it.
    if isinstance(language, str) and language.isalnum():
        kept.magics_language = language
    return kept


def _count(number):
    return number if isinstance(number, int) else None


def _pictures(forms):
    """Those forms of a picture that are one."""
    return {
        kind: data
        for kind, data in forms.items()
        if kind in _PICTURE_TYPES
        and isinstance(data, str)
        and data.startswith(_PICTURE_TYPES[kind])
        and re.fullmatch(_PICTURE, data)
    }


def _output(output):
    """The output with the forms of it that may be shown, and words for its pictures."""
    if "execution_count" in output:
        output.execution_count = _count(output.execution_count)
    if "data" not in output:
        return output  # Text, or an error: escaped by the templates.
    given = {kind: data for kind, data in output.data.items() if isinstance(data, str)}
    pictures = _pictures(given)
    data = {kind: given[kind] for kind in _SHOWN - {*_PICTURE_TYPES} & {*given}} | pictures
    if pictures:
        # The templates would rather show the HTML, which is a picture once more.
        data = pictures | {"text/plain": given.get("text/plain", "")}
    elif "text/latex" in data:
        # Markdown knows formulas, and the template for LaTeX only MathJax.
        data.setdefault("text/markdown", data.pop("text/latex"))
    if not data:
        data = {"text/plain": f"(not shown here: {', '.join(output.data) or 'nothing'})"}
    output.metadata = NotebookNode(
        {kind: _picture_metadata(output, kind) for kind in pictures if kind in data}
    )
    output.data = NotebookNode(data)
    return output


def _picture_metadata(output, kind):
    """Words for the picture, and its size where that is a number."""
    given = output.get("metadata", {}).get(kind)
    given = given if isinstance(given, dict) else {}
    plain = output.data.get("text/plain")
    words = given.get("alt") or ("" if str(plain).startswith("<") else plain)
    size = {key: given[key] for key in ("height", "width") if type(given.get(key)) is int}
    return NotebookNode({"alt": words if isinstance(words, str) and words else _NO_WORDS} | size)
