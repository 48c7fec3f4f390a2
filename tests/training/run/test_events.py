"""`events/`: what TensorBoard finds there, read with its own messages."""

from __future__ import annotations

import struct
import sys

import pytest

from digitcli.training.run.events import event_log
from digitcli.training.run.history import EpochRow

pytest.importorskip("tensorboard", reason="needs TensorBoard (the tensorboard extra)")


def epoch(number, loss=0.5, validated=True):
    checked = (0.25, 0.75) if validated else (None, None)
    return EpochRow(number, 10 * number, loss, 0.5, *checked, None, None, 0.125, 2000.0, 3.0)


def events_in(folder):
    """All events of the only file in `folder`."""
    from tensorboard.compat.proto import event_pb2

    (path,) = folder.iterdir()
    content, events = path.read_bytes(), []
    while content:
        (length,) = struct.unpack_from("<Q", content)
        events.append(event_pb2.Event.FromString(content[12 : 12 + length]))
        content = content[16 + length :]
    return events


def scalars(folder, tag):
    return [
        (event.step, value.simple_value)
        for event in events_in(folder)
        for value in event.summary.value
        if value.tag == tag
    ]


def test_every_epoch_adds_its_scalars(tmp_path):
    log = event_log(tmp_path)

    log.write([epoch(1, 0.5)])
    log.write([epoch(1, 0.5), epoch(2, 0.25)])

    assert scalars(tmp_path / "training", "loss") == [(1, 0.5), (2, 0.25)]
    assert scalars(tmp_path / "training", "learning_rate") == [(1, 0.125), (2, 0.125)]
    assert scalars(tmp_path / "training", "images_per_s") == [(1, 2000.0), (2, 2000.0)]
    assert scalars(tmp_path / "validation", "accuracy") == [(1, 0.75), (2, 0.75)]
    assert not (tmp_path / "test").exists()


def test_a_run_that_goes_on_has_every_epoch_once(tmp_path):
    first = event_log(tmp_path)
    first.write([epoch(1)])
    first.write([epoch(1), epoch(2, 0.4)])  # lost: killed before its checkpoint
    again = event_log(tmp_path)
    again.write([epoch(1), epoch(2, 0.25)])
    again.write([epoch(1), epoch(2, 0.25), epoch(3, 0.125)])

    assert scalars(tmp_path / "training", "loss") == [(1, 0.5), (2, 0.25), (3, 0.125)]


def test_a_reader_is_told_to_forget_what_it_had(tmp_path):
    from tensorboard.compat.proto import event_pb2

    event_log(tmp_path).write([epoch(1), epoch(2)])
    version, start, *rows = events_in(tmp_path / "training")

    assert version.file_version == "brain.Event:2"
    assert (start.session_log.status, start.step) == (event_pb2.SessionLog.START, 1)
    assert rows[1].wall_time - rows[0].wall_time == pytest.approx(3.0)  # an epoch's seconds


def test_files_of_others_stay(tmp_path):
    other = tmp_path / "training" / "events.out.tfevents.1.profile"
    other.parent.mkdir()
    other.write_bytes(b"")

    event_log(tmp_path).write([epoch(1)])

    assert other.exists()


def test_without_the_package_there_is_no_log(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.event_pb2", None)

    assert event_log(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
