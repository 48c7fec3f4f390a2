"""Links lead somewhere: to a file, to a heading, and never out of the site."""

from __future__ import annotations

import pytest
from docs.markdown_blocks import PAGES, REPOSITORY, anchors_of, links_of, name_of

DOCS = REPOSITORY / "docs"


def outside(link):
    return link.startswith(("https://", "mailto:"))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_to_a_file_and_a_heading_in_it(page):
    for link in links_of(page):
        if outside(link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page

        assert target.is_file() or (target.is_dir() and not anchor), f"{link}: no such file"
        if anchor:
            assert anchor in anchors_of(target), f"{link}: no such heading"


@pytest.mark.parametrize("page", [one for one in PAGES if DOCS in one.parents], ids=name_of)
def test_pages_of_the_site_link_only_to_files_of_the_site(page):
    inside = [link.partition("#")[0] for link in links_of(page) if not outside(link)]

    leaving = [
        link for link in inside if DOCS not in [*(page.parent / link).resolve().parents, DOCS]
    ]
    assert not [link for link in leaving if link]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_addresses_are_encrypted_ones(page):
    assert not [link for link in links_of(page) if link.startswith("http:")]


def test_every_page_can_be_reached_from_the_first_one():
    reached, waiting = set(), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        inside = [link.partition("#")[0] for link in links_of(page) if not outside(link)]
        waiting += [(page.parent / link).resolve() for link in inside if link.endswith(".md")]

    assert {page for page in PAGES if DOCS in page.parents} <= reached
