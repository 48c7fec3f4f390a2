"""Which pages are generated, and from what."""

from __future__ import annotations

from pathlib import Path

from . import commands, documents, environment, exit_codes, python_api, settings, tables

NOTE = "<!-- Written by `make docs` from the code: change that, not this page. -->\n\n"


def render(docs: Path) -> dict[str, str]:
    """Every generated page: its path below `docs`, and its text."""
    pages = {
        "reference/commands.md": commands.page(),
        "reference/settings.md": settings.page(),
        "reference/environment.md": environment.page(),
        "reference/exit-codes.md": exit_codes.page(),
        "reference/json.md": documents.page(docs / "schemas"),
        "reference/parquet.md": tables.page(docs / "schemas"),
        "reference/python.md": python_api.page(),
    }
    return {name: NOTE + text.rstrip("\n") + "\n" for name, text in pages.items()}
