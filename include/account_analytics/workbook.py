"""The report for people: `tiktok_insights_report.xlsx`, a sheet for each question, the same frames giving the same bytes.

Every text is written as a text: no caption becomes a formula or a link.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as clock
from typing import TYPE_CHECKING, Any

import polars as pl

from include.account_analytics import insights, quality, recommendations, scores
from include.account_analytics.curated_files import Categories

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 2_000  # of a sheet: what is beyond is in the files
NOTHING_YET = datetime(2000, 1, 1, tzinfo=UTC)
FORMATS = {"count": "#,##0", "rate": "0.0 %", "number": "0.00", "day": "yyyy-mm-dd", "text": "@", "flag": "@"}
SIDES = {"text": "left", "flag": "center"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: which of the frame, its heading, how its cells are shown, how wide it is."""

    name: str
    heading: str
    kind: str
    width: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """`note` says in one line what is shown; `chart` is the column that is drawn, `labels` what its bars are called."""

    name: str
    note: str
    frame: pl.DataFrame
    columns: Sequence[Column]
    chart: str | None = None
    labels: str | None = None


ACCOUNT = Column("account", "Account", "text", 20)
VIRAL = (
    ACCOUNT,
    Column("title", "Video", "text", 44),
    Column("publish_date", "Posted", "day", 12),
    Column("age_days", "Age, days", "number", 10),
    Column("total_views", "Views", "count", 12),
    Column("view_velocity", "Views in 24 h", "count", 14),
    Column("engagement_rate", "Engagement", "rate", 12),
    Column("share_rate", "Share rate", "rate", 11),
    Column("completion_rate", "Completion", "rate", 12),
    Column("views_part", "… of views an hour", "number", 17),
    Column("engagement_part", "… of engagement", "number", 16),
    Column("completion_part", "… of completion", "number", 16),
    Column("viral_score", "Viral score", "number", 12),
    Column("is_partial", "Partial", "flag", 9),
    Column("viral_percentile", "Percentile", "number", 11),
    Column("average_watch_time", "Watched, seconds", "number", 16),
    Column("unique_viewers", "People", "count", 11),
    Column("is_frozen", "No longer counted", "flag", 17),
    Column("source", "Said by", "text", 9),
    Column("video_id", "Video id", "text", 22),
)
TIMES = (
    ACCOUNT,
    Column("kind", "By", "text", 10),
    Column("slot", "When", "text", 12),
    Column("zone", "Time zone", "text", 18),
    Column("posts", "Posts", "count", 8),
    Column("typical_views", "Typical views", "count", 14),
    Column("low", "95 %: from", "count", 12),
    Column("high", "to", "count", 12),
    Column("usual_views", "All posts", "count", 12),
    Column("is_clear", "Clearly better", "flag", 14),
)
RATES = (
    Column("posts", "Posts", "count", 8),
    Column("mean_views", "Mean views", "count", 13),
    Column("median_views", "Median views", "count", 13),
    Column("sum_views", "Sum of views", "count", 14),
    Column("mean_engagement_rate", "Engagement", "rate", 12),
    Column("mean_share_rate", "Share rate", "rate", 11),
    Column("mean_completion_rate", "Completion", "rate", 12),
)
ADVICE = (
    ACCOUNT,
    Column("rule", "Rule", "text", 16),
    Column("recommendation", "Recommendation", "text", 62),
    Column("numbers", "The numbers behind it", "text", 90),
)
SCORES = (
    ACCOUNT,
    Column("overall", "Overall (worst)", "number", 15),
    Column("overall_mean", "Mean", "number", 8),
    *(Column(name, name.capitalize(), "number", 14) for name in scores.SCORES),
    Column("days_compared", "Days of API and exports", "count", 22),
    Column("days_agreed", "… that agree", "count", 12),
    Column("worst", "Worst offender", "text", 80),
)


def insights_sheets(
    frames: Mapping[str, pl.DataFrame], categories: Categories, zones: Mapping[str, str]
) -> tuple[Sheet, ...]:
    """The six sheets of the report."""
    found = insights.Insights.of(frames["videos"], categories, zones)
    return (
        Sheet(
            "Viral potential",
            "0.4 · views an hour + 0.35 · 100 · engagement + 0.25 · 50 · completion; partial: no completion is known. "
            "Percentile: among the account's videos of the same age. Seconds watched and people: of the API alone.",
            insights.ranked(found.posts),
            VIRAL,
            chart="viral_score",
            labels="title",
        ),
        Sheet(
            "Posting times",
            "Typical views (geometric mean) of posts by hour and weekday, with their 95 % interval; from ten posts of an account "
            "and three of a slot on.",
            found.times,
            TIMES,
        ),
        Sheet(
            "Hashtags",
            "Views since publication and rates of the known posts with each hashtag.",
            found.hashtags,
            (ACCOUNT, Column("hashtag", "Hashtag", "text", 26), *RATES),
            chart="sum_views",
            labels="hashtag",
        ),
        Sheet(
            "Categories",
            "The same by category, as categories.csv says (hashtag or word, category).",
            found.categories,
            (ACCOUNT, Column("category", "Category", "text", 26), *RATES),
            chart="sum_views",
            labels="category",
        ),
        Sheet(
            "Content recommendations",
            "Rules in words. Where the numbers say nothing, nothing is recommended.",
            recommendations.recommend(frames, categories, zones, found=found),
            ADVICE,
        ),
        Sheet(
            "Quality",
            "Five scores from 0 to 1, as of the newest download; overall is the worst of them.",
            _scores(frames),
            SCORES,
            chart="overall",
            labels="account",
        ),
    )


