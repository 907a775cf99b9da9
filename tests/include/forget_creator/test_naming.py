"""Forgetting one person who is named in what is stored about others."""

from __future__ import annotations

import json
import threading
import time
import zlib
from datetime import date
from typing import Any

import psycopg
import pytest

from include import database
from include.erasure import forgotten as erasure
from tests.include.comets.rosters import YESTERDAY, counts, enter, field_fault, observe, plain
from tests.include.forget_creator.looking import KEY, forget, holding

UID, SEC, HANDLE, OTHER = "7067630864460584946", "MS4wLjABAAAAmade-up_by_a_test", "anna.b", "6660086755653487953"
SAID = f"Seen with @Anna.B (uid {UID}, {SEC})"
BLANKED = "Seen with (erased) (uid (erased), (erased))"
DAY = date(2026, 11, 2)


@pytest.fixture(autouse=True)
def erasure_key(monkeypatch):
    monkeypatch.setenv("ERASURE_KEY", KEY)


@pytest.fixture
def known(days):
    """One person on the roster, and another."""
    with days.connect() as connection:
        connection.execute(
            "insert into creators (user_id, sec_user_id, handle) values (%s, %s, 'Anna.B'), (%s, 'MS4other', 'annabel')",
            [UID, SEC, OTHER],
        )
    return days


def packed(data: Any) -> bytes:
    return zlib.compress(json.dumps(data).encode())


