"""Files and tables that are brought to what is staged: only what changed is written, what is no longer true is gone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import psycopg
import pytest

from include.account_analytics import curated, curated_tables, staged_files
from include.account_analytics.schemas import empty
from include.database import Database
from include.lake import Lake
from include.sandbox.exports.downloads import export
from tests.fixtures.exports import WORLD
from tests.include.account_analytics.downloads import contents, stage
from tests.include.account_analytics.frames import day, layer, moment, snapshot

AT = datetime(2026, 5, 20, 12, tzinfo=UTC)
TABLES = (
    *("social_media_stats", "content_performance", "viral_content", "audience_insights", "account_totals"),
    "account_revisions",
)


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake(f"file://{tmp_path}/lake")


@pytest.fixture
def store(connection, database_url):
    connection.execute(
        "insert into accounts (account, handle, is_made_up) values ('mara', 'mara', true), ('lila', 'lila', false)"
    )
    with Database(lambda: psycopg.connect(database_url)) as opened:
        yield opened


def publish(store, lake, **options):
    return curated.publish(store, lake, {"mara": True, "lila": False}, **options)


def put(lake, account="mara", **frames):
    for name in staged_files.FRAMES:
        staged_files.write_frame(lake, account, name, frames.get(name, empty(name)))


def rows_of(connection, table):
    """Every row with the transaction that wrote it."""
    return connection.execute(f"select xmin::text, * from {table} order by 2, 3, 4, 5, 6").fetchall()  # noqa: S608 - ours


def everything(connection):
    return {table: rows_of(connection, table) for table in TABLES}


def test_tables_and_files_say_what_is_staged(store, connection, lake):
    """A day, a snapshot, a breakdown and a revision, with member and line; the files have their rows."""
    put(
        lake,
        daily=layer(
            "daily",
            {"day": day(1), "label": day(2), "video_views": 90, "overview_member": "m", "overview_line": 2},
            {"day": day(2), "label": day(2), "followers_missing": "no such report", "extra": '{"x_clicks": 3}'},
        ),
        videos=layer("videos", snapshot("7", 2, 100, title="é", hashtags=["é", "b"]), snapshot("7", 3, 160)),
        audience=layer("audience", {"day": day(2), "kind": "gender", "bucket": "Female", "share": 0.61, "line": 3}),
        revisions=layer(
            "revisions",
            {"day": day(1), "subject": "", "metric": "likes", "old_value": 1, "new_value": 2}
            | {"old_member": "a", "old_line": 2, "new_member": "m", "new_line": 2},
        ),
    )
    published = publish(store, lake)
    found = connection.execute(
        "select account, date, video_views, likes, extra, overview_member, overview_line, is_made_up from social_media_stats"
        " order by date"
    ).fetchall()
    assert found == [
        ("mara", day(1), 90, None, {"label": day(2).isoformat()}, "m", 2, True),
        ("mara", day(2), None, None, {"x_clicks": 3, "missing": {"followers": "no such report"}}, None, None, True),
    ]
    videos = "select video_id, snapshot_day, posted_at, total_views, hashtags, member, line from content_performance order by 2"
    assert connection.execute(videos).fetchall() == [
        ("7", day(2), moment(1), 100, ["é", "b"], "m", 2),
        ("7", day(3), moment(1), 160, [], "m", 2),
    ]
    audience = connection.execute("select day, hour, kind, bucket, share, line from audience_insights").fetchall()
    assert audience == [(day(2), -1, "gender", "Female", 0.61, 3)]
    assert connection.execute("select metric, old_value, new_value, old_line from account_revisions").fetchall() == [
        ("likes", 1.0, 2.0, 2)
    ]
    csv = lake.read(curated.DAILY).decode().splitlines()
    assert csv[1].startswith("2026-03-03,7,,60,0,0,0,,0.0,,,mara,1,")
    assert published.rows[curated.DAILY] == 1
    assert sorted(published.changed_files) == sorted([curated.DAILY, curated.WEEKLY, curated.MONTHLY, curated.REPORT])


def test_doing_it_again_writes_nothing(store, connection, lake):
    """Not a byte of a file, not a row of a table, whatever is in them."""
    account_files = export(_account(0), AT, content="full")
    stage(lake, account_files, "mara")
    put(
        lake,
        "lila",
        videos=layer(
            "videos",
            *(
                {**snapshot("7", at, views, title='"é\\', extra='{"x_a": "ü"}'), "account": "lila"}
                for at, views in ((2, 10_000), (3, 10_001), (4, 90_000))
            ),
        ),
    )
    first = publish(store, lake)
    before, files = everything(connection), contents(lake, "curated")
    assert first.tables.saved["viral_content"] == 1
    assert len(before["social_media_stats"]) >= 28
    again = publish(store, lake)
    assert (again.changed_files, set(again.tables.saved.values()), set(again.tables.deleted.values())) == ((), {0}, {0})
    assert everything(connection) == before
    assert contents(lake, "curated") == files


HOSTILE = (
    "", " ", "\\", "a\\\\b", '"', '""', 'say "hi", (maybe)', "two\nlines\r\nand three", ")", "(", "t", "null", "NaN",
    "=1+1", "\t", "\\N", "\\.", "{a,b}", "🎀\u200d\u202e", None,
)  # fmt: skip


def test_captions_of_any_signs_are_read_back_as_they_are(store, connection, lake):
    """Commas, quotes, backslashes, brackets and lines; an empty caption is not a missing one."""
    rows = [{**snapshot(str(at), 2, 100, title=title), "link": title} for at, title in enumerate(HOSTILE)]
    put(lake, videos=layer("videos", *rows))
    assert publish(store, lake).tables.saved["content_performance"] == len(HOSTILE)
    assert publish(store, lake).tables.saved["content_performance"] == 0
    connection.execute("update content_performance set title = null where title = ''")
    connection.execute("update content_performance set link = '\\\\' where link = '\\'")
    assert publish(store, lake).tables.saved["content_performance"] == 2
    kept = dict(connection.execute("select video_id, title from content_performance").fetchall())
    assert [kept[str(at)] for at in range(len(HOSTILE))] == list(HOSTILE)


ALL_TABLES = (
    curated_tables.STATS,
    curated_tables.CONTENT,
    curated_tables.VIRAL,
    curated_tables.AUDIENCE,
    curated_tables.TOTALS,
    curated_tables.REVISIONS,
)


@pytest.mark.parametrize("table", ALL_TABLES, ids=lambda table: table.name)
def test_every_column_is_read_back_as_itself(connection, table):
    """Each column with a value of its own: two of them in each other's place would be written again and again."""
    connection.execute("insert into accounts (account, handle) values ('mara', 'mara')")
    row = {name: _value(place, kind) for place, (name, kind) in enumerate(table.columns.items())}
    row |= {name: "api" for name in row if name.endswith("source")}
    row |= (
        {"account": "mara"}
        | dict.fromkeys(table.objects, '{"a": "\\\\"}')
        | ({"hour": 5, "kind": "age"} if "hour" in row else {})
    )
    wanted = pl.DataFrame([row], schema=dict(table.columns))
    saved = []
    for _ in range(2):
        curated_tables.bring(connection, table, wanted, {"mara": False}, written := curated_tables.Written())
        saved.append((written.saved[table.name], written.deleted[table.name]))
    assert saved == [(1, 0), (0, 0)]


