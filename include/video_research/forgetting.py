"""What research holds about a person, and how it is taken out.

Their own videos go whole, the files in the store and Claude's answers about them with them; where others name them, in the
library and in the texts that lie in the store, the name is blanked.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from include import database
from include.database import Database, Row
from include.erasure.forgotten import ERASED
from include.erasure.parts import Counts, Documents, Erasure, Forgetting, Rows, Work
from include.erasure.person import Person
from include.erasure.traces import without
from include.lake import Lake
from include.video_research import removals, stored_texts
from include.video_research.videos import address_of, prefix_of

FILES, TEXTS, REASON = "media_files", "media_texts", "erasure"
# A hashtag stands without its sign: there the mere word is a name.
NAMES = ("hashtags",)
log = logging.getLogger(__name__)


def _cleaned(found: Sequence[Row], person: Person, blank: str) -> list[Row]:
    mentions, names = person.mentions(blank), person.traces(blank)
    return [
        {
            **row,
            "texts": {
                column: without(value, names if column in NAMES else mentions) for column, value in row["texts"].items()
            },
        }
        for row in found
    ]


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a person's videos in the store. What is to go is noted with the rows, and goes one video at a time."""

    is_slow = False

    @property
    def titles(self) -> Mapping[str, str]:
        return {FILES: "files of their videos in the store"}

    def count(self, connections: Database, person: Person) -> Counts:
        found = connections.rows("video_research/forgetting/list_files", person.parameters())
        if not found:
            return {FILES: 0}
        lake = _lake()
        return {FILES: sum(len(lake.entries(prefix_of(row["video_id"]))) for row in found)}

    def works(self, connections: Database, erasure: Erasure) -> Iterator[Work]:
        waiting = removals.waiting(connections, REASON)
        if waiting:
            lake, work = _lake(), _work()
            yield from [partial(_remove, lake=lake, work=work)] * waiting


def _remove(connection: psycopg.Connection[Any], lake: Lake, work: Path) -> Counts:
    removed = removals.remove_one(connection, lake, work, REASON)
    return {FILES: removed["files"] if removed else 0}


@dataclass(frozen=True, slots=True)
class StoredTexts:
    """Files of others' videos that name the person: in the store, as in the library, and before its rows, which tell of them."""

    is_slow = False

    @property
    def titles(self) -> Mapping[str, str]:
        return {TEXTS: "files of others in the store that name them"}

    def count(self, connections: Database, person: Person) -> Counts:
        found = self._found(connections, person)
        return {TEXTS: sum(len(stored_texts.naming(lake, video_id, person, ERASED)) for lake, video_id in found)}

    def works(self, connections: Database, erasure: Erasure) -> Iterator[Work]:
        for lake, video_id in self._found(connections, erasure.person):
            yield partial(_blank, lake=lake, video_id=video_id, person=erasure.person)

    def _found(self, connections: Database, person: Person) -> list[tuple[Lake, str]]:
        rows = connections.rows("video_research/forgetting/list_naming_videos", person.parameters())
        if not rows:
            return []
        lake = _lake()
        here = [row["video_id"] for row in rows if row["gcs_prefix"] == address_of(lake, row["video_id"])]
        if len(here) < len(rows):
            log.warning(
                "%s videos of others that may name them have files elsewhere than MEDIA_URI: look there.",
                len(rows) - len(here),
            )
        return [(lake, video_id) for video_id in here]


def _blank(connection: psycopg.Connection[Any], lake: Lake, video_id: str, person: Person) -> Counts:
    files = stored_texts.naming(lake, video_id, person, ERASED)
    if files:
        digests = stored_texts.store(lake, video_id, files)
        parameters = {"video_id": video_id, "digests": Jsonb(digests)}
        database.rows(connection, "video_research/forgetting/store_digests", parameters)
    return {TEXTS: len(files)}


def _lake() -> Lake:
    from include import connections

    return connections.open_media()


def _work() -> Path:
    from include.video_research import settings

    return settings.load().work_folder


def _documents(table: str, title: str) -> Documents:
    read, store = _STATEMENTS[table]
    return Documents(f"texts_of_{table}", title, read, store, _cleaned, as_json=("texts",))


_STATEMENTS = {
    "research_queries": (
        "video_research/forgetting/read_research_queries",
        "video_research/forgetting/store_research_queries",
    ),
    "research_hits": ("video_research/forgetting/read_research_hits", "video_research/forgetting/store_research_hits"),
    "research_set_aside": (
        "video_research/forgetting/read_research_set_aside",
        "video_research/forgetting/store_research_set_aside",
    ),
    "research_videos": (
        "video_research/forgetting/read_research_videos",
        "video_research/forgetting/store_research_videos",
    ),
    "research_failures": (
        "video_research/forgetting/read_research_failures",
        "video_research/forgetting/store_research_failures",
    ),
    "videos": ("video_research/forgetting/read_videos", "video_research/forgetting/store_videos"),
    "video_passages": (
        "video_research/forgetting/read_video_passages",
        "video_research/forgetting/store_video_passages",
    ),
    "media_removals": (
        "video_research/forgetting/read_media_removals",
        "video_research/forgetting/store_media_removals",
    ),
}
FORGETTING = Forgetting(
    find_by_handle="video_research/forgetting/find_by_handle",
    read_identities="video_research/forgetting/read_identities",
    read_spellings="video_research/forgetting/read_spellings",
    rows=Rows(
        {
            "library_videos": "their videos in the library",
            "research_videos": "their videos on the way there",
            "research_hits": "times a question found one of their videos",
            "research_set_aside": "links to them that were set aside",
            "research_failures": "failures of their videos",
            "claude_calls": "calls of Claude about their videos (blanked; the bill stays)",
        },
        "video_research/forgetting/count_rows",
        "video_research/forgetting/delete_rows",
    ),
    steps=[
        Files(),
        StoredTexts(),
        _documents("research_queries", "questions whose reason or addresses name them"),
        _documents("research_hits", "finds whose title names them"),
        _documents("research_set_aside", "links set aside that name them"),
        _documents("research_videos", "videos of others whose reason names them"),
        _documents("research_failures", "failures whose message names them"),
        _documents("videos", "videos of others that name them"),
        _documents("video_passages", "passages of others that name them"),
        _documents("media_removals", "folders of files to be removed that name them"),
    ],
    keywords=Rows(
        {
            "query_words": "questions that are their handle",
            "failure_words": "failures of such questions",
        },
        "video_research/forgetting/count_keywords",
        "video_research/forgetting/blank_keywords",
    ),
)
