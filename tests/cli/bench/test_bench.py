from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest
from bench.fakes import FakeWorker, answers, workers_from

from digitcli.bench import pictures, runtimes
from digitcli.bench.race import process
from digitcli.cli import app
from digitcli.machine.cores import usable_cores
from digitcli.model.layers import Conv, Dense, GlobalAveragePool
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights, save_weights

ROW_KEYS = {
    *("engine", "variant", "precision", "threads", "batch", "median_us", "p90_us", "p99_us"),
    *("images_per_s", "agrees", "gflops", "spread", "repeats", "speedup"),
    *("min_us", "mean_us", "p999_us", "median_interval_us", "scope", "accuracy", "equal_labels"),
    *("outliers", "drift", "steady", "warnings", "version", "largest_difference"),
}


@pytest.fixture
def weights(tmp_path):
    """A weight file of a network that takes microseconds."""
    spec = NetworkSpec("tiny", (Conv(4, stride=4), GlobalAveragePool(), Dense(10)))
    rng = np.random.default_rng(7)
    tensors = {
        name: rng.standard_normal(shape, dtype=np.float32) for name, shape in spec.tensors.items()
    }
    path = tmp_path / "tiny.npz"
    save_weights(path, Weights(spec, tensors))
    return path


@pytest.fixture
def bench(monkeypatch, capsys, weights):
    """Run `digitcli bench` in this process, with fakes for workers; give code, stdout, stderr."""
    labels = (np.arange(1000) % 10).astype(np.uint8)

    def load_pictures(name: str, count: int) -> pictures.Pictures:
        shown = np.resize(labels, count)
        return pictures.Pictures(np.zeros((count, 28, 28), np.uint8), shown, name, min(count, 1000))

    monkeypatch.setattr(pictures, "load_pictures", load_pictures)
    monkeypatch.setattr(runtimes, "is_installed", lambda name: name not in ("openvino", "litert"))

    def run(*arguments: object, **peer):
        ours = FakeWorker("avx2", scopes=("kernel", "model", "end-to-end"))
        fakes = {"digitcli": ours, "tensorflow": FakeWorker("tf", **peer)}
        fakes |= {name: FakeWorker(name) for name in ("onnxruntime", "pytorch")}
        monkeypatch.setattr(
            process, "workers", lambda *_, **__: contextlib.nullcontext(workers_from(fakes))
        )
        command = ["bench", "--weights", weights, "--seconds", 0, "--rounds", 1, *arguments]
        code = app.main([str(part) for part in command])
        return (code, *capsys.readouterr())

    return run


def test_one_document_with_machine_and_rows(bench):
    code, out, _ = bench("--batch", "1,64", "--threads", "1,2", "--json")

    document = json.loads(out)
    assert code == 0
    assert document["schema"] == "digitcli.bench/1"
    assert document["machine"]["isa"] == "avx2-way"
    assert document["network"] == "tiny"
    assert all(row.keys() >= ROW_KEYS for row in document["rows"])
    places = [(row["threads"], row["batch"], row["engine"]) for row in document["rows"]]
    engines = ("digitcli", *["tensorflow"] * 4)  # in four ways
    assert places == [(t, b, e) for t in (1, 2) for b in (1, 64) for e in engines]


def test_different_answers_are_printed_and_end_with_exit_8(bench):
    def wrong(count: int) -> np.ndarray:
        return answers(count)[:, ::-1]

    code, out, err = bench("--batch", "1", "--threads", "1", "--json", answer=wrong)

    document = json.loads(out)  # one document, though the command failed
    assert code == 8
    assert document["agrees"] is False
    assert [row["agrees"] for row in document["rows"]] == [False] * 5
    assert "tensorflow tf-way: answers differ" in err


def test_a_peer_that_cannot_start_is_a_note_and_exit_7(bench):
    code, out, err = bench("--batch", "1", "--threads", "1", "--json", broken="start")

    document = json.loads(out)
    assert code == 7
    assert [row["engine"] for row in document["rows"]] == ["digitcli"]
    assert {failure["engine"] for failure in document["failures"]} == {"tensorflow"}
    assert any("tf is not installed" in note for note in document["notes"])
    assert "hint:  pip install it" in err


def test_no_peer_is_asked_for_with_none(bench):
    code, out, _ = bench("--against", "none", "--batch", "1", "--threads", "1", "--json")

    assert code == 0
    assert [row["engine"] for row in json.loads(out)["rows"]] == ["digitcli"]


