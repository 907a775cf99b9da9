"""The downloads of an account: which members belong to each, and what they say of each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from include.account_analytics.dating import overlap, questions
from include.account_analytics.dating.known import Known
from include.account_analytics.dating.overlap import Series, Verdict, compare, has_days
from include.account_analytics.dating.posts import posting_days
from include.account_analytics.dating.shifts import Chain, Edge, Hints, Shift, chains_of, solve_shifts
from include.account_analytics.dating.siblings import overviews_of
from include.account_analytics.dating.strangers import find_strangers
from include.account_analytics.dating.witnesses import cannot_be_early, hinted_shifts
from include.account_analytics.facts import API, Question, Refused

# Follower activity carries labels of its own, which can be off by more than those of its download.
UNSHIFTED = "follower_activity"


@dataclass(slots=True)
class Downloads:
    """`homes`: for each dated member the Overviews it may have come with; a day report that came with none is its own.

    `reports`: what certainly came with each download. `unclear`: Overviews with days in common that say nothing of each other.
    """

    homes: dict[str, tuple[str, ...]]
    series: dict[str, Series]
    reports: dict[str, list[str]] = field(default_factory=dict)
    shifts: dict[str, Shift] = field(default_factory=dict)
    waiting: dict[str, Question] = field(default_factory=dict)
    refused: dict[str, Refused] = field(default_factory=dict)
    unclear: list[tuple[str, str]] = field(default_factory=list)

    def is_download(self, sha256: str) -> bool:
        return self.homes[sha256] == (sha256,)


def solve_downloads(known: Known) -> Downloads:
    """Compare all downloads, set those of another account aside, and solve the shifts of the others."""
    downloads = _gather(known)
    verdicts = dict(_verdicts(downloads))
    downloads.unclear = [
        pair
        for pair, verdict in verdicts.items()
        if verdict.kind == "unclear" and downloads.series[pair[0]].member.report == "overview"
    ]
    edges = [
        Edge(verdict.weight, downloads.homes[one][0], downloads.homes[other][0], verdict.apart)
        for (one, other), verdict in verdicts.items()
        if verdict.kind == "decided"
    ]
    chains = chains_of(filter(downloads.is_download, downloads.series), edges)
    _set_strangers_aside(
        known, downloads, chains, [pair for pair, verdict in verdicts.items() if verdict.kind == "strangers"]
    )
    aside = set(downloads.waiting) | set(downloads.refused)
    own = {
        sha256: each
        for sha256, each in downloads.series.items()
        if downloads.is_download(sha256) and sha256 not in aside
    }
    downloads.shifts = solve_shifts(
        own,
        [edge for edge in edges if edge.one in own and edge.other in own],
        posting_days(member for sha256, member in known.members.items() if sha256 not in aside),
        {sha256: hints_of(known, downloads, sha256) for sha256 in own},
    )
    _give_to_siblings(known, downloads, aside)
    return downloads


def _gather(known: Known) -> Downloads:
    overviews = sorted(
        (known.last(sha256), sha256) for sha256 in known.years if known.members[sha256].report == "overview"
    )
    homes, series = {}, {}
    for sha256, year in known.years.items():
        member = known.members[sha256]
        is_days = has_days(member)
        siblings = [sha256] if member.report == "overview" else overviews_of(known, sha256, overviews)
        homes[sha256] = tuple(siblings or ([sha256] if is_days else []))
        if is_days and len(homes[sha256]) == 1:
            series[sha256] = Series.of(member, year.first)
    reports: dict[str, list[str]] = {}
    for sha256, own in homes.items():
        if len(own) == 1:
            reports.setdefault(own[0], []).append(sha256)
    return Downloads(homes, series, reports)


def _verdicts(downloads: Downloads) -> Iterator[tuple[tuple[str, str], Verdict]]:
    """Each two members of one kind whose days meet. Other reports than Overview speak where a download has no Overview.

    The API's answers, of which there may be one a day with the same weeks in it, need none to tell their days.
    """
    by_first = sorted(downloads.series.items(), key=lambda item: (item[1].first, item[0]))
    for number, (one, series) in enumerate(by_first):
        for other, other_series in by_first[number + 1 :]:
            if other_series.first > series.last + overlap.APART[-1]:
                break
            if _may_compare(downloads, one, other):
                yield (one, other), compare(series, other_series)


def _may_compare(downloads: Downloads, one: str, other: str) -> bool:
    reports = {downloads.series[each].member.report for each in (one, other)}
    if all(downloads.series[each].member.family == API for each in (one, other)):
        return False
    is_needed = reports == {"overview"} or downloads.is_download(one) or downloads.is_download(other)
    return len(reports) == 1 and is_needed and downloads.homes[one] != downloads.homes[other]


def _set_strangers_aside(known: Known, downloads: Downloads, chains: list[Chain], pairs: list[tuple[str, str]]) -> None:
    """Who fits nobody waits with all that came with it, until a person says whose it is; the answer holds for its whole chain."""
    answered = {key: _answer_for(known, chain, key) for chain in chains for key in chain}
    foes = [
        pair
        for pair in pairs
        if all(known.members[each].report == "overview" and answered[each] != questions.SAME_ACCOUNT for each in pair)
        and len({known.members[each].family for each in pair}) == 1
    ]
    waiting = find_strangers(chains, foes, known.members)
    for chain in chains:
        asked = sorted(key for key in chain if key in waiting)
        for key in chain:
            if answered[key] == questions.ANOTHER_ACCOUNT:
                downloads.refused[key] = questions.stranger_refusal(known.members[key])
            elif asked:
                downloads.waiting[key] = questions.stranger_question(known, asked[0], waiting[asked[0]])
    for sha256, homes in downloads.homes.items():
        for home in homes:
            if home in downloads.refused:
                downloads.refused[sha256] = questions.stranger_refusal(known.members[sha256])
            elif home in downloads.waiting:
                downloads.waiting[sha256] = downloads.waiting[home]


def _answer_for(known: Known, chain: Chain, key: str) -> str:
    """The download's own answer, else the one that was given for a download it hangs together with."""
    given = [known.answers.get(("other_account", each), "") for each in (key, *sorted(chain))]
    return next(filter(None, given), "")


def hints_of(known: Known, downloads: Downloads, download: str) -> Hints:
    """What the witnesses of a download's reports hint at."""
    suspected: set[int] = set()
    for sha256 in downloads.reports[download]:
        suspected |= hinted_shifts(known.members[sha256], known.years[sha256].first)
    return Hints(frozenset(suspected), cannot_be_early(known.members[download], known.years[download].first))


def _give_to_siblings(known: Known, downloads: Downloads, aside: Mapping[str, object] | set[str]) -> None:
    """A report takes its download's shift; where that is not certain, or nothing proved it, the shift is only assumed."""
    for sha256, homes in downloads.homes.items():
        if sha256 in downloads.shifts or sha256 in aside:
            continue
        shifts = {downloads.shifts[home] for home in homes if home in downloads.shifts}
        is_known = len(shifts) == 1 and known.members[sha256].report != UNSHIFTED
        shift = shifts.pop() if is_known else Shift()
        if known.members[sha256].family == API and not shift.days:
            downloads.shifts[sha256] = Shift(0, "documented")
            continue
        downloads.shifts[sha256] = Shift(shift.days, "assumed" if shift.basis == "assumed" else "sibling")
