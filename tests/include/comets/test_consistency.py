"""The consistency check in whole days: off by default, one paid call for each candidate, good for a week."""

from __future__ import annotations

import json
import shutil
import zlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from include.comets import tasks, videos
from include.comets.rejudging import OtherRules, rejudge
from include.database import Database
from include.local.played_days import Days
from include.migrations import FOLDER, migrate
from plugins.filters.layers import TextLayers
from plugins.filters.rules import rules_from_mapping, shipped_mapping
from tests.include.comets.rosters import status_fault
from tests.include.comets.test_rules import activate

DAY = date(2026, 11, 2)
NONE = {"min_median_plays": 0, "min_share_percent": 0, "max_days_silent": 0}
ANYBODY = {"is_on": True, **NONE, "min_share_percent": 100, "bar_plays": 0}  # asked of everybody, refuses nobody
NOBODY = {"is_on": True, **NONE, "min_median_plays": 1_000_000_000}  # refuses who has videos enough
SMALL = {"keywords": ["ramen"], "pages_per_keyword": 1, "skip_roll_call": True}
VERDICTS = "select video_id, layer, field, measured, threshold, detector, score, cover_field from verdicts order by 1"


@pytest.fixture
def today(days: Days) -> Days:
    return days.at(2026, 11, 2)


def switch(days: Days, name: str, section: dict[str, Any]) -> None:
    with days.connect() as connection:
        activate(connection, name, consistency=section)


def layers(days: Days) -> dict[str, int]:
    return dict(days.rows("select layer, count(*) from verdicts group by 1"))


def asked(days: Days) -> list[str]:
    return [entry["subject"] for entry in days.sandbox.log("user_videos")]


def in_ledger(days: Days) -> list[str]:
    return [subject for (subject,) in days.rows("select subject from api_calls where endpoint = 'user_videos'")]


def accepted(days: Days) -> set[str]:
    return {user_id for (user_id,) in days.rows("select user_id from verdicts where layer = 'accepted'")}


def test_it_asks_once_for_each_who_passed_all_else(today: Days):
    """As many calls as creators with an accepted video, in the ledger under their keyword; refusing nobody it changes nothing."""
    today.play(**SMALL)
    before, passed = today.rows(VERDICTS), accepted(today)
    assert (len(passed) > 1, asked(today)) == (True, [])
    with today.connect() as connection:
        connection.execute("delete from verdicts")
        connection.execute("delete from creators")
    switch(today, "on", ANYBODY)
    today.sandbox.clear_log()
    _, failed, report = today.play(**SMALL)
    assert (failed, today.rows(VERDICTS)) == ([], before)
    calls = today.rows("select subject, keyword, is_billed from api_calls where endpoint = 'user_videos' order by 1")
    assert calls == [(user_id, "ramen", True) for user_id in sorted(passed)]
    assert [entry["endpoint"] for entry in today.sandbox.log()] == ["user_videos"] * len(passed)
    assert "consistency" not in report


def test_who_falls_short_is_refused(today: Days):
    """Layer, field, measured and threshold in place of the acceptance, the cover's evidence beside; nobody joins the roster, and
    the report has a line.
    """
    switch(today, "on", NOBODY)
    _, failed, report = today.play(**SMALL)
    assert failed == []
    assert today.rows("select count(*) from creators") == [(0,)]
    rows = today.rows(
        "select layer, field, threshold, measured, face_percent > 2, detector from verdicts where precedence = 8"
    )
    assert rows
    for layer, field, threshold, measured, fills, detector in rows:
        assert (layer, field, threshold, fills) == ("consistency", "median_plays", 1_000_000_000, True)
        assert detector.startswith("yunet")
        assert 0 < measured < 1_000_000_000
    assert f"   ❌ Rejected by the consistency check: {len(rows)}\n" in report
    assert len(asked(today)) == len(today.rows("select distinct user_id from verdicts where layer = 'consistency'"))
    # What is drawn around the face on the small copy is what layer 3 measured.
    assert today.rows(
        "select count(*) from pictures join verdicts using (user_id, video_id)"
        " where layer = 'consistency' and pictures.face_percent is distinct from verdicts.face_percent"
    ) == [(0,)]


