"""Databases that have the original three tables: every row is kept, growth follows the contract, queries run."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from include.adoption import names_made
from include.local import postgres
from include.local.played_days import Days
from include.migrations import FOLDER, SchemaError, check, migrate, read_migrations
from tests.fixtures.postgres import fresh_database
from tests.sql.comets.growth_model import expected_rows

pytestmark = pytest.mark.usefixtures("lasting_day")

# What users run already, word for word.
USER_QUERIES = {
    "today's creators by growth": """
        SELECT c.handle, c.nickname, s.follower_count, s.daily_growth_followers, s.daily_growth_percent
        FROM creators c JOIN creator_stats s ON c.user_id = s.user_id
        WHERE s.recorded_date = CURRENT_DATE
        ORDER BY s.daily_growth_percent DESC, c.user_id""",
    "top 20 of seven days": """
        SELECT c.handle, SUM(s.daily_growth_followers) AS weekly_growth
        FROM creators c JOIN creator_stats s ON c.user_id = s.user_id
        WHERE s.recorded_date >= CURRENT_DATE - INTERVAL '7 days'
        GROUP BY c.user_id, c.handle
        ORDER BY weekly_growth DESC, c.handle LIMIT 20""",
    "per source_trend": """
        SELECT source_trend, COUNT(*) AS creators_found, ROUND(AVG(follower_count)) AS average_followers
        FROM creator_stats
        WHERE recorded_date = CURRENT_DATE AND source_trend IS NOT NULL
        GROUP BY source_trend ORDER BY creators_found DESC, source_trend""",
}


@dataclass(frozen=True)
class Shape:
    """How somebody made the three tables."""

    creators: str
    stats: str
    trends: str
    more: str = ""


CREATORS_PLAIN = """
    create table creators (
        user_id varchar(50) primary key, handle varchar(100) not null unique, nickname varchar(255),
        avatar_url text, signature text, last_updated_at timestamp default now())"""
STATS_PLAIN = """
    create table creator_stats (
        id serial primary key,
        user_id varchar(50) references creators (user_id) on delete cascade,
        recorded_date date not null default current_date,
        follower_count integer, heart_count bigint, video_count integer,
        daily_growth_followers integer default 0, daily_growth_percent decimal(5,2) default 0,
        source_trend varchar(255), unique (user_id, recorded_date))"""
TRENDS_PLAIN = """
    create table daily_trends (
        id serial primary key, trend_keyword varchar(255) not null, discovered_at timestamp default now(),
        rank integer)"""

WITH_TIMES = "serial key, unique index, own and clashing columns"  # its recorded_date has a time: no day finds it
SHAPES = {
    "as in the guide": Shape(CREATORS_PLAIN, STATS_PLAIN, TRENDS_PLAIN),
    "wide ids, zoned times, indexes with names we want": Shape(
        CREATORS_PLAIN.replace("varchar(50)", "varchar(255)").replace("timestamp", "timestamptz"),
        STATS_PLAIN.replace("varchar(50)", "varchar(255)").replace("integer", "bigint"),
        TRENDS_PLAIN.replace("timestamp", "timestamptz"),
        "create index creators_handle on creators (lower(handle)); create index creator_stats_day on"
        " creator_stats (recorded_date); create index runs_by_day on daily_trends (discovered_at)",
    ),
    "no keys at all": Shape(
        "create table creators (user_id varchar(50), handle varchar(100), nickname varchar(255), avatar_url text,"
        " signature text, last_updated_at date)",
        "create table creator_stats (user_id varchar(50), recorded_date date, follower_count int, heart_count int,"
        " video_count int, daily_growth_followers int, daily_growth_percent decimal(5,2), source_trend varchar(255))",
        "create table daily_trends (trend_keyword varchar(255), discovered_at date, rank int)",
    ),
    WITH_TIMES: Shape(
        "create table creators (id serial primary key, user_id varchar(255) unique, handle varchar(100) not null,"
        " nickname varchar(255), avatar_url text, signature text, last_updated_at timestamptz,"
        " status varchar(20) default 'new', notes jsonb, agency text not null)",
        "create table creator_stats (id serial, user_id varchar(255), recorded_date timestamptz, follower_count bigint,"
        " heart_count bigint, video_count bigint, daily_growth_followers bigint, daily_growth_percent decimal(5,2),"
        " source_trend varchar(255), origin text default 'import', memo text not null default 'm')",
        "create table daily_trends (id bigserial primary key, trend_keyword text, discovered_at timestamptz,"
        " rank smallint, fetched_at text default 'then', region text not null default 'us',"
        " unique (trend_keyword, discovered_at))",
        "create unique index one_handle on creators (lower(handle)); alter table creators alter agency set default 'a'",
    ),
}

# (user, days before today, followers, hearts, videos, growth as the original counted it, percent, trend)
HISTORY: list[tuple[str, int, int, int, int, int, str, str | None]] = [
    ("101", 200, 10_000, 50_000, 10, 0, "0", "ramen"),
    ("101", 199, 10_150, 50_500, 10, 150, "1.50", None),
    ("101", 195, 10_950, 52_000, 12, 800, "7.88", None),
    ("101", 120, 12_000, 60_000, 20, 1050, "9.59", None),
    ("101", 2, 15_000, 80_000, 30, 3000, "25.00", None),
    ("101", 1, 15_500, 81_000, 30, 500, "3.33", None),
    ("101", 0, 16_000, 82_000, 31, 500, "3.23", "sushi"),
    ("102", 40, 0, 0, 0, 0, "0", None),
    ("102", 3, 20_000, 1_000, 5, 20_000, "0", "ramen"),
    ("102", 0, 26_000, 1_500, 5, 6_000, "30.00", "ramen"),
    ("103", 0, 99_000, 9, 9, 0, "0", "ramen"),
    ("orphan", 5, 33_000, 7, 7, 0, "0", None),
]


def day_before(days: int) -> date:
    """So many days before today, in UTC."""
    return datetime.now(UTC).date() - timedelta(days=days)


@pytest.fixture
def original(empty_database_url: str) -> Iterator[Callable[..., psycopg.Connection]]:
    """Makes the tables of a shape in an empty database, with HISTORY in them; returns an autocommit connection."""
    connection = psycopg.connect(empty_database_url, autocommit=True)

    def make(shape: Shape, **stats: Any) -> psycopg.Connection:
        connection.execute("set timezone to 'UTC'")
        fill(connection, shape, **stats)
        return connection

    yield make
    connection.close()


def fill(connection: psycopg.Connection, shape: Shape, *, orphans: bool | None = None) -> None:
    for command in (shape.creators, shape.stats, shape.trends, *filter(None, shape.more.split(";"))):
        connection.execute(command)
    for user_id in ("101", "102", "103"):
        connection.execute(
            "insert into creators (user_id, handle, nickname, last_updated_at) values (%s, %s, %s, %s)",
            [user_id, f"h.{user_id}", f"Näme {user_id}", "2026-01-31 23:30"],
        )
    has_key = "references" in shape.stats if orphans is None else not orphans
    for user_id, ago, *counts, growth, percent, trend in HISTORY:
        if user_id == "orphan" and has_key:
            continue
        connection.execute(
            "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count,"
            " daily_growth_followers, daily_growth_percent, source_trend) values (%s, %s, %s, %s, %s, %s, %s, %s)",
            [user_id, day_before(ago), *counts, growth, percent, trend],
        )
    trends = [("ramen", day_before(0), 1), ("sushi", day_before(0), 2), ("ramen", day_before(1), 3)]
    with connection.cursor() as cursor:
        cursor.executemany("insert into daily_trends (trend_keyword, discovered_at, rank) values (%s, %s, %s)", trends)


def rows(connection: psycopg.Connection, query: str, *parameters: Any) -> list[tuple]:
    return connection.execute(query, parameters or None).fetchall()


def everything(connection: psycopg.Connection) -> dict[str, list[tuple]]:
    """All rows of all tables, and the definition of every column, index, constraint and function."""
    tables = rows(
        connection,
        "select quote_ident(relname) from pg_class where relnamespace = 'public'::regnamespace"
        " and relkind in ('r', 'p')"
        " order by 1",
    )
    found = {
        name: rows(connection, f"select t::text from {name} as t order by 1")  # noqa: S608 - names of our tables
        for (name,) in tables
    }
    found["columns"] = rows(
        connection,
        "select table_name, column_name, data_type, column_default, is_nullable from information_schema.columns"
        " where table_schema = 'public' order by 1, 2",
    )
    found["indexes"] = rows(
        connection, "select indexname, indexdef from pg_indexes where schemaname = 'public' order by 1"
    )
    found["constraints"] = rows(
        connection, "select conname, pg_get_constraintdef(oid) from pg_constraint order by 1, 2"
    )
    found["functions"] = rows(
        connection, "select proname, prosrc from pg_proc where pronamespace = 'public'::regnamespace order by 1"
    )
    return found


def observed() -> dict[str, dict[date, tuple[int, int, int]]]:
    found: dict[str, dict[date, tuple[int, int, int]]] = defaultdict(dict)
    for user_id, ago, followers, hearts, videos, *_ in HISTORY:
        found[user_id][day_before(ago)] = (followers, hearts, videos)
    return found


def growth_of(connection: psycopg.Connection, user_id: str) -> list[tuple]:
    return rows(
        connection,
        "select recorded_date, follower_count, heart_count, video_count, daily_growth_followers, daily_growth_percent,"
        " compared_with, is_estimated from creator_stats where user_id = %s order by recorded_date",
        user_id,
    )


# What is asked of the owner's tables before and after they are adopted.
COMPARED = {
    "creators": "select user_id::text, handle::text, nickname::text from creators order by 1",
    "snapshots": "select user_id::text, recorded_date::date, follower_count::bigint, heart_count::bigint,"
    " video_count::bigint, source_trend::text from creator_stats %s order by 1, 2",
    "trends": "select trend_keyword::text, discovered_at::date, rank::integer from daily_trends order by 1, 2",
}


@dataclass(frozen=True)
class Adopted:
    """A database that was adopted, to be copied, and what the queries found before."""

    database: str
    known: set[str]
    compared: list[list[tuple]]
    users: dict[str, tuple[list[str], list[tuple]]]  # columns and rows


@pytest.fixture(scope="module")
def adoptions(
    postgres_server: postgres.Server, administrator: psycopg.Connection
) -> Iterator[Callable[[str, date], Adopted]]:
    """A database of each shape is migrated once a day: who only looks at what became of it has a copy."""
    with ExitStack() as databases:

        @cache
        def adopt(name: str, _today: date) -> Adopted:
            database = databases.enter_context(fresh_database(administrator, "template1"))
            with psycopg.connect(postgres_server.url_for(database), autocommit=True) as connection:
                connection.execute("set timezone to 'UTC'")
                fill(connection, SHAPES[name])
                known = {user for (user,) in rows(connection, "select distinct user_id from creator_stats")}
                compared = [rows(connection, query.replace("%s", "")) for query in COMPARED.values()]
                # Where the days have times, no day of theirs is found.
                users = {} if name == WITH_TIMES else {each: answer(connection, each) for each in USER_QUERIES}
                migrate(connection)
                check(connection)
            return Adopted(database, known, compared, users)

        yield adopt


def answer(connection: psycopg.Connection, query: str) -> tuple[list[str], list[tuple]]:
    """Columns and rows of one of USER_QUERIES."""
    cursor = connection.execute(USER_QUERIES[query])
    return [column.name for column in cursor.description or ()], cursor.fetchall()


@pytest.fixture
def adopted(
    adoptions: Callable[[str, date], Adopted], postgres_server: postgres.Server, administrator: psycopg.Connection
) -> Iterator[Callable[[str], tuple[Adopted, psycopg.Connection]]]:
    """What was before the adoption of a shape, and an autocommit connection to what is after it, a copy of one's own."""
    with ExitStack() as opened:

        def copied(name: str) -> tuple[Adopted, psycopg.Connection]:
            adoption = adoptions(name, day_before(0))
            database = opened.enter_context(fresh_database(administrator, adoption.database))
            url = postgres_server.url_for(database)
            connection = opened.enter_context(psycopg.connect(url, autocommit=True))
            connection.execute("set timezone to 'UTC'")
            return adoption, connection

        yield copied


