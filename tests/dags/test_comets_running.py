"""The DAG in a running Airflow: triggered over REST, with failures in it, cleared, and backfilled.

The runs build on each other, each is made once, and what it left is asked many things.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from time import sleep
from typing import Any

import psycopg
import pytest
from psycopg import sql

from include.local.played_days import Days
from tests.fixtures.airflow import KEY, RunningAirflow

# The test that comes first, whichever it is, waits for Airflow and for all runs before its own.
pytestmark = [pytest.mark.airflow, pytest.mark.timeout(1800)]

TICK = time(2)
A_WHILE = timedelta(minutes=8)  # what the runs of this module take, at the longest
BROKEN = {"endpoint": "video_search", "subject_contains": "keyword=Broken&"}
KEPT = {
    "creators": "user_id",
    "creator_stats": "user_id, recorded_date",
    "daily_trends": "discovered_at, trend_keyword",
    "verdicts": "day, keyword, video_id",
    "handle_history": "user_id, seen_from, handle",
}


@dataclass(frozen=True)
class Calendar:
    """The days of these runs."""

    today: date
    last_tick: datetime

    @property
    def seeded(self) -> date:
        return self.today - timedelta(days=5)

    @property
    def missed(self) -> list[date]:
        """Long enough past to be replays at any hour at which this is run."""
        return [self.seeded + timedelta(days=days) for days in (1, 2, 3)]


@dataclass(frozen=True)
class Seen:
    """What a run left when it had ended, whatever was cleared later: its states, its tries, the calls, and the tables."""

    run_id: str
    state: str
    states: dict[str, str]
    tries: dict[str, int]  # of the mapped instances
    calls: list[dict[str, Any]]
    tables: dict[str, list[tuple[Any, ...]]]


def _rows(airflow: RunningAirflow, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(airflow.database_url) as connection:
        return connection.execute(query.encode(), parameters).fetchall()


def _see(airflow: RunningAirflow, run_id: str) -> Seen:
    """Wait for the end of the run and look; the next run begins with no faults and an empty log."""
    state = airflow.wait(run_id)
    tables = {name: _rows(airflow, f"select * from {name} order by {key}") for name, key in KEPT.items()}  # noqa: S608
    mapped = [each for each in airflow.instances(run_id) if each["map_index"] >= 0]
    tries = {each["rendered_map_index"]: each["try_number"] for each in mapped}
    seen = Seen(run_id, state, airflow.states(run_id), tries, airflow.sandbox.log(), tables)
    airflow.sandbox.clear_faults()
    airflow.sandbox.clear_log()
    return seen


def _answered(calls: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    return Counter((call["endpoint"], call["subject"]) for call in calls if call["status"] == 200)


@pytest.fixture(scope="module")
def calendar(running_airflow: RunningAirflow) -> Calendar:
    """Told once Airflow runs."""
    now = datetime.now(UTC)
    last_tick = datetime.combine((now - timedelta(hours=TICK.hour)).date(), TICK, UTC)
    if last_tick + timedelta(days=1) - now < A_WHILE:
        pytest.skip("at 02:00 UTC the schedule starts a run of its own, in the middle of these")
    return Calendar(now.date(), last_tick)


@pytest.fixture(scope="module")
def airflow(running_airflow: RunningAirflow, calendar: Calendar) -> RunningAirflow:
    """The running Airflow, with a roster found and measured once, five days ago."""
    seeding, day = Days(running_airflow.database_url, running_airflow.sandbox), calendar.seeded
    _, failed, _ = seeding.at(day.year, day.month, day.day).play("seed", max_keywords=2)
    assert failed == []
    running_airflow.sandbox.control("DELETE", "clock")
    running_airflow.sandbox.clear_log()
    return running_airflow


@pytest.fixture(scope="module")
def broken(airflow: RunningAirflow, calendar: Calendar) -> Seen:
    """A run with a logical date, one of whose keywords fails for good."""
    airflow.sandbox.inject({"match": BROKEN, "times": None, "action": {"kind": "status", "status": 422}})
    words = ["{{ 6 * 7 }}", "Broken", "Ice Marble"]
    run_id = airflow.trigger(logical_date=calendar.last_tick, keywords=words, pages_per_keyword=1)
    # This run is that of the last tick, so switching the DAG on starts no other.
    airflow.api("PATCH", "/dags/comets", {"is_paused": False})
    return _see(airflow, run_id)


@pytest.fixture(scope="module")
def mended(airflow: RunningAirflow, broken: Seen) -> Seen:
    """The same run, after the failed instance alone was cleared with what comes after it."""
    airflow.clear(broken.run_id, ("discover", 1))
    return _see(airflow, broken.run_id)


@pytest.fixture(scope="module")
def shaken(airflow: RunningAirflow, mended: Seen) -> Seen:
    """A run without a logical date: one search fails for a moment, another for longer than the client tries."""
    airflow.sandbox.inject(
        _unavailable("keyword=Shaky&offset=0&", times=3),
        _unavailable("keyword=Failing&offset=20&", times=4),
    )
    return _see(airflow, airflow.trigger(keywords=["Shaky", "Failing"], pages_per_keyword=2))


@pytest.fixture(scope="module")
def cleared(airflow: RunningAirflow, shaken: Seen) -> Seen:
    """The same run, after all of it was cleared."""
    airflow.clear(shaken.run_id)
    return _see(airflow, shaken.run_id)


@pytest.fixture(scope="module")
def backfilled(airflow: RunningAirflow, calendar: Calendar, cleared: Seen) -> list[Seen]:
    """The three missed days, by the command line."""
    first, after_last = calendar.missed[0], calendar.missed[-1] + timedelta(days=1)
    asked = ["--dag-id", "comets", "--from-date", f"{first}", "--to-date", f"{after_last}"]
    finished = airflow.cli("backfill", "create", *asked)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    runs = airflow.api("GET", "/dags/comets/dagRuns", run_type="backfill", order_by="logical_date")["dag_runs"]
    for run in runs:
        airflow.wait(run["dag_run_id"])
    calls, sees = airflow.sandbox.log(), [_see(airflow, run["dag_run_id"]) for run in runs]
    return [replace(each, calls=calls) for each in sees]


@pytest.fixture(scope="module")
def before(request: pytest.FixtureRequest, mended: Seen) -> None:
    """The runs of the thorough tests, where those are played: each run has its place in the row."""
    if any("backfilled" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("backfilled")


@pytest.fixture(scope="module")
def refused(airflow: RunningAirflow, before: None) -> Seen:
    """A run whose params contradict each other, which no schema can say."""
    return _see(airflow, airflow.trigger(min_followers=5, max_followers=4))


@pytest.fixture(scope="module")
def poor(airflow: RunningAirflow, refused: Seen) -> Seen:
    """A run that meets an empty balance; the answer echoes the request's headers, key and all."""
    airflow.sandbox.inject({"match": {}, "times": None, "action": {"kind": "status", "status": 402}})
    return _see(airflow, airflow.trigger(keywords=["Broke"]))


