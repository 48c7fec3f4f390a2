"""The pages of a file: directories of TIFF, frames of GIF, pages of PDF; each is a picture."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import DataError
from .content import Content
from .decode import Limits
from .documents.gif import Animation, Frame
from .documents.tiff import Page, places_of
from .formats import gif
from .formats.essential import OverLimitError
from .kinds import Kind
from .picture import Picture
from .pixels import Pixels

MOST_PAGES = 10_000


class Rest:
    """The pages of a file that are not read: too many, or too much to count."""

    def __init__(self, file: str, read: int) -> None:
        self.name = f"{file}#{read + 1}"
        self._why = f"{self.name}: the pages from here on are not read; {read:,} are"

    def pixels(self, limits: Limits) -> Pixels:
        """Raises DataError."""
        raise DataError(self._why, "cut the file into smaller ones")


def pages_of(content: Content, kind: Kind, limits: Limits) -> Sequence[Picture]:
    """The pages of a TIFF, GIF or PDF file; none where a TIFF or GIF file has one or is broken.

    Smaller copies and masks are no pages. What is wrong with such a file is said when it is
    decoded. Raises DataError for a PDF file that cannot be opened.
    """
    if kind == "gif":
        return _frames(content, limits)
    if kind == "tiff":
        return _directories(content, limits)
    from .documents.pdf import pages_of_pdf

    pages: list[Picture] = list(pages_of_pdf(content, MOST_PAGES, limits))
    return _at_most(pages, content.name)


def _at_most(pages: Sequence[Picture], file: str) -> Sequence[Picture]:
    """The first MOST_PAGES pages, and what says that there are more."""
    return [*pages[:MOST_PAGES], Rest(file, MOST_PAGES)] if len(pages) > MOST_PAGES else pages


def _directories(content: Content, limits: Limits) -> Sequence[Picture]:
    try:
        with content.open(limits) as file:
            places = places_of(file, MOST_PAGES)
    except DataError:
        return []
    if len(places) < 2:
        return []
    pages = [Page(content, number, place) for number, place in enumerate(places, 1)]
    return _at_most(pages, content.name)


def _frames(content: Content, limits: Limits) -> Sequence[Picture]:
    try:
        count = gif.frames(content.data(limits), limits)
        read = min(count, MOST_PAGES)
    except OverLimitError:  # too much to count
        count, read = 2, 1
    except (ValueError, DataError):
        return []
    if count < 2:
        return []
    animation = Animation(content)
    frames = [Frame(animation, number, number == read) for number in range(1, read + 1)]
    return [*frames, Rest(content.name, read)] if count > read else frames
