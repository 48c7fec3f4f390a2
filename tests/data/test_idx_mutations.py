"""Ten thousand damaged IDX files: our verdict and bytes against the oracle's."""

from __future__ import annotations

from data import idx_mutants

from digitcli.errors import DataError


def test_ten_thousand_mutated_files_get_the_oracles_verdict_and_bytes():
    result = idx_mutants.compare(10_000, seed=28)

    assert result.disagreements == []
    assert 1_000 < result.accepted < 9_000


def test_a_reader_that_refuses_what_the_oracle_accepts_is_noticed(monkeypatch):
    def refuse(data, name, *, decoder):
        raise DataError("no")

    monkeypatch.setattr(idx_mutants.idx, "parse_idx", refuse)

    assert idx_mutants.compare(100, seed=28).disagreements
