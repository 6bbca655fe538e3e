"""Lectures in JupyterLab, two tabs at a time: run, looked at, and kept for whoever needs them."""

import contextlib
import shutil
import time

import nbformat
from executed import cached, keep, place_of
from lab_browser import begin_to_run, choose, is_running

__all__ = ["Reading", "look_at", "moves_anyway", "read_all"]

AT_ONCE = 2
PATIENCE = 1800  # Seconds a lecture. Machines differ sixfold; only what hangs takes so long.
# Of processor time, by benchmarks/lectures.py: the longest begin, the short ones fill the gaps.
LONG = ("08", "03", "07", "04", "05", "09")
WIDGET = "application/vnd.jupyter.widget-view+json"
LOADED = """() => [...document.querySelectorAll(".jp-Notebook img")].every(img => img.complete)"""
MOVING = """() => [...document.querySelectorAll(".jp-Notebook img")].filter(img =>
  /^data:image.(gif|webp)/.test(img.src) && img.checkVisibility()).length"""
# What somebody who reads the notebook would complain of, a line each.
LOOKS = """() => {
  const notebook = document.querySelector(".jp-Notebook");
  const cells = [...notebook.querySelectorAll(".jp-Cell")];
  const edge = notebook.getBoundingClientRect().right;
  const found = [];
  for (const [number, cell] of cells.entries()) {
    const tell = words => found.push(`cell ${number}: ${words}`);
    const all = selector => [...cell.querySelectorAll(selector)];
    const prompt = cell.querySelector(".jp-InputPrompt");
    if (cell.matches(".jp-CodeCell") && !/^\\[\\d+\\]:$/.test(prompt.textContent.trim())) {
      tell(`not executed: ${prompt.textContent.trim()}`);
    }
    for (const part of all("[data-mime-type$='error'], [data-mime-type$='stderr']")) {
      tell(`an error: ${part.textContent.slice(0, 300)}`);
    }
    for (const part of all("mjx-merror, mjx-mtext[style*='red']")) {
      tell(`no formula: ${part.textContent}`);
    }
    for (const part of all(".jp-RenderedMarkdown")) {
      const prose = part.cloneNode(true);
      prose.querySelectorAll("code, pre, mjx-container").forEach(other => other.remove());
      if (prose.textContent.includes("$")) tell(`an unread formula: ${prose.textContent}`);
    }
    for (const img of all("img")) {
      if (!img.naturalWidth) tell(`a picture that cannot be drawn: ${img.alt}`);
      // The picture of a widget has its words in a sentence beside it.
      if (!img.alt.trim() && !img.closest(".jupyter-widgets")) tell("a figure without words");
    }
    for (const canvas of all("canvas")) {
      const { width, height } = canvas;
      const pixels = width && canvas.getContext("2d").getImageData(0, 0, width, height).data;
      if (!pixels || !pixels.some(Boolean)) tell("a canvas with nothing on it");
      if (!canvas.getAttribute("aria-label")) tell("a canvas without words");
    }
    for (const part of all(".jp-OutputArea-output")) {
      const words = part.textContent.match(/(Error displaying|Loading) widget/);
      if (words) tell(`no widget: ${words[0]}`);
    }
    for (const widget of all(".jp-OutputArea-output > .jupyter-widgets")) {
      if (!widget.clientHeight) tell("a widget without height");
    }
    for (const part of all("table, img, figure, mjx-container")) {
      const over = part.getBoundingClientRect().right - edge;
      if (over > 1) tell(`${part.tagName.toLowerCase()} is ${Math.round(over)} pixels too wide`);
    }
  }
  const pictures = notebook.querySelectorAll(".jp-OutputArea-output img:not(.jupyter-widgets)");
  const widgets = notebook.querySelectorAll(".jp-OutputArea-output > .jupyter-widgets");
  return { found, cells: cells.length, pictures: pictures.length, widgets: widgets.length };
}"""


def look_at(page):
    """What is wrong with the notebook that a page shows: a line each, and how much there is.

    Returns:
        Pair of the list of lines, and a dictionary with the numbers of cells, pictures in
        outputs, and widgets.
    """
    page.wait_for_function(LOADED, timeout=60_000)
    seen = page.evaluate(LOOKS)
    return seen.pop("found"), seen


def moves_anyway(page):
    """How many moving pictures are there for a reader who asked for less motion."""
    page.emulate_media(reduced_motion="reduce")
    number = page.evaluate(MOVING)
    page.emulate_media(reduced_motion="no-preference")
    return number


