"""Rows in, rows out for the statements under sql/comets that other tests only use in passing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from include import database
from include.comets import run as runs
from include.comets import screening
from include.local.played_days import DEFAULTS

D1, D2, D3 = date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 3)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def do(connection: psycopg.Connection, name: str, **parameters: Any) -> list[dict[str, Any]]:
    return database.rows(connection, f"comets/{name}", parameters)


def creator(connection: psycopg.Connection, user_id: str, **columns: Any) -> None:
    values = {"user_id": user_id, "handle": f"h{user_id}", "first_seen_on": D1, **columns}
    connection.execute(
        "insert into creators select * from jsonb_populate_record(null::creators, %s::jsonb ||"
        ' \'{"status": "active", "misses_in_row": 0, "has_contacts_read": false}\')',
        [psycopg.types.json.Jsonb(values, dumps=lambda value: __import__("json").dumps(value, default=str))],
    )


def snapshot(connection: psycopg.Connection, user_id: str, day: date, followers: int = 100, **columns: Any) -> None:
    connection.execute(
        "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, source_trend,"
        " daily_growth_percent, origin, is_estimated, observed_at)"
        " values (%s, %s, %s, 1, 1, %s, %s, %s, %s, %s)",
        [
            user_id,
            day,
            followers,
            columns.get("source_trend"),
            columns.get("percent", 0),
            "interpolation" if columns.get("estimated") else "roll_call",
            columns.get("estimated", False),
            None if columns.get("estimated") else NOON,
        ],
    )


def miss(connection: psycopg.Connection, user_id: str, day: date, outcome: str) -> None:
    connection.execute(
        "insert into roll_call_misses (user_id, day, outcome, reason) values (%s, %s, %s, 'because')",
        [user_id, day, outcome],
    )


def verdict(connection: psycopg.Connection, video_id: str, user_id: str, layer: str, **columns: Any) -> None:
    connection.execute(
        "insert into verdicts (day, keyword, video_id, user_id, handle, layer, field, measured, detector,"
        " rules_version, run_id, matched_text) values (%s, %s, %s, %s, 'h', %s, %s, %s, %s, %s, 'r', %s)",
        [
            columns.get("day", D2),
            columns.get("keyword", "a"),
            video_id,
            user_id,
            layer,
            columns.get("field"),
            columns.get("measured"),
            columns.get("detector"),
            columns.get("version", "1"),
            columns.get("text"),
        ],
    )


def batch(connection: psycopg.Connection, number: int, user_ids: list[str], first: int = 1) -> None:
    connection.execute(
        "insert into roll_call_batches (day, batch, first_position, last_position, user_ids)"
        " values (%s, %s, %s, %s, %s)",
        [D2, number, first, first + len(user_ids) - 1, user_ids],
    )


def call(connection: psycopg.Connection, subject: str, outcome: str, **columns: Any) -> None:
    connection.execute(
        "insert into api_calls (pipeline, day, endpoint, subject, outcome, owner, run_id, task_id, is_billed, price_usd,"
        " holds_identity) values ('comets', %s, 'user_profile', %s, %s, 'o', %s, 't', %s, %s, %s)",
        [
            D2,
            subject,
            outcome,
            columns.get("run_id", "r"),
            columns.get("billed"),
            columns.get("usd", 0),
            columns.get("holds", True),
        ],
    )


def summarise(connection: psycopg.Connection) -> list[dict[str, Any]]:
    return database.rows(connection, "runs/summarise_calls", {"pipeline": "comets", "day": D2})


def run(connection: psycopg.Connection, max_calls: int | None = None, run_id: str = "r", **rest: Any) -> list[dict]:
    asked = {**DEFAULTS, "max_calls": max_calls, "skip_roll_call": not rest.get("takes_roll_call", True)}
    runs.open_day(connection, runs.plan(run_id, D2, NOON, asked, ()), 10)
    query = "select run_id, max_calls, discovery_calls from runs where pipeline = 'comets' and run_id = %s"
    return connection.cursor(row_factory=psycopg.rows.dict_row).execute(query, [run_id]).fetchall()


def plan(connection: psycopg.Connection, most: int | None = None, size: int = 100, **rest: Any) -> list[tuple]:
    rows = do(
        connection,
        "plan_batches",
        run_id="r",
        day=D2,
        is_replay=rest.get("is_replay", False),
        most=most,
        longest_wait=28,
        min_followers=10_000,
        max_followers=100_000,
        batch_size=size,
        least_batches=rest.get("least", 1),
        least_size=250,
        most_batches=1_000,
    )
    return sorted((row["batch"], row["first_position"], row["last_position"]) for row in rows)


def planned(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute("select unnest(user_ids) from roll_call_batches order by batch").fetchall()
    return [row[0] for row in rows]


def test_opening_a_run_reserves_a_call_for_everyone_due(connection):
    """Of 10 calls, 3 creators due leave 7 for discovery; measured, gone today, not yet due and later ones need none."""
    for user_id in "1234567":
        creator(connection, user_id, first_seen_on=D3 if user_id == "7" else D1)
    connection.execute("update creators set next_due_on = %s where user_id = '6'", [D3])
    snapshot(connection, "5", D2)
    miss(connection, "4", D2, "gone")
    assert run(connection, 10) == [{"run_id": "r", "max_calls": 10, "discovery_calls": 7}]
    assert run(connection, 2)[0]["discovery_calls"] == 0
    assert run(connection, 2, takes_roll_call=False)[0]["discovery_calls"] == 2
    assert run(connection)[0]["discovery_calls"] is None


def test_plan_batches_lists_who_is_due_in_order_of_importance(connection):
    """No growth known yet first, then who moves fastest; neither measured, gone today, nor called less often; failed again."""
    for user_id in "12345678":
        creator(connection, user_id)
    for user_id, rate in (("1", 0.02), ("2", 0.09)):
        connection.execute(
            "update creators set last_measured_on = %s, last_follower_count = 30000, growth_rate = %s,"
            " growth_deviation = 0.001 where user_id = %s",
            [D1, rate, user_id],
        )
    snapshot(connection, "3", D1, percent=50, estimated=True)
    snapshot(connection, "4", D2)
    miss(connection, "5", D2, "gone")
    miss(connection, "6", D2, "failed")
    connection.execute("update creators set next_due_on = %s where user_id = '7'", [D3])
    connection.execute("update creators set next_due_on = %s where user_id = '8'", [D2])
    assert plan(connection, size=2) == [(0, 1, 2), (1, 3, 4), (2, 5, 5)]
    assert planned(connection) == ["3", "6", "8", "2", "1"]
    assert plan(connection, size=2) == []


def test_plan_batches_within_a_budget_counts_only_who_costs_a_call(connection):
    """Two calls left: two without an answer of today, and everybody with one, positions without a gap."""
    for user_id in "12345":
        creator(connection, user_id)
    call(connection, "3", "answered")
    call(connection, "5", "answered")
    call(connection, "4", "calling")
    assert plan(connection, most=2, size=3) == [(0, 1, 3), (1, 4, 4)]
    assert planned(connection) == ["1", "2", "3", "5"]


def test_plan_batches_of_a_replay_lists_who_has_an_answer(connection):
    """A past day can only measure those whose answer is stored."""
    for user_id in "123":
        creator(connection, user_id)
    call(connection, "2", "answered")
    call(connection, "3", "unavailable", holds=False)
    plan(connection, is_replay=True)
    assert planned(connection) == ["2"]


def test_many_creators_are_planned_in_seconds_as_few_ranges(connection):
    """100,000 within seconds, also on a busy machine, in batches of 17,000: far below the mapping limit."""
    connection.execute(
        "insert into creators (user_id, first_seen_on) select n::text, '2026-11-01'"
        " from generate_series(1, 100000) as n"
    )
    began = datetime.now(UTC)
    assert len(plan(connection, size=17_000, least=2)) == 6
    assert (datetime.now(UTC) - began).total_seconds() < 30


@pytest.mark.parametrize(
    ("creators", "least", "sizes"),
    [
        (2_000, 4, [500, 500, 500, 500]),
        (700, 4, [250, 250, 200]),  # a task for fewer is not worth its start
        (500, 196, [250, 250]),
        (9, 4, [5, 4]),
        (1, 4, [1]),
        (3_000, 2, [900, 900, 900, 300]),  # never more than the size asked for
    ],
)
def test_plan_batches_cuts_as_many_as_the_rate_needs(connection, creators, least, sizes):
    """At least so many batches, tiny rosters in two at the most."""
    connection.execute(
        "insert into creators (user_id, first_seen_on) select n::text, %s from generate_series(1, %s) as n",
        [D1, creators],
    )
    planned_ranges = plan(connection, size=900, least=least)
    assert [last - first + 1 for _, first, last in planned_ranges] == sizes
    assert [batch for batch, _, _ in planned_ranges] == list(range(len(sizes)))
    assert planned_ranges[-1][2] == creators


def test_preview_plan_names_the_creators_of_a_dry_run(connection):
    """The creators of the plan in its order, less the batches that are done."""
    for user_id in "1234":
        creator(connection, user_id, sec_user_id=f"s{user_id}")
    batch(connection, 0, ["2"])
    connection.execute("update roll_call_batches set done_at = now()")
    batch(connection, 1, ["3", "1"], first=2)
    rows = do(connection, "preview_plan", day=D2)
    assert rows == [{"user_id": each, "sec_user_id": f"s{each}", "handle": f"h{each}"} for each in "31"]


def test_a_lease_is_taken_renewed_closed_and_fenced(connection):
    """One holder at a time; a lapsed lease is taken over with a higher fence, and its old holder is out."""
    batch(connection, 0, ["1", "2"])
    of = {"day": D2, "batch": 0, "seconds": 60.0}
    lately = {"day": D2, "run_id": "r", "seconds": 60.0}
    assert do(connection, "lease_batch", owner="a", **of) == [{"fence": 1}]
    assert do(connection, "lease_batch", owner="b", **of) == []
    assert do(connection, "renew_lease", owner="a", fence=1, **of) == [{"fence": 1}]
    assert do(connection, "clear_idle_plan", **lately) == []
    connection.execute("update roll_call_batches set leased_until = now() - interval '1 second'")
    assert do(connection, "lease_batch", owner="b", **of) == [{"fence": 2}]
    assert do(connection, "renew_lease", owner="a", fence=1, **of) == []
    assert do(connection, "close_batch", day=D2, batch=0, owner="a", fence=1, is_done=True) == []
    assert do(connection, "read_batches", day=D2) == [{"batch": 0, "first_position": 1, "last_position": 2}]
    assert do(connection, "close_batch", day=D2, batch=0, owner="b", fence=2, is_done=True) == [{"batch": 0}]
    assert do(connection, "read_batches", day=D2) == []
    assert do(connection, "read_batch_state", day=D2, batch=0) == [
        {"is_done": True, "first_position": 1, "last_position": 2}
    ]
    assert do(connection, "clear_idle_plan", **lately) == []


def test_done_batches_outlive_the_next_plan(connection):
    """Of an idle plan what is open is planned anew; what was gone through stays, and who failed in it is due again."""
    for user_id in "123":
        creator(connection, user_id)
    batch(connection, 0, ["1", "2"])
    batch(connection, 1, ["3"], first=3)
    connection.execute("update roll_call_batches set done_at = now() - interval '1 hour' where batch = 0")
    connection.execute("update roll_call_batches set planned_at = now() - interval '1 hour'")
    snapshot(connection, "1", D2)
    miss(connection, "2", D2, "failed")
    assert do(connection, "clear_idle_plan", day=D2, run_id="r", seconds=60.0) == [{"batch": 1}]
    assert plan(connection) == [(1, 3, 4)]
    assert connection.execute("select batch, user_ids from roll_call_batches order by batch").fetchall() == [
        (0, ["1", "2"]),
        (1, ["2", "3"]),
    ]


def test_a_plan_is_idle_when_nobody_is_about_to_go_on(connection):
    """Who planned it may plan anew at once; another run only when nothing was begun or ended lately."""

    def is_idle(run_id: str) -> bool:
        with connection.transaction(force_rollback=True):
            return len(do(connection, "clear_idle_plan", day=D2, run_id=run_id, seconds=60.0)) > 0

    batch(connection, 0, ["1"])
    batch(connection, 1, ["2"], first=2)
    connection.execute("update roll_call_batches set run_id = 'r'")
    assert (is_idle("r"), is_idle("another")) == (True, False)
    connection.execute("update roll_call_batches set planned_at = now() - interval '1 hour'")
    assert (is_idle("r"), is_idle("another")) == (True, True)
    connection.execute("update roll_call_batches set done_at = now() where batch = 0")
    assert (is_idle("r"), is_idle("another")) == (True, False)


def test_read_open_creators_and_count_batch_agree(connection):
    """Measured and finally missed are closed; failed ones come last; all parts add up."""
    for user_id in "12345":
        creator(connection, user_id)
    batch(connection, 0, ["5", "4", "3", "2", "1"])
    snapshot(connection, "1", D2)
    snapshot(connection, "2", D2, estimated=True)
    miss(connection, "3", D2, "failed")
    miss(connection, "4", D2, "private")
    opened = do(connection, "read_open_creators", day=D2, batch=0)
    assert [row["user_id"] for row in opened] == ["5", "2", "3"]
    assert do(connection, "count_batch", day=D2, batch=0)[0] | {} == {
        "planned": 5,
        "updated": 1,
        "failed": 1,
        "gone": 0,
        "private": 1,
        "suspect": 0,
        "unmeasured": 2,
    }


def test_count_roster_counts_everybody_once(connection):
    """One creator in each part: updated, skipped new and known, failed, gone, suspect, not due, unmeasured."""
    for user_id in "123456789":
        creator(connection, user_id, first_seen_on={"2": D2, "9": D3}.get(user_id, D1))
    for user_id in "123":
        snapshot(connection, user_id, D2)
    verdict(connection, "v2", "2", "accepted")
    verdict(connection, "v3", "3", "accepted")
    for user_id, outcome in (("4", "failed"), ("5", "banned"), ("6", "suspect")):
        miss(connection, user_id, D2, outcome)
    connection.execute("update creators set next_due_on = %s where user_id = '7'", [D3])
    assert do(connection, "count_roster", day=D2) == [
        {
            "roster": 8,
            "updated": 1,
            "skipped": 2,
            "new_comets": 1,
            "known_comets": 1,
            "failed": 1,
            "gone": 1,
            "suspect": 1,
            "not_due": 1,
            "unmeasured": 1,
        }
    ]
    assert [row["handle"] for row in do(connection, "read_skipped", day=D2)] == ["h2", "h3"]


def test_count_keywords_counts_comets_in_the_order_of_ranks(connection):
    """Each keyword of the day once, also those without a comet; a creator counts for every keyword that found them, whoever has
    the credit; new is who was first seen on the day. A second save adds nothing.
    """
    saved = do(connection, "save_trends", day=D2, keywords=["b", "a", "a"], ranks=[1, 2, 3], sources=[None] * 3)
    assert sorted(row["trend_keyword"] for row in saved) == ["a", "b"]
    assert do(connection, "save_trends", day=D2, keywords=["b"], ranks=[7], sources=["given"]) == []
    creator(connection, "1", first_seen_on=D2)
    creator(connection, "2", first_seen_on=D1)
    snapshot(connection, "1", D2, source_trend="a")
    verdict(connection, "v1", "1", "accepted", keyword="a")
    verdict(connection, "v2", "1", "accepted", keyword="a")
    assert do(connection, "count_keywords", day=D2) == [
        {"keyword": "b", "rank": 1, "comets": 0, "new_comets": 0},
        {"keyword": "a", "rank": 2, "comets": 1, "new_comets": 1},
    ]
    verdict(connection, "v1", "1", "accepted", keyword="b")
    verdict(connection, "v3", "2", "accepted", keyword="b")
    verdict(connection, "v4", "3", "face", keyword="b")
    assert do(connection, "count_keywords", day=D2)[0] == {"keyword": "b", "rank": 1, "comets": 2, "new_comets": 1}
    assert do(connection, "read_trends", day=D2) == [
        {"trend_keyword": "b", "rank": 1, "keyword_source": None},
        {"trend_keyword": "a", "rank": 2, "keyword_source": None},
    ]


def test_count_verdicts_adds_up(connection):
    """Every video in one layer; a bio's refusal is told from those before the caption."""
    layers = [
        ("platform", "handle"),
        ("platform", "bio"),
        ("pronoun", "caption"),
        ("criteria", "plays"),
        ("face", "cover"),
        ("consistency", "share"),
        ("undetermined", "cover"),
        ("undetermined", "profile"),
        ("accepted", "cover"),
        ("accepted", "cover"),
    ]
    for number, (layer, field) in enumerate(layers):
        verdict(connection, f"v{number}", "1", layer, field=field)
    assert do(connection, "count_verdicts", day=D2) == [
        {
            "videos": 10,
            "platform": 2,
            "platform_before_caption": 1,
            "pronoun": 1,
            "criteria": 1,
            "face": 1,
            "consistency": 1,
            "no_cover": 1,
            "no_profile": 1,
            "accepted": 2,
            "accepted_creators": 1,
        }
    ]


