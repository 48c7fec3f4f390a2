"""This run beside an earlier one: what became slower, beyond what noise explains.

The ratio of two medians has an interval: each median's own 95 % interval (order statistics of the
visits, `noise.median_interval`), combined on the logarithmic scale as independent errors are. Where
the base file has none (written by an older digitcli), McGill's notches stand in: median times
1.57 times the spread over the square root of the rounds. A row is slower when its ratio is above
the threshold and its whole interval above 1.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from ..errors import DataError, GateError, reason_of
from ..files.opening import read_regular

Document: TypeAlias = dict[str, Any]
Change: TypeAlias = Literal["slower", "faster", "within noise", "below threshold"]

METHOD = (
    "ratio of medians; interval from each median's 95 % interval (order statistics of the visits, "
    "or McGill's notches where the base file has none), combined on the log scale"
)
KEYS = ("engine", "variant", "precision", "threads", "batch", "scope")
_MOST_BYTES = 64 * 2**20  # of a base file: ours have some 100 kB
NOTCH = 1.57  # McGill, Tukey and Larsen, "Variations of Box Plots", 1978
# What must be alike for two numbers to mean the same: how it is called, and where it stands.
CONDITIONS = {
    "processor": ("machine", "cpu"),
    "usable cores": ("machine", "usable_cores"),
    "network": ("network",),
    "weights (sha256)": ("weights_sha256",),
    "data": ("data",),
    "pinned": ("pinned",),
}


@dataclass(frozen=True)
class Pair:
    """One row here and there; `ratio` above 1 is slower than the base."""

    key: tuple[Any, ...]
    base_us: float
    now_us: float
    low: float
    high: float
    change: Change

    @property
    def ratio(self) -> float:
        """This run's median over the base's."""
        return self.now_us / self.base_us

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            **dict(zip(KEYS, self.key, strict=True)),
            "base_us": self.base_us,
            "now_us": self.now_us,
            "ratio": round(self.ratio, 4),
            "ratio_interval": [round(self.low, 4), round(self.high, 4)],
            "change": self.change,
        }


def load_base(path: Path, schema: str) -> Document:
    """Read what `digitcli bench --json` wrote.

    Raises DataError when it cannot be read, is no JSON, has another schema or rows without times.
    """
    hint = f"write one with: digitcli bench --json --output {path.name}"
    try:
        document = json.loads(read_regular(path, _MOST_BYTES))
    except OSError as error:
        reason = reason_of(error)
        raise DataError(f"{path}: cannot be read ({reason})", hint) from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: not a JSON document ({error})", hint) from error
    found = document.get("schema") if isinstance(document, dict) else None
    if found != schema:
        raise DataError(f"{path}: expected schema {schema!r}, found {found!r}", hint)
    try:
        _check(document)
    except (KeyError, TypeError, ValueError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise DataError(f"{path}: not a whole {schema} document ({reason})", hint) from error
    base: Document = document
    return base


def _check(document: Document) -> None:
    """Everything that is read from a base file later, read once."""
    if not isinstance(document["machine"], dict):
        raise TypeError("machine is no object")
    for row in document["rows"]:
        low, high = _interval(row, document)
        hash(_key(row))
        if not 0 < low <= row["median_us"] <= high < math.inf:
            raise ValueError(f"a median of {row['median_us']} us between {low} and {high}")


def compare(base: Document, now: Document, *, threshold: float, name: str) -> Document:
    """The `comparison` of a document: rows that both have, and what only one of them has."""
    there = {_key(row): row for row in base["rows"]}
    here = {_key(row): row for row in now["rows"]}
    both = [key for key in here if key in there]
    pairs = [_pair(key, there[key], here[key], base, now, threshold) for key in both]
    return {
        "base": name,
        "base_time": base["machine"].get("time"),
        "base_digitcli": base["machine"].get("digitcli"),
        "base_commit": base["machine"].get("commit"),
        "threshold": threshold,
        "method": METHOD,
        "differences": differences(base, now),
        "rows": [pair.to_json() for pair in pairs],
        "only_in_base": [_name(key) for key in there if key not in here],
        "only_here": [_name(key) for key in here if key not in there],
    }


def differences(base: Document, now: Document) -> list[str]:
    """What keeps two documents from being compared number by number, one sentence each."""
    found = []
    for name, path in CONDITIONS.items():
        before, after = _at(base, path), _at(now, path)
        if before is not None and before != after:
            found.append(f"{name}: {before} in the base file, {after} here")
    return found


def notes_on(comparison: Document) -> list[str]:
    """What a reader of a comparison must know."""
    base = comparison["base"]
    notes = [
        f"NOT THE SAME CONDITIONS as {base}: {line}; the ratios mix this with the change"
        for line in comparison["differences"]
    ]
    if not comparison["rows"]:
        notes.append(f"{base} has no row in common with this run: nothing was compared")
    elif comparison["only_in_base"]:
        missing = comparison["only_in_base"]
        notes.append(f"{len(missing)} rows of {base} were not measured here: {missing[0]}, ...")
    peers = [row["ratio"] for row in comparison["rows"] if row["engine"] != "digitcli"]
    if peers:
        mean = math.exp(sum(map(math.log, peers)) / len(peers))
        notes.append(
            f"the {len(peers)} rows of other engines took {mean:.3f} times as long as in {base} "
            "(geometric mean): so much of a change may be the machine's"
        )
    return notes


def gate(comparison: Document) -> GateError | None:
    """The error when a row became slower, or when there was nothing to compare."""
    slower = [row for row in comparison["rows"] if row["change"] == "slower"]
    limit, base = comparison["threshold"], comparison["base"]
    if not comparison["rows"]:
        return GateError(
            f"{base}: no row in common with this run, so the gate of {limit:.4g} times was not met",
            "measure the same batches, threads and scope as the base file",
        )
    if not slower:
        return None
    worst = max(slower, key=lambda row: float(row["ratio"]))
    where = _name(tuple(worst[key] for key in KEYS))
    other = "; conditions differ, see the notes" if comparison["differences"] else ""
    return GateError(
        f"{len(slower)} of {len(comparison['rows'])} rows are slower than {base} by more than "
        f"{100 * (limit - 1):.4g}% and the noise; the worst: {where}, {worst['ratio']:.3f} times"
        f"{other}",
        "run it again on a quiet machine before you believe it",
    )


def _pair(
    key: tuple[Any, ...],
    there: Document,
    here: Document,
    base: Document,
    now: Document,
    limit: float,
) -> Pair:
    before, after = there["median_us"], here["median_us"]
    error = math.hypot(_log_error(there, base), _log_error(here, now))
    low, high = after / before * math.exp(-error), after / before * math.exp(error)
    return Pair(key, before, after, low, high, _change(after / before, low, high, limit))


def _change(ratio: float, low: float, high: float, limit: float) -> Change:
    if low <= 1 <= high:
        return "within noise"
    if ratio > limit:
        return "slower"
    return "faster" if ratio < 1 / limit else "below threshold"


def _log_error(row: Document, document: Document) -> float:
    """Half of the interval of the logarithm of a row's median, the wider half."""
    low, high = _interval(row, document)
    return max(math.log(row["median_us"] / low), math.log(high / row["median_us"]))


def _interval(row: Document, document: Document) -> tuple[float, float]:
    """The 95 % interval of the median: the row's own, or a notch."""
    median = float(row["median_us"])
    if "median_interval_us" in row:
        low, high = map(float, row["median_interval_us"])
        return min(low, median), max(high, median)  # of visits; the median is of repeats
    rounds = max(int(document.get("least_rounds", 1)), 1)
    factor = math.exp(NOTCH * float(row["spread"]) / math.sqrt(rounds))
    return median / factor, median * factor


def _key(row: Document) -> tuple[Any, ...]:
    """What was measured; the first version of digitcli wrote no scope, and "float32" for "fp32"."""
    precision = "fp32" if row["precision"] == "float32" else row["precision"]
    named = {"scope": "model", **row, "precision": precision}
    return tuple(named[key] for key in KEYS)


def _name(key: tuple[Any, ...]) -> str:
    engine, variant, precision, threads, batch, scope = key
    return f"{engine} {variant} ({precision}, {scope}), threads {threads}, batch {batch}"


def _at(document: Document, path: tuple[str, ...]) -> Any:
    """The value at `path`; None where there is none, as in files of an older digitcli."""
    value: Any = document
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value
