"""Builds the course's web site: `python tools/site/build_site.py`, which `make site` runs.

Pages, executed lectures, assignments and the reference are copied to a temporary folder in
the layout of the repository, so that links between them work, and Sphinx builds the site from
this folder. Nothing is downloaded, neither by the build nor by the finished pages.
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
# These pages link to them, and they are useful in a browser. Other linked files are downloads.
FURTHER = ("benchmarks/RESULTS.md", "course/datasets/README.md")
# Pages of docs/ in the order of the contents; others come last.
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
        output: folder that the site replaces.
        execute: numbers of the lectures, such as ``("01", "05")``, that are executed if
            their outputs are not stored; None for all. The other lectures show their stored
            outputs, or a line that says that there are none.

    Raises:
        AuthorError: if a page, a link or a docstring is wrong; stderr says what.
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
        # -W: a broken link is an error. With -T it would be hard to find.
        options = ["-W", "--keep-going", "-q", "-j", "auto", "-d", str(Path(place, "doctrees"))]
        if build_main([*options, "-b", "html", str(stage), str(built)]):
            raise AuthorError("Sphinx found errors; each line above names a page and its error")
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
    """Build the site as the command line says; exit with 1 and a message if a page is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--output", type=Path, default=ROOT / "site", help="folder that the site replaces"
    )
    parser.add_argument(
        "--execute",
        nargs="*",
        metavar="NUMBER",
        help="lectures to execute if necessary, such as 01 05, or none (default: all)",
    )
    arguments = parser.parse_args()
    try:
        build_site(arguments.output, arguments.execute)
    except AutograderError as error:
        sys.exit(f"site: {error}")
    print(f"The site is in {arguments.output}: open {arguments.output / 'index.html'}")


if __name__ == "__main__":
    main()
