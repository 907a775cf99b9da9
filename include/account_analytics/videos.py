"""One row for each video and day of a download: its totals since publication, as of then."""

from __future__ import annotations

from datetime import tzinfo

import polars as pl

from include.account_analytics import metrics
from include.account_analytics.captions import hashtags, in_ascii, mentions
from include.account_analytics.schemas import COLUMNS, empty


def snapshots(rows: pl.DataFrame, time_zone: tzinfo | None = None) -> pl.DataFrame:
    """The videos of accounts of one zone. `rows` are `video_rows` with their `account`, and the `snapshot_day`, `snapshot_at` and
    `newness` of their export.

    Of several downloads on one day the newest stands: they tell of the same snapshot, so that is no revision.
    """
    if rows.is_empty():
        return empty("videos")
    own = ("account", "video_id", "snapshot_day")
    is_last = pl.any_horizontal(pl.col(name) != pl.col(name).shift(-1) for name in own)
    newest = rows.sort(*own, "newness", "member", "line").filter(is_last.fill_null(True))
    return (
        _with_days_named(newest)
        .with_columns(publish_date=pl.coalesce(_day_of(pl.col("posted_at"), time_zone), "named"))
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


def _with_days_named(rows: pl.DataFrame) -> pl.DataFrame:
    """With the day of posting as it is written, `named`: without a year it is the first such day from the upload on.

    Zones differ by a day at most, so a day before the upload's is possible. Many rows name the same few days.
    """
    written = ["uploaded", "posted_year", "posted_month", "posted_day"]
    uploaded = pl.col("uploaded")
    days = [_date(uploaded.dt.year() + shift) for shift in (-1, 0, 1)]
    possible = [pl.when(day >= uploaded - pl.duration(days=1)).then(day) for day in days]
    rows = rows.with_columns(uploaded=_uploaded().dt.date())
    named = rows.select(written).unique().with_columns(named=pl.coalesce(_date(pl.col("posted_year")), *possible))
    return rows.join(named, on=written, how="left", nulls_equal=True, maintain_order="left")


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
    """Hashtags and mentions of each title; one that stands in many rows after each other is read once."""
    place = titles.rle_id()
    is_first = place.is_first_distinct()
    heads = titles.filter(is_first).alias("title").to_frame().with_row_index("row")
    title = pl.col("title")
    is_signed = title.str.contains("[#＃@＠]").fill_null(False)
    is_other = is_signed & (title.str.len_bytes() != title.str.len_chars())
    tags, handles = in_ascii(title)
    plain = heads.filter(~is_other).select("row", hashtags=tags, mentions=handles)
    others = heads.filter(is_other)
    # Neither has a blank in it; lists are made by polars, which Python's are slow to become.
    found = {
        name: [" ".join(find(title)) for title in others["title"]]
        for name, find in (("hashtags", hashtags), ("mentions", mentions))
    }
    known = pl.DataFrame({"row": others["row"], **found}, schema={"row": pl.UInt32, **dict.fromkeys(found, pl.String)})
    lists = pl.concat([plain, known.with_columns(pl.col(*found).str.extract_all("[^ ]+"))]).sort("row")
    none = pl.lit([], pl.List(pl.String))
    return lists.select(pl.col(*found).fill_null(none))[place].get_columns()