@pytest.mark.parametrize(
    ("verdicts", "counted"),
    [
        ([("undetermined", "cover"), ("accepted", "cover")], "accepted"),
        ([("accepted", "cover"), ("platform", "handle")], "accepted"),
        ([("undetermined", "profile"), ("criteria", "followers")], "criteria"),
        ([("platform", "handle"), ("face", "cover"), ("pronoun", "caption")], "face"),
        ([("platform", "bio"), ("criteria", "plays")], "platform"),
        ([("platform", "nickname"), ("pronoun", "caption")], "pronoun"),
        ([("undetermined", "cover"), ("undetermined", "profile")], "no_cover"),
        ([("criteria", None), ("platform", None)], "criteria"),
        ([("face", "cover"), ("consistency", "share")], "consistency"),
        ([("accepted", "cover"), ("consistency", "share")], "accepted"),
    ],
)
@pytest.mark.parametrize("is_turned", [False, True])
def test_a_video_under_several_keywords_counts_once(connection, verdicts, counted, is_turned):
    """Accepted wins over every refusal, the refusal that came furthest over others, any of them over undetermined; whatever the
    order they were made in. The database's precedence is the one in Python.
    """
    for keyword, (layer, field) in enumerate(reversed(verdicts) if is_turned else verdicts):
        verdict(connection, "v", "1", layer, field=field, keyword=str(keyword))
        verdict(connection, "v", "1", "accepted", field="cover", keyword=str(keyword), day=D1)
    (row,) = do(connection, "count_verdicts", day=D2)
    layers = ("platform", "pronoun", "criteria", "face", "consistency", "no_cover", "no_profile", "accepted")
    assert {name: row[name] for name in layers if row[name]} == {counted: 1}
    assert row["videos"] == 1
    kept = connection.execute("select layer, field, precedence from verdicts").fetchall()
    assert all(screening.precedence(layer, field) == number for layer, field, number in kept)


