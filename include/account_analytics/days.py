"""One row for each true day of an account, out of all reports that tell of it; and what newer ones corrected.

Accounts are worked out some at a time; none sees another one's rows.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from include.account_analytics import metrics
from include.account_analytics.schemas import BY_API, BY_EXPORT, COLUMNS, GROUPS, METRICS, empty

NO_DATA_YET = "no data yet"
UNDEFINED = "TikTok gives no number"
NOT_COVERED = "no download covers this day"
NO_REPORT = "no such report"
OWN = ("account", "day")
METRIC = pl.Enum(METRICS)  # in this order; those of a group stand together
# What of a candidate decides, the strongest last: a settled number before one that TikTok may not have finished counting, then
# the newest export.
_ORDER = ("is_settled", "newness", "member", "line")


def merge(candidates: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(daily, revisions) of accounts.

    `candidates` are all rows of their daily reports: those of `day_rows`, with the `account`, their true `day`, the `label` as a
    date, the `group` they count for, `is_settled` (not of the last two days of their export), the `newness` of their export,
    `is_assumed`: whether the report's labels are only assumed to be right, the `source`: the API, or an export, and
    `has_net_likes`: whether likes that were taken back are left out.
    """
    if candidates.is_empty():
        return empty("daily"), empty("revisions")
    # `at` is the place of an account's day, `row` that of a candidate: numbers are sorted and joined sooner than names.
    candidates = candidates.sort(*OWN, *_ORDER).with_row_index("row").with_columns(at=pl.struct(OWN).rle_id())
    cells = (
        candidates.lazy()
        .select("at", "row", *METRICS)
        .unpivot(METRICS, index=["at", "row"], variable_name="metric", value_name="value")
        .drop_nulls("value")
        .with_columns(pl.col("metric").cast(METRIC))
        .sort("at", "metric", "row")
        .collect()
    )
    told = cells.hstack(candidates.select(*OWN, *_ORDER, "is_assumed", "source", "has_net_likes")[cells["row"]])
    won = told.filter(~_is_same_cell(-1))
    daily = _with_values(candidates, won)
    daily = _with_agreement(daily, told)
    daily = _without_days_before_the_first(daily)
    return _finished(daily, candidates), _revisions(told)


def _is_same_cell(step: int) -> pl.Expr:
    """Whether the row so many before (or, negative, after) tells of the same number of the same day, in rows sorted by both."""
    is_same = pl.all_horizontal(pl.col(name) == pl.col(name).shift(step) for name in ("at", "metric"))
    return is_same.fill_null(False)


def _is_one_of(metrics: Sequence[str]) -> pl.Expr:
    return pl.col("metric").is_in(pl.Series(metrics, dtype=METRIC).implode())


def _with_values(candidates: pl.DataFrame, won: pl.DataFrame) -> pl.DataFrame:
    """The days with the number that won for each metric, and where it stands."""
    values = won.pivot("metric", index="at", values="value")
    absent = [pl.lit(None, pl.Int64).alias(name) for name in METRICS if name not in values.columns]
    days = candidates.filter(pl.col("at").is_first_distinct()).select("at", *OWN)
    daily = days.join(values, on="at", how="left", maintain_order="left").with_columns(absent).lazy()
    for group, names in GROUPS.items():
        for each in _sources(group, names, candidates.lazy(), won.lazy()):
            daily = daily.join(each, on="at", how="left", maintain_order="left")
    return daily.collect()


def _sources(
    group: str, names: Sequence[str], candidates: pl.LazyFrame, won: pl.LazyFrame
) -> tuple[pl.LazyFrame, pl.LazyFrame, pl.LazyFrame]:
    """Of each day: the row that speaks for the group, the numbers that other rows give, and whether a report was asked at all."""
    # The row that gives the first of the group's numbers speaks for the group.
    of_group = won.filter(_is_one_of(names))
    source = of_group.group_by("at", maintain_order=True).agg(
        pl.col("row").first().alias(f"{group}_row"), pl.col("is_settled").first().alias(f"{group}_is_settled")
    )
    where = candidates.select(
        pl.col("row").alias(f"{group}_row"),
        *(pl.col(name).alias(f"{group}_{name}") for name in ("member", "line", "label", "extra", "source")),
    )
    source = source.join(where, on=f"{group}_row", how="left", maintain_order="left")
    others = of_group.join(source.select("at", f"{group}_row"), on="at").filter(pl.col("row") != pl.col(f"{group}_row"))
    elsewhere = others.group_by("at").agg(
        pl.format('"{}": ["{}", {}]', pl.col("metric").cast(pl.String), "member", "line")
        .sort()
        .str.join(", ")
        .alias(f"{group}_sources")
    )
    asked = candidates.filter(pl.col("group") == group).select("at", pl.lit(True).alias(f"{group}_asked"))
    return source, elsewhere, asked.unique()


