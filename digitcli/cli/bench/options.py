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

Form: TypeAlias = Literal["table", "json", "csv", "markdown"]
View: TypeAlias = Literal["calls", "layers", "cold"]


@dataclass(frozen=True)
class Wishes:
    """What the user typed, as it was typed."""

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


def job_of(wishes: Wishes) -> Job:
    """The wishes as a job. Raises UsageError for what makes no sense."""
    from ...bench.race.job import Job
    from ...bench.runtimes import PEERS, PRECISIONS, is_installed
    from ...data.integrity import digest_of
    from ...machine.cores import usable_cores
    from ...model.precision import INT8
    from ...model.weights import find_weights, load_weights
    from ..lists import choices, whole_numbers

    if not 0 <= wishes.seconds <= MOST_SECONDS:  # also not for nan, which passes Click's own check
        raise UsageError(f"--seconds: expected 0 to {MOST_SECONDS:,}, got {wishes.seconds:g}")
    counts = whole_numbers("--threads", wishes.threads, least=0, most=MOST_THREADS)
    batches = whole_numbers("--batch", wishes.batch, least=1, most=MOST_IMAGES)
    named = choices("--against", wishes.against, (*PEERS, "all"), or_none=True)
    peers = tuple(
        name for name in PEERS if name in named or ("all" in named and is_installed(name))
    )
    precisions = choices("--precision", wishes.precision, PRECISIONS)
    _check_views(wishes)
    path = find_weights(wishes.weights)
    weights = load_weights(path)
    spec, is_int8 = weights.spec, weights.precision == INT8
    return Job(
        weights=path,
        network=spec.name,
        flops=spec.flops,
        data=wishes.data,
        against=() if is_int8 else peers,
        batches=batches,
        threads=tuple(dict.fromkeys(count or usable_cores() for count in counts)),
        seconds=wishes.seconds,
        rounds=wishes.rounds,
        precisions=precisions,
        missing=tuple(
            name for name in PEERS if "all" in named and not is_int8 and name not in peers
        ),
        weights_sha256=digest_of(path),
        scope=wishes.scope,
        compared=wishes.check,
        pin=wishes.pin,
        is_int8=is_int8,
    )


def _check_views(wishes: Wishes) -> None:
    """--layers and --cold measure something else, for which some options have no meaning."""
    if wishes.layers and wishes.cold:
        raise UsageError("--layers and --cold exclude each other", "choose one of them")
    foreign = {
        "--precision": wishes.precision != "fp32",
        "--scope": wishes.scope != "model",
        "--plot": wishes.plot is not None,
        "--compare": wishes.compare is not None,
        "--pin": wishes.pin and wishes.cold,
    }
    for option, given in foreign.items():
        if given and wishes.view != "calls":
            raise UsageError(f"{option} does not go with --{wishes.view}")


def base_of(wishes: Wishes) -> dict[str, Any] | None:
    """The document to compare with, if any. Raises DataError when it cannot be used."""
    if wishes.compare is None:
        return None
    from ...bench.compare import load_base
    from ...bench.race.perform import SCHEMA

    return load_base(wishes.compare, SCHEMA)


def check_outputs(wishes: Wishes, output: Path | None) -> None:
    """Keep what is written off what is read. Raises UsageError."""
    from ...files.outputs import Output, Outputs

    outputs = [Output("--output", output, "answer")] if output else []
    outputs += [Output("--plot", wishes.plot, "drawing")] if wishes.plot else []
    Outputs(outputs, [wishes.weights, *([wishes.compare] if wishes.compare else [])])


def threshold_of(wishes: Wishes) -> float | None:
    """The ratio above which `--fail-if` fails: 1.05 for "5%". Raises UsageError for anything else.

    None without the option: slowdowns are reported and gate nothing.
    """
    if wishes.fail_if is None:
        return None
    if wishes.compare is None:
        raise UsageError("--fail-if needs something to compare with", "add --compare BASE.json")
    found = re.fullmatch(r"([0-9]{1,4}(?:\.[0-9]{1,6})?) ?%", wishes.fail_if)
    if found is None:
        raise UsageError(
            f"--fail-if: expected a percentage such as 5%, got {wishes.fail_if!r}",
            "for example --fail-if 5%",
        )
    return 1 + float(found[1]) / 100
