"""The vendor throttles, fails, stalls, refuses, or answers nonsense."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from tests.faults.catalogue import fault
from tests.faults.stage import Play

PROFILE = {"endpoint": "user_profile"}


def _status(status: int, times: int | None = 1, match: dict[str, Any] | None = None, **action: Any) -> dict[str, Any]:
    return {"match": match or PROFILE, "times": times, "action": {"kind": "status", "status": status, **action}}


def _misses(play: Play) -> dict[str, str]:
    return dict(play.rows("select user_id, reason from roll_call_misses where day = %s", play.day))


def _again(play: Play) -> None:
    """Once the vendor is well again: the failed tasks are cleared and the day finished."""
    play.sandbox.clear_faults()
    run = play.open(run_id=play.runs[-1].run_id)
    play.retry_until_done(play.start_all(run, play.plan(run)))
    play.finish(run)


@fault("F14", "429 with Retry-After in seconds, as a date, a past date, 'abc', none, and 86,400", roster=40)
def throttled(play: Play) -> None:
    now = datetime.now(UTC)
    kinds = [
        "1",
        format_datetime(now + timedelta(seconds=3), usegmt=True),
        format_datetime(now - timedelta(days=1), usegmt=True),
        "abc",
    ]
    play.sandbox.inject(*(_status(429, headers={"Retry-After": kind}, match={**PROFILE, "nth": 4 * number})
                          for number, kind in enumerate(kinds, start=1)))  # fmt: skip
    play.roll_call()
    play.check(f"no creator is marked failed ({_misses(play)})", not _misses(play))
    waited = play.rows("select sum(seconds_waiting) from run_tasks")[0][0]
    play.check(f"workers paused ({waited:.1f} s)", waited > 1)


@fault("F14b", "429 with Retry-After: 86400", roster=40)
def throttled_for_a_day(play: Play) -> None:
    play.sandbox.inject(_status(429, None, headers={"Retry-After": "86400"}))
    run = play.open()
    workers = play.start_all(run, play.plan(run))
    play.wait_until(lambda: play.rows("select max(paused_until) > now() from rate_limits")[0][0], 10)
    time.sleep(0.5)
    count = play.calls()
    (pause,) = play.rows("select extract(epoch from max(paused_until) - now()) from rate_limits")[0]
    play.check(f"the pause is an hour at the most ({pause:.0f} s)", 0 < pause <= 3600)
    play.check(f"a few calls at the most found out ({count})", count <= 2 * play.threads)
    answers = [worker.wait(20) for worker in workers if play.wait_until(lambda w=worker: not w.is_running, 5)]
    play.notes.append(f"{answers[:1]}")
    play.check(f"no creator is marked failed ({len(_misses(play))})", not _misses(play))
    play.sandbox.clear_faults()
    play.execute("update rate_limits set paused_until = '-infinity'")  # the hour has passed
    play.retry_until_done(workers)
    play.finish(run)


@fault("F15", "429 without Retry-After for half of the calls, for a while", roster=40)
def burst_of_429(play: Play) -> None:
    play.sandbox.inject({"match": PROFILE, "times": 5, "probability": 0.5, "seed": play.rng.randint(1, 999),
                         "action": {"kind": "status", "status": 429, "headers": {}}})  # fmt: skip
    play.roll_call()
    play.check(f"no creator is marked failed ({_misses(play)})", not _misses(play))
    play.check("no more calls than the roster and the 429s", play.calls() <= len(play.expected) + 5)


@fault("F16", "5xx burst: every third call fails for a while", roster=60)
def burst_of_5xx(play: Play) -> None:
    play.sandbox.inject({"match": {**PROFILE, "every": 3}, "times": 20, "action": {"kind": "status", "status": 503}})
    play.roll_call()
    play.check(f"nobody is missed ({_misses(play)})", not _misses(play))


@fault("F16b", "5xx for good", roster=400)
def out_of_order(play: Play) -> None:
    play.sandbox.inject(_status(502, None))
    run = play.open()
    workers = play.start_all(run, play.plan(run), times={"backoff": 0.01})
    answers = [worker.wait(60) for worker in workers]
    calls = play.calls()
    play.notes.append(f"{calls} calls: {answers[0].get('error')}")
    play.check(f"the tasks fail early and say why ({answers[0]})", all("error" in answer for answer in answers))
    play.check(f"calls are bounded ({calls} for {len(play.expected)} creators)", calls < 4 * len(play.expected))
    _again(play)


def _refused(play: Play, status: int, word: str) -> None:
    play.sandbox.settings(latency=0.02)
    run = play.open()
    workers = play.start_all(run, play.plan(run))
    play.wait_for_bill(10, 5)
    play.sandbox.inject(_status(status, None))
    answers = [worker.wait(20) for worker in workers]
    struck = sum(entry["status"] == status for entry in play.sandbox.log())
    play.check(f"all lanes stop within a few calls ({struck})", struck <= 2 * play.threads + 2)
    play.check(f"the message says what it was ({answers})", any(word in str(answer) for answer in answers))
    play.check("every lane fails", all("error" in answer for answer in answers))
    play.check(f"nobody is marked failed ({len(_misses(play))})", not _misses(play))
    _again(play)


@fault("F17", "401: the key is refused in the middle", roster=120)
def key_refused(play: Play) -> None:
    _refused(play, 401, "key")


@fault("F17b", "402: the balance is spent in the middle", roster=120)
def balance_spent(play: Play) -> None:
    _refused(play, 402, "balance")


@fault("F17c", "403: forbidden in the middle", roster=120)
def forbidden(play: Play) -> None:
    _refused(play, 403, "permi")


@fault("F18", "drip, hang before the headers, hang in the body, connection reset", roster=40)
def stalls(play: Play) -> None:
    play.deadline = 0.6
    actions = [
        {"kind": "drip", "seconds": 60}, {"kind": "hang", "where": "headers"}, {"kind": "hang", "where": "body"},
        {"kind": "reset"},
    ]  # fmt: skip
    play.sandbox.inject(*({"match": {**PROFILE, "nth": 5 * number}, "times": 1, "action": action}
                          for number, action in enumerate(actions, start=1)))  # fmt: skip
    began = time.monotonic()
    play.roll_call()
    play.check("the deadline of a call holds", time.monotonic() - began < 15)
    play.check(f"nobody is missed ({_misses(play)})", not _misses(play))
    play.bound = 2  # a dripped and a half-sent answer are billed and useless


@fault("F18b", "connect black hole: nobody accepts", roster=4)
def black_hole(play: Play) -> None:
    hole = socket.socket()
    hole.bind(("127.0.0.1", 0))
    hole.listen(0)
    stuffing = []
    for _ in range(4):
        stuffing.append(socket.socket())
        stuffing[-1].setblocking(False)
        stuffing[-1].connect_ex(hole.getsockname())
    play.on_end(lambda: [each.close() for each in (hole, *stuffing)])
    play.deadline = 0.4
    run = play.open()
    began = time.monotonic()
    answers = [worker.wait(30) for worker in play.start_all(
        run, play.plan(run), api={"url": f"http://127.0.0.1:{hole.getsockname()[1]}"})]  # fmt: skip
    play.check(f"the deadline of a call holds ({answers})", time.monotonic() - began < 12)
    play.check("each is one failure with a reason", len(_misses(play)) == len(play.expected))
    play.deadline = 5.0
    _again(play)


def _spoilt(play: Play, actions: list[dict[str, Any]], times: int | None = None) -> list[str]:
    """One creator for each action; the others are not struck. Returns the creators, in the actions' order."""
    struck = play.rng.sample(sorted(play.expected), len(actions))
    play.sandbox.inject(
        *(
            {"match": {**PROFILE, "user_id": user_id}, "times": times, "action": action}
            for user_id, action in zip(struck, actions, strict=True)
        )
    )
    return struck


