"""staging → curated: the frames behind the files, with the names and columns of the contract.

Ratios are fractions, missing is empty; only `percentage` goes from 0 to 100.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from include.account_analytics import metrics
from include.account_analytics.schemas import COLUMNS
from include.words import words

MOST_LISTED = 5  # categories and hashtags of a month
DIMENSIONS = {"age": "age_group", "gender": "gender", "territory": "country"}
Categories = Mapping[str, str]


def video_performance_daily(videos: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """What each video gained between two snapshots, on the day of the later one; see `metrics.daily_differences`.

    Some at a time, one after the other; what an account has of a day is not cut. The completion rate, and what only the API
    gives, is of the lifetime, as of the snapshot; sounds are in no export.
    """
    unneeded = {"extra", "member", "line", "snapshot_at", "posted_at", "duration", "is_provisional"}
    needed = [name for name in videos.columns if name not in unneeded]
    for part in metrics.daily_differences_by_day(videos.select(needed)):
        yield _layer(
            "video_performance_daily",
            part.rename({"snapshot_day": "date", "title": "video_title", "link": "video_link"}).with_columns(
                hashtags=_with_signs("hashtags", "#"),
                mentions=_with_signs("mentions", "@"),
                sounds=pl.lit(None, pl.String),
            ),
        )


def _with_signs(column: str, sign: str) -> pl.Expr:
    """`#one #two`; missing where there is none."""
    joined = pl.lit(sign) + pl.col(column).list.join(f" {sign}")
    return pl.when(pl.col(column).list.len() > 0).then(joined).alias(column)


def audience_insights_weekly(daily: pl.DataFrame, audience: pl.DataFrame) -> pl.DataFrame:
    """The audience by ISO week: the last breakdown of each kind in it, one row per bucket.

    Beside it stand the week's engagement rate (its likes, comments and shares ÷ its views), its growth (followers at its end ÷
    at the end of the week before − 1) and the hour with most active followers on average. A week without a breakdown has one
    row when its hours are known.
    """
    week = pl.col("day").dt.strftime("%G-W%V").alias("week")
    own = ["account", "week"]
    audience = audience.with_columns(week)
    shares = audience.filter(pl.col("kind").is_in(list(DIMENSIONS)), pl.col("share").is_not_null())
    last = shares.filter(pl.col("day") == pl.col("day").max().over(*own, "kind"))
    breakdowns = last.select(
        *own,
        *(pl.when(pl.col("kind") == kind).then("bucket").alias(name) for kind, name in DIMENSIONS.items()),
        percentage=pl.col("share") * 100,
    )
    hours = _peak_hours(audience)
    only_hours = hours.join(breakdowns, on=own, how="anti").select(own)
    both = pl.concat([breakdowns, only_hours], how="diagonal")
    weeks = daily.with_columns(week).group_by(own).agg(_engagement())
    for each in (weeks, _weekly_growth(daily), hours):
        both = both.join(each, on=own, how="left")
    return _layer("audience_insights_weekly", both).sort("week", "account", *DIMENSIONS.values(), nulls_last=True)


def _peak_hours(audience: pl.DataFrame) -> pl.DataFrame:
    """The hour with most active followers on the average of the week's days; of equal ones the earliest."""
    hours = audience.filter(pl.col("kind") == "active_followers", pl.col("followers").is_not_null())
    means = hours.group_by("account", "week", "hour").agg(pl.col("followers").mean())
    peak = means.sort("account", "week", pl.col("followers") * -1, "hour").unique(
        ["account", "week"], keep="first", maintain_order=True
    )
    return peak.select(
        "account", "week", activity_peak_hour=pl.format("{}:00", pl.col("hour").cast(pl.String).str.zfill(2))
    )


def _engagement() -> pl.Expr:
    """(likes + comments + shares) ÷ views, over the days on which all four are known."""
    names = ("video_views", "likes", "comments", "shares")
    known = pl.all_horizontal(pl.col(name).is_not_null() for name in names)
    views, *others = (pl.col(name).filter(known).sum() for name in names)
    return metrics.ratio(others[0] + others[1] + others[2], views).alias("engagement_rate")


def _weekly_growth(daily: pl.DataFrame) -> pl.DataFrame:
    """Followers on the last day of the week that names them ÷ the same of the week before, − 1."""
    named = daily.filter(pl.col("followers").is_not_null()).sort("account", "day")
    monday = pl.col("day").dt.truncate("1w")
    weeks = named.group_by("account", monday.alias("monday"), maintain_order=True).agg(pl.col("followers").last())
    is_next = pl.col("monday").diff().over("account") == pl.duration(days=7)
    before = pl.when(is_next).then(pl.col("followers").shift(1).over("account"))
    return weeks.with_columns(growth_rate=metrics.ratio(pl.col("followers") - before, before)).select(
        "account", pl.col("monday").dt.strftime("%G-W%V").alias("week"), "growth_rate"
    )


