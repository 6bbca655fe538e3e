"""Formulas as MathML, which browsers draw by themselves: no script, no font to load."""

import functools
import html
import re
import unicodedata
from xml.etree import ElementTree

from latex2mathml.converter import convert_to_element

__all__ = ["LONGEST", "as_mathml"]

LONGEST = 2000  # Characters; one with macros could grow without bound, and has none here.


def _words(text):
    return frozenset(text.split())


# MathML Core's elements that show something, and what may be said of them. No links, no
# styles, no classes, no identifiers: `latex2mathml` makes those of \href, \style and \class.
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
# \mathcal N without braces: only with braces does latex2mathml know the letter.
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
def as_mathml(tex, display=False):
    """A formula as a MathML element; what cannot be converted is its source, in ``<code>``.

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
        # The parser of a language without a grammar, on whatever a student typed: any error
        # of it, up to a recursion too deep, means that this is not a formula.
        except Exception:
            pass
    return f"<code>{html.escape(tex)}</code>"


def _clean(element):
    """Leave MathML's own elements and harmless attributes, and set them as TeX would."""
    if element.tag not in _ELEMENTS:
        element.tag = "mrow"
    # latex2mathml writes its symbols as character references.
    element.text = html.unescape(element.text or "").replace("\x00", "")
    element.tail = None
    alphabet = _ALPHABETS.get(element.get("mathvariant"))
    upright = element.get("mathvariant") == "normal"
    for name, value in [*element.items()]:
        if not (pattern := _ATTRIBUTES.get(name)) or not pattern.fullmatch(value):
            del element.attrib[name]
    if upright:
        element.set("mathvariant", "normal")
    elif alphabet:
        element.text = "".join(_letter(letter, alphabet) for letter in element.text)
    for child in element:
        _clean(child)
    for child, following in zip(element, [*element[1:], None]):
        _space(child, following)


def _letter(letter, alphabet):
    """The letter of a mathematical alphabet, of which browsers draw no other variant."""
    if not letter.isascii() or not letter.isalnum():
        return letter
    name = unicodedata.name(letter).replace("LATIN ", "").replace("LETTER ", "")
    for prefix in ("MATHEMATICAL ", ""):  # Some, as the R of the reals, are older than the rest.
        try:
            return unicodedata.lookup(f"{prefix}{alphabet} {name}")
        except KeyError:
            continue
    return letter


def _space(element, following):
    """Thin spaces around a function's name, none around bars and infinity."""
    if element.tag == "mo" and element.text == "∞":
        element.tag = "mi"
    elif element.tag == "mo" and "minsize" in element.attrib:
        # \big in a row of its own: Chromium leaves the base of a power as small as it is.
        bracket = ElementTree.SubElement(element, "mo", element.attrib | {"stretchy": "true"})
        bracket.text, element.tag, element.text = element.text, "mrow", ""
        element.attrib.clear()
    elif element.tag == "mo" and element.text == "|":
        element.attrib |= {"lspace": "0", "rspace": "0"}
    elif element.tag in ("mi", "mo") and len(element.text) > 1 and element.text.isalpha():
        opens = following is not None and (following.text or "")[:1] in ("(", "[")
        element.tag = "mo"
        element.attrib |= {"lspace": _THIN, "rspace": "0" if opens else _THIN}
