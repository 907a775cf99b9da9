"""account_analytics from landing to curated: a million rows against the plain pandas way, and what one more download costs.

* `accounts_rows`, `accounts_memory`: the same ZIPs of Content reports through the steps of the pipeline and through
  `accounts_plain.py`, turn by turn, each in a process of its own. Without the database, and without the XLSX report, in both.
* `accounts_new`, `accounts_growth`: the whole run of the pipeline, database and report included, when every account has one new
  download, after one year of history and after three.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.figures import Figure, skipped
from benchmarks.stage import ROOT, Stage, environment
from include.account_analytics import tasks
from include.account_analytics.landing import Source
from include.account_analytics.run import Run
from include.lake import Lake
from include.sandbox.exports import containers, scale, studio

ROWS_NAME, NEW_NAME = "accounts_rows", "accounts_new"
ROWS, NEW_ROWS = (ROWS_NAME, "accounts_memory"), (NEW_NAME, "accounts_growth")
LEAST_FACTOR, MOST_MEMORY = 2.5, 0.5
MOST_SECONDS, MOST_GROWTH = 60.0, 1.3
ACCOUNTS, VISITS = 20, 5
PROCESSES = 2
TODAY = date(2026, 9, 1)
# Another Python to run the plain way in, for a checkout whose own has no pandas.
PANDAS = "BENCHMARK_PANDAS_PYTHON"
_WORDS = ("soup", "jazz", "morning", "leather", "garden", "night")


def measure_rows(stage: Stage, _: str) -> list[Figure]:
    """The better of two turns, each way in its own process on the same files."""
    rows = stage.of_size(100_000, 1_000_000, 1_000_000)
    what, target = f"{rows:,} rows from landing to curated", f"≥ {LEAST_FACTOR}× faster, ≤ {MOST_MEMORY}× the memory"
    python = os.environ.get(PANDAS) or (sys.executable if find_spec("pandas") else None)
    if python is None:
        return [skipped(ROWS_NAME, what, target, f"pandas is not installed; {PANDAS} may name a Python that has it")]
    ours, plain = [], []
    with _folder() as folder:
        write_landing(folder / "landing", rows)
        for turn in range(stage.of_size(1, 2, 3)):
            module = [sys.executable, "-m", "benchmarks.accounts_ours"]
            ours.append(_told([*module, str(folder / "landing"), str(folder / f"lake{turn}")]))
            script = [python, str(ROOT / "benchmarks" / "accounts_plain.py")]
            plain.append(_told([*script, str(folder / "landing"), str(folder / f"plain{turn}")]))
            shutil.rmtree(folder / f"lake{turn}")
            shutil.rmtree(folder / f"plain{turn}")
    if {each["rows"] for each in ours} != {each["rows"] for each in plain}:
        raise RuntimeError(f"not the same rows came out: {ours[0]['rows']} and {plain[0]['rows']}")
    (seconds, memory), (their_seconds, their_memory) = (_best(each) for each in (ours, plain))
    steps = ", ".join(f"{name} {value:.1f}" for name, value in ours[0]["steps"].items())
    cpu = f"{min(each['cpu'] for each in ours):.1f}", f"{min(each['cpu'] for each in plain):.1f}"
    return [
        Figure(
            ROWS_NAME,
            what,
            seconds,
            "s",
            f"≥ {LEAST_FACTOR}× faster than pandas",
            their_seconds >= seconds * LEAST_FACTOR,
            their_seconds,
            their_seconds / seconds,
            note=f"two processes, as mapped tasks on two processors; CPU seconds {cpu[0]} ({steps}), of pandas {cpu[1]}",
        ),
        Figure(
            ROWS[1],
            "… memory at its largest",
            memory,
            "MB",
            f"≤ {MOST_MEMORY}× that of pandas",
            memory <= their_memory * MOST_MEMORY,
            their_memory,
            memory / their_memory,
        ),
    ]


def _best(turns: list[dict[str, Any]]) -> tuple[float, float]:
    return min(each["seconds"] for each in turns), max(each["kilobytes"] for each in turns) / 1000


def _told(command: list[str]) -> dict[str, Any]:
    env = environment(POLARS_MAX_THREADS="2")
    finished = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise RuntimeError(finished.stderr[-2000:])
    return json.loads(finished.stdout.strip().splitlines()[-1])


def write_landing(folder: Path, rows: int) -> None:
    """ZIPs of Content reports: so many accounts, downloaded on five days in a row, with the same videos each time."""
    folder.mkdir()
    each = rows // (ACCOUNTS * VISITS)
    header = ",".join(f'"{name}"' for name in studio.CONTENT_HEADER)
    for account in range(ACCOUNTS):
        for visit in range(VISITS):
            at = datetime.combine(TODAY - timedelta(days=VISITS - visit), datetime.min.time(), UTC) + timedelta(
                hours=12
            )
            lines = [_line(account, number, visit, at) for number in range(each)]
            data = (containers.BOM + "\n".join([header, *lines])).encode()
            path = folder / f"Content_made{account}_{visit}.zip"
            path.write_bytes(containers.bundle([("Content.csv", data)], at))


def _line(account: int, number: int, visit: int, at: datetime) -> str:
    uploaded = datetime(2026, 8, 20, 12, tzinfo=UTC) - timedelta(minutes=number * 20)
    video_id = int(uploaded.timestamp()) << 32 | (account * 7919 + number)
    views = 1_000 + number * 37 % 90_000 + visit * (number % 500)
    tags = f"#{_WORDS[number % 6]} #{_WORDS[number % 5]}" if number % 2 else "with @somebody"
    return (
        f'"{at:%B} {at.day}","take {number}, of {account} {tags}","https://www.tiktok.com/@made{account}/video/{video_id}",'
        f'"{uploaded:%B} {uploaded.day}","{views // 9}","{views // 150}","{views // 210}","{views}"'
    )


def measure_new(stage: Stage, _: str) -> list[Figure]:
    """A run in which every account has one new download, after a short history and after a long one."""
    accounts = stage.of_size(6, 60, 300)
    cpu_short, (seconds, cpu_long) = _with_history(stage, accounts, 1)[1], _with_history(stage, accounts, 3)
    scaled, how = seconds * 300 / accounts, "" if accounts == 300 else " and scaled"
    return [
        Figure(
            NEW_NAME,
            "300 accounts × 3 years, one new download each",
            scaled,
            "s",
            f"≤ {MOST_SECONDS:g} s",
            scaled <= MOST_SECONDS,
            note=f"measured with {accounts} accounts{how}; mapped tasks by {PROCESSES} processes",
        ),
        Figure(
            NEW_ROWS[1],
            "… CPU after 3 years of history against 1",
            cpu_long,
            "s",
            f"≤ {MOST_GROWTH}×",
            cpu_long <= cpu_short * MOST_GROWTH,
            cpu_short,
            cpu_long / cpu_short,
        ),
    ]


def _with_history(stage: Stage, accounts: int, years: int) -> tuple[float, float]:
    """Seconds by the clock, and of CPU, that a run with one new download of each account takes."""
    with _folder() as folder, stage.database() as url:
        drop, lake = folder / "drop", f"file://{folder / 'lake'}"
        drop.mkdir()
        source = Source(drop, False, settle_seconds=0)
        scale.write_history(drop, accounts=accounts, years=years, today=TODAY)
        _run(url, lake, source, "history")
        scale.write_newest(drop, accounts=accounts, years=years, today=TODAY)
        began, worked = time.perf_counter(), _cpu()
        _run(url, lake, source, "new")
        seconds, worked = time.perf_counter() - began, _cpu() - worked
        with psycopg.connect(url) as connection:
            query = "select count(distinct account) from social_media_stats where date > %s"
            ((reached,),) = connection.execute(query, [TODAY - timedelta(days=7)]).fetchall()
        if reached != accounts:
            raise RuntimeError(f"{reached} of {accounts} accounts have their new days")
    return seconds, worked


def _cpu() -> float:
    """Of this process and of those that it started and that have ended."""
    return sum(os.times()[:4])


def _run(url: str, lake: str, source: Source, name: str) -> None:
    """The DAG's tasks; mapped ones by as many processes as there are processors, as Airflow runs them."""
    run, connect = Run(name, TODAY), partial(psycopg.connect, url)
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        tasks.open_run(connect, run)
        list(pool.map(partial(_to_raw, url, lake, run), tasks.land(connect, Lake(lake), run, source)))
        batches = tasks.plan_accounts(connect, Lake(lake), run, source)
        list(pool.map(partial(_to_staging, url, lake, run), batches))
        list(pool.map(partial(_check_quality, url, lake, run), batches))
        tasks.to_curated(connect, Lake(lake), run)


def _to_raw(url: str, lake: str, run: Run, batch: Any) -> None:
    tasks.to_raw(partial(psycopg.connect, url), Lake(lake), run, batch)


def _to_staging(url: str, lake: str, run: Run, batch: Any) -> None:
    tasks.to_staging(partial(psycopg.connect, url), Lake(lake), run, batch)


def _check_quality(url: str, lake: str, run: Run, batch: Any) -> None:
    tasks.check_quality(partial(psycopg.connect, url), Lake(lake), run, batch)


@contextmanager
def _folder() -> Iterator[Path]:
    parent = ROOT / ".local"
    parent.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="benchmark-accounts-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
