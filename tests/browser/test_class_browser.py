"""A class in the browser: a student's way by clicking, an instructor's marks, the class report."""

import nbformat
import pytest
from lab_browser import choose
from nbgrader.api import Gradebook

from autograder.authoring.build import derived_files
from autograder.authoring.demo import make_class
from autograder.gradebook.grade import grade
from autograder.pages.report import results_of, write_report

ASSIGNMENT = "a1_distances"
WRONG = """def lp_norm(x, p):
    if p < 1:
        raise ValueError
    return np.max(np.abs(x)) if p == np.inf else np.sum(x**p) ** (1 / p)"""
RIGHT = """def lp_norm(x, p):
    if not p >= 1:
        raise ValueError
    return float(np.linalg.norm(np.asarray(x, float), p)) if len(x) else 0.0"""
HINT = "Your code keeps the sign of negative entries"
BECAUSE = "The third outcome never happens under p, so it costs nothing there."
COMMENT = "Say which of the two is larger."

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def answers(shared_lab):
    """The instructor's notebook, put where the server looks for it: its cells by name."""
    path = f"solutions/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
    notebook = nbformat.reads(derived_files()[path][1].decode(), as_version=4)
    shared_lab.write(path, notebook)
    return {cell.id: cell.source for cell in notebook.cells}


@pytest.fixture(scope="module")
def graded_class(shared_lab):
    """A class of two, one right and one who kept the signs, graded by the command's own way."""
    changes = {"ada": {}, "bela": {"lp_norm": WRONG}}
    classroom = make_class(2, shared_lab.course / "classroom", ASSIGNMENT, changes)
    assert {each.student: each.points for each in grade(classroom, ASSIGNMENT, workers=1)} == {
        "ada": 13,
        "bela": 12,
    }
    return classroom


def formgrader(page):
    """The frame of formgrader, opened from JupyterLab's menu."""
    choose(page, "Nbgrader", "Formgrader")
    return page.frame_locator("iframe")


def manage(frame, action, words):
    """Click one of the symbols in the assignment's row, and close what tells that it was done."""
    frame.locator("tr", has_text=ASSIGNMENT).locator(f".{action} a").click()
    frame.get_by_text(words).wait_for(timeout=300_000)
    frame.locator(".modal.in button", has_text="OK").click()
    frame.locator(".modal.in").wait_for(state="detached")


def write_over(page, cell, source):
    """Replace what stands in a cell, and run it; a Markdown cell is opened for that."""
    if cell.locator(".jp-MarkdownOutput").is_visible():
        cell.locator(".jp-MarkdownOutput").dblclick()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)
    page.keyboard.press("Control+Enter")


def validated(page):
    """What Validate says."""
    page.get_by_role("button", name="Validate", exact=True).click()
    dialog = page.locator(".jp-Dialog", has_text="Validation Results")
    dialog.wait_for()
    words = dialog.inner_text()
    dialog.get_by_role("button", name="Ok").click()
    return words


def test_a_student_fetches_checks_validates_and_submits(shared_lab, browser, answers):
    """By clicking and typing: the verdict names the mistake, Validate too, then all is right."""
    page = shared_lab.open(browser, "notebooks/index.ipynb")
    frame = formgrader(page)
    manage(frame, "assign", "Successfully created")
    manage(frame, "release", "Successfully released")

    choose(page, "Nbgrader", "Assignment List")
    page.get_by_role("button", name="Fetch", exact=True).click()
    fetched = page.locator("#fetched_assignments_list")
    fetched.get_by_role("button", name="Submit", exact=True).wait_for()
    path = shared_lab.course / f"notebooks/my_assignments/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if "YOUR CODE HERE" in cell.source and cell.id != "lp_norm":
            cell.source = answers[cell.id]
        if cell.id == "two_forces":
            cell.source = "The mean towards 0, sigma towards 1."
    nbformat.write(notebook, path)
    place = {cell.id: number for number, cell in enumerate(notebook.cells)}

    fetched.get_by_text(ASSIGNMENT, exact=True).first.click()
    fetched.get_by_text(ASSIGNMENT, exact=True).nth(1).click()
    panel = page.locator(".jp-NotebookPanel:visible")
    # A cell that is run before there is a kernel says nothing.
    panel.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
    cells = panel.locator(".jp-Notebook .jp-Cell")
    verdict = cells.nth(place["check_lp_norm"]).locator(".jp-OutputArea")
    answer = cells.nth(place["lp_norm"])
    write_over(page, answer, WRONG)
    choose(page, "Run", "Run All Cells")
    verdict.get_by_text("3 of 6 observations agree").first.wait_for(timeout=300_000)
    assert HINT in verdict.text_content() and "1 of 2 points" in verdict.text_content()
    said = validated(page)
    assert "The following cell failed" in said and HINT in said

    write_over(page, answer, RIGHT)
    write_over(page, cells.nth(place["why_not_symmetric"]), BECAUSE)
    choose(page, "Run", "Run All Cells")
    verdict.get_by_text("6 of 6 observations agree").first.wait_for(timeout=300_000)
    assert HINT not in verdict.text_content()
    assert "Success" in validated(page)

    page.get_by_role("tab", name="Assignments").click()
    fetched.get_by_role("button", name="Submit", exact=True).click()
    page.locator("#submitted_assignments_list").get_by_text(ASSIGNMENT).first.wait_for()
    (handed_in,) = shared_lab.course.glob(f"exchange/*/inbound/*/{ASSIGNMENT}.ipynb")
    text = handed_in.read_text()
    assert BECAUSE in text and "np.linalg.norm" in text
    page.context.close()


