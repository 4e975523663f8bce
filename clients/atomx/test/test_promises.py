"""The promises of the published documentation, by number; those about reports are in test_reports.py."""

from __future__ import annotations

import copy
import importlib
import json
import pickle
import re
import sys
import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, Wire, query_of

import atomx as package
from atomx import APIError, Atomx, InvalidCredentials, MissingArgumentError, ModelNotFoundError, models
from atomx.exceptions import NoPandasInstalledError, NoSessionError
from atomx.sandbox import Sandbox


def test_promise_01_it_installs_by_its_name_with_an_extra_for_reports() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert project["name"] == "atomx"
    assert project["version"] == package.VERSION
    assert {re.split(r"\W", each)[0] for each in project["optional-dependencies"]["report"]} == {
        *("pandas", "matplotlib", "ipython")
    }
    assert not any("requests" in each for each in project["dependencies"])


def test_promise_02_a_session_comes_from_e_mail_and_password_and_any_endpoint(sandbox: Sandbox) -> None:
    assert Atomx("user@example.com", "password").auth_token
    other = sandbox.url.replace("/v3", "/v2")
    session = Atomx("user@example.com", "password", api_endpoint=other + "/")
    assert session.api_endpoint == other + "/"
    assert session.get("creative", 1).id == 1


def test_promise_03_a_list_of_models_whose_attributes_go_into_format_strings(atomx: Atomx) -> None:
    creatives = atomx.get("Creatives", limit=10)
    assert len(creatives) == 10
    assert all(isinstance(each, models.Creative) for each in creatives)
    text = "Creative ID: {c.id}, state: {c.state}, name: {c.name}, title: {c.title}".format(c=creatives[0])
    assert text == "Creative ID: 1, state: ACTIVE, name: atomx creative 1, title: Title 1"


def test_promise_04_keyword_arguments_are_the_query_string(session: Atomx, wire: Wire, atomx: Atomx) -> None:
    session.get(
        "x", order_by="updated_at.desc", id=[1, None, 2], deep=True, gone=None, **{"bid>": Decimal("0.5")}
    )
    assert query_of(wire.last.target) == [
        *(("order_by", "updated_at.desc"), ("id", "1"), ("id", "2"), ("deep", "True"), ("bid>", "0.5"))
    ]
    changed = [each.updated_at for each in atomx.get("advertiser/42/profiles", order_by="updated_at.desc")]
    assert len(changed) == 2
    assert changed == sorted(changed, reverse=True)


def test_promise_05_a_part_with_a_slash_is_refused_where_it_would_become_two(
    session: Atomx, wire: Wire
) -> None:
    session.get("advertiser", "a/b", "c", "d")
    assert wire.last.target == "/v3/advertiser/a%2Fb/c/d"
    with pytest.raises(ValueError, match="'a/b' can't have a slash: the path has too many parts"):
        session.get("advertiser", "a/b", "c", "d", "e")
    assert len(wire.requests) == 1


def test_promise_05_paths_come_from_parts_classes_and_instances(session: Atomx, wire: Wire) -> None:
    session.get("advertiser/42")
    session.get("advertiser", 42)
    session.get(models.Advertiser, 42)
    session.get(models.Advertiser(42))
    assert {(each.method, each.target) for each in wire.requests} == {("GET", "/v3/advertiser/42")}
    session.get("/Creatives/")
    assert wire.last.target == "/v3/Creatives"
    session.get(models.CreativeAttribute)
    assert wire.last.target == "/v3/creative-attribute"
    session.get("advertiser", 42, "profiles", limit=3)
    assert wire.last.target == "/v3/advertiser/42/profiles?limit=3"


def test_promise_06_wildcards_filter(session: Atomx, wire: Wire, atomx: Atomx) -> None:
    session.get("domains", name="*atom*")
    assert wire.last.target == "/v3/domains?name=%2Aatom%2A"
    domains = atomx.get("domains", name="*atom*")
    assert len(domains) == 30
    assert all("atom" in each.name for each in domains)


