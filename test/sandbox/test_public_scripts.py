"""What public scripts and programs send to the vendor's servers, sent to a sandbox of each version."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3

from apteco_api.sandbox import Sandbox, serve
from apteco_api.sandbox.versions import VERSIONS

ORIGIN = "http://localhost:4200"
QUERY = {"selection": {"tableName": "Bookings"}}
LEVEL = {
    "chartType": "Bar",
    "sortOrder": "Natural",
    "drilldownLevel": 0,
    "dataSpecification": {
        "cubeSpecification": {
            "dimensions": [{"id": "0", "type": "Selector", "variableName": "boDest"}],
            "measures": [{"id": "0", "resolveTableName": "Bookings", "function": "Count"}],
        }
    },
}
HTTP = urllib3.PoolManager()


class Script:
    """What a script knows: the addresses, the user's name and a token."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.token = ""
        login = {"dataViewName": box.data_view, "UserLogin": box.username, "Password": box.password}
        self.session = self.form("Sessions/SimpleLogin", **login, ClientType="Orbit")
        self.token = self.session["accessToken"]

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Any:
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return HTTP.request(method, f"{self.box.url}/{path}", body=body, headers=named)

    def form(self, path: str, **fields: str) -> Any:
        kind = "application/x-www-form-urlencoded"
        answer = self.send(
            "POST", f"{self.box.data_view}/{path}", urlencode(fields).encode(), Content_Type=kind
        )
        assert answer.status == 201
        return answer.json()

    def get(self, path: str, **query: Any) -> Any:
        answer = self.send(
            "GET", f"{self.box.data_view}/{path}?{urlencode(query)}", Content_Type="application/json"
        )
        assert answer.status == 200, answer.data
        return answer.json()

    def follow(self, answer: Any) -> Any:
        """Read what an answer says was made."""
        where = answer.headers["Location"]
        assert where.startswith(f"{self.box.url}/{self.box.data_view}/")
        return self.get(where.removeprefix(f"{self.box.url}/{self.box.data_view}/"))

    def post(self, path: str, body: Any = None, kind: str = "application/json") -> Any:
        data = None if body is None else json.dumps(body).encode()
        answer = self.send("POST", f"{self.box.data_view}/{path}", data, Content_Type=kind)
        assert answer.status in (200, 201), answer.data
        return answer


def later(script: Script) -> bool:
    return script.box.world.settings.version != VERSIONS[0]


@pytest.fixture(scope="module", params=VERSIONS)
def script(request: Any) -> Iterator[Script]:
    with serve(scale=500, version=request.param, origins=(ORIGIN,)) as box:
        yield Script(box)


def test_what_is_read_is_renamed_and_posted_as_new(script: Script) -> None:
    """As `GroupApi` does, whose paths have doubled slashes."""
    audience = {"title": "Old", "systemName": "holidays", "resolveTableName": "Bookings", "bodyQuery": QUERY}
    board = {"title": "Old", "description": "It", "systemName": "holidays", "baseQuery": QUERY}
    user = f"Users/{script.box.username}"
    collection = {
        "id": 0,
        "title": "Old",
        "description": "It",
        "owner": script.session["user"],
        "numberOfUsersSharedWith": 0,
        "sharedToAll": False,
        "shareId": 0,
        "numberOfHits": 0,
        "systemName": "holidays",
        "creationDate": "2026-01-01T00:00:00",
        "filePath": "",
        "parts": [],
    }
    for section, new, own in (
        ("/Audiences", audience, "Audiences"),
        ("Dashboards", {**board, "dashboardItems": []}, f"{user}/Dashboards"),
        ("/Collections", collection, "Collections"),
    ):
        read = script.follow(script.post(section, new))
        assert script.follow(script.post(section, {**read, "title": "New"}))["title"] == "New"
        assert {"Old", "New"} <= {each["title"] for each in script.get(own, count=1000)["list"]}
    assert script.get(f"{user}/Dashboards", count=1000, doSystemLookup="false")["totalCount"] == 2
    assert script.get("AudienceCompositions", count=1000)["totalCount"] >= 0


