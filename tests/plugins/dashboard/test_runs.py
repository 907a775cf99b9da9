"""The page "Runs": the day's numbers as the report has them, and why a red day is red."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import select

from include.comets.evidence import read_named
from include.local.played_days import Days
from plugins.dashboard.comets.runs import Stage, funnel, waiting, with_gaps
from tests.fixtures.dashboard import Browser

Browsers = Callable[[str | None], Browser]


def words(page: str) -> str:
    """The page's text, without tags, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def enter(connection: psycopg.Connection, run_id: str, day: str, **columns: object) -> None:
    """A run with these columns."""
    about = {"pipeline": "comets", "run_id": run_id, "day": day}
    values = {**about, "mode": "live", "settings": "{}", "state": "complete", **columns}
    connection.execute(
        psycopg.sql.SQL("insert into runs ({}) values ({})").format(
            psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, values)),
            psycopg.sql.SQL(", ").join(psycopg.sql.Placeholder() * len(values)),
        ),
        list(values.values()),
    )


def test_an_empty_database_says_what_to_do(browser: Browsers):
    """Before the first day the page names the DAG to trigger."""
    assert "trigger the DAG comets" in words(browser("viewer").page("/runs"))


def test_the_numbers_are_those_of_the_report(browser: Browsers, days: Days):
    """Funnel, calls and money of a played day are what its report and its ledger say."""
    run, failed, _ = days.play(keywords=["ramen", "origami", "espresso"], pages_per_keyword=3)
    assert failed == []
    ((videos, accepted, rows),) = days.rows(
        "select count(distinct video_id), count(distinct video_id) filter (where layer = 'accepted'), count(*) from verdicts"
    )
    assert videos < rows
    ((calls, usd),) = days.rows("select count(*), sum(price_usd) from api_calls where outcome <> 'calling'")
    page = words(browser("viewer").page(f"/runs/{run.day}"))
    assert f"Layer 1: platform, in handle and nickname {videos} " in page
    assert f"{accepted} videos of" in page
    assert f"API calls of the day {calls} " in page
    ((measured, due),) = days.rows("select measured, due from runs")
    assert f"Coverage 100.0 % {measured} measured of {due} due " in page
    for keyword, screened, creators, new in days.rows(
        "select keyword, count(*), count(distinct user_id) filter (where layer = 'accepted'), count(distinct user_id)"
        " filter (where layer = 'accepted' and first_seen_on = day) from verdicts left join creators using (user_id) group by 1"
    ):
        assert f" {keyword} {screened} {creators} {new} " in page
    assert f"Cost of the day ${float(usd):.3f}" in page or f"Cost of the day ${float(usd):.2f}" in page
    endpoints = days.rows("select endpoint, sum(calls)::int, sum(usd) from call_summaries group by endpoint")
    ledger = days.rows("select endpoint, count(*)::int, sum(price_usd) from api_calls group by endpoint")
    assert sorted(endpoints) == sorted(ledger)
    for endpoint, count, _ in endpoints:
        assert f"{endpoint} {count:,} " in page
    listed = words(browser("viewer").page("/runs"))
    assert f"{run.day} complete 100.0 % {measured} of {due} " in listed
    assert f" {videos} " in listed


def test_days_as_a_picture(browser: Browsers, connection: psycopg.Connection):
    """Coverage, new comets and cost by day, a red day in its colour; a day without a number is no bar of it."""
    for at, coverage, new, state in (
        ("20", "0.98", 4, "complete"),
        ("21", "0.5", 0, "incomplete"),
        ("23", None, None, "incomplete"),
    ):
        counts = (
            None
            if new is None
            else Jsonb({"roster": {"new_comets": new, "roster": 9, "failed": 0}, "verdicts": {"videos": 7}})
        )
        enter(connection, f"r{at}", f"2026-11-{at}", coverage=coverage, counts=counts, state=state)
    page = browser("viewer").page("/runs?before=2026-11-25")
    pictures = dict(re.findall(r"<figcaption>([\w ]+) <small.*?</figcaption>(.*?)</figure>", page, re.DOTALL))
    # What all of them cost together, without a sum in one's head.
    assert "3 days together 4 0 0 $0.00" in words(page)
    told = {
        title: re.findall(r"<title>(.*?)</title>.*?class=\"bar (\w+)\"", picture) for title, picture in pictures.items()
    }
    assert told == {
        "Coverage": [("2026-11-20: 98.0 %", "good"), ("2026-11-21: 50.0 %", "bad")],
        "New comets": [("2026-11-20: 4", "good"), ("2026-11-21: 0", "bad")],
        "Cost": [("2026-11-20: $0.00", "good"), ("2026-11-21: $0.00", "bad"), ("2026-11-23: $0.00", "bad")],
    }