def test_all_takes_what_is_installed_and_names_what_is_missing(bench):
    code, out, _ = bench("--against", "all", "--batch", "1", "--threads", "1", "--json")

    document = json.loads(out)
    assert code == 0
    engines = {row["engine"] for row in document["rows"]}
    assert engines == {"digitcli", "tensorflow", "onnxruntime", "pytorch"}
    note = 'not installed, so left out: openvino, litert; pip install "digitcli[bench]"'
    assert note in document["notes"]


def test_precisions_are_classes_of_their_own(bench):
    code, out, _ = bench(
        *("--against", "tensorflow,onnxruntime", "--precision", "bf16,int8"),
        *("--batch", "1", "--threads", "1", "--json"),
    )

    document = json.loads(out)
    assert code == 0
    rows = [(row["engine"], row["precision"]) for row in document["rows"]]
    assert rows[:1] == [("digitcli", "fp32")]  # the reference, whatever is asked for
    assert ("tensorflow", "bf16") in rows
    assert ("onnxruntime", "int8") in rows
    assert document["rows"][-1]["speedup"].keys() <= {"digitcli avx2-way"}
    assert document["rows"][-1]["accuracy"] == 1.0
    assert {"no bf16 in onnxruntime", "no int8 in tensorflow"} <= set(document["notes"])


def test_an_int8_peer_may_round_but_not_guess(bench):
    def guess(wrong: int):
        def answer(count: int) -> np.ndarray:
            found = answers(count)
            found[:wrong] = found[:wrong, ::-1]
            return found

        return answer

    options = ("--precision", "bf16", "--batch", "1", "--threads", "1", "--json")
    rounded, _, _ = bench(*options, answer=guess(10))
    guessed, out, err = bench(*options, answer=guess(11))

    assert (rounded, guessed) == (0, 8)
    assert "tensorflow tf-way, bf16: 98.90% of the digits are ours, 99% expected" in err
    assert json.loads(out)["rows"][-1]["equal_labels"] == 0.989


def test_zero_threads_are_all_usable_cores(bench):
    _, out, _ = bench("--threads", "0", "--batch", "1", "--json")

    assert {row["threads"] for row in json.loads(out)["rows"]} == {usable_cores()}


def test_the_table_fits_80_columns_and_compares_with_tensorflow(bench, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")

    code, out, err = bench("--batch", "1,1024", "--threads", "1", microseconds=30)

    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert "1 thread, batch 1,024" in out
    ours = next(line for line in out.splitlines() if line.startswith("digitcli avx2-way"))
    assert ours.split()[-1] == "3.00"
    assert "answers agree on 1,000 pictures" in err


def test_a_wrong_engine_is_marked_in_the_table(bench):
    code, out, err = bench("--batch", "1", "--threads", "1", answer=lambda n: answers(n)[:, ::-1])

    assert code == 8
    assert "tensorflow tf-way WRONG" in out
    assert "do NOT agree" in err


def test_markdown_is_a_table_with_its_conditions(bench):
    code, out, _ = bench("--batch", "64", "--threads", "2", "--markdown", microseconds=20)

    lines = out.splitlines()
    assert code == 0
    assert lines[0].startswith("**tiny on ")
    heading, ruler, ours = lines[2:5]
    assert heading.endswith("| x tensorflow |")
    assert heading.count("|") == ruler.count("|") == ours.count("|")
    assert ours.startswith("| 2 | 64 | digitcli avx2-way | 640 us |")
    assert ours.endswith("| 2.00 |")
    assert any(line.startswith("- ") and "instruction set avx2-way" in line for line in lines)


def test_output_goes_to_the_file_instead(bench, tmp_path):
    target = tmp_path / "new" / "bench.json"

    code, out, _ = bench("--batch", "1", "--threads", "1", "--json", "--output", target)

    assert (code, out) == (0, "")
    assert json.loads(target.read_text())["schema"] == "digitcli.bench/1"


def test_a_file_that_cannot_be_written_is_refused_before_the_first_measurement(bench, tmp_path):
    (tmp_path / "file").write_text("")

    code, _, err = bench("--output", tmp_path / "file" / "bench.json")

    assert code == 6
    assert "threads" not in err


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--batch", "0", "--batch: expected 1 to 65,536, got 0"),
        ("--batch", "", "--batch: expected whole numbers separated by commas, got ''"),
        ("--batch", "1,,2", "got ''"),
        ("--batch", "1;2", "got '1;2'"),
        ("--batch", "1.5", "got '1.5'"),
        ("--batch", "٣", "got '٣'"),
        ("--batch", "1000000", "got 1000000"),
        ("--batch", "9" * 5000, "--batch: expected whole numbers"),
        ("--batch", ",".join("1" * 40), "--batch: 40 values, at most 32 expected"),
        ("--threads", "-1", "--threads: expected 0 to 1,024, got -1"),
        ("--threads", "--1", "got '--1'"),
        ("--threads", "1000000000", "got 1000000000"),
        ("--against", "torch", "unknown name 'torch' (choose from: tensorflow, onnxruntime, "),
        ("--against", "none,all", "unknown name 'none'"),
        ("--precision", "none", "unknown name 'none' (choose from: fp32, bf16, int8)"),
        ("--precision", "fp16", "unknown name 'fp16'"),
        ("--against", "", "unknown name ''"),
        ("--seconds", "nan", "--seconds: expected 0 to 3,600, got nan"),
        ("--seconds", "-1", "--seconds: expected 0 to 3,600, got -1"),
        ("--rounds", "0", "--rounds"),
    ],
)
def test_impossible_options_are_usage_errors(bench, option, value, complaint):
    code, out, err = bench(option, value)

    assert (code, out) == (2, "")
    assert complaint in err


