"""Decoding, against the enumeration of every path of short lines."""

from __future__ import annotations

import subprocess
import sys
from array import array
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitcli import _core
from digitcli.signs import SIGNS
from digitcli.vision.columns.decode import LineText, decode, search
from digitcli.vision.columns.table import FREE
from tests.twin.ctc import BLANK, Line, buffer_of, digits_of, line_of, spelled

FEW = [SIGNS.index(sign) for sign in "127.-"] + [BLANK]
WIDE = 4096  # keeps every prefix of a short line
MATCHES = {"rel": 1e-9, "abs": 1e-15}


@st.composite
def columns(draw: st.DrawFn, most: int = 5) -> memoryview:
    """A few columns in which few signs are possible, so that they repeat; some are impossible."""
    rows = []
    for _ in range(draw(st.integers(1, most))):
        weights = draw(st.lists(st.integers(0, 9), min_size=6, max_size=6).filter(any))
        row = [0.0] * (BLANK + 1)
        for sign, weight in zip(FEW, weights, strict=True):
            row[sign] = weight
        rows.append(row)
    return buffer_of(rows)


def row(**shares: float) -> list[float]:
    """One column: digits are called d0 to d9, the comma `comma`; the rest is blank."""
    made = [0.0] * (BLANK + 1)
    for name, share in shares.items():
        made[SIGNS.index("," if name == "comma" else name[1])] = share
    made[BLANK] = 1 - sum(made)
    return made


def path_of(found: LineText, count: int) -> list[int]:
    path = [BLANK] * count
    for sign in found.signs:
        path[sign.first : sign.last + 1] = [SIGNS.index(sign.sign)] * (sign.last + 1 - sign.first)
    return path


@settings(max_examples=60, deadline=None)
@given(columns())
def test_the_text_is_the_most_probable_one_wherever_separators_stand(columns):
    line = line_of(columns)

    found = decode(columns)

    assert found.text == digits_of(found.written)
    assert found.probability == pytest.approx(line.texts[found.text], **MATCHES)
    assert found.probability == pytest.approx(max(line.texts.values()), **MATCHES)


@settings(max_examples=40, deadline=None)
@given(columns())
def test_the_exact_search_finds_what_a_beam_of_one_prefix_loses(columns):
    found = search(columns, FREE, 1, 20_000, 1.0)

    assert found[2] == pytest.approx(max(line_of(columns).texts.values()), **MATCHES)


@settings(max_examples=60, deadline=None)
@given(columns())
def test_it_is_written_in_the_most_probable_way(columns):
    line = line_of(columns)

    found = decode(columns, beam=WIDE)

    ways = [mass for written, mass in line.written.items() if digits_of(written) == found.text]
    assert line.written[found.written] == pytest.approx(max(ways), **MATCHES)


@settings(max_examples=60, deadline=None)
@given(columns())
def test_signs_stand_in_the_columns_of_the_best_path(columns):
    line = line_of(columns)

    found = decode(columns)

    path = path_of(found, len(line.rows))
    assert spelled(path) == found.written
    assert line.of(path) == pytest.approx(line.best_path(found.written), **MATCHES)


@settings(max_examples=60, deadline=None)
@given(columns())
def test_shares_are_those_of_the_text_with_one_digit_exchanged(columns):
    line = line_of(columns)

    found = decode(columns)

    digits = [sign for sign in found.signs if sign.is_digit]
    for place, sign in enumerate(digits):
        texts = [found.text[:place] + str(d) + found.text[place + 1 :] for d in range(10)]
        masses = [line.texts.get(text, 0.0) for text in texts]
        expected = [mass / sum(masses) for mass in masses]
        assert sign.shares == pytest.approx(expected, **MATCHES)


@settings(max_examples=60, deadline=None)
@given(columns())
def test_a_signs_probability_is_that_of_it_alone_between_its_neighbours(columns):
    line = line_of(columns)

    found = decode(columns)

    for sign in found.signs:
        beside = [other for other in found.signs if other.is_digit or not sign.is_digit]
        place = beside.index(sign)
        left, right = ("", -1), ("", len(line.rows))
        if place > 0:
            left = beside[place - 1].sign, beside[place - 1].last
        if place + 1 < len(beside):
            right = beside[place + 1].sign, beside[place + 1].first
        expected = line.alone(sign.sign, left, right, digits=sign.is_digit)
        assert sign.probability == pytest.approx(expected, **MATCHES)


def test_separators_are_written_and_are_not_part_of_the_text():
    found = decode(buffer_of([row(d2=0.9), row(), row(d0=0.9), row(comma=0.8), row(d5=0.9)]))

    assert (found.written, found.text) == ("20,5", "205")
    assert found.probability == pytest.approx(0.9**3)
    comma = found.signs[2]
    assert (comma.first, comma.last, comma.shares) == (3, 3, ())
    assert comma.probability == pytest.approx(0.8)


