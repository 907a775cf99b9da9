"""What is counted once: videos and creators found under several keywords, by several runs, in a dry run, and the day's plan."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from typing import Any

import pytest

from include.comets import tasks
from include.local.played_days import Days
from tests.include.comets.rosters import TODAY, YESTERDAY, enter, field_fault, observe, plain

OVERLAPPING: dict[str, Any] = {
    "keywords": ["ramen", "origami", "espresso", "parkour"],
    "max_keywords": 4,
    "pages_per_keyword": 3,
}
WAY = ["undetermined", "platform", "pronoun", "criteria", "bio", "face", "accepted"]


def recount(days: Days, day: date) -> dict[str, Any]:
    """The day's numbers from its verdicts and its roster, row by row, without SQL."""
    verdicts = days.rows("select keyword, video_id, user_id, layer, field from verdicts where day = %s", day)
    first_seen = dict(days.rows("select user_id, first_seen_on from creators"))
    names: dict[str, set[str]] = defaultdict(set)
    found: dict[str, set[str]] = defaultdict(set)
    for keyword, video, creator, layer, field in verdicts:
        names[video].add("bio" if (layer, field) == ("platform", "bio") else layer)
        if layer == "accepted":
            found[keyword].add(creator)
    decisive = [max(each, key=WAY.index) for each in names.values()]
    accepted = set().union(*found.values())
    return {
        "rows": len(verdicts),
        "videos": len(names),
        "platform": decisive.count("platform") + decisive.count("bio"),
        **{name: decisive.count(name) for name in ("pronoun", "criteria", "face", "undetermined", "accepted")},
        "creators": len(accepted),
        "new": sum(first_seen[creator] == day for creator in accepted),
        "keywords": {
            keyword: (len(creators), sum(first_seen[creator] == day for creator in creators))
            for keyword, creators in found.items()
        },
    }


def funnel_lines(report: str) -> list[str]:
    return [
        line.strip()
        for line in report.splitlines()
        if "videos processed" in line or "Rejected" in line or "Passed all" in line or "Saved" in line
    ]


def test_the_funnel_counts_each_video_once(days: Days):
    """Under overlapping keywords the report, the stored counts, and a plain recount of the rows say the same; parts add up."""
    days.play(keywords=["ramen", "origami", "sourdough"], pages_per_keyword=5)
    run, failed, report = days.at(2026, 11, 3).play(**OVERLAPPING)
    assert failed == []
    told = recount(days, run.day)
    assert told["videos"] < told["rows"]
    assert 0 < told["new"] < told["creators"]
    assert told["creators"] < sum(found for found, _ in told["keywords"].values())
    known = told["creators"] - told["new"]
    assert funnel_lines(report) == [
        f"Total videos processed: {told['videos']}",
        f"❌ Rejected by Layer 1 (Platform Check): {told['platform']}",
        f"❌ Rejected by Layer 2 (Pronoun Check): {told['pronoun']}",
        f"⚠️  Rejected by Comet criteria: {told['criteria']}",
        f"❌ Rejected by Layer 3 (Face Presence): {told['face']}",
        f"✅ Passed all filters: {told['accepted']}  ({told['creators']} creators)",
        f"💾 Saved to database: {told['new']} new, {known} known",
    ]
    discovered = [line for line in report.splitlines() if line.startswith("✅ Discovered")]
    assert discovered == [
        f"✅ Discovered {found} Comets for trend: {keyword} ({new} new)"
        for keyword in OVERLAPPING["keywords"]
        for found, new in [told["keywords"].get(keyword, (0, 0))]
    ]
    ((counts,),) = days.rows("select counts from runs where run_id = %s", run.run_id)
    layers = ("platform", "pronoun", "criteria", "face", "no_cover", "no_profile", "accepted")
    assert counts["verdicts"]["videos"] == told["videos"] == sum(counts["verdicts"][name] for name in layers)


def test_a_finding_counts_for_each_keyword_and_the_credit_stays_with_the_first(days: Days):
    """Creators of a late keyword count there though all of them were found before; source_trend names the first."""
    _, _, report = days.play(keywords=["ramen"], pages_per_keyword=3, skip_roll_call=True)
    credit = days.rows("select user_id, source_trend from creator_stats order by 1")
    days.sandbox.clear_log()
    # The very same search under another name: all of it is known already.
    _, _, report = days.play(keywords=["ramen", "Ramen bowl"], pages_per_keyword=3, skip_roll_call=True)
    first = days.rows("select count(distinct user_id) from verdicts where layer = 'accepted' and keyword = 'ramen'")[0][
        0
    ]
    late = days.rows(
        "select count(distinct user_id) from verdicts where layer = 'accepted' and keyword = 'Ramen bowl'"
    )[0][0]
    new = days.rows("select count(distinct user_id) from verdicts where layer = 'accepted'")[0][0]
    assert f"✅ Discovered {first} Comets for trend: ramen ({first} new)" in report
    assert f"✅ Discovered {late} Comets for trend: Ramen bowl ({late} new)" in report
    assert f"💾 Saved to database: {new} new, 0 known" in report
    assert dict(credit).items() <= dict(days.rows("select user_id, source_trend from creator_stats")).items()


