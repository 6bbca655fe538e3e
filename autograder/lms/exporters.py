"""Marks for Canvas, Moodle and spreadsheets, as nbgrader's exporter plugins.

``python -m autograder export ASSIGNMENT --to canvas``, or with nbgrader's own command
``nbgrader export --exporter=autograder.lms.exporters.CanvasExporter --assignment='["a2_vae"]'``.
"""

from pathlib import Path

from autograder.gradebook.marks import ABSENT, NOT_GRADED, TO_MARK
from autograder.lms.exporting import Exporter, SystemExporter, identifier
from autograder.lms.rosters import CANVAS_IDS, MOODLE_IDS, Roster, canvas_roster, moodle_roster
from autograder.lms.spreadsheet import write_csv
from autograder.text import inert, listed, number

__all__ = ["EXPORTERS", "CanvasExporter", "MoodleExporter", "SpreadsheetExporter"]

MOODLE_MOST = 100  # Moodle imports no grade above this unless its administrator allows it.
_COLUMNS = (
    *("assignment", "student", "last_name", "first_name", "email", "handed_in", "state"),
    *("points", "points_so_far", "late_penalty", "out_of"),
)


class CanvasExporter(SystemExporter):
    """Canvas' gradebook CSV: who it is, the maximum in a row of its own, the marks.

    Canvas looks people up by its own ID, then by SIS User ID, then by SIS Login ID. Without a
    roster these are nbgrader's ``lms_user_id``, if it is a number or else, and its student id.
    """

    suffix = "canvas"

    def read_roster(self, assignment):
        return canvas_roster(Path(self.roster), assignment, self.column)

    def own_roster(self, found):
        who = ("Student", *CANVAS_IDS, "Section")
        rows = []
        for each in found:
            is_canvas_id = each.lms_id.isascii() and each.lms_id.isdecimal()
            ids = (each.lms_id, "") if is_canvas_id else ("", each.lms_id)
            rows.append(dict(zip(who, (each.name, *ids, each.student, ""))))
        return Roster(who, CANVAS_IDS, self.column or found[0].assignment, tuple(rows))

    def identified(self, placed, roster, done):
        rows = []
        for standing, row, points in placed:
            row = row | {name: identifier(row[name]) for name in roster.ids}
            if any(row[name] for name in roster.ids):
                rows.append((row, points))
            else:
                done.left_out["no id that Canvas could know"].append(standing.student)
        blank = sum(not row["ID"] for row, _ in rows)
        if blank:
            done.notes.append(
                f"without Canvas' own ID: {blank}; it will look for their SIS ids. --roster with "
                "the gradebook exported from Canvas is surer"
            )
        return rows

    def write_rows(self, rows, roster, out_of, done):
        width = len(roster.columns) - 1
        out_of = out_of if roster.out_of is None else roster.out_of
        lines = [[*roster.columns, inert(roster.column)]]
        lines.append(["    Points Possible", *[""] * width, number(out_of)])
        lines += [
            [*(inert(row[n]) for n in roster.columns), number(points)] for row, points in rows
        ]
        write_csv(done.path, lines)


class MoodleExporter(SystemExporter):
    """Moodle's plain text grade export, which its CSV import reads: who it is, the marks.

    Moodle looks people up by the one column that the importing person chooses, and stops at
    anybody it does not know. Where that column is blank it gives the marks to the student of
    the row above (grade/import/csv/classes/load_data.php). So no column of ids has a gap.
    Without a roster they are nbgrader's email, student id and ``lms_user_id``.
    """

    suffix = "moodle"

    def read_roster(self, assignment):
        return moodle_roster(Path(self.roster), assignment, self.column)

    def own_roster(self, found):
        who = ("First name", "Last name", *MOODLE_IDS)
        rows = [
            (each.first_name, each.last_name, each.email, each.student, each.lms_id)
            for each in found
        ]
        column = self.column or f"Assignment: {found[0].assignment} (Real)"
        return Roster(who, MOODLE_IDS, column, tuple(dict(zip(who, row)) for row in rows))

    def identified(self, placed, roster, done):
        pairs = [
            (standing, row | {name: identifier(row[name]) for name in roster.ids}, points)
            for standing, row, points in placed
        ]
        gaps = {name: sum(not row[name] for _, row, _ in pairs) for name in roster.ids}
        by = min(roster.ids, key=gaps.get)
        without = [standing.student for standing, row, _ in pairs if not row[by]]
        if without:
            done.left_out[f"nothing in {by}"] += without
        rows = [(row, points) for _, row, points in pairs if row[by]]
        if rows:
            done.notes.append(f"in Moodle, Import, CSV file: map from and to {by!r}")
        return rows

    def write_rows(self, rows, roster, out_of, done):
        kept = [
            name
            for name in roster.columns
            if name not in roster.ids or all(row[name] for row, _ in rows)
        ]
        if out_of > MOODLE_MOST:
            done.notes.append(f"Moodle takes no grade above {MOODLE_MOST} unless it is set up to")
        lines = [[*kept, inert(roster.column)]]
        lines += [[*(inert(row[name]) for name in kept), number(points)] for row, points in rows]
        write_csv(done.path, lines)


class SpreadsheetExporter(Exporter):
    """A table for people: everybody, with the state of the mark, and points by question.

    What has no points yet is empty, in the sum too; ``points_so_far`` says what is there.
    """

    suffix = "marks"

    def fill(self, found, done):
        questions = list(dict.fromkeys(name for each in found for name in each.marks))
        lines = [[*_COLUMNS, *map(inert, questions)]]
        for each in found:
            who = (each.assignment, each.student, each.last_name, each.first_name, each.email)
            when = f"{each.handed_in:%Y-%m-%d %H:%M:%S}" if each.handed_in else ""
            so_far = each.points_so_far if each.marks else None
            points = (each.points, so_far, each.late_penalty, each.out_of)
            by_question = (number(each.marks.get(name)) for name in questions)
            lines.append([*map(inert, who), when, each.state, *map(number, points), *by_question])
        write_csv(done.path, lines, bom=True)
        done.students = len(found)
        for state in (TO_MARK, NOT_GRADED, ABSENT):
            students = [each.student for each in found if each.state == state]
            if students:
                done.notes.append(f"points empty, {state}: {listed(students)}")


EXPORTERS = {"canvas": CanvasExporter, "moodle": MoodleExporter, "csv": SpreadsheetExporter}
