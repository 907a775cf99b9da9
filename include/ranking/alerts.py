"""Personal alerts: what is worked out at the end of a complete live day, kept, and handed on until it was sent."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

import psycopg

from include.database import Row, rows
from include.digest.message import Channel, Letter, Occasion
from include.erasure import forgotten as erasure
from include.ranking import alert_letters
from include.ranking.saved import first_of

SEEN_DAYS = 30  # whoever did not open the page of their alerts for so long may have lost the right to see it
SENT_DAYS = 7  # so long it is tried to send something; and so many days are caught up on
KEPT_DAYS = 90  # of what was told, once it is over
MOST_WATCHED = 5_000  # of stars, of a status of the shortlist, and of a saved search
log = logging.getLogger(__name__)


def work_out(connection: psycopg.Connection[Any], occasion: Occasion, now: datetime) -> bool:
    """Keep what is to be told of the run's day, and of complete days before it that nobody came to; False: the run tells nothing.

    Replays, dry runs, runs that measure nobody and days that are not complete tell nothing. Worked out again, a day tells what
    was not observed before, and nothing twice.
    """
    # Nobody is forgotten meanwhile: who is on the roster was not.
    erasure.share(connection)
    days = [
        row["day"]
        for row in rows(connection, "ranking/alerts/read_days", {"run_id": occasion.run_id, "days": SENT_DAYS})
    ]
    for day in days:
        since = now.date() - timedelta(days=SEEN_DAYS)
        wishes = rows(connection, "ranking/alerts/read_wishes", {"day": day, "seen_since": since})
        told = sum(_work_out_wish(connection, wish, day) for wish in wishes)
        rows(connection, "ranking/alerts/note_day", {"day": day})
        log.info("Alerts of %s: %d, by %d wishes.", day, told, len(wishes))
    return bool(days)


def unsent(connection: psycopg.Connection[Any], channel: Channel, occasion: Occasion, now: datetime) -> list[Letter]:
    """A letter for each person who wants to be told on this channel, with all that was not sent there yet."""
    today = now.date()
    asked = {
        "channel": channel,
        "first_day": min(occasion.day, today) - timedelta(days=SENT_DAYS - 1),
        "seen_since": today - timedelta(days=SEEN_DAYS),
    }
    found = rows(connection, "ranking/alerts/read_unsent", asked)
    return [
        alert_letters.letter(list(events), occasion, SEEN_DAYS)
        for _, events in groupby(found, key=itemgetter("reader"))
    ]


def note_sent(connection: psycopg.Connection[Any], channel: Channel, letter: Letter) -> None:
    """What a letter told was sent on this channel."""
    rows(connection, "ranking/alerts/note_sent", {"alert_ids": list(letter.alert_ids), "channel": channel})


def watched_by(connection: psycopg.Connection[Any], wish: Row, reader: str) -> Sequence[str]:
    """The ids whom a wish watches now, MOST_WATCHED at most: of a saved search the first; nobody where that is gone."""
    if wish["watched"] == "search":
        return [] if wish["path"] is None else first_of(connection, wish, reader, MOST_WATCHED) or []
    asked = {"wish_id": wish["wish_id"], "most": MOST_WATCHED}
    return [row["user_id"] for row in rows(connection, "ranking/alerts/read_watched", asked)]


def know_all(connection: psycopg.Connection[Any], wish: Row, reader: str, today: date) -> None:
    """Whoever is in the saved search of a wish now is no newcomer to it."""
    if wish["watched"] == "search" and wish["newcomers"]:
        _know(connection, wish, watched_by(connection, wish, reader), today)


def _know(connection: psycopg.Connection[Any], wish: Row, user_ids: Sequence[str], day: date) -> None:
    asked = {"wish_id": wish["wish_id"], "user_ids": list(user_ids), "day": day}
    rows(connection, "ranking/alerts/know", asked)
    rows(connection, "ranking/alerts/note_reach", {"wish_id": wish["wish_id"], "reach": MOST_WATCHED})


def _work_out_wish(connection: psycopg.Connection[Any], wish: Row, day: date) -> int:
    about = {"wish_id": wish["wish_id"], "day": day}
    user_ids = list(watched_by(connection, wish, wish["reader"]))
    watched = {**about, "user_ids": user_ids}
    if wish["newcomers"] and wish["reach"] < MOST_WATCHED:
        # The bound was raised: who stands beyond the former one was there before.
        _know(connection, wish, user_ids[wish["reach"] :], day)
    rows(connection, "ranking/alerts/end_events", about)
    told = len(rows(connection, "ranking/alerts/tell", watched))
    if wish["newcomers"]:
        told += len(rows(connection, "ranking/alerts/tell_newcomers", watched))
    return told