def _with_agreement(daily: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Whether the API and the exports say the same of a day that both know to its end, and what both say where they do not.

    Of each the newest number counts. The API counts likes that were taken back, a business page does not: these are not compared.
    """
    if told.filter(pl.col("source") == BY_API).is_empty():
        return daily.with_columns(is_agreed=pl.lit(None, pl.Boolean), compared=pl.lit(None, pl.String))
    is_other = pl.col("has_net_likes") & (pl.col("metric") == "likes")
    settled = told.filter("is_settled", ~is_other).select("at", "metric", "source", "value")
    own = {
        source: settled.filter(pl.col("source") == source).unique(["at", "metric"], keep="last", maintain_order=True)
        for source in (BY_API, BY_EXPORT)
    }
    both = own[BY_API].join(own[BY_EXPORT], on=["at", "metric"], suffix="_of_export", maintain_order="left")
    differs = pl.col("value") != pl.col("value_of_export")
    told_of = pl.format('"{}": [{}, {}]', pl.col("metric").cast(pl.String), "value", "value_of_export")
    days = both.group_by("at").agg(
        is_agreed=~differs.any(), compared=told_of.filter(differs).sort().str.join(", ").replace("", None)
    )
    compared = days.with_columns(pl.format("{{{}}}", "compared"))
    return daily.join(compared, on="at", how="left", maintain_order="left")


def _without_days_before_the_first(daily: pl.DataFrame) -> pl.DataFrame:
    """Leading days without anything but zeros are days that TikTok has no data of yet: their zeros are no numbers."""
    is_active = pl.any_horizontal(pl.col(METRICS).fill_null(0) != 0)
    daily = daily.with_columns(has_no_data=~is_active.cum_max().over("account"))
    has_data = ~pl.col("has_no_data")
    return daily.with_columns(pl.when(has_data).then(pl.col(name)).alias(name) for name in METRICS)


def _finished(daily: pl.DataFrame, candidates: pl.DataFrame) -> pl.DataFrame:
    having: dict[str, list[str]] = {group: [] for group in GROUPS}
    for account, group in candidates.select("account", "group").unique().iter_rows():
        having.setdefault(group, []).append(account)
    reasons = [_missing(group, pl.col("account").is_in(having[group])) for group in GROUPS]
    settled = pl.coalesce(*(f"{group}_is_settled" for group in GROUPS))
    return (
        daily.with_columns(
            label=pl.coalesce(*(f"{group}_label" for group in GROUPS)),
            is_provisional=~settled.fill_null(True),
        )
        .with_columns(
            metrics.engagement_rate(),
            metrics.share_rate(),
            metrics.profile_visit_rate(),
            metrics.follower_growth(),
            metrics.follower_growth_rate(),
            *reasons,
            extra=_extra(),
        )
        .select(pl.col(name).cast(kind) for name, kind in COLUMNS["daily"].items())
    )


def _missing(group: str, has_report: pl.Expr) -> pl.Expr:
    """Why the first number of the group (views, viewers, followers) is not there; missing where it is."""
    return (
        pl.when(pl.col(GROUPS[group][0]).is_not_null())
        .then(None)
        .when(pl.col("has_no_data"))
        .then(pl.lit(NO_DATA_YET))
        .when(pl.col(f"{group}_asked"))
        .then(pl.lit(UNDEFINED))
        .when(has_report)
        .then(pl.lit(NOT_COVERED))
        .otherwise(pl.lit(NO_REPORT))
        .alias(f"{group}_missing")
    )


def _extra() -> pl.Expr:
    """The columns that are not of ours, as JSON; and `sources`, for each number that another row gives than its group's."""
    elsewhere = pl.concat_str([pl.col(f"{group}_sources") for group in GROUPS], separator=", ", ignore_nulls=True)
    sources = pl.when(elsewhere != "").then(pl.format('"sources": {{{}}}', elsewhere))
    own = pl.coalesce(*(f"{group}_extra" for group in GROUPS)).str.slice(1).str.head(-1)
    both = pl.concat_str([own, sources], separator=", ", ignore_nulls=True)
    return pl.when(both != "").then(pl.format("{{{}}}", both))


def _revisions(told: pl.DataFrame) -> pl.DataFrame:
    """Settled numbers that a newer export gives differently, each against the one before it.

    The same number told again is none, and neither is what a member says of a day that another one had still been counting.
    """
    before = {f"old_{name}": pl.col(name).shift(1) for name in ("value", "member", "line", "is_assumed")}
    pairs = told.filter("is_settled").with_columns(**before).filter(_is_same_cell(1))
    return (
        pairs.join(_shifted(pairs), on=["account", "old_member", "member"], how="anti")
        .filter(pl.col("old_value") != pl.col("value"))
        .with_columns(subject=pl.lit(""))
        .rename({"value": "new_value", "member": "new_member", "line": "new_line"})
        .select(pl.col(name).cast(kind) for name, kind in COLUMNS["revisions"].items())
        .sort(*OWN, "metric", "new_member")
    )


def _shifted(pairs: pl.DataFrame) -> pl.DataFrame:
    """Reports that differ on more than half of their common days, where the labels of one are only assumed to be right.

    That is no correction of so many days but, more likely, labels a day apart. Days compare by views, viewers or followers,
    whichever the reports tell; days without any, in both, say nothing.
    """
    first = [names[0] for names in GROUPS.values()]
    days = pairs.filter(
        _is_one_of(first),
        pl.col("is_assumed") | pl.col("old_is_assumed"),
        (pl.col("value") != 0) | (pl.col("old_value") != 0),
    )
    differ = (pl.col("value") != pl.col("old_value")).mean() > 0.5
    return days.group_by("account", "old_member", "member").agg(differ=differ).filter("differ")
