"""What one report says, read to its end: its format, days, numbers and posts, or the one reason why it is not taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from include.account_analytics.facts import Label, Post, Refused
from include.account_analytics.reading.containers import MemberFile
from include.account_analytics.reading.days import read_days, read_hours
from include.account_analytics.reading.documents import ASK_AGAIN
from include.account_analytics.reading.foreign import WHERE
from include.account_analytics.reading.formats import Catalogue, Format, Match
from include.account_analytics.reading.headers import recognised
from include.account_analytics.reading.labels import Months
from include.account_analytics.reading.names import shown
from include.account_analytics.reading.rows import Rows
from include.account_analytics.reading.tables import read_table
from include.account_analytics.reading.videos import read_listed, read_videos


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A report that can be taken.

    `labels` are its days in the file's order, of videos the days its counts are of; `lines` is where each first stands.
    `metrics` has each count of each label, for reports of one row a day. `filled_hours`: of follower activity, how many hours
    of the last day have a number above 0. `handles` are those in the links of videos, in lower case.
    """

    match: Match
    header: tuple[str, ...]
    encoding: str
    delimiter: str
    rows: int
    labels: tuple[Label, ...] = ()
    lines: tuple[int, ...] = ()
    metrics: Mapping[str, tuple[int | None, ...]] = field(default_factory=dict)
    posts: tuple[Post, ...] = ()
    handles: tuple[str, ...] = ()
    filled_hours: int | None = None
    warnings: tuple[str, ...] = ()

    @property
    def format(self) -> Format:
        return self.match.format

    @property
    def first_label(self) -> Label | None:
        return self.labels[0] if self.labels else None

    @property
    def last_label(self) -> Label | None:
        return self.labels[-1] if self.labels else None


def examine(
    file: MemberFile, catalogue: Catalogue, months: Months, renames: Mapping[str, str] | None = None
) -> Examined:
    """Reads every row. Raises Refused with the line of what cannot be read for sure, and Asks where a person can tell."""
    try:
        return _examine(file, catalogue, months, renames)
    except Refused as refusal:
        if file.container != "json":
            raise
        said = str(refusal).replace(WHERE, ASK_AGAIN)
        raise Refused(refusal.code, f"{file.name}: {said}") from refusal


def _examine(
    file: MemberFile, catalogue: Catalogue, months: Months, renames: Mapping[str, str] | None = None
) -> Examined:
    table = read_table(file)
    match = recognised(table.header, catalogue, renames)
    if (match.format.family == "api") != (file.container == "json"):
        raise Refused(
            "no_answer", f"It has the columns of an answer of TikTok's API, and is none: a table says less. {WHERE}"
        )
    rows = Rows(file, table, match, catalogue, months)
    found, warnings = _contents(rows)
    if not found["rows"] and not rows.format.may_be_empty:
        raise Refused("no_rows", f"There is a header and nothing below it: TikTok had no data for this report. {WHERE}")
    return Examined(
        match=rows.match,
        header=table.header,
        encoding=table.encoding,
        delimiter=table.delimiter,
        warnings=(*rows.warnings(), *warnings),
        **found,
    )


def _contents(rows: Rows) -> tuple[dict, list[str]]:
    """The fields of Examined that the rows fill, and warnings, by what kind of rows they are."""
    if "hour" in rows.places:
        count, days, filled = read_hours(rows)
        # The API's hours are UTC's: they say nothing of the account's zone.
        own = None if rows.format.family == "api" else filled
        return {"rows": count, **_labels(days.lines), "filled_hours": own}, []
    if "date" in rows.places:
        count, days, metrics = read_days(rows)
        return {"rows": count, **_labels(days.lines), "metrics": metrics, "handles": _handles(rows)}, []
    if "link" in rows.places:
        videos = read_listed(rows) if "video_id" in rows.places else read_videos(rows)
        said = [f"Lines {videos.repeated[0]} and {videos.repeated[1]} are the same."] if videos.repeated else []
        if len(videos.seen) > 1:
            said.append(f"Its counts are of {len(videos.seen)} days.")
        content = {"posts": videos.posts, "handles": tuple(videos.handles)}
        return {"rows": videos.rows, **_labels(videos.seen), **content}, said
    return {"rows": _read_groups(rows)}, []


def _handles(rows: Rows) -> tuple[str, ...]:
    """Whose account the API says it answers for."""
    place = rows.places.get("username")
    named = {values[place].strip().lstrip("@").casefold() for _, values in rows.again()} if place is not None else set()
    return tuple(sorted(named - {""}))


def _labels(lines: Mapping[Label, int]) -> dict:
    return {"labels": tuple(lines), "lines": tuple(lines.values())}


def _read_groups(rows: Rows) -> int:
    """A row for each group of followers, each group once; the API's answer has those of several kinds."""
    seen: dict[tuple[str, str], int] = {}
    kind = rows.places.get("kind")
    for line, values in rows:
        name = values[rows.places["bucket"]].strip()
        of = values[kind] if kind is not None else ""
        if (first := seen.setdefault((of, name.casefold()), line)) != line:
            raise Refused("duplicate_label", f"Lines {first} and {line} are both {shown(name)!r}. {WHERE}")
        rows.check_shares(line, values)
    return len(seen)