def content_performance_monthly(daily: pl.DataFrame, videos: pl.DataFrame, categories: Categories) -> pl.DataFrame:
    """Each month of an account. Views are the sum of its day totals, of as many days as are known.

    `views_change`: views ÷ views of the month before − 1. Where one of the two is not known to its end, the days of the month
    that are known in both are compared. `posts`: videos known to be posted in it; TikTok lists a selection, there may be more.
    `follower_growth`: followers on the last day that names them − on the last day of the month before, or else on the first
    day of this one. Categories and hashtags: those of the posts with most views.
    """
    days = daily.with_columns(month=pl.col("day").dt.truncate("1mo"))
    own = ["account", "month"]
    months = days.group_by(own).agg(
        pl.when(pl.col("video_views").count() > 0).then(pl.col("video_views").sum()).alias("views"), _engagement()
    )
    posted = _posted(videos)
    for each in (
        _views_change(days),
        _monthly_growth(days),
        posted.group_by(own).agg(posts=pl.len()),
        _most_viewed(posted, pl.col("hashtags").list.eval(pl.lit("#") + pl.element()), "top_hashtags", " "),
        _most_viewed(with_categories(posted, categories), pl.col("categories"), "top_categories", ", "),
    ):
        months = months.join(each, on=own, how="full", coalesce=True)
    months = months.with_columns(pl.col("month").dt.strftime("%Y-%m"))
    return _layer("content_performance_monthly", months).sort("month", "account")


def _views_change(days: pl.DataFrame) -> pl.DataFrame:
    """Against the month before: whole months against each other, else the days of the month that both know."""
    own = ["account", "month"]
    known = days.filter(pl.col("video_views").is_not_null()).select(
        *own, at=pl.col("day").dt.day(), views=pl.col("video_views")
    )
    length = pl.col("month").dt.month_end().dt.day()
    whole = known.group_by(own).agg(pl.col("views").sum(), is_whole=pl.len() == length.first()).filter("is_whole")
    wholes = whole.join(_a_month_later(whole), on=own, suffix="_before").select(*own, "views", "views_before")
    pairs = known.join(_a_month_later(known), on=[*own, "at"], suffix="_before")
    compared = pairs.group_by(own).agg(pl.col("views", "views_before").sum()).join(wholes, on=own, how="anti")
    more = pl.col("views") - pl.col("views_before")
    return pl.concat([wholes, compared]).select(*own, views_change=metrics.ratio(more, pl.col("views_before")))


def _a_month_later(days: pl.DataFrame) -> pl.DataFrame:
    return days.with_columns(pl.col("month").dt.offset_by("1mo"))


def _monthly_growth(days: pl.DataFrame) -> pl.DataFrame:
    named = days.filter(pl.col("followers").is_not_null()).sort("account", "day")
    levels = named.group_by("account", "month", maintain_order=True).agg(
        first=pl.col("followers").first(),
        last=pl.col("followers").last(),
        is_named=pl.len(),
        last_day=pl.col("day").last(),
    )
    before = pl.col("last_day").shift(1).over("account") == pl.col("month") - pl.duration(days=1)
    level_before = pl.when(before).then(pl.col("last").shift(1).over("account")).otherwise(pl.col("first"))
    is_known = before.fill_null(False) | (pl.col("is_named") > 1)
    return levels.select("account", "month", follower_growth=pl.when(is_known).then(pl.col("last") - level_before))


def _posted(videos: pl.DataFrame) -> pl.DataFrame:
    """Each known post once, by its newest snapshot."""
    needed = videos.lazy().select(
        "account", "video_id", "snapshot_day", "publish_date", "title", "hashtags", "total_views"
    )
    is_newest = pl.col("snapshot_day") == pl.col("snapshot_day").max().over("account", "video_id")
    return (
        needed.filter(is_newest, pl.col("publish_date").is_not_null())
        .drop("snapshot_day")
        .with_columns(month=pl.col("publish_date").dt.truncate("1mo"))
        .collect()
    )


def with_categories(posts: pl.DataFrame, categories: Categories) -> pl.DataFrame:
    """`posts` with `categories`: those whose hashtag, or word, is in the caption; each once, in alphabetical order."""
    if not categories:
        return posts.with_columns(pl.lit([], pl.List(pl.String)).alias("categories"))
    folded = {" ".join(words(name.lstrip("#"))): category for name, category in categories.items()}

    def of(title: str | None, tags: list[str]) -> list[str]:
        text = f" {' '.join(words(title or ''))} "
        return sorted({category for name, category in folded.items() if name in tags or f" {name} " in text})

    found = [of(title, tags) for title, tags in posts.select("title", "hashtags").iter_rows()]
    return posts.with_columns(pl.Series("categories", found, dtype=pl.List(pl.String)))


def _most_viewed(posts: pl.DataFrame, names: pl.Expr, as_name: str, separator: str) -> pl.DataFrame:
    """The names of a month whose posts have most views together; of equal ones the first in the alphabet."""
    each = (
        posts.select("account", "month", "total_views", name=names)
        .explode("name", empty_as_null=True)
        .filter(pl.col("name").is_not_null())
    )
    views = each.group_by("account", "month", "name").agg(pl.col("total_views").sum())
    return (
        views.sort("account", "month", pl.col("total_views") * -1, "name")
        .group_by("account", "month", maintain_order=True)
        .agg(pl.col("name").head(MOST_LISTED).str.join(separator).alias(as_name))
    )


def _layer(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.col(column).cast(kind) for column, kind in COLUMNS[name].items())
