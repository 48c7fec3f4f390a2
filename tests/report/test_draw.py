"""The drawing page as a document: what it may load, and that it is whole."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from digitcli.report.draw import drawing_page


@pytest.fixture(scope="module")
def page():
    return drawing_page()[0].decode()


@pytest.fixture(scope="module")
def policy():
    rules = drawing_page()[1].split("; ")
    return {name: rest for name, _, rest in (rule.partition(" ") for rule in rules)}


@pytest.mark.parametrize("kind", ["script", "style"])
def test_the_policy_allows_exactly_the_block_in_the_page(page, policy, kind):
    (text,) = re.findall(rf"<{kind}[^>]*>(.*?)</{kind}>", page, re.DOTALL)

    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    assert policy[f"{kind}-src"] == f"'sha256-{digest}'"


def test_the_policy_allows_nothing_else(policy):
    others = {name: rest for name, rest in policy.items() if "sha256" not in rest}

    assert others == {
        "default-src": "'none'",
        "img-src": "data: blob:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


def test_the_page_names_no_other_server(page):
    assert not re.search(r"https?:|@import|url\(|[\"'(]//", page)


def test_the_page_has_no_style_or_handler_in_an_element(page):
    assert not re.search(r"<[^>]*\s(?:style|on[a-z]+)=", page)


def test_the_page_is_small(page):
    assert len(page.encode()) < 60_000


def test_the_page_has_the_colours_of_the_reports(page):
    assert "--accent: #0b6bcb" in page
    assert "prefers-color-scheme: dark" in page


def test_every_element_that_the_script_asks_for_is_there(page):
    asked = set(re.findall(r'\$\("([a-z]+)"\)', page))

    assert asked <= set(re.findall(r'\sid="([a-z]+)"', page))
