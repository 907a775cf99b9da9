"""The migration that keeps the seconds of words: what a library held before is found by the new rule, and loses nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg
import pytest

from include.migrations import FOLDER, migrate
from include.video_research.library import find

pytestmark = pytest.mark.server


@pytest.fixture
def before(empty_database_url: str, tmp_path: Path):
    """A database as it was before the migration."""
    folder = Path(shutil.copytree(FOLDER, tmp_path / "migrations"))
    for path in folder.glob("*.sql"):
        if path.name >= "0055":
            path.unlink()
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        migrate(connection, folder)
        yield connection


def test_a_library_of_before(before: psycopg.Connection):
    """Mixed letters are found as they look, other texts as before; a passage of before has no seconds of words."""
    for video_id, text in (("1", "RAМEN ТOKУО"), ("2", "plain ramen"), ("3", "Раменная")):
        before.execute(
            "insert into videos (video_id, ocr_text, schema_version, added_at) values (%s, %s, 1, '2026-01-01')",
            [video_id, text],
        )
        before.execute(
            "insert into video_passages (video_id, source, number, starts_s, ends_s, text) values (%s, 'screen', 0, 1, 2, %s)",
            [video_id, text],
        )
    before.execute("insert into videos (video_id, title, transcript) values ('9', 'old', 'We visit Tоkyo.')")
    migrate(before)
    assert {answer.video_id for answer in find(before, "ramen")} == {"1", "2"}
    assert {answer.video_id for answer in find(before, "tokyo")} == {"1", "9"}
    assert [answer.video_id for answer in find(before, "раменная")] == ["3"]
    assert before.execute(
        "select count(*), count(word_letters), count(probability) from video_passages"
    ).fetchall() == [(5, 0, 0)]
