"""How a verdict looks: the words of the text, safe, small, readable on light and dark pages."""

import itertools
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from palettes import contrast

from autograder.check import check
from autograder.exercises.catalogue import exercises_of
from autograder.inside.observe import observe
from autograder.judging.display import LONG, as_html, as_text, folded
from autograder.judging.key import PUBLIC_SEED, key_of
from autograder.judging.progress import Session
from autograder.judging.verdict import Finding, Verdict, judge

EVIL = "\"><script>alert(1)</script></td></table><img src=x onerror=alert(2)>&amp;' {{ 7 * 7 }}"
PAGES = {"paper": "#ffffff", "JupyterLab": "#111111", "VS Code": "#1e1e1e", "GitHub": "#0d1117"}
VOID, INLINE = {"br"}, {"strong"}


class Page(HTMLParser):
    """HTML as a list of opened tags with attributes, its text, and its rows as texts."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.text, self.texts = [], [], "", []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.text += "" if tag in INLINE else "\n"
        if tag not in VOID:
            self.open.append((tag, len(self.text)))

    def handle_endtag(self, tag):
        opened, start = self.open.pop()
        assert opened == tag
        self.texts.append((tag, self.text[start:].strip()))
        self.text += "" if tag in INLINE else "\n"

    def handle_data(self, data):
        self.text += data

    def said(self, tag):
        """Texts of all elements of a kind, on one line each."""
        return [" ".join(text.split()) for name, text in self.texts if name == tag]

    def styles(self):
        """Declarations of each style attribute."""
        for _, attributes in self.tags:
            parts = (part.partition(":") for part in attributes.get("style", "").split(";"))
            yield {name.strip(): value.strip() for name, _, value in parts}


def verdicts():
    """Of all misconceptions and references of the first assignment, as in check and in a class."""
    for exercise in exercises_of("a1_distances").values():
        key = key_of(exercise, PUBLIC_SEED)
        for function in (exercise.reference, *exercise.misconceptions):
            stream = observe(exercise.probe, function, PUBLIC_SEED)
            for shows_numbers in (True, False):
                yield judge(key, stream, out_of=3.0, shows_numbers=shows_numbers)


def progress(verdict):
    """The assignment's, with nothing but this verdict checked."""
    return Session().take_in(verdict, "a1_distances", exercises_of("a1_distances"))


def hostile(text):
    """A verdict that says a text wherever a student can have a word in it."""
    findings = (
        Finding(text, False, f"raised {text}"),
        Finding("both sides", False, f"got {text}, expected 1 ({text})", text, "1", text),
        Finding("long", False, 40 * f"{text} "),
    )
    return Verdict("kl_loss", findings, (text,), ("half",), 2.0)


def test_all_that_the_text_says_is_on_the_page():
    """Headline, hints, observations, both sides, remarks and progress stand in both forms."""
    seen = 0
    for verdict in verdicts():
        way = progress(verdict)
        text, page = as_text(verdict, way).splitlines(), Page(as_html(verdict, way))
        words = " ".join(page.text.split())
        assert page.said("div")[0] == text[0]
        assert text[-1] == f"{page.said('summary')[-1]} Written answers are not counted."
        assert all(line.strip() in words for line in text[1 : 1 + len(verdict.hints)])
        for row, line in zip(page.said("tr")[1:], text[1 + len(verdict.hints) : -1], strict=True):
            # The heads of the columns say "Yours" and "Expected".
            dropped = {"got", "expected"}
            left = Counter(line.replace(":", "").replace("(", "").replace(")", "").split())
            right = Counter(row.replace(":", "").replace("(", "").replace(")", "").split())
            missing = {word.strip(",;") for word in left} - {word.strip(",;") for word in right}
            assert missing <= dropped, (line, row)
            seen += bool(missing)
    assert seen > 20


def test_the_first_look_shows_what_matters_and_the_rest_is_folded_in():
    """A mistake has its table and hint in the open; of a right answer the table is folded in."""
    right, _, wrong = (replace(each, out_of=2.0) for each in itertools.islice(verdicts(), 3))
    assert right.fraction == 1 > wrong.fraction
    assert ["table" in [tag for tag, _ in _outside_details(v)] for v in (right, wrong)] == [0, 1]
    assert wrong.hints[0] in Page(as_html(wrong)).said("p")[0]
    assert not Page(as_html(wrong)).said("summary")


def _outside_details(verdict):
    page = as_html(verdict)
    before, _, rest = page.partition("<details")
    return Page(before + rest.rpartition("</details>")[2]).tags


def test_long_messages_are_cut_at_a_word_and_lose_nothing():
    """A message of ten lines shows its beginning, and the rest when it is asked for."""
    long = " ".join(f"word{n}" for n in range(100))
    first, rest = folded(long)
    assert f"{first} {rest}" == long and len(first) <= LONG
    assert folded("short") == ("short", "")
    assert "".join(folded(300 * "x")) == 300 * "x"


