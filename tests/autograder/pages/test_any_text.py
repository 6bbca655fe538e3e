"""Whatever a submission writes into whichever of its fields: it is read, judged, kept and shown."""

import json
import re
import struct
import tempfile
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from injections import PNG

from autograder.authoring.build import ROOT
from autograder.authoring.demo import make_class
from autograder.errors import RefusedError
from autograder.gradebook.grade import grade
from autograder.inside.wire import Failure, Table, WireError, decode
from autograder.judging.display import mime_bundle
from autograder.judging.key import Key
from autograder.judging.verdict import Verdict, judge
from autograder.pages.feedback import FeedbackExporter
from autograder.sandbox.policy import LIMITS
from autograder.sandbox.records import RECORD, CellRun, Records, accept
from autograder.submission.read import adopted, read_submission
from autograder.submission.repair import repair
from autograder.text import inert, lines, plain, words, writable

ASSIGNMENT = "a1_distances"
HALF = "\ud800"  # Of a pair of surrogates: JSON can say it, UTF-8 cannot.
# The same texts on every run: a failure is not to depend on chance.
checked = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
AWKWARD = [
    *(HALF, "\udfff", "\udfff\ud800", "\x00", "\x1b[31m", "\x1b[", "\u2028", "\u202e", "\ufeff"),
    *("\r", "\x85", "=1+1", "$\\frac{", "$$", "</pre><script>", "{{ 1 }}", "![a](attachment:a)"),
    *("&#0;", "&#xd800;", "<!--", "a" * 300, "\U0010ffff", "%%bash", "{% for %}"),
]
texts = st.one_of(
    st.text(st.characters() | st.sampled_from([HALF, "\udc80"]), max_size=40),
    st.lists(st.sampled_from(AWKWARD), min_size=1, max_size=4).map("".join),
)
numbers = st.integers() | st.floats() | st.just(10**400)
leaves = st.none() | st.booleans() | numbers | texts
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)


def raw(value, escaped):
    """JSON as bytes, with each half of a pair as an escape or as the bytes that it would have."""
    text = json.dumps(value, ensure_ascii=escaped)
    return text.encode("utf-8", "surrogatepass")


