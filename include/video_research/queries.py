"""The list of research: what a query is, how a list is read and kept, and which queries a run takes up."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import psycopg
from psycopg.types.json import Jsonb

from include import database
from include.failures import NeedsPerson
from include.settings import ROOT
from include.video_research import addresses
from include.video_research.records import Query

LONGEST_QUERY = 200
LARGEST_LIST = 5_000_000  # bytes
MOST_LINES = 10_000
MOST_ADDRESSES = 1_000  # of one query
DEFAULT_LIST = ROOT / "research_list.csv"
Origin = Literal["list", "page", "param", "made_up"]
Resume = Literal["on", "strict", "off"]

# What people call the columns; the first of a row that has one of them is the header.
COLUMNS = {
    "text": ("query", "queries", "text", "keyword", "search", "search query", "question"),
    "language": ("language", "lang", "hl"),
    "country": ("country", "region", "gl"),
    "url": ("url", "urls", "address", "link", "video", "video_url"),
}
_NAMES = {spelling: name for name, spellings in COLUMNS.items() for spelling in spellings}
_LOCK = 0x7265736561726368  # "research", for whoever adds queries
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,2}")
_COUNTRY = re.compile(r"[A-Z]{2}")
# Letters that a Western list has in Windows' own encoding; in a list of any other script nearly all letters would be these.
_WESTERN = frozenset("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿŠšŽžŒœŸ“”‘’–—…€ª°«»¿¡·´\u00a0")
_MOST_WESTERN = 0.5


class QueryRefused(NeedsPerson, ValueError):
    """A query that cannot be searched; the message says why."""


class ListUnusable(NeedsPerson, ValueError):
    """The list of research cannot be read as a whole; the message says what to do with the file."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line of the list that is left out; lines count from 1."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list holds: each query once, in order, and the lines that are none."""

    queries: tuple[Query, ...]
    refused: tuple[Refused, ...] = ()
    repeated: int = 0


def query_id(text: str, language: str | None = None, country: str | None = None) -> str:
    """16 hexadecimal digits that stay the same wherever the query stands, and however its letters' case and spaces do."""
    spelled = "\n".join((_folded(text), language or "", country or ""))
    return hashlib.sha256(spelled.encode()).hexdigest()[:16]


def made(
    text: str,
    language: str | None = None,
    country: str | None = None,
    urls: Sequence[str] = (),
    *,
    position: int = 0,
    is_made_up: bool = False,
) -> Query:
    """A query as it is kept. Of one without text its first address is the text. Raises QueryRefused."""
    given = tuple(dict.fromkeys(_address(url) for url in urls if url.strip()))
    text = _clean(text) or (given[0] if given else "")
    if not given and _is_address(text):
        given = (_address(text),)
        text = given[0]
    if not text:
        raise QueryRefused("it is empty")
    if len(given) > MOST_ADDRESSES:
        raise QueryRefused(f"it has {len(given):,} addresses: at most {MOST_ADDRESSES:,} belong to one query")
    if not any(unicodedata.category(letter)[0] in "LN" or unicodedata.category(letter) == "So" for letter in text):
        raise QueryRefused("it has no letter or digit: nothing can be searched by it")
    if len(text) > LONGEST_QUERY and not given:
        raise QueryRefused(f"it has {len(text):,} letters: a query has at most {LONGEST_QUERY}")
    language, country = _language(language), _country(country)
    return Query(query_id(text, language, country), position, text, language, country, given, is_made_up)


def read_list(path: Path) -> Listing | None:
    """The queries of a file: one a line, or a CSV with columns for query, language, country and url (in any order).

    None where there is no file of the default name: then there is no list. Raises ListUnusable.
    """
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST_LIST else b""
    except FileNotFoundError:
        if path == DEFAULT_LIST:
            return None
        raise ListUnusable(
            f"RESEARCH_LIST names {path.name!r}, and there is no such file: correct the setting."
        ) from None
    except OSError as error:
        raise ListUnusable(f"{path.name!r} cannot be read ({error.strerror}): check its rights.") from None
    if size > LARGEST_LIST:
        raise ListUnusable(
            f"{path.name!r} has {size:,} bytes: a list has at most {LARGEST_LIST:,}. Is it the right file?"
        )
    return parse_list(_decoded(content, path.name), path.name)