def test_promise_07_attributes_that_are_not_loaded_are_fetched_when_read(atomx: Atomx) -> None:
    creative = atomx.get("creatives", limit=1)[0]
    assert "quickstats" not in creative.json
    assert creative.quickstats["yesterday"]["impressions"] > 0
    assert "quickstats" in creative.json
    profile = atomx.get("advertiser/42/profiles")[0]
    assert isinstance(profile.advertiser, models.Advertiser)
    assert profile.advertiser.id == 42
    assert [each.name for each in profile.browsers_filter] == ["Firefox", "Chrome"]
    assert isinstance(profile.countries_filter[0], models.Country)


def test_promise_08_history_lists_the_changes(atomx: Atomx) -> None:
    advertiser = atomx.get("advertiser", 40)
    advertiser.name = "Renamed"
    advertiser.save()
    history = advertiser.history()
    assert [sorted(each)[:2] for each in history] == [["changes", "date"]] * 3
    assert history[-1]["changes"] == {"name": "Renamed"}
    assert advertiser.history(sort="date.desc", limit=1) == history[-1:]
    assert advertiser.history(offset=1, limit=1) == history[1:2]


def test_promise_09_a_changed_attribute_is_saved_and_update_is_the_same(
    atomx: Atomx, session: Atomx, wire: Wire
) -> None:
    creative = atomx.get("creatives", limit=1, offset=4)[0]
    creative.title = "shiny new title"
    assert creative.save() is creative
    assert atomx.get("creative", creative.id).title == "shiny new title"
    creative.title = "another"
    creative.update()
    assert atomx.get("creative", creative.id).title == "another"
    wire.say((200, {"success": True, "resource": "creative", "creative": {"id": 7, "title": "new"}}))
    mine = models.Creative(7, session=session, title="old", name="same")
    mine.title = "new"
    mine.name = "same"
    mine.save()
    assert (wire.last.method, wire.last.target, wire.last.json) == ("PUT", "/v3/creative/7", {"title": "new"})


def test_promise_10_models_are_created_by_themselves_or_by_the_session(atomx: Atomx) -> None:
    profile = models.Profile(advertiser_id=23, name="test profile")
    assert profile.create(atomx) is profile
    assert profile.id
    assert profile.advertiser.id == 23
    other = atomx.create(models.Profile(advertiser_id=23, name="other"))
    assert other.id == profile.id + 1
    assert atomx.get("profile", other.id).name == "other"


def test_promise_11_save_of_something_new_creates_it(atomx: Atomx) -> None:
    profile = models.Profile(advertiser_id=23, name="by save")
    assert atomx.save(profile) is profile
    assert atomx.get(models.Profile, profile.id).name == "by save"
    mine = models.Segment(session=atomx, advertiser_id=23, name="by the model")
    assert mine.save().id == atomx.get("segment", mine.id).id


def test_promise_21_a_wrong_login_says_so_and_logout_forgets_the_token(atomx: Atomx) -> None:
    with pytest.raises(InvalidCredentials):
        Atomx("user@example.com", "wrong")
    assert atomx.auth_token
    atomx.logout()
    assert atomx.auth_token is None
    assert atomx.user is None
    with pytest.raises(APIError) as refused:
        atomx.get("creatives")
    assert refused.value.status == 401
    assert atomx.login("user@example.com", "password") is None
    assert atomx.get("creative", 1).id == 1


def test_promise_22_post_and_put_return_dicts_and_a_list_becomes_models(atomx: Atomx) -> None:
    made = atomx.post("segment", {"name": "new", "advertiser_id": 1})
    assert isinstance(made, dict)
    changed = atomx.put("segment", made["id"], {"name": "changed"})
    assert changed == {**made, "name": "changed"}
    several = atomx.post("domains", [{"hostname": "a.example.com"}, {"hostname": "b.example.com"}])
    assert [type(each) for each in several] == [models.Domain] * 2
    assert [each.hostname for each in several] == ["a.example.com", "b.example.com"]