def _one_miss_each(play: Play, struck: list[str]) -> None:
    """Each spoilt answer cost its own creator alone, with a reason; when the vendor is well again, they are measured."""
    misses = _misses(play)
    play.check(
        f"the struck ones and nobody else are missed ({len(misses)} of {len(struck)})", set(misses) == set(struck)
    )
    play.check(f"each has a reason ({misses})", all(misses.values()))
    stored = play.rows(
        "select count(*) from creator_stats where recorded_date = %s and user_id = any(%s) and not is_estimated",
        play.day, struck,
    )[0][0]  # fmt: skip
    play.check("no number is made up for them", stored == 0)
    _again(play)


@fault("F19", "truncated JSON, wrong Content-Length, empty 200, gzip bomb, 50 MB body", roster=40)
def broken_bodies(play: Play) -> None:
    play.deadline = 3.0
    struck = _spoilt(play, [
        {"kind": "truncate"}, {"kind": "wrong_length"}, {"kind": "empty"}, {"kind": "gzip_bomb"},
        {"kind": "oversize", "bytes": 50_000_000},
    ])  # fmt: skip
    play.roll_call()
    _one_miss_each(play, struck)
    play.bound = 8 * len(
        struck
    )  # the sandbox bills what it sent, and one retry is allowed: two tries, three identities


@fault("F20", "HTML with status 200, JSON whose code is not 200, another TikTok status", roster=40)
def not_a_profile(play: Play) -> None:
    struck = _spoilt(play, [
        {"kind": "html"},
        {"kind": "field", "path": "code", "value": 500},
        {"kind": "field", "path": "data.status_code", "value": 99999},
        {"kind": "field", "path": "data.user", "value": {}},
    ])  # fmt: skip
    play.roll_call()
    _one_miss_each(play, struck)
    play.bound = 8 * len(struck)


NONSENSE = ['"12.3K"', "null", "-1", "1e308", "NaN", "[]", "true", "1.5", str(2**63), "Infinity", '""', "{}"]


