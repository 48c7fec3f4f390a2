from __future__ import annotations

import json
import math
import os

import pytest
from bench.documents import MACHINE, document, row

from digitcli.bench.compare import compare, differences, gate, load_base, notes_on
from digitcli.errors import DataError, ExitCode

SCHEMA = "digitcli.bench/1"


def compared(base, now, threshold: float = 1.05):
    return compare(base, now, threshold=threshold, name="base.json")


def change_of(before: dict, after: dict, threshold: float = 1.05):
    (pair,) = compared(document(before), document(after), threshold)["rows"]
    return pair


def test_the_ratio_has_an_interval_of_both_medians_errors():
    pair = change_of(row(100.0), row(120.0))

    error = math.hypot(math.log(1 / 0.99), math.log(1 / 0.99))
    assert pair["ratio"] == 1.2
    assert pair["ratio_interval"] == [
        pytest.approx(1.2 * math.exp(-error), abs=1e-4),
        pytest.approx(1.2 * math.exp(error), abs=1e-4),
    ]


@pytest.mark.parametrize(
    ("after", "change"),
    [
        (120.0, "slower"),
        (106.0, "slower"),
        (104.0, "below threshold"),
        (101.0, "within noise"),
        (96.5, "below threshold"),
        (80.0, "faster"),
    ],
)
def test_a_change_counts_beyond_the_threshold_and_the_noise(after, change):
    assert change_of(row(100.0), row(after))["change"] == change


@pytest.mark.parametrize("noisy", ["base", "now"])
def test_a_large_slowdown_within_the_noise_does_not_count(noisy):
    wide = {"median_interval_us": [60.0, 190.0]}

    pair = change_of(
        row(100.0, **(wide if noisy == "base" else {})),
        row(130.0, **(wide if noisy == "now" else {})),
    )

    assert pair["change"] == "within noise"


def test_a_base_without_intervals_gets_notches_from_spread_and_rounds():
    old = row(100.0, spread=0.1, precision="float32")
    del old["median_interval_us"], old["scope"]
    exact = row(100.0, median_interval_us=[100.0, 100.0])

    (pair,) = compared(document(old, least_rounds=25), document(exact))["rows"]

    assert (pair["scope"], pair["precision"]) == ("model", "fp32")
    assert pair["ratio_interval"][1] == pytest.approx(math.exp(1.57 * 0.1 / 5), abs=1e-4)


def test_rows_are_matched_by_what_was_measured_not_by_their_place():
    others = {"engine": "peer", "variant": "avx512", "precision": "int8", "threads": 2}
    others |= {"batch": 64, "scope": "kernel"}
    rows = [row(100.0 + n, **dict([other])) for n, other in enumerate(others.items())]

    result = compared(document(*rows), document(*rows[::-1]))

    assert [pair["ratio"] for pair in result["rows"]] == [1.0] * len(others)
    assert result["only_in_base"] == result["only_here"] == []


def test_rows_of_one_side_alone_are_named():
    result = compared(document(row(), row(batch=8)), document(row(), row(threads=2)))

    assert result["only_in_base"] == ["digitcli avx2 (fp32, model), threads 1, batch 8"]
    assert result["only_here"] == ["digitcli avx2 (fp32, model), threads 2, batch 1"]
    assert any("1 rows of base.json were not measured here" in note for note in notes_on(result))


def test_the_gate_names_the_worst_row():
    rows = [row(100.0), row(100.0, batch=8), row(100.0, batch=64)]
    after = [row(110.0), row(140.0, batch=8), row(100.0, batch=64)]

    error = gate(compared(document(*rows), document(*after)))

    assert error is not None
    assert error.exit_code == ExitCode.GATE
    assert "2 of 3 rows are slower than base.json by more than 5% and" in str(error)
    assert "threads 1, batch 8, 1.400 times" in str(error)


def test_the_gate_is_met_by_what_is_as_fast_or_faster():
    assert gate(compared(document(row(100.0)), document(row(101.0)))) is None
    assert gate(compared(document(row(100.0)), document(row(50.0)))) is None


