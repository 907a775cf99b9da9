"""Which accounts are fetched and need no downloads: how, when they last came, until when a consent counts, what is to be done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import psycopg

from include.database import Row, rows
from include.tiktok_business.app import API
from include.tiktok_business.endpoints import NEEDED, SCOPES
from plugins.dashboard.rendering import calmed

WAYS = {"api": "TikTok's Accounts API", "browser": "a browser (experimental)"}
SOON = timedelta(days=30)  # before a consent ends
LOGIN_SOON = timedelta(days=7)  # before a login ends, which each visit may make longer
OVERDUE = timedelta(days=2)  # since an account last came; a run asks every day


def fetched(connection: psycopg.Connection[Any]) -> list[Row]:
    """Accounts with a connection, with what is to be done for each, the most urgent first."""
    found = rows(connection, "dashboard/accounts/read_fetched")
    listed = [{**row, "way": _way(row), "to_do": to_do(row), "missing": missing(row)} for row in found]
    return sorted(listed, key=lambda row: (row["to_do"] is None, row["account"]))


def _way(row: Row) -> str:
    return f"{WAYS[row['via']]}, as the sandbox plays it" if row["is_made_up"] else WAYS[row["via"]]


def to_do(row: Row) -> str | None:
    """What a person has to do for the account, in one sentence; None: nothing. A made-up one comes with each `make run`."""
    if row["is_made_up"]:
        return (
            None if row["failed_at"] is None else f"It could not be fetched on {_day(row['failed_at'])}: make run again"
        )
    by_api = row["via"] == API
    if refused := _without_consent(row) if by_api else _without_login(row):
        return refused
    mended_at = row["authorized_at"] if by_api else row["logged_in_at"]
    if row["failed_at"] is not None and (mended_at is None or row["failed_at"] > mended_at):
        return f"It could not be fetched on {_day(row['failed_at'])}: {calmed(row['failure'])}"
    return (_of_consent(row) if by_api else _of_login(row)) or _late(row)


def _without_consent(row: Row) -> str | None:
    if row["authorized_at"] is None:
        return f"Let its owner agree once: {_again(row)}"
    if row["refused_at"] is not None:
        return (
            f"TikTok lets the app in no more since {_day(row['refused_at'])}. Let its owner agree again: {_again(row)}"
        )
    return None


def _without_login(row: Row) -> str | None:
    if row["logged_in_at"] is None:
        return f"Log in once: {_login(row)}"
    if row["login_refused_at"] is not None:
        return f"TikTok asks to log in since {_day(row['login_refused_at'])}: {_login(row)}"
    return None


def _of_login(row: Row) -> str | None:
    if row["login_ends_at"] is None or row["login_ends_at"] - row["now"] > LOGIN_SOON:
        return None
    return f"The login ends on {_day(row['login_ends_at'])}: log in again before: {_login(row)}"


def _of_consent(row: Row) -> str | None:
    """That it ends soon, or covers too little."""
    if row["refresh_expires_at"] - row["now"] < SOON:
        return f"Its consent ends on {_day(row['refresh_expires_at'])}: let its owner agree again before: {_again(row)}"
    lacking = [scope for scope in NEEDED.values() if scope in missing(row)]
    if not lacking:
        return None
    return f"Its owner did not permit {' and '.join(lacking)}: give the app these permissions at TikTok, then: {_again(row)}"


def _late(row: Row) -> str | None:
    if row["now"] - (row["came_at"] or row["seen_at"]) < OVERDUE:
        return None
    since = f"since {_day(row['came_at'])}" if row["came_at"] else "yet"
    return f"Nothing has come {since}: see the DAG's last runs."


def _again(row: Row) -> str:
    return f"make accounts-authorize ACCOUNT={row['account']}"


def _login(row: Row) -> str:
    return f"make accounts-login ACCOUNT={row['account']}"


def missing(row: Row) -> list[str]:
    """Permissions without which less is fetched."""
    return [scope for scope in SCOPES if row["scopes"] and scope not in row["scopes"]]


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
