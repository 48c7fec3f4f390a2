"""The generated pages say what the code says."""

from __future__ import annotations

import ast
import re

import pytest
from docs.markdown_blocks import REPOSITORY
from docs_pages import environment, pages

DOCS = REPOSITORY / "docs"


@pytest.fixture(scope="module")
def rendered():
    return pages.render(DOCS)


@pytest.mark.parametrize("name", ["commands", "settings", "environment", "exit-codes", "json",
                                  "python"])  # fmt: skip
def test_a_generated_page_is_what_the_code_says(name, rendered):
    page = f"reference/{name}.md"

    assert (DOCS / page).read_text(encoding="utf-8") == rendered[page], f"{page}: run `make docs`"


def test_every_command_in_the_page_has_its_name():
    page = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")

    headings = re.findall(r"^#+ `(.*)`$", page, re.MULTILINE)

    assert "digitcli data preview" in headings
    assert all(re.fullmatch(r"digitcli( [a-z]+)*", name) for name in headings), headings
    assert "* ``" not in page


def documented_variables():
    return {name for group in environment.GROUPS.values() for name in group}


def variables_read_in(path):
    """Names that Python code asks an environment for, whatever it calls it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        name = _asked_for(node)
        name = constants.get(name.id, name) if isinstance(name, ast.Name) else name
        for part in ast.walk(name) if name is not None else ():
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value


_ASK = {"get", "pop", "setdefault", "getenv"}
_ENVIRONMENTS = {"environ", "environment", "variables", "os"}


def _asked_for(node):
    """The name in `environ.get(name)`, `environ[name]` or `name in environ`; None elsewhere."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        known = node.func.attr in _ASK and _is_environment(node.func.value)
        return node.args[0] if known else None
    if isinstance(node, ast.Subscript):
        return node.slice if _is_environment(node.value) else None
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
        return node.left if _is_environment(node.comparators[0]) else None
    return None


def _is_environment(node):
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name in _ENVIRONMENTS


def test_every_variable_that_the_python_code_reads_is_documented():
    sources = sorted((REPOSITORY / "digitcli").rglob("*.py"))

    read = {name for path in sources for name in variables_read_in(path)}

    assert {"DIGITCLI_DATA", "TF_CONFIG", "COMP_CWORD", "FORCE_COLOR"} <= read
    assert read <= documented_variables(), "say in tools/docs_pages/environment.py what it does"


def test_every_variable_that_the_cpp_code_reads_is_documented():
    sources = (REPOSITORY / "cpp").rglob("*.cpp")

    read = {name for path in sources for name in re.findall(r'getenv\("(\w+)"\)', path.read_text())}

    assert "DIGITCLI_ISA" in read
    assert read <= documented_variables()


def test_every_variable_of_ours_is_still_read():
    python = (REPOSITORY / "digitcli").rglob("*.py")
    code = "".join(path.read_text(encoding="utf-8") for path in python)
    code += "".join(path.read_text() for path in (REPOSITORY / "cpp").rglob("*.cpp"))

    assert [name for name in environment.OURS if name not in code] == []
