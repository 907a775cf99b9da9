"""The roll call against the sandbox: who is measured, who is not and why, and what one creator can cost another."""

from __future__ import annotations

import logging
import time
from datetime import date, timedelta

import pytest

from include.local.played_days import Days
from tests.include.comets.rosters import (
    TODAY,
    YESTERDAY,
    called,
    counts,
    enter,
    field_fault,
    fingerprints,
    misses,
    observe,
    plain,
    showing,
    status_fault,
    true_counts,
)


@pytest.fixture
def today(days: Days) -> Days:
    return days.at(2026, 11, 2)


def roll_call(days: Days, **params):
    return days.play(skip_discovery=True, **params)


def test_the_whole_roster_is_measured_as_it_is(today):
    """120 creators: every count equals the sandbox's truth, and each was asked for once."""
    creators = plain(today, 120)
    enter(today, creators)
    _, failed, report = roll_call(today)
    assert failed == []
    assert true_counts(creators) == counts(today, TODAY)
    assert len(called(today)) == len(set(called(today))) == 120
    assert "   ✅ Updated: 120" in report.splitlines()


def test_batches_are_ranges_over_the_order_of_importance(today):
    """Who is new comes first, then who moves fastest, up or down; two batches cover positions without a gap."""
    first, second, third, fourth = enter(today, plain(today, 4))
    for user_id, rate in ((first, 0.01), (second, 0.05), (third, -0.03)):
        with today.connect() as connection:
            connection.execute(
                "update creators set last_measured_on = %s, last_follower_count = 30000, growth_rate = %s,"
                " growth_deviation = 0.001 where user_id = %s",
                [YESTERDAY, rate, user_id],
            )
    from include.comets import tasks

    run = today.open(skip_discovery=True)
    assert tasks.plan_roll_call(today.connect, run) == [
        {"batch": 0, "first": 1, "last": 2},
        {"batch": 1, "first": 3, "last": 4},
    ]
    assert [([fourth, second],), ([third, first],)] == today.rows(
        "select user_ids from roll_call_batches order by batch"
    )


def test_identities_are_tried_in_order(today):
    """A creator whose sec_user_id always answers 400 is found by user_id, and one whose both do by its handle."""
    by_user_id = next(c for c in showing(today, "active") if c["refuses_sec_user_id"] and not c["refuses_user_id"])
    by_handle = plain(today, 1)[0]
    enter(today, [by_user_id, by_handle])
    refused = {"kind": "status", "status": 400}
    today.sandbox.inject(
        *(
            {
                "match": {"endpoint": "user_profile", "subject_contains": by_handle[kind]},
                "times": None,
                "action": refused,
            }
            for kind in ("sec_user_id", "user_id")
        )
    )
    _, failed, _ = roll_call(today)
    assert failed == []
    assert true_counts([by_user_id, by_handle]) == counts(today, TODAY)
    log = today.sandbox.log("user_profile")
    mine = [next(iter(entry["params"])) for entry in log if by_handle["handle"] in entry["subject"]]
    kinds = list(
        dict.fromkeys(
            next(iter(entry["params"])) for entry in log if set(entry["params"].values()) & set(by_handle.values())
        )
    )
    assert kinds == ["sec_user_id", "user_id", "unique_id"]
    assert mine == ["unique_id"]


def test_another_persons_answer_is_refused(today):
    """A profile with another uid than the one asked for is no snapshot: the creator failed, and the reason says why."""
    wrong, right = plain(today, 2)
    enter(today, [wrong, right])
    today.sandbox.inject(
        {
            "match": {"endpoint": "user_profile", "user_id": wrong["user_id"]},
            "times": None,
            "action": {"kind": "other_user", "user_id": right["user_id"]},
        }
    )
    _, _, report = roll_call(today)
    assert true_counts([right]) == counts(today, TODAY)
    assert misses(today, TODAY) == {
        wrong["user_id"]: ("failed", "user_profile: user.uid is somebody else's, not the one that was asked for")
    }
    assert "   ❌ Failed: 1" in report.splitlines()


