"""Between the typed rows of an account and `dating`: what it asks for, and its answer laid onto the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any

import polars as pl

from include.account_analytics.facts import Dated, Label, MemberRows, Post, Sighting
from include.account_analytics.reading.videos import MOST_POSTS
from include.account_analytics.schemas import METRICS, MOMENT

PROVISIONAL_DAYS = 2
GROUP_OF = {
    "overview": "overview",
    "viewers": "viewers",
    "follower_history": "followers",
    "audience": "followers",  # of business accounts: levels by day
}
ViewersLag = Callable[[Sequence[date], Sequence[int | None], Mapping[date, int]], Sequence[date | None]]


def for_dating(
    account: str,
    sha256: str,
    family: str,
    report: str,
    sightings: tuple[Sighting, ...],
    own: Mapping[str, pl.DataFrame],
) -> MemberRows:
    """A report as `dating` needs it; `own` are its typed rows, by layer, in the order of the file."""
    days, hours, videos = own["day_rows"], own["hour_rows"], own["video_rows"]
    labelled = hours if report == "follower_activity" else days
    told = [name for name in METRICS if days[name].null_count() < days.height]
    return MemberRows(
        sha256,
        account,
        family,
        report,
        tuple(_labels(labelled)),
        {name: tuple(days[name].to_list()) for name in told},
        tuple(_posts(videos)),
        sightings,
        lines=tuple(labelled["line"].to_list()),
        rows=sum(frame.height for frame in own.values()),
    )


def _labels(rows: pl.DataFrame) -> Iterable[Label]:
    return (_label(*label) for label in _lines(rows, "month", "day", "year"))


def _lines(rows: pl.DataFrame, *names: str) -> Iterable[tuple[Any, ...]]:
    return zip(*(rows[name].to_list() for name in names), strict=True)


def _posts(videos: pl.DataFrame) -> Iterable[Post]:
    """Of a long list the newest: more would prove no more."""
    if videos.height > MOST_POSTS:
        newest = pl.col("video_id").cast(pl.UInt64, strict=False)
        videos = videos.filter(newest.rank("ordinal", descending=True) <= MOST_POSTS)
    columns = ("video_id", "posted_at", "posted_month", "posted_day", "posted_year", "month", "day", "year")
    for video_id, at, *label, month, day, year in _lines(videos, *columns):
        posted: Label | datetime | None = at or (_label(*label) if label[0] else None)
        yield Post(video_id, posted, _label(month, day, year) if month else None)


@lru_cache(maxsize=4096)
def _label(month: int, day: int, year: int | None) -> Label:
    return Label(month, day, year)


def newness(dated: Iterable[Dated], last_days: Mapping[str, date], reports: Mapping[str, str]) -> dict[str, int]:
    """The order of the exports: by their moment, where it is not known by the end of their last day. 0 is the oldest.

    Of reports of one moment Overview is the last, for what it tells as well as another.
    """

    def made(each: Dated) -> tuple[date, bool, str, bool, str]:
        last = last_days.get(each.sha256) or each.first_label or date.min
        moment = each.exported_at
        day = moment.date() if moment else last + timedelta(days=1)
        return (day, moment is not None, str(moment), reports[each.sha256] == "overview", each.sha256)

    return {each.sha256: place for place, each in enumerate(sorted(dated, key=made))}


def on_true_days(rows: pl.DataFrame, dated: Mapping[str, Dated]) -> pl.DataFrame:
    """The rows of dated reports with `label_day` and `true_day`; the n-th label of a report is n days after its first.

    Whoever is not dated is left out, and so is a row without a label.
    """
    when = pl.DataFrame(
        [(sha, each.first_label, each.label_shift) for sha, each in dated.items() if each.first_label],
        schema={"member": pl.String, "first_label": pl.Date, "shift": pl.Int32},
        orient="row",
    )
    is_new = pl.struct("month", "day", "year").rle_id().over("member")
    return (
        rows.filter(pl.col("month").is_not_null())
        .sort("member", "line")
        .with_columns(place=is_new)
        .join(when, on="member", how="inner", maintain_order="left")
        .with_columns(label_day=pl.col("first_label") + pl.duration(days=pl.col("place")))
        .with_columns(true_day=pl.col("label_day") - pl.duration(days=pl.col("shift")))
        .drop("place", "first_label", "shift")
    )


def candidates(
    rows: pl.DataFrame, groups: Mapping[str, str], order: Mapping[str, int], viewers_lag: ViewersLag
) -> pl.DataFrame:
    """Rows of daily reports of accounts on their true days, as `days.merge` wants them.

    Viewers run behind Overview, by a lag that `viewers_lag` measures against the views of the same account; a label that is
    one too many has no day.
    """
    is_settled = pl.col("true_day") <= pl.col("true_day").max().over("member") - pl.duration(days=PROVISIONAL_DAYS)
    ready = rows.with_columns(
        group=pl.col("member").replace_strict(groups, return_dtype=pl.String),
        newness=pl.col("member").replace_strict(order, return_dtype=pl.Int32),
        is_settled=is_settled,
    )
    overview = ready.filter(pl.col("group") == "overview", pl.col("video_views").is_not_null())
    views: dict[str, dict[date, int]] = {}
    for account, day, count in _lines(overview.sort("is_settled", "newness"), "account", "true_day", "video_views"):
        views.setdefault(account, {})[day] = count
    viewers = ready.filter(pl.col("group") == "viewers").sort("member", "line")
    lagged: list[date | None] = []
    told = _lines(viewers, "account", "member", "true_day", "total_viewers")
    for (account, _), rows_of_one in groupby(told, key=lambda row: row[:2]):
        _, _, days, counts = zip(*rows_of_one, strict=True)
        lagged += viewers_lag(days, counts, views.get(account, {}))
    others = ready.filter(pl.col("group") != "viewers")
    return (
        pl.concat([others, viewers.with_columns(true_day=pl.Series(lagged, dtype=pl.Date))])
        .filter(pl.col("true_day").is_not_null())
        .drop("month", "day", "year")
        .rename({"true_day": "day", "label_day": "label"})
    )


def on_snapshot_days(rows: pl.DataFrame, dated: Mapping[str, Dated], order: Mapping[str, int]) -> pl.DataFrame:
    """Rows of what a download tells of one moment, with its `snapshot_day`, its `snapshot_at` where that is known, and `newness`.

    The day is the row's own label moved by the report's shift, or, without labels, each day on which it was downloaded.
    """
    days = pl.DataFrame(
        [(sha, day) for sha, each in dated.items() for day in each.days],
        schema={"member": pl.String, "snapshot_day": pl.Date},
        orient="row",
    )
    has_labels = "month" in rows.columns
    bare = rows.filter(pl.col("month").is_null()) if has_labels else rows
    parts = [bare.join(days, on="member", how="inner", maintain_order="left")]
    if has_labels:
        parts.append(_on_labelled_days(rows, dated))
    moments = pl.DataFrame(
        [(sha, each.exported_at) for sha, each in dated.items()],
        schema={"member": pl.String, "snapshot_at": MOMENT},
        orient="row",
    )
    at_hand = (pl.col("snapshot_at").dt.date() - pl.col("snapshot_day")).dt.total_days().abs() <= 1
    return (
        pl.concat(parts)
        .join(moments, on="member", how="left", maintain_order="left")
        .with_columns(
            snapshot_at=pl.when(at_hand).then("snapshot_at"),
            newness=pl.col("member").replace_strict(order, return_dtype=pl.Int32),
        )
    )


def _on_labelled_days(rows: pl.DataFrame, dated: Mapping[str, Dated]) -> pl.DataFrame:
    """Each row on its own label's day, which is the one next to the report's first; they need not follow each other."""
    labels = rows.select("member", "month", "day").filter(pl.col("month").is_not_null()).unique().rows()
    found = [
        (sha, month, day, next_to(dated[sha].first_label, month, day) - timedelta(days=dated[sha].label_shift))
        for sha, month, day in labels
        if sha in dated and dated[sha].first_label
    ]
    schema = {"member": pl.String, "month": pl.Int8, "day": pl.Int8, "snapshot_day": pl.Date}
    days = pl.DataFrame(found, schema=schema, orient="row")
    return rows.join(days, on=["member", "month", "day"], how="inner", maintain_order="left")


def next_to(first: date | None, month: int, day: int) -> date:
    """The day with this month and number that lies next to `first`."""
    near = first or date.min
    days = (near + timedelta(days=away * sign) for away in range(4 * 366) for sign in (1, -1))
    return next(each for each in days if (each.month, each.day) == (month, day))
