"""Lines of raw as typed rows: columns by their names here, numbers as numbers, labels as month and day; nothing is dated yet."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import polars as pl

from include.account_analytics.facts import API, Refused
from include.account_analytics.reading import formats, labels, numbers, shares
from include.account_analytics.reading.documents import NOT_GIVEN
from include.account_analytics.schemas import COLUMNS, METRICS, MOMENT, PEOPLE, SECONDS, TOTALS

# What to_raw adds to each line, besides the file's own columns.
OUR_COLUMNS = frozenset(
    (
        *("_account", "_format", "_report", "_export_sha256", "_member", "_member_sha256"),
        *("_line", "_landed_at", "_exported_at", "_date_basis"),
    )
)
BREAKDOWNS = {"follower_gender": "gender", "follower_territories": "territory", "follower_age": "age"}
_KINDS = {
    "audience_ages": "age",
    "audience_genders": "gender",
    "audience_countries": "territory",
    "audience_cities": "city",
}
_KEPT_AS_IT_CAME = {"total_play_time"}
# Of an answer of the API: kept as it came, and not as a text but as what it is.
_KEPT_AS_IT_IS = {"traffic_sources", "retention"}
_RATES = {"completion_rate"}
_ZERO = rb"\u0000"  # as JSON writes it
OfAccount = tuple[
    str, str
]  # an account and the SHA-256 of a report of its own; another account may have the same report
# How a text is read, and the columns that come of it: the attribute of what was read, or all of it, and the type.
_Reader = tuple[Callable[[str], Any], dict[str, tuple[str | None, Any]]]
# As reading finds it (`reading.videos.LINK`), in the words of another library.
_VIDEO_ID = r"(?i)tiktok\.com/@[\w.-]+/(?:video|photo)/(\d{8,19})(?:\D|$)"

_PLAIN_LINK = r"^https://www\.tiktok\.com/@[0-9A-Za-z_.]+/video/([0-9]{8,19})$"


@dataclass(frozen=True, slots=True)
class RawReport:
    """A report that is to be typed: whose it is and its SHA-256, what it is, its lines in raw, and a person's answers about its
    header."""

    account: str
    member: str
    report: str
    lines: bytes
    renames: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> OfAccount:
        return self.account, self.member


@dataclass(slots=True)
class TypedRows:
    """The rows of reports, in the layers they belong to, with their `account`; the rest by account and report.

    `rows_in`: how many rows it has. `refused` says in plain words which of them are left out, and why; `unreadable`, with a code
    before it, why none can be read.
    """

    frames: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    rows_in: dict[OfAccount, int] = field(default_factory=dict)
    refused: dict[OfAccount, tuple[str, ...]] = field(default_factory=dict)
    unreadable: dict[OfAccount, tuple[str, str]] = field(default_factory=dict)


@cache
def catalogue() -> formats.Catalogue:
    return formats.Catalogue.load()


def typed(reports: Iterable[RawReport], found: TypedRows) -> None:
    """Add the typed rows of reports, of their lines in raw; those of one kind and header are typed together."""
    alike: dict[tuple[Any, ...], list[RawReport]] = {}
    for each in reports:
        header = _header(each.lines)
        if header:
            alike.setdefault((each.report, *header, *sorted(each.renames.items())), []).append(each)
        else:
            found.rows_in[each.key] = 0
    for some in alike.values():
        try:
            _type(some, found)
        except (Refused, pl.exceptions.PolarsError):  # one of them cannot be read: the others can
            for each in some:
                _type_one(each, found)


def _type_one(report: RawReport, found: TypedRows) -> None:
    try:
        _type([report], found)
    except Refused as refused:
        found.unreadable[report.key] = (refused.code, str(refused))
        found.rows_in[report.key] = 0


def _type(reports: Sequence[RawReport], found: TypedRows) -> None:
    """Reports of one kind with one header. Raises Refused where one of them cannot be read at all; then nothing is found."""
    first = reports[0]
    header = _header(first.lines)
    match = catalogue().identify(header, first.renames)
    if not isinstance(match, formats.Match):
        raise Refused("unknown_header", f"No known report has the columns {', '.join(header)}.")
    texts, heights = _texts(reports, header, match)
    typed = [*_counts(texts, match), *_looked_up(texts, match)]
    is_answer = match.format.family == API
    frame = texts.with_columns(*typed, extra=_extra(texts, is_answer=is_answer))
    if is_answer and "video_id" in texts.columns:
        frame = frame.with_columns(texts.select(not_given=_not_given(texts)))
    if first.report == "demographics":
        frame = frame.with_columns(pl.col("kind").replace_strict(_KINDS, return_dtype=pl.String))
    if first.report in BREAKDOWNS:
        frame = frame.with_columns(kind=pl.lit(BREAKDOWNS[first.report]))
    rows, nameless = _in_layer(_layer(first.report), frame)
    found.frames.setdefault(_layer(first.report), []).append(rows)
    found.rows_in |= {each.key: height for each, height in zip(reports, heights, strict=True)}
    for *key, line in nameless:
        of = (str(key[0]), str(key[1]))
        found.refused[of] = (*found.refused.get(of, ()), f"line {line}: the link names no video")


def _texts(reports: Sequence[RawReport], header: Sequence[str], match: formats.Match) -> tuple[pl.DataFrame, list[int]]:
    """The lines of reports as they came, with the column names that are used here, and whose they are; how many each has."""
    raw = reports[0].lines
    if len(reports) > 1:
        raw = b"".join(each.lines if each.lines.endswith(b"\n") else each.lines + b"\n" for each in reports)
    frame = pl.read_ndjson(io.BytesIO(raw), schema={**dict.fromkeys(header, pl.String), "_line": pl.Int32})
    frame.columns = [*match.columns, "line"]
    if _ZERO in raw:  # no database takes it
        frame = frame.with_columns(pl.col(pl.String).str.replace_all("\0", "", literal=True))
    frame = _without_false_zeros(frame, match.format.missing_beside)
    first = reports[0]
    if len(reports) == 1:
        return frame.with_columns(account=pl.lit(first.account), member=pl.lit(first.member)), [frame.height]
    heights = [each.lines.rstrip(b"\n").count(b"\n") + 1 for each in reports]
    if sum(heights) != frame.height:
        raise pl.exceptions.ShapeError("the lines of these reports are not as to_raw writes them")
    accounts, members = [each.account for each in reports], [each.member for each in reports]
    return frame.with_columns(repeated("account", accounts, heights), repeated("member", members, heights)), heights


def repeated(name: str, values: Sequence[str], times: Sequence[int]) -> pl.Series:
    """Each value so many times."""
    places = pl.select(
        pl.lit(pl.Series(range(len(values)), dtype=pl.UInt32)).repeat_by(pl.Series(times)).explode(empty_as_null=False)
    )
    return pl.Series(name, values, dtype=pl.String).gather(places.to_series())


def _header(raw: bytes) -> list[str]:
    """The file's own columns, in their order; no lines, no header."""
    first = raw[: raw.index(b"\n")] if b"\n" in raw else raw
    return [name for name in json.loads(first) if name not in OUR_COLUMNS] if first.strip() else []


