"""Forgets people, and looks for what is left of them; a real client against the sandbox, without the shared rate limit."""

from __future__ import annotations

import json
import zlib

from psycopg import sql

from dags.forget_creator import offers
from include.database import Database
from include.erasure import erase
from include.tikhub.client import OpenGate, TikHub

KEY = "0123456789abcdef0123456789abcdef"


def open_client(days) -> TikHub:
    return TikHub(days.sandbox.url, days.sandbox.key, gate=OpenGate(), deadline=10)


def forget(
    days, creator: str, run_id: str = "manual__forget", *, dry_run: bool = False, lake=None, drop=None
) -> dict[str, int]:
    with Database(days.connect) as database:
        return erase.forget(
            database, offers(lake, drop), creator, run_id, "operator", dry_run=dry_run, with_search_words=True
        )


def everything(days) -> dict[str, list[str]]:
    """Every row of every table as text, stored answers unpacked."""
    leavings: dict[str, list[str]] = {}
    with days.connect() as connection:
        names = connection.execute(
            "select tablename from pg_tables where schemaname = 'public'"
            " and tablename !~ '_(default|[0-9]{4}_[0-9]{2})$'"
        ).fetchall()
        for (name,) in names:
            query = sql.SQL("select t::text from {} as t order by 1").format(sql.Identifier(name))
            leavings[name] = [text for (text,) in connection.execute(query)]
        answers = connection.execute(
            "select answer from api_calls where answer is not null order by call_id"
        ).fetchall()
        leavings["answers"] = [json.dumps(json.loads(zlib.decompress(answer))) for (answer,) in answers]
        leavings["api_calls"] = [
            text
            for (text,) in connection.execute("select (to_jsonb(c) - 'answer')::text from api_calls c order by call_id")
        ]
    return leavings


def holding(days, *texts: str) -> dict[str, int]:
    """Table -> rows that hold any of these texts."""
    found = {
        name: sum(any(text.lower() in row.lower() for text in texts) for row in rows)
        for name, rows in everything(days).items()
    }
    return {name: rows for name, rows in found.items() if rows}
