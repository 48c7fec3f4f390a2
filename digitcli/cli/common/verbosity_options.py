"""-q and -v of every command."""

from __future__ import annotations

from typing import Any

from typer.core import TyperOption

from .verbosity import set_level, set_quiet

_QUIET = "No progress, summary or notes on stderr; errors stay."
_VERBOSE = "Say what is done, on stderr; -vv: details too."


class _Option(TyperOption):
    """An option that takes no value; Typer would show that of a count as a number."""

    def make_metavar(self, *context: Any, **named: Any) -> str:
        """Nothing."""
        return ""


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
        set_quiet(bool(value))
    return value


def _set_level(context: Any, parameter: Any, value: int) -> int:
    if not context.resilient_parsing:
        set_level(int(value or 0))
    return value
