"""The step `land`: what is new in the drop folder, kept byte for byte, with a row for everything."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.account_analytics import drop
from include.account_analytics.drop import scan
from include.account_analytics.reading import copies
from include.sandbox.exports import containers, hostile, traps
from include.sandbox.exports.downloads import export
from tests.fixtures.accounts import Accounts

AT = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)


def overview(world, account: int = 0, at: datetime = AT, **switches):
    """The Overview of one visit."""
    (file,) = export(world.account(account, zone="UTC"), at, reports=["overview"], **switches)
    return file


def test_a_file_is_kept_byte_for_byte(accounts: Accounts, world):
    """It lies in the lake under the contract's name: account, report, first and last day, moment, sum."""
    file = overview(world)
    accounts.drop([file])
    accounts.land()
    sha = drop_sum(file.data)
    expected = f"landing/{file.handle}/overview_2026-09-13_2026-10-10_20261012T093000Z_{sha[:8]}.zip"
    assert accounts.files("landing") == {expected: file.data}
    assert accounts.rows("select account, account_basis, state, file_name from account_exports where member = ''") == [
        (file.handle, "name", "landed", file.name)
    ]


def drop_sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_an_unproved_date_is_unknown(accounts: Accounts, world):
    """A bare CSV without a year has no day in its name; one of the business family has."""
    account = world.account(0, zone="UTC")
    bare = export(account, AT, reports=["overview"], container="csv", folder=account.handle)
    dated = export(account, AT, reports=["overview"], family="business", folder="shop")
    accounts.drop([*bare, *dated])
    accounts.land()
    names = sorted(key.rpartition("/")[2].rsplit("_", 1)[0] for key in accounts.files("landing"))
    assert names[1] == "overview_unknown_unknown_unknown"
    assert names[0].startswith("overview_2026-")


def test_several_reports_are_a_bundle(accounts: Accounts, world):
    """A ZIP of several reports is called so, and each of them has a row."""
    accounts.drop(export(world.account(0, zone="UTC"), AT, reports=["followers"]))
    accounts.land()
    (key,) = accounts.files("landing")
    assert key.split("/")[2].startswith("bundle_2026-")
    assert accounts.rows("select member, report, state from account_exports where member <> '' order by 1") == [
        ("FollowerActivity.csv", "follower_activity", "landed"),
        ("FollowerGender.csv", "follower_gender", "landed"),
        ("FollowerHistory.csv", "follower_history", "landed"),
        ("FollowerTopTerritories.csv", "follower_territories", "landed"),
    ]


def test_nothing_new_is_no_row(accounts: Accounts):
    """An empty drop folder leaves no row but the run's own."""
    assert accounts.land() == []
    assert accounts.rows(
        "select (select count(*) from account_exports), (select count(*) from account_outcomes),"
        " (select count(*) from account_drop_files), (select count(*) from runs)"
    ) == [(0, 0, 0, 1)]


def test_a_file_that_stays_is_not_read_again(accounts: Accounts, world, monkeypatch):
    """In a folder that is kept, a known file is known by name, size and time: it is not opened."""
    accounts.keeps = True
    accounts.drop([overview(world)])
    accounts.land()
    (path,) = (each.path for each in scan(accounts.drop_folder))
    time = path.stat().st_mtime_ns
    path.write_bytes(b"x" * path.stat().st_size)  # would be refused if anybody looked into it
    os.utime(path, ns=(time, time))
    accounts.land()
    assert accounts.rows("select count(*), count(*) filter (where state = 'landed') from account_exports") == [(2, 2)]


def test_the_same_bytes_are_a_duplicate(accounts: Accounts, world):
    """Under another name, or at another time, they cost nothing: one copy, one row, and a line that says so."""
    file = overview(world)
    accounts.drop([file])
    accounts.land()
    accounts.drop({f"copy of {file.name}": file.data})
    accounts.land()
    assert len(accounts.files("landing")) == 1
    assert accounts.rows("select file_name, result from account_outcomes where member = '' order by result") == [
        (file.name, "done"),
        (f"copy of {file.name}", "duplicate"),
    ]