def assert_writable(value):
    """The value can be saved as UTF-8, and its text is not empty by accident."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    assert text.encode("utf-8").decode("utf-8") == text


@pytest.fixture(scope="module")
def released():
    """An assignment as it was released."""
    return nbformat.read(
        ROOT / "notebooks" / "assignments" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4
    )


def assert_shown(notebook, configuration):
    """The notebook can be saved, and made a page that can be saved."""
    notebook = nbformat.from_dict(notebook)
    assert_writable(nbformat.writes(notebook))
    names = {"notebook": "x", "score": 1, "max_score": 2, "late_penalty": 0}
    page, _ = FeedbackExporter(config=configuration).from_notebook_node(
        notebook, {"nbgrader": names}
    )
    assert_writable(page)
    assert page.rstrip().endswith("</html>")


@checked
@given(text=texts)
def test_text_is_made_writable_once(text):
    """What can be written stays as it is; what cannot is as long as it was."""
    made = writable(text)
    assert_writable(made)
    assert writable(made) == made
    assert len(made) == len(text)
    assert made == re.sub("[\ud800-\udfff]", "?", text)


@checked
@given(text=texts)
def test_reports_and_tables_can_hold_any_text(text):
    """What is said of a submission in the report, on a terminal and in a spreadsheet."""
    for made in (words(text), lines(text), plain(text, 60), inert(writable(text))):
        assert_writable(made)


outputs = st.lists(
    st.fixed_dictionaries(
        {"output_type": st.sampled_from(["stream", "error", "display_data", "execute_result"])},
        optional={
            "name": texts,
            "text": texts,
            "ename": texts,
            "evalue": texts,
            "traceback": st.lists(texts, max_size=3) | anything,
            "data": st.dictionaries(
                texts | st.sampled_from(["text/plain", "text/html", "text/markdown", "text/latex"]),
                texts,
                max_size=5,
            ).map(lambda data: data | {"image/png": PNG})
            | anything,
            "metadata": anything,
            "execution_count": anything,
        },
    ),
    max_size=6,
)


@checked
@given(sent=outputs, other=anything, escaped=st.booleans())
def test_any_output_is_kept_and_shown(configuration, sent, other, escaped):
    """Streams, exceptions, displays: as a child of the sandbox sends them, with any text."""
    content = raw({"cell": 0, "outputs": sent, "bytes": 0, "other": other}, escaped)
    runs = [CellRun()]
    for header, payload in Records(None, LIMITS, 1).take(RECORD.pack(len(content)) + content):
        accept(header, payload, runs, 0, LIMITS)
    assert len(runs[0].outputs) == len(sent)
    cell = nbformat.v4.new_code_cell("x", outputs=nbformat.from_dict(runs[0].outputs))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.validate(notebook)
    assert_shown(notebook, configuration)


@checked
@given(
    name=st.just("value") | texts,
    kind=st.sampled_from(["text", "failure", "table", "nothing", "array"]) | texts,
    content=st.one_of(
        anything,
        st.lists(texts, min_size=3, max_size=3),
        st.tuples(st.just(["a"]), st.lists(st.lists(texts, min_size=1, max_size=1), max_size=3)),
        st.tuples(st.lists(texts, min_size=1, max_size=1), st.just([])),
    ),
    escaped=st.booleans(),
)
def test_any_observation_is_judged_and_shown(name, kind, content, escaped):
    """A name, a text, an exception, a table: it agrees or differs, and the verdict can be kept."""
    payload = raw(content, escaped)
    header = raw({"name": name, "kind": kind, "bytes": len(payload)}, escaped)
    stream = struct.pack(">I", len(header)) + header + payload
    try:
        for observation in decode(stream):
            assert_writable(observation.name)
            if isinstance(observation.value, (str, Failure, Table)):
                assert_writable(observation.value)
    except WireError as error:
        assert_writable(str(error))
    for expected in ("text", Table(("a",), (("b",),)), 1.0):
        verdict = judge(Key("f", {"value": expected}, ()), stream, out_of=3)
        assert_writable(mime_bundle(verdict))
        assert Verdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict


cells = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw"]) | anything,
        "source": texts | st.lists(texts, max_size=3) | anything,
        "id": texts | anything,
        "outputs": anything,
        "execution_count": anything,
        "metadata": anything
        | st.fixed_dictionaries({"nbgrader": st.dictionaries(texts, anything, max_size=3)}),
        "attachments": anything
        | st.dictionaries(texts, st.dictionaries(st.just("image/png"), texts), max_size=2),
    },
)


@checked
@given(
    strange=st.lists(st.tuples(st.integers(0, 200), cells), max_size=5),
    claims=st.dictionaries(
        st.sampled_from(["grade_id", "points", "locked", "grade", "schema_version", "solution"]),
        leaves,
    ),
    changed=st.integers(0, 200),
    metadata=anything | st.fixed_dictionaries({"handed_in_as": texts}),
    escaped=st.sampled_from([True] * 4 + [False]),
)
def test_any_notebook_is_refused_or_repaired_and_shown(
    released, configuration, strange, claims, changed, metadata, escaped
):
    """Sources, metadata, attachments, identifiers: in cells of one's own and in released ones."""
    notebook = json.loads(nbformat.writes(released))
    changed %= len(notebook["cells"])
    notebook["cells"][changed]["metadata"]["nbgrader"] = claims
    for number, cell in strange:
        at = number % len(notebook["cells"])
        notebook["cells"][at] = notebook["cells"][at] | cell
        notebook["cells"].insert(at, cell)
    notebook["metadata"] = metadata
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{ASSIGNMENT}.ipynb"
        path.write_bytes(raw(notebook, escaped))
        try:
            submission = read_submission(path)
        except RefusedError as error:
            assert_writable(str(error))
            return
    assert_writable(nbformat.writes(adopted(submission)))
    repaired, notes = repair(submission, released)
    assert_writable("\n".join([*notes, *submission.notes]))
    assert_shown(repaired, configuration)


@pytest.mark.slow
def test_a_class_that_writes_half_a_surrogate_pair_is_graded(tmp_path):
    """In an exception's message, a value, an output, a source: each has its mark and its page."""
    half = '"\\ud800 half"'
    shown = f"import sys\nfrom IPython.display import HTML, display\nprint({half})"
    shown += f"\nprint({half}, file=sys.stderr)\ndisplay(HTML({half}))\nraise ValueError({half})"
    begin = "def kl_gaussian(mu, log_var):\n    "
    changes = {
        "raises": {"kl_gaussian": f"{begin}raise ValueError({half})"},
        "returns": {"kl_gaussian": f"{begin}return {half}"},
        "shows": {"kl_gaussian": f"{begin}return 1\n\n{shown}"},
    }
    classroom = make_class(len(changes), tmp_path, ASSIGNMENT, changes)
    path = classroom.path("submitted", "shows", ASSIGNMENT) / f"{ASSIGNMENT}.ipynb"
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        cell["metadata"][HALF] = HALF
        if "def kl_gaussian" in "".join(cell["source"]):
            cell["source"] = f"# {HALF} half\n{begin}return 1"
    writes = classroom.path("submitted", "writes", ASSIGNMENT)
    writes.mkdir(parents=True)
    (writes / path.name).write_text(json.dumps(notebook))
    results = {result.student: result for result in grade(classroom, ASSIGNMENT)}
    assert results.keys() == {*changes, "writes"}
    for student, result in results.items():
        assert result.status in ("graded", "repaired"), result
        page = classroom.path("feedback", student, ASSIGNMENT) / f"{ASSIGNMENT}.html"
        assert ("? half" in page.read_text()) == (student != "returns"), student
