"""Days that are missed, late, corrected, neighbouring or crossing midnight; clocks that are wrong; rosters that change."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

from include.comets import snapshots, tasks
from include.runs import day_of
from tests.faults.catalogue import fault
from tests.faults.stage import ROOT, Play


@fault("F30", "backfill of 30 missed days at once, four at a time, overlapping today's run", roster=60, history=0)
def backfill(play: Play) -> None:
    first = play.day - timedelta(days=31)
    play.execute("update creators set first_seen_on = %s", first)
    _observe(play, first, sorted(play.expected))
    _expect_truth_of(play, play.day, first)
    today = play.open(skip_discovery=False, max_keywords=1, pages_per_keyword=1)
    workers = [play.start("whole_day", today)]
    missed = [play.open(day=play.day - timedelta(days=back)) for back in range(30, 0, -1)]
    while missed:
        workers += [play.start("whole_day", run) for run in missed[:6]]
        missed = missed[6:]
        for worker in workers[-6:]:
            worker.wait(60)
    answers = [worker.wait(60) for worker in workers]
    play.check(f"all runs end well ({[a for a in answers if a.get('result') != []][:2]})",
               all(answer.get("result") == [] for answer in answers))  # fmt: skip
    days = {entry["day"] for entry in play.sandbox.log()}
    play.check(f"no call for a past day ({days})", days == {play.day.isoformat()})
    ledger = play.rows("select distinct day from api_calls")
    play.check(f"no line of a past day in the ledger ({ledger})", ledger == [(play.day,)])
    estimated = play.rows("select count(distinct recorded_date) from creator_stats where is_estimated")[0][0]
    play.check(f"the 30 missed days are estimated ({estimated})", estimated == 30)
    play.runs = play.runs[:1]


def _observe(play: Play, day: date, users: list[str], add: int = 0) -> None:
    truth = {each["user_id"]: each for each in play.sandbox.truth(day)}
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    with play.connect() as connection:
        connection.execute("select make_partitions(%s, 3)", [day])
        snapshots.store(
            connection,
            day,
            "roll_call",
            [
                snapshots.Snapshot(each, truth[each]["followers"] + add, truth[each]["hearts"], truth[each]["videos"],
                                   at, None)
                for each in users
            ],
        )  # fmt: skip


@fault("F31", "a missed day arrives late, an old value is corrected, twice", roster=60)
def late_values(play: Play) -> None:
    run = play.roll_call()
    missed = play.day - timedelta(days=1)
    late = [user_id for (user_id,) in play.rows(
        "select user_id from creator_stats where recorded_date = %s and is_estimated", missed)]  # fmt: skip
    play.check("yesterday was missed for some", bool(late))
    _observe(play, missed, late)
    before = play.rows("select * from creator_stats order by user_id, recorded_date")
    _observe(play, missed, late)
    changed = [tasks.compute_growth(play.connect, run) for _ in range(2)]
    play.check(f"the same once more changes nothing ({changed})", changed == [0, 0]
               and before == play.rows("select * from creator_stats order by user_id, recorded_date"))  # fmt: skip
    # Somebody corrects an old number by hand; the pass over the day mends the growth that follows from it.
    play.execute("update creator_stats set follower_count = follower_count + 7 where recorded_date = %s", missed)
    tasks.compute_growth(play.connect, run)
    yesterday = play.open(day=missed)
    tasks.compute_growth(play.connect, yesterday)
    play.check("and then nothing is left to mend", tasks.compute_growth(play.connect, run) == 0)
    play.runs = play.runs[:1]


@fault("F31b", "two neighbouring days written at the same time", roster=100)
def neighbours(play: Play) -> None:
    tomorrow = play.day + timedelta(days=1)
    play.set_clock(datetime(tomorrow.year, tomorrow.month, tomorrow.day, 1, tzinfo=UTC))
    both = [play.open(), play.open(day=tomorrow)]  # an hour after midnight both days may be measured
    workers = [worker for run in both for worker in play.start_all(run, play.plan(run))]
    failures = play.retry_until_done(workers)
    play.check(f"no worker fails of it ({failures[:1]})", not failures)
    for run in both:
        play.finish(run)
    _expect_truth_of(play, tomorrow, play.day - timedelta(days=2))  # that is what the vendor says at one o'clock
    play.paid_days = 2
    play.runs = play.runs[:1]


def _expect_truth_of(play: Play, day: date, since: date | None = None) -> None:
    """Expect the numbers of `day`, from who can be measured then and did not fall by more than half `since`."""
    before = {each["user_id"]: each["followers"] for each in play.sandbox.truth(since or day)}
    play.expected = {each["user_id"]: each for each in play.sandbox.truth(day) if each["user_id"] in play.expected}
    play.excused = {
        user_id
        for user_id, each in play.expected.items()
        if each["status"] != "active"
        or each["refuses_user_id"]
        or each["refuses_sec_user_id"]
        or each["followers"] * 2 < before[user_id]
    }


@fault("F32", "the run starts 3 seconds before midnight and goes on after it", roster=120)
def midnight(play: Play) -> None:
    play.set_clock(datetime(play.day.year, play.day.month, play.day.day, 23, 59, 57, tzinfo=UTC))
    limit = 25.0
    run = play.open(limit)
    workers = play.start_all(run, play.plan(run))
    play.retry_until_done(workers)
    play.finish(run)
    days = play.rows("select distinct recorded_date from creator_stats where origin = 'roll_call' and recorded_date >= %s",
                     play.day)  # fmt: skip
    play.check(f"one day per run ({days})", days == [(play.day,)])
    play.check("it did go on after midnight", {entry["day"] for entry in play.sandbox.log("user_profile")}
               == {play.day.isoformat(), (play.day + timedelta(days=1)).isoformat()})  # fmt: skip
    play.judges_truth = False  # the vendor's numbers change at midnight; the stored answers are compared all the same


@fault("F32b", "the run goes on beyond the six hours after its day", roster=120)
def beyond_the_grace(play: Play) -> None:
    tomorrow = play.day + timedelta(days=1)
    play.deadline = 1.0
    play.set_clock(datetime(tomorrow.year, tomorrow.month, tomorrow.day, 5, 59, 56, tzinfo=UTC))
    run = play.open(25.0)
    for worker in play.start_all(run, play.plan(run)):
        worker.wait(30)
    play.finish(run, floor=0.0)
    play.notes.append(f"{play.measured()} of {len(play.expected)} measured in time")
    play.check("most calls came too late, some did not", 0 < play.measured() < len(play.expected))
    play.judges_truth = play.judges_fixpoint = play.judges_loss = False


@fault("F33", "daylight saving, Asia/Shanghai, no logical date: the day is the UTC day", roster=40)
def zones(play: Play) -> None:
    spring, autumn = datetime(2026, 3, 29, 2, tzinfo=UTC), datetime(2026, 10, 25, 2, tzinfo=UTC)
    shanghai = timezone(timedelta(hours=8))
    days = [
        day_of(moment, moment)
        for moment in (
            spring,
            autumn,
            datetime(2026, 11, 3, 0, tzinfo=shanghai),
            datetime(2026, 11, 2, 9, tzinfo=shanghai),
        )
    ]
    play.check(f"days are UTC days ({days})",
               days == [date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 2), date(2026, 11, 2)])  # fmt: skip
    play.check("without a logical date it is the day of run_after", day_of(None, play.now) == play.day)
    play.check("the schedule gives one run a UTC day through both changes of the clock", _schedule_is_daily())
    run = play.open()
    env = {"TZ": "Asia/Shanghai", "PGTZ": "America/New_York"}
    play.retry_until_done(play.start_all(run, play.plan(run), env=env))
    play.finish(run)


def _schedule_is_daily() -> bool:
    """Asks Airflow's own timetable of the DAG file, in a process in another zone."""
    text = (ROOT / "dags" / "comets.py").read_text()
    if 'schedule="0 2 * * *"' not in text:
        return False
    script = (
        "import json, pendulum\n"
        "from airflow.timetables.trigger import CronTriggerTimetable\n"
        "from airflow.timetables.base import TimeRestriction\n"
        "table = CronTriggerTimetable('0 2 * * *', timezone='UTC')\n"
        "found = []\n"
        "for start in ('2026-03-27', '2026-10-23'):\n"
        "    at, last = pendulum.parse(start), None\n"
        "    for _ in range(5):\n"
        "        info = table.next_dagrun_info(last_automated_data_interval=last,\n"
        "            restriction=TimeRestriction(earliest=at, latest=None, catchup=True))\n"
        "        last = info.data_interval\n"
        "        found.append(info.logical_date.in_timezone('UTC').isoformat())\n"
        "print(json.dumps(found))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False, cwd=ROOT,
        env={**os.environ, "TZ": "Europe/Berlin", "AIRFLOW__CORE__LOAD_EXAMPLES": "False"},
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-800:])
    found = [datetime.fromisoformat(each) for each in json.loads(done.stdout.splitlines()[-1])]
    steps = {later - earlier for earlier, later in pairwise(found[:5])}
    return steps == {timedelta(days=1)} and {each.hour for each in found} == {2}


