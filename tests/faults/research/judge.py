"""Asks what must hold after a fault of `video_research`: of the tables in SQL, of the objects, of processes, of what was paid."""

from __future__ import annotations

import hashlib
from pathlib import Path

import psycopg

from include.lake_errors import LakeError
from include.video_research.records import MANIFEST
from include.video_research.videos import Manifest, Unreadable
from tests.faults.judge import Judgement
from tests.faults.research.play import Research
from tests.faults.stage import Play

INVARIANTS = Path(__file__).parent / "invariants"


def judge(play: Play) -> Judgement:
    """Everything that must hold once the runs are over. Runs once more, to see that nothing is left to do."""
    research: Research = play.research
    problems = [f"{name}: {len(rows)} ({', '.join(rows[:3])})" for name, rows in _ask(play).items() if rows]
    problems += _objects(research) + _left_over(research)
    repeated, doubled, unknown = _paid(research)
    problems += unknown
    if play.judges_fixpoint:
        problems += _fixpoint(research)
    problems += [text for text, holds in play.checks if not holds]
    lost = set(play.expected) - research.uploaded()
    return Judgement(len(lost), doubled, repeated, play.bound, problems)


def _ask(play: Play) -> dict[str, list[str]]:
    with psycopg.connect(play.url, autocommit=True) as connection:
        return {
            path.stem: [row[0] for row in connection.execute(path.read_bytes()).fetchall()]
            for path in sorted(INVARIANTS.glob("v*.sql"))
        }


def _objects(research: Research) -> list[str]:
    """Every row has its objects with their sums, every object its row."""
    rows = dict(research.play.rows("select video_id, sha256 from videos where gcs_prefix is not null"))
    there: dict[str, dict[str, bytes]] = {}
    lake = research.lake
    try:
        for entry in lake.entries("videos"):
            _, video_id, name = entry.key.split("/", 2)
            there.setdefault(video_id, {})[name] = lake.read(entry.key)
    except LakeError as error:
        return [f"the store does not answer: {error}"]
    problems = [
        f"objects of {video_id}, which has no row: {sorted(there[video_id])}" for video_id in there.keys() - rows.keys()
    ]
    for video_id, sums in rows.items():
        files = dict(there.get(video_id, {}))
        packed = files.pop(MANIFEST, b"")
        found = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        if found != sums:
            wrong = sorted(name for name in found.keys() | sums.keys() if found.get(name) != sums.get(name))
            problems.append(f"objects of {video_id} are not those of its row: {wrong}")
        try:
            told = {name: sha for name, (_, sha) in Manifest.read(packed).files.items()}
        except Unreadable as error:
            told, problems = {}, [*problems, f"{video_id}: {error}"]
        if told and told != sums:
            problems.append(f"the manifest of {video_id} is not that of its row")
    return problems


def _left_over(research: Research) -> list[str]:
    """No process, and no working folder of a video that is done."""
    problems = []
    if not research.are_gone():
        problems.append(f"left: {[' '.join(process.cmdline())[:120] for process in research.processes()]}")
    folders = [video_id for video_id in research.uploaded() if research.folder_of(video_id)]
    if folders and not any(run.keep for run in research.opened):
        problems.append(f"working folders of videos that are done: {folders[:3]}")
    return problems


def _paid(research: Research) -> tuple[int, int, list[str]]:
    """Paid again, by the sandbox's log; lines of the ledger beyond one for a request; and what one of the two does not know."""
    play = research.play
    searches = research.searches()
    repeated = sum(times - 1 for times in searches.values())
    billed, doubled = play.rows(
        "select count(*) filter (where is_billed),"
        " count(*) filter (where holds_identity) - count(distinct (day, endpoint, subject)) filter (where holds_identity)"
        " from api_calls"
    )[0]
    repeated += (
        research.readings()
        - play.rows("select count(*) from api_calls where endpoint = 'claude/messages' and outcome = 'answered'")[0][0]
    )
    asked = searches.total() + research.readings()
    problems = []
    if not asked - play.bound <= billed <= asked:
        problems.append(f"{asked} were paid for by the sandbox's log, and {billed} by the ledger")
    credits = play.rows("select coalesce(sum(credits), 0) from research_queries")[0][0]
    in_ledger = play.rows(
        "select count(*) from api_calls where endpoint = 'serper/videos' and is_billed and outcome = 'answered'"
    )[0][0]
    if credits != in_ledger:
        problems.append(f"the questions cost {credits} credits, and the ledger knows {in_ledger}")
    again = {video_id: times for video_id, times in research.fetches().items() if times > 1}
    if sum(times - 1 for times in again.values()) > research.refetches:
        problems.append(f"fetched again from the beginning: {again}, at most {research.refetches} were under way")
    return repeated, doubled, problems


def _fixpoint(research: Research) -> list[str]:
    """Another run asks nobody, fetches nothing, writes nothing, and changes no row."""
    play = research.play
    before, writes = research.contents(), research.writes() if research.store["uri"].startswith("file:") else {}
    play.sandbox.clear_faults()
    play.sandbox.clear_log()
    answer = research.whole()
    problems = [] if answer.get("result") == [] else [f"run again, it is red: {answer}"]
    calls = len(play.sandbox.log()) + len(play.sandbox.site_log())
    if calls:
        problems.append(f"run again, it asked {calls} times")
    for name, rows in research.contents().items():
        if rows != before[name]:
            problems.append(f"run again, {name} differ: {sorted(set(rows) ^ set(before[name]))[:2]}")
    if writes and research.writes() != writes:
        problems.append("run again, it wrote objects")
    return problems
