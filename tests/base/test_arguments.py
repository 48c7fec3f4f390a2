"""Python functions refuse values of the wrong type: which option, what it takes, what it got."""

from __future__ import annotations

import inspect
import subprocess
import sys
import time
from fractions import Fraction

import numpy as np
import pytest

import digitcli
from digitcli.arguments import _kinds_of, checked
from digitcli.errors import UsageError

FUNCTIONS = ("read", "read_many", "load", "train", "evaluate", "quantize", "export", "fetch")
BLANK = np.zeros((28, 28), np.uint8)


def an_engine():
    return digitcli.load("tiny")


WRONG = {
    "a text for a number": (
        lambda: digitcli.read("a.png", length="3"),
        "length must be a whole number, got '3'",
    ),
    "a bool for a number": (
        lambda: digitcli.read("a.png", length=True),
        "length must be a whole number, got True",
    ),
    "a number for a text": (
        lambda: digitcli.read("a.png", pattern=5),
        "pattern must be a text, got 5",
    ),
    "a number for a check": (
        lambda: digitcli.read("a.png", check=3),
        "check must be a text, got 3",
    ),
    "a number for weights": (
        lambda: digitcli.read("a.png", weights=3),
        "weights must be a text, a path or a list (each a text or a path), got 3",
    ),
    "a number among weights": (
        lambda: digitcli.read("a.png", weights=["small", 3]),
        "weights must be a text, a path or a list (each a text or a path), got ['small', 3]",
    ),
    "a list for a share": (
        lambda: digitcli.read("a.png", target_error=[0.1]),
        "target_error must be a text or a number, got [0.1]",
    ),
    "a number for a choice": (
        lambda: digitcli.read("a.png", digits=3),
        "digits must be one of 'one', 'many', 'auto', got 3",
    ),
    "one picture for several": (
        lambda: digitcli.read_many("a.png"),
        "pictures must be a list, got 'a.png'",
    ),
    "a text for threads": (
        lambda: digitcli.read_many([], threads="a"),
        "threads must be a whole number, got 'a'",
    ),
    "a number for a name": (
        lambda: digitcli.load(3),
        "name_or_path must be a text or a path, got 3",
    ),
    "a list among passes": (
        lambda: digitcli.load("tiny", without=[["fold"]]),
        "without must be a text or a list (each a text), got [['fold']]",
    ),
    "a name for weights of an engine": (
        lambda: digitcli.Engine("tiny"),
        "weights must be of the type Weights, got 'tiny'",
    ),
    "a text for a scale": (
        lambda: an_engine().predict(BLANK, scale="a"),
        "scale must be a number, got 'a'",
    ),
    "a text in place of threads": (
        lambda: an_engine().predict(BLANK, "a"),
        "threads must be a whole number, got 'a'",
    ),
    "a text for a temperature": (
        lambda: an_engine().at_temperature("a"),
        "temperature must be a number, got 'a'",
    ),
    "one writer for several": (
        lambda: digitcli.evaluate(writers="anna"),
        "writers must be a list (each a text), got 'anna'",
    ),
    "a number for a flag": (
        lambda: digitcli.evaluate(tta=1),
        "tta must be True or False, got 1",
    ),
    "no function": (
        lambda: digitcli.quantize("tiny", "out.npz", note=3),
        "note must be a function, got 3",
    ),
    "no dict": (
        lambda: digitcli.train(settings=["seed"]),
        "settings must be a dict, got ['seed']",
    ),
    "a fraction for a whole number": (
        lambda: digitcli.train(seed=1.5),
        "seed must be a whole number, got 1.5",
    ),
    "a number for a folder": (
        lambda: digitcli.export(3),
        "out must be a text or a path, got 3",
    ),
    "no observer": (
        lambda: digitcli.fetch(observer=3),
        "observer must be an object with the methods on_file, on_progress, on_trouble, got 3",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_type_is_one_sentence_that_names_the_option(case):
    call, sentence = WRONG[case]

    with pytest.raises(TypeError) as refusal:
        call()

    assert str(refusal.value) == sentence


def test_an_array_is_named_in_one_short_line():
    with pytest.raises(TypeError) as refusal:
        an_engine().predict(BLANK, scale=np.zeros((40, 40)))

    assert len(str(refusal.value).splitlines()) == 1
    assert len(str(refusal.value)) < 80


def test_a_format_that_is_none_is_refused_with_those_that_are(tmp_path):
    with pytest.raises(UsageError, match="to must be one of 'onnx', 'tflite', 'savedmodel'"):
        digitcli.export(tmp_path / "out.onnx", to="pickle")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_option_of_every_public_function_is_checked(name):
    function = getattr(digitcli, name).__wrapped__

    unchecked = set(inspect.signature(function).parameters) - set(_kinds_of(function))

    assert unchecked <= {"picture"}  # which `source_of` looks at


@checked
def takes(whole: int = 0, number: float = 0.0, text: str | None = None) -> None:
    """A function with options."""


def test_numbers_of_numpy_are_numbers():
    takes(np.int64(3), np.float32(0.5))
    takes(number=3)
    takes(number=Fraction(1, 3))
    takes(text=np.str_("text"))


@pytest.mark.parametrize(
    "options", [{"whole": np.True_}, {"whole": np.zeros(1, int)}, {"number": np.True_}]
)
def test_truth_values_and_arrays_are_no_numbers(options):
    with pytest.raises(TypeError, match="must be a"):
        takes(**options)


def test_unknown_and_missing_options_are_refused_as_python_does():
    with pytest.raises(TypeError, match="unexpected keyword argument 'lenght'"):
        digitcli.read("a.png", lenght=3)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'picture'"):
        digitcli.read()


def test_the_check_costs_a_few_microseconds():
    calls = 2000
    takes()

    def seconds():
        start = time.perf_counter()
        for _ in range(calls):
            takes(3, number=0.5, text="text")
        return time.perf_counter() - start

    assert min(seconds() for _ in range(10)) / calls < 5e-6


def test_importing_the_package_does_not_load_the_check():
    code = "import sys, digitcli; sys.exit('digitcli.arguments' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
