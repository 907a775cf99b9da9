"""People found without a video: who of them is worth a call, and the videos by which they are judged.

A user search, and a list of look-alikes, name people and show no video. The three layers and the criteria judge videos, so nobody
becomes a comet by such a list alone: what is known for nothing (name, account, number of followers) only decides whose videos
are asked for, within the budget, and leaves no verdict. The most played of these videos are then screened as those of any
other search.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

from include.calls.desk import Desk, NotInLedger
from include.comets import screening
from include.comets.run import Run
from include.comets.screening import NOT_OVERRULED
from include.comets.trends import Keyword
from include.erasure import forgotten as erasure
from include.tikhub import endpoints, parsers
from include.tikhub.errors import NotFound, RateLimited, TikHubError, Transient, UnexpectedAnswer
from include.tikhub.models import Absent, Author, Video
from plugins.filters.layers import TextLayers

SOURCES = frozenset({"users", "look_alikes"})
DAYS_BETWEEN = 30  # for so long nobody is asked about again: the same people would be named
MOST_REPLAYED = 1_000  # graduates of a day, whatever it asked for
VIDEOS_JUDGED = 5  # of one person, the most played of their latest: one that passes is enough
log = logging.getLogger(__name__)


def pages(desk: Desk[Run], keyword: Keyword, layers: TextLayers) -> Iterator[list[Video]]:
    """The videos to screen, person by person, of the first `users_per_word` of each list whose videos are worth a call.

    One person whose videos are not given costs nobody else theirs; raises the last error where nobody's were.
    """
    failed: list[TikHubError] = []
    shown = 0
    for author in _authors(desk, keyword, layers, failed):
        try:
            videos = _videos(desk, author)
        except RateLimited:
            raise
        except (Transient, UnexpectedAnswer) as error:
            log.warning("The videos of %s are not known: %s", author.user_id, error)
            failed.append(error)
            continue
        shown += 1
        if videos:
            yield videos
    log.info("%s: the videos of %s people were looked at.", keyword.text, f"{shown:,}")
    if failed and not shown:
        raise failed[-1]


def _authors(desk: Desk[Run], keyword: Keyword, layers: TextLayers, failed: list[TikHubError]) -> Iterator[Author]:
    """Whose videos are asked for; what could not be asked on the way is added to `failed`."""
    lists = [_people(desk, keyword)] if keyword.source == "users" else _look_alikes(desk, failed)
    seen: set[str] = set()
    for each in lists:
        worth = (author for people in each for author in _worth_a_call(desk, keyword, people, layers))
        for author in islice((author for author in worth if author.user_id not in seen), desk.run.users_per_word):
            seen.add(author.user_id)
            yield author


def _look_alikes(desk: Desk[Run], failed: list[TikHubError]) -> Iterator[Iterator[list[Author]]]:
    """The people like each graduate, those asked about least lately; one graduate's list costs no other theirs."""
    run = desk.run
    parameters = {
        "day": run.day,
        "above": run.max_followers,
        "days": DAYS_BETWEEN,
        "most": MOST_REPLAYED if run.is_replay else run.look_alikes,
        "is_replay": run.is_replay,
    }
    graduates = desk.database.rows("comets/choose_graduates", parameters)
    log.info("People like %s graduates are looked for.", len(graduates))
    for graduate in graduates:
        request = endpoints.similar_users(graduate["user_id"], graduate["sec_user_id"])
        try:
            found = desk.ask(request, parsers.parse_similar_users)
        except (NotFound, NotInLedger):
            continue
        except RateLimited:
            raise
        except (Transient, UnexpectedAnswer) as error:
            log.warning("People like %s are not known: %s", graduate["user_id"], error)
            failed.append(error)
            continue
        if not isinstance(found, Absent):
            yield iter([list(found.users[: 2 * endpoints.SEARCH_COUNT])])


def _people(desk: Desk[Run], keyword: Keyword) -> Iterator[list[Author]]:
    """Whom the search names, page by page, each once; ends where it ends, stalls or repeats itself."""
    band = _band(desk.run)
    seen: set[str] = set()
    offset = 0
    for number in range(desk.run.pages_per_keyword):
        try:
            page = desk.ask(endpoints.user_search(keyword.word, offset, band), parsers.parse_user_search)
        except NotInLedger:
            if number == 0:
                raise
            return
        for refusal in page.refused:
            log.warning("Somebody could not be read and is left out: %s %s", refusal.item_id, refusal.reason)
        named = {user.user_id: user for user in page.users[: 2 * endpoints.SEARCH_COUNT] if user.user_id not in seen}
        if not named:
            return
        seen.update(named)
        yield list(named.values())
        if page.next_offset is None or page.next_offset <= offset:
            return
        offset = page.next_offset


def _band(run: Run) -> str | None:
    """The vendor's band that holds the run's whole; None where none does: then their numbers are compared here."""
    fitting = (
        name
        for name, (least, most) in endpoints.FOLLOWER_BANDS.items()
        if least <= run.min_followers and run.max_followers <= most
    )
    return next(fitting, None)


def _worth_a_call(desk: Desk[Run], keyword: Keyword, people: Sequence[Author], layers: TextLayers) -> Iterator[Author]:
    """Those who are not on the roster yet, nor forgotten, and against whom nothing speaks that is known for nothing."""
    ids = [author.user_id for author in people]
    forgotten = desk.database.run(lambda connection: erasure.forgotten_among(connection, ids))
    # As of the day's beginning, so that a retry and a replay look at the same people.
    rows = desk.database.rows("comets/find_known", {"user_ids": ids, "day": desk.run.day})
    known = {row["user_id"] for row in rows}
    parameters = {
        "run_id": desk.run.run_id,
        "day": desk.run.day,
        "keyword": keyword.text,
        "is_replay": desk.run.is_replay,
        "video_ids": ids,  # an overrule holds for the creator, whichever video: there is none yet
        "user_ids": ids,
    }
    said = screening.overrules_by_video(desk.database.rows("comets/read_overrules", parameters))
    racing = [
        author
        for author in people
        if author.user_id not in known
        and author.user_id not in forgotten
        and (author.sec_user_id or author.handle)  # else there is nothing to ask by
        and screening.by_name(layers, desk.run, author, said.get(author.user_id, NOT_OVERRULED)) is None
    ]
    log.info(
        "%s: %s people were named, %s of them are known already, %s are worth a look at their videos.",
        keyword.text,
        len(people),
        len(known),
        len(racing),
    )
    return iter(racing)


def _videos(desk: Desk[Run], author: Author) -> list[Video]:
    """The most played of somebody's latest videos; none of who is gone or hidden, or whose a replay has no answer of."""
    request = endpoints.user_videos(author.user_id, author.sec_user_id, author.handle)
    try:
        found = desk.ask(request, partial(parsers.parse_user_videos, user_id=author.user_id))
    except (NotFound, NotInLedger):
        return []
    if isinstance(found, Absent):
        return []
    distinct = {video.video_id: video for video in found.videos}.values()
    return sorted(distinct, key=lambda video: (-video.plays, video.video_id))[:VIDEOS_JUDGED]
