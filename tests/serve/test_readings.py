"""Which picture is read where: alone on a thread, several in processes, and again after an end."""

from __future__ import annotations

import asyncio
import time

import pytest

from digitcli.serve.reading.readings import Readings
from digitcli.serve.reading.work import Answered, Asked
from digitcli.serve.refusal import RefusedError
from digitcli.vision.processes import EndedError

SECONDS = 10


class Process:
    """Stands for a process: notes its batches, and ends where a picture tells it to."""

    made: list[Process]

    def __init__(self):
        self.batches, self.is_closed = [], False
        type(self).made.append(self)

    def __call__(self, message):
        import pickle

        names = [name for name, _, _ in pickle.loads(message)]
        self.batches.append(names)
        time.sleep(0.01)
        if "deadly" in names:
            raise EndedError("a process ended at work (SIGSEGV)")
        return b"\n".join(b"digits\t" + name.encode() for name in names)

    def close(self):
        self.is_closed = True


def here(asked):
    time.sleep(0.01)
    return [Answered("here", one.name.encode()) for one in asked]


@pytest.fixture
def made():
    Process.made = []
    return Process.made


def ask(*requests, most=2, read=here, start=Process, seconds=SECONDS):
    """The answers to requests, each of some pictures' names, that come at the same time."""

    async def one(readings, names):
        asked = [Asked(name, b"") for name in names]
        try:
            return [found.document.decode() for found in await readings.of(asked, seconds)]
        except (RefusedError, EndedError, ValueError) as error:
            return error

    async def every():
        readings = Readings(read, start, most)
        try:
            return await asyncio.gather(*(one(readings, names) for names in requests))
        finally:
            readings.close()

    return asyncio.run(every())


def test_one_picture_at_a_time_starts_no_process(made):
    assert ask(["a"]) == [["a"]]
    assert made == []


@pytest.mark.parametrize("most", [0, 1, 2, 5])
def test_many_pictures_are_answered_in_the_order_of_each_request(made, most):
    requests = [[f"{n}.{k}" for k in range(n % 4 + 1)] for n in range(200)]

    assert ask(*requests, most=most) == requests
    assert len(made) <= most
    assert all(process.is_closed for process in made)


def test_several_pictures_are_read_in_processes_together(made):
    ask(*[[str(n)] for n in range(200)])

    batches = [batch for process in made for batch in process.batches]
    assert len(made) == 2
    assert max(map(len, batches)) > 1


def test_a_picture_that_ends_a_process_costs_the_others_nothing(made):
    requests = [[str(n)] for n in range(100)] + [["deadly"]] + [[str(n)] for n in range(100, 150)]

    found = ask(*requests)

    assert isinstance(found.pop(100), EndedError)
    assert found == [[str(n)] for n in range(150)]
    assert ["deadly"] in [batch for process in made for batch in process.batches]


def test_without_processes_the_thread_reads_them_all():
    def start():
        raise OSError("there is no memory for another process")

    requests = [[str(n)] for n in range(50)]

    assert ask(*requests, start=start) == requests


def test_what_reading_raises_reaches_those_who_asked():
    def broken(asked):
        raise ValueError("a defect")

    (error,) = ask(["a", "b"], read=broken)

    assert isinstance(error, ValueError)


def test_work_that_takes_too_long_is_refused():
    def slow(asked):
        time.sleep(0.3)
        return here(asked)

    (error,) = ask(["a"], read=slow, seconds=0.05)

    assert (error.status, str(error)) == (503, "the work took too long")
