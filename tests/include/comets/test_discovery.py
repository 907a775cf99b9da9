"""Discovery against the sandbox: paging, the order of asking, what is accepted, and on what evidence."""

from __future__ import annotations

import logging
import random
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from include.calls import ledger
from include.calls.limiter import DayOver
from include.comets import tasks
from include.comets.discovery import NoSuchHashtag, problems
from include.comets.evidence import read_texts
from include.comets.run import Run
from include.local.played_days import Days
from include.tikhub.errors import UnexpectedAnswer
from plugins.filters.layers import context_layers
from tests.include.comets.rosters import (
    TODAY,
    counts,
    enter,
    field_fault,
    fingerprints,
    misses,
    observe,
    plain,
    status_fault,
    true_counts,
)

NOBODY = {"min_views": 10**12}  # nothing gets past the search answer: only paging is looked at


@pytest.fixture
def today(days: Days) -> Days:
    return days.at(2026, 11, 2)


def search(days: Days, run: Run, *words: str) -> list[dict]:
    return [days.discover(run, {"text": word, "rank": rank}, rank - 1) for rank, word in enumerate(words, start=1)]


def field(path: str, value: object, times: int | None = 1, **match: object) -> dict:
    return {
        "match": {"endpoint": "video_search", **match},
        "times": times,
        "action": {"kind": "field", "path": f"data.{path}", "value": value},
    }


@pytest.mark.parametrize(
    ("fault", "pages"),
    [
        (field("has_more", 0), 1),
        (field("search_item_list", [], nth=2), 2),
        (field("search_item_list.*.aweme_info.aweme_id", "7300000000000000001", times=None), 2),
        (field("cursor", 0), 1),
        (field("cursor", None), 1),
    ],
)
def test_paging_stops_where_nothing_new_can_come(today, fault, pages):
    """No has_more, an empty page, no new video id, a cursor that stands still or is missing: the last page."""
    today.sandbox.inject(fault)
    search(today, today.open(**NOBODY, pages_per_keyword=4), "lantern soup")
    assert pages == len(today.sandbox.log("video_search"))


@pytest.mark.parametrize("word", ["lantern soup", "origami", "paper boats", "ramen", "knitting", "pebbles"])
def test_every_way_a_search_ends_is_found_out(today, word):
    """However the sandbox ends a search, no page is asked twice and no video is screened twice."""
    search(today, today.open(**NOBODY, pages_per_keyword=50), word)
    offsets = [entry["params"]["offset"] for entry in today.sandbox.log("video_search")]
    assert offsets == sorted(set(offsets), key=int)
    assert len(offsets) <= 9
    ((videos, distinct),) = today.rows("select count(*), count(distinct video_id) from verdicts")
    assert videos == distinct > 40


def test_a_hashtag_is_resolved_and_paged_by_cursor(today):
    """One call finds the challenge of exactly this name; its videos are paged by cursor, ten at a time."""
    search(today, today.open(**NOBODY, pages_per_keyword=3), "#Origami")
    log = today.sandbox.log()
    assert [entry["endpoint"] for entry in log] == ["hashtag_search"] + ["hashtag_videos"] * 3
    assert [entry["params"].get("cursor") for entry in log[1:]] == ["0", "10", "20"]
    assert today.rows("select distinct keyword from verdicts") == [("#Origami",)]


def test_a_hashtag_nobody_uses_is_its_own_failure(today):
    """No challenge of exactly a followed name: this instance fails and says what to check; others are not affected."""
    inexact = {"kind": "field", "path": "data.challenge_list.*.challenge_info.cha_name", "value": "origamitok"}
    today.sandbox.inject({"match": {"endpoint": "hashtag_search", "subject_contains": "origami"}, "action": inexact})
    run = today.open(**NOBODY, pages_per_keyword=1, hashtags=["origami", "boats"])
    with pytest.raises(NoSuchHashtag, match="TikTok knows no hashtag #origami: check its spelling"):
        search(today, run, "#origami")
    assert search(today, run, "#boats")[0]["videos"] > 0


def test_a_search_that_fails_is_that_keywords_failure_alone(today):
    """Searches for one keyword answer 500 for good: it is the only step that fails, and the others' comets are kept."""
    today.sandbox.inject(status_fault(500, "video_search", times=None, subject_contains="lantern"))
    _, failed, report = today.play(keywords=["lantern soup", "ramen"], pages_per_keyword=1)
    assert [step.split(":")[:2] for step in failed] == [["discover", " Unavailable"]]
    assert today.rows("select distinct keyword from verdicts") == [("ramen",)]
    assert "✅ Discovered 0 Comets for trend: lantern soup (0 new)" in report.splitlines()


