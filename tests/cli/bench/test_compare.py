"""`digitcli bench --compare` and `--fail-if`."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def base(bench, tmp_path):
    """A file with the result of a run, with ours at 10 us and the peer at 10 us."""
    path = tmp_path / "base.json"
    assert bench("--batch", "1", "--threads", "1", "--json", "-o", path)[0] == 0
    return path


def test_the_same_speed_passes_the_gate(bench, base):
    options = ("--batch", "1", "--threads", "1", "--compare", base, "--fail-if", "5%")

    code, out, _ = bench(*options, "--json")

    comparison = json.loads(out)["comparison"]
    assert code == 0
    assert comparison["threshold"] == 1.05
    assert {row["change"] for row in comparison["rows"]} == {"within noise"}


def test_a_slowdown_ends_with_exit_8_after_the_table(bench, base):
    options = ("--batch", "1", "--threads", "1", "--compare", base, "--fail-if", "5%")

    code, out, err = bench(*options, microseconds=12)

    assert code == 8
    assert "1.200" in out
    assert "slower" in out
    assert "1 of 2 rows are slower than" in err  # all ways of calling the fake are one


def test_without_a_gate_a_slowdown_is_only_shown(bench, base):
    code, out, _ = bench(
        "--batch", "1", "--threads", "1", "--compare", base, "--markdown", microseconds=12
    )

    assert code == 0
    assert out.count("| slower") == 1


def test_a_base_from_another_machine_is_compared_aloud(bench, base):
    document = json.loads(base.read_text())
    document["machine"]["cpu"] = "Chip [red]1"
    base.write_text(json.dumps(document))

    code, out, err = bench("--batch", "1", "--threads", "1", "--compare", base)

    assert code == 0
    assert "UNDER OTHER CONDITIONS" in out
    assert "NOT THE SAME CONDITIONS as" in err
    assert "processor: Chip [red]1 in the base file" in err


def test_a_base_of_another_schema_ends_with_exit_3_before_any_measurement(bench, tmp_path):
    base = tmp_path / "base.json"
    base.write_text(json.dumps({"schema": "digitcli.bench/9"}))

    code, _, err = bench("--compare", base)

    assert code == 3
    assert "expected schema 'digitcli.bench/1', found 'digitcli.bench/9'" in err
    assert "threads" not in err