@fault("F21", "nonsense counts: '12.3K', null, -1, 1e308, NaN, list, bool, fraction, 2^63, missing", roster=60)
def nonsense_counts(play: Play) -> None:
    names = ("follower_count", "total_favorited", "aweme_count")
    actions: list[dict[str, Any]] = [
        {"kind": "field", "path": f"data.user.{play.rng.choice(names)}", "literal": literal} for literal in NONSENSE
    ]
    actions += [{"kind": "field", "path": f"data.user.{name}", "missing": True} for name in names]
    struck = _spoilt(play, actions)
    play.roll_call()
    _one_miss_each(play, struck)
    play.bound = 8 * len(struck)


@fault("F22", "the answer is about somebody else; a renamed creator; an id in another case", roster=40)
def somebody_else(play: Play) -> None:
    struck = _spoilt(play, [{"kind": "other_user"}, {"kind": "field", "path": "data.user.uid", "value": "1"}])
    renamed = play.rng.choice(sorted(set(play.expected) - set(struck)))
    play.sandbox.inject({"match": {**PROFILE, "user_id": renamed}, "times": None,
                         "action": {"kind": "field", "path": "data.user.unique_id", "value": "Brand.New.Name"}})  # fmt: skip
    play.roll_call()
    play.check("a new handle is kept with its history",
               play.rows("select handle from handle_history where user_id = %s", renamed) == [("Brand.New.Name",)])  # fmt: skip
    _one_miss_each(play, struck)
    play.bound = 8 * len(struck)


@fault("F23", "the same creator twice in a batch, in the plan, in a page", roster=60)
def duplicates(play: Play) -> None:
    run = play.open()
    batches = play.plan(run)
    play.execute(
        "update roll_call_batches set user_ids = user_ids || user_ids[1:5], last_position = last_position + 5"
        " where batch = (select max(batch) from roll_call_batches)"
    )
    play.retry_until_done(play.start_all(run, batches))
    play.execute(
        "update roll_call_batches set user_ids = user_ids[:cardinality(user_ids) - 5], last_position = last_position - 5"
        " where batch = (select max(batch) from roll_call_batches)"
    )
    play.check("one call each", play.calls() == len(play.expected))
    play.finish(run)


# F24 to F27: path under data.user, text as JSON, what is kept (None: the very same text).
TEXTS: list[tuple[str, str, str | None]] = [
    ("nickname", '"a\\u0000b"', "ab"),
    ("signature", '"\\ud800 lone \\udc00"', " lone "),
    ("signature", '"' + "x" * 100_000 + '"', "x" * 10_000),
    ("nickname", '"' + "y" * 8_000 + '"', "y" * 500),
    ("nickname", '"\'; drop table creators; --"', None),
    ("signature", '"%s %(x)s {} {0} \\\\. \\\\x"', None),
    ("nickname", '"\u202egnp.exe \u200f"', None),
    ("signature", '"👩\u200d👩\u200d👧 ﬀ İ ß \ufeffBOM"', None),
    ("nickname", '"раypal"', None),
]


@fault("F24", "NUL, lone surrogates, 100 kB bio, 8 kB name, SQL, %s, RTL marks, ZWJ emoji, BOM, look-alikes",
       roster=40)  # fmt: skip
def hostile_texts(play: Play) -> None:
    import json

    struck = _spoilt(play, [
        {"kind": "field", "path": f"data.user.{name}", "literal": text} for name, text, _ in TEXTS
    ])  # fmt: skip
    play.roll_call()
    for user_id, (name, text, kept) in zip(struck, TEXTS, strict=True):
        stored = play.rows(f"select {name} from creators where user_id = %s", user_id)[0][0]  # noqa: S608
        wanted = json.loads(text) if kept is None else kept
        play.check(f"{name} {text[:30]} is kept as {stored[:30]!r}", stored.strip() == wanted.strip())


@fault("F25", "counts of 2^31, 2^53 and 2^63 - 1", roster=40)
def huge_counts(play: Play) -> None:
    values = [2**31, 2**53 + 1, 2**63 - 1]
    struck = _spoilt(play, [{"kind": "field", "path": "data.user.follower_count", "literal": str(value)}
                            for value in values])  # fmt: skip
    play.roll_call()
    for user_id, value in zip(struck, values, strict=True):
        play.expected[user_id] = {**play.expected[user_id], "followers": value}


@fault("F28", "poison: reading one creator's answer kills the process each time", roster=120)
def poison(play: Play) -> None:
    play.sandbox.settings(latency=0.02)
    run = play.open()
    batches = play.plan(run)
    # In the middle of the first batch, so that it takes others with it.
    user_id = play.rows("select user_ids[30] from roll_call_batches where batch = %s", batches[0]["batch"])[0][0]
    play.excused.add(user_id)
    failures = play.retry_until_done(play.start_all(run, batches, poison=user_id))
    play.kills = len(failures)
    play.notes.append(f"{len(failures)} processes killed")
    play.bound = play.kills * play.chunk
    play.check("the batch is done within Airflow's 5 retries", len(failures) <= 5)
    play.check("nobody but the poisonous one is missed", set(_misses(play)) == {user_id})
    play.finish(run)
    play.sandbox.clear_faults()