def test_only_who_is_still_in_the_race_costs_a_call(today):
    """Profiles are asked for exactly the authors whom nothing on the search answer had refused; once each."""
    today.play(max_keywords=3, pages_per_keyword=2, skip_roll_call=True)
    racing = {
        row[0]
        for row in today.rows(
            "select distinct user_id from verdicts where layer in ('face', 'accepted', 'undetermined')"
            " or (layer = 'platform' and field = 'bio')"
        )
    }
    by_sec = {creator["sec_user_id"]: creator["user_id"] for creator in today.sandbox.truth(TODAY)}
    asked = [
        entry["params"].get("sec_user_id") for entry in today.sandbox.log("user_profile") if entry["status"] == 200
    ]
    assert sorted(by_sec[each] for each in asked if each) == sorted(racing & {by_sec[each] for each in asked if each})
    answered = today.rows("select subject from api_calls where endpoint = 'user_profile' and holds_identity")
    assert {row[0] for row in answered} == racing
    images = len(today.sandbox.image_log())
    ((judged,),) = today.rows(
        "select count(distinct video_id) from verdicts where layer in ('face', 'accepted', 'undetermined')"
    )
    assert judged <= images <= 6 * judged


def test_bios_refuse_after_the_profile_call(today):
    """A platform named in the bio refuses on the field `bio`, with the text as it stands there."""
    fault = {"kind": "field", "path": "data.user.signature", "value": "live at twitch.tv/lantern \n soup"}
    today.sandbox.inject({"match": {"endpoint": "user_profile"}, "times": None, "action": fault})
    today.play(max_keywords=1, pages_per_keyword=1, skip_roll_call=True)
    refused = today.rows("select distinct layer, matched_text from verdicts where field = 'bio'")
    assert refused in ([("platform", "twitch")], [("platform", "twitch.tv/lantern")])
    assert today.rows("select count(*) from verdicts where layer in ('face', 'accepted')") == [(0,)]
    assert today.sandbox.image_log() == []


def test_what_is_accepted_does_not_depend_on_the_order_of_keywords(today):
    """The same three keywords forwards and backwards: the same verdicts, creators and snapshots."""
    queries = (
        "select keyword, video_id, layer, field, matched_text, measured, cover_field from verdicts order by 1, 2",
        "select user_id, handle, first_seen_on, first_seen_keyword from creators order by 1",
        "select user_id, recorded_date, follower_count, source_trend from creator_stats order by 1",
    )
    today.sandbox.set_clock(today.now, frozen=True)  # links to covers are signed by the second
    words = [keyword["text"] for keyword in tasks.fetch_trends(today.connect, today.api(), today.open(max_keywords=3))]
    found = []
    for order in (words, words[::-1]):
        with today.connect() as connection:
            connection.execute("truncate creators, creator_stats, verdicts, handle_history, api_calls, runs")
        run = today.open()
        for word in order:
            today.discover(run, {"text": word, "rank": words.index(word) + 1}, words.index(word))
        tasks.compute_growth(today.connect, run)
        found.append([today.rows(query) for query in queries])
    for forwards, backwards in zip(*found, strict=True):
        assert forwards == backwards
    assert len(found[0][1]) > 0


def test_two_tasks_at_once_profile_a_creator_once(today):
    """Both search the same videos under two spellings at the same time: no author is asked for twice."""
    today.sandbox.settings(latency=0.1)
    run = today.open(pages_per_keyword=1)
    start = threading.Barrier(2)

    def find(word: str, index: int) -> dict:
        start.wait()
        return tasks.discover(
            today.connect, today.api(), run, {"text": word, "rank": index + 1}, context_layers(), 8, index
        )

    word = today.sandbox.get("/api/v1/tiktok/web/fetch_trending_searchwords").json()["data"]["trending_search_words"][0]
    spellings = [word["trendingSearchWord"].strip(), word["trendingSearchWord"].strip().upper()]
    with ThreadPoolExecutor(2) as pool:
        tallies = list(pool.map(find, spellings, range(2)))
    assert {**tallies[0], "keyword": ""} == {**tallies[1], "keyword": ""}
    good = [entry["subject"] for entry in today.sandbox.log("user_profile") if entry["status"] == 200]
    assert len(good) == len(set(good)) > 0
    ((profiled,),) = today.rows("select count(*) from api_calls where endpoint = 'user_profile' and holds_identity")
    assert profiled == len(good)


@pytest.mark.parametrize(
    ("followers", "layer", "threshold"),
    [(9_999, "criteria", 10_000), (10_000, "accepted", 2), (100_000, "accepted", 2), (100_001, "criteria", 100_000)],
)
def test_the_band_includes_both_ends_of_the_exact_count(today, followers, layer, threshold):
    """The profile's count decides: 10,000 and 100,000 are comets, one less and one more are not."""
    run = today.open(min_face_percent=2.0, pages_per_keyword=1)
    word = tasks.fetch_trends(today.connect, today.api(), run)[0]["text"]
    fault = {"kind": "field", "path": "data.user.follower_count", "value": followers}
    today.sandbox.inject({"match": {"endpoint": "user_profile"}, "times": None, "action": fault})
    search(today, run, word)
    decided = today.rows(
        "select measured, threshold from verdicts where layer = %s and (layer = 'accepted' or measured = %s)",
        layer,
        followers,
    )
    assert decided
    assert all(row[1] == threshold for row in decided)
    stored = {row[0] for row in today.rows("select follower_count from creator_stats")}
    assert stored == ({followers} if layer == "accepted" else set())


