"""Small pictures in processes: the same readings, whatever happens to a process."""

from __future__ import annotations

import os
import signal
import zipfile

import numpy as np
import pytest
from class_weights import CLOTHES, class_weights
from pictures import digit_picture, encoded
from PIL import Image

from digitcli.errors import DataError
from digitcli.inference.networks import Networks
from digitcli.model.weights import save_weights
from digitcli.vision.files.decode import Limits
from digitcli.vision.files.sources import find_pictures
from digitcli.vision.many import pool
from digitcli.vision.many.messages import ReaderSettings
from digitcli.vision.many.pool import ProcessPool
from digitcli.vision.processes import EndedError
from digitcli.vision.reader import Reader

SETTINGS = ReaderSettings((), "one", 0.5, None, Limits())


@pytest.fixture
def at_once(monkeypatch):
    """Processes are started for the first batch of every thread."""
    monkeypatch.setattr(pool, "AFTER", 0.0)
    monkeypatch.setattr(Reader, "is_short", True)


@pytest.fixture
def folder(tmp_path):
    for number in range(10):
        (tmp_path / f"{number}.png").write_bytes(encoded(digit_picture(number)))
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    return tmp_path


def reader(threads=2):
    return Reader.of(Networks(), mode="one", threads=threads)


def many(folder, times=20):
    return [*find_pictures([str(folder)])] * times


def told(readings):
    return [reading.to_dict() for reading in readings]


def test_processes_give_the_readings_of_threads_in_the_same_order(folder, at_once):
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.write(folder / "5.png", "5.png")
        archive.writestr("empty.png", b"")
    sources = many(folder) + [*find_pictures([str(folder / "more.zip")])] * 20

    processes = ProcessPool(reader(), SETTINGS)
    found = list(processes.read_many(sources))

    assert told(found) == told(reader().read_many(sources))
    assert [reading.source for reading in found] == sources
    assert processes.started == 2


def test_notes_come_back(folder, at_once):
    (folder / "cut.png").write_bytes(encoded(digit_picture(7))[:-12])
    processes = ProcessPool(reader(), SETTINGS)

    found = list(processes.read_many(many(folder)))

    noted = {reading.file: reading.notes for reading in found if reading.notes}
    assert noted == {str(folder / "cut.png"): ("cut short: its end marker is missing",)}
    assert told(found) == told(reader().read_many(many(folder)))
    assert processes.started == 2


def test_classes_of_other_networks_come_back(tmp_path, at_once):
    save_weights(tmp_path / "clothes.npz", class_weights())
    pictures = np.random.default_rng(0).integers(0, 256, (20, 28, 28), np.uint8)
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
    weights = str(tmp_path / "clothes.npz")
    sources = [*many(tmp_path, 10), "none.png"]
    threads = Reader.of(Networks([weights]), threads=2)
    processes = ProcessPool(threads, ReaderSettings((weights,), "auto", 0.5, None, Limits()))

    found = list(processes.read_many(sources))

    assert {reading.names for reading in found} == {CLOTHES}
    assert {reading.text for reading in found[:-1]} <= set(CLOTHES)
    assert told(found) == told(threads.read_many(sources))
    assert processes.started == 2


def test_processes_have_the_limits_of_their_reader(folder, at_once):
    limits = Limits.of(0.01)
    few = Reader.of(Networks(), mode="one", threads=2, limits=limits)
    processes = ProcessPool(few, ReaderSettings((), "one", 0.5, None, limits))

    found = list(processes.read_many(many(folder)))

    assert {reading.answer for reading in found} == {"error"}
    assert told(found) == told(few.read_many(many(folder)))
    assert processes.started == 2


def test_errors_come_back_with_their_hints(folder, at_once):
    sources = [*many(folder, 1), "none.png"] * 9

    found = list(ProcessPool(reader(), SETTINGS).read_many(sources))

    errors = [reading.error for reading in found if reading.file.endswith("broken.png")]
    assert {type(error) for error in errors} == {DataError}
    assert {error.hint for error in errors if error} == {
        "the file is cut short or damaged; save or download it again"
    }
    assert str(found[-1].error) == "none.png: no such file"


def test_few_pictures_and_long_work_start_no_process(folder, monkeypatch):
    monkeypatch.setattr(pool, "AFTER", 0.0)
    monkeypatch.setattr(Reader, "is_short", False)
    processes = ProcessPool(reader(), SETTINGS)

    list(processes.read_many(many(folder)))

    assert processes.started == 0


class Ends:
    """A process that ends at every message with `name` in it."""

    def __init__(self, name: bytes, settings: ReaderSettings) -> None:
        self._work, self._name = settings(), name
        self.is_closed = False

    def __call__(self, message: bytes) -> bytes:
        if self._name in message:
            raise EndedError("a process ended at work (SIGKILL)")
        return self._work(message)

    def close(self) -> None:
        self.is_closed = True


def test_the_pictures_of_a_process_that_ended_are_read_alone(folder, at_once, monkeypatch):
    monkeypatch.setattr(pool, "WorkProcess", lambda settings: Ends(b"7.png", settings))
    sources = many(folder, 2)

    found = list(ProcessPool(reader(), SETTINGS).read_many(sources))

    expected = told(reader().read_many(sources))
    first = 4  # the first batch is read by the calling thread
    for number, (reading, right) in enumerate(zip(told(found), expected, strict=True)):
        if number >= first and reading["file"].endswith("7.png"):
            assert "7.png: a process ended at work (SIGKILL)" in reading["error"]
        else:
            assert reading == right


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_process_changes_nothing_in_the_answers(folder, at_once):
    sources = many(folder, 80)
    processes = ProcessPool(reader(), SETTINGS)
    found = []

    for reading in processes.read_many(sources):
        found.append(reading)
        # Far enough apart that what was in work at the first is answered at the second: a picture
        # at which a process ends twice has an error.
        if len(found) in (60, 600):
            for number in processes.numbers:
                os.kill(number, signal.SIGKILL)

    assert told(found) == told(reader().read_many(sources))
    assert processes.started > 2


def test_where_no_process_starts_threads_go_on(folder, at_once, monkeypatch):
    def refused(settings):
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(pool, "WorkProcess", refused)

    assert told(ProcessPool(reader(), SETTINGS).read_many(many(folder))) == told(
        reader().read_many(many(folder))
    )


def test_processes_end_when_the_caller_stops(folder, at_once):
    processes = ProcessPool(reader(), SETTINGS)
    readings = processes.read_many(many(folder, 100))
    for _ in range(100):
        next(readings)

    numbers = processes.numbers
    readings.close()

    assert numbers
    for number in numbers:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


def test_what_reading_raises_is_raised_as_what_it_is(folder, at_once, monkeypatch):
    class Fails(Ends):
        def __call__(self, message: bytes) -> bytes:
            raise RuntimeError("Traceback: MemoryError")

    def no_memory(self, sources, stopped):
        raise MemoryError

    monkeypatch.setattr(pool, "WorkProcess", lambda settings: Fails(b"", settings))
    monkeypatch.setattr(Reader, "read_batch", no_memory)

    with pytest.raises(MemoryError):
        list(ProcessPool(reader(), SETTINGS).read_many(many(folder)))
