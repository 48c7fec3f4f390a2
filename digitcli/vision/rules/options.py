"""The rule that the options of `digitcli predict` make."""

from __future__ import annotations

from ...errors import UsageError
from .checks import find_check
from .patterns import compile_pattern
from .rule import All, Length, Rule, example


def rule_of(pattern: str | None, length: int | None, check: str | None) -> Rule | None:
    """The rule that `--pattern`, `--length` and `--check` make together, None without any.

    Raises UsageError for a pattern or check that is none, and when no number obeys all of them.
    """
    if pattern is None and length is None and check is None:
        return None
    rules: list[Rule] = []
    if length is not None:
        rules.append(Length(length))
    if pattern is not None:
        rules.append(compile_pattern(pattern))
    if check is not None:
        rules.append(find_check(check))
    rule = rules[0] if len(rules) == 1 else All(tuple(rules))
    if example(rule) is None:
        given = {"--pattern": pattern, "--length": length, "--check": check}
        named = ", ".join(f"{name} {value}" for name, value in given.items() if value is not None)
        raise UsageError(f"{named}: no number obeys this", "leave one of them away")
    return rule
