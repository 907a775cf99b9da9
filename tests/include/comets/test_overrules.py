"""A person's word against a verdict: what it changes from the next run on, what it costs, and what a replay makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from include.comets.screening import Overrules, Verdict
from include.local.played_days import Days
from plugins.filters import judge_platform, judge_pronoun, load_rules
from tests.fixtures.days import AfterDays
from tests.include.comets.rosters import fingerprints

SEARCHES = {"keywords": ["ramen", "origami"], "pages_per_keyword": 3, "skip_roll_call": True}
EVERYTHING = (
    ("platform", "handle"),
    ("pronoun", "caption"),
    ("face", "cover"),
    ("criteria", "followers"),
    ("criteria", "plays"),
)
VERDICTS = (
    "select day, keyword, video_id, user_id, handle, layer, field, matched_text, measured, threshold, detector, score,"
    " cover_field, rules_version from verdicts where day = %s order by 1, 2, 3"
)
SNAPSHOTS = (
    "select user_id, follower_count, heart_count, video_count, observed_at from creator_stats where recorded_date = %s"
    " order by 1"
)


def overrule(
    days: Days, user_ids: list[str], layer: str, field: str | None, expected: str, reason: str = "Seen."
) -> None:
    with days.connect() as connection:
        connection.execute(
            "insert into overrules (made_by, day, keyword, video_id, user_id, layer, field, expected, reason)"
            " select 'op', '2026-11-02', 'ramen', '1', given, %s, %s, %s, %s from unnest(%s::text[]) as given",
            [layer, field, expected, reason, user_ids],
        )


def withdraw(days: Days) -> None:
    with days.connect() as connection:
        connection.execute("update overrules set withdrawn_at = clock_timestamp(), withdrawn_by = 'op'")


def creators(days: Days, layer: str, day: int = 2) -> list[str]:
    """Creators with nothing but this verdict on a day."""
    return [
        user_id
        for (user_id,) in days.rows(
            "select user_id from verdicts where day = %s group by 1 having bool_and(layer = %s) order by 1",
            f"2026-11-{day:02}",
            layer,
        )
    ]


def verdicts_of(days: Days, user_ids: list[str], day: int) -> list[tuple]:
    return days.rows(
        "select user_id, layer, field, matched_text from verdicts where day = %s and user_id = any(%s) order by 1, 2, 3",
        f"2026-11-{day:02}",
        user_ids,
    )


def play(days: Days, day: int, **params: Any) -> None:
    _, failed, _ = days.at(2026, 11, day).play(**{**SEARCHES, **params})
    assert failed == []


def test_the_first_layer_asked_refuses():
    """Of several refusals the one that is asked first stands in the verdict, with the reason cut short."""
    rows = [
        {"layer": "face", "field": "cover", "expected": "refuse", "reason": "no face"},
        {"layer": "platform", "field": "bio", "expected": "refuse", "reason": "r" * 500},
        {"layer": "criteria", "field": "plays", "expected": "pass", "reason": "soon"},
    ]
    assert Overrules({"plays": "soon"}, Verdict("platform", "overrule", "r" * 199 + "…")) == Overrules.from_rows(rows)


def test_a_refused_creator_is_accepted_the_next_day(days_after: AfterDays):
    """Who is passed everywhere is accepted on the next day, on the roster and measured, whatever the layers would say."""
    days = days_after(**SEARCHES)
    refused = creators(days, "platform") + creators(days, "pronoun")
    for layer, field in EVERYTHING:
        overrule(days, refused, layer, field, "pass", "It is their own channel.")
    play(days, 3)
    found = verdicts_of(days, refused, 3)
    assert {(layer, field, text) for _, layer, field, text in found} == {
        ("accepted", "overrule", "It is their own channel.")
    }
    accepted = sorted({user_id for user_id, *_ in found})
    assert len(accepted) > 3
    assert accepted == sorted(
        user_id for (user_id,) in days.rows("select user_id from creators where user_id = any(%s)", refused)
    )
    on_day = "select user_id from creator_stats where recorded_date = '2026-11-03' and user_id = any(%s) order by 1"
    assert accepted == [user_id for (user_id,) in days.rows(on_day, refused)]


@pytest.mark.parametrize(("layer", "field"), EVERYTHING)
def test_only_what_was_overruled_is_passed(days_after: AfterDays, layer: str, field: str):
    """A second run of the day lets everybody pass at the one layer or criterion; all others refuse as before."""
    days = days_after(**SEARCHES)
    before = days.rows("select video_id, layer, field from verdicts order by 1, 2")
    everybody = [user_id for (user_id,) in days.rows("select distinct user_id from verdicts")]
    overrule(days, everybody, layer, field, "pass")
    play(days, 2)
    after = {video: (by, what) for video, by, what in days.rows("select video_id, layer, field from verdicts")}

    def concerned(by: str, what: str) -> bool:
        return what == field if layer == "criteria" else by == layer

    assert [each for each in before if concerned(each[1], each[2])]
    assert not [video for video, (by, what) in after.items() if concerned(by, what)]
    ends = {"accepted", "undetermined"} if layer == "face" else set()
    for video, by, what in before:
        if by in ends:
            assert after[video] == ("accepted", "overrule")
        elif not concerned(by, what):
            assert after[video] == (by, what)


def test_an_accepted_creator_is_refused_before_anything_is_paid(days_after: AfterDays):
    """The next day's verdict says overruled and why; neither a profile nor a cover of theirs is asked for."""
    days = days_after(**SEARCHES)
    accepted = creators(days, "accepted")
    overrule(days, accepted, "face", "cover", "refuse", "A fan's page.")
    days.at(2026, 11, 3).sandbox.clear_log()
    play(days, 3)
    found = verdicts_of(days, accepted, 3)
    assert len({user_id for user_id, *_ in found}) > 3
    assert {(layer, field, text) for _, layer, field, text in found} == {("face", "overrule", "A fan's page.")}
    asked = days.rows("select subject from api_calls where day = '2026-11-03' and endpoint = 'user_profile'")
    assert asked
    assert {subject for (subject,) in asked} & set(accepted) == set()
    videos = {video for (video,) in days.rows("select video_id from verdicts where field = 'overrule'")}
    assert videos
    assert not [entry for entry in days.sandbox.image_log() if any(video in str(entry) for video in videos)]
    # Who is on the roster stays there, and is measured.
    assert days.rows("select count(*) from creators where user_id = any(%s)", accepted) == [(len(accepted),)]


