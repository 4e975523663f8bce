"""Our frames beside those of the package `apteco` 0.8.2, in one environment with pandas 1.5."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import apteco
import numpy as np
import pandas as pd
import pytest

import apteco_api as aa


@pytest.fixture(scope="module")
def ours(server: Any) -> Iterator[aa.Session]:
    with aa.login(
        server.url, server.data_view, server.username, server.password, system=server.system
    ) as made:
        yield made


def test_both_packages_are_installed_with_a_pandas_that_apteco_takes() -> None:
    assert apteco.__version__ == "0.8.2"
    assert version("pandas").startswith("1.5.")


def test_an_export_holds_what_a_data_grid_holds(session: Any, ours: aa.Session) -> None:
    bookings = session.tables["Bookings"]
    names = ["boURN", "boDest", "boCost", "boDate"]
    chosen = bookings["boDest"] == "38"
    grid = bookings.datagrid([bookings[name] for name in names], selection=chosen, max_rows=100_000).to_df()
    frame = ours.export(aa.where("boDest") == "38", names).to_pandas()
    assert list(frame.columns) == list(grid.columns)
    assert len(frame) == len(grid) == chosen.count() > 100
    number, place, cost, day = frame.columns
    assert frame[number].tolist() == grid[number].astype(str).tolist()
    assert frame[place].astype(str).tolist() == grid[place].tolist()
    assert np.allclose(
        frame[cost].to_numpy("float64", na_value=np.nan), pd.to_numeric(grid[cost]), equal_nan=True
    )
    assert pd.to_datetime(frame[day]).tolist() == pd.to_datetime(grid[day]).tolist()


def test_both_cubes_have_the_same_counts(session: Any, ours: aa.Session) -> None:
    bookings = session.tables["Bookings"]
    theirs = bookings.cube([bookings["boDest"]]).to_df().iloc[:, 0]
    counts = ours.cube("Bookings", ["boDest"]).to_pandas()["Count"]
    assert counts.sum() == ours.count("Bookings")
    known = counts.drop("Unclassified")  # py-apteco leaves these out
    assert {name: count for name, count in known.items() if count} == {
        name: count for name, count in theirs.items() if count
    }


def test_a_selection_of_apteco_is_used_in_our_session(session: Any, ours: aa.Session) -> None:
    usa = session.tables["Bookings"]["boDest"] == "38"
    dear = aa.where("boCost") >= 800
    both = (usa & (session.tables["Bookings"]["boCost"] >= 800)).count()
    assert ours.count(usa) == usa.count()
    assert ours.count(dear & usa) == both
    assert len(ours.export(dear & usa, ["boURN"]).to_pandas()) == both
    assert ours.count(dear | usa) == ours.count(dear) + usa.count() - both
