"""The templates of the HTML pages, and their one stylesheet."""

from __future__ import annotations

import re
from importlib import resources

import jinja2
import pytest

from digitcli.report.kit import markup

TEMPLATES = resources.files("digitcli.report") / "templates"


def text_of(name):
    return (TEMPLATES / name).read_text("utf-8")


@pytest.fixture
def render():
    """Renders a template given as text, as `markup.render` renders a file."""
    environment = markup._environment()
    return lambda text, **values: environment.from_string(text).render(values)


def test_texts_are_escaped_and_control_characters_are_visible(render):
    assert (
        render("{{ name }}", name='<b>"&\x1b[31m\udcff\n')
        == "&lt;b&gt;&#34;&amp;\\x1b[31m\\udcff\n"
    )
    assert render("{{ name | typeset }}", name="<3 x 4>\x07") == "&lt;3\xa0\xd7\xa04&gt;\\x07"


def test_a_value_that_nobody_gave_is_an_error(render):
    with pytest.raises(jinja2.UndefinedError, match="'accuracy' is undefined"):
        render("{{ accuracy }}")


def test_png_bytes_become_an_address(render):
    assert render('<img src="{{ png | address }}">', png=b"ab") == (
        '<img src="data:image/png;base64,YWI=">'
    )


def test_the_stylesheet_and_the_templates_have_the_same_classes():
    pages = text_of("run.html") + text_of("show.html")
    used = {name for value in re.findall(r'class="([^"{]+)', pages) for name in value.split()}
    used |= {"word", "number", "large"}  # chosen by a value
    styled = set(re.findall(r"\.([a-z][a-z-]*)(?![^{]*\})", text_of("page.css")))

    assert used == styled


def test_no_template_switches_escaping_off_for_a_value():
    for name in ("page.html", "run.html", "show.html"):
        assert not re.search(r"autoescape|[a-z_\])]\s*\|\s*safe", text_of(name))
