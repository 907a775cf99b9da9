"""The days of all members of one account, solved together: years, shifts, questions and refusals.

Everything is worked out anew from all members each time: what a later file proves holds for the earlier ones too, and neither
the order in which files came nor the clock of the machine can be seen in the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from include.account_analytics.dating import overlap, questions
from include.account_analytics.dating.downloads import Downloads, hints_of, solve_downloads
from include.account_analytics.dating.known import Known
from include.account_analytics.dating.siblings import days_seen, exported_at
from include.account_analytics.dating.witnesses import STRONGEST_FIRST, is_foreign_name
from include.account_analytics.dating.years import prove_years
from include.account_analytics.facts import Dated, MemberRows, YearBasis


def solve(members: Sequence[MemberRows], answers: Mapping[tuple[str, str], str] | None = None) -> dict[str, Dated]:
    """The days of each member, by its SHA-256. The members are those of ONE account; `answers`: (kind, subject) to the answer."""
    known = prove_years(members, answers or {})
    downloads = solve_downloads(known)
    dated = _asked(known) | {sha256: _date(known, downloads, sha256) for sha256 in known.years}
    true_last_days = {
        sha256: known.last(sha256) - timedelta(days=each.label_shift)
        for sha256, each in dated.items()
        if sha256 in known.years and not each.question and not each.refusal
    }
    without_days = {
        sha256: _date_by_its_download(known, member, dated, true_last_days)
        for sha256, member in known.members.items()
        if sha256 not in known.labels
    }
    return _with_differences(downloads, _with_gaps(known, dated, true_last_days), true_last_days) | without_days


def _asked(known: Known) -> dict[str, Dated]:
    """Members without a year: what is asked about them, or why they are refused."""
    asked = {
        sha256: Dated(sha256, None, "none", question=question)
        for sha256, question in questions.year_questions(known).items()
    }
    refused = {
        sha256: Dated(
            sha256, None, "none", refusal=questions.misfit_refusal(known.members[sha256], known.labels[sha256], misfit)
        )
        for sha256, misfit in known.misfits.items()
    }
    return asked | refused


def _date(known: Known, downloads: Downloads, sha256: str) -> Dated:
    year, member = known.years[sha256], known.members[sha256]
    moment = exported_at(member, year.first, len(known.labels[sha256]))
    dated = Dated(sha256, year.first, year.basis, exported_at=moment)
    if sha256 in downloads.refused:
        return replace(dated, refusal=downloads.refused[sha256])
    if sha256 in downloads.waiting:
        return replace(dated, question=downloads.waiting[sha256])
    shift = downloads.shifts[sha256]
    warnings = _warnings(known, downloads, sha256)
    return replace(dated, label_shift=shift.days, shift_basis=shift.basis, warnings=warnings)


def _warnings(known: Known, downloads: Downloads, sha256: str) -> tuple[str, ...]:
    said = []
    answer, year = known.answers.get(("year", sha256)), known.years[sha256]
    if answer and year.basis != "answer" and answer != str(known.last(sha256).year):
        said.append(f"The year was answered with {answer}; what proves another, {year.basis}, counts more.")
    if is_foreign_name(known.members[sha256]):
        said.append(
            "The name of its export states another first day than its first row: it was taken for another file's name."
        )
    if downloads.shifts[sha256].basis == "assumed" and downloads.is_download(sha256):
        said += [
            f"Its export's name or time hints at labels one day {'late' if shift > 0 else 'early'}; nothing proves it."
            for shift in sorted(hints_of(known, downloads, sha256).suspected - {0})
        ]
    return tuple(said)


def _date_by_its_download(
    known: Known, member: MemberRows, dated: Mapping[str, Dated], true_last_days: Mapping[str, date]
) -> Dated:
    """A report that writes no days: those on which it was downloaded; with all that came with it waiting, it waits too."""
    moment = exported_at(member, None, 0)
    if member.rows == 0:
        return Dated(member.sha256, None, "none", exported_at=moment)
    beside = [dated[other] for other in sorted(known.together[member.sha256]) if other in dated]
    overviews = [each for each in beside if known.members[each.sha256].report == "overview"] or beside
    if overviews and not any(each.sha256 in true_last_days for each in overviews) and _is_of_stranger(overviews[0]):
        return replace(overviews[0], sha256=member.sha256, first_label=None, year_basis="none", exported_at=moment)
    if days := days_seen(known, member, true_last_days):
        bases: list[YearBasis] = ["member_time"] if moment else [each.year_basis for each in beside]
        return Dated(member.sha256, days[0], min(bases, key=STRONGEST_FIRST.index), exported_at=moment, days=days)
    if question := next((each.question for each in overviews if each.question), None):
        return Dated(member.sha256, None, "none", question=question)
    if day := questions.day_of(known.answers.get(("year", member.sha256), "")):
        return Dated(member.sha256, day, "answer", days=(day,))
    return Dated(member.sha256, None, "none", question=questions.day_question(member))


def _is_of_stranger(dated: Dated) -> bool:
    is_asked = dated.question is not None and dated.question.kind == "other_account"
    return is_asked or (dated.refusal is not None and dated.refusal.code == "other_account")


def _with_differences(
    downloads: Downloads, dated: Mapping[str, Dated], true_last_days: Mapping[str, date]
) -> dict[str, Dated]:
    """Warn of a download that stands on the days it writes alone, and says other numbers of them than another one."""
    result = dict(dated)
    for pair in downloads.unclear:
        if not all(sha256 in true_last_days for sha256 in pair):
            continue
        one, other = pair
        apart = dated[one].label_shift - dated[other].label_shift
        unequal, common = overlap.differing(downloads.series[one], downloads.series[other], apart)
        if 2 * unequal <= common:
            continue
        for sha256, against in (pair, (other, one)):
            if dated[sha256].shift_basis == "assumed":
                said = (
                    f"{unequal} of {common} days that it has in common with the download to {true_last_days[against]} differ, "
                    "and nothing proves the days of both: the labels of one of them may be a day off."
                )
                result[sha256] = replace(result[sha256], warnings=(*result[sha256].warnings, said))
    return result


def _with_gaps(known: Known, dated: Mapping[str, Dated], true_last_days: Mapping[str, date]) -> dict[str, Dated]:
    """Warn of a single day that lies between two downloads and in neither: the sign of labels that are a day late."""
    result, until = dict(dated), None
    spans = sorted(
        (known.years[sha256].first - timedelta(days=dated[sha256].label_shift), last, sha256)
        for sha256, last in true_last_days.items()
        if known.members[sha256].report == "overview"
    )
    for first, last, sha256 in spans:
        if until and (first - until).days == 2:
            gap = until + timedelta(days=1)
            said = f"{gap} is missing between two downloads: the labels of this one, or of the one before, may be a day off."
            result[sha256] = replace(dated[sha256], warnings=(*dated[sha256].warnings, said))
        until = max(until, last) if until else last
    return result
