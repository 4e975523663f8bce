"""`apteco-api demo`: a first walk through the API, with nothing but this package."""

from __future__ import annotations

import shlex
from argparse import Namespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..sandbox import Sandbox

# Each step is printed and then executed exactly as it is written here.
STEPS = (
    (
        "Log in",
        """\
import apteco_api as aa

config = aa.Configuration(host=server.url)
api_client = aa.ApiClient(configuration=config)
sessions_controller = aa.SessionsApi(api_client)
login_response = sessions_controller.sessions_create_session_simple(
    server.data_view, server.username, server.password
)
session_id = login_response.session_id
config.api_key = {"Authorization": login_response.access_token}
config.api_key_prefix = {"Authorization": "Bearer"}
print(f"Hello {login_response.user.firstname} {login_response.user.surname}.")
""",
    ),
    (
        "List the tables of the Holidays system",
        """\
tables = aa.FastStatsSystemsApi(api_client).fast_stats_systems_get_fast_stats_tables(
    server.data_view, server.system
)
print(f"There are {tables.count} tables in the Holidays system:")
print("\\n".join(t.name for t in tables.list))
""",
    ),
    (
        "Count the bookings to France or Germany, from a query file",
        """\
queries_controller = aa.QueriesApi(api_client)
query_result = queries_controller.queries_perform_query_file_count_synchronously(
    server.data_view,
    server.system,
    query_file=aa.QueryFile("Private/Bookings to France or Germany.xml"),
)
count = query_result.counts[0]
print(f"The query matched {count.count_value:,} {count.table_name.lower()}.")
""",
    ),
    (
        "Log out: the token is refused from now on",
        """\
sessions_controller.sessions_logout_session(server.data_view, session_id)
try:
    tables = aa.FastStatsSystemsApi(api_client).fast_stats_systems_get_fast_stats_tables(
        server.data_view, server.system
    )
except aa.ApiException as e:
    print(f"{e.status}: {e.reason}")
""",
    ),
)


SHORT = """\
import apteco_api as aa

with aa.login(
    server.url, server.data_view, server.username, server.password, system=server.system
) as session:
    count = session.count(aa.QueryFile("Private/Bookings to France or Germany.xml"))
    same = session.count(aa.where("Destination").isin("France", "Germany"))
print(f"{count:,t}, {same:,t}")
"""
"""The same count with a session."""

COMMAND = ("count", "Bookings", "--where", "Destination=France,Germany")
"""The same count as a command."""

NEXT = """\
apteco-api sandbox                    serve this system, with how to log in; then, in another terminal:
apteco-api variables --table Bookings
apteco-api cube Bookings Product "Booking Date by Years" --measure "Sum(Cost)" --plot
apteco-api export Bookings boURN Destination Cost --where "Cost>2000" --output dear.xlsx
apteco-api help                       all commands
apteco-api login --host URL --data-view NAME --user NAME
                                      log in to your own server, once"""


def run(options: Namespace) -> int:
    """Run the steps, count the same in two shorter ways, and print what to try next."""
    from ..sandbox import serve

    print(f"Making a Holidays system with {options.scale:,} bookings ...", flush=True)
    with serve(scale=options.scale) as server:
        print(f"The sandbox answers at {server.url}")
        names: dict[str, Any] = {"server": server}
        for title, code in STEPS:
            print(f"\n# {title}")
            print("".join(f"{_prompt(line)} {line}".rstrip() + "\n" for line in code.splitlines()))
            exec(compile(code, "<demo>", "exec"), names)  # noqa: S102 - the constant text above
        print("\n# The same question, in a session")
        print("".join(f"{_prompt(line)} {line}".rstrip() + "\n" for line in SHORT.splitlines()))
        exec(compile(SHORT, "<demo>", "exec"), names)  # noqa: S102 - the constant text above
        print("\n# The same question, as a command")
        print(f"$ apteco-api {shlex.join(COMMAND)}", flush=True)
        status = _as_command(server)
    print(f"\n# What to try next\n{NEXT}")
    return status


def _as_command(server: Sandbox) -> int:
    """Run the command in this process, logged in to the sandbox; return its exit status."""
    from .__main__ import execute
    from .parser import parse

    options = parse(COMMAND)
    options.host, options.data_view, options.user = server.url, server.data_view, server.username
    options.system, options.password = server.system, server.password
    return execute(options.chosen, options)


def _prompt(line: str) -> str:
    """Return the prompt that Python shows before a line: `...` if the line continues the one above."""
    return "..." if line.startswith((" ", ")", "except")) else ">>>"