def test_a_red_day_says_why(browser: Browsers, days: Days):
    """A day whose key was refused shows the refusal, the red tasks, and where to clear them."""
    with psycopg.connect(days.database_url, autocommit=True) as connection:
        enter(
            connection,
            "scheduled__x",
            "2026-11-02",
            state="incomplete",
            stopped_because="TikHub does not know the key (401). Check TIKHUB_API_KEY.",
            failed_tasks=["check_day", "discover"],
            failed_checks=["coverage 12.0% is below the floor of 90%: 3 failed, 85 not reached"],
            coverage=0.12,
        )
    for address in ("/runs", "/runs/2026-11-02"):
        page = words(browser("viewer").page(address))
        assert "coverage 12.0% is below the floor of 90%" in page
        assert "Check TIKHUB_API_KEY." in page
        assert "failed task: discover" in page


def test_only_a_run_that_airflow_has_is_linked(browser: Browsers, days: Days):
    """One that `make run` or `make demo` played, or that was cleaned from Airflow, has no page there, and no link."""
    from airflow.models import DagRun
    from airflow.utils.session import create_session

    with psycopg.connect(days.database_url, autocommit=True) as connection:
        for run_id in ("scheduled__x", "by_hand"):
            enter(connection, run_id, "2026-11-02", state="incomplete", started_at=datetime(2026, 11, 2, tzinfo=UTC))
        enter(connection, "manual~2", "2026-11-03", state="incomplete", stopped_because="The key is wrong.")
    noon = datetime(2026, 11, 2, 12, tzinfo=UTC)
    with create_session() as session:
        for dag_id, run_id in (("comets", "manual~2"), ("comets", "scheduled__x"), ("boats", "by_hand")):
            session.add(
                DagRun(
                    dag_id=dag_id, run_id=run_id, logical_date=noon, run_after=noon, run_type="manual", state="failed"
                )
            )
            noon += timedelta(days=1)
    try:
        page, other = (browser("viewer").page(f"/runs/2026-11-0{day}") for day in (2, 3))
    finally:
        with create_session() as session:
            for run in session.scalars(select(DagRun).where(DagRun.dag_id.in_(["comets", "boats"]))):
                session.delete(run)
    assert re.findall(r'href="(/dags/comets/runs/[^"]*)"', page) == ["/dags/comets/runs/scheduled__x"]
    assert "by_hand (not among the runs of this Airflow), ended" in words(page)
    assert re.findall(r'href="(/dags/comets/runs/[^"]*)"', other) == ["/dags/comets/runs/manual~2"] * 2


def test_an_interrupted_run_is_named(browser: Browsers, days: Days):
    """Its process was killed: the page says so, and what to do, unless another run of the day came to its end."""
    today = datetime.now(UTC).date()
    with psycopg.connect(days.database_url, autocommit=True) as connection:
        enter(connection, "killed", str(today), state="interrupted")
    listed, page = (words(browser("viewer").page(address)) for address in ("/runs", f"/runs/{today}"))
    assert "interrupted ended without a report: its process was killed" in listed
    assert "ended without a report: its process was killed" in page
    assert "Trigger comets once more" in page
    with psycopg.connect(days.database_url, autocommit=True) as connection:
        enter(connection, "whole", str(today), started_at=datetime.now(UTC) - timedelta(hours=1))
    assert "ended without a report" not in words(browser("viewer").page("/runs"))
    assert "Trigger comets once more" not in words(browser("viewer").page(f"/runs/{today}"))


