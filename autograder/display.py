"""How a verdict looks: a compact table in the notebook, plain lines everywhere else."""

import functools

import jinja2

__all__ = ["VERDICT_MIME", "as_html", "as_text", "environment", "mime_bundle", "show"]

VERDICT_MIME = "application/vnd.generative-models.verdict+json"


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
    """One line: how many observations agree, and what that is worth."""
    agree = sum(finding.agrees for finding in verdict.findings)
    line = f"{agree} of {len(verdict.findings)} observations agree"
    return (
        line
        if verdict.out_of is None
        else f"{line}: {verdict.points:g} of {verdict.out_of:g} points"
    )


def rows(verdict):
    """One row an observation: mark, name, detail; a detail said before is not repeated."""
    said = set()
    for finding in verdict.findings:
        detail = "as above" if finding.detail in said else finding.detail
        said |= {finding.detail} - {""}
        yield "agrees" if finding.agrees else "differs", finding.name, detail


def as_text(verdict):
    """The verdict as lines of plain text."""
    lines = [f"{verdict.exercise}: {headline(verdict)}"]
    lines += [f"  {hint}" for hint in verdict.hints]
    for mark, name, detail in rows(verdict):
        lines.append(f"  {mark:7}  {name}" + (f": {detail}" if detail else ""))
    return "\n".join(lines)


def as_html(verdict):
    """The verdict as HTML without scripts, readable in light and dark themes."""
    return (
        environment()
        .get_template("verdict.html")
        .render(verdict=verdict, headline=headline(verdict), rows=rows(verdict))
    )


def mime_bundle(verdict):
    """What a notebook stores: text, HTML, and the plain facts for the class report."""
    return {
        "text/plain": as_text(verdict),
        "text/html": as_html(verdict),
        VERDICT_MIME: verdict.to_json(),
    }


def show(verdict):
    """Display a verdict where this runs: a notebook, or a terminal."""
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        print(as_text(verdict))
    else:
        display(mime_bundle(verdict), raw=True)
