"""Whole days: growth against the world's truth, checks, the report, dry runs, and texts of every kind."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from include.local.played_days import Days
from tests.include.comets.rosters import (
    KEPT,
    TODAY,
    YESTERDAY,
    counts,
    enter,
    field_fault,
    fingerprints,
    observe,
    plain,
)

SMALL = {"max_keywords": 2, "pages_per_keyword": 1}


def percent(part: int, whole: int) -> Decimal:
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_five_days_grow_as_the_world_does(days: Days):
    """Followers, hearts, videos, growth and percent of everybody on each of five days are the sandbox's truth."""
    enter(days, plain(days, 40), date(2026, 11, 1))
    first = TODAY
    for step in range(5):
        day = first + timedelta(days=step)
        _, failed, _ = days.at(day.year, day.month, day.day).play(**SMALL, skip_discovery=step > 1)
        assert failed == []
    truth = {
        first + timedelta(days=step): {c["user_id"]: c for c in days.sandbox.truth(first + timedelta(days=step))}
        for step in range(5)
    }
    rows = days.rows(
        "select user_id, recorded_date, follower_count, heart_count, video_count, daily_growth_followers,"
        " daily_growth_percent, compared_with from creator_stats where not is_estimated"
    )
    known = {(row[0], row[1]) for row in rows}
    assert len(known) >= 200
    compared = 0
    for user_id, day, followers, hearts, videos, growth, grown, compared_with in rows:
        true = truth[day][user_id]
        assert (followers, hearts, videos) == (true["followers"], true["hearts"], true["videos"])
        yesterday = day - timedelta(days=1)
        if (user_id, yesterday) in known:
            before = truth[yesterday][user_id]["followers"]
            assert (growth, grown, compared_with) == (
                followers - before,
                percent(followers - before, before),
                yesterday,
            )
            compared += 1
        elif compared_with is None:
            assert (growth, grown) == (0, Decimal("0.00"))
    assert compared >= 160
    # Over any window, the sum of growth is the difference of its ends.
    wrong = days.rows(
        "select 1 from creator_stats as a inner join creator_stats as b on a.user_id = b.user_id"
        " and a.recorded_date < b.recorded_date where b.follower_count - a.follower_count <> ("
        " select sum(c.daily_growth_followers) from creator_stats as c where c.user_id = a.user_id"
        " and c.recorded_date > a.recorded_date and c.recorded_date <= b.recorded_date)"
    )
    assert wrong == []


WITH_HASHTAGS = {"max_keywords": 3, "pages_per_keyword": 4, "hashtags": ["ramen", "origami"]}
FOUND = (
    "select user_id, handle, sec_user_id, nickname, signature, first_seen_keyword from creators order by 1",
    "select user_id, follower_count, heart_count, video_count, source_trend from creator_stats order by 1",
    "select keyword, video_id, layer, field, measured from verdicts where layer in ('accepted', 'face', 'undetermined')"
    " order by 1, 2",
    "select keyword, video_id, field, matched_text from verdicts where layer = 'pronoun' order by 1, 2",
    "select keyword, video_id, measured from verdicts where field = 'plays' order by 1, 2",
    "select keyword, video_id from verdicts order by 1, 2",
)


