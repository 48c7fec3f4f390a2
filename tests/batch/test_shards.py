"""Which shards an input has, what they are called, and which pictures are in them."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from batch import kinds

from digitcli.batch.pictures import local_copies, pictures_of
from digitcli.batch.places import Place, public
from digitcli.batch.shards import Shard, find_shards
from digitcli.errors import DataError, MachineError
from digitcli.vision.files.decode import Limits, decode_pixels
from digitcli.vision.files.picture import name_of
from digitcli.vision.files.sources import find_pictures

pa = pytest.importorskip("pyarrow", reason="needs the package pyarrow (extra data)")
pq = pytest.importorskip("pyarrow.parquet")
fsspec = pytest.importorskip("fsspec", reason="needs the package fsspec (extra ray)")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "in"
    (folder / "more").mkdir(parents=True)
    kinds.make_zip(folder / "a.zip")
    kinds.make_tar(folder / "more" / "b.tar")
    kinds.make_table(folder / "c.parquet")
    kinds.make_idx(folder / "t10k-images-idx3-ubyte")
    for number in range(5):
        (folder / "more" / f"{number}.png").write_bytes(kinds.PICTURES[number])
    for name in ("README.md", "labels.csv", "t10k-labels-idx1-ubyte", ".hidden.png"):
        (folder / name).write_bytes(b"text")
    return folder


def parts(found) -> list[str]:
    return [shard.part for shard in found.shards]


def test_a_folder_gives_its_files_of_many_pictures_and_groups_of_the_others(folder):
    found = find_shards("in", pictures=2)

    assert parts(found) == [
        "a.zip.parquet",
        "c.parquet.parquet",
        "more/b.tar.parquet",
        "t10k-images-idx3-ubyte.parquet",
        *(f"pictures-00000{n}.parquet" for n in range(3)),
    ]
    assert found.shards[4].names == ("in/more/0.png", "in/more/1.png")
    assert found.passed_over == ["labels.csv", "README.md", "t10k-labels-idx1-ubyte"]


def test_one_file_of_any_name_is_a_shard(folder):
    (folder / "a.zip").rename(folder / "archive")

    (shard,) = find_shards("in/archive").shards

    assert (shard.part, shard.names) == ("archive.parquet", ("in/archive",))
    assert shard.files == (str(folder / "archive"),)


def test_a_shard_has_another_state_when_its_files_change(folder):
    before = {shard.part: shard.state for shard in find_shards("in").shards}
    kinds.make_zip(folder / "a.zip", "1234")
    (folder / "more" / "9.png").write_bytes(b"new")

    after = {shard.part: shard.state for shard in find_shards("in").shards}

    assert {part for part in before if before[part] != after[part]} == {
        "a.zip.parquet",
        "pictures-000000.parquet",
    }


def test_a_shard_travels_as_text_with_names_that_are_not_utf8():
    shard = Shard("p", "", ("/in/caf\udce9.png",), ("in/caf\udce9.png",), "12")

    assert Shard.of_text(shard.to_text()) == shard
    assert json.loads(shard.to_text())["part"] == "p"


def test_an_input_with_nothing_to_read_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    for text, name in (("no such file", "gone"), ("no pictures", "in")):
        with pytest.raises(DataError, match=text):
            find_shards(name)
    (tmp_path / "in" / "notes.txt").write_text("x")
    with pytest.raises(DataError, match="in: no pictures, archives, IDX or Parquet files"):
        find_shards("in")


@pytest.mark.parametrize("name", ["a.zip", "more/b.tar", "t10k-images-idx3-ubyte", "more/0.png"])
def test_pictures_are_those_that_predict_reads(folder, name):
    expected = list(map(name_of, find_pictures([f"in/{name}"])))

    assert list(map(name_of, pictures_of(f"in/{name}"))) == expected


def content_of(path: str) -> dict[str, bytes]:
    return {name_of(picture): picture.data for picture in pictures_of(path)}


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_the_pictures_of_a_tar_file_come_without_its_other_files(folder, mode):
    path = "in/b.tar" if mode == "w" else f"in/b.tar.{mode[2:]}"
    kinds.make_tar(path, mode=mode)

    found = {name_of(picture): picture.pixels(Limits()) for picture in pictures_of(path)}
    assert list(found) == [f"{path}/00{n}.png" for n in (1, 2, 3)]
    for n, pixels in zip((1, 2, 3), found.values(), strict=True):
        np.testing.assert_array_equal(pixels, decode_pixels(kinds.PICTURES[n]))


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ({"bytes": 1, "path": "x/1.png"}, ["x/1.png"]),
        ({"jpg": 1, "__key__": "0001", "other": b"x"}, ["0001"]),
        ({"thing": 1, "label": 7}, ["#0"]),
        ({"image": {"bytes": 1, "path": None}}, ["#0"]),
    ],
)
def test_a_table_has_a_column_of_bytes_and_perhaps_one_of_paths(folder, columns, names):
    def filled(value):
        if isinstance(value, dict):
            return {name: filled(one) for name, one in value.items()}
        return kinds.PICTURES[1] if value == 1 else value

    pq.write_table(pa.table({k: [filled(v)] for k, v in columns.items()}), folder / "t.parquet")

    (name,) = names
    title = f"in/t.parquet{name if name.startswith('#') else '/' + name}"
    assert content_of("in/t.parquet") == {title: kinds.PICTURES[1]}


def test_a_table_without_pictures_names_its_columns(folder):
    pq.write_table(pa.table({"label": [1], "text": ["a"]}), folder / "t.parquet")

    (broken,) = pictures_of("in/t.parquet")

    with pytest.raises(DataError, match=r"no column of pictures; there are label .*, text"):
        broken.pixels(Limits())


def test_a_row_without_bytes_is_an_error_in_its_place(folder):
    images = [{"bytes": kinds.PICTURES[1], "path": "1.png"}, {"bytes": None, "path": "2.png"}]
    pq.write_table(pa.table({"image": images}), folder / "t.parquet")

    good, bad = pictures_of("in/t.parquet")

    assert name_of(good) == "in/t.parquet/1.png"
    with pytest.raises(DataError, match=r"in/t\.parquet/2\.png: the row has no bytes"):
        bad.pixels(Limits())


def error_of(picture) -> str:
    try:
        picture.pixels(Limits())
    except DataError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", ["more/b.tar", "c.parquet", "a.zip", "t10k-images-idx3-ubyte"])
def test_a_shard_that_is_cut_off_gives_what_it_has_and_then_errors(folder, name):
    path = folder / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    errors = [error_of(picture) for picture in pictures_of(f"in/{name}")]

    assert errors[-1].startswith(f"in/{name}: ")
    assert list(map(bool, errors)) == sorted(map(bool, errors))


@pytest.fixture
def bucket():
    """A bucket in memory; it has a ZIP file and a picture."""
    system = fsspec.filesystem("memory")
    archive = io.BytesIO()
    kinds.make_zip(archive)
    system.pipe("/bucket/in/a.zip", archive.getvalue())
    system.pipe("/bucket/in/deep/7.png", kinds.PICTURES[7])
    yield system
    system.rm("/bucket", recursive=True)


def test_a_bucket_is_read_as_a_folder_is(bucket, tmp_path):
    zipped, loose = find_shards("memory://bucket/in").shards

    assert (zipped.part, loose.part) == ("a.zip.parquet", "pictures-000000.parquet")
    assert zipped.names == ("memory://bucket/in/a.zip",)
    assert loose.names == ("memory://bucket/in/deep/7.png",)
    (copy,) = local_copies(loose, tmp_path)
    assert (tmp_path / copy).read_bytes() == kinds.PICTURES[7]
    (copy,) = local_copies(zipped, tmp_path)
    assert [name_of(one) for one in pictures_of(copy)] == [f"{copy}/in/{n}.png" for n in (1, 2, 3)]


def test_a_file_in_a_bucket_is_a_shard(bucket):
    (shard,) = find_shards("memory://bucket/in/a.zip").shards

    assert (shard.part, shard.files) == ("a.zip.parquet", ("",))
    assert shard.names == ("memory://bucket/in/a.zip",)


def test_a_missing_bucket_and_an_unknown_scheme_are_named(bucket):
    with pytest.raises(DataError, match=r"memory://bucket/gone: there is no such bucket or folder"):
        find_shards("memory://bucket/gone")
    with pytest.raises(DataError, match=r"foo://x/y: no file system is called foo"):
        Place("foo://x/y")
    with pytest.raises(MachineError, match=r"abfss?://|hf://|gdrive://|needs another package"):
        Place("gdrive://x/y")


def test_passwords_and_options_stand_in_no_name():
    assert public("s3://key:secret@bucket/in/a.zip?region=eu") == "s3://bucket/in/a.zip"
