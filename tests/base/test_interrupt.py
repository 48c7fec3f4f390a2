"""After Ctrl-C or SIGTERM a process ends within two seconds, whatever it is doing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from digitcli.interrupt import LIMIT_SECONDS, default_signals, postponed

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to send")

SIGNALS = [signal.SIGINT, signal.SIGTERM]
PROGRAM = """
import sys, time
from digitcli.cli import start

def run():
    import os
    from pathlib import Path
    from digitcli.files import atomic_write, scratch_folder
{body}

start._run = run
start.entry_point()
"""
READY = "print('ready', file=sys.stderr, flush=True)\n"


@pytest.fixture
def start(tmp_path):
    """Starts a program whose command is `body`, and waits until it says that it is ready."""
    begun = []

    def start(body: str, **options):
        code = PROGRAM.format(body=textwrap.indent(textwrap.dedent(body), "    "))
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
        process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, **options)
        begun.append(process)
        assert process.stderr.readline() == "ready\n"
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def end(process, number):
    """Exit code, seconds and what it said after the signal."""
    sent = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    return process.returncode, time.monotonic() - sent, err


def said(number):
    return "interrupted\n" if number == signal.SIGINT else ""


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_that_is_swallowed_comes_again(start, number):
    process = start(
        f"""
        {READY}
        for _ in range(2):
            try:
                time.sleep(60)
            except BaseException:
                pass  # as an import does for which there is a substitute
        time.sleep(60)
        """
    )

    code, seconds, err = end(process, number)

    assert (code, err) == (128 + number, said(number))
    assert seconds < LIMIT_SECONDS


@pytest.mark.parametrize("number", SIGNALS)
def test_an_error_that_was_made_of_the_signal_is_not_called_a_bug(start, number):
    process = start(
        f"""
        {READY}
        try:
            time.sleep(60)
        except BaseException as error:
            raise ImportError("initialization failed") from error
        """
    )

    code, _, err = end(process, number)

    assert (code, err) == (128 + number, said(number))


def test_a_command_that_hides_every_signal_is_ended_all_the_same(start):
    process = start(
        f"""
        {READY}
        while True:
            try:
                time.sleep(60)
            except BaseException:
                pass
        """
    )

    code, seconds, _ = end(process, signal.SIGINT)

    assert code == 130
    assert seconds < 2


def test_long_work_in_c_is_ended_and_its_temporary_files_are_gone(start, tmp_path):
    process = start(
        f"""
        import ctypes
        with scratch_folder("work") as folder, atomic_write(Path("out.bin")) as file:
            (folder / "deep").mkdir()
            (folder / "deep" / "big.bin").write_bytes(b"big")
            file.write(b"half")
            file.flush()
            {READY}
            ctypes.CDLL(None).usleep(60_000_000)
            ctypes.CDLL(None).sleep(60)
            ctypes.CDLL(None).sleep(60)
        """,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    assert len(list(tmp_path.iterdir())) == 2

    code, seconds, err = end(process, signal.SIGTERM)

    assert (code, err) == (143, "")
    assert seconds < 2
    assert list(tmp_path.iterdir()) == []


def test_a_destructor_that_is_hit_says_nothing(start):
    process = start(
        f"""
        class Slow:
            def __del__(self):
                {READY}
                time.sleep(60)
        Slow()
        time.sleep(60)
        """
    )

    code, _, err = end(process, signal.SIGINT)

    assert (code, err) == (130, "interrupted\n")


def test_a_reader_that_does_not_read_is_not_waited_for(start):
    reading, writing = os.pipe()
    process = start(
        f"""
        {READY}
        while True:
            print("x" * 1000)
        """,
        stdout=writing,
    )
    time.sleep(0.3)  # the pipe is full

    code, seconds, _ = end(process, signal.SIGINT)

    assert code == 130
    assert seconds < 2
    os.close(reading)
    os.close(writing)


def test_what_was_printed_before_the_signal_is_handed_over(start):
    process = start(
        f"""
        print("an answer")
        {READY}
        time.sleep(60)
        """
    )

    process.send_signal(signal.SIGTERM)

    assert process.communicate(timeout=20)[0] == "an answer\n"


def test_after_the_last_line_a_signal_changes_nothing(start):
    process = start(
        f"""
        import atexit
        def late():
            {READY}
            time.sleep(0.5)
        atexit.register(late)
        return 7
        """
    )

    code, _, err = end(process, signal.SIGINT)

    assert (code, err) == (7, "")


def test_a_signal_that_the_caller_ignores_stays_ignored(start):
    process = start(
        f"""
        {READY}
        time.sleep(0.5)
        return 0
        """,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )

    assert end(process, signal.SIGINT)[0] == 0


def test_the_first_of_postponed_signals_is_noted_and_the_second_acts(start):
    process = start(
        f"""
        from digitcli.interrupt import postponed
        with postponed() as request:
            {READY}
            while request.signal_number is None:
                time.sleep(0.01)
            time.sleep(2.5)  # longer than any other work is given
            {READY}
            time.sleep(60)
        """
    )
    process.send_signal(signal.SIGTERM)
    assert process.stderr.readline() == "ready\n"

    code, seconds, err = end(process, signal.SIGINT)

    assert (code, err) == (130, "interrupted\n")
    assert seconds < LIMIT_SECONDS


def test_handlers_are_as_they_were_after_a_postponing_block():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    with postponed() as request:
        signal.raise_signal(signal.SIGTERM)

    assert request.signal_number == signal.SIGTERM
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


@pytest.mark.parametrize("number", SIGNALS)
def test_a_call_that_keeps_python_from_running_is_ended_under_default_signals(start, number):
    process = start(
        f"""
        import ctypes
        from digitcli.interrupt import default_signals
        with default_signals():
            {READY}
            ctypes.PyDLL(None).sleep(60)  # PyDLL does not let other threads run
        """
    )

    code, seconds, _ = end(process, number)

    assert code == -number
    assert seconds < LIMIT_SECONDS


def test_handlers_are_as_they_were_after_default_signals():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    with default_signals():
        inside = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    assert inside == (signal.SIG_DFL, signal.SIG_DFL)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_an_ignored_signal_stays_ignored_under_default_signals():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with default_signals():
            assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
