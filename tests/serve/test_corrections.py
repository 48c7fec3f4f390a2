"""What is corrected becomes a folder with a labels.csv, which nothing can damage."""

from __future__ import annotations

import errno
import json
import os

import pytest
from pictures import digit_picture, encoded
from servers import served

import digitcli
from digitcli.errors import MachineError, UsageError
from digitcli.serve.corrections import Corrections
from digitcli.serve.refusal import RefusedError, refused

SEVEN, THREE = (encoded(digit_picture(digit)) for digit in (7, 3))


def labels(folder):
    return (folder / "labels.csv").read_text().splitlines()


def test_a_kept_picture_is_a_row_of_the_list_that_eval_reads(tmp_path):
    folder = tmp_path / "mine"
    with served("--corrections", str(folder)) as client:
        kept = client.post("/corrections?label=7", SEVEN)
        again = client.post("/corrections?label=1", SEVEN)
        other = client.post("/corrections?label=3", THREE)
        assert (kept.status, kept.json["count"], kept.json["replaced"]) == (201, 1, None)
        assert (again.json["count"], again.json["replaced"]) == (1, "7")
        assert client.get("/settings").json["count"] == 2
        back = client.ask("DELETE", f"/corrections/{kept.json['file']}")
        assert (back.status, back.json["count"]) == (200, 1)
        assert client.ask("DELETE", f"/corrections/{kept.json['file']}").status == 404
        for path in ("/corrections/..%2Flabels.csv", "/corrections/labels.csv"):
            assert client.ask("DELETE", path).status == 404
    assert labels(folder) == ["file,label", f"{other.json['file']},3"]
    assert digitcli.evaluate(data=folder).to_dict()["n"] == 1


@pytest.mark.parametrize("query", ["", "?label=seven", "?label=7%0a8", "?label=" + "1" * 2000])
def test_a_label_that_is_no_number_is_refused(tmp_path, query):
    with served("--corrections", str(tmp_path / "mine")) as client:
        assert client.post(f"/corrections{query}", SEVEN).status == 400
        assert client.post("/corrections?label=1", b"no picture").status == 400
    assert not (tmp_path / "mine" / "labels.csv").exists()


def test_a_folder_is_gone_on_with_and_belongs_to_one_server(tmp_path):
    first = Corrections(tmp_path)
    first.keep(SEVEN, "7")
    with pytest.raises(MachineError, match="another server"):
        Corrections(tmp_path)
    first.close()

    second = Corrections(tmp_path)
    second.keep(THREE, "3")
    assert len(second) == 2
    second.close()


@pytest.mark.parametrize(
    ("name", "text"), [("notes.txt", "mine"), ("labels.csv", "file,label,writer\na.png,1,me\n")]
)
def test_a_folder_with_other_things_is_left_alone(tmp_path, name, text):
    (tmp_path / name).write_text(text)

    with pytest.raises(UsageError):
        Corrections(tmp_path)
    assert (tmp_path / name).read_text() == text


def test_files_that_a_list_names_but_no_server_wrote_are_not_removed(tmp_path):
    (tmp_path / "labels.csv").write_text("file,label\nmine.png,7\n")
    (tmp_path / "mine.png").write_bytes(SEVEN)
    kept = Corrections(tmp_path)

    with pytest.raises(RefusedError):
        kept.take_back("mine.png")
    kept.close()
    assert (tmp_path / "mine.png").exists()
    assert json.dumps(labels(tmp_path)) == '["file,label", "mine.png,7"]'


@pytest.mark.parametrize(
    ("number", "status"), [(errno.ENOSPC, 507), (errno.EDQUOT, 507), (errno.EACCES, 500)]
)
def test_a_full_disk_is_a_status_of_its_own(tmp_path, monkeypatch, number, status):
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    kept = Corrections(tmp_path)
    monkeypatch.setattr("digitcli.files.atomic._opened_anew", refuse)
    with pytest.raises(MachineError) as caught:
        kept.keep(SEVEN, "7")
    kept.close()

    assert refused(caught.value).status == status