def test_promise_23_delete_takes_parts_and_parameters(atomx: Atomx, session: Atomx, wire: Wire) -> None:
    made = atomx.post("segment", {"name": "to go", "advertiser_id": 1})
    assert atomx.delete("segment", made["id"]) == {"segment": [made["id"]]}
    session.delete("advertiser", 42, "profiles", 7, force=True)
    assert (wire.last.method, wire.last.target) == ("DELETE", "/v3/advertiser/42/profiles/7?force=True")
    session.delete(models.Creative(5))
    assert wire.last.target == "/v3/creative/5"
    session.delete("creative/5")
    assert wire.last.target == "/v3/creative/5"


def test_promise_24_search_returns_models_that_load_the_rest(
    atomx: Atomx, session: Atomx, wire: Wire
) -> None:
    found = atomx.search("atomx")
    assert sorted(found) == ["advertisers", "campaigns", "creatives", "placements", "publishers", "sites"]
    campaign = found["campaigns"][0]
    assert isinstance(campaign, models.Campaign)
    assert sorted(campaign.json) == ["id", "name"]
    assert isinstance(campaign.budget, float)
    campaign.reload()
    assert "bid" in campaign.json
    assert sorted(atomx.search("a", index=["campaigns", "domains"])) == ["campaigns", "domains"]
    assert sorted(atomx.search("a", index="domains")) == ["domains"]
    wire.say(
        (
            200,
            {"success": True, "resource": "search", "search": {"oddities": [{"id": 1}], "site": [{"id": 2}]}},
        )
    )
    odd = session.search("a b", index=("x", "y"))
    assert wire.last.target == "/v3/search?q=a+b&index=x%2Cy"
    assert odd == {"oddities": [{"id": 1}], "site": [models.Site(2)]}


def test_promise_25_delete_returns_what_went_and_marks_the_model(atomx: Atomx) -> None:
    advertiser = atomx.create(models.Advertiser(name="short-lived", network=1))
    profile = atomx.create(models.Profile(advertiser_id=advertiser.id))
    assert advertiser.deleted is False
    assert atomx.remove(advertiser) == {"advertiser": [advertiser.id], "profile": [profile.id]}
    assert advertiser.deleted is True
    with pytest.raises(ModelNotFoundError):
        atomx.get(profile)


def test_promise_26_reload_takes_parameters(atomx: Atomx) -> None:
    creative = atomx.get("creative", 3)
    creative.title = "never saved"
    assert creative.reload() is creative
    assert creative.title == "Title 3"
    creative.reload(attributes="id,name")
    assert sorted(creative.json) == ["id", "name"]


def test_promise_27_what_is_missing_is_named(atomx: Atomx, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoSessionError):
        models.Creative(title="x").create()
    for call in ("save", "delete", "reload", "history", "update"):
        with pytest.raises(NoSessionError):
            getattr(models.Creative(1), call)()
    with pytest.raises(NoSessionError):
        models.Report(1).save()
    with pytest.raises(MissingArgumentError, match="groups"):
        atomx.report("publisher")
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(NoPandasInstalledError):
        _ = atomx.report("publisher", ["day"], save=False).pandas


def test_promise_28_what_is_not_in_the_api_is_a_model_that_was_not_found(atomx: Atomx) -> None:
    with pytest.raises(ModelNotFoundError) as missing:
        models.Creative(999_999, session=atomx).reload()
    assert isinstance(missing.value, APIError)
    assert missing.value.status == 404
    with pytest.raises(ModelNotFoundError):
        atomx.get("creative", 999_999)
    for call in ("reload", "history", "delete"):
        with pytest.raises(ModelNotFoundError):
            getattr(models.Creative(session=atomx), call)()
    with pytest.raises(ModelNotFoundError):
        models.Creative().reload(atomx)


