"""What Cometwatch costs a day, by the size of the roster: `python -m benchmarks.costs` prints the table of docs/performance.md.

The table is computed from the figures in `costs.json` beside this file. `--measure` takes them anew, on an embedded PostgreSQL
and a sandbox: a discovery of 10 keywords and 5 pages, then the roll call of a roster. Bytes are those the tables and indexes
grew by, per creator or row; what is rewritten every day is measured after two days, with the room of the day before in it.
Stored answers are counted at their size in TikHub's recorded answers where those lie beside the
checkout: the sandbox's are smaller.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.stage import Stage, stage
from include import database
from include.calls.limiter import MARGIN
from include.local.played_days import Days
from include.ranking import standings
from tests.fixtures.shared import SHARED
from tests.include.comets.rosters import Creator, counts, enter, observe

FIGURES = Path(__file__).with_name("costs.json")
BEGIN, END = "<!-- costs -->", "<!-- /costs -->"
ROSTERS = (1_000, 10_000, 100_000, 1_000_000)
RATES = {"10/s": 10.0, "60/min": 1.0}
RETENTION_DAYS, YEAR = 35, 365
SECONDS_A_DAY = 86_400
KEYWORDS, PAGES = 10, 5
TODAY = datetime(2026, 11, 2, 12, tzinfo=UTC)
MOST_CALLS_PRICED = 1_000_000
RANKINGS = 2  # by score, by growth


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured. Bytes are with indexes: `snapshot` and `plan` per creator and day, `creator` and `standing` once per
    creator, the others per row; `ranked` is a line of a day's rankings.

    `emptied_call` is a ledger row whose answer was dropped; `profile_answer` and `search_answer` are what is dropped.
    `prices` are pairs: from which billed call of a day on, dollars a call.
    """

    postgresql: str
    creators: int
    answers_of: str
    calls_per_creator: float
    billed_per_creator: float
    discovery_calls: int
    searches: int
    keywords: int
    comets: int
    snapshot: float
    plan: float
    creator: float
    standing: float
    ranked: float
    verdict: float
    verdicts: int
    emptied_call: float
    profile_answer: float
    search_answer: float
    prices: list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Costs:
    """One roster at the usual rate; bytes, dollars, hours."""

    creators: int
    calls: int
    dollars: float
    hours: list[float]
    growth: float
    after_retention: float
    after_a_year: float


# -- computing ---------------------------------------------------------------------------------------------------------


def calls_a_day(rate: float) -> int:
    """How many calls the pace lets begin in 24 hours."""
    return int(rate * MARGIN * SECONDS_A_DAY)


def largest_whole_roster(figures: Figures, rate: float) -> int:
    """The largest roster that can be called whole every day, besides the discovery."""
    return int((calls_a_day(rate) - figures.discovery_calls) / figures.calls_per_creator)


def dollars(prices: Sequence[tuple[int, float]], calls: int) -> float:
    """Price of so many calls in one day: each tier's price is for the calls within it."""
    ends = [first - 1 for first, _ in prices[1:]] + [calls]
    return sum(max(0, min(end, calls) - first + 1) * price for (first, price), end in zip(prices, ends, strict=True))


def costs_of(figures: Figures, creators: int) -> Costs:
    """A roster's day and what is kept of it; whoever is not called gets a snapshot too, estimated."""
    wanted = figures.discovery_calls + math.ceil(creators * figures.calls_per_creator)
    calls = min(wanted, calls_a_day(RATES["10/s"]))
    kept = (
        creators * (figures.snapshot + figures.plan)
        + calls * figures.emptied_call
        + figures.verdicts * figures.verdict
        + RANKINGS * min(creators, standings.KEPT) * figures.ranked
    )
    billed = (
        figures.discovery_calls
        + (calls - figures.discovery_calls) * figures.billed_per_creator / figures.calls_per_creator
    )
    answers = (billed - figures.searches) * figures.profile_answer + figures.searches * figures.search_answer
    once = creators * (figures.creator + figures.standing)
    return Costs(
        creators,
        calls,
        dollars(figures.prices, round(billed)),
        [wanted / (rate * MARGIN) / 3600 for rate in RATES.values()],
        kept + answers,
        once + RETENTION_DAYS * (kept + answers),
        once + YEAR * kept + RETENTION_DAYS * answers,
    )


