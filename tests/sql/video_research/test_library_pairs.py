"""Which terms stand side by side: what the index of phrases is made of."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest

from include.migrations import FOLDER, migrate
from include.video_research.library import find

pytestmark = pytest.mark.server


def pairs(connection: psycopg.Connection[Any], words: str) -> list[int]:
    found: list[int] = connection.execute("select library_pairs(%s::tsvector)", [words]).fetchall()[0][0]
    return found


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("'a':1 'b':2 'c':3", 2),
        ("'a':1 'b':3", 0),  # a place is free between them
        ("'a':1,3 'b':2,4", 2),  # a b a b: "a b" twice, "b a" once
        ("'a':1,2,3", 1),
        ("'a':1 'b':2 'c':2", 2),  # as at the last place that a tsvector knows, where several may be
        ("'a':1A 'b':2B", 1),
        ("'a' 'b'", 0),
        ("", 0),
    ],
)
def test_pairs_of_neighbours(connection: psycopg.Connection[Any], words: str, count: int):
    """Each two terms at places that follow each other are one number, however often they do."""
    assert len(pairs(connection, words)) == count


def test_a_pair_is_the_same_wherever_it_stands(connection: psycopg.Connection[Any]):
    """Place and weight do not matter, the order of the two does."""
    assert pairs(connection, "'a':1 'b':2") == pairs(connection, "'a':70B 'b':71B")
    assert pairs(connection, "'a':1 'b':2") != pairs(connection, "'b':1 'a':2")


def test_what_was_there_before_is_found_by_its_phrases(empty_database_url: str, tmp_path: Path):
    """Rows of the schema before are in the index once it is there."""
    folder = Path(shutil.copytree(FOLDER, tmp_path / "migrations"))
    for path in folder.glob("*.sql"):
        if path.name >= "0047":
            path.unlink()
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        migrate(connection, folder)
        connection.execute(
            "insert into videos (video_id, url, caption, transcript) values"
            " ('1', 'https://www.tiktok.com/@a/video/1', '東京のラーメン屋', 'the best ramen near the station'),"
            " ('2', 'https://www.tiktok.com/@a/video/2', null, null)"
        )
        migrate(connection)
        for typed in ('"best ramen near"', "のラーメン", '"the station"'):
            assert [answer.video_id for answer in find(connection, typed)] == ["1"]
        assert find(connection, '"ramen best"') == []
