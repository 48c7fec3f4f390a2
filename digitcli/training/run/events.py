"""`events/` for TensorBoard: the history as scalars, where the package tensorboard is installed.

Only the package's messages and its record writer are used, on a file of our own: its
EventFileWriter imports TensorFlow wherever that is installed, on JAX's backend too.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

from ...files import atomic_write, writing
from .history import EpochRow

# Curves of one name lie in one chart when they come from several runs, which are folders here.
_SCALARS = {
    "training": {
        "loss": "loss",
        "accuracy": "accuracy",
        "learning_rate": "learning_rate",
        "images_per_s": "images_per_s",
    },
    "validation": {"loss": "validation_loss", "accuracy": "validation_accuracy"},
    "test": {"loss": "test_loss", "accuracy": "test_accuracy"},
}
_OURS = ".digitcli"  # how our files end, so that nobody else's are removed


class EventLog:
    """Scalars of every epoch, in one file for each of training, validation and test.

    TensorBoard's step is the epoch. A run that goes on begins new files with its whole history and
    removes the old ones, so no step is there twice. Raises ImportError without tensorboard.
    """

    def __init__(self, folder: Path) -> None:
        import tensorboard.compat.proto.event_pb2
        import tensorboard.summary.writer.record_writer  # noqa: F401

        self._folder = folder
        self._name = ""

    def write(self, history: Sequence[EpochRow]) -> None:
        """Add the newest epoch; the first call writes all of `history`.

        Raises MachineError when the disk refuses.
        """
        begins, self._name = not self._name, self._name or _file_name()
        for run, fields in _SCALARS.items():
            if getattr(history[-1], fields["loss"]) is None:
                continue
            path = self._folder / run / self._name
            times = _times(history)
            events = [_scalars(row, fields, at) for row, at in zip(history, times, strict=True)]
            if begins:
                _begin(path, [*_head(history[0].epoch), *events])
            else:
                with writing(path), path.open("ab") as file:
                    file.write(_records(events[-1:]))


def event_log(folder: Path) -> EventLog | None:
    """A log in `folder`, or None where the package tensorboard is missing or does not work."""
    try:
        return EventLog(folder)
    except Exception:  # a protobuf that does not fit raises TypeError, or errors of its own
        return None


def _file_name() -> str:
    """TensorBoard reads a folder's files in the order of their names, and wants `tfevents`."""
    seconds, rest = divmod(time.time_ns(), 10**9)
    return f"events.out.tfevents.{seconds:010d}.{rest:09d}{_OURS}"


def _begin(path: Path, events: Sequence[bytes]) -> None:
    old = [*path.parent.glob(f"*.tfevents.*{_OURS}")]
    with atomic_write(path) as file:
        file.write(_records(events))
    for other in old:
        with writing(other):
            other.unlink(missing_ok=True)


def _times(history: Sequence[EpochRow]) -> Iterator[float]:
    """When each epoch would have ended without interruptions; the last one ends now."""
    ends = list(accumulate(row.seconds for row in history))
    start = time.time() - ends[-1]
    return (start + end for end in ends)


def _head(first: int) -> Iterator[bytes]:
    """The format's version, and that a reader should drop what it has from epoch `first` on."""
    from tensorboard.compat.proto import event_pb2

    now = time.time()
    yield event_pb2.Event(wall_time=now, file_version="brain.Event:2").SerializeToString()
    start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
    yield event_pb2.Event(wall_time=now, step=first, session_log=start).SerializeToString()


def _scalars(row: EpochRow, fields: dict[str, str], wall_time: float) -> bytes:
    from tensorboard.compat.proto import event_pb2, summary_pb2

    values = [
        summary_pb2.Summary.Value(tag=tag, simple_value=getattr(row, field))
        for tag, field in fields.items()
    ]
    summary = summary_pb2.Summary(value=values)
    event = event_pb2.Event(wall_time=wall_time, step=row.epoch, summary=summary)
    return bytes(event.SerializeToString())


def _records(events: Sequence[bytes]) -> bytes:
    """The events as TensorFlow's records: lengths and checksums around each."""
    from tensorboard.summary.writer.record_writer import RecordWriter

    file = io.BytesIO()
    writer = RecordWriter(file)
    for event in events:
        writer.write(event)
    return file.getvalue()