def test_a_red_past_day_is_not_told_to_be_measured(browser: Browsers, days: Days):
    """A replay never calls, so clearing the roll call of last week is no advice; on its own day it is."""
    today = datetime.now(UTC).date()
    with psycopg.connect(days.database_url, autocommit=True) as connection:
        for day in (today, today - timedelta(days=7)):
            enter(connection, f"of {day}", str(day), state="incomplete", failed_tasks=["roll_call_0"])
    assert "Clear what is red with everything downstream" in words(browser("viewer").page(f"/runs/{today}"))
    page = words(browser("viewer").page(f"/runs/{today - timedelta(days=7)}"))
    assert "The day is past: nobody is measured for it any more." in page
    assert "Clear what is red" not in page


def test_check_and_task_names_are_kept(days: Days):
    """What check_day found and which tasks were red stands in `runs`, and is gone when the run is opened again."""
    days.play(max_keywords=1, pages_per_keyword=1)
    days.at(2026, 11, 3)
    days.rows(
        "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, observed_at, origin)"
        " values ('of nobody', '2026-11-03', 1, 1, 1, now(), 'roll_call') returning 1"
    )
    run, failed, _ = days.play("again", max_keywords=1, pages_per_keyword=1)
    assert failed
    ((tasks, checks),) = days.rows("select failed_tasks, failed_checks from runs where run_id = 'again'")
    assert tasks == failed
    assert checks == ["1 snapshots belong to no creator"]
    days.open("again", run.day)
    assert days.rows("select failed_tasks, failed_checks from runs where run_id = 'again'") == [([], [])]


SOURCES = """
    insert into daily_trends (discovered_at, trend_keyword, rank, keyword_source) values
        ('2026-11-02', 'ramen', 1, 'trends'), ('2026-11-02', '#owls', 2, 'regional'), ('2026-11-03', '#owls', 1, 'regional'),
        ('2026-11-03', 'old', 2, null), ('2026-11-04', 'tea', 1, 'trends'),
        ('2026-11-04', 'users: tea', 2, 'users');
    insert into creators (user_id, handle, first_seen_on) values ('1', 'a', '2026-11-02'), ('2', 'b', '2026-11-03');
    insert into verdicts (day, keyword, video_id, user_id, handle, layer, run_id, rules_version) values
        ('2026-11-02', 'ramen', '11', '1', 'a', 'accepted', 'r', 'v'),
        ('2026-11-02', '#owls', '11', '1', 'a', 'accepted', 'r', 'v'),
        ('2026-11-02', '#owls', '12', '3', 'c', 'pronoun', 'r', 'v'),
        ('2026-11-03', '#owls', '11', '1', 'a', 'accepted', 'r', 'v'),
        ('2026-11-03', '#owls', '21', '2', 'b', 'accepted', 'r', 'v');
    insert into call_summaries (pipeline, day, endpoint, keyword, outcome, calls, billed, usd, latency_ms) values
        ('comets', '2026-11-02', 'trending_words', '', 'answered', 1, 1, 0.001, 1),
        ('comets', '2026-11-02', 'video_search', 'ramen', 'answered', 3, 3, 0.003, 1),
        ('comets', '2026-11-02', 'trending_hashtags', '', 'answered', 2, 2, 0.002, 1),
        ('comets', '2026-11-02', 'hashtag_videos', '#owls', 'answered', 4, 4, 0.004, 1),
        ('comets', '2026-11-03', 'user_profile', '#owls', 'unavailable', 2, 0, 0, 1),
        ('comets', '2026-11-04', 'user_videos', 'users: tea', 'answered', 5, 5, 0.005, 1),
        ('comets', '2026-11-03', 'user_profile', '', 'answered', 900, 900, 0.9, 1);
"""


def test_each_source_has_its_yield(browser: Browsers, connection: psycopg.Connection):
    """Two days: the trends found one comet with 4 calls; the regional hashtags two, both new, with 8; the roll call is no source.

    A video is counted once a day and source, a creator once a source; a day that did not note it stands apart.
    """
    for day in ("2026-11-02", "2026-11-03", "2026-11-04"):
        enter(connection, f"of {day}", day)
    connection.execute(SOURCES)
    page = words(browser("viewer").page("/runs?before=2026-11-04"))
    # Searches, videos, accepted, new, calls, cost, comets a call, cost a call, per new.
    assert (
        "Regional hashtags 2 4 2 2 8 $0.006 0.250 $0.000750 $0.00300 Trending words 1 1 1 1 4 $0.004 0.250 $0.00100"
        in page
    )
    assert " Not noted 1 0 0 0 0 $0.00 – – – " in page
    of_day = words(browser("viewer").page("/runs/2026-11-03"))
    assert "Regional hashtags 1 2 2 1 2 $0.00 1.000 $0.00 $0.00 Not noted 1 0 0 0 0 $0.00" in of_day
    assert "#owls Regional hashtags" in of_day
    last = words(browser("viewer").page("/runs/2026-11-04"))
    assert "User search by band 1 0 0 0 5 $0.005 0.000 $0.00100 – " in last
    assert "What each source brought" not in words(browser("viewer").page("/runs?before=2026-11-02"))


