"""Short runs on drawn digits."""

from __future__ import annotations

import signal

import pytest

from digitcli.data.store import Split


@pytest.fixture(scope="session")
def splits(tmp_path_factory):
    """600 drawn digits to learn from and 200 to test on."""
    pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
    from digitcli.data.drawn.synthetic import draw

    (train, train_labels), (test, test_labels) = draw(600, seed=1), draw(200, seed=2)
    return (
        Split("drawn", "train", train, train_labels, "0" * 64),
        Split("drawn", "test", test, test_labels, "1" * 64),
    )


class Watcher:
    """An observer that remembers, and stops the run with a signal when told to."""

    def __init__(self, interrupt_at=None, number=signal.SIGINT):
        self.lines, self.rows = [], []
        self.interrupt_at, self.number = interrupt_at, number

    def on_start(self, what, device, total_steps, first_step):
        self.lines += [what, device]
        self.first_step = first_step

    def on_note(self, text):
        self.lines.append(text)

    def on_progress(self, progress):
        if self.interrupt_at is not None and progress.step >= self.interrupt_at:
            self.interrupt_at = None
            signal.raise_signal(self.number)

    def on_epoch(self, row, history):
        self.rows.append(row)


@pytest.fixture(scope="session")
def watch():
    return Watcher