# Rows that are not the person's and say SAID wherever somebody's text can stand.
PLANTED = {
    "accounts": {"account": "my.shop", "handle": "my.shop"},
    "account_exports": {
        "export_sha256": "1" * 64,
        "member": "Overview.csv",
        "account": "my.shop",
        "source": "drop",
        "file_name": "Overview.zip",
        "size_bytes": 1,
        "landed_at": DAY,
        "state": "waiting",
        "reason": "said",
        "waits_for": "said",
        "warnings": ["said"],
    },
    "account_outcomes": {
        "run_id": "r",
        "step": "land",
        "export_sha256": "1" * 64,
        "file_name": "Overview.zip",
        "result": "waiting",
        "reason": "said",
        "started_at": DAY,
        "ended_at": DAY,
    },
    "account_questions": {
        "kind": "year",
        "subject": "said",
        "question": "said",
        "candidates": ["said"],
        "details": "json",
        "answer": "said",
    },
    "account_anomalies": {
        "account": "my.shop",
        "day": DAY,
        "kind": "views",
        "details": "json",
        "note": "said",
    },
    "account_quality": {"account": "my.shop", "run_id": "r", "day": DAY, "offenders": "json"},
    "content_performance": {
        "account": "my.shop",
        "video_id": "1",
        "snapshot_day": DAY,
        "title": "said",
        "link": "said",
        "extra": "json",
        "hashtags": [HANDLE],
        "mentions": [HANDLE],
        "member": "1" * 64,
        "line": 2,
    },
    "social_media_stats": {"account": "my.shop", "date": DAY, "extra": "json"},
    "adopted_leftovers": {"table_name": "creators", "row_data": "json", "reason": "said"},
    "alert_readers": {"reader": "op", "address": "said", "on_webhook": True, "seen_on": DAY},
    "alert_wishes": {"wish_id": 1, "reader": "op", "watched": "stars", "bought": True, "made_on": DAY},
    "alerts_told": {"wish_id": 1, "user_id": UID, "kind": "bought", "day": DAY},
    "api_calls": {
        "pipeline": "comets",
        "day": DAY,
        "endpoint": "video_search",
        "subject": f"keyword={SAID}&offset=0",
        "outcome": "answered",
        "owner": "o",
        "run_id": "r",
        "task_id": "t",
        "keyword": "said",
        "error": "said",
        "answer": packed({"list": [{"desc": SAID, "author": {"uid": OTHER, "nickname": SAID}}]}),
    },
    "call_summaries": {
        "pipeline": "comets",
        "day": DAY,
        "endpoint": "video_search",
        "keyword": "said",
        "outcome": "answered",
        "calls": 1,
        "billed": 1,
        "usd": 1,
        "latency_ms": 1,
    },
    "creator_stats": {
        "user_id": OTHER,
        "recorded_date": DAY,
        "follower_count": 1,
        "heart_count": 1,
        "video_count": 1,
        "source_trend": "said",
        "origin": "discovery",
    },
    "creators": {
        "user_id": "5",
        "handle": "x",
        "nickname": "said",
        "avatar_url": "said",
        "signature": "said",
        "first_seen_keyword": "said",
    },
    "creator_videos": {
        "user_id": OTHER,
        "video_id": "1",
        "plays": 1,
        "caption": "said",
        "hashtags": [HANDLE, "ramen"],
        "music_title": "said",
        "cover_url": "said",
        "seen_at": DAY,
        "first_seen_on": DAY,
        "last_seen_on": DAY,
    },
    "creator_contacts": {
        "user_id": OTHER,
        "kind": "link",
        "contact": f"https://www.tiktok.com/@{HANDLE}",
        "found_in": "bio",
        "seen_at": DAY,
    },
    "daily_trends": {"trend_keyword": "said", "discovered_at": DAY},
    "overrules": {
        "made_by": "op",
        "day": DAY,
        "keyword": "said",
        "video_id": "1",
        "user_id": OTHER,
        "layer": "face",
        "subject_text": "said",
        "expected": "pass",
        "reason": "said",
    },
    "roll_call_misses": {
        "user_id": OTHER,
        "day": DAY,
        "outcome": "suspect",
        "reason": "said",
        "source_trend": "said",
    },
    "rule_versions": {
        "version": "1",
        "mapping": "json",
        "state": "active",
        "note": "said",
        "made_by": "op",
        "activated_at": DAY,
        "activated_by": "op",
    },
    "runs": {
        "pipeline": "comets",
        "run_id": "r",
        "day": DAY,
        "mode": "live",
        "settings": "json",
        "counts": "json",
        "report": "said",
        "stopped_because": "said",
        "failed_tasks": ["said"],
        "failed_checks": ["said"],
    },
    "saved_searches": {"search_id": 1, "owner": "op", "name": "said", "path": "said", "parameters": "json"},
    "saved_search_looks": {"search_id": 1, "reader": "op", "looked_at": DAY, "user_ids": [UID]},
    "shortlist": {"user_id": OTHER, "note": "said", "tags": ["said"], "changed_by": "op"},
    "shortlist_events": {
        "user_id": OTHER,
        "version": 1,
        "made_at": DAY,
        "made_by": "op",
        "old_note": "said",
        "note": "said",
        "old_tags": ["said"],
        "tags": ["said"],
    },
    "standings": {
        "user_id": OTHER,
        "day": DAY,
        "nickname": "said",
        "source_trend": "said",
        "status": "active",
        "follower_count": 1,
        "heart_count": 1,
        "video_count": 1,
        "is_estimated": False,
        "estimated_days": 0,
        "band": "below",
        "is_new": False,
        "is_fading": False,
    },
    "verdicts": {
        "day": DAY,
        "keyword": "said",
        "video_id": "1",
        "user_id": OTHER,
        "handle": "annabel",
        "layer": "platform",
        "matched_text": "said",
        "rules_version": "1",
        "run_id": "r",
    },
    "research_queries": {
        "query_id": "q",
        "position": 0,
        "text": "said",
        "addresses": ["said"],
        "source": "list",
        "reason": "said",
    },
    "research_hits": {
        "query_id": "q",
        "video_id": "1",
        "url": "said",
        "rank": 1,
        "source": "list",
        "author_uid": OTHER,
        "title": "said",
        "play_url": "said",
        "run_id": "r",
    },
    "research_set_aside": {"query_id": "q", "url": "said", "kind": "other", "reason": "said", "run_id": "r"},
    "research_videos": {"video_id": "1", "url": "said", "reason": "said"},
    "research_failures": {
        "type": "download_failed",
        "query": "said",
        "video_id": "1",
        "error": "said",
        "details": "json",
        "run_id": "r",
    },
    "videos": {
        "video_id": "1",
        "url": "said",
        "author": "annabel",
        "author_uid": OTHER,
        "title": "said",
        "transcript": "said",
        "ocr_text": "said",
        "caption": "said",
        "hashtags": [HANDLE],
        "schema_version": 1,
    },
    "video_passages": {"video_id": "1", "source": "speech", "number": 0, "text": "said"},
    "media_removals": {"video_id": "2", "prefix": "said", "folder": "said", "reason": "retention"},
    "account_sources": {"account": "my.shop", "via": "api", "connection": "tiktok_my.shop", "failure": "said"},
    "roll_call_batches": {"day": DAY, "batch": 1, "first_position": 1, "last_position": 1, "user_ids": [UID]},
}
# Columns in which nobody's text can stand, and why.
FREE = {
    "verdict_agreements: one of a list": {"chosen_reason"},
    "standings, growth_labels: words of the check": {"growth_check", "growth_signs"},
    "standings: kinds of contacts": {"contacts"},
    "ids and handles of whom the row is about": {
        *("user_id", "handle", "sec_user_id", "video_id"),
        *("account", "aliases", "business_id", "name_handle", "handles"),
        *("query_id", "author", "author_uid", "author_sec_uid", "music_id"),
    },
    "names of one's own files and folders": {
        *(
            "file_name",
            "folder",
            "gcs_prefix",
            "member",
            "drop_path",
            "landing_key",
            "raw_key",
            "archive_key",
            "screenshots",
        ),
    },
    "names given by Airflow, or of those who operate it": {
        *("run_id", "task_id", "owner", "leased_by", "made_by", "withdrawn_by", "activated_by", "requested_by"),
        *("answered_by", "acknowledged_by", "undone_by"),
        *("created_by", "marked_by", "changed_by", "reader", "holder"),
    },
    "one of a few words, or a version": {
        *("pipeline", "vendor", "refused", "keyword_source", "purpose", "tab", "tabs"),
        *(
            "status",
            "old_status",
            "origin",
            "outcome",
            "endpoint",
            "layer",
            "field",
            "expected",
            "mode",
            "state",
            "band",
            "channel",
            "watched",
        ),
        *("kind", "bucket", "metric", "report", "name_report", "family", "format", "container", "source", "taken_for"),
        *("overview_source", "viewers_source", "followers_source"),
        *("year_basis", "shift_basis", "account_basis", "reason_code", "step", "result", "first_label", "last_label"),
        *("time_zone", "suggested_time_zone", "language", "country"),
        *(
            "download_state",
            "frames_state",
            "ocr_state",
            "speech_state",
            "upload_state",
            "failed_stage",
            "failure_kind",
            "type",
        ),
        *(
            "ranking",
            "detector",
            "cover_field",
            "found_in",
            "followers_from",
            "rules_version",
            "version",
            "based_on",
            "table_name",
        ),
    },
    "how an account is fetched": {"via", "connection", "scopes"},
    "encrypted": {"access_token", "refresh_tokens"},
    "pixels, made anew": {"image"},
    "numbers and hashes": {
        *("results", "removed", "fingerprint", "user_hash", "key_mark", "viral_score_parts", "batch"),
        *("export_sha256", "member_sha256", "overview_member", "viewers_member", "followers_member"),
        *("old_member", "new_member"),
        *("attempts", "bounds", "engines", "counts", "sha256", "compared"),
    },
}
IDS_OF_VIDEOS = {("account_revisions", "subject"), ("account_anomalies", "subject")}
NEVER_ABOUT_PEOPLE = {"schema_migrations", "rate_limits", "rate_limit_memory", "partitioned_tables"}


