"""The page "Comets": who grows, ranked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Depends, Query, Request, Response

from include.database import Row, one, rows
from include.ranking import ranges
from include.ranking.choice import (
    CREATORS_A_PAGE,
    MOST_TRENDS,
    Band,
    Bought,
    Choice,
    Listed,
    Order,
    Reached,
    Status,
    Window,
    beginning_with,
    keywords_meant,
)
from plugins.dashboard.access import Reader
from plugins.dashboard.comets.backtest import last_backtest
from plugins.dashboard.comets.origins import ORIGIN_WORDS
from plugins.dashboard.comets.overrules import verdict_address
from plugins.dashboard.comets.pictures import read_avatars
from plugins.dashboard.comets.shortlist import read_among, read_tags
from plugins.dashboard.comets.verdict_words import DECISIONS
from plugins.dashboard.rendering import write_page
from plugins.dashboard.sparklines import place_in_band, stretches
from plugins.dashboard.store import reading

router = APIRouter()


WINDOWS = {Window.day: "1 day", Window.week: "7 days", Window.month: "30 days"}
ORDERS = {
    Order.default: "the usual one",
    Order.percent: "growth in percent",
    Order.followers: "growth in followers",
    Order.size: "followers",
    Order.month: "growth in 30 days",
    Order.acceleration: "acceleration, a week",
    Order.score: "breakout score",
    Order.plays: "median plays",
    Order.engagement: "engagement",
    Order.above: "videos above 10,000 plays",
    Order.best: "best video by median plays",
    Order.per_follower: "median plays by followers",
    Order.weekly: "posts a week",
    Order.post: "last post",
    Order.known: "days known",
    Order.trend: "trend found under",
    Order.handle: "handle",
}
BANDS = {Band.default: "inside; any in a search"} | {each: each.value for each in Band if each is not Band.default}
STATUSES = {Status.default: "active; all in a search"} | {
    each: each.value for each in Status if each is not Status.default
}
LISTINGS = {Listed.any: "any", Listed.listed: "on it"} | {
    each: each.value for each in Listed if each not in {Listed.any, Listed.listed}
}
PLACES = {Bought.apart: "apart, below", Bought.together: "among the others", Bought.only: "nobody else"}
CONTACTS = {
    Reached.any: "any",
    Reached.known: "can be reached",
    Reached.email: "by e-mail",
    Reached.instagram: "by Instagram",
    Reached.youtube: "by YouTube",
    Reached.link: "by a link",
}
WAYS = {"email": "e-mail", "instagram": "Instagram", "youtube": "YouTube", "link": "link"}
MOST_APART = 10
# Offered where a hashtag is written; among so many creators they are counted in some milliseconds, however large the roster is.
MOST_NICHES, CREATORS_LOOKED_AT = 50, 5_000
MOST_SCREENED = 5
PARTS = ("growth", "hearts")


@router.get("/comets", name="comets")
def rank_creators(
    request: Request,
    user: Reader,
    choice: Annotated[Choice, Depends()],
    starred: Annotated[str, Query(max_length=64, description="whose star was just changed")] = "",
) -> Response:
    """The ranking, CREATORS_A_PAGE to a page."""
    creators: list[Row] = []
    trends: list[Row] = []
    meant: list[str] | None = None
    apart: list[Row] = []
    screened: list[Row] = []
    outside = {"above": 0, "below": 0}
    hidden = dismissed = bought = 0
    reader = user.get_name()
    tags: list[str] = []
    niches: list[Row] = []
    just: Row | None = None
    with reading() as connection:
        found = rows(connection, "dashboard/read_freshness")
        freshness = found[0] if found else None
        if freshness is not None and freshness["day"] is not None and not choice.problems:
            meant = keywords_meant(connection, choice.trend, MOST_TRENDS)
            if not choice.is_beyond:
                creators = read_page(connection, choice, freshness["day"], reader, meant)
            trends = rows(connection, "dashboard/read_recent_trends", {"day": freshness["day"]})
            parameters = {**choice.parameters(freshness["day"], reader, meant), **choice.names()}
            if not choice.overruled:
                hidden = one(connection, "dashboard/count_overruled", parameters)["creators"]
            if not choice.shows_dismissed:
                dismissed = one(connection, "dashboard/shortlist/count_dismissed", parameters)["creators"]
            # Under a hashtag these two are dear, and said on the first page.
            if choice.sets_apart and (choice.page == 1 or not choice.is_tagged):
                bought = one(connection, "dashboard/count_bought", parameters)["creators"]
            if choice.is_inside and (choice.page == 1 or not choice.is_tagged):
                outside = one(connection, "dashboard/count_outside", parameters)
            if choice.wanted and not creators and choice.page == 1:
                screened = read_screened(connection, choice)
            if bought and choice.page == 1:
                apart = read_page(connection, replace(choice, bought=Bought.only), freshness["day"], reader, meant)
            tags = read_tags(connection)
            niches = rows(connection, "dashboard/read_niches", {"looked_at": CREATORS_LOOKED_AT, "most": MOST_NICHES})
            just = read_among(connection, [starred], reader).get(starred) if starred else None
    return write_page(
        request,
        "comets/comets.html",
        choice=choice,
        windows=WINDOWS,
        orders=ORDERS,
        bands=BANDS,
        statuses=STATUSES,
        kinds=ranges.KINDS,
        outside=outside,
        screened=[_in_words(request, row) for row in screened],
        listings=LISTINGS,
        contacts=CONTACTS,
        ways=WAYS,
        tags=tags,
        niches=[row["niche"] for row in niches],
        just=just,
        stars_on="comets",
        back=request.url.query,
        dismissed=dismissed,
        bought=bought,
        apart=apart[:MOST_APART],
        places=PLACES,
        page_size=CREATORS_A_PAGE,
        has_more=len(creators) > CREATORS_A_PAGE and choice.first_rank + CREATORS_A_PAGE <= choice.most_places,
        ends_here=len(creators) > CREATORS_A_PAGE and choice.first_rank + CREATORS_A_PAGE > choice.most_places,
        freshness=freshness,
        warning=warning(freshness, datetime.now(UTC).date()),
        creators=creators[:CREATORS_A_PAGE],
        hidden=hidden,
        # The known come first: when the first page begins with a dash there is nothing else.
        no_history=choice.goes_by in {Order.percent, Order.followers, Order.month}
        and choice.page == 1
        and bool(creators)
        and creators[0]["growth"] is None,
        trends=[row["trend_keyword"] for row in trends],
        meant=meant,
        backtest=last_backtest(),
        origin_words=ORIGIN_WORDS,
    )


def _in_words(request: Request, verdict: Row) -> Row:
    address = verdict_address(request, verdict["day"], verdict["keyword"], verdict["video_id"])
    return {**verdict, "decision": DECISIONS[verdict["layer"]], "address": address}


def read_page(
    connection: psycopg.Connection[Any], choice: Choice, day: date, reader: str, trends: list[str] | None
) -> list[Row]:
    """The rows of a page and one more where there is one, each with its line, place, parts, days since first seen, what the
    shortlist says as `desk`, and the copy of the avatar as `face`.
    """
    parameters = choice.parameters(day, reader, trends)
    if choice.wanted or choice.is_of_few:
        creators = rows(connection, "dashboard/search_ranking", {**parameters, **choice.names()})
    else:
        creators = rows(connection, "dashboard/read_ranking", parameters)
    days = rows(connection, "dashboard/read_sparklines", {"user_ids": [row["user_id"] for row in creators], "day": day})
    said = read_among(connection, [row["user_id"] for row in creators], reader)
    faces = read_avatars(connection, [row["user_id"] for row in creators])
    lines = {row["user_id"]: stretches(day, row["days"], row["followers"], row["estimated"]) for row in days}
    return [
        {
            **row,
            "desk": said.get(row["user_id"]),
            "face": faces.get(row["user_id"]),
            "line": lines.get(row["user_id"], []),
            "place": place_in_band(row["follower_count"]),
            "days_known": (day - row["first_seen_on"]).days if row["first_seen_on"] else None,
            "parts": [(part, row[f"score_{part}"]) for part in PARTS],
        }
        for row in creators
    ]


def read_screened(connection: psycopg.Connection[Any], choice: Choice) -> list[Row]:
    """The latest verdicts that refused somebody whose handle is, or begins with, what is searched for, one for each."""
    parameters = {"exact": choice.wanted, "prefix": beginning_with(choice.wanted), "most": MOST_SCREENED}
    return rows(connection, "dashboard/find_screened", parameters)


def warning(freshness: Row | None, today: date) -> str | None:
    """What keeps the numbers from being today's and whole, in words; None when nothing does."""
    if freshness is None or freshness["day"] is None:
        return None
    if freshness["state"] in {"incomplete", "interrupted"}:
        return f"The last day, {freshness['run_day']}, is incomplete"
    if freshness["run_day"] is not None and freshness["run_day"] > freshness["day"]:
        return f"The run of {freshness['run_day']} has not brought the ranking up to date yet"
    # The day that ends now is measured tomorrow at the latest.
    late = (today - freshness["day"]).days
    return f"The numbers are {late} days old" if late > 1 else None
