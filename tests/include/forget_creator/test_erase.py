"""Forgetting one person: what goes, what stays, and that nothing brings them back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from include import settings
from include.calls.ledger import Caller, Ledger, ended_well
from include.database import Database
from include.erasure import forgotten as erasure
from include.erasure.finding import PersonUnclear
from include.erasure.forgotten import ErasureKeyMissing
from include.ranking.standings import rank_day
from include.settings import Secret
from include.tikhub.endpoints import ENDPOINTS, user_profile
from tests.include.forget_creator.looking import KEY, everything, forget, holding, open_client


@pytest.fixture(autouse=True)
def erasure_key(monkeypatch):
    monkeypatch.setenv("ERASURE_KEY", KEY)


@pytest.fixture
def played(days_after):
    """Two days; somebody of the roster who is in searches, in planned batches and in the ledger."""
    days = days_after(2)
    rank_day(days.connect, days.now.date())
    return days


def person_of(days) -> dict[str, Any]:
    with days.connect() as connection:
        row = connection.execute(
            "select c.user_id, c.sec_user_id, c.handle, c.nickname from creators c join verdicts v using (user_id)"
            " join roll_call_batches b on c.user_id = any(b.user_ids) where v.day = '2026-11-03' order by 1 limit 1"
        ).fetchone()
    if row is None:
        row = days.rows("select user_id, sec_user_id, handle, nickname from creators order by 1 limit 1")[0]
    return dict(zip(("user_id", "sec_user_id", "handle", "nickname"), row, strict=True))


def test_nothing_about_them_is_left_anywhere(played):
    """After an erasure no table and no stored answer holds the id, the handle or the name."""
    person = person_of(played)
    assert {
        "creators", "creator_stats", "standings", "breakout_rankings", "verdicts", "api_calls", "answers"
    } <= holding(played, person["user_id"]).keys()  # fmt: skip

    forget(played, person["user_id"])

    assert holding(played, person["user_id"], person["sec_user_id"], person["handle"]) == {}


def test_everybody_else_stays_as_they_were(played):
    """An erasure changes no row of anybody else, keeps positions in the plan and the whole bill."""
    person = person_of(played)
    others = "select {} from {} where user_id <> '" + person["user_id"] + "' order by 1, 2"  # noqa: S608 - a made-up id
    queries = [
        others.format("user_id, creators::text", "creators"),
        others.format("user_id, creator_stats::text", "creator_stats"),
        others.format("video_id, verdicts::text", "verdicts"),
        "select sum(price_usd), count(*) filter (where is_billed), count(*) from api_calls",
        "select day, batch, first_position, last_position, cardinality(user_ids) from roll_call_batches order by 1, 2",
    ]
    before = [played.rows(query) for query in queries]

    forget(played, person["user_id"])

    assert before == [played.rows(query) for query in queries]


def test_a_dry_run_says_the_same_and_writes_nothing(played):
    """A dry run counts what the erasure then removes, and leaves every row as it was."""
    person, before = person_of(played), everything(played)
    promised = forget(played, f"@{person['handle']}", dry_run=True)
    assert before == everything(played)
    assert promised == forget(played, f"@{person['handle']}")


def test_discovery_does_not_bring_them_back(played):
    """A later search whose answer holds a person who was forgotten stores nothing about them, at no extra call."""
    played.at(2026, 11, 4)
    word, user_id, handle = found_by_a_search(played)
    forget(played, user_id)
    played.sandbox.clear_log()

    _, failed, _ = played.play(keywords=[word])

    assert failed == []
    assert user_id in search(played, word).text
    assert holding(played, user_id, handle) == {}
    assert [entry for entry in played.sandbox.log("user_profile") if user_id in str(entry)] == []


def found_by_a_search(days) -> tuple[str, str, str]:
    """A keyword, and somebody of the roster whom a search for it finds at this moment."""
    roster = days.rows("select user_id, handle from creators order by 1")
    for (word,) in days.rows("select distinct trend_keyword from daily_trends order by 1"):
        answer = search(days, word).text
        for user_id, handle in roster:
            if user_id in answer:
                return word, user_id, handle
    raise AssertionError("no search finds anybody of the roster")


def search(days, word: str):
    return days.sandbox.get(ENDPOINTS["video_search"].path, keyword=word, offset=0, count=20)


def test_doing_it_again_finds_nothing(played):
    """An erasure done twice removes nothing the second time and adds no audit line."""
    person = person_of(played)
    forget(played, person["user_id"])
    assert sum(forget(played, person["user_id"], "manual__again").values()) == 0
    assert played.rows("select run_id, requested_by, finished_at is not null from erasures") == [
        ("manual__forget", "operator", True)
    ]


def test_the_audit_line_says_what_was_removed(played):
    """The audit line holds the same numbers as the task's result, and the hash is not the id."""
    person = person_of(played)
    removed = forget(played, person["user_id"])
    [(kept,)] = played.rows("select removed from erasures")
    assert {name: rows for name, rows in removed.items() if rows} == kept
    assert [(erasure.hash_of(Secret(KEY), person["user_id"]),)] == played.rows(
        "select user_hash from forgotten_creators"
    )