@pytest.mark.parametrize(
    "params",
    [
        pytest.param(WITH_HASHTAGS, marks=pytest.mark.thorough),
        {**WITH_HASHTAGS, "keywords": ["#ramen", "#bonsai"], "hashtags": []},
    ],
)
def test_a_day_of_answers_as_recorded_finds_what_is_found_without_their_zeros(days: Days, params):
    """Zeros in author stubs, nulls, and cards on every page: the same videos, comets and numbers, from the profiles."""
    days.at(2026, 11, 2).sandbox.settings(as_recorded=False)
    _, failed, _ = days.play(**params)
    assert failed == []
    usual = [days.rows(query) for query in FOUND]
    with days.connect() as connection:
        connection.execute(
            "truncate creators, creator_stats, verdicts, daily_trends, api_calls, runs, run_tasks cascade"
        )
    days.sandbox.settings(as_recorded=True)
    days.sandbox.clear_log()
    _, failed, _ = days.play(**params)
    assert failed == []
    assert len(usual[0]) >= 5
    assert usual == [days.rows(query) for query in FOUND]
    # In a hashtag list every number of followers is a profile's; nobody is asked for twice.
    sources = days.rows("select distinct followers_from from verdicts where keyword like '#%%' and field = 'followers'")
    assert sources == [("profile",)]
    asked = [entry["params"] for entry in days.sandbox.log("user_profile") if entry["status"] == 200]
    assert len(asked) == len({str(params) for params in asked})
    # The next day grows from it, and a second run of the same day changes nothing.
    before = fingerprints(days)
    days.play(**params)
    assert before == fingerprints(days)
    _, failed, _ = days.at(2026, 11, 3).play(**params)
    assert failed == []
    truth = {creator["user_id"]: creator["followers"] for creator in days.sandbox.truth(date(2026, 11, 3))}
    observed = counts(days, date(2026, 11, 3))
    assert {user_id: followers for user_id, (followers, *_) in observed.items()} == {
        user_id: truth[user_id] for user_id in observed
    }


# Each video once: accepted, else the refusal that came furthest, else undetermined.
DECISIVE = (
    "select distinct on (video_id) layer, field from verdicts where day = %s order by video_id, case"
    " when layer = 'platform' and field = 'bio' then 4.5"
    " else array_position(array['undetermined', 'platform', 'pronoun', 'criteria', 'face', 'accepted'], layer) end desc"
)


