"""What an engine is: one that reads frames, and one that writes down what is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from include.video_research.records import Frame, Segment

if TYPE_CHECKING:
    import numpy as np

RATE = 16_000  # samples a second of all sound that engines hear


@dataclass(frozen=True, slots=True)
class Box:
    """One text in one frame, with the engine's confidence (0 to 1), and x, y, width, height in the frame's pixels."""

    text: str
    score: float
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: boxes for each of the frames that were read (`times`), and what it cost."""

    times: tuple[float, ...]
    boxes: tuple[tuple[Box, ...], ...]
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """Somebody speaks from `start` to `end` (samples)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sound:
    """The whole sound as numbers from -1 to 1 at RATE, and the spans in which somebody speaks (never none)."""

    samples: np.ndarray
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """What an engine wrote down; `language` is None where it cannot tell. `dropped`: segments that it seems to invent."""

    segments: tuple[Segment, ...]
    language: str | None
    is_language_assumed: bool
    dropped: int = 0


class ScreenEngine(Protocol):
    """Reads text. `name` says the engine with version and model, `scripts` which ones it can read."""

    name: str
    scripts: tuple[str, ...]

    def read(self, frames: Sequence[Frame], check: Callable[[], None]) -> Reading:
        """`check` raises once the video's time is over; raises EngineFailed when the engine breaks."""
        ...


class SpeechEngine(Protocol):
    """Writes down speech. `name` says the engine with version and model."""

    name: str

    def transcribe(self, sound: Sound, check: Callable[[], None]) -> Heard:
        """Segments in the times of the whole sound; raises EngineFailed when the engine breaks."""
        ...
