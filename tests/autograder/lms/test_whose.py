"""Whose a file is: what the system wrote in front decides, and nothing that a student chose."""

import io
import itertools
import random
import struct
import zipfile

import pytest
from lms_downloads import (
    NOTEBOOK,
    PEOPLE,
    WORKSHEET,
    canvas_name,
    collected,
    moodle_name,
    notebook,
    submitted,
    zipped,
)
from marked_class import CANVAS, MOODLE

from autograder.errors import UsageError
from autograder.lms.canvas import CanvasCollector
from autograder.lms.file_names import Fit, fit_of, folded
from autograder.text import inert

MOODLE_FORMS = [
    "{}_{}_assignsubmission_file/{}",
    "{}_{}_assignsubmission_file_/{}",
    "{}_{}_assignsubmission_file_{}",
]
OTHERS = [(mine, other) for mine, other in itertools.permutations(PEOPLE, 2)]


def canvas_forgeries(other):
    """Names that a student may give to a file so that it looks like another's."""
    last, first = PEOPLE[other][1].lower(), PEOPLE[other][0].lower()
    number = PEOPLE[other][3]
    for name in (f"{last}{first}", first, "x", ""):
        for late in ("", "LATE_"):
            yield f"{name}_{late}{number}_5_{NOTEBOOK}"
    yield f"{number}_5_{NOTEBOOK}"
    yield f"LATE_{number}_5_{NOTEBOOK}"
    yield f"{number}_text.html"
    yield f"anon_aB3dE_{number}_5_{NOTEBOOK}"


def moodle_forgeries(other):
    """The same in Moodle, where a student may also make folders."""
    first, last = PEOPLE[other][:2]
    number = 310 + list(PEOPLE).index(other)
    for form in MOODLE_FORMS:
        yield form.format(f"{first} {last}", number, NOTEBOOK)
        yield form.format(f"x{first} {last}", number, NOTEBOOK)
        yield "y/" + form.format(f"{first} {last}", number, NOTEBOOK)


@pytest.mark.parametrize("roster", [CANVAS, ""])
@pytest.mark.parametrize(("mine", "other"), OTHERS[::3])
def test_no_name_in_canvas_makes_a_file_anothers(classroom, tmp_path, roster, mine, other):
    """The file is its owner's or left out; the other's own file stays the other's."""
    for number, forged in enumerate(canvas_forgeries(other)):
        files = {canvas_name(mine, 7001, forged): notebook("forged")}
        if number % 2:
            files[canvas_name(other, 7002, NOTEBOOK)] = notebook("own")
        path = zipped(tmp_path / f"{number}.zip", files)
        there, _ = collected(classroom, path, "canvas", roster=roster, replace=True)
        whose = {student for (student, _), content in there.items() if content != notebook("own")}
        assert whose <= {mine}, forged
        if number % 2:
            assert there[other, NOTEBOOK] == notebook("own"), forged


@pytest.mark.parametrize("roster", [MOODLE, WORKSHEET, ""])
@pytest.mark.parametrize(("mine", "other"), OTHERS[::4])
def test_no_name_in_moodle_makes_a_file_anothers(classroom, tmp_path, roster, mine, other):
    """Nor a folder's, in any of the forms of Moodle's zips."""
    own, theirs = (310 + list(PEOPLE).index(student) for student in (mine, other))
    for number, forged in enumerate(moodle_forgeries(other)):
        form = MOODLE_FORMS[number % len(MOODLE_FORMS)]
        files = {
            moodle_name(mine, own, forged, form): notebook("forged"),
            moodle_name(other, theirs, NOTEBOOK, form): notebook("own"),
        }
        path = zipped(tmp_path / f"{number}.zip", files)
        there, _ = collected(classroom, path, "moodle", roster=roster, replace=True)
        assert there[other, NOTEBOOK] == notebook("own"), forged
        assert {student for student, _ in there} <= {mine, other}


@pytest.mark.parametrize("seed", range(5))
def test_random_names_of_files_decide_nothing(classroom, tmp_path, seed):
    """Pieces of real names in any order behind the system's own prefix."""
    rng = random.Random(seed)
    pieces = ["LATE", "text.html", "anon", "aB3dE", "x", "", "5", "9" * 30, "assignsubmission"]
    pieces += [word.lower() for person in PEOPLE.values() for word in (*person[:2], person[3])]
    pieces += [f"{last}{first}".lower() for first, last, _, _ in PEOPLE.values()]
    for number in range(20):
        mine = rng.choice([*PEOPLE])
        forged = "_".join([*rng.choices(pieces, k=rng.randint(1, 8)), NOTEBOOK])
        path = zipped(tmp_path / f"{number}.zip", {canvas_name(mine, 7, forged): notebook("x")})
        left = submitted(classroom)
        there, _ = collected(
            classroom, path, "canvas", roster=rng.choice([CANVAS, ""]), replace=True
        )
        assert {student for student, _ in there.keys() - left.keys()} <= {mine}, forged


