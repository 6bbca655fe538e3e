"""Downloads of Canvas and Moodle, composed as their sources compose them."""

import re
import zipfile

import nbformat
from marked_class import CANVAS

from autograder.lms.importing import collect_download

__all__ = [
    "NOTEBOOK",
    "PEOPLE",
    "WORKSHEET",
    "canvas_name",
    "collected",
    "moodle_name",
    "notebook",
    "submitted",
    "zipped",
]

WORKSHEET = CANVAS.with_name("moodle_worksheet.csv")
# Student -> first name, last name, email, Canvas' number; as the rosters have them.
PEOPLE = {
    "ada": ("Ada", "Lovelace", "ada@uni.test", "1001"),
    "bela": ("Béla", "Bartók", "bela@uni.test", "1002"),
    "chandra": ("Chandra", "Raman", "chandra@uni.test", "1003"),
    "elif": ("Elif", "Şafak", "elif@uni.test", "1005"),
}
NOTEBOOK = "a2_vae.ipynb"


def notebook(text):
    """Bytes of a notebook with a text that identifies it."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text, id="kl_loss")])
    return nbformat.writes(made).encode()


def canvas_name(student, number, file, late=False):
    """As ContentZipper composes it: get_filename, add_upload_submission."""
    first, last, _, user = PEOPLE.get(student, (student, "Stranger", "", "4242"))
    parts = [f"{last}, {first}".lower(), *(["LATE"] if late else []), user]
    prefix = re.sub(r"\W", "", "_".join(parts))
    file = re.sub(r'[\x00/\\:*?"<>|]+', "_", file)
    return f"{prefix}_{number}_{file}"


def moodle_name(student, number, file, form="{}_{}_assignsubmission_file/{}"):
    """As mod_assign's downloader composes it; the number is valid in this assignment only."""
    first, last = PEOPLE.get(student, (student, "Stranger"))[:2]
    return form.format(f"{first} {last}".replace("_", " "), number, file)


class PlainInfo(zipfile.ZipInfo):
    """An entry as Canvas' rubyzip writes it: its name in UTF-8 without the flag that says so."""

    def _encodeFilenameFlags(self):
        return self.filename.encode(), self.flag_bits


def zipped(path, files, made=(2026, 11, 21, 9, 30, 0)):
    """A zip of contents by name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = PlainInfo(name, made)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return path


def submitted(classroom):
    """Bytes of what is there to be graded, by student and file."""
    folder = classroom.path("submitted")
    return {
        (path.parts[-3], path.name): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "timestamp.txt"
    }


def collected(classroom, path, lms, **options):
    """What is there after collecting, and what the report says."""
    done = collect_download(classroom, "a2_vae", path, lms, **options)
    return submitted(classroom), "\n".join(done.lines())
