"""A working folder as processing leaves it, made by hand: small files with the shape of the real ones."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from include.video_research.records import (
    AUDIO,
    FRAMES,
    METADATA,
    SCREEN_TEXT,
    TIMES,
    TRANSCRIPT,
    VIDEO,
    Downloaded,
    Frame,
    Line,
    Processed,
    ScreenText,
    Segment,
    Speech,
)

ENGINES = {"frames": "change-1", "audio": "mp3-1", "voice": "vad-1", "ocr": "rapidocr-3", "speech": "whisper-base"}


@dataclass(frozen=True, slots=True)
class Made:
    folder: Path
    downloaded: Downloaded
    processed: Processed


def make(
    folder: Path,
    video_id: str = "7319467787859053825",
    *,
    said: str = "welcome to tokyo",
    shown: str = "東京ラーメン",
    caption: str = "Best ramen #tokyo",
    author_uid: str = "6800000000000000001",
    frames: int = 4,
) -> Made:
    """As from a clip of six seconds. The same arguments give the same bytes."""
    folder = folder / video_id
    (folder / FRAMES).mkdir(parents=True, exist_ok=True)
    pictures = []
    states: dict[str, str] = {}
    (folder / "frames_read").mkdir(exist_ok=True)
    for number in range(1, frames + 1):
        content = f"{video_id} frame {number}".encode() * 100
        name = f"{number:03d}_t{number - 1}.0s.jpg"
        for place in (FRAMES, "frames_read"):
            (folder / place / name).write_bytes(content)
        states[f"frames_read/{name}"] = hashlib.sha256(content).hexdigest()
        pictures.append(Frame(float(number - 1), folder / FRAMES / name))
    (folder / VIDEO).write_bytes(b"a picture that moves " * 1000)
    (folder / AUDIO).write_bytes(b"sound " * 500)
    metadata = {
        "video_id": video_id,
        "video_url": f"https://www.tiktok.com/@ramen.days/video/{video_id}",
        "creator": "ramen.days",
        "creator_id": author_uid,
        "creator_sec_uid": None,
        "caption": caption,
        "hashtags": ["tokyo"],
        "posted_at": "2026-10-02T10:00:00+00:00",
        "duration": 6.0,
        "counts": {"plays": 1200},
    }
    segments = (Segment(0.5, 2.5, said),) if said else ()
    line = Line(1.0, 4.0, shown, 0.98, (10, 20, 300, 46))
    speech = Speech("speech" if said else "no_speech", segments, "en", False, 2.0, ENGINES["speech"])
    screen = ScreenText("done", (line,), frames, ENGINES["ocr"], ("han",))
    _write(folder / METADATA, metadata)
    (folder / TRANSCRIPT).write_text("".join(f"{one.text}\n" for one in segments), encoding="utf-8")
    told = [{"start": one.start, "end": one.end, "text": one.text} for one in segments]
    _write(
        folder / TIMES,
        {
            "segments": told,
            "engine": speech.engine,
            "language": "en",
            "is_language_assumed": False,
            "state": speech.state,
        },
    )
    detail = [{"t": line.t, "until": line.until, "text": shown, "score": line.score, "box": list(line.box)}]
    _write(folder / SCREEN_TEXT, {"items": [shown], "scenes": frames, "detail": detail, "state": "done"})
    made_from = hashlib.sha256((folder / VIDEO).read_bytes()).hexdigest()
    part = {"made_from": made_from, "state": "done"}
    _write(
        folder / "processing.json",
        {
            "schema": 1,
            "parts": {
                "frames": {
                    **part,
                    "engine": ENGINES["frames"],
                    "files": states,
                    "facts": {"times": [frame.t for frame in pictures], "found": 9, "seconds": 6.0},
                },
                "audio": {**part, "engine": ENGINES["audio"], "files": {}, "facts": {"seconds": 6.0}},
            },
        },
    )
    size = (folder / VIDEO).stat().st_size
    downloaded = Downloaded(video_id, folder / VIDEO, size, made_from, 6.0, True, metadata)
    return Made(folder, downloaded, Processed(tuple(pictures), 9, screen, speech, ENGINES, 6.0, 0.1))


def _write(path: Path, told: object) -> None:
    path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
