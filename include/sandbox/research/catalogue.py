"""What videos there are in the sandbox, and the truth about each: what is said and shown in it, and what is odd about it.

Nothing heavy is imported here: the catalogue says what a clip holds, `making` makes it.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypedDict

from include.sandbox.dice import Dice, number
from include.sandbox.names import GIVEN, TOPIC

Kind = Literal[
    "normal", "no_audio", "photo", "private", "removed", "login", "region", "too_long", "too_big", "cut_short", "html",
    "stalled", "blocked", "site_changed",
]  # fmt: skip
# speech: a human reader; synthetic: a synthesiser; none: no audio stream at all.
Sound = Literal["speech", "synthetic", "music", "tone", "noise", "silence", "none"]

_CATALOGUE: dict[str, Any] = json.loads(Path(__file__).with_name("clips.json").read_text(encoding="utf-8"))
QUESTIONS: tuple[str, ...] = tuple(_CATALOGUE["questions"])
# Those that are asked where nobody has asked any: with every oddity but those that end a run.
MADE_UP_QUESTIONS: tuple[str, ...] = tuple(_CATALOGUE["made_up_questions"])
READING: str = _CATALOGUE["reading"]["file"]
_PHRASES: list[tuple[float, float, str]] = [tuple(phrase) for phrase in _CATALOGUE["reading"]["phrases"]]

_LEAD = 0.35  # seconds of the clip, and of the recording, before the first word and after the last
_LETTERS_A_SECOND = 15.0  # as the synthesiser speaks; what is longer than its time is spoken faster
_FEWEST, _MORE = 4, 7  # clips for a question that has none of its own
_SHARED = 0.25  # of them, the part that other questions have too
_EARLIEST = 1_470_000_000  # second of posting, by the upper half of an id
_AUTHORS = 60  # of drawn clips
_UID_BASE = 6_500_000_000_000_000_000  # below those of the world's creators: nobody is both
_SIZES = {"drawn": (576, 1024), "ours": (720, 1280)}
_GIANT = 900_000_000  # bytes


class _Author(TypedDict):
    handle: str
    author_uid: str
    sec_uid: str


class _Counts(TypedDict):
    plays: int
    likes: int
    comments: int
    shares: int
    saves: int


class Said(NamedTuple):
    """Words that are spoken from `start` to `end` seconds of the clip."""

    start: float
    end: float
    text: str


class Shown(NamedTuple):
    """A text on the screen from `start` until `until` seconds of the clip."""

    start: float
    until: float
    text: str


@dataclass(frozen=True, slots=True)
class Clip:
    """One video. `duration_s` and `announced_bytes` are what its page says; `kind` is what happens to whoever fetches it.

    `reads_from`: the second of the recording that stands at the clip's beginning, where a human reader speaks.
    `announced_bytes` is None where the page says the truth.
    """

    video_id: str
    handle: str
    nickname: str
    author_uid: str
    sec_uid: str
    caption: str
    hashtags: tuple[str, ...]
    posted_at: datetime
    plays: int
    likes: int
    comments: int
    shares: int
    saves: int
    duration_s: int
    kind: Kind
    sound: Sound
    language: str | None
    said: tuple[Said, ...]
    shown: tuple[Shown, ...]
    has_captions: bool = False
    has_street_noise: bool = False
    reads_from: float | None = None
    announced_bytes: int | None = None
    picture: str = "drift"
    width: int = 720
    height: int = 1280

    @property
    def path(self) -> str:
        """The page's address on its site: `/@user/video/…`, or `/@user/photo/…`."""
        return f"/@{self.handle}/{'photo' if self.kind == 'photo' else 'video'}/{self.video_id}"

    @property
    def url(self) -> str:
        """The address as a search gives it."""
        return f"https://www.tiktok.com{self.path}"

    @property
    def transcript(self) -> str:
        """All that is said, in order; empty where nobody speaks."""
        return " ".join(said.text for said in self.said)