def parse_list(text: str, name: str = "the list") -> Listing:
    """As `read_list`, of a text. Raises ListUnusable for more lines than any list has."""
    rows = list(_rows(text))
    if len(rows) > MOST_LINES:
        raise ListUnusable(f"{name!r} has {len(rows):,} lines: a list has at most {MOST_LINES:,}.")
    found: dict[str, Query] = {}
    refused: list[Refused] = []
    repeated = 0
    for line, cells in rows:
        try:
            query = made(
                cells.get("text", ""),
                cells.get("language"),
                cells.get("country"),
                cells.get("url", "").split(),
                position=len(found),
            )
        except QueryRefused as error:
            refused.append(Refused(line, (cells.get("text") or cells.get("url") or "")[:80], str(error)))
            continue
        known = found.get(query.query_id)
        repeated += known is not None and not set(query.addresses) - set(known.addresses)
        if known is not None:
            query = replace(known, addresses=tuple(dict.fromkeys(known.addresses + query.addresses)))
        found[query.query_id] = query
    return Listing(tuple(found.values()), tuple(refused), repeated)


def save_queries(
    connection: psycopg.Connection, queries: Iterable[Query], source: Origin, created_by: str | None = None
) -> list[Query]:
    """Keep queries, each with the place it was given first; one whose addresses changed is open again.

    Of a list it is the whole list: queries of it that are no longer in there are not searched any more, and their results
    stay. Returns the queries as they are kept, in the order given.
    """
    given = list({query.query_id: query for query in queries}.values())
    parameters = {
        **database.columns(
            given,
            query_ids="query_id",
            texts="text",
            languages="language",
            countries="country",
            addresses=lambda query: "\n".join(query.addresses),
            made_up="is_made_up",
        ),
        "source": source,
        "created_by": created_by,
    }
    with database.transaction(connection):
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        database.rows(connection, "video_research/save_queries", parameters)
        if source == "list":
            database.rows(connection, "video_research/unlist_queries", {"query_ids": parameters["query_ids"]})
        kept = database.rows(connection, "video_research/read_queries", {"query_ids": parameters["query_ids"]})
    by_id = {row["query_id"]: _of(row) for row in kept}
    return [by_id[query.query_id] for query in given]


def pick(
    connection: psycopg.Connection,
    start: int = 0,
    count: int = 10,
    query: str | None = None,
    resume: Resume = "on",
    *,
    wanted: Mapping[str, Sequence[str]] | None = None,
    schema_version: int | None = None,
) -> list[Query]:
    """The queries a run takes up: the first `count` from place `start` on that are not finished, in the order they came.

    `on` leaves out what is finished or fails for good, `strict` all that was ever tried, `off` nothing. Finished is a query
    whose videos are all in the library, made by engines that are `wanted` and in this schema (None: any). Whatever somebody
    asked to be tried again comes first in any case; what is paused, or no longer listed, does not come at all. With `query`,
    its id or its text as it is kept, it is that one alone, whatever its state.
    """
    if query is not None:
        named = [query.strip(), query_id(query)]
        return [_of(row) for row in database.rows(connection, "video_research/read_queries", {"query_ids": named})]
    parameters = {
        "start": start,
        "count": count,
        "resume": resume,
        "wanted": None if wanted is None else Jsonb({part: list(names) for part, names in wanted.items()}),
        "schema_version": schema_version,
    }
    return [_of(row) for row in database.rows(connection, "video_research/pick_queries", parameters)]


def slug(query: Query) -> str:
    """The name of its working folder: `query_00000_tokyo-ramen`."""
    words = re.findall(r"[a-z0-9]+", unicodedata.normalize("NFKD", query.text).casefold())
    return f"query_{query.position:05d}_{'-'.join(words)[:40].strip('-') or query.query_id}"


def _of(row: database.Row) -> Query:
    return Query(
        row["query_id"],
        row["position"],
        row["text"],
        row["language"],
        row["country"],
        tuple(row["addresses"]),
        row["is_made_up"],
    )


# A query


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", _clean(text)).casefold()


