"""The numbers of one's accounts in a notebook or a script: what is staged and curated, as frames, without Airflow.

from include.account_analytics.analyzer import TikTokAnalyzer

analyzer = TikTokAnalyzer("file:///srv/lake")
videos = analyzer.load_video_performance(date_range="last_30_days", accounts=["mara"])
analyzer.find_optimal_posting_times(videos)
analyzer.export_insights(videos, "report.xlsx")
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from include.account_analytics import (
    curated,
    insights,
    metrics,
    recommendations,
    schemas,
    staged_files,
    workbook,
)
from include.failures import NeedsPerson
from include.lake import Lake, place_of

DEFAULT_LAKE = ".local/lake"
LAST_DAYS = re.compile(r"last_(\d{1,4})_days")


class BadQuestion(NeedsPerson, ValueError):
    """What was asked for makes no sense; the message says what to write instead."""


class TikTokAnalyzer:
    """Frames of the accounts that are staged in a lake: `uri` as LAKE_URI says, a folder, or LAKE_URI itself.

    `zones`: account → time zone, for hours; UTC where none is given. `categories`: hashtag or word → category; those of the
    lake's `categories.csv` unless given.
    """

    def __init__(
        self,
        uri: str | Path | None = None,
        *,
        zones: Mapping[str, str] | None = None,
        categories: Mapping[str, str] | None = None,
    ) -> None:
        self._lake = lake_at(uri)
        self._zones = dict(zones or {})
        self._categories = curated.read_categories(self._lake) if categories is None else dict(categories)

    @property
    def accounts(self) -> list[str]:
        """The accounts that are staged."""
        return staged_files.accounts(self._lake)

    def load_video_performance(
        self, date_range: str | tuple[date, date] = "all", accounts: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """The snapshots of videos taken in a range of days, one row per video and day, as staging has them.

        `date_range`: "all", "last_30_days" (any number; counted back from the newest snapshot, which is part of it), or the
        first and the last day. Raises BadQuestion.
        """
        videos = self._staged("videos", accounts)
        first, last = _range(date_range, videos["snapshot_day"].max())
        return videos.filter(pl.col("snapshot_day").is_between(first, last))

    def load_daily_stats(
        self, date_range: str | tuple[date, date] = "all", accounts: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """The days of the accounts, as staging has them; ranges as above, counted back from the newest day."""
        daily = self._staged("daily", accounts)
        first, last = _range(date_range, daily["day"].max())
        return daily.filter(pl.col("day").is_between(first, last))

    def load_audience(self, accounts: Sequence[str] | None = None) -> pl.DataFrame:
        """The audience of the accounts, as staging has it."""
        return self._staged("audience", accounts)

    def calculate_viral_potential(self, videos: pl.DataFrame | None = None) -> pl.DataFrame:
        """Each video with its viral score, its parts, and its percentile, the most promising first (`metrics`)."""
        return insights.viral_potential(self._or_all(videos))

    def detect_viral_trends(
        self,
        videos: pl.DataFrame | None = None,
        min_views: int = metrics.MIN_VIEWS,
        growth_threshold: float = metrics.GROWTH_THRESHOLD,
    ) -> pl.DataFrame:
        """Videos whose views of a day were several times those of the day before (`metrics.detect_viral_trends`)."""
        return metrics.detect_viral_trends(self._or_all(videos), min_views, growth_threshold)

    def find_optimal_posting_times(self, videos: pl.DataFrame | None = None) -> pl.DataFrame:
        """Typical views by hour and weekday of posting, with their interval (`insights.posting_times`)."""
        return insights.posting_times(self._or_all(videos), self._zones)

    def analyze_hashtags(self, videos: pl.DataFrame | None = None) -> pl.DataFrame:
        """Views and rates by hashtag."""
        return insights.by_hashtag(self._or_all(videos))

    def generate_content_recommendations(self, videos: pl.DataFrame | None = None) -> pl.DataFrame:
        """What each account could do next, with the numbers behind it (`recommendations`)."""
        return recommendations.recommend(self._frames(self._or_all(videos)), self._categories, self._zones)

    def export_insights(self, videos: pl.DataFrame | None = None, output_path: str | Path = "report.xlsx") -> Path:
        """Write the report as a workbook, and give its path; the other numbers in it are of the accounts of `videos`."""
        path = Path(output_path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(workbook.insights_report(self._frames(self._or_all(videos)), self._categories, self._zones))
        return path

    def _or_all(self, videos: pl.DataFrame | None) -> pl.DataFrame:
        return self._staged("videos", None) if videos is None else videos

    def _frames(self, videos: pl.DataFrame) -> dict[str, pl.DataFrame]:
        accounts = videos["account"].unique().sort().to_list() or self.accounts
        return {**{name: self._staged(name, accounts) for name in staged_files.FRAMES}, "videos": videos}

    def _staged(self, layer: str, accounts: Sequence[str] | None) -> pl.DataFrame:
        known = self.accounts
        unknown = sorted(set(accounts or ()) - set(known))
        if unknown:
            raise BadQuestion(f"Nothing is staged of {', '.join(unknown)}. There are: {', '.join(known) or 'none'}.")
        frames = [staged_files.read_frame(self._lake, account, layer) for account in (accounts or known)]
        return pl.concat([schemas.empty(layer), *frames])


def lake_at(uri: str | Path | None = None) -> Lake:
    """The lake of an address or a folder; of LAKE_URI, or else of this checkout. Raises LakeRefused."""
    text = str(uri or os.environ.get("LAKE_URI") or DEFAULT_LAKE)
    try:
        place_of(text)
    except ValueError:
        text = f"file://{Path(text).absolute()}"
    return Lake(text)


def _range(asked: str | tuple[date, date], newest: Any) -> tuple[date, date]:
    if isinstance(asked, tuple):
        return asked
    if asked == "all":
        return date.min, date.max
    days = LAST_DAYS.fullmatch(asked)
    if days is None or int(days[1]) == 0:
        raise BadQuestion(f'date_range must be "all", "last_30_days" or two days, not {asked!r}.')
    last = newest if isinstance(newest, date) else date.max
    return last - timedelta(days=int(days[1]) - 1), last


def aggregate_accounts(
    accounts: Sequence[str] | None, output_path: str | Path, lake: str | Path | None = None
) -> pl.DataFrame:
    """Each day of the accounts together, written as CSV or Parquet by the ending of `output_path`.

    One row per day: counts are sums over the accounts that have one, `accounts` says of how many, the engagement rate is that of
    the sums. Viewers are left out: people are never added up over days or accounts. Raises BadQuestion.
    """
    analyzer = TikTokAnalyzer(lake)
    counts = ("video_views", "profile_views", "likes", "comments", "shares", "followers", "follower_growth")
    path = Path(output_path)
    if path.suffix not in {".csv", ".parquet"}:
        raise BadQuestion(f"output_path must end in .csv or .parquet, not in {path.suffix!r}.")
    known = analyzer.load_daily_stats(accounts=accounts).filter(~pl.col("has_no_data"))
    total = (
        known.group_by("day")
        .agg(
            accounts=pl.col("video_views").count().cast(pl.Int64),
            **{name: pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()) for name in counts},
            is_provisional=pl.col("is_provisional").any(),
        )
        .with_columns(metrics.engagement_rate())
        .sort("day")
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        curated.write_csv(path, [total])
    else:
        path.write_bytes(staged_files.parquet(total))
    return total


def validate_staging_data(pattern: str | Path) -> pl.DataFrame:
    """Hold the Parquet files that a pattern finds (`.local/lake/staging/*/daily.parquet`) to the shape of their layer.

    One row per file: its path, layer, rows, whether it is valid, and else what is wrong. Raises BadQuestion without any file.
    """
    paths = sorted(glob.glob(str(pattern), recursive=True))
    if not paths:
        raise BadQuestion(f"No file is called {pattern}.")
    return pl.DataFrame(
        [_validated(Path(path)) for path in paths],
        schema={"path": pl.String, "layer": pl.String, "rows": pl.Int64, "is_valid": pl.Boolean, "problem": pl.String},
        orient="row",
    )


def _validated(path: Path) -> tuple[str, str, int | None, bool, str | None]:
    layer = path.stem
    if layer not in schemas.COLUMNS:
        return str(path), layer, None, False, "No layer is called so."
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        return str(path), layer, None, False, f"It cannot be read: {str(error).splitlines()[0]}"
    try:
        schemas.checked(layer, frame)
    except schemas.LayerBroken as broken:
        return str(path), layer, frame.height, False, str(broken)
    return str(path), layer, frame.height, True, None
