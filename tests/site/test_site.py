"""The course as a web page: built from what the lectures gave, whole, and open to everybody."""

import ast
import functools
import http.server
import shutil
import subprocess
import sys
import threading
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag

import axe_core
import pytest
from executed import cached, lectures
from lab_browser import QUIET

from autograder import ROOT

pytestmark = pytest.mark.slow

LOCALLY = ("file:", "data:", "blob:")
WIDGET = "application/vnd.jupyter.widget-view+json"
MOVING = "In motion: "
EXECUTED = ("01", "06")  # Of the others the site shows what test_lectures.py has left.
LECTURES = [f"notebooks/lectures/{path.stem}.html" for path in lectures()]
# One of each kind, and one lecture with formulas and one with networks.
KINDS = [
    "index.html",
    *(page for page in LECTURES if page.rpartition("/")[2].startswith(EXECUTED)),
    "notebooks/assignments/a2_vae/a2_vae.html",
    "SECURITY.html",
    "api/course.vae.losses.html",
    "api/index.html",
]


class Page(HTMLParser):
    """What the tests ask of a page: its links, pictures, names of places, and scripts."""

    def __init__(self, path):
        super().__init__()
        self.text = path.read_text(encoding="utf-8")
        self.links, self.pictures, self.places, self.loaded = [], [], set(), []
        self.feed(self.text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.places |= {found[name] for name in ("id", "name") if name in found}
        if tag == "a" and "href" in found:
            self.links.append(found)
        if tag == "img":
            self.pictures.append((found.get("alt"), found["src"]))
        if tag in ("script", "link", "iframe") and (found.get("src") or found.get("href")):
            self.loaded.append(found.get("src") or found["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of a site, built as `make site` builds it."""
    output = tmp_path_factory.mktemp("site") / "site"
    command = [sys.executable, "tools/site/build_site.py", "--output", str(output)]
    run = subprocess.run(
        [*command, "--execute", *EXECUTED], cwd=ROOT, capture_output=True, text=True, timeout=900
    )
    assert run.returncode == 0, run.stderr
    return output


@pytest.fixture(scope="module")
def pages(site):
    """Every page, by its path in the site."""
    found = sorted(site.rglob("*.html"))
    return {path.relative_to(site).as_posix(): Page(path) for path in found}


@pytest.fixture(scope="module")
def address(site):
    """Where a web server gives the site out."""
    handler = functools.partial(QuietHandler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Says nothing of what it gives out."""

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def chromium():
    """A browser for the whole module."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no chromium on PATH")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET.split())
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium, request):
    """A page in the browser, of a width and a colour scheme."""
    width, scheme = getattr(request, "param", (1280, "light"))
    context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    yield context.new_page()
    context.close()


def test_figures_and_explorers_are_there_with_their_words(site, pages):
    """Each picture that a lecture shows is on its page, in order, with the same alternative."""
    for path in lectures():
        notebook, page = cached(path), pages[f"notebooks/lectures/{path.stem}.html"]
        if notebook is None:
            assert path.stem[:2] not in EXECUTED
            assert "lacks the outputs of this lecture" in page.text
            continue
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
        shown = [output.get("data", {}) for output in outputs]
        # The words of a figure stand in its plain text, too.
        wanted = [" ".join(data["text/plain"].split()) for data in shown if "image/png" in data]
        alts = [" ".join((alt or "").split()) for alt, _ in page.pictures]
        # A moving picture stands below its still, with the same words.
        moving = [alt.removeprefix(MOVING) for alt in alts if alt.startswith(MOVING)]
        alts = [alt for alt in alts if not alt.startswith(MOVING)]
        assert set(moving) <= set(alts)
        assert alts == wanted and all(wanted)
        for _, source in page.pictures:
            assert (site / "notebooks" / "lectures" / source).stat().st_size > 500
        assert page.text.count('class="still"') == sum(WIDGET in data for data in shown)
        assert "widget-view" not in page.text


def test_all_guides_and_public_names_are_there(pages):
    """Every text in docs/ has a page, and every public function and class a place of its own."""
    guides = [path.relative_to(ROOT).with_suffix(".html") for path in ROOT.glob("docs/*.md")]
    for name in [*(guide.as_posix() for guide in guides), "SECURITY.html", "CONTRIBUTING.html"]:
        assert name in pages
    assert "latent_dim" in pages["CONTRIBUTING.html"].text  # The glossary.
    for path in [
        *ROOT.glob("course/vae/*.py"),
        *ROOT.glob("course/gan/**/*.py"),
        *ROOT.glob("autograder/*.py"),
    ]:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        names = {
            node.name
            for node in ast.parse(path.read_text()).body
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
        }
        public = set(_public(path)) & names
        if path.stem.startswith("__"):
            continue
        places = pages[f"api/{module}.html"].places
        assert {f"{module}.{name}" for name in public} <= places


def _public(path):
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return ast.literal_eval(node.value)
    return []


def test_no_link_is_broken_and_other_hosts_are_listed(site, pages):
    """Every address on every page is a file of the site and a place in it, or in the list."""
    listed = {line.split()[0] for line in (site / "external-links.txt").read_text().splitlines()}
    external, broken = set(), []
    for name, page in pages.items():
        for link in page.links:
            address, place = urldefrag(link["href"])
            if address.startswith(("http:", "https:")):
                external.add(link["href"])
                continue
            target = (site / name).parent / unquote(address) if address else site / name
            other = target.resolve().relative_to(site.resolve()).as_posix()
            if not target.is_file():
                broken.append(f"{name}: no {link['href']}")
            elif place and other in pages and unquote(place) not in pages[other].places:
                broken.append(f"{name}: no place {link['href']}")
    assert broken == []
    assert external == listed


def test_one_can_read_from_lecture_to_lecture(pages):
    """The list of lectures leads to the first, and each page on to the next one."""
    page, chain = "notebooks/index.html", []
    for _ in LECTURES:
        (following,) = [
            link["href"] for link in pages[page].links if "right-next" in link.get("class", "")
        ]
        page = f"{page.rpartition('/')[0]}/{following}"
        chain.append(page)
    assert chain == LECTURES


def test_pages_ask_no_other_host_for_anything(site, pages, tab):
    """Read from a disk, without a network, each kind of page is complete and without an error."""
    asked, errors = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    for name in KINDS:
        tab.goto((site / name).as_uri())
        tab.wait_for_load_state("load")
    assert asked and errors == []
    assert [url for url in asked if not url.startswith(LOCALLY)] == []
    remote = {src for page in pages.values() for src in page.loaded if "//" in src}
    assert remote == set()


def test_search_finds_posterior_collapse(address, tab):
    """Typed into the search field, the words lead to the lecture that is about them."""
    tab.goto(f"{address}/index.html")
    tab.get_by_role("button", name="Search").first.click()
    tab.keyboard.type("posterior collapse")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/search.html?q=posterior+collapse*")
    results = tab.locator("#search-results li a, ul.search li a")
    results.first.wait_for()
    assert any("04_vae_training.html" in link.get_attribute("href") for link in results.all())


LOOKS = """() => {
  const shown = element => element.getClientRects().length > 0;
  const texts = [...document.querySelectorAll("article p, article pre, article td")].filter(shown);
  return {
    overflow: document.documentElement.scrollWidth - window.innerWidth,
    pictures: Math.max(0, ...[...document.querySelectorAll("article img")]
      .map(image => image.getBoundingClientRect().right)),
    smallest: Math.min(...texts.map(element => parseFloat(getComputedStyle(element).fontSize))),
  };
}"""


@pytest.mark.parametrize("tab", [(390, "light")], indirect=True)
@pytest.mark.parametrize("name", KINDS)
def test_a_page_fits_a_phone(site, tab, name):
    """Nothing but boxes of their own scrolls sideways, pictures fit, and text has 12 pixels."""
    tab.goto((site / name).as_uri())
    seen = tab.evaluate(LOOKS)
    assert seen["overflow"] <= 0
    assert seen["pictures"] <= 390
    assert seen["smallest"] >= 12


@pytest.mark.parametrize(
    "tab", [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")], indirect=True
)
def test_everybody_can_use_each_kind_of_page(site, tab, request):
    """axe-core has no serious finding, light and dark, on a phone and on a desk."""
    script = axe_core.script(request.config.cache.mkdir("axe-core"))
    for name in KINDS:
        tab.goto((site / name).as_uri())
        for _ in range(20):
            tab.wait_for_timeout(400)  # The theme makes what scrolls focusable after 300 ms.
            if not (found := axe_core.serious(tab, script)):
                break
        assert found == [], name


def test_axe_core_is_asked_in_earnest(site, tab, request):
    """A picture without words is found."""
    script = axe_core.script(request.config.cache.mkdir("axe-core"))
    tab.goto((site / "index.html").as_uri())
    tab.evaluate("document.querySelector('article img').removeAttribute('alt')")
    assert [finding.partition(":")[0] for finding in axe_core.serious(tab, script)] == ["image-alt"]


MOVES = """() => [...document.querySelectorAll("*")].some(element => {
  const style = getComputedStyle(element);
  return (style.transitionDuration + style.animationDuration).match(/[1-9]/)
    || style.scrollBehavior === "smooth";
})"""


@pytest.mark.parametrize(("wish", "moves"), [("no-preference", True), ("reduce", False)])
def test_nothing_moves_for_those_who_ask_for_that(site, chromium, wish, moves):
    """With reduced motion no element has a transition, an animation or smooth scrolling."""
    context = chromium.new_context(reduced_motion=wish)
    tab = context.new_page()
    tab.goto((site / "index.html").as_uri())
    assert tab.evaluate(MOVES) is moves
    context.close()
