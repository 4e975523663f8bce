"""``export-queries``: write each query to a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..results import member
from .common import add_key, connect, run


def as_text(query: Mapping[str, Any]) -> str:
    """Return the text of a query below a comment that describes it."""
    facts: dict[str, Any] = {
        "Name": query["name"],
        "Data source": query["data_source_id"],
        "Created By": member(query, "user").get("name", ""),
        "Last Updated At": query["updated_at"],
    }
    # a name must not end the comment
    lines = [f"{title}: {fact}".replace("*/", "* /") for title, fact in facts.items()]
    return "\n".join(["/*", *lines, "*/", str(query["query"])])


def save(queries: Iterable[Mapping[str, Any]], folder: Path) -> list[Path]:
    """Write each query to `query_<id>.sql` in a folder; return the files."""
    files: list[Path] = []
    for query in queries:
        file = folder / f"query_{int(query['id'])}.sql"
        file.write_text(as_text(query), encoding="utf-8")
        files.append(file)
    return files


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="export-queries",
        description="Write all queries of a TONalytica to files query_<id>.sql in this folder.",
        epilog="example: export-queries https://tonalytica.redoubt.online",
    )
    parser.add_argument("url", help="address of the server")
    parser.add_argument(
        "--directory", type=Path, default=Path(), metavar="FOLDER", help="write there instead"
    )
    add_key(parser)
    chosen = parser.parse_args(arguments)

    def work() -> None:
        with connect(chosen.url, chosen.api_key) as client:
            files = save(client.iterate(client.queries), chosen.directory)
        print(f"{len(files)} queries written", file=sys.stderr)

    return run(work)


if __name__ == "__main__":
    sys.exit(main())
