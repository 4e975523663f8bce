"""A real browser opens the sandbox's page, logs in and runs a count."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from apteco_api.sandbox import serve

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
    row.wait_for(timeout=30_000)
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
        page.wait_for_selector(".opblock-tag[data-tag='Sessions']", timeout=60_000)
        sections = page.locator(".opblock-tag").count()
        assert sections == 33
        page.locator(".opblock-tag[data-tag='Sessions']").click()
        form = {"dataViewName": "Holidays", "UserLogin": server.username, "Password": server.password}
        status, session = run(page, "Sessions_CreateSessionSimple", form)
        assert status == "201"
        page.locator("button.authorize").first.click()
        page.locator(".modal-ux input[type='text']").first.fill(session["accessToken"])
        page.locator(".modal-ux button.authorize").click()
        page.locator(".modal-ux button.btn-done").click()
        page.locator(".opblock-tag[data-tag='Queries']").click()
        names = {"dataViewName": "Holidays", "systemName": "holidays"}
        status, counted = run(page, "Queries_PerformQueryCountSynchronously", names, json.dumps(QUERY))
        page.screenshot(path=str(tmp_path / "count.png"))
        assert (status, counted["counts"]) == ("200", [{"tableName": "Bookings", "countValue": 2000}])
    assert complaints == []
    assert outside == [], "the page must work without the internet"
