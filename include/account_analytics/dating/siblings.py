"""Which members are reports of one download: they share the download's shift, and the day on which it was made."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from include.account_analytics.dating.known import Known
from include.account_analytics.dating.posts import newest_upload
from include.account_analytics.dating.spans import CONTENT
from include.account_analytics.dating.witnesses import APART, written_at
from include.account_analytics.facts import API, MemberRows, Sighting

# TikTok gives one ZIP for each tab: those written within so long are one visit to its pages.
ONE_VISIT = timedelta(minutes=30)
# What lies in one folder came together, unless it was written on other days: a folder may hold the downloads of a year.
ONE_DAY = timedelta(days=1)
DAY = timedelta(days=1)
_NEVER = timedelta.max


def overviews_of(known: Known, sha256: str, by_last: Sequence[tuple[date, str]]) -> list[str]:
    """The Overview that was downloaded with a member; several only where nothing tells which of them it was.

    `by_last`: all Overviews of the account with their last days, sorted.
    """
    member, last = known.members[sha256], known.last(sha256)
    ranks = {}
    near_by = slice(
        bisect_left(by_last, (last - APART * DAY, "")), bisect_left(by_last, (last + (APART + 1) * DAY, ""))
    )
    for other_last, other in by_last[near_by]:
        if (known.members[other].family == API) != (member.family == API):
            continue  # an answer of the API is no part of what a browser downloaded in the same minute
        gap = _time_between(member, known.members[other])
        if gap <= ONE_VISIT or (other in known.together[sha256] and (gap <= ONE_DAY or gap == _NEVER)):
            ranks[other] = (gap, abs(other_last - last))
    return sorted(other for other, rank in ranks.items() if rank == min(ranks.values()))


def _time_between(one: MemberRows, other: MemberRows) -> timedelta:
    """The smallest time between two members' times in ZIPs."""
    times, other_times = _times(one), _times(other)
    return min((abs(time - other_time) for time in times for other_time in other_times), default=_NEVER)


def _times(member: MemberRows) -> set[datetime]:
    return {written for sighting in member.sightings if (written := written_at(sighting))}


def exported_at(member: MemberRows, first_label: date | None, length: int) -> datetime | None:
    """When the download was made, in UTC, as far as its witnesses say.

    The oldest time in a ZIP, for a ZIP that was packed again is younger; not one before the last row, which is nonsense. Else one
    day after the epoch of the name, the earliest it can have been.
    """
    floor = first_label + timedelta(days=length - 2) if first_label else date.min
    if times := [time for time in _times(member) if time.date() >= floor]:
        return min(times)
    ends = [sighting.name.ends_at for sighting in member.sightings if sighting.name.ends_at]
    return min(ends) + timedelta(days=1) if ends else None


def days_seen(known: Known, member: MemberRows, true_last_days: Mapping[str, date]) -> tuple[date, ...]:
    """The days on which a report without day labels was downloaded: by its time in the ZIP, else by those that came with it."""
    days = {_day_seen(known, member, sighting, true_last_days) for sighting in member.sightings}
    return tuple(sorted(day for day in days if day))


def _day_seen(known: Known, member: MemberRows, sighting: Sighting, true_last_days: Mapping[str, date]) -> date | None:
    """Content's own day, else the last day that came with it, or of the newest video; None among downloads of several days."""
    if written := written_at(sighting):
        return written.date()
    beside = sorted(set(sighting.companions) & set(true_last_days))
    content = [true_last_days[other] for other in beside if known.members[other].report in CONTENT]
    days = content or [true_last_days[other] for other in beside]
    if not days or (max(days) - min(days)).days > APART:
        return None
    return max([*days, *filter(None, [newest_upload(member)])])