def test_whom_a_list_names_is_shown_beside_its_hashtag(browser: Browsers, days: Days):
    """Handles out of the day's list of a country, and that nobody is judged by it."""
    run, failed, _ = days.at(2026, 11, 2).play(
        keywords=["ramen"], pages_per_keyword=1, skip_roll_call=True, hashtag_countries=["JP"], hashtags_per_country=2
    )
    assert failed == []
    with days.connect() as connection:
        named = read_named(connection, run.day)
    page = words(browser("viewer").page(f"/runs/{run.day}")).replace("\u2068", "").replace("\u2069", "")
    shown = [named[word.casefold()] for (word,) in days.rows("select trend_keyword from daily_trends where rank > 1")]
    assert len(shown) == 2
    for handles in shown:
        for handle in handles:
            assert f"@{handle}" in page
    assert page.count("not judged by that") == sum(bool(handles) for handles in shown) > 0


def test_hostile_texts_stay_texts(browser: Browsers, connection: psycopg.Connection):
    """Keywords, run ids and reasons are shown, never run."""
    evil = '"><script>alert(1)</script>{{7*7}}'
    enter(connection, evil, "2026-11-02", state="incomplete", stopped_because=evil, report=evil)
    connection.execute(
        "insert into daily_trends (trend_keyword, discovered_at, rank) values (%s, '2026-11-02', 1)", [evil]
    )
    connection.execute(
        "insert into roll_call_misses (user_id, day, outcome, reason) values ('1', '2026-11-02', 'failed', %s)", [evil]
    )
    for address in ("/runs", "/runs/2026-11-02"):
        page = browser("viewer").page(address)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "{{7*7}}" in page


@pytest.mark.parametrize("address", ["/runs/2026-11-02", "/runs?run_id=nobody"])
def test_unknown_days(browser: Browsers, address: str):
    """A day without a run is not found; an unknown run leads to the list."""
    assert browser("viewer").get(address).status_code == (404 if "run_id" not in address else 200)


def test_nonsense_addresses(browser: Browsers):
    """A day that is none is refused with words, not with a crash."""
    answer = browser("viewer").get("/runs/yesterday")
    assert (answer.status_code, "does not fit" in answer.text) == (422, True)


def test_a_run_id_leads_to_its_day(browser: Browsers, connection: psycopg.Connection):
    """The address with a run's id shows that run's day, for links from elsewhere."""
    enter(connection, "manual__1", "2026-10-05")
    assert "2026-10-05" in browser("viewer").page("/runs?run_id=manual__1")


def test_all_days_are_listed_once(browser: Browsers, connection: psycopg.Connection):
    """Seventy days with two runs each come on three pages, every day once, newest first; the last run speaks for it."""
    for number in range(70):
        day = date.fromordinal(date(2026, 9, 1).toordinal() + number).isoformat()
        enter(connection, f"first {day}", day, state="incomplete", started_at=f"{day}T02:00Z")
        enter(connection, f"second {day}", day, started_at=f"{day}T03:00Z")
    seen: list[str] = []
    address: str | None = "/runs"
    while address:
        page = browser("viewer").page(address)
        seen += re.findall(r'href="/runs/(\d{4}-\d\d-\d\d)"', page)
        older = re.search(r'href="(/runs\?before=[^"]+)"', page)
        address = older[1] if older else None
        assert "incomplete" not in page
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 70


