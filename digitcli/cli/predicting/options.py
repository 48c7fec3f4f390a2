"""The options of `digitcli predict`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from ...signs import Mode
    from ...vision.files.decode import Limits


class PredictOptions:
    """The options of `digitcli predict`, as typed, and what each is by default.

    Not a dataclass: creating that class takes as long as reading a picture.
    """

    pictures: list[str]
    weights: list[str] | None = None
    top: int = 3
    threads: int = 0
    recursive: bool = False
    transpose: bool = False
    max_megapixels: float = 64
    digits: Mode = "auto"
    kind: str = "text"  # of output: "text", "json", "jsonl", "csv" or "parquet"
    picture: bool = True
    show: bool = False
    pattern: str | None = None
    length: int | None = None
    check: str | None = None
    form: Path | None = None
    target_error: str | None = None
    review: Path | None = None
    annotate: Path | None = None
    steps: Path | None = None
    resume: Path | None = None
    output: Path | None = None
    spreadsheet: bool = False

    def __init__(self, **options: Any) -> None:
        self.__dict__.update(options)

    @property
    def limits(self) -> Limits:
        """The largest picture that is read."""
        from ...vision.files.decode import Limits

        return Limits.of(self.max_megapixels)
