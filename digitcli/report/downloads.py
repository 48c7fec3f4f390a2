"""Progress of `digitcli fetch`, its list of files, and the catalogue, for people."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn
from rich.progress import TransferSpeedColumn as SpeedColumn
from rich.text import Text

from ..data.catalog import CATALOG, DataSet
from ..data.download import DownloadObserver, Fetched
from .kit.bar import BarReport
from .kit.text import visible


class DownloadReport(BarReport, DownloadObserver):
    """Watches a download on `console`: bars on a terminal, plain lines anywhere else."""

    def __init__(self, console: Console) -> None:
        super().__init__(
            console,
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            SpeedColumn(),
        )
        self._tasks: dict[str, TaskID] = {}
        self._said: set[str] = set()

    def on_file(self, name: str, size: int | None, source: str) -> None:
        """Start a bar or write a line, at the first try of a file."""
        if name in self._tasks:
            return
        self._tasks[name] = self._bar.add_task(name, total=size)
        if not self._console.is_terminal:
            self._line(f"{name}: {_size(size)} from {source}")

    def on_progress(self, name: str, size: int) -> None:
        """Move the bar."""
        self._bar.update(self._tasks[name], completed=size)

    def on_trouble(self, url: str, reason: str) -> None:
        """Say which mirror failed; the download continues from another one."""
        self._line(f"{url}: {reason}")

    def _line(self, text: str) -> None:
        if text in self._said:  # the same trouble at a later try
            return
        self._said.add(text)
        self._console.print(Text(visible(text)), soft_wrap=True)


def print_fetched(console: Console, fetched: Fetched) -> None:
    """One line per file, and the folder that has them."""
    for found in fetched.files:
        line = f"{visible(found.path.name):<28} {decimal(found.size):>9}  {found.status}"
        console.print(Text(line), soft_wrap=True)
    dataset = fetched.dataset
    for line in (
        f"classes: {_classes(dataset)}",
        f"licence: {dataset.licence}",
        f"{dataset.name} is in {visible(str(fetched.folder))}",
    ):
        console.print(Text(line), soft_wrap=True)


def fetched_document(fetched: Fetched) -> dict[str, Any]:
    """The same as one JSON document."""
    return {
        "schema": "digitcli.fetch/1",
        "dataset": fetched.dataset.name,
        "folder": str(fetched.folder),
        "files": [
            {
                "role": found.role,
                "path": str(found.path),
                "bytes": found.size,
                "sha256": found.sha256,
                "status": found.status,
                "source": found.source or None,
            }
            for found in fetched.files
        ],
    }


def print_catalog(console: Console) -> None:
    """Every data set with its size, its terms and where it comes from."""
    for number, dataset in enumerate(CATALOG):
        if number:
            console.print()
        pictures = " + ".join(f"{count:,} {split}" for split, count in dataset.counts.items())
        title = Text.assemble((dataset.name, "bold"), f"  {dataset.title}")
        console.print(title, soft_wrap=True)
        for label, value in (
            ("pictures", f"{pictures}, {size_of(dataset)}"),
            ("classes", _classes(dataset)),
            ("licence", dataset.licence),
            ("citation", dataset.citation),
            ("homepage", dataset.homepage),
            ("mirrors", "  ".join(dataset.mirrors) or "none: drawn on this machine"),
            ("hashes", dataset.hashes),
        ):
            if value:
                console.print(Text(f"  {label:<9} {value}"), soft_wrap=True)


def size_of(dataset: DataSet) -> str:
    """What has to be downloaded, in decimal units."""
    sizes = [file.forms[0].size for file in dataset.files]
    known = [size for size in sizes if size is not None]
    return _size(sum(known) if len(known) == len(sizes) else None)


def _size(size: int | None) -> str:
    return "size not stated" if size is None else decimal(size)


def _classes(dataset: DataSet) -> str:
    return f"{len(dataset.classes)}: {', '.join(dataset.classes)}"


def catalog_document() -> dict[str, Any]:
    """The catalogue as one JSON document."""
    return {"schema": "digitcli.catalog/1", "datasets": [_entry(dataset) for dataset in CATALOG]}


def _entry(dataset: DataSet) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "title": dataset.title,
        "pictures": dict(dataset.counts),
        "classes": list(dataset.classes),
        "licence": dataset.licence,
        "citation": dataset.citation,
        "homepage": dataset.homepage or None,
        "mirrors": list(dataset.mirrors),
        "hashes": dataset.hashes,
        "files": [
            {
                "role": file.role,
                "forms": [
                    {
                        "name": form.name,
                        "bytes": form.size,
                        "sha256": form.sha256 or None,
                        "md5": form.md5 or None,
                    }
                    for form in file.forms
                ],
            }
            for file in dataset.files
        ],
    }
