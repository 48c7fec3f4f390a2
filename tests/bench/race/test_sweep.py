from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bench.fakes import FakeContestant, answers, hire_from

from digitcli.bench.race.agreement import TOLERANCE
from digitcli.bench.race.plan import Candidate, Plan
from digitcli.bench.race.sweep import run
from digitcli.errors import MachineError


def plan(*engines: str, **changes) -> Plan:
    settings = {"batches": (1, 8), "threads": (1,), "flops": 1000, "compared": 50}
    settings |= {"seconds": 0.0, "rounds": 2} | changes
    return Plan(candidates=tuple(Candidate(engine) for engine in engines), **settings)


def shifted(by: float):
    """Answers with one probability moved."""

    def answer(count: int) -> np.ndarray:
        probabilities = answers(count)
        probabilities[-1, 3] += by
        return probabilities

    return answer


def test_every_candidate_thread_count_and_batch_is_a_row():
    fakes = {"digitcli": FakeContestant("ours"), "peer": FakeContestant("peer")}

    result = run(plan("digitcli", "peer", threads=(1, 2)), hire_from(fakes))

    places = [(row.threads, row.batch, row.candidate.engine) for row in result.rows]
    assert places == [(t, b, e) for t in (1, 2) for b in (1, 8) for e in ("digitcli", "peer")]
    assert result.agrees
    assert result.failures == []


def test_candidates_take_turns():
    log: list[tuple[str, int]] = []
    fakes = {name: FakeContestant(name, log=log) for name in ("digitcli", "peer")}

    run(plan("digitcli", "peer", batches=(8,), rounds=2), hire_from(fakes))

    names = [name for name, _ in log]
    assert names == ["digitcli", "peer"] * 2 + ["peer", "digitcli"]  # warm-up, then two rounds


def test_speed_follows_from_the_median():
    fakes = {
        "digitcli": FakeContestant("ours", microseconds=10),
        "peer": FakeContestant("peer", microseconds=35),
    }

    result = run(plan("digitcli", "peer", batches=(8,)), hire_from(fakes))

    ours, peer = result.to_json()["rows"]
    assert ours["median_us"] == pytest.approx(80)
    assert ours["images_per_s"] == pytest.approx(100_000)
    assert ours["gflops"] == pytest.approx(0.1)
    assert ours["speedup"] == {"peer peer-way": pytest.approx(3.5)}
    assert peer["speedup"] == {"digitcli ours-way": pytest.approx(0.286)}


@pytest.mark.parametrize(("by", "agrees"), [(TOLERANCE / 2, True), (TOLERANCE * 2, False)])
def test_probabilities_agree_up_to_the_tolerance(by, agrees):
    fakes = {"digitcli": FakeContestant(), "peer": FakeContestant(answer=shifted(by))}

    result = run(plan("digitcli", "peer"), hire_from(fakes))

    assert result.agrees is agrees
    assert result.rows[-1].agreement.difference == pytest.approx(by, rel=0.01)


def test_another_digit_within_the_tolerance_does_not_agree():
    def tie(favoured: int):
        def answer(count: int) -> np.ndarray:
            probabilities = np.full((count, 10), 0.1, np.float32)
            probabilities[:, favoured] += 1e-6
            return probabilities

        return answer

    fakes = {"digitcli": FakeContestant(answer=tie(3)), "peer": FakeContestant(answer=tie(4))}

    result = run(plan("digitcli", "peer"), hire_from(fakes))

    assert not result.agrees


@pytest.mark.parametrize("answer", [shifted(np.nan), lambda count: answers(count)[:-1]])
def test_answers_that_are_not_numbers_or_too_few_do_not_agree(answer):
    fakes = {"digitcli": FakeContestant(), "peer": FakeContestant(answer=answer)}

    result = run(plan("digitcli", "peer"), hire_from(fakes))

    assert not result.agrees


def test_who_cannot_start_is_a_failure_and_the_others_go_on():
    peer = FakeContestant("peer", broken="start")
    fakes = {"digitcli": FakeContestant(), "peer": peer, "third": FakeContestant()}

    result = run(plan("digitcli", "peer", "third", threads=(1, 2)), hire_from(fakes))

    assert [(f.candidate.engine, f.threads, f.hint) for f in result.failures] == [
        ("peer", 1, "pip install it")
    ]
    assert {row.candidate.engine for row in result.rows} == {"digitcli", "third"}
    assert len(result.rows) == 8
    assert peer.closed


