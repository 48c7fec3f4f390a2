"""What `digitcli bench` prints and writes: tables, Markdown, CSV, plots."""

from __future__ import annotations

import csv
import io
import json

import pytest
from bench.fakes import answers


def test_the_table_fits_80_columns_and_compares_with_tensorflow(bench, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")

    code, out, err = bench("--batch", "1,1024", "--threads", "1", microseconds=30)

    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert "1 thread, batch 1,024" in out
    ours = next(line for line in out.splitlines() if line.startswith("digitcli avx2-way"))
    assert ours.split()[-1] == "3.00"
    assert "answers agree on 1,000 pictures" in err


def test_a_wrong_engine_is_marked_in_the_table(bench):
    code, out, err = bench("--batch", "1", "--threads", "1", answer=lambda n: answers(n)[:, ::-1])

    assert code == 8
    assert "tensorflow tf-way WRONG" in out
    assert "do NOT agree" in err


def test_markdown_is_a_table_with_its_conditions(bench):
    code, out, _ = bench("--batch", "64", "--threads", "2", "--markdown", microseconds=20)

    lines = out.splitlines()
    assert code == 0
    assert lines[0].startswith("**tiny on ")
    heading, ruler, ours = lines[2:5]
    assert heading.endswith("| x tensorflow |")
    assert heading.count("|") == ruler.count("|") == ours.count("|")
    assert ours.startswith("| 2 | 64 | digitcli avx2-way | 640 us |")
    assert ours.endswith("| 2.00 |")
    assert any(line.startswith("- ") and "instruction set avx2-way" in line for line in lines)


def test_output_goes_to_the_file_instead(bench, tmp_path):
    target = tmp_path / "new" / "bench.json"

    code, out, _ = bench("--batch", "1", "--threads", "1", "--json", "--output", target)

    assert (code, out) == (0, "")
    assert json.loads(target.read_text())["schema"] == "digitcli.bench/1"


def test_a_file_that_cannot_be_written_is_refused_before_the_first_measurement(bench, tmp_path):
    (tmp_path / "file").write_text("")

    code, _, err = bench("--output", tmp_path / "file" / "bench.json")

    assert code == 6
    assert "threads" not in err


def test_rows_as_csv(bench):
    code, out, _ = bench("--batch", "1,8", "--threads", "1", "--csv")

    lines = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [(line["engine"], line["batch"]) for line in lines][::5] == [
        ("digitcli", "1"),
        ("digitcli", "8"),
    ]
    assert float(lines[0]["median_us"]) == 10.0
    assert float(lines[0]["accuracy"]) == 1.0


def test_a_plot_is_drawn(bench, tmp_path):
    pytest.importorskip("matplotlib", reason="needs the plot extra")
    target = tmp_path / "bench.svg"

    code, _, _ = bench("--batch", "1,8,64", "--threads", "1,2", "--plot", target)

    assert code == 0
    text = target.read_text()
    assert "pictures per second" in text
    assert "tensorflow" in text
