"""What an alert says: which creator, what happened, and why the person is told; a letter for one person, on any channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from html import escape
from itertools import groupby
from operator import itemgetter
from urllib.parse import quote

from include.database import Row
from include.digest.message import Letter, Occasion
from include.digest.texts import calmed, escaped

MOST_LINES = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One event: whom it is about, what happened with its bar, by what it was watched, and marks; plain text, not escaped."""

    user_id: str
    handle: str
    what: str
    because: str
    marks: str


def letter(events: Sequence[Row], occasion: Occasion, good_for_days: int) -> Letter:
    """All events of one person, as `read_unsent` gives them, by day; the same told by several wishes is one line."""
    lines = [(day, lines_of(list(of_day))) for day, of_day in groupby(events, key=itemgetter("day"))]
    count = sum(len(of_day) for _, of_day in lines)
    first = events[0]
    subject = f"Cometwatch {lines[0][0]}: {count:,} alert{'' if count == 1 else 's'} for you"
    until = first["seen_on"] + timedelta(days=good_for_days)
    ending = (
        f"You asked for this on the page My alerts. It goes on until {until}, and longer if you open that page before."
    )
    left_out = f"And {count - MOST_LINES:,} more: they are on the page My alerts." if count > MOST_LINES else ""
    shown = _first_of(lines, MOST_LINES)
    return Letter(
        first["reader"],
        first["address"],
        subject,
        _as_text(subject, first["reader"], shown, left_out, ending, occasion.pages),
        _as_html(subject, shown, left_out, ending, occasion.pages),
        tuple(event["alert_id"] for event in events),
    )


def lines_of(events: Sequence[Row]) -> list[Line]:
    """The events of a day, which stand together by creator and kind, the highest bar first."""
    return [_line(list(same)) for _, same in groupby(events, key=itemgetter("user_id", "kind"))]


def what_happened(event: Row) -> str:
    """An event in words, with the bar that it passed."""
    value, bar = event["value"], event["bar"]
    match event["kind"]:
        case "grown_1":
            return f"grew {value:.2f} % since the day before: your bar is {_plain(bar)} %"
        case "grown_7":
            return f"grew {value:.2f} % in 7 days: your bar is {_plain(bar)} %"
        case "followers":
            return f"passed {int(bar):,} followers, and has {int(value):,}"
        case "silent":
            return f"posted nothing for {int(value):,} days: your bar is {int(bar):,}"
        case "bought":
            return "began to look as if followers were bought"
    return "is new in a saved search"


def why_watched(event: Row) -> str:
    """By what a creator is watched."""
    match event["watched"]:
        case "stars":
            return "your star"
        case "status":
            return f"shortlist: {event['status']}"
    return f"saved search “{calmed(event['search_name'])}”"


def _line(same: Sequence[Row]) -> Line:
    event = same[0]
    marks = (
        []
        if event["kind"] == "followers" or event["follower_count"] is None
        else [f"{event['follower_count']:,} followers"]
    )
    if event["looks_bought"] and event["kind"] != "bought":
        marks.append("growth looks bought")
    because = dict.fromkeys(why_watched(each) for each in same)
    return Line(
        event["user_id"],
        calmed(event["handle"] or event["user_id"]),
        what_happened(event),
        ", ".join(because),
        "; ".join(marks),
    )


def _first_of(lines: Sequence[tuple[date, list[Line]]], most: int) -> list[tuple[date, list[Line]]]:
    shown = []
    for day, of_day in lines:
        if most > 0:
            shown.append((day, of_day[:most]))
        most -= len(of_day)
    return shown


def _as_text(
    subject: str, reader: str, lines: Sequence[tuple[date, list[Line]]], left_out: str, ending: str, pages: str
) -> str:
    """For a webhook in Slack's format, where others read it too: it names who it is for."""
    said = [f"*{subject.removesuffix('for you')}for {escaped(calmed(reader))}*"]
    for day, of_day in lines:
        said.append(f"*{day}*")
        said += [
            f"• <{_address(pages, line)}|@{escaped(line.handle).replace('|', '¦')}> {escaped(line.what)}"
            f" ({escaped('; '.join(part for part in (line.because, line.marks) if part))})"
            for line in of_day
        ]
    said += [left_out] if left_out else []
    said += [ending, f"<{pages}/alerts|My alerts>"]
    return "\n".join(said)


def _as_html(subject: str, lines: Sequence[tuple[date, list[Line]]], left_out: str, ending: str, pages: str) -> str:
    said = ["<!doctype html><meta charset=utf-8>", f"<h2>{escape(subject)}</h2>"]
    for day, of_day in lines:
        listed = [
            f'<li><a href="{escape(_address(pages, line))}">@{escape(line.handle)}</a> {escape(line.what)}'
            f" ({escape('; '.join(part for part in (line.because, line.marks) if part))})</li>"
            for line in of_day
        ]
        said += [f"<h3>{day}</h3>", "<ul>", *listed, "</ul>"]
    said += [f"<p>{escape(left_out)}</p>"] if left_out else []
    said.append(f'<p>{escape(ending)} <a href="{escape(pages)}/alerts">My alerts</a></p>')
    return "\n".join(said)


def _address(pages: str, line: Line) -> str:
    return f"{pages}/creators/{quote(line.user_id, safe='')}"


def _plain(number: Decimal) -> str:
    """5 for 5.00, 2.5 for 2.50."""
    return f"{number.normalize():f}"
