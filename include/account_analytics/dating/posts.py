"""When videos went up: the second of the upload is in the id, and Content's label tells which of them were scheduled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from include.account_analytics.dating.spans import FIRST_YEAR, is_label_of
from include.account_analytics.facts import MemberRows, Post

# A post of the evening lives mostly on the day after, and says nothing about the day it went up.
EVENING_HOUR = 18
# At this hour of UTC and later no place on earth still has the day before.
NOON = 12
# A video that was not scheduled is out some seconds after its upload, business files say.
AT_ONCE = timedelta(hours=1)


def uploaded_at(post: Post) -> datetime | None:
    """The upload's moment in UTC, from the video's id; None where the id holds no moment in which TikTok existed."""
    return _moment_in(post.video_id)


@lru_cache(maxsize=1 << 14)  # an account's videos stand in each of its downloads
def _moment_in(video_id: str) -> datetime | None:
    if not video_id.isascii() or not video_id.isdigit():
        return None
    second = int(video_id) >> 32
    if second >= 2**32:
        return None
    moment = datetime.fromtimestamp(second, UTC)
    return moment if moment.year >= FIRST_YEAR else None


def newest_upload(member: MemberRows) -> date | None:
    if "newest_upload" not in member.worked_out:
        days = (moment.date() for post in member.posts if (moment := uploaded_at(post)))
        member.worked_out["newest_upload"] = max(days, default=None)
    found: date | None = member.worked_out["newest_upload"]
    return found


def posting_days(members: Iterable[MemberRows]) -> list[date]:
    """The UTC days on which a video certainly went up before the evening: one entry a day, oldest first.

    A video that any Content report shows as scheduled, or without a post time, is left out.
    """
    verdicts: dict[str, tuple[date, bool]] = {}
    for member in members:
        for post in member.posts:
            if moment := uploaded_at(post):
                _, so_far = verdicts.get(post.video_id, (moment.date(), True))
                verdicts[post.video_id] = (moment.date(), so_far and _is_posted_at_once(post, moment))
    return sorted({day for day, is_usable in verdicts.values() if is_usable})


def _is_posted_at_once(post: Post, moment: datetime) -> bool:
    """Uploaded before the evening, and posted on that UTC day, or on the day before where it was still that day.

    The day after is never taken: east of Greenwich it may be the same hour, but mostly the video was scheduled.
    """
    if moment.hour >= EVENING_HOUR or post.posted is None:
        return False
    if isinstance(post.posted, datetime):
        return timedelta(0) <= post.posted - moment <= AT_ONCE
    day = moment.date()
    return is_label_of(post.posted, day) or (moment.hour < NOON and is_label_of(post.posted, day - timedelta(days=1)))
