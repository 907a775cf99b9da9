"""When is a creator gone? Not because an identity is stale, and not when everybody is gone at once."""

from __future__ import annotations

from datetime import date

import pytest

from include.comets import roster, tasks
from include.local.played_days import Days
from tests.include.comets.rosters import (
    TODAY,
    YESTERDAY,
    Creator,
    called,
    counts,
    enter,
    misses,
    observe,
    plain,
    status_fault,
    true_counts,
)

TOMORROW = date(2026, 11, 3)
CROWD_LINE = "creators in a row answered gone or hidden ("
PROFILE = {"endpoint": "user_profile"}


@pytest.fixture
def today(days: Days) -> Days:
    return days.at(2026, 11, 2)


def answers(code: int, **match: str) -> Creator:
    """A sandbox rule: TikTok's status `code` and no user, every time."""
    value = {"status_code": code, "user": None}
    return {"match": {**PROFILE, **match}, "times": None, "action": {"kind": "field", "path": "data", "value": value}}


def play(days: Days) -> tuple[list[str], list[str]]:
    _, failed, report = days.play(skip_discovery=True)
    return failed, report.splitlines()


def standings(days: Days) -> list[tuple]:
    return days.rows("select status, misses_in_row, count(*)::int from creators group by 1, 2 order by 1, 2")


@pytest.mark.parametrize("fault", [status_fault(404, times=None), answers(2065), answers(2096)], ids=str)
def test_when_everybody_is_gone_nobody_is(today, fault):
    """404, status 2065 or 2096 for all 30: the day is red, nobody is marked; the same day again measures them all."""
    creators = plain(today, 30)
    enter(today, creators)
    today.sandbox.inject(fault)
    failed, report = play(today)
    assert [step.split(":")[:2] for step in failed] == [
        ["roll_call", " NobodyShown"],
        ["roll_call", " NobodyShown"],
        ["check_day", " CheckFailed"],
    ]
    assert all(CROWD_LINE in step for step in failed[:2])
    assert "30 of 30 creators looked at answered gone or hidden at once" in failed[2]
    assert standings(today) == [("active", 0, 30)]
    assert "   ❌ Failed: 30" in report
    assert today.rows("select count(*) from api_calls where holds_identity") == [(0,)]
    today.sandbox.clear_faults()
    assert play(today)[0] == []
    assert true_counts(creators) == counts(today, TODAY)
    assert misses(today, TODAY) == {}


def test_a_long_batch_is_stopped_early(today):
    """390 creators, all gone: a batch makes some two hundred calls, by two identities each, and not four hundred."""
    assert len(enter(today, plain(today, 390))) == 390
    today.sandbox.inject(status_fault(404, times=None))
    failed, _ = play(today)
    assert sum(CROWD_LINE in step for step in failed) == 2
    assert len(called(today)) <= 2 * (2 * 100 + 4 * today.threads)
    assert standings(today) == [("active", 0, 390)]


def test_a_crowd_in_front_does_not_stop_who_is_behind_it(today):
    """The first 70 of a batch are gone together: others are asked from the end, are shown, and all of it is believed."""
    creators = plain(today, 300)
    enter(today, creators)
    run = today.open(skip_discovery=True)
    (batch, *_rest) = tasks.plan_roll_call(today.connect, run)
    ((order,),) = today.rows("select user_ids from roll_call_batches where batch = 0")
    today.sandbox.inject(*(answers(2065, user_id=user_id) for user_id in order[:70]))
    counted = today.measure(run, roster.Batch(**batch), 0)
    assert (counted["gone"], counted["updated"]) == (70, 80)


def test_a_few_are_believed(today):
    """Four creators, all gone: that may be."""
    enter(today, plain(today, 4))
    today.sandbox.inject(answers(2065))
    assert play(today)[0] == []
    assert standings(today) == [("gone", 1, 4)]