@pytest.mark.parametrize("name", SHAPES)
def test_every_row_is_found_again(adopted, name):
    """Creators, snapshots and trends of every shape are there after the migration, with their values."""
    before, connection = adopted(name)
    after = [rows(connection, query.replace("%s", "where not is_estimated")) for query in COMPARED.values()]
    ours = [row for row in after[0] if row[0] != "orphan"]
    assert before.compared == [ours, after[1], after[2]]
    assert rows(
        connection, "select count(*) from adopted_leftovers where reason <> 'adopted; growth counted anew'"
    ) == [(0,)]


@pytest.mark.parametrize("name", SHAPES)
def test_growth_follows_the_contract(adopted, name):
    """Gaps are filled 30 days back and growth is counted anew, as the model does it; the old growth is kept aside."""
    before, connection = adopted(name)
    expected = {user: expected_rows(days) for user, days in observed().items() if user in before.known}
    assert expected == {user: growth_of(connection, user) for user in before.known}
    left = rows(
        connection,
        "select row_data ->> 'user_id', (row_data ->> 'recorded_date')::date,"
        " (row_data ->> 'daily_growth_followers')::int"
        " from adopted_leftovers order by 1, 2",
    )
    day = [day_before(ago) for ago in range(200)]
    assert left == [
        ("101", day[195], 800),
        ("101", day[120], 1050),
        ("101", day[2], 3000),
        ("102", day[3], 20_000),
        ("102", day[0], 6_000),
    ]