# Written by triggers out of what is planted.
KEPT_BY_TRIGGERS = {
    ("creator_words", "insides"),
    ("creator_video_facts", "hashtags"),
    ("creator_video_facts", "niches"),
}


def plant(days) -> set[tuple[str, str]]:
    """Write PLANTED; returns the columns it covers."""
    covered = set()
    with days.connect() as connection:
        for table, row in PLANTED.items():
            values = []
            for column, value in row.items():
                if value == "json":
                    value = json.dumps({"version": "1", "words": [SAID, "x"], "text": SAID, "id": int(UID)})  # noqa: PLW2901
                value = SAID if value == "said" else [SAID] if value == ["said"] else value  # noqa: PLW2901
                values.append(value)
                covered.add((table, column))
            names = psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, row))
            marks = psycopg.sql.SQL(", ").join([psycopg.sql.Placeholder()] * len(row))
            query = psycopg.sql.SQL("insert into {} ({}) values ({})")
            connection.execute(query.format(psycopg.sql.Identifier(table), names, marks), values)
    return covered


def test_every_column_that_can_hold_a_text_is_looked_at(known):
    """Each text, array, document and answer column is either planted with the names or holds nobody's text."""
    covered = plant(known) | KEPT_BY_TRIGGERS
    columns = known.rows(
        "select table_name, column_name from information_schema.columns where table_schema = 'public'"
        " and table_name not in (select viewname from pg_views where schemaname = 'public')"
        " and table_name !~ '_(default|[0-9]{4}_[0-9]{2})$' and udt_name in ('text', '_text', 'jsonb', 'json', 'bytea')"
        " and not (table_name = any(%s)) and not (column_name = any(%s))",
        sorted(NEVER_ABOUT_PEOPLE),
        sorted(set().union(*FREE.values())),
    )
    columns = [each for each in columns if each not in IDS_OF_VIDEOS]
    # What an erasure under way notes holds names by its nature; that nothing of it is left is asked below.
    assert {each for each in columns if each[0] not in {"erasures_under_way", "account_files_to_remove"}} <= covered


