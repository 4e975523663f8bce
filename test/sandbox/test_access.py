"""Access: sessions, roles, owners, and data that stays hidden."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from apteco_api.sandbox import Sandbox, serve

FILLERS: dict[str, Any] = {
    "domain": "localhost",
    "settingsPath": "a",
    "username": "Administrator",
    "token": "00000000-0000-0000-0000-000000000001",
    "variableName": "boDest",
    "tableName": "People",
    "path": "Bookings",
    "filePath": "Public/none.txt",
    "toFilePath": "Public/none.txt",
    "directoryPath": "Public",
    "permissionType": "DataRights",
    "permission": "x",
    "resourceType": "File",
    "resource": "x",
    "resourceCategory": "Logos",
    "resourceId": "1",
    "resourceName": "x",
    "sessionId": "x",
    "stateId": "x",
    "elementId": "x",
    "channelId": "x",
    "visualisationId": "1-0",
    "dashboardItemId": "x",
    "id": "x",
}


def filled(path: str) -> dict[str, Any]:
    """Return a value for each placeholder of a path."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return {name: FILLERS.get(name, 1) for name in names if name not in ("dataViewName", "systemName")}


def test_every_secured_operation_wants_a_session(
    new_api: Any, server: Sandbox, operations: dict[str, Any]
) -> None:
    nobody = new_api(server.url)
    secured = [name for name, (_, _, item) in operations.items() if item.get("security", True)]
    assert len(secured) == 451
    for name in secured:
        status, message = nobody.refused(name, **filled(operations[name][1]))
        assert (name, status) == (name, 401), message


def test_every_operation_for_administrators_refuses_an_ordinary_user(
    analyst: Any, operations: dict[str, Any]
) -> None:
    restricted = [name for name, (_, _, item) in operations.items() if item.get("x-role")]
    assert len(restricted) == 83
    for name in restricted:
        status, message = analyst.refused(name, **filled(operations[name][1]))
        role = operations[name][2]["x-role"]
        assert (name, status, role in message) == (name, 403, True)


def test_every_operation_of_a_data_view_misses_an_unknown_one(admin: Any, operations: dict[str, Any]) -> None:
    for name, (_, path, _) in operations.items():
        if "{dataViewName}" in path:
            status, message = admin.refused(name, **filled(path), dataViewName="Nowhere")
            assert (name, status, "Nowhere" in message) == (name, 404, True)


def test_every_operation_of_a_system_misses_an_unknown_one(admin: Any, operations: dict[str, Any]) -> None:
    for name, (_, path, _) in operations.items():
        if "{systemName}" in path and "{dataViewName}" in path:
            status, message = admin.refused(name, **filled(path), systemName="nothing")
            assert (name, status, "nothing" in message) == (name, 404, True)


def test_names_of_data_view_and_user_may_be_written_in_any_case(new_api: Any, server: Sandbox) -> None:
    api = new_api(server.url, "ADMINISTRATOR", server.password)
    assert (
        api("FastStatsSystems_GetFastStatsTables", dataViewName="hOLIDAYS", systemName="Holidays")["count"]
        == 9
    )


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("Administrator", "wrong"),
        ("nobody", "holidays"),
        ("leaver", "holidays"),
        ("", ""),
        ("Administrator", ""),
    ],
    ids=["wrong password", "unknown user", "disabled user", "nothing", "no password"],
)
def test_a_login_that_fails_says_the_same_whatever_was_wrong(
    new_api: Any, server: Sandbox, username: str, password: str
) -> None:
    form = {"UserLogin": username, "Password": password}
    status, message = new_api(server.url).refused("Sessions_CreateSessionSimple", form=form)
    assert (status, message) == (401, "Username or password is wrong, or the account is disabled.")


def test_a_login_without_a_field_names_the_field(new_api: Any, server: Sandbox) -> None:
    status, message = new_api(server.url).refused(
        "Sessions_CreateSessionSimple", form={"UserLogin": "analyst"}
    )
    assert (status, "Password is required" in message) == (400, True)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic abc", "bearer  ", "x" * 5000])
def test_a_spoilt_token_gets_401_and_no_data(new_api: Any, server: Sandbox, header: str) -> None:
    answer = new_api(server.url).send(
        "FastStatsSystems_GetFastStatsTables", headers={"Authorization": header}
    )
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert b"Households" not in answer.data


def test_a_session_ends_at_its_time(new_api: Any) -> None:
    with serve(scale=1_000, session_seconds=0.6) as short:
        api = new_api(short.url, "analyst", short.password)
        api("FastStatsSystems_GetFastStatsTables")
        time.sleep(0.7)
        assert api.refused("FastStatsSystems_GetFastStatsTables")[0] == 401


