"""Which options `digitcli bench` refuses."""

from __future__ import annotations

import json

import pytest


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--batch", "0", "--batch: expected 1 to 65,536, got 0"),
        ("--batch", "", "--batch: expected whole numbers separated by commas, got ''"),
        ("--batch", "1,,2", "got ''"),
        ("--batch", "1;2", "got '1;2'"),
        ("--batch", "1.5", "got '1.5'"),
        ("--batch", "٣", "got '٣'"),
        ("--batch", "1000000", "got 1000000"),
        ("--batch", "9" * 5000, "--batch: expected whole numbers"),
        ("--batch", ",".join("1" * 40), "--batch: 40 values, at most 32 expected"),
        ("--threads", "-1", "--threads: expected 0 to 1,024, got -1"),
        ("--threads", "--1", "got '--1'"),
        ("--threads", "1000000000", "got 1000000000"),
        ("--against", "torch", "unknown name 'torch' (choose from: tensorflow, onnxruntime, "),
        ("--against", "none,all", "unknown name 'none'"),
        ("--precision", "none", "unknown name 'none' (choose from: fp32, bf16, int8)"),
        ("--precision", "fp16", "unknown name 'fp16'"),
        ("--against", "", "unknown name ''"),
        ("--seconds", "nan", "--seconds: expected 0 to 3,600, got nan"),
        ("--seconds", "-1", "--seconds: expected 0 to 3,600, got -1"),
        ("--rounds", "0", "--rounds"),
    ],
)
def test_impossible_options_are_usage_errors(bench, option, value, complaint):
    code, out, err = bench(option, value)

    assert (code, out) == (2, "")
    assert complaint in err


def test_repeated_values_are_measured_once(bench):
    _, out, _ = bench("--batch", "8, 8,1", "--threads", "1,1", "--against", "none", "--json")

    assert [row["batch"] for row in json.loads(out)["rows"]] == [8, 1]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--json --markdown", "--json and --markdown exclude each other"),
        ("--csv --json --markdown", "--json and --csv and --markdown exclude each other"),
        ("--layers --cold", "--layers and --cold exclude each other"),
        ("--layers --scope kernel", "--scope does not go with --layers"),
        ("--cold --scope end-to-end", "--scope does not go with --cold"),
        ("--cold --plot a.png", "--plot does not go with --cold"),
        ("--layers --compare a.json", "--compare does not go with --layers"),
        ("--cold --pin", "--pin does not go with --cold"),
        ("--layers --threads 2", "layers are timed on one thread"),
        ("--cold --threads 0", "--threads does not go with --cold"),
        ("--fail-if 5%", "--fail-if needs something to compare with"),
        ("--compare a.json --fail-if 5", "--fail-if: expected a percentage such as 5%, got '5'"),
        ("--compare a.json --fail-if -5%", "expected a percentage"),
        ("--compare a.json --fail-if \u0665%", "expected a percentage"),
        ("--compare a.json --fail-if nan%", "expected a percentage"),
        ("--plot a.jpg", "--plot: expected a name that ends in .png or .svg, got 'a.jpg'"),
        ("--plot png", "expected a name that ends in"),
        ("--scope whole", "'whole' is not one of"),
        ("--check 0", "--check"),
    ],
)
def test_options_that_make_no_sense_together_are_usage_errors(bench, options, complaint):
    code, _, err = bench(*options.split())

    assert code == 2
    assert complaint in " ".join(err.split())
