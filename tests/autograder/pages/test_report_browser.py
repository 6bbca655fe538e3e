"""The class report in Chromium: on a phone and on a desk, light and dark."""

import shutil

import axe_core
import pytest
from lab_browser import QUIET
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


@pytest.mark.slow
@pytest.mark.parametrize("database", ["SQLite"], indirect=True)
def test_in_chromium_it_fits_a_phone_and_can_be_read_in_both_themes(classroom):
    """No sideways scrolling but of tables, whose names stay; contrast 4.5; nothing is asked for."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on PATH")
    hostile = result("mallory", kl=1, kl_hint=f"{EVIL}<script>tripped = 1</script>")
    page = write_report(classroom, "a2_vae", [*RESULTS, hostile])
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET.split())
        for width, scheme in [(390, "light"), (390, "dark"), (1280, "light")]:
            context = browser.new_context(
                viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True
            )
            tab, asked, errors = context.new_page(), [], []
            tab.on("request", lambda request, asked=asked: asked.append(request.url))
            tab.on("console", lambda message, errors=errors: errors.append(message.text))
            tab.goto(page.as_uri())
            tab.evaluate("document.querySelector('.heat').parentElement.scrollLeft = 10_000")
            seen = tab.evaluate(LOOKS)
            assert asked == [page.as_uri()] and errors == []
            assert seen["tripped"] == 0 and seen["overflow"] <= 0
            assert seen["contrast"] >= 4.5
            assert abs(seen["moved"]) < 2
            context.close()
        browser.close()


@pytest.mark.slow
@pytest.mark.parametrize("database", ["SQLite"], indirect=True)
def test_everybody_can_use_the_report(classroom, request):
    """axe-core has no serious finding in it, light and dark, on a phone and on a desk."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on PATH")
    script = axe_core.script(request.config.cache.mkdir("axe-core"))
    page = write_report(classroom, "a2_vae", RESULTS)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET.split())
        for width, scheme in [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]:
            context = browser.new_context(
                viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True
            )
            tab = context.new_page()
            tab.goto(page.as_uri())
            assert axe_core.serious(tab, script) == []
            context.close()
        browser.close()