def expected_report(days: Days, day: date, run_id: str) -> list[str]:
    """The contract's section 7, filled in by queries of its own."""

    def number(query: str, *parameters: object) -> int:
        return int(days.rows(query, *parameters)[0][0])

    def layer(name: str) -> int:
        return number(f"select count(*) from ({DECISIVE}) as videos where layer = %s", day, name)  # noqa: S608

    def share(part: int, whole: int) -> str:
        return f"{100 * part / whole:.1f}%"

    observed = "select user_id from creator_stats where recorded_date = %s and not is_estimated"
    seen = "select user_id from verdicts where day = %s and layer = 'accepted'"
    keywords = days.rows("select trend_keyword from daily_trends where discovered_at = %s order by rank", day)
    comets = {
        keyword: (found, new)
        for keyword, found, new in days.rows(
            "select keyword, count(distinct user_id), count(distinct user_id) filter (where first_seen_on = day)"
            " from verdicts left join creators using (user_id) where day = %s and layer = 'accepted' group by 1",
            day,
        )
    }
    roster = number("select count(*) from creators")
    skipped = number(f"select count(*) from ({observed} intersect {seen}) as both_ways", day, day)  # noqa: S608
    updated = number(f"select count(*) from ({observed} except {seen}) as only_called", day, day)  # noqa: S608
    new = number(
        f"select count(*) from creators where first_seen_on = %s and user_id in ({observed} intersect {seen})",  # noqa: S608
        day,
        day,
        day,
    )
    missed = dict(days.rows("select outcome, count(*) from roll_call_misses where day = %s group by 1", day))
    gone = sum(missed.get(outcome, 0) for outcome in ("gone", "private", "banned"))
    videos = number("select count(distinct video_id) from verdicts where day = %s", day)
    people = number("select count(distinct user_id) from verdicts where day = %s and layer = 'accepted'", day)
    platform, pronoun, face, accepted = (layer(name) for name in ("platform", "pronoun", "face", "accepted"))
    bio = number(f"select count(*) from ({DECISIVE}) as videos where layer = 'platform' and field = 'bio'", day)  # noqa: S608
    calls, billed, usd = days.rows(
        "select count(*), count(*) filter (where is_billed), sum(price_usd) from api_calls where run_id = %s", run_id
    )[0]
    stored = number("select sum(answered_from_ledger) from run_tasks where run_id = %s", run_id)
    measured, due = skipped + updated, roster - gone
    line = "=" * 60
    return [
        line,
        "TikTok Comet Discovery ETL Pipeline",
        "Two-Phase System: Discovery + Roll Call",
        line,
        "PHASE 1: DISCOVERY (Trending Keywords Only)",
        f"✅ Found {len(keywords)} trending keywords",
        f"   Top trends: {', '.join(row[0] for row in keywords)}",
        *(
            f"✅ Discovered {found[0]} Comets for trend: {row[0]} ({found[1]} new)"
            for row in keywords
            for found in [comets.get(row[0], (0, 0))]
        ),
        "PHASE 2: ROLL CALL (Update Existing Roster)",
        f"📋 Found {roster} creators in roster",
        "🎯 Roll Call Complete:",
        f"   ✅ Updated: {updated}",
        f"   ❌ Failed: {missed.get('failed', 0)}",
        f"   ⏭️  Skipped (already updated): {skipped}",
        *([f"   👻 Gone, banned or private: {gone}"] if gone else []),
        *([f"   🔎 Suspect (looked at again tomorrow): {missed['suspect']}"] if missed.get("suspect") else []),
        *([f"   📏 Coverage: {measured:,} of {due:,} due ({share(measured, due)})"] if measured < due else []),
        "🎯 PIPELINE COMPLETED",
        f"   Phase 1 - New Comets discovered: {new}",
        f"   Phase 1 - Known creators seen again: {skipped - new}",
        f"   Phase 2 - Roster creators updated: {updated}",
        f"   Total database updates: {skipped + updated}",
        "📊 Context-First Filter Statistics:",
        f"   Total videos processed: {videos}",
        f"   ❌ Rejected by Layer 1 (Platform Check): {platform}",
        f"   ❌ Rejected by Layer 2 (Pronoun Check): {pronoun}",
        f"   ⚠️  Rejected by Comet criteria: {layer('criteria')}",
        f"   ❌ Rejected by Layer 3 (Face Presence): {face}",
        f"   ❔ Undetermined (no readable cover): {layer('undetermined')}",
        f"   ✅ Passed all filters: {accepted}  ({people} creators)",
        f"   💾 Saved to database: {new} new, {skipped - new} known",
        f"   Layer 1 (Platform) rejection rate: {share(platform, videos)} ({share(platform, videos)} of those it saw)",
        f"   Layer 2 (Pronoun) rejection rate: {share(pronoun, videos)} "
        f"({share(pronoun, videos - platform + bio)} of those it saw)",
        f"   Layer 3 (Face) rejection rate: {share(face, videos)} ({share(face, face + accepted)} of those it saw)",
        f"   Filter pass rate: {share(accepted, videos)}",
        f"💳 API calls: {calls} ({billed} billed, ${usd.normalize():.3f}), {stored} answered from the ledger",
        line,
    ]


def test_the_report_is_the_contracts_word_for_word(days: Days):
    """A second day with known, new, failed, gone and suspect creators: every line equals one built from the tables."""
    creators = plain(days, 30)
    enter(days, creators, YESTERDAY)
    observe(days, YESTERDAY, {creators[2]["user_id"]: 10**9})
    days.at(2026, 11, 2)
    gone = {"kind": "field", "path": "data", "value": {"status_code": 2065, "user": {}}}
    days.sandbox.inject(
        field_fault(creators[0]["user_id"], "follower_count", value="12.3K"),
        {"match": {"endpoint": "user_profile", "user_id": creators[1]["user_id"]}, "times": None, "action": gone},
    )
    run, failed, report = days.play(**SMALL)
    assert failed == []
    lines = report.splitlines()
    wanted = expected_report(days, TODAY, run.run_id)
    assert [line for line in lines if not line.startswith("💳")] == [
        line for line in wanted if not line.startswith("💳")
    ]
    assert lines[-2] in {wanted[-2], wanted[-2].replace("0), ", "), ")}
    ((stored, state, counted),) = days.rows("select report, state, counts from runs")
    assert (stored, state) == (report, "complete")
    roster, verdicts = counted["roster"], counted["verdicts"]
    parts = ("updated", "skipped", "failed", "gone", "suspect", "not_due", "unmeasured")
    assert roster["roster"] == sum(roster[part] for part in parts)
    layers = ("platform", "pronoun", "criteria", "face", "no_cover", "no_profile", "accepted")
    assert verdicts["videos"] == sum(verdicts[part] for part in layers)
    assert roster["updated"] + roster["skipped"] == len(counts(days, TODAY))


