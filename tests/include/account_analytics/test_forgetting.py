"""People who are to be forgotten, in the tables of one's own accounts."""

from __future__ import annotations

import errno
import io
import time
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from include.account_analytics import curated, tasks, undoing
from include.account_analytics.browser import screenshots
from include.account_analytics.forgetting_files import FilesStay
from include.erasure.finding import PersonUnclear
from include.lake import Lake
from include.sandbox.exports import traps
from include.sandbox.exports.downloads import export
from tests.fixtures.accounts import Accounts
from tests.include.forget_creator.looking import KEY, forget, holding

UID, HANDLE = "7067630864460584946", "anna.b"
AT = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)
REPORTS = ["overview", "content"]


@pytest.fixture(autouse=True)
def erasure_key(monkeypatch):
    monkeypatch.setenv("ERASURE_KEY", KEY)


def test_an_account_of_their_own_goes_whole(days):
    """An account whose name is theirs goes with its files, days and questions; another one's stay."""
    with days.connect() as connection:
        connection.execute("insert into creators (user_id, handle) values (%s, 'Anna.B')", [UID])
        for account in (HANDLE, "my.shop"):
            connection.execute("insert into accounts (account, handle) values (%s, %s)", [account, account])
            connection.execute(
                "insert into account_exports (export_sha256, account, source, file_name, size_bytes, landed_at, state,"
                " name_handle) values (%s, %s, 'drop', 'Overview.zip', 1, now(), 'staged', %s)",
                [account, account, account],
            )
            connection.execute("insert into social_media_stats (account, date) values (%s, '2026-10-01')", [account])
            connection.execute(
                "insert into account_browser_states (account, state, logged_in_at, saved_at) values (%s, 'x', now(), now())",
                [account],
            )
            connection.execute(
                "insert into account_browser_log (account, run_id, purpose, claimed_at, starts_at)"
                " values (%s, 'r', 'export', now(), now())",
                [account],
            )
    promised = forget(days, UID, dry_run=True)
    assert promised == forget(days, UID)
    assert (promised["accounts"], promised["account_files"]) == (1, 1)
    assert holding(days, HANDLE) == {}
    for table in ("social_media_stats", "account_browser_states", "account_browser_log"):
        assert days.rows(f"select account from {table}") == [("my.shop",)]  # noqa: S608


class Data:
    """The tables of a test's accounts, as the erasure's own tests look at them."""

    def __init__(self, accounts: Accounts) -> None:
        self.connect = accounts.connect


def erase(accounts: Accounts, whom: str, **options: bool) -> dict[str, int]:
    """As the DAG does it, with the lake and the drop folder."""
    return forget(Data(accounts), whom, lake=accounts.lake, drop=accounts.drop_folder, **options)


def files_of_people(world) -> tuple[str, list, str, list]:
    """One visit each of a person who is to be forgotten, and of a shop whose captions name them in several ways."""
    person, shop = (world.account(number, zone="UTC") for number in (0, 1))
    said = [
        f"with @{person.handle.title()} today",
        f"thanks, @{person.handle}!",
        f"not @{person.handle}bel",
        f"# {person.handle} alone",
    ]
    posts = tuple(replace(post, caption=said[number % len(said)]) for number, post in enumerate(shop.posts))
    shop = replace(shop, posts=posts)
    return person.handle, export(person, AT, reports=REPORTS), shop.handle, export(shop, AT, reports=REPORTS)


def texts(accounts: Accounts, prefix: str = "") -> dict[str, str]:
    """Every file of the lake, unpacked, as text."""
    return {key: f"{key} {unpacked(key, data)}" for key, data in accounts.files(prefix).items()}


def unpacked(key: str, data: bytes) -> str:
    if key.endswith(".parquet"):
        return str(pl.read_parquet(io.BytesIO(data)).to_dicts())
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return " ".join(unpacked(name, archive.read(name)) for name in archive.namelist())
    return data.decode("utf-8", "replace")


def naming(accounts: Accounts, handle: str, prefix: str = "") -> list[str]:
    """Keys of the files that name somebody, as a whole name after an @, or as an account."""
    longer = f"{handle}bel"
    return [
        key
        for key, text in texts(accounts, prefix).items()
        if (f"@{handle}" in text.lower().replace(f"@{longer}", "")) or f"/{handle}/" in key or f"'{handle}'" in text
    ]


