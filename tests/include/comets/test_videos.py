"""Videos of the roster: what stored answers hold of them is kept, at no call, the same whenever and however often it is read."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from include.comets import contacts, tasks, videos
from include.comets.run import Run
from include.database import Database
from include.local.played_days import Days
from include.tikhub import endpoints
from tests.fixtures.days import AfterDays
from tests.include.comets.rosters import fingerprints
from tests.include.forget_creator.looking import KEY, forget

SMALL = {"max_keywords": 2, "pages_per_keyword": 2}
VIDEOS = "select * from creator_videos order by 1, 2"
SIGHTINGS = "select * from creator_video_sightings order by 1, 2, 3"
CONTACTS = "select * from creator_contacts order by 1, 2, 3"


def nov(day: int, hour: int = 0) -> Any:
    return datetime(2026, 11, day, hour, tzinfo=UTC) if hour else date(2026, 11, day)


def keep(days: Days, first: int, last: int, whole_day: date | None = None) -> int:
    with Database(days.connect) as database:
        return videos.keep(database, nov(first), nov(last), whole_day)


def stored_videos(days: Days) -> dict[tuple[str, str], dict[date, tuple[datetime, dict]]]:
    """Of each creator and video the latest mention of each day, read from the ledger's raw answers."""
    found: dict[tuple[str, str], dict[date, tuple[datetime, dict]]] = {}
    answers = days.rows(
        "select day, answered_at, answer from api_calls where endpoint = 'video_search' and holds_identity order by call_id"
    )
    for day, at, answer in answers:
        for item in json.loads(zlib.decompress(answer))["search_item_list"]:
            aweme = item["aweme_info"]
            mentions = found.setdefault((aweme["author"]["uid"], aweme["aweme_id"]), {})
            if day not in mentions or mentions[day][0] <= at:
                mentions[day] = (at, aweme)
    return found


def test_the_rosters_videos_are_kept_as_the_answers_have_them(days_after: AfterDays):
    """Two days: each screened video of who is on the roster, refused ones too, with the numbers of each day; nobody else's."""
    days = days_after(2, **SMALL)
    screened = set(
        days.rows("select day, user_id, video_id from verdicts where user_id in (select user_id from creators)")
    )
    stored = stored_videos(days)
    expected = [
        (
            *key,
            day,
            at,
            *(aweme["statistics"][f"{name}_count"] for name in ("play", "digg", "comment", "share", "collect")),
        )
        for key, mentions in stored.items()
        for day, (at, aweme) in mentions.items()
        if (day, *key) in screened
    ]
    assert days.rows(SIGHTINGS) == sorted(expected)
    assert len({(user_id, video_id) for user_id, video_id, *_ in expected}) > 5
    assert {day for _, _, day, *_ in expected} == {nov(2), nov(3)}
    rows = days.rows(
        "select user_id, video_id, plays, extract(epoch from posted_at)::bigint, duration_ms, caption, hashtags, language,"
        " first_seen_on, last_seen_on from creator_videos"
    )
    assert {row[:2] for row in rows} == {tuple(row[:2]) for row in expected}
    for user_id, video_id, plays, posted, duration, caption, hashtags, language, first, last in rows:
        seen = {
            day: mention for day, mention in stored[user_id, video_id].items() if (day, user_id, video_id) in screened
        }
        aweme = seen[last][1]
        assert (min(seen), max(seen)) == (first, last)
        assert plays == aweme["statistics"]["play_count"]
        assert (posted, duration) == (aweme["create_time"], aweme["video"]["duration"])
        assert (caption or "") == (aweme["desc"] or "")
        if aweme["text_extra"] is not None:
            assert hashtags == [extra["hashtag_name"] for extra in aweme["text_extra"]]
        assert language == "en"


def test_what_was_lost_comes_back_from_stored_answers_at_no_call(days_after: AfterDays):
    """Emptied, all three tables are filled from the ledger alone as the live days filled them, to the byte; again: nothing."""
    days = days_after(2, **SMALL)
    before = [days.rows(query) for query in (VIDEOS, SIGHTINGS, CONTACTS)]
    assert all(before)
    calls = days.rows("select count(*), sum(price_usd) from api_calls")
    with days.connect() as connection:
        connection.execute("truncate creator_videos, creator_video_sightings, creator_contacts")
        connection.execute("update creators set has_contacts_read = false")
    days.sandbox.clear_log()
    assert keep(days, 1, 3) == len(before[1])
    with Database(days.connect) as database:
        contacts.read_stored(database)
    assert before == [days.rows(query) for query in (VIDEOS, SIGHTINGS, CONTACTS)]
    assert (days.sandbox.log(), days.sandbox.image_log()) == ([], [])
    assert calls == days.rows("select count(*), sum(price_usd) from api_calls")
    marks = fingerprints(days)
    assert (keep(days, 1, 3), keep(days, 1, 3, whole_day=nov(3))) == (0, 0)
    assert marks == fingerprints(days)


