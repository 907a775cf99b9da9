"""The step that fetches, over HTTP against the sandbox: what is asked, what is handed over, and what keeps it away."""

from __future__ import annotations

import json
import logging
import threading
import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet

from include.account_analytics import extract as step
from include.account_analytics.extract import Login, Way
from include.account_analytics.facts import Refused
from include.account_analytics.official import authorizing
from include.account_analytics.official.asking import Pace
from include.account_analytics.official.tokens import NotAuthorized
from include.account_analytics.run import Run
from include.account_analytics.secrets_kept import KeyMissing, Safe
from include.database import Database
from include.local.driven_sandbox import RunningSandbox
from include.sandbox.exports import drops
from include.sandbox.official import figures
from include.settings import Secret
from include.tiktok_business.app import App
from include.tiktok_business.errors import AppRefused, ScopeMissing
from include.vendors.errors import RequestRejected, UnexpectedAnswer
from tests.fixtures.accounts import Accounts
from tests.include.tiktok_business.consents import CLIENT_ID, REDIRECT, agree, code_of, handle_of, oauth

FAST = Pace(60_000, 60_000)
KEY = Fernet.generate_key().decode()
SECRET = "sandbox-app-secret"


@dataclass
class Desk:
    """Accounts that have connections to the sandbox, and whose owners have agreed."""

    own: Accounts
    sandbox: RunningSandbox
    secret: str = SECRET

    def agree(self, kind: str = "middle", scopes: list[str] | None = None) -> str:
        handle = handle_of(self.sandbox, kind)
        if scopes is not None:
            self.sandbox.official(account=handle, scopes=scopes)
        grant = oauth(self.sandbox).exchange(code_of(agree(self.sandbox, handle)), REDIRECT)
        with Database(self.own.connect) as store:
            authorizing.save(store, Safe(Secret(KEY)), handle, grant)
        return handle

    def login(self) -> Login:
        app = App("tiktok_x", f"{self.sandbox.url}/accounts_api", CLIENT_ID, self.secret)
        return Login(app, Safe(Secret(KEY)))

    def plan(self, run: Run, *handles: str, via: str = "api") -> list[Any]:
        def find(names: Any) -> Way | None:
            return next((Way(f"tiktok_{name}", via) for name in names if name in handles), None)

        return [item for batch in step.plan(self.own.connect, run, datetime.now(UTC), find) for item in batch["items"]]

    def fetch(self, run: Run, account: str, **options: Any) -> dict[str, dict]:
        """What was handed over, by endpoint."""
        keys = step.extract(
            self.own.connect,
            self.own.lake,
            run,
            account,
            **{"login": self.login, "now": datetime.now(UTC), "pace": FAST, **options},
        )
        found = [json.loads(self.own.lake.read(key)) for key in keys]
        return {each["endpoint"]: each for each in found}

    def source(self, account: str) -> dict[str, Any]:
        columns = "asked_from, asked_to, came_at is not null as came, came_to, failure"
        (row,) = self.own.rows(f"select {columns} from account_sources where account = %s", account)  # noqa: S608
        return dict(zip(("asked_from", "asked_to", "came", "came_to", "failure"), row, strict=True))

    def asked(self, account: str) -> dict[str, int]:
        return self.sandbox.official()["accounts"][account]["asked"]


@pytest.fixture
def desk(accounts: Accounts, sandbox: RunningSandbox) -> Desk:
    return Desk(accounts, sandbox)


def today() -> date:
    return datetime.now(UTC).date()


