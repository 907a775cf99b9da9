"""Months of downloads, overlapping, late, repeated and renamed, dropped in any order: one outcome, to the byte."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date

import pytest

from include.sandbox.exports.histories import history
from include.sandbox.exports.truth import File, revisions, standing
from tests.fixtures.accounts import Accounts

METRICS = ("video_views", "profile_views", "likes", "comments", "shares")
VISITS = 4


def drops_of(files: Sequence[File], handle: str, dice: random.Random) -> list[dict[str, bytes]]:
    """All files in any order, on one to four days; some of them a second time, under another name."""
    mixed = list(files)
    dice.shuffle(mixed)
    days: list[dict[str, bytes]] = [{} for _ in range(dice.randint(1, 4))]
    for number, file in enumerate(mixed):
        dice.choice(days)[f"{handle}/{file.name}"] = file.data
        if dice.random() < 0.2:
            dice.choice(days)[f"{handle}/again {number}{file.name[-4:]}"] = file.data
    return [day for day in days if day]


def live(accounts: Accounts, name: str, drops: Sequence[dict[str, bytes]]) -> Accounts:
    """Each drop and its run, in an empty database and a lake of its own."""
    lived = Accounts(accounts.database_url, accounts.folder / name)
    lived.drop_folder.mkdir(parents=True)
    with accounts.connect() as connection:
        for table in ("account_exports", "account_outcomes", "account_drop_files", "accounts", "runs"):
            connection.execute(f"truncate {table} cascade".encode())
    for drop in drops:
        lived.drop(drop)
        lived.run()
    return lived


def computed(accounts: Accounts) -> dict[str, bytes]:
    """What a person is given: the typed days and the files; what the next run remembers of each report apart."""
    files = {**accounts.files("staging"), **accounts.files("curated")}
    return {key: data for key, data in files.items() if not key.endswith("members.json")}


def stored(accounts: Accounts) -> dict[date, tuple[int | None, ...]]:
    query = f"select date, {', '.join(METRICS)} from social_media_stats where overview_member is not null"  # noqa: S608
    return {day: values for day, *values in accounts.rows(query)}  # type: ignore[misc]


@pytest.mark.parametrize("seed", [0, pytest.param(4, marks=pytest.mark.thorough)])
def test_any_order_ends_in_the_same_bytes(accounts: Accounts, seed: int):
    """Every day is the true one, what TikTok corrected is the only revision, and no order of drops shows in any file."""
    account, files = history(seed, VISITS)
    dice = random.Random(seed)  # noqa: S311 - the order of a test
    at_once = live(accounts, "at once", [{f"{account.handle}/{file.name}": file.data for file in files}])
    truth = {day: [values[metric] for metric in METRICS] for (_, day), values in standing(files).items()}
    changed = [(change.day, change.metric, change.old, change.new) for change in revisions(files)]
    expected = computed(at_once)
    for name in ("at once", "once more", "again"):
        lived = at_once if name == "at once" else live(accounts, name, drops_of(files, account.handle, dice))
        assert stored(lived) == truth
        assert lived.rows("select day, metric, old_value, new_value from account_revisions order by 1") == changed
        assert lived.rows("select question from account_questions where not is_settled") == []
        files_left = computed(lived)
        assert files_left.keys() == expected.keys()
        assert [key for key in expected if files_left[key] != expected[key]] == []