def test_count_calls_is_the_runs_bill(connection):
    """Calls that ended, those billed, their price, and what its tasks' last tries found in the ledger."""
    call(connection, "1", "answered", billed=True, usd="0.001")
    call(connection, "2", "unavailable", billed=False, holds=False)
    call(connection, "3", "calling")
    call(connection, "4", "answered", billed=True, usd="0.001", run_id="other")
    for found in (9, 2):
        of_task = {"pipeline": "comets", "run_id": "r", "task_id": "t", "map_index": 0}
        said = {"answered_from_ledger": found, "seconds_waiting": 0.5}
        assert database.rows(connection, "calls/save_task", {**of_task, **said}) == [{"run_id": "r"}]
    ((calls, billed, usd, stored),) = [tuple(row.values()) for row in do(connection, "count_calls", run_id="r")]
    assert (calls, billed, str(usd), stored) == (2, 1, "0.001000", 2)


@pytest.mark.parametrize(
    ("findings", "is_replay", "expected"),
    [
        ([{"layer": "face", "measured": 1.5, "detector": "yunet", "day": D1}], False, [1.5]),
        ([{"layer": "face", "measured": 1.5, "detector": "yunet", "version": "0"}], False, []),
        ([{"layer": "face", "measured": 1.5, "detector": "yunet", "version": "0"}], True, [1.5]),
        ([{"layer": "undetermined", "field": "cover"}], False, [None]),
        ([{"layer": "undetermined", "field": "cover", "day": D1}], False, []),
        ([{"layer": "undetermined", "field": "profile"}], False, []),
        (
            [
                {"layer": "undetermined", "field": "cover"},
                {"layer": "accepted", "measured": 4, "detector": "yunet", "day": D3},
            ],
            True,
            [None],
        ),
    ],
)
def test_read_face_findings(connection, findings, is_replay, expected):
    """Under the same rules from any day; undetermined only from the day itself, whose own findings come first."""
    for finding in findings:
        verdict(connection, "v", "1", finding.pop("layer"), **finding)
    rows = do(connection, "read_face_findings", video_ids=["v"], rules_version="1", day=D2, is_replay=is_replay)
    assert [row["measured"] for row in rows] == expected


