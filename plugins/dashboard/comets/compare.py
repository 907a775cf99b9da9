"""The page "Compare": up to five creators side by side, their growth from a day on that all of them have a number of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from include.database import Row, rows
from plugins.dashboard.access import Reader
from plugins.dashboard.comets.shortlist import read_among
from plugins.dashboard.rendering import address_of, calmed, write_page
from plugins.dashboard.store import reading

MOST, MOST_ASKED = 5, 50
LETTERS = "ABCDE"
LONGEST_ID = 64
USUAL_DAYS = 90
DAYS = {30: "30 days", 90: "90 days", 365: "a year"}
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Indexed:
    """Followers of several creators in percent of those of a day: `values[n][d]` is creator n on days[d], None without a row.

    `estimated[n][d]`: the row of that day, or the one of the first, is estimated. `days` is empty where no day has a number of
    each.
    """

    days: list[date]
    values: list[list[float | None]]
    estimated: list[list[bool]]


def index(counts: Sequence[Mapping[date, tuple[int, bool]]]) -> Indexed:
    """From (followers, is_estimated) of each creator by day; the first day that all have, with more than no follower, is 100."""
    common = sorted(day for day in set().union(*counts) if all(day in each and each[day][0] > 0 for each in counts))
    if not common:
        return Indexed([], [], [])
    first, last = common[0], max(max(each) for each in counts)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return Indexed(
        days,
        [[round(100 * each[day][0] / each[first][0], 2) if day in each else None for day in days] for each in counts],
        [[day in each and (each[day][1] or each[first][1]) for day in days] for each in counts],
    )


@router.get("/compare", name="compare")
def compare(
    request: Request,
    user: Reader,
    ids: Annotated[list[str] | None, Query(max_length=50, description="ids, one by one or parted by commas")] = None,
    window: Annotated[int, Query(ge=1, le=3650, description="days back")] = USUAL_DAYS,
) -> Response:
    """Creators in the order of the address; who is not on the roster, and who is one too many, is named."""
    asked = [text for given in ids or [] for each in given.replace("\0", "").split(",") if (text := each.strip())]
    asked = list(dict.fromkeys(text[:LONGEST_ID] for text in asked))[:MOST_ASKED]
    if len(ids or []) > 1:
        # What a form sends as many parameters is one address: such are sent on, and kept as saved searches.
        return RedirectResponse(_address(request, asked, window), HTTPStatus.SEE_OTHER)
    with reading() as connection:
        found = rows(connection, "dashboard/compare/read_creators", {"user_ids": asked})
        shown = found[:MOST]
        user_ids = [row["user_id"] for row in shown]
        last_day = max((row["day"] for row in shown if row["day"]), default=None)
        days: list[Row] = []
        if last_day is not None:
            parameters = {"user_ids": user_ids, "first_day": last_day - timedelta(days=window)}
            days = rows(connection, "dashboard/compare/read_days", parameters)
        said = read_among(connection, user_ids, user.get_name())
    counts: dict[str, dict[date, tuple[int, bool]]] = {user_id: {} for user_id in user_ids}
    for row in days:
        counts[row["user_id"]][row["recorded_date"]] = (row["follower_count"], row["is_estimated"])
    measured = [row for row in shown if counts[row["user_id"]]]
    indexed = index([counts[row["user_id"]] for row in measured]) if measured else Indexed([], [], [])
    known = {row["user_id"] for row in found}
    letters = {row["user_id"]: letter for row, letter in zip(shown, LETTERS, strict=False)}
    at_end = dict(zip((row["user_id"] for row in measured), _ends(indexed), strict=False))
    return write_page(
        request,
        "comets/compare.html",
        creators=[
            {
                **row,
                "letter": letters[row["user_id"]],
                "desk": said.get(row["user_id"]),
                "name": calmed(f"@{row['handle']}" if row["handle"] else row["user_id"]),
                "index": at_end.get(row["user_id"]),
                "without": _address(request, [each for each in user_ids if each != row["user_id"]], window),
            }
            for row in shown
        ],
        unknown=[calmed(text) for text in asked if text not in known],
        too_many=[calmed(row["handle"] or row["user_id"]) for row in found[MOST:]],
        most=MOST,
        window=window,
        windows=DAYS,
        indexed=indexed,
        chart={
            "days": indexed.days,
            "lines": [
                {"letter": letters[row["user_id"]], "values": values, "estimated": estimated}
                for row, values, estimated in zip(measured, indexed.values, indexed.estimated, strict=False)
            ],
        },
        nowhere=[row for row in shown if row not in measured],
    )


def _ends(indexed: Indexed) -> list[tuple[float | None, date, bool] | None]:
    """The last value of each with its day, and whether it is estimated."""
    ends: list[tuple[float | None, date, bool] | None] = []
    for values, estimated in zip(indexed.values, indexed.estimated, strict=True):
        places = [place for place, value in enumerate(values) if value is not None]
        ends.append((values[places[-1]], indexed.days[places[-1]], estimated[places[-1]]) if places else None)
    return ends


def _address(request: Request, ids: Sequence[str], window: int) -> str:
    query: dict[str, Any] = {"ids": ",".join(ids), **({"window": window} if window != USUAL_DAYS else {})}
    return f"{address_of(request, 'compare')}?{urlencode(query, safe=',')}"
