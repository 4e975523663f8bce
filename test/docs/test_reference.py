"""The reference names every public name, as users write it, and each has a docstring."""

from __future__ import annotations

import inspect
import re
import runpy
from operator import attrgetter

import apteco_api as aa
import apteco_api.aio
import apteco_api.sandbox
from generator import clients

from .conftest import ROOT

LISTED = re.findall(r"^   (apteco_api\.\S+)$", (ROOT / "docs/python/index.rst").read_text("utf-8"), re.M)
GENERATED = re.compile(r"apteco_api\.(api|models)\.")
"""What has pages of its own, made by the generator: controllers and models."""


def reference() -> dict[str, bytes]:
    """Return the pages that the site's build makes of the spec, by path."""
    made: dict[str, bytes] = runpy.run_path(str(ROOT / "docs/_ext/reference_pages.py"))["pages"]()
    return made


def named(name: str) -> object:
    return attrgetter(name.removeprefix("apteco_api."))(aa)


def test_every_public_name_written_by_hand_is_in_the_reference() -> None:
    exported = [*clients.read()["apteco"].extra_exports, "ApiClient", "Configuration"]
    public = {f"apteco_api.{name}": getattr(aa, name) for name in exported}
    public |= {
        f"apteco_api.{name}": getattr(aa, name)
        for name in aa.__all__
        if name.endswith(("Exception", "Error"))
    }
    for room in (aa.session, aa.query, aa.frames, apteco_api.sandbox):
        public |= {f"{room.__name__}.{name}": getattr(room, name) for name in room.__all__}
    listed = [named(name) for name in LISTED]
    aliases = {"apteco_api.query.Queryable"}  # a type, which stands in signatures only
    assert [name for name, value in public.items() if value not in listed and name not in aliases] == []


def test_every_name_of_the_reference_has_a_docstring_and_stands_there_once() -> None:
    assert [name for name in LISTED if not inspect.getdoc(named(name))] == []
    assert len(LISTED) == len(set(LISTED))


def test_every_name_is_written_as_users_write_it() -> None:
    private = [name for name in LISTED if any(part.startswith("_") for part in name.split("."))]
    assert private == []
    assert [name for name in LISTED if GENERATED.match(name)] == []


def test_every_public_name_and_operation_has_its_place() -> None:
    texts = [text.decode() for text in reference().values()]
    pages = {re.findall(r"^# (.+)$", text, re.M)[0]: text for text in texts}
    listed = {name.rpartition(".")[2] for name in LISTED}
    modules = {name for name in aa.__all__ if inspect.ismodule(getattr(aa, name))}
    public = {*aa.__all__, *apteco_api.aio.__all__, *apteco_api.sandbox.__all__} - modules - {"__version__"}
    assert len(public) > 600
    assert sorted(public - listed - pages.keys()) == []
    without = [
        f"{controller}.{method}"
        for controller in aa.api.__all__
        for method in getattr(aa, controller).operations
        if f"\n## {method}\n" not in pages[controller]
    ]
    assert without == []
