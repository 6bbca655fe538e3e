"""What a page costs whoever makes it and whoever opens it, however hostile the submission is."""

import os
import signal
import time

import nbformat
import pytest
from floods import FLOODS
from injections import HUGE_PNG, MOVING_PNG, PNG, jpeg, png
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.authoring.build import ROOT
from autograder.pages import page as pages
from autograder.pages.feedback import FeedbackExporter
from autograder.pages.markup import MOST_DEPTH, TooMuchError, clean
from autograder.pages.page import PLAIN, Page
from autograder.pages.pictures import MOST_PIXELS, pixels
from autograder.pages.renderer import Renderer, Text
from autograder.pages.sanitise import Sanitise

MOST = 500_000  # Characters that a submission may have in all of its cells.
AS_PLAIN = "[Shown as plain text"
KINDS = [(kind, name) for kind, floods in FLOODS.items() for name in floods]


def drawn(page, kind, source):
    """A text as the filters have it drawn."""
    if kind == "terminal":
        return page.terminal(source)
    options = {"markdown": ((),), "html": ()}.get(kind, ("", kind))
    return page.draw(Text(kind if kind in ("markdown", "html") else "code", source, options))


@pytest.fixture(scope="module")
def renderer():
    """A renderer that only these tests use."""
    renderer = Renderer()
    yield renderer
    renderer.close()


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name"), KINDS)
def test_a_flood_costs_no_more_than_a_page_may(monkeypatch, kind, name):
    """The kernel keeps the time; what is not drawn in it is plain text, cut, with a sentence."""
    monkeypatch.setattr(pages, "PAGE_SECONDS", 0.2)
    source, page = FLOODS[kind][name](MOST), Page()
    started = time.process_time()
    made = drawn(page, kind, source)
    ours = time.process_time() - started
    # The timer of the kernel ticks a hundred times a second.
    assert pages.PAGE_SECONDS - page.seconds < 0.2
    assert ours < 1  # It takes 0.02: nothing here reads the text but to count and to escape it.
    if AS_PLAIN in made:
        assert len(made) < 6 * PLAIN
        assert made.count("<") <= 2
        assert f"the first {PLAIN:,} of {len(source):,} characters" in made
    else:
        assert made.count("<") <= pages.PAGE_TAGS


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("markdown", "blanks"),
        ("markdown", "backslash brackets"),
        ("markdown", "brackets"),
        ("html", "nested"),
        ("perl", "substitutions"),
        ("terminal", "more numbers"),
    ],
)
def test_the_floods_that_would_take_hours_are_cut(monkeypatch, kind, name):
    """The tests above see something: without a budget these need minutes or hours."""
    monkeypatch.setattr(pages, "PAGE_SECONDS", 0.2)
    made = drawn(Page(), kind, FLOODS[kind][name](MOST))
    assert AS_PLAIN in made and "takes too long" in made


def test_after_a_flood_the_next_text_is_drawn(renderer):
    """The process that the kernel ended is replaced, without a new start of Python."""
    renderer.draw(Text("html", "x"), 5)
    starts = renderer.starts
    for _ in range(3):
        with pytest.raises(TooMuchError, match="takes too long"):
            renderer.draw(Text("markdown", "a" + " " * MOST + "b", ((),)), 0.1)
        assert "<em>x</em>" in renderer.draw(Text("markdown", "*x*", ((),)), 5).html
    assert renderer.starts == starts


@pytest.mark.slow
def test_a_text_that_takes_the_memory_is_refused():
    """What would fill the machine's memory is an error of that text alone."""
    renderer = Renderer(memory=100_000_000)
    try:
        pictures = (("a.png", "image/png", PNG + "A" * 10_000_000),)
        with pytest.raises(TooMuchError, match="memory"):
            renderer.draw(Text("markdown", "![a](attachment:a.png)" * 100, (pictures,)), 60)
        assert "<em>x</em>" in renderer.draw(Text("markdown", "*x*", ((),)), 5).html
    finally:
        renderer.close()