def test_a_copy_with_a_better_name_tells_more(accounts: Accounts, world):
    """The same bytes dropped without a name of TikTok's, and later under it: the handle and the day are learnt from it."""
    file = overview(world)
    accounts.drop({"download.zip": file.data})
    accounts.land()
    assert accounts.rows("select account, name_handle from account_exports where member = ''") == [(None, None)]
    accounts.drop([file])
    accounts.land()
    assert accounts.rows("select account, name_start::text from account_exports where member = ''") == [
        (file.handle, "2026-09-13")
    ]


def test_copies_in_one_drop_tell_of_each_other(accounts: Accounts, world):
    """The same bytes three times at once: one is read, each has its line, and the best name says whose it is, and when."""
    file = overview(world)
    accounts.drop({"A.zip": file.data, f"sub/{file.name}": file.data, f"{file.handle}/B.zip": file.data})
    accounts.run()
    assert accounts.rows("select account, state, name_start::text from account_exports where member = ''") == [
        (file.handle, "staged", "2026-09-13")
    ]
    lines = "select result from account_outcomes where step = 'land' and member = '' order by result"
    assert accounts.rows(lines) == [("done",), ("duplicate",), ("duplicate",)]


def test_a_better_name_answers_what_waits_for_its_year(accounts: Accounts, world):
    """A bare CSV waits for its year; the same bytes under TikTok's name answer, in the run that sees them."""
    file = overview(world, container="csv")
    accounts.drop({f"{file.handle}/Overview.csv": file.data})
    accounts.run()
    assert accounts.rows("select state, reason_code from account_exports where member <> ''") == [("waiting", "year")]
    accounts.drop({f"{Path(overview(world).name).stem}.csv": file.data})
    accounts.run()
    assert accounts.rows("select state, last_day::text, year_basis from account_exports where member <> ''") == [
        ("staged", "2026-10-10", "name")
    ]


def test_no_room_for_the_private_copy_refuses_no_file(accounts: Accounts, world, monkeypatch):
    """The folder for temporary files is full: the run fails with what to do, and the next one takes the file."""
    accounts.drop([overview(world)])

    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(copies.tempfile, "TemporaryFile", full)
        with pytest.raises(copies.NoRoom, match="Make room there"):
            accounts.land()
    assert accounts.rows("select count(*) from account_exports") == [(0,)]
    accounts.land()
    assert accounts.rows("select state from account_exports where member = ''") == [("landed",)]


def test_folders_that_the_browser_unpacked_came_together(accounts: Accounts, world):
    """Safari unpacks each ZIP into a folder: the day in the name of Overview's is a witness for the other reports."""
    files = export(world.account(0, zone="UTC"), AT)
    unpacked = [each for file in files for each in traps.unpacked(file, keeps_folder=True)]
    assert len({file.name.split("/")[0] for file in unpacked}) == 4
    accounts.drop({file.name: file.data for file in unpacked})
    accounts.run()
    assert accounts.rows("select distinct account, state from account_exports") == [(files[0].handle, "staged")]
    assert accounts.rows("select last_day::text from account_exports where report = 'viewers' and member <> ''") == [
        ("2026-10-10",)
    ]


def test_a_known_report_in_another_zip_is_a_duplicate(accounts: Accounts, world):
    """TikTok writes a new ZIP each time: the report in it counts once, and the second ZIP is a witness."""
    first = overview(world)
    again = traps.downloaded_again(first, AT.replace(hour=11))
    accounts.drop({first.name: first.data, f"again/{again.name}": again.data})
    accounts.land()
    found = accounts.rows("select state, count(*) from account_exports where member <> '' group by 1 order by 1")
    assert found == [("duplicate", 1), ("landed", 1)]
    assert accounts.rows(
        "select member, result, reason is not null from account_outcomes where result = 'duplicate' order by member"
    ) == [("", "duplicate", True), ("Overview.csv", "duplicate", True)]


