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
from include.comets.evidence import read_named
from include.comets.run import Run
from include.local.played_days import DEFAULTS, Days
from include.migrations import FOLDER, migrate
from include.runs import RunRefused
from include.tikhub.endpoints import ENDPOINTS
from include.tikhub.errors import BalanceExhausted
from tests.include.comets.rosters import TODAY, enter, plain, status_fault

USUAL = {"trending_words", "video_search", "hashtag_search", "hashtag_videos", "user_profile"}
NOBODY = {"min_views": 10**12}  # nothing gets past the search answer
NEW = ("hashtag_countries", "hashtag_days", "hashtags_per_country")


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
