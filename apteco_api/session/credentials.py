"""Find the items of a login: in arguments, environment, a file with profiles, the keyring.

Each item is taken from the first place that has it, in this order. The environment variables:

| variable | item | example |
|---|---|---|
| `APTECO_API_HOST` | base URL of the API | `https://server/OrbitAPI` |
| `APTECO_API_DATA_VIEW` | data view | `holidays` |
| `APTECO_API_SYSTEM` | FastStats system; by default the data view's name | `holidays` |
| `APTECO_API_USER` | username, or email address | `Administrator` |
| `APTECO_API_PASSWORD` | password | |
| `APTECO_API_TOKEN` | access token of a live session, in place of a login | |
| `APTECO_API_PROFILE` | profile of the file | `test` |
| `APTECO_API_CONFIG` | the file with profiles | `~/.config/apteco-api/config.toml` |

The file is in the system's folder for settings: `~/.config/apteco-api/config.toml` on Linux, below
`~/Library/Application Support` on macOS and below `%LOCALAPPDATA%` on Windows. If it does not exist there, a
file in the old place, `~/.config`, is still read. It is TOML, with a table `[profiles.<name>]` for each
profile, which holds the same items in small letters. `default = "<name>"` at its top names the default
profile. As the file may hold passwords, it is refused if other users can read it. A password that is in none
of these places is looked up in the keyring (package `keyring`, if installed), under the service `apteco-api`
and the name `<user>@<host>/<data view>`.
"""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from .._runtime.configuration import safe_url
from .._runtime.exceptions import OpenApiException
from .._runtime.files import replacing
from .profile_text import edited

PLAIN = ("host", "data_view", "system", "user")
"""Where to log in and as whom."""

SECRET = ("password", "token")
"""The secrets of a login."""

ITEMS = (*PLAIN, *SECRET)
"""The items of a profile. An item's environment variable is `APTECO_API_` and the item in capitals."""

PREFIX = "APTECO_API_"
_PLACE = ("apteco-api", "config.toml")
SERVICE = "apteco-api"
"""The service's name in the keyring."""


