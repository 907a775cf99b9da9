"""raw → staging: all reports of one account, typed, on their true days, one row per key.

An account is worked out from all its reports together, whatever the order they came in. Their typed rows are kept beside it, so
that a new download costs what is new; a new rule (`VERSION`, the formats) reads raw again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import polars as pl

from include.account_analytics import audience, dated_rows, days, staged_files, typed_rows, videos
from include.account_analytics.dating.solve import solve
from include.account_analytics.dating.viewers import viewers_lag
from include.account_analytics.facts import API, Dated, Sighting
from include.account_analytics.schemas import COLUMNS, checked_together, empty
from include.account_analytics.staged_files import TYPED, Account, MemberResult
from include.account_analytics.typed_rows import OfAccount, RawReport, TypedRows
from include.lake import Lake

VERSION = 2  # of what is made here
Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class StagedInput:
    """A report of an account that lies in raw: what it is, where its lines are, in which exports it was seen.

    `renames` are a person's answers about its header: normalised header → known header.
    """

    sha256: str
    family: str
    report: str
    raw_key: str
    sightings: tuple[Sighting, ...] = ()
    renames: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Staged:
    """An account as it is staged now. `is_new` is False when nothing had to be done."""

    account: str
    is_new: bool
    members: tuple[MemberResult, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An account that is to be staged, with all its reports that count and a person's answers.

    `is_forced`: every line of raw is read again.
    """

    account: str
    inputs: Sequence[StagedInput]
    answers: Mapping[tuple[str, str], str]
    time_zone: str | None = None
    is_forced: bool = False


@dataclass(frozen=True, slots=True)
class _Work:
    """An account with something new: its reports in the order of their sums, and how it was left, as far as that counts."""

    wanted: Wanted
    inputs: list[StagedInput]
    known: Account
    fingerprint: str
    version: str
    was_staged: bool = False

    @property
    def account(self) -> str:
        return self.wanted.account


@dataclass(frozen=True, slots=True)
class _Typed:
    """The typed rows of all accounts, in one frame a layer with their `account`; and what else was read."""

    frames: dict[str, pl.DataFrame]
    read: TypedRows


def stage(
    lake: Lake,
    account: str,
    inputs: Sequence[StagedInput],
    answers: Mapping[tuple[str, str], str],
    *,
    time_zone: str | None = None,
    is_forced: bool = False,
) -> Staged:
    """Stage the account from all its reports that count; one with nothing new is not touched.

    Without any report it has no files afterwards. Raises LakeError, LayerBroken.
    """
    return stage_together(lake, [Wanted(account, inputs, answers, time_zone, is_forced)])[0]


def stage_together(lake: Lake, accounts: Sequence[Wanted]) -> list[Staged]:
    """Stage these accounts: as each by itself, and much sooner, as their rows are worked on together.

    Where one cannot be staged none is told to be, though some may have been written. Raises LakeError, LayerBroken.
    """
    version = f"{VERSION}.{typed_rows.catalogue().version}"
    staged: dict[str, Staged] = {}
    work: list[_Work] = []
    for wanted in accounts:
        account, known = wanted.account, staged_files.read_account(lake, wanted.account)
        fingerprint = _fingerprint(wanted.inputs, wanted.answers, wanted.time_zone, version)
        if not wanted.is_forced and known.fingerprint == fingerprint:
            staged[account] = Staged(account, False, known.results)
        elif not wanted.inputs:
            staged_files.remove(lake, account)
            staged[account] = Staged(account, bool(known.fingerprint), ())
        else:
            counts = known.version == version and not wanted.is_forced
            inputs = sorted(wanted.inputs, key=lambda each: each.sha256)
            was_staged = bool(known.fingerprint)
            work.append(_Work(wanted, inputs, known if counts else Account(), fingerprint, version, was_staged))
    if work:
        staged |= _staged(lake, work)
    return [staged[wanted.account] for wanted in accounts]


def _staged(lake: Lake, work: Sequence[_Work]) -> dict[str, Staged]:
    typed = _typed(lake, work)
    dated = _dated(work, typed)
    frames = _frames(work, typed, dated)
    results = _results(work, typed, dated)
    parts = {layer: _apart(layer, frame, work) for layer, frame in {**typed.frames, **frames}.items()}
    _leave_out_empty(lake, work, parts)
    staged_files.write_frames(lake, parts)
    left: dict[str, Account] = {}
    for each in work:
        read, shas = typed.read, [report.sha256 for report in each.inputs]
        left[each.account] = Account(
            each.fingerprint,
            each.version,
            _own(each.account, shas, read.rows_in),
            _own(each.account, shas, read.refused),
            _own(each.account, shas, read.unreadable),
            results[each.account],
        )
    staged_files.write_accounts(lake, left)
    return {each.account: Staged(each.account, True, results[each.account]) for each in work}


