"""From the lines of raw to the days of an account: what the made-up exports really say comes out, whatever the order."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from include.account_analytics import staged_files, staging
from include.lake import Lake
from include.sandbox.exports import truth
from include.sandbox.exports.downloads import export
from include.sandbox.exports.truth import Correction
from tests.include.account_analytics.downloads import contents, stage, to_raw

AT = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake(f"file://{tmp_path}/lake")


@pytest.fixture
def account(world):
    return world.account(0)


def days_of(lake, name="daily") -> pl.DataFrame:
    return staged_files.read_frame(lake, "mara", name)


def told(numbers, metrics) -> dict[str, int]:
    return {name: numbers[name] for name in metrics if numbers.get(name) is not None}


def held(lake, metrics) -> dict[date, dict[str, int]]:
    """What is staged, by true day; days of which nothing is known are left out."""
    found = {row["day"]: told(row, metrics) for row in days_of(lake).to_dicts()}
    return {day: numbers for day, numbers in found.items() if numbers}


def true_days(files, report, metrics) -> dict[date, dict[str, int]]:
    found = {day: told(numbers, metrics) for (_, day), numbers in truth.standing(files, report).items()}
    return {day: numbers for day, numbers in found.items() if numbers}


OVERVIEW = ("video_views", "profile_views", "likes", "comments", "shares")
VIEWERS = ("total_viewers", "new_viewers", "returning_viewers")


def test_a_studio_download_becomes_its_true_days(lake, account):
    """Every number of Overview and FollowerHistory, on its day; all its reports are done."""
    files = export(account, AT)
    staged = stage(lake, files)
    assert {each.result for each in staged.members} == {"done"}
    assert held(lake, OVERVIEW) == true_days(files, "overview", OVERVIEW)
    followers = {day: numbers for day, numbers in held(lake, ("followers",)).items() if numbers}
    assert followers == {
        day: each for day, each in true_days(files, "follower_history", ("followers",)).items() if each
    }


def test_each_number_names_the_line_that_says_it(lake, account):
    """Member and line lead to the row of the file with exactly these views."""
    files = export(account, AT, container="csv")
    stage(lake, files)
    members = {member.sha256: member for file in files for member in file.members}
    for row in days_of(lake).filter(pl.col("video_views").is_not_null()).to_dicts():
        sheet = members[row["overview_member"]].sheet
        assert sheet.values["video_views"][row["overview_line"] - 2] == row["video_views"]


def test_viewers_stand_on_the_day_they_viewed(lake, account):
    """Viewers run a day behind; joined on true days they are never more than the views."""
    files = export(account, AT, days=60)
    stage(lake, files)
    both = days_of(lake).filter(pl.col("total_viewers").is_not_null(), pl.col("video_views").is_not_null())
    assert both.height >= 55
    assert both.filter(pl.col("total_viewers") > pl.col("video_views")).is_empty()
    assert held(lake, VIEWERS) == true_days(files, "viewers", VIEWERS)


def test_corrections_of_past_days_are_revisions_and_late_labels_are_none(lake, account):
    """Two downloads, the second labelled a day late and with three corrected days: exactly the corrections are kept."""
    second = AT + timedelta(days=8)
    corrected = [date(2026, 5, 5), date(2026, 5, 9), date(2026, 5, 12)]
    corrections = tuple(Correction(day, metric, 7) for day in corrected for metric in ("likes", "comments"))
    files = [*export(account, AT), *export(account, second, shift=1, corrections=corrections)]
    stage(lake, files)
    found = days_of(lake, "revisions")
    assert found.select("day", "metric").rows() == [(day, name) for day in corrected for name in ("comments", "likes")]
    assert (found["new_value"] - found["old_value"]).to_list() == [7.0] * 6
    assert held(lake, OVERVIEW) == true_days(files, "overview", OVERVIEW)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.thorough)])
def test_the_order_of_drops_changes_no_byte(lake, tmp_path, account, seed: int):
    """All at once, or one download after the other in any order: the files of staging are the same."""
    visits = [export(account, AT + timedelta(days=days), days=20) for days in (0, 6, 12)]
    stage(lake, [file for visit in visits for file in visit])
    expected = contents(lake, "staging")
    other = Lake(f"file://{tmp_path}/other")
    order = random.Random(seed).sample(visits, 3)  # noqa: S311 - an order, no secret
    for number in (1, 2, 3):
        stage(other, [file for visit in order[:number] for file in visit])
    assert contents(other, "staging") == expected


def test_an_account_with_nothing_new_is_not_touched(lake, account):
    """The second time nothing is written, and the same is said of each report."""
    files = export(account, AT)
    first = stage(lake, files)
    before = {path: path.stat().st_mtime_ns for path in _paths(lake)}
    second = stage(lake, files)
    assert (first.is_new, second.is_new) == (True, False)
    assert second.members == first.members
    assert {path: path.stat().st_mtime_ns for path in _paths(lake)} == before


def _paths(lake):
    return sorted((Path(lake.uri.removeprefix("file://")) / "staging").rglob("*.*"))


def test_what_was_typed_needs_no_raw_again(lake, account):
    """A new download is staged although the older ones' lines are gone, and to the same bytes as from raw."""
    older, newer = export(account, AT, days=20), export(account, AT + timedelta(days=5), days=20)
    stage(lake, older)
    inputs = to_raw(lake, [*older, *newer], "mara")
    gone = {each.raw_key for each in to_raw(lake, older, "mara")}
    for key in gone:
        lake.delete(key)
    assert staging.stage(lake, "mara", inputs, {}).is_new
    quick = contents(lake, "staging")
    stage(lake, [*older, *newer], is_forced=True)
    assert contents(lake, "staging") == quick


