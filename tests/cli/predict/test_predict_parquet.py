"""`digitcli predict --output FILE.parquet` and `--resume FILE.parquet`, as a user runs them."""

from __future__ import annotations

import json

import pytest
from pictures import digit_picture, encoded, save_template_weights

WEIGHTS = ("--weights", "templates.npz")


@pytest.fixture(autouse=True)
def folder(tmp_path):
    save_template_weights(tmp_path / "templates.npz")
    for digit in range(3):
        (tmp_path / f"{digit}.png").write_bytes(encoded(digit_picture(digit)))
    return tmp_path


def test_parquet_has_the_answers_of_json_lines_and_resume_the_same_bytes(run_cli, folder):
    pq = pytest.importorskip("pyarrow.parquet", reason="needs pyarrow (extra data)")
    files = ("0.png", "1.png", "gone.png", "2.png")

    done = run_cli("predict", *files, "--output", "out.parquet", *WEIGHTS)
    lines = run_cli("predict", *files, "--jsonl", *WEIGHTS).stdout.splitlines()
    run_cli("predict", *files[:2], "--resume", "resumed.parquet", *WEIGHTS)
    again = run_cli("predict", *files, "--resume", "resumed.parquet", *WEIGHTS)

    assert (done.returncode, done.stdout, again.returncode) == (7, "", 7), done.stderr
    for row, line in zip(pq.read_table(folder / "out.parquet").to_pylist(), lines, strict=True):
        answer = json.loads(line)
        assert {name: row[name] for name in answer if name != "schema"} | {
            "schema": answer["schema"]
        } == answer
    assert (folder / "resumed.parquet").read_bytes() == (folder / "out.parquet").read_bytes()


def test_a_table_of_another_program_is_not_replaced(run_cli, folder):
    (folder / "other.parquet").write_bytes(b"PAR1 of another program PAR1")

    for option in ("--output", "--resume"):
        done = run_cli("predict", "1.png", option, "other.parquet", *WEIGHTS)
        assert done.returncode == 2
        assert "other.parquet exists and is no document or table of digitcli" in done.stderr
    assert (folder / "other.parquet").read_bytes() == b"PAR1 of another program PAR1"


@pytest.mark.parametrize("option", ["--output", "--resume"])
def test_parquet_and_csv_exclude_each_other(run_cli, option):
    done = run_cli("predict", "1.png", "--csv", option, "out.parquet", *WEIGHTS)

    assert done.returncode == 2
    assert f"{option}: out.parquet would be Parquet" in done.stderr


@pytest.mark.parametrize("option", ["--output", "--resume"])
def test_without_pyarrow_the_command_that_installs_it_is_named(run_cli, folder, option):
    (folder / "pyarrow.py").write_text("raise ImportError('no pyarrow')")
    environment = {"PYTHONPATH": str(folder)}

    done = run_cli("predict", "1.png", option, "out.parquet", *WEIGHTS, env=environment)

    assert done.returncode == 6
    assert 'pip install "digitcli[data]"' in done.stderr
    assert not list(folder.glob("*.parquet*"))
