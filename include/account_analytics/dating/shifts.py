"""How many days late each download labels its days, solved for all downloads of an account together.

Downloads are the points of a graph, and what an overlap decides is an edge: how far two of them stand apart. Whatever hangs
together is one *chain*: its shifts are known to each other, and one number is left for all of it. The posting-day anchor tells
that number, from all days of the chain. Where it does not, the number with the fewest points is taken:

- a point for each download that is labelled late, two for each that is labelled early: late ones have been seen, early ones not;
- two more for each early one that was made at an hour at which it is yesterday nowhere on earth;
- four less for each whose witnesses hint at its shift (labels one day off the name, Content's day against the day in the ZIP);
- four less where at least half of the posts vote for it, though not clearly.

Of equals it is the one whose labels are later.
A download that hangs together with none and has no clear anchor is taken as it is.

The API's days are UTC days by the vendor's own reference, and no clock of a browser is behind them: what hangs together with an
answer of it has its zero from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from include.account_analytics.dating.anchor import anchored_shift, leaning
from include.account_analytics.dating.overlap import PROVISIONAL, Series
from include.account_analytics.facts import API, ShiftBasis

LATE, EARLY, IMPOSSIBLE, HINT = 1, 2, 2, -4


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """`one` is labelled `apart` days later than `other`; `weight` counts the equal rows behind it."""

    weight: int
    one: str
    other: str
    apart: int


@dataclass(frozen=True, slots=True)
class Shift:
    days: int = 0
    basis: ShiftBasis = "assumed"


@dataclass(frozen=True, slots=True)
class Hints:
    """What the witnesses of a download say of its shift without proving it."""

    suspected: frozenset[int] = frozenset()
    cannot_be_early: bool = False


NO_HINTS = Hints()
Chain = dict[str, int]  # each download's shift to the chain's own zero


def solve_shifts(
    downloads: Mapping[str, Series],
    edges: Iterable[Edge],
    posting_days: Sequence[date],
    hints: Mapping[str, Hints],
) -> dict[str, Shift]:
    """The shift of each download (by its key), and what it is known by."""
    solved: dict[str, Shift] = {}
    for chain in chains_of(downloads, edges):
        if (documented := _documented_zero(chain, downloads)) is not None:
            solved |= {
                key: Shift(apart + documented, "documented" if downloads[key].member.family == API else "overlap")
                for key, apart in chain.items()
            }
            continue
        views = _views_of(chain, downloads)
        anchored = anchored_shift(views, posting_days)
        zero = anchored if anchored is not None else _likeliest_zero(chain, hints, leaning(views, posting_days))
        basis: ShiftBasis = "overlap" if len(chain) > 1 else "anchor" if anchored is not None else "assumed"
        solved |= {key: Shift(apart + zero, basis) for key, apart in chain.items()}
    return solved


def chains_of(keys: Iterable[str], edges: Iterable[Edge]) -> list[Chain]:
    """What hangs together, and how far apart. Edges with more equal rows come first.

    One that contradicts stronger ones is left out. Of those equally strong that contradict each other all are left out: which of
    them is wrong cannot be told.
    """
    chains: list[Chain] = [{key: 0} for key in sorted(keys)]
    by_weight: dict[int, list[Edge]] = {}
    for edge in edges:
        by_weight.setdefault(edge.weight, []).append(edge)
    for weight in sorted(by_weight, reverse=True):
        chains = _joined(chains, by_weight[weight])
    return chains


def _joined(chains: list[Chain], edges: list[Edge]) -> list[Chain]:
    """The chains after all these edges at once: what they tie together without contradiction becomes one chain."""
    home = {key: number for number, chain in enumerate(chains) for key in chain}
    ties: dict[int, list[tuple[int, int]]] = {}
    for edge in edges:
        one, other = home[edge.one], home[edge.other]
        if one != other:
            gap = edge.apart - chains[one][edge.one] + chains[other][edge.other]
            ties.setdefault(one, []).append((other, -gap))
            ties.setdefault(other, []).append((one, gap))
    joined, done = [], set()
    for start in range(len(chains)):
        if start not in done:
            places = _walk(start, ties)
            done |= set(places or {start: 0})
            joined.append(
                {
                    key: apart + move
                    for number, move in (places or {start: 0}).items()
                    for key, apart in chains[number].items()
                }
            )
    return joined


def _walk(start: int, ties: Mapping[int, Sequence[tuple[int, int]]]) -> dict[int, int] | None:
    """How far each chain tied to the first has to move; None when the ties contradict each other."""
    places, ahead = {start: 0}, [start]
    while ahead:
        here = ahead.pop()
        for there, gap in ties.get(here, ()):
            if there not in places:
                places[there] = places[here] + gap
                ahead.append(there)
            elif places[there] != places[here] + gap:
                return None
    return places


def _documented_zero(chain: Chain, downloads: Mapping[str, Series]) -> int | None:
    """The zero at which the API's days are as they are; of several, at which most of its days are."""
    rows: dict[int, int] = {}
    for key, apart in chain.items():
        if downloads[key].member.family == API:
            rows[-apart] = rows.get(-apart, 0) + len(downloads[key].main)
    return max(sorted(rows), key=lambda zero: rows[zero]) if rows else None


def _views_of(chain: Chain, downloads: Mapping[str, Series]) -> dict[int, int]:
    """The chain's views by label, all labels moved to its zero; the newest download that has a settled value tells it."""
    views: dict[int, int] = {}
    for is_settled in (False, True):
        for key in sorted(chain, key=lambda key: (downloads[key].last - chain[key], key)):
            series = downloads[key]
            if series.member.report == "overview":
                rows = len(series.main) - (PROVISIONAL if is_settled else 0)
                start = series.first - chain[key]
                views |= {start + n: value for n, value in enumerate(series.main[:rows]) if value is not None}
    return views


def _likeliest_zero(chain: Chain, hints: Mapping[str, Hints], leans_to: int | None) -> int:
    """The chain's zero where no anchor tells it, by the rule at the head of this module."""

    def cost(zero: int) -> tuple[int, int]:
        points = sum(_points(apart + zero, hints.get(key, NO_HINTS)) for key, apart in chain.items())
        return points + (HINT if zero == leans_to else 0), -zero

    return min({-apart for apart in chain.values()}, key=cost)


def _points(shift: int, hints: Hints) -> int:
    points = LATE if shift > 0 else EARLY if shift < 0 else 0
    if shift < 0 and hints.cannot_be_early:
        points += IMPOSSIBLE
    return points + HINT if shift in hints.suspected else points
