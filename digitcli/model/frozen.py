"""Frozen dataclasses whose classes are made without compiling anything.

`dataclasses` compiles six methods for each class and imports `inspect`: 12 ms for the classes that
reading one digit needs (benchmarks/LOG.md). Those take `dataclass` from here. Their objects behave
alike, and `fields`, `replace` and `asdict` of `dataclasses` take them: when one of them is called,
a dataclass of the same fields is made. A test compares the two.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, NoReturn

    _Values = tuple[Any, ...]

_MISSING: Any = object()


class _Field:
    """A field with its default, or what makes it, and whatever is to be known of it."""

    def __init__(
        self,
        *,
        default: Any = _MISSING,
        default_factory: Any = _MISSING,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        self.default, self.default_factory, self.metadata = default, default_factory, metadata
        self.required = default is _MISSING and default_factory is _MISSING


def _dataclass(*, frozen: bool, eq: bool = True) -> Callable[[type], type]:
    """Make a class a dataclass; its annotations are texts, `frozen` is always true."""
    assert frozen
    return lambda cls: _made(cls, _METHODS | _COMPARING if eq else _METHODS)


def _made(cls: Any, methods: dict[str, Any]) -> Any:
    own, fields = dict(cls.__dict__), {}
    for name, kind in cls.__annotations__.items():
        if not kind.startswith("ClassVar"):
            given = own.get(name, _MISSING)
            fields[name] = given if isinstance(given, _Field) else _Field(default=given)
    for name, one in fields.items():
        if one.default is not _MISSING:
            setattr(cls, name, one.default)
        elif name in own:
            delattr(cls, name)
    cls._fields = fields
    cls._defaults = {n: one.default for n, one in fields.items() if one.default is not _MISSING}
    cls._factories = [
        (name, one.default_factory)
        for name, one in fields.items()
        if one.default_factory is not _MISSING
    ]
    methods = methods | {"__match_args__": tuple(fields)}
    for name, method in methods.items():
        if name not in own:
            setattr(cls, name, method)
    return cls


def _init(self: Any, *values: Any, **named: Any) -> None:
    cls, found = self.__class__, self.__dict__
    names = cls.__match_args__
    if named or len(values) != len(names):  # else it is quick: an engine's answer is one of these
        found.update(cls._defaults)
        for name, make in cls._factories:
            found[name] = make()
        found.update(named)
        if not named.keys().isdisjoint(names[: len(values)]) or named.keys() - cls._fields.keys():
            _refuse(cls, values, named)
    found.update(zip(names, values))  # noqa: B905 - the next lines look for too many
    if len(found) != len(names) or len(values) > len(names):
        _refuse(cls, values, named)
    if (check := getattr(cls, "__post_init__", None)) is not None:
        check(self)


def _refuse(cls: Any, values: _Values, named: dict[str, Any]) -> NoReturn:
    """Raise the TypeError of a dataclass for arguments that do not fit."""
    _as_dataclass(cls)(*values, **named)
    raise TypeError(f"{cls.__qualname__}: these arguments do not fit")


def _values(one: Any) -> _Values:
    return tuple([getattr(one, name) for name in one._fields])


def _repr(self: Any) -> str:
    values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
    return f"{self.__class__.__qualname__}({values})"


def _eq(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _set(self: Any, name: str, value: object) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delete(self: Any, name: str) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _replace(one: Any, /, **changes: Any) -> Any:
    if "_fields" not in one.__class__.__dict__:  # of a class that inherits from one made here
        import dataclasses

        return dataclasses.replace(one, **changes)
    return one.__class__(**({name: getattr(one, name) for name in one._fields} | changes))


def _as_dataclass(cls: Any) -> Any:
    """A dataclass of the same name, fields and defaults, without any methods of the class."""
    import dataclasses

    cls = next(base for base in cls.__mro__ if "_fields" in base.__dict__)
    if "_dataclass" in cls.__dict__:
        return cls._dataclass
    body: dict[str, Any] = {"__module__": cls.__module__, "__qualname__": cls.__qualname__}
    body |= {"__annotations__": {name: cls.__annotations__[name] for name in cls._fields}}
    for name, one in cls._fields.items():
        given: dict[str, Any] = {"metadata": one.metadata}
        if one.default is not _MISSING:
            given["default"] = one.default
        elif one.default_factory is not _MISSING:
            given["default_factory"] = one.default_factory
        body[name] = dataclasses.field(**given)
    cls._dataclass = dataclasses.dataclass(frozen=True)(type(cls.__name__, (), body))
    return cls._dataclass


class _Known:
    """What `dataclasses` keeps in a class under a name, made when it is asked for."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, one: Any, cls: Any) -> Any:
        return getattr(_as_dataclass(cls), self.name)


class _Signature:
    """The arguments of a class, for help."""

    def __get__(self, one: Any, cls: Any) -> Any:
        if "_fields" not in cls.__dict__:
            return None  # a class that inherits from one that is made here
        from inspect import signature

        return signature(_as_dataclass(cls))


_METHODS: dict[str, Any] = {
    "__init__": _init,
    "__repr__": _repr,
    "__setattr__": _set,
    "__delattr__": _delete,
    "__replace__": _replace,  # for copy.replace, from Python 3.13 on
    "__dataclass_fields__": _Known("__dataclass_fields__"),
    "__dataclass_params__": _Known("__dataclass_params__"),
    "__signature__": _Signature(),
}
_COMPARING = {"__eq__": _eq, "__hash__": _hash}


def required(cls: Any) -> list[str]:
    """The fields without a default of a class that is made here."""
    return [name for name, one in cls._fields.items() if one.required]


def names_of(cls: Any) -> tuple[str, ...]:
    """The fields of a class that is made here, in order."""
    return tuple(cls._fields)


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import field as field
    from dataclasses import replace as replace
else:
    dataclass, field, replace = _dataclass, _Field, _replace
