"""The Python face, as it is used in a notebook: a lake with three accounts, no Airflow, no database."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import fastexcel
import polars as pl
import pytest

from include.account_analytics import staged_files
from include.account_analytics.analyzer import BadQuestion, TikTokAnalyzer, aggregate_accounts, validate_staging_data
from include.lake import Lake
from include.sandbox.exports.downloads import export
from tests.fixtures.exports import WORLD
from tests.include.account_analytics.downloads import stage
from tests.include.account_analytics.frames import day, layer, snapshot

ROOT = Path(__file__).resolve().parents[3]
AT = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two made-up accounts, downloaded five times each."""
    place = tmp_path_factory.mktemp("lake")
    world, lake = WORLD, Lake(f"file://{place}")
    for name, index in (("mara", 0), ("lila", 1)):
        visits = [export(world.account(index), AT - timedelta(days=14 * ago), days=60) for ago in range(5)]
        stage(lake, [file for visit in visits for file in visit], name)
    return place


def test_a_notebook(folder, tmp_path):
    """Load, look for what goes viral, when posting pays, what to do next; write the report."""
    analyzer = TikTokAnalyzer(folder, zones={"mara": "Europe/Athens"})
    assert analyzer.accounts == ["lila", "mara"]
    videos = analyzer.load_video_performance(date_range="last_30_days", accounts=["mara"])
    assert videos["snapshot_day"].unique().sort().to_list() == [AT.date() - timedelta(days=ago) for ago in (28, 14, 0)]
    potential = analyzer.calculate_viral_potential(videos)
    assert potential.height == videos["video_id"].n_unique()
    assert potential["viral_percentile"].drop_nulls().is_between(0, 100).all()
    times = analyzer.find_optimal_posting_times()
    assert times.filter(pl.col("posts") < 3).is_empty()
    assert set(times.filter(pl.col("account") == "mara")["zone"]) == {"Europe/Athens"}
    advice = analyzer.generate_content_recommendations(videos)
    assert set(advice["account"]) == {"mara"}
    path = analyzer.export_insights(videos, tmp_path / "out" / "report.xlsx")
    table = fastexcel.read_excel(path).load_sheet(0, header_row=1).to_polars()
    assert set(table["Account"]) == {"mara"}
    assert table.height == potential.height


@pytest.mark.parametrize("asked", ["last_month", "last_0_days", "30", "last_-1_days"])
def test_a_range_that_is_none_is_refused(folder, asked):
    """With what to write instead."""
    with pytest.raises(BadQuestion, match="last_30_days"):
        TikTokAnalyzer(folder).load_video_performance(date_range=asked)


def test_two_days_are_a_range(folder):
    """Both included."""
    first = AT.date() - timedelta(days=14)
    videos = TikTokAnalyzer(folder).load_video_performance(date_range=(first, first))
    assert videos["snapshot_day"].unique().to_list() == [first]


def test_an_account_that_is_not_there_is_said(folder):
    """With those that are."""
    with pytest.raises(BadQuestion, match=r"nobody\. There are: lila, mara"):
        TikTokAnalyzer(folder).load_daily_stats(accounts=["nobody"])


def put(lake, account, *days, videos=()):
    rows = [{"account": account, "label": row["day"], **row} for row in days]
    staged_files.write_frame(lake, account, "daily", layer("daily", *rows))
    staged_files.write_frame(
        lake, account, "videos", layer("videos", *({**each, "account": account} for each in videos))
    )
    staged_files.write_accounts(lake, {account: staged_files.Account()})


def test_accounts_together(tmp_path):
    """Views of the accounts that have some, the rate of the sums, and of how many accounts: 30 ÷ 300 on the first day."""
    lake = Lake(f"file://{tmp_path}/lake")
    counted = {"likes": 10, "comments": 0, "shares": 5}
    put(
        lake, "mara", {"day": day(1), "video_views": 100, **counted}, {"day": day(2), "video_views": 50, "followers": 7}
    )
    put(lake, "lila", {"day": day(1), "video_views": 200, **counted}, {"day": day(2), "has_no_data": True})
    found = aggregate_accounts(["mara", "lila"], tmp_path / "all.csv", tmp_path / "lake")
    assert found.select("day", "accounts", "video_views", "likes", "followers", "engagement_rate").rows() == [
        (day(1), 2, 300, 20, None, 0.1),
        (day(2), 1, 50, None, 7, None),
    ]
    assert "total_viewers" not in found.columns
    written = pl.read_csv(tmp_path / "all.csv", try_parse_dates=True)
    assert written["video_views"].to_list() == [300, 50]
    aggregate_accounts(None, tmp_path / "all.parquet", tmp_path / "lake")
    assert pl.read_parquet(tmp_path / "all.parquet").equals(found)
    with pytest.raises(BadQuestion, match=r"\.csv or \.parquet"):
        aggregate_accounts(None, tmp_path / "all.txt", tmp_path / "lake")


def test_staged_files_are_held_to_their_shape(tmp_path, folder):
    """All that staging writes is valid; a key that is there twice, a foreign column and half a file are not."""
    assert validate_staging_data(f"{folder}/staging/*/*.parquet")["is_valid"].all()
    good = layer("videos", snapshot("1", 2, 10))
    for name, frame in (("a", pl.concat([good, good])), ("b", good.with_columns(more=pl.lit(1)))):
        (tmp_path / name).mkdir()
        frame.write_parquet(tmp_path / name / "videos.parquet")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "videos.parquet").write_bytes((tmp_path / "a" / "videos.parquet").read_bytes()[:200])
    (tmp_path / "d").mkdir()
    good.write_parquet(tmp_path / "d" / "other.parquet")
    found = validate_staging_data(str(tmp_path / "?" / "*.parquet"))
    assert found.select("layer", "rows", "is_valid").rows() == [
        ("videos", 2, False),
        ("videos", 1, False),
        ("videos", None, False),
        ("other", None, False),
    ]
    problems = found["problem"].to_list()
    assert "video_id" in problems[0]
    assert "more" in problems[1]
    with pytest.raises(BadQuestion):
        validate_staging_data(tmp_path / "nothing" / "*.parquet")


def test_no_airflow_is_needed():
    """Importing it loads no Airflow and no database driver's pool."""
    program = "import sys, include.account_analytics.analyzer; print('airflow' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_ranges_count_back_from_the_newest_snapshot(tmp_path):
    """Seven days up to the 9th begin on the 3rd."""
    lake = Lake(f"file://{tmp_path}")
    put(lake, "mara", videos=[snapshot("1", at, at) for at in (2, 3, 9)])
    videos = TikTokAnalyzer(tmp_path).load_video_performance("last_7_days")
    assert videos["snapshot_day"].to_list() == [day(3), day(9)]
    assert isinstance(videos["snapshot_day"][0], date)