def test_nothing_names_them_in_the_rows_of_others(known):
    """Whatever text of others names a person is blanked, a dry run counts the same, and a second look finds nothing."""
    plant(known)
    promised = forget(known, UID, dry_run=True)
    assert promised == forget(known, UID)
    assert holding(known, UID, SEC, HANDLE) == {}
    assert known.rows("select nickname, signature, avatar_url from creators where user_id = '5'") == [(BLANKED,) * 3]
    assert known.rows("select matched_text from verdicts") == [(BLANKED,)]
    assert known.rows("select caption, hashtags, music_title from creator_videos") == [
        (BLANKED, ["(erased)", "ramen"], BLANKED)
    ]
    assert known.rows("select hashtags from creator_video_facts") == [(["(erased)", "ramen"],)]
    assert known.rows("select count(*) from creator_contacts") == [(0,)]
    assert known.rows("select mapping, note from rule_versions") == [
        ({"version": "1", "words": [BLANKED, "x"], "text": BLANKED, "id": 0}, BLANKED)
    ]
    # What was found under a word stays together under its blank.
    [(blank,)] = known.rows("select trend_keyword from daily_trends")
    assert blank.startswith("(erased ")
    places = {
        "verdicts": "keyword",
        "creator_stats": "source_trend",
        "roll_call_misses": "source_trend",
        "call_summaries": "keyword",
    }
    for table, column in places.items():
        assert known.rows(f"select {column} from {table}") == [(blank,)]  # noqa: S608
    assert known.rows("select subject, keyword, error from api_calls") == [
        (f"keyword={blank}&offset=0", blank, BLANKED)
    ]
    assert sum(forget(known, UID, "manual__again", dry_run=True).values()) == 0


def test_a_version_of_the_rules_is_still_never_edited(known):
    """Only what erasure blanks may change in a version that was used; everybody else is still refused."""
    plant(known)
    forget(known, UID)
    with pytest.raises(psycopg.errors.RestrictViolation), known.connect() as connection:
        connection.execute("update rule_versions set note = 'x'")
    with pytest.raises(psycopg.errors.RestrictViolation), known.connect() as connection:
        connection.execute(
            "set cometwatch.erasing = 'on';"
            "update rule_versions set state = 'draft', note = 'x', activated_at = null, activated_by = null"
        )


