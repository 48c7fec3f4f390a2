"""What the table of whole numbers says can be relied on."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from real import combs, peer, whole
from real.grid import outside
from real.peer import Peer
from real.sets import Labelled

PAGE = "123456789\n" * 8 + "123456789"


def digit(value: int, x: float, y: float):
    return SimpleNamespace(digit=value, box=(x, y, 10, 10), is_digit=True)


def page(*more):
    """A grid of 9 x 9 digits, 50 pixels apart from (100, 200) on, and others in their place."""
    rows = [digit(1 + c, 100 + 50 * c, 200 + 50 * r) for r in range(9) for c in range(9)]
    return SimpleNamespace(digits=[*more[:1], *rows, *more[1:]])


@pytest.mark.parametrize(
    ("more", "count"),
    [
        ([], 0),
        ([digit(7, 300, 100)], 1),
        ([digit(7, 105, 195), digit(7, 480, 610)], 0),
        ([digit(7, 20, 200), digit(7, 540, 600)], 2),
    ],
)
def test_digits_further_than_half_a_cell_from_the_grid_are_outside(more, count):
    assert outside(PAGE, page(*more)) == count


def test_without_a_digit_of_the_grid_all_are_outside():
    assert outside("1", SimpleNamespace(digits=[digit(7, 0, 0)])) == 1
    assert outside("1", SimpleNamespace(digits=[])) == 0


class Script:
    """Stands in for RapidOCR's process: reads the first number of names, then stops if told."""

    def __init__(self, monkeypatch, tmp_path) -> None:
        self.asked: list[str] = []
        self.script = tmp_path / "rapid.py"
        self.log = tmp_path / "log"
        monkeypatch.setattr(peer, "RAPID", self.script)
        monkeypatch.setattr(Peer, "version", "1")
        self.write(10)

    def write(self, most: int) -> None:
        self.script.write_text(
            "import json, sys, pathlib\n"
            f"log = open({str(self.log)!r}, 'a')\n"
            "for n, name in enumerate(open(sys.argv[1]).read().split()):\n"
            f"    if n == {most}: sys.exit(3)\n"
            "    log.write('x')\n"
            "    print(json.dumps(pathlib.Path(name).read_text()), flush=True)\n"
        )


def test_a_peer_reads_each_picture_once_and_goes_on_after_a_stop(monkeypatch, tmp_path):
    script = Script(monkeypatch, tmp_path)
    sources = [tmp_path / f"{n}.png" for n in range(3)]
    for n, source in enumerate(sources):
        source.write_text(str(n))
    reads = Peer(tmp_path / "kept")

    script.write(2)
    with pytest.raises(SystemExit, match="rapidocr: exit code 3"):
        reads.read(sources, "detect")
    script.write(10)
    (kept,) = (tmp_path / "kept").iterdir()
    with kept.open("a") as file:
        file.write('["cut off')

    assert reads.read([*sources, sources[0], b"7"], "detect") == ["0", "1", "2", "0", "7"]
    assert reads.read(sources, "detect") == ["0", "1", "2"]
    assert len(script.log.read_text()) == 4


def test_a_line_of_the_table_says_which_goal_is_missed(monkeypatch):
    readings = [
        SimpleNamespace(text=text, written=text, confidence=0.9, error=None)
        for text in ("12", "345")
    ]
    monkeypatch.setattr(whole, "read", lambda reader, pictures: (readings, 1.5))
    pictures = [Labelled(b"a", "12"), Labelled(b"b", "34")]
    other = SimpleNamespace(
        modes={"number": ["bad", "good"]},
        read=lambda sources, mode: ["12", "34"] if mode == "good" else ["1", ""],
    )

    found = whole.measure("cheques", pictures, SimpleNamespace(least=0.5), other)

    assert found.mode == "good"
    assert found.missed() == ["exact", "digits"]
    line = whole.line_of(found)
    assert line.split()[:9] == [
        "cheques",
        "2",
        "50.00%",
        "86",
        "75.00%",
        "96",
        "100.00%",
        "50.00%",
        "1.5",
    ]
    assert line.endswith("100.00% 100.00%  good  exact MISSED  digits MISSED")
    assert json.loads(json.dumps(found.to_json()))["rapidocr"]["mode"] == "good"


def test_a_peer_may_leave_out_all_lines_but_the_first_of_a_number(monkeypatch):
    readings = [SimpleNamespace(text="", written="", confidence=None, error=None)]
    monkeypatch.setattr(whole, "read", lambda reader, pictures: (readings, 1.0))
    other = SimpleNamespace(
        modes={"number": ["recognise", "detect"]},
        read=lambda sources, mode: ["12\n99" if mode == "detect" else "129"],
    )

    found = whole.measure("marks", [Labelled(b"a", "12")], SimpleNamespace(least=0.5), other)

    assert (found.mode, found.theirs.exact.count) == ("detect, first line", 1)


def test_a_slow_peer_reads_a_part_of_a_large_set_and_the_line_says_so(monkeypatch):
    monkeypatch.setattr(whole, "PEER_MOST", 2)
    readings = [SimpleNamespace(text="7", written="7", confidence=0.9, error=None)] * 5
    monkeypatch.setattr(whole, "read", lambda reader, pictures: (readings, 1.0))
    pictures = [Labelled(bytes([n]), "7") for n in range(5)]
    other = SimpleNamespace(
        modes={"digit": ["recognise"]}, read=lambda sources, mode: ["7"] * len(sources)
    )

    found = whole.measure("usps", pictures, SimpleNamespace(least=0.5), other)

    assert (found.ours.n, found.theirs.n) == (5, 2)
    assert whole.line_of(found).endswith("recognise of 2")


def test_combs_are_the_same_each_time_and_say_digits_alone(mnist_dir):
    first, second = combs.combs(5), combs.combs(5)

    assert [one.source for one in first] == [one.source for one in second]
    assert all(one.text.isdigit() for one in first)
    assert len({one.source for one in first}) == 5
    assert all(np.frombuffer(one.source, np.uint8)[20:].std() > 2 for one in first)
