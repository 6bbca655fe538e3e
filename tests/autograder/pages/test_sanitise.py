"""What a submission may do to whoever looks at it: be read."""

import copy
import re
from html.parser import HTMLParser

import nbformat
import pytest
from injections import EVIL, HTML, MARKDOWN, PNG, TRIP, injected_notebook
from nbconvert.filters.highlight import Highlight2HTML
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograder.authoring.build import ROOT
from autograder.judging.display import as_html
from autograder.judging.verdict import Finding, Verdict
from autograder.pages import sanitise
from autograder.pages.formulas import LONGEST, as_mathml
from autograder.pages.sanitise import Sanitise, highlight_code, markdown2html

ACTIVE = (
    "applet audio base body button embed form frame iframe input link meta object script "
    "select style svg template textarea video x-y"
)


class Reader(HTMLParser):
    """The elements of a page and their attributes, read without the cleaner's parser."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def assert_passive(page):
    """Nothing in the page runs, loads, moves away, or has a name that a script could look up."""
    for tag, attributes in Reader(page).found:
        assert tag not in ACTIVE.split()
        for name, value in attributes.items():
            assert not name.startswith(("on", "data-")), (tag, name)
            assert name not in {"id", "name", "srcset", "background", "action"}
            if name in {"href", "src"}:
                allowed = "https?://|mailto:" if name == "href" else "data:image/png;base64,"
                assert re.match(allowed, value), value
            if name == "style":
                assert not re.search(r"position|transform|z-index|[(\\]|-\d", value), value
            if name == "class":
                assert not {"score", "tabbable", "modal-backdrop"} & {*value.split()}
            if tag == "math" or name == "href":
                assert "javascript" not in value


def clean_html(text):
    """HTML as the templates have it cleaned."""
    return sanitise.clean_html({}, text)


def markdown(source, **cell):
    """The source as the templates make it HTML."""
    return markdown2html({"cell": cell}, source)


@pytest.mark.parametrize("text", HTML)
def test_html_from_a_submission_is_passive(text):
    """Alone, inside other HTML, twice cleaned or cut off, as output and in Markdown."""
    for page in (
        clean_html(text),
        clean_html(f"<table><tr><td>{text}"),
        clean_html(clean_html(text)),
        clean_html(text[:-3]),
        markdown(text),
        markdown(f"text {text} `text`"),
    ):
        assert_passive(page)


@pytest.mark.parametrize("text", MARKDOWN)
def test_markdown_from_a_submission_is_passive(text):
    """Links, pictures, formulas and what would be handed to another script."""
    assert_passive(markdown(text, attachments={}))


@pytest.mark.parametrize(
    "text",
    [
        "<b>bold</b> <em>word</em> <code>x &lt; y</code>",
        '<table border="1"><thead><tr><th scope="col">a</th></tr></thead>'
        '<tbody><tr><td colspan="2" style="text-align: right">1</td></tr></tbody></table>',
        f'<img src="data:image/png;base64,{PNG}" alt="p &lt; q" width="640">',
        "<details><summary>more</summary><ul><li>one</li></ul></details>",
        '<div style="border-left: 4px solid #00734d; border-right: 0; margin: 0.3em 0">x</div>',
    ],
)
def test_what_is_harmless_stays(text):
    """Words, tables, pictures and looks come out as they went in."""
    normal = text.replace("p &lt; q", "p < q")
    assert clean_html(text) in (text, normal)


def test_links_stay_links():
    """A link to the web keeps its address, and tells nobody where it was clicked."""
    page = clean_html('<a href="https://keras.io/api?x=1&amp;y=2">Keras</a>')
    assert 'href="https://keras.io/api?x=1&amp;y=2"' in page
    assert "noreferrer" in page


def test_a_verdict_looks_as_it_was_made():
    """Every style of the verdict's template is one that is allowed."""
    findings = (Finding("mu", True), Finding("log_var", False, "got <0>, wanted 1"))
    made = as_html(Verdict("kl_loss", findings, ("Half of it is missing.",), ("half",), 2.0))

    def styles(page):
        return [re.sub(r"[\s;]", "", found) for found in re.findall('style="([^"]*)"', page)]

    def words(page):
        return re.sub("<[^>]*>", "", page).split()

    assert styles(clean_html(made)) == styles(made)
    assert words(clean_html(made)) == words(made)


def test_every_picture_has_words():
    """A picture without a text alternative gets one that says so."""
    assert 'alt="No description' in clean_html(f'<img src="data:image/png;base64,{PNG}">')


def formulas():
    """Every formula of the course's own Markdown, without its dollars."""
    pattern = re.compile(r"(?<![\\$])(\$\$?)(?!\$)(.+?)\1", re.DOTALL)
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                yield from (found[2] for found in pattern.finditer(cell.source))


def test_the_courses_formulas_are_drawn():
    """Each formula of the lectures is MathML with its letters, and none of its commands."""
    found = {*formulas()}
    assert len(found) > 50
    for tex in found:
        drawn = as_mathml(tex)
        assert drawn.startswith("<math") and "\\" not in drawn, tex


