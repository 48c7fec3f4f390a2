"""The pages of a finished run: right numbers, whole files, nothing fetched."""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from digitcli.data.drawn.synthetic import draw
from digitcli.data.store import Split
from digitcli.errors import GateError
from digitcli.evaluation.metrics import measure
from digitcli.inference import engine
from digitcli.model.weights import find_weights, load_weights, save_weights
from digitcli.training.recipes import Recipe
from digitcli.training.run.history import EpochRow
from digitcli.training.run.points import StepPoint
from digitcli.training.target import Target

pytest.importorskip("matplotlib", reason="needs the plot extra")

from digitcli.report.run.curves import draw_curves
from digitcli.report.run.folder import PAGES, check_target, summary, write_run_report

RECIPE = Recipe(epochs=3)


def epoch(number, accuracy, seconds=40.0):
    """An epoch of 100 steps with a validation accuracy."""
    return EpochRow(
        epoch=number,
        step=100 * number,
        loss=1 / number,
        accuracy=0.9,
        validation_loss=0.5,
        validation_accuracy=accuracy,
        test_loss=None,
        test_accuracy=None,
        learning_rate=0.001,
        images_per_s=1000.0,
        seconds=seconds,
    )


HISTORY = [epoch(1, 0.95), epoch(2, 0.99), epoch(3, 0.985)]


@pytest.fixture(scope="module")
def test_split():
    """300 drawn digits, three with labels that make mistakes certain."""
    images, labels = draw(300, seed=9)
    labels[:3] = (engine.load("small").predict(images[:3]).classes + 1) % 10
    return Split("drawn", "test", images, labels, "e" * 64)


@pytest.fixture(scope="module")
def run(tmp_path_factory, test_split):
    """A run folder with the bundled weights, under a name that HTML and shells could obey."""
    folder = tmp_path_factory.mktemp("runs") / "<b>a & b"
    folder.mkdir()
    small = load_weights(find_weights("small"))
    trained = {name: value for name, value in small.trained.items() if name != "calibration"}
    save_weights(folder / "weights.npz", replace(small, trained=trained, temperature=1.0))
    return write_run_report(folder, HISTORY, test_split)