def _value(place, kind):
    numbers = {pl.Boolean: False, pl.Date: date(2026, 1, 1) + timedelta(days=place), pl.String: f"text {place}"}
    if kind == pl.List(pl.String):
        return [f"a{place}", f"b{place}"]
    return numbers.get(kind, place + 0.5 if kind == pl.Float64 else place)


def _account(index):
    return WORLD.account(index)


def test_only_what_changed_is_written(store, connection, lake):
    """One corrected day is one row; the others keep the transaction that wrote them."""
    days = [{"day": day(at), "label": day(at), "video_views": at} for at in (1, 2, 3)]
    put(lake, daily=layer("daily", *days))
    publish(store, lake)
    before = {row[2]: row[0] for row in rows_of(connection, "social_media_stats")}
    put(lake, daily=layer("daily", *days[:2], {**days[2], "video_views": 33}))
    assert publish(store, lake).tables.saved["social_media_stats"] == 1
    after = {row[2]: row[0] for row in rows_of(connection, "social_media_stats")}
    assert [at for at in before if before[at] != after[at]] == [day(3)]


def test_what_is_no_longer_true_is_gone(store, connection, lake):
    """A day that no download names any more, and an account without any."""
    put(lake, daily=layer("daily", *({"day": day(at), "label": day(at), "video_views": 5} for at in (1, 2))))
    publish(store, lake)
    put(lake, daily=layer("daily", {"day": day(1), "label": day(1), "video_views": 5}))
    assert publish(store, lake).tables.deleted["social_media_stats"] == 1
    assert [row[2] for row in rows_of(connection, "social_media_stats")] == [day(1)]
    staged_files.remove(lake, "mara")
    publish(store, lake)
    assert rows_of(connection, "social_media_stats") == []