def _clean(text: str) -> str:
    """In one line, without letters that nobody sees; joiners stay, words of Persian and Hindi need them."""
    kept = (
        "" if unicodedata.category(letter) in ("Cf", "Cs") and letter not in "\u200c\u200d" else letter
        for letter in text
    )
    spaced = (
        "" if letter == "\x00" else " " if unicodedata.category(letter) == "Cc" else letter for letter in "".join(kept)
    )
    return " ".join(unicodedata.normalize("NFC", "".join(spaced)).split())


def _address(url: str) -> str:
    address = addresses.parse(url)
    if address.kind == "other":
        raise QueryRefused(f"{url[:80]!r} is no address of a video on TikTok")
    return address.url


def _is_address(text: str) -> bool:
    return " " not in text and ("://" in text or addresses.parse(text).kind != "other")


def _language(given: str | None) -> str | None:
    text = (given or "").strip().lower().replace("_", "-")
    if text and not _LANGUAGE.fullmatch(text):
        raise QueryRefused(f"its language is {text[:20]!r}: write a code, as en, ja or pt-br")
    return text or None


def _country(given: str | None) -> str | None:
    text = (given or "").strip().upper()
    if text and not _COUNTRY.fullmatch(text):
        raise QueryRefused(f"its country is {text[:20]!r}: write two letters, as US or JP")
    return text or None


# A list


def _decoded(content: bytes, name: str) -> str:
    """UTF-8 or UTF-16, with or without a mark; Windows' own encoding where that is certain, which it is of Western letters."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif content[1::2].count(0) > len(content) // 4:
        encodings = ["utf-16-le"]
    elif content[0::2].count(0) > len(content) // 4:
        encodings = ["utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "cp1252" or _is_western(text):
            return text
    raise ListUnusable(
        f"{name!r} is not in UTF-8: save it again as UTF-8 (in Excel: Save as, “CSV UTF-8”), or its words would be searched "
        "in letters that they do not have."
    )


def _is_western(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    foreign = [letter for letter in letters if not letter.isascii()]
    is_known = all(letter in _WESTERN for letter in text if not letter.isascii())
    return is_known and len(foreign) <= _MOST_WESTERN * len(letters)


def _rows(text: str) -> Iterable[tuple[int, dict[str, str]]]:
    """Number and named cells of each line that is not blank."""
    lines = text.splitlines()
    told = (number for number, line in enumerate(lines) if line.strip("\ufeff \t,;") and not _is_remark(line))
    first = next(told, len(lines))
    if first < len(lines) and re.fullmatch(r"sep=[,;|\t]", lines[first].strip(), re.IGNORECASE):
        first += 1  # how Excel notes what stands between its cells
    if first >= len(lines):
        return
    delimiter = max(",;\t|", key=lambda sign: len(_header(lines[first], sign)))
    header = _header(lines[first], delimiter)
    if not header:
        for number, line in enumerate(lines[first:], start=first + 1):
            if line.strip("\ufeff \t") and not _is_remark(line):
                yield number, {"text": _unquoted(line)}
        return
    reader = csv.reader(io.StringIO("\n".join(lines[first + 1 :])), delimiter=delimiter)
    csv.field_size_limit(LARGEST_LIST)
    while True:
        number = first + 2 + reader.line_num
        try:
            cells = next(reader, None)
        except csv.Error:
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells) and not _is_remark(cells[0]):
            yield number, {name: cells[place] for place, name in header.items() if place < len(cells)}


def _header(line: str, delimiter: str) -> dict[int, str]:
    """Which column is what, by its place; empty where the line is no header, which every cell with a known name makes it."""
    cells = [cell.strip().strip('"').strip().casefold() for cell in line.strip("\ufeff").split(delimiter)]
    named = {place: _NAMES[cell] for place, cell in enumerate(cells) if cell in _NAMES}
    is_header = {"text", "url"} & set(named.values()) and len(set(named.values())) == len(named)
    return named if is_header else {}


def _is_remark(line: str) -> bool:
    """`# so` or `## so`, a note to oneself; `#so` is a hashtag, and a query."""
    return re.match(r"\ufeff?\s*#+(\s|$)", line) is not None


def _unquoted(line: str) -> str:
    text = line.strip()
    is_quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return text[1:-1].replace('""', '"') if is_quoted else text
