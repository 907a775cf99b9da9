"""Parts of an XLSX file, parsed piece by piece, so that no part of any size is held in memory."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from include.account_analytics.facts import Refused
from include.account_analytics.reading import archives
from include.account_analytics.reading.foreign import WHERE

BLOCK = 1 << 16
MOST_ELEMENTS = 100_000  # in what describes the workbook
Attributes = dict[str, str]


class Handler:
    """What is done at each beginning and end of an element, and for the text between."""

    def begin(self, tag: str, attributes: Attributes) -> None: ...
    def end(self, tag: str) -> None: ...
    def text(self, data: str) -> None: ...


def elements_of(archive: zipfile.ZipFile, part: str) -> list[tuple[str, Attributes]]:
    elements = _Elements()
    for _ in parsed(archive, part, elements):
        pass
    return elements.seen


def parsed(archive: zipfile.ZipFile, part: str, handler: Handler) -> Iterator[None]:
    """Reads a part piece by piece. A document type is refused: only that can make few bytes of XML many."""
    parser = expat.ParserCreate(namespace_separator=None)
    parser.StartElementHandler = lambda tag, attributes: handler.begin(tag.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda tag: handler.end(tag.rpartition(":")[2])
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        entry = archive.getinfo(part)
        archives.check_entry(entry)
        for data in archives.blocks_of(archive, entry, BLOCK):
            parser.Parse(data, False)
            yield
        parser.Parse(b"", True)
        yield
    except KeyError as error:
        raise Refused("damaged", f"The XLSX file lacks its part {part}. Download it again.") from error
    except expat.ExpatError as error:
        raise Refused("damaged", f"The XLSX file is damaged in {part} ({error}). Download it again.") from error


def _refuse_doctype(*_: Any) -> None:
    raise Refused(
        "xml_bomb", f"This workbook declares a document type, which no export does and bombs are made of. {WHERE}"
    )


class _Elements(Handler):
    def __init__(self) -> None:
        self.seen: list[tuple[str, Attributes]] = []

    def begin(self, tag: str, attributes: Attributes) -> None:
        self.seen.append((tag, attributes))
        if len(self.seen) > MOST_ELEMENTS:
            raise Refused("zip_bomb", f"This workbook describes far more than an export has. {WHERE}")
