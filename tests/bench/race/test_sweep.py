from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bench.fakes import FakeWorker, answers, workers_from

from digitcli.bench.race.entry import Entry, RacePlan
from digitcli.bench.race.sweep import run
from digitcli.bench.runtimes import TOLERANCE
from digitcli.errors import MachineError


def plan(*engines: str, **changes) -> RacePlan:
    settings = {"batches": (1, 8), "threads": (1,), "flops": 1000, "compared": 50}
    settings |= {"seconds": 0.0, "rounds": 2} | changes
    return RacePlan(entries=tuple(Entry(engine) for engine in engines), **settings)


def shifted(by: float):
    """Answers with one probability moved."""

    def answer(count: int) -> np.ndarray:
        probabilities = answers(count)
        probabilities[-1, 3] += by
        return probabilities

    return answer


def test_every_entry_thread_count_and_batch_is_a_row():
    fakes = {"digitcli": FakeWorker("ours"), "peer": FakeWorker("peer")}

    result = run(plan("digitcli", "peer", threads=(1, 2)), workers_from(fakes))

    places = [(row.threads, row.batch, row.entry.engine) for row in result.rows]
    assert places == [(t, b, e) for t in (1, 2) for b in (1, 8) for e in ("digitcli", "peer")]
    assert result.agrees
    assert result.failures == []


def test_entries_take_turns():
    log: list[tuple[str, int]] = []
    fakes = {name: FakeWorker(name, log=log) for name in ("digitcli", "peer")}

    run(plan("digitcli", "peer", batches=(8,), rounds=2), workers_from(fakes))

    names = [name for name, _ in log]
    assert names == ["digitcli", "peer"] * 2 + ["peer", "digitcli"]  # warm-up, then two rounds


def test_speed_follows_from_the_median():
    fakes = {
        "digitcli": FakeWorker("ours", microseconds=10),
        "peer": FakeWorker("peer", microseconds=35),
    }

    result = run(plan("digitcli", "peer", batches=(8,)), workers_from(fakes))

    ours, peer = result.to_json()["rows"]
    assert ours["median_us"] == pytest.approx(80)
    assert ours["images_per_s"] == pytest.approx(100_000)
    assert ours["gflops"] == pytest.approx(0.1)
    assert ours["speedup"] == {"peer peer-way": pytest.approx(3.5)}
    assert peer["speedup"] == {"digitcli ours-way": pytest.approx(0.286)}


@pytest.mark.parametrize(("by", "agrees"), [(TOLERANCE / 2, True), (TOLERANCE * 2, False)])
def test_probabilities_agree_up_to_the_tolerance(by, agrees):
    fakes = {"digitcli": FakeWorker(), "peer": FakeWorker(answer=shifted(by))}

    result = run(plan("digitcli", "peer"), workers_from(fakes))

    assert result.agrees is agrees
    assert result.rows[-1].agreement.difference == pytest.approx(by, rel=0.01)


@pytest.mark.parametrize(("variant", "agrees"), [("large-tiles", True), ("small-tiles", False)])
def test_one_way_of_mnn_may_round_more_coarsely(variant, agrees):
    fakes = {"digitcli": FakeWorker(), "mnn": FakeWorker(answer=shifted(TOLERANCE * 5))}
    entries = (Entry("digitcli"), Entry("mnn", variant))

    result = run(replace(plan(), entries=entries), workers_from(fakes))

    assert result.agrees is agrees


def test_another_digit_within_the_tolerance_does_not_agree():
    def tie(favoured: int):
        def answer(count: int) -> np.ndarray:
            probabilities = np.full((count, 10), 0.1, np.float32)
            probabilities[:, favoured] += 1e-6
            return probabilities

        return answer

    fakes = {"digitcli": FakeWorker(answer=tie(3)), "peer": FakeWorker(answer=tie(4))}

    result = run(plan("digitcli", "peer"), workers_from(fakes))

    assert not result.agrees


@pytest.mark.parametrize("answer", [shifted(np.nan), lambda count: answers(count)[:-1]])
def test_answers_that_are_not_numbers_or_too_few_do_not_agree(answer):
    fakes = {"digitcli": FakeWorker(), "peer": FakeWorker(answer=answer)}

    result = run(plan("digitcli", "peer"), workers_from(fakes))

    assert not result.agrees


