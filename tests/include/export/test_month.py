"""A month as files: all of it, nothing but it, and never half a file."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from pyarrow import parquet

from include.comets.exported_tables import MONTHLY
from include.export.month import ExportRefused, Written, export_month, format_of, month_of

INSERT = """
    insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, observed_at, origin)
    select 'u1', day, 100 + row_number() over (order by day), 1, 1, '2026-12-01T00:00Z', 'roll_call'
    from generate_series('2026-10-30'::date, '2026-12-02'::date, '1 day') as days (day)
"""


@pytest.fixture
def filled(database_url: str) -> str:
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into creators (user_id, handle) values ('u1', '=evil()')")
        connection.execute(INSERT)
        connection.execute(
            "insert into daily_trends (trend_keyword, discovered_at, rank, keyword_source)"
            " values ('ice', '2026-11-30', 1, 'given'), ('ice', '2026-12-01', 1, 'given')"
        )
    return database_url


def test_all_of_a_month(filled: str, tmp_path: Path):
    """November has thirty days, from its first to its last, in both formats alike."""
    with psycopg.connect(filled) as connection:
        connection.execute(
            "insert into verdicts (day, keyword, video_id, user_id, handle, layer, face_percent, rules_version, run_id)"
            " values ('2026-11-01', 'ice', 'v1', 'u1', 'h', 'consistency', 12.5, 'r1', 'x')"
        )
        connection.execute(
            "insert into creator_videos (user_id, video_id, plays, hashtags, seen_at, first_seen_on, last_seen_on)"
            " values ('u1', 'v1', 7, array['a', 'b'], '2026-12-01T00:00Z', '2026-11-30', '2026-12-01')"
        )
        connection.execute(
            "insert into creator_video_sightings (user_id, video_id, day, seen_at, plays) values"
            " ('u1', 'v1', '2026-11-30', '2026-11-30T02:00Z', 5), ('u1', 'v1', '2026-12-01', '2026-12-01T00:00Z', 7)"
        )
        connection.execute(
            "insert into creator_contacts (user_id, kind, contact, found_in, seen_at) values"
            " ('u1', 'email', 'a@b.example', 'bio', '2026-11-30T23:59Z'),"
            " ('u1', 'link', 'https://b.example', 'bio', '2026-12-01T00:00Z')"
        )
    for file_format in ("csv", "parquet"):
        written = export_month(
            lambda: psycopg.connect(filled), MONTHLY, date(2026, 11, 1), file_format, tmp_path / "new"
        )
        tables = ("snapshots", "verdicts", "videos", "contacts", "trends")
        names = [f"cometwatch-2026-11-{table}.{file_format}" for table in tables]
        assert [(each.path.name, each.rows) for each in written] == list(zip(names, (30, 1, 1, 1, 1), strict=True))
    with (tmp_path / "new" / "cometwatch-2026-11-snapshots.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    table = parquet.read_table(tmp_path / "new" / "cometwatch-2026-11-snapshots.parquet").to_pylist()
    assert [row["recorded_date"].isoformat() for row in table] == [line["recorded_date"] for line in lines]
    assert (lines[0]["recorded_date"], lines[-1]["recorded_date"]) == ("2026-11-01", "2026-11-30")
    verdicts = parquet.read_table(tmp_path / "new" / "cometwatch-2026-11-verdicts.parquet").to_pylist()
    assert [(row["layer"], row["face_percent"]) for row in verdicts] == [("consistency", 12.5)]
    trends = parquet.read_table(tmp_path / "new" / "cometwatch-2026-11-trends.parquet").to_pylist()
    assert [(row["keyword"], row["keyword_source"]) for row in trends] == [("ice", "given")]
    assert ({line["handle"] for line in lines}, {row["handle"] for row in table}) == ({"'=evil()"}, {"=evil()"})


OF_ONE_DAY = (
    "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count, observed_at, origin)"
    " values (%(user_id)s, %(day)s, 1, 1, 1, %(day)s, 'roll_call') on conflict do nothing",
    "insert into creator_videos (user_id, video_id, plays, seen_at, first_seen_on, last_seen_on)"
    " values (%(user_id)s, 'v' || %(user_id)s, 1, %(day)s, %(day)s, %(day)s)",
    "insert into creator_video_sightings (user_id, video_id, day, seen_at, plays)"
    " values (%(user_id)s, 'v' || %(user_id)s, %(day)s, %(day)s, 1)",
    "insert into creator_contacts (user_id, kind, contact, found_in, seen_at)"
    " values (%(user_id)s, 'email', 'a@b.example', 'bio', %(day)s)",
)
SAID = ("shortlist_status", "shortlist_note", "shortlist_tags", "shortlist_changed_by", "shortlist_changed_at")


def test_files_have_what_the_team_says(filled: str, tmp_path: Path):
    """Whoever is on the shortlist has status, note, tags, who and when at each row about them; whoever is not has none."""
    at = datetime(2026, 11, 5, 12, tzinfo=UTC)
    with psycopg.connect(filled) as connection:
        connection.execute(
            "insert into shortlist (user_id, status, note, tags, changed_by, changed_at)"
            " values ('u1', 'contacted', 'wrote', array['food', 'uk'], 'ann', %s)",
            [at],
        )
        connection.execute("insert into creators (user_id, handle) values ('u2', 'b')")
        for user_id in ("u1", "u2"):
            person = {"user_id": user_id, "day": date(2026, 11, 9)}
            for statement in OF_ONE_DAY:
                connection.execute(statement, person)
    export_month(lambda: psycopg.connect(filled), MONTHLY, date(2026, 11, 1), "parquet", tmp_path)
    for table in ("snapshots", "videos", "contacts"):
        lines = parquet.read_table(tmp_path / f"cometwatch-2026-11-{table}.parquet").to_pylist()
        said = {(line["user_id"], *(line[name] for name in SAID)) for line in lines}
        assert said == {("u1", "contacted", "wrote", "food, uk", "ann", at), ("u2", None, None, None, None, None)}, (
            table
        )


def test_a_broken_export_leaves_nothing(filled: str, tmp_path: Path):
    """A file that could not be finished is not there, and the one of yesterday is as it was."""
    good = export_month(lambda: psycopg.connect(filled), MONTHLY, date(2026, 11, 1), "csv", tmp_path)
    before = good[0].path.read_bytes()
    with psycopg.connect(filled) as connection:
        connection.execute("alter table verdicts rename column detector to renamed")

    def tell(_: Written) -> None:
        pass

    with pytest.raises(psycopg.errors.UndefinedColumn):
        export_month(lambda: psycopg.connect(filled), MONTHLY, date(2026, 11, 1), "csv", tmp_path, tell)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(each.path.name for each in good)
    assert good[0].path.read_bytes() == before


def test_a_folder_that_is_a_file(filled: str, tmp_path: Path):
    """A target that cannot be a folder is refused with what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportRefused, match="Give another folder: TO="):
        export_month(lambda: psycopg.connect(filled), MONTHLY, date(2026, 11, 1), "csv", tmp_path / "file")


def test_months_and_formats():
    """A month is written as 2026-11, the present one when none is given; nonsense is refused by name."""
    today = date(2026, 11, 21)
    assert (month_of("", today), month_of("2025-02", today)) == (date(2026, 11, 1), date(2025, 2, 1))
    for text in ("2026-13", "2026-00", "0000-01", "11/2026", "2026-1", "2026-11-01", " "):
        with pytest.raises(ExportRefused, match="MONTH must be a month such as 2026-11"):
            month_of(text, today)
    assert format_of("Parquet") == "parquet"
    with pytest.raises(ExportRefused, match="FORMAT must be csv or parquet, not 'xlsx'"):
        format_of("xlsx")
