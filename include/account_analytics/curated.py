"""staging → curated: the files and tables that people and programs read, for all accounts together, from what is staged.

Running it again changes nothing, not a byte of a file; what is no longer true is gone.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl
import psycopg

from include.account_analytics import curated_files, curated_tables, schemas, staged_files, workbook
from include.account_analytics.curated_files import Categories
from include.account_analytics.curated_tables import Written
from include.account_analytics.staged_files import FRAMES
from include.database import Database
from include.export.tables import defused
from include.lake import Lake, NotInLake

ACCOUNTS_AT_ONCE = 50  # of which the tables are brought up to date together
# Columns of staging that no file shows.
MORE_OF_API = ("total_watch_time", "duration", "new_followers", "profile_views")
NOT_IN_FILES = {"videos": ("extra", "member", "line", *MORE_OF_API, "is_provisional")}
FOLDER = "curated/social_media/tiktok"
DAILY = f"{FOLDER}/video_performance_daily.csv"
WEEKLY = f"{FOLDER}/audience_insights_weekly.parquet"
MONTHLY = f"{FOLDER}/content_performance_monthly.csv"
REPORT = f"{FOLDER}/tiktok_insights_report.xlsx"
CATEGORIES = "categories.csv"  # a user's own, in the lake: hashtag or word, category

# What a formula begins with, anywhere, in a text that begins with no plain letter or has more cells than one; the verdict on
# those is `include.export.tables`'.
_SIGNS = r"[=+\-@|%\t\r\n＝＋－＠]"
_MAY_BEGIN = r"^[^0-9A-Za-z#]|[;\t\r\n]"


@dataclass(frozen=True, slots=True)
class Published:
    """What was written: files whose bytes changed, rows in each file, rows saved and removed in each table."""

    changed_files: tuple[str, ...]
    rows: Mapping[str, int]
    tables: Written = field(default_factory=Written)


def publish(
    database: Database,
    lake: Lake,
    accounts: Mapping[str, bool],
    *,
    changed: Collection[str] | None = None,
    categories: Categories | None = None,
    zones: Mapping[str, str] | None = None,
) -> Published:
    """Bring files and tables to what is staged.

    `accounts` are all there are, with whether each is made up; what is staged of others is left out. `changed`: those whose
    tables may differ; without it all. `categories`: those of the lake's `categories.csv` if none are given. `zones`: the time
    zones that are known. Raises LakeError, LayerBroken.
    """
    if categories is None:
        categories = read_categories(lake)
    to_write = {name: accounts[name] for name in sorted(accounts if changed is None else changed) if name in accounts}
    with tempfile.TemporaryDirectory(prefix="cometwatch-curated-") as folder, ThreadPoolExecutor(1) as aside:
        # While the tables wait for the database; where these fail, the files stay as they are.
        made = aside.submit(_files, Path(folder), lake, sorted(accounts), categories, zones or {})
        written = database.run(lambda connection: _tables(connection, lake, to_write))
        files = made.result()
        changed_files = tuple(key for key in files if lake.upload(_place(Path(folder), key), key))
    return Published(changed_files, files, written)


def read_categories(lake: Lake) -> dict[str, str]:
    """Hashtag or word → category; none where there is no such file. A header, and lines that say less, are passed over."""
    try:
        text = lake.read(CATEGORIES).decode("utf-8-sig", errors="replace")
    except NotInLake:
        return {}
    lines = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text)) if len(row) > 1]
    return {name: category for name, category, *_ in lines if name and category and category.lower() != "category"}


def read_staged(
    lake: Lake, accounts: Collection[str], left_out: Mapping[str, Collection[str]] | None = None
) -> dict[str, pl.DataFrame]:
    """The staged frames of these accounts, one below the other. `left_out`: columns that nobody needs, by layer."""
    frames = {}
    for layer in FRAMES:
        names = [name for name in schemas.COLUMNS[layer] if name not in (left_out or {}).get(layer, ())]
        frames[layer] = _in_one_piece(staged_files.read_frames(lake, accounts, layer, names))
    return frames


def _in_one_piece(frame: pl.DataFrame) -> pl.DataFrame:
    """Pieces are joined by many a step anew. One column after the other: at once, all would be in memory twice."""
    for place in range(frame.width):
        frame.replace_column(place, frame.to_series(place).rechunk())
    return frame


def _tables(connection: psycopg.Connection[Any], lake: Lake, accounts: Mapping[str, bool]) -> Written:
    """All tables in one transaction: nobody sees one of them alone. Some accounts after the others, so that they fit into
    memory."""
    written = Written()
    for first in range(0, len(accounts), ACCOUNTS_AT_ONCE):
        some = dict(list(accounts.items())[first : first + ACCOUNTS_AT_ONCE])
        own = read_staged(lake, some)
        for table, rows in (
            (curated_tables.STATS, curated_tables.stats(own["daily"])),
            (curated_tables.CONTENT, curated_tables.content(own["videos"])),
            (curated_tables.VIRAL, curated_tables.viral(own["videos"])),
            (curated_tables.AUDIENCE, own["audience"]),
            (curated_tables.TOTALS, curated_tables.totals(staged_files.read_frames(lake, some, "totals"))),
            (curated_tables.REVISIONS, own["revisions"]),
        ):
            curated_tables.bring(connection, table, rows, some, written)
    return written


def _files(
    folder: Path, lake: Lake, accounts: Collection[str], categories: Categories, zones: Mapping[str, str]
) -> dict[str, int]:
    """Write all files into a folder, and give the rows of each; what is staged the same gives the same bytes."""
    frames = read_staged(lake, accounts, NOT_IN_FILES)
    rows = data_files(folder, frames, categories)
    _place(folder, REPORT).write_bytes(workbook.insights_report(frames, categories, zones))
    return {**rows, REPORT: frames["daily"]["account"].n_unique()}


def data_files(folder: Path, frames: Mapping[str, pl.DataFrame], categories: Categories) -> dict[str, int]:
    """Write the three files for programs into a folder, and give the rows of each. Raises LayerBroken."""
    daily, videos = frames["daily"], frames["videos"]
    weekly = schemas.checked(
        "audience_insights_weekly", curated_files.audience_insights_weekly(daily, frames["audience"])
    )
    _place(folder, WEEKLY).write_bytes(staged_files.parquet(weekly))
    return {
        DAILY: _write_layer(folder, DAILY, curated_files.video_performance_daily(videos)),
        WEEKLY: weekly.height,
        MONTHLY: _write_layer(folder, MONTHLY, [curated_files.content_performance_monthly(daily, videos, categories)]),
    }


def _place(folder: Path, key: str) -> Path:
    return folder / PurePosixPath(key).name


def _write_layer(folder: Path, key: str, parts: Iterable[pl.DataFrame]) -> int:
    """A CSV of its columns, even without rows; `parts` have whole days or months."""
    path = _place(folder, key)
    return write_csv(path, [schemas.empty(path.stem)], (schemas.checked(path.stem, part) for part in parts))


def write_csv(path: Path, *parts: Iterable[pl.DataFrame]) -> int:
    """UTF-8 with a header; returns the rows. Texts that a spreadsheet would take for a formula have an apostrophe before them."""
    rows = 0
    with path.open("wb") as file:
        for place, part in enumerate(chain(*parts)):
            texts = [name for name, kind in part.schema.items() if kind == pl.String]
            part.with_columns(_defused(part[name]) for name in texts).write_csv(file, include_header=place == 0)
            rows += part.height
    return rows


def _defused(column: pl.Series) -> pl.Series:
    """Each text is looked at once, however many rows have it, and only when a sign of a formula is in it."""
    is_doubtful = column.str.contains(_MAY_BEGIN) & column.str.contains(_SIGNS)
    doubtful = column.filter(is_doubtful.fill_null(False)).unique().to_list()
    harmful = {text: safe for text in doubtful if (safe := defused(text)) != text}
    return column.replace(harmful) if harmful else column
