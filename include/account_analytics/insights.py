"""What the report and a notebook show of videos: who may go viral, when posting pays, which hashtags and categories are watched.

All of it is of known posts, by their newest snapshot; TikTok lists a selection, so these are never all posts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import polars as pl

from include.account_analytics import metrics
from include.account_analytics.curated_files import Categories, with_categories

FEWEST_POSTS = 10  # of an account, before anything is said of posting times
FEWEST_IN_SLOT = 3
SETTLED_AGE = 2.0  # days until a post's views say something
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Student's t for 95 %, by degrees of freedom from 1 on; beyond the list it is the normal distribution's.
T_95 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
NORMAL_95 = 1.96


def newest(videos: pl.DataFrame) -> pl.DataFrame:
    """Each video once, by its newest snapshot, with its viral score, percentile and view velocity."""
    scored = metrics.viral_percentiles(metrics.viral_scores(videos))
    last = scored.sort("account", "video_id", "snapshot_day").unique(
        ["account", "video_id"], keep="last", maintain_order=True
    )
    return last.join(metrics.view_velocity(videos), on=["account", "video_id"], how="left", maintain_order="left")


@dataclass(frozen=True, slots=True)
class Insights:
    """What is found of videos: `posts` as of `newest`, and as the functions below give them times, hashtags and categories."""

    posts: pl.DataFrame
    times: pl.DataFrame
    hashtags: pl.DataFrame
    categories: pl.DataFrame

    @classmethod
    def of(cls, videos: pl.DataFrame, categories: Categories, zones: Mapping[str, str]) -> Insights:
        posts = newest(videos)
        by_tag = _by_name(posts.with_columns(name=pl.col("hashtags")), "hashtag")
        return cls(posts, _times(posts, zones), by_tag, _by_category(posts, categories))


def viral_potential(videos: pl.DataFrame) -> pl.DataFrame:
    """See `ranked`."""
    return ranked(newest(videos))


def ranked(posts: pl.DataFrame) -> pl.DataFrame:
    """All videos, the most promising first: by their percentile among videos of the same age, then by viral score."""
    return posts.sort(
        "viral_percentile",
        "viral_score",
        "account",
        "video_id",
        descending=[True, True, False, False],
        nulls_last=True,
    ).select(
        *(
            "account",
            "video_id",
            "title",
            "publish_date",
            "age_days",
            "total_views",
            "engagement_rate",
            "share_rate",
        ),
        *("completion_rate", "view_velocity", "views_part", "engagement_part", "completion_part", "viral_score"),
        *("is_partial", "viral_percentile", "average_watch_time", "unique_viewers", "is_frozen", "source", "link"),
    )


def posting_times(videos: pl.DataFrame, zones: Mapping[str, str] | None = None) -> pl.DataFrame:
    """Typical views of posts by hour and by weekday of posting, of each account with at least ten posts that can be used.

    Typical is the geometric mean of (1 + views) − 1; `low` to `high` its 95 % interval (Student's t on the logarithms). A slot
    needs three posts; it `is_clear` when the interval lies above what all posts of the account typically have. Posts count from
    two days on, and only when the moment of posting is known. Hours are of the account's zone, UTC where none is known.
    """
    return _times(newest(videos), zones or {})


def _times(posts: pl.DataFrame, zones: Mapping[str, str]) -> pl.DataFrame:
    posts = posts.filter(
        pl.col("posted_at").is_not_null(), pl.col("age_days") >= SETTLED_AGE, pl.col("total_views").is_not_null()
    )
    posts = posts.filter(pl.len().over("account") >= FEWEST_POSTS).with_columns(log=pl.col("total_views").log1p())
    named = posts.with_columns(zone=pl.col("account").replace_strict(zones, default=None, return_dtype=pl.String))
    local = [_in_zone(own, own["zone"][0]) for own in named.partition_by("zone")]
    slots = _slots(pl.concat(local) if local else _in_zone(posts, None))
    return slots.sort("account", "kind", "typical_views", "slot", descending=[False, False, True, False])


def _in_zone(posts: pl.DataFrame, zone: str | None) -> pl.DataFrame:
    at = pl.col("posted_at").dt.convert_time_zone(str(ZoneInfo(zone)) if zone else "UTC")
    return posts.select("account", "log", hour=at.dt.hour(), weekday=at.dt.weekday(), zone=pl.lit(zone or "UTC"))


def _slots(posts: pl.DataFrame) -> pl.DataFrame:
    names = dict(enumerate(WEEKDAYS, start=1))
    weekday = pl.col("weekday").replace_strict(names, return_dtype=pl.String)
    hour = pl.format("{}:00", pl.col("hour").cast(pl.String).str.zfill(2))
    kinds = pl.concat(
        [
            posts.with_columns(kind=pl.lit(kind), slot=slot, usual=pl.col("log").mean().over("account"))
            for kind, slot in (("hour", hour), ("weekday", weekday))
        ]
    )
    found = kinds.group_by("account", "zone", "kind", "slot").agg(
        posts=pl.len().cast(pl.Int64),
        mean=pl.col("log").mean(),
        spread=pl.col("log").std(),
        usual=pl.col("usual").first(),
    )
    t = pl.Series([*T_95, NORMAL_95])
    at = (pl.col("posts") - 2).clip(0, len(T_95))
    found = found.filter(pl.col("posts") >= FEWEST_IN_SLOT)
    found = found.with_columns(
        half=pl.Series(t.gather(found.select(at).to_series())) * pl.col("spread") / pl.col("posts").sqrt()
    )
    mean, half = pl.col("mean"), pl.col("half")
    return found.select(
        *("account", "zone", "kind", "slot", "posts"),
        typical_views=mean.exp() - 1,
        low=(mean - half).exp() - 1,
        high=(mean + half).exp() - 1,
        usual_views=pl.col("usual").exp() - 1,
        is_clear=mean - half > pl.col("usual"),
    )


def by_hashtag(videos: pl.DataFrame) -> pl.DataFrame:
    """Views and rates of the posts with each hashtag, the most viewed first."""
    return _by_name(newest(videos).with_columns(name=pl.col("hashtags")), "hashtag")


def by_category(videos: pl.DataFrame, categories: Categories) -> pl.DataFrame:
    """Views and rates of the posts of each category, as a user's own list says."""
    return _by_category(newest(videos), categories)


def _by_category(posts: pl.DataFrame, categories: Categories) -> pl.DataFrame:
    return _by_name(with_categories(posts, categories).with_columns(name=pl.col("categories")), "category")


def _by_name(posts: pl.DataFrame, as_name: str) -> pl.DataFrame:
    """Mean, median and sum of views, mean rates, by account and name."""
    each = posts.explode("name", empty_as_null=True).filter(pl.col("name").is_not_null())
    views = pl.col("total_views")
    return (
        each.group_by("account", "name")
        .agg(
            posts=pl.len().cast(pl.Int64),
            mean_views=views.mean(),
            median_views=views.median(),
            sum_views=views.sum(),
            mean_engagement_rate=pl.col("engagement_rate").mean(),
            mean_share_rate=pl.col("share_rate").mean(),
            mean_completion_rate=pl.col("completion_rate").mean(),
        )
        .sort("sum_views", "account", "name", descending=[True, False, False])
        .rename({"name": as_name})
    )
