"""Five scores for each account, 0 to 1, each with its definition and its worst offenders.

`overall` is the worst of the five and is what is shown first; `overall_mean` is their plain mean. A score that nothing can be
said about is missing, and counts for neither.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import psycopg

from include import database
from include.account_analytics import anomalies, metrics, rules, staged_files
from include.account_analytics.schemas import COLUMNS, GROUPS, METRICS
from include.account_analytics.scores import SCORES
from include.lake import Lake

MOST_OFFENDERS = 5
FRESH_DAYS, STALE_AFTER = 3, 30
ACCOUNTS_AT_ONCE = 10  # that are asked together
# What is read of each layer: of the videos, nothing that people wrote; of the days, not who said them.
TEXTS = ("title", "link", "hashtags", "mentions", "extra")
UNASKED = (*TEXTS, *(f"{group}_source" for group in GROUPS))
HALF_WRONG = rules.WEIGHTS["warning"]  # what a day counts on which the API and an export differ
ASKED = {layer: [name for name in COLUMNS[layer] if name not in UNASKED] for layer in staged_files.FRAMES}
_COMPARISON: dict[str, Any] = {
    "account": pl.String,
    "days": pl.Int64,
    "agreed": pl.Int64,
    "share": pl.Float64,
    "metric": pl.String,
    "day": pl.Date,
    **dict.fromkeys(("api", "export"), pl.Int64),
}
EXPECTED = {"overview": GROUPS["overview"][:5], "viewers": ("total_viewers",), "followers": ("followers",)}


def scores(frames: Mapping[str, pl.DataFrame], day: date) -> pl.DataFrame:
    """One row per account: the five scores as of `day`, `overall`, `overall_mean`, and `offenders` as JSON."""
    findings = rules.ask(frames)
    compared = comparison(frames["daily"])
    of_videos = _videos_against_overview(frames["daily"], frames["videos"])
    # Few accounts have both, and nothing is to be compared for the others.
    of_both = [] if compared.is_empty() else [_api_against_exports(frames["daily"], compared)]
    parts = {
        "completeness": _completeness(frames["daily"]),
        "consistency": _consistency(frames),
        "validity": _of_rules(findings, "validity"),
        "freshness": _freshness(frames["daily"], day),
        "accuracy": _of_rules(findings, "accuracy", of_videos, *of_both),
    }
    found = frames["daily"].select("account").unique().sort("account")
    for name, (values, _) in parts.items():
        found = found.join(values.select("account", pl.col("value").alias(name)), on="account", how="left")
    worst = {name: _worst(offenders) for name, (_, offenders) in parts.items()}
    listed = [{name: of.get(account, []) for name, of in worst.items()} for account in found["account"]]
    offenders = [json.dumps(each, ensure_ascii=False, sort_keys=True) for each in listed]
    if compared.is_empty():
        found = found.with_columns(compared=pl.lit(None, pl.String))
    else:
        told = compared.select("account", compared=pl.struct(pl.exclude("account")).struct.json_encode())
        found = found.join(told, on="account", how="left")
    return found.with_columns(
        pl.Series("offenders", offenders, dtype=pl.String),
        overall=pl.min_horizontal(SCORES),
        overall_mean=pl.mean_horizontal(SCORES),
    )


Part = tuple[pl.DataFrame, pl.DataFrame]  # account, value; and account, weight and what is shown of each offender


def _worst(offenders: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Of each account that has any, the worst first."""
    apart = offenders.partition_by("account", as_dict=True, maintain_order=True)
    return {str(account): _shown(own) for (account,), own in apart.items()}


def _shown(own: pl.DataFrame) -> list[dict[str, Any]]:
    worst = own.sort("weight", "what", "day", descending=[True, False, True]).head(MOST_OFFENDERS).to_dicts()
    shown = ("what", "day", "subject", "value", "text")
    return [{name: _plain(row[name]) for name in shown if row[name] is not None} for row in worst]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _offenders(frame: pl.DataFrame, **columns: pl.Expr) -> pl.DataFrame:
    plain = {"day": pl.lit(None, pl.Date), "subject": pl.lit(""), "value": pl.lit(None, pl.Float64), **columns}
    kinds = {"day": pl.Date, "value": pl.Float64, "weight": pl.Float64}
    return frame.select("account", *(each.cast(kinds.get(name, pl.String)).alias(name) for name, each in plain.items()))


