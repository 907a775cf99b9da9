"""The files of a working folder: written whole or not at all, read back, and known to be what a part once left."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from include.video_research.records import (
    SCHEMA_VERSION,
    SCREEN_TEXT,
    TIMES,
    TRANSCRIPT,
    Line,
    ScreenText,
    Segment,
    Speech,
)

STATES = "processing.json"  # of the working folder alone: what is done, by which engine, from what


@dataclass(frozen=True, slots=True)
class Done:
    """A part that is done: `made_from` is the SHA-256 of what it was made from, `files` of what it left."""

    engine: str
    made_from: str
    state: str
    files: Mapping[str, str]
    facts: Mapping[str, Any]


class Kept:
    """What earlier tries left in a folder; anything that is not as it was left counts as not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts = _read_states(folder / STATES)

    def find(self, part: str, engines: Iterable[str], made_from: str) -> Done | None:
        """Only when schema, engine, source and every file match, and it did not fail."""
        done = self._parts.get(part)
        if done is None or done.state == "failed" or done.engine not in tuple(engines) or done.made_from != made_from:
            return None
        return done if all(_sha256_or_none(self._folder / name) == sha for name, sha in done.files.items()) else None

    def save(self, part: str, engine: str, made_from: str, state: str, files: Iterable[Path], **facts: Any) -> Done:
        """Kept once done, so that a later try goes on after it."""
        hashes = {path.relative_to(self._folder).as_posix(): sha256_of(path) for path in files}
        self._parts[part] = done = Done(engine, made_from, state, hashes, facts)
        told = {"schema": SCHEMA_VERSION, "parts": {name: asdict(kept) for name, kept in self._parts.items()}}
        write_json(self._folder / STATES, told)
        return done


def forget(folder: Path) -> None:
    """What earlier tries left there is made anew by the next one."""
    (folder / STATES).unlink(missing_ok=True)


def write_screen(folder: Path, screen: ScreenText) -> Path:
    """ocr.json: `items` are texts in the order in which they appear, each as often as it is shown anew."""
    told = {
        "items": [line.text for line in screen.lines if line.is_readable],
        "scenes": screen.frames_read,
        "detail": [_line(line) for line in screen.lines if line.is_readable],
        "unreadable": [_line(line) for line in screen.lines if not line.is_readable],
        "engine": screen.engine,
        "scripts": list(screen.scripts),
        "state": screen.state,
        "reason": screen.reason,
        "tokens": screen.tokens,
        "schema": SCHEMA_VERSION,
    }
    return write_json(folder / SCREEN_TEXT, told)


def read_screen_file(path: Path) -> ScreenText:
    """Raises ValueError, KeyError, TypeError or OSError when the file is not what write_screen wrote."""
    told = json.loads(path.read_text(encoding="utf-8"))
    lines = [_line_from(line, is_readable=True) for line in told["detail"]]
    lines += [_line_from(line, is_readable=False) for line in told["unreadable"]]
    return ScreenText(
        told["state"],
        tuple(sorted(lines, key=lambda line: (line.t, not line.is_readable))),
        told["scenes"],
        told["engine"],
        tuple(told["scripts"]),
        told["tokens"],
        told["reason"],
    )


def write_speech(folder: Path, speech: Speech) -> tuple[Path, Path]:
    """transcript.txt (a line for each segment) and transcript_timestamps.json."""
    text = folder / TRANSCRIPT
    lines = "".join(f"{segment.text}\n" for segment in speech.segments)
    _write(text, lines.encode("utf-8"))
    told = {
        "engine": speech.engine,
        "language": speech.language,
        "is_language_assumed": speech.is_language_assumed,
        "state": speech.state,
        "speech_s": speech.speech_s,
        "reason": speech.reason,
        "schema": SCHEMA_VERSION,
    }
    # A line for each segment: the seconds of its words would take four each.
    segments = ",\n".join(f"  {_packed(asdict(segment))}" for segment in speech.segments)
    rest = json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False).removeprefix("{")
    times = folder / TIMES
    _write(times, "".join(['{\n "segments": [', f"\n{segments}\n " if segments else "", "],", rest]).encode())
    return text, times


def read_speech_file(path: Path) -> Speech:
    """Raises ValueError, KeyError, TypeError or OSError when the file is not what write_speech wrote."""
    told = json.loads(path.read_text(encoding="utf-8"))
    return Speech(
        told["state"],
        tuple(_segment_from(one) for one in told["segments"]),
        told["language"],
        told["is_language_assumed"],
        told["speech_s"],
        told["engine"],
        told["reason"],
    )


def write_json(path: Path, told: object) -> Path:
    _write(path, json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False).encode("utf-8"))
    return path


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_all(hashes: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(hashes).encode("ascii")).hexdigest()


def _write(path: Path, content: bytes) -> None:
    begun = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        begun.write_bytes(content)
        os.replace(begun, path)
    finally:
        begun.unlink(missing_ok=True)


def _read_states(path: Path) -> dict[str, Done]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["schema"] != SCHEMA_VERSION:
            return {}
        return {name: Done(**part) for name, part in told["parts"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _sha256_or_none(path: Path) -> str | None:
    try:
        return sha256_of(path)
    except OSError:
        return None


def _line(line: Line) -> dict[str, Any]:
    return {"t": line.t, "until": line.until, "text": line.text, "score": line.score, "box": list(line.box)}


def _packed(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, allow_nan=False)


def _segment_from(told: Mapping[str, Any]) -> Segment:
    """Those of before say nothing of single words."""
    return Segment(
        float(told["start"]),
        float(told["end"]),
        str(told["text"]),
        tuple((int(letter), float(second)) for letter, second in told.get("words") or ()),
        told.get("probability"),
    )


def _line_from(told: Mapping[str, Any], *, is_readable: bool) -> Line:
    x, y, width, height = told["box"]
    return Line(told["t"], told["until"], told["text"], told["score"], (x, y, width, height), is_readable)
