"""Attacks that must fail."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import tracemalloc
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
import urllib3

from apteco_api.sandbox import Sandbox, serve
from apteco_api.sandbox.app import App
from apteco_api.sandbox.bodies import OPEN_LIMIT
from apteco_api.sandbox.faults import Schedule

CANARY = "canary-3f1c"
PASSWORD = "a long enough password"
CREATED = "2026-01-01T00:00:00Z"
PEOPLE = {"selection": {"tableName": "People"}}
SHARED_KINDS = ("user", "session", "login", "sequence", "settings", "team", "group", "job")


@pytest.fixture(scope="module")
def own() -> Iterator[Sandbox]:
    with serve(scale=500, job_seconds=0) as running:
        yield running


@pytest.fixture(scope="module")
def users(own: Sandbox, new_api: Any) -> tuple[Any, Any, Any]:
    """Return the administrator, a victim with a secret in all kinds of items, and an attacker."""
    admin = new_api(own.url, "Administrator", own.password)
    for name in ("victim", "attacker"):
        admin("Users_CreateUser", body={"username": name, "password": PASSWORD})
    victim, attacker = (new_api(own.url, name, PASSWORD) for name in ("victim", "attacker"))
    parts = {"parts": [{"title": CANARY, "notes": CANARY, "visualisationType": "Cube", "query": PEOPLE}]}
    victim("Files_UpsertFile", filePath="Private/secret.collection", file=("x", json.dumps(parts).encode()))
    victim("TemporaryFiles_UpsertTemporaryFile", id="secret", file=("x", CANARY.encode()))
    victim("TemporaryFiles_UpsertTemporaryFilePart", id="parts", partNumber=0, file=("x", CANARY.encode()))
    texts = {"title": CANARY, "description": CANARY}
    audience = {**texts, "systemName": "holidays", "bodyQuery": PEOPLE, "briefText": CANARY}
    key = {"audienceId": victim("Audiences_CreateAudience", body=audience)["id"]}
    victim("Audiences_CalculateAudienceLatestUpdateSync", **key, body={"generateUrnFile": True})
    victim("Audiences_CreateCalculateAudienceJobForLatestUpdate", **key, body={"generateUrnFile": False})
    victim("Audiences_CreateAudienceHitForAudience", **key, body={"userAgentDetails": CANARY})
    collection = {**texts, "creationDate": CREATED, "filePath": "Private/secret.collection"}
    key = {"collectionId": new_collection(victim, "victim", collection)}
    victim("Collections_CreateCollectionHitForCollection", **key, body={"userAgentDetails": CANARY})
    victim("Visualisations_PerformVisualisationRenderDataRefreshSynchronously", visualisationId="1-0")
    victim("Visualisations_CreateVisualisationRenderDataRefreshJob", visualisationId="1-0")
    item = {"id": CANARY, "title": CANARY, "dashboardItemDetails": []}
    victim("Dashboards_CreateDashboard", body={**texts, "baseQuery": PEOPLE, "dashboardItems": [item]})
    state = victim("Telemetry_CreateTelemetryState", body={"username": "victim"})["id"]
    session = {"clientType": "Orbit", "clientVersion": CANARY}
    victim("Telemetry_CreateTelemetrySession", sessionId="s", stateId=state, body=session)
    share = {"shareableType": "Audience", "shareableId": 1, "notifyAddedRecipients": False, "notes": CANARY}
    share |= {"emailAddressesToAdd": [], "userIdsToAdd": [1], "groupIdsToAdd": []}
    victim("Shares_CreateShare", body=share)
    return admin, victim, attacker


def new_collection(api: Any, username: str, body: dict[str, Any]) -> int:
    """Return the id of a new collection, which the answer to its creation does not tell."""
    api("Collections_CreateCollection", body=body)
    rows = api("Users_GetUserCollections", username=username, query={"count": 100})["list"]
    return max(row["id"] for row in rows)


def guesses(own: Sandbox, victim: Any) -> dict[str, list[Any]]:
    """Return the values that an attacker would put in a path."""
    number = own.world.access.user_named("victim")
    assert number is not None
    key = number["id"]
    inside = "secret.collection"
    private = [
        f"Private/{inside}", f"private/{inside}", f"Private:{key}/{inside}",
        f"Private%3A{key}/{inside}",
        f"Private/../Private:{key}/{inside}", f"Private/..%2f..%2fPrivate:{key}/{inside}",
        f"Public/../Private:{key}/{inside}", f"Private\\..\\Private:{key}\\{inside}",
        f"./Private:{key}/{inside}",
        f"Private:{key}", f"/Private:{key}/{inside}", f"Private /{inside}", f"Private./{inside}",
    ]  # fmt: skip
    state = own.world.store.rows("telemetry-state")[0]["id"]
    return {
        "filePath": private,
        "directoryPath": private,
        "id": ["secret", "parts", f"temporary:{key}:secret", f"../{key}/secret", f"{key}:secret"],
        "username": ["victim", "VICTIM", "Administrator"],
        "stateId": [state],
        "sessionId": ["s", victim.session],
        "visualisationId": ["1-0", "1-1", "01-0"],
        "settingsPath": ["users"],
        "dashboardItemId": [CANARY, "x"],
        "resourceCategory": ["Logos"],
        "domain": ["localhost"],
        "path": ["Bookings"],
        "variableName": ["boDest"],
        "tableName": ["People"],
        "elementId": ["programme-1"],
        "channelId": ["channel-1"],
        "permissionType": ["AccessRights"],
        "permission": ["Read"],
        "resourceType": ["File"],
        "resource": private[:2],
        "token": [row["id"] for row in own.world.store.rows("reset")]
        or ["0" * 8 + "-0000-0000-0000-" + "0" * 12],
    }


def calls(
    own: Sandbox, victim: Any, operations: dict[str, Any], verb: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each operation of a method with each of the guesses for its path."""
    known = guesses(own, victim)
    for name, (method, path, item) in operations.items():
        if method == verb and not item.get("x-role"):
            places = [part[1:-1] for part in path.split("/") if part.startswith("{")]
            open_places = [p for p in places if p not in ("dataViewName", "systemName")]
            for values in itertools.product(*(known.get(place, [1, 2]) for place in open_places)):
                yield name, dict(zip(open_places, values, strict=True))


