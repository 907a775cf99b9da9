"""The page "Add files": what is sent is looked at first, and stored when somebody says so; nothing else is."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from include.account_analytics import uploads
from include.account_analytics.facts import Refused
from include.account_analytics.uploads import Room, safe_name
from include.sandbox.exports.downloads import export
from tests.fixtures.accounts import Accounts
from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.test_comets import HOSTILE, words

Browsers = Callable[[str | None], Browser]
AT = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)
BATCH = "0123456789abcdef" * 2
PLACE = f"/accounts/add/{BATCH}"
PERSONAL = (
    b'{"Activity": {"Like List": {}}, "Profile": {"Profile Info": {}}, "Your Activity": {}, "Direct Message": {}}'
)


@pytest.fixture
def drop_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    monkeypatch.setenv("ACCOUNTS_DROP", str(folder))
    return folder


@pytest.fixture
def overview(world: Any) -> Any:
    (file,) = export(world.account(0, zone="UTC"), AT, reports=["overview"])
    return file


def send(user: Browser, name: str, data: bytes, **headers: str) -> Any:
    """As the page's script does."""
    token = re.search(r'data-token="([^"]+)"', user.page("/accounts/add"))
    assert token is not None
    sent = {
        "x-csrf-token": token[1],
        "accept": "application/json",
        "content-type": "application/octet-stream",
        **headers,
    }
    return user.request("POST", PLACE, params={"name": name}, content=data, headers=sent)


def lying(folder: Path) -> list[str]:
    """All files below the folder, those in the waiting room apart."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and uploads.WAITING_ROOM not in path.parts
    )


def waiting(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / uploads.WAITING_ROOM).rglob("*") if path.is_file())


def test_from_the_browser_to_the_drop_folder(browser: Browsers, drop_folder: Path, overview: Any):
    """Sent, told what it is with its days, stored byte for byte under its name, and the DAG is offered to run."""
    user = browser("user")
    answer = send(user, overview.name, overview.data)
    assert answer.status_code == 200
    assert answer.json()["name"] == overview.name
    assert any("studio_overview, 28 rows; 2026-09-13 to 2026-10-10" in line for line in answer.json()["taken_for"])
    assert (lying(drop_folder), waiting(drop_folder)) == ([], [overview.name])
    page = words(user.page(PLACE))
    assert "1 file: what it is taken for" in page
    assert "studio_overview, 28 rows; 2026-09-13 to 2026-10-10 (year by name" in page
    answer = user.post(f"{PLACE}/store", {"account": ""}, found_on=PLACE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/accounts/add?stored=1")
    assert (drop_folder / overview.name).read_bytes() == overview.data
    assert waiting(drop_folder) == []
    page = user.page("/accounts/add?stored=1")
    assert "1 file is in the drop folder." in page
    assert 'action="/accounts/run/start"' in page
    assert user.get(PLACE).status_code == 404


def test_what_is_stored_is_what_a_run_reads(browser: Browsers, accounts: Accounts, monkeypatch: Any, overview: Any):
    """The whole way: sent, stored for an account, run; and the page Accounts and the account's own show its views."""
    monkeypatch.setenv("ACCOUNTS_DROP", str(accounts.drop_folder))
    user = browser("user")
    assert send(user, overview.name, overview.data).status_code == 200
    assert user.post(f"{PLACE}/store", {"account": f"@{overview.handle}"}, found_on=PLACE).status_code == 303
    assert lying(accounts.drop_folder) == [f"{overview.handle}/{overview.name}"]
    accounts.run()
    views = accounts.days(overview.handle)
    assert len(views) == 28
    page = user.page(f"/accounts/@{overview.handle}")
    last = max(views)
    assert re.search(rf">{views[last]:,}</button><span [^>]*>[^<]*line 29: from an export</span>", page)
    assert f"{sum(value or 0 for value in views.values()):,} 28 days counts" in words(page)
    assert overview.handle in user.page("/accounts")


def test_an_account_is_a_folder(browser: Browsers, drop_folder: Path, overview: Any):
    """Files of a chosen account go into its folder; what is no handle is refused, and nothing is stored."""
    user = browser("user")
    send(user, "a.zip", overview.data)
    for account in ("../..", "a/b", "..", "Ünï code"):
        answer = user.post(f"{PLACE}/store", {"account": account}, found_on=PLACE)
        assert (answer.status_code, lying(drop_folder)) == (422, []), account
    assert user.post(f"{PLACE}/store", {"account": " @Nora.S "}, found_on=PLACE).status_code == 303
    assert lying(drop_folder) == ["nora.s/a.zip"]


