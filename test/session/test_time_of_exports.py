"""The argument `timeout` of exports: a slow server ends the call in time, and leaves no file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import apteco_api as aa
from apteco_api.sandbox import Sandbox

TROUBLE = "X-Sandbox-Trouble"
COLUMNS = ["boURN", "Cost"]
EXPORTS: dict[str, Callable[[Any, Path], Any]] = {
    "export": lambda each, path: each.export("Bookings", COLUMNS, timeout=0.2),
    "stream_export": lambda each, path: each.stream_export("Bookings", COLUMNS, timeout=0.2),
    "export_to": lambda each, path: each.export_to(path, "Bookings", COLUMNS, timeout=0.2),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_ends_at_its_timeout(name: str, box: Sandbox, tmp_path: Path) -> None:
    with aa.login(box.url, box.data_view, box.username, box.password, system=box.system) as session:
        assert session.export("Bookings", COLUMNS, limit=1, timeout=30).columns
        session.client.set_default_header(TROUBLE, "slow=30")
        with pytest.raises(aa.ApiTimeout, match=r"0\.2 s"):
            for _ in EXPORTS[name](session, tmp_path / "rows.csv"):
                pass
        del session.client.default_headers[TROUBLE]
        assert session.count("Bookings") == 20_000
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("engine", ["threads", "aiohttp"])
@pytest.mark.parametrize("name", EXPORTS)
def test_an_awaited_export_ends_at_its_timeout(name: str, engine: str, box: Sandbox, tmp_path: Path) -> None:
    given = (box.url, box.data_view, box.username, box.password)

    async def main() -> None:
        async with aa.aio.login(*given, system=box.system, engine=engine) as session:
            await session.export("Bookings", COLUMNS, limit=1, timeout=30)
            session.client.set_default_header(TROUBLE, "slow=30")
            made = EXPORTS[name](session, tmp_path / "rows.csv")
            with pytest.raises(aa.ApiTimeout, match=r"0\.2 s"):
                await (anext(aiter(made)) if name == "stream_export" else made)
            del session.client.sync.default_headers[TROUBLE]
            assert await session.count("Bookings") == 20_000

    asyncio.run(main())
    assert list(tmp_path.iterdir()) == []
