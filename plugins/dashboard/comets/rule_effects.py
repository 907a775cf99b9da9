"""What a version of the rules would change: the last days' verdicts, judged by it and by the one in force."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import groupby
from typing import Any

from include.comets import rejudging
from include.comets.rejudging import OtherRules, Rejudged
from include.database import Row
from plugins.dashboard import store
from plugins.dashboard.background import Background
from plugins.dashboard.rendering import calmed
from plugins.filters.layers import TextLayers
from plugins.filters.rules import RulesError, rules_from_mapping, shipped_mapping, whole_mapping

MOST_VERDICTS = 50_000
MOST_SHOWN = 2_000  # of a day's changes, and of those already so; the counts are of all
BY_THESE = frozenset({"newly_refused", "newly_passed", "refused_otherwise"})
WAIT_SECONDS = 0.15
LONGEST_SIDE = 80  # letters shown on either side of a match
# What a changed threshold does not touch: how much of a cover a face fills stays as it was measured, and what is no face
# for sure stays refused, uncertain or not.
_COMPARED = frozenset({"min_percent", "uncertain_from_percent", "uncertain_to_percent", "uncertain_from_score"})
_work = Background("rule effects")


@dataclass(slots=True)
class Effects:
    """Of `total` verdicts `judged` were judged again so far, out of at most `limit`; `changed` are the newest first."""

    total: int
    limit: int
    judged: int = 0
    counts: dict[rejudging.Effect, int] = field(default_factory=lambda: rejudging.count(()))
    reasons: dict[str, int] = field(default_factory=dict)
    changed: list[Rejudged] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        return self.judged >= self.limit


@dataclass(frozen=True, slots=True)
class _Day:
    judged: int
    counts: Mapping[rejudging.Effect, int]
    reasons: Mapping[str, int]
    changed: tuple[Rejudged, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with its offending stretch, cut to what is around it."""

    before: str
    match: str
    after: str


def effects(mapping: Mapping[str, Any], in_force: Mapping[str, Any], first: date, last: date) -> Effects:
    """What `mapping` makes of the verdicts from `first` to `last`, as far as it is known by now; the rest is under way.

    Verdicts are of the versions that made them: what the rules `in_force` would change alike is no effect of `mapping`.
    """
    units = store.read("dashboard/count_verdicts_per_keyword", {"first": first, "last": last})
    found = Effects(total=sum(unit["videos"] for unit in units), limit=0)
    both = (_rules(mapping), _rules_if_usable(in_force))
    digests = (_digest(mapping), _digest(in_force))
    until = time.monotonic() + WAIT_SECONDS
    for day, of_day in groupby(units, key=lambda unit: unit["day"]):
        keywords = list(of_day)
        if found.limit and found.limit + sum(unit["videos"] for unit in keywords) > MOST_VERDICTS:
            break
        found.limit += sum(unit["videos"] for unit in keywords)
        state = tuple((unit["keyword"], unit["videos"], unit["screened_at"]) for unit in keywords)
        result: _Day | None = _work.result(
            (digests, day, state),
            partial(_judge_day, day, keywords, *both),
            max(0.0, until - time.monotonic()),
        )
        if result is not None:
            _add(found, result, sum(unit["videos"] for unit in keywords))
    return found


def _add(found: Effects, day: _Day, videos: int) -> None:
    found.judged += videos
    for effect, count in day.counts.items():
        found.counts[effect] += count
    for why, count in day.reasons.items():
        found.reasons[why] = found.reasons.get(why, 0) + count
    found.changed += day.changed


def _judge_day(day: date, keywords: Sequence[Row], rules: OtherRules, in_force: OtherRules | None) -> _Day:
    counts = rejudging.count(())
    reasons: dict[str, int] = {}
    changed: list[Rejudged] = []
    already: list[Rejudged] = []
    for unit in keywords:
        with store.reading() as connection:
            judged = rejudging.rejudge(connection, day, unit["keyword"], rules, in_force)
        for one in judged:
            counts[one.effect] += 1
            if one.why is not None:
                reasons[one.why] = reasons.get(one.why, 0) + 1
        changed += [one for one in judged if one.effect in BY_THESE][: MOST_SHOWN - len(changed)]
        already += [one for one in judged if one.effect == "already"][: MOST_SHOWN - len(already)]
    return _Day(sum(counts.values()), counts, reasons, (*changed, *already))


def _rules_if_usable(mapping: Mapping[str, Any]) -> OtherRules | None:
    """None for rules of another release: then the verdicts as they are stored are all there is to compare with."""
    try:
        return _rules(mapping)
    except RulesError:
        return None


def _rules(mapping: Mapping[str, Any]) -> OtherRules:
    rules = rules_from_mapping(mapping)
    shipped = shipped_mapping()
    faces = {row["version"]: row["face"] or {} for row in store.read("dashboard/read_face_rules")}
    faces[shipped["version"]] = shipped["face"]
    detector = _detector(mapping.get("face", {}))
    return OtherRules(
        texts=TextLayers(rules),
        min_face_percent=rules.face.min_percent,
        has_same_detector={version: _detector(face) == detector for version, face in faces.items()},
        face_percents={version: {**shipped["face"], **face}["min_percent"] for version, face in faces.items()},
    )


def _detector(face: Mapping[str, Any]) -> dict[str, Any]:
    whole = {**shipped_mapping()["face"], **face}
    return {name: value for name, value in whole.items() if name not in _COMPARED}


def _digest(mapping: Mapping[str, Any]) -> str:
    """Of the contents and of the shipped rules, which fill what they leave out; the version's name is no matter."""
    whole = {**whole_mapping(mapping), "version": None}
    return hashlib.blake2b(json.dumps(whole, sort_keys=True).encode(), digest_size=16).hexdigest()


def marked(one: Rejudged) -> Marked | None:
    """The field's text around the match that decides now, or that decided before; None where no text is known."""
    decides = one.after if one.after is not None and one.after.layer in rejudging.TEXT_LAYERS else one.before
    match = decides.matched_text or ""
    if one.text is None or not match:
        return None
    before, found, after = one.text.partition(match)
    if not found:
        return Marked(calmed(one.text[:LONGEST_SIDE]), "", "")
    start = "…" if len(before) > LONGEST_SIDE else ""
    end = "…" if len(after) > LONGEST_SIDE else ""
    return Marked(start + calmed(before[-LONGEST_SIDE:]), calmed(found), calmed(after[:LONGEST_SIDE]) + end)
