"""A dry run's counts: it left no rows to read, so they are what its tasks returned, on top of what the tables hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import psycopg

from include import database
from include.comets.discovery import token
from include.comets.roster import read_coverage
from include.comets.run import Run
from include.comets.screening import precedence

ROSTER_PARTS = ("updated", "skipped", "failed", "gone", "suspect", "not_due", "unmeasured")


def count_rehearsal(
    connection: psycopg.Connection[Any],
    run: Run,
    counts: dict[str, Any],
    found: Sequence[dict[str, Any]],
    measured: Sequence[dict[str, int]],
) -> dict[str, Any]:
    """The counts of a dry run: what the tables would say had it been a real one, with what is in them already."""
    outcomes: Counter[str] = Counter()
    for batch in measured:
        outcomes.update(batch)
    accepted = {token: tuple(said) for tally in found for token, said in tally["accepted"].items()}
    roster = _roster(counts["roster"], accepted, outcomes, takes_roll_call=not run.skip_roll_call)
    judged = _judge(connection, run, found)
    coverage = read_coverage(connection, run, roster, counts["left_out"])
    return {
        **counts,
        "keywords": _keywords(counts["keywords"], judged, found),
        "roster": roster,
        "coverage": {"measured": coverage.measured, "due": coverage.due},
        "verdicts": _videos(judged, found),
    }


def _roster(
    before: database.Row,
    accepted: Mapping[str, tuple[str, bool, bool]],
    outcomes: Counter[str],
    *,
    takes_roll_call: bool,
) -> database.Row:
    """How the roster would stand: whoever is accepted is looked at with that, and needs no look in the roll call."""
    parts = Counter({part: before[part] for part in ROSTER_PARTS})
    fresh = {token: said for token, said in accepted.items() if said[0] != "skipped"}
    entered = sum(part == "absent" for part, _, _ in fresh.values())
    parts.subtract(part for part, _, _ in fresh.values() if part != "absent")
    parts.update("suspect" if is_fall else "skipped" for _, _, is_fall in fresh.values())
    saved = [is_new for _, is_new, is_fall in fresh.values() if not is_fall]
    if takes_roll_call:
        # A dry run stores nobody, so its roll call looked at those as well.
        called_twice = Counter(is_fall for part, _, is_fall in fresh.values() if part in {"unmeasured", "failed"})
        parts["updated"] += max(0, outcomes["updated"] - called_twice[False])
        parts["gone"] += outcomes["gone"] + outcomes["private"] + outcomes["banned"]
        parts["suspect"] += max(0, outcomes["suspect"] - called_twice[True])
        parts["failed"] = outcomes["failed"]
    roster = before["roster"] + entered
    others = sum(parts[part] for part in ROSTER_PARTS if part != "unmeasured")
    return {
        **{part: parts[part] for part in ROSTER_PARTS},
        "unmeasured": max(0, roster - others),
        "roster": roster,
        "new_comets": before["new_comets"] + saved.count(True),
        "known_comets": before["known_comets"] + saved.count(False),
    }


class _Judged(NamedTuple):
    """One verdict of the day as it would be; `creator` is None where its tally names the creators apart."""

    keyword: str
    video: str
    layer: str
    field: str
    creator: str | None = None
    is_new: bool = False


def _judge(connection: psycopg.Connection[Any], run: Run, found: Sequence[dict[str, Any]]) -> list[_Judged]:
    """Each video under each keyword: as this run judged it, else as an earlier run of the day did."""
    mine = {
        (tally["keyword"], video): _Judged(tally["keyword"], video, *name.split(" ", 1))
        for tally in found
        for name, videos in tally["judged"].items()
        for video in videos
    }
    earlier = [
        _Judged(
            row["keyword"],
            token(run, row["video_id"]),
            row["layer"],
            row["field"] or "",
            token(run, row["user_id"]),
            row["is_new"],
        )
        for row in database.rows(connection, "comets/read_day_verdicts", {"day": run.day})
    ]
    return [*mine.values(), *(each for each in earlier if (each.keyword, each.video) not in mine)]


def _keywords(
    before: Sequence[database.Row], judged: Sequence[_Judged], found: Sequence[dict[str, Any]]
) -> list[database.Row]:
    ranks = {row["keyword"]: row["rank"] for row in before}
    comets: dict[str, dict[str, bool]] = {}
    for tally in found:
        ranks.setdefault(tally["keyword"], tally["rank"])
        comets[tally["keyword"]] = {creator: is_new for creator, (_, is_new, _) in tally["accepted"].items()}
    for verdict in judged:
        if verdict.creator and verdict.layer == "accepted":
            comets.setdefault(verdict.keyword, {}).setdefault(verdict.creator, verdict.is_new)
    rows = [
        {
            "keyword": keyword,
            "rank": rank,
            "comets": len(comets.get(keyword, {})),
            "new_comets": sum(comets.get(keyword, {}).values()),
        }
        for keyword, rank in ranks.items()
    ]
    return sorted(rows, key=lambda row: (row["rank"] is None, row["rank"] or 0, row["keyword"]))


def _videos(judged: Sequence[_Judged], found: Sequence[dict[str, Any]]) -> database.Row:
    """As sql/comets/count_verdicts.sql: each video once, by its verdict with the highest precedence."""
    decisive: dict[str, _Judged] = {}
    for verdict in judged:
        known = decisive.setdefault(verdict.video, verdict)
        if precedence(verdict.layer, verdict.field) > precedence(known.layer, known.field):
            decisive[verdict.video] = verdict
    layers = Counter(verdict.layer for verdict in decisive.values())
    bio = sum((verdict.layer, verdict.field) == ("platform", "bio") for verdict in decisive.values())
    no_profile = sum((verdict.layer, verdict.field) == ("undetermined", "profile") for verdict in decisive.values())
    creators = {creator for tally in found for creator in tally["accepted"]}
    creators |= {each.creator for each in judged if each.creator and each.layer == "accepted"}
    return {
        "videos": len(decisive),
        "platform": layers["platform"],
        "platform_before_caption": layers["platform"] - bio,
        "pronoun": layers["pronoun"],
        "criteria": layers["criteria"],
        "face": layers["face"],
        "consistency": layers["consistency"],
        "no_cover": layers["undetermined"] - no_profile,
        "no_profile": no_profile,
        "accepted": layers["accepted"],
        "accepted_creators": len(creators),
    }