def test_their_own_account_leaves_the_lake(accounts: Accounts, world):
    """By handle, where nobody knows a user id: tables, landing, archive, raw, staging and curated lose the account alone."""
    handle, own, shop, others = files_of_people(world)
    accounts.drop({f"{handle}/{file.name}": file.data for file in own})
    accounts.drop([*others, traps.truncated(replace(own[0], name=f"{handle}/half.zip"))])
    accounts.run()
    assert {key.split("/")[1] for key in naming(accounts, handle, "landing")} >= {handle, "archive"}
    for whose in (handle, shop):
        screenshots.keep(accounts.lake, whose, "overview", "range", AT, b"png")
    others_before = {key: data for key, data in accounts.files("").items() if f"/{shop}/" in key}
    promised = erase(accounts, f"@{handle.upper()}", dry_run=True)
    assert promised["lake_files"] > len(own)
    assert erase(accounts, f"@{handle.upper()}") == promised
    assert holding(Data(accounts), f"'{handle}'", f'"{handle}"', f"/{handle}/", f",{handle},") == {}
    assert [key for key in accounts.files("") if handle in key] == []
    monthly = accounts.files("curated")["curated/social_media/tiktok/content_performance_monthly.csv"].decode()
    assert {line.split(",")[1] for line in monthly.splitlines()[1:]} == {shop}
    assert {key for key in others_before if "landing" in key or "browser" in key} <= accounts.files("").keys()
    assert len(accounts.files("browser")) == 1
    assert accounts.rows("select account from accounts") == [(shop,)]
    assert accounts.rows("select count(*) from forgotten_creators") == [(0,)]
    with pytest.raises(PersonUnclear, match="Nobody is known by this handle"):
        erase(accounts, f"@{handle}")


@pytest.mark.parametrize("known_as", ["handle", "alias", "user id", "former handle"])
def test_whatever_they_are_called(accounts: Accounts, world, known_as: str):
    """An account is found by a former name of its own, by its creator's user id, and by a former handle of that creator."""
    handle, own, *_ = files_of_people(world)
    accounts.drop(own[:1])
    accounts.run()
    with accounts.connect() as connection:
        connection.execute("update accounts set aliases = '{anna_old}'")
        if known_as != "alias":
            seen_as = "anna_new" if known_as == "former handle" else handle
            connection.execute("insert into creators (user_id, handle) values (%s, %s)", [UID, seen_as])
        if known_as == "former handle":
            connection.execute(
                "insert into handle_history (user_id, handle, seen_from) values (%s, 'anna_old', '2026-01-01')", [UID]
            )
    by = {"handle": f"@{handle}", "alias": "anna_old", "user id": UID, "former handle": "@anna_new"}[known_as]
    assert erase(accounts, by)["accounts"] == 1
    assert accounts.rows("select count(*) from accounts") == [(0,)]
    assert accounts.files("") == {}
    assert accounts.rows("select count(*) from account_files_to_remove") == [(0,)]
    assert accounts.rows("select count(*) from forgotten_creators") == [(int(known_as != "alias"),)]


def test_captions_that_name_them_are_blanked(accounts: Accounts, world):
    """Of others only what landed names them still: raw, staging, curated files and tables do not, and stay so from then on."""
    handle, _, shop, others = files_of_people(world)
    accounts.drop(others)
    accounts.run()
    with accounts.connect() as connection:
        connection.execute("insert into creators (user_id, handle) values (%s, %s)", [UID, handle])
    assert {key.split("/")[0] for key in naming(accounts, handle)} == {"landing", "raw", "staging", "curated"}
    promised = erase(accounts, UID, dry_run=True)
    assert promised["lake_texts"] > 2
    assert erase(accounts, UID) == promised
    assert {key.split("/")[0] for key in naming(accounts, handle)} == {"landing"}
    assert holding(Data(accounts), f"@{handle} ", f"@{handle}!") == {}
    raw = "".join(texts(accounts, "raw").values())
    assert "with (erased) today" in raw
    assert f"not @{handle}bel" in raw
    days = accounts.days(shop)
    assert "nothing new" in accounts.run()
    later = export(world.account(1, zone="UTC"), AT.replace(day=20), reports=["overview"])
    accounts.drop(later)
    accounts.run()
    assert {key.split("/")[0] for key in naming(accounts, handle)} == {"landing"}
    assert accounts.days(shop).items() >= {day: views for day, views in days.items() if day.day < 8}.items()
    assert sum(erase(accounts, UID).values()) == 0


def test_blanking_is_what_rebuilding_gives(accounts: Accounts, world):
    """Staged and curated files are, byte for byte, those that are made of the blanked lines of raw."""
    handle, _, shop, others = files_of_people(world)
    accounts.drop(others)
    accounts.run()
    with accounts.connect() as connection:
        connection.execute("insert into creators (user_id, handle) values (%s, %s)", [UID, handle])
    erase(accounts, UID)
    before = {**accounts.files("staging"), **accounts.files("curated")}
    with accounts.connect() as connection:
        connection.execute("update accounts set stale_since = now()")
    for key in accounts.files(f"staging/{shop}"):
        accounts.lake.delete(key)
    accounts.run()
    after = {**accounts.files("staging"), **accounts.files("curated")}
    assert [key for key in before if before[key] != after.get(key)] == []


class Watched(Lake):
    """Does something else once, as soon as a file of a zone was read or written."""

    def __init__(self, uri: str, zone: str, do: Callable[[], None]) -> None:
        super().__init__(uri)
        self._zone, self._do = zone, do

    def read(self, key: str) -> bytes:
        content = super().read(key)
        self._tell(key)
        return content

    def upload_all(self, files: Mapping[str, Path]) -> None:
        super().upload_all(files)
        for key in files:
            self._tell(key)

    def _tell(self, key: str) -> None:
        if key.startswith(self._zone):
            do, self._do = self._do, lambda: None
            do()


