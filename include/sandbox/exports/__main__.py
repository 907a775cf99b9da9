"""`python -m include.sandbox.exports --to FOLDER`: write made-up exports as they would lie in somebody's drop folder."""

import argparse
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from include.sandbox.exports import drops
from include.sandbox.exports.truth import File, revisions, standing


def main() -> None:
    """Read the command line, write the files, say what was written."""
    parser = argparse.ArgumentParser(prog="python -m include.sandbox.exports", description=__doc__)
    parser.add_argument("--to", type=Path, required=True, help="the folder that gets the files")
    parser.add_argument("--seed", type=int, default=7, help="another seed is another world (default: %(default)s)")
    parser.add_argument(
        "--at", type=_moment, default=None, help="the newest download, as 2026-11-28T12:00Z (default: now)"
    )
    parser.add_argument("--year", action="store_true", help="a year of five accounts instead of one drop")
    parser.add_argument("--truth", type=Path, help="also write what a reader must find, as JSON, outside of --to")
    options = parser.parse_args()
    at = options.at or datetime.now(UTC)
    drop = drops.year(options.seed, at.date()) if options.year else drops.shown(options.seed, at)
    drop.write(options.to)
    if options.truth:
        options.truth.write_text(json.dumps(truth_of(drop.files), ensure_ascii=False, indent=1), encoding="utf-8")
    sys.stdout.write(f"{len(drop.files)} made-up files of {len(drop.accounts)} accounts in {options.to}\n")


def truth_of(files: tuple[File, ...]) -> dict[str, Any]:
    """Files with their members' shifts, the numbers that stand at the end, and the revisions, ready for JSON."""
    days = sorted(standing(files).items())
    return {
        "files": [_file(file) for file in files],
        "days": [{"account": account, "day": day.isoformat(), **values} for (account, day), values in days],
        "revisions": [{**asdict(change), "day": change.day.isoformat()} for change in revisions(files)],
    }


def _file(file: File) -> dict[str, Any]:
    members = [
        {
            "name": member.name,
            "sha256": member.sha256,
            "report": member.sheet.report,
            "label_shift": member.sheet.label_shift,
        }
        for member in file.members
    ]
    about = {name: getattr(file, name) for name in ("name", "account", "handle", "refused", "asks", "why")}
    return {**about, "exported_at": file.exported_at.isoformat(), "members": members}


def _moment(text: str) -> datetime:
    """An ISO moment; one without a zone is taken as UTC."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


if __name__ == "__main__":
    main()