def _completeness(daily: pl.DataFrame) -> Part:
    """See DEFINITIONS; offenders are stretches of days that no download covers, and metrics with gaps."""
    known = daily.filter(~pl.col("has_no_data")).sort("account", "day")
    days = known.group_by("account").agg(
        span=(pl.col("day").max() - pl.col("day").min()).dt.total_days() + 1,
        **{
            name: pl.when(pl.col(names[0]).count() > 0).then(pl.col(name).count())
            for group, names in EXPECTED.items()
            for name in names
        },
    )
    names = [name for group in EXPECTED.values() for name in group]
    cells = days.unpivot(names, index=["account", "span"], variable_name="what", value_name="there").drop_nulls("there")
    lacking = cells.with_columns(lack=pl.col("span") - pl.col("there"))
    values = lacking.group_by("account").agg(value=metrics.ratio(pl.col("there").sum(), pl.col("span").sum()))
    gaps = known.with_columns(gap=(pl.col("day").diff().over("account")).dt.total_days() - 1).filter(pl.col("gap") > 0)
    uncovered = _offenders(
        gaps,
        what=pl.lit("days without a download"),
        day=pl.col("day") - pl.duration(days=pl.col("gap")),
        value=pl.col("gap"),
        weight=pl.col("gap") * len(names),
        text=pl.format("{} days from here on are in no download.", "gap"),
    )
    thin = _offenders(
        lacking.filter(pl.col("lack") > 0),
        what=pl.col("what"),
        value=pl.col("lack"),
        weight=pl.col("lack"),
        text=pl.format("{} of {} days have no number.", "lack", "span"),
    )
    return values, pl.concat([uncovered, thin])


def _consistency(frames: Mapping[str, pl.DataFrame]) -> Part:
    told = (
        frames["daily"]
        .filter(~pl.col("is_provisional"))
        .group_by("account")
        .agg(told=pl.sum_horizontal(pl.col(METRICS).count()).cast(pl.Int64))
    )
    seen = metrics.daily_differences(frames["videos"])
    fell = seen.filter(pl.col("views") < 0)
    revised = frames["revisions"]
    values = told
    for name, frame in (("seen", seen), ("fell", fell), ("revised", revised)):
        values = values.join(
            frame.group_by("account").agg(pl.len().cast(pl.Int64).alias(name)), on="account", how="left"
        )
    values = values.with_columns(pl.col("seen", "fell", "revised").fill_null(0))
    wrong = metrics.ratio(pl.col("fell") + pl.col("revised"), pl.col("told") + pl.col("seen"))
    changes = _offenders(
        revised,
        what=pl.lit("revised"),
        day=pl.col("day"),
        subject=pl.col("metric"),
        value=pl.col("new_value") - pl.col("old_value"),
        weight=(pl.col("new_value") - pl.col("old_value")).abs(),
        text=pl.format("{} was {}, and is {} in a newer download.", "metric", "old_value", "new_value"),
    )
    falls = _offenders(
        fell,
        what=pl.lit("total fell"),
        day=pl.col("snapshot_day"),
        subject=pl.col("video_id"),
        value=pl.col("views"),
        weight=-pl.col("views"),
        text=pl.lit("A video has fewer views since publication than before."),
    )
    return values.select("account", value=(1 - wrong).clip(0, 1)), pl.concat([changes, falls])


def _freshness(daily: pl.DataFrame, day: date) -> Part:
    settled = daily.filter(~pl.col("has_no_data"), ~pl.col("is_provisional"), pl.col("overview_member").is_not_null())
    last = settled.group_by("account").agg(last=pl.col("day").max())
    late = (pl.lit(day) - pl.col("last")).dt.total_days() - FRESH_DAYS
    value = (1 - late / STALE_AFTER).clip(0, 1)
    stale = _offenders(
        last.filter(late > 0),
        what=pl.lit("last complete day"),
        day=pl.col("last"),
        value=late + FRESH_DAYS,
        weight=late,
        text=pl.format("The last day counted to its end is {} days ago.", late + FRESH_DAYS),
    )
    return last.select("account", value=value), stale


def comparison(daily: pl.DataFrame) -> pl.DataFrame:
    """Of each account of which the API and an export know the same settled days: `days`, on how many of them all numbers that
    both name are the same (`agreed`, and its `share`), and the `largest` difference: its `metric`, `day`, `api` and `export`.
    """
    both = daily.filter(pl.col("is_agreed").is_not_null())
    if both.is_empty():
        return pl.DataFrame(schema=_COMPARISON)
    days = both.group_by("account").agg(days=pl.len().cast(pl.Int64), agreed=pl.col("is_agreed").sum().cast(pl.Int64))
    return days.with_columns(share=pl.col("agreed") / pl.col("days")).join(
        _differences(both).unique("account", keep="first", maintain_order=True).select(pl.exclude("weight")),
        on="account",
        how="left",
    )


def _differences(both: pl.DataFrame) -> pl.DataFrame:
    """Each number of which the API and an export say different ones, the largest difference of an account first."""
    rows = [
        {"account": account, "metric": metric, "day": day, "api": given, "export": told, "weight": abs(given - told)}
        for account, day, text in both.filter(pl.col("compared").is_not_null())
        .select("account", "day", "compared")
        .iter_rows()
        for metric, (given, told) in json.loads(text).items()
    ]
    kinds = {"account": pl.String, "metric": pl.String, "day": pl.Date}
    frame = pl.DataFrame(rows, schema={**kinds, **dict.fromkeys(("api", "export", "weight"), pl.Int64)})
    return frame.sort("account", "weight", "day", "metric", descending=[False, True, False, False])


