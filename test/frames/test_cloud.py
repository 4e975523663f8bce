"""Exports to a bucket of an S3 server on this machine; `tox -e cloud`, for s3fs wants an older dateutil."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

import apteco_api as aa
from apteco_api.sandbox import serve

boto3, moto = pytest.importorskip("boto3"), pytest.importorskip("moto.server")
pytest.importorskip("s3fs")
COLUMNS = ["boURN", "Product"]
NUMBERS = count(1)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Yield a client of an S3 server, which every program finds in its environment."""
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        given = {"ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "y", "DEFAULT_REGION": "us-east-1"}
        given["ENDPOINT_URL"] = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
        with pytest.MonkeyPatch.context() as patch:
            for name, value in given.items():
                patch.setenv(f"AWS_{name}", value)
            yield boto3.client("s3")
    finally:
        server.stop()


@pytest.fixture
def bucket(client: Any) -> str:
    """Return an empty bucket's name."""
    name = f"exports-{next(NUMBERS)}"
    client.create_bucket(Bucket=name)
    return name


def keys(client: Any, bucket: str) -> list[str]:
    """Return the names of what is in a bucket."""
    return [each["Key"] for each in client.list_objects_v2(Bucket=bucket).get("Contents", ())]


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_an_export_goes_to_a_bucket(session: aa.Session, client: Any, bucket: str, ending: str) -> None:
    assert session.export_to(f"s3://{bucket}/a/rows.{ending}", "Bookings", COLUMNS, limit=9) == 9
    assert keys(client, bucket) == [f"a/rows.{ending}"]


def test_a_dataset_in_a_bucket_has_a_folder_for_each_value(
    session: aa.Session, client: Any, bucket: str
) -> None:
    assert session.export_to(f"s3://{bucket}/set", "Bookings", COLUMNS, partition_by="Product") == 20_000
    folders = {key.split("/")[1] for key in keys(client, bucket)}
    assert len(folders) >= 3
    assert all(folder.startswith("Product=") for folder in folders)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_an_answer_that_is_cut_off_leaves_no_object_and_an_earlier_one_as_it_was(
    client: Any, bucket: str, ending: str
) -> None:
    client.put_object(Bucket=bucket, Key=f"old.{ending}", Body=b"as it was")
    with serve(scale=5_000, trouble="truncate on Exports_*") as box:
        given = (box.url, box.data_view, box.username, box.password)
        with aa.login(*given, system=box.system) as session:
            for name in ("old", "new"):
                with pytest.raises(aa.ApiException):
                    session.export_to(f"s3://{bucket}/{name}.{ending}", "Bookings", COLUMNS)
    assert keys(client, bucket) == [f"old.{ending}"]
    assert client.get_object(Bucket=bucket, Key=f"old.{ending}")["Body"].read() == b"as it was"
