"""The made-up account of `make run` that comes by the sandbox's Accounts API, as a real one does and never beside one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet

from include import settings as configuration
from include.account_analytics import accounts as owners
from include.account_analytics import clearing, incoming, tasks
from include.account_analytics import extract as step
from include.account_analytics.extract import Login, Way
from include.account_analytics.landing import Source
from include.account_analytics.official.asking import Pace
from include.account_analytics.run import Run
from include.account_analytics.secrets_kept import Safe
from include.local import accounts as local
from include.local import airflow, made_up_account, postgres
from include.local.driven_sandbox import RunningSandbox
from include.local.folders import Folders
from include.sandbox.exports import drops
from include.settings import Secret
from include.tiktok_business.app import App
from tests.fixtures.accounts import Accounts

KEY = Fernet.generate_key().decode()
FAST = Pace(60_000, 60_000)


@dataclass
class Shown:
    """What `make run` does without Airflow: made-up exports of a day, and the account that comes by itself."""

    own: Accounts
    sandbox: RunningSandbox
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    told: list[str] = field(default_factory=list)

    def bring(self, **options: Any) -> dict[str, str]:
        return made_up_account.bring(
            self.sandbox.url, self.own.database_url, Safe(Secret(KEY)), self.now, self.told, **options
        )

    def connection(self) -> tuple[str, dict[str, Any]]:
        """The account's handle, and the connection that the run gets."""
        ((name, text),) = self.bring().items()
        return name.removeprefix(airflow.ACCOUNT_CONNECTIONS).lower(), json.loads(text)

    def run(self) -> tuple[str, str]:
        """A whole run; the account and the report."""
        handle, given = self.connection()
        app = App.read("tiktok_x", given["host"], given["login"], given["password"], given["extra"])
        run = self.own.open()
        source = Source(self.exports(), keeps=True, settle_seconds=0, is_made_up=True)

        def find(names: Any) -> Way | None:
            return Way(f"tiktok_{handle}", "api", stands_in=True) if handle in names else None

        for batch in step.plan(self.own.connect, run, self.now, find):
            for item in batch["items"]:
                login = Login(app, Safe(Secret(KEY)), self.now)
                step.extract(
                    self.own.connect,
                    self.own.lake,
                    run,
                    item["account"],
                    lambda login=login: login,
                    self.now,
                    pace=FAST,
                )
        for batch in tasks.land(self.own.connect, self.own.lake, run, source):
            tasks.to_raw(self.own.connect, self.own.lake, run, batch)
        for batch in tasks.plan_accounts(self.own.connect, self.own.lake, run, source):
            tasks.to_staging(self.own.connect, self.own.lake, run, batch)
            tasks.check_quality(self.own.connect, self.own.lake, run, batch)
        tasks.to_curated(self.own.connect, self.own.lake, run)
        return handle, tasks.write_report(self.own.connect, self.own.lake.uri, run, source)[0]

    def exports(self) -> Path:
        """Only those of the account that comes by itself: the others take their time, and have nothing to do with it."""
        folder = self.own.folder / f"made_up_{self.now:%Y%m%d}"
        if not folder.exists():
            at = self.now.replace(hour=0, minute=5)
            sparse = next(each for each in drops.people(7, at.date()) if each.kind == made_up_account.KIND)
            files = [file for file in drops.shown(7, at).files if file.name.startswith(f"{sparse.handle}/")]
            drops.write(files, folder)
        return folder


@pytest.fixture
def shown(accounts: Accounts, sandbox: RunningSandbox, lasting_day: None) -> Shown:
    return Shown(accounts, sandbox)


