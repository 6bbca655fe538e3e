"""How a verdict looks: a compact table in the notebook, plain lines everywhere else."""

import functools

import jinja2

__all__ = ["VERDICT_MIME", "as_html", "as_text", "environment", "mime_bundle", "show"]

VERDICT_MIME = "application/vnd.generative-models.verdict+json"
LONG = 140  # Characters of a message that a cell of the table shows.


@functools.cache
def environment():
    """Jinja2 with this package's templates; everything put in is escaped."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("autograder"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def headline(verdict):
    """How many observations agree and, where points are given, what that is worth."""
    agree = sum(finding.agrees for finding in verdict.findings)
    line = f"{agree} of {len(verdict.findings)} observations agree"
    if verdict.out_of is None:
        return line
    return f"{line}: {verdict.points:g} of {verdict.out_of:g} points"


def rows(verdict):
    """Pairs of a finding and its detail; a detail said before is not repeated."""
    said = set()
    for finding in verdict.findings:
        yield finding, "as above" if finding.detail in said else finding.detail
        said |= {finding.detail} - {""}


def folded(text):
    """What is read first of a text, and what is folded in; the latter is empty of a short one."""
    if len(text) <= LONG:
        return text, ""
    end = max(text.rfind(" ", 0, LONG), LONG // 2)
    return text[:end].rstrip(), text[end:].lstrip()


def as_text(verdict, progress=None):
    """The verdict as lines of plain text; with the assignment's ``Progress``, as the last one."""
    lines = [f"{verdict.exercise}: {headline(verdict)}"]
    lines += [f"  {hint}" for hint in verdict.hints]
    for finding, detail in rows(verdict):
        mark = "agrees" if finding.agrees else "differs"
        lines.append(f"  {mark:7}  {finding.name}" + (f": {detail}" if detail else ""))
    lines += [str(progress)] if progress else []
    return "\n".join(lines)


def as_html(verdict, progress=None):
    """The same as HTML that needs no script and no style sheet.

    Ink is that of the page, light or dark. What has a ground of its own has its own ink too.
    Every style is one that ``autograder.pages.sanitise`` keeps, so feedback looks the same.
    """
    template = environment().get_template("verdict.html")
    return template.render(
        verdict=verdict,
        headline=headline(verdict),
        rows=rows(verdict),
        folded=folded,
        progress=progress,
    )


def mime_bundle(verdict, progress=None):
    """What a notebook stores: text, HTML, and the plain facts for the class report."""
    return {
        "text/plain": as_text(verdict, progress),
        "text/html": as_html(verdict, progress),
        VERDICT_MIME: verdict.to_json(),
    }


def show(verdict, progress=None):
    """Display a verdict where this runs: a notebook, or a terminal."""
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        print(as_text(verdict, progress))
    else:
        display(mime_bundle(verdict, progress), raw=True)
