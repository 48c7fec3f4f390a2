"""What `predict`, `eval` and `batch` write of their answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from batch import kinds
from disk.operations.running import call, command
from disk.promises import Ended, Operation

from digitcli.errors import DigitError, MachineError

_NAMES = [f"in/{digit}.png" for digit in range(5)]
_PREDICT = ("predict", "--threads", "1", "-w", "tiny")


def _pictures(folder: Path, count: int = 5) -> None:
    (folder / "in").mkdir(exist_ok=True)
    for digit in range(count):
        (folder / "in" / f"{digit}.png").write_bytes(kinds.PICTURES[digit])


def _output(name: str, *options: str) -> Callable[[], Operation]:
    """Answers of five pictures in a file in which there are those of one."""
    return lambda: Operation(
        f"predict {' '.join((*options, name))}",
        lambda folder: (
            _pictures(folder),
            _expect(command(*_PREDICT, "in/0.png", *options, name)(folder)),
        ),
        command(*_PREDICT, *_NAMES, *options, name),
    )


def _resume(name: str) -> Callable[[], Operation]:
    """Five answers, of which a file has two, and half a third where it has lines."""

    def prepare(folder: Path) -> None:
        _pictures(folder)
        _expect(command(*_PREDICT, *_NAMES[:2], "--resume", name)(folder))

    return lambda: Operation(
        f"predict --resume {name}",
        prepare,
        command(*_PREDICT, *_NAMES, "--resume", name),
        grows=frozenset({name}),
        unfinished=_has_answers,
    )


def _has_answers(name: str, content: bytes) -> bool:
    """Whether it is the file of whole lines that a Parquet file is made of in the end."""
    lines = content.split(b"\n")
    return name.endswith(".unfinished.jsonl") and all(json.loads(line) for line in lines[:-1])


def _resume_cut(name: str) -> Callable[[], Operation]:
    def prepare(folder: Path) -> None:
        _pictures(folder)
        _expect(command(*_PREDICT, *_NAMES[:3], "--resume", name)(folder))
        path = folder / name
        path.write_bytes(path.read_bytes()[:-9])

    return lambda: Operation(
        f"predict --resume of a cut {name}",
        prepare,
        command(*_PREDICT, *_NAMES, "--resume", name),
        grows=frozenset({name}),
    )


def _drawings(option: str, name: str) -> Callable[[], Operation]:
    few = _NAMES[:1] if name.endswith(".png") else _NAMES[:2]

    def prepare(folder: Path) -> None:
        _pictures(folder)
        other = folder / "other.png"
        other.write_bytes(kinds.PICTURES[9])
        target = name if name.endswith(".png") else f"{name}/0.png"
        _expect(command(*_PREDICT, "other.png", option, target)(folder))

    return lambda: Operation(
        f"predict {option} {name}", prepare, command(*_PREDICT, *few, option, name)
    )


def _labels(folder: Path) -> None:
    _pictures(folder)
    rows = "".join(f"{digit}.png,{digit}\n" for digit in range(5))
    (folder / "in" / "labels.csv").write_text("file,label\n" + rows)


def _without_times(name: str, content: bytes) -> bytes:
    return re.sub(rb'("[a-z_]*(seconds|per_s|time|at|load)[a-z_0-9]*": )[^,}]+', rb"\1_", content)


def _evaluate(name: str, *options: str) -> Callable[[], Operation]:
    def prepare(folder: Path) -> None:
        _labels(folder)
        if name.endswith(".json"):
            _expect(command("eval", "-w", "tiny", "--data", "in", *options, name)(folder))

    return lambda: Operation(
        f"eval {' '.join((*options, name))}",
        prepare,
        command("eval", "-w", "small", "--data", "in", *options, name),
        plain=_without_times,
    )


def _batch() -> Operation:
    from digitcli.batch.parts import Parts
    from digitcli.batch.run import BatchOptions, job_of
    from digitcli.batch.shards import find_shards
    from digitcli.batch.work import ShardReader

    def prepare(folder: Path) -> None:
        (folder / "in").mkdir()
        kinds.make_zip(folder / "in" / "a.zip")
        kinds.make_zip(folder / "in" / "b.zip", "456")

    def run(folder: Path) -> None:
        options = BatchOptions("in", "out", "local", 1, ("tiny",), "one")
        job = job_of(options)
        reader = ShardReader(job)
        for shard in find_shards("in").shards:
            if Parts("out", job.options).find(shard) is None:
                done = reader.read(shard)
                if done.error:
                    raise (
                        DigitError(done.error) if done.exit_code == 1 else MachineError(done.error)
                    )

    return Operation("batch's parts", prepare, call(run))


def _expect(ended: Ended) -> None:
    assert ended.code == 0, ended


OPERATIONS: dict[str, Callable[[], Operation]] = {
    "predict --json --output": _output("a.json", "--json", "--output"),
    "predict --jsonl --output": _output("a.jsonl", "--jsonl", "--output"),
    "predict --csv --output": _output("a.csv", "--csv", "--output"),
    "predict --output a.parquet": _output("a.parquet", "--output"),
    "predict --review": _output("a.csv", "--review"),
    "predict --resume a.jsonl": _resume("a.jsonl"),
    "predict --resume a.csv": _resume("a.csv"),
    "predict --resume a.parquet": _resume("a.parquet"),
    "predict --resume of a cut a.jsonl": _resume_cut("a.jsonl"),
    "predict --annotate a.png": _drawings("--annotate", "a.png"),
    "predict --annotate drawn": _drawings("--annotate", "drawn"),
    "predict --steps a.png": _drawings("--steps", "a.png"),
    "eval --output": _evaluate("a.json", "--output"),
    "eval --reliability": _evaluate("a.png", "--reliability"),
    "batch's parts": _batch,
}
