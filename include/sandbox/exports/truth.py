"""What an export really says, as plain data: tests compare a reader's answer with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

Values = dict[str, int | None]


@dataclass(frozen=True, slots=True)
class Correction:
    """TikTok changed a past day: exports made with it give `metric` of the true `day` by `delta` higher."""

    day: date
    metric: str
    delta: int


@dataclass(frozen=True, slots=True)
class SeenPost:
    """A row of Content or of the business videos: the day or moment written, and the lifetime counts as of the export."""

    video_id: int
    posted: date | datetime
    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One report as it is written, and what its rows mean.

    `labels[n]` is the day that row n writes, year included; `true_days[n]` the day it is about, None where it is about none.
    `values[metric][n]` is the number in that row under its canonical name, None where the row gives none.
    """

    report: str
    title: str  # the file's name without ending, and the name of the XLSX's sheet
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    label_shift: int = 0
    labels: tuple[date, ...] = ()
    true_days: tuple[date | None, ...] = ()
    values: Mapping[str, tuple[int | None, ...]] = field(default_factory=dict)
    provisional: frozenset[date] = frozenset()  # true days that TikTok has not finished counting
    posts: tuple[SeenPost, ...] = ()
    buckets: Mapping[str, float] = field(default_factory=dict)

    def by_true_day(self) -> Iterator[tuple[date, Values]]:
        """The numbers of each row that is about a day."""
        for place, day in enumerate(self.true_days):
            if day is not None:
                yield day, {metric: numbers[place] for metric, numbers in self.values.items()}


@dataclass(frozen=True, slots=True)
class Member:
    """One report file as it stands inside an export."""

    name: str
    data: bytes
    sheet: Sheet

    @property
    def sha256(self) -> str:
        """The member's identity."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class File:
    """One file as a person downloads it. `refused` and `asks` say in one word what must become of it, else both are None."""

    name: str  # may begin with a sub-folder
    data: bytes
    account: int | None
    handle: str | None
    family: str
    language: str
    exported_at: datetime
    members: tuple[Member, ...] = ()
    refused: str | None = None
    asks: str | None = None
    why: str = ""

    @property
    def sha256(self) -> str:
        """Of the file's bytes, container included."""
        return hashlib.sha256(self.data).hexdigest()

    def renamed(self, name: str) -> File:
        """The same bytes under another name."""
        return replace(self, name=name)


@dataclass(frozen=True, slots=True)
class Revision:
    """A true day's number that a newer export gives differently."""

    account: int
    day: date
    metric: str
    old: int
    new: int
    was_provisional: bool


def standing(files: Iterable[File], report: str = "overview") -> dict[tuple[int, date], Values]:
    """What each (account, true day) must hold after all files, in whatever order they are dropped."""
    return _resolve(files, report)[0]


def revisions(files: Iterable[File], report: str = "overview") -> list[Revision]:
    """What newer exports changed, oldest first; files that are refused or wait for an answer do not count."""
    return _resolve(files, report)[1]


def _resolve(files: Iterable[File], report: str) -> tuple[dict[tuple[int, date], Values], list[Revision]]:
    """Newest export wins, cell by cell; a provisional number never replaces a settled one, nor nothing a number."""
    held: dict[tuple[int, date], Values] = {}
    settled: set[tuple[int, date]] = set()
    changed: list[Revision] = []
    for account, sheet in _in_order(files, report):
        for day, values in sheet.by_true_day():
            key, is_provisional = (account, day), day in sheet.provisional
            if is_provisional and key in settled:
                continue
            before = held.setdefault(key, {})
            for metric, number in values.items():
                old = before.get(metric)
                if number is not None and old is not None and number != old:
                    changed.append(Revision(account, day, metric, old, number, key not in settled))
                before[metric] = old if number is None else number
            if not is_provisional:
                settled.add(key)
    return held, changed


def _in_order(files: Iterable[File], report: str) -> Iterator[tuple[int, Sheet]]:
    for file in sorted(files, key=lambda file: (file.exported_at, file.name)):
        if file.account is not None and not file.refused and not file.asks:
            yield from ((file.account, member.sheet) for member in file.members if member.sheet.report == report)
