"""`apteco-api call`: any operation, its arguments from the spec, JSON in and out."""

from __future__ import annotations

import argparse
import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..query.catalogue import UnknownName
from .operations import Found, argument_texts, description, every_operation, find_operation, summary
from .output import show_rows, write_bytes
from .parser import Layout, Parser, add_arguments, add_groups
from .streams import say, terminal_safe
from .table.arguments import CALL_OPTIONS

if TYPE_CHECKING:
    from .._runtime.operation import Parameter
    from ..session.login import Connection

FILLED = {"data_view_name": "data_view", "system_name": "system"}
"""Arguments that the command fills in, each with the item of the login that it comes from."""


def call(options: Namespace) -> int:
    """Call an operation, or show what would be sent."""
    if options.operation == "list":
        return _list_operations(options)
    found = find_operation(options.operation)
    given = operation_parser(found).parse_args(options.arguments, options)
    values = _values(found, given)
    if given.dry_run or given.as_curl:
        return _show_request(found, values, given)
    if not found.operation.security:
        with _unauthenticated(given) as connection:
            return _call(connection, found, values, given)
    from .login import open_session

    with open_session(given) as session:
        return _call(session, found, values, given)


def _list_operations(options: Namespace) -> int:
    """Print the operations whose name, section or summary has all the words."""
    options.format, options.output = None, None
    words = [word.casefold().replace("_", "") for word in options.arguments]
    if wrong := [word for word in options.arguments if word.startswith("-")]:
        raise ValueError(f"call list takes words, not {wrong[0]!r}")
    rows = ((each.method, each.operation.method, summary(each)) for each in every_operation())
    found = [row for row in rows if all(word in " ".join(row).casefold().replace("_", "") for word in words)]
    if not found:
        wanted = " and ".join(map(repr, options.arguments))
        raise UnknownName(f"no operation has {wanted} in its name or summary")
    show_rows(found, ("operation", "verb", "what it does"), options)
    return 0


def operation_parser(found: Found) -> Parser:
    """Return the parser for the arguments of one operation."""
    operation = found.operation
    parser = Parser(
        prog=f"apteco-api call {found.method}",
        description=f"{description(found)}\n\n{operation.method} {operation.path}",
        epilog=f"example:\n  apteco-api call {found.method}{_example(found)}",
        formatter_class=Layout,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    texts = argument_texts(found)
    for parameter in operation.parameters:
        if parameter.name not in FILLED and parameter.location != "body":
            parser.add_argument(
                flag_of(parameter),
                dest=f"argument_{parameter.name}",
                required=parameter.required,
                help=texts.get(parameter.name, "").replace("%", "%%"),
                metavar=parameter.type.upper(),
                **_kind(parameter),
            )
    shared = parser.add_argument_group("for all operations")
    add_arguments(shared, CALL_OPTIONS)
    add_groups(parser, ("login",))
    return parser


def flag_of(parameter: Parameter) -> str:
    """Return the option for a parameter."""
    return "--" + parameter.name.replace("_", "-")


def _kind(parameter: Parameter) -> dict[str, Any]:
    kinds: dict[str, Any] = {"int": int, "float": float, "bool": _bool}
    settings: dict[str, Any] = {
        "type": kinds.get(parameter.type.removeprefix("list[").removesuffix("]"), str)
    }
    if parameter.enum:
        settings["choices"] = parameter.enum
    if parameter.type.startswith("list["):
        settings["action"] = "append"
    return settings


def _bool(text: str) -> bool:
    try:
        return {"true": True, "false": False, "yes": True, "no": False}[text.casefold()]
    except KeyError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false") from None


def _example(found: Found) -> str:
    samples = {"int": "1", "file": "FILE", "path": "Private/Bookings.xml", "bool": "true"}
    words = ""
    for parameter in found.operation.parameters:
        if parameter.location == "body":
            words += " --json @body.json"
        elif parameter.required and parameter.name not in FILLED:
            words += f" {flag_of(parameter)} {samples.get(parameter.type, parameter.name.upper())}"
    return words


def _values(found: Found, given: Namespace) -> dict[str, Any]:
    """Return the arguments of the command line by name, without those that the command fills in."""
    values: dict[str, Any] = {}
    for parameter in found.operation.parameters:
        if parameter.location == "body":
            if given.json is not None:
                values[parameter.name] = read_json(given.json)
        elif (value := getattr(given, f"argument_{parameter.name}", None)) is not None:
            values[parameter.name] = (
                sys.stdin.buffer.read() if parameter.type == "file" and value == "-" else value
            )
    if given.json is not None and not any(each.location == "body" for each in found.operation.parameters):
        raise ValueError(f"{found.method} takes no body: leave --json out")
    if given.all and not found.operation.paging:
        raise ValueError(f"{found.method} does not answer in pages: leave --all out")
    return values


def read_json(text: str) -> Any:
    """Return the value of `--json`: JSON itself, `@FILE`, or `-` for standard input.

    Raises:
        ValueError: the text is not JSON.
    """
    if text == "-":
        content = sys.stdin.read()
    elif text.startswith("@"):
        content = Path(text[1:]).read_text("utf-8")
    else:
        content = text
    try:
        return json.loads(content)
    except ValueError as error:
        raise ValueError(f"--json: {error}") from None


def _call(connection: Connection, found: Found, values: dict[str, Any], given: Namespace) -> int:
    from .._runtime.codec.encode import encode
    from .._runtime.files import write_text
    from .._runtime.paging import paginate

    controller = found.controller(connection.client)
    method = getattr(controller, found.method)
    names = {parameter.name for parameter in found.operation.parameters}
    values |= {name: value for name, value in connection.filled.items() if name in names}
    if given.all:
        result: Any = list(paginate(method, **values))
    elif "file" in found.operation.responses.values():
        return _download(method, values, given.save_to)
    else:
        result = method(**values)
    if result is None:
        return 0
    text = (
        result
        if isinstance(result, str)
        else json.dumps(json.loads(encode(result)), indent=2, ensure_ascii=False)
    )
    if given.save_to and given.save_to != "-":
        write_text(given.save_to, f"{text}\n")
    else:
        terminal_safe(sys.stdout).write(f"{text}\n")
    return 0


def _download(method: Any, values: dict[str, Any], target: str | None) -> int:
    if target and target != "-":
        say(method(**values, _save_to=target))
        return 0
    response = method(**values, _preload_content=False)
    try:
        while chunk := response.read(1 << 16):
            write_bytes(chunk)
    finally:
        response.release_conn()
    return 0


def _unauthenticated(given: Namespace) -> Connection:
    """Return a connection without credentials, for operations that need none and for showing requests."""
    from ..session.credentials import resolve
    from ..session.session import Session

    login = resolve(given.host, given.data_view, None, None, given.system, "none", profile=given.profile)
    session = Session(login)
    session.connect()
    session.client.configuration.api_key.clear()
    return session


def _show_request(found: Found, values: dict[str, Any], given: Namespace) -> int:
    from .request_text import as_curl, as_text, without_secrets

    with _unauthenticated(given) as connection:
        values |= connection.filled
        shown = without_secrets(values)
        ordered = [shown.get(parameter.name) for parameter in found.operation.parameters]
        request, _ = connection.client.prepare(found.operation, ordered, {}, found.method)
        files = {
            parameter.wire_name: values[parameter.name]
            for parameter in found.operation.parameters
            if parameter.location == "file" and parameter.name in values
        }
        say(as_curl(request, files) if given.as_curl else as_text(request, files))
    return 0
