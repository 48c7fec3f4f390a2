"""Another source than the catalogue's mirrors: a URL, or a folder."""

from __future__ import annotations

import pytest
from data.downloads import FIRST, contents, get
from data.mirrors import CONTENT, dataset

from digitcli.data.download import fetch
from digitcli.errors import NetworkError, UsageError


def test_from_url_replaces_the_mirrors(server, folder):
    get(server, folder, "missing", source=server.url("good").rstrip("/"))

    assert {request[0] for request in server.requests} == {"good"}


def test_from_folder_copies_and_says_so(server, folder, tmp_path):
    source = tmp_path / "elsewhere"
    get(server, source, "good")
    server.requests.clear()

    fetched = get(server, folder, "good", source=str(source))

    assert server.requests == []
    assert contents(folder) == CONTENT
    assert {found.status for found in fetched.files} == {"copied"}


def test_from_folder_with_a_wrong_file_names_both_sizes(server, folder, tmp_path):
    source = tmp_path / "elsewhere"
    source.mkdir()
    (source / FIRST).write_bytes(b"short")

    with pytest.raises(NetworkError) as caught:
        get(server, folder, source=str(source))

    assert caught.value.details == (f"{FIRST}: 5 bytes, expected 70,000",)
    assert contents(folder) == {}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"source": "/nowhere/at/all"}, "no such folder"),
        ({"source": "ftp://example.org/"}, "expected http or https"),
        ({"source": "https://example.org/", "offline": True}, "--offline"),
    ],
)
def test_a_source_that_cannot_work_is_a_usage_error(folder, options, said):
    with pytest.raises(UsageError, match=said):
        fetch(dataset(), folder, **options)

    assert not folder.exists()