def test_misses_are_counted_once_a_day_and_forgotten_when_measured(connection):
    """Two failures of one day are one miss in a row; a measurement removes the line of its day alone."""
    creator(connection, "1")
    missed = {"counts_as_look": True, "user_ids": ["1", "unknown"], "reasons": ["why", "why"]}
    for outcome in ("failed", "failed", "gone"):
        do(connection, "record_misses", day=D2, outcomes=[outcome] * 2, **missed)
    assert connection.execute("select misses_in_row, status from creators").fetchall() == [(1, "active")]
    do(connection, "record_misses", day=D3, outcomes=["failed"] * 2, **missed)
    assert connection.execute("select misses_in_row from creators").fetchall() == [(2,)]
    assert connection.execute("select user_id, outcome from roll_call_misses order by day").fetchall() == [
        ("1", "gone"),
        ("1", "failed"),
    ]
    columns = {"followers": [10_000], "hearts": [1], "videos": [1], "observed_at": [NOON], "source_trends": [None]}
    (row,) = do(connection, "store_snapshots", day=D2, origin="roll_call", user_ids=["1"], **columns)
    assert (row["outcome"], row["follower_count"], row["daily_growth_followers"]) == ("stored", 10_000, 0)
    assert connection.execute("select day, outcome from roll_call_misses").fetchall() == [(D3, "failed")]


