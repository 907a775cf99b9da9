"""A report of any length takes the same memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from include.local.folders import ROOT
from tests.include.account_analytics.reading.files import CONTENT, csv_of

PROGRAM = """
import resource, sys
from pathlib import Path
from include.account_analytics.reading.containers import open_export
from include.account_analytics.reading.examine import examine
from include.account_analytics.reading.formats import Catalogue
from include.account_analytics.reading.labels import Months
with open_export(Path(sys.argv[1])) as export:
    found = examine(export.members[0], Catalogue.load(), Months.load())
print(found.rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_of(path: Path) -> tuple[int, int]:
    """Rows, and the most memory that a process of its own had."""
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
    )
    rows, peak = said.stdout.split()
    return int(rows), int(peak)


@pytest.mark.server
def test_memory_is_flat(tmp_path):
    """Ten times as many videos take at most half as much memory again, each of them looked at for a second row."""
    peaks = []
    for rows in (30_000, 300_000):
        path = tmp_path / f"{rows}.csv"
        with path.open("w", encoding="utf-8-sig") as file:
            file.write(csv_of(CONTENT))
            for number in range(rows):
                link = f"https://www.tiktok.com/@made.up/video/{7590000000000000000 + number}"
                file.write(f'\n"March 3","caption {number}","{link}","March 1","1","2","3","{number}"')
        found, peak = peak_of(path)
        assert found == rows
        peaks.append(peak)
    assert path.stat().st_size > 30_000_000
    assert peaks[1] <= 1.5 * peaks[0], peaks
