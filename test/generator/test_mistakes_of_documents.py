"""A document's own mistakes become notes, or skip only the operations that need the wrong part."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator import __main__ as command
from generator.diagnostics import SpecError
from generator.load import load

from .conftest import Server, Workshop, get, spec

TEXT = {"type": "string"}
HEAD = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def thing(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


MISTAKES: dict[str, tuple[Any, str]] = {
    "an unknown security scheme": (spec({"/x": get(security=[{"none": []}])}), "unknown-security"),
    "a security scheme that is not served": (
        spec(
            {"/x": get(security=[{"cert": []}])},
            components={"securitySchemes": {"cert": {"type": "mutualTLS"}}},
        ),
        "unsupported",
    ),
    "a path parameter that is not declared": (spec({"/x/{id}": get()}), "path-parameters"),
    "a parameter that is not in the path": (
        spec({"/x": get(parameters=[{"name": "id", "in": "path", "required": True, "schema": TEXT}])}),
        "path-parameters",
    ),
    "items as a list": (spec({"/x": get({"type": "array", "items": [TEXT]})}), "items-list"),
    "a key twice in YAML": (
        HEAD + "paths: {/x: {get: {description: '', description: One., operationId: things_get, "
        "tags: [Things], responses: {'200': {description: d}}}}}",
        "duplicate-key",
    ),
    "a key twice in JSON": (
        json.dumps(spec({"/x": get()})).replace('"openapi"', '"openapi": "3.1.0", "openapi"'),
        "duplicate-key",
    ),
    "a number that JSON can't write": (
        json.dumps(spec({"/x": get({"type": "number", "minimum": float("nan")})})), "not-finite",
    ),
    "a number that is too large": (
        json.dumps(spec({"/x": get({"type": "number", "minimum": 5})})).replace("5}", "1e999}"), "not-finite",
    ),
    "an unknown type": (spec({"/x": get({"type": "number64"})}), "unknown-type"),
    "an unknown status": (
        spec({"/x": {"get": {**get()["get"], "responses": {"ok": {"description": "d"}, "200": {}}}}}),
        "unknown-status",
    ),
    "no responses": (spec({"/x": {"get": {"operationId": "things_get", "tags": ["Things"]}}}), "missing"),
    "a server variable that is not declared": (
        spec({"/x": get()}, servers=[{"url": "https://{region}.example"}]), "server-variables",
    ),
    "a style that the place does not have": (
        spec({"/x": get(parameters=[{"name": "q", "in": "query", "style": "m", "schema": TEXT}])}),
        "unsupported",
    ),
    "two schemas of one name": (
        spec({"/x": get(ref("A-B"))}, {"A-B": thing(x=TEXT), "AB": thing(y=TEXT)}), "name-collision",
    ),
    "an inline object with the name of a schema": (
        spec({"/x": get(ref("A"))}, {"A": thing(b=thing(x=TEXT)), "AB": thing(x=TEXT)}), "name-collision",
    ),
    "a property's name with a quote": (spec({"/x": get(thing(**{'a"b': TEXT}))}), "unsupported"),
    "a header that the client sets itself": (
        spec({"/x": get(parameters=[{"name": "Accept", "in": "header", "schema": TEXT}])}), "own-header",
    ),
    "a keyword that is not checked": (spec({"/x": get({**TEXT, "not": {"const": "a"}})}), "unsupported"),
    "a version that is a number": (
        HEAD.replace("'1'", "1.0")
        + "paths: {/x: {get: {operationId: things_get, tags: [Things], responses: {'200': {$ref: '#/x'}}}}}"
        "\nx: {description: d}",
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_costs_a_note(workshop: Workshop, server: Server, name: str) -> None:
    document, code = MISTAKES[name]
    found = workshop.remarks(document)
    assert not [item for item in found if item.severity == "skip"]
    assert not code or code in [item.code for item in found]
    package = workshop.made(document, strict=False)
    client = workshop.opening(package)(package.Configuration(host=server.url))
    arguments = {"id": "1"} if "not declared" in name and "path" in name else {}
    package.ThingsApi(client).things_get(**arguments, _preload_content=False).release_conn()
    assert server.last.target.startswith("/x")


@pytest.mark.parametrize("name", ["an unknown security scheme", "items as a list", "an unknown type"])
def test_a_strict_run_refuses_it(workshop: Workshop, name: str) -> None:
    document, code = MISTAKES[name]
    assert code in [item.code for item in workshop.findings(document)]


DANGLING = spec(
    {"/x": get(ref("P")), "/y": get(TEXT, id="other"), "/z": get(ref("Q"), id="third")},
    {"P": thing(a=ref("Nowhere")), "Q": thing(p={"type": "array", "items": ref("P")}), "R": thing(x=TEXT)},
)


def test_a_reference_to_nothing_costs_what_needs_it(workshop: Workshop, server: Server) -> None:
    skipped = [item for item in workshop.remarks(DANGLING) if item.severity == "skip"]
    assert {item.message.partition(":")[0] for item in skipped} == {
        *("GET /x", "GET /z", "the schema 'P'", "the schema 'Q'")
    }
    assert all("Nowhere" in item.message and item.code == "dangling-reference" for item in skipped)
    package = workshop.made(DANGLING, strict=False)
    assert list(package.ThingsApi.operations) == ["other"]
    assert package.R(x="1").x == "1"
    server.answers("text")
    client = workshop.opening(package)(package.Configuration(host=server.url))
    assert package.ThingsApi(client).other() == "text"


def test_an_overlay_brings_back_what_a_reference_to_nothing_cost(
    workshop: Workshop, server: Server, tmp_path: Path
) -> None:
    path, overlay = tmp_path / "api.json", tmp_path / "overlay.yaml"
    path.write_text(json.dumps(DANGLING))
    overlay.write_text(
        "overlay: 1.0.0\ninfo: {title: T, version: '1'}\n"
        "actions: [{target: $.components.schemas, update: {Nowhere: {}}}]\n"
    )
    package = workshop.made(load(str(path), (overlay,), strict=False).value)
    client = workshop.opening(package)(package.Configuration(host=server.url))
    server.answers({"a": {"any": [1]}})
    assert package.ThingsApi(client).things_get().a == {"any": [1]}


@pytest.mark.parametrize(("status", "schema"), [
    ("422", ref("P")), ("default", ref("Nowhere")), ("422", {"$ref": "../error.yaml"}),
    ("4XX", {"type": "array", "items": ref("Nowhere")}),
])  # fmt: skip
def test_an_error_whose_body_cannot_be_made_costs_no_operation(
    workshop: Workshop, server: Server, status: str, schema: Any
) -> None:
    document = spec({"/x": get(TEXT)}, {"P": thing(a=ref("Nowhere"))})
    bad = {"description": "Bad.", "content": {"application/json": {"schema": schema}}}
    document["paths"]["/x"]["get"]["responses"][status] = bad
    package = workshop.made(document, strict=False)
    client = workshop.opening(package)(package.Configuration(host=server.url, retries=0))
    server.answers({"why": "late"}, status=422)
    with pytest.raises(package.ApiException, match="late") as caught:
        package.ThingsApi(client).things_get()
    assert caught.value.details is None
    with pytest.raises(
        SpecError, match="Nowhere" if "$ref" not in schema or "#" in schema["$ref"] else "error"
    ):
        workshop.load(document)


def test_a_default_answer_that_says_all_of_a_success_is_needed(workshop: Workshop) -> None:
    document = spec({"/x": get(TEXT), "/y": get(TEXT, id="other")})
    bad = {"description": "It.", "content": {"application/json": {"schema": ref("Nowhere")}}}
    document["paths"]["/x"]["get"]["responses"] = {"default": bad}
    assert list(workshop.made(document, strict=False).ThingsApi.operations) == ["other"]


def test_two_operations_of_one_id_are_both_there(workshop: Workshop) -> None:
    document = spec({"/x": {"get": get()["get"], "put": get()["get"]}, "/y": get(id="thingsGet")})
    package = workshop.made(document, strict=False)
    assert list(package.ThingsApi.operations) == ["things_get", "things_get_2", "things_get_3"]


def test_tags_that_differ_by_case_are_one_section(workshop: Workshop) -> None:
    one, other = get(id="a"), get(id="b")
    one["get"]["tags"], other["get"]["tags"] = ["Some Things"], ["some things"]
    package = workshop.made(spec({"/x": one, "/y": other}), strict=False)
    assert list(package.SomeThingsApi.operations) == ["a", "b"]


def test_names_that_collide_get_the_same_numbers_on_every_run(workshop: Workshop) -> None:
    properties = {"fooBar": TEXT, "_id": TEXT, "foo_bar": TEXT, "id": TEXT, "Foo-Bar": TEXT}
    document = spec({"/x": get(ref("A"))}, {"A": thing(**properties)})
    package = workshop.made(document, strict=False)
    assert package.A.attribute_map == {
        "foo_bar_2": "fooBar", "id_2": "_id", "foo_bar": "foo_bar", "id": "id", "foo_bar_3": "Foo-Bar",
    }  # fmt: skip


def test_the_command_says_what_it_skipped_and_how_much(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, report = tmp_path / "api.json", tmp_path / "report.json"
    path.write_text(json.dumps(DANGLING))
    arguments = ["--spec", str(path), "--as", "skipping", "--out", str(tmp_path), "--report", str(report)]
    assert command.main(arguments) == 0
    said = capsys.readouterr().err
    assert "#/paths/~1x/get: skipped: GET /x: the reference '#/components/schemas/Nowhere'" in said
    found = json.loads(report.read_text())
    assert found["counts"] == {"skip": 4}
    assert {item["code"] for item in found["findings"]} == {"dangling-reference"}
    assert command.main([*arguments, "--strict"]) == 1
    assert json.loads(report.read_text())["counts"] == {"error": 1}


# --- several files


def files(folder: Path) -> Path:
    (folder / "api/models").mkdir(parents=True)
    path = folder / "api/spec.yaml"
    path.write_text(HEAD + "paths: {/x: {$ref: 'paths.yaml#/x'}}\ncomponents: {schemas: {Own: {type: object, "
                    "properties: {t: {$ref: 'models/thing.yaml'}}}}}\n")  # fmt: skip
    (folder / "api/paths.yaml").write_text(
        "x: {get: {operationId: things_get, tags: [Things], responses: {'200': {description: d, content: "
        "{application/json: {schema: {$ref: 'spec.yaml#/components/schemas/Own'}}}}}}}\n"
    )
    (folder / "api/models/thing.yaml").write_text(
        "type: object\nproperties: {name: {type: string}, parent: {$ref: './thing.yaml'}, "
        "part: {$ref: 'more.yaml#/Part'}}\n"
    )
    (folder / "api/models/more.yaml").write_text(
        "Part: {type: object, properties: {n: {type: integer}, other: {$ref: '#/Other'}}}\n"
        "Other: {type: string}\n"
    )
    return path


def test_files_below_the_document_are_read(workshop: Workshop, server: Server, tmp_path: Path) -> None:
    from generator.build import build

    document = load(str(files(tmp_path)))
    package = build(document)
    assert {str(model.name) for model in package.models} == {"Own", "Thing", "Part"}
    server.answers({"t": {"name": "a", "parent": {"name": "b"}, "part": {"n": 1, "other": "c"}}})
    made = workshop.made(document.value)
    found = made.ThingsApi(workshop.opening(made)(made.Configuration(host=server.url))).things_get()
    assert (found.t.parent.name, found.t.part.n, found.t.part.other) == ("b", 1, "c")


@pytest.mark.parametrize("address", ["https://api.example/v1/spec.yaml", "/v1/spec.yaml"])
def test_references_below_the_address_of_a_document_are_read_beside_it(tmp_path: Path, address: str) -> None:
    folder = tmp_path / "a%20b"
    path = files(folder)
    path.write_text(path.read_text().replace("'models/thing.yaml'", f"'{address[:-9]}models/thing.yaml'")
                    + f"$self: {address}\n")  # fmt: skip
    thing = folder / "api/models/thing.yaml"
    if "://" in address:
        thing.write_text(thing.read_text().replace("'./thing.yaml'", f"'{address}#/components/schemas/Own'"))
    found = load(str(path))
    assert sorted(found.value["x-files"]) == ["models/more.yaml", "models/thing.yaml", "paths.yaml"]
    own = found.value["x-files"]["models/thing.yaml"]["properties"]["parent"]["$ref"]
    assert own == ("#/components/schemas/Own" if "://" in address else "#/x-files/models~1thing.yaml")


@pytest.mark.parametrize("address", ["https://api.example/v1/spec.yaml", "https://api.example", "spec.yaml"])
@pytest.mark.parametrize(
    "target", ["https://api.example.org/v1/x", "https://api.example/v1/../../etc/hostname"]
)
def test_the_address_of_a_document_opens_no_other_place(tmp_path: Path, address: str, target: str) -> None:
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(spec({"/x": get({"$ref": target})}, **{"$self": address})))
    found = load(str(path), strict=False)
    assert "x-files" not in found.value


@pytest.mark.parametrize("holder", ["", "definitions", "components/schemas"])
def test_the_kinds_of_a_parent_in_another_file_are_told_apart(
    workshop: Workshop, server: Server, tmp_path: Path, holder: str
) -> None:
    place = f"#/{holder}/".replace("//", "/")
    parent = thing(kind=TEXT) | {"discriminator": {"propertyName": "kind", "mapping": {"c": "Cat"}}}
    pets: dict[str, Any] = {"Pet": parent}
    for name, own in (("Cat", "lives"), ("Dog", "tricks")):
        pets[name] = {"allOf": [{"$ref": f"{place}Pet"}, thing(**{own: TEXT})]}
    for part in reversed(holder.split("/") if holder else []):
        pets = {part: pets}
    (tmp_path / "pets.json").write_text(json.dumps(pets))
    path = tmp_path / "api.json"
    path.write_text(json.dumps(spec({"/x": get({"$ref": f"pets.json{place}Pet"})})))
    package = workshop.made(load(str(path)).value)
    things = package.ThingsApi(workshop.opening(package)(package.Configuration(host=server.url)))
    for answer, name in (({"kind": "c", "lives": "9"}, "Cat"), ({"kind": "Dog", "tricks": "2"}, "Dog")):
        server.answers(answer)
        assert type(things.things_get()).__name__ == name


@pytest.mark.parametrize(
    "target", ["../secret.yaml#/A", "/etc/hostname", "link.yaml#/A", "http://127.0.0.1:9/x#/A"]
)
def test_nothing_outside_the_folder_is_read(tmp_path: Path, target: str) -> None:
    (tmp_path / "secret.yaml").write_text("A: {type: object, properties: {secret: {type: string}}}\n")
    (tmp_path / "api").mkdir()
    (tmp_path / "api/link.yaml").symlink_to(tmp_path / "secret.yaml")
    path = tmp_path / "api/spec.json"
    path.write_text(json.dumps(spec({"/x": get({"$ref": target})})))
    with pytest.raises(SpecError, match="remote-reference"):
        load(str(path))
    with pytest.raises(SpecError, match="leads out of else/where"):
        load(str(path), refs="else/where")
    found = load(str(path), strict=False)
    assert "secret" not in json.dumps(found.value).replace("secret.yaml", "")
    if "127" not in target and "etc" not in target:
        assert "secret" in json.dumps(load(str(path), refs=str(tmp_path)).value).replace("secret.yaml", "")


@pytest.fixture
def folder_on_the_web(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, directory=str(tmp_path), **options)

        def log_message(self, *arguments: Any) -> None:
            asked.append(self.path)

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_address[1]}", asked
    httpd.shutdown()
    httpd.server_close()
    thread.join(5)


def test_files_beside_a_document_on_the_web_are_read(
    tmp_path: Path, folder_on_the_web: tuple[str, list[str]]
) -> None:
    files(tmp_path)
    (tmp_path / "api/away.json").write_text(json.dumps(spec({"/x": get({"$ref": "../other.yaml#/A"})})))
    address, asked = folder_on_the_web
    document = load(f"{address}/api/spec.yaml")
    assert sorted(document.value["x-files"]) == ["models/more.yaml", "models/thing.yaml", "paths.yaml"]
    asked.clear()
    load(f"{address}/api/away.json", strict=False)
    assert asked == ["/api/away.json"]
