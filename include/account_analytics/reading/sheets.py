"""Cells of a workbook as texts: what a person sees in them, as far as a report needs it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from include.account_analytics.facts import Refused
from include.account_analytics.reading.foreign import WHERE
from include.account_analytics.reading.xml_parts import Attributes, Handler

MOST_CELLS = 1000  # in a row
MOST_TEXTS, LONGEST_TEXTS = 1_000_000, 64 << 20  # shared by cells, and held in memory
LONGEST_TEXT = 128 * 1024
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class SharedTexts(Handler):
    """The shared texts: `<si>` with `<t>` inside, but for readings (`<rPh>`); an empty one counts too."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._pieces: list[str] = []
        self._length = 0
        self._is_text = self._is_reading = False

    def begin(self, tag: str, attributes: Attributes) -> None:
        if tag == "si":
            self._pieces = []
        elif tag == "rPh":
            self._is_reading = True
        self._is_text = tag == "t" and not self._is_reading

    def end(self, tag: str) -> None:
        self._is_text = False
        if tag == "rPh":
            self._is_reading = False
        elif tag == "si":
            self.texts.append(_unescaped("".join(self._pieces)))
            self._length += len(self.texts[-1])
            if len(self.texts) > MOST_TEXTS or self._length > LONGEST_TEXTS:
                raise Refused("zip_bomb", f"This workbook holds more texts than any report has. {WHERE}")

    def text(self, data: str) -> None:
        if self._is_text:
            self._pieces.append(data)


class Sheet(Handler):
    """Rows of a sheet as far as it was read. Cells and rows may go without saying where they are: then they follow the last."""

    def __init__(self, shared: list[str], date_styles: frozenset[int], starts_1904: bool) -> None:
        self.rows: list[tuple[int, tuple[str, ...]]] = []
        self._shared, self._date_styles = shared, date_styles
        self._epoch = datetime(1904, 1, 1) if starts_1904 else datetime(1899, 12, 30)  # noqa: DTZ001
        self._line, self._column = 0, -1
        self._cells: dict[int, str] = {}
        self._cell: Attributes = {}
        self._pieces: list[str] = []
        self._length = 0
        self._is_text = self._is_reading = False

    def begin(self, tag: str, attributes: Attributes) -> None:
        if tag == "row":
            self._line = int(attributes.get("r", self._line + 1))
            self._cells, self._column = {}, -1
        elif tag == "c":
            self._cell, self._pieces, self._length = attributes, [], 0
            letters = re.match("[A-Za-z]{1,3}", attributes.get("r", ""))
            self._column = _column(letters[0]) if letters else self._column + 1
        elif tag == "f":
            raise Refused("formulas", f"Line {self._line} holds a formula; the original export does not. {WHERE}")
        elif tag == "rPh":
            self._is_reading = True
        self._is_text = tag in {"v", "t"} and not self._is_reading

    def text(self, data: str) -> None:
        if self._is_text:
            self._pieces.append(data)
            self._length += len(data)
            if self._length > LONGEST_TEXT:
                raise Refused("damaged", f"Line {self._line} holds a text that is longer than any report has. {WHERE}")

    def end(self, tag: str) -> None:
        self._is_text = False
        if tag == "rPh":
            self._is_reading = False
        elif tag == "c" and (text := self._value("".join(self._pieces))):
            if self._column >= MOST_CELLS:
                raise Refused("columns", f"Line {self._line} has more than {MOST_CELLS} columns. {WHERE}")
            self._cells[self._column] = text
        elif tag == "row":
            width = max(self._cells, default=-1) + 1
            self.rows.append((self._line, tuple(self._cells.get(column, "") for column in range(width))))

    def _value(self, text: str) -> str:
        kind = self._cell.get("t", "n")
        if not text or kind in {"e", "d"}:
            return text
        if kind == "s":
            place = int(text)
            return self._shared[place] if 0 <= place < len(self._shared) else ""
        if kind in {"str", "inlineStr"}:
            return _unescaped(text)
        if kind == "b":
            return "TRUE" if text.strip() == "1" else "FALSE"
        number = float(text)
        if int(self._cell.get("s", "0")) in self._date_styles:
            return _moment(self._epoch, number)
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _moment(epoch: datetime, days: float) -> str:
    """A day as spreadsheets count them, in ISO; with its time when there is one."""
    moment = epoch + timedelta(seconds=round(days * 86400))
    return moment.strftime("%Y-%m-%d" if moment.time() == moment.min.time() else "%Y-%m-%d %H:%M:%S")


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _unescaped(text: str) -> str:
    """`_x000D_` is how workbooks write letters that XML has not."""
    if "_x" not in text:
        return text
    written = ESCAPED.sub(lambda found: chr(int(found[1], 16) or 0xFFFD), text)
    return written.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
