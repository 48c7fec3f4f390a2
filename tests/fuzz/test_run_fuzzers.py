"""The table of `make fuzz`: what fuzzers say, and that a crash makes it fail."""

from __future__ import annotations

import stat

import pytest
import run_fuzzers

SAYS = """\
#2\tINITED cov: 11 ft: 12
#99\tDONE   cov: 322 ft: 833 corp: 103/10590b
Done 171236 runs in 9 second(s)
stat::number_of_executed_units: 171236
stat::average_exec_per_sec:     19026
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Make the fuzzer of `idx` a script that prints a text and may leave a file."""
    monkeypatch.setattr(run_fuzzers, "COMMITTED", tmp_path / "committed")

    def make(text: str, leaves: str = "") -> None:
        path = tmp_path / "digitcli-fuzz-idx"
        (tmp_path / "text").write_text(text)
        touch = f"touch {tmp_path}/crashes/{leaves}" if leaves else "true"
        path.write_text(f"#!/bin/sh\n{touch}\ncat {tmp_path}/text\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    return make


def run(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["run_fuzzers.py", str(tmp_path), "--seconds", "1", "idx"])
    return run_fuzzers.main()


def test_the_table_has_runs_speed_and_edges(program, tmp_path, monkeypatch, capsys):
    program(SAYS)

    assert run(tmp_path, monkeypatch) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == [
        "idx",
        "171,236",
        "19,026",
        "322",
        "0",
    ]


def test_a_crash_fails_and_is_named(program, tmp_path, monkeypatch, capsys):
    program(SAYS, leaves="idx-crash-1")

    assert run(tmp_path, monkeypatch) == 1
    assert f"kept: {tmp_path}/crashes/idx-crash-1" in capsys.readouterr().out


def test_a_fuzzer_that_stops_without_a_word_fails(program, tmp_path, monkeypatch):
    program("#2\tINITED cov: 11 ft: 12\n")

    assert run(tmp_path, monkeypatch) == 1


def test_a_slow_input_is_no_crash(program, tmp_path, monkeypatch):
    program(SAYS, leaves="idx-slow-unit-1")

    assert run(tmp_path, monkeypatch) == 0


def test_an_unknown_target_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["run_fuzzers.py", str(tmp_path), "tiff"])

    with pytest.raises(SystemExit):
        run_fuzzers.main()
