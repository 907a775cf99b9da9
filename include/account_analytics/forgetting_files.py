"""Files about a person who is to be forgotten: those of their own accounts go, texts of others that name them are blanked.

What landed from others stays as it came: its bytes are what a file is known by.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from include import database
from include.account_analytics import accounts, drop, locks, places
from include.database import Database, Row
from include.erasure.forgotten import ERASED
from include.erasure.parts import Counts, Erasure, Forgetting, Work
from include.erasure.person import Person
from include.erasure.traces import Traces, without
from include.extras import require
from include.failures import NeedsPerson
from include.lake import Lake

if TYPE_CHECKING:
    import polars as pl

NOT_ACCOUNTS = frozenset({"quarantine", "archive", "incoming", accounts.UNASSIGNED})  # folders of landing
REASONS = ".reason.json"


class FilesStay(NeedsPerson, OSError):
    """Files of theirs cannot be removed from the drop folder; the message says what to do."""


def forgetting(lake: Lake | None, folder: Path | None) -> Forgetting:
    """What the lake and the drop folder hold; without a lake only what is noted in the tables is looked after."""
    own = OwnFiles(lake, folder)
    return Forgetting(steps=[own, Texts(lake, own)])


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """The files of accounts of their own. Where they lie is told by tables, and noted there as these rows go."""

    lake: Lake | None
    folder: Path | None
    is_slow = False

    @property
    def titles(self) -> Mapping[str, str]:
        return {
            "lake_files": "files of the lake of such accounts",
            "drop_files": "files of such accounts in the drop folder",
        }

    def count(self, connections: Database, person: Person) -> Counts:
        found = connections.rows("account_analytics/forgetting/list_files", person.parameters())
        there = {each.name: each for each in drop.scan(self.folder)} if self.folder else {}
        return {
            "lake_files": len(self.keys(found, person)),
            "drop_files": sum(
                _look(row) == there[row["name"]].look
                for row in found
                if row["place"] == "drop" and row["name"] in there
            ),
        }

    def works(self, connections: Database, erasure: Erasure) -> Iterator[Work]:
        yield partial(self._remove, person=erasure.person)
        yield self._take_away

    def _remove(self, connection: psycopg.Connection[Any], person: Person) -> Counts:
        # Whoever lands files, or stages an account of theirs, ends first: what they wrote goes with the rest.
        for work in (locks.LANDING, *map(locks.of_account, _folders(person))):
            locks.hold(connection, work)
        found = database.rows(connection, "account_analytics/forgetting/list_files", person.parameters())
        keys = self.keys(found, person)
        for key in keys:
            self._lake.delete(key)
        database.rows(connection, "account_analytics/take_noted", {"place": "lake"})
        return {"lake_files": len(keys)}

    def _take_away(self, connection: psycopg.Connection[Any]) -> Counts:
        noted = database.rows(connection, "account_analytics/take_noted", {"place": "drop"})
        if not noted or self.folder is None:
            return {}
        looks = {_look(row) for row in noted}
        before = {each.look for each in drop.scan(self.folder)} & looks
        gone = drop.take_away(self.folder, before)
        if left := [name for name, *_ in before if name not in gone]:
            raise FilesStay(
                f"{len(left)} files of theirs cannot be removed from the drop folder {self.folder}: give this user the right to, "
                "then clear the task."
            )
        return {"drop_files": len(before)}

    @property
    def _lake(self) -> Lake:
        if self.lake is None:
            raise AssertionError("without a lake there are no keys")
        return self.lake

    def keys(self, found: list[Row], person: Person) -> list[str]:
        """Those that are there: named by the tables, or in a folder that is called like them."""
        if self.lake is None:
            return []
        keys = {row["name"] for row in found if row["place"] == "lake" and self.lake.exists(row["name"])}
        for name in _folders(person):
            for zone in (places.LANDING, places.INCOMING, places.SCREENSHOTS, places.RAW, places.STAGING):
                keys |= {entry.key for entry in self.lake.entries(f"{zone}/{name}")}
        return sorted(keys)


def _folders(person: Person) -> list[str]:
    return [name for name in person.handles if accounts.HANDLE.fullmatch(name) and name not in NOT_ACCOUNTS]


def _look(row: Row) -> tuple[str, int, int]:
    return row["name"], row["size_bytes"], row["mtime_ns"]


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts of others that name them, in raw, staging and quarantine's reasons; then the curated files are made anew."""

    lake: Lake | None
    own: OwnFiles
    is_slow = True

    @property
    def titles(self) -> Mapping[str, str]:
        return {
            "lake_texts": "files of the lake in which captions of others name them",
            "curated_files": "curated files (1: all of them are made anew)",
        }

    def count(self, connections: Database, person: Person) -> Counts:
        files = connections.rows("account_analytics/forgetting/list_files", person.parameters())
        names = connections.rows("account_analytics/forgetting/read_names", person.parameters())
        zones = (places.RAW, places.QUARANTINE, places.STAGING)
        texts = {key for key, _ in self._named(person, ERASED, *zones)} - set(self.own.keys(files, person))
        return {"lake_texts": len(texts), "curated_files": int(bool(texts or files or names))}

    def works(self, connections: Database, erasure: Erasure) -> Iterator[Work]:
        yield from self._rewritten(erasure.person, places.RAW, places.QUARANTINE)
        # Whoever stages an account just now has read its lines as they were.
        for row in connections.run(accounts.read_all):
            yield partial(_wait_for, work=locks.of_account(row["account"]))
        yield from self._rewritten(erasure.person, places.STAGING)
        yield self._publish

    def _rewritten(self, person: Person, *zones: str) -> Iterator[Work]:
        for key, rewrite in self._named(person, ERASED, *zones):
            yield _note_curated
            yield partial(_rewrite, key=key, rewrite=rewrite)

    def _named(self, person: Person, blank: str, *zones: str) -> Iterator[tuple[str, Callable[[], None]]]:
        """Every file below these that names them, with what writes it without them."""
        if self.lake is None:
            return
        traces, names = person.captions(blank), person.traces(blank)
        for key in [entry.key for zone in zones for entry in self.lake.entries(zone)]:
            rewrite = _rewriting(self.lake, key, traces, names)
            if rewrite is not None:
                yield key, rewrite

    def _publish(self, connection: psycopg.Connection[Any]) -> Counts:
        """Where anything was noted: files and tables as they are staged now."""
        noted = database.rows(connection, "account_analytics/take_noted", {"place": "curated"})
        if not noted:
            return {}
        if self.lake is None or not self.lake.entries(places.CURATED):
            return {"curated_files": 1}
        require("analytics")
        from include.account_analytics import curated

        locks.hold(connection, locks.CURATED)
        known = accounts.read_all(connection)
        if known:
            zones = {row["account"]: row["time_zone"] for row in known if row["time_zone"]}
            made_up = {row["account"]: row["is_made_up"] for row in known}
            curated.publish(_Within(connection), self.lake, made_up, zones=zones)
        else:
            for entry in self.lake.entries(curated.FOLDER):
                self.lake.delete(entry.key)
        return {"curated_files": 1}


