"""`apteco-api completion`: scripts that let bash, zsh and fish complete commands, options and operations.

The words are written into the script, so that a completion starts no Python.
"""

from __future__ import annotations

from argparse import Namespace

from .operations import every_operation
from .table import COMMANDS, GROUPS


def completion(options: Namespace) -> None:
    """Print the script for a shell."""
    scripts = {"bash": bash, "zsh": zsh, "fish": fish}
    print(scripts[options.shell](), end="")


def words() -> dict[str, list[str]]:
    """What can follow: the words of a command so far, to the next words."""
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
    return found


def bash() -> str:
    """The script for bash."""
    cases = "\n".join(
        f'        "{name}") words="{" ".join(each)}" ;;' for name, each in words().items() if name
    )
    return f"""\
# bash completion of apteco-api: eval "$(apteco-api completion bash)"
_apteco_api() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" first="" second="" words="" word place
    for ((place = 1; place < COMP_CWORD; place++)); do
        word="${{COMP_WORDS[place]}}"
        [[ "$word" == -* ]] && continue
        if [[ -z "$first" ]]; then first="$word"; elif [[ -z "$second" ]]; then second="$word"; fi
    done
    case "$first $second" in
        {_pairs()}) first="$first $second" ;;
    esac
    case "$first" in
        "") words="{" ".join(words()[""])} --help" ;;
{cases}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _apteco_api apteco-api
"""


def _pairs() -> str:
    return " | ".join(f'"{command.name}"' for command in COMMANDS if " " in command.name)


def zsh() -> str:
    """The script for zsh."""
    table = "\n".join(f"        '{name}' '{' '.join(each)}'" for name, each in words().items())
    return f"""\
#compdef apteco-api
# zsh completion of apteco-api: eval "$(apteco-api completion zsh)"
_apteco_api() {{
    local -A table=(
{table}
    )
    local -a typed=(${{${{words[2,CURRENT-1]}}:#-*}})
    local key="${{typed[1]}} ${{typed[2]}}"
    (( ${{+table[$key]}} )) || key="${{typed[1]}}"
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
    """The script for fish."""
    helps = {command.name: command.help for command in COMMANDS}
    pairs = " ".join(f"'{command.name}'" for command in COMMANDS if " " in command.name)
    lines = [
        "# fish completion of apteco-api: apteco-api completion fish | source",
        "function __apteco_api_typed",
        "    set -l typed (string match -v -- '-*' (commandline -opc)[2..-1])",
        f'    contains -- "$typed[1] $typed[2]" {pairs}; and echo "$typed[1] $typed[2]"; or echo "$typed[1]"',
        "end",
    ]
    for name, each in words().items():
        condition = f"""-n 'test "$(__apteco_api_typed)" = "{name}"'"""
        for word in each:
            if word.startswith("--"):
                lines.append(f"complete -c apteco-api {condition} -l {word[2:]}")
            else:
                said = helps.get(f"{name} {word}".strip(), "").replace("'", "\\'")
                described = f" -d '{said}'" if said else ""
                lines.append(f"complete -c apteco-api {condition} -f -a {word}{described}")
    return "\n".join(lines) + "\n"
