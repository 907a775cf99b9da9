"""Who follows an account, and when they are there: one row for each day, hour or breakdown that a download names."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from include.account_analytics.schemas import BY_API, COLUMNS, KEYS, empty

WHOLE_DAY = -1
_SOURCES = pl.List(pl.Struct({"impression_source": pl.String, "percentage": pl.Float64}))
ALL = "all"  # active followers are not broken down


def insights(shares: pl.DataFrame, hours: pl.DataFrame, traffic: pl.DataFrame | None = None) -> pl.DataFrame:
    """The audience of accounts.

    `shares` are `share_rows` with their `account`, their `source`, and the `snapshot_day` and `newness` of their export; `hours`
    are `hour_rows` with their `account`, their `source`, their day as `true_day`, and the `newness` of their export; `traffic` is
    of the shape of `shares`. The newest export that tells of a key stands.
    """
    parts = [_breakdowns(shares), _activity(hours)]
    if traffic is not None and not traffic.is_empty():
        parts.append(_breakdowns(traffic))
    return (
        pl.concat([empty("audience").with_columns(newness=pl.lit(None, pl.Int32)), *parts])
        .sort(*KEYS["audience"], "newness", "member", "line")
        .unique(KEYS["audience"], keep="last", maintain_order=True)
        .select(pl.col(name).cast(kind) for name, kind in COLUMNS["audience"].items())
    )


def _breakdowns(shares: pl.DataFrame) -> pl.DataFrame:
    """Buckets of one snapshot belong together: those of an older download of the same day are no part of the newer one."""
    newest = pl.col("newness") == pl.col("newness").max().over("account", "snapshot_day", "kind")
    return shares.filter(newest, pl.col("share").is_not_null()).select(
        "account",
        day="snapshot_day",
        hour=pl.lit(WHOLE_DAY, pl.Int8),
        kind="kind",
        bucket="bucket",
        share="share",
        followers=pl.lit(None, pl.Int64),
        source="source",
        member="member",
        line="line",
        newness=pl.col("newness").cast(pl.Int32),
    )


def traffic(videos: pl.DataFrame) -> pl.DataFrame | None:
    """Where the views of an account's videos came from, as the API says of each video: of all views of the videos that it says
    it of, the part of each source. Σ views of a video · its share ÷ Σ views, over the videos of one answer.

    `videos` are `video_rows` with their `account`, `source`, `snapshot_day` and `newness`; gives none where no video says it.
    """
    said = videos.filter(pl.col("traffic_sources").str.starts_with("["), pl.col("total_views") > 0)
    if said.is_empty():
        return None
    own = ["account", "member", "snapshot_day", "newness", "source"]
    last = said.sort(*own, "video_id", "line").unique([*own, "video_id"], keep="last", maintain_order=True)
    shares = (
        last.with_columns(pl.col("traffic_sources").str.json_decode(_SOURCES))
        .with_columns(whole=pl.col("total_views").sum().over(own))
        .explode("traffic_sources", empty_as_null=False)
        .unnest("traffic_sources")
    )
    views = pl.col("total_views") * pl.col("percentage").cast(pl.Float64, strict=False)
    return (
        shares.group_by(*own, bucket="impression_source", maintain_order=True)
        .agg(share=(views / pl.col("whole")).sum(), line=pl.col("line").min())
        .with_columns(kind=pl.lit("traffic_source"))
    )


def in_zones(hours: pl.DataFrame, zones: Mapping[str, str | None]) -> pl.DataFrame:
    """The API's hours are UTC's, an export's those of the account's zone: all are of that zone, where it is known."""
    is_utc = pl.col("source") == BY_API
    known = {account: zone for account, zone in zones.items() if zone}
    told = hours.filter(is_utc)["account"].unique().to_list()
    for account in sorted(set(told) & known.keys()):
        own = is_utc & (pl.col("account") == account)
        moment = pl.col("true_day").cast(pl.Datetime("us", "UTC")) + pl.duration(hours=pl.col("hour"))
        local = moment.dt.convert_time_zone(known[account])
        hours = hours.with_columns(
            true_day=pl.when(own).then(local.dt.date()).otherwise("true_day"),
            hour=pl.when(own).then(local.dt.hour()).otherwise("hour").cast(pl.Int8),
        )
    return hours


def _activity(hours: pl.DataFrame) -> pl.DataFrame:
    """Active followers by hour. What is not counted yet when a file is made stands as zeros at its end: those are missing.

    An hour that a day has twice, when clocks go back, is one row with the greater number.
    """
    own = pl.col("active_followers").fill_null(0)
    ordered = hours.sort("account", "member", "line")
    is_last_day = pl.col("true_day") == pl.col("true_day").max().over("account", "member")
    is_counted = own.cum_sum(reverse=True).over("account", "member") > 0
    counted = ordered.filter(is_counted | ~is_last_day, pl.col("active_followers").is_not_null())
    twice = counted.sort("active_followers", "line").unique(["account", "member", "true_day", "hour"], keep="last")
    return twice.select(
        "account",
        day="true_day",
        hour="hour",
        kind=pl.lit("active_followers"),
        bucket=pl.lit(ALL),
        share=pl.lit(None, pl.Float64),
        followers="active_followers",
        source="source",
        member="member",
        line="line",
        newness=pl.col("newness").cast(pl.Int32),
    )
