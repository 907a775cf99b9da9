"""`make dates`: the fast lane and the sandbox's tests as if it were other days, in other zones (Debian's faketime)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from itertools import product
from pathlib import Path

from include.local.folders import ROOT
from include.local.steps import say

# Moments at which a day, a year or a leap day begins somewhere while it is another day elsewhere.
DAYS = ("2026-12-31T23:50+00:00", "2027-01-01T00:10+00:00", "2028-02-29T00:10+00:00")
ZONES = ("Pacific/Kiritimati", "America/St_Johns")
USUAL = ((DAYS[0], ZONES[0]), (DAYS[2], ZONES[1]))
MISSING = (
    "make dates needs the program faketime, which could not be installed: apt-get install faketime (on Debian, as root)"
)


def main(arguments: Sequence[str]) -> int:
    """Moments as `2026-12-31T23:50+00:00@Pacific/Kiritimati`, or `all`; none: the usual two. Exit status as pytest's."""
    if shutil.which("faketime") is None:
        say(MISSING)
        return 1
    moments = [tuple(argument.split("@", 1)) for argument in arguments] or USUAL
    if list(arguments) == ["all"]:
        moments = list(product(DAYS, ZONES))
    return max(_play(moment, zone) for moment, zone in moments)


def _play(moment: str, zone: str) -> int:
    # An offset, so that processes started one after another agree on what time it is.
    offset = int(datetime.fromisoformat(moment).timestamp() - time.time())
    say(f"As if it were {moment} in {zone}:")
    env = {
        **os.environ,
        "TZ": zone,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",  # files keep their times, or each module would be compiled anew, and again afterwards
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent / "startup")]),
    }
    pytest = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal", "-q", "-p", "no:cacheprovider"]
    # No PostgreSQL: it tells the time in signal handlers, where faketime may give it the true one, so its timeouts never come.
    chosen = [
        ["-m", "not server and not thorough", "--deselect", "tests/test_style.py", "tests"],
        ["tests/include/sandbox"],
    ]
    faked = ["faketime", "-f", f"{offset:+d}s"]
    return max(subprocess.run([*faked, *pytest, *tests], cwd=ROOT, env=env, check=False).returncode for tests in chosen)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
