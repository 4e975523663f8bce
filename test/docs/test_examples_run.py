"""The example in the docstring of each method is a call that the sandbox takes."""

from __future__ import annotations

import datetime
import doctest
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import apteco_api as aa
from apteco_api.sandbox import Sandbox, serve
from apteco_api.sandbox.sections.unlicensed import MODULES

UNLICENSED = {operation for operations in MODULES.values() for operation in operations}
"""What the sandbox has no module for: a 403, as docs/sandbox.md says."""

# Other examples that the sandbox must refuse, with the status and the reason; `refusals` adds those of jobs.
REFUSED = {
    "about_force_internal_server_error": 500,  # fails on purpose
    "about_force_exception": 500,
    # the example's assertion is not signed; only the identity provider signs one
    "external_login_assertion_consumer_service": 400,
    # a server issues logins, tokens, ids and quotations; an example has to invent them
    "sessions_create_session_salted": 401,
    "sessions_create_session_from_login_token": 401,
    "sessions_convert_session_to_access_token": 401,
    "sessions_verify_totp": 401,
    "sessions_verify_recovery_code": 401,
    "sessions_verify_totp_setup": 400,
    **dict.fromkeys(
        (
            "sessions_get_session_details",
            "sessions_logout_session",
            "sessions_valid_session",
            "user_invitations_accept_invitation",
            "user_invitations_complete_invitation",
            "user_invitations_expire_invitation",
            "user_invitations_get_invitation",
            "telemetry_get_telemetry_state",
            "telemetry_update_telemetry_state",
            "telemetry_create_telemetry_session",
            "telemetry_get_telemetry_session",
            "telemetry_update_telemetry_session",
            "user_registration_requests_get_registration_request",
            "user_registration_requests_confirm_registration_request",
            "user_reset_password_requests_get_reset_password_request",
            "user_reset_password_requests_confirm_reset_password_request",
            "data_licensing_purchase_data_licensing_sync",
            "data_licensing_create_purchase_data_licensing_job",
        ),
        404,
    ),
    # the section's first job is of another family than the batch
    "audiences_batch_get_check_audience_jobs": 404,
    "dashboards_batch_get_dashboard_job_results": 404,
    # an earlier example has replaced the dashboard's items
    "dashboards_calculate_dashboard_data_with_filters": 404,
    # no operation creates the items of a workbook
    "audiences_get_audience_workbook_item_detail": 404,
}
FIRST_JOBS = {
    "/{dataViewName}/Dashboards/{systemName}/DashboardItemPreviewJobs",  # an example names no items
    "/{dataViewName}/FastStatsJobs/{systemName}",  # jobs of every kind
    "/{dataViewName}/Files/{systemName}/TransferToTemporaryFilesJobs",  # started at another path
}
"""Where the section's first job is found, if the first start of a job in the section does not say so."""
CONTROLLERS = [getattr(aa, name) for name in aa.api.__all__]


COLLECTION = {
    "title": "Mine",
    "description": "What I saved",
    "creationDate": "2026-01-31T09:30:00Z",
    "filePath": "Private/Bookings by destination.collection",
}
CUBE = {
    "dimensions": [{"id": "0", "type": "Selector", "variableName": "boDest"}],
    "measures": [{"id": "0", "resolveTableName": "Bookings", "function": "Count"}],
}
LEVEL = {
    "drilldownLevel": 0,
    "chartType": "Bar",
    "sortOrder": "Natural",
    "dataSpecification": {"cubeSpecification": CUBE},
}
DASHBOARD = {
    "title": "Board",
    "systemName": "holidays",
    "baseQuery": {"selection": {"tableName": "Bookings"}},
    "dashboardItems": [{"id": "destinations", "title": "Where to", "dashboardItemDetails": [LEVEL]}],
}
COLUMN = {
    "variableName": "boDest",
    "detail": "Description",
    "unclassifiedFormat": "FromDesign",
    "description": "To",
}
COMPOSITION = {
    "description": "Standard",
    "type": "Export",
    "exportCompositionDefinition": {"output": {"format": "CSV"}, "gridItems": [COLUMN]},
}
TEMPLATE = {
    "title": "Destinations",
    "exportTemplateDefinition": {"exportTemplateColumns": [{"id": "0", "columnHeader": "To", **COLUMN}]},
}
SHARE = {
    "shareableType": "Dashboard",
    "shareableId": 1,
    "emailAddressesToAdd": [],
    "userIdsToAdd": [2],
    "groupIdsToAdd": [],
    "notifyAddedRecipients": False,
}


