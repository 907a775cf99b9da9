"""What other rules would have made of videos screened before: the real filters on the stored answers; calls nothing.

A cover is not kept as it was judged, only how much of it the face filled and how sure the detector was: with another threshold
that is compared again, with another detector nobody can know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import psycopg

from include import database
from include.calls.ledger import StoredAnswer, read_answers, read_latest_answers
from include.calls.look_up import Failure, profile_of
from include.comets import consistency, screening
from include.comets.evidence import searches, videos_in
from include.comets.run import Run
from include.comets.screening import NOT_OVERRULED, Overrules, Verdict
from include.tikhub.endpoints import USER_PROFILE, USER_VIDEOS
from include.tikhub.models import Absent, Profile, Video
from plugins.filters.consistency import Played
from plugins.filters.layers import TextLayers

REFUSING = frozenset({"platform", "pronoun", "criteria", "face", "consistency"})
TEXT_LAYERS = frozenset({"platform", "pronoun"})
Effect = Literal["newly_refused", "newly_passed", "refused_otherwise", "unchanged", "already", "unknown"]


@dataclass(frozen=True, slots=True)
class OtherRules:
    """The rules to judge by. `has_same_detector` per version: whether its covers were measured as these rules measure.

    `face_percents`: what each version says of the face threshold, so that a run that asked for another keeps its own.
    """

    texts: TextLayers
    min_face_percent: float
    has_same_detector: Mapping[str, bool]
    face_percents: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Judged:
    """How a video is judged: `layer` as in verdicts, or `profile` or `cover`: it would go on to that check."""

    layer: str
    field: str | None = None
    matched_text: str | None = None
    measured: float | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Rejudged:
    """One verdict as it stands, as the rules in force make it (`now`, None where that is not known), and as it would be.

    `effect` is what the other rules change of what those in force make of it; `already`: those in force change the verdict
    in just the same way. `text` is that of the field a text layer refuses, or refused before; `why` says why nothing is
    known.
    """

    day: date
    keyword: str
    video_id: str
    user_id: str
    handle: str
    before: Judged
    after: Judged | None
    effect: Effect
    text: str | None = None
    why: str | None = None
    now: Judged | None = None


def rejudge(
    connection: psycopg.Connection[Any], day: date, keyword: str, rules: OtherRules, in_force: OtherRules | None = None
) -> list[Rejudged]:
    """All verdicts of a day's keyword, judged by `rules` on what the ledger holds of that day.

    With `in_force` they are judged by these as well: a verdict may be of an older version. What people overruled holds as
    it did when the verdict was made, so that nothing but the rules makes a difference.
    """
    parameters = {"day": day, "keyword": keyword}
    verdicts = database.rows(connection, "comets/read_verdicts", parameters)
    beginnings = [beginning for _, beginning in searches(connection, day, keyword)]
    videos = _videos(database.rows(connection, "comets/read_found_pages", {**parameters, "beginnings": beginnings}))
    user_ids = sorted({verdict["user_id"] for verdict in verdicts})
    answers = read_answers(connection, day, USER_PROFILE, user_ids)
    profiles = {answer.subject: profile_of(answer) for answer in answers}
    said = _overrules(connection, day, keyword, verdicts)
    first = day - timedelta(days=consistency.DAYS_KEPT)
    latest = read_latest_answers(connection, first, day, USER_VIDEOS, user_ids)
    on_roster = {
        row["user_id"] for row in database.rows(connection, "comets/find_known", {"user_ids": user_ids, "day": day})
    }
    wanted = {"user_ids": [user_id for user_id in user_ids if user_id not in latest], "most": consistency.VIDEOS_ASKED}
    stored = {
        row["user_id"]: consistency.played(row)
        for row in database.rows(connection, "comets/videos/read_latest", wanted)
    }
    runs: dict[str, Run | None] = {}
    judged = []
    for verdict in verdicts:
        run_id = verdict["run_id"]
        if run_id not in runs:
            runs[run_id] = _run_with(verdict["settings"])
        video = videos.get(verdict["video_id"])
        known = _Known(
            day,
            runs[run_id],
            video,
            profiles.get(verdict["user_id"]),
            said.get(verdict["video_id"], NOT_OVERRULED),
            verdict["user_id"],
            verdict["face_percent"],
            latest.get(verdict["user_id"]),
            stored.get(verdict["user_id"], ()),
            verdict["user_id"] in on_roster,
        )
        judged.append(_rejudge(verdict, known, rules, in_force))
    return judged


@dataclass(frozen=True, slots=True)
class _Known:
    """What is left of what a verdict was made from; None where it is not stored any more."""

    day: date
    run: Run | None
    video: Video | None
    profile: Profile | Absent | Failure | None
    said: Overrules
    user_id: str
    face_percent: float | None  # of who was refused by consistency
    latest: tuple[date, StoredAnswer] | None  # what was asked about their latest videos, and when
    videos: Sequence[Played]  # what is stored of their videos, where they were not asked for
    is_on_roster: bool  # before that day


def _rejudge(verdict: database.Row, known: _Known, rules: OtherRules, in_force: OtherRules | None) -> Rejudged:
    before = Judged(verdict["layer"], verdict["field"], verdict["matched_text"], verdict["measured"], verdict["score"])
    found = _judge(before, verdict["rules_version"], known, rules)
    after, why = (found, None) if isinstance(found, Judged) else (None, found)
    decides = after if after is not None and after.layer in TEXT_LAYERS else before
    by_those = _judge(before, verdict["rules_version"], known, in_force) if in_force else None
    now = by_those if isinstance(by_those, Judged) else None
    return Rejudged(
        verdict["day"],
        verdict["keyword"],
        verdict["video_id"],
        verdict["user_id"],
        verdict["handle"],
        before,
        after,
        _effect(before, after, now),
        _text_of(decides.field, known),
        why,
        now,
    )


def _judge(before: Judged, version: str, known: _Known, rules: OtherRules) -> Judged | str:
    """The steps of screening, as far as they can be taken without a call; a text says why nobody can know."""
    run, video, said = known.run, known.video, known.said
    if run is None:
        return "the settings of its run are not known"
    if video is None:
        return "the answer it was found in is not stored any more"
    layers = rules.texts
    refusal = screening.before_profile(layers, run, video, said)
    if refusal is not None:
        return _judged(refusal)
    if known.profile is None:
        return _without_profile(before)
    decided = screening.with_profile(layers, run, known.profile, said) or screening.without_cover(said)
    judged = _judge_cover(before, version, known, run, rules) if decided is None else _judged(decided)
    is_accepted = isinstance(judged, Judged) and judged.layer == "accepted"
    return (_judge_videos(known, layers) or judged) if is_accepted else judged


def _without_profile(before: Judged) -> Judged | str:
    """Who was refused by the first texts was never looked up; whose look-up failed would fail again."""
    if before.layer in TEXT_LAYERS and before.field != "bio":
        return Judged("profile")
    has_failed = before.layer == "undetermined" and before.field == "profile"
    return before if has_failed else "the profile is not stored any more"


def _judge_videos(known: _Known, layers: TextLayers) -> Judged | str | None:
    """The consistency check by the answer that the day had, or else by what is stored of the creator's videos where that is
    enough to tell; None for who passes, or is not asked about.
    """
    if not layers.asks_consistency or known.is_on_roster or "consistency" in known.said.passed:
        return None
    if known.latest is None:
        finding = layers.consistency(known.videos, known.day)
        if finding.decision == "too few":
            return "the latest videos were not asked for, or are not stored any more, and of others too few are stored to tell"
    else:
        day, answer = known.latest
        finding = layers.consistency(consistency.read_played(known.user_id, answer), day)
    return Judged("consistency", finding.field, None, finding.measured) if finding.decision == "refused" else None


def _judge_cover(before: Judged, version: str, known: _Known, run: Run, rules: OtherRules) -> Judged | str:
    if before.field == "cover":
        percent = before.measured
    elif before.layer == "consistency" and known.face_percent is not None:
        percent = known.face_percent
    else:
        return Judged("cover")
    if not rules.has_same_detector.get(version, False):
        return "the cover would be measured with other settings"
    if percent is None:
        return before
    asked = run.min_face_percent
    threshold = rules.min_face_percent if asked == rules.face_percents.get(version) else asked
    is_accepted, _ = rules.texts.face_again(percent, before.score, threshold)
    return Judged("accepted" if is_accepted else "face", "cover", None, percent, before.score)


def _effect(before: Judged, after: Judged | None, now: Judged | None) -> Effect:
    if after is None:
        return "unknown"
    if _is_same(now or before, after):
        return "unchanged" if _is_same(before, after) else "already"
    if after.layer not in REFUSING:
        return "newly_passed"
    return "refused_otherwise" if (now or before).layer in REFUSING else "newly_refused"


def _is_same(one: Judged, other: Judged) -> bool:
    return (one.layer, one.field, one.matched_text) == (other.layer, other.field, other.matched_text)


def _judged(verdict: Verdict) -> Judged:
    return Judged(verdict.layer, verdict.field, verdict.matched_text, verdict.measured)


def _videos(answers: Sequence[database.Row]) -> dict[str, Video]:
    """As discovery reads pages: the first page that has a video counts, and in a page the last mention."""
    videos: dict[str, Video] = {}
    for row in answers:
        for video in reversed(videos_in(row["endpoint"], StoredAnswer.from_row(row).data)):
            videos.setdefault(video.video_id, video)
    return videos


def _run_with(settings: Any) -> Run | None:
    """None for a run of another release, whose settings say something else."""
    try:
        return Run.from_json(settings)
    except (TypeError, KeyError, ValueError):
        return None


def _overrules(
    connection: psycopg.Connection[Any], day: date, keyword: str, verdicts: Sequence[database.Row]
) -> dict[str, Overrules]:
    parameters = {
        "run_id": "",
        "day": day,
        "keyword": keyword,
        "is_replay": True,
        "video_ids": [verdict["video_id"] for verdict in verdicts],
        "user_ids": [verdict["user_id"] for verdict in verdicts],
    }
    return screening.overrules_by_video(database.rows(connection, "comets/read_overrules", parameters))


def _text_of(field: str | None, known: _Known) -> str | None:
    video, profile = known.video, known.profile
    if video is None or field is None:
        return None
    if field == "bio":
        return profile.signature if isinstance(profile, Profile) else None
    texts = {"handle": video.author.handle, "nickname": video.author.nickname, "caption": video.caption}
    return texts.get(field)


def count(rejudged: Iterable[Rejudged]) -> dict[Effect, int]:
    """How many of each effect; all of them are named."""
    counts: dict[Effect, int] = dict.fromkeys(
        ("newly_refused", "newly_passed", "refused_otherwise", "unchanged", "already", "unknown"), 0
    )
    for one in rejudged:
        counts[one.effect] += 1
    return counts