@pytest.mark.parametrize("step", ["to_raw", "plan_accounts", "to_staging"])
def test_a_run_goes_on_meanwhile(accounts: Accounts, world, step: str):
    """What a run has in hand of an account of theirs is waited for, or thrown away: nothing of it is there in the end."""
    (handle, own, shop, _), others = files_of_people(world), export(world.account(1), AT, reports=REPORTS)
    accounts.drop([*own, *others])
    erasing: list[Future] = []

    def erase_meanwhile() -> None:
        """Begun, and let go on until it is done or waits."""
        erasing.append(pool.submit(erase, accounts, f"@{handle}"))
        waiting = (
            "select from pg_locks where locktype = 'advisory' and not granted"
            " and database = (select oid from pg_database where datname = current_database())"
        )
        while not erasing[0].done() and not accounts.rows(waiting):
            time.sleep(0.005)

    zone = {"to_raw": f"raw/{handle}/", "plan_accounts": "landing/archive/", "to_staging": f"raw/{handle}/"}[step]
    watched = Watched(accounts.lake.uri, zone, erase_meanwhile)
    lakes = dict.fromkeys(("to_raw", "plan_accounts", "to_staging"), accounts.lake) | {step: watched}
    with ThreadPoolExecutor(1) as pool:
        run = accounts.open()
        for batch in accounts.land(run):
            tasks.to_raw(accounts.connect, lakes["to_raw"], run, batch)
        for batch in tasks.plan_accounts(accounts.connect, lakes["plan_accounts"], run, accounts.source):
            tasks.to_staging(accounts.connect, lakes["to_staging"], run, batch)
            tasks.check_quality(accounts.connect, accounts.lake, run, batch)
        tasks.to_curated(accounts.connect, accounts.lake, run)
        assert erasing[0].result()["accounts"] == 1
    assert naming(accounts, handle) == []
    assert holding(Data(accounts), f"'{handle}'", f'"{handle}"', f"/{handle}/", f",{handle},") == {}
    assert accounts.rows("select account from accounts") == [(shop,)]


def test_a_report_of_theirs_in_anothers_file(accounts: Accounts, world):
    """A file of theirs of which one report was put to another account goes whole, and that account loses these days."""
    handle, own, *_ = files_of_people(world)
    accounts.drop(own)
    accounts.run()
    ((sha, member),) = accounts.rows(
        "select export_sha256, member from account_exports where report = 'overview' and member <> ''"
    )
    accounts.work(lambda c: undoing.move(c, sha, member, "my.shop", "ann"))
    accounts.run()
    assert len(accounts.days("my.shop")) > 20
    erase(accounts, f"@{handle}")
    accounts.run()
    assert accounts.days("my.shop") == {}
    assert [key for key in accounts.files("") if handle in key or "my.shop" in key] == []


def test_a_folder_that_is_kept_loses_them(accounts: Accounts, world):
    """Their files go out of a drop folder that is kept, so that no run brings the account back; others' files stay."""
    handle, own, _, others = files_of_people(world)
    accounts.keeps = True
    accounts.drop({f"{handle}/{file.name}": file.data for file in own})
    accounts.drop(others)
    accounts.run()
    assert erase(accounts, f"@{handle}")["drop_files"] == len(own)
    assert sorted(path.name for path in accounts.drop_folder.iterdir()) == sorted(file.name for file in others)
    assert "nothing new" in accounts.run()
    assert accounts.rows("select count(*) from accounts") == [(1,)]


def test_a_folder_that_cannot_be_written(accounts: Accounts, world, monkeypatch):
    """It is said, and what is left is removed once the right is there."""
    handle, own, *_ = files_of_people(world)
    accounts.keeps = True
    accounts.drop({f"{handle}/{file.name}": file.data for file in own})
    accounts.run()
    unlink = Path.unlink

    def refused(path: Path, **options: bool) -> None:
        if accounts.drop_folder in path.parents:
            raise PermissionError(errno.EACCES, "Permission denied")
        unlink(path, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refused)
        with pytest.raises(FilesStay, match="give this user the right"):
            erase(accounts, f"@{handle}")
    erase(accounts, f"@{handle}")
    assert list(accounts.drop_folder.iterdir()) == []


@pytest.mark.parametrize("moment", ["delete", "publish"])
def test_an_erasure_that_was_killed_goes_on(accounts: Accounts, world, monkeypatch, moment: str):
    """Rows gone and files not yet, or the curated ones not made anew: the same call does the rest."""
    handle, own, shop, others = files_of_people(world)
    accounts.drop([*own, *others])
    accounts.run()

    class Killed(BaseException):
        pass

    def die(*_args, **_kwargs):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(*((Lake, "delete") if moment == "delete" else (curated, "publish")), die)
        with pytest.raises(Killed):
            erase(accounts, f"@{handle}")
    erase(accounts, f"@{handle}")
    assert [key for key in naming(accounts, handle) if "landing" not in key] == []
    assert {key.split("/")[1] for key in accounts.files("landing")} == {shop, "archive"}
    assert accounts.rows("select count(*) from account_files_to_remove") == [(0,)]
