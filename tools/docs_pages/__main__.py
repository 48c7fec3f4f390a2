"""Write the generated pages: `python -m docs_pages docs`."""

from __future__ import annotations

import sys
from pathlib import Path

from .pages import render


def main(docs: Path) -> None:
    """Write every generated page below `docs`."""
    for name, text in render(docs).items():
        (docs / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
