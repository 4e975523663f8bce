"""The site for readers: search finds the right pages, nothing is cut off, no link is dead."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from ..conftest import ROOT

pytestmark = pytest.mark.timeout(1200)  # the first test waits for the site to be built

QUESTIONS = [
    ("install", ("index", "getting-started", "tutorial/index", "guides/offline")),
    ("log in profile", ("guides/sessions", "cli")),
    ("count people", ("tutorial/report", "guides/tasks", "day")),
    ("top mean cost", ("guides/tasks", "day")),
    ("excel", ("guides/tasks", "python/names/apteco_api.Rows")),
    ("monthly plot", ("tutorial/report", "guides/tasks")),
    ("list of urns", ("guides/tasks",)),
    ("share an audience", ("guides/tasks", "python/names/apteco_api.Audience")),
    ("wait for a job", ("guides/tasks", "day", "python/names/apteco_api.Job")),
    ("300 counts", ("guides/dask",)),
    ("async notebook", ("guides/async",)),
    ("proxy", ("guides/proxies",)),
    ("company certificates", ("guides/proxies",)),
    ("vcrpy", ("guides/testing",)),
    ("403", ("guides/errors", "guides/troubleshooting")),
    ("last_response migrating", ("guides/migrating",)),
    ("rehearse 429", ("guides/faults",)),
    ("client of your own API", ("own-client", "guides/generator")),
    ("add a field to the spec", ("internals/contributing",)),
    ("report a vulnerability", ("internals/security",)),
]
WORDS: dict[str, tuple[str, ...]] = runpy.run_path(str(ROOT / "docs" / "_ext" / "places.py"))["WORDS"]
ROWS, WHERE = "python/names/apteco_api.Rows.html", "python/names/apteco_api.Where.html"
NAMES = [
    ("to_pandas", f"{ROWS}#apteco_api.Rows.to_pandas"),
    ("isin", f"{WHERE}#apteco_api.Where.isin"),
    ("stream_export", "python/names/apteco_api.Session.html#apteco_api.Session.stream_export"),
    ("ApiForbidden", "python/names/apteco_api.ApiForbidden.html"),
    ("APTECO_API_HOST", "settings.html#APTECO_API_HOST"),
    ("APTECO_API_PROFILE", "settings.html#APTECO_API_PROFILE"),
    ("HTTPS_PROXY", "settings.html#HTTPS_PROXY"),
    *((word, place.replace("#", ".html#")) for place, words in WORDS.items() for word in words),
]
CUT = """[...document.querySelectorAll('.content *')].filter(each => {
    const box = each.getBoundingClientRect(), scrolled = each.closest('pre, table, .math, .cell_output');
    return box.width > 0 && box.right > innerWidth + 1 && (!scrolled || scrolled === each);
}).map(each => `${each.tagName}.${each.className}`)"""
"""JavaScript: what runs off the right edge and does not scroll inside a frame of its own."""
FRAMES = """[...document.querySelectorAll('.content pre, .content table')].filter(each =>
    each.scrollWidth > each.clientWidth + 1
    && !['auto', 'scroll'].includes(getComputedStyle(each).overflowX)).length"""
"""JavaScript: how many blocks and tables are cut, not scrolled."""
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
CODE = ", ".join(f".highlight-{language} pre" for language in ("python", "ipython3", "sh"))
LONG_CODE = f"""[...document.querySelectorAll('{CODE}')].filter(each =>
    each.scrollWidth > each.clientWidth + 1).map(each => each.innerText.slice(0, 60))"""
"""JavaScript: code that does not fit without scrolling."""
FINISHED = "/finished|found|match/i.test(document.querySelector('.search-summary')?.innerText ?? '')"
"""JavaScript: whether a search has ended."""
AGAIN = """words => {
    document.getElementById('search-results').replaceChildren();
    Search.performSearch(words);
}"""
"""JavaScript: what the page does for the words of its address, for other words."""
SAMPLES = (
    "python/names/apteco_api.Rows",
    "python/names/apteco_api.Configuration",
    "python/names/apteco_api.ApiForbidden",
    "reference/api/queries_api",
    "reference/models/query",
    "genindex",
    "search",
)
"""A page of each kind that is generated; of the others, all are looked at."""


def looked_at(site: Path) -> list[str]:
    """Return the pages to check."""
    made = ("python/names/", "reference/api/", "reference/models/", "_static/", "_sources/")
    names = [path.relative_to(site).with_suffix("").as_posix() for path in sorted(site.rglob("*.html"))]
    return [*SAMPLES, *(name for name in names if not name.startswith(made) and name not in SAMPLES)]


@pytest.fixture(scope="module")
def search(site: Path, browser: Any) -> Iterator[Callable[[str], list[str]]]:
    """Return the addresses that a search finds, best first. One page loads the index for all searches."""
    page = browser.new_page()
    page.goto(f"{(site / 'search.html').as_uri()}?q=first")

    def found(words: str) -> list[str]:
        page.wait_for_function(FINISHED)
        page.evaluate(AGAIN, words)
        page.wait_for_function(FINISHED)
        hits = page.eval_on_selector_all("ul.search li a", "each => each.map(a => a.getAttribute('href'))")
        return [re.sub(r"\?highlight=[^#]*", "", hit) for hit in hits]

    yield found
    page.close()


@pytest.mark.parametrize(("words", "pages"), QUESTIONS, ids=[words for words, _ in QUESTIONS])
def test_the_words_of_a_question_lead_to_its_page(
    search: Callable[[str], list[str]], words: str, pages: tuple[str, ...]
) -> None:
    hits = [hit.partition(".html")[0] for hit in search(words)[:5]]
    assert set(hits) & set(pages), hits


@pytest.mark.parametrize(("name", "place"), NAMES, ids=[name for name, _ in NAMES])
def test_a_name_is_found_first_at_its_own_place(
    search: Callable[[str], list[str]], name: str, place: str
) -> None:
    assert search(name)[0] == place


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_runs_off_the_screen(site: Path, browser: Any, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    wrong: dict[str, object] = {}
    for name in looked_at(site):
        page.goto((site / f"{name}.html").as_uri(), wait_until="domcontentloaded")
        found = [page.evaluate(script) for script in (WIDE, CUT, FRAMES)]
        if any(found):
            wrong[name] = found
    context.close()
    assert wrong == {}


@pytest.mark.parametrize("width", [1280, 390])
def test_code_fits_on_the_screen(site: Path, browser: Any, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    long: dict[str, object] = {}
    for name in looked_at(site):
        page.goto((site / f"{name}.html").as_uri(), wait_until="domcontentloaded")
        if found := page.evaluate(LONG_CODE):
            long[name] = found
    page.close()
    assert long == {}


def test_pictures_suit_the_colours_of_the_screen(site: Path, browser: Any) -> None:
    for scheme, shown in (("light", "cost.png"), ("dark", "cost-dark.png")):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto((site / "index.html").as_uri())
        seen = page.eval_on_selector_all(
            ".content img", "each => each.filter(img => img.offsetWidth > 0).map(img => img.src)"
        )
        context.close()
        assert [each.rpartition("/")[2] for each in seen] == [shown]


def test_every_link_inside_the_site_leads_somewhere(site: Path) -> None:
    texts = {path.relative_to(site).as_posix(): path.read_text("utf-8") for path in site.rglob("*.html")}
    anchors = {name: set(re.findall(r'\bid="([^"]+)"', text)) for name, text in texts.items()}
    dead: list[str] = []
    for name, text in texts.items():
        for link in re.findall(r'<a [^>]*href="([^"]+)"', text):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (site / name).parent / unquote(parts.path) if parts.path else site / name
            place = target.resolve()
            key = place.relative_to(site.resolve()).as_posix() if place.is_relative_to(site.resolve()) else ""
            if not place.exists() or (
                parts.fragment and key in anchors and unquote(parts.fragment) not in anchors[key]
            ):
                dead.append(f"{name}: {link}")
    assert dead == []


def test_the_site_is_there_as_plain_text_too(site: Path) -> None:
    index, whole = (site / "llms.txt").read_text("utf-8"), (site / "llms-full.txt").read_text("utf-8")
    pages = re.findall(r"^- \[.+\]\((.+)\)$", index, re.M)
    assert [page for page in pages if not (site / page).exists()] == []
    assert "guides/errors.html" in pages
    assert "## apteco_api.Session" in whole
    assert "### Rows.to_pandas(" in whole
    assert "### Session.from_token(" in whole
    assert "\n### Audience.query\n" in whole
    titles = ("Install", "User guide", "The command line", "Rehearse faults", "Settings")
    assert [title for title in titles if f"\n# {title}" not in whole] == []
