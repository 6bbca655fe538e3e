"""The class report, from made-up results: no cell runs, and the gradebook is a real one."""

import csv
import re
from urllib.parse import unquote

import pytest
from report_class import (
    AVERAGED,
    EVIL,
    HALF,
    RESULTS,
    Page,
    give_feedback,
    result,
)
from typer.testing import CliRunner

from autograder.cli import app
from autograder.pages import overview
from autograder.pages.report import results_of, write_report
from autograder.text import words


def test_the_page_says_who_what_when_and_how_it_stands(classroom):
    """Counts, the mean of what was given, times in UTC, lateness, and every status in words."""
    page = Page(write_report(classroom, "a2_vae", RESULTS))
    assert "6 of 8 graded" in page.flat
    assert "3 graded, 1 repaired, 1 timed out, 1 blank, 1 not graded, 1 refused." in page.flat
    assert "due 2026-11-20 12:00 UTC" in page.flat
    assert "5 written answers are still to be marked by hand" in page.flat
    rows = {row[0].split()[0]: row for row in page.rows if len(row) == 7}
    assert rows["ada"][1:5] == ["9", "3", "4", "2"]
    assert rows["ada"][6] == "2026-11-19 12:00"
    assert rows["bela"][1] == "1.5 late: 1 off"
    assert rows["bela"][6] == "2026-11-20 14:00, 2 h late"
    assert [rows[name][5].split()[0] for name in ("chandra", "hana")] == ["repaired", "refused"]
    assert rows["farid"][2] == "0 blank"
    assert rows["gregor"][1:5] == ["–"] * 4
    assert "Without isolation. 1 of 6 submissions ran with the permissions" in page.flat
    assert "1 absent in the gradebook, and handed in nothing zoe" in page.flat


def test_what_needs_a_look_stands_first(classroom):
    """Refused and not graded, then stopped and repaired, each with its reason, above the rest."""
    text = Page(write_report(classroom, "a2_vae", RESULTS)).flat
    told = ["hana: hana.ipynb is a PDF", "gregor: handed in", "chandra: cell kl_loss was twice"]
    places = [text.index(sentence) for sentence in told]
    assert places == sorted(places)
    assert places[-1] < text.index("You averaged the KL")
    order = [row[0].split()[0] for row in heat_map(classroom)]
    assert order == ["hana", "gregor", "elif", "chandra", "ada", "bela", "dmitri", "farid"]


def heat_map(classroom):
    """Rows of the heat map."""
    page = Page(write_report(classroom, "a2_vae", RESULTS))
    return [row for row in page.rows if len(row) == 7 and row[0] not in ("Student", "Mean")]


def test_misconceptions_are_counted_among_those_who_wrote(classroom):
    """Two of five averaged: 40 %. Whoever left the stub made no such mistake and is not counted."""
    found = overview.misconceptions([each for each in RESULTS if each.is_graded])
    assert [(group.sentence, group.students, group.of) for group in found] == [
        (AVERAGED, ("bela", "chandra"), 5),
        (HALF, ("dmitri",), 5),
    ]
    text = Page(write_report(classroom, "a2_vae", RESULTS)).flat
    assert "40 % 2 of the 5 who wrote kl_loss You averaged the KL" in text
    assert [group.students for group in overview.unexplained(RESULTS[:6])] == [
        ("bela",),
        ("dmitri",),
        ("elif",),
    ]


def test_a_name_leads_to_the_answer_in_the_feedback(classroom):
    """Each link is relative, exists, and its anchor is in the page that it leads to."""
    path = write_report(classroom, "a2_vae", RESULTS)
    page = Page(path)
    links = [each["href"] for each in page.all("a") if not each["href"].startswith("#")]
    assert "../feedback/bela/a2_vae/a2_vae.html#check_kl_loss" in links
    for link in links:
        target, _, anchor = link.partition("#")
        text = (path.parent / unquote(target)).read_text(encoding="utf-8-sig")
        assert not anchor or f'name="{anchor}"' in text
    ids = {attributes.get("id") for _, attributes in page.elements}
    assert {each["href"][1:] for each in page.all("a") if each["href"].startswith("#")} <= ids


def test_the_heat_map_is_a_table_that_needs_no_colour(classroom):
    """Header cells with scope, a caption, the same columns in each row, words in every cell."""
    page = Page(write_report(classroom, "a2_vae", RESULTS))
    assert all(cell.strip() for row in page.rows for cell in row[:2])
    for row in page.rows:
        if len(row) == 7:
            assert all(cell.strip() for cell in row), row
    tables = page.source.count("<table")
    assert page.source.count("<caption>") == tables == 3
    assert all(each.get("scope") in ("row", "col") for each in page.all("th"))
    assert len(page.all("main")) == len(page.all("h1")) == 1
    levels = re.findall(r'<td class="q (\w+)">', page.source)
    assert {"all", "half", "some", "none", "waits", "without"} <= set(levels)


def test_the_page_asks_for_nothing_and_runs_nothing(classroom):
    """No script, no picture, no style sheet, no address of elsewhere; its policy forbids them."""
    page = Page(write_report(classroom, "a2_vae", RESULTS))
    assert not {"script", "img", "link", "iframe", "object", "form"} & {t for t, _ in page.elements}
    assert not re.search(r"(?:src|href)=\"(?:\w+:|//)|url\(|@import", page.source)
    assert "default-src 'none'" in page.source