def test_a_doubted_look_is_a_failure_that_is_no_miss(connection):
    """Stored as failed and marked; the creator's row is as before; and on a later day it is not taken for shown."""
    creator(connection, "1")
    batch(connection, 0, ["1"])
    connection.execute("update roll_call_batches set day = %s", [D3])
    assert do(connection, "read_open_creators", day=D3, batch=0)[0]["seen_last"] == "shown"
    look = {"day": D2, "counts_as_look": True, "user_ids": ["1"], "reasons": ["why"]}
    do(connection, "record_misses", outcomes=["doubted"], **look)
    assert connection.execute(
        "select misses_in_row, last_missed_on, status, outcome, is_doubted from creators"
        " inner join roll_call_misses using (user_id)"
    ).fetchall() == [(0, None, "active", "failed", True)]
    assert do(connection, "read_open_creators", day=D3, batch=0)[0]["seen_last"] == "unknown"
    do(connection, "record_misses", outcomes=["gone"], **look)
    assert connection.execute("select outcome, is_doubted from roll_call_misses").fetchall() == [("gone", False)]
    assert do(connection, "read_open_creators", day=D3, batch=0)[0]["seen_last"] == "absent"
    snapshot(connection, "1", D2)
    connection.execute("update creators set status = 'active', misses_in_row = 0, last_measured_on = %s", [D2])
    assert do(connection, "read_open_creators", day=D3, batch=0)[0]["seen_last"] == "shown"


