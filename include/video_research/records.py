"""What passes between the stages: a query, a hit, and what became of a video, in the words of the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal

STAGES = ("search", "download", "process", "validate", "upload")
# What one video leaves, by the names that people's own tools know.
VIDEO, METADATA, AUDIO = "video.mp4", "metadata.json", "audio.mp3"
TRANSCRIPT, TIMES, SCREEN_TEXT, FRAMES = "transcript.txt", "transcript_timestamps.json", "ocr.json", "frames"
MANIFEST = "manifest.json"
# Of the artefacts: raised when what they hold or how it is found changes, so that older ones are made anew.
SCHEMA_VERSION = 1

Source = Literal["serper", "tikhub", "list"]
LinkKind = Literal["video", "photo", "short", "other"]
# `skipped`: somebody speaks, and no engine was wanted; never the same as nothing said.
SpeechState = Literal["speech", "no_speech", "no_audio", "skipped", "failed"]
OcrState = Literal["done", "skipped", "failed"]
# Why a video did not come through; `transient` ones are taken up again by the next run.
FailureKind = Literal[
    "transient",
    "gone",
    "private",
    "login_required",
    "region",
    "blocked",
    "site_changed",
    "too_big",
    "filtered",
    "photo_post",
    "damaged",
    "invalid",
    "forgotten",
    "store",
    "engine",
    "disk",
    "timed_out",
]
# Nothing that we can do makes these come through: they are told, and make no run red.
PERMANENT: frozenset[FailureKind] = frozenset(
    {"gone", "private", "login_required", "region", "too_big", "filtered", "photo_post", "forgotten"}
)
# The failure is ours, not the video's: the run is red.
OURS: frozenset[FailureKind] = frozenset({"store", "engine", "disk"})
# Left out on purpose, so neither a success nor a failure.
SKIPPED: frozenset[FailureKind] = frozenset({"photo_post", "filtered", "forgotten"})


@dataclass(frozen=True, slots=True)
class Query:
    """One line of research. `query_id` is a hash of text, language and country: sorting the list moves nothing.

    `position` counts from 0 and names the working folder; `addresses` are given ones, asked of nobody.
    """

    query_id: str
    position: int
    text: str
    language: str | None = None
    country: str | None = None
    addresses: tuple[str, ...] = ()
    is_made_up: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """An address found for a query. What the source says about the video beside it is there before any download.

    `play_url` is a signed address of the media that expires (`play_until`); `plays` and `posted_at` where they are known.
    """

    query_id: str
    video_id: str
    url: str
    rank: int
    source: Source
    handle: str | None = None
    title: str | None = None
    author_uid: str | None = None
    author_sec_uid: str | None = None
    posted_at: datetime | None = None
    plays: int | None = None
    duration_s: float | None = None
    play_url: str | None = field(default=None, repr=False)
    play_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a run wants of a video: posted on `since` or later, and played `least` times at least."""

    since: date | None = None
    least: int = 0

    def broken(self, posted_at: datetime | None, plays: int | None) -> str | None:
        """Why a video is left out; None for one that is wanted. What nobody told speaks against none."""
        if self.since is not None and posted_at is not None and posted_at.date() < self.since:
            return f"posted on {posted_at.date()}, before {self.since}"
        if plays is not None and plays < self.least:
            return f"{plays:,} plays, fewer than {self.least:,}"
        return None


@dataclass(frozen=True, slots=True)
class SetAside:
    """A link that is no video to be downloaded, and why."""

    query_id: str
    url: str
    kind: LinkKind
    reason: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a stage ended: `what_to_do` is a sentence for a person; `error` is safe to log."""

    stage: str
    kind: FailureKind
    error: str
    what_to_do: str

    @property
    def is_permanent(self) -> bool:
        return self.kind in PERMANENT


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A proved download: `path` holds a decodable video stream of about `duration_s` seconds.

    `metadata` is the content of metadata.json; `captions` are the platform's own (WebVTT by language), where it has any.
    """

    video_id: str
    path: Path
    size_bytes: int
    sha256: str
    duration_s: float
    has_audio: bool
    metadata: Mapping[str, object]
    captions: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frame:
    """A kept frame: `t` seconds from the beginning."""

    t: float
    path: Path


@dataclass(frozen=True, slots=True)
class Line:
    """A text on the screen from `t` to `until` seconds; `box` is x, y, width, height in pixels of the frame."""

    t: float
    until: float
    text: str
    score: float
    box: tuple[int, int, int, int]
    is_readable: bool = True


@dataclass(frozen=True, slots=True)
class ScreenText:
    """What was read on the screen. `scripts` are those that the engine's model reads; spend in tokens and USD, 0 offline."""

    state: OcrState
    lines: tuple[Line, ...]
    frames_read: int
    engine: str
    scripts: tuple[str, ...] = ()
    tokens: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """Words that were said from `start` to `end` seconds.

    `words`: for each word the letter of `text` at which it begins, and the second; none where the engine does not say.
    `probability`: how far the engine believes its words, in the mean, from 0 to 1; None where it does not say.
    """

    start: float
    end: float
    text: str
    words: tuple[tuple[int, float], ...] = ()
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Speech:
    """What was said. `language` is a two-letter code, `is_language_assumed` where the engine cannot know another.

    `speech_s`: seconds in which somebody speaks, by voice activity.
    """

    state: SpeechState
    segments: tuple[Segment, ...]
    language: str | None
    is_language_assumed: bool
    speech_s: float
    engine: str
    reason: str | None = None

    @property
    def text(self) -> str:
        return " ".join(segment.text.strip() for segment in self.segments).strip()


@dataclass(frozen=True, slots=True)
class Processed:
    """What a working folder holds after processing; the artefacts lie beside the video by their names."""

    frames: tuple[Frame, ...]
    frames_found: int
    screen: ScreenText
    speech: Speech
    engines: Mapping[str, str]
    audio_s: float | None
    cpu_s: float