@pytest.mark.parametrize("name", SHAPES)
def test_migrating_an_adopted_database_again_changes_nothing(adopted, name):
    """The second migration leaves every row, column, index and constraint as it was."""
    _, connection = adopted(name)
    before = everything(connection)
    assert migrate(connection) == []
    assert before == everything(connection)


@pytest.mark.parametrize("name", [name for name in SHAPES if name != WITH_TIMES])
@pytest.mark.parametrize("query", USER_QUERIES)
def test_the_users_queries_run_before_and_after(adopted, name, query):
    """The users' queries name the same columns and find the same creators and trends as before."""
    before, connection = adopted(name)
    columns, found = before.users[query]
    now, again = answer(connection, query)
    assert columns == now
    if query == "per source_trend":
        assert found == again
    else:
        handles = {row[0] for row in again} - {None}
        assert {row[0] for row in found} == handles
    assert found != []


def test_the_weekly_sum_is_the_true_difference(adopted):
    """Summed growth of a window with missed days is the difference of the counts at its ends."""
    _, connection = adopted("as in the guide")
    (first,) = rows(
        connection, "select follower_count from creator_stats where user_id='101' and recorded_date = current_date - 8"
    )
    (total,) = rows(
        connection,
        "select sum(daily_growth_followers) from creator_stats"
        " where user_id = '101' and recorded_date > current_date - 8",
    )
    assert total == (16_000 - first[0],)


def test_what_the_new_schema_cannot_hold_is_kept_aside(original):
    """Rows without a count, a day or a creator, negative and doubled ones are found in adopted_leftovers, whole."""
    connection = original(SHAPES["no keys at all"])
    odd: list[tuple] = [
        ("101", day_before(0), None, 1, 1),
        ("101", day_before(7), 1, None, 1),
        ("101", day_before(8), 1, 1, None),
        ("101", day_before(9), -5, 1, 1),
        (None, day_before(0), 1, 1, 1),
        ("101", None, 1, 1, 1),
        ("101", "infinity", 1, 1, 1),
        ("103", day_before(0), 99_500, 10, 10),
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count)"
            " values (%s, %s, %s, %s, %s)",
            odd,
        )
        cursor.execute("insert into creators (user_id, handle) values (null, 'nobody'), ('102', 'h.102.new')")
        cursor.execute(
            "insert into daily_trends values"
            " ('ramen', current_date, 7), ('ramen', current_date, null), (null, current_date, 1)"
        )
    migrate(connection)

    left = rows(
        connection,
        "select table_name, reason, count(*) from adopted_leftovers where reason not like 'adopted%'"
        " group by 1, 2 order by 1, 2",
    )
    assert left == [
        ("creator_stats", "a count is missing or negative", 4),
        ("creator_stats", "no creator or no day", 2),
        ("creator_stats", "no day of the calendar", 1),
        ("creator_stats", "the same creator and day again: the later row was adopted", 1),
        ("creators", "no user_id", 1),
        ("creators", "the same user_id again", 1),
        ("daily_trends", "the same keyword and day again, or one of them missing", 3),
    ]
    assert rows(connection, "select follower_count from creator_stats where user_id = '103'") == [(99_500,)]
    assert rows(connection, "select handle from creators where user_id = '102'") == [("h.102.new",)]
    assert rows(connection, "select rank from daily_trends where discovered_at = current_date order by 1") == [
        (1,),
        (2,),
    ]