def test_a_second_run_pays_nothing_and_a_replay_writes_the_same(today: Days):
    """The same day again, and its replay a week later: the same verdicts, at no call."""
    switch(today, "on", NOBODY)
    today.play(**SMALL)
    before = today.rows(VERDICTS)
    today.sandbox.clear_log()
    assert today.play(**SMALL)[1] == []
    assert (today.sandbox.log(), today.rows(VERDICTS)) == ([], before)
    with today.connect() as connection:
        connection.execute("delete from verdicts where detector is null")
    run, failed, _ = today.at(2026, 11, 9).play(day=DAY, **SMALL)
    assert (run.mode, failed, today.sandbox.log(), today.rows(VERDICTS)) == ("replay", [], [], before)


def listed(days: Days) -> dict[tuple[str, str], tuple[date, Any, int]]:
    """Of creator and video in the stored lists: the list's day, when it was answered, and the plays."""
    answers = days.rows("select day, answered_at, subject, answer from api_calls where endpoint = 'user_videos'")
    return {
        (subject, aweme["aweme_id"]): (day, at, aweme["statistics"]["play_count"])
        for day, at, subject, answer in answers
        for aweme in json.loads(zlib.decompress(answer))["aweme_list"]
    }


def sighted(days: Days) -> dict[tuple[str, str], tuple[date, Any, int]]:
    return {
        (user_id, video_id): (day, at, plays)
        for user_id, video_id, day, at, plays in days.rows(
            "select user_id, video_id, day, seen_at, plays from creator_video_sightings"
        )
    }


def test_the_videos_that_were_paid_for_are_kept(today: Days):
    """All of a list, not only what was screened, as its answer has them; a replay of the day writes the same rows."""
    switch(today, "on", ANYBODY)
    today.play(**SMALL)
    paid = listed(today)
    assert len(paid) > 5 * len(accepted(today))
    assert paid.items() <= sighted(today).items()
    kept, before = "select * from creator_videos order by 1, 2", sighted(today)
    videos_before = today.rows(kept)
    with today.connect() as connection:
        connection.execute("delete from creator_video_sightings")
        connection.execute("delete from creator_videos")
    today.at(2026, 11, 9).play(day=DAY, **SMALL)
    assert (sighted(today), today.rows(kept)) == (before, videos_before)
    assert today.at(2026, 11, 9).play(day=DAY, **SMALL)[1] == []
    assert (sighted(today), today.rows(kept)) == (before, videos_before)


def test_the_videos_of_who_was_refused_are_kept_once_they_join(today: Days):
    """Of nobody who is not on the roster; who joins it later has those of the day they were asked about."""
    switch(today, "on", NOBODY)
    today.play(**SMALL)
    paid = listed(today)
    assert paid
    assert sighted(today) == {}
    joined = min(user_id for user_id, _ in paid)
    with today.connect() as connection:
        connection.execute(
            "insert into creators (user_id, handle, first_seen_on) values (%s, 'late', %s)",
            [joined, DAY + timedelta(days=1)],
        )
    with Database(today.connect) as database:
        videos.keep(database, DAY, DAY + timedelta(days=1), DAY + timedelta(days=1))
        assert videos.keep(database, DAY, DAY + timedelta(days=1), DAY + timedelta(days=1)) == 0
    assert {key: seen for key, seen in sighted(today).items() if key in paid} == {
        key: seen for key, seen in paid.items() if key[0] == joined
    }
    assert {user_id for user_id, _ in sighted(today)} == {joined}


def test_an_answer_is_good_for_seven_days(today: Days):
    """On the seventh day it judges, on the eighth it is paid for again; the last post is counted to the day it was asked on."""
    switch(today, "on", NOBODY)
    today.play(**SMALL)
    first = set(asked(today))
    assert first
    with today.connect() as connection:
        connection.execute("update api_calls set day = day - 7 where endpoint = 'user_videos'")
    today.sandbox.clear_log()
    today.play(**SMALL)
    assert asked(today) == []
    with today.connect() as connection:
        connection.execute("update api_calls set day = day - 1 where endpoint = 'user_videos'")
    today.play(**SMALL)
    assert set(asked(today)) == first