def test_what_cannot_be_read_lies_beside_its_reason(accounts: Accounts, world):
    """A saved web page goes to quarantine, with a file that says in plain words what it is."""
    page = traps.html_page(world.account(0), AT)
    accounts.drop([page])
    accounts.land()
    files = accounts.files("landing/quarantine")
    sha = drop_sum(page.data)
    assert files[f"landing/quarantine/{sha[:8]}_{page.name}"] == page.data
    said = json.loads(files[f"landing/quarantine/{sha[:8]}_{page.name}.reason.json"])
    assert (said["code"], said["file"], said["sha256"]) == ("html", page.name, sha)
    assert accounts.rows("select state, reason_code from account_exports") == [("quarantined", "html")]


def test_what_was_refused_is_refused_again(accounts: Accounts):
    """Dropped once more, the same bytes are refused with the same reason: nobody takes them for taken in."""
    bad = {"numbers.csv": b"a,b\n1,2\n"}
    accounts.drop(bad)
    first = accounts.run()
    accounts.drop(bad)
    again = accounts.run()
    for text in (first, again):
        assert "✗ numbers.csv: No report has this header: a, b." in text
        assert "Every file of this drop was refused" in text
    assert accounts.rows("select count(*) from account_exports where member = ''") == [(1,)]


def test_personal_data_is_never_copied(accounts: Accounts, world):
    """Of a download of one's personal data only name, size and sum are noted; its bytes are nowhere in the lake."""
    files = traps.personal_data(world.account(0), AT)
    accounts.drop(files)
    accounts.land()
    assert accounts.files("") == {}
    noted = accounts.rows(
        "select file_name, size_bytes, export_sha256, state, reason_code from account_exports order by 1"
    )
    assert noted == sorted(
        (file.name, len(file.data), drop_sum(file.data), "refused", "personal_data") for file in files
    )


def test_one_bad_report_takes_no_other_with_it(accounts: Accounts, world):
    """In a ZIP of several reports, one with a day twice is quarantined, and the others are read."""
    (followers,) = export(world.account(0, zone="UTC"), AT, reports=["followers"])
    history = next(member for member in followers.members if member.name == "FollowerHistory.csv")
    bad = traps.doubled_label(single(followers, history), 3).data
    entries = [(m.name, bad if m.name == history.name else m.data) for m in followers.members]
    accounts.drop({followers.name: containers.bundle(entries, AT)})
    accounts.land()
    assert accounts.rows("select member, state, reason_code from account_exports where member <> '' order by 1") == [
        ("FollowerActivity.csv", "landed", None),
        ("FollowerGender.csv", "landed", None),
        ("FollowerHistory.csv", "quarantined", "duplicate_label"),
        ("FollowerTopTerritories.csv", "landed", None),
    ]


def single(file, member):
    """One member of a ZIP, as a file of its own."""
    return replace(file, name=member.name, data=member.data, members=(member,))


def test_every_hostile_file_has_one_reason_and_a_row(accounts: Accounts, world):
    """Bombs, links, macros, cut-off files and the like: each is refused with a code, and none stops the others."""
    good = overview(world)
    books = overview(world, account=1, container="xlsx")
    bad = [*hostile.archives(good), *hostile.workbooks(books), traps.truncated(good)]
    named = {f"{number}_{file.name.rpartition('/')[2]}": file for number, file in enumerate(bad)}
    accounts.drop({name: file.data for name, file in named.items()})
    accounts.drop([good])
    accounts.land()
    results = dict(accounts.rows("select file_name, result from account_outcomes where member = ''"))
    assert results.pop(good.name) == "done"
    assert len(results) == len(bad)
    codes = dict(
        accounts.rows("select file_name, reason_code from account_exports where member = '' and reason is not null")
    )
    assert codes == {name: file.refused for name, file in named.items()}


def test_a_link_in_the_drop_folder_is_not_followed(accounts: Accounts, tmp_path):
    """What a link leads to was not put there: it is refused, and stays what it is."""
    (tmp_path / "secret").write_bytes(b"x")
    (accounts.drop_folder / "Overview.csv").symlink_to(tmp_path / "secret")
    accounts.land()
    assert accounts.files("") == {}
    assert accounts.rows("select result, reason from account_outcomes") == [
        ("refused", "It is a link: copy the file itself here.")
    ]


