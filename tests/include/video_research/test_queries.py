"""How a list of research is read, kept, and taken up."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb

from include.video_research import queries
from include.video_research.queries import (
    ListUnusable,
    QueryRefused,
    made,
    parse_list,
    pick,
    query_id,
    save_queries,
    slug,
)

URL = "https://www.tiktok.com/@a/video/7319467787859053825"


def texts(found) -> list[str]:
    return [query.text for query in found]


def listed(tmp_path: Path, content: bytes) -> list[str]:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    listing = queries.read_list(path)
    assert listing is not None
    return texts(listing.queries)


def test_an_id_is_the_querys_alone():
    """Case, spaces and width of letters change no id; language, country and words do."""
    assert query_id("Tokyo  Ramen") == query_id(" tokyo ramen\n") == query_id("ＴＯＫＹＯ ramen")
    ids = {query_id("a"), query_id("b"), query_id("a", "en"), query_id("a", None, "US"), query_id("a", "en", "US")}
    assert len(ids) == 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(tmp_path, encoding):
    """A list is read in each encoding that a program saves one in, with or without a mark."""
    assert listed(tmp_path, "crème brûlée recipe\r\n\r\ntokyo ramen\n東京 ラーメン place\n".encode(encoding)) == [
        "crème brûlée recipe",
        "tokyo ramen",
        "東京 ラーメン place",
    ]


def test_windows_letters_are_read_where_they_are_certain(tmp_path):
    """A Western list in Windows' encoding is read; a Japanese or Russian one is refused, and told what to do."""
    assert listed(tmp_path, "crème brûlée – “best”\n".encode("cp1252")) == ["crème brûlée – “best”"]
    for text, encoding in (("東京 ラーメン", "cp932"), ("лучший борщ", "cp1251"), ("서울 맛집", "cp949")):
        with pytest.raises(ListUnusable, match="CSV UTF-8"):
            listed(tmp_path, text.encode(encoding))


def test_a_plain_line_is_a_query_whole():
    """Commas, quotes and # of a line without a header belong to the query."""
    assert texts(parse_list('best ramen, tokyo\n#foodtok\n"quoted, whole"\nsay "hi"\n').queries) == [
        "best ramen, tokyo",
        "#foodtok",
        "quoted, whole",
        'say "hi"',
    ]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_columns_in_any_order(sign):
    """With a header, columns are found by name, whatever stands between them; unknown ones are passed over."""
    rows = [["Country", "note", "QUERY", "lang"], ["jp", "x", "ramen", "JA"], ["", "", "sushi", ""]]
    found = parse_list("\n".join(sign.join(row) for row in rows)).queries
    assert [(query.text, query.language, query.country) for query in found] == [
        ("ramen", "ja", "JP"),
        ("sushi", None, None),
    ]


def test_cells_may_hold_lines_and_excel_may_say_sep():
    """Excel's note of its separator is no query, and a quoted cell may hold separators and line ends."""
    assert texts(parse_list('sep=;\nquery;language\n"ramen; the\nbest";ja\n').queries) == ["ramen; the best"]


def test_remarks_are_no_queries():
    """A line that begins with # and a space is a note to oneself, also before the header; a hashtag is a query."""
    listing = parse_list("# mine\n#foodtok\n## old\n#\n  # indented\nramen # hot\n")
    assert (texts(listing.queries), listing.refused) == (["#foodtok", "ramen # hot"], ())
    found = parse_list("\ufeff# mine, in two columns\r\nquery;language\r\n# later;\r\nramen;ja\r\n").queries
    assert [(query.text, query.language) for query in found] == [("ramen", "ja")]


def test_repeated_lines_are_one_query():
    """The same query twice is one, at its first place."""
    listing = parse_list("ramen\nsushi\nRAMEN \n")
    assert (texts(listing.queries), listing.repeated) == (["ramen", "sushi"], 1)


