from __future__ import annotations

import json
import os

import numpy as np
from bench.fakes import answers

from digitcli.machine.cores import usable_cores

ROW_KEYS = {
    *("engine", "variant", "precision", "threads", "batch", "median_us", "p90_us", "p99_us"),
    *("images_per_s", "agrees", "gflops", "spread", "repeats", "speedup"),
    *("min_us", "mean_us", "p999_us", "median_interval_us", "scope", "accuracy", "equal_labels"),
    *("outliers", "drift", "steady", "warnings", "version", "largest_difference"),
}


def test_one_document_with_machine_and_rows(bench):
    code, out, _ = bench("--batch", "1,64", "--threads", "1,2", "--json")

    document = json.loads(out)
    assert code == 0
    assert document["schema"] == "digitcli.bench/1"
    assert document["machine"]["isa"] == "avx2-way"
    assert document["network"] == "tiny"
    assert all(row.keys() >= ROW_KEYS for row in document["rows"])
    places = [(row["threads"], row["batch"], row["engine"]) for row in document["rows"]]
    engines = ("digitcli", *["tensorflow"] * 4)  # in four ways
    assert places == [(t, b, e) for t in (1, 2) for b in (1, 64) for e in engines]


def test_different_answers_are_printed_and_end_with_exit_8(bench):
    def wrong(count: int) -> np.ndarray:
        return answers(count)[:, ::-1]

    code, out, err = bench("--batch", "1", "--threads", "1", "--json", answer=wrong)

    document = json.loads(out)  # one document, though the command failed
    assert code == 8
    assert document["agrees"] is False
    assert [row["agrees"] for row in document["rows"]] == [False] * 5
    assert "tensorflow tf-way: answers differ" in err


def test_a_peer_that_cannot_start_is_a_note_and_exit_7(bench):
    code, out, err = bench("--batch", "1", "--threads", "1", "--json", broken="start")

    document = json.loads(out)
    assert code == 7
    assert [row["engine"] for row in document["rows"]] == ["digitcli"]
    assert {failure["engine"] for failure in document["failures"]} == {"tensorflow"}
    assert any("tf is not installed" in note for note in document["notes"])
    assert "hint:  pip install it" in err


def test_no_peer_is_asked_for_with_none(bench):
    code, out, _ = bench("--against", "none", "--batch", "1", "--threads", "1", "--json")

    assert code == 0
    assert [row["engine"] for row in json.loads(out)["rows"]] == ["digitcli"]


def test_all_takes_what_is_installed_and_names_what_is_missing(bench):
    code, out, _ = bench("--against", "all", "--batch", "1", "--threads", "1", "--json")

    document = json.loads(out)
    assert code == 0
    engines = {row["engine"] for row in document["rows"]}
    assert engines == {"digitcli", "tensorflow", "onnxruntime", "pytorch", "mnn"}
    note = (
        "not installed, so left out: openvino, litert, opencv, executorch; "
        'pip install "digitcli[bench,bench-more]"'
    )
    assert note in document["notes"]


def test_precisions_are_classes_of_their_own(bench):
    code, out, _ = bench(
        *("--against", "tensorflow,onnxruntime", "--precision", "bf16,int8"),
        *("--batch", "1", "--threads", "1", "--json"),
    )

    document = json.loads(out)
    assert code == 0
    rows = [(row["engine"], row["precision"]) for row in document["rows"]]
    assert rows[:1] == [("digitcli", "fp32")]  # the reference, whatever is asked for
    assert ("tensorflow", "bf16") in rows
    assert ("onnxruntime", "int8") in rows
    assert document["rows"][-1]["speedup"].keys() <= {"digitcli avx2-way"}
    assert document["rows"][-1]["accuracy"] == 1.0
    assert {"no bf16 in onnxruntime", "no int8 in tensorflow"} <= set(document["notes"])


def test_an_int8_peer_may_round_but_not_guess(bench):
    def guess(wrong: int):
        def answer(count: int) -> np.ndarray:
            found = answers(count)
            found[:wrong] = found[:wrong, ::-1]
            return found

        return answer

    options = ("--precision", "bf16", "--batch", "1", "--threads", "1", "--json")
    rounded, _, _ = bench(*options, answer=guess(10))
    guessed, out, err = bench(*options, answer=guess(11))

    assert (rounded, guessed) == (0, 8)
    assert "tensorflow tf-way, bf16: 98.90% of the digits are ours, 99% expected" in err
    assert json.loads(out)["rows"][-1]["equal_labels"] == 0.989


def test_zero_threads_are_all_usable_cores(bench):
    _, out, _ = bench("--threads", "0", "--batch", "1", "--json")

    assert {row["threads"] for row in json.loads(out)["rows"]} == {usable_cores()}


def test_accuracy_stands_beside_every_speed(bench):
    _, out, _ = bench("--batch", "1", "--threads", "1")

    rows = [line for line in out.splitlines() if line.startswith(("digitcli", "tensorflow"))]
    assert len(rows) == 5
    assert all("100.00" in row for row in rows)


def test_a_batch_larger_than_the_data_is_said(bench):
    code, out, _ = bench("--batch", "1,5000", "--threads", "1", "--json")

    assert code == 0
    notes = json.loads(out)["notes"]
    assert "batch 5,000 is larger than the data (1,000 pictures of mnist): they repeat" in notes


def test_more_pictures_to_check_than_there_are_is_said(bench):
    _, out, _ = bench("--batch", "1", "--threads", "1", "--check", "3000", "--json")

    document = json.loads(out)
    assert document["compared_images"] == 1000
    assert "--check 3,000: mnist has 1,000 pictures" in document["notes"]


def test_a_peer_without_the_scope_is_named_as_left_out(bench):
    code, out, _ = bench("--scope", "end-to-end", "--batch", "1", "--threads", "1", "--json")

    document = json.loads(out)
    assert code == 0
    assert [row["engine"] for row in document["rows"]] == ["digitcli"]
    assert document["left_out"][0] == {
        **{"engine": "tensorflow", "variant": "tf.function", "precision": "fp32"}
    }
    (note,) = [note for note in document["notes"] if note.startswith("left out")]
    assert "no scope end-to-end: tensorflow (tf.function), tensorflow (xla)" in note


def test_the_kernel_scope_is_timed_on_one_thread_and_says_so(bench):
    _, out, _ = bench("--scope", "kernel", "--batch", "1", "--threads", "1,2", "--json")

    document = json.loads(out)
    assert {(row["threads"], row["scope"]) for row in document["rows"]} == {(1, "kernel")}
    assert "--scope kernel is timed on one thread, whatever --threads says" in document["notes"]


def test_pinning_where_the_system_has_no_such_thing_is_said(bench, monkeypatch):
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)

    _, out, _ = bench("--pin", "--batch", "1", "--threads", "1", "--json")

    document = json.loads(out)
    assert document["pinned"] is False
    assert any(note.startswith("--pin: this system does not") for note in document["notes"])
