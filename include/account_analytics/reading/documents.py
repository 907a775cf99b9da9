"""An answer of TikTok's Accounts API as it was handed over: one JSON document, and each part of it a table of texts.

A number is the text it came as. What was asked for and not given says `null`, what was not asked for says nothing at all; days
are UTC's, as the vendor's reference says, and have their year.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, BinaryIO, Final

from include.account_analytics.facts import Refused
from include.account_analytics.reading.names import shown

LARGEST_DOCUMENT: Final = 64 << 20
MARK = re.compile(rb'"cometwatch"\s*:\s*"tiktok_accounts_api/')
VERSION = "tiktok_accounts_api/1"
PROFILE, VIDEOS = "business/get", "business/video/list"
NOT_GIVEN = "null"
ASK_AGAIN = "Nothing of this answer is stored; the next run asks TikTok again."
MOST_DAYS, MOST_VIDEOS, MOST_KEYS = 400, 100_000, 200
MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LONGEST_NUMBER = 40  # letters
TOO_LARGE = re.compile(r"[-+]?0*[1-9]\d{18,}")  # for a count
DAY = re.compile(r"20\d\d-\d\d-\d\d")

CLICKS = (
    *("phone_number_clicks", "lead_submissions", "app_download_clicks", "bio_link_clicks", "email_clicks"),
    *("address_clicks", "website_clicks"),
)
DAY_NUMBERS = (
    *("video_views", "profile_views", "likes", "comments", "shares", "followers_count", "unique_video_views"),
    *("engaged_audience", "daily_total_followers", "daily_new_followers", "daily_lost_followers"),
)
TOTALS = ("followers_count", "following_count", "total_likes", "videos_count")
# The list of each breakdown of followers, and what its entries are called by.
AUDIENCE = {
    "audience_ages": "age",
    "audience_genders": "gender",
    "audience_countries": "country",
    "audience_cities": "city_name",
}
VIDEO_TEXTS = ("item_id", "caption", "share_url")
VIDEO_NUMBERS = (
    *("create_time", "video_views", "likes", "comments", "shares", "favorites", "reach", "video_duration"),
    *("total_time_watched", "average_time_watched", "full_video_watched_rate", "new_followers", "profile_views"),
)
VIDEO_LISTS = {"impression_sources": "impression_source", "video_view_retention": "second"}
VIDEO_MORE = (
    *("media_type", "is_ad", "audience_genders", "audience_countries", "audience_cities", "audience_types"),
    *("engagement_likes", *CLICKS),
)
# Who an account is, and addresses that lapse: what is asked here is numbers.
LEFT_OUT = frozenset(
    (
        *(
            "display_name",
            "profile_image",
            "profile_deep_link",
            "bio_description",
            "is_verified",
            "is_business_account",
        ),
        *("thumbnail_url", "embed_url"),
    )
)


class Number(str):
    """A number as its document writes it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A table of a document: its name, its header, and its rows."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def encoded(self) -> bytes:
        """A line of JSON for the header, and for each row."""
        return b"".join(json.dumps(row, separators=(",", ":")).encode() + b"\n" for row in (self.header, *self.rows))


@dataclass(frozen=True, slots=True)
class Document:
    """An answer: when it was asked for, in UTC, and its parts."""

    asked_at: datetime
    parts: tuple[Part, ...]


def is_document(file: BinaryIO) -> bool:
    """Whether it says that it is one, as far as that is seen without parsing it."""
    head = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head.startswith(b"{"):
        return False
    file.seek(0)
    return MARK.search(file.read(LARGEST_DOCUMENT + 1)) is not None


