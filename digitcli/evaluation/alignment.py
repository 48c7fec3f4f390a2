"""What was read beside what was to be read, aligned by edit distance.

V. I. Levenshtein, "Binary codes capable of correcting deletions, insertions, and reversals", Soviet
Physics Doklady 10 (1966), 707-710; the table of costs after R. A. Wagner and M. J. Fischer, "The
String-to-String Correction Problem", Journal of the ACM 21 (1974), 168-173.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

Pairs: TypeAlias = list[tuple[str, str]]

_DIGITS = frozenset("0123456789")


@dataclass(frozen=True)
class StringAnswer:
    """What one picture says (`label`) and what was read of it (`text`).

    A label is digits, separators and line feeds between lines; "" where there is no number. A
    text has digits and line feeds alone, `written` separators too, where the reader gives them.
    `confidence` is None where nothing was read. `error` says why a picture could not be read.
    """

    label: str
    text: str
    confidence: float | None
    written: str | None = None
    file: str = ""
    error: str = ""

    @cached_property
    def digits(self) -> str:
        """The digits of the label, without line feeds."""
        return "".join(sign for sign in self.label if sign in _DIGITS)

    @cached_property
    def exact(self) -> bool:
        """Whether all digits and the ends of lines are right; of "" whether nothing was read."""
        wanted = "".join(sign for sign in self.label if sign in _DIGITS or sign == "\n")
        return not self.error and self.text == wanted.strip("\n")

    @property
    def has_separators(self) -> bool:
        """Whether the label says more than digits."""
        return not self.label.replace("\n", "").isdigit() and self.digits != ""

    @property
    def exact_as_written(self) -> bool:
        """Whether the separators are right too."""
        return self.exact and self.written == self.label.replace(" ", "")

    @cached_property
    def pairs(self) -> Pairs:
        """The digits of the label beside those that were read; ends of lines do not count."""
        return align(self.digits, self.text.replace("\n", ""))

    @property
    def edits(self) -> int:
        """Substitutions, insertions and deletions."""
        return sum(truth != read for truth, read in self.pairs)


def align(truth: str, read: str) -> Pairs:
    """Signs of `truth` beside signs of `read`, in order, with the fewest edits.

    A pair of equal signs is a hit, one of different signs a substitution. ("", sign) is an
    insertion: it was read where nothing stands. (sign, "") is a deletion: it was missed. Of several
    alignments with the fewest edits, always the same one is returned.
    """
    head = _common(truth, read)
    tail = _common(truth[head:][::-1], read[head:][::-1])
    middle = _align(truth[head : len(truth) - tail], read[head : len(read) - tail])
    ends = truth[:head], truth[len(truth) - tail :]
    return [*zip(ends[0], ends[0], strict=True), *middle, *zip(ends[1], ends[1], strict=True)]


def _common(one: str, other: str) -> int:
    """How many signs at the start are the same."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _align(truth: str, read: str) -> Pairs:
    """The same without a look at both ends, which are equal for most strings."""
    costs = _costs(truth, read)
    i, j = len(truth), len(read)
    pairs: Pairs = []
    while i and j:
        if costs[i][j] == costs[i - 1][j - 1] + (truth[i - 1] != read[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((truth[i], read[j]))
        elif costs[i][j] == costs[i - 1][j] + 1:
            i -= 1
            pairs.append((truth[i], ""))
        else:
            j -= 1
            pairs.append(("", read[j]))
    rest = [(sign, "") for sign in truth[:i]] + [("", sign) for sign in read[:j]]
    return rest + pairs[::-1]


def _costs(truth: str, read: str) -> list[list[int]]:
    """[i][j]: the fewest edits from the first i signs of `truth` to the first j of `read`."""
    rows = [list(range(len(read) + 1))]
    for i, sign in enumerate(truth, 1):
        above, row = rows[-1], [i]
        for j, other in enumerate(read, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (sign != other)))
        rows.append(row)
    return rows
