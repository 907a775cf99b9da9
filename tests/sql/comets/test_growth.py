"""Growth and gaps: rows in, rows out, against the contract's example and a plain Python model."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import psycopg
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from include import database
from include.comets import snapshots
from tests.examples import examples
from tests.sql.comets.growth_model import expected_rows

NOVEMBER = date(2026, 11, 1)


def store(connection: psycopg.Connection, day: date, counts: dict[str, tuple[int, int, int]]) -> list[dict]:
    with database.transaction(connection):
        return snapshots.store(
            connection,
            day,
            "roll_call",
            [
                snapshots.Snapshot(user_id, *values, datetime(day.year, day.month, day.day, 2, tzinfo=UTC), None)
                for user_id, values in counts.items()
            ],
        )


def table(connection: psycopg.Connection, user_id: str) -> list[tuple]:
    return connection.execute(
        "select recorded_date, follower_count, heart_count, video_count, daily_growth_followers,"
        " daily_growth_percent, compared_with, is_estimated from creator_stats where user_id = %s"
        " order by recorded_date",
        [user_id],
    ).fetchall()


def nov(day: int) -> date:
    return NOVEMBER.replace(day=day)


def test_the_contracts_example(connection):
    """Observed on 1, 2 and 5 November: 3 and 4 are estimated; the answer of the 4th mends all three."""
    for day, followers in ((1, 10_000), (2, 10_300), (5, 10_900)):
        store(connection, nov(day), {"1": (followers, 0, 0)})

    def growth() -> list[tuple]:
        return [(r[0].day, r[1], r[4], str(r[5]), r[6] and r[6].day, r[7]) for r in table(connection, "1")]

    assert growth() == [
        (1, 10_000, 0, "0.00", None, False),
        (2, 10_300, 300, "3.00", 1, False),
        (3, 10_500, 200, "1.94", 2, True),
        (4, 10_700, 200, "1.90", 3, True),
        (5, 10_900, 200, "1.87", 4, False),
    ]
    store(connection, nov(4), {"1": (10_650, 0, 0)})
    assert growth() == [
        (1, 10_000, 0, "0.00", None, False),
        (2, 10_300, 300, "3.00", 1, False),
        (3, 10_475, 175, "1.70", 2, True),
        (4, 10_650, 175, "1.67", 3, False),
        (5, 10_900, 250, "2.35", 4, False),
    ]


counts = st.tuples(st.integers(1_000_000, 1_900_000), st.integers(0, 2**63 - 1), st.integers(0, 10_000))


@examples(25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    observed=st.dictionaries(st.integers(0, 90), counts, min_size=1, max_size=9),
    order=st.randoms(use_true_random=False),
)
def test_any_order_of_days_ends_in_the_rows_of_the_model(connection, observed, order):
    """Observed, late and repeated days in any order: the same rows as the plain model's, sums included."""
    connection.execute("truncate creator_stats")
    days = [(NOVEMBER - timedelta(days=60) + timedelta(days=offset), values) for offset, values in observed.items()]
    arrivals = [*days, order.choice(days)]
    order.shuffle(arrivals)
    for day, values in arrivals:
        store(connection, day, {"1": values})
    rows = table(connection, "1")
    assert rows == expected_rows(dict(days))
    assert sum(row[4] for row in rows) == rows[-1][1] - rows[0][1]
    for day, _ in days:
        assert snapshots.settle_growth(connection, day) == 0


def test_growth_never_overflows(connection):
    """From one follower to the largest count there is: the percentage is exact."""
    store(connection, nov(1), {"1": (1, 0, 0)})
    store(connection, nov(2), {"1": (2**63 - 1, 0, 0)})
    assert table(connection, "1")[1][4:6] == (2**63 - 2, Decimal("922337203685477580600.00"))


def test_exactly_half_is_no_suspect(connection):
    """The rule says more than half."""
    store(connection, nov(1), {"1": (10_000, 5, 5)})
    assert [row["outcome"] for row in store(connection, nov(2), {"1": (5_000, 5, 5)})] == ["stored"]


def test_the_same_creator_twice_in_a_chunk_is_one_row(connection):
    """Duplicates in one chunk: the first reading stands."""
    at = datetime(2026, 11, 1, 2, tzinfo=UTC)
    with database.transaction(connection):
        snapshots.store(
            connection,
            nov(1),
            "roll_call",
            [
                snapshots.Snapshot("1", 20, 1, 1, at + timedelta(seconds=1), None),
                snapshots.Snapshot("1", 10, 1, 1, at, None),
            ],
        )
    assert [row[1] for row in table(connection, "1")] == [10]
