"""What is computed from the numbers, each with its formula. A formula that lacks a number gives a missing one, never 0."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from include.account_analytics.schemas import BY_API

# The parts of the viral score: weight, and what the documents scale each by.
VIEWS_PER_HOUR, ENGAGEMENT, COMPLETION = 0.4, 0.35 * 100, 0.25 * 50
MIN_VIEWS, GROWTH_THRESHOLD = 10_000, 5.0
# Videos are compared while they are of about the same age, in days.
AGES = (1, 2, 4, 7, 14, 30, 90)
FEWEST_OTHERS = 5
HOURS_A_DAY = 24.0
TOTALS = ("views", "likes", "comments", "shares")
AT_ONCE = 50_000  # rows


def engagement_rate(
    views: str = "video_views", likes: str = "likes", comments: str = "comments", shares: str = "shares"
) -> pl.Expr:
    """(likes + comments + shares) ÷ views; missing when views are 0 or missing, or any of the three is."""
    return ratio(pl.col(likes) + pl.col(comments) + pl.col(shares), pl.col(views)).alias("engagement_rate")


def share_rate(views: str = "video_views", shares: str = "shares") -> pl.Expr:
    """Shares ÷ views (the documents' "viral coefficient"); missing when views are 0 or missing."""
    return ratio(pl.col(shares), pl.col(views)).alias("share_rate")


def profile_visit_rate(views: str = "video_views", profile_views: str = "profile_views") -> pl.Expr:
    """Profile views ÷ video views; missing when views are 0 or missing."""
    return ratio(pl.col(profile_views), pl.col(views)).alias("profile_visit_rate")


def follower_growth(followers: str = "followers", day: str = "day", of: str = "account") -> pl.Expr:
    """Followers − followers of the day before, where both days are named. Expects rows in the order of their days."""
    return (pl.col(followers) - _of_day_before(followers, day, of)).alias("follower_growth")


def follower_growth_rate(followers: str = "followers", day: str = "day", of: str = "account") -> pl.Expr:
    """Follower growth ÷ followers of the day before; missing when those were 0."""
    return ratio(follower_growth(followers, day, of), _of_day_before(followers, day, of)).alias("follower_growth_rate")


def ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """`part` ÷ `whole`; missing when either is, and when `whole` is not above 0."""
    return pl.when(whole > 0).then(part / whole)


def _of_day_before(column: str, day: str, of: str) -> pl.Expr:
    is_next = pl.col(day).diff().over(of) == pl.duration(days=1)
    return pl.when(is_next).then(pl.col(column).shift(1).over(of))


def daily_differences(videos: pl.DataFrame) -> pl.DataFrame:
    """What each video gained from one snapshot to the next: totals now − totals then, and the `days` in between.

    A gap of n days is one row with `days` = n, on the day of its end; the first snapshot of a video gives none.
    """
    return _with_gains(videos).filter(pl.col("days").is_not_null()).with_columns(engagement_rate("views"))


def daily_differences_by_day(videos: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The same in the order of day, account and video; some at a time, so that it is never in memory at once. What an account
    has of a day is never cut."""
    gains = _with_gains(videos)
    keys = ("snapshot_day", "account", "video_id")
    order = gains.select(*keys, "days").with_row_index("row").filter(pl.col("days").is_not_null()).sort(keys)
    part = pl.col("place").min().over("snapshot_day", "account") // AT_ONCE
    places = order.with_row_index("place").select("row", part=part)
    del order
    for rows in places.partition_by("part", maintain_order=True):
        yield gains[rows["row"]].with_columns(engagement_rate("views"))


def _with_gains(videos: pl.DataFrame) -> pl.DataFrame:
    """In order, with what was gained since the snapshot before; the first of each video has no `days`."""
    own = ("account", "video_id")
    # A total that the API counts no longer gained nothing that anybody knows, and those of the API are a day or two older than
    # an export's: between the two nothing is gained.
    if "is_frozen" in videos.columns and videos["is_frozen"].any():
        videos = videos.filter(~pl.col("is_frozen"))
    has_both = "source" in videos.columns and (videos["source"] == BY_API).any()
    compared = (*own, "source") if has_both else own
    is_same = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in compared)
    return _in_order(videos, (*own, "snapshot_day")).with_columns(
        days=pl.when(is_same).then(pl.col("snapshot_day").diff()).dt.total_days().cast(pl.Int32),
        **{name: pl.col(f"total_{name}").diff() for name in TOTALS},
    )


def _in_order(frame: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """Sorted by the keys. Staged frames are already, and a copy of a million rows takes as much memory again."""
    is_after, is_equal = pl.lit(False), pl.lit(True)
    for name in keys:
        is_after = is_after | (is_equal & (pl.col(name) > pl.col(name).shift(1)))
        is_equal = is_equal & (pl.col(name) == pl.col(name).shift(1))
    in_order = frame.select(keys).select((is_after | is_equal).slice(1).all()).item()
    return frame if in_order else frame.sort(*keys)


def view_velocity(videos: pl.DataFrame) -> pl.DataFrame:
    """Views in the first 24 hours of each video, with its account and id; those that cannot be known are not in it.

    Known from the last snapshot up to 24 hours after posting and the first one from then on, at most 48 hours after posting:
    views before + (views after − views before) · (24 − hours before) ÷ (hours after − hours before).
    """
    aged = videos.with_columns(hours=_hours_old()).filter(pl.col("hours") >= 0, pl.col("total_views").is_not_null())
    early, late = pl.col("hours") <= HOURS_A_DAY, pl.col("hours").is_between(HOURS_A_DAY, 2 * HOURS_A_DAY)
    found = (
        aged.sort("account", "video_id", "hours")
        .group_by("account", "video_id", maintain_order=True)
        .agg(
            *(pl.col(name).filter(early).last().alias(f"{name}_before") for name in ("hours", "total_views")),
            *(pl.col(name).filter(late).first().alias(f"{name}_after") for name in ("hours", "total_views")),
        )
        .drop_nulls()
    )
    span = pl.col("hours_after") - pl.col("hours_before")
    part = pl.when(span > 0).then((HOURS_A_DAY - pl.col("hours_before")) / span).otherwise(0.0)
    gained = pl.col("total_views_after") - pl.col("total_views_before")
    return found.select("account", "video_id", view_velocity=pl.col("total_views_before") + gained * part)


def _hours_old() -> pl.Expr:
    """Hours from posting to the moment of the snapshot; missing where either moment is."""
    return (pl.col("snapshot_at") - pl.col("posted_at")).dt.total_seconds() / 3600


def viral_scores(videos: pl.DataFrame) -> pl.DataFrame:
    """`videos` with `viral_score`, its three parts, and `is_partial`.

    0.4 · views per hour + 0.35 · 100 · engagement rate + 0.25 · 50 · completion rate, of the totals since publication. Views
    per hour: total views ÷ hours since posting, of which there is at least one; where the moments are not known, between the
    ends of the days. Without a completion rate the score is the sum of the other two parts, and partial.
    """
    days = (pl.col("snapshot_day") - pl.col("publish_date")).dt.total_days() + 1
    hours = pl.coalesce(_hours_old(), days * HOURS_A_DAY).clip(1)
    return videos.with_columns(
        age_days=(hours / HOURS_A_DAY),
        views_part=VIEWS_PER_HOUR * pl.col("total_views") / hours,
        engagement_part=ENGAGEMENT * engagement_rate(*(f"total_{name}" for name in TOTALS)),
        completion_part=COMPLETION * pl.col("completion_rate"),
    ).with_columns(
        viral_score=pl.col("views_part") + pl.col("engagement_part") + pl.col("completion_part").fill_null(0),
        is_partial=pl.col("completion_part").is_null(),
    )


def viral_percentiles(scored: pl.DataFrame) -> pl.DataFrame:
    """`scored` with `viral_percentile`: among the videos of the account that were seen at about this age, by viral score.

    100 · (videos with a lower score + half of those with the same) ÷ videos compared with, each by its last snapshot of that
    age; the video itself is not among them. 0 to 100; missing with fewer than five others.
    """
    aged = scored.with_columns(
        _age=pl.col("age_days").cut(AGES, labels=[str(age) for age in (0, *AGES)]).cast(pl.String)
    )
    last = (
        aged.filter(pl.col("viral_score").is_not_null(), pl.col("_age").is_not_null())
        .sort("snapshot_day")
        .unique(["account", "video_id", "_age"], keep="last", maintain_order=True)
    )
    own = ["account", "_age"]
    others = pl.len().over(own) - 1
    rank = pl.col("viral_score").rank("average").over(own) - 1
    ranked = last.select(
        *own,
        "video_id",
        "snapshot_day",
        viral_percentile=pl.when(others >= FEWEST_OTHERS).then(100.0 * rank / others),
    )
    return aged.join(ranked, on=[*own, "video_id", "snapshot_day"], how="left").drop("_age")


def detect_viral_trends(
    videos: pl.DataFrame, min_views: int = MIN_VIEWS, growth_threshold: float = GROWTH_THRESHOLD
) -> pl.DataFrame:
    """Videos of at least `min_views` views whose views of a day were at least `growth_threshold` times those of the day before.

    Between snapshots that lie further apart it is the mean a day that counts, and `days` says of how many days. Growth is
    measured from one view on: a day before without views counts as one.
    """
    own = ["account", "video_id"]
    rates = daily_differences(viral_percentiles(viral_scores(videos))).with_columns(
        a_day=pl.col("views") / pl.col("days")
    )
    rates = rates.with_columns(before=pl.col("a_day").shift(1).over(own))
    return (
        rates.with_columns(growth=pl.col("a_day") / pl.max_horizontal("before", pl.lit(1.0)))
        .filter(
            pl.col("before").is_not_null(),
            pl.col("a_day") > 0,
            pl.col("total_views") >= min_views,
            pl.col("growth") >= growth_threshold,
        )
        .select(
            *own,
            day="snapshot_day",
            days="days",
            views="total_views",
            views_of_day=pl.col("a_day").round().cast(pl.Int64),
            views_of_day_before=pl.col("before").round().cast(pl.Int64),
            growth="growth",
            viral_score="viral_score",
            views_part="views_part",
            engagement_part="engagement_part",
            completion_part="completion_part",
            is_partial="is_partial",
            viral_percentile="viral_percentile",
        )
        .sort("account", "day", "video_id")
    )


def posts_per_week(videos: pl.DataFrame) -> pl.DataFrame:
    """Known posts by account and ISO week. TikTok's list is a selection, so there may have been more."""
    return (
        videos.filter(pl.col("publish_date").is_not_null())
        .unique(["account", "video_id"])
        .group_by("account", week=pl.col("publish_date").dt.strftime("%G-W%V"))
        .agg(posts=pl.len())
        .sort("account", "week")
    )
