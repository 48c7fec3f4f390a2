from __future__ import annotations

import io
import subprocess
import sys

import pytest
from bench.documents import MACHINE, document, row
from rich.console import Console

from digitcli.bench.compare import compare
from digitcli.errors import MachineError
from digitcli.report.bench import document as bench
from digitcli.report.bench import plot as bench_plot
from digitcli.report.kit.format import latency
from digitcli.report.kit.grid import Cell, Grid

INT8 = {"precision": "int8"}


def shown(made: dict, width: int = 80) -> str:
    """What a terminal shows of a document."""
    console = Console(width=width, file=io.StringIO())
    with console.capture() as capture:
        for grid in bench.grids(made):
            console.print(grid.table())
    return capture.get()


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0.5, "0.50 us"),
        (87.14, "87.1 us"),
        (999.6, "1.00 ms"),
        (4.2e3, "4.20 ms"),
        (1.3e6, "1.30 s"),
    ],
)
def test_durations_have_three_digits_and_a_unit(microseconds, text):
    assert latency(microseconds) == text


def test_rows_are_compared_with_the_best_peer_of_their_own_precision():
    rows = [row(100.0), row(20.0, **INT8), row(300.0, engine="a", variant="x")]
    rows += [row(250.0, engine="b", variant="y"), row(60.0, engine="b", variant="y", **INT8)]

    (grid,) = bench.grids(document(*rows))

    assert grid.headings[-1] == "x best"
    names = [line[0].text for line in grid.rows if not isinstance(line, str)]
    ratios = [line[-1].text for line in grid.rows if not isinstance(line, str)]
    assert names == ["digitcli avx2", "digitcli avx2 int8", "a x", "b y", "b y int8"]
    assert ratios == ["2.50", "3.00", "0.83", "1.00", "1.00"]


def test_a_precision_that_no_peer_has_is_not_compared():
    (grid,) = bench.grids(document(row(20.0, **INT8), row(300.0, engine="a")))

    assert grid.rows[1][-1].text == ""


def test_markdown_has_every_statistic_and_a_column_for_each_peer():
    text = bench.markdown(document(row(), row(300.0, engine="a"), row(200.0, engine="b")))

    heading = text.splitlines()[2]
    for name in ("min", "mean", "median", "p90", "p99", "p99.9", "right", "spread", "x a", "x b"):
        assert f" {name} |" in heading
    assert "| 1 | 1 | digitcli avx2 | 90.0 us | 100 us | 100 us |" in text
    assert text.splitlines()[4].endswith("| 99.62 % | 0.02 | 3.00 | 2.00 |".replace(" %", ""))


def test_a_bar_in_a_name_does_not_end_its_column():
    grid = Grid("t", ["a"], rows=[[Cell("x|y")], [Cell("z", bad=True, mark="WRONG")]])

    assert grid.markdown().splitlines()[-2:] == ["| x\\|y |", "| z **WRONG** |"]


def test_csv_without_rows_is_empty_but_for_a_line_end():
    assert bench.csv(document()) == "\n"


def test_a_comparison_stands_below_the_table():
    made = document(row(130.0))
    made["comparison"] = compare(document(row(100.0)), made, threshold=1.05, name="old.json")

    text = shown(made, width=120)

    assert "against old.json of 2026-11-22T10:00:00+00:00" in text
    assert text.splitlines()[-1].split()[-1] == "slower"


