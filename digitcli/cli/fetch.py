"""`digitcli fetch`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import UsageError


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
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Download a data set, or draw the synthetic one, and check every byte."""
    from ..data import catalog, download, store
    from ..report import downloads
    from . import console

    if list_all:
        if as_json:
            return console.print_json(downloads.catalog_document())
        return downloads.print_catalog(console.out())
    if verify and (force or source):
        raise UsageError("--verify only looks; it does not go with --force or --from")
    dataset = catalog.find(name)
    folder = (folder or store.data_dir()) / dataset.name
    if verify:
        fetched = download.verify(dataset, folder)
    else:
        with downloads.DownloadReport(console.err()) as observer:
            fetched = download.fetch(
                dataset, folder, source=source, force=force, offline=offline, observer=observer
            )
    if as_json:
        return console.print_json(downloads.fetched_document(fetched))
    return downloads.print_fetched(console.out(), fetched)
