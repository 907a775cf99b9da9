"""What the digest tells of one's own accounts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from include.account_analytics import news
from include.digest.message import Occasion
from include.sandbox.exports import traps
from include.sandbox.exports.downloads import export
from tests.fixtures.accounts import Accounts

pytestmark = pytest.mark.usefixtures("lasting_day")

AT = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)


def told(accounts: Accounts, run_id: str):
    occasion = Occasion(run_id, datetime.now(UTC).date(), "http://localhost:8080/cometwatch")
    return accounts.work(lambda connection: news.news(connection, occasion, datetime.now(UTC)))


def test_nothing_is_no_news(accounts: Accounts):
    """A run without anything to tell sends nothing."""
    accounts.run()
    assert told(accounts, "manual__1") is None


def test_questions_and_refusals_are_news(accounts: Accounts, world):
    """A question, and a refused file with its reason, are named; what somebody wrote becomes no link and no markup."""
    account = world.account(0, zone="UTC")
    accounts.drop(export(account, AT, reports=["overview"], container="csv", folder=account.handle))
    accounts.drop([traps.html_page(account, AT, "<!channel>.csv")])
    accounts.run()
    message = told(accounts, "manual__1")
    assert "1 questions, 1 refused or waiting files" in message.subject
    assert "In which year" in message.text
    assert "&lt;!channel&gt;.csv: This is a web page" in message.text
    assert "&lt;!channel&gt;.csv" in message.html
    assert message.pipeline == "account_analytics"


def test_a_viral_video_is_news(accounts: Accounts):
    """A video whose views of a day were several times those of the day before is named with both."""
    accounts.run()
    with accounts.connect() as connection:
        connection.execute("insert into accounts (account, handle) values ('my.shop', 'my.shop')")
        connection.execute(
            "insert into viral_content (account, video_id, day, days, views, views_of_day, views_of_day_before, growth)"
            " values ('my.shop', '7', current_date, 1, 30000, 20000, 2000, 10)"
        )
    assert "@my.shop: 20,000 views on" in told(accounts, "manual__1").text
