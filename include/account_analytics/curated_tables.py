"""The curated tables: what is staged is compared with what they hold, and only the difference is written."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import psycopg

from include import database
from include.account_analytics import metrics
from include.account_analytics.schemas import COLUMNS, GROUPS

AT_ONCE = 20_000  # rows in one statement
_MISSING = {group: f"{group}_missing" for group in GROUPS}


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its key, its other columns, and the statements that read, save and delete rows of it.

    `implied` follow from the report that a row names: where the same report says the row, they are the same, so that they are
    neither read nor compared. An account has tens of thousands of rows of its audience.
    """

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, Any]
    read: str
    save: str
    delete: str
    objects: tuple[str, ...] = ()  # columns of JSON objects, here as text
    lists: tuple[str, ...] = ()
    implied: tuple[str, ...] = ()


@dataclass(slots=True)
class Written:
    """Rows that were written and removed, by table."""

    saved: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)


def _of(layer: str, *left_out: str, **more: Any) -> dict[str, Any]:
    return (
        {name: kind for name, kind in COLUMNS[layer].items() if name not in left_out}
        | more
        | {"is_made_up": pl.Boolean}
    )


_COMPARED = ("is_agreed", "compared")
_STATS = ("share_rate", "profile_visit_rate", "label", "has_no_data", "day", *_COMPARED, *_MISSING.values())
STATS = Table(
    "social_media_stats",
    ("account", "date"),
    _of("daily", *_STATS, date=pl.Date),
    "account_analytics/read_curated_stats",
    "account_analytics/save_curated_stats",
    "account_analytics/delete_curated_stats",
    objects=("extra",),
    implied=tuple(f"{group}_source" for group in GROUPS),
)
CONTENT = Table(
    "content_performance",
    ("account", "video_id", "snapshot_day"),
    _of("videos", "snapshot_at", posted_at=pl.Int64),
    "account_analytics/read_curated_content",
    "account_analytics/save_curated_content",
    "account_analytics/delete_curated_content",
    objects=("extra",),
    lists=("hashtags", "mentions"),
    implied=("source",),
)
VIRAL = Table(
    "viral_content",
    ("account", "video_id", "day"),
    {
        "account": pl.String,
        "video_id": pl.String,
        "day": pl.Date,
        "days": pl.Int32,
        **dict.fromkeys(("views", "views_of_day", "views_of_day_before"), pl.Int64),
        **dict.fromkeys(("growth", "viral_score"), pl.Float64),
        "viral_score_parts": pl.String,
        "is_partial": pl.Boolean,
        "viral_percentile": pl.Float64,
        "is_made_up": pl.Boolean,
    },
    "account_analytics/read_curated_viral",
    "account_analytics/save_curated_viral",
    "account_analytics/delete_curated_viral",
    objects=("viral_score_parts",),
)
AUDIENCE = Table(
    "audience_insights",
    ("account", "day", "hour", "kind", "bucket"),
    _of("audience"),
    "account_analytics/read_curated_audience",
    "account_analytics/save_curated_audience",
    "account_analytics/delete_curated_audience",
    implied=("source",),
)
TOTALS = Table(
    "account_totals",
    ("account", "day"),
    _of("totals", asked_at=pl.Int64),
    "account_analytics/read_curated_totals",
    "account_analytics/save_curated_totals",
    "account_analytics/delete_curated_totals",
)
REVISIONS = Table(
    "account_revisions",
    ("account", "day", "subject", "metric", "old_member", "new_member"),
    _of("revisions"),
    "account_analytics/read_curated_revisions",
    "account_analytics/save_curated_revisions",
    "account_analytics/delete_curated_revisions",
)


def stats(daily: pl.DataFrame) -> pl.DataFrame:
    """Days as social_media_stats has them. In `extra` stand why a number is missing, the label where it is another day, and, of a
    day that the API and an export both know, the numbers of which they say different ones: that of the API, and the export's.
    """
    said = daily.select(
        "extra",
        pl.when(pl.col("label") != pl.col("day")).then("label").alias("label"),
        "has_no_data",
        *_COMPARED,
        *_MISSING.values(),
    )
    return daily.with_columns(_each_once(said, _extra), date=pl.col("day"))


def _each_once(said: pl.DataFrame, write: Callable[..., str]) -> pl.Series:
    """What is written of each row, as `extra`: of rows that say the same it is written once."""
    told = said.unique(maintain_order=True)
    texts = pl.Series("text", [write(*row) for row in told.iter_rows()], dtype=pl.String)
    both = said.join(told.with_columns(texts), on=said.columns, how="left", nulls_equal=True, maintain_order="left")
    return both["text"].alias("extra")