def test_columns_of_the_owners_own_are_kept(original):
    """Own columns come along; one with a name the schema needs is found again as <name>_original."""
    connection = original(SHAPES[WITH_TIMES])
    connection.execute("""update creators set notes = '{"a": 1}' where user_id = '101'""")
    migrate(connection)
    assert rows(connection, "select status, status_original, notes from creators where user_id = '101'") == [
        ("active", "new", {"a": 1})
    ]
    assert rows(connection, "select distinct origin_original, memo from creator_stats where not is_estimated") == [
        ("import", "m")
    ]
    assert rows(connection, "select distinct fetched_at_original, region from daily_trends") == [("then", "us")]


def test_a_handle_may_change_hands_after_adoption(adopted):
    """Neither a unique constraint nor a unique index on the handle outlives the adoption."""
    for name in ("as in the guide", WITH_TIMES):
        _, connection = adopted(name)
        connection.execute("update creators set handle = 'the.same'")
        assert rows(connection, "select distinct handle from creators where user_id <> 'orphan'") == [("the.same",)]


def test_first_seen_comes_from_the_history(adopted):
    """A creator's first day and keyword are those of its first snapshot."""
    _, connection = adopted("as in the guide")
    assert rows(connection, "select user_id, first_seen_on, first_seen_keyword from creators order by 1") == [
        ("101", day_before(200), "ramen"),
        ("102", day_before(40), None),
        ("103", day_before(0), "ramen"),
    ]


def test_every_month_has_its_partition(adopted):
    """Adopted rows, estimated ones included, lie in monthly partitions and none in the DEFAULT one."""
    _, connection = adopted("as in the guide")
    assert rows(connection, "select count(*) from creator_stats_default") == [(0,)]


def test_a_far_off_day_costs_two_partitions_and_not_thousands(original):
    """A row dated 1970 gets its month and the one a gap could reach, not every month since."""
    connection = original(SHAPES["no keys at all"])
    connection.execute("insert into creator_stats values ('101', '1970-01-15', 5, 5, 5, 0, 0, null)")
    migrate(connection)
    old = rows(
        connection, "select relname from pg_class where relname like 'creator_stats_19__\\___' and relkind = 'r'"
    )
    assert sorted(old) == [("creator_stats_1969_12",), ("creator_stats_1970_01",)]


def test_days_are_days_in_utc_whatever_the_session_says(original):
    """23:30 UTC belongs to its UTC day although the server's own zone is already in the next one."""
    connection = original(SHAPES[WITH_TIMES])
    connection.execute("insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count)"
                       " values ('900', '2026-03-01 23:30+00', 1, 1, 1)")  # fmt: skip
    connection.execute("set timezone to 'Asia/Tokyo'")
    migrate(connection)
    found = rows(connection, "select recorded_date, observed_at from creator_stats where user_id = '900'")
    assert found == [(date(2026, 3, 1), datetime(2026, 3, 1, 23, 30, tzinfo=UTC))]


def test_rights_on_the_old_table_hold_on_the_new_one(original, postgres_server):
    """Roles that could read or write creator_stats still can, its owner included, though it was made anew."""
    connection = original(SHAPES["as in the guide"])
    connection.execute("create role adoption_owner; create role adoption_reader")
    try:
        connection.execute(
            "alter table creator_stats owner to adoption_owner; grant select on creator_stats to adoption_reader"
        )
        migrate(connection)
        rights = rows(
            connection,
            "select has_table_privilege('adoption_owner', 'creator_stats', 'insert'),"
            " has_table_privilege('adoption_reader', 'creator_stats', 'select'),"
            " has_table_privilege('adoption_reader', 'creator_stats', 'insert')",
        )
        assert rights == [(True, True, False)]
    finally:
        connection.execute("drop owned by adoption_owner, adoption_reader cascade")
        connection.execute("drop role adoption_owner, adoption_reader")


def dump(url: str) -> str:
    """The whole database as pg_dump writes it, less the random word with which newer versions fence the script."""
    program = postgres._bundled() / "pg_dump"
    finished = subprocess.run([program, f"--dbname={url}"], capture_output=True, text=True, check=True, timeout=60)
    return re.sub(r"(?m)^\\(un)?restrict .*\n", "", finished.stdout)


def refusal(connection: psycopg.Connection, url: str) -> str:
    """The message with which the database is refused; it is the very same afterwards."""
    before = dump(url)
    with pytest.raises(SchemaError) as caught:
        migrate(connection)
    assert dump(url) == before
    return str(caught.value)


