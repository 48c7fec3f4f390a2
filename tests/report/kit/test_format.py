"""How numbers are written for people."""

from __future__ import annotations

import pytest

from digitcli.report.kit.format import duration, exact_probability, percent, probability


def test_percentages_have_the_decimals_asked_for_and_a_text_for_no_number():
    assert [percent(0.12345), percent(0.12345, 0), percent(None)] == ["12.35 %", "12 %", "-"]
    assert percent(None, none="") == ""


@pytest.mark.parametrize(
    ("share", "text"), [(0.99999, " 99.9 %"), (1, "100.0 %"), (0.0044, "  0.4 %")]
)
def test_a_probability_reads_as_certain_only_where_it_is(share, text):
    assert probability(share) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(1, "100.00 %"), (0.99999, "> 99.99 %"), (0.5, "50.00 %"), (1e-9, "< 0.01 %"), (0, "0.00 %")],
)
def test_an_exact_probability_is_rounded_neither_to_0_nor_to_100(share, text):
    assert exact_probability(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(12.34, "12.3 s"), (60, "1 min 0 s"), (3599.6, "1 h 0 min"), (7500, "2 h 5 min")],
)
def test_a_duration_has_the_units_of_its_size(seconds, text):
    assert duration(seconds) == text
