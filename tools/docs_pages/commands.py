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
    text = html.unescape(_by_typer()).replace("```console\n$ ", "```text\n")
    summaries = dict(re.findall(r"^#+ `(.+)`\n\n(.+)$", text, re.MULTILINE))
    text = re.sub(r"^Examples:\n((?:  .+\n)+)", _examples, text, flags=re.MULTILINE)
    sections = re.split(r"(?=^#+ `)", text, flags=re.MULTILINE)
    whole = "".join(_section(section, summaries) for section in sections)
    return whole.replace("# `digitcli`\n", "# Commands\n", 1)


def _section(section: str, summaries: dict[str, str]) -> str:
    """One command with its subcommands listed by their whole first sentence, and linked."""
    command = section.partition("`")[2].partition("`")[0]

    def entry(line: re.Match[str]) -> str:
        name = f"{command} {line[1]}"
        return f"* [`{line[1]}`](#{name.replace(' ', '-')}): {summaries[name]}"

    head, title, commands = section.partition("**Commands**:")
    return head + title + re.sub(r"^\* `(\w+)`: .*$", entry, commands, flags=re.MULTILINE)


def _examples(found: re.Match[str]) -> str:
    """Examples as a block that nothing runs: most name files of the reader's own."""
    lines = "".join(line.strip() + "\n" for line in found[1].splitlines())
    return f"**Examples**:\n\n```text\n{lines}```\n"


def _by_typer() -> str:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "commands.md"
        command = [sys.executable, "-m", "typer", "digitcli.cli.commands", "utils", "docs"]
        command += ["--name", "digitcli", "--output", str(out)]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
        return out.read_text(encoding="utf-8")
