"""Log in through the identity provider as a browser does: redirects, forms, cookies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest
import urllib3

from apteco_api.sandbox import Sandbox, serve
from apteco_api.sandbox.identity import saml

LOGIN, LOGOUT = "/OrbitAPI/ExternalLogin/Login", "/OrbitAPI/ExternalLogin/SingleLogoutService"
CONSUMER = "/OrbitAPI/ExternalLogin/AssertionConsumerService"
BACK = "http://localhost:3000/app?tab=1"


class Browser:
    """Goes where it is sent, keeps cookies, and fills in forms."""

    def __init__(self, url: str) -> None:
        self.root = url.removesuffix("/OrbitAPI")
        self.pool = urllib3.PoolManager()
        self.cookies: dict[str, str] = {}
        self.at = ""
        self.status = 0
        self.text = ""

    def go(self, target: str, fields: dict[str, str] | None = None) -> str:
        """Follow redirects to a page of the sandbox, or up to the address of another server."""
        method = "GET" if fields is None else "POST"
        self.at = urljoin(self.at or self.root, target)
        while self.at.startswith(self.root):
            cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            body = None if fields is None else urlencode(fields)
            headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
            answer = self.pool.request(method, self.at, body=body, redirect=False, headers=headers)
            self._keep(answer.headers.getlist("Set-Cookie"))
            self.status, self.text = answer.status, answer.data.decode()
            if answer.status not in (302, 303):
                break
            method, fields = "GET", None
            self.at = urljoin(self.at, answer.headers["Location"])
        return self.at

    def form(self) -> tuple[str, dict[str, str]]:
        """Where the page's form goes, and its hidden fields."""
        action = re.search(r'action="([^"]*)"', self.text)
        assert action, self.text
        found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', self.text)
        return unescape(action[1]), {name: unescape(value) for name, value in found}

    def submit(self, **more: str) -> str:
        action, fields = self.form()
        return self.go(action, {**fields, **more})

    def _keep(self, cookies: list[str]) -> None:
        for each in cookies:
            name, _, value = each.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with serve(scale=500) as server:
        yield server


@pytest.fixture
def browser(box: Sandbox) -> Browser:
    return Browser(box.url)


def sign_in(browser: Browser, back: str = BACK, password: str = "holidays") -> str:
    browser.go(f"{LOGIN}?{urlencode({'returnUrl': back})}")
    assert browser.status == 200
    browser.submit(username="analyst", password=password)
    return browser.submit()


def token_in(address: str) -> str:
    return parse_qs(urlsplit(address).query)["token"][0]


def test_a_login_comes_back_with_a_token_that_opens_one_session(
    browser: Browser, box: Sandbox, new_api: Callable[..., Any]
) -> None:
    address = sign_in(browser)
    assert address.startswith(f"{BACK}&token=")
    api = new_api(box.url)
    session = api("Sessions_CreateSessionFromLoginToken", body={"token": token_in(address)})
    assert session["user"]["username"] == "analyst"
    assert api.refused("Sessions_CreateSessionFromLoginToken", body={"token": token_in(address)})[0] == 401


def test_a_user_who_is_signed_in_at_the_provider_needs_no_password_again(browser: Browser) -> None:
    sign_in(browser, "/home")
    browser.go(f"{LOGIN}?returnUrl=/home")
    assert "Go on as analyst" in browser.text
    browser.submit()
    assert urlsplit(browser.submit()).path == "/home"


def test_without_a_return_address_a_login_leads_to_the_api_s_page(browser: Browser) -> None:
    browser.go(LOGIN)
    browser.submit(username="analyst", password="holidays")
    assert urlsplit(browser.submit()).path == "/OrbitAPI/swagger/ui/index.html"


@pytest.mark.parametrize("name", ["analyst", "leaver", "nobody", "<b>"])
def test_a_wrong_password_or_a_disabled_account_stays_at_the_provider(browser: Browser, name: str) -> None:
    browser.go(f"{LOGIN}?returnUrl=/home")
    browser.submit(username=name, password="holidays" if name == "leaver" else "wrong")
    assert browser.status == 401
    assert "wrong, or the account is disabled" in browser.text
    assert "sandbox-identity" not in browser.cookies


