"""Housekeeping alone drops stored answers, so that a pipeline's day says when nobody keeps house."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from airflow.dag_processing.dagbag import DagBag

from dags.housekeeping import retentions
from include import settings
from include.comets import tasks
from include.comets.checks import CheckFailed
from include.database import Database
from include.housekeeping import upkeep
from include.settings import ROOT

OLD_CALL = (
    "insert into api_calls (pipeline, day, endpoint, subject, outcome, owner, run_id, task_id, answer)"
    " values ('another', %s, 'user_profile', 'old', 'answered', 'o', 'r', 't', 'x') returning 1"
)
TOLD = (
    r"1 stored answers are more than 7 days past LEDGER_RETENTION_DAYS: the DAG housekeeping, which drops them, does not run; "
    r"switch it on, or type: make run DAG=housekeeping"
)


def store(days, day):
    """A stored answer of that day, in the partition of its month."""
    days.rows("select make_partitions(%s, 0)", day)
    days.rows(OLD_CALL, day)


def test_nothing_but_housekeeping_drops_answers(days):
    """A day that is played from its first task to its last leaves a stored answer of a year before as it is."""
    today = days.at(2026, 11, 2).now.date()
    store(days, today - timedelta(days=365))
    days.play(max_keywords=1, pages_per_keyword=1)
    assert days.rows("select answer is not null from api_calls where subject = 'old'") == [(True,)]


@pytest.mark.parametrize(("ago", "is_told"), [(35 + 7, False), (35 + 8, True)])
def test_a_missing_housekeeping_is_noticed(days, ago, is_told):
    """With 35 days kept, an answer that is eight days late fails the day's checks; one that is seven days late does not."""
    run = days.at(2026, 11, 2).open()
    store(days, run.day - timedelta(days=ago))
    if is_told:
        with pytest.raises(CheckFailed, match=TOLD):
            tasks.check_day(days.connect, run, 0.9, days.now, 35)
    else:
        assert tasks.check_day(days.connect, run, 0.9, days.now, 35)["overdue_answers"] == 0


def test_housekeeping_puts_it_right(days):
    """After its next run the day's checks pass again."""
    run = days.at(2026, 11, 2).open()
    store(days, run.day - timedelta(days=100))
    with Database(lambda: psycopg.connect(days.database_url)) as database:
        assert upkeep.drop_expired(database, retentions(settings.load({}, None)), run.day) == 1
    assert tasks.check_day(days.connect, run, 0.9, days.now, 35)["overdue_answers"] == 0


def test_a_replay_does_not_ask(days):
    """Of a day that is past it says nothing: answers of its time are kept for other replays."""
    today = days.at(2026, 11, 22).now.date()
    run = days.open(day=today - timedelta(days=5))
    store(days, today - timedelta(days=100))
    assert run.is_replay
    assert tasks.check_day(days.connect, run, 0.9, days.now, 35)["overdue_answers"] == 0


def test_the_pipelines_task_asks(days, monkeypatch):
    """The task `check_day` of the DAG looks with the retention that is set."""
    monkeypatch.setenv("POSTGRES_URL_NON_POOLING", days.database_url)
    monkeypatch.setenv("AIRFLOW_CONN_COMETS_DB", days.database_url)
    monkeypatch.setenv("LEDGER_RETENTION_DAYS", "10")
    run = days.at(2026, 11, 2).open()
    store(days, run.day - timedelta(days=18))
    task = DagBag(str(ROOT / "dags" / "comets.py")).dags["comets"].get_task("check_day")
    with pytest.raises(CheckFailed, match=TOLD):
        task.python_callable(run.as_json())
