"""Commands for any operation, for the shell, and without a server."""

from __future__ import annotations

from ..command import Command, arg
from .arguments import CALL_OPTIONS

COMMANDS: tuple[Command, ...] = (
    Command(
        "call",
        "call any operation of the API",
        "apteco-api call fast_stats_systems_get_fast_stats_table --table-name Bookings",
        "call:call",
        (
            arg("operation", "name of the method, or the operation's id; `list WORD` searches"),
            arg("arguments", "its arguments: `call OPERATION --help` shows them", nargs="..."),
            *CALL_OPTIONS,
        ),
        ("login",),
        session=False,
        about="Data view and system are filled in. A body is given as --json TEXT, @FILE or -, which is "
        "standard input. The answer is JSON. --dry-run shows the request and --as-curl a curl command; "
        "neither sends anything.",
    ),
    Command(
        "mcp",
        "serve tools for language-model clients (Model Context Protocol, standard input and output)",
        "apteco-api mcp --profile test",
        "mcp_server:serve",
        (arg("--allow-changes", "add tools that save queries and create audiences", action="store_true"),),
        ("login",),
        about="The tools list tables, variables, codes, saved queries and audiences, and count, export and "
        "analyse. They change nothing unless --allow-changes is given. Needs the extra `mcp`.",
    ),
    Command(
        "completion",
        "print a script for the shell that completes commands, options and names",
        'eval "$(apteco-api completion bash)"',
        "completion:completion",
        (arg("shell", "bash, zsh or fish", choices=("bash", "zsh", "fish"), metavar="shell"),),
        session=False,
        about="Commands, options and operations are written into the script. Names of tables, variables and "
        "saved queries come from the server of the environment or of the default profile; see `names`.",
    ),
    Command(
        "names",
        "print the names of tables, variables or saved queries, for the shell's completion",
        "apteco-api names tables",
        "completion:names",
        (
            arg(
                "kind",
                "tables, variables or queries",
                choices=("tables", "variables", "queries"),
                metavar="kind",
            ),
        ),
        ("login",),
        session=False,
        about="The names are cached for ten minutes, in a folder that only you can read.",
    ),
    Command(
        "help",
        "show the help of a command",
        "apteco-api help count",
        "parser:show_help",
        (arg("words", "a command; without one, the help lists all commands", nargs="*", metavar="command"),),
        session=False,
    ),
    Command(
        "sandbox",
        "serve the whole API over a synthetic Holidays system, until interrupted",
        "apteco-api sandbox --port 8080 --data holidays.duckdb",
        "sandbox:run",
        (
            arg("--port", "TCP port (default: a free one)", type=int, default=0),
            arg("--host", "address to listen on (default: %(default)s)", default="127.0.0.1"),
            arg("--scale", "number of bookings (default: 1,000,000, or what FILE holds)", type=int),
            arg("--seed", "seed of the synthetic data: another seed makes other data", type=int),
            arg("--data", "DuckDB file that keeps data and state", metavar="FILE"),
            arg("--password", "password of the accounts of a new sandbox (default: holidays)"),
            arg(
                "--version",
                "server to behave like: %(choices)s (default: the newest)",
                choices=("1.9.19", "1.10.25", "2022-12", "2026"),
                metavar="VERSION",
            ),
            arg("--server-version", "the same as --version", dest="version", metavar="VERSION"),
            arg("--session-seconds", "lifetime of a session (default: 8 hours)", type=float, metavar="N"),
            arg(
                "--token-seconds",
                "lifetime of an access token (default: that of its session)",
                type=float,
                metavar="N",
            ),
            arg("--query-seconds", "time limit of a query (default: 300)", type=float, metavar="N"),
            arg(
                "--trouble",
                "faults to inject, such as '503 every 5; slow=0.2 on Queries_*'",
                default="",
                metavar="RULES",
            ),
        ),
        session=False,
    ),
    Command(
        "demo",
        "show the API with a sandbox: log in, list, count and log out, with the code of each step",
        "apteco-api demo",
        "demo:run",
        (arg("--scale", "number of bookings (default: %(default)s)", type=int, default=1_000_000),),
        session=False,
    ),
)
