"""Exit codes, and one section for each: what happened, an example, what to do."""

from __future__ import annotations

from digitcli.errors import DigitError, ExitCode

from .markdown import table

# Of each code: in a table, and as a section. A code without a line here fails the test that
# compares the page.
SHORT = {
    ExitCode.OK: "done",
    ExitCode.INTERNAL: "a bug in digitcli",
    ExitCode.USAGE: "options or arguments that make no sense",
    ExitCode.DATA: "input data that cannot be used",
    ExitCode.MODEL: "a network description or weight file that cannot be used",
    ExitCode.NETWORK: "a download that failed, or bytes that are not the promised ones",
    ExitCode.ENVIRONMENT: "this machine lacks something: an extra, permission, space, an ISA",
    ExitCode.PARTIAL: "done, but some items failed",
    ExitCode.GATE: "a gate that you set was not met",
    ExitCode.INTERRUPTED: "Ctrl-C (SIGINT)",
    ExitCode.TERMINATED: "SIGTERM",
}
SECTIONS = {
    ExitCode.OK: """The command did what it was asked to do. A reader that goes away, as in
`digitcli --help | head -1`, is also exit 0.""",
    ExitCode.INTERNAL: """digitcli itself is wrong. Run the command again as `digitcli --debug ...`,
which shows the traceback, and report what it prints.""",
    ExitCode.USAGE: """An unknown option, a value out of range, options that do not go together, or
an output that would replace a file which it must not replace. Nothing was done. The hint names what
to write instead.

<!-- exit 2 -->
```sh
digitcli predict samples --top 11
```""",
    ExitCode.DATA: """A picture, an IDX file, a labels file or a data set is missing, damaged or of
a kind that digitcli does not read. Of several pictures that is exit 7; of a single one it is exit
3. If a data set is missing, the hint is the command that fetches it.

<!-- exit 3 -->
```sh
digitcli predict missing.png
```""",
    ExitCode.MODEL: """A weight file or a network's TOML file is missing, damaged or describes
something that cannot be: an unknown setting, a layer that does not fit behind another one, int8
where float32 is needed.

<!-- exit 4 -->
```sh
digitcli predict samples --weights missing.npz
```""",
    ExitCode.NETWORK: """No mirror could be reached, or what came had another size or sha256 than it
should. One line a mirror says what happened. Put the files into a folder by hand and use `digitcli
fetch mnist --from FOLDER`.

<!-- exit 5 -->
```sh
digitcli fetch mnist --offline --dir nowhere
```""",
    ExitCode.ENVIRONMENT: """A package that the command needs is not installed, a file may not be
written, the disk or memory is full, the processor lacks the instruction set in `DIGITCLI_ISA`, or a
worker was lost. `digitcli info` says what is missing and what installs it.

<!-- exit 6 -->
```sh
DIGITCLI_ISA=sse9 digitcli predict samples
```""",
    ExitCode.PARTIAL: """The command went through, but some of its items failed: pictures of a
folder that cannot be read, runtimes that `bench` could not start. Everything else was answered. The
rows (`error` in CSV and JSON) say which ones failed and why. In a script, treat 7 as "look at the
rows", not as "nothing was done".

<!-- exit 7 -->
```sh
digitcli predict samples missing.png --csv
```""",
    ExitCode.GATE: """The command went through, but a condition that you set does not hold:
`eval --min-accuracy`, `train --target-accuracy`, `quantize --max-drop`, `bench --fail-if`; or
engines disagree in `bench`, or an exported file answers differently. `quantize` and `export`
then write nothing.

<!-- exit 8 -->
```sh
digitcli eval --weights tiny --data synthetic --min-accuracy 99.99
```""",
    ExitCode.INTERRUPTED: """You pressed Ctrl-C. The command ends within two seconds and leaves no
half-written file. `train` finishes its step, saves, and says how to go on; a second Ctrl-C ends it
at once.""",
    ExitCode.TERMINATED: """Somebody sent SIGTERM. As with Ctrl-C.""",
}

_HEAD = """# Exit codes

The exit code says what kind of problem there was. An error is one line on standard error that
names the thing at fault, and a hint that says what to do next, a command where there is one. With
`--json` it is also a [`digitcli.error/1`](json.md#digitclierror1) document on standard output,
except with 7 and 8: there the command's own document comes.

"""


def error_kinds() -> list[type[DigitError]]:
    """The kinds that digitcli.errors defines, whatever else is imported."""
    return [one for one in DigitError.__subclasses__() if one.__module__ == DigitError.__module__]


def page() -> str:
    """A table of all codes, then a section for each."""
    kinds = {kind.exit_code: kind.__name__ for kind in error_kinds()}
    rows = [
        [f"[{code.value}](#{_anchor(code)})", SHORT[code], _kind(kinds.get(code))]
        for code in ExitCode
    ]
    parts = [_HEAD + table(("code", "meaning", "in `digitcli.errors`"), rows)]
    for code in ExitCode:
        parts.append(
            f"## {_title(code)}\n\n{SHORT[code][0].upper()}{SHORT[code][1:]}.\n\n{SECTIONS[code]}\n"
        )
    return "\n".join(parts)


def _title(code: ExitCode) -> str:
    return f"{code.value} {code.name}"


def _anchor(code: ExitCode) -> str:
    return _title(code).lower().replace(" ", "-")


def _kind(name: str | None) -> str:
    return f"`{name}`" if name else "-"