def test_a_short_id_is_no_part_of_a_long_one(days):
    """Forgetting a short id leaves calls, messages and counts of others alone in which the same figures stand."""
    answer = packed({"user": {"uid": UID, "follower_count": 76308, "signature": "a"}})
    calls = [
        ("user_profile", UID, answer, None),
        ("hashtag_videos", "ch_id=76308&cursor=0", answer, None),
        ("user_profile", "76308", answer, None),
        ("user_profile", "user_id=76308", None, "x"),
        ("user_profile", "8", None, f"user.uid is 76308, but {UID} was asked for"),
    ]
    with days.connect() as connection:
        connection.execute("insert into creators (user_id, handle) values ('76308', 'anna'), ('8', 'x')")
        connection.cursor().executemany(
            "insert into api_calls (pipeline, day, endpoint, subject, outcome, owner, run_id, task_id, answer, error)"
            " values ('comets', '2026-11-02', %s, %s, 'answered', 'o', 'r', 't', %s, %s)",
            calls,
        )
        connection.execute(
            "insert into roll_call_misses (user_id, day, outcome, reason) values ('8', '2026-11-02', 'failed', %s),"
            " ('8', '2026-11-01', 'failed', 'uid 76308 it is')",
            [f"user.uid is {UID}"],
        )
    promised = forget(days, "76308", dry_run=True)
    assert promised == forget(days, "76308")
    assert {name: rows for name, rows in promised.items() if rows} == {
        "creators": 1,
        "calls": 2,
        "calls_naming": 1,
        "reasons": 1,
    }
    assert days.rows("select subject, holds_identity, answer, error from api_calls order by call_id") == [
        (UID, True, answer, None),
        ("ch_id=76308&cursor=0", True, answer, None),
        ("(erased)", False, None, None),
        ("(erased)", False, None, None),
        ("8", True, None, f"user.uid is (erased), but {UID} was asked for"),
    ]
    assert days.rows("select reason from roll_call_misses order by day") == [
        ("uid (erased) it is",),
        (f"user.uid is {UID}",),
    ]


def test_the_bio_of_somebody_else_loses_the_mention_alone(days):
    """A mention in another's bio goes from roster and ledger; their day can still be replayed with the same counts."""
    one, two = plain(days.at(2026, 11, 2), 2)
    enter(days, [one, two])
    bio = f"manager of @{one['handle'].upper()}, not of @{one['handle']}bel; {one['user_id']}"
    days.sandbox.inject(field_fault(two["user_id"], "signature", value=bio))
    days.play(skip_discovery=True)
    before = counts(days, DAY)

    promised = forget(days, one["user_id"], dry_run=True)
    assert (promised["creator_texts"], promised["answers"]) == (1, 1)
    assert promised == forget(days, one["user_id"])

    cleaned = f"manager of (erased), not of @{one['handle']}bel; (erased)"
    assert days.rows("select signature from creators") == [(cleaned,)]
    assert holding(days, one["user_id"], one["sec_user_id"], f"@{one['handle']},") == {}
    with days.connect() as connection:
        connection.execute("delete from creator_stats")
    days.at(2026, 11, 4).play(day=DAY, skip_discovery=True)
    assert counts(days, DAY) == {two["user_id"]: before[two["user_id"]]}
    assert days.rows("select signature from creators") == [(cleaned,)]


def test_two_spellings_of_a_word_stay_two(known):
    """A handle searched for in large and in small letters on one day leaves two blanks and loses no row."""
    with known.connect() as connection:
        for word in ("Anna.B", "anna.b", "annabel"):
            connection.execute("insert into daily_trends values (%s, '2026-11-02')", [word])
            connection.execute(
                "insert into verdicts (day, keyword, video_id, user_id, handle, layer, rules_version, run_id)"
                " values ('2026-11-02', %s, '1', %s, 'annabel', 'accepted', '1', 'r')",
                [word, OTHER],
            )
    forget(known, UID)
    blanks = [("(erased 1.1)",), ("(erased 1.2)",), ("annabel",)]
    assert known.rows("select trend_keyword from daily_trends order by 1") == blanks
    assert known.rows("select keyword from verdicts order by 1") == blanks


