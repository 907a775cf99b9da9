"""The accounts that `make demo` makes: their numbers are the world's, and all of it is marked as made up."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from include.account_analytics import clearing
from include.local import demo_accounts
from include.local.errors import LocalError
from include.sandbox.exports import drops
from include.sandbox.exports.truth import standing
from tests.fixtures.accounts import Accounts

TODAY = date(2026, 11, 28)
WEEKS = 5  # two visits to all tabs, the second of them labelled a day late
TABLES = ("accounts", "account_exports", "social_media_stats", "content_performance", "audience_insights")


@pytest.fixture
def filled(accounts: Accounts) -> Accounts:
    """A database and a lake with the last weeks of the demo's year."""
    assert demo_accounts.fill(accounts.connect, accounts.lake, TODAY, WEEKS) == []
    return accounts


def test_every_number_is_the_worlds(filled: Accounts):
    """Views of every day are the true ones, a late label or a half counted day notwithstanding; the run is complete."""
    year = drops.year(demo_accounts.SEED, TODAY, WEEKS)
    truth: dict[str, dict[date, int | None]] = {account.handle: {} for account in year.accounts}
    for (index, day), values in standing(year.files).items():
        truth[year.accounts[index].handle][day] = values["video_views"]
    for handle, days in truth.items():
        stored = filled.days(handle)
        assert len(days) > 150
        assert {day: stored[day] for day in days} == days
    assert filled.rows("select state, failed_tasks from runs") == [("complete", [])]
    assert filled.rows("select state, count(*) > 60 from account_exports where member = '' group by 1") == [
        ("staged", True)
    ]
    assert filled.rows("select count(*) from account_questions") == [(0,)]
    assert filled.rows("select account from account_revisions where metric <> 'video_views'") == []


def test_where_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without the embedded database nothing is made; what to type is said."""
    monkeypatch.setenv("COMETWATCH_LOCAL", str(tmp_path))
    with pytest.raises(LocalError, match="for the embedded database alone, while it runs: make up"):
        demo_accounts.main()


def test_all_of_it_is_marked_and_goes(filled: Accounts):
    """No row is without the mark; `make accounts-clear` leaves no account, no row and no file."""
    for table in TABLES:
        assert filled.rows(f"select is_made_up, count(*) > 0 from {table} group by 1") == [(True, True)]  # noqa: S608
    gone = clearing.clear(filled.connect, filled.lake)
    assert gone.accounts == 5
    for table in TABLES:
        assert filled.rows(f"select count(*) from {table}") == [(0,)]  # noqa: S608
    assert filled.files("") == {}