@pytest.mark.parametrize(
    ("action", "evidence"),
    [
        (
            {"kind": "field", "path": "data", "value": {"status_code": 2065, "user": None}},
            ("criteria", "account", "gone"),
        ),
        (
            {"kind": "field", "path": "data", "value": {"status_code": 2096, "user": {}}},
            ("criteria", "account", "private"),
        ),
        ({"kind": "status", "status": 404, "body": {"detail": {"code": 404}}}, ("criteria", "account", "gone")),
        ({"kind": "field", "path": "data.user.secret", "value": 1}, ("criteria", "account", "private")),
        ({"kind": "field", "path": "data.user.is_block", "value": True}, ("criteria", "account", "banned")),
    ],
)
def test_candidates_that_are_gone_or_private_are_refused(today, action, evidence):
    """Gone, hidden, 404, private and blocked at the profile call: refused on `account`; nobody enters."""
    run = today.open(pages_per_keyword=1)
    word = tasks.fetch_trends(today.connect, today.api(), run)[0]["text"]
    today.sandbox.inject({"match": {"endpoint": "user_profile"}, "times": None, "action": action})
    search(today, run, word)
    decided = today.rows(
        "select distinct layer, field, matched_text from verdicts where field in ('account', 'profile')"
    )
    assert [evidence] == decided
    assert today.rows("select count(*) from creators") == [(0,)]


@pytest.mark.parametrize(
    "action",
    [
        {"kind": "status", "status": 403},
        {"kind": "status", "status": 200, "body": "not a picture"},
        {"kind": "reset"},
    ],
)
def test_an_unreadable_cover_is_undetermined_until_the_next_day(today, action):
    """Expired, unreadable, failed: neither refused nor accepted; tried again on the next day only."""
    run = today.open(pages_per_keyword=1)
    word = tasks.fetch_trends(today.connect, today.api(), run)[0]["text"]
    today.sandbox.inject({"match": {"endpoint": "image"}, "times": None, "action": action})
    search(today, run, word)
    undetermined = {row[0] for row in today.rows("select video_id from verdicts where layer = 'undetermined'")}
    assert undetermined
    assert today.rows("select count(*) from verdicts where layer in ('face', 'accepted')") == [(0,)]
    assert today.rows("select count(*) from creators") == [(0,)]
    today.sandbox.clear_faults()
    today.sandbox.clear_log()
    search(today, today.open(pages_per_keyword=1), word)
    assert today.sandbox.image_log() == []
    today.at(2026, 11, 3)
    search(today, today.open(pages_per_keyword=1), word)
    assert len(today.sandbox.image_log()) > 0
    again = today.rows(
        "select layer from verdicts where day = %s and video_id = any(%s)", date(2026, 11, 3), list(undetermined)
    )
    assert not again or {row[0] for row in again} & {"face", "accepted"}


def test_what_may_be_a_face_is_not_accepted_when_it_is_found_again(today):
    """A cover judged before is not fetched again: share and score decide as they did, by the day's own threshold."""
    run = today.open(pages_per_keyword=1)
    word = tasks.fetch_trends(today.connect, today.api(), run)[0]["text"]
    search(today, run, word)
    (large, small), *_ = zip(*today.rows("select video_id from verdicts where layer = 'accepted' limit 2"), strict=True)
    update = "update verdicts set layer = 'face', measured = %s, score = %s where video_id = %s"
    with today.connect() as connection:
        connection.execute(update, [9.1, 0.8, large])
        connection.execute(update, [1.8, 0.92, small])
    today.sandbox.clear_log()
    search(today, today.open(pages_per_keyword=1, min_face_percent=1.7), word)
    assert today.sandbox.image_log() == []
    query = "select layer, measured, score, is_uncertain from verdicts where video_id = %s"
    assert today.rows(query, large) == [("face", Decimal("9.1"), Decimal("0.8"), True)]
    assert today.rows(query, small) == [("accepted", Decimal("1.8"), Decimal("0.92"), True)]


def test_every_verdict_has_its_evidence(today):
    """Each layer leaves what it decided on: text, or value and threshold, or share, score, detector and cover."""
    today.play(max_keywords=3, pages_per_keyword=3, skip_roll_call=True)
    version = context_layers().version
    rows = today.rows(
        "select layer, field, matched_text, measured, threshold, detector, score, cover_field, rules_version,"
        " is_uncertain from verdicts"
    )
    assert {"platform", "pronoun", "criteria", "accepted"} <= {row[0] for row in rows}
    for layer, where, text, measured, threshold, detector, score, cover, rules, uncertain in rows:
        assert rules == version
        if layer == "platform":
            assert where in {"handle", "nickname", "bio"}
            assert text
        elif layer == "pronoun":
            assert where == "caption"
            assert text
        elif layer == "criteria":
            assert where in {"plays", "followers", "account"}
            assert where == "account" or measured is not None
            assert where == "account" or (measured < threshold or where == "followers")
        elif layer == "undetermined":
            assert (where in {"cover", "profile"}, bool(text)) == (True, True)
        else:
            assert (where, threshold, cover in {"origin_cover", "cover"}, bool(detector)) == ("cover", 2, True, True)
            assert (measured > 2 and score >= Decimal("0.845")) == (layer == "accepted")
            assert score is not None or measured == 0
            assert isinstance(uncertain, bool)


