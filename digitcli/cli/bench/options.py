"""The options of `digitcli bench`, checked before anything is started."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ...errors import UsageError

if TYPE_CHECKING:
    from ...bench.race.job import Job
    from ...bench.race.scope import Scope

MOST_IMAGES = 65_536  # in one batch
MOST_THREADS = 1_024
MOST_SECONDS = 3_600
THREADS = "1,0"  # unless the options say more

Form: TypeAlias = Literal["table", "json", "csv", "markdown"]
View: TypeAlias = Literal["calls", "layers", "cold"]

_ONE: dict[View, str] = {  # why there are no thread counts
    "layers": "layers are timed on one thread",
    "cold": "each process answers one picture",
}


@dataclass(frozen=True)
class BenchOptions:
    """The options as they were typed."""

    weights: str
    data: str
    against: str
    precision: str
    batch: str
    threads: str
    seconds: float
    rounds: int
    scope: Scope
    check: int
    pin: bool
    layers: bool
    cold: bool
    plot: Path | None
    compare: Path | None
    fail_if: str | None

    @property
    def view(self) -> View:
        """What is measured."""
        return "cold" if self.cold else "layers" if self.layers else "calls"


def form_of(as_json: bool, as_csv: bool, as_markdown: bool) -> Form:
    """The one form that was asked for. Raises UsageError for several."""
    asked: dict[Form, bool] = {"json": as_json, "csv": as_csv, "markdown": as_markdown}
    chosen: list[Form] = [form for form, wanted in asked.items() if wanted]
    if len(chosen) > 1:
        names = " and ".join(f"--{form}" for form in chosen)
        raise UsageError(f"{names} exclude each other", "choose one of them")
    return chosen[0] if chosen else "table"


def job_of(asked: BenchOptions) -> Job:
    """The job that the options ask for. Raises UsageError for what makes no sense."""
    from ...bench.race.job import Job
    from ...bench.runtimes import PEERS, PRECISIONS, is_installed
    from ...data.integrity import digest_of
    from ...machine.cores import usable_cores
    from ...model.precision import INT8
    from ...model.weights import find_weights, load_weights
    from ..lists import choices, whole_numbers

    if not 0 <= asked.seconds <= MOST_SECONDS:  # also not for nan, which passes Click's own check
        raise UsageError(f"--seconds: expected 0 to {MOST_SECONDS:,}, got {asked.seconds:g}")
    counts = whole_numbers("--threads", asked.threads, least=0, most=MOST_THREADS)
    batches = whole_numbers("--batch", asked.batch, least=1, most=MOST_IMAGES)
    named = choices("--against", asked.against, (*PEERS, "all"), or_none=True)
    peers = tuple(
        name for name in PEERS if name in named or ("all" in named and is_installed(name))
    )
    precisions = choices("--precision", asked.precision, PRECISIONS)
    _check_views(asked)
    path = find_weights(asked.weights)
    weights = load_weights(path)
    spec, is_int8 = weights.spec, weights.precision == INT8
    return Job(
        weights=path,
        network=spec.name,
        flops=spec.flops,
        data=asked.data,
        against=() if is_int8 else peers,
        batches=batches,
        threads=tuple(dict.fromkeys(count or usable_cores() for count in counts)),
        seconds=asked.seconds,
        rounds=asked.rounds,
        precisions=precisions,
        missing=tuple(
            name for name in PEERS if "all" in named and not is_int8 and name not in peers
        ),
        weights_sha256=digest_of(path),
        scope=asked.scope,
        compared=asked.check,
        pin=asked.pin,
        is_int8=is_int8,
    )


def _check_views(asked: BenchOptions) -> None:
    """--layers and --cold measure something else, for which some options have no meaning."""
    if asked.layers and asked.cold:
        raise UsageError("--layers and --cold exclude each other", "choose one of them")
    foreign = {
        "--precision": asked.precision != "fp32",
        "--scope": asked.scope != "model",
        "--plot": asked.plot is not None,
        "--compare": asked.compare is not None,
        "--pin": asked.pin and asked.cold,
        "--threads": asked.threads not in (THREADS, "1"),
    }
    for option, given in foreign.items():
        if given and asked.view != "calls":
            hint = _ONE[asked.view] if option == "--threads" else ""
            raise UsageError(f"{option} does not go with --{asked.view}", hint)


def base_of(asked: BenchOptions) -> dict[str, Any] | None:
    """The document to compare with, if any. Raises DataError when it cannot be used."""
    if asked.compare is None:
        return None
    from ...bench.compare import load_base
    from ...bench.race.perform import SCHEMA

    return load_base(asked.compare, SCHEMA)


def check_outputs(asked: BenchOptions, output: Path | None) -> None:
    """Keep what is written off what is read. Raises UsageError."""
    from ...files.outputs import Output, Outputs

    outputs = [Output("--output", output, "answer")] if output else []
    outputs += [Output("--plot", asked.plot, "drawing")] if asked.plot else []
    Outputs(outputs, [asked.weights, *([asked.compare] if asked.compare else [])])


def threshold_of(asked: BenchOptions) -> float | None:
    """The ratio above which `--fail-if` fails: 1.05 for "5%". Raises UsageError for anything else.

    None without the option: slowdowns are reported and gate nothing.
    """
    if asked.fail_if is None:
        return None
    if asked.compare is None:
        raise UsageError("--fail-if needs something to compare with", "add --compare BASE.json")
    found = re.fullmatch(r"([0-9]{1,4}(?:\.[0-9]{1,6})?) ?%", asked.fail_if)
    if found is None:
        raise UsageError(
            f"--fail-if: expected a percentage such as 5%, got {asked.fail_if!r}",
            "for example --fail-if 5%",
        )
    return 1 + float(found[1]) / 100