def test_no_reading_call_shows_what_is_another_users(
    own: Sandbox, users: tuple[Any, Any, Any], operations: dict[str, Any]
) -> None:
    _, victim, attacker = users
    asked = 0
    for name, path in calls(own, victim, operations, "GET"):
        query = {"count": 1000} if operations[name][2].get("x-paging") else None
        answer = attacker.send(name, query=query, **path)
        asked += 1
        assert CANARY.encode() not in answer.data, (name, path)
        assert victim.session.encode() not in answer.data or victim.session in path.values(), (name, path)
        assert answer.status < 500
    assert asked > 150
    seen = victim.send("Audiences_GetAudience", audienceId=1)
    assert CANARY.encode() in seen.data, "the canary is not even shown to its owner"


@pytest.mark.slow
def test_no_changing_call_touches_what_is_another_users(
    own: Sandbox, users: tuple[Any, Any, Any], operations: dict[str, Any]
) -> None:
    _, victim, attacker = users
    mine = own.world.access.user_named("attacker")
    assert mine is not None
    store = own.world.store
    before = {kind: store.rows(kind) for kind in store.kinds() if kind not in SHARED_KINDS}
    before["file"] = [row for row in before["file"] if not row["id"].startswith(f"Private:{mine['id']}")]
    nobody = {"emailAddressesToAdd": [], "emailAddressesToRemove": [], "userIdsToAdd": []}
    bodies: tuple[Any, ...] = (
        {"newUsername": "attacker", "newTitle": "x", "title": "x", "optState": "OptedOut"},
        {"firstname": "Mallory", "currentPassword": PASSWORD, "newPassword": PASSWORD + "!"},
        {"list": [], "returnModifiedItem": True},
        {
            "title": "x", "description": "x", "creationDate": CREATED, "filePath": "x", "id": 1, **nobody,
            "userIdsToRemove": [1], "groupIdsToAdd": [], "groupIdsToRemove": [], "generateUrnFile": True,
            "notifyAddedRecipients": False,
        },
    )  # fmt: skip
    for verb in ("DELETE", "PUT", "POST"):
        for name, path in calls(own, victim, operations, verb):
            if name.startswith(("Settings_", "Sessions_Logout")) and path.get("sessionId") != victim.session:
                continue  # all users share the settings
            for body in bodies if verb != "DELETE" else (None,):
                answer = attacker.send(name, body=body, **path)
                assert CANARY.encode() not in answer.data, (name, path)
                assert answer.status < 500 or (answer.status == 500 and "ForceInternal" in name), (name, path)
    for kind, rows in before.items():
        assert [store.get(kind, row["id"]) for row in rows] == rows, kind
    assert victim("Users_GetUserDetails", username="victim")["firstname"] == ""
    assert CANARY.encode() in victim("Files_GetFile", filePath="Private/secret.collection")
    assert victim("TemporaryFiles_GetTemporaryFile", id="secret") == CANARY.encode()


