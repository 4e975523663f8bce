"""`apteco-api completion`: scripts that let bash, zsh and fish complete commands, options and names.

Commands, options and operations are written into the script, so that most completions start no Python. Names
of tables, variables and saved queries come from `apteco-api names`, which caches them.
"""

from __future__ import annotations

import json
import os
import time
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from .operations import every_operation
from .streams import say
from .table import COMMANDS
from .table.arguments import GROUPS

CACHE_SECONDS = 600.0
"""How long names are completed without asking the server again."""

NAMES = {
    "count": ("tables",),
    "export": ("tables", "variables"),
    "cube": ("tables", "variables"),
    "codes": ("variables",),
    "variables": (),
    "audiences create": ("", "tables"),
    "queries save": ("queries", "tables"),
    "find tables": ("tables",),
}
"""Kinds of names for the positional arguments of a command. The last kind holds for all further arguments."""

OPTIONS = {"--table": "tables", "--query-file": "queries", "--where": "variables"}
"""Options, each with the kind of names of its value."""


def completion(options: Namespace) -> None:
    """Print the script for a shell."""
    scripts = {"bash": bash, "zsh": zsh, "fish": fish}
    print(scripts[options.shell](), end="")


def names(options: Namespace) -> None:
    """Print the names of a kind, one on each line, from the cache if it is fresh."""
    from .login import found_login

    login = found_login(options)
    kept = _cached(f"{login.host}|{login.data_view}|{login.system}|{login.user}|{options.kind}")
    if (found := _read(kept)) is None:
        found = _asked(options)
        _write(kept, found)
    for name in found:
        say(name)


def _asked(options: Namespace) -> list[str]:
    from .login import open_session

    with open_session(options) as session:
        if options.kind == "tables":
            return session.tables.names()
        if options.kind == "variables":
            return session.variables.names()
        return [entry.path for entry in session.queries.saved()]


def _cached(key: str) -> Path:
    """Return the file that caches the names of one user of one system."""
    from hashlib import sha256

    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "apteco-api" / f"names-{sha256(key.encode()).hexdigest()[:24]}.json"


def _read(path: Path) -> list[str] | None:
    """Return the names in a file of the cache, None for an old or broken one."""
    try:
        if time.time() - path.stat().st_mtime > CACHE_SECONDS:
            return None
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return list(map(str, cast("list[object]", found))) if isinstance(found, list) else None


def _write(path: Path, found: Iterable[str]) -> None:
    """Cache names; a failure to write the cache is ignored."""
    import tempfile

    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with open(handle, "w", encoding="utf-8") as file:
            json.dump(list(found), file)
        os.replace(temporary, path)
    except OSError:
        pass


def words() -> dict[str, list[str]]:
    """Return the possible next words, by the words of the command so far."""
    found: dict[str, list[str]] = {"": []}
    for command in COMMANDS:
        first, _, second = command.name.partition(" ")
        if first not in found[""]:
            found[""].append(first)
        if second:
            found.setdefault(first, []).append(second)
        own = [each.flag for each in command.args]
        shared = [each.flag for name in command.groups for each in GROUPS[name][1]]
        found[command.name] = [flag for flag in (*own, *shared) if flag.startswith("-")] + ["--help"]
    found["call"] += ["list", *(each.method for each in every_operation())]
    found["completion"] += ["bash", "zsh", "fish"]
    found["names"] += ["tables", "variables", "queries"]
    found["help"] += found[""]
    return found


def bash() -> str:
    """Return the script for bash."""
    cases = "\n".join(
        f'        "{name}") words="{" ".join(each)}" ;;' for name, each in words().items() if name
    )
    return f"""\
# bash completion of apteco-api: eval "$(apteco-api completion bash)"
_apteco_api() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}"
    local first="" second="" words="" kind="" word place found line number=0
    for ((place = 1; place < COMP_CWORD; place++)); do
        word="${{COMP_WORDS[place]}}"
        [[ "$word" == -* ]] && continue
        if [[ -z "$first" ]]; then first="$word"; elif [[ -z "$second" ]]; then second="$word"; fi
        number=$((number + 1))
    done
    number=$((number - 1))
    case "$first $second" in
        {_pairs()}) first="$first $second"; number=$((number - 1)) ;;
    esac
    case "$before" in
{_lines("        {} ) kind={} ;;", OPTIONS)}
    esac
    if [[ -z "$kind" && "$current" != -* ]]; then
        case "$first:$number" in
{_lines('            "{}":{} ) kind={} ;;', _places())}
        esac
    fi
    if [[ -n "$kind" ]]; then
        COMPREPLY=()
        current="${{current//\\\\/}}"
        found="$("${{COMP_WORDS[0]:-apteco-api}}" names "$kind" 2>/dev/null </dev/null)"
        while IFS= read -r line; do
            [[ -n "$line" && "$line" == "$current"* ]] && COMPREPLY+=("$(printf '%q' "$line")")
        done <<< "$found"
        return
    fi
    case "$first" in
        "") words="{" ".join(words()[""])} --help --version" ;;
{cases}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _apteco_api apteco-api
"""


