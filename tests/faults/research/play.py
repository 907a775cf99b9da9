"""A play about videos: its settings and its store, its runs in processes of their own, and all that came of them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from psycopg.sql import SQL, Identifier

from include.lake import Lake
from include.video_research import settings, tasks
from include.video_research.folders import OUTPUT
from include.video_research.run import Run
from tests.faults.catalogue import FAULTS
from tests.faults.stage import Play, Worker

# Nothing is read and nobody listened to: for faults that strike elsewhere.
NO_ENGINES = {"OCR_ENGINE": "none", "TRANSCRIBE_ENGINE": "captions,none"}
# Time until others may go on; in production 60 to 120 s.
TIMES = {
    "include.video_research.stages.CLAIM_SECONDS": 4.0,
    "include.video_research.stages.CLAIM_AGAIN_S": 0.2,
    "include.video_research.leases.LEASE_SECONDS": 4.0,
    "include.video_research.leases.ASK_AGAIN_SECONDS": 0.1,
    "include.calls.ledger.CLAIM_SECONDS": 3.0,
    "include.calls.desk.BUSY_PAUSE_SECONDS": 0.1,
}
# What a run leaves in the tables; which of the runs wrote a row is no part of it, nor is any moment, nor how many tries a busy
# machine took. The sums of objects are left out because one of them holds a moment: that rows have those of their objects is
# an invariant.
TABLES = ("research_queries", "research_hits", "research_set_aside", "research_videos", "research_failures", "videos",
          "video_passages")  # fmt: skip
LEFT_OUT = ["run_id", "failure_id", "sha256", "attempts"]
GONE_WITHIN_S = 5.0  # a process whose parent was killed looks for it twice a second


@dataclass
class Research:
    """One play's settings, store and runs."""

    play: Play
    configured: dict[str, str]
    store: dict[str, Any]
    params: dict[str, Any]
    refetches: int = 0
    opened: list[Run] = field(default_factory=list)

    # -- runs --------------------------------------------------------------------------------------------

    def open(self, **params: Any) -> Run:
        """A run as its first task opens it."""
        run = Run(f"manual__{len(self.opened) + 1}", self.play.day, **{**self.params, **params})
        self.opened.append(run)
        self.play.runs.append(run)
        tasks.open_run(self.play.connect, run, self.settings)
        return run

    @property
    def settings(self) -> settings.ResearchSettings:
        return settings.load(self.configured, None)

    def start(self, step: str, run: Run, *, times: Mapping[str, Any] | None = None, **more: Any) -> Worker:
        """A worker process on one task; it works while this returns."""
        task = {"settings": self.configured, "store": self.store, **more}
        times = {**TIMES, **(times or {})}
        # Whatever it starts inherits this, and is found by it.
        return self.play.start(f"research.{step}", run, times=times, env={"TMPDIR": str(self.mark)}, **task)

    def whole(self, run: Run | None = None, seconds: float = 120.0, **more: Any) -> dict[str, Any]:
        """A run from beginning to end; what it answers."""
        return self.start("whole", run or self.open(), **more).wait(seconds)

    def pick(self, run: Run) -> list[Any]:
        return list(tasks.pick_queries(self.play.connect, run, self.settings))

    def plan(self, run: Run, picked: list[Any]) -> list[Any]:
        return list(tasks.plan_videos(self.play.connect, run, self.settings, picked))

    # -- what there is ---------------------------------------------------------------------------------

    @property
    def mark(self) -> Path:
        place = self.play.folder / "temporary"
        place.mkdir(exist_ok=True)
        return place

    @property
    def work(self) -> Path:
        return Path(self.configured["RESEARCH_WORK"])

    @property
    def lake(self) -> Lake:
        return Lake(self.store["uri"], self.store["options"])

    def folder_of(self, video_id: str) -> Path | None:
        """The working folder of a video, once there is one."""
        return next(iter((self.work / OUTPUT).glob(f"*/{video_id}")), None)

    def parts_of(self, video_id: str) -> set[str]:
        """The parts of its processing that are kept."""
        folder = self.folder_of(video_id)
        with suppress(OSError, ValueError):
            if folder is not None:
                return set(json.loads((folder / "processing.json").read_text())["parts"])
        return set()

    def processes(self, *words: str) -> list[psutil.Process]:
        """Living processes that this play started, however far down, with these words in their command lines."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                line = " ".join(process.cmdline())  # none of a zombie
                if not line or not all(word in line for word in words):
                    continue
                if process.environ().get("TMPDIR") == str(self.mark):
                    found.append(process)
        return found

    def are_gone(self, *words: str) -> bool:
        """Whether they end within the time in which a process notices that its parent was killed."""
        return self.play.wait_until(lambda: not self.processes(*words), GONE_WITHIN_S)

    def searches(self) -> Counter[tuple[str, int]]:
        """How often each page of each search was paid for, by the sandbox's own log."""
        paid = [entry for entry in self.play.sandbox.log("serper_videos") if entry["billed"]]
        return Counter((entry["params"]["q"], int(entry["params"].get("page", 1))) for entry in paid)

    def readings(self) -> int:
        """How often Claude was paid, by the sandbox's own log."""
        return sum(bool(entry["billed"]) for entry in self.play.sandbox.log("claude_messages"))

    def fetches(self) -> Counter[str]:
        """How often the media of each video was fetched from its first byte on, by the sandbox's own log."""
        media = [entry for entry in self.play.sandbox.site_log() if entry["path"].endswith(".mp4")]
        return Counter(Path(entry["path"]).stem for entry in media if entry["status"] == 200)

    def writes(self) -> dict[str, tuple[int, int]]:
        """Which writing of it each object on disk is: another one is another file."""
        root = Path(self.store["uri"].removeprefix("file://"))
        there = {path: path.stat() for path in (root / "videos").rglob("*") if path.is_file()}
        return {str(path.relative_to(root)): (stat.st_ino, stat.st_mtime_ns) for path, stat in there.items()}

    def states(self) -> dict[str, tuple[str, str | None]]:
        """State and kind of failure of each video."""
        rows = self.play.rows("select video_id, state, failure_kind from research_videos")
        return {video_id: (state, kind) for video_id, state, kind in rows}

    def uploaded(self) -> set[str]:
        return {video_id for video_id, (state, _) in self.states().items() if state == "uploaded"}

    def contents(self) -> dict[str, list[str]]:
        """All rows and all bytes, without moments and without names that differ from play to play."""
        found = {table: [self._plain(text) for text in self._rows_of(table)] for table in TABLES}
        found["objects"] = sorted(f"{key} {hashlib.sha256(data).hexdigest()}" for key, data in self.objects())
        return found

    def objects(self) -> Iterator[tuple[str, bytes]]:
        """The bytes of each object, without moments."""
        lake = self.lake
        for entry in lake.entries("videos"):
            yield entry.key, _without_moments(entry.key, lake.read(entry.key))

    def _rows_of(self, table: str) -> list[str]:
        moments = self.play.rows(
            "select column_name from information_schema.columns"
            " where table_name = %s and data_type = 'timestamp with time zone' and column_name <> 'posted_at'",
            table,
        )
        query = SQL("select (to_jsonb(t) - %s::text[])::text from {} as t order by 1").format(Identifier(table))
        with self.play.connect() as connection:
            rows = connection.execute(query, [LEFT_OUT + [name for (name,) in moments]]).fetchall()
        return sorted(text for (text,) in rows)

    def _plain(self, text: str) -> str:
        return text.replace(self.store["uri"], "STORE").replace(str(self.work), "WORK")