def test_a_sec_user_id_is_one_creators(connection):
    """Corrected where it is free; of two that claim the same one the first has it; what another row holds stays there."""
    for user_id in "1234":
        creator(connection, user_id, sec_user_id=None if user_id == "3" else f"s{user_id}")

    def tell(statement: str, *told: tuple[str, str | None], hour: int, **more: Any) -> dict[str, str | None]:
        size = len(told)
        texts = {"nicknames": ["n"] * size, "avatar_urls": [None] * size, "signatures": ["s"] * size, **more}
        ids = {"user_ids": [user_id for user_id, _ in told], "sec_user_ids": [sec_id for _, sec_id in told]}
        seen_at = [NOON.replace(hour=hour)] * size
        do(connection, statement, day=D2, handles=["h"] * size, seen_at=seen_at, **ids, **texts)
        return dict(connection.execute("select user_id, sec_user_id from creators").fetchall())

    seen = tell(
        "refresh_creators", ("1", "new"), ("2", "s4"), ("3", "new"), ("4", None), hour=13, statuses=["active"] * 4
    )
    assert seen == {"1": "new", "2": "s2", "3": None, "4": "s4"}
    seen = tell("save_creators", ("1", "newer"), ("5", "s4"), ("6", "six"), ("7", "six"), hour=14, keyword="a")
    assert seen == {"1": "newer", "2": "s2", "3": None, "4": "s4", "5": None, "6": "six", "7": None}
    assert tell("save_creators", ("1", "older"), hour=12, keyword="a")["1"] == "newer"


