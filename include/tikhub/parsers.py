"""Reads the content of TikHub's answers, once, and refuses what cannot be true.

`data` is always the JSON value under the envelope's "data". A page isolates a bad item as a `Refusal`; what
is wrong with the page itself, or with a profile, is an `UnexpectedAnswer` that names the field. Nothing else is ever
raised. A page of which no item can be read is no error here: it may hold live and user cards alone, so whoever pages the
search decides. Values that a measurement does not need count as absent when they are of an odd type.
Shapes: answers recorded on 2026-09-01, older public ones, and TikHub's OpenAPI document V5.3.2.

What is "not given" depends on where it stands:

| field | absent or null | "" | 0 |
|---|---|---|---|
| a profile's counts | refused | refused, unless another spelling has it | a count |
| a stub's `follower_count` | not given | not given | beside plays in the thousands not given, else a count |
| `follower_count` of a user search, or of look-alikes | not given | not given | not given |
| a stub's hearts, videos, bio | never read: search and hashtag answers have 0 and no bio for everybody | | |
| `play_count` | refused | refused | beside likes in the thousands refused, else a count |
| `digg_count` | not given | not given | beside plays in the thousands not given, else a count |
| comments, shares, saves of a video | not given | not given | where `digg_count` is such a 0 not given, else a count |
| hashtags of a video | not given | as well | `[]`: none |
| language, music of a video | not given | not given | |
| `uid` of a stub | `author_user_id` stands in | as well | as well |
| `unique_id` of a stub | not given while `uid` is there: the profile has it | as well | refused |
| `sec_uid`, nickname, avatar, cover, caption | not given | not given | not given |
| `secret`, `is_block`, `user_canceled` | not said: no, until the profile says otherwise | as well | no |
| `create_time`, `duration`, `view_count` | not given | not given | not given |
| `followedCnt` of a hashtag's top creators | never read: the ads list counts in its own way | | |
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from include.tikhub import endpoints
from include.tikhub.errors import UnexpectedAnswer
from include.tikhub.models import (
    Absent,
    Author,
    Challenge,
    ChallengePage,
    Cover,
    Profile,
    Refusal,
    TopCreator,
    Trend,
    TrendingHashtag,
    UserPage,
    Video,
    VideoPage,
)

P = ParamSpec("P")
T = TypeVar("T")

LARGEST_COUNT = 2**63 - 1
LATEST_SECOND = 253_402_300_799  # the last second that a datetime can hold
LONG_TEXT = 10_000
SHORT_TEXT = 500
LONGEST_URL = 8_000
MOST_ADDRESSES = 5  # of one picture; TikTok gives two or three
MOST_LISTED = 50  # looked at to find them
MOST_HASHTAGS = 100  # of one video; a caption has room for fewer
THOUSANDS = 1_000  # of plays or likes: beside so many a 0 is no number, but "not given"

# Spellings of the same metric, the app's own first. What the web calls followerCount, heartCount, videoCount
# is left out on purpose: rounded to three figures, it would show as jumps in a series of exact counts.
# favoriting_count (likes given), visible_videos_count and mplatform_followers_count are different metrics.
FOLLOWERS = ("follower_count", "followers_count")
HEARTS = ("total_favorited", "heart_count")
VIDEOS = ("aweme_count", "video_count")

# TikTok's own codes inside a successful answer: 2065 and 2096 from the app, 10221 and 10222 from the web.
# In which fields of a profile somebody may say how they are reached.
CONTACT_FIELDS = ("category", "bio_email", "ins_id", "youtube_channel_id", "bio_url")
UNKNOWN_LANGUAGE = "un"

GONE_CODES = frozenset({2065, 10221})
PRIVATE_CODES = frozenset({2096, 10222})

AVATARS = ("avatar_larger", "avatar_medium", "avatar_300x300", "avatar_168x168", "avatar_thumb")
COVERS = ("origin_cover", "cover")
READABLE_FIRST = {"jpeg": 0, "jpg": 0, "webp": 1, "png": 2}
UNREADABLE = frozenset({"heic", "heif", "avif"})  # OpenCV decodes none of them

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# What ends a line, and what steers a terminal. Zero-width joiners and directions are no such thing: names need them.
_LINE_ENDS = re.compile("[\t\n\r\u2028\u2029]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NOT_IN_HANDLES = frozenset({"Cc", "Cf", "Zl", "Zp"})
_FLAGS = {"0": False, "1": True, "false": False, "true": True}
_DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)
_IDENTIFIER = re.compile(r"[1-9][0-9]{0,19}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.ASCII)
_EXPIRES = re.compile(r"[?&](?:x-expires|expires?)=([0-9]{1,11})(?=&|$)", re.ASCII)
_EXPIRES_IN_PATH = re.compile(r"^https?://[^/]+/[0-9a-f]{32}/([0-9a-f]{8})/", re.ASCII)
_WEB_ADDRESS = re.compile(r"https?://[^\s\x00-\x20\x7f\ud800-\udfff]+", re.IGNORECASE)


def _reads(endpoint: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Names the endpoint in whatever the decorated parser raises."""

    def decorate(parse: Callable[P, T]) -> Callable[P, T]:
        @wraps(parse)
        def parse_for_endpoint(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return parse(*args, **kwargs)
            except UnexpectedAnswer as error:
                raise UnexpectedAnswer(
                    f"{endpoint}: {error}", endpoint=endpoint, status=error.status, field=error.field
                ) from None

        return parse_for_endpoint

    return decorate


@_reads(endpoints.TRENDING_WORDS)
def parse_trending_words(data: Any) -> tuple[Trend, ...]:
    """The words in the order of the answer; `rank` is the position there, from 1.

    Unreadable and blank entries are left out, and leave a hole in the ranks. A list in which nothing is
    readable raises; an empty list is an empty tuple.
    """
    items = _list(_healthy(data).get("trending_search_words"), "trending_search_words")
    words = [(rank, _trending_word(item)) for rank, item in enumerate(items, start=1)]
    trends = tuple(Trend(word, rank) for rank, word in words if word)
    if items and not trends:
        raise _wrong("trending_search_words[0].trendingSearchWord", items[0], "at least one readable word")
    return trends


@_reads(endpoints.VIDEO_SEARCH)
def parse_video_search(data: Any) -> VideoPage:
    """A page of the video search, in its present shape or one of the two older ones.

    Today's answers carry an empty `aweme_list` beside the filled list, hence the first list that is not empty.
    """
    return _video_page(data, ("search_item_list", "data", "aweme_list"))


@_reads(endpoints.HASHTAG_VIDEOS)
def parse_hashtag_videos(data: Any) -> VideoPage:
    """A page of a hashtag's videos; `next_offset` is the next page's `cursor`."""
    return _video_page(data, ("aweme_list",))


@_reads(endpoints.HASHTAG_SEARCH)
def parse_hashtag_search(data: Any) -> ChallengePage:
    """A page of hashtags, the best match first."""
    page = _healthy(data)
    name, items = _first_list(page, ("challenge_list",))
    challenges, refused = _each(items, name, "challenge_info", "cid", _challenge)
    if refused and not challenges:
        raise none_readable("", name, refused)
    return ChallengePage(challenges, _next_offset(page), refused)


@_reads(endpoints.USER_SEARCH)
def parse_user_search(data: Any) -> UserPage:
    """A page of people. Raises where nobody on a page that is not empty can be read."""
    page = _healthy(data)
    name, items = _first_list(page, ("user_list",))
    users, refused = _each(items, name, "user_info", "uid", lambda user: _author(user, None, THOUSANDS))
    if refused and not users:
        raise none_readable("", name, refused)
    return UserPage(users, _next_offset(page), refused)


@_reads(endpoints.SIMILAR_USERS)
def parse_similar_users(data: Any) -> UserPage | Absent:
    """The people recommended as similar, or the reason why TikTok recommends none: who was asked about is gone or hidden.

    TikHub's document does not say how they stand; they are looked for under `users` and `user_list`, each plain or as
    `user_info`, and whatever else is refused. `next_offset` is None: this list pages by a token, and is read no further.
    """
    content = _object(data, "data")
    absent = _absent_by_code(content)
    if absent:
        return absent
    name, items = _first_list(content, ("users", "user_list"))
    users, refused = _each(items, name, "user_info", "uid", lambda user: _author(user, None, THOUSANDS))
    if refused and not users:
        raise none_readable("", name, refused)
    return UserPage(users, None, refused)


@_reads(endpoints.USER_VIDEOS)
def parse_user_videos(data: Any, user_id: str | None = None) -> VideoPage | Absent:
    """A creator's latest videos, or the reason why TikTok shows none; videos of somebody else than `user_id` are left out.

    This list pages by a time, and is read no further: `next_offset` is None. Raises where no video of it can be read.
    """
    content = _object(data, "data")
    absent = _absent_by_code(content)
    if absent:
        return absent
    name, items = _first_list(content, ("aweme_list",))
    videos, refused = _each(items, name, "aweme_info", "aweme_id", _video)
    if refused and not videos:
        raise none_readable("", name, refused)
    own = tuple(video for video in videos if user_id is None or video.author.user_id == user_id)
    if videos and not own:
        raise UnexpectedAnswer(
            "author.uid is somebody else's in every video, not the one that was asked for", field="author.uid"
        )
    return VideoPage(own, None, refused)


@_reads(endpoints.TRENDING_HASHTAGS)
def parse_trending_hashtags(data: Any) -> tuple[TrendingHashtag, ...]:
    """The hashtags that trend in a country, in the order of the answer; unreadable ones are left out, and leave a hole in the
    ranks.

    A list in which nothing is readable raises, and so does a status that is no success; an empty list is an empty tuple.
    """
    page = _healthy(data)
    _ads_status(page)
    items = _list(page.get("items"), "items")
    hashtags = [
        TrendingHashtag(name, rank, _top_creators(item.get("topCreators")))
        for rank, item in enumerate(items, start=1)
        if isinstance(item, dict) and (name := _line_if_any(item.get("hashtagName")).strip().lstrip("#＃").strip())
    ]
    if items and not hashtags:
        raise _wrong("items[0].hashtagName", items[0], "at least one hashtag with a name")
    return tuple(hashtags)


@_reads(endpoints.USER_PROFILE)
def parse_profile(data: Any, expected_uid: str | None = None) -> Profile | Absent:
    """One creator's counts, whole, or the reason why TikTok no longer shows them.

    Raises UnexpectedAnswer when any of the three counts is missing or impossible, when the answer is about
    somebody else than `expected_uid` (a freed handle can belong to another person), and for codes unknown.
    """
    content = _object(data, "data")
    absent = _absent_by_code(content)
    if absent:
        return absent
    user = content.get("user")
    if user is None or user == {}:
        raise _wrong("user", user, "a user, or a status code that says why there is none")
    user = _object(user, "user")
    user_id = _user_id(user, expected_uid)
    return _absent_by_flag(user) or Profile(
        user_id=user_id,
        sec_user_id=_line_if_any(user.get("sec_uid")) or None,
        handle=_handle(user.get("unique_id"), "user.unique_id"),
        nickname=_line_if_any(user.get("nickname")),
        signature=_text_if_any(user.get("signature")),
        avatar_url=_avatar(user),
        followers=_metric(user, FOLLOWERS),
        hearts=_metric(user, HEARTS),
        videos=_metric(user, VIDEOS),
        is_private=_flag(user.get("secret")),
        contact_fields=tuple((name, text) for name in CONTACT_FIELDS if (text := _line_if_any(user.get(name)).strip())),
    )


# Profiles


def _absent_by_code(content: dict[str, Any]) -> Absent | None:
    code = _status_code(content)
    if code == 0:
        return None
    message = _status_message(content)
    if code in GONE_CODES:
        return Absent("gone", f"TikTok status {code}{message}")
    if code in PRIVATE_CODES:
        return Absent("private", f"TikTok status {code}{message}")
    raise _wrong("status_code", code, f"0 or a known reason{message}")


def _absent_by_flag(user: dict[str, Any]) -> Absent | None:
    """A cancelled or blocked account may still carry counts: what is left of it, not a measurement."""
    if _flag(user.get("user_canceled")):
        return Absent("gone", "user.user_canceled is set")
    if _flag(user.get("is_block")):
        return Absent("banned", "user.is_block is set")
    return None


def _user_id(user: dict[str, Any], expected_uid: str | None) -> str:
    user_id = _identifier(user.get("uid"), "user.uid")
    if expected_uid is not None and user_id != expected_uid:
        # Without that person's id: these words are kept with whoever was asked for.
        raise UnexpectedAnswer("user.uid is somebody else's, not the one that was asked for", field="user.uid")
    return user_id


def _metric(user: dict[str, Any], spellings: tuple[str, ...]) -> int:
    given = [spelling for spelling in spellings if user.get(spelling) is not None]
    if not given:
        raise _wrong(f"user.{spellings[0]}", None, "a count; a missing one is not zero")
    spelling = next((name for name in given if not _is_empty(user[name])), given[0])
    return _count(user[spelling], f"user.{spelling}")


def _avatar(user: dict[str, Any]) -> str | None:
    """A picture is a nicety: an unreadable one never costs a measurement."""
    return next((url for name in AVATARS for url in _image_urls(user.get(name))), None)


# Pages


def _video_page(data: Any, list_names: tuple[str, ...]) -> VideoPage:
    page = _healthy(data)
    name, items = _first_list(page, list_names)
    videos, refused = _each(items, name, "aweme_info", "aweme_id", _video)
    return VideoPage(videos, _next_offset(page), refused)


def _healthy(data: Any) -> dict[str, Any]:
    page = _object(data, "data")
    code = _status_code(page)
    if code != 0:
        raise _wrong("status_code", code, f"0{_status_message(page)}")
    return page


def _first_list(page: dict[str, Any], names: tuple[str, ...]) -> tuple[str, list[Any]]:
    """The first list that is not empty, whatever else stands in the other places; else an empty one."""
    given = [name for name in names if page.get(name) is not None]
    filled = next((name for name in given if page[name] and isinstance(page[name], list)), None)
    if filled is not None:
        return filled, page[filled]
    odd = next((name for name in given if not _is_empty(page[name])), None)
    if odd is not None:
        raise _wrong(odd, page[odd], "a list")
    empty = next((name for name in given if isinstance(page[name], list)), None)
    if empty is None and not _ends_without_list(page, names):
        name = next(iter(given), names[0])
        raise _wrong(name, page.get(name), "a list")
    return empty or names[0], []


def _ends_without_list(page: dict[str, Any], names: tuple[str, ...]) -> bool:
    """TikTok writes an empty list as null at times; with an explicit "no more" that is an empty last page."""
    said_no_more = not _is_empty(page.get("has_more")) and not _has_more(page)
    return said_no_more and any(name in page for name in names)


def _has_more(page: dict[str, Any]) -> bool:
    value = page.get("has_more")
    if _is_empty(value):
        return False
    said = _said(value)
    if said is None or (isinstance(value, (int, float)) and value not in (0, 1)):
        raise _wrong("has_more", value, "0 or 1")
    return said


def _next_offset(page: dict[str, Any]) -> int | None:
    if not _has_more(page) or _is_empty(page.get("cursor")):
        return None
    return _count(page["cursor"], "cursor")


def _each(
    items: list[Any], list_name: str, wrapper: str, id_name: str, read: Callable[[dict[str, Any]], T]
) -> tuple[tuple[T, ...], tuple[Refusal, ...]]:
    """Reads item by item; a bad one is refused under its id and leaves the others alone."""
    good: list[T] = []
    refused: list[Refusal] = []
    for position, item in enumerate(items):
        content: Any = None
        try:
            outer = _object(item, f"{list_name}[{position}]")
            is_plain = wrapper not in outer or (_is_empty(outer[wrapper]) and not _is_empty(outer.get(id_name)))
            content = outer if is_plain else _object(outer[wrapper], wrapper)
            good.append(read(content))
        except UnexpectedAnswer as error:
            refused.append(Refusal(_id_if_any(content, id_name), error.field or list_name, str(error)))
    return tuple(good), tuple(refused)


def none_readable(endpoint: str, field: str, refused: Sequence[Refusal]) -> UnexpectedAnswer:
    """Of a whole search no item can be read: the answer is another one than was promised."""
    return UnexpectedAnswer(
        f"{endpoint or field}: none of {len(refused)} items can be read, the first because {refused[0].reason}",
        endpoint=endpoint,
        field=field,
    )


def _id_if_any(content: Any, id_name: str) -> str | None:
    return _identifier_if_any(content.get(id_name)) if isinstance(content, dict) else None


def _trending_word(item: Any) -> str:
    word = item.get("trendingSearchWord") if isinstance(item, dict) else None
    return " ".join(_line_if_any(word).split())


def _ads_status(page: dict[str, Any]) -> None:
    """The ads endpoints have a status of their own, 0 where all is well."""
    status = page.get("BaseResp")
    code = status.get("StatusCode") if isinstance(status, dict) else None
    if not _is_empty(code) and _whole(code) != 0:
        said = _line_if_any(status.get("StatusMessage") if isinstance(status, dict) else None)[:80]
        raise _wrong("BaseResp.StatusCode", code, f"0{f' ({said})' if said else ''}")


def _top_creators(items: Any) -> tuple[TopCreator, ...]:
    """A nicety: whoever has no readable handle is left out."""
    found = []
    for item in items[:MOST_LISTED] if isinstance(items, list) else ():
        handle = item.get("handleName") if isinstance(item, dict) else None
        if isinstance(handle, str) and handle.strip("@ "):
            try:
                found.append(TopCreator(_handle(handle, "handleName"), _identifier_if_any(item.get("ttUID"))))
            except UnexpectedAnswer:
                continue
    return tuple(found)


def _challenge(info: dict[str, Any]) -> Challenge:
    name = _line_if_any(info.get("cha_name")).strip()
    if not name:
        raise _wrong("cha_name", info.get("cha_name"), "the hashtag's name")
    return Challenge(
        challenge_id=_identifier(info.get("cid"), "cid"),
        name=name,
        videos_views=_count_if_any(info.get("view_count")),
    )


def _video(aweme: dict[str, Any]) -> Video:
    statistics = _object(aweme.get("statistics"), "statistics")
    video = _object(aweme.get("video") or {}, "video")
    plays = _plays(statistics)
    play_url = _play_address(video)
    likes, comments, shares, saves = _reactions(statistics, plays)
    music_id, music_title = _music(aweme.get("music"))
    return Video(
        video_id=_identifier(aweme.get("aweme_id"), "aweme_id"),
        caption=_text(aweme.get("desc"), "desc"),
        plays=plays,
        posted_at=_moment_if_any(aweme.get("create_time")),
        duration_ms=_count_if_any(video.get("duration")) or None,
        covers=_covers(video),
        author=_author(_object(aweme.get("author"), "author"), aweme.get("author_user_id"), plays),
        play_url=play_url,
        play_until=_ends_at(play_url) if play_url else None,
        is_photo=not _is_empty(aweme.get("image_post_info")),
        likes=likes,
        comments=comments,
        shares=shares,
        saves=saves,
        hashtags=_hashtags(aweme.get("text_extra")),
        language=_language(aweme.get("desc_language")),
        music_id=music_id,
        music_title=music_title,
    )


def _plays(statistics: dict[str, Any]) -> int:
    plays = _count(statistics.get("play_count"), "statistics.play_count")
    likes = _count_if_any(statistics.get("digg_count")) or 0
    if plays == 0 and likes >= THOUSANDS:
        raise _wrong("statistics.play_count", plays, f"the plays that {likes} likes came from")
    return plays


def _reactions(statistics: dict[str, Any], plays: int) -> tuple[int | None, int | None, int | None, int | None]:
    """Likes, comments, shares and saves. Nobody plays a video thousands of times without a like: such a 0 says nothing, and
    neither do the zeros beside it.
    """
    likes, *others = (
        _count_if_any(statistics.get(name)) for name in ("digg_count", "comment_count", "share_count", "collect_count")
    )
    if likes == 0 and plays >= THOUSANDS:
        likes, others = None, [count or None for count in others]
    comments, shares, saves = others
    return likes, comments, shares, saves


def _hashtags(extras: Any) -> tuple[str, ...] | None:
    """Each once, as it is first spelled; people who are mentioned stand in the same list."""
    if not isinstance(extras, list):
        return None
    names = (_line_if_any(extra.get("hashtag_name")).strip() for extra in extras if isinstance(extra, dict))
    spelled: dict[str, str] = {}
    for name in names:
        if name:
            spelled.setdefault(name.casefold(), name)
    return tuple(spelled.values())[:MOST_HASHTAGS]


def _language(code: Any) -> str | None:
    said = _line_if_any(code).strip().lower()
    return said if _LANGUAGE.fullmatch(said) and said != UNKNOWN_LANGUAGE else None


def _music(music: Any) -> tuple[str | None, str | None]:
    """Id and title of the sound."""
    if not isinstance(music, dict):
        return None, None
    given = (music.get(name) for name in ("id_str", "mid", "id"))
    music_id = next((text for each in given if (text := _identifier_if_any(each)) is not None), None)
    return music_id, _line_if_any(music.get("title")).strip() or None


def _author(author: dict[str, Any], author_user_id: Any, plays: int) -> Author:
    """`author_user_id`, beside the stub, is the same uid as an integer; it stands in for a missing one.

    Without any uid nobody could be asked who this is; without a handle the profile tells it.
    """
    uid = author.get("uid")
    handle = author.get("unique_id")
    return Author(
        user_id=_identifier(author_user_id if _is_empty(uid) or uid in (0, "0") else uid, "author.uid"),
        sec_user_id=_line_if_any(author.get("sec_uid")) or None,
        handle="" if _is_empty(handle) else _handle(handle, "author.unique_id"),
        nickname=_line_if_any(author.get("nickname")),
        followers=_followers_of_stub(author, plays),
        is_private=_flag(author.get("secret")),
        is_gone=_flag(author.get("user_canceled")) or _flag(author.get("is_block")),
    )


def _followers_of_stub(author: dict[str, Any], plays: int) -> int | None:
    """None where the stub does not say. A 0 there is not always a number: hashtag lists have it for everybody."""
    given = (name for name in FOLLOWERS if not _is_empty(author.get(name)))
    counts = [_count(author[name], f"author.{name}") for name in given]
    followers = next((count for count in counts if count), counts[0] if counts else None)
    return None if followers == 0 and plays >= THOUSANDS else followers


# Pictures


def _covers(video: dict[str, Any]) -> tuple[Cover, ...]:
    covers = (Cover(name, tuple(_image_urls(video.get(name)))) for name in COVERS)
    return tuple(cover for cover in covers if cover.urls)


def _image_urls(image: Any) -> list[str]:
    """The best addresses of one picture, readable formats first; [] for a picture that is null or malformed.

    The address is kept to the letter: its signature does not survive being decoded and encoded again.
    """
    urls = image.get("url_list") if isinstance(image, dict) else None
    usable = (url for url in urls[:MOST_LISTED] if _is_web_address(url)) if isinstance(urls, list) else ()
    return _readable_first(usable)[:MOST_ADDRESSES]


def _readable_first(urls: Iterable[str]) -> list[str]:
    readable = [url for url in dict.fromkeys(urls) if _extension(url) not in UNREADABLE]
    return sorted(readable, key=lambda url: READABLE_FIRST.get(_extension(url), len(READABLE_FIRST)))


def _extension(url: str) -> str:
    """The extension of the address's path: HEIC often comes first, and only the path tells."""
    path = re.split(r"[?#]", url, maxsplit=1)[0]
    return path.rpartition("/")[2].rpartition(".")[2].lower()


def _is_web_address(url: Any) -> bool:
    return isinstance(url, str) and len(url) <= LONGEST_URL and _WEB_ADDRESS.fullmatch(url) is not None


# Media


def _play_address(video: dict[str, Any]) -> str | None:
    """The first address of the media as it is played, to the letter: its signature does not survive being encoded again."""
    address = video.get("play_addr")
    urls = address.get("url_list") if isinstance(address, dict) else None
    listed = urls[:MOST_LISTED] if isinstance(urls, list) else []
    return next((url for url in listed if _is_web_address(url)), None)


def _ends_at(url: str) -> datetime | None:
    """When a signed address ends: a parameter in seconds, or the part of its path in hexadecimal digits."""
    match = _EXPIRES.search(url)
    in_path = None if match else _EXPIRES_IN_PATH.search(url)
    seconds = int(match[1]) if match else int(in_path[1], 16) if in_path else 0
    return datetime.fromtimestamp(seconds, tz=UTC) if 0 < seconds <= LATEST_SECOND else None


# Single values


def _status_code(content: dict[str, Any]) -> int:
    """TikTok's own status inside a 200: `status_code` (app) or `statusCode` (web), 0 if there is neither."""
    for name in ("status_code", "statusCode"):
        code = content.get(name)
        if _is_empty(code):
            continue
        number = _whole(code)
        if number is None:
            raise _wrong(name, code, "a whole number")
        if number != 0:
            return number
    return 0


def _status_message(content: dict[str, Any]) -> str:
    message = content.get("status_msg") or content.get("statusMsg")
    return f" ({_line(message)[:80]})" if isinstance(message, str) and message else ""


def _object(value: Any, field: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(field, value, "an object")
    return value


def _list(value: Any, field: str) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(field, value, "a list")
    return value


def _is_empty(value: Any) -> bool:
    """Nothing was given: null, or an empty text, list or object. A 0 and a false are something."""
    return value is None or (isinstance(value, (str, list, dict)) and not value)


def _whole(value: Any) -> int | None:
    """A whole number: an integer, a string of digits, or a float without a fraction (20000.0, 2e4); never a boolean."""
    if isinstance(value, str):
        return int(value) if _DIGITS.fullmatch(value) else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _count(value: Any, field: str) -> int:
    """A whole number from 0 to 2^63-1."""
    number = _whole(value)
    if number is None or not 0 <= number <= LARGEST_COUNT:
        raise _wrong(field, value, "a whole number from 0 to 2^63-1")
    return number


def _count_if_any(value: Any) -> int | None:
    """Of something that is nice to know: None for whatever is no count."""
    try:
        return _count(value, "")
    except UnexpectedAnswer:
        return None


def _identifier(value: Any, field: str) -> str:
    """A numeric id as text. Ids pass 2^53, so one that went through a float is no longer the same id."""
    text = str(value) if _is_id_sized(value) else value
    if not isinstance(text, str) or not _IDENTIFIER.fullmatch(text):
        raise _wrong(field, value, "a numeric id")
    return text


def _identifier_if_any(value: Any) -> str | None:
    try:
        return _identifier(value, "")
    except UnexpectedAnswer:
        return None


def _is_id_sized(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**64


def _handle(value: Any, field: str) -> str:
    """A handle without letters that cannot be seen: none belongs there, and in a log they forge lines."""
    seen = (letter for letter in _text(value, field) if unicodedata.category(letter) not in _NOT_IN_HANDLES)
    handle = "".join(seen)[:SHORT_TEXT].strip().lstrip("@")
    if not handle:
        raise _wrong(field, value, "a handle")
    return handle


def _text(value: Any, field: str) -> str:
    """Text with its lines, less what PostgreSQL cannot store and what steers a terminal; "" where there is none."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(field, value, "text")
    return _CONTROL.sub("", _UNSTORABLE.sub("", value))[:LONG_TEXT]


def _text_if_any(value: Any) -> str:
    """A text that is nice to know: "" for whatever is none."""
    return _text(value, "") if isinstance(value, str) else ""


def _line(text: str) -> str:
    """The text in one line, at most SHORT_TEXT letters."""
    return _LINE_ENDS.sub(" ", _text(text, ""))[:SHORT_TEXT]


def _line_if_any(value: Any) -> str:
    return _line(value) if isinstance(value, str) else ""


def _moment_if_any(value: Any) -> datetime | None:
    """Unix seconds as UTC; 0, null and what is no moment mean that the time is not given."""
    seconds = _count_if_any(value)
    return datetime.fromtimestamp(seconds, tz=UTC) if seconds and seconds <= LATEST_SECOND else None


def _flag(value: Any) -> bool:
    """0/1, a boolean, or one of them as text; absent, and whatever else, means no."""
    return _said(value) or False


def _said(value: Any) -> bool | None:
    if isinstance(value, str):
        return _FLAGS.get(value.strip().lower())
    return bool(value) if isinstance(value, int) or value in (0, 1) else None


def _wrong(field: str, value: Any, expected: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(f"{field} is {_shown(value)}, expected {expected}", field=field)


def _shown(value: Any) -> str:
    """The offending value, short enough and safe for a log line."""
    if value is None:
        return "missing or null"
    if isinstance(value, (dict, list)):
        return f"{'an empty' if not value else 'a'} {'list' if isinstance(value, list) else 'object'}"
    if isinstance(value, int) and value.bit_length() > 128:
        return "a number of enormous size"
    shown = ascii(value[:60] if isinstance(value, str) else value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
