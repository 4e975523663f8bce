"""Data licensing: what records cost, buying them, and what a licence saves."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from apteco_api.sandbox import Sandbox, serve

SETS = ["Household addresses", "Contact details", "Demographics", "Lifestyle", "Booking history"]
QUOTE = "Audiences_CalculateAudienceDataLicensingSync"
BUY = "DataLicensing_PurchaseDataLicensingSync"
PEOPLE = {"selection": {"tableName": "People", "ancestorCounts": True}}


def bookings_to(*codes: str) -> dict[str, Any]:
    rule = {"listRule": {"list": "\t".join(codes), "variableName": "boDest"}}
    criteria = {"variableName": "boDest", "tableName": "Bookings", "include": True, "logic": "OR"}
    clause = {"criteria": {**criteria, "valueRules": [rule]}}
    return {"selection": {"tableName": "Bookings", "ancestorCounts": True, "rule": {"clause": clause}}}


def counts(api: Any, query: dict[str, Any]) -> dict[str, int]:
    found = api("Queries_PerformQueryCountSynchronously", body=query)["counts"]
    return {each["tableName"]: each["countValue"] for each in found}


def audience(api: Any, query: dict[str, Any]) -> int:
    body = {"title": "Buyers", "systemName": "holidays", "bodyQuery": query}
    number: int = api("Audiences_CreateAudience", body=body)["id"]
    return number


def quote(api: Any, query: dict[str, Any], name: str = "Contact details") -> dict[str, Any]:
    found: dict[str, Any] = api(QUOTE, audienceId=audience(api, query), body={"licensingSet": name})
    return found


def finish(ask: Callable[[], Any]) -> Any:
    for _ in range(300):
        state = ask()
        if state["isComplete"]:
            return state
        time.sleep(0.02)
    raise AssertionError("the job did not end")


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """Yield a new sandbox, with an own account."""
    with serve(scale=2_000, job_seconds=0.02) as server:
        yield server


@pytest.fixture
def api(box: Sandbox, new_api: Callable[..., Any]) -> Any:
    return new_api(box.url, box.username, box.password)


def test_the_system_and_its_licensing_sets_are_listed_in_pages(api: Any) -> None:
    system = {"name": "holidays", "isVelocityEnabled": False}
    assert api("DataLicensing_GetDataLicensingSystems")["list"] == [system]
    assert api("DataLicensing_GetDataLicensingSystem") == system
    assert api.refused("DataLicensing_GetDataLicensingSystem", systemName="other")[0] == 404
    listing = "DataLicensing_GetLicensingSetsSync"
    assert [each["name"] for each in api(listing)["list"]] == SETS
    second = api(listing, query={"orderBy": "-name", "offset": 1, "count": 2})
    assert (second["totalCount"], second["list"]) == (
        5, [{"name": "Household addresses"}, {"name": "Demographics"}],
    )  # fmt: skip
    found = api(listing, query={"filter": "name contains 'details'"})
    assert found["list"] == [{"name": "Contact details"}]


def test_a_price_is_the_records_of_the_set_s_table_by_its_price(api: Any) -> None:
    query = bookings_to("06", "07")
    counted = counts(api, query)
    prices = {"Household addresses": ("Households", 5), "Contact details": ("People", 12)}
    for name, (table, price) in {**prices, "Booking history": ("Bookings", 2)}.items():
        quoted = quote(api, query, name)
        assert quoted["numberOfRecordsToLicense"] == counted[table] > 0
        assert quoted["grandTotalCost"] == counted[table] * price / 100
        assert quoted["creditRemaining"] == 10_000


def test_a_purchase_pays_licenses_and_writes_the_keys(api: Any) -> None:
    query = bookings_to("06")
    quoted = quote(api, query)
    order = {
        "queryId": quoted["queryId"],
        "filename": "bought.urn",
        "grandTotalCost": quoted["grandTotalCost"],
    }
    order |= {"licensingSet": "Contact details", "purchaseOrderNumber": "PO 7"}
    receipt = api(BUY, body={**order, "password": "holidays"})
    number = counts(api, query)["People"]
    assert receipt == {
        "queryId": quoted["queryId"],
        "numberOfRecordsLicensed": number,
        "grandTotalCost": quoted["grandTotalCost"],
        "creditRemaining": 10_000 - quoted["grandTotalCost"],
        "urnFilePath": "Private/bought.urn",
    }
    keys = api("Files_GetFile", filePath="Private/bought.urn").decode().split()
    assert len(set(keys)) == len(keys) == number
    assert quote(api, query)["creditRemaining"] == receipt["creditRemaining"]


def test_what_is_licensed_costs_nothing_again_under_the_same_set(api: Any) -> None:
    api(BUY, body={"queryId": quote(api, bookings_to("06"))["queryId"]})
    people = counts(api, bookings_to("06"))["People"]
    again = quote(api, bookings_to("06"))
    assert (again["numberOfRecordsToLicense"], again["grandTotalCost"]) == (0, 0)
    receipt = api(BUY, body={"queryId": again["queryId"]})
    assert receipt["numberOfRecordsLicensed"] == 0
    keys = api("Files_GetFile", filePath=receipt["urnFilePath"]).decode().split()
    assert len(keys) == people, "the file holds all records that are licensed now"
    more = quote(api, bookings_to("06", "07"))["numberOfRecordsToLicense"]
    assert more == counts(api, bookings_to("06", "07"))["People"] - people
    assert quote(api, bookings_to("06"), "Lifestyle")["numberOfRecordsToLicense"] == people


def test_a_licence_ends_with_its_period(api: Any, box: Sandbox) -> None:
    first = api(BUY, body={"queryId": quote(api, bookings_to("06"))["queryId"]})
    store = box.world.store
    (bought,) = store.rows("licence-purchase")
    assert bought["expires"][:4] > bought["timestamp"][:4], "contact details are licensed for a year"
    with store.write() as writer:
        writer.change("licence-purchase", bought, expires=bought["timestamp"])
    assert quote(api, bookings_to("06"))["grandTotalCost"] == first["grandTotalCost"] > 0


def test_a_quotation_is_bought_once(api: Any) -> None:
    order = {"queryId": quote(api, bookings_to("06"))["queryId"]}
    receipt = api(BUY, body=order)
    status, message = api.refused(BUY, body=order)
    assert (status, receipt["urnFilePath"] in message) == (409, True)


def test_only_one_of_many_simultaneous_purchases_of_a_quotation_succeeds(
    box: Sandbox, new_api: Callable[..., Any]
) -> None:
    buyers = [new_api(box.url, box.username, box.password) for _ in range(6)]
    quoted = quote(buyers[0], bookings_to("06"))
    statuses: list[int] = []

    def buy(buyer: Any) -> None:
        statuses.append(buyer.send(BUY, body={"queryId": quoted["queryId"]}).status)

    threads = [threading.Thread(target=buy, args=(buyer,)) for buyer in buyers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, *[409] * 5]
    assert quote(buyers[0], PEOPLE)["creditRemaining"] == 10_000 - quoted["grandTotalCost"]


def test_a_price_that_has_changed_since_it_was_quoted_is_refused(api: Any) -> None:
    first, second = quote(api, bookings_to("06")), quote(api, bookings_to("06", "07"))
    api(BUY, body={"queryId": first["queryId"]})
    status, message = api.refused(BUY, body={"queryId": second["queryId"]})
    now = second["grandTotalCost"] - first["grandTotalCost"]
    assert (status, f"{now:.2f} now" in message) == (409, True), message


def test_a_purchase_beyond_the_credit_is_refused_and_leaves_nothing(new_api: Callable[..., Any]) -> None:
    with serve(scale=2_000, licensing_credit=1) as server:
        api = new_api(server.url, server.username, server.password)
        order = {"queryId": quote(api, PEOPLE)["queryId"], "filename": "dear.urn"}
        status, message = api.refused(BUY, body=order)
        assert (status, "the credit is 1.00" in message) == (403, True)
        assert api.refused("Files_GetFile", filePath="Private/dear.urn")[0] == 404
        after = quote(api, PEOPLE)
        assert after["creditRemaining"] == 1
        assert after["numberOfRecordsToLicense"] == counts(api, PEOPLE)["People"]


@pytest.mark.parametrize(
    ("order", "status", "words"),
    [
        ({"queryId": ""}, 400, "queryId"),
        ({"queryId": "unknown"}, 404, "'unknown'"),
        ({"licensingSet": "Lifestyle"}, 400, "'Contact details'"),
        ({"licensingSet": "Nonsense"}, 400, "'Nonsense'"),
        ({"grandTotalCost": 0.01}, 409, "not 0.01"),
        ({"grandTotalCost": "NaN"}, 409, "not nan"),
        ({"filename": "../out.urn"}, 400, "path"),
        ({"filename": "Private"}, 201, ""),
        ({"filename": "Public/"}, 409, "directory"),
        ({"password": "wrong"}, 403, "password"),
    ],
)
def test_an_invalid_order_is_refused_by_name(
    api: Any, order: dict[str, Any], status: int, words: str
) -> None:
    api("Directories_UpsertDirectory", directoryPath="Public")
    body = {"queryId": quote(api, bookings_to("06"))["queryId"], **order}
    answer = api.send(BUY, body=body)
    assert (answer.status, words in answer.data.decode()) == (status, True), answer.data
    job = api.send("DataLicensing_CreatePurchaseDataLicensingJob", body=body)
    if "grandTotalCost" not in order and status != 201:
        assert job.status == status, "the job started although its order is invalid"


def test_an_unknown_licensing_set_is_refused_with_the_names_of_all(api: Any) -> None:
    key = {"audienceId": audience(api, PEOPLE)}
    for body in ({"licensingSet": "Nonsense"}, {}):
        status, message = api.refused(QUOTE, **key, body=body)
        assert (status, all(name in message for name in SETS)) == (400, True)
    assert api.refused(QUOTE, audienceId=99, body={"licensingSet": SETS[0]})[0] == 404


def test_who_may_buy_is_a_permission_that_administrators_grant(
    api: Any, box: Sandbox, new_api: Callable[..., Any]
) -> None:
    analyst = new_api(box.url, "analyst", box.password)
    theirs, ours = quote(analyst, bookings_to("06")), quote(api, bookings_to("07"))
    status, message = analyst.refused(BUY, body={"queryId": theirs["queryId"]})
    assert (status, "Purchase" in message) == (403, True)
    user = api("Users_GetUserDetails", username="analyst")["id"]
    right = {"id": 0, "permissionType": "DataRights", "permission": {"name": "Purchase"}, "inherit": False}
    right |= {"resourceType": "FastStatsElement", "resource": "holidays", "grant": True, "deny": False}
    api("Permissions_CreatePermissionForUser", userId=user, body=right)
    assert analyst(BUY, body={"queryId": theirs["queryId"]})["numberOfRecordsLicensed"] > 0
    assert analyst.refused(BUY, body={"queryId": ours["queryId"]})[0] == 403, "the audience is not shared"


def test_no_password_of_an_order_is_kept(api: Any, box: Sandbox) -> None:
    order = {"queryId": quote(api, bookings_to("06"))["queryId"], "password": "holidays"}
    job = api("DataLicensing_CreatePurchaseDataLicensingJob", body=order)
    finish(lambda: api("DataLicensing_GetDataPurchaseJob", jobId=job["id"]))
    kinds = ("licence-purchase", "quotation", "job")
    kept = json.dumps([row for kind in kinds for row in box.world.store.rows(kind)])
    assert "password" not in kept.lower()
    log = api("FastStatsJobs_GetFastStatsJobs", query={"count": 100})["list"]
    for each in log:
        detail = api("FastStatsJobs_GetFastStatsJob", jobId=each["id"], query={"returnRequest": "true"})
        assert "password" not in json.dumps(detail).lower()


def test_all_three_families_of_jobs_run_to_their_results(api: Any) -> None:
    job = api("DataLicensing_CreateGetLicensingSetsJob")
    done = finish(lambda: api("DataLicensing_GetLicensingSetsJob", jobId=job["id"]))
    assert [each["name"] for each in done["licensingSets"]] == SETS
    key = {"audienceId": audience(api, bookings_to("06"))}
    wanted = {"licensingSet": "Contact details"}
    job = api("Audiences_CreateCalculateAudienceDataLicensingJob", **key, body=wanted)
    state = {**key, "jobId": job["id"]}
    priced = finish(lambda: api("Audiences_GetCalculateAudienceDataLicensingJob", **state, body=wanted))
    quoted = priced["licensingInfo"]
    assert quoted["grandTotalCost"] == quote(api, bookings_to("06"))["grandTotalCost"]
    assert api("Audiences_GetCalculateAudienceDataLicensingJob", **state) == priced, "asked without a body"
    other = {"licensingSet": "Nonsense"}
    assert api.refused("Audiences_GetCalculateAudienceDataLicensingJob", **state, body=other)[0] == 400
    job = api("DataLicensing_CreatePurchaseDataLicensingJob", body={"queryId": quoted["queryId"]})
    bought = finish(lambda: api("DataLicensing_GetDataPurchaseJob", jobId=job["id"]))["purchaseInfo"]
    assert bought["numberOfRecordsLicensed"] == quoted["numberOfRecordsToLicense"]


def test_a_purchase_that_fails_as_a_job_says_why(new_api: Callable[..., Any]) -> None:
    with serve(scale=2_000, job_seconds=0.05, job_workers=1) as server:
        api = new_api(server.url, server.username, server.password)
        first, second = (quote(api, bookings_to("06"))["queryId"] for _ in range(2))
        start, ask = "DataLicensing_CreatePurchaseDataLicensingJob", "DataLicensing_GetDataPurchaseJob"
        jobs = [api(start, body={"queryId": number})["id"] for number in (first, first, second)]
        assert finish(lambda: api(ask, jobId=jobs[0]))["purchaseInfo"]
        for _ in range(300):
            if all(api.send(ask, jobId=number).status != 200 for number in jobs[1:]):
                break
            time.sleep(0.02)
        status, message = api.refused(ask, jobId=jobs[1])
        assert (status, "has been bought" in message) == (409, True)
        status, message = api.refused(ask, jobId=jobs[2])
        assert (status, "cost 0.00 now" in message) == (409, True)


def test_a_cancelled_purchase_or_quotation_leaves_nothing(new_api: Callable[..., Any]) -> None:
    with serve(scale=2_000, job_seconds=5, job_workers=1) as server:
        api = new_api(server.url, server.username, server.password)
        quoted = quote(api, bookings_to("06"))
        start, ask = "DataLicensing_CreatePurchaseDataLicensingJob", "DataLicensing_GetDataPurchaseJob"
        running = api(start, body={"queryId": quoted["queryId"]})["id"]
        while api(ask, jobId=running)["progress"] < 5:
            time.sleep(0.02)
        busy = {"X-Sandbox-Trouble": "busy=60"}
        waiting = api(start, body={"queryId": quoted["queryId"]}, headers=busy)["id"]
        assert api(ask, jobId=waiting)["queuePosition"] == 1
        for number in (waiting, running):
            api("DataLicensing_CancelDataPurchaseJob", jobId=number)
            assert "purchaseInfo" not in finish(lambda number=number: api(ask, jobId=number))
        key = {"audienceId": 1}
        job = api("Audiences_CreateCalculateAudienceDataLicensingJob", **key, body={"licensingSet": SETS[1]})
        api("Audiences_CancelCalculateAudienceDataLicensingJob", **key, jobId=job["id"])
        finish(lambda: api("Audiences_GetCalculateAudienceDataLicensingJob", **key, jobId=job["id"]))
        job = api(
            "Audiences_CreateCalculateAudienceJobForLatestUpdate", **key, body={"generateUrnFile": False}
        )
        api("Audiences_CancelCalculateAudienceJob", **key, jobId=job["id"])
        finish(lambda: api("Audiences_GetCalculateAudienceJob", **key, jobId=job["id"]))
        assert api("Audiences_GetAudienceResults", **key)["totalCount"] == 0
        assert len(server.world.store.rows("quotation")) == 1
        receipt = api(BUY, body={"queryId": quoted["queryId"]})
        assert receipt["creditRemaining"] == 10_000 - quoted["grandTotalCost"]


def test_licences_credit_and_quotations_survive_a_restart(
    tmp_path: Path, new_api: Callable[..., Any]
) -> None:
    file = tmp_path / "holidays.duckdb"
    with serve(scale=2_000, data=file) as server:
        api = new_api(server.url, server.username, server.password)
        bought = api(BUY, body={"queryId": quote(api, bookings_to("06"))["queryId"]})
        waiting = quote(api, bookings_to("07"))
    with serve(data=file) as server:
        api = new_api(server.url, server.username, server.password)
        assert quote(api, bookings_to("06"))["numberOfRecordsToLicense"] == 0
        assert quote(api, bookings_to("06"))["creditRemaining"] == bought["creditRemaining"]
        assert api(BUY, body={"queryId": waiting["queryId"]})["queryId"] == waiting["queryId"]
