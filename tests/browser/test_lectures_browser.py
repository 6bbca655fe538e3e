"""Every lecture in JupyterLab, as a student runs and sees it."""

import pytest
from browser_fixtures import photograph
from executed import cached, lectures
from lecture_browser import look_at, moves_anyway, read_all

ALWAYS = "01"  # So that Run All Cells is tried where all outputs are kept from before.
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
GIF = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
VIEW = '{"application/vnd.jupyter.widget-view+json": {"model_id": "gone", "version_major": 2}}'
# What is wrong in a cell, and the cell. No cell after an error is run.
WRONG = [
    ("cannot be drawn", """HTML('<img src="data:image/png;base64,AAAA" alt="Bars.">')"""),
    ("a figure without words", f"""HTML('<img src="data:image/png;base64,{DOT}" alt=" ">')"""),
    ("pixels too wide", """HTML('<table style="width: 5000px"><tr><td>1</td></tr></table>')"""),
    ("no formula: 1^2^3", r"""display({"text/markdown": r"$1^2^3$"}, raw=True)"""),
    ("no formula", r"""display({"text/markdown": r"$\half$"}, raw=True)"""),
    ("an unread formula", r"""display({"text/markdown": r"$\frac{1$"}, raw=True)"""),
    ("nothing on it", "from course.explorers.picture import Picture; Picture()"),
    ("no widget: Error", f"display({VIEW}, raw=True)"),
    ("an error: late", "import sys; print('late', file=sys.stderr)"),
    ("ZeroDivisionError", "1 / 0"),
    ("not executed", "print('never')"),
]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def readings(shared_lab, browser, request):
    """What became of each lecture that a test of this run asks for."""
    asked = [
        item.callspec.params.get("lecture")
        for item in request.session.items
        if item.path == request.path and hasattr(item, "callspec")
    ]
    return read_all(shared_lab, browser, [path for path in asked if path], ALWAYS, photograph)


@pytest.mark.parametrize("lecture", lectures(), ids=lambda path: path.stem)
def test_a_lecture_runs_and_shows_all_it_has(lecture, readings):
    """All cells run; figures, widgets, tables and formulas are seen, whole and with words."""
    assert readings[lecture].problems == []
    assert cached(lecture) is not None


def test_whatever_is_wrong_in_a_notebook_is_found(shared_lab, browser):
    """Pictures, tables, formulas, widgets, errors: each complaint is of its cell, and no other."""
    gif = f'<img src="data:image/gif;base64,{GIF}" alt="A dot.">'
    sources = [f"from IPython.display import HTML, display; HTML('{gif}')"]
    page = shared_lab.run(browser, [*sources, *(source for _, source in WRONG)], "wrong")
    for _ in range(60):  # Half a second each, until formulas and widgets are drawn.
        lines, _ = look_at(page)
        missing = [
            f"cell {number}: {words}"
            for number, (words, _) in enumerate(WRONG, start=1)
            if not any(line.startswith(f"cell {number}: ") and words in line for line in lines)
        ]
        if not missing:
            break
        page.wait_for_timeout(500)
    assert missing == [], lines
    assert not any(line.startswith("cell 0: ") for line in lines)
    assert moves_anyway(page) == 1