def test_one_creator_the_database_refuses_costs_the_page_nothing(today):
    """A profile against a rule of the database is undetermined with the reason; the page's other comets are kept."""
    run = today.open(pages_per_keyword=1)
    word = tasks.fetch_trends(today.connect, today.api(), run)[0]["text"]
    search(today, run, word)
    accepted = [
        row[0] for row in today.rows("select distinct user_id from verdicts where layer = 'accepted' order by 1")
    ]
    assert len(accepted) >= 1
    with today.connect() as connection:
        connection.execute("truncate creators, creator_stats, verdicts, handle_history, api_calls, runs")
        connection.execute("alter table creators add constraint fresh check (sec_user_id <> 'taken')")
    today.sandbox.inject(
        {
            "match": {"endpoint": "user_profile", "user_id": accepted[0]},
            "times": None,
            "action": {"kind": "field", "path": "data.user.sec_uid", "value": "taken"},
        }
    )
    search(today, today.open(pages_per_keyword=1), word)
    kept = {row[0] for row in today.rows("select user_id from creators")}
    assert kept == set(accepted[1:])
    assert today.rows(
        "select distinct layer, field from verdicts where matched_text like 'the database refused%%'"
    ) == [("undetermined", "profile")]


def test_the_same_day_again_asks_nothing_and_changes_nothing(today):
    """A second run of the day: no API request, no cover fetched, and not one row of any table is different."""
    today.sandbox.inject(
        {"match": {"endpoint": "image", "every": 5}, "times": None, "action": {"kind": "status", "status": 403}}
    )
    _, failed, report = today.play()
    assert failed == []
    before = fingerprints(today)
    today.sandbox.clear_log()
    _, failed, again = today.play()
    assert failed == []
    assert today.sandbox.log() == []
    assert today.sandbox.image_log() == []
    assert before == fingerprints(today)
    assert report.splitlines()[:-2] == again.splitlines()[:-2]
    asked = sum(map(int, re.findall(r"API calls: (\d+) .*, (\d+) answered", report)[0]))
    assert again.splitlines()[-2] == f"💳 API calls: 0 (0 billed, $0.00), {asked} answered from the ledger"


def test_who_is_accepted_has_a_line_with_what_is_stored(today, caplog):
    """First sight, growth since yesterday, growth against an estimate, and a fall that is not believed: one line each."""
    run = today.open(pages_per_keyword=1)
    (word,) = [each["text"] for each in tasks.fetch_trends(today.connect, today.api(), run)][:1]
    with caplog.at_level(logging.INFO, logger="include.comets.discovery"):
        search(today, run, word)
    found = today.rows(
        "select creators.user_id, creators.handle, follower_count from creator_stats inner join creators using (user_id)"
        " order by 1"
    )
    assert len(found) >= 3
    said = [f"✅ Comet saved: @{handle} ({count:,} followers, growth: +0 / 0.00%)" for _, handle, count in found]
    assert sorted(said) == sorted(line for line in caplog.messages if "Comet saved" in line)
    (known, _, count), (seen, _, count_2), (fallen, _, count_3), *_ = found
    with today.connect() as connection:
        connection.execute("truncate creator_stats")
    observe(today, date(2026, 11, 1), {known: count - 100, fallen: 2 * count_3 + 1})
    observe(today, date(2026, 10, 31), {seen: count_2 - 40})
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="include.comets.discovery"):
        search(today, today.open(pages_per_keyword=1), word)
    lines = [line for line in caplog.messages if "Comet saved" in line or "Suspect" in line]
    percents = [f"{round(growth * 100 / before, 2):.2f}" for growth, before in ((100, count - 100), (20, count_2 - 20))]
    for line in (
        f"✅ Comet saved: @{found[0][1]} ({count:,} followers, growth: +100 / {percents[0]}%)",
        f"✅ Comet saved: @{found[1][1]} ({count_2:,} followers, growth: +20 / {percents[1]}%, against an estimate)",
        f"🔎 Suspect: @{found[2][1]} fell from {2 * count_3 + 1:,} to {count_3:,} followers"
        " (not stored, looked at again tomorrow)",
    ):
        assert line in lines
    assert len(lines) == len(found)
    kept = today.rows("select user_id, outcome, follower_count, origin, source_trend from roll_call_misses")
    assert kept == [(fallen, "suspect", count_3, "discovery", word)]


def test_a_search_of_which_nothing_can_be_read_is_that_keywords_failure(today):
    """Counts of another form on every video: the keyword fails and says why, and the next try asks again."""
    today.sandbox.inject(
        field("search_item_list.*.aweme_info.statistics.play_count", "1.2M", subject_contains="lantern")
    )
    params = {"keywords": ["lantern soup", "ramen"], "pages_per_keyword": 1, "skip_roll_call": True}
    _, failed, _ = today.play(**params)
    assert [re.sub(r"\d+ items", "all items", step) for step in failed] == [
        "discover: UnexpectedAnswer: video_search: none of all items can be read, the first because "
        "statistics.play_count is '1.2M', expected a whole number from 0 to 2^63-1"
    ]
    assert today.rows("select distinct keyword from verdicts") == [("ramen",)]
    asked = "select outcome, holds_identity, is_billed from api_calls where subject like %s order by call_id"
    assert today.rows(asked, "%lantern%") == [("unreadable", False, True)]
    _, failed, _ = today.play(**params)
    assert failed == []
    assert today.rows(asked, "%lantern%") == [("unreadable", False, True), ("answered", True, True)]


