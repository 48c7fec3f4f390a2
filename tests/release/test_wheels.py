"""What a release builds, and how: pyproject.toml, workflows and Makefile agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

REPOSITORY = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
WHEELS = PROJECT["tool"]["cibuildwheel"]

if not WORKFLOWS:
    pytest.skip("an sdist has no workflows", allow_module_level=True)


def test_there_is_a_wheel_for_every_python_that_the_project_names():
    names = "\n".join(PROJECT["project"]["classifiers"])
    (built,) = re.findall(r"\{(.*)\}", WHEELS["build"])

    minors = [minor for minor in built.split(",") if minor.isdigit()]
    assert minors == re.findall(r"Python :: 3\.(\d+)$", names, re.MULTILINE)
    assert PROJECT["project"]["requires-python"] == f">=3.{minors[0]}"


def test_the_smoke_suite_is_copied_out_of_the_source_tree():
    for place in WHEELS["test-sources"]:
        assert (REPOSITORY / place).is_dir()
    assert WHEELS["test-command"].split()[-1] in WHEELS["test-sources"]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_to_a_commit_with_its_version(workflow):
    uses = re.findall(r"uses: (.*)", workflow.read_text("utf-8"))

    assert uses
    for action in uses:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_nothing_and_each_job_what_it_needs(workflow):
    text = workflow.read_text("utf-8")
    jobs = text.partition("\njobs:\n")[2]

    assert "\npermissions: {}\n" in text
    assert jobs.count("    permissions:\n") == len(re.findall(r"^  [a-z]+:$", jobs, re.MULTILINE))
    written = re.findall(r"^ +([a-z-]+): write", jobs, re.MULTILINE)
    assert written == (["id-token", "contents"] if workflow.name == "wheels.yml" else [])


def test_ci_calls_the_script_that_decides():
    assert "run: bash .ci/run" in (REPOSITORY / ".github/workflows/ci.yml").read_text("utf-8")