def test_a_freed_handle_that_somebody_took_moves_nobodys_numbers(today):
    """After one creator freed a handle and another took it, each has its own counts and handles."""
    before, after = date(2026, 11, 2), date(2026, 11, 2)
    truth = {}
    for step in range(20):
        after = before + timedelta(days=step)
        truth = {creator["user_id"]: creator for creator in today.sandbox.truth(after)}
        earlier = {creator["user_id"]: creator for creator in today.sandbox.truth(before)}
        handed = [
            (old, truth[new["user_id"]])
            for old in earlier.values()
            for new in earlier.values()
            if old["story"] == "frees" and new["story"] == "takes" and truth[new["user_id"]]["handle"] == old["handle"]
        ]
        handed = [pair for pair in handed if pair[0]["handle"] != truth[pair[0]["user_id"]]["handle"]]
        if handed:
            break
    old, taker = handed[0]
    earlier_taker = earlier[taker["user_id"]]
    enter(today, [old, earlier_taker])
    observe(today, after - timedelta(days=1), {old["user_id"]: old["followers"], taker["user_id"]: taker["followers"]})
    roll_call(today.at(after.year, after.month, after.day))
    assert true_counts([truth[old["user_id"]], taker]) == counts(today, after)
    assert {
        (old["user_id"], truth[old["user_id"]]["handle"], after),
        (taker["user_id"], taker["handle"], after),
    } == set(today.rows("select user_id, handle, seen_from from handle_history"))


@pytest.mark.parametrize(
    ("answers", "outcome"), [("gone", "gone"), ("missing", "gone"), ("hidden", "private"), ("banned", "banned")]
)
def test_who_is_not_shown_any_more_is_data(today, answers, outcome):
    """Status 2065, a 404, status 2096 and a blocked account are outcomes, neither failures nor crashes."""
    creator = (plain(today, 1) if answers == "banned" else showing(today, answers))[0]
    enter(today, [creator])
    if answers == "banned":
        today.sandbox.inject(field_fault(creator["user_id"], "is_block", value=True))
    _, failed, report = roll_call(today)
    assert failed == []
    assert [(outcome,)] == today.rows("select status from creators")
    assert outcome == misses(today, TODAY)[creator["user_id"]][0]
    assert counts(today, TODAY) == {}
    assert "   👻 Gone, banned or private: 1" in report.splitlines()


def test_a_private_account_with_counts_is_measured(today):
    """`secret` with counts: a snapshot like any other, and the creator is marked private."""
    creator = showing(today, "private")[0]
    enter(today, [creator])
    roll_call(today)
    assert true_counts([creator]) == counts(today, TODAY)
    assert today.rows("select status from creators") == [("private",)]


def test_who_comes_back_is_active_again(today):
    """A creator gone on one day and shown on the next is measured, active, and has no misses in a row."""
    (creator,) = plain(today, 1)
    enter(today, [creator])
    gone = {"kind": "field", "path": "data", "value": {"status_code": 2065, "user": None}}
    today.sandbox.inject({"match": {"endpoint": "user_profile"}, "times": 2, "action": gone})  # by both of the ids
    roll_call(today)
    assert today.rows("select status, misses_in_row from creators") == [("gone", 1)]
    roll_call(today.at(2026, 11, 3))
    assert today.rows("select status, misses_in_row, next_due_on from creators") == [("active", 0, None)]
    assert [creator["user_id"]] == list(counts(today, date(2026, 11, 3)))


@pytest.mark.parametrize(
    ("first", "second", "is_true"), [(0, 0, True), (4_000, 4_999, True), (4_000, 1_700, True), (4_000, 5_000, False)]
)
def test_a_suspect_fall_is_looked_at_twice(today, first, second, is_true):
    """From 10,000 to 0 or below half: no snapshot on that day; a second look below half makes snapshots of both."""
    (creator,) = plain(today, 1)
    (user_id,) = enter(today, [creator])
    observe(today, YESTERDAY, {user_id: 10_000})
    today.sandbox.inject(field_fault(user_id, "follower_count", value=first))
    _, _failed, report = roll_call(today)
    assert counts(today, TODAY) == {}
    assert misses(today, TODAY)[user_id][0] == "suspect"
    assert "   🔎 Suspect (looked at again tomorrow): 1" in report.splitlines()
    today.sandbox.clear_faults()
    today.sandbox.inject(field_fault(user_id, "follower_count", value=second))
    _, failed, report = roll_call(today.at(2026, 11, 3))
    assert failed == []
    assert "   ✅ Updated: 1" in report.splitlines()
    assert [count for count, *_ in counts(today, date(2026, 11, 3)).values()] == [second]
    assert [count for count, *_ in counts(today, TODAY).values()] == ([first] if is_true else [])
    assert list(misses(today, TODAY)) == ([] if is_true else [user_id])
    growth = today.rows("select sum(daily_growth_followers) from creator_stats where recorded_date > %s", YESTERDAY)
    assert growth == [(second - 10_000,)]
    known = today.rows("select last_measured_on, last_follower_count, misses_in_row, next_due_on from creators")
    assert known == [(date(2026, 11, 3), second, 0, None)]
    # Played again, first the day of the first look: to the byte.
    before = fingerprints(today)
    for day in (TODAY, date(2026, 11, 3)):
        roll_call(today.at(2026, 11, 5), day=day)
    assert fingerprints(today) == before