def test_what_an_accepted_comet_costs(browser: Browsers, connection: psycopg.Connection):
    """A creator accepted under three keywords is one comet, and who was known is no new one: discovery's money and the day's are
    divided by both.
    """
    enter(connection, "one", "2026-11-02")
    connection.execute("insert into creators (user_id, first_seen_on) values ('1', '2026-11-01'), ('2', '2026-11-02')")
    for user_id, keyword in (("1", "a"), ("1", "b"), ("1", "c"), ("2", "a")):
        connection.execute(
            "insert into verdicts (day, keyword, video_id, user_id, handle, layer, rules_version, run_id)"
            " values ('2026-11-02', %s, %s, %s, 'h', 'accepted', '1', 'one')",
            [keyword, user_id, user_id],
        )
    for endpoint, keyword, calls, usd in (("video_search", "a", 3, "0.00506"), ("user_profile", "", 7, "0.02")):
        connection.execute(
            "insert into call_summaries (pipeline, day, endpoint, keyword, outcome, calls, billed, usd, latency_ms)"
            " values ('comets', '2026-11-02', %s, %s, 'answered', %s, %s, %s, 1000)",
            [endpoint, keyword, calls, calls, usd],
        )
    page = words(browser("viewer").page("/runs/2026-11-02"))
    each = "2 accepted, 1 new"
    assert f"discovery only $0.00253 $0.00506 per new one; {each}; searches and profiles" in page
    assert f"whole day $0.0125 $0.0251 per new one; {each}; roll call and trends included" in page
    assert re.search(r" a 2 2 1 3 \$\d\S+ \$0.00253 \$0.00506 ", page)


def test_cards_are_the_days(browser: Browsers, connection: psycopg.Connection):
    """Calls and waiting are those of all runs of a day, waiting as a share of the calls' time; the budget is the last run's."""
    for number, run_id in enumerate(("first", "second")):
        enter(
            connection, run_id, "2026-11-02", started_at=f"2026-11-02T0{2 + number}:00Z", max_calls=100, calls_made=40
        )
        connection.execute(
            "insert into run_tasks (pipeline, run_id, task_id, map_index, answered_from_ledger, seconds_waiting)"
            " values ('comets', %s, 'roll_call', 0, 5, 3000)",
            [run_id],
        )
    connection.execute(
        "insert into call_summaries (pipeline, day, endpoint, keyword, outcome, calls, billed, usd, latency_ms)"
        " values ('comets', '2026-11-02', 'user_profile', '', 'answered', 4000, 3900, 3.9, 2000000)"
    )
    page = words(browser("viewer").page("/runs/2026-11-02"))
    assert "API calls of the day 4,000 3,900 billed, 10 from the ledger" in page
    assert "Budget left, last run 60 of 100 calls" in page
    assert "At the rate limit 75 % of the calls' time: 1.5 s a call, 1 h 40 min in all threads together" in page
    assert waiting([], [{"seconds_waiting": None}]) is None


def test_failures_keep_their_kind(browser: Browsers, connection: psycopg.Connection):
    """A status is what tells failures apart; handles, days, counts and seconds do not."""
    enter(connection, "one", "2026-11-02")
    for number, reason in enumerate(
        (
            "user_profile: TikHub could not answer (503). Try again later.",
            "HTTP 503 after 12.5 s",
            "HTTP 503 after 60 s",
            "HTTP 429 after 60 s",
            "gone (TikTok status 10221)",
            "gone (status_code 10222)",
            "@a.b fell from 20,000 followers on 2026-10-12 to 7",
            "@c fell from 30,000 followers on 2026-10-11 to 12",
        )
    ):
        connection.execute(
            "insert into roll_call_misses (user_id, day, outcome, reason) values (%s, '2026-11-02', 'failed', %s)",
            [str(number), reason],
        )
    page = browser("viewer").page("/runs/2026-11-02")
    assert re.findall(r'<span class="text">([^<]+)</span></td><td class="number">(\d)', page) == [
        ("HTTP 503 after … s", "2"),
        ("… fell from … followers on … to …", "2"),
        ("HTTP 429 after … s", "1"),
        ("gone (TikTok status 10221)", "1"),
        ("gone (status_code 10222)", "1"),
        ("user_profile: TikHub could not answer (503). Try again later.", "1"),
    ]