def test_repeated_values_are_measured_once(bench):
    _, out, _ = bench("--batch", "8, 8,1", "--threads", "1,1", "--against", "none", "--json")

    assert [row["batch"] for row in json.loads(out)["rows"]] == [8, 1]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--json --markdown", "--json and --markdown exclude each other"),
        ("--csv --json --markdown", "--json and --csv and --markdown exclude each other"),
        ("--layers --cold", "--layers and --cold exclude each other"),
        ("--layers --scope kernel", "--scope does not go with --layers"),
        ("--cold --scope end-to-end", "--scope does not go with --cold"),
        ("--cold --plot a.png", "--plot does not go with --cold"),
        ("--layers --compare a.json", "--compare does not go with --layers"),
        ("--cold --pin", "--pin does not go with --cold"),
        ("--layers --threads 2", "layers are timed on one thread"),
        ("--cold --threads 0", "--threads does not go with --cold"),
        ("--fail-if 5%", "--fail-if needs something to compare with"),
        ("--compare a.json --fail-if 5", "--fail-if: expected a percentage such as 5%, got '5'"),
        ("--compare a.json --fail-if -5%", "expected a percentage"),
        ("--compare a.json --fail-if \u0665%", "expected a percentage"),
        ("--compare a.json --fail-if nan%", "expected a percentage"),
        ("--plot a.jpg", "--plot: expected a name that ends in .png or .svg, got 'a.jpg'"),
        ("--plot png", "expected a name that ends in"),
        ("--scope whole", "'whole' is not one of"),
        ("--check 0", "--check"),
    ],
)
def test_options_that_make_no_sense_together_are_usage_errors(bench, options, complaint):
    code, _, err = bench(*options.split())

    assert code == 2
    assert complaint in " ".join(err.split())


def test_rows_as_csv(bench):
    code, out, _ = bench("--batch", "1,8", "--threads", "1", "--csv")

    lines = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [(line["engine"], line["batch"]) for line in lines][::5] == [
        ("digitcli", "1"),
        ("digitcli", "8"),
    ]
    assert float(lines[0]["median_us"]) == 10.0
    assert float(lines[0]["accuracy"]) == 1.0


def test_accuracy_stands_beside_every_speed(bench):
    _, out, _ = bench("--batch", "1", "--threads", "1")

    rows = [line for line in out.splitlines() if line.startswith(("digitcli", "tensorflow"))]
    assert len(rows) == 5
    assert all("100.00" in row for row in rows)


def test_a_batch_larger_than_the_data_is_said(bench):
    code, out, _ = bench("--batch", "1,5000", "--threads", "1", "--json")

    assert code == 0
    notes = json.loads(out)["notes"]
    assert "batch 5,000 is larger than the data (1,000 pictures of mnist): they repeat" in notes