def test_users_see_and_end_their_own_sessions_only(login: Callable[[str], Any]) -> None:
    admin, analyst = login("Administrator"), login("analyst")
    assert analyst("Sessions_GetSessionDetails", sessionId=analyst.session)["user"]["username"] == "analyst"
    for operation in ("Sessions_GetSessionDetails", "Sessions_LogoutSession"):
        assert analyst.refused(operation, sessionId=admin.session)[0] == 404
    analyst("Sessions_LogoutSession", sessionId=analyst.session)
    assert analyst.refused("FastStatsSystems_GetFastStatsTables")[0] == 401
    admin("FastStatsSystems_GetFastStatsTables")


def test_disabling_a_user_ends_the_users_sessions_at_once(admin: Any, new_api: Any, server: Sandbox) -> None:
    body = {"username": "short.stay", "password": "here for now"}
    admin("Users_CreateUser", body=body)
    api = new_api(server.url, "short.stay", "here for now")
    admin("Users_DeleteUser", username="short.stay")
    assert api.refused("FastStatsSystems_GetFastStatsTables")[0] == 401
    form = {"UserLogin": "short.stay", "Password": "here for now"}
    assert new_api(server.url).refused("Sessions_CreateSessionSimple", form=form)[0] == 401


def test_private_files_are_each_users_own(admin: Any, analyst: Any) -> None:
    admin("Files_UpsertFile", filePath="Private/secret.txt", file=("x", b"for the administrator"))
    assert analyst.refused("Files_GetFile", filePath="Private/secret.txt")[0] == 404
    analyst("Files_UpsertFile", filePath="Private/secret.txt", file=("x", b"for the analyst"))
    assert admin("Files_GetFile", filePath="Private/secret.txt") == b"for the administrator"
    assert analyst.refused("Files_UpsertFile", filePath="System/x.txt", file=("x", b""))[0] == 403
    admin("TemporaryFiles_UpsertTemporaryFile", id="t", file=("x", b"mine"))
    assert analyst.refused("TemporaryFiles_GetTemporaryFile", id="t")[0] == 404


def test_an_item_is_seen_by_its_owner_by_those_it_is_shared_with_and_by_administrators(
    admin: Any, analyst: Any, new_api: Any, server: Sandbox
) -> None:
    admin("Users_CreateUser", body={"username": "colleague", "password": "colleague's"})
    colleague = new_api(server.url, "colleague", "colleague's")
    row = analyst("Audiences_CreateAudience", body={"title": "Mine", "systemName": "holidays"})
    key = {"audienceId": row["id"]}
    assert colleague.refused("Audiences_GetAudience", **key)[0] == 403
    assert (
        colleague.refused(
            "Audiences_CalculateAudienceLatestUpdateSync", **key, body={"generateUrnFile": False}
        )[0]
        == 403
    )
    assert admin("Audiences_GetAudience", **key)["owner"]["username"] == "analyst"
    share = {
        "shareableType": "Audience",
        "shareableId": row["id"],
        "emailAddressesToAdd": [],
        "userIdsToAdd": [colleague("Users_GetUserDetails", username="colleague")["id"]],
        "groupIdsToAdd": [],
        "notifyAddedRecipients": False,
    }
    assert colleague.refused("Shares_CreateShare", body=share)[0] == 403
    made = analyst("Shares_CreateShare", body=share)
    assert analyst.refused("Shares_CreateShare", body=share)[0] == 409
    seen = colleague("Users_GetUserAudience", username="colleague", **key)
    assert (seen["sharedToMe"], seen["sharedByMe"], seen["numberOfUsersSharedWith"]) == (True, False, 1)
    assert colleague.refused("Audiences_DeleteAudience", **key)[0] == 403
    assert colleague.refused("Shares_DeleteShare", shareId=made["id"])[0] == 403
    analyst("Shares_DeleteShare", shareId=made["id"])
    assert colleague.refused("Audiences_GetAudience", **key)[0] == 403


def test_what_belongs_to_one_user_is_closed_to_another(analyst: Any) -> None:
    user = {"username": "Administrator"}
    for operation in ("Users_GetUserDetails", "Users_GetPreviousLoginHistory", "Users_GetUserAudiences"):
        assert analyst.refused(operation, **user)[0] == 403
    change = {"currentPassword": "holidays", "newPassword": "taken over"}
    assert analyst.refused("Users_ChangeUserPassword", **user, body=change)[0] == 403
    assert analyst.refused("Users_UpdateUserDetails", **user, body={"firstname": "Mallory"})[0] == 403
    assert analyst.refused("Telemetry_CreateTelemetryState", body=user)[0] == 403