def test_a_hostile_student_cannot_write_html(classroom, tmp_path):
    """Neither by the name of a folder nor by what is said of a submission."""
    name = '"><script>tripped=1</script>'
    hostile = result(
        name, kl=1, vae=2, kl_hint=f"{EVIL}</p>", status="repaired", detail=f"</li>{EVIL}\u202egnp"
    )
    odd = result("a&b '#?%", kl=1, kl_hint=AVERAGED)
    give_feedback(tmp_path, "a&b '#?%")
    path = write_report(classroom, "a2_vae", [*RESULTS, hostile, odd])
    page = Page(path)
    tags = {tag for tag, _ in page.elements}
    assert not {"script", "img", "b_"} & tags
    assert not any(key.startswith("on") for _, found in page.elements for key in found)
    assert EVIL in page.text and name in page.text and "<b>First</b>" in page.text
    assert "\u202e" not in page.source
    (link,) = {
        each["href"] for each in page.all("a") if "%26" in each["href"] and "kl" in each["href"]
    }
    assert (path.parent / unquote(link.partition("#")[0])).exists()


def test_words_of_a_stranger_are_one_line_without_tricks():
    """Line ends, escape sequences, zero-width and right-to-left marks go; letters stay."""
    assert words("Béla\n\x1b[31mred\u200b\u202e") == "Béla [31mred"
    assert len(words("x" * 2000)) == 1000


def test_every_mark_is_in_the_table_beside_it(classroom):
    """One row a student and question, empty where no points are yet, and no formula in it."""
    hostile = result("=1+1", kl=1, kl_hint="@SUM(A1)", status="repaired")
    path = write_report(classroom, "a2_vae", [*RESULTS, hostile]).with_suffix(".csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7 * 3 + 2
    marks = {(row["student"], row["question"]): row for row in rows}
    assert marks["bela", "check_kl_loss"]["points"] == "1.5"
    assert marks["bela", "check_kl_loss"]["observations_agree"] == "2"
    assert marks["bela", "check_kl_loss"]["misconceptions"] == "a_name"
    assert marks["bela", "check_vae_loss"]["first_difference"] == "observation 1"
    assert marks["bela", "why"]["points"] == "" and marks["ada", "why"]["points"] == "2"
    assert marks["hana", ""]["status"] == "refused" and "PDF" in marks["hana", ""]["detail"]
    assert marks["'=1+1", "check_kl_loss"]["status"] == "repaired"
    assert not any(re.match(r"\s*[=+@-]", cell) for row in rows for cell in row.values())


def test_the_distribution_is_of_what_was_given(classroom):
    """An answer that nobody marked yet costs nothing: Ada 9 of 9 and Elif 6 of 7 are at the top."""
    counts, spread = overview.distribution(RESULTS[:6])
    # ada 1, bela 2.5/7, chandra 4.75/7, dmitri 2.25/7, elif 6/7, farid 0.
    assert counts == [1, 0, 0, 2, 0, 0, 1, 0, 1, 1]
    shares = [9 / 9, 2.5 / 7, 4.75 / 7, 2.25 / 7, 6 / 7, 0]
    assert spread["mean"] == pytest.approx(100 * sum(shares) / 6)
    assert spread["median"] == pytest.approx(100 * (2.5 / 7 + 4.75 / 7) / 2)
    assert overview.distribution([]) == ([0] * 10, {})


def test_questions_tell_all_from_part_from_none():
    """And a blank function from a wrong one, and what waits for a person from both."""
    kl, vae, why = overview.questions(RESULTS[:6])
    assert (kl.right, kl.partly, kl.wrong, kl.blank, kl.to_mark) == (2, 3, 1, 1, 0)
    assert (vae.right, vae.partly, vae.wrong, vae.blank, vae.to_mark) == (2, 2, 2, 1, 0)
    assert (why.right, why.to_mark, why.mean) == (1, 5, 1)
    assert kl.mean == pytest.approx((1 + 0.5 + 0.25 + 0.75 + 1 + 0) / 6)


def test_a_class_of_which_nothing_is_graded_has_a_page(classroom):
    """Reasons stand there, and nothing is divided by nobody."""
    page = Page(write_report(classroom, "a2_vae", RESULTS[6:]))
    assert "0 of 2 graded" in page.flat and "hana.ipynb is a PDF" in page.flat


def test_a_submission_that_cannot_be_read_says_why_in_the_report(classroom, tmp_path):
    """The gradebook knows nothing of it, so its file is looked at once more, without running."""
    for student, content in {"hana": b"%PDF-1.7", "gregor": b"\x00" * 10}.items():
        folder = tmp_path / "submitted" / student / "a2_vae"
        folder.mkdir(parents=True)
        (folder / "a2_vae.ipynb").write_bytes(content)
    (tmp_path / "submitted" / "gregor" / "a2_vae" / "timestamp.txt").write_text("no time at all")
    found = {each.student: each for each in results_of(classroom, "a2_vae")}
    assert found["hana"].status == "refused" and "a PDF" in found["hana"].detail
    assert found["gregor"].status == "refused" and "date and time" in found["gregor"].detail
    write_report(classroom, "a2_vae", list(found.values()))


def test_a_report_before_grading_says_what_to_do(classroom, tmp_path):
    """One line with the command that comes first, and exit code 1."""
    run = CliRunner().invoke(app, ["report", "a2_vae"])
    assert run.exit_code == 1
    assert "nothing graded: run 'python -m autograder grade a2_vae' first" in run.output
    assert not (tmp_path / "report").exists()
