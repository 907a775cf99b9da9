"""Sources of creators beside trending words and followed hashtags: off until switched on, under the same budget and ledger."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from include.comets import sources, tasks
from include.comets.checks import CheckFailed
from include.comets.evidence import read_named, read_texts
from include.comets.run import Run
from include.local.played_days import DEFAULTS, Days
from include.migrations import FOLDER, migrate
from include.runs import RunRefused
from include.tikhub.endpoints import ENDPOINTS
from include.tikhub.errors import BalanceExhausted, TikHubError
from tests.include.comets.rosters import TODAY, YESTERDAY, enter, plain, status_fault

USUAL = {"trending_words", "video_search", "hashtag_search", "hashtag_videos", "user_profile"}
NOBODY = {"min_views": 10**12}  # nothing gets past the search answer
NEW = (
    "hashtag_countries",
    "hashtag_days",
    "hashtags_per_country",
    "user_words",
    "users_of_keywords",
    "users_per_word",
    "look_alikes",
)
CHESS = {"keywords": ["lantern soup"], "pages_per_keyword": 1, "user_words": ["chess"]}


@pytest.fixture
def today(days: Days) -> Days:
    return days.at(2026, 11, 2)


def field(path: str, **action: Any) -> dict[str, Any]:
    action = {"kind": "field", "path": f"data.{path}", **action}
    return {"match": {"endpoint": "trending_hashtags"}, "times": None, "action": action}


def trends_of(days: Days, **params: Any) -> list[str]:
    return [word["text"] for word in tasks.fetch_trends(days.connect, days.api(), days.open(**params))]


def listed(days: Days, country: str, most: int) -> list[str]:
    """The first hashtags of a country's list, as the sandbox gives it."""
    asked = {"time_range": 7, "country_code": country, "page": 1, "limit": 20}
    answer = requests.post(
        days.sandbox.url + ENDPOINTS["trending_hashtags"].path,
        json=asked,
        headers={"Authorization": f"Bearer {days.sandbox.key}"},
        timeout=10,
    )
    return [f"#{item['hashtagName']}" for item in answer.json()["data"]["items"][:most]]


def test_a_default_day_calls_what_it_always_did(today: Days):
    """Without a source switched on: the trends once, a page of videos each, and profiles; the run is the one of before."""
    run, failed, report = today.play(max_keywords=2, pages_per_keyword=1, hashtags=["origami"])
    assert failed == []
    log = today.sandbox.log()
    assert {entry["endpoint"] for entry in log} == USUAL
    searches = [entry["endpoint"] for entry in log if entry["endpoint"] != "user_profile"]
    assert searches == ["trending_words", "video_search", "video_search", "hashtag_search", "hashtag_videos"]
    before = {name: value for name, value in run.as_json().items() if name not in NEW}
    assert Run.from_json(json.loads(json.dumps(before))) == run
    assert "🧭" not in report


def test_regional_hashtags_join_the_days_keywords(today: Days):
    """One call for each country; its first hashtags are searched behind trends and followed ones, and named by their source."""
    japan, america = listed(today, "JP", 2), listed(today, "US", 2)
    today.sandbox.clear_log()
    _, failed, report = today.play(
        max_keywords=1,
        pages_per_keyword=1,
        hashtags=["origami"],
        hashtag_countries=["jp", "US"],
        hashtags_per_country=2,
    )
    assert failed == []
    asked = [entry["subject"] for entry in today.sandbox.log("trending_hashtags")]
    assert len(asked) == 2
    expected = ["#origami", *dict.fromkeys([*japan, *america])]
    kept = today.rows("select trend_keyword, keyword_source from daily_trends order by rank")
    assert kept[0][1] == "trends"
    assert kept[1:] == [(word, "hashtags" if word == "#origami" else "regional") for word in expected]
    ((comets, calls),) = today.rows(
        "select (select count(distinct user_id) from verdicts where layer = 'accepted' and keyword = any(%s)),"
        " (select count(*) from api_calls where keyword = any(%s) or endpoint = 'trending_hashtags')",
        expected[1:],
        expected[1:],
    )
    assert comets > 0
    line = f"🧭 Regional hashtags: {comets} Comets (0 new) from {len(expected) - 1} searches, {calls} calls ("
    (said,) = [row for row in report.splitlines() if row.startswith("🧭")]
    assert said.split(" (")[0] == line.split(" (", maxsplit=1)[0]
    assert f" from {len(expected) - 1} searches, {calls} calls ($" in said