def test_days_and_videos_are_handed_over(desk: Desk, lasting_day: None):
    """Sixty days at first, and all videos, as documents of the contract: true numbers, sorted keys, no credential."""
    handle, run = desk.agree(), desk.own.open()
    assert desk.plan(run, handle) == [{"account": handle, "via": "api", "connection": f"tiktok_{handle}"}]
    found = desk.fetch(run, handle)
    days, videos = found["business/get"], found["business/video/list"]
    assert set(days) == {"cometwatch", "endpoint", "business_id", "asked_at", "request", "answers"}
    assert days["cometwatch"] == "tiktok_accounts_api/1"
    assert days["request"]["start_date"] == (today() - timedelta(days=59)).isoformat()
    assert days["request"]["end_date"] == (today() - timedelta(days=1)).isoformat()
    truth = next(each for each in drops.people(7, today()) if each.handle == handle)
    views = {date.fromisoformat(row["date"]): row["video_views"] for row in days["answers"][0]["metrics"]}
    assert len(views) == 58
    assert views == {day: truth.value(day, "video_views") for day in views}
    posts = [post for post in truth.posts if post.posted_at < datetime.now(UTC)]
    listed = [video["item_id"] for page in videos["answers"] for video in page["videos"]]
    assert listed == [str(post.video_id) for post in reversed(posts)]
    assert len(videos["answers"]) == -(-len(posts) // 20)
    keys = sorted(desk.own.files("landing/incoming"))
    at = datetime.fromisoformat(days["asked_at"])
    assert keys[0] == f"landing/incoming/{handle}/api_business_get_{at:%Y%m%dT%H%M%SZ}.json"
    assert (
        desk.own.lake.read(keys[0])
        == json.dumps(days, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    )
    assert desk.source(handle) == {
        "asked_from": today() - timedelta(days=59), "asked_to": today() - timedelta(days=1), "came": True,
        "came_to": today() - timedelta(days=1), "failure": None,
    }  # fmt: skip


def test_asked_again_it_is_the_same(desk: Desk, lasting_day: None):
    """Another try, and another run of the day, get the stored answers: no call, and the same bytes."""
    handle, run = desk.agree(), desk.own.open()
    desk.plan(run, handle)
    desk.fetch(run, handle)
    before, asked = desk.own.files("landing/incoming"), desk.asked(handle)
    desk.fetch(run, handle)
    other = desk.own.open()
    desk.plan(other, handle)
    desk.fetch(other, handle)
    assert desk.own.files("landing/incoming") == before
    assert desk.asked(handle) == asked


def test_the_next_day_asks_for_what_is_new(desk: Desk, lasting_day: None):
    """From the third-last day that came, since TikTok is up to two days late; a day without a run is caught up with."""
    handle, run = desk.agree(), desk.own.open()
    desk.plan(run, handle)
    desk.fetch(run, handle)
    with desk.own.connect() as connection:
        connection.execute(
            "update account_sources set asked_on = asked_on - 4, asked_from = asked_from - 4, asked_to = asked_to - 4,"
            " came_to = came_to - 4"
        )
    found = desk.fetch(desk.own.open(), handle)
    assert found["business/get"]["request"]["start_date"] == (today() - timedelta(days=7)).isoformat()


def days_go_by(desk: Desk, days: int) -> None:
    """As if all was asked so many days earlier."""
    with desk.own.connect() as connection:
        connection.execute(
            "update account_sources set asked_on = asked_on - %(n)s, asked_from = asked_from - %(n)s,"
            " asked_to = asked_to - %(n)s, came_to = came_to - %(n)s",
            {"n": days},
        )


def given(desk: Desk, metrics: Any) -> None:
    """TikTok gives these days."""
    action = {"kind": "field", "path": "data.metrics", "value": metrics}
    desk.sandbox.inject({"match": {"endpoint": "official_account"}, "times": None, "action": action})


def day(before: int) -> str:
    return (today() - timedelta(days=before)).isoformat()


def test_a_vendor_that_is_later_than_it_says(desk: Desk, lasting_day: None):
    """Days that it has not given yet are asked for again until it does; a day without a number is not given."""
    handle, run = desk.agree("sparse"), desk.own.open()
    desk.plan(run, handle)
    given(desk, [{"date": day(9), "video_views": 3}, {"date": day(2), "video_views": None}])
    desk.fetch(run, handle)
    assert desk.source(handle)["came_to"].isoformat() == day(7)
    days_go_by(desk, 1)
    desk.sandbox.clear_faults()
    found = desk.fetch(desk.own.open(), handle)["business/get"]
    assert found["request"]["start_date"] <= day(9)
    assert day(8) in [row["date"] for row in found["answers"][0]["metrics"]]
    assert desk.source(handle)["came_to"].isoformat() == day(1)


@pytest.mark.parametrize(
    "metrics",
    [
        [{"date": day(3), "video_views": 3}, {"date": day(3), "video_views": 9}],
        [{"date": day(3), "video_views": 3}, {"date": day(-2), "video_views": 0}],
        [{"date": f"{day(3)}T00:00:00Z", "video_views": 3}],
        [{"date": day(3), "video_views": 10**30}],
        [{"video_views": 3}],
    ],
)
def test_an_answer_that_cannot_be_read_is_asked_for_again(desk: Desk, metrics: Any, lasting_day: None):
    """It lands in quarantine, and its days have not come: the same window is asked for anew, on the same day too."""
    handle, run = desk.agree("sparse"), desk.own.open()
    desk.plan(run, handle)
    given(desk, metrics)
    with pytest.raises(Refused, match="the next run asks TikTok again"):
        desk.fetch(run, handle)
    desk.own.run()
    assert [
        key.rpartition("_business_")[2][:3] for key in desk.own.files("landing/quarantine") if ".reason" not in key
    ] == ["get"]
    assert desk.own.rows("select count(*) > 0 from content_performance") == [(True,)]  # the other answer was fine
    source = desk.source(handle)
    assert (source["came"], source["came_to"], "cannot be read" in source["failure"]) == (False, None, True)
    desk.sandbox.clear_faults()
    found = desk.fetch(desk.own.open(), handle)["business/get"]
    assert found["request"]["start_date"] == day(59)
    assert len(found["answers"][0]["metrics"]) == 58
    assert desk.source(handle)["failure"] is None


def test_an_account_without_anything(desk: Desk, lasting_day: None):
    """A new account has no days, no totals and no videos: it came, nothing is refused, and the run is green."""
    handle, run = desk.agree("sparse", ["user.insights", "video.list"]), desk.own.open()
    desk.plan(run, handle)
    lists = {f"audience_{name}": [] for name in ("ages", "genders", "countries", "cities")}
    answers = {"account": {"metrics": None, **lists}, "videos": {"videos": None, "has_more": False}}
    for name, data in answers.items():
        body = {"code": 0, "message": "OK", "request_id": "1", "data": data}
        action = {"kind": "status", "status": 200, "body": body}
        desk.sandbox.inject({"match": {"endpoint": f"official_{name}"}, "times": None, "action": action})
    desk.fetch(run, handle)
    assert (desk.source(handle)["came"], desk.source(handle)["came_to"]) == (True, None)
    assert "Every file" not in desk.own.run()
    assert (
        desk.own.rows("select distinct result from account_outcomes where result in ('refused', 'quarantined')") == []
    )


def test_permissions_that_are_given_later(desk: Desk, lasting_day: None):
    """A consent that allows other things begins as far back as TikTok looks; the same again does not."""
    handle, run = desk.agree("sparse", ["user.insights"]), desk.own.open()
    desk.plan(run, handle)
    desk.fetch(run, handle)
    days_go_by(desk, 2)
    desk.agree("sparse", ["user.insights"])
    assert desk.source(handle)["came_to"].isoformat() == day(3)
    desk.agree("sparse", ["user.insights", "user.info.stats"])
    found = desk.fetch(desk.own.open(), handle)["business/get"]
    assert found["request"]["start_date"] == day(59)


def test_another_way_begins_anew(desk: Desk, lasting_day: None):
    """What a browser brought has no unique viewers: by the API all days come that it still gives."""
    handle, run = desk.agree("sparse"), desk.own.open()
    desk.plan(run, handle, via="browser")
    with desk.own.connect() as connection:
        connection.execute(
            "update account_sources set asked_on = %s, asked_to = %s, came_to = %s", [day(1), day(2), day(2)]
        )
    desk.plan(run, handle, via="browser")
    assert desk.source(handle)["came_to"].isoformat() == day(2)
    desk.plan(run, handle)
    assert desk.fetch(run, handle)["business/get"]["request"]["start_date"] == day(59)


@pytest.mark.parametrize("in_the_middle", [True, False])
def test_an_account_that_is_forgotten_meanwhile(desk: Desk, monkeypatch: pytest.MonkeyPatch, in_the_middle: bool):
    """Nothing of it is left to be landed, which would open it anew: whether it goes between two answers or after the last."""
    handle, run = desk.agree("sparse"), desk.own.open()
    desk.plan(run, handle)
    put, last = step.incoming.put, "business_get" if in_the_middle else "video_list"

    def forgotten(lake: Any, account: str, name: str, content: bytes) -> str:
        key = put(lake, account, name, content)
        if last in name:
            with desk.own.connect() as connection:
                connection.execute("delete from accounts")
        return key

    monkeypatch.setattr(step.incoming, "put", forgotten)
    with pytest.raises(RuntimeError, match="was removed while it was asked for"):
        desk.fetch(run, handle)
    assert desk.own.files("landing/incoming") == {}


def test_a_past_day_asks_for_nothing(desk: Desk, lasting_day: None):
    """A task of yesterday's run that is cleared today is green, changes no window, and says nothing on the page."""
    handle, run = desk.agree("sparse"), desk.own.open()
    desk.plan(run, handle)
    desk.fetch(run, handle)
    before, asked = desk.source(handle), desk.asked(handle)
    past = Run("past", today() - timedelta(days=2))
    assert desk.fetch(past, handle) == {}
    assert step.by_browser(desk.own.connect, desk.own.lake, past, handle, lambda: 1 / 0, datetime.now(UTC)) == []
    assert (desk.source(handle), desk.asked(handle)) == (before, asked)


def test_a_failure_in_the_middle_goes_on_where_it_was(desk: Desk):
    """Pages that were answered are stored: the next try asks for the others alone, and the days were handed over already."""
    handle, run = desk.agree(), desk.own.open()
    desk.plan(run, handle)
    refused = {"kind": "status", "status": 200, "body": {"code": 40002, "message": "cursor: not today", "data": {}}}
    later = {"endpoint": "official_videos", "subject_contains": "cursor="}
    desk.sandbox.inject({"match": later, "times": None, "action": refused})
    with pytest.raises(RequestRejected):
        desk.fetch(run, handle)
    assert (desk.source(handle)["came"], "cursor: not today" in desk.source(handle)["failure"]) == (False, True)
    assert [key.split("/")[-1][:17] for key in desk.own.files("landing/incoming")] == ["api_business_get_"]
    desk.sandbox.clear_faults()
    found = desk.fetch(run, handle)
    assert desk.asked(handle)["official_videos"] == len(found["business/video/list"]["answers"]) > 2
    assert desk.asked(handle)["official_account"] == 1
    assert (desk.source(handle)["came"], desk.source(handle)["failure"]) == (True, None)


def test_tokens_that_end_in_the_middle(desk: Desk):
    """They are renewed between two pages, and nothing is missing."""
    handle, run = desk.agree(), desk.own.open()
    desk.plan(run, handle)
    desk.sandbox.official(account=handle, expires_after=3)
    found = desk.fetch(run, handle)
    assert desk.asked(handle)["official_refresh"] == 1
    assert len(found["business/video/list"]["answers"]) > 2


def test_two_runs_at_once_ask_once(desk: Desk):
    """Each page is claimed by one of them; both hand over the same."""
    handle = desk.agree()
    runs = [desk.own.open(), desk.own.open()]
    desk.plan(runs[0], handle)
    found: list[Any] = []
    workers = [threading.Thread(target=lambda run=run: found.append(desk.fetch(run, handle))) for run in runs]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 2
    assert found[0] == found[1]
    assert desk.asked(handle)["official_videos"] == len(found[0]["business/video/list"]["answers"])


def test_true_numbers_come_out(desk: Desk, lasting_day: None):
    """From TikTok's answers to the tables: days, watch time and completion of videos are those of the made-up world."""
    handle, run = desk.agree("sparse"), desk.own.open()
    desk.plan(run, handle)
    desk.fetch(run, handle)
    desk.own.run()
    truth = next(each for each in drops.people(7, today()) if each.handle == handle)
    days = desk.own.days(handle)
    assert len(days) == 58
    assert days == {day: truth.value(day, "video_views") for day in days}
    posts = {str(post.video_id): post for post in truth.posts}
    seen = desk.own.rows(
        "select video_id::text, total_views, average_watch_time::float, completion_rate::float from content_performance"
        " where account = %s and average_watch_time is not null",
        handle,
    )
    assert seen
    midnight = datetime.combine(today() - timedelta(days=1), time(), UTC)
    assert {row[0]: row[1:] for row in seen} == {
        row[0]: (posts[row[0]].total("views", midnight), *figures.watched(truth, posts[row[0]])) for row in seen
    }
    assert desk.own.files("landing/incoming") == {}


def test_it_costs_nothing(desk: Desk):
    """No call is billed, none of a budget's, and both limits have a row of their own: 40 and 600 a minute, less a margin."""
    handle, run = desk.agree("sparse"), desk.own.open()
    desk.plan(run, handle)
    desk.fetch(run, handle)
    assert desk.own.rows(
        "select distinct endpoint, is_billed, price_usd::float, pipeline from api_calls order by 1"
    ) == [
        ("tiktok/business/get", False, 0.0, "account_analytics"),
        ("tiktok/business/video/list", False, 0.0, "account_analytics"),
    ]
    assert desk.own.rows("select * from api_spend") == desk.own.rows("select * from pipeline_spend") == []
    assert desk.own.rows("select distinct calls_made from runs") == [(0,)]
    (business_id,) = desk.own.rows("select business_id from account_tokens")[0]
    # Asked for once more with TikTok's own pace: the answers are stored, so that nothing waits.
    desk.fetch(run, handle, pace=Pace())
    rates = dict(
        desk.own.rows("select name, extract(epoch from emission)::float from rate_limits where name like 'tiktok%'")
    )
    assert rates == {
        "tiktok": pytest.approx(60 / 600 / 0.96, abs=1e-6),  # microseconds
        f"tiktok/business/get@{business_id}": pytest.approx(60 / 40 / 0.96),
        f"tiktok/business/video/list@{business_id}": pytest.approx(60 / 40 / 0.96),
    }


def test_an_account_with_few_followers_has_days(desk: Desk):
    """What is known of followers alone is empty; days and videos come all the same."""
    handle, run = desk.agree("private"), desk.own.open()
    desk.plan(run, handle)
    found = desk.fetch(run, handle)["business/get"]["answers"][0]
    assert found["audience_ages"] == []
    assert found["metrics"]


def test_fewer_permissions_fetch_less(desk: Desk, caplog: pytest.LogCaptureFixture):
    """Only what was permitted is asked for, and what is missing is said; with nothing left, a person is told what to permit."""
    handle, run = desk.agree("sparse", ["video.list", "user.info.basic"]), desk.own.open()
    desk.plan(run, handle)
    with caplog.at_level(logging.WARNING):
        found = desk.fetch(run, handle)
    assert list(found) == ["business/video/list"]
    assert "average_time_watched" not in found["business/video/list"]["request"]["fields"]
    assert "did not permit user.info.username" in caplog.text
    poor = desk.agree("big", ["user.info.basic"])
    desk.plan(run, handle, poor)
    with pytest.raises(ScopeMissing, match=r"neither user\.insights nor video\.list"):
        desk.fetch(run, poor)
    assert "accounts-authorize" in desk.source(poor)["failure"]


def test_what_needs_a_person_is_noted(desk: Desk):
    """No consent, a wrong secret, a permission taken back, no key: each in its words, on the account alone."""
    handle, run = desk.agree(), desk.own.open()
    stranger = handle_of(desk.sandbox, "big")
    with desk.own.connect() as connection:
        connection.execute("insert into accounts (account, handle) values (%s, %s)", [stranger, stranger])
    desk.plan(run, handle, stranger)
    with pytest.raises(NotAuthorized, match="has not let the app in yet"):
        desk.fetch(run, stranger)
    assert "make accounts-authorize ACCOUNT=" in desk.source(stranger)["failure"]
    assert desk.source(handle)["failure"] is None

    def no_key() -> Login:
        return Login(desk.login().app, Safe(None))

    with pytest.raises(KeyMissing, match="openssl"):
        desk.fetch(run, handle, login=no_key)
    desk.sandbox.official(account=handle, revoke=True)
    desk.secret = "another-secret"
    with pytest.raises(AppRefused, match="client secret"):
        desk.fetch(run, handle)
    desk.secret = SECRET
    with pytest.raises(NotAuthorized, match="agree again"):
        desk.fetch(run, handle)
    assert "lets the app in no more" in desk.source(handle)["failure"]
    desk.agree()
    desk.fetch(run, handle)
    assert desk.source(handle)["failure"] is None


def test_pages_that_go_round(desk: Desk):
    """A cursor that does not move on is an end with a message, and not for ever."""
    handle, run = desk.agree(), desk.own.open()
    desk.plan(run, handle)
    now = int(datetime.now(UTC).timestamp() * 1000)
    desk.sandbox.inject(
        {
            "match": {"endpoint": "official_videos"},
            "times": None,
            "action": {"kind": "field", "path": "data.cursor", "value": now},
        }
    )
    with pytest.raises(UnexpectedAnswer, match="circle"):
        desk.fetch(run, handle)
    assert desk.asked(handle)["official_videos"] == 2


def test_who_is_not_asked_for(desk: Desk):
    """Nobody on a past day, in a dry run, without a connection, or who is made up; by a browser too; gone is forgotten."""
    handle = desk.agree("sparse")
    run = desk.own.open()
    assert desk.plan(run) == []
    assert desk.plan(Run("x", today() - timedelta(days=2)), handle) == []
    assert desk.plan(Run("x", today(), dry_run=True), handle) == []
    assert [each["via"] for each in desk.plan(run, handle, via="browser")] == ["browser"]
    assert desk.own.rows("select account, via from account_sources") == [(handle, "browser")]
    assert desk.plan(Run("x", today(), accounts=("other",)), handle) == []
    assert desk.own.rows("select account, via from account_sources") == [(handle, "api")]
    with desk.own.connect() as connection:
        connection.execute("update accounts set is_made_up = true")
    assert desk.plan(run, handle) == []
    assert desk.own.rows("select account from account_sources") == []
    with desk.own.connect() as connection:
        connection.execute("update accounts set is_made_up = false, handle = 'New.Name', aliases = '{older}'")
    assert desk.plan(run, "older") == [{"account": handle, "via": "api", "connection": "tiktok_older"}]
    assert desk.plan(run, "older", "new.name")[0]["connection"] == "tiktok_new.name"


def test_no_secret_is_left(desk: Desk, caplog: pytest.LogCaptureFixture):
    """After a day on which a token ended and its echo came back, none stands in a log, a table, a stored answer, or a file."""
    handle, run = desk.agree("sparse"), desk.own.open()
    desk.plan(run, handle)
    safe = Safe(Secret(KEY))

    def kept() -> list[str]:
        tokens, access = desk.own.rows("select refresh_tokens, access_token from account_tokens")[0]
        return [safe.unlock(locked, "x").reveal() for locked in [*tokens, access]]

    secrets = {*kept(), SECRET, KEY}
    desk.sandbox.inject(
        {
            "match": {"endpoint": "official_account"},
            "times": None,
            "action": {"kind": "field", "path": "data.username", "value": f"x {kept()[-1]}"},
        }
    )
    with caplog.at_level(logging.DEBUG):
        desk.fetch(run, handle)
        desk.sandbox.official(account=handle, end_access=True)
        with desk.own.connect() as connection:
            connection.execute("delete from api_calls where endpoint = 'tiktok/business/video/list'")
        desk.fetch(run, handle)
    secrets |= set(kept())
    assert len(secrets) == 6
    files = b" ".join(desk.own.files("landing").values()).decode()
    with psycopg.connect(desk.own.database_url) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        rows = " ".join(
            connection.execute(f"select coalesce(string_agg(t::text, ' '), '') from {name} as t").fetchone()[0]  # noqa: S608
            for (name,) in tables
        )
        answers = connection.execute("select answer from api_calls where answer is not null").fetchall()
    stored = " ".join(zlib.decompress(answer).decode() for (answer,) in answers)
    assert "x ***" in stored
    assert "x ***" in files
    everything = " ".join([caplog.text, files, rows, stored, str(desk.sandbox.log())])
    assert [secret for secret in secrets if secret in everything] == []
