"""The work of `accounts_rows` in a process of its own: the steps of account_analytics from landing to the curated files.

`python -m benchmarks.accounts_ours LANDING LAKE`. Each file is looked at as `land` does and read as `to_raw` does, then staged
and curated; the database is left out of it, as it is of the plain way.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from include.account_analytics import curated, exports, places, raw, staging
from include.account_analytics.facts import Sighting
from include.account_analytics.looking import Books, report_of
from include.account_analytics.reading.containers import open_export
from include.account_analytics.staging import StagedInput
from include.lake import Lake

PROCESSES = 2
LANDED = datetime(2027, 1, 1, tzinfo=UTC)


def to_raw(lake: Lake, path: Path, books: Books) -> list[StagedInput]:
    """The reports of one export, as lines of raw."""
    account, found = path.stem.split("_")[1], []
    with open_export(path) as export:
        for member in export.members:
            report = report_of(member, member.facts, books)  # by `land`, whose answer `to_raw` takes
            if report.examined is None:
                raise RuntimeError(f"{path}: {report.refusal}")
            kind = report.examined.format.report
            row = {"account": account, "export_sha256": export.sha256, "member": member.name}
            row |= {"member_sha256": member.sha256, "landed_at": LANDED}
            key = places.raw(account, kind, member.sha256)
            proof = {"exported_at": report.proof.exported_at, "year_basis": report.proof.basis}
            known = {**exports.said(report.examined), **proof}
            with tempfile.TemporaryDirectory() as folder:
                raw._write(Path(folder) / "raw", member, raw._origin(row, known))
                lake.upload(Path(folder) / "raw", key)
            seen = Sighting(export.sha256, LANDED, export.facts, member.written_at)
            found.append(StagedInput(member.sha256, report.examined.format.family, kind, key, (seen,)))
    return found


def to_staging(task: tuple[str, str, list[Path]]) -> float:
    """An account's exports to raw, and what they say to staging; the CPU seconds that it took."""
    uri, account, paths = task
    began, lake, books = time.process_time(), Lake(uri), Books.load()
    inputs = [report for path in paths for report in to_raw(lake, path, books)]
    results = staging.stage(lake, account, inputs, {}).members
    if any(each.result != "done" for each in results):
        raise RuntimeError(f"{account}: {results}")
    return time.process_time() - began


def main() -> None:
    """Accounts by two processes, as the mapped tasks of the DAG take them on two processors; then the files."""
    landing, uri = Path(sys.argv[1]), f"file://{Path(sys.argv[2]).absolute()}"
    began = time.perf_counter()
    downloads: dict[str, list[Path]] = {}
    for path in sorted(landing.glob("*.zip")):
        downloads.setdefault(path.stem.split("_")[1], []).append(path)
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        staged = sum(pool.map(to_staging, [(uri, account, paths) for account, paths in downloads.items()]))
    lake, before = Lake(uri), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        rows = curated.data_files(Path(folder), curated.read_staged(lake, sorted(downloads), curated.NOT_IN_FILES), {})
        lake.upload_folder(Path(folder), curated.FOLDER)
    own, workers = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    told = {
        "seconds": time.perf_counter() - began,
        "cpu": staged + time.process_time(),
        # Of the workers the larger is told; while the files are written they are gone.
        "kilobytes": max(own, PROCESSES * workers),
        "rows": rows[curated.DAILY],
        "steps": {"staging": staged, "curated": time.process_time() - before},
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