def test_people_searched_by_a_handle_are_searched_by_nobodys(known):
    """A search for people by somebody's handle is under a sign, and goes as the word alone does; another's stays."""
    with known.connect() as connection:
        for word in ("users: Anna.B", "users: annabel"):
            connection.execute("insert into daily_trends values (%s, '2026-11-02')", [word])
    forget(known, UID)
    assert known.rows("select trend_keyword from daily_trends order by 1") == [("(erased 1.1)",), ("users: annabel",)]


def test_a_word_that_stands_in_a_suspect_reading_alone(known):
    """A handle searched for that is left nowhere but in somebody's suspect reading is blanked too."""
    with known.connect() as connection:
        connection.execute(
            "insert into roll_call_misses (user_id, day, outcome, reason, source_trend)"
            " values (%s, '2026-11-02', 'suspect', 'x', 'anna.b')",
            [OTHER],
        )
    assert forget(known, UID)["miss_keywords"] == 1
    assert known.rows("select source_trend from roll_call_misses") == [("(erased 1.1)",)]


def test_the_audit_line_names_nobody(known):
    """A run that was given the person's name leaves it out of the audit line."""
    forget(known, UID, f"forget @{HANDLE} alias {UID}")
    assert known.rows("select run_id from erasures") == [("forget (erased) alias (erased)",)]


def interrupt(days, action: str) -> None:
    """Let `action` (SQL) happen within an erasure once it has come to the ledger."""
    with days.connect() as connection:
        connection.execute(
            "insert into api_calls (pipeline, day, endpoint, subject, outcome, owner, run_id, task_id, error)"
            " values ('comets', '2026-11-02', 'video_search', 'keyword=x', 'failed', 'o', 'r', 't', %s)",
            [SAID],
        )
        connection.execute(
            "create function interrupt() returns trigger language plpgsql as $$ begin "
            "if new.removed ? 'calls_naming' and not old.removed ? 'calls_naming' then " + action + "; end if; "
            "return new; end $$"
        )
        connection.execute(
            "create trigger interrupt after update on erasures for each row execute function interrupt()"
        )


def test_what_comes_in_meanwhile_goes_too(known):
    """A message that names the person, written while they are being forgotten, is found before the erasure ends."""
    message = f"insert into roll_call_misses values ('{OTHER}', '2026-11-02', 'failed', '{SAID}')"  # noqa: S608
    interrupt(known, message)
    assert forget(known, UID)["reasons"] == 1
    assert holding(known, UID, SEC, HANDLE) == {}


def test_an_interrupted_erasure_goes_on_by_handle(known):
    """Whoever was half forgotten when the task died is still found by their handle, and then no name of theirs is left."""
    plant(known)
    interrupt(known, "raise exception 'the end'")
    with pytest.raises(psycopg.errors.RaiseException, match="the end"):
        forget(known, f"@{HANDLE}")
    assert known.rows("select count(*) from creators where user_id = %s", UID) == [(0,)]
    with known.connect() as connection:
        connection.execute("drop trigger interrupt on erasures")

    assert sum(forget(known, f"@{HANDLE}", dry_run=True).values()) > 0
    forget(known, f"@{HANDLE}")

    assert holding(known, UID, SEC, HANDLE) == {}
    assert known.rows("select count(*), count(finished_at) from erasures") == [(1, 1)]


def test_waiting_for_writers_it_holds_no_row(known):
    """While an erasure waits for somebody who writes about people, that one gets the creator's row without a wait."""
    with known.connect() as writer:
        erasure.share(writer)
        eraser = threading.Thread(target=forget, args=(known, UID))
        eraser.start()
        waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        until = time.monotonic() + 30
        while known.rows(waiting) == [(0,)] and time.monotonic() < until:
            time.sleep(0.05)
        assert known.rows(waiting) == [(1,)]
        writer.execute("set lock_timeout = '300ms'")
        assert database.rows(writer, "comets/lock_creators", {"user_ids": [UID]}) == [{"user_id": UID}]
        writer.commit()
    eraser.join(60)
    assert holding(known, UID, SEC, HANDLE) == {}