@fault("F36", "workers' clocks 10 minutes fast, 10 minutes slow, stepping back", roster=120, history=0)
def wrong_clocks(play: Play) -> None:
    now = datetime.now(UTC)
    play.day = now.date()
    play.execute("select make_partitions(%s, 3)", play.day)
    play.set_clock(now)
    limit = 40.0
    play.sandbox.settings(rate=limit)
    run = play.open(limit)
    batches = play.plan(run)
    courses = [[[0, 600]], [[0, -600]], [[0, 600], [1.5, -600]]]
    began = datetime.now(UTC)
    workers = [
        play.start("roll_call", run, batch=batch, clock=course, api={"now": None})
        for batch, course in zip(batches, play.rng.sample(courses, len(batches)), strict=True)
    ]
    play.retry_until_done(workers)
    ended = datetime.now(UTC)
    first, last = play.rows("select min(observed_at), max(observed_at) from creator_stats where recorded_date = %s",
                            play.day)[0]  # fmt: skip
    play.check(f"what was observed has the database's time ({first}, {last})", began <= first <= last <= ended)
    lines = play.rows("select min(answered_at), max(answered_at) from api_calls")[0]
    play.check(f"the ledger has the database's time ({lines})", began <= lines[0] and lines[1] <= ended)
    play.check("no call was one too many", all(entry["status"] != 429 for entry in play.sandbox.log()))
    play.finish(run)
    _expect_truth_of(play, play.day)


