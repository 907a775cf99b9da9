"""What a run did, read back from the tables: how far videos came and why not, what it cost, and three searches over it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from include import database
from include.video_research import library
from include.video_research.records import OURS
from include.video_research.run import Run
from include.video_research.statuses import IN_WORDS, VideoEnd, existing

RULE = "=" * 78
MOST_LISTED = 20
EXAMPLES = 3
LONGEST_QUOTE = 70
# CPU seconds that a second of video takes, and a video at least, as measured on the machine that docs/performance.md names.
WORK_PER_SECOND, LEAST_S = 0.8, 8.0
STAGES = ("found", "downloaded", "processed", "uploaded")


def read_counts(
    connection: psycopg.Connection[Any], run: Run, query_ids: Sequence[str], rest: Sequence[str] = ()
) -> dict[str, Any]:
    """Everything that the report says, as plain values. `rest`: videos that a dry run would have worked on."""
    about = {"query_ids": list(query_ids)}
    ends = database.rows(connection, "video_research/read_ends", about)
    return {
        "queries": _queries(ends),
        "videos": _videos(ends),
        "aside": database.rows(connection, "video_research/count_set_aside", about),
        "spend": database.rows(connection, "video_research/read_spend", {"run_id": run.run_id, "day": run.day}),
        "searches_failed": len(
            database.rows(connection, "video_research/read_failed_searches", {"run_id": run.run_id})
        ),
        "library": database.one(connection, "video_research/count_library"),
        "examples": [] if run.dry_run else _examples(connection, query_ids),
        "estimate": _estimate(database.one(connection, "video_research/estimate_rest", {"video_ids": list(rest)}))
        if run.dry_run
        else None,
        "found_ever": database.one(connection, "video_research/count_found")["videos"],
        "waiting": database.one(connection, "video_research/count_waiting", about)["waiting"],
    }


def problems(run: Run, counts: Mapping[str, Any], floor: float, failed_tasks: Sequence[str]) -> list[str]:
    """Why the run is red; nothing where it is green. Single bad videos are listed, and make no run red."""
    found = [f"Red: {', '.join(failed_tasks)}. Clear them with everything downstream."] if failed_tasks else []
    queries, videos = counts["queries"], counts["videos"]
    if queries and not videos and counts["searches_failed"] == 0 and all(row["was_searched"] for row in queries):
        found.append("Every search came back empty: look at the queries, or try the other source.")
    if run.dry_run:
        return found
    ours = [row for row in videos if row["state"] == "failed" and row["failure_kind"] in OURS]
    if ours:
        found.append(f"{len(ours)} videos ended for a reason that is ours: {ours[0]['reason']}")
    exist = existing([VideoEnd.from_row(row) for row in videos])
    through = [video for video in exist if video.state == "uploaded"]
    if exist and len(through) < floor * len(exist):
        found.append(
            f"{len(through)} of {len(exist)} videos that exist came through, fewer than the share of {floor:g} that "
            "RESEARCH_FLOOR asks for. The reasons are below."
        )
    return found


def write(run: Run, counts: Mapping[str, Any], store_uri: str | None, problems: Sequence[str]) -> str:
    """For a person: in the log, on the page of the run, and at the end of `make run`."""
    lines = [
        RULE,
        f"Research on {run.day}{' (dry run: searched only)' if run.dry_run else ''}",
        *(f"✗ {problem}" for problem in problems),
        *_told_queries(counts["queries"]),
        *_told_waiting(counts["waiting"]),
        *_told_videos(counts["videos"], counts["aside"], counts.get("found_ever")),
        *_told_spend(counts["spend"]),
        *(_told_estimate(counts["estimate"]) if counts["estimate"] else []),
        *_told_library(counts["library"], store_uri),
        *_told_examples(counts["examples"]),
        RULE,
    ]
    return "\n".join(lines)


def _estimate(row: database.Row) -> dict[str, Any]:
    """Minutes on as many cores as there are here."""
    seconds = max(row["videos"] * LEAST_S, row["seconds"] * WORK_PER_SECOND) / (os.cpu_count() or 1)
    return {"videos": row["videos"], "minutes": seconds / 60, "gb": row["bytes"] / 1e9}


def _queries(ends: Sequence[database.Row]) -> list[dict[str, Any]]:
    """One entry for each query, with its videos by state."""
    found: dict[str, dict[str, Any]] = {}
    for row in ends:
        entry = found.setdefault(
            row["query_id"],
            {name: row[name] for name in ("query_id", "position", "text", "status", "was_searched")} | {"states": {}},
        )
        if row["video_id"] is not None:
            entry["states"][row["state"]] = entry["states"].get(row["state"], 0) + 1
    return list(found.values())


def _videos(ends: Sequence[database.Row]) -> list[dict[str, Any]]:
    """Each video once, however many queries found it."""
    found = {row["video_id"]: row for row in ends if row["video_id"] is not None}
    wanted = ("video_id", "url", "state", "failed_stage", "failure_kind", "reason")
    return [{name: row[name] for name in wanted} for row in found.values()]


def _examples(connection: psycopg.Connection[Any], query_ids: Sequence[str]) -> list[dict[str, Any]]:
    """What three searches over what was just said and shown find: words of the newest videos' own passages."""
    asked = database.rows(
        connection, "video_research/pick_example_words", {"query_ids": list(query_ids), "most": EXAMPLES}
    )
    examples = []
    for row in asked:
        answers = library.find(connection, row["words"], limit=1)
        examples.append({"words": row["words"], "answers": [library.as_json(answer) for answer in answers]})
    return examples


