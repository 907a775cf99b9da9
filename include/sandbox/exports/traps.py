"""What people drop besides good exports: copies, files saved again, rows that contradict, and what is no export at all.

Each function gives files whose `refused` or `asks` says in one word what must become of them; without either the file is good.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from include.sandbox.exports import containers
from include.sandbox.exports.truth import File, Member, Sheet
from include.sandbox.exports.world import Account

_HTML = (
    '<!DOCTYPE html>\n<html lang="en"><head><title>Log in</title></head><body><h1>Log in</h1>'
    "<p>Please log in to download your data, then try again.</p></body></html>\n"
)


# -- good files in another guise


def downloaded_again(file: File, at: datetime) -> File:
    """The same ZIP fetched once more: equal members, other bytes of the ZIP, the browser's ` (1)` in its name."""
    entries = [(member.name, member.data) for member in file.members]
    stem, _, ending = file.name.rpartition(".")
    return replace(file, name=f"{stem} (1).{ending}", data=containers.bundle(entries, at), exported_at=at)


def zipped_by_hand(files: Sequence[File], name: str) -> File:
    """Bare files of one visit that a person packed into one ZIP: their time inside is that of the download."""
    members = tuple(member for file in files for member in file.members)
    data = containers.bundle([(member.name, member.data) for member in members], files[0].exported_at)
    return replace(files[0], name=name, data=data, members=members)


def unpacked(file: File, *, keeps_folder: bool = False) -> list[File]:
    """A ZIP's members as bare files; what some systems unpack lies in a folder called like the ZIP."""
    place = f"{file.name.removesuffix('.zip')}/" if keeps_folder else ""
    return [
        replace(file, name=place + member.name, data=member.data, members=(member,), why="unpacked")
        for member in file.members
    ]


def saved_again(file: File, encoding: str = "utf-16", delimiter: str = ",", newline: str = "\r\n") -> File:
    """A bare CSV that a spreadsheet program wrote anew, in its own manner; letters the encoding lacks become `?`."""
    (member,) = file.members
    rows = [member.sheet.header, *member.sheet.rows]
    needs_quotes = (delimiter, '"', "\n", "\r")

    def field(text: str) -> str:
        return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(sign in text for sign in needs_quotes) else text

    text = newline.join(delimiter.join(map(field, row)) for row in rows) + newline
    data = text.encode(encoding, errors="replace")
    return replace(file, data=data, members=(replace(member, data=data),))


def with_mac_leftovers(file: File) -> File:
    """A ZIP packed again on a Mac: beside each member lies one of no use to anybody."""
    leftovers = [(f"__MACOSX/._{member.name}", b"\x00\x05\x16\x07leftover") for member in file.members]
    entries = [*((member.name, member.data) for member in file.members), *leftovers]
    return replace(file, data=containers.bundle(entries, file.exported_at))


def strayed(file: File, folder: str, asks: str = "two_handles") -> File:
    """Another account's file in an account's folder."""
    name = f"{folder}/{file.name.rpartition('/')[2]}"
    return replace(file, name=name, asks=asks, why="lies in the folder of another account")


# -- rows that contradict


def doubled_label(file: File, row: int, *, equal: bool = False) -> File:
    """A day that stands twice in one report, with the same numbers or with others."""
    rows = list(_sheet(file).rows)
    again = rows[row] if equal else (rows[row][0], *(value + "7" for value in rows[row][1:]))
    return _with_rows(
        file, [*rows[: row + 1], again, *rows[row + 1 :]], "duplicate_label", f"row {row + 1} stands twice"
    )


def missing_day(file: File, row: int) -> File:
    """A day left out between others."""
    rows = list(_sheet(file).rows)
    return _with_rows(file, rows[:row] + rows[row + 1 :], "not_consecutive", f"row {row + 1} is missing")


def unreadable_date(file: File, row: int, text: str = "Smarch 13") -> File:
    """A row whose day is none."""
    rows = list(_sheet(file).rows)
    rows[row] = (text, *rows[row][1:])
    return _with_rows(file, rows, "unreadable_date", f"row {row + 1} says {text}")


def only_header(file: File) -> File:
    """A report of days without a day."""
    return _with_rows(file, [], "no_rows", "only a header")


def unknown_header(file: File) -> File:
    """A report whose columns nobody knows."""
    return _with_header(file, {"Video Views": "Impressions", "Likes": "Applause", "Shares": "Echoes"}, "unknown_header")


