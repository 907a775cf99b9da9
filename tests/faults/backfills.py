"""Backfills as a person makes them, `airflow backfill create`, in a whole Airflow: days done, failed, and missed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg
from psycopg import sql

from include.local import processes
from include.local.folders import ROOT
from tests.faults.catalogue import NotInjectable, fault
from tests.faults.crashes import ROWS
from tests.faults.stage import Play, is_plain
from tests.faults.whole_airflow import WholeAirflow, begin, run_of, wait_until

ROSTER = 120
TICK = time(2)
A_WHILE = timedelta(minutes=20)
MISSED = 30
RUN_SECONDS = 240
BACKFILL_SECONDS = 1200
# The second word's search is refused for good: the run fails, and everybody is measured all the same.
WORDS = {"keywords": ["Ice Marble", "Broken"], "pages_per_keyword": 1}
BROKEN = {"endpoint": "video_search", "subject_contains": "keyword=Broken&"}
# Whole rows here, moments of observation among them: a replay reads them from the ledger. And the ledger is as it was.
KEPT = {
    **ROWS,
    "creators": "to_jsonb(t)",
    "creator_stats": "to_jsonb(t)",
    "api_calls": "to_jsonb(t)",
    "api_spend": "to_jsonb(t)",
    "pipeline_spend": "to_jsonb(t)",
}
# A run as Airflow has it: its id, its type, and when it was started last.
Runs = dict[date, tuple[str, str, str]]


@dataclass
class Past:
    """Four days in a row, at a moment at which all of them are past."""

    running: WholeAirflow
    found: date  # rows, but no run: an Airflow that is newer than the tables
    failed: date
    missed: date
    done: date  # by the schedule


def _last_tick() -> datetime:
    """The DAG's last tick by Airflow's clock, which is the machine's."""
    now = datetime.now(UTC)
    last = datetime.combine((now - timedelta(hours=TICK.hour)).date(), TICK, UTC)
    if last + timedelta(days=1) - now < A_WHILE:
        raise NotInjectable("at 02:00 UTC the schedule starts a run of its own, in the middle of this")
    return last


