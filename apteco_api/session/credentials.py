"""Where to log in and as whom: arguments, environment, a file with profiles, the keyring.

For each item the first place that has it wins, in that order. The environment variables:

| variable | item | example |
|---|---|---|
| `APTECO_API_HOST` | base URL of the API | `https://server/OrbitAPI` |
| `APTECO_API_DATA_VIEW` | data view | `holidays` |
| `APTECO_API_SYSTEM` | FastStats system; the data view's name if nowhere given | `holidays` |
| `APTECO_API_USER` | user name | `Administrator` |
| `APTECO_API_PASSWORD` | password | |
| `APTECO_API_TOKEN` | access token of a session that exists; no login then | |
| `APTECO_API_PROFILE` | profile of the file | `test` |
| `APTECO_API_CONFIG` | the file | `~/.config/apteco-api/config.toml` |

The file is TOML, one table `[profiles.<name>]` each with the same items in small letters; `default =
"<name>"` at its top says which to take. As it may hold passwords, it is refused if others than its owner can
read it. A password that is in none of these is asked of the keyring (package `keyring`, if installed), under
the service `apteco-api` and the name `<user>@<host>/<data view>`.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from .._runtime.configuration import safe_url

PLAIN = ("host", "data_view", "system", "user")
"""What says where to log in and as whom."""

SECRET = ("password", "token")
"""What lets one in."""

ITEMS = (*PLAIN, *SECRET)
"""What a profile can hold; the variable is `APTECO_API_` and the name in capitals."""

PREFIX = "APTECO_API_"
SERVICE = "apteco-api"
"""The service's name in the keyring."""


