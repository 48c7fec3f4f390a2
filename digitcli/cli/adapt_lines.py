"""`digitcli adapt` on pictures whose labels are numbers of any length."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..model.zoo import DEFAULTS
from . import console


@dataclass(frozen=True)
class LineOptions:
    """The options of `digitcli adapt`, as typed; `single` names those that only digits have."""

    sources: list[Path]
    out: Path | None
    weights: str | None
    writers: list[str]
    changes: dict[str, Any]
    as_json: bool
    single: list[str]


def has_lines(sources: list[Path], weights: str | None) -> bool:
    """Whether lines are to be learnt: the weights read lines, or a label is no single digit.

    Raises DataError for a list that cannot be read, ModelError for weights that are not there.
    """
    from ..vision.sheet.folder import labels_of, lists_pictures
    from ..vision.sheet.hand import is_photograph

    lists = [path for path in sources if not is_photograph(path) and lists_pictures(path)]
    if any(not label.is_digit for path in lists for label in labels_of(path)[1]):
        return True
    if weights is None:
        return False
    from ..model.weights import find_weights, load_weights

    return load_weights(find_weights(weights)).spec.task == "line"


def adapt_to_lines(options: LineOptions) -> None:
    """Adapt, write the weights, print what it brought.

    Raises UsageError for options and sources that only single digits have.
    """
    if options.single:
        raise UsageError(f"{options.single[0]}: is for pictures of single digits")
    out = options.out
    assert out is not None  # without --crops there is --out
    _refuse_photographs(options.sources)
    from ..model.weights import find_weights, load_weights, save_weights
    from ..report.adapt import lines_summary
    from ..report.run.progress import TrainingReport
    from ..training.adapt.numbers import divide_numbers, read_numbers
    from ..training.recipes import with_changes

    name = options.weights or DEFAULTS["line"]
    found, numbers = load_weights(find_weights(name)), read_numbers(options.sources)
    division = divide_numbers(numbers, options.writers, options.changes.get("seed", 0))
    from ..training.adapt.lines import RECIPE, adapt_lines

    recipe = with_changes(RECIPE, options.changes)
    with TrainingReport(console.err()) as report:
        adapted = adapt_lines(found, numbers, division, recipe, report)
    save_weights(out, adapted.weights)
    if options.as_json:
        console.print_json(
            {
                "schema": "digitcli.adapt-lines/1",
                "from": [str(path) for path in options.sources],
                **{"weights": name, "out": str(out), "writers_learnt": options.writers},
                **adapted.to_json(),
            }
        )
    else:
        console.out().print(lines_summary(adapted, name))
    console.err().print(console.visible(f"{out}: written"), markup=False, soft_wrap=True)


def _refuse_photographs(sources: list[Path]) -> None:
    from ..vision.sheet.hand import is_photograph

    for path in sources:
        if is_photograph(path):
            raise UsageError(
                f"{path}: a photographed sheet has single digits, and a line is to be learnt",
                "adapt to one, then, with --weights, to the other",
            )
