"""Housekeeping alone drops stored answers, so that a pipeline's day says when nobody keeps house."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from dags.housekeeping import retentions
from include import settings
from include.comets import tasks
from include.database import Database
from include.housekeeping import upkeep

OLD_CALL = (
    "insert into api_calls (pipeline, day, endpoint, subject, outcome, owner, run_id, task_id, answer)"
    " values ('another', %s, 'user_profile', 'old', 'answered', 'o', 'r', 't', 'x') returning 1"
)
TOLD = (
    "🧹 1 stored answers are more than 7 days past LEDGER_RETENTION_DAYS: the DAG housekeeping, which drops them, does not run. "
    "Switch it on, or type: make run DAG=housekeeping"
)


def store(days, day):
    """A stored answer of that day, in the partition of its month."""
    days.rows("select make_partitions(%s, 0)", day)
    days.rows(OLD_CALL, day)


def report_of(days, run):
    """The day's report, where answers are kept for 35 days."""
    return tasks.write_report(days.connect, run, retention_days=35)


def test_nothing_but_housekeeping_drops_answers(days):
    """A day that is played from its first task to its last leaves a stored answer of a year before as it is."""
    today = days.at(2026, 11, 2).now.date()
    store(days, today - timedelta(days=365))
    days.play(max_keywords=1, pages_per_keyword=1)
    assert days.rows("select answer is not null from api_calls where subject = 'old'") == [(True,)]


@pytest.mark.parametrize(("ago", "is_told"), [(35 + 7, False), (35 + 8, True)])
def test_a_missing_housekeeping_is_noticed(days, ago, is_told):
    """With 35 days kept, the day's report says it of an answer that is eight days late, not of one that is seven days late."""
    run = days.at(2026, 11, 2).open()
    store(days, run.day - timedelta(days=ago))
    assert (TOLD in report_of(days, run)) is is_told


def test_housekeeping_puts_it_right(days):
    """After its next run the report says nothing of it."""
    run = days.at(2026, 11, 2).open()
    store(days, run.day - timedelta(days=100))
    with Database(lambda: psycopg.connect(days.database_url)) as database:
        assert upkeep.drop_expired(database, retentions(settings.load({}, None)), run.day) == 1
    assert "🧹" not in report_of(days, run)


def test_a_replay_does_not_ask(days):
    """Of a day that is past it says nothing: answers of its time are kept for other replays."""
    today = days.at(2026, 11, 22).now.date()
    run = days.open(day=today - timedelta(days=5))
    store(days, today - timedelta(days=100))
    assert run.is_replay
    assert "🧹" not in report_of(days, run)
