"""Options that several commands have, each declared once. What only one has is in its own file."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from ..signs import Mode

RULES, DOUBT = "Numbers with rules", "Unsure answers"  # panels of help

# What reads pictures, and how.
WeightsOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--weights",
        "-w",
        help="Bundled weights, or a weight file; one for single digits, one for lines.",
    ),
]
DigitsOption: TypeAlias = Annotated[
    Mode,
    typer.Option(help="One digit, lines of many, or detect which."),
]
ThreadsOption: TypeAlias = Annotated[
    int, typer.Option(min=0, max=1024, help="Pictures read at a time; 0: one for each core.")
]
MegapixelsOption: TypeAlias = Annotated[
    float, typer.Option(min=0.01, max=200, help="Megapixels of the largest picture or page.")
]
PatternOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="What a number looks like: digits, \\d, ., [0-4], (..|..), ?, *, +, {m,n}.",
        rich_help_panel=RULES,
    ),
]
LengthOption: TypeAlias = Annotated[
    int | None,
    typer.Option(min=1, max=1000, help="How many digits a number has.", rich_help_panel=RULES),
]
CheckOption: TypeAlias = Annotated[
    str | None,
    typer.Option(help="Check digit: luhn, mod11, iban or iban:DE.", rich_help_panel=RULES),
]
TargetErrorOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="PERCENT",
        help='Largest share of wrong answers, as 0.1%; doubtful ones become "unsure".',
        rich_help_panel=DOUBT,
    ),
]

# A network, and labelled pictures of the user's own.
NetworkOption: TypeAlias = Annotated[str, typer.Option("--weights", "-w", help="Name or file.")]
TransposeOption: TypeAlias = Annotated[
    bool, typer.Option("--transpose", help="Of your own source: swap rows and columns.")
]
InvertOption: TypeAlias = Annotated[
    bool, typer.Option("--invert", help="Of your own source: swap light and dark.")
]

# What comes out, and where.
ForceOption: TypeAlias = Annotated[bool, typer.Option("--force", help="Replace the file at --out.")]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
PortOption: TypeAlias = Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")]