def table(figures: Figures) -> str:
    """The Markdown between the markers of docs/performance.md."""
    hours = " | ".join(f"hours at {rate}" for rate in RATES)
    lines = [
        f"| creators | calls a day | a day costs | {hours} | database: a day | {RETENTION_DAYS} days | a year |",
        "|--:" * (6 + len(RATES)) + "|",
        *(_row(costs_of(figures, creators)) for creators in ROSTERS),
    ]
    limits = [f"{largest_whole_roster(figures, rate):,} creators at {name}" for name, rate in RATES.items()]
    return "\n".join(
        [
            *lines,
            "",
            f"Discovery is {figures.discovery_calls} of the calls ({figures.keywords} keywords: "
            f"{figures.discovery_calls / figures.keywords:.1f} each, {figures.discovery_calls / figures.comets:.1f} per comet "
            f"accepted in the sandbox on a first day, all of them new); "
            f"the roll call takes {figures.calls_per_creator:.2f} per creator, "
            f"{figures.billed_per_creator:.2f} of them billed. Calls and money are those at 10/s.",
            "",
            f"\\* More than a day has: beyond {' and beyond '.join(limits)}, the roll call has to choose, and the others wait "
            "their turn.",
        ]
    )


def marked(figures: Figures) -> str:
    """The table with the markers around it, as it stands in docs/performance.md."""
    return f"{BEGIN}\n{table(figures)}\n{END}"


def load() -> Figures:
    """The figures stored beside this file."""
    content = json.loads(FIGURES.read_text(encoding="utf-8"))
    return Figures(**{**content, "prices": [(first, price) for first, price in content["prices"]]})


