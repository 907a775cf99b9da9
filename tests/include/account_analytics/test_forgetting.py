"""People who are to be forgotten, in the tables of one's own accounts."""

from __future__ import annotations

import pytest

from tests.include.forget_creator.looking import KEY, forget, holding

UID, HANDLE = "7067630864460584946", "anna.b"


@pytest.fixture(autouse=True)
def erasure_key(monkeypatch):
    monkeypatch.setenv("ERASURE_KEY", KEY)


def test_an_account_of_their_own_goes_whole(days):
    """An account whose name is theirs goes with its files, days and questions; another one's stay."""
    with days.connect() as connection:
        connection.execute("insert into creators (user_id, handle) values (%s, 'Anna.B')", [UID])
        for account in (HANDLE, "my.shop"):
            connection.execute("insert into accounts (account, handle) values (%s, %s)", [account, account])
            connection.execute(
                "insert into account_exports (export_sha256, account, source, file_name, size_bytes, landed_at, state,"
                " name_handle) values (%s, %s, 'drop', 'Overview.zip', 1, now(), 'staged', %s)",
                [account, account, account],
            )
            connection.execute("insert into social_media_stats (account, date) values (%s, '2026-10-01')", [account])
    promised = forget(days, UID, dry_run=True)
    assert promised == forget(days, UID)
    assert (promised["accounts"], promised["account_files"]) == (1, 1)
    assert holding(days, HANDLE) == {}
    assert days.rows("select account from social_media_stats") == [("my.shop",)]