@pytest.mark.parametrize("is_second", [False, pytest.param(True, marks=pytest.mark.thorough)])
def test_a_dry_run_reports_what_the_day_would(days: Days, is_second: bool):
    """Word for word but for the bill: overlapping keywords, known creators, failed and vanished ones; on a day without a run, and
    on one that had a run with other keywords.
    """
    creators = plain(days, 30)
    enter(days, creators, YESTERDAY)
    observe(days, YESTERDAY, {creator["user_id"]: creator["followers"] for creator in creators})
    days.play(day=YESTERDAY, skip_roll_call=True, keywords=["ramen"])
    days.at(2026, 11, 2)
    gone = {"kind": "field", "path": "data", "value": {"status_code": 2065, "user": {}}}
    days.sandbox.inject(
        field_fault(creators[0]["user_id"], "follower_count", value="12.3K"),
        {"match": {"endpoint": "user_profile", "user_id": creators[1]["user_id"]}, "times": None, "action": gone},
    )
    if is_second:
        days.play(keywords=["espresso", "sourdough"], pages_per_keyword=2)
    rehearsed = rehearse(days, **OVERLAPPING)
    _, failed, report = days.play(**OVERLAPPING)
    assert failed == []
    assert recount(days, TODAY)["videos"] < recount(days, TODAY)["rows"]
    lines = [line for line in rehearsed.splitlines() if not line.startswith(("DRY RUN", "💳"))]
    assert lines == [line for line in report.splitlines() if not line.startswith("💳")]
    coverage = days.rows("select measured, due from runs where state = 'complete' order by started_at desc limit 2")
    assert coverage[0] == coverage[1]


@pytest.mark.thorough
def test_a_dry_run_knows_falls_of_whom_it_finds(days: Days):
    """Accepted creators who fell below half: suspect on the first day, confirmed on the second; as the day says it."""
    days.at(2026, 11, 1).play(**OVERLAPPING)
    with days.connect() as connection:
        connection.execute("update creator_stats set follower_count = 5 * follower_count")
    for day in (2, 3):
        days.at(2026, 11, day)
        rehearsed = rehearse(days, **OVERLAPPING)
        _, _, report = days.play(**OVERLAPPING)
        is_first = day == 2
        assert is_first == ("🔎 Suspect" in report)
        lines = [line for line in rehearsed.splitlines() if not line.startswith(("DRY RUN", "💳"))]
        assert lines == [line for line in report.splitlines() if not line.startswith("💳")]


def rehearse(days: Days, **params: Any) -> str:
    """A dry run with what its tasks hand on, through JSON as Airflow does it; returns its report."""
    run = days.open(**params, dry_run=True)
    keywords = tasks.fetch_trends(days.connect, days.api(), run)
    found = json.dumps([days.discover(run, keyword, index) for index, keyword in enumerate(keywords)])
    ids = days.rows("select user_id, sec_user_id from creators")
    assert not [each for pair in ids for each in pair if each and f'"{each}"' in found]
    batches = tasks.plan_roll_call(days.connect, run)
    measured = [days.measure(run, batch, index) for index, batch in enumerate(batches)]
    tasks.check_day(days.connect, run, 0.9)
    return tasks.write_report(days.connect, run, found=json.loads(found), measured=measured)


def test_a_real_run_hands_on_counts_alone(days: Days):
    """Tokens are for a dry run's report; everybody else's tally is a few numbers."""
    run = days.open(keywords=["ramen"], pages_per_keyword=1)
    tally = days.discover(run, {"text": "ramen", "rank": 1}, 0)
    assert tally.keys() == {"keyword", "videos", "layers"}
    assert tally["videos"] == sum(tally["layers"].values()) > 0


def test_coverage_is_measured_of_due(days: Days, caplog: pytest.LogCaptureFixture):
    """10 on the roster, 1 vanished and 2 not due: 7 of 7, in the log of the check and in `runs`; with 1 failed 6 of 7."""
    creators = plain(days, 10)
    enter(days, creators, YESTERDAY)
    with days.connect() as connection:
        connection.execute(
            "update creators set next_due_on = '2026-12-01' where user_id = any(%s)",
            [[creator["user_id"] for creator in creators[:2]]],
        )
    gone = {"kind": "field", "path": "data", "value": {"status_code": 2065, "user": {}}}
    match = {"endpoint": "user_profile", "user_id": creators[2]["user_id"]}
    days.at(2026, 11, 2).sandbox.inject({"match": match, "times": None, "action": gone})
    with caplog.at_level("INFO"):
        _, failed, report = days.play(skip_discovery=True)
    assert failed == []
    assert "Coverage 7 of 7 due (100.0%), 0 suspect falls" in caplog.text
    assert "Coverage" not in report
    assert days.rows("select measured, due, coverage::float8 from runs") == [(7, 7, 1.0)]
    days.at(2026, 11, 3).sandbox.inject(field_fault(creators[9]["user_id"], "aweme_count", value=-1))
    _, failed, report = days.play(skip_discovery=True)
    assert ["coverage 6 of 7 due (85.7%)" in each for each in failed] == [True]
    assert "   📏 Coverage: 6 of 7 due (85.7%)" in report.splitlines()


def test_a_second_run_keeps_the_days_batches(days: Days):
    """Who was called on the day stays written down; only who failed is planned again, behind them."""
    creators = plain(days, 12)
    enter(days, creators, YESTERDAY)
    days.at(2026, 11, 2).sandbox.inject(field_fault(creators[0]["user_id"], "aweme_count", value=-1))
    kept = (
        "select batch, first_position, last_position, user_ids, done_at is not null from roll_call_batches order by 1"
    )
    days.play(skip_discovery=True)
    first = days.rows(kept)
    assert sum(len(row[3]) for row in first) == 12
    days.sandbox.clear_faults()
    _, failed, _ = days.play(skip_discovery=True)
    assert failed == []
    second = days.rows(kept)
    assert second == [*first, (len(first), 13, 13, [creators[0]["user_id"]], True)]
    _, failed, _ = days.play(skip_discovery=True)
    assert failed == []
    assert days.rows(kept) == second
