"""The drawing page in a browser, Debian's Chromium driven by Playwright, and its server."""

from __future__ import annotations

import csv

import pytest
from servers import served


class PageServer:
    """A server that keeps corrections: its `url`, and `kept`, a label and a picture of each."""

    def __init__(self, client, folder):
        self.client, self.url, self.folder = client, client.address, folder

    @property
    def kept(self):
        labels = self.folder / "labels.csv"
        rows = csv.DictReader(labels.read_text().splitlines() if labels.exists() else [])
        return [(row["label"], (self.folder / row["file"]).read_bytes()) for row in rows]

    def clear(self):
        for path in self.folder.glob("*.png"):
            self.client.ask("DELETE", f"/corrections/{path.name}")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corrections")
    with served("--corrections", str(folder), "--max-body", "2") as client:
        yield PageServer(client, folder)


@pytest.fixture
def open_page(open_at, server):
    """Opens the page of the server, which has no corrections then."""
    server.clear()

    def open_page(width=1280, height=800, route=None, address=server.url, **options):
        return open_at(address, width, height, route, **options)

    return open_page


@pytest.fixture
def page(open_page):
    return open_page()