def test_a_name_that_ends_like_a_number_is_read_in_two_ways(classroom, tmp_path):
    """A person who is called like another's prefix gets nothing of theirs; both are said."""
    with classroom.api.gradebook as book:
        book.add_student("eve", first_name="", last_name="lovelaceada_1001_5", lms_user_id="1009")
    path = zipped(tmp_path / "a.zip", {f"lovelaceada_1001_5_1009_77_{NOTEBOOK}": notebook("whose")})
    there, said = collected(classroom, path, "canvas")
    assert there == {}
    assert (
        "left out, the file's name can be read in two ways: 1 (lovelaceada (1001) or "
        "lovelaceada_1001_5 (1009))" in said
    )


@pytest.mark.parametrize("roster", [CANVAS, ""])
@pytest.mark.parametrize(
    "name",
    [
        "anon_aB3dE_1001_2_vae.ipynb",
        "anon_aB3dE_1001_a2_vae.ipynb",
        "LATE_anon_xY9zZ_1002_2_v.ipynb",
    ],
)
def test_an_anonymous_file_is_nobodys(classroom, tmp_path, roster, name):
    """Its number is the file's, which may be a person's too."""
    path = zipped(tmp_path / "a.zip", {name: notebook("whose")})
    there, said = collected(classroom, path, "canvas", roster=roster)
    assert there == {}
    assert "left out, anonymous: show the names in the system, then download again: 1" in said


@pytest.mark.parametrize("roster", [CANVAS, ""])
def test_a_groups_file_is_not_its_representatives(classroom, tmp_path, roster):
    """Canvas writes the group's name and one member's number."""
    path = zipped(tmp_path / "a.zip", {f"teama_1001_67890_{NOTEBOOK}": notebook("group")})
    there, said = collected(classroom, path, "canvas", roster=roster)
    assert there == {}
    assert "a group's file, or forged: 1 (teama (1001): 1001 is Ada Lovelace)" in said


def test_groups_and_blind_folders_of_moodle_are_nobodys(classroom, tmp_path):
    """Whatever person of the worksheet has the number."""
    forms = ["Team A_310_assignsubmission_file_/", "Participant_311_assignsubmission_file_/"]
    forms.append("Default group_assignsubmission_file_/")
    files = {f"{form}{NOTEBOOK}": notebook(form) for form in forms}
    path = zipped(tmp_path / "a.zip", files)
    for roster in (WORKSHEET, MOODLE, ""):
        there, said = collected(classroom, path, "moodle", roster=roster)
        assert there == {}
        assert "anonymous: show the names in the system, then download again: 1" in said
    _, said = collected(classroom, path, "moodle", roster=WORKSHEET)
    assert "a group's file, or forged: 1 (Team A (310): 310 is Ada Lovelace)" in said


