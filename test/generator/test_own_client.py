"""A client of a user's API: one command, no settings, nothing of this repository, no user's file is lost."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from generator import __main__ as command
from generator import new_client as own
from generator.clients import ROOT

TEXT = {"type": "string"}
SHOP: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "Shop", "version": "1"},
    "servers": [{"url": "https://shop.example/v1"}],
    "paths": {
        "/pets/{id}": {
            "get": {
                "operationId": "find pet",
                "tags": ["pets"],
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
                    {"name": "async_req", "in": "query", "schema": {"type": "boolean"}},
                ],
                "responses": {"200": {"description": "One pet.", "content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/Pet"}}}}},
            },
            "put": {
                "operationId": "add pictures",
                "tags": ["pets"],
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "requestBody": {"content": {"multipart/form-data": {"schema": {
                    "type": "object",
                    "properties": {"pictures": {"type": "array", "items": {**TEXT, "format": "binary"}}}}}}},
                "responses": {"204": {"description": "Done."}},
            },
        }
    },
    "components": {"schemas": {
        "Pet": {"type": "object", "required": ["kind"], "discriminator": {"propertyName": "kind"},
                "properties": {"kind": TEXT, "name": TEXT}},
        "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"},
                          {"type": "object", "properties": {"lives": {"type": "integer"}}}]},
        "Configuration": {"type": "object", "properties": {"born": {**TEXT, "format": "date"}}},
    }},
}  # fmt: skip


def make(folder: Path, *more: str) -> int:
    (folder / "shop.json").write_text(json.dumps(SHOP))
    return command.main(["--spec", str(folder / "shop.json"), "--as", "shop", "--out", str(folder), *more])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    assert make(folder) == 0
    return folder


def run(folder: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
        timeout=300,
        **options,
    )
    return done


def test_it_calls_the_api_and_needs_nothing_of_this_repository(shop: Path) -> None:
    script = """
import http.server, threading, shop
class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"kind": "Cat", "lives": 9, "name": "%b"}' % self.path.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
threading.Thread(target=server.serve_forever, daemon=True).start()
with shop.ApiClient(shop.Configuration(host=f"http://127.0.0.1:{server.server_port}")) as client:
    pet = shop.PetsApi(client).find_pet(3)
    print(type(pet).__name__, pet.name, pet.lives)
server.shutdown()
server.server_close()
"""
    done = run(shop, "-c", script)
    assert (done.stdout, done.stderr) == ("Cat /pets/3 9\n", "")


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_it_is_clean_under_the_strictest_settings_of(checker: str, shop: Path, tmp_path: Path) -> None:
    if checker == "mypy":
        done = run(shop, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path}", "shop")
    else:
        settings = tmp_path / "pyrightconfig.json"
        settings.write_text(json.dumps({"typeCheckingMode": "strict", "include": [str(shop / "shop")]}))
        done = run(shop, "-m", "pyright", "--pythonpath", sys.executable, "-p", str(settings))
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_project_file_makes_a_wheel_with_the_types(shop: Path, tmp_path: Path) -> None:
    code = "import sys, setuptools.build_meta as b; print(b.build_wheel(sys.argv[1]))"
    done = run(shop, "-c", code, str(tmp_path))
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    assert {"shop/py.typed", "shop/__init__.pyi", "shop/models/pet.py", "shop/_runtime/client.py"} <= names
    assert {name.split("/")[0] for name in names} == {"shop", "shop-0.1.0.dist-info"}


def test_its_project_file_asks_for_what_ours_asks_for(shop: Path) -> None:
    project = tomllib.loads((shop / "pyproject.toml").read_text())["project"]
    ours = (ROOT / "setup.py").read_text().split("install_requires=[")[1].split("]")[0]
    session_only = "platformdirs"  # for profiles, which a generated client does not have
    assert project["dependencies"] == [
        each for each in re.findall(r'"(.+?)"', ours) if session_only not in each
    ]


def test_a_project_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("# mine\n")
    assert make(tmp_path) == 0
    assert (tmp_path / "pyproject.toml").read_text() == "# mine\n"
    assert make(tmp_path, "--check") == 0


def test_no_file_names_a_folder_of_this_machine(shop: Path) -> None:
    assert "from shop.json." in (shop / "shop/models/pet.py").read_text().splitlines()[0]
    for path in [shop / "pyproject.toml", *(shop / "shop").rglob("*.py*")]:
        if "__pycache__" not in path.parts:
            assert str(shop) not in path.read_text(), path


@pytest.mark.parametrize(
    ("spec", "shown"),
    [
        ("/home/ann/specs/shop.yaml", "shop.yaml"),
        ("https://ann:secret@shop.example:8443/v1/openapi.json?token=secret", "https://shop.example:8443/v1/openapi.json"),
    ],
)  # fmt: skip
def test_a_banner_names_the_document_without_folders_and_credentials(spec: str, shown: str) -> None:
    assert own.source(spec) == shown


def test_the_help_of_the_package_shows_the_first_call(shop: Path) -> None:
    done = run(shop, "-c", "import shop; print(shop.__doc__)")
    assert "Configuration(host='https://shop.example/v1')" in done.stdout
    assert "shop.PetsApi(client)" in done.stdout
    assert "api.find_pet(1)" in done.stdout


def test_an_example_gives_one_of_several_kinds(workshop: Any) -> None:
    either = {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("Cat", "Dog")]}
    body = {"schema": {**either, "discriminator": {"propertyName": "kind"}}}
    paths = {"/a": {"post": {
        "operationId": "add", "requestBody": {"required": True, "content": {"application/json": body}},
        "responses": {"204": {"description": "Done."}},
    }}}  # fmt: skip
    thing = {"type": "object", "properties": {"name": TEXT, "kind": TEXT}}
    document = {**SHOP, "paths": paths, "components": {"schemas": {"Cat": thing, "Dog": thing}}}
    package = workshop.made(document)
    assert ".Cat(name='name'))" in package.DefaultApi.add.__doc__


def test_overlays_correct_a_document_that_is_not_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("""\
overlay: 1.0.0
info: {title: Corrections, version: '1'}
actions:
  - x-name: better-name
    description: The name says nothing.
    target: $.paths['/pets/{id}'].get
    update: {operationId: getPet}
""")
    assert make(tmp_path, "--overlay", str(tmp_path / "mine.yaml")) == 0
    text = (tmp_path / "shop/api/pets_api.py").read_text()
    assert "def get_pet(" in text
    assert "find_pet" not in text


def test_a_folder_of_that_name_that_is_not_generated_is_not_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work = tmp_path / "shop/models/work.py"
    work.parent.mkdir(parents=True)
    work.write_text("mine = True\n")
    with pytest.raises(SystemExit, match="2"):
        make(tmp_path)
    assert f"{tmp_path / 'shop'} exists, and the generator has not made it" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "shop").rglob("*.py")] == ["work.py"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--as", "shop"],
        ["--as", "my-shop", "--spec", "x", "--out", "y"],
        ["--as", "class", "--spec", "x", "--out", "y"],
        ["--as", "shop", "--spec", "x", "--out", "y", "--client", "apteco"],
    ],
)
def test_a_new_client_needs_a_spec_a_folder_and_a_python_name(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(arguments)
    assert "--as" in capsys.readouterr().err