def test_no_word_of_a_student_becomes_markup():
    """Elements and attributes are the same whatever was written, and the words are shown."""
    calm, evil = (Page(as_html(hostile(text))) for text in ("x" * len(EVIL), EVIL))
    assert evil.tags == calm.tags
    assert evil.text.count(EVIL) >= 5


@pytest.mark.parametrize("out_of", [None, 3.0])
def test_nothing_runs_loads_or_is_looked_up(out_of):
    """No script, picture, link, style sheet, class or identifier, and no address."""
    for verdict in verdicts():
        page = Page(as_html(replace(verdict, out_of=out_of)))
        used = {name for _, attributes in page.tags for name in attributes}
        assert used <= {"style", "scope", "colspan"}
        assert {tag for tag, _ in page.tags} <= {
            *("div", "p", "strong", "small", "br", "details", "summary", "ul", "li"),
            *("table", "caption", "thead", "tbody", "tr", "th", "td"),
        }
        assert "url(" not in as_html(verdict) and "//" not in as_html(verdict)


def test_the_table_can_be_listened_to():
    """It has a caption, each column and each row a head; marks are words; summaries say of what."""
    for verdict in verdicts():
        page = Page(as_html(verdict, progress(verdict)))
        assert page.said("caption") == [f"Observations of {verdict.exercise}"]
        scopes = Counter(attributes["scope"] for tag, attributes in page.tags if tag == "th")
        assert scopes["row"] == len(verdict.findings)
        assert scopes["col"] == 1 if verdict.fraction == 1 else scopes["col"] in (2, 3)
        for finding, head in zip(verdict.findings, page.said("th")[scopes["col"] :], strict=True):
            assert head[2:] == f"{'agrees' if finding.agrees else 'differs'}: {finding.name}"
        assert all(len(summary) > 20 for summary in page.said("summary"))


@pytest.mark.parametrize(
    "verdict", [*itertools.islice(verdicts(), 0, 3, 2)], ids=["right", "wrong"]
)
def test_colours_can_be_read_on_light_and_dark_pages(verdict):
    """Ink is the page's own, or 4.5 to 1 on a ground of its own; that ground and rules 3 to 1."""
    grounds = []
    for style in Page(as_html(verdict)).styles():
        if "background-color" in style:
            assert contrast(style["color"], style["background-color"]) >= 4.5
            grounds.append(style["background-color"])
        else:
            assert style.get("color", "inherit") == "inherit"
        grounds += [side.split()[-1] for name, side in style.items() if name == "border-left"]
    assert len(grounds) == 2
    for ground, (name, page) in itertools.product(grounds, PAGES.items()):
        assert contrast(ground, page) >= 3, (ground, name)


def test_a_verdict_is_small():
    """Every verdict of the first assignment stays below 4 kB, and so does one as large as any."""
    for verdict in verdicts():
        assert len(as_html(verdict, progress(verdict)).encode()) < 4_000
    rows = [
        Finding(f"five Gaussians, k = {n}", False, f"got {n}", f"{n}.07867", "3.23602", 50 * "-")
        for n in range(8)
    ]
    large = Verdict("kl_gaussian", tuple(rows), (150 * "x",), ("mistake",), 3.0)
    assert len(as_html(large, progress(large)).encode()) < 4_000


def checked(session, name, agree, of=4, out_of=4.0):
    """The progress after a check of a function whose first observations agree."""
    findings = tuple(Finding(f"{n}", n < agree) for n in range(of))
    verdict = Verdict(name, findings, out_of=out_of)
    return session.take_in(verdict, "a6_own", ["first", "second", "third"])


def test_a_function_counts_once_and_by_its_latest_check():
    """Checked again it is one function still; points that were lost are gone."""
    session = Session()
    assert "1 of 3 functions checked, 0 with all points; 1 of 4" in str(
        checked(session, "first", 1)
    )
    assert "1 of 3 functions checked, 1 with all points; 4 of 4" in str(
        checked(session, "first", 4)
    )
    assert "2 of 3 functions checked, 1 with all points; 4.67 of 6 points" in str(
        checked(session, "second", 1, of=3, out_of=2.0)
    )
    last = checked(session, "first", 0)
    assert "2 of 3 functions checked, 0 with all points; 0.67 of 6 points" in str(last)
    assert last.unchecked == ("third",)


def test_another_assignment_is_another_sum():
    """What was checked of one assignment is not in another's line."""
    session = Session()
    checked(session, "first", 4)
    other = session.take_in(Verdict("else", (Finding("a", True),), out_of=1.0), "a7", ["else"])
    assert str(other).startswith("a7 since the kernel started: 1 of 1 functions checked")


def test_check_ends_with_the_progress(monkeypatch, capsys):
    """With points the last line is the assignment's; Validate's error and a verdict have none."""
    monkeypatch.setattr("autograder.check.SESSION", Session())

    def lp_norm(x, p):
        return 0.0

    check(lp_norm, points=2)
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == (
        "a1_distances since the kernel started: 1 of 5 functions checked, 0 with all points; "
        "0 of 2 points. Written answers are not counted."
    )
    assert "since the kernel started" not in str(check(lp_norm))
