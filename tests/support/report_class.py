"""Made-up results of a class, and its report as a test reads it."""

import datetime
import html.parser
import re

from autograder.gradebook.classroom import Result
from autograder.judging.verdict import Finding, Verdict

__all__ = [
    "AVERAGED",
    "CELLS",
    "DUE",
    "EVIL",
    "HALF",
    "RESULTS",
    "Page",
    "give_feedback",
    "result",
    "verdict",
]

CELLS = {"check_kl_loss": (3, "code"), "check_vae_loss": (4, "code"), "why": (2, "markdown")}
AVERAGED = "You averaged the KL over the codes' dimensions."
HALF = "The factor 1/2 is missing."
DUE = datetime.datetime(2026, 11, 20, 12)
EVIL = "<img src=//evil.test/x onerror=alert(1)>"
VOID = {"meta", "img", "br", "link", "wbr"}


def verdict(exercise, agree, of=4, hint="", out_of=3, detail="differs by a factor"):
    """A ``Verdict`` of ``of`` observations, the first ``agree`` of them right."""
    findings = tuple(
        Finding(
            f"observation {n}",
            n < agree,
            "" if n < agree else detail,
            unwritten=n >= agree and detail == "not written yet",
        )
        for n in range(of)
    )
    hints, names = ((hint,), ("a_name",)) if hint else ((), ())
    return Verdict(exercise, findings, hints, names, out_of)


def result(student, kl=4, vae=4, kl_hint="", vae_hint="", written=None, **more):
    """A ``Result`` with that many of four observations right in two functions."""
    verdicts = {
        "kl_loss": verdict("kl_loss", kl, hint=kl_hint),
        "vae_loss": verdict("vae_loss", vae, hint=vae_hint, out_of=4),
    }
    marks = {
        "check_kl_loss": (3 * kl / 4, 3),
        "check_vae_loss": (4 * vae / 4, 4),
        "why": (written, 2),
    }
    points = sum(points or 0 for points, _ in marks.values())
    known = {"isolation": "bwrap", "seconds": 1.0, "status": "graded"} | more
    return Result(student, points=points, out_of=9, marks=marks, verdicts=verdicts, **known)


def stub(student):
    """A ``Result`` of somebody who wrote nothing."""
    made = result(student, kl=0, vae=0, status="blank")
    verdicts = {
        name: verdict(name, 0, detail="not written yet") for name in ("kl_loss", "vae_loss")
    }
    return Result(**(made.__dict__ | {"verdicts": verdicts}))


RESULTS = [
    result("ada", written=2),
    result("bela", kl=2, vae=1, kl_hint=AVERAGED, seconds=9.5),
    result("chandra", kl=1, kl_hint=AVERAGED, status="repaired", detail="cell kl_loss was twice"),
    result("dmitri", kl=3, vae=0, kl_hint=HALF, isolation="none"),
    result("elif", vae=3, status="timed out", seconds=62.0),
    stub("farid"),
    Result("gregor", "not graded", detail="handed in, and not graded yet"),
    Result("hana", "refused", detail="hana.ipynb is a PDF"),
]


def give_feedback(folder, student):
    """A feedback page with nbgrader's anchors."""
    page = folder / "feedback" / student / "a2_vae" / "a2_vae.html"
    page.parent.mkdir(parents=True)
    page.write_text("".join(f'<a name="{name}"></a>' for name in CELLS))


class Page(html.parser.HTMLParser):
    """The page as a tree would have it: elements that are closed, text by row and by section."""

    def __init__(self, path):
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.open, self.elements, self.rows, self.text = [], [], [], ""
        self.feed(self.source)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.text += data
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data

    @property
    def flat(self):
        return re.sub(r"\s+", " ", self.text)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]
