"""Offer to fetch a data set that a command needs and that is not on this machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from . import console
from .common.verbosity import is_quiet

if TYPE_CHECKING:
    from ..data.catalog import DataSet


def fetch_if_missing(name: str, *, asked: bool) -> None:
    """Fetch the data set `name` where it is missing and `asked`, or wanted by who is asked now.

    Nobody is asked where standard input or error is no terminal. Raises as `api.fetch.fetch`.
    """
    from ..api.fetch import fetch, missing_set
    from ..report.downloads import DownloadReport

    dataset = missing_set(name)
    if dataset is None or not (asked or _wanted(dataset)):
        return
    with DownloadReport(console.err()) as observer:
        fetch(name, observer=observer)


def _wanted(dataset: DataSet) -> bool:
    """Ask on a terminal; nothing but Enter means yes. With --quiet nobody is asked."""
    if is_quiet() or not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    from ..report.downloads import size_of

    text = (
        f"{dataset.name} is not on this machine: {size_of(dataset)}, licence: {dataset.licence}\n"
        "Fetch it now? [Y/n] "
    )
    console.err().print(text, markup=False, highlight=False, soft_wrap=True, end="")
    answer = sys.stdin.readline()
    return bool(answer) and answer.strip().lower() in ("", "y", "yes")
