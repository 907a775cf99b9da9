"""The files of an account in staging: typed rows, frames, and what became of each report. The same input gives the same bytes."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from include.account_analytics import schemas
from include.account_analytics.schemas import BY_EXPORT, COLUMNS
from include.lake import Lake, NotInLake

TYPED = ("day_rows", "hour_rows", "share_rows", "video_rows")
FILES_AT_ONCE = 32  # which one query reads
FRAMES = ("daily", "videos", "audience", "revisions")
# What a column is that a frame was staged without: only exports were read then.
_BEFORE: dict[str, dict[str, bool | str]] = {
    "videos": {"is_provisional": False, "is_frozen": False, "source": BY_EXPORT},
    "audience": {"source": BY_EXPORT},
}
RARE = ("totals",)  # only where there is any


@dataclass(frozen=True, slots=True)
class MemberResult:
    """What became of a report, in plain values: `result` is done, waiting (see `question`) or quarantined (see `reason`).

    Days are true days, as ISO texts. `reason` beside a result that is done says which rows are left out, and why.
    """

    sha256: str
    result: str
    reason: str | None = None
    code: str | None = None
    rows_in: int = 0
    rows_out: int = 0
    rows_refused: int = 0
    first_day: str | None = None
    last_day: str | None = None
    first_label: str | None = None
    exported_at: str | None = None
    year_basis: str = "none"
    label_shift: int = 0
    shift_basis: str = "assumed"
    warnings: tuple[str, ...] = ()
    question: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """An account's staging as it was left: `fingerprint` of what it was made of, and the reports whose rows are typed."""

    fingerprint: str = ""
    version: str = ""
    rows_in: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unreadable: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    results: tuple[MemberResult, ...] = ()


def key(account: str, name: str) -> str:
    return f"staging/{account}/{name}"


def read_account(lake: Lake, account: str) -> Account:
    """As it was left, or an empty one."""
    try:
        kept = json.loads(lake.read(key(account, "members.json")))
    except NotInLake:
        return Account()
    results = tuple(MemberResult(**{**each, "warnings": tuple(each["warnings"])}) for each in kept["results"])
    pairs = {sha: (code, said) for sha, (code, said) in kept["unreadable"].items()}
    refused = {sha: tuple(lines) for sha, lines in kept["refused"].items()}
    return Account(kept["fingerprint"], kept["version"], kept["rows_in"], refused, pairs, results)


def write_accounts(lake: Lake, accounts: Mapping[str, Account]) -> None:
    """Written after everything they tell of: until then an account counts as not staged."""
    files = {}
    for account, known in accounts.items():
        told = {name: getattr(known, name) for name in Account.__slots__}
        told["results"] = [{name: getattr(each, name) for name in MemberResult.__slots__} for each in known.results]
        files[key(account, "members.json")] = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
    lake.write_all(files)


def _as_now(frame: pl.DataFrame, layer: str, wanted: Sequence[str]) -> pl.DataFrame:
    """A frame that was staged before a column was thought of, with it: empty, as nothing was known of it."""
    absent = [pl.lit(None, COLUMNS[layer][name]).alias(name) for name in wanted if name not in frame.columns]
    fills = [pl.col(name).fill_null(value) for name, value in _BEFORE.get(layer, {}).items() if name in wanted]
    if layer == "daily":
        of_export = {f"{group}_source": pl.col(f"{group}_member").is_not_null() for group in schemas.GROUPS}
        fills += [pl.when(told).then(pl.lit(BY_EXPORT)).alias(name) for name, told in of_export.items()]
    return frame.with_columns(absent).with_columns(fills).select(wanted)


def read_frame(lake: Lake, account: str, layer: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """A frame of the account, all its columns or these; without rows where there is no file."""
    wanted = list(columns or COLUMNS[layer])
    try:
        file = lake.read(key(account, f"{layer}.parquet"))
    except NotInLake:
        return schemas.empty(layer).select(wanted)
    try:
        return pl.read_parquet(io.BytesIO(file), columns=wanted)
    except pl.exceptions.ColumnNotFoundError:
        return _as_now(pl.read_parquet(io.BytesIO(file)), layer, wanted)


def read_frames(
    lake: Lake, accounts: Collection[str], layer: str, columns: Sequence[str] | None = None
) -> pl.DataFrame:
    """The frames of accounts, one below the other."""
    wanted = list(columns or schemas.COLUMNS[layer])
    parts = [schemas.empty(layer).select(wanted)]
    names = list(accounts)
    for first in range(0, len(names), FILES_AT_ONCE):
        files = []
        for account in names[first : first + FILES_AT_ONCE]:
            with suppress(NotInLake):
                files.append(lake.read(key(account, f"{layer}.parquet")))
        if files:
            try:
                parts.append(pl.read_parquet(files, columns=wanted))
            except (pl.exceptions.ColumnNotFoundError, pl.exceptions.SchemaError):
                parts += [_as_now(pl.read_parquet(io.BytesIO(file)), layer, wanted) for file in files]
    return pl.concat(parts)


def write_frame(lake: Lake, account: str, layer: str, frame: pl.DataFrame) -> None:
    """Raises LayerBroken before anything is written."""
    write_frames(lake, {layer: {account: schemas.checked(layer, frame)}})


def write_frames(lake: Lake, frames: Mapping[str, Mapping[str, pl.DataFrame]]) -> None:
    """Frames by layer and account, which have the shape of their layers (`schemas.checked`)."""
    files = {key(account, f"{layer}.parquet"): frame for layer, own in frames.items() for account, frame in own.items()}
    lake.write_all({name: parquet(files[name]) for name in sorted(files)})


def parquet(frame: pl.DataFrame) -> bytes:
    """The bytes of a Parquet file; without statistics and in one group of rows: small files of which all is read."""
    file = io.BytesIO()
    frame.write_parquet(file, compression="zstd", compression_level=3, statistics=False)
    return file.getvalue()


def remove(lake: Lake, account: str) -> None:
    """Nothing is staged of the account any more."""
    for entry in lake.entries(f"staging/{account}"):
        lake.delete(entry.key)


def accounts(lake: Lake) -> list[str]:
    """The accounts that are staged."""
    found = {entry.key.split("/")[1] for entry in lake.entries("staging") if entry.key.endswith("/members.json")}
    return sorted(found)
