"""`digitcli batch`: read any number of pictures on one machine or many."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from ...errors import PartialError
from .. import console

_RULES = "Numbers with rules"


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
    weights: Annotated[
        list[str] | None,
        typer.Option("--weights", "-w", help="Bundled weights, or a weight file, as for predict."),
    ] = None,
    digits: Annotated[
        Literal["one", "many", "auto"],
        typer.Option(help="One digit, lines of many, or detect which."),
    ] = "auto",
    pattern: Annotated[
        str | None,
        typer.Option(help="What a number looks like, as for predict.", rich_help_panel=_RULES),
    ] = None,
    length: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="How many digits a number has.", rich_help_panel=_RULES),
    ] = None,
    check: Annotated[
        str | None,
        typer.Option(help="Check digit: luhn, mod11, iban or iban:DE.", rich_help_panel=_RULES),
    ] = None,
    target_error: Annotated[
        str | None,
        typer.Option(
            metavar="PERCENT",
            help='Largest share of wrong answers, as 0.1%; doubtful ones become "unsure".',
        ),
    ] = None,
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
