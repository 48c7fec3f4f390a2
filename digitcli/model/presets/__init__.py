"""Networks that come with digitcli, each a TOML file a person can read and copy."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from ...errors import ModelError, UsageError, reason_of
from ...files.opening import read_regular
from ...files.toml import parse_toml
from ..spec import NetworkSpec

MOST_BYTES = 1 << 14  # of a preset: ours have about 1,500; TOML takes quadratic time for deep keys


@dataclass(frozen=True)
class Preset:
    """A network and the recipe that trains it, as its TOML file says."""

    spec: NetworkSpec
    training: dict[str, Any]
    about: str = ""
    data: str | None = None  # the data set it was trained on, in the config.toml of a run
    target_accuracy: float | None = None  # in percent, where such a run was to stop there


def preset_names() -> list[str]:
    """The names of the bundled presets, sorted."""
    files = resources.files(__name__).iterdir()
    return sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


def load_preset(name_or_path: str) -> Preset:
    """Read a bundled preset by name, or a TOML file of the same form by path.

    Raises UsageError when there is no such preset, ModelError when the file cannot be read or does
    not describe a network.
    """
    return parse_preset(preset_text(name_or_path), name_or_path)


def preset_text(name_or_path: str) -> str:
    """The TOML text of a preset.

    Raises UsageError when there is no such preset, ModelError when the file cannot be read.
    """
    if name_or_path in preset_names():
        return resources.files(__name__).joinpath(f"{name_or_path}.toml").read_text("utf-8")
    path = Path(name_or_path)
    if path.suffix == ".toml" or (path.exists() and not path.is_dir()):
        try:
            return read_regular(path, MOST_BYTES).decode()
        except (OSError, UnicodeDecodeError) as error:
            reason = "not UTF-8 text" if isinstance(error, ValueError) else reason_of(error)
            raise ModelError(f"{path}: cannot be read ({reason})") from error
    near = difflib.get_close_matches(name_or_path, preset_names(), n=1)
    raise UsageError(
        f"no preset named {name_or_path!r}",
        hint=f"did you mean {near[0]}?" if near else f"there are: {', '.join(preset_names())}",
    )


def parse_preset(text: str, where: str) -> Preset:
    """Read a preset from TOML text; `where` names it in errors.

    Raises ModelError when the text is not TOML or does not describe a network.
    """
    try:
        table = parse_toml(text)
    except ValueError as error:
        raise ModelError(f"{where}: not a TOML file ({error})") from error
    training, about, data, target = (
        table.pop(key, None) for key in ("training", "about", "data", "target_accuracy")
    )
    if not isinstance(training, dict):
        raise ModelError(f"{where}: no [training] table")
    if target is not None and type(target) not in (int, float):
        raise ModelError(f"{where}: target_accuracy must be a number, got {target!r}")
    try:
        return Preset(NetworkSpec.from_json(table), training, about or "", data, target)
    except ModelError as error:
        raise ModelError(f"{where}: {error}", error.hint) from error
