"""What the DAG's tasks do, as plain functions: each opens what it needs, does its step, and says what it did."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any, TypedDict

import psycopg
from psycopg.types.json import Jsonb

from include import database
from include.database import Connector, Database
from include.failures import NeedsPerson
from include.lake import Lake
from include.runs import close_run
from include.tikhub.errors import TikHubError
from include.video_research import folders, queries, report, statuses
from include.video_research import reconcile as reconciling
from include.video_research import run as runs
from include.video_research import search as searching
from include.video_research.claude_calls import answering
from include.video_research.downloads.breaker import Breaker
from include.video_research.processing.options import Options
from include.video_research.processing.process import engines_wanted
from include.video_research.records import OURS, SCHEMA_VERSION, Query
from include.video_research.run import MOST_INSTANCES, Run
from include.video_research.settings import ResearchSettings
from include.video_research.stages import Bench, as_lists, bounds_of, work_on
from include.video_research.statuses import SearchEnd, VideoEnd
from include.video_research.worker import of_this_process

log = logging.getLogger(__name__)


class Batch(TypedDict):
    """Goes between tasks as JSON: ids of videos, under a name that a person can read; the `first` of so many (`of`) in all."""

    name: str
    items: list[str]
    first: int
    of: int


class Picked(TypedDict):
    """A query as it goes between tasks: `name` is what the page shows of it."""

    name: str
    query_id: str


class VideosFailed(NeedsPerson, RuntimeError):
    """Videos of a batch ended for a reason that is ours; each is stored with its own."""


def open_run(connector: Connector, run: Run, configured: ResearchSettings) -> None:
    """Check what is needed and enter the run."""
    with Database(connector) as store:
        store.repeatedly(lambda connection: runs.open_run(connection, run, configured.most_calls))


def pick_queries(connector: Connector, run: Run, configured: ResearchSettings) -> list[Picked]:
    """The queries of this run, as the search takes them; new lines of the list are entered first."""
    with Database(connector) as store:
        store.run(partial(_enter_queries, run=run, configured=configured))
        good = _good_enough(run, configured)
        picked = store.run(
            lambda connection: queries.pick(connection, run.start, run.count, run.query, run.resume, **good)
        )
    log.info("%s queries picked", len(picked))
    return [{"name": query.text[:100], "query_id": query.query_id} for query in picked]


def _good_enough(run: Run, configured: ResearchSettings) -> dict[str, Any]:
    """What results of before have to be, that nothing is done again for them."""
    options = Options.from_settings(configured, whisper_model=run.whisper_model)
    return {"wanted": as_lists(engines_wanted(options)), "schema_version": SCHEMA_VERSION}


def _enter_queries(connection: psycopg.Connection[Any], run: Run, configured: ResearchSettings) -> None:
    """Those that the run itself names, else those of the list; lines of it that are none are told."""
    if run.query is not None:
        known = queries.pick(connection, query=run.query)
        if not known:
            queries.save_queries(connection, [queries.made(run.query)], "param")
        return
    if run.made_up:
        queries.save_queries(connection, [queries.made(text, is_made_up=True) for text in run.made_up], "made_up")
        return
    listing = queries.read_list(configured.research_list)
    if listing is None:
        return
    for line in listing.refused:
        log.warning("Line %s of the list is left out: %s (%r)", line.line, line.reason, line.text)
    queries.save_queries(connection, listing.queries, "list")


def search(connector: Connector, run: Run, configured: ResearchSettings, query: Picked, map_index: int) -> int:
    """Search for one query; how many videos it has now. A failure is stored with the query, then raised."""
    with Database(connector) as store:
        known = store.rows("video_research/count_finished_hits", {"query_id": query["query_id"]})
        if known and run.query is None and run.resume == "on":
            log.info("%s: searched before, and only some of its videos are made anew.", query["name"])
            return int(known[0]["hits"])
        row = store.one("video_research/read_queries", {"query_ids": [query["query_id"]]})
        try:
            found = searching.search(connector, run, _query_of(row), configured, map_index)
        except Exception as error:
            kind = "failed" if isinstance(error, TikHubError | NeedsPerson) else "unforeseen"
            parameters = {"query_id": query["query_id"], "run_id": run.run_id, "error": str(error)[:500], "kind": kind}
            store.run(partial(database.rows, name="video_research/fail_search", parameters=parameters))
            raise
    log.info("%s: %s videos, %s links set aside", query["name"], len(found.hits), len(found.aside))
    return len(found.hits)


def plan_videos(connector: Connector, run: Run, configured: ResearchSettings, picked: Sequence[Picked]) -> list[Batch]:
    """The videos to work on: each an instance of its own, or, of more than Airflow maps, in batches of equal size."""
    if run.dry_run:
        return []
    with Database(connector) as store:
        found = store.run(partial(_list_work, run=run, configured=configured, query_ids=_ids(picked)))
    log.info("%s videos to work on", len(found))
    size = -(-len(found) // MOST_INSTANCES) or 1
    pieces = [(first, found[first : first + size]) for first in range(0, len(found), size)]
    return [
        {
            "name": piece[0] if len(piece) == 1 else f"{piece[0]} … ({len(piece)})",
            "items": piece,
            "first": first + 1,
            "of": len(found),
        }
        for first, piece in pieces
    ]


def _list_work(
    connection: psycopg.Connection[Any], run: Run, configured: ResearchSettings, query_ids: Sequence[str]
) -> list[str]:
    good = _good_enough(run, configured)
    parameters = {
        "query_ids": list(query_ids),
        "resume": run.resume,
        **good,
        "wanted": Jsonb(good["wanted"]),
        "bounds": Jsonb(bounds_of(run, configured)),
    }
    return [row["video_id"] for row in database.rows(connection, "video_research/list_work", parameters)]


def work(
    connector: Connector, lake: Lake, run: Run, configured: ResearchSettings, batch: Batch, holder: str
) -> dict[str, int]:
    """Work on the videos of a batch, one after the other. Raises VideosFailed at the end when the trouble is ours."""
    options = Options.from_settings(configured, max_frames=run.max_frames, whisper_model=run.whisper_model)
    failures = []
    worker = of_this_process()
    with Database(connector) as store:
        breaker = Breaker(connector, run.run_id)
        answers = answering(connector, run, configured)
        wanted = engines_wanted(options)
        bench = Bench(connector, lake, run, configured, options, wanted, worker, breaker, holder, answers)
        for place, video_id in enumerate(batch["items"], start=batch["first"]):
            # `make run` tells it: a video takes half a minute, and many take long.
            log.info("Video %s of %s is worked on: %s; %s to go", place, batch["of"], video_id, batch["of"] - place)
            failure = work_on(bench, store, video_id)
            if failure is not None:
                failures.append(failure)
    ours = [failure for failure in failures if failure.kind in OURS]
    if ours:
        raise VideosFailed(f"{len(ours)} of {len(batch['items'])} videos: {ours[0].error} {ours[0].what_to_do}")
    return {"videos": len(batch["items"]), "failed": len(failures)}


def reconcile(
    connector: Connector, lake: Lake, run: Run, configured: ResearchSettings, picked: Sequence[Picked]
) -> None:
    """Mend objects without a row and rows without objects, of this run's videos, and tidy up after tasks that were killed."""
    if run.dry_run:
        return
    about = {"query_ids": _ids(picked)}
    with Database(connector) as store:
        left = store.run(
            partial(database.rows, name="video_research/release_left", parameters={**about, "run_id": run.run_id})
        )
        reconciling.reconcile(store, lake, _ids(picked), configured.work_folder)
        ends = store.rows("video_research/library/read_states", about) if left and not run.keep else []
    done = {row["video_id"] for row in ends if row["state"] == "uploaded"}
    for row in left:
        if row["video_id"] in done:
            folders.remove_ours(configured.work_folder, row["folder"], row["video_id"])


