"""What an account could do next: rules in words, each with the numbers behind it. Where these say nothing, nothing is said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from include.account_analytics.curated_files import Categories
from include.account_analytics.insights import Insights

MOST = 3  # of a kind, for an account
FEWEST_POSTS = 3
CLEARLY_MORE = 1.5  # times the account's median
NEAR_THE_TOP = 90.0  # viral percentile
LAST_WEEKS, WEEKS_BEFORE = 4, 12
SCHEMA = {"account": pl.String, "rule": pl.String, "recommendation": pl.String, "numbers": pl.String}
Said = tuple[str, str, str, str]


def recommend(
    frames: Mapping[str, pl.DataFrame],
    categories: Categories | None = None,
    zones: Mapping[str, str] | None = None,
    *,
    found: Insights | None = None,
) -> pl.DataFrame:
    """One row per recommendation: account, rule, recommendation, and the numbers behind it. `found`: of the videos, if known."""
    videos = frames["videos"]
    found = found or Insights.of(videos, categories or {}, zones or {})
    said = [
        *_times(found.times),
        *_names(found.hashtags, found.posts, "hashtag", "#"),
        *_names(found.categories, found.posts, "category", ""),
        *_follow_ups(found.posts),
        *_audience(frames["audience"], zones or {}),
        *_cadence(videos),
    ]
    return pl.DataFrame(said, schema=SCHEMA, orient="row").sort("account", maintain_order=True)


def _times(slots: pl.DataFrame) -> Iterator[Said]:
    best = slots.filter("is_clear").group_by("account", "kind", maintain_order=True).head(1)
    for row in best.iter_rows(named=True):
        when = f"on {row['slot']}s" if row["kind"] == "weekday" else f"around {row['slot']} ({row['zone']})"
        yield (
            row["account"],
            f"best {row['kind']}",
            f"Post more often {when}.",
            f"{row['posts']} posts then typically had {row['typical_views']:,.0f} views (95 %: {row['low']:,.0f} to "
            f"{row['high']:,.0f}); all posts {row['usual_views']:,.0f}.",
        )


def _names(groups: pl.DataFrame, posts: pl.DataFrame, kind: str, sign: str) -> Iterator[Said]:
    """Names whose posts are seen clearly more than the account's others; the median bears with a single hit."""
    usual: dict[str, float] = dict(posts.group_by("account").agg(pl.col("total_views").median()).iter_rows())
    median = pl.col("account").replace_strict(usual, default=None, return_dtype=pl.Float64)
    good = groups.filter(pl.col("posts") >= FEWEST_POSTS, median > 0, pl.col("median_views") >= CLEARLY_MORE * median)
    best = good.sort("account", pl.col("median_views") * -1, kind).group_by("account", maintain_order=True).head(MOST)
    for row in best.iter_rows(named=True):
        yield (
            row["account"],
            kind,
            f"More about {sign}{row[kind]}.",
            f"{row['posts']} posts had {row['median_views']:,.0f} views in the middle, all posts "
            f"{usual[row['account']]:,.0f}.",
        )


def _follow_ups(posts: pl.DataFrame) -> Iterator[Said]:
    top = posts.filter(pl.col("viral_percentile") >= NEAR_THE_TOP).sort(
        "account", pl.col("viral_percentile") * -1, pl.col("viral_score") * -1, "video_id"
    )
    for row in top.group_by("account", maintain_order=True).head(MOST).iter_rows(named=True):
        yield (
            row["account"],
            "follow-up",
            f"Follow up on “{' '.join((row['title'] or '').split())[:80] or row['video_id']}”.",
            f"{row['total_views']:,} views after {row['age_days']:,.0f} days: ahead of {row['viral_percentile']:.0f} % of the "
            "account's videos at that age.",
        )


def _audience(audience: pl.DataFrame, zones: Mapping[str, str]) -> Iterator[Said]:
    hours = audience.filter(pl.col("kind") == "active_followers", pl.col("followers").is_not_null())
    means = hours.group_by("account", "hour").agg(pl.col("followers").mean(), days=pl.len())
    peak = means.sort("account", pl.col("followers") * -1, "hour").group_by("account", maintain_order=True).head(1)
    for row in peak.filter(pl.col("followers") > 0).iter_rows(named=True):
        zone = zones.get(row["account"], "the account's time zone")
        yield (
            row["account"],
            "followers' hour",
            f"Be there around {row['hour']:02}:00 ({zone}), when most followers are.",
            f"{row['followers']:,.0f} active followers on average of {row['days']} days.",
        )


def _cadence(videos: pl.DataFrame) -> Iterator[Said]:
    """Known posts of the last four weeks against the twelve before; both ends are those of the newest snapshot."""
    for own in videos.filter(pl.col("publish_date").is_not_null()).partition_by("account", maintain_order=True):
        end, first = own["snapshot_day"].max(), own["publish_date"].min()
        ago = (pl.lit(end) - pl.col("publish_date")).dt.total_days() // 7
        posts = own.unique("video_id").select(ago.alias("ago"))["ago"]
        recent, before = (
            int((posts < LAST_WEEKS).sum()),
            int(posts.is_between(LAST_WEEKS, LAST_WEEKS + WEEKS_BEFORE - 1).sum()),
        )
        if first is None or before / WEEKS_BEFORE < 2 * recent / LAST_WEEKS or before < WEEKS_BEFORE:
            continue
        yield (
            own["account"][0],
            "cadence",
            "Post as often as before.",
            f"At least {recent} posts in the last {LAST_WEEKS} weeks; {before} in the {WEEKS_BEFORE} before.",
        )