def _extra(
    own: str | None, label: Any, has_no_data: bool, is_agreed: bool | None, compared: str | None, *missing: str | None
) -> str:
    said: dict[str, Any] = json.loads(own) if own else {}
    said |= {"api_and_export": json.loads(compared) if compared else {}} if is_agreed is not None else {}
    reasons = {group: reason for group, reason in zip(_MISSING, missing, strict=True) if reason}
    said |= {"missing": reasons} if reasons else {}
    said |= {"label": label.isoformat()} if label is not None else {}
    said |= {"has_no_data": True} if has_no_data else {}
    return canonical(said)


def canonical(said: Any) -> str:
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def totals(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("asked_at").dt.epoch("s"))


def content(videos: pl.DataFrame) -> pl.DataFrame:
    extra = _each_once(videos.select("extra"), lambda said: canonical(json.loads(said)) if said else "{}")
    return videos.with_columns(extra, pl.col("posted_at").dt.epoch("s"))


def viral(videos: pl.DataFrame) -> pl.DataFrame:
    found = metrics.detect_viral_trends(videos)
    names = {"views_part": "views_per_hour", "engagement_part": "engagement", "completion_part": "completion"}
    parts = [
        canonical({name: value for name, value in zip(names.values(), row, strict=True) if value is not None})
        for row in found.select(*names).iter_rows()
    ]
    return found.with_columns(pl.Series("viral_score_parts", parts, dtype=pl.String))


def bring(
    connection: psycopg.Connection[Any],
    table: Table,
    wanted: pl.DataFrame,
    accounts: Mapping[str, bool],
    written: Written,
) -> None:
    """Make the table hold exactly `wanted` of these accounts (account → whether it is made up)."""
    made_up = pl.col("account").replace_strict(accounts, return_dtype=pl.Boolean)
    wanted = wanted.with_columns(is_made_up=made_up).select(
        pl.col(name).cast(kind) for name, kind in table.columns.items()
    )
    kept = _kept(connection, table, list(accounts))
    told = wanted.with_columns(pl.col(name).list.join(" ") for name in table.lists)
    # Columns in which nobody says anything need no look.
    empty = {name for name in kept.columns if _says_nothing(told[name]) and _says_nothing(kept[name])}
    asked = [name for name in kept.columns if name in table.key or name not in empty]
    changed = told.with_row_index("_row").join(kept, on=asked, how="anti", nulls_equal=True)
    gone = kept.join(wanted, on=list(table.key), how="anti").select(table.key)
    for part in gone.iter_slices(AT_ONCE):
        database.rows(connection, table.delete, {"rows": part.write_json()})
    for part in wanted[changed["_row"]].iter_slices(AT_ONCE):
        database.rows(connection, table.save, {"rows": _as_json(part)})
    written.saved[table.name] = written.saved.get(table.name, 0) + changed.height
    written.deleted[table.name] = written.deleted.get(table.name, 0) + gone.height


def _as_json(rows: pl.DataFrame) -> str:
    """Moments as the database reads them; what is missing in all rows is left out, which the database takes for missing."""
    moments = [name for name in ("posted_at", "asked_at") if name in rows.columns]
    rows = rows.with_columns(pl.from_epoch(name).dt.strftime("%Y-%m-%dT%H:%M:%SZ") for name in moments)
    return rows.drop(name for name in rows.columns if _says_nothing(rows[name])).write_json()


def _says_nothing(column: pl.Series) -> bool:
    return column.null_count() == column.len()


def _kept(connection: psycopg.Connection[Any], table: Table, accounts: Sequence[str]) -> pl.DataFrame:
    """What the table holds of them, but for what is implied; lists as one text."""
    read = {name: kind for name, kind in table.columns.items() if name not in table.implied}
    kinds = {name: pl.String if name in table.lists else kind for name, kind in read.items()}
    answer = database.rows(connection, table.read, {"accounts": accounts})
    lines = "\n".join(row["lines"] for row in answer).encode()
    if not lines:
        return pl.DataFrame(schema=kinds)
    as_read = {pl.Date: pl.String, pl.Boolean: pl.String, pl.Int8: pl.Int64}
    schema = {name: as_read.get(kind, kind) for name, kind in kinds.items()}
    rows = pl.read_csv(io.BytesIO(lines), schema=schema, has_header=False)
    rows = rows.with_columns(_single_backslashes(rows[name]) for name, kind in kinds.items() if kind == pl.String)
    known = {
        said: canonical(json.loads(said))
        for name in table.objects
        for said in rows[name].unique().drop_nulls().to_list()
    }
    objects = [pl.col(name).replace(known) for name in table.objects if known]
    days = [pl.col(name).str.to_date() for name, kind in kinds.items() if kind == pl.Date]
    answers = [pl.col(name) == "t" for name, kind in kinds.items() if kind == pl.Boolean]
    return rows.with_columns(objects).with_columns(days + answers).cast(pl.Schema(kinds))


def _single_backslashes(texts: pl.Series) -> pl.Series:
    """The database writes two for one; few texts have any."""
    return texts.str.replace_all("\\\\", "\\", literal=True) if texts.str.contains("\\", literal=True).any() else texts
