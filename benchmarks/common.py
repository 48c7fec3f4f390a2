"""What the scripts of this folder begin and end with."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from digitcli.files import atomic_write
from digitcli.machine import conditions as machine
from digitcli.model.zoo import DEFAULT

REPOSITORY = Path(__file__).resolve().parents[1]
# The installed command: `python -m digitcli` would take the sources of the folder it is run in.
DIGITCLI = str(Path(sys.executable).with_name("digitcli"))
TEST_DATA = Path(os.environ.get("DIGITCLI_TEST_DATA", REPOSITORY.parent / "shared" / "data"))


def parser_of(doc: str) -> argparse.ArgumentParser:
    """A parser that knows --weights; the first line of `doc` is its description."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--weights", default=DEFAULT, help="bundled weights, or a weight file")
    return parser


def finish(document: dict[str, Any], copy: Path | None = None) -> None:
    """Print the document and the machine that it is from as the last line; and write a `copy`."""
    whole = document | {"conditions": machine.capture(checkout=REPOSITORY).to_json()}
    if copy is not None:
        with atomic_write(copy) as file:
            file.write(json.dumps(whole, indent=1).encode())
    print(json.dumps(whole))


def names(text: str) -> tuple[str, ...]:
    """What commas separate."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def positive(text: str) -> int:
    """A whole number from 1 on."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {number}")
    return number


def refuse_unknown(
    parser: argparse.ArgumentParser, option: str, asked: Iterable[str], known: Iterable[str]
) -> None:
    """End as for any other wrong option when something is asked for that is not known."""
    known = sorted(set(known))
    if unknown := sorted(set(asked) - set(known)):
        parser.error(f"{option}: no {unknown[0]!r} (choose from: {', '.join(known)})")