def rows_of(open_part: Callable[[], BinaryIO]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """What `Part.encoded` wrote: the header is line 1, and each entry a line."""
    with open_part() as file:
        for place, line in enumerate(file, start=1):
            yield place, tuple(json.loads(line))


def read_document(data: bytes) -> Document:
    """Raises Refused for whatever is not just as an answer should be: then nothing of it is taken."""
    told = _parsed(data)
    if told.get("cometwatch") != VERSION:
        raise Refused("other_version", _said(f"It says {_short(told.get('cometwatch'))}, and {VERSION} is read here."))
    asked_at = _moment(told.get("asked_at"))
    if not isinstance(told.get("business_id"), str) or not told["business_id"]:
        raise Refused("wrong_type", _said("business_id is no text."))
    answers = _objects(told.get("answers"), "answers")
    asked = _fields(told.get("request"))
    readers = {PROFILE: _of_profile, VIDEOS: _of_videos}
    if told.get("endpoint") not in readers:
        raise Refused("unknown_endpoint", _said(f"It is of {_short(told.get('endpoint'))}, which is not read here."))
    parts = tuple(readers[told["endpoint"]](answers, asked, asked_at))
    if not parts:
        raise Refused("no_rows", _said("There is no number in it."))
    return Document(asked_at, parts)


def _parsed(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST_DOCUMENT:
        raise Refused("too_large", _said(f"No answer is larger than {LARGEST_DOCUMENT >> 20} MB."))
    try:
        told = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_refuse_constant,
        )
    except RecursionError:
        raise Refused("too_deep", _said("Its lists and objects lie too deep in each other.")) from None
    except ValueError as error:
        if isinstance(error, Refused):
            raise
        raise Refused("damaged", _said(f"It is no JSON, or cut off ({str(error)[:100]}).")) from None
    if not isinstance(told, dict):
        raise Refused("wrong_type", _said("It is no object."))
    return told


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused("doubled_key", _said(f"An object has the name {_short(twice)} twice."))
    return found


def _refuse_constant(text: str) -> Any:
    raise Refused("no_number", _said(f"{text} is no number."))


def _of_profile(answers: Sequence[dict[str, Any]], asked: frozenset[str] | None, asked_at: datetime) -> Iterator[Part]:
    days = _days(answers, asked_at)
    if days:
        yield _table("days", "date", DAY_NUMBERS, CLICKS, frozenset({"audience_activity"}), list(days.values()), asked)
    account = {name: value for answer in answers for name, value in answer.items() if name in {*TOTALS, "username"}}
    if any(account.get(name) is not None for name in TOTALS):
        named = _text(account.get("username"), "username")
        numbers = [_number(account, name, asked, name) for name in TOTALS]
        header = ("asked_on", "asked_at", "username", *TOTALS)
        moment = f"{asked_at:%Y-%m-%dT%H:%M:%SZ}"
        yield Part("account", header, ((asked_at.date().isoformat(), moment, named, *numbers),))
    buckets = tuple(_buckets(answers))
    if buckets:
        yield Part("audience", ("audience", "bucket", "percentage"), buckets)
    hours = tuple(_hours(days))
    if hours:
        yield Part("activity", ("date", "hour", "count"), hours)


def _days(answers: Sequence[dict[str, Any]], asked_at: datetime) -> dict[date, dict[str, Any]]:
    """The entry of each day, from the first to the last; a day between them that has none is one without numbers."""
    found: dict[date, dict[str, Any]] = {}
    for number, entry in enumerate(_listed(answers, "metrics"), start=1):
        day = _day(entry.get("date"), f"metrics {number}: date")
        if day in found:
            raise Refused("duplicate_label", _said(f"{day} is in metrics twice."))
        if day > asked_at.date():
            raise Refused("unreadable_date", _said(f"{day} is in metrics, and was to come when this was asked."))
        found[day] = entry
    if not found:
        return {}
    first, last = min(found), max(found)
    if (last - first).days >= MOST_DAYS:
        raise Refused("too_many", _said(f"metrics go from {first} to {last}: no answer has so many days."))
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return {day: found.get(day, {"date": day.isoformat()}) for day in days}


def _buckets(answers: Sequence[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    for audience, name in AUDIENCE.items():
        for number, entry in enumerate(_listed(answers, audience), start=1):
            where = f"{audience} {number}"
            bucket = _text(entry.get(name), f"{where}: {name}").strip()
            if not bucket:
                raise Refused("wrong_type", _said(f"{where} has no {name}."))
            yield audience, bucket, _number(entry, "percentage", None, where)


def _hours(days: Mapping[date, dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Of the days from the first to the last that has some; one between them without any is an hour without a number."""
    given = {day: _objects(entry.get("audience_activity") or [], "audience_activity") for day, entry in days.items()}
    having = [day for day, hours in given.items() if hours]
    for day, hours in given.items():
        if having and having[0] <= day <= having[-1]:
            for entry in hours or [{"hour": "0", "count": None}]:
                where = f"audience_activity of {day}"
                yield day.isoformat(), _number(entry, "hour", None, where), _number(entry, "count", None, where)


def _of_videos(answers: Sequence[dict[str, Any]], asked: frozenset[str] | None, asked_at: datetime) -> Iterator[Part]:
    videos = _listed(answers, "videos")
    if len(videos) > MOST_VIDEOS:
        raise Refused("too_many", _said(f"It lists {len(videos):,} videos: no account has so many."))
    known = (*VIDEO_TEXTS, *VIDEO_NUMBERS, *VIDEO_LISTS, *VIDEO_MORE)
    others = _others(videos, {*known, *LEFT_OUT})
    rows = []
    for number, video in enumerate(videos, start=1):
        where = f"video {number}"
        rows.append(
            (
                asked_at.date().isoformat(),
                *(_text(video.get(name), f"{where}: {name}") for name in VIDEO_TEXTS),
                *(_number(video, name, asked, where) for name in VIDEO_NUMBERS),
                *(_shares(video, name, asked, where) for name in VIDEO_LISTS),
                *(_whatever(video.get(name)) for name in (*VIDEO_MORE, *others)),
            )
        )
    yield Part("videos", ("asked_on", *known, *others), tuple(rows))


def _table(
    name: str,
    key: str,
    numbers: Sequence[str],
    more: Sequence[str],
    elsewhere: frozenset[str],
    entries: Sequence[dict[str, Any]],
    asked: frozenset[str] | None,
) -> Part:
    others = _others(entries, {key, *numbers, *more, *elsewhere})
    rows = (
        (
            entry[key],
            *(_number(entry, each, asked, f"{entry[key]}") for each in numbers),
            *(_whatever(entry.get(each)) for each in (*more, *others)),
        )
        for entry in entries
    )
    return Part(name, (key, *numbers, *more, *others), tuple(rows))


def _others(entries: Sequence[dict[str, Any]], known: set[str]) -> list[str]:
    """What TikTok gives and nobody knew so far."""
    found = sorted({name for entry in entries for name in entry} - known)
    if len(found) + len(known) > MOST_KEYS:
        raise Refused("columns", _said(f"Its entries have {len(found)} names that nobody knows."))
    for name in found:
        _checked(name, "a name")
    return found


def _number(entry: Mapping[str, Any], name: str, asked: frozenset[str] | None, where: str) -> str:
    """The text of a number, or of a text in its place; what it says is looked at when the report is read."""
    value = entry.get(name)
    if value is None:
        return NOT_GIVEN if asked is None or name in asked else ""
    if isinstance(value, str) and len(value) <= LONGEST_NUMBER and not TOO_LARGE.fullmatch(value):
        return _checked(value, f"{where}: {name}")
    raise Refused("wrong_type", _said(f"{where}: {name} is {_short(value)}, and should be a number."))


def _text(value: Any, where: str) -> str:
    """`item_id` and the like may come as numbers."""
    if value is None:
        return ""
    if isinstance(value, str):
        return _checked(value, where)
    raise Refused("wrong_type", _said(f"{where} is {_short(value)}, and should be a text."))


def _shares(entry: Mapping[str, Any], name: str, asked: frozenset[str] | None, where: str) -> str:
    """A list of parts, each with its name and its share, as JSON."""
    value = entry.get(name)
    if value is None:
        return NOT_GIVEN if asked is None or name in asked else ""
    for each in _objects(value, f"{where}: {name}"):
        share, key = each.get("percentage"), each.get(VIDEO_LISTS[name])
        if not isinstance(key, str) or not isinstance(share, Number):
            raise Refused("wrong_type", _said(f"{where}: an entry of {name} has no name, or no number beside it."))
    return _whatever(value) if value else NOT_GIVEN


def _whatever(value: Any) -> str:
    """What is kept as it came: lists and objects as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return _checked(value, "a value")
    return _checked(_as_json(value), "a value")


def _as_json(value: Any) -> str:
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{_as_json(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_as_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _checked(text: str, where: str) -> str:
    """A text that a file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refused("bad_text", _said(f"{where} holds half a letter.")) from None
    return str(text)


def _listed(answers: Sequence[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """The entries of this list in all answers."""
    return [entry for answer in answers for entry in _objects(answer.get(name) or [], name)]


def _objects(value: Any, where: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise Refused("wrong_type", _said(f"{where} is {_short(value)}, and should be a list of objects."))
    return value


def _fields(request: Any) -> frozenset[str] | None:
    """What was asked for; None where the document does not say."""
    if not isinstance(request, dict):
        raise Refused("wrong_type", _said("request is no object."))
    fields = request.get("fields")
    if fields is None:
        return None
    if not isinstance(fields, list) or not all(isinstance(each, str) for each in fields):
        raise Refused("wrong_type", _said("request: fields is no list of texts."))
    return frozenset(fields)


def _moment(value: Any) -> datetime:
    try:
        if isinstance(value, str) and MOMENT.fullmatch(value):
            return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        pass
    raise Refused("unreadable_date", _said(f"asked_at is {_short(value)}, and should be like 2026-11-29T05:00:12Z."))


def _day(value: Any, where: str) -> date:
    try:
        if isinstance(value, str) and DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise Refused("unreadable_date", _said(f"{where} is {_short(value)}, and should be a day like 2026-11-29."))


def _short(value: Any) -> str:
    return shown(repr(value if not isinstance(value, Number) else str(value))[:60])


def _said(what: str) -> str:
    return f"An answer of TikTok's API that cannot be read: {what} {ASK_AGAIN}"