CARDS = [
    pytest.param([{"type": 6, "lives": {"room_id": 5}}], id="live"),
    pytest.param([{"type": 4, "user_list": [{"user_info": {"uid": "7"}}]}], id="user"),
    pytest.param([{"aweme_info": {"aweme_id": "7300000000000000001", "is_ads": True, "author": None}}], id="advert"),
]


@pytest.mark.parametrize("cards", CARDS)
@pytest.mark.parametrize(("nth", "pages"), [(1, 3), (2, 3), (3, 3)])
def test_a_page_of_cards_costs_no_other_page(today, caplog, cards, nth, pages):
    """First, in the middle or last: it is logged, the other pages are screened, and a second look pays nothing."""
    today.sandbox.inject(field("search_item_list", cards, nth=nth))
    run = today.open(**NOBODY, pages_per_keyword=3)
    with caplog.at_level(logging.WARNING):
        (found,) = search(today, run, "ramen")
    assert "A page of ramen holds nothing that can be read." in caplog.text
    asked = today.sandbox.log("video_search")
    assert [entry["params"]["offset"] for entry in asked] == ["0", "20", "40"]
    assert found["videos"] >= 30
    today.sandbox.clear_log()
    (again,) = search(today, run, "ramen")
    assert (again, today.sandbox.log()) == (found, [])
    assert said_of(today, run) == []


def test_the_last_page_may_be_unreadable(today):
    """After a readable page one of cards that says it is the last ends the search."""
    last = {"kind": "field", "path": "data", "value": {"search_item_list": [{"type": 6}], "has_more": 0, "cursor": 40}}
    today.sandbox.inject({"match": {"endpoint": "video_search", "nth": 2}, "action": last})
    (found,) = search(today, today.open(**NOBODY, pages_per_keyword=5), "ramen")
    assert found["videos"] > 10
    assert len(today.sandbox.log("video_search")) == 2


def test_a_search_of_cards_alone_is_red_and_asked_again_when_cleared(today):
    """No page can be read: red after the last one; nothing of it counts as an answer, and the next try pays for new ones."""
    today.sandbox.inject(field("search_item_list", [{"type": 6}], times=3))
    run = today.open(**NOBODY, pages_per_keyword=3)
    with pytest.raises(UnexpectedAnswer, match="none of 3 items can be read, the first because "):
        search(today, run, "ramen")
    ledger_says = "select outcome, holds_identity, is_billed, answer is null from api_calls order by call_id"
    assert today.rows(ledger_says) == [("unreadable", False, True, True)] * 3
    (found,) = search(today, run, "ramen")
    assert found["videos"] > 30
    assert today.rows(ledger_says)[3:] == [("answered", True, True, False)] * 3


def test_a_budget_that_ends_before_anything_can_be_read_is_red(today):
    """One call is left for a search whose first page holds cards alone: nothing was found, and that is said."""
    today.sandbox.inject(field("search_item_list", [{"type": 6}], times=None))
    run = today.open(**NOBODY, pages_per_keyword=3, max_calls=1, skip_roll_call=True)
    with pytest.raises(UnexpectedAnswer, match="none of 1 items can be read"):
        search(today, run, "ramen")


def test_a_replay_reads_past_a_page_of_cards(today):
    """What was stored of a search is replayed whole, the page of cards in its middle included."""
    today.sandbox.inject(field("search_item_list", [{"type": 6}], nth=2))
    (found,) = search(today, today.open(**NOBODY, pages_per_keyword=3), "ramen")
    before = fingerprints(today)
    replay = today.at(2026, 11, 9).open(day=TODAY, **NOBODY, pages_per_keyword=3)
    (again,) = search(today, replay, "ramen")
    assert again["videos"] == found["videos"]
    assert before == fingerprints(today)


STUB = "search_item_list.*.aweme_info.author."