def test_refresh_creators_never_enters_one_and_never_goes_back(connection):
    """An erased creator stays erased; an older reading changes nothing; a new handle is in the history once."""
    creator(connection, "1", last_updated_at=NOON)

    def refresh(hour: int, handle: str) -> list[dict]:
        texts = {"nicknames": ["n"] * 2, "avatar_urls": [None] * 2, "signatures": ["s"] * 2, "statuses": ["active"] * 2}
        return do(
            connection,
            "refresh_creators",
            day=D2,
            user_ids=["1", "erased"],
            sec_user_ids=["s1", "s2"],
            handles=[handle] * 2,
            seen_at=[NOON.replace(hour=hour)] * 2,
            **texts,
        )

    assert refresh(11, "older") == []
    assert refresh(13, "newer") == [{"user_id": "1"}]
    assert refresh(13, "newer") == []
    assert connection.execute("select user_id, handle, sec_user_id from creators").fetchall() == [("1", "newer", "s1")]
    assert connection.execute("select handle, seen_from from handle_history").fetchall() == [("newer", D2)]


def test_settle_source_trends_gives_a_creator_to_the_highest_rank(connection):
    """Found under two keywords: the better ranked one has it, in the snapshot and at first sight."""
    do(connection, "save_trends", day=D2, keywords=["a", "b"], ranks=[2, 1], sources=["trends"] * 2)
    creator(connection, "1", first_seen_on=D2, first_seen_keyword="a")
    snapshot(connection, "1", D2, source_trend="a")
    verdict(connection, "v", "1", "accepted", keyword="a")
    verdict(connection, "v", "1", "accepted", keyword="b")
    assert do(connection, "settle_source_trends", day=D2) == [{"user_id": "1"}]
    assert do(connection, "settle_source_trends", day=D2) == []
    assert connection.execute(
        "select first_seen_keyword, source_trend from creators inner join creator_stats using (user_id)"
    ).fetchall() == [("b", "b")]


