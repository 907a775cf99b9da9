"""A run's day, mode and settings: which day it is about, whether it may call, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from include.comets import run as runs
from include.comets.run import Run
from include.local.played_days import DEFAULTS
from include.runs import RunRefused, day_of, mode_on

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def plan(**params) -> Run:
    return runs.plan("manual__1", NOON.date(), NOON, {**DEFAULTS, **params}, ("#origami",))


def test_the_day_is_that_of_the_logical_date_in_utc():
    """23:30 in New York on 1 November is 2 November in UTC; without a logical date the day is that of run_after."""
    late = datetime(2026, 11, 1, 23, 30, tzinfo=timezone(timedelta(hours=-4)))
    assert date(2026, 11, 2) == day_of(late, NOON + timedelta(days=5))
    assert date(2026, 11, 2) == day_of(None, NOON)


@pytest.mark.parametrize(
    ("now", "mode"),
    [
        ("2026-11-02T00:00:00+00:00", "live"),
        ("2026-11-02T23:59:59+00:00", "live"),
        ("2026-11-03T05:59:59+00:00", "live"),
        ("2026-11-03T06:00:00+00:00", "replay"),
        ("2027-03-01T00:00:00+00:00", "replay"),
    ],
)
def test_a_day_is_live_until_six_hours_after_its_end(now, mode):
    """The day itself and six hours of grace may call; anything later is a replay."""
    assert mode == mode_on(date(2026, 11, 2), datetime.fromisoformat(now))


def test_a_day_to_come_is_refused():
    """The message names the day, the time it is, and what to do."""
    with pytest.raises(
        RunRefused, match=r"2026-11-03 has not begun \(it is 2026-11-02 12:00 UTC\)\. Trigger the run with"
    ):
        mode_on(date(2026, 11, 3), NOON)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"min_followers": 10, "max_followers": 9}, r"min_followers \(10\) is above max_followers \(9\).*Swap them"),
        ({"pages_per_keyword": 0}, "pages_per_keyword is 0: write a number from 1 to 50"),
        ({"max_keywords": 0}, "max_keywords is 0: write a number from 1 to 100"),
        ({"max_keywords": True}, "max_keywords is True: write a number from 1 to 100"),
        ({"max_keywords": 2.5}, "max_keywords is 2.5: write a whole number from 1 to 100"),
        ({"min_followers": 10_000.5}, "min_followers is 10000.5: write a whole number"),
        ({"max_calls": -1}, "max_calls is -1: write a number from 0 to 10,000,000"),
        ({"min_face_percent": 101}, "min_face_percent is 101: write a number from 0 to 100"),
        ({"min_face_percent": float("nan")}, "min_face_percent is nan"),
        ({"min_views": "many"}, "min_views is 'many'"),
        ({"keywords": ["w" * 10_000]}, "keywords holds a text of 10,000 characters"),
        ({"keywords": ["\u200b "]}, "keywords holds .* no letter or digit"),
        ({"hashtags": ["#"]}, "hashtags holds '#', which has no letter or digit"),
    ],
)
def test_nonsense_is_refused_with_what_to_write(params, message):
    """Each param that makes no sense is named, before anything is called."""
    with pytest.raises(RunRefused, match=message):
        plan(**params)


def test_a_run_survives_the_way_between_tasks():
    """To JSON and back is the same run."""
    run = plan(keywords=["Lantern  Soup"], max_calls=7)
    assert run == Run.from_json(json.loads(json.dumps(run.as_json())))
    assert (run.keywords, run.hashtags) == (("Lantern Soup",), ("#origami",))


def test_opening_a_run_again_gives_it_its_budget_anew(connection):
    """A cleared open_day: the calls made and the stop mark are forgotten, partitions exist for four months."""
    run = plan(max_calls=5)
    runs.open_day(connection, run, 10)
    connection.execute("update runs set calls_made = 5, stopped_because = 'the key', state = 'incomplete'")
    runs.open_day(connection, run, 10)
    assert connection.execute("select calls_made, stopped_because, state, max_calls from runs").fetchall() == [
        (0, None, "running", 5)
    ]
    partitions = connection.execute(
        "select count(*) from pg_inherits where inhparent = 'creator_stats'::regclass"
    ).fetchall()
    assert partitions[0][0] >= 5
