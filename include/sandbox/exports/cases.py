"""The hard cases of reading exports, each with the answer that is right: what the files say, and what nobody can know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from include.sandbox.exports import traps
from include.sandbox.exports.downloads import export
from include.sandbox.exports.truth import Correction, File
from include.sandbox.exports.world import DAY, Account, World

BEGIN = datetime(2026, 4, 24, 12, tzinfo=UTC)  # the first download where a case needs no other day
_WORLD_FROM, _WORLD_TO = date(2025, 9, 1), date(2026, 11, 30)


@dataclass(frozen=True, slots=True)
class Case:
    """Files of one account's folder, to be dropped in any order, and the right outcome.

    `shifts`: of each good file's Overview, what is to be found (0 where nothing proves another, whatever the truth is);
    `basis`: how, where the case is about that. `asks` and `refuses` are one word each. `revisions` counts cells.
    """

    name: str
    files: tuple[File, ...]
    shifts: tuple[int, ...] = ()
    basis: str | None = None
    asks: str | None = None
    refuses: str | None = None
    revisions: int = 0
    note: str = ""
    answers_itself_with: tuple[File, ...] = field(default=())  # dropped later: then nothing is asked any more


def all_cases(seed: int = 11) -> list[Case]:
    """Every case, made for this seed."""
    makers: tuple[Callable[[int], list[Case]], ...] = (
        _years,
        _leap_days,
        _overlaps,
        _clocks,
        _corrections,
        _strangers,
        _contradictions,
    )
    return [case for make in makers for case in make(seed)]


@lru_cache(maxsize=16)
def _account(
    seed: int, kind: str = "middle", index: int = 0, begin: date = _WORLD_FROM, end: date = _WORLD_TO
) -> Account:
    return World(seed, born=begin, until=end).account(index, kind, zone="UTC")


def _overview(
    account: Account, at: datetime, *, nameless: bool = True, container: str = "zip", **switches: Any
) -> File:
    """One Overview; `nameless`: under a name that proves nothing."""
    (file,) = export(account, at, reports=["overview"], container=container, **switches)
    return file.renamed(f"export {at:%m-%d}.{file.name.rpartition('.')[2]}") if nameless else file


def _years(seed: int) -> list[Case]:
    january, account = datetime(2026, 1, 6, 12, tzinfo=UTC), _account(seed)
    week = _overview(account, january, days=7)
    bare = traps.unpacked(week)[0]
    year = _overview(account, BEGIN + 190 * DAY, days=365, container="csv")
    weeks_ago = _overview(account, BEGIN, window=(date(2026, 2, 1), date(2026, 2, 28)))
    return [
        Case("new year in a ZIP", (week,), (0,)),
        Case("new year, bare", (bare,), asks="year", answers_itself_with=(week,)),
        Case("365 days, bare", (year,), asks="year", note="seven or eight of ten years fit"),
        Case(
            "a range that ended weeks before",
            (weeks_ago,),
            asks="year",
            note="the member's time bounds from above only",
        ),
    ]


def _leap_days(seed: int) -> list[Case]:
    account = _account(seed, begin=date(2023, 9, 1), end=date(2024, 4, 1))
    leap = _overview(account, datetime(2024, 3, 3, 12, tzinfo=UTC), days=5)
    without = replace(
        traps.missing_day(leap, 3), why="February 29 is missing, and the member's time proves a leap year"
    )
    short = _account(seed, begin=date(2026, 9, 1), end=date(2027, 4, 1))
    late = _overview(short, datetime(2027, 3, 2, 12, tzinfo=UTC), days=28, shift=1)
    on_time = _overview(short, datetime(2027, 2, 22, 12, tzinfo=UTC), days=28)
    return [
        Case("29 February in a ZIP", (leap,), (0,)),
        Case("29 February, bare", (traps.unpacked(leap)[0],), asks="year", answers_itself_with=(leap,)),
        Case("28 February beside 1 March in a leap year", (without,), refuses="leap_day"),
        Case("28 February labelled 1 March", (on_time, late), (0, 1), "overlap"),
    ]


def _overlaps(seed: int) -> list[Case]:
    account = _account(seed)
    first = _overview(account, BEGIN)  # true days up to April 22, of which the last two are provisional
    cases = [
        Case(
            f"late, {common} settled days in common",
            (first, _overview(account, BEGIN + 28 * DAY, days=28 + common + 2, shift=1)),
            (0, 1),
            "overlap",
        )
        for common in (3, 2, 1)
    ]
    apart = _overview(account, BEGIN + 28 * DAY, shift=1)
    bridge = _overview(account, BEGIN + 14 * DAY)
    silent, viral = _account(seed, "silent", begin=date(2026, 1, 1)), _account(seed, "daily")
    with_posts = [
        file.renamed(f"{shift} {file.name}")
        for at, shift in ((BEGIN, 0), (BEGIN + 8 * DAY, 1))
        for file in export(account, at, reports=["overview", "content"], shift=shift)
    ]
    partial = _overview(account, BEGIN + DAY, days=7, partial=True)
    after = _overview(account, BEGIN + 8 * DAY, days=8)
    return [
        *cases,
        Case("late, no day in common", (first, apart), (0, 0), "assumed", answers_itself_with=(bridge,)),
        Case("an account of zeros", (_overview(silent, BEGIN), _overview(silent, BEGIN + 8 * DAY)), (0, 0), "assumed"),
        Case("late, with Content", tuple(with_posts), (0, 1), "overlap"),
        Case(
            "epoch a day off the last label",
            (first, _overview(account, BEGIN + 8 * DAY, nameless=False, shift=1)),
            (0, 1),
        ),
        Case(
            "posts daily, in the evening", tuple(export(viral, BEGIN, reports=["overview", "content"])), (0,), "assumed"
        ),
        Case("a provisional day is all there is in common", (partial, after), (0, 0), "assumed", revisions=5),
    ]


def _clocks(seed: int) -> list[Case]:
    """Before and after the change, half past midnight in Berlin is another UTC hour of the day before: both are late."""
    berlin = World(seed, born=_WORLD_FROM, until=_WORLD_TO).account(0, "weekly", zone="Europe/Berlin")
    moments = [datetime(2026, 10, 20, 22, 30, tzinfo=UTC), datetime(2026, 11, 2, 23, 30, tzinfo=UTC)]
    files = [
        file.renamed(f"{at:%m-%d} {file.name}")
        for at in moments
        for file in export(berlin, at, reports=["overview", "content"], days=60)
    ]
    return [Case("clocks changed between two late downloads", tuple(files), (1, 1))]


def _corrections(seed: int) -> list[Case]:
    account = _account(seed)
    days = [date(2026, 4, day) for day in (6, 7, 8)]
    few = tuple(Correction(day, metric, 5) for day in days for metric in ("video_views", "likes"))
    shared = [date(2026, 4, 3) + number * DAY for number in range(20)]  # what both downloads have
    one_metric = tuple(Correction(day, "likes", 1) for day in shared)
    first = _overview(account, BEGIN)
    return [
        Case(
            name,
            (first, _overview(account, BEGIN + 8 * DAY, shift=1, corrections=changes)),
            (0, 1),
            "overlap",
            revisions=cells,
        )
        for name, changes, cells in (
            ("three days corrected twice, and late", few, 6),
            ("likes corrected on every day, and late", one_metric, 20),
        )
    ]


def _strangers(seed: int) -> list[Case]:
    account, other = _account(seed), _account(seed, "big", 1)
    theirs = replace(_overview(other, BEGIN + 19 * DAY - timedelta(hours=1)), asks="other_account")
    broken = export(account, BEGIN, reports=["overview", "viewers"], days=60, viewers_break=date(2026, 4, 2))
    return [
        Case(
            "another account's file, nine days in common",
            (_overview(account, BEGIN), theirs),
            (0,),
            asks="other_account",
        ),
        Case("viewers' lag breaks", tuple(broken), (0,)),
    ]


def _contradictions(seed: int) -> list[Case]:
    file = _overview(_account(seed), BEGIN)
    return [
        Case("a label twice, equal", (traps.doubled_label(file, 9, equal=True),), refuses="duplicate_label"),
        Case("a label twice, unequal", (traps.doubled_label(file, 9),), refuses="duplicate_label"),
        Case("a day is missing", (traps.missing_day(file, 9),), refuses="not_consecutive"),
    ]
