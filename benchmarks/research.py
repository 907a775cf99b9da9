"""video_research: what processing a video costs, and how right it is, against the plain way.

* `research_cpu`, `research_cold`, `research_memory`, `research_screen`: a clip of thirty seconds of which twenty frames are read.
* `research_captions` and the rest: the clips of `make research-quality`, whose truth is known.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from benchmarks import research_ours
from benchmarks.figures import Figure, skipped
from benchmarks.stage import ROOT, Stage, environment
from include.local import research_quality
from include.sandbox.research import catalogue, making
from include.video_research import quality
from include.video_research.quality import Quality, Truth
from include.video_research.records import Line, Processed, ScreenText, Segment, Speech

NAME, QUALITY = "research", "research_quality"
ROWS = ("research_cpu", "research_cold", "research_memory", "research_screen")
MOST_CPU, MOST_MEMORY, MOST_SCREEN = 25.0, 900.0, 50.0
CLIP, LEAST_FRAMES = "quality-thirty", 20
# name of the row -> (name of the figure, what it is, unit, factor)
_QUALITY = {
    "research_captions": ("captions_found", "captions found that change every 3 s", "%", 100),
    "research_frames": ("frames_per_caption", "… frames read for each", "", 1),
    "research_letters": ("cer", "… letters wrong, 46 px", "%", 100),
    "research_words": ("wer_human", "words wrong, a human reader", "%", 100),
    "research_street": ("wer_synthetic", "words wrong, a synthesiser with street noise", "%", 100),
    "research_invented": ("invented_words", "words invented on music, tone, noise, silence", "", 1),
}
QUALITY_ROWS = tuple(_QUALITY)


def measure(stage: Stage, _: str) -> list[Figure]:
    """Seconds of processor time, with the engines loaded and as a task that has just started; the plain way beside it."""
    missing = making.missing_packages()
    if missing:
        return [skipped(NAME, "a video of 30 s, processed", f"≤ {MOST_CPU:g} s", f"needs {', '.join(missing)}")]
    clip = catalogue.named(CLIP)
    with tempfile.TemporaryDirectory() as room:
        video = making.make(clip, ROOT / ".local" / "clips")
        command = [sys.executable, "-m", "benchmarks.research_ours", str(video), str(clip.duration_s), room]
        (told,), memory = _watched(command)
    (plain,), plain_memory = _watched([sys.executable, "benchmarks/research_plain.py", str(video)])
    if told["frames"] < LEAST_FRAMES:
        raise RuntimeError(f"only {told['frames']} frames were read")
    what = f"a video of 30 s, 720×1280, {told['frames']} frames read"
    note = f"{told['engines']['ocr']}, {told['engines']['speech']}"
    if plain["lines"] is None:
        note += "; the plain way reads no text: tesseract is not installed"
    warm, screen = min(told["warm"])
    share = 100 * screen / warm
    cold = f"{told['cold_seconds']:.0f} s by the clock"
    return [
        Figure(
            ROWS[0],
            what,
            warm,
            "s",
            f"≤ {MOST_CPU:g} s of CPU",
            warm <= MOST_CPU,
            plain["cpu"],
            plain["cpu"] / warm,
            note,
        ),
        Figure(ROWS[1], "… as a task's first", told["cold"], "s", "", None, note=cold),
        Figure(
            ROWS[2],
            "… memory, with all that it starts",
            memory,
            "MB",
            f"≤ {MOST_MEMORY:g} MB",
            memory <= MOST_MEMORY,
            plain_memory,
        ),
        Figure(ROWS[3], "… of it reading the screen", share, "%", f"≤ {MOST_SCREEN:g} %", share <= MOST_SCREEN),
    ]


def measure_quality(stage: Stage, _: str) -> list[Figure]:
    """The same clips both ways; each has to reach its target, whatever the plain way does."""
    missing = making.missing_packages()
    if missing:
        return [skipped(QUALITY, "clips of known truth", "", f"needs {', '.join(missing)}")]
    names = stage.of_size(("lines-best", "quality-tone"), research_quality.CLIPS, research_quality.CLIPS)
    kept = ROOT / ".local" / "clips"
    ours = research_quality.run(kept, names, research_ours.OPTIONS)
    plain = _plain_quality(kept, names)
    figures = []
    for row, (name, what, unit, factor) in _QUALITY.items():
        figure, baseline = getattr(ours, name), getattr(plain, name)
        target = research_quality.TARGETS[name]
        sign = "≥" if name in research_quality.AT_LEAST else "≤"
        figures.append(
            Figure(
                row,
                what,
                None if figure is None else figure * factor,
                unit,
                f"{sign} {target * factor:g} {unit}".strip(),
                research_quality.is_reached(name, figure),
                None if baseline is None else baseline * factor,
            )
        )
    return figures


def _plain_quality(kept: Path, names: tuple[str, ...]) -> Quality:
    clips = [(name, catalogue.named(name)) for name in names]
    videos = [str(making.make(clip, kept)) for _, clip in clips]
    told = _told([sys.executable, "benchmarks/research_plain.py", *videos])
    truths = [research_quality.truth_of(name, clip) for name, clip in clips]
    if any(each["lines"] is None for each in told):  # no tesseract: nothing is told about captions
        truths = [Truth(truth.name, truth.speaker, truth.said, ()) for truth in truths]
    return quality.measure([(truth, _as_processed(each)) for truth, each in zip(truths, told, strict=True)])


def _as_processed(told: dict[str, Any]) -> Processed:
    lines = tuple(Line(t, until, text, 1.0, (0, 0, 0, 0)) for t, until, text in told["lines"] or ())
    segments = (Segment(0, 0, told["words"]),) if told["words"] else ()
    speech = Speech("speech" if segments else "no_speech", segments, "en", True, 0, "pocketsphinx")
    screen = ScreenText("done", lines, told["frames"], "tesseract")
    return Processed((), told["frames"], screen, speech, {}, None, told["cpu"])


def _watched(command: list[str]) -> tuple[list[dict[str, Any]], float]:
    """What the command told, and the most memory (MB) that it and its children had at once; what they share counts once.

    It is looked at from outside, so that looking costs the command nothing.
    """
    with tempfile.TemporaryFile("w+") as told, tempfile.TemporaryFile("w+") as complained:
        running = psutil.Popen(command, cwd=ROOT, env=environment(), stdout=told, stderr=complained)
        most = 0
        while running.poll() is None:
            most = max(most, _held(running))
            time.sleep(0.1)
        for each in (told, complained):
            each.seek(0)
        if running.returncode:
            raise RuntimeError(complained.read()[-2000:])
        return [json.loads(line) for line in told if line.startswith("{")], most / 1e6


def _held(running: psutil.Process) -> int:
    held = 0
    with suppress(psutil.Error):
        for each in (running, *running.children(recursive=True)):
            with suppress(psutil.Error):
                memory = each.memory_full_info()
                held += getattr(memory, "pss", memory.uss)
    return held


def _told(command: list[str]) -> list[dict[str, Any]]:
    finished = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    if finished.returncode:
        raise RuntimeError(finished.stderr[-2000:])
    return [json.loads(line) for line in finished.stdout.splitlines() if line.startswith("{")]