def test_a_day_asks_for_a_list_once(today: Days):
    """A second run, and a run over the same days of another country: only what nobody asked for yet is paid for."""
    asked = {"max_keywords": 1, "hashtags_per_country": 1}
    first = trends_of(today, hashtag_countries=["JP"], **asked)
    assert trends_of(today, hashtag_countries=["JP"], **asked) == first
    trends_of(today, hashtag_countries=["JP", "US"], **asked)
    trends_of(today, hashtag_countries=["JP"], hashtag_days=30, **asked)
    subjects = today.rows("select subject from api_calls where endpoint = 'trending_hashtags' order by call_id")
    assert [subject for (subject,) in subjects] == [
        f"time_range={days}&country_code={country}&page=1&limit=20"
        for days, country in ((7, "JP"), (7, "US"), (30, "JP"))
    ]
    assert len(today.sandbox.log("trending_hashtags")) == 3


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (field("items", value=[]), sources.NO_LIST),
        (field("items", value={}), sources.NO_LIST),
        (field("items", missing=True), sources.NO_LIST),
        (field("items.*.hashtagName", missing=True), sources.NO_LIST),
        (field("BaseResp.StatusCode", value=40101), sources.NO_LIST),
        (status_fault(404, "trending_hashtags", times=None), "the endpoint is gone (404)"),
        (status_fault(500, "trending_hashtags", times=None), "TikHub could not answer (500)"),
    ],
)
def test_a_list_that_is_not_given_costs_the_day_nothing_else(today: Days, fault: dict[str, Any], said: str):
    """Empty, of another shape, an error: the trends are searched, the day's checks say what is missing, and it is asked again."""
    today.sandbox.inject(fault)
    run = today.open(max_keywords=1, hashtag_countries=["JP"])
    assert len(tasks.fetch_trends(today.connect, today.api(), run)) == 1
    with pytest.raises(CheckFailed) as failed:
        tasks.check_day(today.connect, run, 0.0)
    assert "no hashtags that trend in JP were given" in str(failed.value)
    assert said in str(failed.value)
    assert "clear fetch_trends with everything downstream" in str(failed.value)
    today.sandbox.clear_faults()
    assert len(tasks.fetch_trends(today.connect, today.api(), run)) > 1
    tasks.check_day(today.connect, run, 0.0)


def test_a_country_without_a_market_is_said(today: Days):
    """No hashtag trends in Antarctica: an empty list is no answer, and never a quiet day."""
    run = today.open(max_keywords=1, hashtag_countries=["AQ"])
    tasks.fetch_trends(today.connect, today.api(), run)
    with today.connect() as connection:
        ((what, _),) = sources.problems(connection, run)
    assert what == ("no hashtags that trend in AQ were given: the list was empty, or of another shape")


def test_an_empty_balance_stops_the_run(today: Days):
    """402 for the list is 402 for every call: the run stops, as for any other call."""
    today.sandbox.inject(status_fault(402, "trending_hashtags"))
    with pytest.raises(BalanceExhausted):
        trends_of(today, hashtag_countries=["JP"])
    ((stopped,),) = today.rows("select stopped_because from runs")
    assert "balance" in stopped


def test_the_roll_call_has_first_claim(today: Days):
    """Three creators due and a budget of four: the trends take the one call that is left, the list is left out without a word of
    failure, and all three are measured.
    """
    chosen = plain(today, 3)
    enter(today, chosen)
    run, failed, _ = today.play(max_calls=4, max_keywords=1, hashtag_countries=["JP"])
    assert failed == []
    assert [entry["endpoint"] for entry in today.sandbox.log()].count("trending_hashtags") == 0
    assert today.rows("select measured, due from runs where run_id = %s", run.run_id) == [(3, 3)]


def test_a_replay_searches_the_regional_hashtags_again_and_calls_nothing(today: Days):
    """By the params of the day or by the defaults: the verdicts that were lost come back, from the ledger alone."""
    asked = {"max_keywords": 1, "pages_per_keyword": 1, "hashtag_countries": ["JP"], "hashtags_per_country": 2}
    today.play(**asked)
    query = "select keyword, video_id from verdicts order by 1, 2"
    verdicts = today.rows(query)
    today.at(2026, 11, 9)
    today.sandbox.clear_log()
    for params in (asked, {"max_keywords": 1, "pages_per_keyword": 1}):
        with today.connect() as connection:
            connection.execute("delete from verdicts")
        _, failed, _ = today.play(day=TODAY, **params)
        assert failed == []
        assert today.rows(query) == verdicts
    assert today.sandbox.log() == []