def test_addresses_of_one_query_come_together():
    """Rows of one query with different addresses are one query with all of them; an address alone is its own text."""
    other = URL.replace("/@a/", "/@b/")
    found = parse_list(f"query,url\nramen,{URL}\nramen,{other}?x=1\n,{URL}\n").queries
    assert [(query.text, query.addresses) for query in found] == [("ramen", (URL, other)), (URL, (URL,))]
    assert parse_list(f"{URL}?lang=en\n").queries[0].addresses == (URL,)


def test_bad_lines_are_told_and_the_others_read():
    """Each line that is no query is refused with its number and the reason; good ones around it are read."""
    listing = parse_list(
        "query,language,country\nramen,,\n!!!,,\n" + "x" * 201 + ",,\nsoup,english please,\nsoup,en,USA\n"
        "https://www.youtube.com/watch?v=1,,\nsushi,,\n"
    )
    assert texts(listing.queries) == ["ramen", "sushi"]
    assert [(line.line, line.reason[:24]) for line in listing.refused] == [
        (3, "it has no letter or digi"),
        (4, "it has 201 letters: a qu"),
        (5, "its language is 'english"),
        (6, "its country is 'USA': wr"),
        (7, "'https://www.youtube.com"),
    ]


def test_letters_nobody_sees_are_taken_out():
    """NUL, direction marks and line ends cannot forge a line of a log; joiners that words need stay."""
    assert made("ra\x00men\u202e \r\n tokyo\u200b").text == "ramen tokyo"
    assert made("می‌خواهم").text == "می‌خواهم"


def test_no_list_is_no_error_and_a_missing_one_is(tmp_path, monkeypatch):
    """Without a file of the default name there is no list; a named file that is not there is said to be missing."""
    monkeypatch.setattr(queries, "DEFAULT_LIST", tmp_path / "research_list.csv")
    assert queries.read_list(tmp_path / "research_list.csv") is None
    with pytest.raises(ListUnusable, match=r"names 'other.csv', and there is no such file"):
        queries.read_list(tmp_path / "other.csv")


def test_an_empty_list_holds_nothing(tmp_path):
    """An empty file, one of blank lines and one with a header only are lists without queries."""
    assert [listed(tmp_path, content) for content in (b"", b"\xef\xbb\xbf\r\n\n", b"query,url\n,\n")] == [[], [], []]


def test_working_folders_are_named_after_place_and_words():
    """Letters of other scripts have no plain spelling: then the id stands for them."""
    assert slug(made("Tokyo Ramen: spots!", position=7)) == "query_00007_tokyo-ramen-spots"
    assert slug(made("東京")) == f"query_00000_{query_id('東京')}"


# Kept


def places(connection: psycopg.Connection) -> dict[str, int]:
    return dict(connection.execute("select text, position from research_queries").fetchall())


def test_sorting_the_list_moves_nothing(connection):
    """Saved again in another order with one more, all keep their places, and the new one comes last."""
    save_queries(connection, parse_list("b\na\n").queries, "list")
    kept = save_queries(connection, parse_list("a\nc\nB\n").queries, "list")
    assert places(connection) == {"b": 0, "a": 1, "c": 2}
    assert [(query.text, query.position) for query in kept] == [("a", 1), ("c", 2), ("b", 0)]


def test_who_left_the_list_rests(connection):
    """A query taken out of the list is not taken up, until it stands there again; one from the page is not touched."""
    save_queries(connection, [made("from the page")], "page", "somebody")
    save_queries(connection, parse_list("a\nb\n").queries, "list")
    save_queries(connection, parse_list("b\n").queries, "list")
    assert texts(pick(connection)) == ["from the page", "b"]
    save_queries(connection, parse_list("a\nb\n").queries, "list")
    assert texts(pick(connection)) == ["from the page", "a", "b"]


def test_new_addresses_open_a_query_again(connection):
    """A finished query whose addresses changed is taken up again; saved as it was, it is not."""
    query = made("ramen", urls=[URL])
    save_queries(connection, [query], "list")
    connection.execute("update research_queries set status = 'success', closed_at = now()")
    save_queries(connection, [query], "list")
    assert pick(connection) == []
    save_queries(connection, [made("ramen", urls=[URL, URL.replace("825", "826")])], "list")
    assert texts(pick(connection)) == ["ramen"]