def _without_moments(key: str, data: bytes) -> bytes:
    """Only when a page was fetched differs between two plays, and with it the sum of the file that says so."""
    name = key.rpartition("/")[2]
    if name not in {"metadata.json", "manifest.json"}:
        return data
    told = json.loads(data)
    told.pop("fetched_at", None)
    if name == "manifest.json":
        told["files"]["metadata.json"].pop("sha256")
    return json.dumps(told, sort_keys=True).encode()


def research(play: Play, *, store: Mapping[str, Any] | None = None, **configured: str) -> Research:
    """A play's part about videos, without engines unless `configured` says otherwise; `params` of its runs are set on it."""
    url, key = play.sandbox.url, play.sandbox.key
    play.sandbox.serper(credits=2500, is_free=0)
    given = {
        "SERPER_API_KEY": key,
        "SERPER_BASE_URL": f"{url}/serper",
        "RESEARCH_SITE_URL": f"{url}/tiktok",
        "RESEARCH_WORK": str(play.folder / "work"),
        "RESEARCH_LIST": str(play.folder / "questions.csv"),
        **NO_ENGINES,
        **configured,
    }
    place = store or {"uri": f"file://{play.folder}/media", "options": {}}
    play.research = Research(play, given, dict(place), {})
    return play.research


def ask(research: Research, *questions: str, **params: Any) -> None:
    """The questions of this play's runs; `params` as on the form."""
    Path(research.configured["RESEARCH_LIST"]).write_text("query\n" + "".join(f"{text}\n" for text in questions))
    research.params = {"count": max(len(questions), 1), **params}


def calm(
    play: Play, *questions: str, configured: Mapping[str, str] | None = None, **params: Any
) -> dict[str, list[str]]:
    """What a run without any fault leaves; the same run is played once for a stage."""
    kept: dict[str, dict[str, list[str]]] = play.stage.calm
    name = json.dumps([questions, dict(configured or {}), params], sort_keys=True)
    if name not in kept:
        with play.stage.play(FAULTS["V01"], 0) as other:
            peaceful = research(other, **(configured or {}))
            ask(peaceful, *questions, **params)
            answer = peaceful.whole(seconds=1800)
            if answer.get("result") != []:
                raise RuntimeError(f"the calm run is not calm: {answer}")
            kept[name] = peaceful.contents()
        play.sandbox.clear_log()
    return kept[name]


def compare(play: Play, expected: Mapping[str, list[str]], *, but: tuple[str, ...] = ()) -> None:
    """Rows and bytes are those of the calm run; `but`: objects of these names, and tables, that differ for a good reason."""
    for name, rows in play.research.contents().items():
        if name in but:
            continue
        found, calm_ones = (
            [text for text in texts if not any(f"/{each} " in text for each in but)] for texts in (rows, expected[name])
        )
        differing = sorted(set(found) ^ set(calm_ones))
        play.check(f"{name}: {len(differing)} differ from a calm run: {differing[:2]}", found == calm_ones)