def begin_anew(play: Play, **changed: str) -> WholeAirflow:
    """An Airflow with a history of its own; it begins with no run. `changed`: variables of its environment."""
    database, server = f"airflow_{play.name}", play.stage.server

    def execute(statement: str) -> None:
        with psycopg.connect(server.url_for("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(database)))

    execute("create database {}")
    play.on_end(lambda: execute("drop database if exists {} with (force)"))
    return begin(play, database=database, **changed)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _let_it_be(play: Play, day: date, running: WholeAirflow | None = None) -> None:
    """Noon of this day for the sandbox and for the tasks, which take their clock from the scheduler's environment."""
    play.day = day
    play.set_clock(_noon(day))
    if running is not None:
        processes.stop_noted(running.folders.pid_file("scheduler"), time_limit=30)
        running.env["COMETS_NOW"] = play.now.isoformat()
        running.revive()


def _enter_roster(play: Play, size: int, last: date) -> None:
    """A roster with two days of history before `play.day`; whoever can be measured on `last` is expected there."""
    play.enter_roster(size, 2)
    first, truth = play.expected, {each["user_id"]: each for each in play.sandbox.truth(last)}
    play.expected = {user_id: truth[user_id] for user_id in first if is_plain(first[user_id], truth[user_id])}


def _runs(running: WholeAirflow) -> Runs:
    answer = running.api("GET", "/dags/comets/dagRuns?limit=100&order_by=logical_date")
    return {
        datetime.fromisoformat(run["logical_date"].replace("Z", "+00:00")).date(): (
            run["dag_run_id"], run["run_type"], run["start_date"],
        )
        for run in answer["dag_runs"]
    }  # fmt: skip


def _state(running: WholeAirflow, run_id: str) -> str:
    return running.api("GET", f"/dags/comets/dagRuns/{run_id}")["state"]


def _end(running: WholeAirflow, run_id: str) -> str:
    """The state in which the run ends."""
    wait_until(lambda: _state(running, run_id) in {"success", "failed"}, RUN_SECONDS)
    return _state(running, run_id)


def _require_success(running: WholeAirflow, run_id: str) -> None:
    """What follows means nothing on a day that did not succeed."""
    state = _end(running, run_id)
    if state != "success":
        raise RuntimeError(f"{run_id} is {state} after {RUN_SECONDS} s at the most")


def _past(play: Play) -> Past:
    """Plays the four days, each live at its time; then it is ten days later."""
    tick = _last_tick()
    done = tick.date()
    found, failed, missed = (done - timedelta(days=days) for days in (3, 2, 1))
    _let_it_be(play, failed)
    _enter_roster(play, ROSTER, last=done)
    running = begin_anew(play)
    play.sandbox.inject({"match": BROKEN, "times": None, "action": {"kind": "status", "status": 422}})
    at = datetime.combine(failed, TICK, UTC).isoformat()
    run_id = running.api("POST", "/dags/comets/dagRuns", {"logical_date": at, "conf": WORDS})["dag_run_id"]
    running.api("PATCH", "/dags/comets", {"is_paused": False})
    play.check("the first run fails", _end(running, run_id) == "failed")
    play.sandbox.clear_faults()
    # Airflow's clock is the machine's: the run of its last tick has started as well, and was refused as not begun.
    if not wait_until(lambda: done in _runs(running), 60):
        raise RuntimeError("the schedule starts no run")
    scheduled, run_type, _ = _runs(running)[done]
    refused = _end(running, scheduled)
    play.check(f"a day to come is refused ({run_type} {refused})", (run_type, refused) == ("scheduled", "failed"))
    _let_it_be(play, done, running)
    running.api("POST", "/dags/comets/clearTaskInstances",
                {"dry_run": False, "only_failed": False, "dag_run_id": scheduled})  # fmt: skip
    _require_success(running, scheduled)
    _let_it_be(play, done + timedelta(days=10), running)
    return Past(running, found, failed, missed, done)


def _backfill(running: WholeAirflow, first: date, last: date, *options: str) -> None:
    """`airflow backfill create`, and wait until all its runs have ended."""
    # A date alone is its midnight, two hours before its run.
    dates = ["--from-date", f"{first}", "--to-date", f"{datetime.combine(last, TICK, UTC).isoformat()}"]
    finished = subprocess.run(
        [sys.executable, "-m", "airflow", "backfill", "create", "--dag-id", "comets", *dates, *options],
        env={**running.env, "PYTHONWARNINGS": "ignore"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if finished.returncode != 0:
        raise RuntimeError(f"no backfill: {(finished.stdout + finished.stderr)[-1500:]}")

    def has_ended() -> bool:
        open_runs = running.api("GET", "/dags/comets/dagRuns?limit=1&state=queued&state=running")
        return open_runs["total_entries"] == 0

    if not wait_until(has_ended, BACKFILL_SECONDS):
        raise RuntimeError(f"the backfill has not ended after {BACKFILL_SECONDS} s")


def _kept(play: Play) -> dict[str, list[str]]:
    return {
        table: [text for (text,) in play.rows(f"select ({what})::text from {table} as t order by 1")]  # noqa: S608
        for table, what in KEPT.items()
    }


def _reprocess(play: Play, behavior: str, again: Sequence[str]) -> None:
    """Backfill the four days; `again` names those that are to run, and nothing else may change."""
    past = _past(play)
    running = past.running
    before, rows, calls = _runs(running), _kept(play), len(play.sandbox.log())
    _backfill(running, past.found, past.done, "--reprocess-behavior", behavior)
    after = _runs(running)
    names = {past.found: "found", past.failed: "failed", past.missed: "missed", past.done: "done"}
    ran = [name for day, name in names.items() if day in after and after[day] != before.get(day)]
    play.notes.append(f"ran {', '.join(ran)} of {', '.join(names.values())}")
    play.check(f"{behavior} runs {again}, not {ran}", ran == list(again))
    states = {name: _state(running, after[day][0]) for day, name in names.items() if name in ran}
    play.check(f"what runs succeeds ({states})", set(states.values()) == {"success"})
    play.check("a run keeps its id", all(after[day][0] == run_id for day, (run_id, *_) in before.items()))
    made = play.sandbox.log()[calls:]
    play.check(f"no call is made ({len(made)}: {made[:2]})", made == [])
    for table, kept in _kept(play).items():
        differing = sorted(set(kept) ^ set(rows[table]))
        play.check(f"{table}: {len(differing)} rows differ: {differing[:4]}", kept == rows[table])
    play.day = past.done
    last = max(day for day, name in names.items() if name in ran)
    play.runs = [run_of(play, after[last][0])]
    play.check("a past day is a replay", play.runs[0].is_replay)


@fault("BF1", "backfill over days found, failed, missed and done: with `none`, only days without a run are run",
       roster=0, history=0, needs_airflow=True)  # fmt: skip
def reprocess_none(play: Play) -> None:
    _reprocess(play, "none", ["found", "missed"])


@fault("BF2", "the same with `failed`: the failed run again as well, as a whole, without a call", roster=0, history=0,
       needs_airflow=True)  # fmt: skip
def reprocess_failed(play: Play) -> None:
    _reprocess(play, "failed", ["found", "failed", "missed"])


@fault("BF3", "the same with `completed`: every day again, without a call, to the same rows", roster=0, history=0,
       needs_airflow=True)  # fmt: skip
def reprocess_completed(play: Play) -> None:
    _reprocess(play, "completed", ["found", "failed", "missed", "done"])


@fault("BF4", "30 missed days, one of which has a dry run's answers, backfilled at once", roster=0, history=0,
       needs_airflow=True)  # fmt: skip
def thirty_missed_days(play: Play) -> None:
    tick = _last_tick()
    today = tick.date()
    missed = [today - timedelta(days=days) for days in range(MISSED, 0, -1)]
    play.day = missed[0]
    _enter_roster(play, ROSTER, last=today)
    known = {row[0] for row in play.rows("select distinct user_id from creator_stats")}
    rehearsed = missed[MISSED // 2]
    _let_it_be(play, rehearsed)
    answer = play.start("whole_day", play.open(day=rehearsed, dry_run=True)).wait(90)
    play.check(f"the dry run ends well ({answer})", answer.get("result") == [])
    _let_it_be(play, today)
    running = begin_anew(play)
    running.api("PATCH", "/dags/comets", {"is_paused": False})
    if not wait_until(lambda: today in _runs(running), 60):
        raise RuntimeError("the schedule starts no run")
    scheduled = _runs(running)[today][0]
    _require_success(running, scheduled)
    calls, spent = len(play.sandbox.log()), play.rows("select * from api_calls order by call_id")
    _backfill(running, missed[0], missed[-1])
    made = play.sandbox.log()[calls:]
    play.check(f"no call is made ({len(made)}: {made[:2]})", made == [])
    play.check("the ledger is as it was", play.rows("select * from api_calls order by call_id") == spent)
    runs = _runs(running)
    states = {str(day): _state(running, runs[day][0]) if day in runs else None for day in missed}
    play.check(f"each missed day has a run that succeeds ({states})", set(states.values()) == {"success"})
    _check_no_gap(play, known, missed, rehearsed)
    play.runs = [run_of(play, runs[missed[-1]][0])]


def _check_no_gap(play: Play, known: set[str], missed: Sequence[date], rehearsed: date) -> None:
    """Rows of all days for everybody measured at both ends, estimated but for the day with answers; and sums."""
    rows: dict[str, dict[date, tuple[Any, ...]]] = {}
    for user_id, day, *row in play.rows(
        "select user_id, recorded_date, is_estimated, follower_count, daily_growth_followers from creator_stats"
    ):
        rows.setdefault(user_id, {})[day] = tuple(row)
    both_ends = [user_id for user_id in play.expected if user_id in known]
    # By the world's truth: who had lost more than half by the rehearsed day, and has it back today, is not believed on it.
    then = {each["user_id"]: each["followers"] for each in play.sandbox.truth(rehearsed)}
    before = {user_id: rows[user_id][max(day for day in rows[user_id] if day < missed[0])][1] for user_id in both_ends}
    now = {user_id: each["followers"] for user_id, each in play.expected.items()}
    fallen = sorted(user_id for user_id in both_ends if then[user_id] * 2 < before[user_id] <= now[user_id] * 2)
    suspects = play.rows("select user_id from roll_call_misses where day = %s and outcome = 'suspect'", rehearsed)
    play.check(f"{fallen} are suspect on {rehearsed}, not {suspects}",
               fallen == sorted(user_id for (user_id,) in suspects if user_id in both_ends))  # fmt: skip
    play.notes.append(
        f"{len(both_ends)} creators, {len(both_ends) * len(missed)} rows of missed days, {len(fallen)} suspect falls"
    )
    play.check("most are known at both ends", len(both_ends) > ROSTER / 2)
    gaps = [
        f"{user_id} on {day}"
        for user_id in both_ends
        for day in missed
        if rows[user_id].get(day, (None,))[0] is not (day != rehearsed or user_id in fallen)
    ]
    play.check(f"a row of each missed day, estimated but for {rehearsed} ({len(gaps)}: {gaps[:3]})", gaps == [])
    wrong = [
        user_id
        for user_id, days in rows.items()
        if sum(growth for day, (_, _, growth) in days.items() if day > min(days))
        != days[max(days)][1] - days[min(days)][1]
    ]
    play.check(f"the daily growths add up to the difference of the ends ({wrong[:3]})", wrong == [])