# What somebody did to the tables of the guide, and how the refusal names it and says what to do.
ATTACHED = {
    "a view on a converted column": (
        "create view short as select user_id from creators",
        "- the view short, which rests on creators: save its definition and drop it; create it anew afterwards.",
    ),
    "a view on a column that is not altered but retyped": (
        "create view short as select trend_keyword from daily_trends",
        "- the view short, which rests on daily_trends:",
    ),
    "a view on the stats": (
        "create view short as select sum(follower_count) from creator_stats",
        "- the view short, which rests on creator_stats:",
    ),
    "a materialized view": (
        'create materialized view "Short one" as select user_id from creator_stats',
        '- the materialized view "Short one", which rests on creator_stats:',
    ),
    "a key on the stats": (
        "create table mine (stat integer constraint to_stats references creator_stats (id))",
        "- the foreign key to_stats of your table mine to creator_stats: its key is made anew: alter table mine drop"
        " constraint to_stats.",
    ),
    "a key on the trends": (
        "create table mine (trend integer constraint to_trends references daily_trends (id))",
        "- the foreign key to_trends of your table mine to daily_trends:",
    ),
    "a key that keeps creators out": (
        "create table people (name varchar primary key); insert into people select user_id from creators;"
        "alter table creators add constraint known foreign key (user_id) references people",
        "- the foreign key known of creators: Cometwatch could not write its rows: alter table creators drop constraint known.",
    ),
    "row security": (
        "alter table creator_stats enable row level security",
        "- the row security of creator_stats: it would not hold on the new table's partitions:",
    ),
    "forced row security": (
        "alter table creators force row level security",
        "- the row security of creators, which holds for its owner too: it hides rows from Cometwatch: alter table creators"
        " no force row level security.",
    ),
    "a policy": (
        "create policy mine on creator_stats using (source_trend = 'ramen')",
        "- policy mine on table creator_stats: save its definition and drop it; create it anew afterwards.",
    ),
    "a policy about a converted column": (
        "create policy mine on creators using (user_id = '1')",
        "- policy mine on table creators: save",
    ),
    "a trigger": (
        "create function noted() returns trigger language plpgsql as 'begin return new; end'; create trigger note"
        " before insert on creator_stats for each row execute function noted()",
        "- trigger note on table creator_stats: save its definition and drop it; create it anew afterwards.",
    ),
    "a disabled trigger": (
        "create function noted() returns trigger language plpgsql as 'begin return new; end'; create trigger note"
        " before insert on creator_stats for each row execute function noted();"
        " alter table creator_stats disable trigger note",
        "- trigger note on table creator_stats:",
    ),
    "a constraint trigger": (
        "create function noted() returns trigger language plpgsql as 'begin return new; end'; create constraint trigger note"
        " after insert on creator_stats deferrable initially deferred for each row execute function noted()",
        "- trigger note on table creator_stats:",
    ),
    "a trigger of a converted column": (
        "create function noted() returns trigger language plpgsql as 'begin return new; end'; create trigger note"
        " before update of handle on creators for each row execute function noted()",
        "- trigger note on table creators:",
    ),
    "a trigger with our name": (
        "create function noted() returns trigger language plpgsql as 'begin return new; end'; create trigger keep_words"
        " before insert on creators for each row execute function noted()",
        "- your trigger keep_words on creators: Cometwatch needs that name.",
    ),
    "a rule": (
        "create rule quiet as on delete to creators do instead nothing",
        "- the rule quiet on creators: drop rule quiet on creators.",
    ),
    "a publication": (
        "create publication stream for table creator_stats",
        "- publication of table creator_stats in publication stream: take the table out (alter publication … drop table"
        " creator_stats), and decide afterwards what is to be published.",
    ),
    "published columns": (
        "create publication stream for table creators (user_id, handle)",
        "- what is published of the columns or rows of creators:",
    ),
    "inheritance": (
        "create table archive () inherits (creator_stats)",
        "- the inheritance of archive from creator_stats: alter table archive no inherit creator_stats.",
    ),
    "a generated column": (
        "alter table creators add shown text generated always as (coalesce(nickname, handle)) stored",
        "- the generated column shown of creators:",
    ),
    "an identity": (
        "alter table creator_stats add number bigint generated always as identity",
        "- the identity of the column number of creator_stats: alter table creator_stats alter column number drop identity.",
    ),
    "a second serial": (
        "alter table creator_stats add number serial",
        "- the sequence creator_stats_number_seq of the column number of creator_stats:",
    ),
    "statistics": (
        "create statistics related on user_id, source_trend from creator_stats",
        "- statistics object related: save",
    ),
    "a unique index": (
        "create unique index one_a_day on creator_stats (recorded_date, follower_count)",
        "- the unique index one_a_day on creator_stats: it would refuse rows of Cometwatch's: drop index one_a_day.",
    ),
    "a unique constraint": (
        "alter table daily_trends add constraint one_rank unique (discovered_at, rank)",
        "- the unique index one_rank on daily_trends: it would refuse rows of Cometwatch's: alter table daily_trends drop"
        " constraint one_rank.",
    ),
    "a key of numbers": (
        "alter table creator_stats drop constraint creator_stats_user_id_fkey; alter table creators alter user_id type bigint"
        " using user_id::bigint; create table notes (u bigint constraint whose references creators)",
        "- the foreign key whose of your table notes to creators: its key is made anew, as text: alter table notes drop"
        " constraint whose.",
    ),
    "a check that nobody without a picture passes": (
        "update creators set avatar_url = 'x'; alter table creators add constraint seen check (avatar_url is not null)",
        "- the check seen of creators: it would refuse rows of Cometwatch's: alter table creators drop constraint seen.",
    ),
    "a check of names": (
        "alter table creators add check (length(nickname) < 20)",
        "- the check creators_nickname_check of creators: it would refuse",
    ),
    "a check of counts": (
        "alter table creator_stats add check (follower_count > 100) not valid",
        "- the check creator_stats_follower_count_check of creator_stats: it would refuse",
    ),
    "a check of origins": (
        'alter table creator_stats add constraint "Found 100%" check (source_trend is not null) not valid',
        '- the check "Found 100%" of creator_stats: it would refuse rows of Cometwatch\'s: alter table creator_stats drop'
        ' constraint "Found 100%".',
    ),
    "a check of ranks": (
        "alter table daily_trends add check (rank <= 10)",
        "- the check daily_trends_rank_check of daily_trends: it would refuse",
    ),
    "an exclusion": (
        "alter table creator_stats add constraint apart exclude using btree (id with =)",
        "- the constraint apart of creator_stats: alter table creator_stats drop constraint apart.",
    ),
    "a collation": (
        'alter table creators alter handle type varchar collate "C"',
        '- the collation of the column handle of creators, "C":',
    ),
    "a replica identity": (
        "alter table creator_stats replica identity full",
        "- the replica identity of creator_stats: alter table creator_stats replica identity default.",
    ),
    "storage parameters": (
        "alter table creator_stats set (fillfactor = 70, autovacuum_enabled = off)",
        "- the storage parameters of creator_stats, fillfactor=70, autovacuum_enabled=off: a partitioned table has none:"
        " alter table creator_stats reset (fillfactor, autovacuum_enabled).",
    ),
    "not logged": ("alter table creator_stats set unlogged", "alter table creator_stats set logged."),
    "a function of its rows": (
        "create function best() returns setof creator_stats language sql as 'select * from creator_stats limit 1'",
        "- function best(), which rests on creator_stats: save",
    ),
    "a function whose body is known": (
        "create function count_them() returns bigint begin atomic select count(handle) from creators; end",
        "- function count_them(), which rests on creators: save",
    ),
    "a column of its rows": (
        "create table mine (kept creators)",
        "column kept of table mine: save",
    ),
    "a table for a type": (
        "create type stat as (n integer); create table mine of stat; create table more (x stat[]);"
        "drop table daily_trends; create type trend as (trend_keyword text, discovered_at date);"
        "create table daily_trends of trend",
        "- the type of daily_trends, trend: alter table daily_trends not of.",
    ),
    "a view in the place of a table": (
        "alter table daily_trends rename to kept_trends; create view daily_trends as select * from kept_trends",
        "- the view daily_trends: Cometwatch needs an ordinary table of that name:",
    ),
    "a partitioned table": (
        "drop table daily_trends; create table daily_trends (trend_keyword text, discovered_at date)"
        " partition by range (discovered_at)",
        "- the partitioned table daily_trends:",
    ),
    "another schema": (
        "create schema app; alter table creators set schema app; set search_path = public, app",
        "- the schema of creators, app: new tables would be made in public: set search_path",
    ),
    "an index that cannot be made anew": (
        "create index by_hour on daily_trends (date_trunc('hour', discovered_at))",
        "- the index by_hour of daily_trends: it cannot be kept (",
    ),
    "a table with our name": (
        "create table runs (day date)",
        "- your table runs: Cometwatch needs that name. Rename it, or use another database or schema.",
    ),
    "a table of a later migration": ("create table standings (day date)", "- your table standings:"),
    "a view with our name": ("create view digests as select 1 as one", "- your view digests:"),
    "a type with our name": ("create type overrules as enum ('a')", "- your type overrules:"),
    "a sequence with our name": ("create sequence api_calls_call_id", "- your sequence api_calls_call_id:"),
    "an index with our name": (
        "create table mine (a int); create index standings_score on mine (a)",
        "- your index standings_score:",
    ),
    "a function with our name": (
        "create function words_of(integer) returns text language sql as 'select $1::text'",
        "- your function words_of(integer):",
    ),
    "a procedure with our name": (
        "create procedure take_turn() language sql as 'select 1'",
        "- your procedure take_turn():",
    ),
    "a month with our name": ("create table creator_stats_2019_03 (a int)", "- your table creator_stats_2019_03:"),
    "another program's record of migrations": (
        "create table schema_migrations (version varchar primary key); insert into schema_migrations values ('2024010')",
        'The database has a table "schema_migrations" of another program',
    ),
    "words instead of counts": (
        "alter table creator_stats alter follower_count type text using case follower_count when 10150 then '10.1K' else"
        " follower_count::text end",
        "- the column follower_count of creator_stats (text): 1 of its values are not a whole number; with 9 for a digit and x"
        " for a letter they look like '99.9x'. Correct them, or set them to null; to see some: select * from creator_stats"
        " where ctid in ('(0,2)').",
    ),
    "days of another calendar": (
        "alter table creator_stats alter recorded_date drop default, alter recorded_date type text using"
        " to_char(recorded_date, 'DD.MM.YYYY')",
        "- the column recorded_date of creator_stats (text): 11 of its values are not a day (2026-11-02); with 9 for a digit"
        " and x for a letter they look like '99.99.9999'.",
    ),
    "no count at all": (
        "alter table creator_stats alter video_count type double precision; update creator_stats set video_count = 'NaN'"
        " where user_id = '103'",
        "- the column video_count of creator_stats (double precision): 1 of its values are not a whole number;",
    ),
    "a yes for a rank": (
        "alter table daily_trends alter rank type boolean using true",
        "- the column rank of daily_trends (boolean): 3 of its values are not a whole number;",
    ),
}


