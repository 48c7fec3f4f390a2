"""How much is said on stderr beside results and errors: nothing, notes, steps or details."""

from __future__ import annotations

from ...errors import UsageError


class _State:
    quiet = False
    level = 0  # how often -v was given


def is_quiet() -> bool:
    """Whether nothing but errors is to be said on stderr."""
    return _State.quiet


def is_verbose() -> bool:
    """Whether steps are to be said on stderr."""
    return _State.level > 0


def set_quiet(quiet: bool) -> None:
    """Say nothing but errors on stderr, or notes too."""
    _State.quiet = quiet


def set_level(level: int) -> None:
    """Say steps on stderr for 1, details too for more, neither for 0."""
    before, _State.level = _State.level, level
    if before or level:
        from .log_lines import listen

        listen(level)


def check() -> None:
    """Raise UsageError for both -q and -v, once all options are known."""
    if _State.quiet and _State.level:
        raise UsageError("--quiet and --verbose exclude each other", "choose one of them")
