"""What proves the year of a member by itself: a year in its labels, the name of its export, its time inside the ZIP.

A year is proved when a witness names a day close to the first or the last label; a witness further away only bounds. The moment
of landing is none of them: it would make a year certain that a later landing leaves open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from include.account_analytics.dating.posts import newest_upload
from include.account_analytics.dating.spans import FIRST_YEAR, day_labels, near
from include.account_analytics.facts import Label, MemberRows, Sighting, YearBasis

# The last row of a download lies one to two days before it; late labels and zones make it one day after to four days before.
ROWS_BEFORE, ROWS_AFTER = 4, 1
# A start or an epoch one day off is the same year, and a suspicion of a shift.
OFF = 1
# Reports of one download can end on different days, and Content is labelled with the day of the download itself.
APART = 6
# At UTC-12 yesterday ends at noon of UTC.
LAST_HOUR_OF_YESTERDAY = 12
# Reports that begin with the first day of the download. (Content's day is near the start again, a year later.)
WHOLE_WINDOW = frozenset({"overview", "viewers", "follower_history"})
STRONGEST_FIRST: tuple[YearBasis, ...] = (
    "file",
    "name",
    "member_time",
    "overlap",
    "video_ids",
    "answer",
    "anchor",
    "none",
)


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """A witness's word: the label at `position` is `day`."""

    position: int
    day: date
    basis: YearBasis


@dataclass(frozen=True, slots=True)
class Bounds:
    """The last label's day is not before `earliest` and not after `latest`; None where nothing bounds it."""

    earliest: date | None = None
    latest: date | None = None

    def hold(self, day: date) -> bool:
        return (self.earliest is None or self.earliest <= day) and (self.latest is None or day <= self.latest)


def claims_of(member: MemberRows) -> list[Claim]:
    """What the member and its own sightings say, each claim once and in a fixed order."""
    labels = day_labels(member)
    found = {
        Claim(at, date(label.year, label.month, label.day), "file")
        for at, label in enumerate(labels[:1])
        if label.year is not None
    }
    for sighting in member.sightings:
        found |= set(_of_name(member, labels, sighting)) | set(_of_time(labels, sighting))
    return sorted(found)


def _of_name(member: MemberRows, labels: tuple[Label, ...], sighting: Sighting) -> Iterable[Claim]:
    last = len(labels) - 1
    if (
        sighting.name.start
        and member.report in WHOLE_WINDOW
        and (day := near(labels[0], sighting.name.start, OFF, OFF))
    ):
        yield Claim(0, day, "name")
    if sighting.name.ends_at and (day := near(labels[last], sighting.name.ends_at.date(), OFF, OFF)):
        yield Claim(last, day, "name")


def _of_time(labels: tuple[Label, ...], sighting: Sighting) -> Iterable[Claim]:
    written = written_at(sighting)
    if written and (day := near(labels[-1], written.date(), ROWS_BEFORE, ROWS_AFTER)):
        yield Claim(len(labels) - 1, day, "member_time")


def written_at(sighting: Sighting) -> datetime | None:
    """The member's time in the ZIP; a time before TikTok is what a ZIP says that knows none."""
    written = sighting.written_at
    return written if written and written.year >= FIRST_YEAR else None


def is_near(one: Label, other: Label) -> bool:
    """Whether two labels can be days of one download, whatever the year."""
    return any(
        near(one, date(year, other.month, 28 if other == Label(2, 29) else other.day), APART, APART)
        for year in (2023, 2024)
    )


def bounds_of(member: MemberRows, together: Iterable[MemberRows] = ()) -> Bounds:
    """What only narrows the year: the member's time in a ZIP from above, the newest video of Content from below.

    A video also bounds the reports that came with Content and end near Content's own day.
    """
    last = day_labels(member)[-1]
    times = [written for sighting in member.sightings if (written := written_at(sighting))]
    uploads = []
    for other in (member, *together):
        if (upload := newest_upload(other)) and (labels := day_labels(other)) and is_near(last, labels[-1]):
            uploads.append(upload - timedelta(days=OFF if other is member else OFF + APART))
    latest = min(times).date() + timedelta(days=ROWS_AFTER) if times else None
    return Bounds(max(uploads, default=None), latest)


def hinted_shifts(member: MemberRows, first_label: date) -> set[int]:
    """Shifts of up to a day that witnesses hint at and cannot prove: labels off the name, Content's day off the day in the ZIP.

    Content's day is that of the browser, the ZIP's that of UTC: where they are the same, that hints at no shift.
    """
    last_label = first_label + timedelta(days=len(day_labels(member)) - 1)
    found = set()
    for sighting in member.sightings:
        name, written = sighting.name, written_at(sighting)
        if name.start and member.report in WHOLE_WINDOW:
            found.add((first_label - name.start).days or None)
        if name.ends_at and member.report in WHOLE_WINDOW:
            found.add((last_label - name.ends_at.date()).days or None)
        if written and member.report == "content":
            found.add((last_label - written.date()).days)
    return {days for days in found if days in {-OFF, 0, OFF}}


def cannot_be_early(member: MemberRows, first_label: date) -> bool:
    """Whether the download was made, as its time in the ZIP says, at an hour of UTC at which it is yesterday nowhere.

    Labels are counted from the date where the browser is, the data from UTC's: early labels need a place west of it all.
    """
    last_label = first_label + timedelta(days=len(day_labels(member)) - 1)
    hours = {
        written.hour
        for sighting in member.sightings
        if (written := written_at(sighting)) and -ROWS_AFTER <= (written.date() - last_label).days <= ROWS_BEFORE
    }
    return bool(hours) and min(hours) >= LAST_HOUR_OF_YESTERDAY


def is_foreign_name(member: MemberRows) -> bool:
    """Whether a name states a first day that is not the first label's: the name of another file."""
    labels = day_labels(member)
    starts = [sighting.name.start for sighting in member.sightings if sighting.name.start]
    return member.report == "overview" and any(not near(labels[0], start, OFF, OFF) for start in starts)
