"""What each layer's frames must look like: columns in their order, types, keys. A frame that does not is not written.

Whether a number is plausible is not asked here: `quality` does, and flags.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from include.failures import NeedsPerson

if TYPE_CHECKING:
    import pandera.polars as pa

MOMENT = pl.Datetime("us", "UTC")
OVERVIEW = (
    "video_views",
    "profile_views",
    "likes",
    "comments",
    "shares",
    "reached_audience",
    "net_followers",
    "new_followers",
    "lost_followers",
)
VIEWERS = ("total_viewers", "new_viewers", "returning_viewers")
FOLLOWERS = ("followers", "following", "engaged_audience")
# The reports that a day's numbers come from, and which numbers each is asked for.
GROUPS = {"overview": OVERVIEW, "viewers": VIEWERS, "followers": FOLLOWERS}
METRICS = (*OVERVIEW, *VIEWERS, *FOLLOWERS)
TOTALS = ("total_views", "total_likes", "total_comments", "total_shares")
MORE_TOTALS = ("favorites", "views_last_7_days")
# Of a video, what only the API gives: people who saw it, followers it brought, visits of the profile from it; seconds.
PEOPLE = ("unique_viewers", "new_followers", "profile_views")
SECONDS = ("average_watch_time", "total_watch_time", "duration")
ACCOUNT_TOTALS = ("followers", "following", "total_likes", "total_videos")

_LABEL = {"month": pl.Int8, "day": pl.Int8, "year": pl.Int16}
_SOURCE = {"member": pl.String, "line": pl.Int32}
_BY_GROUP = {"source": pl.String, "missing": pl.String}
_INTEGERS = pl.Int64
COLUMNS: dict[str, dict[str, pl.DataType | type[pl.DataType]]] = {
    # Rows of the reports of an account, typed, as their files label them.
    "day_rows": {
        **_SOURCE,
        **_LABEL,
        **dict.fromkeys((*METRICS, "total_likes", "total_videos"), _INTEGERS),
        "extra": pl.String,
    },
    "hour_rows": {**_SOURCE, **_LABEL, "hour": pl.Int8, "active_followers": _INTEGERS},
    "share_rows": {**_SOURCE, "kind": pl.String, "bucket": pl.String, "share": pl.Float64},
    "video_rows": {
        **_SOURCE,
        **_LABEL,
        "video_id": pl.String,
        "title": pl.String,
        "link": pl.String,
        "posted_month": pl.Int8,
        "posted_day": pl.Int8,
        "posted_year": pl.Int16,
        "posted_at": MOMENT,
        **dict.fromkeys((*TOTALS, *MORE_TOTALS, *PEOPLE), _INTEGERS),
        **dict.fromkeys((*SECONDS, "completion_rate"), pl.Float64),
        "traffic_sources": pl.String,
        "not_given": pl.String,
        "extra": pl.String,
    },
    # Staging: one row per key, by true days.
    "daily": {
        "account": pl.String,
        "day": pl.Date,
        "label": pl.Date,
        **dict.fromkeys(METRICS, _INTEGERS),
        "follower_growth": _INTEGERS,
        "follower_growth_rate": pl.Float64,
        "engagement_rate": pl.Float64,
        "share_rate": pl.Float64,
        "profile_visit_rate": pl.Float64,
        "is_provisional": pl.Boolean,
        "has_no_data": pl.Boolean,
        **{f"{group}_{what}": kind for group in GROUPS for what, kind in {**_SOURCE, **_BY_GROUP}.items()},
        "is_agreed": pl.Boolean,
        "compared": pl.String,
        "extra": pl.String,
    },
    "videos": {
        "account": pl.String,
        "video_id": pl.String,
        "snapshot_day": pl.Date,
        "snapshot_at": MOMENT,
        "publish_date": pl.Date,
        "posted_at": MOMENT,
        "title": pl.String,
        "link": pl.String,
        **dict.fromkeys((*TOTALS, *MORE_TOTALS, *PEOPLE), _INTEGERS),
        **dict.fromkeys((*SECONDS, "completion_rate", "engagement_rate", "share_rate"), pl.Float64),
        "hashtags": pl.List(pl.String),
        "mentions": pl.List(pl.String),
        "is_provisional": pl.Boolean,
        "is_frozen": pl.Boolean,
        "source": pl.String,
        "extra": pl.String,
        **_SOURCE,
    },
    "audience": {
        "account": pl.String,
        "day": pl.Date,
        "hour": pl.Int8,
        "kind": pl.String,
        "bucket": pl.String,
        "share": pl.Float64,
        "followers": _INTEGERS,
        "source": pl.String,
        **_SOURCE,
    },
    # What an account had in all when the API was asked, the last time of each day. Written where there is any.
    "totals": {
        "account": pl.String,
        "day": pl.Date,
        "asked_at": MOMENT,
        **dict.fromkeys(ACCOUNT_TOTALS, _INTEGERS),
        **_SOURCE,
    },
    "revisions": {
        "account": pl.String,
        "day": pl.Date,
        "subject": pl.String,
        "metric": pl.String,
        "old_value": pl.Float64,
        "new_value": pl.Float64,
        "old_member": pl.String,
        "old_line": pl.Int32,
        "new_member": pl.String,
        "new_line": pl.Int32,
    },
    # Curated: the names and columns of the contract.
    "video_performance_daily": {
        "date": pl.Date,
        "video_id": pl.String,
        "video_title": pl.String,
        **dict.fromkeys(("views", "likes", "comments", "shares"), _INTEGERS),
        "completion_rate": pl.Float64,
        "engagement_rate": pl.Float64,
        "hashtags": pl.String,
        "sounds": pl.String,
        "account": pl.String,
        "days": pl.Int32,
        "publish_date": pl.Date,
        **dict.fromkeys((*TOTALS, "favorites"), _INTEGERS),
        "average_watch_time": pl.Float64,
        "mentions": pl.String,
        "video_link": pl.String,
        "unique_viewers": _INTEGERS,
        "source": pl.String,
    },
    "audience_insights_weekly": {
        "week": pl.String,
        "age_group": pl.String,
        "gender": pl.String,
        "country": pl.String,
        "percentage": pl.Float64,
        "engagement_rate": pl.Float64,
        "growth_rate": pl.Float64,
        "activity_peak_hour": pl.String,
        "account": pl.String,
    },
    "content_performance_monthly": {
        "month": pl.String,
        "account": pl.String,
        "views": _INTEGERS,
        "views_change": pl.Float64,
        "posts": _INTEGERS,
        "top_categories": pl.String,
        "top_hashtags": pl.String,
        "follower_growth": _INTEGERS,
        "engagement_rate": pl.Float64,
    },
}
# Where a number came from: an answer of TikTok's API, or a downloaded export.
BY_API, BY_EXPORT = "api", "export"
# What names a row; none of it is ever missing.
KEYS = {
    "day_rows": ("member", "line"),
    "hour_rows": ("member", "line"),
    "share_rows": ("member", "line"),
    "video_rows": ("member", "line"),
    "daily": ("account", "day"),
    "videos": ("account", "video_id", "snapshot_day"),
    "audience": ("account", "day", "hour", "kind", "bucket"),
    "totals": ("account", "day"),
    "revisions": ("account", "day", "subject", "metric", "old_member", "new_member"),
    "video_performance_daily": ("account", "video_id", "date"),
    "audience_insights_weekly": ("account", "week", "age_group", "gender", "country"),
    "content_performance_monthly": ("account", "month"),
}
FEW = 1_000  # rows: the plain question is answered as soon
# Dimensions of which only one is filled: part of the key, and missing all the same.
_ONE_DIMENSION = {"age_group", "gender", "country"}
_ALWAYS = {
    "daily": ("is_provisional", "has_no_data"),
    "videos": ("hashtags", "mentions", "is_provisional", "is_frozen", "source", "member", "line"),
    "audience": ("source", "member", "line"),
    "totals": ("asked_at", "member", "line"),
    "revisions": ("old_line", "new_line"),
    "video_performance_daily": ("days",),
}


class LayerBroken(NeedsPerson, ValueError):
    """A frame does not have the shape of its layer: nothing of it was written. The message names what is wrong."""


@cache
def empty(layer: str) -> pl.DataFrame:
    """A frame of the layer without rows."""
    return pl.DataFrame(schema=COLUMNS[layer])


@cache
def schema(layer: str) -> pa.DataFrameSchema:
    """Columns in their order, their types, what is never missing, and which together are unique."""
    import pandera.polars as pa

    filled = never_missing(layer)
    return pa.DataFrameSchema(
        {name: pa.Column(kind, nullable=name not in filled) for name, kind in COLUMNS[layer].items()},
        strict=True,
        ordered=True,
        unique=list(KEYS[layer]),
        name=layer,
    )


def checked_together(layer: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frames of several accounts below each other, told apart by their `account`, when each has the shape of its layer.

    Raises LayerBroken.
    """
    if "account" in COLUMNS[layer]:
        return checked(layer, frame)
    if not _has_shape(layer, frame.drop("account"), frame.select("account", *KEYS[layer])):
        for own in frame.partition_by("account", include_key=False, maintain_order=True):
            checked(layer, own)
    return frame


