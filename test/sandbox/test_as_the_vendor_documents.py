"""The sandbox works with calls from the vendor's public documents and scripts."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import time
from typing import Any

import msgspec
import pytest
import urllib3

import apteco_api as aa
from apteco_api.sandbox import Sandbox, passwords, serve, server
from apteco_api.sandbox.holidays import domains


@pytest.fixture(scope="module")
def box() -> Any:
    with serve(scale=20_000) as found:
        yield found


@pytest.fixture(scope="module")
def session(box: Sandbox) -> Any:
    with aa.login(box.url, box.data_view, box.username, box.password, system=box.system) as found:
        yield found


def simple_login(box: Sandbox, user: str) -> Any:
    with aa.ApiClient(aa.Configuration(host=box.url)) as client:
        return aa.SessionsApi(client).sessions_create_session_simple(box.data_view, user, box.password)


def claims(token: str) -> dict[str, Any]:
    head, payload, signature = token.split(".")
    assert base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    assert json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["alg"] == "HS256"
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


def test_an_access_token_is_a_jwt_that_names_its_session(box: Sandbox) -> None:
    seen = set()
    for _ in range(2):
        made = simple_login(box, box.username)
        found = claims(made.access_token)
        assert (found["jti"], found["sub"]) == (made.session_id, box.username)
        assert 0 < found["exp"] - time.time() <= 8 * 3600 + 1
        seen.add(found["jti"])
    assert len(seen) == 2


def test_a_token_whose_signature_or_claims_were_changed_is_refused(box: Sandbox) -> None:
    made = simple_login(box, "analyst")
    head, payload, signature = made.access_token.split(".")
    forged = base64.urlsafe_b64encode(json.dumps({**claims(made.access_token), "sub": box.username}).encode())
    for token in (
        f"{head}.{payload}.{signature[:-2]}AA",
        f"{head}.{forged.decode().rstrip('=')}.{signature}",
        f"{head}.{payload}.",
    ):
        with (
            aa.login(box.url, box.data_view, token=token, system=box.system) as found,
            pytest.raises(aa.ApiUnauthorized),
        ):
            found.count("Bookings")


@pytest.mark.parametrize("name", ["analyst@example.com", "ANALYST@EXAMPLE.COM"])
def test_a_login_takes_an_email_address(box: Sandbox, session: Any, name: str) -> None:
    address = session.users.users_get_user_details("analyst").email_address
    name = address.upper() if name.isupper() else address
    with aa.login(box.url, box.data_view, name, box.password, system=box.system) as found:
        assert found.user is not None
        assert found.user.username == "analyst"
    with pytest.raises(aa.ApiUnauthorized):
        aa.login(box.url, box.data_view, name, "wrong", system=box.system)


@pytest.mark.parametrize("password", ["holidays", "Ünï€ 7~", "a"])
def test_a_salted_login_takes_the_answer_of_the_vendors_scripts(password: str) -> None:
    stored = passwords.make(password)
    swapped = "".join(chr(ord(char) + (1 if ord(char) % 2 == 0 else -1)) for char in password)

    def answer(text: str) -> str:
        second = hashlib.sha512((text + stored["userSalt"]).encode()).hexdigest()
        return hashlib.sha512(f"{second}salt".encode()).hexdigest()

    assert passwords.matches_salted(stored, "salt", answer(swapped))
    assert not passwords.matches_salted(stored, "salt", answer(password))
    assert not passwords.matches_salted(stored, "other", answer(swapped))
    assert not passwords.matches_salted(None, "salt", answer(swapped))
    older = {key: value for key, value in stored.items() if key != "swapped"}
    assert not passwords.matches_salted(older, "salt", hashlib.sha512(b"salt").hexdigest())


KEYS = {
    "CalculateAudienceLatestUpdateSync": "POST holidays/Audiences/{audienceId}/CalculateSync",
    "CopyFile": "POST holidays/Files/holidays/{toFilePath}",
    "CountQuerySync": "POST holidays/Queries/holidays/CountSync",
    "CreateDeleteElementJob": "POST holidays/PeopleStage/holidays/Elements/{elementId}/DeleteElementJobs",
    "CreateElementCheckInOutJob": "POST holidays/PeopleStage/holidays/Elements/{elementId}/CheckInOutJobs",
    "CreateSessionSimple": "POST holidays/Sessions/SimpleLogin",
    "GetElementStatusForDescendants": (
        "GET holidays/PeopleStage/holidays/Elements/{elementId}/Status/Descendants"
    ),
    "GetFiles": "GET holidays/Directories/holidays/{directoryPath}",
    "GetPeopleStageSystem": "GET holidays/PeopleStage/holidays",
    "GetVersionDetails": "GET About/Version",
}


@pytest.mark.parametrize("key", KEYS)
def test_scripts_find_endpoints_by_the_names_that_servers_give_them(key: str, session: Any) -> None:
    rows = session.about.about_get_endpoints(filter=f"Name eq '{key}'").list
    url = rows[0].url_template.replace("{dataViewName}", "holidays").replace("{systemName}", "holidays")
    assert f"{rows[0].method} {url}" == KEYS[key]


def test_the_words_of_a_parameter_are_taken_in_any_case(session: Any, box: Sandbox) -> None:
    path = "/{dataViewName}/Users/administrator/Audiences"
    query = {"includeDeleted": "onlyNotDeleted", "orderBy": "-createdOn", "filter": "(status neq 'Archived')"}
    assert session.request("GET", path, query=query)["totalCount"] >= 0
    with pytest.raises(aa.ApiBadRequest, match=r"must be one of .*, not 'often'"):
        session.request("GET", path, query={"includeDeleted": "often"})


def test_a_change_of_a_dashboard_is_read_edited_and_sent_back_whole(session: Any) -> None:
    level = {"chartType": "Bar", "sortOrder": "Natural", "drilldownLevel": 0}
    level["dataSpecification"] = {
        "cubeSpecification": {
            "dimensions": [{"id": "0", "type": "Selector", "variableName": "boDest"}],
            "measures": [{"id": "0", "resolveTableName": "Bookings", "function": "Count"}],
        }
    }
    base = {"selection": {"tableName": "Bookings"}}
    item = {"id": "a", "title": "Arthur", "dashboardItemDetails": [level]}
    board = {"title": "Sales", "description": "Where to", "systemName": "holidays", "baseQuery": base}
    root = "/{dataViewName}/Dashboards"
    made = session.request("POST", root, body={**board, "dashboardItems": [item]})
    updates, own = (
        f"{root}/{made['id']}/Updates",
        f"/{{dataViewName}}/Users/Administrator/Dashboards/{made['id']}",
    )

    def last(**query: Any) -> Any:
        newest = session.request("GET", updates, query={"orderBy": "-Timestamp", "count": 1})["list"][0]
        return session.request("GET", f"{updates}/{newest['id']}", query=query)

    def send(update: Any) -> Any:
        back = {**update, "id": made["id"], "timestamp": None, "hasSolutionTile": None}
        return session.request("POST", updates, body=back)

    for query in ({"includeTabDetails": True}, {}):
        before = last(**query)
        send(json.loads(json.dumps(before).replace('"Arthur"', '"Marvin"')))
        now = session.request("GET", own)
        assert now["baseQuery"] == base
        assert now["dashboardItems"] == [{**item, "title": "Marvin"}], query
        send(before)
        assert session.request("GET", own)["dashboardItems"] == [item], query
    tabs = [{"title": "One", "colour": 3, "dashboardTiles": [{"title": "Text", "x": {"y": [1]}}, item]}]
    assert send({**last(includeTabDetails=True), "workbookItems": tabs})["workbookItems"] == tabs
    assert last(includeTabDetails=True)["workbookItems"] == tabs
    assert session.request("GET", own)["dashboardItems"] == [item]
    copied = session.request("POST", root, body={**last(includeTabDetails=True), "title": "Again"})
    assert (copied["title"], copied["workbookItems"]) == ("Again", tabs)
    wrong = [{"dashboardTiles": [{**item, "dashboardItemDetails": [{}]}]}]
    with pytest.raises(aa.ApiBadRequest, match=r"dashboardTiles\[0\]\.dashboardItemDetails\[0\]"):
        send({**last(), "workbookItems": wrong})


def test_the_document_is_at_the_addresses_of_old_and_new_versions(box: Sandbox) -> None:
    old, new = (
        urllib3.request("GET", f"{box.url}/swagger/{path}").json() for path in ("docs/v2", "v2/swagger.json")
    )
    assert old == new
    assert len(new["paths"]) > 100


def test_facilities_have_their_words_as_codes(session: Any) -> None:
    codes = [code.code for code in session.variables["Facilities"].codes]
    assert [code for code in codes if code.isalpha()] == ["Food", "Entertainment", "Kidsclub", "Trips"]
    facilities = {"F": "Food", "E": "Entertainment", "K": "Kidsclub", "T": "Trips"}
    for letter, word in facilities.items():
        places = [each.code for each in domains.DESTINATIONS if letter in each.facilities]
        assert session.count(aa.where("deFacil") == word) == session.count(aa.where("boDest").isin(places))


def test_the_common_sources_have_other_codes(session: Any) -> None:
    small = session.count(aa.where("peSource").isin("05", "09", "10", "12", "27"))
    assert 0 < small <= 0.02 * session.count("People")
    names = [
        code.description for code in session.variables["Source"].codes if code.description != "Unclassified"
    ]
    assert (names.index("Website"), names.index("Expedia")) == (
        2,
        12,
    )  # the modes that py-apteco's tests know


@pytest.mark.parametrize(
    "text", ["İ", "ı", "ß", "ﬁ", "K", "ſ", "É", "é", "Ñ", "ÚÑ", "smi", "SS", "Å", "Σ", "i", "Ü"]
)
@pytest.mark.parametrize("kind", ["contains", "startswith", "endswith"])
def test_letters_are_folded_as_unicode_says(session: Any, text: str, kind: str) -> None:
    names = [name or "" for name in session.export("People", ["Surname"])["Surname"]]
    compare = {"contains": str.__contains__, "startswith": str.startswith, "endswith": str.endswith}[kind]
    right = sum(compare(name.casefold(), text.casefold()) for name in names)
    condition = getattr(aa.where("Surname"), kind)(text, ignore_case=True)
    assert session.count(condition) == right


def test_the_letters_of_the_data_have_lower_cases_that_fold_them() -> None:
    words = [value for name in dir(domains) if name.isupper() for value in _texts(getattr(domains, name))]
    letters = set("".join(words))
    assert "ü" in letters
    assert [letter for letter in letters if letter.lower() != letter.casefold()] == []


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for each in value for text in _texts(each)] if isinstance(value, list | tuple) else []


def _like(pattern: str) -> Any:
    import re

    parts = [".*" if c == "*" else "." if c == "?" else re.escape(c) for c in re.sub(r"\*+", "*", pattern)]
    return re.compile("".join(parts), re.DOTALL).fullmatch


@pytest.mark.parametrize("ignore", [False, True])
@pytest.mark.parametrize(
    "patterns",
    [
        [*(f"n{n}*" for n in range(200)), "Sm?th"],
        [*(f"*{n}" for n in range(200)), "*th", "*son"],
        [*(f"*x{n}*" for n in range(200)), "*ow*", "?o*n*"],
        [*(f"?{n}?*" for n in range(100)), "?????", "*Å*", "M?ller", "N??ez"],
        [*("?" * n for n in range(1, 80)), "?" * 9 + "*"],
        [*(f"z%_{n}\\*" for n in range(90)), "S%", "S_ith", "Smith", "smith", "*'*"],
        ["*" * n + "q*" for n in range(1, 70)],
    ],
)
def test_many_patterns_match_what_each_of_them_matches(
    session: Any, patterns: list[str], ignore: bool
) -> None:
    names = [name or "" for name in session.export("People", ["Surname"])["Surname"]]
    fold = str.casefold if ignore else str
    tests = [_like(fold(each)) for each in patterns]
    right = sum(any(test(fold(name)) for test in tests) for name in names)
    rule = aa.ListRule(list="\t".join(f'="{each}"' for each in patterns), variable_name="peSName")
    criteria = aa.Criteria(
        variable_name="peSName",
        include=True,
        logic="OR",
        ignore_case=ignore,
        text_match_type="Ranges",
        value_rules=[aa.ValueRule(list_rule=rule)],
        table_name="People",
    )
    clause = aa.Clause(criteria=criteria)
    assert session.count(clause) == right


@pytest.mark.parametrize("kind", ["startswith", "endswith", "contains"])
@pytest.mark.parametrize("ignore", [False, True])
def test_many_texts_match_what_each_of_them_matches(session: Any, kind: str, ignore: bool) -> None:
    texts = [*(f"q{n}" for n in range(100)), "Sm", "th", "ar", "%", "ow"]
    names = [name or "" for name in session.export("People", ["Surname"])["Surname"]]
    compare = {"contains": str.__contains__, "startswith": str.startswith, "endswith": str.endswith}[kind]
    fold = str.casefold if ignore else str
    right = sum(any(compare(fold(name), fold(text)) for text in texts) for name in names)
    assert session.count(getattr(aa.where("Surname"), kind)(*texts, ignore_case=ignore)) == right


@pytest.mark.parametrize(
    "target", ["////evil.com", "//evil.com", "///evil.com/x", "/\\evil.com", "http://evil.com"]
)
def test_a_login_token_is_not_sent_to_another_host(box: Sandbox, target: str) -> None:
    answer = urllib3.request(
        "GET", f"{box.url}/ExternalLogin/Login", fields={"returnUrl": target}, redirect=False, retries=False
    )
    assert answer.status == 400


def test_an_audience_whose_query_selects_nothing_is_all_its_records(session: Any) -> None:
    made = session.audiences.audiences_create_audience(
        audience_detail=aa.CreateAudienceDetail(
            title="no selection",
            description="",
            system_name=session.system_name,
            body_query=aa.Query(),
        )
    )
    result = session.audiences.audiences_calculate_audience_latest_update_sync(
        made.id, calculate_audience_details=aa.CalculateAudienceDetails(generate_urn_file=False)
    )
    assert result.nett_results.counts[0].count_value == result.body_results.counts[0].count_value > 0


def answer_of(connection: socket.socket) -> bytes:
    """Read one answer, which holds a JSON object and may come in pieces."""
    received = b""
    while not received.endswith(b"}"):
        data = connection.recv(65536)
        assert data
        received += data
    return received


def test_a_head_that_does_not_end_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_HEAD_SECONDS", 0.3)
    monkeypatch.setattr(server, "_SILENCE_SECONDS", 0.5)
    with serve(scale=100) as found:
        port = urllib3.util.parse_url(found.url).port
        assert port is not None
        whole = b"GET /OrbitAPI/About/Version HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for sent in (b"", b"GET", whole, whole + b"\r\n" + whole[:20]):
            with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
                connection.sendall(sent)
                received = b""
                while data := connection.recv(65536):
                    received += data
                assert received.count(b"HTTP/1.1 200") == sent.count(b"\r\n\r\n")
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            for _ in range(2):  # a connection that is in use outlives both limits
                connection.sendall(whole + b"\r\n")
                assert b"200" in answer_of(connection)
                time.sleep(0.7)
            connection.sendall(whole + b"\r\n")
            assert b"200" in answer_of(connection)


def test_a_client_that_leaves_an_export_leaves_no_traceback(box: Sandbox, session: Any, caplog: Any) -> None:
    token = session.client.configuration.api_key["Authorization"]
    columns = [{"id": "0", "variableName": "boURN", "columnHeader": "x"}]
    request = {"baseQuery": {"selection": {"tableName": "Bookings"}}, "resolveTableName": "Bookings"}
    body = msgspec.json.encode(
        {**request, "columns": columns, "maximumNumberOfRowsToBrowse": 20_000, "returnBrowseRows": True}
    )
    head = "POST /OrbitAPI/Holidays/Exports/holidays/ExportSync HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    head += f"Authorization: Bearer {token}"
    head += f"\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    for read in (0, 1, 2000, 40_000):
        with socket.create_connection(("127.0.0.1", urllib3.util.parse_url(box.url).port), timeout=20) as one:
            one.sendall(head.encode() + body)
            received = 0
            while received < read:
                received += len(one.recv(read - received))
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    session.count("Bookings")
    time.sleep(0.5)
    assert [
        record for record in caplog.records if record.exc_info or "Traceback" in record.getMessage()
    ] == []
