"""What is passed over in folders and archives, counted, so that nothing is left out silently."""

from __future__ import annotations

from collections import Counter

OTHERS = "__MACOSX/"  # folder of metadata that the archiver of macOS adds
_ARCHIVES = frozenset([".zip", ".tar", ".tgz", ".gz", ".tbz2", ".bz2", ".txz", ".xz"])
_NAMED = 4  # suffixes that are named


class PassedOver:
    """Counts files that are no pictures, by kind."""

    def __init__(self) -> None:
        self.files: Counter[str] = Counter()  # by suffix
        self.hidden = 0
        self.archives = 0
        self.folders = 0

    def add(self, name: str) -> None:
        """Count the file `name`."""
        base = name.rpartition("/")[2]
        suffix = "." + base.rpartition(".")[2].lower() if "." in base.lstrip(".") else ""
        if base.startswith(".") or name.startswith(OTHERS):
            self.hidden += 1
        elif suffix in _ARCHIVES:
            self.archives += 1
        else:
            self.files[suffix if len(suffix) <= 12 else ""] += 1

    @property
    def total(self) -> int:
        """How many files and folders there were."""
        return self.files.total() + self.hidden + self.archives + self.folders

    def sentences(self) -> list[str]:
        """What was passed over, and how it can be read; none if that was nothing."""
        found = []
        if self.files:
            found.append(f"{_counted(self.files.total(), 'file')} of other kinds ({self._kinds()})")
        if self.hidden:
            found.append(_counted(self.hidden, "hidden file"))
        if self.archives:
            found.append(f"{_counted(self.archives, 'archive')} (name an archive to read it)")
        if self.folders:
            found.append(f"{_counted(self.folders, 'folder')} (--recursive reads folders inside)")
        return [f"passed over: {', '.join(found)}"] if found else []

    def _kinds(self) -> str:
        most = self.files.most_common(_NAMED)
        kinds = [f"{count:,} {suffix or 'without a suffix'}" for suffix, count in most]
        if rest := self.files.total() - sum(count for _, count in most):
            kinds.append(f"{rest:,} more")
        return ", ".join(kinds)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"