def test_campaigns_are_listed_with_their_folders(script: Script) -> None:
    """As `InvokeAptecoOrbit` and `OrbitSlackBot` do."""
    system = script.get("PeopleStage", count=1000)["list"][0]
    stage = f"PeopleStage/{system['systemName']}"
    diagram = script.get(stage)["diagramId"]
    found: list[Any] = []
    page: dict[str, Any] = {"list": [0], "totalCount": 1}
    while page["list"] and len(found) < page["totalCount"]:
        query = {"orderBy": "-LastRan", "filter": "Type eq 'Campaign'", "offset": len(found), "count": 2}
        page = script.get(f"{stage}/Elements/{diagram}/Status/Descendants", **query)
        found += page["list"]
    assert found
    assert all(each["path"][-1]["description"] for each in found)
    every = {"filter": "Type eq 'Campaign'", "offset": 0, "count": 1_000_000}
    below = script.get(f"{stage}/Elements/{system['programmeId']}/Status/Descendants", **every)
    assert {each["id"] for each in below["list"]} == {each["id"] for each in found}
    assert (
        script.get(f"{stage}/Elements/{system['programmeId']}/CommunicationStats")["totalCampaignsCount"] >= 0
    )


def test_a_campaign_is_found_by_its_name_and_published(script: Script) -> None:
    """As `ApiRescheduler` does."""
    name = script.get("PeopleStage/holidays/Elements", filter="Type = 'Campaign'")["list"][0]["description"]
    query = f"Type='Campaign' and Description='{name}'"
    found = script.get("PeopleStage/holidays/Elements", filter=query)["list"]
    assert [each["description"] for each in found] == [name]
    jobs = f"PeopleStage/holidays/Elements/{found[0]['id']}/PublishJobs"
    if not later(script):
        assert script.send("POST", f"{script.box.data_view}/{jobs}").status == 404
        return
    job = script.post(jobs).json()["id"]
    wait(lambda: script.get(f"{jobs}/{job}")["isComplete"])


