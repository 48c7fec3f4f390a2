from __future__ import annotations

import pytest

from digitcli.bench import throttled
from digitcli.bench.race.perform import Outcome


@pytest.fixture
def group(tmp_path, monkeypatch):
    """Write what a control group has counted, and its quota."""
    monkeypatch.setattr(throttled.cgroups, "cpu_groups", lambda: [tmp_path])

    def write(waited, ran, quota="50000 100000"):
        (tmp_path / "cpu.stat").write_text(f"nr_periods {ran}\nnr_throttled {waited}\n")
        (tmp_path / "cpu.max").write_text(quota)

    return write


def test_waits_while_measuring_become_a_note(group):
    group(100, 1_000)

    def measure():
        group(104, 1_019)
        return Outcome({"notes": ["busy"]}, None)

    assert throttled.with_waits(measure).document["notes"] == [
        "busy",
        "the CPU quota of 0.5 core made this process wait in 4 of 19 periods: "
        "the times include the waiting",
    ]


def test_waits_before_measuring_are_no_news(group):
    group(100, 1_000)

    assert throttled.with_waits(lambda: Outcome({"notes": []}, None)).document["notes"] == []