def test_whom_a_list_names_is_somebody_to_look_at(today: Days):
    """Handles out of the stored list, by hashtag; no count of theirs is read, and nobody joins the roster by it."""
    run = today.open(max_keywords=1, hashtag_countries=["JP"], hashtags_per_country=3)
    found = tasks.fetch_trends(today.connect, today.api(), run)
    with today.connect() as connection:
        named = read_named(connection, TODAY)
    truth = {creator["handle"] for creator in today.sandbox.truth(TODAY)}
    assert {word["text"].casefold() for word in found if word["source"] == "regional"} <= set(named)
    handles = {handle for each in named.values() for handle in each}
    assert handles
    assert handles <= truth
    assert today.rows("select count(*) from creators") == [(0,)]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        (
            {"hashtag_countries": ["USA"]},
            "hashtag_countries holds 'USA': write countries with two letters, as US or JP",
        ),
        ({"hashtag_countries": ["日本"]}, "hashtag_countries holds '日本'"),
        ({"hashtag_countries": [f"A{chr(65 + n)}" for n in range(21)]}, "holds 21 countries: 20 are the most"),
        ({"hashtag_days": 8}, "hashtag_days is 8: write 7 or 30 or 120"),
        ({"hashtag_days": True}, "hashtag_days is True"),
        ({"hashtags_per_country": 21}, "hashtags_per_country is 21: write a number from 1 to 20"),
    ],
)
def test_nonsense_is_refused_with_what_to_write(days: Days, params: dict[str, Any], said: str):
    """Each param that makes no sense is named, before anything is called."""
    with pytest.raises(RunRefused, match=said):
        days.open(**params)


def named(days: Days, word: str) -> list[dict[str, Any]]:
    """Whom the search for a word in the band names first, as the sandbox gives them."""
    asked: dict[str, Any] = {
        "keyword": word,
        "offset": 0,
        "count": 20,
        "user_search_follower_count": "TEN_K_TO_ONE_H_K",
    }
    answer = days.sandbox.get(ENDPOINTS["user_search"].path, **asked).json()["data"]
    days.sandbox.clear_log()
    return [item["user_info"] for item in answer["user_list"]]


def users_fault(endpoint: str, path: str, times: int | None = None, **action: Any) -> dict[str, Any]:
    return {
        "match": {"endpoint": endpoint},
        "times": times,
        "action": {"kind": "field", "path": f"data.{path}", **action},
    }


def test_people_are_judged_by_their_videos_alone(today: Days):
    """One call names people of the band, one more for each of the first four against whom nothing speaks; their five most played
    videos go through every layer. Whoever was refused by name or number has no verdict, and cost no call.
    """
    people = {person["uid"]: person for person in named(today, "chess")}
    _, failed, report = today.play(**CHESS, users_per_word=4, skip_roll_call=True)
    assert failed == []
    (search,) = today.sandbox.log("user_search")
    assert search["params"]["user_search_follower_count"] == "TEN_K_TO_ONE_H_K"
    asked = [subject for (subject,) in today.rows("select subject from api_calls where endpoint = 'user_videos'")]
    assert len(asked) == len(today.sandbox.log("user_videos")) == 4
    assert set(asked) <= set(people)
    rows = today.rows(
        "select user_id, count(*), count(*) filter (where layer = 'accepted') from verdicts where keyword ="
        " 'users: chess' group by 1"
    )
    assert {user_id for user_id, _, _ in rows} <= set(asked)
    assert {videos for _, videos, _ in rows} == {5}
    comets = sum(accepted > 0 for _, _, accepted in rows)
    assert comets > 0
    assert today.rows("select trend_keyword, rank, keyword_source from daily_trends order by rank") == [
        ("lantern soup", 1, "given"),
        ("users: chess", 2, "users"),
    ]
    calls = len(today.rows("select 1 from api_calls where keyword = 'users: chess'"))
    line = (
        f"🧭 User search by band: {comets} Comets ({comets} new) from 1 searches, {calls} calls (${calls / 1000:.3f})"
    )
    assert line.rstrip("0)") in report or line in report


