"""The frames of an animated GIF."""

from __future__ import annotations

import threading

from ..content import Content
from ..decode import Limits, named_errors
from ..pillow import Frames, quiet
from ..pixels import Pixels


class Animation:
    """A GIF file of several frames; it is open while they are read in turn."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self._lock = threading.Lock()
        self._frames: Frames | None = None

    def pixels(self, name: str, number: int, last: bool, limits: Limits) -> Pixels:
        """The pixels of frame `number`, from 0, called `name`."""
        with self._lock:
            frames = self._frames
            data = b"" if frames is not None else self.content.data(limits)
            with named_errors(name, "GIF"), quiet():
                frames = frames or Frames(data, limits)
                self._frames = None if last else frames
                return frames.pixels(number)


class Frame:
    """One frame of an animation; its number counts from 1."""

    def __init__(self, animation: Animation, number: int, last: bool) -> None:
        self.name = f"{animation.content.name}#{number}"
        self._animation, self._number, self._last = animation, number, last

    def pixels(self, limits: Limits) -> Pixels:
        """What is seen while the frame is shown."""
        return self._animation.pixels(self.name, self._number - 1, self._last, limits)