def _places() -> dict[str, str]:
    """Return the kind of names that an argument takes, by a pattern of its command and number."""
    found: dict[str, str] = {}
    for command, kinds in NAMES.items():
        for number, kind in enumerate(kinds):
            if kind:
                last = number == len(kinds) - 1 and kind == "variables" and len(kinds) > 1
                found[f"{command}|{'*' if last else number}"] = kind
    return found


def _lines(form: str, found: dict[str, str]) -> str:
    return "\n".join(form.format(*key.split("|"), kind) for key, kind in found.items())


def _pairs() -> str:
    return " | ".join(f'"{command.name}"' for command in COMMANDS if " " in command.name)


def zsh() -> str:
    """Return the script for zsh."""
    table = "\n".join(f"        '{name}' '{' '.join(each)}'" for name, each in words().items())
    return f"""\
#compdef apteco-api
# zsh completion of apteco-api: eval "$(apteco-api completion zsh)"
_apteco_api() {{
    local -A table=(
{table}
    )
    local -a typed=(${{${{words[2,CURRENT-1]}}:#-*}})
    local key="${{typed[1]}} ${{typed[2]}}" kind="" number=$(( ${{#typed}} - 1 ))
    (( ${{+table[$key]}} )) && number=$(( number - 1 )) || key="${{typed[1]}}"
    case "${{words[CURRENT-1]}}" in
{_lines("        {} ) kind={} ;;", OPTIONS)}
    esac
    if [[ -z "$kind" && "${{words[CURRENT]}}" != -* ]]; then
        case "$key:$number" in
{_lines('            "{}":{} ) kind={} ;;', _places())}
        esac
    fi
    if [[ -n "$kind" ]]; then
        local -a found=("${{(@f)$("${{words[1]:-apteco-api}}" names "$kind" 2>/dev/null </dev/null)}}")
        compadd -- $found
        return
    fi
    compadd -- ${{=table[$key]}} || _files
}}
if [[ "$funcstack[1]" == _apteco-api ]]; then  # loaded from a folder of $fpath: this is the first completion
    _apteco_api "$@"
else
    (( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit; }}
    compdef _apteco_api apteco-api
fi
"""


def fish() -> str:
    """Return the script for fish."""
    helps = {command.name: command.help for command in COMMANDS}
    pairs = " ".join(f"'{command.name}'" for command in COMMANDS if " " in command.name)
    lines = [
        "# fish completion of apteco-api: apteco-api completion fish | source",
        "function __apteco_api_typed",
        "    set -l typed (string match -v -- '-*' (commandline -opc)[2..-1])",
        f'    contains -- "$typed[1] $typed[2]" {pairs}; and echo "$typed[1] $typed[2]"; or echo "$typed[1]"',
        "end",
        "function __apteco_api_number",
        "    set -l typed (string match -v -- '-*' (commandline -opc)[2..-1])",
        f'    contains -- "$typed[1] $typed[2]" {pairs}',
        "    and math (count $typed) - 2; or math (count $typed) - 1",
        "end",
    ]
    for name, each in words().items():
        condition = f"""-n 'test "$(__apteco_api_typed)" = "{name}"'"""
        for word in each:
            if word.startswith("--"):
                kind = OPTIONS.get(word)
                values = f" -x -a '(apteco-api names {kind} 2>/dev/null)'" if kind else ""
                lines.append(f"complete -c apteco-api {condition} -l {word[2:]}{values}")
            else:
                said = helps.get(f"{name} {word}".strip(), "").replace("'", "\\'")
                described = f" -d '{said}'" if said else ""
                lines.append(f"complete -c apteco-api {condition} -f -a {word}{described}")
    for place, kind in _places().items():
        name, _, number = place.partition("|")
        test = f'test "$(__apteco_api_typed)" = "{name}"'
        if number != "*":
            test += f"; and test (__apteco_api_number) = {number}"
        lines.append(f"complete -c apteco-api -n '{test}' -f -a '(apteco-api names {kind} 2>/dev/null)'")
    return "\n".join(lines) + "\n"