def _leave_out_empty(lake: Lake, work: Sequence[_Work], parts: dict[str, dict[str, pl.DataFrame]]) -> None:
    """Few accounts have a layer that only the API fills; the others have no file of it, or no longer."""
    for layer in staged_files.RARE:
        for each in work:
            if parts[layer][each.account].is_empty():
                del parts[layer][each.account]
                if each.was_staged:
                    lake.delete(staged_files.key(each.account, f"{layer}.parquet"))


def _own(account: str, shas: Sequence[str], told: Mapping[OfAccount, Told]) -> dict[str, Told]:
    """What is told of the account's reports, by report."""
    return {sha: told[account, sha] for sha in shas if (account, sha) in told}


def _apart(layer: str, frame: pl.DataFrame, work: Sequence[_Work]) -> dict[str, pl.DataFrame]:
    """The layer of each account, without rows where it has none. Raises LayerBroken."""
    has_account = "account" in COLUMNS[layer]
    checked_together(layer, frame)
    if len(work) == 1:
        return {work[0].account: frame if has_account else frame.drop("account")}
    parts = frame.partition_by("account", as_dict=True, include_key=has_account, maintain_order=True)
    return {each.account: parts.get((each.account,), empty(layer)) for each in work}


def _fingerprint(
    inputs: Sequence[StagedInput], answers: Mapping[tuple[str, str], str], time_zone: str | None, version: str
) -> str:
    """Of everything that decides how the account is staged, in an order of its own. An export is landed once, so when it did
    is not told: the same files dropped in another order leave the same."""
    told: list[Any] = [version, time_zone]
    for each in sorted(inputs, key=lambda each: each.sha256):
        seen = sorted(
            (at.export_sha256, str(at.name), str(at.written_at), sorted(at.companions)) for at in each.sightings
        )
        told.append([each.sha256, each.family, each.report, sorted(each.renames.items()), seen])
    told.append(sorted((kind, subject, answer) for (kind, subject), answer in answers.items()))
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _typed(lake: Lake, work: Sequence[_Work]) -> _Typed:
    """The typed rows of all reports: those known are read from beside the account, the others from raw."""
    new, old = [], []
    read = TypedRows()
    for each in work:
        known = each.known
        kept = {report.sha256 for report in each.inputs if report.sha256 in known.rows_in and not report.renames}
        new += [(each.account, report) for report in each.inputs if report.sha256 not in kept]
        read.rows_in |= _of(each.account, kept, known.rows_in)
        read.refused |= _of(each.account, kept, known.refused)
        read.unreadable |= _of(each.account, kept, known.unreadable)
        if kept:
            old.append((each.account, kept if kept != known.rows_in.keys() else None))
    raw = [RawReport(account, each.sha256, each.report, lake.read(each.raw_key), each.renames) for account, each in new]
    typed_rows.typed(raw, read)
    frames = {}
    for layer in TYPED:
        parts = [_kept(lake, account, layer, kept) for account, kept in old] or [empty(layer)]
        accounts = typed_rows.repeated("account", [name for name, _ in old], [part.height for part in parts])
        own = pl.concat(parts).with_columns(accounts if old else pl.lit("").alias("account"))
        frames[layer] = pl.concat([own, *read.frames.get(layer, [])]).sort("account", "member", "line")
    return _Typed(frames, read)


def _kept(lake: Lake, account: str, layer: str, kept: Collection[str] | None) -> pl.DataFrame:
    """The rows that lie beside an account, those of these reports or all."""
    frame = staged_files.read_frame(lake, account, layer)
    return frame if kept is None else frame.filter(pl.col("member").is_in(kept))


def _of(account: str, shas: Collection[str], told: Mapping[str, Any]) -> dict[OfAccount, Any]:
    return {(account, sha): told[sha] for sha in shas if sha in told}


def _dated(work: Sequence[_Work], typed: _Typed) -> dict[OfAccount, Dated]:
    """The dates of all reports that can be read; those of an account are solved together."""
    own = ["account", "member"]
    apart: dict[str, dict[Any, pl.DataFrame]] = {
        layer: frame.partition_by(own, as_dict=True, maintain_order=True) for layer, frame in typed.frames.items()
    }
    dated: dict[OfAccount, Dated] = {}
    for each in work:
        members = [
            dated_rows.for_dating(
                each.account,
                report.sha256,
                report.family,
                report.report,
                report.sightings,
                {layer: parts.get((each.account, report.sha256), empty(layer)) for layer, parts in apart.items()},
            )
            for report in each.inputs
            if (each.account, report.sha256) not in typed.read.unreadable
        ]
        dated |= {(each.account, sha): found for sha, found in solve(members, each.wanted.answers).items()}
    return dated