def test_a_renderer_that_somebody_ended_is_started_again(renderer):
    """Between two texts: no page is lost."""
    renderer.draw(Text("html", "z"), 5)
    starts = renderer.starts
    os.killpg(renderer._running.process.pid, signal.SIGKILL)
    renderer._running.process.wait()
    assert renderer.draw(Text("html", "<b>y</b>"), 5).html == "<b>y</b>"
    assert renderer.starts == starts + 1


def test_a_text_that_many_have_is_drawn_once(renderer, monkeypatch):
    """The second time it costs nothing, and nobody is asked."""
    text = Text("code", "def f(): pass", ("", ""))
    first = renderer.draw(text, 5)
    monkeypatch.setattr(renderer, "_draw", None)
    again = renderer.draw(text, 5)
    assert (again.html, again.seconds) == (first.html, 0)


def test_large_drawings_are_not_kept(renderer):
    """The memory of whoever grades a class of a thousand is bounded, pasted pictures included."""
    kept = len(renderer._kept)
    pictures = (("a.png", "image/png", PNG + "A" * 100_000),)
    for text in (Text("markdown", "*large*", (pictures,)), Text("html", "<b>large</b>" * 9_000)):
        assert "large" in renderer.draw(text, 5).html
    assert len(renderer._kept) == kept


def test_the_texts_of_a_page_share_its_time(monkeypatch):
    """A thousand small floods cost no more than one."""
    monkeypatch.setattr(pages, "PAGE_SECONDS", 0.3)
    page = Page()
    made = [drawn(page, "markdown", f"{n}{' ' * 30_000}x") for n in range(1_000)]
    assert page.seconds > -0.2
    assert "used the time that a page may take" in made[-1]
    assert sum(AS_PLAIN in each for each in made) > 900


def test_a_flood_leaves_time_for_the_rest_of_its_page():
    """A text may use half of what is left: the student's other answers are drawn as ever."""
    page = Page()
    floods = [drawn(page, "markdown", f"{n}{' ' * 200_000}x") for n in range(3)]
    assert all(AS_PLAIN in each for each in floods)
    assert "<em>x</em>" in drawn(page, "markdown", "Not seen *x* before.")


def test_the_texts_of_a_page_share_its_size(monkeypatch):
    """Whatever is in it, a page has no more characters and tags than a browser can hold."""
    page = Page()
    made = [drawn(page, "terminal", f"{n}" + "x" * 100_000) for n in range(400)]
    assert sum(map(len, made)) < 1.1 * pages.PAGE_CHARACTERS
    page = Page()
    made = [drawn(page, "html", f"<b>{n}</b>" * 9_000) for n in range(10)]
    assert sum(each.count("<") for each in made) < pages.PAGE_TAGS + 20
    assert AS_PLAIN in made[-1] and "too large" in made[-1]


def test_elements_are_not_nested_without_end():
    """Browsers and formgrader's second look walk down every element."""
    depth = MOST_DEPTH - 1
    assert clean("<div>" * depth + "x" + "</div>" * depth).count("<div>") == depth
    with pytest.raises(TooMuchError, match="nested"):
        clean("<div>" * (depth + 2))
    # A < within a value is no element, and an element that is empty has no depth.
    assert "<br>" in clean('<p title="<b><b><b>">' + "<br>" * 300 + "</p>")


@pytest.mark.parametrize(
    ("picture", "size"),
    [
        (PNG, 1),
        (png(640, 480), 640 * 480),
        (HUGE_PNG, 1_600_000_000),
        (MOVING_PNG, None),
        (jpeg(640, 480), 640 * 480),
        (jpeg(65_000, 65_000), 65_000**2),
        (jpeg(640, 480, scans=10), 640 * 480),
        (jpeg(640, 480, scans=1_000), None),
        ("iVBORw0KGgo=", None),
        ("/9j/", None),
        (PNG[:-3], None),
    ],
)
def test_a_pictures_size_is_read_from_its_header(picture, size):
    """Width times height; nothing for what moves, is drawn a thousand times, or is damaged."""
    assert pixels(picture) == size


