"""Loss and accuracy within epochs: where the points lie, and that interruptions move none."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from digitcli.errors import DigitError
from digitcli.model.spec import NetworkSpec
from digitcli.training.recipes import Recipe
from digitcli.training.run.points import MOST, Sums, points_apart

PLAIN = NetworkSpec.from_json({"name": "plain", "layers": [{"type": "dense", "units": 10}]})
RECIPE = Recipe(learning_rate=0.005, batch_size=10, epochs=2, validation=90)  # 51 steps an epoch


@pytest.mark.parametrize(
    ("per_epoch", "total", "apart"),
    [(51, 102, 3), (20, 40, 1), (5, 10, 1), (1, 10, 0), (430, 5_160, 22), (10, 1_000_000, 0)],
)
def test_an_epoch_has_at_most_twenty_points_and_a_run_two_thousand(per_epoch, total, apart):
    assert points_apart(per_epoch, total) == apart
    if apart:
        assert per_epoch / apart <= 20
        assert total / apart <= MOST


def test_a_point_is_the_mean_since_the_point_before():
    before, now = Sums(4, 8.0, 20, 40), Sums(6, 9.0, 38, 58)  # two pictures show no digit

    assert now.since(before) == (0.5, 1.0)
    assert before.since(Sums()) == (2.0, 0.5)
    assert Sums(1, 1.0, 0, 0).since(Sums()) == (1.0, 0.0)


def points_of(folder):
    rows = csv.DictReader((folder / "steps.csv").read_text().splitlines())
    return [{name: float(value) for name, value in row.items()} for row in rows]


@pytest.mark.train
def test_points_cover_every_epoch_and_an_interruption_moves_none(
    tmp_path, splits, watch, monkeypatch
):
    pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
    from digitcli.training.run.digits import DigitTask
    from digitcli.training.run.folder import train_into

    monkeypatch.setattr("digitcli.training.run.loop.REPORT_SECONDS", 0)
    recipe = replace(RECIPE, average=0.0)

    def train(folder, observer):
        return train_into(folder, DigitTask(PLAIN, recipe, *splits), observer)

    outcome = train(tmp_path / "whole", watch())
    with pytest.raises(DigitError):
        train(tmp_path / "stopped", watch(interrupt_at=61))
    train(tmp_path / "stopped", watch())

    points = points_of(tmp_path / "whole")
    assert points == points_of(tmp_path / "stopped")
    assert [point["step"] for point in points] == [*range(3, 52, 3), *range(54, 103, 3)]
    assert (points[16]["epoch"], points[-1]["epoch"]) == (1.0, 2.0)
    for row, part in zip(outcome.history, (points[:17], points[17:]), strict=True):
        assert sum(point["loss"] for point in part) / 17 == pytest.approx(row.loss, rel=1e-4)
        assert sum(point["accuracy"] for point in part) / 17 == pytest.approx(row.accuracy)
    assert points[0]["loss"] > points[-1]["loss"]
