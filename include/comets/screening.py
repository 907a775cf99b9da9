"""Judges one video: what is free is asked first, what is paid or slow last, and the first refusal decides.

The three context layers are handed in (see `Layers`); the comet criteria are here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from include.comets.profiles import Failure
from include.comets.run import Run
from include.tikhub.models import Absent, Author, Profile, Video


class CoverUnavailable(Exception):
    """No address of a cover gave an image; the text says why."""


Layer = Literal["platform", "pronoun", "criteria", "face", "undetermined", "accepted"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about a video, by which layer, and on what evidence."""

    layer: Layer
    field: str | None = None
    matched_text: str | None = None
    measured: float | None = None
    threshold: float | None = None
    is_uncertain: bool = False
    detector: str | None = None
    score: float | None = None
    cover_field: str | None = None


class TextRefusal(Protocol):
    """A text layer's "no": the field, and the offending text as it stands there."""

    @property
    def field(self) -> str: ...

    @property
    def matched_text(self) -> str: ...


class FaceFinding(Protocol):
    """What Layer 3 found on a cover; `percent` is of the frame's area."""

    @property
    def decision(self) -> Literal["accepted", "refused", "undetermined"]: ...

    @property
    def percent(self) -> float | None: ...

    @property
    def score(self) -> float | None: ...

    @property
    def detector(self) -> str: ...

    @property
    def reason(self) -> str | None: ...

    @property
    def uncertain(self) -> bool: ...


class Layers(Protocol):
    """The three context layers, as the pipeline asks them. None means: not refused."""

    @property
    def version(self) -> str: ...

    def platform(self, handle: str, nickname: str, bio: str) -> TextRefusal | None: ...

    def pronoun(self, caption: str) -> TextRefusal | None: ...

    def face(self, image: bytes, min_percent: float) -> FaceFinding: ...


def before_profile(layers: Layers, run: Run, video: Video) -> Verdict | None:
    """All that the search answer alone can decide; None while the video is still in the race."""
    author = video.author
    return (
        _refused("platform", layers.platform(author.handle, author.nickname, ""))
        or _refused("pronoun", layers.pronoun(video.caption))
        or _reach(run, video)
        or _account(author)
        or (None if author.followers is None else _band(run, author.followers))
    )


def with_profile(layers: Layers, run: Run, profile: Profile | Absent | Failure) -> Verdict | None:
    """What the exact profile decides: the bio, then the exact count."""
    if isinstance(profile, Failure):
        return Verdict("undetermined", field="profile", matched_text=profile.reason)
    if isinstance(profile, Absent):
        return Verdict("criteria", field="account", matched_text=profile.reason)
    if profile.is_private:
        return Verdict("criteria", field="account", matched_text="private")
    words = layers.platform(profile.handle, profile.nickname, profile.signature)
    return _refused("platform", words) or _band(run, profile.followers)


def with_cover(layers: Layers, run: Run, video: Video, fetch: Callable[[tuple[str, ...]], bytes]) -> Verdict:
    """Layer 3 on the full frame, else on the crop; `fetch` raises CoverUnavailable for a cover that cannot be had."""
    reason = "no cover"
    for cover in video.covers:
        try:
            image = fetch(cover.urls)
        except CoverUnavailable as error:
            reason = str(error)
            continue
        finding = layers.face(image, run.min_face_percent)
        if finding.decision != "undetermined":
            return Verdict(
                "accepted" if finding.decision == "accepted" else "face",
                field="cover",
                # Four decimals say more than the detector knows, and compare equal after a way through the database.
                measured=None if finding.percent is None else round(finding.percent, 4),
                threshold=run.min_face_percent,
                is_uncertain=finding.uncertain,
                detector=finding.detector,
                score=None if finding.score is None else round(finding.score, 4),
                cover_field=cover.field,
            )
        reason = finding.reason or reason
    return Verdict("undetermined", field="cover", matched_text=reason, threshold=run.min_face_percent)


def _refused(layer: Layer, refusal: TextRefusal | None) -> Verdict | None:
    return None if refusal is None else Verdict(layer, refusal.field, refusal.matched_text)


def _reach(run: Run, video: Video) -> Verdict | None:
    if video.plays >= run.min_views:
        return None
    return Verdict("criteria", field="plays", measured=video.plays, threshold=run.min_views)


def _account(author: Author) -> Verdict | None:
    if author.is_gone:
        return Verdict("criteria", field="account", matched_text="gone")
    if author.is_private:
        return Verdict("criteria", field="account", matched_text="private")
    return None


def _band(run: Run, followers: int) -> Verdict | None:
    if followers < run.min_followers:
        return Verdict("criteria", field="followers", measured=followers, threshold=run.min_followers)
    if followers > run.max_followers:
        return Verdict("criteria", field="followers", measured=followers, threshold=run.max_followers)
    return None
