"""Simultaneous calls: only one gets what only one may get, and none undoes another's change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from apteco_api.sandbox import Sandbox, serve

CALLS = 8


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with serve(scale=500, workers=CALLS) as server:
        yield server


@pytest.fixture(scope="module")
def apis(box: Sandbox, new_api: Callable[..., Any]) -> list[Any]:
    """As many administrators as there are calls, each with connections of its own."""
    return [new_api(box.url, box.username, box.password) for _ in range(CALLS)]


def at_once(apis: list[Any], operation: str, options: Callable[[int], dict[str, Any]]) -> list[int]:
    """Return the statuses of the same operation called by all at the same instant."""
    barrier = Barrier(len(apis))

    def one(number: int) -> int:
        given = options(number)
        barrier.wait(30)
        status: int = apis[number].send(operation, **given).status
        return status

    with ThreadPoolExecutor(len(apis)) as pool:
        return sorted(pool.map(one, range(len(apis))))


def test_a_password_reset_is_confirmed_once(
    box: Sandbox, apis: list[Any], new_api: Callable[..., Any]
) -> None:
    email = "alice.analyst@example.com"
    apis[0]("UserResetPasswordRequests_CreateResetPasswordRequest", body={"emailAddress": email})
    listed = apis[0]("UserResetPasswordRequests_GetResetPasswordRequests", query={"orderBy": "-creationDate"})
    token = listed["list"][0]["token"]

    def options(number: int) -> dict[str, Any]:
        return {"token": token, "body": {"emailAddress": email, "newPassword": f"pass-word-{number}"}}

    statuses = at_once(apis, "UserResetPasswordRequests_ConfirmResetPasswordRequest", options)
    assert statuses == [204] + [400] * (CALLS - 1)
    opened = [
        new_api(box.url).send(
            "Sessions_CreateSessionSimple", form={"UserLogin": "analyst", "Password": f"pass-word-{number}"}
        )
        for number in range(CALLS)
    ]
    assert sorted(answer.status for answer in opened) == [201] + [401] * (CALLS - 1)


def test_a_registration_is_confirmed_once(apis: list[Any]) -> None:
    person = {"username": "newcomer", "firstname": "New", "surname": "Comer", "password": "pass-word-1"}
    body = {**person, "emailAddress": "newcomer@example.com"}
    apis[0]("UserRegistrationRequests_CreateRegistrationRequest", body=body)
    (row,) = apis[0]("UserRegistrationRequests_GetRegistrationRequests")["list"]
    confirm = "UserRegistrationRequests_ConfirmRegistrationRequest"
    statuses = at_once(apis, confirm, lambda number: {"token": row["token"]})
    assert statuses == [201] + [400] * (CALLS - 1)


def test_a_user_gets_one_telemetry_state(apis: list[Any]) -> None:
    body = {"username": "analyst"}
    statuses = at_once(apis, "Telemetry_CreateTelemetryState", lambda number: {"body": body})
    assert statuses == [201] + [409] * (CALLS - 1)


def test_a_telemetry_session_begins_once_and_keeps_all_that_is_reported(
    box: Sandbox, apis: list[Any]
) -> None:
    apis[0].send("Telemetry_CreateTelemetryState", body={"username": "Administrator"})  # 409 if it exists
    state = apis[0]("Telemetry_GetTelemetryStateForUser", username="Administrator")["id"]
    place = {"stateId": state, "sessionId": "at-once"}
    begin = {"clientType": "Orbit"}
    statuses = at_once(apis, "Telemetry_CreateTelemetrySession", lambda number: {**place, "body": begin})
    assert statuses == [201] + [409] * (CALLS - 1)

    def bug(number: int) -> dict[str, Any]:
        report = {"errorMessage": f"bug {number}", "occurred": "2026-01-01T00:00:00Z"}
        return {**place, "body": {"bugReports": [report]}}

    assert at_once(apis, "Telemetry_UpdateTelemetrySession", bug) == [200] * CALLS
    (kept,) = box.world.store.rows("telemetry-session")
    assert len(kept["bugs"]) == CALLS


def test_no_email_address_goes_to_two_users(box: Sandbox, apis: list[Any]) -> None:
    names = [f"user{number}" for number in range(CALLS)]
    for name in names:
        body = {"username": name, "password": "pass-word-1", "emailAddress": f"{name}@example.com"}
        apis[0]("Users_CreateUser", body=body)
    statuses = at_once(
        apis,
        "Users_UpdateUserDetails",
        lambda number: {"username": names[number], "body": {"emailAddress": "wanted@example.com"}},
    )
    assert statuses == [200] + [409] * (CALLS - 1)
    owners = box.world.store.rows("user", lambda user: user["emailAddress"] == "wanted@example.com")
    assert len(owners) == 1


def test_parts_of_a_file_may_arrive_in_any_order_and_together(apis: list[Any]) -> None:
    def options(number: int) -> dict[str, Any]:
        return {"id": "together", "partNumber": number, "file": ("f", b"%d" % number)}

    assert set(at_once(apis, "TemporaryFiles_UpsertTemporaryFilePart", options)) <= {200, 201}
    last = {"id": "together", "partNumber": CALLS, "file": ("f", b"!"), "query": {"finalPart": "true"}}
    assert apis[0]("TemporaryFiles_UpsertTemporaryFilePart", **last)["temporaryFileCreated"]
    assert apis[0]("TemporaryFiles_GetTemporaryFile", id="together") == b"01234567!"


def test_an_item_is_deleted_only_once(apis: list[Any]) -> None:
    theme = apis[0]("Themes_GetThemes")[0]
    body = {name: theme[name] for name in ("name", "default", "published", "definition", "logoId")}
    made = apis[0]("Themes_CreateTheme", body=body)
    statuses = at_once(apis, "Themes_DeleteTheme", lambda number: {"themeId": made["id"]})
    assert statuses == [204] + [404] * (CALLS - 1)
    apis[0]("Files_UpsertFile", filePath="Public/once.txt", file=("once.txt", b"x"))
    statuses = at_once(apis, "Files_DeleteFile", lambda number: {"filePath": "Public/once.txt"})
    assert statuses == [204] + [404] * (CALLS - 1)


def test_fields_left_out_of_an_audience_update_keep_the_changes_of_others(apis: list[Any]) -> None:
    body = {"title": "x", "systemName": "holidays", "description": "as it was"}
    audience = apis[0]("Audiences_CreateAudience", body=body)["id"]

    def options(number: int) -> dict[str, Any]:
        change = {"title": "new title"} if number % 2 else {"description": "new description"}
        return {"audienceId": audience, "body": change}

    assert set(at_once(apis, "Audiences_CreateAudienceUpdate", options)) == {201}
    latest = apis[0]("Audiences_GetAudience", audienceId=audience)
    assert (latest["title"], latest["description"]) == ("new title", "new description")


def test_a_password_is_changed_by_one_of_two_who_know_the_old_one(apis: list[Any]) -> None:
    body = {"username": "twice", "password": "pass-word-1", "emailAddress": "twice@example.com"}
    apis[0]("Users_CreateUser", body=body)
    statuses = at_once(
        apis,
        "Users_ChangeUserPassword",
        lambda number: {
            "username": "twice",
            "body": {"currentPassword": "pass-word-1", "newPassword": f"pass-word-x{number}"},
        },
    )
    assert statuses == [200] + [403] * (CALLS - 1)
