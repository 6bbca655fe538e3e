"""Formulas as MathML, which browsers draw without a script and without a font to load."""

import functools
import html
import itertools
import re
import unicodedata
from xml.etree import ElementTree

from latex2mathml.converter import convert_to_element

__all__ = ["LONGEST", "as_mathml"]

# Characters of a formula that is converted. Macros could make it grow without bound, so a
# formula that defines one is not converted at all.
LONGEST = 2000


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The elements of MathML Core that show something, and the attributes that they may have. No
# links, styles, classes or identifiers: `latex2mathml` makes those of \href, \style and \class.
_ELEMENTS = _words(
    "math mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow mspace "
    "msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover"
)
_WORD = re.compile(r"[a-z]+( [a-z]+)*|#[0-9a-f]{3,6}|[0-9]", re.IGNORECASE)
# Nothing negative and nothing that reaches over the page: a formula stays in its place.
_LENGTH = re.compile(r"[0-9]?(\.[0-9]{1,3})?(em|ex|mu|pt|px)?")
_ATTRIBUTES = dict.fromkeys(
    _words(
        "accent accentunder columnalign columnlines display displaystyle fence form largeop "
        "linethickness mathbackground mathcolor movablelimits rowlines scriptlevel separator "
        "stretchy symmetric"
    ),
    _WORD,
) | dict.fromkeys(_words("lspace maxsize minsize rspace width"), _LENGTH)
_MACROS = re.compile(r"\\(re)?newcommand|\\def|\\let|\\gdef|\\edef|\\xdef")
# \mathcal N: latex2mathml knows the letter only in braces.
_BARE_LETTER = re.compile(r"(\\math(?:bb|bf|cal|frak|rm|scr|sf|tt))\s+([A-Za-z])")
_ALPHABETS = {
    "bold": "BOLD",
    "bold-italic": "BOLD ITALIC",
    "double-struck": "DOUBLE-STRUCK",
    "fraktur": "FRAKTUR",
    "italic": "ITALIC",
    "monospace": "MONOSPACE",
    "sans-serif": "SANS-SERIF",
    "script": "SCRIPT",
}
_THIN = "0.167em"


@functools.lru_cache(maxsize=4096)
def as_mathml(tex: str, display: bool = False) -> str:
    """A formula as a MathML element, or its source in ``<code>`` if it cannot be converted.

    Args:
        tex: LaTeX without its dollars, from anybody.
        display: True for a formula on a line of its own.
    """
    if len(tex) <= LONGEST and not _MACROS.search(tex):
        source = _BARE_LETTER.sub(r"\1{\2}", tex)
        try:
            formula = convert_to_element(source, display="block" if display else "inline")
            _clean(formula)
            return ElementTree.tostring(formula, encoding="unicode")
        # latex2mathml parses a language without a grammar, and students type anything. Whatever
        # it raises, up to RecursionError, means that this is not a formula.
        except Exception:
            pass
    return f"<code>{html.escape(tex)}</code>"


def _clean(element: ElementTree.Element) -> None:
    """Keep only MathML's own elements and harmless attributes, and set them as TeX would."""
    if element.tag not in _ELEMENTS:
        element.tag = "mrow"
    # latex2mathml writes its symbols as character references.
    element.text = html.unescape(element.text or "").replace("\x00", "")
    element.tail = None
    variant = element.get("mathvariant", "")
    for name, value in [*element.items()]:
        if not (pattern := _ATTRIBUTES.get(name)) or not pattern.fullmatch(value):
            del element.attrib[name]
    if variant == "normal":
        element.set("mathvariant", "normal")
    elif variant in _ALPHABETS:
        letters = (_letter(letter, _ALPHABETS[variant]) for letter in element.text)
        element.text = "".join(letters)
    children = [*element]
    for child in children:
        _clean(child)
    for child, following in itertools.zip_longest(children, children[1:]):
        _space(child, following)


def _letter(letter: str, alphabet: str) -> str:
    """The letter in a mathematical alphabet: browsers draw no other variant of it."""
    if not letter.isascii() or not letter.isalnum():
        return letter
    name = unicodedata.name(letter).replace("LATIN ", "").replace("LETTER ", "")
    for prefix in ("MATHEMATICAL ", ""):  # Some, such as the R of the reals, are older.
        try:
            return unicodedata.lookup(f"{prefix}{alphabet} {name}")
        except KeyError:
            continue
    return letter


def _space(element: ElementTree.Element, following: ElementTree.Element | None) -> None:
    """Put thin spaces around a function's name, and none around bars and infinity."""
    text = element.text or ""
    if element.tag == "mo" and text == "∞":
        element.tag = "mi"
    elif element.tag == "mo" and "minsize" in element.attrib:
        # \big goes into a row of its own: Chromium does not enlarge the base of a power.
        bracket = ElementTree.SubElement(element, "mo", element.attrib | {"stretchy": "true"})
        bracket.text, element.tag, element.text = text, "mrow", ""
        element.attrib.clear()
    elif element.tag == "mo" and text == "|":
        element.attrib |= {"lspace": "0", "rspace": "0"}
    elif element.tag in ("mi", "mo") and len(text) > 1 and text.isalpha():
        is_called = following is not None and (following.text or "").startswith(("(", "["))
        element.tag = "mo"
        element.attrib |= {"lspace": _THIN, "rspace": "0" if is_called else _THIN}
