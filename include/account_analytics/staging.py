"""raw → staging: all reports of one account, typed, on their true days, one row per key.

An account is worked out from all its reports together, whatever the order they came in. Their typed rows are kept beside it, so
that a new download costs what is new; a new rule (`VERSION`, the formats) reads raw again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from include.account_analytics import audience, dated_rows, days, staged_files, typed_rows, videos
from include.account_analytics.dating.solve import solve
from include.account_analytics.dating.viewers import viewers_lag
from include.account_analytics.facts import Dated, Refused, Sighting
from include.account_analytics.schemas import empty
from include.account_analytics.staged_files import TYPED, Account, MemberResult
from include.lake import Lake

VERSION = 1  # of what is made here


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
class _Typed:
    frames: dict[str, pl.DataFrame]
    rows_in: dict[str, int]
    refused: dict[str, tuple[str, ...]]
    unreadable: dict[str, tuple[str, str]]


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

    Without any report it has no files afterwards. `is_forced`: every line of raw is read again. Raises LakeError, LayerBroken.
    """
    known = staged_files.read_account(lake, account)
    version = f"{VERSION}.{typed_rows.catalogue().version}"
    fingerprint = _fingerprint(inputs, answers, time_zone, version)
    if not is_forced and known.fingerprint == fingerprint:
        return Staged(account, False, known.results)
    if not inputs:
        staged_files.remove(lake, account)
        return Staged(account, bool(known.fingerprint), ())
    if is_forced or known.version != version:
        known = Account()
    typed = _typed(lake, account, sorted(inputs, key=lambda each: each.sha256), known)
    dated = _dated(account, inputs, typed, answers)
    frames = _frames(account, inputs, typed, dated, ZoneInfo(time_zone) if time_zone else None)
    results = _results(inputs, typed, dated)
    for layer, frame in {**typed.frames, **frames}.items():
        staged_files.write_frame(lake, account, layer, frame)
    left = Account(fingerprint, version, typed.rows_in, typed.refused, typed.unreadable, results)
    staged_files.write_account(lake, account, left)
    return Staged(account, True, results)


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


def _typed(lake: Lake, account: str, inputs: Sequence[StagedInput], known: Account) -> _Typed:
    """The typed rows of all reports: those known are read from beside the account, the others from raw."""
    kept = {each.sha256 for each in inputs if each.sha256 in known.rows_in and not each.renames}
    own = {layer: [staged_files.read_frame(lake, account, layer)] if kept else [empty(layer)] for layer in TYPED}
    own = {layer: [frame.filter(pl.col("member").is_in(kept)) for frame in frames] for layer, frames in own.items()}
    typed = _Typed(
        {},
        {sha: known.rows_in[sha] for sha in kept},
        {sha: known.refused[sha] for sha in kept & known.refused.keys()},
        {sha: known.unreadable[sha] for sha in kept & known.unreadable.keys()},
    )
    for each in inputs:
        if each.sha256 in kept:
            continue
        try:
            read = typed_rows.typed(each.sha256, each.report, lake.read(each.raw_key), each.renames)
        except Refused as refused:
            typed.unreadable[each.sha256] = (refused.code, str(refused))
            read = typed_rows.TypedRows({})
        typed.rows_in[each.sha256] = read.rows_in
        if read.refused:
            typed.refused[each.sha256] = read.refused
        for layer, frame in read.frames.items():
            own[layer].append(frame)
    for layer, frames in own.items():
        typed.frames[layer] = pl.concat(frames).sort("member", "line")
    return typed


def _dated(
    account: str, inputs: Sequence[StagedInput], typed: _Typed, answers: Mapping[tuple[str, str], str]
) -> dict[str, Dated]:
    """The dates of all reports that can be read, solved together."""
    apart: dict[str, dict[str, pl.DataFrame]] = {
        layer: {
            str(sha): own for (sha,), own in frame.partition_by("member", as_dict=True, maintain_order=True).items()
        }
        for layer, frame in typed.frames.items()
    }
    members = [
        dated_rows.for_dating(
            account,
            each.sha256,
            each.family,
            each.report,
            each.sightings,
            {layer: parts.get(each.sha256, empty(layer)) for layer, parts in apart.items()},
        )
        for each in sorted(inputs, key=lambda each: each.sha256)
        if each.sha256 not in typed.unreadable
    ]
    return dict(solve(members, answers))


def _frames(
    account: str, inputs: Sequence[StagedInput], typed: _Typed, dated: Mapping[str, Dated], time_zone: ZoneInfo | None
) -> dict[str, pl.DataFrame]:
    """The account's frames, of the reports whose dates are known."""
    certain = {sha: each for sha, each in dated.items() if each.question is None and each.refusal is None}
    daily_rows = dated_rows.on_true_days(typed.frames["day_rows"], certain)
    hour_rows = dated_rows.on_true_days(typed.frames["hour_rows"], certain)
    last = daily_rows.group_by("member").agg(pl.col("label_day").max())
    last_days: dict[str, date] = dict(last.iter_rows())
    reports = {each.sha256: each.report for each in inputs}
    order = dated_rows.newness(certain.values(), last_days, reports)
    groups = {sha: dated_rows.GROUP_OF.get(report, report) for sha, report in reports.items()}
    undecided = sorted(sha for sha, each in certain.items() if each.shift_basis == "assumed")
    told = dated_rows.candidates(daily_rows, groups, order, viewers_lag)
    daily, revisions = days.merge(account, told, undecided)
    seen = dated_rows.on_snapshot_days(typed.frames["video_rows"], certain, order)
    shares = dated_rows.on_snapshot_days(typed.frames["share_rows"], certain, order)
    hours = hour_rows.with_columns(newness=pl.col("member").replace_strict(order, return_dtype=pl.Int32))
    return {
        "daily": daily,
        "videos": videos.snapshots(account, seen, time_zone),
        "audience": audience.insights(account, shares, hours),
        "revisions": revisions,
    }


def _results(inputs: Sequence[StagedInput], typed: _Typed, dated: Mapping[str, Dated]) -> tuple[MemberResult, ...]:
    heights = pl.concat([frame.select("member") for frame in typed.frames.values()]).group_by("member").len()
    rows_out: dict[str, int] = dict(heights.iter_rows())
    hours = typed.frames["hour_rows"].select("member", "month", "day").unique()
    labels = pl.concat([typed.frames["day_rows"].select("member"), hours.select("member")])
    spans: dict[str, int] = dict(labels.group_by("member").len().iter_rows())
    ordered = sorted(inputs, key=lambda each: each.sha256)
    return tuple(
        _unreadable(each.sha256, typed)
        if each.sha256 in typed.unreadable
        else _result(dated[each.sha256], typed, rows_out.get(each.sha256, 0), spans.get(each.sha256, 0))
        for each in ordered
    )


def _unreadable(sha256: str, typed: _Typed) -> MemberResult:
    code, reason = typed.unreadable[sha256]
    return MemberResult(sha256, "quarantined", reason, code)


def _result(dated: Dated, typed: _Typed, rows_out: int, labels: int) -> MemberResult:
    """What became of a report that could be read: where its labels lie, or what it waits for."""
    refused = typed.refused.get(dated.sha256, ())
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
        rows_in=typed.rows_in[dated.sha256],
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