@pytest.mark.parametrize("name", ATTACHED)
def test_what_is_in_the_way_is_named_and_nothing_is_changed(original, empty_database_url, name):
    """What the owner attached and cannot be carried over is named with what to do; the database is the same in pg_dump."""
    command, message = ATTACHED[name]
    connection = original(SHAPES["as in the guide"])
    connection.execute(command)
    assert message in refusal(connection, empty_database_url)


def test_all_that_is_in_the_way_is_named_at_once(original, empty_database_url):
    """One try tells everything: names, what hangs on the tables, and values that do not fit."""
    connection = original(SHAPES["as in the guide"])
    for name in ("a policy", "a table of a later migration", "words instead of counts"):
        connection.execute(ATTACHED[name][0])
    message = refusal(connection, empty_database_url)
    assert message.startswith(
        "This database cannot be set up yet, and nothing was changed. In the way:\n- your table standings"
    )
    assert message.count("\n- ") == 3
    assert message.endswith("Then run setup again.")


@pytest.mark.parametrize(
    "name",
    ["accounts", "account_exports", "social_media_stats", "content_performance", "viral_content", "audience_insights"],
)
def test_a_table_of_somebody_elses_accounts_is_named(empty_database_url, name):
    """A table that has a name of account_analytics and is not ours is named, on a new database and before an upgrade."""
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute(f"create table {name} (mine int)".encode())
        with pytest.raises(SchemaError, match=f"- your table {name}: Cometwatch needs that name"):
            migrate(connection)
        assert rows(connection, "select to_regclass('creators')") == [(None,)]


