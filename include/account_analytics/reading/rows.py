"""The rows of one report with what is needed to read their cells; what cannot be read is refused with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from include.account_analytics.facts import Label, Refused
from include.account_analytics.reading.containers import MemberFile
from include.account_analytics.reading.foreign import WHERE
from include.account_analytics.reading.formats import Catalogue, Match
from include.account_analytics.reading.labels import Months, parse_label
from include.account_analytics.reading.names import shown
from include.account_analytics.reading.numbers import parse_count
from include.account_analytics.reading.plain import NotPlain, frames, may_be_plain
from include.account_analytics.reading.shares import parse_share
from include.account_analytics.reading.tables import Table, read_table
from include.account_analytics.reading.texts import Row

if TYPE_CHECKING:
    import polars as pl

Read = TypeVar("Read")
# Lines, and the texts of each column.
Batch = tuple[list[int], list[tuple[str, ...]]]
BATCH = 256  # many more, and the caches of a processor are too small for them


class Rows:
    """Iterates over (line, values), once; `again` begins anew."""

    def __init__(self, file: MemberFile, table: Table, match: Match, catalogue: Catalogue, months: Months) -> None:
        self.table, self.match, self.format = table, match, match.format
        self._file, self._months = file, months
        places = {name: place for place, name in enumerate(match.columns)}
        self.places: Mapping[str, int] = places
        self.counts = {name: place for name, place in places.items() if catalogue.kind(name) == "count"}
        self._shares = [place for name, place in places.items() if catalogue.kind(name) == "share"]
        self._has_years = False

    def check_shares(self, line: int, values: Sequence[str]) -> None:
        for place in self._shares:
            cell(parse_share, line, values[place])

    def __iter__(self) -> Iterator[Row]:
        return self.table.rows

    def label(self, text: str) -> Label:
        """A year counts only where TikTok writes one: elsewhere a spreadsheet put in the year in which it was opened."""
        label = parse_label(text, self._months)
        if self.format.dates == "day":
            if label.year is None:
                raise Refused("unreadable_date", f"{shown(text)!r} has no year, as this report must.")
        elif label.year is not None:
            self._has_years = True
            label = Label(label.month, label.day)
        return label

    def numbers_of(self, line: int, values: Sequence[str]) -> dict[str, int | None]:
        """The counts of a row; beside a missing total, a 0 is missing as well."""
        numbers = {name: cell(parse_count, line, values[place]) for name, place in self.counts.items()}
        key = self.format.missing_beside
        return {name: number or None for name, number in numbers.items()} if key and numbers[key] is None else numbers

    def again(self) -> Iterator[Row]:
        return read_table(self._file).rows

    def frames(self) -> Iterator[pl.DataFrame]:
        """Very many rows at a time, each column under the name that it has here. Raises NotPlain where that cannot be done."""
        if not may_be_plain(self._file, self.table):
            raise NotPlain
        for part in frames(self._file, self.table):
            part.columns = list(self.match.columns)
            yield part

    def batches(self) -> Iterator[Batch]:
        """Many rows at a time, by column: files of a million rows are checked several times as fast."""
        while rows := list(islice(self.table.rows, BATCH)):
            yield [line for line, _ in rows], list(zip(*(values for _, values in rows), strict=True))

    def check(self, batch: Batch) -> None:
        """Raises Refused for a count or a share that cannot be read."""
        lines, columns = batch
        for place in self.counts.values():
            if not (all(columns[place]) and "".join(columns[place]).isdecimal()):
                read(parse_count, lines, columns[place])
        for place in self._shares:
            read(parse_share, lines, columns[place])

    def check_frame(self, part: pl.DataFrame) -> None:
        """The same for a part of `frames`; which line it is, is not told."""
        import polars as pl

        for name in self.counts:
            number = part[name].cast(pl.Int64, strict=False)
            for text in part[name].filter(number.is_null()).unique() if number.has_nulls() else ():
                parse_count(text)
        for place in self._shares:
            for text in part.to_series(place).unique():
                parse_share(text)

    def warnings(self) -> Iterator[str]:
        """What was unusual, known when all rows were read."""
        for text in self.match.new_columns:
            yield f"New column: {shown(text)}. It is kept as it came."
        if self.table.encoding == "cp1252":
            yield "Saved again by another program (Windows-1252): letters in captions may be wrong."
        elif self.table.encoding not in {"utf-8", "xlsx"}:
            yield f"Saved again by another program ({self.table.encoding.upper()})."
        if self.table.delimiter not in {",", ""}:
            yield f"Saved again by another program: columns are parted by {self.table.delimiter!r}."
        if self._has_years:
            yield "Saved again by another program: it put years into the dates that TikTok did not write; they are not used."


def read(parse: Callable[[str], Read], lines: Sequence[int], column: Sequence[str]) -> dict[str, Read]:
    """What each text of a column says. Raises Refused with the first line of what cannot be read."""
    try:
        return {text: parse(text) for text in dict.fromkeys(column)}
    except Refused:
        for line, text in zip(lines, column, strict=True):
            cell(parse, line, text)
        raise


def cell(parse: Callable[[str], Read], line: int, text: str) -> Read:
    """Whatever is wrong with a cell is said with its line."""
    try:
        return parse(text)
    except Refused as refusal:
        raise Refused(refusal.code, f"Line {line}: {refusal} {WHERE}") from refusal