def test_days_without_a_run(browser: Browsers, connection: psycopg.Connection):
    """Missing days stand in the list, a day leads to its neighbours that have a run, and too early is said in words."""
    for day in ("2026-11-02", "2026-11-03", "2026-11-07"):
        enter(connection, day, day)
    page = words(browser("viewer").page("/runs?before=2026-11-09"))
    assert re.findall(r"(2026-11-\d\d(?: to \S+)?) (complete|no run)", page) == [
        ("2026-11-08", "no run"),
        ("2026-11-07", "complete"),
        ("2026-11-06 to 2026-11-04", "no run"),
        ("2026-11-03", "complete"),
        ("2026-11-02", "complete"),
    ]
    early = words(browser("viewer").page("/runs?before=2020-01-01"))
    assert "No run was for a day before 2020-01-01. See the newest days" in early
    neighbours = {
        day: re.findall(r'href="/runs/([^"]+)" rel="(\w+)"', browser("viewer").page(f"/runs/{day}"))
        for day in ("2026-11-02", "2026-11-03", "2026-11-07")
    }
    assert neighbours == {
        "2026-11-02": [("2026-11-03", "next")],
        "2026-11-03": [("2026-11-02", "prev"), ("2026-11-07", "next")],
        "2026-11-07": [("2026-11-03", "prev")],
    }
    assert with_gaps([], date(2026, 11, 9)) == []


def test_the_funnel_adds_up():
    """What a step refuses is missing in the next one."""
    verdicts = {
        "videos": 100, "platform": 20, "platform_before_caption": 15, "pronoun": 10, "criteria": 40,
        "no_profile": 2, "no_cover": 3, "face": 5, "accepted": 20,
    }  # fmt: skip
    assert funnel({"verdicts": verdicts}) == [
        Stage("Layer 1: platform, in handle and nickname", 100, 15),
        Stage("Layer 2: pronoun, in the caption", 85, 10),
        Stage("Comet criteria", 75, 40),
        Stage("No profile answer", 35, 2),
        Stage("Layer 1: platform, in the bio", 33, 5),
        Stage("No readable cover", 28, 3),
        Stage("Layer 3: face", 25, 5),
    ]
    assert funnel({"verdicts": {**verdicts, "consistency": 0}}) == funnel({"verdicts": verdicts})
    *_, face, last = funnel({"verdicts": {**verdicts, "consistency": 4, "accepted": 16}})
    assert (face, last) == (Stage("Layer 3: face", 25, 5), Stage("Consistency check", 20, 4))
    assert funnel(None) == []


def test_the_pages_show_runs_of_comets_alone(browser: Browsers, days: Days):
    """Another pipeline's run of the same id and day, its later day, its calls and its bill are on none of the pages."""
    with days.connect() as connection:
        enter(connection, "scheduled__1", "2026-11-02", report="Ours.", started_at="2026-11-02T02:00:00Z")
        theirs = {"pipeline": "made_up", "report": "Theirs.", "state": "incomplete", "failed_tasks": ["theirs"]}
        enter(connection, "scheduled__1", "2026-11-02", started_at="2026-11-02T05:00:00Z", **theirs)
        enter(connection, "scheduled__2", "2026-11-03", **theirs)
        connection.execute(
            "insert into run_tasks (pipeline, run_id, task_id, map_index, answered_from_ledger, seconds_waiting)"
            " values ('comets', 'scheduled__1', 't', 0, 5, 3), ('made_up', 'scheduled__1', 't', 0, 999, 9)"
        )
        connection.execute(
            "insert into call_summaries (pipeline, day, endpoint, keyword, outcome, calls, billed, usd, latency_ms)"
            " values ('comets', '2026-11-02', 'user_profile', '', 'answered', 40, 40, 0.04, 1000),"
            " ('made_up', '2026-11-02', 'user_profile', '', 'answered', 7777, 7777, 7.77, 1000)"
        )
        connection.execute(
            "insert into pipeline_spend (pipeline, vendor, day, billed_calls, usd)"
            " values ('comets', 'tikhub', '2026-11-02', 40, 0.04), ('made_up', 'tikhub', '2026-11-02', 7777, 7.77)"
        )
    reader = browser("viewer")
    listed, shown = words(reader.page("/runs")), words(reader.page("/runs/2026-11-02"))
    assert "to 2026-11-03 no run" in listed
    for page in (listed, shown):
        assert "theirs" not in page
        assert "7,777" not in page
        assert "7.77" not in page
    assert ("Ours." in shown, "Theirs." in shown, "999" in shown) == (True, False, False)
    assert words(reader.page("/runs?run_id=scheduled__2")) == words(reader.page("/runs"))
