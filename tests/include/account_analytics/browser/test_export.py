"""Whole exports with a browser of their own, from the Studio-like page to numbers of days; and what is left when one fails.

TikTok's own page cannot be tried here.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from cryptography.fernet import Fernet
from psycopg import sql

from include.account_analytics import accounts as owners
from include.account_analytics import extract, incoming
from include.account_analytics.browser import chromium, labels, settings, states
from include.account_analytics.browser.export import Office, Visit
from include.account_analytics.browser.failures import AuthExpired, NoDownload, PageChanged, TooSoon, VisitFailed
from include.account_analytics.rows import as_jsonb
from include.account_analytics.run import Run
from include.account_analytics.secrets_kept import Safe
from include.database import Database
from include.local.driven_sandbox import RunningSandbox
from include.local.folders import ROOT
from include.settings import Secret
from tests.fixtures.accounts import Accounts
from tests.include.account_analytics.browser.studio_page import NOON, SESSION, address, needs_browser, plain, written

pytestmark = [pytest.mark.server, needs_browser]
TABS = ["overview", "content", "viewers", "followers"]


@dataclass
class Fetching:
    """Exports of the account whose page the sandbox shows."""

    accounts: Accounts
    sandbox: RunningSandbox
    key: str
    account: str

    @property
    def safe(self) -> Safe:
        return Safe(Secret(self.key))

    def log_in(self, session: str = SESSION) -> None:
        with Database(self.accounts.connect) as store:
            store.run(lambda connection: owners.open_accounts(connection, [self.account]))
            store.rows("account_analytics/official/note_sources", {"sources": as_jsonb([self.as_source()])})
            states.save_login(store, self.safe, self.account, Secret(written(session)), NOON)

    def as_source(self) -> dict[str, str]:
        return {"account": self.account, "via": "browser", "connection": f"tiktok_{self.account}"}

    def __call__(self, minute: float = 0, run_id: str = "run", seconds: int = 60) -> list[str]:
        configured = replace(settings.load({}, None), url=address(self.sandbox), seconds=seconds)
        now = NOON + timedelta(minutes=minute)
        return extract.by_browser(
            self.accounts.connect,
            self.accounts.lake,
            Run(run_id, now.date()),
            self.account,
            lambda: (self.safe, configured),
            now,
        )

    def source(self) -> tuple[Any, ...]:
        """The days that were asked for, whether they came, and what is said to be wrong."""
        (row,) = self.accounts.rows(
            "select asked_from, asked_to, came_at is not null, came_to, failure from account_sources"
        )
        return row

    def visits(self) -> list[tuple[Any, ...]]:
        return self.accounts.rows(
            "select result, tab, step, language, tabs, screenshots from account_browser_log order by visit_id"
        )

    def pages(self) -> int:
        return len(self.sandbox.log("studio_page"))


@pytest.fixture
def fetch(accounts: Accounts, sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture) -> Iterator[Fetching]:
    """What is left of each test holds nothing of the session: no row, no file of the lake, no line of the log."""
    plain(sandbox)
    made = Fetching(accounts, sandbox, Fernet.generate_key().decode(), sandbox.studio()["handle"])
    made.log_in()
    with caplog.at_level(logging.DEBUG):
        yield made
    assert SESSION not in caplog.text
    assert tables_holding(accounts, SESSION) == []
    assert [key for key, content in accounts.files("").items() if SESSION.encode() in content] == []


def tables_holding(accounts: Accounts, text: str) -> list[str]:
    with accounts.connect() as connection:
        names = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        query = sql.SQL(
            "select exists (select from {} as t where strpos(t::text || encode(convert_to(t::text, 'UTF8'), 'hex'), %s) > 0)"
        )
        forms = (text, text.encode().hex())
        return [
            name
            for (name,) in names
            for form in forms
            if connection.execute(query.format(sql.Identifier(name)), [form]).fetchall()[0][0]
        ]


def test_from_the_page_to_the_numbers(fetch: Fetching):
    """Four archives are handed over, beside what waits there, and land like files of the account; a name proves their year;
    28 days are stored. A second run within the hour finds nothing to fetch, and opens nothing.
    """
    waiting = incoming.put(
        fetch.accounts.lake, fetch.account, f"browser_Content_{fetch.account}.zip", b"of another day"
    )
    keys = fetch()
    folder = f"landing/incoming/{fetch.account}/browser_"
    assert [key.removeprefix(folder) for key in keys] == [
        f"Overview_2026-10-04_1793449800_{fetch.account}.zip",
        f"Content_{fetch.account} (1).zip",
        f"Viewers_{fetch.account}.zip",
        f"Followers_{fetch.account}.zip",
    ]
    assert fetch.visits() == [("done", None, None, "en", TABS, [])]
    assert fetch.source() == (date(2026, 10, 5), date(2026, 11, 1), True, date(2026, 11, 1), None)
    opened = fetch.pages()
    assert fetch(20, "again") == []
    assert (fetch.pages(), fetch.accounts.lake.read(waiting)) == (opened, b"of another day")
    fetch.accounts.lake.delete(waiting)
    fetch.accounts.run()
    days = [day for day, views in fetch.accounts.days(fetch.account).items() if views is not None]
    assert (min(days), max(days), len(days)) == (date(2026, 10, 4), date(2026, 10, 31), 28)
    assert fetch.accounts.rows(
        "select distinct source, account, year_basis, label_shift from account_exports where report = 'overview'"
    ) == [("browser", fetch.account, "name", 0)]
    assert fetch.accounts.files("landing/incoming") == {}


def test_somebody_has_to_log_in(fetch: Fetching):
    """It is told with what to do and a screenshot; the page is not opened again before somebody has."""
    fetch.sandbox.studio(expired=True)
    with pytest.raises(AuthExpired, match=f"make accounts-login ACCOUNT={fetch.account}") as caught:
        fetch()
    ((result, tab, step, _, tabs, screenshots),) = fetch.visits()
    assert (result, tab, step, tabs) == ("auth_expired", "overview", "open", [])
    assert re.fullmatch(rf"browser/{fetch.account}/20261102T1230\d\dZ_overview_open\.png", screenshots[0])
    assert f"{fetch.accounts.lake.uri}/{screenshots[0]} (kept for 30 days)" in str(caught.value)
    assert fetch.accounts.lake.read(screenshots[0]).startswith(b"\x89PNG")
    opened = fetch.pages()
    with pytest.raises(AuthExpired, match="so its page was not opened"):
        fetch(90)
    assert fetch.pages() == opened
    fetch.log_in()
    with Database(fetch.accounts.connect) as store:
        assert states.read(store, fetch.safe, fetch.account).version == 2


@pytest.mark.thorough
def test_a_renamed_button(fetch: Fetching):
    """What came is handed over; the step, its words and the screenshot are told. Another try fetches the rest alone."""
    fetch.sandbox.studio(renamed={"viewers": "Audience"})
    with pytest.raises(
        PageChanged, match=r"viewers: the step 'viewers' was not found \(Viewers; the page is in en\)"
    ) as caught:
        fetch(seconds=24)
    assert "ACCOUNTS_BROWSER_LABELS" in str(caught.value)
    assert fetch.source()[2:] == (False, None, str(caught.value))
    assert re.search(r"/20261102T1230\d\dZ_viewers_viewers\.png \(kept for 30 days\)$", str(caught.value))
    assert fetch.visits()[0][:5] == ("page_changed", "viewers", "viewers", "en", ["overview", "content", "followers"])
    with pytest.raises(TooSoon, match="not opened again before 13:30 UTC") as waits:
        fetch(10)
    assert waits.value.retry_after == pytest.approx(50 * 60, abs=5)
    fetch.sandbox.studio(renamed={})
    assert [key.rpartition("/")[2] for key in fetch(61)] == [f"browser_Viewers_{fetch.account}.zip"]


def test_an_export_that_never_comes(fetch: Fetching):
    """The whole visit has an end; it may be tried again when the hour is over."""
    fetch.sandbox.studio(never_comes=True)
    began = time.monotonic()
    with pytest.raises(NoDownload, match=f"@{fetch.account}: the visit was not over after 5 s") as caught:
        fetch(seconds=5)
    assert time.monotonic() - began < 20
    assert caught.value.retry_after == 3600
    assert [visit[0] for visit in fetch.visits()] == ["no_download"]
    assert fetch.accounts.files("landing/incoming") == {}


def test_a_browser_that_ends_by_itself(fetch: Fetching):
    """It is no page that changed: it is told as it is, noted for the page, and may be tried again."""
    fetch.sandbox.inject({"match": {"endpoint": "studio_export"}, "times": None, "action": {"kind": "hang"}})
    caught: list[VisitFailed] = []

    def work() -> None:
        try:
            fetch(seconds=240)
        except VisitFailed as error:
            caught.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    until(lambda: bool(fetch.sandbox.log("studio_export")))
    for each in psutil.Process().children(recursive=True):
        if "headless" in each.name() or "chrom" in each.name():
            each.kill()
    worker.join(timeout=120)
    (error,) = caught
    assert isinstance(error, NoDownload)
    assert f"@{fetch.account}" in str(error)
    assert "the browser ended by itself" in str(error)
    assert fetch.visits()[0][0] == "no_download"
    assert fetch.source()[-1] == str(error)


def test_a_browser_that_does_not_start(fetch: Fetching, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Which program it was, in a line, noted for the page."""
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\necho cannot open shared object >&2\nexit 127\n")
    program.chmod(0o755)
    monkeypatch.setattr(chromium, "WITHOUT_WINDOWS", program)
    with pytest.raises(NoDownload, match=f"@{fetch.account}: Chromium does not start here: {program}") as caught:
        fetch()
    assert len(str(caught.value)) < 300
    assert fetch.source()[-1] == str(caught.value)
    assert fetch.visits()[0][0] == "no_download"


