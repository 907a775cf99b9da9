"""Forgetting people of a pipeline that the machine never heard of: it is all in what is handed in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from include import database
from include.erasure import erase
from include.erasure.finding import PersonUnclear
from include.erasure.parts import Documents, Forgetting, Rows, Texts

STATEMENTS = {
    "find_by_handle": "select guest as user_id, null::date as seen_on from visits where name = %(handle)s::text;",
    "read_identities": "select null as sec_user_id, array(select name from visits where guest = %(user_id)s::text) as handles;",
    "read_spellings": "select topic as word, lower(topic) as lower_word from visits"
    " where lower(topic) = any(%(words)s::text []);",
    "count_rows": "select count(*) as visits from visits where guest = %(user_id)s::text;",
    "delete_rows": "with gone as (delete from visits where guest = %(user_id)s::text returning guest)"
    " select count(*) as visits from gone;",
    "count_texts": "select count(*) as remarks from visits where guest <> %(user_id)s::text and remark ~* %(expression)s::text;",
    "blank_remarks": "update visits set remark = regexp_replace(remark, %(expression)s::text, %(blank)s::text, 'gi')"
    " where remark ~* %(expression)s::text returning guest;",
    "count_topics": "select count(*) as topics from visits"
    " where guest <> %(user_id)s::text and lower(topic) = any(%(words)s::text []);",
    "blank_topics": "with changed as (update visits set topic = spelled.blank"
    " from unnest(%(words)s::text [], %(blanks)s::text []) as spelled (word, blank) where topic = spelled.word returning guest)"
    " select count(*) as topics from changed;",
    "read_notes": "select guest, note from visits where note::text like any(%(needles)s::text []);",
    "store_note": "update visits set note = %(note)s::jsonb where guest = %(guest)s::text;",
}


def without_them(found: Any, person: Any, blank: str) -> list[Any]:
    """Each note with the person blanked."""
    traces = person.mentions(blank)
    return [{**row, "note": {name: traces.blanked(text) for name, text in row["note"].items()}} for row in found]


VISITS = Forgetting(
    find_by_handle="visits/find_by_handle",
    read_identities="visits/read_identities",
    read_spellings="visits/read_spellings",
    rows=Rows({"visits": "visits"}, "visits/count_rows", "visits/delete_rows"),
    steps=[
        Texts("visits/count_texts", [("remarks", "remarks of others", "visits/blank_remarks")]),
        Documents("notes", "notes of others", "visits/read_notes", "visits/store_note", without_them, as_json=["note"]),
    ],
    keywords=Rows({"topics": "topics"}, "visits/count_topics", "visits/blank_topics"),
)


@pytest.fixture
def visits(connection: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> psycopg.Connection:
    """A pipeline's own table, with its statements beside those of erasure."""
    monkeypatch.setenv("ERASURE_KEY", "0123456789abcdef0123456789abcdef")
    for folder in ("erasure", "sessions"):
        (tmp_path / folder).symlink_to(database.FOLDER / folder)
    (tmp_path / "visits").mkdir()
    for name, text in STATEMENTS.items():
        (tmp_path / "visits" / f"{name}.sql").write_text(text)
    monkeypatch.setattr(database, "FOLDER", tmp_path)
    connection.execute("create table visits (guest text, name text, remark text, topic text, note jsonb)")
    connection.execute(
        "insert into visits values ('71', 'anna.b', 'mine', 'tea', '{}'),"
        """ ('72', 'bo', 'seen with @Anna.B', 'Anna.B', '{"x": "@anna.b came"}')"""
    )
    return connection


def forget(database_url: str, creator: str, *, dry_run: bool = False) -> dict[str, int]:
    with database.Database(lambda: psycopg.connect(database_url)) as connections:
        return erase.forget(connections, [VISITS], creator, "r", None, dry_run=dry_run, with_search_words=True)


def test_another_pipeline_hands_in_its_parts(visits: psycopg.Connection, database_url: str):
    """By handle, somebody known to that pipeline alone is counted, removed, blanked in others' rows, and kept away."""
    everything = {"visits": 1, "remarks": 1, "notes": 1, "topics": 1}
    assert forget(database_url, "@anna.b", dry_run=True) == everything
    assert forget(database_url, "@anna.b") == everything
    rows = visits.execute("select guest, name, remark, topic, note from visits").fetchall()
    assert rows == [("72", "bo", "seen with (erased)", "(erased 1.1)", {"x": "(erased) came"})]
    assert visits.execute("select count(*) from forgotten_creators").fetchone() == (1,)
    assert set(forget(database_url, "71").values()) == {0}


def test_nobody_is_known_to_nobody(visits: psycopg.Connection, database_url: str):
    """A handle that no pipeline knows is refused before anything is written."""
    with pytest.raises(PersonUnclear, match="Nobody is known by this handle"):
        forget(database_url, "@carl")
    assert visits.execute("select count(*) from erasures").fetchone() == (0,)
