"""Which submitted cell stands for which cell of the released notebook.

The released notebook is the master: this module finds its given cells, test cells and
texts in a submission, by what they say first, and by what they claim to be second.
"""

from dataclasses import dataclass, field, replace

from autograder.errors import AuthorError
from autograder.submission.parse import DEFINITION, Parser, normalised

__all__ = ["MasterCell", "Match", "match", "read_master"]

NOT_RELEASED = ("### BEGIN SOLUTION", "### BEGIN HIDDEN TESTS")
TEXT_STUB = "YOUR ANSWER HERE"
SHORTEST_QUESTION = 20  # Characters by which a written answer's question is recognised.
MOST_PIECES = 8


@dataclass(frozen=True, eq=False)
class MasterCell:
    """A cell of the released notebook.

    ``role`` is 'locked' (given and test cells), 'function' (a solution cell with
    functions to write), 'answer' (any other solution cell), or 'plain' (nbgrader does
    not guard it). ``blank`` has the text of each function as released, by name.
    """

    index: int
    node: dict
    role: str
    blank: dict
    grade_id: str | None
    source: str

    @property
    def claims(self):
        """What nbgrader's metadata says of it."""
        return self.node["metadata"].get("nbgrader", {})

    @property
    def is_test(self):
        """True for a locked cell that gives points."""
        return self.role == "locked" and bool(self.claims.get("grade"))

    @property
    def question(self):
        """How a written answer's cell begins, None if that says too little."""
        text = normalised(self.source.replace(TEXT_STUB, ""))
        is_text = self.node["cell_type"] != "code"
        return text if is_text and len(text) >= SHORTEST_QUESTION else None


@dataclass
class Match:
    """A submission laid beside its master.

    Attributes:
        master: the ``MasterCell`` in their order.
        stream: the ``StudentCell`` in the submission's order, parts put together.
        held: for a master cell's index, the submitted cell that stands for it.
        used: for a solution cell's index, the submitted cells that its answer is made of.
        sources: for a solution cell's index, its new source.
        elsewhere: pairs of a solution cell's index and a submitted cell that has its answer
            without claiming to be it.
        dropped: submitted cells that say nothing of their own.
        report: sentences.
    """

    master: list
    stream: list
    parser: Parser = field(default_factory=Parser)
    held: dict = field(default_factory=dict)
    used: dict = field(default_factory=dict)
    sources: dict = field(default_factory=dict)
    elsewhere: set = field(default_factory=set)
    dropped: set = field(default_factory=set)
    report: list = field(default_factory=list)

    def says(self, cell):
        """Text of a cell as it is compared: white space at the ends of lines is nothing."""
        if cell not in self._said:
            self._said[cell] = normalised(cell.source)
        return self._said[cell]

    def same(self, cell, master):
        """True if a submitted cell has the text of a master's."""
        return self.says(cell) == self.says(master)

    def claims(self, cell, master):
        """True if a submitted cell says that it is this one of the master's."""
        if cell.grade_id in self.known:
            return cell.grade_id == master.grade_id
        return cell.cell_id is not None and cell.cell_id == master.node.get("id")

    def claims_any(self, cell):
        """True if a submitted cell says that it is one of the master's."""
        return cell.grade_id in self.known or cell.cell_id in self.known_ids

    def free(self):
        """Submitted cells that stand for nothing yet."""
        taken = {*self.held.values(), *self.dropped}
        taken.update(cell for cells in self.used.values() for cell in cells)
        return [cell for cell in self.stream if cell not in taken]

    def positions(self):
        """Place of each submitted cell in the stream."""
        return {cell: place for place, cell in enumerate(self.stream)}

    def __post_init__(self):
        self._said = {}
        self.known = {cell.grade_id for cell in self.master} - {None}
        self.known_ids = {cell.node.get("id") for cell in self.master} - {None}


