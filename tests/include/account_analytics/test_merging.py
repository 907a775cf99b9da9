"""A rename that is found late: two accounts become one, as if it had been known from the start."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.account_analytics import merging, places, staged_files
from include.account_analytics.undoing import NothingToDo
from include.sandbox.exports.downloads import export
from tests.fixtures.accounts import Accounts

AT = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)


def before_and_after(world):
    """Two downloads of one account that was renamed between them, eleven days of them the same."""
    account = world.account(0, zone="UTC").renamed(AT)
    reports = ["overview", "content"]
    return export(account, AT.replace(month=9, day=25), reports=reports), export(account, AT, reports=reports)


def rename(accounts: Accounts, account: str, name: str) -> None:
    accounts.work(lambda c: merging.rename(c, account, name, "ann"))


def computed(accounts: Accounts) -> dict[str, bytes]:
    return {**accounts.files("staging"), **accounts.files("curated")}


def test_it_is_as_if_it_had_been_known(accounts: Accounts, world, tmp_path: Path):
    """Byte for byte and row for row what is there where the rename was said first; of the second account nothing is left."""
    old, new = before_and_after(world)
    was, now = old[0].handle, new[0].handle
    days = "select * from social_media_stats order by account, date"
    accounts.drop(old)
    accounts.run()
    rename(accounts, was, now)
    accounts.drop(new)
    accounts.run()
    expected, rows = computed(accounts), accounts.rows(days)

    late = Accounts(accounts.database_url, tmp_path / "late")
    late.drop_folder.mkdir(parents=True)
    with accounts.connect() as connection:
        for table in ("account_exports", "account_outcomes", "account_drop_files", "accounts"):
            connection.execute(f"truncate {table} cascade".encode())
    for visit in (old, new):
        late.drop(visit)
        late.run()
    assert late.rows("select account from accounts order by 1") == [(name,) for name in sorted([was, now])]
    rename(late, was, now)
    late.run()
    assert computed(late) == expected
    assert late.rows(days) == rows
    assert late.rows("select account, handle, aliases from accounts") == [(was, now, [now])]
    assert [key for key in late.files("") if f"/{now}/" in key and not key.startswith("landing/")] == []
    assert late.rows("select distinct account from account_exports") == [(was,)]
    assert late.rows("select account, reason from account_outcomes where step = 'rename'") == [
        (was, f"It is called @{now} now; all of @{now} came into it, said ann")
    ]
    assert late.rows("select count(*) from account_files_to_remove") == [(0,)]
    assert "nothing new" in late.run()


def test_what_people_said_comes_along(accounts: Accounts):
    """Answers, acknowledged days and the time zone of the second account are the first one's then, where it has none."""
    with accounts.connect() as connection:
        connection.execute("insert into accounts (account, handle, time_zone) values ('old', 'old', null)")
        connection.execute("insert into accounts (account, handle, time_zone) values ('new', 'new', 'Asia/Tokyo')")
        connection.execute(
            "insert into account_questions (kind, subject, account, question, answer, is_settled)"
            " values ('year', 'sum', 'new', 'Which?', '2026', true)"
        )
        connection.execute(
            "insert into account_anomalies (account, day, kind, acknowledged_by, note) values"
            " ('old', '2026-10-01', 'silence', 'bo', 'first'), ('new', '2026-10-01', 'silence', 'cy', 'second'),"
            " ('new', '2026-10-02', 'silence', 'cy', 'third')"
        )
    rename(accounts, "old", "new")
    assert accounts.rows("select account, time_zone, stale_since is not null from accounts") == [
        ("old", "Asia/Tokyo", True)
    ]
    assert accounts.rows("select account, answer from account_questions") == [("old", "2026")]
    assert accounts.rows("select account, note from account_anomalies order by day") == [
        ("old", "first"),
        ("old", "third"),
    ]


def test_a_name_that_nobody_has(accounts: Accounts):
    """It is remembered before any file comes under it; the same once more, and a made-up account, are refused."""
    with accounts.connect() as connection:
        connection.execute("insert into accounts (account, handle) values ('old', 'old')")
        connection.execute("insert into accounts (account, handle, is_made_up) values ('demo', 'demo', true)")
    rename(accounts, "old", "new")
    assert accounts.rows("select handle, aliases from accounts where account = 'old'") == [("new", ["new"])]
    with pytest.raises(NothingToDo, match="It is called @new already"):
        rename(accounts, "old", "new")
    with pytest.raises(NothingToDo, match="made up"):
        rename(accounts, "old", "demo")
    rename(accounts, "old", "old")
    assert accounts.rows("select handle, aliases from accounts where account = 'old'") == [("old", ["new"])]


def test_every_staged_file_is_known():
    """What is removed of an account is all that is staged of one."""
    assert set(places.LAYERS) == {*staged_files.TYPED, *staged_files.FRAMES, *staged_files.RARE}