def renamed_column(file: File) -> File:
    """A report with one column under a new name: a likely rename, to be proposed and not applied."""
    return _with_header(file, {"Profile Views": "Profile visits"}, "unknown_header")


def lone_reach(file: File) -> File:
    """A report with `Reach` where the views should be: nobody but its owner knows what it counts."""
    return _with_header(file, {"Video Views": "Reach"}, "reach")


def two_accounts(first: File, second: File) -> File:
    """One ZIP with the Content reports of two accounts."""
    entries = [
        (f"{number}_{file.members[0].name}", file.members[0].data) for number, file in enumerate((first, second))
    ]
    data = containers.bundle(entries, first.exported_at)
    return replace(
        first, name="exports.zip", data=data, members=(), refused="two_accounts", why="the links name two accounts"
    )


# -- no export at all


def truncated(file: File, share: float = 0.6) -> File:
    """A download that broke off."""
    data = file.data[: int(len(file.data) * share)]
    return replace(file, data=data, members=(), refused="damaged", why="the download broke off")


def html_page(account: Account, at: datetime, name: str = "Overview.csv") -> File:
    """A log-in page that was saved instead of the file."""
    return _no_export(account, at, name, _HTML.encode(), "html", "a web page")


def personal_data(account: Account, at: datetime) -> list[File]:
    """The download of one's personal data, as JSON and in its ZIP: it holds messages, and is never kept."""
    messages = {"Chat History with friend:": [{"Date": "2026-01-02 03:04:05", "From": "friend", "Content": "private!"}]}
    whole = {
        "Activity": {"Login History": {"LoginHistoryList": [{"Date": "2026-01-02 03:04:05 UTC", "IP": "192.0.2.7"}]}},
        "Direct Messages": {"Chat History": {"ChatHistory": messages}},
        "Profile": {"Profile Information": {"ProfileMap": {"userName": account.handle}}},
    }
    data = json.dumps(whole).encode()
    text = b"Date: 2026-01-02 03:04:05\nLink: https://www.tiktokv.com/share/video/1/\n\n"
    texts = [("TikTok/Posts/Posts.txt", text), ("TikTok/Direct Messages/Direct Messages.txt", b"friend: private!\n")]
    archives = {
        "user_data_tiktok.json": data,
        "TikTok_Data_1790000000.zip": containers.bundle([("user_data_tiktok.json", data)], at),
        "TikTok_Data_1790000001.zip": containers.bundle(texts, at),
    }
    return [
        _no_export(account, at, name, content, "personal_data", "the download of personal data")
        for name, content in archives.items()
    ]


def video_file(account: Account, at: datetime) -> File:
    """A video, dropped by mistake."""
    data = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + bytes(2_000)
    return _no_export(account, at, "7400000000000000000.mp4", data, "video", "a video")


def _no_export(account: Account, at: datetime, name: str, data: bytes, refused: str, why: str) -> File:
    return File(name, data, None, account.handle, "none", "en", at, refused=refused, why=why)


def _sheet(file: File) -> Sheet:
    (member,) = file.members  # one report, bare or in its ZIP
    return member.sheet


def _with_header(file: File, names: dict[str, str], asks: str) -> File:
    sheet = _sheet(file)
    header = tuple(names.get(name, name) for name in sheet.header)
    if header == sheet.header:
        raise ValueError(f"{file.name} has none of the columns {', '.join(names)}")
    return replace(_written(file, replace(sheet, header=header)), asks=asks, why=f"its header is {', '.join(header)}")


def _with_rows(file: File, rows: Sequence[tuple[str, ...]], refused: str, why: str) -> File:
    return replace(_written(file, replace(_sheet(file), rows=rows)), refused=refused, why=why)


def _written(file: File, sheet: Sheet) -> File:
    """The file with another sheet, in the same container."""
    (member,) = file.members
    write = containers.plain_csv if file.family == "business" else containers.quoted_csv
    data = containers.xlsx(sheet) if member.name.endswith(".xlsx") else write(sheet)
    changed = Member(member.name, data, sheet)
    is_bundle = file.data[:2] == b"PK" and file.data != member.data
    whole = containers.bundle([(member.name, data)], file.exported_at) if is_bundle else data
    return replace(file, data=whole, members=(changed,))