def _layer(report: str) -> str:
    if report in {*BREAKDOWNS, "demographics"}:
        return "share_rows"
    return {"follower_activity": "hour_rows", "content": "video_rows", "videos": "video_rows"}.get(report, "day_rows")


def _in_layer(layer: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[tuple[str, str, int]]]:
    """The layer's columns, absent ones empty. A row of a video whose link names no video is left out: its report and line."""
    absent = [pl.lit(None, kind).alias(name) for name, kind in COLUMNS[layer].items() if name not in frame.columns]
    rows = frame.with_columns(absent)
    nameless: list[tuple[str, str, int]] = []
    if layer == "video_rows":
        if "video_id" not in frame.columns:  # the API names it
            rows = rows.with_columns(video_id=_video_ids(rows["link"]))
        nameless = rows.filter(pl.col("video_id").is_null()).select("account", "member", "line").rows()
        rows = rows.filter(pl.col("video_id").is_not_null())
    return rows.select(*(pl.col(name).cast(kind) for name, kind in COLUMNS[layer].items()), "account"), nameless


def _video_ids(links: pl.Series) -> pl.Series:
    """Of links as TikTok writes them, which is quicker; where another one is among them, wherever it stands."""
    found = links.str.extract(_PLAIN_LINK)
    return links.str.extract(_VIDEO_ID) if found.has_nulls() else found


def _without_false_zeros(frame: pl.DataFrame, beside: str | None) -> pl.DataFrame:
    """Where the column `beside` says nothing, a 0 in the other counts of its row says nothing either."""
    if beside is None or beside not in frame.columns:
        return frame
    is_missing = pl.col(beside).fill_null("").str.strip_chars().str.to_lowercase().is_in(sorted(numbers.MISSING))
    others = [name for name in frame.columns if name in METRICS and name != beside]
    is_false = [is_missing & (pl.col(name).str.strip_chars() == "0") for name in others]
    return frame.with_columns(
        pl.when(~false).then(pl.col(name)).alias(name) for name, false in zip(others, is_false, strict=True)
    )


def _counts(texts: pl.DataFrame, match: formats.Match) -> list[pl.Series]:
    """Plain digits of all columns at once; a column that has more than those is read anew."""
    names = [name for name in match.columns if catalogue().kind(name) == "count"]
    read = texts.select(pl.col(names).cast(pl.Int64, strict=False))
    is_read = {name: read[name].null_count() == texts[name].null_count() for name in names}
    return [read[name] if is_read[name] else _written_counts(texts[name]) for name in names]


def _written_counts(column: pl.Series) -> pl.Series:
    """With commas between thousands at once as well; what else there is, as `numbers.parse_count` says."""
    has_commas = column.str.contains(r"^-?\d{1,3}(?:,\d{3})+$").fill_null(False)
    read = column.str.replace_all(",", "", literal=True).zip_with(has_commas, column).cast(pl.Int64, strict=False)
    others = column.filter(read.is_null() & column.is_not_null()).unique().to_list()
    known = {text: numbers.parse_count(text) for text in others}
    rest = column.replace_strict(known, default=None, return_dtype=pl.Int64)
    return read.zip_with(read.is_not_null(), rest)


