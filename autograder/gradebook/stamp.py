"""What the autograder writes into a graded notebook, for reports and for the next run."""

from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.judging.verdict import Verdict

__all__ = ["REPAIRS", "Stamp", "fingerprint_in", "repairs_in", "stamp_in"]

STAMP = "autograder"  # Key in the notebook's metadata.
REPAIRS = "repairs"  # Id of the cell that lists the repairs.


@dataclass(frozen=True)
class Stamp:
    """How a notebook was graded, and the verdicts.

    Attributes:
        fingerprint: digest of everything that decides on the marks.
        isolation: how the cells ran, 'bwrap' or 'none'.
        machine: on which machine of a cluster; '' for the grader's own.
        seconds: that the cells took.
        troubles: 'time' or 'memory', where a cell was stopped for using too much of it.
        verdicts: one per exercise.
    """

    fingerprint: str
    isolation: str
    machine: str
    seconds: float
    troubles: tuple[str, ...]
    verdicts: tuple[Verdict, ...]

    def write(self, notebook: NotebookNode) -> None:
        """Put the stamp into a notebook's metadata."""
        notebook.metadata[STAMP] = {
            "fingerprint": self.fingerprint,
            "isolation": self.isolation,
            "machine": self.machine,
            "seconds": round(self.seconds, 2),
            "troubles": sorted(set(self.troubles)),
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
        }


def stamp_in(notebook: NotebookNode) -> Stamp | None:
    """The stamp of a graded notebook, or None if something else graded it."""
    content = notebook.metadata.get(STAMP)
    if not content:
        return None
    return Stamp(
        content["fingerprint"],
        content["isolation"],
        content.get("machine", ""),  # Early versions did not write it.
        content["seconds"],
        tuple(content["troubles"]),
        tuple(Verdict.from_json(verdict) for verdict in content["verdicts"]),
    )


def fingerprint_in(notebook: NotebookNode) -> str:
    """The stamp's fingerprint, also if another version of the autograder wrote the stamp.

    It is '' if something else graded the notebook.
    """
    return str(notebook.metadata.get(STAMP, {}).get("fingerprint", ""))


def repairs_in(notebook: NotebookNode) -> tuple[str, ...]:
    """The sentences about repairs that a graded notebook begins with, if it was repaired."""
    first = notebook.cells[0] if notebook.cells else {}
    lines = first.get("source", "").splitlines() if first.get("id") == REPAIRS else []
    return tuple(line[2:] for line in lines if line.startswith("- "))