@pytest.fixture(scope="module")
def reprocessed(airflow: RunningAirflow, calendar: Calendar, backfilled: list[Seen], poor: Seen) -> Seen:
    """A missed day backfilled once more, although it is complete, with the day before it, which has rows and no run."""
    _wait_until_no_backfill_is_open(airflow)
    asked = ["--dag-id", "comets", "--from-date", f"{calendar.seeded}", "--to-date", f"{calendar.missed[1]}"]
    # What the seeded day was played with, so that it is the same day.
    asked += ["--dag-run-conf", json.dumps({"max_keywords": 2, "pages_per_keyword": 2})]
    finished = airflow.cli("backfill", "create", *asked, "--reprocess-behavior", "completed")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    runs = airflow.api("GET", "/dags/comets/dagRuns", run_type="backfill", order_by="logical_date")["dag_runs"]
    again = [run["dag_run_id"] for run in runs if run["logical_date"][:10] <= f"{calendar.missed[0]}"]
    assert again[1:] == [backfilled[0].run_id]
    states = {airflow.wait(run_id) for run_id in again}
    return replace(_see(airflow, again[0]), state=", ".join(sorted(states)))


def _wait_until_no_backfill_is_open(airflow: RunningAirflow) -> None:
    """Airflow looks every 30 s which backfills have ended, and takes no second one before."""
    for _ in range(90):
        backfills = airflow.api("GET", "/backfills", dag_id="comets")["backfills"]
        if all(each["completed_at"] for each in backfills):
            return
        sleep(0.5)
    raise TimeoutError("a backfill is still open")


