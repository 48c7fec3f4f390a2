"""An audit that could not ask is no pass."""

from __future__ import annotations

import json

import pytest
from release import audit


@pytest.fixture
def answers(monkeypatch):
    """What pip and pip-audit say, in this order; and the extras that are asked about."""

    def say(*texts, extras=("core",)):
        left = list(texts)
        monkeypatch.setattr(audit, "_output", lambda *call, **more: left.pop(0))
        monkeypatch.setattr(audit.sys, "argv", ["audit.py", *extras])

    return say


def installed(*pins):
    names = [pin.split("==") for pin in pins]
    return json.dumps({"install": [{"metadata": {"name": n, "version": v}} for n, v in names]})


def audited(**ids):
    packages = [
        {"name": name, "version": "1", "vulns": [{"id": one} for one in known]}
        for name, known in ids.items()
    ]
    return json.dumps({"dependencies": packages})


def test_core_and_extras_have_a_line_each(answers, capsys):
    answers(
        installed("numpy==1"),
        audited(numpy=[]),
        installed("numpy==1", "uvicorn==1"),
        audited(numpy=[], uvicorn=["GHSA-1"]),
        extras=("core", "serve"),
    )

    assert audit.main() == 1
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["core", "1", "packages", "no", "known", "vulnerability"],
        ["serve", "2", "packages", "uvicorn", "1", "GHSA-1"],
    ]


def test_without_an_answer_it_says_so_and_fails(monkeypatch, capsys):
    monkeypatch.setattr(audit.sys, "argv", ["audit.py", "core"])
    monkeypatch.setattr(audit.sys, "executable", "false")

    assert audit.main() == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("core: not audited: ")