def test_a_day_without_anything_reports_zeros(days: Days):
    """An empty roster and no discovery: a report of zeros, no division by one of them."""
    _, failed, report = days.at(2026, 11, 2).play(skip_discovery=True)
    assert failed == []
    assert "   Layer 3 (Face) rejection rate: 0.0% (0.0% of those it saw)" in report.splitlines()


def test_coverage_below_the_floor_fails_the_day(days: Days):
    """20 of 30 measured: check_day fails, says how many failed and what to clear, and the coverage is stored."""
    creators = plain(days, 30)
    enter(days, creators, YESTERDAY)
    days.at(2026, 11, 2).sandbox.inject(
        *(field_fault(creator["user_id"], "aweme_count", value=-1) for creator in creators[:10])
    )
    _, failed, _ = days.play(skip_discovery=True)
    assert failed == [
        "check_day: CheckFailed: coverage 20 of 30 due (66.7%) is below the floor of 90%: 10 failed, 0 not reached. "
        "Clear the failed roll_call instances with everything downstream."
    ]
    assert days.rows("select round(coverage, 3)::text, measured, due, state from runs") == [
        ("0.667", 20, 30, "incomplete")
    ]


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (
            "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, origin,"
            " observed_at) values ('9', '2026-11-02', 1, 1, 1, 'roll_call', now())",
            "1 snapshots belong to no creator",
        ),
        (
            "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, origin,"
            " observed_at) values ('9', '2019-01-01', 1, 1, 1, 'roll_call', now())",
            "1 rows lie in a DEFAULT partition",
        ),
        (
            "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, origin)"
            " values ('8', '2026-11-02', 1, 1, 1, 'roll_call')",
            "1 rows are estimated and not flagged, or observed at no moment",
        ),
    ],
)
def test_rows_that_must_not_be_fail_the_day(days: Days, spoil, problem):
    """An orphan, a row in a DEFAULT partition, an observation without a moment: each is counted and named."""
    days.at(2026, 11, 2)
    with days.connect() as connection:
        connection.execute("insert into creators (user_id, first_seen_on) values ('8', '2026-12-01')")
        connection.execute(spoil)
    _, failed, _ = days.play(skip_discovery=True)
    assert len(failed) == 1
    assert problem in failed[0]


def test_a_purge_marks_the_day_and_not_the_creators(days: Days):
    """Half of the roster fell by 3 percent since yesterday: the run is marked, everybody is stored and active."""
    creators = plain(days, 40)
    enter(days, creators, YESTERDAY)
    observe(
        days,
        YESTERDAY,
        {
            creator["user_id"]: creator["followers"] * 100 // 97 + 1 if place % 2 else creator["followers"]
            for place, creator in enumerate(creators)
        },
    )
    _, failed, _ = days.at(2026, 11, 2).play(skip_discovery=True)
    assert failed == []
    assert days.rows("select is_purge_day from runs") == [(True,)]
    assert len(counts(days, TODAY)) == 40
    assert days.rows("select distinct status from creators") == [("active",)]


