"""The examples in the documentation of the published package, run one after the other in one session.

Two things differ: the address (`ATOMX_HOST` names the sandbox), and pandas' letter for hours, `h`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from atomx.sandbox import Sandbox, serve


@pytest.fixture(scope="module")
def own() -> Iterator[Sandbox]:
    """Run a separate server, so that other tests' objects are not in the lists."""
    with serve() as running:
        yield running


@pytest.fixture
def script(own: Sandbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the names of a script that has made its session."""
    monkeypatch.setenv("ATOMX_HOST", own.url)
    names: dict[str, Any] = {}
    exec("from atomx import Atomx\natomx = Atomx('user@example.com', 'password')", names)
    return names


def test_creating_a_session_with_another_endpoint(script: dict[str, Any], own: Sandbox) -> None:
    script["endpoint"] = own.url.replace("v3", "v2")
    exec("atomx = Atomx('user@example.com', 'password', api_endpoint=endpoint)", script)
    assert script["atomx"].user.id == 1


def test_ten_creatives_and_the_profiles_of_an_advertiser(
    script: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    exec(
        """
creatives = atomx.get('Creatives', limit=10)
for creative in creatives:
    print('Creative ID: {c.id}, state: {c.state}, '
          'name: {c.name}, title: {c.title}'.format(c=creative))
profiles = atomx.get('advertiser/42/profiles', order_by='updated_at.desc')
advertiser_id = 42
attribute = 'profiles'
same = atomx.get('advertiser', advertiser_id, attribute)
""",
        script,
    )
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 10
    assert printed[3] == "Creative ID: 4, state: INACTIVE, name: atomx creative 4, title: Title 4"
    assert {each.id for each in script["profiles"]} == {each.id for each in script["same"]} == {42, 92}


def test_one_advertiser_in_four_ways(script: dict[str, Any]) -> None:
    exec(
        """
from atomx.models import Advertiser

found = [
    atomx.get('advertiser/42'),  # all in 1 string
    atomx.get('advertiser', 42),  # model, id split up
    atomx.get(Advertiser, 42),  # using the class
    atomx.get(Advertiser(42)),  # using an instance
]
""",
        script,
    )
    assert [each.id for each in script["found"]] == [42] * 4
    assert len({each.name for each in script["found"]}) == 1


def test_domains_lazy_attributes_and_history(
    script: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    exec(
        """
domains = atomx.get('domains', name='*atom*')
creatives = atomx.get('Creatives', limit=10)
profiles = atomx.get('advertiser/42/profiles', order_by='updated_at.desc')
creative = creatives[0]
print(creative.quickstats)
advertiser = profiles[0].advertiser
history = advertiser.history()
""",
        script,
    )
    assert len(script["domains"]) == 30
    assert "impressions" in capsys.readouterr().out
    assert [sorted(each)[1:] for each in script["history"]] == [["date", "history", "user"]] * 2


def test_updating_and_creating_models(script: dict[str, Any]) -> None:
    exec(
        """
creatives = atomx.get('Creatives', limit=10)
profiles = atomx.get('advertiser/42/profiles', order_by='updated_at.desc')
creative = creatives[0]
creative.title = 'shiny new title'
creative.save()
profiles[0].click_frequency_cap_per = 86400
profiles[0].save()

from atomx.models import Profile
profile = Profile(advertiser_id=23, name='test profile')
profile.create(atomx)
""",
        script,
    )
    session = script["atomx"]
    assert session.get("creative", 1).title == "shiny new title"
    assert session.get("profile", script["profiles"][0].id).click_frequency_cap_per == 86400
    assert session.get("profile", script["profile"].id).advertiser.id == 23


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The locs attribute was deprecated")  # pandas 2 with Matplotlib 3.11
def test_a_report_as_a_data_frame_and_plotted(script: dict[str, Any]) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("matplotlib").use("Agg")
    exec(
        """
from datetime import datetime, timedelta

now = datetime.utcnow()
last_week = now - timedelta(days=7)
report = atomx.report(scope='publisher', groups=['hour'], metrics=['impressions', 'clicks'],
                      where=[['publisher_id', '==', 42]], from_=last_week, to=now,
                      timezone='America/Los_Angeles')
length = report.length
totals = report.totals
content = report.content
df = report.pandas
means = df.resample('h').apply(['mean', 'median', 'std'])
axes = means['impressions'].plot(), means['clicks'].plot()
""",
        script,
    )
    # The report reads the script's naive times in its own zone, where the last hours are in the future.
    assert 150 <= script["length"] <= 168
    assert len(script["df"]) == script["length"] == len(script["content"].splitlines()) - 1
    assert script["totals"] == [script["df"][name].sum() for name in ("impressions", "clicks")]
    assert [len(each.get_lines()) for each in script["axes"]] == [3, 3]
    import matplotlib.pyplot

    matplotlib.pyplot.close("all")


def test_the_examples_of_get(script: dict[str, Any]) -> None:
    exec(
        """
import atomx as package
models = package.models
atomx = Atomx('apiuser@example.com', 'password')
advertisers = atomx.get('advertisers')
assert isinstance(advertisers, list)
assert isinstance(advertisers[0], models.Advertiser)

publisher = atomx.get('publisher/23')
publisher = atomx.get('publisher', 23)
publisher = atomx.get(models.Publisher(23))
assert publisher.id == 23
assert isinstance(publisher, models.Publisher)

profiles = atomx.get('advertiser/42/profiles')
assert isinstance(profiles, list)
assert isinstance(profiles[0], models.Profile)
assert profiles[0].advertiser.id == 42

atom_domains = atomx.get('domains', hostname='*atom*', limit=20)
assert len(atom_domains) == 20
assert 'atom' in atom_domains[1].hostname
""",
        script,
    )
    assert len(script["advertisers"]) == 50


def test_the_example_of_search(script: dict[str, Any]) -> None:
    exec(
        """
from atomx import models
atomx = Atomx('apiuser@example.com', 'password')
search_result = atomx.search('atomx')
assert 'campaigns' in search_result
campaign = search_result['campaigns'][0]
assert isinstance(campaign, models.Campaign)
assert isinstance(campaign.budget, float)
campaign.reload()
""",
        script,
    )
    assert script["campaign"].json["pricemodel"] == "DCPM"
