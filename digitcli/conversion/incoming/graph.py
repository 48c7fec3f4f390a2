"""A graph of nodes walked from its input to its output, for formats that hold graphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from .ops import Op, Values, refuse

MAX_NODES = 10_000


@dataclass(frozen=True)
class Node:
    """One node; `given` are those of its inputs that are constants, by their place."""

    title: str  # its name and kind, for messages
    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    place: int  # of the value that flows among the inputs
    given: dict[int, Values]
    shape: tuple[int, ...]  # of the value that flows, and of what the node makes of it, for one
    out_shape: tuple[int, ...]  # picture; without the batch
    raw: Any = None  # the format's own node

    def constant(self, place: int) -> Values:
        """A constant input; refused when it is computed from pixels or missing."""
        if place not in self.given:
            refuse(self.title, f"input {place + 1} is not a constant of the file")
        return self.given[place]

    def optional(self, place: int) -> Values | None:
        """The same for one that may be missing."""
        missing = place >= len(self.inputs) or not self.inputs[place]
        return None if missing else self.constant(place)


Translate: TypeAlias = Callable[[Node], Sequence[Op]]


@dataclass
class Graph:
    """What a reader knows of a graph: shapes of tensors with the batch, and constants by name."""

    source: str
    target: str
    shapes: dict[str, tuple[int, ...]]
    constants: dict[str, Values]
    ignored: frozenset[str]  # kinds of nodes that compute shapes

    def walk(
        self, nodes: Sequence[Any], describe: Callable[[Any], Described], translate: Translate
    ) -> list[Op]:
        """The operations between source and target. Raises ModelError for what is no chain."""
        if len(nodes) > MAX_NODES:
            refuse("the graph", f"{len(nodes)} nodes, more than {MAX_NODES}")
        found: list[Op] = []
        now = self.source
        seen = {now}
        for raw in nodes:
            one = describe(raw)
            flowing = [place for place, name in enumerate(one.inputs) if name in seen]
            if one.kind in self.ignored or not flowing:
                continue
            if len(flowing) > 1 or one.inputs[flowing[0]] != now or now == self.target:
                refuse(one.title, "joins or leaves a branch: the model is not a chain")
            found += translate(self._node(raw, one, flowing[0]))
            now = one.outputs[0]
            seen.add(now)
        if now != self.target:
            refuse(f"the output {self.target}", "is not what the last node gives")
        return found

    def _node(self, raw: Any, one: Described, place: int) -> Node:
        given = {
            at: self.constants[name] for at, name in enumerate(one.inputs) if name in self.constants
        }
        shapes = [self.shape_of(one.title, name) for name in (one.inputs[place], one.outputs[0])]
        rest = one.title, one.kind, one.inputs, one.outputs
        return Node(*rest, place, given, shapes[0], shapes[1], raw)

    def shape_of(self, title: str, name: str) -> tuple[int, ...]:
        """The shape of a value for one picture, without the batch."""
        shape = self.shapes.get(name)
        if shape is None:
            refuse(title, f"the shape of {name} is not known", "write the model with fixed shapes")
        if not shape or shape[0] != 1:
            refuse(title, f"mixes the pictures of a batch: {name} has shape {list(shape)} for one")
        return shape[1:]


@dataclass(frozen=True)
class Described:
    """What every node of every format has."""

    title: str
    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
