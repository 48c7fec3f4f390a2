"""Buckets: read and written as S3 has it, and refused in words that say why."""

from __future__ import annotations

import io

import pytest
from batch import kinds
from batch.fake_s3 import serving

from digitcli.batch.parts import Counts, Parts
from digitcli.batch.pictures import local_copies
from digitcli.batch.places import _named
from digitcli.batch.shards import find_shards
from digitcli.batch.work import Job, ShardReader
from digitcli.errors import DataError, MachineError, NetworkError

pytest.importorskip("pyarrow.fs", reason="needs the package pyarrow (extra data)")

USER = "key:secret@"


@pytest.fixture
def objects():
    archive = io.BytesIO()
    kinds.make_zip(archive)
    return {"in/a.zip": archive.getvalue(), "in/deep/7 a.png": kinds.PICTURES[7], "in/x.txt": b"x"}


def test_a_bucket_is_read_and_its_parts_are_written(objects):
    with serving(objects) as options:
        found = find_shards(f"s3://{USER}bucket/in?{options}")
        parts = Parts(f"s3://{USER}bucket/out?{options}", "{}")
        job = Job((), "one", None, None, None, 0.5, parts.where, "{}")
        before = [parts.find(shard) for shard in found.shards]
        done = [ShardReader(job).read(shard) for shard in found.shards]
        after = [parts.find(shard) for shard in found.shards]

    assert [shard.names[0] for shard in found.shards] == [
        "s3://bucket/in/a.zip",
        "s3://bucket/in/deep/7 a.png",
    ]
    assert found.passed_over == ["x.txt"]
    assert before == [None, None]
    assert [one.error for one in done] == ["", ""]
    assert after == [Counts(3, 0), Counts(1, 0)]
    assert {"out/a.zip.parquet", "out/pictures-000000.parquet"} <= objects.keys()


@pytest.mark.parametrize(
    ("bucket", "kind", "says"),
    [
        ("gone", DataError, "s3://gone/in: there is no such bucket or folder"),
        ("refused", MachineError, "s3://refused/in: access is refused"),
        ("bucket", DataError, "s3://bucket/in: there is no such bucket or folder"),
    ],
)
def test_a_bucket_that_is_missing_or_refuses_is_named_without_its_password(bucket, kind, says):
    with serving({}) as options, pytest.raises(kind, match=says) as caught:
        find_shards(f"s3://{USER}{bucket}/in?{options}")

    assert "secret" not in str(caught.value) + caught.value.hint


def test_an_object_that_goes_away_keeps_its_part_from_being_written(objects, tmp_path):
    with serving(objects) as options:
        (shard, _) = find_shards(f"s3://{USER}bucket/in?{options}").shards
        del objects["in/a.zip"]
        with pytest.raises(DataError, match=r"s3://bucket/in/a\.zip: there is no such"):
            local_copies(shard, tmp_path)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("AWS Error NETWORK_CONNECTION during HeadBucket operation: curlCode: 6", NetworkError),
        ("google::cloud::Status(UNAVAILABLE: Could not create a OAuth2 access token", MachineError),
        ("AWS Error NO_SUCH_BUCKET during ListObjectsV2 operation: gone", DataError),
        ("AWS Error ACCESS_DENIED during HeadObject operation: No response body.", MachineError),
        ("google::cloud::Status(PERMISSION_DENIED: no access)", MachineError),
        ("google::cloud::Status(NOT_FOUND: The specified bucket does not exist.)", DataError),
    ],
)
def test_what_clients_of_buckets_say_is_told_apart(said, kind):
    assert type(_named("gs://bucket/in", OSError(said))) is kind
