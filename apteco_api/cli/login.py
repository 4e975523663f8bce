"""Logging in from the shell: a session for a command, and `apteco-api login`, which stores a profile."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from .streams import clean, write_error

if TYPE_CHECKING:
    from ..session.credentials import Login
    from ..session.session import Session


def open_session(options: Namespace) -> Session:
    """Log in with the options of the group `login`; in a terminal, ask for a missing password and for
    the code of a second factor.

    Raises:
        CredentialsError: an item of the login is missing.
    """
    from ..session.session import Session

    session = Session(found_login(options), mfa=asked_code)
    session.connect()
    return session


def found_login(options: Namespace) -> Login:
    """Return the items of the login, from options, environment, profile and keyring."""
    from ..session.credentials import CredentialsError, resolve

    given = (options.host, options.data_view, options.user)
    try:
        return resolve(*given, getattr(options, "password", None), options.system, profile=options.profile)
    except CredentialsError as error:
        if error.missing != ("password",) or not sys.stdin.isatty():
            raise
    return resolve(*given, _asked_password(), options.system, profile=options.profile)


def login(options: Namespace) -> int:
    """Check credentials and store them."""
    from ..session.credentials import Login, keyring_name, save_profile
    from ..session.session import Session

    stored = _known(options)
    found = {
        name: getattr(options, name) or stored.get(name) or _asked(question, name)
        for name, question in (("host", "Base URL"), ("data_view", "Data view"), ("user", "User"))
    }
    password = (
        sys.stdin.readline().rstrip("\r\n")
        if options.password_stdin
        else stored.get("password") or _asked_password()
    )
    system = options.system or stored.get("system") or found["data_view"]
    login = Login(found["host"], found["data_view"], system, found["user"], password)
    with Session(login, mfa=asked_code) as session:
        name = session.system.description or login.system
    if options.keyring:
        _keep_in_keyring(keyring_name(login.user, login.host, login.data_view), password)
    if options.keyring or options.no_password:
        login = login._replace(password="")
    profile = options.profile or "default"
    path = save_profile(profile, login, default=options.default)
    told = f"{login.user} is logged in to {name}; stored as profile {profile!r} in {path}"
    write_error(f"{clean(told)}\n")
    return 0


def token(options: Namespace) -> None:
    """Print the access token of a session that stays open."""
    from ..session.session import Session
    from ..session.tokens import AUTHORIZATION

    session = Session(found_login(options), mfa=asked_code)
    session.connect()
    try:
        print(session.client.configuration.api_key[AUTHORIZATION])
    finally:
        session.close()  # no logout: it would end the session whose token was printed


def _known(options: Namespace) -> dict[str, str]:
    """Return the items of the login that are set in the environment or the profile."""
    import os

    from ..session.credentials import ITEMS, PREFIX, config_path, read_profiles

    _, profiles = read_profiles(config_path())
    stored = dict(profiles.get(options.profile or "", {}))
    stored.pop("password", None)  # a user who logs in again wants to give a new password
    stored.update({name: value for name in ITEMS if (value := os.environ.get(PREFIX + name.upper()))})
    return stored


def _asked(question: str, name: str) -> str:
    from ..session.credentials import PREFIX, CredentialsError

    if not sys.stdin.isatty():
        flag = "--" + name.replace("_", "-")
        ways = f"{flag} or {PREFIX}{name.upper()}"
        raise CredentialsError(f"a login needs {ways}: there is no terminal to ask in")
    write_error(f"{question}: ")
    return sys.stdin.readline().strip()


def _asked_password() -> str:
    from getpass import getpass

    from ..session.credentials import CredentialsError

    if not sys.stdin.isatty():
        raise CredentialsError("a login needs the password: give it with --password-stdin")
    return getpass("Password: ")


def asked_code() -> str:
    """Ask for a code of the second factor. The code is neither shown nor stored.

    Raises:
        MfaRequired: there is no terminal to ask in.
    """
    from getpass import getpass

    from ..session.mfa import MfaRequired

    if not sys.stdin.isatty():
        raise MfaRequired(
            "the server asks for a second factor, and there is no terminal to ask in: run "
            "`apteco-api token` in a terminal, and set APTECO_API_TOKEN to what it prints"
        )
    return getpass("Code of the authenticator, or a recovery code: ")


def _keep_in_keyring(name: str, password: str) -> None:
    from ..frames.extras import need
    from ..session.credentials import SERVICE

    keyring: Any = need("keyring", "keyring")
    try:
        keyring.set_password(SERVICE, name, password)
    except need("keyring.errors", "keyring").KeyringError as error:
        said = str(error).partition(". ")[0] or type(error).__name__
        raise OSError(f"the keyring did not store the password: {said}") from None
