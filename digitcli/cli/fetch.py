"""`digitcli fetch`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import JsonOption


def fetch(
    name: Annotated[str, typer.Argument(help="Data set; --list shows them.")] = "mnist",
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="DIR|URL", help="Folder or mirror that has the files."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--dir", help="Data folder; default $DIGITCLI_DATA or the user's own."),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Only hash what is there; no network.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Never use the network; say what is missing.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Fetch again what is there.")] = False,
    list_all: Annotated[
        bool, typer.Option("--list", help="Show all data sets, their terms and their mirrors.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Download a data set, or draw the synthetic one, and check every byte.

    Examples:
        digitcli fetch mnist
        digitcli fetch --list
    """
    from ..api.fetch import fetch as run
    from ..report import downloads
    from . import console

    if list_all:
        if as_json:
            return console.print_json(downloads.catalog_document())
        return downloads.print_catalog(console.out())
    with downloads.DownloadReport(console.err()) as observer:
        fetched = run(
            name,
            source=source,
            folder=folder,
            verify=verify,
            offline=offline,
            force=force,
            observer=observer,
        )
    if as_json:
        return console.print_json(downloads.fetched_document(fetched))
    return downloads.print_fetched(console.out(), fetched)