def test_what_is_still_written_waits(accounts: Accounts, world):
    """A browser's unfinished download is not read; the run is green, and says that it waits."""
    file = overview(world)
    accounts.drop({f"{file.name}.crdownload": file.data})
    text = accounts.run()
    assert accounts.rows("select result from account_outcomes") == [("waiting",)]
    assert "1 file: 1 waiting" in text
    (accounts.drop_folder / f"{file.name}.crdownload").rename(accounts.drop_folder / file.name)
    accounts.run()
    assert accounts.rows("select state from account_exports where member = ''") == [("staged",)]


def test_a_file_that_grows_is_left(tmp_path):
    """A file that changes at every look is not settled; one that stopped changing is."""
    (tmp_path / "growing.csv").write_bytes(b"1")
    (tmp_path / "whole.csv").write_bytes(b"1")

    def write_on(_seconds: float) -> None:
        with (tmp_path / "growing.csv").open("ab") as file:
            file.write(b"1")

    settled, moving = drop.settle(scan(tmp_path), 5, write_on)
    assert ([file.name for file in settled], [file.name for file in moving]) == (["whole.csv"], ["growing.csv"])


@pytest.mark.parametrize("name", ["a\nb.csv", "x" * 251 + ".csv", "über 日本 🎀.csv", "' or 1=1 --.csv", "b'\\.csv"])
def test_odd_names(accounts: Accounts, world, name: str):
    """Names with line breaks, 255 bytes, other scripts or marks of other languages are names like others."""
    (file,) = export(world.account(0, zone="UTC"), AT, reports=["overview"], family="business")
    accounts.drop({f"shop.one/{name}": file.data})
    accounts.run()
    assert accounts.rows("select account, state from account_exports where member = ''") == [("shop.one", "staged")]
    assert [each.name for each in scan(accounts.drop_folder)] == []


def test_a_name_that_is_no_text(accounts: Accounts, world):
    """A name of bytes that are no letters is read, archived, and shown in letters that tables can hold."""
    (file,) = export(world.account(0, zone="UTC"), AT, reports=["overview"], family="business")
    folder = os.fsencode(accounts.drop_folder) + b"/shop.one"
    os.mkdir(folder)
    with open(folder + b"/\xff\xfe.csv", "wb") as opened:
        opened.write(file.data)
    accounts.run()
    assert accounts.rows("select file_name, state from account_exports where member = ''") == [
        ("\\xff\\xfe.csv", "staged")
    ]
    assert scan(accounts.drop_folder) == []


def test_a_read_file_leaves_the_drop_folder(accounts: Accounts, world):
    """It is moved to landing/archive, under the path it had, and its folder goes when it is empty."""
    file = overview(world)
    accounts.drop({f"some.body/{file.name}": file.data})
    accounts.run()
    sha = drop_sum(file.data)
    assert accounts.files("landing/archive") == {f"landing/archive/some.body/{sha[:8]}_{file.name}": file.data}
    assert list(accounts.drop_folder.iterdir()) == []


def test_the_drop_folder_may_be_kept(accounts: Accounts, world):
    """With `keep` nothing is moved, and the next run finds nothing new."""
    accounts.keeps = True
    accounts.drop([overview(world)])
    accounts.run()
    assert len(scan(accounts.drop_folder)) == 1
    assert accounts.files("landing/archive") == {}
    assert "nothing new" in accounts.run()


def test_only_files_since_a_day(accounts: Accounts, world):
    """With `since`, what came before that day stays where it is, unread."""
    accounts.drop({"old.zip": overview(world).data, "new.zip": overview(world, account=1).data})
    os.utime(accounts.drop_folder / "old.zip", (1, 1))
    accounts.land(accounts.open(since=datetime(2000, 1, 1, tzinfo=UTC).date()))
    assert accounts.rows("select file_name from account_exports where member = ''") == [("new.zip",)]