def test_a_doubtful_separator_makes_no_digit_doubtful():
    found = decode(buffer_of([row(d2=1), row(comma=0.5), row(d2=1)]))

    assert found.probability == 1
    assert [sign.probability for sign in found.signs if sign.is_digit] == [1, 1]


def test_one_digit_twice_needs_something_between():
    apart = decode(buffer_of([row(d7=1), row(), row(d7=1)]))
    together = decode(buffer_of([row(d7=1)] * 3))

    assert (apart.text, together.text) == ("77", "7")
    assert [(sign.first, sign.last) for sign in together.signs] == [(0, 2)]


@pytest.mark.parametrize("count", [1, 60])
def test_a_line_of_blanks_has_no_text_and_says_how_surely(count):
    found = decode(buffer_of([row(d1=0.01)] * count))

    assert (found.written, found.signs) == ("", ())
    assert found.probability == pytest.approx(0.99**count)


def test_one_column_is_one_digit():
    found = decode(buffer_of([row(d3=0.75, d8=0.25)]))

    assert (found.text, found.probability) == ("3", pytest.approx(0.75))
    assert found.signs[0].shares == pytest.approx([0, 0, 0, 0.75, 0, 0, 0, 0, 0.25, 0])


def test_shares_are_numbers_where_a_digit_was_impossibly_far_behind_another():
    """2^-1500 beside a digit that the last column then rules out."""
    row = [0.0] * (BLANK + 1)
    row[5], row[7] = 1.2e-38, 1.0
    last = [float(sign == 5) for sign in range(BLANK + 1)]
    steps, accepts = array("i", [-1] * 20), bytes([0, 1])
    steps[5] = 1  # the text 5 alone

    found = _core.decode_columns(buffer_of([*[row] * 12, last]), steps, accepts, 8, 1000)

    assert found is not None
    assert found[0][0][4] == pytest.approx([float(digit == 5) for digit in range(10)])


def test_bytes_and_rows_give_the_same():
    columns = buffer_of([row(d3=0.7, d8=0.2), row(d1=0.6)])

    assert decode(columns) == decode(bytes(columns)) == decode(bytearray(columns))


def test_every_run_and_every_thread_gives_the_same():
    columns = buffer_of([row(d3=0.3, d8=0.3), row(d1=0.4, comma=0.3), row(d3=0.3)] * 8)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(decode, [columns] * 20))

    assert all(other == found[0] for other in found)


@settings(max_examples=25, deadline=None)
@given(columns(), st.sampled_from([0.5, 1.5, 3.0]))
def test_a_temperature_is_a_power_of_each_column(columns, temperature):
    powers = [[p ** (1 / temperature) for p in shares] for shares in columns.tolist()]
    line = Line(tuple(tuple(p / sum(shares) for p in shares) for shares in powers))

    found = decode(columns, temperature=temperature)

    assert found.probability == pytest.approx(max(line.texts.values()), **MATCHES)


def test_a_high_temperature_makes_a_sure_digit_doubtful():
    columns = buffer_of([row(d3=0.99)])

    assert decode(columns, temperature=1e9).probability == pytest.approx(0.5)  # or a blank
    assert decode(columns, temperature=1e-3).probability == 1


LONG = """
import resource
from array import array
from digitcli.vision.columns.decode import decode

def column(sign, share):
    return [share if i == sign else (1 - share) / 15 for i in range(16)]

values = array("f")
for place in range(600):
    separator = 11 if place % 50 == 0 else 15
    for column_of in [(place % 10, 0.999), *[(15, 0.999)] * 7, (separator, 0.99)]:
        values.extend(column(*column_of))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = decode(values.tobytes())
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(found.text == "0123456789" * 60, found.written.count(","), len(values) // 16, grown // 1024)
"""


def output_of(code: str, folder: Path) -> str:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=folder
    ).stdout.strip()


def test_a_line_of_600_digits_needs_little_memory(tmp_path):
    right, commas, count, megabytes = output_of(LONG, tmp_path).split()

    assert (right, commas, count) == ("True", "12", "5400")
    assert int(megabytes) < 60


def test_decoding_loads_no_numpy(tmp_path):
    code = "import sys, digitcli.vision.columns.ruled; print('numpy' in sys.modules)"

    assert output_of(code, tmp_path) == "False"


def test_the_twin_counts_every_path():
    line = line_of(buffer_of([row(d1=0.5, comma=0.25)] * 2))

    assert line.written == pytest.approx(
        {"1": 0.5**2 + 2 * 0.5 * 0.25, "1,": 0.125, ",1": 0.125, ",": 3 * 0.0625, "": 0.0625}
    )
    assert sum(line.texts.values()) == pytest.approx(1)
    assert len(list(product(range(3), repeat=2))) == len(list(line.paths()))