def test_beside_a_roll_call(days):
    """Whoever is forgotten while a roll call measures them, after a dry run, is gone; everybody else is measured."""
    roster = plain(days.at(2026, 11, 2), 30)
    enter(days, roster)
    observe(days, YESTERDAY, {each["user_id"]: each["followers"] for each in roster})
    days.sandbox.inject(
        {"match": {"endpoint": "user_profile"}, "times": None, "action": {"kind": "slow", "seconds": 0.5}}
    )
    ended: list[list[str]] = []
    roll_call = threading.Thread(target=lambda: ended.append(days.play(skip_discovery=True)[1]))
    roll_call.start()
    until = time.monotonic() + 30
    while not days.sandbox.log("user_profile") and time.monotonic() < until:
        time.sleep(0.05)
    person = roster[7]
    assert forget(days, f"@{person['handle']}", dry_run=True)["creators"] == 1
    forget(days, f"@{person['handle']}")
    roll_call.join(120)
    assert ended == [[]]
    assert holding(days, person["user_id"], person["sec_user_id"], person["handle"]) == {}
    assert set(counts(days, DAY)) == {each["user_id"] for each in roster} - {person["user_id"]}


def test_another_handle_does_not_bring_them_back(days):
    """A person forgotten after a dry run, and found by a search under another handle, is still kept away."""
    days.at(2026, 11, 2).play(keywords=["ramen"])
    [(user_id, handle), *_] = days.rows("select user_id, handle from creators order by 1")
    forget(days, user_id, dry_run=True)
    forget(days, user_id)
    renamed = {"kind": "field", "path": "data.search_item_list.*.aweme_info.author.unique_id", "value": "somebody.new"}
    days.sandbox.inject({"match": {"endpoint": "video_search"}, "times": None, "action": renamed})
    days.at(2026, 11, 3).play(keywords=["ramen"], skip_roll_call=True)
    assert days.rows("select count(*) > 0 from verdicts where handle = 'somebody.new'") == [(True,)]
    assert holding(days, user_id, handle) == {}


def test_discovery_takes_its_locks_in_the_same_order(days):
    """A search that waits for a creator's row has shut erasures out before."""
    days.at(2026, 11, 2).play(keywords=["ramen"], skip_roll_call=True)
    days.at(2026, 11, 3)
    search = threading.Thread(target=lambda: days.play(keywords=["ramen"], skip_roll_call=True))
    waiting = (
        "select exists (select from pg_locks as held where held.pid = waiting.pid and held.locktype = 'advisory'"
        " and held.mode = 'ShareLock' and held.granted)"
        " from pg_locks as waiting join pg_stat_activity using (pid)"
        " where not waiting.granted and waiting.locktype = 'transactionid' and datname = current_database()"
    )
    with days.connect() as holder:
        holder.execute("select from creators for update")
        search.start()
        until = time.monotonic() + 30
        while not (found := days.rows(waiting)) and time.monotonic() < until:
            time.sleep(0.02)
        assert found[:1] == [(True,)]
        holder.commit()
    search.join(60)


def test_a_sound_of_theirs_and_an_account_of_their_name_go_from_others(known):
    """A sound that ends in their handle loses it, and who links an account of that name links it no more; longer names stay."""
    with known.connect() as connection:
        for video_id, title in (("1", "original sound - Anna.B"), ("2", "original sound - annabel")):
            connection.execute(
                "insert into creator_videos (user_id, video_id, plays, music_title, seen_at, first_seen_on, last_seen_on)"
                " values (%s, %s, 1, %s, %s, %s, %s)",
                [OTHER, video_id, title, DAY, DAY, DAY],
            )
        for contact in (HANDLE, "annabel"):
            connection.execute(
                "insert into creator_contacts values (%s, 'instagram', %s, 'bio', %s)", [OTHER, contact, DAY]
            )
    promised = forget(known, UID, dry_run=True)
    assert promised == forget(known, UID)
    assert (promised["video_texts"], promised["contact_texts"]) == (1, 1)
    assert known.rows("select music_title from creator_videos order by video_id") == [
        ("original sound - (erased)",),
        ("original sound - annabel",),
    ]
    assert known.rows("select contact from creator_contacts") == [("annabel",)]