def _unavailable(subject: str, times: int) -> dict[str, Any]:
    match = {"endpoint": "video_search", "subject_contains": subject}
    return {"match": match, "times": times, "action": {"kind": "status", "status": 503}}


def test_form_refuses_nonsense(airflow: RunningAirflow):
    """A param out of its bounds starts no run, and the answer names it."""
    for conf in ({"pages_per_keyword": 0}, {"keywords": ["x" * 10_000]}, {"max_followers": -1}, {"dry_run": "yes"}):
        answer = airflow.request("POST", "/api/v2/dags/comets/dagRuns", {"logical_date": None, "conf": conf})
        assert (answer.status_code, next(iter(conf)) in answer.text) == (400, True)


def test_page(airflow: RunningAirflow):
    """The DAG is there, explains itself, and imports without an error."""
    assert airflow.api("GET", "/dags/comets/details")["doc_md"].startswith("## Comets")
    assert airflow.api("GET", "/importErrors")["import_errors"] == []


def test_one_keyword_fails_alone(airflow: RunningAirflow, broken: Seen):
    """The others are found and everybody is measured; the report is red, and with it the run."""
    batches = [name for name in broken.states if name.startswith("roll_call[creators ")]
    assert len(batches) > 1
    assert broken.states == {
        "open_day": "success",
        "fetch_trends": "success",
        "discover[{{ 6 * 7 }}]": "success",
        "discover[Broken]": "failed",
        "discover[Ice Marble]": "success",
        "plan_roll_call": "success",
        **dict.fromkeys(batches, "success"),
        "keep_videos": "success",
        "fetch_pictures": "success",
        "compute_growth": "success",
        "rank_creators": "success",
        "check_day": "success",
        "report": "failed",
    }
    assert broken.state == "failed"


def test_permanent_failure_is_not_tried_again(airflow: RunningAirflow, broken: Seen):
    """What cannot get better is called once, by one try, and the log says so."""
    calls = [call for call in broken.calls if "keyword=Broken" in call["subject"]]
    assert (len(calls), broken.tries["Broken"]) == (1, 1)
    log = airflow.task_log(broken.run_id, "discover", 1)
    assert "RequestRejected: " in log
    assert "Retry policy decision" in log


def test_red_report(airflow: RunningAirflow, broken: Seen):
    """The report is printed all the same, and says what to clear."""
    log = airflow.task_log(broken.run_id, "report")
    (text,) = _rows(airflow, "select report from runs where run_id = %s", broken.run_id)[0]
    assert "TikTok Comet Discovery ETL Pipeline" in log
    assert "The day is not complete: clear discover_1 with everything downstream." in log
    assert "TikTok Comet Discovery ETL Pipeline" in text


def test_batches_are_named_by_their_range(broken: Seen):
    """The ranges of the roll call follow on each other, from 1."""
    names = [name for name in broken.states if name.startswith("roll_call[")]
    ends = [tuple(map(int, name[len("roll_call[creators ") : -1].replace(",", "").split(" to "))) for name in names]
    assert [first for first, _ in ends] == [1, *[last + 1 for _, last in ends[:-1]]]


def test_roll_call_log(airflow: RunningAirflow, broken: Seen):
    """Each creator has a line with followers and growth in the log of its batch."""
    assert "✅ Updated: @" in airflow.task_log(broken.run_id, "roll_call", 0)


