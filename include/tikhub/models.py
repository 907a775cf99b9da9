"""What TikHub's answers mean, in our words: frozen values that hold only what was given and is valid."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from include.vendors.models import Attempt, Reply

__all__ = [
    "Absent",
    "Attempt",
    "Author",
    "Challenge",
    "ChallengePage",
    "Cover",
    "Profile",
    "Refusal",
    "Reply",
    "TopCreator",
    "Trend",
    "TrendingHashtag",
    "UserPage",
    "Video",
    "VideoPage",
]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One item of a page that could not be read, and why; the other items are not affected.

    `field` is the dotted path inside the item, `item_id` its id where one could be read.
    """

    item_id: str | None
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trend:
    """A trending search word; `rank` counts from 1 in the order of the answer."""

    word: str
    rank: int


@dataclass(frozen=True, slots=True)
class Cover:
    """One cover picture under several addresses, best format first; the addresses expire within hours."""

    field: str
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Author:
    """A video's author as a search answer gives it: no bio, no hearts, no number of videos.

    `followers` is None and `handle` "" where the answer does not say: the profile does.
    """

    user_id: str
    sec_user_id: str | None
    handle: str
    nickname: str
    followers: int | None
    is_private: bool
    is_gone: bool


@dataclass(frozen=True, slots=True)
class Video:
    """A video of a search or hashtag page; `posted_at` is UTC.

    `play_url` is a signed address of the media, which ends at `play_until` where it says so; a slideshow `is_photo`.
    What the answer does not say is None: `hashtags` without `#`, in the order of the caption, () where it says there are none.
    """

    video_id: str
    caption: str
    plays: int
    posted_at: datetime | None
    duration_ms: int | None
    covers: tuple[Cover, ...]
    author: Author
    play_url: str | None = field(default=None, repr=False)
    play_until: datetime | None = None
    is_photo: bool = False
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    saves: int | None = None
    hashtags: tuple[str, ...] | None = None
    language: str | None = None
    music_id: str | None = None
    music_title: str | None = None


@dataclass(frozen=True, slots=True)
class VideoPage:
    """A page of videos; `next_offset` is where the next page starts, None when there is none."""

    videos: tuple[Video, ...]
    next_offset: int | None
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Challenge:
    """A hashtag: its id, its name without `#`, and how often its videos were viewed."""

    challenge_id: str
    name: str
    videos_views: int | None


@dataclass(frozen=True, slots=True)
class ChallengePage:
    """A page of hashtags; `next_offset` as in `VideoPage`."""

    challenges: tuple[Challenge, ...]
    next_offset: int | None
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class UserPage:
    """A page of people, each as an `Author`; `next_offset` as in `VideoPage`."""

    users: tuple[Author, ...]
    next_offset: int | None
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class TopCreator:
    """Somebody a list of trending hashtags names with one: whom to look at. How many follow them is not for it to say."""

    handle: str
    user_id: str | None


@dataclass(frozen=True, slots=True)
class TrendingHashtag:
    """A hashtag that trends in a country, without `#`; `rank` counts from 1 in the order of the answer."""

    name: str
    rank: int
    top_creators: tuple[TopCreator, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """A creator measured: all three counts are real, or there is no Profile at all.

    `contact_fields`: the fields beside the bio in which a profile says how somebody is reached, with their texts as they stand;
    those that say nothing are left out.
    """

    user_id: str
    sec_user_id: str | None
    handle: str
    nickname: str
    signature: str
    avatar_url: str | None
    followers: int
    hearts: int
    videos: int
    is_private: bool
    contact_fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Absent:
    """A creator that TikTok no longer shows. That is data, not an error."""

    reason: Literal["gone", "private", "banned"]
    detail: str
