"""What is fetched: handed over in the lake, taken in like a file in the account's folder, removed once it is entered."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.account_analytics import incoming, landing, locks, tasks
from include.account_analytics.facts import Refused
from include.account_analytics.forgetting_files import OwnFiles
from include.database import Database
from include.erasure.person import Person
from include.lake import Lake
from include.sandbox.exports.downloads import export
from tests.fixtures.accounts import Accounts
from tests.fixtures.stores import Store

AT = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)
FILES = "select file_name, account, account_basis, source, state from account_exports where member = '' order by 1"


def overview(world, **switches):
    (file,) = export(world.account(0, zone="UTC"), AT, reports=["overview"], **switches)
    return file


def test_a_file_is_handed_over_whole_under_its_account(lake: Lake):
    """The key says whose it is; the same again changes nothing, on disk and in both kinds of bucket."""
    key = incoming.put(lake, "@Mara.K", "api_business_get_20261012T093000Z.json", b"{}")
    assert key == "landing/incoming/mara.k/api_business_get_20261012T093000Z.json"
    assert incoming.put(lake, "mara.k", "api_business_get_20261012T093000Z.json", b"{}") == key
    assert [(entry.key, entry.size) for entry in lake.entries("landing")] == [(key, 2)]


@pytest.mark.parametrize(
    ("account", "name", "content"),
    [
        ("../x", "api_a.json", b"1"),
        ("", "api_a.json", b"1"),
        ("a/b", "api_a.json", b"1"),
        ("mara", "a.json", b"1"),
        ("mara", "drop_a.json", b"1"),
        ("mara", "api_", b"1"),
        ("mara", "api_../a.json", b"1"),
        ("mara", "api_a/b.json", b"1"),
        ("mara", "api_a\\b.json", b"1"),
        ("mara", "api_..", b"1"),
        ("mara", "api_a\n.json", b"1"),
        ("mara", "api_a\x00.json", b"1"),
        ("mara", "browser_.hidden", b"1"),
        ("mara", "browser_a.zip.crdownload", b"1"),
        ("mara", "api_" + "a" * 200, b"1"),
        ("mara", "api_a.json", b""),
    ],
)
def test_what_has_no_place_is_refused(tmp_path: Path, account: str, name: str, content: bytes):
    """Accounts that are no handles, names that say no source or lead elsewhere, files without a byte: nothing is written."""
    lake = Lake(f"file://{tmp_path}/lake")
    with pytest.raises(Refused):
        incoming.put(lake, account, name, content)
    assert lake.entries() == []


def test_a_download_of_the_browser_lands_like_a_file_in_the_accounts_folder(accounts: Accounts, store: Store, world):
    """Its bytes, its dates and its numbers are those of the same file dropped; only the source is another one."""
    accounts.store = store
    file = overview(world)
    incoming.put(accounts.lake, file.handle, f"browser_{file.name}", file.data)
    accounts.run()
    sha = hashlib.sha256(file.data).hexdigest()
    assert accounts.files("landing") == {
        f"landing/{file.handle}/overview_2026-09-13_2026-10-10_20261012T093000Z_{sha[:8]}.zip": file.data
    }
    assert accounts.rows(FILES) == [(file.name, file.handle, "folder", "browser", "staged")]
    assert len(accounts.days(file.handle)) == 28
    assert accounts.rows("select count(*) from account_drop_files") == [(0,)]


def test_the_same_bytes_again_cost_nothing(accounts: Accounts, world):
    """Dropped before, or fetched before: one copy and one row, and nothing is left where it was handed over."""
    file = overview(world)
    accounts.drop([file])
    accounts.run()
    before = accounts.files("")
    for _ in range(2):
        incoming.put(accounts.lake, file.handle, f"browser_{file.name}", file.data)
        accounts.run()
        assert accounts.files("") == before
    assert accounts.rows(FILES) == [(file.name, file.handle, "name", "drop", "staged")]


def test_an_account_of_digits_is_an_account(accounts: Accounts, world):
    """A folder called 2026 is nobody's; what was fetched for the account of that name is that account's."""
    file = overview(world, container="csv", family="business")
    incoming.put(accounts.lake, "2026", f"browser_{file.name.rpartition('/')[2]}", file.data)
    accounts.run()
    assert accounts.rows("select account, state from account_exports where member <> ''") == [("2026", "staged")]


def test_a_landing_that_fails_leaves_it_where_it_was(accounts: Accounts, world):
    """It goes only once the tables know it: whenever the step ends too early, the next one ends in the same bytes."""
    file = overview(world)
    key = incoming.put(accounts.lake, file.handle, f"browser_{file.name}", file.data)
    run = accounts.open()
    with Database(accounts.connect) as store, incoming.opened(accounts.lake) as fetched:
        with pytest.raises(RuntimeError, match="the lights go out"):
            locks.alone(store, locks.LANDING, lambda connection: lights_out(connection, accounts, run, fetched))
        assert incoming.remove_entered(store, accounts.lake, fetched) == 0
    assert accounts.files("landing/incoming") == {key: file.data}
    accounts.run()
    assert [name for name in accounts.files("landing") if "incoming" in name] == []
    assert len(accounts.days(file.handle)) == 28


def lights_out(connection, accounts: Accounts, run, fetched) -> None:
    landing.land(connection, accounts.lake, run, accounts.source, fetched)
    raise RuntimeError("the lights go out")


def test_what_cannot_be_read_goes_to_quarantine(accounts: Accounts):
    """Beside its reason, with a row that names the account's file; it is not looked at again."""
    incoming.put(accounts.lake, "mara", "browser_page.zip", b"<html><body>Sign in</body></html>")
    accounts.run()
    assert [name.rpartition("_")[2] for name in accounts.files("landing")] == ["page.zip", "page.zip.reason.json"]
    assert accounts.rows("select file_name, source, state from account_exports") == [
        ("page.zip", "browser", "quarantined")
    ]


