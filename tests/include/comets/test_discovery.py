"""Discovery against the sandbox: paging, the order of asking, what is accepted, and on what evidence."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from include.comets import tasks
from include.comets.discovery import NoSuchHashtag
from include.comets.run import Run
from plugins.filters.layers import context_layers
from tests.fixtures.days import Days
from tests.include.comets.rosters import TODAY, fingerprints, status_fault

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
    """No challenge of exactly this name: this instance fails and says what to check; others are not affected."""
    inexact = {"kind": "field", "path": "data.challenge_list.*.challenge_info.cha_name", "value": "origamitok"}
    today.sandbox.inject({"match": {"endpoint": "hashtag_search", "subject_contains": "origami"}, "action": inexact})
    run = today.open(**NOBODY, pages_per_keyword=1)
    with pytest.raises(NoSuchHashtag, match="TikTok knows no hashtag #origami: check its spelling"):
        search(today, run, "#origami")
    assert search(today, run, "#boats")[0]["videos"] > 0


def test_a_search_that_fails_is_that_keywords_failure_alone(today):
    """Searches for one keyword answer 500 for good: it is the only step that fails, and the others' comets are kept."""
    today.sandbox.inject(status_fault(500, "video_search", times=None, subject_contains="lantern"))
    _, failed, report = today.play(keywords=["lantern soup", "ramen"], pages_per_keyword=1)
    assert [step.split(":")[:2] for step in failed] == [["discover", " Unavailable"]]
    assert today.rows("select distinct keyword from verdicts") == [("ramen",)]
    assert "✅ Discovered 0 Comets for trend: lantern soup" in report.splitlines()


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
            assert (measured > 2) == (layer == "accepted")
            assert (score is not None) == (measured > 0)
            assert isinstance(uncertain, bool)


def test_one_creator_the_database_refuses_costs_the_page_nothing(today):
    """A profile with somebody else's sec_user_id is undetermined with the reason; the page's other comets are kept."""
    run = today.open(pages_per_keyword=1)
    word = tasks.fetch_trends(today.connect, today.api(), run)[0]["text"]
    search(today, run, word)
    accepted = [
        row[0] for row in today.rows("select distinct user_id from verdicts where layer = 'accepted' order by 1")
    ]
    assert len(accepted) >= 1
    with today.connect() as connection:
        connection.execute("truncate creators, creator_stats, verdicts, handle_history, api_calls, runs")
        connection.execute("insert into creators (user_id, sec_user_id) values ('1', 'taken')")
    today.sandbox.inject(
        {
            "match": {"endpoint": "user_profile", "user_id": accepted[0]},
            "times": None,
            "action": {"kind": "field", "path": "data.user.sec_uid", "value": "taken"},
        }
    )
    search(today, today.open(pages_per_keyword=1), word)
    kept = {row[0] for row in today.rows("select user_id from creators")}
    assert kept == {"1", *accepted[1:]}
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
