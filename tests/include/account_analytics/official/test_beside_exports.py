"""The sandbox's official documents beside exports of the same account: whatever comes first, the world's true numbers stand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from include.account_analytics import accounts as owners
from include.account_analytics import incoming
from include.local.demo_accounts import answered
from include.sandbox.exports.downloads import export
from include.sandbox.exports.truth import Correction, File
from include.sandbox.exports.world import Account
from tests.fixtures.accounts import Accounts

DAY = timedelta(days=1)
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
# of a day: the column, and the world's name for it
BOTH = {name: name for name in ("video_views", "profile_views", "likes", "comments", "shares")}
API_ALONE = {
    "reached_audience": "reached_audience",
    "new_followers": "new_followers",
    "lost_followers": "lost_followers",
}
LATE = datetime(2026, 11, 18, 22, 30, tzinfo=UTC)  # past midnight in Athens: labelled a day late


@pytest.fixture
def account(world) -> Account:
    return world.account(0, "middle", zone="Europe/Athens")


def downloads(account: Account, **more: Any) -> list[File]:
    """A long download, one that is labelled a day late, and a new one."""
    return [
        *export(account, AT - timedelta(days=30), days=120, language="de"),
        *export(account, LATE, days=28, language="de"),
        *export(account, AT, days=28, language="de", **more),
    ]


def asked(own: Accounts, account: Account) -> None:
    """Twice, eleven days apart; the second time the night before the newest download."""
    own.work(lambda connection: owners.open_accounts(connection, [account.handle]))
    for at in (AT - timedelta(days=11), AT - timedelta(hours=4)):
        for each in answered(account, at):
            incoming.put(own.lake, account.handle, each.name, each.content)


def of(own: Accounts, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    return own.rows(f"select {columns} from social_media_stats where {where} order by date")  # noqa: S608


def is_the_worlds(own: Accounts, account: Account, but: date | None = None) -> None:
    """Every day that is known to its end, by either of them; and each names report, line and source."""
    rows = of(
        own,
        f"date, overview_source, {', '.join((*BOTH, *API_ALONE))}",
        "not is_provisional and video_views is not null",
    )
    assert len(rows) > 120
    for day, source, *numbers in rows:
        if day == but:
            continue
        told = dict(zip((*BOTH, *API_ALONE), numbers, strict=True))
        assert {name: told[name] for name in BOTH} == {name: account.value(day, of) for name, of in BOTH.items()}, day
        given = {name: told[name] for name in API_ALONE if told[name] is not None}
        assert given == {name: account.value(day, API_ALONE[name]) for name in given}, day
        assert source in {"api", "export"}
    for group, metric in (("overview", "video_views"), ("viewers", "total_viewers"), ("followers", "followers")):
        unsaid = f"{metric} is not null and ({group}_source is null or {group}_member is null or {group}_line is null)"
        assert of(own, "date", unsaid) == [], group
    first = (AT - timedelta(days=11)).date() - 59 * DAY
    without = of(own, "date", f"date >= '{first}' and not is_provisional and reached_audience is null")
    assert without == []  # what only the API gives is there on all days that it was asked for


@pytest.mark.parametrize("first", ["exports", "api", "together"])
def test_the_truth_stands(accounts: Accounts, account: Account, first: str):
    """Whichever comes first: all days are the world's, both agree on every day they share, nothing was revised, and a video has
    watch time and completion of the API beside the totals of the export."""
    if first in {"exports", "together"}:
        accounts.drop(downloads(account))
    if first == "exports":
        accounts.run()
    asked(accounts, account)
    if first == "api":
        accounts.run()
        accounts.drop(downloads(account))
    accounts.run()
    is_the_worlds(accounts, account)
    assert accounts.rows("select day, metric from account_revisions") == []
    assert accounts.rows("select count(*) from account_questions") == [(0,)]
    compared = "(compared ->> 'days')::integer, (compared ->> 'agreed')::integer"
    ((days, agreed),) = accounts.rows(f"select {compared} from account_quality order by day desc, run_id desc limit 1")  # noqa: S608
    assert days == agreed
    assert days > 50
    assert set(
        accounts.rows("select label_shift, shift_basis from account_exports where format = 'studio_overview'")
    ) == {
        (0, "overlap"),
        (1, "overlap"),
    }
    seen = accounts.rows(
        "select video_id::text, total_views, source from content_performance where snapshot_day = %s"
        " and average_watch_time is not null",
        AT.date(),
    )
    posts = {str(post.video_id): post for post in account.posts}
    assert "export" in {source for *_, source in seen}
    assert all(views == posts[video].total("views", AT) for video, views, source in seen if source == "export")
    assert accounts.rows("select kind from audience_insights where source is null") == []
    assert {kind for (kind,) in accounts.rows("select distinct kind from audience_insights where source = 'api'")} >= {
        "age", "gender", "territory", "city", "traffic_source",
    }  # fmt: skip


def test_they_differ(accounts: Accounts, account: Account):
    """TikTok corrected a day after the API was asked: the newer, settled number of the download stands, the API's is kept as
    revised, and accuracy names the day with both."""
    day = AT.date() - 9 * DAY
    true = account.value(day, "video_views") or 0
    asked(accounts, account)
    accounts.run()
    before = accounts.rows("select accuracy from account_quality order by run_id desc limit 1")
    accounts.drop(downloads(account, corrections=(Correction(day, "video_views", 41),)))
    accounts.run()
    is_the_worlds(accounts, account, but=day)
    assert of(accounts, "video_views, overview_source", f"date = '{day}'") == [(true + 41, "export")]
    assert accounts.rows("select day, metric, old_value::bigint, new_value::bigint from account_revisions") == [
        (day, "video_views", true, true + 41)
    ]
    said = "compared ->> 'day', (compared ->> 'api')::bigint, (compared ->> 'export')::bigint"
    wrong = "(compared ->> 'days')::integer - (compared ->> 'agreed')::integer"
    (after,) = accounts.rows(f"select {said}, {wrong}, accuracy from account_quality order by run_id desc limit 1")  # noqa: S608
    assert after[:4] == (day.isoformat(), true, true + 41, 1)
    assert after[4] < before[0][0]


def test_an_older_answer_changes_nothing(accounts: Accounts, account: Account):
    """Asked before, and taken in after the newest download: what is settled stands, and no later number is undone."""
    day = AT.date() - 20 * DAY
    accounts.drop(downloads(account, corrections=(Correction(day, "likes", 7),)))
    accounts.run()
    asked(accounts, account)
    accounts.run()
    is_the_worlds(accounts, account, but=day)
    ((likes, source),) = of(accounts, "likes, overview_source", f"date = '{day}'")
    assert (likes, source) == ((account.value(day, "likes") or 0) + 7, "export")
