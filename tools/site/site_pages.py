"""Links and pictures in the site's Markdown, on pages and in the cells of notebooks."""

import os
import re
import shutil
from html.parser import HTMLParser

import nbformat

from autograder import ROOT
from autograder.errors import AuthorError

__all__ = ["Pages", "external_links"]

LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)")
PICTURE = re.compile(r"^!\[([^\]]*)\]\(lecture:(\w+)\)$", re.MULTILINE)


class Pages:
    """The Markdown in the folder from which the site is built.

    Args:
        stage: that folder.
        figures: ``Figures`` of the lectures, for pages that show some of them.
        modules: dictionary from a module's path to its page in the reference.
    """

    def __init__(self, stage, figures, modules):
        self._stage, self._figures, self._modules = stage, figures, modules

    def finish(self):
        """Point links to pages of the site, and insert the pictures.

        Raises:
            AuthorError: if a page asks for a figure that its lecture does not have.
        """
        for path in sorted(self._stage.rglob("*.md")):
            text = path.read_text(encoding="utf-8")
            path.write_text(self._linked(self._with_pictures(text, path), path), encoding="utf-8")
        for path in sorted(self._stage.rglob("*.ipynb")):
            notebook = nbformat.read(path, as_version=4)
            for cell in notebook.cells:
                if cell.cell_type == "markdown":
                    cell.source = self._linked(cell.source, path)
            nbformat.write(notebook, path)

    def _linked(self, text, path):
        """The text with links to pages of the site, or to copied files where there is no page."""

        def link(found):
            target = os.path.normpath(path.parent / found[1])
            name = os.path.relpath(target, self._stage)
            if name in self._modules:
                page = os.path.relpath(self._stage / self._modules[name], path.parent)
                return f"]({page}"
            if not os.path.exists(target) and (ROOT / name).is_file():
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy(ROOT / name, target)
            return found[0]

        return LINK.sub(link, text)

    def _with_pictures(self, text, path):
        """The text with each ``![start of its text](lecture:NAME)`` replaced by the figure."""

        def picture(found):
            words, lecture = found.groups()
            if lecture not in self._figures.of:
                return ""  # This copy of the site lacks the outputs of the lecture.
            for alt, name in self._figures.of[lecture]:
                if alt.startswith(words):
                    file = os.path.relpath(self._stage / "_static" / "figures" / name, path.parent)
                    return f"![{alt}]({file})"
            raise AuthorError(
                f"{path.name}: no figure of {lecture} has a text alternative that starts {words!r}"
            )

        return PICTURE.sub(picture, text)


class _Links(HTMLParser):
    """Addresses on other hosts to which a page links."""

    def __init__(self, text):
        super().__init__()
        self.found = set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        address = dict(attributes).get("href") or ""
        if tag == "a" and address.startswith(("http:", "https:", "//")):
            self.found.add(address)


def external_links(built):
    """Lines with an address and the first page that links to it, in alphabetical order.

    Args:
        built: folder of the site.
    """
    first = {}
    for path in sorted(built.rglob("*.html")):
        for address in _Links(path.read_text(encoding="utf-8")).found:
            first.setdefault(address, path.relative_to(built).as_posix())
    return [f"{address}  {page}" for address, page in sorted(first.items())]