def checked(layer: str, frame: pl.DataFrame) -> pl.DataFrame:
    """`frame`, when it has the shape of its layer. Raises LayerBroken."""
    if _has_shape(layer, frame):
        return frame
    import pandera.errors

    try:
        schema(layer).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        wrong = [_said(layer, error) for error in _cases(errors)]
        raise LayerBroken(
            f"{layer}: the frame does not have the shape of its layer ({'; '.join(wrong[:5])}). Nothing of it was written."
        ) from errors
    return frame


def _has_shape(layer: str, frame: pl.DataFrame, keys: pl.DataFrame | None = None) -> bool:
    """What `schema` asks for, told at once for frames that have it; what is wrong with another, pandera tells.

    `keys`: what may not be there twice, where that is not the layer's key alone.
    """
    if list(frame.schema.items()) != list(COLUMNS[layer].items()):
        return False
    filled = frame.select(*never_missing(layer))
    floats = [name for name, kind in filled.schema.items() if kind.is_float()]
    is_filled = not sum(filled.null_count().row(0)) and not any(filled[name].is_nan().any() for name in floats)
    keys = frame.select(*KEYS[layer]) if keys is None else keys
    return is_filled and ((keys.height > FEW and _is_ascending(keys)) or not keys.is_duplicated().any())


def _is_ascending(keys: pl.DataFrame) -> bool:
    """Whether each row comes after the one before, as in most layers: then none is there twice, which is told much sooner."""
    is_after, is_same = pl.lit(False), pl.lit(True)
    for name in keys.columns:
        is_after |= is_same & (pl.col(name) > pl.col(name).shift(1))
        is_same &= pl.col(name) == pl.col(name).shift(1)
    return bool(keys.select(is_after.slice(1).fill_null(False).all()).item())


def never_missing(layer: str) -> list[str]:
    return sorted({*KEYS[layer], *_ALWAYS.get(layer, ())} - _ONE_DIMENSION)


def _said(layer: str, error: dict[str, object]) -> str:
    """One thing that is wrong; of cells nothing is shown."""
    if error["check"] == "multiple_fields_uniqueness":
        return f"the same {', '.join(KEYS[layer])} twice"
    if str(error["check"]).startswith("column_"):
        return f"{error['check']}: {error['failure_case']}"
    return f"{error['column']}: {error['check']}"


def _cases(errors: object) -> list[dict[str, object]]:
    cases = getattr(errors, "failure_cases", pl.DataFrame())
    return cases.unique(["column", "check"], keep="first", maintain_order=True).to_dicts()