def test_a_withdrawn_overrule_has_no_effect(days_after: AfterDays):
    """Made and withdrawn before the next run, an overrule changes no verdict."""
    days = days_after(**SEARCHES)
    before = days.rows(VERDICTS, "2026-11-02")
    overrule(days, creators(days, "accepted"), "platform", "bio", "refuse")
    overrule(days, creators(days, "pronoun"), "pronoun", "caption", "pass")
    withdraw(days)
    play(days, 2)
    assert before == days.rows(VERDICTS, "2026-11-02")


def test_a_run_keeps_to_what_was_said_when_it_began(days: Days):
    """A cleared task of a run judges as the others of its run did; the next run of the day goes by the overrule."""
    days.at(2026, 11, 2)
    run = days.open("manual__first", **SEARCHES)
    word = {"text": "ramen", "rank": 1}
    days.discover(run, word, 0)
    before = days.rows(VERDICTS, "2026-11-02")
    overrule(days, creators(days, "accepted"), "platform", "bio", "refuse")
    days.discover(run, word, 0)
    assert before == days.rows(VERDICTS, "2026-11-02")
    days.discover(days.open("manual__second", **SEARCHES), word, 0)
    assert before != days.rows(VERDICTS, "2026-11-02")


def test_a_replay_knows_nothing_said_later(days_after: AfterDays):
    """A past day is replayed by what was said when it was live: overrules made since change not one row of any table."""
    days = days_after(**SEARCHES)
    overrule(days, creators(days, "accepted"), "platform", "bio", "refuse")
    overrule(days, creators(days, "pronoun"), "pronoun", "caption", "pass")
    before = fingerprints(days)
    _, failed, _ = days.at(2026, 11, 6).play(day=days.now.date().replace(day=2), **SEARCHES)
    assert failed == []
    assert before == fingerprints(days)


