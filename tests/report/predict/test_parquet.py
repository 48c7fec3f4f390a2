"""Answers as Parquet: the columns, row groups, and going on after an interruption."""

from __future__ import annotations

import io
import json

import pytest

from digitcli.errors import DataError, UsageError
from digitcli.files.outputs import may_replace
from digitcli.report.predict import rows
from digitcli.report.predict.parquet import UNFINISHED, continue_rows
from digitcli.vision.digit import Digit
from digitcli.vision.field import Field
from digitcli.vision.mark import Mark
from digitcli.vision.normalize import Normalized
from digitcli.vision.reading import Reading
from digitcli.vision.rules.valid import Valid

pytest.importorskip("pyarrow", reason="needs the package pyarrow (extra data)")
import pyarrow.parquet as pq

BOX = (1, 2, 3, 4)
SEVEN = Digit(7, BOX, (0.1 / 9,) * 7 + (0.9,) + (0.1 / 9,) * 2, Normalized(memoryview(b""), BOX))
FIELD = Field("7", "7.", 0.9, BOX, 1, 2)
READINGS = [
    Reading("seven.png", (SEVEN,), mode="many", fields=(FIELD,), marks=(Mark("dot", BOX, 0),)),
    Reading("blank.png", fields=()),
    Reading("rule.png", (SEVEN,), ruled=True, number=Valid("7", 0.9, 0.4)),
    Reading("gone.png", error=DataError("gone.png: no such file")),
    Reading("cut.jpg", (SEVEN,), notes=("cut short", "caf\u00e9")),
]


def written(readings, **metadata) -> bytes:
    file = io.BytesIO()
    with rows.RowWriter(file, metadata) as writer:
        for reading in readings:
            writer.add(reading.to_dict())
    return file.getvalue()


def table_of(data: bytes):
    return pq.read_table(io.BytesIO(data))


def test_a_row_holds_what_a_line_of_json_holds():
    expected = [json.loads(json.dumps(reading.to_dict())) for reading in READINGS]
    for row in expected:
        for column in ("fields", "number", "notes"):
            row.setdefault(column, None)

    assert table_of(written(READINGS)).to_pylist() == expected


def test_row_groups_end_at_a_number_of_rows_and_of_bytes(monkeypatch):
    many = READINGS[:1] * (rows.GROUP_ROWS + 1)
    assert groups(written(many)) == [rows.GROUP_ROWS, 1]

    monkeypatch.setattr(rows, "GROUP_BYTES", 1)
    assert groups(written(many[:600])) == [256, 256, 88]


def groups(data: bytes) -> list[int]:
    metadata = pq.ParquetFile(io.BytesIO(data)).metadata
    return [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)]


def test_a_file_counts_its_errors_and_has_the_metadata_given():
    metadata = pq.ParquetFile(io.BytesIO(written(READINGS, shard="a.zip"))).metadata.metadata

    assert metadata[b"digitcli.errors"] == b"1"
    assert metadata[b"digitcli.schema"] == b"digitcli.predict/1"
    assert metadata[b"shard"] == b"a.zip"


def test_a_name_that_is_not_utf8_gets_escapes():
    (row,) = table_of(written([Reading("caf\udce9.png")])).to_pylist()

    assert row["file"] == "caf\\udce9.png"


def test_a_note_that_is_not_utf8_gets_escapes():
    (row,) = table_of(written([Reading("a.png", notes=("caf\udce9",))])).to_pylist()

    assert row["notes"] == ["caf\\udce9"]


def test_a_file_of_before_the_notes_gets_their_column(tmp_path):
    path = tmp_path / "out.parquet"
    old = table_of(written(READINGS[:2])).drop_columns(["notes"])
    pq.write_table(old, path)

    resumed(path, READINGS[2:])

    assert path.read_bytes() == written(READINGS)


def test_an_output_may_replace_a_table_of_ours_and_no_other(tmp_path):
    ours, other = tmp_path / "ours.parquet", tmp_path / "other.parquet"
    ours.write_bytes(written(READINGS * 300))
    pq.write_table(table_of(ours.read_bytes()).select(["file"]).replace_schema_metadata({}), other)

    assert may_replace(ours, "answer")
    assert not may_replace(other, "answer")
    assert not may_replace(ours, "drawing")


def resumed(path, readings, *, stop_after: int | None = None) -> set[str]:
    """Add `readings` to `path` as `predict --resume` does; the names that it had before."""
    with continue_rows(path) as earlier:
        names = {reading.file for reading in readings if reading.file in earlier.names}
        for number, reading in enumerate(readings):
            if number == stop_after:
                raise KeyboardInterrupt
            line = {"schema": "digitcli.predict/1", **reading.to_dict()}
            earlier.stream.write(json.dumps(line) + "\n")
            earlier.stream.flush()
    return names


def test_an_interrupted_run_is_finished_with_the_same_bytes(tmp_path):
    path = tmp_path / "out.parquet"
    with pytest.raises(KeyboardInterrupt):
        resumed(path, READINGS, stop_after=2)
    assert not path.exists()

    assert resumed(path, READINGS[2:]) == set()

    assert path.read_bytes() == written(READINGS)
    assert [file.name for file in tmp_path.iterdir()] == ["out.parquet"]


def test_a_finished_file_gets_the_rows_of_new_pictures(tmp_path):
    path = tmp_path / "out.parquet"
    path.write_bytes(written([*READINGS[:2], Reading("caf\udce9.png")]))

    assert resumed(path, []) == set()
    with continue_rows(path) as earlier:
        assert {"seven.png", "caf\udce9.png"} <= {
            name for name in ("seven.png", "caf\udce9.png", "new.png") if name in earlier.names
        }
        assert "new.png" not in earlier.names
    resumed(path, READINGS[2:])

    assert path.read_bytes() == written([*READINGS[:2], Reading("caf\udce9.png"), *READINGS[2:]])


def test_rows_that_were_merged_are_not_merged_again(tmp_path):
    path = tmp_path / "out.parquet"
    with pytest.raises(KeyboardInterrupt):
        resumed(path, READINGS, stop_after=2)
    path.write_bytes(written(READINGS[:2]))  # killed before the lines were removed

    resumed(path, READINGS[2:])

    assert path.read_bytes() == written(READINGS)


@pytest.mark.parametrize("content", [b"", b"PAR1 not whole", b"text"])
def test_another_file_is_refused_and_stays(tmp_path, content):
    path = tmp_path / "out.parquet"
    path.write_bytes(content)

    with pytest.raises(DataError, match=r"out\.parquet: not a whole Parquet file"):
        resumed(path, READINGS)

    assert path.read_bytes() == content
    assert not path.with_name(path.name + UNFINISHED).exists()


def test_two_processes_do_not_write_the_same_answers(tmp_path):
    path = tmp_path / "out.parquet"
    with pytest.raises(KeyboardInterrupt):
        resumed(path, READINGS, stop_after=2)

    with (
        continue_rows(path),
        pytest.raises(UsageError, match="another process writes its answers there"),
    ):
        resumed(path, READINGS)
