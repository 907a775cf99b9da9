"""A table `videos` that people have already: it goes on as the library, and no row is lost."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest

from include.database import Database
from include.lake import Lake
from include.migrations import SchemaError, migrate
from include.video_research.library import find
from include.video_research.reconcile import reconcile
from include.video_research.upload import upload
from tests.include.video_research.clips import make

GUIDE = """
    create table videos (
        video_id varchar(64) primary key, url text not null, author varchar(100), title text, transcript text, ocr_text text,
        gcs_prefix text, frame_count integer default 0, processed_at timestamp default now())"""
ODD = """
    create table videos (
        id serial primary key, video_id bigint, url varchar(500), author text, title text, transcript text not null,
        ocr_text text, gcs_prefix text, frame_count text, processed_at text, language text, notes text not null)"""
# What people ask their table, in their words.
THEIRS = "SELECT url, author, title, transcript, ocr_text, gcs_prefix, frame_count FROM videos WHERE video_id = '101'"
ROW = ("https://t/@a/video/101", "a", "Ramen", "welcome to tokyo", "東京", "gs://old/videos/101/", 12)


@pytest.fixture
def original(empty_database_url):
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("set time zone 'Asia/Tokyo'")
        yield connection


def fill(connection, **more):
    row = {
        **dict(
            zip(("url", "author", "title", "transcript", "ocr_text", "gcs_prefix", "frame_count"), ROW, strict=True)
        ),
        "processed_at": "2025-12-31 23:30:00",
        **more,
    }
    columns = psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, row))
    marks = psycopg.sql.SQL(", ").join([psycopg.sql.Placeholder()] * len(row))
    query = psycopg.sql.SQL("insert into videos ({}) values ({})").format(columns, marks)
    connection.execute(query, [str(value) if name == "frame_count" else value for name, value in row.items()])


def asked(connection, query):
    return connection.execute(query).fetchall()


def test_a_table_as_in_the_guide_goes_on(original):
    """Its rows stay, what people ask gives the same, and moments without a zone are those of UTC."""
    original.execute(GUIDE)
    fill(original, video_id="101")
    before = asked(original, THEIRS)
    migrate(original)
    assert before == asked(original, THEIRS) == [ROW]
    assert asked(original, "select processed_at from videos") == [(datetime(2025, 12, 31, 23, 30, tzinfo=UTC),)]
    # What people's own tools go on writing is let in.
    fill(original, video_id="102")
    assert asked(original, "select count(*) from videos") == [(2,)]


def test_an_odd_table_loses_no_row(original):
    """Numbers for ids, texts for numbers, another key, own columns: all that fits stays, what cannot is put by whole."""
    original.execute(ODD)
    for number, video_id in enumerate([101, 101, None]):
        fill(original, video_id=video_id, language=f"words {number}", notes=f"note {number}")
    migrate(original)
    assert asked(original, THEIRS) == [ROW]
    assert asked(
        original, "select video_id, processed_at at time zone 'UTC', notes, language_original, id from videos"
    ) == [
        ("101", datetime(2025, 12, 31, 23, 30), "note 1", "words 1", 2)  # noqa: DTZ001 - as it is shown there
    ]
    assert asked(
        original, "select reason, row_data ->> 'notes' from adopted_leftovers where table_name = 'videos' order by 1"
    ) == [("no video_id", "note 2"), ("the same video_id again", "note 0")]
    assert asked(
        original,
        "select conname::text, contype::text from pg_constraint where conrelid = 'videos'::regclass and contype = 'p'",
    ) == [("videos_pkey", "p")]


SAID = "Welcome to Tokyo. The first shop opens at eleven!\nThree bowls   of ramen"
PIECES = "select source, number, text from video_passages where video_id = %s order by source, number"


def passages(connection, video_id):
    return connection.execute(PIECES, [video_id]).fetchall()


def test_adopted_videos_are_quoted(original):
    """What was said and shown stands in sentences and lines, without a second; so does what people's tools write afterwards."""
    original.execute(GUIDE)
    fill(original, video_id="101", transcript=SAID, ocr_text="東京。大阪\nBowl 900 yen", title="Ramen")
    migrate(original)
    expected = [
        ("caption", 0, "Ramen"),
        ("screen", 0, "東京。"),
        ("screen", 1, "大阪"),
        ("screen", 2, "Bowl 900 yen"),
        ("speech", 0, "Welcome to Tokyo."),
        ("speech", 1, "The first shop opens at eleven!"),
        ("speech", 2, "Three bowls of ramen"),
    ]
    assert passages(original, "101") == expected
    (answer,) = find(original, '"first shop"')
    (said,) = answer.passages
    assert (said.source, said.second, said.about) == ("speech", None, None)
    assert [said.text[begins:ends] for begins, ends in said.marks] == ["first", "shop"]
    fill(original, video_id="102", transcript="a word", ocr_text="", title="")
    assert passages(original, "102") == [("speech", 0, "a word")]
    original.execute("update videos set transcript = 'another' where video_id = '102'")
    assert passages(original, "102") == [("speech", 0, "another")]


