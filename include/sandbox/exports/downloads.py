"""`export(account, at, …)`: what a person who downloads an account's numbers at a moment gets, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from include.sandbox.exports import business, containers, studio
from include.sandbox.exports.frame import Frame, Switches
from include.sandbox.exports.truth import File, Member, Sheet
from include.sandbox.exports.world import Account

TABS = {"studio": ("overview", "content", "viewers", "followers"), "business": ("overview", "audience", "videos")}


def export(
    account: Account,
    at: datetime,
    *,
    reports: Sequence[str] | None = None,
    family: str = "studio",
    container: str | None = None,
    folder: str = "",
    **switches: Any,
) -> list[File]:
    """The files of one visit. `container`: zip, zip_xlsx, csv, xlsx; `switches` are those of `frame.Switches`.

    Without `reports` it is all that the family has; without `container` a ZIP for Studio and CSV for a business account.
    """
    frame = Frame(account, at.astimezone(UTC), Switches(**switches))
    container = container or ("zip" if family == "studio" else "csv")
    tabs = TABS[family] if reports is None else reports
    return [file for tab in tabs for file in _files(frame, tab, family, container, folder)]


def _files(frame: Frame, tab: str, family: str, container: str, folder: str) -> list[File]:
    makers = studio.sheets if family == "studio" else business.sheets
    members = [_member(sheet, family, container) for sheet in makers(tab, frame)]
    handle = frame.switches.handle or frame.account.handle_at(frame.at)
    blank = File("", b"", frame.account.index, handle, family, _written_in(frame, family), frame.at)
    place = f"{folder}/" if folder else ""
    if not container.startswith("zip"):
        return [replace(blank, name=place + member.name, data=member.data, members=(member,)) for member in members]
    data = containers.bundle([(member.name, member.data) for member in members], frame.at)
    name = f"{place}{zip_name(tab, frame, handle)}"
    return [replace(blank, name=name, data=data, members=tuple(members))]


def zip_name(tab: str, frame: Frame, handle: str) -> str:
    """Only Overview's name carries its first label and the epoch of its last day."""
    if tab == "overview":
        return f"Overview_{frame.labels[0].isoformat()}_{frame.epoch}_{handle}.zip"
    return f"{tab.title()}_{handle}.zip"


def _member(sheet: Sheet, family: str, container: str) -> Member:
    if container.endswith("xlsx"):
        return Member(f"{sheet.title}.xlsx", containers.xlsx(sheet), sheet)
    write = containers.quoted_csv if family == "studio" else containers.plain_csv
    return Member(f"{sheet.title}.csv", write(sheet), sheet)


def _written_in(frame: Frame, family: str) -> str:
    return frame.switches.language if family == "studio" else frame.switches.headers
