"""Shards that cannot be read or written are named, and stop no other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from batch import kinds
from batch.local_cluster import Observer

from digitcli.batch.parts import Parts
from digitcli.batch.run import job_of, run
from digitcli.batch.shards import find_shards
from digitcli.batch.work import ShardReader
from digitcli.errors import MachineError

pytest.importorskip("pyarrow.parquet", reason="needs the package pyarrow (extra data)")
pytest.importorskip("fsspec", reason="needs the package fsspec (extra ray)")
pytestmark = pytest.mark.usefixtures("cluster")


def test_a_shard_that_cannot_be_written_stops_no_other(options, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "in" / "sub").mkdir()
    kinds.make_zip(tmp_path / "in" / "sub" / "c.zip")
    (tmp_path / "out" / "sub").write_text("a file where a folder must be")

    with pytest.raises(MachineError, match="1 of 4 shards were not read") as caught:
        run(options, Observer())

    assert caught.value.details[0].startswith("sub/c.zip.parquet: ")
    assert len(list((tmp_path / "out").glob("*.parquet"))) == 3


def test_work_ends_when_nothing_can_be_written(options, tmp_path, monkeypatch):
    def full(self, shard, rows):
        tried.append(shard.part)
        raise MachineError("out: cannot be written (no space left on device)", "free some space")

    tried: list[str] = []
    for digit in "0123456789":
        kinds.make_zip(tmp_path / "in" / f"more{digit}.zip")
    monkeypatch.setattr(Parts, "write", full)

    with pytest.raises(MachineError, match="13 of 13 shards were not read") as caught:
        run(options, Observer())

    assert len(tried) == 3
    assert caught.value.hint == "free some space"
    assert "no space left on device" in caught.value.details[0]


def test_a_shard_whose_workers_end_is_named(options, cluster, monkeypatch):
    monkeypatch.setattr(cluster, "lost", frozenset(["b.zip.parquet"]))

    with pytest.raises(MachineError, match=r"1 of 3 shards were not read: .* \(in/b\.zip\)"):
        run(options, Observer())


def test_a_bug_in_a_worker_is_said_to_be_one(options, monkeypatch):
    monkeypatch.setattr(Parts, "write", lambda *_: 1 / 0)

    (done,) = (ShardReader(job_of(options)).read(one) for one in find_shards("in/a.zip").shards)

    assert done.exit_code == 1
    assert done.error == "internal error at in/a.zip: ZeroDivisionError: division by zero"


def test_a_shard_that_is_not_on_this_machine_is_no_row(options):
    (shard,) = (one for one in find_shards("in").shards if one.part == "a.zip.parquet")
    gone = replace(shard, files=("/not/here/a.zip",))

    done = ShardReader(job_of(options)).read(gone)

    assert "in/a.zip: not on the machine" in done.error
    assert done.exit_code == 6
