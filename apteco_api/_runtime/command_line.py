"""A command line for all operations: `python -m your_api list`, `python -m your_api call get_book --isbn 1`.

Options are the operation's arguments. Objects and lists are JSON, `@FILE` reads a value from a file, `-` from
standard input. Results are printed as JSON. Credentials come from the environment: `<PREFIX>_ACCESS_TOKEN`,
`<PREFIX>_API_KEY`, `<PREFIX>_USERNAME` and `<PREFIX>_PASSWORD`; settings as `Configuration` reads them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .exceptions import ApiException, OpenApiException
from .package import package_info

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .configuration import Configuration
    from .operation import Operation, Parameter

PLAIN = frozenset(("str", "path", "date", "datetime", "file"))
"""Types whose values are written without quotes."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code: 0, 1 if the call failed, 2 if an argument is wrong."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    program = f"python -m {package_info().import_name}"
    parser = argparse.ArgumentParser(
        prog=program, description=f"Call the {package_info().title}.", epilog=f"example: {program} list"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    shown = commands.add_parser("list", help="list the operations, or only those with a word in their line")
    shown.add_argument("word", nargs="?", default="")
    commands.add_parser("call", help="call an operation", add_help=False).add_argument("operation", nargs="?")
    options, rest = parser.parse_known_args(given)
    if options.command == "list":
        if rest:
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
        return _list(options.word)
    return _call(program, options.operation, rest)


def operations() -> Iterator[tuple[str, type[Any], Operation]]:
    """Yield each operation as (name of its method, its section's class, the operation)."""
    api = import_module(f"{__name__.rsplit('.', 2)[0]}.api")
    for section in api.__all__:
        controller = getattr(api, section)
        for name, operation in controller.operations.items():
            yield name, controller, operation


def _list(word: str) -> int:
    lines = [
        f"{name:40} {operation.method:7} {operation.path}  ({controller.__name__})"
        for name, controller, operation in operations()
    ]
    found = [line for line in lines if word.lower() in line.lower()]
    print("\n".join(found) if found else f"no operation has {word!r} in its line", flush=True)
    return 0 if found else 1


def _call(program: str, name: str | None, rest: Sequence[str]) -> int:
    known = [each for each in operations() if each[0] == name or f"{each[1].__name__}.{each[0]}" == name]
    if len(known) != 1:
        help_wanted = name is None and bool(rest) and set(rest) <= {"-h", "--help"}
        places = [f"{each[1].__name__}.{each[0]}" for each in known]
        print(_not_one(program, name, places), file=sys.stdout if help_wanted else sys.stderr)
        return 0 if help_wanted else 2
    ((method, controller, operation),) = known
    options = {parameter.name: parameter for parameter in operation.parameters}
    given = vars(_parser(f"{program} call {name}", operation).parse_args(rest))
    from .client import ApiClient

    try:
        values = {
            key: _value(options[key], text)
            for key, text in given.items()
            if key in options and text is not None
        }
        if given["save_to"]:
            values["_save_to"] = given["save_to"]
        with ApiClient(_configuration(given["host_url"])) as client:
            _show(getattr(controller(client), method)(**values))
    except ApiException as error:
        print(_line(error), file=sys.stderr)
        return 1
    except (OpenApiException, OSError, ValueError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 2
    return 0


def _not_one(program: str, name: str | None, places: Sequence[str]) -> str:
    """Return the message for a name that does not identify one operation."""
    if name is None:
        return f"usage: {program} call OPERATION [--argument VALUE …]\n`{program} list` shows the operations"
    if places:
        return f"several sections have {name}: {', '.join(places)}"
    return f"an operation {name!r} does not exist: `{program} list` shows all of them"


def _parser(program: str, operation: Operation) -> argparse.ArgumentParser:
    """Return the parser of an operation's arguments."""
    parser = argparse.ArgumentParser(
        prog=program,
        description=f"{operation.method} {operation.path}",
        epilog="objects and lists are JSON; @FILE reads a value from a file, - from standard input",
    )
    for parameter in operation.parameters:
        option = f"--{parameter.name.replace('_', '-').strip('-')}"
        limits = f"; one of {', '.join(map(str, parameter.enum))}" if parameter.enum else ""
        parser.add_argument(
            option, dest=parameter.name, required=parameter.required, metavar="VALUE",
            help=f"{parameter.type or 'any'}{limits}".replace("%", "%%"),
        )  # fmt: skip
    parser.add_argument("--host-url", metavar="URL", help="base URL of the API instead of the configured one")
    parser.add_argument("--save-to", metavar="FILE", help="path for a downloaded file")
    return parser


def _line(error: ApiException) -> str:
    """Return the message of an error, with the start of the server's answer."""
    status = f"{error.status} " if error.status else ""
    body = " ".join((error.body or "").split())[:500]
    return f"{type(error).__name__}: {status}{error.reason or ''}".strip() + (f": {body}" if body else "")


def _configuration(host: str | None) -> Configuration:
    from .configuration import Configuration

    info = package_info()

    def variable(name: str) -> str | None:
        return os.environ.get(f"{info.env_prefix}_{name}") or None

    config = Configuration(host=host, username=variable("USERNAME"), password=variable("PASSWORD"))
    config.access_token = variable("ACCESS_TOKEN")
    if key := variable("API_KEY"):
        config.api_key = {each.name: key for each in info.security.values() if each.type == "apiKey"}
    return config


def _value(parameter: Parameter, text: str) -> Any:
    """Return an argument's value.

    Raises:
        ValueError: the text does not fit the argument's type.
    """
    kind = parameter.type
    if text == "-":
        text = sys.stdin.read()
    elif text.startswith("@") and kind != "file":
        if kind == "bytes":
            return Path(text[1:]).read_bytes()
        text = Path(text[1:]).read_text(encoding="utf-8")
    if kind == "bytes":
        return text.encode()
    if kind in ("str", "path", "file"):
        return text
    from .codec.decode import decode_as
    from .codec.expressions import resolve

    item = re.fullmatch(r"list\[(\w*)\]", kind)
    if item and not text.lstrip().startswith("["):  # `one,two` is short for `["one", "two"]`
        if item[1] == "file":
            return text.split(",")
        data = json.dumps([part if item[1] in PLAIN else _json(part) for part in text.split(",")])
    elif kind in PLAIN:
        data = json.dumps(text)
    else:
        data = text if _is_json(text) or "str" not in kind.split(" | ") else json.dumps(text)
    if kind == "list[file]":
        return json.loads(data)
    drift: list[Any] = []
    try:
        value = decode_as(data.encode(), resolve(kind), drift)
    except ApiException as error:
        raise ValueError(f"--{parameter.name}: {text[:200]!r} is not {kind}: {error.reason}") from None
    if drift:
        first = drift[0]
        raise ValueError(
            f"--{parameter.name}: {text[:200]!r} is not {kind}: {first.path} must be {first.expected}"
        )
    return value


def _json(text: str) -> Any:
    return json.loads(text) if _is_json(text) else text


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _show(result: Any) -> None:
    """Print a result: JSON; a line for each item of a stream; nothing for None."""
    from .codec.encode import encode, sanitize

    if result is None:
        return
    if hasattr(result, "close") and hasattr(result, "__next__"):
        for item in result:
            print(encode(sanitize(getattr(item, "data", item))).decode(), flush=True)
        return
    if isinstance(result, str):
        print(result)
        return
    print(json.dumps(json.loads(encode(sanitize(result))), indent=2, ensure_ascii=False))
