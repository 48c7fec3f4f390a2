"""The result of `digitcli info`, for people."""

from __future__ import annotations

from rich.console import Group
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from ..diagnosis import DataFolder, Diagnosis, Problem
from .kit.text import visible

INFLATERS = {"linked": "libdeflate", "zlib": "zlib"}


def overview(found: Diagnosis) -> Group:
    """Facts in two columns, then each problem with its remedy."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in _facts(found):
        facts.add_row(name, Text(visible(value)))
    return Group(facts, *(_problem(problem) for problem in found.problems))


def _facts(found: Diagnosis) -> list[tuple[str, str]]:
    machine = found.machine
    commit = f" ({machine.commit})" if machine.commit else ""
    memory = f", {decimal(machine.memory_bytes)}" if machine.memory_bytes else ""
    packages = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    return [
        ("digitcli", f"{machine.digitcli}{commit}"),
        ("python", machine.python),
        ("packages", packages),
        ("system", f"{machine.system}, {machine.kernel}"),
        ("processor", f"{machine.cpu} ({machine.architecture}){memory}"),
        ("cores", f"{machine.usable_cores} usable of {machine.cores}"),
        ("caches", ", ".join(f"{name} {size}" for name, size in machine.caches.items()) or "?"),
        ("instruction set", f"{found.isa or 'none'} (choose from: {', '.join(found.isas)})"),
        ("gzip decoder", INFLATERS.get(found.inflater or "", found.inflater or "none")),
        ("TensorFlow", found.tensorflow or "not installed"),
        ("GPU", _gpus(found)),
        ("data folder", found.data_dir or "?"),
        ("data sets", ", ".join(_data_set(data) for data in found.data) or "none"),
        *_terms(found),
        ("weights", ", ".join(found.weights) or "none"),
    ]


def _terms(found: Diagnosis) -> list[tuple[str, str]]:
    """Licence and citation of the data sets that are there."""
    there = [data for data in found.data if data.present == data.files and not data.drawn]
    licences = [f"{data.name}: {data.licence}" for data in there if data.licence]
    citations = [f"{data.name}: {data.citation}" for data in there if data.citation]
    named = [("licences", line) for line in licences] + [("citations", line) for line in citations]
    names = [name for name, _ in named]
    return [(name * (at == names.index(name)), line) for at, (name, line) in enumerate(named)]


def _gpus(found: Diagnosis) -> str:
    if found.gpus is None:
        return "unknown (TensorFlow could not be asked)"
    return ", ".join(found.gpus) or "none that TensorFlow can use"


def _data_set(data: DataFolder) -> str:
    """The name of a data set, and how much of it is missing."""
    if data.present == data.files:
        return data.name
    if data.drawn and not data.present:
        return f"{data.name} (drawn when needed)"
    return f"{data.name} ({data.present} of {data.files} files)"


def _problem(problem: Problem) -> Text:
    remedy = ("\n  remedy: ", "bold"), visible(problem.remedy)
    return Text.assemble(("\nproblem: ", "bold yellow"), visible(problem.problem), *remedy)