def _frames(work: Sequence[_Work], typed: _Typed, dated: Mapping[OfAccount, Dated]) -> dict[str, pl.DataFrame]:
    """The accounts' frames, of the reports whose dates are known."""
    certain = {key: each for key, each in dated.items() if each.question is None and each.refusal is None}
    daily_rows = dated_rows.on_true_days(typed.frames["day_rows"], certain)
    hour_rows = dated_rows.on_true_days(typed.frames["hour_rows"], certain)
    last = daily_rows.group_by("account", "member").agg(pl.col("label_day").max())
    last_days: dict[OfAccount, date] = {(account, sha): day for account, sha, day in last.iter_rows()}
    reports = {(each.account, report.sha256): report.report for each in work for report in each.inputs}
    families = {(each.account, report.sha256): report.family for each in work for report in each.inputs}
    answers = {key for key, family in families.items() if family == API}
    order = dated_rows.newness(certain, last_days, reports)
    told = dated_rows.candidates(daily_rows, certain, reports, order, viewers_lag, families)
    daily, revisions = days.merge(told)
    seen, shares, hours = (
        dated_rows.with_source(rows, answers)
        for rows in (
            dated_rows.on_snapshot_days(typed.frames["video_rows"], certain, order),
            dated_rows.on_snapshot_days(typed.frames["share_rows"], certain, order),
            dated_rows.with_newness(hour_rows, order),
        )
    )
    zones = {each.account: each.wanted.time_zone for each in work}
    return {
        "daily": daily,
        "videos": _videos(work, seen),
        "audience": audience.insights(shares, audience.in_zones(hours, zones), audience.traffic(seen)),
        "revisions": revisions,
        "totals": dated_rows.totals(daily_rows, certain, reports),
    }


def _videos(work: Sequence[_Work], seen: pl.DataFrame) -> pl.DataFrame:
    """The accounts of each zone by themselves."""
    zones = {each.account: each.wanted.time_zone for each in work}
    if len(set(zones.values())) == 1:
        return videos.snapshots(seen, _zone(work[0].wanted.time_zone))
    parts = [
        videos.snapshots(
            seen.filter(pl.col("account").is_in([name for name in zones if zones[name] == zone])), _zone(zone)
        )
        for zone in dict.fromkeys(zones.values())
    ]
    return pl.concat(parts)


def _zone(name: str | None) -> ZoneInfo | None:
    return ZoneInfo(name) if name else None


def _results(
    work: Sequence[_Work], typed: _Typed, dated: Mapping[OfAccount, Dated]
) -> dict[str, tuple[MemberResult, ...]]:
    own = ["account", "member"]
    heights = pl.concat([frame.select(own) for frame in typed.frames.values()]).group_by(own).len()
    rows_out = {(account, sha): rows for account, sha, rows in heights.iter_rows()}
    hours = typed.frames["hour_rows"].select(*own, "month", "day").unique()
    labels = pl.concat([typed.frames["day_rows"].select(own), hours.select(own)]).group_by(own).len()
    spans = {(account, sha): rows for account, sha, rows in labels.iter_rows()}
    found: dict[str, tuple[MemberResult, ...]] = {}
    for each in work:
        keys = [(each.account, report.sha256) for report in each.inputs]
        found[each.account] = tuple(
            _unreadable(key, typed.read)
            if key in typed.read.unreadable
            else _result(key, dated[key], typed.read, rows_out.get(key, 0), spans.get(key, 0))
            for key in keys
        )
    return found


def _unreadable(key: OfAccount, typed: TypedRows) -> MemberResult:
    code, reason = typed.unreadable[key]
    return MemberResult(key[1], "quarantined", reason, code)


def _result(key: OfAccount, dated: Dated, typed: TypedRows, rows_out: int, labels: int) -> MemberResult:
    """What became of a report that could be read: where its labels lie, or what it waits for."""
    refused = typed.refused.get(key, ())
    is_certain = dated.question is None and dated.refusal is None
    first = dated.first_label
    days_told = _days_told(dated, labels) if is_certain else (None, None)
    if dated.refusal is not None:
        reason: str | None = str(dated.refusal)
    elif dated.question is not None:
        reason = dated.question.text
    else:
        reason = f"{len(refused)} rows left out: {'; '.join(refused[:5])}" if refused else None
    return MemberResult(
        dated.sha256,
        "quarantined" if dated.refusal else "waiting" if dated.question else "done",
        reason,
        dated.refusal.code if dated.refusal else None,
        rows_in=typed.rows_in[key],
        rows_out=rows_out if is_certain else 0,
        rows_refused=len(refused) if is_certain else 0,
        first_day=days_told[0],
        last_day=days_told[1],
        first_label=first.isoformat() if first else None,
        exported_at=dated.exported_at.isoformat() if dated.exported_at else None,
        year_basis=dated.year_basis,
        label_shift=dated.label_shift,
        shift_basis=dated.shift_basis,
        warnings=dated.warnings,
        question=None if dated.question is None else asdict(dated.question),
    )


def _days_told(dated: Dated, labels: int) -> tuple[str | None, str | None]:
    """The first and the last true day of a report."""
    if dated.days:
        return min(dated.days).isoformat(), max(dated.days).isoformat()
    if dated.first_label is None:
        return None, None
    first = dated.first_label - timedelta(days=dated.label_shift)
    return first.isoformat(), (first + timedelta(days=max(labels, 1) - 1)).isoformat()
