"""When made-up exports are used: never beside anything of one's own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from include import settings
from include.local import accounts
from include.local.errors import LocalError
from include.local.folders import Folders


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    made = Folders(tmp_path / ".local")
    made.make()
    return made


def brought(folders: Folders, url: str, **env: str) -> dict[str, str]:
    return accounts.bring_exports(folders, settings.load(env, None), url, [])


def test_with_nothing_else_they_are_used(folders: Folders, database_url: str):
    """An empty drop folder, no account, the embedded database: exports of the day, the same at the next run."""
    first = brought(folders, database_url)
    made = {path.name: path.read_bytes() for path in Path(first[accounts.MADE_UP]).rglob("*") if path.is_file()}
    assert len(made) > 15
    assert Path(first[accounts.MADE_UP]).is_relative_to(folders.made_up_exports)
    assert brought(folders, database_url) == first


def test_with_a_file_of_ones_own_they_are_not(folders: Folders, database_url: str):
    """One file in the drop folder, by whichever setting it is named, and nothing is made up."""
    (folders.drop / "Overview.csv").write_text("x")
    assert brought(folders, database_url) == {}
    elsewhere = folders.local / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "Overview.csv").write_text("x")
    (folders.drop / "Overview.csv").unlink()
    assert brought(folders, database_url, TIKTOK_LANDING_PATH=str(elsewhere)) == {}


def test_with_an_account_of_ones_own_they_are_not(folders: Folders, database_url: str):
    """An account that is not made up, in the tables or in the settings, keeps them away; one that is made up does not."""
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into accounts (account, handle, is_made_up) values ('made.up', 'made.up', true)")
    assert brought(folders, database_url) != {}
    assert brought(folders, database_url, ACCOUNTS_HANDLES="my.shop") == {}
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into accounts (account, handle) values ('my.shop', 'my.shop')")
    assert brought(folders, database_url) == {}


def test_in_a_database_of_ones_own_they_are_not(folders: Folders, database_url: str):
    """A configured database never gets them."""
    assert brought(folders, database_url, POSTGRES_URL_NON_POOLING="postgresql://u:p@host/db") == {}


def test_a_day_has_one_drop(folders: Folders):
    """Before four o'clock UTC it is the drop of the day before: no download is made in the future."""
    early, late = datetime(2026, 11, 2, 3, tzinfo=UTC), datetime(2026, 11, 2, 5, tzinfo=UTC)
    assert [accounts._made_up(folders, at).name for at in (early, late)] == ["2026-11-01", "2026-11-02"]


def test_a_check_needs_a_file():
    """Without a file there is one message, with how to say it."""
    with pytest.raises(LocalError, match="say which file: make accounts-check FILE="):
        accounts.check("")
