"""The threshold that an error rate asks for, out of the table in a weight file."""

from __future__ import annotations

import pytest

from digitcli.errors import ModelError, UsageError
from digitcli.model.thresholds import KEY, parse_error, threshold_for
from digitcli.model.weights import find_weights, load_weights

TABLE = {
    "data": "mnist",
    "split": "validation",
    "n": 1000,
    "points": [[0.0, 1000, 20], [0.6, 980, 9], [0.9, 900, 0]],
}
TRAINED = {KEY: TABLE}


@pytest.mark.parametrize(
    ("error", "confidence", "coverage", "observed"),
    [
        (0.03, 0.0, 1.0, 0.02),
        (0.02, 0.6, 0.98, 9 / 980),  # 20 of 1,000 is 2 %, one error more is not
        (0.011, 0.6, 0.98, 9 / 980),
        (0.01, 0.9, 0.9, 0.0),
        (0.0012, 0.9, 0.9, 0.0),
    ],
)
def test_threshold_is_the_lowest_that_allows_one_error_more(error, confidence, coverage, observed):
    found = threshold_for(TRAINED, error, "net")

    assert (found.confidence, found.coverage, found.n) == (confidence, coverage, 1000)
    assert found.observed == pytest.approx(observed)
    assert found.to_json()["target_error"] == error


def test_few_pictures_promise_no_low_error():
    with pytest.raises(UsageError, match="0.1 % cannot be promised from 1,000 validation") as error:
        threshold_for(TRAINED, 0.001, "net")

    assert error.value.hint == "the least is 0.11 %"


@pytest.mark.parametrize(
    "trained",
    [
        {},
        {KEY: []},
        {KEY: {"n": 5}},
        {KEY: {"n": "5", "points": []}},
        {KEY: {"n": 5, "points": [[1, 2]]}},
        {KEY: {"n": 5, "points": [["a", 2, 3]]}},
        {KEY: {"n": 0, "points": [[0.5, 0, 0]]}},
    ],
)
def test_weights_without_a_sound_table_are_refused(trained):
    with pytest.raises(ModelError, match=r"^net: (has no|its) thresholds"):
        threshold_for(trained, 0.01, "net")


def test_percentages_need_their_sign():
    assert parse_error("0.1%") == pytest.approx(0.001)
    assert parse_error("5 %") == 0.05
    with pytest.raises(UsageError) as error:
        parse_error("0.1")
    assert error.value.hint == "did you mean 0.1%?"
    for text in ("0%", "60%", "-1%", "abc", "", "1e-3%", "nan%"):
        with pytest.raises(UsageError, match="expected a percentage"):
            parse_error(text)


@pytest.mark.parametrize("name", ["best", "reader", "small", "tiny"])
def test_bundled_weights_know_their_thresholds(name):
    trained = load_weights(find_weights(name)).trained

    found = threshold_for(trained, 0.005, name)

    assert found.coverage > 0.95
    assert found.n == 5000


def test_the_bundled_network_for_lines_was_measured_on_drawn_and_on_real_ones():
    trained = load_weights(find_weights("line")).trained

    found = threshold_for(trained, 0.02, "line", 0.5)

    assert found.confidence > 0.5
    assert found.coverage > 0.5
    assert "drawn lines" in found.data
    assert "cheques" in found.data


def test_a_threshold_is_never_below_the_least_and_says_what_is_known_there():
    found = threshold_for(TRAINED, 0.03, "net", 0.7)

    assert (found.confidence, found.coverage) == (0.7, 0.98)
    assert found.observed == pytest.approx(9 / 980)
