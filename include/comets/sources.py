"""Where a day's keywords come from: what each source is called, and those that are off until somebody switches them on."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import psycopg

from include import database
from include.calls.desk import Desk, NotInLedger
from include.comets.run import Run
from include.comets.trends import Keyword, Source
from include.tikhub import endpoints, parsers
from include.tikhub.endpoints import Request
from include.tikhub.errors import BudgetSpent, RunStopped, TikHubError, UnexpectedAnswer
from include.tikhub.models import TrendingHashtag

# As `daily_trends` has them, in words; `unknown`: of days before it was noted.
NAMES = {
    "trends": "Trending words",
    "given": "Words given by hand",
    "hashtags": "Followed hashtags",
    "regional": "Regional hashtags",
    "users": "User search by band",
    "look_alikes": "Look-alikes of graduates",
    "unknown": "Not noted",
}
NO_LIST = "the list was empty, or of another shape"
SWITCHED_ON = ("regional", "users", "look_alikes")  # what no day does without being asked to
log = logging.getLogger(__name__)


class NoHashtags(UnexpectedAnswer):
    """No hashtag trends in a country: an answer that says nothing, never kept as the day's."""


def regional_hashtags(desk: Desk[Run]) -> list[str]:
    """The hashtags that trend in the run's countries, with `#`, each country's first ones; a call for each country.

    What one country's list cannot give costs nothing else of the day: it is said, here and by the day's checks. In a replay,
    what was kept of the day counts where a list is not stored any more. Raises RunStopped: no other call could succeed.
    """
    hashtags = [f"#{hashtag.name}" for request in _lists(desk.run) for hashtag in _listed(desk, request)]
    return hashtags + _kept(desk, "regional")


def user_words(desk: Desk[Run], chosen: Sequence[Keyword]) -> list[str]:
    """The words by which people are searched: the run's own, then, where it says so, the day's keywords; at no call.

    In a replay those that were kept of the day besides.
    """
    words = [keyword.text for keyword in chosen] if desk.run.users_of_keywords else []
    return [*desk.run.user_words, *words, *_kept(desk, "users")]


def problems(connection: psycopg.Connection[Any], run: Run) -> list[tuple[str, str]]:
    """The lists that were asked for and not given, and what to do: a source that gives nothing is no quiet day."""
    if run.is_replay or run.skip_discovery or run.dry_run:
        return []
    asked = {request.subject: request.params["country_code"] for request in _lists(run)}
    parameters = {"day": run.day, "endpoint": endpoints.TRENDING_HASHTAGS, "subjects": list(asked)}
    return [
        (
            f"no hashtags that trend in {asked[row['subject']]} were given: {row['error'] or NO_LIST}",
            "Look at hashtag_countries; then clear fetch_trends with everything downstream: nothing is paid for twice",
        )
        for row in database.rows(connection, "comets/find_unanswered", parameters)
    ]


def asks_for_look_alikes(desk: Desk[Run]) -> bool:
    """Whether the run looks for people like graduates; a replay, whether its day did."""
    return desk.run.look_alikes > 0 or bool(_kept(desk, "look_alikes"))


def _kept(desk: Desk[Run], source: Source) -> list[str]:
    if not desk.run.is_replay:
        return []
    kept = desk.database.rows("comets/read_trends", {"day": desk.run.day})
    return [row["trend_keyword"] for row in kept if row["keyword_source"] == source]


def _lists(run: Run) -> list[Request]:
    return [endpoints.trending_hashtags(country, run.hashtag_days) for country in run.hashtag_countries]


def _listed(desk: Desk[Run], request: Request) -> tuple[TrendingHashtag, ...]:
    country = request.params["country_code"]
    try:
        found = desk.ask(request, _hashtags)[: desk.run.hashtags_per_country]
    except RunStopped:
        raise
    except NotInLedger:
        return ()
    except BudgetSpent as spent:
        log.info("The hashtags that trend in %s are left out: %s", country, spent)
        return ()
    except TikHubError as error:
        log.error("The hashtags that trend in %s are left out: %s", country, error)
        return ()
    # Whom the list names is no part of the log: most are nobody of ours, and an erasure reaches no log.
    log.info("Trending in %s: %s", country, ", ".join(f"#{hashtag.name}" for hashtag in found))
    return found


def _hashtags(data: Any) -> tuple[TrendingHashtag, ...]:
    found = parsers.parse_trending_hashtags(data)
    if not found:
        raise NoHashtags(
            "TikHub lists no hashtag for this country and these days.",
            endpoint=endpoints.TRENDING_HASHTAGS,
            field="items",
        )
    return found
