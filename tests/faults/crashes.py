"""Workers that die, pause or are told to go; and two that do the same at once."""

from __future__ import annotations

import signal
import time
from datetime import datetime, timedelta

from include.calls.limiter import QUEUE_SECONDS
from tests.faults.catalogue import FAULTS, fault
from tests.faults.stage import Play

LATENCY = 0.03  # of the sandbox, so that calls are under way whenever a worker dies


@fault("F01", "workers killed (SIGKILL) at random moments, 8 times, and retried", roster=240, quick=True)
def killed(play: Play) -> None:
    play.sandbox.settings(latency=LATENCY)
    run = play.open()
    workers = play.start_all(run, play.plan(run))
    for _ in range(3 if play.is_quick else 8):
        play.wait_for_bill(play.rng.randint(1, 25), seconds=5)
        time.sleep(play.rng.uniform(0, 0.03))
        running = [place for place, worker in enumerate(workers) if worker.is_running]
        if not running:
            break
        place = play.rng.choice(running)
        workers[place].kill()
        workers[place].process.wait()
        play.kills += 1
        workers[place] = play.again(workers[place])
    play.bound = play.kills * play.chunk
    play.retry_until_done(workers)
    play.finish(run)


@fault("F02", "workers told to end (SIGTERM), killed 5 s later as Airflow does", roster=240)
def told_to_end(play: Play) -> None:
    play.sandbox.settings(latency=LATENCY)
    run = play.open()
    workers = play.start_all(run, play.plan(run))
    told, starts = 0, [1] * len(workers)
    for _ in range(3):
        play.wait_for_bill(play.rng.randint(5, 40), seconds=5)
        running = [place for place, worker in enumerate(workers) if worker.is_running]
        if not running:
            break
        place = play.rng.choice(running)
        batch = workers[place].task["batch"]["batch"]
        # One that has not taken its batch yet has nothing to end.
        fence = "select fence from roll_call_batches where batch = %s"
        play.wait_until(lambda: play.rows(fence, batch)[0][0] >= starts[place], 15)  # noqa: B023 - called at once
        starts[place] += 1
        began = time.monotonic()
        workers[place].kill(signal.SIGTERM)
        answer = workers[place].wait(5)
        play.check(f"a worker told to end does so within 5 s ({answer})", answer.get("error") != "Hung")
        told += answer.get("error") == "ToldToEnd"
        play.notes.append(f"ended after {time.monotonic() - began:.1f} s")
        workers[place] = play.again(workers[place])
    play.check("they end at once, not when their batches are done", told > 0)
    play.bound = 0
    play.retry_until_done(workers)
    play.finish(run)


@fault("F04", "worker paused (SIGSTOP) until its batch is taken over, then woken", roster=160, quick=True)
def paused(play: Play) -> None:
    play.sandbox.settings(latency=0.2)  # a batch takes two seconds, so that the sleeper is in the middle of it
    run = play.open()
    # One that is paused inside a transaction keeps its rows until the server cuts it off: in production after 60 s, or after
    # 300 where it was paused while it sent.
    times = {"idle_in_transaction_session_timeout": "3s", "transaction_timeout": "5s"}
    workers = play.start_all(run, play.plan(run), times=times)
    sleeper = workers[0]
    # Workers begin at different moments: only one that holds its batch can lose it.
    batch = sleeper.task["batch"]["batch"]
    held = "select count(*) from roll_call_batches where batch = %s and fence = 1 and done_at is null"
    play.check("the sleeper takes its batch", play.wait_until(lambda: play.rows(held, batch) == [(1,)], 30))
    play.wait_for_bill(play.rng.randint(1, 30), seconds=1)
    sleeper.kill(signal.SIGSTOP)
    time.sleep(0.3)  # calls under way end at the vendor; nobody reads their answers
    play.check("it is paused in the middle of it", play.rows(held, batch) == [(1,)])
    play.kills = 1
    play.bound = play.chunk
    successor = play.again(sleeper)
    fence = "select fence from roll_call_batches where batch = %s"
    play.check("its batch is taken over", play.wait_until(lambda: play.rows(fence, batch)[0][0] > 1, 30))
    play.wait_for_bill(play.rng.randint(1, 10), seconds=5)
    owners = "select owner, fence from roll_call_batches where batch = %s"
    before = play.rows(owners, batch)
    sleeper.kill(signal.SIGCONT)
    answer = sleeper.wait(30)
    play.retry_until_done([successor, *workers[1:]])
    play.check(f"the paused worker finds itself fenced off ({answer})", answer.get("error") in {"Fenced"})
    play.check("the paused worker took nothing back", play.rows(owners, batch) == before)
    play.finish(run)