def test_exactly_half_is_no_suspect_fall(today):
    """From 10,000 to 5,000 is not more than half: it is stored."""
    (user_id,) = enter(today, plain(today, 1))
    observe(today, YESTERDAY, {user_id: 10_000})
    today.sandbox.inject(field_fault(user_id, "follower_count", value=5_000))
    roll_call(today)
    assert counts(today, TODAY)[user_id][0] == 5_000


def test_three_days_of_failures_make_calls_rare_and_one_success_makes_them_daily(today):
    """Failing since the 2nd: called on 2, 3, 4, then after 2, 4, 7 and 7 days; found again: due every day."""
    (user_id,) = enter(today, plain(today, 1))
    today.sandbox.inject(field_fault(user_id, "follower_count", value="12.3K"))
    asked = []
    for step in range(28):
        day = TODAY + timedelta(days=step)
        today.sandbox.clear_log()
        roll_call(today.at(day.year, day.month, day.day))
        if called(today):
            asked.append(day.day if day.month == 11 else None)
    assert asked == [2, 3, 4, 6, 10, 17, 24]
    assert today.rows("select misses_in_row, next_due_on from creators") == [(7, date(2026, 12, 1))]
    today.sandbox.clear_faults()
    roll_call(today.at(2026, 12, 1))
    assert today.rows("select misses_in_row, next_due_on from creators") == [(0, None)]
    assert user_id in counts(today, date(2026, 12, 1))


BAD_FIELDS = [
    ("follower_count", {"literal": "NaN"}),
    ("follower_count", {"value": "12.3K"}),
    ("total_favorited", {"value": -1}),
    ("aweme_count", {"value": True}),
    ("follower_count", {"literal": "1e308"}),
    ("follower_count", {"value": 2**63}),
    ("total_favorited", {"missing": True}),
]


def test_a_bad_creator_costs_only_itself(today):
    """NaN, "12.3K", -1, true, 1e308, 2^63 and a missing count: each fails by name, all others are measured."""
    creators = plain(today, 40)
    enter(today, creators)
    bad = {creator["user_id"]: fault for creator, fault in zip(creators, BAD_FIELDS, strict=False)}
    today.sandbox.inject(*(field_fault(user_id, path, **action) for user_id, (path, action) in bad.items()))
    _, _, report = roll_call(today)
    assert true_counts(creators[len(bad) :]) == counts(today, TODAY)
    found = misses(today, TODAY)
    assert set(bad) == set(found)
    for user_id, (path, _) in bad.items():
        assert found[user_id][0] == "failed"
        # JSON knows no NaN: such a body is no JSON at all, and no field of it can be named.
        assert path in found[user_id][1] or "NaN" in str(bad[user_id][1])
    assert f"   ❌ Failed: {len(bad)}" in report.splitlines()


def test_data_the_database_refuses_cost_only_their_creator(today):
    """A rule of the database's own refuses one profile: the chunk's others are kept, and the reason is the creator's."""
    creators = plain(today, 60)
    enter(today, creators)
    refused = creators[7]["user_id"]
    with today.connect() as connection:
        connection.execute("alter table creators add constraint polite check (signature not like '%rude%')")
    today.sandbox.inject(field_fault(refused, "signature", value="rude"))
    roll_call(today)
    assert set(counts(today, TODAY)) == {creator["user_id"] for creator in creators} - {refused}
    outcome, reason = misses(today, TODAY)[refused]
    assert outcome == "failed"
    assert reason.startswith("the database refused the profile: new row for relation")


