"""How a verdict looks: a compact table in the notebook, plain lines everywhere else."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import jinja2

from autograder.judging.progress import Progress
from autograder.judging.verdict import Finding, Verdict

__all__ = [
    "VERDICT_MIME",
    "DisplayedVerdict",
    "as_html",
    "as_text",
    "environment",
    "mime_bundle",
    "show",
]

VERDICT_MIME = "application/vnd.generative-models.verdict+json"
LONG = 140  # Characters of a message that a cell of the table shows.


class DisplayedVerdict(Verdict):
    """A ``Verdict`` that shows itself: a table as a notebook's result, text where it is printed."""

    @classmethod
    def of(cls, verdict: Verdict) -> DisplayedVerdict:
        """The same verdict, with a display."""
        return cls(**{field.name: getattr(verdict, field.name) for field in fields(verdict)})

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return mime_bundle(self)

    def __str__(self) -> str:
        return as_text(self)


@functools.cache
def environment() -> jinja2.Environment:
    """Jinja2 with this package's templates; everything put in is escaped."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("autograder"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def headline(verdict: Verdict) -> str:
    """How many observations agree and, where points are given, what that is worth."""
    agree = sum(finding.agrees for finding in verdict.findings)
    line = f"{agree} of {len(verdict.findings)} observations agree"
    if verdict.out_of is None:
        return line
    return f"{line}: {verdict.points:g} of {verdict.out_of:g} points"


def rows(verdict: Verdict) -> Iterator[tuple[Finding, str]]:
    """Pairs of a finding and its detail; a detail that was said before is not repeated."""
    said = set()
    for finding in verdict.findings:
        yield finding, "as above" if finding.detail in said else finding.detail
        if finding.detail:
            said.add(finding.detail)


def folded(text: str) -> tuple[str, str]:
    """What of a text is read first, and what is folded in; the second is empty of a short one."""
    if len(text) <= LONG:
        return text, ""
    end = max(text.rfind(" ", 0, LONG), LONG // 2)
    return text[:end].rstrip(), text[end:].lstrip()


def as_text(verdict: Verdict, progress: Progress | None = None) -> str:
    """The verdict as lines of plain text; with the assignment's ``Progress``, as the last one."""
    lines = [f"{verdict.exercise}: {headline(verdict)}"]
    lines += [f"  {hint}" for hint in verdict.hints]
    for finding, detail in rows(verdict):
        mark = "agrees" if finding.agrees else "differs"
        lines.append(f"  {mark:7}  {finding.name}" + (f": {detail}" if detail else ""))
    if progress:
        lines.append(str(progress))
    return "\n".join(lines)


def as_html(verdict: Verdict, progress: Progress | None = None) -> str:
    """The same as HTML that needs no script and no style sheet.

    The text has the colour of the page, light or dark; where a background is set, the text
    on it has a colour of its own. ``autograder.pages.sanitise`` keeps every style that is
    used here, so feedback looks the same.
    """
    template = environment().get_template("verdict.html")
    return template.render(
        verdict=verdict,
        headline=headline(verdict),
        rows=rows(verdict),
        folded=folded,
        progress=progress,
    )


def mime_bundle(verdict: Verdict, progress: Progress | None = None) -> dict[str, Any]:
    """What a notebook stores: text, HTML, and the plain facts for the class report."""
    return {
        "text/plain": as_text(verdict, progress),
        "text/html": as_html(verdict, progress),
        VERDICT_MIME: verdict.to_json(),
    }


def show(verdict: Verdict, progress: Progress | None = None) -> None:
    """Display a verdict where this runs: in a notebook, or in a terminal."""
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        print(as_text(verdict, progress))
    else:
        display(mime_bundle(verdict, progress), raw=True)
