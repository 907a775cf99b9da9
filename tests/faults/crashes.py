"""Workers that die, pause or are told to go; and two that do the same at once."""

from __future__ import annotations

import signal
import time
from datetime import datetime

from tests.faults.catalogue import fault
from tests.faults.stage import Play

LATENCY = 0.03  # of the sandbox, so that calls are under way whenever a worker dies


@fault("F01", "workers killed (SIGKILL) at random moments, 8 times, and retried", roster=240, quick=True)
def killed(play: Play, kills: int = 8) -> None:
    play.sandbox.settings(latency=LATENCY)
    run = play.open()
    workers = play.start_all(run, play.plan(run))
    for _ in range(kills):
        play.wait_for_bill(play.rng.randint(1, 25), seconds=5)
        time.sleep(play.rng.uniform(0, 0.03))
        running = [place for place, worker in enumerate(workers) if worker.is_running]
        if not running:
            break
        place = play.rng.choice(running)
        workers[place].kill()
        workers[place].process.wait()
        play.kills += 1
        workers[place] = play._again(workers[place], {})
    play.bound = play.kills * play.chunk
    play.retry_until_done(workers)
    play.finish(run)


@fault("F02", "workers told to end (SIGTERM), killed 5 s later as Airflow does", roster=240)
def told_to_end(play: Play) -> None:
    play.sandbox.settings(latency=LATENCY)
    run = play.open()
    workers = play.start_all(run, play.plan(run))
    for _ in range(3):
        play.wait_for_bill(play.rng.randint(5, 40), seconds=5)
        running = [place for place, worker in enumerate(workers) if worker.is_running]
        if not running:
            break
        place = play.rng.choice(running)
        began = time.monotonic()
        workers[place].kill(signal.SIGTERM)
        answer = workers[place].wait(5)
        play.check(f"a worker told to end does so within 5 s ({answer})", answer.get("error") != "Hung")
        play.check("and at once, not when its batch is done", "result" not in answer)
        play.notes.append(f"ended after {time.monotonic() - began:.1f} s")
        workers[place] = play._again(workers[place], {})
    play.bound = 0
    play.retry_until_done(workers)
    play.finish(run)


@fault("F04", "worker paused (SIGSTOP) until its batch is taken over, then woken", roster=160, quick=True)
def paused(play: Play) -> None:
    play.sandbox.settings(latency=LATENCY)
    run = play.open()
    workers = play.start_all(run, play.plan(run))
    play.wait_for_bill(play.rng.randint(5, 60), seconds=5)
    sleeper = workers[0]
    sleeper.kill(signal.SIGSTOP)
    time.sleep(0.1)  # calls under way end at the vendor; nobody reads their answers
    play.kills = 1
    play.bound = play.chunk
    successor = play._again(sleeper, {})
    play.wait_until(lambda: play.rows("select max(fence) from roll_call_batches where batch = %s",
                                      sleeper.task["batch"]["batch"])[0][0] > 1, 15)  # fmt: skip
    play.wait_for_bill(play.rng.randint(1, 10), seconds=5)
    fence = play.rows("select owner, fence from roll_call_batches order by batch")
    sleeper.kill(signal.SIGCONT)
    answer = sleeper.wait(30)
    play.retry_until_done([successor, *workers[1:]])
    play.check(f"the paused worker finds itself fenced off ({answer})", answer.get("error") in {"Fenced"})
    play.check(
        "the paused worker took nothing back",
        play.rows("select owner, fence from roll_call_batches order by batch") == fence,
    )
    play.finish(run)


@fault("F29", "two runs of the same day at once, from discovery to report", roster=120, quick=True)
def twice_at_once(play: Play) -> None:
    play.sandbox.settings(latency=0.01)
    first, second = (play.open(skip_discovery=False, max_keywords=2, pages_per_keyword=1) for _ in range(2))
    answers = [worker.wait(90) for worker in [play.start("whole_day", run) for run in (first, second)]]
    play.check(f"both runs end well ({answers})", all(answer.get("result") == [] for answer in answers))
    play.bound = 0


@fault("F39", "half of the lanes killed while rate-limited", roster=160, quick=True)
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
    pace = (len(made) - 1) / (made[-1] - made[0]).total_seconds()
    play.notes.append(f"{pace:.1f} calls/s left of {limit:g}")
    play.check("who is left has the whole pace", pace > limit * 0.85)
    play.retry_until_done(workers)
    play.check("no call was one too many", all(entry["status"] != 429 for entry in play.sandbox.log()))
    play.finish(run)