def test_a_run_is_marked_closed_and_its_budget_read(connection):
    """Budget left is never below 0 and NULL without one; mark and report are stored in the run's line."""
    run(connection, 5)
    run(connection, run_id="free")
    connection.execute("update runs set calls_made = 7 where run_id = 'r'")
    assert do(connection, "read_budget_left", run_id="r") == [{"calls_left": 0}]
    assert do(connection, "read_budget_left", run_id="free") == [{"calls_left": None}]
    found = {"coverage": 0.5, "measured": 1, "due": 2}
    do(connection, "mark_run", run_id="r", **found, is_purge_day=True, roster=3, failed_checks=["too few"])
    end = {"counts": psycopg.types.json.Jsonb({"a": 1}), "report": "text", "failed_tasks": ["check_day"]}
    database.rows(connection, "runs/close_run", {"pipeline": "comets", "run_id": "r", "state": "incomplete", **end})
    assert connection.execute(
        "select coverage::float8, is_purge_day, roster, state, counts, report, finished_at is not null, failed_checks,"
        " failed_tasks from runs where run_id = 'r'"
    ).fetchall() == [(0.5, True, 3, "incomplete", {"a": 1}, "text", True, ["too few"], ["check_day"])]


def test_the_ledger_of_a_day_is_summed_up(connection):
    """One sum per endpoint, keyword and outcome; calls under way count for nothing; a sum that is no more goes."""
    insert = (
        "insert into api_calls"
        " (pipeline, day, endpoint, subject, outcome, owner, run_id, task_id, keyword, is_billed, price_usd, latency_ms)"
        " values ('comets', %s, %s, %s, %s, 'o', 'r', 't', %s, %s, 0.001, 10)"
    )
    for subject, outcome, keyword, billed in (
        ("a", "answered", "ice", True),
        ("b", "answered", "ice", True),
        ("c", "timed_out", "ice", False),
        ("d", "answered", None, True),
        ("e", "calling", "ice", None),
    ):
        connection.execute(insert, [D2, "search", subject, outcome, keyword, billed])
    assert summarise(connection) == [{"changed": 3}]
    assert summarise(connection) == [{"changed": 0}]
    sums = "select endpoint, keyword, outcome, calls, billed, usd::float8, latency_ms from call_summaries order by 2, 3"
    assert connection.execute(sums).fetchall() == [
        ("search", "", "answered", 1, 1, 0.001, 10),
        ("search", "ice", "answered", 2, 2, 0.002, 20),
        ("search", "ice", "timed_out", 1, 0, 0.001, 10),
    ]
    connection.execute("update api_calls set outcome = 'answered' where subject = 'c'")
    assert summarise(connection) == [{"changed": 2}]
    assert [row[3] for row in connection.execute(sums).fetchall()] == [1, 3]


def test_small_reads_and_locks(connection):
    """Snapshots of those asked for; locks in one order for everybody, of those who exist."""
    creator(connection, "2")
    creator(connection, "1")
    snapshot(connection, "1", D2, 7)
    assert [row["follower_count"] for row in do(connection, "read_snapshots", day=D2, user_ids=["1", "2"])] == [7]
    assert do(connection, "lock_creators", user_ids=["2", "x", "1"]) == [{"user_id": "1"}, {"user_id": "2"}]
