"""Answers as recordings have them: zeros, nulls, and cards between the videos. What is true of the world stays as it is.

Off by default; `--as-recorded`, the setting SANDBOX_AS_RECORDED and the control API switch it on. Recorded were:

* hashtag lists whose authors have 0 in every count, and 0 for the time they joined;
* searches with a real number of followers (2026), and with 0 as in hashtag lists (2021): here every third author;
* null for lists without an element and for texts that are empty, and no `status_msg`;
* live rooms, user cards, adverts without an author, and videos cut short, where a video is expected; also alone on a page.
"""

from __future__ import annotations

from typing import Any

from include.sandbox.dice import number

Json = dict[str, Any]
_COUNTS = ("aweme_count", "favoriting_count", "follower_count", "following_count", "total_favorited", "create_time")


def hashtag_page(data: Json, ch_id: str, cursor: int) -> Json:
    """`data` of a hashtag list as it is recorded."""
    clips = [{**_sparse(clip), "author": _without_counts(clip["author"])} for clip in data["aweme_list"]]
    return {**data, "aweme_list": _with_card(clips, _plain_cards(ch_id, cursor), ch_id, cursor)}


def search_page(data: Json, keyword: str, offset: int) -> Json:
    """`data` of a video search as it is recorded."""
    clips = [_sparse(item["aweme_info"]) for item in data["search_item_list"]]
    old = [{**clip, "author": _without_counts(clip["author"])} if _is_old(clip) else clip for clip in clips]
    items = [{"aweme_info": clip} for clip in old]
    cards: list[Json] = [
        *({"aweme_info": card} for card in _plain_cards(keyword, offset)),
        {"type": 4, "aweme_info": None, "user_list": []},
        {"type": 6, "lives": {"rawdata": ""}},
    ]
    kept = {name: value for name, value in data.items() if name != "status_msg"}
    return {**kept, "search_item_list": _with_card(items, cards, keyword, offset)}


def _is_old(clip: Json) -> bool:
    return number("recorded", clip["author"]["uid"]) % 3 == 0


def _without_counts(author: Json) -> Json:
    return {**author, **dict.fromkeys(_COUNTS, 0)}


def _sparse(clip: Json) -> Json:
    return {**clip, "desc": clip["desc"] or None, "text_extra": clip["text_extra"] or None}


def _plain_cards(name: str, offset: int) -> list[Json]:
    """A live room, an advert and a video cut short, each where a video stands in the list."""
    video_id = str(7_000_000_000_000_000_000 + number("card", name, offset) % 10**17)
    return [
        {"aweme_id": video_id, "aweme_type": 101, "author": None, "statistics": None, "video": None, "desc": ""},
        {"aweme_id": video_id, "is_ads": True, "author": None, "statistics": {"play_count": 0}, "desc": ""},
        {"aweme_id": video_id, "aweme_type": 0, "author": {}, "author_user_id": 0},
    ]


def _with_card(items: list[Json], cards: list[Json], name: str, offset: int) -> list[Json]:
    """One card on every page, somewhere between the others; the only item of a page that would be empty."""
    place = number("place", name, offset) % (len(items) + 1)
    card = cards[number("kind", name, offset) % len(cards)]
    return [*items[:place], card, *items[place:]]