def test_a_logout_at_the_provider_ends_the_sessions_of_the_user(
    browser: Browser, box: Sandbox, new_api: Callable[..., Any]
) -> None:
    sign_in(browser)
    api, other = (new_api(box.url, name, box.password) for name in ("analyst", "Administrator"))
    browser.at = ""
    browser.go(LOGOUT)
    assert "signed in as analyst" in browser.text
    browser.submit()
    assert "signed out" in browser.text
    assert api.refused("Themes_GetThemes")[0] == 401
    assert other("Themes_GetThemes")
    browser.go(LOGIN)
    assert "Go on as" not in browser.text


@pytest.mark.parametrize(
    "target",
    ["https://example.com/", "//example.com", "/\\example.com", "http://localhost@example.com/", 
     "javascript:x", "http://[::1", "/a b", "/a\nb"],
)  # fmt: skip
def test_a_token_is_never_sent_to_another_machine(
    new_api: Callable[..., Any], box: Sandbox, target: str
) -> None:
    status, message = new_api(box.url).refused("ExternalLogin_Login", query={"returnUrl": target})
    assert (status, "returnUrl" in message) == (400, True)


@pytest.mark.parametrize("field", ["SAMLResponse", "RelayState", "SigAlg", "Signature"])
def test_an_answer_that_was_tampered_with_is_refused(browser: Browser, field: str) -> None:
    browser.go(f"{LOGIN}?returnUrl=/home")
    browser.submit(username="analyst", password="holidays")
    action, fields = browser.form()
    browser.go(action, {**fields, field: "PHg+PC94Pg=="})
    assert browser.status == 400
    assert "not an answer of the identity provider" in browser.text
    browser.go(action, fields)
    assert browser.status == 404, "the genuine answer leads to /home, which this server does not have"


def test_an_answer_works_once(browser: Browser) -> None:
    browser.go(f"{LOGIN}?returnUrl=/home")
    browser.submit(username="analyst", password="holidays")
    action, fields = browser.form()
    browser.go(action, fields)
    browser.go(action, fields)
    assert browser.status == 400
    assert "has been used" in browser.text


def test_an_answer_is_of_no_use_in_another_browser(browser: Browser, box: Sandbox) -> None:
    other = Browser(box.url)
    other.go(f"{LOGIN}?returnUrl=/home")
    browser.go(f"{LOGIN}?returnUrl=/home")
    browser.submit(username="analyst", password="holidays")
    action, fields = browser.form()
    other.go(action, fields)
    assert other.status == 400
    assert "this browser" in other.text
    assert token_in(browser.go(action, fields)), "the browser that began the login can no longer end it"


def test_a_browser_may_have_several_logins_under_way(browser: Browser) -> None:
    browser.go(f"{LOGIN}?returnUrl=/first")
    first = browser.form()
    sign_in(browser, "/second")
    browser.go(*first)
    assert "/first?token=" in browser.submit()


def test_an_answer_that_has_expired_is_refused(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saml, "_SECONDS", -1.0)
    browser.go(f"{LOGIN}?returnUrl=/home")
    browser.submit(username="analyst", password="holidays")
    browser.submit()
    assert browser.status == 400


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (f"{LOGOUT}?SAMLRequest=x", "not a request of the identity provider"),
        ("/identity-provider/sign-in?SAMLRequest=x&SigAlg=y&Signature=%C3%A9", "not a request of the API"),
        ("/identity-provider/nothing", "no such page"),
    ],
)
def test_an_unsigned_message_is_refused(browser: Browser, path: str, words: str) -> None:
    browser.go(path)
    assert browser.status in (400, 404)
    assert words in browser.text


def test_a_request_without_an_answer_is_refused(new_api: Callable[..., Any], box: Sandbox) -> None:
    assert new_api(box.url).refused("ExternalLogin_AssertionConsumerService")[0] == 400


def test_an_account_that_was_disabled_meanwhile_is_refused(new_api: Callable[..., Any]) -> None:
    with serve(scale=500) as server:
        browser = Browser(server.url)
        browser.go(f"{LOGIN}?returnUrl=/home")
        browser.submit(username="analyst", password="holidays")
        new_api(server.url, server.username, server.password)("Users_DeleteUser", username="analyst")
        body = {"token": token_in(browser.submit())}
        assert new_api(server.url).refused("Sessions_CreateSessionFromLoginToken", body=body)[0] == 401