class Reading:
    """A lecture in a tab: opened, run if its outputs are not there yet, and looked at.

    Args:
        lab: ``lab_browser.Lab``.
        browser: Playwright's.
        lecture: path of the built notebook.
        always: whether it is run even if its outputs are there.

    Attributes:
        problems: a line each; complete after ``finish``.
    """

    def __init__(self, lab, browser, lecture, always=False):
        self._lab, self.lecture, self.problems = lab, lecture, []
        self.place, kept = place_of(lecture), cached(lecture)
        self.runs = always or kept is None
        path = f"notebooks/lectures/{lecture.name}"
        self._copy = lab.course / path
        shutil.copy(lecture, self._copy)
        if not self.runs:
            metadata = nbformat.read(self.place, as_version=4).metadata
            kept.metadata.widgets = metadata.get("widgets", {})
            lab.write(path, kept, trusted=True)
        self._deadline = time.monotonic() + PATIENCE
        self.page = lab.open(browser, path, heard=self.problems)
        if self.runs:
            begin_to_run(self.page)

    @property
    def is_done(self):
        """Whether nothing runs any more, or nothing will."""
        hindrances = [f"JupyterLab asks: {text}" for text in self._dialogs()]
        if time.monotonic() > self._deadline:
            hindrances.append(f"still running after {PATIENCE} s")
        self.problems += hindrances
        return bool(hindrances) or not is_running(self.page)

    def _dialogs(self):
        return self.page.locator(".jp-Dialog").all_inner_texts()

    def finish(self):
        """Look at all of it; save and keep it, if it was run and nothing is wrong."""
        try:
            self._finish()
        except Exception as error:  # Of the browser's: what other lectures do is told, too.
            self.problems.append(f"{type(error).__name__}: {error}")

    def _finish(self):
        notebook = self._save() if self.runs else nbformat.read(self._copy, as_version=4)
        self.problems += self._look_until_all_is_there(_wanted(notebook))
        if number := moves_anyway(self.page):
            self.problems.append(f"{number} pictures move for who asked for less motion")
        lecture = nbformat.read(self.lecture, as_version=4)
        if _code(notebook) != _code(lecture) or place_of(self.lecture) != self.place:
            self.problems.append("what was run is not this lecture, or the course has changed")
        if self.runs and not self.problems:
            keep(notebook, self.place)

    def _look_until_all_is_there(self, wanted):
        # Formulas and what lies far down are drawn a moment later.
        for _ in range(120):
            lines, seen = look_at(self.page)
            for name, number in wanted.items():
                if seen[name] < number:
                    lines.append(f"{seen[name]} {name} are seen, {number} are in the notebook")
            if not lines:
                break
            self.page.wait_for_timeout(500)
        return lines

    def _save(self):
        """Save it, and return the notebook that is in the file then."""
        choose(self.page, "File", "Save Notebook")
        for _ in range(240):  # Half a second each.
            # The server writes in place: for a moment the file is a part of a notebook.
            with contextlib.suppress(ValueError):
                saved = nbformat.read(self._copy, as_version=4)
                if all(cell.execution_count for cell in saved.cells if cell.cell_type == "code"):
                    return saved
            self.page.wait_for_timeout(500)
        raise TimeoutError("it is not saved")

    def close(self):
        """Close the tab, and end its kernel."""
        self.page.context.close()  # First: a page complains of a kernel that goes.
        self._lab.shut_kernels_down(self.lecture.name)


def _code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def _wanted(notebook):
    """How many cells, pictures and widgets have to be seen, by what the file says."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    data = [output.data for output in outputs if "data" in output]
    shown = [each.get("text/html", "") for each in data if WIDGET not in each]
    return {
        "cells": len(notebook.cells),
        "pictures": sum(html.count("<img") for html in shown),
        "widgets": sum(WIDGET in each for each in data),
    }


def read_all(lab, browser, lectures, always, photograph):
    """Read lectures, two at a time, the longest first.

    Args:
        lab: ``lab_browser.Lab``.
        browser: Playwright's.
        lectures: paths of built notebooks.
        always: number of the lecture that is run even if its outputs are there.
        photograph: called with a page and a name where something is wrong; returns a line.

    Returns:
        Dictionary from the path to the finished ``Reading``.
    """
    longest_first = [*LONG, *sorted(path.name[:2] for path in lectures)]
    waiting = sorted(lectures, key=lambda path: longest_first.index(path.name[:2]))
    tabs, done = [], {}
    while waiting or tabs:
        while waiting and len(tabs) < AT_ONCE:
            path = waiting.pop(0)
            tabs.append(Reading(lab, browser, path, always=path.name.startswith(always)))
        for tab in [tab for tab in tabs if tab.is_done]:
            tab.finish()
            if tab.problems:
                tab.problems.append(photograph(tab.page, tab.lecture.stem))
            tab.close()
            tabs.remove(tab)
            done[tab.lecture] = tab
        if tabs:
            tabs[0].page.wait_for_timeout(500)
    return done
