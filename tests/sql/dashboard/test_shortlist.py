"""Rows in, rows out for the statements of the shortlist, and whom it narrows the ranking to."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest

from include import database
from tests.plugins.dashboard.creators import DAY, insert, stand
from tests.sql.dashboard.test_creators import EVERYBODY, NOBODY, ids

Connection = psycopg.Connection[Any]


def change(connection: Connection, version: int, status: str | None = "new", **more: Any) -> list[database.Row]:
    """What the statement gives for a change of creator 1 by the op."""
    said = {"user_id": "1", "note": "", "tags": [], "changed_by": "op", **more}
    return database.rows(connection, "dashboard/shortlist/change", {**said, "version": version, "status": status})


def events(connection: Connection) -> list[tuple[Any, ...]]:
    query = (
        "select version, made_by, old_status, status, old_note, note, old_tags, tags from shortlist_events order by 1"
    )
    return connection.execute(query).fetchall()


def test_each_change_is_kept_with_what_was_before(connection: Connection):
    """The row holds the last word and its author, the events every change from and to; a change that changes nothing is none."""
    stand(connection, "1")
    assert change(connection, 0, "watching", note="Cooks.", tags=["cooking"]) == [{"version": 1}]
    assert change(connection, 1, "contacted", note="Cooks.", tags=["cooking", "mail"], changed_by="ann") == [
        {"version": 2}
    ]
    assert change(connection, 2, "contacted", note="Cooks.", tags=["cooking", "mail"]) == []
    assert change(connection, 2, None, note="", tags=[]) == [{"version": 3}]
    assert events(connection) == [
        (1, "op", None, "watching", "", "Cooks.", [], ["cooking"]),
        (2, "ann", "watching", "contacted", "Cooks.", "Cooks.", ["cooking"], ["cooking", "mail"]),
        (3, "op", "contacted", None, "Cooks.", "", ["cooking", "mail"], []),
    ]
    (row,) = connection.execute("select status, note, tags, version, changed_by from shortlist").fetchall()
    assert row == (None, "", [], 3, "op")


@pytest.mark.parametrize("version", [0, 2, 7])
def test_a_change_that_was_begun_before_the_last_one_changes_nothing(connection: Connection, version: int):
    """Any version but the present one is refused: no row changes, and no event is written."""
    stand(connection, "1")
    change(connection, 0, "watching")
    assert change(connection, version, "signed") == []
    assert connection.execute("select status, version from shortlist").fetchall() == [("watching", 1)]
    assert len(events(connection)) == 1


@pytest.mark.parametrize("version", [0, 1])
def test_of_two_at_once_one_is_refused(connection: Connection, database_url: str, version: int):
    """Two who began at the same version and store at the same moment: the first one's word stands, the second's is refused."""
    stand(connection, "1")
    if version:
        change(connection, 0, "new")
    connection.commit()
    refused: list[list[database.Row]] = []
    with psycopg.connect(database_url) as first, psycopg.connect(database_url, autocommit=True) as second:
        assert len(change(first, version, "watching")) == 1
        waiting = threading.Thread(target=lambda: refused.append(change(second, version, "signed")))
        waiting.start()
        waits = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        while not connection.execute(waits).fetchall():
            connection.rollback()
            assert waiting.is_alive()
        first.commit()
        waiting.join(30)
    assert refused == [[]]
    assert connection.execute("select status, version from shortlist").fetchall() == [("watching", version + 1)]


def test_nobody_but_the_roster_is_listed_or_starred(connection: Connection):
    """An id that is not on the roster leaves no row anywhere."""
    assert change(connection, 0, user_id="gone") == []
    assert database.rows(connection, "dashboard/shortlist/star", {"reader": "op", "user_id": "gone"}) == []
    tables = connection.execute("select (select count(*) from shortlist), (select count(*) from shortlist_stars)")
    assert tables.fetchall() == [(0, 0)]


def test_stars_are_personal(connection: Connection):
    """Each reader sees their own star alone; starred or unstarred twice is as once."""
    stand(connection, "1")
    mine = {"reader": "op", "user_id": "1"}
    assert [len(database.rows(connection, "dashboard/shortlist/star", mine)) for _ in range(2)] == [1, 0]
    for reader, is_starred in (("op", True), ("ann", False)):
        (row,) = database.rows(connection, "dashboard/shortlist/read_among", {"user_ids": ["1"], "reader": reader})
        assert (row["is_starred"], row["status"], row["note"], row["tags"], row["version"]) == (
            is_starred, None, "", [], 0,
        )  # fmt: skip
    assert [len(database.rows(connection, "dashboard/shortlist/unstar", mine)) for _ in range(2)] == [1, 0]


def fill(connection: Connection) -> None:
    """Six creators in the order of their names: 1 watching, 2 no, 3 no and overruled, 4 a note alone, 5 nothing, 6 signed; the op
    starred 1, 3 and 5, ann 6.
    """
    for number, handle in enumerate(("luna.a", "luna.b", "luna.c", "milo.d", "luna.e", "milo.f"), 1):
        stand(connection, str(number), handle=handle, percent_7=10 - number)
    for user_id, status, tags in (
        ("1", "watching", ["cooking", "mail"]),
        ("2", "no", ["cooking"]),
        ("3", "no", []),
        ("4", None, ["mail"]),
        ("6", "signed", []),
    ):
        insert(connection, "shortlist", user_id=user_id, status=status, tags=tags, changed_by="op", note="said")
    for reader, user_id in (("op", "1"), ("op", "3"), ("op", "5"), ("ann", "6")):
        insert(connection, "shortlist_stars", reader=reader, user_id=user_id)
    insert(
        connection, "overrules", made_by="op", day=DAY, keyword="k", video_id="v", user_id="3", layer="face",
        reason="A poster.", expected="refuse",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "shown", "overruled", "dismissed"),
    [
        ({}, "1456", 0, 2),
        ({"with_dismissed": True}, "12456", 1, None),
        ({"with_overruled": True}, "1456", None, 2),
        ({"with_overruled": True, "with_dismissed": True}, "123456", None, None),
        ({"starred_by": "op"}, "15", 0, 1),
        ({"starred_by": "op", "with_dismissed": True}, "15", 1, None),
        ({"starred_by": "ann"}, "6", 0, 0),
        ({"starred_by": "nobody"}, "", 0, 0),
        ({"shortlisted": "listed"}, "16", 0, 2),
        ({"shortlisted": "watching"}, "1", 0, 0),
        ({"shortlisted": "no", "with_dismissed": True}, "2", 1, None),
        ({"tag": "cooking"}, "1", 0, 1),
        ({"tag": "mail"}, "14", 0, 0),
        ({"tag": "mail", "shortlisted": "listed", "starred_by": "op"}, "1", 0, 0),
        ({"tag": "cook"}, "", 0, 0),
        ({"exact": "luna", "prefix": "luna%", "words": "luna"}, "15", 0, 2),
        ({"exact": "luna", "prefix": "luna%", "words": "luna", "shortlisted": "listed"}, "1", 0, 2),
        ({"exact": "milo", "prefix": "milo%", "words": "milo", "starred_by": "op"}, "", 0, 0),
    ],
)
def test_who_is_shown_and_who_is_counted_as_hidden(
    connection: Connection, choice: dict[str, Any], shown: str, overruled: int | None, dismissed: int | None
):
    """Who is said no to is hidden unless asked for, whatever else is chosen; each of the hidden is counted once, the no first."""
    fill(connection)
    parameters = {**EVERYBODY, **NOBODY, **choice}
    is_narrow = any(choice.get(name) for name in ("exact", "starred_by", "shortlisted", "tag"))
    name = "search_ranking" if is_narrow else "read_ranking"
    assert "".join(ids(database.rows(connection, f"dashboard/{name}", parameters))) == shown
    counts = (
        ("dashboard/count_overruled", "with_overruled", overruled),
        ("dashboard/shortlist/count_dismissed", "with_dismissed", dismissed),
    )
    for statement, is_shown, expected in counts:
        if not parameters[is_shown]:
            assert database.one(connection, statement, parameters) == {"creators": expected}
    exported = database.rows(connection, "comets/export/read_ranking", {**parameters, "reader": "op"})
    if not choice.get("exact"):
        assert "".join(ids(exported)) == shown


def test_the_export_says_what_the_shortlist_says(connection: Connection):
    """Status, note, tags, author and time of the last change, and the star of who exports; nothing where nothing is said."""
    fill(connection)
    parameters = {**EVERYBODY, "reader": "op"}
    found = {row["user_id"]: row for row in database.rows(connection, "comets/export/read_ranking", parameters)}
    columns = [f"shortlist_{name}" for name in ("status", "note", "tags", "changed_by")]
    assert [found["1"][name] for name in columns] == ["watching", "said", "cooking, mail", "op"]
    assert [found["5"][name] for name in (*columns, "shortlist_changed_at")] == [None] * 5
    assert found["1"]["shortlist_changed_at"] is not None
    assert {user_id: row["is_starred"] for user_id, row in found.items()} == {
        "1": True, "4": False, "5": True, "6": False,
    }  # fmt: skip


def test_tags_in_use(connection: Connection):
    """The commonest first, each once with its number of creators."""
    fill(connection)
    assert database.rows(connection, "dashboard/shortlist/read_tags", {"most": 1}) == [
        {"tag": "cooking", "creators": 2}
    ]
    assert len(database.rows(connection, "dashboard/shortlist/read_tags", {"most": 9})) == 2