def test_a_stub_without_a_count_waits_for_the_profile(today):
    """Zeros in all stubs: only who has the plays is asked for, the criteria go by the profile, and verdicts say so."""
    params = {"keywords": ["ramen"], "pages_per_keyword": 2, "skip_roll_call": True}
    _, failed, _ = today.play(**params, hashtags=[])
    assert failed == []
    kept = (
        "select video_id, layer, field, measured from verdicts where layer <> 'criteria' or field <> 'plays' order by 1"
    )
    usual = {row[0]: row[1:] for row in today.rows(kept)}
    with today.connect() as connection:
        connection.execute("truncate verdicts, api_calls, creator_stats, creators cascade")
    today.sandbox.clear_log()
    today.sandbox.inject(field(STUB + "follower_count", 0, times=None))
    _, failed, _ = today.play(**params, hashtags=[])
    assert failed == []
    found = {row[0]: row[1:] for row in today.rows(kept)}
    # Asked for the profile, one may be refused by its bio first; what was refused by other things is the same.
    assert {video for video in usual if usual[video] != found[video]} <= {
        video for video, row in usual.items() if row[:2] == ("criteria", "followers")
    }
    assert {video for video, row in usual.items() if row[0] == "accepted"} == {
        video for video, row in found.items() if row[0] == "accepted"
    }
    assert any(row[0] == "accepted" for row in found.values())
    sources = today.rows("select distinct layer, field, followers_from from verdicts order by 1, 2, 3")
    assert {source for layer, field, source in sources if layer in {"accepted", "face"} or field == "followers"} == {
        "profile"
    }
    assert ("criteria", "plays", None) in sources
    # Whom plays, a text or an account refused was not asked for.
    asked = today.rows("select distinct subject from api_calls where endpoint = 'user_profile' order by 1")
    assert asked == today.rows("select distinct user_id from verdicts where followers_from = 'profile' order by 1")


def test_verdicts_say_where_their_count_stood(today):
    """A count of the search answer, one of the profile, and none are told apart; a second run changes no row."""
    _, failed, _ = today.play(keywords=["ramen"], pages_per_keyword=2, skip_roll_call=True)
    assert failed == []
    rows = today.rows("select user_id, measured, followers_from from verdicts where field = 'followers'")
    assert {source for *_, source in rows} == {"stub"}
    truth = {creator["user_id"]: creator["followers"] for creator in today.sandbox.truth(TODAY)}
    assert all(truth[user_id] == measured for user_id, measured, _ in rows)
    others = today.rows("select distinct layer, followers_from from verdicts where layer in ('accepted', 'face')")
    assert {source for _, source in others} == {"profile"}
    assert today.rows("select count(*) from verdicts where followers_from is null") == [(0,)]


def test_a_day_without_any_count_is_a_problem(today):
    """Zeros in all stubs and profiles that fail: the day is red and says so; once a profile is had, it is not."""
    today.sandbox.inject(field(STUB + "follower_count", 0, times=None), status_fault(400, times=None))
    run, failed, _ = today.play(keywords=["ramen"], pages_per_keyword=1, skip_roll_call=True)
    assert len(failed) == 1
    assert "check_day: CheckFailed: no number of followers was given for any of " in failed[0]
    assert said_of(today, replace(run, skip_discovery=True)) == []
    today.sandbox.clear_faults()
    search(today, run, "ramen")
    assert said_of(today, run) == []


def test_a_day_whose_sources_were_not_noted_had_counts(today):
    """Screened by an earlier version and checked by this one: whoever got as far as the cover had a number."""
    run, failed, _ = today.play(keywords=["ramen"], pages_per_keyword=2, skip_roll_call=True)
    assert failed == []
    with today.connect() as connection:
        connection.execute("update verdicts set followers_from = null")
    assert said_of(today, run) == []


@pytest.mark.parametrize("value", [0, None, ""])
def test_a_day_of_zeros_is_a_problem(today, value):
    """Nothing in the stubs and zeros in all profiles: no count either."""
    zeros = {
        "match": {"endpoint": "user_profile"},
        "times": None,
        "action": {"kind": "field", "path": "data.user.follower_count", "value": 0},
    }
    today.sandbox.inject(field(STUB + "follower_count", value, times=None), zeros)
    _, failed, _ = today.play(keywords=["ramen"], pages_per_keyword=1, skip_roll_call=True)
    assert [step.split(" for any of ")[0] for step in failed] == [
        "check_day: CheckFailed: no number of followers was given"
    ]


def test_a_stub_without_a_handle_is_known_by_its_profile(today):
    """Handles are empty in all stubs: comets are found under the handles of their profiles."""
    today.sandbox.inject(field(STUB + "unique_id", "", times=None))
    _, failed, _ = today.play(keywords=["ramen"], pages_per_keyword=2, skip_roll_call=True)
    assert failed == []
    truth = {creator["user_id"]: creator["handle"] for creator in today.sandbox.truth(TODAY)}
    comets = today.rows("select user_id, handle from verdicts where layer = 'accepted'")
    assert comets
    assert all(truth[user_id] == handle for user_id, handle in comets)


def test_searches_without_any_video_are_a_problem_of_the_day(today):
    """Two searches without a video: the day's checks hear of it; not so once one finds some, or when none was wanted."""
    today.sandbox.inject(field("search_item_list", [], times=None))
    run = today.open(pages_per_keyword=1)
    assert said_of(today, run) == []
    search(today, run, "lantern soup", "ramen")
    ((what, _),) = said_of(today, run)
    assert what.startswith("no video was found by any of 2 searches: ")
    assert said_of(today, replace(run, skip_discovery=True)) == []
    assert said_of(today, replace(run, mode="replay")) == []
    assert said_of(today, replace(run, dry_run=True)) == []
    today.sandbox.clear_faults()
    search(today, run, "origami")
    assert said_of(today, run) == []


def said_of(days: Days, run: Run) -> list[tuple[str, str]]:
    with days.connect() as connection:
        return problems(connection, run)