@pytest.mark.parametrize("seconds", [4, 60])
def test_a_browser_that_never_starts(fetch: Fetching, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int):
    """It is given up in the end, in a sentence, and nothing of it runs on: whether the visit's time is over before or not."""
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexec sleep 1234\n")
    program.chmod(0o755)
    monkeypatch.setattr(chromium, "WITHOUT_WINDOWS", program)
    monkeypatch.setattr(chromium, "STARTING_SECONDS", 12.0)
    said = "Chromium does not start here" if seconds == 60 else "the visit was not over after 4 s"
    with pytest.raises(NoDownload, match=said):
        fetch(seconds=seconds)
    until(lambda: not [each for each in psutil.Process().children(recursive=True) if each.name() in ("sleep", "node")])
    assert fetch.visits()[0][0] == "no_download"


def test_an_account_that_goes_meanwhile(fetch: Fetching):
    """What came of an account whose rows are gone, its visit's among them, is not left for the step that lands."""
    with Database(fetch.accounts.connect) as store:
        configured = settings.load({}, None)
        office = Office(store, fetch.accounts.lake, fetch.safe, configured, lambda: NOON)
        held = states.read(store, fetch.safe, fetch.account)
        visit = Visit(office, fetch.account, 404, held, labels.load(), threading.Event())
        with pytest.raises(RuntimeError, match="was removed while its exports were fetched"):
            visit._hand_over("overview", "browser_Overview.zip", b"PK of nobody")
    assert fetch.accounts.files("landing/incoming") == {}


