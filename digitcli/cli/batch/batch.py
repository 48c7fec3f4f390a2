"""`digitcli batch`: read any number of pictures on one machine or many."""

from __future__ import annotations

from typing import Annotated

import typer

from ...errors import PartialError
from .. import console
from ..options import (
    CheckOption,
    DigitsOption,
    LengthOption,
    PatternOption,
    TargetErrorOption,
    WeightsOption,
)


def batch(
    source: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="A folder with all inside it, or one file: pictures, ZIP, tar, IDX, Parquet; also "
            "s3://BUCKET/... and gs://BUCKET/...",
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="DIR", help="A folder or URL for the Parquet files."
        ),
    ],
    address: Annotated[
        str,
        typer.Option(
            metavar="ray://HOST:PORT|auto|local",
            help="A Ray cluster; auto: the one that this machine is in; local: start Ray here.",
        ),
    ] = "local",
    workers: Annotated[
        int, typer.Option(min=0, max=100_000, help="Processes, one core each; 0: all cores.")
    ] = 0,
    weights: WeightsOption = None,
    digits: DigitsOption = "auto",
    pattern: PatternOption = None,
    length: LengthOption = None,
    check: CheckOption = None,
    target_error: TargetErrorOption = None,
) -> None:
    """Read any number of pictures with Ray, on this machine or on a cluster.

    Every file of many pictures, and every 1,000 picture files, become one Parquet file in DIR, with
    the answers of predict. Run the same command again to go on: files that are there stay.

    digitcli batch scans --output answers

    digitcli batch s3://bucket/shards --output s3://bucket/answers --address auto

    Examples:
        digitcli batch scans --output answers
        digitcli batch s3://bucket/shards -o answers --workers 4
    """
    from ...batch.run import BatchOptions, run
    from ...report.batch import BatchReport, summary

    options = BatchOptions(
        source=source,
        output=output,
        address=address,
        workers=workers,
        weights=tuple(weights or ()),
        digits=digits,
        pattern=pattern,
        length=length,
        check=check,
        target_error=target_error,
    )
    with BatchReport(console.err()) as report:
        done = run(options, report)
    console.out().print(summary(done, console.visible(output)), soft_wrap=True)
    if done.errors:
        raise PartialError(
            f"{done.errors:,} of {done.rows:,} pictures could not be read",
            "the column error of their rows says why",
        )