def _api_against_exports(daily: pl.DataFrame, compared: pl.DataFrame) -> Part:
    """A day on which both know a number and differ counts as a warning does."""
    wrong = pl.col("days") - pl.col("agreed")
    asked = compared.select("account", asked="days", weight=wrong * HALF_WRONG)
    found = _differences(daily.filter(pl.col("is_agreed").is_not_null()))
    offenders = _offenders(
        found,
        what=pl.lit("api_against_export"),
        day=pl.col("day"),
        subject=pl.col("metric"),
        value=pl.col("api") - pl.col("export"),
        weight=pl.lit(HALF_WRONG * 1e9) + pl.col("weight"),
        text=pl.format("The API says {}, an export {}.", "api", "export"),
    )
    return asked, offenders


def _of_rules(findings: rules.Findings, score: str, *more: Part) -> Part:
    own = findings.rows.filter(pl.col("score") == score).select("account", "asked", "weight")
    broken = findings.broken.filter(pl.col("score") == score)
    offenders = _offenders(
        broken,
        what=pl.col("rule"),
        day=pl.col("day"),
        subject=pl.col("subject"),
        value=pl.col("value"),
        weight=pl.col("level").replace_strict(rules.WEIGHTS) * 1e9 + pl.col("value").abs().fill_null(0),
        text=pl.col("text"),
    )
    for asked, found in more:
        own, offenders = pl.concat([own, asked]), pl.concat([offenders, found])
    totals = own.group_by("account").agg(pl.col("asked", "weight").sum())
    return totals.select("account", value=1 - metrics.ratio(pl.col("weight"), pl.col("asked"))), offenders


def _videos_against_overview(daily: pl.DataFrame, videos: pl.DataFrame) -> Part:
    """Between two snapshots, the views that the known videos gained are part of the account's of these days, both included.

    Asked where all those days are known. Gives account, asked, weight; and the offenders.
    """
    gained = metrics.daily_differences(videos).filter(pl.col("views") > 0)
    spans = gained.group_by("account", "snapshot_day", "days").agg(pl.col("views").sum())
    totals = daily.filter(pl.col("video_views").is_not_null()).select(
        "account",
        "day",
        so_far=pl.col("video_views").cum_sum().over("account"),
        at=pl.int_range(pl.len()).over("account"),
    )
    end, begin = totals.rename({"day": "snapshot_day"}), totals.rename({"day": "begin"})
    spans = spans.with_columns(begin=pl.col("snapshot_day") - pl.duration(days=pl.col("days") + 1))
    both = spans.join(end, on=["account", "snapshot_day"]).join(begin, on=["account", "begin"], suffix="_before")
    whole = both.filter(pl.col("at") - pl.col("at_before") == pl.col("days") + 1)
    too_many = pl.col("views") - (pl.col("so_far") - pl.col("so_far_before"))
    checked = whole.with_columns(too_many=too_many)
    offenders = _offenders(
        checked.filter(pl.col("too_many") > 0),
        what=pl.lit("videos_exceed_overview"),
        day=pl.col("snapshot_day"),
        value=pl.col("too_many"),
        weight=pl.lit(1e9) + pl.col("too_many"),
        text=pl.lit("The videos gained more views than the account had."),
    )
    counted = checked.group_by("account").agg(
        asked=pl.len().cast(pl.Int64), weight=(pl.col("too_many") > 0).sum().cast(pl.Float64)
    )
    return counted, offenders


def check(
    connection: psycopg.Connection[Any], lake: Lake, accounts: Mapping[str, bool], run_id: str, day: date
) -> pl.DataFrame:
    """Score these accounts (account → whether it is made up) as of `day`, from what is staged; stores scores and anomalies."""
    found = []
    names = list(accounts)
    for first in range(0, len(names), ACCOUNTS_AT_ONCE):
        some = {account: accounts[account] for account in names[first : first + ACCOUNTS_AT_ONCE]}
        frames = {layer: staged_files.read_frames(lake, some, layer, columns) for layer, columns in ASKED.items()}
        own = scores(frames, day)
        found.append(own)
        made_up = pl.col("account").replace_strict(some, return_dtype=pl.Boolean)
        rows = own.with_columns(run_id=pl.lit(run_id), day=pl.lit(day), is_made_up=made_up)
        database.rows(connection, "account_analytics/save_quality", {"rows": rows.write_json()})
        anomalies.save(connection, some, anomalies.find(frames["daily"]))
    return pl.concat(found) if found else pl.DataFrame()
