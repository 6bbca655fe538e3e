"""The course as a web page: `python tools/site/build_site.py`, which `make site` runs.

Pages, executed lectures, assignments and the reference are laid out in a temporary folder as
they lie in the repository, so that the links between them hold, and Sphinx makes the site of
that. Nothing is fetched, neither while it is built nor when it is read.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
from executed import cached, executed, lectures
from nbformat.v4 import new_markdown_cell
from site_api import write_api
from site_notebooks import Figures, assignment_page, lecture_page
from site_pages import Pages, external_links
from sphinx.cmd.build import build_main

from autograder import ROOT
from autograder.errors import AuthorError, AutograderError
from autograder.exercises.catalogue import assignments

__all__ = ["build_site", "main"]

SITE = ROOT / "docs" / "site"
PLAIN = ("SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", "README.md")
# Linked from these pages and of use in a browser. What else they link to is a download.
FURTHER = ("benchmarks/RESULTS.md", "course/datasets/README.md")
# Of docs/, in the order of the contents; what is not named comes last.
GUIDES = (
    "students",
    "teaching",
    "elsewhere",
    "late",
    "jupyterhub",
    "postgresql",
    "many-machines",
    "upgrading",
    "authors",
)
LECTURES = """```{toctree}
:glob:
:hidden:

lectures/*
```"""


def build_site(output, execute=None):
    """Build the site.

    Args:
        output: folder that is replaced by the site.
        execute: numbers of the lectures, such as ``("01", "05")``, that are executed if their
            outputs are not kept from before; None for all. Of the others the outputs are
            shown if they are there, and else a line that says that they are not.

    Raises:
        AuthorError: if a page, a link or a docstring is wrong; what it is stands on stderr.
    """
    wanted = lectures() if execute is None else lectures(execute) if execute else []
    with tempfile.TemporaryDirectory(prefix="site-") as place:
        stage, built = Path(place, "source"), Path(place, "html")
        shutil.copytree(SITE, stage)
        figures = Figures(stage)
        for path in lectures():
            outputs = executed(path) if path in wanted else cached(path)
            _write(stage, path, lecture_page(path, outputs, figures))
        for name in assignments():
            path = ROOT / f"notebooks/assignments/{name}/{name}.ipynb"
            _write(stage, path, assignment_page(path))
        path = ROOT / "notebooks/index.ipynb"
        contents = nbformat.read(path, as_version=4)
        contents.cells.append(new_markdown_cell(LECTURES))
        _write(stage, path, contents)
        guides = _guides()
        for page in [*PLAIN, *FURTHER, *guides]:
            (stage / page).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / page, stage / page)
        page = stage / "guides.md"
        page.write_text(page.read_text().replace("GUIDES\n", "".join(f"{g}\n" for g in guides)))
        modules = write_api(stage)
        Pages(stage, figures, modules).finish()
        # -W: a broken link is an error; -T would bury it.
        options = ["-W", "--keep-going", "-q", "-j", "auto", "-d", str(Path(place, "doctrees"))]
        if build_main([*options, "-b", "html", str(stage), str(built)]):
            raise AuthorError("Sphinx refuses a page; each line above names one and what is wrong")
        links = external_links(built)
        (built / "external-links.txt").write_text("\n".join(links) + "\n", encoding="utf-8")
        shutil.rmtree(output, ignore_errors=True)
        shutil.copytree(built, output)


def _guides():
    names = {path.stem for path in ROOT.glob("docs/*.md")}
    ordered = [name for name in GUIDES if name in names]
    return [f"docs/{name}.md" for name in [*ordered, *sorted(names - set(ordered))]]


def _write(stage, path, notebook):
    target = stage / path.relative_to(ROOT)
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)


def main():
    """Build the site as the command line says; exit code 1 with a line if a page is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "site", help="folder to replace")
    parser.add_argument(
        "--execute",
        nargs="*",
        metavar="NUMBER",
        help="lectures to execute if need be, such as 01 05, or none; without this option all",
    )
    arguments = parser.parse_args()
    try:
        build_site(arguments.output, arguments.execute)
    except AutograderError as error:
        sys.exit(f"site: {error}")
    print(f"The site is in {arguments.output}: open {arguments.output / 'index.html'}")


if __name__ == "__main__":
    main()
