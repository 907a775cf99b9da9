"""The ledger on a real database: claims, answers, the bill, and what a second try finds."""

from __future__ import annotations

import json
import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from include import database
from include.calls.ledger import (
    Caller,
    Claim,
    EndedCall,
    Ledger,
    ended_badly,
    ended_well,
    withdraw_answers,
)
from include.database import Database
from include.housekeeping import upkeep
from include.housekeeping.kept import Retention
from include.tikhub.errors import NotFound, Unavailable, UnexpectedAnswer
from include.tikhub.models import Attempt, Reply

DAY = date(2026, 11, 2)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
PROFILE = "user_profile"


def ledger(task: str = "roll_call", day: date = DAY, run: str = "run", pipeline: str = "comets") -> Ledger:
    return Ledger(Caller(day, pipeline, run, task, 3, "ramen"))


def attempt(subject: str, outcome: str = "answered", *, second: int = 0, billed: bool | None = True) -> Attempt:
    status = {"answered": 200, "unavailable": 503, "not_found": 404}.get(outcome)
    error = None if outcome == "answered" else f"{outcome} it was"
    return Attempt(PROFILE, subject, NOON + timedelta(seconds=second), 120, status, outcome, billed, error)


def well(subject: str, data: Any = None) -> EndedCall:
    return ended_well(subject, Reply({"who": subject} if data is None else data, (attempt(subject),)))


def settle(connection: psycopg.Connection, owner: Ledger, *ended: EndedCall, at: datetime = NOON) -> None:
    with database.transaction(connection):
        owner.settle(connection, PROFILE, ended, [at] * len(ended))


def rows(connection: psycopg.Connection, query: str, *parameters: Any) -> list[tuple]:
    return connection.execute(query.encode(), parameters or None).fetchall()


def states(claims: list[Claim]) -> dict[str, str]:
    return {claim.subject: claim.state for claim in claims}


# Claims


def test_a_request_is_claimed_then_busy_then_answered(connection):
    """The first asker calls, the second waits, and after the answer everybody reads it."""
    first, second = ledger(), ledger()
    assert states(first.claim(connection, PROFILE, ["1", "2", "1"])) == {"1": "claimed", "2": "claimed"}
    assert states(second.claim(connection, PROFILE, ["2", "3"])) == {"2": "busy", "3": "claimed"}
    settle(connection, first, well("1"), well("2"))
    (claim,) = second.claim(connection, PROFILE, ["2"])
    assert claim.answer is not None
    assert (claim.state, claim.answer.data, claim.answer.answered_at) == ("answered", {"who": "2"}, NOON)
    assert (first.answered_from_ledger, second.answered_from_ledger) == (0, 1)


def test_an_expired_claim_is_taken_over_and_counted_as_lost(connection):
    """A dead worker's claim is free after its time; the call it may have made is counted."""
    dead, heir = ledger(), ledger("again")
    dead.claim(connection, PROFILE, ["1"])
    assert states(heir.claim(connection, PROFILE, ["1"])) == {"1": "busy"}
    connection.execute("update api_calls set claimed_until = clock_timestamp() - interval '1 second'")
    assert states(heir.claim(connection, PROFILE, ["1"])) == {"1": "claimed"}
    assert rows(connection, "select owner, lost_calls, task_id from api_calls") == [(heir.owner, 1, "again")]


def test_claiming_again_what_is_ones_own_loses_nothing(connection):
    """A claim sent again, because its commit seemed lost, is no lost call."""
    owner = ledger()
    for _ in range(2):
        assert states(owner.claim(connection, PROFILE, ["1"])) == {"1": "claimed"}
    assert rows(connection, "select lost_calls from api_calls") == [(0,)]


def test_an_extended_claim_does_not_expire(connection):
    """While a task lives, its claims are kept."""
    owner, other = ledger(), ledger()
    owner.claim(connection, PROFILE, ["1"])
    connection.execute("update api_calls set claimed_until = clock_timestamp() - interval '1 second'")
    owner.extend(connection)
    assert states(other.claim(connection, PROFILE, ["1"])) == {"1": "busy"}


def test_a_released_claim_leaves_no_trace(connection):
    """What was claimed and never asked is free for others, and in no bill; others' claims are not touched."""
    owner, other = ledger(), ledger()
    owner.claim(connection, PROFILE, ["1"])
    other.claim(connection, PROFILE, ["2"])
    owner.release(connection, PROFILE, ["1", "2"])
    assert rows(connection, "select subject, owner from api_calls") == [("2", other.owner)]