class Page(HTMLParser):
    """What a page shows and what it refers to."""

    VOID = ("meta", "img", "br")

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.references, self.words = [], [], [], []
        self.feed(text)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.references += [value for name, value in attributes if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


def page_of(run):
    return Page((run.folder / "report.html").read_text("utf-8"))


def test_every_page_is_written(run):
    for name in PAGES:
        assert (run.folder / name).stat().st_size > 1000


def test_the_report_shows_what_the_engine_measured_on_the_saved_file(run, test_split):
    answer = engine.load(str(run.folder / "weights.npz")).predict(test_split.images)
    metrics = measure(np.asarray(answer.probabilities), test_split.labels)
    low, high = metrics.interval
    text = page_of(run).text

    assert f"{100 * metrics.accuracy:.2f} % ({metrics.correct} of 300)" in text
    assert f"{100 * low:.2f} to {100 * high:.2f} %" in text
    assert f"{metrics.n - metrics.correct} of 300 read wrongly" in text


def test_the_report_is_one_whole_file_that_fetches_nothing(run):
    page = page_of(run)

    assert page.open == []
    assert page.tags.count("img") == 3
    assert all(link.startswith("data:image/png;base64,") for link in page.references)
    assert not {"script", "link", "iframe"} & set(page.tags)
    css = (run.folder / "report.html").read_text("utf-8").partition("</style>")[0]
    assert "url(" not in css
    assert "@import" not in css


def test_names_from_outside_are_text_in_the_report(run):
    page = page_of(run)

    assert "<b>a & b" in page.text
    assert "b" not in page.tags[page.tags.index("section") :]


def test_the_report_has_network_recipe_data_machine_and_commands(run):
    text = page_of(run).text
    spec = run.weights.spec

    for step in spec.steps:
        assert f"{step.name} " in text
    assert f"all {spec.parameters:,} {spec.flops:,}" in text
    for name, value in run.weights.trained["versions"].items():
        assert f"{name} {value}" in text
    assert run.weights.trained["data"]["sha256"] in text
    assert "e" * 64 in text
    assert "3 epochs (300 steps), 2 min 0 s" in text
    for command in ("predict --weights", "eval --weights", "train --config"):
        assert f"digitcli {command}" in text


def test_the_report_has_calibration_only_where_the_weights_record_it(tmp_path, run, test_split):
    record = {"split": "validation", "n": 5000, "temperature": 1.25}
    record |= {"ece_before": 0.031, "ece_after": 0.004}
    weights = load_weights(run.folder / "weights.npz")
    calibrated = replace(weights, trained={**weights.trained, "calibration": record})
    save_weights(tmp_path / "weights.npz", calibrated)

    text = page_of(write_run_report(tmp_path, HISTORY, test_split)).text

    assert "temperature of 1.25, fitted on 5,000 validation pictures" in text
    assert "expected calibration error 0.031 0.004" in text
    assert "Calibration" not in page_of(run).text


def test_mistakes_fill_as_many_tiles_as_there_are(run, tmp_path, test_split):
    right = replace(test_split, labels=np.uint8(run.result.probabilities.argmax(axis=1)))
    shutil.copy(run.folder / "weights.npz", tmp_path)

    perfect = write_run_report(tmp_path, HISTORY, right)

    wrong, none = (size_of(folder / "errors.png") for folder in (run.folder, tmp_path))
    assert perfect.result.metrics.correct == 300
    assert none[0] == wrong[0]
    assert none[1] < wrong[1]
    assert "no picture was read wrongly" in (tmp_path / "report.html").read_text("utf-8")


def size_of(path):
    with Image.open(path) as picture:
        return picture.size


@pytest.mark.parametrize(
    ("accuracies", "target"),
    [([0.1], None), ([1.0], None), ([0.98, 1.0, 1.0], 99.5), ([0.5] * 100, 100.0)],
    ids=["one epoch", "nothing wrong", "nothing wrong at the end", "many epochs"],
)
def test_curves_are_drawn_for_any_history(accuracies, target):
    history = [epoch(number, accuracy) for number, accuracy in enumerate(accuracies, 1)]

    drawing = draw_curves(history, target)

    with Image.open(io.BytesIO(drawing.png)) as picture:
        assert picture.size == (1600, 576)


@pytest.mark.parametrize("least", [0.0, 0.1])
def test_points_within_epochs_are_drawn_beside_the_history(least):
    history = [epoch(number, 0.9) for number in (1, 2, 3)]
    places = range(10, 251, 10)  # of 100 steps an epoch: the last one was cut short
    within = [StepPoint(at, at / 100, 1 / at, 1 - min(least, 1 / at), 0.001) for at in places]

    with_points, without = (draw_curves(history, None, points).png for points in (within, ()))

    assert with_points != without
    with Image.open(io.BytesIO(with_points)) as picture:
        assert picture.size == (1600, 576)


def test_what_was_asked_for_first_and_then_is_in_the_report(run, tmp_path, test_split):
    weights = load_weights(run.folder / "weights.npz")
    earlier = [{"epochs": 2, "steps": 20, "until": 20}]
    recipe = {"epochs": 3, "seed": 5, "earlier": earlier}
    save_weights(tmp_path / "weights.npz", replace(weights, trained={"recipe": recipe}))

    text = page_of(write_run_report(tmp_path, HISTORY, test_split)).text

    assert "length that was asked for 2 epochs until step 20, then 3 epochs" in text
    assert "earlier" not in text
    assert "length that was asked for" not in page_of(run).text


def said(run):
    console = Console(file=io.StringIO(), width=200)
    summary(console, run)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("percent", "outcome"),
    [
        (98.5, "98.5 % validation accuracy reached in epoch 3, step 300, after 2 min 0 s"),
        (98.6, "98.6 % validation accuracy not reached; the best epoch had 99.00 %"),
    ],
)
def test_a_target_is_reported_with_epoch_and_time_or_as_missed(run, percent, outcome):
    aimed = replace(run, target=Target(percent, RECIPE))

    assert outcome in said(aimed)
    if "not reached" in outcome:
        with pytest.raises(GateError, match=re.escape(outcome)):
            check_target(aimed)
    else:
        check_target(aimed)


def test_the_summary_names_the_files_that_are_there(run):
    text = said(run)

    assert "test accuracy" in text
    assert [line.strip() for line in text.splitlines() if line.startswith("  ")] == [
        "weights.npz",
        *PAGES,
    ]
