"""The rules that every staged row is asked (`data/rules.toml`), as expressions; adding one is one entry there."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from include.account_analytics.schemas import BY_API

PATH = Path(__file__).with_name("data") / "rules.toml"
WEIGHTS = {"error": 1.0, "warning": 0.25, "flag": 0.0}
# What names a row of a layer, beside its account and day.
SUBJECTS = {
    "daily": pl.lit(""),
    "videos": pl.col("video_id"),
    "audience": pl.format("{} {}", "kind", "bucket"),
    "breakdowns": pl.col("kind"),
}
DAYS = {"daily": "day", "videos": "snapshot_day", "audience": "day", "breakdowns": "day"}


@dataclass(frozen=True, slots=True)
class Rule:
    """See the data file."""

    name: str
    layer: str
    score: str
    level: str
    broken: str
    value: str
    text: str


@cache
def load(path: Path = PATH) -> tuple[Rule, ...]:
    """Raises KeyError for a rule of an unknown layer or level."""
    rules = tuple(Rule(**entry) for entry in tomllib.loads(path.read_text(encoding="utf-8"))["rule"])
    for rule in rules:
        _ = WEIGHTS[rule.level], SUBJECTS[rule.layer]
    return rules


def expressions(rules: Sequence[Rule]) -> dict[str, pl.Expr]:
    """Rule → whether a row breaks it; missing where a number is missing that it asks for."""
    return {rule.name: _expression(rule.broken) for rule in rules}


@cache
def _expression(text: str) -> pl.Expr:
    return pl.sql_expr(text)


@dataclass(frozen=True, slots=True)
class Findings:
    """`rows`: account, score, how many rows could be asked, the weight of those that break a rule. `broken`: each of these."""

    rows: pl.DataFrame
    broken: pl.DataFrame


def ask(frames: Mapping[str, pl.DataFrame], rules: Sequence[Rule] | None = None) -> Findings:
    """Ask every rule of every row."""
    frames = {**frames, "breakdowns": _breakdowns(frames["audience"])}
    rows, broken = [], []
    for layer, score in sorted({(rule.layer, rule.score) for rule in rules or load()}):
        own = [rule for rule in rules or load() if (rule.layer, rule.score) == (layer, score)]
        is_broken = {f"rule_{name}": each for name, each in expressions(own).items()}
        asked = frames[layer].lazy().with_columns(**is_broken)
        rows.append(_weighed(asked, own, score))
        broken += [_found(asked, rule) for rule in own]
    weighed = pl.concat(rows).group_by("account", "score").agg(pl.col("asked", "weight").sum())
    return Findings(*pl.collect_all([weighed, pl.concat(broken)]))


def _breakdowns(audience: pl.DataFrame) -> pl.DataFrame:
    # Of cities, and in the API of countries, only those at the top are named.
    is_top = (pl.col("kind") == "city") | ((pl.col("kind") == "territory") & (pl.col("source") == BY_API))
    # Most rows are of hours, and have no share: only the others are asked what they are.
    shares = audience.filter(pl.col("share").is_not_null()).filter(~is_top)
    return shares.group_by("account", "day", "kind").agg(total=pl.col("share").sum()).sort("account", "day", "kind")


def _weighed(asked: pl.LazyFrame, rules: Sequence[Rule], score: str) -> pl.LazyFrame:
    """A row counts by the heaviest rule that it breaks."""
    names = [f"rule_{rule.name}" for rule in rules]
    weights = [pl.col(f"rule_{rule.name}").fill_null(False) * WEIGHTS[rule.level] for rule in rules]
    return asked.group_by("account").agg(
        score=pl.lit(score).first(),
        asked=pl.any_horizontal(pl.col(names).is_not_null()).sum().cast(pl.Int64),
        weight=pl.max_horizontal(weights).cast(pl.Float64).sum(),
    )


def _found(asked: pl.LazyFrame, rule: Rule) -> pl.LazyFrame:
    return asked.filter(pl.col(f"rule_{rule.name}")).select(
        "account",
        pl.col(DAYS[rule.layer]).alias("day"),
        subject=SUBJECTS[rule.layer],
        score=pl.lit(rule.score),
        rule=pl.lit(rule.name),
        level=pl.lit(rule.level),
        value=_expression(rule.value).cast(pl.Float64),
        text=pl.lit(rule.text),
    )
