"""Reads the pages: blocks with the comments above them, headings and links."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = [
    *(REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((REPOSITORY / "docs").rglob("*.md")),
]

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_COMMENTS = re.compile(r"(?:<!--(?:(?!-->).)*-->\s*)+\Z", re.DOTALL)
_COMMENT = re.compile(r"<!--\s*(.*?)\s*-->", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    `marks` are the comments right above it, each with what stands behind its name: "slow" and "not
    run" (why), "file" (the name under which the next blocks find it), "given" (Python that runs
    before it) and "exit" (its exit code). `prints` is the `text` block right below; None without.
    """

    page: str
    language: str
    text: str
    marks: dict[str, str] = field(default_factory=dict)
    prints: str | None = None

    @property
    def first_line(self) -> str:
        return self.text.partition("\n")[0]


def name_of(page: Path) -> str:
    return page.relative_to(REPOSITORY).as_posix()


def blocks_of(page: Path) -> list[Block]:
    """The blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = list(_FENCE.finditer(text))
    blocks = []
    for one, after in zip(found, [*found[1:], None], strict=False):
        follows = after is not None and after[2] == "text"
        near = follows and not text[one.end() : after.start()].strip()
        blocks.append(
            Block(
                name_of(page), one[2], one[3],
                _marks(text[: one.start()]), after[3] if near else None,
            )
        )  # fmt: skip
    return blocks


def _marks(before: str) -> dict[str, str]:
    """`<!-- slow: trains -->` above a block is {"slow": "trains"}."""
    comments = _COMMENTS.search(before)
    found = {}
    for words in _COMMENT.findall(comments[0]) if comments else ():
        name = re.match(r"slow|not run|file|given|exit", words)
        if name:
            found[name[0]] = words[name.end() :].lstrip(": ")
    return found


def without_blocks(text: str) -> str:
    """A page's text without its fenced blocks and comments."""
    return _COMMENT.sub("", _FENCE.sub("", text))


def anchors_of(page: Path) -> set[str]:
    """What `#...` may name in a page: its headings, as GitHub and Python-Markdown write them."""
    text = without_blocks(page.read_text(encoding="utf-8"))
    return {_slug(title) for title in re.findall(r"^#+ +(.*)$", text, re.MULTILINE)}


def _slug(title: str) -> str:
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)
    return re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def links_of(page: Path) -> list[str]:
    """Every target of `[...](target)` and `![...](target)`."""
    return re.findall(r"\]\(([^)\s]+)\)", without_blocks(page.read_text(encoding="utf-8")))
