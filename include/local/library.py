"""The library of videos from the command line: mended with its files, written as documents, freed of what was made up."""

from __future__ import annotations

from pathlib import Path

import psycopg

from include.database import Database
from include.lake import Lake
from include.local.steps import say
from include.video_research import documents, keeping, reconcile, settings


def keep(command: str, url: str, media_uri: str, target: str) -> None:
    """Do one of the three; `media_uri` and `target` are where files and documents lie."""
    with Database(lambda: psycopg.connect(url)) as store:
        if command == "research-export":
            for path, rows in documents.write(store, Path(target)):
                say(f"{path}: {rows:,} entries")
            return
        lake, work = Lake(media_uri), settings.load().work_folder
        if command == "reconcile":
            found = reconcile.reconcile(store, lake, work=work, reads_files=True)
            for line in reconcile.told(found.items()) or ["There is nothing yet."]:
                say(line)
            return
        gone = keeping.clear_made_up(store, lake, work)
        say(f"Removed: {gone.queries} made-up questions, {gone.videos} videos, {gone.files} files of theirs.")