def test_accounts_together_are_what_each_is_by_itself(lake, world, tmp_path):
    """To the byte: in another zone, with the very reports of another account, and with nothing new beside one that has."""
    older = {"mara": export(world.account(0), AT), "nora": export(world.account(1), AT, days=20)}
    older["twin"], zones = older["mara"], {"nora": "Europe/Athens"}
    newer = {**older, "mara": [*older["mara"], *export(world.account(0), AT + timedelta(days=5))]}
    alone = Lake(f"file://{tmp_path}/alone")
    for files, changed in ((older, [True, True, True]), (newer, [True, False, False])):
        wanted = [staging.Wanted(name, to_raw(lake, own, name), {}, zones.get(name)) for name, own in files.items()]
        together = staging.stage_together(lake, wanted)
        assert together == [stage(alone, own, name, time_zone=zones.get(name)) for name, own in files.items()]
        assert [each.is_new for each in together] == changed
        assert contents(lake, "staging") == contents(alone, "staging")


def test_a_file_that_is_undone_leaves_the_older_numbers(lake, account):
    """Without the second download the account is as if it had never come."""
    first, second = export(account, AT), export(account, AT + timedelta(days=6))
    stage(lake, first)
    before = contents(lake, "staging")
    stage(lake, [*first, *second])
    assert contents(lake, "staging") != before
    stage(lake, first)
    assert contents(lake, "staging") == before


def test_without_any_report_nothing_is_left(lake, account):
    """The last file taken back takes the account's files with it."""
    stage(lake, export(account, AT))
    assert stage(lake, []).is_new
    assert contents(lake, "staging") == {}
    assert not stage(lake, []).is_new


def test_a_business_account(lake, account):
    """Its metrics, its levels of followers and its videos, with years in the dates; click columns are kept as they came."""
    files = export(account, AT, family="business")
    staged = stage(lake, files, answers={})
    done = {each.sha256 for each in staged.members if each.result == "done"}
    metrics = ("video_views", "reached_audience", "new_followers", "lost_followers", "net_followers")
    assert held(lake, metrics) == true_days(files, "overview", metrics)
    assert len(done) >= 2
    assert '"x_' in (days_of(lake)["extra"].drop_nulls().first() or "")


def test_a_bare_file_waits_with_its_question(lake, account):
    """28 days without a witness: nothing of it is staged, and the question names the years."""
    files = export(account, AT, reports=["overview"], container="csv")
    staged = stage(lake, [file.renamed("x.csv") for file in files])
    (member,) = staged.members
    assert (member.result, member.rows_out, member.question["kind"]) == ("waiting", 0, "year")
    assert days_of(lake).is_empty()
    answered = stage(lake, files, answers={("year", member.sha256): "2026"})
    assert answered.members[0].result == "done"
    assert held(lake, OVERVIEW) == true_days(files, "overview", OVERVIEW)