@pytest.mark.parametrize(
    "lost", ["", "delete from verdicts", "delete from creator_stats where recorded_date > '2026-11-02'"]
)
def test_a_replay_keeps_what_was_said_then(days_after: AfterDays, lost: str):
    """Overrules in force on a live day, withdrawn since, are in its replay's rows as they were in the live ones."""
    days = days_after(**SEARCHES)
    overrule(days, creators(days, "accepted"), "platform", "bio", "refuse")
    for layer, field in EVERYTHING:
        overrule(days, creators(days, "pronoun"), layer, field, "pass")
    play(days, 3)
    withdraw(days)
    verdicts, snapshots = days.rows(VERDICTS, "2026-11-03"), days.rows(SNAPSHOTS, "2026-11-03")
    assert ("accepted", "overrule") in {(row[5], row[6]) for row in verdicts}
    if lost:
        with days.connect() as connection:
            connection.execute(lost.encode())
    days.at(2026, 11, 6).sandbox.clear_log()
    _, failed, _ = days.play(day=days.now.date().replace(day=3), **SEARCHES)
    assert failed == []
    assert days.sandbox.log() == []
    if lost != "delete from verdicts":  # covers judged are known from the verdicts alone
        assert verdicts == days.rows(VERDICTS, "2026-11-03")
        assert snapshots == days.rows(SNAPSHOTS, "2026-11-03")
    overruled = [row for row in verdicts if row[6] == "overrule"]
    assert overruled == [row for row in days.rows(VERDICTS, "2026-11-03") if row[6] == "overrule"]


def test_two_live_runs_of_a_day_are_replayed_each_by_its_own(days: Days):
    """Videos judged before an overrule and after it, on one day, keep what each run found."""
    days.at(2026, 11, 2)
    play(days, 2, keywords=["ramen"])
    everybody = [user_id for (user_id,) in days.rows("select distinct user_id from verdicts")]
    overrule(days, everybody, "criteria", None, "refuse")
    overrule(days, creators(days, "pronoun"), "pronoun", "caption", "pass")
    play(days, 2, keywords=["origami"])
    before = fingerprints(days)
    _, failed, _ = days.at(2026, 11, 6).play(day=days.now.date().replace(day=2), **SEARCHES)
    assert failed == []
    assert before == fingerprints(days)


def test_the_layers_still_refuse_whom_a_person_let_pass(days_after: AfterDays):
    """It is the overrule that lets them pass: the layers themselves refuse the same texts on the same day."""
    days = days_after(**SEARCHES)
    handles = dict(days.rows("select handle, matched_text from verdicts where layer = 'platform' and field = 'handle'"))
    captions = [text for (text,) in days.rows("select matched_text from verdicts where layer = 'pronoun'")]
    rules = load_rules()
    for handle, matched in handles.items():
        refusal = judge_platform(rules, handle=handle)
        assert refusal is not None
        assert refusal.matched_text == matched
    assert all(judge_pronoun(rules, text) for text in captions)
    everybody = [
        user_id for (user_id,) in days.rows("select user_id from verdicts where layer in ('platform', 'pronoun')")
    ]
    overrule(days, sorted(set(everybody)), "platform", "handle", "pass")
    play(days, 2)
    assert days.rows("select count(*) from verdicts where layer = 'platform'") == [(0,)]


def test_a_dry_run_goes_by_overrules_and_writes_none(days_after: AfterDays):
    """A dry run counts as the overrules in force say, and leaves them as they are."""
    days = days_after(**SEARCHES)
    accepted = creators(days, "accepted")
    overrule(days, accepted, "platform", "bio", "refuse")
    before = days.rows("select overrules::text from overrules order by 1")
    run = days.open(**SEARCHES, dry_run=True)
    tally = [days.discover(run, {"text": word, "rank": 1}, 0) for word in SEARCHES["keywords"]]
    assert sum(len(each["judged"].get("platform overrule", ())) for each in tally) >= len(accepted)
    assert before == days.rows("select overrules::text from overrules order by 1")