@pytest.mark.parametrize("picture", [HUGE_PNG, MOVING_PNG, jpeg(640, 480, scans=1_000)])
def test_a_picture_that_a_browser_cannot_hold_is_left_out(picture):
    """As an output, an attachment, and in HTML; and that is said where it would stand."""
    kind = "image/jpeg" if picture.startswith("/9j/") else "image/png"
    notebook = new_notebook(
        cells=[
            new_code_cell(outputs=[new_output("display_data", {kind: picture})]),
            new_markdown_cell("![a](attachment:a)", attachments={"a": {kind: picture}}),
        ]
    )
    cleaned, _ = Sanitise(enabled=True)(notebook, {})
    assert "left out" in cleaned.cells[0].outputs[0].data["text/plain"]
    assert cleaned.cells[0].outputs[0].data.keys() == {"text/plain"}
    assert cleaned.cells[1].attachments == {}
    made = Page().draw(Text("html", f'<p><img src="data:{kind};base64,{picture}" alt="a"></p>'))
    assert "<img" not in made and "left out" in made


def test_the_pictures_of_a_page_share_its_pixels():
    """Many that are large enough are too much all the same, by whichever way they come."""
    large = png(4_000, 4_000)
    assert pixels(large) == MOST_PIXELS
    outputs = [new_output("display_data", {"image/png": large}) for _ in range(12)]
    cleaned, _ = Sanitise(enabled=True)(new_notebook(cells=[new_code_cell(outputs=outputs)]), {})
    kinds = [{*output.data} for output in cleaned.cells[0].outputs]
    assert kinds == [{"image/png", "text/plain"}] * 8 + [{"text/plain"}] * 4
    source = f'<img src="data:image/png;base64,{large}">'
    assert AS_PLAIN in Page().draw(Text("html", source * 9))


def flooded_notebook():
    """Every kind of flood in one notebook, as cells and as outputs, and a word at its end."""
    cells = []
    for floods in FLOODS.values():
        for make in floods.values():
            text = make(20_000)
            outputs = [
                new_output("display_data", {"text/html": text}),
                new_output("display_data", {"text/markdown": text}),
                new_output("display_data", {"text/latex": text}),
                new_output("stream", text=text),
                new_output("error", ename="E", evalue="e", traceback=text.split("\n")),
            ]
            cells += [new_markdown_cell(text), new_code_cell(text, outputs=outputs)]
            cells[-1].metadata.magics_language = "perl"
    return new_notebook(cells=[*cells, new_markdown_cell("The end.")])


@pytest.mark.slow
@pytest.mark.parametrize("exporter", [FeedbackExporter, HTMLExporter])
def test_a_page_full_of_floods_is_made(configuration, monkeypatch, exporter):
    """For feedback and for formgrader, which makes a plain exporter: it is there, to its end."""
    monkeypatch.setattr(pages, "PAGE_SECONDS", 0.5)
    made, resources = exporter(config=configuration).from_notebook_node(
        flooded_notebook(), {"nbgrader": {"notebook": "x"}}
    )
    assert resources["page"].seconds > -0.2
    assert "The end." in made and AS_PLAIN in made
    assert len(made) < 2 * pages.PAGE_CHARACTERS


@pytest.mark.slow
def test_an_ordinary_page_has_much_to_spare(configuration):
    """No lecture, and none of the assignments, comes near any of the limits."""
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        made, resources = FeedbackExporter(config=configuration).from_notebook_node(
            notebook, {"nbgrader": {"notebook": "x", "score": 1, "max_score": 2, "late_penalty": 0}}
        )
        left = resources["page"]
        assert AS_PLAIN not in made, path
        assert left.seconds > 0.25 * pages.PAGE_SECONDS, path
        assert left.characters > 0.5 * pages.PAGE_CHARACTERS, path
        assert left.tags > 0.5 * pages.PAGE_TAGS, path