def test_counts_are_true(airflow: RunningAirflow, calendar: Calendar, broken: Seen):
    """Every snapshot of the day holds the counts that the creator had in the sandbox's world when it was taken."""
    stored = _rows(
        airflow,
        "select (observed_at at time zone 'UTC')::date, user_id, follower_count, heart_count, video_count"
        " from creator_stats where recorded_date = %s",
        calendar.last_tick.date(),
    )
    truth = {
        (day, str(creator["user_id"])): (creator["followers"], creator["hearts"], creator["videos"])
        for day in {row[0] for row in stored}
        for creator in airflow.sandbox.truth(day)
    }
    assert len(stored) > 10
    assert [row for row in stored if truth[row[:2]] != row[2:]] == []


def test_clearing_one_instance_mends_the_run(broken: Seen, mended: Seen):
    """The failed keyword is searched, the day becomes complete, and no answer is asked for a second time."""
    assert mended.state == "success"
    # Everybody is measured already, so nobody is called: the batches of the first time are "removed".
    assert set(mended.states.values()) <= {"success", "skipped", "removed"}
    assert [key for key in _answered(mended.calls) if "keyword=Broken" in key[1]] != []
    assert _answered(broken.calls) & _answered(mended.calls) == Counter()


def test_no_surprise_run(airflow: RunningAirflow, calendar: Calendar, mended: Seen):
    """A run dated on the last tick stands for the scheduled one: switching the DAG on starts no second."""
    runs = airflow.api("GET", "/dags/comets/dagRuns", run_type="scheduled")["dag_runs"]
    assert [run["logical_date"] for run in runs if run["logical_date"] <= calendar.last_tick.isoformat()] == []


@pytest.mark.thorough
def test_passing_failures(airflow: RunningAirflow, shaken: Seen):
    """The client outlasts a short failure; a longer one fails the try, and the next try succeeds."""
    assert (shaken.state, shaken.tries["Shaky"], shaken.tries["Failing"]) == ("success", 1, 2)
    assert "Retry policy decision" in airflow.task_log(shaken.run_id, "discover", 1, 1)


@pytest.mark.thorough
def test_retry_calls_nothing_twice(shaken: Seen):
    """The second try reads from the ledger what the first was answered, and goes on from there."""
    assert [key for key, times in _answered(shaken.calls).items() if times > 1] == []
    failed = Counter(call["subject"].split("&count")[0] for call in shaken.calls if call["status"] == 503)
    assert failed == {"keyword=Shaky&offset=0": 3, "keyword=Failing&offset=20": 4}


@pytest.mark.thorough
def test_clearing_a_run_costs_and_changes_nothing(shaken: Seen, cleared: Seen):
    """The whole run again: success, no call, the same rows."""
    assert (cleared.state, cleared.calls) == ("success", [])
    assert cleared.tables == shaken.tables


@pytest.mark.thorough
def test_backfill(cleared: Seen, backfilled: list[Seen]):
    """The missed days are replayed without a call, and what was estimated between their neighbours stays."""
    assert [(each.state, each.calls) for each in backfilled] == [("success", [])] * 3
    assert backfilled[-1].tables == cleared.tables


@pytest.mark.thorough
def test_backfilled_days(airflow: RunningAirflow, calendar: Calendar, backfilled: list[Seen]):
    """Each missed day is a replay of its own day, noted in `runs`."""
    run_ids = [each.run_id for each in backfilled]
    assert _rows(airflow, "select day, mode, state from runs where run_id = any(%s) order by day", run_ids) == [
        (day, "replay", "complete") for day in calendar.missed
    ]


@pytest.mark.thorough
def test_estimates_lie_between_neighbours(airflow: RunningAirflow, calendar: Calendar, backfilled: list[Seen]):
    """On every missed day each creator is on the straight line between the days observed, to the nearest whole."""
    estimated = _rows(
        airflow,
        """
        select e.recorded_date, e.follower_count, e.is_estimated, a.follower_count
            + (b.follower_count - a.follower_count)::numeric
            * (e.recorded_date - a.recorded_date) / (b.recorded_date - a.recorded_date)
        from creator_stats as e
        join creator_stats as a on a.user_id = e.user_id and a.recorded_date = %s
        join lateral (
            select * from creator_stats as n
            where n.user_id = e.user_id and n.recorded_date > e.recorded_date and not n.is_estimated
            order by n.recorded_date
            limit 1
        ) as b on true
        where e.recorded_date = any(%s)
        """,
        calendar.seeded,
        calendar.missed,
    )
    assert Counter(day for day, *_ in estimated).keys() == set(calendar.missed)
    assert [row for row in estimated if not row[2] or abs(row[1] - row[3]) > 0.5] == []


