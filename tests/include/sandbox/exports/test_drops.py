"""Whole drop folders: what is in them, and that they are the same again."""

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from include.local.folders import ROOT
from include.sandbox.exports import drops, scale
from include.sandbox.exports.truth import revisions, standing
from tests.fixtures.exports import plain_rows

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def shown():
    """The drop of the first run."""
    return drops.shown(7, AT)


@pytest.fixture(scope="module")
def year():
    """The demo's year."""
    return drops.year(7, AT.date())


def test_shown_has_every_kind(shown):
    """ZIP, CSV and XLSX, four languages, both families, one bad file, one question, a copy, a late export."""
    good = [file for file in shown.files if not file.refused]
    assert {file.name.rpartition(".")[2] for file in good} == {"zip", "csv", "xlsx"}
    assert {file.family for file in good} == {"studio", "business"}
    assert {file.language for file in good if file.family == "studio"} == {"en", "es", "ja", "de"}
    assert [file.refused for file in shown.files if file.refused] == ["html"]
    assert [file.asks for file in shown.files if file.asks] == ["year"]
    members = Counter(member.sha256 for file in good for member in file.members)
    assert sorted(members.values())[-1] == 2
    assert {member.sheet.label_shift for file in good for member in file.members} == {0, 1}
    assert revisions(shown.files) == []


def test_shown_truth(shown):
    """What must stand at the end are the true days of each account that waits for nothing."""
    stands = standing(shown.files)
    for (index, day), values in stands.items():
        account = shown.accounts[index]
        assert values["video_views"] == account.value(day, "video_views")
    assert {index for index, _ in stands} == {0, 1, 2, 3, 4}


def test_nothing_comes_from_the_future(shown, year):
    """No file was downloaded after the moment of the drop, nor is any two times under one name."""
    for drop in (shown, year):
        assert max(file.exported_at for file in drop.files) <= AT
        assert len({file.name for file in drop.files}) == len(drop.files)


def test_year(year):
    """A year of five accounts: every post of some weeks is seen several times, days are revised and every day is known."""
    assert len({account.handle for account in year.accounts}) == 5
    seen = Counter(
        (file.account, post.video_id) for file in year.files for member in file.members for post in member.sheet.posts
    )
    snapshots = {index: [count for (account, _), count in seen.items() if account == index] for index in range(5)}
    assert all(len(counts) > 20 and sorted(counts)[len(counts) // 2] >= 2 for counts in snapshots.values())
    settled = {(change.account, change.metric) for change in revisions(year.files) if not change.was_provisional}
    assert settled == {(1, "video_views")}
    assert sum(not change.was_provisional for change in revisions(year.files)) == 3
    known = Counter(index for index, _ in standing(year.files))
    assert [known[index] >= 365 for index in range(4)] == [True] * 4
    assert {member.sheet.label_shift for file in year.files for member in file.members} == {0, 1}


@pytest.mark.server
def test_year_is_the_same_again(tmp_path: Path):
    """The same seed and day write the same bytes; another seed others."""
    texts = []
    for folder, seed in (("a", 3), ("b", 3), ("c", 4)):
        drops.write_year(tmp_path / folder, seed, date(2026, 3, 1))
        files = sorted(path for path in (tmp_path / folder).rglob("*") if path.is_file())
        texts.append([(path.relative_to(tmp_path / folder).as_posix(), path.read_bytes()) for path in files])
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.server
def test_command(tmp_path: Path):
    """The command writes the drop into a folder, and the truth beside it."""
    told = tmp_path / "truth.json"
    run = subprocess.run(
        [
            sys.executable, "-m", "include.sandbox.exports", "--to", str(tmp_path / "drop"), "--seed", "7",
            "--at", "2026-11-28T12:00Z", "--truth", str(told),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")
    expected = {file.name: file.data for file in drops.shown(7, AT).files}
    folder = tmp_path / "drop"
    assert {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    } == expected
    truth = json.loads(told.read_text(encoding="utf-8"))
    assert {file["name"] for file in truth["files"]} == set(expected)
    assert truth["revisions"] == []


def test_bulk(tmp_path: Path):
    """In bulk, each account has its years and one download more that overlaps by twenty days."""
    old = list(scale.history(2, 3, 7, AT.date()))
    new = list(scale.newest(2, 7, AT.date()))
    days = {0: [], 1: []}
    for file in old:
        if file.members[0].sheet.report == "overview":
            days[file.account].append(file.members[0].sheet.true_days)
    assert [len(windows) for windows in days.values()] == [3, 3]
    assert {len({day for window in windows for day in window}) for windows in days.values()} == {3 * 365}
    latest = [file.members[0].sheet.true_days for file in new if file.members[0].sheet.report == "overview"]
    assert [len(set(window) & set(days[0][-1])) for window in latest] == [20, 20]
    assert revisions([*old, *new]) == []
    rows = scale.write_newest(tmp_path / "drop", accounts=1, today=AT.date())
    # Overview, Viewers and FollowerHistory have 28 rows, FollowerActivity 168, gender 3, countries 11, Content 15 at most.
    assert 3 * 28 + 168 + 3 + 11 < rows <= 3 * 28 + 168 + 3 + 11 + 15


def test_large_csv(tmp_path: Path):
    """One CSV of a given size, each row another post that was uploaded before the export."""
    path = tmp_path / "Content.csv"
    count = scale.write_large_csv(path, 2, at=AT)
    assert 2 * 2**20 <= path.stat().st_size < 2 * 2**20 + 1000
    rows = plain_rows(path.read_bytes())
    assert len(rows) == count + 1
    ids = [int(row[2].rpartition("/")[2]) for row in rows[1:]]
    assert len(set(ids)) == count
    assert max(ids) >> 32 < (AT - timedelta(days=1)).timestamp()