def test_an_entry_that_cannot_start_is_a_failure_and_the_others_go_on():
    peer = FakeWorker("peer", broken="start")
    fakes = {"digitcli": FakeWorker(), "peer": peer, "third": FakeWorker()}

    result = run(plan("digitcli", "peer", "third", threads=(1, 2)), workers_from(fakes))

    assert [(f.entry.engine, f.threads, f.hint) for f in result.failures] == [
        ("peer", 1, "pip install it")
    ]
    assert {row.entry.engine for row in result.rows} == {"digitcli", "third"}
    assert len(result.rows) == 8
    assert peer.closed


def test_an_entry_that_fails_while_timed_is_removed_and_the_others_are_timed_again():
    fakes = {"digitcli": FakeWorker(), "peer": FakeWorker("peer", broken="batch 8")}

    result = run(plan("digitcli", "peer"), workers_from(fakes))

    places = [(row.batch, row.entry.engine) for row in result.rows]
    assert places == [(1, "digitcli"), (1, "peer"), (8, "digitcli")]
    assert [failure.error for failure in result.failures] == ["peer: ran out of memory"]


def test_nothing_is_measured_without_our_own_engine():
    fakes = {"digitcli": FakeWorker("ours", broken="start"), "peer": FakeWorker()}

    with pytest.raises(MachineError, match="ours is not installed"):
        run(plan("digitcli", "peer"), workers_from(fakes))

    assert fakes["digitcli"].closed
    assert fakes["peer"].closed


def test_progress_names_thread_count_and_batch():
    lines: list[str] = []

    run(plan("digitcli", threads=(2,)), workers_from({"digitcli": FakeWorker()}), lines.append)

    assert lines == ["threads 2: starting digitcli", "threads 2: batch 1", "threads 2: batch 8"]


def test_accuracy_is_measured_on_the_labelled_pictures():
    def swapped(count: int) -> np.ndarray:
        probabilities = answers(count)
        probabilities[:5] = answers(count)[5:10]
        return probabilities

    fakes = {"digitcli": FakeWorker(), "peer": FakeWorker(answer=swapped)}
    labels = np.arange(50) % 10

    result = run(plan("digitcli", "peer", labels=labels, batches=(1,)), workers_from(fakes))

    assert [row.agreement.accuracy for row in result.rows] == [1.0, 0.9]
    assert result.rows[1].agreement.equal == 0.9


def test_without_labels_no_accuracy_is_given():
    result = run(plan("digitcli"), workers_from({"digitcli": FakeWorker()}))

    assert result.to_json()["rows"][0]["accuracy"] is None


def test_a_coarser_engine_does_not_cast_doubt_on_ours():
    coarse = FakeWorker(answer=shifted(0.01))
    two = (Entry("digitcli"), Entry("peer", precision="int8"))
    fakes = {"digitcli": FakeWorker(), "peer": coarse}

    result = run(replace(plan(), entries=two, batches=(1,)), workers_from(fakes))

    ours, theirs = result.rows
    assert result.agrees
    assert (ours.agreement.difference, theirs.agreement.difference) == (
        0,
        pytest.approx(0.01, 0.01),
    )


def test_a_peer_without_the_scope_is_left_out_and_is_no_failure():
    able = {"scopes": ("model", "end-to-end")}
    peer = FakeWorker("peer")
    fakes = {"digitcli": FakeWorker(**able), "peer": peer, "third": FakeWorker(**able)}

    result = run(
        plan("digitcli", "peer", "third", scope="end-to-end", threads=(1, 2)), workers_from(fakes)
    )

    assert [entry.engine for entry in result.left_out] == ["peer"]
    assert result.failures == []
    assert {row.scope for row in result.rows} == {"end-to-end"}
    assert {row.entry.engine for row in result.rows} == {"digitcli", "third"}
    assert peer.closed


def test_our_engine_without_the_scope_is_an_error():
    with pytest.raises(MachineError, match="digitcli has no scope kernel with threads 1") as caught:
        run(plan("digitcli", scope="kernel"), workers_from({"digitcli": FakeWorker()}))

    assert caught.value.hint == "choose another --scope: model"


def test_a_row_carries_its_noise():
    result = run(
        plan("digitcli", batches=(1,), rounds=12), workers_from({"digitcli": FakeWorker()})
    )

    (row,) = result.to_json()["rows"]
    assert row["median_interval_us"] == [row["median_us"]] * 2
    assert (row["min_us"], row["mean_us"], row["p999_us"]) == (pytest.approx(10.0),) * 3
    assert (row["outliers"], row["drift"], row["warnings"]) == (0, 0.0, [])
