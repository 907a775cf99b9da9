"""One row for each video and day of a download: its totals since publication, as of then."""

from __future__ import annotations

from datetime import tzinfo

import polars as pl

from include.account_analytics import metrics
from include.account_analytics.captions import hashtags, in_ascii, mentions
from include.account_analytics.schemas import BY_API, COLUMNS, MORE_TOTALS, PEOPLE, SECONDS, TOTALS, empty

OWN = ("account", "video_id", "snapshot_day")


# What the API says of a video that nobody has touched for a week, of one that is older than a year, and of a new one.
QUIET = "the API gives it only of videos with a view, like, comment or share in the last 7 days"
FROZEN = "the API counts a video no longer, 365 days after it was posted"
NOT_COUNTED_YET = "the API counts 24 to 48 hours late"
FROZEN_AFTER, COUNTED_AFTER = 365, 2  # days
# What one source gives and the other may not.
CELLS = (*TOTALS, *MORE_TOTALS, *PEOPLE, *SECONDS, "completion_rate")


def snapshots(rows: pl.DataFrame, time_zone: tzinfo | None = None) -> pl.DataFrame:
    """The videos of accounts of one zone. `rows` are `video_rows` with their `account`, their `source`, and the `snapshot_day`,
    `snapshot_at` and `newness` of their export.

    Of several downloads on one day the newest stands: they tell of the same snapshot, so that is no revision. An export stands
    before the API, whose totals are a day or two old, and the API fills what the export leaves empty.
    """
    if rows.is_empty():
        return empty("videos")
    is_of_api = pl.col("source") == BY_API
    if rows.select(is_of_api.any()).item():
        newest = _of_both(rows.filter(~is_of_api), rows.filter(is_of_api))
    else:
        newest = _newest(rows).with_columns(is_provisional=pl.lit(False), is_frozen=pl.lit(False))
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


def _newest(rows: pl.DataFrame) -> pl.DataFrame:
    """The last row of each video and day, in their order."""
    is_last = pl.any_horizontal(pl.col(name) != pl.col(name).shift(-1) for name in OWN)
    return rows.sort(*OWN, "newness", "member", "line").filter(is_last.fill_null(True))


def _of_both(exports: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """One row for each video and day that any of both tells of.

    Where both do, `sources` in `extra` says where the API's numbers stand. A total of the last two days on which the API was
    asked is provisional, where no export says it.
    """
    told, given = _newest(exports), _with_reasons(_newest(answers))
    beside = given.select(*OWN, *(pl.col(name).alias(f"{name}_given") for name in (*CELLS, "member", "line", "extra")))
    beside = beside.with_columns(is_given=pl.lit(True))
    both = told.join(beside, on=OWN, how="left", maintain_order="left")
    is_filled = {name: pl.col(name).is_null() & pl.col(f"{name}_given").is_not_null() for name in CELLS}
    where = [
        pl.when(filled).then(pl.format('"{}": ["{}", {}]', pl.lit(name), "member_given", "line_given"))
        for name, filled in sorted(is_filled.items())
    ]
    listed = pl.concat_str(where, separator=", ", ignore_nulls=True)
    sources = pl.when(listed != "").then(pl.concat_str(pl.lit('{"sources": {'), listed, pl.lit("}}")))
    told = both.with_columns(
        *(pl.coalesce(name, f"{name}_given").alias(name) for name in CELLS),
        extra=_joined_objects(pl.col("extra_given"), pl.col("extra"), sources),
        is_provisional=pl.lit(False),
        is_frozen=pl.lit(False),
    ).select(given.columns)
    alone = given.join(told, on=OWN, how="anti", maintain_order="left")
    return pl.concat([told, alone]).sort(*OWN)


def _with_reasons(given: pl.DataFrame) -> pl.DataFrame:
    """Rows of the API with what is provisional, what is frozen, and, in `extra`, why a number that was asked for is missing."""
    posted = pl.coalesce(pl.col("posted_at"), _uploaded()).dt.date()
    age = (pl.col("snapshot_day") - posted).dt.total_days()
    last = pl.col("snapshot_day").max().over("account")
    given = given.with_columns(
        is_provisional=pl.col("snapshot_day") > last - pl.duration(days=COUNTED_AFTER),
        is_frozen=(age >= FROZEN_AFTER).fill_null(False),
    )
    reasons = (
        pl.when(age < COUNTED_AFTER)
        .then(_reasoned(NOT_COUNTED_YET))
        .when(age >= FROZEN_AFTER)
        .then(_reasoned(FROZEN))
        .otherwise(_reasoned(QUIET))
    )
    missing = pl.when(pl.col("not_given").is_not_null()).then(reasons)
    frozen = pl.when("is_frozen").then(pl.lit(f'{{"frozen": "{FROZEN}"}}'))
    return given.with_columns(extra=_joined_objects(pl.col("extra"), frozen, missing))


def _reasoned(reason: str) -> pl.Expr:
    """{"missing": {number: reason}}, for each of `not_given`."""
    each = pl.col("not_given").str.replace_all(" ", f'": "{reason}", "', literal=True)
    return pl.concat_str(pl.lit('{"missing": {"'), each, pl.lit(f'": "{reason}"}}}}'))


def _joined_objects(*texts: pl.Expr) -> pl.Expr:
    """Objects of JSON as one; missing where all are."""
    inner = [pl.when(text != "{}").then(text.str.slice(1).str.head(-1)) for text in texts]
    joined = pl.concat_str(inner, separator=", ", ignore_nulls=True)
    return pl.when(joined != "").then(pl.concat_str(pl.lit("{"), joined, pl.lit("}")))


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