def test_the_same_on_another_day_is_believed(today):
    """Truly gone, all six of them: doubted on the first day, gone on the second, asked once each on the third."""
    enter(today, plain(today, 6))
    today.sandbox.inject(answers(2065))
    play(today)
    assert standings(today) == [("active", 0, 6)]
    failed, _ = play(today.at(2026, 11, 3))
    assert standings(today) == [("gone", 1, 6)]
    assert [step.split(":")[0] for step in failed] == ["check_day"]  # nobody at all was measured
    today.sandbox.clear_log()
    play(today.at(2026, 11, 4))
    assert len(called(today)) == 6
    assert standings(today) == [("gone", 2, 6)]


def test_who_is_back_after_a_day_without_anybody_is_measured(today):
    """A day on which everybody was gone for a second time can be run again as well: who is shown is active again."""
    creators = plain(today, 6)
    enter(today, creators)
    today.sandbox.inject(answers(2065))
    play(today)
    play(today.at(2026, 11, 3))
    today.sandbox.clear_faults()
    assert play(today)[0] == []
    assert standings(today) == [("active", 0, 6)]
    assert true_counts(plain(today, 6, TOMORROW)) == counts(today, TOMORROW)


def test_a_third_of_the_roster_gone_among_others_is_taken_back(today):
    """10 of 30, measured yesterday and scattered: the day is red, they are as they were, and can be asked again."""
    creators = plain(today, 30)
    ids = enter(today, creators)
    observe(today, YESTERDAY, {each["user_id"]: each["followers"] for each in creators})
    today.sandbox.inject(*(answers(2096, user_id=user_id) for user_id in ids[::3]))
    failed, report = play(today)
    (line,) = failed
    assert line.startswith(
        "check_day: CheckFailed: 10 of 30 creators looked at answered gone or hidden at once: the endpoint or the key's "
        "region, not the creators."
    )
    assert "   ❌ Failed: 10" in report
    assert standings(today) == [("active", 0, 30)]
    today.sandbox.clear_faults()
    assert play(today)[0] == []
    assert true_counts(creators) == counts(today, TODAY)


def test_a_few_gone_among_others_are_no_crowd(today):
    """8 of 30 are less than 30 percent: data, and the day is green."""
    creators = plain(today, 30)
    ids = enter(today, creators)
    observe(today, YESTERDAY, {each["user_id"]: each["followers"] for each in creators})
    today.sandbox.inject(*(answers(2065, user_id=user_id) for user_id in ids[::4]))
    assert play(today)[0] == []
    assert standings(today) == [("active", 0, 22), ("gone", 1, 8)]


def test_an_answer_of_the_ledger_is_doubted_as_well(today):
    """What discovery was told today stands in the ledger: in a crowd it is withdrawn, and asked for again."""
    creators = plain(today, 12)
    ids = enter(today, creators)
    with today.connect() as connection:
        connection.cursor().executemany(
            "insert into api_calls (pipeline, day, endpoint, subject, outcome, owner, run_id, task_id, answered_at)"
            " values ('comets', %s, 'user_profile', %s, 'not_found', 'o', 'r', 'discover', now())",
            [(TODAY, user_id) for user_id in ids],
        )
    failed, _ = play(today)
    assert CROWD_LINE in failed[0]
    assert called(today) == []
    assert today.rows("select count(*) from api_calls where holds_identity") == [(0,)]
    assert play(today)[0] == []
    assert true_counts(creators) == counts(today, TODAY)


def test_pages_that_are_no_answers_stop_the_batch(today):
    """HTML with status 200 for everybody: after 50 in a row nobody is asked any more, and the line says so."""
    enter(today, plain(today, 200))
    today.sandbox.inject({"match": PROFILE, "times": None, "action": {"kind": "html"}})
    failed, _ = play(today)
    assert sum("TikHub sent no readable profile for 50 creators in a row" in step for step in failed) == 2
    assert len(called(today)) <= 2 * 2 * (50 + 3 * today.threads)


# Identities


