"""The examples run, and do what their pages say."""

from __future__ import annotations

import asyncio
import csv
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from pictures import digit_picture, encoded
from PIL import Image

from digitcli.data.lines.hands import Glyphs
from digitcli.data.lines.line import lines

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_a_folder_of_two_thousand_pictures_is_read_by_several_processes(tmp_path):
    pictures = [encoded(digit_picture(digit, 40, 30)) for digit in range(10)]
    for number in range(2_000):
        (tmp_path / f"{number:04}.png").write_bytes(pictures[number % 10])
    (tmp_path / "9999.png").write_bytes(b"no picture")

    command = [sys.executable, str(EXAMPLES / "process_pool.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)

    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert len(rows) == 2_001
    assert [row["number"] for row in rows[:2_000]] == [str(n % 10) for n in range(2_000)]
    assert rows[-1]["answer"] == "error"


def test_a_web_service_answers_with_the_number():
    pytest.importorskip("fastapi", reason="needs FastAPI (the examples extra)")
    httpx = pytest.importorskip("httpx", reason="needs httpx (the examples extra)")

    spec = spec_from_file_location("fastapi_app", EXAMPLES / "fastapi_app.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)

    async def post(picture):
        transport = httpx.ASGITransport(module.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post("/number", files={"picture": picture})

    answer, refused = (
        asyncio.run(post(picture)) for picture in (encoded(digit_picture(7)), b"no picture")
    )

    assert (answer.status_code, answer.json()["number"], answer.json()["is_sure"]) == (
        200,
        "7",
        True,
    )
    assert refused.status_code == 422


def test_the_notebook_runs_from_its_first_cell_to_its_last():
    nbformat = pytest.importorskip("nbformat", reason="needs nbclient (the examples extra)")
    nbclient = pytest.importorskip("nbclient", reason="needs nbclient (the examples extra)")
    pytest.importorskip("ipykernel", reason="needs ipykernel (the examples extra)")
    pytest.importorskip("matplotlib", reason="needs Matplotlib (the plot extra)")
    notebook = nbformat.read(EXAMPLES / "first_look.ipynb", as_version=4)

    nbclient.NotebookClient(notebook, resources={"metadata": {"path": str(EXAMPLES)}}).execute()

    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert "text/html" in cells[0].outputs[-1].data  # the picture with its boxes
    assert "'3'" in cells[1].outputs[-1].data["text/plain"]
    assert any("image/png" in output.get("data", {}) for output in cells[-1].outputs)


@pytest.mark.slow
@pytest.mark.train
def test_a_round_of_review_corrects_learns_and_measures(tmp_path):
    pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
    folder = tmp_path / "numbers"
    folder.mkdir()
    rows = ["file,label"]
    for number, line in zip(range(200), lines([(Glyphs(), 1.0)], 5), strict=False):
        Image.fromarray(line.picture).save(folder / f"{number}.png")
        rows.append(f"{number}.png,{line.text}")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")

    command = [sys.executable, str(EXAMPLES / "review_round.py"), str(folder)]
    arguments = [str(tmp_path / "work"), "--steps", "60"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("exact before ")
    corrected = (tmp_path / "work" / "corrected" / "labels.csv").read_text().splitlines()
    assert len(corrected) == 21