def test_a_failure_of_the_last_migration_leaves_the_database_as_it_was(original, empty_database_url, tmp_path):
    """What nobody foresaw is caught by the one transaction: not even the record of migrations is left."""
    connection = original(SHAPES["as in the guide"])
    folder = shutil.copytree(FOLDER, tmp_path / "migrations")
    (folder / "9001_break.sql").write_text("select 1 / 0;")
    before = dump(empty_database_url)
    with pytest.raises(SchemaError, match="9001_break failed: division by zero"):
        migrate(connection, folder)
    assert dump(empty_database_url) == before


def test_an_upgrade_names_what_is_in_its_way(empty_database_url, tmp_path):
    """A later migration's names are looked for before any of the missing ones is applied."""
    folder = shutil.copytree(FOLDER, tmp_path / "migrations")
    (folder / "9001_more.sql").write_text("create table more (a int);")
    (folder / "9002_other.sql").write_text("create table other (a int);")
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        migrate(connection)
        connection.execute("create table other (mine int)")
        with pytest.raises(SchemaError, match="- your table other: Cometwatch needs that name"):
            migrate(connection, folder)
        assert rows(connection, "select to_regclass('more')") == [(None,)]
        connection.execute("drop table other")
        assert migrate(connection, folder) == ["9001_more", "9002_other"]


def test_the_names_looked_for_are_those_that_migrations_make(connection):
    """A migrated database has no table, index, sequence or function in it whose name is not looked for beforehand."""
    names = names_made([migration.sql for migration in read_migrations()])
    relations = rows(
        connection,
        "select relname from pg_class where relnamespace = 'public'::regnamespace and not relispartition"
        # Keys and identities get a free name by themselves, months are looked for by their pattern.
        " and not exists (select from pg_constraint where conindid = pg_class.oid)"
        " and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'i')"
        " and relname <> 'schema_migrations'",
    )
    functions = rows(connection, "select proname from pg_proc where pronamespace = 'public'::regnamespace")
    triggers = rows(
        connection,
        "select relname, tgname from pg_trigger inner join pg_class on pg_class.oid = tgrelid where not tgisinternal",
    )
    assert {name for (name,) in relations} - names.relations == set()
    assert {name for (name,) in functions} == names.routines
    assert set(triggers) == names.triggers


def test_what_is_carried_over(original):
    """Rights, defaults, comments, checks, indexes and keys of the owner's own are there after the adoption."""
    connection = original(SHAPES["as in the guide"])
    connection.execute("create role adoption_reader; create role adoption_other")
    try:
        connection.execute(
            """
            create table agencies (agency_id integer primary key);
            alter table creators add agency_id integer constraint agency references agencies;
            alter table creator_stats
                add memo text default 'm',
                add origin text default 'import',
                add agency_id integer constraint stats_agency references agencies,
                add constraint known check (follower_count >= 0 and memo <> '');
            alter table daily_trends add constraint ranked check (rank < 1000);
            create index by_trend on creator_stats (source_trend) where follower_count > 0;
            create index creator_stats_day on creator_stats (recorded_date);
            create index by_rank on daily_trends (rank);
            comment on table creators is 'mine';
            comment on column creator_stats.memo is 'a memo';
            comment on column creator_stats.origin is 'whence';
            grant select (user_id, memo) on creator_stats to adoption_reader;
            grant select, delete on creator_stats to adoption_other with grant option;
            create function noted() returns trigger language plpgsql as 'begin return new; end';
            create trigger note before insert on creators for each row execute function noted();
            alter table creators enable row level security;
            create policy mine on creators using (agency_id = 1);
            alter table creators replica identity full;
            create publication everything for all tables;
            create publication roster for table creators;
            create view agencies_of as select agency_id from creators;
            """
        )
        migrate(connection)
        assert rows(
            connection,
            "select conname, conrelid::regclass::text from pg_constraint"
            " where conname in ('agency', 'stats_agency', 'known', 'ranked') and conparentid = 0"
            " and conrelid::regclass::text in ('creators', 'creator_stats', 'daily_trends') order by 1",
        ) == [
            ("agency", "creators"),
            ("known", "creator_stats"),
            ("ranked", "daily_trends"),
            ("stats_agency", "creator_stats"),
        ]
        indexes = rows(
            connection,
            "select indexname, tablename from pg_indexes where indexname in"
            " ('by_trend', 'by_rank', 'creator_stats_day', 'creator_stats_day_original', 'daily_trends_pkey_original')"
            " order by 1",
        )
        assert indexes == [
            ("by_rank", "daily_trends"),
            ("by_trend", "creator_stats"),
            ("creator_stats_day", "creator_stats"),
            ("creator_stats_day_original", "creator_stats"),
            ("daily_trends_pkey_original", "daily_trends"),
        ]
        connection.execute(
            "insert into creator_stats (user_id, follower_count, heart_count, video_count, origin)"
            " values ('900', 1, 1, 1, 'roll_call')"
        )
        assert rows(
            connection,
            "select recorded_date = current_date, memo, origin_original from creator_stats where user_id = '900'",
        ) == [(True, "m", "import")]
        assert rows(
            connection,
            "select obj_description('creators'::regclass), col_description(attrelid, attnum) from pg_attribute"
            " where attrelid = 'creator_stats'::regclass and attname in ('memo', 'origin_original') order by 2",
        ) == [("mine", "a memo"), ("mine", "whence")]
        assert rows(
            connection,
            "select has_column_privilege('adoption_reader', 'creator_stats', 'memo', 'select'),"
            " has_column_privilege('adoption_reader', 'creator_stats', 'follower_count', 'select'),"
            " has_table_privilege('adoption_other', 'creator_stats', 'delete with grant option')",
        ) == [(True, False, True)]
        assert rows(
            connection,
            "select (select count(*) from pg_trigger where tgname = 'note'), (select count(*) from pg_policy),"
            " (select count(*) from pg_publication_rel), (select relrowsecurity from pg_class where relname = 'creators'),"
            " (select relreplident from pg_class where relname = 'creators'), (select count(*) from agencies_of)",
        ) == [(1, 1, 1, True, "f", 3)]
    finally:
        connection.execute(
            "drop owned by adoption_reader, adoption_other cascade; drop role adoption_reader, adoption_other"
        )