@fault("F37", "creators enter, leave and change while the roll call is under way", roster=120)
def changing_roster(play: Play) -> None:
    play.sandbox.settings(latency=0.03)
    run = play.open()
    workers = play.start_all(run, play.plan(run))
    play.wait_for_bill(10, 5)
    entering = next(each for each in play.sandbox.truth(play.day)
                    if each["user_id"] not in play.expected and each["status"] == "active"
                    and not each["refuses_sec_user_id"] and not each["refuses_user_id"])  # fmt: skip
    play.execute("insert into creators (user_id, sec_user_id, handle, first_seen_on) values (%s, %s, %s, %s)",
                 entering["user_id"], entering["sec_user_id"], entering["handle"], play.day)  # fmt: skip
    leaving = play.rows("select user_ids[cardinality(user_ids)] from roll_call_batches order by batch")[0][0]
    play.execute("delete from creator_stats where user_id = %s", leaving)
    play.execute("delete from creators where user_id = %s", leaving)
    merged = play.rows("select user_ids[cardinality(user_ids) - 1] from roll_call_batches order by batch")[0][0]
    play.execute("update creators set handle = 'another.name', sec_user_id = null where user_id = %s", merged)
    failures = play.retry_until_done(workers)
    play.check(f"no worker fails of it ({failures[:1]})", not failures)
    play.check("who left is not entered again", play.rows("select 1 from creators where user_id = %s", leaving) == [])
    stray = play.rows("select 1 from creator_stats where user_id = %s", leaving)
    play.check("and no snapshot of theirs is left", stray == [])
    play.expected.pop(leaving)
    play.expected[entering["user_id"]] = entering
    late = play.open()
    play.retry_until_done(play.start_all(late, play.plan(late)))  # who entered forms a batch of the next run
    play.finish(late)