def close_queries(connector: Connector, run: Run, picked: Sequence[Picked]) -> dict[str, int]:
    """Roll each query's status up from its videos; how many there are of each."""
    with Database(connector) as store:
        return store.run(partial(_close_queries, run=run, query_ids=_ids(picked)))


def _close_queries(connection: psycopg.Connection[Any], run: Run, query_ids: Sequence[str]) -> dict[str, int]:
    failed = {
        row["query_id"]: row
        for row in database.rows(connection, "video_research/read_failed_searches", {"run_id": run.run_id})
    }
    counted: dict[str, int] = {}
    for query_id, rows in _by_query(connection, query_ids).items():
        error = failed.get(query_id)
        search = SearchEnd(
            rows[0]["was_searched"],
            error["error"] if error else None,
            is_unforeseen=bool(error and error["kind"] == "unforeseen"),
        )
        videos = [VideoEnd.from_row(row) for row in rows if row["video_id"] is not None]
        status, reason = statuses.roll_up(search, videos)
        counted[status] = counted.get(status, 0) + 1
        parameters = {"query_id": query_id, "status": status, "reason": reason, "run_id": run.run_id}
        database.rows(connection, "video_research/close_query", parameters)
    return counted


def _by_query(connection: psycopg.Connection[Any], query_ids: Sequence[str]) -> dict[str, list[database.Row]]:
    grouped: dict[str, list[database.Row]] = {}
    for row in database.rows(connection, "video_research/read_ends", {"query_ids": list(query_ids)}):
        grouped.setdefault(row["query_id"], []).append(row)
    return grouped


def write_report(
    connector: Connector,
    lake: Lake | None,
    run: Run,
    configured: ResearchSettings,
    picked: Sequence[Picked],
    failed_tasks: Sequence[str] = (),
) -> tuple[str, list[str]]:
    """The report, read back from the tables and stored in `runs`; and why the run is red, if it is."""
    with Database(connector) as store:
        rest = store.run(partial(_list_work, run=run, configured=configured, query_ids=_ids(picked)))
        counts = store.run(
            partial(report.read_counts, run=run, query_ids=_ids(picked), rest=rest if run.dry_run else ())
        )
        problems = report.problems(run, counts, configured.floor, failed_tasks)
        text = report.write(run, counts, lake.uri if lake else None, problems)
        failed = list(failed_tasks) or (["report"] if problems else [])
        store.repeatedly(lambda connection: close_run(connection, run, counts, text, failed))
    return text, problems


def _ids(picked: Sequence[Picked]) -> list[str]:
    return [query["query_id"] for query in picked]


def _query_of(row: database.Row) -> Query:
    return Query(**{**row, "addresses": tuple(row["addresses"])})
