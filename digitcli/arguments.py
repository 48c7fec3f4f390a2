"""Arguments of Python functions, held to the types that the functions' own annotations name."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import wraps
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin

_Function = TypeVar("_Function", bound=Callable[..., Any])
_TEXTS = str, bytes, bytearray  # which are sequences, but no lists


def checked(function: _Function) -> _Function:
    """Make `function` refuse arguments of other types than it is annotated with.

    Then it raises TypeError: which argument, what it takes and what it got. A bool is no number,
    NumPy's numbers are numbers, a text is no list. Annotations that name what is imported only for
    type checkers are not checked.
    """
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    kinds: dict[str, _Kind] = {}
    in_order: list[tuple[str, _Kind | None]] = []

    @wraps(function)
    def call(*values: Any, **options: Any) -> Any:
        if not kinds:  # on the first call: a program that never calls it does not wait for this
            kinds.update(_kinds_of(function))
            for name in names:  # in order
                in_order.append((name, kinds.get(name)))
        for (name, kind), value in zip(in_order, values):  # noqa: B905 - Python refuses too many
            if kind is not None and type(value) not in kind.exact:
                kind.check(name, value)
        for name, value in options.items():
            if name in kinds:
                kinds[name].check(name, value)
        return function(*values, **options)

    return cast(_Function, call)


class _Kind:
    """What an argument may be: in words, and as a test.

    `exact` are types whose objects need no test. Not a dataclass: creating that class takes as long
    as reading a picture.
    """

    def __init__(self, words: str, takes: Callable[[Any], bool], *exact: type) -> None:
        self.words, self.takes, self.exact = words, takes, frozenset(exact)

    def check(self, name: str, value: object) -> None:
        """Raise TypeError for a value of another kind."""
        if type(value) not in self.exact and not self.takes(value):
            from reprlib import repr as short

            got = " ".join(short(value).split())  # a line, also of an array
            raise TypeError(f"{name} must be {self.words}, got {got}")


def _kinds_of(function: Callable[..., Any]) -> dict[str, _Kind]:
    """The kind of each argument that can be checked."""
    found = {}
    for name, text in function.__annotations__.items():
        try:
            kind = None if name == "return" else _kind_of(eval(text, function.__globals__))
        except NameError:
            continue
        if kind is not None:
            found[name] = kind
    return found


def _kind_of(hint: Any) -> _Kind | None:
    """What an annotation allows; None: anything, or what only type checkers know."""
    origin, parts = get_origin(hint) or hint, get_args(hint)
    if hint is Any or isinstance(hint, str):
        return None
    if origin in (Union, UnionType):
        return _any_of([_kind_of(part) for part in parts])
    if origin is Literal:
        return _Kind(f"one of {', '.join(map(repr, parts))}", _is_text, str)
    if origin in (Sequence, Iterable):
        return _several(origin, _kind_of(parts[0]))
    return _PLAIN.get(origin) or _class(origin)


def _any_of(kinds: Sequence[_Kind | None]) -> _Kind | None:
    """One of several kinds. None is not named: it stands for an argument that is left out."""
    known = [kind for kind in kinds if kind is not None]
    if len(known) < len(kinds):
        return None
    *others, last = [kind.words for kind in known if kind.words]
    words = f"{', '.join(others)} or {last}" if others else last
    exact = [one for kind in known for one in kind.exact]
    return _Kind(words, lambda value: any(kind.takes(value) for kind in known), *exact)


def _several(origin: type, one: _Kind | None) -> _Kind:
    """A list, or anything to go through; elements are checked where that uses nothing up."""
    words = "a list" if one is None else f"a list (each {one.words})"

    def takes(value: Any) -> bool:
        if isinstance(value, _TEXTS) or not isinstance(value, origin):
            return False
        return one is None or not isinstance(value, Collection) or all(map(one.takes, value))

    return _Kind(words, takes)


def _class(kind: type) -> _Kind:
    """Objects of a class; of one that has methods, everything that has them."""
    methods = [name for name, found in vars(kind).items() if callable(found) and name[0] != "_"]
    if not methods:
        return _Kind(f"of the type {kind.__name__}", lambda value: isinstance(value, kind), kind)
    words = f"an object with the methods {', '.join(methods)}"
    return _Kind(words, lambda value: all(callable(getattr(value, name, 0)) for name in methods))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_whole(value: object) -> bool:
    from numbers import Integral

    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    from numbers import Real

    return isinstance(value, Real) and not isinstance(value, bool)


_PLAIN: dict[Any, _Kind] = {
    NoneType: _Kind("", lambda value: value is None, NoneType),
    str: _Kind("a text", _is_text, str),
    int: _Kind("a whole number", _is_whole, int),
    float: _Kind("a number", _is_number, float, int),
    bool: _Kind("True or False", lambda value: isinstance(value, bool), bool),
    os.PathLike: _Kind("a path", lambda value: isinstance(value, os.PathLike)),
    Callable: _Kind("a function", callable),
    Mapping: _Kind("a dict", lambda value: isinstance(value, Mapping), dict),
}
