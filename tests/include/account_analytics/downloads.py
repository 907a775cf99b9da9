"""Downloads of a made-up account on their way into staging: landed and written to raw in the plainest way there is."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from include.account_analytics import staging
from include.account_analytics.facts import Sighting
from include.account_analytics.reading import containers, tables
from include.account_analytics.reading.formats import Catalogue, Match
from include.account_analytics.staging import Staged, StagedInput
from include.lake import Lake
from include.sandbox.exports.truth import File

CATALOGUE = Catalogue.load()
LANDED = datetime(2027, 6, 1, 5, tzinfo=UTC)


def to_raw(lake: Lake, files: Iterable[File], account: str) -> list[StagedInput]:
    """Each report once, with all exports in which it was seen; files of one visit came together."""
    inputs: dict[str, StagedInput] = {}
    for file in files:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / Path(file.name).name
            path.write_bytes(file.data)
            with containers.open_export(path) as export:
                shas = frozenset(member.sha256 for member in export.members)
                for member in export.members:
                    seen = Sighting(
                        export.sha256,
                        LANDED,
                        export.facts,
                        member.written_at,
                        shas - {member.sha256} | _beside(file, files),
                    )
                    known = inputs.get(member.sha256)
                    inputs[member.sha256] = _entered(lake, account, member, seen, known.sightings if known else ())
    return list(inputs.values())


def _beside(file: File, files: Iterable[File]) -> frozenset[str]:
    own = {member.sha256 for member in file.members}
    return (
        frozenset(member.sha256 for other in files if other.exported_at == file.exported_at for member in other.members)
        - own
    )


def _entered(lake: Lake, account: str, member: Any, seen: Sighting, earlier: tuple[Sighting, ...]) -> StagedInput:
    table = tables.read_table(member)
    match = CATALOGUE.identify(table.header)
    assert isinstance(match, Match)
    key = f"raw/{account}/{match.format.report}_{member.sha256[:8]}.ndjson"
    ours = {"_account": account, "_member_sha256": member.sha256, "_exported_at": None}
    lines = [
        json.dumps({**dict(zip(table.header, values, strict=True)), **ours, "_line": line})
        for line, values in table.rows
    ]
    lake.write(key, "\n".join(lines).encode())
    return StagedInput(member.sha256, match.format.family, match.format.report, key, (*earlier, seen))


def stage(lake: Lake, files: Sequence[File], account: str = "mara", **options: Any) -> Staged:
    """The account staged from these files."""
    return staging.stage(lake, account, to_raw(lake, files, account), options.pop("answers", {}), **options)


def contents(lake: Lake, folder: str) -> dict[str, bytes]:
    """Every file below a folder of the lake."""
    return {entry.key: lake.read(entry.key) for entry in lake.entries(folder)}
