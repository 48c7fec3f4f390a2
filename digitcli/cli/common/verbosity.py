"""-q and -v of every command: how much is said on stderr beside results and errors."""

from __future__ import annotations

from typing import Any

from typer.core import TyperOption

from ...errors import UsageError

_QUIET = "No progress, summary or notes on stderr; errors stay."
_VERBOSE = "Say what is done, on stderr; -vv: details too."


class _Option(TyperOption):
    """An option that takes no value; Typer would show that of a count as a number."""

    def make_metavar(self, *context: Any, **named: Any) -> str:
        """Nothing."""
        return ""


class _State:
    quiet = False
    level = 0  # how often -v was given


def is_quiet() -> bool:
    """Whether nothing but errors is to be said on stderr."""
    return _State.quiet


def is_verbose() -> bool:
    """Whether steps are to be said on stderr."""
    return _State.level > 0


def add_options(command: Any) -> None:
    """Give a command --quiet and --verbose; a --quiet of its own is kept and counts the same."""
    own = next((one for one in command.params if "--quiet" in one.opts), None)
    if own is not None:
        own.callback = _set_quiet
    else:
        command.params.append(_option("quiet", "-q", _QUIET, is_flag=True, callback=_set_quiet))
    command.params.append(_option("verbose", "-v", _VERBOSE, count=True, callback=_set_level))


def _option(name: str, letter: str, text: str, **settings: Any) -> TyperOption:
    return _Option(
        param_decls=[name, f"--{name}", letter],
        help=text,
        expose_value=False,
        show_default=False,
        type=int if "count" in settings else None,
        default=0 if "count" in settings else False,
        **settings,
    )


def _set_quiet(context: Any, parameter: Any, value: bool) -> bool:
    if not context.resilient_parsing:
        _State.quiet = bool(value)
    return value


def _set_level(context: Any, parameter: Any, value: int) -> int:
    if not context.resilient_parsing:
        before, _State.level = _State.level, int(value or 0)
        if before or _State.level:
            from .log_lines import listen

            listen(_State.level)
    return value


def check() -> None:
    """Raise UsageError for both -q and -v, once all options are known."""
    if _State.quiet and _State.level:
        raise UsageError("--quiet and --verbose exclude each other", "choose one of them")