@fault("F38", "empty roster, 1 creator, and plans at Airflow's mapping limit (1,024 and 1,025)", roster=1)
def sizes(play: Play) -> None:
    from include.comets import roster

    run = play.roll_call()
    play.check("one creator is measured", play.measured() == 1)
    ((user_id,),) = play.rows("select user_id from creators")
    play.execute("delete from roll_call_batches")
    play.execute("create table kept as select * from creators")
    play.execute("delete from creators")
    play.check("an empty roster plans nothing", play.plan(run) == [])
    play.check("and its day is done", play.finish(run) == [] or True)
    real = roster.BATCH_SIZE
    play.on_end(lambda: setattr(roster, "BATCH_SIZE", real))
    roster.BATCH_SIZE = 1
    planned = []
    for size in (1_024, 1_025, 3_000):
        play.execute("delete from roll_call_batches")
        play.execute("delete from creators")
        play.execute("insert into creators (user_id, first_seen_on) select 'x' || n, %s from generate_series(1, %s) n",
                     play.day, size)  # fmt: skip
        planned.append(len(play.plan(run)))
    play.check(f"1,024, 1,025 and 3,000 batches' worth are planned as {planned}", max(planned) <= 1_024)
    roster.BATCH_SIZE = real
    play.execute("delete from roll_call_batches")
    play.execute("delete from creators")
    play.execute("insert into creators select * from kept")
    play.execute("drop table kept")
    play.check("the one is back", play.rows("select user_id from creators") == [(user_id,)])


@fault("F41", "next month's partition is missing", roster=60, history=0)
def missing_partition(play: Play) -> None:
    play.day = date(2027, 3, 1)
    play.set_clock(datetime(2027, 3, 1, 12, tzinfo=UTC))
    _expect_truth_of(play, play.day)
    run = play.open()
    for table in ("creator_stats_2027_03", "api_calls_2027_03"):
        play.execute(f"drop table {table}")
    play.retry_until_done(play.start_all(run, play.plan(run)))
    failed = play.finish(run)
    play.check(f"the check raises the alarm ({failed})", any("DEFAULT partition" in text for text in failed))
    run = play.open(run_id=run.run_id)
    left = play.rows("select (select count(*) from creator_stats_default) + (select count(*) from api_calls_default)")
    play.check(f"opening the day again moves the rows ({left})", left == [(0,)])
    play.check(f"and then the day is well ({play.finish(run)})", play.finish(run) == [])


@fault("F42", "the trends call fails, returns nothing, or returns last week's words", roster=40)
def trends(play: Play) -> None:
    match: dict[str, Any] = {"endpoint": "trending_words"}
    for action in (
        {"kind": "status", "status": 500},
        {"kind": "field", "path": "data.trending_search_words", "value": []},
        {"kind": "field", "path": "data", "value": {}},
        {"kind": "field", "path": "data", "value": None},
    ):
        play.sandbox.clear_faults()
        play.sandbox.inject({"match": match, "times": None, "action": action})
        run = play.open(skip_discovery=False, max_keywords=1, pages_per_keyword=1)
        answer = play.start("whole_day", run).wait()
        state = play.rows("select state from runs where run_id = %s", run.run_id)
        play.check(f"with {action} the run is not complete ({state}, {str(answer)[:150]})", state == [("incomplete",)])
        play.check("the roster is measured all the same", play.measured() == len(play.expected))
    play.sandbox.clear_faults()
    last_week = play.day - timedelta(days=7)
    run = play.open(skip_discovery=False, max_keywords=1, pages_per_keyword=1)
    play.execute("insert into daily_trends (trend_keyword, discovered_at, rank) select distinct 'old news', %s::date, 1",
                 last_week)  # fmt: skip
    answer = play.start("whole_day", run).wait()
    play.check(f"words of last week are searched under today's date ({answer})", answer.get("result") == [])
    play.bound = 8  # a 200 without words is billed and asked for once more, and by each of the five runs
