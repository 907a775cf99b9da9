"""What research holds about a person, and how it is taken out.

Their own videos go whole, the files in the store with them; where others name them, the name is blanked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from include.database import Database, Row
from include.erasure.parts import Counts, Documents, Erasure, Forgetting, Rows, Work
from include.erasure.person import Person
from include.erasure.traces import without
from include.lake import Lake
from include.video_research import removals
from include.video_research.videos import prefix_of

FILES, REASON = "media_files", "erasure"
# A hashtag stands without its sign: there the mere word is a name.
NAMES = ("hashtags",)


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
        },
        "video_research/forgetting/count_rows",
        "video_research/forgetting/delete_rows",
    ),
    steps=[
        Files(),
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