def canvas_roster_of(path, rows):
    """Canvas' gradebook with these people: name, number, login."""
    lines = ["Student,ID,SIS User ID,SIS Login ID,Section,a2_vae (502)"]
    lines += [f'"{name}",{number},,{login},One,' for name, number, login in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_one_person_with_two_logins_is_not_doubled(classroom, tmp_path):
    """The roster's login is not the gradebook's id: said, with the command that joins them."""
    with classroom.api.gradebook as book:
        book.add_student("grace", first_name="Grace", last_name="Hopper")
    roster = canvas_roster_of(tmp_path / "r.csv", [("Hopper, Grace", 1010, "grace@uni.test")])
    path = zipped(tmp_path / "a.zip", {f"hoppergrace_1010_7_{NOTEBOOK}": notebook("grace")})
    for add in (False, True):
        there, said = collected(classroom, path, "canvas", roster=roster, add=add)
        assert there == {}
        assert "somebody of this name is in the gradebook under another id" in said
        assert "1 (Grace Hopper: grace@uni.test in the roster, grace here)" in said
    with classroom.api.gradebook as book:
        book.update_or_create_student("grace", lms_user_id="1010")
    there, _ = collected(classroom, path, "canvas", roster=roster)
    assert there == {("grace", NOTEBOOK): notebook("grace")}


@pytest.mark.parametrize("lms", ["canvas", "moodle"])
def test_two_of_one_name_are_not_merged(classroom, tmp_path, lms):
    """Two numbers of the system and one student of that name: nobody gets either file."""
    with classroom.api.gradebook as book:
        book.add_student("grace", first_name="Grace", last_name="Hopper")
    names = {
        "canvas": [f"hoppergrace_{number}_{number}7_{NOTEBOOK}" for number in (1010, 1011)],
        "moodle": [
            f"Grace Hopper_{number}_assignsubmission_file/{NOTEBOOK}" for number in (410, 411)
        ],
    }
    files = {name: notebook(name) for name in names[lms]}
    there, said = collected(classroom, zipped(tmp_path / "a.zip", files), lms)
    assert there == {}
    assert "several people in the system, and one of that name in the gradebook: 1 (grace" in said


def test_a_namesake_with_another_number_is_somebody_else(classroom, tmp_path):
    """Ada Lovelace with Canvas' number 1009 is not the one with 1001."""
    files = {
        canvas_name("ada", 1, NOTEBOOK): notebook("ada"),
        f"lovelaceada_1009_2_{NOTEBOOK}": notebook("other"),
    }
    there, said = collected(classroom, zipped(tmp_path / "a.zip", files), "canvas")
    assert there == {("ada", NOTEBOOK): notebook("ada")}
    assert "left out, not in the gradebook: 1 (lovelaceada (1009))" in said


@pytest.mark.parametrize("login", ["new person", "uni/new", "uni\\new", "..", "-x", "", " "])
def test_an_id_that_can_be_no_folder_is_the_reason(classroom, tmp_path, login):
    """The sentence says the id, or that there is none; nobody is added."""
    roster = canvas_roster_of(tmp_path / "r.csv", [("Hopper, Grace", 1010, login)])
    path = zipped(tmp_path / "a.zip", {f"hoppergrace_1010_7_{NOTEBOOK}": notebook("grace")})
    there, said = collected(classroom, path, "canvas", roster=roster, add=True)
    assert there == {}
    shown = f"got {login!r}" if login.strip() else "got none"
    assert "no login or id in the roster that can be a student's id here: 1 (Grace Hopper:" in said
    assert shown in said


def test_names_of_any_writing_fit(classroom):
    """Accents, order, titles and initials are no contradiction; another person's name is one."""
    spellings = CanvasCollector().spellings
    for written, first, last, fit in [
        ("bartókbéla", "Béla", "Bartók", Fit.WHOLE),
        ("bartokbela", "Béla", "Bartók", Fit.PART),
        ("lovelaceadaaugusta", "Ada", "Lovelace", Fit.PART),
        ("李小龍", "小龍", "李", Fit.WHOLE),
        ("小龍李", "小龍", "李", Fit.PART),
        ("lovelaceada", "Emmy", "Noether", Fit.OTHER),
        ("lovelaceada", "A.", "Turing", Fit.OTHER),
        ("lovelaceada", "", "", Fit.UNKNOWN),
        ("oneilsean", "Seán", "O'Neil", Fit.PART),
    ]:
        assert fit_of(written, first, last, spellings(first, last)) is fit, written
    assert folded("O'Neil-Smith") == "oneilsmith"


def test_text_and_links_are_said(classroom, tmp_path):
    """Canvas writes what was typed into it without a number of the file."""
    files = {
        "lovelaceada_1001_text.html": b"<p>x",
        "bartókbéla_LATE_1002_link.html": b"<a>",
        canvas_name("chandra", 3, NOTEBOOK): notebook("c"),
    }
    there, said = collected(classroom, zipped(tmp_path / "a.zip", files), "canvas")
    assert there == {("chandra", NOTEBOOK): notebook("c")}
    assert "left out, no notebook: 2 (ada: text.html, bela: link.html)" in said


def damaged_zips():
    """Zips whose headers lie, as bytes, by what is wrong."""

    def made(method):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", method) as archive:
            archive.writestr(canvas_name("ada", 1, NOTEBOOK), notebook("ada") * 50)
        return stream.getvalue()

    yield "lzma", made(zipfile.ZIP_LZMA)
    yield "bzip2", made(zipfile.ZIP_BZIP2)
    lying = bytearray(made(zipfile.ZIP_LZMA))
    start = lying.index(b"ipynb") + 5
    lying[start + 4 : start + 9] = b"\xff" * 5
    yield "properties of LZMA that lie", bytes(lying)
    for method in range(1, 99):
        content = bytearray(made(zipfile.ZIP_DEFLATED))
        struct.pack_into("<H", content, 8, method)
        struct.pack_into("<H", content, content.index(b"PK\x01\x02") + 10, method)
        yield f"method {method}", bytes(content)
    content = made(zipfile.ZIP_DEFLATED)
    rng = random.Random(0)
    for number in range(200):
        changed = bytearray(content)
        for _ in range(rng.randint(1, 4)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        yield f"bytes {number}", bytes(changed)


def test_a_damaged_zip_is_a_sentence(classroom, tmp_path):
    """No traceback: the zip or the file in it is refused, or read if what changed is no matter."""
    for what, content in damaged_zips():
        path = tmp_path / "a.zip"
        path.write_bytes(content)
        try:
            _, said = collected(classroom, path, "canvas", replace=True)
        except UsageError as error:
            said = str(error)
        assert said.replace("\n", "").isprintable(), what
        assert "Traceback" not in said, what


@pytest.mark.parametrize("hidden", ["\u200b", "\ufeff", "\u2060", "\u00ad", "\u202e", "\u3164"])
@pytest.mark.parametrize("start", ["", " ", "x;", "\t"])
def test_no_cell_starts_a_formula_behind_what_is_not_seen(hidden, start):
    """Spreadsheets may drop characters without width; then '=' would stand first."""
    for sign in "=+-@":
        for cell in (f"{start}{hidden}{sign}1", f"{start}{hidden} {hidden}{sign}1"):
            seen = inert(cell).replace(hidden, "")
            assert f"'{sign}" in seen