def test_who_is_refused_by_name_costs_no_call(today: Days):
    """A platform in the name, a number outside of the run's band: the list of videos is not asked for. A bio is not known yet."""
    today.sandbox.inject(users_fault("user_search", "user_list.*.user_info.nickname", value="live on twitch"))
    assert today.play(**CHESS, skip_roll_call=True)[1] == []
    assert today.sandbox.log("user_videos") == []
    today.at(2026, 11, 3).sandbox.clear_faults()
    today.sandbox.inject(users_fault("user_search", "user_list.*.user_info.follower_count", value=9_999))
    assert today.play(**CHESS, skip_roll_call=True)[1] == []
    assert today.sandbox.log("user_videos") == []
    assert today.rows("select count(*) from verdicts where keyword = 'users: chess'") == [(0,)]


def test_a_number_that_is_not_given_waits_for_the_profile(today: Days):
    """A 0 in the band of 10,000 on is no number: their videos are asked for, and the exact count decides."""
    today.sandbox.inject(users_fault("user_search", "user_list.*.user_info.follower_count", value=0))
    assert today.play(**CHESS, users_per_word=2, skip_roll_call=True)[1] == []
    assert len(today.sandbox.log("user_videos")) == 2


def test_a_band_of_ones_own_is_not_narrowed_by_the_server(today: Days):
    """From 5,000 followers on: no band of the server's holds it, so nobody is kept out by it."""
    assert today.play(**CHESS, min_followers=5_000, users_per_word=1, skip_roll_call=True)[1] == []
    (search,) = today.sandbox.log("user_search")
    assert "user_search_follower_count" not in search["params"]


def test_who_is_on_the_roster_is_not_looked_at(today: Days):
    """They are measured anyway; the others take their place."""
    people = [person["uid"] for person in named(today, "chess")]
    enter(today, [each for each in today.sandbox.truth(TODAY) if each["user_id"] in people[:10]])
    assert today.play(**CHESS, users_per_word=20, skip_roll_call=True)[1] == []
    asked = {subject for (subject,) in today.rows("select subject from api_calls where endpoint = 'user_videos'")}
    assert asked
    assert not asked & set(people[:10])


def test_the_days_keywords_find_people_too(today: Days):
    """With the switch each keyword of the day, and each word given, is searched once, in whatever capitals."""
    run = today.open(keywords=["Chess", "owls"], hashtags=["pottery"], user_words=["chess"], users_of_keywords=True)
    found = tasks.fetch_trends(today.connect, today.api(), run)
    assert [(each["text"], each["source"]) for each in found] == [
        ("Chess", "given"),
        ("owls", "given"),
        ("#pottery", "hashtags"),
        ("users: chess", "users"),
        ("users: owls", "users"),
    ]


def test_two_words_pay_for_a_person_once(today: Days):
    """The same people under another word: their videos and profiles come from the ledger."""
    today.sandbox.settings(churn=False)
    today.play(**CHESS, users_per_word=3, skip_roll_call=True)
    paid = len(today.sandbox.log("user_videos"))
    _, failed, _ = today.play(**CHESS, users_per_word=3, skip_roll_call=True)
    assert failed == []
    assert len(today.sandbox.log("user_videos")) == paid
    assert len(today.sandbox.log("user_search")) == 1


@pytest.mark.parametrize(
    ("fault", "red"),
    [
        (users_fault("user_search", "user_list", value=[]), None),
        (users_fault("user_search", "user_list", value={"1": {}}), "UnexpectedAnswer"),
        (users_fault("user_search", "user_list", missing=True), "UnexpectedAnswer"),
        (users_fault("user_search", "user_list.*.user_info.uid", value="x"), "UnexpectedAnswer"),
        (status_fault(404, "user_search", times=None), "EndpointGone"),
        (users_fault("user_videos", "aweme_list", value=[]), None),
        (users_fault("user_videos", "aweme_list", value=None, times=1), None),
        (users_fault("user_videos", "aweme_list", value="none"), "UnexpectedAnswer"),
        (users_fault("user_videos", "aweme_list.*.author.uid", value="7000000000000000001"), "UnexpectedAnswer"),
        (users_fault("user_videos", "status_code", value=2096), None),
        (status_fault(404, "user_videos", times=None), None),
    ],
)
def test_a_bad_answer_is_this_searchs_alone(today: Days, fault: dict[str, Any], red: str | None):
    """Nobody named, no videos shown: nothing is found. Another shape: this search is red, and the day's other one is not."""
    today.sandbox.inject(fault)
    run = today.open(**CHESS, **NOBODY, users_per_word=2)
    words = tasks.fetch_trends(today.connect, today.api(), run)
    assert today.discover(run, words[0], 0)["videos"] > 0
    if red is None:
        today.discover(run, words[1], 1)
    else:
        with pytest.raises(TikHubError) as failed:
            today.discover(run, words[1], 1)
        assert type(failed.value).__name__ == red


