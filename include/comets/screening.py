"""Judges one video: what is free is asked first, what is paid or slow last, and the first refusal decides.

The three context layers are the filters' own (`plugins/filters`), by one version of their rules; the comet criteria are here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from include.calls.look_up import Failure
from include.comets.pictures import Copy
from include.comets.run import Run
from include.tikhub.models import Absent, Author, Profile, Video
from plugins.filters.consistency import ConsistencyFinding
from plugins.filters.face_detectors import Box
from plugins.filters.face_presence import FaceFinding
from plugins.filters.image_headers import UnreadableImageError
from plugins.filters.layers import TextLayers
from plugins.filters.verdicts import Refusal


class CoverUnavailable(Exception):
    """No address of a cover gave an image; the text says why."""


Layer = Literal["platform", "pronoun", "criteria", "face", "consistency", "undetermined", "accepted"]
OVERRULE = "overrule"  # the field of a verdict that rests on a person's word
LONGEST_REASON = 200  # letters of that person's reason that the verdict shows
LONGEST_MATCH = 500  # letters of a text that matched, or of why there is nothing to judge by
# Where a number of followers stood: in the author stub of a search or hashtag answer, or in the creator's own profile.
Source = Literal["stub", "profile"]


@dataclass(frozen=True, slots=True)
class SeenCover:
    """A small copy of the cover that was looked at, and the box of the face that was measured, if there was one."""

    copy: Copy
    box: Box | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about a video, by which layer, and on what evidence.

    `followers_from` is None where neither the search nor a profile gave a number of followers. `seen` goes along with a cover
    that was judged just now; it is no part of the verdict. `face_percent`: of who is refused by consistency, what layer 3
    measured on the cover it accepted, beside its detector, score and cover field.
    """

    layer: Layer
    field: str | None = None
    matched_text: str | None = None
    measured: float | None = None
    threshold: float | None = None
    is_uncertain: bool = False
    detector: str | None = None
    score: float | None = None
    cover_field: str | None = None
    followers_from: Source | None = None
    face_percent: float | None = None
    seen: SeenCover | None = dataclasses.field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Overrules:
    """What people said about a creator's verdicts; it holds for the creator, whichever video was overruled.

    `passed`: reasons by what must not refuse them (platform, pronoun, face, consistency, followers, plays). `refusal`: the
    verdict that refuses them before anything else is asked.
    """

    passed: Mapping[str, str] = field(default_factory=dict)
    refusal: Verdict | None = None

    @classmethod
    def from_rows(cls, rows: Sequence[Mapping[str, Any]]) -> Overrules:
        """From rows of sql/comets/read_overrules.sql about one creator; the first layer asked refuses."""
        refused = {row["layer"]: row["reason"] for row in rows if row["expected"] == "refuse"}
        layers: tuple[Layer, ...] = ("platform", "pronoun", "criteria", "face", "consistency")
        first = next((layer for layer in layers if layer in refused), None)
        return cls(
            {
                row["field"] if row["layer"] == "criteria" else row["layer"]: row["reason"]
                for row in rows
                if row["expected"] == "pass"
            },
            Verdict(first, OVERRULE, _shortened(refused[first])) if first else None,
        )

    def unless_passed(self, name: str, judge: Callable[[], Verdict | None]) -> Verdict | None:
        return None if name in self.passed else judge()


NOT_OVERRULED = Overrules()


def overrules_by_video(rows: Iterable[Mapping[str, Any]]) -> dict[str, Overrules]:
    """From rows of sql/comets/read_overrules.sql about many videos; those of whom nothing was said are left out."""
    by_video: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_video.setdefault(row["video_id"], []).append(row)
    return {video_id: Overrules.from_rows(said) for video_id, said in by_video.items()}


def precedence(layer: str, field: str | None) -> int:
    """Of several verdicts of a video on a day the highest counts, as in the column of this name of `verdicts`: accepted, else
    the refusal that came furthest, else undetermined.
    """
    ranks = {
        "accepted": 9,
        "consistency": 8,
        "face": 7,
        "criteria": 5,
        "pronoun": 4,
        "platform": 6 if field == "bio" else 3,
    }
    return ranks.get(layer, 1 if field == "profile" else 2)


