"""A person logs in: by a file from another machine, or in a window; what is said where neither is possible."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet

from include.account_analytics.browser import login, states
from include.account_analytics.browser.states import NoState
from include.account_analytics.secrets_kept import Safe
from include.database import Database
from include.local import accounts, keys
from include.local.driven_sandbox import RunningSandbox
from include.local.errors import LocalError
from include.local.folders import Folders
from include.settings import Secret
from tests.include.account_analytics.browser.studio_page import SESSION, address, needs_browser, plain, written


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    for name in ("AIRFLOW__CORE__FERNET_KEY", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return Folders(tmp_path / ".local")


def held(database_url: str, key: str, account: str) -> Secret:
    with Database(lambda: psycopg.connect(database_url)) as store:
        return states.read(store, Safe(Secret(key)), account).state


def rows(database_url: str) -> list[tuple[str, ...]]:
    with psycopg.connect(database_url) as connection:
        return connection.execute("select account from account_browser_states").fetchall()


def test_by_a_file(folders: Folders, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """It is kept for the account of that handle, with the key of the Airflow here; nothing of it is said, only to remove it."""
    path = tmp_path / "state.json"
    path.write_text(written(), encoding="utf-8")
    accounts.log_in(folders, database_url, "@Anna.B", str(path))
    assert held(database_url, keys.keys(folders)["fernet"], "anna.b") == Secret(written())
    said = capsys.readouterr().out
    assert SESSION not in said
    assert f"Remove {path} now" in said
    assert [left for left in folders.local.rglob("*") if left.is_file() and SESSION in left.read_text()] == []


def test_in_a_container(folders: Folders, database_url: str, monkeypatch: pytest.MonkeyPatch):
    """Where no Airflow of one's own was ever made, the key is that of the environment; the state may come by standard input."""
    key = Fernet.generate_key().decode()
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", key)
    monkeypatch.setattr(sys, "stdin", io.StringIO(written()))
    accounts.log_in(folders, database_url, "anna", "-")
    assert held(database_url, key, "anna") == Secret(written())
    assert not folders.local.exists()


def test_another_name_of_an_account(folders: Folders, database_url: str, tmp_path: Path):
    """An account that was renamed is found by any of its handles."""
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into accounts (account, handle, aliases) values ('shop', 'shop.new', '{shop.old}')")
    path = tmp_path / "state.json"
    path.write_text(written(), encoding="utf-8")
    accounts.log_in(folders, database_url, "shop.new", str(path))
    assert rows(database_url) == [("shop",)]


def test_without_a_screen(folders: Folders, database_url: str):
    """What to do on another machine is said in commands."""
    with pytest.raises(
        LocalError, match=r"(?s)no screen here.*--save-storage=state.json https.*ACCOUNT=anna STATE=state.json"
    ):
        accounts.log_in(folders, database_url, "anna", "")
    assert rows(database_url) == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("", written(), "Say whose login it is: make accounts-login ACCOUNT=handle"),
        ("two words", written(), "Say whose login it is"),
        ("anna", None, "cannot be read: No such file"),
        ("anna", b"\xff\xfe\xff", "it is no text"),
        ("anna", b'{"recognisable": 1}', "no state of a browser"),
    ],
)
def test_what_is_not_kept(
    folders: Folders, database_url: str, tmp_path: Path, name: str, content: str | bytes | None, said: str
):
    """It is said in a sentence, which shows nothing of it."""
    path = tmp_path / "state.json"
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(LocalError, match=said) as caught:
        accounts.log_in(folders, database_url, name, str(path))
    assert "recognisable" not in str(caught.value)
    assert rows(database_url) == []


@pytest.mark.server
@needs_browser
def test_in_a_window(sandbox: RunningSandbox):
    """It ends by itself as soon as somebody is logged in and shown their page; here the page logs in by itself."""
    plain(sandbox)
    state = login.by_window(address(sandbox).replace("analytics", "sign-in"), 30, window=False)
    assert SESSION in state.reveal()


@pytest.mark.server
@needs_browser
def test_nobody_comes(sandbox: RunningSandbox):
    """When nobody logs in within the time, nothing is kept."""
    plain(sandbox)
    with pytest.raises(NoState, match="before anybody was logged in"):
        login.by_window(address(sandbox), 0.2, window=False)
