"""What a person is asked about a member's dates, and what is said when they cannot be right."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from include.account_analytics.dating.known import Known
from include.account_analytics.dating.spans import FIRST_YEAR, Misfit, line_of
from include.account_analytics.dating.witnesses import is_near
from include.account_analytics.facts import Label, MemberRows, Question, Refused

SAME_ACCOUNT, ANOTHER_ACCOUNT = "same account", "another account"
REPORTS = ("overview", "viewers", "follower_history", "content", "videos", "follower_activity")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_BASES = {"name": "the export's name", "member_time": "the time in the ZIP", "file": "the file itself"}


def words(label: Label) -> str:
    return f"{_MONTHS[label.month - 1]} {label.day}"


def year_questions(known: Known) -> dict[str, Question]:
    """The question of each member whose year is open. Members that came together wait for one answer."""
    waiting = sorted([*known.open(), *known.disputed], key=lambda sha256: (_place_of(known.members[sha256]), sha256))
    asked: dict[str, Question] = {}
    for sha256 in waiting:
        if sha256 not in asked:
            question = _year_question(known, sha256)
            asked |= {each: question for each in _like(known, sha256, waiting) if each not in asked}
    return asked


def _place_of(member: MemberRows) -> int:
    return REPORTS.index(member.report) if member.report in REPORTS else len(REPORTS)


def _like(known: Known, sha256: str, waiting: Iterable[str]) -> list[str]:
    """The member itself and those that came with it and end near it."""
    last = known.labels[sha256][-1]
    return [
        each
        for each in waiting
        if each == sha256 or (each in known.together[sha256] and is_near(last, known.labels[each][-1]))
    ]


def _year_question(known: Known, sha256: str) -> Question:
    labels, member = known.labels[sha256], known.members[sha256]
    said = [
        f"{_BASES.get(year.basis, year.basis)} says {(year.first + timedelta(days=len(labels) - 1)).year}"
        for year in known.disputed.get(sha256, ())
    ]
    why = f"The witnesses disagree: {', '.join(said)}." if said else "Nothing in the file tells it."
    span = (
        words(labels[-1])
        if len(labels) == 1
        else f"{words(labels[-1])}, the last of {len(labels)} days from {words(labels[0])} on"
    )
    return Question(
        kind="year",
        subject=sha256,
        text=f"In which year is {span}, in this {member.report} of {member.account}? {why}",
        candidates=tuple(map(str, _candidate_years(known, sha256))),
        details={"report": member.report, "first_label": words(labels[0]), "last_label": words(labels[-1])},
    )


def _candidate_years(known: Known, sha256: str) -> list[int]:
    """The years to choose from: those claimed, and all that the calendar and the bounds allow up to the day of landing.

    The clock may be wrong: where it leaves no year, all those of witnesses count, and no list at all is a free answer.
    """
    length = timedelta(days=len(known.labels[sha256]) - 1)
    claimed = {(year.first + length).year for year in known.disputed.get(sha256, ())}
    if len(claimed) > 1:
        return sorted(claimed)
    landed = min((sighting.landed_at.date() for sighting in known.members[sha256].sightings), default=None)
    if landed is None:
        return sorted(claimed)
    until = landed + timedelta(days=1)
    possible = [first + length for first in known.firsts(sha256, FIRST_YEAR, until.year)]
    return sorted(claimed | {last.year for last in possible if last <= until})


def day_question(member: MemberRows) -> Question:
    """For a report that writes no day at all, and came with nothing that has one."""
    return Question(
        kind="year",
        subject=member.sha256,
        text=f"On which day was this {member.report} of {member.account} downloaded? Neither the file nor one that came with it"
        " tells it. Answer with the day, such as 2026-03-05.",
        details={"report": member.report},
    )


def stranger_question(known: Known, subject: str, foes: Iterable[str]) -> Question:
    member = known.members[subject]
    spans = ", ".join(f"{known.years[foe].first} to {known.last(foe)}" for foe in foes)
    return Question(
        kind="other_account",
        subject=subject,
        text=f"Is this overview of {known.years[subject].first} to {known.last(subject)} of another account than"
        f" {member.account}? Its views differ on most days that it has in common with: {spans}.",
        candidates=(SAME_ACCOUNT, ANOTHER_ACCOUNT),
        details={"does_not_fit": list(foes)},
    )


def misfit_refusal(member: MemberRows, labels: tuple[Label, ...], misfit: Misfit) -> Refused:
    """Two rows that cannot follow each other, both named."""
    upper, lower = labels[misfit.upper], labels[misfit.lower]
    lines = [line_of(member, at) for at in (misfit.upper, misfit.lower)]
    rows = f"line {lines[0]} says {words(upper)} and line {lines[1]} says {words(lower)}"
    if upper == lower:
        return Refused("duplicate_label", f"One day twice: {rows}. Download the file from TikTok again.")
    if {(upper.month, upper.day), (lower.month, lower.day)} <= {(2, 28), (2, 29), (3, 1)}:
        return Refused(
            "leap_day", f"The year of this file forbids what it says: {rows}. Download it from TikTok again."
        )
    return Refused(
        "not_consecutive", f"The days do not follow one another: {rows}. Download the file from TikTok again."
    )


def stranger_refusal(member: MemberRows) -> Refused:
    return Refused(
        "other_account", f"This {member.report} was said to be of another account than {member.account}. Move it there."
    )


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