def test_more_pictures_to_check_than_there_are_is_said(bench):
    _, out, _ = bench("--batch", "1", "--threads", "1", "--check", "3000", "--json")

    document = json.loads(out)
    assert document["compared_images"] == 1000
    assert "--check 3,000: mnist has 1,000 pictures" in document["notes"]


def test_a_peer_without_the_scope_is_named_as_left_out(bench):
    code, out, _ = bench("--scope", "end-to-end", "--batch", "1", "--threads", "1", "--json")

    document = json.loads(out)
    assert code == 0
    assert [row["engine"] for row in document["rows"]] == ["digitcli"]
    assert document["left_out"][0] == {
        **{"engine": "tensorflow", "variant": "tf.function", "precision": "fp32"}
    }
    (note,) = [note for note in document["notes"] if note.startswith("left out")]
    assert "no scope end-to-end: tensorflow (tf.function), tensorflow (xla)" in note


def test_the_kernel_scope_is_timed_on_one_thread_and_says_so(bench):
    _, out, _ = bench("--scope", "kernel", "--batch", "1", "--threads", "1,2", "--json")

    document = json.loads(out)
    assert {(row["threads"], row["scope"]) for row in document["rows"]} == {(1, "kernel")}
    assert "--scope kernel is timed on one thread, whatever --threads says" in document["notes"]


def test_pinning_where_the_system_has_no_such_thing_is_said(bench, monkeypatch):
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)

    _, out, _ = bench("--pin", "--batch", "1", "--threads", "1", "--json")

    document = json.loads(out)
    assert document["pinned"] is False
    assert any(note.startswith("--pin: this system does not") for note in document["notes"])


@pytest.fixture
def base(bench, tmp_path):
    """A file with the result of a run, with ours at 10 us and the peer at 10 us."""
    path = tmp_path / "base.json"
    assert bench("--batch", "1", "--threads", "1", "--json", "-o", path)[0] == 0
    return path


def test_the_same_speed_passes_the_gate(bench, base):
    options = ("--batch", "1", "--threads", "1", "--compare", base, "--fail-if", "5%")

    code, out, _ = bench(*options, "--json")

    comparison = json.loads(out)["comparison"]
    assert code == 0
    assert comparison["threshold"] == 1.05
    assert {row["change"] for row in comparison["rows"]} == {"within noise"}


def test_a_slowdown_ends_with_exit_8_after_the_table(bench, base):
    options = ("--batch", "1", "--threads", "1", "--compare", base, "--fail-if", "5%")

    code, out, err = bench(*options, microseconds=12)

    assert code == 8
    assert "1.200" in out
    assert "slower" in out
    assert "1 of 2 rows are slower than" in err  # all ways of calling the fake are one


def test_without_a_gate_a_slowdown_is_only_shown(bench, base):
    code, out, _ = bench(
        "--batch", "1", "--threads", "1", "--compare", base, "--markdown", microseconds=12
    )

    assert code == 0
    assert out.count("| slower") == 1


def test_a_base_from_another_machine_is_compared_aloud(bench, base):
    document = json.loads(base.read_text())
    document["machine"]["cpu"] = "Chip [red]1"
    base.write_text(json.dumps(document))

    code, out, err = bench("--batch", "1", "--threads", "1", "--compare", base)

    assert code == 0
    assert "UNDER OTHER CONDITIONS" in out
    assert "NOT THE SAME CONDITIONS as" in err
    assert "processor: Chip [red]1 in the base file" in err


def test_a_base_of_another_schema_ends_with_exit_3_before_any_measurement(bench, tmp_path):
    base = tmp_path / "base.json"
    base.write_text(json.dumps({"schema": "digitcli.bench/9"}))

    code, _, err = bench("--compare", base)

    assert code == 3
    assert "expected schema 'digitcli.bench/1', found 'digitcli.bench/9'" in err
    assert "threads" not in err


def test_a_plot_is_drawn(bench, tmp_path):
    pytest.importorskip("matplotlib", reason="needs the plot extra")
    target = tmp_path / "bench.svg"

    code, _, _ = bench("--batch", "1,8,64", "--threads", "1,2", "--plot", target)

    assert code == 0
    text = target.read_text()
    assert "pictures per second" in text
    assert "tensorflow" in text


