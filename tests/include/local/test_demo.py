"""The days that `make demo` makes: what the pages say of them is what they say of days that were played."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import psutil
import psycopg
import pytest

from include.local import demo, postgres, processes
from include.local import sandbox as local_sandbox
from include.local.demo import Size
from include.local.demo_searches import Wanted, found_ahead
from include.local.driven_sandbox import RunningSandbox
from include.local.errors import LocalError
from include.local.folders import ROOT, Folders
from include.local.http import get_json
from include.local.played_days import Days
from include.local.ports import free_port
from include.ranking import standings
from include.sandbox.service import CREATORS, Settings
from tests.fixtures.postgres import fresh_database

SIZE = Size(keywords_at_first=10)
TODAY = date(2026, 11, 12)
# All that a day leaves, but for what is signed anew with each answer, and for moments within the day.
COMPARED = {
    "keywords": "select trend_keyword, discovered_at, rank, keyword_source from daily_trends",
    "creators": "select user_id, sec_user_id, handle, nickname, signature, status, first_seen_on, first_seen_keyword,"
    " misses_in_row, last_missed_on, next_due_on, last_measured_on, last_follower_count, growth_rate from creators",
    "names before": "select user_id, handle, seen_from from handle_history",
    "contacts": "select user_id, kind, contact, found_in from creator_contacts",
    "snapshots": "select user_id, recorded_date, follower_count, heart_count, video_count, daily_growth_followers,"
    " daily_growth_percent, source_trend, compared_with, origin, is_estimated from creator_stats",
    "verdicts": "select day, keyword, video_id, user_id, handle, layer, field, matched_text, measured, threshold,"
    " is_uncertain, detector, score, cover_field, followers_from, face_percent, rules_version, precedence from verdicts",
    "misses": "select user_id, day, outcome, follower_count, heart_count, video_count, is_doubted from roll_call_misses",
    "videos": "select user_id, video_id, posted_at, duration_ms, plays, likes, comments, shares, saves, caption, hashtags,"
    " first_seen_on, last_seen_on from creator_videos",
    "calls": "select day, endpoint, subject, outcome, is_billed, answer is null and task_id <> 'roll_call' from api_calls"
    " where (endpoint <> 'user_profile' or task_id = 'discover') and is_billed",
    "bills": "select vendor, day, billed_calls, usd from api_spend",
    "runs": "select day, state, failed_checks, measured, due from runs",
    "standings": "select user_id, day, handle, status, follower_count, growth_1, percent_1, acceleration, band, is_new, score,"
    " median_plays, engagement, last_post_on from standings",
    "rankings": "select day, ranking, rank, user_id, score, follower_count from breakout_rankings",
}


@pytest.fixture
def other_url(
    postgres_server: postgres.Server, administrator: psycopg.Connection, template_database: str
) -> Iterator[str]:
    with fresh_database(administrator, template_database) as name:
        yield postgres_server.url_for(name)


def test_nobody_made_up_is_asked_of_tikhub(monkeypatch: pytest.MonkeyPatch):
    """With a key later days would be asked of TikHub itself: no day is made."""
    monkeypatch.setenv("TIKHUB_API_KEY", "a-key-of-their-own")
    for name in ("POSTGRES_URL_NON_POOLING", "DB_HOST", "TIKHUB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(LocalError, match="Take the key out"):
        demo.main([])


def test_days_are_green_but_the_one_that_broke(
    database_url: str, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    """Of five days the one whose roll call broke off is incomplete, for want of coverage; all others are complete."""
    monkeypatch.setattr(demo, "DAYS", 5)
    monkeypatch.setattr(demo, "BROKEN", 2)
    monkeypatch.setattr(demo, "_speak_up", lambda *_: None)  # about more creators than five days find
    demo.fill(database_url, sandbox, size=SIZE)
    with psycopg.connect(database_url) as connection:
        told = connection.execute("select state, failed_checks from runs order by day").fetchall()
        sources = connection.execute("select distinct layer, followers_from from verdicts").fetchall()
    assert [state for state, _ in told] == ["complete", "complete", "incomplete", "complete", "complete"]
    assert [len(checks) for _, checks in told] == [0, 0, 1, 0, 0]
    assert told[2][1][0].startswith("coverage ")
    assert {("accepted", "profile"), ("criteria", "stub")} <= set(sources)
    assert ("accepted", None) not in sources


def test_made_days_are_as_played_ones(
    database_url: str, other_url: str, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    """Three days without a call that fails leave the same rows as if the pipeline had played them, call by call."""
    monkeypatch.setattr(demo, "FAILING", 0.0)
    wanted = [Wanted(TODAY + timedelta(days=after), 2, 3, keeps_answers=True) for after in range(3)]
    history = demo.History(database_url, CREATORS)
    for day, found in zip(wanted, found_ahead(Settings().seed, CREATORS, sandbox.url, wanted), strict=True):
        history.live_through(day, found, before=3)
        played = Days(other_url, sandbox, now=datetime.combine(day.day, time(2), UTC))
        _, failed, _ = played.play(f"scheduled__{day.now.isoformat()}", max_keywords=2, pages_per_keyword=3)
        assert failed == []
        standings.rank_day(played.connect, day.day)
    history.keep_videos(wanted[-1])
    standings.rank_day(history.connect, wanted[-1].day)
    for what, query in COMPARED.items():
        made, true = (_rows(url, query) for url in (database_url, other_url))
        assert true or what == "misses", what
        assert made == true, what
    with psycopg.connect(database_url) as connection:
        kinds = connection.execute("select distinct kind from creator_contacts order by kind").fetchall()
    assert kinds == [("category",), ("email",), ("instagram",), ("link",), ("youtube",)]


@pytest.mark.server
def test_the_sandbox_that_goes_on_knows_the_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The sandbox of `make up` is told how large the demo's world is, and can pay for it; both outlive a `make down`."""
    monkeypatch.setenv("COMETWATCH_LOCAL", str(tmp_path))
    folders = Folders.here()
    folders.make()
    try:
        local_sandbox.start(folders, free_port())
        demo._enlarge_sandbox(Size(creators=900))
        local_sandbox.stop(folders)
        again = local_sandbox.start(folders, free_port())
        health, account = get_json(f"{again.url}/sandbox/health"), get_json(f"{again.url}/sandbox/account")
    finally:
        local_sandbox.stop(folders)
    assert (health["creators"], account["balance"]) == (900, demo.BALANCE)


ASKED = """
import os, sys
from datetime import date, timedelta
from multiprocessing import active_children
from include.local.demo_searches import Wanted, found_ahead

if __name__ == "__main__":
    days = [Wanted(date(2026, 11, 12) + timedelta(days=after), 1, 1, keeps_answers=False) for after in range(9)]
    next(found := found_ahead(7, 600, "http://127.0.0.1:8099", days))
    print(active_children()[0].pid, flush=True)
    os.kill(os.getpid(), 9)
"""


@pytest.mark.server
def test_a_killed_demo_leaves_no_process(tmp_path: Path):
    """The process that is ahead with the searches ends when the one that asked is killed."""
    script = tmp_path / "asked.py"
    script.write_text(ASKED)
    asked = subprocess.run(
        [sys.executable, script],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
        check=False,
    )
    assert asked.returncode == -9
    ahead = int(asked.stdout)
    assert any(not psutil.pid_exists(ahead) for _ in processes.every(0.2, until=60))


def _rows(url: str, query: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return sorted(map(repr, connection.execute(query)))
