"""Numbers in fields for one digit each, written by MNIST's test hands, which nobody learns from."""

from __future__ import annotations

from digitcli.data.drawn.random_stream import RandomStream
from digitcli.data.lines.hands import gallery
from digitcli.data.lines.line import comb_line
from digitcli.data.store import load_split

from .sets import MNIST, Labelled, as_pgm

COUNT = 500
SEED = 20_261_127  # no training's: theirs are small
_HANDS = 2_000  # digits of the test set


def combs(count: int = COUNT) -> list[Labelled]:
    """`count` of them, the same until the painter of lines changes."""
    split = load_split("mnist", "test", MNIST)
    hands = gallery(list(split.images[:_HANDS]), split.labels[:_HANDS], None)
    found = []
    for number in range(count):
        random = RandomStream(SEED, number)
        line = comb_line(hands.hand(random), random)
        found.append(Labelled(as_pgm(line.picture), line.text))
    return found
