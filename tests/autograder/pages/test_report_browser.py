"""The class report in Chromium: on a phone and on a desk, light and dark."""

import contextlib

import axe_core
import pytest
from report_class import EVIL, RESULTS, result

from autograder.pages.report import write_report

LOOKS = """() => {
  const parts = text => text.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = element => {
    const own = parts(getComputedStyle(element).backgroundColor);
    return own.length < 4 || own[3] > 0 ? own : ground(element.parentElement);
  };
  const contrast = element => {
    const [a, b] = [parts(getComputedStyle(element).color), ground(element)].map(light);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const texts = [...document.querySelectorAll("main *, header *")]
    .filter(element => [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  return {
    tripped: window.tripped || 0,
    overflow: document.documentElement.scrollWidth - window.innerWidth,
    contrast: Math.min(...texts.map(contrast)),
    moved: document.querySelector(".heat tbody th").getBoundingClientRect().left
      - document.querySelector(".heat").parentElement.getBoundingClientRect().left,
  };
}"""


PHONE, DESK = 390, 1280  # Pixels of width.

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("database", ["SQLite"], indirect=True),
]


@contextlib.contextmanager
def opened(browser, page, width, scheme):
    """A tab with the page, and what it asked for and said on the console."""
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True
    )
    tab, asked, said = context.new_page(), [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: said.append(message.text))
    tab.goto(page.as_uri())
    yield tab, asked, said
    context.close()


@pytest.mark.parametrize(("width", "scheme"), [(PHONE, "light"), (PHONE, "dark"), (DESK, "light")])
def test_in_chromium_it_fits_a_phone_and_can_be_read_in_both_themes(
    browser, classroom, width, scheme
):
    """Only tables scroll sideways, and their names stay; contrast 4.5; nothing is asked for."""
    hostile = result("mallory", kl=1, kl_hint=f"{EVIL}<script>tripped = 1</script>")
    page = write_report(classroom, "a2_vae", [*RESULTS, hostile])
    with opened(browser, page, width, scheme) as (tab, asked, said):
        tab.evaluate("document.querySelector('.heat').parentElement.scrollLeft = 10_000")
        seen = tab.evaluate(LOOKS)
        assert asked == [page.as_uri()] and said == []
    assert seen["tripped"] == 0 and seen["overflow"] <= 0
    assert seen["contrast"] >= 4.5
    assert abs(seen["moved"]) < 2


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(PHONE, "light"), (PHONE, "dark"), (DESK, "light"), (DESK, "dark")],
)
def test_everybody_can_use_the_report(browser, classroom, request, width, scheme):
    """axe-core has no serious finding in it, light and dark, on a phone and on a desk."""
    script = axe_core.script(request.config.cache.mkdir("axe-core"))
    page = write_report(classroom, "a2_vae", RESULTS)
    with opened(browser, page, width, scheme) as (tab, _, _):
        assert axe_core.serious(tab, script) == []