def test_who_is_on_the_roster_is_not_asked_about(today: Days):
    """The roster keeps everybody: a call about them would change nothing. Who joined it on this very day is judged as before."""
    today.play(**SMALL)
    before, (new, *known) = today.rows(VERDICTS), sorted(accepted(today))
    with today.connect() as connection:
        connection.execute("delete from verdicts")
        connection.execute("update creators set first_seen_on = first_seen_on - 1 where user_id <> %s", [new])
    switch(today, "on", ANYBODY)
    assert today.play(**SMALL)[1] == []
    assert known
    assert (today.rows(VERDICTS), in_ledger(today)) == (before, [new])


@pytest.mark.parametrize(
    ("fault", "is_red"),
    [
        (status_fault(404, "user_videos", times=None), False),
        (status_fault(500, "user_videos", times=None), True),
        (
            {
                "match": {"endpoint": "user_videos"},
                "times": None,
                "action": {"kind": "field", "path": "data.aweme_list", "value": []},
            },
            False,
        ),
    ],
)
def test_whose_videos_are_not_given_passes(today: Days, fault: dict[str, Any], is_red: bool):
    """Nothing known is nothing against anybody: they join the roster, and nothing else of the day is lost. That TikTok shows none
    is an answer; where none came for anybody the day's checks say so.
    """
    switch(today, "on", NOBODY)
    today.sandbox.inject(fault)
    _, failed, _ = today.play(**SMALL)
    assert asked(today)
    said = f"check_day: CheckFailed: the latest videos of none of {len(accepted(today))} candidates were given"
    assert [line.startswith(said) for line in failed] == [True] * is_red
    assert "consistency" not in layers(today)
    assert today.rows("select count(*) from creators") == [(len(accepted(today)),)]


def test_let_pass_holds(today: Days):
    """Who is let pass here is accepted from the next run on, and not asked about."""
    switch(today, "on", NOBODY)
    today.play(**SMALL)
    ((user_id, video_id),) = today.rows(
        "select user_id, video_id from verdicts where layer = 'consistency' order by 1, 2 limit 1"
    )
    with today.connect() as connection:
        connection.execute(
            "insert into overrules (made_by, day, keyword, video_id, user_id, layer, field, expected, reason)"
            " values ('ann', %s, 'ramen', %s, %s, 'consistency', 'median_plays', 'pass', 'only begun')",
            [DAY, video_id, user_id],
        )
        connection.execute("delete from api_calls where endpoint = 'user_videos'")
    today.sandbox.clear_log()
    today.play(**SMALL)
    assert accepted(today) == {user_id}
    assert in_ledger(today)
    assert user_id not in in_ledger(today)


def test_a_budget_that_ends_in_the_middle_loses_nothing_paid(today: Days):
    """The page is left as with profiles; a run with a budget asks for the rest alone, and judges as one that had enough."""
    switch(today, "on", NOBODY)
    today.play(**SMALL)
    expected, candidates, before = today.rows(VERDICTS), len(asked(today)), len(today.sandbox.log())
    assert candidates > 1
    with today.connect() as connection:
        connection.execute("delete from verdicts")
        connection.execute("delete from api_calls")
    today.sandbox.clear_log()
    # Two fifths of a budget are the roll call's where there is somebody to call; here there is nobody.
    run = today.open(max_calls=before - 1, **SMALL)
    tasks.fetch_trends(today.connect, today.api(), run)
    tally = today.discover(run, {"text": "ramen", "rank": 1}, 0)
    assert (tally["videos"], len(asked(today))) == (0, candidates - 1)
    assert today.play(**SMALL)[1] == []
    assert len(today.sandbox.log()) == before
    assert sorted(asked(today)) == sorted(set(asked(today)))
    assert today.rows(VERDICTS) == expected


