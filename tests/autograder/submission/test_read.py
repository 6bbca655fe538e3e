"""Files of any kind are read, or are refused and say why."""

import json
import os
import tracemalloc

import pytest
from student_notebooks import (
    FUNCTIONS,
    QUESTIONS,
    RELEASED,
    as_percent,
    assert_right,
    sources,
)

from autograder.errors import RefusedError
from autograder.submission.read import read_submission


def test_vs_code_and_colab_notebooks_are_read(right, repaired):
    """No cell ids, sources as text or lists, and metadata of their own are no damage."""
    notebook = json.loads(json.dumps(right))
    notebook["metadata"] = {"colab": {"provenance": []}, "accelerator": "GPU"}
    notebook["nbformat_minor"] = 0
    for number, cell in enumerate(notebook["cells"]):
        del cell["id"]
        cell["source"] = cell["source"].splitlines(keepends=True)
        cell["metadata"] |= {"vscode": {"languageId": "python"}, "id": f"x{number}", "colab": {}}
    mended, report = repaired(notebook)
    assert report == []
    assert sources(mended) == sources(right)
    assert mended.metadata == RELEASED.metadata


def test_missing_keys_are_no_damage(right, repaired):
    """Cells without metadata or outputs, and a notebook without minor version, are read."""
    notebook = json.loads(json.dumps(right))
    del notebook["nbformat_minor"], notebook["metadata"]
    for cell in notebook["cells"]:
        cell.pop("outputs", None), cell.pop("execution_count", None)
        if not cell["metadata"]:
            del cell["metadata"]
    mended, report = repaired(notebook)
    assert report == []
    assert sources(mended) == sources(right)


def test_equal_cell_ids_are_no_damage(right, repaired):
    """Cells that share one id are distinguished by grade_id and text."""
    for cell in right.cells:
        cell.id = "same"
    mended, report = repaired(right)
    assert report == []
    assert sources(mended) == sources(right)


def test_format_3_is_upgraded(right, repaired):
    """A notebook in Jupyter's old format is read, and the report says so."""
    cells = []
    for cell in json.loads(json.dumps(right["cells"])):
        source, kind = cell.pop("source"), cell["cell_type"]
        keys = {"input": source, "language": "python", "outputs": [], "collapsed": False}
        cell = {"cell_type": kind, "metadata": cell["metadata"]}
        cells.append(cell | (keys if kind == "code" else {"source": source}))
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    mended, report = repaired(old)
    assert report == [
        "a2_vae.ipynb was in notebook format 3, which Jupyter replaced in 2015; it was upgraded"
    ]
    assert sources(mended) == sources(right)


def test_a_percent_script_is_read(right, repaired):
    """A script with cell marks in place of the notebook loses nothing."""
    mended, report = repaired(as_percent(right), "a2_vae.py")
    assert report == ["a2_vae.py is a Python script; it was read as a notebook"]
    assert sources(mended) == sources(right)


def test_a_script_that_jupyter_exported_is_read(right, repaired):
    """'Download as script' loses the cells' borders but not an answer."""
    import nbconvert

    script, _ = nbconvert.PythonExporter().from_notebook_node(right)
    mended, report = repaired(script, "a2_vae.py")
    assert report[0] == "a2_vae.py is a Python script; it was read as a notebook"
    assert_right(mended)


def test_a_plain_script_is_read(repaired):
    """A script of functions alone is read by their names."""
    script = "# ---\n# a: &a [1]\n# b: [*a, *a]\n# ---\nimport math\n\n\n"
    script += "\n\n\n".join(FUNCTIONS.values()) + "\n"
    mended, report = repaired(script, "answers.py")
    assert_right(mended, *QUESTIONS)
    assert report[0] == "answers.py is a Python script; it was read as a notebook"
    assert "import math" in sources(mended)


def test_what_is_no_notebook_is_refused_by_its_kind(refusal):
    """The message says what was handed in instead, and what to hand in."""
    assert refusal(b"") == (
        "a2_vae.ipynb is empty (0 bytes): save the notebook in Jupyter and hand it in again"
    )
    assert "is a ZIP archive, not a notebook: hand in the .ipynb" in refusal(b"PK\x03\x04xxxx")
    assert "is a PDF" in refusal(b"%PDF-1.7")
    assert "is a web page (HTML)" in refusal("\n<!DOCTYPE html>")
    assert "is not UTF-8 text (byte 1)" in refusal(b"{\xff")
    assert "is not JSON (line 1: Expecting value)" in refusal("def kl_loss(mu, log_var):\n    pass")
    assert "no object at its top" in refusal([1, 2])
    assert "no list of cells" in refusal({"nbformat": 4})
    assert "is in notebook format 5; only 3 and 4 can be read" in refusal(
        {"nbformat": 5, "cells": []}
    )
    assert "notebook format True" in refusal({"nbformat": True, "cells": []})
    assert "not a valid notebook of format 3" in refusal({"nbformat": 3, "cells": []})
    assert "cell 1 is damaged" in refusal({"nbformat": 4, "cells": [[]]})
    assert "cell 1 is damaged" in refusal({"nbformat": 4, "cells": [{"source": [1]}]})


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_cut_off_notebook_is_refused(right, refusal, share):
    """A notebook whose end is missing gets another message than a file that never was JSON."""
    content = json.dumps(right)
    assert "is cut off after" in refusal(content[: int(share * len(content))])


def test_200_megabytes_are_refused_unread(tmp_path):
    """The size decides before a byte is read."""
    path = tmp_path / "a2_vae.ipynb"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    tracemalloc.start()
    with pytest.raises(RefusedError, match="has 200 MB; the limit is 20 MB: clear all outputs"):
        read_submission(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1e6


def test_only_regular_files_are_opened(tmp_path):
    """Links, folders and pipes are refused without following or waiting for them."""
    (tmp_path / "secret").write_text("{}")
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "secret")
    (tmp_path / "folder.ipynb").mkdir()
    os.mkfifo(tmp_path / "pipe.ipynb")
    for name, message in [
        ("link", "link.ipynb is a symbolic link: hand in the notebook itself"),
        ("folder", "is not a regular file"),
        ("pipe", "is not a regular file"),
        ("absent", "cannot be read: No such file"),
    ]:
        with pytest.raises(RefusedError, match=message):
            read_submission(tmp_path / f"{name}.ipynb")
