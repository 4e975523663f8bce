"""The commands of `apteco-api`, as one table. The parser, the completion and the documents are made of it.

Nothing else is imported here, so that a command starts quickly: its libraries are loaded when it runs.
"""

from __future__ import annotations

from .command import Arg, Command, arg

GROUPS: dict[str, tuple[str, tuple[Arg, ...]]] = {
    "login": (
        "where to log in (items that are not given come from the environment, a profile or the keyring)",
        (
            arg("--host", "base URL of the API (APTECO_API_HOST)", metavar="URL"),
            arg("--data-view", "data view (APTECO_API_DATA_VIEW)", metavar="NAME"),
            arg("--system", "FastStats system (APTECO_API_SYSTEM)", metavar="NAME"),
            arg("--user", "user name (APTECO_API_USER); the password is asked for in a terminal"),
            arg("--profile", "profile that `login` has stored (APTECO_API_PROFILE)", metavar="NAME"),
        ),
    ),
    "output": (
        "form of the output",
        (
            arg(
                "--format",
                "table (default in a terminal), csv (default elsewhere), json, parquet or xlsx",
                choices=("table", "csv", "json", "parquet", "xlsx"),
                metavar="FORMAT",
            ),
            arg("--output", "write to FILE; its ending decides the format", metavar="FILE"),
        ),
    ),
    "listing": (
        "order and columns",
        (
            arg("--sort", "sort by a column; `-NAME` begins with the largest", metavar="NAME"),
            arg("--columns", "only these columns, in this order", metavar="NAME,NAME"),
        ),
    ),
    "query": (
        "which records (all conditions must hold; conditions on one table, for the same record)",
        (
            arg(
                "--where",
                "NAME=VALUE,VALUE; also != < <= > >= ~ (contains); NAME=LOW..HIGH; NAME= (missing)",
                action="append",
                default=[],
                metavar="CONDITION",
            ),
            arg(
                "--query",
                "a file of `export-queries --json`, or - for standard input",
                metavar="FILE",
            ),
            arg("--query-file", "a query saved on the server", metavar="PATH"),
        ),
    ),
}

CALL_OPTIONS = (
    arg("--json", "the body: JSON, @FILE, or - for standard input", metavar="BODY"),
    arg("--all", "all pages, as one list", action="store_true"),
    arg("--save-to", "write the answer to FILE, or to standard output for -", metavar="FILE"),
    arg("--dry-run", "show the request, send nothing", action="store_true"),
    arg("--as-curl", "show the request as a curl command, send nothing", action="store_true"),
)
"""Options of every operation, before or after its name."""

WAIT = arg(
    "--timeout", "wait at most N seconds (default: %(default)s)", type=float, default=3600.0, metavar="N"
)

SORT = arg(
    "--sort", "sort by a column; `-NAME` begins with the largest; repeatable", action="append", metavar="NAME"
)
FORCE = arg("--force", "replace a file that is there", action="store_true")

