"""Write docs/cli.md: a guide to the command line, and the help of every command as the command prints it.

python docs/internals/make_cli_reference.py [--check]
"""

# ruff: noqa: E501 - lines of a document
from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
TARGET = HERE / "cli.md"
sys.path.insert(0, str(HERE.parent))

from apteco_api.cli.parser import add_groups, make_parser  # noqa: E402
from apteco_api.cli.status import STATUSES  # noqa: E402
from apteco_api.cli.table.arguments import GROUPS  # noqa: E402

GUIDE = """\
<!-- Written by docs/internals/make_cli_reference.py from `--help`. Do not edit. -->
# The command line

`apteco-api` counts, exports, cubes and more from the shell, and calls any of the 481 operations. From a login to a
picture:

<!-- not run: it needs a server of yours; a test runs it with the sandbox's address -->
```sh
apteco-api login --host https://server/OrbitAPI --data-view holidays --user Administrator
apteco-api variables cost --table Bookings
apteco-api count Bookings --where Destination=France,Germany
apteco-api cube Bookings Product "Booking Date by Years" --measure "Sum(Cost)" --plot cost.png
```

```{image} pictures/cost.png
:alt: What the last command draws, the cost of bookings by product and year
:class: only-light
```
```{image} pictures/cost-dark.png
:alt: What the last command draws, the cost of bookings by product and year
:class: only-dark
```

Without a server, run `apteco-api sandbox`: it serves the API on this machine and says how to log in. `apteco-api demo`
walks you through the API on this machine. `apteco-api help COMMAND` is the same as `apteco-api COMMAND --help`, and
`python -m apteco_api` is the same as `apteco-api`.

## Logging in

`apteco-api login` asks for the missing items, checks them with the server, and stores them as a profile in
`~/.config/apteco-api/config.toml`, which only you can read (mode 0600). You type the password unseen, or pass it on
standard input with `--password-stdin`; it is never an argument. All commands take host, data view, system, user and
password from options, from the environment (`APTECO_API_HOST` …), from the profile or from the keyring, in this order
([settings](settings.md#variables-of-a-login)).

## What comes out

A terminal gets a table; a program or a file gets CSV. `--format` chooses `table`, `csv`, `json`, `parquet` or `xlsx`;
with `--output FILE` the ending of the file chooses; `--output -` is standard output. A count is a bare number; a
terminal also shows its table
(`12,494 Households`). Exports are written as the rows arrive. Progress and remarks go to standard error, and only if that
is a terminal. `--output` of an export takes URLs such as `s3://bucket/rows.parquet`, too (extra `cloud`), and with
`--partition-by NAME` it is a folder, a Parquet dataset.

Listings and cubes take `--sort NAME`, or `--sort -NAME` to begin with the largest, and `--columns NAME,NAME`. In a
narrow terminal long texts end in an ellipsis, and columns that do not fit are left out with an ellipsis in their place;
numbers, dates and codes are never cut. Characters that the output's encoding lacks are written as escapes such as
`\\xa3` (in JSON `\\u00a3`), and standard error says so. Control characters that a server sends are shown in a terminal as
spaces.

## Conditions

`--where` takes a variable, by name or description, and a comparison. If you repeat it, all conditions must hold.
Conditions on variables of one table must hold for the same record. Conditions on another table are carried over to the
table that you ask for (people *with* such a booking, bookings *by* such people).

| condition | meaning |
|---|---|
| `Destination=France,Germany` | any of these codes or descriptions; texts, numbers and days likewise (`\\,` is a comma in a value) |
| `Destination!=France` | none of them |
| `Cost>=500` | also `<`, `<=`, `>`: numbers, texts, dates |
| `Cost=500..700` | from, to, both included: numbers, texts, dates |
| `Surname~smi` | a text with this in it, in any case |
| `Cost=`, `Cost!=` | missing, not missing |
| `Booking URN=@urns.txt` | any of the values in a local file in UTF-8, one a line (`\\@` at the start is an `@`) |
| `Booking Date=last 12 months` | a rolling period (days, weeks, months, quarters, years), or a named one: `LastMonth` |

`--query FILE` takes any query, as the JSON of a `Query`: `aa.where(…)` and py-apteco make such queries, and
`export-queries --json` writes them. `--query-file PATH` takes a query that is saved on the server.

## Exit status

| status | meaning |
|---|---|
"""


SHARED = """\
Many commands take options of these groups. A command's usage line names them; its help, as printed below, leaves the
groups out.
"""


def page() -> str:
    """Return the whole document."""
    parser = make_parser()
    helps = {each.prog: each.format_help() for each in commands(parser)}
    lines = [GUIDE + "\n".join(f"| {status} | {meaning} |" for status, meaning in STATUSES.items())]
    lines += ["", "## Commands", "", *fenced(parser.format_help())]
    lines += ["", "### Shared options", "", SHARED, *fenced(shared_options())]
    for name, text in helps.items():
        lines += ["", f"### {name}", "", *fenced(without_groups(text))]
    return "\n".join(lines) + "\n"


def shared_options() -> str:
    """Return the help of the groups that several commands share."""
    parser = make_parser()
    longest = argparse.ArgumentParser(add_help=False, formatter_class=type(parser._get_formatter()))
    add_groups(longest, GROUPS)
    return longest.format_help().partition("\n\n")[2]


def without_groups(text: str) -> str:
    """Return a command's help without those groups, each of which ends with an empty line."""
    for title, _ in GROUPS.values():
        before, found, rest = text.partition(f"{title}:\n")
        if found:
            text = before + rest.partition("\n\n")[2]
    return text


def commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield every parser below one, in the order in which they are listed."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield each
                yield from commands(each)


def fenced(text: str) -> list[str]:
    """Return a help as a block."""
    return ["```text", text.rstrip(), "```"]


def main() -> int:
    """Write the page, or return whether it is out of date."""
    text = page()
    if "--check" in sys.argv:
        return int(not TARGET.exists() or TARGET.read_text("utf-8") != text)
    TARGET.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
