"""The API page says how to log in to this sandbox, and shows nothing that was chosen as a secret."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from types import SimpleNamespace

import pytest
import urllib3

from apteco_api.sandbox import Sandbox, serve, swagger_page


def page(server: Sandbox, name: str = "index.html") -> str:
    answer = urllib3.PoolManager().request("GET", f"{server.url}/swagger/ui/{name}")
    return answer.data.decode() if answer.status == 200 else ""


@pytest.fixture(autouse=True)
def _forget() -> None:
    swagger_page.documentation.cache_clear()
    swagger_page.guide.cache_clear()


def test_the_page_names_user_password_and_data_view() -> None:
    with serve(scale=500, data_view="Trips & <b>", system="trips") as server:
        shown = page(server)
        assert f"<dd><code>{server.username}</code>" in shown
        assert f"<dd><code>{server.password}</code></dd>" in shown
        assert "<dd><code>Trips &amp; &lt;b&gt;</code></dd>" in shown
        assert "<dd><code>trips</code></dd>" in shown


def test_a_chosen_password_is_not_on_the_page() -> None:
    with serve(scale=500, password="canary-5ecret") as server:
        assert "canary-5ecret" not in page(server)
        assert "the one that you chose" in page(server)


def test_the_page_links_the_documentation_that_comes_with_the_package() -> None:
    with serve(scale=500) as server:
        assert 'href="README.txt">Documentation</a>' in page(server)
        assert page(server, "README.txt").startswith("# apteco-api\n")


@pytest.mark.parametrize(
    ("told", "link"),
    [
        ("Documentation, https://docs.example/x", "https://docs.example/x"),
        ("Documentation, javascript:alert(1)", "README.txt"),
    ],
)
def test_the_page_links_the_documentation_that_the_distribution_names(
    monkeypatch: pytest.MonkeyPatch, told: str, link: str
) -> None:
    known = SimpleNamespace(get_all=lambda name: [told], json={"description": "# apteco-api\n"})
    monkeypatch.setattr(swagger_page, "metadata", lambda name: known)
    with serve(scale=500) as server:
        assert f'href="{link}">Documentation</a>' in page(server)


def test_the_page_works_where_the_package_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(swagger_page, "metadata", missing)
    with serve(scale=500) as server:
        assert "Documentation" not in page(server)
        assert page(server)