def with_states(connection: psycopg.Connection) -> None:
    """Queries named after how they stand."""
    states = ("success", "no_results", "search_failed", "partial_success", "download_failed", "open", "open")
    names = ["done", "nothing", "failed", "for good", "may work", "begun", "new"]
    save_queries(connection, [made(name) for name in names], "list")
    for name, status in zip(names, states, strict=True):
        searched = None if name == "new" else datetime.now(UTC)
        connection.execute(
            "update research_queries set status = %s, searched_at = %s where text = %s", [status, searched, name]
        )
    for name, state, is_permanent in (("for good", "failed", True), ("may work", "failed", False)):
        connection.execute(
            "insert into research_videos (video_id, url, state, is_permanent) values (%s, 'x', %s, %s)",
            [name, state, is_permanent],
        )
        connection.execute(
            "insert into research_hits (query_id, video_id, url, rank, source, run_id) values (%s, %s, 'x', 1, 'list', 'r')",
            [query_id(name), name],
        )


def test_what_a_run_resumes(connection):
    """`on` leaves out what is finished or fails for good, `strict` all that was tried, `off` nothing."""
    with_states(connection)
    assert texts(pick(connection, resume="on")) == ["failed", "may work", "begun", "new"]
    assert texts(pick(connection, resume="strict")) == ["new"]
    assert len(pick(connection, resume="off")) == 7


def test_what_is_finished_comes_again_when_it_is_not(connection):
    """A finished query whose video lost its files, or was made by other engines than are wanted now, is taken up by `on`."""
    save_queries(connection, [made("lost"), made("older"), made("as now")], "list")
    connection.execute("update research_queries set status = 'success', searched_at = now()")
    for name, state, engine in (("lost", "found", "a"), ("older", "uploaded", "a"), ("as now", "uploaded", "b")):
        connection.execute(
            "insert into research_videos (video_id, url, state, schema_version, engines) values (%s, 'x', %s, 1, %s)",
            [name, state, Jsonb({"ocr": engine})],
        )
        connection.execute(
            "insert into research_hits (query_id, video_id, url, rank, source, run_id) values (%s, %s, 'x', 1, 'list', 'r')",
            [query_id(name), name],
        )
    assert texts(pick(connection)) == ["lost"]
    assert texts(pick(connection, wanted={"ocr": ("b", "c")}, schema_version=1)) == ["lost", "older"]
    assert texts(pick(connection, wanted={"ocr": ("b", "a")}, schema_version=2)) == ["lost", "older", "as now"]
    assert pick(connection, resume="strict") == []


def test_start_and_count_walk_through_the_list(connection):
    """`count` are taken from place `start` on; what is finished before them takes no room."""
    with_states(connection)
    assert texts(pick(connection, start=3, count=2)) == ["may work", "begun"]
    assert texts(pick(connection, start=0, count=1)) == ["failed"]


def test_paused_and_wanted(connection):
    """What is paused is not taken up; what somebody wants again comes first, wherever it stands."""
    with_states(connection)
    connection.execute("update research_queries set is_paused = true where text in ('failed', 'new')")
    connection.execute("update research_queries set wants_retry = true where text in ('done', 'new')")
    assert texts(pick(connection, start=4)) == ["done", "may work", "begun"]


def test_a_named_query_is_taken_alone(connection):
    """By its text, however it is spelled, or by its id; one that is not kept is nobody."""
    with_states(connection)
    assert texts(pick(connection, query=" DONE ")) == ["done"]
    assert texts(pick(connection, query=query_id("new"))) == ["new"]
    assert pick(connection, query="unheard of") == []


def test_an_empty_query_is_refused():
    """Nothing but spaces is no query."""
    with pytest.raises(QueryRefused, match="it is empty"):
        made(" \t ")
