"""Whether what a video left is whole, before anything of it is uploaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from include.video_research.records import AUDIO, METADATA, SCREEN_TEXT, TRANSCRIPT, Downloaded, Processed

LEAST_LETTERS = 3
TOLERANCE = 0.1  # of the video's length
LEAST_TOLERANCE_S = 0.5  # a frame of sound more or less counts for much in a short clip
# States in which there is nothing to be read in the transcript, and nothing is wrong.
SILENT = ("no_speech", "no_audio", "skipped")


def check(folder: Path, downloaded: Downloaded, processed: Processed) -> list[str]:
    """What is wrong, each a clause for a person; empty when all is well."""
    found = [
        _metadata(folder, downloaded.video_id),
        _transcript(folder, processed),
        _screen(folder),
        _audio(folder, downloaded, processed),
        _frames(folder, processed),
    ]
    return [fault for fault in found if fault]


def _metadata(folder: Path, video_id: str) -> str | None:
    told = _document(folder / METADATA)
    if told is None:
        return f"{METADATA} is missing or is no JSON object"
    if told.get("video_id") != video_id:
        return f"{METADATA} is about another video"
    return None


def _transcript(folder: Path, processed: Processed) -> str | None:
    state = processed.speech.state
    if state == "failed":
        return f"no engine could write down the speech ({processed.speech.reason or 'no reason given'})"
    try:
        text = (folder / TRANSCRIPT).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return f"{TRANSCRIPT} is missing or is no text"
    if state not in SILENT and len(text) < LEAST_LETTERS:
        return f"{TRANSCRIPT} has fewer than {LEAST_LETTERS} letters although somebody speaks"
    return None


def _screen(folder: Path) -> str | None:
    told = _document(folder / SCREEN_TEXT)
    if told is None or not isinstance(told.get("items"), list):
        return f"{SCREEN_TEXT} is missing or has no list of items"
    if told.get("state") not in ("done", "skipped"):
        return f"the text on the screen could not be read ({told.get('reason') or 'no reason given'})"
    return None


def _audio(folder: Path, downloaded: Downloaded, processed: Processed) -> str | None:
    if processed.speech.state == "no_audio":
        return None
    path = folder / AUDIO
    if not path.is_file() or not path.stat().st_size:
        return f"{AUDIO} is missing"
    heard, seen = processed.audio_s, downloaded.duration_s
    if heard is None or abs(heard - seen) > max(LEAST_TOLERANCE_S, TOLERANCE * seen):
        length = "of unknown length" if heard is None else f"{heard:.1f} s long"
        return f"{AUDIO} is {length}, and the video lasts {seen:.1f} s"
    return None


def _frames(folder: Path, processed: Processed) -> str | None:
    there = [frame for frame in processed.frames if frame.path.is_file() and frame.path.is_relative_to(folder)]
    if not processed.frames:
        return "there is no frame"
    missing = len(processed.frames) - len(there)
    return f"{missing} of {len(processed.frames)} frames are missing" if missing else None


def _document(path: Path) -> dict[str, Any] | None:
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) else None
