"""One row for each video and day of a download: its totals since publication, as of then."""

from __future__ import annotations

from datetime import tzinfo

import polars as pl

from include.account_analytics import metrics
from include.account_analytics.captions import hashtags, mentions
from include.account_analytics.schemas import COLUMNS, empty


def snapshots(account: str, rows: pl.DataFrame, time_zone: tzinfo | None = None) -> pl.DataFrame:
    """The videos of an account. `rows` are `video_rows` with `snapshot_day`, `snapshot_at` and `newness` of their export.

    Of several downloads on one day the newest stands: they tell of the same snapshot, so that is no revision.
    """
    if rows.is_empty():
        return empty("videos")
    newest = rows.sort("video_id", "snapshot_day", "newness", "member", "line").unique(
        ["video_id", "snapshot_day"], keep="last", maintain_order=True
    )
    return (
        newest.with_columns(account=pl.lit(account), publish_date=_publish_date(time_zone))
        .with_columns(posted_at=_posted_at(time_zone))
        .with_columns(
            metrics.engagement_rate(*(f"total_{name}" for name in metrics.TOTALS)),
            metrics.share_rate("total_views", "total_shares"),
            *_signs(newest["title"]),
        )
        .select(pl.col(name).cast(kind) for name, kind in COLUMNS["videos"].items())
    )


def _uploaded() -> pl.Expr:
    """The upload second, which is in the id; scheduled videos are posted days later."""
    return pl.from_epoch(pl.col("video_id").cast(pl.UInt64, strict=False) // 2**32).dt.replace_time_zone("UTC")


def _day_of(moment: pl.Expr, time_zone: tzinfo | None) -> pl.Expr:
    return moment.dt.convert_time_zone(str(time_zone or "UTC")).dt.date()


def _publish_date(time_zone: tzinfo | None) -> pl.Expr:
    """The day of posting: written with its moment, or without a year, and then the first such day from the upload on.

    Zones differ by a day at most, so a day before the upload's is possible.
    """
    uploaded = _uploaded().dt.date()
    days = [_date(uploaded.dt.year() + shift) for shift in (-1, 0, 1)]
    possible = [pl.when(day >= uploaded - pl.duration(days=1)).then(day) for day in days]
    with_year = _date(pl.col("posted_year"))
    return pl.coalesce(_day_of(pl.col("posted_at"), time_zone), with_year, *possible)


def _date(year: pl.Expr) -> pl.Expr:
    """The posted month and day in a year; missing where the year has no such day."""
    return pl.format("{}-{}-{}", year, "posted_month", "posted_day").str.to_date("%Y-%m-%d", strict=False)


def _posted_at(time_zone: tzinfo | None) -> pl.Expr:
    """The moment of posting: as written, or that of the upload when the post is of the same day.

    Without the account's zone, of a day that was the same somewhere at that hour (zones go from −12 to +14 hours).
    """
    uploaded = _uploaded()
    if time_zone:
        is_same = pl.col("publish_date") == _day_of(uploaded, time_zone)
    else:
        earliest, latest = uploaded - pl.duration(hours=12), uploaded + pl.duration(hours=14)
        is_same = pl.col("publish_date").is_between(earliest.dt.date(), latest.dt.date())
    return pl.coalesce("posted_at", pl.when(is_same).then(uploaded))


def _signs(titles: pl.Series) -> list[pl.Series]:
    """Hashtags and mentions of each title; a title with a sign in it is read once, however many rows have it."""
    signed = titles.filter(titles.str.contains("[#＃@＠]").fill_null(False)).unique().to_list()
    # Neither has a blank in it; lists are made by polars, which Python's are slow to become.
    found = {
        name: [" ".join(find(title)) for title in signed]
        for name, find in (("hashtags", hashtags), ("mentions", mentions))
    }
    known = pl.DataFrame({"title": signed, **found}, schema=dict.fromkeys(("title", *found), pl.String))
    lists = known.with_columns(pl.col(*found).str.extract_all("[^ ]+"))
    of_titles = pl.DataFrame({"title": titles}).join(lists, on="title", how="left", maintain_order="left")
    none = pl.lit([], pl.List(pl.String))
    return of_titles.select(pl.col(*found).fill_null(none)).get_columns()