class _Within(Database):
    """What is done stays part of the transaction that is under way."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._under_way = connection

    def run(self, work: Callable[[psycopg.Connection[Any]], Any]) -> Any:
        return work(self._under_way)


def _note_curated(connection: psycopg.Connection[Any]) -> Counts:
    database.rows(connection, "account_analytics/forgetting/note_curated")
    return {}


def _wait_for(connection: psycopg.Connection[Any], work: str) -> Counts:
    locks.hold(connection, work)
    return {}


def _rewrite(connection: psycopg.Connection[Any], key: str, rewrite: Callable[[], None]) -> Counts:
    """While nobody stages the account."""
    if key.startswith(f"{places.STAGING}/"):
        locks.hold(connection, locks.of_account(key.split("/")[1]))
    rewrite()
    return {"lake_texts": 1}


def _rewriting(lake: Lake, key: str, traces: Traces, names: Traces) -> Callable[[], None] | None:
    """What writes the file without them; None where it does not name them."""
    if key.startswith(f"{places.RAW}/"):
        return partial(_blank_lines, lake, key, traces) if _names_in_lines(lake, key, traces) else None
    if key.endswith(".parquet"):
        is_named = _blanked_frame(lake, key, traces, names) is not None
        return partial(_blank_frame, lake, key, traces, names) if is_named else None
    is_json = key.endswith(".json" if key.startswith(f"{places.STAGING}/") else REASONS)
    is_named = is_json and _blanked_json(lake.read(key), traces) is not None
    return partial(_blank_json, lake, key, traces) if is_named else None


def _names_in_lines(lake: Lake, key: str, traces: Traces) -> bool:
    with lake.local(key) as path, path.open(encoding="utf-8", newline="\n") as lines:
        return any(_blanked_line(line, traces) != line for line in lines)


def _blanked_line(line: str, traces: Traces) -> str:
    small = line.lower()
    if not any(needle in small for needle in traces.needles):
        return line
    row = json.loads(line)
    told = without(row, traces)
    return line if told == row else json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"


def _blank_lines(lake: Lake, key: str, traces: Traces) -> None:
    with lake.local(key) as path, tempfile.TemporaryDirectory(prefix="cometwatch-forget-") as folder:
        blanked = Path(folder) / "raw"
        with (
            path.open(encoding="utf-8", newline="\n") as lines,
            blanked.open("w", encoding="utf-8", newline="\n") as file,
        ):
            file.writelines(_blanked_line(line, traces) for line in lines)
        lake.upload(blanked, key)


def _blanked_json(data: bytes, traces: Traces) -> Any:
    """The document without them; None where it does not name them."""
    told = json.loads(data)
    blanked = without(told, traces)
    return None if blanked == told else blanked


def _blank_json(lake: Lake, key: str, traces: Traces) -> None:
    """In the form in which each of these is written."""
    blanked = _blanked_json(lake.read(key), traces)
    is_reason = key.endswith(REASONS)
    text = json.dumps(blanked, ensure_ascii=False, sort_keys=True, indent=1 if is_reason else None)
    lake.write(key, (text + "\n" * is_reason).encode())


def _blanked_frame(lake: Lake, key: str, traces: Traces, names: Traces) -> pl.DataFrame | None:
    require("analytics")
    import polars as pl

    from include.account_analytics import staged_files

    _, account, file = key.split("/")
    frame = staged_files.read_frame(lake, account, file.removesuffix(".parquet"))
    columns = []
    for name, kind in frame.schema.items():
        if kind == pl.String:
            clean = partial(_blanked_extra, traces=traces) if name == "extra" else traces.blanked
            values = frame[name].drop_nulls().unique().to_list()
            changed = {value: told for value in values if (told := clean(value)) != value}
            if changed:
                columns.append(frame[name].replace(changed))
        elif kind == pl.List(pl.String):
            lists = frame[name].to_list()
            told_lists = [said and [each for each in said if names.blanked(each) == each] for said in lists]
            if told_lists != lists:
                columns.append(pl.Series(name, told_lists, dtype=kind))
    return frame.with_columns(columns) if columns else None


def _blanked_extra(text: str, traces: Traces) -> str:
    told = json.loads(text)
    blanked = without(told, traces)
    return text if blanked == told else json.dumps(blanked, ensure_ascii=False, sort_keys=True)


def _blank_frame(lake: Lake, key: str, traces: Traces, names: Traces) -> None:
    from include.account_analytics import staged_files

    frame = _blanked_frame(lake, key, traces, names)
    if frame is not None:
        _, account, file = key.split("/")
        staged_files.write_frame(lake, account, file.removesuffix(".parquet"), frame)