@pytest.fixture
def process(fetch: Fetching, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """An export in a process of its own, at the moment when its export hangs."""
    fetch.sandbox.inject({"match": {"endpoint": "studio_export"}, "times": None, "action": {"kind": "hang"}})
    started: list[subprocess.Popen[str]] = []
    (tmp_path / "temporary").mkdir()

    def start() -> subprocess.Popen[str]:
        arguments = [fetch.accounts.database_url, fetch.accounts.lake.uri, address(fetch.sandbox), fetch.key, "60"]
        module = "tests.include.account_analytics.browser.visiting"
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", module, *arguments, fetch.account],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path / "temporary")},
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        until(lambda: bool(fetch.sandbox.log("studio_export")) or started[-1].poll() is not None)
        return started[-1]

    yield start
    for each in started:
        if each.poll() is None:
            each.kill()
        each.wait()


def until(happened: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def browsers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    found = psutil.Process(process.pid).children(recursive=True)
    assert any("chrom" in each.name() or "headless" in each.name() for each in found), [each.name() for each in found]
    return found


@pytest.mark.thorough
def test_told_to_end(fetch: Fetching, process: Callable[[], subprocess.Popen[str]]):
    """While the browser waits no transaction is open and no lock held; SIGTERM closes it within the seconds that Airflow gives,
    and the visit says that it was stopped.
    """
    running = process()
    browsers = browsers_of(running)
    assert set(
        fetch.accounts.rows(
            "select state, exists (select from pg_locks where pid = a.pid and locktype = 'advisory')"
            " from pg_stat_activity as a where datname = current_database() and pid <> pg_backend_pid()"
        )
    ) <= {("idle", False)}
    running.send_signal(signal.SIGTERM)
    _, told = running.communicate(timeout=30)
    assert "Told to end (SIGTERM)" in told
    assert SESSION not in told
    until(lambda: not any(each.is_running() for each in browsers))
    assert [visit[0] for visit in fetch.visits()] == ["stopped"]
    assert fetch.accounts.files("landing/incoming") == {}


@pytest.mark.thorough
def test_killed_in_the_middle(fetch: Fetching, process: Callable[[], subprocess.Popen[str]], tmp_path: Path):
    """Nothing is handed over and no browser is left; on disk is nothing of the session. The visit counts: the hour is kept."""
    running = process()
    browsers = browsers_of(running)
    running.kill()
    running.communicate(timeout=30)
    until(lambda: not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in browsers))
    assert fetch.visits() == [(None, None, None, None, [], [])]
    assert fetch.accounts.files("landing/incoming") == {}
    left = [path for path in (tmp_path / "temporary").rglob("*") if path.is_file() and not path.is_symlink()]
    assert [path for path in left if SESSION.encode() in path.read_bytes()] == []
    with pytest.raises(TooSoon):
        fetch(10)