def test_a_replay_reads_the_people_again_and_calls_nothing(today: Days):
    """By the params of the day or by the defaults: the same videos of the same people are judged, from the ledger alone."""
    today.play(**CHESS, users_per_word=3, skip_roll_call=True)
    query = "select keyword, video_id from verdicts order by 1, 2"
    verdicts = today.rows(query)
    assert "users: chess" in {keyword for keyword, _ in verdicts}
    today.at(2026, 11, 9).sandbox.clear_log()
    for params in ({**CHESS, "users_per_word": 3}, {"pages_per_keyword": 1}):
        with today.connect() as connection:
            connection.execute("delete from verdicts")
        assert today.play(day=TODAY, **params)[1] == []
        assert today.rows(query) == verdicts
    assert today.sandbox.log() == []


def test_the_budget_of_people_is_that_of_discovery(today: Days):
    """Two due and six calls at most: four are left for both searches, and the roll call has its two."""
    people = [person["uid"] for person in named(today, "chess")]
    others = [each for each in plain(today, 40) if each["user_id"] not in people][:2]
    enter(today, others)
    run, failed, _ = today.play(**CHESS, **NOBODY, max_calls=6)
    assert failed == []
    assert today.rows("select measured, due from runs where run_id = %s", run.run_id) == [(2, 2)]
    assert len(today.sandbox.log("user_videos")) == 2
    assert len(today.sandbox.log()) == 6


def test_their_videos_and_texts_are_found_again(today: Days):
    """The videos of whoever joined are kept from the stored answers, and a verdict's page finds the text it rests on."""
    today.play(**CHESS, users_per_word=6, skip_roll_call=True)
    ((user_id, video_id),) = today.rows(
        "select verdicts.user_id, verdicts.video_id from verdicts inner join creator_stats as stats on stats.user_id ="
        " verdicts.user_id and stats.source_trend = verdicts.keyword where verdicts.keyword = 'users: chess' and layer ="
        " 'accepted' order by 1, 2 limit 1"
    )
    with today.connect() as connection:
        texts = read_texts(connection, TODAY, "users: chess", video_id, user_id)
    assert texts.video is not None
    assert texts.video.author.user_id == user_id
    assert (user_id, video_id) in today.rows("select user_id, video_id from creator_videos")


def graduate(days: Days, creators: list[dict[str, Any]], followers: int = 120_000) -> list[str]:
    """Creators of the roster who had 90,000 followers yesterday, and so many at the last look; returns their ids."""
    ids = enter(days, creators)
    with days.connect() as connection:
        for number, user_id in enumerate(ids):
            connection.execute(
                "update creators set last_follower_count = %s, status = 'active' where user_id = %s",
                [followers + number, user_id],
            )
            connection.execute(
                "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count,"
                " daily_growth_followers, daily_growth_percent, origin) values (%s, %s, 90000, 1, 1, 0, 0, 'roll_call')",
                [user_id, YESTERDAY],
            )
    return ids


ALIKE = {"keywords": ["lantern soup"], "pages_per_keyword": 1, "skip_roll_call": True, "users_per_word": 3}