def test_texts_that_are_counts_and_days_become_them(original):
    """Columns of text whose values are whole numbers and days are adopted like any other; an empty text is no value."""
    connection = original(SHAPES["no keys at all"])
    connection.execute(
        "alter table creator_stats alter recorded_date type text, alter follower_count type text, alter heart_count type"
        " varchar(20), alter video_count type char(9), alter daily_growth_followers type text, alter daily_growth_percent"
        " type text; alter table daily_trends alter discovered_at type text, alter rank type text;"
        " alter table creators alter last_updated_at type text; insert into creator_stats values"
        " ('103', current_date - 1, '', '1', '1', '', '', null)"
    )
    migrate(connection)
    assert {user: expected_rows(days) for user, days in observed().items()} == {
        user: growth_of(connection, user) for user in observed()
    }
    assert rows(connection, "select rank from daily_trends order by 1") == [(1,), (2,), (3,)]
    assert rows(connection, "select reason from adopted_leftovers where row_data ->> 'user_id' = '103'") == [
        ("a count is missing or negative",)
    ]


def test_deferred_keys_do_not_hinder_an_adoption(original):
    """A key of the owner's own that is checked at the end of a transaction is checked before tables are altered."""
    connection = original(SHAPES["as in the guide"])
    connection.execute(
        "create table mine (user_id varchar references creators (user_id) deferrable initially deferred);"
        "insert into mine values ('101')"
    )
    migrate(connection)
    check(connection)


def test_another_programs_tables_are_refused(empty_database_url):
    """Tables of the same name that are somebody else's are named, with the column that is missing."""
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("create table creators (id serial primary key, name text)")
        with pytest.raises(SchemaError, match='table "creators" in this database has no column user_id'):
            migrate(connection)


def test_an_adopted_database_plays_a_day(empty_database_url, sandbox, original):
    """After adoption a day of the pipeline runs: creators that exist are measured, old rows stay as they are."""
    connection = original(SHAPES[WITH_TIMES])
    migrate(connection)
    day = Days(empty_database_url, sandbox)
    noon = datetime.combine(day_before(0), time(12), UTC)
    day.now = noon + timedelta(days=1)
    before = rows(connection, "select * from creator_stats where not is_estimated order by user_id, recorded_date")
    _, failed, _ = day.play()
    assert [step for step in failed if not step.startswith("check_day: ")] == []
    after = rows(
        connection,
        "select * from creator_stats where not is_estimated and recorded_date <= %s order by user_id, recorded_date",
        day_before(0),
    )
    assert before == after
    assert rows(connection, "select count(*) > 0 from creator_stats where recorded_date > %s", day_before(0)) == [
        (True,)
    ]


def test_the_day_of_adoption_itself_passes_its_checks(empty_database_url, sandbox, original):
    """Rows adopted for today count as measured today: nothing in them looks unflagged to the day's checks."""
    connection = original(SHAPES["as in the guide"])
    connection.execute("delete from creators where user_id <> '103'")
    migrate(connection)
    day = Days(empty_database_url, sandbox)
    day.now = datetime.combine(day_before(0), time(12), UTC)
    _, failed, _ = day.play()
    assert failed == []


def test_no_superuser_is_needed(postgres_server, sandbox):
    """A role that only owns its database can adopt, migrate and play a day."""
    with psycopg.connect(postgres_server.url_for("postgres"), autocommit=True) as admin:
        admin.execute("create role plain_owner login nosuperuser nocreatedb nocreaterole")
        admin.execute("create database plain_owned owner plain_owner")
        try:
            url = make_conninfo(postgres_server.url_for("plain_owned"), user="plain_owner")
            with psycopg.connect(url, autocommit=True) as connection:
                assert rows(connection, "select rolsuper from pg_roles where rolname = current_user") == [(False,)]
                connection.execute("set timezone to 'UTC'")
                fill(connection, SHAPES["as in the guide"])
                migrate(connection)
            _, failed, report = Days(url, sandbox).at(2026, 11, 2).play()
            assert [step for step in failed if not step.startswith("check_day: ")] == []
            assert "PIPELINE COMPLETED" in report
        finally:
            admin.execute("drop database plain_owned with (force)")
            admin.execute(sql.SQL("drop role {}").format(sql.Identifier("plain_owner")))