def test_promise_29_dates_sets_and_decimals_are_converted(session: Atomx, wire: Wire) -> None:
    wire.say((200, {"success": True, "resource": "campaign", "campaign": {"id": 3}}))
    values: dict[str, Any] = {
        "start_time": datetime(2024, 1, 2, 3, 4, 5),
        "day": date(2024, 1, 2),
        "bid": Decimal("0.25"),
        "creatives": {7},
        "nested": {"at": [datetime(2024, 1, 1)], "of": models.Site(8)},
        "advertiser": models.Advertiser(42),
    }
    sent = {
        "start_time": "2024-01-02T03:04:05",
        "day": "2024-01-02",
        "bid": 0.25,
        "creatives": [7],
        "nested": {"at": ["2024-01-01T00:00:00"], "of": 8},
        "advertiser": 42,
    }
    models.Campaign(**values).create(session)
    assert wire.last.json == sent
    campaign = models.Campaign(3, session=session)
    for name, value in values.items():
        setattr(campaign, name, value)
    campaign.save()
    assert wire.last.json == sent


def test_promise_30_times_are_datetimes() -> None:
    creative = models.Creative(
        updated_at="2024-01-02T03:04:05",
        checked_at="2024-01-02T03:04:05.678",
        audited_at="2024-01-02T03:04:05Z",
        deleted_at="never",
        date="2024-01-02",
        name="2024-01-02T03:04:05",
    )
    assert creative.updated_at == datetime(2024, 1, 2, 3, 4, 5)
    assert creative.checked_at == datetime(2024, 1, 2, 3, 4, 5, 678000)
    assert creative.audited_at == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert creative.deleted_at == "never"
    assert creative.date == datetime(2024, 1, 2)
    assert creative.name == "2024-01-02T03:04:05"


def test_promise_31_attributes_can_be_deleted(session: Atomx, wire: Wire) -> None:
    wire.say((200, {"success": True, "resource": "creative", "creative": {"id": 7}}))
    creative = models.Creative(7, session=session, title="x", attributes=[1, 2])
    del creative.title
    del creative.attributes
    assert creative.title is None
    assert creative.attributes == []
    with pytest.raises(KeyError):
        del creative.nothing
    creative.save()
    assert wire.last.json == {"attributes": [], "title": None}


def test_promise_32_models_can_be_pickled_without_their_session(atomx: Atomx) -> None:
    creative = atomx.get("creative", 5)
    creative.name = "changed"
    for same in (pickle.loads(pickle.dumps(creative)), copy.copy(creative), copy.deepcopy(creative)):
        assert same == creative
        assert same.json == creative.json
        assert same.session is None
    again = pickle.loads(pickle.dumps(creative))
    again.save(atomx)
    assert atomx.get("creative", 5).name == "changed"


def test_promise_33_the_last_answer_is_kept_and_the_user_is_known(
    session: Atomx, wire: Wire, atomx: Atomx
) -> None:
    wire.say((200, {"success": True, "resource": "creatives", "creatives": [], "count": 0, "extra": 7}))
    assert session.get("creatives") == []
    assert session.last_response is not None
    headers = session.last_response.pop("_headers")
    assert session.last_response == {"success": True, "resource": "creatives", "count": 0, "extra": 7}
    assert headers["x-shard"] == headers["X-SHARD"] == "seven"
    assert isinstance(atomx.user, models.User)
    assert atomx.user.email == "user@example.com"
    assert [each.name for each in atomx.user.networks] == ["atomx network"]
    quiet = Atomx("user@example.com", "password", save_response=False)
    quiet.get("creatives")
    assert quiet.last_response is None


def test_promise_34_version_three_with_a_token_in_the_header(session: Atomx, wire: Wire) -> None:
    assert package.API_ENDPOINT == "https://api.atomx.com/v3"
    assert package.API_VERSION == "v3"
    session.get("creatives")
    assert wire.last.headers["Authorization"] == f"Bearer {session.auth_token}" == "Bearer first-token"


def test_promise_35_there_are_forty_three_models() -> None:
    published = json.loads((Path(__file__).parent / "published_names.json").read_text())[
        "atomx.models.__all__"
    ]
    assert len(published) == 43
    assert set(published) <= set(models.__all__)
    star: dict[str, Any] = {}
    exec("from atomx.models import *", star)
    for name in published:
        kind = star[name]
        assert kind is getattr(importlib.import_module("atomx.models"), name)
        assert kind.__doc__
        assert issubclass(kind, models.AtomxModel) == (name != "Report")
