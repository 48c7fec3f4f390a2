"""Parts: one file a shard, the same bytes each time, and nothing by halves."""

from __future__ import annotations

import errno
import io
import json
from dataclasses import replace

import pytest
from batch import kinds
from batch.local_cluster import Observer

from digitcli.batch.parts import Counts, Parts
from digitcli.batch.run import run
from digitcli.batch.shards import find_shards
from digitcli.batch.work import renamed
from digitcli.errors import DataError, UsageError
from digitcli.files import folder_lock
from digitcli.inference.networks import Networks
from digitcli.vision.files.sources import find_pictures
from digitcli.vision.reader import Reader

pq = pytest.importorskip("pyarrow.parquet", reason="needs the package pyarrow (extra data)")
fsspec = pytest.importorskip("fsspec", reason="needs the package fsspec (extra ray)")
pytestmark = pytest.mark.usefixtures("cluster")


def rows_in(folder) -> list[dict]:
    files = sorted(folder.rglob("*.parquet"))
    return [
        row for file in files for row in pq.read_table(io.BytesIO(file.read_bytes())).to_pylist()
    ]


def expected_rows(paths) -> list[dict]:
    reads = Reader.of(Networks(("templates.npz",)), mode="one")
    rows = [json.loads(json.dumps(one.to_dict())) for one in reads.read_many(find_pictures(paths))]
    return [{"fields": None, "number": None, "notes": None} | row for row in rows]


def test_rows_are_those_of_predict_and_a_bad_file_is_a_row(options, tmp_path):
    done = run(options, Observer())

    expected = expected_rows(["in/a.zip", "in/b.zip", "in"])
    assert rows_in(tmp_path / "out") == expected
    assert [row["text"] for row in expected] == ["1", "2", "3", "4", "5", "6", "7", "8", "9", ""]
    assert (done.rows, done.errors, done.parts) == (10, 1, 3)


def test_a_part_that_is_there_stays_and_the_others_get_the_same_bytes(options, tmp_path):
    run(options, Observer())
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.parquet")}
    (tmp_path / "out" / "b.zip.parquet").unlink()
    kept = (tmp_path / "out" / "a.zip.parquet").stat()

    done = run(options, observer := Observer())

    assert observer.planned == (3, 2)
    assert observer.done == [3]
    assert (done.rows, done.errors, done.earlier_rows) == (10, 1, 7)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.parquet")} == before
    after = (tmp_path / "out" / "a.zip.parquet").stat()
    assert (after.st_ino, after.st_mtime_ns) == (kept.st_ino, kept.st_mtime_ns)


def test_when_all_is_there_no_cluster_is_started(options, cluster, monkeypatch):
    run(options, Observer())
    monkeypatch.setattr(cluster, "__enter__", lambda self: pytest.fail("started"))

    assert run(options, Observer()).parts == 3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"digits": "many"}, "a.zip.parquet: made with other weights, options or version"),
        ({"length": 2}, "a.zip.parquet: made with other weights, options or version"),
        ({"weights": ()}, "a.zip.parquet: made with other weights, options or version"),
        ({"source": "other"}, "a.zip.parquet: made from in/a.zip, which has changed"),
    ],
)
def test_parts_of_another_run_are_refused_and_stay(options, tmp_path, change, says):
    run(options, Observer())
    (tmp_path / "in").rename(tmp_path / "other")
    if "source" not in change:
        (tmp_path / "other").rename(tmp_path / "in")
    before = (tmp_path / "out" / "a.zip.parquet").read_bytes()

    with pytest.raises(UsageError, match=says):
        run(replace(options, **change), Observer())

    assert (tmp_path / "out" / "a.zip.parquet").read_bytes() == before


def test_a_part_without_a_column_of_now_is_refused_and_stays(options, tmp_path):
    import pyarrow.parquet as pq

    run(options, Observer())
    part = tmp_path / "out" / "a.zip.parquet"
    with pq.ParquetFile(part) as found:
        table = found.read().replace_schema_metadata(found.metadata.metadata)
    pq.write_table(table.drop_columns(["notes"]), part)
    before = part.read_bytes()

    with pytest.raises(UsageError, match="made with other weights, options or version"):
        run(options, Observer())

    assert part.read_bytes() == before


def test_a_shard_that_has_changed_is_refused(options, tmp_path):
    run(options, Observer())
    kinds.make_zip(tmp_path / "in" / "b.zip", "4567")

    with pytest.raises(
        UsageError, match=r"b\.zip\.parquet: made from in/b\.zip, which has changed"
    ):
        run(options, Observer())


def test_a_file_that_is_no_part_is_refused_and_stays(options, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.zip.parquet").write_bytes(b"text")

    with pytest.raises(DataError, match=r"out/a\.zip\.parquet: not a whole Parquet file"):
        run(options, Observer())

    assert (tmp_path / "out" / "a.zip.parquet").read_bytes() == b"text"


def test_a_name_that_is_not_utf8_is_read_and_found_again(options, tmp_path):
    try:
        (tmp_path / "in" / "a.zip").rename(tmp_path / "in" / "caf\udce9.zip")
    except OSError as error:
        if error.errno != errno.EILSEQ:
            raise
        pytest.skip("this file system takes only UTF-8 names")

    run(options, Observer())
    run(options, observer := Observer())

    assert observer.planned == (3, 3)
    assert "in/caf\\udce9.zip/in/1.png" in [row["file"] for row in rows_in(tmp_path / "out")]


def test_an_output_inside_the_input_is_refused(options):
    for output in ("in", "in/out"):
        with pytest.raises(UsageError, match="is inside in, which is read"):
            run(replace(options, output=output), Observer())


def test_only_one_process_writes_parts(options, tmp_path):
    with (
        folder_lock(tmp_path / "out", UsageError("busy")),
        pytest.raises(UsageError, match="another `digitcli batch` writes its parts there"),
    ):
        run(options, Observer())


def test_what_a_killed_worker_left_is_removed(options, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".b.zip.parquet.0123456789ab.tmp").write_bytes(b"half")

    run(options, Observer())

    assert not list((tmp_path / "out").glob(".*.tmp"))


def test_a_part_in_a_bucket_is_there_whole_or_not_at_all(options):
    (shard,) = find_shards("in/a.zip").shards
    bucket = fsspec.filesystem("memory")
    parts = Parts("memory://bucket/out", "{}")
    row = {"file": "a", "text": "1", "written": "1", "answer": "digits", "confidence": 0.5}
    row |= {"error": None, "mode": "one", "digits": [], "marks": []}

    def cut():
        yield row
        raise DataError("cut off")

    with pytest.raises(DataError, match="cut off"):
        parts.write(shard, cut())
    assert parts.find(shard) is None
    assert parts.write(shard, [row]) == Counts(1, 0)
    try:
        assert parts.find(shard) == Counts(1, 0)
        assert bucket.ls("/bucket/out", detail=False) == ["/bucket/out/a.zip.parquet"]
    finally:
        bucket.rm("/bucket", recursive=True)


def test_names_replace_paths_in_rows_and_in_their_errors():
    row = {"file": "/tmp/0.zip/in/1.png", "error": "/tmp/0.zip/in/1.png: cut short"}

    assert renamed(row, "/tmp/0.zip", "s3://b/a.zip") == {
        "file": "s3://b/a.zip/in/1.png",
        "error": "s3://b/a.zip/in/1.png: cut short",
    }