def clips_for(text: str) -> list[Clip]:
    """What a search for this finds, in its order: always the same. Nothing for a text without a letter or digit."""
    question = _fold(text)
    own = _CATALOGUE["questions"].get(question)
    if own is not None:
        return [_OWN[_IDS[name]] for name in own]
    if not re.search(r"\w", question):
        return []
    dice = Dice("research", question)
    found: dict[str, Clip] = {}
    for slot in range(_FEWEST + dice.below(_MORE)):
        shared = dice.chance(_SHARED)
        made = dice.pick(_SHAREABLE) if shared else drawn(_drawn_id(question, slot))
        found[made.video_id] = made
    return list(found.values())


def clip(video_id: str) -> Clip | None:
    """The clip with this id. Any id that a video can have is one: what is not written down is drawn from its number."""
    return _OWN.get(video_id) or (drawn(video_id) if is_possible(video_id) else None)


def clip_of_kind(kind: Kind) -> Clip:
    """The catalogue's first clip of this kind."""
    return next(made for made in _OWN.values() if made.kind == kind)


def named(name: str) -> Clip:
    """The clip by its name in clips.json, as "ramen-three"."""
    return _OWN[_IDS[name]]


def own_clips() -> list[Clip]:
    """All clips that are written down in clips.json."""
    return list(_OWN.values())


def is_possible(video_id: str) -> bool:
    """Whether this can be the id of a video: digits whose upper half is a time."""
    return bool(re.fullmatch(r"[0-9]{19}", video_id)) and int(video_id) >> 32 >= _EARLIEST


def seconds_of(video_id: str) -> int:
    """How long a drawn clip is: short, since each is made and processed for real."""
    return 6 + number("seconds", video_id) % 5


@lru_cache(maxsize=4_096)
def drawn(video_id: str) -> Clip:
    """A clip that is a pure function of its id: what is said and shown in it, and who posted it."""
    dice = Dice("drawn", video_id)
    seconds = seconds_of(video_id)
    kind: Kind = dice.pick_weighted({"normal": 0.84, "no_audio": 0.06, "removed": 0.05, "private": 0.05})  # type: ignore[assignment]
    sound: Sound = dice.pick_weighted({"synthetic": 0.4, "speech": 0.2, "music": 0.25, "noise": 0.1, "silence": 0.05})  # type: ignore[assignment]
    if kind == "no_audio":
        sound = "none"
    first = dice.below(len(_PHRASES) - 2)
    said, reads_from = _read(first, first + 2, seconds) if sound == "speech" else ((), None)
    if sound == "synthetic":
        said = _spoken([(0.4, dice.pick(_CATALOGUE["drawn"]["said"]))], seconds)
    lines = [dice.pick(_CATALOGUE["drawn"]["shown"]) for _ in range(2)]
    middle = seconds // 2
    caption = dice.pick(_CATALOGUE["drawn"]["captions"])
    author = dice.below(_AUTHORS)
    handle = f"{GIVEN[author % len(GIVEN)]}.{TOPIC[(author * 7) % len(TOPIC)]}.films"
    width, height = _SIZES["drawn"]
    return Clip(
        video_id=video_id,
        nickname=handle.replace(".", " ").title(),
        **_author(handle),
        **_counts(int(dice.spread(1_000, 2_000_000)), dice),
        caption=caption,
        hashtags=_hashtags(caption),
        posted_at=datetime.fromtimestamp(int(video_id) >> 32, UTC),
        duration_s=seconds,
        kind=kind,
        sound=sound,
        language="en" if said else None,
        said=said,
        shown=(Shown(0, middle, lines[0]), Shown(middle, seconds, lines[1])),
        reads_from=reads_from,
        picture=dice.pick(("drift", "lights", "blocks")),
        width=width,
        height=height,
    )


def web_vtt(made: Clip) -> str:
    """What is said as the platform's own captions, in WebVTT."""
    cues = [f"{_clock(said.start)} --> {_clock(said.end)}\n{said.text}\n" for said in made.said]
    return "\n".join(["WEBVTT\n", *cues])


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def _fold(text: str) -> str:
    """A question in the form in which two spellings are one; a leading "tiktok", which searches put there, says nothing."""
    return re.sub(r"\s+", " ", text).strip().casefold().removeprefix("tiktok ")


