"""A video in the library: its row and passages, made of its artefacts wherever they lie, and its artefacts brought back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from include import database
from include.database import Database
from include.erasure.forgotten import forgotten_among
from include.lake import Lake
from include.lake_errors import LakeError, NotInLake
from include.video_research.records import (
    AUDIO,
    FRAMES,
    MANIFEST,
    METADATA,
    SCHEMA_VERSION,
    SCREEN_TEXT,
    TIMES,
    TRANSCRIPT,
    VIDEO,
    Downloaded,
)

STATES = "processing.json"  # what is done, by which engine, from what: by it a later model reads what is kept
Read = Callable[[str], bytes]


class Unreadable(Exception):
    """The artefacts of a video are not what they should be; the message says which."""


class Forgotten(Exception):
    """The author was forgotten: nothing of the video may be kept."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What lies in the store for a video, written last. `files`: size and SHA-256 by name."""

    video_id: str
    files: Mapping[str, tuple[int, str]]
    engines: Mapping[str, str]
    frames_found: int
    is_made_up: bool
    schema: int = SCHEMA_VERSION

    def packed(self) -> bytes:
        """The same bytes for the same content."""
        told = {
            "video_id": self.video_id,
            "schema": self.schema,
            "files": {name: {"size": size, "sha256": sha} for name, (size, sha) in self.files.items()},
            "engines": dict(self.engines),
            "frames_found": self.frames_found,
            "is_made_up": self.is_made_up,
        }
        return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode()

    @classmethod
    def read(cls, data: bytes) -> Manifest:
        """Raises Unreadable."""
        try:
            told = json.loads(data)
            files = {str(name): (int(file["size"]), str(file["sha256"])) for name, file in told["files"].items()}
            engines = {str(part): str(engine) for part, engine in told["engines"].items()}
            return cls(
                str(told["video_id"]),
                files,
                engines,
                int(told["frames_found"]),
                bool(told["is_made_up"]),
                int(told["schema"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Unreadable(f"its {MANIFEST} is none of ours") from None


def prefix_of(video_id: str) -> str:
    """Where a video lies in the lake."""
    return f"videos/{video_id}"


def address_of(lake: Lake, video_id: str) -> str:
    """The same for people, and for the column `gcs_prefix`."""
    return f"{lake.uri}/{prefix_of(video_id)}/"


def save(connection: psycopg.Connection[Any], manifest: Manifest, read: Read, address: str) -> None:
    """Put row and passages in, in place of those of before. `read` gives an artefact's bytes.

    Raises Unreadable, and Forgotten when the author was.
    """
    row, passages = _row(manifest, read, address), list(_passages(read))
    author_uid = row["author_uid"]
    if author_uid and forgotten_among(connection, [author_uid]):
        raise Forgotten(f"the author of {manifest.video_id} was forgotten")
    database.rows(connection, "video_research/library/save_video", {"row": Jsonb(row)})
    here = {"video_id": manifest.video_id}
    database.rows(connection, "video_research/library/delete_passages", here)
    database.rows(connection, "video_research/library/save_passages", {**here, "passages": Jsonb(passages)})


def fetch_kept(
    lake: Lake,
    store: Database,
    video_id: str,
    folder: Path,
    wanted: Mapping[str, tuple[str, ...]] | None = None,
    *,
    needs_video: bool = False,
) -> Downloaded | None:
    """Bring what is kept of a video back into its working folder, to be read by other engines without a download.

    None when that cannot be: nothing or too little is kept (not the video, where it is needed), or frames and sound were not
    made by one of the engines `wanted` and there is no video to make them anew. What a download left in the folder is better,
    and is left alone. Raises LakeError when the store does not say what it has.
    """
    if (folder / VIDEO).exists() or not store.rows("video_research/library/find_kept", {"video_id": video_id}):
        return None
    try:
        manifest = Manifest.read(lake.read(f"{prefix_of(video_id)}/{MANIFEST}"))
        return None if needs_video and VIDEO not in manifest.files else _fetch(lake, manifest, folder, wanted)
    except (NotInLake, Unreadable, OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _fetch(
    lake: Lake, manifest: Manifest, folder: Path, wanted: Mapping[str, tuple[str, ...]] | None
) -> Downloaded | None:
    def bring(name: str) -> bytes:
        data = lake.read(f"{prefix_of(manifest.video_id)}/{name}")
        if hashlib.sha256(data).hexdigest() != manifest.files[name][1]:
            raise Unreadable(f"{name} is damaged")
        return data

    has_video = VIDEO in manifest.files
    states = json.loads(bring(STATES))
    parts = states["parts"]
    if not has_video and not all(
        parts[part]["state"] != "failed" and (wanted is None or parts[part]["engine"] in wanted[part])
        for part in ("frames", "audio")
    ):
        return None
    names = [METADATA, *(name for name in manifest.files if name.endswith(".vtt"))]
    names += [name for name in (VIDEO, AUDIO, TRANSCRIPT, TIMES, SCREEN_TEXT) if name in manifest.files]
    brought: dict[str, bytes] = {name: bring(name) for name in names}
    if not has_video:
        frames = parts["frames"]
        by_sha = {sha: name for name, (_, sha) in manifest.files.items() if name.startswith(f"{FRAMES}/")}
        # Those that are kept are fewer than those that were read.
        pairs = zip(frames["files"].items(), frames["facts"]["times"], strict=True)
        kept = [(name, sha, t) for (name, sha), t in pairs if sha in by_sha]
        if not kept:
            return None
        brought |= {name: bring(by_sha[sha]) for name, sha, _ in kept}
        frames["files"] = {name: sha for name, sha, _ in kept}
        frames["facts"]["times"] = [t for _, _, t in kept]
        brought[STATES] = json.dumps(states, ensure_ascii=False, indent=1).encode()
    metadata = json.loads(brought[METADATA])
    for name, data in brought.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise Unreadable(f"{name} leads out of the folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    captions = {name.split(".")[1]: folder / name for name in names if name.endswith(".vtt")}
    return Downloaded(
        manifest.video_id,
        folder / VIDEO,
        manifest.files.get(VIDEO, (0, ""))[0],
        parts["frames"]["made_from"],
        float(metadata["duration"]),
        AUDIO in manifest.files,
        metadata,
        captions,
    )


def _row(manifest: Manifest, read: Read, address: str) -> dict[str, Any]:
    metadata, times, screen = (_document(read, name) for name in (METADATA, TIMES, SCREEN_TEXT))
    try:
        caption = _clean(metadata.get("caption")) or ""
        return {
            "video_id": manifest.video_id,
            "url": _clean(metadata.get("video_url")),
            "author": _clean(metadata.get("creator")),
            "title": caption.partition("\n")[0][:200] or None,
            "transcript": _clean(read(TRANSCRIPT).decode("utf-8", "ignore")).strip(),
            "ocr_text": "\n".join(filter(None, (_clean(item) for item in screen["items"]))),
            "gcs_prefix": address,
            "frame_count": sum(name.startswith(f"{FRAMES}/") for name in manifest.files),
            "author_uid": _clean(metadata.get("creator_id")),
            "author_sec_uid": _clean(metadata.get("creator_sec_uid")),
            "duration_s": metadata.get("duration"),
            "language": _clean(times.get("language")),
            "is_language_assumed": bool(times.get("is_language_assumed")),
            "speech_state": times["state"],
            "ocr_state": screen["state"],
            "engines": dict(manifest.engines),
            "schema_version": manifest.schema,
            "posted_at": _moment(metadata.get("posted_at")),
            "counts": metadata.get("counts") or {},
            "caption": caption,
            "hashtags": [_clean(tag) for tag in metadata.get("hashtags") or []],
            "frames_found": manifest.frames_found,
            "has_video": VIDEO in manifest.files,
            "sha256": {name: sha for name, (_, sha) in manifest.files.items()},
            "is_made_up": manifest.is_made_up,
        }
    except (KeyError, TypeError, AttributeError):
        raise Unreadable("its artefacts are none of ours") from None


def _passages(read: Read) -> Iterator[dict[str, Any]]:
    """What an answer of the search quotes: a segment that was said, a text that was shown, the caption."""
    try:
        caption = _clean(_document(read, METADATA).get("caption"))
        if caption:
            yield {"source": "caption", "number": 0, "starts_s": None, "ends_s": None, "text": caption}
        said = [(one["start"], one["end"], one["text"], one) for one in _document(read, TIMES)["segments"]]
        shown: list[tuple[float, float, str, Mapping[str, Any]]] = [
            (one["t"], one["until"], one["text"], {}) for one in _document(read, SCREEN_TEXT).get("detail", [])
        ]
    except (KeyError, TypeError, AttributeError):
        raise Unreadable("its artefacts are none of ours") from None
    for source, texts in (("speech", said), ("screen", shown)):
        for number, (starts, ends, text, told) in enumerate(texts):
            if cleaned := (_clean(text) or "").strip():
                letters, seconds = _words_of(told) if cleaned == text else (None, None)
                yield {
                    "source": source,
                    "number": number,
                    "starts_s": starts,
                    "ends_s": ends,
                    "text": cleaned,
                    "word_letters": letters,
                    "word_seconds": seconds,
                    "probability": _share(told.get("probability")),
                }


def _words_of(told: Mapping[str, Any]) -> tuple[list[int] | None, list[float] | None]:
    """Where words begin, and when they are said, for as many as there are; nothing where it is none of ours."""
    try:
        pairs = [(int(letter), float(second)) for letter, second in told.get("words") or ()]
    except (TypeError, ValueError):
        return None, None
    return ([letter for letter, _ in pairs], [second for _, second in pairs]) if pairs else (None, None)


def _share(told: Any) -> float | None:
    return float(told) if isinstance(told, int | float) and 0 <= told <= 1 else None


def _document(read: Read, name: str) -> dict[str, Any]:
    try:
        told = json.loads(read(name))
    except (ValueError, OSError, LakeError):
        raise Unreadable(f"its {name} cannot be read") from None
    if not isinstance(told, dict):
        raise Unreadable(f"its {name} is none of ours")
    return told


def _clean(text: Any) -> Any:
    """Without what no database takes: zero bytes, and halves of letters. What is no text stays as it is."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode() if isinstance(text, str) else text


def _moment(text: Any) -> str | None:
    with suppress(ValueError, TypeError):
        return datetime.fromisoformat(text).isoformat()
    return None
