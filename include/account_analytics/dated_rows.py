"""Between the typed rows of an account and `dating`: what it asks for, and its answer laid onto the rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any, Literal

import polars as pl

from include.account_analytics.facts import API, Dated, Label, MemberRows, Post, Sighting
from include.account_analytics.reading.videos import MOST_POSTS
from include.account_analytics.schemas import ACCOUNT_TOTALS, BY_API, BY_EXPORT, COLUMNS, METRICS, MOMENT, empty
from include.account_analytics.typed_rows import OfAccount

PROVISIONAL_DAYS = 2
OWN = ["account", "member"]  # a report of an account; another account may have the same report
# A day is counted to its end two days after it has ended, the API's reference says.
ANSWERED_DAYS = 3
BUSINESS = "business"
TOTALS = "account"  # the report of what an account had in all
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


def newness(
    dated: Mapping[OfAccount, Dated], last_days: Mapping[OfAccount, date], reports: Mapping[OfAccount, str]
) -> dict[OfAccount, int]:
    """The order of the exports: by their moment, where it is not known by the end of their last day. 0 is the oldest.

    Of reports of one moment Overview is the last, for what it tells as well as another.
    """

    def made(key: OfAccount) -> tuple[date, bool, str, bool, str]:
        each = dated[key]
        last = last_days.get(key) or each.first_label or date.min
        moment = each.exported_at
        day = moment.date() if moment else last + timedelta(days=1)
        return (day, moment is not None, str(moment), reports[key] == "overview", each.sha256)

    return {key: place for place, key in enumerate(sorted(dated, key=made))}


def with_newness(rows: pl.DataFrame, order: Mapping[OfAccount, int]) -> pl.DataFrame:
    """Rows with the `newness` of their export."""
    return _joined(rows, [(*key, place) for key, place in order.items()], {"newness": pl.Int32})


def _joined(
    rows: pl.DataFrame,
    told: Sequence[tuple[Any, ...]],
    columns: Mapping[str, Any],
    how: Literal["left", "inner"] = "left",
) -> pl.DataFrame:
    """Rows of reports with what is told of each report: its account, its SHA-256, and the values of these columns."""
    schema = {"account": pl.String, "member": pl.String, **columns}
    return rows.join(pl.DataFrame(told, schema=schema, orient="row"), on=OWN, how=how, maintain_order="left")


def on_true_days(rows: pl.DataFrame, dated: Mapping[OfAccount, Dated]) -> pl.DataFrame:
    """The rows of dated reports with `label_day` and `true_day`; the n-th label of a report is n days after its first.

    Whoever is not dated is left out, and so is a row without a label.
    """
    when = [(*key, each.first_label, each.label_shift) for key, each in dated.items() if each.first_label]
    is_new = pl.struct("month", "day", "year").rle_id().over(OWN)
    rows = rows.filter(pl.col("month").is_not_null()).sort(*OWN, "line").with_columns(place=is_new)
    return (
        _joined(rows, when, {"first_label": pl.Date, "shift": pl.Int32}, "inner")
        .with_columns(label_day=pl.col("first_label") + pl.duration(days=pl.col("place")))
        .with_columns(true_day=pl.col("label_day") - pl.duration(days=pl.col("shift")))
        .drop("place", "first_label", "shift")
    )


def candidates(
    rows: pl.DataFrame,
    dated: Mapping[OfAccount, Dated],
    reports: Mapping[OfAccount, str],
    order: Mapping[OfAccount, int],
    viewers_lag: ViewersLag,
    families: Mapping[OfAccount, str] | None = None,
) -> pl.DataFrame:
    """Rows of daily reports on their true days, as `days.merge` wants them. `families`: which of them the API gave, and which
    are of a business page, where likes that were taken back are no likes.

    Viewers run behind Overview, by a lag that `viewers_lag` measures against the views of the same account; a label that is
    one too many has no day.
    """
    of_export = pl.col("true_day").max().over(OWN) - pl.duration(days=PROVISIONAL_DAYS)
    families = families or {}
    answers = {key for key in dated if families.get(key) == API}
    told = [
        (
            *key,
            GROUP_OF.get(reports[key], reports[key]),
            order[key],
            each.shift_basis == "assumed",
            BY_API if key in answers else BY_EXPORT,
            _settled_to(each) if key in answers else None,
            families.get(key) == BUSINESS,
        )
        for key, each in dated.items()
    ]
    columns = {"group": pl.String, "newness": pl.Int32, "is_assumed": pl.Boolean, "source": pl.String, "to": pl.Date}
    columns |= {"has_net_likes": pl.Boolean}
    is_settled = pl.col("true_day") <= pl.coalesce("to", of_export)
    ready = _joined(rows, told, columns).with_columns(is_settled=is_settled).drop("to")
    if answers:
        ready = _with_following(ready)
    overview = ready.filter(pl.col("group") == "overview", pl.col("video_views").is_not_null())
    views: dict[str, dict[date, int]] = {}
    for account, day, count in _lines(overview.sort("is_settled", "newness"), "account", "true_day", "video_views"):
        views.setdefault(account, {})[day] = count
    viewers = ready.filter(pl.col("group") == "viewers").sort(*OWN, "line")
    lagged: list[date | None] = []
    for (account, _), own in groupby(_lines(viewers, *OWN, "true_day", "total_viewers"), key=lambda row: row[:2]):
        _, _, days, counts = zip(*own, strict=True)
        lagged += viewers_lag(days, counts, views.get(account, {}))
    others = ready.filter(pl.col("group") != "viewers")
    return (
        pl.concat([others, viewers.with_columns(true_day=pl.Series(lagged, dtype=pl.Date))])
        .filter(pl.col("true_day").is_not_null())
        .drop("month", "day", "year")
        .rename({"true_day": "day", "label_day": "label"})
    )


def _settled_to(dated: Dated) -> date | None:
    """The last day that an answer of the API knows to its end."""
    return dated.exported_at.date() - timedelta(days=ANSWERED_DAYS) if dated.exported_at else None


def _with_following(rows: pl.DataFrame) -> pl.DataFrame:
    """Of what an account had in all, whom it follows: no day total says that. It makes no day of its own, and settles none."""
    days = rows.filter(pl.col("group") != TOTALS)
    totals = rows.filter(pl.col("group") == TOTALS).join(days, on=["account", "true_day"], how="semi")
    others = [pl.lit(None, pl.Int64).alias(name) for name in METRICS if name != "following"]
    return pl.concat([days, totals.with_columns(*others, is_settled=pl.lit(False))])


def totals(rows: pl.DataFrame, dated: Mapping[OfAccount, Dated], reports: Mapping[OfAccount, str]) -> pl.DataFrame:
    """What accounts had in all, as of the last time that the API was asked on a day. `rows` are on their true days."""
    own = [(*key, each.exported_at) for key, each in dated.items() if reports[key] == TOTALS]
    if not own:
        return empty("totals")
    asked = _joined(rows, own, {"asked_at": MOMENT}, "inner").drop("day").rename({"true_day": "day"})
    told = asked.filter(pl.any_horizontal(pl.col(ACCOUNT_TOTALS).is_not_null()))
    return (
        told.sort("account", "day", "asked_at", "member")
        .unique(["account", "day"], keep="last", maintain_order=True)
        .select(pl.col(name).cast(kind) for name, kind in COLUMNS["totals"].items())
    )


def on_snapshot_days(
    rows: pl.DataFrame, dated: Mapping[OfAccount, Dated], order: Mapping[OfAccount, int]
) -> pl.DataFrame:
    """Rows of what a download tells of one moment, with its `snapshot_day`, its `snapshot_at` where that is known, and `newness`.

    The day is the row's own label moved by the report's shift, or, without labels, each day on which it was downloaded.
    """
    days = [(*key, day) for key, each in dated.items() for day in each.days]
    has_labels = "month" in rows.columns
    bare = rows.filter(pl.col("month").is_null()) if has_labels else rows
    parts = [_joined(bare, days, {"snapshot_day": pl.Date}, "inner")]
    if has_labels:
        parts.append(_on_labelled_days(rows, dated))
    moments = [(*key, each.exported_at, order[key]) for key, each in dated.items()]
    at_hand = (pl.col("snapshot_at").dt.date() - pl.col("snapshot_day")).dt.total_days().abs() <= 1
    return _joined(pl.concat(parts), moments, {"snapshot_at": MOMENT, "newness": pl.Int32}).with_columns(
        snapshot_at=pl.when(at_hand).then("snapshot_at")
    )


def with_source(rows: pl.DataFrame, answers: Collection[OfAccount]) -> pl.DataFrame:
    """Rows of reports with whether the API or an export told them."""
    if not answers:
        return rows.with_columns(source=pl.lit(BY_EXPORT))
    told = [(*key, BY_API) for key in sorted(answers)]
    return _joined(rows, told, {"source": pl.String}).with_columns(pl.col("source").fill_null(BY_EXPORT))


def _on_labelled_days(rows: pl.DataFrame, dated: Mapping[OfAccount, Dated]) -> pl.DataFrame:
    """Each row on its own label's day, which is the one next to the report's first; they need not follow each other."""
    labels = rows.select(*OWN, "month", "day").filter(pl.col("month").is_not_null()).unique().rows()
    found = []
    for account, sha, month, day in labels:
        each = dated.get((account, sha))
        if each is not None and each.first_label:
            on = next_to(each.first_label, month, day) - timedelta(days=each.label_shift)
            found.append((account, sha, month, day, on))
    schema = {"account": pl.String, "member": pl.String, "month": pl.Int8, "day": pl.Int8, "snapshot_day": pl.Date}
    days = pl.DataFrame(found, schema=schema, orient="row")
    return rows.join(days, on=[*OWN, "month", "day"], how="inner", maintain_order="left")


def next_to(first: date | None, month: int, day: int) -> date:
    """The day with this month and number that lies next to `first`."""
    near = first or date.min
    days = (near + timedelta(days=away * sign) for away in range(4 * 366) for sign in (1, -1))
    return next(each for each in days if (each.month, each.day) == (month, day))