@fault("F29", "two runs of the same day at once, from discovery to report", roster=120, quick=True)
def twice_at_once(play: Play) -> None:
    play.sandbox.settings(latency=0.01)
    first, second = (play.open(skip_discovery=False, max_keywords=2, pages_per_keyword=1) for _ in range(2))
    # Nobody dies here, so leases are as long as in production: a moment's stall of the machine is no fault to be played.
    times = {"include.comets.roll_call.LEASE_SECONDS": 60.0, "include.calls.ledger.CLAIM_SECONDS": 120.0}
    workers = [play.start("whole_day", run, times=times) for run in (first, second)]
    answers = [worker.wait(90) for worker in workers]
    play.check(f"both runs end well ({answers})", all(answer.get("result") == [] for answer in answers))
    play.bound = 0


@fault("F39", "half of the lanes killed while rate-limited", roster=320, quick=True)
def half_of_the_lanes(play: Play) -> None:
    limit = 40.0
    play.sandbox.settings(rate=limit, latency=0.02)
    run = play.open(limit)
    batches = play.plan(run)
    workers = play.start_all(run, batches)
    play.wait_for_bill(play.rng.randint(15, 35), seconds=8)
    workers[0].kill()
    play.kills = 1
    play.bound = play.chunk
    count = play.calls()
    workers[1].wait(30)
    made = [datetime.fromisoformat(entry["at"]) for entry in play.sandbox.log("user_profile")[count:]]
    # The turns that the dead were promised pass unused: a queue of QUEUE_SECONDS at most. At the end of a batch, two for
    # each thread, there are fewer calls to make than may be made.
    made = [at for at in made if at >= made[0] + timedelta(seconds=QUEUE_SECONDS)][:-16]
    pace = (len(made) - 1) / (made[-1] - made[0]).total_seconds()
    play.notes.append(f"{pace:.1f} calls/s left of {limit:g}")
    play.check("who is left has the whole pace", pace > limit * 0.9)
    play.retry_until_done(workers)
    play.check("no call was one too many", all(entry["status"] != 429 for entry in play.sandbox.log()))
    play.finish(run)


# What a kill may change: moments of observation, and which of the runs wrote a row.
ROWS = {
    "creators": "to_jsonb(t) - 'last_updated_at'",
    "creator_stats": "to_jsonb(t) - 'observed_at'",
    "verdicts": "to_jsonb(t) - 'run_id' - 'screened_at'",
    "daily_trends": "to_jsonb(t) - 'fetched_at'",
    "handle_history": "to_jsonb(t)",
    "roll_call_misses": "to_jsonb(t) - 'missed_at'",
}


@fault(
    "CALM", "a whole day with a kill every few seconds ends in the same rows, byte by byte, as a calm one", roster=160
)
def as_if_calm(play: Play) -> None:
    wanted = {"skip_discovery": False, "max_keywords": 2, "pages_per_keyword": 1}
    with play.stage.play(FAULTS["CALM"], 0) as calm:
        calm.set_clock(calm.now, frozen=True)
        answer = calm.start("whole_day", calm.open(**wanted)).wait(90)
        play.check(f"the calm day ends well ({answer})", answer.get("result") == [])
        expected = _rows(calm)
    play.set_clock(play.now, frozen=True)
    play.sandbox.clear_log()
    play.sandbox.settings(latency=0.15)  # so that the day is longer than the first worker lives
    run = play.open(**wanted)
    for _ in range(7):
        worker = play.start("whole_day", run)
        if play.wait_until(lambda w=worker: not w.is_running, play.rng.uniform(1.0, 4.0)):
            break
        worker.kill()
        worker.process.wait()
        play.kills += 1
    answer = play.start("whole_day", run).wait(90)
    play.check(f"the day ends well at last ({answer})", answer.get("result") == [])
    play.notes.append(f"{play.kills} kills")
    play.check("somebody was killed", play.kills > 0)
    play.bound = play.kills * play.chunk
    for table, rows in _rows(play).items():
        differing = sorted(set(rows) ^ set(expected[table]))
        play.check(f"{table}: {len(differing)} rows differ: {differing[:2]}", rows == expected[table])


def _rows(play: Play) -> dict[str, list[str]]:
    return {
        table: [text for (text,) in play.rows(f"select ({what})::text from {table} as t order by 1")]  # noqa: S608
        for table, what in ROWS.items()
    }


@fault("F01b", "discovery killed in the middle, three times", roster=20)
def discovery_killed(play: Play) -> None:
    play.sandbox.settings(latency=0.2)  # so that the day is longer than the first worker lives
    run = play.open(skip_discovery=False, max_keywords=1, pages_per_keyword=2)
    for _ in range(3):
        worker = play.start("whole_day", run)
        if not play.wait_until(lambda w=worker: not w.is_running, play.rng.uniform(0.8, 2.5)):
            worker.kill()
            worker.process.wait()
            play.kills += 1
    answer = play.start("whole_day", run).wait(90)
    play.check(f"the day ends well at last ({answer})", answer.get("result") == [])
    play.check("somebody was killed", play.kills > 0)
    play.bound = play.kills * play.chunk