def test_a_collection_that_is_given_away_does_not_show_the_new_owners_files(
    users: tuple[Any, Any, Any],
) -> None:
    _, victim, attacker = users
    body = {
        "title": "gift",
        "description": "",
        "creationDate": CREATED,
        "filePath": "Private/secret.collection",
    }
    key = {"collectionId": new_collection(attacker, "attacker", body)}
    share = {"shareableType": "Collection", "shareableId": key["collectionId"], "shareToAll": True}
    share |= {
        "emailAddressesToAdd": [],
        "userIdsToAdd": [],
        "groupIdsToAdd": [],
        "notifyAddedRecipients": False,
    }
    attacker("Shares_CreateShare", body=share)
    attacker("Collections_TransferCollectionOwnership", **key, body={"newUsername": "victim"})
    assert attacker("Collections_GetCollectionParts", **key)["list"] == []
    assert victim("Collections_GetCollectionParts", **key)["list"] == []
    victim("Collections_UpsertCollection", **key, body={**body, "title": "renamed"})
    assert attacker("Collections_GetCollectionParts", **key)["list"] == []


def test_a_body_sets_only_what_the_spec_lets_it_set(own: Sandbox, users: tuple[Any, Any, Any]) -> None:
    admin, _, attacker = users
    body = {
        "title": "mine",
        "description": "",
        "creationDate": CREATED,
        "filePath": "Private/secret.collection",
    }
    made = new_collection(attacker, "attacker", {**body, "ownerId": 1, "fileUserId": 1, "id": 1})
    change = {
        "id": made,
        "modificationType": "Modify",
        "collection": {"title": "x", "ownerId": 1, "fileUserId": 1},
    }
    batch = {"returnModifiedItem": False, "list": [change]}
    attacker("Users_ModifyUserCollections", username="attacker", body=batch)
    row = own.world.store.get("collection", made)
    mine = own.world.access.user_named("attacker")
    assert row is not None
    assert mine is not None
    assert (row["title"], row["ownerId"], row["fileUserId"]) == ("x", mine["id"], mine["id"])
    attacker(
        "Users_UpdateUserDetails",
        username="attacker",
        body={"roles": ["OrbitAdmin"], "id": 1, "firstname": "A"},
    )
    assert attacker.refused("Sessions_GetSessionDetailsList")[0] == 403
    first = admin("Teams_CreateTeam", body={"name": "first"})
    second = admin("Teams_CreateTeam", body={"name": "second", "id": first["id"]})
    admin(
        "Teams_ModifyTeam",
        teamId=second["id"],
        body={"name": "changed", "id": first["id"], "systemName": "holidays"},
    )
    assert admin("Teams_GetTeam", teamId=first["id"])["name"] == "first"


def test_a_registration_needs_the_token_that_only_administrators_see(
    own: Sandbox, new_api: Any, users: Any
) -> None:
    nobody = new_api(own.url)
    wanted = {"username": "sneaky", "emailAddress": "sneaky@example.com", "password": PASSWORD}
    token = nobody("UserRegistrationRequests_CreateRegistrationRequest", body=wanted)["token"]
    assert nobody.refused("UserRegistrationRequests_ConfirmRegistrationRequest", token=token)[0] == 404
    (row,) = users[0](
        "UserRegistrationRequests_GetRegistrationRequests", query={"filter": "username eq 'sneaky'"}
    )["list"]
    nobody("UserRegistrationRequests_ConfirmRegistrationRequest", token=row["token"])
    assert new_api(own.url, "sneaky", PASSWORD).token


