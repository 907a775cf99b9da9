"""What a run has to tell: viral videos, unusual days, questions, files that are missing or refused."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg

from include import database
from include.account_analytics.run import PIPELINE
from include.database import Row
from include.digest.message import Message, Occasion

MOST_NAMED = 5
LATELY = timedelta(days=7)  # of viral days, and of an account's last complete day
Section = tuple[str, list[str]]


def news(connection: psycopg.Connection[Any], occasion: Occasion, now: datetime) -> Message | None:
    """What there is to tell at the end of a run; None when nothing happened, or for a dry run."""
    found = database.rows(connection, "account_analytics/digest/read_run", {"run_id": occasion.run_id})
    if not found:
        return unread(occasion)
    run = found[0]
    if run["dry_run"]:
        return None
    sections = [(title, lines) for title, lines in _sections(connection, occasion, run) if lines]
    return _message(occasion, sections) if sections else None


def unread(occasion: Occasion) -> Message:
    """What to tell when the database cannot be asked."""
    return _message(occasion, [("Red", ["The run could not begin: see the log of open_run."])])


def _sections(connection: psycopg.Connection[Any], occasion: Occasion, run: Row) -> list[Section]:
    most, day = {"most": MOST_NAMED}, run["day"]
    viral = database.rows(connection, "account_analytics/digest/read_viral", {**most, "since": day - LATELY})
    unusual = database.rows(connection, "account_analytics/digest/read_anomalies", {**most, "since": run["started_at"]})
    missing = database.rows(connection, "account_analytics/digest/read_missing", {**most, "before": day - LATELY})
    asked = database.rows(connection, "account_analytics/read_open_questions", most)
    files = database.rows(connection, "account_analytics/read_new_files", {"run_id": occasion.run_id})
    refused = [row for row in files if row["result"] in {"refused", "quarantined", "waiting"}][:MOST_NAMED]
    return [
        (
            "Red",
            [f"{', '.join(run['failed_tasks'])}. Clear them with everything downstream."]
            if run["failed_tasks"]
            else [],
        ),
        ("Viral videos", [_viral(row) for row in viral]),
        ("Unusual days", [_unusual(row) for row in unusual]),
        ("Questions", [row["question"] for row in asked]),
        ("Refused or waiting files", [f"{row['file_name']}: {row['reason']}" for row in refused]),
        ("No file for a week", [f"@{row['account']}: the last complete day is {row['last_day']}" for row in missing]),
    ]


def _viral(row: Row) -> str:
    return f"@{row['account']}: {row['views_of_day']:,} views on {row['day']}, {row['growth']:.1f} times the day before"


def _unusual(row: Row) -> str:
    return f"@{row['account']}: {row['kind']} on {row['day']}"


def _message(occasion: Occasion, sections: Sequence[Section]) -> Message:
    counted = ", ".join(f"{len(lines)} {title.lower()}" for title, lines in sections)
    subject = f"Accounts {occasion.day}: {counted}"
    lines = [f"*{subject}*"]
    for title, told in sections:
        lines += [f"*{title}*", *(f"• {_escaped(each)}" for each in told)]
    text = "\n".join(lines)
    listed = "".join(
        f"<h2>{title}</h2><ul>{''.join(f'<li>{html.escape(each)}</li>' for each in lines)}</ul>"
        for title, lines in sections
    )
    page = f"<!doctype html><meta charset=utf-8><h1>{html.escape(subject)}</h1>{listed}"
    return Message(PIPELINE, occasion.day, subject, text, page, hashlib.sha256(text.encode()).hexdigest())


def _escaped(text: str) -> str:
    """For Slack's format: no text becomes a link, or calls a channel."""
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