class CredentialsError(ValueError):
    """An item of the login is not given anywhere, or the file with profiles can't be used.

    Args:
        message: what is wrong.
        missing: the items that are not given, some of `ITEMS`.
    """

    def __init__(self, message: str, missing: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.missing = tuple(missing)
        """The items that are not given; empty if something else is wrong."""


class _LoginItems(NamedTuple):
    host: str
    data_view: str
    system: str
    user: str = ""
    password: str = ""
    token: str = ""


class Login(_LoginItems):
    """Where to log in and as whom. Never shows its secrets."""

    __slots__ = ()

    def __repr__(self) -> str:
        return (
            f"<Login {self.user or 'with a token'} at {safe_url(self.host)}, {self.data_view}/{self.system}>"
        )

    def __str__(self) -> str:
        return repr(self)


def config_path(environ: Mapping[str, str] | None = None) -> Path:
    """The file with profiles: `APTECO_API_CONFIG`, else `apteco-api/config.toml` in the user's configuration
    folder.
    """
    environ = os.environ if environ is None else environ
    if given := environ.get(f"{PREFIX}CONFIG"):
        return Path(given).expanduser()
    home = environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(home).expanduser() / "apteco-api" / "config.toml"


def read_profiles(path: Path) -> tuple[str, dict[str, dict[str, str]]]:
    """The default profile's name and all profiles of a file; nothing if there is no file.

    Raises `CredentialsError` if others can read the file, or it is no such file.
    """
    import tomllib

    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
                raise CredentialsError(f"{path} can be read by others: run `chmod 600 {path}`")
            content: dict[str, Any] = tomllib.load(file)
    except FileNotFoundError:
        return "", {}
    except UnicodeDecodeError:
        raise CredentialsError(f"{path} is no TOML: it is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise CredentialsError(f"{path} is no TOML: {error}") from None
    profiles: dict[str, dict[str, str]] = {}
    tables: Any = content.get("profiles", {})
    if not isinstance(tables, dict):
        raise CredentialsError(f"{path}: profiles must be tables: [profiles.NAME]")
    for name, table in cast("dict[str, Any]", tables).items():
        if not isinstance(table, dict):
            raise CredentialsError(f"{path}: profile {name!r} must be a table: [profiles.{name}]")
        table = cast("dict[str, Any]", table)
        wrong = [key for key in table if key not in ITEMS]
        if wrong:
            raise CredentialsError(
                f"{path}: profile {name!r} has {', '.join(wrong)}; it can hold {', '.join(ITEMS)}"
            )
        for key, value in table.items():
            if not isinstance(value, str):
                raise CredentialsError(f"{path}: profile {name!r}: {key} must be a text in quotes")
        profiles[name] = table
    return str(content.get("default", "")), profiles


def save_profile(name: str, login: Login, path: Path | None = None, *, default: bool = False) -> Path:
    """Write a profile into the file, which only its owner can read afterwards; other profiles stay.

    Args:
        name: the profile's name.
        login: what to write; empty items are left out.
        path: the file; by default `config_path()`.
        default: make it the default profile, which the first one of a file always is.
    """
    path = path or config_path()
    chosen, profiles = read_profiles(path)
    profiles[name] = {item: value for item in ITEMS if (value := getattr(login, item))}
    lines = [f"default = {_toml(name if default or not chosen else chosen)}"]
    for each, table in profiles.items():
        lines += ["", f"[profiles.{_toml(each)}]"]
        lines += [f"{item} = {_toml(value)}" for item, value in table.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp makes the file 0600; the rename puts it in place at once or not at all
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".config-")
    with open(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    os.replace(temporary, path)
    return path


def _toml(text: str) -> str:
    """A TOML basic string. JSON's escapes are a subset of TOML's, except for the delete character."""
    import json

    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def resolve(
    host: str | None = None,
    data_view: str | None = None,
    user: str | None = None,
    password: str | None = None,
    system: str | None = None,
    token: str | None = None,
    *,
    profile: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Login:
    """Put a login together from the arguments and, for what they leave out, from the other places.

    A password or a token goes only to the host, and for the user, that the place names in which it was found.

    Raises `CredentialsError` if something is missing; the message says where it can be given.
    """
    environ = os.environ if environ is None else environ
    named = zip(ITEMS, (host, data_view, system, user, password, token), strict=True)
    given: dict[str, str | None] = dict(named)
    stored = _profile(profile or environ.get(f"{PREFIX}PROFILE"), config_path(environ))
    places: list[Mapping[str, str | None]] = [
        given,
        {item: environ.get(PREFIX + item.upper()) for item in ITEMS},
        stored,
    ]
    found = {item: next((value for each in places if (value := each.get(item))), "") for item in PLAIN}
    for secret in SECRET:
        fitting = (each for each in places if each.get(secret) and _belongs(each, found))
        found[secret] = next((str(each[secret]) for each in fitting), "")
    found["system"] = found["system"] or found["data_view"]
    if user and not token:
        found["token"] = ""  # a user named by the caller means a login, whatever token lies about
    missing = [item for item in ("host", "data_view") if not found[item]]
    if not found["token"]:
        missing += [] if found["user"] else ["user"]
        if found["user"] and not found["password"] and not missing:
            found["password"] = keyring_password(found["user"], found["host"], found["data_view"]) or ""
        missing += [] if found["password"] else ["password"]
    if missing:
        ways = ", ".join(f"{item} ({PREFIX}{item.upper()})" for item in missing)
        held = any(place.get(secret) for place in places for secret in SECRET)
        raise CredentialsError(
            f"a login needs {ways}: give it as an argument, in the environment "
            f"or in a profile of {config_path(environ)}"
            + ("; the one that is there is for another host or user" if held else ""),
            missing,
        )
    return Login(**found)


def _belongs(place: Mapping[str, str | None], found: Mapping[str, str]) -> bool:
    """Whether a place speaks of the same host and user, as far as it names them."""
    host, user = place.get("host"), place.get("user")
    same_host = not host or host.rstrip("/") == found["host"].rstrip("/")
    return same_host and (not user or user == found["user"])


def _profile(name: str | None, path: Path) -> Mapping[str, str]:
    default, profiles = read_profiles(path)
    if name and name not in profiles:
        known = ", ".join(sorted(profiles)) or "none"
        raise CredentialsError(f"{path} has no profile {name!r}; it has: {known}")
    if default and not name and default not in profiles:
        raise CredentialsError(f"{path}: the default profile {default!r} is not there")
    return profiles.get(name or default, {})


def keyring_name(user: str, host: str, data_view: str) -> str:
    """The name under which the keyring keeps a password."""
    return f"{user}@{safe_url(host)}/{data_view}"


def keyring_password(user: str, host: str, data_view: str) -> str | None:
    """The password from the keyring; None if there is none, or no keyring."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        return keyring.get_password(SERVICE, keyring_name(user, host, data_view))
    except KeyringError:
        return None
