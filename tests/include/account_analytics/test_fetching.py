"""Many accounts in one task: none takes others along, only what may help is tried again, a browser is not waited for."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from include.account_analytics import accounts as owners
from include.account_analytics import extract as step
from include.account_analytics import fetching
from include.account_analytics.batches import MOST_INSTANCES, Batch
from include.account_analytics.browser.failures import AuthExpired, NoDownload, TooSoon
from include.account_analytics.extract import Way
from include.account_analytics.fetching import AccountsFailed, AccountsNeedPerson, Fetched
from include.account_analytics.official.tokens import NotAuthorized
from include.account_analytics.run import Run
from include.calls.sigterm import ToldToEnd
from include.defaults import RetryByError
from include.vendors.errors import RateLimited, Unavailable
from tests.fixtures.accounts import Accounts

MOST_MAPPED = 1024  # Airflow's own limit


def batch(*names: str, via: str = "api") -> Batch:
    return {"name": "some", "items": [Fetched(account=name, via=via, connection=f"tiktok_{name}") for name in names]}


class Asked:
    """Fetches nothing, and fails for some accounts."""

    def __init__(self, **failures: Exception) -> None:
        self.failures = failures
        self.accounts: list[str] = []

    def __call__(self, item: Fetched) -> None:
        self.accounts.append(item["account"])
        if item["account"] in self.failures:
            raise self.failures[item["account"]]


def is_tried_again(error: Exception, try_number: int = 1) -> bool:
    return RetryByError().evaluate(error, try_number, 5).action.name == "RETRY"


def test_one_that_fails_keeps_no_other_away(caplog: pytest.LogCaptureFixture):
    """All are asked for; the error names those that failed, and asks for another try where one of them may come."""
    asked = Asked(
        b=NotAuthorized("@b: its owner has not let the app in yet"), c=RateLimited("too many requests", retry_after=90)
    )
    with caplog.at_level(logging.ERROR), pytest.raises(AccountsFailed) as raised:
        fetching.fetch_batch(batch("a", "b", "c", "d"), asked)
    assert asked.accounts == ["a", "b", "c", "d"]
    assert str(raised.value).startswith("2 of 4 accounts could not be fetched: @b: NotAuthorized: ")
    assert "@c: RateLimited: too many requests" in str(raised.value)
    assert raised.value.retry_after == 90
    assert is_tried_again(raised.value)
    assert "@b: NotAuthorized" in caplog.text


def test_nothing_is_tried_again_where_only_a_person_helps():
    """Neither where all failures of a batch are of that kind."""
    asked = Asked(b=NotAuthorized("no consent"), c=NotAuthorized("no consent"))
    with pytest.raises(AccountsNeedPerson, match="2 of 3 accounts") as raised:
        fetching.fetch_batch(batch("a", "b", "c"), asked)
    assert not is_tried_again(raised.value)


@pytest.mark.parametrize("error", [NotAuthorized("no consent"), Unavailable("no answer"), AuthExpired("log in")])
def test_one_account_fails_in_its_own_words(error: Exception):
    """A batch of one raises what it raised."""
    with pytest.raises(type(error)) as raised:
        fetching.fetch_batch(batch("a"), Asked(a=error))
    assert raised.value is error


@pytest.mark.parametrize("error", [NoDownload("no download began", 3600), TooSoon("not before 12:00 UTC", 1800)])
def test_a_browser_is_not_waited_for(error: Exception):
    """No whole file fails no step that others wait for: the account is named for later, where it fails in its turn."""
    asked = Asked(b=error)
    later = fetching.fetch_batch(batch("a", "b", via="browser"), asked)
    assert [each["account"] for each in later] == ["b"]
    (again,) = fetching.plan_again([None, later, []])
    assert (again["name"], again["items"]) == ("@b", later)
    with pytest.raises(type(error)) as raised:
        fetching.fetch_batch(again, asked, puts_off=False)
    assert is_tried_again(raised.value, 1)
    assert not is_tried_again(raised.value, 2)
    assert fetching.plan_again(None) == []


def test_a_task_that_is_told_to_end_ends():
    """It begins with no other account."""
    asked = Asked(a=ToldToEnd())
    with pytest.raises(ToldToEnd):
        fetching.fetch_batch(batch("a", "b"), asked)
    assert asked.accounts == ["a"]


def test_more_accounts_than_airflow_maps(accounts: Accounts):
    """All 2,000 are in some batch, by the API and by a browser apart, and fewer instances than Airflow allows."""
    names = [f"shop{number:04}" for number in range(2000)]
    accounts.work(lambda connection: owners.open_accounts(connection, names))

    def find(known: object) -> Way:
        (name, *_) = list(known)  # type: ignore[call-overload]
        return Way(f"tiktok_{name}", "browser" if name >= "shop1500" else "api")

    planned = step.plan(accounts.connect, Run("manual__1", datetime.now(UTC).date()), datetime.now(UTC), find)
    assert len(planned) < MOST_MAPPED
    assert sorted(item["account"] for each in planned for item in each["items"]) == names
    assert all(len({item["via"] for item in each["items"]}) == 1 for each in planned)
    assert sum(each["items"][0]["via"] == "api" for each in planned) == MOST_INSTANCES


def test_what_would_be_asked(accounts: Accounts):
    """A dry run names each account with a connection, the days, and what is missing first; it stores nothing."""
    accounts.work(lambda connection: owners.open_accounts(connection, ["anna", "berta", "none"]))
    ways = {"anna": Way("tiktok_anna", "api"), "berta": Way("tiktok_berta", "browser")}
    today = datetime.now(UTC).date()
    run = Run("manual__1", today, dry_run=True)

    def find(known: object) -> Way | None:
        return next((ways[name] for name in list(known) if name in ways), None)  # type: ignore[call-overload]

    def told(run: Run) -> list[str]:
        return step.rehearse(accounts.connect, run, datetime.now(UTC), 28, find)

    assert told(run) == [
        f"@anna by TikTok's Accounts API: days {today - timedelta(days=59)} to {today - timedelta(days=1)}, and all videos, "
        "once its owner agrees: make accounts-authorize ACCOUNT=anna",
        "@berta by a browser: exports of 28 days, once somebody logs in: make accounts-login ACCOUNT=berta",
    ]
    assert accounts.rows("select * from account_sources") == []
    assert told(Run("manual__2", today, ("none",), dry_run=True)) == []
    assert told(Run("manual__3", today - timedelta(days=3), dry_run=True))[0].startswith("nothing: ")
