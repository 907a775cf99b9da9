"""What is known of the years of an account's members, and what each member's own witnesses say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from include.account_analytics.dating.posts import posting_days
from include.account_analytics.dating.spans import Misfit, day_labels, fits, follows_itself, place
from include.account_analytics.dating.witnesses import STRONGEST_FIRST, Bounds, Claim, bounds_of, claims_of
from include.account_analytics.facts import Label, MemberRows, YearBasis

Answers = Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Year:
    """The first label's day and what proved it."""

    first: date
    basis: YearBasis


@dataclass(slots=True)
class Known:
    """What is known so far of one account; the rules of this module fill `years`."""

    members: dict[str, MemberRows]
    answers: Answers
    together: dict[str, frozenset[str]] = field(default_factory=dict)
    labels: dict[str, tuple[Label, ...]] = field(default_factory=dict)
    bounds: dict[str, Bounds] = field(default_factory=dict)
    posting_days: list[date] = field(default_factory=list)
    years: dict[str, Year] = field(default_factory=dict)
    misfits: dict[str, Misfit] = field(default_factory=dict)
    disputed: dict[str, tuple[Year, ...]] = field(default_factory=dict)

    def open(self) -> list[str]:
        return [
            each for each in self.labels if not any(each in done for done in (self.years, self.misfits, self.disputed))
        ]

    def firsts(self, sha256: str, from_year: int, to_year: int) -> list[date]:
        """The first days that the labels and the bounds allow, with the last label in these years."""
        labels, bounds = self.labels[sha256], self.bounds[sha256]
        length = timedelta(days=len(labels) - 1)
        return [first for first in fits(labels, from_year, to_year) if bounds.hold(first + length)]

    def last(self, sha256: str) -> date:
        return self.years[sha256].first + timedelta(days=len(self.labels[sha256]) - 1)


def gather(members: Iterable[MemberRows], answers: Answers) -> Known:
    known = Known(_merged(members), answers)
    together: dict[str, set[str]] = {sha256: set() for sha256 in known.members}
    for sha256, member in known.members.items():
        for other in {other for sighting in member.sightings for other in sighting.companions} & set(known.members) - {
            sha256
        }:
            together[sha256].add(other)
            together[other].add(sha256)
    known.together = {sha256: frozenset(others) for sha256, others in together.items()}
    known.labels = {sha256: labels for sha256, member in known.members.items() if (labels := day_labels(member))}
    for sha256 in known.labels:
        known.bounds[sha256] = bounds_of(
            known.members[sha256], (known.members[other] for other in sorted(together[sha256]))
        )
    known.posting_days = posting_days(known.members.values())
    return known


def _merged(members: Iterable[MemberRows]) -> dict[str, MemberRows]:
    """Each member once, in a fixed order, with the sightings of all its copies."""
    merged: dict[str, MemberRows] = {}
    for member in members:
        known = merged.get(member.sha256)
        merged[member.sha256] = replace(known, sightings=(*known.sightings, *member.sightings)) if known else member
    return dict(sorted(merged.items()))


def ask_own_witnesses(known: Known, sha256: str) -> None:
    """The member's own witnesses prove its year, contradict the calendar, or each other; or there are none."""
    labels = known.labels[sha256]
    claims = claims_of(known.members[sha256])
    if misfit := follows_itself(labels):
        known.misfits[sha256] = misfit
        return
    placed = [(claim, place(labels, claim.position, claim.day)) for claim in claims]
    years = _strongest((claim, first) for claim, first in placed if isinstance(first, date))
    if placed and not years:
        known.misfits[sha256] = next(first for _, first in placed if isinstance(first, Misfit))
    elif len(years) == 1 and (
        years[0].basis == "file"
        or bounds_of(known.members[sha256]).hold(years[0].first + timedelta(days=len(labels) - 1))
    ):
        known.years[sha256] = years[0]
    elif years:
        known.disputed[sha256] = years


def _strongest(placed: Iterable[tuple[Claim, date]]) -> tuple[Year, ...]:
    """One year for each first day that is claimed, with the strongest of its witnesses."""
    bases: dict[date, list[YearBasis]] = {}
    for claim, first in placed:
        bases.setdefault(first, []).append(claim.basis)
    return tuple(Year(first, min(bases[first], key=STRONGEST_FIRST.index)) for first in sorted(bases))