@pytest.mark.thorough
def test_growth_adds_up(airflow: RunningAirflow, calendar: Calendar, backfilled: list[Seen]):
    """The daily growths since the seeded day add up to the true difference."""
    assert (
        _rows(
            airflow,
            """
            select last.user_id
            from creator_stats as last
            join creator_stats as first on first.user_id = last.user_id and first.recorded_date = %s
            join creator_stats as each on each.user_id = last.user_id and each.recorded_date > %s
                and each.recorded_date <= last.recorded_date
            where last.recorded_date = %s
            group by last.user_id, last.follower_count, first.follower_count
            having sum(each.daily_growth_followers) <> last.follower_count - first.follower_count
            """,
            calendar.seeded,
            calendar.seeded,
            calendar.last_tick.date(),
        )
        == []
    )


def test_contradicting_params(airflow: RunningAirflow, refused: Seen):
    """The run ends at once, with one message that says what to write, and no call."""
    assert (refused.state, refused.states["open_day"], refused.calls) == ("failed", "failed", [])
    log = airflow.task_log(refused.run_id, "open_day")
    assert "RunRefused: min_followers (5) is above max_followers (4)" in log
    assert "open_day did not finish: see its log." in airflow.task_log(refused.run_id, "report")


def test_empty_balance(airflow: RunningAirflow, poor: Seen):
    """One refusal is enough: no more calls, a red run, and a log that says it is the balance."""
    assert (poor.state, [call["status"] for call in poor.calls]) == ("failed", [402])
    assert "BalanceExhausted: " in airflow.task_log(poor.run_id, "discover", 0)


@pytest.mark.thorough
def test_backfilling_days_that_are_complete(poor: Seen, reprocessed: Seen):
    """With `--reprocess-behavior completed` days run again: success, no call, and every table as it was."""
    assert (reprocessed.state, reprocessed.calls) == ("success", [])
    assert reprocessed.tables == poor.tables


# Which run was the last one: that the whole row is behind it is asked for where the whole row is played.
LAST = pytest.mark.parametrize("last", ["poor", pytest.param("reprocessed", marks=pytest.mark.thorough)])


@LAST
def test_key_is_nowhere(airflow: RunningAirflow, request: pytest.FixtureRequest, last: str):
    """The key is in no log, no file and no row of what Airflow and the pipeline keep: XComs and fields included."""
    request.getfixturevalue(last)
    files = [path for path in airflow.folders.local.rglob("*") if path.is_file()]
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
    metadata = airflow.env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("+psycopg2", "")
    assert [_tables_with_key(url) for url in (metadata, airflow.database_url)] == [[], []]


def _tables_with_key(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        names = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        found = sql.SQL("select exists (select from {} as t where t::text like any(%s))")
        looks = [f"%{KEY}%", f"%{KEY.encode().hex()}%"]
        return [
            name
            for (name,) in names
            if connection.execute(found.format(sql.Identifier(name)), [looks]).fetchone() == (True,)
        ]


@LAST
def test_airflow_has_no_trouble(airflow: RunningAirflow, request: pytest.FixtureRequest, last: str):
    """Scheduler, DAG processor and API server wrote no error but those that the tasks were made to raise."""
    request.getfixturevalue(last)
    # The tasks after a failed open_day look for what it would have left.
    expected = ("[task]", "XCom not found")
    troubles = [
        line
        for component in ("scheduler", "dag-processor", "api-server")
        for line in airflow.log_text(component).splitlines()
        if any(mark in line for mark in ("Traceback (most", "[error ", "[critical "))
        and not any(mark in line for mark in expected)
    ]
    assert troubles == []