def test_a_handle_of_several_people_is_refused(played):
    """A handle two people had over time is refused with both user ids, and nothing is removed."""
    person = person_of(played)
    with played.connect() as connection:
        connection.execute("insert into handle_history values ('77', %s, '2026-10-01')", [person["handle"]])
    with pytest.raises(PersonUnclear, match=f"77 .*{person['user_id']}|{person['user_id']}.*77 "):
        forget(played, person["handle"])
    assert played.rows("select count(*) from erasures") == [(0,)]


@pytest.mark.parametrize("creator", ["@nobody_of_this_name", "123456789"])
def test_nobody_is_refused(days, creator):
    """A handle or an id nobody has fails with a message for a person."""
    with pytest.raises(PersonUnclear):
        forget(days, creator)


def test_without_a_key_nothing_is_begun(played, monkeypatch):
    """Without ERASURE_KEY an erasure is refused, and says what to put into .env."""
    monkeypatch.delenv("ERASURE_KEY")
    with pytest.raises(ErasureKeyMissing, match="ERASURE_KEY=…"):
        forget(played, person_of(played)["user_id"])


@pytest.mark.parametrize("key", [None, "another key that is as long as the first"])
def test_the_pipeline_stops_without_the_right_key(played, monkeypatch, key):
    """Once somebody was forgotten, a run without that key stops before it calls anything."""
    forget(played, person_of(played)["user_id"])
    monkeypatch.delenv("ERASURE_KEY")
    if key:
        monkeypatch.setenv("ERASURE_KEY", key)
    played.at(2026, 11, 4).sandbox.clear_log()
    _, failed, _ = played.play()
    assert "ErasureKeyMissing" in failed[0]
    assert played.sandbox.log() == []


def test_a_look_up_in_flight_leaves_only_its_bill(played):
    """Who is forgotten while they are being looked up: no answer and no id is stored, what was paid is."""
    person, day = person_of(played), played.at(2026, 11, 4).now.date()
    ledger = Ledger(Caller(day, "comets", "manual__flight", "roll_call"))
    with Database(played.connect) as database, open_client(played) as client:
        claims = database.run(lambda connection: ledger.claim(connection, "user_profile", [person["user_id"]]))
        assert [claim.state for claim in claims] == ["claimed"]
        reply = client.fetch(user_profile("user_id", person["user_id"], person["user_id"]))
        forget(played, person["user_id"])
        ended = ended_well(person["user_id"], reply)
        now = datetime.now(UTC)
        database.run(lambda connection: ledger.settle(connection, "user_profile", [ended], [now]))
    assert played.rows("select subject, outcome, is_billed, answer from api_calls where run_id = 'manual__flight'") == [
        ("(erased)", "answered", True, None)
    ]
    assert holding(played, person["user_id"], person["handle"]) == {}


