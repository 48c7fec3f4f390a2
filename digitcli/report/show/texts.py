"""What the page says about each thing that it shows: short, and for those who meet it first."""

from __future__ import annotations

import math

from ...inference.insight import Insight
from ...model.layers import Conv, Dense, GlobalAveragePool, MaxPool, Shape, assert_never
from ...model.spec import Step
from .filters import field_size
from .maps import percent
from .typeset import a_digit

PICTURE = (
    "This is all the network gets: 28 x 28 grey values, the digit cut out, scaled and centred as "
    "in MNIST. Each of the ten bars says how probable the network finds that digit; together they "
    "make 100 %."
)

FLOW = (
    "Each layer turns numbers into other numbers. Height x width x channels is the shape of what "
    "it passes on. On the way the maps get smaller and there are more of them: fewer places, and "
    "more that is known about each. (A tall box has large maps, a wide box many of them.) Weights "
    "are the numbers that training has found."
)

_LOGITS = (
    "The ten values are the logits, one for each digit. Softmax turns them into probabilities, the "
    "largest into the largest."
)


def title(step: Step) -> str:
    """The name of a layer and what it is: "conv1: 12 filters of 3 x 3"."""
    match step.layer:
        case Conv(filters=filters, kernel=kernel):
            what = f"{filters:,} filter{'s' * (filters > 1)} of {kernel} x {kernel}"
        case MaxPool(size=size):
            what = f"the largest of {size} x {size}"
        case GlobalAveragePool():
            what = "the mean of each map"
        case Dense(units=units):
            what = f"{units:,} unit{'s' * (units > 1)}, each reading everything"
        case other:
            assert_never(other)
    return f"{step.name}: {what}"


def layer(insight: Insight, step: Step) -> str:
    """What a layer does, and how to read what is drawn of its weights."""
    match step.layer:
        case Conv():
            return _conv(insight, step)
        case MaxPool(size=size, stride=stride):
            return (
                f"From each window of {size} x {size} values, {stride} apart, only the largest "
                f"goes on: {shape(step.input_shape)} becomes {shape(step.output_shape)}. What was "
                "found stays, exactly where it was is forgotten, so a digit may move a little. "
                "There is nothing to learn here."
            )
        case GlobalAveragePool():
            text = (
                "Each map becomes one number, its mean: how much of its pattern there is in the "
                "whole picture, wherever it is. There is nothing to learn here."
            )
            return f"{text} {_LOGITS}" if step is insight.spec.steps[-1] else text
        case Dense():
            return _dense(insight, step)
        case other:
            assert_never(other)


def _conv(insight: Insight, step: Step) -> str:
    assert isinstance(step.layer, Conv)
    size, maps = step.layer.kernel, step.input_shape[2]
    if maps == 1:
        return (
            f"A filter is a window of {size} x {size} weights that slides over the picture. At "
            "each place it multiplies what it covers by its weights and adds up: the sum is large "
            "where the picture looks like the filter. Red weights ask for ink, blue ones for none."
        )
    seen = field_size(insight, step)
    text = (
        f"These filters read the {maps:,} maps of the layer before, so each has a window of "
        f"{size} x {size} weights for every map. One answer sees {seen} x {seen} pixels of the "
        "picture."
    )
    if step.name != _first(insight, later=True):
        return f"{text} Left where a filter answered most strongly, right its answer everywhere."
    return text + (
        " Left: the part of this picture that a filter answered to most strongly. Middle: its "
        "windows, numbered by the map that they read; red adds, blue subtracts. Right: its answer "
        "everywhere."
    )


def feature_maps(insight: Insight, step: Step) -> str:
    """How to read the maps of a convolution; in full where they come first."""
    assert isinstance(step.layer, Conv)
    relu = step.layer.activation == "relu"
    if step.name != _first(insight, later=False):
        return "What the filters answered:" if relu else "What they answered, blue below zero:"
    text = "A feature map is the answer of one filter, whose number it has, at all places: "
    if relu:
        text += "the brighter, the stronger; black is zero, which ReLU makes of all negative sums."
    else:
        text += "red above zero, blue below, as this layer has no ReLU."
    return f"{text} All maps of a layer share one scale, so they can be compared."


def _first(insight: Insight, *, later: bool) -> str:
    """The first convolution, or the first of those that do not read the picture itself."""
    for step in insight.spec.steps:
        if isinstance(step.layer, Conv) and (step.input_shape[2] > 1 or not later):
            return step.name
    return ""


def _dense(insight: Insight, step: Step) -> str:
    assert isinstance(step.layer, Dense)
    inputs = math.prod(step.input_shape)
    text = (
        f"Every unit multiplies all {inputs:,} numbers that come in by weights of its own and adds "
        "them up. "
    )
    if len(step.input_shape) == 3 and step.input_shape[2] == 1 and inputs > 1:
        text += (
            "The weights of a unit make a picture, as they read one: red asks for ink, blue for "
            "none. "
        )
    if step is insight.spec.steps[-1]:
        return text + _LOGITS
    if step.layer.activation == "relu":
        return text + "ReLU makes zero of negative sums: those units (black) have nothing to say."
    return text + "There is no ReLU here, so units may be negative (blue)."


def occlusion(insight: Insight) -> str:
    """How the map was made, and what it found."""
    found = insight.occlusion
    row, column = found.worst
    then = found.probabilities[row, column]
    other = int(then.argmax())
    changed = int((found.digits != found.digit).sum())
    text = (
        f"A blank patch of {found.patch} x {found.patch} pixels was laid on each of the "
        f"{found.digits.size} places in turn, and the network asked again. Red: with the patch "
        f"there, {a_digit(found.digit)} becomes less probable, so what it covers mattered. Blue: "
        f"more probable. The patch that costs the most lies on row {row + 1}, column {column + 1}: "
        f"from {percent(found.probability)} to {percent(float(then[found.digit]))}"
    )
    text += f", and the answer becomes {other}. " if other != found.digit else ". "
    if not changed:
        return text + "No patch changes the answer."
    return text + f"At {changed} of {found.digits.size} places the answer changes."


def shape(extents: Shape) -> str:
    """28 x 28 x 1, or a plain number."""
    return " x ".join(f"{extent:,}" for extent in extents)
