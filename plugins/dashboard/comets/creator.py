"""The page "Creator": one creator's days, how each number came about, and why they are on the roster."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from decimal import Decimal
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from include.database import Row, one, rows
from plugins.dashboard.access import Reader
from plugins.dashboard.comets import shortlist
from plugins.dashboard.comets.backtest import last_backtest
from plugins.dashboard.comets.creator_growth import read_growth
from plugins.dashboard.comets.creator_videos import read_parts
from plugins.dashboard.comets.growth_labels import JUDGED, read_labels
from plugins.dashboard.comets.origins import ORIGIN_WORDS, ORIGINS
from plugins.dashboard.comets.overrules import in_words, verdict_address
from plugins.dashboard.comets.pictures import read_avatars
from plugins.dashboard.comets.verdict_words import doubt
from plugins.dashboard.rendering import NOTHING, address_of, calmed, query_of, write_page
from plugins.dashboard.sparklines import place_in_band
from plugins.dashboard.store import read, reading

MOST_VERDICTS = 20
MOST_MISSES = 60
LAYERS = {
    "platform": "refused by layer 1: platform",
    "pronoun": "refused by layer 2: pronoun",
    "face": "refused by layer 3: face",
    "criteria": "refused by the comet criteria",
    "consistency": "refused by the consistency check",
    "undetermined": "undetermined",
    "accepted": "accepted",
}
GROWTH_WINDOWS = {1: "1 day", 7: "7 days", 30: "30 days"}
PARTS = {
    "growth": "Growth of the last day, against creators of similar size; 50 % is usual",
    "hearts": "Hearts of the last day, by those of a day of the week before; 50 %: as many, 100 %: three times as many or more",
}
router = APIRouter()


class Window(StrEnum):
    """How far back the charts and the table go."""

    month = "30"
    quarter = "90"
    all = "all"


@router.get("/creators", name="find_creator")
def find_creator(request: Request, handle: Annotated[str, Query(min_length=1, max_length=200)]) -> Response:
    """Leads to the page of whoever has this handle, else of who had it last."""
    wanted = handle.replace("\0", "").strip().removeprefix("@")
    found = read("dashboard/find_creator", {"handle": wanted})
    if not found:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"Nobody on the roster has or had the handle @{calmed(wanted)}.")
    return RedirectResponse(address_of(request, "creator", user_id=found[0]["user_id"]), HTTPStatus.SEE_OTHER)


@router.get("/creators/{user_id}", name="creator")
def show_creator(
    request: Request,
    user: Reader,
    user_id: str,
    window: Annotated[Window, Query()] = Window.quarter,
    back: Annotated[str, Query(max_length=2000, description="the query of the ranking that led here")] = "",
    stored: Annotated[str, Query(max_length=20, description="what was just stored")] = "",
    starred: Annotated[str, Query(max_length=64, description="whose star was just changed")] = "",
) -> Response:
    """One creator of the roster; an address with `@handle`, as people type it, leads to theirs."""
    if user_id.startswith("@"):
        return find_creator(request, user_id)
    person = {"user_id": user_id.replace("\0", "")}
    with reading() as connection:
        found = rows(connection, "dashboard/read_creator", person)
        if not found:
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such creator on the roster.")
        last_day = one(connection, "dashboard/read_creator_last_day", person)["day"]
        first_day = None
        if last_day is not None and window is not Window.all:
            first_day = last_day - timedelta(days=int(window.value) - 1)
        days = rows(connection, "dashboard/read_creator_days", {**person, "first_day": first_day})
        verdicts = rows(connection, "dashboard/read_creator_verdicts", {**person, "most": MOST_VERDICTS})
        bases = rows(connection, "dashboard/read_creator_bases", {**person, "day": found[0]["day"]})
        handles = rows(connection, "dashboard/read_creator_handles", person)
        misses = rows(connection, "dashboard/read_creator_misses", {**person, "most": MOST_MISSES})
        said = rows(connection, "dashboard/read_overrules_of", person)
        desk = shortlist.for_creator(connection, person["user_id"], user.get_name(), stored)
        parts = read_parts(connection, person)
        avatar = read_avatars(connection, [person["user_id"]]).get(person["user_id"])
        growth_check = read_growth(connection, person)
        checked_on = growth_check["check"]["day"] if growth_check["check"] else None
        labels = read_labels(connection, person["user_id"], user.get_name(), checked_on)
    creator = found[0]
    return write_page(
        request,
        "comets/creator.html",
        creator=creator,
        avatar=avatar,
        growth_check=growth_check,
        growth_labels=labels,
        may_be_judged=creator["growth_check"] in JUDGED and growth_check["check"] is not None,
        title=f"@{calmed(creator['handle'])}" if creator["handle"] else creator["user_id"],
        plain=plain,
        desk=desk,
        just=desk["now"] if starred else None,
        stars_on="creator",
        bio=calmed(creator["signature"] or "").strip(),
        window=window.value,
        windows={each.value: "all days" if each is Window.all else f"{each.value} days" for each in Window},
        days=days,
        last=days[0] if days else None,
        place=place_in_band(days[0]["follower_count"]) if days else None,
        origins=ORIGINS,
        origin_words=ORIGIN_WORDS,
        back=back or query_of(request, "comets"),
        chart=chart_data(days, parts["videos"]),
        bases={base["days"]: base for base in bases},
        growth_windows=GROWTH_WINDOWS,
        verdicts=[
            {
                **verdict,
                "decision": LAYERS[verdict["layer"]],
                "doubt": doubt(verdict),
                "address": verdict_address(request, verdict["day"], verdict["keyword"], verdict["video_id"]),
            }
            for verdict in verdicts
        ],
        most_verdicts=MOST_VERDICTS,
        refusals=[
            {**in_words(row), "address": verdict_address(request, row["day"], row["keyword"], row["video_id"])}
            for row in said
            if row["expected"] == "refuse" and row["withdrawn_at"] is None
        ],
        handles=handles,
        misses=misses,
        most_misses=MOST_MISSES,
        parts=[(text, creator[f"score_{part}"]) for part, text in PARTS.items()],
        backtest=last_backtest(),
        **parts,
    )


def chart_data(days: Sequence[Row], videos: Sequence[Row] = ()) -> dict[str, list[Any]]:
    """Columns for the charts, oldest day first, every calendar day of the stretch there; None where there is no row.

    `estimated` is 1 where the row is estimated, `against` where its growth is counted from an estimated row, or is itself;
    `growth` is None at first sight; `marked` says which of `videos` were posted on the day (UTC), None where none was.
    """
    columns: dict[str, list[Any]] = {
        name: [] for name in ("days", "followers", "hearts", "videos", "growth", "estimated", "against", "marked")
    }
    posted: dict[date, list[int | None]] = {}
    for video in videos:
        if video["posted_at"]:
            posted.setdefault(video["posted_at"].astimezone(UTC).date(), []).append(video["plays"])
    if not days:
        return columns
    known = {row["recorded_date"]: row for row in days}
    day: date = days[-1]["recorded_date"]
    while day <= days[0]["recorded_date"]:
        row = known.get(day)
        columns["days"].append(day)
        columns["followers"].append(row and row["follower_count"])
        columns["hearts"].append(row and row["heart_count"])
        columns["videos"].append(row and row["video_count"])
        columns["growth"].append(row["daily_growth_followers"] if row and row["compared_with"] else None)
        columns["estimated"].append(1 if row and row["is_estimated"] else 0)
        columns["against"].append(1 if row and (row["is_estimated"] or row["is_against_estimate"]) else 0)
        columns["marked"].append(_posts_in_words(posted.get(day, [])))
        day += timedelta(days=1)
    return columns


def _posts_in_words(plays: Sequence[int | None]) -> str | None:
    """How many videos, and the plays of the most watched as far as they are known."""
    known = [count for count in plays if count is not None]
    best = f", {'the best ' if len(plays) > 1 else ''}{max(known):,} plays" if known else ""
    return f"{len(plays)} video{'' if len(plays) == 1 else 's'}{best}" if plays else None


def plain(value: Decimal | None) -> str:
    """A measured value with as many digits as it has: 2.1340 as 2.134, 84200 as 84,200."""
    if value is None:
        return NOTHING
    whole, _, rest = f"{value:,f}".partition(".")
    return f"{whole}.{rest.rstrip('0')}".rstrip(".")