def _drawn_id(question: str, slot: int) -> str:
    dice = Dice("drawn id", question, slot)
    posted = 1_740_000_000 + dice.below(50_000_000)  # February 2025 to September 2026
    return str((posted << 32) | dice.bits() >> 32)


def _author(handle: str) -> _Author:
    uid = _UID_BASE + number("author", handle) % 10**17
    key = hashlib.blake2b(handle.encode(), digest_size=48).digest()
    return {
        "handle": handle,
        "author_uid": str(uid),
        "sec_uid": f"MS4wLjABAAAA{base64.urlsafe_b64encode(key).decode()}",
    }


def _counts(plays: int, dice: Dice) -> _Counts:
    likes = int(plays * dice.between(0.02, 0.2))
    return {"plays": plays, "likes": likes, "comments": likes // 30, "shares": likes // 12, "saves": likes // 7}


def _hashtags(caption: str) -> tuple[str, ...]:
    return tuple(re.findall(r"#(\w+)", caption))


def _read(first: int, end: int, seconds: float, begins: float | None = None) -> tuple[tuple[Said, ...], float]:
    """(phrases of the recording, as they stand in the clip; the second of the recording at the clip's beginning)."""
    if begins is None:
        begins = _PHRASES[first][0] - _LEAD
    inside = [phrase for phrase in _PHRASES[first:end] if phrase[1] - begins <= seconds]
    return tuple(
        Said(round(start - begins, 2), round(until - begins, 2), text) for start, until, text in inside
    ), begins


def _spoken(lines: list[tuple[float, str]], seconds: float) -> tuple[Said, ...]:
    """Each sentence with the time it has: until the next, or as long as its letters take."""
    ends = [*(start for start, _ in lines[1:]), seconds]
    return tuple(
        Said(start, round(min(end, start + 0.4 + len(text) / _LETTERS_A_SECOND), 2), text)
        for (start, text), end in zip(lines, ends, strict=True)
    )


def _written(name: str, entry: dict[str, Any]) -> Clip:
    """A clip of clips.json."""
    posted_at = datetime.fromisoformat(entry["posted"]).replace(tzinfo=UTC)
    video_id = str((int(posted_at.timestamp()) << 32) | number("clip", name) >> 32)
    dice = Dice("counts", name)
    seconds = entry["duration"]
    first, end = entry.get("reads", (0, 0))
    said, reads_from = _read(first, end, seconds, entry.get("reads_from")) if end else ((), None)
    if "said" in entry:
        said = _spoken([tuple(line) for line in entry["said"]], seconds)
    kind: Kind = entry.get("kind", "normal")
    width, height = _SIZES["ours"]
    return Clip(
        video_id=video_id,
        nickname=_CATALOGUE["authors"][entry["by"]],
        **_author(entry["by"]),
        **_counts(entry["plays"], dice),
        caption=entry["caption"],
        hashtags=_hashtags(entry["caption"]),
        posted_at=posted_at,
        duration_s=seconds,
        kind=kind,
        sound=entry["sound"],
        language=entry.get("language", _CATALOGUE["reading"]["language"] if said else None),
        said=said,
        shown=tuple(Shown(*line) for line in entry.get("shown", ())),
        has_captions=entry.get("has_captions", False),
        has_street_noise=entry.get("has_street_noise", False),
        reads_from=reads_from,
        announced_bytes=_GIANT if kind == "too_big" else None,
        picture=entry.get("picture", "drift"),
        width=width,
        height=height,
    )


_BY_NAME = {name: _written(name, entry) for name, entry in _CATALOGUE["clips"].items()}
_IDS = {name: made.video_id for name, made in _BY_NAME.items()}
_OWN = {made.video_id: made for made in _BY_NAME.values()}
# Other questions share clips that come through: a run over any questions is not red for what is odd by design.
_SHAREABLE = [
    _BY_NAME[name]
    for name in dict.fromkeys(name for names in _CATALOGUE["questions"].values() for name in names)
    if _BY_NAME[name].kind in ("normal", "no_audio")
]