def test_the_gate_is_not_met_when_nothing_was_compared():
    error = gate(compared(document(row()), document(row(batch=8))))

    assert error is not None
    assert "no row in common" in str(error)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"machine": MACHINE | {"cpu": "Chip 1"}},
            "processor: Chip 1 in the base file, Chip 9 here",
        ),
        ({"machine": MACHINE | {"usable_cores": 2}}, "usable cores: 2 in the base file, 4 here"),
        ({"network": "deck"}, "network: deck in the base file, tiny here"),
        ({"weights_sha256": "cd"}, "weights (sha256): cd in the base file, ab here"),
        ({"data": "synthetic"}, "data: synthetic in the base file, mnist here"),
        ({"pinned": True}, "pinned: True in the base file, False here"),
    ],
)
def test_other_conditions_are_noted_and_compared_all_the_same(changes, said):
    base, now = document(row(100.0), **changes), document(row(150.0))

    result = compared(base, now)

    assert result["differences"] == [said]
    assert any(
        note.startswith("NOT THE SAME CONDITIONS") and said in note for note in notes_on(result)
    )
    assert "conditions differ" in str(gate(result))


def test_another_path_of_the_same_weights_is_no_difference():
    assert differences(document(weights="a.npz"), document(weights="b.npz")) == []


def test_what_an_older_file_does_not_tell_is_no_difference():
    base = document()
    del base["weights_sha256"], base["pinned"]

    assert differences(base, document()) == []


def test_peers_that_changed_as_well_point_at_the_machine():
    base = document(row(100.0), row(100.0, engine="a"), row(100.0, engine="b"))
    now = document(row(130.0), row(120.0, engine="a"), row(140.0, engine="b"))

    notes = notes_on(compared(base, now))

    mean = math.sqrt(1.2 * 1.4)
    assert any(f"2 rows of other engines took {mean:.3f} times" in note for note in notes)


def test_a_written_document_is_read_back(tmp_path):
    path = tmp_path / "base.json"
    path.write_text(json.dumps(document(row())))

    assert load_base(path, SCHEMA) == document(row())


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "not a JSON document"),
        ("[1]", "expected schema 'digitcli.bench/1', found None"),
        ("[" * 100_000, "not a JSON document"),
        (b"\xff\xfe", "not a JSON document"),
        (json.dumps({"schema": "digitcli.bench/2"}), "found 'digitcli.bench/2'"),
        (json.dumps({"schema": "digitcli.bench-cold/1"}), "found 'digitcli.bench-cold/1'"),
        (json.dumps({"schema": SCHEMA}), "no 'machine'"),
        (json.dumps(document(rows=3)), "not iterable"),
        (json.dumps(document({"median_us": 1})), "no 'spread'"),
        (json.dumps(document(row(), machine=[])), "machine is no object"),
        (json.dumps(document(row(median_us=-1.0))), "a median of -1.0 us"),
        (json.dumps(document(row() | {"median_us": math.nan})), "a median of nan us"),
        (json.dumps(document(row() | {"median_us": "fast"})), "could not convert"),
        (json.dumps(document(row() | {"engine": ["x"]})), "unhashable"),
        (json.dumps(document(row() | {"median_interval_us": [1.0]})), "not enough values"),
    ],
)
def test_a_file_that_is_no_such_document_is_refused_by_name(tmp_path, content, complaint):
    path = tmp_path / "base.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(DataError, match="base.json") as caught:
        load_base(path, SCHEMA)

    assert complaint in str(caught.value)
    assert "digitcli bench --json --output" in caught.value.hint


def test_a_base_that_is_not_there_is_bad_input(tmp_path):
    with pytest.raises(DataError, match=r"none.json: cannot be read \(no such file"):
        load_base(tmp_path / "none.json", SCHEMA)


def test_results_of_earlier_versions_can_be_compared_with(repository):
    files = sorted((repository / "benchmarks" / "results").glob("*-bench-*.json"))

    bases = [load_base(path, SCHEMA) for path in files]

    assert bases
    for base in bases:
        changes = {pair["change"] for pair in compared(base, base)["rows"]}
        assert changes == {"within noise"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.timeout(10)
def test_a_base_is_no_pipe_and_has_an_end(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    with (tmp_path / "hole.json").open("wb") as file:
        file.truncate(2**40)

    with pytest.raises(DataError, match=r"pipe.json: cannot be read \(is a pipe or a device"):
        load_base(tmp_path / "pipe.json", SCHEMA)
    with pytest.raises(DataError, match=r"hole.json: cannot be read \(larger than"):
        load_base(tmp_path / "hole.json", SCHEMA)