def test_a_row_that_somebody_changed_by_hand_is_put_right(store, connection, lake):
    """What is staged is compared with the table itself."""
    put(lake, daily=layer("daily", {"day": day(1), "label": day(1), "video_views": 5}))
    publish(store, lake)
    connection.execute("update social_media_stats set video_views = 6")
    assert publish(store, lake).tables.saved["social_media_stats"] == 1
    assert connection.execute("select video_views from social_media_stats").fetchall() == [(5,)]


def test_the_tables_of_other_accounts_are_left_alone(store, connection, lake):
    """With `changed`, only those are looked at; the files hold all accounts."""
    for account in ("mara", "lila"):
        rows = [{**snapshot("7", at, at), "account": account} for at in (1, 2)]
        put(lake, account, videos=layer("videos", *rows))
    published = publish(store, lake, changed=["lila"])
    assert connection.execute("select distinct account from content_performance").fetchall() == [("lila",)]
    assert published.rows[curated.DAILY] == 2


def test_a_caption_is_no_formula_in_a_spreadsheet(store, connection, lake):
    """In the CSV it has an apostrophe before it; in the table it is as it was written."""
    put(lake, videos=layer("videos", *(snapshot("7", at, at, title="=1+1") for at in (1, 2))))
    publish(store, lake)
    assert ",'=1+1," in lake.read(curated.DAILY).decode()
    assert connection.execute("select distinct title from content_performance").fetchall() == [("=1+1",)]


def test_categories_are_a_file_of_the_lake(store, lake):
    """`categories.csv`: hashtag or word, category; a header is passed over."""
    lake.write("categories.csv", "\ufeffHashtag,Category\n#jazz,music\n\nbroken\n".encode())
    put(lake, videos=layer("videos", snapshot("7", 2, 5, title="more jazz")))
    publish(store, lake)
    month = lake.read(curated.MONTHLY).decode().splitlines()
    assert month[1] == "2026-03,mara,,,1,music,,,"


def test_two_accounts_in_order(store, lake):
    """The files are sorted, whatever the order in which accounts are given."""
    for account, index in (("mara", 0), ("lila", 1)):
        stage(lake, export(_account(index), AT) + export(_account(index), AT + timedelta(days=3)), account)
    publish(store, lake)
    first = contents(lake, "curated")
    curated.publish(store, lake, {"lila": False, "mara": True})
    assert contents(lake, "curated") == first
    days = pl.read_csv(lake.read(curated.DAILY))["date"].to_list()
    assert days == sorted(days)
    assert date.fromisoformat(days[0]) > date(2026, 5, 1)