def before_profile(layers: TextLayers, run: Run, video: Video, said: Overrules = NOT_OVERRULED) -> Verdict | None:
    """All that the search answer alone can decide; None while the video is still in the race."""
    author = video.author
    return (
        said.refusal
        or said.unless_passed(
            "platform", lambda: _refused("platform", layers.platform(author.handle, author.nickname, ""))
        )
        or said.unless_passed("pronoun", lambda: _refused("pronoun", layers.pronoun(video.caption)))
        or said.unless_passed("plays", lambda: _reach(run, video))
        or _account(author)
        or said.unless_passed("followers", lambda: None if author.followers is None else _band(run, author.followers))
    )


def by_name(layers: TextLayers, run: Run, author: Author, said: Overrules = NOT_OVERRULED) -> Verdict | None:
    """What is known of somebody before any video of theirs was seen: name, account, number of followers. No verdict on them is
    kept by it: a refusal says that no more is looked at, and None that nothing speaks against it.
    """
    return (
        said.refusal
        or said.unless_passed(
            "platform", lambda: _refused("platform", layers.platform(author.handle, author.nickname, ""))
        )
        or _account(author)
        or said.unless_passed("followers", lambda: None if author.followers is None else _band(run, author.followers))
    )


def with_profile(
    layers: TextLayers, run: Run, profile: Profile | Absent | Failure, said: Overrules = NOT_OVERRULED
) -> Verdict | None:
    """What the exact profile decides: the bio, then the exact count."""
    if isinstance(profile, Failure):
        return Verdict("undetermined", field="profile", matched_text=_shortened(profile.reason, LONGEST_MATCH))
    if isinstance(profile, Absent):
        return Verdict("criteria", field="account", matched_text=profile.reason)
    if profile.is_private:
        return Verdict("criteria", field="account", matched_text="private")
    return said.unless_passed(
        "platform",
        lambda: _refused("platform", layers.platform(profile.handle, profile.nickname, profile.signature)),
    ) or said.unless_passed("followers", lambda: _band(run, profile.followers))


def without_cover(said: Overrules) -> Verdict | None:
    """Layer 3 for a creator whom a person has seen: no cover is fetched; None for everybody else."""
    reason = said.passed.get("face")
    return None if reason is None else Verdict("accepted", OVERRULE, _shortened(reason))


def with_cover(
    face: Callable[[bytes, float], FaceFinding],
    run: Run,
    video: Video,
    fetch: Callable[[tuple[str, ...]], bytes],
    copy: Callable[[bytes], Copy] | None = None,
) -> Verdict:
    """Layer 3 (`ContextLayers.face`) on the full frame, else on the crop; `fetch` raises CoverUnavailable for a cover that
    cannot be had. `copy` makes the small copy of what was judged, where one is to be kept.
    """
    reason = "no cover"
    for cover in video.covers:
        try:
            image = fetch(cover.urls)
        except CoverUnavailable as error:
            reason = str(error)
            continue
        finding = face(image, run.min_face_percent)
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
                seen=_seen(image, finding.box, copy),
            )
        reason = finding.reason or reason
    return Verdict(
        "undetermined",
        field="cover",
        matched_text=_shortened(reason, LONGEST_MATCH),
        threshold=run.min_face_percent,
    )


def with_videos(accepted: Verdict, finding: ConsistencyFinding) -> Verdict:
    """What the consistency check makes of an accepted video's verdict: it stays, or its creator is refused."""
    if finding.decision != "refused":
        return accepted
    return dataclasses.replace(
        accepted,
        layer="consistency",
        field=finding.field,
        matched_text=None,
        measured=finding.measured,
        threshold=finding.threshold,
        is_uncertain=False,
        face_percent=accepted.measured,
    )


def _seen(image: bytes, box: Box | None, copy: Callable[[bytes], Copy] | None) -> SeenCover | None:
    if copy is None:
        return None
    try:
        return SeenCover(copy(image), box)
    except UnreadableImageError:
        return None  # rules of one's own may judge what is too costly to copy


def source_of_followers(author: Author, profile: Profile | Absent | Failure | None) -> Source | None:
    """Where the number of followers stood that a video was judged by; `profile` is None where none was asked for."""
    if isinstance(profile, Profile):
        return "profile"
    return None if author.followers is None else "stub"


def _shortened(reason: str, longest: int = LONGEST_REASON) -> str:
    return reason if len(reason) <= longest else f"{reason[: longest - 1]}…"


def _refused(layer: Layer, refusal: Refusal | None) -> Verdict | None:
    # Cut without a mark: it must be found again in the text it stands in.
    return None if refusal is None else Verdict(layer, refusal.field, refusal.matched_text[:LONGEST_MATCH])


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
