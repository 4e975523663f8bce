"""Where a login comes from, and that its secrets show nowhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import ClassVar

import pytest

from apteco_api.session.credentials import (
    CredentialsError,
    Login,
    config_path,
    keyring_name,
    read_profiles,
    resolve,
    save_profile,
)

LOGIN = Login("https://server/OrbitAPI", "holidays", "holidays", "ann", "s3cret-canary")


def env(tmp_path: Path, **more: str) -> dict[str, str]:
    return {
        "APTECO_API_CONFIG": str(tmp_path / "config.toml"),
        **{f"APTECO_API_{k}": v for k, v in more.items()},
    }


def test_arguments_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    save_profile("work", LOGIN, tmp_path / "config.toml")
    environ = env(tmp_path, USER="bob", PASSWORD="other")
    assert resolve(environ=env(tmp_path)) == LOGIN
    assert resolve(environ=environ)[3:5] == ("bob", "other")
    assert resolve(user="cy", password="p", environ=environ)[3:5] == ("cy", "p")
    assert resolve(data_view="x", environ=environ).data_view == "x"


def test_the_system_is_called_like_the_data_view_unless_it_is_given(tmp_path: Path) -> None:
    found = resolve("http://h", "view", "u", "p", environ=env(tmp_path))
    assert found.system == "view"


def test_what_is_missing_is_named_with_the_places_to_give_it(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match=r"data_view \(APTECO_API_DATA_VIEW\), user .* password"):
        resolve("http://h", environ=env(tmp_path))


def test_a_token_needs_no_user(tmp_path: Path) -> None:
    assert resolve("http://h", "v", token="t", environ=env(tmp_path)).token == "t"
    assert resolve("http://h", "v", "u", "p", environ=env(tmp_path, TOKEN="old")).token == ""


def test_profiles_are_kept_in_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    odd = LOGIN._replace(password='a"b\\c\x7f\n☃𝄞\u2028')
    save_profile("first", LOGIN, path)
    save_profile("second one", odd, path)
    assert path.stat().st_mode & 0o777 == 0o600
    default, profiles = read_profiles(path)
    assert default == "first"
    assert profiles["second one"]["password"] == odd.password
    save_profile("second one", odd, path, default=True)
    assert read_profiles(path)[0] == "second one"
    assert sorted(each.name for each in path.parent.iterdir()) == ["config.toml"]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = save_profile("work", LOGIN, tmp_path / "config.toml")
    path.chmod(0o640)
    with pytest.raises(CredentialsError, match="chmod 600"):
        resolve(environ=env(tmp_path))


def test_a_profile_can_be_chosen_and_must_exist(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    save_profile("a", LOGIN, path)
    save_profile("b", LOGIN._replace(user="bea"), path)
    assert resolve(profile="b", environ=env(tmp_path)).user == "bea"
    assert resolve(environ=env(tmp_path, PROFILE="b")).user == "bea"
    with pytest.raises(CredentialsError, match="no profile 'c'; it has: a, b"):
        resolve(profile="c", environ=env(tmp_path))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not toml", "is not TOML"),
        ("[profiles.a]\nport = 3\n", "has port"),
        ("[profiles.a]\nuser = 3\n", "user must be a text in quotes"),
        ("profiles = 3\n", "must be tables"),
        ("[profiles]\na = 3\n", "profile 'a' must be a table"),
        ("default = 'b'\n[profiles.a]\nuser = 'u'\n", "the default profile 'b' does not exist"),
        ("# \udcff\n", "is not UTF-8"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_name(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    path.chmod(0o600)
    with pytest.raises(CredentialsError, match=message) as caught:
        resolve("http://h", "v", "u", "p", environ=env(tmp_path))
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("secret", ["password", "token"])
def test_a_secret_goes_to_no_other_host_and_no_other_user(tmp_path: Path, secret: str) -> None:
    own = LOGIN._replace(password="", token="")._replace(**{secret: "s3cret-canary"})
    save_profile("work", own, tmp_path / "config.toml")
    assert getattr(resolve(environ=env(tmp_path)), secret) == "s3cret-canary"
    assert getattr(resolve("https://server/OrbitAPI/", environ=env(tmp_path)), secret) == "s3cret-canary"
    for elsewhere in ({"host": "https://other/OrbitAPI"}, {"user": "bob"}):
        with pytest.raises(CredentialsError, match=r"password .*is for another host or user") as caught:
            resolve(**elsewhere, environ=env(tmp_path))
        assert "canary" not in str(caught.value)
        named = {name.upper(): value for name, value in elsewhere.items()}
        with pytest.raises(CredentialsError, match="password"):
            resolve(environ=env(tmp_path, **named))
    variables = env(tmp_path, HOST="https://server/OrbitAPI", USER="ann", **{secret.upper(): "s3cret-canary"})
    with pytest.raises(CredentialsError, match="password"):
        resolve("https://other/OrbitAPI", environ=variables)


def test_the_keyring_is_asked_for_a_password_that_is_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = pytest.importorskip("keyring", reason="the keyring is optional")
    from keyring.backend import KeyringBackend

    class Memory(KeyringBackend):
        priority = 1
        kept: ClassVar[dict[tuple[str, str], str]] = {}

        def get_password(self, service: str, username: str) -> str | None:
            return self.kept.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            self.kept[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            del self.kept[service, username]

    before = keyring.get_keyring()
    keyring.set_keyring(Memory())  # type: ignore[no-untyped-call]
    try:
        keyring.set_password("apteco-api", keyring_name("ann", "http://h", "v"), "from the ring")
        assert resolve("http://h", "v", "ann", environ=env(tmp_path)).password == "from the ring"
        with pytest.raises(CredentialsError, match="password"):
            resolve("http://h", "v", "bob", environ=env(tmp_path))
    finally:
        keyring.set_keyring(before)


def test_no_keyring_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)  # makes the import fail
    with pytest.raises(CredentialsError, match="password"):
        resolve("http://h", "v", "ann", environ=env(tmp_path))


def test_a_login_never_shows_its_secrets() -> None:
    login = LOGIN._replace(token="t0ken-canary", host="https://u:canary@server/OrbitAPI?canary")
    for shown in (repr(login), str(login), f"{login}", f"{login!r}"):
        assert "canary" not in shown
        assert "ann" in shown


def test_the_file_follows_the_users_configuration_folder() -> None:
    assert config_path({"XDG_CONFIG_HOME": "/c"}) == Path("/c/apteco-api/config.toml")
    assert config_path({}) == Path("~/.config/apteco-api/config.toml").expanduser()


ME = Login("https://here", "holidays", "holidays", "me", "secret-pw")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_with_profiles_keeps_comments_encoding_and_line_ends(
    encoding: str, end: str, tmp_path: Path
) -> None:
    lines = [
        "# mine", 'default = "a"', "", "# the test server: größer", '[profiles."a"]', 'host = "https://a"',
        "# view", 'data_view = "x"', "", "[profiles.b]", 'host = "https://b"',
    ]  # fmt: skip
    path = tmp_path / "config.toml"
    path.write_bytes((end.join(lines) + end).encode(encoding))
    path.chmod(0o600)
    save_profile("a", ME, path)
    save_profile("new", ME, path, default=True)
    content = path.read_bytes()
    text = content.decode(encoding)
    assert content.startswith("".encode(encoding))
    assert all(comment in text for comment in ("# mine", "# the test server: größer", "# view"))
    assert ("\r\n" in text) == (end == "\r\n")
    default, profiles = read_profiles(path)
    assert default == "new"
    assert set(profiles) == {"a", "b", "new"}
    assert (profiles["a"]["host"], profiles["b"]) == ("https://here", {"host": "https://b"})
    assert profiles["new"] == profiles["a"]


@pytest.mark.parametrize(
    "text",
    [
        'profiles = { a = { host = "https://a" } }\n',
        'profiles.a.host = "https://a"\n',
        '[profiles]\n[profiles.a]\nhost = """https://a"""\ndata_view = """x\ny"""\n',
        "",
    ],
)
def test_profiles_in_any_form_of_toml_are_kept(text: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    before = read_profiles(path)[1]
    save_profile("b", ME, path)
    after = read_profiles(path)[1]
    assert {**before, "b": after["b"]} == after


def test_a_file_with_profiles_that_is_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    path = tmp_path / "config.toml"
    path.symlink_to("dotfiles/apteco.toml")
    save_profile("a", ME, path)
    save_profile("b", ME, path)
    assert path.is_symlink()
    real = tmp_path / "dotfiles" / "apteco.toml"
    assert set(read_profiles(real)[1]) == {"a", "b"}
    assert os.name != "posix" or real.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", ["a file", "a folder", "unset"])
def test_a_login_that_needs_nothing_from_the_home_folder_works_without_one(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_CONFIG_HOME", "APTECO_API_CONFIG", "APTECO_API_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    if kind == "a file":
        home.write_text("", "utf-8")
    elif kind == "a folder":
        (home / ".config" / "apteco-api" / "config.toml").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    if kind == "unset":
        monkeypatch.delenv("HOME")
        monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    found = resolve("https://here", "holidays", "me", "secret-pw", environ={})
    assert (found.system, found.user) == ("holidays", "me")
    with pytest.raises(CredentialsError, match="password"):
        resolve("https://here", "holidays", "me", environ={})


def test_a_profile_that_is_named_and_can_not_be_read_is_an_error(tmp_path: Path) -> None:
    broken = {"APTECO_API_CONFIG": str(tmp_path)}
    with pytest.raises(CredentialsError, match="can't be read"):
        resolve("https://here", "holidays", "me", environ=broken)


def test_settings_lie_where_the_system_keeps_them_and_the_old_place_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    platformdirs = pytest.importorskip("platformdirs")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    roaming = tmp_path / "AppData" / "Local"
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda *_: str(roaming))
    usual = roaming / "apteco-api" / "config.toml"
    assert config_path({}) == usual
    old = tmp_path / ".config" / "apteco-api" / "config.toml"
    old.parent.mkdir(parents=True)
    old.write_text("", "utf-8")
    assert config_path({}) == old
    usual.parent.mkdir(parents=True)
    usual.write_text("", "utf-8")
    assert config_path({}) == usual
