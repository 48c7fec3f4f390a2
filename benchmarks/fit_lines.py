"""Fit the weights by which `predict` chooses among the readings of a line (`vision/scoring.py`).

They are those of a conditional random field: the likelihood of the true digits, given all readings
of the lattice, is made as large as it gets (J. Lafferty, A. McCallum, F. Pereira, "Conditional
random fields", ICML 2001), by PyTorch's gradients. Learnt from are drawn amounts and, where there
is test data, cheques of even number; those of odd number and other drawn amounts show what came of
it. Prints both before and after, and the weights. Needs the extra `bench`.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from digitcli.data.drawn import amounts
from digitcli.inference import engine
from digitcli.model.zoo import DEFAULT
from digitcli.vision.files.decode import decode_pixels
from digitcli.vision.page import Page, prepare
from digitcli.vision.scoring import (
    DigitDoubts,
    MarkDoubts,
    Weights,
    digit_doubts,
    mark_doubts,
    misshapen,
)
from digitcli.vision.segment import segment

Tensor = torch.Tensor
Lesson = tuple[Page, str]

NEVER = -1e4  # the score of what cannot be
MOST_NODES = 22  # longer lines are print that was taken for writing
CLIPPED = 15.0  # a line that cannot be read right should not bend the weights


def main() -> None:
    """Fit, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", default=DEFAULT)
    parser.add_argument("--cheques", type=Path, help="a folder with labels.csv")
    parser.add_argument("--drawn", type=int, default=400, metavar="N", help="amounts to learn from")
    parser.add_argument("--steps", type=int, default=120)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    network = engine.load(arguments.weights)
    lessons = {"drawn": Lines.of(drawn(arguments.drawn, 5), network)}
    tests = {"drawn, others": Lines.of(drawn(300, 6), network)}
    if arguments.cheques:
        lessons["cheques, even"] = Lines.of(cheques(arguments.cheques, 0), network)
        tests["cheques, odd"] = Lines.of(cheques(arguments.cheques, 1), network)
    parameters = [torch.tensor(group) for group in Weights()]
    for name, lines in (lessons | tests).items():
        print(f"before  {name:<16}{lines.report(parameters)}")
    parameters = fit(list(lessons.values()), parameters, arguments.steps)
    for name, lines in (lessons | tests).items():
        print(f"after   {name:<16}{lines.report(parameters)}")
    digit, mark, shape = ([round(v, 2) for v in group.flatten().tolist()] for group in parameters)
    print(Weights(DigitDoubts(*digit), MarkDoubts(*mark), *shape))


def drawn(count: int, seed: int) -> Iterator[Lesson]:
    """Amounts that nobody learnt from."""
    for amount in islice(amounts.draw(seed, 77), count):
        yield prepare(amount.picture), "".join(map(str, amount.digits))


def cheques(folder: Path, half: int) -> Iterator[Lesson]:
    """Every other cheque."""
    with (folder / "labels.csv").open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    for name, text, *_ in rows[half::2]:
        yield prepare(decode_pixels(folder / name)), text


