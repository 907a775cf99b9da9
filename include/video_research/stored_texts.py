"""Texts that lie in the store for a video of others, without a person whom they name.

Pictures and sound stay as they are: what is seen or heard there cannot be blanked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from include.erasure.person import Person
from include.erasure.traces import without
from include.lake import Lake
from include.lake_errors import NotInLake
from include.video_research.records import MANIFEST, METADATA, SCREEN_TEXT, TIMES, TRANSCRIPT
from include.video_research.videos import Manifest, Unreadable, prefix_of

TEXTS = (METADATA, TRANSCRIPT, TIMES, SCREEN_TEXT)
CAPTIONS = ".vtt"


def naming(lake: Lake, video_id: str, person: Person, blank: str) -> dict[str, bytes]:
    """The files of a video that name the person, by name in the store, as they are without.

    One that was cut off between a file and its manifest is among them again. Raises LakeError.
    """
    manifest = _manifest(lake, video_id)
    listed = manifest.files if manifest else {}
    found = {}
    for name in _texts(lake, video_id):
        data = lake.read(f"{prefix_of(video_id)}/{name}")
        cleaned = cleaned_file(name, data, person, blank)
        if cleaned != data or (name in listed and listed[name][1] != _sha256(cleaned)):
            found[name] = cleaned
    return found


def store(lake: Lake, video_id: str, files: Mapping[str, bytes]) -> dict[str, str]:
    """Put them in place of those of before, then the manifest that says so; the SHA-256 of each by name."""
    for name, data in files.items():
        lake.write(f"{prefix_of(video_id)}/{name}", data)
    told = {name: (len(data), _sha256(data)) for name, data in files.items()}
    manifest = _manifest(lake, video_id)
    if manifest is not None:
        kept = replace(manifest, files={**manifest.files, **told})
        lake.write(f"{prefix_of(video_id)}/{MANIFEST}", kept.packed())
    return {name: sha for name, (_, sha) in told.items()}


def cleaned_file(name: str, data: bytes, person: Person, blank: str) -> bytes:
    """The same bytes where nothing in it names the person; so also where it is none of ours."""
    mentions = person.mentions(blank)
    try:
        if not name.endswith(".json"):
            text = data.decode("utf-8")
            cleaned = mentions.mentions_blanked(text)
            return data if cleaned == text else cleaned.encode("utf-8")
        told = json.loads(data)
    except ValueError:
        return data
    kept = without(told, mentions)
    if name == TIMES and isinstance(kept, dict):
        kept = _without_words(kept, told)
    if name == METADATA and isinstance(kept, dict):
        kept = _without_names(kept, person, blank)
    return data if kept == told else json.dumps(kept, ensure_ascii=False, indent=1).encode("utf-8")


def _without_words(kept: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """Where a passage has another text, what was known of its words is that of others."""
    before, segments = told.get("segments"), kept.get("segments")
    if not isinstance(before, list) or not isinstance(segments, list):
        return kept
    alike = [one if one in before or not isinstance(one, dict) else {**one, "words": []} for one in segments]
    return {**kept, "segments": alike}


def _without_names(metadata: dict[str, Any], person: Person, blank: str) -> dict[str, Any]:
    """Handles and hashtags stand there without their signs, so the mere word is a name."""
    kept = dict(metadata)
    mentioned = kept.get("mentions")
    if isinstance(mentioned, list):
        kept["mentions"] = [name for name in mentioned if str(name).lower() not in person.handles]
    if "hashtags" in kept:
        kept["hashtags"] = without(kept["hashtags"], person.traces(blank))
    return kept


def _texts(lake: Lake, video_id: str) -> list[str]:
    before = f"{prefix_of(video_id)}/"
    names = [entry.key.removeprefix(before) for entry in lake.entries(prefix_of(video_id))]
    return [name for name in names if name in TEXTS or name.endswith(CAPTIONS)]


def _manifest(lake: Lake, video_id: str) -> Manifest | None:
    try:
        return Manifest.read(lake.read(f"{prefix_of(video_id)}/{MANIFEST}"))
    except (NotInLake, Unreadable):
        return None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
