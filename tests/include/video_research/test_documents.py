"""progress.json and failures.json, as people's tools read them."""

from __future__ import annotations

import csv
import io
import json

from include.database import Database
from include.video_research import documents, report
from include.video_research.statuses import IN_WORDS


def test_both_documents_say_what_the_tables_say(days, tmp_path):
    """A query counts its videos by how far they are, and a failure keeps its keys.

    To whom nothing was found is told so in words, whatever the states of before call it.
    """
    days.rows(
        "insert into research_queries (query_id, position, text, source, status) values"
        " ('a', 0, 'ラーメン', 'list', 'partial_success'), ('b', 1, 'nothing', 'list', 'no_results'),"
        " ('c', 2, 'later', 'list', 'open') returning 1"
    )
    for video_id, state, download in (("1", "uploaded", "done"), ("2", "failed", "done"), ("3", "found", "open")):
        days.rows(
            "insert into research_hits (query_id, video_id, url, rank, source, run_id) values ('a', %s, 'u', 1, 'list', 'r')"
            " returning 1",
            video_id,
        )
        days.rows(
            "insert into research_videos (video_id, url, state, download_state) values (%s, 'u', %s, %s) returning 1",
            video_id, state, download,
        )  # fmt: skip
    days.rows(
        "insert into research_failures (at, type, query_index, query, video_id, error, details, run_id) values"
        """ ('2026-11-02 10:00+00', 'process_failed', 0, 'ラーメン', '2', 'it is "cut"', '{"kind": "damaged"}', 'r')"""
        " returning 1"
    )
    with Database(days.connect) as store:
        assert documents.write(store, tmp_path) == [
            (tmp_path / "progress.json", 3), (tmp_path / "failures.json", 1), (tmp_path / "library.csv", 0),
        ]  # fmt: skip
    progress = json.loads((tmp_path / "progress.json").read_bytes())["queries"]
    assert [
        (
            one["query"],
            one["status"],
            one["videos_found"],
            one["videos_downloaded"],
            one["videos_uploaded"],
            one["videos_failed"],
        )
        for one in progress
    ] == [
        ("ラーメン", "partial_success", 3, 2, 1, 1),
        ("nothing", "search_failed", 0, 0, 0, 0),
        ("later", "pending", 0, 0, 0, 0),
    ]
    assert [one["outcome"] for one in progress] == ["done in part", "nothing found", "open"]
    assert json.loads((tmp_path / "failures.json").read_bytes()) == [
        {
            "at": "2026-11-02T10:00:00+00:00",
            "type": "process_failed",
            "query_index": 0,
            "query": "ラーメン",
            "video_id": "2",
            "error": 'it is "cut"',
            "details": {"kind": "damaged"},
        }
    ]
    assert {path.name for path in tmp_path.iterdir()} == {"progress.json", "failures.json", "library.csv"}


def test_one_wording(days):
    """The view says each status in the words of the report and the pages."""
    for position, status in enumerate(IN_WORDS):
        days.rows(
            "insert into research_queries (query_id, position, text, source, status) values (%s, %s, 'x', 'list', %s)"
            " returning 1",
            status, position, status,
        )  # fmt: skip
    assert days.rows("select outcome from research_progress order by query_index") == [
        (words,) for words in IN_WORDS.values()
    ]
    (_, line) = report._told_queries([{"position": 3, "text": "x", "status": "no_results", "states": {}}])
    assert line == "     3  'x': nothing found"


def test_what_found_means():
    """The report counts the videos of its own queries; where all queries found more, it says so as the page does."""
    videos = [{"state": "uploaded", "failed_stage": None, "failure_kind": None}] * 2
    told = "Videos: 2 found by these queries, each counted once"
    assert report._told_videos(videos, [], 2) == [f"{told} = 2 uploaded"]
    assert report._told_videos(videos, [], 3) == [f"{told} (by all queries that were ever asked: 3) = 2 uploaded"]
    assert report._told_videos(videos, [], None) == [f"{told} = 2 uploaded"]  # a report of before


def test_the_library_as_a_file(days, tmp_path):
    """Each passage is a line, with the columns that the page exports; a video without one has a line of its own."""
    days.rows(
        "insert into videos (video_id, author, caption, language, schema_version) values"
        " ('1', 'anna', '=ramen', 'en', 1), ('2', 'ben', null, null, 1) returning 1"
    )
    days.rows(
        "insert into video_passages (video_id, source, number, starts_s, ends_s, text, probability) values"
        " ('1', 'caption', 0, null, null, '=ramen', null), ('1', 'speech', 0, 0.5, 2, 'a shop', 0.7),"
        " ('1', 'speech', 1, 2, 3.5, 'at eleven', 0.9) returning 1"
    )
    with Database(days.connect) as store:
        assert documents.write(store, tmp_path)[-1] == (tmp_path / "library.csv", 4)
    lines = list(csv.DictReader(io.StringIO((tmp_path / "library.csv").read_text(encoding="utf-8-sig"))))
    assert list(lines[0]) == [column.name for column in documents.LIBRARY.columns]
    assert [(one["video_id"], one["source"], one["second"], one["is_uncertain"], one["text"]) for one in lines] == [
        ("1", "caption", "", "false", "'=ramen"),
        ("1", "speech", "0.5", "true", "a shop"),
        ("1", "speech", "2.0", "false", "at eleven"),
        ("2", "", "", "false", ""),
    ]