def test_who_fails_in_a_race_drops_out_and_the_race_starts_again():
    fakes = {"digitcli": FakeContestant(), "peer": FakeContestant("peer", broken="batch 8")}

    result = run(plan("digitcli", "peer"), hire_from(fakes))

    places = [(row.batch, row.candidate.engine) for row in result.rows]
    assert places == [(1, "digitcli"), (1, "peer"), (8, "digitcli")]
    assert [failure.error for failure in result.failures] == ["peer: ran out of memory"]


def test_nothing_is_measured_without_our_own_engine():
    fakes = {"digitcli": FakeContestant("ours", broken="start"), "peer": FakeContestant()}

    with pytest.raises(MachineError, match="ours is not installed"):
        run(plan("digitcli", "peer"), hire_from(fakes))

    assert fakes["digitcli"].closed
    assert fakes["peer"].closed


def test_progress_names_thread_count_and_batch():
    lines: list[str] = []

    run(plan("digitcli", threads=(2,)), hire_from({"digitcli": FakeContestant()}), lines.append)

    assert lines == ["threads 2: starting digitcli", "threads 2: batch 1", "threads 2: batch 8"]


def test_accuracy_is_measured_on_the_labelled_pictures():
    def swapped(count: int) -> np.ndarray:
        probabilities = answers(count)
        probabilities[:5] = answers(count)[5:10]
        return probabilities

    fakes = {"digitcli": FakeContestant(), "peer": FakeContestant(answer=swapped)}
    labels = np.arange(50) % 10

    result = run(plan("digitcli", "peer", labels=labels, batches=(1,)), hire_from(fakes))

    assert [row.agreement.accuracy for row in result.rows] == [1.0, 0.9]
    assert result.rows[1].agreement.equal == 0.9


def test_without_labels_nobody_is_right_or_wrong():
    result = run(plan("digitcli"), hire_from({"digitcli": FakeContestant()}))

    assert result.to_json()["rows"][0]["accuracy"] is None


def test_a_coarser_engine_does_not_cast_doubt_on_ours():
    coarse = FakeContestant(answer=shifted(0.01))
    two = (Candidate("digitcli"), Candidate("peer", precision="int8"))
    fakes = {"digitcli": FakeContestant(), "peer": coarse}

    result = run(replace(plan(), candidates=two, batches=(1,)), hire_from(fakes))

    ours, theirs = result.rows
    assert result.agrees
    assert (ours.agreement.difference, theirs.agreement.difference) == (
        0,
        pytest.approx(0.01, 0.01),
    )


def test_a_peer_without_the_scope_is_left_out_and_is_no_failure():
    able = {"scopes": ("model", "end-to-end")}
    peer = FakeContestant("peer")
    fakes = {"digitcli": FakeContestant(**able), "peer": peer, "third": FakeContestant(**able)}

    result = run(
        plan("digitcli", "peer", "third", scope="end-to-end", threads=(1, 2)), hire_from(fakes)
    )

    assert [candidate.engine for candidate in result.left_out] == ["peer"]
    assert result.failures == []
    assert {row.scope for row in result.rows} == {"end-to-end"}
    assert {row.candidate.engine for row in result.rows} == {"digitcli", "third"}
    assert peer.closed


def test_our_engine_without_the_scope_is_an_error():
    with pytest.raises(MachineError, match="digitcli has no scope kernel with threads 1") as caught:
        run(plan("digitcli", scope="kernel"), hire_from({"digitcli": FakeContestant()}))

    assert caught.value.hint == "choose another --scope: model"


def test_a_row_carries_its_noise():
    result = run(
        plan("digitcli", batches=(1,), rounds=12), hire_from({"digitcli": FakeContestant()})
    )

    (row,) = result.to_json()["rows"]
    assert row["median_interval_us"] == [row["median_us"]] * 2
    assert (row["min_us"], row["mean_us"], row["p999_us"]) == (pytest.approx(10.0),) * 3
    assert (row["outliers"], row["drift"], row["warnings"]) == (0, 0.0, [])