def test_a_guessed_or_ended_session_id_opens_nothing(
    own: Sandbox, new_api: Any, users: tuple[Any, Any, Any]
) -> None:
    _, _, attacker = users
    ended = new_api(own.url, "victim", PASSWORD)
    ended("Sessions_LogoutSession", sessionId=ended.session)
    for guess in ("", "0", "1", ended.session, ended.token, attacker.session.upper() + "0", attacker.token):
        form = {"SessionId": guess, "ClientType": ""}
        assert new_api(own.url).refused("Sessions_ConvertSessionToAccessToken", form=form)[0] in (400, 401)


def test_the_salt_of_a_user_who_does_not_exist_survives_a_restart_as_a_real_one_does(tmp_path: Any) -> None:
    salts: list[tuple[str, str]] = []
    for _ in range(2):
        with serve(scale=500, data=tmp_path / "salts.duckdb") as server:
            ask = server.world.access.login_parameters
            salts.append((ask("nobody")["userSalt"], ask("analyst")["userSalt"]))
    assert salts[0] == salts[1]


def raw(server: Sandbox, head: bytes, *, hang_up: bool = False) -> bytes:
    """Return the server's answer to some bytes."""
    port = int(server.url.split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        parts: list[bytes] = []
        try:
            connection.sendall(head)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                parts.append(part)
        except ConnectionError:
            pass
        return b"".join(parts)


GET = b"GET /OrbitAPI/About/Version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    "head",
    [
        GET + b"X-Long: " + b"a" * 200_000 + b"\r\n\r\n",
        GET + b"X-Many: a\r\n" * 20_000 + b"\r\n",
        b"GET /OrbitAPI/" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        GET + b"Content-Length: -1\r\n\r\n",
        GET + b"Content-Length: \xb2\r\n\r\n",
        GET + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        GET + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"GET /OrbitAPI/About/Version HTTP/1.1\r\n\r\n",
        b"GET /OrbitAPI/About/Version HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"GET /OrbitAPI/About/Version HTTP/1.1\r\nHost: localhost.evil.test:80\r\nConnection: close\r\n\r\n",
        b"GET /OrbitAPI/About/Version HTTP/1.1\r\nHost: localhost@evil.example\r\nConnection: close\r\n\r\n",
        b"GET http://evil.example/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
        b"nonsense\r\n\r\n",
    ],
)
def test_a_spoilt_head_is_refused_and_the_next_request_answered(own: Sandbox, head: bytes) -> None:
    answer = raw(own, head)
    assert not answer.startswith(b"HTTP/1.1 2"), answer[:200]
    assert not answer.startswith(b"HTTP/1.1 5"), answer[:200]
    assert raw(own, GET + b"\r\n").startswith(b"HTTP/1.1 200")


def test_a_forged_sender_does_not_confuse_the_server(own: Sandbox, new_api: Any) -> None:
    headers = {"X-Forwarded-For": "10.1.2.3", "X-Sandbox-Trouble": "drop"}
    with pytest.raises(urllib3.exceptions.ProtocolError):
        new_api(own.url).send("About_GetVersion", headers=headers)
    assert new_api(own.url)("About_GetVersion")["version"]


def test_bodies_have_limits_by_what_they_are_for(
    own: Sandbox, new_api: Any, users: tuple[Any, Any, Any]
) -> None:
    form = {"UserLogin": "a" * OPEN_LIMIT, "Password": "b"}
    nobody = new_api(own.url)
    assert nobody.refused("Sessions_CreateSessionSimple", form=form)[0] == 413
    wanted = {"username": "x" * OPEN_LIMIT, "emailAddress": "a@b.example", "password": PASSWORD}
    assert nobody.refused("UserRegistrationRequests_CreateRegistrationRequest", body=wanted)[0] == 413
    status, message = users[2].refused(
        "Settings_UpdateDataViewSettings", settingsPath="big", body={"a": "x" * 17_000_000}
    )
    assert (status, "16777216" in message) == (413, True)