def test_personal_data_is_not_kept(accounts: Accounts):
    """Of what may not be kept only name, size and sum are noted, and the fetched copy goes."""
    incoming.put(
        accounts.lake, "mara", "browser_user.json", b'{"Activity": {"Video Browsing History": {}}, "Profile": {}}'
    )
    accounts.run()
    assert accounts.files("landing") == {}
    assert accounts.rows("select file_name, state, landing_key from account_exports") == [
        ("user.json", "refused", None)
    ]


def test_what_others_put_there_stays(accounts: Accounts, world):
    """Names that are not ours, and the files that the account with the handle `incoming` has landed, are left alone."""
    file = overview(world)
    accounts.lake.write("landing/incoming/mara/notes.txt", b"mine")
    accounts.lake.write("landing/incoming/mara/deep/api_a.json", b"mine")
    accounts.drop({"incoming/report.csv": overview(world, container="csv", family="business").data})
    accounts.run()
    incoming.put(accounts.lake, file.handle, f"browser_{file.name}", file.data)
    accounts.run()
    left = list(accounts.files("landing/incoming"))
    assert [name for name in left if "/mara/" in name] == [
        "landing/incoming/mara/deep/api_a.json",
        "landing/incoming/mara/notes.txt",
    ]
    assert len(left) == 3


def test_two_runs_at_once_enter_it_once(accounts: Accounts, world):
    """The second found it listed, and comes to its turn when it is gone: it takes nothing, and nothing fails."""
    file = overview(world)
    incoming.put(accounts.lake, file.handle, f"browser_{file.name}", file.data)
    with incoming.opened(accounts.lake) as listed:
        accounts.land()
        run = accounts.open()
        with Database(accounts.connect) as store:
            again = locks.alone(
                store, locks.LANDING, lambda each: landing.land(each, accounts.lake, run, accounts.source, listed)
            )
            assert (again, incoming.remove_entered(store, accounts.lake, listed)) == ([], 0)
    assert accounts.rows("select count(*) from account_exports where member = ''") == [(1,)]


def test_what_is_put_there_meanwhile_stays(accounts: Accounts, world):
    """Other bytes under the same name, put while the first ones were entered, wait for the next run."""
    file, other = overview(world), overview(world, container="csv", family="business")
    key = incoming.put(accounts.lake, file.handle, "browser_same.zip", file.data)
    run = accounts.open()
    with Database(accounts.connect) as store, incoming.opened(accounts.lake) as fetched:
        locks.alone(store, locks.LANDING, lambda each: landing.land(each, accounts.lake, run, accounts.source, fetched))
        incoming.put(accounts.lake, file.handle, "browser_same.zip", other.data)
        assert incoming.remove_entered(store, accounts.lake, fetched) == 0
    assert accounts.files("landing/incoming") == {key: other.data}
    tasks.land(accounts.connect, accounts.lake, accounts.open(), accounts.source)
    assert accounts.files("landing/incoming") == {}


def test_a_forgotten_account_leaves_nothing_there(accounts: Accounts):
    """Erasure counts and removes what was fetched for it and is not entered yet; others' stays."""
    key = incoming.put(accounts.lake, "mara", "api_a.json", b"{}")
    incoming.put(accounts.lake, "lila", "api_a.json", b"{}")
    person = Person("1", None, ("mara",))
    assert OwnFiles(accounts.lake, None).keys([], person) == [key]
