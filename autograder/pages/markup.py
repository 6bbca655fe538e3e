"""A stranger's text as HTML that only shows: what ``autograder.pages.renderer`` runs.

Everything goes by lists of what is allowed; what is not on them is left out, whatever it is.
Most parsers here need time that grows with the square of a hostile text, so nobody but the
renderer, which can be killed, hands them one.
"""

import html
import re
from collections.abc import Callable

import nh3
from nbconvert.filters.ansi import ansi2html
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import (
    InvalidNotebook,
    IPythonRenderer,
    MarkdownWithMath,
)
from pygments.token import STANDARD_TYPES

from autograder.pages.formulas import as_mathml
from autograder.pages.pictures import MOST_PIXELS, PICTURE, pixels

__all__ = [
    "DRAW",
    "MOST_DEPTH",
    "Attachments",
    "TooMuchError",
    "ansi",
    "clean",
    "code",
    "markdown",
    "pixels_in",
]

Attachments = list[tuple[str, str, str]]  # Name, MIME type and base64 of each pasted picture.

MOST_DEPTH = 100  # Elements in elements. Browsers stop at 512; a list in a list in a table has 12.


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TAGS = _words(
    "a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em "
    "figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small "
    "span strong sub summary sup table tbody td tfoot th thead tr u ul var"
)
# No identifier, and no name: formgrader finds its own fields by those.
_ATTRIBUTES = {
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
    "src": re.compile(rf"data:image/(png|jpeg);base64,{PICTURE}"),
    "start": re.compile(r"[0-9]{1,6}"),
    "width": re.compile(r"[0-9]{1,4}%?"),
}
# Colour, and room within the own box: nothing that moves, covers, hides or loads.
_PROPERTIES = _words(
    "background-color border border-bottom border-collapse border-color border-left "
    "border-right border-spacing border-style border-top border-width color font-style font-weight "
    "height margin margin-bottom margin-left margin-right margin-top max-width min-width "
    "overflow-wrap padding padding-bottom padding-left padding-right padding-top text-align "
    "text-decoration vertical-align white-space width"
)
# Without a bracket there is no url(); a minus before a number would reach over a neighbour.
_PROPERTY_VALUE = re.compile(r"(?!.*-\s*[0-9.])[-#%.,\w\s]{1,100}", re.ASCII)
# Classes of highlighted code, and of the formulas that `markdown` leaves to `clean`.
_CLASSES = {
    "code": {"tex", "display"},
    "div": {"highlight"},
    "span": {name for name in STANDARD_TYPES.values() if name},
}
_FORMULA = re.compile(r'<code class="tex( display)?">([^<]*)</code>')
_IMG = re.compile(r'<img((?: [a-z]+="[^"]*")*)>')
_SRC = re.compile(r' src="data:image/[a-z]+;base64,([^"]*)"')
# A whole tag of clean HTML or MathML, with its attributes: a value may contain a <.
_TAG = re.compile(r'<(/?)([a-z0-9]+)(?: [a-zA-Z:-]+="[^"]*")*( ?/)?>')
_VOID = frozenset({"br", "col", "hr", "img"})
_NO_WORDS = "No description has been provided for this image"
_NO_PICTURE = f"<em>(a picture is left out: it moves, or has more than {MOST_PIXELS:,} pixels)</em>"


class TooMuchError(Exception):
    """A text cannot be drawn within what a page may cost; the message says why.

    Args:
        why: a clause, such as "it is nested too deeply".
        seconds: of the processor, that finding this out took.
    """

    def __init__(self, why: str, seconds: float = 0.0) -> None:
        super().__init__(why)
        self.seconds = seconds


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
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
    tags=set(_TAGS),
    clean_content_tags={"iframe", "math", "noscript", "object", "script", "style", "svg", "title"},
    attributes=_ATTRIBUTES,
    attribute_filter=_filter_attribute,
    allowed_classes=_CLASSES,
    url_schemes={"data", "http", "https", "mailto"},  # `data` for pictures, see _VALUES
    link_rel="noopener noreferrer nofollow",
)


def clean(text: str) -> str:
    """The HTML without anything that runs, loads, covers or pretends; formulas as MathML.

    Args:
        text: HTML from anybody.

    Raises:
        TooMuchError: if elements are nested too deeply for a browser.
    """
    cleaned = _CLEANER.clean(text)
    # Only now, so that no MathML but ours is in the page. What looks like an element here is
    # one: in text the cleaner has escaped every <, in the values of attributes every quote.
    cleaned = _FORMULA.sub(
        lambda found: as_mathml(html.unescape(found[2]), bool(found[1])), cleaned
    )
    cleaned = _IMG.sub(_checked_picture, cleaned)
    _check_depth(cleaned)
    return cleaned


def _checked_picture(found: re.Match[str]) -> str:
    """A picture that is not too large, with words for whoever does not see it."""
    attributes = found[1]
    source = _SRC.search(attributes)
    if source and (pixels(source[1]) or MOST_PIXELS + 1) > MOST_PIXELS:
        return _NO_PICTURE
    return found[0] if ' alt="' in attributes else f'<img{attributes} alt="{_NO_WORDS}">'


def pixels_in(cleaned: str) -> int:
    """Pixels of all pictures in clean HTML."""
    return sum(pixels(data) or 0 for data in _SRC.findall(cleaned))


def _check_depth(cleaned: str) -> None:
    depth = 0
    for ends, name, is_empty in _TAG.findall(cleaned):
        if ends:
            depth -= 1
        elif not is_empty and name not in _VOID:
            depth += 1
        if depth > MOST_DEPTH:
            raise TooMuchError(f"its elements are nested more than {MOST_DEPTH} deep")


class _Renderer(IPythonRenderer):
    """nbconvert's, with formulas marked for `clean` and nothing left to a script."""

    def block_math(self, body: str) -> str:
        return f'<code class="tex display">{html.escape(body)}</code>'

    def inline_math(self, body: str) -> str:
        return f'<code class="tex">{html.escape(body)}</code>'

    def latex_environment(self, name: str, body: str) -> str:
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    def block_mermaidjs(self, code: str) -> str:
        return f"<pre><code>{html.escape(code)}</code></pre>\n"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        try:
            return str(super().image(text, url, title))
        except InvalidNotebook:  # An attachment that is not there, or was no picture.
            return str(super().image(text, "", title))


def markdown(source: str, pictures: Attachments) -> str:
    """Markdown from anybody as clean HTML.

    Args:
        source: the text.
        pictures: what was pasted into it.

    Raises:
        TooMuchError: as ``clean`` does.
    """
    attachments: dict[str, dict[str, str]] = {}
    for name, kind, data in pictures:
        attachments.setdefault(name, {})[kind] = data
    renderer = _Renderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    return clean(MarkdownWithMath(renderer=renderer).render(source))


_HIGHLIGHT = Highlight2HTML()


def code(source: str, language: str, magic: str) -> str:
    """Code with its words coloured, as nbconvert does it.

    Args:
        source: the code.
        language: in which it is written; the notebook's own if empty.
        magic: the language that a ``%%magic`` at its beginning names, if any.
    """
    metadata = {"magics_language": magic} if magic else None
    return str(_HIGHLIGHT(source, language or None, metadata))


def ansi(text: str) -> str:
    """Text with a terminal's colour codes as HTML."""
    return str(ansi2html(text))


DRAW: dict[str, Callable[..., str]] = {
    "ansi": ansi,
    "code": code,
    "html": clean,
    "markdown": markdown,
}