def test_a_search_that_takes_longer_than_a_claim_is_paid_for_once(today, monkeypatch):
    """Two tasks want the same page, and the first one's call outlasts its claim: the second waits for the answer."""
    monkeypatch.setattr(ledger, "CLAIM_SECONDS", 4.0)
    today.sandbox.inject({"match": {"endpoint": "video_search"}, "action": {"kind": "slow", "seconds": 6}})
    runs = [today.open(**NOBODY, pages_per_keyword=1) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda run: search(today, run, "ramen"), runs))
    assert found[0][0]["videos"] == found[1][0]["videos"] > 0
    assert len(today.sandbox.log("video_search")) == 1
    assert today.rows("select outcome, lost_calls, is_billed from api_calls") == [("answered", 0, True)]


def test_a_claim_is_kept_through_a_pause_the_vendor_asks_for(today, monkeypatch):
    """A 429 with a pause longer than the claim: nobody else asks meanwhile."""
    monkeypatch.setattr(ledger, "CLAIM_SECONDS", 4.0)
    today.sandbox.inject(status_fault(429, "trending_words", action={"headers": {"Retry-After": "8"}}))
    runs = [today.open() for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda run: tasks.fetch_trends(today.connect, today.api(), run), runs))
    assert found[0] == found[1]
    assert [entry["status"] for entry in today.sandbox.log("trending_words")] == [429, 200]


def test_a_page_of_more_than_was_asked_for_costs_what_was_asked_for(today, caplog):
    """400 videos where 20 were asked for: 40 are screened, and nobody else is looked up; the log says so."""
    first = today.sandbox.get("/api/v1/tiktok/app/v3/fetch_video_search_result", keyword="ramen", offset=0, count=20)
    item = first.json()["data"]["search_item_list"][0]
    today.sandbox.inject(field("search_item_list", [numbered(item, number) for number in range(400)]))
    today.sandbox.clear_log()
    with caplog.at_level(logging.WARNING):
        search(today, today.open(pages_per_keyword=1), "ramen")
    assert today.rows("select count(*), min(video_id), max(video_id) from verdicts") == [
        (40, "7300000000000000000", "7300000000000000039")
    ]
    assert len({entry["subject"] for entry in today.sandbox.log("user_profile")}) == 40
    assert [record.getMessage() for record in caplog.records if "asked for" in record.getMessage()] == [
        "A page of ramen holds 400 videos, though 20 were asked for: the first 40 are screened, the others left out."
    ]


def numbered(item: dict, number: int) -> dict:
    """A search item about the video and the author of this number, with nothing that would refuse them."""
    user_id = 7_100_000_000_000_000_000 + number
    aweme = item["aweme_info"]
    author = {
        **aweme["author"],
        "uid": str(user_id),
        "sec_uid": f"MS4wLjAB{number}",
        "unique_id": f"maker{number}",
        "nickname": "maker",
        "follower_count": 50_000,
        "secret": 0,
    }
    statistics = {**aweme["statistics"], "play_count": 10**6}
    numbers = {"aweme_id": str(7_300_000_000_000_000_000 + number), "author_user_id": user_id}
    return {
        **item,
        "aweme_info": {**aweme, **numbers, "desc": "soup", "author": author, "statistics": statistics},
    }


def test_what_endless_addresses_of_a_cover_leave_is_short(today):
    """2,000 addresses of which none may be asked: the verdict names three and how many more, within 500 letters."""
    urls = [f"http://pictures.example/{number}" for number in range(2_000)]
    today.sandbox.inject(field("search_item_list.*.aweme_info.video", {"origin_cover": {"url_list": urls}}))
    everybody = {"min_views": 0, "min_followers": 0, "max_followers": 10**9}
    search(today, today.open(pages_per_keyword=1, **everybody), "ramen")
    shown = "; ".join(
        f"'http://pictures.example/{number}': not one of the hosts that may be asked, over https" for number in range(3)
    )
    assert today.rows("select distinct matched_text from verdicts where field = 'cover'") == [
        (f"{shown}; and 2 more",),
    ]
    assert len(shown) < 500


def test_what_is_trending_and_no_hashtag_is_searched_as_a_word(today, caplog):
    """`#` before what TikTok knows no hashtag for: found by the video search, with its texts; the configured one fails."""
    inexact = {"kind": "field", "path": "data.challenge_list.*.challenge_info.cha_name", "value": "origamitok"}
    today.sandbox.inject({"match": {"endpoint": "hashtag_search"}, "times": None, "action": inexact})
    with caplog.at_level(logging.INFO):
        found = search(today, today.open(**NOBODY, pages_per_keyword=1), "#origami")
    assert found[0]["videos"] > 0
    assert [entry["params"].get("keyword") for entry in today.sandbox.log()] == ["origami", "origami"]
    assert "TikTok knows no hashtag #origami: it is searched as a word." in caplog.messages
    ((video_id, user_id),) = today.rows("select video_id, user_id from verdicts order by 1 limit 1")
    with today.connect() as connection:
        texts = read_texts(connection, TODAY, "#origami", video_id, user_id)
    assert texts.video is not None
    with pytest.raises(NoSuchHashtag, match="check its spelling in COMETS_HASHTAGS"):
        search(today, today.open(**NOBODY, hashtags=["Origami"]), "#Origami")