@dataclass
class Lines:
    """The lattices of n lines, up to m nodes each: every tensor's first axis is the line.

    `doubts` (n, m, m, 9), `digits` (n, m, m, 10) the logarithmic probabilities from node to node,
    `shapes` (n, m, m, 10); `marks` (n, m, 3) and `marked` (n, m) from each node to the next;
    `truth` (n, k), `lengths` (n,) of the true digits, `nodes` (n,).
    """

    doubts: Tensor
    digits: Tensor
    shapes: Tensor
    marks: Tensor
    marked: Tensor
    truth: Tensor
    lengths: Tensor
    nodes: Tensor

    @classmethod
    def of(cls, lessons: Iterator[Lesson], network: engine.Engine) -> Lines:
        """What predict makes of each lesson; of several lines the one with most candidates."""
        found = [line for page, text in lessons if (line := _line(page, text, network))]
        count, nodes = len(found), max(line.nodes for line in found)
        longest = max(len(line.text) for line in found)
        lines = cls(
            torch.zeros(count, nodes, nodes, len(DigitDoubts._fields)),
            torch.full((count, nodes, nodes, 10), NEVER),
            torch.zeros(count, nodes, nodes, 10),
            torch.zeros(count, nodes, len(MarkDoubts._fields)),
            torch.full((count, nodes), NEVER),
            torch.zeros(count, longest, dtype=torch.long),
            torch.tensor([len(line.text) for line in found]),
            torch.tensor([line.nodes for line in found]),
        )
        for n, line in enumerate(found):
            for start, end, doubts, digits, shape in line.arcs:
                lines.doubts[n, start, end] = torch.tensor(doubts)
                lines.digits[n, start, end] = torch.tensor(digits)
                lines.shapes[n, start, end] = torch.tensor(shape)
            lines.marks[n, : line.nodes - 1] = torch.tensor(line.marks)
            lines.marked[n, : line.nodes - 1] = 0
            lines.truth[n, : len(line.text)] = torch.tensor([int(digit) for digit in line.text])
        return lines

    def scores(self, parameters: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Of each digit from node to node (n, m, m, 10), of a mark to the next node (n, m)."""
        digit, mark, shape = parameters
        doubted = (self.doubts @ digit)[..., None]
        return doubted + self.digits - shape * self.shapes, self.marks @ mark + self.marked

    def surprise(self, parameters: list[Tensor]) -> Tensor:
        """Minus the logarithm of the true digits' probability among all readings, (n,)."""
        digits, marks = self.scores(parameters)
        count, nodes = marks.shape
        length = self.truth.shape[1]
        arcs = torch.logsumexp(digits, -1)
        right = digits.gather(3, self.truth[:, None, None, :].expand(-1, nodes, nodes, -1))
        every = [torch.zeros(count)]
        blank = torch.full((count, 1), NEVER)
        true = [torch.cat([torch.zeros(count, 1), blank.expand(-1, length)], 1)]
        for node in range(1, nodes):
            before, mark = torch.stack(every, 1), marks[:, node - 1]
            passed = (every[-1] + mark)[:, None]
            every.append(torch.logsumexp(torch.cat([before + arcs[:, :node, node], passed], 1), 1))
            spelt = torch.stack(true, 1)[:, :, :-1] + right[:, :node, node]
            spelt = torch.cat([blank, torch.logsumexp(spelt, 1)], 1)
            true.append(torch.logaddexp(spelt, true[-1] + mark[:, None]))
        rows = torch.arange(count)
        last = self.nodes - 1
        return torch.stack(every, 1)[rows, last] - torch.stack(true, 1)[rows, last, self.lengths]

    def read(self, parameters: list[Tensor]) -> list[str]:
        """The likeliest path of each line."""
        digits, marks = self.scores(parameters)
        best, which = (found.tolist() for found in digits.max(-1))
        texts = []
        for n, nodes in enumerate(self.nodes.tolist()):
            paths = [(0.0, "")]
            for end in range(1, nodes):
                score, text = paths[-1]
                ways = [(score + float(marks[n, end - 1]), text)]
                for start, (score, text) in enumerate(paths):
                    ways.append((score + best[n][start][end], text + str(which[n][start][end])))
                paths.append(max(ways))
            texts.append(paths[-1][1])
        return texts

    def report(self, parameters: list[Tensor]) -> str:
        """How many lines are read right, and how surprising the truth is."""
        with torch.no_grad():
            texts, surprise = self.read(parameters), self.surprise(parameters)
        pairs = zip(self.truth.tolist(), self.lengths.tolist(), strict=True)
        truth = ["".join(map(str, row[:length])) for row, length in pairs]
        right = np.mean([text == true for text, true in zip(texts, truth, strict=True)])
        return (
            f"{right:.1%} right of {len(texts)}, surprise {surprise.clamp(max=CLIPPED).mean():.3f}"
        )


@dataclass
class Line:
    """One lattice: its arcs (start, end, doubts, logarithmic probabilities, shapes)."""

    text: str
    nodes: int
    arcs: list[tuple[int, int, DigitDoubts, list[float], list[float]]]
    marks: list[MarkDoubts]


def _line(page: Page, text: str, network: engine.Engine) -> Line | None:
    found = segment(page)
    if found.pictures is None:
        return None
    rows = np.asarray(network.predict(found.pictures).probabilities, dtype=np.float64)
    number, _ = Counter(one.line for one in found.candidates).most_common(1)[0]
    line = found.lines[number]
    if line.last - line.first >= MOST_NODES:
        return None
    arcs = [
        (
            one.first - line.first,
            one.last - line.first,
            digit_doubts(found, one, row.max()),
            np.log(np.maximum(row, 1e-9)).tolist(),
            misshapen(one),
        )
        for one, row in zip(found.candidates, rows, strict=True)
        if one.line == number
    ]
    pieces = found.pieces[line.first : line.last]
    marks = [mark_doubts(piece, line.height) for piece in pieces]
    return Line(text, line.last - line.first + 1, arcs, marks)


def fit(lessons: list[Lines], start: list[Tensor], steps: int) -> list[Tensor]:
    """The weights that make the truth least surprising, and not far from where they began."""
    parameters = [group.clone().requires_grad_() for group in start]
    optimizer = torch.optim.Adam(parameters, lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = sum(((new - old) ** 2).sum() for new, old in zip(parameters, start, strict=True))
        loss = 1e-3 * loss
        for lines in lessons:
            loss = loss + lines.surprise(parameters).clamp(max=CLIPPED).mean()
        loss.backward()
        optimizer.step()
    return [group.detach() for group in parameters]


if __name__ == "__main__":
    main()
