"""The years of an account's members, by witnesses.

First every member is asked for its own witnesses. Then the rules below are tried, strongest first; each looks at what is known
so far and speaks for all open members at once, so that no order of members can matter; whenever one proves something, all begin
anew. What no rule can tell is left open, for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from include.account_analytics.dating.anchor import anchored_shift
from include.account_analytics.dating.known import Answers, Known, Year, ask_own_witnesses, gather
from include.account_analytics.dating.overlap import APART as LABELS_APART
from include.account_analytics.dating.overlap import Series, compare, has_days
from include.account_analytics.dating.spans import FIRST_YEAR, fits, near, place
from include.account_analytics.dating.witnesses import APART, STRONGEST_FIRST
from include.account_analytics.facts import MemberRows, YearBasis


def prove_years(members: Iterable[MemberRows], answers: Answers) -> Known:
    """Everything that witnesses and answers tell about the years of an account's members."""
    known = gather(members, answers)
    for sha256 in list(known.labels):
        ask_own_witnesses(known, sha256)
    while found := next((found for rule in RULES if (found := rule(known))), {}):
        known.years |= found
    return known


def _by_companions(known: Known) -> dict[str, Year]:
    """A member is of the year of those that came with it, when its last day lies near theirs and they agree."""
    found = {}
    for sha256 in known.open():
        labels = known.labels[sha256]
        meant: dict[date, list[YearBasis]] = {}
        for other in sorted(
            known.together[sha256] & set(known.years), key=lambda other: (known.years[other].first, other)
        ):
            last = near(labels[-1], known.last(other), APART, APART)
            first = place(labels, len(labels) - 1, last) if last else None
            if last and isinstance(first, date) and known.bounds[sha256].hold(last):
                meant.setdefault(first, []).append(known.years[other].basis)
        if len(meant) == 1:
            ((first, bases),) = meant.items()
            found[sha256] = Year(first, min(bases, key=STRONGEST_FIRST.index))
    return found


def _by_video_ids(known: Known) -> dict[str, Year]:
    """A video is newer than last year's labels and a member's time older than next year's: one year is left between them."""
    found = {}
    for sha256 in known.open():
        bounds = known.bounds[sha256]
        if bounds.earliest and bounds.latest:
            firsts = known.firsts(sha256, bounds.earliest.year, bounds.latest.year)
            if len(firsts) == 1:
                found[sha256] = Year(firsts[0], "video_ids")
    return found


def _by_overlap(known: Known) -> dict[str, Year]:
    """Days that a dated download has too, equal row by row, in one year only."""
    dated: dict[str, list[Series]] = {}
    for sha256, year in known.years.items():
        if has_days(known.members[sha256]):
            dated.setdefault(known.members[sha256].report, []).append(Series.of(known.members[sha256], year.first))
    found = {}
    for sha256 in known.open():
        member = known.members[sha256]
        firsts = _equal_from(known, sha256, dated.get(member.report, [])) if has_days(member) else set()
        if len(firsts) == 1:
            found[sha256] = Year(firsts.pop(), "overlap")
    return found


def _equal_from(known: Known, sha256: str, dated: list[Series]) -> set[date]:
    """The first days under which the member's rows are those of a dated one."""
    member, length = known.members[sha256], len(known.labels[sha256])
    newest = max((series.last for series in dated), default=1)
    return {
        first
        for first in known.firsts(sha256, FIRST_YEAR, date.fromordinal(newest).year + 1 + length // 365)
        for series in dated
        if _touch(first.toordinal(), length, series) and compare(Series.of(member, first), series).kind == "decided"
    }


def _touch(first: int, length: int, series: Series) -> bool:
    return first <= series.last + LABELS_APART[-1] and series.first <= first + length - 1 + LABELS_APART[-1]


def _by_answer(known: Known) -> dict[str, Year]:
    """What a person answered: the year of the last row. It is asked for only what no file proves, so it stands below them."""
    found = {}
    for sha256 in [*known.open(), *known.disputed]:
        answer = known.answers.get(("year", sha256), "")
        firsts = fits(known.labels[sha256], int(answer)) if answer.isdecimal() and len(answer) == 4 else []
        if firsts:
            found[sha256] = Year(firsts[0], "answer")
    for sha256 in found:
        known.disputed.pop(sha256, None)
    return found


def _by_anchor(known: Known) -> dict[str, Year]:
    """The one year in which the videos went up on just the days on which the views rose."""
    found = {}
    for sha256 in known.open():
        if not known.posting_days or known.members[sha256].report != "overview":
            continue
        length = len(known.labels[sha256])
        years = range(known.posting_days[0].year, known.posting_days[-1].year + 2 + length // 365)
        firsts = [
            first
            for first in known.firsts(sha256, years[0], years[-1])
            if anchored_shift(views_by_label(known.members[sha256], first), known.posting_days) is not None
        ]
        if len(firsts) == 1:
            found[sha256] = Year(firsts[0], "anchor")
    return found


def views_by_label(member: MemberRows, first_label: date) -> dict[int, int]:
    start = first_label.toordinal()
    views = member.metrics.get("video_views", ())
    return {start + n: value for n, value in enumerate(views) if value is not None}


RULES: tuple[Callable[[Known], dict[str, Year]], ...] = (
    _by_companions,
    _by_video_ids,
    _by_overlap,
    _by_answer,
    _by_anchor,
)