def test_a_handle_used_as_a_search_word_is_blanked(days):
    """A run that searched for the handle keeps its finds under a blank that is not the name."""
    days.at(2026, 11, 2).play()
    person = person_of(days)
    days.at(2026, 11, 3).play(keywords=[person["handle"]])
    rank_day(days.connect, days.now.date())
    assert "standings" in holding(days, person["handle"])
    forget(days, person["user_id"])
    assert holding(days, person["user_id"], person["handle"]) == {}
    assert days.rows("select trend_keyword from daily_trends where discovered_at = '2026-11-03'") == [("(erased 1.1)",)]


def test_rows_set_aside_and_messages_of_others_lose_them(played):
    """Rows kept from an older database, and other people's failed looks that name the person, are cleaned too."""
    person = person_of(played)
    [(other,)] = played.rows("select user_id from creators where user_id <> %s order by 1 limit 1", person["user_id"])
    with played.connect() as connection:
        connection.execute(
            "insert into adopted_leftovers (table_name, row_data, reason) values"
            " ('creators', jsonb_build_object('user_id', %(uid)s::text), 'x'),"
            " ('creators', jsonb_build_object('user_id', null, 'handle', %(handle)s::text), 'x')",
            {"uid": person["user_id"], "handle": person["handle"]},
        )
        connection.execute(
            "insert into roll_call_misses (user_id, day, outcome, reason) values (%s, '2026-10-01', 'failed', %s)",
            [other, f"user.uid is {person['user_id']}, but {other} was asked for"],
        )
    forget(played, person["user_id"])
    assert holding(played, person["user_id"], person["handle"]) == {}
    assert [(f"user.uid is (erased), but {other} was asked for",)] == played.rows(
        "select reason from roll_call_misses where day = '2026-10-01'"
    )


def test_what_people_said_about_them_goes(played):
    """Overrules of their verdicts go, withdrawn or not; those of others lose the name in reason, text and search word."""
    person = person_of(played)
    [(other,)] = played.rows("select user_id from creators where user_id <> %s order by 1 limit 1", person["user_id"])
    said = f"A fan of @{person['handle']}, uid {person['user_id']}."
    with played.connect() as connection:
        connection.execute(
            "insert into overrules (made_by, day, keyword, video_id, user_id, layer, field, subject_text, expected,"
            " reason, withdrawn_at, withdrawn_by) values"
            " ('op', '2026-11-02', 'ramen', '1', %(uid)s, 'platform', 'handle', %(handle)s, 'pass', 'fine', null, null),"
            " ('op', '2026-11-02', 'ramen', '1', %(uid)s, 'face', 'cover', null, 'pass', 'fine', 'infinity', 'op'),"
            " ('op', '2026-11-02', %(handle)s, '2', %(other)s, 'platform', 'bio', %(said)s, 'refuse', %(said)s, null, null)",
            {"uid": person["user_id"], "handle": person["handle"], "other": other, "said": said},
        )
        connection.execute(
            "insert into verdicts (day, keyword, video_id, user_id, handle, layer, field, matched_text, rules_version,"
            " run_id) values ('2026-11-03', 'other', '2', %s, 'o', 'platform', 'overrule', %s, '1', 'r')",
            [other, said],
        )
    promised = forget(played, person["user_id"], dry_run=True)
    assert promised == forget(played, person["user_id"])
    assert (promised["overrules"], promised["overrule_texts"], promised["overrule_keywords"]) == (2, 1, 1)
    assert holding(played, person["user_id"], person["handle"]) == {}
    [(keyword, subject, reason)] = played.rows("select keyword, subject_text, reason from overrules")
    assert keyword.startswith("(erased ")
    assert subject == reason == "A fan of (erased), uid (erased)."
    assert played.rows("select matched_text from verdicts where field = 'overrule'") == [(reason,)]


def test_a_short_key_is_refused():
    """A key one could guess is refused where the settings are read."""
    with pytest.raises(settings.SettingsError, match="ERASURE_KEY must be 32"):
        settings.load({"ERASURE_KEY": "short"}, None)


def test_writers_and_erasure_shut_each_other_out(days):
    """While somebody writes about people, an erasure waits; and the other way round."""
    with psycopg.connect(days.database_url) as writer, psycopg.connect(days.database_url) as eraser:
        erasure.share(writer)
        eraser.execute("set lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            erasure.shut_out_writers(eraser)
