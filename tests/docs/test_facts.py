"""What stands in several places is the same in all of them."""

from __future__ import annotations

import re

import pytest
from docs.markdown_blocks import PAGES, REPOSITORY, blocks_of, name_of

from digitcli.version import __version__

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def citation():
    """The plain `key: value` lines of CITATION.cff."""
    text = (REPOSITORY / "CITATION.cff").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z-]+): (.+)$", text, re.MULTILINE))


def test_the_citation_names_this_version_and_licence(citation, project):
    assert citation["version"] == __version__
    assert citation["license"] == project["license"]
    assert citation["cff-version"] == "1.2.0"


def test_the_version_stands_in_no_other_file_of_the_project(project):
    assert "version" in project["dynamic"]


def test_authors_are_the_same_everywhere(citation, project):
    authors = (REPOSITORY / "CITATION.cff").read_text(encoding="utf-8")

    (author,) = project["authors"]
    assert f"- name: {author['name']}\n" in authors
    assert f'"{author["name"]}"' in (REPOSITORY / "zensical.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_an_extra_that_a_page_names_exists(page, project):
    text = page.read_text(encoding="utf-8")

    lists = re.findall(r"(?:digitcli|\"\.)\[([a-z,]+)\]", text)

    named = {name for names in lists for name in names.split(",")}
    assert named <= set(project["optional-dependencies"])


def test_every_dependency_has_its_licence_in_the_docs(project):
    page = (REPOSITORY / "docs" / "policies" / "licences.md").read_text(encoding="utf-8")
    names = [re.split(r"[<>=; \[]", one)[0] for one in project["dependencies"]]

    assert [name for name in names if f"| {name} |" not in page] == []


def test_what_is_compiled_in_has_its_notice_in_every_installation(project):
    notices = "THIRD_PARTY_NOTICES.md"
    text = (REPOSITORY / notices).read_text(encoding="utf-8")

    assert notices in project["license-files"]
    for name in ("pybind11", "libdeflate"):
        assert f"## {name}" in text


def test_places_that_contributing_names_exist():
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.partition("## Where is ...?")[2]

    places = re.findall(r"`([^`]+)`", "".join(re.findall(r"^\|.*\|(.*)\|$", table, re.MULTILINE)))

    assert len(places) > 25
    assert [place for place in places if not (REPOSITORY / place).exists()] == []


def test_make_targets_that_pages_name_exist():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))

    for page in PAGES:
        named = re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8"))
        for block in blocks_of(page):
            named += re.findall(r"^make ([a-z-]+)", block.text, re.MULTILINE)
        assert set(named) <= targets, name_of(page)


def test_the_picture_of_the_readme_is_small():
    assert (REPOSITORY / "docs" / "pictures" / "form.png").stat().st_size < 100_000


def test_the_readme_is_short_and_measures_everything_it_names():
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")

    assert len(text.splitlines()) <= 120
    assert "not measured" not in text


def test_the_site_has_every_page():
    listed = (REPOSITORY / "zensical.toml").read_text(encoding="utf-8")
    docs = REPOSITORY / "docs"

    pages = [page.relative_to(docs).as_posix() for page in PAGES if docs in page.parents]

    assert [page for page in pages if f'"{page}"' not in listed] == []