def as_of(frames: Mapping[str, pl.DataFrame]) -> datetime:
    """The moment of the newest download; where none is known, the end of the last day."""
    moments = [each for each in frames["videos"]["snapshot_at"].to_list() if each is not None]
    days = [frames["daily"]["label"].max(), frames["videos"]["snapshot_day"].max(), frames["audience"]["day"].max()]
    known = [datetime.combine(day, clock(), UTC) for day in days if isinstance(day, date)]
    return max([*moments, *known], default=NOTHING_YET)


def _scores(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    found = quality.scores(frames, as_of(frames).date())
    worst = [_worst(json.loads(row["offenders"]), row) for row in found.iter_rows(named=True)]
    both = [json.loads(said) if said else {} for said in found["compared"].to_list()]
    compared = {
        f"days_{name}": pl.Series([each.get(key) for each in both], dtype=pl.Int64)
        for name, key in (("compared", "days"), ("agreed", "agreed"))
    }
    return found.with_columns(pl.Series("worst", worst, dtype=pl.String), **compared).sort(
        "overall", "account", nulls_last=True
    )


def _worst(offenders: Mapping[str, Sequence[Mapping[str, Any]]], row: Mapping[str, Any]) -> str:
    """The first offender of the lowest score."""
    name = min(scores.SCORES, key=lambda each: 2.0 if row[each] is None else row[each])
    first = next(iter(offenders[name]), None)
    return "" if first is None else " ".join(str(first[part]) for part in ("day", "text") if part in first)


def insights_report(frames: Mapping[str, pl.DataFrame], categories: Categories, zones: Mapping[str, str]) -> bytes:
    """The report's bytes. Its time is that of the newest download, so that running it again gives the same."""
    return book(insights_sheets(frames, categories, zones), as_of(frames))


def book(sheets: Sequence[Sheet], at: datetime) -> bytes:
    """A workbook of these sheets."""
    import xlsxwriter

    file = io.BytesIO()
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    workbook = xlsxwriter.Workbook(file, {**safe, "default_date_format": FORMATS["day"]})
    workbook.set_properties({"title": "TikTok insights", "created": at.replace(tzinfo=None)})
    for sheet in sheets:
        _write(workbook, sheet)
    workbook.close()
    return file.getvalue()


def _write(workbook: Workbook, sheet: Sheet) -> None:
    """Row 1 says what is shown, row 2 is the header, which stays in sight."""
    page = workbook.add_worksheet(sheet.name)
    heads = {"bold": True, "bg_color": "#1F2937", "font_color": "#FFFFFF", "valign": "vcenter"}
    headers = {side: workbook.add_format({**heads, "align": side}) for side in ("left", "right", "center")}
    note = workbook.add_format({"italic": True, "font_color": "#4B5563"})
    page.write_string(0, 0, sheet.note, note)
    rows = sheet.frame.head(MOST_ROWS).select(column.name for column in sheet.columns)
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, column.width)
        side = SIDES.get(column.kind, "right")
        page.write_string(1, place, column.heading, headers[side])
        shown = {"num_format": FORMATS[column.kind], "valign": "top", "align": side, "text_wrap": column.width > 60}
        cell = workbook.add_format(shown)
        for number, value in enumerate(rows[column.name].to_list(), start=2):
            _cell(page, number, place, value, cell)
    page.set_row(1, 20)
    page.freeze_panes(2, 1)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    if rows.is_empty():
        page.write_string(2, 0, "Nothing to show yet.", note)
        return
    page.autofilter(1, 0, 1 + rows.height, len(sheet.columns) - 1)
    if sheet.chart:
        _draw(workbook, page, sheet, min(rows.height, 10))


def _cell(page: Worksheet, row: int, column: int, value: Any, cell: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        page.write_string(row, column, "yes" if value else "", cell)
    elif isinstance(value, date):
        page.write_datetime(row, column, datetime.combine(value, clock()), cell)
    elif isinstance(value, int | float):
        page.write_number(row, column, value, cell)
    else:
        page.write_string(row, column, str(value)[:32_000], cell)


def _draw(workbook: Workbook, page: Worksheet, sheet: Sheet, rows: int) -> None:
    """The first rows as bars, beside the table."""
    places = {column.name: place for place, column in enumerate(sheet.columns)}
    chart = workbook.add_chart({"type": "bar"})
    value, label = places[sheet.chart or ""], places[sheet.labels or ""]
    chart.add_series(
        {
            "name": sheet.columns[value].heading,
            "categories": [sheet.name, 2, label, 1 + rows, label],
            "values": [sheet.name, 2, value, 1 + rows, value],
            "fill": {"color": "#2563EB"},
            "gap": 60,
        }
    )
    chart.set_title({"name": f"{sheet.columns[value].heading}: the first {rows}", "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True})
    chart.set_size({"width": 640, "height": 360})
    page.insert_chart(2, len(sheet.columns) + 1, chart)
