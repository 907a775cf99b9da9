"""What one account's owner downloaded over months, drawn by seed: overlapping, late, repeated, renamed, in any container.

The account posts once a week, so that its posting days show which label is which day. All files together have one right outcome
(`truth.standing`, `truth.revisions`), whatever the order in which they are dropped.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from include.sandbox.dice import Dice
from include.sandbox.exports import traps
from include.sandbox.exports.downloads import export
from include.sandbox.exports.drops import distinct
from include.sandbox.exports.languages import LANGUAGES
from include.sandbox.exports.truth import Correction, File
from include.sandbox.exports.world import DAY, Account, World

_BEGIN = date(2025, 11, 3)
_ON_TIME, _LATE = time(10, 20), time(22, 40)  # UTC; at the second it is past midnight in Athens


def history(seed: int, visits: int = 5) -> tuple[Account, tuple[File, ...]]:
    """The account, and all files of its visits; neighbouring downloads share at least eight settled days."""
    dice = Dice(seed, "history")
    world = World(seed, born=_BEGIN - 200 * DAY, until=_BEGIN + (visits * 18 + 5) * DAY)
    account = world.account(dice.below(1000), "weekly", zone="Europe/Athens")
    corrections: tuple[Correction, ...] = ()
    files: list[File] = []
    day = _BEGIN
    for _ in range(visits):
        at = datetime.combine(day, dice.pick((_ON_TIME, _ON_TIME, _LATE)), UTC)
        files += _visit(account, at, dice, corrections)
        if not corrections and dice.chance(0.2):
            corrections = (Correction(day - 8 * DAY, "likes", 1 + dice.below(9)),)
        day += (5 + dice.below(14)) * DAY
    return account, tuple(distinct(files))


def _visit(account: Account, at: datetime, dice: Dice, corrections: tuple[Correction, ...]) -> list[File]:
    """One visit: all tabs, perhaps downloaded twice, under other names, or unpacked beside the ZIP."""
    files = export(
        account,
        at,
        language=dice.pick(LANGUAGES),
        days=dice.pick((28, 60)),
        container=dice.pick(("zip", "zip", "zip_xlsx")),
        delay=dice.pick((1, 2, 2)),
        corrections=corrections,
    )
    if dice.chance(0.4):
        again = dice.pick(files)
        files.append(traps.downloaded_again(again, at + timedelta(minutes=2)))
    if dice.chance(0.4):
        files += [replace(bare, exported_at=at) for bare in traps.unpacked(files[0], keeps_folder=True)]
    if dice.chance(0.4):
        files[0] = files[0].renamed(dice.pick(("ファイル.zip", "tiktok export.zip", "download (3).zip")))
    return files