def other(**section: Any) -> OtherRules:
    """The shipped rules with another section consistency."""
    shipped = shipped_mapping()
    rules = rules_from_mapping({**shipped, "version": "other", "consistency": section})
    versions = (shipped["version"], "on")
    return OtherRules(
        TextLayers(rules), 2.0, dict.fromkeys(versions, True), dict.fromkeys(versions, shipped["face"]["min_percent"])
    )


def test_other_rules_judge_the_stored_answers(today: Days):
    """Switched off they let pass who was refused; as they were they change nothing; without the answer nothing is known."""
    switch(today, "on", NOBODY)
    today.play(**SMALL)
    refused = layers(today)["consistency"]

    def effects(rules: OtherRules) -> dict[str, int]:
        found: dict[str, int] = {}
        with today.connect() as connection:
            for one in rejudge(connection, DAY, "ramen", rules):
                if one.before.layer == "consistency":
                    found[one.effect] = found.get(one.effect, 0) + 1
        return found

    assert effects(other(**NOBODY)) == {"unchanged": refused}
    assert effects(other(is_on=False)) == {"newly_passed": refused}
    with today.connect() as connection:
        connection.execute("delete from api_calls where endpoint = 'user_videos'")
    assert effects(other(**NOBODY)) == {"unknown": refused}


def test_a_draft_judges_by_the_videos_that_are_stored(today: Days):
    """Where nobody was asked, as its preview does: who has enough of them is refused or passes; of others nothing is known."""
    today.play(**SMALL)
    assert in_ledger(today) == []
    stored = dict(
        today.rows(
            "select creators.user_id, count(videos.video_id) from creators left join creator_videos as videos using (user_id)"
            " group by 1"
        )
    )
    assert stored.keys() == accepted(today)
    fewest = max(stored.values())

    def effects(**section: Any) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        with today.connect() as connection:
            for one in rejudge(connection, DAY, "ramen", other(**section)):
                if one.before.layer == "accepted":
                    found.setdefault(one.effect, set()).add(one.user_id)
        return found

    enough = {user_id for user_id, videos in stored.items() if videos >= fewest}
    few = {"unknown": stored.keys() - enough} if stored.keys() - enough else {}
    assert effects(**{**NOBODY, "min_videos": fewest}) == {"newly_refused": enough, **few}
    assert effects(**{**ANYBODY, "min_videos": fewest}) == {"unchanged": enough, **few}


def test_a_database_of_before_keeps_its_verdicts(empty_database_url: str, tmp_path: Path):
    """Each has the rank it had among the others, and the new layer stands between the face and accepted."""
    folder = Path(shutil.copytree(FOLDER, tmp_path / "migrations"))
    for path in folder.glob("*.sql"):
        if path.name >= "0062":
            path.unlink()
    kinds = [
        ("undetermined", "profile"),
        ("undetermined", "cover"),
        ("platform", "handle"),
        ("pronoun", "caption"),
        ("criteria", "plays"),
        ("platform", "bio"),
        ("face", "cover"),
        ("accepted", "cover"),
    ]
    insert = (
        "insert into verdicts (day, keyword, video_id, user_id, handle, layer, field, rules_version, run_id)"
        " values ('2026-11-01', 'k', %s, 'u', 'h', %s, %s, '1', 'r')"
    )
    order = "select layer, field from verdicts order by precedence"
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        migrate(connection, folder)
        for number, kind in enumerate(kinds):
            connection.execute(insert, [str(number), *kind])
        assert connection.execute(order).fetchall() == kinds
        migrate(connection)
        connection.execute(insert, ["8", "consistency", "share"])
        assert connection.execute(order).fetchall() == [*kinds[:-1], ("consistency", "share"), kinds[-1]]
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(insert, ["9", "elsewhere", "share"])
        connection.execute(
            "insert into verdict_agreements (user_id, video_id, layer, made_by, day, rules_version, chosen_reason)"
            " values ('u', '8', 'consistency', 'ann', %s, '1', 'one hit')",
            [DAY + timedelta(days=1)],
        )