def test_a_job_is_closed_to_other_users(admin: Any, analyst: Any) -> None:
    body = {"title": "Board", "baseQuery": {"selection": {"tableName": "People"}}}
    board = admin("Dashboards_CreateDashboard", body=body)
    preview = {
        "dashboardItemId": "a",
        "drillDownLevel": 0,
        "sortOrder": "Natural",
        "baseQuery": body["baseQuery"],
    }
    pareto = {"valueVariableName": "boCost", "resolveTableName": "Bookings"}
    wanted = [{**preview, "dataSpecification": {"paretoSpecification": pareto}}]
    (job,) = admin("Dashboards_CreateDashboardItemPreviewDataJobs", body=wanted)
    assert analyst.refused("Dashboards_GetDashboardItemPreviewDataJob", jobId=job["jobId"])[0] == 404
    assert analyst.refused("Dashboards_CancelDashboardItemPreviewDataJob", jobId=job["jobId"])[0] == 404
    assert analyst.refused("Dashboards_DeleteDashboard", dashboardId=board["id"])[0] == 403


def test_a_changed_password_ends_the_users_other_sessions(admin: Any, new_api: Any, server: Sandbox) -> None:
    admin("Users_CreateUser", body={"username": "careful", "password": "first one"})
    one, other = (new_api(server.url, "careful", "first one") for _ in range(2))
    wrong = {"currentPassword": "not it", "newPassword": "second one"}
    assert one.refused("Users_ChangeUserPassword", username="careful", body=wrong)[0] == 403
    short = {"currentPassword": "first one", "newPassword": "short"}
    assert one.refused("Users_ChangeUserPassword", username="careful", body=short)[0] == 400
    one("Users_ChangeUserPassword", username="careful", body={**wrong, "currentPassword": "first one"})
    one("FastStatsSystems_GetFastStatsTables")
    assert other.refused("FastStatsSystems_GetFastStatsTables")[0] == 401
    form = {"UserLogin": "careful", "Password": "first one"}
    assert new_api(server.url).refused("Sessions_CreateSessionSimple", form=form)[0] == 401


def test_a_password_reset_needs_the_token_that_only_administrators_see(
    admin: Any, new_api: Any, server: Sandbox
) -> None:
    admin(
        "Users_CreateUser",
        body={"username": "forgetful", "password": "first one", "emailAddress": "f@example.com"},
    )
    nobody = new_api(server.url)
    email = {"emailAddress": "f@example.com"}
    answer = nobody("UserResetPasswordRequests_CreateResetPasswordRequest", body=email)
    new = {**email, "newPassword": "second one"}
    shown = {"token": answer["token"], "body": new}
    assert nobody.refused("UserResetPasswordRequests_ConfirmResetPasswordRequest", **shown)[0] == 404
    token = admin("UserResetPasswordRequests_GetResetPasswordRequests", query={"orderBy": "-creationDate"})[
        "list"
    ][0]
    before = new_api(server.url, "forgetful", "first one")
    nobody("UserResetPasswordRequests_ConfirmResetPasswordRequest", token=token["token"], body=new)
    assert before.refused("FastStatsSystems_GetFastStatsTables")[0] == 401
    assert new_api(server.url, "forgetful", "second one").token


def test_no_password_and_no_token_is_stored_in_the_clear(server: Sandbox, admin: Any) -> None:
    admin("Users_CreateUser", body={"username": "canary", "password": "a canary's password"})
    rows = server.world.database.cursor().execute("SELECT body FROM state.item").fetchall()
    text = "\n".join(row[0] for row in rows)
    assert "canary" in text
    assert "a canary's password" not in text
    assert admin.token not in text
    assert server.password not in [value for row in rows for value in row]


def test_the_server_needs_a_password_of_its_own_where_others_can_reach_it() -> None:
    with pytest.raises(ValueError, match="password of its own"):
        serve(host="0.0.0.0")


def test_a_request_with_another_host_name_is_refused(new_api: Any, server: Sandbox) -> None:
    answer = new_api(server.url).send("About_GetVersion", headers={"Host": "evil.example"})
    assert answer.status == 421


def test_an_address_belongs_to_one_user_who_can_log_in_with_it(
    admin: Any, new_api: Any, server: Sandbox
) -> None:
    address = "twins@example.com"
    first = {"username": "first.twin", "password": "the twins' own", "emailAddress": address}
    admin("Users_CreateUser", body=first)
    assert new_api(server.url, address, "the twins' own").token
    assert admin.refused("Users_CreateUser", body={**first, "username": "second.twin"})[0] == 409
