"""One call through each of the three engines: the sync client, `await` over threads, `await` over aiohttp."""

from __future__ import annotations

import asyncio
from typing import Any

import apteco_api as aa
import apteco_api.aio as aio

ENGINES = ("sync", "threads", "aiohttp")


def configured(url: str, **settings: Any) -> aa.Configuration:
    """Return a configuration without proxies of the environment and without retries."""
    config = aa.Configuration(host=url)
    for name, value in {"trust_env": False, "retries": 0, "timeout": 5.0, **settings}.items():
        setattr(config, name, value)
    return config


def call(engine: str, config: aa.Configuration, section: str, method: str, *args: Any, **options: Any) -> Any:
    """Call a method of a section through an engine; errors come out as they are."""
    if engine == "sync":
        with aa.ApiClient(config) as client:
            return getattr(getattr(aa, section)(client), method)(*args, **options)

    async def run() -> Any:
        async with aio.AsyncApiClient(config, engine=engine) as client:
            return await getattr(getattr(aio, section)(client), method)(*args, **options)

    return asyncio.run(run())


def get(engine: str, url: str, _options: dict[str, Any] | None = None, **settings: Any) -> Any:
    """GET one variable."""
    name = "fast_stats_systems_get_fast_stats_variable"
    return call(
        engine, configured(url, **settings), "FastStatsSystemsApi", name, "H", "h", "v", **(_options or {})
    )


def download(engine: str, url: str, _options: dict[str, Any], **settings: Any) -> Any:
    """Download one file; give `_save_to`."""
    return call(
        engine, configured(url, **settings), "FilesApi", "files_get_file", "H", "h", "a.csv", **_options
    )
