"""A real browser signs in at the identity provider and comes back to a program on another port."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from apteco_api.sandbox import serve


class Home(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<title>Home</title>")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def home() -> Iterator[str]:
    """Yield the address of a user's program."""
    with HTTPServer(("127.0.0.1", 0), Home) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/app"
        server.shutdown()
        thread.join()


def test_a_browser_signs_in_comes_back_and_signs_out(page: Any, home: str) -> None:
    with serve(scale=500) as server:
        page.goto(f"{server.url}/ExternalLogin/Login?returnUrl={home}")
        page.fill("[name=username]", "analyst")
        page.fill("[name=password]", server.password)
        page.click("button")
        page.wait_for_url(f"{home}?token=*")
        assert page.title() == "Home"
        (token,) = parse_qs(urlsplit(page.url).query)["token"]
        assert server.world.access.login_token(token, "")["user"]["username"] == "analyst"
        page.goto(f"{server.url}/ExternalLogin/SingleLogoutService")
        page.click("button")
        page.wait_for_url("**/identity-provider/sign-out?SAMLResponse=*")
        assert "so is the API" in page.content()
        assert server.world.access.open_sessions() == []
