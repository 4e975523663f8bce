"""The tables of docs/guides/generator.md, made from the saved figures."""

from __future__ import annotations

from typing import Any

from .tools import OURS, ROOT, TOOLS

GUIDE = ROOT / "docs" / "guides" / "generator.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
TITLES = {
    OURS: "this one",
    "openapi-python-client": "openapi-python-client",
    "openapi-generator": "OpenAPI Generator",
}


def totals(results: dict[str, Any]) -> str:
    """Return the table of the sums over all documents, with a row for each figure."""
    wanted = sum(results["documents"].values())
    count = len(results["documents"])
    columns = {tool.name: _sums(results, tool.name) for tool in TOOLS}
    versions = {
        tool.name: tool.requirements[0].partition("==")[2] if tool.requirements else "" for tool in TOOLS
    }
    lines = [
        "| | " + " | ".join(f"{TITLES[name]} {versions[name]}".strip() for name in columns) + " |",
        "|---|" + "---|" * len(columns),
    ]
    rows = (
        (f"documents of {count}", "made"),
        (f"operations of {wanted:,}", "operations"),
        ("modules that do not import", "broken"),
        ("calls that reached the server", "arrived"),
        ("… with the whole body", "sent"),
        ("answers that came back whole", "answered"),
        ("errors of mypy --strict", "mypy"),
        ("errors of pyright (basic)", "pyright"),
        ("size of the packages, MB", "megabytes"),
        ("time to make them, s", "seconds"),
        ("import of a package, ms (median)", "import_ms"),
    )
    lines += [
        f"| {title} | " + " | ".join(columns[name][key] for name in columns) + " |" for title, key in rows
    ]
    return "\n".join(lines)


def documents(results: dict[str, Any]) -> str:
    """Return the table of the operations that lost nothing, with a row for each document."""
    lines = ["| document | operations | " + " | ".join(TITLES[tool.name] for tool in TOOLS) + " |",
             "|---|---|" + "---|" * len(TOOLS)]  # fmt: skip
    for name, wanted in sorted(results["documents"].items()):
        cells: list[str] = []
        for tool in TOOLS:
            figures = results["figures"].get(f"{name} {tool.name}")
            if figures is None:
                cells.append("not measured")
            elif not figures["made"]:
                cells.append("no package")
            else:
                cells.append(f"{min(figures['sent'], figures['answered'])}")
        lines.append(f"| {name} | {wanted} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _sums(results: dict[str, Any], tool: str) -> dict[str, str]:
    found = [
        results["figures"][key]
        for name in results["documents"]
        if (key := f"{name} {tool}") in results["figures"]
    ]
    made = [each for each in found if each["made"]]

    def total(key: str) -> str:
        values = [each.get(key) for each in made]
        known = [value for value in values if isinstance(value, (int, float))]
        late = sum(value in ("timeout", "crash") for value in values)
        missing = sum(value is None for value in values)
        if not known and not late:
            return "not measured" if missing and key != "pyright" else "–"
        if missing and key in ("mypy", "pyright"):
            return f"{sum(known):,.0f} in {len(known)} packages"
        return f"{sum(known):,.0f}" + (f" (and {late} not finished)" if late else "")

    times = sorted(each["import_ms"] for each in made if each["import_ms"] is not None)
    return {
        **{
            key: total(key)
            for key in ("operations", "broken", "arrived", "sent", "answered", "mypy", "pyright")
        },
        "made": str(len(made)),
        "megabytes": f"{sum(each['kilobytes'] for each in made) / 1024:.1f}",
        "seconds": f"{sum(each['seconds'] for each in made):,.0f}",
        "import_ms": f"{times[len(times) // 2]:,.1f}" if times else "–",
    }


def text(results: dict[str, Any]) -> str:
    """Return both tables, as they are in the guide."""
    return f"{totals(results)}\n\nOperations whose request and answer both came through whole:\n\n{documents(results)}"


def write(results: dict[str, Any]) -> None:
    """Write the tables into the guide, between their marks."""
    whole = GUIDE.read_text("utf-8")
    before, _, rest = whole.partition(BEGIN)
    _, _, after = rest.partition(END)
    GUIDE.write_text(f"{before}{BEGIN}\n{text(results)}\n{END}{after}", encoding="utf-8")
