"""The site as a reader meets it: search finds what people ask for, nothing is cut, no link is dead."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

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
NAMES = [
    ("to_pandas", "python/names/apteco_api.Rows.html#apteco_api.Rows.to_pandas"),
    ("isin", "python/names/apteco_api.Where.html#apteco_api.Where.isin"),
    ("stream_export", "python/names/apteco_api.Session.html#apteco_api.Session.stream_export"),
    ("ApiForbidden", "python/names/apteco_api.ApiForbidden.html#apteco_api.ApiForbidden"),
]
CUT = """[...document.querySelectorAll('.content pre, .content table')].filter(each =>
    each.scrollWidth > each.clientWidth + 1
    && !['auto', 'scroll'].includes(getComputedStyle(each).overflowX)).length"""
"""JavaScript: how many blocks and tables are cut, not scrolled."""
PAGES = (
    "index",
    "getting-started",
    "guides/errors",
    "python/names/apteco_api.Rows",
    "settings",
    "performance",
)


def found(browser: Any, site: Path, words: str) -> list[str]:
    """The addresses that a search finds, best first."""
    page = browser.new_page()
    page.goto(f"{(site / 'search.html').as_uri()}?q={words}")
    page.wait_for_function(
        "/finished|found|match/i.test(document.querySelector('.search-summary')?.innerText ?? '')"
    )
    hits = page.eval_on_selector_all("ul.search li a", "each => each.map(a => a.getAttribute('href'))")
    page.close()
    return [re.sub(r"\?highlight=[^#]*", "", hit) for hit in hits]


@pytest.mark.parametrize(("words", "pages"), QUESTIONS, ids=[words for words, _ in QUESTIONS])
def test_the_words_of_a_question_lead_to_its_page(
    site: Path, browser: Any, words: str, pages: tuple[str, ...]
) -> None:
    hits = [hit.partition(".html")[0] for hit in found(browser, site, words)[:5]]
    assert set(hits) & set(pages), hits


@pytest.mark.parametrize(("name", "place"), NAMES, ids=[name for name, _ in NAMES])
def test_a_name_is_found_first_at_its_own_place(site: Path, browser: Any, name: str, place: str) -> None:
    assert place in found(browser, site, name)[:2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_runs_off_the_screen(site: Path, browser: Any, name: str, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto((site / f"{name}.html").as_uri())
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    cut = page.evaluate(CUT)
    context.close()
    assert (wide, cut) == (False, 0)


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
    assert "# Rehearse faults" in whole