@pytest.mark.timeout(900)
def test_it_comes_as_a_real_one_does(shown: Shown):
    """Consent, encrypted tokens, true numbers of the world with their source, ages and watch time; the report says by what."""
    handle, report = shown.run()
    assert f"@{handle} by TikTok's Accounts API of the sandbox, made up: 2 files taken in" in report
    own = shown.own
    (access, refresh) = own.rows("select access_token, refresh_tokens[1] from account_tokens")[0]
    assert Safe(Secret(KEY)).unlock(access, "x").reveal().startswith("act.")
    assert not bytes(refresh).startswith(b"rft.")
    truth = next(each for each in drops.people(7, shown.now.date()) if each.handle == handle)
    by_api = own.rows("select date, video_views, profile_views from social_media_stats where overview_source = 'api'")
    assert len(by_api) == 58
    assert by_api == [(day, truth.value(day, "video_views"), truth.value(day, "profile_views")) for day, *_ in by_api]
    assert own.rows("select metric from account_revisions") == []
    kinds = own.rows("select distinct kind from audience_insights where source = 'api' order by 1")
    assert ("age",) in kinds
    assert ("traffic_source",) in kinds
    assert own.rows("select count(*) > 0 from content_performance where average_watch_time is not null") == [(True,)]
    assert own.rows("select count(*) from accounts where not is_made_up") == [(0,)]
    assert own.rows("select count(*) from account_exports where not is_made_up") == [(0,)]

    before = own.files("curated")
    assert shown.run()[0] == handle
    assert own.files("curated") == before
    assert own.files("landing/incoming") == {}

    shown.now += timedelta(days=1)
    shown.sandbox.set_clock(shown.now)
    made_up_account.set_clock(shown.sandbox.url, shown.now)
    day = shown.now.date()
    own.open = lambda: _opened(own, day)  # type: ignore[method-assign]
    assert "2 files taken in" in shown.run()[1]
    assert own.rows("select max(date) from social_media_stats where overview_source = 'api'") == [
        (day - timedelta(days=2),)
    ]
    assert own.rows("select metric from account_revisions") == []

    clearing.clear(own.connect, own.lake)
    left = (
        "(select count(*) from accounts), (select count(*) from account_tokens), (select count(*) from account_sources)"
    )
    calls = "(select count(*) from api_calls where endpoint like 'tiktok/business%%')"
    assert own.rows(f"select {left}, {calls}".replace("%%", "%")) == [(0, 0, 0, 0)]
    assert own.files("") == {}


def _opened(own: Accounts, day: date) -> Run:
    run = Run(f"manual__{next(own.numbers)}", day)
    tasks.open_run(own.connect, run)
    return run


def test_it_never_stands_beside_a_real_one(shown: Shown):
    """One account of somebody's own, and nobody agrees to anything; one that came later is not asked for any more."""
    own = shown.own
    handle, _ = shown.connection()

    def asked(stands_in: bool = True) -> list[str]:
        def find(names: Any) -> Way | None:
            return Way("tiktok_x", "api", stands_in=stands_in)

        planned = step.plan(own.connect, own.open(), shown.now, find)
        return [item["account"] for batch in planned for item in batch["items"]]

    assert asked() == [handle]
    assert asked(stands_in=False) == []  # a connection to TikTok itself
    own.work(lambda connection: owners.open_accounts(connection, ["my.shop"]))
    assert asked() == ["my.shop"]
    with own.connect() as connection:
        connection.execute("delete from accounts where account = %s", [handle])
    assert shown.bring() == {}
    assert own.rows("select account from accounts") == [("my.shop",)]
    assert own.rows("select * from account_tokens") == []


def test_in_a_dry_run_nobody_agrees(shown: Shown):
    """The connection is there, so that the report can tell of it; no row is."""
    assert len(shown.bring(agrees=False)) == 1
    assert shown.own.rows("select * from accounts") == []


def test_what_was_fetched_stays_made_up(accounts: Accounts):
    """Where it is taken in by a later run, beside files of one's own, it is the account's: made up, and theirs are not."""
    accounts.work(lambda connection: owners.open_accounts(connection, ["made.up"], is_made_up=True))
    accounts.work(lambda connection: owners.open_accounts(connection, ["my.shop"]))
    for handle in ("made.up", "my.shop"):
        incoming.put(accounts.lake, handle, "api_business_get_20261012T093000Z.json", f'{{"of": "{handle}"}}'.encode())
    accounts.land()
    rows = accounts.rows("select file_name, is_made_up, count(*) from account_exports where member = '' group by 1, 2")
    assert sorted(is_made_up for _, is_made_up, _ in rows) == [False, True]


def test_a_connection_of_ones_own_is_enough(
    tmp_path: Path, database_url: str, postgres_server: postgres.Server, airflow_tables: str
):
    """In the environment or made in Airflow, before anything came for it: nothing is made up beside it."""
    folders = Folders(tmp_path / ".local")
    folders.make()
    found = airflow.account_connections(
        {"AIRFLOW_CONN_TIKTOK_MY.SHOP": "{}", "AIRFLOW_CONN_LAKE": "{}"}, postgres_server, "none"
    )
    assert found == ["AIRFLOW_CONN_TIKTOK_MY.SHOP"]
    assert airflow.account_connections({}, postgres_server, airflow_tables) == []
    assert local.bring_exports(folders, configuration.load({}, None), database_url, [], found) == {}
    with psycopg.connect(postgres_server.url_for("postgres"), autocommit=True) as connection:
        connection.execute(f"create database with_connection template {airflow_tables}".encode())
    with psycopg.connect(postgres_server.url_for("with_connection")) as connection:
        connection.execute(
            "insert into connection (conn_id, conn_type, is_encrypted, is_extra_encrypted)"
            " values ('tiktok_my.shop', 'generic', false, false)"
        )
    assert airflow.account_connections({}, postgres_server, "with_connection") == ["tiktok_my.shop"]
