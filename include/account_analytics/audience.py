"""Who follows an account, and when they are there: one row for each day, hour or breakdown that a download names."""

from __future__ import annotations

import polars as pl

from include.account_analytics.schemas import COLUMNS, KEYS, empty

WHOLE_DAY = -1
ALL = "all"  # active followers are not broken down


def insights(shares: pl.DataFrame, hours: pl.DataFrame) -> pl.DataFrame:
    """The audience of accounts.

    `shares` are `share_rows` with their `account`, and the `snapshot_day` and `newness` of their export; `hours` are `hour_rows`
    with their `account`, their day as `true_day`, and the `newness` of their export. The newest export that tells of a key
    stands.
    """
    parts = [_breakdowns(shares), _activity(hours)]
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
        member="member",
        line="line",
        newness=pl.col("newness").cast(pl.Int32),
    )


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
        member="member",
        line="line",
        newness=pl.col("newness").cast(pl.Int32),
    )