@pytest.mark.parametrize(
    ("tex", "part"),
    [
        (r"\mathcal N(0, 1)", "<mi>𝒩</mi>"),
        (r"\mathbf{xy}", "<mi>𝐱</mi><mi>𝐲</mi>"),
        (r"\mathbb{R}", "ℝ"),
        (r"p \log p", '<mo lspace="0.167em" rspace="0.167em">log</mo>'),
        (r"\Big(x\Big)^2", 'stretchy="true">)</mo></mrow>'),
        (r"a < b", "<mo>&lt;</mo>"),
        (r"\frac12", "<mfrac><mn>1</mn><mn>2</mn></mfrac>"),
    ],
)
def test_formulas_are_set_as_tex_sets_them(tex, part):
    """Alphabets are letters of their own, and names of functions stand apart."""
    assert part in as_mathml(tex)
    assert part in markdown(f"so ${tex}$.")


@pytest.mark.parametrize(
    "tex",
    [
        r"\frac{a}",
        r"\left( x",
        r"\newcommand{\a}{\b\b} \a",
        "x" * (LONGEST + 1),
        "{" * 1999,
        "\\sqrt" * 300,
        "x^" * 900,
    ],
)
def test_what_is_no_formula_is_shown_as_source(tex):
    """Errors, macros and depths without end stop nothing and stay readable, or are drawn."""
    drawn = as_mathml(tex)
    assert drawn.startswith("<math") or drawn == f"<code>{tex}</code>"


def test_markdown_with_brackets_without_end_is_shown():
    """What a parser could only follow into a crash is text."""
    assert "deep" in markdown("> " * 3000 + "deep")
    assert "deep" in markdown("[" * 3000 + "deep")


def test_highlighted_code_is_what_nbconvert_makes():
    """The cache changes nothing, whatever the language."""
    source = "def f(x):\n    return '<b>'"
    for metadata in ({}, {"magics_language": "bash"}):
        assert highlight_code({}, source, metadata=metadata) == Highlight2HTML()(
            source, metadata=metadata
        )


def sanitised(notebook, **resources):
    """The notebook and the resources, as the templates get them."""
    return Sanitise(enabled=True)(copy.deepcopy(notebook), resources)


def test_nothing_but_what_nbgrader_needs_is_left_of_metadata():
    """Titles, tags and languages go; a cell's role stays, a forged one does not."""
    role = {"grade_id": "why", "grade": True, "points": 2, "score": 2, "comment": "<b>"}
    notebook = injected_notebook()
    notebook.cells[2].metadata.nbgrader = role
    cleaned, resources = sanitised(notebook, student='<img src=x onerror="x">')
    assert cleaned.metadata == {}
    assert [cell.metadata for cell in cleaned.cells if cell.metadata] == [
        {"nbgrader": {"grade_id": "why", "grade": True, "points": 2}}
    ]
    assert resources["student"] == "&lt;img src=x onerror=&quot;x&quot;&gt;"


def test_outputs_are_kept_by_their_kind():
    """Text, tables and pictures; a picture's HTML goes, and what is left out is named."""
    shown = [
        (
            {"text/html": "<p>", "image/png": PNG, "text/plain": "p < q"},
            {"image/png", "text/plain"},
        ),
        ({"text/html": "<p>", "text/plain": "x", "x/y": "z"}, {"text/html", "text/plain"}),
        ({"text/html": "<p>", "image/png": f'{PNG}" onload="{TRIP}'}, {"text/html"}),
        ({"image/svg+xml": "<svg>", "text/plain": "<Figure>"}, {"text/plain"}),
        ({"text/latex": "$x$"}, {"text/markdown"}),
        ({"application/javascript": "x"}, {"text/plain"}),
    ]
    size = {"image/png": {"width": 640, "height": f"1 {EVIL}"}}
    outputs = [new_output("display_data", data, metadata=size) for data, _ in shown]
    cell = new_code_cell("", outputs=outputs)
    notebook = new_notebook(cells=[cell])
    notebook.cells[0].execution_count = f"<script>{TRIP}</script>"
    cleaned, _ = sanitised(notebook)
    assert [{*output.data} for output in cleaned.cells[0].outputs] == [kinds for _, kinds in shown]
    assert cleaned.cells[0].outputs[0].metadata == {"image/png": {"alt": "p < q", "width": 640}}
    assert cleaned.cells[0].execution_count is None
    assert "application/javascript" in cleaned.cells[0].outputs[-1].data["text/plain"]


def test_a_picture_that_was_pasted_stays():
    """An attachment is shown if it is a picture, and left out if it says it is one."""
    notebook = new_notebook(cells=[nbformat.v4.new_markdown_cell("![a](attachment:a.png)")])
    for data, src in ((PNG, f'src="data:image/png;base64,{PNG}"'), (f"{PNG}' x", '<img alt="a">')):
        notebook.cells[0].attachments = {"a.png": {"image/png": data, "text/html": "<p>"}}
        cell = sanitised(notebook)[0].cells[0]
        assert src in markdown(cell.source, attachments=cell.attachments)
