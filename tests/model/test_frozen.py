"""Dataclasses made without compiling anything are what `dataclasses` would make of them."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import inspect
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest

import digitcli
from digitcli.model import frozen

PACKAGE = Path(digitcli.__file__).parent


@frozen.dataclass(frozen=True)
class Quick:
    """Made here."""

    name: str
    size: Any = 3
    seen: list[int] = frozen.field(default_factory=list, metadata={"meaning": "what was seen"})
    kind: ClassVar[str] = "body"


@dataclasses.dataclass(frozen=True)
class Standard:
    """Made by `dataclasses`."""

    name: str
    size: Any = 3
    seen: list[int] = dataclasses.field(default_factory=list, metadata={"meaning": "what was seen"})
    kind: ClassVar[str] = "body"


@frozen.dataclass(frozen=True, eq=False)
class Checked:
    """Refuses a name."""

    name: str

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("no name")


def made_here() -> list[type]:
    """All classes of the package that are made here."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if "frozen import" in path.read_text(encoding="utf-8"):
            where = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
            module = importlib.import_module(f"digitcli.{where}")
            found += [
                one
                for one in vars(module).values()
                if isinstance(one, type) and one.__module__ == module.__name__
                if "_fields" in vars(one) and dataclasses.is_dataclass(one)
            ]
    return found


@pytest.mark.parametrize(
    ("values", "named"),
    [(("a",), {}), (("a", 4), {"seen": [1]}), ((), {"name": "b", "size": None}), ((1, 2, [3]), {})],
)
def test_an_object_has_the_values_that_a_dataclass_has(values, named):
    quick, standard = Quick(*values, **named), Standard(*values, **named)

    assert vars(quick) == vars(standard)
    assert repr(quick) == repr(standard).replace("Standard", "Quick")
    assert dataclasses.asdict(quick) == dataclasses.asdict(standard)
    assert vars(dataclasses.replace(quick, size=9)) == vars(dataclasses.replace(standard, size=9))
    assert vars(frozen.replace(quick, size=9)) == vars(dataclasses.replace(standard, size=9))
    assert copy.copy(quick) == copy.deepcopy(quick) == pickle.loads(pickle.dumps(quick)) == quick


@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), ((1, 2, [], 4), {}), ((1,), {"other": 2}), ((1,), {"name": 2}), ((), {"other": 1})],
)
def test_arguments_that_do_not_fit_raise_what_a_dataclass_raises(values, named):
    with pytest.raises(TypeError) as standard:
        Standard(*values, **named)
    with pytest.raises(TypeError) as quick:
        Quick(*values, **named)

    assert str(quick.value) == str(standard.value).replace("Standard", "Quick")


def test_objects_compare_and_hash_by_their_values():
    assert Quick("a") == Quick("a", 3)
    assert Quick("a") != Quick("b")
    assert Quick("a") != Standard("a")
    assert hash(Quick("a", 1, ())) == hash(Quick("a", 1, ()))
    with pytest.raises(TypeError, match="unhashable"):
        hash(Quick("a"))
    assert Checked("a") != Checked("a")
    assert len({Checked("a"), Checked("a")}) == 2


@pytest.mark.skipif(not hasattr(copy, "replace"), reason="Python 3.13 has it")
def test_copy_replaces_values():
    assert copy.replace(Quick("a", 1), name="b") == Quick("b", 1)


def test_a_default_that_is_made_is_made_for_each_object():
    assert Quick("a").seen is not Quick("a").seen


def test_nothing_can_be_set_or_deleted():
    for change in (lambda one: setattr(one, "name", 1), lambda one: delattr(one, "name")):
        with pytest.raises(dataclasses.FrozenInstanceError) as standard:
            change(Standard("a"))
        with pytest.raises(dataclasses.FrozenInstanceError) as quick:
            change(Quick("a"))
        assert str(quick.value) == str(standard.value)


def test_an_object_is_checked_when_it_is_made():
    with pytest.raises(ValueError, match="no name"):
        Checked("")


def test_a_pattern_takes_its_fields_in_order():
    match Quick("a", 1):
        case Quick(name, size):
            assert (name, size) == ("a", 1)


def test_dataclasses_knows_the_same_of_both_classes():
    facts = [
        [(one.name, one.type, one.default, one.default_factory, dict(one.metadata)) for one in each]
        for each in (dataclasses.fields(Quick), dataclasses.fields(Standard))
    ]
    assert facts[0] == facts[1]
    assert str(inspect.signature(Quick)) == str(inspect.signature(Standard))
    assert dataclasses.is_dataclass(Quick("a"))
    assert frozen.names_of(Quick) == ("name", "size", "seen")
    assert frozen.required(Quick) == ["name"]


@pytest.mark.parametrize("cls", made_here(), ids=lambda cls: cls.__qualname__)
def test_each_class_of_the_package_has_the_fields_that_a_dataclass_would_have(cls):
    assert tuple(one.name for one in dataclasses.fields(cls)) == frozen.names_of(cls)
    assert cls.__match_args__ == frozen.names_of(cls)
    assert cls.__bases__ == (object,)  # fields are not inherited


def test_the_classes_that_one_digit_needs_are_among_them():
    names = {one.__name__ for one in made_here()}
    assert {"Conv", "NetworkSpec", "Weights", "Reading", "Digit"} <= names


def test_a_dataclass_may_inherit_its_fields():
    @dataclasses.dataclass(frozen=True)
    class More(Quick):
        more: int = 0

    one = More("a", more=2)
    assert (one.name, one.size, one.seen, one.more) == ("a", 3, [], 2)
    assert [field.name for field in dataclasses.fields(one)] == ["name", "size", "seen", "more"]
    assert one == More("a", more=2) != Quick("a")
    assert dataclasses.replace(one, name="b") == More("b", more=2) == frozen.replace(one, name="b")


def test_making_a_class_imports_no_dataclasses():
    code = """
from __future__ import annotations
import sys
from digitcli.model.frozen import dataclass
@dataclass(frozen=True)
class Point:
    x: int
    y: int = 0
assert Point(1) == Point(1, 0)
print(sorted({"dataclasses", "inspect"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
