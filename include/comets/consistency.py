"""The consistency check of candidates: whose latest videos are asked for, and what is done where they are not to be had.

Asked last, of who passed everything else and is not on the roster yet: the roster keeps everybody, so that a call about one of
theirs would change nothing. One paid call for each, in the run's discovery budget; an answer of the last 7 days is used again.

Nobody is refused because nothing is known of them: whose videos TikTok does not show, or TikHub does not give, passes as who
has too few of them. They have shown all that makes a comet, their followers of today are to be had today alone, and a scout loses
less by one creator too many than by one never seen.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import psycopg

from include import database
from include.calls.desk import Desk, NotInLedger
from include.calls.ledger import StoredAnswer
from include.calls.sigterm import ToldToEnd
from include.comets import screening
from include.comets.run import Run
from include.comets.screening import NOT_OVERRULED, Overrules, Verdict
from include.comets.trends import LOOK_ALIKES, USERS_SIGN
from include.tikhub import endpoints, parsers
from include.tikhub.errors import EndpointGone, NotFound, RateLimited, RequestRejected, Transient, UnexpectedAnswer
from include.tikhub.models import Absent, Author, Video, VideoPage
from plugins.filters.consistency import ConsistencyFinding, Played
from plugins.filters.layers import TextLayers

VIDEOS_ASKED = 20  # of the latest of each, as many as an answer has
DAYS_KEPT = 7  # so old an answer may be; what somebody posts and how it is played does not change in a week
log = logging.getLogger(__name__)


def check(
    desk: Desk[Run],
    layers: TextLayers,
    verdicts: Sequence[tuple[Video, Verdict]],
    said: Mapping[str, Overrules],
    known: dict[str, ConsistencyFinding],
) -> list[tuple[Video, Verdict]]:
    """The verdicts, those of accepted candidates whose videos do not pass with another one instead; the order stays.

    `said`: what people said of the creators, by video. `known`: findings by creator, looked into first and added to. Raises what
    the client raises when the run or its budget is over.
    """
    candidates = {
        video.author.user_id: video.author
        for video, verdict in verdicts
        if verdict.layer == "accepted" and "consistency" not in said.get(video.video_id, NOT_OVERRULED).passed
    }
    _find(desk, layers, [author for user_id, author in candidates.items() if user_id not in known], known)
    return [
        (video, screening.with_videos(verdict, known[video.author.user_id]))
        if verdict.layer == "accepted" and video.author.user_id in candidates and video.author.user_id in known
        else (video, verdict)
        for video, verdict in verdicts
    ]


def problems(connection: psycopg.Connection[Any], run: Run) -> list[tuple[str, str]]:
    """What the day's checks have to say, and what to do: where no video of anybody is given, everybody passes unseen."""
    if run.is_replay or run.skip_discovery or run.dry_run:
        return []
    parameters = {"day": run.day, "users_sign": USERS_SIGN, "look_alikes": LOOK_ALIKES}
    figures = database.one(connection, "comets/count_checked", parameters)
    if figures["given"] or not figures["asked"]:
        return []
    return [
        (
            f"the latest videos of none of {figures['asked']} candidates were given: the consistency check judged nobody, and "
            "all of them passed",
            "Look at TikHub's status page, then clear discover with everything downstream: they are asked about again",
        )
    ]


def _find(desk: Desk[Run], layers: TextLayers, authors: Sequence[Author], known: dict[str, ConsistencyFinding]) -> None:
    if not authors:
        return
    ids = [author.user_id for author in authors]
    # As of the day's beginning, so that a retry and a replay ask the same people.
    rows = desk.database.rows("comets/find_known", {"user_ids": ids, "day": desk.run.day})
    on_roster = {row["user_id"] for row in rows}
    asked = [author for author in authors if author.user_id not in on_roster]
    stored = desk.stored_lately(endpoints.USER_VIDEOS, [author.user_id for author in asked], DAYS_KEPT)
    for author in asked:
        if desk.told_to_end.is_set():
            raise ToldToEnd
        finding = layers.consistency(*_latest(desk, author, stored.get(author.user_id)))
        if finding.decision == "too few":
            log.info("%s: %s videos are too few to tell whether they are consistent.", author.user_id, finding.videos)
        known[author.user_id] = finding


def _latest(desk: Desk[Run], author: Author, stored: tuple[date, StoredAnswer] | None) -> tuple[list[Played], date]:
    """Somebody's latest videos and the day they were asked for; none where they are not to be had."""
    if stored is not None:
        day, answer = stored
        return read_played(author.user_id, answer), day
    page: VideoPage | Absent | None = None
    try:
        if author.sec_user_id or author.handle:  # else there is nothing to ask by
            request = endpoints.user_videos(author.user_id, author.sec_user_id, author.handle)
            page = desk.ask(request, partial(parsers.parse_user_videos, user_id=author.user_id))
    except RateLimited:
        raise
    except (NotFound, NotInLedger, Transient, RequestRejected, EndpointGone, UnexpectedAnswer) as error:
        log.warning("The videos of %s are not known, and nobody is refused by that: %s", author.user_id, error)
    return _played(page), desk.run.day


def read_played(user_id: str, answer: StoredAnswer) -> list[Played]:
    """The videos of a stored answer about somebody; none where it has none, or makes no sense."""
    if answer.outcome != "answered":
        return []
    try:
        return _played(parsers.parse_user_videos(answer.data, user_id))
    except UnexpectedAnswer:
        return []


def played(row: Mapping[str, Any]) -> list[Played]:
    """The videos of a row with `plays` and `posted_at` that go together, as statements about stored videos give them."""
    return [Played(plays, at) for plays, at in zip(row["plays"], row["posted_at"], strict=True)]


def _played(page: VideoPage | Absent | None) -> list[Played]:
    if page is None or isinstance(page, Absent):
        return []
    distinct = {video.video_id: video for video in page.videos}.values()
    return [Played(video.plays, video.posted_at) for video in distinct]