COMMANDS: tuple[Command, ...] = (
    Command(
        "login",
        "check credentials and store them as a profile, in a file that only you can read",
        "apteco-api login --host https://server/OrbitAPI --data-view holidays --user ann",
        "login:login",
        (
            arg("--password-stdin", "read the password from standard input", action="store_true"),
            arg("--keyring", "keep the password in the keyring, not in the file", action="store_true"),
            arg("--no-password", "don't keep the password", action="store_true"),
            arg("--default", "use this profile when none is named", action="store_true"),
        ),
        ("login",),
        session=False,
        about="The command asks for items that are not given. The password is never shown or an argument. "
        "The profile is called `default` unless --profile names another.",
    ),
    Command(
        "token",
        "log in and print the access token, for APTECO_API_TOKEN and for curl",
        "apteco-api token --profile test",
        "login:token",
        (),
        ("login",),
        session=False,
        about="Keep the token as you would a password. The session stays open until the server ends it.",
    ),
    Command(
        "tables",
        "list the tables of the system",
        "apteco-api tables",
        "catalogue:tables",
        (arg("search", "only those with this text in a name", nargs="?"),),
        ("login", "output", "listing"),
    ),
    Command(
        "variables",
        "list the variables of the system, or of a table",
        "apteco-api variables cost --table Bookings",
        "catalogue:variables",
        (
            arg("search", "only those with this text in name or description", nargs="?"),
            arg("--table", "only those of this table", metavar="NAME"),
        ),
        ("login", "output", "listing"),
    ),
    Command(
        "codes",
        "list the codes of a variable, with their counts",
        "apteco-api codes Destination --format csv",
        "catalogue:codes",
        (
            arg("variable", "name or description"),
            arg("search", "only those with this text in code or description", nargs="?"),
        ),
        ("login", "output", "listing"),
    ),
    Command(
        "count",
        "count records",
        'apteco-api count People --where "Destination=France,Germany" --where "Cost>=500"',
        "questions:count",
        (
            arg("table", "count records of this table; by default the first condition's", nargs="?"),
            arg("--ancestors", "count the records of the tables above as well", action="store_true"),
        ),
        ("query", "login", "output"),
    ),
    Command(
        "export",
        "export records, as they arrive",
        'apteco-api export Bookings boURN Destination Cost --where "Cost>2000" --output dear.parquet',
        "questions:export",
        (
            arg("table", "export records of this table"),
            arg("columns", "variables, by name or description; by default all", nargs="*", metavar="column"),
            arg("--limit", "at most N rows (a table in a terminal: 50)", type=int, metavar="N"),
            arg(
                "--sort", "sort by a column; `-NAME` begins with the largest", action="append", metavar="NAME"
            ),
            arg("--codes", "codes in place of descriptions (csv only)", action="store_true"),
        ),
        ("query", "login", "output"),
    ),
    Command(
        "cube",
        "figures for every combination of some variables' values",
        'apteco-api cube Bookings Product "Booking Date by Years" --measure "Sum(Cost)" --plot cost.png',
        "questions:cube",
        (
            arg("table", "analyse records of this table"),
            arg(
                "dimensions",
                'selectors; dates "by Years", Quarters, Months …',
                nargs="+",
                metavar="dimension",
            ),
            arg(
                "--measure",
                "Count, a table's name, or Sum(Cost), Mean(Cost) …; may be repeated",
                action="append",
                metavar="MEASURE",
            ),
            arg("--totals", "keep totals", action="store_true"),
            arg("--unclassified", "keep unclassified values", action="store_true"),
            arg(
                "--plot",
                "draw the first measure: into a picture FILE (png, svg, pdf), without FILE as bars of text",
                nargs="?",
                const="",
                metavar="FILE",
            ),
        ),
        ("query", "login", "output", "listing"),
    ),
    Command(
        "files ls",
        "list a directory of the server",
        "apteco-api files ls Private",
        "files:files_ls",
        (
            arg("path", "directory; by default the root", nargs="?", default=""),
            arg("--recursive", "with everything below", action="store_true"),
        ),
        ("login", "output", "listing"),
    ),
    Command(
        "files get",
        "download a file",
        'apteco-api files get "Private/Bookings to France or Germany.xml" backup/',
        "files:files_get",
        (
            arg("path", "path on the server"),
            arg(
                "to",
                "file, folder (ends in /), or - for standard output (default: this folder)",
                nargs="?",
            ),
        ),
        ("login",),
    ),
    Command(
        "files put",
        "upload a file; an existing file is replaced",
        "apteco-api files put notes.txt Private/notes.txt",
        "files:files_put",
        (
            arg("file", "local file, or - for standard input"),
            arg("to", "path on the server; a / at its end keeps the file's name"),
        ),
        ("login",),
    ),
    Command(
        "files mv",
        "move or rename a file on the server",
        "apteco-api files mv Private/notes.txt Private/old-notes.txt",
        "files:files_mv",
        (arg("path", "path on the server"), arg("to", "new path, or a folder"), FORCE),
        ("login",),
    ),
    Command(
        "files cp",
        "copy a file on the server",
        "apteco-api files cp Private/notes.txt Public/",
        "files:files_cp",
        (arg("path", "path on the server"), arg("to", "path of the copy, or a folder"), FORCE),
        ("login",),
    ),
    Command(
        "files mkdir",
        "make a folder on the server",
        "apteco-api files mkdir Private/2026",
        "files:files_mkdir",
        (arg("path", "path of the new folder"),),
        ("login",),
    ),
    Command(
        "files rm",
        "delete files on the server",
        "apteco-api files rm Private/notes.txt",
        "files:files_rm",
        (arg("paths", "paths on the server", nargs="+", metavar="path"),),
        ("login",),
    ),
    Command(
        "audiences ls",
        "list the audiences",
        "apteco-api audiences ls --format json",
        "audiences:audiences_ls",
        (arg("search", "only those with this text in title or description", nargs="?"),),
        ("login", "output", "listing"),
    ),
    Command(
        "audiences create",
        "make an audience, and print its id",
        'apteco-api audiences create "To France" People --where Destination=France',
        "audiences:audiences_create",
        (
            arg("title", "title"),
            arg("table", "table of its records; by default the first condition's", nargs="?"),
            arg("--description", "what it is for", default=""),
        ),
        ("query", "login"),
    ),
    Command(
        "audiences calculate",
        "calculate an audience, and print how many records it has",
        'apteco-api audiences calculate "To France"',
        "audiences:audiences_calculate",
        (
            arg("audience", "title or id"),
            arg("--no-wait", "print the token of the job, for `jobs wait`", action="store_true"),
            arg(
                "--timeout",
                "wait at most N seconds (default: %(default)s)",
                type=float,
                default=3600.0,
                metavar="N",
            ),
        ),
        ("login",),
    ),
    Command(
        "audiences export",
        "export the records of an audience, as they arrive",
        'apteco-api audiences export "To France" peURN Surname --output france.csv',
        "audiences:audiences_export",
        (
            arg("audience", "title or id"),
            arg("columns", "variables, by name or description; by default all", nargs="*", metavar="column"),
            arg("--limit", "at most N rows (a table in a terminal: 50)", type=int, metavar="N"),
            arg(
                "--sort", "sort by a column; `-NAME` begins with the largest", action="append", metavar="NAME"
            ),
            arg("--codes", "codes in place of descriptions (csv only)", action="store_true"),
        ),
        ("login", "output"),
    ),
    Command(
        "audiences share",
        "share an audience with other users",
        'apteco-api audiences share "To France" analyst',
        "audiences:audiences_share",
        (
            arg("audience", "title or id"),
            arg("users", "user names", nargs="+", metavar="user"),
        ),
        ("login",),
    ),
    Command(
        "audiences rm",
        "delete an audience",
        'apteco-api audiences rm "To France"',
        "audiences:audiences_rm",
        (arg("audience", "title or id"),),
        ("login",),
    ),
    Command(
        "queries ls",
        "list the saved queries",
        "apteco-api queries ls Private",
        "queries:queries_ls",
        (arg("folder", "folder on the server; by default all", nargs="?", default=""),),
        ("login", "output", "listing"),
    ),
    Command(
        "queries save",
        "save a query on the server; an existing file is replaced",
        'apteco-api queries save "Private/To France.xml" People --where Destination=France',
        "queries:queries_save",
        (
            arg("path", "path on the server"),
            arg("table", "table of its records; by default the first condition's", nargs="?"),
        ),
        ("query", "login"),
    ),
    Command(
        "jobs ls",
        "list the server's jobs, the newest first",
        "apteco-api jobs ls --limit 5",
        "jobs:jobs_ls",
        (arg("--limit", "at most N jobs (default: %(default)s)", type=int, default=50, metavar="N"),),
        ("login", "output", "listing"),
    ),
    Command(
        "jobs wait",
        "wait for a job, and print its result as JSON",
        'apteco-api audiences calculate "To France" --no-wait | apteco-api jobs wait -',
        "jobs:jobs_wait",
        (
            arg("token", "token of the job, - for standard input"),
            arg(
                "--timeout",
                "wait at most N seconds (default: %(default)s)",
                type=float,
                default=3600.0,
                metavar="N",
            ),
        ),
        ("login",),
    ),
    Command(
        "jobs cancel",
        "stop a job",
        'apteco-api jobs cancel "$TOKEN"',
        "jobs:jobs_cancel",
        (arg("token", "token of the job, - for standard input"),),
        ("login",),
    ),
    Command(
        "find term",
        "find a term in saved queries and audiences",
        "apteco-api find term boDest",
        "find:find_term",
        (
            arg("term", "text to look for: in names, values, titles, descriptions, paths"),
            arg("--regex", "the term is a regular expression", action="store_true"),
            arg("--case", "capitals matter", action="store_true"),
        ),
        ("login", "output", "listing"),
        about="The exit status is 4 if the term is not found.",
    ),
    Command(
        "find tables",
        "list the tables and variables that the saved queries and audiences use",
        "apteco-api find tables boDest",
        "find:find_tables",
        (arg("name", "only uses of this table or variable", nargs="?"),),
        ("login", "output", "listing"),
    ),
    Command(
        "clone dashboard",
        "copy a dashboard with all its items and queries, and print the new id",
        'apteco-api clone dashboard 3 "Copy for Ann"',
        "clone:clone_dashboard",
        (arg("id", "id of the dashboard", type=int), arg("title", "title of the copy")),
        ("login",),
    ),
    Command(
        "clone collection",
        "copy a collection with all its parts, and print the new id",
        'apteco-api clone collection 3 "Copy for Ann"',
        "clone:clone_collection",
        (
            arg("id", "id of the collection", type=int),
            arg("title", "title of the copy"),
            arg("--file", "path of the copy's file (default: beside the original)", metavar="PATH"),
        ),
        ("login",),
    ),
    Command(
        "export-queries",
        "write all saved queries and audiences as text files",
        "apteco-api export-queries backup",
        "export_queries:export_queries",
        (
            arg("folder", "local folder, made if it does not exist"),
            arg(
                "--json",
                "as JSON, which `count --query` reads, not as an outline",
                action="store_true",
            ),
        ),
        ("login",),
    ),
    Command(
        "call",
        "call any of the operations of the API",
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
        (arg("--allow-changes", "also tools that save queries and make audiences", action="store_true"),),
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
        "print the names of tables, variables or saved queries, as the completion needs them",
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
        (arg("words", "a command; without one, the help of all", nargs="*", metavar="command"),),
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
            arg("--seed", "other data of the same kind", type=int),
            arg("--data", "DuckDB file for data and state", metavar="FILE"),
            arg("--password", "password of the accounts of a new sandbox (default: holidays)"),
            arg(
                "--version",
                "server to stand for: %(choices)s (default: the newest)",
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
        "start a sandbox, log in, read, count, log out: with the code shown",
        "apteco-api demo",
        "demo:run",
        (arg("--scale", "number of bookings (default: %(default)s)", type=int, default=1_000_000),),
        session=False,
    ),
)