class CredentialsError(OpenApiException, ValueError):
    """An item of the login is missing, or the file with profiles can't be used.

    Args:
        message: what is wrong.
        missing: the missing items, some of `ITEMS`.
    """

    def __init__(self, message: str, missing: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.missing = tuple(missing)
        """The missing items; empty if something else is wrong."""


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
    """Return the path of the file with profiles: `APTECO_API_CONFIG`, or the one in the system's folder."""
    environ = os.environ if environ is None else environ
    if given := environ.get(f"{PREFIX}CONFIG"):
        return Path(os.path.expanduser(given))
    if given := environ.get("XDG_CONFIG_HOME"):
        return Path(os.path.expanduser(given), *_PLACE)
    import platformdirs

    earlier = Path(os.path.expanduser("~/.config"), *_PLACE)
    try:
        usual = Path(platformdirs.user_config_dir(), *_PLACE)
    except RuntimeError:  # the user has no home folder
        return earlier
    # isfile returns False, and does not raise, if the home folder can't be read
    return earlier if os.path.isfile(earlier) and not os.path.isfile(usual) else usual


def read_profiles(path: Path) -> tuple[str, dict[str, dict[str, str]]]:
    """Return the default profile's name and all profiles of a file; both empty if the file does not exist.

    Raises `CredentialsError` if the file can't be read, other users can read it, or it has no profiles.
    """
    import tomllib

    try:
        content: dict[str, Any] = tomllib.loads(_read(path)[0])
    except FileNotFoundError:
        return "", {}
    except OSError as error:
        raise CredentialsError(f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CredentialsError(f"{path} is not TOML: it is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise CredentialsError(f"{path} is not TOML: {error}") from None
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
    """Write a profile into the file. Other profiles, comments and the file's encoding stay.

    A new file can be read only by its owner.

    Args:
        name: the profile's name.
        login: what to write; empty items are left out.
        path: the file; by default `config_path()`.
        default: make it the default profile; the first profile of a file always is.
    """
    path = path or config_path()
    chosen, profiles = read_profiles(path)
    text, encoding = _read(path) if os.path.exists(path) else ("", "utf-8")
    profiles[name] = {item: value for item in ITEMS if (value := getattr(login, item))}
    chosen = name if default or not chosen else chosen
    if not path.is_absolute() and str(path).startswith("~"):
        raise CredentialsError(f"the home folder is not known: set {PREFIX}CONFIG to the file's path")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CredentialsError(f"{path.parent} can't be made: {error.strerror}") from None
    with replacing(path, private=True) as file:
        file.write(edited(text, chosen, profiles, name).encode(encoding))
    return path


def _read(path: Path) -> tuple[str, str]:
    """Return the text of the file and its encoding, which editors on Windows mark at the beginning."""
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            raise CredentialsError(f"{path} can be read by others: run `chmod 600 {path}`")
        content = file.read()
    marks = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
    encoding = next((name for mark, name in marks.items() if content.startswith(mark)), "utf-8")
    return content.decode(encoding), encoding


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
    """Return a login from the arguments; items that they leave out come from the other places.

    A password or token is used only for the host and the user that are named in the place where it was found.

    Raises `CredentialsError` if an item is missing; the message says where to give it.
    """
    environ = os.environ if environ is None else environ
    named = zip(ITEMS, (host, data_view, system, user, password, token), strict=True)
    given: dict[str, str | None] = dict(named)
    places: list[Mapping[str, str | None]] = [
        given,
        {item: environ.get(PREFIX + item.upper()) for item in ITEMS},
    ]
    found, where = _found(places), ""
    whole = found["token"] or (user and found["password"])
    asked = profile or environ.get(f"{PREFIX}PROFILE")
    if asked or not (whole and all(found[item] for item in ("host", "data_view", "system"))):
        stored, where = _stored(asked, environ)
        places.append(stored)
        found = _found(places)
    found["system"] = found["system"] or found["data_view"]
    if user and not token:
        found["token"] = ""  # a caller who names a user wants a login, not a token
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
            f"or in a profile of {where}"
            + ("; the secret that was found is for another host or user" if held else ""),
            missing,
        )
    return Login(**found)


def _found(places: Iterable[Mapping[str, str | None]]) -> dict[str, str]:
    """Return each item from the first place that has it; secrets only from places that `_belongs` accepts."""
    places = list(places)
    found = {item: next((value for each in places if (value := each.get(item))), "") for item in PLAIN}
    for secret in SECRET:
        fitting = (each for each in places if _belongs(each, found))
        found[secret] = next((value for each in fitting if (value := each.get(secret))), "")
    return found


def _stored(name: str | None, environ: Mapping[str, str]) -> tuple[Mapping[str, str], str]:
    """Return a profile's items, and text for messages: the file, and the reason if it can't be read.

    A home folder that can't be read stops a login only if the caller has named a profile or a file.
    """
    path = config_path(environ)
    try:
        return _profile(name, path), str(path)
    except CredentialsError as error:
        if name or environ.get(f"{PREFIX}CONFIG") or _readable(path):
            raise
        return {}, f"{path} ({error})"


def _belongs(place: Mapping[str, str | None], found: Mapping[str, str]) -> bool:
    """Return whether a place names no other host and no other user."""
    host, user = place.get("host"), place.get("user")
    same_host = not host or host.rstrip("/") == found["host"].rstrip("/")
    return same_host and (not user or user == found["user"])


def _readable(path: Path) -> bool:
    """Return whether a file exists and can be read, with any content."""
    return os.path.isfile(path) and os.access(path, os.R_OK)


def _profile(name: str | None, path: Path) -> Mapping[str, str]:
    default, profiles = read_profiles(path)
    if name and name not in profiles:
        known = ", ".join(sorted(profiles)) or "none"
        raise CredentialsError(f"{path} has no profile {name!r}; it has: {known}")
    if default and not name and default not in profiles:
        raise CredentialsError(f"{path}: the default profile {default!r} does not exist")
    return profiles.get(name or default, {})


def keyring_name(user: str, host: str, data_view: str) -> str:
    """Return the name under which the keyring keeps a password."""
    return f"{user}@{safe_url(host)}/{data_view}"


def keyring_password(user: str, host: str, data_view: str) -> str | None:
    """Return the password from the keyring; None without one, or if no keyring is installed."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        return keyring.get_password(SERVICE, keyring_name(user, host, data_view))
    except KeyringError:
        return None
