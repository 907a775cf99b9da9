"""Exports in bulk, for benchmarks: many accounts over years, and one CSV of any size."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path

from include.sandbox.exports import containers, studio
from include.sandbox.exports.downloads import export
from include.sandbox.exports.drops import distinct, write
from include.sandbox.exports.truth import File
from include.sandbox.exports.world import DAY, World, midnight

_YEAR = 365
_NOON = time(12, 0)


def history(accounts: int, years: int, seed: int, today: date) -> Iterator[File]:
    """Of each account one download a year, of 365 days; the newest was made eight days before `today`."""
    world = World(seed, born=today - (years * _YEAR + 30) * DAY, until=today)
    for index in range(accounts):
        account = world.account(index, "sparse")
        ends = [datetime.combine(today - (8 + year * _YEAR) * DAY, _NOON, UTC) for year in range(years)]
        yield from distinct(file for at in reversed(ends) for file in export(account, at, days=_YEAR))


def newest(accounts: int, seed: int, today: date, *, years: int = 3) -> Iterator[File]:
    """One more download of each account of `history`, made `today`: 28 days."""
    world = World(seed, born=today - (years * _YEAR + 30) * DAY, until=today)
    at = datetime.combine(today, _NOON, UTC)
    for index in range(accounts):
        yield from export(world.account(index, "sparse"), at)


def write_history(folder: Path, *, accounts: int = 300, years: int = 3, seed: int = 7, today: date) -> int:
    """Write `history` into a folder, one account at a time; gives the number of data rows."""
    return _write(history(accounts, years, seed, today), folder)


def write_newest(folder: Path, *, accounts: int = 300, years: int = 3, seed: int = 7, today: date) -> int:
    """Write `newest` into a folder; gives the number of data rows."""
    return _write(newest(accounts, seed, today, years=years), folder)


def write_large_csv(path: Path, megabytes: float, *, at: datetime, seed: int = 7) -> int:
    """One Content.csv of about this size, every row another post; gives the number of rows. Memory stays flat."""
    size, rows = int(megabytes * 2**20), 0
    upload = int(midnight(at.date()).timestamp()) - 40 * 86_400
    header = ",".join(f'"{name}"' for name in studio.CONTENT_HEADER)
    with path.open("w", encoding="utf-8", newline="") as file:
        written = file.write(containers.BOM + header)
        while written < size:
            rows += 1
            video_id = (upload - rows) << 32 | (seed * 7919 + rows) % 2**32
            views = 1_000 + rows * 37 % 90_000
            line = (
                f'\n"{at:%B} {at.day}","a post, number {rows} #morning #soup","https://www.tiktok.com/@mira.soup_1/video/'
                f'{video_id}","October 2","{views // 9}","{views // 150}","{views // 210}","{views}"'
            )
            written += file.write(line)
    return rows


def _write(files: Iterator[File], folder: Path) -> int:
    rows = 0
    for file in files:
        rows += sum(len(member.sheet.rows) for member in file.members)
        write([file], folder)
    return rows