def _told_queries(queries: Sequence[Mapping[str, Any]]) -> list[str]:
    if not queries:
        return ["No query was picked: fill RESEARCH_LIST, add one on the page Research, or give the param query."]
    lines = [f"{_count(len(queries), 'query', 'queries')}:"]
    for row in queries[:MOST_LISTED]:
        states = ", ".join(f"{number} {state}" for state, number in sorted(row["states"].items()))
        lines.append(
            f"   {row['position']:>3}  {row['text'][:50]!r}: {IN_WORDS.get(row['status'], row['status'])}"
            + (f" ({states})" if states else "")
        )
    return [*lines, *_more(queries)]


def _told_waiting(waiting: int) -> list[str]:
    """What did not fit the run is said."""
    if not waiting:
        return []
    return [f"{_count(waiting, 'more query waits', 'more queries wait')} for another run: raise count, or run again."]


def _told_videos(
    videos: Sequence[Mapping[str, Any]], aside: Sequence[Mapping[str, Any]], ever: int | None
) -> list[str]:
    """Those of the run's queries; the page Research counts those of all."""
    beside = f" (by all queries that were ever asked: {ever:,})" if ever not in (None, len(videos)) else ""
    if not videos:
        return [f"Videos: nothing found by these queries{beside}"]
    states = Counter(row["state"] for row in videos)
    lines = [
        f"Videos: {len(videos)} found by these queries, each counted once{beside} = "
        + " + ".join(f"{number} {state}" for state, number in states.most_common())
    ]
    for stage, kind in sorted({(row["failed_stage"], row["failure_kind"]) for row in videos if row["failure_kind"]}):
        those = [row for row in videos if (row["failed_stage"], row["failure_kind"]) == (stage, kind)]
        lines.append(
            f"   {len(those)} {kind.replace('_', ' ')} ({stage}): {those[0]['url']}: {(those[0]['reason'] or '')[:120]}"
        )
    lines += [f"   {_count(row['links'], 'link')} set aside: {row['reason']}" for row in aside]
    return lines


def _told_spend(spend: Sequence[Mapping[str, Any]]) -> list[str]:
    if not spend:
        return ["Spend: nothing was paid for"]
    return [
        f"Spend: {row['vendor']} {_count(row['billed'], 'billed call')} of {row['calls']}, {row['usd']:.4f} USD"
        + (
            f", {row['tokens_in']:,} tokens in and {row['tokens_out']:,} out"
            if row["tokens_in"] is not None and row["tokens_out"] is not None
            else ""
        )
        for row in spend
    ]


def _told_estimate(estimate: Mapping[str, Any]) -> list[str]:
    return [
        f"The rest would take: {_count(estimate['videos'], 'video')}, about {_minutes(estimate['minutes'])} and "
        f"{estimate['gb']:.2f} GB; no more credits today, as the searches are paid for.",
    ]


def _told_library(counts: Mapping[str, Any], store_uri: str | None) -> list[str]:
    place = f", their files in {store_uri}/videos" if store_uri else ""
    return [
        f"Library: {_count(counts['videos'], 'video')}, {counts['passages']:,} things said, shown or written{place}"
    ]


def _told_examples(examples: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = []
    for example in examples:
        if not example["answers"]:
            lines.append(f"   {example['words']!r}: nothing")
            continue
        answer = example["answers"][0]
        second = answer.get("about") or answer["second"]  # a report of before has no "about"
        near = "about " if answer.get("is_estimated") else ""
        at = "" if second is None else f" at {near}{second:.1f} s"
        lines.append(
            f"   {example['words']!r}: {answer['source']}{at} of {answer['video_id']}: {answer['text'][:LONGEST_QUOTE]!r}"
            + (" (uncertain)" if answer.get("is_uncertain") else "")
        )
    return ["Three searches over it:", *lines] if lines else []


def _more(items: Sequence[Any]) -> list[str]:
    return [f"   … and {len(items) - MOST_LISTED:,} more"] if len(items) > MOST_LISTED else []


def _minutes(minutes: float) -> str:
    return "a minute" if minutes < 1.5 else f"{minutes:.0f} minutes"


def _count(number: int, word: str, plural: str | None = None) -> str:
    return f"{number:,} {word if number == 1 else plural or word + 's'}"
