"""The JSON Schemas in docs/schemas fit what the commands print."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from docs.markdown_blocks import REPOSITORY
from line_weights import line_weights

from digitcli.model.weights import save_weights

jsonschema = pytest.importorskip("jsonschema", reason="needs the package jsonschema (extra dev)")
referencing = pytest.importorskip("referencing")

SCHEMAS = {path.name: json.loads(path.read_text("utf-8"))
           for path in sorted((REPOSITORY / "docs" / "schemas").iterdir())}  # fmt: skip
REGISTRY = referencing.Registry().with_resources(
    [(name, referencing.Resource.from_contents(schema)) for name, schema in SCHEMAS.items()]
)


def file_of(name):
    """`digitcli.predict/1` is described in predict-1.json."""
    return name.removeprefix("digitcli.").replace("/", "-") + ".json"


def check(text, file=None):
    """The document in `text`, if its schema knows every field of it."""
    document = json.loads(text)
    schema = SCHEMAS[file or file_of(document["schema"])]
    jsonschema.Draft202012Validator(schema, registry=REGISTRY).validate(document)
    return document


QUICK = "--batch 1 --threads 1 --seconds 0 --rounds 1"
# Commands, and behind a `=` how they end where not with 0.
COMMANDS = [
    "predict samples --json",
    "predict samples gone.png --json = 7",
    "predict samples --pattern [2-7] --length 1 --json",
    "predict samples --pattern 9 --json",
    "predict samples/form/scan-1.png --form samples/form/form.toml --json",
    "predict samples --target-error 1% --digits many --json",
    "predict gone.png --json = 3",
    "predict --no-such-option --json = 2",
    "eval --weights tiny --data synthetic --json",
    "eval --weights tiny --weights small --tta --data synthetic --json",
    "eval --data own --json",
    "eval --data own --digits auto --json",
    "eval --data numbers --json",
    "quantize tiny --data synthetic --out other.npz --json",
    "fetch synthetic --json",
    "fetch --list --json",
    "info --weights reader --json",
    "info --weights tiny8.npz --json",
    "info --plan tiny --without fuse --json",
    "preset list --json",
    "preset show line --json",
    "show tiny samples/seven.png --json",
    "export --weights tiny --out tiny.onnx --json",
    "import small.onnx --out again.npz --json",
    f"bench --weights tiny --data synthetic --against none {QUICK} --json",
    f"bench --weights tiny --data synthetic --against none {QUICK} --json --compare base.json",
    f"bench --weights tiny --data synthetic --against onnxruntime --precision int8 {QUICK} --json",
    f"bench --weights tiny8.npz --data synthetic --against none {QUICK} --json",
    "bench --weights tiny --data synthetic --cold --rounds 1 --against none --json",
]
SLOW = [
    "info --json",
    "bench --weights tiny --data synthetic --layers --batch 1 --rounds 1 --json",
    "eval --weights tiny --data synthetic --engine tensorflow --json",
    "bench --weights tiny --data synthetic --cold --rounds 1 --json",
    "adapt --from own --data synthetic --weights tiny --steps 2 --out my.npz --json",
    "adapt --from numbers --weights short.npz --steps 2 --out lines.npz --json",
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs a command in a folder with samples, int8 weights, a base file and a labelled folder."""
    folder = tmp_path_factory.mktemp("documents")
    shutil.copytree(REPOSITORY / "samples", folder / "samples")
    for name, digit in (("seven.png", "7"), ("two-on-a-board.jpg", "2")):
        (folder / "own" / digit).mkdir(parents=True)
        for copy in range(4):
            shutil.copy(folder / "samples" / name, folder / "own" / digit / f"{copy}{name}")
    (folder / "numbers").mkdir()
    shutil.copy(folder / "samples" / "seven.png", folder / "numbers" / "7.png")
    (folder / "numbers" / "labels.csv").write_text("file,label\n7.png,7.5\n7.png,\n")
    save_weights(folder / "short.npz", line_weights())
    environment = os.environ | {"DIGITCLI_DATA": str(folder / "data")}

    def in_folder(line):
        words, _, code = line.partition(" = ")
        done = subprocess.run(
            [sys.executable, "-m", "digitcli", *words.split()],
            capture_output=True, encoding="utf-8", cwd=folder, env=environment, timeout=240,
        )  # fmt: skip
        assert done.returncode == int(code or 0), done.stderr
        return done.stdout

    in_folder("quantize tiny --data synthetic --out tiny8.npz --max-drop 100")
    in_folder(f"bench --weights tiny --data synthetic --against none {QUICK} -o base.json --json")
    in_folder("export --weights tiny --out small.onnx")
    in_folder.folder = folder
    return in_folder


@pytest.mark.parametrize("line", COMMANDS)
def test_a_document_has_the_fields_of_its_schema_and_no_others(run, line):
    check(run(line))


@pytest.mark.slow
@pytest.mark.train
@pytest.mark.parametrize("line", SLOW)
def test_a_slow_document_has_the_fields_of_its_schema_and_no_others(run, line):
    check(run(line))


@pytest.mark.slow
@pytest.mark.train
def test_seeds_json_has_the_fields_of_its_schema_and_no_others(run):
    run("train --preset tiny --data synthetic --steps 2 --seeds 2 --ensemble --out runs")

    check((run.folder / "runs" / "seeds.json").read_text())


def test_lines_of_answers_have_the_fields_of_their_schema(run):
    lines = run("predict samples gone.png --jsonl = 7").splitlines()

    assert len(lines) == 5
    for line in lines:
        check(line, "predict-line-1.json")


def test_a_field_that_no_schema_knows_is_found(run):
    document = json.loads(run("fetch synthetic --json"))

    with pytest.raises(jsonschema.ValidationError, match="surprise"):
        check(json.dumps(document | {"surprise": 1}))


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_a_schema_and_describes_every_field(name):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])

    assert [path for path, field in fields_of(SCHEMAS[name], "") if not described(field)] == []


def fields_of(schema, where):
    for name, field in schema.get("properties", {}).items():
        yield f"{where}{name}", field
        yield from fields_of(field, f"{where}{name}.")
        yield from fields_of(field.get("items", {}), f"{where}{name}[].")


def described(field):
    return "$ref" in field or field.get("description") or "properties" in field


def test_every_document_of_the_code_has_a_schema():
    sources = (REPOSITORY / "digitcli").rglob("*.py")
    code = "".join(path.read_text(encoding="utf-8") for path in sources)

    named = set(re.findall(r'"(digitcli\.[a-z-]+/[0-9]+)"', code))

    assert "digitcli.predict/1" in named
    assert {file_of(name) for name in named} <= set(SCHEMAS)