def test_a_settled_call_without_an_attempt_is_released(connection):
    """A call that never went out (budget, closing) gives its claim back."""
    owner = ledger()
    owner.claim(connection, PROFILE, ["1"])
    settle(connection, owner, EndedCall("1", (), "not_called", False))
    assert rows(connection, "select count(*) from api_calls") == [(0,)]


def test_an_identity_is_day_endpoint_and_subject(connection):
    """The same subject under another endpoint, or on another day, is another request."""
    settled = ledger()
    settled.claim(connection, PROFILE, ["1"])
    settle(connection, settled, well("1"))
    assert states(ledger().claim(connection, "video_search", ["1"])) == {"1": "claimed"}
    assert states(ledger(day=DAY + timedelta(days=1)).claim(connection, PROFILE, ["1"])) == {"1": "claimed"}


def test_two_owners_racing_call_each_subject_once(connection, database_url):
    """Two tasks that claim the same 50 subjects in opposite order get each subject once between them."""
    subjects = [str(number) for number in range(50)]
    called: Counter[str] = Counter()
    barrier = threading.Barrier(2)

    def race(wanted: list[str]) -> None:
        owner = ledger()
        with psycopg.connect(database_url, autocommit=True) as own:
            barrier.wait()
            for start in range(0, 50, 5):
                with database.transaction(own):
                    claims = owner.claim(own, PROFILE, wanted[start : start + 5])
                called.update(claim.subject for claim in claims if claim.state == "claimed")

    threads = [threading.Thread(target=race, args=(order,)) for order in (subjects, subjects[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert called == dict.fromkeys(subjects, 1)


# Failures


def test_a_failure_is_no_answer(connection):
    """After a failed call the next try asks again; the failed one stays in the ledger as a row of its own."""
    first, second = ledger(), ledger()
    first.claim(connection, PROFILE, ["1"])
    error = Unavailable("down", endpoint=PROFILE, status=503)
    error.attempts = tuple(attempt("1", "unavailable", second=second, billed=False) for second in (1, 2, 3))
    settle(connection, first, ended_badly("1", error))
    assert states(second.claim(connection, PROFILE, ["1"])) == {"1": "claimed"}
    settle(connection, second, well("1"))
    assert rows(
        connection,
        "select outcome, holds_identity, attempt, http_status, is_billed, price_usd, error, owner from api_calls"
        " order by holds_identity, attempt",
    ) == [
        ("unavailable", False, 1, 503, False, Decimal("0.000000"), "unavailable it was", first.owner),
        ("unavailable", False, 2, 503, False, Decimal("0.000000"), "unavailable it was", first.owner),
        ("unavailable", False, 3, 503, False, Decimal("0.000000"), "unavailable it was", first.owner),
        ("answered", True, 1, 200, True, Decimal("0.001000"), None, second.owner),
    ]


def test_failed_attempts_before_the_answer_are_rows_of_their_own(connection):
    """Two hiccups and an answer are three rows, the answer holding the identity."""
    owner = ledger()
    owner.claim(connection, PROFILE, ["1"])
    attempts = (
        attempt("1", "unavailable", second=1, billed=False),
        attempt("1", "timed_out", second=2, billed=None),
        attempt("1", second=3),
    )
    settle(connection, owner, ended_well("1", Reply({}, attempts)))
    assert rows(
        connection, "select attempt, outcome, holds_identity, is_billed, called_at from api_calls order by attempt"
    ) == [
        (1, "unavailable", False, False, NOON + timedelta(seconds=1)),
        (2, "timed_out", False, None, NOON + timedelta(seconds=2)),
        (3, "answered", True, True, NOON + timedelta(seconds=3)),
    ]


def test_every_attempt_that_is_billed_is_priced_once(connection):
    """Two billed answers for one request, the first of no use: two lines, two prices, one identity, however often it is sent."""
    owner = ledger()
    owner.claim(connection, PROFILE, ["1", "2"])
    twice = ended_well("1", Reply({"who": "1"}, (attempt("1"), attempt("1", "unavailable", second=1, billed=False),
                                                 attempt("1", second=2))))  # fmt: skip
    failed = EndedCall("2", (attempt("2", second=3), attempt("2", second=4)), "unreadable", False)
    for _ in range(2):
        settle(connection, owner, twice, failed)
    assert rows(
        connection,
        "select subject, attempt, outcome, holds_identity, is_billed, price_usd, answer is not null from api_calls"
        " order by subject, attempt",
    ) == [
        ("1", 1, "answered", False, True, Decimal("0.001000"), False),
        ("1", 2, "unavailable", False, False, Decimal("0.000000"), False),
        ("1", 3, "answered", True, True, Decimal("0.001000"), True),
        ("2", 1, "answered", False, True, Decimal("0.001000"), False),
        ("2", 2, "unreadable", False, True, Decimal("0.001000"), False),
    ]
    assert rows(connection, "select billed_calls, usd from api_spend") == [(4, Decimal("0.004000"))]


def test_a_withdrawn_answer_is_asked_for_again(connection):
    """It stands for its request no longer; its bill stays, and a call under way is left alone."""
    owner, other = ledger(), ledger()
    owner.claim(connection, PROFILE, ["1", "2"])
    settle(connection, owner, well("1"))
    withdraw_answers(connection, DAY, PROFILE, ["1", "2"])
    assert states(other.claim(connection, PROFILE, ["1", "2"])) == {"1": "claimed", "2": "busy"}
    assert rows(connection, "select subject, price_usd, answer from api_calls where not holds_identity") == [
        ("1", Decimal("0.001000"), None)
    ]


def test_not_there_is_an_answer(connection):
    """A 404 about one creator is kept, so that it is not asked again; a missing route is not."""
    owner = ledger()
    owner.claim(connection, PROFILE, ["1", "2"])
    for subject, route_missing in (("1", False), ("2", True)):
        error = NotFound("404", endpoint=PROFILE, status=404, route_missing=route_missing)
        error.attempts = (attempt(subject, "not_found", billed=False),)
        settle(connection, owner, ended_badly(subject, error))
    claims = ledger().claim(connection, PROFILE, ["1", "2"])
    assert states(claims) == {"1": "answered", "2": "claimed"}
    assert claims[0].answer is not None
    assert (claims[0].answer.outcome, claims[0].answer.data) == ("not_found", None)


def test_an_answer_that_makes_no_sense_is_billed_and_asked_again(connection):
    """A 200 nobody can read costs its price and holds no identity."""
    owner = ledger()
    owner.claim(connection, PROFILE, ["1"])
    error = UnexpectedAnswer("no user", endpoint=PROFILE, status=200, field="user")
    error.attempts = (attempt("1"),)
    settle(connection, owner, ended_badly("1", error))
    assert rows(connection, "select outcome, holds_identity, is_billed, price_usd from api_calls") == [
        ("unreadable", False, True, Decimal("0.001000"))
    ]


# The bill


@pytest.mark.parametrize(
    ("position", "price"),
    [
        (1, "0.001"), (1_000, "0.001"), (1_001, "0.0009"), (5_000, "0.0009"), (5_001, "0.0008"), (10_000, "0.0008"),
        (10_001, "0.0007"), (20_000, "0.0007"), (20_001, "0.0006"), (30_000, "0.0006"), (30_001, "0.0005"),
        (2_000_000, "0.0005"),
    ],
)  # fmt: skip
def test_the_price_falls_with_the_days_volume(connection, position, price):
    """Each billed call costs what its place in the day says, the tier beginning after its bound."""
    assert rows(connection, "select price_of_call('user_profile', %s)", position) == [(Decimal(price),)]


def test_a_chunk_that_straddles_a_tier_is_priced_call_by_call(connection):
    """Of four calls from the 999th on, two cost the first price and two the second; unbilled ones cost nothing."""
    connection.execute(
        "insert into api_spend (vendor, day, billed_calls, usd) values ('tikhub', %s, 998, 0.998)", [DAY]
    )
    owner = ledger()
    owner.claim(connection, PROFILE, ["1", "2", "3", "4", "5"])
    free = EndedCall("3", (attempt("3", "unavailable", billed=False),), "unavailable", False)
    settle(connection, owner, well("1"), well("2"), free, well("4"), well("5"))
    assert rows(connection, "select subject, price_usd from api_calls order by subject") == [
        ("1", Decimal("0.001000")),
        ("2", Decimal("0.001000")),
        ("3", Decimal("0.000000")),
        ("4", Decimal("0.000900")),
        ("5", Decimal("0.000900")),
    ]
    assert rows(connection, "select day, billed_calls, usd, vendor from api_spend") == [
        (DAY, 1_002, Decimal("1.001800"), "tikhub")
    ]


def test_settling_again_bills_once(connection):
    """The same work sent again after a commit that seemed lost changes neither ledger nor bill."""
    owner = ledger()
    owner.claim(connection, PROFILE, ["1", "2"])
    good = ended_well("1", Reply({}, (attempt("1", "unavailable", second=1, billed=False), attempt("1", second=2))))
    bad = EndedCall("2", (attempt("2", "unavailable", second=3, billed=True),), "unavailable", False)
    settle(connection, owner, good, bad)
    before = rows(connection, "select c.*, s.* from api_calls c, api_spend s order by call_id")
    settle(connection, owner, good, bad, at=NOON + timedelta(seconds=9))
    assert before == rows(connection, "select c.*, s.* from api_calls c, api_spend s order by call_id")
    assert len(before) == 3


def test_an_answer_too_late_is_billed_and_not_kept(connection):
    """Who lost the claim meanwhile pays all the same; the answer of the new owner is the one that counts."""
    slow, quick = ledger(), ledger("again")
    slow.claim(connection, PROFILE, ["1"])
    connection.execute("update api_calls set claimed_until = clock_timestamp() - interval '1 second'")
    quick.claim(connection, PROFILE, ["1"])
    settle(connection, slow, well("1", {"from": "slow"}))
    settle(connection, slow, well("1", {"from": "slow"}))
    settle(connection, quick, well("1", {"from": "quick"}))
    assert rows(connection, "select owner, holds_identity, is_billed from api_calls order by call_id") == [
        (quick.owner, True, True),
        (slow.owner, False, True),
    ]
    assert rows(connection, "select billed_calls, usd from api_spend") == [(2, Decimal("0.002000"))]
    (answer,) = ledger().read(connection, PROFILE, ["1"])
    assert answer.data == {"from": "quick"}


def test_the_bill_is_the_sum_of_the_calls(connection):
    """The day's spend is what its rows cost together, over many chunks."""
    owner = ledger()
    connection.execute("insert into api_spend (vendor, day, billed_calls, usd) values ('tikhub', %s, 4990, 0)", [DAY])
    for chunk in range(5):
        subjects = [f"{chunk}-{number}" for number in range(7)]
        owner.claim(connection, PROFILE, subjects)
        settle(connection, owner, *map(well, subjects))
    assert rows(connection, "select billed_calls - 4990, usd from api_spend") == rows(
        connection, "select count(*)::integer, sum(price_usd) from api_calls"
    )


# Answers


@pytest.mark.parametrize(
    "data",
    [
        {"nickname": "Zoë 🏳️‍🌈 \u202e", "n": 2**63, "x": [None, True, 1.5]},
        {"broken": "\ud83d half", "nul": "a\x00b"},
        [],
        {"long": "長い" * 50_000},
    ],
    ids=["emoji", "lone surrogate and NUL", "empty list", "long"],
)
def test_answers_come_back_as_they_were(connection, data):
    """A stored answer is compressed and read back the same, letter by letter."""
    owner = ledger()
    owner.claim(connection, PROFILE, ["1"])
    settle(connection, owner, well("1", data))
    (answer,) = ledger().read(connection, PROFILE, ["1"])
    assert json.dumps(data) == json.dumps(answer.data)
    assert len(answer.packed or b"") <= max(200, len(json.dumps(data)) // 2)


def test_a_replay_only_reads(connection):
    """Reading claims nothing: calls under way and failures are not answers, and no row is made or changed."""
    owner = ledger()
    owner.claim(connection, PROFILE, ["1", "2", "3"])
    failed = EndedCall("2", (attempt("2", "unavailable", billed=False),), "unavailable", False)
    settle(connection, owner, well("1"), failed)
    before = rows(connection, "select * from api_calls order by call_id")
    reader = ledger(run="replay")
    assert [(a.subject, a.data) for a in reader.read(connection, PROFILE, ["1", "2", "3", "4"])] == [
        ("1", {"who": "1"})
    ]
    assert reader.answered_from_ledger == 1
    assert before == rows(connection, "select * from api_calls order by call_id")


def test_retention_drops_answers_and_keeps_the_bill(connection, database_url):
    """Answers of days before the given one are emptied chunk by chunk; their rows, prices and later answers stay."""
    for ago in range(4):
        owner = ledger(day=DAY - timedelta(days=ago))
        subjects = [f"{ago}-{number}" for number in range(5)]
        owner.claim(connection, PROFILE, subjects)
        settle(connection, owner, *map(well, subjects))
    bill = rows(connection, "select day, subject, outcome, is_billed, price_usd from api_calls order by call_id")
    retention = Retention("stored answers", "", 1, "calls/drop_old_answers", "calls/count_stored_answers")
    with Database(lambda: psycopg.connect(database_url)) as opened:
        assert [upkeep.drop_expired(opened, [retention], DAY, chunk=3) for _ in range(2)] == [10, 0]
    assert rows(connection, "select day, count(answer) from api_calls group by day order by day") == [
        (DAY - timedelta(days=3), 0),
        (DAY - timedelta(days=2), 0),
        (DAY - timedelta(days=1), 5),
        (DAY, 5),
    ]
    assert bill == rows(
        connection, "select day, subject, outcome, is_billed, price_usd from api_calls order by call_id"
    )
    reader = ledger(day=DAY - timedelta(days=3))
    assert (reader.read(connection, PROFILE, ["3-0"]), reader.answered_from_ledger) == ([], 0)