def _row(costs: Costs) -> str:
    sizes = (costs.growth, costs.after_retention, costs.after_a_year)
    cells = [
        f"{costs.creators:,}", f"{costs.calls:,}", f"${costs.dollars:,.2f}",
        *(f"{hours:,.1f}" if hours <= 24 else f"{hours:,.0f}\\*" for hours in costs.hours), *map(_size, sizes),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _size(size: float) -> str:
    """Two figures that count: 8.4 MB, 120 GB."""
    for unit, name in ((1e12, "TB"), (1e9, "GB")):
        if size >= unit:
            return f"{_two_figures(size / unit)} {name}"
    return f"{_two_figures(size / 1e6)} MB"


def _two_figures(number: float) -> str:
    return f"{number:.1f}" if number < 10 else f"{round(number, 1 - math.floor(math.log10(number))):,.0f}"


# -- measuring ---------------------------------------------------------------------------------------------------------


def measure(running: Stage, creators: int) -> Figures:
    """Take all figures anew. Raises RuntimeError when a day fails."""
    with running.sandbox("--creators", creators * 3) as sandbox, running.database() as url:
        days = Days(url, sandbox, now=TODAY)
        sandbox.set_clock(TODAY)
        _play(days, max_keywords=KEYWORDS, pages_per_keyword=PAGES, skip_roll_call=True)
        found = _discovered(days)
    with running.sandbox("--creators", creators * 3) as sandbox, running.database() as url:
        days = Days(url, sandbox, threads=32, now=TODAY)
        sandbox.set_clock(TODAY)
        called = _called(days, creators)
        version = days.rows("show server_version")[0][0].split()[0]
        prices = _prices(days)
    recorded = _recorded_answers()
    return Figures(
        postgresql=version,
        creators=creators,
        answers_of="TikHub" if recorded else "the sandbox",
        keywords=KEYWORDS,
        prices=prices,
        **{**found, **called, **recorded},
    )


def _play(days: Days, **params: Any) -> None:
    _, failed, _ = days.play(**params)
    if failed:
        raise RuntimeError(f"the day failed: {failed}")


def _discovered(days: Days) -> dict[str, Any]:
    calls = len(days.sandbox.log())
    searches = days.rows("select count(*) from api_calls where endpoint = 'video_search' and is_billed")[0][0]
    comets = days.rows("select count(*) from creators")[0][0]
    verdicts = days.rows("select count(*) from verdicts")[0][0]
    answers = days.rows("select avg(octet_length(answer))::float8 from api_calls where endpoint = 'video_search'")
    return {
        "discovery_calls": calls,
        "searches": searches,
        "comets": comets,
        "verdicts": verdicts,
        "verdict": round(_bytes(days, "verdicts") / verdicts, 1),
        "search_answer": round(answers[0][0], 1),
    }


def _called(days: Days, creators: int) -> dict[str, Any]:
    """A roster of active creators, entered as of yesterday, is called once; then its answers are dropped."""
    entered = _active(days, creators)
    enter(days, entered)
    creator = _bytes(days, "creators") / creators
    yesterday = TODAY.date().replace(day=TODAY.day - 1)
    observe(days, yesterday, {each["user_id"]: each["followers"] for each in entered})
    standings.rank_day(days.connect, yesterday)
    _vacuum(days)
    before = _bytes(days, "creator_stats")
    _play(days, skip_discovery=True)
    standings.rank_day(days.connect, TODAY.date())
    _vacuum(days)
    rows = days.rows("select count(*), avg(octet_length(answer))::float8 from api_calls")[0]
    asked, measured = days.sandbox.log(), len(counts(days, TODAY.date()))
    grown, plan = _bytes(days, "creator_stats") - before, _bytes(days, "roll_call_batches")
    with psycopg.connect(days.database_url, autocommit=True) as connection:
        past = {"before": TODAY.date().replace(day=TODAY.day + 1), "most": rows[0]}
        database.rows(connection, "calls/drop_old_answers", past)
    _vacuum(days)
    return {
        "calls_per_creator": round(len(asked) / measured, 4),
        "billed_per_creator": round(sum(call["billed"] for call in asked) / measured, 4),
        "snapshot": round(grown / measured, 1),
        "plan": round(plan / creators, 1),
        "creator": round(max(creator, _bytes(days, "creators") / creators), 1),
        "standing": round(_bytes(days, "standings") / creators, 1),
        "ranked": round(
            _bytes(days, "breakout_rankings") / days.rows("select count(*) from breakout_rankings")[0][0], 1
        ),
        "emptied_call": round(_bytes(days, "api_calls") / rows[0], 1),
        "profile_answer": round(rows[1], 1),
    }


def _active(days: Days, count: int) -> list[Creator]:
    """Creators that answer today, also those that have to be asked for in another way first."""
    found: list[Creator] = []
    for offset in range(0, count * 3, 10_000):
        page = days.sandbox.control("GET", "creators", day=TODAY.date().isoformat(), offset=offset, limit=10_000)[
            "creators"
        ]
        found += [each for each in page if each["answers"] == "active" and each["followers"] > 0]
    if len(found) < count:
        raise RuntimeError(f"the sandbox has {len(found)} active creators, {count} are needed")
    return found[:count]


def _bytes(days: Days, name: str) -> int:
    """Of a table with its partitions, indexes and long values."""
    query = """
        select sum(pg_total_relation_size(relid))::bigint
        from (select relid from pg_partition_tree(%s::regclass) union select %s::regclass) as parts
    """
    return int(days.rows(query, name, name)[0][0])


def _vacuum(days: Days) -> None:
    with psycopg.connect(days.database_url, autocommit=True) as connection:
        connection.execute("vacuum")


def _prices(days: Days) -> list[tuple[int, float]]:
    """The tiers of the schema's own price list."""
    query = """
        select min(call), price_of_call('user_profile', call)::float8
        from generate_series(1, %s) as call
        group by price_of_call('user_profile', call)
        order by 1
    """
    return [(first, price) for first, price in days.rows(query, MOST_CALLS_PRICED)]


def _recorded_answers() -> dict[str, float]:
    """Bytes of recorded answers as the ledger would store them; empty where none are beside the checkout."""
    folder = SHARED / "tikhub_recorded"
    profile, search = folder / "appv3_user_profile.json", folder / "appv3_video_search.EXCERPT.json"
    if not profile.is_file() or not search.is_file():
        return {}
    page = json.loads(search.read_text(encoding="utf-8"))
    videos = len(page["search_item_list"])
    return {
        "profile_answer": _deflated(json.loads(profile.read_text(encoding="utf-8"))),
        "search_answer": _deflated(page) * 20 / videos,  # the excerpt holds fewer videos than a page does
    }


def _deflated(content: Any) -> float:
    return float(len(zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 6)))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="The cost of a day by the size of the roster, as Markdown.")
    parser.add_argument("--measure", action="store_true", help="take the figures anew, which writes costs.json")
    parser.add_argument("--creators", type=int, default=5_000, help="size of the roster that is measured")
    given = parser.parse_args(arguments)
    if given.measure:
        with stage("usual") as running:
            figures = measure(running, given.creators)
        FIGURES.write_text(json.dumps(asdict(figures), indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(marked(load()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
