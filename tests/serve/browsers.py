"""Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser; tests that ask for it are skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the browser extra")
    path = os.environ.get("DIGITCLI_CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("needs Chromium, in $DIGITCLI_CHROMIUM or as `chromium` in $PATH")
    with playwright.sync_playwright() as found:
        browser = found.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def pages(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens an address, each in a context of its own.

    At the end no request may have left this machine, and no script may have failed.
    """
    contexts: list[Any] = []
    addresses: list[str] = []
    errors: list[str] = []
    messages: list[str] = []

    def open_at(
        address: str, width: int = 1280, height: int = 800, route: Any = None, **options: Any
    ) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("request", lambda request: addresses.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: messages.append(message.text))
        if route:
            page.route(*route)
        page.goto(address)
        return page

    yield open_at
    for context in contexts:
        context.close()
    local = ("http://127.0.0.1:", "data:", "blob:")
    assert [address for address in addresses if not address.startswith(local)] == []
    assert errors == []
    assert [text for text in messages if "Content Security Policy" in text] == []


def violations(page: Any) -> list[Any]:
    """What axe finds on a page that is more than minor."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    found = axe.Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"]) for one in found if one["impact"] != "minor"]