def test_replays_fill_them_as_the_live_days_did(days_after: AfterDays):
    """Both days replayed, the later one first, after everything of them but the ledger is lost."""
    days = days_after(2, **SMALL)
    before = [days.rows(query) for query in (VIDEOS, SIGHTINGS, CONTACTS)]
    with days.connect() as connection:
        connection.execute("truncate creator_videos, creator_video_sightings, creator_contacts")
        connection.execute("update creators set has_contacts_read = false")
    days.at(2026, 11, 9).sandbox.clear_log()
    for day in (3, 2):
        _, failed, _ = days.play(day=nov(day), **SMALL)
        assert failed == []
    assert before[:2] == [days.rows(query) for query in (VIDEOS, SIGHTINGS)]
    assert days.sandbox.log() == []


def aweme(video_id: str = "71", user_id: str = "7", **counts: Any) -> dict[str, Any]:
    return {
        "aweme_id": video_id,
        "desc": "",
        "create_time": 1_790_000_000,
        "statistics": {"play_count": 900, **counts},
        "video": {},
        "author": {"uid": user_id, "unique_id": f"h{user_id}", "follower_count": 20_000},
    }


def answer(days: Days, at: datetime, keyword: str, *awemes: dict[str, Any]) -> None:
    """A search of `at`'s day as it is stored, and a verdict on each of its videos."""
    days.rows(
        "insert into api_calls (pipeline, day, endpoint, subject, outcome, owner, run_id, task_id, keyword, answered_at, answer)"
        " values ('comets', %s, 'video_search', %s, 'answered', 'o', 'r', 't', %s, %s, %s) returning 1",
        at.date(),
        endpoints.video_search(keyword).subject,
        keyword,
        at,
        zlib.compress(json.dumps({"search_item_list": [{"aweme_info": each} for each in awemes]}).encode()),
    )
    for each in awemes:
        days.rows(
            "insert into verdicts (day, keyword, video_id, user_id, handle, layer, rules_version, run_id)"
            " values (%s, %s, %s, %s, 'h', 'criteria', '1', 'r') returning 1",
            at.date(),
            keyword,
            each["aweme_id"],
            each["author"]["uid"],
        )


def join(days: Days, user_id: str = "7") -> None:
    days.rows("insert into creators (user_id, handle) values (%s, 'h7') returning 1", user_id)


def counted(days: Days) -> list[tuple]:
    return days.rows("select video_id, day, plays, likes, saves from creator_video_sightings order by 1, 2")


def test_who_joins_later_brings_the_videos_seen_before(days: Days):
    """Seen on the 2nd and screened out, on the roster from the 4th on: the videos of the 2nd are kept then, within the window."""
    answer(days, nov(2, 9), "ramen", aweme(digg_count=5))
    answer(days, nov(3, 9), "ramen", aweme(play_count=1_900, digg_count=7, collect_count=0))
    assert keep(days, 1, 3, whole_day=nov(3)) == 0
    join(days)
    assert keep(days, 3, 4, whole_day=nov(4)) == 1
    assert keep(days, 1, 4, whole_day=nov(4)) == 1
    assert counted(days) == [("71", nov(2), 900, 5, None), ("71", nov(3), 1_900, 7, 0)]
    # The earlier day came last, and is not the latest word.
    assert days.rows("select plays, first_seen_on, last_seen_on, seen_at from creator_videos") == [
        (1_900, nov(2), nov(3), nov(3, 9))
    ]


