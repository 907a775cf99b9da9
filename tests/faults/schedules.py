"""Runs whose day is easily mistaken: a schedule in another zone, and a run without a logical date; each in a whole Airflow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.faults.backfills import begin_anew
from tests.faults.catalogue import NotInjectable, fault
from tests.faults.stage import ROOT, Play
from tests.faults.whole_airflow import WholeAirflow, run_of, wait_until

ROSTER = 120
A_WHILE = timedelta(minutes=20)
RUN_SECONDS = 240
# Of the DAG's file -> what stands there instead; a scheduled run takes the defaults.
IN_SHANGHAI = {
    'schedule="0 2 * * *"': 'schedule="0 0 * * *"',
    'start_date=pendulum.datetime(2026, 1, 1, tz="UTC")': 'start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Shanghai")',
    "params=PARAMS": 'params={**PARAMS, "skip_discovery": True}',
}
# Nobody dies here: a moment's stall of the machine is no fault to be played.
PATIENT = {"AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "300"}
MIDNIGHT_IN_SHANGHAI = 16  # o'clock, UTC


def _end(running: WholeAirflow, run_id: str) -> str:
    running.run_id = run_id
    wait_until(lambda: running.run_state() in {"success", "failed"}, RUN_SECONDS)
    return str(running.run_state())


def _check_day(play: Play, run_id: str) -> None:
    run = run_of(play, run_id)
    play.runs = [run]
    play.check(f"the run's day is the UTC day ({run.day}, not {play.day})", run.day == play.day)
    play.check("and it is live", not run.is_replay)
    called = {entry["day"] for entry in play.sandbox.log("user_profile")}
    play.check(f"whose numbers are called ({called})", called == {play.day.isoformat()})
    days = play.rows("select distinct recorded_date from creator_stats where observed_at >= %s and not is_estimated",
                     play.now - timedelta(hours=1))  # fmt: skip
    play.check(f"and stored ({days})", days == [(play.day,)])


@fault("F34", "a schedule in Asia/Shanghai at 00:00, where it is the next day already: the day is the UTC day", roster=0,
       history=0, needs_airflow=True)  # fmt: skip
def midnight_in_shanghai(play: Play) -> None:
    now = datetime.now(UTC)
    tick = now.replace(hour=MIDNIGHT_IN_SHANGHAI, minute=0, second=0, microsecond=0)
    tick -= timedelta(days=tick > now)
    if tick + timedelta(days=1) - now < A_WHILE:
        raise NotInjectable("at 16:00 UTC the schedule starts a run of its own, in the middle of this")
    play.day = tick.date()
    play.set_clock(tick + timedelta(minutes=10))
    play.enter_roster(ROSTER, 2)
    running = begin_anew(
        play,
        AIRFLOW__CORE__DAGS_FOLDER=str(_dag_in_shanghai(play)),
        AIRFLOW__CORE__DEFAULT_TIMEZONE="Asia/Shanghai",
        TZ="Asia/Shanghai",
        **PATIENT,
    )
    path = "/dags/comets"
    running.api("PATCH", path, {"is_paused": False})
    runs_path = f"{path}/dagRuns?limit=10"
    if not wait_until(lambda: bool(running.api("GET", runs_path)["dag_runs"]), 60):
        raise RuntimeError("the schedule starts no run")
    (made,) = running.api("GET", runs_path)["dag_runs"]
    at = datetime.fromisoformat(made["logical_date"].replace("Z", "+00:00"))
    play.check(f"midnight in Shanghai started it ({at})", (at, made["run_type"]) == (tick, "scheduled"))
    play.check("which ends well", _end(running, made["dag_run_id"]) == "success")
    _check_day(play, made["dag_run_id"])


def _dag_in_shanghai(play: Play) -> Path:
    """A folder with the DAG under another schedule."""
    text = (ROOT / "dags" / "comets.py").read_text(encoding="utf-8")
    for ours, theirs in IN_SHANGHAI.items():
        if ours not in text:
            raise RuntimeError(f"the DAG has no {ours} any more")
        text = text.replace(ours, theirs)
    folder = play.folder / "dags"
    folder.mkdir()
    (folder / "comets.py").write_text(text, encoding="utf-8")
    return folder


@fault("F35", "runs started without a logical date, twice on a day: each knows its day, the second pays for nothing", roster=0,
       history=0, needs_airflow=True)  # fmt: skip
def without_a_logical_date(play: Play) -> None:
    now = datetime.now(UTC)
    if (now + A_WHILE).date() != now.date():
        raise NotInjectable("the day ends in the middle of this")
    play.day = now.date()
    play.set_clock(now)
    play.enter_roster(ROSTER, 2)
    # The schedule is off, or the run of the last 02:00 comes first, which has a date.
    running = begin_anew(play, AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE="False", **PATIENT)
    running.api("PATCH", "/dags/comets", {"is_paused": False})
    first = _start_without_date(play, running)
    _check_day(play, first)
    calls, rows = len(play.sandbox.log()), play.rows("select * from creator_stats order by user_id, recorded_date")
    second = _start_without_date(play, running)
    play.check("two runs of a day are two runs", first != second)
    made = play.sandbox.log()[calls:]
    play.check(f"the second calls nobody ({len(made)})", made == [])
    play.check("and changes no row",
               rows == play.rows("select * from creator_stats order by user_id, recorded_date"))  # fmt: skip
    _check_day(play, second)


def _start_without_date(play: Play, running: WholeAirflow) -> str:
    body = {"logical_date": None, "conf": {"skip_discovery": True}}
    made = running.api("POST", "/dags/comets/dagRuns", body)
    play.check(f"it has no logical date ({made['logical_date']})", made["logical_date"] is None)
    play.check("and ends well", _end(running, made["dag_run_id"]) == "success")
    return made["dag_run_id"]