def _looked_up(texts: pl.DataFrame, match: formats.Match) -> list[pl.Series]:
    """Labels, moments and the like: each text of a column is read once, however many rows have it."""
    readers = {name: reader for name in match.columns if (reader := _reader(name, match.format))}
    if not readers:
        return []
    found = texts.select(pl.col(*readers).drop_nulls().unique().implode()).row(0, named=True)
    parts = []
    for name, (parse, kinds) in readers.items():
        known = {text: None if numbers.is_missing(text) else parse(text) for text in found[name]}
        old = pl.Series(known.keys(), dtype=pl.String)
        for part, (attribute, kind) in kinds.items():
            values = [getattr(read, attribute, None) if attribute else read for read in known.values()]
            new = pl.Series(values, dtype=kind)
            parts.append(pl.col(name).replace_strict(old, new, default=None, return_dtype=kind).alias(part))
    return texts.select(parts).get_columns()


def _reader(name: str, form: formats.Format) -> _Reader | None:
    """How a column's texts are read, and which columns come of it; none where it stays as it came."""
    has_year = form.dates == "day"
    if name == "posted":
        moments = {"moment": labels.parse_moment, "epoch": labels.parse_epoch}
        return (
            (moments[form.posted], {"posted_at": (None, MOMENT)})
            if form.posted in moments
            else _label("posted_", has_year=has_year)
        )
    if catalogue().kind(name) == "label":
        return _label("", has_year=has_year)
    if name in _PARSED:
        parse, kind = _PARSED[name]
        return parse, {name: (None, kind)}
    return None


def _label(prefix: str, *, has_year: bool) -> _Reader:
    """Month, day and year of each label; the year only where the format has one."""
    kinds = {"month": pl.Int8, "day": pl.Int8, **({"year": pl.Int16} if has_year else {})}
    return (
        lambda text: labels.parse_label(text, _months()),
        {f"{prefix}{part}": (part, kind) for part, kind in kinds.items()},
    )


@cache
def _months() -> labels.Months:
    return labels.Months.load()


def _hour(text: str) -> int | None:
    return numbers.parse_count(text.partition(":")[0])


def _seconds(text: str) -> float | None:
    """`12.3s` or `12.3` in seconds; anything else is kept as it came, and is no number."""
    found = re.fullmatch(r"\s*(\d+(?:[.,]\d+)?(?:[eE][-+]?\d{1,2})?)\s*s?\s*", text)
    return float(found[1].replace(",", ".")) if found else None


_PARSED: dict[str, tuple[Callable[[str], Any], Any]] = {
    "hour": (_hour, pl.Int8),
    "share": (shares.parse_share, pl.Float64),
    "completion_rate": (shares.parse_share, pl.Float64),
    **dict.fromkeys(("average_watch_time", "total_watch_time", "duration"), (_seconds, pl.Float64)),
}


def _not_given(texts: pl.DataFrame) -> pl.Expr:
    """The numbers that the API was asked for and did not give, with a blank between them."""
    names = [name for name in texts.columns if name in {*PEOPLE, *SECONDS, *TOTALS, *_KEPT_AS_IT_IS, *_RATES}]
    named = [pl.when(pl.col(name) == NOT_GIVEN).then(pl.lit(name)) for name in names]
    listed = pl.concat_str(named, separator=" ", ignore_nulls=True) if named else pl.lit("")
    return pl.when(listed != "").then(listed)


def _extra(frame: pl.DataFrame, *, is_answer: bool = False) -> pl.Series:
    """Columns that are not of ours, as JSON: whole numbers as numbers, the rest as it came, what says nothing left out.

    Of an answer of the API lists and objects are what they are.
    """
    kept = _KEPT_AS_IT_CAME | (_KEPT_AS_IT_IS if is_answer else set())
    others = [name for name in frame.columns if name.startswith("x_") or name in kept]
    if not others:
        return pl.Series("extra", [None] * frame.height, dtype=pl.String)
    plain = _as_it_is if is_answer else _plain
    told = [
        {name: plain(text) for name, text in row.items() if text is not None and not numbers.is_missing(text)}
        for row in frame.select(others).to_dicts()
    ]
    texts = [json.dumps(row, ensure_ascii=False, sort_keys=True) if row else None for row in told]
    return pl.Series("extra", texts, dtype=pl.String)


def _as_it_is(text: str) -> Any:
    """Lists and objects; a number that no database takes stays a text."""
    if text[:1] in {"[", "{"}:
        with suppress(ValueError):
            return json.loads(text, parse_float=_finite, parse_constant=str)
    return _plain(text)


def _finite(text: str) -> float | str:
    return number if math.isfinite(number := float(text)) else text


def _plain(text: str) -> int | str:
    try:
        number = numbers.parse_count(text)
    except Refused:
        return text
    return text if number is None else number