@pytest.mark.train
def test_whole_processes_of_both_engines_agree(run_cli, weights):
    pytest.importorskip("tensorflow", reason="needs the train extra")

    done = run_cli("bench", "--weights", weights, "--cold", "--rounds", "1", "--json")

    document = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert document["schema"] == "digitcli.bench-cold/1"
    ours, peer = document["rows"]
    assert (ours["engine"], peer["engine"]) == ("digitcli", "tensorflow")
    assert peer["agrees"]
    assert peer["median_ms"] > ours["median_ms"]
    if hasattr(os, "wait4"):
        assert peer["peak_mib"] > ours["peak_mib"] > 10


def test_our_own_process_is_measured_alone(run_cli, weights):
    done = run_cli(
        *("bench", "--weights", weights, "--cold", "--rounds", "2", "--against", "none"),
        "--markdown",
    )

    assert done.returncode == 0, done.stderr
    assert re.search(r"\| digitcli \| [\d,]+ ms \|", done.stdout)


def test_end_to_end_runs_from_png_files_to_answers(run_cli, weights):
    done = run_cli(
        *("bench", "--weights", weights, "--scope", "end-to-end", "--against", "none", "--pin"),
        *("--batch", "1,3", "--threads", "1", "--seconds", "0", "--rounds", "2", "--json"),
    )

    document = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert [(row["scope"], row["batch"]) for row in document["rows"]] == [
        ("end-to-end", 1),
        ("end-to-end", 3),
    ]
    assert document["pinned"] is hasattr(os, "sched_setaffinity")


@pytest.fixture
def without_tensorflow(tmp_path):
    """Variables of an environment in which TensorFlow is not installed."""
    folder = tmp_path / "hidden" / "tensorflow"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'tensorflow'\", name='tensorflow')\n"
    )
    paths = [str(folder.parent), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def test_our_engine_runs_without_tensorflow_and_mnist(run_cli, weights, without_tensorflow):
    options = ("--weights", weights, "--batch", "1,3", "--threads", "1", "--seconds", "0.05")

    done = run_cli("bench", *options, "--json", env=without_tensorflow)

    document = json.loads(done.stdout)
    assert done.returncode == 7
    assert 'hint:  pip install "digitcli[bench]"' in done.stderr
    assert [(row["engine"], row["batch"]) for row in document["rows"]] == [
        ("digitcli", 1),
        ("digitcli", 3),
    ]
    assert all(row["median_us"] <= row["p90_us"] <= row["p99_us"] for row in document["rows"])
    assert document["data"] == "synthetic"
    assert "mnist is not here, so synthetic was used" in " ".join(document["notes"])
    assert "is not installed" in " ".join(document["notes"])


def test_an_instruction_set_that_is_not_there_ends_with_exit_6(run_cli, weights):
    done = run_cli(
        *("bench", "--weights", weights, "--against", "none", "--json"),
        env={"DIGITCLI_ISA": "sse9"},
    )

    assert done.returncode == 6
    assert "sse9" in json.loads(done.stdout)["error"]


@pytest.mark.train
def test_tensorflow_with_the_same_weights_agrees(run_cli, weights):
    pytest.importorskip("tensorflow", reason="needs the train extra")

    done = run_cli(
        *("bench", "--weights", weights, "--batch", "1,5", "--threads", "1"),
        *("--seconds", "0", "--rounds", "2", "--json"),
    )

    document = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    variants = [(row["engine"], row["variant"]) for row in document["rows"]]
    isa = document["machine"]["isa"]
    names = ("tf.function", "xla", "predict_on_batch", "predict")
    ways = [("tensorflow", way) for way in names]
    assert variants == [("digitcli", isa), *ways] * 2
    assert all(row["agrees"] for row in document["rows"])
    assert 0 < document["rows"][1]["largest_difference"] < document["tolerance"]


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT, which Windows lacks")
def test_ctrl_c_ends_with_130_without_a_traceback_or_a_file(weights, tmp_path):
    command = [sys.executable, "-m", "digitcli", "bench", "--weights", weights, "--against", "none"]
    folders = {"DIGITCLI_DATA": str(tmp_path / "data"), "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    with subprocess.Popen(
        [*map(str, command), "--seconds", "600", "--output", str(tmp_path / "out.txt")],
        cwd=tmp_path,
        env=os.environ | folders,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        lines = iter(process.stderr)
        assert any("batch 1" in line for line in lines), "it never began to measure"

        process.send_signal(signal.SIGINT)

        try:
            assert process.wait(timeout=10) == 130
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        assert list(lines) == ["interrupted\n"]
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not list(tmp_path.glob("*out.txt*"))
