r"""Patterns of numbers, `\d{5}` or `(19|20)\d\d`: a regular language over the ten digits.

    pattern  = branch { "|" branch }
    branch   = { atom [ "?" | "*" | "+" | "{m}" | "{m,}" | "{m,n}" ] }
    atom     = digit | "\d" | "." | "[" [ "^" ] { digit [ "-" digit ] } "]" | "(" pattern ")"

A pattern describes the whole number, so a `^` in front and a `$` at the end change nothing. The
result is a deterministic automaton (`automaton.py`), which a search over readings needs and
Python's `re` does not give.
"""

from __future__ import annotations

from typing import NoReturn

from ...errors import UsageError
from .automaton import Automaton, Choice, Digits, Node, Repeat, Sequence, TooLargeError, determine

_LONGEST = 1000  # characters
_DEEPEST = 50  # groups inside groups
_MOST = 1000  # repetitions
_DIGITS = "0123456789"
_HINT = r"for example '\d{5}' or '(19|20)\d\d'; see `digitcli predict --help`"


def compile_pattern(text: str) -> Automaton:
    """The automaton that accepts the numbers which `text` describes.

    Raises UsageError, with the position, for anything that is not a pattern, and when it matches no
    number.
    """
    tree = _Parser(text).parse()
    try:
        automaton = determine(tree)
    except TooLargeError as error:
        raise UsageError(f"pattern {text!r}: {error}", "ask for less in one pattern") from error
    if not automaton.table[automaton.start]:
        raise UsageError(f"pattern {text!r}: no number with at least one digit matches it", _HINT)
    return automaton


class _Parser:
    """Recursive descent over the characters of a pattern."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def parse(self) -> Node:
        """The whole pattern."""
        if len(self.text) > _LONGEST:
            self._refuse(f"{len(self.text)} characters, at most {_LONGEST} expected")
        self._take("^")
        tree = self._pattern()
        self._take("$")
        if self.at < len(self.text):
            self._unexpected("the end")
        return tree

    def _pattern(self) -> Node:
        branches = [self._branch()]
        while self._take("|"):
            branches.append(self._branch())
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _branch(self) -> Node:
        parts: list[Node] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)$":
            parts.append(self._repeated(self._atom()))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _atom(self) -> Node:
        begin = self.at
        character = self._next()
        if character in _DIGITS:
            return Digits(frozenset((int(character),)))
        if character == ".":
            return Digits(frozenset(range(10)))
        if character == "\\":
            if not self._take("d"):
                self._unexpected("d (\\d is any digit)")
            return Digits(frozenset(range(10)))
        if character == "[":
            return self._class(begin)
        if character == "(":
            return self._group()
        self.at = begin
        if character in "?*+{":
            self._refuse(f"position {begin + 1}: nothing stands before {character!r} to repeat")
        self._unexpected("a digit, \\d, a dot, [ or (")

    def _group(self) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            self._refuse(f"position {self.at}: groups more than {_DEEPEST} deep")
        if self._take("?") and not self._take(":"):
            self._unexpected(":")
        inside = self._pattern()
        if not self._take(")"):
            self._unexpected(")")
        self.depth -= 1
        return inside

    def _class(self, begin: int) -> Node:
        inverted = self._take("^")
        allowed: set[int] = set()
        while not self._take("]"):
            if self._take("\\"):
                if not self._take("d"):
                    self._unexpected("d (\\d is any digit)")
                allowed |= set(range(10))
                continue
            begin_range = self.at
            low = self._digit("a digit or ]")
            high = self._digit("a digit") if self._take("-") else low
            if high < low:
                self._refuse(f"position {begin_range + 1}: the range {low}-{high} is empty")
            allowed |= set(range(low, high + 1))
        if inverted:
            allowed = set(range(10)) - allowed
        if not allowed:
            self._refuse(f"position {begin + 1}: {self.text[begin : self.at]} matches no digit")
        return Digits(frozenset(allowed))

    def _repeated(self, part: Node) -> Node:
        begin = self.at
        if self._take("?"):
            least, most = 0, 1
        elif self._take("*"):
            least, most = 0, None
        elif self._take("+"):
            least, most = 1, None
        elif self._take("{"):
            least, most = self._counts(begin)
        else:
            return part
        if self.at < len(self.text) and self.text[self.at] in "?*+{":
            self._refuse(f"position {self.at + 1}: {self.text[self.at]!r} repeats a repetition")
        return Repeat(part, least, most)

    def _counts(self, begin: int) -> tuple[int, int | None]:
        least = self._count()
        most: int | None = least
        if self._take(","):
            most = None if self._at("}") else self._count()
        if not self._take("}"):
            self._unexpected("} or ,")
        if most is not None and most < least:
            counts = self.text[begin : self.at]
            self._refuse(
                f"position {begin + 1}: {counts} asks for at least {least}, at most {most}"
            )
        return least, most

    def _count(self) -> int:
        begin = self.at
        while self.at < len(self.text) and self.text[self.at] in _DIGITS:
            self.at += 1
        if begin == self.at:
            self._unexpected("a number")
        number = int(self.text[begin : self.at])
        if number > _MOST:
            self._refuse(f"position {begin + 1}: at most {_MOST} repetitions, found {number}")
        return number

    def _digit(self, expected: str) -> int:
        if self.at == len(self.text) or self.text[self.at] not in _DIGITS:
            self._unexpected(expected)
        return int(self._next())

    def _next(self) -> str:
        self.at += 1
        return self.text[self.at - 1]

    def _at(self, character: str) -> bool:
        return self.text[self.at : self.at + 1] == character

    def _take(self, character: str) -> bool:
        """Step over `character` if it comes next."""
        taken = self._at(character)
        self.at += taken
        return taken

    def _unexpected(self, expected: str) -> NoReturn:
        found = repr(self.text[self.at]) if self.at < len(self.text) else "the end"
        self._refuse(f"position {self.at + 1}: expected {expected}, found {found}")

    def _refuse(self, reason: str) -> NoReturn:
        raise UsageError(f"pattern {self.text!r}: {reason}", _HINT)
