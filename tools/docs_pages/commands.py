"""All commands and options, from the help of the commands themselves."""

from __future__ import annotations

import html
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def page() -> str:
    """Typer's own page; summaries are whole, and a usage line is no command to run."""
    text = html.unescape(_by_typer())
    text = text.replace("```console\n$ ", "```text\n")
    summaries = dict(re.findall(r"^#+ `(.+)`\n\n(.+)$", text, re.MULTILINE))
    return re.sub(r"^(#+) `(.+)`\n(?:.*\n)*?(?=\1? ?#|\Z)", lambda m: _section(m, summaries), text,
                  flags=re.MULTILINE)  # fmt: skip


def _section(found: re.Match[str], summaries: dict[str, str]) -> str:
    """One command with its subcommands listed by their whole first sentence, and linked."""
    command = found[2]

    def entry(line: re.Match[str]) -> str:
        name = f"{command} {line[1]}"
        return f"* [`{line[1]}`](#{name.replace(' ', '-')}): {summaries[name]}"

    head, commands, rest = found[0].partition("**Commands**:")
    return head + commands + re.sub(r"^\* `(\w+)`: .*$", entry, rest, flags=re.MULTILINE)


def _by_typer() -> str:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "commands.md"
        command = [sys.executable, "-m", "typer", "digitcli.cli.app", "utils", "docs"]
        command += ["--name", "digitcli", "--output", str(out)]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
        return out.read_text(encoding="utf-8")