def test_a_mark_and_a_comment_typed_in_formgrader_are_in_the_gradebook(
    shared_lab, browser, graded_class
):
    """From Manual Grading to a submission by its links; Tab goes on, and saves."""
    page = shared_lab.open(browser, "notebooks/index.ipynb")
    frame = formgrader(page)
    frame.get_by_role("link", name="Manual Grading").click()
    frame.get_by_role("link", name=ASSIGNMENT, exact=True).click()
    frame.get_by_role("link", name=ASSIGNMENT, exact=True).last.click()
    frame.get_by_role("link", name="Submission #1").click()
    # Each as its script makes it: what is typed before that is lost.
    for field, text, kind in [
        ("#why_not_symmetric.needs_manual_grade", "1.5", "grade"),
        ("#why_not_symmetric-comment[placeholder]", COMMENT, "comment"),
    ]:
        frame.locator(field).click()
        page.keyboard.insert_text(text)
        with page.expect_response(f"**/api/{kind}/*") as saved:
            page.keyboard.press("Tab")
        assert saved.value.ok
    with Gradebook(graded_class.directory.db_url, "generative-models") as gradebook:
        marks = {}
        for submission in gradebook.assignment_submissions(ASSIGNMENT):
            (notebook,) = submission.notebooks
            (given,) = [each for each in notebook.grades if each.name == "why_not_symmetric"]
            (words,) = [each for each in notebook.comments if each.name == "why_not_symmetric"]
            marks[submission.student_id] = (given.manual_score, words.comment)
    assert sorted(marks) == ["ada", "bela"]
    assert sorted(marks.values(), key=str) == [(1.5, COMMENT), (None, None)]
    page.context.close()


def test_the_class_report_is_read_by_mouse_and_by_keyboard(browser, graded_class):
    """Heat map, links to the answer in the feedback, skipping by keys, and a table that scrolls."""
    report = write_report(graded_class, ASSIGNMENT, results_of(graded_class, ASSIGNMENT))
    page = browser.new_page(viewport={"width": 500, "height": 700})
    page.goto(report.as_uri())
    row = page.get_by_role("row", name="bela")
    heads = page.locator("table.heat thead th").all_inner_texts()
    column = next(number for number, head in enumerate(heads) if "lp_norm" in head)
    mark = row.locator("th, td").nth(column)
    full = page.get_by_role("row", name="ada").locator("th, td").nth(column)
    grounds = [cell.evaluate("e => getComputedStyle(e).backgroundColor") for cell in (mark, full)]
    assert (mark.inner_text().split()[0], full.inner_text().split()[0]) == ("1", "2")
    assert grounds[0] != grounds[1]
    mark.get_by_role("link").click()
    assert page.url.endswith("bela/a1_distances/a1_distances.html#check_lp_norm")
    page.get_by_text(HINT).first.wait_for()
    page.go_back()

    focused = "() => document.activeElement"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate(f"({focused})().textContent") == "Students":
            break
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#students').getBoundingClientRect().top < 50")
    page.keyboard.press("Tab")
    region = page.get_by_role("region", name="Points by student and question")
    assert region.evaluate("region => region === document.activeElement")
    assert region.evaluate("region => getComputedStyle(region).outlineStyle") == "solid"
    page.keyboard.press("ArrowRight")
    page.wait_for_function("e => e.scrollLeft > 0", arg=region.element_handle())
    reached = []
    while region.evaluate("region => region.contains(document.activeElement)"):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(f"({focused})().getAttribute('href') || ''"))
    links = region.get_by_role("link").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert reached[: len(links)] == links
    page.context.close()