def test_a_stale_sec_user_id_is_not_the_creator(today):
    """It answers gone, or is somebody else's: the user id is asked once more, finds the creator, and the row is mended."""
    mine, other, third = plain(today, 3)
    stale = {**mine, "sec_user_id": "MS4wLjABAAAAnobodyhasthis"}
    wrong = {**other, "sec_user_id": third["sec_user_id"]}
    enter(today, [stale, wrong])
    assert play(today)[0] == []
    assert true_counts([mine, other]) == counts(today, TODAY)
    assert dict(today.rows("select user_id, sec_user_id from creators")) == {
        each["user_id"]: each["sec_user_id"] for each in (mine, other)
    }
    kinds = [next(iter(entry["params"])) for entry in today.sandbox.log("user_profile")]
    assert sorted(kinds) == ["sec_user_id", "sec_user_id", "user_id", "user_id"]
    today.sandbox.clear_log()
    play(today.at(2026, 11, 3))
    assert len(called(today)) == 2


def test_both_answers_are_on_the_bill(today):
    """A billed answer that was somebody else's is paid for like the one after it: ledger, spend and sandbox agree."""
    mine, other = plain(today, 2)
    enter(today, [{**mine, "sec_user_id": other["sec_user_id"]}])
    _, report = play(today)
    billed = sum(entry["billed"] for entry in today.sandbox.log())
    assert billed == 2
    assert today.rows("select billed_calls, usd::text from api_spend") == [(2, "0.002000")]
    assert today.rows("select count(*)::int, sum(price_usd)::text from api_calls where is_billed") == [(2, "0.002000")]
    assert today.rows("select count(*) from api_calls where holds_identity") == [(1,)]
    assert "💳 API calls: 2 (2 billed, $0.002), 0 answered from the ledger" in report


def test_a_sec_user_id_that_another_row_has_costs_nobody_a_measurement(today):
    """An adopted creator's answer carries the id of another row: both are measured, and each row keeps its own."""
    one, two = plain(today, 2)
    enter(today, [one, {**two, "sec_user_id": None}])
    today.sandbox.inject(
        {
            "match": {**PROFILE, "user_id": two["user_id"]},
            "times": None,
            "action": {"kind": "field", "path": "data.user.sec_uid", "value": one["sec_user_id"]},
        }
    )
    assert play(today)[0] == []
    assert true_counts([one, two]) == counts(today, TODAY)
    assert dict(today.rows("select user_id, sec_user_id from creators")) == {
        one["user_id"]: one["sec_user_id"],
        two["user_id"]: None,
    }


def test_who_is_known_to_be_gone_is_asked_once(today):
    """Two calls on the day a creator vanishes, one on each look after it; back again, it is found by its user id."""
    (creator,) = plain(today, 1)
    (user_id,) = enter(today, [creator])
    today.sandbox.inject(answers(2065))
    play(today)
    assert len(called(today)) == 2
    today.sandbox.clear_log()
    play(today.at(2026, 11, 3))
    assert [next(iter(entry["params"])) for entry in today.sandbox.log("user_profile")] == ["user_id"]
    today.sandbox.clear_faults()
    play(today.at(2026, 11, 4))
    assert set(counts(today, date(2026, 11, 4))) == {user_id}
    assert standings(today) == [("active", 0, 1)]


def test_a_user_id_that_answers_nothing_leaves_the_first_word(today):
    """Gone by sec_user_id, and the user id refuses (400): gone, and the answer is kept so that nobody asks again today."""
    (creator,) = plain(today, 1)
    (user_id,) = enter(today, [creator])
    today.sandbox.inject(answers(2065, subject_contains=creator["sec_user_id"]))
    today.sandbox.inject(status_fault(400, times=None, subject_contains=user_id))
    assert play(today)[0] == []
    assert misses(today, TODAY)[user_id][0] == "gone"
    assert today.rows("select outcome, http_status, is_billed from api_calls where holds_identity") == [
        ("answered", 200, True)
    ]
    assert today.rows("select billed_calls from api_spend") == [(1,)]
