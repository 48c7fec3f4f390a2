"""The texts of the page, for readers who see a network for the first time."""

from __future__ import annotations

import math

from ...inference.insight import Insight
from ...model.layers import Conv, Dense, GlobalAveragePool, MaxPool, Shape, Window, assert_never
from ...model.spec import Step
from ..kit.format import exact_probability, extent
from .filters import field_size

_DIGIT = (
    "The input of the network is 28 x 28 grey values: the digit, cut out, scaled and centred as in "
    "MNIST. The ten bars are the probabilities of the ten digits; together they make 100 %."
)

FLOW = (
    "Each layer turns numbers into other numbers. The shape of its output is height x width x "
    "channels. From layer to layer the maps get smaller and more numerous: there are fewer places, "
    "with more numbers for each. (A tall box has large maps, a wide box many of them.) Weights are "
    "the numbers that training has found."
)


def picture(insight: Insight) -> str:
    """What the network is shown, and what the bars are."""
    if insight.spec.names_digits:
        return _DIGIT
    return (
        "The input of the network is 28 x 28 grey values: the whole picture. The bars are the "
        f"probabilities of the {len(insight.spec.classes)} classes; together they make 100 %."
    )


def _logits(insight: Insight) -> str:
    values = "ten values are the logits, one for each digit"
    if not insight.spec.names_digits:
        values = f"{len(insight.spec.classes)} values are the logits, one for each class"
    return (
        f"The {values}. Softmax turns them into probabilities; the largest logit has the largest "
        "probability."
    )


def title(step: Step) -> str:
    """The name of a layer and what it is: "conv1: 12 filters of 3 x 3"."""
    match step.layer:
        case Conv(filters=filters, kernel=kernel):
            what = f"{filters:,} filter{'s' * (filters > 1)} of {extent(kernel)}"
        case MaxPool(size=size):
            what = f"the largest of {extent(size)}"
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
            a_thing = "a digit" if insight.spec.names_digits else "what is shown"
            return (
                f"Of each window of {extent(size)} values, {_apart(stride)} apart, only the "
                f"largest is kept: {shape(step.input_shape)} becomes {shape(step.output_shape)}. "
                f"The exact places of strong answers are lost, so {a_thing} may move a little. "
                "This layer has no weights."
            )
        case GlobalAveragePool():
            text = (
                "Each map becomes one number, its mean: how much of its pattern there is in the "
                "whole picture, wherever it is. This layer has no weights."
            )
            return f"{text} {_logits(insight)}" if step is insight.spec.steps[-1] else text
        case Dense():
            return _dense(insight, step)
        case other:
            assert_never(other)


def _apart(stride: Window) -> str:
    return str(stride) if isinstance(stride, int) else extent(stride)


def _conv(insight: Insight, step: Step) -> str:
    assert isinstance(step.layer, Conv)
    size, maps = extent(step.layer.kernel), step.input_shape[2]
    if maps == 1:
        return (
            f"A filter is a window of {size} weights that slides over the picture. At "
            "each place it multiplies what it covers by its weights and adds up: the sum is large "
            "where the picture looks like the filter. Ink raises the sum at red weights and lowers "
            "it at blue ones."
        )
    seen = " x ".join(map(str, field_size(insight, step)))
    text = (
        f"These filters read the {maps:,} maps of the layer before, so each has a window of "
        f"{size} weights for every map. One answer sees {seen} pixels of the "
        "picture."
    )
    if step.name != _first(insight, later=True):
        return f"{text} Left: where a filter answered most strongly. Right: its answer everywhere."
    return text + (
        " Left: the part of this picture that a filter answered to most strongly. Middle: its "
        "windows, numbered by the map that they read; red adds, blue subtracts. Right: its answer "
        "everywhere."
    )


def feature_maps(insight: Insight, step: Step) -> str:
    """How to read the maps of a convolution; in full for the first one."""
    assert isinstance(step.layer, Conv)
    relu = step.layer.activation == "relu"
    if step.name != _first(insight, later=False):
        return "What the filters answered:" if relu else "What they answered, blue below zero:"
    text = "A feature map is the answer of one filter, whose number it has, at all places: "
    if relu:
        text += "the brighter, the stronger. Black is zero; ReLU turns all negative sums into zero."
    else:
        text += "red above zero, blue below, because this layer has no ReLU."
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
            "The weights of a unit make a picture of the same size: ink raises the sum at red "
            "weights, and lowers it at blue ones. "
        )
    if step is insight.spec.steps[-1]:
        return text + _logits(insight)
    if step.layer.activation == "relu":
        return text + "ReLU turns negative sums into zero: those units are black."
    return text + "This layer has no ReLU, so units may be negative (blue)."


def occlusion(insight: Insight) -> str:
    """How the map was made, and what it found."""
    found = insight.occlusion
    row, column = found.worst
    then = found.probabilities[row, column]
    other, after = int(then.argmax()), exact_probability(float(then[found.digit]))
    changed = int((found.digits != found.digit).sum())
    text = (
        f"A blank patch of {found.patch} x {found.patch} pixels was laid on each of the "
        f"{found.digits.size} places in turn, and the network run again. Red: with the patch "
        f"there, {an_answer(insight)} becomes less probable, so what it covers mattered. Blue: "
        f"more probable. The patch that costs the most lies on row {row + 1}, column {column + 1}: "
        f"from {exact_probability(found.probability)} to {after}"
    )
    text += (
        f", and the answer becomes {insight.spec.classes[other]}. "
        if other != found.digit
        else ". "
    )
    if not changed:
        return text + "No patch changes the answer."
    return text + f"At {changed} of {found.digits.size} places the answer changes."


def shape(extents: Shape) -> str:
    """28 x 28 x 1, or a plain number."""
    return " x ".join(f"{extent:,}" for extent in extents)


def an_answer(insight: Insight) -> str:
    """The digit with its article, "an 8", or the name of the class, "Sandal"."""
    if not insight.spec.names_digits:
        return insight.name
    return a_digit(insight.digit)


def a_digit(digit: int) -> str:
    """The digit with its article: "an 8"."""
    return f"an {digit}" if digit == 8 else f"a {digit}"
