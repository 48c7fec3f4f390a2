"""`digitcli` for the commands of the pages: the same command, made quick and kept off the network.

Training takes three steps, a benchmark one round; MNIST comes from the folder in $MNIST.
"""

from __future__ import annotations

import os
import sys

QUICK_BENCH = {"--rounds": "1", "--seconds": "0", "--batch": "1", "--threads": "1"}


def shortened(arguments: list[str], mnist: str) -> list[str]:
    """`arguments` as the test runs them."""
    match arguments:
        case ["train", *rest] if "--resume" not in rest:
            return ["train", *_replaced(rest, {"--epochs": "", "--seeds": "2"}), "--steps", "3"]
        case ["adapt", *rest] if "--from" in rest:
            return ["adapt", *rest, "--steps", "3"]
        case ["bench", *rest]:
            more = [word for pair in QUICK_BENCH.items() if pair[0] not in rest for word in pair]
            return ["bench", *_replaced(rest, {"--rounds": "1"}), *more]
        case ["fetch", "mnist"]:
            return [*arguments, "--from", mnist]
    return arguments


def _replaced(words: list[str], values: dict[str, str]) -> list[str]:
    """`words` with other values for some options; "" leaves an option out."""
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        if word not in values:
            kept.append(word)
            continue
        next(rest)
        kept += [word, values[word]] if values[word] else []
    return kept


if __name__ == "__main__":
    words = shortened(sys.argv[1:], os.environ.get("MNIST", ""))
    os.execv(sys.executable, [sys.executable, "-m", "digitcli", *words])