def test_a_trending_word_with_a_false_hash_keeps_the_day_green(today):
    """`#1 song in the world` is trending: it is a search word like any other."""
    word = {"kind": "field", "path": "data.trending_search_words.0.trendingSearchWord", "value": "#1 song in the world"}
    today.sandbox.inject({"match": {"endpoint": "trending_words"}, "action": word})
    _, failed, report = today.play(pages_per_keyword=1, max_keywords=2, skip_roll_call=True)
    assert failed == []
    assert today.sandbox.log("hashtag_search") == []
    assert any(line.startswith("✅ Discovered") and "1 song in the world (" in line for line in report.splitlines())


def test_a_search_after_the_end_of_the_day_says_so(today):
    """Five seconds before 06:00 UTC no call can end in time: neither trends nor searches blame the budget for it."""
    run = today.open()
    today.now = datetime(2026, 11, 3, 5, 59, 55, tzinfo=UTC)
    with pytest.raises(DayOver, match="2026-11-02 ended before its trends could be asked: from 06:00 UTC on"):
        tasks.fetch_trends(today.connect, today.api(), run)
    with pytest.raises(
        DayOver, match=r"The day ended before all pages of ramen could be asked: .* 0 videos were screened"
    ):
        search(today, run, "ramen")
    assert today.sandbox.log() == []
    assert today.rows("select count(*) from api_calls") == [(0,)]


def test_a_budget_that_ends_in_the_middle_of_a_search_fails_nothing(today, caplog):
    """A hashtag whose search the budget does not reach: nothing is screened, nothing fails, and the log says why."""
    with caplog.at_level(logging.INFO):
        found = search(today, today.open(max_calls=0, skip_roll_call=True), "#origami")
    assert (found[0]["videos"], today.sandbox.log()) == (0, [])
    assert "The run's budget for discovery is spent: #origami is left after 0 videos." in caplog.messages


def test_a_text_too_long_for_somebodys_index_costs_one_creator(today):
    """An index of the operator's own refuses one bio: that creator is undetermined, the page's others are kept."""
    run = today.open(pages_per_keyword=1)
    word = tasks.fetch_trends(today.connect, today.api(), run)[0]["text"]
    search(today, run, word)
    accepted = [
        row[0] for row in today.rows("select distinct user_id from verdicts where layer = 'accepted' order by 1")
    ]
    assert len(accepted) >= 2
    with today.connect() as connection:
        connection.execute("truncate creators, creator_stats, verdicts, handle_history, api_calls, runs")
        connection.execute("create index somebodys on creators (signature)")
    letters = random.Random(1)  # noqa: S311 - no secret; what can be compressed would fit
    bio = "".join(chr(letters.randint(0x4E00, 0x9FFF)) for _ in range(1_000))
    today.sandbox.inject(field_fault(accepted[0], "signature", value=bio))
    search(today, today.open(pages_per_keyword=1), word)
    assert {row[0] for row in today.rows("select user_id from creators")} == {*accepted[1:]}
    ((layer, where, why),) = today.rows(
        "select distinct layer, field, matched_text from verdicts where matched_text like 'the database refused%%'"
    )
    assert (layer, where) == ("undetermined", "profile")
    assert why.startswith("the database refused the profile: index row size ")


def test_nothing_a_handle_holds_forges_a_line_of_the_log(today, caplog):
    """A handle with a line break and a terminal's escape: one line in the log, and neither of them in the database."""
    (user_id,) = enter(today, plain(today, 1))
    forged = "x\n✅ Updated: @fake 9 followers (+9 / 9.00%)\x1b[31m"
    today.sandbox.inject(field_fault(user_id, "unique_id", value=forged))
    with caplog.at_level(logging.INFO):
        _, failed, _ = today.play(skip_discovery=True)
    assert failed == []
    handle = "x✅ Updated: @fake 9 followers (+9 / 9.00%)[31m"
    assert today.rows("select handle from creators") == [(handle,)]
    (line,) = [message for message in caplog.messages if "Updated: @" in message]
    assert line.startswith(f"✅ Updated: @{handle} ")
    assert len(line.splitlines()) == 1


def test_odd_types_of_what_is_not_counted_cost_no_snapshot(today):
    """Bio, sec_uid and flags of odd types: measured all the same; a count of an odd type is refused as ever."""
    odd = [("signature", 123), ("sec_uid", 12), ("secret", "0"), ("is_block", "false"), ("follower_count", "5e4")]
    creators = plain(today, len(odd))
    ids = enter(today, creators)
    today.sandbox.inject(*(field_fault(each, path, value=value) for each, (path, value) in zip(ids, odd, strict=True)))
    today.play(skip_discovery=True)
    assert counts(today, TODAY) == true_counts(creators[:-1])
    assert misses(today, TODAY) == {
        ids[-1]: (
            "failed",
            "user_profile: user.follower_count is '5e4', expected a whole number from 0 to 2^63-1",
        )
    }