def test_of_a_day_the_latest_answer_counts(days: Days):
    """Found under two words, in whatever order they are read; an answer that comes late is heeded when its day is read whole."""
    join(days)
    answer(days, nov(2, 10), "a", aweme(digg_count=2))
    answer(days, nov(2, 9), "b", aweme(digg_count=1))
    assert keep(days, 2, 2, whole_day=nov(2)) == 1
    assert counted(days) == [("71", nov(2), 900, 2, None)]
    answer(days, nov(2, 11), "c", aweme(digg_count=3))
    assert keep(days, 1, 3) == 0
    assert keep(days, 1, 2, whole_day=nov(2)) == 1
    assert counted(days) == [("71", nov(2), 900, 3, None)]


def test_absent_is_null(days: Days):
    """What the latest answer does not say is NULL and never 0, also where an earlier one said it."""
    join(days)
    full = {**aweme(digg_count=1, comment_count=0, share_count=2, collect_count=3), "desc": "x", "text_extra": []}
    answer(days, nov(2, 9), "a", {**full, "desc_language": "de", "music": {"mid": "9", "title": "song"}})
    keep(days, 2, 2)
    query = (
        "select likes, comments, shares, saves, caption, hashtags, language, music_id, music_title, cover_url, duration_ms"
        " from creator_videos"
    )
    assert days.rows(query) == [(1, 0, 2, 3, "x", [], "de", "9", "song", None, None)]
    answer(days, nov(3, 9), "a", aweme())
    keep(days, 2, 3)
    assert days.rows(query) == [(None,) * 11]


def test_an_answer_that_is_gone_leaves_what_is_kept(days: Days):
    """After retention emptied the answers nothing more is found, and nothing is lost."""
    join(days)
    answer(days, nov(2, 9), "a", aweme())
    keep(days, 2, 2)
    days.rows("update api_calls set answer = null returning 1")
    before = days.rows(VIDEOS)
    assert keep(days, 1, 3, whole_day=nov(2)) == 0
    assert before == days.rows(VIDEOS)


def test_a_dry_run_keeps_nothing(days: Days):
    """It writes the ledger alone."""
    _, failed, _ = days.at(2026, 11, 2).play(**SMALL, dry_run=True)
    assert failed == []
    assert days.rows("select (select count(*) from creator_videos), (select count(*) from creator_contacts)") == [
        (0, 0)
    ]


def test_who_was_forgotten_is_not_read_back(days: Days, monkeypatch: pytest.MonkeyPatch):
    """Videos and contacts go with the person, and neither a replay nor housekeeping brings them back."""
    monkeypatch.setenv("ERASURE_KEY", KEY)
    days.at(2026, 11, 2).play(**SMALL)
    user_id = days.rows("select user_id from creator_videos order by 1 limit 1")[0][0]
    removed = forget(days, user_id)
    assert removed["creator_videos"] > 0
    assert removed["creator_video_sightings"] > 0
    keep(days, 1, 3, whole_day=nov(2))
    assert days.rows("select count(*) from creator_videos where user_id = %s", user_id) == [(0,)]


def test_what_is_usual_for_a_size(days: Days):
    """Per doubling of followers the middle of what the median plays are by the followers, of who has five videos or more."""
    with days.connect() as connection:
        for user_id, followers, plays in (
            ("1", 9_000, 4_500),
            ("2", 10_000, 20_000),
            ("3", 16_000, 16_000),
            ("4", 16_384, 1),
        ):
            connection.execute(
                "insert into creators (user_id, last_follower_count) values (%s, %s)", [user_id, followers]
            )
            for number in range(5 if user_id != "3" else 4):
                connection.execute(
                    "insert into creator_videos (user_id, video_id, plays, seen_at, first_seen_on, last_seen_on)"
                    " values (%s, %s, %s, now(), '2026-11-02', '2026-11-02')",
                    [user_id, str(number), plays],
                )
    keep(days, 1, 2)
    rows = days.rows("select size, creators, plays_per_follower::float8 from usual_plays order by 1")
    assert rows == [(13, 2, 1.25), (14, 1, 0.0001)]


def test_the_step_of_a_day_looks_back_over_the_retention(days: Days):
    """Answers of 35 days before are read, older ones are not: they may be gone any moment."""
    with days.connect() as connection:
        connection.execute("select make_partitions('2026-09-01', 3)")
    run: Run = days.at(2026, 11, 2).open()
    join(days)
    for back in (35, 36):
        answer(days, nov(2, 9) - timedelta(days=back), "a", aweme(str(back)))
    assert tasks.keep_videos(days.connect, run, 35) == 1
    assert [row[0] for row in counted(days)] == ["35"]