def read_master(released):
    """The cells of a released notebook.

    Raises:
        AuthorError: if it is the instructor's, whose answers would be handed to
            everybody whose own is missing, or a grade_id stands in it twice.
    """
    parser, cells, known = Parser(), [], set()
    for index, node in enumerate(released["cells"]):
        if any(mark in node["source"] for mark in NOT_RELEASED):
            raise AuthorError(
                f"cell {index + 1} has answers or hidden tests: repair takes the released "
                "notebook, which 'nbgrader generate_assignment' makes"
            )
        claims = node["metadata"].get("nbgrader", {})
        grade_id = claims.get("grade_id")
        if grade_id in known:
            raise AuthorError(f"grade_id {grade_id!r} stands twice in the released notebook")
        known |= {grade_id} - {None}
        found, role = [], "plain"
        if claims.get("solution"):
            found = parser.definitions(node["source"]) if node["cell_type"] == "code" else []
            found = [definition for definition in found if definition.is_function]
            role = "function" if found else "answer"
        elif claims.get("grade") or claims.get("locked"):
            role = "locked"
        blank = {definition.name: normalised(definition.text) for definition in found}
        cells.append(MasterCell(index, node, role, blank, grade_id, node["source"]))
    if not cells:
        raise AuthorError("the released notebook has no cells")
    return cells


def match(submission, master):
    """Lay a submission beside its master, and find what is no answer."""
    state = Match(master, list(submission.cells))
    _hold(state)
    _salvage(state)
    _join(state)
    return state


def _hold(state):
    wanted = [cell for cell in state.master if cell.role in ("locked", "plain")]

    def same(cell, master):
        return state.same(cell, master) and state.says(cell) != ""

    def same_and_claimed(cell, master):
        return same(cell, master) and state.claims(cell, master)

    def claimed(cell, master):
        kind = master.node["cell_type"]
        return state.claims(cell, master) and (master.role == "locked" or cell.kind == kind)

    for is_it in (same_and_claimed, same, claimed):
        free = state.free()
        for master in wanted:
            if master.index in state.held:
                continue
            found = next((cell for cell in free if is_it(cell, master)), None)
            if found:
                state.held[master.index] = found
                free.remove(found)


def _salvage(state):
    """What a student defined in a locked cell becomes a cell of the student's own."""
    for index, cell in state.held.items():
        master = state.master[index]
        if master.role != "locked" or cell.kind != "code" or master.node["cell_type"] != "code":
            continue
        if not state.same(cell, master):
            added = state.parser.added_definitions(cell.source, master.source)
            if added:
                own = replace(cell, source=added, cell_id=None, claims=None)
                state.stream.insert(state.stream.index(cell) + 1, own)


def _join(state):
    """Put together a function that was split over neighbouring cells."""
    names = {name for master in state.master for name in master.blank}
    free, place = set(state.free()), 0
    while place < len(state.stream):
        cell, parts = state.stream[place], 1
        if cell in free and cell.kind == "code" and _may_go_on(state.parser, cell.source, names):
            parts = _parts(state, place, free)
        if parts > 1:
            pieces = state.stream[place : place + parts]
            source = "\n".join(piece.source for piece in pieces)
            claims = next((piece.claims for piece in pieces if piece.grade_id), cell.claims)
            whole = replace(cell, source=source, claims=claims)
            state.stream[place : place + parts] = [whole]
            found = [d.name for d in state.parser.definitions(source) if d.name in names]
            state.report.append(
                f"{', '.join(found) or 'a cell'} was put together from cells {cell.number} to "
                f"{pieces[-1].number}"
            )
        place += 1


def _may_go_on(parser, source, names):
    if parser.tree(normalised(source)) is None:
        starts = map(DEFINITION.match, normalised(source).split("\n"))
        return any(start and start[1] in names for start in starts)
    found = parser.definitions(source)
    return bool(found) and found[-1].name in names


def _parts(state, place, free):
    """How many cells from here make one piece of Python; 1 if the first is on its own."""
    whole = state.parser.tree(state.says(state.stream[place])) is not None
    best, joined = 1, state.stream[place].source
    for count, cell in enumerate(state.stream[place + 1 : place + MOST_PIECES], start=2):
        goes_on = cell.source.lstrip("\n")[:1] in (" ", "\t")
        is_python = state.parser.tree(state.says(cell)) is not None
        if cell not in free or cell.kind != "code" or (whole and not goes_on):
            break
        if is_python and not goes_on:
            break
        joined += "\n" + cell.source
        if state.parser.tree(normalised(joined)):
            best, whole = count, True
    return best
