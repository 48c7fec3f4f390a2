"""Defaults of options: from variables of the environment, then from digitcli.toml.

The order is: command line; DIGITCLI_COMMAND_OPTION; digitcli.toml in the current folder; the
user's digitcli.toml; what --help says.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ... import log
from ...errors import UsageError, reason_of
from ...model.frozen import dataclass

if TYPE_CHECKING:
    from pathlib import Path

FILE = "digitcli.toml"
NAMED = "DIGITCLI_CONFIG"  # names the one file to read; "none": no file
_MOST_BYTES = 1 << 20
_SCALARS = (str, int, float)


@dataclass(frozen=True)
class DefaultsFile:
    """A digitcli.toml: a table for each command, `[data.preview]` for a command of a group."""

    path: Path
    tables: Mapping[str, Any]


def files() -> list[DefaultsFile]:
    """The files that give defaults, the one that counts most first.

    Raises UsageError for one that cannot be read or is no TOML.
    """
    from pathlib import Path  # not above: one digit is read without it

    return [_read(path) for path in map(Path, _paths()) if path.is_file()]


def may_be_set(command: str) -> bool:
    """Whether a file with defaults exists, or a variable that begins as those of `command` do.

    Raises UsageError where DIGITCLI_CONFIG names no file.
    """
    begin = variable_of((command,), "")
    return any(map(_may_exist, _paths())) or any(name.startswith(begin) for name in os.environ)


def _may_exist(path: str) -> bool:
    """False only where there surely is nothing."""
    try:
        os.stat(path)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):  # `files` says what is wrong
        return True
    return True


def _paths() -> list[str]:
    named = os.environ.get(NAMED)
    if named == "none":
        return []
    if named:
        from pathlib import Path

        if not Path(named).is_file():
            raise UsageError(f"{NAMED}={named}: no such file", f"{NAMED}=none reads no file")
        return [named]
    return [FILE, *_of_user()]


def _of_user() -> Iterator[str]:
    """$XDG_CONFIG_HOME or ~/.config; %APPDATA% on Windows."""
    if os.name == "nt":
        folder = os.environ.get("APPDATA", "")
    else:
        folder = os.environ.get("XDG_CONFIG_HOME", "") or os.path.expanduser("~/.config")  # noqa: PTH111 - no error without a home
    if os.path.isabs(folder):  # noqa: PTH117 - not where there is no home
        yield os.path.join(folder, "digitcli", FILE)  # noqa: PTH118


def _read(path: Path) -> DefaultsFile:
    from ...files.opening import read_regular
    from ...files.toml import parse_toml

    try:
        return DefaultsFile(path, parse_toml(read_regular(path, _MOST_BYTES).decode()))
    except OSError as error:
        reason = reason_of(error)
        raise UsageError(f"{path}: cannot be read ({reason})") from error
    except ValueError as error:  # of TOML, with its line, or of UTF-8
        raise UsageError(f"{path}: not TOML: {error}") from error


def of_command(name: str, command: Any, known: list[str], context: Any) -> dict[str, Any]:
    """The defaults of a command, or of the commands of a group, as Click's `default_map` has them.

    `known` are the names of all commands. Which file each value is from is kept in `context`, for
    `origin`. Raises UsageError naming the file and what is wrong in it.
    """
    found: dict[str, Any] = {}
    origins = context.meta.setdefault(__name__, {})
    for file in reversed(files()):
        _refuse_unknown(file, sorted(set(file.tables) - set(known)), known, "command")
        table = _table(file, file.tables.get(name, {}), (name,))
        _merge(found, table, command, file, (name,), origins)
    return found


def _merge(
    found: dict[str, Any],
    table: Mapping[str, Any],
    command: Any,
    file: DefaultsFile,
    path: tuple[str, ...],
    origins: dict[tuple[str, ...], Path],
) -> None:
    """Put one table of a file over what earlier files said."""
    inner = getattr(command, "commands", None)
    if inner is not None:
        _refuse_unknown(file, sorted(set(table) - set(inner)), list(inner), "command", path)
        for name, under in table.items():
            rest = _table(file, under, (*path, name))
            _merge(found.setdefault(name, {}), rest, inner[name], file, (*path, name), origins)
        return
    options = options_of(command)
    _refuse_unknown(file, sorted(set(table) - set(options)), list(options), "option", path)
    for name, value in table.items():
        option = options[name]
        found[option.name] = _value(file, path, name, option, value)
        origins[(*path, option.name)] = file.path


def options_of(command: Any) -> dict[str, Any]:
    """The options of a command by their long names without dashes; not --help."""
    return {
        name[2:]: option
        for option in command.params
        if option.param_type_name == "option" and not option.is_eager
        for name in option.opts
        if name.startswith("--")
    }


def _table(file: DefaultsFile, value: object, path: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        where = ".".join(path)
        hint = f"begin it with a line [{where}]"
        raise UsageError(f"{file.path}: {where} must be a table", hint)
    return value


def _value(file: DefaultsFile, path: tuple[str, ...], name: str, option: Any, value: Any) -> Any:
    """A value of TOML as Click takes it: text, a number, true or false, or a list of them."""
    where = f"{file.path}: [{'.'.join(path)}] {name}"
    if option.is_flag:
        if not isinstance(value, bool):
            raise UsageError(f"{where}: expected true or false, got {value!r}")
        return value
    values = value if isinstance(value, list) else [value]
    if any(isinstance(one, bool) or not isinstance(one, _SCALARS) for one in values):
        raise UsageError(f"{where}: expected text or a number, got {value!r}")
    if option.multiple:
        return [str(one) for one in values]
    if isinstance(value, list):  # several values of one option are written with commas
        return ",".join(map(str, values))
    return value


def _refuse_unknown(
    file: DefaultsFile,
    unknown: list[str],
    known: list[str],
    what: str,
    path: tuple[str, ...] = (),
) -> None:
    if not unknown:
        return
    import difflib

    where = f"{file.path}: [{'.'.join(path)}]" if path else f"{file.path}:"
    near = difflib.get_close_matches(unknown[0], known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(known))}"
    raise UsageError(f"{where} no {what} is called {unknown[0]!r}", hint)


def name_variables(command: Any, path: tuple[str, ...]) -> None:
    """Have each option of a command read its variable, DIGITCLI_COMMAND_OPTION."""
    for name, option in options_of(command).items():
        option.envvar = option.envvar or variable_of(path, name)
        option.show_envvar = False  # the same for all: the manual says it once


def variable_of(path: tuple[str, ...], option: str) -> str:
    """DIGITCLI_DATA_PREVIEW_OUT of `data preview --out`."""
    return "_".join(["DIGITCLI", *path, option]).upper().replace("-", "_")


def unknown_variables(command: Any, path: tuple[str, ...]) -> list[str]:
    """Variables that begin as those of a command do, and belong to none of its options."""
    begin = variable_of(path, "")
    known = known_variables(command, path)
    return sorted(name for name in os.environ if name.startswith(begin) and name not in known)


def known_variables(command: Any, path: tuple[str, ...]) -> list[str]:
    """The variables that the options of a command read."""
    return [variable_of(path, name) for name in options_of(command)]


def note(command: Any, path: tuple[str, ...], context: Any) -> None:
    """Log which defaults are in force; say on stderr which variables no option has."""
    import difflib

    from .. import console

    for (*_, name), file in context.meta.get(__name__, {}).items():
        log.info(__name__, "%s: %s = %r", file, name, context.params.get(name))
    for option in options_of(command).values():
        if _source(context, option) == "ENVIRONMENT":
            log.info(__name__, "%s = %r", option.envvar, context.params.get(option.name))
    for name in unknown_variables(command, path):
        near = difflib.get_close_matches(name, known_variables(command, path), n=1)
        guess = f"; did you mean {near[0]}?" if near else ""
        said = f"note: {name} is set, and {' '.join(path)} has no such option{guess}"
        console.printer_on_stderr().write((said, ""))


def _source(context: Any, option: Any) -> str:
    """The name of where Click took a value from."""
    return getattr(context.get_parameter_source(option.name), "name", "")


def origin(error: Exception) -> str:
    """Where the value came from that Click refuses: a variable or a file; "" the command line."""
    context, option = getattr(error, "ctx", None), getattr(error, "param", None)
    if context is None or option is None:
        return ""
    source = _source(context, option)
    if source == "ENVIRONMENT":
        names = [option.envvar] if isinstance(option.envvar, str) else list(option.envvar)
        return next((name for name in names if os.environ.get(name)), "")
    if source == "DEFAULT_MAP":
        path = (*context.command_path.split()[1:], option.name)
        return str(context.meta.get(__name__, {}).get(path, FILE))
    return ""
