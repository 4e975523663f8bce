"""A real browser opens the sandbox's page, logs in and runs a count."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from apteco_api.sandbox import serve

COUNT = "Queries_PerformQueryCountSynchronously"
SIMPLE = "Sessions_CreateSessionSimple"
QUERY = {"selection": {"tableName": "Bookings"}}


def run(page: Any, operation: str, values: dict[str, str], body: str = "") -> tuple[str, dict[str, Any]]:
    """Open an operation, fill its fields, press Execute, and read status and body of the answer."""
    block = page.locator(f"[id$='-{operation}']")
    block.locator(".opblock-summary-control").first.click()
    for name, value in values.items():
        block.locator(f"tr[data-param-name='{name}'] input, tr[data-property-name='{name}'] input").fill(
            value
        )
    if body:
        block.locator("textarea.body-param__text").fill(body)
    block.locator("button.execute").click()
    row = block.locator(".live-responses-table tr.response")
    row.wait_for()
    status = row.locator(".response-col_status").inner_text().split()[0]
    text = row.locator(".highlight-code code").first.inner_text()
    return status, json.loads(text)


def test_a_browser_opens_the_page_logs_in_and_runs_a_count(page: Any, tmp_path: Path) -> None:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    outside: list[str] = []
    with serve(scale=2_000) as server:
        origin = server.url.removesuffix("/OrbitAPI")
        page.on(
            "request",
            lambda r: None if r.url.startswith((origin, "data:", "blob:")) else outside.append(r.url),
        )
        page.set_viewport_size({"width": 1280, "height": 1000})
        page.goto(f"{server.url}/swagger/ui/index.html")
        page.wait_for_selector(".opblock-tag[data-tag='Sessions']")
        sections = page.locator(".opblock-tag").count()
        assert sections == 52
        page.locator(".opblock-tag[data-tag='Sessions']").click()
        form = {"dataViewName": "Holidays", "UserLogin": server.username, "Password": server.password}
        status, session = run(page, SIMPLE, form)
        assert status == "201"
        page.locator("button.authorize").first.click()
        page.locator(".modal-ux input[type='text']").first.fill(session["accessToken"])
        page.locator(".modal-ux button.authorize").click()
        page.locator(".modal-ux button.btn-done").click()
        page.locator(".opblock-tag[data-tag='Queries']").click()
        names = {"dataViewName": "Holidays", "systemName": "holidays"}
        status, counted = run(page, COUNT, names, json.dumps(QUERY))
        page.screenshot(path=str(tmp_path / "count.png"))
        assert (status, counted["counts"]) == ("200", [{"tableName": "Bookings", "countValue": 2000}])
    assert complaints == []
    assert outside == [], "the page must work without the internet"


WIDE = """[...document.querySelectorAll('body *')].filter(each => {
    const right = each.getBoundingClientRect().right;
    return right > innerWidth + 1 && !each.closest('.microlight, .model-box, .json-schema-2020-12, svg');
}).map(each => `${each.tagName}.${each.className}`)"""
"""JavaScript: what runs off the right edge of the screen, and does not scroll."""
DARK = "document.documentElement.classList.contains('dark-mode')"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_part_of_the_page_is_wider_than_the_screen(page: Any, width: int, scheme: str) -> None:
    with serve(scale=500) as server:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{server.url}/swagger/ui/index.html")
        page.wait_for_selector(".opblock-tag[data-tag='Sessions']")
        assert page.evaluate(DARK) == (scheme == "dark")
        for section, operation in (
            ("Sessions", SIMPLE),
            ("Queries", "Queries_PerformQueryCountSynchronously"),
        ):
            page.locator(f".opblock-tag[data-tag='{section}']").click()
            page.locator(f"[id$='-{operation}'] .opblock-summary-control").first.click()
            page.wait_for_selector(f"[id$='-{operation}'] .responses-wrapper")
        assert page.evaluate(WIDE) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.locator("button.authorize").first.click()
        page.wait_for_selector(".modal-ux")
        assert page.evaluate(WIDE) == []
