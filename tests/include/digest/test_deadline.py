"""The deadline: what is told of a day that is not complete, on the channels of the digest, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from include.comets import deadline
from include.digest.channels import DayDigest
from include.digest.message import Occasion
from tests.fixtures.dashboard import _as_airflow_writes
from tests.fixtures.mailbox import Mailbox, Receiver
from tests.include.digest.test_digest import enter

DAY = date(2026, 11, 2)
OCCASION = Occasion("deadline", DAY, "http://localhost:8080/cometwatch")


@pytest.fixture
def of_three(connection: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """A roster of three, one of whom is measured."""
    connection.execute(
        "insert into creators (user_id, first_seen_on) select n::text, '2026-11-01' from generate_series(1, 3) as n"
    )
    connection.execute(
        "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, observed_at, origin,"
        " is_estimated) values ('1', %s, 5, 1, 1, now(), 'roll_call', false)",
        [DAY],
    )
    return connection


def test_the_moment_is_in_utc():
    """Whatever the machine's zone."""
    assert deadline.moment(DAY, time(8)) == datetime(2026, 11, 2, 8, tzinfo=UTC)


def test_nobody_to_be_measured_is_not_late(connection: psycopg.Connection[Any]):
    """Nothing was begun, and nothing is lost by it."""
    assert deadline.lateness(connection, DAY) is None


@pytest.mark.parametrize(
    ("runs", "matter"),
    [
        ([], "There is no run of today."),
        ([{"day": date(2026, 11, 1)}], "There is no run of today."),
        ([{"mode": "replay"}], "There is no run of today."),
        ([{"settings": '{"dry_run": true}'}], "There is no run of today."),
        ([{"settings": '{"skip_roll_call": true}'}], "There is no run of today."),
        ([{"pipeline": "video_research"}], "There is no run of today."),
        ([{"state": "running"}], "The run of today is not at its end."),
        ([{"state": "incomplete", "failed_tasks": ["roll_call"]}], "The run of today is over and not complete."),
        ([{"state": "interrupted"}], "The run of today is over and not complete."),
        ([{"state": "complete"}], None),
        ([{"state": "complete"}, {"run_id": "r2", "state": "running"}], None),
        ([{"state": "incomplete"}, {"run_id": "r2", "state": "complete"}], None),
    ],
)
def test_what_is_the_matter(of_three: psycopg.Connection[Any], runs: list[dict[str, Any]], matter: str | None):
    """Only a complete live run that measures makes a day complete; of those that did not, the latest tells why."""
    for columns in runs:
        enter(of_three, **columns)
    late = deadline.lateness(of_three, DAY)
    assert (late.matter if late else None) == matter
    if late:
        assert late.counted == "Measured so far: 1. Still to be measured: 2."
        assert "2026-11-03 06:00 UTC" in str(late)
        assert ("Red: roll_call." in str(late)) is ("incomplete" in str(runs))


def test_a_day_that_is_over_is_not_told(of_three: psycopg.Connection[Any]):
    """From 06:00 UTC of the next day nobody can be measured any more."""
    over = datetime(2026, 11, 3, 6, tzinfo=UTC)
    assert deadline.news(of_three, OCCASION, over) is None
    assert deadline.news(of_three, OCCASION, over - timedelta(seconds=1)) is not None


def test_what_stands_in_a_message_is_escaped(of_three: psycopg.Connection[Any]):
    """A reason is one line, and neither a tag nor a mention."""
    enter(of_three, state="incomplete", stopped_because="<!channel> <b>\nall")
    message = deadline.news(of_three, OCCASION, datetime(2026, 11, 2, 8, tzinfo=UTC))
    assert message is not None
    assert "&lt;!channel&gt; &lt;b&gt; all" in message.text
    assert "<b>" not in message.html


def test_it_is_told_once_for_what_is_the_same(
    of_three: psycopg.Connection[Any],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    mailbox: Mailbox,
    receiver: Receiver,
):
    """By both channels; again when something else is the matter, and not because somebody more was measured."""
    of_three.commit()
    tell = _teller(database_url, monkeypatch, mailbox, receiver)
    tell()
    of_three.execute("delete from creator_stats")
    of_three.commit()
    tell()
    assert [letter["Subject"] for letter in mailbox.letters] == [
        "Cometwatch 2026-11-02: late. There is no run of today."
    ]
    assert len(receiver.messages) == 1
    enter(of_three, state="running")
    of_three.commit()
    tell()
    assert mailbox.letters[1]["Subject"] == "Cometwatch 2026-11-02: late. The run of today is not at its end."
    assert (len(mailbox.letters), len(receiver.messages)) == (2, 2)


def _teller(
    database_url: str, monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox, receiver: Receiver
) -> Callable[[], None]:
    monkeypatch.setenv("COMETS_NOW", "2026-11-02T08:00:00+00:00")
    monkeypatch.setenv("TIKHUB_BASE_URL", "http://127.0.0.1:9")  # a clock can be set for a sandbox alone
    monkeypatch.setenv("AIRFLOW_CONN_COMETS_DB", _as_airflow_writes(database_url))
    monkeypatch.setenv("AIRFLOW_CONN_COMETS_SMTP", mailbox.connection(to="a@example.org"))
    monkeypatch.setenv("AIRFLOW_CONN_COMETS_WEBHOOK", receiver.connection())
    run = SimpleNamespace(run_id="deadline", logical_date=None, run_after=datetime(2026, 11, 2, tzinfo=UTC))
    return lambda: DayDigest(deadline.news, deadline.unread).notify({"dag_run": run})  # type: ignore[typeddict-item]


def test_a_database_that_does_not_answer_is_told():
    """Somebody has to know on that day above all."""
    assert "The database does not answer." in deadline.unread(OCCASION).text