def test_a_limit_of_the_database_costs_only_its_creator(today):
    """A bio too long for an index of the owner's own is refused at once, not waited for: one fails, all others are kept."""
    creators = plain(today, 20)
    enter(today, creators)
    with today.connect() as connection:
        connection.execute("create index of_the_owner on creators (signature)")
    bio = "".join(chr(0x4E00 + (place * 7919 + place**2) % 20_000) for place in range(8_000))
    today.sandbox.inject(field_fault(creators[7]["user_id"], "signature", value=bio))
    began = time.monotonic()
    roll_call(today)
    assert time.monotonic() - began < 60
    assert set(counts(today, TODAY)) == {creator["user_id"] for creator in creators[:7] + creators[8:]}
    outcome, reason = misses(today, TODAY)[creators[7]["user_id"]]
    assert outcome == "failed"
    assert reason.startswith("the database refused the profile: index row")
    assert len(called(today)) == 20


def test_a_burst_of_server_errors_costs_nobody_a_measurement(today):
    """Five 503s in a row are retried: everybody is measured."""
    creators = plain(today, 20)
    enter(today, creators)
    today.sandbox.inject(status_fault(503, times=5))
    _, failed, _ = roll_call(today)
    assert failed == []
    assert true_counts(creators) == counts(today, TODAY)


def test_a_429_pauses_everybody_and_fails_nobody(today):
    """One Retry-After of 2 s: no worker sends anything in between, and nobody is marked failed."""
    creators = plain(today, 40)
    enter(today, creators)
    today.sandbox.settings(latency=0.05)
    today.sandbox.inject(
        {
            "match": {"endpoint": "user_profile", "nth": 10},
            "action": {"kind": "status", "status": 429, "headers": {"Retry-After": "2"}},
        }
    )
    began = time.monotonic()
    _, failed, _ = roll_call(today)
    assert failed == []
    assert misses(today, TODAY) == {}
    assert true_counts(creators) == counts(today, TODAY)
    assert time.monotonic() - began >= 2
    log = today.sandbox.log("user_profile")
    throttled = next(entry["at"] for entry in log if entry["status"] == 429)
    # What was on its way when the answer came may still arrive.
    later = sorted(entry["at"] for entry in log if entry["at"] > throttled)
    from datetime import datetime

    waits = [(datetime.fromisoformat(at) - datetime.fromisoformat(throttled)).total_seconds() for at in later]
    assert [wait for wait in waits if 0.5 < wait < 1.9] == []


def test_growth_against_an_estimated_day_says_so_in_the_log(today, caplog):
    """Measured on 31 October and today: yesterday lies on the line between, and today's growth is counted from it."""
    (creator,) = plain(today, 1)
    (user_id,) = enter(today, [creator])
    observe(today, date(2026, 10, 31), {user_id: creator["followers"] - 20})
    with caplog.at_level(logging.INFO, logger="include.comets.roll_call"):
        roll_call(today)
    percent = round(10 * 100 / (creator["followers"] - 10), 2)
    assert (
        f"✅ Updated: @{creator['handle']} {creator['followers']:,} followers (+10 / {percent:.2f}%, against an estimate)"
        in caplog.messages
    )


def test_each_creator_of_a_small_batch_has_its_line(today, caplog):
    """The log of a batch up to 100: updated with growth, failed with the reason, in the contract's words."""
    good, bad = plain(today, 2)
    enter(today, [good, bad])
    observe(today, YESTERDAY, {good["user_id"]: good["followers"] - 7})
    today.sandbox.inject(field_fault(bad["user_id"], "aweme_count", missing=True))
    with caplog.at_level(logging.INFO, logger="include.comets.roll_call"):
        roll_call(today)
    percent = round(7 * 100 / (good["followers"] - 7), 2)
    assert f"✅ Updated: @{good['handle']} {good['followers']:,} followers (+7 / {percent:.2f}%)" in caplog.messages
    assert any(
        line.startswith(f"❌ Failed: @{bad['handle']} user_profile: user.aweme_count") for line in caplog.messages
    )