def wait(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not done():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_every_tile_of_a_dashboard_is_calculated(script: Script) -> None:
    """As `OrbitDashboardRefresher` does."""
    item = {"id": "a", "title": "A", "dashboardItemDetails": [LEVEL]}
    board = {"title": "Tiles", "description": "It", "systemName": "holidays", "baseQuery": QUERY}
    script.post("Dashboards", {**board, "dashboardItems": [item]})
    own = f"Users/{script.box.username}/Dashboards"
    listed = next(each for each in script.get(own, count=1000)["list"] if each["title"] == "Tiles")
    tables = {
        each["name"]: each["tableName"] for each in script.get("FastStatsSystems/holidays/Variables")["list"]
    }
    read = script.get(f"{own}/{listed['id']}")["dashboardItems"][0]
    variable = read["dashboardItemDetails"][0]["dataSpecification"]["cubeSpecification"]["dimensions"][0]
    wanted = {
        "dashboardItemId": read["id"],
        "resolveTableName": tables.get(variable["variableName"], "Bookings"),
        "userFilterDefinition": None,
        "drillDownLevel": 0,
        "sortOrder": "Natural",
        "dimensionFilterDefinition": None,
    }
    jobs = f"Dashboards/{listed['id']}/Items"
    if not later(script):
        answer = script.send("POST", f"{script.box.data_view}/{jobs}/CalculateJobsWithFilters", b"{}")
        assert answer.status == 404
        return
    made = script.post(f"{jobs}/CalculateJobsWithFilters", {"dashboardItemsToCalculate": [wanted]}).json()
    ids = [each["jobId"] for each in made]
    assert ids
    wait(lambda: all(each["isComplete"] for each in script.post(f"{jobs}/CalculateJobs/Results", ids).json()))


def test_an_audience_is_exported_and_its_file_fetched(script: Script) -> None:
    """As `InvokeAptecoOrbit` does."""
    audience = {"title": "Out", "systemName": "holidays", "resolveTableName": "Bookings", "bodyQuery": QUERY}
    number = script.post("Audiences", audience).json()["id"]
    column = {"id": "1", "variableName": "boURN", "columnHeader": "URN", "detail": "Description"}
    output = {"format": "CSV", "delimiter": "\t", "alphaEncloser": '"', "numericEncloser": None}
    body = {
        "maximumNumberOfRowsToBrowse": 0,
        "returnBrowseRows": False,
        "filename": f"export-{number}.csv",
        "output": {**output, "authorisationCode": "", "exportExtraName": None},
        "columns": [{**column, "unclassifiedFormat": "Empty", "valueFormat": "Unformatted"}],
        "generateUrnFile": False,
    }
    made = script.post(f"Audiences/{number}/ExportSync", body, "application/json-patch+json").json()
    path = f"{script.box.data_view}/Files/holidays/{made['filePath']}"
    lines = script.send("GET", path, Content_Type="application/octet-stream").data.decode().splitlines()
    assert (lines[0], len(lines)) == ('"URN"', 501)


def test_the_service_is_checked(script: Script) -> None:
    """As the vendor's `HealthCheck` does."""
    assert script.send("GET", "About/Version", Content_Type="application/json").json()["version"]
    claims = script.token.split(".")[1]
    number = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["jti"]
    name = script.get(f"Sessions/{number}")["user"]["username"]
    assert script.get(f"Users/{name}")["username"] == name
    system = script.get("FastStatsSystems")["list"][0]
    assert system.keys() >= {"name", "viewName", "fastStatsBuildDate"}


def test_a_system_is_analysed_and_its_data_explored(script: Script) -> None:
    """As `ApiSystemAnalyser`, `ApiDataExplorer` and `ApiDataAggregator` do."""
    views = script.send("GET", "About/DataViews?count=1000").json()["list"]
    assert [each["name"] for each in views] == [script.box.data_view]
    variables = script.get("FastStatsSystems/holidays/Variables", count=1_000_000)
    assert len(variables["list"]) == variables["totalCount"]
    assert sum((each.get("selectorInfo") or {}).get("numberOfCodes", 0) for each in variables["list"]) > 100
    column = {"id": "1", "variableName": "boDest", "columnHeader": "To", "detail": "Description"}
    export = {
        "baseQuery": QUERY,
        "resolveTableName": "Bookings",
        "maximumNumberOfRowsToBrowse": 5,
        "returnBrowseRows": True,
        "columns": [{**column, "unclassifiedFormat": "Empty"}],
        "limits": None,
        "outputFormat": None,
        "pathToExportTo": None,
    }
    found = script.post(
        "Exports/holidays/ExportSync?timeoutInSeconds=30&returnDefinition=true", export
    ).json()
    assert (found["export"]["columns"][0]["columnHeader"], len(found["rows"])) == ("To", 5)


def test_a_page_in_a_browser_logs_in_and_asks_for_a_cube(script: Script) -> None:
    """As the front ends do that applicants write for the vendor."""
    cube = {
        "baseQuery": {"selection": {"tableName": "People"}},
        "resolveTableName": "People",
        "storage": "Full",
        "leftJoin": False,
        "dimensions": [
            {"id": "dimension-1", "type": "Selector", "variableName": "boDest"},
            {"id": "dimension-2", "type": "DateBand", "variableName": "boDate", "banding": {"type": "Years"}},
        ],
        "measures": [
            {"id": "measure-1", "displayName": "Count", "resolveTableName": "People", "function": "Count"}
        ],
        "subTotals": "All",
    }
    path = f"{script.box.data_view}/Cubes/holidays/CalculateSync"
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    for origin, allowed in ((ORIGIN, ORIGIN), ("http://localhost:4201", None)):
        first = script.send("OPTIONS", path, Origin=origin, **asked)
        assert first.headers.get("Access-Control-Allow-Origin") == allowed
    body = json.dumps(cube).encode()
    answer = script.send("POST", path, body, Origin=ORIGIN, Content_Type="application/json")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    across, down = (each["headerDescriptions"].split("\t") for each in answer.json()["dimensionResults"])
    assert (across[-1], down[-1]) == ("iTOTAL", "iTOTAL")
    assert len(answer.json()["measureResults"][0]["rows"]) == len(down)


def test_no_page_of_another_origin_may_call_by_default() -> None:
    with serve(scale=100) as box:
        answer = HTTP.request("OPTIONS", f"{box.url}/About/Version", headers={"Origin": ORIGIN})
        assert "Access-Control-Allow-Origin" not in answer.headers
