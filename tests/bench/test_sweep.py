from __future__ import annotations

import numpy as np
import pytest
from bench.fakes import FakeContestant, answers, hire_from

from digitcli.bench.agreement import TOLERANCE
from digitcli.bench.plan import Candidate, Plan
from digitcli.bench.sweep import run
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
    assert result.rows[-1].difference == pytest.approx(by, rel=0.01)


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