def test_a_body_without_a_session_is_not_stored(own: Sandbox) -> None:
    chunks = iter([True] * 99 + [False])
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x" * 1_000_000, "more_body": next(chunks)}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"authorization", b"Bearer guessed")]
    path = b"/OrbitAPI/Holidays/Files/holidays/Private/x"
    scope = {"type": "http", "method": "PUT", "raw_path": path, "query_string": b"", "headers": headers}
    app = App(own.world, Schedule("", []), lambda client: None)
    tracemalloc.start()
    try:
        asyncio.run(app({**scope, "path": path.decode(), "client": ("127.0.0.1", 1)}, receive, send))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        app.close()
    assert sent[0]["status"] == 401
    assert next(chunks, None) is None, "the whole body was read"
    assert peak < 10_000_000


def test_an_upload_of_a_hundred_thousand_parts_is_refused(users: tuple[Any, Any, Any]) -> None:
    attacker = users[2]
    body = b"--b\r\n\r\n\r\n" * 100_000 + b"--b--"
    headers = {"Authorization": f"Bearer {attacker.token}", "Content-Type": "multipart/form-data; boundary=b"}
    url = f"{attacker.url}/Holidays/Files/holidays/Private/x"
    assert attacker.pool.request("PUT", url, body=body, headers=headers).status == 400


def test_an_upload_that_breaks_off_is_not_stored(users: tuple[Any, Any, Any], own: Sandbox) -> None:
    attacker = users[2]
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nhalf of'
    head = (
        f"PUT /OrbitAPI/Holidays/Files/holidays/Private/half.txt HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {attacker.token}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        "Connection: close\r\n"
    ).encode()
    raw(own, head + b"Content-Length: 1000\r\n\r\n" + part, hang_up=True)
    raw(own, head + f"Content-Length: {len(part)}\r\n\r\n".encode() + part)
    assert attacker.refused("Files_GetFile", filePath="Private/half.txt")[0] == 404


def test_what_users_store_does_not_run_in_a_browser(users: tuple[Any, Any, Any], own: Sandbox) -> None:
    attacker = users[2]
    script = b"<script>alert(1)</script>"
    attacker("Files_UpsertFile", filePath="Public/page.html", file=("x", script))
    stored = attacker.send("Files_GetFile", filePath="Public/page.html")
    assert stored.headers["Content-Security-Policy"] == "sandbox"
    assert stored.headers["Content-Disposition"].startswith("attachment")
    for path in (
        "/OrbitAPI/swagger/ui/index.html?url=//evil.example/x",
        "/OrbitAPI/%3Cscript%3E",
        "/<script>",
    ):
        answer = attacker.pool.request("GET", own.url.removesuffix("/OrbitAPI") + path)
        assert b"evil.example" not in answer.data
        page = answer.headers["Content-Type"].startswith("text/html")
        assert page == (answer.status == 200)
        assert b"<script>" not in answer.data.replace(b"<script></script>", b"") or page
        assert ("frame-ancestors 'none'" in answer.headers.get("Content-Security-Policy", "")) == page
        assert page or answer.headers["X-Content-Type-Options"] == "nosniff"
    title = script.decode()
    row = attacker("Audiences_CreateAudience", body={"title": title, "systemName": "holidays"})
    for accept in ("application/xml", "application/json", "text/html"):
        answer = attacker.send("Audiences_GetAudience", audienceId=row["id"], headers={"Accept": accept})
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "xml" not in accept or script not in answer.data


def test_no_query_reaches_the_files_of_the_machine(own: Sandbox) -> None:
    cursor = own.world.database.cursor()
    for sql in (
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY (SELECT 1) TO 'x.csv'",
        "ATTACH 'x.duckdb'",
    ):
        with pytest.raises(duckdb.PermissionException):
            cursor.execute(sql)
    with pytest.raises(duckdb.Error, match="configuration"):
        cursor.execute("SET enable_external_access = true")