@pytest.fixture
def server() -> Iterator[Sandbox]:
    """A new sandbox for each section: what one section's examples make must not decide another's answers."""
    with serve(scale=500, job_seconds=0) as made:
        furnish(made)
        yield made


def furnish(server: Sandbox) -> None:
    """Create the first item of each kind that examples read, change and delete by number or name."""
    with aa.login(server.url, server.data_view, server.username, server.password, system=server.system) as us:
        us.audiences.create("To France", aa.where("Destination").isin("France"))
        us.request("POST", "/{dataViewName}/Audiences/1/CalculateSync", body={"generateUrnFile": False})
        us.request("POST", "/{dataViewName}/Audiences/1/Hits", body={})
        us.request("POST", "/{dataViewName}/Collections", body=COLLECTION)
        us.request("POST", "/{dataViewName}/Collections/1/Hits", body={})
        us.request("POST", "/{dataViewName}/Dashboards", body=DASHBOARD)
        us.request("POST", "/{dataViewName}/AudienceCompositions/holidays", body=COMPOSITION)
        us.request("POST", "/{dataViewName}/Shares", body=SHARE)
        us.request("POST", "/{dataViewName}/Dashboards/1/Hits", body={})
        us.request("POST", "/{dataViewName}/Workspaces", body={"title": "Spring"})
        us.request("POST", "/{dataViewName}/AudienceExportTemplates/holidays", body=TEMPLATE)
        us.request("POST", "/{dataViewName}/Favourites/holidays", body={"title": "Destinations"})
        us.files.upload("Private/keys.csv", b"1\n2\n")
        us.request("PUT", "/{dataViewName}/Settings/DataView/colours/palette", body={"first": "blue"})


def run(server: Sandbox, controller: Any, name: str) -> int:
    """Call a method's example in a session of its own; the status that it is refused with, or 200."""
    with aa.ApiClient(aa.Configuration(host=server.url)) as client:
        login = aa.SessionsApi(client).sessions_create_session_simple(
            server.data_view, server.username, server.password
        )
        client.configuration.api_key = {"Authorization": login.access_token}
        client.configuration.api_key_prefix = {"Authorization": "Bearer"}
        names: dict[str, Any] = {"aa": aa, "client": client, "datetime": datetime}
        examples = doctest.DocTestParser().get_examples(inspect.getdoc(getattr(controller, name)) or "")
        assert examples, name
        try:
            for example in examples:
                exec(example.source, names)
        except aa.ApiException as error:
            return error.status
    return 200


def place(operation: Any) -> tuple[int, int]:
    """Things are made, changed, looked at and removed in this order; the outer is set before the inner and
    removed after it.
    """
    step = ("POST", "PUT", "GET", "DELETE").index(operation.method)
    return step, len(operation.path) * (0, 1, 0, -1)[step]


def refusals(operations: dict[str, Any], order: list[str]) -> dict[str, int]:
    """Return the statuses that examples have to get.

    The number in an example of a job is that of the section's first job, so all but those of its family are
    about a job that does not exist.
    """
    jobs = {name: operations[name].path.partition("/{jobId}") for name in order}
    families = {family for family, mark, _ in jobs.values() if mark}
    taken = [name for name in order if name not in REFUSED and operations[name].id not in UNLICENSED]
    starts = [jobs[n][0] for n in taken if operations[n].method == "POST" and jobs[n][0] in families]
    first = next(iter(families & FIRST_JOBS), starts[0] if starts else "")
    refused = {name: 404 for name, (family, mark, _) in jobs.items() if mark and family != first}
    refused |= {name: REFUSED[name] for name in order if name in REFUSED}
    return refused | {name: 403 for name in order if operations[name].id in UNLICENSED}


@pytest.mark.parametrize("controller", CONTROLLERS, ids=lambda controller: controller.__name__)
def test_examples_are_calls_that_succeed(
    controller: Any, server: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.csv").write_text("a,b\n1,2\n")
    (tmp_path / "logo.png").write_bytes(b"\x89PNG")
    order = sorted(controller.operations, key=lambda name: place(controller.operations[name]))
    found = {name: run(server, controller, name) for name in order}
    refused = {name: status for name, status in found.items() if status != 200}
    assert refused == refusals(controller.operations, order)
