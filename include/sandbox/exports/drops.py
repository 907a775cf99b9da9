"""Whole drop folders: what `make run DAG=account_analytics` shows, and a year of five accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from include.sandbox.exports import traps
from include.sandbox.exports.downloads import export
from include.sandbox.exports.truth import Correction, File
from include.sandbox.exports.world import DAY, Account, World, midnight

_HISTORY = 500  # days before the drop that the world begins
_STAYS = 128  # days for which it stays there, so that tomorrow's numbers go on from today's
_YEAR = 365
WEEKS = _YEAR // 7
_LATE = time(22, 30)  # UTC: past midnight in Athens and further east, so that labels are a day late
_MORNING = time(9, 12)


@dataclass(frozen=True, slots=True)
class Drop:
    """The files of a drop folder and the accounts they are about."""

    files: tuple[File, ...]
    accounts: tuple[Account, ...]

    def write(self, folder: Path) -> None:
        """Lay the files into a folder, sub-folders included."""
        write(self.files, folder)


def write(files: Iterable[File], folder: Path) -> None:
    """Lay files into a folder, sub-folders included; their times are those of the downloads."""
    for file in files:
        path = folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)


def people(seed: int, today: date) -> tuple[Account, ...]:
    """The accounts of `shown`, up to a day. They are the same people on the next day: their world begins when it began."""
    world = World(seed, born=_settled(today - _HISTORY * DAY, _STAYS), until=today)
    return (
        world.account(0, "middle", zone="Europe/Athens"),
        world.account(1, "big", zone="America/Mexico_City"),
        world.account(2, "small", zone="Asia/Tokyo"),
        world.account(3, "sparse", zone="Europe/Stockholm"),
        world.account(4, "daily", zone="Europe/Berlin", born=_settled(today - 40 * DAY, 16)),
        world.account(5, "middle", zone="UTC"),
    )


def _settled(day: date, stays: int) -> date:
    """The last day up to this one on which a new world begins, every so many days."""
    return day - day.toordinal() % stays * DAY


def shown(seed: int, at: datetime) -> Drop:
    """Five accounts up to a moment: ZIP, CSV, XLSX; four languages; both families; a bad file, and one that asks for a year."""
    at = at.astimezone(UTC).replace(microsecond=0)
    athens, mexico, tokyo, stockholm, berlin, waiting = people(seed, at.date())
    late = datetime.combine(at.date() - DAY, _LATE, UTC)
    overview = export(
        tokyo, at - timedelta(minutes=5), reports=["overview"], language="ja", net_followers=True, folder=tokyo.handle
    )
    files = [
        # The same account twice, eight days apart; the second download is labelled a day late throughout.
        *export(athens, late - 8 * DAY - timedelta(hours=12), language="en"),
        *export(athens, late, language="en"),
        *export(mexico, at, language="es", days=_YEAR, reports=["overview"], container="zip_xlsx"),
        *export(mexico, at, language="es", reports=["content", "viewers", "followers"]),
        *overview,
        traps.downloaded_again(overview[0], at - timedelta(minutes=1)),
        *_renamed_by_a_phone(
            export(tokyo, at, reports=["content"], language="ja", container="csv", folder=tokyo.handle)
        ),
        *export(
            stockholm, at, family="business", headers="sv", reports=["overview", "videos"], folder=stockholm.handle
        ),
        *export(berlin, at, language="de", days=60, folder=berlin.handle),
        *export(berlin, at, language="de", reports=["viewers"], container="xlsx", folder=berlin.handle, delay=3),
        *_asking(export(waiting, at, reports=["overview"], container="csv", folder=waiting.handle)),
        traps.html_page(athens, at, "Viewers.csv"),
    ]
    return Drop(tuple(distinct(files)), (athens, mexico, tokyo, stockholm, berlin, waiting))


def year(seed: int, today: date, weeks: int = WEEKS) -> Drop:
    """A year of five accounts, or its last weeks, downloaded as people do: all once a month, posts and followers weekly.

    The windows overlap; some downloads are labelled a day late, some caught a day half counted, and one month was corrected.
    """
    world = World(seed, born=today - (_YEAR + 60) * DAY, until=today)
    accounts = (
        world.account(0, "middle", zone="Europe/Athens"),
        world.account(1, "big", zone="America/Mexico_City"),
        world.account(2, "small", zone="Asia/Tokyo"),
        world.account(3, "sparse", zone="Europe/Stockholm"),
        world.account(4, "daily", zone="Europe/Berlin", born=today - 200 * DAY),
    )
    languages = ("en", "es", "ja", "sv", "de")
    files = [
        file
        for account, language in zip(accounts, languages, strict=True)
        for visit in _visits(account, today, weeks)
        for file in _visit(account, visit, language, today)
    ]
    return Drop(tuple(distinct(files)), accounts)


def write_year(folder: Path, seed: int, today: date, weeks: int = WEEKS) -> Drop:
    """The year of five accounts, written into a folder."""
    drop = year(seed, today, weeks)
    drop.write(folder)
    return drop


def distinct(files: Iterable[File]) -> Iterator[File]:
    """Files of equal names get the browser's ` (1)`, ` (2)`, … as in any folder of downloads."""
    taken: set[str] = set()
    for file in files:
        stem, _, ending = file.name.rpartition(".")
        name, number = file.name, 0
        while name in taken:
            number += 1
            name = f"{stem} ({number}).{ending}"
        taken.add(name)
        yield file.renamed(name)


def _renamed_by_a_phone(files: list[File]) -> list[File]:
    return [file.renamed(file.name.rpartition("/")[0] + "/ファイル.csv") for file in files]


def _asking(files: list[File]) -> list[File]:
    return [replace(file, asks="year", why="a bare CSV: nothing in it proves a year") for file in files]


@dataclass(frozen=True, slots=True)
class _Visit:
    at: datetime
    tabs: tuple[str, ...]
    days: int
    delay: int
    partial: bool


def _visits(account: Account, today: date, weeks: int) -> Iterator[_Visit]:
    """Weekly from yesterday back, as nothing may come from a later moment than now; every fourth is the monthly one."""
    for week in range(weeks):
        day = today - (week * 7 + 1 + account.index % 3) * DAY
        if day <= account.born + 7 * DAY:
            return
        hour = _LATE if week % 8 == 4 else _MORNING
        tabs = ("overview", "viewers", "content", "followers") if week % 4 == 0 else ("content", "followers")
        days = _YEAR if week == 0 else 60
        yield _Visit(datetime.combine(day, hour, UTC), tabs, days, 1 if week % 12 == 8 else 2, week % 12 == 8)


def _visit(account: Account, visit: _Visit, language: str, today: date) -> list[File]:
    corrected = midnight(today - 150 * DAY)
    changes = [Correction(today - (180 + number) * DAY, "video_views", 40 + number) for number in range(3)]
    corrections = tuple(changes) if account.index == 1 and visit.at >= corrected else ()
    if language == "sv":
        tabs = ["videos" if tab == "content" else tab for tab in ("overview", "content") if tab in visit.tabs]
        bare = export(account, visit.at, family="business", headers="sv", days=visit.days, reports=tabs)
        return [traps.zipped_by_hand(bare, f"{account.handle}/week.zip")]
    return export(
        account, visit.at, reports=visit.tabs, language=language, days=visit.days, delay=visit.delay,
        partial=visit.partial, corrections=corrections,
    )  # fmt: skip
