"""The class report: one HTML page that needs nothing else."""

import os
from collections import defaultdict
from datetime import datetime

from autograder.display import environment

__all__ = ["write_report"]


def write_report(classroom, assignment, results):
    """Write the report of one assignment.

    Args:
        classroom: the ``Classroom``.
        assignment: name of the assignment.
        results: one ``Result`` a submission.

    Returns:
        Path of the page.
    """
    page = classroom.path("feedback").parent / "report" / f"{assignment}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    graded = [result for result in results if result.is_graded]
    columns = list(graded[0].marks) if graded else []
    page.write_text(
        environment()
        .get_template("report.html")
        .render(
            assignment=assignment,
            made=f"{datetime.now():%Y-%m-%d %H:%M}",
            columns=[(name, name.removeprefix("check_").replace("_", " ")) for name in columns],
            results=sorted(
                results,
                key=lambda result: (result.is_graded, result.status != "repaired", result.student),
            ),
            graded=graded,
            repaired=[result for result in graded if result.status == "repaired"],
            mean=sum(result.points for result in graded) / len(graded) if graded else 0,
            to_mark=sum(mark is None for r in graded for mark, _ in r.marks.values()),
            shade=_shade,
            misconceptions=_misconceptions(graded),
            feedback={
                result.student: os.path.relpath(path, page.parent)
                for result in graded
                for path in classroom.path("feedback", result.student, assignment).glob("*.html")
            },
        ),
        encoding="utf-8",
    )
    return page


def _misconceptions(results):
    """Rows (exercise, sentence, students), the most frequent first."""
    students = defaultdict(list)
    for result in results:
        for name, verdict in result.verdicts.items():
            for sentence in verdict.hints:
                students[name, sentence].append(result.student)
    ranked = sorted(students.items(), key=lambda item: -len(item[1]))
    return [(name, sentence, who) for (name, sentence), who in ranked]


def _shade(points, out_of):
    """From orange at no points over pale to blue at all; the numbers stand there as well."""
    share = points / out_of if out_of else 1.0
    return f"hsl({30 if share < 0.5 else 205} 80% {62 + 30 * (1 - abs(2 * share - 1)):.0f}%)"
