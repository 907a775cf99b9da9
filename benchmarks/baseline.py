"""The plain way to do the same work, as one would write it in an afternoon: what the benchmarks compare with.

One creator after another: `requests.get`, store, commit, sleep a second. Yesterday is read with one SELECT, the rows are
written by INSERT … ON CONFLICT inside a SAVEPOINT. Faces are looked for by the Haar cascade at full resolution, on the
cover of every video, before anything else is known about it.

`python -m benchmarks.baseline DATABASE API_URL KEY SECONDS` takes the roll call for so many seconds.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import psycopg
import requests

from include.tikhub import parsers
from plugins.filters.layers import context_layers

PROFILE = "/api/v1/tiktok/app/v3/handler_user_profile"
SEARCH = "/api/v1/tiktok/app/v3/fetch_video_search_result"
TRENDS = "/api/v1/tiktok/web/fetch_trending_searchwords"
PAUSE_SECONDS = 1.0


def roll_call(database_url: str, api_url: str, key: str, seconds: float) -> int:
    """Measure the roster from its beginning until the time is over; returns how many were measured."""
    day, measured, until = datetime.now(UTC).date(), 0, time.monotonic() + seconds
    with psycopg.connect(database_url) as connection:
        creators = connection.execute("select user_id, sec_user_id from creators order by user_id").fetchall()
        connection.commit()
        for user_id, sec_user_id in creators:
            if time.monotonic() >= until:
                break
            answer = fetch(api_url, key, PROFILE, sec_user_id=sec_user_id)
            store(connection, user_id, answer["user"], day)
            measured += 1
            time.sleep(PAUSE_SECONDS)
    return measured


def fetch(api_url: str, key: str, path: str, **params: Any) -> Any:
    """One answer's `data`. Raises on any other status than 200."""
    answer = requests.get(f"{api_url}{path}", params=params, headers={"Authorization": f"Bearer {key}"}, timeout=60)
    answer.raise_for_status()
    return answer.json()["data"]


def store(connection: psycopg.Connection, user_id: str, user: dict[str, Any], day: date) -> None:
    """One creator and its snapshot with growth, in a savepoint, committed."""
    followers = user["follower_count"]
    with connection.cursor() as cursor:
        cursor.execute("savepoint one_creator")
        cursor.execute(
            "select follower_count from creator_stats where user_id = %s and recorded_date = %s",
            [user_id, day - timedelta(days=1)],
        )
        before = cursor.fetchone()
        growth = followers - before[0] if before else 0
        percent = round(Decimal(growth) * 100 / before[0], 2) if before and before[0] else Decimal(0)
        cursor.execute(
            "insert into creators (user_id, handle, nickname, avatar_url, signature, last_updated_at)"
            " values (%s, %s, %s, %s, %s, now()) on conflict (user_id) do update set handle = excluded.handle,"
            " nickname = excluded.nickname, avatar_url = excluded.avatar_url, signature = excluded.signature,"
            " last_updated_at = excluded.last_updated_at",
            [user_id, user["unique_id"], user["nickname"], None, user["signature"]],
        )
        cursor.execute(
            "insert into creator_stats (user_id, recorded_date, follower_count, heart_count, video_count,"
            " daily_growth_followers, daily_growth_percent, observed_at, origin)"
            " values (%s, %s, %s, %s, %s, %s, %s, now(), 'roll_call')"
            " on conflict (user_id, recorded_date) do update set follower_count = excluded.follower_count,"
            " heart_count = excluded.heart_count, video_count = excluded.video_count,"
            " daily_growth_followers = excluded.daily_growth_followers,"
            " daily_growth_percent = excluded.daily_growth_percent",
            [user_id, day, followers, user["total_favorited"], user["aweme_count"], growth, percent],
        )
        cursor.execute("release savepoint one_creator")
    connection.commit()


def discover(api_url: str, key: str, keywords: int, pages: int) -> int:
    """Search the first trending words; returns how many creators were accepted.

    The author of each video is looked up (the bio is wanted), once however many videos there are of them, and each cover is
    judged, before anything is asked that costs nothing.
    """
    known: dict[str, dict[str, Any] | None] = {}
    layers = context_layers()
    words = [word["trendingSearchWord"] for word in fetch(api_url, key, TRENDS)["trending_search_words"]]
    accepted = set()
    for word in words[:keywords]:
        for page in range(pages):
            data = fetch(api_url, key, SEARCH, keyword=word, offset=page * 20, count=20)
            for item in parsers.parse_video_search(data).videos:
                author = item.author
                if author.user_id not in known:
                    known[author.user_id] = _look_up(api_url, key, author.user_id)
                user = known[author.user_id]
                if not user or not any(_shows_face(cover.urls[0]) for cover in item.covers[:1]):
                    continue
                is_refused = layers.platform(author.handle, author.nickname, user.get("signature", ""))
                followers = user.get("follower_count", 0)
                in_band = 10_000 <= followers <= 100_000 and item.plays >= 50_000
                if in_band and not is_refused and not layers.pronoun(item.caption):
                    accepted.add(author.user_id)
    return len(accepted)


def _look_up(api_url: str, key: str, user_id: str) -> dict[str, Any] | None:
    """The profile, or None: an author who cannot be looked up is not asked for again."""
    try:
        return fetch(api_url, key, PROFILE, user_id=user_id)["user"]
    except (requests.RequestException, KeyError, TypeError):
        return None


def _shows_face(url: str) -> bool:
    try:
        answer = requests.get(url, timeout=30)
    except requests.RequestException:
        return False
    return answer.status_code == 200 and has_face(answer.content)


def has_face(image: bytes) -> bool:
    """Whether the largest face fills more than 2 % of the picture."""
    import cv2
    import numpy as np

    picture = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        return False
    boxes = _cascade().detectMultiScale(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), 1.1, 4)
    return any(width * height > 0.02 * picture.shape[0] * picture.shape[1] for _, _, width, height in boxes)


@cache
def _cascade() -> Any:
    import cv2

    return cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.stdout.write(f"{roll_call(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]))}\n")