def test_people_like_graduates_are_judged_by_their_videos(today: Days):
    """Of three graduates the two closest above the band are asked about, once in 30 days; who never was inside is none. Of the
    people named for each the first three that are worth it have their videos judged.
    """
    chosen = plain(today, 4)
    ids = graduate(today, chosen[:3])
    (never,) = enter(today, chosen[3:])
    with today.connect() as connection:
        connection.execute("update creators set last_follower_count = 110000 where user_id = %s", [never])
    _, failed, report = today.play(**ALIKE, look_alikes=2)
    assert failed == []
    seeds = "select subject from api_calls where endpoint = 'similar_users' and day = %s order by call_id"
    assert today.rows(seeds, TODAY) == [(ids[0],), (ids[1],)]
    asked = {subject for (subject,) in today.rows("select subject from api_calls where endpoint = 'user_videos'")}
    assert 3 <= len(asked) <= 6
    assert not asked & {*ids, never}
    judged = today.rows("select distinct user_id from verdicts where keyword = 'look-alikes of graduates'")
    assert judged
    assert {user_id for (user_id,) in judged} <= asked
    assert "🧭 Look-alikes of graduates: " in report
    again = today.play(**ALIKE, look_alikes=2)
    assert again[1] == []
    assert len(today.sandbox.log("similar_users")) == 2
    today.at(2026, 11, 3).play(**ALIKE, look_alikes=2)
    assert today.rows(seeds, TODAY.replace(day=3)) == [(ids[2],)]


def test_without_graduates_nobody_is_asked(today: Days):
    """A roster without one: the search finds nobody, and the day is green."""
    enter(today, plain(today, 2))
    assert today.play(**ALIKE, look_alikes=5)[1] == []
    assert today.sandbox.log("similar_users") == []


@pytest.mark.parametrize(
    ("fault", "red"),
    [
        (users_fault("similar_users", "users", value=[]), None),
        (users_fault("similar_users", "status_code", value=2096), None),
        (status_fault(404, "similar_users", times=None), None),
        (status_fault(404, "similar_users", times=1), None),
        (users_fault("similar_users", "users", missing=True, times=1), None),
        (users_fault("similar_users", "users", missing=True), "UnexpectedAnswer"),
        (users_fault("similar_users", "users", value=[{"nick": "x"}]), "UnexpectedAnswer"),
        (status_fault(500, "similar_users", times=None), "Unavailable"),
    ],
)
def test_a_bad_list_of_look_alikes_costs_no_other(today: Days, fault: dict[str, Any], red: str | None):
    """One graduate's list that is not given leaves the others; where none is, this search alone is red."""
    graduate(today, plain(today, 2))
    today.sandbox.inject(fault)
    _, failed, _ = today.play(**ALIKE, **NOBODY, look_alikes=2)
    assert [step.split(":")[0:2] for step in failed] == ([["discover", f" {red}"]] if red else [])
    assert len(today.rows("select 1 from verdicts where keyword = 'lantern soup'")) > 0


def test_a_replay_of_look_alikes_asks_about_the_days_graduates(today: Days):
    """By the defaults, after the roster has moved on: the people of the stored lists are judged again, and nothing is called."""
    ids = graduate(today, plain(today, 3))
    today.play(**ALIKE, look_alikes=2)
    query = "select keyword, video_id from verdicts order by 1, 2"
    verdicts = today.rows(query)
    assert "look-alikes of graduates" in {keyword for keyword, _ in verdicts}
    with today.connect() as connection:
        connection.execute("delete from verdicts")
        connection.execute("update creators set last_follower_count = 50000 where user_id = %s", [ids[0]])
    today.at(2026, 11, 9).sandbox.clear_log()
    assert today.play(day=TODAY, pages_per_keyword=1, users_per_word=3)[1] == []
    assert today.rows(query) == verdicts
    assert today.sandbox.log() == []


def test_a_database_of_before_keeps_its_keywords(empty_database_url: str, tmp_path: Path):
    """Their source was not noted, and stays so; a column of somebody's own of that name keeps what is in it."""
    folder = Path(shutil.copytree(FOLDER, tmp_path / "migrations"))
    for path in folder.glob("*.sql"):
        if path.name >= "0056":
            path.unlink()
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        migrate(connection, folder)
        connection.execute("alter table daily_trends add column keyword_source integer")
        connection.execute("insert into daily_trends values ('ramen', '2026-11-01', 1, now(), 7)")
        migrate(connection)
        query = "select trend_keyword, keyword_source, keyword_source_original from daily_trends"
        assert connection.execute(query).fetchall() == [("ramen", None, 7)]
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("update daily_trends set keyword_source = 'elsewhere'")


def test_the_defaults_switch_nothing_on():
    """As a run is planned without a word about sources, none is on."""
    assert DEFAULTS["hashtag_countries"] == []
