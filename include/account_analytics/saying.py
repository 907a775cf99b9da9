"""What a person says of an account on its page: that an anomaly is known, and in which zone its hours are."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import available_timezones

import psycopg

from include import database
from include.account_analytics import accounts
from include.failures import NeedsPerson


class NothingSaid(NeedsPerson, ValueError):
    """This says nothing that can be stored; the message says why."""


def acknowledge(
    connection: psycopg.Connection[Any], account: str, day: date, kind: str, subject: str, note: str, who: str
) -> None:
    """Note who has seen an anomaly, and what they say of it. Raises NothingSaid where it is gone, or was seen before."""
    key = {"account": account, "day": day, "kind": kind, "subject": subject}
    if not database.rows(
        connection, "account_analytics/acknowledge_anomaly", {**key, "note": note or None, "who": who}
    ):
        raise NothingSaid("This anomaly is gone, or somebody has acknowledged it already: open the page again.")


def set_time_zone(connection: psycopg.Connection[Any], account: str, zone: str) -> None:
    """The account's zone from now on; an empty text for none. Its posts are dated anew by the next run."""
    if zone and zone not in available_timezones():
        raise NothingSaid(f"{zone!r} is no time zone: choose one such as Europe/Berlin.")
    if database.rows(connection, "account_analytics/set_time_zone", {"account": account, "time_zone": zone or None}):
        accounts.mark_stale(connection, [account])