def test_layers_and_peaks_are_two_tables():
    layer = {"batch": 8, "layer": "conv1", "algorithm": "direct", "us": 12.5, "share": 0.75}
    layer |= {"mflop_done": 1.0, "mflop_direct": 4.0, "saved": 0.75, "gflops": 80.0}
    pool = {**layer, "layer": "pool1", "gflops": None, "share_of_peak": None, "saved": None}
    peaks = {"threads": 1, "fma_gflops": 100.0, "int8_gops": 400.0, "l2_gb_per_s": 90.0}
    made = {
        **{"schema": "digitcli.bench-layers/1", "machine": MACHINE, "network": "tiny"},
        **{
            "data": "mnist",
            "repeats": 9,
            "notes": [],
            "rows": [layer | {"share_of_peak": 0.8}, pool],
        },
        **{"peaks": [peaks | {"l3_gb_per_s": 0.0, "dram_gb_per_s": 20.0}]},
    }

    text = shown(made)

    assert [part in text for part in ("batch 8", "12.5 us", "80 %", "75 %")] == [True] * 4
    assert "the most that Chip 9 can do" in text
    assert "| 8 | pool1 | direct | 12.5 us | 75 % |  |  |  |" in bench.markdown(made)


def test_a_process_without_a_known_peak_has_an_empty_cell():
    process = {"engine": "digitcli", "version": None, "median_ms": 90.0, "min_ms": 80.0}
    process |= {"p90_ms": 99.0, "spread": 0.2, "repeats": 5, "warnings": [], "peak_mib": None}
    made = {
        **{"schema": "digitcli.bench-cold/1", "machine": MACHINE, "network": "tiny", "notes": []},
        "rows": [process | {"times_ours": 1.0, "digit": 7, "agrees": True}],
    }

    assert "| digitcli | 90 ms | 80 ms | 99 ms | 0.20 |  | 1.00 |" in bench.markdown(made)


def test_a_line_is_a_runtime_and_precision_in_its_fastest_way():
    rows = [
        row(10.0, engine="a", variant="slow"),
        row(5.0, engine="a", variant="fast"),
        row(80.0, engine="a", variant="slow", batch=8),
        row(1.0, engine="a", variant="fast", **INT8),
    ]

    assert bench_plot.lines(rows) == {
        ("a", ""): [(1, 200_000.0), (8, 100_000.0)],
        ("a", "int8"): [(1, 1_000_000.0)],
    }


@pytest.fixture
def matplotlib():
    return pytest.importorskip("matplotlib", reason="needs the plot extra")


@pytest.mark.parametrize(("name", "start"), [("a.png", b"\x89PNG"), ("b.SVG", b"<?xml")])
def test_both_formats_are_written(matplotlib, tmp_path, name, start):
    made = document(row(), row(batch=8), row(threads=2), network="deck $x_1$ [red]")

    bench_plot.draw(made, tmp_path / name)

    assert (tmp_path / name).read_bytes().startswith(start)


def test_a_drawing_has_all_lines_in_its_legend(matplotlib, tmp_path):
    only_two_threads = row(threads=2, engine="litert")

    bench_plot.draw(document(row(), row(threads=2), only_two_threads), tmp_path / "a.svg")

    text = (tmp_path / "a.svg").read_text()
    assert text.count(">litert</text>") == 1
    assert text.count(">digitcli</text>") == 1


def test_the_same_numbers_make_the_same_file(matplotlib, tmp_path):
    for name in ("a.svg", "b.svg"):
        bench_plot.draw(document(row(), row(batch=8)), tmp_path / name)

    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_colours_and_shapes_are_different_for_every_runtime():
    styles = [*bench_plot._STYLES.values(), bench_plot._OTHER]

    assert len({colour for colour, _ in styles}) == len({shape for _, shape in styles})
    assert len({colour for colour, _ in styles}) == len(styles)


def test_a_plot_without_matplotlib_is_refused_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    with pytest.raises(MachineError, match="needs Matplotlib") as caught:
        bench_plot.check(tmp_path / "a.png")

    assert "digitcli[plot]" in caught.value.hint


def test_a_table_needs_no_matplotlib():
    code = "import sys, digitcli.report.bench.document, digitcli.report.bench.plot as p"
    code += "; print('matplotlib' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def test_a_grid_without_rows_has_a_table():
    assert Grid("t", ["a"]).table().row_count == 0