def test_a_dry_run_writes_nothing_but_the_ledger(days: Days):
    """Fetched and judged: only api_calls, its bill, and the run's lines are new; the day itself then pays nothing."""
    enter(days, plain(days, 8), YESTERDAY)
    observe(days, TODAY, {plain(days, 1)[0]["user_id"]: 50_000})  # a gap that a real run would fill
    tables = [table for table in KEPT if table != "api_calls"] + ["roll_call_batches"]
    days.at(2026, 11, 4)
    before = fingerprints(days, tables)
    _, failed, _ = days.play(**SMALL, dry_run=True)
    assert failed == []
    assert before == fingerprints(days, tables)
    asked = len(days.sandbox.log())
    assert asked >= 8
    _, failed, report = days.play(**SMALL)
    assert failed == []
    assert len(days.sandbox.log()) == asked
    assert "💳 API calls: 0 (0 billed, $0.00)" in report


def test_a_dry_run_of_a_past_day_calls_nothing(days: Days):
    """A rehearsal of a replay reads the ledger alone."""
    enter(days, plain(days, 4), YESTERDAY)
    days.at(2026, 11, 2).play(skip_discovery=True)
    with days.connect() as connection:
        connection.execute("delete from creator_stats")
    days.at(2026, 11, 9).sandbox.clear_log()
    _, failed, _ = days.play(day=TODAY, dry_run=True)
    assert failed == []
    assert days.sandbox.log() == []
    assert counts(days, TODAY) == {}


TEXTS = [
    "100 %s %(day)s %% {braces} $1 :name ?",
    'it\'s "quoted" `and` \\ backslash \\n \\x00 \\u0000',
    "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽",
    "שלום עולם \u202eexe.gpj\u202c مرحبا",
    "𝓯𝓪𝓷𝓬𝔂 ⒸⓄⓂⒺⓉ Å Å",
    "line one\r\nline two\ttab\u2028separator",
    "'; drop table creators; --",
    "<script>alert(1)</script> &amp; <!-- -->",
    "",
]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_come_back_byte_for_byte(days: Days, text):
    """Placeholders, quotes, backslashes, emoji, right-to-left, styled letters, newlines, SQL: kept as they are."""
    (creator,) = plain(days, 1)
    enter(days, [creator], YESTERDAY)
    days.at(2026, 11, 2).sandbox.inject(field_fault(creator["user_id"], "signature", value=text))
    _, failed, _ = days.play(skip_discovery=True)
    assert failed == []
    ((kept,),) = days.rows("select convert_to(signature, 'UTF8') from creators")
    assert text.encode() == bytes(kept)


def test_what_postgresql_cannot_store_is_taken_out(days: Days):
    """NUL and half a surrogate pair leave the text; the rest of it stays, and the creator is measured."""
    (creator,) = plain(days, 1)
    enter(days, [creator], YESTERDAY)
    days.at(2026, 11, 2).sandbox.inject(
        field_fault(creator["user_id"], "signature", literal='"a\\u0000b \\ud83d c \\ud83d\\ude00"')
    )
    days.play(skip_discovery=True)
    assert days.rows("select signature from creators") == [("ab  c 😀",)]


@pytest.mark.parametrize("is_too_large", [False, True])
def test_a_giant_bio_costs_nobody_else(days: Days, is_too_large):
    """A bio of 5 MB is cut; above the size limit its one creator fails; others are measured."""
    giant, other = plain(days, 2)
    enter(days, [giant, other], YESTERDAY)
    oversize = {
        "match": {"endpoint": "user_profile", "user_id": giant["user_id"]},
        "times": None,
        "action": {"kind": "oversize", "bytes": 10_000_000},
    }
    long = field_fault(giant["user_id"], "signature", value="b" * 5_000_000)
    days.at(2026, 11, 2).sandbox.inject(oversize if is_too_large else long)
    days.play(skip_discovery=True)
    assert {other["user_id"], *([] if is_too_large else [giant["user_id"]])} == set(counts(days, TODAY))
    kept = days.rows("select coalesce(length(signature), 0) from creators where user_id = %s", giant["user_id"])
    assert kept == [(0 if is_too_large else 10_000,)]
