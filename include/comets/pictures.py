"""Small copies of avatars and covers: made, kept, and fetched on the day on which they were seen; at no call of the API.

Whatever comes from outside is decoded under the limits of layer 3 and written anew: nothing of its bytes is kept or served.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import psycopg

from include import database
from include.database import Database
from include.erasure import forgotten as erasure
from include.web.pictures import ImageError, ImageFetcher, ImageRefused
from plugins.filters.covers import read_cover, shrink
from plugins.filters.face_detectors import Box
from plugins.filters.image_headers import TooManyPixelsError, UnreadableImageError
from plugins.filters.rules import load_rules

if TYPE_CHECKING:
    import numpy as np

LONG_SIDE = 160
MOST_BYTES = 10_000
# Each smaller than the one before: of noise, which nobody has for a face, the last is a quarter of the bytes that are allowed.
SIDES_AND_QUALITIES = (*((LONG_SIDE, quality) for quality in (80, 60, 40, 20)), (112, 20), (80, 10))
GOOD_HOURS = 6  # for which an address is taken to be good
RENEW_DAYS = 2  # before its end a copy is fetched anew, so that no face is missed in between
REFUSED_DAYS = 7  # for which what was refused is not asked for again
THREADS = 8
CHUNK = 40
PATIENCE_SECONDS = 600.0
AVATAR = ""  # the video of an avatar
Reason = Literal["address", "redirect", "too_large", "too_many_pixels", "unreadable"]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """`a_day`: pictures to be fetched at most; `days`: for which copies are kept; `most_bytes`: of all together."""

    a_day: int
    days: int
    most_bytes: int


@dataclass(frozen=True, slots=True)
class Copy:
    """A small WebP: its bytes, width and height in pixels."""

    image: bytes = field(repr=False)
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """What is kept of an avatar (`video_id` is AVATAR) or a cover: a copy, or why there is none.

    `detector`, `percent` and `score` are those of the verdict for which layer 3 looked at it, `box` is what it measured.
    """

    user_id: str
    video_id: str
    copy: Copy | None
    refused: Reason | None = None
    detector: str | None = None
    percent: Decimal | None = None
    score: Decimal | None = None
    box: Box | None = None


def copy_of(image: bytes) -> Copy:
    """A small copy of a picture's bytes, without anything else that stood in them. Raises UnreadableImageError."""
    pixels = read_cover(load_rules().face, image)
    for side, quality in SIDES_AND_QUALITIES:
        copy = _encoded(shrink(pixels, side), quality)
        if len(copy.image) <= MOST_BYTES:
            return copy
    raise UnreadableImageError("no small copy of it is small enough")


def _encoded(pixels: np.ndarray, quality: int) -> Copy:
    import cv2

    is_made, data = cv2.imencode(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, quality])
    if not is_made:
        raise UnreadableImageError("it cannot be written as WebP")
    height, width = pixels.shape[:2]
    return Copy(bytes(data), width, height)


def save(connection: psycopg.Connection[Any], pictures: Sequence[Picture], days: int) -> None:
    """Keep pictures, in place of those of before; the caller's transaction has asked who is forgotten."""
    if not pictures:
        return
    parameters = {
        "days": days,
        "refused_days": min(days, REFUSED_DAYS),
        **database.columns(
            pictures,
            user_ids="user_id",
            video_ids="video_id",
            images=lambda each: each.copy and each.copy.image,
            refused="refused",
            widths=lambda each: each.copy and each.copy.width,
            heights=lambda each: each.copy and each.copy.height,
            detectors="detector",
            face_percents="percent",
            face_scores="score",
            face_lefts=lambda each: each.box and each.box.left,
            face_tops=lambda each: each.box and each.box.top,
            face_widths=lambda each: each.box and each.box.width,
            face_heights=lambda each: each.box and each.box.height,
        ),
    }
    database.rows(connection, "comets/pictures/save_pictures", parameters)


def fetch(
    connections: Database,
    fetcher: ImageFetcher,
    limits: Limits,
    moment: datetime | None = None,
    patience: float = PATIENCE_SECONDS,
) -> dict[str, int]:
    """Fetch pictures whose addresses came in the last hours; how many were kept, unavailable, or refused by each reason.

    Ends after `patience` seconds and a little, whatever is left then; the next day's addresses are new ones. `moment` is now
    where a clock was set. What is unavailable is not noted: another day may do better.
    """
    wanted = connections.rows(
        "comets/pictures/list_wanted",
        {"moment": moment, "hours": GOOD_HOURS, "renew_days": RENEW_DAYS, "most": limits.a_day},
    )
    counts: Counter[str] = Counter()
    give_up_at = time.monotonic() + patience
    with ThreadPoolExecutor(THREADS, thread_name_prefix="picture") as pool:
        for start in range(0, len(wanted), CHUNK):
            if time.monotonic() >= give_up_at:
                counts["left"] = len(wanted) - start
                break
            taken = list(pool.map(partial(_take, fetcher), wanted[start : start + CHUNK]))
            pictures = [picture for picture in taken if picture is not None]
            counts.update("kept" if picture.copy else str(picture.refused) for picture in pictures)
            counts["unavailable"] += len(taken) - len(pictures)
            connections.run(partial(_store, pictures=pictures, days=limits.days))
    return {name: count for name, count in sorted(counts.items()) if count}


def trim(connections: Database, most_bytes: int) -> int:
    """Drop the least important copies until all together fit; returns how many."""
    return len(connections.rows("comets/pictures/trim", {"most_bytes": most_bytes}))


def _take(fetcher: ImageFetcher, wanted: database.Row) -> Picture | None:
    """A picture as it is to be kept, or why not; None where it was not to be had this time."""
    whose = wanted["user_id"], wanted["video_id"]
    try:
        return Picture(*whose, copy_of(fetcher.fetch([wanted["url"]]).bytes))
    except ImageRefused:
        return Picture(*whose, None, "address")
    except ImageError as error:
        return None if error.kind == "unavailable" else Picture(*whose, None, error.kind)
    except TooManyPixelsError:
        return Picture(*whose, None, "too_many_pixels")
    except UnreadableImageError:
        return Picture(*whose, None, "unreadable")


def _store(connection: psycopg.Connection[Any], pictures: Sequence[Picture], days: int) -> None:
    """Of who is on the roster still: somebody may have been erased since the list was made."""
    user_ids = {picture.user_id for picture in pictures}
    forgotten = erasure.forgotten_among(connection, user_ids)
    locked = database.rows(connection, "comets/lock_creators", {"user_ids": sorted(user_ids)})
    present = {row["user_id"] for row in locked} - forgotten
    save(connection, [picture for picture in pictures if picture.user_id in present], days)
