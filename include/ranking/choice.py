"""Whom a ranking is narrowed to and what it goes by: what an address of the page "Comets" asks for, and a saved one as well."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from enum import IntEnum, StrEnum
from typing import Annotated, Any

import psycopg
from pydantic import Field

from include.database import rows
from include.ranking import ranges
from include.words import plain_words

CREATORS_A_PAGE = 50
MOST_PAGES = 20_000  # that an address may name
# So far the places are paged: what lies further down is found by filters, or from the other end. A hashtag has no place in the
# indexes of the orders, so that everybody on the way is looked up.
MOST_PLACES, MOST_PLACES_TAGGED = 10_000, 500
MOST_COUNTED = 1_000  # of who is left out or set apart, under a hashtag: "more than" says so
LONGEST_TAG = 40
LETTERS_INSIDE = 3  # of fewer letters a word has no triple: it is sought where words begin
MOST_TRENDS = 200


class Window(IntEnum):
    """How many days growth is counted over."""

    day = 1
    week = 7
    month = 30


class Order(StrEnum):
    """What the ranking goes by; the largest, the latest or the first of the letters first. `followers` are those gained;
    `default` is the breakout score over one day, and growth in percent over more: the score asks who grows today.
    """

    default = "default"
    percent = "percent"
    followers = "followers"
    size = "size"
    month = "month"
    acceleration = "acceleration"
    score = "score"
    plays = "plays"
    engagement = "engagement"
    above = "above"
    best = "best"
    per_follower = "per_follower"
    weekly = "weekly"
    post = "post"
    known = "known"
    trend = "trend"
    handle = "handle"


class Band(StrEnum):
    """Where a creator's followers are; above: it has left the band upwards; `default` is inside, and any while somebody is
    searched for.
    """

    default = "default"
    any = "any"
    inside = "inside"
    above = "above"
    below = "below"


class Status(StrEnum):
    """What the last look found; `default` is active, and everybody while somebody is searched for."""

    default = "default"
    any = "any"
    active = "active"
    private = "private"
    gone = "gone"
    banned = "banned"


class Listed(StrEnum):
    """What the shortlist says; `listed` is any status of it."""

    any = "any"
    listed = "listed"
    new = "new"
    watching = "watching"
    contacted = "contacted"
    signed = "signed"
    no = "no"


class Bought(StrEnum):
    """Where those are whose growth looks bought; `apart`: below, but among all others where somebody is searched for."""

    apart = "apart"
    together = "together"
    only = "only"


class Reached(StrEnum):
    """Where somebody says they can be reached; `known`: in any of these ways. A category of the profile is none."""

    any = "any"
    known = "known"
    email = "email"
    instagram = "instagram"
    youtube = "youtube"
    link = "link"


class Columns(StrEnum):
    """Which columns stand beside those that always do; `default` is growth, and videos where one of theirs is the order."""

    default = "default"
    growth = "growth"
    videos = "videos"


WAYS = tuple(each.value for each in Reached if each not in {Reached.any, Reached.known})
# The column of `standings` behind an order, where the window does not choose it; and those whose other end comes first.
COLUMNS = {
    Order.size: "follower_count",
    Order.month: "percent_30",
    Order.acceleration: "acceleration",
    Order.score: "score",
    Order.plays: "median_plays",
    Order.engagement: "engagement",
    Order.above: "share_above",
    Order.best: "best_to_median",
    Order.per_follower: "plays_per_follower",
    Order.weekly: "posts_per_week",
    Order.post: "last_post_on",
    Order.known: "first_seen_on",
    Order.trend: "source_trend",
    Order.handle: "handle",
}
# Those of `Columns.growth` and of `Columns.videos`: whichever is not chosen shows none but the one it is ordered by.
GROWTH_COLUMNS = frozenset({Order.followers, Order.acceleration, Order.trend})
VIDEO_COLUMNS = frozenset({Order.above, Order.best, Order.per_follower, Order.weekly})
TURNED = frozenset({Order.known, Order.trend, Order.handle})


@dataclass(frozen=True, slots=True)
class Choice(ranges.Bounds):
    """What an address asks for; the fields are the query's parameters."""

    window: Annotated[Window, Field(description="days growth is counted over")] = Window.day
    order: Annotated[Order, Field()] = Order.default
    up: Annotated[bool, Field(description="from the other end of the order: the smallest first")] = False
    search: Annotated[str, Field(max_length=100, description="words of a handle, name or bio, or parts of such")] = ""
    trend: Annotated[
        str, Field(max_length=500, description="the keyword first found under, or the beginning of a word")
    ] = ""
    band: Annotated[Band, Field()] = Band.default
    status: Annotated[Status, Field()] = Status.default
    new: Annotated[bool, Field(description="first seen within seven days")] = False
    fading: Annotated[bool, Field(description="lost more than 0.5 % in seven days")] = False
    measured: Annotated[bool, Field(description="measured on the ranking's day")] = False
    stale: Annotated[bool, Field(description="in the window of one day also who was not measured since")] = False
    bought: Annotated[Bought, Field(description="where those are whose growth looks bought")] = Bought.apart
    overruled: Annotated[bool, Field(description="also whom a person overruled to be refused")] = False
    mine: Annotated[bool, Field(description="only whom the reader starred")] = False
    shortlist: Annotated[Listed, Field()] = Listed.any
    tag: Annotated[str, Field(max_length=LONGEST_TAG, description="a tag of the shortlist")] = ""
    no: Annotated[bool, Field(description="also whom the team said no to")] = False
    language: Annotated[str, Field(max_length=ranges.LONGEST_LANGUAGE, description="of most videos, such as en")] = ""
    hashtag: Annotated[str, Field(max_length=ranges.LONGEST_HASHTAG, description="under one video at least")] = ""
    niche: Annotated[str, Field(max_length=ranges.LONGEST_HASHTAG, description="a hashtag under two at least")] = ""
    contact: Annotated[Reached, Field(description="only who says where they can be reached")] = Reached.any
    columns: Annotated[Columns, Field(description="which columns the page shows, whatever is asked for")] = (
        Columns.default
    )
    page: Annotated[int, Field(ge=1, le=MOST_PAGES)] = 1

    @property
    def wanted(self) -> str:
        """What is searched for, without the sign before a handle; a NUL has no place in PostgreSQL's texts."""
        return self.search.replace("\0", "").strip().removeprefix("@")

    @property
    def wanted_tag(self) -> str:
        return " ".join(self.tag.replace("\0", "").lower().split())

    @property
    def problems(self) -> list[str]:
        """What is to be corrected before anybody can be shown."""
        return ranges.problems_of(self)

    @property
    def tagged(self) -> dict[str, str | None]:
        """Language and hashtags for the statements, without spaces and signs before them."""
        given = {"language": self.language.lower(), "hashtag": self.hashtag, "niche": self.niche}
        return {name: text.replace("\0", "").strip().lstrip("#") or None for name, text in given.items()}

    @property
    def reached_by(self) -> list[str] | None:
        """The kinds of contacts of which one is asked for; None: nothing is asked."""
        if self.contact is Reached.any:
            return None
        return list(WAYS) if self.contact is Reached.known else [self.contact.value]

    @property
    def is_narrowed(self) -> bool:
        """Whether a range, a language or a hashtag is asked for."""
        bounds = (getattr(self, each.name).replace("\0", "").strip() for each in fields(ranges.Bounds))
        return any(bounds) or any(self.tagged.values())

    @property
    def is_inside(self) -> bool:
        """Whether those outside the band are left out, without being asked to."""
        return self.band is Band.default and not self.wanted and not self.is_of_few

    @property
    def goes_by(self) -> Order:
        """What the ranking goes by, chosen or not."""
        if self.order is Order.default:
            return Order.score if self.window is Window.day else Order.percent
        return self.order

    @property
    def shows_videos(self) -> bool:
        """Whether what the videos say stands in place of some columns of growth."""
        if self.columns is Columns.default:
            return self.goes_by in VIDEO_COLUMNS
        return self.columns is Columns.videos

    @property
    def hidden_columns(self) -> frozenset[str]:
        """The orders whose columns are not shown; the one that is asked for always is."""
        hidden = GROWTH_COLUMNS if self.shows_videos else VIDEO_COLUMNS
        return frozenset(order.value for order in hidden - {self.goes_by})

    @property
    def goes_up(self) -> bool:
        """Whether the column is walked from its smallest value."""
        return self.up is not (self.goes_by in TURNED)

    @property
    def is_of_few(self) -> bool:
        """Whether only those are looked at whom somebody starred or said something of."""
        return bool(self.mine or self.wanted_tag) or self.shortlist is not Listed.any

    @property
    def is_filtered(self) -> bool:
        """Whether anybody is left out who would stand in the plain ranking."""
        ticked = self.new or self.fading or self.measured or self.is_narrowed or self.reached_by
        is_asked = bool(self.wanted or self.trend or ticked or self.is_of_few)
        usual = (Band.default, Status.default, Bought.apart)
        return is_asked or (self.band, self.status, self.bought) != usual

    @property
    def has_more_than_search(self) -> bool:
        """Whether filters narrow a search."""
        return replace(self, search="").is_filtered

    @property
    def sets_apart(self) -> bool:
        """Whether those whose growth looks bought stand below the ranking, and not in it."""
        return self.bought is Bought.apart and not self.wanted and not self.is_of_few

    @property
    def is_of_the_day(self) -> bool:
        """Whether only who has a row of the ranking's day is ranked: growth over one day is that day's, and an old spike is none.

        Who is searched for, is of the shortlist, or is not to be measured any more, is shown as of whatever day there is.
        """
        is_usual = self.status in {Status.default, Status.active} and not self.wanted and not self.is_of_few
        return self.measured or (self.window is Window.day and is_usual and not self.stale)

    @property
    def is_tagged(self) -> bool:
        """Whether a hashtag or a niche is asked for."""
        return bool(self.tagged["hashtag"] or self.tagged["niche"])

    @property
    def most_places(self) -> int:
        """How far the ranking is paged."""
        return MOST_PLACES_TAGGED if self.is_tagged else MOST_PLACES

    @property
    def is_beyond(self) -> bool:
        """Whether the page lies further down than the ranking is paged."""
        return self.first_rank > self.most_places

    @property
    def most_counted(self) -> int | None:
        """Up to how many are counted who are left out or set apart; None: all of them."""
        return MOST_COUNTED if self.is_tagged else None

    @property
    def shows_dismissed(self) -> bool:
        """Whether those are shown too to whom the team said no."""
        return self.no or self.shortlist is Listed.no

    @property
    def first_rank(self) -> int:
        return (self.page - 1) * CREATORS_A_PAGE + 1

    def parameters(self, day: date, reader: str, trends: list[str] | None = None) -> dict[str, Any]:
        """For the statement `read_ranking`; `day` is the one the ranking stands for, `trends` are the keywords that are meant."""
        status = self.status
        if status is Status.default:
            status = Status.any if self.wanted or self.is_of_few else Status.active
        band = self.band
        if band is Band.default:
            band = Band.inside if self.is_inside else Band.any
        return {
            "ranked_by": ranked_by(self.goes_by, self.window),
            "ascending": self.goes_up,
            "days": self.window.value,
            "trend": self.trend.replace("\0", "") or None,
            "trends": trends,
            "band": None if band is Band.any else band.value,
            "status": None if status is Status.any else status.value,
            "only_new": self.new,
            "only_fading": self.fading,
            "on_day": day if self.is_of_the_day else None,
            "bought": False if self.sets_apart else True if self.bought is Bought.only else None,
            **ranges.parameters_of(self, day),
            **self.tagged,
            "reached_by": self.reached_by,
            "with_overruled": self.overruled,
            "with_dismissed": self.shows_dismissed,
            "starred_by": reader if self.mine else None,
            "shortlisted": None if self.shortlist is Listed.any else self.shortlist.value,
            "tag": self.wanted_tag or None,
            "reader": reader,
            # One more than is said tells that there are more.
            "most_counted": None if self.most_counted is None else self.most_counted + 1,
            # One more than is shown tells whether there is another page.
            "most": CREATORS_A_PAGE + 1,
            "skipped": self.first_rank - 1,
        }

    def names(self) -> dict[str, Any]:
        """What is searched for, for `search_ranking`; of NULLs when nobody is."""
        if not self.wanted:
            return dict.fromkeys(("exact", "prefix", "letters", "insides", "words"))
        # An @ says that a handle is meant.
        sought = [] if self.search.lstrip().startswith("@") else plain_words(self.wanted)
        inside = [word for word in sought if len(word) >= LETTERS_INSIDE]
        return {
            "exact": self.wanted,
            "prefix": beginning_with(self.wanted),
            "letters": " ".join(inside) or None,
            "insides": [f"%{beginning_with(word)}" for word in inside] or None,
            "words": " ".join(self.short_words) or None,
        }

    @property
    def short_words(self) -> list[str]:
        """Those that are sought only where a word begins: too short to be found inside one."""
        if self.search.lstrip().startswith("@"):
            return []
        return [word for word in plain_words(self.wanted) if len(word) < LETTERS_INSIDE]


def ranked_by(order: Order, window: Window) -> str:
    """The column of `standings` that an order and a window mean."""
    if order in COLUMNS:
        return COLUMNS[order]
    return f"{'growth' if order is Order.followers else 'percent'}_{window.value}"


def keywords_meant(connection: psycopg.Connection[Any], text: str, most: int) -> list[str] | None:
    """The keywords that a typed text means: the one it is, whatever its capitals, else those with words that begin with it.

    None when nothing was typed; the text itself when no day's trends know it.
    """
    exact = text.replace("\0", "").strip()
    if not exact:
        return None
    parameters = {"exact": exact, "most": most}
    found = [row["keyword"] for row in rows(connection, "dashboard/find_keywords", parameters)]
    return found or [exact]


def beginning_with(text: str) -> str:
    """A pattern of LIKE for texts that begin with this one, whose own `%` and `_` mean themselves."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
