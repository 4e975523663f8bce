"""Change one profile in the text of the file with profiles, and leave the rest as its owner wrote it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any, cast

Profiles = Mapping[str, Mapping[str, str]]


def edited(text: str, default: str, profiles: Profiles, name: str) -> str:
    """Return the text with one profile and the default profile set.

    Lines that don't belong to the profile, and comments, stay as they are. If the profiles are not written
    as tables (but inline, or by dotted keys), the whole file is written again.

    Args:
        text: the file as it is; empty for a new one.
        default: the default profile's name.
        profiles: all profiles, with the change.
        name: the name of the changed profile.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines()
    _set_profile(lines, name, profiles[name])
    _set_default(lines, default)
    made = end.join(lines) + end
    return made if _holds(made, default, profiles) else _whole(default, profiles)


def toml_text(text: str) -> str:
    """Return a TOML basic string. JSON's escapes are valid in TOML, which also escapes DEL."""
    import json

    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _set_profile(lines: list[str], name: str, table: Mapping[str, str]) -> None:
    """Write the items of a profile into its table; comments between the items stay."""
    start = next((place for place, line in enumerate(lines) if _header(line) == ["profiles", name]), None)
    if start is None:
        lines += [*([""] if lines and lines[-1].strip() else []), f"[profiles.{toml_text(name)}]"]
        start = len(lines) - 1
    after = range(start + 1, len(lines))
    stop = next((place for place in after if _header(lines[place]) is not None), len(lines))
    kept: list[str] = []
    missing = dict(table)
    for line in lines[start + 1 : stop]:
        item = next(iter(_parsed(line)), None)
        if item is None:
            kept.append(line)
        elif item in missing:
            value = missing.pop(item)
            kept.append(line if _parsed(line)[item] == value else f"{item} = {toml_text(value)}")
    filled = len(kept)
    while filled and not kept[filled - 1].strip():
        filled -= 1
    kept[filled:filled] = [f"{item} = {toml_text(value)}" for item, value in missing.items()]
    lines[start + 1 : stop] = kept


def _set_default(lines: list[str], default: str) -> None:
    """Set `default` among the lines before the first table."""
    wanted = f"default = {toml_text(default)}"
    for place, line in enumerate(lines):
        if _header(line) is not None:
            break
        found = _parsed(line)
        if "default" in found:
            lines[place] = line if found["default"] == default else wanted
            return
    first = next((place for place, line in enumerate(lines) if _header(line) is not None), len(lines))
    while first and lines[first - 1].lstrip().startswith("#"):  # comments above a table belong to it
        first -= 1
    lines[first:first] = [wanted, ""]


def _parsed(line: str) -> dict[str, Any]:
    """Return the items on one line; none for comments, blank lines and parts of longer values."""
    try:
        return tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return {}


def _header(line: str) -> list[str] | None:
    """Return the names of a table's header; None for another line."""
    if not line.lstrip().startswith("["):
        return None
    names: list[str] = []
    found = _parsed(line)
    while found:
        name = next(iter(found))
        names.append(name)
        found = cast("dict[str, Any]", found[name]) if isinstance(found[name], dict) else {}
    return names or None


def _holds(text: str, default: str, profiles: Profiles) -> bool:
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return found.get("default") == default and found.get("profiles") == profiles


def _whole(default: str, profiles: Profiles) -> str:
    lines = [f"default = {toml_text(default)}"]
    for name, table in profiles.items():
        lines += ["", f"[profiles.{toml_text(name)}]"]
        lines += [f"{item} = {toml_text(value)}" for item, value in table.items()]
    return "\n".join(lines) + "\n"