def test_nothing_is_written_over(browser: Browsers, drop_folder: Path, overview: Any):
    """Two files of one name, and one that lies there already, keep their own bytes."""
    (drop_folder / "a.csv").write_bytes(b"here before")
    user, rows = browser("user"), b"Date,Video Views,Profile Views,Likes,Comments,Shares\n"
    for day in ("October 1", "October 2"):
        line = f'"{day}",10,1,1,0,0\n'.encode()
        assert send(user, "a.csv", rows + line).status_code == 200
    user.post(f"{PLACE}/store", {}, found_on=PLACE)
    assert lying(drop_folder) == ["a (1).csv", "a (2).csv", "a.csv"]
    assert (drop_folder / "a.csv").read_bytes() == b"here before"


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.csv", b"", "empty"),
        ("user_data_tiktok.json", PERSONAL, ""),
        ("page.csv", b"<!doctype html><html><body>Sign in</body></html>", ""),
        ("broken.zip", b"PK\x03\x04 and then nothing", ""),
        ("video.mp4", b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 400, ""),
    ],
)
def test_what_is_no_export_is_refused_in_words(browser: Browsers, drop_folder: Path, name: str, data: bytes, said: str):
    """The reason is said at once, and not a byte of it stays."""
    answer = send(browser("user"), name, data)
    assert answer.status_code == 422
    assert len(answer.json()["detail"]) > 15
    assert said in answer.json()["detail"]
    assert (lying(drop_folder), waiting(drop_folder)) == ([], [])


def test_too_large(browser: Browsers, drop_folder: Path, monkeypatch: pytest.MonkeyPatch):
    """A body that says it is too large is not read; one that becomes so is cut off, and nothing of either stays."""
    monkeypatch.setattr("include.account_analytics.uploads.LARGEST_UPLOAD", 1000)
    user = browser("user")
    answer = send(user, "a.csv", b"x" * 1001)
    assert (answer.status_code, "larger than the 1,000 bytes" in answer.json()["detail"]) == (422, True)
    answer = send(user, "a.csv", b"x", **{"content-length": str(600 << 20)})
    assert (answer.status_code, "larger than the 512 MB" in answer.json()["detail"]) == (413, True)
    assert waiting(drop_folder) == []


def test_too_many(drop_folder: Path, monkeypatch: pytest.MonkeyPatch):
    """More files than are sent at a time are refused, each with why."""
    monkeypatch.setattr(uploads, "MOST_FILES", 1)
    room = Room(drop_folder, "a", BATCH)
    room.receive("a.csv").file.close()
    with pytest.raises(Refused, match="1 files are sent at a time"):
        room.receive("b.csv")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\Report.csv", "Report.csv"),
        (".hidden.csv", "hidden.csv"),
        ("a\nb\x00.csv", "a_b_.csv"),
        ("half.csv.part", "half.csv.part_"),
        ("/", "_"),
        ("..", "_"),
    ],
)
def test_names_are_never_trusted(name: str, expected: str):
    """No name leads out of the folder, hides a file from the next run, or holds what a disk does not take."""
    assert safe_name(name) == expected
    assert len(safe_name("ü" * 400 + ".csv").encode()) <= 150


def test_files_are_their_senders(browser: Browsers, drop_folder: Path, overview: Any):
    """Nobody else sees, stores or throws away what somebody sent, though they know its address."""
    send(browser("user"), "a.zip", overview.data)
    other = browser("op")
    assert other.get(PLACE).status_code == 404
    assert other.post(f"{PLACE}/store", {}, found_on="/accounts/add?stored=1").status_code == 404
    other.post(f"{PLACE}/discard", {}, found_on="/accounts/add?stored=1")
    assert waiting(drop_folder) == ["a.zip"]
    browser("user").post(f"{PLACE}/discard", {}, found_on=PLACE)
    assert waiting(drop_folder) == []


def test_a_viewer_adds_nothing(browser: Browsers, drop_folder: Path, overview: Any):
    """A viewer finds no form and gets 403, as does a file that comes without the page's token."""
    viewer = browser("viewer")
    page = viewer.page("/accounts/add")
    assert "You may look, and not add files" in page
    assert 'type="file"' not in page
    for who, headers in (("viewer", {"x-csrf-token": "x"}), ("user", {})):
        answer = browser(who).request("POST", PLACE, params={"name": "a.zip"}, content=overview.data, headers=headers)
        assert answer.status_code == 403, who
    for place in ("store", "discard"):
        assert viewer.post(f"{PLACE}/{place}").status_code == 403
    assert waiting(drop_folder) == []


def test_what_nobody_comes_back_for_is_thrown_away(drop_folder: Path):
    """After a day; what came since stays."""
    for batch, age in (("old", 90_000), ("new", 10)):
        incoming = Room(drop_folder, "a", batch).receive("a.csv")
        incoming.file.close()
        now = incoming.path.stat().st_mtime  # as files tell it, whatever day is played
        for path in (incoming.path, incoming.path.parent):
            os.utime(path, (now - age,) * 2)
    uploads.sweep(drop_folder)
    assert [Room(drop_folder, "a", batch).files() != [] for batch in ("old", "new")] == [False, True]


def test_no_drop_folder(browser: Browsers, monkeypatch: pytest.MonkeyPatch):
    """Without one the page says which setting names it, and has no form."""
    monkeypatch.delenv("ACCOUNTS_DROP", raising=False)
    monkeypatch.delenv("TIKTOK_LANDING_PATH", raising=False)
    page = browser("user").page("/accounts/add")
    assert ("No drop folder is set" in page, 'type="file"' in page) == (True, False)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(browser: Browsers, drop_folder: Path, overview: Any, name: str):
    """File names of any letters are escaped where they are shown."""
    user = browser("user")
    assert send(user, f"{name}.zip", overview.data).status_code == 200
    page = user.page(PLACE)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "\u202e" not in page