def test_a_long_text_is_quoted_in_pieces(original):
    """Words that go on and on without a sign are parted after forty."""
    original.execute(GUIDE)
    fill(original, video_id="101", transcript=" ".join(f"w{n}" for n in range(81)), ocr_text=None, title=None)
    migrate(original)
    assert [text.split()[:: len(text.split()) - 1 or 1] for _, _, text in passages(original, "101")] == [
        ["w0", "w39"],
        ["w40", "w79"],
        ["w80"],
    ]


def test_a_database_of_ours_adopts_it_too(original):
    """The same holds where the database was ours before, and the table came beside it."""
    migrate(original, _until_37())
    original.execute(GUIDE)
    fill(original, video_id="101")
    migrate(original)
    assert asked(original, THEIRS) == [ROW]


def _until_37():
    import shutil
    import tempfile
    from pathlib import Path

    from include.migrations import FOLDER

    folder = Path(tempfile.mkdtemp()) / "migrations"
    shutil.copytree(FOLDER, folder)
    for path in folder.glob("*.sql"):
        if int(path.name[:4]) > 37:
            path.unlink()
    return folder


def test_another_programs_table_is_in_the_way(original):
    """A table of that name without a column video_id, or a view, is somebody else's: it is named, and nothing is changed."""
    original.execute("create table videos (id int, file text)")
    with pytest.raises(SchemaError, match="your table videos: Cometwatch needs that name"):
        migrate(original)
    original.execute("drop table videos; create view videos as select '1'::text as video_id")
    with pytest.raises(SchemaError, match="your view videos: Cometwatch needs that name"):
        migrate(original)


def test_adopted_videos_live_beside_new_ones(original, empty_database_url, tmp_path):
    """Reconciling leaves files elsewhere alone; a video that is made anew takes the place of its old row."""
    original.execute(GUIDE)
    fill(original, video_id="101")
    migrate(original)
    lake, made = Lake(f"file://{tmp_path}/lake"), make(tmp_path, "101")
    with Database(lambda: psycopg.connect(empty_database_url)) as store:
        assert reconcile(store, lake) == {"elsewhere": 1}
        upload(
            lake,
            store,
            made.folder,
            made.downloaded,
            made.processed,
            max_frames=4,
            include_video=False,
            is_made_up=False,
        )
        assert reconcile(store, lake) == {"whole": 1}
    assert [text for source, _, text in passages(original, "101") if source == "speech"] == ["welcome to tokyo"]
    assert asked(original, "select count(*) from video_passages where starts_s is null and source <> 'caption'") == [
        (0,)
    ]
    assert asked(original, "select frame_count, gcs_prefix from videos") == [(4, f"{lake.uri}/videos/101/")]


def test_rows_that_were_taken_over_stay_where_their_files_lie_in_our_place(original, empty_database_url, tmp_path):
    """A row whose files lie where ours would, put there by another tool, keeps all that it says, and its files stay."""
    original.execute(GUIDE)
    lake = Lake(f"file://{tmp_path}/lake")
    fill(original, video_id="101", gcs_prefix=f"{lake.uri}/videos/101/")
    before = asked(original, THEIRS)
    lake.write("videos/101/transcript.txt", b"welcome to tokyo")
    migrate(original)
    with Database(lambda: psycopg.connect(empty_database_url)) as store:
        assert reconcile(store, lake, reads_files=True) == {"elsewhere": 1}
    assert asked(original, THEIRS) == before
    assert lake.read("videos/101/transcript.txt") == b"welcome to tokyo"
