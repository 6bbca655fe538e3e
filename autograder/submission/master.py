"""The released notebook, which a submission is compared with: it is the master.

Its order, metadata and locked sources are the truth. A submission can only claim them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from autograder.errors import AuthorError
from autograder.submission.parse import Parser, normalised
from autograder.submission.student_cells import StudentCell

__all__ = ["TEXT_STUB", "Master", "MasterCell", "Node", "read_master"]

NOT_RELEASED = ("### BEGIN SOLUTION", "### BEGIN HIDDEN TESTS")
TEXT_STUB = "YOUR ANSWER HERE"
SHORTEST_QUESTION = 20  # Characters by which a written answer's question is recognised.

Node = dict[str, Any]  # A cell as nbformat has it.
Role = Literal["locked", "function", "answer", "plain"]


@dataclass(frozen=True, eq=False)
class MasterCell:
    """A cell of the released notebook.

    ``role`` is 'locked' (given and test cells), 'function' (a solution cell with functions to
    write), 'answer' (any other solution cell), or 'plain' (nbgrader does not guard it).
    ``blank`` has the text of each function as released, by name.
    """

    index: int
    node: Node
    role: Role
    blank: Mapping[str, str]
    grade_id: str | None

    @property
    def source(self) -> str:
        """The cell's source as released."""
        return str(self.node["source"])

    @cached_property
    def text(self) -> str:
        """The source as it is compared: white space at the ends of lines does not count."""
        return normalised(self.source)

    @property
    def kind(self) -> str:
        """'code', 'markdown' or 'raw'."""
        return str(self.node["cell_type"])

    @property
    def cell_id(self) -> str | None:
        """nbformat's id of the cell, if it has one."""
        return self.node.get("id")

    @property
    def claims(self) -> Node:
        """nbgrader's metadata of the cell."""
        claims: Node = self.node["metadata"].get("nbgrader", {})
        return claims

    @property
    def is_test(self) -> bool:
        """True for a locked cell that gives points."""
        return self.role == "locked" and bool(self.claims.get("grade"))

    @property
    def question(self) -> str | None:
        """The text that a written answer's cell begins with; None if it is too short to tell."""
        text = normalised(self.source.replace(TEXT_STUB, ""))
        return text if self.kind != "code" and len(text) >= SHORTEST_QUESTION else None


@dataclass(frozen=True)
class Master:
    """The cells of the released notebook, in their order."""

    cells: tuple[MasterCell, ...]

    @cached_property
    def grade_ids(self) -> frozenset[str]:
        """The grade_ids of its cells."""
        return frozenset(cell.grade_id for cell in self.cells if cell.grade_id is not None)

    @cached_property
    def cell_ids(self) -> frozenset[str]:
        """nbformat's ids of its cells."""
        return frozenset(cell.cell_id for cell in self.cells if cell.cell_id is not None)

    @cached_property
    def asked(self) -> frozenset[str]:
        """Names of the functions that a student is to write."""
        return frozenset(name for cell in self.cells for name in cell.blank)

    def with_role(self, role: Role) -> list[MasterCell]:
        """Its cells of one role."""
        return [cell for cell in self.cells if cell.role == role]

    def is_claimed(self, wanted: MasterCell, cell: StudentCell) -> bool:
        """True if a submitted cell says that it is this one, by grade_id or else by id."""
        if cell.grade_id in self.grade_ids:
            return cell.grade_id == wanted.grade_id
        return cell.cell_id is not None and cell.cell_id == wanted.cell_id

    def has_claim_of(self, cell: StudentCell) -> bool:
        """True if a submitted cell says that it is any cell of the master."""
        return cell.grade_id in self.grade_ids or cell.cell_id in self.cell_ids


def read_master(released: Mapping[str, Any]) -> Master:
    """The cells of a released notebook.

    Raises:
        AuthorError: if it is the instructor's notebook, because then every student whose answer
            is missing would get the instructor's; or if it has a grade_id twice, or no cells.
    """
    parser, known = Parser(), set()
    cells = []
    for index, node in enumerate(released["cells"]):
        if any(mark in node["source"] for mark in NOT_RELEASED):
            raise AuthorError(
                f"cell {index + 1} has answers or hidden tests: repair takes the released "
                "notebook, which 'nbgrader generate_assignment' makes"
            )
        cell = _master_cell(index, node, parser)
        if cell.grade_id is not None:
            if cell.grade_id in known:
                raise AuthorError(
                    f"grade_id {cell.grade_id!r} appears twice in the released notebook"
                )
            known.add(cell.grade_id)
        cells.append(cell)
    if not cells:
        raise AuthorError("the released notebook has no cells")
    return Master(tuple(cells))


def _master_cell(index: int, node: Node, parser: Parser) -> MasterCell:
    claims = node["metadata"].get("nbgrader", {})
    blank: dict[str, str] = {}
    role: Role = "plain"
    if claims.get("solution"):
        if node["cell_type"] == "code":
            functions = [each for each in parser.definitions(node["source"]) if each.is_function]
            blank = {each.name: normalised(each.text) for each in functions}
        role = "function" if blank else "answer"
    elif claims.get("grade") or claims.get("locked"):
        role = "locked"
    return MasterCell(index, node, role, blank, claims.get("grade_id"))
