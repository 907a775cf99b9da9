"""What else people drop is made as it really comes, and says what must become of it."""

import io
import json
import zipfile
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from include.sandbox.exports import hostile, traps
from include.sandbox.exports.downloads import export
from tests.fixtures.exports import WORLD, members_of, plain_rows

NOON = datetime(2026, 4, 24, 12, tzinfo=UTC)
ACCOUNT = WORLD.account(0)


@pytest.fixture
def bare():
    """Overview as a bare CSV."""
    return export(ACCOUNT, NOON, reports=["overview"], container="csv")[0]


@pytest.fixture
def zipped():
    """Overview in its ZIP."""
    return export(ACCOUNT, NOON, reports=["overview"])[0]


def test_downloaded_again(zipped):
    """A second download has the same member and another ZIP."""
    again = traps.downloaded_again(zipped, NOON + timedelta(minutes=3))
    assert again.name == zipped.name.replace(".zip", " (1).zip")
    assert again.sha256 != zipped.sha256
    assert again.members[0].sha256 == zipped.members[0].sha256
    assert members_of(again) == members_of(zipped)


def test_unpacked():
    """Members laid out bare are the same bytes, in a folder called like the ZIP where the system makes one."""
    (followers,) = export(ACCOUNT, NOON, reports=["followers"])
    files = traps.unpacked(followers, keeps_folder=True)
    place = f"Followers_{ACCOUNT.handle}"
    assert [file.name for file in files][:2] == [f"{place}/FollowerHistory.csv", f"{place}/FollowerActivity.csv"]
    assert {file.name.rpartition("/")[2]: file.data for file in files} == members_of(followers)


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8"])
def test_saved_again(encoding: str):
    """Saved by a spreadsheet program, the numbers are the same in another manner."""
    (bare,) = export(ACCOUNT, NOON, reports=["overview"], container="csv", language="fr")
    saved = traps.saved_again(bare, encoding, ";")
    lines = saved.data.decode(encoding).splitlines()
    assert [line.split(";") for line in lines] == plain_rows(bare.data)
    assert saved.members[0].sha256 != bare.members[0].sha256


def test_doubled_label(bare, zipped):
    """A day stands twice, equal or not, in a bare CSV or in a ZIP."""
    for file, equal in ((bare, True), (bare, False), (zipped, False)):
        twice = traps.doubled_label(file, 3, equal=equal)
        data = twice.data if file is bare else members_of(twice)["Overview.csv"]
        rows = plain_rows(data)[1:]
        assert Counter(row[0] for row in rows).most_common(1) == [(rows[3][0], 2)]
        assert (rows[3] == rows[4]) == equal
        assert twice.refused == "duplicate_label"


def test_other_rows(bare):
    """A day is left out, is none, or all are."""
    good = plain_rows(bare.data)
    assert plain_rows(traps.missing_day(bare, 5).data) == good[:6] + good[7:]
    assert plain_rows(traps.unreadable_date(bare, 2).data)[3] == ["Smarch 13", *good[3][1:]]
    assert plain_rows(traps.only_header(bare).data) == good[:1]


def test_headers(bare):
    """Columns nobody knows, one that was renamed, and a lone Reach."""
    assert plain_rows(traps.unknown_header(bare).data)[0][1] == "Impressions"
    assert plain_rows(traps.renamed_column(bare).data)[0][2] == "Profile visits"
    assert (plain_rows(traps.lone_reach(bare).data)[0][1], traps.lone_reach(bare).asks) == ("Reach", "reach")
    with pytest.raises(ValueError, match="none of the columns"):
        traps.lone_reach(export(ACCOUNT, NOON, reports=["viewers"], container="csv")[0])


def test_truncated(zipped):
    """A download that broke off is no ZIP any more."""
    assert not zipfile.is_zipfile(io.BytesIO(traps.truncated(zipped).data))


def test_two_accounts():
    """One ZIP whose Content links name two accounts."""
    other = WORLD.account(1)
    files = [export(account, NOON, reports=["content"])[0] for account in (ACCOUNT, other)]
    members = members_of(traps.two_accounts(*files))
    links = [row[2] for data in members.values() for row in plain_rows(data)[1:]]
    assert {link.split("/")[3] for link in links} == {f"@{ACCOUNT.handle}", f"@{other.handle}"}


def test_personal_data():
    """The download of personal data comes as JSON, in a ZIP, or as texts, and holds what must not be kept."""
    bare, zipped, texts = traps.personal_data(ACCOUNT, NOON)
    assert "Direct Messages" in json.loads(bare.data)
    assert list(members_of(zipped)) == ["user_data_tiktok.json"]
    assert "TikTok/Direct Messages/Direct Messages.txt" in members_of(texts)
    assert all(b"private!" in file.data for file in (bare, zipped, texts))
    assert {file.refused for file in (bare, zipped, texts)} == {"personal_data"}


def test_no_exports():
    """A web page and a video are what they are, whatever they are called."""
    assert traps.html_page(ACCOUNT, NOON).data.startswith(b"<!DOCTYPE html>")
    assert traps.video_file(ACCOUNT, NOON).data[4:8] == b"ftyp"


def test_hostile_archives(zipped):
    """Each hostile archive opens as a ZIP and does the harm it is named after."""
    files = {file.name.removesuffix(".zip"): file for file in hostile.archives(zipped)}
    infos = {trick: zipfile.ZipFile(io.BytesIO(file.data)).infolist() for trick, file in files.items()}
    assert infos["large"][0].file_size > 500 * len(files["large"].data)
    assert len(infos["many"]) == 5_000
    assert zipfile.is_zipfile(io.BytesIO(members_of(files["nested"])["Overview.zip"]))
    assert infos["encrypted"][0].flag_bits & 1
    assert infos["upwards"][0].filename == "../../Overview.csv"
    assert infos["absolute"][0].filename == "/etc/Overview.csv"
    assert infos["symlink"][0].external_attr >> 16 == 0o120777


def test_hostile_workbooks():
    """Macros, formulas, external links and an XML bomb stand in workbooks that were good."""
    (good,) = export(ACCOUNT, NOON, reports=["overview"], container="xlsx")
    parts = {file.refused: members_of(file) for file in hostile.workbooks(good)}
    assert "xl/vbaProject.bin" in parts["macros"]
    assert b"<f>1+1</f>" in parts["formulas"]["xl/worksheets/sheet1.xml"]
    assert "xl/externalLinks/externalLink1.xml" in parts["external_links"]
    assert b"<!ENTITY" in parts["xml_bomb"]["xl/worksheets/sheet1.xml"]
    assert b"<v>&i;</v>" in parts["xml_bomb"]["xl/worksheets/sheet1.xml"]


def test_stray(zipped):
    """A file in the folder of another account asks whose it is."""
    stray = traps.strayed(zipped, "mira.soup_demo")
    assert (stray.name, stray.asks) == (f"mira.soup_demo/{zipped.name}", "two_handles")
    mac = traps.with_mac_leftovers(zipped)
    assert list(members_of(mac)) == ["Overview.csv", "__MACOSX/._Overview.csv"]
